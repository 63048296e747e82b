//! One partnership of a JSON document: every field checked, every error with its path.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::raw::{Raw, plain};
use super::reading::{Defaults, MOST_INDICATORS, Names, Parsed, Wrongs, answered};
use crate::domain::answers::{Answer, Answers};
use crate::domain::history::{PastCycle, PastResponse, PastReviews, Spot, clean_indicator, clean_label};
use crate::domain::mode::Mode;
use crate::domain::partnership::{check_sides, clean_name};

/// The most people that a side may have invited.
const MOST_INVITED: i64 = 1_000_000;

// A note is for whoever keeps the file; nothing is made of it.
const PARTNERSHIP: [&str; 6] = ["partnership", "sides", "indicators", "mode", "cycles", "note"];
const CYCLE: [&str; 6] = ["period", "opened_at", "closed_at", "invited", "rebaseline", "responses"];
const RESPONSE: [&str; 3] = ["respondent", "side", "answers"];

/// Reads one partnership.
pub(super) fn read(spot: Spot, raw: Raw, defaults: Defaults) -> Parsed {
    let mut reading = Reading {
        wrongs: Wrongs::default(),
        sides: Names::default(),
        indicators: Names::default(),
        people: Names::default(),
        mode: defaults.mode,
        unread: false,
    };
    match reading.partnership(spot, raw, defaults) {
        Some(reviews) if reading.wrongs.is_empty() => Ok(reviews),
        _ => Err(reading.wrongs.into_fields()),
    }
}

struct Reading {
    wrongs: Wrongs,
    sides: Names,
    indicators: Names,
    people: Names,
    mode: Mode,
    /// Whether there is a response that could not be read.
    unread: bool,
}

/// A cycle whose sides may still become more.
struct Open {
    cycle: PastCycle,
    invited: Vec<(usize, String, u32)>,
}

impl Reading {
    fn partnership(&mut self, spot: Spot, raw: Raw, defaults: Defaults) -> Option<PastReviews> {
        let [name, sides, indicators, mode, cycles, _] = self.object(&spot, raw, PARTNERSHIP)?;
        let partnership = self.name(&spot.at("partnership"), name);
        if let Some(word) = self.optional_text(&spot.at("mode"), mode) {
            let read = word.trim().to_lowercase().parse();
            self.mode = self.wrongs.take(|| spot.at("mode"), read).unwrap_or(defaults.mode);
        }
        self.declared(&spot, "sides", sides);
        self.declared(&spot, "indicators", indicators);
        let cycles = self.cycles(&spot, cycles);
        // A response that could not be read may have named the other side.
        if !self.unread || self.sides.len() > 1 || self.sides.is_closed() {
            self.wrongs.take(|| spot.at("sides"), check_sides(self.sides.all()));
        }
        if self.indicators.len() == 0 && self.wrongs.is_empty() {
            self.wrongs.refuse(spot.at("indicators"), "No indicator is named, and none is answered.");
        } else if self.indicators.len() > MOST_INDICATORS {
            self.wrongs.refuse(spot.at("indicators"), "A partnership has at most 200 indicators.");
        }
        let count = self.sides.len();
        let cycles = cycles?.into_iter().map(|own| self.invited(own, count)).collect();
        let anonymous = self.mode == Mode::Anonymous;
        let people = std::mem::take(&mut self.people).into_all();
        Some(PastReviews {
            spot,
            partnership: partnership?,
            sides: std::mem::take(&mut self.sides).into_all(),
            indicators: std::mem::take(&mut self.indicators).into_all(),
            mode: self.mode,
            people: if anonymous { Vec::new() } else { people },
            cycles,
        })
    }

    /// A list of names that admits no others.
    fn declared(&mut self, spot: &Spot, field: &str, raw: Raw) {
        let path = spot.at(field);
        let list = match raw {
            Raw::Null => return,
            Raw::List(list) => list,
            _ => return self.wrongs.refuse(path, "It must be a list of texts."),
        };
        let mut names = Names::default();
        for (place, raw) in list.into_iter().enumerate() {
            let here = || format!("{path}[{place}]");
            let Raw::Text(text) = raw else {
                self.wrongs.refuse(here(), "It must be a text.");
                continue;
            };
            let name = if field == "sides" {
                self.wrongs.take(here, clean_name(&text))
            } else {
                self.wrongs.take(here, clean_indicator(&text)).map(str::to_owned)
            };
            let Some(name) = name else { continue };
            let before = names.len();
            if names.position(&name).is_some_and(|at| at < before) {
                self.wrongs.refuse(here(), "It is in this list already.");
            }
        }
        names.close();
        if field == "sides" { self.sides = names } else { self.indicators = names }
    }

