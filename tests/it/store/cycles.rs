//! Rounds, answers and scorecards: what happens once happens once.

use std::collections::BTreeMap;

use evenkeel::domain::cycle::{CycleState, InvitationState};
use evenkeel::domain::flags::{FlagState, FlagSubject, Reason, Severity};
use evenkeel::domain::ids::FlagId;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::publication::{self, Basis, CardFlag, PublishMeta, Scorecard};
use evenkeel::domain::scoring::{self, SideInput};
use evenkeel::store::flags::Cause;
use evenkeel::store::responses::{Link, OwnResponse};
use evenkeel::store::{
    Conn, Page, StoreError, cycles, flags, instruments, invitations, responses, scorecards,
};
use evenkeel::workflow::instruments::embedded;

use super::hour;
use super::rows::{Rows, invitation, round, rows};
use crate::support::Database;

on_both!(
    a_period_has_one_cycle,
    an_open_cycle_closes_once_and_no_other_does,
    a_cycle_is_due_from_its_closing_instant_on,
    a_member_is_invited_once_and_a_salt_can_be_erased,
    one_link_has_one_response_and_the_last_save_stands,
    every_save_changes_the_version_of_the_responses,
    a_frozen_scorecard_is_never_written_again,
    a_published_instrument_never_changes,
    an_indicator_has_one_open_episode,
);

const ALL: Page = Page { skip: 0, limit: 99 };

async fn a_period_has_one_cycle(database: &Database) {
    let store = database.store();
    let Rows { partnership, cycle, .. } = rows(&store).await;
    let again = move |conn: &mut Conn| cycles::insert(conn, &round(partnership, "2026-Q4"), hour(10));
    assert_eq!(store.write_tx(again).await.unwrap(), None);
    let next = move |conn: &mut Conn| cycles::insert(conn, &round(partnership, "2027-Q1"), hour(10));
    let next = store.write_tx(next).await.unwrap().expect("another period");
    assert_ne!(next, cycle);
    // The refused insert has not spoiled the transaction it happened in.
    let both = move |conn: &mut Conn| {
        let known = cycles::insert(conn, &round(partnership, "2027-Q1"), hour(10))?;
        Ok::<_, StoreError>((known, cycles::insert(conn, &round(partnership, "2027-Q2"), hour(10))?))
    };
    let (known, fresh) = store.write_tx(both).await.unwrap();
    assert!(known.is_none() && fresh.is_some());
}

async fn an_open_cycle_closes_once_and_no_other_does(database: &Database) {
    let store = database.store();
    let Rows { partnership, cycle, .. } = rows(&store).await;
    let close = move |conn: &mut Conn| cycles::close(conn, cycle, hour(200));
    let (one, two, three) = tokio::join!(store.write_tx(close), store.write_tx(close), store.write_tx(close));
    let won = [one.unwrap(), two.unwrap(), three.unwrap()];
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    let found = store.read(move |conn| cycles::find(conn, cycle)).await.unwrap().unwrap();
    assert_eq!((found.state, found.closed_at.map(|t| t.and_utc())), (CycleState::Closed, Some(hour(200))));
    let cancelled = store.write_tx(move |conn| cycles::cancel_open(conn, partnership, "test")).await.unwrap();
    assert_eq!(cancelled, Vec::new(), "a closed one cannot be cancelled");
}

async fn a_cycle_is_due_from_its_closing_instant_on(database: &Database) {
    let store = database.store();
    let Rows { cycle, .. } = rows(&store).await;
    let micro = chrono::TimeDelta::microseconds(1);
    let early = store.read(move |conn| cycles::due_to_close(conn, hour(200) - micro, ALL)).await.unwrap();
    assert!(early.is_empty());
    assert_eq!(store.read(move |conn| cycles::due_to_close(conn, hour(200), ALL)).await.unwrap(), [cycle]);
}

