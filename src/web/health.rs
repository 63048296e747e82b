//! For supervisors and load balancers: alive, and ready.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use chrono::TimeDelta;

use super::State;
use crate::store::outbox::letters;
use crate::store::{StoreError, backup, disk, meta, sending};

/// A tick older than this means that nothing opens or closes any more.
const STALE: Duration = Duration::from_mins(2);

/// The process answers.
#[get("/livez")]
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// The service does its work: the database takes writes and the clockwork ticks. `degraded` is what somebody should look at
/// although the pages work: trouble with the relay, things that are due and cannot be done, letters that were refused or
/// wait for a decision, a pause of sending, a disk that is nearly full.
#[get("/readyz")]
pub async fn readyz(state: web::Data<State>) -> HttpResponse {
    let now = state.now();
    let database = state.ctx.store.write_tx(move |conn| meta::probe(conn, now)).await;
    let outbox = state
        .ctx
        .store
        .read(move |conn| -> Result<_, StoreError> {
            let waiting = (letters::oldest_due(conn, now)?, letters::counts(conn)?);
            Ok((waiting, sending::paused(conn)?, backup::last(conn)?))
        })
        .await;
    let ((oldest, counts), paused, backed_up) = outbox.unwrap_or_default();
    let room = room(&state).await;
    let short = room.is_some_and(disk::Room::is_short);
    let count = |name: &str| counts.iter().find(|(state, _)| state == name).map_or(0, |(_, n)| *n);
    let tick = state.worker.tick_age();
    let relay = state.worker.relay_trouble();
    let stuck = state.worker.stuck();
    let waiting = oldest.map_or(TimeDelta::zero(), |due| now - due);
    let ready = database.is_ok() && tick < STALE;
    let attention = relay.is_some() || stuck > 0 || count("failed") + count("held") > 0;
    let degraded = !ready || attention || paused.is_some() || short;
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
        "sending": paused.map_or_else(|| "ok".to_owned(), |own| {
            format!("{own}; an administrator resumes it (evenkeel admin resume-sending)")
        }),
        "disk": if short { "nearly full: make room for the data directory" } else { "ok" },
        "free_disk_bytes": room.map(|own| own.free),
        "last_backup_at": backed_up.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
    });
    if ready { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

/// The room on the disk of the data directory; a folder that is not there, as with a database elsewhere, tells nothing.
async fn room(state: &State) -> Option<disk::Room> {
    let folder = state.ctx.settings.data_dir.clone();
    web::block(move || disk::room(&folder)).await.ok()?.ok()
}
