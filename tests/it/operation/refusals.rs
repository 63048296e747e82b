//! Every refusal to start names its reason, with the way out, and ends with the code that scripts go by.

use evenkeel::app;
use evenkeel::settings::Settings;

use crate::history::files::Shell;
use crate::support::{Database, TestApp};

const NOW: &str = "2026-11-01T10:00:00Z";

/// Runs `serve` with one setting changed: the code and the sentence.
fn serve(shell: &Shell, changed: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = shell.command(&["serve"]).envs(changed.iter().copied()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let sentence = told.lines().find(|line| line.starts_with("evenkeel: ")).unwrap_or_default().to_owned();
    (output.status.code(), sentence)
}

#[track_caller]
fn refused(shell: &Shell, changed: &[(&str, &str)], code: i32, words: &[&str]) {
    let (found, sentence) = serve(shell, changed);
    assert_eq!(found, Some(code), "{sentence}");
    for word in words {
        assert!(sentence.contains(word), "{word} is not in: {sentence}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_in_the_way_of_a_start_is_named_with_the_way_out() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let shell = Shell::of(&app);
    let folder = database.folder();
    let path = |name: &str| folder.join(name).display().to_string();
    let url = |name: &str| format!("sqlite://{}", path(name));
    std::fs::write(folder.join("text"), "These are not the pages of a database.").unwrap();
    std::fs::write(folder.join("other.key"), "nonsense").unwrap();

    refused(&shell, &[("EVENKEEL__DATABASE__URL", &url("text"))], 65, &["text", "no SQLite", "restore"]);
    assert_eq!(std::fs::read(folder.join("text")).unwrap().len(), 38, "and it is not touched");
    refused(&shell, &[("EVENKEEL__DATABASE__URL", &url("text/db"))], 73, &["text/db", "cannot be made"]);
    let whole = std::fs::read(folder.join("evenkeel.db")).unwrap();
    std::fs::write(folder.join("cut"), [b"SQLite format 3\0", &whole[..600]].concat()).unwrap();
    refused(&shell, &[("EVENKEEL__DATABASE__URL", &url("cut"))], 65, &["cut", "broken"]);
    refused(&shell, &[("EVENKEEL__DATA_DIR", &path("text"))], 78, &["secret.key"]);
    refused(&shell, &[("EVENKEEL__SECRETS__KEY_FILE", &path("other.key"))], 78, &["64 hexadecimal"]);
    refused(&shell, &[("EVENKEEL__SECRETS__KEY_FILE", &path("gone.key"))], 78, &["gone.key is missing"]);
    refused(&shell, &[("EVENKEEL__INSTANCE__OPERATOR", " ")], 78, &["instance.operator"]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = port.local_addr().unwrap().to_string();
    refused(&shell, &[("EVENKEEL__HTTP__BIND", &taken)], 75, &[&taken, "http.bind"]);
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    refused(&shell, &[], 78, &["newer version", "29990101000000"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_same_file_is_refused_until_the_first_has_ended() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let settings: Settings = (*app.ctx.settings).clone();
    let first = app::lock(&settings).unwrap();
    refused(&Shell::of(&app), &[], 75, &["another Evenkeel server", "evenkeel.lock", "data_dir"]);
    assert!(app::lock(&settings).is_err());
    drop(first);
    drop(app::lock(&settings).unwrap());
}

on_postgres!(a_server_that_turns_us_away_is_named_and_the_password_is_not,);

async fn a_server_that_turns_us_away_is_named_and_the_password_is_not(database: &Database) {
    let app = TestApp::on(database, NOW).await;
    let shell = Shell::of(&app);
    let (server, _) = database.url().split_once("/postgres?").unwrap();
    let with = |user: &str, place: &str| {
        let (_, host) = server.split_once('@').unwrap();
        format!("postgres://{user}:tr0ub4dor@{host}/{place}")
    };
    for (url, code, words) in [
        (with("postgres", "nowhere"), 78, "create the database"),
        (with("nobody_of_ours", "postgres"), 78, "create the user"),
        ("postgres://postgres:tr0ub4dor@127.0.0.1:1/postgres".to_owned(), 75, "start it"),
        ("postgres://postgres:tr0ub4dor@127.0.0.1:1/postgres?sslmode=nonsense".to_owned(), 78, "mend"),
    ] {
        refused(&shell, &[("EVENKEEL__DATABASE__URL", &url)], code, &["PostgreSQL at ", words]);
        assert!(!serve(&shell, &[("EVENKEEL__DATABASE__URL", &url)]).1.contains("tr0ub4dor"));
    }
}
