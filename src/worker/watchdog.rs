//! Notices when a loop no longer turns. A process that looks alive and opens, closes and sends nothing is worse than one
//! that ends: its supervisor starts it again. On the real monotonic clock, whatever the clock of cycles shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::monotonic;

/// A loop that has shown no sign of life for this long hangs, beyond what one step of it may take by itself.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);
/// How often the watchdog looks.
pub(super) const LOOK: Duration = Duration::from_secs(10);

/// Stands for no sign of life at all.
const NEVER: u64 = u64::MAX;

/// When something last showed that it goes on. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// Just now.
    pub(super) fn new() -> Self {
        let pulse = Self(Arc::default());
        pulse.beat();
        pulse
    }

    /// Not yet: as old as can be.
    pub(super) fn never() -> Self {
        Self(Arc::new(AtomicU64::new(NEVER)))
    }

    /// It goes on.
    pub(super) fn beat(&self) {
        self.0.store(millis(monotonic()), Ordering::Relaxed);
    }

    /// How long ago that was at an instant of the monotonic clock.
    pub(super) fn age(&self, at: Duration) -> Duration {
        match self.0.load(Ordering::Relaxed) {
            NEVER => Duration::MAX,
            beat => at.saturating_sub(Duration::from_millis(beat)),
        }
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
