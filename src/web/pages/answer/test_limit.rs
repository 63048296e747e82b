//! How many links that lead nowhere one network may try, by page or program.

use std::num::NonZeroU32;

use actix_web::http::Method;
use actix_web::test::TestRequest;

use super::super::test_house::{Answer, House};
use crate::domain::mode::Mode;
use crate::store::{invitations, responses};
use crate::web::api::limit::Limits;

fn from(peer: &str, request: TestRequest) -> TestRequest {
    request.peer_addr(format!("{peer}:5100").parse().unwrap())
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// One unknown link a minute and network.
async fn strict_house() -> House {
    let mut house = House::with(Mode::Representative).await;
    house.state.calls = Limits::new(NonZeroU32::MAX, NonZeroU32::MAX, NonZeroU32::MIN);
    house
}

/// One way to try a link: method, address, fields of a form.
type Try = (&'static str, String, Vec<(&'static str, String)>);

fn tries(house: &House) -> Vec<Try> {
    let unknown = "a".repeat(32);
    let form_token = house.state.ctx.key.form_token(&unknown);
    vec![
        ("GET", format!("/s/{unknown}"), vec![]),
        ("HEAD", format!("/s/{unknown}/review"), vec![]),
        ("GET", format!("/s/{unknown}/trust"), vec![]),
        ("GET", "/s/x/y/z".to_owned(), vec![]),
        ("POST", format!("/s/{unknown}/1"), vec![("form_token", form_token), ("choice", "4".to_owned())]),
        ("GET", format!("/m/{unknown}"), vec![]),
        ("GET", "/m/x/y".to_owned(), vec![]),
        ("POST", format!("/m/{unknown}"), vec![("List-Unsubscribe", "One-Click".to_owned())]),
        ("GET", format!("/api/v1/responses/{unknown}"), vec![]),
        ("PUT", format!("/api/v1/responses/{unknown}"), vec![]),
    ]
}

fn request(method: &str, address: &str, fields: &[(&str, String)]) -> TestRequest {
    let request = TestRequest::default().method(method.parse::<Method>().unwrap()).uri(address);
    match method {
        "POST" => request.set_form(fields),
        "PUT" => request.insert_header(("content-type", "application/json")).set_payload("{}"),
        _ => request,
    }
}

#[actix_web::test]
async fn whoever_tries_more_links_than_the_limit_is_told_to_wait_by_page_and_program() {
    let house = strict_house().await;
    for (number, (method, address, fields)) in tries(&house).into_iter().enumerate() {
        let peer = format!("198.51.100.{number}");
        let first = house.ask(from(&peer, request(method, &address, &fields))).await;
        assert_eq!(first.status, 404, "{method} {address}");
        for (method, address, fields) in tries(&house) {
            let next = house.ask(from(&peer, request(method, &address, &fields))).await;
            assert_eq!(next.status, 429, "{method} {address}");
            let wait: u64 = header(&next, "retry-after").expect("when to come back").parse().unwrap();
            assert!((1..=60).contains(&wait), "{wait}");
            if address.starts_with("/api") {
                assert!(next.body.contains("\"too_many_unknown_links\""), "{}", next.body);
            } else if method != "HEAD" {
                assert!(next.body.contains("One moment") && !next.body.contains(&address), "{}", next.body);
            }
        }
    }
}

#[actix_web::test]
async fn a_known_link_opens_whatever_its_network_tried_and_is_not_counted() {
    let house = strict_house().await;
    let token = house.token().await;
    let letters =
        house.state.ctx.key.mail_token(house.respondent.uuid().as_bytes(), "marta@example.org", 2026);
    let known = [
        (format!("/s/{token}"), 200),
        (format!("/s/{token}/9"), 404),
        (format!("/s/{token}/closing"), 404),
        (format!("/m/{letters}"), 200),
        (format!("/api/v1/responses/{token}"), 200),
    ];
    let peer = "[2001:db8:0:7::1]";
    let look =
        async |peer: &str, address: &str| house.ask(from(peer, TestRequest::get().uri(address))).await.status;
    for (address, status) in &known {
        assert_eq!(look(peer, address).await, *status, "{address}");
    }
    assert_eq!(look(peer, "/s/unknown").await, 404, "nothing was counted before");
    assert_eq!(look("[2001:db8:0:7:8::9]", "/s/unknown").await, 429, "the same network");
    assert_eq!(look("[2001:db8:0:8::1]", "/s/unknown").await, 404, "another network");
    for (address, status) in &known {
        assert_eq!(look(peer, address).await, *status, "{address}");
    }
}

#[actix_web::test]
async fn the_link_of_a_withdrawn_invitation_is_forgotten() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let hash = crate::secrets::digest(&token);
    let looked = || {
        let hash = hash.clone();
        house.state.ctx.store.read(move |conn| responses::behind(conn, &hash))
    };
    let own = looked().await.unwrap().expect("a known link").invitation.id;
    assert!(house.state.ctx.store.write_tx(move |conn| invitations::withdraw(conn, own)).await.unwrap());
    assert!(looked().await.unwrap().is_none(), "nothing is left to find it by");
    let (gone, never) = (house.get(&format!("/s/{token}")).await, house.get("/s/never").await);
    assert_eq!((gone.status, gone.body), (404, never.body));
}
