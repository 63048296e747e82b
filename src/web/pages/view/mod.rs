//! What a page shows: one struct per screen, each of them its own template.
//!
//! A view holds finished words, figures as text, addresses and drawn charts; it knows no domain type, no
//! request and no arithmetic. Handlers in `web::pages` fill the structs from the read models, and the
//! templates under `web/pages/templates` lay them out. Three laws are kept here and tested beside it:
//!
//! - every text is escaped; only an [`Svg`] passes through as markup, and only the charts make those;
//! - no page carries an inline style or an inline script, so the strict content security policy holds;
//! - colour is never alone: every tile has a word and a glyph, every side a marker.
//!
//! Forms name their fields and their addresses here as well, so this module is where to look up what a
//! handler will be sent.

pub mod acceptance;
pub mod action;
pub mod acts;
pub mod admin;
pub mod answer;
pub mod audit;
pub mod chrome;
pub mod cycle;
pub mod demo;
pub mod ending;
pub mod error;
pub mod forms;
pub mod links;
pub mod partnership;
pub mod parts;
pub mod portfolio;
pub mod preferences;
pub mod review;
pub mod scorecard;
pub mod sessions;
pub mod setup;
pub mod setup_partnership;
pub mod setup_tokens;
pub mod sign_in;
pub mod tokens;
pub mod voices;

#[cfg(test)]
mod tests;

/// The same words for a headline or a narrow column: a line breaks neither before the "×" of a partnership's name
/// nor inside a period such as `2026-Q1`.
fn unbroken(text: &str) -> String {
    text.replace(" × ", "\u{a0}× ").replace("-Q", "\u{2011}Q")
}

pub use chrome::{Chrome, Flash, FlashKind, NavLink, SignedIn};
pub use parts::{Arrow, Change, Figures, Glyph, Link, Marker, Svg, Tile, Tone};
