//! Comments: where the closing question is asked, and what of an answer to it may be shown (R8).
//!
//! Law: it is asked only where the answer may ever be shown; outside named mode nothing is shown of a side with fewer than
//! [`comments_from`] responses, and addresses, telephone numbers and names of members are masked before a comment is frozen.
//! Called by the form and by the close.

mod masking;

use super::mode::Mode;

pub use masking::{Names, mask};

/// Outside named mode, the least number of responses of a side from which its comments are shown, whatever the floor.
const LEAST: u32 = 5;

/// From how many responses of a side on its comments are shown.
///
/// ```
/// use evenkeel::domain::{comments::comments_from, mode::Mode};
/// assert_eq!(comments_from(Mode::Named, 0), 1);
/// assert_eq!(comments_from(Mode::Confidential, 3), 5);
/// assert_eq!(comments_from(Mode::Anonymous, 8), 8);
/// ```
pub fn comments_from(mode: Mode, floor_k: u32) -> u32 {
    match mode {
        Mode::Named => 1,
        Mode::Representative | Mode::Confidential | Mode::Anonymous => floor_k.max(LEAST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_never_lowers_the_number_from_which_comments_are_shown() {
        for mode in [Mode::Representative, Mode::Confidential, Mode::Anonymous] {
            assert_eq!((comments_from(mode, 1), comments_from(mode, 10)), (5, 10));
        }
    }
}
