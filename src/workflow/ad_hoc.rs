//! An ad-hoc cycle: one round beside the schedule, opened now.
//!
//! It takes the place of no scheduled period, so the schedule goes on as if it were not there. It is never looser than the
//! cadence that all sides agreed to, nor, for an instrument without one, than the strictest of their cadences.

use chrono::{DateTime, TimeDelta, Utc};

use super::open_cycle::Round;
use super::own_act::OwnAct;
use super::own_side;
use super::own_view;
use super::proposals::Speaker;
use super::set_up::{Fields, check_mode};
use super::times::zone;
use super::{Context, Refusal};
use crate::domain::cadence::Period;
use crate::domain::cycle::CycleState;
use crate::domain::ids::{CycleId, PartnershipId};
use crate::domain::mode::Mode;
use crate::domain::partnership::clean_name;
use crate::store::cadences::{self, Cadence};
use crate::store::cycles::{self, NewCycle};
use crate::store::tokens::{self, Once, OnceKey};
use crate::store::{Conn, meta};

/// The least and the most time between now and the close.
const LEAST: TimeDelta = TimeDelta::hours(2);
const MOST: TimeDelta = TimeDelta::days(60);
/// The longest name of a period in characters.
const PERIOD_MAX: usize = 40;

/// An ad-hoc cycle as asked for.
#[derive(Clone, Debug)]
pub struct AdHocInput {
    /// Which instrument; its newest version is asked.
    pub instrument_id: String,
    /// What the cycle is called; the local date, with a counter, when left out.
    pub period: Option<String>,
    /// When it closes.
    pub closes_at: DateTime<Utc>,
    /// Who sees what; as in the cadence, else what fits the number of people.
    pub mode: Option<Mode>,
    /// The floor k; the mode's own when left out.
    pub floor_k: Option<u32>,
    /// Whether comments are asked for; as in the cadence when left out, and never where the cadence asks for none.
    pub comments: Option<bool>,
}

/// Opens it; the same call with the same key again gives the cycle that the first one made.
pub async fn open(
    ctx: &Context,
    speaker: Speaker,
    partnership: PartnershipId,
    input: AdHocInput,
    once: Option<OnceKey>,
    now: DateTime<Utc>,
) -> Result<CycleId, Refusal> {
    let key = ctx.key.clone();
    ctx.store
        .decide(move |conn| {
            if let Some(once) = &once {
                match tokens::once(conn, once)? {
                    Once::Again(made) => return made.parse().map_err(|_| Refusal::KeyReused),
                    Once::Other => return Err(Refusal::KeyReused),
                    Once::First => {}
                }
            }
            let (found, speaker) = own_view::place_for_a_round(conn, partnership, speaker, now)?;
            let partnership = found.id;
            let round = Round::load(conn, found, &input.instrument_id)?.ok_or_else(|| {
                Refusal::field("instrument", "There is no published instrument with this identifier.")
            })?;
            let new = draft(conn, &round, &input, now)?;
            let Some(cycle) = round.open(conn, &key, &new, now)? else {
                // The same call, made twice at the same moment, meets its own period.
                return match once.map(|once| tokens::once(conn, &once)).transpose()? {
                    Some(Once::Again(made)) => made.parse().map_err(|_| Refusal::KeyReused),
                    _ => Err(taken(&new.period)),
                };
            };
            if let Some(once) = &once
                && !tokens::remember(conn, once, &cycle.to_string(), now)?
            {
                return Err(Refusal::Store(crate::store::StoreError::Busy(
                    "the same call is being made elsewhere".to_owned(),
                )));
            }
            own_side::tell_of(
                conn,
                (partnership, Some(cycle)),
                &speaker,
                OwnAct::CycleOpened,
                "opened",
                now,
            )?;
            meta::audit(conn, &speaker.actor, "cycle opened", &cycle.to_string(), now)?;
            Ok(cycle)
        })
        .await
}

