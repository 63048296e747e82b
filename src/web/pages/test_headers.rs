//! Every answer of every address carries the headers that keep it out of caches, frames and search engines.

use actix_web::http::Method;
use actix_web::test::TestRequest;

use super::test_house::{Answer, House};
use crate::domain::mode::Mode;
use crate::web::api::document::document;
use crate::web::methods::HANDLERS;

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// An address for a pattern: what it names is there for some and not there for others.
fn address(house: &House, cycle: &str, pattern: &str) -> String {
    let partnership = house.partnership.to_string();
    let own = if pattern.starts_with("/cycles") { cycle } else { &partnership };
    let mut filled =
        pattern.replacen("{id}", own, 1).replace("{to}", "paused").replace("{file}", "trend.svg");
    while let Some((before, rest)) = filled.split_once('{') {
        let after = rest.split_once('}').map_or("", |(_, after)| after);
        filled = format!("{before}{NOWHERE}{after}");
    }
    filled
}

#[track_caller]
fn check(what: &str, answer: &Answer) {
    let of = |name: &str| answer.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let policy = of("content-security-policy").unwrap_or_else(|| panic!("{what}: no policy"));
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    // Only the page that shows the REST interface sets styles of its own, and no page loads anything from elsewhere.
    assert!(
        !policy.contains("http") && !policy.contains('*') && !policy.contains("unsafe-eval"),
        "{what}: {policy}"
    );
    assert!(!policy.contains("unsafe-inline") || what.contains("/docs"), "{what}: {policy}");
    assert_eq!(of("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(of("x-robots-tag"), Some("noindex, nofollow"), "{what}");
    assert!(of("server").is_none() && of("x-powered-by").is_none(), "{what}");
    assert!(of("x-request-id").is_some_and(|own| own.len() == 20), "{what}");
    let secret = ["/s/", "/m/", "/a/", "/login", "/api/v1/responses/"].iter().any(|own| what.contains(own));
    let referrer = if secret { "no-referrer" } else { "same-origin" };
    assert_eq!(of("referrer-policy"), Some(referrer), "{what}");
    let kept = of("cache-control").unwrap_or_else(|| panic!("{what}: no cache-control"));
    let public = ["/assets/", "/docs", "/api/v1/openapi.json"].iter().any(|own| what.contains(own));
    assert!(public || kept.contains("no-store") || kept == "private, no-cache", "{what}: {kept}");
    assert!(!secret || kept == "no-store", "{what}: {kept}");
    for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{what}: {cookie}");
    }
    assert!(answer.status != 500, "{what}: {}", answer.body);
}

#[actix_web::test]
async fn every_answer_of_every_page_carries_the_headers() {
    let house = House::with(Mode::Representative).await;
    let cycle = house.cycle().await.to_string();
    for (method, pattern) in HANDLERS {
        for person in [None, Some(house.administrator), Some(house.respondent)] {
            let address = address(&house, &cycle, pattern);
            let mut request = TestRequest::default().uri(&address).method(method.parse::<Method>().unwrap());
            if let Some(person) = person {
                let (cookie, csrf) = house.sign_in(person).await;
                request = request.cookie(cookie);
                if method == "POST" {
                    request = request.set_form([("csrf", csrf.as_str())]);
                }
            }
            check(&format!("{method} {address}"), &house.ask(request).await);
        }
    }
    for address in
        ["/nothing-here", "/s/", "/m/x/y", "/assets/nothing.css", "/api", "/api/v1/nothing", "/docs/"]
    {
        check(address, &house.get(address).await);
    }
}

#[actix_web::test]
async fn every_answer_of_the_rest_interface_carries_the_headers() {
    let house = House::with(Mode::Representative).await;
    let cycle = house.cycle().await.to_string();
    let document = serde_json::to_value(document()).unwrap();
    let mut seen = 0;
    for (template, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|own| *own != "parameters") {
            let method: Method = method.to_uppercase().parse().unwrap();
            let address = address(&house, &cycle, template);
            for token in [None, Some("Bearer ek_nonsense")] {
                let mut request = TestRequest::default().uri(&address).method(method.clone());
                if let Some(token) = token {
                    request = request.insert_header(("authorization", token));
                }
                let answer = house.ask(request).await;
                check(&format!("{method} {address}"), &answer);
                let open =
                    ["/api/v1/responses/", "/api/v1/openapi.json"].iter().any(|own| address.starts_with(own));
                assert!(
                    open || [401, 404, 422, 429].contains(&answer.status),
                    "{method} {address}: {}",
                    answer.status
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} looks");
}
