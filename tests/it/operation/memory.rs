//! A server starts over once, with an allocator that gives memory back.

use evenkeel::clock::real_now;

use crate::support::process::{Server, sent, write_letters};
use crate::support::smtp::{Offer, SmtpServer};
use crate::support::{Database, TestApp, wait_until};

const SETTINGS: &str = "GLIBC_TUNABLES";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_over_once_and_whoever_has_set_the_allocator_decides() {
    let relay = SmtpServer::start(Offer::default(), &[]).await;
    let database = Database::sqlite();
    let app = TestApp::on(&database, &real_now().to_rfc3339()).await;
    let has = |server: &Server, name: &str| server.environment().iter().any(|own| own == name);
    // The last two as where glibc takes its own names away, and as whoever runs it wants it.
    let starts: [(&[(&str, &str)], bool); 3] =
        [(&[], true), (&[("EVENKEEL_STARTED_OVER", "1")], false), (&[("MALLOC_ARENA_MAX", "1")], false)];
    for (letters, (more, started_over)) in (1..).zip(starts) {
        write_letters(&app.ctx.store, 1).await;
        let server = Server::start_with(&app, &relay, more);
        wait_until("it works", || sent(&app) == letters);
        assert_eq!(has(&server, SETTINGS), started_over, "{more:?}");
        server.end();
    }
}
