//! How many calls are taken: per token, and per address for strangers and survey links. Counted in each process by itself.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::{HttpRequest, web};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::ApiError;
use crate::domain::ids::TokenId;
use crate::web::State;

/// The counters of one process.
#[derive(Clone, Debug)]
pub struct Limits {
    callers: Arc<DefaultKeyedRateLimiter<TokenId>>,
    strangers: Arc<DefaultKeyedRateLimiter<IpAddr>>,
}

/// More than this many keys at a time and those at rest are forgotten.
const MANY: usize = 10_000;

impl Limits {
    /// Limits in calls a minute: for each token, and for each address without one.
    pub fn new(per_minute: NonZeroU32, strangers_per_minute: NonZeroU32) -> Self {
        Self {
            callers: Arc::new(RateLimiter::keyed(Quota::per_minute(per_minute))),
            strangers: Arc::new(RateLimiter::keyed(Quota::per_minute(strangers_per_minute))),
        }
    }

    /// The counters that this request is counted by.
    pub fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        request.app_data::<web::Data<State>>().map(|state| state.calls.clone()).ok_or(ApiError::Broken)
    }

    /// Counts a call with a token.
    pub fn caller(&self, token: TokenId) -> Result<(), ApiError> {
        check(&self.callers, &token)
    }

    /// Counts a call without one.
    pub fn stranger(&self, request: &HttpRequest) -> Result<(), ApiError> {
        let Some(address) = request.peer_addr().map(|peer| peer.ip()) else { return Ok(()) };
        check(&self.strangers, &address)
    }
}

fn check<K: std::hash::Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), ApiError> {
    if limiter.len() > MANY {
        limiter.retain_recent();
    }
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        ApiError::TooMany(wait.as_secs().saturating_add(1))
    })
}
