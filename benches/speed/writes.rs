//! W1, submitting responses, and W5, closing a quarter: what waits for the disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::load::{Load, Run};
use crate::process::cpu_of;
use crate::raw_sqlite;
use crate::stage::Stage;
use crate::table::{Bound, Row};
use crate::works::Bench;

/// W1: each link's response is sent once and answered when it is durable.
pub async fn submit(bench: &Bench) -> Result<Vec<Row>> {
    let (mut one, mut sixteen, mut runs) = (Vec::new(), Vec::new(), [const { Vec::new() }; 3]);
    let connections = [1, 16, 64];
    for _ in 0..bench.rounds {
        one.push(raw_sqlite::responses(&bench.house.folder, 1, bench.raw_time())?);
        sixteen.push(raw_sqlite::responses(&bench.house.folder, 16, bench.raw_time())?);
        for (place, connections) in connections.into_iter().enumerate() {
            runs[place].push(submit_once(bench, connections).await?);
        }
    }
    let [single, some, many] = runs;
    let what = |connections| format!("submit a response, {connections} connections; responses/s");
    let raw = |batch| format!("raw SQLite FULL, {batch} a commit");
    Ok(vec![
        Row::new("W1", "submit a response, 1 connection; responses/s", single)
            .against(raw("one"), &one)
            .goals(&[Bound::Part(0.35)], &[Bound::Part(0.60)]),
        Row::new("W1", what(16), some).against(raw("one"), &one).goals(&[Bound::Part(1.0)], &[]),
        Row::new("W1", what(64), many.clone()).against(raw("one"), &one).goals(&[Bound::Part(1.0)], &[]),
        Row::new("W1", what(64), many)
            .against(raw("16"), &sixteen)
            .goals(&[], &[Bound::Part(0.25), Bound::P99(25.0)]),
    ])
}

/// One load of W1 on a fresh copy, so that there are as many unanswered links each time.
pub async fn submit_once(bench: &Bench, connections: usize) -> Result<Run> {
    let fleet = bench.fleet(&bench.house.crowd).await?;
    let mut requests = bench.house.many_submissions.clone();
    // The first ones warm the server up.
    let load = |requests, connections| Load {
        requests: Arc::new(requests),
        connections,
        time: bench.time,
        once: true,
        status: 200,
    };
    let first = requests.split_off(requests.len() - 32);
    fleet.load(&load(first, 2)).await?;
    let run = fleet.load(&load(requests, connections)).await?;
    fleet.end()?;
    Ok(run)
}

/// W5: the thirteenth quarter of all partnerships becomes due at one instant, and the clockwork closes it.
pub async fn close(bench: &Bench) -> Result<Vec<Row>> {
    let (mut raw, mut runs) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        raw.push(raw_sqlite::quarters(
            &bench.house.folder,
            bench.house.files.partnerships,
            bench.raw_time(),
        )?);
        runs.push(close_once(bench, Until::Closed).await?);
    }
    let partnerships = bench.house.files.partnerships as f64;
    let milliseconds = runs.iter().map(|own| Run { rate: 1000.0 / own.rate, ..Run::default() }).collect();
    let each = |own: &Run| Run { cpu: own.cpu.map(|cpu| cpu / partnerships), ..*own };
    Ok(vec![
        Row::new(
            "W5",
            "close one quarter of all partnerships; quarters/s, CPU for each close",
            runs.iter().map(each).collect(),
        )
        .against("raw SQLite, aggregate and store; quarters/s", &raw)
        .goals(&[Bound::Part(0.02)], &[Bound::Part(0.06)]),
        Row::new("W5", "the same in milliseconds", milliseconds),
    ])
}

/// What a close is measured to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Every cycle is closed.
    Closed,
    /// Every result is in a letter, too: where there are many cycles, letters are written between closes.
    Told,
}

/// Quarters a second, and the processor time of one in microseconds.
///
/// No door lets a cycle close within two hours of its opening, so the closing time is moved in the database; everything that
/// follows is the program's own doing. The clock of the measurement starts when the program's round starts, which is the
/// instant that it writes down as the close.
pub async fn close_once(bench: &Bench, until: Until) -> Result<Run> {
    let fleet = bench.with_sink(&bench.house.answered, 4).await?;
    let stage = &fleet.stage;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let due = stage.count("SELECT count(*) FROM cycle WHERE state = 'open'")?;
    ensure!(due == bench.house.files.partnerships, "{due} cycles are open");
    let before = cpu_of(&fleet.processes())?;
    let now = stage.now();
    let due_now = if stage.postgres.is_some() {
        format!("UPDATE cycle SET closes_at = {now} WHERE state = 'open' RETURNING 1")
    } else {
        format!("UPDATE cycle SET closes_at = {now} WHERE state = 'open'")
    };
    let begun = Instant::now();
    stage.sql(&due_now)?;
    let closed = wait_for(stage, until, due).await?;
    let cpu = cpu_of(&fleet.processes())? - before;
    let started = seconds_since_first(stage)?;
    ensure!(started <= begun.elapsed().as_secs_f64() + 0.1, "the round began before anything was due");
    let took = started - closed.elapsed().as_secs_f64();
    let told = stage.count("SELECT count(*) FROM notice WHERE kind = 'result'")?;
    ensure!(told >= due, "only {told} managers are told of {due} closes");
    fleet.end()?;
    Ok(Run { rate: 1.0 / took, cpu: Some(cpu * 1e6), p99: None })
}

/// Waits for it; gives the instant.
async fn wait_for(stage: &Stage, until: Until, count: usize) -> Result<Instant> {
    let begun = Instant::now();
    let step = Duration::from_millis(if stage.postgres.is_some() { 25 } else { 2 });
    let untold = || stage.count("SELECT count(*) FROM notice WHERE kind = 'result' AND state = 'waiting'");
    while stage.count("SELECT count(*) FROM cycle WHERE state = 'open'")? > 0
        || (until == Until::Told && untold()? > 0)
    {
        ensure!(begun.elapsed() < Duration::from_mins(10), "{count} cycles do not close");
        tokio::time::sleep(step).await;
    }
    Ok(Instant::now())
}

/// Seconds from the first of the closes just made until now, by one clock.
fn seconds_since_first(stage: &Stage) -> Result<f64> {
    let newest = "FROM cycle WHERE origin = 'ad_hoc' AND state = 'closed'";
    let text = if stage.postgres.is_some() {
        stage.sql(&format!("SELECT extract(epoch FROM {} - min(closed_at)) {newest}", stage.now()))?
    } else {
        let since = "(julianday('now') - julianday(min(closed_at))) * 86400.0";
        stage.sql(&format!("SELECT printf('%.6f', {since}) {newest}"))?
    };
    text.trim().parse().with_context(|| format!("{text} is no number of seconds"))
}
