//! The review on its page: two managers talk a check through, write down what they agree, and close it.

use evenkeel::domain::mode::Mode;

use crate::support::http::{Answer, Client};
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    two_managers_talk_a_check_through_and_close_its_review,
    an_acceptance_answers_a_flag_once_both_sides_have_signed,
    what_an_earlier_check_left_open_stands_in_the_newest_review,
    whoever_does_not_see_the_scorecard_finds_no_review,
    a_review_of_four_sides_waits_for_each_of_them,
    the_review_goes_into_a_calendar_once,
    a_side_is_told_once_a_day_of_the_actions_that_another_wrote_for_it,
);

const FIRST: (&str, &str) = ("2026-12-01T08:00:00Z", "2026-12-10T16:00:00Z");
const SECOND: (&str, &str) = ("2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z");

struct Review {
    app: TestApp,
    pair: Pair,
    /// The address of the page.
    page: String,
    /// The flag to act on and the one to discuss, by identifier.
    act: String,
    discuss: String,
}

/// A manager at their browser.
struct Manager {
    client: Client,
    csrf: String,
}

async fn round(app: &TestApp, (opens, closes): (&str, &str), answers: impl Fn(&str) -> [u8; 5]) {
    app.at(opens).await;
    for mail in app.mails().iter().filter(|mail| !mail.survey_tokens().is_empty()) {
        app.answer(&mail.survey_token(), answers(&mail.to)).await;
    }
    app.at(closes).await;
    app.mails();
}

impl Review {
    /// After the first check: one indicator red with a wide gap, one amber, the others green.
    async fn after_the_first_check(database: &Database) -> Self {
        let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
        let sides = [Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])];
        let pair = app.partnership(sides).await;
        app.quarterly(&pair, Mode::Representative).await;
        let ada = |to: &str| to.starts_with("ada");
        round(&app, FIRST, |to| if ada(to) { [1, 3, 5, 5, 5] } else { [5, 3, 5, 5, 5] }).await;
        let page = format!("/cycles/{}/review", app.cycle(&pair).await.id);
        let flags = app.flags(&pair).await;
        let of = |severity: &str| {
            let found = flags.iter().find(|flag| flag.severity.as_str() == severity);
            found.unwrap_or_else(|| panic!("a flag to {severity} in {flags:?}")).id.to_string()
        };
        let (act, discuss) = (of("act"), of("discuss"));
        Self { app, pair, page, act, discuss }
    }

    async fn manager(&mut self, name: &str) -> Manager {
        let client = self.app.signed_in(&format!("{}@example.org", name.to_lowercase())).await;
        let csrf = client.get("/sessions").hidden("csrf");
        Manager { client, csrf }
    }

    fn read(&self, who: &Manager) -> String {
        let shown = who.client.get(&self.page);
        assert_eq!(shown.status, 200, "{}", shown.body);
        plain(&shown.body)
    }

    /// Sends a form of the page; the address is the part after the page's.
    fn send(&self, who: &Manager, verb: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrf", who.csrf.as_str())];
        all.extend_from_slice(fields);
        who.client.post(&format!("{}{verb}", self.page), &all)
    }

    /// The same, which must lead back to the page with this word, at this place.
    #[track_caller]
    fn sent(&self, who: &Manager, verb: &str, fields: &[(&str, &str)], word: &str, place: &str) {
        let answer = self.send(who, verb, fields);
        let back = format!("{}?done={word}#{place}", self.page);
        assert_eq!((answer.status, answer.location), (303, Some(back)), "{}", answer.body);
    }

    fn note(&self, who: &Manager, flag: &str, fields: &[(&str, &str)]) {
        self.sent(who, &format!("/flags/{flag}/note"), fields, "noted", &format!("flag-{flag}"));
    }

    /// An action of Brightwater about the flag to act on; its identifier.
    fn action(&self, who: &Manager, text: &str, due_on: &str) -> String {
        let side = self.pair.sides[1].to_string();
        let fields = [("text", text), ("side", side.as_str()), ("due_on", due_on)];
        let verb = format!("/flags/{}/action", self.act);
        self.sent(who, &verb, &fields, "promised", &format!("flag-{}", self.act));
        after(&self.read(who), "id=\"action-")
    }
}

/// A page whose headline breaks its lines wherever it likes.
fn plain(body: &str) -> String {
    body.replace('\u{a0}', " ").replace('\u{2011}', "-")
}

