//! What goes out: by interface what is published, by command line everything that may be known.

use evenkeel::domain::access_token::{Binding, Scope};
use serde_json::{Value, json};

use super::files::Shell;
use super::{NOW, cards, cycle, import, partnership, send};
use crate::support::{Database, Side, TestApp};

on_both!(
    the_interface_exports_what_is_published_and_the_command_line_what_is_exact,
    an_export_reaches_no_further_than_its_token,
    answers_with_names_go_out_as_a_document_that_comes_in_again,
    answers_to_two_instruments_go_out_in_the_order_of_time_and_come_in_again,
    a_table_of_scorecards_is_safe_to_open,
    drift_is_read_from_the_newest_scorecard,
);

fn three(mode: &str) -> Value {
    let quarters = [([5, 4, 4, 4, 4], [4, 4, 3, 0, 5]), ([4, 4, 4, 4, 4], [2, 4, 3, 4, 5])];
    let cycles: Vec<Value> = quarters
        .iter()
        .zip(["2026-Q1", "2026-Q2"])
        .map(|((a, b), period)| cycle(period, &[*a, *a, [4; 5]], &[*b, *b, [3; 5]]))
        .collect();
    partnership(mode, mode, &cycles)
}

async fn the_interface_exports_what_is_published_and_the_command_line_what_is_exact(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let shell = Shell::of(&app);
    for mode in ["named", "representative", "confidential", "anonymous"] {
        import(&full, &three(mode));
    }
    let public = full.get("/exports/scorecards.json");
    assert_eq!(public.status, 200, "{}", public.text);
    let (code, own, told) = shell.run(&["export", "scorecards", "--format", "json"]);
    assert_eq!(code, Some(0), "{told}");
    let own: Value = serde_json::from_str(&own).unwrap();
    let of = |document: &Value, mode: &str| {
        let all = document["partnerships"].as_array().unwrap();
        all.iter().find(|own| own["partnership"] == mode).unwrap()["scorecards"].clone()
    };
    for mode in ["named", "representative", "confidential", "anonymous"] {
        let id = of(&public.json, mode)[0]["partnership_id"].as_str().unwrap().to_owned();
        assert_eq!(of(&public.json, mode), json!(cards(&full, &id)), "{mode}");
        let same = of(&own, mode) == of(&public.json, mode);
        assert_eq!(same, mode != "representative", "{mode}");
    }
    let vision = |document: &Value| of(document, "representative")[0]["indicators"]["shared_vision"].clone();
    let (rounded, exact) = (vision(&public.json), vision(&own));
    assert_eq!(
        (&rounded["score"], &rounded["interval"], &rounded["suppressed"]),
        (&json!(4.2), &json!(null), &json!(true))
    );
    assert!((exact["score"].as_f64().unwrap() - 25.0 / 6.0).abs() < 1e-12, "{exact}");
    assert!(
        exact["interval"].is_array()
            && exact["sides"]["A"]["agreement"].is_string()
            && exact["suppressed"] == false
    );
    assert_eq!(of(&own, "representative")[0]["mode"], "representative");
    let (code, one, _) = shell.run(&["export", "scorecards", "--format", "json", "--partnership", "named"]);
    let one: Value = serde_json::from_str(&one).unwrap();
    assert_eq!((code, one["partnerships"].as_array().unwrap().len()), (Some(0), 1));
    assert_eq!(
        shell.run(&["export", "scorecards", "--format", "json", "--partnership", "nobody"]).0,
        Some(65)
    );
    assert_eq!(shell.run(&["export", "scorecards", "--format", "xml"]).0, Some(64));
}

async fn an_export_reaches_no_further_than_its_token(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let pair = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    let mut silent = partnership("A × B", "representative", &[cycle("2026-Q1", &[[4; 5]], &[])]);
    silent["cycles"][0]["invited"] = json!({"A": 1, "B": 1});
    import(&full, &silent);
    import(&full, &three("named"));
    for (side, mean) in [(0, json!(4.0)), (1, json!(null))] {
        let own = app.program(&[Scope::ScorecardsRead], Binding::Side(pair.sides[side])).await;
        let export = own.get("/exports/scorecards.json").json;
        assert_eq!(export["partnerships"].as_array().unwrap().len(), 1);
        let cell = &export["partnerships"][0]["scorecards"][0]["indicators"]["joint_kpi"];
        assert_eq!(cell["sides"]["A"]["mean"], mean, "no answers, no view");
    }
    let other = app.program(&[Scope::FlagsRead], Binding::Instance).await;
    assert_eq!(other.get("/exports/scorecards.csv").code(), "scope_missing");
    assert_eq!(full.get("/exports/scorecards.xml").status, 404);
    assert_eq!(full.get("/exports/answers.json").status, 404);
}

