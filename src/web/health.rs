//! For supervisors and load balancers: alive, and ready.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use chrono::TimeDelta;

use super::State;
use crate::store::outbox::letters;
use crate::store::{StoreError, meta};

/// A tick older than this means that nothing opens or closes any more.
const STALE: Duration = Duration::from_mins(2);

/// The process answers.
#[get("/livez")]
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// The service does its work: the database takes writes and the clockwork ticks. `degraded` is what somebody should look at
/// although the pages work: trouble with the relay, things that are due and cannot be done, letters that were refused or
/// wait for a decision.
#[get("/readyz")]
pub async fn readyz(state: web::Data<State>) -> HttpResponse {
    let now = state.now();
    let database = state.ctx.store.write_tx(move |conn| meta::probe(conn, now)).await;
    let outbox = state
        .ctx
        .store
        .read(move |conn| -> Result<_, StoreError> {
            Ok((letters::oldest_due(conn, now)?, letters::counts(conn)?))
        })
        .await;
    let (oldest, counts) = outbox.unwrap_or_default();
    let count = |name: &str| counts.iter().find(|(state, _)| state == name).map_or(0, |(_, n)| *n);
    let tick = state.worker.tick_age();
    let relay = state.worker.relay_trouble();
    let stuck = state.worker.stuck();
    let waiting = oldest.map_or(TimeDelta::zero(), |due| now - due);
    let ready = database.is_ok() && tick < STALE;
    let degraded = !ready || relay.is_some() || stuck > 0 || count("failed") + count("held") > 0;
    let body = serde_json::json!({
        "ready": ready,
        "degraded": degraded,
        "database": database.err().map_or_else(|| "ok".to_owned(), |e| e.to_string()),
        "seconds_since_tick": tick.as_secs(),
        "seconds_since_delivery": state.worker.pass_age().as_secs(),
        "stuck": stuck,
        "relay": relay.unwrap_or_else(|| "ok".to_owned()),
        "seconds_oldest_letter_waits": waiting.num_seconds().max(0),
        "letters_failed": count("failed"),
        "letters_held": count("held"),
    });
    if ready { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
