//! What people are told of a review: that it waits, and for those who were asked, what came of it.

use evenkeel::domain::partnership::MemberRoles;
use evenkeel::workflow::preferences::stop_all;
use evenkeel::workflow::set_up::{self, MemberInput};

use crate::support::reviewed::{BEN, SECOND, house, round};
use crate::support::{Database, Mail};

on_both!(
    managers_are_reminded_of_a_review_on_the_tenth_day_while_a_flag_lacks_its_answer,
    a_side_that_has_confirmed_is_left_alone_and_the_other_is_reminded,
    a_silent_side_is_not_told_how_many_flags_there_are,
    whoever_manages_a_side_by_then_is_reminded_and_each_once,
    sponsors_are_told_on_the_twenty_first_day,
    whoever_was_asked_is_told_what_was_agreed_once_the_review_has_closed,
    what_was_written_for_a_side_that_never_confirmed_is_not_told_as_agreed,
    whoever_wants_no_letters_and_a_silent_side_are_told_nothing,
);

fn to(mails: &[Mail]) -> Vec<&str> {
    let mut names: Vec<&str> = mails.iter().map(|mail| mail.to.split('@').next().unwrap()).collect();
    names.sort_unstable();
    names
}

async fn managers_are_reminded_of_a_review_on_the_tenth_day_while_a_flag_lacks_its_answer(
    database: &Database,
) {
    let house = house(database).await;
    house.app.at("2026-12-20T15:59:59Z").await;
    assert_eq!(to(&house.app.mails()), [""; 0]);
    house.app.at("2026-12-20T16:00:00Z").await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["mara", "noor"]);
    let mail = &mails[0];
    assert_eq!(mail.subject, "Northmoor × Brightwater: a review waits");
    assert!(
        mail.flat()
            .contains("The review of 2026-Q4 is due on Thu 24 Dec 2026. Two flags still lack their answer."),
        "{}",
        mail.text
    );
    let id = house.cycle.trim_start_matches("/cycles/");
    assert!(mail.text.contains(&format!("/cycles/{id}/review")), "{}", mail.text);
    house.app.at("2027-01-10T16:00:00Z").await;
    assert_eq!(to(&house.app.mails()), [""; 0], "once; nobody sponsors it");
}

async fn a_side_that_has_confirmed_is_left_alone_and_the_other_is_reminded(database: &Database) {
    let house = house(database).await;
    house.app.at("2026-12-18T10:00:00Z").await;
    house.answer_all("2027-01-15");
    assert_eq!(house.close(&house.north).status, 200);
    house.app.at("2026-12-20T16:00:00Z").await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["noor"]);
    assert!(
        mails[0].flat().contains("Every flag has its answer; your side has not confirmed it."),
        "{}",
        mails[0].text
    );
}

async fn a_silent_side_is_not_told_how_many_flags_there_are(database: &Database) {
    let house = house(database).await;
    house.app.at("2027-02-28T08:00:00Z").await;
    house.app.mails();
    round(&house.app, SECOND, None).await;
    house.app.at("2027-03-21T16:00:00Z").await;
    assert_eq!(to(&house.app.mails()), ["mara"], "nobody of Brightwater answered");
}

async fn whoever_manages_a_side_by_then_is_reminded_and_each_once(database: &Database) {
    let house = house(database).await;
    let comes = async |name: &str| {
        let person = house.app.person(name).await;
        let roles = MemberRoles { manager: true, ..MemberRoles::default() };
        let input = MemberInput { person, side: Some(house.pair.sides[0]), roles };
        set_up::add_member(&house.app.ctx, "test", house.pair.id, input, house.app.now()).await.unwrap();
    };
    house.app.at("2026-12-15T16:00:00Z").await;
    comes("Mia").await;
    house.app.tick().await;
    house.app.mails();
    let waits = |mails: Vec<Mail>| {
        let some: Vec<Mail> =
            mails.into_iter().filter(|own| own.subject.ends_with("a review waits")).collect();
        to(&some).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    house.app.at("2026-12-20T16:00:00Z").await;
    assert_eq!(waits(house.app.mails()), ["mara", "mia", "noor"]);
    house.app.at("2026-12-22T16:00:00Z").await;
    comes("Max").await;
    house.app.tick().await;
    house.app.tick().await;
    assert_eq!(waits(house.app.mails()), ["max"], "the others know");
    house.app.at("2026-12-28T16:00:00Z").await;
    comes("Moe").await;
    house.app.tick().await;
    assert_eq!(waits(house.app.mails()), [""; 0], "that is long ago");
}

async fn sponsors_are_told_on_the_twenty_first_day(database: &Database) {
    let house = house(database).await;
    let person = house.app.person("Sven").await;
    let roles = MemberRoles { sponsor: true, ..MemberRoles::default() };
    let input = MemberInput { person, side: Some(house.pair.sides[0]), roles };
    set_up::add_member(&house.app.ctx, "test", house.pair.id, input, house.app.now()).await.unwrap();
    house.app.at("2027-02-28T08:00:00Z").await;
    house.app.mails();
    round(&house.app, SECOND, Some(BEN)).await;
    house.app.at("2027-03-21T16:00:00Z").await;
    assert_eq!(to(&house.app.mails()), ["mara", "noor"]);
    house.app.at("2027-04-01T16:00:00Z").await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["sven"]);
    let text = mails[0].flat();
    assert!(text.contains("The review of 2027-Q1 was due on Thu 25 Mar 2027."), "{text}");
    assert!(text.contains("You get this as a sponsor of Northmoor."), "{text}");
}

