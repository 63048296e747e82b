//! The sign-in letter: at once, one per request.

use chrono::{DateTime, Utc};

use super::super::times::{in_zone, zone};
use super::super::{Context, sign_in};
use super::{Bundle, Composition, reader};
use crate::mail::{Line, Mail, Placeholder, SignIn};
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError};

#[expect(clippy::unnecessary_wraps, reason = "all composers have the same form")]
pub(super) fn compose(
    _conn: &mut Conn,
    _ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    // Only the newest request is worth a letter: whoever asked twice waits for the second.
    let Some((newest, older)) = due.split_last() else { return Ok(Composition::default()) };
    let mail = Mail::SignIn(SignIn {
        reader: reader(person),
        link: Placeholder::login(&newest.reference),
        code: None,
        valid_minutes: u32::try_from(sign_in::VALID_MINUTES).unwrap_or_default(),
        asked_at: Line::new(&in_zone(newest.due_at.and_utc(), zone(&person.zone), now)),
        browser: Line::new(""),
    });
    Ok(Composition {
        bundle: Some(Bundle {
            group_key: format!("login:{}", newest.reference),
            kind: "login",
            from_name: "Evenkeel".to_owned(),
            reply_to: None,
            mail,
            notices: vec![newest.id],
            not_after: newest.not_after.and_utc(),
        }),
        moot: older.iter().map(|n| n.id).collect(),
        postpone: None,
    })
}
