//! What a viewer may see, all the way to the HTML and the SVG.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::partnership::{Material, page};
use super::{History, Reader, charts, cycle, flags};
use crate::domain::cycle::CycleState;
use crate::domain::flags::{FlagState, FlagSubject, Reason, Severity};
use crate::domain::ids::{CycleId, FlagId, PartnershipId, SideId};
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::domain::publication::{CardFlag, PublishMeta, Scorecard, Unseen, publish};
use crate::domain::scoring::{Rating, RatingReason, SideInput, Subject, score_cycle};
use crate::store::access::Seat;
use crate::store::cycles::Cycle;
use crate::store::flags::Flag;
use crate::store::invitations::SideCount;
use crate::store::partnerships::{Partnership, Side};
use crate::web::pages::view::Chrome;

const PARTNERSHIP: &str = "00000000-0000-4000-8000-0000000000ff";

pub(super) fn side_id(n: usize) -> SideId {
    format!("00000000-0000-4000-8000-{n:012}").parse().unwrap()
}

pub(super) fn cycle_id(n: usize) -> CycleId {
    format!("00000000-0000-4000-8000-0000000001{n:02}").parse().unwrap()
}

fn instrument() -> Instrument {
    crate::workflow::instruments::embedded().unwrap().remove(0)
}

pub(super) fn at(check: usize) -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_918_400, 0).unwrap() + TimeDelta::days(91 * i64::try_from(check).unwrap())
}

/// A check in which everybody of a side gives the same point to every indicator, for each entry.
pub(super) fn card(check: usize, mode: Mode, sides: &[(&str, &[u8])]) -> Scorecard {
    let instrument = instrument();
    let everything =
        |point: u8| instrument.indicators.iter().map(|own| (own.id.clone(), Some(point))).collect();
    let inputs: Vec<SideInput> = sides
        .iter()
        .enumerate()
        .map(|(n, (name, points))| SideInput {
            side: side_id(n),
            name: (*name).to_owned(),
            invited: 6,
            respondents: points.iter().map(|point| everything(*point)).collect(),
        })
        .collect();
    let figures = score_cycle(&instrument, &inputs, &BTreeMap::new());
    let meta = PublishMeta {
        cycle_id: cycle_id(check),
        partnership_id: PARTNERSHIP.parse().unwrap(),
        partnership: "Northmoor & Brightwater".to_owned(),
        period: format!("check {check}"),
        opened_at: at(check) - TimeDelta::days(9),
        closed_at: at(check),
    };
    publish(&figures, &instrument, mode, mode.default_floor(), &meta)
}

fn seat(names: &[&str], own: Option<usize>) -> Seat {
    let id: PartnershipId = PARTNERSHIP.parse().unwrap();
    Seat {
        partnership: Partnership {
            id,
            name: names.join(" × "),
            zone: "Europe/Berlin".to_owned(),
            state: PartnershipState::Active,
            created_at: at(0).naive_utc(),
            ended_at: None,
            shelved_at: None,
            view_of: None,
        },
        sides: names
            .iter()
            .enumerate()
            .map(|(n, name)| Side {
                id: side_id(n),
                partnership_id: id,
                place: i32::try_from(n).unwrap(),
                name: (*name).to_owned(),
                organisation_id: None,
                view_of: None,
            })
            .collect(),
        member: None,
        led: own.map(side_id).into_iter().collect(),
        whole: false,
    }
}

fn flag(check: usize, last: usize, subject: FlagSubject, reasons: &[Reason]) -> Flag {
    Flag {
        id: FlagId::mint_random(),
        partnership_id: PARTNERSHIP.parse().unwrap(),
        instrument_id: "quarterly-health-review".to_owned(),
        subject,
        reasons: reasons.to_vec(),
        severity: Severity::Act,
        state: if check == last { FlagState::Raised } else { FlagState::Held },
        raised_cycle_id: cycle_id(check),
        raised_at: at(check),
        last_cycle_id: cycle_id(last),
        unmeasured: false,
        cleared_at: None,
        debt_from: None,
        answered_at: None,
    }
}

