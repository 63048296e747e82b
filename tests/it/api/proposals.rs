//! Proposals: who may propose, who may answer, and what a decided one did.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::PartnershipState;
use evenkeel::store::partnerships;
use serde_json::json;

use crate::support::api::Program;
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    an_early_close_waits_for_the_other_side_and_closes_with_its_yes,
    a_side_answers_for_itself_and_nobody_for_another,
    a_program_for_no_side_proposes_and_never_answers,
    a_proposal_of_others_does_not_exist,
    a_side_that_says_no_ends_it_with_its_reason,
    open_proposals_are_listed_page_by_page,
    a_proposed_partnership_begins_when_its_sides_agree,
    what_is_no_answer_is_refused,
    an_overdue_proposal_is_listed_as_expired_before_it_is_written_down,
    a_proposed_partnership_that_nobody_wants_is_ended,
);

struct House {
    app: TestApp,
    pair: Pair,
    cycle: String,
    full: Program,
    north: Program,
    bright: Program,
}

async fn house(database: &Database) -> House {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    app.mails();
    let cycle = format!("/cycles/{}", app.cycle(&pair).await.id);
    let full = app.full_program().await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let bright = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
    House { app, pair, cycle, full, north, bright }
}

fn act(program: &Program, address: &str, verb: &str) -> crate::support::api::Reply {
    program.send("POST", &format!("{address}:{verb}"), &[], None)
}

async fn an_early_close_waits_for_the_other_side_and_closes_with_its_yes(database: &Database) {
    let House { app, pair, cycle, north, bright, .. } = house(database).await;
    let asked = north.post(&format!("{cycle}:close"), &json!({"reason": "All have sent."}));
    assert_eq!(asked.status, 202, "{}", asked.text);
    let address = asked.header("location").unwrap().to_owned();
    assert_eq!(asked.json, json!({"proposal": address}));
    let shown = bright.get(&address);
    assert_eq!(shown.status, 200, "{}", shown.text);
    let body = &shown.json;
    assert_eq!((&body["act"], &body["state"]), (&json!("close_early"), &json!("open")));
    assert_eq!(body["sentence"], "Close 2026-Q4 now instead of at its time.");
    assert_eq!(body["waiting_for"], json!([pair.sides[1]]));
    assert_eq!(body["proposed_side"], json!(pair.sides[0]));
    assert_eq!(body["expires_at"], "2026-12-08T08:00:00Z");
    let twice = act(&bright, &cycle, "close");
    assert_eq!(twice.code(), "state_conflict", "it is proposed already");
    assert!(twice.text.contains("An early close of this cycle waits already"), "{}", twice.text);
    let done = act(&bright, &address, "approve");
    assert_eq!((done.status, &done.json["state"]), (200, &json!("approved")), "{}", done.text);
    assert_eq!(done.json["waiting_for"], json!([]));
    assert_eq!(bright.get(&cycle).json["state"], "closed");
    app.tick().await;
    assert_eq!(app.recipients(), ["mara", "noor"], "the result for both");
    assert_eq!(act(&bright, &address, "approve").code(), "state_conflict", "once");
}

async fn a_side_answers_for_itself_and_nobody_for_another(database: &Database) {
    let House { app, cycle, north, bright, .. } = house(database).await;
    let address = act(&north, &cycle, "cancel").header("location").unwrap().to_owned();
    let own = act(&north, &address, "approve");
    assert_eq!((own.status, own.code()), (409, "state_conflict"), "A does not say yes for B");
    assert_eq!(act(&north, &address, "decline").status, 409);
    let foreign = act(&bright, &address, "withdraw");
    assert_eq!((foreign.status, foreign.code()), (403, "binding_too_narrow"));
    assert_eq!(bright.get(&cycle).json["state"], "open");
    let back = act(&north, &address, "withdraw");
    assert_eq!((back.status, &back.json["state"]), (200, &json!("withdrawn")));
    assert_eq!(act(&bright, &address, "approve").status, 409);
    app.tick().await;
    assert!(app.recipients().is_empty());
}

