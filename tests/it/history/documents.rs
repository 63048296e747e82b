//! Documents that cannot be taken name their place and the way out.

use serde_json::{Value, json};

use super::{NOW, cycle, partnership};
use crate::support::api::{Program, Reply};
use crate::support::{Database, TestApp};

on_both!(
    an_answer_is_a_whole_number_from_1_to_5_or_null,
    a_field_of_another_kind_is_named_by_its_path,
    what_a_document_says_must_hold_together,
    what_is_no_document_at_all_is_told_as_such,
    a_response_that_cannot_be_read_is_not_told_as_a_missing_side,
    a_number_that_is_whole_is_an_answer_however_it_is_written,
    no_indicator_is_called_overall,
    what_is_not_json_is_told_in_words_and_with_its_place,
    a_table_that_is_wrong_names_every_line,
    a_table_is_read_whatever_program_saved_it,
    comments_are_not_kept,
);

fn good() -> Value {
    let quarters = ["2026-Q1", "2026-Q2"].map(|period| cycle(period, &[[4; 5]], &[[3; 5]]));
    json!({"partnerships": [partnership("A × B", "named", &quarters)]})
}

fn post(full: &Program, kind: &str, text: &str) -> Reply {
    full.send("POST", "/history", &[("content-type", kind)], Some(text.as_bytes()))
}

/// The good document with one value put in: where, under which key, what, and the paths that it breaks.
type Case<'a> = (&'a str, &'a str, Value, Vec<&'a str>);

const HOUSE: &str = "/partnerships/0";
const FIRST: &str = "/partnerships/0/cycles/0";
const RESPONSE: &str = "/partnerships/0/cycles/0/responses/0";

fn refuses_each(full: &Program, cases: Vec<Case<'_>>) {
    for (place, key, value, mut paths) in cases {
        let mut document = good();
        document.pointer_mut(place).unwrap()[key] = value;
        let refused = post(full, "application/json", &document.to_string());
        let mut found = refused.paths();
        found.sort_unstable();
        paths.sort_unstable();
        assert_eq!((refused.status, found), (422, paths), "{document}\n{}", refused.text);
    }
    assert_eq!(full.get("/partnerships").json["items"], json!([]));
}

async fn an_answer_is_a_whole_number_from_1_to_5_or_null(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let path = "partnerships[0].cycles[1].responses[1].answers.communication";
    let others = [
        json!(0),
        json!(6),
        json!(-1),
        json!(3.5),
        json!("3"),
        json!(true),
        json!([4]),
        json!({}),
        json!(u64::MAX),
    ];
    let place = "/partnerships/0/cycles/1/responses/1/answers";
    let case = |value: Value| (place, "communication", value, vec![path]);
    refuses_each(&full, others.into_iter().map(case).collect());
}

async fn a_field_of_another_kind_is_named_by_its_path(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let long = "x".repeat(101);
    let respondent = "partnerships[0].cycles[0].responses[0].respondent";
    let cases: Vec<Case<'_>> = vec![
        (HOUSE, "partnership", json!("a\u{202E}b"), vec!["partnerships[0].partnership"]),
        (HOUSE, "partnership", json!(null), vec!["partnerships[0].partnership"]),
        (HOUSE, "mode", json!("secret"), vec!["partnerships[0].mode"]),
        (HOUSE, "cycles", json!([]), vec!["partnerships[0].cycles"]),
        (HOUSE, "cycles", json!({}), vec!["partnerships[0].cycles"]),
        (HOUSE, "cycles", json!([[]]), vec!["partnerships[0].cycles[0]"]),
        (HOUSE, "sides", json!(["A", "B", 3]), vec!["partnerships[0].sides[2]"]),
        (HOUSE, "colour", json!("red"), vec!["partnerships[0].colour"]),
        ("", "version", json!(1), vec!["version"]),
        (FIRST, "period", json!(""), vec!["partnerships[0].cycles[0].period"]),
        (FIRST, "period", json!(2026), vec!["partnerships[0].cycles[0].period"]),
        (FIRST, "rebaseline", json!("yes"), vec!["partnerships[0].cycles[0].rebaseline"]),
        (FIRST, "closed_at", json!("yesterday"), vec!["partnerships[0].cycles[0].closed_at"]),
        (RESPONSE, "respondent", json!("a\u{0}b"), vec![respondent]),
        (RESPONSE, "respondent", json!(long), vec![respondent]),
        (RESPONSE, "respondent", json!(null), vec![respondent]),
        (RESPONSE, "answers", json!([]), vec!["partnerships[0].cycles[0].responses[0].answers"]),
        (RESPONSE, "comment", json!("x"), vec!["partnerships[0].cycles[0].responses[0].comment"]),
    ];
    refuses_each(&full, cases);
}

