//! Who asks: the session behind the cookie, and forms that belong to it.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::State;
use super::error::PageError;
use super::guard::{FILE_FORM_LIMIT, Fields, check_form};
use super::pages::view::{Chrome, NavLink, SignedIn};
use crate::clock::real_now;
use crate::domain::ids::{PersonId, SessionId};
use crate::store::access::Viewer;
use crate::store::people;
use crate::workflow::sign_in;

/// The name of the session cookie. `__Host-` needs https, so that plain loopback has a name of its own.
fn session_cookie_name(https: bool) -> &'static str {
    if https { "__Host-evenkeel" } else { "evenkeel" }
}

fn nonce_cookie_name(https: bool) -> &'static str {
    if https { "__Host-evenkeel-login" } else { "evenkeel-login" }
}

fn cookie(state: &State, name: &'static str, value: String, age: Duration) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.ctx.settings.is_https())
        .max_age(age)
        .finish()
}

/// The cookie that carries a session.
pub fn session_cookie(state: &State, token: String) -> Cookie<'static> {
    cookie(state, session_cookie_name(state.ctx.settings.is_https()), token, Duration::days(7))
}

/// The cookie that marks the browser which asked to sign in.
pub fn nonce_cookie(state: &State, nonce: String) -> Cookie<'static> {
    cookie(state, nonce_cookie_name(state.ctx.settings.is_https()), nonce, Duration::minutes(15))
}

/// The session cookie, emptied.
pub fn no_session_cookie(state: &State) -> Cookie<'static> {
    cookie(state, session_cookie_name(state.ctx.settings.is_https()), String::new(), Duration::ZERO)
}

/// The value of the nonce cookie, if this browser has one.
pub fn nonce_of(state: &State, request: &HttpRequest) -> Option<String> {
    request.cookie(nonce_cookie_name(state.ctx.settings.is_https())).map(|c| c.value().to_owned())
}

/// A person with a session.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The person and what they lead.
    pub viewer: Viewer,
    /// The session.
    pub session: SessionId,
    /// The token for this session's forms.
    pub csrf: String,
    /// What the form token is bound to.
    bound_to: String,
}

impl Visitor {
    /// The person's identifier as the audit log names it.
    pub fn actor(&self) -> String {
        self.viewer.person.id.to_string()
    }

    /// The frame of a page for this visitor; `here` is the address of the current part.
    pub fn chrome(&self, state: &State, title: &str, here: &str) -> Chrome {
        let mut nav = vec![NavLink::new("Portfolio", "/").current_if(here == "/")];
        if self.viewer.person.administrator {
            nav.push(NavLink::new("Set-up", "/setup/partnerships").current_if(here.starts_with("/setup")));
            nav.push(NavLink::new("Operations", "/admin").current_if(here == "/admin"));
        }
        if state.is_demo() {
            nav.push(NavLink::new("Mailbox", "/dev/mail").current_if(here == "/dev/mail"));
            nav.push(NavLink::new("Time machine", "/dev/clock").current_if(here == "/dev/clock"));
        }
        Chrome {
            title: title.to_owned(),
            nav,
            csrf: self.csrf.clone(),
            signed_in: Some(SignedIn { name: self.viewer.person.name.clone(), organisation: None }),
            ..bare_chrome(state, title)
        }
    }
}

/// The frame of a page for somebody who is not signed in.
pub fn bare_chrome(state: &State, title: &str) -> Chrome {
    Chrome {
        title: title.to_owned(),
        assets: super::assets::tag().to_owned(),
        operator: state.ctx.settings.instance.operator.clone(),
        ..Chrome::default()
    }
}

async fn visitor(request: &HttpRequest) -> Result<(web::Data<State>, Visitor), PageError> {
    let state = request.app_data::<web::Data<State>>().cloned().ok_or(PageError::Broken)?;
    let token = request
        .cookie(session_cookie_name(state.ctx.settings.is_https()))
        .map(|c| c.value().to_owned())
        .ok_or(PageError::SignIn)?;
    let session = sign_in::session(&state.ctx, &token, real_now()).await?.ok_or(PageError::SignIn)?;
    let person = session.person_id;
    let viewer = viewer(&state, person).await?.ok_or(PageError::SignIn)?;
    let bound_to = crate::secrets::digest(&token);
    let csrf = state.ctx.key.form_token(&bound_to);
    Ok((state, Visitor { viewer, session: session.id, csrf, bound_to }))
}

/// The person of a session and what they lead; two looks, because neither rests on the other.
async fn viewer(state: &State, id: PersonId) -> Result<Option<Viewer>, PageError> {
    let store = &state.ctx.store;
    let Some(person) = store.look(move |conn| people::find(conn, id)).await? else { return Ok(None) };
    let leads = store.look(move |conn| people::led_by(conn, id)).await?;
    Ok(Some(Viewer { person, leads }))
}

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, PageError>>>>;

impl FromRequest for Visitor {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(visitor(&request).await?.1) })
    }
}

/// A visitor who administers this instance; for anybody else the page does not exist.
#[derive(Clone, Debug)]
pub struct Administrator(pub Visitor);

impl FromRequest for Administrator {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (_, visitor) = visitor(&request).await?;
            if visitor.viewer.person.administrator { Ok(Self(visitor)) } else { Err(PageError::NotFound) }
        })
    }
}

/// A form that a signed-in person sent from one of our pages.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Who sent it.
    pub visitor: Visitor,
    /// What was filled in.
    pub fields: Fields,
}

impl Posted {
    /// The same, from an administrator only.
    pub fn by_administrator(self) -> Result<Self, PageError> {
        if self.visitor.viewer.person.administrator { Ok(self) } else { Err(PageError::NotFound) }
    }
}

impl FromRequest for Posted {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let (state, visitor) = visitor(&request).await?;
            let fields = Fields::read(&request, &mut payload).await?;
            check_form(&state, &request, fields.get("csrf"), &visitor.bound_to)?;
            Ok(Self { visitor, fields })
        })
    }
}

/// A form with the text of a file that an administrator sent; nobody else's body is read that far.
#[derive(Clone, Debug)]
pub struct PostedFile {
    /// Who sent it.
    pub visitor: Visitor,
    /// What was filled in.
    pub fields: Fields,
}

impl FromRequest for PostedFile {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let (state, visitor) = visitor(&request).await?;
            if !visitor.viewer.person.administrator {
                return Err(PageError::NotFound);
            }
            let fields = Fields::read_up_to(FILE_FORM_LIMIT, &request, &mut payload).await?;
            check_form(&state, &request, fields.get("csrf"), &visitor.bound_to)?;
            Ok(Self { visitor, fields })
        })
    }
}

/// A form from somebody without a session; its handler checks what the form is bound to.
#[derive(Clone, Debug)]
pub struct Unsigned(pub Fields);

impl FromRequest for Unsigned {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move { Fields::read(&request, &mut payload).await.map(Self) })
    }
}
