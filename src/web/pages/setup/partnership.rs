//! The set-up of one partnership: who is on its sides, by which cadence it is checked, what is still missing.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::view::parts::Marker;
use super::super::view::setup::RoleRow;
use super::super::view::setup_partnership::{Act, CadenceRow, CycleDates, PartnershipSetupPage, SideMembers};
use super::super::view::{Chrome, Link};
use super::members::{self, add_form};
use super::partnerships::LIST;
use super::typed::Typed;
use super::{chrome, counted, id, stages};
use crate::domain::cadence::{CadenceRule, parse_zone};
use crate::domain::ids::{PartnershipId, SideId};
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::domain::visibility::Visibility;
use crate::store::access::{self, Viewer};
use crate::store::cadences::{self, Cadence};
use crate::store::partnerships::{self, Member, Partnership, Side};
use crate::store::people::Person;
use crate::store::proposals::{Answer, Proposal};
use crate::store::{Conn, StoreError, cycles, instruments};
use crate::web::State;
use crate::web::auth::{Administrator, Visitor};
use crate::web::error::{PageError, html};
use crate::workflow::proposals::Speaker;
use crate::workflow::trust::TrustSheet;
use crate::workflow::{Context, acceptance, in_zone, trust};

/// How many cycles are foretold.
const PREVIEW: usize = 6;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(one);
}

/// One partnership with everything that is set up for it.
pub(super) struct House {
    pub partnership: Partnership,
    pub sides: Vec<Side>,
    pub members: Vec<(Member, Person)>,
    pub cadences: Vec<Cadence>,
    pub instruments: Vec<Instrument>,
    pub zone: Tz,
    /// Whether a cycle is open.
    pub cycle_open: bool,
    /// Whether the administrator may read its scorecards, too: setting up alone does not give that.
    pub seated: bool,
    /// The last time it was proposed, and what the sides answered.
    pub asked: Option<(Proposal, Vec<Answer>)>,
    /// What the sides are told.
    pub sheet: Option<TrustSheet>,
}

impl House {
    /// Loads the partnership that the address names.
    ///
    /// # Errors
    /// Not found when there is none.
    pub async fn of(state: &State, request: &HttpRequest, visitor: &Visitor) -> Result<Self, PageError> {
        let id: PartnershipId = id(request, "id")?;
        let (viewer, ctx, now) = (visitor.viewer.clone(), state.ctx.clone(), state.now());
        state.ctx.store.read(move |conn| load(conn, &ctx, &viewer, id, now)).await?.ok_or(PageError::NotFound)
    }

    /// Instruments that have no cadence here yet; there is at most one for each.
    pub fn free_instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.iter().filter(|i| !self.cadences.iter().any(|c| c.instrument_id == i.id))
    }

    pub fn base(&self) -> String {
        format!("{LIST}/{}", self.partnership.id)
    }

    /// How many are invited on each side when a cycle opens.
    pub fn invited(&self) -> Vec<(String, u32)> {
        let count = |side: &Side| {
            let n = self.on(Some(side.id)).filter(|(member, _)| member.respondent).count();
            (side.name.clone(), u32::try_from(n).unwrap_or(u32::MAX))
        };
        self.sides.iter().map(count).collect()
    }

    /// The visitor as one who acts here: for the side that they manage, if any.
    pub fn speaker(&self, visitor: &Visitor) -> Speaker {
        let own =
            |(member, person): &&(Member, Person)| member.manager && person.id == visitor.viewer.person.id;
        let side = self.members.iter().find(own).and_then(|(member, _)| member.side_id);
        Speaker { actor: visitor.actor(), side }
    }

    /// What a mode and floor let the sides see, in one sentence; empty where that cannot be foretold.
    pub fn expected(&self, mode: Mode, floor: u32) -> String {
        let asked: Vec<u32> = self.invited().into_iter().map(|(_, n)| n).collect();
        let expected = Visibility::expected(mode, floor, &asked);
        expected.map(|own| own.sentence(asked.len())).unwrap_or_default()
    }

    /// When the next cycles by a rule open and close.
    pub fn dates(&self, rule: &CadenceRule, now: DateTime<Utc>) -> Vec<CycleDates> {
        let dates = |window: crate::domain::cadence::Window| CycleDates {
            period: window.period_key,
            opens: in_zone(window.opens, self.zone, now),
            closes: in_zone(window.closes, self.zone, now),
        };
        rule.upcoming(self.zone, now, PREVIEW).into_iter().map(dates).collect()
    }

    pub fn title_of(&self, instrument: &str) -> String {
        let known = self.instruments.iter().find(|i| i.id == instrument);
        known.map_or_else(|| instrument.to_owned(), |i| i.title.clone())
    }

    pub fn on(&self, side: Option<SideId>) -> impl Iterator<Item = &(Member, Person)> {
        self.members.iter().filter(move |(member, _)| member.side_id == side)
    }
}

