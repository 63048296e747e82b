//! A respondent's own answers behind a survey link. The link is the key; there is no token.
//!
//! Law: the same rules as the form (`workflow::save_response`): reading changes nothing, answers are taken from the opening
//! to the close, and every link that leads nowhere gets the same answer. Nothing of it is kept by a cache or a log.

use std::collections::BTreeMap;
use std::fmt;

use actix_web::http::header;
use actix_web::{HttpResponse, get, put};
use chrono::{DateTime, Utc};
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::answer::Answer as Answered;
use super::call::Intake;
use super::card::InstrumentVersion;
use super::problem::{ApiError, LinkProblems};
use crate::domain::answers::Answer;
use crate::domain::cycle::InvitationState;
use crate::domain::instrument::Indicator;
use crate::domain::mode::Mode;
use crate::workflow::Refusal;
use crate::workflow::save_response::{self, Form, Whole};

/// One answer: a point from 1 to 5, or null for "don't know".
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct Point(Answer);

impl From<Answer> for Point {
    fn from(answer: Answer) -> Self {
        Self(answer)
    }
}

impl PartialSchema for Point {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
            .minimum(Some(1))
            .maximum(Some(5))
            .description(Some("A point from 1 (worst) to 5 (best), or null for \"don't know\"."))
            .into()
    }
}

impl ToSchema for Point {}

/// Answers as they are sent: an indicator that comes twice is refused, because neither answer can be preferred.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Given(BTreeMap<String, Answer>);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Whole;
        impl<'de> Visitor<'de> for Whole {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of answers by indicator")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
                let mut given = BTreeMap::new();
                while let Some(indicator) = map.next_key::<String>()? {
                    let twice = given.contains_key(&indicator);
                    given.insert(indicator, map.next_value_seed(Choice { twice })?);
                }
                Ok(Given(given))
            }
        }
        from.deserialize_map(Whole)
    }
}

/// Reads one answer. It is told whether it is a second one, so that the error names the place.
struct Choice {
    twice: bool,
}

