//! Every page of the program as axe-core sees it: in light on a desktop, in dark on a phone.
//!
//! A crawler opens the demo as leadership that administers, as a manager and as somebody who was asked, and follows every
//! link. A page that is in the table of addresses and that nobody comes by fails the test.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use evenkeel::web::methods::HANDLERS;
use serde_json::Value;

use crate::support::Database;
use crate::support::demo::Demo;
use crate::support::webdriver::{Browser, Device};

/// Pages of one kind that are looked at, the first that are met.
const OF_A_KIND: usize = 2;
/// Of these more, because they differ.
const DIFFERENT: [(&str, usize); 2] = [("/partnerships/{id}", 5), ("/cycles/{id}/review", 3)];
/// What answers GET and is no page, or leads on to one.
const NO_PAGES: [&str; 13] = [
    "/admin/audit.csv",
    "/assets/{name}",
    "/cycles/{id}/review.ics",
    "/dev/mail/{number}/html",
    "/livez",
    "/login/{token}",
    "/metrics",
    "/partnerships/{id}/audit.csv",
    "/partnerships/{id}/charts/{file}",
    "/partnerships/{id}/export.{format}",
    "/portfolio.csv",
    "/readyz",
    "/s/{token}/trust",
];

/// The pattern of an address among those of the program; the first that fits.
fn pattern(path: &str) -> Option<&'static str> {
    let fits = |pattern: &str| {
        let (own, wanted): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), pattern.split('/').collect());
        own.len() == wanted.len()
            && own.iter().zip(&wanted).all(|(own, wanted)| match wanted.split_once('{') {
                Some((first, rest)) => {
                    let last = rest.split_once('}').map_or("", |(_, last)| last);
                    !own.is_empty() && own.starts_with(first) && own.ends_with(last)
                }
                None => own == wanted,
            })
    };
    let gets = || HANDLERS.iter().filter(|(method, _)| *method == "GET").map(|(_, pattern)| *pattern);
    gets().find(|pattern| !pattern.contains('{') && fits(pattern)).or_else(|| gets().find(|own| fits(own)))
}

/// The crawler of one person.
struct Walk {
    browser: Browser,
    base: String,
    /// Which patterns are part of this walk.
    part: fn(&str) -> bool,
    ahead: VecDeque<String>,
    known: BTreeSet<String>,
    seen: BTreeMap<&'static str, usize>,
    faults: Vec<String>,
}

impl Walk {
    fn new(browser: Browser, base: &str, part: fn(&str) -> bool) -> Self {
        Self {
            browser,
            base: base.to_owned(),
            part,
            ahead: VecDeque::new(),
            known: BTreeSet::new(),
            seen: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// Puts an address on the list, if it is a page of which too few were seen.
    fn meet(&mut self, address: &str) {
        let Some(path) = address.strip_prefix(&self.base) else { return };
        let path = path.split('#').next().unwrap_or_default();
        let plain = path.split('?').next().unwrap_or_default();
        let plain = if plain.is_empty() { "/" } else { plain };
        let Some(pattern) = pattern(plain).filter(|own| !NO_PAGES.contains(own) && (self.part)(own)) else {
            return;
        };
        let most = DIFFERENT.iter().find(|(own, _)| *own == pattern).map_or(OF_A_KIND, |(_, most)| *most);
        let count = self.seen.entry(pattern).or_default();
        if *count < most && self.known.insert(path.to_owned()) {
            *count += 1;
            self.ahead.push_back(path.to_owned());
        }
    }

    /// Looks at the page that is open, and notes where it leads.
    fn look(&mut self, path: &str) {
        self.faults.extend(self.browser.axe().into_iter().map(|fault| format!("{path}: {fault}")));
        let wide = self.browser.ask("document.documentElement.scrollWidth > innerWidth");
        if wide == true {
            self.faults.push(format!("{path}: something sticks out"));
        }
        let links = self.browser.ask("Array.from(document.links).map(own => own.href)");
        for link in links.as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.meet(link);
        }
        if pattern(path) == Some("/setup/people/{id}") {
            // A button of the page leads there, not a link.
            self.meet(&format!("{}{path}/erase", self.base));
        }
        // Addresses in the text of a mail.
        for word in self.browser.text().split_whitespace() {
            self.meet(word.trim_matches(|c| "<>().,".contains(c)));
        }
    }

    /// Looks at everything that is on the list, and at what turns up on the way.
    fn walk(&mut self) {
        while let Some(path) = self.ahead.pop_front() {
            self.browser.open(&format!("{}{path}", self.base));
            self.look(&path);
        }
    }
}

/// Whose pages are walked, from which doors, and which of them must turn up.
struct Person {
    doors: fn(&Demo) -> Vec<String>,
    part: fn(&str) -> bool,
    pages: &'static [&'static str],
}

const ASKED: Person = Person {
    doors: |demo| {
        let link = demo.doors("respondent_links").remove(0);
        let form = ["", "/1", "/5", "/review", "/thanks", "/closing"].map(|step| format!("{link}{step}"));
        let others = ["/login", "/login/code", "/s/no-link", "/a/no-link", "/m/no-link", "/nowhere"];
        form.into_iter().chain(others.map(|path| format!("{}{path}", demo.door("base_url")))).collect()
    },
    part: |_| true,
    pages: &[
        "/a/{token}",
        "/login",
        "/login/code",
        "/m/{token}",
        "/s/{token}",
        "/s/{token}/closing",
        "/s/{token}/review",
        "/s/{token}/{n}",
    ],
};

