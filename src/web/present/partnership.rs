//! The partnership page, assembled from what was read.

use std::collections::BTreeMap;

use super::acceptance;
use super::acts::{self, Waiting};
use super::answers::Answers;
use super::{History, Reader, cycle as running, flags, review, scorecard, takers, tiles, trends, zone};
use crate::domain::cycle::CycleState;
use crate::domain::drift::LEAST_CYCLES;
use crate::domain::flags::{FlagState, Severity};
use crate::domain::ids::{CycleId, FlagId, PartnershipId};
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::Act;
use crate::domain::publication::Scorecard;
use crate::domain::review::Given;
use crate::domain::scoring::Subject;
use crate::domain::visibility::Visibility;
use crate::domain::words;
use crate::store::access::Seat;
use crate::store::cadences::Cadence;
use crate::store::cycles::Cycle;
use crate::store::flags::Flag;
use crate::store::invitations::SideCount;
use crate::store::partnerships::{Member, Partnership};
use crate::store::people::Person;
use crate::store::reviews::{Action, Review};
use crate::web::pages::view::partnership::{CycleRow, PartnershipPage};
use crate::web::pages::view::parts::SideNote;
use crate::web::pages::view::{Chrome, Link};
use crate::workflow::standing::late;

/// Everything the page reads.
#[derive(Debug)]
pub struct Material {
    /// The partnership, and what the viewer is in it.
    pub seat: Seat,
    /// The last checks, oldest first, not yet as the viewer may see them.
    pub cards: Vec<Scorecard>,
    /// Flags, open and cleared.
    pub flags: Vec<Flag>,
    /// What was given to the open flags.
    pub given: BTreeMap<FlagId, Given>,
    /// The open actions, the earliest due first.
    pub promised: Vec<Action>,
    /// The reviews that no later one has overtaken, of each instrument the newest.
    pub reviews: Vec<Review>,
    /// Scorecards that the flags name and that are not among `cards`.
    pub named: Vec<Scorecard>,
    /// Cycles, newest first.
    pub cycles: Vec<Cycle>,
    /// Counts of the open cycles, and of the newest check.
    pub counts: Vec<SideCount>,
    /// Cadences in force.
    pub cadences: Vec<Cadence>,
    /// Open proposals.
    pub proposals: Vec<Waiting>,
    /// Where the acceptance stands.
    pub standing: acceptance::Standing,
    /// Members in force.
    pub members: Vec<(Member, Person)>,
}

/// Cycles listed.
const LISTED: usize = 12;

/// The page.
pub fn page(
    material: Material,
    chrome: Chrome,
    reader: &Reader,
    operator: &str,
    set_up: Option<Link>,
    actor: &str,
) -> PartnershipPage {
    let Material { seat, cards, flags, given, reviews, named, cycles, .. } = material;
    let (counts, cadences, proposals) = (material.counts, material.cadences, material.proposals);
    let (standing, members) = (material.standing, material.members);
    let history = History::new(&cards, seat.own_side()).with_named(&named, seat.own_side());
    let flags = flags::visible(flags, &history);
    let answers = Answers::new(&flags, &given, &seat, reader.now);
    let open: Vec<&Flag> = flags.iter().filter(|flag| flag.state != FlagState::Cleared).collect();
    let names: BTreeMap<CycleId, String> = cycles.iter().map(|c| (c.id, c.period.clone())).collect();
    let reviewed: Vec<CycleId> = reviews.iter().map(|own| own.cycle_id).collect();
    let periods = flags::Periods { of: &names, reviewed: &reviewed };
    let (trends, common, signs) = trends::panels(&history, seat.partnership.id);
    PartnershipPage {
        chrome,
        dateline: dateline(&seat, &history, reader),
        headline: headline(&seat, &history),
        lede: lede(&history),
        sides: sides(&seat, &history, &counts),
        next_check: next_check(&seat, &cycles, &cadences, &history, reader),
        mode: mode(&cycles, &cadences)
            .map(|(mode, k)| seat.partnership.who_sees_what(mode, operator, k))
            .unwrap_or_default(),
        trust: trust(&seat),
        exports: exports(seat.partnership.id),
        state: state(&seat.partnership, reader),
        acceptance: acceptance::acceptance(&standing, &seat, actor, reader),
        standing: acts::standing(&seat, !history.checks().is_empty(), &proposals, &cadences, &members),
        running: cycles
            .iter()
            .find(|cycle| cycle.state == CycleState::Open)
            .map(|cycle| running_note(cycle, &counts, reader)),
        proposals: acts::proposals_but(Act::StartPartnership, &proposals, &seat, actor, reader),
        scorecard: scorecard::newest(&history, &open),
        waiting: waiting(&cycles, &foretold(&seat, &cadences, &members)),
        notes: notes(&history, common),
        trends,
        signs,
        trends_title: trends_title(&history),
        reviews: reviews.iter().map(review::link).collect(),
        flags_title: flags_title(&open, &answers),
        flags_speed: flags::speed(&flags, reader.now),
        flags: flags::rows(&flags, &answers, &history, &periods, reader),
        cycles: cycles
            .iter()
            .take(LISTED)
            .map(|own| cycle_row(own, seat.partnership.id, &history, &counts, reader))
            .collect(),
        actions: takers::actions(&seat, &material.promised, reader),
        members: takers::takers(&seat, &members, reader),
        set_up,
    }
}

