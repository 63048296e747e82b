//! The same for every side: what the manager of one sees, the manager of the other sees, and an administrator nothing of it.

use evenkeel::domain::mode::Mode;
use evenkeel::store::{partnerships, people};

use super::{house, signed_in};
use crate::support::Database;
use crate::support::http::Client;

on_both!(
    both_managers_see_the_same_pages_word_for_word,
    both_sides_export_the_same_bytes,
    an_administrator_finds_no_figure_on_any_page,
);

/// A page without what is its reader's own: the form token and the name at the top.
fn page(client: &Client, address: &str, name: &str) -> String {
    let answer = client.get(address);
    assert_eq!(answer.status, 200, "{address}");
    let csrf = answer.hidden("csrf");
    answer.body.replace(&csrf, "TOKEN").replace(&format!(">{name}</a>"), ">READER</a>")
}

/// The part of a page in which a manager acts for the own side: the people one may hand over to are one's own.
fn shared(body: &str) -> &str {
    body.split("What your side can do").next().unwrap()
}

async fn both_managers_see_the_same_pages_word_for_word(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    house.one_check().await;
    let (mara, noor) = (signed_in(&mut house.app, "Mara").await, signed_in(&mut house.app, "Noor").await);
    let cycle = house.app.cycles(&house.pair).await[0].id;
    let partnership = format!("/partnerships/{}", house.pair.id);
    let trust = format!("{partnership}/trust");
    for address in ["/".to_owned(), partnership.clone(), trust, format!("/cycles/{cycle}")] {
        let (one, other) = (page(&mara, &address, "Mara"), page(&noor, &address, "Noor"));
        assert_eq!(shared(&one), shared(&other), "{address}");
    }
    // While it runs, too: only who of the own side is invited differs.
    house.app.at("2027-03-02T08:00:00Z").await;
    house.app.mails();
    let running = house.app.cycles(&house.pair).await[1].id;
    let pages =
        [(&mara, "Mara"), (&noor, "Noor")].map(|(who, name)| page(who, &format!("/cycles/{running}"), name));
    let [one, other] = pages.each_ref().map(|own| own.split("Withdraw an invitation").next().unwrap());
    assert_eq!(one, other);
    let lines = pages.each_ref().map(|own| own.lines().count());
    assert_eq!(lines[0], lines[1], "as many rows for as many people");
}

async fn both_sides_export_the_same_bytes(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    house.one_check().await;
    let (mara, noor) = (signed_in(&mut house.app, "Mara").await, signed_in(&mut house.app, "Noor").await);
    for end in ["json", "csv"] {
        let address = format!("/partnerships/{}/export.{end}", house.pair.id);
        let (one, other) = (mara.get(&address), noor.get(&address));
        assert_eq!((one.status, &one.body), (200, &other.body), "{end}");
        let api = format!("{}/export.{end}", house.address());
        assert_eq!(one.body, house.north.get(&api).text, "the page and the interface give the same");
        assert_eq!(one.body, house.bright.get(&api).text);
        assert!(one.body.contains("2026-Q4") && one.body.contains("shared_vision"));
        assert!(!one.body.contains("example.org"), "no member is named");
    }
    assert_eq!(house.north.get(&format!("{}/export.pdf", house.address())).status, 404);
    let ada = signed_in(&mut house.app, "Ada").await;
    assert_eq!(ada.get(&format!("/partnerships/{}/export.json", house.pair.id)).status, 404);
}

async fn an_administrator_finds_no_figure_on_any_page(database: &Database) {
    let mut house = house(database, Mode::Named).await;
    let person = house.app.person("Adam").await;
    let write = move |conn: &mut evenkeel::store::Conn| {
        let found = people::find(conn, person)?.unwrap();
        let people::Person { email, name, zone, .. } = found;
        people::update(conn, person, &people::PersonDraft { email, name, zone, administrator: true })
    };
    house.app.ctx.store.write_tx(write).await.unwrap();
    house.one_check().await;
    let adam = signed_in(&mut house.app, "Adam").await;
    let id = house.pair.id;
    let cycle = house.app.cycles(&house.pair).await[0].id;
    let missing = [
        format!("/partnerships/{id}"),
        format!("/partnerships/{id}/trust"),
        format!("/partnerships/{id}/export.json"),
        format!("/partnerships/{id}/export.csv"),
        format!("/partnerships/{id}/charts/overall.svg"),
        format!("/cycles/{cycle}"),
    ];
    for address in missing {
        assert_eq!(adam.get(&address).status, 404, "{address}");
    }
    let members = move |conn: &mut evenkeel::store::Conn| partnerships::members(conn, id);
    let member = house.app.ctx.store.read(members).await.unwrap()[0].0.id;
    for address in [
        "/".to_owned(),
        "/admin".to_owned(),
        "/setup/partnerships".to_owned(),
        format!("/setup/partnerships/{id}"),
        format!("/setup/partnerships/{id}/members/{member}"),
        "/setup/people".to_owned(),
        "/setup/organisations".to_owned(),
        "/setup/tokens".to_owned(),
    ] {
        let shown = adam.get(&address);
        assert_eq!(shown.status, 200, "{address}");
        // The set-up names what will be asked, as it does before the first check.
        let asked = if address == format!("/setup/partnerships/{id}") { "Medium" } else { "Shared Vision" };
        for figure in ["3.5", "4.0", "3.0", "Medium", asked] {
            assert!(!tells(&shown.body, figure), "{figure} on {address}");
        }
    }
}

/// Whether a page holds a figure; room on the disk is none.
fn tells(page: &str, figure: &str) -> bool {
    page.match_indices(figure).any(|(at, _)| {
        let part_of_another = page[..at].ends_with(|c: char| c.is_ascii_digit());
        let rest = page[at + figure.len()..].trim_start();
        !part_of_another && !["GB", "MB", "KB"].iter().any(|unit| rest.starts_with(unit))
    })
}
