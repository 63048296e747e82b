//! Who sees what from the next check on: the form with which one side makes it stricter alone, or asks the others for more.

use super::acts::speaks_for;
use crate::domain::mode::Mode;
use crate::store::access::Seat;
use crate::store::cadences::Cadence;
use crate::web::pages::view::acts::Folded;
use crate::web::pages::view::forms::{Choice, Control, Form};

/// The form for one cadence; its heading names the instrument where there are several.
pub(super) fn form(seat: &Seat, cadence: &Cadence, several: bool) -> Folded {
    debug_assert!(speaks_for(seat).is_some(), "only managers are shown what their side can do");
    let prefix = format!("t{}", cadence.id);
    let choice = |mode: Mode| Choice::new(mode.as_str(), mode.title(), mode == cadence.mode);
    let modes: Vec<Choice> = Mode::ALL.iter().copied().map(choice).collect();
    let floor = if cadence.mode.has_floor() { cadence.floor_k.to_string() } else { String::new() };
    let words = Choice::new("yes", "Comments are asked for where the mode shows them", cadence.comments);
    let controls = vec![
        Control::select("mode", "Mode", modes).under(&prefix),
        Control::line("number", "floor_k", "Fewest answers a side")
            .value(floor)
            .hint("For confidential and anonymous mode, 3 to 10; left empty: the mode’s own.")
            .optional()
            .under(&prefix),
        Control::checks("comments", "Comments", vec![words]).under(&prefix),
        Control::line("number", "keep_months", "Months until comments go")
            .value(cadence.keep_months.map(|months| months.to_string()).unwrap_or_default())
            .hint("1 to 120, and the answers of anonymous checks with them; left empty: as it is.")
            .optional()
            .under(&prefix),
        Control::line("text", "reason", "Reason")
            .hint(
                "A stricter mode, a higher floor, no comments or fewer months hold from the next check on, and the other sides are told. \
                 Anything looser is proposed to them, with this reason.",
            )
            .optional()
            .under(&prefix),
    ];
    let about = if several { format!(" ({})", cadence.instrument_id) } else { String::new() };
    Folded {
        summary: format!("Who sees what: stricter alone, looser together{about}"),
        form: Form::to(
            format!("/partnerships/{}/cadences/{}/terms", seat.partnership.id, cadence.id),
            "Change it",
        )
        .group("", controls),
    }
}
