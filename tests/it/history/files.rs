//! Past reviews by the command line: of any length, one partnership after the other.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use evenkeel::domain::ids::PartnershipId;
use evenkeel::store::{Conn, StoreError, partnerships, scorecards};
use serde_json::{Value, json};

use super::{NOW, cards, cycle, partnership};
use crate::support::{Database, TestApp, wait_until};

on_both!(
    a_file_is_imported_and_the_same_again_changes_nothing,
    a_partnership_that_is_wrong_is_left_out_and_the_others_come,
    what_a_file_is_called_says_how_it_is_read_where_its_beginning_does_not,
    an_import_that_is_killed_leaves_each_partnership_whole_or_absent,
);

/// The real program on the database of a test.
pub struct Shell {
    folder: PathBuf,
    url: String,
}

impl Shell {
    pub fn of(app: &TestApp) -> Self {
        let settings = &app.ctx.settings;
        Self { folder: settings.data_dir.clone(), url: settings.database.url.clone() }
    }

    /// A command that has not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("EVENKEEL__DATA_DIR", &self.folder)
            .env("EVENKEEL__DATABASE__URL", &self.url)
            .env("EVENKEEL__INSTANCE__OPERATOR", "Northmoor IT")
            .env("EVENKEEL__HTTP__BIND", "127.0.0.1:0")
            .env("EVENKEEL__MAIL__URL", format!("file://{}", self.folder.join("mails").display()));
        command
    }

    /// Runs a command to its end: exit code, what it printed, what it told.
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }
}

fn many(count: usize, cycles: usize) -> Value {
    let one = |number: usize| {
        let quarters: Vec<Value> = (0..cycles)
            .map(|at| {
                let point = 1 + u8::try_from((number + at) % 5).unwrap();
                cycle(
                    &format!("{}-Q{}", 2015 + at / 4, at % 4 + 1),
                    &[[point; 5], [4; 5]],
                    &[[3; 5], [point; 5]],
                )
            })
            .collect();
        partnership(&format!("P{number:04}"), "representative", &quarters)
    };
    json!({"partnerships": (0..count).map(one).collect::<Vec<_>>()})
}

async fn a_file_is_imported_and_the_same_again_changes_nothing(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let (full, shell) = (app.full_program().await, Shell::of(&app));
    shell.write("past.json", &many(45, 3).to_string());
    let (code, told, errors) = shell.run(&["import", "history", "past.json"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""), "no progress without a terminal");
    assert!(told.starts_with("Past reviews: 135 added, 0 here already. Partnerships: 45 added, 0 known, 0 left out. 2,700 answers of 540 responses in"), "{told}");
    let items = full.get("/partnerships?limit=200").json["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 45);
    assert_eq!(cards(&full, items[44]["id"].as_str().unwrap()).len(), 3);
    let again = shell.run(&["import", "history", "past.json"]);
    assert_eq!(
        (again.0, again.1.trim()),
        (Some(0), "Past reviews: 0 added, 135 here already. Partnerships: 0 added, 45 known, 0 left out.")
    );
    let table = include_str!("../../data/history_sample.csv").replace("\nP0", "\nC0");
    shell.write("past.csv", &table);
    let (code, told, _) = shell.run(&["import", "history", "past.csv", "--mode", "named"]);
    assert_eq!(code, Some(0), "{told}");
    let last = full.get("/partnerships?limit=200").json["items"][48]["id"].clone();
    assert_eq!(cards(&full, last.as_str().unwrap())[0]["mode"], "named");
    assert_eq!(shell.run(&["import", "history", "none.json"]).0, Some(66));
    assert_eq!(shell.run(&["import", "history", "."]).0, Some(66));
    assert_eq!(shell.run(&["import", "history", "past.csv", "--mode", "secret"]).0, Some(64));
}

async fn a_partnership_that_is_wrong_is_left_out_and_the_others_come(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let (full, shell) = (app.full_program().await, Shell::of(&app));
    let mut document = many(5, 2);
    document["partnerships"][1]["cycles"][1]["responses"][2]["answers"]["joint_kpi"] = json!(9);
    document["partnerships"][3]["sides"] = json!(["A"]);
    shell.write("past.json", &document.to_string());
    let (code, told, errors) = shell.run(&["import", "history", "past.json"]);
    assert_eq!(code, Some(65), "{told}{errors}");
    assert!(told.contains("3 added, 0 known, 2 left out"), "{told}");
    assert!(errors.starts_with("evenkeel: 2 partnerships were left out\npartnerships[1].cycles[1].responses[2].answers.joint_kpi: "), "{errors}");
    assert!(errors.contains("\npartnerships[3].sides: "), "{errors}");
    let mut names: Vec<Value> = full.get("/partnerships").json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["name"].clone())
        .collect();
    names.sort_by_key(Value::to_string);
    assert_eq!(names, ["P0000", "P0002", "P0004"]);
    // What was wrong is mended, and the rest is here already.
    shell.write("past.json", &many(5, 2).to_string());
    let (code, told, _) = shell.run(&["import", "history", "past.json"]);
    assert!(
        code == Some(0) && told.contains("4 added, 6 here already. Partnerships: 2 added, 3 known"),
        "{told}"
    );
    // Other content of what is frozen, and a file that breaks off.
    let mut other = many(2, 2);
    other["partnerships"][0]["cycles"][0]["responses"][0]["answers"]["joint_kpi"] = json!(5);
    let text = other.to_string();
    shell.write("past.json", &text[..text.len() - 3]);
    let (code, _, errors) = shell.run(&["import", "history", "past.json"]);
    assert_eq!(code, Some(65));
    assert!(
        errors.contains("The document is not JSON") && errors.contains("partnerships[0].cycles[0].period: "),
        "{errors}"
    );
}

