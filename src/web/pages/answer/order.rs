//! Keeps an older save from overtaking a newer one of the same tab.
//!
//! Over a bad connection a try that the browser has given up may still arrive, after the one that took its place. So the script
//! numbers its saves, and whatever is older than the newest one saved is answered as saved and changes nothing. The numbers
//! are known to this process only and to the last few thousand forms: for the seconds that matter both are enough. A form
//! without the script sends no number, and waits for its answer anyway.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::{Mutex, MutexGuard};

use crate::secrets;

const SHELVES: usize = 32;
/// How many forms one shelf knows; the oldest go first.
const KNOWN: usize = 256;
/// The longest number taken: a tab's name and a count.
const LONGEST: usize = 40;

#[derive(Debug, Default)]
struct Shelf {
    newest: BTreeMap<String, u64>,
    since: VecDeque<String>,
}

static KEPT: [Mutex<Shelf>; SHELVES] =
    [const { Mutex::const_new(Shelf { newest: BTreeMap::new(), since: VecDeque::new() }) }; SHELVES];

/// What a save may do.
#[derive(Debug)]
pub(super) enum Turn {
    /// It is not older than what was saved; until it is dropped no other save of this form comes in between.
    Now(Held),
    /// A newer choice was saved before.
    Late,
}

/// A save whose turn it is.
#[derive(Debug)]
pub(super) struct Held(Option<(MutexGuard<'static, Shelf>, String, u64)>);

impl Held {
    /// Notes that it was saved.
    pub(super) fn saved(self) {
        let Some((mut known, key, number)) = self.0 else { return };
        if known.newest.insert(key.clone(), number).is_none() {
            known.since.push_back(key);
        }
        if known.since.len() > KNOWN
            && let Some(oldest) = known.since.pop_front()
        {
            known.newest.remove(&oldest);
        }
    }
}

/// Whose turn it is: `order` is `{tab}.{number}`, `place` the address of what is saved. An order that cannot be read is none.
pub(super) async fn turn(place: &str, order: &str) -> Turn {
    let read = |order: &str| -> Option<(String, u64)> {
        let (tab, number) = order.split_once('.').filter(|_| order.len() <= LONGEST)?;
        Some((secrets::digest(format!("{place} {tab}")), number.parse().ok()?))
    };
    let Some((key, number)) = read(order) else { return Turn::Now(Held(None)) };
    let shelf = usize::from(key.as_bytes().first().copied().unwrap_or_default())
        + usize::from(key.as_bytes().last().copied().unwrap_or_default());
    let shelf = KEPT[shelf % SHELVES].lock().await;
    if shelf.newest.get(&key).is_some_and(|newest| number < *newest) {
        return Turn::Late;
    }
    Turn::Now(Held(Some((shelf, key, number))))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn save(place: &str, order: &str) -> bool {
        match turn(place, order).await {
            Turn::Now(held) => {
                held.saved();
                true
            }
            Turn::Late => false,
        }
    }

    #[tokio::test]
    async fn an_older_save_of_the_same_tab_and_question_comes_too_late() {
        assert!(save("/s/one/1", "tab.2").await);
        assert!(!save("/s/one/1", "tab.1").await, "older");
        assert!(save("/s/one/1", "tab.2").await, "the same once more");
        assert!(save("/s/one/2", "tab.1").await, "another question");
        assert!(save("/s/one/1", "other.1").await, "another tab");
    }

    #[tokio::test]
    async fn what_was_not_saved_holds_nobody_up() {
        assert!(matches!(turn("/s/two/1", "tab.9").await, Turn::Now(_)));
        assert!(save("/s/two/1", "tab.8").await);
    }

    #[tokio::test]
    async fn an_order_that_cannot_be_read_is_none() {
        for order in ["", "tab", "tab.", "tab.x", "tab.-1", &format!("{}.1", "t".repeat(40))] {
            assert!(save("/s/three/1", order).await, "{order}");
        }
    }

    #[tokio::test]
    async fn only_so_many_forms_are_known() {
        for form in 0..20_000 {
            assert!(save(&format!("/s/{form}/1"), "tab.1").await);
        }
        for shelf in &KEPT {
            let shelf = shelf.lock().await;
            assert!(shelf.newest.len() <= KNOWN && shelf.newest.len() == shelf.since.len());
        }
    }
}
