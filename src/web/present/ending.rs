//! What a manager can do about a partnership that is over, or shall be.

use super::acts::{Waiting, speaks_for};
use crate::domain::ending::READABLE_MONTHS;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::{Act, REASON_MAX};
use crate::store::access::Seat;
use crate::web::pages::view::acts::Folded;
use crate::web::pages::view::forms::{Choice, Control, Form};

/// The form that ends it; none where it has ended.
pub(super) fn end(seat: &Seat) -> Option<Folded> {
    let sure = Choice::new("yes", "Yes, end it for good", false);
    let confirm = Control::checks("sure", "Please confirm", vec![sure]).hint(format!(
        "No check opens any more, and an open one is cancelled without a scorecard. What was published stays readable and \
         exportable for every side for {READABLE_MONTHS} months. This cannot be taken back."
    ));
    let to = format!("/partnerships/{}/state/{}", seat.partnership.id, PartnershipState::Ended);
    (seat.partnership.state != PartnershipState::Ended).then(|| Folded {
        summary: "End the partnership…".to_owned(),
        form: Form::to(to, "End the partnership").group("", vec![confirm]),
    })
}

/// The form that proposes to delete everything of a partnership that has ended; for managers, and once.
pub fn delete(seat: &Seat, waits: &[Waiting]) -> Option<Folded> {
    let over = seat.partnership.state == PartnershipState::Ended && speaks_for(seat).is_some();
    if !over || waits.iter().any(|own| own.is(Act::DeletePartnership)) {
        return None;
    }
    let sure = Choice::new("yes", "Yes, delete it for good once every side agrees", false);
    let controls = vec![
        Control::checks("sure", "Please confirm", vec![sure])
            .hint(
                "Answers, scorecards, flags, letters and memberships are removed from this server; the log keeps who agreed. \
                 Backups made before still hold them. This cannot be taken back.",
            )
            .under("delete"),
        Control::line("text", "reason", "Reason")
            .hint(format!("One line for the managers of the other sides, at most {REASON_MAX} characters."))
            .optional()
            .under("delete"),
    ];
    Some(Folded {
        summary: "Propose to delete everything (needs every side)".to_owned(),
        form: Form::to(format!("/partnerships/{}/delete", seat.partnership.id), "Propose the deletion")
            .group("", controls),
    })
}