/// What stands after a mark, up to the next quotation mark.
#[track_caller]
fn after(body: &str, mark: &str) -> String {
    let rest = body.split(mark).nth(1).unwrap_or_else(|| panic!("{mark} in {body}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

async fn two_managers_talk_a_check_through_and_close_its_review(database: &Database) {
    let mut review = Review::after_the_first_check(database).await;
    let (mara, noor) = (review.manager("Mara").await, review.manager("Noor").await);
    let (act, discuss) = (review.act.clone(), review.discuss.clone());
    let page = review.read(&mara);
    assert!(page.contains("Both flags of 2026-Q4 need an answer."), "{page}");
    assert!(
        page.contains("Northmoor stands") || page.contains("Brightwater stands"),
        "why it stands: {page}"
    );
    let order =
        ["<h2>Actions", "<h2>Wins", "<h2>Flags to act on", "<h2>Flags to discuss", "<h2>Close the review"];
    let places = order.map(|own| page.find(own).unwrap_or_else(|| panic!("{own} in {page}")));
    assert!(places.is_sorted(), "{places:?}");

    // Closing is refused, and the same list stands on the page.
    assert!(!page.contains("Confirm for your side"));
    let refused = review.send(&mara, "/close", &[]);
    assert_eq!(refused.status, 409);
    for body in [&page, &refused.body] {
        assert!(
            body.contains(&format!("<a href=\"#flag-{act}\">"))
                && body.contains("needs a note and an action.")
        );
        assert!(body.contains(&format!("<a href=\"#flag-{discuss}\">")) && body.contains("needs a note."));
    }
    assert!(refused.body.contains("The review is not closed: flags lack their answer."));

    review.note(&mara, &discuss, &[]);
    review.note(&noor, &act, &[("text", "The leads <b>changed</b> twice.")]);
    let page = review.read(&mara);
    assert!(
        page.contains("Discussed, no action.") && page.contains("The leads &#60;b&#62;changed"),
        "{page}"
    );
    assert!(page.contains("<b>Noor, Brightwater, "), "a manager reads who wrote it: {page}");
    assert!(
        page.contains("One of two flags of 2026-Q4 needs an answer.") && page.contains("Needs an action")
    );

    // What was typed stays, with the error beside its field.
    let side = review.pair.sides[1].to_string();
    let typed =
        [("text", "Name one lead"), ("side", side.as_str()), ("due_on", "2029-01-01"), ("also", &discuss)];
    let wrong = review.send(&mara, &format!("/flags/{act}/action"), &typed);
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains(">Name one lead</textarea>") && wrong.body.contains("value=\"2029-01-01\""));
    assert!(wrong.body.contains(&format!("value=\"{discuss}\" checked")), "{}", wrong.body);
    assert!(
        wrong.body.contains("<strong>Give a day from today")
            && wrong.body.contains("<details class=\"add\" open>")
    );
    assert!(!review.read(&mara).contains("Name one lead"), "nothing is saved");

    let action = review.action(&mara, "Name one lead for both", "2027-01-15");
    let verb = format!("/actions/{action}");
    let page = review.read(&mara);
    assert!(page.contains("Brightwater, nobody is named yet") && page.contains("Action due 15 Jan 2027"));

    // Who does it is named by its own side.
    let ben = review.app.person("Ben").await.to_string();
    assert!(!page.contains("name=\"owner\"") && review.read(&noor).contains("name=\"owner\""));
    let foreign = review.send(&mara, &verb, &[("owner", &ben)]);
    assert!(
        foreign.status == 422 && foreign.body.contains("named by the action’s own side"),
        "{}",
        foreign.body
    );
    let place = format!("action-{action}");
    review.sent(&noor, &verb, &[("owner", &ben)], "changed", &place);
    assert!(review.read(&mara).contains("Ben, Brightwater · due 15 Jan 2027"));
    review.sent(&mara, &verb, &[("state", "done")], "changed", &place);
    assert!(review.read(&mara).contains("Done by Brightwater: Name one lead for both"), "it is a win");
    review.sent(&noor, &verb, &[("state", "open"), ("due_on", "2027-02-01")], "changed", &place);
    assert!(review.read(&mara).contains("Ben, Brightwater · due 1 Feb 2027"));

    // Every page that shows the flag leads to it.
    let partnership = mara.client.get(&format!("/partnerships/{}", review.pair.id)).body;
    assert!(partnership.contains(&format!("<a href=\"{}#flag-{act}\">Action due 1 Feb 2027", review.page)));
    assert!(
        partnership.contains(&format!("<a href=\"#flag-{act}\"><span class=\"tile t-r")),
        "{partnership}"
    );
    let cycle = mara.client.get(review.page.trim_end_matches("/review")).body;
    assert!(cycle.contains(&format!("href=\"{}\">Review, due 24 Dec 2026", review.page)));

    assert!(review.read(&noor).contains("Confirm for your side"));
    review.sent(&noor, "/close", &[], "confirmed", "close");
    let page = review.read(&mara);
    assert!(
        page.contains("Brightwater confirmed on")
            && page.contains("Waits for Northmoor; without it it closes on")
    );
    assert!(!review.read(&noor).contains("Confirm for your side"), "a side confirms once");
    review.sent(&mara, "/close", &[], "confirmed", "close");
    let page = review.read(&mara);
    assert!(page.contains("The review of 2026-Q4 is closed.") && page.contains("Closed on"), "{page}");
    assert_eq!(review.send(&mara, "/close", &[]).status, 409);
}

async fn an_acceptance_answers_a_flag_once_both_sides_have_signed(database: &Database) {
    let mut review = Review::after_the_first_check(database).await;
    let (mara, noor) = (review.manager("Mara").await, review.manager("Noor").await);
    let place = format!("flag-{}", review.act);
    let verb = format!("/flags/{}/acceptance", review.act);
    let empty = review.send(&mara, &verb, &[("reason", " "), ("until", "2027-03-01")]);
    assert!(empty.status == 422 && empty.body.contains("Write a few words"), "{}", empty.body);
    let no_day = review.send(&mara, &verb, &[("reason", "Until the merger"), ("until", "soon")]);
    assert!(no_day.status == 422 && no_day.body.contains("Give the day as a date"), "{}", no_day.body);
    let fields = [("reason", "Until the merger"), ("until", "2027-03-01"), ("also", review.discuss.as_str())];
    review.sent(&mara, &verb, &fields, "accepted", &place);
    let page = review.read(&mara);
    assert!(page.contains("Accepted until 1 Mar 2027 (not yet signed by Brightwater): Until the merger"));
    assert!(
        page.contains("Needs the signature of Brightwater") && !page.contains("Sign for your side"),
        "{page}"
    );

    let sign = format!("/acceptances/{}", after(&review.read(&noor), "/review/acceptances/"));
    let sign = sign.split('#').next().unwrap().to_owned();
    let sent = review.send(&noor, &sign, &[]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let page = review.read(&noor);
    assert!(
        page.contains("(signed by both sides)") && page.contains("Every flag of 2026-Q4 has its answer.")
    );
    assert!(page.contains("Confirm for your side") && !page.contains("Sign for your side"));
}

async fn what_an_earlier_check_left_open_stands_in_the_newest_review(database: &Database) {
    let mut review = Review::after_the_first_check(database).await;
    let mara = review.manager("Mara").await;
    review.note(&mara, &review.act, &[("text", "We talked.")]);
    review.action(&mara, "Name one lead for both", "2027-05-01");
    round(&review.app, SECOND, |to| if to.starts_with("ada") { [2, 5, 5, 5, 5] } else { [5; 5] }).await;
    let old = review.page.clone();
    let newest = review.app.cycles(&review.pair).await[1].id;
    review.page = format!("/cycles/{newest}/review");

    let page = review.read(&mara);
    assert!(page.contains("Brightwater, nobody is named yet · due 1 May 2027 · agreed in 2026-Q4"), "{page}");
    assert!(
        page.contains(": 3.0 in 2026-Q4, 3.5 in 2027-Q1, 0.5 higher."),
        "whether the score moved: {page}"
    );
    assert!(page.contains("cleared after 3 months, now 5.0"), "a win: {page}");
    assert!(page.contains("Mara, Northmoor") && page.contains("Action due 1 May 2027"), "one note is enough");
    // A new action of this check stands after those of earlier ones, though it is due first.
    review.action(&mara, "Meet in March", "2027-03-20");
    let page = review.read(&mara);
    let place = |text: &str| page.find(&format!("<h3 class=\"break\">{text}")).unwrap();
    assert!(place("Name one lead") < place("Meet in March"));

    assert!(!page.contains("<summary>Earlier:"), "the last note stands there as long as it is the newest");
    review.note(&mara, &review.act, &[("text", "We talked again.")]);
    let page = review.read(&mara);
    let folded = page.split("<summary>Earlier: 1 note<").nth(1).unwrap_or_else(|| panic!("{page}"));
    assert!(folded.contains("We talked.") && !folded.contains("We talked again."), "{folded}");

    let before = plain(&mara.client.get(&old).body);
    assert!(before.contains("A later check took over from the review of 2026-Q4."), "{before}");
    assert!(before.contains(&format!("href=\"{}\">The review of 2027-Q1</a>", review.page)));
    assert!(before.contains("Agreed in this review") && before.contains("Name one lead for both"));
    assert!(!before.contains("Meet in March") && !before.contains("Write a note"));
    let late = mara.client.post(&format!("{old}/flags/{}/note", review.act), &[("csrf", &mara.csrf)]);
    assert_eq!(late.status, 404, "its flags stand in the newest review");
}

async fn a_side_is_told_once_a_day_of_the_actions_that_another_wrote_for_it(database: &Database) {
    let mut review = Review::after_the_first_check(database).await;
    let (mara, noor) = (review.manager("Mara").await, review.manager("Noor").await);
    review.app.mails();
    let action = review.action(&mara, "Name one lead for both", "2027-01-15");
    review.action(&mara, "Meet every week", "2027-01-20");
    review.app.at("2026-12-10T17:00:00Z").await;
    let mails = review.app.mails();
    let told: Vec<_> = mails.iter().map(|own| (own.to.as_str(), own.subject.as_str())).collect();
    assert_eq!(told, [("noor@example.org", "Northmoor × Brightwater: actions of your side")]);
    assert!(mails[0].flat().contains("Mara wrote them down."), "{}", mails[0].text);
    assert!(mails[0].text.contains(&review.page), "it leads to the review: {}", mails[0].text);

    let place = format!("action-{action}");
    review.sent(&noor, &format!("/actions/{action}"), &[("state", "done")], "changed", &place);
    review.app.at("2026-12-12T09:00:00Z").await;
    assert_eq!(review.app.mails().len(), 0, "nobody is told of what they did themselves");
    review.sent(&mara, &format!("/actions/{action}"), &[("state", "open")], "changed", &place);
    review.app.at("2026-12-12T10:00:00Z").await;
    assert_eq!(review.app.mails().len(), 1, "another day, another letter");
}

async fn whoever_does_not_see_the_scorecard_finds_no_review(database: &Database) {
    let mut review = Review::after_the_first_check(database).await;
    let elsewhere = [Side("Harbour", "Hana", &["Hugo"]), Side("Quay", "Quinn", &["Quentin"])];
    review.app.partnership(elsewhere).await;
    for name in ["Hana", "Ada"] {
        let who = review.manager(name).await;
        assert_eq!(who.client.get(&review.page).status, 404, "{name}");
        let note = format!("/flags/{}/note", review.act);
        for verb in [note.as_str(), "/close"] {
            assert_eq!(review.send(&who, verb, &[("text", "Hello")]).status, 404, "{name} {verb}");
        }
    }
    let stranger = review.app.browser().await;
    assert_eq!(stranger.get(&review.page).location.as_deref(), Some("/login"));
    let mara = review.manager("Mara").await;
    let forged = mara.client.post(&format!("{}/close", review.page), &[("csrf", "another")]);
    assert_eq!(forged.status, 403);
    assert!(!review.read(&mara).contains("Hello"));
}

async fn a_review_of_four_sides_waits_for_each_of_them(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let sides = [
        Side("Northmoor", "Mara", &["Ada"]),
        Side("Brightwater", "Noor", &["Ben"]),
        Side("Harbour", "Hana", &["Hugo"]),
        Side("Quay", "Quinn", &["Quentin"]),
    ];
    let pair = app.partnership_of(&sides).await;
    app.quarterly(&pair, Mode::Representative).await;
    round(&app, FIRST, |_| [5; 5]).await;
    let page = format!("/cycles/{}/review", app.cycle(&pair).await.id);
    let mut review = Review { app, pair, page, act: String::new(), discuss: String::new() };
    let mara = review.manager("Mara").await;
    let page = review.read(&mara);
    assert!(page.contains("No flag of 2026-Q4 is open.") && page.contains("Confirm for your side"), "{page}");
    for (name, waits) in [
        ("Mara", "Waits for Brightwater, Harbour and Quay; without them it closes on"),
        ("Quinn", "Waits for Brightwater and Harbour; without them it closes on"),
        ("Noor", "Waits for Harbour; without it it closes on"),
        ("Hana", "is closed."),
    ] {
        let who = review.manager(name).await;
        review.sent(&who, "/close", &[], "confirmed", "close");
        let page = review.read(&who);
        assert!(page.contains(waits), "{name}: {page}");
    }
}

async fn the_review_goes_into_a_calendar_once(database: &Database) {
    let mut review = Review::after_the_first_check(database).await;
    let mara = review.manager("Mara").await;
    assert!(mara.client.get(&review.page).body.contains(&format!("href=\"{}.ics\"", review.page)));
    let file = mara.client.get(&format!("{}.ics", review.page));
    assert_eq!(file.header("content-type"), Some("text/calendar; charset=utf-8"));
    let id = review.page.split('/').nth(2).unwrap();
    // Long lines are folded.
    let text = file.body.replace("\r\n ", "");
    for line in [
        &format!("UID:review-{id}@evenkeel"),
        "DTSTART;VALUE=DATE:20261224",
        "DTEND;VALUE=DATE:20261225",
        "SUMMARY:Review of Northmoor × Brightwater\\, 2026-Q4",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} in {text}");
    }
    assert_eq!(mara.client.get(&format!("{}.ics", review.page)).body, file.body, "the same for ever");
    let ada = review.app.signed_in("ada@example.org").await;
    assert_eq!(ada.get(&format!("{}.ics", review.page)).status, 404);
}
