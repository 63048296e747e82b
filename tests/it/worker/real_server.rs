//! A campaign through a mail server that others have written.

use std::collections::BTreeSet;

use evenkeel::domain::mode::Mode;
use evenkeel::mail::transport::{Options, SendError, Transport};

use super::courier::{deliver, states};
use crate::support::exim::{Exim, LOGIN};
use crate::support::smtp::{Offer, SmtpServer};
use crate::support::{Database, Mail, Side, TestApp, wait_until};

const A_SIDE: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_goes_through_a_real_mail_server_over_starttls_with_login() {
    let sink = SmtpServer::start(Offer::default(), &[]).await;
    let server = Exim::start(sink.address());
    let options = Options { hello: "keel.example".to_owned(), timeout_scale: 1.0 };

    // Without the login and without trust in the certificate nothing goes through.
    let wrong = server.url().replace(&format!("{}:", LOGIN.0), "somebody:");
    let refused = Transport::parse(&wrong, &options).unwrap().send("a@b.example", "c@d.example", b"x").await;
    assert!(matches!(refused, Err(SendError::Relay { code: Some(535), .. })), "{refused:?}");
    let strange = server.url().split("&ca_file").next().unwrap().to_owned();
    let refused =
        Transport::parse(&strange, &options).unwrap().send("a@b.example", "c@d.example", b"x").await;
    assert!(matches!(refused, Err(SendError::Relay { code: None, .. })), "{refused:?}");

    let transport = Transport::parse(&server.url(), &options).unwrap();
    let database = Database::sqlite();
    let app = TestApp::with_relay(&database, "2026-11-01T10:00:00Z", transport).await;
    let names =
        ["North", "South"].map(|side| (0..A_SIDE).map(|n| format!("{side}{n:02}")).collect::<Vec<_>>());
    let [north, south] = names.each_ref().map(|all| all.iter().map(String::as_str).collect::<Vec<_>>());
    let pair =
        app.partnership([Side("Northmoor", "Mara", &north), Side("Brightwater", "Noor", &south)]).await;
    app.quarterly(&pair, Mode::Confidential).await;
    app.clock.jump_to(crate::support::utc("2026-12-01T08:00:00Z"));
    app.worker.run_due(app.now()).await.unwrap();
    deliver(&app).await;
    assert_eq!(states(&app).await, [("sent".to_owned(), 100)]);

    wait_until("all have come through", || sink.letters().len() >= 2 * A_SIDE);
    let received = sink.letters();
    let people: BTreeSet<String> = received.iter().map(|own| own.to[0].clone()).collect();
    let expected = names.iter().flatten().map(|name| format!("{}@example.org", name.to_lowercase()));
    assert_eq!(people, expected.collect());
    let mails: Vec<Mail> = received.iter().map(|own| Mail::read(&own.to[0], &own.data)).collect();
    let links: BTreeSet<String> = mails.iter().map(Mail::survey_token).collect();
    let ids: BTreeSet<&str> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!((received.len(), links.len(), ids.len()), (100, 100, 100), "each once, each its own");
    for line in server.log().lines().filter(|line| line.contains(" <= ")) {
        assert!(
            line.contains("P=esmtpsa") && line.contains("A=plain:post"),
            "encrypted and signed in: {line}"
        );
    }
}