async fn a_program_for_no_side_proposes_and_never_answers(database: &Database) {
    let House { mut app, pair, cycle, full, north, bright, .. } = house(database).await;
    let address = act(&full, &cycle, "cancel").header("location").unwrap().to_owned();
    let whole = app.program(Scope::ALL, Binding::Partnership(pair.id)).await;
    app.tick().await;
    assert_eq!(app.recipients(), ["mara", "noor"], "both are asked, and hear of the program");
    for program in [&full, &whole] {
        for verb in ["approve", "decline"] {
            let refused = act(program, &address, verb);
            assert_eq!((refused.status, refused.code()), (403, "binding_too_narrow"), "{verb}");
        }
    }
    assert_eq!(act(&whole, &address, "withdraw").status, 403, "another program made it");
    assert_eq!(full.get(&address).json["waiting_for"], json!(pair.sides), "every side");
    assert_eq!(act(&north, &address, "approve").json["state"], "open");
    assert_eq!(act(&bright, &address, "approve").json["state"], "approved");
    assert_eq!(full.get(&cycle).json["state"], "cancelled");
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"], "whoever did not decide last");
}

async fn a_proposal_of_others_does_not_exist(database: &Database) {
    let House { mut app, cycle, north, .. } = house(database).await;
    let address = act(&north, &cycle, "cancel").header("location").unwrap().to_owned();
    let others =
        app.partnership([Side("Clearlake", "Cleo", &["Cem"]), Side("Dunmore", "Dora", &["Dan"])]).await;
    let foreign = app.program(Scope::ALL, Binding::Side(others.sides[0])).await;
    assert_eq!(foreign.get(&address).status, 404);
    for verb in ["approve", "decline", "withdraw"] {
        assert_eq!(act(&foreign, &address, verb).status, 404, "{verb}");
    }
    assert_eq!(foreign.get("/proposals").json["items"], json!([]));
    assert_eq!(north.get("/proposals").json["items"].as_array().unwrap().len(), 1);
    let reader = app.program(&[Scope::CyclesRead], Binding::Instance).await;
    assert_eq!(act(&reader, &address, "approve").code(), "scope_missing");
    app.tick().await;
    assert_eq!(app.recipients(), ["noor"]);
}

async fn a_side_that_says_no_ends_it_with_its_reason(database: &Database) {
    let House { app, pair, cycle, north, bright, .. } = house(database).await;
    let address = act(&north, &cycle, "cancel").header("location").unwrap().to_owned();
    let no = bright.post(&format!("{address}:decline"), &json!({"reason": "We have just begun."}));
    assert_eq!((no.status, &no.json["state"]), (200, &json!("declined")), "{}", no.text);
    let answer = &no.json["answers"][0];
    assert_eq!((&answer["side"], &answer["answer"]), (&json!(pair.sides[1]), &json!("declined")));
    assert_eq!(answer["reason"], "We have just begun.");
    app.tick().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].to.starts_with("mara") && mails[0].flat().contains("We have just begun."));
    assert_eq!(act(&north, &cycle, "cancel").status, 202, "it may be proposed again");
    app.tick().await;
    assert_eq!(app.recipients(), ["noor"]);
}

