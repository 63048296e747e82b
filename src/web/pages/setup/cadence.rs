//! A cadence being made or changed: the form, and beside it what it means in dates and people.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::super::view::Link;
use super::super::view::setup_partnership::CadencePage;
use super::cadence_form::{Filled, draw, read};
use super::partnership::House;
use super::typed::{Typed, unprocessable};
use super::{chrome, done, id, instruments, stages};
use crate::domain::cadence::CadenceRule;
use crate::domain::ids::CadenceId;
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::store::cadences::Cadence;
use crate::web::State;
use crate::web::auth::{Administrator, Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::web::guard::Fields;
use crate::workflow::Refusal;
use crate::workflow::proposals::Proposed;
use crate::workflow::set_up::{self, CadenceInput};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(new).service(make).service(edit).service(change);
}

/// What a page about a cadence is made of.
struct Desk {
    house: House,
    /// The cadence being changed; none for a new one.
    cadence: Option<Cadence>,
}

impl Desk {
    async fn new(state: &State, request: &HttpRequest, visitor: &Visitor) -> Result<Self, PageError> {
        Ok(Self { house: House::of(state, request, visitor).await?, cadence: None })
    }

    /// The cadence that the address names, of this partnership and no other.
    async fn of(state: &State, request: &HttpRequest, visitor: &Visitor) -> Result<Self, PageError> {
        let wanted: CadenceId = id(request, "cadence")?;
        let house = House::of(state, request, visitor).await?;
        let cadence = house.cadences.iter().find(|c| c.id == wanted).cloned().ok_or(PageError::NotFound)?;
        Ok(Self { house, cadence: Some(cadence) })
    }

    /// Instruments without a cadence here; there is at most one cadence for each.
    fn offered(&self) -> Vec<(String, String)> {
        self.house.free_instruments().map(|i| (i.id.clone(), i.title.clone())).collect()
    }

    /// The instruments to choose from; of a cadence being changed its own.
    fn chosen_from(&self) -> impl Iterator<Item = &Instrument> {
        let known = |own: &str| self.house.cadences.iter().any(|c| c.instrument_id == own);
        self.house.instruments.iter().filter(move |own| match &self.cadence {
            Some(cadence) => cadence.instrument_id == own.id,
            None => !known(&own.id),
        })
    }

    fn filled(&self) -> Filled {
        match &self.cadence {
            Some(cadence) => Filled {
                instrument_id: cadence.instrument_id.clone(),
                rule: cadence.rule.clone(),
                mode: cadence.mode,
                floor_k: Some(cadence.floor_k),
                active: cadence.active,
                comments: cadence.comments,
                keep_months: cadence.keep_months,
            },
            None => Filled {
                instrument_id: self
                    .house
                    .instruments
                    .iter()
                    .find(|i| i.primary)
                    .map(|i| i.id.clone())
                    .unwrap_or_default(),
                rule: CadenceRule::default(),
                mode: self.suggested(),
                floor_k: None,
                active: true,
                comments: true,
                keep_months: None,
            },
        }
    }

    fn suggested(&self) -> Mode {
        let counts: Vec<u32> = self.house.invited().into_iter().map(|(_, n)| n).collect();
        Mode::suggest(&counts)
    }

    /// The page; `meant` is what the dates beside the form are computed from.
    fn page(
        &self,
        state: &State,
        request: &HttpRequest,
        visitor: &Visitor,
        typed: &Typed,
        meant: Option<&CadenceInput>,
    ) -> CadencePage {
        let house = &self.house;
        let (headline, action, offered) = match &self.cadence {
            Some(cadence) => {
                let title = house.title_of(&cadence.instrument_id);
                (
                    format!("The cadence of {title}"),
                    format!("{}/cadences/{}", house.base(), cadence.id),
                    Vec::new(),
                )
            }
            None => ("A new cadence".to_owned(), format!("{}/cadences", house.base()), self.offered()),
        };
        let now = state.now();
        CadencePage {
            chrome: chrome(state, request, visitor, &headline),
            headline,
            dateline: house.partnership.zone.clone(),
            form: typed.over(draw(action, &self.filled(), &offered, &self.explained(state, meant))),
            rule: meant.map(|m| sentence(&m.rule.describe())).unwrap_or_default(),
            stages: stages::stages(house, Some(stages::CADENCE)),
            previews: self.chosen_from().map(instruments::preview).collect(),
            next: meant.map(|m| house.dates(&m.rule, now)).unwrap_or_default(),
            zone: house.partnership.zone.clone(),
            notes: meant.map(|m| self.notes(m)).unwrap_or_default(),
            back: Link::new(house.partnership.name.clone(), house.base()),
        }
    }

