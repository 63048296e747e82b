//! Comments and named answers: who reads them, from when on, and what of them.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::workflow::save_response::{Change, open_form, save_response};
use serde_json::json;

use crate::support::{Database, Mail, Pair, Side, TestApp};

on_both!(
    the_closing_question_is_asked_only_where_its_answer_may_be_shown,
    the_closing_question_is_asked_no_more_once_too_few_are_invited,
    comments_are_sealed_until_the_close_then_masked_and_unlinked,
    comments_of_a_side_with_fewer_than_five_answers_are_shown_to_nobody,
    in_named_mode_answers_and_comments_carry_names,
    a_side_that_did_not_answer_reads_nothing,
    comments_go_after_two_years_and_with_their_writer,
);

const NORTH: [&str; 5] = ["Ada", "Ali", "Ana", "Ari", "Asa"];
const BRIGHT: [&str; 6] = ["Ben", "Bea", "Bela", "Bo", "Britt", "Bram"];
const CLOSE: &str = "2026-12-10T16:00:00Z";

async fn open_round(
    database: &Database,
    mode: Mode,
    north: &[&str],
    bright: &[&str],
) -> (TestApp, Pair, Vec<Mail>) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair = app.partnership([Side("Northmoor", "Mara", north), Side("Brightwater", "Noor", bright)]).await;
    app.quarterly(&pair, mode).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mails = app.mails();
    (app, pair, mails)
}

async fn comment(app: &TestApp, token: &str, text: &str) {
    save_response(&app.ctx, token, Change::Comment(text.to_owned()), app.now()).await.unwrap();
}

async fn the_closing_question_is_asked_only_where_its_answer_may_be_shown(database: &Database) {
    for (mode, people, asked) in [
        (Mode::Named, 1, true),
        (Mode::Representative, 4, false),
        (Mode::Representative, 5, true),
        (Mode::Confidential, 4, false),
        (Mode::Anonymous, 5, true),
    ] {
        let fresh = database.another();
        let (app, _, mails) = open_round(&fresh, mode, &NORTH[..people], &BRIGHT[..people]).await;
        let token = mails[0].survey_token();
        let form = open_form(&app.ctx, &token).await.unwrap().unwrap();
        assert_eq!(form.asked.asks_comment, asked, "{mode} with {people}");
        let change = Change::Comment("Less mail.".to_owned());
        assert_eq!(save_response(&app.ctx, &token, change, app.now()).await.is_ok(), asked, "{mode}");
    }
}

async fn the_closing_question_is_asked_no_more_once_too_few_are_invited(database: &Database) {
    let (app, _, mails) = open_round(database, Mode::Representative, &NORTH, &BRIGHT).await;
    let token = mails[0].survey_token();
    comment(&app, &token, "Less mail.").await;
    let form = open_form(&app.ctx, &token).await.unwrap().unwrap();
    assert!(form.asked.asks_comment, "five of five");
    let (side, own) = (form.invitation.side_id, form.invitation.id);
    let another = format!("SELECT max(id) FROM invitation WHERE side_id = '{side}' AND id <> '{own}'");
    database.execute(&format!("UPDATE invitation SET state = 'withdrawn' WHERE id = ({another})"));
    let form = open_form(&app.ctx, &token).await.unwrap().unwrap();
    assert!(!form.asked.asks_comment, "four of five, though it was known otherwise a moment ago");
    let change = Change::Comment("Less of it.".to_owned());
    assert!(save_response(&app.ctx, &token, change, app.now()).await.is_err());
}

async fn comments_are_sealed_until_the_close_then_masked_and_unlinked(database: &Database) {
    for mode in [Mode::Confidential, Mode::Anonymous] {
        let fresh = database.another();
        let (mut app, pair, mails) = open_round(&fresh, mode, &NORTH, &BRIGHT).await;
        let program = app.program(&[Scope::CommentsRead], Binding::Side(pair.sides[0])).await;
        let cycle = app.cycle(&pair).await.id;
        for (n, mail) in mails.iter().enumerate() {
            app.answer(&mail.survey_token(), [4; 5]).await;
            comment(&app, &mail.survey_token(), &format!("Ask Bea or ada@example.org, item {n}.")).await;
        }
        let address = format!("/cycles/{cycle}/comments");
        assert_eq!(program.get(&address).code(), "state_conflict");
        app.at(CLOSE).await;
        let results = app.mails();
        assert!(
            results.iter().all(|mail| !mail.text.contains("item") && !mail.html.contains("item")),
            "mails carry none"
        );
        let found = program.get(&address);
        let items = found.json["items"].as_array().unwrap();
        assert_eq!(items.len(), 11, "{}", found.text);
        for item in items {
            let text = item["text"].as_str().unwrap();
            assert!(
                text.starts_with("Ask [name] or [address], item ") && item["respondent"].is_null(),
                "{text}"
            );
        }
        let without =
            app.program(&Scope::all_but_voices().into_iter().collect::<Vec<_>>(), Binding::Instance).await;
        assert_eq!(without.get(&address).status, 403);
        assert!(!fresh.dump("response").contains("item"), "nothing is left beside the answers");
        let linked = fresh.texts("SELECT text AS line FROM remark WHERE member_id IS NOT NULL");
        assert_eq!(linked, Vec::<String>::new());
        // Random identifiers in their order: 11 rows lie as they were written once in forty million rounds.
        let rows = fresh.texts("SELECT text AS line FROM remark");
        let written = (0..11).map(|n| format!("Ask [name] or [address], item {n}."));
        assert!(!rows.iter().cloned().eq(written), "{rows:?}");
    }
}

