//! The end: any side alone, at once; then 24 months to read and to export; deletion by every side.

use evenkeel::domain::mode::Mode;
use evenkeel::store::Location;
use serde_json::{Value, json};

use super::{House, act, house, signed_in};
use crate::support::Database;
use crate::support::api::Program;

on_both!(
    what_has_ended_is_read_for_24_months_by_every_side_and_then_by_nobody,
    everything_goes_when_every_side_agrees_and_nothing_before,
    a_deletion_that_a_side_declines_deletes_nothing,
    after_24_months_the_sides_still_decide_about_the_deletion,
);

/// Whether a program reads results in any way.
fn reads(program: &Program, house: &House, cycle: &str) -> Vec<u16> {
    let address = house.address();
    let mut found: Vec<u16> =
        ["/scorecards", "/drift", "/cycles", "/charts/trend.svg", "/members", "/cadences"]
            .iter()
            .map(|rest| program.get(&format!("{address}{rest}")).status)
            .collect();
    found.push(program.get(&format!("/cycles/{cycle}/scorecard")).status);
    found
}

fn lists(program: &Program) -> [usize; 3] {
    let items = |address: &str| program.get(address).json["items"].as_array().map_or(0, Vec::len);
    let exported =
        program.get("/exports/scorecards.json").json["partnerships"].as_array().map_or(0, Vec::len);
    [items("/portfolio"), items("/flags"), exported]
}

async fn what_has_ended_is_read_for_24_months_by_every_side_and_then_by_nobody(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    house.one_check().await;
    let cycle = house.app.cycles(&house.pair).await[0].id.to_string();
    house.app.at("2027-01-15T09:00:00Z").await;
    let ended = act(&house.north, &house.address(), "end");
    assert_eq!(
        (ended.status, &ended.json["ended_at"]),
        (200, &json!("2027-01-15T09:00:00Z")),
        "{}",
        ended.text
    );
    assert_eq!(ended.json["readable_until"], "2029-01-15T09:00:00Z");
    house.app.tick().await;
    assert_eq!(house.app.recipients(), ["noor"], "the other side is told");
    assert_eq!(act(&house.bright, &house.address(), "rebaseline").code(), "state_conflict");

    house.app.at("2029-01-15T08:59:00Z").await;
    for program in [&house.north, &house.bright] {
        assert!(reads(program, &house, &cycle).iter().all(|status| *status == 200));
        assert!(lists(program).iter().all(|n| *n > 0), "{:?}", lists(program));
    }
    let page = format!("/partnerships/{}", house.pair.id);
    let noor = signed_in(&mut house.app, "Noor").await;
    let shown = noor.get(&page);
    assert_eq!(shown.status, 200);
    assert!(
        shown.body.contains("Ended on 15 Jan 2027") && shown.body.contains("until 15 Jan."),
        "{}",
        shown.body
    );

    house.app.at("2029-01-15T09:00:00Z").await;
    for program in [&house.north, &house.bright] {
        assert!(reads(program, &house, &cycle).iter().all(|status| *status == 404));
        assert_eq!(lists(program), [0, 0, 0]);
        assert_eq!(program.get(&house.address()).json["state"], "ended", "that it was is still told");
    }
    let gone = noor.get(&page);
    assert_eq!(gone.status, 410);
    assert!(gone.body.contains("nobody reads them any more, on any side"), "{}", gone.body);
    assert_eq!(noor.get(&format!("/cycles/{cycle}")).status, 404);
    assert!(!noor.get("/").body.contains("Northmoor × Brightwater"));
    let stranger = signed_in(&mut house.app, "Olga").await;
    assert_eq!(stranger.get(&page).status, 404);
    assert!(house.app.ctx.store.read(evenkeel::store::scrub::is_wanted).await.is_ok_and(|w| !w));
}

/// Whatever table still names one of these, other than those that may.
fn named_in(database: &Database, words: &[String]) -> Vec<String> {
    let tables = database.columns().into_iter().map(|(name, _)| name).filter(|name| name != "audit");
    tables.filter(|name| words.iter().any(|word| database.dump(name).contains(word))).collect()
}

