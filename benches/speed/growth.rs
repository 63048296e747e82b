//! Growth: the same works on more partnerships, set against the single size in the same rounds.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::http::request;
use crate::load::{Load, Run};
use crate::process::memory;
use crate::reads::{portfolio_load, scorecard_load};
use crate::table::{Bound, Row};
use crate::whole::import_once;
use crate::works::{Bench, Fleet};
use crate::writes::{Until, close_once, submit_once};

/// Longest time for the first reading of everything.
const FIRST: Duration = Duration::from_mins(10);

/// What a round gives of one size.
#[derive(Default)]
struct Runs {
    submit: Vec<Run>,
    scorecards: Vec<Run>,
    json: Vec<Run>,
    html: Vec<Run>,
    memory: Vec<Run>,
    close: Vec<Run>,
    import: Vec<Run>,
}

/// Works of both sizes in turn.
pub async fn growth(small: &Bench, large: &Bench) -> Result<Vec<Row>> {
    ensure!(small.rounds == large.rounds, "both sizes take the same rounds");
    let (mut one, mut many) = (Runs::default(), Runs::default());
    for _ in 0..small.rounds {
        round(small, &mut one).await?;
        round(large, &mut many).await?;
    }
    let factor = large.house.files.partnerships as f64 / small.house.files.partnerships as f64;
    let row = |what: &str, ours: Vec<Run>, limit: &[Run]| {
        let limit: Vec<f64> = limit.iter().map(|own| own.rate).collect();
        Row::new("growth", format!("× {factor}: {what}"), ours).against("the same, × 1", &limit)
    };
    let goals = |own: Row, bound| own.goals(&[bound], &[]);
    let linear = Bound::Part(1.0 / 1.3);
    // Closing takes longer the more there is to close: what counts is the time for each partnership.
    let each = |own: Vec<Run>| own.into_iter().map(|run| Run { rate: run.rate * factor, ..run }).collect();
    Ok(vec![
        goals(row("W1, 16 connections; responses/s", many.submit, &one.submit), Bound::Part(0.6)),
        goals(row("W2; answers/s", many.scorecards, &one.scorecards), Bound::Part(0.6)),
        goals(row("W3, a page of 200 as JSON; answers/s", many.json, &one.json), Bound::Part(0.6)),
        goals(row("W3, the page as HTML; answers/s", many.html, &one.html), Bound::Part(0.6)),
        goals(row("memory after W2 and W3; MiB", many.memory, &one.memory), Bound::Times(1.3)),
        goals(
            row(
                "W5 with its letters; quarters/s of as many partnerships as × 1",
                each(many.close),
                &one.close,
            ),
            linear,
        ),
        goals(row("W9, import; answers/s", many.import, &one.import), linear),
    ])
}

/// Asks for everything once, so that the first reading after a start is not what is compared, and then for so long.
async fn warm(fleet: &Fleet, load: Load) -> Result<Run> {
    fleet.load(&Load { once: true, time: FIRST, ..load.clone() }).await?;
    fleet.load(&load).await
}

async fn round(bench: &Bench, runs: &mut Runs) -> Result<()> {
    runs.submit.push(submit_once(bench, 16).await?);
    let fleet = bench.fleet(&bench.house.open).await?;
    runs.scorecards.push(warm(&fleet, scorecard_load(bench, &fleet).await?).await?);
    runs.json.push(warm(&fleet, portfolio_load(bench, &fleet).await?).await?);
    let page = bench.turns(vec![request("GET", "/", &bench.house.cookie, None)], 4);
    runs.html.push(warm(&fleet, page).await?);
    let held = memory(fleet.processes()[0], "VmRSS").unwrap_or_default();
    runs.memory.push(Run { rate: held, ..Run::default() });
    fleet.end()?;
    runs.close.push(close_once(bench, Until::Told).await?);
    runs.import.push(import_once(bench)?.0);
    Ok(())
}
