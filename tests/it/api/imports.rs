//! Members and partnerships from files: shown first, then all or nothing.

use std::fmt::Write as _;

use evenkeel::domain::access_token::{Binding, Scope};
use serde_json::{Value, json};

use crate::support::api::{Program, Reply};
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    a_file_of_members_is_shown_and_then_done,
    members_come_as_json_too,
    five_thousand_members_come_in_one_file,
    a_file_of_members_with_errors_changes_nothing_and_names_every_line,
    a_side_imports_its_own_members_only,
    many_partnerships_come_in_one_file,
    any_row_of_a_partnership_says_a_part_of_its_cadence,
    a_file_of_partnerships_with_errors_changes_nothing_and_names_every_line,
    the_command_line_imports_partnerships_and_ends_with_the_code_of_what_is_wrong,
    the_command_line_imports_members_of_one_partnership,
);

const NOW: &str = "2026-11-01T10:00:00Z";
const CSV: [(&str, &str); 1] = [("content-type", "text/csv; charset=utf-8")];

async fn house(database: &Database) -> (TestApp, Pair) {
    let app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    (app, pair)
}

fn import(program: &Program, pair: &Pair, query: &str, file: &[u8]) -> Reply {
    program.send("POST", &format!("/partnerships/{}/members:import{query}", pair.id), &CSV, Some(file))
}

fn members(program: &Program, pair: &Pair) -> Vec<Value> {
    let list = program.get(&format!("/partnerships/{}/members", pair.id));
    list.json["members"].as_array().unwrap().clone()
}

fn counts(reply: &Reply) -> [u64; 4] {
    ["added", "changed", "unchanged", "people_added"].map(|name| reply.json[name].as_u64().unwrap())
}

async fn a_file_of_members_is_shown_and_then_done(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let file = "\u{FEFF}Name;email;roles;side;external_ref\r\n\
                ;ada@example.org;respondent|manager;Northmoor;\r\n\
                ;ben@example.org;respondent;brightwater;\r\n\
                \r\n\
                =cmd|' /C calc'!A0;cleo@example.org;respondent,sponsor;Northmoor;p17\r\n\
                \"Finn; the \"\"neutral\"\"\";finn@example.org;facilitator;;\r\n";
    let before = members(&full, &pair);
    let shown = import(&full, &pair, "?dry_run=true", file.as_bytes());
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!((counts(&shown), &shown.json["dry_run"]), ([2, 1, 1, 2], &json!(true)));
    assert_eq!(members(&full, &pair), before, "a dry run changes nothing");
    assert_eq!(full.get("/people").json["items"].as_array().unwrap().len(), 4);
    let rows = shown.json["rows"].as_array().unwrap();
    let row = |n: usize| (rows[n]["line"].as_u64().unwrap(), rows[n]["change"].as_str().unwrap());
    assert_eq!((row(0), row(1), row(2)), ((2, "changed"), (3, "unchanged"), (5, "added")));
    assert_eq!(rows[0]["what"], "Northmoor: respondent becomes Northmoor: respondent, manager");
    assert_eq!(rows[2]["what"], "new person; Northmoor: respondent, sponsor");

    let done = import(&full, &pair, "", file.as_bytes());
    assert_eq!((counts(&done), &done.json["dry_run"]), ([2, 1, 1, 2], &json!(false)));
    assert_eq!(done.json["rows"], shown.json["rows"], "what was shown is what was done");
    let names: Vec<Value> = members(&full, &pair).iter().map(|m| m["name"].clone()).collect();
    assert_eq!(names, ["=cmd|' /C calc'!A0", "Ada", "Ben", "Finn; the \"neutral\"", "Mara", "Noor"]);
    let again = import(&full, &pair, "?dry_run=false", file.as_bytes());
    assert_eq!(counts(&again), [0, 0, 4, 0], "the same file again changes nothing");
}

async fn members_come_as_json_too(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/members:import", pair.id);
    let list = json!({"members": [
        {"email": "cleo@example.org", "name": "Cleo", "side": "Northmoor", "roles": ["respondent"]},
        {"email": "dora@example.org", "side": "Northmoor", "roles": ["respondent"]},
    ]});
    assert_eq!(full.post(&address, &list).paths(), ["members[1].name"]);
    let one = json!({"members": [list["members"][0]]});
    let done = full.post(&address, &one);
    assert_eq!((counts(&done), &done.json["rows"][0]["line"]), ([1, 0, 0, 1], &json!(1)));
    assert_eq!(members(&full, &pair).len(), 5, "nobody is removed");
    assert_eq!(full.send("POST", &address, &[("content-type", "text/plain")], Some(b"x")).status, 415);
    assert_eq!(full.post(&format!("{address}?dry_run=yes"), &one).paths(), ["dry_run"]);
}