async fn what_a_document_says_must_hold_together(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let no_side_b = vec![
        "partnerships[0].cycles[0].responses[1].side",
        "partnerships[0].cycles[1].responses[1].side",
        "partnerships[0].sides",
    ];
    let five =
        ["shared_vision", "shared_vision", "communication", "resource_commitment", "conflict_resolution"];
    let kpi = "answers.joint_kpi";
    let no_kpi: Vec<String> = [(0, 0), (0, 1), (1, 0), (1, 1)]
        .map(|(cycle, response)| format!("partnerships[0].cycles[{cycle}].responses[{response}].{kpi}"))
        .to_vec();
    let no_kpi: Vec<&str> =
        no_kpi.iter().map(String::as_str).chain(["partnerships[0].indicators[1]"]).collect();
    let invited = ["partnerships[0].cycles[0].invited.A", "partnerships[0].cycles[0].invited.C"];
    let first = good()["partnerships"][0]["cycles"][0]["responses"][0].clone();
    let cases: Vec<Case<'_>> = vec![
        (HOUSE, "sides", json!(["A"]), no_side_b),
        (HOUSE, "sides", json!(["A", "a", "B"]), vec!["partnerships[0].sides"]),
        (HOUSE, "sides", json!(["A", "B", "C", "D", "E"]), vec!["partnerships[0].sides"]),
        (HOUSE, "indicators", json!(five), no_kpi),
        (RESPONSE, "side", json!("C"), vec!["partnerships[0].cycles[0].responses[0].side"]),
        (FIRST, "period", json!("2026-Q2"), vec!["partnerships[0].cycles[1].period"]),
        (FIRST, "invited", json!({"A": 0}), vec![invited[0]]),
        (FIRST, "invited", json!({"A": -1, "C": 4}), invited.to_vec()),
        (FIRST, "closed_at", json!("2027-01-01T00:00:00Z"), vec!["partnerships[0].cycles[0].closed_at"]),
        (FIRST, "opened_at", json!("2026-06-01"), vec!["partnerships[0].cycles[0].opened_at"]),
        (
            FIRST,
            "responses",
            json!([first, first]),
            vec!["partnerships[0].cycles[0].responses[1].respondent"],
        ),
    ];
    refuses_each(&full, cases);
    let mut document = good();
    document["partnerships"][0]["cycles"][0]["closed_at"] = json!("2026-05-01T00:00:00Z");
    document["partnerships"][0]["cycles"][1]["closed_at"] = json!("2026-04-01T00:00:00Z");
    let refused = post(&full, "application/json", &document.to_string());
    assert_eq!(refused.paths(), ["partnerships[0].cycles[1].closed_at"]);
}

async fn what_is_no_document_at_all_is_told_as_such(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let good = good().to_string();
    let json = |text: &str| post(&full, "application/json", text);
    for broken in [
        "",
        "{",
        &good[..good.len() - 9],
        &format!("{good} x"),
        &good.replace("\"a0\"", "\"\\ud800\""),
        &"[".repeat(10_000),
        "{\"partnerships\": [NaN]}",
    ] {
        let refused = json(broken);
        assert_eq!((refused.status, refused.code()), (400, "malformed_body"), "{}", refused.text);
    }
    for (other, path) in [
        ("7", "document"),
        ("\"x\"", "document"),
        ("null", "document"),
        ("{\"partnerships\": 7}", "partnerships"),
        ("{\"partnerships\": {}}", "partnerships"),
        ("[7]", "[0]"),
        ("{\"partnerships\": [[]]}", "partnerships[0]"),
    ] {
        let refused = json(other);
        assert_eq!((refused.status, refused.paths()), (422, vec![path]), "{}", refused.text);
    }
    let mut empty = json("{}").paths().into_iter().map(str::to_owned).collect::<Vec<_>>();
    empty.sort_unstable();
    assert_eq!(empty, ["cycles", "partnership", "sides"]);
    let twice = good.replacen("\"joint_kpi\":4", "\"joint_kpi\":4,\"joint_kpi\":5", 1);
    assert_eq!(json(&twice).paths(), ["partnerships[0].cycles[0].responses[0].answers.joint_kpi"]);
    let twice = good.replacen("\"mode\":\"named\"", "\"mode\":\"named\",\"mode\":\"named\"", 1);
    assert_eq!(json(&twice).paths(), ["partnerships[0].mode"]);
    assert_eq!(post(&full, "text/plain", &good).status, 415);
    assert_eq!(json(&good.replace("\"a0\"", &format!("\"{}\"", "x".repeat(3 << 20)))).status, 413);
}