fn dateline(seat: &Seat, history: &History, reader: &Reader) -> String {
    let name = &seat.partnership.name;
    match history.latest() {
        Some(check) => {
            format!("{name} · {}, closed {}", check.card.period, reader.moment(check.card.closed_at))
        }
        None => format!("{name} · {}", reader.moment(reader.now)),
    }
}

fn headline(seat: &Seat, history: &History) -> String {
    match history.latest() {
        None => format!("{} waits for its first check.", seat.partnership.name),
        Some(check) if check.withheld => {
            "Nobody of your side answered, so no figures are shown to you.".to_owned()
        }
        Some(check) => words::headline(&check.card, history.previous().map(|before| &before.card)),
    }
}

fn lede(history: &History) -> Option<String> {
    let check = history.latest()?;
    let headline_says_it = !check.is_rated();
    let status = words::status_sentence(&check.card).filter(|_| !headline_says_it || check.withheld);
    let previous = history.previous().map(|before| &before.card);
    let drift = words::drift_news(&check.card, previous).into_iter().next();
    let sentences: Vec<String> = status.into_iter().chain(drift).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Who answered the newest check; before the first, the sides by name.
fn sides(seat: &Seat, history: &History, counts: &[SideCount]) -> Vec<SideNote> {
    match history.latest() {
        Some(check) => scorecard::response(check)
            .into_iter()
            .zip(&check.card.response)
            .map(|(note, own)| {
                let of = |c: &&SideCount| (c.cycle_id, c.side_id) == (check.card.cycle_id, own.side);
                let by_hand = running::by_hand(counts.iter().find(of).map_or(0, |own| own.handed));
                let comma = if by_hand.is_empty() { "" } else { ", " };
                SideNote { text: format!("{} answered{comma}{by_hand}", note.text), ..note }
            })
            .collect(),
        None => seat.sides.iter().enumerate().map(|(n, side)| takers::bare(n, &side.name)).collect(),
    }
}

fn next_check(
    seat: &Seat,
    cycles: &[Cycle],
    cadences: &[Cadence],
    history: &History,
    reader: &Reader,
) -> String {
    let partnership = &seat.partnership;
    if !partnership.state.opens_cycles() || cycles.iter().any(|cycle| cycle.state == CycleState::Open) {
        return String::new();
    }
    let tz = zone(&partnership.zone);
    let late = late(cadences, tz, history, reader.now).map(super::late_words);
    let late = late.map(|late| format!("{}. ", words::capital(&late))).unwrap_or_default();
    match cadences.iter().map(|cadence| cadence.rule.next(tz, reader.now).opens).min() {
        Some(opens) => format!("{late}Next check opens {}", reader.moment(opens)),
        None => "No next check is planned.".to_owned(),
    }
}

/// Of what runs or ran last; else of what is planned.
fn mode(cycles: &[Cycle], cadences: &[Cadence]) -> Option<(Mode, u32)> {
    let ran = |cycle: &&Cycle| matches!(cycle.state, CycleState::Open | CycleState::Closed);
    let newest = cycles.iter().find(ran).map(|cycle| (cycle.mode, cycle.floor()));
    newest.or_else(|| cadences.first().map(|cadence| (cadence.mode, cadence.floor_k)))
}

fn exports(id: PartnershipId) -> Vec<Link> {
    let file = |kind: &str, end: &str| Link::new(kind, format!("/partnerships/{id}/export.{end}"));
    vec![file("JSON", "json"), file("CSV", "csv")]
}

/// What every side can rely on; of an own view, what holds in the partnership that it is about.
fn trust(seat: &Seat) -> Link {
    let id = seat.partnership.view_of.unwrap_or(seat.partnership.id);
    Link::new("What every side can rely on", format!("/partnerships/{id}/trust"))
}

fn state(partnership: &Partnership, reader: &Reader) -> Option<String> {
    if partnership.view_of.is_some() {
        let running = match partnership.state {
            PartnershipState::Active => "Checks are opened by hand, until every side has accepted.",
            _ => "No further check opens here.",
        };
        return Some(format!(
            "Our view only: the other sides were not asked, and nothing here is shown to them, now or later. {running}"
        ));
    }
    if let (Some(ended), Some(until)) = (partnership.ended_at, partnership.readable_until()) {
        return Some(format!(
            "Ended on {}: no check opens any more. What was published stays here to read and to export, for every side, \
             until {}.",
            reader.day(ended.and_utc()),
            reader.day(until)
        ));
    }
    let text = match partnership.state {
        // Of a proposed one the box about its acceptance says more.
        PartnershipState::Active | PartnershipState::Proposed => return None,
        PartnershipState::Paused => "Paused: no check opens until the partnership is resumed.",
        PartnershipState::Ended => "Ended: no check opens any more. What was published stays here to read.",
    };
    Some(text.to_owned())
}

fn running_note(cycle: &Cycle, counts: &[SideCount], reader: &Reader) -> (String, Link) {
    let own: Vec<SideCount> = counts.iter().filter(|count| count.cycle_id == cycle.id).copied().collect();
    let text = format!("{} is running. {}", cycle.period, running::running_sentence(cycle, &own, reader));
    (text, Link::new("See the counts", format!("/cycles/{}", cycle.id)))
}

/// How sure it is that figures of sides will show, by the first cadence that runs.
fn foretold(seat: &Seat, cadences: &[Cadence], members: &[(Member, Person)]) -> String {
    let asked = |side: &crate::store::partnerships::Side| {
        members.iter().filter(|(own, _)| own.side_id == Some(side.id) && own.respondent).count()
    };
    let asked: Vec<u32> =
        seat.sides.iter().map(|side| u32::try_from(asked(side)).unwrap_or(u32::MAX)).collect();
    let running = cadences.iter().find(|own| own.active && asked.len() > 1);
    running
        .and_then(|own| Visibility::expected(own.mode, own.floor_k, &asked))
        .map(|own| format!(" {}", own.sentence(asked.len())))
        .unwrap_or_default()
}

fn waiting(cycles: &[Cycle], foretold: &str) -> String {
    let first = "Here stands the scorecard of the newest check: a rating for each indicator, what each side says, and the gap.";
    if cycles.iter().any(|cycle| cycle.state == CycleState::Open) {
        format!("{first} The first check is running; nothing but counts is shown before its close.{foretold}")
    } else {
        format!("{first} It comes with the first check.{foretold}")
    }
}

/// Two checks are no trend, and only what was tested is called drift.
fn trends_title(history: &History) -> String {
    let many = history.checks().len();
    let drift = || history.latest().is_some_and(|check| check.card.cells().any(|cell| cell.drift.is_some()));
    match many {
        1 => "One check so far".to_owned(),
        n if n >= LEAST_CYCLES && drift() => format!("Drift, {} checks", words::number_words(n)),
        n => words::capital(&format!("{} checks so far", words::number_words(n))),
    }
}

/// What holds for all panels: a new start, what they say alike of drift, how to read them, what this size can show.
fn notes(history: &History, common: Vec<String>) -> Vec<String> {
    let Some(latest) = history.latest() else { return Vec::new() };
    let fresh = history.checks().iter().rfind(|check| check.card.rebaseline);
    let fresh =
        fresh.map(|check| format!("New start in {}: compared only with checks since.", check.card.period));
    let (early, common) = match words::history_sentence(history.checks().len()) {
        // It says as well that drift needs three.
        Some(early) => (early, Vec::new()),
        None => (
            "Arrows and differences compare with the check before: two points are a change, not a trend.",
            common,
        ),
    };
    // Where no drift is shown, nothing of what it could see is promised.
    let tested = latest.card.sides.len() > 1 && latest.card.cells().any(|cell| cell.drift.is_some());
    let fewest = latest.card.response.iter().map(|own| own.answered).min().unwrap_or_default();
    let limits = words::limits_sentence(usize::try_from(fewest).unwrap_or_default());
    let limits = tested.then_some(limits);
    fresh.into_iter().chain(common).chain([early.to_owned()]).chain(limits).collect()
}

fn flags_title(open: &[&Flag], answers: &Answers) -> String {
    let act = open.iter().filter(|flag| flag.severity == Severity::Act).count();
    let to_act = match act {
        0 => "none to act on".to_owned(),
        n if n == open.len() => "all to act on".to_owned(),
        n => format!("{} to act on", words::number_words(n)),
    };
    let waiting = open.iter().filter(|flag| answers.needs(flag.id).is_some()).count();
    let answered = match waiting {
        _ if open.is_empty() => "",
        0 => ", answered",
        n if n == open.len() => "",
        _ => ", some answered",
    };
    match open.len() {
        0 => "No open flag".to_owned(),
        1 => format!("One open flag, {}{answered}", if act == 1 { "to act on" } else { "to discuss" }),
        n => words::capital(&format!("{} open flags, {to_act}{answered}", words::number_words(n))),
    }
}

fn cycle_row(
    cycle: &Cycle,
    partnership: PartnershipId,
    history: &History,
    counts: &[SideCount],
    reader: &Reader,
) -> CycleRow {
    let check = history.of_cycle(cycle.id);
    let response = |answered: u32, invited: u32| format!("{answered} of {invited}");
    let own: Vec<SideCount> = counts.iter().filter(|count| count.cycle_id == cycle.id).copied().collect();
    let (invited, answered) = running::sums(&own);
    let state = match (running::ending(cycle), cycle.state) {
        (Some(ending), _) => ending,
        (None, CycleState::Open) => format!("open to {}", reader.day(cycle.closes_at.and_utc())),
        (None, _) => {
            format!("closed {}", reader.day(cycle.closed_at.unwrap_or(cycle.closes_at).and_utc()))
        }
    };
    CycleRow {
        period: cycle.period.clone(),
        href: if cycle.state == CycleState::Closed
            && check.is_some()
            && history.latest().map(|c| c.card.cycle_id) == Some(cycle.id)
        {
            format!("/partnerships/{partnership}")
        } else {
            format!("/cycles/{}", cycle.id)
        },
        state,
        answered: match (check, cycle.state) {
            (Some(check), _) => {
                let sum = |f: fn(&crate::domain::publication::SideResponse) -> u32| {
                    check.card.response.iter().map(f).sum()
                };
                response(sum(|own| own.answered), sum(|own| own.invited))
            }
            (None, CycleState::Open) if running::told(cycle, &own) != running::Told::Nothing => {
                response(answered, invited)
            }
            _ => "–".to_owned(),
        },
        overall: check.map(|check| tiles::tile(check, None, &Subject::Overall)),
    }
}
