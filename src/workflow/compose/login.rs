//! The sign-in letter: at once, one per request and never two in one letter.

use chrono::{DateTime, Utc};

use super::super::times::{in_zone, zone};
use super::super::{Context, sign_in};
use super::{Bundle, Composition, reader};
use crate::mail::{Line, Mail, Placeholder, SignIn};
use crate::store::logins;
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError};

pub(super) fn compose(
    conn: &mut Conn,
    _ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let mut requests = Vec::with_capacity(due.len());
    for notice in due {
        let id = notice.reference.parse().map_err(|e| StoreError::unreadable("a notice", e))?;
        requests.push((logins::browser(conn, id)?, notice));
    }
    // Of one browser only the newest request is worth a letter: whoever asked twice waits for the second. Another browser's
    // request displaces nobody's; it gets a letter of its own at the next turn.
    let Some((browser, _)) = requests.first().cloned() else { return Ok(Composition::default()) };
    let mut own: Vec<&Notice> = requests.iter().filter(|(b, _)| *b == browser).map(|(_, n)| *n).collect();
    let Some(newest) = own.pop() else { return Ok(Composition::default()) };
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
        moot: own.iter().map(|n| n.id).collect(),
        postpone: None,
    })
}