    fn cycles(&mut self, spot: &Spot, raw: Raw) -> Option<Vec<Open>> {
        let list = match raw {
            Raw::List(list) if !list.is_empty() => list,
            Raw::List(_) => {
                self.wrongs.refuse(spot.at("cycles"), "There is no cycle in it.");
                return None;
            }
            _ => {
                self.wrongs.refuse(spot.at("cycles"), "It must be a list of cycles, oldest first.");
                return None;
            }
        };
        let mut periods = HashSet::new();
        let mut all = Vec::with_capacity(list.len());
        for (place, raw) in list.into_iter().enumerate() {
            let here = Spot::Path(spot.at(&format!("cycles[{place}]")));
            let Some(open) = self.cycle(&here, raw) else { continue };
            if !periods.insert(open.cycle.period.clone()) {
                self.wrongs
                    .refuse(here.at("period"), "An earlier cycle of this partnership has this period.");
            }
            all.push(open);
        }
        Some(all)
    }

    fn cycle(&mut self, spot: &Spot, raw: Raw) -> Option<Open> {
        let [period, opened_at, closed_at, invited, rebaseline, responses] = self.object(spot, raw, CYCLE)?;
        let period = self.label(&spot.at("period"), period);
        let opened_at = self.instant(&spot.at("opened_at"), opened_at, NaiveTime::MIN);
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or(NaiveTime::MIN);
        let closed_at = self.instant(&spot.at("closed_at"), closed_at, noon);
        let rebaseline = match rebaseline {
            Raw::Null => false,
            Raw::Bool(own) => own,
            _ => {
                self.wrongs.refuse(spot.at("rebaseline"), "It must be true or false.");
                false
            }
        };
        let responses = self.responses(spot, responses);
        let invited = self.invitations(spot, invited);
        let cycle = PastCycle {
            spot: spot.clone(),
            period: period?,
            opened_at,
            closed_at,
            invited: Vec::new(),
            rebaseline,
            responses,
        };
        Some(Open { cycle, invited })
    }

    fn responses(&mut self, spot: &Spot, raw: Raw) -> Vec<PastResponse> {
        let Raw::List(list) = raw else {
            self.wrongs.refuse(spot.at("responses"), "It must be a list of responses.");
            return Vec::new();
        };
        let mut seen = HashSet::new();
        let mut all = Vec::with_capacity(list.len());
        for (place, raw) in list.into_iter().enumerate() {
            let here = Spot::Path(spot.at(&format!("responses[{place}]")));
            let Some(response) = self.response(&here, raw) else {
                self.unread = true;
                continue;
            };
            if response.person.is_some_and(|person| !seen.insert((response.side, person))) {
                let sentence = "This respondent has answered for this side in this cycle already.";
                self.wrongs.refuse(here.at("respondent"), sentence);
            }
            // In anonymous mode nothing is kept of who it was.
            let person = response.person.filter(|_| self.mode != Mode::Anonymous);
            all.push(PastResponse { person, ..response });
        }
        all
    }

    fn response(&mut self, spot: &Spot, raw: Raw) -> Option<PastResponse> {
        let [respondent, side, answers] = self.object(spot, raw, RESPONSE)?;
        let person = match respondent {
            Raw::Null if self.mode == Mode::Anonymous => None,
            respondent => {
                let label = self.label(&spot.at("respondent"), respondent)?;
                self.people.position(&label)
            }
        };
        let side = self.side(&spot.at("side"), side)?;
        let answers = self.answers(spot, answers)?;
        Some(PastResponse { side, person, answers })
    }

    fn side(&mut self, path: &str, raw: Raw) -> Option<usize> {
        let name = self.name(path, raw)?;
        self.side_called(path, &name)
    }

    fn side_called(&mut self, path: &str, name: &str) -> Option<usize> {
        let at = self.sides.position(name);
        if at.is_none() {
            let sentence = format!("There is no such side; the sides are {}.", self.sides.all().join(", "));
            self.wrongs.refuse(path.to_owned(), sentence);
        }
        at
    }

    fn answers(&mut self, spot: &Spot, raw: Raw) -> Option<Answers> {
        let Raw::Object(entries) = raw else {
            self.wrongs.refuse(spot.at("answers"), "It must be an object: an answer for each indicator.");
            return None;
        };
        let mut answers = Answers::new();
        for (key, value) in entries {
            let path = || format!("{}.{}", spot.at("answers"), plain(&key));
            let Some(indicator) = self.wrongs.take(path, clean_indicator(&key)) else { continue };
            if self.indicators.position(indicator).is_none() {
                self.wrongs.refuse(path(), "This is none of the indicators that the document lists.");
                continue;
            }
            let Some(answer) = self.answer(path, &value) else { continue };
            if answers.insert(indicator.to_owned(), answer).is_some() {
                self.wrongs.refuse(path(), "It is answered twice here.");
            }
        }
        Some(answers)
    }

