//! The members of a partnership as one list. A token for one side reads and sets that side's members, and of the others
//! sees the managers' names.

use actix_web::{get, put};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Waiting, versioned, waiting};
use super::call::{Call, FILE_LIMIT, read_json};
use super::cycles::speaker;
use super::partnerships::{acts_for, seat};
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::Scope;
use crate::domain::ids::{MemberId, PartnershipId, PersonId, SideId};
use crate::domain::partnership::Role;
use crate::domain::preference::SurveyLetters;
use crate::domain::proposal::clean_reason;
use crate::store::StoreError;
use crate::store::access::Seat;
use crate::store::partnerships::{self, Member as Row};
use crate::store::people::Person;
use crate::workflow::members::{self, Carried, MembersPlan, OpenCycles, Place, RawMember};

/// A member.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Member {
    /// Identifier of the membership.
    pub id: MemberId,
    /// The person.
    pub person: PersonId,
    /// The person's address; null for a respondent who is known by a label.
    #[schema(max_length = 254)]
    pub email: Option<String>,
    /// The label of a respondent without an address, whose side hands out the link itself; null for everybody else.
    #[schema(min_length = 1, max_length = 80)]
    pub label: Option<String>,
    /// The person's name, or the label; the one that the side gave when its token added them.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// The side; null for a facilitator.
    pub side: Option<SideId>,
    /// What the member does.
    #[schema(min_items = 1)]
    pub roles: Vec<Role>,
    /// Name in another system.
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
    /// When a mail to the member was refused for good.
    pub bounced_at: Option<DateTime<Utc>>,
    /// Which survey letters the member wants: `all` (invitations and reminders), `invitations` or `none`.
    pub letters: SurveyLetters,
    /// When the member said that somebody else should be asked.
    pub declined_at: Option<DateTime<Utc>>,
}

impl From<&(Row, Person)> for Member {
    fn from((row, person): &(Row, Person)) -> Self {
        Self {
            id: row.id,
            person: person.id,
            email: person.address().map(str::to_owned),
            label: person.address().is_none().then(|| person.name.clone()),
            name: person.name.clone(),
            side: row.side_id,
            roles: row.roles().held(),
            external_ref: row.external_ref.clone(),
            bounced_at: row.bounced_at.map(|t| t.and_utc()),
            letters: row.letters,
            declined_at: row.declined_at.map(|t| t.and_utc()),
        }
    }
}

/// A manager of a side that the token does not speak for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OtherManager {
    /// The side.
    pub side: Option<SideId>,
    /// The manager's name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
}

/// The members of a partnership.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Members {
    /// The members in force: all of them, or those of the token's own side.
    pub members: Vec<Member>,
    /// The managers of the other sides, for a token that speaks for a side.
    pub other_managers: Vec<OtherManager>,
}

/// A member as wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberInput {
    /// The person's address. Somebody who is not here yet is added. Null or left out where a label is given.
    #[schema(example = "ada@example.org", max_length = 254)]
    pub email: Option<String>,
    /// Instead of an address: what a respondent is known by whose side hands out the link itself, such as initials, a role or a
    /// staff number. Free text without an @, unique on the side. Managers, sponsors and facilitators need an address.
    #[schema(min_length = 1, max_length = 80)]
    pub label: Option<String>,
    /// The name; needed when nobody here has the address. Who is here keeps the name they have. A token of a side gives it for
    /// everybody who joins, and is shown them by it, whether or not this server knows them.
    #[schema(max_length = 120)]
    pub name: Option<String>,
    /// IANA time zone of somebody who is added; the partnership's when left out.
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// The side by name or identifier; null for a facilitator.
    pub side: Option<String>,
    /// What the member does.
    #[schema(min_items = 1)]
    pub roles: Vec<Role>,
    /// Name in another system.
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
}

/// A list of members as wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembersInput {
    /// The members, each person once.
    #[schema(max_items = 10_000)]
    pub members: Vec<MemberInput>,
    /// Why, for the sides that must agree.
    #[serde(default)]
    #[schema(default = "", max_length = 500)]
    pub reason: String,
}

