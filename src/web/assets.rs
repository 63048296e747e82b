//! Style sheets, scripts, fonts and icon: embedded, and cached by the browser for as long as their tag stands.
//!
//! The pages behind a link of one's own load `answer.css`: the parts of the one sheet that they use, and their own rules. With
//! its script and without a font a page of the answer form weighs under 30 KB uncompressed; the server compresses nothing.

use std::sync::{LazyLock, OnceLock};

use actix_web::{HttpResponse, get, web};

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const SHEET: &str = include_str!("assets/evenkeel.css");

/// The parts of the sheet that pages behind a link of one's own use: from the first mark to the one that follows it.
const SHARED: [(&str, &str); 3] =
    [(":root{", "/* frame */"), ("/* words */", "/* tiles */"), ("/* forms */", "@media")];

const ASSETS: [Asset; 7] = [
    Asset { name: "evenkeel.css", kind: "text/css; charset=utf-8", bytes: SHEET.as_bytes() },
    Asset {
        name: "answer.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("assets/answer.js"),
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

/// The sheet of the pages behind a link of one's own.
pub(in crate::web) static ANSWER_SHEET: LazyLock<String> = LazyLock::new(|| {
    let part = |(from, to): (&str, &str)| {
        let rest = SHEET.split_once(from).map_or("", |(_, rest)| rest);
        let part = rest.split_once(to).map_or(rest, |(part, _)| part);
        format!("{from}{part}")
    };
    SHARED.map(part).concat() + include_str!("assets/answer.css")
});

/// Changes with the content of any embedded file; pages append it to their addresses.
pub fn tag() -> &'static str {
    static TAG: OnceLock<String> = OnceLock::new();
    TAG.get_or_init(|| {
        let all = ASSETS.iter().flat_map(|file| file.bytes).chain(ANSWER_SHEET.as_bytes());
        crate::secrets::digest(all.copied().collect::<Vec<u8>>())[..12].to_owned()
    })
}

/// One embedded file.
#[get("/assets/{name}")]
pub async fn asset(name: web::Path<String>) -> HttpResponse {
    let (kind, bytes): (_, &'static [u8]) = match ASSETS.iter().find(|file| file.name == name.as_str()) {
        Some(file) => (file.kind, file.bytes),
        None if name.as_str() == "answer.css" => ("text/css; charset=utf-8", ANSWER_SHEET.as_bytes()),
        None => return HttpResponse::NotFound().finish(),
    };
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header(("Cache-Control", "public, max-age=31536000, immutable"))
        .body(bytes)
}
