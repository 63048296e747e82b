//! The letter that carries a question of a side that is asked to decide: one for each, so that the answer goes back to it.

use chrono::{DateTime, Utc};

use super::super::Context;
use super::super::acceptance::Question;
use super::super::proposals::{sentence, who};
use super::{Bundle, Composition, reader};
use crate::mail::{ActKind, ActLetter, ActNote, Line, Mail};
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError, partnerships, proposals, reach};

pub(super) fn compose(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    due: &[Notice],
    _now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let Some(notice) = due.first() else { return Ok(Composition::default()) };
    let asked: Question =
        serde_json::from_str(&notice.reference).map_err(|e| StoreError::unreadable("a notice", e))?;
    let gone = Composition { moot: vec![notice.id], ..Composition::default() };
    let Some(proposal) = proposals::find(conn, asked.proposal)? else { return Ok(gone) };
    let Some(found) = partnerships::find(conn, proposal.partnership_id)? else { return Ok(gone) };
    let side = reach::side_name(conn, asked.side)?;
    let who_asks = who(conn, &asked.actor, side.as_deref())?;
    let note = ActNote {
        kind: ActKind::Question,
        partnership: Line::new(&found.name),
        sentence: Line::new(&format!("{who_asks} asks: “{}”", asked.text)),
        who: Line::new(&format!(
            "It is about: {} Answer this mail to answer {who_asks}.",
            sentence(conn, &proposal)?
        )),
        reason: Line::new(""),
        until: Line::new(""),
        link: Line::new(&ctx.settings.link(&format!("/partnerships/{}", found.id))),
        sheet: Vec::new(),
    };
    let bundle = Bundle {
        group_key: format!("question:{}", notice.id),
        kind: "act",
        from_name: found.name,
        reply_to: Some(asked.reply_to),
        mail: Mail::Act(ActLetter { reader: reader(person), notes: vec![note] }),
        notices: vec![notice.id],
        not_after: notice.not_after.and_utc(),
    };
    Ok(Composition { bundle: Some(bundle), ..Composition::default() })
}
