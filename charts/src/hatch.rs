//! Hatching for what is not shown: 45 degrees, pitch 5, drawn as single lines so that no pattern id is needed.

use crate::scene::{Dash, Pt, Scene};
use crate::theme::Ink;

/// Hatches a box. The lines lie on one grid, so neighbouring boxes join.
pub(crate) fn hatch(scene: &mut Scene, (left, top): Pt, (width, height): Pt) {
    let (right, bottom) = (left + width, top + height);
    let pitch = 5.0 * std::f64::consts::SQRT_2;
    // A rising line is x + y = sum.
    let mut sum = ((left + top) / pitch).ceil() * pitch;
    while sum < right + bottom {
        let from_x = (sum - bottom).max(left);
        let to_x = (sum - top).min(right);
        if to_x - from_x > 0.5 {
            let ends = vec![(from_x, sum - from_x), (to_x, sum - to_x)];
            scene.stroke(ends, Ink::RuleStrong, 1.0, Dash::Solid);
        }
        sum += pitch;
    }
}
