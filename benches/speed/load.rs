//! A closed loop: so many connections, each of which sends its next request when it has read the answer to the last one.
//!
//! One thread drives all connections. A round is bounded in time and count, and fails when any answer is not the one that
//! was expected.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use crate::http::Wire;
use crate::process::cpu_of;

/// What is sent, and how.
#[derive(Clone)]
pub struct Load {
    /// The requests as bytes, in turn.
    pub requests: Arc<Vec<Vec<u8>>>,
    /// Connections.
    pub connections: usize,
    /// Longest time.
    pub time: Duration,
    /// Whether each request is sent once at the most.
    pub once: bool,
    /// The status that each answer has.
    pub status: u16,
}

/// What a round gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Answers a second, or whatever the work is counted in.
    pub rate: f64,
    /// Processor time of the measured processes in microseconds for each of them.
    pub cpu: Option<f64>,
    /// The 99th percentile of the times of an answer in milliseconds.
    pub p99: Option<f64>,
}

/// One connection's part.
#[derive(Default)]
struct Part {
    micros: Vec<u32>,
    wrong: Option<String>,
}

/// Runs a round against servers that share it; `processes` are those whose processor time counts.
pub async fn run(load: &Load, addresses: &[SocketAddr], processes: &[u32]) -> Result<Run> {
    ensure!(addresses.iter().all(|own| own.ip().is_loopback()), "only this machine is measured");
    ensure!(!load.requests.is_empty(), "there is nothing to send");
    let next = Arc::new(AtomicUsize::new(0));
    let before = cpu_of(processes)?;
    let begun = Instant::now();
    let mut parts = JoinSet::new();
    for place in 0..load.connections {
        parts.spawn(part(load.clone(), addresses[place % addresses.len()], Arc::clone(&next), begun));
    }
    let (mut micros, mut wrong) = (Vec::new(), None);
    while let Some(joined) = parts.join_next().await {
        let own: Part = joined?;
        micros.extend(own.micros);
        wrong = wrong.or(own.wrong);
    }
    let (took, cpu) = (begun.elapsed().as_secs_f64(), cpu_of(processes)? - before);
    ensure!(wrong.is_none(), "an answer was not as expected: {}", wrong.unwrap_or_default());
    ensure!(!micros.is_empty(), "nothing was answered");
    micros.sort_unstable();
    let count = micros.len() as f64;
    let p99 = f64::from(micros[(micros.len() - 1) * 99 / 100]) / 1000.0;
    Ok(Run { rate: count / took, cpu: Some(cpu * 1e6 / count), p99: Some(p99) })
}

async fn part(load: Load, address: SocketAddr, next: Arc<AtomicUsize>, begun: Instant) -> Part {
    let (mut wire, mut own) = (Wire::new(address), Part::default());
    while begun.elapsed() < load.time {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        if load.once && turn >= load.requests.len() {
            break;
        }
        let request = &load.requests[turn % load.requests.len()];
        let asked = Instant::now();
        match wire.ask(request).await {
            Ok(reply) if reply.status == load.status => {
                own.micros.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            other => {
                let line = String::from_utf8_lossy(request);
                own.wrong = Some(format!("{other:?} to {}", line.lines().next().unwrap_or_default()));
                break;
            }
        }
    }
    own
}
