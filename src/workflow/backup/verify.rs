//! Looks a backup through from end to end. Changes nothing, neither the file nor what lies beside it.

use std::io;
use std::path::Path;

use super::{BackupError, Manifest, sealed};
use crate::secrets::Key;
use crate::settings::Settings;
use crate::store::{StoreError, backup, migrate};

/// Whether the key file beside the database is the one that belongs to a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFits {
    /// It is.
    Yes,
    /// There is no key file here.
    NoFile,
    /// The backup was made before the database had one.
    NotNeeded,
}

/// A backup that is sound.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Whether the key file that is configured fits.
    pub key: KeyFits,
    /// The newest schema that this program knows.
    pub newest: String,
}

/// Verifies a backup: checksum, structure, references, counts, schema and key.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn verify(settings: &Settings, file: &Path) -> Result<Verified, BackupError> {
    if !file.is_file() {
        return Err(BackupError::Missing(file.to_owned()));
    }
    let manifest = sealed::unseal(file, &mut io::sink())?;
    examine(settings, file, file, manifest)
}

/// The part that looks at the database inside: `told` is the file that sentences name.
pub(super) fn examine(
    settings: &Settings,
    told: &Path,
    database: &Path,
    manifest: Manifest,
) -> Result<Verified, BackupError> {
    let unsound = |error: StoreError| BackupError::unsound(told, &error.to_string());
    let newest = migrate::newest()?;
    if manifest.schema > newest {
        return Err(BackupError::Newer(format!(
            "{} was made by a newer version of Evenkeel ({}, schema {}; this one knows {newest}): use that version",
            told.display(),
            manifest.program,
            manifest.schema
        )));
    }
    let faults = backup::faults(database).map_err(unsound)?;
    if !faults.is_empty() {
        return Err(BackupError::unsound(told, &faults.join("; ")));
    }
    if backup::facts(database).map_err(unsound)? != manifest.facts() {
        return Err(BackupError::unsound(told, "its content is not what its manifest says"));
    }
    let key = key(settings, told, &manifest)?;
    Ok(Verified { manifest, key, newest })
}

fn key(settings: &Settings, told: &Path, manifest: &Manifest) -> Result<KeyFits, BackupError> {
    let Some(expected) = &manifest.key_fingerprint else { return Ok(KeyFits::NotNeeded) };
    let file = settings.key_file();
    if !file.is_file() {
        return Ok(KeyFits::NoFile);
    }
    let other = |sentence: String| Err(BackupError::OtherKey(sentence));
    match Key::load(&file, false) {
        Ok(key) if key.fingerprint() == *expected => Ok(KeyFits::Yes),
        Ok(key) => other(format!(
            "{} belongs to another key than {} (the backup expects {expected}, the file holds {}): put the key file that was \
             kept for it in place",
            told.display(),
            file.display(),
            key.fingerprint()
        )),
        Err(error) => other(error.to_string()),
    }
}
