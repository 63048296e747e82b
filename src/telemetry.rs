//! Logs: one line per event, as text or JSON, on standard error. No addresses, tokens or answers go in.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

use crate::settings::{Log, LogFormat};

/// Starts logging. A second call changes nothing, so that tests may call it freely.
///
/// # Errors
/// When `log.level` is no filter.
pub fn start(log: &Log) -> Result<(), String> {
    let filter: Targets = log.level.parse().map_err(|e| format!("log.level is {:?}: {e}", log.level))?;
    // How long each step took is for whoever looks closely: with `debug`.
    let closely = filter.iter().any(|(_, level)| level >= LevelFilter::DEBUG)
        || filter.default_level().is_some_and(|level| level >= LevelFilter::DEBUG);
    let spans = if closely { FmtSpan::CLOSE } else { FmtSpan::NONE };
    let registry = tracing_subscriber::registry().with(filter);
    let output = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_span_events(spans);
    let outcome = match log.format {
        LogFormat::Text => registry.with(output).try_init(),
        LogFormat::Json => registry.with(output.json().flatten_event(true)).try_init(),
    };
    drop(outcome);
    Ok(())
}
