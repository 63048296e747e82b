//! Acts that need every side, and what a side does alone.

use evenkeel::domain::cycle::CycleState;
use evenkeel::domain::ids::{MemberId, ProposalId};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::proposal::{ProposalState, SideAnswer};
use evenkeel::store::cycles::Cycle;
use evenkeel::store::{bounces, partnerships, proposals as rows};
use evenkeel::workflow::proposals::{self, Deed, Proposed, Speaker};
use evenkeel::workflow::save_response::open_form;
use evenkeel::workflow::{Refusal, own_side};

use crate::support::{Database, Mail, Pair, Side, TestApp, utc};

on_both!(
    the_other_side_agrees_and_the_check_closes_early_with_a_result_for_both,
    a_no_ends_a_proposal_and_its_reason_goes_back,
    a_proposal_expires_after_seven_days_and_its_side_hears_of_it,
    of_three_sides_both_others_must_agree,
    of_four_sides_all_three_others_must_agree,
    two_last_approvals_at_the_same_moment_act_once,
    a_program_for_no_side_needs_every_side,
    a_side_without_a_manager_cannot_be_asked,
    the_same_is_proposed_once_and_again_after_a_withdrawal,
    a_cancelled_check_has_no_result_and_dead_links,
    what_was_proposed_about_a_check_ends_with_it,
    an_extension_moves_reminders_and_close_and_the_other_side_is_told,
    a_reminder_asked_for_goes_to_those_who_have_not_sent_and_once_a_day,
    a_withdrawn_invitation_opens_nothing,
    an_address_is_corrected_only_for_a_respondent_whose_mail_was_refused,
);

const START: &str = "2026-11-01T10:00:00Z";
const OPENS: &str = "2026-12-01T08:00:00Z";

/// An open check of so many sides; each has a manager who answers and one more respondent. The tokens are theirs.
async fn open_check(database: &Database, sides: usize) -> (TestApp, Pair, Cycle, Vec<(String, String)>) {
    let app = TestApp::on(database, START).await;
    let all = [
        Side("Northmoor", "Mara", &["Mara", "Ada"]),
        Side("Brightwater", "Noor", &["Noor", "Ben"]),
        Side("Clearlake", "Cleo", &["Cleo", "Cem"]),
        Side("Dunmore", "Dora", &["Dora", "Dan"]),
    ];
    let pair = app.partnership_of(&all[..sides]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at(OPENS).await;
    let tokens = app.mails().iter().map(|m| (first(m), m.survey_token())).collect();
    let cycle = app.cycle(&pair).await;
    (app, pair, cycle, tokens)
}

fn first(mail: &Mail) -> String {
    mail.to.split('@').next().unwrap_or_default().to_owned()
}

async fn manager(app: &TestApp, pair: &Pair, name: &str, side: usize) -> Speaker {
    Speaker { actor: app.person(name).await.to_string(), side: Some(pair.sides[side]) }
}

async fn propose(app: &TestApp, pair: &Pair, speaker: Speaker, deed: Deed) -> Result<ProposalId, Refusal> {
    let made = proposals::propose(&app.ctx, speaker, pair.id, deed, "Everybody has sent.", app.now()).await?;
    match made {
        Proposed::Waits(id) => Ok(id),
        Proposed::Done => panic!("it needed nobody"),
    }
}

async fn say(
    app: &TestApp,
    speaker: Speaker,
    id: ProposalId,
    answer: SideAnswer,
) -> Result<ProposalState, Refusal> {
    proposals::answer(&app.ctx, speaker, id, answer, "Two of us are ill.", app.now()).await
}

async fn state(app: &TestApp, id: ProposalId) -> ProposalState {
    app.ctx.store.read(move |conn| rows::find(conn, id)).await.unwrap().unwrap().state
}

async fn the_other_side_agrees_and_the_check_closes_early_with_a_result_for_both(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 2).await;
    for (_, token) in &tokens {
        app.answer(token, [4; 5]).await;
    }
    app.clock.jump_to(utc("2026-12-02T09:00:00Z"));
    let mara = manager(&app, &pair, "Mara", 0).await;
    let id = propose(&app, &pair, mara.clone(), Deed::CloseEarly(cycle.id)).await.unwrap();
    app.tick().await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(first).collect::<Vec<_>>(), ["noor"], "only the side that must decide");
    let mail = &mails[0];
    assert_eq!(mail.subject, "Northmoor × Brightwater: your decision is asked");
    let flat = mail.flat();
    for words in [
        "Close 2026-Q4 now instead of at its time.",
        "Proposed by Mara for Northmoor.",
        "Why: Everybody has sent.",
        "Without an answer it expires Wed 9 Dec, 10:00 Berlin.",
        &format!("/cycles/{}", cycle.id),
    ] {
        assert!(flat.contains(words), "{words} in {flat}");
    }
    assert!(app.scorecard(cycle.id).await.is_none(), "nothing before the last word");
    assert!(say(&app, mara, id, SideAnswer::Approved).await.is_err(), "not for the other side");
    let noor = manager(&app, &pair, "Noor", 1).await;
    assert_eq!(say(&app, noor.clone(), id, SideAnswer::Approved).await.unwrap(), ProposalState::Approved);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara", "noor"], "the result, at once");
    assert_eq!(app.cycle(&pair).await.state, CycleState::Closed);
    let card = app.scorecard(cycle.id).await.expect("a result");
    assert_eq!(card.closed_at, app.now());
    assert!(app.save(&tokens[0].1, "communication", Some(1)).await.is_err());
    assert!(say(&app, noor, id, SideAnswer::Approved).await.is_err(), "it was decided");
    app.at("2026-12-10T16:00:00Z").await;
    assert!(app.recipients().is_empty(), "no reminder and no second result");
}