async fn open_proposals_are_listed_page_by_page(database: &Database) {
    let House { app, cycle, north, .. } = house(database).await;
    let first = act(&north, &cycle, "cancel").header("location").unwrap().to_owned();
    act(&north, &first, "withdraw");
    let second = act(&north, &cycle, "cancel").json;
    // Identifiers of one instant have no order.
    app.clock.jump_to(crate::support::utc("2026-12-01T08:00:01Z"));
    let third = act(&north, &cycle, "close").json;
    let (mut seen, mut next) = (Vec::new(), Some("/proposals?state=open&limit=1".to_owned()));
    while let Some(at) = next {
        let page = north.get(&at);
        assert_eq!(page.status, 200, "{}", page.text);
        for own in page.json["items"].as_array().unwrap() {
            seen.push(json!({"proposal": format!("/api/v1/proposals/{}", own["id"].as_str().unwrap())}));
        }
        next = page.json["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, [second, third]);
    assert_eq!(north.get("/proposals").json["items"].as_array().unwrap().len(), 3);
    assert_eq!(north.get("/proposals?state=gone").paths(), ["state"]);
    app.tick().await;
    assert_eq!(app.recipients(), ["noor"], "two questions in one letter");
}

async fn a_proposed_partnership_begins_when_its_sides_agree(database: &Database) {
    let House { app, pair, north, bright, .. } = house(database).await;
    let address = format!("/partnerships/{}", pair.id);
    assert_eq!(act(&north, &address, "propose").code(), "state_conflict", "it is active");
    let id = pair.id;
    let draft =
        move |conn: &mut evenkeel::store::Conn| partnerships::set_state(conn, id, PartnershipState::Proposed);
    app.ctx.store.write_tx(draft).await.unwrap();
    let asked = act(&north, &address, "propose");
    assert_eq!(asked.status, 202, "{}", asked.text);
    let proposal = asked.header("location").unwrap().to_owned();
    let sentence = bright.get(&proposal).json["sentence"].clone();
    let sentence = sentence.as_str().unwrap();
    assert!(
        sentence.starts_with("Begin the partnership Northmoor × Brightwater (Europe/Berlin);"),
        "{sentence}"
    );
    assert!(sentence.contains("representative mode"), "{sentence}");
    assert_eq!(act(&bright, &proposal, "approve").json["state"], "approved");
    let after = app.ctx.store.read(move |conn| partnerships::find(conn, id)).await.unwrap().unwrap();
    assert_eq!(after.state, PartnershipState::Active);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"]);
}

async fn what_is_no_answer_is_refused(database: &Database) {
    let House { app, cycle, north, bright, .. } = house(database).await;
    let address = act(&north, &cycle, "cancel").header("location").unwrap().to_owned();
    let say = |body: serde_json::Value| bright.post(&format!("{address}:decline"), &body);
    assert_eq!(say(json!({"reason": 7})).paths(), ["reason"]);
    assert_eq!(say(json!({"reason": "x".repeat(501)})).paths(), ["reason"]);
    assert_eq!(say(json!({"reason": "a\u{202E}b"})).paths(), ["reason"]);
    assert_eq!(say(json!({"colour": "red"})).paths(), ["colour"]);
    let raw = |kind: &str, body: &[u8]| {
        bright.send("POST", &format!("{address}:decline"), &[("content-type", kind)], Some(body))
    };
    assert_eq!(raw("application/json", b"{").code(), "malformed_body");
    assert_eq!(raw("text/plain", b"no").code(), "unsupported_media_type");
    assert_eq!(raw("application/json", &vec![b' '; 100_000]).code(), "body_too_large");
    assert_eq!(act(&bright, "/proposals/7", "approve").status, 404);
    assert_eq!(act(&bright, "/proposals/00000000-0000-7000-8000-000000000000", "approve").status, 404);
    assert_eq!(bright.get(&address).json["state"], "open");
    app.tick().await;
    assert_eq!(app.recipients(), ["noor"]);
}

async fn an_overdue_proposal_is_listed_as_expired_before_it_is_written_down(database: &Database) {
    let House { app, cycle, north, .. } = house(database).await;
    act(&north, &cycle, "cancel");
    let listed =
        |state: &str| north.get(&format!("/proposals?state={state}")).json["items"].as_array().unwrap().len();
    assert_eq!((listed("open"), listed("expired")), (1, 0));
    app.clock.jump_to(crate::support::utc("2026-12-08T08:00:00Z"));
    assert_eq!((listed("open"), listed("expired")), (0, 1));
    app.tick().await;
    assert_eq!((listed("open"), listed("expired")), (0, 1));
    app.mails();
}

async fn a_proposed_partnership_that_nobody_wants_is_ended(database: &Database) {
    let House { app, pair, north, bright, .. } = house(database).await;
    let (address, id) = (format!("/partnerships/{}", pair.id), pair.id);
    let draft =
        move |conn: &mut evenkeel::store::Conn| partnerships::set_state(conn, id, PartnershipState::Proposed);
    app.ctx.store.write_tx(draft).await.unwrap();
    let proposal = act(&north, &address, "propose").header("location").unwrap().to_owned();
    assert_eq!(act(&bright, &proposal, "decline").json["state"], "declined");
    assert_eq!(act(&north, &address, "pause").status, 409);
    let ended = act(&north, &address, "end");
    assert_eq!((ended.status, &ended.json["state"]), (200, &json!("ended")), "{}", ended.text);
    app.tick().await;
    app.mails();
}
