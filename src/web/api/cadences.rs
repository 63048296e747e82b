//! The cadences of a partnership as one list, and the dates that follow from them.

use actix_web::{get, put};
use chrono::{DateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Page, Waiting, fresh, versioned, waiting};
use super::call::Call;
use super::cycles::speaker;
use super::partnerships::{acts_for, seat};
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::Scope;
use crate::domain::cadence::{CadenceRule, Frequency, parse_zone};
use crate::domain::ids::{CadenceId, PartnershipId};
use crate::domain::mode::Mode;
use crate::store::access::Seat;
use crate::store::cadences::{self as store, Cadence as Row};
use crate::workflow::proposals::Proposed;
use crate::workflow::set_up::{self, CadenceInput, CadencesPlan};

/// When cycles open and close, in the local time of the partnership's zone.
#[derive(ToSchema)]
#[schema(as = CadenceRule)]
#[expect(dead_code, reason = "it only describes the domain's rule, which is what is read and written")]
struct Rule {
    /// How often.
    frequency: Frequency,
    /// Which month of the period: 1 for monthly, up to 3 for quarterly, up to 12 for yearly.
    #[schema(minimum = 1, maximum = 12)]
    month_of_period: u8,
    /// Which day of that month.
    opens: Opens,
    /// At what local time it opens.
    #[schema(value_type = String, example = "09:00:00")]
    opens_at: NaiveTime,
    /// Which day it closes.
    closes: Closes,
    /// At what local time it closes.
    #[schema(value_type = String, example = "17:00:00")]
    closes_at: NaiveTime,
    /// The month in which years and quarters begin.
    #[schema(minimum = 1, maximum = 12, default = 1, required = false)]
    fiscal_year_start: u8,
}

/// The day on which a cycle opens.
#[derive(ToSchema)]
#[schema(as = OpenDay, rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the domain's words")]
enum Opens {
    /// The first to fourth such weekday of the month, or the last one (`nth` 5).
    NthWeekday {
        /// 1 to 4, or 5 for the last.
        #[schema(minimum = 1, maximum = 5)]
        nth: u8,
        /// Which weekday.
        weekday: Weekday,
    },
    /// A day of the month; 29 to 31 mean the last day where the month is shorter.
    DayOfMonth {
        /// 1 to 31.
        #[schema(minimum = 1, maximum = 31)]
        day: u8,
    },
}

/// The day on which a cycle closes.
#[derive(ToSchema)]
#[schema(as = CloseRule, rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the domain's words")]
enum Closes {
    /// A weekday of the opening's week (0) or of a later week.
    Weekday {
        /// 0 to 8.
        #[schema(minimum = 0, maximum = 8)]
        weeks_after: u8,
        /// Which weekday.
        weekday: Weekday,
    },
    /// So many days after the opening.
    DaysAfter {
        /// 1 to 60.
        #[schema(minimum = 1, maximum = 60)]
        days: u8,
    },
}

/// A weekday.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the words of a calendar")]
enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A cadence: the rule by which cycles come to be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cadence {
    /// Identifier.
    pub id: CadenceId,
    /// The identifier of the instrument; a partnership has at most one cadence for each.
    pub instrument: String,
    /// When cycles open and close.
    #[schema(value_type = Rule)]
    pub rule: CadenceRule,
    /// Who sees what after the close.
    pub mode: Mode,
    /// The least number of answers a side; 0 in named mode, 1 in representative mode.
    #[schema(minimum = 0, maximum = 10)]
    pub floor_k: u32,
    /// Whether cycles open by it.
    pub active: bool,
    /// Whether its cycles ask for comments.
    pub comments: bool,
    /// How many months comments, and the answers of anonymous cycles, are kept where that is shorter than the server's settings
    /// say; null: as they say.
    #[schema(minimum = 1, maximum = 120)]
    pub keep_months: Option<u32>,
}

impl From<&Row> for Cadence {
    fn from(row: &Row) -> Self {
        Self {
            id: row.id,
            instrument: row.instrument_id.clone(),
            rule: row.rule.clone(),
            mode: row.mode,
            floor_k: row.floor_k,
            active: row.active,
            comments: row.comments,
            keep_months: row.keep_months,
        }
    }
}

/// The cadences of a partnership.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cadences {
    /// One for each instrument, the oldest first.
    pub cadences: Vec<Cadence>,
}

/// A cadence as wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedCadence {
    /// The identifier of a published instrument.
    #[schema(example = "quarterly-health-review")]
    pub instrument: String,
    /// When cycles open and close.
    #[schema(value_type = Rule)]
    pub rule: CadenceRule,
    /// Who sees what after the close.
    pub mode: Mode,
    /// The least number of answers a side: 3 to 10 in confidential and anonymous mode; the mode's own when left out.
    #[schema(minimum = 0, maximum = 10)]
    pub floor_k: Option<u32>,
    /// Whether cycles open by it.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// Whether its cycles ask for comments; as it is when left out, and true for a new cadence.
    #[serde(default)]
    pub comments: Option<bool>,
    /// How many months comments, and the answers of anonymous cycles, are kept; the server's settings hold where they are shorter.
    /// As it is when left out.
    #[schema(minimum = 1, maximum = 120)]
    pub keep_months: Option<u32>,
}

