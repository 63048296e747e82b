//! Tokens as rows, and the fields for a new one: for the set-up page of administrators and the page of a side's managers.

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use crate::clock::real_now;
use crate::domain::access_token::{Binding, DEFAULT_DAYS, Scope};
use crate::store::tokens::ApiToken;
use crate::web::pages::view::forms::{Choice, Control};
use crate::web::pages::view::tokens::TokenRow;
use crate::workflow::in_zone;

/// One token; `revoke` is where to post to revoke it, kept only while it is good for something. Tokens live on the real clock.
pub fn row(token: &ApiToken, zone: Tz, made_by: String, revoke: Option<String>) -> TokenRow {
    let now = real_now();
    let time = |at: NaiveDateTime| in_zone(at.and_utc(), zone, now);
    let reaches = match token.binding() {
        Some(Binding::Instance) => "the whole instance".to_owned(),
        Some(binding) => {
            let (word, id) = binding.stored();
            format!("{word} {}", id.unwrap_or_default())
        }
        None => "nothing".to_owned(),
    };
    let state = match token.revoked_at {
        Some(at) => format!("revoked {}", time(at)),
        None if token.is_good(now) => format!("until {}", time(token.expires_at)),
        None => format!("ended {}", time(token.expires_at)),
    };
    let scopes: Vec<&str> = token.scopes().into_iter().map(Scope::as_str).collect();
    TokenRow {
        name: token.name.clone(),
        scopes: scopes.join(", "),
        reaches,
        made_by,
        state,
        last_used: token.last_used_at.map_or_else(|| "never".to_owned(), time),
        revoke: revoke.filter(|_| token.is_good(now)),
    }
}

/// What a new token is for and how long it lives.
pub fn about() -> Vec<Control> {
    vec![
        Control::line("text", "name", "What it is for"),
        Control::line("number", "days", "Days it lives").value(DEFAULT_DAYS.to_string()),
    ]
}

/// What a new token may do; nothing is ticked before somebody ticks it. What reads answers or comments is for `managers` only.
pub fn scopes(managers: bool) -> Vec<Control> {
    let given = Scope::ALL.iter().filter(|scope| managers || !scope.is_of_voices());
    let scopes = given.map(|scope| Choice::new(scope.as_str(), scope.as_str(), false)).collect();
    let checks = Control::checks("scopes", "What it may do", scopes);
    if managers {
        return vec![checks];
    }
    vec![checks.hint(
        "A token that reads answers or comments is made by a manager of the side it is for, on the page of the partnership’s \
         tokens.",
    )]
}
