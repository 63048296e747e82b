//! Who manages a side when its manager leaves.

use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::MemberRoles;
use evenkeel::store::{bounces, partnerships, people};
use evenkeel::workflow::set_up::{self, MemberInput};
use serde_json::json;

use super::{House, house, signed_in};
use crate::support::Database;

on_both!(
    the_sponsor_inherits_and_everybody_concerned_is_told,
    without_a_sponsor_an_administrator_appoints,
    a_manager_hands_over_alone,
    a_manager_whom_no_mail_reaches_is_shown,
);

async fn add(house: &House, name: &str, side: usize, roles: MemberRoles) {
    let person = house.app.person(name).await;
    let input = MemberInput { person, side: Some(house.pair.sides[side]), roles };
    let now = house.app.now();
    set_up::add_member(&house.app.ctx, "test", house.pair.id, input, now).await.unwrap();
}

/// Ends a membership by sending the list of the side without it.
fn leave(house: &House, email: &str) {
    let address = format!("{}/members", house.address());
    let mut list = house.north.get(&address).json;
    list["members"].as_array_mut().unwrap().retain(|own| own["email"] != email);
    for own in list["members"].as_array_mut().unwrap() {
        let own = own.as_object_mut().unwrap();
        own.retain(|name, _| ["email", "name", "side", "roles"].contains(&name.as_str()));
    }
    let left = house.north.json("PUT", &address, &json!({"members": list["members"]}));
    assert_eq!(left.status, 200, "{}", left.text);
}

async fn manages(house: &House, name: &str) -> bool {
    let (id, person) = (house.pair.id, house.app.person(name).await);
    let read = move |conn: &mut evenkeel::store::Conn| partnerships::member_of(conn, id, person);
    house.app.ctx.store.read(read).await.unwrap().is_some_and(|own| own.active && own.manager)
}

async fn administrator(house: &House, name: &str) {
    let person = house.app.person(name).await;
    let write = move |conn: &mut evenkeel::store::Conn| {
        let found = people::find(conn, person)?.unwrap();
        let draft = people::PersonDraft {
            email: found.email,
            name: found.name,
            zone: found.zone,
            administrator: true,
        };
        people::update(conn, person, &draft)
    };
    house.app.ctx.store.write_tx(write).await.unwrap();
}

async fn the_sponsor_inherits_and_everybody_concerned_is_told(database: &Database) {
    let house = house(database, Mode::Representative).await;
    add(&house, "Sven", 0, MemberRoles { sponsor: true, ..MemberRoles::default() }).await;
    house.app.tick().await;
    assert_eq!(house.app.recipients(), ["mara", "noor"], "of the sponsor");
    // What waits for the side is asked of its new manager.
    let asked = house.bright.json("DELETE", &house.address(), &json!({}));
    assert_eq!(asked.status, 403, "no check yet");
    house.one_check().await;
    let asked = house.bright.send("DELETE", &house.address(), &[], None);
    assert_eq!(asked.status, 202, "{}", asked.text);
    house.app.tick().await;
    assert_eq!(house.app.recipients(), ["mara"]);

    leave(&house, "mara@example.org");
    assert!(manages(&house, "Sven").await && !manages(&house, "Mara").await);
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(mails.iter().map(|m| &m.to[..4]).collect::<Vec<_>>(), ["noor", "sven"]);
    assert!(mails[0].flat().contains("its sponsor manages it from now on"), "{}", mails[0].text);
    let own = mails[1].flat();
    assert!(own.contains("You manage Northmoor in this partnership from now on"), "{own}");
    assert!(own.contains("Delete Northmoor × Brightwater"), "what waits for the side: {own}");
    assert!(database.dump("audit").contains("manager inherited"));
}

