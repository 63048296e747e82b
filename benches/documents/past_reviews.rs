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
    let csv = arguments.get(3).is_some_and(|form| form == "csv");
    let mut dice = StdRng::seed_from_u64(7);
    let mut out = BufWriter::new(std::io::stdout().lock());
    out.write_all(if csv {
        b"partnership,period,side,respondent,indicator,answer\n"
    } else {
        b"{\"partnerships\":["
    })?;
    for partnership in 0..partnerships {
        let level = dice.random_range(2.6..4.6);
        let mut text = String::new();
        if !csv {
            let comma = if partnership > 0 { ",\n" } else { "" };
            let name = format!(
                "{comma}{{\"partnership\":\"P{partnership:05}\",\"sides\":[\"A\",\"B\"],\"cycles\":["
            );
            text.push_str(&name);
        }
        for cycle in 0..cycles {
            if !csv {
                let comma = if cycle > 0 { "," } else { "" };
                text.push_str(&format!("{comma}{{\"period\":\"{}\",\"responses\":[", quarter(cycle)));
            }
            for person in 0..people {
                let answers = INDICATORS.map(|id| (id, answer(&mut dice, level)));
                response(&mut text, csv, (partnership, cycle, person), &answers);
            }
            if !csv {
                text.push_str("]}");
            }
        }
        if !csv {
            text.push_str("]}");
        }
        out.write_all(text.as_bytes())?;
    }
    if !csv {
        out.write_all(b"]}\n")?;
    }
    out.flush()
}

fn response(
    text: &mut String,
    csv: bool,
    (partnership, cycle, person): (usize, usize, usize),
    answers: &[(&str, Option<u8>)],
) {
    let side = if person % 2 == 0 { "A" } else { "B" };
    if csv {
        for (indicator, answer) in answers {
            let answer = answer.map_or_else(String::new, |point| point.to_string());
            let period = quarter(cycle);
            text.push_str(&format!("P{partnership:05},{period},{side},p{person},{indicator},{answer}\n"));
        }
        return;
    }
    let comma = if person > 0 { "," } else { "" };
    text.push_str(&format!("{comma}{{\"respondent\":\"p{person}\",\"side\":\"{side}\",\"answers\":{{"));
    for (place, (indicator, answer)) in answers.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let answer = answer.map_or_else(|| "null".to_owned(), |point| point.to_string());
        text.push_str(&format!("{comma}\"{indicator}\":{answer}"));
    }
    text.push_str("}}");
}
