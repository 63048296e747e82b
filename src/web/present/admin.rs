//! What runs by itself, put into words for an administrator.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Reader, age, plural, roles};
use crate::domain::words;
use crate::store::disk::Room;
use crate::store::instances::Instance;
use crate::store::outbox::desk::Waiting;
use crate::store::people::Person;
use crate::store::sending::Pause;
use crate::store::vacancies::Vacancy;
use crate::web::pages::view::Chrome;
use crate::web::pages::view::admin::{AdminPage, LetterRow, Reminders, ServerRow, StateRow};
use crate::web::pages::view::parts::Fact;

/// A process that has said nothing for so long is taken for dead by the others.
const SILENT: TimeDelta = TimeDelta::seconds(60);
/// A letter that is due should have left by now.
const LATE: TimeDelta = TimeDelta::minutes(15);
/// A backup older than this protects little.
const OLD: TimeDelta = TimeDelta::days(7);

/// What the page is made of.
#[derive(Debug)]
pub struct Material {
    /// How many letters are in each state.
    pub counts: Vec<(String, i64)>,
    /// When the longest waiting due letter became due.
    pub oldest_due: Option<DateTime<Utc>>,
    /// How often the relay's answer has been unknown.
    pub in_doubt: i64,
    /// Letters that wait for a decision, and how many may only be counted.
    pub waiting: (Vec<Waiting>, usize),
    /// The processes.
    pub instances: Vec<Instance>,
    /// Why no letter leaves.
    pub pause: Option<Pause>,
    /// When the last backup was made.
    pub backed_up: Option<DateTime<Utc>>,
    /// Sides that have no manager.
    pub vacancies: Vec<Vacancy>,
    /// Sides to whose managers no mail arrives: side, partnership, since when.
    pub refused: Vec<(String, String, DateTime<Utc>)>,
    /// Room on the disk of the data directory.
    pub room: Option<Room>,
    /// Whether the database is a file of this server, which it backs up itself.
    pub keeps_its_own_database: bool,
    /// Whether this is the demo, which nobody backs up.
    pub demo: bool,
    /// The present instant, on the clock of letters.
    pub now: DateTime<Utc>,
    /// The present instant of the real clock.
    pub real_now: DateTime<Utc>,
}

impl Material {
    fn count(&self, states: &[&str]) -> u64 {
        let of = |(state, count): &(String, i64)| states.contains(&state.as_str()).then_some(*count);
        self.counts.iter().filter_map(of).sum::<i64>().unsigned_abs()
    }

    fn is_silent(&self, instance: &Instance) -> bool {
        self.real_now - instance.seen_at.and_utc() > SILENT
    }
}

/// The page for one administrator.
pub fn page(material: &Material, chrome: Chrome, person: &Person) -> AdminPage {
    let reader = Reader::new(person, material.now);
    let real = Reader { now: material.real_now, ..reader };
    let mut needs = needs(material, &real);
    needs.extend(roles::refused(&material.refused, &reader));
    let open = material.vacancies.len() + usize::from(material.pause.is_some());
    let headline = match needs.len() + open {
        0 => "Everything runs as it should.".to_owned(),
        1 => "One thing needs somebody.".to_owned(),
        many => format!("{} things need somebody.", words::capital(&words::number_words(many))),
    };
    let (letters, hidden) = &material.waiting;
    AdminPage {
        chrome,
        headline,
        needs,
        vacancies: roles::vacancies(&material.vacancies, &reader),
        pause: material.pause.as_ref().map(|own| {
            let since = real.moment(own.since);
            format!("Sending is paused since {since}: {}.", own.reason.trim_end_matches('.'))
        }),
        states: states(material),
        letters: letters.iter().map(|own| letter(own, &reader)).collect(),
        reminders: (*hidden > 0).then(|| reminders(*hidden)),
        servers: material.instances.iter().map(|own| server(material, own, &real)).collect(),
        facts: facts(material, &real),
    }
}

fn needs(material: &Material, real: &Reader) -> Vec<String> {
    let mut all = Vec::new();
    for own in &material.instances {
        if material.is_silent(own) {
            let since = real.moment(own.seen_at.and_utc());
            all.push(format!(
                "{} has said nothing since {since}. If it was stopped on purpose, nothing is lost: others, or its \
                 next start, take up its letters.",
                own.place
            ));
            continue;
        }
        if let Some(relay) = &own.relay {
            all.push(format!("{}: {relay}. Letters wait, and none is lost.", words::capital(&own.place)));
        }
        if own.stuck > 0 {
            let things = plural(u64::from(own.stuck.unsigned_abs()), "due thing");
            all.push(format!("{}: {things} could not be done; the log says what and why.", own.place));
        }
    }
    let waits = material.count(&["failed", "held"]);
    if waits > 0 {
        all.push(format!("{} for a decision.", plural_verb(waits, "letter waits", "letters wait")));
    }
    if let Some(due) =
        material.oldest_due.filter(|due| material.now - *due > LATE && material.pause.is_none())
    {
        let minutes = (material.now - due).num_minutes().unsigned_abs();
        all.push(format!("A letter has been due for {}.", plural(minutes, "minute")));
    }
    if material.room.is_some_and(Room::is_short) {
        all.push("The disk of the data directory is nearly full: make room.".to_owned());
    }
    if material.keeps_its_own_database && !material.demo {
        match material.backed_up {
            None => all.push("No backup was made yet: run evenkeel backup FILE.".to_owned()),
            Some(at) if material.real_now - at > OLD => {
                all.push(format!("The last backup is old ({}).", age(at, material.real_now)));
            }
            Some(_) => {}
        }
    }
    all
}

