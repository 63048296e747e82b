//! Measures the built program against the limits of the machine it runs on, in interleaved rounds, and prints one table.
//!
//! `benches/run [--quick] [--rounds N] [--secs S] [--only W1,W2] [--growth 10] [--postgres URL]`; see `benches/README.md` for what
//! each figure is. The program is driven from outside, as people and programs use it: its commands, its pages, its interface,
//! its mails. The hello route and the mail sink are this program again, as processes of their own.

mod campaign;
mod charts;
mod data;
mod growth;
mod hello;
mod house;
mod http;
mod load;
mod plain;
mod process;
mod raw_smtp;
mod raw_sqlite;
mod reads;
mod server;
mod sink;
mod stage;
mod table;
mod whole;
mod works;
mod writes;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::data::PARTNERSHIPS;
use crate::house::House;
use crate::process::{Helper, Process, free_address, load_average};
use crate::server::{Program, first_answer};
use crate::table::{Row, markdown};
use crate::works::Bench;

/// Measures Evenkeel against the limits of this machine.
#[derive(Debug, Parser)]
#[command(name = "speed")]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// The built program.
    #[arg(long, default_value = "target/release/evenkeel")]
    binary: PathBuf,
    /// Rounds, 1 to 50.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=50))]
    rounds: u16,
    /// Seconds of each part of a round, at the most.
    #[arg(long, default_value_t = 2.0)]
    secs: f64,
    /// One short round of a small house, to see whether it works; its figures say nothing.
    #[arg(long)]
    quick: bool,
    /// These works only, such as `W1,W2`.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// So many times the data.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    scale: u16,
    /// Sets so many times the data against the single size, instead of all works.
    #[arg(long, value_parser = clap::value_parser!(u16).range(2..=100))]
    growth: Option<u16>,
    /// A PostgreSQL server on which databases may be made: W1, W2, W3 and W5 with one server and with two.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Where databases lie while it runs: the disk decides what a commit costs.
    #[arg(long, default_value = "target/speed")]
    folder: PathBuf,
}

/// What this program is besides, for itself.
#[derive(Debug, Subcommand)]
enum Part {
    /// The hello route.
    #[command(hide = true)]
    Hello { address: SocketAddr },
    /// The mail sink.
    #[command(hide = true)]
    Sink,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.part {
        Some(Part::Hello { address }) => return hello::serve(address),
        Some(Part::Sink) => return sink::serve(),
        None => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = arguments.folder.join(std::process::id().to_string());
    // Whoever stops it stops its processes with it: they end when what holds them is dropped.
    let measured = runtime.block_on(async {
        tokio::select! {
            measured = measure(&arguments, &folder) => measured,
            signal = stopped() => signal.and_then(|()| bail!("stopped")),
        }
    });
    // What is left of it is of no use to anybody.
    drop(std::fs::remove_dir_all(&folder));
    println!("{}", measured?);
    Ok(())
}

/// Waits until somebody stops the program.
async fn stopped() -> Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = term.recv() => {}
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    Ok(())
}

async fn measure(arguments: &Arguments, folder: &Path) -> Result<String> {
    let begun = Instant::now();
    let binary = arguments.binary.canonicalize().with_context(|| {
        format!("{} is not there: `cargo build --release` makes it", arguments.binary.display())
    })?;
    let size = if arguments.quick { PARTNERSHIPS / 10 } else { PARTNERSHIPS * usize::from(arguments.scale) };
    std::fs::create_dir_all(folder)?;
    let hello = free_address()?;
    let mut hello_process =
        Process::start(Command::new(std::env::current_exe()?).args(["hello", &hello.to_string()]))?;
    first_answer(hello, "/hello", &mut hello_process).await?;
    let maker = Maker { arguments, program: Program { binary }, hello };
    let before = load_average();
    let syncs = raw_sqlite::synchronisations(folder, Duration::from_secs(1))?;
    let mut tables = String::new();
    if let Some(server) = &arguments.postgres {
        let mut bench = maker.bench(&folder.join("postgres"), size, Some(server)).await?;
        for replicas in [1, 2] {
            bench.replicas = replicas;
            let servers = if replicas == 1 { "one server" } else { "two servers" };
            let rows = works(arguments, &mut bench, &["W1", "W2", "W3", "W5"]).await?;
            writeln!(tables, "\nPostgreSQL, {servers}:\n\n{}", markdown(&rows)?)?;
        }
        bench.house.remove()?;
    } else if let Some(factor) = arguments.growth {
        let small = maker.bench(&folder.join("one"), size, None).await?;
        let large = maker.bench(&folder.join("many"), size * usize::from(factor), None).await?;
        tables = markdown(&growth::growth(&small, &large).await?)?;
    } else {
        let mut bench = maker.bench(&folder.join("sqlite"), size, None).await?;
        let all = ["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9"];
        tables = markdown(&works(arguments, &mut bench, &all).await?)?;
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(format!(
        "{size} partnerships × 12 quarters × 10 people; {} rounds of {} s; {cores} cores; load average before {before}, \
         after {}; {syncs:.0} synchronisations/s of 4 KiB; {:.0} s in all.\n\n{tables}",
        maker.rounds(),
        maker.time().as_secs_f64(),
        load_average(),
        begun.elapsed().as_secs_f64(),
    ))
}

/// What makes a bench of any size.
struct Maker<'a> {
    arguments: &'a Arguments,
    program: Program,
    hello: SocketAddr,
}

impl Maker<'_> {
    fn rounds(&self) -> usize {
        if self.arguments.quick { 1 } else { usize::from(self.arguments.rounds) }
    }

    fn time(&self) -> Duration {
        let seconds = if self.arguments.quick { 0.3 } else { self.arguments.secs };
        Duration::from_secs_f64(seconds.clamp(0.1, 60.0))
    }

    async fn bench(&self, folder: &Path, size: usize, postgres: Option<&str>) -> Result<Bench> {
        let begun = Instant::now();
        let house = House::build(self.program.clone(), folder, size, postgres).await?;
        eprintln!("{size} partnerships are ready after {:.0} s", begun.elapsed().as_secs_f64());
        let mut sink = Helper::start(&["sink"])?;
        let sink_address = sink.hear()?.parse()?;
        let (rounds, time, hello) = (self.rounds(), self.time(), self.hello);
        Ok(Bench { house, rounds, time, replicas: 1, hello, sink, sink_address })
    }
}

async fn works(arguments: &Arguments, bench: &mut Bench, all: &[&str]) -> Result<Vec<Row>> {
    let known = arguments.only.iter().all(|own| all.contains(&own.as_str()));
    ensure!(known, "--only takes some of {}", all.join(","));
    let mut rows = Vec::new();
    for work in all {
        if !arguments.only.is_empty() && !arguments.only.iter().any(|own| own == work) {
            continue;
        }
        let begun = Instant::now();
        let own = match *work {
            "W1" => writes::submit(bench).await?,
            "W2" => reads::scorecards(bench).await?,
            "W3" => reads::portfolio(bench).await?,
            "W4" => charts::charts(bench).await?,
            "W5" => writes::close(bench).await?,
            "W6" => campaign::campaign(bench).await?,
            "W7" => whole::start(bench).await?,
            "W8" => whole::memory_of(bench).await?,
            _ => whole::in_and_out(bench)?,
        };
        // Said at once, so that what was measured is not lost when a later work fails.
        eprintln!("{work} took {:.0} s\n{}", begun.elapsed().as_secs_f64(), markdown(&own)?);
        rows.extend(own);
    }
    Ok(rows)
}
