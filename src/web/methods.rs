//! What an address answers to a method that none of its handlers takes.
//!
//! Every page that answers GET answers HEAD ([`read_as_get`]); another method gets 405 with the methods that are taken. The
//! table repeats the handlers' own attributes, because the router keeps them to itself; a test compares the two.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use actix_web::dev::{ResourceDef, ServiceRequest};
use actix_web::http::{Method, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::State;
use super::api::problem::ApiError;
use super::error::PageError;

/// Method and pattern of every handler of the pages.
pub const HANDLERS: [(&str, &str); 116] = [
    ("GET", "/"),
    ("GET", "/admin"),
    ("GET", "/admin/audit"),
    ("GET", "/admin/audit.csv"),
    ("POST", "/admin/letters/{letter}/{decision}"),
    ("POST", "/admin/resume"),
    ("POST", "/admin/sides/{id}/manager"),
    ("GET", "/assets/{name}"),
    ("GET", "/cycles/{id}"),
    ("GET", "/cycles/{id}/answers"),
    ("POST", "/cycles/{id}/cancel"),
    ("POST", "/cycles/{id}/close"),
    ("POST", "/cycles/{id}/extend"),
    ("GET", "/cycles/{id}/links"),
    ("POST", "/cycles/{id}/members/{member}/address"),
    ("POST", "/cycles/{id}/members/{member}/fresh-link"),
    ("POST", "/cycles/{id}/members/{member}/withdraw"),
    ("POST", "/cycles/{id}/remind"),
    ("GET", "/cycles/{id}/review"),
    ("GET", "/cycles/{id}/review.ics"),
    ("POST", "/cycles/{id}/review/acceptances/{acceptance}/sign"),
    ("POST", "/cycles/{id}/review/actions/{action}"),
    ("POST", "/cycles/{id}/review/close"),
    ("POST", "/cycles/{id}/review/flags/{flag}/acceptance"),
    ("POST", "/cycles/{id}/review/flags/{flag}/action"),
    ("POST", "/cycles/{id}/review/flags/{flag}/note"),
    ("GET", "/dev/clock"),
    ("POST", "/dev/clock"),
    ("GET", "/dev/mail"),
    ("GET", "/dev/mail/{number}"),
    ("GET", "/dev/mail/{number}/html"),
    ("GET", "/livez"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/login/code"),
    ("POST", "/login/code"),
    ("POST", "/login/confirm"),
    ("GET", "/login/{token}"),
    ("POST", "/logout"),
    ("GET", "/a/{token}"),
    ("POST", "/a/{token}"),
    ("GET", "/m/{token}"),
    ("POST", "/m/{token}"),
    ("GET", "/metrics"),
    ("GET", "/portfolio.csv"),
    ("GET", "/partnerships/{id}"),
    ("GET", "/partnerships/{id}/audit"),
    ("GET", "/partnerships/{id}/audit.csv"),
    ("GET", "/partnerships/{id}/charts/{file}"),
    ("POST", "/partnerships/{id}/cadences/{cadence}/terms"),
    ("POST", "/partnerships/{id}/delete"),
    ("GET", "/partnerships/{id}/export.{format}"),
    ("POST", "/partnerships/{id}/handover"),
    ("POST", "/partnerships/{id}/labels"),
    ("POST", "/partnerships/{id}/own-round"),
    ("POST", "/partnerships/{id}/propose"),
    ("POST", "/partnerships/{id}/rebaseline"),
    ("POST", "/partnerships/{id}/state/{to}"),
    ("GET", "/partnerships/{id}/tokens"),
    ("POST", "/partnerships/{id}/tokens"),
    ("POST", "/partnerships/{id}/tokens/{token}/revoke"),
    ("GET", "/partnerships/{id}/trust"),
    ("POST", "/proposals/{id}/approve"),
    ("POST", "/proposals/{id}/ask"),
    ("POST", "/proposals/{id}/decline"),
    ("POST", "/proposals/{id}/nudge"),
    ("POST", "/proposals/{id}/withdraw"),
    ("GET", "/readyz"),
    ("GET", "/s/{token}"),
    ("POST", "/s/{token}/begin"),
    ("GET", "/s/{token}/closing"),
    ("POST", "/s/{token}/closing"),
    ("GET", "/s/{token}/review"),
    ("POST", "/s/{token}/send"),
    ("GET", "/s/{token}/thanks"),
    ("GET", "/s/{token}/trust"),
    ("GET", "/s/{token}/{n}"),
    ("POST", "/s/{token}/{n}"),
    ("GET", "/sessions"),
    ("POST", "/sessions/revoke-others"),
    ("POST", "/sessions/{id}/revoke"),
    ("GET", "/setup/import"),
    ("POST", "/setup/import"),
    ("GET", "/setup/instruments"),
    ("GET", "/setup/instruments/{id}"),
    ("GET", "/setup/organisations"),
    ("POST", "/setup/organisations"),
    ("GET", "/setup/organisations/{id}"),
    ("POST", "/setup/organisations/{id}"),
    ("POST", "/setup/organisations/{id}/leadership"),
    ("POST", "/setup/organisations/{id}/leadership/{person}/remove"),
    ("GET", "/setup/partnerships"),
    ("POST", "/setup/partnerships"),
    ("GET", "/setup/partnerships/{id}"),
    ("POST", "/setup/partnerships/{id}/cadences"),
    ("GET", "/setup/partnerships/{id}/cadences/new"),
    ("GET", "/setup/partnerships/{id}/cadences/{cadence}"),
    ("POST", "/setup/partnerships/{id}/cadences/{cadence}"),
    ("POST", "/setup/partnerships/{id}/cadences/{cadence}/test"),
    ("GET", "/setup/partnerships/{id}/import"),
    ("POST", "/setup/partnerships/{id}/import"),
    ("POST", "/setup/partnerships/{id}/members"),
    ("GET", "/setup/partnerships/{id}/members/{member}"),
    ("POST", "/setup/partnerships/{id}/members/{member}"),
    ("POST", "/setup/partnerships/{id}/members/{member}/remove"),
    ("POST", "/setup/partnerships/{id}/nudge"),
    ("POST", "/setup/partnerships/{id}/state/{to}"),
    ("GET", "/setup/people"),
    ("POST", "/setup/people"),
    ("GET", "/setup/people/{id}"),
    ("POST", "/setup/people/{id}"),
    ("GET", "/setup/people/{id}/erase"),
    ("POST", "/setup/people/{id}/erase"),
    ("GET", "/setup/tokens"),
    ("POST", "/setup/tokens"),
    ("POST", "/setup/tokens/{id}/revoke"),
];

static PATTERNS: LazyLock<Vec<(&str, ResourceDef)>> = LazyLock::new(|| {
    HANDLERS.iter().map(|(method, pattern)| (*method, ResourceDef::new(*pattern))).collect()
});

/// Lets the handler of GET answer HEAD; the server leaves the body out.
pub fn read_as_get(request: &mut ServiceRequest) {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
}

/// Answers what no handler took: 405 where the address takes other methods, 404 elsewhere; to programs as a problem.
pub async fn refuse(state: Data<State>, request: HttpRequest) -> HttpResponse {
    if request.path() == "/api" || request.path().starts_with("/api/") {
        return HttpResponse::from_error(ApiError::NotFound);
    }
    let taken = taken(request.path(), state.is_demo());
    if taken.is_empty() {
        return HttpResponse::from_error(PageError::NotFound);
    }
    let allow = taken.into_iter().collect::<Vec<_>>().join(", ");
    HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allow)).finish()
}

