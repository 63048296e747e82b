//! The weekly letter about actions: what the reader is to do, and what nobody of the reader's side does yet.

use chrono::{DateTime, NaiveDate, Utc};

use super::super::Context;
use super::super::review::weekly_of;
use super::super::times::zone;
use super::{Bundle, Composition, reader};
use crate::mail::{ActionItem, ActionsLetter, Line, Mail, Placeholder};
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError, partnerships};

pub(super) fn compose(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let ids: Vec<_> = due.iter().map(|n| n.id).collect();
    let actions = weekly_of(conn, person.id, now)?;
    let (Some(not_after), false) = (due.iter().map(|n| n.not_after.and_utc()).max(), actions.is_empty())
    else {
        return Ok(Composition { moot: ids, ..Composition::default() });
    };
    let today = now.with_timezone(&zone(&person.zone)).date_naive();
    let mut items = Vec::new();
    for own in actions {
        let Some(found) = partnerships::find(conn, own.partnership_id)? else { continue };
        let sides = partnerships::sides(conn, found.id)?;
        let side = sides.iter().find(|side| side.id == own.side_id).map_or("", |side| &side.name);
        items.push(ActionItem {
            partnership: Line::new(&found.name),
            side: Line::new(side),
            text: Line::new(&own.text),
            overdue: own.due_on < today,
            due: Line::new(&day(own.due_on)),
            link: own.owner_id.map(|_| Placeholder::action(&own.id.to_string())),
            review: Line::new(&ctx.settings.link(&format!("/cycles/{}/review", own.cycle_id))),
        });
    }
    let names: std::collections::BTreeSet<&str> = items.iter().map(|own| own.partnership.as_str()).collect();
    let from_name = match names.first() {
        Some(only) if names.len() == 1 => (*only).to_owned(),
        _ => ctx.settings.instance.operator.clone(),
    };
    let bundle = Bundle {
        group_key: format!("actions:{}:{}", person.id, now.timestamp()),
        kind: "actions",
        from_name,
        reply_to: None,
        mail: Mail::Actions(ActionsLetter { reader: reader(person), items }),
        notices: ids,
        not_after,
    };
    Ok(Composition { bundle: Some(bundle), ..Composition::default() })
}

fn day(on: NaiveDate) -> String {
    on.format("%a %-d %b %Y").to_string()
}
