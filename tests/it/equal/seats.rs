//! Who reads the results by the doing of somebody who does not manage their side, and where the letters to sign in go.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::MemberRoles;
use evenkeel::workflow::set_up::{self, MemberInput, NewMember, PartnershipInput, PersonInput, SideInput};
use evenkeel::workflow::sign_in;
use serde_json::json;

use super::{House, house, signed_in};
use crate::support::{Database, Mail};

on_both!(
    leadership_that_is_given_is_told_to_the_managers_of_every_side,
    a_sponsor_and_a_facilitator_whom_an_administrator_adds_are_told_to_the_managers_of_every_side,
    a_sponsor_whom_the_own_side_adds_is_no_news,
    another_address_of_a_manager_is_told_to_the_former_one_and_to_all_sides_and_ends_all_sessions,
    another_address_of_a_mere_respondent_is_no_news_to_the_sides,
);

const SPONSOR: MemberRoles =
    MemberRoles { sponsor: true, respondent: false, manager: false, facilitator: false };

fn to(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.to.split('@').next().unwrap_or_default()).collect()
}

/// How often an act stands in the log that the managers of Brightwater read.
async fn logged(house: &mut House, act: &str) -> usize {
    let program = house.app.program(&[Scope::AuditRead], Binding::Side(house.pair.sides[1])).await;
    let log = program.get("/audit?limit=200").json;
    log["items"].as_array().unwrap().iter().filter(|own| own["act"] == act).count()
}

async fn leadership_that_is_given_is_told_to_the_managers_of_every_side(database: &Database) {
    let house = house(database, Mode::Representative).await;
    let (ctx, now) = (&house.app.ctx, house.app.now());
    let organisation = set_up::create_organisation(ctx, "test", "Northmoor Systems", now).await.unwrap();
    let side = |name: &str, organisation| SideInput { name: name.to_owned(), organisation };
    let input = PartnershipInput {
        name: String::new(),
        zone: "Europe/Berlin".to_owned(),
        sides: vec![side("Northmoor", Some(organisation)), side("Clearlake", None)],
    };
    let (id, sides) = set_up::create_partnership(ctx, "test", input, now).await.unwrap();
    for (name, side) in [("Mara", sides[0]), ("Cleo", sides[1])] {
        let roles = MemberRoles { manager: true, ..MemberRoles::default() };
        let input = MemberInput { person: house.app.person(name).await, side: Some(side), roles };
        set_up::add_member(ctx, "test", id, input, now).await.unwrap();
    }
    house.app.tick().await;
    house.app.mails();
    let lena = house.app.person("Lena").await;
    let adam = house.app.person("Adam").await.to_string();
    for _ in 0..2 {
        set_up::set_leadership(ctx, &adam, organisation, lena, true, now).await.unwrap();
    }
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["cleo", "mara"], "once, and nobody of another partnership");
    let (other, own) = (mails[0].flat(), mails[1].flat());
    assert_eq!(mails[0].subject, "Northmoor × Clearlake: who reads the results");
    assert!(other.contains("Somebody leads the organisation of Northmoor from now on"), "{other}");
    assert!(own.contains("Lena leads the organisation of Northmoor from now on"), "{own}");
    for letter in [&other, &own] {
        assert!(letter.contains("Adam did this"), "{letter}");
        assert!(!letter.contains("lena@"), "no address: {letter}");
    }
    assert!(!other.contains("Lena"), "{other}");
    let log = database.texts("SELECT object AS line FROM audit WHERE act = 'leadership given in it'");
    assert_eq!(log, [id.to_string()]);
    // In the other two ways it is told, too.
    set_up::give_leadership_by_address(
        ctx,
        &adam,
        organisation,
        ("lars@example.org".to_owned(), "Lars".to_owned()),
        now,
    )
    .await
    .unwrap();
    house.app.tick().await;
    assert_eq!(to(&house.app.mails()), ["cleo", "mara"]);
    let olga = house.app.person("Olga").await;
    set_up::set_leaders(ctx, &adam, organisation, vec![lena, olga], None, now).await.unwrap();
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["cleo", "mara"]);
    assert!(mails[1].flat().contains("Olga leads") && !mails[1].flat().contains("Lena"), "only who is new");
}

