//! The laws of proposals, over every size of partnership and random answers.

use proptest::prelude::*;

use super::*;

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::hours(hours)
}

fn life(sides: usize, proposed: Option<usize>) -> ProposalLife {
    let sides: Vec<SideId> = (0..sides).map(|_| SideId::mint_random()).collect();
    ProposalLife {
        state: ProposalState::Open,
        proposed_side: proposed.map(|n| sides[n]),
        sides,
        answers: BTreeMap::new(),
        expires_at: at(0) + ANSWER_WITHIN,
    }
}

/// Answers one after the other, as the workflow does; gives what each one came to.
fn tell(life: &mut ProposalLife, answers: &[(usize, SideAnswer)], now: DateTime<Utc>) -> Vec<ProposalState> {
    let mut states = Vec::new();
    for (side, answer) in answers {
        let side = life.sides[*side];
        if let Ok(state) = life.answer(side, *answer, now) {
            life.answers.insert(side, *answer);
            life.state = state;
            states.push(state);
        }
    }
    states
}

#[test]
fn the_other_of_two_sides_decides_with_one_word() {
    let two = life(2, Some(0));
    assert_eq!(two.answer(two.sides[1], SideAnswer::Approved, at(1)), Ok(ProposalState::Approved));
    assert_eq!(two.answer(two.sides[1], SideAnswer::Declined, at(1)), Ok(ProposalState::Declined));
    assert_eq!(two.answer(two.sides[0], SideAnswer::Approved, at(1)), Err(ProposalError::OwnProposal));
    let stranger = SideId::mint_random();
    assert_eq!(two.answer(stranger, SideAnswer::Approved, at(1)), Err(ProposalError::NoSide));
}

#[test]
fn an_expired_proposal_takes_no_answer_even_before_that_is_written_down() {
    let two = life(2, Some(0));
    let last = two.expires_at - TimeDelta::microseconds(1);
    assert!(two.answer(two.sides[1], SideAnswer::Approved, last).is_ok());
    let over = two.answer(two.sides[1], SideAnswer::Approved, two.expires_at);
    assert_eq!(over, Err(ProposalError::Expired));
    assert_eq!(two.state_at(two.expires_at), ProposalState::Expired);
    assert_eq!(two.withdraw(two.proposed_side, false, two.expires_at), Err(ProposalError::Expired));
}

#[test]
fn only_the_one_who_proposed_and_their_side_withdraw() {
    let two = life(2, Some(0));
    assert_eq!(two.withdraw(Some(two.sides[0]), false, at(1)), Ok(ProposalState::Withdrawn));
    assert_eq!(two.withdraw(Some(two.sides[1]), false, at(1)), Err(ProposalError::NotYours));
    let for_nobody = life(2, None);
    assert_eq!(for_nobody.withdraw(None, true, at(1)), Ok(ProposalState::Withdrawn));
    assert_eq!(for_nobody.withdraw(None, false, at(1)), Err(ProposalError::NotYours));
}

#[test]
fn a_reason_is_one_clean_line() {
    assert_eq!(clean_reason(" \r\n "), Ok(String::new()));
    assert_eq!(clean_reason("a\u{202E}b"), Err(ReasonError::Control));
    assert_eq!(clean_reason("a\0b"), Err(ReasonError::Control));
    assert_eq!(clean_reason(&"é".repeat(501)), Err(ReasonError::TooLong(501)));
    assert_eq!(clean_reason("Bcc: x\r\nTo: y"), Ok("Bcc: x To: y".to_owned()));
}

fn some_answer() -> impl Strategy<Value = SideAnswer> {
    prop_oneof![4 => Just(SideAnswer::Approved), 1 => Just(SideAnswer::Declined)]
}

proptest! {
    #[test]
    fn it_is_approved_exactly_when_every_needed_side_said_yes_before_any_no(
        sides in 2_usize..=4,
        proposed in proptest::option::of(0_usize..4),
        answers in proptest::collection::vec((0_usize..4, some_answer()), 0..12),
    ) {
        let proposed = proposed.filter(|n| *n < sides);
        let answers: Vec<_> = answers.into_iter().filter(|(n, _)| *n < sides).collect();
        let mut life = life(sides, proposed);
        let states = tell(&mut life, &answers, at(1));
        let all_yes = life.needed().iter().all(|s| life.answers.get(s) == Some(&SideAnswer::Approved));
        let any_no = life.answers.values().any(|a| *a == SideAnswer::Declined);
        prop_assert_eq!(life.state == ProposalState::Approved, all_yes);
        prop_assert_eq!(life.state == ProposalState::Declined, any_no);
        // It leaves open once, and nothing is taken after that.
        let decided = states.iter().filter(|s| **s != ProposalState::Open).count();
        prop_assert!(decided <= 1);
        prop_assert_eq!(decided == 1, states.last().is_some_and(|s| *s != ProposalState::Open));
    }

    #[test]
    fn no_side_answers_twice_and_none_for_its_own_proposal(
        sides in 2_usize..=4,
        answers in proptest::collection::vec((0_usize..4, some_answer()), 0..12),
    ) {
        let answers: Vec<_> = answers.into_iter().filter(|(n, _)| *n < sides).collect();
        let mut life = life(sides, Some(0));
        let taken = tell(&mut life, &answers, at(1)).len();
        prop_assert_eq!(taken, life.answers.len());
        prop_assert!(!life.answers.contains_key(&life.sides[0]));
        for side in &life.sides {
            if life.answers.contains_key(side) {
                prop_assert!(life.answer(*side, SideAnswer::Declined, at(1)).is_err());
            }
        }
    }
}