/// What becomes of the cycles that are open when it changes who answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenCyclesWord {
    /// They change too: every side must agree, and until then nothing changes at all.
    #[default]
    Change,
    /// They keep the people they opened with, and it is done at once.
    Keep,
}

impl From<OpenCyclesWord> for OpenCycles {
    fn from(word: OpenCyclesWord) -> Self {
        match word {
            OpenCyclesWord::Change => Self::Change,
            OpenCyclesWord::Keep => Self::Keep,
        }
    }
}

/// What becomes of open cycles.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Upon {
    /// `change` when left out.
    #[param(inline)]
    pub open_cycles: OpenCyclesWord,
}

impl MembersInput {
    /// Reads a list from JSON.
    pub(super) fn read(body: &[u8]) -> Result<(Vec<(Place, RawMember)>, String), ApiError> {
        let list: Self = read_json(body)?;
        let raw = |own: MemberInput| RawMember {
            email: own.email.unwrap_or_default(),
            label: own.label,
            name: own.name,
            zone: own.zone,
            side: own.side,
            roles: own.roles.iter().map(ToString::to_string).collect(),
            external_ref: own.external_ref,
        };
        let members = list.members.into_iter().enumerate().map(|(n, own)| (Place::Entry(n), raw(own)));
        let reason = clean_reason(&list.reason).map_err(|e| ApiError::field("reason", e))?;
        Ok((members.collect(), reason))
    }
}

/// Shows the members of a partnership.
#[utoipa::path(tag = "members", params(("id" = PartnershipId, Path)), security(("bearer" = ["members:read"])),
    responses((status = 200, description = "The members.", body = Members, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id:[^/:]+}/members")]
pub async fn get_members(call: Call) -> Answer {
    call.may(Scope::MembersRead)?;
    let seat = seat(&call, call.id("id")?).await?;
    shown(&call, &seat).await
}

/// Sets the members of a partnership; those of a token's own side if it speaks for one. Memberships that are not named end.
/// Changing who answers while a cycle is open needs every side, and the answer is a proposal; with the last yes the list
/// is set, who joined is invited, and who left loses an invitation that was not answered.
#[utoipa::path(tag = "members", params(("id" = PartnershipId, Path), Upon, ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = MembersInput, security(("bearer" = ["members:write"])),
    responses((status = 200, description = "Set.", body = Members, headers(("ETag" = String))),
        (status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        WriteProblems))]
#[put("/partnerships/{id:[^/:]+}/members")]
pub async fn set_members(mut call: Call) -> Answer {
    call.may(Scope::MembersWrite)?;
    let upon: Upon = call.query()?;
    let seat = seat(&call, call.id("id")?).await?;
    let body = call.bytes(&["application/json"], "application/json", FILE_LIMIT).await?;
    let acts_for = acts_for(&seat);
    let (raw, reason) = MembersInput::read(&body)?;
    let entries = members::parse(&seat.sides, &acts_for, raw)?;
    let plan = MembersPlan::exactly(seat.partnership.id, acts_for, entries).with(upon.open_cycles.into());
    let (speaker, expected) = (speaker(&call, &seat), call.expected()?);
    let upon = (expected.as_deref(), reason.as_str());
    match members::carry_out(&call.state.ctx, speaker, plan, upon, call.state.now()).await? {
        Carried::Done(_) => shown(&call, &seat).await,
        Carried::Waits(proposal) => Ok(waiting(proposal)),
    }
}

async fn shown(call: &Call, seat: &Seat) -> Answer {
    let (id, acts_for) = (seat.partnership.id, acts_for(seat));
    let (found, version, managers) = call
        .state
        .ctx
        .store
        .read(move |conn| {
            let (found, version) = members::list(conn, id, &acts_for)?;
            let mut managers = partnerships::managers(conn, id)?;
            managers.retain(|(own, _)| !acts_for.reaches(own.side_id));
            Ok::<_, StoreError>((found, version, managers))
        })
        .await?;
    let other = |(row, person): &(Row, Person)| OtherManager { side: row.side_id, name: person.name.clone() };
    let list = Members {
        members: found.iter().map(Member::from).collect(),
        other_managers: managers.iter().map(other).collect(),
    };
    Ok(versioned(&call.request, &list, &version))
}
