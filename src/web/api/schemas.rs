//! How the words and identifiers of the domain are described in the OpenAPI document. The domain itself knows no HTTP.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::access_token::Scope;
use crate::domain::cadence::Frequency;
use crate::domain::cycle::CycleState;
use crate::domain::drift::DriftState;
use crate::domain::flags::{FlagState, Reason, Severity};
use crate::domain::ids::{
    AcceptanceId, ActionId, CadenceId, CycleId, DiscussionId, FlagId, MemberId, OrganisationId,
    PartnershipId, PersonId, ProposalId, SideId, TokenId,
};
use crate::domain::mode::Mode;
use crate::domain::partnership::{PartnershipState, Role};
use crate::domain::preference::SurveyLetters;
use crate::domain::proposal::{Act, ProposalState, SideAnswer};
use crate::domain::review::{ActionState, ReviewState};
use crate::domain::scoring::{Agreement, GapLabel, Precision, Rating, RatingReason, Status};

macro_rules! words {
    ($($name:ty as $word:literal: $what:literal),+ $(,)?) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = <$name>::ALL.iter().map(|word| word.as_str());
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .enum_values(Some(words))
                    .description(Some($what))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($word)
            }
        }
    )+};
}

words!(
    Scope as "Scope": "One thing that a token may do.",
    CycleState as "CycleState": "Where a cycle stands.",
    FlagState as "FlagState": "Where a flag stands.",
    Severity as "Severity": "What a flag asks for: act on it, or discuss it.",
    Mode as "Mode": "Who sees what after the close.",
    PartnershipState as "PartnershipState": "Where a partnership stands.",
    Role as "Role": "What a member does; a facilitator stands on no side and has no other role.",
    Frequency as "Frequency": "How often a cadence opens a cycle.",
    Reason as "FlagReason": "Why a flag stands.",
    Status as "Status": "What a cell rests on.",
    Rating as "Rating": "The rating of a score, best first; grey where there is no score or it is not shown.",
    RatingReason as "RatingReason": "Why a rating is what it is.",
    Precision as "Precision": "How exact a score is.",
    GapLabel as "GapLabel": "The word for a gap.",
    Agreement as "Agreement": "How much the people of one side agree.",
    DriftState as "DriftState": "What the drift test says.",
    Act as "Act": "What is done once every side has agreed.",
    ProposalState as "ProposalState": "Where a proposal stands.",
    ActionState as "ActionState": "Where an action stands.",
    ReviewState as "ReviewState": "Where a review stands; overtaken when a later cycle closed first.",
    SideAnswer as "SideAnswer": "What a side answered.",
    SurveyLetters as "SurveyLetters": "Which survey letters a respondent wants.",
);

macro_rules! ids {
    ($($name:ty as $word:literal),+ $(,)?) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($word)
            }
        }
    )+};
}

ids!(
    AcceptanceId as "AcceptanceId",
    ActionId as "ActionId",
    CadenceId as "CadenceId",
    CycleId as "CycleId",
    DiscussionId as "DiscussionId",
    FlagId as "FlagId",
    MemberId as "MemberId",
    OrganisationId as "OrganisationId",
    PartnershipId as "PartnershipId",
    PersonId as "PersonId",
    ProposalId as "ProposalId",
    SideId as "SideId",
    TokenId as "TokenId",
);
