//! The portfolio: who needs me, and why, among few and among many.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::history;
use crate::support::api::Program;
use crate::support::http::Client;
use crate::support::reviewed::{BEN, FIRST, SECOND, house, round};
use crate::support::{Database, Side, TestApp};

on_both!(
    a_leader_of_many_partnerships_finds_those_that_matter,
    every_row_of_the_page_stands_in_its_table,
    a_red_cell_leads_to_its_reason,
    what_was_closed_or_answered_shows_at_once,
    a_check_that_was_not_made_is_said_to_be_overdue,
    whoever_may_not_see_it_any_more_is_not_shown_what_was_kept,
    a_program_is_answered_anew_when_something_has_changed,
);

/// Partnerships of the large house.
const MANY: usize = 105;

/// Many reviewed partnerships; in every fifth communication is Low, and one bears a name like a formula. Lena leads an
/// organisation that has a side in all of them.
async fn many(database: &Database) -> (TestApp, Client) {
    let mut app = TestApp::on(database, history::NOW).await;
    let program = app.full_program().await;
    let partnership = |n: usize| {
        let low = if n.is_multiple_of(5) { 2 } else { 5 };
        let all = [4, low, 4, 5, 5];
        let name = if n == 7 { "=1+1".to_owned() } else { format!("Harbour {n:03}") };
        history::partnership(&name, "named", &[history::cycle("2026-Q2", &[all], &[all])])
    };
    let document: Vec<Value> = (0..MANY).map(partnership).collect();
    history::import(&program, &json!({ "partnerships": document }));
    let made = program.post("/organisations", &json!({"name": "Holding"}));
    let holding = made.json["id"].as_str().unwrap().to_owned();
    database.execute(&format!("UPDATE side SET organisation_id = '{holding}' WHERE name = 'A'"));
    let lena = app.person("Lena").await;
    let roles = json!({"leadership": [lena]});
    let put = program.json("PUT", &format!("/organisations/{holding}/roles"), &roles);
    assert_eq!(put.status, 200, "{}", put.text);
    app.ignore_mails();
    let client = app.signed_in("lena@example.org").await;
    (app, client)
}

/// A page as text whose names break nowhere.
fn read(client: &Client, address: &str) -> String {
    let shown = client.get(address);
    assert_eq!(shown.status, 200, "{address}: {}", shown.body);
    shown.body.replace('\u{a0}', " ").replace('\u{2011}', "-")
}

fn rows(page: &str) -> usize {
    page.matches("<tr class=\"entry\"").count()
}

async fn a_leader_of_many_partnerships_finds_those_that_matter(database: &Database) {
    let (_app, lena) = many(database).await;
    let first = read(&lena, "/");
    assert!(first.contains("21 of 105 partnerships need you"), "{first}");
    assert_eq!(rows(&first), 50);
    assert!(first.contains("All 105 partnerships. Rows 1 to 50."));
    assert!(first.len() < 300 * 1024, "{} bytes", first.len());
    let place = |name: &str| first.find(name).unwrap_or_else(|| panic!("{name} in {first}"));
    assert!(place("Harbour 100") < place("Harbour 001"), "who needs me comes first");
    let named =
        first.split("aria-label=\"Who needs you first\"").nth(1).and_then(|own| own.split("</ul>").next());
    let named = named.unwrap_or_else(|| panic!("who needs me, over the table: {first}"));
    assert_eq!(named.matches("Communication Frequency is red.").count(), 3, "three, each with why: {named}");
    let second = read(&lena, "/?page=2");
    assert_eq!((second.contains("Earlier rows"), second.contains("Further rows")), (true, true));
    assert_eq!((rows(&second), rows(&read(&lena, "/?page=3"))), (50, 5));
    assert_eq!(read(&lena, "/?page=99"), read(&lena, "/?page=3"), "beyond the last page stands the last");

    let low = read(&lena, "/?low=communication");
    assert_eq!(rows(&low), 21);
    assert!(low.contains("21 of 105 partnerships.") && low.contains("Harbour 015"));
    assert_eq!(rows(&read(&lena, "/?low=communication&search=HARBOUR+01")), 2);
    assert_eq!(rows(&read(&lena, "/?need=act")), 21);
    let unknown = read(&lena, "/?low=nonsense");
    assert!(
        unknown.contains("All 105 partnerships."),
        "an indicator that is none leaves nothing out: {unknown}"
    );
    assert_eq!(lena.get("/portfolio.csv?low=nonsense").body.lines().count(), MANY + 1);
    let none = read(&lena, "/?search=%3Cscript%3E");
    assert!(none.contains("None of 105 partnerships fits.") && !none.contains("<script>"), "{none}");
    assert!(none.contains("value=\"&#60;script&#62;\""), "what was typed is kept");
    let named = read(&lena, "/?order=name");
    assert!(named.find("Harbour 000") < named.find("Harbour 001"));
}

async fn every_row_of_the_page_stands_in_its_table(database: &Database) {
    let (_app, lena) = many(database).await;
    let table = lena.get("/portfolio.csv?low=communication");
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(table.header("content-disposition").is_some_and(|own| own.contains("portfolio-2026-11-01.csv")));
    let lines: Vec<&str> = table.body.lines().collect();
    assert_eq!(lines.len(), 22);
    let head: Vec<&str> = lines[0].trim_start_matches('\u{feff}').split(',').collect();
    let column = |name: &str| head.iter().position(|own| *own == name).unwrap_or_else(|| panic!("{name}"));
    for line in &lines[1..] {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells[column("communication_score")], "2");
        assert_eq!(cells[column("communication_rating")], "red");
        assert_eq!(cells[column("need")], "act");
        assert_eq!((cells[column("invited")], cells[column("answered")]), ("2", "2"));
        let gap = ["widest_gap", "widest_gap_label", "widest_gap_between", "actions_overdue"].map(column);
        assert_eq!(gap.map(|own| cells[own]), ["0", "small", "A − B", "0"]);
    }
    let all = lena.get("/portfolio.csv").body;
    assert_eq!(all.lines().count(), MANY + 1);
    assert!(all.contains(",'=1+1,"), "no spreadsheet takes a name for a formula");
}

