//! What people said, `/cycles/{id}/answers`: answers with names in named mode, and comments.
//!
//! Law: there only after the close; for those who see results, in named mode for every member; never for an administrator as
//! such.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpResponse, get};

use super::view::Link;
use super::view::voices::{Said, SideVoices, VoicesPage};
use crate::domain::answers::Answer;
use crate::domain::comments::comments_from;
use crate::domain::ids::CycleId;
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::store::access::{self, Seat, Viewer};
use crate::store::cycles::{self, Cycle};
use crate::store::responses::NamedResponse;
use crate::store::{Conn, StoreError, instruments};
use crate::web::State;
use crate::web::auth::Visitor;
use crate::web::error::{PageError, html};
use crate::web::present::voices::{self, Voices};

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show);
}

struct Material {
    seat: Seat,
    cycle: Cycle,
    instrument: Instrument,
    voices: Voices,
}

#[get("/cycles/{id}/answers")]
async fn show(state: Data<State>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id: CycleId = id.parse().map_err(|_| PageError::NotFound)?;
    let viewer = visitor.viewer.clone();
    let read = state.ctx.store.read(move |conn| material(conn, &viewer, id)).await?;
    let Material { seat, cycle, instrument, voices } = read.ok_or(PageError::NotFound)?;
    let named = cycle.mode == Mode::Named;
    let title = if named { "Answers and comments" } else { "Comments" };
    html(&VoicesPage {
        chrome: visitor.chrome(&state, &format!("{} {}", seat.partnership.name, cycle.period), "/cycles"),
        dateline: format!("{} · {}", instrument.title, cycle.period),
        headline: title.to_owned(),
        lede: lede(&cycle, &voices),
        partnership: back(&seat, &cycle),
        heads: instrument.indicators.iter().map(|own| own.name.clone()).collect(),
        sides: seat.sides.iter().map(|side| side_of(side.id, &side.name, &voices, &instrument)).collect(),
        named,
    })
}

/// Respondents have no page of the partnership, so that theirs leads nowhere.
fn back(seat: &Seat, cycle: &Cycle) -> Link {
    let href = if seat.sees_results() { format!("/cycles/{}", cycle.id) } else { "/".to_owned() };
    Link::new(&seat.partnership.name, href)
}

fn lede(cycle: &Cycle, voices: &Voices) -> String {
    if voices.withheld {
        return "Nobody of your side answered, so nothing that the others said is shown to you.".to_owned();
    }
    if cycle.mode == Mode::Named {
        return "With names, to the members on all sides.".to_owned();
    }
    let least = comments_from(cycle.mode, cycle.floor());
    format!(
        "Comments of a side are shown when at least {least} of it answered: shuffled, without names, with addresses, \
         telephone numbers and members’ names masked."
    )
}

fn side_of(
    side: crate::domain::ids::SideId,
    name: &str,
    voices: &Voices,
    instrument: &Instrument,
) -> SideVoices {
    let of = |own: &&NamedResponse| own.side_id == side;
    SideVoices {
        name: name.to_owned(),
        answers: voices
            .answers
            .iter()
            .filter(of)
            .map(|own| {
                let points =
                    instrument.indicators.iter().map(|asked| point(own.answers.get(&asked.id).copied()));
                (own.shown_name().to_owned(), points.collect())
            })
            .collect(),
        comments: voices
            .comments
            .iter()
            .filter(|own| own.side_id == side)
            .map(|own| Said {
                who: own.writer.as_ref().map(|(name, _)| name.clone()),
                text: own.text.clone(),
            })
            .collect(),
    }
}

fn point(answer: Option<Answer>) -> String {
    match answer {
        Some(Some(point)) => point.to_string(),
        Some(None) => "don’t know".to_owned(),
        None => "not answered".to_owned(),
    }
}

fn material(conn: &mut Conn, viewer: &Viewer, id: CycleId) -> Result<Option<Material>, StoreError> {
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(None) };
    let seat = match cycle.mode {
        Mode::Named => access::any_seat(conn, viewer, cycle.partnership_id)?,
        _ => access::seat(conn, viewer, cycle.partnership_id)?,
    };
    let Some(seat) = seat else { return Ok(None) };
    let Some(voices) = voices::read(conn, &cycle, seat.own_side())? else { return Ok(None) };
    let gone = || StoreError::unreadable("a cycle", "its instrument is gone");
    let instrument = instruments::find(conn, &cycle.instrument_id, cycle.version())?.ok_or_else(gone)?;
    Ok(Some(Material { seat, cycle, instrument, voices }))
}
