//! What happens in the demo's partnerships. All firms and people are invented.

use crate::domain::mode::Mode;

/// One partnership's story.
pub(super) struct Story {
    /// The partner; the partnership is "Northmoor × partner". Co-founders have none.
    pub(super) partner: &'static str,
    /// IANA zone.
    pub(super) zone: &'static str,
    /// Respondents per side.
    pub(super) people: &'static [u32],
    /// Mode.
    pub(super) mode: Mode,
    /// Where the five indicators stand at the beginning.
    pub(super) base: [f64; 5],
    /// What changes, for side, indicator and quarter (0 is the first): added to the base.
    pub(super) change: fn(side: usize, indicator: usize, quarter: i32) -> f64,
    /// Share of people who answer, per side and quarter.
    pub(super) response: fn(side: usize, quarter: i32) -> f64,
    /// How much higher than their side somebody answers, by their seat (1 is the first); none where they are not there.
    pub(super) seat: fn(seat: u64, quarter: i32) -> Option<f64>,
    /// Another mode, and the quarter from which on it holds.
    pub(super) later_mode: Option<(usize, Mode)>,
}

/// The organisation whose leadership looks at the portfolio.
pub(super) const HOME: &str = "Northmoor Systems";

fn steady(_: usize, _: usize, _: i32) -> f64 {
    0.0
}

fn most(_: usize, _: i32) -> f64 {
    0.9
}

fn everyone(_: usize, _: i32) -> f64 {
    1.0
}

#[expect(clippy::unnecessary_wraps, reason = "in one story people leave and join")]
fn anybody(_: u64, _: i32) -> Option<f64> {
    Some(0.0)
}

const BERLIN: &str = "Europe/Berlin";
const LONDON: &str = "Europe/London";
const NEW_YORK: &str = "America/New_York";

