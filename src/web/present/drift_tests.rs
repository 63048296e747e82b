//! What the frozen scorecards tell of drift, all the way to the HTML and the drawings.

use evenkeel_charts::Channel;

use super::tests::{THREE, TWO, card, html, side_id};
use super::{History, charts, drift};
use crate::domain::drift::{Composition, Drift, DriftFinding, DriftState};
use crate::domain::mode::Mode;
use crate::domain::publication::{Cell, Scorecard};
use crate::domain::scoring::Subject;

const FIRST: &str = "shared_vision";

/// A finding with an onset, given by the number of a check, and figures that fit its state.
fn finding(state: DriftState, onset: Option<usize>, cycles: u32) -> DriftFinding {
    let change = match state {
        DriftState::Improved => 0.7,
        _ => -0.6,
    };
    DriftFinding {
        state,
        onset: onset.map(|own| format!("check {own}")),
        change: onset.map(|_| change),
        moved: None,
        interval: onset.map(|_| [change - 0.3, change + 0.3]),
        z: None,
        z_up: None,
        between: None,
        every_side: true,
        crossed: false,
        cycles: Some(cycles),
    }
}

fn stable(cycles: u32) -> DriftFinding {
    finding(DriftState::Stable, Some(0), cycles)
}

fn learning(cycles: u32) -> DriftFinding {
    finding(DriftState::Learning, None, cycles)
}

fn alarm(onset: usize) -> DriftFinding {
    finding(DriftState::Alarm, Some(onset), 5)
}

fn cells(card: &mut Scorecard) -> impl Iterator<Item = &mut Cell> {
    std::iter::once(&mut card.overall).chain(card.indicators.iter_mut().map(|own| &mut own.cell))
}

/// The finding's channel; of the gap it is between the first two sides.
fn both(level: DriftFinding, gap: DriftFinding) -> Drift {
    let between = gap.change.map(|_| [side_id(0), side_id(1)]);
    Drift { level: Some(level), gap: Some(DriftFinding { between, ..gap }), composition: None }
}

/// Five people on one side and three on the other, who answer alike in every check; nothing has moved.
fn quiet_cards(checks: usize) -> Vec<Scorecard> {
    (0..checks)
        .map(|check| {
            let mut card = card(check, Mode::Confidential, &[(TWO[0], &[4; 5]), (TWO[1], &[3; 3])]);
            let cycles = u32::try_from(check).unwrap() + 1;
            let own = if cycles < 3 { learning(cycles) } else { stable(cycles) };
            cells(&mut card).for_each(|cell| cell.drift = Some(both(own.clone(), own.clone())));
            card
        })
        .collect()
}

/// Puts a finding into one channel of a subject.
fn put(card: &mut Scorecard, subject: &Subject, channel: Channel, finding: DriftFinding) {
    let cell = match subject {
        Subject::Overall => &mut card.overall,
        Subject::Indicator(id) => {
            &mut card.indicators.iter_mut().find(|own| own.id == *id).expect("it was asked").cell
        }
    };
    let drift = cell.drift.as_mut().expect("the sample has drift");
    match channel {
        Channel::Level => drift.level = Some(finding),
        Channel::Gap => {
            let between = Some([side_id(0), side_id(1)]);
            drift.gap = Some(DriftFinding { between, ..finding });
        }
    }
}

fn indicator() -> Subject {
    Subject::Indicator(FIRST.to_owned())
}

/// Seven checks: in the fifth the level alarms since the fourth, and the test begins anew from there.
fn fallen(subject: &Subject) -> Vec<Scorecard> {
    let mut cards = quiet_cards(7);
    put(&mut cards[4], subject, Channel::Level, alarm(3));
    put(&mut cards[5], subject, Channel::Level, stable(3));
    put(&mut cards[6], subject, Channel::Level, stable(4));
    cards
}

fn page(cards: Vec<Scorecard>) -> String {
    html(&TWO, Some(0), cards, Vec::new())
}

fn history(cards: &[Scorecard]) -> History {
    History::new(cards, Some(side_id(0)))
}

#[test]
fn an_alarm_stays_marked_after_the_test_began_anew_from_its_onset() {
    let cards = fallen(&Subject::Overall);
    let history = history(&cards);
    let trend = charts::trend(&history, &Subject::Overall).unwrap();
    assert_eq!(trend.onsets.len(), 1);
    assert_eq!((trend.onsets[0].index, trend.onsets[0].label.as_str()), (3, "lower since check 3"));
    assert!(trend.description.contains("Lower since check 3."), "{}", trend.description);
    assert_eq!(charts::spark(&history).unwrap().onset, Some(3));
    assert!(charts::trend(&history, &indicator()).unwrap().onsets.is_empty());
    let page = page(cards);
    assert!(page.contains(
        "<b>Drift, found in check 4.</b> Since check 3 people on both sides answer about 0.6 lower"
    ));
    assert!(page.contains("No further drift of the level from check 3 on, 4 checks."));
    assert!(page.contains(">alarm since check 3<"), "the table has the state and the onset");
}

