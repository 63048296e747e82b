//! How many calls are taken: per token, and per client for strangers and survey links. Counted in each process by itself.
//!
//! Law: a client is whom the trusted proxies vouch for ([`crate::web::client`]), so that one stranger behind a
//! proxy shuts out nobody else.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::{HttpRequest, web};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::ApiError;
use crate::domain::ids::TokenId;
use crate::web::{State, client};

/// The counters of one process.
#[derive(Clone, Debug)]
pub struct Limits {
    callers: Arc<DefaultKeyedRateLimiter<TokenId>>,
    strangers: Arc<DefaultKeyedRateLimiter<IpAddr>>,
}

/// More than this many keys at a time and those at rest are forgotten.
const MANY: usize = 10_000;

impl Limits {
    /// Limits in calls a minute: for each token, and for each client without one.
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
        let state = request.app_data::<web::Data<State>>().ok_or(ApiError::Broken)?;
        let Some(client) = client::counted(state, request) else { return Ok(()) };
        check(&self.strangers, &client)
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

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::domain::mode::Mode;
    use crate::web::pages::test_house::House;

    #[actix_web::test]
    async fn behind_a_proxy_one_stranger_shuts_out_nobody_else() {
        let house = House::with(Mode::Representative).await;
        let mut state = house.state.clone();
        let proxy: std::net::SocketAddr = "10.0.0.1:5100".parse().unwrap();
        Arc::make_mut(&mut state.ctx.settings).http.trusted_proxies = vec![proxy.ip()];
        let limits = Limits::new(NonZeroU32::MIN, NonZeroU32::MIN);
        let data = web::Data::new(state);
        let from = |forwarded: &str| {
            let request = TestRequest::get().peer_addr(proxy).app_data(data.clone());
            request.insert_header(("x-forwarded-for", forwarded)).to_http_request()
        };
        limits.stranger(&from("198.51.100.1")).unwrap();
        limits.stranger(&from("198.51.100.1")).unwrap_err();
        limits.stranger(&from("198.51.100.2")).expect("another client");
        limits.stranger(&from("2001:db8::1")).unwrap();
        limits.stranger(&from("2001:db8::2")).expect_err("the same network");
        limits
            .stranger(&from("198.51.100.2, 203.0.113.9"))
            .expect("what a client wrote itself is not believed");
    }
}
