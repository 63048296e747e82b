//! `evenkeel import`

mod history;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Failure, code};
use crate::clock::real_now;
use crate::domain::mode::Mode;
use crate::settings::Settings;
use crate::workflow::Refusal;
use crate::workflow::import_partnerships::{self, Imported};

const ACTOR: &str = "command line";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add many partnerships from a CSV file: one row for each member.
    ///
    /// Columns, in any order: partnership, zone, side, organisation, email, name, roles (separated by |), instrument,
    /// frequency, mode. The whole file happens, or nothing of it; the same file again changes nothing.
    Partnerships {
        /// The file, in UTF-8; cells are separated by commas or semicolons.
        file: PathBuf,
        /// Show what would be added, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Import past reviews from a history document (JSON) or a long CSV file: one row for each answer.
    ///
    /// Columns, in any order: partnership, period, side, respondent, indicator, answer (or rating). They are scored as if
    /// they had closed here, without any mail. Each partnership comes whole or is left out; the same file again changes
    /// nothing.
    History {
        /// The file, in UTF-8.
        file: PathBuf,
        /// Who sees what, where the file does not say: named, representative, confidential or anonymous.
        #[arg(long, default_value_t = Mode::Confidential)]
        mode: Mode,
    },
}

pub(super) async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    match command {
        Command::Partnerships { file, dry_run } => partnerships(settings, &file, dry_run).await,
        Command::History { file, mode } => history::run(settings, &file, mode).await,
    }
}

async fn partnerships(settings: Settings, file: &Path, dry_run: bool) -> Result<(), Failure> {
    let bytes = read(file)?;
    let houses = import_partnerships::parse(&bytes, usize::MAX).map_err(refused)?;
    let ctx = super::open(settings).await?;
    let done = if dry_run {
        import_partnerships::preview(&ctx, houses).await
    } else {
        let shows = std::io::stderr().is_terminal();
        let progress = move |done: usize, all: usize| {
            if shows {
                tell(done, all);
            }
        };
        import_partnerships::carry_out(&ctx, ACTOR, houses, real_now(), progress).await
    };
    print(&done.map_err(refused)?, dry_run);
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| no_input(file, &error))
}

fn no_input(file: &Path, error: &impl std::fmt::Display) -> Failure {
    Failure::new(code::NO_INPUT, format!("cannot read {}: {error}", file.display()))
}

/// Every place that must be mended, one on each line.
fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Fields(fields) => {
            let lines: Vec<String> =
                fields.iter().map(|own| format!("{}: {}", own.field, own.sentence)).collect();
            Failure::new(code::DATA, format!("nothing was imported\n{}", lines.join("\n")))
        }
        other => other.into(),
    }
}

/// A line that overwrites itself; a terminal that is gone does not stop the import.
fn tell(done: usize, all: usize) {
    let mut terminal = std::io::stderr();
    let end = if done == all { "\n" } else { "" };
    drop(write!(terminal, "\r{done} of {all} partnerships{end}"));
    drop(terminal.flush());
}

fn print(done: &Imported, dry_run: bool) {
    for row in &done.rows {
        let change = if row.added { "added" } else { "unchanged" };
        println!("line {}: {}: {change}: {}", row.line, row.name, row.what);
    }
    let heading = if dry_run { "Dry run, nothing was written. " } else { "" };
    println!("{heading}{}", done.summary());
}
