//! The bytes of a letter: its secret links are derived at the moment of sending and never stored.

use data_encoding::BASE64;

use crate::domain::cycle::InvitationState;
use crate::domain::ids::{ActionId, PersonId};
use crate::domain::preference::year_of_link;
use crate::mail::{LinkKind, Picture, Rendered, mime};
use crate::store::outbox::bodies::{self, Body};
use crate::store::outbox::letters::{Letter, Settlement};
use crate::store::{Conn, StoreError, invitations, logins, reviews};
use crate::workflow::Context;

/// Fills in the secret links and builds the bytes; `Err` says how a letter ends that cannot be built.
pub(super) async fn build(ctx: &Context, letter: &Letter) -> Result<Result<Vec<u8>, Settlement>, StoreError> {
    let picture = match letter.picture.as_deref().map(|text| picture(letter, text)).transpose() {
        Err(error) => return Ok(Err(Settlement::Held { ambiguous: false, error })),
        Ok(picture) => picture,
    };
    let (id, subject, of) = (letter.id, letter.subject.clone(), Of::new(ctx, letter));
    let read = move |conn: &mut Conn| -> Result<_, StoreError> {
        // Otherwise it was removed or emptied with a partnership since it was claimed.
        let body = bodies::find(conn, id)?.filter(|own| !own.body_text.is_empty());
        let Some(Body { body_text: text, body_html: html }) = body else { return Ok(None) };
        let rendered = Rendered { subject, text, html, picture };
        let links = of.links(conn, &rendered)?;
        Ok(Some((rendered, links)))
    };
    let Some((rendered, links)) = ctx.store.read_few(read).await? else {
        return Ok(Err(Settlement::Cancelled));
    };
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

/// What the secret links of a letter are made of, besides what the database holds.
struct Of {
    ctx: Context,
    address: String,
    year: i32,
}

impl Of {
    /// Of the letter's own address and date, so that every try makes the same bytes, and what went to an old address opens nothing
    /// once it is corrected.
    fn new(ctx: &Context, letter: &Letter) -> Self {
        let year = year_of_link(letter.dated_at.and_utc());
        Self { ctx: ctx.clone(), address: letter.to_address.clone(), year }
    }

    /// The addresses of the secret links in a letter, derived now and never stored.
    fn links(&self, conn: &mut Conn, rendered: &Rendered) -> Result<Vec<SecretLink>, StoreError> {
        let wanted = std::cell::RefCell::new(Vec::new());
        let collected = rendered.filled(|kind, id| {
            wanted.borrow_mut().push((kind, id.to_owned()));
            Some(String::new())
        });
        drop(collected);
        let mut links = Vec::new();
        for (kind, id) in wanted.into_inner() {
            if let Some((path, waits)) = self.path(conn, kind, &id)? {
                links.push(SecretLink { kind, id, url: self.ctx.settings.link(&path), waits });
            }
        }
        Ok(links)
    }

    /// Where a link leads, and whether it waits; `None` where it leads nowhere any more.
    fn path(&self, conn: &mut Conn, kind: LinkKind, id: &str) -> Result<Option<(String, bool)>, StoreError> {
        let key = &self.ctx.key;
        let mail_token =
            |person: PersonId| key.mail_token(person.uuid().as_bytes(), &self.address, self.year);
        Ok(match kind {
            LinkKind::Survey => {
                let Ok(invitation) = id.parse() else { return Ok(None) };
                let Some((salt, state, letters)) = invitations::link_of(conn, invitation)? else {
                    return Ok(None);
                };
                let waits = state == InvitationState::Open && letters.takes_invitations();
                Some((format!("/s/{}", key.survey_token(&salt)), waits))
            }
            LinkKind::Login => {
                let Ok(request) = id.parse() else { return Ok(None) };
                logins::salt(conn, request)?.map(|salt| (format!("/login/{}", key.login_token(&salt)), true))
            }
            LinkKind::Letters => id.parse().ok().map(|own| (format!("/m/{}", mail_token(own)), false)),
            LinkKind::Digest => {
                id.parse().ok().map(|own| (format!("/m/{}?letter=digest", mail_token(own)), false))
            }
            LinkKind::Action => {
                let Ok(action) = id.parse::<ActionId>() else { return Ok(None) };
                // Of one that is somebody else's by now the link opens nothing; the rest of the letter stands.
                let Some(own) = reviews::find_action(conn, action)? else { return Ok(None) };
                let owner = own.owner_id.map_or([0; 16], |id| *id.uuid().as_bytes());
                let token = key.action_token(action.uuid().as_bytes(), &owner, &self.address);
                Some((format!("/a/{token}"), true))
            }
            LinkKind::Trial => Some((format!("/s/{id}"), true)),
        })
    }
}
