//! The laws of the house, read from the source itself: who may use what, how long a file may be, what must be written down.
//!
//! Each failure is the sentence of the law that was broken, with the place. The last tests prove that the checker sees.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path from the root of the tree, and its text.
struct Source {
    path: String,
    text: String,
}

/// Who may use which of our own modules. Whoever is not named may use everything: app, cli, demo, main, lib.
const DEPENDENCIES: [(&str, &[&str], &str); 12] = [
    ("charts", &[], "charts → nothing of ours"),
    ("domain", &["domain"], "domain → nothing of ours"),
    ("clock", &["clock"], "clock → nothing of ours"),
    ("failpoint", &["failpoint"], "failpoint → nothing of ours"),
    ("secrets", &["secrets"], "secrets → nothing of ours"),
    (
        "settings",
        &["settings", "domain", "store", "secrets"],
        "settings → domain, and the form of a database address",
    ),
    ("telemetry", &["settings"], "telemetry → settings"),
    ("store", &["store", "domain", "secrets", "clock", "settings"], "store → domain"),
    ("mail", &["mail", "domain", "secrets", "clock", "settings", "failpoint"], "mail → domain"),
    (
        "workflow",
        &[
            "workflow",
            "domain",
            "store",
            "mail",
            "evenkeel_charts",
            "secrets",
            "clock",
            "settings",
            "failpoint",
        ],
        "workflow → domain, store, mail (rendering), charts",
    ),
    (
        "worker",
        &["worker", "workflow", "store", "mail", "domain", "secrets", "clock", "settings", "failpoint"],
        "worker → workflow, store, mail",
    ),
    (
        "web",
        &["web", "workflow", "store", "domain", "evenkeel_charts", "secrets", "clock", "settings"],
        "web → workflow (writes), store (reads), domain, charts",
    ),
];

/// What a layer may use beyond its row above, to the name.
const GRANTED: [(&str, &str, &str); 4] = [
    ("src/web/", "worker::Worker", "a page nudges the clockwork when something should leave at once"),
    ("src/web/", "worker::Bystander", "the demo's state says what runs beside it"),
    ("src/web/", "mail::transport::Memory", "the demo's mailbox is looked into"),
    ("src/web/", "mail::transport::Captured", "the demo's mailbox is looked into"),
];

/// One door per library: the library, the places that may use it, the law.
const DOORS: [(&[&str], &[&str], &str); 7] = [
    (&["diesel", "diesel_migrations", "libsqlite3_sys", "pq_sys"], &["src/store/"], "diesel only in store/"),
    (&["actix_web", "actix_http", "actix_rt"], &["src/web/", "src/app.rs"], "actix only in web/ and app.rs"),
    (&["lettre"], &["src/mail/"], "lettre only in mail/"),
    (&["tokio_rustls", "webpki_roots", "rustls"], &["src/mail/"], "TLS to the relay only in mail/"),
    (&["plotters", "plotters_backend"], &["charts/"], "plotters only in charts/"),
    (
        &["askama"],
        &["src/web/pages/", "src/web/error.rs", "src/mail/"],
        "askama only in web/pages/ (and where pages are answered) and mail/",
    ),
    (&["tokio_cron_scheduler"], &["src/worker/"], "the ticker only in worker/"),
];

/// What the domain may use besides the standard library and itself.
const DOMAIN_LIBRARIES: [&str; 7] =
    ["chrono", "chrono_tz", "uuid", "serde", "thiserror", "statrs", "icu_normalizer"];

/// The system clock, in the ways one can ask it.
const CLOCKS: [&str; 4] = ["Utc::now", "Local::now", "SystemTime::now", "chrono::Utc::now"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below these folders whose name ends with one of the endings, in order.
fn files(folders: &[&str], endings: &[&str]) -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match path.is_dir() {
                true if name != "target" && name != ".git" => walk(&path, found),
                false => found.push(path),
                true => {}
            }
        }
    }
    let mut paths = Vec::new();
    for folder in folders {
        walk(&root().join(folder), &mut paths);
    }
    paths.sort();
    paths
        .into_iter()
        .filter(|path| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let path = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            Some(Source { path, text })
        })
        .collect()
}

fn program() -> Vec<Source> {
    files(&["src", "charts/src"], &[".rs"])
}

/// Every path in a source text (`a::b::c`), with groups (`a::{b, c::d}`) spelt out. Comments and texts are left out.
fn paths(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_name(&tokens[at]) && (at == 0 || tokens[at - 1] != "::" && tokens[at - 1] != ".") {
            at = read_path(&tokens, at, "", &mut found);
        } else {
            at += 1;
        }
    }
    found
}

