//! The survey letter that somebody who sets up sends to themselves: the same letter, marked as a test.

use chrono::{DateTime, Utc};

use super::super::times::{in_zone, zone};
use super::super::{Context, trial};
use super::{Bundle, Composition, reader};
use crate::mail::{Line, Mail, Placeholder, Survey, SurveyRound};
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError};

pub(super) fn compose(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let Some((newest, older)) = due.split_last() else { return Ok(Composition::default()) };
    let cadence = newest.reference.parse().map_err(|e| StoreError::unreadable("a notice", e))?;
    let Some(form) = trial::form(conn, cadence, person.clone(), now)? else {
        return Ok(Composition { moot: due.iter().map(|own| own.id).collect(), ..Composition::default() });
    };
    let until = newest.not_after.and_utc();
    let sentence = form.asked.partnership.who_sees_what(
        form.cycle.mode,
        &ctx.settings.instance.operator,
        form.cycle.floor(),
    );
    let round = SurveyRound {
        partnership: Line::new(&form.asked.partnership.name),
        period: Line::new(&form.cycle.period),
        title: Line::new(&form.asked.instrument.title),
        closes: Line::new(&in_zone(form.cycle.closes_at.and_utc(), zone(&person.zone), now)),
        questions: u32::try_from(form.asked.instrument.indicators.len()).unwrap_or(u32::MAX),
        minutes: form.asked.instrument.minutes,
        mode_sentence: Line::new(&sentence),
        saved: None,
        reminder: false,
        last_day: false,
        trial: true,
        link: Placeholder::trial(&trial::token(&ctx.key, cadence, person.id, until)),
        announcement: Line::new(&format!(
            "This is a test that you asked for, of the letter that each respondent will get. Its link opens a form that saves \
             nothing, and works until {}.",
            in_zone(until, zone(&person.zone), now)
        )),
    };
    Ok(Composition {
        bundle: Some(Bundle {
            group_key: format!("trial:{}", newest.id),
            kind: "trial",
            from_name: form.asked.partnership.name.clone(),
            reply_to: None,
            mail: Mail::Survey(Survey {
                reader: reader(person),
                rounds: vec![round],
                // Whoever tries the letter must not end their own by a press in it.
                letters: None,
            }),
            notices: vec![newest.id],
            not_after: until,
        }),
        moot: older.iter().map(|own| own.id).collect(),
        postpone: None,
    })
}