pub(super) fn html(names: &[&str], own: Option<usize>, cards: Vec<Scorecard>, flags: Vec<Flag>) -> String {
    let material = Material {
        seat: seat(names, own),
        cards,
        flags,
        given: BTreeMap::new(),
        promised: Vec::new(),
        reviews: Vec::new(),
        named: Vec::new(),
        cycles: Vec::new(),
        counts: Vec::new(),
        cadences: Vec::new(),
        proposals: Vec::new(),
        standing: super::acceptance::Standing::default(),
        members: Vec::new(),
    };
    let reader = Reader { zone: Tz::Europe__Berlin, now: at(9) };
    page(material, Chrome::default(), &reader, "Northmoor IT", None, "nobody").to_string()
}

pub(super) const TWO: [&str; 2] = ["Northmoor", "Brightwater"];
pub(super) const THREE: [&str; 3] = ["Northmoor", "Brightwater", "Castellan"];

#[test]
fn a_shown_card_names_every_side_with_its_mean() {
    let shown = card(0, Mode::Confidential, &[(TWO[0], &[4; 5]), (TWO[1], &[2; 5])]);
    let html = html(&TWO, Some(0), vec![shown], Vec::new());
    assert!(html.contains("c-side-a") && html.contains("4.0 (5)") && html.contains("2.0 (5)"));
}

#[test]
fn a_suppressed_card_yields_no_side_number_in_page_or_chart() {
    let hidden = card(0, Mode::Confidential, &[(TWO[0], &[5, 5]), (TWO[1], &[2, 2, 2, 2])]);
    assert!(hidden.total_shown && !hidden.sides_shown);
    let history = History::new(std::slice::from_ref(&hidden), Some(side_id(0)));
    let trend = charts::trend(&history, &Subject::Overall).unwrap().svg(true).unwrap();
    let bar = charts::gap_bar(history.latest().unwrap(), &Subject::Overall).unwrap().svg(true).unwrap();
    let html = html(&TWO, Some(0), vec![hidden], Vec::new());
    for text in [&trend, &bar, &html] {
        // The means 5.0 and 2.0 and the gap 3.0; the axis says 5 and 2 without a decimal.
        assert!(text.contains("3.5"), "the total is shown");
        for betrayed in ["5.0", "2.0", "gap 3", "2.0 (4)"] {
            assert!(!text.contains(betrayed), "{betrayed} in {text}");
        }
    }
    assert!(html.contains("not shown (too few answers)"));
    // The legend has the signs that are drawn, and nothing is promised of a drift that is not shown.
    assert!(html.contains("</svg>all sides together</li>"));
    for absent in ["drift onset", "on watch", "90 % interval", "</svg>gap</li>", "people a side, a drop of"] {
        assert!(!html.contains(absent), "{absent}");
    }
}

#[test]
fn a_silent_sides_viewer_sees_counts_and_nothing_more() {
    let with_silence =
        card(0, Mode::Representative, &[(THREE[0], &[]), (THREE[1], &[4; 5]), (THREE[2], &[2; 5])]);
    let red = flag(0, 0, FlagSubject::Indicator("communication".to_owned()), &[Reason::GapLarge]);
    let silent = flag(0, 0, FlagSubject::Partnership, &[Reason::SilentSide, Reason::DriftOverall]);
    let flags = vec![red, silent];
    let own = html(&THREE, Some(0), vec![with_silence.clone()], flags.clone());
    for betrayed in
        ["3.0", "4.0", "2.0", "stand far apart", "tile t-a", "tile t-r", "overall drift", "Medium</span>"]
    {
        assert!(!own.contains(betrayed), "{betrayed} is shown");
    }
    assert!(own.contains("0 of 6") && own.contains("5 of 6") && own.contains("A side was silent"));
    let other = html(&THREE, Some(1), vec![with_silence], flags);
    assert!(other.contains("4.0 (5)") && other.contains("stand far apart"));
}

