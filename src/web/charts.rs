//! The charts as files: `…/charts/{trend|gap|indicators|portfolio}.{svg|png}`.
//!
//! Law: the same right of view as the page, and drawn from the same read model. `?indicator=` chooses the subject (the
//! overall score without it), `?theme=dark` the palette of a PNG; an SVG follows the reader's own theme. The pages serve
//! the charts of a partnership from here; the REST interface serves these and the portfolio's.

use std::sync::Arc;

use actix_web::http::header::{
    self, ContentDisposition, DispositionParam, DispositionType, ETag, EntityTag, IfNoneMatch,
};
use actix_web::web::{Data, Path, Query, ServiceConfig, block};
use actix_web::{HttpRequest, HttpResponse, get, http::header::Header as _};
use evenkeel_charts::{ChartError, Theme};
use tokio::sync::OwnedSemaphorePermit;

use super::State;
use super::auth::Visitor;
use super::error::PageError;
use super::pages::partnership::CHECKS;
use super::present::{History, charts};
use super::rendered::Kept;
use crate::domain::ids::{PartnershipId, SideId};
use crate::domain::scoring::Subject;
use crate::store::access;
use crate::store::{Conn, StoreError, portfolio};

/// The drawing's own style sheet is all that such a file may use.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// The reader's own browser may keep it, and asks each time whether it still stands.
const CACHING: (header::HeaderName, &str) = (header::CACHE_CONTROL, "private, no-cache");

/// Adds the routes of the charts.
pub fn routes(config: &mut ServiceConfig) {
    config.service(chart_file);
}

/// What is drawn of a partnership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One subject over the checks.
    Trend,
    /// One subject of the newest check.
    Gap,
    /// Every subject over the checks.
    Indicators,
}

impl Kind {
    /// Reads the name of a file without its ending.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "trend" => Some(Self::Trend),
            "gap" => Some(Self::Gap),
            "indicators" => Some(Self::Indicators),
            _ => None,
        }
    }
}

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A drawing that follows the reader's theme.
    Svg,
    /// A picture in one theme.
    Png(Theme),
}

impl Format {
    /// Reads the ending of a file; the theme counts for a PNG only.
    pub fn parse(ending: &str, theme: Option<&str>) -> Option<Self> {
        match (ending, theme) {
            ("svg", _) => Some(Self::Svg),
            ("png", Some("dark")) => Some(Self::Png(Theme::Dark)),
            ("png", _) => Some(Self::Png(Theme::Light)),
            _ => None,
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png(_) => "image/png",
        }
    }
}

/// A chart that can be drawn.
#[derive(Debug)]
pub enum Drawing {
    /// One subject over the checks.
    Trend(evenkeel_charts::Trend),
    /// One subject of the newest check.
    Gap(evenkeel_charts::GapBar),
    /// Panels.
    Panels(evenkeel_charts::Multiples),
}

impl Drawing {
    fn bytes(&self, format: Format) -> Result<Vec<u8>, ChartError> {
        match (self, format) {
            (Self::Trend(chart), Format::Svg) => chart.svg(true).map(String::into_bytes),
            (Self::Gap(chart), Format::Svg) => chart.svg(true).map(String::into_bytes),
            (Self::Panels(chart), Format::Svg) => chart.svg(true).map(String::into_bytes),
            (Self::Trend(chart), Format::Png(theme)) => chart.png(theme),
            (Self::Gap(chart), Format::Png(theme)) => chart.png(theme),
            (Self::Panels(chart), Format::Png(theme)) => chart.png(theme),
        }
    }
}

/// Why a chart that can be drawn was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDrawn {
    /// No thread was free.
    Busy,
    /// The drawing failed; the log says why.
    Broken,
}

#[derive(Debug, serde::Deserialize)]
struct Wanted {
    indicator: Option<String>,
    theme: Option<String>,
}

/// The subject that `?indicator=` names.
pub fn subject(indicator: Option<&str>) -> Subject {
    match indicator {
        None | Some("" | "overall") => Subject::Overall,
        Some(id) => Subject::Indicator(id.to_owned()),
    }
}

