//! The monthly digest: who gets it, when, and what it says and does not say.

use evenkeel::domain::ids::OrganisationId;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::{MemberRoles, PartnershipState};
use evenkeel::store::people::PersonDraft;
use evenkeel::store::{partnerships, people, preferences, removal};
use evenkeel::workflow::set_up;

use crate::support::reviewed::{ADA, BEN, FIRST, round};
use crate::support::{Database, Mail, Pair, Side, TestApp};

on_both!(
    a_leader_gets_it_on_the_first_monday_at_eight_by_their_own_clock_and_once,
    it_says_who_needs_the_reader_and_why,
    its_picture_travels_with_it_and_is_gone_when_it_has_left,
    a_leader_sees_nothing_of_other_organisations,
    what_is_withheld_from_a_silent_side_is_not_in_it,
    below_the_floor_it_holds_no_figure,
    without_a_running_partnership_there_is_none,
    what_recovered_is_told_once_no_flag_is_left,
    one_press_ends_it_and_the_page_brings_it_back,
    deleting_a_partnership_empties_the_digests_that_spoke_of_it,
);

/// Lena leads Northmoor Systems, whose side of one partnership this is.
struct House {
    app: TestApp,
    pair: Pair,
    north: OrganisationId,
    bright: OrganisationId,
}

async fn organisation(app: &TestApp, name: &str) -> OrganisationId {
    set_up::create_organisation(&app.ctx, "test", name, app.now()).await.unwrap()
}

async fn lead(app: &TestApp, name: &str, organisation: OrganisationId) {
    let person = app.person(name).await;
    let ctx = &app.ctx;
    set_up::set_leadership(ctx, "test", organisation, person, true, app.now()).await.unwrap();
}

async fn house(database: &Database, mode: Mode) -> House {
    let app = TestApp::on(database, "2026-11-10T10:00:00Z").await;
    let north = organisation(&app, "Northmoor Systems").await;
    let bright = organisation(&app, "Brightwater Analytics").await;
    let sides = [Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])];
    let pair = app.partnership_between(&sides, &[north, bright]).await;
    lead(&app, "Lena", north).await;
    app.quarterly(&pair, mode).await;
    House { app, pair, north, bright }
}

/// Only the digests among the mails that left.
fn digests(app: &TestApp) -> Vec<Mail> {
    app.mails().into_iter().filter(|mail| mail.text.contains("You get this because you lead")).collect()
}