async fn everything_goes_when_every_side_agrees_and_nothing_before(database: &Database) {
    let house = house(database, Mode::Representative).await;
    house.one_check().await;
    let House { app, pair, north, bright } = &house;
    let cycle = app.cycles(pair).await[0].id.to_string();
    let words = [
        &[pair.id.to_string(), cycle.clone(), "Northmoor".into()][..],
        &pair.sides.iter().map(ToString::to_string).collect::<Vec<_>>(),
    ]
    .concat();
    let answers = r#""shared_vision":4"#;
    assert!(database.dump("response").contains(answers), "{}", database.dump("response"));

    let asked = north.json("DELETE", &house.address(), &json!({"reason": "We part."}));
    assert_eq!(asked.status, 202, "{}", asked.text);
    let proposal = asked.header("location").unwrap().to_owned();
    let shown = bright.get(&proposal).json;
    assert_eq!((&shown["act"], &shown["reason"]), (&json!("delete_partnership"), &json!("We part.")));
    assert!(shown["sentence"].as_str().unwrap().starts_with("Delete Northmoor × Brightwater"), "{shown}");
    assert_eq!(north.get(&format!("/cycles/{cycle}/scorecard")).status, 200, "nothing has happened yet");
    app.tick().await;
    let mails = app.mails();
    assert!(mails.len() == 1 && mails[0].flat().contains("We part."));

    let agreed = act(bright, &proposal, "approve");
    assert_eq!(agreed.status, 204, "{}", agreed.text);
    app.tick().await;
    assert_eq!(north.get(&house.address()).status, 401, "the side's token went with the side");
    let found = named_in(database, &words);
    // The two who managed it are told once more, by name.
    assert_eq!(found, ["letter", "letter_body", "notice"]);
    let last = app.mails();
    assert_eq!(
        last.iter().map(|m| m.to.as_str()).collect::<Vec<_>>(),
        ["mara@example.org", "noor@example.org"]
    );
    assert!(
        last[0].flat().contains("everything of Northmoor × Brightwater is deleted here"),
        "{}",
        last[0].text
    );
    assert!(!database.dump("letter_body").contains("2026-Q4"), "letters of the past are gone");
    let log = database.dump("audit");
    assert!(log.contains("delete_partnership") && log.contains(&pair.id.to_string()));

    let wanted = app.ctx.store.read(evenkeel::store::scrub::is_wanted).await.unwrap();
    assert!(!wanted, "what the files still held of it was given up at once");
    if let Location::Sqlite(file) = database.location() {
        let files =
            ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", file.display())).unwrap_or_default());
        let whole = String::from_utf8_lossy(&files.concat()).into_owned();
        assert!(
            !whole.contains(answers) && !whole.contains(&pair.sides[0].to_string()),
            "old pages are overwritten"
        );
    }
}

async fn a_deletion_that_a_side_declines_deletes_nothing(database: &Database) {
    let house = house(database, Mode::Representative).await;
    house.one_check().await;
    let asked = house.north.send("DELETE", &house.address(), &[], None);
    let proposal = asked.header("location").unwrap().to_owned();
    let no = house.bright.post(&format!("{proposal}:decline"), &json!({"reason": "We still read it."}));
    assert_eq!(no.json["state"], "declined", "{}", no.text);
    assert_eq!(house.bright.get(&format!("{}/scorecards", house.address())).status, 200);
    let again = house.bright.send("DELETE", &house.address(), &[], None);
    assert_eq!(again.status, 202, "either side may propose it, again as well");
    let twice = house.north.send("DELETE", &house.address(), &[], None);
    assert_eq!(twice.code(), "state_conflict", "{}", twice.text);
    house.app.tick().await;
    let mails = house.app.mails();
    assert!(mails.iter().any(|m| m.flat().contains("We still read it.")), "{mails:?}");
}

async fn after_24_months_the_sides_still_decide_about_the_deletion(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    house.one_check().await;
    act(&house.north, &house.address(), "end");
    house.app.at("2029-02-01T09:00:00Z").await;
    house.app.mails();
    let page = format!("/partnerships/{}", house.pair.id);
    let mara = signed_in(&mut house.app, "Mara").await;
    let gone = mara.get(&page);
    let csrf = gone.hidden("csrf");
    assert_eq!(gone.status, 410);
    assert!(gone.body.contains("Propose to delete everything"));
    assert_eq!(mara.post(&format!("{page}/delete"), &[("csrf", &csrf)]).status, 422, "it is asked once more");
    let proposed = mara.post(&format!("{page}/delete"), &[("csrf", &csrf), ("sure", "yes")]);
    assert_eq!(proposed.location, Some(format!("{page}?done=proposed")));
    let waiting: Value = house.bright.get("/proposals?state=open").json;
    let id = waiting["items"][0]["id"].as_str().unwrap().to_owned();
    let noor = signed_in(&mut house.app, "Noor").await;
    let asked = noor.get(&page);
    assert!(
        asked.status == 410 && asked.body.contains(&format!("/proposals/{id}/approve")),
        "{}",
        asked.body
    );
    let done = noor.post(&format!("/proposals/{id}/approve"), &[("csrf", &asked.hidden("csrf"))]);
    assert_eq!(done.location, Some("/?done=deleted".to_owned()));
    assert!(noor.get("/?done=deleted").body.contains("the partnership is deleted"));
    assert_eq!(noor.get(&page).status, 404);
    assert_eq!(named_in(database, &[house.pair.sides[1].to_string()]), Vec::<String>::new());
    house.app.tick().await;
    house.app.mails();
}
