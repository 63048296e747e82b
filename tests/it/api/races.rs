//! The same calls at the same moment through two processes on one database: one of them is first, and the other sees it.

use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::api::{Program, Reply};
use crate::support::{Database, Pair, Side, TestApp};

on_postgres!(
    of_several_changes_on_one_version_one_is_taken,
    an_ended_partnership_stays_ended,
    a_list_and_a_cadence_sent_at_once_are_no_server_error,
    a_file_imported_at_once_adds_each_partnership_once,
    cycles_without_a_name_all_open,
);

struct House {
    pair: Pair,
    programs: Vec<Program>,
    _apps: [TestApp; 2],
}

async fn house(database: &Database) -> House {
    let mut one = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let mut two = one.second_process().await;
    let pair =
        one.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    one.quarterly(&pair, Mode::Representative).await;
    one.ignore_mails();
    let programs = vec![one.full_program().await, two.full_program().await];
    House { pair, programs, _apps: [one, two] }
}

impl House {
    /// Sends a call several times at once, by turns through both processes.
    fn at_once(&self, times: usize, call: impl Fn(&Program, usize) -> Reply + Sync) -> Vec<Reply> {
        let (programs, call) = (&self.programs, &call);
        std::thread::scope(|scope| {
            let running: Vec<_> =
                (0..times).map(|n| scope.spawn(move || call(&programs[n % programs.len()], n))).collect();
            running.into_iter().map(|own| own.join().unwrap()).collect()
        })
    }
}

fn count(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

fn statuses(replies: &[Reply]) -> Vec<u16> {
    replies.iter().map(|reply| reply.status).collect()
}

async fn of_several_changes_on_one_version_one_is_taken(database: &Database) {
    let house = house(database).await;
    let address = format!("/partnerships/{}", house.pair.id);
    let tag = house.programs[0].get(&address).header("etag").unwrap().to_owned();
    let replies = house.at_once(6, |program, n| {
        let body = json!({"name": format!("The bridge {n}")}).to_string();
        let headers = [("if-match", tag.as_str()), ("content-type", "application/json")];
        program.send("PATCH", &address, &headers, Some(body.as_bytes()))
    });
    assert_eq!((count(&replies, 200), count(&replies, 412)), (1, 5), "{:?}", statuses(&replies));
}

async fn an_ended_partnership_stays_ended(database: &Database) {
    let house = house(database).await;
    let act = |verb: &str, program: &Program| {
        program.send("POST", &format!("/partnerships/{}:{verb}", house.pair.id), &[], None)
    };
    let replies = house.at_once(8, |program, n| act(["end", "pause", "pause", "resume"][n / 2], program));
    assert!(
        replies.iter().all(|reply| reply.status == 200 || reply.status == 409),
        "{:?}",
        statuses(&replies)
    );
    let state = house.programs[0].get(&format!("/partnerships/{}", house.pair.id)).json["state"].clone();
    assert_eq!(state, "ended");
}

async fn a_list_and_a_cadence_sent_at_once_are_no_server_error(database: &Database) {
    let house = house(database).await;
    let of = |what: &str| format!("/partnerships/{}/{what}", house.pair.id);
    let member = |name: &str, side: &str, role: &str| {
        let email = format!("{name}@example.org");
        json!({"email": email, "name": name, "side": side, "roles": [role]})
    };
    let replies = house.at_once(6, |program, n| {
        let list = json!({"members": [
            member("mara", "Northmoor", "manager"), member("ada", "Northmoor", "respondent"),
            member("noor", "Brightwater", "manager"), member("ben", "Brightwater", "respondent"),
            member(&format!("p{n}"), "Northmoor", "respondent"),
        ]});
        program.json("PUT", &of("members"), &list)
    });
    assert_eq!(count(&replies, 200), 6, "{:?}", statuses(&replies));
    let light = json!({
        "instrument": "light-check", "mode": "representative",
        "rule": {
            "frequency": "monthly", "month_of_period": 1, "opens": {"day_of_month": {"day": 3}},
            "opens_at": "09:00:00", "closes": {"days_after": {"days": 5}}, "closes_at": "17:00:00",
        },
    });
    let both: Value = {
        let mut known = house.programs[0].get(&of("cadences")).json["cadences"].clone();
        known[0].as_object_mut().unwrap().remove("id");
        json!({"cadences": [known[0], light]})
    };
    let replies = house.at_once(4, |program, _| program.json("PUT", &of("cadences"), &both));
    assert_eq!(count(&replies, 200), 4, "{:?}", statuses(&replies));
    assert_eq!(house.programs[1].get(&of("cadences")).json["cadences"].as_array().unwrap().len(), 2);
}

async fn a_file_imported_at_once_adds_each_partnership_once(database: &Database) {
    let house = house(database).await;
    let file = "partnership,side,email,name,roles\nBridge,North,a@example.org,Ada A,respondent\nBridge,South,b@example.org,Bo B,respondent\n";
    let replies = house.at_once(4, |program, _| {
        program.send("POST", "/partnerships:import", &[("content-type", "text/csv")], Some(file.as_bytes()))
    });
    assert_eq!(count(&replies, 200), 4, "{:?}", statuses(&replies));
    let all = house.programs[0].get("/partnerships").json;
    let named = all["items"].as_array().unwrap().iter().filter(|own| own["name"] == "Bridge").count();
    assert_eq!(named, 1);
}

async fn cycles_without_a_name_all_open(database: &Database) {
    let house = house(database).await;
    let body = json!({"instrument": "quarterly-health-review", "closes_at": "2026-11-05T16:00:00Z"});
    let address = format!("/partnerships/{}/cycles", house.pair.id);
    let replies = house.at_once(4, |program, _| program.post(&address, &body));
    assert_eq!(count(&replies, 201), 4, "{:?}", statuses(&replies));
}
