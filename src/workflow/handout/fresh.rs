//! A fresh link in the place of one that was handed out and lost, or with which the wrong one began.

use chrono::{DateTime, Utc};

use super::super::own_act::OwnAct;
use super::super::own_side::{invitation_of, open_cycle, tell};
use super::super::proposals::Speaker;
use super::super::{Context, Refusal, save_response};
use crate::domain::cycle::InvitationState;
use crate::domain::ids::{CycleId, MemberId};
use crate::domain::mode::Mode;
use crate::secrets;
use crate::store::{ballots, handed, invitations, meta};

const SENT: &str = "No fresh link is issued here: the answers behind the one that was handed out were sent, or the check is over. \
                    What was sent stays, and whoever sent it can still change it by their own link.";

/// Issues a fresh link for a respondent of the speaker's side, with an empty sheet behind it. What was saved and not sent behind
/// the former one is dropped, and that link says so. That it was asked for is logged and told to the other sides, whatever
/// came of it: else asking would be a way to learn who has sent.
///
/// # Errors
/// Not found for whoever is not of the speaker's side or gets letters; the state when answers were sent.
pub async fn fresh_link(
    ctx: &Context,
    speaker: Speaker,
    id: CycleId,
    member: MemberId,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let key = ctx.key.clone();
    let issued = ctx
        .store
        .decide(move |conn| {
            let cycle = open_cycle(conn, id, now)?;
            let invitation = invitation_of(conn, &speaker, id, member)?;
            if !invitation.is_handed() {
                return Err(Refusal::NotFound);
            }
            let mark = format!("fresh:{}:{}", invitation.id, now.timestamp());
            tell(conn, &cycle, &speaker, OwnAct::FreshLink, &mark, now)?;
            meta::audit(conn, &speaker.actor, "fresh link asked", &invitation.id.to_string(), now)?;
            // Answers that are being saved or sent are waited for; then it is read afresh.
            if cycle.mode == Mode::Anonymous {
                ballots::shut(conn, id)?;
            } else if !invitations::hold_link(conn, invitation.id)? {
                return Ok(false);
            }
            let standing = invitations::of_person(conn, id, invitation.person_id)?;
            let Some(invitation) = standing.filter(|own| own.state == InvitationState::Open) else {
                return Ok(false);
            };
            if cycle.mode == Mode::Anonymous
                && !save_response::take_back_ballot(conn, &key, &cycle, &invitation)?
            {
                return Ok(false);
            }
            let (handed_salt, handed_hash) = super::fresh_salt(&key);
            let salt = secrets::random_token();
            let hash = secrets::digest(key.survey_token(&salt));
            Ok(handed::renew(conn, invitation.id, (&handed_salt, &handed_hash), (&salt, &hash), now)?)
        })
        .await?;
    if issued { Ok(()) } else { Err(Refusal::State(SENT.to_owned())) }
}
