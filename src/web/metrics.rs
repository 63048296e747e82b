//! `/metrics`, for Prometheus: what this process answered and how long it took, and how the outbox stands.
//!
//! Law: no label names a person, a partnership or anything of theirs; a route is its pattern. The figures of the outbox are
//! read from the database when they are asked for, so every process on one database tells the same.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use chrono::TimeDelta;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::State;
use super::error::PageError;
use crate::store::outbox::letters;
use crate::store::{StoreError, sending};

/// Upper ends of the classes of durations, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfState {
    state: String,
}

/// What one process counts. Cheap to clone; all clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Answered, Counter>,
    seconds: Family<OfRoute, Histogram>,
    letters: Family<OfState, Gauge>,
    oldest: Gauge,
    tick: Gauge,
    in_doubt: Counter,
    relay: Gauge,
    paused: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("evenkeel");
        let requests = Family::default();
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        let (letters, oldest, tick) = (Family::default(), Gauge::default(), Gauge::default());
        registry.register("http_requests", "Requests answered by this process", requests.clone());
        registry.register_with_unit(
            "http_request",
            "Time from a request to its answer",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register("letters", "Letters in the outbox, by state", letters.clone());
        registry.register_with_unit(
            "oldest_due_letter",
            "How long the letter that is due longest has waited",
            Unit::Seconds,
            oldest.clone(),
        );
        registry.register_with_unit(
            "since_tick",
            "Since the clockwork of this process last looked",
            Unit::Seconds,
            tick.clone(),
        );
        let (in_doubt, relay, paused) = (Counter::default(), Gauge::default(), Gauge::default());
        registry.register(
            "outbox_ambiguous",
            "How often a relay's answer to a whole letter was unknown",
            in_doubt.clone(),
        );
        registry.register("relay_trouble", "1 while this process finds the relay in trouble", relay.clone());
        registry.register(
            "sending_paused",
            "1 while no letter leaves until somebody resumes",
            paused.clone(),
        );
        let registry = Arc::new(registry);
        Self { registry, requests, seconds, letters, oldest, tick, in_doubt, relay, paused }
    }
}

impl Metrics {
    /// Counts an answered request. `route` is the pattern, never the path.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Any word may come as a method: only known ones become a label.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = if known.contains(&method) { method } else { "other" };
        let labels = Answered { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&OfRoute { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Tells the figures.
#[get("/metrics")]
pub async fn metrics(state: web::Data<State>) -> Result<HttpResponse, PageError> {
    let now = state.now();
    let read = move |conn: &mut crate::store::Conn| -> Result<_, StoreError> {
        let outbox = (letters::counts(conn)?, letters::oldest_due(conn, now)?);
        Ok((outbox, letters::ambiguous_total(conn)?, sending::paused(conn)?))
    };
    let ((counts, oldest), in_doubt, paused) = state.ctx.store.read(read).await?;
    let own = &state.metrics;
    // A state without letters is not among the counts.
    own.letters.clear();
    for (word, count) in counts {
        own.letters.get_or_create(&OfState { state: word }).set(count);
    }
    own.oldest.set(oldest.map_or(TimeDelta::zero(), |due| now - due).num_seconds().max(0));
    // The database counts, so that neither a restart nor a replica loses one.
    own.in_doubt.inner().store(in_doubt.unsigned_abs(), Ordering::Relaxed);
    own.relay.set(i64::from(state.worker.relay_trouble().is_some()));
    own.paused.set(i64::from(paused.is_some()));
    own.tick.set(i64::try_from(state.worker.tick_age().as_secs()).unwrap_or(i64::MAX));
    let text = own.text().map_err(|_| PageError::Broken)?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}
