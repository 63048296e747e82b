//! The sides are equal: what each may do alone, what they do together, and what stays when one of them leaves.

mod acceptance;
mod endings;
mod keys;
mod mirror;
mod seats;
mod succession;
mod terms;
mod tokens;

use chrono::TimeDelta;
use evenkeel::clock::real_now;
use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::workflow::sign_in;

use crate::support::api::{Program, Reply};
use crate::support::http::Client;
use crate::support::{Database, Pair, Side, TestApp};

/// Two sides, Northmoor and Brightwater, with a program for each.
struct House {
    app: TestApp,
    pair: Pair,
    north: Program,
    bright: Program,
}

/// Two sides with two respondents each, Mara and Noor their managers, by the quarterly cadence.
async fn house(database: &Database, mode: Mode) -> House {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let sides = [Side("Northmoor", "Mara", &["Ada", "Ali"]), Side("Brightwater", "Noor", &["Ben", "Bea"])];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, mode).await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let bright = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
    House { app, pair, north, bright }
}

impl House {
    /// The check of 2026-Q4: Northmoor says 4, Brightwater 3, and it is closed.
    async fn one_check(&self) {
        self.app.at("2026-12-01T08:00:00Z").await;
        for mail in self.app.mails() {
            let answer = if mail.to.starts_with('a') { 4 } else { 3 };
            self.app.answer(&mail.survey_token(), [answer; 5]).await;
            self.app.send(&mail.survey_token()).await;
        }
        self.app.at("2026-12-10T16:00:00Z").await;
        assert_eq!(self.app.recipients(), ["mara", "noor"], "the result");
    }

    /// The partnership in the REST interface.
    fn address(&self) -> String {
        format!("/partnerships/{}", self.pair.id)
    }
}

/// A browser in which somebody has signed in.
async fn signed_in(app: &mut TestApp, name: &str) -> Client {
    let person = app.person(name).await;
    let token = sign_in::one_time_token(&app.ctx, person, TimeDelta::minutes(5), real_now()).await.unwrap();
    let client = app.browser().await;
    let opened = sign_in::finish(&app.ctx, &token, None, "Firefox/1 Linux", real_now()).await.unwrap();
    client.keep("evenkeel", &opened.token);
    client
}

fn act(program: &Program, address: &str, verb: &str) -> Reply {
    program.send("POST", &format!("{address}:{verb}"), &[], None)
}