#[test]
fn only_the_newest_alarm_of_a_channel_is_marked_and_none_from_before_the_checks_in_view() {
    let mut cards = fallen(&Subject::Overall);
    put(&mut cards[6], &Subject::Overall, Channel::Level, alarm(5));
    put(&mut cards[6], &Subject::Overall, Channel::Gap, alarm(4));
    let onsets = charts::trend(&history(&cards), &Subject::Overall).unwrap().onsets;
    let marks: Vec<(usize, Channel)> = onsets.iter().map(|own| (own.index, own.channel)).collect();
    assert_eq!(marks, [(5, Channel::Level), (4, Channel::Gap)]);
    let in_view = history(&cards[5..]);
    let onsets = charts::trend(&in_view, &Subject::Overall).unwrap().onsets;
    assert_eq!(onsets.iter().map(|own| (own.index, own.channel)).collect::<Vec<_>>(), [(0, Channel::Level)]);
}

#[test]
fn a_watch_is_a_ring_at_its_check_and_no_onset() {
    let mut cards = quiet_cards(5);
    put(&mut cards[4], &indicator(), Channel::Gap, finding(DriftState::Watch, Some(3), 5));
    let trend = charts::trend(&history(&cards), &indicator()).unwrap();
    let rings: Vec<bool> = trend.points.iter().map(|point| point.watch).collect();
    assert_eq!(rings, [false, false, false, false, true]);
    assert!(trend.onsets.is_empty());
    let overall = charts::trend(&history(&cards), &Subject::Overall).unwrap();
    assert!(overall.points.iter().all(|point| !point.watch));
    assert!(page(cards).contains("<b>On watch.</b> Perhaps since check 3"));
}

#[test]
fn what_a_viewer_may_not_see_of_a_check_is_not_marked_for_them() {
    let sides = |own: &'static [u8]| [(THREE[0], own), (THREE[1], &[4; 5][..]), (THREE[2], &[2; 5][..])];
    let cards: Vec<Scorecard> = (0..4)
        .map(|check| {
            let own: &[u8] = if check == 3 { &[] } else { &[4; 5] };
            let mut card = card(check, Mode::Representative, &sides(own));
            let found = if check == 3 { alarm(2) } else { learning(2) };
            cells(&mut card).for_each(|cell| cell.drift = Some(both(found.clone(), found.clone())));
            card
        })
        .collect();
    let seen = |side: usize| {
        let history = History::new(&cards, Some(side_id(side)));
        let trend = charts::trend(&history, &Subject::Overall).unwrap();
        (trend.onsets.len(), charts::spark(&history).unwrap().onset, drift::lately(&history).is_some())
    };
    assert_eq!(seen(0), (0, None, false));
    assert_eq!(seen(1), (2, Some(2), true));
    let page = html(&THREE, Some(0), cards, Vec::new());
    for betrayed in ["since check 2", "alarm", "Drift."] {
        assert!(!page.contains(betrayed), "{betrayed}");
    }
}

#[test]
fn a_new_start_breaks_the_lines_and_is_compared_with_nothing_before() {
    let mut cards = quiet_cards(4);
    cards[2].rebaseline = true;
    let seen = history(&cards);
    let trend = charts::trend(&seen, &Subject::Overall).unwrap();
    let breaks: Vec<Option<&str>> = trend.points.iter().map(|point| point.break_before.as_deref()).collect();
    assert_eq!(breaks, [None, None, Some("new start"), None]);
    let change = |at: usize| seen.checks()[at].change(Some(&seen.checks()[at - 1]), &Subject::Overall);
    assert_eq!((change(1), change(2), change(3)), (Some(0.0), None, Some(0.0)));
    let whole = page(cards.clone());
    assert_eq!(whole.matches("New start in check 2: compared only with checks since.").count(), 1);
    assert!(whole.contains(">check 2, new start<"), "the table marks it");
    let at_the_start = page(cards[..3].to_vec());
    assert!(at_the_start.contains("new start in check 2: not compared with before."));
    assert!(!at_the_start.contains("the check before."), "no difference is told");
}

#[test]
fn another_mode_is_a_new_start_and_says_so_on_the_axis() {
    let mut cards = quiet_cards(2);
    (cards[1].rebaseline, cards[1].mode) = (true, Mode::Anonymous);
    let trend = charts::trend(&history(&cards), &Subject::Overall).unwrap();
    assert_eq!(trend.points[1].break_before.as_deref(), Some("new start: other mode"));
}

#[test]
fn what_every_panel_would_say_of_too_early_stands_once_on_the_page() {
    let mut cards = quiet_cards(4);
    cards[2].rebaseline = true;
    for (card, cycles) in cards[2..].iter_mut().zip(1..) {
        cells(card).for_each(|cell| cell.drift = Some(both(learning(cycles), learning(cycles))));
    }
    let page = page(cards);
    assert_eq!(page.matches("Too early for drift").count(), 1);
    assert!(page.contains("so far 2 of the 3 checks that it needs"));
}