async fn a_member_is_invited_once_and_a_salt_can_be_erased(database: &Database) {
    let store = database.store();
    let Rows { cycle, members, people, sides, .. } = rows(&store).await;
    let twice = move |conn: &mut Conn| {
        invitations::insert(conn, cycle, &invitation(members[0], people[0], sides[0]), hour(9))
    };
    assert!(matches!(store.write_tx(twice).await, Err(StoreError::Conflict(_))));
    let hash = format!("hash-{}", members[0]);
    let find = move |conn: &mut Conn| responses::behind(conn, &hash);
    let found = store.read(find).await.unwrap().expect("by its hash").invitation;
    assert_eq!((found.state, found.person_id, found.side_id), (InvitationState::Open, people[0], sides[0]));
    let mark = move |conn: &mut Conn| {
        Ok::<_, StoreError>((
            invitations::mark_sent(conn, found.id)?,
            invitations::mark_sent(conn, found.id)?,
        ))
    };
    assert_eq!(store.write_tx(mark).await.unwrap(), (true, false), "sent once");
    store.write_tx(move |conn| invitations::erase_salts(conn, cycle)).await.unwrap();
    let all = store.read(move |conn| invitations::of_cycle(conn, cycle)).await.unwrap();
    assert!(all.len() == 2 && all.iter().all(|i| i.salt.is_none()));
}

fn respondent(rows: &Rows, n: usize) -> Link {
    Link {
        cycle_id: rows.cycle,
        answer_key: format!("key-{n}"),
        side_id: rows.sides[n],
        member_id: Some(rows.members[n]),
    }
}

fn answers(vision: u8) -> OwnResponse {
    OwnResponse {
        answers: BTreeMap::from([("shared_vision".to_owned(), Some(vision))]),
        ..OwnResponse::default()
    }
}

async fn one_link_has_one_response_and_the_last_save_stands(database: &Database) {
    let store = database.store();
    let rows = rows(&store).await;
    for vision in [2, 5] {
        store
            .write_tx(move |conn| responses::save(conn, &respondent(&rows, 0), &answers(vision), hour(20)))
            .await
            .unwrap();
    }
    let own = store.read(move |conn| responses::own(conn, rows.cycle, "key-0")).await.unwrap().unwrap();
    assert_eq!((own.answers, own.saved_at), (answers(5).answers, Some(hour(20))));
    assert_eq!(store.read(move |conn| responses::for_close(conn, rows.cycle)).await.unwrap().len(), 1);
    assert!(store.read(move |conn| responses::own(conn, rows.cycle, "key-1")).await.unwrap().is_none());
    let counts = store.read(move |conn| invitations::counts(conn, &[rows.cycle])).await.unwrap();
    let mut counts: Vec<(bool, u32, u32)> =
        counts.iter().map(|c| (c.side_id == rows.sides[0], c.invited, c.answered)).collect();
    counts.sort_unstable();
    assert_eq!(counts, [(false, 1, 0), (true, 1, 1)]);
}

/// The close computes outside its write and asks for the version inside it: a save that it would miss loses an answer.
async fn every_save_changes_the_version_of_the_responses(database: &Database) {
    let store = database.store();
    let rows = rows(&store).await;
    // Ben's save carries the latest instant; Ada's second one waited in a queue and carries an earlier one.
    let saves = [(0, 2, hour(20)), (1, 3, hour(30)), (0, 5, hour(25)), (0, 4, hour(25))];
    let mut versions = Vec::new();
    for (n, vision, at) in saves {
        store
            .write_tx(move |conn| responses::save(conn, &respondent(&rows, n), &answers(vision), at))
            .await
            .unwrap();
        versions.push(store.read(move |conn| responses::version(conn, rows.cycle)).await.unwrap());
    }
    for (n, version) in versions.iter().enumerate() {
        assert!(!versions[..n].contains(version), "save {n} left no trace: {versions:?}");
    }
}

