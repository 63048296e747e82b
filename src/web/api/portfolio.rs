//! The portfolio: one row for each partnership that the token reaches, as its page shows it.

use std::collections::BTreeMap;

use actix_web::get;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Answer, Page, Seek, cut, json, packed, told};
use super::call::Call;
use super::card::{Gap, Response, response};
use super::problem::{ApiError, ReadProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::flags::Severity;
use crate::domain::ids::{CycleId, PartnershipId, SideId};
use crate::domain::partnership::PartnershipState;
use crate::domain::scoring::{Rating, Status, Subject};
use crate::store::revisions::Together;
use crate::store::{Conn, StoreError, reach};
use crate::web::present::row::{Line, Need};
use crate::web::present::{Check, tiles};

/// Who needs people, most first.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Need)]
pub enum NeedWord {
    /// A flag to act on, or a silent side, without its answer.
    Act,
    /// A flag to discuss, or flags that are answered and stand still.
    Watch,
    /// No flag.
    Even,
    /// Over; kept to read.
    Ended,
}

impl From<Need> for NeedWord {
    fn from(need: Need) -> Self {
        match need {
            Need::Act => Self::Act,
            Need::Watch => Self::Watch,
            Need::Even => Self::Even,
            Need::Ended => Self::Ended,
        }
    }
}

/// A side of a partnership.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SideName {
    /// Identifier.
    pub id: SideId,
    /// Its name, unique within the partnership.
    pub name: String,
}

/// One cell of a row.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PortfolioCell {
    /// What it rests on.
    pub status: Status,
    /// The score.
    #[schema(minimum = 1, maximum = 5)]
    pub score: Option<f64>,
    /// The rating.
    pub rating: Rating,
    /// The difference, in points, to the figure of the cycle before, of what people see; null where either is not shown
    /// or the wording changed.
    pub change: Option<f64>,
    /// Whether something that was measured is not shown.
    pub suppressed: bool,
}

/// The newest closed cycle of a partnership.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewestCycle {
    /// The cycle.
    pub cycle_id: CycleId,
    /// The period.
    pub period: String,
    /// When it closed.
    pub closed_at: DateTime<Utc>,
    /// The overall score.
    pub overall: PortfolioCell,
    /// The indicators by their identifiers.
    pub indicators: BTreeMap<String, PortfolioCell>,
    /// The indicator whose sides stand furthest apart; null where no gap is shown.
    pub widest_gap: Option<WidestGap>,
    /// How many were invited and how many answered, by side.
    pub response: BTreeMap<String, Response>,
}

/// The widest gap of a cycle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WidestGap {
    /// The indicator.
    pub indicator: String,
    /// The gap.
    pub gap: Gap,
}

/// What comes next for a partnership.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ComingCycle {
    /// When the next cycle opens; null while one is open and where none is planned.
    pub opens_at: Option<DateTime<Utc>>,
    /// When the open cycle closes; null where none is open.
    pub closes_at: Option<DateTime<Utc>>,
}

/// A partnership in the portfolio.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PortfolioRow {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: PartnershipState,
    /// Its sides in order.
    pub sides: Vec<SideName>,
    /// Whether it needs people now.
    pub need: NeedWord,
    /// What its open flags without a valid answer weigh: 2 for one to act on, 1 for one to discuss, times one plus the
    /// months it has stood.
    pub conflict_debt: u32,
    /// Open flags to act on.
    pub flags_to_act_on: usize,
    /// Open flags to discuss.
    pub flags_to_discuss: usize,
    /// Open flags without a valid answer.
    pub flags_unanswered: usize,
    /// When the oldest flag without a valid answer was raised.
    pub oldest_flag_at: Option<DateTime<Utc>>,
    /// The newest closed cycle; null before the first.
    pub newest: Option<NewestCycle>,
    /// What to know about it, in one or two sentences.
    pub sentence: String,
    /// What comes next.
    pub next_cycle: ComingCycle,
}

