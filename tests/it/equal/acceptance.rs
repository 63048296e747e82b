//! Before every side has accepted: the trust sheet, the nudge, the question; and rounds of a side's own people.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::PartnershipState;
use evenkeel::store::partnerships;
use serde_json::{Value, json};

use super::{House, act, house, signed_in};
use crate::support::Database;

on_both!(
    a_partnership_is_proposed_with_a_trust_sheet_and_accepted_on_the_page,
    who_is_asked_may_ask_back_and_who_asks_may_nudge,
    a_side_that_declines_says_why,
    a_round_of_our_own_reaches_the_other_side_neither_before_the_acceptance_nor_after,
);

/// The same house before anybody has accepted.
async fn proposed(database: &Database) -> House {
    let house = house(database, Mode::Representative).await;
    let id = house.pair.id;
    let draft =
        move |conn: &mut evenkeel::store::Conn| partnerships::set_state(conn, id, PartnershipState::Proposed);
    house.app.ctx.store.write_tx(draft).await.unwrap();
    house
}

async fn a_partnership_is_proposed_with_a_trust_sheet_and_accepted_on_the_page(database: &Database) {
    let mut house = proposed(database).await;
    let page = format!("/partnerships/{}", house.pair.id);
    let mara = signed_in(&mut house.app, "Mara").await;
    let draft = mara.get(&page);
    assert!(draft.body.contains("Not proposed yet: the other sides have not been asked."), "{}", draft.body);
    let csrf = draft.hidden("csrf");
    let asked = mara.post(&format!("{page}/propose"), &[("csrf", &csrf), ("reason", "Shall we?")]);
    assert_eq!(asked.location, Some(format!("{page}?done=asked-to-begin")));
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(mails.iter().map(|m| m.to.as_str()).collect::<Vec<_>>(), ["noor@example.org"]);
    for body in [mails[0].flat(), mails[0].html.clone()] {
        for said in [
            "Northmoor IT runs this server",
            "Representative mode.",
            "Who sees what",
            "Until the close",
            "24 months",
            "could change the program it runs",
            "Any side ends the partnership at once",
            "shared vision",
        ] {
            assert!(body.to_lowercase().contains(&said.to_lowercase()), "{said} in {body}");
        }
    }
    let waits = mara.get(&page);
    assert!(waits.body.contains("Brightwater has not accepted (sent 1 Nov)."), "{}", waits.body);
    assert!(waits.body.contains("A text to copy and forward") && waits.body.contains("Nudge"));

    // Every member reads the sheet, a mere respondent as well; nobody else does.
    let noor = signed_in(&mut house.app, "Noor").await;
    let ben = signed_in(&mut house.app, "Ben").await;
    let olga = signed_in(&mut house.app, "Olga").await;
    let sheets = [&mara, &noor, &ben].map(|who| who.get(&format!("{page}/trust")));
    assert!(sheets.iter().all(|sheet| sheet.status == 200 && sheet.body.contains("How to leave")));
    assert_eq!(olga.get(&format!("{page}/trust")).status, 404);
    let api: Value = house.north.get(&format!("{}/trust", house.address())).json;
    assert_eq!(api, house.bright.get(&format!("{}/trust", house.address())).json, "the same for every side");
    assert_eq!(api["operator"], "Northmoor IT");
    assert!(api["announcement"].as_str().unwrap().contains("To accept, decline or ask"));

    let theirs = noor.get(&page);
    assert!(
        theirs.body.contains("Mara for Northmoor proposes this partnership to your side"),
        "{}",
        theirs.body
    );
    assert!(theirs.body.contains("Shall we?") && !theirs.body.contains("Nudge"));
    let id = house.bright.get("/proposals?state=open").json["items"][0]["id"].as_str().unwrap().to_owned();
    let yes = noor.post(&format!("/proposals/{id}/approve"), &[("csrf", &theirs.hidden("csrf"))]);
    assert_eq!(yes.location, Some(format!("{page}?done=approved-done")));
    assert_eq!(house.north.get(&house.address()).json["state"], "active");
    house.app.tick().await;
    assert_eq!(house.app.recipients(), ["mara"]);
    // What they have accepted only they together change.
    let looser = house.north.json("PUT", &format!("{}/cadences", house.address()), &json!({"cadences": []}));
    assert_eq!(looser.status, 202, "{}", looser.text);
    // By the link of the form the sheet is read without signing in.
    house.app.at("2026-12-01T08:00:00Z").await;
    let mails = house.app.mails();
    let token = mails.iter().find(|m| m.to.starts_with("ben")).unwrap().survey_token();
    let stranger = house.app.browser().await;
    assert!(stranger.get(&format!("/s/{token}")).body.contains(&format!("/s/{token}/trust")));
    let sheet = stranger.get(&format!("/s/{token}/trust"));
    assert!(sheet.status == 200 && sheet.body.contains("How to leave"));
    assert_eq!(stranger.get("/s/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/trust").status, 404);
}

