//! The demo's doors: the mailbox and the time machine. They do not exist outside the demo, need no session and no form
//! token, and answer JSON to whoever asks for it.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use data_encoding::BASE64;
use mail_parser::{Message, MessageParser, MimeHeaders};
use serde::Deserialize;

use super::view::demo::{ClockPage, EventRow, MailPage, MailRow, MailboxPage};
use super::view::parts::Fact;
use super::view::{Chrome, Link, NavLink};
use crate::domain::cadence::local_instant;
use crate::mail::transport::Captured;
use crate::store::outbox::notices;
use crate::store::{StoreError, cadences, cycles, reviews};
use crate::web::auth::{Unsigned, bare_chrome};
use crate::web::error::{PageError, html, html_with};
use crate::web::{DemoDoors, State};
use crate::workflow::{digest, in_zone, review};

/// Mails on one page.
const PAGE: usize = 50;
/// Instants at which letters are due that are looked at.
const REMINDERS: i64 = 60;
/// A jump of more than this is a slip of the pen.
const FARTHEST: TimeDelta = TimeDelta::days(3 * 366);

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(mailbox).service(mail).service(mail_html).service(clock).service(jump);
}

fn doors(state: &State) -> Result<&DemoDoors, PageError> {
    state.demo.as_ref().ok_or(PageError::NotFound)
}

fn zone(state: &State) -> Tz {
    state.ctx.settings.instance.zone.parse().unwrap_or(Tz::UTC)
}

fn chrome(state: &State, title: &str, here: &str) -> Chrome {
    let entry = |label: &str, href: &str| NavLink::new(label, href).current_if(href == here);
    Chrome {
        nav: vec![
            entry("Portfolio", "/"),
            entry("Mailbox", "/dev/mail"),
            entry("Time machine", "/dev/clock"),
        ],
        ..bare_chrome(state, title)
    }
}

fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accept.contains("application/json")
}

#[derive(Deserialize)]
struct Paging {
    before: Option<usize>,
}

/// One mail, taken apart.
struct Letter<'a> {
    number: usize,
    captured: &'a Captured,
    message: Message<'a>,
}

impl<'a> Letter<'a> {
    fn read(number: usize, captured: &'a Captured) -> Option<Self> {
        let message = MessageParser::default().parse(&captured.bytes)?;
        Some(Self { number, captured, message })
    }

    fn header(&self, name: &str) -> String {
        let raw = self.message.header_raw(name).unwrap_or_default();
        raw.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The sender as a mail program shows it, the name decoded.
    fn from(&self) -> String {
        let sender = self.message.from().and_then(|list| list.first());
        let part = |text: Option<&str>| text.unwrap_or_default().to_owned();
        sender.map_or_else(String::new, |own| format!("{} <{}>", part(own.name()), part(own.address())))
    }

    fn sent(&self) -> Option<DateTime<Utc>> {
        self.message.date().and_then(|d| DateTime::from_timestamp(d.to_timestamp(), 0))
    }

    fn text(&self) -> String {
        self.message.body_text(0).unwrap_or_default().into_owned()
    }

    fn kind(&self) -> &'static str {
        let subject = self.message.subject().unwrap_or_default();
        if subject.starts_with("Sign in") {
            "sign-in"
        } else if self.text().contains("/s/") {
            "survey"
        } else if self.text().contains("You get this because you lead") {
            "digest"
        } else if self.text().contains("You get this because you manage") {
            "proposal"
        } else {
            "result"
        }
    }

    /// The HTML part; pictures that travel with it stand in it as data, since here is no mail program to look them up.
    fn html(&self) -> String {
        let html = self.message.body_html(0).unwrap_or_default().into_owned();
        self.message.attachments().fold(html, |html, part| {
            let named = part.content_id().filter(|_| part.is_content_type("image", "png"));
            named.map_or_else(
                || html.clone(),
                |cid| {
                    let data = format!("data:image/png;base64,{}", BASE64.encode(part.contents()));
                    html.replace(&format!("cid:{cid}"), &data)
                },
            )
        })
    }

    fn links(&self, site: &str) -> Vec<String> {
        let mut links: Vec<String> = Vec::new();
        for word in self.text().split_whitespace() {
            let word = word.trim_matches(|c: char| "<>()[],.".contains(c));
            if word.starts_with(site) && word.len() > site.len() + 1 && !links.iter().any(|l| l == word) {
                links.push(word.to_owned());
            }
        }
        links
    }

    fn json(&self, site: &str) -> serde_json::Value {
        serde_json::json!({
            "id": self.number,
            "to": self.captured.to,
            "from": self.header("From"),
            "date": self.sent(),
            "subject": self.message.subject(),
            "kind": self.kind(),
            "message_id": self.message.message_id(),
            "text": self.text(),
            "html": self.html(),
            "links": self.links(site),
        })
    }
}

