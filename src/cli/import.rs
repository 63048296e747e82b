//! `evenkeel import`

mod history;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Failure, code};
use crate::clock::real_now;
use crate::domain::mode::Mode;
use crate::settings::Settings;
use crate::store::{StoreError, partnerships};
use crate::workflow::import_partnerships::{self, Imported};
use crate::workflow::members::{self, Carried, MembersPlan, OpenCycles};
use crate::workflow::proposals::Speaker;
use crate::workflow::{ActsFor, Refusal};

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
    /// Add and change members of one partnership from a CSV file; nobody is removed.
    ///
    /// Columns, in any order: email, name, side, roles (separated by |), zone, `external_ref`. The whole file happens, or
    /// nothing of it. Changing who answers while a cycle is open becomes a proposal to every side, unless open cycles
    /// shall keep the people they opened with.
    Members {
        /// The partnership, by identifier or name.
        partnership: String,
        /// The file, in UTF-8; cells are separated by commas or semicolons.
        file: PathBuf,
        /// Show what would change, and write nothing.
        #[arg(long)]
        dry_run: bool,
        /// Open cycles keep the people they opened with.
        #[arg(long)]
        keep_open_cycles: bool,
    },
    /// Import past reviews from a history document (JSON) or a long CSV file: one row for each answer.
    ///
    /// Columns, in any order: partnership, period, side, respondent, indicator, answer (or rating). They are scored as if
    /// they had closed here, without any mail. A partnership is found by its name letter by letter, a side whatever its case;
    /// another spelling of a partnership's name adds another partnership. Each partnership comes whole or is left out; the same file again changes
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
        Command::Partnerships { file, dry_run } => whole_partnerships(settings, &file, dry_run).await,
        Command::Members { partnership, file, dry_run, keep_open_cycles } => {
            let open_cycles = if keep_open_cycles { OpenCycles::Keep } else { OpenCycles::Change };
            members(settings, &partnership, &file, dry_run, open_cycles).await
        }
        Command::History { file, mode } => history::run(settings, &file, mode).await,
    }
}

async fn whole_partnerships(settings: Settings, file: &Path, dry_run: bool) -> Result<(), Failure> {
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

async fn members(
    settings: Settings,
    partnership: &str,
    file: &Path,
    dry_run: bool,
    open_cycles: OpenCycles,
) -> Result<(), Failure> {
    let raw = members::from_csv(&read(file)?).map_err(refused)?;
    let ctx = super::open(settings).await?;
    let id = super::export::find(&ctx, partnership).await?;
    let sides = ctx.store.read(move |conn| partnerships::sides(conn, id)).await;
    let sides = sides.map_err(|error: StoreError| Failure::from(error))?;
    let entries = members::parse(&sides, &ActsFor::Whole, raw).map_err(refused)?;
    let plan = MembersPlan::adding(id, ActsFor::Whole, entries).with(open_cycles);
    let carried = if dry_run {
        members::preview(&ctx, plan, None).await.map(Carried::Done)
    } else {
        let speaker = Speaker { actor: ACTOR.to_owned(), side: None };
        members::carry_out(&ctx, speaker, plan, (None, ""), real_now()).await
    };
    match carried.map_err(refused)? {
        Carried::Waits(proposal) => println!(
            "A cycle is open, and the file changes who answers: proposal {proposal} waits for every side. Nothing is \
             written until all agree."
        ),
        Carried::Done(outcome) => {
            for row in &outcome.rows {
                println!("{}: {}", row.place.path(&row.email), row.what);
            }
            let heading = if dry_run { "Dry run, nothing was written. " } else { "" };
            println!("{heading}{}", outcome.summary());
        }
    }
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
