use super::*;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const TODAY: &str = "2026-12-15";

fn checked() -> Given {
    Given { checked_at: at("2026-12-10T16:00:00Z"), ..Given::default() }
}

fn action(due_on: &str, state: ActionState, settled_at: Option<&str>) -> Promise {
    Promise {
        text: "Call the ops lead".to_owned(),
        due_on: on(due_on),
        state,
        settled_at: settled_at.map(at),
    }
}

fn needs(severity: Severity, given: &Given) -> String {
    let sides: Vec<SideId> = Vec::new();
    missing(severity, given, &sides, on(TODAY)).map_or_else(String::new, |own| own.words(|_| String::new()))
}

#[test]
fn a_flag_to_discuss_needs_a_note_since_the_last_check() {
    assert_eq!(needs(Severity::Discuss, &checked()), "a note");
    let old = Given { notes: vec![at("2026-12-10T15:59:59Z")], ..checked() };
    assert_eq!(needs(Severity::Discuss, &old), "a note");
    let new = Given { notes: vec![at("2026-12-10T15:59:59Z"), at("2026-12-10T16:00:00Z")], ..checked() };
    assert_eq!(needs(Severity::Discuss, &new), "");
    let promised = Given { promises: vec![action("2027-01-15", ActionState::Open, None)], ..checked() };
    assert_eq!(needs(Severity::Discuss, &promised), "a note", "an action is no note");
}

#[test]
fn a_flag_to_act_on_needs_a_note_of_this_episode_and_an_action() {
    assert_eq!(needs(Severity::Act, &checked()), "a note and an action");
    let noted = Given { notes: vec![at("2026-09-20T10:00:00Z")], ..checked() };
    assert_eq!(needs(Severity::Act, &noted), "an action", "an earlier check's note is enough");
    let promises = vec![action("2027-01-15", ActionState::Open, None)];
    assert_eq!(needs(Severity::Act, &Given { promises: promises.clone(), ..checked() }), "a note");
    assert_eq!(needs(Severity::Act, &Given { promises, ..noted }), "");
}

#[test]
fn an_action_stops_answering_when_it_is_overdue_dropped_or_done_in_vain() {
    let noted =
        |promises: Vec<Promise>| Given { notes: vec![at("2026-09-20T10:00:00Z")], promises, ..checked() };
    let of = |own: Promise| needs(Severity::Act, &noted(vec![own]));
    assert_eq!(of(action(TODAY, ActionState::Open, None)), "", "the due day itself counts");
    assert_eq!(
        of(action("2026-12-14", ActionState::Open, None)),
        "another action: “Call the ops lead” was due on 14 Dec 2026"
    );
    let after = Some("2026-12-10T16:00:00Z");
    assert_eq!(of(action("2026-12-12", ActionState::Done, after)), "", "done since the last check");
    assert_eq!(
        of(action("2026-12-12", ActionState::Done, Some("2026-12-10T15:00:00Z"))),
        "another action: “Call the ops lead” is done, and the flag stands"
    );
    assert_eq!(of(action("2027-12-12", ActionState::Dropped, after)), "an action");
    let second = vec![action("2026-12-14", ActionState::Open, None), action(TODAY, ActionState::Open, None)];
    assert_eq!(needs(Severity::Act, &noted(second)), "", "another one answers");
}

#[test]
fn an_acceptance_needs_every_signature_and_ends() {
    let sides: Vec<SideId> = (0..3).map(|_| SideId::mint_random()).collect();
    let names = |side: SideId| format!("S{}", sides.iter().position(|own| *own == side).unwrap());
    let given = |until: &str, signed: usize| Given {
        consents: vec![Consent { until_on: on(until), signed: sides[..signed].to_vec() }],
        ..checked()
    };
    let needs = |severity, given: &Given| {
        missing(severity, given, &sides, on(TODAY)).map_or_else(String::new, |own| own.words(names))
    };
    for severity in [Severity::Act, Severity::Discuss] {
        assert_eq!(needs(severity, &given(TODAY, 3)), "", "the last day counts");
        assert_eq!(needs(severity, &given(TODAY, 2)), "the signature of S2");
        assert_eq!(needs(severity, &given(TODAY, 1)), "the signatures of S1 and S2");
    }
    assert_eq!(needs(Severity::Act, &given("2026-12-14", 3)), "a note and an action");
    assert_eq!(needs(Severity::Discuss, &given("2026-12-14", 1)), "a note");
}

#[test]
fn a_review_closes_with_the_last_side_or_after_seven_days_of_silence() {
    let sides: Vec<SideId> = (0..2).map(|_| SideId::mint_random()).collect();
    let now = at("2026-12-20T10:00:00Z");
    let life = |confirmed: &[(SideId, DateTime<Utc>)]| ReviewLife {
        sides: sides.clone(),
        confirmed: confirmed.to_vec(),
    };
    assert!(!life(&[]).is_over(now + TimeDelta::days(400)));
    let one = life(&[(sides[1], now)]);
    assert_eq!(one.waits_for(), [sides[0]]);
    assert!(!one.is_over(now + SILENCE - TimeDelta::seconds(1)) && one.is_over(now + SILENCE));
    assert!(life(&[(sides[1], now), (sides[0], now)]).is_over(now));
}

#[test]
fn texts_are_cleaned_and_bounded_and_days_too() {
    assert_eq!(clean_note("  \u{202e}Talked.\r\n "), Ok("Talked.".to_owned()));
    assert_eq!(clean_note(" \n"), Ok(String::new()));
    assert_eq!(clean_text(" \n"), Err(ReviewInputError::Empty));
    assert_eq!(clean_text(&"x".repeat(2_000)).unwrap().len(), 2_000);
    assert_eq!(clean_text(&"x".repeat(2_001)), Err(ReviewInputError::TooLong(2_001)));
    assert_eq!(clean_text(&"x".repeat(4_001)), Err(ReviewInputError::TooLong(4_001)));
    for (day, fits) in [("2026-12-14", false), (TODAY, true), ("2027-12-15", true), ("2027-12-16", false)] {
        assert_eq!(check_day(on(day), on(TODAY)).is_ok(), fits, "{day}");
    }
}

#[test]
fn a_long_text_is_named_by_its_first_line() {
    assert_eq!(named("Call the ops lead\nand ask"), "Call the ops lead");
    assert_eq!(named(&"x".repeat(81)).chars().count(), 80);
}
