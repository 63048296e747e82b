//! An imported review says what it would have said if it had closed here.

use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use super::{NOW, cards, cycle, figures, import, partnership, send};
use crate::support::api::{Program, Reply};
use crate::support::{Database, Mail, Side, TestApp};

on_both!(
    past_reviews_say_what_they_would_have_said_here,
    past_reviews_in_named_mode_say_what_they_would_have_said_here,
    the_json_and_the_csv_form_of_a_history_give_the_same_scorecards,
    a_live_check_after_an_import_goes_on_with_its_ratings_and_flags,
    nobody_is_told_of_a_past_review,
    respondents_are_members_by_address_or_other_name_and_else_pseudonyms,
    an_anonymous_history_keeps_nobody,
    a_document_with_some_of_the_reviews_indicators_is_scored_by_these_alone,
    indicators_of_ones_own_make_an_instrument_of_ones_own,
    flags_of_the_past_end_with_the_newest_review_and_their_debt_begins_with_the_import,
    what_the_document_leaves_out_is_told_from_the_periods_and_the_answers,
    a_side_that_is_silent_in_a_past_review_raises_its_flag_also_where_nobody_says_who_was_invited,
);

const QUARTERS: [(&str, &str); 3] = [
    ("2026-Q1", "2026-03-03T09:00:00Z"),
    ("2026-Q2", "2026-06-02T09:00:00Z"),
    ("2026-Q3", "2026-09-01T09:00:00Z"),
];
/// What both people answer in each quarter: good, then bad, then just below what better needs.
const POINTS: [[[u8; 5]; 2]; 3] =
    [[[5, 4, 4, 4, 5]; 2], [[2, 4, 3, 4, 5], [3, 3, 3, 4, 2]], [[4, 4, 3, 4, 5], [4, 4, 4, 4, 3]]];

fn past(name: &str, mode: &str) -> Value {
    let cycles: Vec<Value> =
        QUARTERS.iter().zip(POINTS).map(|((period, _), [a, b])| cycle(period, &[a], &[b])).collect();
    partnership(name, mode, &cycles)
}

async fn past_reviews_say_what_they_would_have_said_here(database: &Database) {
    as_if_here(database, Mode::Representative).await;
}

async fn past_reviews_in_named_mode_say_what_they_would_have_said_here(database: &Database) {
    as_if_here(database, Mode::Named).await;
}

/// Two partnerships with the same answers: one lives through its quarters, the other is imported.
async fn as_if_here(database: &Database, mode: Mode) {
    let mut app = TestApp::on(database, "2026-01-05T10:00:00Z").await;
    let pair = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, mode).await;
    for ((_, opens), points) in QUARTERS.iter().zip(POINTS) {
        app.at(opens).await;
        let tokens: Vec<String> = app.mails().iter().map(Mail::survey_token).collect();
        for (token, points) in tokens.iter().zip(points) {
            app.answer(token, points).await;
            app.send(token).await;
        }
        let closes = app.cycles(&pair).await.last().unwrap().closes_at.and_utc();
        app.at(&closes.to_rfc3339()).await;
        assert_eq!(app.mails().len(), 2, "a result for each manager");
    }
    let full = app.full_program().await;
    let id = import(&full, &past("Imported", mode.as_str()));
    let (live, imported) = (cards(&full, &pair.id.to_string()), cards(&full, &id));
    assert_eq!(imported.len(), 3);
    for (live, imported) in live.iter().zip(&imported) {
        assert_eq!(figures(imported), figures(live));
    }
    let told: Vec<&Value> =
        imported.iter().map(|card| &card["indicators"]["shared_vision"]["rating"]).collect();
    assert_eq!(told, ["green", "red", "amber"], "4.0 is not green after red");
}

