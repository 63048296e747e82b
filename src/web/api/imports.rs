//! Members and partnerships from files: what a file would change is shown first, and then it happens as a whole or not at
//! all.

use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Waiting, waiting};
use super::call::{Call, FILE_LIMIT};
use super::cycles::speaker;
use super::members::{MembersInput, OpenCyclesWord};
use super::partnerships::{acts_for, seat};
use super::problem::{ApiError, WriteProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::PartnershipId;
use crate::workflow::import_partnerships::{self as file, Imported};
use crate::workflow::members::{self, Carried, Change, MembersPlan, Outcome, Place};
use crate::workflow::sheet::MOST_ROWS;

/// Whether the file is only tried.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Try {
    /// `true`: nothing is written, and the answer shows what would be.
    #[param(value_type = Option<bool>)]
    pub dry_run: Option<String>,
}

impl Try {
    fn read(&self) -> Result<bool, ApiError> {
        is_true(self.dry_run.as_deref())
    }
}

fn is_true(dry_run: Option<&str>) -> Result<bool, ApiError> {
    match dry_run {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::field("dry_run", "It must be true or false.")),
    }
}

/// How a file of members is taken.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct TryMembers {
    /// `true`: nothing is written, and the answer shows what would be.
    #[param(value_type = Option<bool>)]
    pub dry_run: Option<String>,
    /// What becomes of the cycles that are open when it changes who answers; `change` when left out.
    #[param(inline)]
    pub open_cycles: OpenCyclesWord,
}

/// What happens to a row.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeWord {
    /// New.
    Added,
    /// Another side, other roles or another external reference.
    Changed,
    /// As it was.
    Unchanged,
}

/// One member of the file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MemberRow {
    /// The line of the file in which the row begins; of a JSON list the place from 1.
    #[schema(minimum = 1)]
    pub line: u64,
    /// The address, or the label of a respondent without one.
    pub email: String,
    /// What happens.
    pub change: ChangeWord,
    /// The same in words.
    pub what: String,
}

/// What a file of members did, or would do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MembersImported {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Members added.
    pub added: usize,
    /// Members changed.
    pub changed: usize,
    /// Members as they were.
    pub unchanged: usize,
    /// People who were not here before; null for a token of a side, which is not told whom this server knows.
    pub people_added: Option<usize>,
    /// Whether every side must agree first, because a cycle is open and the file changes who answers.
    pub needs_every_side: bool,
    /// Every row, in the order of the file.
    pub rows: Vec<MemberRow>,
}

impl MembersImported {
    fn of(outcome: &Outcome, dry_run: bool, tells_people: bool) -> Self {
        let rows = outcome.rows.iter().map(|row| MemberRow {
            line: match row.place {
                Place::Line(line) => line,
                Place::Entry(place) => place as u64 + 1,
            },
            email: row.email.clone(),
            change: match row.change {
                Change::Added => ChangeWord::Added,
                Change::Changed => ChangeWord::Changed,
                Change::Unchanged => ChangeWord::Unchanged,
            },
            what: row.what.clone(),
        });
        Self {
            dry_run,
            added: outcome.count(Change::Added),
            changed: outcome.count(Change::Changed),
            unchanged: outcome.count(Change::Unchanged),
            people_added: tells_people.then_some(outcome.people_added),
            needs_every_side: outcome.needs_every_side,
            rows: rows.collect(),
        }
    }
}

/// One partnership of the file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartnershipRow {
    /// The line of the file that names it first.
    #[schema(minimum = 2)]
    pub line: u64,
    /// Its name.
    pub partnership: String,
    /// What happens: a file adds, and finds unchanged.
    pub change: ChangeWord,
    /// The same in words.
    pub what: String,
}

/// What a file of partnerships did, or would do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartnershipsImported {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Partnerships added.
    pub added: usize,
    /// Partnerships that are here already.
    pub unchanged: usize,
    /// People who were not here before.
    pub people_added: usize,
    /// Organisations that were not here before.
    pub organisations_added: usize,
    /// Every partnership, in the order of the file.
    pub rows: Vec<PartnershipRow>,
}

