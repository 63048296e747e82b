//! What a partnership of this size can and cannot see.
//!
//! Law: nothing finer is ever promised: between two sizes the smaller one's limits hold, and for one or two people a
//! side there are none.
//!
//! # Source
//! Simulation; the table of detection limits of section 2 of the scoring chapter.

/// Changes of one indicator that are seen within four cycles in about four of five cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// A drop of the level, in points.
    pub level: f64,
    /// A change of the gap, in points.
    pub gap: f64,
}

/// From this many people on every side on.
const TABLE: [(usize, Limits); 4] = [
    (3, Limits { level: 0.7, gap: 1.7 }),
    (5, Limits { level: 0.55, gap: 1.3 }),
    (8, Limits { level: 0.45, gap: 1.05 }),
    (15, Limits { level: 0.35, gap: 0.8 }),
];

/// The limits where the smallest side has this many people; none for one or two.
///
/// ```
/// use evenkeel::domain::drift::limits_for;
/// assert_eq!(limits_for(2), None);
/// assert_eq!(limits_for(7).unwrap().level, 0.55);
/// ```
pub fn limits_for(people_a_side: usize) -> Option<Limits> {
    TABLE.iter().rfind(|(least, _)| people_a_side >= *least).map(|(_, limits)| *limits)
}