async fn a_no_ends_a_proposal_and_its_reason_goes_back(database: &Database) {
    let (app, pair, cycle, _) = open_check(database, 2).await;
    let mara = manager(&app, &pair, "Mara", 0).await;
    let id = propose(&app, &pair, mara, Deed::CancelCycle(cycle.id)).await.unwrap();
    let noor = manager(&app, &pair, "Noor", 1).await;
    assert_eq!(say(&app, noor, id, SideAnswer::Declined).await.unwrap(), ProposalState::Declined);
    app.tick().await;
    let mails = app.mails();
    assert_eq!(
        mails.iter().map(first).collect::<Vec<_>>(),
        ["mara"],
        "the question is moot, the answer is told"
    );
    assert_eq!(mails[0].subject, "Northmoor × Brightwater: a proposal was declined");
    let flat = mails[0].flat();
    assert!(flat.contains("Declined by Noor for Brightwater. Why: Two of us are ill."), "{flat}");
    assert_eq!(app.cycle(&pair).await.state, CycleState::Open);
}

async fn a_proposal_expires_after_seven_days_and_its_side_hears_of_it(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 2).await;
    for (_, token) in &tokens {
        app.answer(token, [4; 5]).await;
        app.send(token).await;
    }
    let mara = manager(&app, &pair, "Mara", 0).await;
    let id = propose(&app, &pair, mara, Deed::CloseEarly(cycle.id)).await.unwrap();
    app.tick().await;
    assert_eq!(app.recipients(), ["noor"]);
    app.clock.jump_to(utc("2026-12-08T08:00:00Z"));
    // Before any tick has written it down.
    let noor = manager(&app, &pair, "Noor", 1).await;
    let late = say(&app, noor, id, SideAnswer::Approved).await.unwrap_err();
    assert_eq!(late.to_string(), "This proposal has expired; propose it again.");
    assert_eq!(state(&app, id).await, ProposalState::Expired);
    app.tick().await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(first).collect::<Vec<_>>(), ["mara"]);
    assert_eq!(mails[0].subject, "Northmoor × Brightwater: a proposal has expired");
    assert_eq!(app.cycle(&pair).await.state, CycleState::Open);
}

