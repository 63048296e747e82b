//! The trust sheet of a partnership: who hosts it, what is asked, who sees what, how long, and how to leave; from the settings
//! and rows as they are now.
//!
//! Law: it says what holds, and nothing that does not: a reader of any side reads the same words. Pages, REST interface and the
//! mail that proposes a partnership show it.

use chrono::{DateTime, Utc};

use super::Context;
use super::times::{in_zone, zone};
use crate::domain::comments::comments_from;
use crate::domain::ending::READABLE_MONTHS;
use crate::domain::ids::PartnershipId;
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::domain::visibility::Visibility;
use crate::domain::words;
use crate::settings::Retention;
use crate::store::cadences::{self, Cadence};
use crate::store::partnerships::{self, Member, Partnership, Side};
use crate::store::people::Person;
use crate::store::{Conn, StoreError, instruments};

/// A sheet.
#[derive(Clone, Debug)]
pub struct TrustSheet {
    /// The partnership.
    pub partnership: Partnership,
    /// Its sides, in their order.
    pub sides: Vec<Side>,
    /// Who runs the server.
    pub operator: String,
    /// Where it is found.
    pub public_url: String,
    /// What it says.
    pub sections: Vec<Section>,
    /// A text to forward: what is proposed, in a few lines.
    pub announcement: String,
}

/// One part of a sheet.
#[derive(Clone, Debug)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// Sentences.
    pub lines: Vec<String>,
}

impl Section {
    fn new(title: &'static str, lines: Vec<String>) -> Self {
        Self { title, lines }
    }

    fn of(title: &'static str, lines: &[&str]) -> Self {
        Self::new(title, lines.iter().map(|line| (*line).to_owned()).collect())
    }
}

/// What is asked by one cadence.
struct Asked {
    cadence: Cadence,
    instrument: Instrument,
}

/// The sheet of a partnership; none when it is gone.
pub fn sheet(
    conn: &mut Conn,
    ctx: &Context,
    id: PartnershipId,
    now: DateTime<Utc>,
) -> Result<Option<TrustSheet>, StoreError> {
    let Some(partnership) = partnerships::find(conn, id)? else { return Ok(None) };
    let sides = partnerships::sides(conn, id)?;
    let mut asked = Vec::new();
    for cadence in cadences::of_partnership(conn, id)?.into_iter().filter(|own| own.active) {
        if let Some(instrument) = instruments::latest(conn, &cadence.instrument_id)? {
            asked.push(Asked { cadence, instrument });
        }
    }
    let operator = ctx.settings.instance.operator.clone();
    let public_url = ctx.settings.http.public_url.clone();
    let members = partnerships::members(conn, id)?;
    let sections = [
        host(&operator, &public_url),
        questions(&partnership, &asked),
        modes(&operator, &asked, &people(&sides, &members)),
        roles(),
        sealing(),
        by_hand(&sides, &members),
        retention(&ctx.settings.retention, &asked),
        operator_could(&operator),
        alone_and_together(),
        leaving(),
    ];
    let sections = sections.into_iter().filter(|own| !own.lines.is_empty()).collect();
    let announcement = announcement(ctx, &partnership, &sides, &asked, now);
    Ok(Some(TrustSheet { partnership, sides, operator, public_url, sections, announcement }))
}

fn host(operator: &str, url: &str) -> Section {
    let operator = words::capital(operator);
    let lines = vec![format!(
        "{operator} runs this server at {url}, and holds its database, its backups and its key. What it shows \
         and keeps is the same for every side, also for the one that hosts it."
    )];
    Section::new("Who hosts it", lines)
}

fn questions(partnership: &Partnership, asked: &[Asked]) -> Section {
    let mut lines = Vec::new();
    for own in asked {
        let Asked { cadence, instrument } = own;
        lines.push(format!(
            "{}: {} questions, about {} minutes, each answered from 1 to 5 or with “don’t know”. {} ({}).",
            instrument.title,
            words::number_words(instrument.indicators.len()),
            instrument.minutes,
            words::capital(&cadence.rule.describe()),
            partnership.zone,
        ));
        lines.extend(instrument.indicators.iter().map(|item| format!("{}: {}", item.name, item.question)));
    }
    if lines.is_empty() {
        lines.push("No cadence is set yet, so that nothing is asked by itself.".to_owned());
    }
    Section::new("What is asked", lines)
}

