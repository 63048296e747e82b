//! Instruments: the list, and one as respondents will see it.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};

use super::super::view::setup::{InstrumentPage, ItemPreview, ListPage, ListRow, Tab};
use super::super::view::setup_partnership::Preview;
use super::super::view::{Link, Tone};
use super::{chrome, counted};
use crate::domain::instrument::{Indicator, Instrument};
use crate::store::instruments;
use crate::web::State;
use crate::web::auth::Administrator;
use crate::web::error::{PageError, html};

const LIST: &str = "/setup/instruments";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(list).service(one);
}

#[get("/setup/instruments")]
async fn list(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    let found = state.ctx.store.read(instruments::list).await?;
    html(&ListPage {
        chrome: chrome(&state, &request, &visitor.0, "Instruments"),
        tab: Tab::Instruments,
        headline: counted(found.len(), "instrument", "instruments"),
        heads: ["Title", "Version", "Questions", "Minutes", "In the portfolio"].map(str::to_owned).into(),
        search: None,
        rows: found.iter().map(row).collect(),
        empty: "No instrument is published.".to_owned(),
        import: None,
        form_title: String::new(),
        form: None,
    })
}

fn row(instrument: &Instrument) -> ListRow {
    ListRow {
        link: Link::new(instrument.title.clone(), format!("{LIST}/{}", instrument.id)),
        cells: vec![
            instrument.version.to_string(),
            instrument.indicators.len().to_string(),
            format!("about {}", instrument.minutes),
            if instrument.primary { "yes" } else { "no" }.to_owned(),
        ],
    }
}

#[get("/setup/instruments/{id}")]
async fn one(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    let id = request.match_info().get("id").unwrap_or_default().to_owned();
    let found = state.ctx.store.read(move |conn| instruments::latest(conn, &id)).await?;
    let instrument = found.ok_or(PageError::NotFound)?;
    let minutes = usize::try_from(instrument.minutes).unwrap_or_default();
    html(&InstrumentPage {
        chrome: chrome(&state, &request, &visitor.0, &instrument.title),
        name: instrument.title.clone(),
        dateline: format!(
            "{}, version {}, about {}, published",
            instrument.id,
            instrument.version,
            counted(minutes, "minute", "minutes")
        ),
        items: instrument.indicators.iter().map(item).collect(),
        closing: instrument.closing_question.clone(),
    })
}

/// The behaviours from 5 down to 1, each with its figure.
fn points(indicator: &Indicator) -> Vec<(u8, String)> {
    let mut points: Vec<(u8, String)> = (1..).zip(indicator.points.iter().cloned()).collect();
    points.reverse();
    points
}

/// An instrument where it is chosen.
pub(super) fn preview(instrument: &Instrument) -> Preview {
    let minutes = usize::try_from(instrument.minutes).unwrap_or_default();
    Preview {
        title: instrument.title.clone(),
        facts: format!(
            "version {}, {}, about {}",
            instrument.version,
            counted(instrument.indicators.len(), "question", "questions"),
            counted(minutes, "minute", "minutes")
        ),
        items: instrument.indicators.iter().map(|own| (own.question.clone(), points(own))).collect(),
        link: Link::new("All of it, with what each rating asks for", format!("{LIST}/{}", instrument.id)),
    }
}

fn item(indicator: &Indicator) -> ItemPreview {
    let actions = &indicator.actions;
    let levels = [
        (Tone::Green, "High", &actions.high),
        (Tone::Amber, "Medium", &actions.medium),
        (Tone::Red, "Low", &actions.low),
    ];
    ItemPreview {
        indicator: indicator.name.clone(),
        question: indicator.question.clone(),
        points: points(indicator),
        source: indicator.note.clone().unwrap_or_default(),
        actions: levels
            .into_iter()
            .filter(|(_, _, text)| !text.is_empty())
            .map(|(tone, level, text)| (tone, level.to_owned(), text.clone()))
            .collect(),
    }
}
