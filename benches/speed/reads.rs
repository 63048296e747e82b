//! W2, the scorecards of one partnership, and W3, the portfolio: what people and programs look at most.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};

use crate::house::items;
use crate::http::{Wire, request};
use crate::load::{Load, Run};
use crate::table::{Bound, Row};
use crate::works::{Bench, Fleet};

/// W2: twelve scorecards of a partnership as JSON, partnerships in turn; and the same when they are known already.
pub async fn scorecards(bench: &Bench) -> Result<Vec<Row>> {
    let fleet = bench.fleet(&bench.house.open).await?;
    let (fresh, known) = (scorecard_load(bench, &fleet).await?, known_load(bench, &fleet).await?);
    let (mut hello, mut ours, mut unchanged) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        hello.push(bench.hello("/hello", 16).await?);
        ours.push(fleet.load(&fresh).await?);
        unchanged.push(fleet.load(&known).await?);
    }
    fleet.end()?;
    Ok(vec![
        Row::new("W2", "12 scorecards of a partnership as JSON, packed, 16 connections; answers/s", ours)
            .against("hello, 16 connections", &hello)
            .goals(&[Bound::Part(0.2)], &[Bound::Part(0.5), Bound::Cpu(25.0)]),
        Row::new("W2", "the same with `If-None-Match`, 304; answers/s", unchanged)
            .against("hello, 16 connections", &hello),
    ])
}

/// The load of W2, after a look at what is answered.
pub async fn scorecard_load(bench: &Bench, fleet: &Fleet) -> Result<Load> {
    let plain = bench.house.get(&path(&bench.house.ids[0]));
    let page = Wire::new(fleet.addresses()[0]).fetch(&plain).await?.json()?;
    let requests: Vec<Vec<u8>> = bench.house.ids.iter().map(|id| bench.house.get_packed(&path(id))).collect();
    ensure!(items(&page)?.len() == 12, "a partnership has twelve scorecards");
    Ok(bench.turns(requests, 16))
}

fn path(id: &str) -> String {
    format!("/api/v1/partnerships/{id}/scorecards")
}

async fn known_load(bench: &Bench, fleet: &Fleet) -> Result<Load> {
    let (mut wire, mut requests) = (Wire::new(fleet.addresses()[0]), Vec::new());
    for id in bench.house.ids.iter().take(200) {
        let reply = wire.fetch(&bench.house.get(&path(id))).await?;
        let tag = reply.header("etag").context("scorecards have an ETag")?;
        let headers = format!("{}If-None-Match: {tag}\r\n", bench.house.bearer);
        requests.push(request("GET", &path(id), &headers, None));
    }
    Ok(Load { status: 304, ..bench.turns(requests, 16) })
}

/// W3: the portfolio as a program and as the office reads it, set against ready bytes of the same number.
pub async fn portfolio(bench: &Bench) -> Result<Vec<Row>> {
    let fleet = bench.fleet(&bench.house.open).await?;
    let rows = bench.house.ids.len().min(200);
    let json = portfolio_load(bench, &fleet).await?;
    let page =
        Load { requests: Arc::new(vec![request("GET", "/", &bench.house.cookie, None)]), ..json.clone() };
    let mut wire = Wire::new(fleet.addresses()[0]);
    let as_json = wire.fetch(&json.requests[0]).await?.body.len();
    let as_html = wire.fetch(&page.requests[0]).await?;
    let html = String::from_utf8_lossy(&as_html.body);
    let shown = bench.house.ids.iter().filter(|id| html.contains(id.as_str())).count();
    ensure!(shown > 0, "the office sees no partnership: {}", as_html.head);
    let (mut limits, mut runs) = ([const { Vec::new() }; 2], [const { Vec::<Run>::new() }; 2]);
    for _ in 0..bench.rounds {
        for (place, (load, size)) in [(&json, as_json), (&page, html.len())].into_iter().enumerate() {
            limits[place].push(bench.hello(&format!("/static/{size}"), 4).await?);
            runs[place].push(fleet.load(load).await?);
        }
    }
    fleet.end()?;
    let [of_json, of_html] = runs;
    let size = |bytes: usize| format!("a static answer of {} kB, 4 connections", bytes / 1000);
    let goals = (&[Bound::Part(0.05)], &[Bound::Part(0.5)]);
    Ok(vec![
        Row::new("W3", format!("portfolio of {rows} as JSON, packed, 4 connections; answers/s"), of_json)
            .against(size(as_json), &limits[0])
            .goals(goals.0, goals.1),
        Row::new(
            "W3",
            format!("portfolio page as HTML, {shown} partnerships on it, 4 connections; answers/s"),
            of_html,
        )
        .against(size(html.len()), &limits[1])
        .goals(goals.0, goals.1),
    ])
}

/// The load of W3 as JSON, after a look at what is answered.
pub async fn portfolio_load(bench: &Bench, fleet: &Fleet) -> Result<Load> {
    let path = "/api/v1/portfolio?limit=200";
    let page = Wire::new(fleet.addresses()[0]).fetch(&bench.house.get(path)).await?.json()?;
    ensure!(items(&page)?.len() == bench.house.ids.len().min(200), "a page of the portfolio is full");
    Ok(bench.turns(vec![bench.house.get_packed(path)], 4))
}