#[get("/partnerships/{id}/charts/{file}")]
async fn chart_file(
    state: Data<State>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<(String, String)>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, PageError> {
    let (id, name) = path.into_inner();
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let file = name.split_once('.').and_then(|(kind, ending)| {
        Some((Kind::parse(kind)?, Format::parse(ending, wanted.theme.as_deref())?))
    });
    let (kind, format) = file.ok_or(PageError::NotFound)?;
    let viewer = visitor.viewer.clone();
    let read = move |conn: &mut Conn| -> Result<Option<(History, Option<SideId>)>, StoreError> {
        let Some(side) = access::seat(conn, &viewer, id)?.map(|seat| seat.own_side()) else {
            return Ok(None);
        };
        Ok(Some((history(conn, id, side)?, side)))
    };
    let read = state.ctx.store.read(read).await?;
    let (history, side) = read.ok_or(PageError::NotFound)?;
    let subject = subject(wanted.indicator.as_deref());
    let drawing = compose(&history, kind, &subject).ok_or(PageError::NotFound)?;
    let basis = format!("{name} {subject} {}", basis(&history, side));
    let asked = Asked { format, name: &name, basis: &basis, key: None };
    Ok(answer(&state, &request, drawing, asked).await?)
}

/// The checks that the pages draw, as this side's view is.
pub fn history(conn: &mut Conn, id: PartnershipId, side: Option<SideId>) -> Result<History, StoreError> {
    Ok(History::new(&portfolio::history(conn, &[id], CHECKS)?, side))
}

/// What can be drawn of these checks; `None` before the first, and for an indicator that was not asked.
pub fn compose(history: &History, kind: Kind, subject: &Subject) -> Option<Drawing> {
    match kind {
        Kind::Trend => charts::trend(history, subject).map(Drawing::Trend),
        Kind::Gap => charts::gap_bar(history.latest()?, subject).map(Drawing::Gap),
        Kind::Indicators => charts::indicators(history).map(Drawing::Panels),
    }
}

/// What the bytes of a chart rest on: scorecards never change, so their ids and the side whose view it is name them.
pub fn basis(history: &History, side: Option<SideId>) -> String {
    let cycles: Vec<String> = history.checks().iter().map(|check| check.card.cycle_id.to_string()).collect();
    format!("{side:?} {}", cycles.join(" "))
}

/// What is asked for of a drawing.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The kind of file.
    pub format: Format,
    /// The file's name.
    pub name: &'a str,
    /// Changes with everything that is drawn.
    pub basis: &'a str,
    /// A key under which the file is to be found, too, without knowing what is drawn.
    pub key: Option<String>,
}

/// The file, or 304 for whoever has it.
pub async fn answer(
    state: &State,
    request: &HttpRequest,
    drawing: Drawing,
    asked: Asked<'_>,
) -> Result<HttpResponse, NotDrawn> {
    let Asked { format, name, basis, key } = asked;
    let basis = format!("{} {name} {format:?} {basis}", env!("CARGO_PKG_VERSION"));
    let tag = crate::secrets::digest(basis)[..32].to_owned();
    if is_known(request, &tag) {
        return Ok(unchanged(&tag));
    }
    let kept = drawn(state, drawing, format, tag).await?;
    if let Some(key) = key {
        state.rendered.share(key, kept.clone());
    }
    Ok(file(&kept, name))
}

/// The drawing with this tag: as it was kept, or drawn now.
async fn drawn(state: &State, drawing: Drawing, format: Format, tag: String) -> Result<Arc<Kept>, NotDrawn> {
    let key = format!("chart {tag}");
    if let Some(kept) = state.rendered.get(&key) {
        return Ok(kept);
    }
    // A picture is drawn at four times its size: a few at once would take most of the memory.
    let turn = state.rendered.turn().await;
    // Whoever had the turn before may have drawn the same.
    if let Some(kept) = state.rendered.get(&key) {
        return Ok(kept);
    }
    let body = draw(drawing, format, turn).await?;
    Ok(state.rendered.keep(key, Kept::new(tag, format.media_type(), body)))
}

/// A drawing that was kept, or 304 for whoever has it.
pub fn again(request: &HttpRequest, kept: &Kept, name: &str) -> HttpResponse {
    if is_known(request, &kept.tag) { unchanged(&kept.tag) } else { file(kept, name) }
}

fn unchanged(tag: &str) -> HttpResponse {
    let tag = ETag(EntityTag::new_strong(tag.to_owned()));
    HttpResponse::NotModified().insert_header(tag).insert_header(CACHING).finish()
}

fn file(kept: &Kept, name: &str) -> HttpResponse {
    let name = DispositionParam::Filename(name.to_owned());
    HttpResponse::Ok()
        .content_type(kept.kind)
        .insert_header(ETag(EntityTag::new_strong(kept.tag.clone())))
        .insert_header(CACHING)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(ContentDisposition { disposition: DispositionType::Inline, parameters: vec![name] })
        .body(kept.body.clone())
}

fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let tag = EntityTag::new_strong(tag.to_owned());
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    }
}

/// Draws beside the workers: a PNG takes long enough to hold up other requests.
///
/// The turn goes with the work, which goes on when whoever asked for it has gone.
async fn draw(
    drawing: Drawing,
    format: Format,
    turn: Option<OwnedSemaphorePermit>,
) -> Result<Vec<u8>, NotDrawn> {
    let work = move || {
        let _turn = turn;
        drawing.bytes(format)
    };
    let drawn = block(work).await.map_err(|_| NotDrawn::Busy)?;
    drawn.map_err(|error| {
        tracing::error!(%error, "a chart was not drawn");
        NotDrawn::Broken
    })
}

impl From<NotDrawn> for PageError {
    fn from(why: NotDrawn) -> Self {
        match why {
            NotDrawn::Busy => Self::Busy,
            NotDrawn::Broken => Self::Broken,
        }
    }
}
