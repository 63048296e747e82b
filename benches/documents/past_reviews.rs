//! Writes an invented history document of any size to standard output, to measure the import with:
//!
//! ```sh
//! cargo run --release --example past_reviews -- 1000 20 20 json > past.json
//! ```
//!
//! Numbers: partnerships, cycles of each, respondents of each (on two sides), and the form: `json` or `csv`. The same numbers
//! give the same document.

use std::io::{BufWriter, Write};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const INDICATORS: [&str; 5] =
    ["shared_vision", "communication", "resource_commitment", "conflict_resolution", "joint_kpi"];

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

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, usual: usize| arguments.get(at).and_then(|own| own.parse().ok()).unwrap_or(usual);
    let (partnerships, cycles, people) = (number(0, 1_000), number(1, 20), number(2, 20));
    let mut dice = StdRng::seed_from_u64(7);
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.get(3).is_some_and(|form| form == "csv") {
        writeln!(out, "partnership,period,side,respondent,indicator,answer")?;
        for partnership in 0..partnerships {
            table(&mut out, &mut dice, partnership, (cycles, people))?;
        }
    } else {
        write!(out, "{{\"partnerships\":[")?;
        for partnership in 0..partnerships {
            write!(out, "{}", comma(partnership))?;
            document(&mut out, &mut dice, partnership, (cycles, people))?;
        }
        writeln!(out, "]}}")?;
    }
    out.flush()
}

fn comma(place: usize) -> &'static str {
    if place > 0 { "," } else { "" }
}

fn side(person: usize) -> &'static str {
    if person.is_multiple_of(2) { "A" } else { "B" }
}

/// One partnership as rows.
fn table(
    out: &mut impl Write,
    dice: &mut StdRng,
    partnership: usize,
    (cycles, people): (usize, usize),
) -> std::io::Result<()> {
    let level = dice.random_range(2.6..4.6);
    for cycle in 0..cycles {
        for person in 0..people {
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
fn document(
    out: &mut impl Write,
    dice: &mut StdRng,
    partnership: usize,
    (cycles, people): (usize, usize),
) -> std::io::Result<()> {
    let level = dice.random_range(2.6..4.6);
    write!(out, "{{\"partnership\":\"P{partnership:05}\",\"sides\":[\"A\",\"B\"],\"cycles\":[")?;
    for cycle in 0..cycles {
        write!(out, "{}{{\"period\":\"{}\",\"responses\":[", comma(cycle), quarter(cycle))?;
        for person in 0..people {
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