async fn five_thousand_members_come_in_one_file(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let mut file = "email,name,side,roles,zone,external_ref\n".to_owned();
    for n in 0..5_000 {
        let side = if n % 2 == 0 { "Northmoor" } else { "Brightwater" };
        writeln!(file, "p{n}@example.org,\"Person, {n}\",{side},respondent,Europe/Paris,r{n}").unwrap();
    }
    assert_eq!(counts(&import(&full, &pair, "?dry_run=true", file.as_bytes())), [5_000, 0, 0, 5_000]);
    assert_eq!(counts(&import(&full, &pair, "", file.as_bytes())), [5_000, 0, 0, 5_000]);
    assert_eq!(members(&full, &pair).len(), 5_004);
    assert_eq!(counts(&import(&full, &pair, "", file.as_bytes())), [0, 0, 5_000, 0]);
    let moved = file.replace("Northmoor,respondent", "Brightwater,respondent|manager");
    assert_eq!(counts(&import(&full, &pair, "", moved.as_bytes())), [0, 2_500, 2_500, 0]);
}

async fn a_file_of_members_with_errors_changes_nothing_and_names_every_line(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let before = members(&full, &pair);
    let head = "email,name,side,roles\n";
    let mut too_many = head.to_owned();
    for n in 0..10_001 {
        writeln!(too_many, "p{n}@example.org,P,Northmoor,respondent").unwrap();
    }
    let hundreds = format!("{head}{}", "x,X,Northmoor,respondent\n".repeat(300));
    let rows = |rows: &str| format!("{head}new@example.org,New,Northmoor,respondent\n{rows}").into_bytes();
    let cases: Vec<(Vec<u8>, Vec<&str>)> = vec![
        (b"".to_vec(), vec!["file"]),
        (head.as_bytes().to_vec(), vec!["file"]),
        (too_many.into_bytes(), vec!["file"]),
        ("\u{FEFF}email,name,side,roles\n".encode_utf16().flat_map(u16::to_le_bytes).collect(), vec!["file"]),
        (b"email,name,roles\na@b.org,A,respondent\n".to_vec(), vec!["line 1"]),
        (b"email,name,side,roles,salary\na@b.org,A,Northmoor,respondent,1\n".to_vec(), vec!["line 1"]),
        (
            rows("a@example.org,\"A,Northmoor,respondent\nb@example.org,B,Northmoor,respondent\n"),
            vec!["line 3"],
        ),
        (rows("a@example.org,A\0,Northmoor,respondent\n"), vec!["line 3"]),
        (rows("a@example.org,A,Northmoor,respondent,x\na\n"), vec!["line 3", "line 4"]),
        (rows("a@example.org,A,Southmoor,respondent\n"), vec!["line 3, side"]),
        (rows("a@example.org,A,Northmoor,facilitator\n"), vec!["line 3, roles"]),
        (rows("a@example.org,A,,respondent\n"), vec!["line 3, roles"]),
        (rows("a@example.org,A,Northmoor,\n"), vec!["line 3, roles"]),
        (rows("a@example.org,A,Northmoor,boss\n"), vec!["line 3, roles"]),
        (rows("NEW@example.org,A,Northmoor,respondent\n"), vec!["line 3, email"]),
        (rows("a@example.org,,Northmoor,respondent\n"), vec!["line 3, name"]),
        (rows("a@b\tBcc: x@y,A,Northmoor,respondent\n"), vec!["line 3, email"]),
        (
            rows("x,\u{202e}A,Nowhere,boss\n\ny,B,,\n"),
            vec![
                "line 3, name",
                "line 3, email",
                "line 3, roles",
                "line 3, side",
                "line 5, email",
                "line 5, roles",
            ],
        ),
    ];
    for (file, mut paths) in cases {
        let refused = import(&full, &pair, "", &file);
        let mut found = refused.paths();
        found.sort_unstable();
        paths.sort_unstable();
        assert_eq!(
            (refused.status, found),
            (422, paths),
            "{}",
            String::from_utf8_lossy(&file[..file.len().min(200)])
        );
        let tried = import(&full, &pair, "?dry_run=true", &file);
        assert_eq!(tried.text, refused.text, "a dry run tells the same");
    }
    assert_eq!(import(&full, &pair, "", hundreds.as_bytes()).paths().len(), 100);
    let huge = vec![b'x'; 2 * 1024 * 1024 + 1];
    assert_eq!(import(&full, &pair, "", &huge).code(), "body_too_large");
    assert_eq!(members(&full, &pair), before);
    assert_eq!(full.get("/people").json["items"].as_array().unwrap().len(), 4, "nothing is half-written");
}

