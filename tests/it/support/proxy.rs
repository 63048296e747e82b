//! A line to another server that can be cut and mended, as a network or a restart does it.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
struct Shared {
    away: AtomicBool,
    turned_away: AtomicU32,
    open: Mutex<Vec<TcpStream>>,
}

/// The line; what goes through it ends when its two ends hang up.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A line to a server.
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let mut open = own.open.lock().unwrap();
                if own.away.load(Ordering::SeqCst) {
                    own.turned_away.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                let Ok(there) = TcpStream::connect(server) else { continue };
                for end in [&caller, &there] {
                    end.set_nodelay(true).unwrap();
                    open.push(end.try_clone().unwrap());
                }
                pass_on(caller.try_clone().unwrap(), there.try_clone().unwrap());
                pass_on(there, caller);
            }
        });
        Self { address, shared }
    }

    /// `host:port`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection, and refuses new ones.
    pub fn cut(&self) {
        let mut open = self.shared.open.lock().unwrap();
        self.shared.away.store(true, Ordering::SeqCst);
        for end in open.drain(..) {
            // It may have hung up already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.shared.away.store(false, Ordering::SeqCst);
    }

    /// How many callers were turned away.
    pub fn turned_away(&self) -> u32 {
        self.shared.turned_away.load(Ordering::SeqCst)
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
