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
const DIFFERENT: [(&str, usize); 2] = [("/partnerships/{id}", 15), ("/cycles/{id}/review", 4)];
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
    ahead: VecDeque<String>,
    known: BTreeSet<String>,
    seen: BTreeMap<&'static str, usize>,
    faults: Vec<String>,
}

impl Walk {
    fn new(browser: Browser, base: &str) -> Self {
        Self {
            browser,
            base: base.to_owned(),
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
        let Some(pattern) = pattern(plain).filter(|own| !NO_PAGES.contains(own)) else { return };
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

/// Walks the demo from these doors; gives the patterns of all pages seen.
fn walk(device: Device, theme: &str, doors: impl Fn(&Demo) -> Vec<String>) -> BTreeSet<&'static str> {
    let (demo, database) = (Demo::start(), Database::sqlite());
    let browser = Browser::start(device, database.folder());
    browser.theme(theme);
    let mut walk = Walk::new(browser, &demo.door("base_url"));
    for door in doors(&demo) {
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
    walk.seen.into_iter().filter(|(_, count)| *count > 0).map(|(pattern, _)| pattern).collect()
}

/// Somebody who was asked, and somebody who is not signed in.
fn asked(demo: &Demo) -> Vec<String> {
    let link = demo.doors("respondent_links").remove(0);
    let form = ["", "/1", "/5", "/review", "/thanks", "/closing"].map(|step| format!("{link}{step}"));
    let others = ["/login", "/login/code", "/s/not-a-link", "/a/not-a-link", "/m/not-a-link", "/nowhere"];
    form.into_iter().chain(others.map(|path| format!("{}{path}", demo.door("base_url")))).collect()
}

fn managers(demo: &Demo) -> Vec<String> {
    demo.doors("manager_logins")
}

/// Leadership that administers.
fn leader(demo: &Demo) -> Vec<String> {
    let more = ["/?search=zzz", "/setup/partnerships", "/setup/import", "/setup/tokens"];
    let more = more.map(|path| format!("{}{path}", demo.door("base_url")));
    [demo.door("leader_login"), demo.door("mailbox"), demo.door("clock")].into_iter().chain(more).collect()
}

#[test]
fn whoever_is_asked_meets_no_barrier() {
    let seen = walk(Device::Desktop, "light", asked);
    panic!("{seen:#?}");
}

#[test]
fn whoever_is_asked_meets_no_barrier_in_the_dark_on_a_phone() {
    walk(Device::Phone, "dark", asked);
}

#[test]
fn managers_meet_no_barrier() {
    let seen = walk(Device::Desktop, "light", managers);
    panic!("{seen:#?}");
}

#[test]
fn managers_meet_no_barrier_in_the_dark_on_a_phone() {
    walk(Device::Phone, "dark", managers);
}

#[test]
fn leadership_and_administrators_meet_no_barrier() {
    let seen = walk(Device::Desktop, "light", leader);
    panic!("{seen:#?}");
}

#[test]
fn leadership_and_administrators_meet_no_barrier_in_the_dark_on_a_phone() {
    walk(Device::Phone, "dark", leader);
}