impl Choice {
    fn point<E: Error>(&self, number: Option<u8>, said: impl fmt::Display) -> Result<Answer, E> {
        match number {
            _ if self.twice => Err(E::custom("this indicator was answered twice")),
            Some(point @ 1..=5) => Ok(Some(point)),
            _ => Err(E::custom(format_args!("{said} is not an answer; choose 1, 2, 3, 4, 5 or null"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Choice {
    type Value = Answer;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Answer, D::Error> {
        from.deserialize_any(self)
    }
}

impl Visitor<'_> for Choice {
    type Value = Answer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("1, 2, 3, 4, 5 or null")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Answer, E> {
        self.point(u8::try_from(number).ok(), number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Answer, E> {
        self.point(u8::try_from(number).ok(), number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Answer, E> {
        // In JSON 4.0 is the same number as 4.
        self.point((1..=5_u8).find(|point| (f64::from(*point) - number).abs() < f64::EPSILON), number)
    }

    fn visit_unit<E: Error>(self) -> Result<Answer, E> {
        if self.twice { self.point(None, "") } else { Ok(None) }
    }
}

/// What is saved; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResponseInput {
    /// Answers by indicator.
    #[schema(value_type = BTreeMap<String, Point>)]
    pub answers: Given,
    /// The answer to the closing question; an empty text takes it back.
    #[schema(max_length = 4000)]
    pub comment: Option<String>,
    /// Whether to end the reminders; answers can still be changed until the close.
    pub send: bool,
}

/// One question.
#[derive(Debug, Serialize, ToSchema)]
pub struct Question<'a> {
    /// The indicator.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The question.
    pub question: &'a str,
    /// The labels of the points 1 to 5.
    pub points: &'a [String; 5],
}

/// A respondent's own answers, and what is asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnResponse<'a> {
    /// The partnership's name.
    pub partnership: &'a str,
    /// The period.
    pub period: &'a str,
    /// What is asked.
    pub instrument: InstrumentVersion,
    /// Who sees what after the close.
    pub mode: Mode,
    /// The same in one sentence.
    pub who_sees_what: String,
    /// When answers are no longer taken.
    pub closes_at: DateTime<Utc>,
    /// Whether the respondent has sent; answers can be changed until the close all the same.
    pub sent: bool,
    /// The questions in their order.
    pub questions: Vec<Question<'a>>,
    /// The open question at the end; null where no comment is taken.
    pub closing_question: Option<&'a str>,
    /// The answers saved so far, by indicator.
    pub answers: BTreeMap<&'a str, Point>,
    /// The answer to the closing question.
    pub comment: Option<&'a str>,
    /// When something was last saved; not kept in anonymous mode.
    pub saved_at: Option<DateTime<Utc>>,
}

impl<'a> OwnResponse<'a> {
    fn new(form: &'a Form, operator: &str) -> Self {
        let asked = &form.asked.instrument;
        let question = |own: &'a Indicator| Question {
            id: &own.id,
            name: &own.name,
            question: &own.question,
            points: &own.points,
        };
        Self {
            partnership: &form.asked.partnership.name,
            period: &form.cycle.period,
            instrument: InstrumentVersion { id: asked.id.clone(), version: asked.version },
            mode: form.cycle.mode,
            who_sees_what: form.asked.partnership.who_sees_what(
                form.cycle.mode,
                operator,
                form.cycle.floor(),
            ),
            closes_at: form.cycle.closes_at.and_utc(),
            sent: form.invitation.state == InvitationState::Sent,
            questions: asked.indicators.iter().map(question).collect(),
            closing_question: asked.closing_question.as_deref().filter(|_| form.asked.asks_comment),
            answers: form.response.answers.iter().map(|(id, own)| (id.as_str(), Point(*own))).collect(),
            comment: form.response.comment.as_deref(),
            saved_at: form.response.saved_at,
        }
    }
}

/// Shows the respondent's own answers so far. Reading changes nothing.
#[utoipa::path(tag = "responses", params(("token" = String, Path, description = "The token of a survey link: its last part.")),
    responses((status = 200, description = "The answers so far, and what is asked.", body = OwnResponse), LinkProblems))]
#[get("/responses/{token}")]
pub async fn get_response(intake: Intake) -> Answered {
    let form = save_response::open_form(&intake.state.ctx, &intake.text("token")?).await?;
    let form = form.ok_or_else(|| unknown(&intake))?;
    form.may_answer(intake.state.now()).map_err(|refused| ApiError::State(refused.of_cycle().to_owned()))?;
    Ok(shown(&intake, &form))
}

/// Saves answers and comment and sends, if asked to: all of it or nothing. Every saved answer counts at the close.
#[utoipa::path(tag = "responses", params(("token" = String, Path, description = "The token of a survey link: its last part.")),
    request_body = ResponseInput,
    responses((status = 200, description = "Saved.", body = OwnResponse), LinkProblems))]
#[put("/responses/{token}")]
pub async fn put_response(mut intake: Intake) -> Answered {
    let token = intake.text("token")?;
    let input: ResponseInput = intake.json().await?;
    let whole = Whole { answers: input.answers.0, comment: input.comment, send: input.send };
    match save_response::save_whole(&intake.state.ctx, &token, whole, intake.state.now()).await {
        Ok(form) => Ok(shown(&intake, &form)),
        Err(Refusal::NotFound) => Err(unknown(&intake)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// A link that leads nowhere, counted with those that the same network opened as pages.
fn unknown(intake: &Intake) -> ApiError {
    let counted = intake.state.calls.unknown_link(&intake.state, &intake.request);
    counted.map_or_else(ApiError::TooManyLinks, |()| ApiError::NotFound)
}

fn shown(intake: &Intake, form: &Form) -> HttpResponse {
    let operator = &intake.state.ctx.settings.instance.operator;
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(OwnResponse::new(form, operator))
}