async fn without_a_sponsor_an_administrator_appoints(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    administrator(&house, "Adam").await;
    leave(&house, "mara@example.org");
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(mails.iter().map(|m| &m.to[..4]).collect::<Vec<_>>(), ["adam", "noor"]);
    assert!(mails[0].flat().contains("Please appoint one of its members"), "{}", mails[0].text);
    assert!(mails[0].text.contains("/admin"));
    assert!(mails[1].flat().contains("until then Northmoor can agree to nothing"), "{}", mails[1].text);

    let adam = signed_in(&mut house.app, "Adam").await;
    let desk = adam.get("/admin");
    assert!(desk.body.contains("One side without a manager"), "{}", desk.body);
    let (id, side) = (house.pair.id, house.pair.sides[0]);
    let members =
        house.app.ctx.store.read(move |conn: &mut evenkeel::store::Conn| partnerships::members(conn, id));
    let members = members.await.unwrap();
    let of = |name: &str| members.iter().find(|(_, who)| who.name == name).unwrap().0.id.to_string();
    let address = format!("/admin/sides/{side}/manager");
    let appoint =
        |member: String| adam.post(&address, &[("csrf", &desk.hidden("csrf")), ("member", &member)]);
    assert_eq!(appoint(of("Noor")).status, 422, "somebody of another side");
    assert_eq!(appoint(of("Ada")).location, Some("/admin?done=appointed".to_owned()));
    assert!(manages(&house, "Ada").await);
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(mails.iter().map(|m| &m.to[..4]).collect::<Vec<_>>(), ["ada@", "noor"]);
    assert!(mails[1].flat().contains("Northmoor, which had no manager, has one again"), "{}", mails[1].text);
    assert_eq!(appoint(of("Ali")).status, 409, "it has a manager, who decides");
    assert!(!adam.get("/admin").body.contains("without a manager"));
    assert_eq!(adam.get(&format!("/partnerships/{id}")).status, 404, "an administrator reads no scorecard");
}

async fn a_manager_hands_over_alone(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    let page = format!("/partnerships/{}", house.pair.id);
    let mara = signed_in(&mut house.app, "Mara").await;
    let shown = mara.get(&page);
    let csrf = shown.hidden("csrf");
    assert!(shown.body.contains("Hand over to somebody of your side"));
    let rest = shown.body.split("name=\"member\"").nth(1).unwrap();
    let option = rest.split("<option").find(|own| own.contains(">Ada<")).unwrap();
    let ada = option.split('"').nth(1).unwrap().to_owned();
    let done = mara.post(&format!("{page}/handover"), &[("csrf", &csrf), ("member", &ada), ("stay", "yes")]);
    assert_eq!(done.location, Some(format!("{page}?done=handed-over")));
    assert!(manages(&house, "Ada").await && manages(&house, "Mara").await);
    house.app.tick().await;
    assert_eq!(house.app.recipients(), ["ada", "noor"]);
    let rest = mara.get(&page).body;
    let option = rest.split("<option").find(|own| own.contains(">Ali<")).unwrap().to_owned();
    let ali = option.split('"').nth(1).unwrap().to_owned();
    let done = mara.post(&format!("{page}/handover"), &[("csrf", &csrf), ("member", &ali)]);
    assert_eq!(done.location, Some("/?done=handed-over".to_owned()));
    assert!(manages(&house, "Ali").await && !manages(&house, "Mara").await);
    assert_eq!(mara.get(&page).status, 404, "she was nothing but its manager");
    house.app.tick().await;
    assert_eq!(house.app.recipients(), ["ali", "noor"]);
}

async fn a_manager_whom_no_mail_reaches_is_shown(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    administrator(&house, "Adam").await;
    let person = house.app.person("Mara").await;
    let now = house.app.now();
    let write = move |conn: &mut evenkeel::store::Conn| bounces::mark(conn, person, now);
    house.app.ctx.store.write_tx(write).await.unwrap();
    let page = format!("/partnerships/{}", house.pair.id);
    let noor = signed_in(&mut house.app, "Noor").await;
    let adam = signed_in(&mut house.app, "Adam").await;
    assert!(!noor.get(&page).body.contains("no mail has reached"), "it may be an accident");
    house.app.clock.jump_to(crate::support::utc("2026-11-15T10:00:00Z"));
    assert!(noor.get(&page).body.contains("no mail has reached its manager since 1 Nov"));
    assert!(adam.get("/admin").body.contains("No mail has reached the manager of Northmoor"));
}