#[get("/dev/mail")]
async fn mailbox(
    state: Data<State>,
    request: HttpRequest,
    paging: Query<Paging>,
) -> Result<HttpResponse, PageError> {
    let all = doors(&state)?.mailbox.letters();
    let newest_first = all.iter().enumerate().rev().filter_map(|(n, c)| Letter::read(n, c));
    if wants_json(&request) {
        let site = state.ctx.settings.link("");
        let items: Vec<_> = newest_first.map(|letter| letter.json(&site)).collect();
        return Ok(HttpResponse::Ok().json(serde_json::json!({ "items": items })));
    }
    let before = paging.before.unwrap_or(all.len());
    let now = state.now();
    let rows: Vec<MailRow> = newest_first
        .filter(|letter| letter.number < before)
        .take(PAGE)
        .map(|letter| MailRow {
            sent: letter.sent().map(|at| in_zone(at, zone(&state), now)).unwrap_or_default(),
            to: letter.captured.to.clone(),
            subject: letter.message.subject().unwrap_or_default().to_owned(),
            kind: letter.kind().to_owned(),
            href: format!("/dev/mail/{}", letter.number),
        })
        .collect();
    let last = before.min(all.len()).saturating_sub(PAGE);
    let earlier = (last > 0).then(|| Link::new("Earlier mails", format!("/dev/mail?before={last}")));
    let headline = match all.len() {
        0 => "No mail has left yet.".to_owned(),
        1 => "One mail would have left.".to_owned(),
        n => format!("{n} mails would have left; the newest first."),
    };
    html(&MailboxPage { chrome: chrome(&state, "Mailbox", "/dev/mail"), headline, rows, earlier })
}

#[get("/dev/mail/{number}")]
async fn mail(state: Data<State>, number: Path<usize>) -> Result<HttpResponse, PageError> {
    let all = doors(&state)?.mailbox.letters();
    let captured = all.get(*number).ok_or(PageError::NotFound)?;
    let letter = Letter::read(*number, captured).ok_or(PageError::NotFound)?;
    let subject = letter.message.subject().unwrap_or_default().to_owned();
    let headers = ["From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe"]
        .into_iter()
        .map(|name| match name {
            "From" => Fact::new(name, letter.from()),
            _ => Fact::new(name, letter.header(name)),
        })
        .filter(|fact| !fact.text.is_empty())
        .collect();
    let site = state.ctx.settings.link("");
    html(&MailPage {
        chrome: chrome(&state, &subject, "/dev/mail"),
        subject,
        headers,
        links: letter.links(&site).into_iter().map(|l| Link::new(l.clone(), l)).collect(),
        text: letter.text(),
        html_href: Some(format!("/dev/mail/{number}/html")),
    })
}

/// The HTML part on its own, for the sandboxed frame. Mails bring their own inline styles, so the policy is theirs.
#[get("/dev/mail/{number}/html")]
async fn mail_html(state: Data<State>, number: Path<usize>) -> Result<HttpResponse, PageError> {
    let all = doors(&state)?.mailbox.letters();
    let captured = all.get(*number).ok_or(PageError::NotFound)?;
    let letter = Letter::read(*number, captured).ok_or(PageError::NotFound)?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(letter.html()))
}

/// What comes next, the soonest first; things of one instant together.
async fn events(state: &State) -> Result<Vec<(DateTime<Utc>, String)>, StoreError> {
    let now = state.now();
    state
        .ctx
        .store
        .read(move |conn| {
            let mut found: BTreeMap<(DateTime<Utc>, &str), i64> = BTreeMap::new();
            let opens = cadences::all_active(conn)?.into_iter().filter_map(|c| c.next_opens_at);
            opens.for_each(|at| *found.entry((at, "opens")).or_default() += 1);
            let closes = cycles::open_with_names(conn)?.into_iter().map(|(c, _)| c.closes_at.and_utc());
            closes.for_each(|at| *found.entry((at, "closes")).or_default() += 1);
            // Letters of one day together, when the last of them is due.
            let mut days: BTreeMap<NaiveDate, (DateTime<Utc>, i64)> = BTreeMap::new();
            for (at, n) in notices::waiting(conn, REMINDERS)? {
                let day = days.entry(at.date_naive()).or_insert((at, 0));
                *day = (at.max(day.0), day.1 + n);
            }
            found.extend(days.into_values().map(|(at, n)| ((at, "mail"), n)));
            let regular = [
                (digest::next_monthly(conn, now)?, "digest"),
                (review::next_weekly(conn, now)?, "actions"),
                (review::next_reminder(conn, now)?, "review"),
                (reviews::next_silence(conn, now)?, "silence"),
            ];
            for (at, what) in regular {
                found.extend(at.map(|at| ((at, what), 1)));
            }
            let coming = found.into_iter().filter(|((at, _), _)| *at > now);
            Ok(coming.map(|((at, what), count)| (at, sentence(what, count))).collect())
        })
        .await
}

