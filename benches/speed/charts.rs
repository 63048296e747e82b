//! W4: a trend chart over HTTP, drawn for the first time and asked for again.

use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::data::INDICATORS;
use crate::http::{Wire, request};
use crate::load::{Load, Run};
use crate::plain;
use crate::table::{Bound, Row};
use crate::works::Bench;

/// Charts that are asked for again and again.
const KNOWN: usize = 24;

/// What a round gives of one kind of file.
#[derive(Default)]
struct Runs {
    first: Vec<Run>,
    again: Vec<Run>,
    unchanged: Vec<Run>,
}

/// W4: every chart of a round is another one, on a server that has drawn none before.
pub async fn charts(bench: &Bench) -> Result<Vec<Row>> {
    let (mut hello, mut direct) = (Vec::new(), Vec::new());
    let (mut svg, mut png) = (Runs::default(), Runs::default());
    for _ in 0..bench.rounds {
        hello.push(bench.hello("/hello", 16).await?);
        for (ending, runs) in [("svg", &mut svg), ("png", &mut png)] {
            let fleet = bench.fleet(&bench.house.history).await?;
            let mut wire = Wire::new(fleet.addresses()[0]);
            if ending == "svg" {
                let cards = format!("/api/v1/partnerships/{}/scorecards", bench.house.ids[0]);
                let trend = plain::trend(&wire.fetch(&bench.house.get(&cards)).await?.json()?)?;
                direct.push(plain::rates(&trend, bench.raw_time())?);
            }
            let requests = requests(bench, ending);
            let known = requests[..KNOWN].to_vec();
            let load = |requests: Vec<Vec<u8>>, once| Load {
                requests: Arc::new(requests),
                connections: 2,
                time: bench.time,
                once,
                status: 200,
            };
            runs.first.push(fleet.load(&load(requests[KNOWN..].to_vec(), true)).await?);
            fleet.load(&load(known.clone(), true)).await?;
            let mut unchanged = Vec::new();
            for look in &known {
                let reply = wire.fetch(look).await?;
                let tag = reply.header("etag").context("charts have an ETag")?.to_owned();
                let path = String::from_utf8_lossy(look).split(' ').nth(1).unwrap_or_default().to_owned();
                let headers = format!("{}If-None-Match: {tag}\r\n", bench.house.bearer);
                unchanged.push(request("GET", &path, &headers, None));
            }
            runs.again.push(fleet.load(&Load { connections: 16, ..load(known, false) }).await?);
            let unchanged = Load { connections: 16, status: 304, ..load(unchanged, false) };
            runs.unchanged.push(fleet.load(&unchanged).await?);
            fleet.end()?;
        }
    }
    Ok(rows((svg, png), &hello, &direct))
}

/// Every chart of every partnership, those of one partnership together, as a page that shows them asks.
fn requests(bench: &Bench, ending: &str) -> Vec<Vec<u8>> {
    let subjects = INDICATORS.iter().map(|id| format!("?indicator={id}"));
    let path = |id: &String, subject: &String| {
        bench.house.get(&format!("/api/v1/partnerships/{id}/charts/trend.{ending}{subject}"))
    };
    let subjects: Vec<String> = std::iter::once(String::new()).chain(subjects).collect();
    bench.house.ids.iter().flat_map(|id| subjects.iter().map(|own| path(id, own))).collect()
}

fn rows((svg, png): (Runs, Runs), hello: &[f64], direct: &[plain::Rates]) -> Vec<Row> {
    let of = |rate: fn(&plain::Rates) -> f64| direct.iter().map(rate).collect::<Vec<_>>();
    let runs = |rates: Vec<f64>| rates.into_iter().map(|rate| Run { rate, ..Run::default() }).collect();
    let cached = &[Bound::Part(0.2)];
    let mut rows = vec![
        Row::new("W4", "trend as SVG, never drawn before, 2 connections; charts/s", svg.first)
            .against("our charts called directly, 1 thread", &of(|own| own.svg))
            .goals(&[Bound::Part(0.4)], &[Bound::Part(0.8)]),
        Row::new("W4", "trend as PNG, never drawn before, 2 connections; charts/s", png.first)
            .against("our charts called directly, 1 thread", &of(|own| own.png))
            .goals(&[Bound::Part(0.5)], &[Bound::Part(0.8)]),
        Row::new("W4", "our PNG, anti-aliased, without a server; charts/s", runs(of(|own| own.png)))
            .against("plotters' plain PNG of the same size", &of(|own| own.plain_png))
            .goals(&[], &[Bound::Part(1.0)]),
        Row::new("W4", "our SVG without a server; charts/s", runs(of(|own| own.svg)))
            .against("plotters' plain SVG of the same size", &of(|own| own.plain_svg)),
    ];
    for (name, own) in [("SVG", svg.again), ("PNG", png.again)] {
        let what = format!("{KNOWN} trends as {name} again and again, 16 connections; answers/s");
        rows.push(Row::new("W4", what, own).against("hello, 16 connections", hello).goals(&[], cached));
    }
    for (name, own) in [("SVG", svg.unchanged), ("PNG", png.unchanged)] {
        let what = format!("the same {name} with `If-None-Match`, 304; answers/s");
        rows.push(Row::new("W4", what, own).against("hello, 16 connections", hello));
    }
    rows
}
