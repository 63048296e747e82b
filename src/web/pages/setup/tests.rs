//! The laws of the set-up pages.

use actix_web::test::TestRequest;

use super::super::test_house::House;
use crate::domain::mode::Mode;

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

fn reads(house: &House) -> Vec<String> {
    let partnership = format!("/setup/partnerships/{}", house.partnership);
    vec![
        "/setup/organisations".to_owned(),
        "/setup/people".to_owned(),
        format!("/setup/people/{}", house.respondent),
        "/setup/partnerships".to_owned(),
        partnership.clone(),
        format!("{partnership}/cadences/new"),
        format!("{partnership}/import"),
        "/setup/import".to_owned(),
        "/setup/instruments".to_owned(),
        "/setup/tokens".to_owned(),
        "/setup/instruments/quarterly-health-review".to_owned(),
    ]
}

fn writes(house: &House) -> Vec<String> {
    let partnership = format!("/setup/partnerships/{}", house.partnership);
    vec![
        "/setup/organisations".to_owned(),
        format!("/setup/organisations/{NOWHERE}"),
        format!("/setup/organisations/{NOWHERE}/leadership"),
        format!("/setup/organisations/{NOWHERE}/leadership/{}/remove", house.respondent),
        "/setup/people".to_owned(),
        format!("/setup/people/{}", house.respondent),
        "/setup/partnerships".to_owned(),
        format!("{partnership}/members"),
        format!("{partnership}/members/{NOWHERE}"),
        format!("{partnership}/members/{NOWHERE}/remove"),
        format!("{partnership}/state/paused"),
        format!("{partnership}/cadences"),
        format!("{partnership}/cadences/{NOWHERE}"),
        "/setup/tokens".to_owned(),
        format!("/setup/tokens/{NOWHERE}/revoke"),
        format!("{partnership}/import"),
        "/setup/import".to_owned(),
    ]
}

#[actix_web::test]
async fn for_anybody_but_an_administrator_the_set_up_does_not_exist() {
    let house = House::with(Mode::Representative).await;
    let (cookie, csrf) = house.sign_in(house.respondent).await;
    for address in reads(&house) {
        assert_eq!(house.get(&address).await.location, "/login", "{address}");
        let signed_in = TestRequest::get().uri(&address).cookie(cookie.clone());
        assert_eq!(house.ask(signed_in).await.status, 404, "{address}");
    }
    for address in writes(&house) {
        let post = || TestRequest::post().uri(&address).set_form([("csrf", csrf.as_str())]);
        assert_eq!(house.ask(post()).await.status, 401, "{address}");
        assert_eq!(house.ask(post().cookie(cookie.clone())).await.status, 404, "{address}");
    }
}

#[actix_web::test]
async fn an_administrator_sees_every_page_and_ids_of_elsewhere_are_not_found() {
    let house = House::with(Mode::Representative).await;
    let (cookie, csrf) = house.sign_in(house.administrator).await;
    for address in reads(&house) {
        let answer = house.ask(TestRequest::get().uri(&address).cookie(cookie.clone())).await;
        assert_eq!(answer.status, 200, "{address}");
    }
    for address in writes(&house).into_iter().filter(|address| address.contains(NOWHERE)) {
        let fields =
            [("csrf", csrf.as_str()), ("name", "A"), ("email", "a@example.org"), ("roles", "manager")];
        let post = TestRequest::post().uri(&address).cookie(cookie.clone()).set_form(fields);
        // Taking a role from somebody of an organisation that is not there is not found either.
        assert_eq!(house.ask(post).await.status, 404, "{address}");
    }
}

#[actix_web::test]
async fn a_form_with_errors_keeps_what_was_typed_and_changes_nothing() {
    let house = House::with(Mode::Representative).await;
    let (cookie, csrf) = house.sign_in(house.administrator).await;
    let before = house.members().await;
    let side_less = format!("/setup/partnerships/{}/members", house.partnership);
    let cases = [
        ("/setup/people", "zone", "Mars/X", "is not a time zone"),
        ("/setup/people", "email", "a@b Bcc: x@y", "may not contain blanks"),
        ("/setup/organisations", "name", "  ", "A name is needed."),
        ("/setup/partnerships", "zone", "Mars/X", "A name is needed."),
        (side_less.as_str(), "email", "nobody", "Choose at least one role"),
    ];
    for (address, field, value, sentence) in cases {
        let form = TestRequest::post().uri(address).cookie(cookie.clone());
        let answer = house.ask(form.set_form([("csrf", csrf.as_str()), (field, value)])).await;
        assert_eq!(answer.status, 422, "{address}");
        assert!(answer.body.contains(sentence), "{address}: {}", answer.body);
        assert!(answer.body.contains(&format!("value=\"{value}\"")), "{address}");
    }
    assert_eq!(house.members().await, before);
}

