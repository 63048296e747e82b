//! Places at which the program can be made to die, so that tests can look at what it leaves behind.
//!
//! `EVENKEEL_ABORT_AT=name` aborts the process when it comes by that place, `name:3` when it comes by for the third time;
//! `EVENKEEL_FREEZE_AT` stops it there in its tracks, until somebody lets it go on.
//! Only builds with debug assertions know of this: in a release build a place is an empty function and the variable means
//! nothing. A place never changes what the program does otherwise. Every place is in [`PLACES`], and
//! `tests/it/worker/aborted.rs` dies at each of them.

/// Every place, in the order in which a round comes by.
pub const PLACES: [&str; 22] = [
    "cycle-open-before-commit",
    "cycle-open-after-commit",
    "response-before-commit",
    "response-saved-before-answer",
    "close-before-commit",
    "close-after-commit",
    "compose-before-commit",
    "compose-after-commit",
    "claim-after-commit",
    "before-sending-mark",
    "after-sending-mark",
    "mid-body",
    "before-final-dot",
    "after-250-before-settle",
    "settle-before-commit",
    "after-settle",
    "bounce-mark",
    "before-quit",
    "revive-before-commit",
    "move-after-pause",
    "move-before-commit",
    "move-after-commit",
];

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A place and how often it may still be passed.
    type Wish = Option<(String, AtomicU32)>;

    static ABORT: LazyLock<Wish> = LazyLock::new(|| wish("EVENKEEL_ABORT_AT"));
    static FREEZE: LazyLock<Wish> = LazyLock::new(|| wish("EVENKEEL_FREEZE_AT"));

    #[expect(clippy::disallowed_methods, reason = "no setting: it must not be found in a configuration")]
    fn wish(variable: &str) -> Wish {
        let wish = std::env::var(variable).ok()?;
        let (place, times) = wish.split_once(':').unwrap_or((&wish, "1"));
        Some((place.to_owned(), AtomicU32::new(times.parse().ok()?)))
    }

    /// Whether the process is to die there.
    pub(super) fn is(place: &str) -> bool {
        ABORT.as_ref().is_some_and(|(armed, _)| armed == place)
    }

    /// Dies or stands still if it is time.
    pub(super) fn pass(place: &str) {
        if is_time(&ABORT, place) {
            std::process::abort();
        }
        if is_time(&FREEZE, place) {
            let own = std::process::id().to_string();
            let asked = std::process::Command::new("kill").args(["-STOP", &own]).status();
            assert!(asked.is_ok_and(|status| status.success()), "kill is there and may stop us");
            // The signal may reach another thread first; this one must not go on meanwhile.
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    }

    fn is_time(wish: &Wish, place: &str) -> bool {
        let armed = wish.as_ref().filter(|(armed, _)| armed == place);
        armed.is_some_and(|(_, left)| left.fetch_sub(1, Ordering::Relaxed) == 1)
    }
}

/// Dies here if a test asked for it.
#[cfg(debug_assertions)]
pub fn pass(place: &str) {
    debug_assert!(PLACES.contains(&place), "{place} is not in the list");
    armed::pass(place);
}

/// Whether the process is to die at this place, for what is done in one piece otherwise.
#[cfg(debug_assertions)]
pub fn is_armed(place: &str) -> bool {
    armed::is(place)
}

/// Does nothing in this build.
#[cfg(not(debug_assertions))]
pub fn pass(_: &str) {}

/// Never in this build.
#[cfg(not(debug_assertions))]
pub fn is_armed(_: &str) -> bool {
    false
}