fn load(
    conn: &mut Conn,
    ctx: &Context,
    viewer: &Viewer,
    id: PartnershipId,
    now: DateTime<Utc>,
) -> Result<Option<House>, StoreError> {
    let Some(partnership) = partnerships::find(conn, id)? else { return Ok(None) };
    Ok(Some(House {
        sides: partnerships::sides(conn, id)?,
        members: partnerships::members(conn, id)?,
        cadences: cadences::of_partnership(conn, id)?,
        instruments: instruments::list(conn)?,
        zone: parse_zone(&partnership.zone).unwrap_or(Tz::UTC),
        cycle_open: !cycles::open_of(conn, &[id])?.is_empty(),
        seated: access::seat(conn, viewer, id)?.is_some(),
        asked: acceptance::last(conn, id)?,
        sheet: trust::sheet(conn, ctx, id, now)?,
        partnership,
    }))
}

/// The form for a new member that was sent back: the side it is for, and what was typed.
pub(super) type SentBack = (Option<SideId>, Typed);

/// The page; `sent` is the form for a new member that could not be accepted.
pub(super) fn page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    house: &House,
    sent: Option<&SentBack>,
) -> PartnershipSetupPage {
    let partnership = &house.partnership;
    let hints = stages::hints(house);
    let sides = (0..).zip(&house.sides).map(|(place, side)| (Some(Marker::at(place)), Some(side)));
    let boxes = sides.chain(std::iter::once((None, None)));
    let frame: Chrome = chrome(state, request, visitor, &partnership.name);
    PartnershipSetupPage {
        chrome: frame,
        name: partnership.name.clone(),
        dateline: format!("{}, {}, {} sides", partnership.state, partnership.zone, house.sides.len()),
        zone: partnership.zone.clone(),
        headline: stages::headline(house, &hints),
        stages: stages::stages(house, None),
        begin: stages::begin(state, house, visitor),
        hints,
        sides: boxes.map(|(marker, side)| side_box(house, marker, side, sent)).collect(),
        import: Link::new("Import members", format!("{}/import", house.base())),
        cadences: house.cadences.iter().map(|c| cadence_row(state, house, c)).collect(),
        new_cadence: house
            .free_instruments()
            .next()
            .map(|_| Link::new("New cadence", format!("{}/cadences/new", house.base()))),
        acts: acts(house),
        partnership: house
            .seated
            .then(|| Link::new("See the partnership", format!("/partnerships/{}", partnership.id))),
    }
}

