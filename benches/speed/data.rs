//! The invented data: partnerships of two sides of five people, twelve quarters up to the last one, always the same answers.
//!
//! Two files, as somebody who moves to the program would bring them: members and cadences as CSV, past reviews as a history
//! document. Names and addresses match, so that the people who answered are the people who will be asked.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use chrono::{Datelike as _, Utc};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Quarters of each partnership's history.
pub const QUARTERS: u32 = 12;
/// People of each partnership who answer.
pub const PEOPLE: usize = 10;
/// People of each partnership where many links are needed: nobody gets two survey letters on one day.
pub const CROWD: usize = 30;
/// Partnerships of the single size; of a larger one so many have a crowd.
pub const PARTNERSHIPS: usize = 200;
/// Questions of the quarterly review.
pub const INDICATORS: [&str; 5] =
    ["shared_vision", "communication", "resource_commitment", "conflict_resolution", "joint_kpi"];
/// What everybody writes beside the ratings.
pub const COMMENT: &str = "Communication has improved since the last quarter; planning still late.";
/// Who has a seat in every partnership.
pub const OFFICE: &str = "office@example.org";

/// The files of one size.
pub struct Files {
    /// Partnerships.
    pub partnerships: usize,
}

impl Files {
    /// Writes `partnerships.csv`, `crowd.csv` (the same with more people who are asked) and `history.json` into a folder.
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::write(folder.join("partnerships.csv"), self.members(PEOPLE)?)?;
        std::fs::write(folder.join("crowd.csv"), self.members(CROWD)?)?;
        std::fs::write(folder.join("history.json"), self.history()?)?;
        Ok(())
    }

    /// Answers in the history.
    pub fn answers(&self) -> usize {
        self.partnerships * QUARTERS as usize * PEOPLE * INDICATORS.len()
    }

    fn members(&self, people: usize) -> Result<String> {
        let mut text = "partnership,side,email,name,roles,instrument,frequency,mode\n".to_owned();
        for house in 0..self.partnerships {
            let people = if house < PARTNERSHIPS { people } else { PEOPLE };
            for person in 0..people {
                let side = side(person);
                let (roles, cadence) = match person {
                    0 => ("respondent|manager", "quarterly-health-review,quarterly,confidential"),
                    1 => ("respondent|manager", ",,"),
                    _ => ("respondent", ",,"),
                };
                let address = address(house, person);
                writeln!(text, "P{house:05},{side},{address},Person {house}.{person},{roles},{cadence}")?;
            }
            writeln!(text, "P{house:05},,{OFFICE},The office,facilitator,,,")?;
        }
        Ok(text)
    }

    fn history(&self) -> Result<String> {
        let mut dice = StdRng::seed_from_u64(20);
        let mut text = "{\"partnerships\":[".to_owned();
        for house in 0..self.partnerships {
            let comma = if house > 0 { ",\n" } else { "\n" };
            write!(text, "{comma}{{\"partnership\":\"P{house:05}\",\"sides\":[\"A\",\"B\"],\"cycles\":[")?;
            let mut levels = INDICATORS.map(|_| dice.random_range(2.8..4.4_f64));
            let gaps = INDICATORS.map(|_| dice.random_range(-0.6..0.6_f64));
            for quarter in 0..QUARTERS {
                let comma = if quarter > 0 { "," } else { "" };
                write!(text, "{comma}{{\"period\":\"{}\",\"responses\":[", period(QUARTERS - quarter))?;
                for level in &mut levels {
                    *level = (*level + dice.random_range(-0.25..0.25)).clamp(1.5, 4.8);
                }
                for person in 0..PEOPLE {
                    let comma = if person > 0 { "," } else { "" };
                    let (side, address) = (side(person), address(house, person));
                    write!(text, "{comma}{{\"respondent\":\"{address}\",\"side\":\"{side}\",\"answers\":{{")?;
                    for (place, indicator) in INDICATORS.iter().enumerate() {
                        let comma = if place > 0 { "," } else { "" };
                        let half = gaps[place] / if person % 2 == 0 { 2.0 } else { -2.0 };
                        let point = levels[place] + half + dice.random_range(-1.2..1.2);
                        write!(text, "{comma}\"{indicator}\":{:.0}", point.clamp(1.0, 5.0))?;
                    }
                    text.push_str("}}");
                }
                text.push_str("]}");
            }
            text.push_str("]}");
        }
        text.push_str("\n]}\n");
        Ok(text)
    }
}

/// What somebody answers this quarter, as the interface takes it.
pub fn response(number: usize) -> String {
    let answers: Vec<String> = INDICATORS
        .iter()
        .enumerate()
        .map(|(place, id)| format!("\"{id}\":{}", (number * 7 + place * 3) % 3 + 3))
        .collect();
    format!("{{\"answers\":{{{}}},\"comment\":\"{COMMENT}\",\"send\":true}}", answers.join(","))
}

fn side(person: usize) -> &'static str {
    if person.is_multiple_of(2) { "A" } else { "B" }
}

fn address(house: usize, person: usize) -> String {
    format!("p{house}.{person}@example.org")
}

/// The name of the quarter so many quarters before this one.
fn period(before: u32) -> String {
    let today = today();
    let quarters = i64::from(today.0) * 4 + i64::from(today.1) - i64::from(before);
    format!("{}-Q{}", quarters.div_euclid(4), quarters.rem_euclid(4) + 1)
}

/// The year and the quarter of it, from 0.
#[expect(
    clippy::disallowed_methods,
    reason = "the history ends where the real clock of the measured program stands"
)]
fn today() -> (i32, u32) {
    let now = Utc::now();
    (now.year(), now.month0() / 3)
}