async fn of_three_sides_both_others_must_agree(database: &Database) {
    every_other_side_must_agree(database, 3).await;
}

async fn of_four_sides_all_three_others_must_agree(database: &Database) {
    every_other_side_must_agree(database, 4).await;
}

async fn every_other_side_must_agree(database: &Database, sides: usize) {
    let (app, pair, cycle, _) = open_check(database, sides).await;
    let mara = manager(&app, &pair, "Mara", 0).await;
    let id = propose(&app, &pair, mara, Deed::CancelCycle(cycle.id)).await.unwrap();
    app.tick().await;
    assert_eq!(app.recipients().len(), sides - 1);
    for (place, name) in ["Noor", "Cleo", "Dora"].iter().enumerate().take(sides - 1) {
        assert_eq!(app.cycle(&pair).await.state, CycleState::Open);
        let speaker = manager(&app, &pair, name, place + 1).await;
        let after = say(&app, speaker.clone(), id, SideAnswer::Approved).await.unwrap();
        let last = place + 2 == sides;
        assert_eq!(after, if last { ProposalState::Approved } else { ProposalState::Open });
        assert!(say(&app, speaker, id, SideAnswer::Declined).await.is_err(), "a side answers once");
    }
    assert_eq!(app.cycle(&pair).await.state, CycleState::Cancelled);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"]);
}

async fn two_last_approvals_at_the_same_moment_act_once(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 3).await;
    for (_, token) in &tokens {
        app.answer(token, [4; 5]).await;
    }
    let mara = manager(&app, &pair, "Mara", 0).await;
    let id = propose(&app, &pair, mara, Deed::CloseEarly(cycle.id)).await.unwrap();
    let noor = manager(&app, &pair, "Noor", 1).await;
    let cleo = manager(&app, &pair, "Cleo", 2).await;
    let tick = app.worker.run_due(app.now());
    let (a, b, c, d, _) = tokio::join!(
        say(&app, noor.clone(), id, SideAnswer::Approved),
        say(&app, cleo.clone(), id, SideAnswer::Approved),
        say(&app, noor, id, SideAnswer::Approved),
        say(&app, cleo, id, SideAnswer::Approved),
        tick,
    );
    let told: Vec<ProposalState> = [a, b, c, d].into_iter().flatten().collect();
    assert_eq!(told.iter().filter(|s| **s == ProposalState::Approved).count(), 1, "{told:?}");
    assert_eq!(told.len(), 2, "each side answered once: {told:?}");
    app.tick().await;
    let mut results: Vec<String> =
        app.mails().iter().filter(|m| !m.subject.ends_with("is asked")).map(first).collect();
    results.sort();
    assert_eq!(results, ["cleo", "mara", "noor"], "one result each");
    assert_eq!(database.dump("scorecard").lines().count(), 1);
}

async fn a_program_for_no_side_needs_every_side(database: &Database) {
    let (app, pair, cycle, _) = open_check(database, 2).await;
    let program = Speaker { actor: "token 7".to_owned(), side: None };
    let id = propose(&app, &pair, program.clone(), Deed::CancelCycle(cycle.id)).await.unwrap();
    app.tick().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 2, "both sides are asked");
    assert!(mails[0].flat().contains("Proposed by a program."), "{}", mails[0].text);
    assert!(say(&app, program, id, SideAnswer::Approved).await.is_err());
    let mara = manager(&app, &pair, "Mara", 0).await;
    assert_eq!(say(&app, mara, id, SideAnswer::Approved).await.unwrap(), ProposalState::Open);
    let noor = manager(&app, &pair, "Noor", 1).await;
    assert_eq!(say(&app, noor, id, SideAnswer::Approved).await.unwrap(), ProposalState::Approved);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"], "Noor decided and knows");
}

