//! `evenkeel backup`, `restore` and `verify`.

use std::path::PathBuf;

use super::{Failure, code};
use crate::app;
use crate::clock::real_now;
use crate::settings::Settings;
use crate::workflow::backup::{self, BackupError, KeyFits, Manifest, Verified};

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let code = match error {
            BackupError::Store(error) => return error.into(),
            BackupError::NotSqlite(_) | BackupError::OwnFile(_) => code::USAGE,
            BackupError::Missing(_) => code::NO_INPUT,
            BackupError::Exists(_) | BackupError::Unwritable(_) => code::CANNOT_CREATE,
            BackupError::Unsound(_) => code::DATA,
            BackupError::Newer(_) | BackupError::OtherKey(_) => code::CONFIG,
            BackupError::Busy(_) => code::TEMPORARY,
        };
        Self::new(code, error.to_string())
    }
}

/// Files are read and written on a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|e| Failure::new(code::SOFTWARE, format!("the work stopped: {e}")))??)
}

pub(super) async fn make(settings: Settings, file: PathBuf, force: bool) -> Result<(), Failure> {
    let target = file.clone();
    let made = blocking(move || backup::make(&settings, &target, force, real_now())).await?;
    let rows: i64 = made.manifest.rows.values().sum();
    println!(
        "{}: {} bytes, {rows} rows in {} tables, looked through and sealed.",
        file.display(),
        made.bytes,
        made.manifest.rows.len()
    );
    println!(
        "The key is not in it. It lies in {}: keep a copy of it apart from the backups; a restored database needs it.",
        made.key_file.display()
    );
    if let Some(why) = made.not_noted {
        eprintln!("evenkeel: the backup is whole, but the database could not note when it was made: {why}");
    }
    Ok(())
}

pub(super) async fn verify(settings: Settings, file: PathBuf) -> Result<(), Failure> {
    let target = file.clone();
    let own = settings.clone();
    let verified = blocking(move || backup::verify(&own, &target)).await?;
    println!("Backup     {}", file.display());
    tell(&settings, &verified);
    println!("Checksum, structure, references and counts are sound.");
    Ok(())
}

pub(super) async fn restore(settings: Settings, file: PathBuf) -> Result<(), Failure> {
    let target = file.clone();
    let own = settings.clone();
    let lock = app::lock(&settings)?;
    let restored = blocking(move || backup::restore(&own, &target, real_now())).await?;
    drop(lock);
    println!("Restored   {} from {}", restored.database.display(), file.display());
    tell(&settings, &restored.verified);
    if let Some(kept) = &restored.kept {
        println!(
            "The database that was there is kept as {}; remove it when nothing is missing.",
            kept.display()
        );
    }
    if restored.verified.key == KeyFits::NoFile {
        println!("Put the key file in place before you start: {}", settings.key_file().display());
    }
    println!(
        "Sending is paused: mails that left after the backup would leave again. Look at what waits, then run \
         `evenkeel admin resume-sending`. Answers and changes since the backup are gone."
    );
    Ok(())
}

fn tell(settings: &Settings, verified: &Verified) {
    let Manifest { program, created_at, schema, key_fingerprint, rows, .. } = &verified.manifest;
    println!("Made       {} by Evenkeel {program}", created_at.format("%Y-%m-%d %H:%M:%S UTC"));
    let older = if *schema < verified.newest { "; the next start brings it up to date" } else { "" };
    println!("Schema     {schema}{older}");
    let key_file = settings.key_file();
    let fits = match verified.key {
        KeyFits::Yes => format!("that of {}", key_file.display()),
        KeyFits::NoFile => format!("there is no key file at {} to compare", key_file.display()),
        KeyFits::NotNeeded => "none yet".to_owned(),
    };
    println!("Key        {} ({fits})", key_fingerprint.as_deref().unwrap_or("-"));
    for (number, (table, count)) in rows.iter().filter(|(table, _)| !table.starts_with("__")).enumerate() {
        println!("{}  {count:>10}  {table}", if number == 0 { "Rows     " } else { "         " });
    }
}