async fn who_is_asked_may_ask_back_and_who_asks_may_nudge(database: &Database) {
    let mut house = proposed(database).await;
    let mara = signed_in(&mut house.app, "Mara").await;
    let noor = signed_in(&mut house.app, "Noor").await;
    let page = format!("/partnerships/{}", house.pair.id);
    let csrf = mara.get(&page).hidden("csrf");
    mara.post(&format!("{page}/propose"), &[("csrf", &csrf)]);
    house.app.tick().await;
    house.app.mails();
    let id = house.north.get("/proposals?state=open").json["items"][0]["id"].as_str().unwrap().to_owned();

    let theirs = noor.get(&page).hidden("csrf");
    let question = "Who of your people holds the key?";
    let sent = noor.post(&format!("/proposals/{id}/ask"), &[("csrf", &theirs), ("question", question)]);
    assert_eq!(sent.location, Some(format!("{page}?done=question-sent")));
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "mara@example.org");
    assert!(mails[0].reply_to.contains("noor@example.org"), "{}", mails[0].reply_to);
    assert!(
        mails[0].flat().contains(&format!("Noor for Brightwater asks: “{question}”")),
        "{}",
        mails[0].text
    );

    let twice = act(&house.north, &format!("/proposals/{id}"), "nudge");
    assert_eq!(twice.code(), "state_conflict", "they were asked today: {}", twice.text);
    assert_eq!(
        act(&house.bright, &format!("/proposals/{id}"), "nudge").status,
        409,
        "only those who proposed"
    );
    house.app.at("2026-11-04T09:00:00Z").await;
    assert_eq!(act(&house.north, &format!("/proposals/{id}"), "nudge").status, 200);
    let csrf = mara.get(&page).hidden("csrf");
    assert_eq!(mara.post(&format!("/proposals/{id}/nudge"), &[("csrf", &csrf)]).status, 409, "once a day");
    house.app.tick().await;
    let nudged = house.app.mails();
    assert_eq!(nudged.len(), 1);
    assert!(nudged[0].to.starts_with("noor") && nudged[0].flat().contains("Who hosts it"));
    let own = house.north.post(&format!("/proposals/{id}:ask"), &json!({"question": "To ourselves?"}));
    assert_eq!(own.status, 409, "{}", own.text);
    let empty = house.bright.post(&format!("/proposals/{id}:ask"), &json!({"question": " "}));
    assert_eq!((empty.status, empty.paths()), (422, vec!["question"]));
    // Sixty days to accept, not seven.
    house.app.at("2026-12-30T09:00:00Z").await;
    assert_eq!(house.north.get(&format!("/proposals/{id}")).json["state"], "open");
    house.app.at("2026-12-31T10:00:00Z").await;
    assert_eq!(house.north.get(&format!("/proposals/{id}")).json["state"], "expired");
    assert!(mara.get(&page).body.contains("Not every side answered by 31 Dec."));
    house.app.mails();
}

async fn a_side_that_declines_says_why(database: &Database) {
    let mut house = proposed(database).await;
    let asked = act(&house.north, &house.address(), "propose");
    let proposal = asked.header("location").unwrap().to_owned();
    house.bright.post(&format!("{proposal}:decline"), &json!({"reason": "We want anonymous mode."}));
    let mara = signed_in(&mut house.app, "Mara").await;
    let shown = mara.get(&format!("/partnerships/{}", house.pair.id));
    assert!(
        shown.body.contains("Brightwater declined on 1 Nov: “We want anonymous mode.”"),
        "{}",
        shown.body
    );
    assert!(shown.body.contains("Propose it again"));
    assert_eq!(act(&house.north, &house.address(), "propose").status, 202);
    house.app.tick().await;
    house.app.mails();
}

