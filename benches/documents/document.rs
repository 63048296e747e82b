//! Invented past reviews of any size, as a document or as a table; the same numbers give the same bytes.
//!
//! Used by the example `past_reviews`, which writes them out, and by the bench `import`, which reads them in.

use std::io::Write;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const INDICATORS: [&str; 5] =
    ["shared_vision", "communication", "resource_commitment", "conflict_resolution", "joint_kpi"];

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The history document.
    Json,
    /// One row for each answer.
    Csv,
}

/// How much there is of everything.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Partnerships, each of two sides.
    pub partnerships: usize,
    /// Cycles of each.
    pub cycles: usize,
    /// Respondents of each cycle, on both sides together.
    pub people: usize,
}

/// Writes the whole document.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut impl Write, amount: Size, form: Form) -> std::io::Result<()> {
    let mut dice = StdRng::seed_from_u64(7);
    if form == Form::Csv {
        writeln!(out, "partnership,period,side,respondent,indicator,answer")?;
        for partnership in 0..amount.partnerships {
            table(out, &mut dice, partnership, amount)?;
        }
        return Ok(());
    }
    write!(out, "{{\"partnerships\":[")?;
    for partnership in 0..amount.partnerships {
        write!(out, "{}", comma(partnership))?;
        object(out, &mut dice, partnership, amount)?;
    }
    writeln!(out, "]}}")
}

/// One answer: 1 to 5, or none in one case of twenty.
fn answer(dice: &mut StdRng, level: f64) -> Option<u8> {
    if dice.random_range(0..20) == 0 {
        return None;
    }
    let point = level + dice.random_range(-1.4..1.4);
    (1..=5_u8).min_by(|a, b| (f64::from(*a) - point).abs().total_cmp(&(f64::from(*b) - point).abs()))
}

/// The name of a quarter, from 2015 on.
fn quarter(number: usize) -> String {
    format!("{}-Q{}", 2015 + number / 4, number % 4 + 1)
}

fn comma(place: usize) -> &'static str {
    if place > 0 { "," } else { "" }
}

fn side(person: usize) -> &'static str {
    if person.is_multiple_of(2) { "A" } else { "B" }
}

/// One partnership as rows.
fn table(out: &mut impl Write, dice: &mut StdRng, partnership: usize, amount: Size) -> std::io::Result<()> {
    let level = dice.random_range(2.6..4.6);
    for cycle in 0..amount.cycles {
        for person in 0..amount.people {
            for indicator in INDICATORS {
                let answer = answer(dice, level).map_or_else(String::new, |point| point.to_string());
                let (period, side) = (quarter(cycle), side(person));
                writeln!(out, "P{partnership:05},{period},{side},p{person},{indicator},{answer}")?;
            }
        }
    }
    Ok(())
}

/// One partnership as an object.
fn object(out: &mut impl Write, dice: &mut StdRng, partnership: usize, amount: Size) -> std::io::Result<()> {
    let level = dice.random_range(2.6..4.6);
    write!(out, "{{\"partnership\":\"P{partnership:05}\",\"sides\":[\"A\",\"B\"],\"cycles\":[")?;
    for cycle in 0..amount.cycles {
        write!(out, "{}{{\"period\":\"{}\",\"responses\":[", comma(cycle), quarter(cycle))?;
        for person in 0..amount.people {
            let (comma_here, side) = (comma(person), side(person));
            write!(out, "{comma_here}{{\"respondent\":\"p{person}\",\"side\":\"{side}\",\"answers\":{{")?;
            for (place, indicator) in INDICATORS.iter().enumerate() {
                let answer = answer(dice, level).map_or_else(|| "null".to_owned(), |point| point.to_string());
                write!(out, "{}\"{indicator}\":{answer}", comma(place))?;
            }
            write!(out, "}}}}")?;
        }
        write!(out, "]}}")?;
    }
    writeln!(out, "]}}")
}
