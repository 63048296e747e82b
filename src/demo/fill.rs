//! Fills the portfolio: eight closed quarters and an open one, by the product's own verbs.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::people::{Cast, DemoPeople};
use super::stories::{FOUNDERS, HOME, STORIES, Story, person_name};
use crate::domain::cadence::{CadenceRule, Frequency, Period};
use crate::domain::ids::{OrganisationId, PartnershipId, PersonId, SideId};
use crate::domain::mode::Mode;
use crate::domain::partnership::MemberRoles;
use crate::store::outbox::notices;
use crate::store::{StoreError, cycles, partnerships};
use crate::web::State;
use crate::workflow::{Context, Refusal, close_cycles, open_due_cycles, set_up};

const ACTOR: &str = "demo";
/// The periods before the open one.
const QUARTERS: [&str; 8] =
    ["2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"];

/// Who can be played.
pub(super) struct Filled {
    pub(super) leader: PersonId,
    pub(super) managers: Vec<PersonId>,
    pub(super) respondent: PersonId,
}

/// When the demo begins: the day after the open round began.
pub(super) fn present() -> DateTime<Utc> {
    instant("2026-09-02T08:00:00Z")
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("the demo's dates are written correctly")
}

/// Fills an empty database, or takes up what an earlier run left in it.
pub(super) async fn fill(state: &State, people: &DemoPeople) -> Result<Filled, Refusal> {
    let ctx = &state.ctx;
    let begin = instant("2024-08-01T08:00:00Z");
    if !ctx.store.read(crate::store::meta::is_empty).await? {
        return again(state, people).await;
    }
    let mut casting = Casting { ctx, begin, people, number: 0, filled: None, leader: None };
    let home = set_up::create_organisation(ctx, ACTOR, HOME, begin).await?;
    let leader = casting.person(Some("leadership@northmoor.example"), "", "Europe/Berlin").await?;
    set_up::set_leadership(ctx, ACTOR, home, leader, true, begin).await?;
    casting.leader = Some(leader);
    for story in STORIES {
        casting.partnership(story, home).await?;
    }
    let filled = casting.finish()?;
    past(state, people).await?;
    people.leave_out(filled.respondent);
    people.answer(ctx, state.now()).await?;
    Ok(filled)
}

/// Takes up an earlier run: the casts are recognised by name, and time goes on where the newest cycle stands.
async fn again(state: &State, people: &DemoPeople) -> Result<Filled, Refusal> {
    let (casts, played, leader, latest) = state
        .ctx
        .store
        .read(|conn| -> Result<_, StoreError> {
            let (mut casts, mut played, mut latest) = (Vec::new(), None, present());
            for partnership in partnerships::list(conn)? {
                let Some(story) = STORIES.iter().find(|s| partnership_name(s.partner) == partnership.name)
                else {
                    continue;
                };
                let sides: Vec<SideId> =
                    partnerships::sides(conn, partnership.id)?.into_iter().map(|s| s.id).collect();
                if story.partner == STORIES[0].partner {
                    played = Some((partnerships::members(conn, partnership.id)?, sides.clone()));
                }
                let newest = cycles::list_of(conn, partnership.id, 1)?.pop();
                latest = newest.map_or(latest, |c| latest.max(c.closed_at.unwrap_or(c.opens_at).and_utc()));
                casts.push((partnership.id, Cast { story, sides }));
            }
            let leader = crate::store::people::list(conn, "leadership@", 1)?.pop();
            Ok((casts, played, leader, latest))
        })
        .await?;
    let (Some((mut members, sides)), Some(leader)) = (played, leader) else {
        return Err(Refusal::State(
            "This folder holds a database that the demo did not make. Choose another one with --data."
                .to_owned(),
        ));
    };
    for (id, cast) in casts {
        people.join(id, cast);
    }
    members.sort_by_key(|(m, _)| m.id);
    let managers = members.iter().filter(|(m, _)| m.manager).map(|(_, p)| p.id).collect();
    let other = members.iter().filter(|(m, _)| m.side_id == sides.get(1).copied()).nth(1);
    let respondent = other.map_or(leader.id, |(_, p)| p.id);
    people.leave_out(respondent);
    state.clock.jump_to(latest + TimeDelta::minutes(1));
    state.worker.revive(true).await?;
    Ok(Filled { leader: leader.id, managers, respondent })
}

