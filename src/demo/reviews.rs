//! What the managers made of the last closed check: some reviews are held and closed, some wait.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::flags::Severity;
use crate::domain::ids::{FlagId, PartnershipId, SideId};
use crate::domain::review::ActionState;
use crate::store::flags::Flag;
use crate::store::partnerships::{Member, Partnership, Side};
use crate::store::people::Person;
use crate::store::{StoreError, cycles, flags, partnerships};
use crate::workflow::proposals::Speaker;
use crate::workflow::review::{self, AcceptanceInput, ActionInput, ActionPatch};
use crate::workflow::{Context, Refusal};

/// One review.
struct Held {
    /// Whose partnership; the founders' has no partner.
    partner: &'static str,
    /// What was said about the flags to discuss.
    discussed: &'static str,
    /// What is done about the flags to act on.
    answer: Answer,
    /// How many sides have confirmed it.
    confirmed: usize,
}

/// What is done about the flags to act on.
#[derive(Clone, Copy)]
enum Answer {
    /// Nothing yet.
    Nothing,
    /// A side promises something until a day; kept or open.
    Action { note: &'static str, side: usize, text: &'static str, due_on: &'static str, state: ActionState },
    /// Every side signs that it stays as it is until a day.
    Acceptance { note: &'static str, reason: &'static str, until: &'static str },
}

const HELD: [Held; 7] = [
    // Overdue when the demo begins.
    Held {
        partner: "Brightwater Analytics",
        discussed: "Resources were tight on both sides over the release; nobody expects it to last.",
        answer: Answer::Action {
            note: "Since the operations lead left, nobody answers before the end of the week.",
            side: 1,
            text: "A weekly call of both operations leads, with what was agreed in writing",
            due_on: "2026-08-28",
            state: ActionState::Open,
        },
        confirmed: 0,
    },
    Held {
        partner: "Castellan Logistics",
        discussed: "It slides everywhere at once: too many small requests, no common order.",
        answer: Answer::Action {
            note: "Both sides have the same picture, and neither has said so before.",
            side: 0,
            text: "One shared list of the customs work, looked through every second Tuesday",
            due_on: "2026-10-16",
            state: ActionState::Open,
        },
        confirmed: 2,
    },
    Held {
        partner: "Tessera Cloud",
        discussed: "The sides see the same thing from two ends.",
        answer: Answer::Acceptance {
            note: "Our people are tied to the data centre move until the year’s end.",
            reason: "The move has priority for both; the gap is looked at again in January",
            until: "2026-12-31",
        },
        confirmed: 2,
    },
    Held {
        partner: "Halden Foods",
        discussed: "Many new faces on both sides, and no handover.",
        answer: Answer::Action {
            note: "Many new faces on both sides, and no handover.",
            side: 1,
            text: "Introduce the new colleagues to their counterparts",
            due_on: "2026-07-31",
            state: ActionState::Done,
        },
        confirmed: 2,
    },
    Held { partner: "Port Selby Energy", discussed: "", answer: Answer::Nothing, confirmed: 1 },
    Held { partner: "Quillon Insurance", discussed: "", answer: Answer::Nothing, confirmed: 2 },
    // Due within the week when the demo begins.
    Held {
        partner: "",
        discussed: "Farah sees less of the plans than the others think.",
        answer: Answer::Action {
            note: "Decisions fall in the hallway when Farah is with customers.",
            side: 2,
            text: "Write down who decides on hiring and prices, and read it together",
            due_on: "2026-09-11",
            state: ActionState::Open,
        },
        confirmed: 3,
    },
];

/// A partnership with what its review is about.
struct Ground {
    held: &'static Held,
    partnership: Partnership,
    sides: Vec<Side>,
    members: Vec<(Member, Person)>,
    flags: Vec<Flag>,
}

/// Holds the reviews of the newest closed checks.
pub(super) async fn hold(ctx: &Context, now: DateTime<Utc>) -> Result<(), Refusal> {
    for held in &HELD {
        let name = super::fill::partnership_name(held.partner);
        let found = ctx.store.read(move |conn| ground(conn, held, &name)).await?;
        if let Some(ground) = found {
            review_of(ctx, &ground, now).await?;
        }
    }
    Ok(())
}

/// Holds those of an earlier quarter: everything was talked about, and what was promised was done before the next check.
pub(super) async fn hold_earlier(ctx: &Context, now: DateTime<Utc>) -> Result<(), Refusal> {
    for held in HELD.iter().filter(|held| !held.discussed.is_empty()) {
        let name = super::fill::partnership_name(held.partner);
        let Some(ground) = ctx.store.read(move |conn| ground(conn, held, &name)).await? else { continue };
        let all: Vec<FlagId> = ground.flags.iter().map(|flag| flag.id).collect();
        if all.is_empty() {
            continue;
        }
        review::discuss(ctx, ground.speaker(0), all, "Talked through by both sides.", now).await?;
        let act = ground.flags.iter().filter(|flag| flag.severity == Severity::Act);
        let flags: Vec<FlagId> = act.map(|flag| flag.id).collect();
        if flags.is_empty() {
            continue;
        }
        let (speaker, owner) = (ground.speaker(1), ground.owner(1));
        let (side, due_on) = (ground.sides[1].id, (now + TimeDelta::days(60)).date_naive());
        let text = "Go through the open points together and write down who does what".to_owned();
        let input = ActionInput { text, side, due_on, owner, flags };
        let id = review::promise(ctx, speaker.clone(), input, now).await?;
        let done = ActionPatch { state: Some(ActionState::Done), ..ActionPatch::default() };
        review::change(ctx, speaker, id, done, None, now + TimeDelta::days(50)).await?;
    }
    Ok(())
}

fn ground(
    conn: &mut crate::store::Conn,
    held: &'static Held,
    name: &str,
) -> Result<Option<Ground>, StoreError> {
    let Some(partnership) = partnerships::named(conn, &[name.to_owned()])?.pop() else { return Ok(None) };
    let sides = partnerships::sides(conn, partnership.id)?;
    let members = partnerships::members(conn, partnership.id)?;
    let flags = flags::open_of(conn, &[partnership.id])?;
    Ok(Some(Ground { held, partnership, sides, members, flags }))
}

async fn review_of(ctx: &Context, ground: &Ground, now: DateTime<Utc>) -> Result<(), Refusal> {
    let of = |severity: Severity| -> Vec<FlagId> {
        ground.flags.iter().filter(|flag| flag.severity == severity).map(|flag| flag.id).collect()
    };
    let (act, discuss) = (of(Severity::Act), of(Severity::Discuss));
    let chair = ground.speaker(0);
    if !discuss.is_empty() {
        review::discuss(ctx, chair, discuss, ground.held.discussed, now).await?;
    }
    if !act.is_empty() {
        answer(ctx, ground, act, now).await?;
    }
    confirm(ctx, ground, now).await
}

async fn answer(ctx: &Context, ground: &Ground, act: Vec<FlagId>, now: DateTime<Utc>) -> Result<(), Refusal> {
    match ground.held.answer {
        Answer::Nothing => {}
        Answer::Action { note, side, text, due_on, state } => {
            review::discuss(ctx, ground.speaker(0), act.clone(), note, now).await?;
            let speaker = ground.speaker(side);
            let input = ActionInput {
                text: text.to_owned(),
                side: ground.sides[side].id,
                due_on: day(due_on),
                owner: ground.owner(side),
                flags: act,
            };
            let id = review::promise(ctx, speaker.clone(), input, now).await?;
            if state != ActionState::Open {
                let patch = ActionPatch { state: Some(state), ..ActionPatch::default() };
                review::change(ctx, speaker, id, patch, None, now + TimeDelta::days(20)).await?;
            }
        }
        Answer::Acceptance { note, reason, until } => {
            review::discuss(ctx, ground.speaker(0), act.clone(), note, now).await?;
            let input = AcceptanceInput { reason: reason.to_owned(), until: day(until), flags: act };
            let id = review::accept(ctx, ground.speaker(0), input, now).await?;
            for side in 1..ground.sides.len() {
                review::sign(ctx, ground.speaker(side), id, now).await?;
            }
        }
    }
    Ok(())
}

/// As many sides confirm as the story says; refused where a flag still lacks its answer.
async fn confirm(ctx: &Context, ground: &Ground, now: DateTime<Utc>) -> Result<(), Refusal> {
    let id: PartnershipId = ground.partnership.id;
    let Some(cycle) = ctx.store.read(move |conn| cycles::list_of(conn, id, 1)).await?.pop() else {
        return Ok(());
    };
    let seen: BTreeMap<FlagId, Severity> = ground.flags.iter().map(|flag| (flag.id, flag.severity)).collect();
    for side in 0..ground.held.confirmed {
        review::confirm(ctx, ground.speaker(side), cycle.id, seen.clone(), now).await?;
    }
    Ok(())
}

impl Ground {
    fn of_side(&self, side: SideId) -> impl Iterator<Item = &(Member, Person)> {
        self.members.iter().filter(move |(member, _)| member.side_id == Some(side))
    }

    fn speaker(&self, side: usize) -> Speaker {
        let id = self.sides[side].id;
        let manager = self.of_side(id).find(|(member, _)| member.manager);
        let actor = manager.map_or_else(|| "demo".to_owned(), |(_, person)| person.id.to_string());
        Speaker { actor, side: Some(id) }
    }

    /// Somebody of the side, if it can be somebody else than its manager.
    fn owner(&self, side: usize) -> Option<crate::domain::ids::PersonId> {
        let mut own: Vec<_> = self.of_side(self.sides[side].id).collect();
        own.sort_by_key(|(member, _)| (member.manager, member.id));
        own.first().map(|(_, person)| person.id)
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("the demo's dates are written correctly")
}