async fn the_json_and_the_csv_form_of_a_history_give_the_same_scorecards(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let sample: Value = serde_json::from_str(include_str!("../../data/history_sample.json")).unwrap();
    let table = include_str!("../../data/history_sample.csv").replace("\nP0", "\nC0");
    let done = send(&full, &sample);
    assert_eq!(
        (done.status, done.json["partnerships"][0]["cycles_added"].as_u64()),
        (201, Some(10)),
        "{}",
        done.text
    );
    let csv = full.send("POST", "/history", &[("content-type", "text/csv")], Some(table.as_bytes()));
    assert_eq!(csv.status, 201, "{}", csv.text);
    let list = |reply: &Reply| reply.json["partnerships"].as_array().unwrap().clone();
    for (json, csv) in list(&done).iter().zip(&list(&csv)) {
        assert_eq!(csv["partnership"].as_str().unwrap()[1..], json["partnership"].as_str().unwrap()[1..]);
        let of = |own: &Value| cards(&full, own["partnership_id"].as_str().unwrap());
        let (json, csv) = (of(json), of(csv));
        assert_eq!(json.len(), 10);
        for (json, csv) in json.iter().zip(&csv) {
            // The table does not say how many were invited.
            let plain = |card: &Value| {
                json!([card["period"], card["overall"], card["indicators"], card["closed_at"]])
            };
            assert_eq!(plain(json), plain(csv));
        }
    }
}

async fn a_live_check_after_an_import_goes_on_with_its_ratings_and_flags(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    let full = app.full_program().await;
    let mut past = past("A × B", "representative");
    past["cycles"].as_array_mut().unwrap().truncate(2);
    assert_eq!(import(&full, &past), pair.id.to_string(), "the one that is here, by its name");
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails() {
        app.answer(&mail.survey_token(), [4, 4, 4, 4, 4]).await;
    }
    app.at("2026-12-10T16:00:00Z").await;
    assert_eq!(app.mails().len(), 2);
    let cards = cards(&full, &pair.id.to_string());
    let cell = &cards[2]["indicators"]["shared_vision"];
    assert_eq!((&cell["rating"], &cell["rating_reason"]), (&json!("amber"), &json!("hysteresis")));
    let flag = |card: &Value| {
        let flags = card["flags"].as_array().unwrap();
        flags.iter().find(|own| own["indicator"] == "shared_vision").unwrap().clone()
    };
    assert_eq!(flag(&cards[1])["id"], flag(&cards[2])["id"], "one episode");
    assert_eq!((&flag(&cards[1])["state"], &flag(&cards[2])["state"]), (&json!("raised"), &json!("held")));
}

async fn nobody_is_told_of_a_past_review(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    let full = app.full_program().await;
    import(&full, &past("A × B", "representative"));
    app.at("2026-11-02T10:00:00Z").await;
    for table in ["notice", "letter", "invitation"] {
        assert_eq!(database.dump(table), "", "{table}");
    }
    assert_eq!(full.get("/people").json["items"].as_array().unwrap().len(), 4, "nobody was added");
    let cycles = full.get(&format!("/partnerships/{}/cycles", pair.id)).json["items"].clone();
    assert_eq!((&cycles[0]["origin"], &cycles[0]["state"]), (&json!("historic"), &json!("closed")));
    assert_eq!(cycles[0]["total"], json!({"invited": 2, "answered": 2}));
}

