//! What a respondent wishes about letters, as their side's managers are told.

use super::super::Context;
use crate::domain::preference::SurveyLetters;
use crate::mail::{ActKind, ActNote, Line};
use crate::store::outbox::notices::Notice;
use crate::store::{Conn, StoreError, partnerships, preferences};

/// The note; moot when the respondent thought otherwise meanwhile, or is a member no more.
pub(super) fn note(conn: &mut Conn, ctx: &Context, notice: &Notice) -> Result<Option<ActNote>, StoreError> {
    let Ok(id) = notice.reference.parse() else { return Ok(None) };
    let Some((member, person)) = preferences::member(conn, id)? else { return Ok(None) };
    let Some(found) = partnerships::find(conn, member.partnership_id)? else { return Ok(None) };
    let name = member.known_as.as_deref().unwrap_or(&person.name);
    let (sentence, cure) = if member.declined_at.is_some() {
        let sentence = format!("{name} says that somebody else of your side should be asked.");
        (sentence, "Put the right person in their place; until then they are invited and get no letters.")
    } else if member.letters == SurveyLetters::Nothing {
        let sentence = format!("{name} of your side wants no survey letters any more.");
        (sentence, "They are still invited: tell them when a check runs, or ask somebody else instead.")
    } else {
        return Ok(None);
    };
    Ok(Some(ActNote {
        kind: ActKind::Respondent,
        partnership: Line::new(&found.name),
        sentence: Line::new(&sentence),
        who: Line::new(cure),
        reason: Line::new(""),
        until: Line::new(""),
        link: Line::new(&ctx.settings.link(&format!("/partnerships/{}", found.id))),
        sheet: Vec::new(),
    }))
}
