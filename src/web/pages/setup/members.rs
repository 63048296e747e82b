//! Members of a partnership: adding by address, changing side and roles, ending the membership.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::super::view::Link;
use super::super::view::forms::{Choice, Control, Form};
use super::super::view::setup::{FormPage, Tab};
use super::partnership::{House, page};
use super::typed::{Typed, unprocessable};
use super::{chrome, done, id};
use crate::domain::ids::{MemberId, SideId};
use crate::domain::partnership::MemberRoles;
use crate::store::partnerships::{Member, Side};
use crate::store::people::Person;
use crate::web::State;
use crate::web::auth::{Administrator, Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::web::guard::Fields;
use crate::workflow::members::{self, Carried, MembersPlan, Place, RawMember};
use crate::workflow::set_up::{self, MemberInput, NewMember};
use crate::workflow::{ActsFor, Refusal};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(add).service(edit).service(change).service(remove);
}

/// The role words of the forms, with what each means.
const ROLES: [(&str, &str, &str); 4] = [
    ("respondent", "Respondent", "answers in each check"),
    ("manager", "Manager", "sees the scorecards, gets the result by mail"),
    ("sponsor", "Sponsor", "backs the partnership for the side"),
    ("facilitator", "Facilitator", "neutral: on no side, does not answer"),
];

/// A member's roles in words.
pub(super) fn role_words(member: &Member) -> String {
    let held = held(roles_of(member));
    let words: Vec<&str> =
        ROLES.iter().map(|r| r.0).zip(held).filter(|(_, has)| *has).map(|(w, _)| w).collect();
    words.join(", ")
}

fn roles_of(member: &Member) -> MemberRoles {
    MemberRoles {
        respondent: member.respondent,
        manager: member.manager,
        sponsor: member.sponsor,
        facilitator: member.facilitator,
    }
}

fn held(roles: MemberRoles) -> [bool; 4] {
    [roles.respondent, roles.manager, roles.sponsor, roles.facilitator]
}

fn roles_control(roles: MemberRoles, offered: impl Fn(&str) -> bool) -> Control {
    let choices = ROLES.iter().zip(held(roles)).filter(|((word, ..), _)| offered(word));
    let choices = choices.map(|((word, label, what), has)| Choice::new(*word, *label, has).explained(*what));
    Control::checks("roles", "Roles", choices.collect())
}

fn read_roles(fields: &Fields) -> MemberRoles {
    let has = |word: &str| fields.all("roles").any(|value| value == word);
    MemberRoles {
        respondent: has("respondent"),
        manager: has("manager"),
        sponsor: has("sponsor"),
        facilitator: has("facilitator"),
    }
}

/// While a cycle is open: whether the change is also about that one.
pub(super) fn open_cycle_choice(form: Form, cycle_open: bool, prefix: &str) -> Form {
    if !cycle_open {
        return form;
    }
    let choices = vec![
        Choice::new("keep", "From the next check on", true).explained("the open one keeps who it began with"),
        Choice::new("change", "In the open check, too", false)
            .explained("every side must agree; until then nothing changes"),
    ];
    form.group("", vec![Control::radios("open_cycle", "It counts", choices).under(prefix)])
}

/// Whether the open cycle shall change, too.
pub(super) fn reaches_open_cycle(fields: &Fields) -> bool {
    fields.get("open_cycle") == "change"
}

/// Proposes a change that reaches the open cycle; it is done at once when no cycle is open any more.
async fn propose(
    state: &State,
    visitor: &Visitor,
    house: &House,
    plan: Result<MembersPlan, Refusal>,
) -> Result<&'static str, Refusal> {
    let speaker = house.speaker(visitor);
    let carried = match plan {
        Ok(plan) => members::carry_out(&state.ctx, speaker, plan, (None, ""), state.now()).await,
        Err(refusal) => Err(refusal),
    };
    match carried.map_err(in_the_form)? {
        Carried::Done(_) => Ok("member-changed"),
        Carried::Waits(_) => Ok("members-proposed"),
    }
}

