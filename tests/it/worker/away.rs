//! The database goes away while letters are in hand, and comes back.

use evenkeel::store::outbox::letters;

use super::instances::house;
use crate::support::process::{Server, sent};
use crate::support::proxy::Proxy;
use crate::support::smtp::{Act, Offer, SmtpServer, Step};
use crate::support::{Database, wait_until};

on_postgres!(
    a_letter_that_left_while_the_database_was_away_is_written_down_when_it_is_back,
    letters_that_had_not_left_when_the_database_went_away_leave_once_when_it_is_back,
);

/// One letter is at this step when the line to the database is cut; the relay goes on, and then the line is mended. Gives how
/// often each reader got something.
async fn cut_at(database: &Database, step: Step) -> Vec<usize> {
    let relay = SmtpServer::start(Offer::default(), &[(step, Act::Hold)]).await;
    let app = house(database, &relay).await;
    let url = url::Url::parse(database.url()).unwrap();
    let line = Proxy::to(url.socket_addrs(|| None).unwrap()[0]);
    let mut through_the_line = url;
    through_the_line.set_port(Some(line.address().port())).unwrap();
    // One connection: the letters behind the one that is held are claimed and wait.
    let more = [("EVENKEEL__MAIL__CONNECTIONS", "1"), ("EVENKEEL__DATABASE__URL", through_the_line.as_str())];
    let server = Server::start_with(&app, &relay, &more);
    let claimed = || database.texts("SELECT id AS line FROM letter WHERE state IN ('claimed', 'sending')");
    wait_until("a letter is at that step", || relay.waiting() == 1 && claimed().len() > 1);
    line.cut();
    relay.release();
    let before = line.turned_away();
    wait_until("the program has missed its database", || line.turned_away() > before);
    line.mend();
    wait_until("all are sent", || sent(&app) == 40);
    server.end();
    assert_eq!(app.ctx.store.read(letters::ambiguous_total).await.unwrap(), 0, "none is in doubt");
    let received = relay.letters();
    (0..40)
        .map(|n| received.iter().filter(|own| own.to[0] == format!("person{n:02}@example.org")).count())
        .collect()
}

async fn a_letter_that_left_while_the_database_was_away_is_written_down_when_it_is_back(database: &Database) {
    assert_eq!(cut_at(database, Step::Dot).await, [1; 40]);
}

async fn letters_that_had_not_left_when_the_database_went_away_leave_once_when_it_is_back(
    database: &Database,
) {
    assert_eq!(cut_at(database, Step::Rcpt).await, [1; 40]);
}
