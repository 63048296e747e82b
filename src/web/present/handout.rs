//! The list of people whom a side knows by a label, for its manager.

use super::acts::speaks_for;
use crate::domain::label::LABEL_MAX;
use crate::store::access::Seat;
use crate::store::partnerships::Member;
use crate::store::people::Person;
use crate::web::pages::view::acts::Folded;
use crate::web::pages::view::forms::{Control, Form, Kind};

/// The form with which a manager lists them; none for anybody else.
pub(super) fn labels_form(seat: &Seat, members: &[(Member, Person)]) -> Option<Folded> {
    let side = speaks_for(seat)?;
    let own = members.iter().filter(|(own, person)| own.side_id == Some(side) && person.address().is_none());
    let labels: Vec<&str> = own.map(|(_, person)| person.name.as_str()).collect();
    let list = Control::new(Kind::Lines, "labels", "Labels, one on each line")
        .value(labels.join("\n"))
        .hint(format!(
            "Respondents of your side whose addresses you do not give: initials, a role or a staff number will do, no full names, \
             at most {LABEL_MAX} characters. They get no mail; when a check opens, you get their links and hand them out. Whoever \
             begins gets a link of their own, so that you cannot read or change answers by the one you handed out. In named mode \
             the label stands beside the answers. The other sides are told that you do this, and see for how many. It counts from \
             the next check on."
        ))
        .optional();
    let form = Form::to(format!("/partnerships/{}/labels", seat.partnership.id), "Save the list");
    Some(Folded { summary: "Hand out links yourselves".to_owned(), form: form.group("", vec![list]) })
}