    /// Each mode in a sentence, and what it will let the sides see with the people that they have.
    fn explained(&self, state: &State, meant: Option<&CadenceInput>) -> Vec<(Mode, String)> {
        let operator = &state.ctx.settings.instance.operator;
        let typed = meant.and_then(|own| own.floor_k).or(self.filled().floor_k);
        let one = |mode: Mode| {
            let range = mode.floor_range();
            let floor = typed.filter(|k| range.contains(k)).unwrap_or_else(|| mode.default_floor());
            let expected = match mode.check_open(floor, &self.house.invited()) {
                Ok(()) => self.house.expected(mode, floor),
                Err(error) => error.to_string(),
            };
            let sentence = mode.sentence(operator, floor);
            let stop = if sentence.ends_with('.') { "" } else { "." };
            (mode, format!("{sentence}{stop} {expected}").trim_end().to_owned())
        };
        Mode::ALL.iter().copied().map(one).collect()
    }

    /// What follows from the choices for the people of this partnership.
    fn notes(&self, meant: &CadenceInput) -> Vec<String> {
        let invited = self.house.invited();
        let counts: Vec<String> = invited.iter().map(|(side, n)| format!("{side} {n}")).collect();
        let mut notes = vec![format!("Invited now: {}.", counts.join(", "))];
        let floor = meant.floor_k.unwrap_or_else(|| meant.mode.default_floor());
        match meant.mode.check_open(floor, &invited) {
            Err(error) => notes.push(format!("No check would open. {error}")),
            Ok(()) if meant.mode != self.suggested() => {
                notes.push(format!("For so many people {} mode is proposed.", self.suggested()));
            }
            Ok(()) => {}
        }
        if !meant.active {
            notes.push("The cadence is switched off: no check opens by it.".to_owned());
        }
        notes
    }

    fn stored(&self) -> CadenceInput {
        let filled = self.filled();
        CadenceInput {
            instrument_id: filled.instrument_id,
            rule: filled.rule,
            mode: filled.mode,
            floor_k: filled.floor_k,
            active: filled.active,
            comments: Some(filled.comments),
            keep_months: filled.keep_months,
        }
    }

    fn read(&self, fields: &Fields) -> Result<CadenceInput, Refusal> {
        let input = read(fields, self.cadence.as_ref().map(|c| c.instrument_id.clone()))?;
        if self.cadence.is_none()
            && self.house.cadences.iter().any(|c| c.instrument_id == input.instrument_id)
        {
            let sentence = "There is a cadence for this instrument already; change it there.";
            return Err(Refusal::field("instrument", sentence));
        }
        Ok(input)
    }

    async fn take(
        &self,
        state: &State,
        request: &HttpRequest,
        visitor: &Visitor,
        fields: Fields,
    ) -> Result<HttpResponse, PageError> {
        let input = match self.read(&fields) {
            Ok(input) => input,
            Err(refusal) => {
                let typed = Typed::refused(fields, refusal)?;
                return unprocessable(&self.page(state, request, visitor, &typed, None));
            }
        };
        if fields.has("preview") {
            return html(&self.page(state, request, visitor, &Typed::kept(fields), Some(&input)));
        }
        let id = self.house.partnership.id;
        let speaker = self.house.speaker(visitor);
        match set_up::change_cadence(&state.ctx, speaker, id, input.clone(), "", state.now()).await {
            Ok(Proposed::Done) => Ok(done(&self.house.base(), "cadence-set")),
            Ok(Proposed::Waits(_)) => Ok(done(&self.house.base(), "cadence-proposed")),
            Err(refusal) => {
                let typed = Typed::refused(fields, refusal)?;
                unprocessable(&self.page(state, request, visitor, &typed, Some(&input)))
            }
        }
    }
}

/// A rule as a sentence of its own.
fn sentence(rule: &str) -> String {
    let mut chars = rule.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(chars).chain(std::iter::once('.')).collect()
}

#[get("/setup/partnerships/{id}/cadences/new")]
async fn new(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    let desk = Desk::new(&state, &request, &visitor.0).await?;
    html(&desk.page(&state, &request, &visitor.0, &Typed::default(), Some(&desk.stored())))
}

#[post("/setup/partnerships/{id}/cadences")]
async fn make(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    Desk::new(&state, &request, &visitor).await?.take(&state, &request, &visitor, fields).await
}

#[get("/setup/partnerships/{id}/cadences/{cadence}")]
async fn edit(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    let desk = Desk::of(&state, &request, &visitor.0).await?;
    html(&desk.page(&state, &request, &visitor.0, &Typed::default(), Some(&desk.stored())))
}

#[post("/setup/partnerships/{id}/cadences/{cadence}")]
async fn change(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    Desk::of(&state, &request, &visitor).await?.take(&state, &request, &visitor, fields).await
}
