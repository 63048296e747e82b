//! `evenkeel import history`

use std::fs::File;
use std::io::{IsTerminal as _, Read, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::super::{Failure, code, open};
use super::{ACTOR, no_input};
use crate::clock::real_now;
use crate::domain::mode::Mode;
use crate::settings::Settings;
use crate::workflow::FieldError;
use crate::workflow::import_history::{Broken, Defaults, Form, Progress, Report, import_file};

/// Characters of the bar.
const WIDTH: u64 = 30;

pub(super) async fn run(settings: Settings, file: &Path, mode: Mode) -> Result<(), Failure> {
    let source = File::open(file).map_err(|error| no_input(file, &error))?;
    if source.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(no_input(file, &"it is a folder"));
    }
    let length = source.metadata().map_or(0, |about| about.len());
    let ctx = open(settings).await?;
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted { source, read: Arc::clone(&read) };
    let (begun, shows) = (Instant::now(), std::io::stderr().is_terminal());
    let progress = |so_far: Progress| {
        if shows {
            tell(so_far, read.load(Ordering::Relaxed), length);
        }
    };
    let json = file.extension().is_some_and(|own| own.eq_ignore_ascii_case("json"));
    let named = if json { Form::Json } else { Form::Csv };
    let report = import_file(&ctx, ACTOR, (counted, named), Defaults { mode }, real_now(), progress).await;
    if shows {
        eprintln!();
    }
    let report = report?;
    println!("{}", summary(&report, begun.elapsed().as_secs_f64()));
    told(file, report)
}

/// A file that tells how much of it was read.
struct Counted {
    source: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A line that overwrites itself; a terminal that is gone does not stop the import.
fn tell(so_far: Progress, read: u64, length: u64) {
    let filled = (read * WIDTH).checked_div(length).unwrap_or(0).min(WIDTH);
    let mut bar = String::new();
    for place in 0..WIDTH {
        bar.push(if place < filled { '#' } else { '.' });
    }
    let counts =
        format!("{} partnerships, {} answers", grouped(so_far.partnerships), grouped(so_far.answers));
    let mut terminal = std::io::stderr();
    drop(write!(terminal, "\r[{bar}] {counts}"));
    drop(terminal.flush());
}

/// What was done, in one sentence or two.
fn summary(report: &Report, seconds: f64) -> String {
    let sum = |of: fn(&crate::workflow::import_history::Imported) -> usize| {
        report.done.iter().map(of).sum::<usize>()
    };
    let (added, unchanged) = (sum(|own| own.cycles_added), sum(|own| own.cycles_unchanged));
    let new = report.done.iter().filter(|own| own.added).count();
    let answers = sum(|own| own.answers);
    let mut sentences = vec![
        format!("Past reviews: {} added, {} here already.", grouped(added), grouped(unchanged)),
        format!(
            "Partnerships: {} added, {} known, {} left out.",
            grouped(new),
            grouped(report.done.len() - new),
            grouped(report.left_out),
        ),
    ];
    if answers > 0 {
        let rate = (answers as f64 / seconds.max(0.001)).round();
        let (answers, responses) = (grouped(answers), grouped(sum(|own| own.responses)));
        sentences.push(format!(
            "{answers} answers of {responses} responses in {seconds:.1} s ({rate:.0} answers a second)."
        ));
    }
    match report.dropped.comments {
        0 => {}
        1 => sentences.push("1 comment was not kept: no mode shows comments.".to_owned()),
        count => sentences.push(format!("{count} comments were not kept: no mode shows comments.")),
    }
    sentences.join(" ")
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Ends with what must be mended, one place on each line.
fn told(file: &Path, report: Report) -> Result<(), Failure> {
    let mut lines = Vec::new();
    let line = |own: FieldError| format!("{}: {}", own.field, own.sentence);
    match report.broken {
        Some(Broken::Unreadable(error)) => return Err(no_input(file, &error)),
        Some(Broken::Malformed(sentence)) => lines.push(sentence),
        Some(Broken::Fields(errors)) => lines.extend(errors.into_iter().map(line)),
        Some(Broken::Stopped) | None => {}
    }
    lines.extend(report.errors.into_iter().map(line));
    if lines.is_empty() {
        return Ok(());
    }
    let what = match (report.done.is_empty(), report.left_out) {
        (true, _) => "nothing was imported".to_owned(),
        (false, 0) => "the file was not read to its end".to_owned(),
        (false, 1) => "1 partnership was left out".to_owned(),
        (false, count) => format!("{count} partnerships were left out"),
    };
    Err(Failure::new(code::DATA, format!("{what}\n{}", lines.join("\n"))))
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 2_000_000].map(grouped), ["0", "999", "1,000", "2,000,000"]);
    }
}