async fn a_leader_gets_it_on_the_first_monday_at_eight_by_their_own_clock_and_once(database: &Database) {
    let house = house(database, Mode::Representative).await;
    lead(&house.app, "Yuki", house.north).await;
    let yuki = house.app.person("Yuki").await;
    let draft = PersonDraft {
        email: "yuki@example.org".to_owned(),
        name: "Yuki".to_owned(),
        zone: "Asia/Tokyo".to_owned(),
        administrator: false,
    };
    house.app.ctx.store.write_tx(move |conn| people::update(conn, yuki, &draft)).await.unwrap();
    let to = |app: &TestApp| digests(app).iter().map(|mail| mail.to.clone()).collect::<Vec<_>>();
    // The reviews close on 10 December; the first Monday is the 7th, in Tokyo eight hours before Berlin.
    for (instant, expected) in [
        ("2026-12-06T22:59:59Z", &[][..]),
        ("2026-12-06T23:00:00Z", &["yuki@example.org"][..]),
        ("2026-12-07T06:59:59Z", &[]),
        ("2026-12-07T07:00:00Z", &["lena@example.org"]),
        ("2026-12-07T08:00:00Z", &[]),
        ("2026-12-14T07:00:00Z", &[]),
        ("2027-01-04T07:00:00Z", &["lena@example.org", "yuki@example.org"]),
    ] {
        house.app.at(instant).await;
        assert_eq!(to(&house.app), expected, "{instant}");
    }
    let next = house.app.worker.next_event(house.app.now()).await.unwrap().unwrap();
    assert!(next <= "2027-01-31T23:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap(), "{next}");
}

async fn it_says_who_needs_the_reader_and_why(database: &Database) {
    let house = house(database, Mode::Representative).await;
    round(&house.app, FIRST, Some(BEN)).await;
    house.app.at("2027-01-04T07:00:00Z").await;
    let mail = digests(&house.app).remove(0);
    assert_eq!(mail.subject, "The one partnership needs you");
    assert!(mail.from.contains("Northmoor Systems"), "{}", mail.from);
    let page = format!("/partnerships/{}", house.pair.id);
    let (text, html) = (mail.flat(), mail.html.replace('\u{a0}', " "));
    for words in [
        "January 2027",
        "Northmoor × Brightwater",
        "Shared Vision Clarity is red; Communication Frequency is amber.",
        "Conflict debt is 3, in one partnership.",
        "Conflict debt 3 ·",
        "2 flags without an answer, the oldest for 3 weeks",
        "Next checks",
        "opens Tue 2 Mar",
        page.as_str(),
        "You get this because you lead Northmoor Systems",
    ] {
        let expected = words != "Next checks" && words != "opens Tue 2 Mar";
        assert_eq!(text.contains(words), expected, "{words} in the text:\n{}", mail.text);
        assert_eq!(html.contains(words), expected, "{words} in the HTML:\n{html}");
    }
    assert!(text.contains("Overall ● 4.2 · Vision ◆ 3.0 · Communication ▲ 3.0"), "{text}");
    for name in ["Ada", "Ben", "Mara", "Noor", "/s/"] {
        assert!(!text.contains(name) && !html.contains(name), "{name} has no place in it");
    }
    // In the month of the check, it says when.
    house.app.at("2027-03-01T07:00:00Z").await;
    let text = digests(&house.app).remove(0).flat();
    assert!(text.contains("Next checks Northmoor × Brightwater: opens Tue 2 Mar, 09:00 Berlin."), "{text}");
}

async fn its_picture_travels_with_it_and_is_gone_when_it_has_left(database: &Database) {
    let house = house(database, Mode::Representative).await;
    round(&house.app, FIRST, Some(BEN)).await;
    house.app.clock.jump_to("2027-01-04T07:00:00Z".parse().unwrap());
    house.app.worker.run_due(house.app.now()).await.unwrap();
    let kept = || database.texts("SELECT coalesce(picture, '') AS line FROM letter WHERE kind = 'digest'");
    assert!(kept().iter().any(|own| own.len() > 10_000), "it waits with its letter");
    house.app.tick().await;
    assert!(kept().iter().all(String::is_empty), "it has left");
    let mail = digests(&house.app).remove(0);
    let [(cid, bytes)] = mail.pictures.as_slice() else { panic!("one picture") };
    assert!(bytes.starts_with(b"\x89PNG"));
    assert!(mail.html.contains(&format!("src=\"cid:{cid}\"")), "{}", mail.html);
    assert_eq!(mail.html.matches("src=").count(), 1, "nothing is loaded from anywhere");
}

async fn a_leader_sees_nothing_of_other_organisations(database: &Database) {
    let house = house(database, Mode::Representative).await;
    let other =
        house.app.partnership([Side("Kestrel", "Kim", &["Kai"]), Side("Oriel", "Olga", &["Otto"])]).await;
    house.app.quarterly(&other, Mode::Representative).await;
    // Lena is a manager there: what she is told of it comes to her as a manager.
    let roles = MemberRoles { manager: true, ..MemberRoles::default() };
    let person = house.app.person("Lena").await;
    let input = set_up::MemberInput { person, side: Some(other.sides[0]), roles };
    set_up::add_member(&house.app.ctx, "test", other.id, input, house.app.now()).await.unwrap();
    round(&house.app, FIRST, Some(BEN)).await;
    house.app.at("2027-01-04T07:00:00Z").await;
    let mail = digests(&house.app).remove(0);
    for words in ["Kestrel", "Oriel", &other.id.to_string()] {
        assert!(!mail.text.contains(words) && !mail.html.contains(words), "{words}: {}", mail.text);
    }
    assert!(mail.text.contains("The one partnership needs you."), "{}", mail.text);
}

async fn what_is_withheld_from_a_silent_side_is_not_in_it(database: &Database) {
    let house = house(database, Mode::Representative).await;
    lead(&house.app, "Bea", house.bright).await;
    // Nobody of Brightwater answers: Northmoor sees its own means, Brightwater counts only.
    round(&house.app, FIRST, None).await;
    house.app.at("2027-01-04T07:00:00Z").await;
    let mails = digests(&house.app);
    let text = |to: &str| mails.iter().find(|mail| mail.to.starts_with(to)).unwrap().flat();
    for (to, silent) in [("bea", "A side was silent"), ("lena", "Brightwater was silent")] {
        let own = text(to);
        assert!(own.contains(silent), "{own}");
        for figure in ["▲", "◆", "●"] {
            assert!(!own.contains(figure), "{to} reads {figure}: {own}");
        }
    }
    assert!(text("bea").contains("Nobody of your side answered,"), "{}", text("bea"));
    assert!(!text("bea").contains("is red") && !text("bea").contains("is amber"), "{}", text("bea"));
}

async fn below_the_floor_it_holds_no_figure(database: &Database) {
    let app = TestApp::on(database, "2026-11-10T10:00:00Z").await;
    let north = organisation(&app, "Northmoor Systems").await;
    let bright = organisation(&app, "Brightwater Analytics").await;
    let sides = [
        Side("Northmoor", "Mara", &["Ada", "Ali", "Ava"]),
        Side("Brightwater", "Noor", &["Ben", "Bo", "Bill"]),
    ];
    let pair = app.partnership_between(&sides, &[north, bright]).await;
    lead(&app, "Lena", north).await;
    app.quarterly(&pair, Mode::Confidential).await;
    app.at(FIRST.0).await;
    for mail in app.mails().iter().filter(|mail| mail.to.starts_with("ada") || mail.to.starts_with("ben")) {
        app.answer(&mail.survey_token(), if mail.to.starts_with("ada") { ADA } else { BEN }).await;
    }
    app.at(FIRST.1).await;
    app.mails();
    app.at("2027-01-04T07:00:00Z").await;
    let mail = digests(&app).remove(0);
    let text = mail.flat();
    assert!(text.contains("Overall ○"), "{text}");
    for figure in ["▲", "◆", "●", "is red", "is amber"] {
        assert!(!text.contains(figure), "{figure}: {text}");
    }
    app.mails();
}

async fn without_a_running_partnership_there_is_none(database: &Database) {
    let house = house(database, Mode::Representative).await;
    let (ctx, id) = (&house.app.ctx, house.pair.id);
    ctx.store
        .write_tx(move |conn| partnerships::set_state(conn, id, PartnershipState::Paused))
        .await
        .unwrap();
    house.app.at("2026-12-07T07:00:00Z").await;
    assert_eq!(digests(&house.app).len(), 0);
}

async fn what_recovered_is_told_once_no_flag_is_left(database: &Database) {
    let house = house(database, Mode::Representative).await;
    round(&house.app, FIRST, Some(BEN)).await;
    house.app.at("2027-03-02T08:00:00Z").await;
    for mail in house.app.mails().iter().filter(|mail| !mail.survey_tokens().is_empty()) {
        house.app.answer(&mail.survey_token(), [5; 5]).await;
    }
    house.app.at("2027-03-11T16:00:00Z").await;
    house.app.mails();
    house.app.at("2027-04-05T06:00:00Z").await;
    let text = digests(&house.app).remove(0).flat();
    assert!(text.contains("The one partnership asks nothing of you."), "{text}");
    assert!(text.contains("Recovered Northmoor × Brightwater: no flag any more since 2027-Q1."), "{text}");
    house.app.at("2027-05-03T06:00:00Z").await;
    let text = digests(&house.app).remove(0).flat();
    assert!(!text.contains("Recovered"), "{text}");
    house.app.mails();
}

async fn one_press_ends_it_and_the_page_brings_it_back(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    house.app.at("2026-12-07T07:00:00Z").await;
    let mail = digests(&house.app).remove(0);
    let (address, post) = &mail.unsubscribe;
    assert_eq!(post, "List-Unsubscribe=One-Click");
    let path = address.trim_matches(['<', '>']);
    let path = path[path.find("/m/").unwrap()..].to_owned();
    let browser = house.app.browser().await;
    let looked = browser.get(&path);
    assert!(looked.body.contains("Once a month"), "{}", looked.body);
    let ended = browser.post(&path, &[("List-Unsubscribe", "One-Click")]);
    assert!(ended.body.contains("You get no more digests."), "{}", ended.body);
    house.app.at("2027-01-04T07:00:00Z").await;
    assert_eq!(digests(&house.app).len(), 0);
    let page = path.split('?').next().unwrap();
    let body = browser.get(page).body;
    let (_, rest) = body.split_once("name=\"form_token\" value=\"").unwrap();
    let token = rest.split_once('"').unwrap().0;
    assert_eq!(browser.post(page, &[("form_token", token), ("digest", "yes")]).status, 303);
    let lena = house.app.person("Lena").await;
    let wants = house.app.ctx.store.read(move |conn| preferences::wants_digest(conn, lena)).await.unwrap();
    assert!(wants);
    house.app.at("2027-02-01T07:00:00Z").await;
    assert_eq!(digests(&house.app).len(), 1);
}

async fn deleting_a_partnership_empties_the_digests_that_spoke_of_it(database: &Database) {
    let house = house(database, Mode::Representative).await;
    round(&house.app, FIRST, Some(BEN)).await;
    house.app.at("2027-01-04T07:00:00Z").await;
    assert_eq!(digests(&house.app).len(), 1);
    assert!(database.dump("letter_body").contains("Shared Vision Clarity is red"));
    let (id, now) = (house.pair.id, house.app.now());
    house
        .app
        .ctx
        .store
        .write_tx(move |conn| removal::partnership_with_everything(conn, id, now).map(drop))
        .await
        .unwrap();
    assert!(!database.dump("letter_body").contains("Shared Vision Clarity"));
    house.app.tick().await;
    assert_eq!(digests(&house.app).len(), 0, "none is written twice");
}
