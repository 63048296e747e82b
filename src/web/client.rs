//! Which client asks: its address, and how often it may ask for sign-in links.
//!
//! Law: an address that a client could have written itself is believed only from a proxy that the administrator named.
//! Addresses are kept in memory for a quarter hour and nowhere else; the counts are those of one process. Called by the
//! sign-in page and by the limits of the REST interface.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpRequest;
use chrono::{DateTime, TimeDelta, Utc};

use super::State;

/// How long a request for a link is counted.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Requests of one client for one address in that time.
const FOR_AN_ADDRESS: usize = 10;
/// Requests of one client in that time: an office may share one client address.
const IN_ALL: usize = 60;
/// So many clients are remembered; beyond that the oldest are forgotten.
const CLIENTS: usize = 10_000;

/// The address of the client that sent a request.
pub fn address(state: &State, request: &HttpRequest) -> Option<IpAddr> {
    let headers = request.headers().get_all("x-forwarded-for");
    let forwarded: Vec<&str> = headers.map(|value| value.to_str().unwrap_or_default()).collect();
    Some(behind(request.peer_addr()?.ip(), &forwarded, &state.ctx.settings.http.trusted_proxies))
}

/// What a request is counted under: the client's address, or the network that it stands in.
pub fn counted(state: &State, request: &HttpRequest) -> Option<IpAddr> {
    address(state, request).map(network)
}

/// The peer; or, behind a trusted proxy, the right-most forwarded address that is not a trusted proxy itself.
///
/// What stands left of that one was written by the client. An entry that cannot be read ends the search: the last address
/// that was vouched for counts then.
fn behind(peer: IpAddr, forwarded: &[&str], trusted: &[IpAddr]) -> IpAddr {
    let trusts = |ip: IpAddr| trusted.iter().any(|own| own.to_canonical() == ip);
    let mut client = peer.to_canonical();
    for entry in forwarded.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !trusts(client) {
            break;
        }
        let Some(next) = read(entry.trim()) else { break };
        client = next.to_canonical();
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:443`.
fn read(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|own| own.ip()))
}

/// What counts as one client: an address, or the network that one IPv6 connection usually has.
fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// What each client asked for lately: when, and the digest of the address it asked for.
type Asked = HashMap<IpAddr, Vec<(DateTime<Utc>, String)>>;

/// Counts requests for sign-in links by client. Its clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct Limits(Arc<Mutex<Asked>>);

impl Limits {
    /// Counts a request, if it may lead to a mail. Refused ones are not counted, so that nobody is shut out for longer by
    /// trying again.
    pub fn admit(&self, client: IpAddr, address: &str, now: DateTime<Utc>) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= CLIENTS {
            forget(&mut asked, now);
        }
        let own = asked.entry(network(client)).or_default();
        own.retain(|(at, _)| *at > now - WINDOW);
        let key = crate::secrets::digest(address);
        let admitted =
            own.len() < IN_ALL && own.iter().filter(|(_, other)| *other == key).count() < FOR_AN_ADDRESS;
        if admitted {
            own.push((now, key));
        }
        admitted
    }
}

/// Makes room: what is over goes; if that is not enough, everything. A flood from ten thousand networks is the proxy's
/// to stop, and each address keeps the limit of its own in the database.
fn forget(asked: &mut Asked, now: DateTime<Utc>) {
    asked.retain(|_, own| own.iter().any(|(at, _)| *at > now - WINDOW));
    if asked.len() >= CLIENTS {
        asked.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_client_is_the_last_address_that_no_trusted_proxy_wrote_of_itself() {
        let none: &[&str] = &[];
        for (peer, forwarded, client) in [
            // Nobody vouches: what the peer writes is not believed.
            ("203.0.113.9", none, "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            // The proxy vouches for what it added, and for nothing left of it.
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1 , 10.0.0.2"], "198.51.100.1"),
            // Several headers are one list.
            ("10.0.0.1", &["6.6.6.6", "198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            // Nothing said, nothing readable, nobody but proxies.
            ("10.0.0.1", none, "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["10.0.0.2, 10.0.0.1"], "10.0.0.2"),
            // Ports, brackets, and IPv4 inside IPv6.
            ("10.0.0.1", &["198.51.100.1:5100"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::7]:5100"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", &["2001:db8::7"], "2001:db8::7"),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
        ] {
            let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
            assert_eq!(behind(ip(peer), forwarded, &trusted), ip(client), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_client_that_asked_too_often_waits_a_quarter_hour_and_others_do_not() {
        let limits = Limits::default();
        let start: DateTime<Utc> = "2026-09-01T08:00:00Z".parse().unwrap();
        let (stranger, own) = (ip("2001:db8::1"), ip("2001:db8:0:1::1"));
        for _ in 0..FOR_AN_ADDRESS {
            assert!(limits.admit(stranger, "ada@example.org", start));
        }
        assert!(!limits.admit(stranger, "ada@example.org", start));
        assert!(!limits.admit(ip("2001:db8::2"), "ada@example.org", start), "the same network");
        assert!(limits.admit(own, "ada@example.org", start));
        assert!(limits.admit(stranger, "ben@example.org", start));
        assert!(limits.admit(stranger, "ada@example.org", start + WINDOW));
        for number in 0..IN_ALL {
            limits.admit(own, &format!("{number}@example.org"), start);
        }
        assert!(!limits.admit(own, "zoe@example.org", start));
    }
}
