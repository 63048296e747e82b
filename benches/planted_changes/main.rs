//! How often drift cries wolf, and how often it sees a change that was planted: the whole program's closes, from answers to
//! flags and to the sentence of the result mail, on invented partnerships of which it is known what happened.
//!
//! ```sh
//! cargo bench --bench planted_changes            # 1,000 histories for each row
//! cargo bench --bench planted_changes -- 4000    # as many as said
//! ```
//!
//! Writes tables in Markdown, each rate with its standard error over the histories. The same number gives the same tables.

use evenkeel::domain::drift::{Drift, DriftFinding, DriftState};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::publication::{Cell, Scorecard};

#[path = "../people/mod.rs"]
#[expect(dead_code, reason = "the rest is for measuring single closes")]
mod people;

mod alarms;
mod changes;
mod rate;

/// The seed of all dice.
const SEED: u64 = 20;
/// Everything is published in this mode, so that no finding is withheld.
const MODE: Mode = Mode::Named;

fn main() {
    let histories = std::env::args().skip(1).find_map(|own| own.parse().ok()).unwrap_or(1_000);
    println!("{histories} histories for each row.\n");
    alarms::table(histories);
    changes::table(histories);
}

/// What is tested of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    Level,
    Gap,
}

/// What a close found in a channel.
fn finding(cell: &Cell, channel: Channel) -> Option<&DriftFinding> {
    let drift: &Drift = cell.drift.as_ref()?;
    match channel {
        Channel::Level => drift.level.as_ref(),
        Channel::Gap => drift.gap.as_ref(),
    }
}

/// Whether a close raised an alarm in a channel.
fn alarms(cell: &Cell, channel: Channel) -> bool {
    finding(cell, channel).is_some_and(|own| own.state == DriftState::Alarm)
}

/// The cells of the indicators.
fn indicators(card: &Scorecard) -> impl Iterator<Item = &Cell> {
    card.indicators.iter().map(|own| &own.cell)
}
