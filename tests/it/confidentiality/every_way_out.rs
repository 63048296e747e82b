//! Two worlds that differ only in what must stay hidden look the same in every way out: every page, every call, every chart,
//! every file, every mail, over several cycles. What is the same in both cannot tell them apart, however it is combined.

use std::collections::BTreeMap;

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;

use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    what_is_hidden_in_confidential_rounds_shows_nowhere,
    what_is_hidden_in_anonymous_rounds_shows_nowhere,
    what_is_shown_shows_in_every_way_out,
);

const NORTH: [&str; 5] = ["Ada", "Ali", "Ana", "Ari", "Asa"];
const BRIGHT: [&str; 5] = ["Ben", "Bo", "Bea", "Bob", "Bil"];

/// What each of a side answers to every question in one round; who is not in it keeps silent.
type Round = [&'static [u8]; 2];

/// When each round opens, and a moment after it closed.
const DATES: [[&str; 2]; 4] = [
    ["2026-12-01T08:00:00Z", "2026-12-10T16:00:00Z"],
    ["2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z"],
    ["2027-06-01T07:00:00Z", "2027-06-10T15:00:00Z"],
    ["2027-09-07T07:00:00Z", "2027-09-16T15:00:00Z"],
];

/// Totals of the same height: which side was low, and who said what, differs from one world to the other. With five a side
/// and a floor of three or five, the last round shows sides: within a side only the order differs, and nothing is linked yet.
const HIGH_AND_LOW: [Round; 4] = [
    [&[5, 5, 5, 5, 5], &[2, 2]],
    [&[5, 5, 4, 4, 2], &[3, 3]],
    [&[1, 1, 1, 1, 1], &[4, 4]],
    [&[5, 4, 3, 4, 4], &[2, 3, 3, 4, 3]],
];
const LOW_AND_HIGH: [Round; 4] = [
    [&[2, 2, 2, 2, 2], &[5, 5]],
    [&[4, 4, 2, 2, 3], &[4, 4]],
    [&[4, 4, 4, 4, 4], &[1, 1]],
    [&[4, 4, 4, 3, 5], &[3, 4, 2, 3, 3]],
];
/// The last round says another thing for everybody to see.
const OTHER_AT_LAST: [Round; 4] = [
    [&[5, 5, 5, 5, 5], &[2, 2]],
    [&[5, 5, 4, 4, 2], &[3, 3]],
    [&[1, 1, 1, 1, 1], &[4, 4]],
    [&[5, 4, 3, 4, 4], &[4, 4, 4, 4, 3]],
];

struct World {
    app: TestApp,
    pair: Pair,
    /// Everything that could be read, by where, in the order in which it was read.
    seen: BTreeMap<String, String>,
    moments: usize,
}

async fn what_is_hidden_in_confidential_rounds_shows_nowhere(database: &Database) {
    nothing_differs(database, Mode::Confidential).await;
}

async fn what_is_hidden_in_anonymous_rounds_shows_nowhere(database: &Database) {
    nothing_differs(database, Mode::Anonymous).await;
}

async fn nothing_differs(database: &Database, mode: Mode) {
    let one = world(database, mode, &HIGH_AND_LOW).await;
    let other = world(&database.another(), mode, &LOW_AND_HIGH).await;
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    assert!(one.len() >= 200, "only {} things were read", one.len());
    for (place, text) in &one {
        let apart = text.bytes().zip(other[place].bytes()).position(|(a, b)| a != b);
        let around = |text: &str| {
            text.chars().skip(apart.unwrap_or(0).saturating_sub(90)).take(180).collect::<String>()
        };
        assert!(
            text == &other[place],
            "{place} tells the worlds apart:\n{}\n{}",
            around(text),
            around(&other[place])
        );
    }
}

/// The comparison can fail: a figure that is shown is in the pages, the calls, the charts, the files and the mails.
async fn what_is_shown_shows_in_every_way_out(database: &Database) {
    let one = world(database, Mode::Confidential, &HIGH_AND_LOW).await;
    let other = world(&database.another(), Mode::Confidential, &OTHER_AT_LAST).await;
    let told: Vec<&String> = one.keys().filter(|place| one[*place] != other[*place]).collect();
    assert!(
        told.iter().all(|place| place.starts_with("8 ")),
        "before the last close nothing differs: {told:?}"
    );
    for place in [
        "Mara GET /",
        "Noor GET PARTNERSHIP",
        "api GET PARTNERSHIP/scorecards",
        "api GET PARTNERSHIP/charts/trend.svg",
        "api GET PARTNERSHIP/charts/gap.png",
        "Mara GET PARTNERSHIP/export.csv",
        "mail to mara",
        "mail to noor",
    ] {
        assert!(told.iter().any(|own| own.contains(place)), "{place} says nothing of it: {told:?}");
    }
}

/// Lives through the rounds and reads everything that anybody may read: while each is open, and after its close.
async fn world(database: &Database, mode: Mode, rounds: &[Round; 4]) -> BTreeMap<String, String> {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let sides = [Side("Northmoor", "Mara", &NORTH), Side("Brightwater", "Noor", &BRIGHT)];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, mode).await;
    let mut world = World { app, pair, seen: BTreeMap::new(), moments: 0 };
    for (place, (round, [opens, closed])) in rounds.iter().zip(DATES).enumerate() {
        world.app.at(opens).await;
        let mails = world.app.mails();
        for (names, answers) in [NORTH, BRIGHT].iter().zip(round) {
            for (name, answer) in names.iter().zip(*answers) {
                let to = format!("{}@example.org", name.to_lowercase());
                let token = mails.iter().find(|mail| mail.to == to).expect("an invitation").survey_token();
                world.app.answer(&token, [*answer; 5]).await;
                world.app.send(&token).await;
            }
        }
        world.look(place == 1, "open").await;
        world.app.at(closed).await;
        world.look(place == 3, "closed").await;
    }
    world.seen
}

