//! Turns due notices into letters.
//!
//! Notices of one person and group become one letter: surveys at most one a local day, results of one quarter hour, sign-in
//! links at once. A notice that has become moot (sent already, cycle over) is dropped. Letters are rendered here, once;
//! secret links stay placeholders until the moment of sending.

mod actions;
mod acts;
mod agreed;
mod digest;
mod handout;
mod login;
mod question;
mod respondent;
mod result;
mod review;
mod seats;
mod survey;
mod told;
mod trial;

pub(super) use survey::{had_survey_letter, tomorrow};

use chrono::{DateTime, Utc};
use data_encoding::BASE64;

use super::{Context, Look, Refusal};
use crate::domain::ids::{LetterId, NoticeId, PersonId};
use crate::failpoint;
use crate::mail::{House, Line, Mail, Reader, mime};
use crate::store::outbox::letters::{self, NewLetter};
use crate::store::outbox::notices;
use crate::store::people::Person;
use crate::store::{Conn, StoreError};

/// Notices that go into the letter about acts.
const ACTS: [&str; 9] = [
    "proposal",
    "outcome",
    "told",
    "bounced",
    "respondent",
    "handout",
    "handout_remind",
    "review",
    "review_sponsor",
];

/// How many people one look takes on.
const BATCH: i64 = 500;

/// A finished letter with the notices that go into it.
struct Bundle {
    group_key: String,
    kind: &'static str,
    from_name: String,
    reply_to: Option<String>,
    mail: Mail,
    notices: Vec<NoticeId>,
    not_after: DateTime<Utc>,
}

/// What composing for one person comes to.
#[derive(Default)]
struct Composition {
    bundle: Option<Bundle>,
    moot: Vec<NoticeId>,
    postpone: Option<(Vec<NoticeId>, DateTime<Utc>)>,
}

/// Composes the sign-in letters that are due: somebody sits and waits for each.
pub async fn compose_sign_in(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    compose_kind(ctx, &["login"], login::compose, now).await
}

/// Composes all other letters that are due. A person whose letter cannot be written is told and left; the others get theirs.
pub async fn compose_letters(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let results = compose_kind(ctx, &["result"], result::compose, now).await?;
    let acts = compose_kind(ctx, &ACTS, acts::compose, now).await?;
    let questions = compose_kind(ctx, &["question"], question::compose, now).await?;
    let actions = compose_kind(ctx, &["actions"], actions::compose, now).await?;
    let agreed = compose_kind(ctx, &["agreed"], agreed::compose, now).await?;
    let digests = compose_kind(ctx, &["digest"], digest::compose, now).await?;
    let surveys = compose_kind(ctx, &["invite", "remind"], survey::compose, now).await?;
    let trials = compose_kind(ctx, &["trial"], trial::compose, now).await?;
    let regular = actions.and(agreed).and(digests).and(surveys);
    Ok(results.and(acts).and(questions).and(regular).and(trials))
}

async fn compose_kind(
    ctx: &Context,
    kinds: &'static [&'static str],
    compose: Compose,
    now: DateTime<Utc>,
) -> Result<Look, Refusal> {
    let mut look = Look::default();
    loop {
        let page = look.page(BATCH);
        let people = ctx.store.read(move |conn| notices::people_due(conn, kinds, now, page)).await?;
        if people.is_empty() {
            return Ok(look);
        }
        for person in people {
            // One letter at a turn; sign-in links go one to a letter, so there may be more.
            loop {
                let composed = compose_for(ctx, person, kinds, compose, now).await;
                let again = kinds == ["login"] && matches!(composed, Ok(true));
                look.note("composing a letter", person, composed);
                if !again {
                    break;
                }
            }
        }
        if look.done > 0 {
            return Ok(look);
        }
    }
}

type Compose =
    fn(&mut Conn, &Context, &Person, &[notices::Notice], DateTime<Utc>) -> Result<Composition, StoreError>;

async fn compose_for(
    ctx: &Context,
    person_id: PersonId,
    kinds: &'static [&'static str],
    compose: Compose,
    now: DateTime<Utc>,
) -> Result<bool, Refusal> {
    let inner = ctx.clone();
    let composed = ctx
        .store
        .read(move |conn| -> Result<_, StoreError> {
            let due = notices::due_for(conn, person_id, kinds, now)?;
            let (late, due): (Vec<_>, Vec<_>) = due.into_iter().partition(|n| n.not_after.and_utc() <= now);
            let person = crate::store::people::find(conn, person_id)?
                .ok_or_else(|| StoreError::unreadable("a notice", "its person is gone"))?;
            // Whoever has no address gets no letter, whatever it would say.
            let mut composition = if due.is_empty() || person.address().is_none() {
                Composition { moot: due.iter().map(|n| n.id).collect(), ..Composition::default() }
            } else {
                compose(conn, &inner, &person, &due, now)?
            };
            composition.moot.extend(late.into_iter().map(|n| n.id));
            Ok((person, composition))
        })
        .await?;
    let (person, composition) = composed;
    let letter = composition.bundle.map(|bundle| render(ctx, &person, bundle));
    let (moot, postpone) = (composition.moot, composition.postpone);
    let composed = ctx.store.write_tx(move |conn| write(conn, &moot, postpone, letter, now)).await?;
    if composed {
        failpoint::pass("compose-after-commit");
    }
    Ok(composed)
}

fn render(ctx: &Context, person: &Person, bundle: Bundle) -> (NewLetter, Vec<NoticeId>) {
    let id = LetterId::mint_random();
    let message_id = mime::message_id(&id.to_string(), &ctx.settings.mail.from);
    let mut mail = bundle.mail;
    mail.name_picture(mime::content_id(&message_id));
    let rendered = mail.render(&house(ctx));
    let letter = NewLetter {
        id,
        group_key: bundle.group_key,
        kind: bundle.kind,
        person_id: Some(person.id),
        to: (person.name.clone(), person.email.clone()),
        from_name: bundle.from_name,
        reply_to: bundle.reply_to,
        content: (rendered.subject, rendered.text, rendered.html),
        picture: rendered.picture.map(|own| BASE64.encode(&own.png)),
        message: (message_id, mime::boundary(&id.to_string())),
        not_after: bundle.not_after,
    };
    (letter, bundle.notices)
}

fn write(
    conn: &mut Conn,
    moot: &[NoticeId],
    postpone: Option<(Vec<NoticeId>, DateTime<Utc>)>,
    letter: Option<(NewLetter, Vec<NoticeId>)>,
    now: DateTime<Utc>,
) -> Result<bool, Refusal> {
    notices::drop_moot(conn, moot)?;
    if let Some((ids, until)) = postpone {
        notices::postpone(conn, &ids, until)?;
    }
    let Some((letter, ids)) = letter else { return Ok(false) };
    if !letters::insert(conn, &letter, now)? {
        return Ok(false);
    }
    if notices::put_into(conn, &ids, letter.id)? != ids.len() {
        // Another composer took one of them: nothing of this letter stands, the next look composes anew.
        return Err(StoreError::Busy("these notices were being composed elsewhere".to_owned()).into());
    }
    failpoint::pass("compose-before-commit");
    Ok(true)
}

/// What every mail says about this server.
pub(crate) fn house(ctx: &Context) -> House {
    House {
        operator: Line::new(&ctx.settings.instance.operator),
        site: Line::new(&ctx.settings.http.public_url),
    }
}

/// How a mail speaks to its reader.
fn reader(person: &Person) -> Reader {
    let zone = super::times::zone(&person.zone);
    Reader { name: Line::new(&person.name), zone_name: Line::new(&super::times::zone_name(zone)) }
}
