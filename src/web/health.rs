//! For supervisors and load balancers: alive, and ready.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use chrono::TimeDelta;

use super::State;
use crate::store::meta;
use crate::store::outbox::letters;

/// A tick older than this means that nothing opens or closes any more.
const STALE: Duration = Duration::from_mins(2);

/// The process answers.
#[get("/livez")]
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// The service does its work: the database takes writes and the clockwork ticks. Trouble with the relay is told, but the
/// pages work without it.
#[get("/readyz")]
pub async fn readyz(state: web::Data<State>) -> HttpResponse {
    let now = state.now();
    let database = state.ctx.store.write_tx(move |conn| meta::probe(conn, now)).await;
    let oldest = state.ctx.store.read(move |conn| letters::oldest_due(conn, now)).await;
    let tick = state.worker.tick_age();
    let relay = state.worker.relay_trouble();
    let waiting = oldest.ok().flatten().map_or(TimeDelta::zero(), |due| now - due);
    let ready = database.is_ok() && tick < STALE;
    let body = serde_json::json!({
        "ready": ready,
        "database": database.err().map_or_else(|| "ok".to_owned(), |e| e.to_string()),
        "seconds_since_tick": tick.as_secs(),
        "relay": relay.unwrap_or_else(|| "ok".to_owned()),
        "seconds_oldest_letter_waits": waiting.num_seconds().max(0),
    });
    if ready { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