/// One member as the form says it.
fn plan_for(
    house: &House,
    (email, name): (&str, &str),
    fields: &Fields,
    side: &str,
) -> Result<MembersPlan, Refusal> {
    let filled = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
    let raw = RawMember {
        email: email.to_owned(),
        name: filled(name),
        side: filled(side),
        roles: fields.all("roles").map(str::to_owned).collect(),
        ..RawMember::default()
    }
    .labelled();
    let entries = members::parse(&house.sides, &ActsFor::Whole, vec![(Place::Entry(0), raw)])?;
    Ok(MembersPlan::adding(house.partnership.id, ActsFor::Whole, entries))
}

/// Places of a list as the fields of a form for one member.
fn in_the_form(refusal: Refusal) -> Refusal {
    let Refusal::Fields(mut fields) = refusal else { return refusal };
    for own in &mut fields {
        if let Some(field) = own.field.strip_prefix("members[0].") {
            own.field = field.to_owned();
        }
    }
    Refusal::Fields(fields)
}

/// The side that a form names; an empty field is none.
fn read_side(fields: &Fields) -> Result<Option<SideId>, Refusal> {
    match fields.get("side") {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| Refusal::field("side", "Choose one of the partnership’s sides.")),
    }
}

/// The form that adds a member to a side, or a neutral one.
pub(super) fn add_form(house: &House, side: Option<&Side>) -> Form {
    let prefix = side.map_or_else(|| "neutral".to_owned(), |s| format!("side{}", s.place + 1));
    let first =
        MemberRoles { respondent: side.is_some(), facilitator: side.is_none(), ..MemberRoles::default() };
    let on_side = side.is_some();
    let action = side.map_or_else(
        || format!("{}/members", house.base()),
        |s| format!("{}/members?side={}", house.base(), s.id),
    );
    let email = Control::line("email", "email", "E-mail address").under(&prefix);
    let (email, name) = if on_side {
        let hint = "Empty for a respondent whose link the side hands out itself.";
        (email.optional().hint(hint), "Only for somebody who is not here yet; without an address, a label.")
    } else {
        (email, "Only for somebody who is not here yet.")
    };
    let form = Form::to(action, "Add the member")
        .group("", vec![email, Control::line("text", "name", "Name").optional().hint(name).under(&prefix)])
        .group("", vec![roles_control(first, |word| (word == "facilitator") != on_side).under(&prefix)]);
    open_cycle_choice(form, house.cycle_open, &prefix)
}

#[post("/setup/partnerships/{id}/members")]
async fn add(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let house = House::of(&state, &request, &visitor).await?;
    let side: Option<SideId> = match super::super::flash::field(&request, "side") {
        Some(text) => Some(text.parse().map_err(|_| PageError::NotFound)?),
        None => None,
    };
    if side.is_some_and(|side| !house.sides.iter().any(|s| s.id == side)) {
        return Err(PageError::NotFound);
    }
    let (email, name, id) = (fields.get("email"), fields.get("name"), house.partnership.id);
    let added = if reaches_open_cycle(&fields) {
        let side = side.map(|side| side.to_string()).unwrap_or_default();
        let plan = plan_for(&house, (email, name), &fields, &side);
        propose(&state, &visitor, &house, plan).await
    } else {
        let (email, name) = (email.to_owned(), name.to_owned());
        let input = NewMember { email, name, side, roles: read_roles(&fields) };
        let (ctx, actor, now) = (&state.ctx, visitor.actor(), state.now());
        set_up::add_member_by_address(ctx, &actor, id, input, now).await.map(|()| "member-added")
    };
    match added {
        Ok(word) => Ok(done(&house.base(), word)),
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&page(&state, &request, &visitor, &house, Some(&(side, typed))))
        }
    }
}

