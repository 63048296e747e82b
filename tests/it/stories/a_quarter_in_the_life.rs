//! A quarter in the life of a partnership: the story to read first.
//!
//! Northmoor and Brightwater have agreed on a health check every quarter. Mara manages it for Northmoor, Noor for
//! Brightwater; Ada answers for Northmoor, Ben for Brightwater. Everybody lives by Berlin's clocks.

use evenkeel::domain::cycle::CycleState;
use evenkeel::domain::flags::{FlagState, FlagSubject, Reason, Severity};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::scoring::Rating;

use crate::support::{Database, Mail, Side, TestApp, utc};

on_both!(a_quarter_in_the_life_of_a_partnership, only_those_who_have_not_sent_are_reminded);

async fn a_quarter_in_the_life_of_a_partnership(database: &Database) {
    let app = TestApp::on(database, "2026-10-20T10:00:00+02:00").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;

    // Nothing happens before the first Tuesday of the quarter's last month, 09:00 in Berlin.
    app.at("2026-12-01T08:59:59+01:00").await;
    assert!(app.cycles(&pair).await.is_empty());

    // Then the round opens, and each respondent gets one letter with a link of their own.
    app.at("2026-12-01T09:00:00+01:00").await;
    let cycle = app.cycle(&pair).await;
    assert_eq!((cycle.period.as_str(), cycle.state), ("2026-Q4", CycleState::Open));
    assert_eq!(cycle.opens_at.and_utc(), utc("2026-12-01T09:00:00+01:00"));
    assert_eq!(cycle.closes_at.and_utc(), utc("2026-12-10T17:00:00+01:00"));
    let invitations = app.mails();
    assert_eq!(invitations.len(), 2, "Ada and Ben");
    for mail in &invitations {
        assert!(mail.from.contains("Northmoor × Brightwater") && mail.from.contains("health@example.org"));
        assert_eq!(
            mail.subject,
            "Northmoor × Brightwater: 5 questions, 3 minutes, until Thu 10 Dec, 17:00 Berlin"
        );
        assert!(
            mail.flat().contains("nobody’s name: you answer for your side; Northmoor IT runs this server")
        );
        assert!(mail.flat().contains("You can come back and change it until the close"));
    }
    let (ada, ben) = (invitations[0].survey_token(), invitations[1].survey_token());
    assert_eq!(
        (invitations[0].to.as_str(), invitations[1].to.as_str()),
        ("ada@example.org", "ben@example.org")
    );
    assert_ne!(ada, ben);

    // Ada answers at once and sends; Ben takes his time and is reminded on day 3, on day 7 and 24 hours before the close.
    app.answer(&ada, [5, 3, 2, 3, 2]).await;
    app.send(&ada).await;
    for (reminder, subject) in [
        ("2026-12-04T09:00:00+01:00", "Reminder: Northmoor"),
        ("2026-12-08T09:00:00+01:00", "Reminder: Northmoor"),
        ("2026-12-09T17:00:00+01:00", "Last day: Northmoor"),
    ] {
        let just_before = (utc(reminder) - chrono::TimeDelta::seconds(1)).to_rfc3339();
        app.at(&just_before).await;
        assert!(app.mails().is_empty(), "nothing just before {reminder}");
        app.at(reminder).await;
        let mails = app.mails();
        assert_eq!(mails.len(), 1, "only Ben, at {reminder}");
        assert_eq!(mails[0].survey_token(), ben, "the same link");
        assert!(mails[0].subject.starts_with(subject), "{}", mails[0].subject);
    }

    // Ben answers in the last hour. He never presses send: what is saved counts.
    app.at("2026-12-10T16:30:00+01:00").await;
    app.answer(&ben, [5, 3, 2, 3, 2]).await;
    app.at("2026-12-10T16:59:59+01:00").await;
    assert!(app.scorecard(cycle.id).await.is_none(), "nobody knows anything before the close");

    // The close freezes the scorecard, raises the flags and tells the managers of both sides.
    app.at("2026-12-10T17:00:00+01:00").await;
    assert_eq!(app.cycle(&pair).await.state, CycleState::Closed);
    let card = app.scorecard(cycle.id).await.expect("a frozen scorecard");
    let rated: Vec<(&str, Rating, Option<&str>)> = card
        .indicators
        .iter()
        .map(|own| (own.name.as_str(), own.cell.rating, own.cell.action_required.as_deref()))
        .collect();
    assert_eq!(
        rated,
        [
            ("Shared Vision Clarity", Rating::Green, Some("Maintain alignment workshops")),
            ("Communication Frequency", Rating::Amber, Some("Increase weekly syncs by 25%")),
            ("Resource Commitment", Rating::Red, Some("Review SOW and allocate dedicated leads")),
            ("Conflict Resolution Efficacy", Rating::Amber, Some("Implement formal mediation process")),
            ("Joint KPI Achievement", Rating::Red, Some("Re-evaluate KPIs and establish accountability")),
        ]
    );
    let tally = card.tally();
    assert_eq!((tally.green, tally.amber, tally.red, tally.grey), (1, 2, 2, 0));

    let flags = app.flags(&pair).await;
    assert_eq!(flags.len(), 4);
    assert!(flags.iter().all(|flag| flag.state == FlagState::Raised && flag.raised_cycle_id == cycle.id));
    for (indicator, reason, severity) in [
        ("communication", Reason::Amber, Severity::Discuss),
        ("conflict_resolution", Reason::Amber, Severity::Discuss),
        ("resource_commitment", Reason::Red, Severity::Act),
        ("joint_kpi", Reason::Red, Severity::Act),
    ] {
        let subject = FlagSubject::Indicator(indicator.to_owned());
        let flag = flags.iter().find(|flag| flag.subject == subject).expect(indicator);
        assert_eq!((flag.reasons.as_slice(), flag.severity), ([reason].as_slice(), severity), "{indicator}");
    }

    let results = app.mails();
    assert_eq!(
        results.iter().map(|m| m.to.as_str()).collect::<Vec<_>>(),
        ["mara@example.org", "noor@example.org"]
    );
    for mail in &results {
        check_result(mail);
    }

    // Until the next quarter everything is quiet.
    app.at("2027-02-28T12:00:00+01:00").await;
    assert_eq!(app.cycles(&pair).await.len(), 1);
}

