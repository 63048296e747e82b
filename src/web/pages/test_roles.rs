//! Every handler of the pages for every role: what is not for somebody looks to them as if it did not exist.

use actix_web::http::Method;
use actix_web::test::TestRequest;

use super::test_house::{House, start};
use crate::domain::ids::PersonId;
use crate::domain::mode::Mode;
use crate::domain::partnership::MemberRoles;
use crate::web::methods::HANDLERS;
use crate::workflow::set_up::{self, MemberInput, PersonInput};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Outsider,
    Respondent,
    Sponsor,
    Facilitator,
    Manager,
    Administrator,
}

/// What a handler is for somebody who is signed in.
#[derive(Debug, PartialEq, Eq)]
enum Meant {
    /// It answers.
    Open,
    /// It answers that there is nothing here.
    Missing,
}

fn meant(role: Role, method: &str, pattern: &str) -> Meant {
    let sees = matches!(role, Role::Sponsor | Role::Facilitator | Role::Manager);
    let open = match pattern {
        "/" | "/portfolio.csv" | "/sessions" | "/sessions/revoke-others" | "/logout" => true,
        "/cycles/{id}" | "/partnerships/{id}" | "/partnerships/{id}/export.{format}" => sees,
        // The member, the token, the letter and the proposal of these addresses are not there; nor is what people said, before the
        // close, nor links of a side that hands out none.
        "/cycles/{id}/members/{member}/withdraw"
        | "/cycles/{id}/members/{member}/fresh-link"
        | "/cycles/{id}/links"
        | "/partnerships/{id}/tokens/{token}/revoke"
        | "/admin/letters/{letter}/{decision}"
        | "/cycles/{id}/answers" => false,
        "/admin" | "/admin/resume" | "/admin/audit" | "/admin/audit.csv" => role == Role::Administrator,
        // The cycle is open, and its review comes with its close.
        _ if pattern.starts_with("/cycles/{id}/review") => false,
        _ if pattern.starts_with("/proposals") => false,
        // The side of this address is not there.
        "/admin/sides/{id}/manager" => role == Role::Administrator,
        "/partnerships/{id}/trust" => sees || role == Role::Respondent,
        "/partnerships/{id}/handover"
        | "/partnerships/{id}/labels"
        | "/partnerships/{id}/own-round"
        | "/partnerships/{id}/propose"
        | "/partnerships/{id}/state/{to}"
        | "/partnerships/{id}/rebaseline"
        | "/partnerships/{id}/audit"
        | "/partnerships/{id}/audit.csv"
        | "/partnerships/{id}/tokens"
        | "/partnerships/{id}/delete" => role == Role::Manager,
        _ if pattern.starts_with("/cycles/{id}/") => role == Role::Manager,
        _ if pattern.starts_with("/setup/") => {
            let of_the_house = ["/setup/partnerships/{id}", "/setup/people/{id}"];
            let inner = pattern.matches('{').count();
            let there = inner == 0
                || inner == 1 && of_the_house.iter().any(|own| pattern.starts_with(own))
                || pattern.ends_with("/state/{to}")
                || method == "GET" && pattern == "/setup/instruments/{id}";
            role == Role::Administrator && there
        }
        _ => false,
    };
    if open { Meant::Open } else { Meant::Missing }
}

/// What anybody reads without a session, or what is there in the demo only.
fn is_public(pattern: &str) -> bool {
    ["/assets", "/livez", "/readyz", "/metrics", "/login", "/s/", "/m/", "/a/", "/dev/"]
        .iter()
        .any(|p| pattern.starts_with(p))
}

async fn people(house: &House) -> Vec<(Role, PersonId)> {
    let (ctx, id) = (&house.state.ctx, house.partnership);
    let person = async |name: &str| {
        let input = PersonInput {
            email: format!("{name}@example.org"),
            name: name.to_owned(),
            zone: "Europe/Berlin".to_owned(),
            administrator: false,
        };
        set_up::create_person(ctx, "test", &input, start()).await.unwrap()
    };
    let side = ctx.store.read(move |c| crate::store::partnerships::sides(c, id)).await.unwrap()[0].id;
    let mut found = vec![(Role::Outsider, person("olga").await)];
    let none = MemberRoles::default();
    for (role, name, side, roles) in [
        (Role::Respondent, "rosa", Some(side), MemberRoles { respondent: true, ..none }),
        (Role::Sponsor, "sven", Some(side), MemberRoles { sponsor: true, ..none }),
        (Role::Facilitator, "finn", None, MemberRoles { facilitator: true, ..none }),
        (Role::Manager, "mona", Some(side), MemberRoles { manager: true, ..none }),
    ] {
        let person = person(name).await;
        let input = MemberInput { person, side, roles };
        set_up::add_member(ctx, "test", id, input, start()).await.unwrap();
        found.push((role, person));
    }
    found.push((Role::Administrator, house.administrator));
    found
}

#[actix_web::test]
async fn every_page_is_there_for_those_whom_it_is_for_and_for_nobody_else() {
    let house = House::with(Mode::Representative).await;
    let (cycle, partnership) = (house.cycle().await.to_string(), house.partnership.to_string());
    let person = house.respondent.to_string();
    let address = |pattern: &str| {
        let own = match pattern.split('/').nth(if pattern.starts_with("/setup") { 2 } else { 1 }) {
            Some("cycles") => cycle.as_str(),
            Some("partnerships") => partnership.as_str(),
            Some("people") => person.as_str(),
            Some("instruments") => "quarterly-health-review",
            _ => NOWHERE,
        };
        let filled = pattern
            .replace("{id}", own)
            .replace("{to}", "paused")
            .replace("{file}", "nothing.svg")
            .replace("{format}", "json");
        ["{member}", "{cadence}", "{person}", "{number}", "{token}", "{acceptance}", "{action}", "{flag}"]
            .iter()
            .fold(filled, |all, own| all.replace(own, NOWHERE))
    };
    let mut seen = 0;
    for (role, id) in people(&house).await {
        for (method, pattern) in HANDLERS.iter().filter(|(_, pattern)| !is_public(pattern)) {
            // Signing out ends the session, so everybody begins anew each time.
            let (cookie, csrf) = house.sign_in(id).await;
            let ask = || {
                let request =
                    TestRequest::default().uri(&address(pattern)).method(method.parse::<Method>().unwrap());
                if *method == "POST" { request.set_form([("csrf", csrf.as_str())]) } else { request }
            };
            if role == Role::Outsider {
                let stranger = house.ask(ask()).await;
                let turned_away = if *method == "GET" { (303, "/login") } else { (401, "") };
                assert_eq!((stranger.status, stranger.location.as_str()), turned_away, "{method} {pattern}");
            }
            let answer = house.ask(ask().cookie(cookie)).await;
            let open = if answer.status == 404 { Meant::Missing } else { Meant::Open };
            assert_eq!(open, meant(role, method, pattern), "{role:?} {method} {pattern}: {}", answer.status);
            assert!(answer.status < 500, "{role:?} {method} {pattern}: {}", answer.body);
            seen += 1;
        }
    }
    assert!(seen > 6 * 40, "{seen} looks");
}