/// The member that the address names, of this partnership and no other.
fn member_of<'a>(house: &'a House, request: &HttpRequest) -> Result<&'a (Member, Person), PageError> {
    let wanted: MemberId = id(request, "member")?;
    house.members.iter().find(|(member, _)| member.id == wanted).ok_or(PageError::NotFound)
}

fn edit_page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    house: &House,
    typed: &Typed,
) -> Result<FormPage, PageError> {
    let (member, person) = member_of(house, request)?;
    let neutral = Choice::new("", "Neutral, on no side", member.side_id.is_none());
    let sides = house
        .sides
        .iter()
        .map(|side| Choice::new(side.id.to_string(), side.name.clone(), member.side_id == Some(side.id)));
    let form = Form::to(format!("{}/members/{}", house.base(), member.id), "Save")
        .group(
            "",
            vec![Control::select("side", "Side", sides.chain(std::iter::once(neutral)).collect()).optional()],
        )
        .group("", vec![roles_control(roles_of(member), |_| true)])
        .or("leave", "1", "End the membership");
    let form = open_cycle_choice(form, house.cycle_open, "member");
    Ok(FormPage {
        chrome: chrome(state, request, visitor, &person.name),
        tab: Tab::Partnerships,
        headline: format!("{} in {}", person.name, house.partnership.name),
        lede: Some(person.address().unwrap_or(super::partnership::WITHOUT).to_owned()),
        form: typed.over(form),
        back: Link::new(house.partnership.name.clone(), house.base()),
    })
}

#[get("/setup/partnerships/{id}/members/{member}")]
async fn edit(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    let house = House::of(&state, &request, &visitor.0).await?;
    html(&edit_page(&state, &request, &visitor.0, &house, &Typed::default())?)
}

#[post("/setup/partnerships/{id}/members/{member}")]
async fn change(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let house = House::of(&state, &request, &visitor).await?;
    let known = member_of(&house, &request)?;
    let (member, person) = known;
    let (id, leaves) = (house.partnership.id, fields.has("leave"));
    let saved = if reaches_open_cycle(&fields) {
        let plan = if leaves {
            Ok(MembersPlan::leaving(id, person.id))
        } else {
            let name = if person.address().is_some() { "" } else { &person.name };
            plan_for(&house, (person.address().unwrap_or_default(), name), &fields, fields.get("side"))
        };
        propose(&state, &visitor, &house, plan).await
    } else {
        match read_side(&fields) {
            Ok(_) if leaves => end(&state, &visitor, &house, known).await,
            Ok(side) => {
                let input = MemberInput { person: person.id, side, roles: read_roles(&fields) };
                let (ctx, actor, now) = (&state.ctx, visitor.actor(), state.now());
                let saved = set_up::change_member(ctx, &actor, id, member.id, input, true, now).await;
                saved.map(|()| "member-changed")
            }
            Err(refusal) => Err(refusal),
        }
    };
    match saved {
        Ok(word) => Ok(done(&house.base(), word)),
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&edit_page(&state, &request, &visitor, &house, &typed)?)
        }
    }
}

#[post("/setup/partnerships/{id}/members/{member}/remove")]
async fn remove(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let visitor = posted.by_administrator()?.visitor;
    let house = House::of(&state, &request, &visitor).await?;
    let word = end(&state, &visitor, &house, member_of(&house, &request)?).await?;
    Ok(done(&house.base(), word))
}

/// Ends a membership from the next cycle on.
async fn end(
    state: &State,
    visitor: &Visitor,
    house: &House,
    (member, person): &(Member, Person),
) -> Result<&'static str, Refusal> {
    let input = MemberInput { person: person.id, side: member.side_id, roles: roles_of(member) };
    let (ctx, actor, now, id) = (&state.ctx, visitor.actor(), state.now(), house.partnership.id);
    let ended = set_up::change_member(ctx, &actor, id, member.id, input, false, now).await;
    ended.map(|()| "member-removed")
}