fn side_box(
    house: &House,
    marker: Option<Marker>,
    side: Option<&Side>,
    sent: Option<&SentBack>,
) -> SideMembers {
    let side_id = side.map(|s| s.id);
    let here: Vec<&(Member, Person)> = house.on(side_id).collect();
    let having = |role: fn(&Member) -> bool| here.iter().filter(|(member, _)| role(member)).count();
    let note = match side {
        Some(_) => format!(
            "{}, {}",
            counted(having(|m| m.respondent), "respondent", "respondents"),
            counted(having(|m| m.manager), "manager", "managers")
        ),
        None => "A facilitator prepares and leads the review, and does not answer.".to_owned(),
    };
    let mine = sent.filter(|(of, _)| *of == side_id).map(|(_, typed)| typed);
    let form = add_form(house, side);
    SideMembers {
        marker,
        name: side.map_or_else(|| "Neutral".to_owned(), |s| s.name.clone()),
        note,
        rows: here.iter().map(|(member, person)| role_row(house, member, person)).collect(),
        add: mine.map_or_else(|| form.clone(), |typed| typed.over(form.clone())),
        open: mine.is_some(),
    }
}

/// What stands in the place of an address that the side did not give.
pub(super) const WITHOUT: &str = "no address: the side hands out the link";

fn role_row(house: &House, member: &Member, person: &Person) -> RoleRow {
    let base = format!("{}/members/{}", house.base(), member.id);
    let mut roles = members::role_words(member);
    if member.bounced_at.is_some() {
        roles.push_str(", mail was refused");
    }
    if member.declined_at.is_some() {
        roles.push_str(", says that somebody else should be asked");
    } else if member.respondent && !member.letters.takes_invitations() {
        roles.push_str(", wants no letters");
    }
    RoleRow {
        name: person.name.clone(),
        email: person.address().unwrap_or(WITHOUT).to_owned(),
        roles,
        remove: Some(format!("{base}/remove")),
        change: Some(base),
    }
}

fn cadence_row(state: &State, house: &House, cadence: &Cadence) -> CadenceRow {
    let now = state.now();
    let next = match (cadence.active, house.partnership.state) {
        (false, _) => "switched off".to_owned(),
        (true, PartnershipState::Active) => {
            in_zone(cadence.rule.next(house.zone, now).opens, house.zone, now)
        }
        (true, state) => state.to_string(),
    };
    let floor = if cadence.mode.has_floor() {
        format!(", at least {} a side", cadence.floor_k)
    } else {
        String::new()
    };
    CadenceRow {
        link: Link::new(
            house.title_of(&cadence.instrument_id),
            format!("{}/cadences/{}", house.base(), cadence.id),
        ),
        rule: cadence.rule.describe(),
        mode: format!("{}{floor}", cadence.mode),
        next,
        expected: house.expected(cadence.mode, cadence.floor_k),
        dates: if cadence.active { house.dates(&cadence.rule, now) } else { Vec::new() },
        test: format!("{}/cadences/{}/test", house.base(), cadence.id),
        preview: Link::new("The questions", format!("/setup/instruments/{}", cadence.instrument_id)),
    }
}

fn acts(house: &House) -> Vec<Act> {
    let act = |text: &str, to: PartnershipState, effect: &str| Act {
        text: text.to_owned(),
        action: format!("{}/state/{to}", house.base()),
        effect: effect.to_owned(),
    };
    let end = || act("End…", PartnershipState::Ended, "It is over for good; you are asked once more.");
    match house.partnership.state {
        PartnershipState::Active => vec![
            act(
                "Pause",
                PartnershipState::Paused,
                "Nothing opens until it is resumed; an open check goes on.",
            ),
            end(),
        ],
        PartnershipState::Paused => {
            vec![act("Resume", PartnershipState::Active, "Checks open by the cadence again."), end()]
        }
        PartnershipState::Proposed if stages::waits(house) => vec![end()],
        PartnershipState::Proposed => vec![
            act(
                "Propose to the sides",
                PartnershipState::Proposed,
                "Their managers are asked by mail; it begins when every side has said yes.",
            ),
            end(),
        ],
        PartnershipState::Ended => Vec::new(),
    }
}

#[get("/setup/partnerships/{id}")]
async fn one(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    let house = House::of(&state, &request, &visitor.0).await?;
    html(&page(&state, &request, &visitor.0, &house, None))
}
