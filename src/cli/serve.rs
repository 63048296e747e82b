//! `evenkeel serve`

use std::net::TcpListener;

use super::{Failure, code};
use crate::app;
use crate::clock::Clock;
use crate::settings::Settings;

pub(super) async fn run(settings: Settings) -> Result<(), Failure> {
    if settings.instance.operator.trim().is_empty() {
        let sentence = "instance.operator is empty: say who runs this server; everybody who answers is told";
        return Err(Failure::new(code::CONFIG, sentence));
    }
    let transport = app::transport(&settings).map_err(|e| Failure::new(code::CONFIG, e.to_string()))?;
    let lock = app::lock(&settings)?;
    let bind = settings.http.bind.clone();
    let ctx = super::open(settings).await?;
    let listener = TcpListener::bind(&bind).map_err(|e| {
        Failure::new(
            code::TEMPORARY,
            format!("cannot listen on {bind}: {e}; stop what listens there, or choose another http.bind"),
        )
    })?;
    tracing::info!(bind, mail = transport.describe(), "serving");
    let running = app::start(app::assemble(ctx, Clock::System, transport, None), listener).await?;
    let ended = running.until_stopped().await;
    drop(lock);
    Ok(ended?)
}