fn read_path(tokens: &[String], mut at: usize, before: &str, found: &mut Vec<String>) -> usize {
    let mut path = before.to_owned();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") if path.ends_with("::") => {
                at += 1;
                while tokens.get(at).is_some_and(|t| t != "}") {
                    at = if is_name(&tokens[at]) { read_path(tokens, at, &path, found) } else { at + 1 };
                }
                return at + 1;
            }
            Some(name) if is_name(name) => path.push_str(name),
            _ => break,
        }
        at += 1;
        if tokens.get(at).is_none_or(|t| t != "::") {
            break;
        }
        path.push_str("::");
        at += 1;
    }
    found.push(path.trim_end_matches("::").to_owned());
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Names, `::` and single marks.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for line in source.lines() {
        let code = line.split("//").next().unwrap_or_default();
        let mut rest = code;
        let mut quoted = false;
        while let Some(c) = rest.chars().next() {
            let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let width = match c {
                '"' => {
                    quoted = !quoted;
                    1
                }
                _ if name > 0 => name,
                ':' if rest.starts_with("::") => 2,
                _ => c.len_utf8(),
            };
            if !quoted && c != '"' && !c.is_whitespace() {
                tokens.push(rest[..width].to_owned());
            }
            rest = &rest[width..];
        }
    }
    tokens
}

/// The top-level module that a file belongs to: `src/web/pages/answer.rs` is of `web`.
fn layer(path: &str) -> &str {
    if path.starts_with("charts/") {
        return "charts";
    }
    let inside = path.trim_start_matches("src/");
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// A path as seen from the crate's root, if it names something of ours.
fn ours(file: &str, path: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("crate::").or_else(|| path.strip_prefix("evenkeel::")) {
        return Some(rest.to_owned());
    }
    if path.starts_with("evenkeel_charts") {
        return Some(path.to_owned());
    }
    let rest = path.trim_start_matches("super::");
    let ups = (path.len() - rest.len()) / "super::".len();
    let mut module: Vec<&str> = file.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
    if module.last() == Some(&"mod") {
        module.pop();
    }
    (ups > 0 && ups == module.len()).then(|| rest.to_owned())
}

/// The sentences of every law that a file breaks.
fn broken(file: &str, text: &str) -> BTreeSet<String> {
    let mut broken = BTreeSet::new();
    let layer = layer(file);
    let row = DEPENDENCIES.iter().find(|(of, ..)| *of == layer);
    for path in paths(text) {
        let first = path.split("::").next().unwrap_or_default();
        for (libraries, places, law) in DOORS {
            if libraries.contains(&first) && !places.iter().any(|place| file.starts_with(place)) {
                broken.insert(format!("{file} uses {path}, but {law}"));
            }
        }
        if CLOCKS.iter().any(|clock| path.ends_with(clock)) && file != "src/clock.rs" {
            broken.insert(format!("{file} uses {path}, but the system clock is asked only in clock.rs"));
        }
        // Charts have their own `crate::`.
        let Some(used) = ours(file, &path).filter(|_| layer != "charts" || path.starts_with("evenkeel::"))
        else {
            continue;
        };
        let module = used.split("::").next().unwrap_or_default();
        let granted =
            GRANTED.iter().any(|(place, name, _)| file.starts_with(place) && used.starts_with(name));
        let known = module.starts_with("evenkeel_charts") || is_module(module);
        // What only tests see may put the whole house together.
        let of_tests = file.contains("/test_") || file.contains("/tests");
        if let Some((_, may, law)) = row
            && known
            && !granted
            && !of_tests
            && !may.contains(&module)
        {
            broken.insert(format!("{file} uses {used}, but {law}"));
        }
    }
    broken
}

/// Whether the crate has a top-level module of this name (other names there are items).
fn is_module(name: &str) -> bool {
    let src = root().join("src");
    src.join(name).is_dir() || src.join(format!("{name}.rs")).is_file()
}

#[test]
fn every_module_uses_only_what_the_dependency_law_allows() {
    let sources = program();
    assert!(sources.len() > 100, "the source is found");
    let broken: Vec<String> = sources.iter().flat_map(|own| broken(&own.path, &own.text)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_domain_uses_seven_libraries_and_no_more() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("a lock file");
    let libraries: BTreeSet<String> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \""))
        .map(|name| name.trim_end_matches('"').replace('-', "_"))
        .collect();
    // Tests may use what tests use.
    let in_tests = ["proptest", "serde_json", "toml"];
    for own in program().iter().filter(|own| layer(&own.path) == "domain") {
        for path in paths(&own.text).iter().filter(|path| path.contains("::")) {
            let first = path.split("::").next().unwrap_or_default();
            let foreign =
                libraries.contains(first) && !DOMAIN_LIBRARIES.contains(&first) && !in_tests.contains(&first);
            assert!(!foreign, "{} uses {path}, but the domain uses only {DOMAIN_LIBRARIES:?}", own.path);
        }
    }
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let exempt = |path: &str| {
        path.contains("/tests/")
            || path.ends_with("tests.rs")
            || path.ends_with("/schema.rs")
            || path.ends_with("/cases.rs")
    };
    let folders = ["src", "benches", "charts/src", "charts/benches"];
    let sources = files(&folders, &[".rs", ".html", ".js"]);
    for own in sources.iter().filter(|own| !exempt(&own.path)) {
        let lines = own.text.lines().count();
        assert!(
            lines <= 400,
            "{} has {lines} lines: files grow where adding is easiest; split it by purpose",
            own.path
        );
    }
}