async fn a_sponsor_and_a_facilitator_whom_an_administrator_adds_are_told_to_the_managers_of_every_side(
    database: &Database,
) {
    let mut house = house(database, Mode::Representative).await;
    let (ctx, now, pair) = (house.app.ctx.clone(), house.app.now(), house.pair.id);
    let adam = house.app.person("Adam").await.to_string();
    let sven = MemberInput {
        person: house.app.person("Sven").await,
        side: Some(house.pair.sides[0]),
        roles: SPONSOR,
    };
    set_up::add_member(&ctx, &adam, pair, sven, now).await.unwrap();
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["mara", "noor"]);
    assert!(mails[0].flat().contains("Sven sponsors Northmoor from now on"), "{}", mails[0].text);
    assert!(mails[1].flat().contains("Somebody sponsors Northmoor from now on"), "{}", mails[1].text);
    assert!(!mails[1].text.contains("Sven"), "{}", mails[1].text);
    let finn = NewMember {
        email: "finn@example.org".to_owned(),
        name: "Finn".to_owned(),
        side: None,
        roles: MemberRoles { facilitator: true, ..MemberRoles::default() },
    };
    set_up::add_member_by_address(&ctx, &adam, pair, finn, now).await.unwrap();
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["mara", "noor"]);
    for mail in &mails {
        let text = mail.flat();
        assert!(text.contains("Finn is a facilitator of this partnership from now on"), "{text}");
        assert!(text.contains("Adam did this") && !text.contains("finn@"), "{text}");
    }
    // Somebody who answers becomes a sponsor, by a program of the whole instance.
    let full = house.app.full_program().await;
    let address = format!("{}/members", house.address());
    let mut list = full.get(&address).json;
    for own in list["members"].as_array_mut().unwrap() {
        let own = own.as_object_mut().unwrap();
        own.retain(|name, _| ["email", "name", "side", "roles"].contains(&name.as_str()));
        if own["email"] == "ben@example.org" {
            own["roles"] = json!(["respondent", "sponsor"]);
        }
    }
    let set = full.json("PUT", &address, &json!({"members": list["members"]}));
    assert_eq!(set.status, 200, "{}", set.text);
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(to(&mails), ["mara", "noor"]);
    assert!(mails[1].flat().contains("Ben sponsors Brightwater from now on"), "{}", mails[1].text);
    assert_eq!(
        (logged(&mut house, "sponsor named").await, logged(&mut house, "facilitator named").await),
        (2, 1)
    );
}

async fn a_sponsor_whom_the_own_side_adds_is_no_news(database: &Database) {
    let house = house(database, Mode::Representative).await;
    let mara = house.app.person("Mara").await.to_string();
    let sven = MemberInput {
        person: house.app.person("Sven").await,
        side: Some(house.pair.sides[0]),
        roles: SPONSOR,
    };
    set_up::add_member(&house.app.ctx, &mara, house.pair.id, sven, house.app.now()).await.unwrap();
    let address = format!("{}/members", house.address());
    let mut list = house.bright.get(&address).json;
    for own in list["members"].as_array_mut().unwrap() {
        let own = own.as_object_mut().unwrap();
        own.retain(|name, _| ["email", "name", "side", "roles"].contains(&name.as_str()));
        if own["email"] == "ben@example.org" {
            own["roles"] = json!(["respondent", "sponsor"]);
        }
    }
    let set = house.bright.json("PUT", &address, &json!({"members": list["members"]}));
    assert_eq!(set.status, 200, "{}", set.text);
    house.app.tick().await;
    assert_eq!(to(&house.app.mails()), [""; 0]);
}

async fn moved(house: &House, actor: &str, name: &str, email: &str) {
    let input = PersonInput {
        email: email.to_owned(),
        name: name.to_owned(),
        zone: "Europe/Berlin".to_owned(),
        administrator: false,
    };
    let (person, now) = (house.app.person(name).await, house.app.now());
    set_up::change_person(&house.app.ctx, actor, person, &input, None, now).await.unwrap();
}

async fn another_address_of_a_manager_is_told_to_the_former_one_and_to_all_sides_and_ends_all_sessions(
    database: &Database,
) {
    let mut house = house(database, Mode::Representative).await;
    let page = house.address();
    let mara = signed_in(&mut house.app, "Mara").await;
    let noor = signed_in(&mut house.app, "Noor").await;
    assert_eq!(mara.get(&page).status, 200);
    let person = house.app.person("Mara").await;
    let minutes = chrono::TimeDelta::minutes(30);
    let now = evenkeel::clock::real_now();
    let open = sign_in::one_time_token(&house.app.ctx, person, minutes, now).await.unwrap();
    let adam = house.app.person("Adam").await.to_string();
    moved(&house, &adam, "Mara", "mara@elsewhere.example").await;
    assert_ne!(mara.get(&page).status, 200, "signed out");
    assert_eq!(noor.get(&page).status, 200, "and nobody else");
    let late = sign_in::finish(&house.app.ctx, &open, None, "Firefox/1 Linux", now).await;
    assert!(late.is_err(), "what was sent to the former address signs nobody in");
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(
        mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(),
        ["mara@example.org", "noor@example.org"]
    );
    let former = mails[0].flat();
    assert!(former.contains("Your letters go to another address now"), "{former}");
    assert!(former.contains("Links to sign in, and all other letters, go to the new one"), "{former}");
    assert!(former.contains("who runs this server"), "{former}");
    let other = mails[1].flat();
    assert!(
        other.contains("The address of somebody who reads the results for Northmoor was changed"),
        "{other}"
    );
    for letter in [&former, &other] {
        assert!(!letter.contains("elsewhere.example"), "{letter}");
    }
    assert_eq!(logged(&mut house, "address changed in it").await, 1);
    // A name or a zone is nobody's news.
    moved(&house, &adam, "Mara", "mara@elsewhere.example").await;
    house.app.tick().await;
    assert_eq!(to(&house.app.mails()), [""; 0]);
}

async fn another_address_of_a_mere_respondent_is_no_news_to_the_sides(database: &Database) {
    let house = house(database, Mode::Representative).await;
    moved(&house, "test", "Ada", "ada@elsewhere.example").await;
    house.app.tick().await;
    assert_eq!(to(&house.app.mails()), [""; 0]);
}