async fn a_response_that_cannot_be_read_is_not_told_as_a_missing_side(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let mut document = partnership("A × B", "named", &[cycle("2026-Q1", &[[4; 5]], &[[3; 5]])]);
    document.as_object_mut().unwrap().remove("sides");
    document["cycles"][0]["responses"][1]["respondent"] = json!("");
    assert_eq!(
        post(&full, "application/json", &document.to_string()).paths(),
        ["cycles[0].responses[1].respondent"]
    );
    let table = TABLE.replace("b0,communication,5", "b0,communication,7");
    assert_eq!(post(&full, "text/csv", &table).paths(), ["line 3, answer"]);
}

async fn a_number_that_is_whole_is_an_answer_however_it_is_written(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    // Spreadsheet programs write a column of numbers like this as soon as one cell of it is empty.
    let written = good().to_string().replace("\"joint_kpi\":4", "\"joint_kpi\":4.0");
    assert!(written.contains("4.0"));
    assert_eq!(post(&full, "application/json", &written).status, 201);
    assert_eq!(post(&full, "application/json", &good().to_string()).status, 200, "it is the same content");
    for (number, table) in [
        TABLE.replace(",4\n", ",4.0\n"),
        TABLE.replace(',', ";").replace(";5\n", ";5,00\n"),
        TABLE.to_owned(),
    ]
    .iter()
    .enumerate()
    {
        let table = table.replace("A × B", "Table");
        let done = post(&full, "text/csv", &table);
        assert_eq!(done.status, if number == 0 { 201 } else { 200 }, "{table}\n{}", done.text);
    }
    for wrong in ["4.5", "4.", ".0", "4.0.0", "40"] {
        let table = TABLE.replace(",4\n", &format!(",{wrong}\n"));
        assert_eq!(post(&full, "text/csv", &table).paths(), ["line 2, answer"], "{wrong}");
    }
}

async fn no_indicator_is_called_overall(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let refused = post(&full, "text/csv", &TABLE.replace("communication", "overall"));
    assert_eq!(refused.paths(), ["line 2, indicator", "line 3, indicator"]);
    let refused = post(&full, "application/json", &good().to_string().replace("joint_kpi", "overall"));
    assert_eq!(refused.paths().len(), 4);
    assert!(refused.text.contains("give this indicator another name"), "{}", refused.text);
}

async fn what_is_not_json_is_told_in_words_and_with_its_place(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&[u8], &str); 7] = [
        (b"", "The document is empty."),
        (b"{\n\"partnerships\": [", "it ends in line 2, before it is complete."),
        (b"{\"a\": 1,}", "there is a comma too many, at line 1, column"),
        (b"{\"a\" 1}", "a colon is missing, at line 1, column"),
        (b"[NaN]", "(in partnership 1 of the document): a value is missing, at line 1, column"),
        (&utf16, "The document is UTF-16; save it as UTF-8."),
        (&utf16[2..], "The document is UTF-16; save it as UTF-8."),
    ];
    for (body, sentence) in cases {
        let refused = full.send("POST", "/history", &[("content-type", "application/json")], Some(body));
        assert_eq!((refused.status, refused.code()), (400, "malformed_body"));
        assert!(refused.text.contains(sentence), "{sentence}: {}", refused.text);
    }
}

const TABLE: &str = "partnership,period,side,respondent,indicator,answer\n\
                     A × B,2026-Q1,A,a0,communication,4\n\
                     A × B,2026-Q1,B,b0,communication,5\n";

