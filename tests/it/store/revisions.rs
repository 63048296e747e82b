//! The revision of a partnership: it changes with whatever the portfolio shows of it and with who is invited, and with nothing else.

use evenkeel::store::Location;
use serde_json::json;

use crate::support::Database;
use crate::support::reviewed::{House, house};

on_both!(
    whatever_the_portfolio_shows_changes_the_revision,
    each_of_its_tables_tells_of_every_kind_of_change,
    answers_letters_and_notices_leave_the_revision_as_it_is,
    who_is_invited_changes_the_revision_and_sending_does_not,
    every_table_of_a_partnership_has_been_thought_of,
    a_partnership_that_is_removed_leaves_no_revision_behind,
);

/// What the portfolio shows lies in these tables, each with a column that can be written as it is.
const SHOWN: [(&str, &str); 11] = [
    ("partnership", "name"),
    ("side", "name"),
    ("member", "active"),
    ("cadence", "active"),
    ("cycle", "state"),
    ("scorecard", "period"),
    ("flag", "state"),
    ("discussion", "text"),
    ("action", "state"),
    ("acceptance", "reason"),
    ("acceptance_signature", "signed_by"),
];

/// Tables that name a partnership and hold nothing that the portfolio shows. `discussion_flag`, `action_flag` and `acceptance_flag`
/// are written and removed only together with what they link, which tells of it.
const NOT_SHOWN: [&str; 2] = ["proposal", "pseudonym"];

fn revision(database: &Database, house: &House) -> String {
    let query = format!(
        "SELECT CAST(value AS TEXT) AS line FROM revision WHERE partnership_id = '{}'",
        house.pair.id
    );
    let found = database.texts(&query);
    assert_eq!(found.len(), 1, "one number for one partnership");
    found[0].clone()
}

/// A house in which every table has rows.
async fn full_house(database: &Database) -> House {
    let mut house = house(database).await;
    house.app.at("2026-12-15T18:00:00Z").await;
    house.answer_all("2027-05-01");
    let body = json!({"reason": "The merger settles it.", "until": "2027-03-01", "also": []});
    let made = house.north.post(&format!("/flags/{}/acceptances", house.act), &body);
    assert_eq!(made.status, 201, "{}", made.text);
    house.app.ignore_mails();
    house
}

async fn whatever_the_portfolio_shows_changes_the_revision(database: &Database) {
    let house = full_house(database).await;
    let mut seen = vec![revision(database, &house)];
    for (table, column) in SHOWN {
        database.execute(&format!("UPDATE {table} SET {column} = {column}"));
        let now = revision(database, &house);
        assert!(!seen.contains(&now), "{table} was changed and the revision was not");
        seen.push(now);
    }
    for table in ["acceptance_signature", "acceptance_flag", "acceptance", "discussion_flag", "discussion"] {
        database.execute(&format!("DELETE FROM {table}"));
    }
    assert!(!seen.contains(&revision(database, &house)), "what is taken away is a change, too");
}

async fn each_of_its_tables_tells_of_every_kind_of_change(database: &Database) {
    drop(database.store());
    let query = match database.location() {
        Location::Sqlite(_) => {
            "SELECT tbl_name || ' ' || substr(name, length('revise_' || tbl_name) + 2) AS line FROM sqlite_master \
             WHERE type = 'trigger'"
        }
        Location::Postgres(_) => {
            "SELECT event_object_table || ' ' || lower(event_manipulation) AS line FROM information_schema.triggers \
             WHERE trigger_schema = current_schema()"
        }
    };
    let told = database.texts(query);
    for (table, _) in SHOWN {
        for change in ["insert", "update", "delete"] {
            assert!(told.contains(&format!("{table} {change}")), "{change} of {table} is not told: {told:?}");
        }
    }
    assert!(told.contains(&"invitation insert".to_owned()), "who is invited later is not told: {told:?}");
}

async fn who_is_invited_changes_the_revision_and_sending_does_not(database: &Database) {
    let house = full_house(database).await;
    let before = revision(database, &house);
    database.execute("UPDATE invitation SET state = 'sent'");
    assert_eq!(revision(database, &house), before);
    database.execute("UPDATE invitation SET state = 'withdrawn'");
    assert_ne!(revision(database, &house), before);
}

async fn answers_letters_and_notices_leave_the_revision_as_it_is(database: &Database) {
    let house = full_house(database).await;
    let before = revision(database, &house);
    for (table, column) in
        [("response", "answers"), ("invitation", "state"), ("letter", "state"), ("notice", "state")]
    {
        assert!(!database.dump(table).is_empty(), "there is something in {table}");
        database.execute(&format!("UPDATE {table} SET {column} = {column}"));
    }
    assert_eq!(revision(database, &house), before);
}

async fn every_table_of_a_partnership_has_been_thought_of(database: &Database) {
    drop(database.store());
    let names = |columns: &[String]| columns.iter().any(|column| column == "partnership_id");
    for (table, _) in database.columns().iter().filter(|(_, columns)| names(columns)) {
        let known = SHOWN.iter().any(|(shown, _)| shown == table) || NOT_SHOWN.contains(&table.as_str());
        assert!(
            known || table == "revision",
            "{table} names a partnership: does the portfolio show something of it? Then it needs its triggers"
        );
    }
}

async fn a_partnership_that_is_removed_leaves_no_revision_behind(database: &Database) {
    let mut house = house(database).await;
    house.app.ignore_mails();
    let asked = house.north.send("DELETE", &format!("/partnerships/{}", house.pair.id), &[], None);
    assert_eq!(asked.status, 202, "{}", asked.text);
    let proposal = asked.json["proposal"].as_str().expect("the address of the proposal");
    let agreed =
        house.bright.send("POST", &format!("{}:approve", proposal.trim_start_matches("/api/v1")), &[], None);
    assert_eq!(agreed.status, 204, "{}", agreed.text);
    assert_eq!(database.texts("SELECT partnership_id AS line FROM revision"), Vec::<String>::new());
}