const MANAGERS: Person = Person {
    doors: |demo| demo.doors("manager_logins"),
    part: |pattern| !pattern.starts_with("/dev/"),
    pages: &[
        "/",
        "/cycles/{id}",
        "/cycles/{id}/answers",
        "/cycles/{id}/review",
        "/partnerships/{id}",
        "/partnerships/{id}/audit",
        "/partnerships/{id}/tokens",
        "/partnerships/{id}/trust",
        "/sessions",
    ],
};

const LEADERSHIP: Person = Person {
    doors: |demo| {
        let nothing = format!("{}/?search=zzz", demo.door("base_url"));
        vec![demo.door("leader_login"), nothing, demo.door("mailbox"), demo.door("clock")]
    },
    part: |pattern| !pattern.starts_with("/setup") && !pattern.starts_with("/admin"),
    pages: &[
        "/",
        "/cycles/{id}/review",
        "/dev/clock",
        "/dev/mail",
        "/dev/mail/{number}",
        "/partnerships/{id}",
    ],
};

const ADMINISTRATORS: Person = Person {
    doors: |demo| {
        let more = ["/admin", "/setup/partnerships", "/setup/people", "/setup/import", "/setup/tokens"];
        let more = more.map(|path| format!("{}{path}", demo.door("base_url")));
        std::iter::once(demo.door("leader_login")).chain(more).collect()
    },
    part: |pattern| pattern.starts_with("/setup") || pattern.starts_with("/admin"),
    pages: &[
        "/admin",
        "/admin/audit",
        "/setup/import",
        "/setup/instruments",
        "/setup/instruments/{id}",
        "/setup/organisations",
        "/setup/organisations/{id}",
        "/setup/partnerships",
        "/setup/partnerships/{id}",
        "/setup/partnerships/{id}/cadences/new",
        "/setup/partnerships/{id}/cadences/{cadence}",
        "/setup/partnerships/{id}/import",
        "/setup/partnerships/{id}/members/{member}",
        "/setup/people",
        "/setup/people/{id}",
        "/setup/people/{id}/erase",
        "/setup/tokens",
    ],
};

/// Pages that the demo does not lead to: links that a side hands out itself, and the thanks for what was sent.
const SEEN_ELSEWHERE: [&str; 2] = ["/cycles/{id}/links", "/s/{token}/thanks"];

/// Walks everything that a person comes by, and finds no fault and none of their pages missing.
fn walk(device: Device, theme: &str, person: &Person) {
    let (demo, database) = (Demo::start(), Database::sqlite());
    let browser = Browser::start(device, database.folder());
    browser.theme(theme);
    let mut walk = Walk::new(browser, &demo.door("base_url"), person.part);
    for door in (person.doors)(&demo) {
        walk.browser.open(&door);
        // A door may lead on to the page where its person begins.
        let place = walk.browser.ask("location.pathname").as_str().unwrap_or_default().to_owned();
        if walk.known.insert(place.clone()) {
            if let Some(pattern) = pattern(&place) {
                *walk.seen.entry(pattern).or_default() += 1;
            }
            walk.look(&place);
        }
        walk.walk();
    }
    assert!(walk.faults.is_empty(), "{}", walk.faults.join("\n"));
    let missed: Vec<_> =
        person.pages.iter().filter(|own| walk.seen.get(**own).is_none_or(|n| *n == 0)).collect();
    assert!(missed.is_empty(), "nothing led to {missed:?}; seen: {:?}", walk.seen);
}

#[test]
fn every_page_is_on_somebodys_way() {
    let people = [ASKED, MANAGERS, LEADERSHIP, ADMINISTRATORS];
    let met: BTreeSet<&str> = people.iter().flat_map(|own| own.pages).copied().collect();
    let known = met.into_iter().chain(NO_PAGES).chain(SEEN_ELSEWHERE).collect::<BTreeSet<_>>();
    let all = HANDLERS.iter().filter(|(method, _)| *method == "GET").map(|(_, pattern)| *pattern);
    assert_eq!(known, all.collect());
}

#[test]
fn a_fault_of_a_page_is_found() {
    let database = Database::sqlite();
    let browser = Browser::start(Device::Desktop, database.folder());
    browser.open("data:text/html,<html><body><img src='x'><p style='color:%23ccc'>pale</p></body></html>");
    let found = browser.axe().join("\n");
    assert!(
        ["image-alt", "color-contrast", "html-has-lang"].iter().all(|rule| found.contains(rule)),
        "{found}"
    );
}

#[test]
fn whoever_is_asked_meets_no_barrier() {
    walk(Device::Desktop, "light", &ASKED);
}

#[test]
fn whoever_is_asked_meets_no_barrier_in_the_dark_on_a_phone() {
    walk(Device::Phone, "dark", &ASKED);
}

#[test]
fn managers_meet_no_barrier() {
    walk(Device::Desktop, "light", &MANAGERS);
}

#[test]
fn managers_meet_no_barrier_in_the_dark_on_a_phone() {
    walk(Device::Phone, "dark", &MANAGERS);
}

#[test]
fn leadership_meets_no_barrier() {
    walk(Device::Desktop, "light", &LEADERSHIP);
}

#[test]
fn leadership_meets_no_barrier_in_the_dark_on_a_phone() {
    walk(Device::Phone, "dark", &LEADERSHIP);
}

#[test]
fn administrators_meet_no_barrier() {
    walk(Device::Desktop, "light", &ADMINISTRATORS);
}

#[test]
fn administrators_meet_no_barrier_in_the_dark_on_a_phone() {
    walk(Device::Phone, "dark", &ADMINISTRATORS);
}