#[test]
fn a_flag_raised_in_a_withheld_check_is_dated_from_the_first_check_the_viewer_sees() {
    let sides = |own: &'static [u8]| [(THREE[0], own), (THREE[1], &[4; 5][..]), (THREE[2], &[2; 5][..])];
    let cards = [card(0, Mode::Representative, &sides(&[])), card(1, Mode::Representative, &sides(&[3; 5]))];
    let held = || vec![flag(0, 1, FlagSubject::Indicator("communication".to_owned()), &[Reason::GapLarge])];
    let own = flags::visible(held(), &History::new(&cards, Some(side_id(0))));
    assert_eq!((own[0].raised_at, own[0].raised_cycle_id), (at(1), cycle_id(1)));
    let other = flags::visible(held(), &History::new(&cards, Some(side_id(1))));
    assert_eq!(other[0].raised_at, at(0));
}

#[test]
fn a_flag_that_only_hysteresis_raised_is_not_shown_to_a_side_that_was_silent_before() {
    let sides = |own: &'static [u8], all: &'static [u8]| [(THREE[0], own), (THREE[1], all), (THREE[2], all)];
    let before = card(0, Mode::Representative, &sides(&[], &[3]));
    let mut held_back = card(1, Mode::Representative, &sides(&[4], &[4]));
    for own in &mut held_back.indicators {
        own.cell.rating = Rating::Amber;
        own.cell.rating_reason = Some(RatingReason::Hysteresis);
    }
    let subjects = held_back.indicators.iter().map(|own| Subject::Indicator(own.id.clone())).collect();
    held_back.unseen = Some(vec![Unseen { side: side_id(0), subjects, reasons: BTreeMap::new() }]);
    let communication = || FlagSubject::Indicator("communication".to_owned());
    let raised = |subject: FlagSubject, reasons: &[Reason], severity| CardFlag {
        id: FlagId::mint_random(),
        subject,
        reasons: reasons.to_vec(),
        severity: Some(severity),
        state: FlagState::Raised,
        unmeasured: false,
    };
    held_back.flags = vec![
        raised(communication(), &[Reason::Amber], Severity::Discuss),
        raised(
            FlagSubject::Indicator("joint_kpi".to_owned()),
            &[Reason::GapLarge, Reason::Amber],
            Severity::Act,
        ),
    ];
    let cards = [before, held_back];
    let amber = || vec![flag(1, 1, communication(), &[Reason::Amber])];
    let silent = History::new(&cards, Some(side_id(0)));
    let other = History::new(&cards, Some(side_id(1)));
    assert!(flags::visible(amber(), &silent).is_empty());
    assert_eq!(flags::visible(amber(), &other).len(), 1);
    // The scorecard and the list of flags say the same.
    let on_card = |history: &History| flags::of_card(history.latest().unwrap(), history.previous());
    let left: Vec<_> = on_card(&silent).into_iter().map(|flag| (flag.subject, flag.reasons)).collect();
    assert_eq!(left, [(FlagSubject::Indicator("joint_kpi".to_owned()), vec![Reason::GapLarge])]);
    assert_eq!(on_card(&other).len(), 2);
}

#[test]
fn a_flag_that_is_older_than_the_checks_of_a_page_is_still_not_dated_from_a_withheld_one() {
    let sides = |own: &'static [u8]| [(THREE[0], own), (THREE[1], &[4; 5][..]), (THREE[2], &[2; 5][..])];
    let raised = [card(0, Mode::Representative, &sides(&[]))];
    let shown =
        [card(5, Mode::Representative, &sides(&[3; 5])), card(6, Mode::Representative, &sides(&[3; 5]))];
    let held = || vec![flag(0, 6, FlagSubject::Indicator("communication".to_owned()), &[Reason::GapLarge])];
    let seen = |side: usize| {
        let side = Some(side_id(side));
        flags::visible(held(), &History::new(&shown, side).with_named(&raised, side)).remove(0).raised_at
    };
    assert_eq!((seen(0), seen(1)), (at(5), at(0)));
}