#[actix_web::test]
async fn a_new_token_is_shown_once_and_opens_the_interface_until_it_is_revoked() {
    let house = House::with(Mode::Representative).await;
    let (cookie, csrf) = house.sign_in(house.administrator).await;
    let form = |address: &str, fields: &[(&str, &str)]| {
        TestRequest::post().uri(address).cookie(cookie.clone()).set_form(fields)
    };
    let fields =
        [("csrf", csrf.as_str()), ("name", "the report"), ("days", "30"), ("scopes", "members:read")];
    let made = house.ask(form("/setup/tokens", &fields)).await;
    assert_eq!(made.status, 200);
    let text: String =
        made.body[made.body.find("ek_").unwrap()..].chars().take_while(|c| *c != '<').collect();
    let call = || {
        TestRequest::get().uri("/api/v1/people").insert_header(("authorization", format!("Bearer {text}")))
    };
    assert_eq!(house.ask(call()).await.status, 200);
    let listed = house.ask(TestRequest::get().uri("/setup/tokens").cookie(cookie.clone())).await;
    assert!(listed.body.contains("the report") && !listed.body.contains(&text));
    let revoke = listed.body.split("action=\"/setup/tokens/").nth(1).unwrap().split('"').next().unwrap();
    let ended = house.ask(form(&format!("/setup/tokens/{revoke}"), &fields[..1])).await;
    assert_eq!(ended.location, "/setup/tokens?done=token-revoked");
    assert_eq!(house.ask(call()).await.status, 401);
    let bad =
        [("csrf", csrf.as_str()), ("name", ""), ("days", "400"), ("bound_to", "side"), ("binding", "x")];
    assert_eq!(house.ask(form("/setup/tokens", &bad)).await.status, 422);
}

#[actix_web::test]
async fn a_preview_of_a_cadence_shows_the_dates_and_saves_nothing() {
    let house = House::with(Mode::Representative).await;
    let (cookie, csrf) = house.sign_in(house.administrator).await;
    let address = format!("/setup/partnerships/{}/cadences", house.partnership);
    let fields = [
        ("csrf", csrf.as_str()),
        ("instrument", "light-check"),
        ("mode", "confidential"),
        ("frequency", "monthly"),
        ("month_of_period", "1"),
        ("fiscal_year_start", "1"),
        ("opens_which", "day"),
        ("opens_day", "15"),
        ("opens_at", "09:00"),
        ("closes_week", "days"),
        ("closes_days", "5"),
        ("closes_at", "17:00"),
        ("preview", "1"),
    ];
    let post =
        |fields: &[(&str, &str)]| TestRequest::post().uri(&address).cookie(cookie.clone()).set_form(fields);
    let preview = house.ask(post(&fields)).await;
    assert_eq!(preview.status, 200);
    assert!(
        preview.body.contains("Tue 15 Sep, 09:00 Berlin") && preview.body.contains("No check would open.")
    );
    let saved = house.ask(post(&fields[..fields.len() - 1])).await;
    assert_eq!(saved.location, format!("/setup/partnerships/{}?done=cadence-proposed", house.partnership));
    let again = house.ask(post(&fields[..fields.len() - 1])).await;
    assert!(again.body.contains("waits already"), "{}", again.body);
}

#[actix_web::test]
async fn a_pasted_file_is_shown_first_and_done_only_as_shown() {
    let house = House::with(Mode::Representative).await;
    let (cookie, csrf) = house.sign_in(house.administrator).await;
    let (members, all) = (format!("/setup/partnerships/{}/import", house.partnership), "/setup/import");
    let houses = "partnership,side,email,name,roles\r\nBridge,North,a@example.org,Ada A,respondent\r\n\
                  Bridge,South,b@example.org,Ben B,respondent\r\n";
    let neutral = "email,name,side,roles\r\nf@example.org,Finn F,,facilitator\r\n";
    for (address, file, told) in
        [(members.as_str(), neutral, "new person; neutral: facilitator"), (all, houses, "2 members")]
    {
        let before = house.members().await;
        let post = |address: &str, file: &str| {
            let form = TestRequest::post().uri(address).cookie(cookie.clone());
            form.set_form([("csrf", csrf.as_str()), ("file", file)])
        };
        let shown = house.ask(post(address, file)).await;
        assert_eq!(shown.status, 200, "{address}");
        assert!(
            shown.body.contains(told) && shown.body.contains("Nothing is written yet."),
            "{}",
            shown.body
        );
        let action = shown.body.split("action=\"").find(|rest| rest.contains("?shown=")).unwrap_or_default();
        let action = action.split('"').next().unwrap_or_default().to_owned();
        assert!(action.starts_with(address), "{action}");
        let other = house.ask(post(&action, &file.replace("example.org", "example.com"))).await;
        assert_eq!(other.status, 200, "another text is shown first, too");
        assert_eq!(house.members().await, before);
        let done = house.ask(post(&action, file)).await;
        assert_eq!((done.status, done.location.contains("-imported")), (303, true));
        let refused = house.ask(post(address, "email\n\"x")).await;
        assert_eq!(refused.status, 422, "{address}");
        assert!(refused.body.contains("Line 2: A quotation mark is opened here"), "{}", refused.body);
    }
}

