//! A partnership under review: the first check has closed, and its flags wait for their answers.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use super::api::{Program, Reply};
use super::{Database, Pair, Side, TestApp};

/// When the first round opens and closes.
pub const FIRST: (&str, &str) = ("2026-12-01T08:00:00Z", "2026-12-10T16:00:00Z");
/// The second.
pub const SECOND: (&str, &str) = ("2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z");
/// One indicator red with a wide gap, one amber, the others green.
pub const ADA: [u8; 5] = [1, 3, 5, 5, 5];
pub const BEN: [u8; 5] = [5, 3, 5, 5, 5];
/// A partnership whose first check has closed with a flag to act on and one to discuss.
pub struct House {
    pub app: TestApp,
    pub pair: Pair,
    /// The cycle of 2026-Q4, closed.
    pub cycle: String,
    pub north: Program,
    pub bright: Program,
    /// The flag to act on and the one to discuss.
    pub act: String,
    pub discuss: String,
}

/// One round in which Ada answers, and Ben if he has `ben`.
pub async fn round(app: &TestApp, (opens, closes): (&str, &str), ben: Option<[u8; 5]>) {
    app.at(opens).await;
    for mail in app.mails().iter().filter(|mail| !mail.survey_tokens().is_empty()) {
        let answers = if mail.to.starts_with("ada") { Some(ADA) } else { ben };
        if let Some(answers) = answers {
            app.answer(&mail.survey_token(), answers).await;
        }
    }
    app.at(closes).await;
    app.mails();
}

/// Closes the first check in a fresh house.
pub async fn house(database: &Database) -> House {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    round(&app, FIRST, Some(BEN)).await;
    let cycle = format!("/cycles/{}", app.cycle(&pair).await.id);
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let bright = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
    let flags = north.get("/flags?state=open").json;
    let of = |severity: &str| {
        let found = flags["items"].as_array().unwrap().iter().find(|flag| flag["severity"] == severity);
        found.unwrap_or_else(|| panic!("{severity}: {flags}"))["id"].as_str().unwrap().to_owned()
    };
    let (act, discuss) = (of("act"), of("discuss"));
    assert_eq!(flags["items"].as_array().unwrap().len(), 2);
    House { app, pair, cycle, north, bright, act, discuss }
}

impl House {
    pub fn review(&self, program: &Program) -> Value {
        let shown = program.get(&format!("{}/review", self.cycle));
        assert_eq!(shown.status, 200, "{}", shown.text);
        shown.json
    }

    pub fn close(&self, program: &Program) -> Reply {
        program.send("POST", &format!("{}/review:close", self.cycle), &[], None)
    }

    pub fn note(&self, flags: &[&str], text: &str) -> Reply {
        let body = json!({"text": text, "also": flags[1..]});
        self.north.post(&format!("/flags/{}/discussions", flags[0]), &body)
    }

    pub fn action(&self, due_on: &str) -> Reply {
        let body = json!({"text": "Call the ops lead", "side": self.pair.sides[1], "due_on": due_on, "flags": [self.act]});
        self.north.post("/actions", &body)
    }

    /// Notes for both flags and an action for the one to act on.
    pub fn answer_all(&self, due_on: &str) -> String {
        assert_eq!(self.note(&[&self.act, &self.discuss], "We talked.").status, 201);
        let made = self.action(due_on);
        assert_eq!(made.status, 201, "{}", made.text);
        format!("/actions/{}", made.json["id"].as_str().unwrap())
    }

    /// What a flag needs by the review.
    pub fn needs(&self, flag: &str) -> Value {
        let flags = self.review(&self.north)["flags"].clone();
        let own = flags.as_array().unwrap().iter().find(|own| own["flag"]["id"] == flag);
        own.unwrap_or_else(|| panic!("{flag} in {flags}"))["needs"].clone()
    }

    /// Conflict debt and open flags without an answer, by the portfolio.
    pub fn debt(&self) -> (u64, u64) {
        let row = &self.north.get("/portfolio").json["items"][0];
        (row["conflict_debt"].as_u64().unwrap(), row["flags_unanswered"].as_u64().unwrap())
    }
}