async fn a_side_without_a_manager_cannot_be_asked(database: &Database) {
    let (app, pair, cycle, _) = open_check(database, 2).await;
    let (id, noor) = (pair.id, app.person("Noor").await);
    let write = move |conn: &mut evenkeel::store::Conn| {
        let member = partnerships::member_of(conn, id, noor)?.unwrap();
        let roles = evenkeel::domain::partnership::MemberRoles { respondent: true, ..Default::default() };
        partnerships::update_member(conn, id, member.id, member.side_id, roles, true)
    };
    app.ctx.store.write_tx(write).await.unwrap();
    let mara = manager(&app, &pair, "Mara", 0).await;
    let refused = propose(&app, &pair, mara, Deed::CloseEarly(cycle.id)).await.unwrap_err();
    assert!(
        refused.to_string().starts_with("Brightwater must agree to this and has no manager."),
        "{refused}"
    );
    assert_eq!(database.dump("proposal"), "");
}

async fn the_same_is_proposed_once_and_again_after_a_withdrawal(database: &Database) {
    let (app, pair, cycle, _) = open_check(database, 2).await;
    let (mara, noor) = (manager(&app, &pair, "Mara", 0).await, manager(&app, &pair, "Noor", 1).await);
    let deed = || Deed::CloseEarly(cycle.id);
    let id = propose(&app, &pair, mara.clone(), deed()).await.unwrap();
    assert!(matches!(propose(&app, &pair, noor.clone(), deed()).await, Err(Refusal::State(_))));
    let other = propose(&app, &pair, noor.clone(), Deed::CancelCycle(cycle.id)).await.unwrap();
    assert!(proposals::withdraw(&app.ctx, noor.clone(), id, app.now()).await.is_err(), "not theirs");
    proposals::withdraw(&app.ctx, mara.clone(), id, app.now()).await.unwrap();
    proposals::withdraw(&app.ctx, noor.clone(), other, app.now()).await.unwrap();
    assert_eq!(state(&app, id).await, ProposalState::Withdrawn);
    app.tick().await;
    assert!(app.recipients().is_empty(), "nobody is asked about what was withdrawn");
    let again = propose(&app, &pair, noor, deed()).await.unwrap();
    assert_ne!(again, id);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"]);
}

async fn a_cancelled_check_has_no_result_and_dead_links(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 2).await;
    app.answer(&tokens[0].1, [4; 5]).await;
    let mara = manager(&app, &pair, "Mara", 0).await;
    let id = propose(&app, &pair, mara, Deed::CancelCycle(cycle.id)).await.unwrap();
    let noor = manager(&app, &pair, "Noor", 1).await;
    say(&app, noor, id, SideAnswer::Approved).await.unwrap();
    app.tick().await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(first).collect::<Vec<_>>(), ["mara"]);
    app.at("2026-12-10T16:00:00Z").await;
    assert!(app.recipients().is_empty(), "no reminder, no result");
    assert!(mails[0].flat().contains("2026-Q4 is cancelled."), "{}", mails[0].text);
    let after = app.cycle(&pair).await;
    assert_eq!(after.state, CycleState::Cancelled);
    assert_eq!(after.reason.as_deref(), Some("every side agreed to call it off (Everybody has sent.)"));
    assert!(app.scorecard(cycle.id).await.is_none());
    assert!(app.save(&tokens[0].1, "communication", Some(1)).await.is_err());
    assert!(!database.dump("invitation").contains("salt-"));
}

async fn what_was_proposed_about_a_check_ends_with_it(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 2).await;
    for (_, token) in &tokens {
        app.answer(token, [4; 5]).await;
        app.send(token).await;
    }
    app.clock.jump_to(utc("2026-12-09T08:00:00Z"));
    let mara = manager(&app, &pair, "Mara", 0).await;
    let id = propose(&app, &pair, mara.clone(), Deed::CancelCycle(cycle.id)).await.unwrap();
    app.at("2026-12-10T16:00:00Z").await;
    assert_eq!(app.recipients(), ["mara", "noor"], "the results; the question had become moot");
    assert_eq!(state(&app, id).await, ProposalState::Ended);
    let late = propose(&app, &pair, mara, Deed::CancelCycle(cycle.id)).await.unwrap_err();
    assert_eq!(late.to_string(), "This cycle is closed; only an open cycle can be cancelled.");
}