async fn a_side_imports_its_own_members_only(database: &Database) {
    let (mut app, pair) = house(database).await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let file = |side: &str| format!("email,name,side,roles\ncleo@example.org,Cleo,{side},respondent\n");
    assert_eq!(import(&north, &pair, "", file("Brightwater").as_bytes()).paths(), ["line 2, side"]);
    let done = import(&north, &pair, "", file("Northmoor").as_bytes());
    assert_eq!((&done.json["added"], &done.json["people_added"]), (&json!(1), &Value::Null), "{}", done.text);
    let foreign = app.partnership([Side("Kestrel", "Kim", &["Kai"]), Side("Lark", "Lou", &["Lea"])]).await;
    assert_eq!(import(&north, &foreign, "", file("Kestrel").as_bytes()).status, 404);
    let refused = north.send("POST", "/partnerships:import", &CSV, Some(b"x"));
    assert_eq!((refused.status, refused.code()), (403, "binding_too_narrow"));
}

const HOUSES: &str = "partnership,zone,side,organisation,email,name,roles,instrument,frequency,mode\n\
    Bridge,Europe/Berlin,North,North Ltd,ada@example.org,Ada,respondent|manager,,monthly,\n\
    Bridge,,South,,ben@example.org,Ben,respondent|manager,,,\n\
    Bridge,,,,finn@example.org,Finn,facilitator,,,\n\
    Tunnel,,East,,ada@example.org,,respondent,,,\n\
    Tunnel,,West,North Ltd,cleo@example.org,Cleo,respondent,,,\n";

fn houses(program: &Program, query: &str, file: &str) -> Reply {
    program.send("POST", &format!("/partnerships:import{query}"), &CSV, Some(file.as_bytes()))
}

async fn many_partnerships_come_in_one_file(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let shown = houses(&full, "?dry_run=true", HOUSES);
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(full.get("/partnerships").json["items"], json!([]), "a dry run changes nothing");
    assert_eq!((&shown.json["people_added"], &shown.json["organisations_added"]), (&json!(4), &json!(1)));
    let done = houses(&full, "", HOUSES);
    assert_eq!((done.status, &done.json["rows"]), (200, &shown.json["rows"]), "{}", done.text);
    assert_eq!(
        done.json["rows"][0]["what"],
        "sides North, South; 3 members; Quarterly Partnership Health Review, monthly, representative mode"
    );
    assert_eq!(
        (&done.json["rows"][1]["line"], &done.json["rows"][1]["change"]),
        (&json!(5), &json!("added"))
    );
    let listed = full.get("/partnerships").json["items"].clone();
    let bridge = listed.as_array().unwrap().iter().find(|p| p["name"] == "Bridge").unwrap().clone();
    assert_eq!((&bridge["zone"], &bridge["state"]), (&json!("Europe/Berlin"), &json!("active")));
    assert!(bridge["sides"][0]["organisation"].is_string() && bridge["sides"][1]["organisation"].is_null());
    let address = format!("/partnerships/{}", bridge["id"].as_str().unwrap());
    let members = full.get(&format!("{address}/members")).json["members"].clone();
    assert_eq!(members.as_array().unwrap().len(), 3);
    let cadences = full.get(&format!("{address}/cadences")).json["cadences"].clone();
    assert_eq!(
        (&cadences[0]["rule"]["frequency"], &cadences[0]["mode"]),
        (&json!("monthly"), &json!("representative"))
    );

    let again = houses(&full, "", HOUSES);
    assert_eq!((&again.json["added"], &again.json["unchanged"]), (&json!(0), &json!(2)), "{}", again.text);
    assert_eq!(full.get("/partnerships").json["items"], listed);
    let other = houses(&full, "", &HOUSES.replace("respondent|manager", "respondent"));
    assert_eq!(other.paths(), ["line 2, partnership"], "{}", other.text);
}

async fn any_row_of_a_partnership_says_a_part_of_its_cadence(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let file = HOUSES
        .replace("manager,,monthly,", "manager,light-check,,")
        .replace("Ben,respondent|manager,,,", "Ben,respondent|manager,,,named")
        .replace("facilitator,,,", "facilitator,light-check,monthly,NAMED");
    let done = houses(&full, "", &file);
    assert_eq!(done.status, 200, "{}", done.text);
    let what = done.json["rows"][0]["what"].as_str().unwrap();
    assert!(what.ends_with(", monthly, named mode") && !what.contains("Quarterly"), "{what}");
    assert_eq!(houses(&full, "", &file).json["unchanged"], 2, "the same file again changes nothing");
}

