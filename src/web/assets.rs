//! Style sheet, script, fonts and icon: embedded, and cached by the browser for as long as their tag stands.

use std::sync::OnceLock;

use actix_web::{HttpResponse, get, web};

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 6] = [
    Asset {
        name: "evenkeel.css",
        kind: "text/css; charset=utf-8",
        bytes: include_bytes!("assets/evenkeel.css"),
    },
    Asset {
        name: "evenkeel.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("assets/evenkeel.js"),
    },
    Asset { name: "evenkeel.svg", kind: "image/svg+xml", bytes: include_bytes!("assets/evenkeel.svg") },
    Asset {
        name: "source-serif-4-latin.woff2",
        kind: "font/woff2",
        bytes: include_bytes!("assets/source-serif-4-latin.woff2"),
    },
    Asset {
        name: "source-serif-4-latin-ext.woff2",
        kind: "font/woff2",
        bytes: include_bytes!("assets/source-serif-4-latin-ext.woff2"),
    },
    Asset {
        name: "source-serif-4-OFL.txt",
        kind: "text/plain; charset=utf-8",
        bytes: include_bytes!("assets/source-serif-4-OFL.txt"),
    },
];

/// Changes with the content of any embedded file; pages append it to their addresses.
pub fn tag() -> &'static str {
    static TAG: OnceLock<String> = OnceLock::new();
    TAG.get_or_init(|| {
        let all: Vec<u8> = ASSETS.iter().flat_map(|file| file.bytes).copied().collect();
        crate::secrets::digest(all)[..12].to_owned()
    })
}

/// One embedded file.
#[get("/assets/{name}")]
pub async fn asset(name: web::Path<String>) -> HttpResponse {
    match ASSETS.iter().find(|file| file.name == name.as_str()) {
        Some(file) => HttpResponse::Ok()
            .content_type(file.kind)
            .insert_header(("Cache-Control", "public, max-age=31536000, immutable"))
            .body(file.bytes),
        None => HttpResponse::NotFound().finish(),
    }
}
