//! One file that is a database and its manifest: the database's bytes, then a line of JSON, then the SHA-256 of everything
//! before it. `SQLite` reads such a file as the database that it is; whoever changes one bit of it is found out.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::BackupError;
use crate::store::backup::Facts;

/// The form of the file.
const FORMAT: u32 = 1;
/// The last line: 64 hexadecimal digits and its end.
const SEAL: u64 = 65;
/// No manifest is longer, in bytes.
const LONGEST: u64 = 64 << 10;

/// What a backup says of itself. The key is not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the file.
    format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Length of the database in it.
    database_bytes: u64,
    /// The last migration that was applied.
    pub schema: String,
    /// The epoch of the database.
    pub epoch: Option<String>,
    /// The fingerprint of the key that belongs to it.
    pub key_fingerprint: Option<String>,
    /// Rows of each table.
    pub rows: std::collections::BTreeMap<String, i64>,
}

impl Manifest {
    /// What stands in the database, without what is about the file.
    pub(super) fn facts(&self) -> Facts {
        Facts {
            schema: self.schema.clone(),
            epoch: self.epoch.clone(),
            key_fingerprint: self.key_fingerprint.clone(),
            rows: self.rows.clone(),
        }
    }
}

/// Appends manifest and checksum to a database and waits until the disk has them.
pub(super) fn seal(path: &Path, facts: Facts, now: DateTime<Utc>) -> io::Result<Manifest> {
    let mut file = File::options().read(true).append(true).open(path)?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: now,
        database_bytes: file.metadata()?.len(),
        schema: facts.schema,
        epoch: facts.epoch,
        key_fingerprint: facts.key_fingerprint,
        rows: facts.rows,
    };
    let text = serde_json::to_string(&manifest).map_err(io::Error::other)?;
    file.write_all(format!("\n{text}\n").as_bytes())?;
    file.rewind()?;
    let seal = pass(&mut file, u64::MAX, &mut io::sink())?;
    file.write_all(format!("{seal}\n").as_bytes())?;
    file.sync_all()?;
    Ok(manifest)
}

/// Reads a backup from end to end, gives its manifest, and pours the database out of it.
pub(super) fn unseal(path: &Path, into: &mut impl Write) -> Result<Manifest, BackupError> {
    let cut = || BackupError::unsound(path, "it is no backup of Evenkeel, or it was cut off");
    let unreadable = |e: io::Error| BackupError::unsound(path, &format!("it cannot be read: {e}"));
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let (text, seal) = last_lines(&mut file, length).map_err(unreadable)?.ok_or_else(cut)?;
    file.rewind().map_err(unreadable)?;
    let body = length - SEAL;
    // What follows the database is known to be short, so that the manifest is not trusted before the checksum was compared.
    let database = body.saturating_sub(text.len() as u64 + 2);
    let found = pass_in_two(&mut file, database, body, into).map_err(|e| BackupError::writing(path, &e))?;
    if found != seal {
        return Err(BackupError::unsound(path, "its checksum is not that of its content; it was damaged"));
    }
    let manifest: Manifest = serde_json::from_str(&text).map_err(|_| cut())?;
    if manifest.format > FORMAT {
        return Err(BackupError::Newer(format!(
            "{} was made by a newer version of Evenkeel ({}); use that version",
            path.display(),
            manifest.program
        )));
    }
    if manifest.database_bytes == database { Ok(manifest) } else { Err(cut()) }
}

/// The line of the manifest and the checksum; `None` when the file does not end like a backup.
fn last_lines(file: &mut File, length: u64) -> io::Result<Option<(String, String)>> {
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let mut lines = tail.rsplit(|byte| *byte == b'\n');
    let (end, seal, text) = (lines.next(), lines.next(), lines.next());
    let whole = lines.next().is_some() && end.is_some_and(<[u8]>::is_empty);
    let texts = |bytes: Option<&[u8]>| bytes.and_then(|own| String::from_utf8(own.to_vec()).ok());
    Ok(match (texts(text), texts(seal)) {
        (Some(text), Some(seal)) if whole && seal.len() as u64 + 1 == SEAL && text.starts_with('{') => {
            Some((text, seal))
        }
        _ => None,
    })
}

/// The checksum of `length` bytes, the first `database` of which are copied.
fn pass_in_two(file: &mut File, database: u64, length: u64, into: &mut impl Write) -> io::Result<String> {
    let mut hash = Sha256::new();
    pour(file, database, into, &mut hash)?;
    pour(file, length - database, &mut io::sink(), &mut hash)?;
    Ok(HEXLOWER.encode(&hash.finalize()))
}

fn pass(file: &mut File, length: u64, into: &mut impl Write) -> io::Result<String> {
    let mut hash = Sha256::new();
    pour(file, length, into, &mut hash)?;
    Ok(HEXLOWER.encode(&hash.finalize()))
}

fn pour(file: &mut File, length: u64, into: &mut impl Write, hash: &mut Sha256) -> io::Result<()> {
    let mut piece = vec![0_u8; 256 << 10];
    let mut left = length;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        let read = file.read(&mut piece[..most])?;
        if read == 0 {
            break;
        }
        hash.update(&piece[..read]);
        into.write_all(&piece[..read])?;
        left -= read as u64;
    }
    Ok(())
}