fn draft(
    conn: &mut Conn,
    round: &Round,
    input: &AdHocInput,
    now: DateTime<Utc>,
) -> Result<NewCycle, Refusal> {
    let id = round.partnership.id;
    // A view has no cadence of its own: what is proposed to the others binds it, too.
    let agreed_in = round.partnership.view_of.unwrap_or(id);
    let cadences = cadences::of_partnership(conn, agreed_in)?;
    let cadence = cadences.iter().find(|c| c.instrument_id == round.instrument.id);
    let mut fields = Fields::default();
    if !(LEAST..=MOST).contains(&(input.closes_at - now)) {
        fields.refuse("closes_at", "A cycle closes at least 2 hours and at most 60 days from now.");
    }
    let counts: Vec<u32> = round.counts().iter().map(|(_, n)| *n).collect();
    let strictest = || cadences.iter().filter(|c| c.active).map(|c| (c.mode, c.floor_k)).max();
    let agreed = cadence.map(|c| (c.mode, c.floor_k)).or_else(strictest);
    let mode = input.mode.or(agreed.map(|own| own.0)).unwrap_or_else(|| Mode::suggest(&counts));
    let as_agreed = agreed.filter(|own| own.0 == mode).map(|own| own.1);
    let floor = check_mode(mode, input.floor_k.or(as_agreed))?;
    if let Some(own) = agreed.filter(|own| !mode.is_no_looser(floor, *own)) {
        let sentence = format!(
            "The sides agreed to {} mode with floor {}; a cycle out of turn may be stricter, not looser.",
            own.0, own.1
        );
        fields.refuse("mode", sentence);
    }
    let agreed_comments =
        cadence.map_or_else(|| cadences.iter().filter(|c| c.active).all(|c| c.comments), |c| c.comments);
    if input.comments == Some(true) && !agreed_comments {
        fields.refuse("comments", "The sides agreed to ask for no comments.");
    }
    let shortest = || cadences.iter().filter(|c| c.active).filter_map(|c| c.keep_months).min();
    let keep_months = cadence.map_or_else(shortest, |c| c.keep_months);
    let comments = agreed_comments && input.comments.unwrap_or(true);
    let period = match &input.period {
        Some(text) => fields.take("period", own_period(text, cadence)),
        None => None,
    };
    fields.finish()?;
    let period = match period {
        Some(period) => period,
        None => dated(conn, round, now)?,
    };
    if counts.iter().sum::<u32>() == 0 {
        return Err(Refusal::State("Nobody would be asked: this partnership has no respondents.".to_owned()));
    }
    mode.check_open(floor, &round.counts()).map_err(|e| Refusal::State(e.to_string()))?;
    Ok(NewCycle {
        partnership_id: id,
        instrument: (round.instrument.id.clone(), round.instrument.version),
        period,
        origin: "ad_hoc",
        mode: (mode, floor),
        window: (now, input.closes_at),
        state: CycleState::Open,
        reason: None,
        comments,
        keep_months,
    })
}

/// A period's name of one's own; none that the schedule will use.
fn own_period(text: &str, cadence: Option<&Cadence>) -> Result<String, String> {
    let period = clean_name(text).map_err(|e| e.to_string())?;
    if period.chars().count() > PERIOD_MAX {
        return Err(format!("It has at most {PERIOD_MAX} characters."));
    }
    let scheduled = cadence
        .is_some_and(|own| Period::parse(&period, own.rule.frequency, own.rule.fiscal_year_start).is_ok());
    if scheduled {
        return Err("The schedule opens this period itself; give the cycle another name, or none.".to_owned());
    }
    Ok(period)
}

/// The local date; with a counter when there is a cycle of that name.
fn dated(conn: &mut Conn, round: &Round, now: DateTime<Utc>) -> Result<String, Refusal> {
    let date = now.with_timezone(&zone(&round.partnership.zone)).date_naive().to_string();
    let mut period = date.clone();
    for number in 2..1000 {
        if !cycles::period_exists(conn, round.partnership.id, &round.instrument.id, &period)? {
            break;
        }
        period = format!("{date}-{number}");
    }
    Ok(period)
}

fn taken(period: &str) -> Refusal {
    Refusal::State(format!("There is a cycle called {period} already; give this one another name."))
}