async fn a_table_that_is_wrong_names_every_line(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let rows = |rows: &str| format!("{TABLE}{rows}");
    let cases: Vec<(String, Vec<&str>)> = vec![
        (String::new(), vec!["file"]),
        (TABLE.lines().next().unwrap().to_owned(), vec!["file"]),
        (TABLE.replace(",answer", ",colour"), vec!["line 1"]),
        (TABLE.replace(",answer", ",comment"), vec!["line 1"]),
        (
            TABLE.replace(",answer", ",answer,rating").replace(",4\n", ",4,4\n").replace(",5\n", ",5,5\n"),
            vec!["line 1"],
        ),
        (
            rows("A × B,2026-Q1,A,a0,trust,6\n\nA × B,2026-Q1,A,a0,trust,3.5\n"),
            vec!["line 4, answer", "line 6, answer"],
        ),
        (
            rows("A × B,,A,,,x\n"),
            vec!["line 4, answer", "line 4, indicator", "line 4, period", "line 4, respondent"],
        ),
        (rows("A × B,2026-Q1,A,a0,communication,3\n"), vec!["line 4, indicator"]),
        (rows("A × B,2026-Q1,A,a1\n"), vec!["line 4"]),
        (rows(",2026-Q1,A,a1,communication,4\n"), vec!["line 4, partnership"]),
        (rows("Alone,2026-Q1,A,a1,communication,4\n"), vec!["line 4, side"]),
        (rows("A × B,2026-Q1,A,\"a1,communication,4\n"), vec!["line 4"]),
        (rows("A × B,2026-Q1,A,a\u{202E}1,communication,4\n"), vec!["line 4, respondent"]),
    ];
    for (table, mut paths) in cases {
        let refused = post(&full, "text/csv", &table);
        let mut found = refused.paths();
        found.sort_unstable();
        paths.sort_unstable();
        assert_eq!((refused.status, found), (422, paths), "{table}\n{}", refused.text);
    }
    let latin: Vec<u8> = TABLE.bytes().chain(*b"A,2026-Q1,A,\xE4,communication,4\n").collect();
    let refused = full.send("POST", "/history", &[("content-type", "text/csv")], Some(&latin));
    assert_eq!(refused.paths(), ["line 4"]);
    let refused = full.send("POST", "/history", &[("content-type", "text/csv")], Some(b"\xFF\xFEp\0a\0"));
    assert_eq!(refused.paths(), ["file"]);
    assert_eq!(full.get("/partnerships").json["items"], json!([]));
}

async fn a_table_is_read_whatever_program_saved_it(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let spreadsheet =
        format!("\u{FEFF}{}", TABLE.replace(',', ";").replace('\n', "\r\n").replace("answer", "Rating"));
    let mut rows: Vec<&str> = TABLE.lines().skip(1).collect();
    rows.reverse();
    let shuffled = format!("{}\n{}", TABLE.lines().next().unwrap(), rows.join("\n"));
    let quoted = TABLE.replace("A × B", "\"A × B\"").replace("a0", "\" a0 \"");
    for (number, table) in [TABLE.to_owned(), spreadsheet, quoted].into_iter().enumerate() {
        let done = post(&full, "text/csv", &table);
        assert_eq!(done.status, if number == 0 { 201 } else { 200 }, "{table}\n{}", done.text);
    }
    assert_eq!(post(&full, "text/csv", &shuffled).status, 200, "rows stand in any order");
    let named =
        full.send("POST", "/history?mode=named", &[("content-type", "text/csv")], Some(TABLE.as_bytes()));
    assert_eq!(named.status, 409, "another mode is another content");
    assert_eq!(
        full.send("POST", "/history?mode=secret", &[("content-type", "text/csv")], Some(TABLE.as_bytes()))
            .paths(),
        ["mode"]
    );
}

async fn comments_are_not_kept(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let table = TABLE
        .replace(",answer\n", ",answer,comment\n")
        .replace(",4\n", ",4,\"Ask me, quietly\"\n")
        .replace(",5\n", ",5,\n");
    let done = post(&full, "text/csv", &table);
    assert_eq!((done.status, &done.json["comments_dropped"]), (201, &json!(1)), "{}", done.text);
    for table in ["response", "scorecard", "cycle"] {
        assert!(!database.dump(table).contains("quietly"));
    }
}
