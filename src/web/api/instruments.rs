//! Instruments: versioned questionnaires. A published version never changes.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Page, Seek, page, versioned};
use super::call::Call;
use super::problem::{ApiError, ReadProblems};
use crate::domain::access_token::Scope;
use crate::domain::instrument::{Indicator as AskedFor, Instrument as Row, Thresholds};
use crate::store::instruments as store;
use crate::workflow::version_of;

/// One version of a questionnaire.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Instrument {
    /// Stable identifier.
    #[schema(example = "quarterly-health-review")]
    pub id: String,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: u32,
    /// Title as people read it.
    pub title: String,
    /// About how many minutes an answer takes.
    pub minutes: u32,
    /// Whether it feeds the portfolio.
    pub primary: bool,
    /// The open question at the end.
    pub closing_question: Option<String>,
    /// What is asked and scored, in order.
    pub indicators: Vec<Indicator>,
    /// The numbers by which its scorecards are judged; scores are on the scale 1 to 5.
    #[schema(value_type = Object)]
    pub thresholds: Thresholds,
}

/// What is scored, and the question that asks for it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Indicator {
    /// Stable identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// The question.
    pub question: String,
    /// The labels of the points 1 to 5.
    pub points: [String; 5],
    /// What each level asks for.
    pub actions: LevelActions,
}

/// The action that a level asks for; empty where it asks for none.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LevelActions {
    /// At green.
    pub high: String,
    /// At amber.
    pub medium: String,
    /// At red.
    pub low: String,
}

impl From<&AskedFor> for Indicator {
    fn from(own: &AskedFor) -> Self {
        Self {
            id: own.id.clone(),
            name: own.name.clone(),
            short_name: own.short_name.clone(),
            question: own.question.clone(),
            points: own.points.clone(),
            actions: LevelActions {
                high: own.actions.high.clone(),
                medium: own.actions.medium.clone(),
                low: own.actions.low.clone(),
            },
        }
    }
}

impl From<&Row> for Instrument {
    fn from(row: &Row) -> Self {
        Self {
            id: row.id.clone(),
            version: row.version,
            title: row.title.clone(),
            minutes: row.minutes,
            primary: row.primary,
            closing_question: row.closing_question.clone(),
            indicators: row.indicators.iter().map(Indicator::from).collect(),
            thresholds: row.thresholds.clone(),
        }
    }
}

/// Where a page of instruments begins and how long it is.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct InstrumentSeek {
    /// Begin after the instrument with this identifier.
    pub after: Option<String>,
    /// Entries of the page, 1 to 200; 50 when left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
}

/// Lists the newest version of every instrument, in the order of their identifiers.
#[utoipa::path(tag = "instruments", params(InstrumentSeek), security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "A page of instruments.", body = Page<Instrument>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/instruments")]
pub async fn list_instruments(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    let InstrumentSeek { after, limit } = call.query()?;
    let limit = Seek { after: None, limit }.limit()?;
    let mut rows: Vec<Row> = call.state.ctx.store.read(store::list).await?;
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    let rest = rows.iter().filter(|row| after.as_ref().is_none_or(|after| row.id > *after));
    let items: Vec<Instrument> = rest.map(Instrument::from).collect();
    Ok(page(&call.request, items, limit, |own| own.id.clone()))
}

/// Shows the newest version of an instrument.
#[utoipa::path(tag = "instruments", params(("id" = String, Path)), security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "The newest version.", body = Instrument, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/instruments/{id}")]
pub async fn get_instrument(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    let id = call.text("id")?;
    let row = call.state.ctx.store.read(move |conn| store::latest(conn, &id)).await?;
    shown(&call, row)
}

/// Shows one version of an instrument. It never changes.
#[utoipa::path(tag = "instruments", params(("id" = String, Path), ("version" = u32, Path, minimum = 1)),
    security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "The version.", body = Instrument, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/instruments/{id}/versions/{version}")]
pub async fn get_instrument_version(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    let (id, version) = (call.text("id")?, call.id::<u32>("version")?);
    // A version that the database cannot hold is one that is not there.
    i32::try_from(version).map_err(|_| ApiError::NotFound)?;
    let row = call.state.ctx.store.read(move |conn| store::find(conn, &id, version)).await?;
    shown(&call, row)
}

fn shown(call: &Call, row: Option<Row>) -> Answer {
    let row = row.ok_or(ApiError::NotFound)?;
    Ok(versioned(&call.request, &Instrument::from(&row), &version_of(&row)))
}