/// How many people each side asks.
fn people(sides: &[Side], members: &[(Member, Person)]) -> Vec<u32> {
    let of = |side: &Side| {
        members.iter().filter(|(own, _)| own.side_id == Some(side.id) && own.respondent).count()
    };
    sides.iter().map(|side| u32::try_from(of(side)).unwrap_or(u32::MAX)).collect()
}

fn modes(operator: &str, asked: &[Asked], people: &[u32]) -> Section {
    let mut lines = Vec::new();
    for Asked { cadence, instrument } in asked {
        let mode = cadence.mode;
        if asked.len() > 1 {
            lines.push(format!("{}:", instrument.title));
        }
        lines.push(format!("{} mode. {}", mode.title(), mode.sentence(operator, cadence.floor_k)));
        if mode.has_floor() {
            lines.push(format!(
                "The floor is {k}: where a side has fewer than {k} answers, no side’s figures are shown to anybody, and no check \
                 opens with fewer than {k} people asked on a side.",
                k = cadence.floor_k
            ));
        }
        if let Some(expected) = Visibility::expected(mode, cadence.floor_k, people) {
            lines.push(expected.sentence(people.len()));
        }
        lines.push(comments(cadence, instrument));
    }
    if lines.is_empty() {
        lines.push("The mode is chosen with the cadence.".to_owned());
    }
    Section::new("The mode", lines)
}

fn comments(cadence: &Cadence, instrument: &Instrument) -> String {
    if !cadence.comments || instrument.closing_question.is_none() {
        return "No comments are asked for.".to_owned();
    }
    match cadence.mode {
        Mode::Named => {
            "Comments are asked for and shown with names to the members on all sides and their leadership."
                .to_owned()
        }
        mode => format!(
            "Comments are asked for where at least {least} of a side are invited, and shown to the managers, sponsors, leadership \
             and facilitators of all sides when at least {least} of it answered: shuffled, without names, with addresses, \
             telephone numbers and members’ names masked.",
            least = comments_from(mode, cadence.floor_k)
        ),
    }
}

fn roles() -> Section {
    Section::of(
        "Who sees what",
        &[
            "Respondents: their own answers, by their own link, until the close.",
            "Managers, sponsors and the leadership of every side: the same scorecard, flags and history, from the same minute on, \
             after the close. Before it, nothing but counts. A side from which nobody answered sees counts only.",
            "A facilitator: the same, and stands on no side.",
            "Managers of a side: names and addresses of their own side’s people. Of the other sides they see how many there are, \
             and who manages them.",
            "Whoever administers this server: names, addresses, who is invited, which letters wait. No answer, no scorecard. Making \
             somebody a leader, sponsor or facilitator, changing the address of such a person, and giving a program access to one \
             side, organisation or partnership is logged and told to managers of the sides concerned.",
            "Programs with a token: what its scopes name, for the side, organisation or partnership it is bound to, or, with a token \
             of the whole server, for every partnership. Comments, and answers with names, only with a token that a manager made \
             for the own side, or whoever runs this server at its command line.",
        ],
    )
}

fn sealing() -> Section {
    Section::of(
        "Until the close",
        &[
            "Nothing but counts leaves the server before the close: no page, mail, export, chart, log or search shows more.",
            "At the close one scorecard is frozen for all sides in one step. Nobody changes it afterwards, and no check is reopened.",
        ],
    )
}

/// For how many people a side hands out the links itself; nothing where none does.
fn by_hand(sides: &[Side], members: &[(Member, Person)]) -> Section {
    let mut lines = Vec::new();
    for side in sides {
        let here = |(own, person): &&(Member, Person)| {
            own.side_id == Some(side.id) && own.respondent && person.address().is_none()
        };
        let (name, n) = (&side.name, members.iter().filter(here).count());
        if n > 0 {
            let people = if n == 1 { "one of its people".to_owned() } else { format!("{n} of its people") };
            lines.push(format!("{name} gives no address of {people}, and hands out their links itself."));
        }
    }
    if !lines.is_empty() {
        lines.push(
            "Whoever begins with such a link gets another one of their own, so that the side cannot read or change answers with \
             the one it handed out. But a side that hands out its links can also answer in their place: the other sides see, here \
             and beside every result, for how many people it does. It can issue a fresh link as long as nothing was sent; the \
             former one says so, and the other sides are told."
                .to_owned(),
        );
    }
    Section::new("Links that a side hands out", lines)
}