/// Fifteen partnerships: healthy, drifting, gap opening, recovered, silent, small, other people, a
/// new start, and three co-founders who disagree.
pub(super) const STORIES: &[Story] = &[
    // A fall in communication on both sides since the sixth quarter.
    Story {
        partner: "Brightwater Analytics",
        zone: BERLIN,
        people: &[9, 7],
        mode: Mode::Confidential,
        base: [3.9, 4.1, 3.9, 3.6, 4.4],
        change: |side, indicator, quarter| match (indicator, quarter) {
            (1, 4..) => -1.1,
            (2, 4..) if side == 1 => -1.5,
            _ => 0.0,
        },
        response: most,
        seat: anybody,
        later_mode: None,
    },
    // Everything drifts down, a tenth a quarter.
    Story {
        partner: "Castellan Logistics",
        zone: BERLIN,
        people: &[7, 6],
        mode: Mode::Confidential,
        base: [3.9, 3.8, 3.7, 3.6, 3.8],
        change: |_, _, quarter| -0.13 * f64::from(quarter),
        response: most,
        seat: anybody,
        later_mode: None,
    },
    // The sides part over resources: ours falls, theirs stays.
    Story {
        partner: "Tessera Cloud",
        zone: LONDON,
        people: &[10, 6],
        mode: Mode::Confidential,
        base: [4.2, 4.1, 4.2, 4.0, 4.3],
        change: |side, indicator, quarter| {
            if side == 0 && indicator == 2 { -0.25 * f64::from(quarter) } else { 0.0 }
        },
        response: most,
        seat: anybody,
        later_mode: None,
    },
    // Few of the other side answer.
    Story {
        partner: "Orrin Health",
        zone: LONDON,
        people: &[8, 7],
        mode: Mode::Confidential,
        base: [3.8, 3.6, 3.5, 3.4, 3.9],
        change: steady,
        response: |side, _| if side == 1 { 0.45 } else { 0.8 },
        seat: anybody,
        later_mode: None,
    },
    // The other side went silent in the last two quarters.
    Story {
        partner: "Varga Robotics",
        zone: BERLIN,
        people: &[8, 6],
        mode: Mode::Confidential,
        base: [3.9, 3.8, 3.7, 3.6, 4.0],
        change: steady,
        response: |side, quarter| if side == 1 && quarter >= 6 { 0.0 } else { 0.85 },
        seat: anybody,
        later_mode: None,
    },
    // People move on: from the sixth quarter others answer, who see it more soberly.
    Story {
        partner: "Halden Foods",
        zone: BERLIN,
        people: &[21, 21],
        mode: Mode::Confidential,
        base: [3.9, 3.8, 3.9, 3.7, 4.0],
        change: steady,
        response: everyone,
        seat: |seat, quarter| match (seat, quarter) {
            (1..=3, _) | (10..=15, ..5) => Some(0.8),
            (16..=21, 5..) => Some(-1.0),
            (10..=21, _) => None,
            _ => Some(-0.9),
        },
        later_mode: None,
    },
    Story {
        partner: "Port Selby Energy",
        zone: LONDON,
        people: &[12, 9],
        mode: Mode::Confidential,
        base: [4.3, 4.2, 4.0, 4.1, 4.4],
        change: steady,
        response: most,
        seat: anybody,
        later_mode: None,
    },
    // Four people a side answer for their side.
    Story {
        partner: "Lumen & Rook",
        zone: LONDON,
        people: &[4, 3],
        mode: Mode::Representative,
        base: [4.1, 4.2, 3.9, 4.0, 4.0],
        change: steady,
        response: everyone,
        seat: anybody,
        later_mode: None,
    },
    // Recovered after a reset in the fifth quarter.
    Story {
        partner: "Quillon Insurance",
        zone: BERLIN,
        people: &[8, 7],
        mode: Mode::Confidential,
        base: [3.3, 3.1, 3.2, 3.0, 3.6],
        change: |_, _, quarter| if quarter >= 4 { 1.15 } else { 0.0 },
        response: most,
        seat: anybody,
        later_mode: None,
    },
    Story {
        partner: "Kestrel Payments",
        zone: NEW_YORK,
        people: &[9, 9],
        mode: Mode::Confidential,
        base: [4.5, 4.5, 4.4, 4.3, 4.6],
        change: steady,
        response: most,
        seat: anybody,
        later_mode: None,
    },
    // The sides agreed on confidential answers for the fourth quarter: a new start.
    Story {
        partner: "Solstad Telemetry",
        zone: BERLIN,
        people: &[6, 6],
        mode: Mode::Representative,
        base: [4.4, 4.5, 4.4, 4.4, 4.5],
        change: steady,
        response: most,
        seat: anybody,
        later_mode: Some((3, Mode::Confidential)),
    },
    Story {
        partner: "Aldergate Bank",
        zone: LONDON,
        people: &[9, 8],
        mode: Mode::Confidential,
        base: [4.4, 4.4, 4.3, 4.3, 4.4],
        change: steady,
        response: most,
        seat: anybody,
        later_mode: None,
    },
    // Too few answer for their figures to be shown.
    Story {
        partner: "Mirabeau Retail",
        zone: BERLIN,
        people: &[4, 4],
        mode: Mode::Confidential,
        base: [3.9, 4.1, 4.0, 3.9, 4.0],
        change: steady,
        response: |side, _| if side == 1 { 0.5 } else { 0.8 },
        seat: anybody,
        later_mode: None,
    },
    // One person a side.
    Story {
        partner: "Fenwick Labs",
        zone: NEW_YORK,
        people: &[1, 1],
        mode: Mode::Representative,
        base: [4.4, 4.1, 3.9, 4.0, 4.2],
        change: |_, indicator, quarter| if indicator == 2 && quarter >= 6 { -1.6 } else { 0.0 },
        response: everyone,
        seat: anybody,
        later_mode: None,
    },
    // Three co-founders: one sees it differently, more with every quarter.
    Story {
        partner: "",
        zone: LONDON,
        people: &[1, 1, 1],
        mode: Mode::Named,
        base: [4.6, 4.2, 4.0, 4.0, 3.9],
        change: |side, indicator, quarter| {
            if side == 2 && indicator != 4 { -0.3 * f64::from(quarter) } else { 0.0 }
        },
        response: everyone,
        seat: anybody,
        later_mode: None,
    },
];

/// The founders of the last story, each a side of their own.
pub(super) const FOUNDERS: [(&str, &str); 3] = [("Ada", "Wren"), ("Milan", "Sorel"), ("Farah", "Tamm")];

const FIRST: [&str; 24] = [
    "Ines", "Tomas", "Ruth", "Ada", "Milan", "Farah", "Jonas", "Priya", "Oskar", "Leila", "Piet", "Noor",
    "Emre", "Clara", "Idris", "Sanna", "Hugo", "Mei", "Pavel", "Greta", "Amara", "Luis", "Wanda", "Theo",
];
const LAST: [&str; 23] = [
    "Mortensen",
    "Hallberg",
    "Achterberg",
    "Okafor",
    "Lindqvist",
    "Brandt",
    "Castellano",
    "Duarte",
    "Eriksen",
    "Farkas",
    "Grewal",
    "Hoffmann",
    "Ivanova",
    "Jansen",
    "Kowalska",
    "Laurent",
    "Moreau",
    "Nakamura",
    "Olsen",
    "Petrov",
    "Quist",
    "Rossi",
    "Sørensen",
];

/// The name of the n-th person, the same in every run; 552 of them differ.
pub(super) fn person_name(number: usize) -> String {
    format!("{} {}", FIRST[number % FIRST.len()], LAST[(number * 7 + number / FIRST.len()) % LAST.len()])
}
