//! Charts as files, drawn as the pages draw them.

use std::sync::Arc;

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::problem::{ApiError, ReadProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::{PartnershipId, SideId};
use crate::store::{Conn, StoreError};
use crate::web::charts::{self, Asked, Drawing, Format, Kind, NotDrawn};
use crate::web::present::row::Line;
use crate::web::present::{self, History};
use crate::workflow::standing::in_order;

/// What is drawn of a partnership.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Chart {
    /// One subject over the last twelve cycles.
    Trend,
    /// One subject of the newest cycle, side by side.
    Gap,
    /// Overall and every indicator over the last twelve cycles.
    Indicators,
}

/// The kind of file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartFormat {
    /// A drawing that follows the reader's light or dark theme.
    Svg,
    /// A picture in one theme.
    Png,
}

/// The palette of a PNG.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartTheme {
    /// Ink on a pale sheet.
    Light,
    /// Pale ink on a dark sheet.
    Dark,
}

impl ChartTheme {
    const fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How a chart of a partnership is drawn.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Look {
    /// The indicator of `trend` and `gap`; the overall score when left out.
    pub indicator: Option<String>,
    /// The palette of a PNG; light when left out. An SVG follows its reader.
    #[param(inline)]
    pub theme: Option<ChartTheme>,
}

/// How the chart of the portfolio is drawn.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PortfolioLook {
    /// The palette of a PNG; light when left out. An SVG follows its reader.
    #[param(inline)]
    pub theme: Option<ChartTheme>,
}

/// Draws a partnership. There is nothing to draw before its first scorecard.
#[utoipa::path(tag = "charts",
    params(("id" = PartnershipId, Path), ("chart" = inline(Chart), Path, description = "What is drawn."),
        ("format" = inline(ChartFormat), Path, description = "The kind of file."), Look),
    security(("bearer" = ["scorecards:read"])),
    responses((status = 200, description = "The chart.", headers(("ETag" = String)),
            content((String = "image/svg+xml"), (Vec<u8> = "image/png"))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id}/charts/{chart}.{format}")]
pub async fn partnership_chart(call: Call) -> Answer {
    call.may(Scope::ScorecardsRead)?;
    let id: PartnershipId = call.id("id")?;
    let kind = Kind::parse(&call.text("chart")?).ok_or(ApiError::NotFound)?;
    let ending = call.text("format")?;
    Format::parse(&ending, None).ok_or(ApiError::NotFound)?;
    let look: Look = call.query()?;
    let format = Format::parse(&ending, look.theme.map(ChartTheme::word)).ok_or(ApiError::NotFound)?;
    let name = format!("{}.{ending}", call.text("chart")?);
    let key = |revision: i64, side| format!("chart {id} {revision} {side:?} {}", call.request.uri());
    let (side, revision) = call.seat(id).await?;
    if let Some(kept) = call.state.rendered.get(&key(revision, side)) {
        return Ok(charts::again(&call.request, &kept, &name));
    }
    let history = checks(&call, id, side, revision).await?;
    let subject = charts::subject(look.indicator.as_deref());
    let drawing = charts::compose(&history, kind, &subject).ok_or(ApiError::NotFound)?;
    let basis = format!("{subject} {}", charts::basis(&history, side));
    let asked = Asked { format, name: &name, basis: &basis, key: Some(key(revision, side)) };
    Ok(charts::answer(&call.state, &call.request, drawing, asked).await?)
}

/// What is drawn of a partnership: a program that asks for one chart mostly asks for the next subject, too.
async fn checks(
    call: &Call,
    id: PartnershipId,
    side: Option<SideId>,
    revision: i64,
) -> Result<Arc<History>, ApiError> {
    let standings = &call.state.ctx.standings;
    if let Some(known) = standings.known_checks(id, side, revision) {
        return Ok(known);
    }
    let read = call.state.ctx.store.read(move |conn| charts::history(conn, id, side));
    let history = Arc::new(read.await?);
    standings.keep_checks(id, side, revision, &history);
    Ok(history)
}

/// Draws the overall scores of the portfolio, one panel for each of the 24 partnerships that need people most.
#[utoipa::path(tag = "charts",
    params(("format" = inline(ChartFormat), Path, description = "The kind of file."), PortfolioLook),
    security(("bearer" = ["scorecards:read"])),
    responses((status = 200, description = "The chart.", headers(("ETag" = String)),
            content((String = "image/svg+xml"), (Vec<u8> = "image/png"))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/portfolio/charts/portfolio.{format}")]
pub async fn portfolio_chart(call: Call) -> Answer {
    call.may(Scope::ScorecardsRead)?;
    let ending = call.text("format")?;
    Format::parse(&ending, None).ok_or(ApiError::NotFound)?;
    let look: PortfolioLook = call.query()?;
    let format = Format::parse(&ending, look.theme.map(ChartTheme::word)).ok_or(ApiError::NotFound)?;
    let binding: Binding = call.caller.binding;
    let (standings, now) = (call.state.ctx.standings.clone(), call.state.now());
    let read = move |conn: &mut Conn| -> Result<Vec<Line>, StoreError> {
        Ok(in_order(standings.of_token(conn, binding, None, i64::MAX)?, now))
    };
    let lines = call.state.ctx.store.read(read).await?;
    let basis: Vec<String> = lines.iter().map(line_basis).collect();
    let drawing = present::charts::portfolio(&lines).ok_or(ApiError::NotFound)?;
    let name = format!("portfolio.{ending}");
    let asked = Asked { format, name: &name, basis: &basis.join("\n"), key: None };
    Ok(charts::answer(&call.state, &call.request, Drawing::Panels(drawing), asked).await?)
}

fn line_basis(line: &Line) -> String {
    format!("{} {}", line.name(), charts::basis(line.history(), line.seat().own_side()))
}

impl From<NotDrawn> for ApiError {
    fn from(why: NotDrawn) -> Self {
        match why {
            NotDrawn::Busy => Self::Busy,
            NotDrawn::Broken => Self::Broken,
        }
    }
}