pub(super) fn partnership_name(partner: &str) -> String {
    if partner.is_empty() {
        "Lighthouse Ventures, founders".to_owned()
    } else {
        format!("Northmoor × {partner}")
    }
}

/// Lives through the closed quarters without mails, then through the last close and the present opening with them.
async fn past(state: &State, people: &DemoPeople) -> Result<(), Refusal> {
    let ctx = &state.ctx;
    for (quarter, period) in QUARTERS.into_iter().enumerate() {
        let windows = windows(period);
        for (partnership, mode) in people.other_modes(quarter) {
            let agreed = windows.first().map_or_else(present, |w| w.0 - TimeDelta::days(1));
            set_up::put_cadence(ctx, ACTOR, partnership, cadence(mode), agreed).await?;
        }
        for opens in windows.iter().map(|w| w.0) {
            open_due_cycles::open_due_cycles(ctx, opens).await?;
        }
        let (first_close, last) = (windows.first().map(|w| w.1), period == QUARTERS[QUARTERS.len() - 1]);
        if let Some(first_close) = first_close {
            people.answer(ctx, first_close - TimeDelta::minutes(1)).await?;
        }
        if last {
            ctx.store.write_tx(notices::drop_waiting).await?;
        }
        for closes in windows.iter().map(|w| w.1) {
            close_cycles::close_cycles(ctx, closes).await?;
            if last {
                state.worker.run_due(closes).await?;
                state.worker.deliver_as_of(closes).await?;
            }
        }
        if let Some(held) = windows.last().map(|w| w.1 + TimeDelta::days(8)).filter(|_| !last) {
            super::reviews::hold_earlier(ctx, held).await?;
        }
    }
    let held = windows(QUARTERS[QUARTERS.len() - 1]).last().map(|w| w.1 + TimeDelta::days(8));
    if let Some(held) = held {
        super::reviews::hold(ctx, held).await?;
        // What one side left unconfirmed closes a week later.
        for at in [held, held + TimeDelta::days(8)] {
            state.worker.run_due(at).await?;
            state.worker.deliver_as_of(at).await?;
        }
    }
    for opens in windows("2026-Q3").iter().map(|w| w.0) {
        state.worker.run_due(opens).await?;
        state.worker.deliver_as_of(opens).await?;
    }
    Ok(())
}

/// The quarterly review by the usual rule.
fn cadence(mode: Mode) -> set_up::CadenceInput {
    set_up::CadenceInput {
        instrument_id: "quarterly-health-review".to_owned(),
        rule: CadenceRule::default(),
        mode,
        floor_k: None,
        active: true,
        keep_months: None,
        comments: None,
    }
}

/// Opening and closing in each zone of the stories, in order.
fn windows(period: &str) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let rule = CadenceRule::default();
    let Ok(period) = Period::parse(period, Frequency::Quarterly, 1) else { return Vec::new() };
    let mut all: Vec<_> = STORIES
        .iter()
        .filter_map(|story| story.zone.parse::<Tz>().ok())
        .map(|zone| rule.occurrence(zone, &period))
        .map(|window| (window.opens, window.closes))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Makes people and partnerships, counting people so that each has a name.
struct Casting<'a> {
    ctx: &'a Context,
    begin: DateTime<Utc>,
    people: &'a DemoPeople,
    number: usize,
    leader: Option<PersonId>,
    filled: Option<(Vec<PersonId>, PersonId)>,
}

