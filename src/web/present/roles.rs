//! Who manages a side: handing it over, sides whose manager no mail reaches, and sides without one.

use chrono::{DateTime, TimeDelta, Utc};

use super::Reader;
use super::acts::speaks_for;
use crate::domain::ids::SideId;
use crate::store::access::Seat;
use crate::store::partnerships::Member;
use crate::store::people::Person;
use crate::store::vacancies::Vacancy;
use crate::web::pages::view::Link;
use crate::web::pages::view::acts::Folded;
use crate::web::pages::view::admin::VacancyRow;
use crate::web::pages::view::forms::{Choice, Control, Form};

/// Mail that was refused for less may still have been an accident.
pub const REFUSED_FOR: TimeDelta = TimeDelta::days(14);

/// The form with which a manager hands over to somebody of the own side; none where there is nobody.
pub(super) fn hand_over(seat: &Seat, members: &[(Member, Person)]) -> Option<Folded> {
    let side = speaks_for(seat)?;
    let heirs = members
        .iter()
        .filter(|(own, person)| own.side_id == Some(side) && !own.manager && person.address().is_some());
    let mut people: Vec<Choice> =
        heirs.map(|(own, person)| Choice::new(own.id.to_string(), person.name.clone(), false)).collect();
    if people.is_empty() {
        return None;
    }
    // Nobody gives a side away by a press on what stood there already.
    people.insert(0, Choice::new("", "Choose somebody", true));
    let stay = Choice::new("yes", "I stay a manager, too", true);
    let controls = vec![
        Control::select("member", "To", people)
            .hint("They are told by mail, and so are the managers of the other sides.")
            .under("handover"),
        Control::checks("stay", "And you", vec![stay])
            .hint(
                "Untick it and you keep your other roles only; if you have none, you leave the partnership.",
            )
            .under("handover"),
    ];
    Some(Folded {
        summary: "Hand over to somebody of your side".to_owned(),
        form: Form::to(format!("/partnerships/{}/handover", seat.partnership.id), "Hand over")
            .group("", controls),
    })
}

/// Since when mail to every manager of a side is refused, if it is for long.
pub(super) fn unreachable(side: SideId, members: &[(Member, Person)], reader: &Reader) -> Option<String> {
    let managers = || members.iter().filter(|(own, _)| own.manager && own.side_id == Some(side));
    let since = managers().filter_map(|(own, _)| own.bounced_at).max()?.and_utc();
    let all = managers().all(|(own, _)| own.bounced_at.is_some());
    (all && reader.now - since >= REFUSED_FOR)
        .then(|| format!("no mail has reached its manager since {}", reader.day(since)))
}

/// The sides without a manager, with the form that appoints one.
pub fn vacancies(found: &[Vacancy], reader: &Reader) -> Vec<VacancyRow> {
    found.iter().map(|own| vacancy(own, reader)).collect()
}

fn vacancy(own: &Vacancy, reader: &Reader) -> VacancyRow {
    let people: Vec<Choice> = own
        .members
        .iter()
        .filter(|(_, person)| person.address().is_some())
        .map(|(member, person)| Choice::new(member.id.to_string(), person.name.clone(), false))
        .collect();
    let anybody = !people.is_empty();
    let choose = Control::select("member", "Member", people)
        .hint("They are told by mail, and so are the managers of the other sides.")
        .under(&format!("v{}", own.side.id));
    let form = Form::to(format!("/admin/sides/{}/manager", own.side.id), "Appoint").group("", vec![choose]);
    VacancyRow {
        text: format!(
            "{} in {} has had no manager since {}, and no sponsor who could inherit.",
            own.side.name,
            own.partnership,
            reader.day(own.since)
        ),
        form: anybody.then_some(form),
        set_up: Link::new(
            "Add a member in the set-up",
            format!("/setup/partnerships/{}", own.side.partnership_id),
        ),
    }
}

/// What an administrator reads of sides that no mail reaches.
pub fn refused(found: &[(String, String, DateTime<Utc>)], reader: &Reader) -> Vec<String> {
    let say = |(side, partnership, since): &(String, String, DateTime<Utc>)| {
        format!(
            "No mail has reached the manager of {side} in {partnership} since {}. Correct the address, or let the side name \
             another manager.",
            reader.day(*since)
        )
    };
    found.iter().map(say).collect()
}