async fn a_file_of_partnerships_with_errors_changes_nothing_and_names_every_line(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let cases = [
        (HOUSES.replace("Tunnel,,West,North Ltd", "Tunnel,,East,"), vec!["line 5, side"]),
        (HOUSES.replace("Europe/Berlin", "Mars/X"), vec!["line 2, zone"]),
        (HOUSES.replace("Bridge,,South", "Bridge,UTC,South"), vec!["line 3, zone"]),
        (HOUSES.replace("monthly", "daily"), vec!["line 2, frequency"]),
        (
            HOUSES.replace("Ben,respondent|manager,,,", "Ben,respondent|manager,,quarterly,"),
            vec!["line 3, frequency"],
        ),
        (
            HOUSES
                .replace("monthly,", "monthly,named")
                .replace("Ben,respondent|manager,,,", "Ben,respondent|manager,,,confidential"),
            vec!["line 3, mode"],
        ),
        (
            HOUSES
                .replace(",,monthly", ",quarterly-health-review,monthly")
                .replace("Ben,respondent|manager,", "Ben,respondent|manager,light-check"),
            vec!["line 3, instrument"],
        ),
        (HOUSES.replace(",,monthly", ",horoscope,monthly"), vec!["line 2, instrument"]),
        (HOUSES.replace("ben@example.org,Ben", "ada@example.org,Ada"), vec!["line 3, email"]),
        (HOUSES.replace(",Cleo,", ",,"), vec!["line 6, name"]),
        (HOUSES.replace("facilitator", "respondent"), vec!["line 4, roles"]),
        (HOUSES.replace("Tunnel,,East", ",,East"), vec!["line 5, partnership", "line 6, side"]),
    ];
    for (file, mut paths) in cases {
        let refused = houses(&full, "", &file);
        let mut found = refused.paths();
        found.sort_unstable();
        paths.sort_unstable();
        assert_eq!((refused.status, found), (422, paths), "{file}\n{}", refused.text);
        assert_eq!(houses(&full, "?dry_run=true", &file).text, refused.text);
    }
    for list in ["/partnerships", "/people", "/organisations"] {
        assert_eq!(full.get(list).json["items"], json!([]), "{list}");
    }
}

async fn the_command_line_imports_partnerships_and_ends_with_the_code_of_what_is_wrong(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let folder = app.ctx.settings.data_dir.clone();
    let run = |file: &str, more: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .args(["import", "partnerships", file])
            .args(more)
            .current_dir(&folder)
            .env("EVENKEEL__DATA_DIR", &folder)
            .env("EVENKEEL__DATABASE__URL", &app.ctx.settings.database.url)
            .env("EVENKEEL__INSTANCE__OPERATOR", "Northmoor IT")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    std::fs::write(folder.join("good.csv"), HOUSES).unwrap();
    std::fs::write(folder.join("bad.csv"), HOUSES.replace("monthly", "daily").replace("Ben,", ",")).unwrap();
    let (code, told, _) = run("good.csv", &["--dry-run"]);
    assert_eq!(code, Some(0));
    assert!(
        told.contains("line 2: Bridge: added") && told.contains("Dry run, nothing was written."),
        "{told}"
    );
    assert_eq!(full.get("/partnerships").json["items"], json!([]));
    let (code, _, told) = run("bad.csv", &[]);
    assert_eq!(code, Some(65), "{told}");
    assert!(told.contains("nothing was imported\nline 2, frequency: "), "{told}");
    assert_eq!(run("none.csv", &[]).0, Some(66));
    let (code, told, progress) = run("good.csv", &[]);
    assert_eq!((code, progress.contains("of 2")), (Some(0), false), "no progress without a terminal");
    assert!(told.contains("Partnerships: 2 added, 0 unchanged. People added: 4."), "{told}");
    assert!(run("good.csv", &[]).1.contains("0 added, 2 unchanged"));
}

async fn the_command_line_imports_members_of_one_partnership(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let folder = app.ctx.settings.data_dir.clone();
    let run = |partnership: &str, text: &str, more: &[&str]| {
        std::fs::write(folder.join("members.csv"), text).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .args(["import", "members", partnership, "members.csv"])
            .args(more)
            .current_dir(&folder)
            .env("EVENKEEL__DATA_DIR", &folder)
            .env("EVENKEEL__DATABASE__URL", &app.ctx.settings.database.url)
            .env("EVENKEEL__INSTANCE__OPERATOR", "Northmoor IT")
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(told).unwrap())
    };
    let file = "email,name,side,roles\ncleo@example.org,Cleo,Northmoor,respondent\n";
    let id = pair.id.to_string();
    let (code, told) = run(&id, file, &["--dry-run"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("Dry run, nothing was written.") && told.contains("cleo@example.org"), "{told}");
    assert_eq!(members(&full, &pair).len(), 4);
    assert_eq!(run(&id, file, &[]).0, 0);
    assert_eq!(members(&full, &pair).len(), 5);
    let (code, told) = run(&id, "email,side,roles\nx,Northmoor,king\n", &[]);
    assert_eq!(code, 65, "{told}");
    assert!(told.contains("line 2, email") && told.contains("line 2, roles"), "{told}");
    assert_eq!(run("Nobody × Nobody", file, &[]).0, 65);
}
