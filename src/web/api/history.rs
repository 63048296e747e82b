//! Past reviews: the same document as `import history` takes, up to 2 MB. The whole document happens, or nothing of it.

use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::call::{Call, FILE_LIMIT};
use super::problem::{ApiError, WriteProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::PartnershipId;
use crate::domain::mode::Mode;
use crate::secrets;
use crate::workflow::import_history::{
    Complaint, Defaults, Delivery, Form, Imported, Reach, Undone, import_call,
};

/// What holds where the document says nothing.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Usual {
    /// Who sees what, where the document does not say; confidential when left out.
    pub mode: Option<Mode>,
}

/// What the document did to one partnership.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartnershipHistory {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Its name.
    pub partnership: String,
    /// Whether it is new here.
    pub added: bool,
    /// Cycles that were added.
    pub cycles_added: usize,
    /// Cycles that were here already with the same content.
    pub cycles_unchanged: usize,
    /// Responses that were added.
    pub responses: usize,
    /// Answers in them, "don't know" included.
    pub answers: usize,
}

/// What a document of past reviews did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryImported {
    /// Every partnership of the document.
    pub partnerships: Vec<PartnershipHistory>,
    /// Comments that were not kept: no mode shows comments.
    pub comments_dropped: u64,
}

impl From<Imported> for PartnershipHistory {
    fn from(own: Imported) -> Self {
        Self {
            partnership_id: own.partnership_id,
            partnership: own.partnership,
            added: own.added,
            cycles_added: own.cycles_added,
            cycles_unchanged: own.cycles_unchanged,
            responses: own.responses,
            answers: own.answers,
        }
    }
}

/// What past reviews look like: an object with `partnerships`, one partnership, or a list of them.
#[derive(Clone, Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the document; the reader takes other forms too, and tells its errors by path"
)]
pub struct HistoryDocument {
    /// The partnerships.
    partnerships: Vec<HistoryPartnership>,
}

/// The past of one partnership.
#[derive(Clone, Debug, ToSchema)]
#[expect(dead_code, reason = "as above")]
pub struct HistoryPartnership {
    /// Its name, letter by letter: another spelling is another partnership.
    #[schema(min_length = 1, max_length = 120)]
    partnership: String,
    /// The sides in their order, whatever their case; as they appear when left out.
    #[schema(min_items = 2, max_items = 4)]
    sides: Option<Vec<String>>,
    /// The indicators; as they appear when left out.
    indicators: Option<Vec<String>>,
    /// Who sees what.
    mode: Option<Mode>,
    /// The cycles, oldest first.
    #[schema(min_items = 1)]
    cycles: Vec<HistoryCycle>,
}

/// One past cycle.
#[derive(Clone, Debug, ToSchema)]
#[expect(dead_code, reason = "as above")]
pub struct HistoryCycle {
    /// Any name that is unique in the partnership.
    #[schema(min_length = 1, max_length = 100, example = "2024-Q3")]
    period: String,
    /// When answers were first taken.
    opened_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it closed; told from the period when left out.
    closed_at: Option<chrono::DateTime<chrono::Utc>>,
    /// How many were invited, by side; as many as answered when left out.
    invited: Option<std::collections::BTreeMap<String, u32>>,
    /// Whether drift starts afresh with this cycle.
    rebaseline: Option<bool>,
    /// The responses.
    responses: Vec<HistoryResponse>,
}

/// What one respondent answered.
#[derive(Clone, Debug, ToSchema)]
#[expect(dead_code, reason = "as above")]
pub struct HistoryResponse {
    /// Who it was: a member's address or name in another system, or any name. Not kept in anonymous mode.
    #[schema(min_length = 1, max_length = 100)]
    respondent: Option<String>,
    /// The side.
    side: String,
    /// 1 to 5, or null for "don't know", by indicator.
    answers: std::collections::BTreeMap<String, Option<u8>>,
}

const CSV: &str = "text/csv";

/// Imports past reviews, scored as if they had closed here, without any mail. The whole document happens, or nothing of it;
/// the same document again changes nothing. CSV has one row for each answer, with the columns partnership, period, side,
/// respondent, indicator and answer (or rating) in any order. Errors name their path or line, up to a hundred.
#[utoipa::path(tag = "history", params(Usual,
        ("Idempotency-Key" = Option<String>, Header, description = "The same call with the same key happens once.")),
    security(("bearer" = ["history:write"])),
    request_body(content((HistoryDocument = "application/json"), (String = "text/csv"))),
    responses((status = 201, description = "Past reviews were added.", body = HistoryImported),
        (status = 200, description = "Everything was here already.", body = HistoryImported), WriteProblems))]
#[post("/history")]
pub async fn import_history(mut call: Call) -> Answer {
    call.may(Scope::HistoryWrite)?;
    let reach = match call.caller.binding {
        Binding::Instance => Reach::Any,
        Binding::Partnership(id) => Reach::Only(id),
        Binding::Organisation(_) | Binding::Side(_) => {
            return Err(ApiError::BindingTooNarrow(
                "Past reviews concern every side; this token is bound to one of them.",
            ));
        }
    };
    let Usual { mode } = call.query()?;
    let defaults = mode.map_or_else(Defaults::default, |mode| Defaults { mode });
    let form = if call.media_type() == CSV { Form::Csv } else { Form::Json };
    let body = call.bytes(&[CSV, "application/json"], "text/csv or application/json", FILE_LIMIT).await?;
    let once = call.once_key(&format!("{form:?} {} {}", defaults.mode, secrets::digest(&body)))?;
    let delivery = Delivery { body, form, defaults, reach, once };
    let done = import_call(&call.state.ctx, &call.caller.actor(), delivery, call.state.now()).await;
    let (done, dropped) = done.map_err(refused)?;
    let added = done.iter().any(|own| own.cycles_added > 0);
    let mut response = if added { HttpResponse::Created() } else { HttpResponse::Ok() };
    let partnerships = done.into_iter().map(PartnershipHistory::from).collect();
    Ok(response.json(HistoryImported { partnerships, comments_dropped: dropped.comments }))
}

fn refused(undone: Undone) -> ApiError {
    match undone {
        Undone::Malformed(sentence) => ApiError::Malformed(sentence),
        Undone::OutOfReach => ApiError::BindingTooNarrow(
            "This token imports the past of its own partnership; the document names another one.",
        ),
        Undone::Complaints(complaints) => {
            let conflict = complaints.iter().all(|own| own.conflict);
            let errors = complaints.into_iter().map(|Complaint { error, .. }| error).collect();
            if conflict { ApiError::Conflicts(errors) } else { ApiError::Fields(errors) }
        }
        Undone::Refused(refusal) => refusal.into(),
    }
}