    fn answer(&mut self, path: impl Fn() -> String, value: &Raw) -> Option<Answer> {
        match value {
            Raw::Null => Some(None),
            Raw::Whole(point @ 1..=5) => Some(u8::try_from(*point).ok()),
            other => {
                let shown = other.shown();
                let sentence = format!("{shown} is not an answer: a whole number from 1 to 5, or null.");
                self.wrongs.refuse(path(), sentence);
                None
            }
        }
    }

    fn invitations(&mut self, spot: &Spot, raw: Raw) -> Vec<(usize, String, u32)> {
        let path = spot.at("invited");
        let entries = match raw {
            Raw::Null => return Vec::new(),
            Raw::Object(entries) => entries,
            _ => {
                self.wrongs.refuse(path, "It must be an object: a number for each side.");
                return Vec::new();
            }
        };
        let mut all: Vec<(usize, String, u32)> = Vec::new();
        for (key, value) in entries {
            let here = format!("{path}.{}", plain(&key));
            let name = self.wrongs.take(|| here.clone(), clean_name(&key));
            let Some(side) = name.and_then(|name| self.side_called(&here, &name)) else { continue };
            let Raw::Whole(number @ 0..=MOST_INVITED) = value else {
                self.wrongs.refuse(here, "It must be a whole number from 0 to 1,000,000.");
                continue;
            };
            let number = u32::try_from(number).unwrap_or_default();
            if all.iter().any(|(known, ..)| *known == side) {
                self.wrongs.refuse(here, "This side is there twice.");
                continue;
            }
            all.push((side, here, number));
        }
        all
    }

    /// Settles how many were invited: as said, else as many as answered.
    fn invited(&mut self, open: Open, sides: usize) -> PastCycle {
        let Open { mut cycle, invited } = open;
        cycle.invited = answered(&cycle.responses, sides);
        for (side, path, number) in invited {
            if number < cycle.invited[side] {
                let sentence =
                    format!("{number} cannot have been invited: {} answered.", cycle.invited[side]);
                self.wrongs.refuse(path, sentence);
            }
            cycle.invited[side] = number;
        }
        cycle
    }

    /// The values of an object's fields; null where the document has none.
    fn object<const N: usize>(&mut self, spot: &Spot, raw: Raw, fields: [&str; N]) -> Option<[Raw; N]> {
        let Raw::Object(entries) = raw else {
            let path = spot.at("");
            let path = path.trim_end_matches('.');
            let path = if path.is_empty() { "document" } else { path };
            self.wrongs.refuse(path.to_owned(), format!("It must be an object with {}.", fields.join(", ")));
            return None;
        };
        let mut found = [const { Raw::Null }; N];
        let mut seen = [false; N];
        for (key, value) in entries {
            let path = || spot.at(&plain(&key));
            match fields.iter().position(|own| *own == key) {
                None => {
                    let sentence = format!("There is no such field; the fields are {}.", fields.join(", "));
                    self.wrongs.refuse(path(), sentence);
                }
                Some(at) if seen[at] => self.wrongs.refuse(path(), "It is there twice."),
                Some(at) => {
                    seen[at] = true;
                    found[at] = value;
                }
            }
        }
        Some(found)
    }

    fn optional_text(&mut self, path: &str, raw: Raw) -> Option<String> {
        if raw == Raw::Null { None } else { self.text(path, raw) }
    }

    fn text(&mut self, path: &str, raw: Raw) -> Option<String> {
        match raw {
            Raw::Text(text) => Some(text),
            Raw::Null => {
                self.wrongs.refuse(path.to_owned(), "It is missing.");
                None
            }
            other => {
                let sentence = format!("{} is not a text in quotation marks.", other.shown());
                self.wrongs.refuse(path.to_owned(), sentence);
                None
            }
        }
    }

    fn name(&mut self, path: &str, raw: Raw) -> Option<String> {
        let text = self.text(path, raw)?;
        self.wrongs.take(|| path.to_owned(), clean_name(&text))
    }

    fn label(&mut self, path: &str, raw: Raw) -> Option<String> {
        let text = self.text(path, raw)?;
        self.wrongs.take(|| path.to_owned(), clean_label(&text)).map(str::to_owned)
    }

    /// An instant, or a date at a time of day in UTC.
    fn instant(&mut self, path: &str, raw: Raw, of_day: NaiveTime) -> Option<DateTime<Utc>> {
        let text = self.optional_text(path, raw)?;
        let exact = DateTime::parse_from_rfc3339(text.trim()).map(|own| own.to_utc());
        let day = || text.trim().parse::<NaiveDate>().map(|day| day.and_time(of_day).and_utc());
        let read = exact.or_else(|_| day()).ok();
        if read.is_none() {
            let sentence =
                "It must be an instant such as 2024-09-30T17:00:00Z, or a date such as 2024-09-30.";
            self.wrongs.refuse(path.to_owned(), sentence);
        }
        read
    }
}