impl PortfolioRow {
    /// What the viewer of a line sees of it.
    pub fn new(line: &Line, now: DateTime<Utc>) -> Self {
        let seat = line.seat();
        let count = |severity| line.flags().iter().filter(|flag| flag.severity == severity).count();
        let (finding, rest) = line.sentence();
        let (opens_at, closes_at) = line.next(now);
        Self {
            partnership_id: seat.partnership.id,
            name: seat.partnership.name.clone(),
            state: seat.partnership.state,
            sides: seat.sides.iter().map(|own| SideName { id: own.id, name: own.name.clone() }).collect(),
            need: line.need.into(),
            conflict_debt: line.debt,
            flags_to_act_on: count(Severity::Act),
            flags_to_discuss: count(Severity::Discuss),
            flags_unanswered: line.unanswered().count(),
            oldest_flag_at: line.oldest_flag(),
            newest: line.history().latest().map(|check| newest(check, line.history().previous())),
            sentence: [finding, rest].into_iter().filter(|own| !own.is_empty()).collect::<Vec<_>>().join(" "),
            next_cycle: ComingCycle { opens_at, closes_at },
        }
    }
}

fn newest(check: &Check, before: Option<&Check>) -> NewestCycle {
    let card = &check.card;
    let cell = |subject: &Subject| {
        let own = check.cell(subject)?;
        Some(PortfolioCell {
            status: own.status,
            score: own.score,
            rating: own.rating,
            change: check.change(before, subject).map(tiles::tenths),
            suppressed: own.suppressed,
        })
    };
    let indicator = |own: &crate::domain::publication::IndicatorCell| {
        Some((own.id.clone(), cell(&Subject::Indicator(own.id.clone()))?))
    };
    NewestCycle {
        cycle_id: card.cycle_id,
        period: card.period.clone(),
        closed_at: card.closed_at,
        overall: PortfolioCell {
            status: card.overall.status,
            score: card.overall.score,
            rating: card.overall.rating,
            change: check.change(before, &Subject::Overall).map(tiles::tenths),
            suppressed: card.overall.suppressed,
        },
        indicators: card.indicators.iter().filter_map(indicator).collect(),
        widest_gap: tiles::widest_gap(card)
            .map(|(own, gap)| WidestGap { indicator: own.id.clone(), gap: Gap::new(gap, card) }),
        response: response(card),
    }
}

/// Lists the partnerships that the token reaches, in the order of their identifiers. Sorted by `need` and then by
/// `conflict_debt`, largest first, the rows stand as on the page.
#[utoipa::path(tag = "portfolio", params(Seek), security(("bearer" = ["scorecards:read"])),
    responses((status = 200, description = "A page of the portfolio.", body = Page<PortfolioRow>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/portfolio")]
pub async fn list_portfolio(call: Call) -> Answer {
    call.may(Scope::ScorecardsRead)?;
    let seek: Seek = call.query()?;
    let (after, limit) = (seek.after()?, seek.limit()?);
    let (binding, now): (Binding, _) = (call.caller.binding, call.state.now());
    let look = move |conn: &mut Conn| reach::revisions_after(conn, binding, after, limit + 1);
    let together = Together::new(&call.state.ctx.store.look::<_, StoreError, _>(look).await?);
    // Ages and days change with the clock.
    let minute = now.timestamp().div_euclid(60);
    let key = format!("portfolio {binding:?} {minute} {together:?} {}", call.request.uri());
    let make = async {
        let standings = call.state.ctx.standings.clone();
        let read = move |conn: &mut Conn| -> Result<Vec<PortfolioRow>, StoreError> {
            let places = standings.of_token(conn, binding, after, limit + 1)?;
            Ok(places.into_iter().map(|place| PortfolioRow::new(&Line::new(place, now), now)).collect())
        };
        let rows = call.state.ctx.store.read(read).await?;
        let page = cut(&call.request, rows, limit, |own| own.partnership_id.to_string());
        packed(json(&page, None)?).await
    };
    Ok(told(&call.request, &*call.state.rendered.or_made::<ApiError>(&key, make).await?))
}