async fn a_red_cell_leads_to_its_reason(database: &Database) {
    let mut house = house(database).await;
    let mara = house.app.signed_in("mara@example.org").await;
    let page = read(&mara, "/");
    let link = format!("#flag-{}", house.act);
    let before = page.split(&link).next().expect("a text has a first part");
    let address = before.rsplit("href=\"").next().expect("a text has a last part");
    let reasons = read(&mara, address);
    let row = reasons.split(&format!("id=\"flag-{}\"", house.act)).nth(1).expect("the flag stands there");
    assert!(row.split("</tr>").next().is_some_and(|row| row.contains("is red")), "{row}");
    house.app.ignore_mails();
}

async fn what_was_closed_or_answered_shows_at_once(database: &Database) {
    let mut house = house(database).await;
    let mara = house.app.signed_in("mara@example.org").await;
    let first = read(&mara, "/");
    assert!(first.contains("2026-Q4") && first.contains("The one partnership needs you."), "{first}");
    house.answer_all("2027-05-01");
    assert!(read(&mara, "/").contains("The one partnership asks nothing of you."));
    round(&house.app, SECOND, Some(BEN)).await;
    let second = read(&mara, "/");
    assert!(second.contains("2027-Q1") && !second.contains("no check yet"), "{second}");
    house.app.ignore_mails();
}

async fn a_check_that_was_not_made_is_said_to_be_overdue(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let sides = [Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, Mode::Representative).await;
    round(&app, FIRST, Some(BEN)).await;
    // Nobody ran the server while the check of the first quarter should have been open.
    app.at("2027-04-01T10:00:00Z").await;
    app.ignore_mails();
    let mara = app.signed_in("mara@example.org").await;
    assert!(read(&mara, "/").contains("last check 111 days ago, 20 overdue"));
    let page = read(&mara, &format!("/partnerships/{}", pair.id));
    assert!(page.contains("Last check 111 days ago, 20 overdue. Next check opens"), "{page}");
}

async fn whoever_may_not_see_it_any_more_is_not_shown_what_was_kept(database: &Database) {
    let mut house = house(database).await;
    let mara = house.app.signed_in("mara@example.org").await;
    let (first, again) = (read(&mara, "/"), read(&mara, "/"));
    assert!(first.contains("Northmoor") && first == again);
    database.execute("UPDATE side SET name = 'Southmoor' WHERE name = 'Northmoor'");
    database.execute("UPDATE partnership SET name = 'Southmoor × Brightwater'");
    assert!(read(&mara, "/").contains("Southmoor"), "a new name shows at once");
    let of_mara = "SELECT id FROM person WHERE email = 'mara@example.org'";
    database.execute(&format!("UPDATE person SET name = 'Mara Holm' WHERE id IN ({of_mara})"));
    assert!(read(&mara, "/").contains("Mara Holm"));
    database.execute(&format!("UPDATE member SET active = (1 = 0) WHERE person_id IN ({of_mara})"));
    let after = read(&mara, "/");
    assert!(after.contains("No partnership to show yet.") && !after.contains("Southmoor"), "{after}");
    house.app.ignore_mails();
}

async fn a_program_is_answered_anew_when_something_has_changed(database: &Database) {
    let mut house = house(database).await;
    let list = format!("/partnerships/{}/scorecards?last=12", house.pair.id);
    let (cards, chart) = (
        || house.north.get(&list),
        || house.north.get(&format!("/partnerships/{}/charts/trend.svg", house.pair.id)),
    );
    let (first, again) = (cards(), cards());
    assert_eq!((first.text.clone(), first.header("etag")), (again.text.clone(), again.header("etag")));
    assert_eq!(first.json["items"].as_array().map(Vec::len), Some(1));
    let tag = first.header("etag").expect("a list has a tag").to_owned();
    let known = |path: &str, tag: &str| house.north.send("GET", path, &[("If-None-Match", tag)], None).status;
    assert_eq!(known(&list, &tag), 304);
    let drawn = chart();
    assert_eq!((drawn.status, drawn.text == chart().text), (200, true));
    // Another side's program, and one that reaches nothing of it.
    assert_eq!(house.bright.get(&list).status, 200);
    let elsewhere = house.app.partnership([Side("Holm", "Sam", &["Jo"]), Side("Vik", "Tea", &["Lo"])]).await;
    let other = house.app.program(Scope::ALL, Binding::Side(elsewhere.sides[0])).await;
    assert_eq!(
        (other.get(&list).status, other.get("/portfolio").json["items"][0]["name"] == "Holm × Vik"),
        (404, true)
    );
    // Nobody of Brightwater answers the second check: one side sees its own mean, the other counts only, in whichever order they ask.
    round(&house.app, SECOND, None).await;
    let means = |program: &Program| {
        let sides = program.get(&list).json["items"][1]["overall"]["sides"].clone();
        sides.as_object().map_or(0, |own| own.values().filter(|side| side["mean"].is_number()).count())
    };
    for _ in 0..2 {
        assert_eq!((means(&house.north), means(&house.bright)), (1, 0));
    }
    assert_eq!(cards().json["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(known(&list, &tag), 200, "the tag of the older list is not that of the newer one");
    assert_ne!(chart().text, drawn.text);
    house.app.ignore_mails();
}
