//! Mail scanners open every link and press every button. None of that answers, signs in, or ends letters; nor do fifty
//! presses at once answer more than once.

use std::collections::BTreeSet;

use evenkeel::clock::real_now;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::EmailAddress;
use evenkeel::workflow::sign_in;

use crate::support::http::{Answer, Client};
use crate::support::{Database, Mail, Side, TestApp};

on_both!(
    whoever_opens_and_presses_everything_in_every_mail_changes_nothing,
    fifty_saves_at_once_behind_one_link_are_one_answer,
    a_link_of_one_check_opens_no_other,
);

/// The addresses that a text names.
fn links(text: &str, base: &str) -> Vec<String> {
    text.split(base)
        .skip(1)
        .map(|rest| {
            let end = |c: char| c.is_whitespace() || ['"', '<', '>', ')', '\''].contains(&c);
            rest.split(end).next().unwrap_or_default().to_owned()
        })
        .filter(|path| path.starts_with('/'))
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(value.split('"').next().unwrap_or_default().replace("&amp;", "&"))
}

/// The links of a page.
fn anchors(page: &Answer) -> Vec<String> {
    let tags = page.body.split("<a ").skip(1);
    tags.filter_map(|rest| attribute(&format!(" {}", rest.split('>').next()?), "href")).collect()
}

/// Presses every button of every form of a page, with what the page filled in.
fn press_everything(browser: &Client, here: &str, page: &Answer) -> usize {
    let mut pressed = 0;
    for form in page.body.split("<form ").skip(1) {
        let form = form.split("</form>").next().unwrap();
        let head = format!(" {}", form.split('>').next().unwrap());
        let action = attribute(&head, "action").unwrap_or_else(|| here.to_owned());
        let tags = |name: &'static str| {
            form.split(name).skip(1).map(|rest| format!(" {}", rest.split('>').next().unwrap()))
        };
        let mut fields = Vec::new();
        for tag in tags("<input ") {
            let kind = attribute(&tag, "type").unwrap_or_default();
            let chosen = !["radio", "checkbox"].contains(&kind.as_str()) || tag.contains(" checked");
            if let Some(name) = attribute(&tag, "name").filter(|_| chosen) {
                fields.push((name, attribute(&tag, "value").unwrap_or_default()));
            }
        }
        for button in tags("<button ").chain(tags("<button")).collect::<BTreeSet<_>>() {
            let mut all = fields.clone();
            if let Some(name) = attribute(&button, "name") {
                all.push((name, attribute(&button, "value").unwrap_or_default()));
            }
            let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            browser.post(&action, &all);
            pressed += 1;
        }
    }
    pressed
}

async fn whoever_opens_and_presses_everything_in_every_mail_changes_nothing(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mut mails = app.mails();
    let address = EmailAddress::parse("mara@example.org").unwrap();
    sign_in::request(&app.ctx, &address, "a browser", real_now(), app.now()).await.unwrap();
    app.tick().await;
    mails.extend(app.mails());
    assert_eq!(mails.len(), 3);
    let state = |database: &Database| {
        ["response", "session", "member", "invitation", "login_request", "notice"].map(|table| {
            let dump = database.dump(table);
            let mut rows: Vec<String> = dump.lines().map(str::to_owned).collect();
            rows.sort_unstable();
            rows
        })
    };
    let before = state(database);
    let base = app.address().await;
    let (mut pressed, mut opened) = (0, BTreeSet::new());
    for mail in &mails {
        // A scanner has a browser of its own.
        let browser = Client::new(&base);
        let mut waiting: Vec<String> =
            links(&mail.text, &base).into_iter().chain(links(&mail.html, &base)).collect();
        assert!(!waiting.is_empty(), "{}", mail.text);
        let mut seen = BTreeSet::new();
        while let Some(path) = waiting.pop() {
            if !path.starts_with('/') || !seen.insert(path.clone()) {
                continue;
            }
            let page = browser.get(&path);
            assert!(page.status < 500, "{path}: {}", page.status);
            pressed += press_everything(&browser, &path, &page);
            waiting.extend(anchors(&page));
        }
        opened.extend(seen);
    }
    assert!(opened.len() > 8 && pressed > 8, "{pressed} presses on {opened:?}");
    assert_eq!(state(database), before, "no answer, no session, no letter ended, no link used up");
    // What was meant for people works still.
    app.answer(&mails[0].survey_token(), [4; 5]).await;
    let _ = app.mails();
}

async fn fifty_saves_at_once_behind_one_link_are_one_answer(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let token = app.mails()[0].survey_token();
    let base = app.address().await;
    let item = format!("/s/{token}/1");
    let form_token = Client::new(&base).get(&item).hidden("form_token");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let saves: Vec<_> = (0..50_u8)
            .map(|n| {
                let (base, item, form_token) = (&base, &item, &form_token);
                scope.spawn(move || {
                    let choice = (n % 5 + 1).to_string();
                    let fields = [("form_token", form_token.as_str()), ("choice", &choice), ("then", "next")];
                    Client::new(base).post(item, &fields).status
                })
            })
            .collect();
        saves.into_iter().map(|own| own.join().unwrap()).collect()
    });
    assert_eq!(statuses, [303; 50], "each was told that it is saved");
    assert_eq!(database.texts("SELECT answers AS line FROM response").len(), 1);
}

async fn a_link_of_one_check_opens_no_other(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let tokens: Vec<String> = app.mails().iter().map(Mail::survey_token).collect();
    let browser = app.browser().await;
    let form_token = |token: &str| browser.get(&format!("/s/{token}/1")).hidden("form_token");
    let [ada, ben] = [form_token(&tokens[0]), form_token(&tokens[1])];
    // The form token of one link does not fit another.
    let crossed = browser.post(&format!("/s/{}/1", tokens[1]), &[("form_token", &ada), ("choice", "1")]);
    assert_eq!(crossed.status, 403);
    assert_eq!(database.dump("response"), "");
    let own = browser.post(&format!("/s/{}/1", tokens[1]), &[("form_token", &ben), ("choice", "1")]);
    assert_eq!(own.status, 303);
    // After the close the link answers nothing more.
    app.at("2026-12-10T16:00:00Z").await;
    let late = browser.post(&format!("/s/{}/1", tokens[1]), &[("form_token", &ben), ("choice", "5")]);
    assert_eq!(late.status, 409, "{}", late.body);
    let _ = app.mails();
}