/// What an answer says. A refusal has a number of its own by which it is found in the log.
fn said(status: u16, body: &str) -> String {
    if status == 200 { body.to_owned() } else { status.to_string() }
}

impl World {
    /// Reads the mails of this moment, and, where asked to, all that members and programs can ask for.
    async fn look(&mut self, everything: bool, state: &str) {
        self.moments += 1;
        let base = self.app.address().await;
        let mut found = Vec::new();
        for mail in self.app.mails() {
            let name = mail.to.split('@').next().unwrap_or_default();
            found.push((
                format!("mail to {name} ({state})"),
                format!("{}\n{}\n{}", mail.subject, mail.text, mail.html),
            ));
        }
        if everything {
            self.read_pages(&mut found).await;
            self.read_calls(&mut found).await;
        }
        for (place, text) in found {
            let place = format!("{} {}", self.moments, self.neutral(&place, &base));
            let text = self.parts(&text, &base);
            self.seen.insert(place, text);
        }
    }

    async fn read_pages(&mut self, found: &mut Vec<(String, String)>) {
        for name in ["Mara", "Noor", "Ada"] {
            let client = self.app.signed_in(&format!("{}@example.org", name.to_lowercase())).await;
            for address in self.pages().await {
                let answer = client.get(&address);
                found.push((format!("{name} GET {address}"), said(answer.status, &answer.body)));
            }
        }
    }

    async fn read_calls(&mut self, found: &mut Vec<(String, String)>) {
        let other = Binding::Side(self.pair.sides[1]);
        for (who, binding) in [("api", Binding::Instance), ("api of a side", other)] {
            let program = self.app.program(Scope::ALL, binding).await;
            for address in self.calls().await {
                let reply = program.get(&address);
                found.push((format!("{who} GET {address}"), said(reply.status, &reply.text)));
            }
        }
    }

    async fn pages(&self) -> Vec<String> {
        let own = format!("/partnerships/{}", self.pair.id);
        let mut pages = vec!["/".to_owned(), own.clone()];
        for end in [
            "trust",
            "audit",
            "audit.csv",
            "export.json",
            "export.csv",
            "charts/trend.svg",
            "charts/gap.svg",
            "charts/indicators.svg",
        ] {
            pages.push(format!("{own}/{end}"));
        }
        for cycle in self.app.cycles(&self.pair).await {
            pages.push(format!("/cycles/{}", cycle.id));
            pages.push(format!("/cycles/{}/answers", cycle.id));
            pages.push(format!("/cycles/{}/review", cycle.id));
        }
        pages
    }

    async fn calls(&self) -> Vec<String> {
        let own = format!("/partnerships/{}", self.pair.id);
        let mut calls: Vec<String> = [
            "/partnerships",
            "/portfolio",
            "/flags",
            "/flags?state=open",
            "/flags?state=cleared",
            "/audit",
            "/exports/scorecards.csv",
            "/exports/scorecards.json",
            "/exports/flags.csv",
            "/exports/flags.json",
            "/portfolio/charts/portfolio.svg",
            "/portfolio/charts/portfolio.png",
        ]
        .map(str::to_owned)
        .to_vec();
        for end in [
            "",
            "/members",
            "/cadences",
            "/cycles",
            "/scorecards?last=12",
            "/drift",
            "/audit",
            "/trust",
            "/export.json",
            "/export.csv",
            "/charts/trend.svg",
            "/charts/gap.svg",
            "/charts/indicators.svg",
            "/charts/gap.png",
        ] {
            calls.push(format!("{own}{end}"));
        }
        for cycle in self.app.cycles(&self.pair).await {
            for end in ["", "/scorecard", "/answers", "/comments", "/review"] {
                calls.push(format!("/cycles/{}{end}", cycle.id));
            }
        }
        calls
    }

    /// The parts of a text in an order of their own: lists that go by identifiers stand in another order in every run. What the
    /// real clock said (tokens and sessions run on it) is left out.
    fn parts(&self, text: &str, base: &str) -> String {
        let now = evenkeel::clock::real_now();
        let today = [now.format("%F").to_string(), now.format("%-d %b").to_string()];
        let neutral = self.neutral(text, base);
        let split = neutral.split(['{', '}', '<', '\n']);
        let mut parts: Vec<&str> = split.filter(|part| !today.iter().any(|day| part.contains(day))).collect();
        parts.sort_unstable();
        parts.join("\n")
    }

    /// A text without what is another one in every run: addresses, identifiers, secrets.
    fn neutral(&self, text: &str, base: &str) -> String {
        let text =
            text.replace(base, "BASE").replace(&format!("/partnerships/{}", self.pair.id), "/PARTNERSHIP");
        let text = text.replace("/PARTNERSHIP", "PARTNERSHIP");
        let mut neutral = String::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let end = rest.find(|c| inside(c) != inside(first)).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(end);
            // One secret in a thousand has no digit; no word is that long.
            let drawn = |piece: &str| {
                piece.chars().any(|c| c.is_ascii_digit()) || piece.chars().all(|c| c.is_ascii_lowercase())
            };
            let is_secret = inside(first) && end >= 26 && drawn(piece);
            neutral.push_str(if is_secret { "SECRET" } else { piece });
            rest = after;
        }
        neutral
    }
}
