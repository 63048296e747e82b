//! Who sees what: one side makes it stricter alone, and the other is told; looser it becomes only together.

use evenkeel::domain::mode::Mode;
use evenkeel::store::cadences;
use evenkeel::workflow::retention;
use evenkeel::workflow::save_response::{Change, save_response};
use serde_json::{Value, json};

use super::{House, house, signed_in};
use crate::support::api::{Program, Reply};
use crate::support::{Database, Mail, TestApp, utc};

on_both!(
    no_comments_is_asked_for_alone_and_comments_only_together,
    a_shorter_time_is_asked_for_alone_and_holds_from_the_next_check_on,
    a_manager_makes_it_stricter_on_the_page_and_proposes_what_is_looser,
);

/// Sends the cadences back as they are, but for one field.
fn with(program: &Program, address: &str, field: &str, value: Value) -> Reply {
    let address = format!("{address}/cadences");
    let mut list = program.get(&address).json;
    let own = list["cadences"][0].as_object_mut().unwrap();
    own.remove("id");
    own.insert(field.to_owned(), value);
    program.json("PUT", &address, &list)
}

async fn no_comments_is_asked_for_alone_and_comments_only_together(database: &Database) {
    let house = house(database, Mode::Representative).await;
    house.one_check().await;
    let House { app, north, bright, .. } = &house;
    let address = house.address();
    let shown = north.get(&format!("{address}/cadences")).json;
    assert_eq!(shown["cadences"][0]["comments"], true);

    let alone = with(north, &address, "comments", json!(false));
    assert_eq!(
        (alone.status, &alone.json["cadences"][0]["comments"]),
        (200, &json!(false)),
        "{}",
        alone.text
    );
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].to, "noor@example.org");
    let sentence =
        "From the next check on it is stricter who sees what: representative mode, without comments.";
    assert!(told[0].flat().contains(sentence), "{}", told[0].text);

    // Left out, it stays as it is: a program that does not know the field loosens nothing.
    let mut list = bright.get(&format!("{address}/cadences")).json;
    list["cadences"][0].as_object_mut().unwrap().remove("comments");
    list["cadences"][0].as_object_mut().unwrap().remove("id");
    let same = bright.json("PUT", &format!("{address}/cadences"), &list);
    assert_eq!((same.status, &same.json["cadences"][0]["comments"]), (200, &json!(false)), "{}", same.text);

    let looser = with(north, &address, "comments", json!(true));
    assert_eq!(looser.status, 202, "{}", looser.text);
    let proposal = looser.header("location").unwrap();
    let approved = bright.send("POST", &format!("{proposal}:approve"), &[], None);
    assert_eq!(approved.json["state"], "approved", "{}", approved.text);
    assert_eq!(bright.get(&format!("{address}/cadences")).json["cadences"][0]["comments"], true);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"], "the outcome");
    let cycle = app.cycles(&house.pair).await.remove(0);
    assert!(cycle.comments, "an open or closed check keeps what it opened with");
}

async fn a_shorter_time_is_asked_for_alone_and_holds_from_the_next_check_on(database: &Database) {
    let house = house(database, Mode::Named).await;
    let House { app, north, bright, .. } = &house;
    let address = house.address();
    commented_check(app, ["2026-12-01T08:00:00Z", "2026-12-10T16:00:00Z"]).await;
    for wrong in [json!(0), json!(121), json!("three")] {
        let refused = with(north, &address, "keep_months", wrong.clone());
        assert_eq!(refused.status, 422, "{wrong} {}", refused.text);
    }
    let alone = with(north, &address, "keep_months", json!(3));
    assert_eq!((alone.status, &alone.json["cadences"][0]["keep_months"]), (200, &json!(3)), "{}", alone.text);
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["noor@example.org"]);
    assert!(told[0].flat().contains("What is written is kept for at most 3 months."), "{}", told[0].text);
    let sheet = bright.get(&format!("{address}/trust")).text;
    assert!(sheet.contains("for at most 3 months"), "{sheet}");
    let longer = with(bright, &address, "keep_months", json!(4));
    assert_eq!(longer.status, 202, "{}", longer.text);
    assert_eq!(with(bright, &address, "keep_months", Value::Null).status, 200, "as it is");

    commented_check(app, ["2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z"]).await;
    let left = |now: &str| {
        let (ctx, now) = (app.ctx.clone(), utc(now));
        async move {
            retention::remove(&ctx, now).await.unwrap();
            database.texts("SELECT period AS line FROM remark JOIN cycle ON cycle.id = cycle_id").len()
        }
    };
    assert_eq!(left("2027-06-11T15:00:00Z").await, 8);
    assert_eq!(left("2027-06-11T17:00:00Z").await, 4, "those of the check that opened after it");
    assert_eq!(left("2028-12-10T15:00:00Z").await, 4, "the others as long as the server keeps them");
    assert_eq!(left("2028-12-10T17:00:00Z").await, 0);
}

/// A check in which everybody answers and writes something.
async fn commented_check(app: &TestApp, [opens, closes]: [&str; 2]) {
    app.at(opens).await;
    for token in app.mails().iter().filter(|mail| mail.text.contains("/s/")).map(Mail::survey_token) {
        app.answer(&token, [4; 5]).await;
        let words = Change::Comment("Less mail.".to_owned());
        save_response(&app.ctx, &token, words, app.now()).await.unwrap();
        app.send(&token).await;
    }
    app.at(closes).await;
    app.mails();
}

async fn a_manager_makes_it_stricter_on_the_page_and_proposes_what_is_looser(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    house.one_check().await;
    let id = house.pair.id;
    let read = move |conn: &mut _| cadences::of_partnership(conn, id);
    let cadence = house.app.ctx.store.read(read).await.unwrap().remove(0);
    let page = format!("/partnerships/{id}");
    let address = format!("{page}/cadences/{}/terms", cadence.id);
    let mara = signed_in(&mut house.app, "Mara").await;
    let shown = mara.get(&page);
    assert!(shown.body.contains(&address) && shown.body.contains("stricter alone, looser together"));
    let csrf = shown.hidden("csrf");
    let send = |mode: &str, comments: bool| {
        let mut fields = vec![("csrf", csrf.as_str()), ("mode", mode), ("reason", "New people")];
        fields.extend(comments.then_some(("comments", "yes")));
        mara.post(&address, &fields).location
    };
    assert_eq!(send("confidential", true), Some(format!("{page}?done=stricter")));
    assert_eq!(send("representative", true), Some(format!("{page}?done=proposed")));
    assert_eq!(mara.post(&address, &[("csrf", &csrf), ("mode", "secret")]).status, 422);
    house.app.tick().await;
    let told = house.app.mails();
    assert_eq!(told.len(), 1, "one letter with both");
    let text = told[0].flat();
    assert!(text.contains("confidential mode from 3 answers.") && text.contains("New people"), "{text}");
    // A respondent finds nothing there.
    let ada = signed_in(&mut house.app, "Ada").await;
    let own = ada.get("/").hidden("csrf");
    assert_eq!(ada.post(&address, &[("csrf", &own), ("mode", "confidential")]).status, 404);
}
