//! Processes that stand still in the middle of a write, and clocks that are wrong: neither holds up or doubles what others do.

use evenkeel::store::outbox::letters;

use super::aborted::{House, LETTERS};
use super::instances::house;
use crate::support::process::{Server, sent, with_clock_at};
use crate::support::smtp::{Act, Offer, SmtpServer, Step};
use crate::support::{Database, wait_until};

on_postgres!(
    a_process_whose_clock_is_ahead_takes_nothing_from_one_that_lives,
    a_process_whose_clock_is_behind_is_not_taken_for_dead,
);

/// Long enough for any honest write, short enough for a test.
const PATIENCE: &str = "%20-cidle_in_transaction_session_timeout%3D1500";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_frozen_in_the_middle_of_a_write_holds_up_nobody() {
    for (place, second_copies) in [
        ("cycle-open-before-commit", 0),
        ("close-before-commit", 0),
        ("compose-before-commit", 0),
        ("settle-before-commit", 1),
    ] {
        freezes_at(&Database::postgres(), place, second_copies).await;
    }
}

async fn freezes_at(database: &Database, place: &str, second_copies: usize) {
    let house = House::new(database).await;
    let impatient = format!("{}{PATIENCE}", database.url());
    let more = [
        ("EVENKEEL_FREEZE_AT", place),
        ("EVENKEEL__DATABASE__URL", impatient.as_str()),
        ("EVENKEEL__MAIL__CONNECTIONS", "1"),
    ];
    let frozen = Server::start_with(&house.app, &house.relay, &more);
    frozen.is_frozen(place);
    // A minute of silence, as the others see it.
    database.execute("UPDATE instance SET seen_at = seen_at - INTERVAL '61 seconds'");
    let other = house.start(None);
    let all = i64::try_from(house.before).unwrap() + LETTERS;
    wait_until(&format!("the other process has done all, {place}"), || {
        sent(&house.app) + house.doubtful() == all
    });
    frozen.thaw();
    frozen.end();
    other.end();
    house.is_whole(place, second_copies).await;
}

/// Two processes side by side; one of them holds a letter in hand while the other does all else.
async fn side_by_side(database: &Database, clocks: [&str; 2]) {
    let relay = SmtpServer::start(Offer::default(), &[(Step::Data, Act::Hold)]).await;
    let app = house(database, &relay).await;
    // Due for both, whatever their clocks say.
    database.execute("UPDATE letter SET next_attempt_at = next_attempt_at - INTERVAL '10 minutes'");
    let [first, second] = clocks.map(|clock| {
        let mut more = with_clock_at(clock);
        more.push(("EVENKEEL__MAIL__CONNECTIONS", "1".to_owned()));
        more
    });
    let start = |more: &[(&'static str, String)]| {
        let more: Vec<_> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Server::start_with(&app, &relay, &more)
    };
    let one = start(&first);
    wait_until("it has a letter in hand", || relay.waiting() == 1);
    let claimed =
        || database.texts("SELECT id AS line FROM letter WHERE state IN ('claimed', 'sending')").len();
    let (other, in_hand) = (start(&second), claimed());
    wait_until("the other has sent the rest", || sent(&app) == i64::try_from(40 - in_hand).unwrap());
    assert_eq!(claimed(), in_hand, "it took nothing from the first");
    relay.release();
    wait_until("all are sent", || sent(&app) == 40);
    one.end();
    other.end();
    assert_eq!(relay.letters().len(), 40);
    assert_eq!(app.ctx.store.read(letters::ambiguous_total).await.unwrap(), 0);
}

async fn a_process_whose_clock_is_ahead_takes_nothing_from_one_that_lives(database: &Database) {
    side_by_side(database, ["+0s", "+150s"]).await;
}

async fn a_process_whose_clock_is_behind_is_not_taken_for_dead(database: &Database) {
    side_by_side(database, ["-150s", "+0s"]).await;
}