async fn comments_of_a_side_with_fewer_than_five_answers_are_shown_to_nobody(database: &Database) {
    let (mut app, pair, mails) = open_round(database, Mode::Confidential, &NORTH, &BRIGHT).await;
    for mail in mails.iter().filter(|mail| !mail.to.starts_with("ada")) {
        app.answer(&mail.survey_token(), [4; 5]).await;
        comment(&app, &mail.survey_token(), &format!("From {}", &mail.to[..1])).await;
    }
    app.at(CLOSE).await;
    app.mails();
    let program = app.program(&[Scope::CommentsRead], Binding::Instance).await;
    let found = program.get(&format!("/cycles/{}/comments", app.cycle(&pair).await.id));
    let items = found.json["items"].as_array().unwrap();
    assert_eq!(items.len(), 6, "{}", found.text);
    assert!(items.iter().all(|own| own["text"] == json!("From b")));
    assert!(!database.dump("response").contains("From") && !database.dump("remark").contains("From a"));
}

async fn in_named_mode_answers_and_comments_carry_names(database: &Database) {
    let (mut app, pair, mails) = open_round(database, Mode::Named, &["Ada"], &["Ben"]).await;
    let cycle = app.cycle(&pair).await.id;
    let program = app.program(&[Scope::AnswersRead, Scope::CommentsRead], Binding::Side(pair.sides[1])).await;
    for mail in &mails {
        app.answer(&mail.survey_token(), [4, 3, 4, 5, 2]).await;
    }
    comment(&app, &mails[0].survey_token(), "Ben and I talk.").await;
    let address = format!("/cycles/{cycle}/answers");
    assert_eq!(program.get(&address).code(), "state_conflict");
    app.at(CLOSE).await;
    app.mails();
    let found = program.get(&address);
    let items = found.json["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{}", found.text);
    assert!(
        items.iter().any(|own| own["respondent"] == json!("Ada") && own["answers"]["joint_kpi"] == json!(2)),
        "of the other side the name: {}",
        found.text
    );
    assert!(items.iter().any(|own| own["respondent"] == json!("ben@example.org")), "{}", found.text);
    let said = program.get(&format!("/cycles/{cycle}/comments"));
    assert_eq!(
        said.json["items"],
        json!([{"side_id": pair.sides[0], "respondent": "Ada", "text": "Ben and I talk."}])
    );
    let own = app.program(&[Scope::CommentsRead], Binding::Side(pair.sides[0])).await;
    let said = own.get(&format!("/cycles/{cycle}/comments"));
    assert_eq!(said.json["items"][0]["respondent"], json!("ada@example.org"));
    let whole = app.program(&[Scope::AnswersRead, Scope::CommentsRead], Binding::Partnership(pair.id)).await;
    for what in ["answers", "comments"] {
        let found = whole.get(&format!("/cycles/{cycle}/{what}"));
        assert!(found.status == 200 && !found.text.contains('@'), "it speaks for no side: {}", found.text);
    }
}

async fn a_side_that_did_not_answer_reads_nothing(database: &Database) {
    let (mut app, pair, mails) = open_round(database, Mode::Named, &["Ada"], &["Ben"]).await;
    let ada = mails.iter().find(|mail| mail.to.starts_with("ada")).unwrap().survey_token();
    app.answer(&ada, [4; 5]).await;
    comment(&app, &ada, "Alone here.").await;
    app.at(CLOSE).await;
    app.mails();
    let cycle = app.cycle(&pair).await.id;
    for (side, count) in [(0, 1), (1, 0)] {
        let program =
            app.program(&[Scope::AnswersRead, Scope::CommentsRead], Binding::Side(pair.sides[side])).await;
        for what in ["answers", "comments"] {
            let found = program.get(&format!("/cycles/{cycle}/{what}"));
            assert_eq!(found.json["items"].as_array().unwrap().len(), count, "{what} for side {side}");
        }
    }
}

async fn comments_go_after_two_years_and_with_their_writer(database: &Database) {
    let (app, _, mails) = open_round(database, Mode::Named, &["Ada"], &["Ben"]).await;
    for mail in &mails {
        app.answer(&mail.survey_token(), [4; 5]).await;
        comment(&app, &mail.survey_token(), &format!("By {}", mail.to)).await;
    }
    app.at(CLOSE).await;
    app.mails();
    assert_eq!(database.texts("SELECT text AS line FROM remark").len(), 2);
    let ada = app.person("Ada").await;
    evenkeel::workflow::erase_person::erase_person(&app.ctx, "test", ada, None, app.now()).await.unwrap();
    assert_eq!(database.texts("SELECT text AS line FROM remark"), ["By ben@example.org"]);
    for (at, removed) in [("2028-12-10T15:00:00Z", 0), ("2028-12-10T17:00:00Z", 1)] {
        let done = evenkeel::workflow::retention::remove(&app.ctx, crate::support::utc(at)).await.unwrap();
        assert_eq!(done.comments, removed, "{at}");
    }
}