const fn yes() -> bool {
    true
}

/// The cadences of a partnership as wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CadencesInput {
    /// One for each instrument. A cadence that is not named stops running.
    #[schema(max_items = 50)]
    pub cadences: Vec<WantedCadence>,
    /// Why, for the sides that must agree.
    #[serde(default)]
    #[schema(default = "", max_length = 500)]
    pub reason: String,
}

/// When a cycle will open and close.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NextCycle {
    /// The period.
    #[schema(example = "2026-Q4")]
    pub period: String,
    /// When it opens.
    pub opens_at: DateTime<Utc>,
    /// When it closes.
    pub closes_at: DateTime<Utc>,
}

/// How many coming cycles are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct HowMany {
    /// 1 to 100; 6 when left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    pub count: Option<String>,
}

impl HowMany {
    fn read(&self) -> Result<usize, ApiError> {
        let Some(text) = &self.count else { return Ok(6) };
        let number = text.parse::<usize>().ok().filter(|n| (1..=100).contains(n));
        number.ok_or_else(|| ApiError::field("count", "It must be a whole number from 1 to 100."))
    }
}

/// Shows the cadences of a partnership.
#[utoipa::path(tag = "cadences", params(("id" = PartnershipId, Path)), security(("bearer" = ["cadences:read"])),
    responses((status = 200, description = "The cadences.", body = Cadences, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id:[^/:]+}/cadences")]
pub async fn get_cadences(call: Call) -> Answer {
    call.may(Scope::CadencesRead)?;
    let seat = seat(&call, call.id("id")?).await?;
    shown(&call, &seat).await
}

/// Sets the cadences of a partnership, from the next cycle: an open one keeps what it opened with. Making the mode stricter,
/// the floor higher or asking for no comments any more is done at once and told to the other sides, and so is whatever a token for the whole partnership sets before the first cycle;
/// every other change needs every side, one at a time, and the answer is a proposal.
#[utoipa::path(tag = "cadences", params(("id" = PartnershipId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = CadencesInput, security(("bearer" = ["cadences:write"])),
    responses((status = 200, description = "Set.", body = Cadences, headers(("ETag" = String))),
        (status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        WriteProblems))]
#[put("/partnerships/{id:[^/:]+}/cadences")]
pub async fn set_cadences(mut call: Call) -> Answer {
    call.may(Scope::CadencesWrite)?;
    let seat = seat(&call, call.id("id")?).await?;
    let input: CadencesInput = call.json().await?;
    let wanted = input.cadences.into_iter().map(|own| CadenceInput {
        instrument_id: own.instrument,
        rule: own.rule,
        mode: own.mode,
        floor_k: own.floor_k,
        active: own.active,
        comments: own.comments,
        keep_months: own.keep_months,
    });
    let plan = CadencesPlan {
        speaker: speaker(&call, &seat),
        acts_for: acts_for(&seat),
        cadences: wanted.collect(),
        reason: input.reason,
    };
    let (expected, id) = (call.expected()?, seat.partnership.id);
    match set_up::set_cadences(&call.state.ctx, id, plan, expected.as_deref(), call.state.now()).await? {
        Proposed::Done => shown(&call, &seat).await,
        Proposed::Waits(proposal) => Ok(waiting(proposal)),
    }
}

async fn shown(call: &Call, seat: &Seat) -> Answer {
    let found = cadences(call, seat).await?;
    let list = Cadences { cadences: found.iter().map(Cadence::from).collect() };
    Ok(versioned(&call.request, &list, &set_up::cadences_version(&found)))
}

async fn cadences(call: &Call, seat: &Seat) -> Result<Vec<Row>, ApiError> {
    let id = seat.partnership.id;
    Ok(call.state.ctx.store.read(move |conn| store::of_partnership(conn, id)).await?)
}

/// Shows when the next cycles of a cadence open and close: by its rule, whether or not it runs.
#[utoipa::path(tag = "cadences", params(("id" = PartnershipId, Path), ("cadence" = CadenceId, Path), HowMany),
    security(("bearer" = ["cadences:read"])),
    responses((status = 200, description = "The next cycles, the earliest first.", body = Page<NextCycle>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id:[^/:]+}/cadences/{cadence}/next")]
pub async fn next_cycles(call: Call) -> Answer {
    call.may(Scope::CadencesRead)?;
    let count = call.query::<HowMany>()?.read()?;
    let seat = seat(&call, call.id("id")?).await?;
    let wanted: CadenceId = call.id("cadence")?;
    let found = cadences(&call, &seat).await?;
    let cadence = found.iter().find(|own| own.id == wanted).ok_or(ApiError::NotFound)?;
    let zone = parse_zone(&seat.partnership.zone).unwrap_or(chrono_tz::Tz::UTC);
    let windows = cadence.rule.upcoming(zone, call.state.now(), count).into_iter();
    let items =
        windows.map(|own| NextCycle { period: own.period_key, opens_at: own.opens, closes_at: own.closes });
    Ok(fresh(&call.request, &Page { items: items.collect(), next: None }))
}