async fn respondents_are_members_by_address_or_other_name_and_else_pseudonyms(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    let full = app.full_program().await;
    let file = "email,name,side,roles,external_ref\nben@example.org,Ben,B,respondent,p17\n";
    let address = format!("/partnerships/{}/members:import", pair.id);
    assert_eq!(
        full.send("POST", &address, &[("content-type", "text/csv")], Some(file.as_bytes())).status,
        200
    );
    let mut past = past("A × B", "named");
    for cycle in past["cycles"].as_array_mut().unwrap() {
        cycle["responses"][0]["respondent"] = json!("Ada@Example.org");
        cycle["responses"][1]["respondent"] = json!("p17");
        let mut stranger = cycle["responses"][1].clone();
        stranger["respondent"] = json!("somebody who left");
        cycle["responses"].as_array_mut().unwrap().push(stranger);
    }
    import(&full, &past);
    let who = "SELECT COALESCE(person.email, pseudonym.label) || ' ' || COUNT(*) AS line FROM response \
               LEFT JOIN member ON member.id = response.member_id LEFT JOIN person ON person.id = member.person_id \
               LEFT JOIN pseudonym ON pseudonym.id = response.pseudonym_id GROUP BY person.email, pseudonym.label \
               ORDER BY 1";
    assert_eq!(database.texts(who), ["ada@example.org 3", "ben@example.org 3", "somebody who left 3"]);
    past["cycles"][0]["responses"][2]["respondent"] = json!("ben@example.org");
    past["cycles"][0]["period"] = json!("2025-Q4");
    past["partnership"] = json!("another");
    assert_eq!(send(&full, &past).status, 201, "elsewhere the same names are other people");
    past["partnership"] = json!("A × B");
    past["cycles"][0]["period"] = json!("2026-10");
    past["cycles"] = json!([past["cycles"][0]]);
    assert_eq!(
        send(&full, &past).paths(),
        ["cycles[0].respondent"],
        "p17 and ben@example.org are one member"
    );
}

async fn an_anonymous_history_keeps_nobody(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let many: Vec<[u8; 5]> = (0..6).map(|n| [4, 4, 4, 4, 1 + n % 5]).collect();
    let mut document = partnership("Quiet", "anonymous", &[cycle("2026-Q1", &many, &many)]);
    document["cycles"][0]["responses"][0]["respondent"] = json!("whistle@example.org");
    document["cycles"][0]["responses"][1].as_object_mut().unwrap().remove("respondent");
    let id = import(&full, &document);
    assert_eq!(cards(&full, &id)[0]["response"]["A"], json!({"invited": 6, "answered": 6}));
    assert_eq!((database.dump("pseudonym"), database.dump("person")), (String::new(), String::new()));
    for table in ["response", "cycle", "scorecard", "audit", "idempotency"] {
        assert!(!database.dump(table).contains("whistle"), "{table}");
    }
    assert_eq!(send(&full, &document).status, 200);
    document["cycles"][0]["responses"][0]["respondent"] = json!("somebody else");
    assert_eq!(send(&full, &document).status, 200, "who it was is no part of it");
}

