//! The bytes of a letter: its secret links are derived at the moment of sending and never stored.

use data_encoding::BASE64;

use crate::domain::cycle::InvitationState;
use crate::domain::ids::{ActionId, PersonId};
use crate::domain::preference::year_of_link;
use crate::mail::{LinkKind, Picture, Rendered, mime};
use crate::store::outbox::bodies;
use crate::store::outbox::letters::{Letter, Settlement};
use crate::store::{StoreError, invitations, logins, preferences, reviews};
use crate::workflow::Context;

/// Fills in the secret links and builds the bytes; `Err` says how a letter ends that cannot be built.
pub(super) async fn build(ctx: &Context, letter: &Letter) -> Result<Result<Vec<u8>, Settlement>, StoreError> {
    let id = letter.id;
    let body = ctx.store.look(move |conn| bodies::find(conn, id)).await?;
    // Otherwise it was removed or emptied with a partnership since it was claimed.
    let Some(body) = body.filter(|own| !own.body_text.is_empty()) else {
        return Ok(Err(Settlement::Cancelled));
    };
    let rendered = Rendered {
        subject: letter.subject.clone(),
        text: body.body_text,
        html: body.body_html,
        picture: match letter.picture.as_deref().map(|text| picture(letter, text)) {
            Some(Err(error)) => return Ok(Err(Settlement::Held { ambiguous: false, error })),
            Some(Ok(own)) => Some(own),
            None => None,
        },
    };
    let links = links(ctx, letter, &rendered).await?;
    let find = |kind: LinkKind, id: &str| {
        links.iter().find(|link| link.kind == kind && link.id == id).map(|link| link.url.clone())
    };
    // Moot: a round in it is over, or everything in it has been sent. What of it is still worth telling goes into a
    // new letter.
    let Ok(filled) = rendered.filled(find) else { return Ok(Err(Settlement::Cancelled)) };
    let ends = |link: &&SecretLink| matches!(link.kind, LinkKind::Letters | LinkKind::Digest);
    let mut asked = links.iter().filter(|link| !ends(link)).peekable();
    if asked.peek().is_some() && asked.all(|link| !link.waits) {
        return Ok(Err(Settlement::Cancelled));
    }
    let unsubscribe = links.iter().find(ends).map(|link| link.url.clone());
    let built = mime::build(&mime::Draft {
        from_name: &letter.from_name,
        from_address: &ctx.settings.mail.from,
        to_name: &letter.to_name,
        to_address: &letter.to_address,
        reply_to: letter.reply_to.as_deref().map(|address| ("", address)),
        rendered: &filled,
        date: letter.dated_at.and_utc(),
        message_id: &letter.message_id,
        boundary: &letter.boundary,
        unsubscribe: unsubscribe.as_deref(),
    });
    Ok(built.map_err(|error| Settlement::Held { ambiguous: false, error: error.to_string() }))
}

/// The picture as it was drawn when the letter was composed.
fn picture(letter: &Letter, stored: &str) -> Result<Picture, String> {
    let png =
        BASE64.decode(stored.as_bytes()).map_err(|error| format!("its picture cannot be read: {error}"))?;
    Ok(Picture { cid: mime::content_id(&letter.message_id), png })
}

/// A secret link of a letter.
struct SecretLink {
    kind: LinkKind,
    id: String,
    url: String,
    /// Whether whoever gets it has not yet done what it is for.
    waits: bool,
}

/// The addresses of the secret links in a letter, derived now and never stored. Of the letter's own address and date, so that
/// every try makes the same bytes, and what went to an old address opens nothing once it is corrected.
async fn links(ctx: &Context, letter: &Letter, rendered: &Rendered) -> Result<Vec<SecretLink>, StoreError> {
    let wanted = std::cell::RefCell::new(Vec::new());
    let collected = rendered.filled(|kind, id| {
        wanted.borrow_mut().push((kind, id.to_owned()));
        Some(String::new())
    });
    drop(collected);
    let wanted = wanted.into_inner();
    let ctx = ctx.clone();
    let store = ctx.store.clone();
    let (address, year) = (letter.to_address.clone(), year_of_link(letter.dated_at.and_utc()));
    store
        .read_few(move |conn| {
            let mut links = Vec::new();
            for (kind, id) in wanted {
                let (path, waits) = match kind {
                    LinkKind::Survey => {
                        let Ok(invitation) = id.parse() else { continue };
                        let Some((salt, state)) = invitations::salt(conn, invitation)? else { continue };
                        let waits =
                            state == InvitationState::Open && preferences::wants_letters(conn, invitation)?;
                        (format!("/s/{}", ctx.key.survey_token(&salt)), waits)
                    }
                    LinkKind::Login => {
                        let Ok(request) = id.parse() else { continue };
                        let Some(salt) = logins::salt(conn, request)? else { continue };
                        (format!("/login/{}", ctx.key.login_token(&salt)), true)
                    }
                    LinkKind::Letters => {
                        let Ok(person) = id.parse::<PersonId>() else { continue };
                        let token = ctx.key.mail_token(person.uuid().as_bytes(), &address, year);
                        (format!("/m/{token}"), false)
                    }
                    LinkKind::Digest => {
                        let Ok(person) = id.parse::<PersonId>() else { continue };
                        let token = ctx.key.mail_token(person.uuid().as_bytes(), &address, year);
                        (format!("/m/{token}?letter=digest"), false)
                    }
                    LinkKind::Action => {
                        let Ok(action) = id.parse::<ActionId>() else { continue };
                        // Of one that is somebody else's by now the link opens nothing; the rest of the letter stands.
                        let Some(own) = reviews::find_action(conn, action)? else { continue };
                        let owner = own.owner_id.map_or([0; 16], |id| *id.uuid().as_bytes());
                        let token = ctx.key.action_token(action.uuid().as_bytes(), &owner, &address);
                        (format!("/a/{token}"), true)
                    }
                    LinkKind::Trial => (format!("/s/{id}"), true),
                };
                links.push(SecretLink { kind, id, url: ctx.settings.link(&path), waits });
            }
            Ok(links)
        })
        .await
}