/// The result mail says what the scorecard says, in both parts, and nothing about persons.
fn check_result(mail: &Mail) {
    assert_eq!(mail.subject, "Northmoor × Brightwater, 2026-Q4: 2 red, 2 amber, 1 green");
    for (part, body) in [("text", mail.flat()), ("html", mail.html.clone())] {
        for words in [
            "High",
            "Medium",
            "Low",
            "Maintain alignment workshops",
            "Increase weekly syncs by 25%",
            "Review SOW and allocate dedicated leads",
            "Implement formal mediation process",
            "Re-evaluate KPIs and establish accountability",
            "4 flags wait for an answer",
            "Thu 24 Dec 2026",
            "/review",
            "/partnerships/",
        ] {
            assert!(body.contains(words), "{words} in the {part} part:\n{body}");
        }
        for name in ["Ada", "Ben", "/s/"] {
            assert!(!body.contains(name), "{name} has no place in the {part} part:\n{body}");
        }
    }
}

async fn only_those_who_have_not_sent_are_reminded(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair = app
        .partnership([Side("Northmoor", "Ada", &["Ada", "Ali"]), Side("Brightwater", "Ben", &["Ben", "Bo"])])
        .await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mails = app.mails();
    let token = |name: &str| mails.iter().find(|m| m.to.starts_with(name)).unwrap().survey_token();
    assert_eq!(mails.len(), 4);

    // Answered but not sent: still reminded, because what was meant may not be all there.
    app.answer(&token("ali"), [4; 5]).await;
    app.answer(&token("ada"), [4; 5]).await;
    app.send(&token("ada")).await;
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ali", "ben", "bo"]);

    app.send(&token("ali")).await;
    app.at("2026-12-08T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ben", "bo"]);

    app.answer(&token("ben"), [3; 5]).await;
    app.send(&token("ben")).await;
    app.at("2026-12-09T16:00:00Z").await;
    assert_eq!(app.recipients(), ["bo"]);

    app.at("2026-12-10T16:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben"], "the managers' result mails");
}
