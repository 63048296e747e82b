//! W6: a thousand mails leave through the durable outbox, set against a bare client at the same sink.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::data::PEOPLE;
use crate::house::open_cycles;
use crate::load::Run;
use crate::process::cpu_of;
use crate::raw_smtp;
use crate::table::{Bound, Row};
use crate::works::Bench;

/// Survey mails.
const MAILS: usize = 1000;

/// W6 with one and with four connections.
pub async fn campaign(bench: &mut Bench) -> Result<Vec<Row>> {
    let (mut raw, mut one, mut four) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        raw.push(raw_smtp::rate(bench.sink_address, MAILS, bench.house.mail_size)?);
        one.push(send(bench, 1).await?);
        four.push(send(bench, 4).await?);
    }
    let row = |connections, runs| {
        Row::new("W6", format!("campaign of {MAILS}, durable outbox, {connections}; mails/s"), runs)
            .against(format!("a bare client, 1 connection, {} kB a mail", bench.house.mail_size / 1000), &raw)
    };
    Ok(vec![
        row("1 connection", one).goals(&[Bound::Part(0.25)], &[Bound::Part(0.7)]),
        row("4 connections", four).goals(&[Bound::Part(0.25)], &[Bound::Part(1.0)]),
    ])
}

/// The letters gather while the sink is held; the time runs from the instant that it lets them in to the last of them.
async fn send(bench: &mut Bench, connections: usize) -> Result<Run> {
    ensure!(bench.sink.ask("hold")? == "done", "the sink holds");
    let fleet = bench.with_sink(&bench.house.history, connections).await?;
    let asked = MAILS.div_ceil(PEOPLE).min(bench.house.ids.len());
    open_cycles(&fleet.servers()[0], &bench.house.bearer, &bench.house.ids[..asked], "campaign").await?;
    let (begun, mut last) = (Instant::now(), 0);
    let letters = loop {
        ensure!(begun.elapsed() < Duration::from_mins(2), "letters are not written");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = fleet.stage.count("SELECT count(*) FROM letter WHERE state <> 'sent'")?;
        if now == last && now >= asked * PEOPLE {
            break now;
        }
        last = now;
    };
    let before = cpu_of(&fleet.processes())?;
    ensure!(bench.sink.ask("go")? == "done", "the sink lets mails in");
    let micros: f64 = bench.sink.ask(&format!("wait {letters}"))?.parse()?;
    let cpu = cpu_of(&fleet.processes())? - before;
    // Each is marked as sent, or it would leave twice.
    let begun = Instant::now();
    while fleet.stage.count("SELECT count(*) FROM letter WHERE state <> 'sent'")? > 0 {
        ensure!(begun.elapsed() < Duration::from_secs(20), "letters left and are not marked as sent");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    fleet.end()?;
    let count = letters as f64;
    Ok(Run { rate: count * 1e6 / micros, cpu: Some(cpu * 1e6 / count), p99: None })
}
