//! How many letters a manager of ten partnerships gets in a quarter in which everything is answered: fewer than thirty,
//! those of a respondent included.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc, Weekday};
use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::cadence::{CadenceRule, CloseRule, OpenDay};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::api::Program;
use crate::support::reviewed::{ADA, BEN};
use crate::support::{Database, Pair, Side, TestApp, utc};

on_both!(
    a_manager_of_ten_partnerships_that_close_together_gets_few_letters,
    a_manager_of_ten_partnerships_that_close_on_ten_days_gets_few_letters,
);

/// Fewer than this.
const FEW: usize = 30;
/// The days of two weeks on which the checks open, as the cadence says them.
const DAYS: [(u8, Weekday); 10] = [
    (1, Weekday::Tue),
    (1, Weekday::Wed),
    (1, Weekday::Thu),
    (1, Weekday::Fri),
    (1, Weekday::Mon),
    (2, Weekday::Tue),
    (2, Weekday::Wed),
    (2, Weekday::Thu),
    (2, Weekday::Fri),
    (2, Weekday::Mon),
];

/// One of the ten, with a program for each side.
struct Own {
    pair: Pair,
    north: Program,
    other: Program,
    /// Actions that are not done yet, by their addresses.
    open: Vec<String>,
}

async fn ten(app: &mut TestApp, rule: impl Fn(usize) -> CadenceRule) -> Vec<Own> {
    let mut all = Vec::new();
    for place in 0..10 {
        let (name, noor, ben) = (format!("Partner {place}"), format!("Noor{place}"), format!("Ben{place}"));
        let sides = [Side("Northmoor", "Mara", &["Mara", "Ada"]), Side(&name, &noor, &[&ben])];
        let pair = app.partnership(sides).await;
        app.cadence(&pair, Mode::Representative, rule(place)).await;
        let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
        let other = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
        all.push(Own { pair, north, other, open: Vec::new() });
    }
    all
}

/// What is done by hand, and when.
enum Deed {
    /// The review of this partnership: everything answered, agreed by both sides.
    Review(usize),
    /// All its actions are done.
    Done(usize),
}

async fn a_quarter(database: &Database, rule: impl Fn(usize) -> CadenceRule) -> BTreeMap<String, usize> {
    let mut app = TestApp::on(database, "2026-11-20T10:00:00Z").await;
    let mut all = ten(&mut app, rule).await;
    let mara = app.person("Mara").await;
    let mut deeds: BTreeMap<(DateTime<Utc>, usize), Deed> = BTreeMap::new();
    let mut closed = [false; 10];
    let end = utc("2027-02-20T10:00:00Z");
    loop {
        let next = app.worker.next_event(app.now()).await.unwrap();
        let planned = deeds.keys().next().map(|(at, _)| *at);
        let Some(now) = [next, planned].into_iter().flatten().min().filter(|at| *at < end) else { break };
        app.at(&now.to_rfc3339()).await;
        for mail in app.mails() {
            for token in mail.survey_tokens() {
                app.answer(&token, if mail.to.starts_with("ben") { BEN } else { ADA }).await;
                app.send(&token).await;
            }
        }
        for (place, own) in all.iter().enumerate().filter(|(place, _)| !closed[*place]).collect::<Vec<_>>() {
            if !app.flags(&own.pair).await.is_empty() {
                closed[place] = true;
                deeds.insert((now + TimeDelta::days(5), place), Deed::Review(place));
            }
        }
        while let Some(entry) = deeds.first_entry().filter(|entry| entry.key().0 <= now) {
            match entry.remove() {
                Deed::Review(place) => {
                    review(&mut all[place], now, &mara.to_string());
                    deeds.insert((now + TimeDelta::days(28), place + 10), Deed::Done(place));
                }
                Deed::Done(place) => {
                    for action in all[place].open.drain(..).collect::<Vec<_>>() {
                        let done = all[place].north.json("PATCH", &action, &json!({"state": "done"}));
                        assert_eq!(done.status, 200, "{}", done.text);
                    }
                }
            }
        }
    }
    assert_eq!(closed, [true; 10]);
    let kinds = format!("SELECT kind AS line FROM letter WHERE person_id = '{mara}' AND state = 'sent'");
    let mut counted = BTreeMap::new();
    for kind in database.texts(&kinds) {
        *counted.entry(kind).or_insert(0) += 1;
    }
    counted
}

/// Notes for all flags, an action of Northmoor that Mara does for those to act on, and both sides confirm.
fn review(own: &mut Own, now: DateTime<Utc>, mara: &str) {
    let flags = own.north.get("/flags?state=open").json["items"].clone();
    let flags: Vec<&Value> = flags.as_array().unwrap().iter().collect();
    let of = |severity: &str| -> Vec<&str> {
        let some = flags.iter().filter(|flag| flag["severity"] == severity);
        some.map(|flag| flag["id"].as_str().unwrap()).collect()
    };
    let (act, discuss) = (of("act"), of("discuss"));
    let ids: Vec<&str> = act.iter().chain(&discuss).copied().collect();
    assert!((1..=3).contains(&ids.len()), "{ids:?}");
    let body = json!({"text": "We talked.", "also": ids[1..]});
    assert_eq!(own.north.post(&format!("/flags/{}/discussions", ids[0]), &body).status, 201);
    if !act.is_empty() {
        let due_on = (now + TimeDelta::days(30)).date_naive().to_string();
        let body =
            json!({"text": "Call", "side": own.pair.sides[0], "due_on": due_on, "flags": act, "owner": mara});
        let made = own.north.post("/actions", &body);
        assert_eq!(made.status, 201, "{}", made.text);
        own.open.push(format!("/actions/{}", made.json["id"].as_str().unwrap()));
    }
    let cycle = flags[0]["raised_cycle_id"].as_str().unwrap();
    for program in [&own.north, &own.other] {
        let closed = program.send("POST", &format!("/cycles/{cycle}/review:close"), &[], None);
        assert_eq!(closed.status, 200, "{}", closed.text);
    }
}

fn expect_few(counted: &BTreeMap<String, usize>) {
    let all: usize = counted.values().sum();
    assert!(all < FEW, "{all} letters, by kind: {counted:?}");
    // What nobody would want to miss is among them.
    for kind in ["survey", "result", "actions"] {
        assert!(counted.contains_key(kind), "{kind} in {counted:?}");
    }
}

async fn a_manager_of_ten_partnerships_that_close_together_gets_few_letters(database: &Database) {
    let counted = a_quarter(database, |_| CadenceRule::default()).await;
    expect_few(&counted);
    assert_eq!((counted["survey"], counted["result"]), (1, 1), "{counted:?}");
}

async fn a_manager_of_ten_partnerships_that_close_on_ten_days_gets_few_letters(database: &Database) {
    let counted = a_quarter(database, |place| {
        let (nth, weekday) = DAYS[place];
        CadenceRule {
            opens: OpenDay::NthWeekday { nth, weekday },
            closes: CloseRule::DaysAfter { days: 9 },
            ..CadenceRule::default()
        }
    })
    .await;
    expect_few(&counted);
    assert_eq!(counted["result"], 10, "each in the minute of its close: {counted:?}");
}
