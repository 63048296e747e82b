//! The sample page of a review.

use super::super::Tile;
use super::super::acts::Folded;
use super::super::parts::Glyph;
use super::super::review::*;
use super::samples::{chrome, flag, form, link, note};

/// The page with the same text in every field.
pub(super) fn reviewing(t: &str) -> ReviewPage {
    let folded = |prefix| Folded { summary: t.into(), form: form(t, prefix) };
    let action = ActionItem {
        anchor: "action".into(),
        title: t.into(),
        text: t.into(),
        detail: t.into(),
        state: t.into(),
        late: true,
        moved: vec![t.into()],
        note: t.into(),
        done: Some(format!("/{t}")),
        change: Some(folded("p")),
    };
    let item = FlagItem {
        anchor: "flag".into(),
        row: flag(t, "flag", Glyph::Gap),
        to_act: true,
        detail: t.into(),
        reasons: vec![t.into()],
        notes: vec![(t.into(), t.into())],
        actions: vec![t.into()],
        earlier: Some((t.into(), vec![(t.into(), t.into())])),
        acceptances: vec![(t.into(), Some(format!("/{t}")))],
        discussed: Some(format!("/{t}")),
        forms: vec![folded("n")],
    };
    ReviewPage {
        chrome: chrome(t),
        dateline: t.into(),
        partnership: link(t),
        calendar: Some(t.into()),
        headline: t.into(),
        lede: t.into(),
        newest: Some(link(t)),
        card: Some(CardTable {
            sides: vec![note(t)],
            rows: vec![CardRow {
                indicator: t.into(),
                tile: Tile::unrated(t),
                means: vec![note(t)],
                gap: t.into(),
                action: t.into(),
            }],
        }),
        actions_title: t.into(),
        actions: vec![action],
        wins: Some(vec![t.into()]),
        groups: vec![(t.into(), vec![item])],
        foot: Foot {
            title: t.into(),
            unsigned: vec![t.into()],
            sentences: vec![t.into()],
            missing: vec![(link(t), t.into())],
            close: Some(format!("/{t}")),
        },
    }
}