#[test]
fn every_dependency_has_its_reason_beside_it() {
    let manifests =
        ["Cargo.toml", "charts/Cargo.toml", "benches/counted/Cargo.toml", "benches/speed/Cargo.toml"];
    for manifest in manifests {
        let text = fs::read_to_string(root().join(manifest)).expect("a manifest");
        let (mut section, mut before) = ("", "");
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            } else if section.ends_with("dependencies]") && !line.is_empty() && !line.starts_with('#') {
                assert!(
                    before.starts_with("# "),
                    "{manifest}: say in a comment above why it is needed: {line}"
                );
            }
            before = line;
        }
    }
}

/// The keys of a table with their values, as `section.key`.
fn keys(table: &toml::Table, prefix: &str, found: &mut BTreeMap<String, toml::Value>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => keys(inner, &format!("{prefix}{key}."), found),
            value => drop(found.insert(format!("{prefix}{key}"), value.clone())),
        }
    }
}

/// A default as the file writes it.
fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => format!("\"{text}\""),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => format!("{number:?}"),
        toml::Value::Array(list) => format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(", ")),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_setting_is_explained_with_its_default_and_no_other_is() {
    let read = |file: &str| fs::read_to_string(root().join("config").join(file)).expect("a file in config/");
    let mut settings = BTreeMap::new();
    keys(&read("default.toml").parse().expect("valid TOML"), "", &mut settings);
    let readme = read("README.md");
    let rows: BTreeMap<&str, &str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .filter(|(key, _)| !key.contains("://"))
        .collect();
    for (key, value) in &settings {
        let row = rows.get(key.as_str()).unwrap_or_else(|| panic!("config/README.md has no row for {key}"));
        let value = shown(value);
        assert!(
            row.starts_with(&format!("`{value}` |")),
            "config/README.md: the default of {key} is `{value}`: {row}"
        );
        assert_eq!(row.matches(" | ").count(), 2, "config/README.md: default, meaning and range of {key}");
    }
    for key in rows.keys() {
        assert!(
            settings.contains_key(*key),
            "config/README.md explains {key}, which config/default.toml does not have"
        );
    }
    let mut example = BTreeMap::new();
    keys(&read("production.example.toml").parse().expect("valid TOML"), "", &mut example);
    for key in example.keys() {
        assert!(
            settings.contains_key(key),
            "config/production.example.toml sets {key}, which does not exist"
        );
    }
}

#[test]
fn nothing_in_the_tree_names_the_machine_it_was_written_on() {
    let folders = ["src", "benches", "charts", "tests", "config", "migrations", ".ci", ".config"];
    let endings = [".rs", ".toml", ".md", ".sql", ".html", ".txt", ".css", ".js", "run", ".svg"];
    // Put together here, so that this file does not hold them.
    let places = ["work", "root", "home", "Users"].map(|name| format!("/{name}/"));
    for own in files(&folders, &endings) {
        for (number, line) in own.text.lines().enumerate() {
            for place in &places {
                assert!(!line.contains(place.as_str()), "{}:{}: {line}", own.path, number + 1);
            }
        }
    }
}

#[test]
fn the_checker_sees_diesel_in_the_web() {
    for text in
        ["use diesel::prelude::*;", "fn f() { diesel::sql_query(\"x\"); }", "#[derive(diesel::Queryable)]"]
    {
        let sentences: Vec<String> = broken("src/web/pages/portfolio.rs", text).into_iter().collect();
        assert_eq!(sentences.len(), 1, "{text}");
        assert!(sentences[0].ends_with("but diesel only in store/"), "{sentences:?}");
        assert!(broken("src/store/people.rs", text).is_empty());
    }
}

#[test]
fn the_checker_sees_through_groups_supers_and_aliases() {
    let breaks = |file: &str, text: &str| !broken(file, text).is_empty();
    assert!(breaks("src/domain/flags.rs", "use crate::{domain::ids, store::{people, cycles}};"));
    assert!(breaks("src/domain/flags.rs", "use super::super::store::people;"));
    assert!(breaks("src/workflow/mod.rs", "use super::web::State;"));
    assert!(breaks("src/store/people.rs", "use crate::mail as post;"));
    assert!(breaks("src/mail/mod.rs", "fn f() -> crate::store::Store { todo() }"));
    assert!(breaks("src/worker/mod.rs", "let now = chrono::Utc::now();"));
    assert!(breaks("charts/src/lib.rs", "use evenkeel::domain::ids;"));
    assert!(breaks("src/web/mod.rs", "use crate::worker::courier::Courier;"));
    assert!(!breaks("src/web/mod.rs", "use crate::worker::Worker;"));
    assert!(!breaks("src/web/mod.rs", "// use diesel::prelude::*;\nlet text = \"use diesel::x\";"));
    assert!(!breaks("src/cli.rs", "use crate::{web, store, worker};"));
}
