//! The two transports without a relay: a directory of `.eml` files and a list in memory.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Phase, SendError, Sent};

/// A letter as it would have gone to a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The sender of the envelope.
    pub from: String,
    /// The recipient of the envelope.
    pub to: String,
    /// The whole message.
    pub bytes: Vec<u8>,
}

/// A list of letters that its clones share.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Captured>>>);

impl Memory {
    /// All letters so far, oldest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Captured> {
        self.list().clone()
    }

    /// How many letters there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list().len()
    }

    /// Takes all letters out, oldest first.
    #[must_use]
    pub fn take(&self) -> Vec<Captured> {
        std::mem::take(&mut *self.list())
    }

    pub(super) fn push(&self, letter: Captured) {
        self.list().push(letter);
    }

    fn list(&self) -> MutexGuard<'_, Vec<Captured>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes one letter into `directory`, named by its Message-ID, whole or not at all.
///
/// A second copy has the same Message-ID and bytes and replaces the first.
pub(super) async fn write(directory: Arc<PathBuf>, bytes: &[u8]) -> Result<Sent, SendError> {
    let bytes = bytes.to_vec();
    let place = directory.display().to_string();
    let written = tokio::task::spawn_blocking(move || write_file(&directory, &bytes)).await;
    let fault = |error: String| {
        let detail = format!("could not write into the directory {place}: {error}");
        SendError::Relay { phase: Phase::Data, code: None, detail, reply: String::new() }
    };
    match written {
        Ok(Ok(path)) => Ok(Sent { reply: format!("written to {}", path.display()) }),
        Ok(Err(error)) => Err(fault(error.to_string())),
        Err(error) => Err(fault(error.to_string())),
    }
}

fn write_file(directory: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    // Letters hold names and links: for their owner only, in a folder that was there before as well.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let name =
        file_name(bytes).ok_or_else(|| io::Error::other("the letter has no Message-ID to be named by"))?;
    let (draft, path) = (directory.join(format!(".{name}.part")), directory.join(format!("{name}.eml")));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    // What an attempt that broke off left behind keeps its own mode.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    Ok(path)
}

/// The Message-ID with everything but letters, digits, `-`, `.`, `_` and `@` left out.
fn file_name(bytes: &[u8]) -> Option<String> {
    let mut head = bytes.split(|b| *b == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    let id = head.find_map(|line| line.strip_prefix(b"Message-ID:"))?;
    let kept = id.iter().map(|b| char::from(*b)).filter(|c| c.is_ascii_alphanumeric() || "-._@".contains(*c));
    let name: String = kept.take(200).collect();
    let name = name.trim_start_matches('.').to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_in_a_folder_that_others_read_is_for_its_owner_only() {
        let folder = std::env::temp_dir().join(format!("evenkeel-mail-{}", crate::secrets::random_token()));
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.join(".1@x.part"), "left behind").unwrap();
        fs::set_permissions(folder.join(".1@x.part"), fs::Permissions::from_mode(0o644)).unwrap();
        let path = write_file(&folder, b"Message-ID: <1@x>\r\n\r\nhello").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(fs::read(&path).unwrap(), b"Message-ID: <1@x>\r\n\r\nhello");
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_is_named_by_the_message_id_and_stays_in_its_directory() {
        let name = |head: &str| file_name(head.as_bytes());
        assert_eq!(name("A: b\r\nMessage-ID: <1-a@x.org>\r\n\r\n").as_deref(), Some("1-a@x.org"));
        assert_eq!(name("Message-ID: <../../etc/p@x>\r\n").as_deref(), Some("etcp@x"));
        assert_eq!(name("A: b\r\n\r\nMessage-ID: <in-the-body@x>\r\n"), None);
    }
}