fn plural_verb(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn states(material: &Material) -> Vec<StateRow> {
    let row = |name: &str, meaning: &str, states: &[&str]| StateRow {
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        count: material.count(states).to_string(),
    };
    let doubts = match material.in_doubt {
        0 => "the relay took them".to_owned(),
        n => format!("the relay took them; its answer was unknown {} in all", times(n.unsigned_abs())),
    };
    vec![
        row("Waiting", "for their time, or for the next try", &["pending"]),
        row("On their way", "in the hands of a process", &["claimed", "sending"]),
        row("Sent", &doubts, &["sent"]),
        row("Failed", "refused for good", &["failed"]),
        row("Held", "in doubt too often, or not to be sent as they are", &["held"]),
        row("Expired", "past their time before they could leave", &["expired"]),
        row("Cancelled", "no longer needed, or set aside", &["cancelled"]),
    ]
}

fn times(n: u64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

fn letter(own: &Waiting, reader: &Reader) -> LetterRow {
    let kind = match own.kind.as_str() {
        "survey" => "Invitation or reminder",
        "result" => "Result",
        "moved" => "To a former address",
        "act" => "About an act",
        "agreed" => "What came of a check",
        "actions" => "Actions of the week",
        "login" => "Sign-in",
        "trial" => "Test of a set-up",
        _ => "Test",
    };
    let in_time = own.not_after.and_utc() > reader.now && own.kind != "login";
    let held = own.state == "held";
    let at = |decision: &str| format!("/admin/letters/{}/{decision}", own.id);
    let mut decisions = Vec::new();
    if in_time {
        decisions.push((at("again"), "Send again".to_owned()));
    }
    if held && own.ambiguous > 0 {
        decisions.push((at("arrived"), "It arrived".to_owned()));
    }
    decisions.push((at("aside"), "Set aside".to_owned()));
    let said = own.last_error.as_deref().unwrap_or("it is not known why");
    let until = if in_time {
        format!("worth sending until {}", reader.moment(own.not_after.and_utc()))
    } else {
        "can no longer be sent".to_owned()
    };
    LetterRow {
        what: kind.to_owned(),
        written: format!("written {}", reader.moment(own.created_at.and_utc())),
        to: own.to_name.clone(),
        address: own.to_address.clone(),
        why: format!("{}: {said} ({until})", if held { "Held" } else { "Refused" }),
        decisions,
    }
}

fn reminders(hidden: usize) -> Reminders {
    let at = |decision: &str| format!("/admin/letters/reminders/{decision}");
    let what = plural_verb(hidden as u64, "reminder waits", "reminders wait");
    Reminders {
        text: format!(
            "{what} besides. Who gets a reminder tells who has not sent, so their addressees are not shown; they are decided \
             about together."
        ),
        decisions: vec![(at("again"), "Send again".to_owned()), (at("aside"), "Set aside".to_owned())],
    }
}

fn server(material: &Material, own: &Instance, reader: &Reader) -> ServerRow {
    let seconds = |at: DateTime<Utc>| (reader.now - at).num_seconds().max(0).unsigned_abs();
    let ago = |at: DateTime<Utc>| match seconds(at) {
        s @ 0..120 => format!("{} ago", plural(s, "second")),
        s @ 120..7200 => format!("{} ago", plural(s / 60, "minute")),
        _ => reader.moment(at),
    };
    let worked = match (own.tick_at, own.pass_at) {
        (Some(tick), Some(pass)) => {
            format!("looked {}, delivered {}", ago(tick.and_utc()), ago(pass.and_utc()))
        }
        _ => "not yet".to_owned(),
    };
    let mut trouble = Vec::new();
    if material.is_silent(own) {
        trouble.push("silent, taken for dead".to_owned());
    }
    trouble.extend(own.relay.clone());
    if own.stuck > 0 {
        trouble.push(format!("{} not done", plural(u64::from(own.stuck.unsigned_abs()), "due thing")));
    }
    ServerRow {
        place: own.place.clone(),
        version: own.version.clone(),
        started: reader.moment(own.started_at.and_utc()),
        seen: ago(own.seen_at.and_utc()),
        worked,
        trouble: if trouble.is_empty() { "none".to_owned() } else { trouble.join("; ") },
    }
}

fn facts(material: &Material, reader: &Reader) -> Vec<Fact> {
    let mut facts = Vec::new();
    let backup = match (material.keeps_its_own_database, material.backed_up) {
        (false, _) => "by your database server’s own means".to_owned(),
        (true, None) => "none yet".to_owned(),
        (true, Some(at)) => format!("{} ({})", reader.moment(at), age(at, reader.now)),
    };
    facts.push(Fact::new("Last backup", backup));
    if let Some(room) = material.room {
        let short = if room.is_short() { ", nearly full" } else { "" };
        facts.push(Fact::new("Disk of the data directory", format!("{} free{short}", bytes(room.free))));
    }
    let due = match material.oldest_due {
        None => "no letter is due".to_owned(),
        Some(due) => format!("since {}", Reader { now: material.now, ..*reader }.moment(due)),
    };
    facts.push(Fact::new("Longest due letter", due));
    facts
}

/// "3.4 GB", in powers of ten as disks are sold.
fn bytes(n: u64) -> String {
    if n >= 1_000_000_000 { format!("{:.1} GB", n as f64 / 1e9) } else { format!("{} MB", n / 1_000_000) }
}