impl Casting<'_> {
    async fn person(&mut self, address: Option<&str>, domain: &str, zone: &str) -> Result<PersonId, Refusal> {
        self.named(person_name(self.number), address, domain, zone).await
    }

    async fn named(
        &mut self,
        name: String,
        address: Option<&str>,
        domain: &str,
        zone: &str,
    ) -> Result<PersonId, Refusal> {
        let mailbox = name.to_lowercase().replace(' ', ".").replace('ø', "o");
        let input = set_up::PersonInput {
            email: address.map_or_else(|| format!("{mailbox}@{domain}"), str::to_owned),
            name,
            zone: zone.to_owned(),
            // The leader sets up as well, so that the whole tour needs one sign-in.
            administrator: address.is_some(),
        };
        self.number += 1;
        set_up::create_person(self.ctx, ACTOR, &input, self.begin).await
    }

    async fn partnership(&mut self, story: &'static Story, home: OrganisationId) -> Result<(), Refusal> {
        let founders = story.partner.is_empty();
        let sides = if founders {
            FOUNDERS.map(|(name, _)| set_up::SideInput { name: name.to_owned(), organisation: None }).to_vec()
        } else {
            let partner = set_up::create_organisation(self.ctx, ACTOR, story.partner, self.begin).await?;
            vec![
                set_up::SideInput { name: String::new(), organisation: Some(home) },
                set_up::SideInput { name: String::new(), organisation: Some(partner) },
            ]
        };
        let input = set_up::PartnershipInput {
            name: partnership_name(story.partner),
            zone: story.zone.to_owned(),
            sides,
        };
        let (id, side_ids) = set_up::create_partnership(self.ctx, ACTOR, input, self.begin).await?;
        for (place, side) in side_ids.iter().enumerate() {
            self.side(story, id, *side, place).await?;
        }
        set_up::put_cadence(self.ctx, ACTOR, id, cadence(story.mode), self.begin).await?;
        self.people.join(id, Cast { story, sides: side_ids });
        Ok(())
    }

    /// The people of one side; the first is its manager.
    async fn side(
        &mut self,
        story: &'static Story,
        partnership: PartnershipId,
        side: SideId,
        place: usize,
    ) -> Result<(), Refusal> {
        let domain = domain(story, place);
        for seat in 0..story.people[place] {
            let person = match FOUNDERS.get(place) {
                // Each founder is a side of their own.
                Some((first, last)) if story.partner.is_empty() => {
                    self.named(format!("{first} {last}"), None, &domain, story.zone).await?
                }
                _ => self.person(None, &domain, story.zone).await?,
            };
            let roles = MemberRoles { respondent: true, manager: seat == 0, ..MemberRoles::default() };
            let input = set_up::MemberInput { person, side: Some(side), roles };
            // A moment apart, so that members keep their order.
            let joined = self.begin + TimeDelta::milliseconds(i64::try_from(self.number).unwrap_or_default());
            set_up::add_member(self.ctx, ACTOR, partnership, input, joined).await?;
            self.remember(story, place, seat, person);
        }
        Ok(())
    }

    /// The first story's managers can be played, and the second person of its other side as a respondent.
    fn remember(&mut self, story: &'static Story, place: usize, seat: u32, person: PersonId) {
        if story.partner != STORIES[0].partner {
            return;
        }
        let filled = self.filled.get_or_insert_with(|| (Vec::new(), person));
        match (place, seat) {
            (_, 0) => filled.0.push(person),
            (1, 1) => filled.1 = person,
            _ => {}
        }
    }

    fn finish(self) -> Result<Filled, Refusal> {
        match (self.leader, self.filled) {
            (Some(leader), Some((managers, respondent))) => Ok(Filled { leader, managers, respondent }),
            _ => Err(Refusal::NotFound),
        }
    }
}

fn domain(story: &Story, place: usize) -> String {
    if story.partner.is_empty() {
        return "lighthouse.example".to_owned();
    }
    let firm = if place == 0 { HOME } else { story.partner };
    let word = firm.split(' ').next().unwrap_or("firm").to_lowercase();
    format!("{word}.example")
}
