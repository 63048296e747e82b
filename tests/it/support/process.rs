//! The real program as a process of its own.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use evenkeel::clock::real_now;
use evenkeel::domain::ids::LetterId;
use evenkeel::store::Store;
use evenkeel::store::outbox::letters::{self, NewLetter};

use super::TestApp;
use super::smtp::SmtpServer;

/// `evenkeel serve`; killed when it goes out of scope.
pub struct Server(Child);

impl Server {
    pub fn start(app: &TestApp, relay: &SmtpServer) -> Self {
        Self::start_with(app, relay, &[])
    }

    /// The same with more in its environment.
    pub fn start_with(app: &TestApp, relay: &SmtpServer, more: &[(&str, &str)]) -> Self {
        let settings = &app.ctx.settings;
        let child = Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .arg("serve")
            .current_dir(&settings.data_dir)
            .env("EVENKEEL__DATA_DIR", &settings.data_dir)
            .env("EVENKEEL__DATABASE__URL", &settings.database.url)
            .env("EVENKEEL__HTTP__BIND", "127.0.0.1:0")
            .env("EVENKEEL__HTTP__PUBLIC_URL", &settings.http.public_url)
            .env("EVENKEEL__INSTANCE__OPERATOR", "Northmoor IT")
            .env("EVENKEEL__MAIL__URL", format!("smtp://{}?tls=none", relay.address()))
            .env("EVENKEEL__MAIL__FROM", "health@example.org")
            .env("EVENKEEL__MAIL__PER_MINUTE", "60000")
            .env("EVENKEEL__SCHEDULE__TICK_SECONDS", "1")
            .envs(more.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Waits until it has died by itself, of SIGABRT and of nothing else.
    #[track_caller]
    pub fn aborted(mut self, what: &str) {
        let mut ended = None;
        super::wait_until(&format!("the program has died at {what}"), || {
            ended = self.0.try_wait().unwrap();
            ended.is_some()
        });
        assert_eq!(ended.and_then(|status| status.signal()), Some(6), "{what}");
    }

    /// `kill -9`: no farewell, no clean-up.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Server {
    /// Stops it in its tracks, as an overloaded machine does.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Waits until it stands still by itself.
    #[track_caller]
    pub fn is_frozen(&self, what: &str) {
        let stat = format!("/proc/{}/stat", self.0.id());
        super::wait_until(&format!("the program stands still at {what}"), || {
            let told = std::fs::read_to_string(&stat).unwrap_or_default();
            told.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
        });
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// The names of its environment.
    pub fn environment(&self) -> Vec<String> {
        let all = std::fs::read_to_string(format!("/proc/{}/environ", self.0.id())).unwrap_or_default();
        all.split('\0').filter_map(|own| own.split_once('=')).map(|(name, _)| name.to_owned()).collect()
    }

    /// Asks it to end, and waits.
    pub fn end(mut self) {
        self.signal("TERM");
        assert!(self.0.wait().unwrap().success());
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What gives a process a wall clock of its own, such as two minutes ahead (`+120s`).
pub fn with_clock_at(offset: &str) -> Vec<(&'static str, String)> {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let mut found =
        folders.map(|own| own.path().join("faketime/libfaketimeMT.so.1")).filter(|own| own.exists());
    let library = found.next().expect("libfaketime is installed; tests/run does that");
    vec![
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME", offset.to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

/// A letter to somebody, worth sending for three days.
pub fn letter_to(address: &str, now: DateTime<Utc>) -> NewLetter {
    let id = LetterId::mint_random();
    NewLetter {
        id,
        group_key: format!("test:{id}"),
        kind: "survey",
        person_id: None,
        to: (String::new(), address.to_owned()),
        from_name: "Northmoor".to_owned(),
        reply_to: None,
        picture: None,
        content: (format!("For {address}"), "text".to_owned(), "<p>text</p>".to_owned()),
        message: (format!("<{id}@example.org>"), format!("b-{id}")),
        not_after: now + TimeDelta::days(3),
    }
}

/// Puts letters into the outbox.
pub async fn write_letters(store: &Store, how_many: usize) {
    for n in 0..how_many {
        let letter = letter_to(&format!("person{n:02}@example.org"), real_now());
        assert!(store.write_tx(move |conn| letters::insert(conn, &letter, real_now())).await.unwrap());
    }
}

/// How many letters the database knows as sent.
pub fn sent(app: &TestApp) -> i64 {
    let look = app.ctx.store.read(letters::counts);
    let counts = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(look)).unwrap();
    counts.iter().find(|(state, _)| state == "sent").map_or(0, |(_, n)| *n)
}
