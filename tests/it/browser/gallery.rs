//! The pictures of the README, taken from the demo; `tests/gallery` puts them in their place.

use std::path::PathBuf;

use crate::support::Database;
use crate::support::demo::Demo;
use crate::support::webdriver::{Browser, Device};

/// The largest picture that a page of text with pictures should carry, in bytes.
const MOST: usize = 300 * 1024;

/// One picture: its name, the theme, and how the browser gets to its screen.
struct Screen {
    name: &'static str,
    theme: &'static str,
    way: fn(&Browser, &Demo),
}

/// Follows the first link whose words or address hold this.
fn follow(browser: &Browser, what: &str) {
    let script = format!(
        "(Array.from(document.links).find(own => own.innerText.includes({what:?}) || own.href.includes({what:?})) || {{}}).href"
    );
    let address = browser.ask(&script);
    browser.open(address.as_str().unwrap_or_else(|| panic!("{what} in {}", browser.text())));
}

fn portfolio(browser: &Browser, demo: &Demo) {
    browser.open(&demo.door("leader_login"));
    // The steps of the demo are folded up: the picture is of the product.
    browser.ask("document.querySelectorAll('main details').forEach(own => own.open = false)");
}

fn partnership(browser: &Browser, demo: &Demo) {
    browser.open(&demo.doors("manager_logins")[0]);
    follow(browser, "Brightwater");
}

fn review(browser: &Browser, demo: &Demo) {
    partnership(browser, demo);
    follow(browser, "/review");
}

fn answer(browser: &Browser, demo: &Demo) {
    browser.open(&format!("{}/2", demo.doors("respondent_links")[0]));
}

fn result(browser: &Browser, demo: &Demo) {
    let base = demo.door("base_url");
    browser.open(&demo.door("clock"));
    browser.click("p.acts button[name=to]:not(.main)");
    browser.wait_for("Here it is Thu 10 Sep");
    browser.open(&format!("{base}/dev/mail"));
    follow(browser, "Brightwater");
    browser.open(&format!("{}/html", browser.ask("location.href").as_str().unwrap_or_default()));
}

/// Takes one picture; the window is as high as it is.
fn take(browser: &Browser, demo: &Demo, screen: &Screen) {
    browser.theme(screen.theme);
    (screen.way)(browser, demo);
    let picture = browser.picture();
    assert!(picture.starts_with(b"\x89PNG"), "{}", screen.name);
    assert!((5_000..MOST).contains(&picture.len()), "{}: {} bytes", screen.name, picture.len());
    if let Some(folder) = std::env::var_os("EVENKEEL_GALLERY").map(PathBuf::from) {
        std::fs::write(folder.join(format!("{}.png", screen.name)), picture).unwrap();
    }
}

#[test]
fn every_picture_of_the_readme_can_be_taken_anew() {
    let (demo, database) = (Demo::start(), Database::sqlite());
    let desktop = Browser::start(Device::Desktop, database.folder());
    // So that the pictures show rows of the portfolio, too.
    desktop.high(1180);
    for screen in [
        Screen { name: "portfolio", theme: "light", way: portfolio },
        Screen { name: "portfolio-dark", theme: "dark", way: portfolio },
        Screen { name: "partnership", theme: "light", way: partnership },
        Screen { name: "review", theme: "light", way: review },
    ] {
        take(&desktop, &demo, &screen);
    }
    let phone = Browser::start(Device::Phone, database.folder());
    for screen in [
        Screen { name: "answer", theme: "light", way: answer },
        Screen { name: "portfolio-phone", theme: "dark", way: portfolio },
        Screen { name: "result-mail", theme: "light", way: result },
    ] {
        take(&phone, &demo, &screen);
    }
}