#[test]
fn drift_that_is_not_shown_is_said_so_once_and_not_to_be_absent() {
    let mut cards = quiet_cards(4);
    cells(&mut cards[3]).for_each(|cell| cell.drift = None);
    let page = page(cards);
    assert_eq!(page.matches("Drift is not shown").count(), 1);
    assert!(!page.contains("No drift") && page.contains("Four checks so far"));
}

#[test]
fn a_panel_without_a_change_says_it_shortly_and_keeps_the_figures_by_its_table() {
    let page = page(quiet_cards(8));
    assert_eq!(page.matches("<p>No drift of the level or of the gap over 8 checks.</p>").count(), 6);
    let (_, table) = page.split_once("Figures as a table").unwrap();
    assert!(table.contains("the likeliest step, about 0.6 lower since check 0"), "the exact sentence");
    assert!(page.contains(">Drift, eight checks<"));
}

#[test]
fn the_limits_of_the_smaller_side_stand_once_on_the_page() {
    let page = page(quiet_cards(3));
    assert_eq!(page.matches("With three people a side, a drop of 0.7 in one indicator").count(), 1);
    assert!(!page.contains("With five people a side"));
}

#[test]
fn two_checks_are_never_called_a_trend() {
    let page = page(quiet_cards(2));
    assert!(page.contains(">Two checks so far<") && page.contains("Two points are a change, not a trend"));
    assert_eq!(
        page.to_lowercase().matches("trend").count(),
        1 + page.matches("charts/trend.").count() + page.matches("c-trend").count()
    );
}

#[test]
fn other_people_are_an_event_on_the_axis_and_called_composition() {
    let mut cards = quiet_cards(5);
    let composition = Composition { onset: "check 3".to_owned(), moved: -0.7, change: Some(-0.1) };
    for card in &mut cards[3..] {
        card.overall.drift.as_mut().unwrap().composition = Some(composition.clone());
    }
    let seen = history(&cards);
    let events: Vec<Option<String>> = charts::trend(&seen, &Subject::Overall)
        .unwrap()
        .points
        .into_iter()
        .map(|point| point.event)
        .collect();
    assert_eq!(events[3].as_deref(), Some("other people"));
    assert_eq!(events.iter().flatten().count(), 1);
    let (lead, text) = drift::lately(&seen).unwrap();
    assert_eq!(lead, "Other people answer:");
    assert_eq!(text, "overall about 0.7 lower since check 3: composition, not drift.");
    assert!(
        page(cards)
            .contains("<b>Other people.</b> Since check 3 the score is about 0.7 lower mainly because")
    );
}

#[test]
fn a_row_tells_the_overall_alarm_or_else_the_indicators_that_moved_most() {
    let (lead, text) = drift::lately(&history(&fallen(&Subject::Overall))).unwrap();
    assert_eq!((lead.as_str(), text.as_str()), ("Lower since check 3:", "overall by about 0.6."));
    let mut cards = fallen(&indicator());
    let second = Subject::Indicator(cards[0].indicators[1].id.clone());
    put(&mut cards[5], &second, Channel::Level, DriftFinding { change: Some(-0.9), ..alarm(4) });
    put(&mut cards[5], &second, Channel::Gap, alarm(4));
    let (lead, text) = drift::lately(&history(&cards)).unwrap();
    assert_eq!(lead, "Lower since check 4:");
    assert_eq!(
        text,
        "communication by about 0.9 and vision by about 0.6 since check 3. Moving apart on communication."
    );
    let mut cards = quiet_cards(6);
    put(&mut cards[5], &second, Channel::Gap, DriftFinding { crossed: true, ..alarm(4) });
    assert_eq!(drift::lately(&history(&cards)).unwrap().0, "Places changed since check 4:");
}

#[test]
fn a_row_is_silent_about_alarms_older_than_a_year_or_before_a_new_start() {
    let mut cards = fallen(&Subject::Overall);
    cards[6].rebaseline = true;
    assert_eq!(drift::lately(&history(&cards)), None);
    cards[6].rebaseline = false;
    let mut later = quiet_cards(9).split_off(7);
    cards.append(&mut later);
    assert_eq!(drift::lately(&history(&cards)), None);
    assert!(drift::lately(&history(&cards[..8])).is_some());
}

#[test]
fn the_lede_tells_drift_only_where_a_result_mail_would() {
    let mut cards = quiet_cards(5);
    put(&mut cards[4], &indicator(), Channel::Level, alarm(3));
    assert!(!page(cards.clone()).contains("class=\"lede\""), "one indicator's alarm is its panel's matter");
    put(&mut cards[4], &Subject::Overall, Channel::Level, alarm(3));
    assert!(
        page(cards)
            .contains("<p class=\"lede\">Overall: Since check 3 people on both sides answer about 0.6 lower")
    );
}