impl PartnershipsImported {
    fn of(done: &Imported, dry_run: bool) -> Self {
        let rows = done.rows.iter().map(|row| PartnershipRow {
            line: row.line,
            partnership: row.name.clone(),
            change: if row.added { ChangeWord::Added } else { ChangeWord::Unchanged },
            what: row.what.clone(),
        });
        let added = done.rows.iter().filter(|row| row.added).count();
        Self {
            dry_run,
            added,
            unchanged: done.rows.len() - added,
            people_added: done.people_added,
            organisations_added: done.organisations_added,
            rows: rows.collect(),
        }
    }
}

const CSV: &str = "text/csv";

/// Adds and changes members from a file; removes nobody. A row with a name and an empty address is a respondent known by that
/// label, whose side hands out the link itself. CSV has the columns email, name, side, roles, zone and
/// `external_ref` in any order, separated by commas or semicolons; roles are separated by `|`. Up to 2 MB and 10,000 rows,
/// all or nothing; errors name their lines, up to a hundred. A token of a side gives the name of everybody who joins.
/// Changing who answers while a cycle is open needs every side,
/// and the answer is a proposal.
#[utoipa::path(tag = "members", params(("id" = PartnershipId, Path), TryMembers, ("If-Match" = Option<String>, Header, description = "The ETag of the members that was read.")),
    security(("bearer" = ["members:write"])),
    request_body(content((MembersInput = "application/json"), (String = "text/csv"))),
    responses((status = 200, description = "Done, or shown.", body = MembersImported),
        (status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        WriteProblems))]
#[post("/partnerships/{id:[^/:]+}/members:import")]
pub async fn import_members(mut call: Call) -> Answer {
    call.may(Scope::MembersWrite)?;
    let how: TryMembers = call.query()?;
    let dry_run = is_true(how.dry_run.as_deref())?;
    let expected = call.expected()?;
    let seat = seat(&call, call.id("id")?).await?;
    let is_csv = call.media_type() == CSV;
    let body = call.bytes(&[CSV, "application/json"], "text/csv or application/json", FILE_LIMIT).await?;
    let (raw, reason) =
        if is_csv { (members::from_csv(&body)?, String::new()) } else { MembersInput::read(&body)? };
    let acts_for = acts_for(&seat);
    let entries = members::parse(&seat.sides, &acts_for, raw)?;
    let plan = MembersPlan::adding(seat.partnership.id, acts_for, entries).with(how.open_cycles.into());
    let ctx = &call.state.ctx;
    let whole = seat.whole;
    let shown = |outcome: &Outcome| HttpResponse::Ok().json(MembersImported::of(outcome, dry_run, whole));
    if dry_run {
        return Ok(shown(&members::preview(ctx, plan, expected.as_deref()).await?));
    }
    let upon = (expected.as_deref(), reason.as_str());
    match members::carry_out(ctx, speaker(&call, &seat), plan, upon, call.state.now()).await? {
        Carried::Done(outcome) => Ok(shown(&outcome)),
        Carried::Waits(proposal) => Ok(waiting(proposal)),
    }
}

/// Adds many partnerships from one file: one row for each member, with the columns partnership, zone, side, organisation,
/// email, name, roles, instrument, frequency and mode in any order. A partnership that is here already must be the same.
/// Organisations and people are added as needed. Up to 2 MB and 10,000 rows, all or nothing; errors name their lines.
#[utoipa::path(tag = "partnerships", params(Try),
    security(("bearer" = ["partnerships:write", "members:write", "cadences:write"])),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, description = "Done, or shown.", body = PartnershipsImported), WriteProblems))]
#[post("/partnerships:import")]
pub async fn import_partnerships(mut call: Call) -> Answer {
    for scope in [Scope::PartnershipsWrite, Scope::MembersWrite, Scope::CadencesWrite] {
        call.may(scope)?;
    }
    if call.caller.binding != Binding::Instance {
        return Err(ApiError::BindingTooNarrow(
            "Partnerships are imported by a token for the whole instance; this one is bound to less.",
        ));
    }
    let dry_run = call.query::<Try>()?.read()?;
    let body = call.bytes(&[CSV], "text/csv", FILE_LIMIT).await?;
    let houses = file::parse(&body, MOST_ROWS)?;
    let ctx = &call.state.ctx;
    let done = if dry_run {
        file::preview(ctx, houses).await?
    } else {
        let (actor, now) = (call.caller.actor(), call.state.now());
        file::carry_out(ctx, &actor, houses, now, |_, _| {}).await?
    };
    Ok(HttpResponse::Ok().json(PartnershipsImported::of(&done, dry_run)))
}