async fn whoever_was_asked_is_told_what_was_agreed_once_the_review_has_closed(database: &Database) {
    let house = house(database).await;
    house.answer_all("2027-01-15");
    assert_eq!(house.close(&house.north).status, 200);
    house.app.tick().await;
    assert_eq!(
        to(&house.app.mails()),
        ["noor"],
        "of what was written for her side; nobody before all have confirmed"
    );
    assert_eq!(house.close(&house.bright).status, 200);
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["ada", "ben"]);
    for mail in &mails {
        assert_eq!(mail.subject, "Northmoor × Brightwater, 2026-Q4: you said, we agreed");
        let text = mail.flat();
        assert!(text.contains("Red, and to be acted on: Shared Vision Clarity."), "{text}");
        assert!(text.contains("Amber, and to be talked about: Communication Frequency."), "{text}");
        assert!(text.contains("Brightwater, until 15 Jan 2027: Call the ops lead."), "{text}");
        assert!(!text.contains("3.0") && !text.contains("We talked"), "no figure and no note: {text}");
        assert!(mail.letters_link().contains("/m/"), "it can be ended");
    }
    house.app.at("2026-12-31T16:00:00Z").await;
    assert_eq!(to(&house.app.mails()), [""; 0], "once, and nobody is reminded of a closed review");
}

async fn what_was_written_for_a_side_that_never_confirmed_is_not_told_as_agreed(database: &Database) {
    let house = house(database).await;
    // Northmoor writes down what Brightwater is to do, and Brightwater says nothing.
    house.answer_all("2027-01-15");
    assert_eq!(house.close(&house.north).status, 200);
    house.app.at("2026-12-17T16:00:00Z").await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["ada", "ben"]);
    for mail in &mails {
        let text = mail.flat();
        assert!(text.contains("no action was agreed") && !text.contains("Call the ops lead"), "{text}");
    }
}

async fn whoever_wants_no_letters_and_a_silent_side_are_told_nothing(database: &Database) {
    let house = house(database).await;
    house.app.at("2027-02-28T08:00:00Z").await;
    house.app.mails();
    // Nobody of Brightwater answers.
    round(&house.app, SECOND, None).await;
    let cycles = house.north.get(&format!("/partnerships/{}/cycles", house.pair.id)).json;
    let cycle = cycles["items"].as_array().unwrap().iter().find(|own| own["period"] == "2027-Q1").unwrap();
    let address = format!("/cycles/{}", cycle["id"].as_str().unwrap());
    let flags = house.north.get("/flags?state=open").json;
    let ids: Vec<&str> =
        flags["items"].as_array().unwrap().iter().map(|own| own["id"].as_str().unwrap()).collect();
    assert_eq!(house.note(&ids, "They were ill.").status, 201);
    let until = serde_json::json!({"reason": "Ill", "until": "2027-06-30", "also": ids[1..]});
    let made = house.north.post(&format!("/flags/{}/acceptances", ids[0]), &until);
    assert_eq!(made.status, 201, "{}", made.text);
    let signed = format!("/acceptances/{}:sign", made.json["id"].as_str().unwrap());
    assert_eq!(house.bright.send("POST", &signed, &[], None).status, 200);
    let ada = house.app.person("Ada").await;
    stop_all(&house.app.ctx, ada, house.app.now()).await.unwrap();
    house.app.tick().await;
    house.app.mails();
    for program in [&house.north, &house.bright] {
        let closed = program.send("POST", &format!("{address}/review:close"), &[], None);
        assert_eq!(closed.status, 200, "{}", closed.text);
    }
    house.app.tick().await;
    assert_eq!(to(&house.app.mails()), [""; 0]);
}