fn card(rows: &Rows, vision: u8) -> Scorecard {
    let instrument = embedded().unwrap().remove(0);
    let inputs: Vec<SideInput> = rows
        .sides
        .iter()
        .map(|side| SideInput {
            side: *side,
            name: "side".to_owned(),
            invited: 1,
            respondents: vec![answers(vision).answers],
        })
        .collect();
    let figures = scoring::score_cycle(&instrument, &inputs, &BTreeMap::new());
    let meta = PublishMeta {
        cycle_id: rows.cycle,
        partnership_id: rows.partnership,
        partnership: "N × B".to_owned(),
        period: "2026-Q4".to_owned(),
        opened_at: hour(9),
        closed_at: hour(200),
    };
    publication::publish(&figures, &instrument, Mode::Representative, 1, &meta)
}

async fn a_frozen_scorecard_is_never_written_again(database: &Database) {
    let store = database.store();
    let rows = rows(&store).await;
    let (first, other) = (card(&rows, 4), card(&rows, 1));
    assert_ne!(first, other);
    let frozen = first.clone();
    store
        .write_tx(move |conn| scorecards::insert(conn, &first, None, &Basis::default(), hour(200)))
        .await
        .unwrap();
    let again = store
        .write_tx(move |conn| scorecards::insert(conn, &other, None, &Basis::default(), hour(201)))
        .await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    assert_eq!(
        store.read(move |conn| scorecards::find(conn, rows.cycle)).await.unwrap(),
        Some(frozen.clone())
    );
    let last = move |conn: &mut Conn| scorecards::last(conn, rows.partnership, "quarterly-health-review", 8);
    assert_eq!(store.read(last).await.unwrap(), [frozen]);
}

async fn a_published_instrument_never_changes(database: &Database) {
    let store = database.store();
    let published = embedded().unwrap().remove(0);
    for _ in 0..2 {
        let same = published.clone();
        store.write_tx(move |conn| instruments::publish(conn, &same, hour(0))).await.unwrap();
    }
    let mut other = published.clone();
    "Another wording?".clone_into(&mut other.indicators[0].question);
    let refused = store.write_tx(move |conn| instruments::publish(conn, &other, hour(1))).await;
    assert!(matches!(&refused, Err(StoreError::Conflict(why)) if why.contains("new version")), "{refused:?}");
    let stored = store.read(|conn| instruments::latest(conn, "quarterly-health-review")).await.unwrap();
    assert_eq!(stored, Some(published));
}

fn cause(rows: &Rows) -> Cause<'static> {
    Cause {
        partnership_id: rows.partnership,
        instrument_id: "quarterly-health-review",
        cycle_id: rows.cycle,
        at: hour(200),
    }
}

async fn an_indicator_has_one_open_episode(database: &Database) {
    let store = database.store();
    let rows = rows(&store).await;
    let change = |id: FlagId, state: FlagState, severity: Severity| CardFlag {
        id,
        subject: FlagSubject::Indicator("joint_kpi".to_owned()),
        reasons: vec![if severity == Severity::Act { Reason::Red } else { Reason::Amber }],
        severity: Some(severity),
        state,
        unmeasured: false,
    };
    let record =
        |change: CardFlag| store.write_tx(move |conn: &mut Conn| flags::record(conn, cause(&rows), &change));
    let (id, second) = (FlagId::mint(hour(200)), FlagId::mint(hour(201)));
    record(change(id, FlagState::Raised, Severity::Act)).await.unwrap();
    let twice = record(change(second, FlagState::Raised, Severity::Act)).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))));
    record(change(id, FlagState::Held, Severity::Discuss)).await.unwrap();
    let open =
        store.read(move |conn| flags::open(conn, rows.partnership, "quarterly-health-review")).await.unwrap();
    assert_eq!((open.len(), open[0].id, open[0].severity), (1, id, Severity::Discuss));
    record(change(id, FlagState::Cleared, Severity::Discuss)).await.unwrap();
    record(change(second, FlagState::Raised, Severity::Act)).await.unwrap();
    let history = store.read(move |conn| flags::history(conn, rows.partnership, 9)).await.unwrap();
    let told: Vec<(FlagId, FlagState)> = history.iter().map(|flag| (flag.id, flag.state)).collect();
    assert_eq!(told, [(second, FlagState::Raised), (id, FlagState::Cleared)], "open ones first");
}