async fn an_extension_moves_reminders_and_close_and_the_other_side_is_told(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 2).await;
    for (name, token) in tokens.iter().filter(|(name, _)| name != "ben") {
        app.answer(token, [4; 5]).await;
        app.send(token).await;
        assert_ne!(name, "ben");
    }
    app.at("2026-12-04T08:00:00Z").await;
    app.at("2026-12-08T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ben", "ben"], "day 3 and day 7");
    let mara = manager(&app, &pair, "Mara", 0).await;
    let until = |text: &str| own_side::extend(&app.ctx, mara.clone(), cycle.id, utc(text), app.now());
    for bad in ["2026-12-10T16:00:00Z", "2026-12-05T16:00:00Z", "2027-06-01T16:00:00Z"] {
        assert!(matches!(until(bad).await, Err(Refusal::Fields(_))), "{bad}");
    }
    until("2026-12-17T16:00:00Z").await.unwrap();
    app.tick().await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(first).collect::<Vec<_>>(), ["noor"]);
    let flat = mails[0].flat();
    assert!(
        flat.contains("2026-Q4 closes later: Thu 17 Dec, 17:00 Berlin. Mara for Northmoor did this"),
        "{flat}"
    );
    app.at("2026-12-09T16:00:00Z").await;
    app.at("2026-12-10T16:00:00Z").await;
    assert!(app.recipients().is_empty(), "neither the old last call nor the old close");
    app.at("2026-12-16T16:00:00Z").await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(first).collect::<Vec<_>>(), ["ben"], "24 hours before the new close");
    assert!(mails[0].subject.contains("until Thu 17 Dec, 17:00 Berlin"), "{}", mails[0].subject);
    app.answer(&mails[0].survey_token(), [4; 5]).await;
    app.at("2026-12-17T16:00:00Z").await;
    assert_eq!(app.recipients(), ["mara", "noor"]);
    assert!(until("2026-12-18T16:00:00Z").await.is_err(), "it is closed");
}

async fn a_reminder_asked_for_goes_to_those_who_have_not_sent_and_once_a_day(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 2).await;
    let mara = manager(&app, &pair, "Mara", 0).await;
    own_side::remind(&app.ctx, mara.clone(), cycle.id, app.now()).await.unwrap();
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.iter().map(first).collect::<Vec<_>>(), ["noor"], "the invitation was today's letter");
    assert_eq!(told[0].subject, "Northmoor × Brightwater: another side has changed something");
    for (_, token) in tokens.iter().filter(|(name, _)| name != "ben") {
        app.answer(token, [4; 5]).await;
        app.send(token).await;
    }
    app.at("2026-12-02T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ben"], "the others sent meanwhile");
    for _ in 0..3 {
        own_side::remind(&app.ctx, mara.clone(), cycle.id, app.now()).await.unwrap();
        app.tick().await;
    }
    assert_eq!(app.recipients(), ["noor"], "told once; Ben had his letter of the day");
    app.at("2026-12-03T09:00:00Z").await;
    assert_eq!(app.recipients(), ["ben"]);
    // On the last day nobody gets a second letter of that day.
    app.at("2026-12-04T09:00:00Z").await;
    app.at("2026-12-08T09:00:00Z").await;
    app.at("2026-12-09T16:00:00Z").await;
    assert_eq!(app.recipients(), ["ben", "ben", "ben"]);
    app.clock.jump_to(utc("2026-12-10T10:00:00Z"));
    own_side::remind(&app.ctx, mara.clone(), cycle.id, app.now()).await.unwrap();
    app.tick().await;
    assert_eq!(app.recipients(), ["ben", "noor"]);
    app.clock.jump_to(utc("2026-12-10T11:00:00Z"));
    own_side::remind(&app.ctx, mara, cycle.id, app.now()).await.unwrap();
    app.tick().await;
    assert!(app.recipients().is_empty(), "not twice on the last day");
}

