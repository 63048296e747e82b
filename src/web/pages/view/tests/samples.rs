//! Every page once, with the same text in every field that can hold one.

use askama::Template;

use super::super::acceptance::AcceptanceBox;
use super::super::acts::*;
use super::super::cycle::*;
use super::super::error::*;
use super::super::forms::*;
use super::super::links::*;
use super::super::partnership::*;
use super::super::parts::*;
use super::super::scorecard::*;
use super::super::sessions::*;
use super::super::sign_in::*;
use super::super::{Chrome, Flash, NavLink, SignedIn, portfolio};
use super::more_samples::{answering, demo, one_partnership, setting_up};
use super::reviewing::reviewing;

/// A page's name and its HTML.
pub type Rendered = (&'static str, String);

pub(super) fn page(name: &'static str, template: &impl Template) -> Rendered {
    (name, template.render().expect("a template writes into a string"))
}

/// All pages, each filled with `t`.
pub fn every_page(t: &str) -> Vec<Rendered> {
    let mut pages = signing_in(t);
    pages.push(page("portfolio", &portfolio_page(t)));
    pages.push(page(
        "portfolio, empty",
        &portfolio::PortfolioPage { groups: Vec::new(), choice: None, ..portfolio_page(t) },
    ));
    pages.push(page("partnership", &partnership_page(t)));
    let first = PartnershipPage { scorecard: None, trends: Vec::new(), ..partnership_page(t) };
    pages.push(page("partnership, before its first check", &first));
    pages.push(page("cycle", &cycle_page(t)));
    pages.push(page("review of a check", &reviewing(t)));
    pages.push(page("links", &links_page(t)));
    pages.extend(answering(t));
    pages.extend(setting_up(t));
    pages.extend(one_partnership(t));
    pages.extend(demo(t));
    pages
}

pub(super) fn chrome(t: &str) -> Chrome {
    Chrome {
        title: t.into(),
        assets: "v".into(),
        operator: operator(t),
        csrf: t.into(),
        nav: vec![NavLink::new(t, "/").current_if(true)],
        signed_in: Some(SignedIn { name: t.into(), organisation: Some(t.into()) }),
        flash: Some(Flash::failed(t)),
    }
}

pub(super) fn operator(t: &str) -> String {
    format!("Northmoor {t}")
}

pub(super) fn link(t: &str) -> Link {
    Link::new(t, format!("/{t}"))
}

pub(super) fn note(t: &str) -> SideNote {
    SideNote { marker: Marker::A, name: t.into(), text: t.into(), warning: Some(t.into()) }
}

fn tile(t: &str) -> Tile {
    Tile { provisional: true, ..Tile::rated(Tone::Red, t, t).with_change(Arrow::Down, "0.1") }
}

pub(super) fn form(t: &str, prefix: &str) -> Form {
    let line = Control::line("text", "name", t).under(prefix).value(t).hint(t).error(Some(t.into()));
    let chosen = vec![Choice::new(t, t, true).explained(t)];
    let text = Control { value: t.into(), ..Control::new(Kind::Lines, "lines", t).under(prefix) };
    Form::to(format!("/{t}"), t)
        .group(t, vec![line, Control::select("select", t, chosen.clone()).under(prefix), text])
        .group("", vec![Control::radios("radios", t, chosen.clone()).error(Some(t.into())).under(prefix)])
        .group("", vec![Control::checks("checks", t, chosen).hint(t).under(prefix)])
        .failed(t)
        .or("preview", t, t)
}

fn signing_in(t: &str) -> Vec<Rendered> {
    let chrome = || chrome(t);
    let error = || Some(t.to_owned());
    vec![
        page("sign-in", &SignInPage { chrome: chrome(), email: t.into(), error: error() }),
        page(
            "link sent",
            &LinkSentPage { chrome: chrome(), email: t.into(), good_for: t.into(), code_form: form(t, "a") },
        ),
        page("confirm", &ConfirmPage { chrome: chrome(), token: t.into(), until: t.into() }),
        page("code shown", &CodeShownPage { chrome: chrome(), code: t.into(), until: t.into() }),
        page("code entry", &CodeEntryPage { chrome: chrome(), form: form(t, "a") }),
        page(
            "error",
            &ErrorPage {
                chrome: chrome(),
                status: 404,
                headline: t.into(),
                detail: t.into(),
                ways_out: vec![link(t)],
                request_id: error(),
            },
        ),
        page("sessions", &SessionsPage { chrome: chrome(), rows: vec![session(t), session(t)] }),
    ]
}

fn session(t: &str) -> SessionRow {
    SessionRow {
        device: t.into(),
        since: t.into(),
        last_used: t.into(),
        ends: t.into(),
        this_one: false,
        revoke: format!("/{t}"),
    }
}

fn portfolio_page(t: &str) -> portfolio::PortfolioPage {
    portfolio::PortfolioPage {
        chrome: chrome(t),
        dateline: t.into(),
        headline: t.into(),
        lede: Some(t.into()),
        needing: vec![(link(t), t.into())],
        ratings: portfolio::RatingCounts::default(),
        highlights: vec![portfolio::Highlight { label: t.into(), figure: t.into(), note: t.into() }],
        indicators: vec![portfolio::Column { name: t.into(), short: t.into() }],
        steps: vec![crate::web::Step { title: t.into(), text: t.into(), href: format!("/{t}") }],
        choice: Some(portfolio::ChoiceForm {
            controls: vec![
                Control::line("search", "search", t).value(t),
                Control::select("need", t, vec![Choice::new(t, t, true)]),
            ],
            shown: t.into(),
            all: Some(link(t)),
            pages: vec![link(t)],
        }),
        groups: vec![portfolio::Group {
            title: t.into(),
            note: t.into(),
            rows: vec![portfolio::Row {
                name: t.into(),
                href: format!("/{t}"),
                note: t.into(),
                debt: t.into(),
                debt_share: 40,
                debt_note: t.into(),
                overall: tile(t),
                cells: vec![(Tile::unrated(t), Some(format!("/{t}")))],
                keel: None,
                gap: Some(t.into()),
                gap_words: t.into(),
                finding: t.into(),
                sentence: t.into(),
                spark: None,
                answered: vec![note(t)],
                next_check: t.into(),
            }],
        }],
        notes: vec![t.into()],
        downloads: vec![link(t)],
        set_up: Some(link(t)),
    }
}

fn partnership_page(t: &str) -> PartnershipPage {
    let reading =
        SideReading { marker: Marker::B, name: t.into(), people: t.into(), agreement: Some(t.into()) };
    let row = ScoreRow {
        indicator: t.into(),
        under: t.into(),
        overall: true,
        tile: tile(t),
        plot: None,
        plot_words: t.into(),
        reason: t.into(),
        gap: Some(t.into()),
        gap_label: t.into(),
        gap_note: t.into(),
        sides: vec![reading],
        flag: t.into(),
        flag_at: Some(format!("#{t}")),
        action: t.into(),
    };
    let trend = TrendPanel {
        title: t.into(),
        finding: t.into(),
        sentence: t.into(),
        chart: Some(Svg::drawn("<svg></svg>".into())),
        svg_href: format!("/{t}"),
        png_href: format!("/{t}"),
        figures: Figures {
            heads: vec![t.into(), t.into()],
            rows: vec![vec![t.into(), t.into()]],
            notes: vec![t.into()],
        },
        drift: vec![(t.into(), t.into())],
    };
    let cycle = CycleRow {
        period: t.into(),
        href: format!("/{t}"),
        state: t.into(),
        answered: t.into(),
        overall: Some(tile(t)),
    };
    PartnershipPage {
        chrome: chrome(t),
        dateline: t.into(),
        headline: t.into(),
        lede: Some(t.into()),
        sides: vec![note(t)],
        next_check: t.into(),
        mode: t.into(),
        state: Some(t.into()),
        running: Some((t.into(), link(t))),
        trust: link(t),
        acceptance: Some(AcceptanceBox {
            sentence: t.into(),
            detail: t.into(),
            reason: t.into(),
            trust: Some(link(t)),
            accept: Some(format!("/{t}")),
            nudge: Some(Press { text: t.into(), action: format!("/{t}"), effect: t.into() }),
            withdraw: Some(format!("/{t}")),
            forms: vec![Folded { summary: t.into(), form: form(t, "c") }],
            text: t.into(),
            own_view: Some(link(t)),
        }),
        exports: vec![link(t)],
        proposals: vec![proposal(t)],
        scorecard: Some(Scorecard { period: t.into(), note: t.into(), axis: None, rows: vec![row] }),
        waiting: t.into(),
        trends: vec![trend],
        trends_title: t.into(),
        signs: evenkeel_charts::Occur::default(),
        notes: vec![t.into()],
        reviews: vec![link(t)],
        flags_title: t.into(),
        flags_speed: Some(t.into()),
        flags: vec![
            flag(t, "f1", Glyph::Rating(Tone::Amber)),
            flag(t, "f2", Glyph::Gap),
            flag(t, "f3", Glyph::Drift),
            flag(t, "f4", Glyph::Response),
        ],
        actions: vec![ActionRow {
            title: t.into(),
            href: format!("/{t}"),
            side: t.into(),
            due: t.into(),
            state: t.into(),
            late: true,
        }],
        cycles: vec![cycle],
        members: vec![note(t)],
        standing: Standing {
            log: Some("/partnerships/1/audit".to_owned()),
            tokens: Some("/partnerships/1/tokens".to_owned()),
            press: Some(Press { text: t.into(), action: format!("/{t}"), effect: t.into() }),
            forms: vec![Folded { summary: t.into(), form: form(t, "a") }],
            end: Some(Folded { summary: t.into(), form: form(t, "s") }),
        },
        set_up: Some(link(t)),
    }
}

pub(super) fn flag(t: &str, anchor: &str, glyph: Glyph) -> FlagRow {
    FlagRow {
        anchor: anchor.into(),
        review: Some(format!("/{t}")),
        glyph,
        title: t.into(),
        severity: t.into(),
        waiting: true,
        age: t.into(),
        figure: t.into(),
        state: t.into(),
        answer: t.into(),
        history: vec![t.into()],
    }
}

fn proposal(t: &str) -> OpenProposal {
    OpenProposal {
        sentence: t.into(),
        detail: t.into(),
        reason: t.into(),
        approve: Some(format!("/{t}")),
        decline: Some(form(t, "p")),
        withdraw: Some(format!("/{t}")),
    }
}

fn desk(t: &str) -> Desk {
    Desk {
        remind: Some(format!("/{t}")),
        forms: vec![Folded { summary: t.into(), form: form(t, "d") }],
        invited: vec![Invited { name: t.into(), email: t.into(), withdraw: format!("/{t}") }],
    }
}

fn links_page(t: &str) -> LinksPage {
    let row = LinkRow {
        label: t.into(),
        about: t.into(),
        link: t.into(),
        how: t.into(),
        fresh: Form::to(format!("/{t}"), t),
    };
    LinksPage {
        chrome: chrome(t),
        partnership: link(t),
        cycle: link(t),
        headline: t.into(),
        lede: vec![t.into(), t.into()],
        text: t.into(),
        rows: vec![row],
    }
}

fn cycle_page(t: &str) -> CyclePage {
    let count = |answered| CountRow {
        marker: Some(Marker::C),
        name: t.into(),
        invited: 9,
        answered,
        share: 67,
        note: t.into(),
    };
    CyclePage {
        chrome: chrome(t),
        dateline: t.into(),
        headline: t.into(),
        lede: Some(t.into()),
        partnership: link(t),
        counts: vec![count(Some(6)), count(None)],
        links: Some(link(t)),
        facts: vec![Fact::new(t, t)],
        bounces: vec![Bounce {
            person: t.into(),
            address: t.into(),
            reason: t.into(),
            cure: Some(form(t, "c")),
        }],
        proposals: vec![proposal(t)],
        desk: Some(desk(t)),
        scorecard: Some(link(t)),
        review: Some(link(t)),
        voices: Some(link(t)),
        sealed: t.into(),
    }
}