async fn what_a_file_is_called_says_how_it_is_read_where_its_beginning_does_not(database: &Database) {
    let app = TestApp::on(database, NOW).await;
    let shell = Shell::of(&app);
    for (name, text, told) in [
        ("null.json", "null", "document: It must be an object with partnerships"),
        ("empty.JSON", " ", "The document is not JSON: it ends in line 1"),
        ("null.csv", "null", "line 1: There is no column"),
        ("tabs.csv", "partnership\tperiod\nA\tB\n", "line 1: The columns are separated by tabs"),
    ] {
        shell.write(name, text);
        let (code, _, errors) = shell.run(&["import", "history", name]);
        assert_eq!(code, Some(65), "{name}");
        assert!(errors.contains(told), "{name}: {errors}");
    }
    shell.write("json.csv", &many(1, 1).to_string());
    assert_eq!(shell.run(&["import", "history", "json.csv"]).0, Some(0));
}

/// How many scorecards each partnership has.
fn lengths(conn: &mut Conn) -> Result<Vec<usize>, StoreError> {
    let all: Vec<PartnershipId> = partnerships::list(conn)?.iter().map(|own| own.id).collect();
    all.into_iter().map(|id| Ok(scorecards::all_of(conn, id)?.len())).collect()
}

async fn an_import_that_is_killed_leaves_each_partnership_whole_or_absent(database: &Database) {
    let app = TestApp::on(database, NOW).await;
    let shell = Shell::of(&app);
    shell.write("past.json", &many(400, 12).to_string());
    let count = || {
        let look = app.ctx.store.read(partnerships::list);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(look)).unwrap().len()
    };
    let mut child = shell.command(&["import", "history", "past.json"]).stdout(Stdio::null()).spawn().unwrap();
    wait_until("some partnerships are here", || count() > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let found = app.ctx.store.read(lengths).await.unwrap();
    assert!(found.iter().all(|cycles| *cycles == 12), "{found:?}");
    assert!(found.len() < 400, "it was killed in the middle");
    let (code, told, _) = shell.run(&["import", "history", "past.json"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains(&format!("{} known", found.len())), "{told}");
    assert_eq!(app.ctx.store.read(lengths).await.unwrap(), vec![12; 400]);
}
