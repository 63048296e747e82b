//! Puts the parts together and runs them: the web server, the clockwork, the courier, the ticker; and stops them in order.

use std::fs::{File, TryLockError};
use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App as ActixApp, HttpServer, web};
use anyhow::{Context as _, bail};
use tokio::task::{JoinError, JoinHandle};

use crate::clock::{Clock, real_now};
use crate::mail::transport::{Options, Transport};
use crate::secrets::Key;
use crate::settings::Settings;
use crate::store::{Location, Store, StoreError, Unusable, meta, unmakeable};
use crate::web::api;
use crate::web::client;
use crate::web::guard::surround;
use crate::web::metrics::Metrics;
use crate::web::rendered::Rendered;
use crate::web::{DemoDoors, State};
use crate::worker::courier::Courier;
use crate::worker::{Scheduler, Worker};
use crate::workflow::save_response::KeptAsked;
use crate::workflow::standing::Standings;
use crate::workflow::{Context, instruments};

/// Threads beside each worker on which it reads and draws: as many as there are connections to the database. More would wait for
/// one of those, and each keeps memory of its own.
const BLOCKING: usize = 8;
/// How long the rest may take to stop after a part failed.
const FAREWELL: Duration = Duration::from_secs(20);

/// The lock on a data directory: one `serve` or `demo` at a time on `SQLite`. Held until it is dropped.
#[derive(Debug)]
pub struct DataLock(#[expect(dead_code, reason = "the lock lives as long as the open file")] Option<File>);

/// Takes the lock beside a `SQLite` database.
///
/// # Errors
/// Busy when another server has it, unusable when the file cannot be made.
pub fn lock(settings: &Settings) -> Result<DataLock, StoreError> {
    let Ok(Location::Sqlite(path)) = Location::parse(&settings.database_url()) else {
        return Ok(DataLock(None));
    };
    let lock_path = path.with_extension("lock");
    let made = open_lock(&lock_path).map_err(|error| unmakeable(&lock_path, &error))?;
    match made.try_lock() {
        Ok(()) => Ok(DataLock(Some(made))),
        Err(TryLockError::WouldBlock) => Err(StoreError::Unusable(
            Unusable::Taken,
            format!(
                "another Evenkeel server uses {} (its lock {} is taken); stop it first, or choose another data_dir",
                path.display(),
                lock_path.display()
            ),
        )),
        Err(TryLockError::Error(error)) => Err(unmakeable(&lock_path, &error)),
    }
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    File::create(path)
}

/// Opens the database and the key that belongs to it, and publishes the instruments.
///
/// # Errors
/// A sentence that says what stands in the way; a key that does not fit is a [`KeyError`](crate::secrets::KeyError).
pub async fn open(settings: Settings) -> anyhow::Result<Context> {
    let location = Location::parse(&settings.database_url()).map_err(anyhow::Error::msg)?;
    let store = tokio::task::spawn_blocking(move || Store::open(&location)).await??;
    let known = store.read(|conn| meta::get(conn, "key_fingerprint")).await?;
    let key = Key::load(&settings.key_file(), known.is_none())?;
    let found = key.fingerprint();
    let mine = found.clone();
    let expected = store.write_tx(move |conn| meta::get_or_set(conn, "key_fingerprint", &mine)).await?;
    if expected != found {
        let file = settings.key_file().display().to_string();
        return Err(crate::secrets::KeyError::Other { file, found, expected }.into());
    }
    let ctx = Context {
        store,
        key,
        settings: Arc::new(settings),
        standings: Standings::default(),
        asked: KeptAsked::default(),
    };
    instruments::publish_embedded(&ctx, real_now()).await?;
    Ok(ctx)
}

/// Reads the mail transport from the settings.
pub fn transport(settings: &Settings) -> anyhow::Result<Transport> {
    if settings.mail.url.is_empty() {
        bail!(
            "mail.url is empty: name the relay, such as smtp://user:password@mail.example.com:587?tls=starttls"
        );
    }
    let host = url::Url::parse(&settings.http.public_url).ok().and_then(|u| u.host_str().map(str::to_owned));
    let options = Options { hello: host.unwrap_or_default(), timeout_scale: settings.mail.timeout_scale };
    Ok(Transport::parse(&settings.mail.url, &options)?)
}

/// Everything that runs, before and while it does.
pub struct Running {
    /// What handlers work with.
    pub state: State,
    server: ServerHandle,
    clockwork: JoinHandle<()>,
    delivery: JoinHandle<()>,
    heartbeat: JoinHandle<()>,
    /// Gone once its end has been seen.
    serving: Option<JoinHandle<std::io::Result<()>>>,
    scheduler: Scheduler,
}

/// Builds the state without starting anything.
pub fn assemble(ctx: Context, clock: Clock, transport: Transport, demo: Option<DemoDoors>) -> State {
    let mail = &ctx.settings.mail;
    let courier = Courier::new(transport, mail.connections, mail.per_minute, clock.clone());
    let worker = Worker::new(ctx.clone(), clock.clone(), courier);
    let http = &ctx.settings.http;
    let calls = api::limit::Limits::new(
        http.api_per_minute,
        http.strangers_per_minute,
        http.unknown_links_per_minute,
    );
    let (limits, rendered, metrics) = (client::Limits::default(), Rendered::default(), Metrics::default());
    State { ctx, clock, worker, calls, rendered, metrics, demo, limits }
}

/// Starts the web server on a bound listener, and everything that runs by itself.
///
/// # Errors
/// When the listener cannot be used or the ticker cannot start.
#[expect(clippy::disallowed_methods, reason = "the handles are kept and ended in `stop`")]
pub async fn start(state: State, listener: TcpListener) -> anyhow::Result<Running> {
    state.worker.guard().await?;
    state.worker.revive(!state.ctx.store.is_shared()).await?;
    let data = web::Data::new(state.clone());
    let server = HttpServer::new(move || {
        let state = data.clone();
        ActixApp::new()
            .app_data(data.clone())
            .configure(move |config| crate::web::configure(&state, config))
            .wrap(from_fn(surround))
    })
    .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
    .worker_max_blocking_threads(BLOCKING)
    .shutdown_timeout(20)
    .disable_signals()
    .listen(listener)
    .context("cannot listen")?
    .run();
    let handle = server.handle();
    let clockwork = tokio::spawn(Arc::clone(&state.worker).clockwork());
    let delivery = tokio::spawn(Arc::clone(&state.worker).delivery());
    let heartbeat = tokio::spawn(Arc::clone(&state.worker).heartbeat());
    let scheduler =
        Scheduler::start(Arc::clone(&state.worker), state.ctx.settings.schedule.tick_seconds).await?;
    let serving = Some(tokio::spawn(server));
    Ok(Running { state, server: handle, clockwork, delivery, heartbeat, serving, scheduler })
}

impl Running {
    /// Runs until the signal to stop, and stops in order.
    ///
    /// # Errors
    /// When a part ended by itself or hangs: what is left cannot do the service's work, and whoever supervises the process
    /// should start it again. Nothing is lost by that, as nothing is by a kill.
    pub async fn until_stopped(mut self) -> anyhow::Result<()> {
        match self.until_end().await {
            Ok(()) => {
                self.stop().await;
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the service cannot go on");
                // Letters in hand may still be settled; a part that hangs must not hold up the end.
                if tokio::time::timeout(FAREWELL, self.stop()).await.is_err() {
                    tracing::error!("the rest did not stop in time");
                }
                Err(error)
            }
        }
    }

    /// Waits for the signal to stop, or for the end of what should never end.
    async fn until_end(&mut self) -> anyhow::Result<()> {
        let serving = async {
            match &mut self.serving {
                Some(serving) => serving.await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            signal = until_signal() => return signal.context("cannot listen to signals"),
            ended = &mut self.clockwork => format!("the clockwork {}", how(&ended)),
            ended = &mut self.delivery => format!("the courier {}", how(&ended)),
            ended = serving => {
                self.serving = None;
                format!("the web server {}", how(&ended))
            }
            hanging = self.state.worker.watch() => hanging.to_owned(),
        };
        bail!("{ended}; start the service again")
    }

    /// Stops in order: no new ticks, requests finish, the letter in hand is settled, the rest stays in the outbox.
    pub async fn stop(self) {
        self.scheduler.stop().await;
        self.server.stop(true).await;
        self.heartbeat.abort();
        self.state.worker.finish().await;
        self.clockwork.abort();
        self.delivery.abort();
        if let Some(serving) = self.serving
            && let Ok(Err(error)) = serving.await
        {
            tracing::error!(%error, "the web server ended with an error");
        }
        tracing::info!("stopped");
    }
}

fn how<T>(ended: &Result<T, JoinError>) -> &'static str {
    match ended {
        Err(error) if error.is_panic() => "failed with a panic",
        _ => "ended by itself",
    }
}

/// Waits for the signal to stop.
///
/// # Errors
/// When signals cannot be listened to.
async fn until_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::transport::Memory;

    async fn running(folder: &std::path::Path) -> Running {
        let mut settings = Settings::defaults();
        folder.clone_into(&mut settings.data_dir);
        let ctx = open(settings).await.unwrap();
        let state = assemble(ctx, Clock::System, Transport::Memory(Memory::default()), None);
        start(state, TcpListener::bind("127.0.0.1:0").unwrap()).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[expect(clippy::disallowed_methods, reason = "the task is the one that is looked at")]
    async fn a_service_whose_clockwork_or_courier_is_gone_ends_with_a_sentence() {
        let folder = std::env::temp_dir().join(format!("evenkeel-test-{}", crate::secrets::random_token()));
        let one = running(&folder).await;
        one.delivery.abort();
        let ended = one.until_stopped().await.unwrap_err().to_string();
        assert_eq!(ended, "the courier ended by itself; start the service again");

        let mut two = running(&folder).await;
        two.clockwork.abort();
        two.clockwork = tokio::spawn(async { panic!("on purpose") });
        let ended = two.until_stopped().await.unwrap_err().to_string();
        assert_eq!(ended, "the clockwork failed with a panic; start the service again");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