#[test]
fn when_one_side_answered_only_that_side_sees_its_mean() {
    let lone = || vec![card(0, Mode::Confidential, &[(TWO[0], &[4; 5]), (TWO[1], &[])])];
    assert!(html(&TWO, Some(0), lone(), Vec::new()).contains("4.0 (5)"));
    for viewer in [Some(1), None] {
        assert!(!html(&TWO, viewer, lone(), Vec::new()).contains("4.0"));
    }
}

#[test]
fn a_script_in_a_name_is_text_in_page_and_chart() {
    let names = ["<script>alert(1)</script>", "B"];
    let one = card(0, Mode::Representative, &[(names[0], &[4]), (names[1], &[2])]);
    let history = History::new(std::slice::from_ref(&one), Some(side_id(0)));
    let svg = charts::indicators(&history).unwrap().svg(true).unwrap();
    let bar = charts::gap_bar(history.latest().unwrap(), &Subject::Overall).unwrap().svg(true).unwrap();
    for text in [html(&names, Some(0), vec![one], Vec::new()), svg, bar] {
        assert!(!text.contains("<script>"), "{text}");
        assert!(text.contains("script&"));
    }
}

#[test]
fn another_wording_breaks_the_line_and_gives_no_change() {
    let sides: [(&str, &[u8]); 2] = [(TWO[0], &[4; 5]), (TWO[1], &[3; 5])];
    let mut newer = card(1, Mode::Confidential, &sides);
    newer.instrument.version = 2;
    let history = History::new(&[card(0, Mode::Confidential, &sides), newer], None);
    let trend = charts::trend(&history, &Subject::Overall).unwrap();
    assert_eq!(trend.points[1].break_before.as_deref(), Some("new wording (v2)"));
    assert_eq!(history.latest().unwrap().change(history.previous(), &Subject::Overall), None);
}

#[test]
fn the_gap_in_the_drawing_is_the_published_one() {
    // Means 3.75 and 3.14: rounded each by itself they would stand 0.7 apart, published is 0.6.
    let mut shown = card(0, Mode::Confidential, &[(TWO[0], &[4; 5]), (TWO[1], &[3; 5])]);
    let cell = &mut shown.overall;
    (cell.sides[0].mean, cell.sides[1].mean) = (Some(3.8), Some(3.1));
    cell.gap.as_mut().unwrap().value = 0.6;
    let history = History::new(&[shown], None);
    let bar = charts::gap_bar(history.latest().unwrap(), &Subject::Overall).unwrap().svg(false).unwrap();
    assert!(bar.contains("gap 0.6") && !bar.contains("gap 0.7"));
}

fn running(mode: Mode, floor_k: i32) -> Cycle {
    Cycle {
        id: cycle_id(0),
        partnership_id: PARTNERSHIP.parse().unwrap(),
        instrument_id: "quarterly-health-review".to_owned(),
        instrument_version: 1,
        period: "2026-Q4".to_owned(),
        origin: "scheduled".to_owned(),
        mode,
        floor_k,
        opens_at: at(0).naive_utc(),
        closes_at: at(1).naive_utc(),
        state: CycleState::Open,
        reason: None,
        closed_at: None,
        rebaseline: false,
        comments: true,
        keep_months: None,
    }
}

#[test]
fn counts_of_answers_are_told_for_all_sides_or_for_none() {
    let sides = seat(&TWO, None).sides;
    let counts = |invited: [u32; 2]| {
        let count = |n: usize| SideCount {
            cycle_id: cycle_id(0),
            side_id: side_id(n),
            invited: invited[n],
            answered: 1,
            handed: 0,
        };
        [count(0), count(1)]
    };
    let answered = |mode, invited| -> Vec<Option<usize>> {
        cycle::counts(&running(mode, 3), &sides, &counts(invited)).iter().map(|row| row.answered).collect()
    };
    assert_eq!(answered(Mode::Confidential, [5, 3]), [Some(1), Some(1)]);
    assert_eq!(answered(Mode::Confidential, [5, 2]), [None, None, Some(2)]);
    assert_eq!(answered(Mode::Confidential, [1, 1]), [None, None, None]);
    assert_eq!(answered(Mode::Named, [1, 1]), [Some(1), Some(1)]);
}