async fn a_document_with_some_of_the_reviews_indicators_is_scored_by_these_alone(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let mut document = past("Two", "named");
    document["indicators"] = json!(["communication", "shared_vision"]);
    for cycle in document["cycles"].as_array_mut().unwrap() {
        for response in cycle["responses"].as_array_mut().unwrap() {
            response["answers"] = json!({"shared_vision": 4, "communication": null});
        }
    }
    let id = import(&full, &document);
    let card = &cards(&full, &id)[0];
    assert_eq!(card["instrument"], json!({"id": "quarterly-health-review", "version": 1}));
    assert_eq!(
        card["indicators"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["communication", "shared_vision"]
    );
    assert_eq!(card["overall"]["score"], 4.0, "one of two is half");
}

async fn indicators_of_ones_own_make_an_instrument_of_ones_own(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let mut document = past("Own", "representative");
    for cycle in document["cycles"].as_array_mut().unwrap() {
        for response in cycle["responses"].as_array_mut().unwrap() {
            response["answers"] = json!({"Vertrauen & Mut": 4, "communication": 5});
        }
    }
    let id = import(&full, &document);
    let card = &cards(&full, &id)[2];
    let own = format!("history-{id}");
    assert_eq!(card["instrument"], json!({"id": own, "version": 1}));
    assert_eq!(card["indicators"]["Vertrauen & Mut"]["score"], 4.0);
    let one = full.get(&format!("/instruments/{own}"));
    assert_eq!((one.status, &one.json["title"]), (200, &json!("Own")), "{}", one.text);
    let list = full.get("/instruments").json["items"].clone();
    assert_eq!(list.as_array().unwrap().len(), 2, "nobody else can choose it");
    let row = &full.get("/portfolio").json["items"][0];
    assert_eq!(row["name"].as_str(), Some("Own"), "{row}");
    // More indicators later: another version, the same history.
    document["cycles"] = json!([document["cycles"][2]]);
    document["cycles"][0]["period"] = json!("2026-10");
    document["cycles"][0]["responses"][0]["answers"]["third"] = json!(2);
    let again = send(&full, &document);
    assert_eq!(again.status, 201, "{}", again.text);
    assert_eq!(cards(&full, &id)[3]["instrument"], json!({"id": own, "version": 2}));
}

async fn flags_of_the_past_end_with_the_newest_review_and_their_debt_begins_with_the_import(
    database: &Database,
) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    import(&full, &past("Past", "representative"));
    let told = |state: &str| -> Vec<String> {
        let list = full.get(&format!("/flags?state={state}")).json["items"].clone();
        list.as_array()
            .unwrap()
            .iter()
            .map(|own| own["indicator"].as_str().unwrap_or("-").to_owned())
            .collect()
    };
    let (mut open, mut cleared) = (told("open"), told("cleared"));
    open.sort_unstable();
    cleared.sort_unstable();
    assert_eq!(open, ["communication", "joint_kpi", "resource_commitment", "shared_vision"]);
    assert!(cleared.is_empty(), "{cleared:?}");
    let flags = full.get("/flags?state=open").json["items"].clone();
    assert!(
        flags.as_array().unwrap().iter().all(|own| own["raised_at"].as_str().unwrap() < "2026-07"),
        "{flags}"
    );
    let debt = |full: &Program| full.get("/portfolio").json["items"][0]["conflict_debt"].clone();
    let now = debt(&full);
    assert!(
        now.as_u64().is_some_and(|debt| debt <= 8),
        "at most two for each, none for the months before: {now}"
    );
    app.at("2026-12-02T10:00:00Z").await;
    assert_eq!(debt(&full).as_u64().unwrap(), now.as_u64().unwrap() * 2, "a month after the import");
}

async fn what_the_document_leaves_out_is_told_from_the_periods_and_the_answers(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let mut document = past("Told", "named");
    document.as_object_mut().unwrap().remove("sides");
    document["cycles"][1]["period"] = json!("spring");
    document["cycles"][1]["invited"] = json!({"B": 4});
    document["cycles"][2]["closed_at"] = json!("2026-10-02");
    document["cycles"][2]["opened_at"] = json!("2026-09-01T08:00:00+02:00");
    let id = import(&full, &document);
    let cards = cards(&full, &id);
    let closed: Vec<&str> = cards.iter().map(|card| &card["closed_at"].as_str().unwrap()[..10]).collect();
    assert_eq!(closed, ["2026-03-31", "2026-07-03", "2026-10-02"]);
    assert_eq!(
        cards[1]["response"],
        json!({"A": {"invited": 1, "answered": 1}, "B": {"invited": 4, "answered": 1}})
    );
    assert_eq!(cards[0]["overall"]["gap"]["between"], json!(["A", "B"]), "the sides as they appear");
}

async fn a_side_that_is_silent_in_a_past_review_raises_its_flag_also_where_nobody_says_who_was_invited(
    database: &Database,
) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let table = "partnership,period,side,respondent,indicator,answer\n\
                 P,2026-Q1,A,a,communication,4\nP,2026-Q1,B,b,communication,4\nP,2026-Q2,A,a,communication,4\n";
    let done = full.send("POST", "/history", &[("content-type", "text/csv")], Some(table.as_bytes()));
    assert_eq!(done.status, 201, "{}", done.text);
    let cards = cards(&full, done.json["partnerships"][0]["partnership_id"].as_str().unwrap());
    assert_eq!(cards[1]["response"]["B"], json!({"invited": 0, "answered": 0}));
    let flag = &cards[1]["flags"][0];
    assert_eq!((&flag["indicator"], &flag["reasons"]), (&json!(null), &json!(["silent_side"])));
    assert_eq!(flag["severity"], "act");
}
