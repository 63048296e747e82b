//! The data directory's side of the fork guard: what this server saw last of its database, in a file beside the key.
//!
//! The directory is read before the database and written after it, so that it is never ahead of a database that nobody set
//! back ([`crate::store::fork`]). The courier looks at its start and before it sends; a backup and the command that resumes
//! look too. The demo, whose clock jumps, does not.

use std::io::Write;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::Context;
use crate::settings::Settings;
use crate::store::fork::{self, Position};
use crate::store::{StoreError, unmakeable};

/// The file in the data directory.
pub(super) fn file(settings: &Settings) -> PathBuf {
    settings.data_dir.join("fork-guard.json")
}

/// What the data directory saw last. A file that cannot be read counts as none: the database then has to explain itself.
pub fn kept(settings: &Settings) -> Option<Position> {
    let text = std::fs::read_to_string(file(settings)).ok()?;
    serde_json::from_str(&text).ok()
}

/// Notes in the data directory what was seen.
///
/// # Errors
/// Unusable, with the way out, when the directory cannot be written; full when its disk is.
pub fn keep(settings: &Settings, position: &Position) -> Result<(), StoreError> {
    let file = file(settings);
    write(&file, position).map_err(|error| unmakeable(&file, &error))
}

/// Beside it first and then in one step: a half-written file would look like none.
fn write(file: &std::path::Path, position: &Position) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let beside = file.with_extension(format!("{}.partial", &crate::secrets::random_token()[..8]));
    let mut options = std::fs::OpenOptions::new();
    let mut handle = options.write(true).create_new(true).mode(0o600).open(&beside)?;
    let text = serde_json::to_string(position).map_err(std::io::Error::other)?;
    let written = handle
        .write_all(text.as_bytes())
        .and_then(|()| handle.sync_all())
        .and_then(|()| std::fs::rename(&beside, file));
    if written.is_err() {
        // It is of no use; the error that is told is the first one.
        drop(std::fs::remove_file(&beside));
    }
    written
}

/// Compares database and data directory, pauses sending when they do not fit or for a reason of the caller's own, and notes
/// what was seen; gives the reason of a pause that began here.
///
/// # Errors
/// When the database or the directory cannot be written.
pub async fn look(
    ctx: &Context,
    besides: Option<String>,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    let (settings, store) = (ctx.settings.clone(), ctx.store.clone());
    // First the directory, then the database: another process may go on in between.
    let (turn, before) = tokio::task::spawn_blocking(move || (take_turn(&settings), kept(&settings)))
        .await
        .map_err(|e| stopped(&e))?;
    let alone = !store.is_shared();
    let (position, began) =
        store.decide(move |conn| fork::look(conn, before.as_ref(), alone, besides.as_deref(), now)).await?;
    let settings = ctx.settings.clone();
    tokio::task::spawn_blocking(move || keep(&settings, &position)).await.map_err(|e| stopped(&e))??;
    drop(turn);
    if let Some(reason) = &began {
        tracing::error!(reason, "sending is paused until an administrator resumes it");
    }
    Ok(began)
}

/// Waits for others who look at the same data directory, until the value is dropped. Where folders cannot be locked nobody
/// waits: then only two first looks at the same instant could take each other for a fork.
fn take_turn(settings: &Settings) -> Option<std::fs::File> {
    let folder = std::fs::File::open(&settings.data_dir).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

fn stopped(error: &tokio::task::JoinError) -> StoreError {
    StoreError::Broken(format!("a piece of work stopped: {error}"))
}
