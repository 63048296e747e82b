//! W7, a start, W8, memory, and W9, history in and scorecards out: the program as whole processes.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::data::{PEOPLE, QUARTERS};
use crate::http::request;
use crate::load::{Load, Run};
use crate::process::{Process, cpu_of_ended, free_address, memory};
use crate::raw_sqlite;
use crate::reads::{portfolio_load, scorecard_load};
use crate::server::first_answer;
use crate::table::{Bound, Row};
use crate::works::Bench;

/// Answers of a response.
const ANSWERS: f64 = 5.0;

/// W7: from the start of a process to its first answer, on a migrated database.
pub async fn start(bench: &Bench) -> Result<Vec<Row>> {
    let (mut hello, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        hello.push(hello_start().await?);
        let (server, stage) = bench.house.serve(&bench.house.open).await?;
        ours.push(Run { rate: server.started_in.as_secs_f64() * 1000.0, ..Run::default() });
        server.end()?;
        stage.remove()?;
    }
    Ok(vec![
        Row::new("W7", "start to first answer, migrated database; ms", ours)
            .against("hello's start", &hello)
            .goals(&[Bound::Times(7.0)], &[Bound::Times(4.0)]),
    ])
}

async fn hello_start() -> Result<f64> {
    let address = free_address()?;
    let begun = Instant::now();
    let mut command = Command::new(std::env::current_exe()?);
    let mut process = Process::start(command.args(["hello", &address.to_string()]))?;
    first_answer(address, "/hello", &mut process).await?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

/// W8: what a server holds after its start, and after one load of each kind.
pub async fn memory_of(bench: &Bench) -> Result<Vec<Row>> {
    let (mut idle, mut idle_own, mut loaded, mut loaded_own) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let held = |process: u32, figure: &str| -> Result<Run> {
        let rate = memory(process, figure).context("the server is there")?;
        Ok(Run { rate, ..Run::default() })
    };
    for _ in 0..bench.rounds {
        let fleet = bench.fleet(&bench.house.open).await?;
        let server = fleet.processes()[0];
        tokio::time::sleep(Duration::from_secs(3)).await;
        idle.push(held(server, "VmRSS")?);
        idle_own.push(held(server, "RssAnon")?);
        let submissions = Load {
            requests: Arc::new(bench.house.submissions.clone()),
            connections: 64,
            time: bench.time,
            once: true,
            status: 200,
        };
        fleet.load(&submissions).await?;
        fleet.load(&scorecard_load(bench, &fleet).await?).await?;
        fleet.load(&portfolio_load(bench, &fleet).await?).await?;
        let page = bench.turns(vec![request("GET", "/", &bench.house.cookie, None)], 4);
        fleet.load(&page).await?;
        for ending in ["svg", "png"] {
            let chart =
                |id: &String| bench.house.get(&format!("/api/v1/partnerships/{id}/charts/trend.{ending}"));
            fleet.load(&bench.turns(bench.house.ids.iter().map(chart).collect(), 2)).await?;
        }
        let export = bench.turns(vec![bench.house.get("/api/v1/exports/scorecards.csv")], 1);
        fleet.load(&export).await?;
        loaded.push(held(server, "VmRSS")?);
        loaded_own.push(held(server, "RssAnon")?);
        fleet.end()?;
    }
    Ok(vec![
        Row::new("W8", "memory idle, 3 s after the start; MiB", idle)
            .goals(&[Bound::Most(17.0)], &[Bound::Most(10.0)]),
        Row::new("W8", "memory after W1 to W4 and an export; MiB", loaded)
            .goals(&[Bound::Most(49.0)], &[Bound::Most(24.0)]),
        Row::new("W8", "of it without mapped files, idle; MiB", idle_own),
        Row::new("W8", "of it without mapped files, after the loads; MiB", loaded_own),
    ])
}

/// W9: the history document through `import history`, and `export scorecards`.
pub fn in_and_out(bench: &Bench) -> Result<Vec<Row>> {
    let (mut raw, mut imports, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    let (mut exports, mut export_peaks) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        raw.push(ANSWERS * raw_sqlite::responses(&bench.house.folder, 64, bench.raw_time())?);
        let (run, peak) = import_once(bench)?;
        imports.push(run);
        peaks.push(peak);
        let (run, peak) = export_once(bench)?;
        exports.push(run);
        export_peaks.push(peak);
    }
    let most = |peaks: Vec<f64>| peaks.into_iter().map(|rate| Run { rate, ..Run::default() }).collect();
    Ok(vec![
        Row::new("W9", "import history, scores, drift and flags included; answers/s", imports)
            .against("raw SQLite FULL, 64 responses a commit; answers/s", &raw)
            .goals(&[Bound::Part(0.25)], &[Bound::Part(0.6)]),
        Row::new("W9", "peak memory of the import; MiB", most(peaks)),
        Row::new("W9", "export scorecards as CSV; rows/s", exports),
        Row::new("W9", "peak memory of the export; MiB", most(export_peaks)),
    ])
}

/// One import into people without a history; answers a second and peak memory.
pub fn import_once(bench: &Bench) -> Result<(Run, f64)> {
    let house = &bench.house;
    let stage = house.people.copy(&format!("import-{}", house.files.partnerships))?;
    let (document, answers) = (house.folder.join("history.json"), house.files.answers() as f64);
    let before = cpu_of_ended()?;
    let arguments = ["import", "history", &document.display().to_string()];
    let (seconds, peak) = house.program.measured(&stage, &arguments, &house.folder.join("import.txt"))?;
    let cpu = cpu_of_ended()? - before;
    let responses = stage.count("SELECT count(*) FROM cycle WHERE state = 'closed'")? * PEOPLE;
    ensure!(
        responses == house.files.partnerships * QUARTERS as usize * PEOPLE,
        "the history came in as a whole"
    );
    stage.remove()?;
    Ok((Run { rate: answers / seconds, cpu: Some(cpu * 1e6 / answers), p99: None }, peak))
}

fn export_once(bench: &Bench) -> Result<(Run, f64)> {
    let house = &bench.house;
    let file = house.folder.join("export.csv");
    let before = cpu_of_ended()?;
    let arguments = ["export", "scorecards", "--format", "csv"];
    let (seconds, peak) = house.program.measured(&house.history, &arguments, &file)?;
    let cpu = cpu_of_ended()? - before;
    let rows = std::fs::read_to_string(&file)?.lines().count().saturating_sub(1);
    ensure!(rows >= house.files.partnerships * QUARTERS as usize, "every scorecard has a row");
    let rows = rows as f64;
    Ok((Run { rate: rows / seconds, cpu: Some(cpu * 1e6 / rows), p99: None }, peak))
}