fn taken(path: &str, demo: bool) -> BTreeSet<&'static str> {
    let here = PATTERNS.iter().filter(|(_, pattern)| {
        let only_in_demo = pattern.pattern().is_some_and(|text| text.starts_with("/dev/"));
        (demo || !only_in_demo) && pattern.is_match(path)
    });
    here.flat_map(
        |(method, _)| if *method == "GET" { &["GET", "HEAD"][..] } else { std::slice::from_ref(method) },
    )
    .copied()
    .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Method and pattern of every handler attribute in a folder or file.
    fn attributes(place: &Path, found: &mut BTreeSet<(String, String)>) {
        if place.is_dir() {
            for entry in std::fs::read_dir(place).unwrap() {
                attributes(&entry.unwrap().path(), found);
            }
            return;
        }
        for line in std::fs::read_to_string(place).unwrap().lines() {
            let Some((method, rest)) = line.strip_prefix("#[").and_then(|rest| rest.split_once("(\"")) else {
                continue;
            };
            if ["get", "post", "put", "delete", "patch"].contains(&method) {
                let pattern = rest.split('"').next().unwrap_or_default();
                found.insert((method.to_uppercase(), pattern.to_owned()));
            }
        }
    }

    #[test]
    fn the_table_names_every_handler_of_the_pages() {
        let mut found = BTreeSet::new();
        for place in ["pages", "charts.rs", "health.rs", "metrics.rs", "assets.rs"] {
            attributes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web").join(place), &mut found);
        }
        let table: BTreeSet<_> = HANDLERS.iter().map(|(m, p)| ((*m).to_owned(), (*p).to_owned())).collect();
        assert_eq!(found, table);
        assert_eq!(table.len(), HANDLERS.len());
    }

    #[test]
    fn an_address_takes_the_methods_of_all_its_handlers() {
        let list = |path: &str, demo| taken(path, demo).into_iter().collect::<Vec<_>>().join(", ");
        for (path, demo, methods) in [
            ("/livez", false, "GET, HEAD"),
            ("/login", false, "GET, HEAD, POST"),
            ("/logout", false, "POST"),
            ("/dev/clock", false, ""),
            ("/dev/clock", true, "GET, HEAD, POST"),
            ("/nothing", true, ""),
        ] {
            assert_eq!(list(path, demo), methods, "{path}");
        }
    }
}