#[actix_web::test]
async fn a_member_for_the_open_cycle_waits_for_the_sides_and_one_for_the_next_does_not() {
    let house = House::with(Mode::Representative).await;
    let (cookie, csrf) = house.sign_in(house.administrator).await;
    let base = format!("/setup/partnerships/{}", house.partnership);
    let get = || TestRequest::get().uri(&base).cookie(cookie.clone());
    let page = house.ask(get()).await.body;
    assert!(page.contains("In the open check, too"));
    let address = page.split("action=\"").find(|rest| rest.contains("/members?side=")).unwrap();
    let address = address.split('"').next().unwrap().to_owned();
    let add = |email: &str, name: &str, counts: &str| {
        let form = TestRequest::post().uri(&address).cookie(cookie.clone());
        let fields = [("csrf", csrf.as_str()), ("email", email), ("name", name), ("roles", "respondent")];
        form.set_form([&fields[..], &[("open_cycle", counts)]].concat())
    };
    let before = house.members().await;
    let nameless = house.ask(add("cem@example.org", "", "change")).await;
    assert_eq!(nameless.status, 422);
    assert!(nameless.body.contains("Nobody here has this address yet"), "{}", nameless.body);
    let asked = house.ask(add("cem@example.org", "Cem", "change")).await;
    assert_eq!(asked.location, format!("{base}?done=members-proposed"), "{}", asked.body);
    assert_eq!(house.members().await, before, "nothing until all agree");
    let again = house.ask(add("dan@example.org", "Dan", "change")).await;
    assert!(again.body.contains("A change of these members waits already"), "{}", again.body);
    let next = house.ask(add("dan@example.org", "Dan", "keep")).await;
    assert_eq!(next.location, format!("{base}?done=member-added"));
    assert_eq!(house.members().await, before + 1);
}

#[actix_web::test]
async fn a_drafted_partnership_is_proposed_to_its_sides() {
    let house = House::with(Mode::Representative).await;
    let (cookie, csrf) = house.sign_in(house.administrator).await;
    let post = |address: &str, fields: &[(&str, &str)]| {
        let fields = [&[("csrf", csrf.as_str())], fields].concat();
        TestRequest::post().uri(address).cookie(cookie.clone()).set_form(fields)
    };
    let draft = [("zone", "Europe/Berlin"), ("side_1", "North"), ("side_2", "South"), ("begins", "proposed")];
    let made = house.ask(post("/setup/partnerships", &draft)).await;
    let base = made.location.strip_suffix("?done=partnership-drafted").expect("drafted").to_owned();
    let page = house.ask(TestRequest::get().uri(&base).cookie(cookie.clone())).await.body;
    assert!(page.contains("South is drafted; ") && page.contains("Propose to the sides"), "{page}");
    let propose = format!("{base}/state/proposed");
    let early = house.ask(post(&propose, &[])).await;
    assert_eq!(early.status, 409);
    assert!(early.body.contains("must agree to this and has no manager"), "{}", early.body);
    for (number, name) in [(1, "Nora"), (2, "Sam")] {
        let address = page.split("action=\"").filter(|rest| rest.contains("/members?side=")).nth(number - 1);
        let address = address.unwrap().split('"').next().unwrap();
        let email = format!("{}@example.org", name.to_lowercase());
        let member = [("email", email.as_str()), ("name", name), ("roles", "manager")];
        assert_eq!(house.ask(post(address, &member)).await.status, 303);
    }
    let proposed = house.ask(post(&propose, &[])).await;
    assert_eq!(proposed.location, format!("{base}?done=partnership-proposed"), "{}", proposed.body);
}
