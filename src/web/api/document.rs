//! The OpenAPI document: made from the handlers by the call that registers them, so that it cannot lack one.

use std::sync::OnceLock;

use actix_web::{HttpResponse, get};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem, ServerBuilder};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_actix_web::AppExt as _;

use super::problem::{FieldProblem, MissingAnswer, Problem};

/// Everything that a program can do here, as OpenAPI 3.1.
pub fn document() -> &'static OpenApi {
    static DOCUMENT: OnceLock<OpenApi> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let about = "Quarterly health checks of partnerships. Everything that a page can do, a program can do here. \
                     One asking of an instrument in a partnership is a cycle; mails and pages for people call it a check. \
                     Send a token as `Authorization: Bearer ek_…`; `evenkeel token create` prints one. Times are \
                     RFC 3339 in UTC. Lists give `items` and `next`, the address of the next page. Errors are \
                     `application/problem+json` with a stable `code`. An act that needs every side is answered with \
                     202 and a proposal. What is read has an `ETag`: send it as `If-None-Match` to be answered 304 when \
                     nothing changed, and as `If-Match` with a change so that nobody's work is overwritten.";
        let info = InfoBuilder::new()
            .title("Evenkeel")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(about))
            .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
            .build();
        let empty = OpenApiBuilder::new()
            .info(info)
            .servers(Some([ServerBuilder::new().url("/").build()]))
            .build();
        let app = actix_web::App::new().into_utoipa_app().openapi(empty).service(super::documented());
        let (_, mut made) = app.split_for_parts();
        let parts = made.components.get_or_insert_default();
        parts.schemas.insert(Problem::name().into_owned(), Problem::schema());
        parts.schemas.insert(MissingAnswer::name().into_owned(), MissingAnswer::schema());
        parts.schemas.insert(FieldProblem::name().into_owned(), FieldProblem::schema());
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        parts.add_security_scheme("bearer", bearer);
        made
    })
}

/// The template of an address, such as `/api/v1/people/{id}`; `None` when there is no such address.
pub fn template_of(path: &str) -> Option<&'static str> {
    let mut templates = document().paths.paths.keys().filter(|template| fits(template, path));
    // The plainer one wins: `/portfolio/charts` over `/{id}/charts`.
    let first = templates.next()?;
    Some(templates.find(|other| !other.contains('{')).unwrap_or(first))
}

/// The methods that an address takes by the document; empty when there is no such address.
pub(super) fn methods_at(path: &str) -> Vec<&'static str> {
    let mut methods = Vec::new();
    for (template, item) in &document().paths.paths {
        if fits(template, path) {
            methods.extend(methods_of(item));
        }
    }
    methods.dedup();
    methods
}

fn methods_of(item: &PathItem) -> impl Iterator<Item = &'static str> {
    [
        ("GET", item.get.is_some()),
        ("PUT", item.put.is_some()),
        ("POST", item.post.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(method, there)| there.then_some(method))
}

/// Whether an address is an instance of a template such as `/people/{id}` or `/cycles/{id}:close`.
fn fits(template: &str, path: &str) -> bool {
    let (wanted, given) = (template.split('/'), path.split('/'));
    wanted.clone().count() == given.clone().count() && wanted.zip(given).all(|(w, g)| segment_fits(w, g))
}

/// Each parameter takes at least one character; a last one takes no verb such as `:close`.
fn segment_fits(wanted: &str, given: &str) -> bool {
    let Some((before, rest)) = wanted.split_once('{') else { return wanted == given };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let Some(given) = given.strip_prefix(before) else { return false };
    if after.is_empty() {
        return !given.is_empty() && !given.contains(':');
    }
    given.char_indices().skip(1).any(|(at, _)| segment_fits(after, &given[at..]))
}

/// The document.
#[get("/openapi.json")]
pub(super) async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok().json(document())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_to_something() {
        fn follow(whole: &serde_json::Value, part: &serde_json::Value) {
            match part {
                serde_json::Value::Object(fields) => {
                    if let Some(address) = fields.get("$ref").and_then(serde_json::Value::as_str) {
                        let place = address.strip_prefix('#').expect("within the document");
                        assert!(whole.pointer(place).is_some(), "{address}");
                    }
                    fields.values().for_each(|inner| follow(whole, inner));
                }
                serde_json::Value::Array(items) => items.iter().for_each(|inner| follow(whole, inner)),
                _ => {}
            }
        }
        let whole = serde_json::to_value(super::document()).unwrap();
        follow(&whole, &whole);
    }

    #[test]
    fn a_cycle_is_called_a_cycle_throughout() {
        let mut text = serde_json::to_string(document()).unwrap().to_lowercase();
        for meant in [
            "quarterly health checks of partnerships",
            "mails and pages for people call it a check",
            "on pages for people it is a check",
        ] {
            assert!(text.contains(meant), "{meant}");
            text = text.replace(meant, "");
        }
        let words = text.split(|c: char| !c.is_alphanumeric());
        let other: Vec<&str> = words.filter(|w| ["check", "checks", "round", "rounds"].contains(w)).collect();
        assert!(other.is_empty(), "{other:?}");
    }

    #[test]
    fn an_address_fits_its_template_and_no_other() {
        let at = |path: &str| methods_at(path);
        assert_eq!(at("/api/v1/people/x"), ["GET", "PATCH", "DELETE"]);
        assert_eq!(at("/api/v1/people"), ["GET", "POST"]);
        assert!(at("/api/v1/people/x/y").is_empty() && at("/api/v1/people/x:y").is_empty());
        assert!(at("/api/v1/nothing").is_empty());
        assert!(fits("/cycles/{id}:close", "/cycles/7:close"));
        assert!(!fits("/cycles/{id}", "/cycles/7:close"));
        assert!(fits("/charts/{name}.{kind}", "/charts/trend.svg"));
        for bad in ["/charts/trend", "/charts/.svg", "/charts/trend."] {
            assert!(!fits("/charts/{name}.{kind}", bad), "{bad}");
        }
    }
}