fn retention(kept: &Retention, asked: &[Asked]) -> Section {
    let mut lines = vec![
        "Answers are kept as values, without comments, while the partnership lives, because later checks are compared with \
         them; in anonymous mode without a link to a person."
            .to_owned(),
        format!(
            "Comments are kept for {} months, addresses in letters for {} days, anonymous answers one by one for {} months and \
             then as sums, sign-in links for 24 hours.",
            kept.comments_months, kept.letters_days, kept.anonymous_answers_months
        ),
    ];
    if let Some(months) = asked.iter().filter_map(|own| own.cadence.keep_months).min() {
        lines.push(format!(
            "The sides made it shorter: comments, and anonymous answers one by one, for at most {}.",
            words::months(months)
        ));
    }
    lines.push(format!(
        "After the end every side reads and exports the scorecards for {READABLE_MONTHS} months; then nobody does."
    ));
    Section::new("How long it is kept", lines)
}

fn operator_could(operator: &str) -> Section {
    let operator = words::capital(operator);
    let lines = vec![format!(
        "{operator} could change the program it runs, and, except for anonymous checks after their close, whoever holds its \
         database and key could link answers to people. What is promised is what the database, its backups, logs and pages hold \
         and show. If that is not enough, choose anonymous mode, or a host whom every side trusts."
    )];
    Section::new("What the operator could do", lines)
}

fn alone_and_together() -> Section {
    Section::of(
        "What a side does alone, and what needs every side",
        &[
            "Alone, from the next check on: a stricter mode, a higher floor, no comments, a shorter time until they go. Alone, \
             and told to the others: pausing, ending, extending a check, reminding, correcting an address of its own people, \
             handing out links itself instead of giving addresses.",
            "Together only: beginning the partnership, another cadence, instrument or time zone, a looser mode, an early close, \
             calling a check off, changing who answers while one is open, a fresh start of drift, deleting everything.",
        ],
    )
}

fn leaving() -> Section {
    let end = format!(
        "Any side ends the partnership at once, by a button on its page, without asking. What was published stays readable and \
         exportable for every side for {READABLE_MONTHS} months."
    );
    Section::new(
        "How to leave",
        vec![
            end,
            "Deleting everything needs every side, at any time, also after that.".to_owned(),
            "Every side exports all that it may see, at any time, from the page of the partnership."
                .to_owned(),
            "A person need not answer; the manager of their side takes them from the list.".to_owned(),
        ],
    )
}

fn announcement(
    ctx: &Context,
    partnership: &Partnership,
    sides: &[Side],
    asked: &[Asked],
    now: DateTime<Utc>,
) -> String {
    let names: Vec<String> = sides.iter().map(|side| side.name.clone()).collect();
    let page = ctx.settings.link(&format!("/partnerships/{}", partnership.id));
    let operator = &ctx.settings.instance.operator;
    let zone = zone(&partnership.zone);
    let mut parts = vec![format!("{} want to check their partnership together.", words::join(&names))];
    for Asked { cadence, instrument } in asked {
        let window = cadence.rule.next(zone, now);
        parts.push(format!(
            "What: {}, {} questions, about {} minutes, by a link in a mail, on any device, without an account. Everybody who is \
             asked answers alone, and all sides see the result at the same moment.",
            instrument.title,
            words::number_words(instrument.indicators.len()),
            instrument.minutes
        ));
        parts.push(format!(
            "When: {}. By that rule the next check opens on {} and closes on {}.",
            cadence.rule.describe(),
            in_zone(window.opens, zone, now),
            in_zone(window.closes, zone, now)
        ));
        parts.push(format!("Who sees what: {}", cadence.mode.sentence(operator, cadence.floor_k)));
    }
    if asked.is_empty() {
        parts.push("What is asked, and how often, is still to be agreed.".to_owned());
    }
    parts.push(format!("{} runs the server, {}.", words::capital(operator), ctx.settings.http.public_url));
    parts.push(format!("In full, with how long it is kept and how to leave:\n{page}/trust"));
    let end = if partnership.state == PartnershipState::Proposed {
        "To accept, decline or ask, sign in with your own address (no password) and open:"
    } else {
        "Managers find it here, and sign in with their own address (no password):"
    };
    parts.push(format!("{end}\n{page}"));
    parts.join("\n\n") + "\n"
}
