//! The charts of a partnership as files: `/partnerships/{id}/charts/{trend|gap|indicators}.{svg|png}`.
//!
//! Law: the same right of view as the page, and drawn from the same read model. `?indicator=` chooses the subject (the
//! overall score without it), `?theme=dark` the palette of a PNG; an SVG follows the reader's own theme.

use actix_web::http::header::{
    self, ContentDisposition, DispositionParam, DispositionType, ETag, EntityTag, IfNoneMatch,
};
use actix_web::web::{Data, Path, Query, ServiceConfig, block};
use actix_web::{HttpRequest, HttpResponse, get, http::header::Header as _};
use evenkeel_charts::{ChartError, Theme};

use super::State;
use super::auth::Visitor;
use super::error::PageError;
use super::pages::partnership::CHECKS;
use super::present::{History, charts};
use crate::domain::ids::{PartnershipId, SideId};
use crate::domain::scoring::Subject;
use crate::store::access::{self, Viewer};
use crate::store::{Conn, StoreError, portfolio};

/// The drawing's own style sheet is all that such a file may use.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Adds the routes of the charts.
pub fn routes(config: &mut ServiceConfig) {
    config.service(chart_file);
}

#[derive(Debug, serde::Deserialize)]
struct Wanted {
    indicator: Option<String>,
    theme: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Trend,
    Gap,
    Indicators,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Svg,
    Png(Theme),
}

enum Drawing {
    Trend(evenkeel_charts::Trend),
    Gap(evenkeel_charts::GapBar),
    Indicators(evenkeel_charts::Multiples),
}

impl Drawing {
    fn bytes(&self, format: Format) -> Result<Vec<u8>, ChartError> {
        match (self, format) {
            (Self::Trend(chart), Format::Svg) => chart.svg(true).map(String::into_bytes),
            (Self::Gap(chart), Format::Svg) => chart.svg(true).map(String::into_bytes),
            (Self::Indicators(chart), Format::Svg) => chart.svg(true).map(String::into_bytes),
            (Self::Trend(chart), Format::Png(theme)) => chart.png(theme),
            (Self::Gap(chart), Format::Png(theme)) => chart.png(theme),
            (Self::Indicators(chart), Format::Png(theme)) => chart.png(theme),
        }
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
    let (kind, format) = parse(&name, wanted.theme.as_deref()).ok_or(PageError::NotFound)?;
    let viewer = visitor.viewer.clone();
    let read = state.ctx.store.read(move |conn| history(conn, &viewer, id)).await?;
    let (history, side) = read.ok_or(PageError::NotFound)?;
    let subject = match wanted.indicator.as_deref() {
        None | Some("" | "overall") => Subject::Overall,
        Some(id) => Subject::Indicator(id.to_owned()),
    };
    let tag = tag(&history, side, &name, &subject, wanted.theme.as_deref());
    let drawing = compose(&history, kind, &subject).ok_or(PageError::NotFound)?;
    if is_known(&request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header(ETag(tag)).insert_header(CACHING).finish());
    }
    let bytes = draw(drawing, format).await?;
    let name = DispositionParam::Filename(name);
    Ok(HttpResponse::Ok()
        .content_type(if matches!(format, Format::Svg) { "image/svg+xml" } else { "image/png" })
        .insert_header(ETag(tag))
        .insert_header(CACHING)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(ContentDisposition { disposition: DispositionType::Inline, parameters: vec![name] })
        .body(bytes))
}

/// The reader's own browser may keep it, and asks each time whether it still stands.
const CACHING: (header::HeaderName, &str) = (header::CACHE_CONTROL, "private, no-cache");

fn parse(file: &str, theme: Option<&str>) -> Option<(Kind, Format)> {
    let (kind, format) = file.split_once('.')?;
    let kind = match kind {
        "trend" => Kind::Trend,
        "gap" => Kind::Gap,
        "indicators" => Kind::Indicators,
        _ => return None,
    };
    let format = match (format, theme) {
        ("svg", _) => Format::Svg,
        ("png", Some("dark")) => Format::Png(Theme::Dark),
        ("png", _) => Format::Png(Theme::Light),
        _ => return None,
    };
    Some((kind, format))
}

fn history(
    conn: &mut Conn,
    viewer: &Viewer,
    id: PartnershipId,
) -> Result<Option<(History, Option<SideId>)>, StoreError> {
    let Some(seat) = access::seat(conn, viewer, id)? else { return Ok(None) };
    let cards = portfolio::history(conn, &[id], CHECKS)?;
    Ok(Some((History::new(&cards, seat.own_side()), seat.own_side())))
}

fn compose(history: &History, kind: Kind, subject: &Subject) -> Option<Drawing> {
    match kind {
        Kind::Trend => charts::trend(history, subject).map(Drawing::Trend),
        Kind::Gap => charts::gap_bar(history.latest()?, subject).map(Drawing::Gap),
        Kind::Indicators => charts::indicators(history).map(Drawing::Indicators),
    }
}

/// Scorecards never change, so their ids, the side whose view it is and what was asked for name the bytes.
fn tag(
    history: &History,
    side: Option<SideId>,
    file: &str,
    subject: &Subject,
    theme: Option<&str>,
) -> EntityTag {
    let cycles: Vec<String> = history.checks().iter().map(|check| check.card.cycle_id.to_string()).collect();
    let version = env!("CARGO_PKG_VERSION");
    let basis = format!("{version} {file} {subject} {theme:?} {side:?} {}", cycles.join(" "));
    EntityTag::new_strong(crate::secrets::digest(basis)[..32].to_owned())
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// Draws beside the workers: a PNG takes long enough to hold up other requests.
async fn draw(drawing: Drawing, format: Format) -> Result<Vec<u8>, PageError> {
    let drawn = block(move || drawing.bytes(format)).await.map_err(|_| PageError::Busy)?;
    drawn.map_err(|error| {
        tracing::error!(%error, "a chart was not drawn");
        PageError::Broken
    })
}