async fn member(app: &TestApp, pair: &Pair, name: &str) -> MemberId {
    let (id, person) = (pair.id, app.person(name).await);
    app.ctx.store.read(move |conn| partnerships::member_of(conn, id, person)).await.unwrap().unwrap().id
}

async fn a_withdrawn_invitation_opens_nothing(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 2).await;
    let token = |name: &str| tokens.iter().find(|(own, _)| own == name).unwrap().1.clone();
    let mara = manager(&app, &pair, "Mara", 0).await;
    let (ada, ben) = (member(&app, &pair, "Ada").await, member(&app, &pair, "Ben").await);
    let take = |id| own_side::withdraw_invitation(&app.ctx, mara.clone(), cycle.id, id, app.now());
    assert!(matches!(take(ben).await, Err(Refusal::NotFound)), "of the other side there is none");
    take(ada).await.unwrap();
    assert!(matches!(take(ada).await, Err(Refusal::NotFound)), "once");
    assert!(open_form(&app.ctx, &token("ada")).await.unwrap().is_none(), "the page of all bad links");
    app.tick().await;
    assert_eq!(app.recipients(), ["noor"], "the other side is told");
    app.answer(&token("mara"), [4; 5]).await;
    assert!(matches!(take(member(&app, &pair, "Mara").await).await, Err(Refusal::State(_))), "answered");
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.len(), 1, "who asks is seen, whatever came of it");
    assert!(
        told[0].flat().contains("Taking back an invitation to 2026-Q4 was asked for."),
        "{}",
        told[0].text
    );
    let acts =
        |act: &str| database.texts(&format!("SELECT act AS line FROM audit WHERE act = '{act}'")).len();
    assert_eq!((acts("invitation asked back"), acts("invitation withdrawn")), (2, 1));
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ben", "mara", "noor"], "Ada is not reminded");
}

async fn an_address_is_corrected_only_for_a_respondent_whose_mail_was_refused(database: &Database) {
    let (app, pair, cycle, tokens) = open_check(database, 2).await;
    let old = tokens.iter().find(|(own, _)| own == "ada").unwrap().1.clone();
    let mara = manager(&app, &pair, "Mara", 0).await;
    let ada = member(&app, &pair, "Ada").await;
    let mend = |id, email: &'static str| {
        own_side::correct_address(&app.ctx, mara.clone(), cycle.id, id, email, app.now())
    };
    assert!(matches!(mend(ada, "ada@new.example").await, Err(Refusal::State(_))), "nothing bounced");
    let people = [app.person("Ada").await, app.person("Mara").await];
    let now = app.now();
    app.ctx
        .store
        .write_tx(move |conn| people.iter().try_for_each(|p| bounces::mark(conn, *p, now)))
        .await
        .unwrap();
    assert!(matches!(mend(ada, "no address").await, Err(Refusal::Fields(_))));
    assert!(matches!(mend(ada, "ben@example.org").await, Err(Refusal::Fields(_))), "Ben's");
    let manages = member(&app, &pair, "Mara").await;
    assert!(matches!(mend(manages, "mara@new.example").await, Err(Refusal::State(_))), "who signs in");
    mend(ada, "ada@new.example").await.unwrap();
    app.at("2026-12-02T08:00:00Z").await;
    let mails = app.mails();
    let to: Vec<&str> = mails.iter().map(|m| m.to.as_str()).collect();
    assert_eq!(
        to,
        ["ada@new.example", "noor@example.org"],
        "the other side hears of it, without the address"
    );
    assert!(!mails[1].text.contains("new.example"), "{}", mails[1].text);
    let new = mails[0].survey_token();
    assert_ne!(new, old);
    assert!(open_form(&app.ctx, &old).await.unwrap().is_none(), "the old link opens nothing");
    app.answer(&new, [4; 5]).await;
}