async fn a_round_of_our_own_reaches_the_other_side_neither_before_the_acceptance_nor_after(
    database: &Database,
) {
    let mut house = proposed(database).await;
    let new = json!({"instrument": "quarterly-health-review", "closes_at": "2026-11-10T16:00:00Z"});
    let full = house.app.full_program().await;
    let refused = full.post(&format!("{}/cycles", house.address()), &new);
    assert_eq!(refused.code(), "state_conflict", "nobody's own people: {}", refused.text);
    let opened = house.north.post(&format!("{}/cycles", house.address()), &new);
    assert_eq!(opened.status, 201, "{}", opened.text);
    let view = opened.json["partnership_id"].as_str().unwrap().to_owned();
    assert_ne!(view, house.pair.id.to_string());
    let shown = house.north.get(&format!("/partnerships/{view}")).json;
    assert_eq!(shown["our_view_of"], json!(house.pair.id));
    assert_eq!(shown["name"], "Northmoor × Brightwater (our view only)");
    assert_eq!(opened.json["response"].as_array().unwrap().len(), 1, "nobody is counted as silent");
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(mails.iter().map(|m| &m.to[..3]).collect::<Vec<_>>(), ["ada", "ali"], "only the own side");
    assert!(mails.iter().all(|m| m.subject.contains("our view only") && m.flat().contains("never see this")));
    for mail in &mails {
        house.app.answer(&mail.survey_token(), [4, 2, 4, 4, 4]).await;
        house.app.send(&mail.survey_token()).await;
    }
    house.app.at("2026-11-10T16:00:00Z").await;
    let result = house.app.mails();
    assert_eq!(result.iter().map(|m| m.to.as_str()).collect::<Vec<_>>(), ["mara@example.org"]);
    assert!(result[0].flat().contains("our view only"), "{}", result[0].text);
    let cycle = format!("/cycles/{}", opened.json["id"].as_str().unwrap());
    let card = house.north.get(&format!("{cycle}/scorecard"));
    assert_eq!(card.status, 200, "{}", card.text);
    let seen = card.json["indicators"]["shared_vision"]["sides"].to_string();
    assert!(seen.contains("\"mean\":4"), "{}", card.text);
    assert_eq!(card.json["flags"], json!([]), "nobody was silent");
    let mara = signed_in(&mut house.app, "Mara").await;
    let page = mara.get(&format!("/partnerships/{view}"));
    assert!(page.status == 200, "{}", page.body);
    assert!(page.body.contains("Our view only: Northmoor stands at 3.6 overall."), "{}", page.body);
    assert!(!page.body.contains("did not answer") && !page.body.contains("silent"), "{}", page.body);
    assert!(mara.get("/").body.contains("our view only"));
    assert!(
        mara.get(&format!("/partnerships/{}", house.pair.id)).body.contains(&format!("/partnerships/{view}"))
    );

    let theirs = unseen(&mut house, &view, &cycle).await;
    // Accepted: the other side still finds nothing of it.
    let proposal = act(&house.north, &house.address(), "propose").header("location").unwrap().to_owned();
    assert_eq!(act(&house.bright, &proposal, "approve").json["state"], "approved");
    let log = unseen(&mut house, &view, &cycle).await;
    // All at one instant, so that their order is no news.
    let mut since: Vec<&str> =
        log.iter().filter(|own| !theirs.contains(own)).filter_map(|own| own["act"].as_str()).collect();
    since.sort_unstable();
    since.retain(|act| *act != "token made for it");
    assert_eq!(since, ["proposal approved", "proposed start_partnership", "start_partnership"]);
    let closed = house.north.post(&format!("/partnerships/{view}/cycles"), &new);
    assert_eq!(closed.code(), "state_conflict", "the time of own rounds is over: {}", closed.text);
    assert_eq!(house.north.get(&format!("{cycle}/scorecard")).status, 200, "it stays with the own side");
    assert_eq!(act(&house.north, &format!("/partnerships/{view}"), "resume").code(), "state_conflict");
    let drift = house.north.get(&format!("{}/scorecards", house.address())).json;
    assert_eq!(drift["items"], json!([]), "it is no check of the partnership");
    house.app.tick().await;
    house.app.mails();
}

/// That the other side finds nothing of a view in any way; gives what its log of the partnership holds.
async fn unseen(house: &mut House, view: &str, cycle: &str) -> Vec<Value> {
    let whole = house.app.program(Scope::ALL, Binding::Partnership(house.pair.id)).await;
    let noor = signed_in(&mut house.app, "Noor").await;
    for address in [format!("/partnerships/{view}"), format!("{cycle}/scorecard"), cycle.to_owned()] {
        assert_eq!(house.bright.get(&address).status, 404, "{address}");
        assert_eq!(whole.get(&address).status, 404, "{address}");
        assert_eq!(noor.get(&address).status, 404, "{address}");
    }
    for address in
        ["/portfolio", "/flags", "/partnerships", "/exports/scorecards.json", "/proposals", "/people"]
    {
        for program in [&house.bright, &whole] {
            let text = program.get(address).text;
            assert!(!text.contains(view) && !text.contains("our view only"), "{address}: {text}");
        }
    }
    for address in [format!("{}/cycles", house.address()), format!("{}/export.json", house.address())] {
        let text = house.bright.get(&address).text;
        assert!(
            !text.contains("cycle_id") && !text.contains(view) && !text.contains("ad_hoc"),
            "{address}: {text}"
        );
    }
    let page = noor.get(&format!("/partnerships/{}", house.pair.id)).body;
    assert!(!page.contains(view) && !page.contains("Brightwater (our view only)"), "{page}");
    let log = house.bright.get("/audit?limit=200").json["items"].as_array().unwrap().clone();
    assert!(log.iter().all(|own| !own.to_string().contains(view) && own["act"] != "own view"), "{log:?}");
    log
}
