//! How many calls are taken: per token, and per client for strangers and survey links; and how many unknown links a client may
//! try, by page or program. Counted in each process by itself.
//!
//! Laws: a client is whom the trusted proxies vouch for ([`crate::web::client`]), so that one stranger behind a
//! proxy shuts out nobody else. A link that is known opens whatever its network tried before, so that one colleague with a
//! program shuts out nobody behind the same office address.
//!
//! That a client over its limit of unknown links still gets 429 for an unknown and its page for a known one tells no more than 404
//! and the page told before: whether this very link is known, which whoever has a link learns by opening it. A client cannot
//! tell unknown, malformed and revoked links apart by it, because all three count alike, and only after the same look into the
//! database. Guessing is kept off by the links' 160 bits, not by this limit; it says to a program that tries to stop, and shows it
//! to whoever runs the server (as answers with status 429).

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::{HttpRequest, web};
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::ApiError;
use crate::domain::ids::TokenId;
use crate::web::{State, client};

/// The counters of one process.
#[derive(Clone, Debug)]
pub struct Limits {
    callers: Arc<DefaultKeyedRateLimiter<TokenId>>,
    strangers: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    links: Arc<DefaultKeyedRateLimiter<IpAddr>>,
}

/// More than this many keys at a time and those at rest are forgotten.
const MANY: usize = 10_000;

impl Limits {
    /// Limits in calls a minute: for each token, for each client without one; and in unknown links a minute for each client.
    pub fn new(
        per_minute: NonZeroU32,
        strangers_per_minute: NonZeroU32,
        unknown_links_per_minute: NonZeroU32,
    ) -> Self {
        Self {
            callers: Arc::new(RateLimiter::keyed(Quota::per_minute(per_minute))),
            strangers: Arc::new(RateLimiter::keyed(Quota::per_minute(strangers_per_minute))),
            links: Arc::new(RateLimiter::keyed(Quota::per_minute(unknown_links_per_minute))),
        }
    }

    /// The counters that this request is counted by.
    pub fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        request.app_data::<web::Data<State>>().map(|state| state.calls.clone()).ok_or(ApiError::Broken)
    }

    /// Counts a call with a token.
    pub fn caller(&self, token: TokenId) -> Result<(), ApiError> {
        check(&self.callers, &token).map_err(ApiError::TooMany)
    }

    /// Counts a call without one.
    pub fn stranger(&self, request: &HttpRequest) -> Result<(), ApiError> {
        let state = request.app_data::<web::Data<State>>().ok_or(ApiError::Broken)?;
        let Some(client) = client::counted(state, request) else { return Ok(()) };
        check(&self.strangers, &client).map_err(ApiError::TooMany)
    }

    /// Counts a link that leads nowhere, by page or program; too many give the seconds to wait.
    pub fn unknown_link(&self, state: &State, request: &HttpRequest) -> Result<(), u64> {
        let Some(client) = client::counted(state, request) else { return Ok(()) };
        check(&self.links, &client)
    }
}

/// Counts one; too many give the seconds to wait.
fn check<K: std::hash::Hash + Eq + Clone, C: Clock>(
    limiter: &RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    key: &K,
) -> Result<(), u64> {
    if limiter.len() > MANY {
        limiter.retain_recent();
    }
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(limiter.clock().now());
        wait.as_secs().saturating_add(1)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::domain::mode::Mode;
    use crate::web::pages::test_house::House;

    #[test]
    fn whoever_counts_too_many_waits_as_long_as_is_said_and_others_do_not_wait() {
        let clock = governor::clock::FakeRelativeClock::default();
        let quota = Quota::per_minute(NonZeroU32::new(30).unwrap());
        let limiter = RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone());
        for _ in 0..30 {
            check(&limiter, &"one").unwrap();
        }
        let wait = check(&limiter, &"one").unwrap_err();
        assert_eq!((wait, check(&limiter, &"other")), (3, Ok(())));
        clock.advance(std::time::Duration::from_millis(1_999));
        check(&limiter, &"one").unwrap_err();
        clock.advance(std::time::Duration::from_secs(wait));
        check(&limiter, &"one").unwrap();
    }

    #[actix_web::test]
    async fn behind_a_proxy_one_stranger_shuts_out_nobody_else() {
        let house = House::with(Mode::Representative).await;
        let mut state = house.state.clone();
        let proxy: std::net::SocketAddr = "10.0.0.1:5100".parse().unwrap();
        Arc::make_mut(&mut state.ctx.settings).http.trusted_proxies = vec![proxy.ip()];
        let limits = Limits::new(NonZeroU32::MIN, NonZeroU32::MIN, NonZeroU32::MIN);
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