async fn answers_with_names_go_out_as_a_document_that_comes_in_again(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let shell = Shell::of(&app);
    import(&full, &three("named"));
    import(&full, &three("confidential"));
    let (code, text, told) = shell.run(&["export", "responses", "--format", "json"]);
    assert_eq!(code, Some(0), "{told}");
    let document: Value = serde_json::from_str(&text).unwrap();
    let all = document["partnerships"].as_array().unwrap();
    assert_eq!((all.len(), &all[0]["partnership"]), (1, &json!("named")), "named mode only");
    assert_eq!(all[0]["cycles"][0]["responses"].as_array().unwrap().len(), 6);
    let mut copy = document.clone();
    copy["partnerships"][0]["partnership"] = json!("copy");
    let id = import(&full, &copy);
    let original = full.get("/exports/scorecards.json").json;
    let original = original["partnerships"]
        .as_array()
        .unwrap()
        .iter()
        .find(|own| own["partnership"] == "named")
        .unwrap()
        .clone();
    for (copy, own) in cards(&full, &id).iter().zip(original["scorecards"].as_array().unwrap()) {
        assert_eq!(super::figures(copy), super::figures(own));
    }
    let (_, table, _) = shell.run(&["export", "responses", "--format", "csv"]);
    assert_eq!(table.lines().next(), Some("partnership,period,side,respondent,indicator,answer"));
    assert_eq!(table.lines().filter(|line| line.starts_with("named,2026-Q1,B,b0,")).count(), 5);
    assert!(table.contains("\nnamed,2026-Q1,B,b0,conflict_resolution,\n"), "{table}");
}

async fn answers_to_two_instruments_go_out_in_the_order_of_time_and_come_in_again(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let review = |period: &str| partnership("Two", "named", &[cycle(period, &[[4; 5]], &[[3; 5]])]);
    let mut own = review("2025-Q2");
    for response in own["cycles"][0]["responses"].as_array_mut().unwrap() {
        response["answers"] = json!({"trust": 2, "awe": null});
    }
    let quarters = ["2025-Q1", "2025-Q2", "2025-Q3"];
    let id = import(&full, &json!([review(quarters[0]), own, review(quarters[2])]));
    let shell = Shell::of(&app);
    let (_, text, _) = shell.run(&["export", "responses", "--format", "json"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let periods: Vec<&Value> =
        document["partnerships"].as_array().unwrap().iter().map(|own| &own["cycles"][0]["period"]).collect();
    assert_eq!(periods, quarters);
    let copy: Value = serde_json::from_str(&text.replace("\"Two\"", "\"Copy\"")).unwrap();
    let copy = import(&full, &copy);
    let (first, second) = (cards(&full, &id), cards(&full, &copy));
    assert_eq!(second.len(), 3);
    for (own, copy) in first.iter().zip(&second) {
        assert_eq!(super::figures(copy), super::figures(own));
    }
    // A file takes the same way, also where the partnership is new with it.
    shell.write("two.json", &text.replace("\"Two\"", "\"By file\""));
    let (code, told, errors) = shell.run(&["import", "history", "two.json"]);
    assert_eq!(code, Some(0), "{told}{errors}");
    let (_, table, _) = shell.run(&["export", "responses", "--format", "csv", "--partnership", "Two"]);
    let mut rows: Vec<&str> = table.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    rows.dedup();
    assert_eq!(rows, quarters);
    // The same indicators again are the same partnership twice.
    let twice = send(&full, &json!([review("2026-Q1"), review("2026-Q2")]));
    assert_eq!((twice.status, twice.paths()), (422, vec!["[1].partnership"]));
}

async fn a_table_of_scorecards_is_safe_to_open(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let mut document = three("named");
    document["partnership"] = json!("=cmd|' /C calc'!A0");
    document["cycles"][1]["period"] = json!("+later");
    import(&full, &document);
    let table = full.get("/exports/scorecards.csv");
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    let lines: Vec<&str> = table.text.lines().collect();
    assert_eq!(lines.len(), 1 + 2 * 6, "a row for the overall score and one for each indicator");
    assert!(lines[1].contains(",'=cmd|' /C calc'!A0,") && lines[7].contains(",'+later,"), "{}", lines[7]);
    let read: Result<Vec<csv::StringRecord>, csv::Error> =
        csv::Reader::from_reader(table.text.as_bytes()).records().collect();
    assert_eq!(read.unwrap().len(), 12, "every row is as wide as the header");
    let (_, own, _) = Shell::of(&app).run(&["export", "scorecards", "--format", "csv"]);
    assert_eq!(own, table.text, "in named mode nothing is rounded");
}

async fn drift_is_read_from_the_newest_scorecard(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let id = import(&full, &three("named"));
    let drift = full.get(&format!("/partnerships/{id}/drift"));
    let newest = cards(&full, &id)[1].clone();
    assert_eq!((drift.status, &drift.json["period"]), (200, &json!("2026-Q2")), "{}", drift.text);
    assert_eq!(drift.json["overall"], newest["overall"]["drift"]);
    assert_eq!(drift.json["indicators"]["joint_kpi"], newest["indicators"]["joint_kpi"]["drift"]);
    assert!(drift.header("etag").is_some());
    let pair = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    assert_eq!(full.get(&format!("/partnerships/{}/drift", pair.id)).status, 409);
    let nope = full.get(&format!("/partnerships/{id}/drift?instrument=nope"));
    assert_eq!((nope.status, nope.paths()), (422, vec!["instrument"]));
    assert!(nope.text.contains("there are scorecards of quarterly-health-review"), "{}", nope.text);
    let own = app.program(&[Scope::ScorecardsRead], Binding::Partnership(pair.id)).await;
    assert_eq!(own.get(&format!("/partnerships/{id}/drift")).status, 404);
}