fn sentence(what: &str, count: i64) -> String {
    match (what, count) {
        ("opens", 1) => "One check opens".to_owned(),
        ("opens", n) => format!("{n} checks open"),
        ("closes", 1) => "One check closes".to_owned(),
        ("closes", n) => format!("{n} checks close"),
        ("digest", _) => "The month’s digest leaves, for leadership".to_owned(),
        ("actions", _) => "Monday’s letters about actions leave".to_owned(),
        ("review", _) => "Reminders of open reviews leave".to_owned(),
        ("silence", _) => "A review closes that a side did not confirm".to_owned(),
        (_, 1) => "One reminder is due, if nothing is sent by then".to_owned(),
        (_, n) => format!("{n} reminders are due, for those who have not sent by then"),
    }
}

#[get("/dev/clock")]
async fn clock(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    show_clock(&state, &request, None).await
}

async fn show_clock(
    state: &State,
    request: &HttpRequest,
    error: Option<String>,
) -> Result<HttpResponse, PageError> {
    doors(state)?;
    let (now, tz) = (state.now(), zone(state));
    let events = events(state).await?;
    let closes = state.ctx.store.read(move |conn| cycles::next_close(conn, now)).await?;
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    if wants_json(request) {
        let next: Vec<_> =
            events.iter().map(|(at, what)| serde_json::json!({ "at": at, "what": what })).collect();
        let body = serde_json::json!({ "now": now, "next": next, "error": error });
        return Ok(HttpResponse::build(status).json(body));
    }
    let rows = events
        .into_iter()
        .map(|(at, what)| EventRow {
            at: in_zone(at, tz, now),
            wait: wait_words(at - now),
            what,
            to: at.to_rfc3339(),
        })
        .collect();
    let page = ClockPage {
        close: closes.map(|at| at.to_rfc3339()),
        chrome: chrome(state, "Time machine", "/dev/clock"),
        now: in_zone(now, tz, now - TimeDelta::days(400)),
        now_field: now.with_timezone(&tz).format("%Y-%m-%dT%H:%M").to_string(),
        zone: tz.name().to_owned(),
        error,
        events: rows,
    };
    html_with(status, &page)
}

fn wait_words(wait: TimeDelta) -> String {
    match (wait.num_days(), wait.num_hours()) {
        (0, 0) => "within the hour".to_owned(),
        (0, 1) => "in an hour".to_owned(),
        (0, hours) => format!("in {hours} hours"),
        (1, _) => "in a day".to_owned(),
        (days, _) => format!("in {days} days"),
    }
}

#[post("/dev/clock")]
async fn jump(state: Data<State>, request: HttpRequest, form: Unsigned) -> Result<HttpResponse, PageError> {
    let people = doors(&state)?.people.clone();
    let to = match target(&state, form.0.get("to").trim()).await? {
        Ok(to) => to,
        Err(sentence) => return show_clock(&state, &request, Some(sentence)).await,
    };
    state.worker.travel(to, &*people).await?;
    if wants_json(&request) {
        return show_clock(&state, &request, None).await;
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, "/dev/clock")).finish())
}

/// `next`, an instant, or a local date and time as the field gives it.
async fn target(state: &State, to: &str) -> Result<Result<DateTime<Utc>, String>, StoreError> {
    let now = state.now();
    let asked = if to == "next" {
        let next = events(state).await?;
        next.first().map(|(at, _)| *at).ok_or_else(|| "Nothing is due any more.".to_owned())
    } else if let Ok(instant) = DateTime::parse_from_rfc3339(to) {
        Ok(instant.to_utc())
    } else {
        NaiveDateTime::parse_from_str(to, "%Y-%m-%dT%H:%M")
            .map(|local| local_instant(zone(state), local.date(), local.time()))
            .map_err(|_| {
                format!("\"{to}\" is no date and time; write one such as 2026-09-10T17:00, or \"next\".")
            })
    };
    Ok(asked.and_then(|at| {
        if at < now {
            Err("That is in the past; time runs forward here.".to_owned())
        } else if at - now > FARTHEST {
            Err("That is more than three years away; go there in several steps.".to_owned())
        } else {
            Ok(at)
        }
    }))
}
