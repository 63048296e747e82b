//! The key, and every secret that is derived from it or minted beside it.
//!
//! The key lives in a file outside the database. Links and form tokens are keyed hashes of values in the database; the
//! database alone therefore opens nothing. Stored secrets are SHA-256 digests.

use std::io::Write;
use std::path::Path;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What is wrong with the key file, as a sentence with the way out.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not there although the database expects it.
    #[error(
        "the key file {0} is missing, and the database was made with one: restore it from where you keep it; without it no \
         survey link in sent mails works"
    )]
    Missing(String),
    /// The file cannot be read or written.
    #[error("the key file {0} cannot be used: {1}")]
    Unusable(String, String),
    /// The file holds another key than the one the database was made with.
    #[error(
        "the key in {file} is not the one this database was made with (its fingerprint is {found}, the database expects \
         {expected}): put the right key file in place"
    )]
    Other {
        /// The key file.
        file: String,
        /// Fingerprint of the key in the file.
        found: String,
        /// Fingerprint in the database.
        expected: String,
    },
}

/// The instance's key: 256 random bits.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.fingerprint())
    }
}

impl Key {
    /// A fresh key.
    pub fn generate() -> Self {
        Self(random_bytes())
    }

    /// Reads the key file; with `may_create` (an empty database) a missing file is made, readable by its owner only.
    pub fn load(file: &Path, may_create: bool) -> Result<Self, KeyError> {
        let shown = file.display().to_string();
        let unusable = |e: &dyn std::fmt::Display| KeyError::Unusable(shown.clone(), e.to_string());
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let bytes = HEXLOWER.decode(text.trim().as_bytes()).unwrap_or_default();
                let wrong = "it must hold 64 hexadecimal digits; put the right key file in place";
                Ok(Self(bytes.try_into().map_err(|_| unusable(&wrong))?))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && may_create => {
                let key = Self::generate();
                write_private(file, &format!("{}\n", HEXLOWER.encode(&key.0))).map_err(|e| unusable(&e))?;
                Ok(key)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(KeyError::Missing(shown)),
            Err(e) => Err(unusable(&e)),
        }
    }

    /// What the database keeps to recognise the key; it tells nothing about it.
    pub fn fingerprint(&self) -> String {
        self.derive("fingerprint", "")[..16].to_owned()
    }

    /// A secret of 160 bits in lower-case base32, derived for one purpose from a stored salt.
    pub fn derive(&self, purpose: &str, salt: &str) -> String {
        BASE32_NOPAD.encode(&self.mac(purpose, salt)[..20]).to_ascii_lowercase()
    }

    fn mac(&self, purpose: &str, salt: &str) -> [u8; 32] {
        // HMAC fills shorter keys with zeros to the hash's block of 64 bytes.
        let mut block = [0_u8; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(salt.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The secret in the survey link of an invitation.
    pub fn survey_token(&self, salt: &str) -> String {
        self.derive("survey", salt)
    }

    /// The secret in a link that a side hands out itself: whoever begins with it gets a survey link of their own.
    pub fn handed_token(&self, salt: &str) -> String {
        self.derive("handed", salt)
    }

    /// The secret in the link to a person's letters: their identifier, and what only this key makes of it, of the address that
    /// the letter goes to, and of the year by which the link ends.
    pub fn mail_token(&self, person: &[u8; 16], address: &str, year: i32) -> String {
        let id = BASE32_NOPAD.encode(person).to_ascii_lowercase();
        let proof = self.mail_proof(person, address, year);
        format!("{id}{proof}")
    }

    /// Whether a link was made by this key for this person and address in one of these years. It takes the same time whichever
    /// year it is, and whether it is any.
    pub fn made_mail_token(&self, link: &LinkClaim, address: &str, years: &[i32]) -> bool {
        years
            .iter()
            .fold(false, |made, year| made | same(&self.mail_proof(&link.id, address, *year), &link.proof))
    }

    fn mail_proof(&self, person: &[u8; 16], address: &str, year: i32) -> String {
        // No part of it can run into the next: the first is of fixed length, the second has no space, the third no sign of either.
        self.derive("letters", &format!("{} {year} {address}", BASE32_NOPAD.encode(person)))
    }

    /// The secret in the link to an action: its identifier, and what only this key makes of it, of whoever is to do it, and of
    /// the address that the letter goes to. So it ends when somebody else is named.
    pub fn action_token(&self, action: &[u8; 16], owner: &[u8; 16], address: &str) -> String {
        let id = BASE32_NOPAD.encode(action).to_ascii_lowercase();
        format!("{id}{}", self.action_proof(action, owner, address))
    }

    /// Whether a link was made by this key for this action, owner and address.
    pub fn made_action_token(&self, link: &LinkClaim, owner: &[u8; 16], address: &str) -> bool {
        same(&self.action_proof(&link.id, owner, address), &link.proof)
    }

    fn action_proof(&self, action: &[u8; 16], owner: &[u8; 16], address: &str) -> String {
        self.derive(
            "action",
            &format!("{} {} {address}", BASE32_NOPAD.encode(action), BASE32_NOPAD.encode(owner)),
        )
    }

    /// The secret in a sign-in link.
    pub fn login_token(&self, salt: &str) -> String {
        self.derive("login", salt)
    }

    /// The eight digits that finish a sign-in in another browser than the one with the link.
    pub fn login_code(&self, salt: &str) -> String {
        let bytes = self.mac("login-code", salt);
        let number = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) % 100_000_000;
        format!("{number:08}")
    }

    /// The token that a form carries so that only our own pages can post it; `bound_to` is the session or the survey link.
    pub fn form_token(&self, bound_to: &str) -> String {
        self.derive("form", bound_to)
    }
}

/// What a link that names what it is about claims to be; only [`Key::made_mail_token`] and [`Key::made_action_token`] say
/// whether it is.
#[derive(Clone, Debug)]
pub struct LinkClaim {
    /// Whose letters, or which action.
    pub id: [u8; 16],
    proof: String,
}

impl LinkClaim {
    /// Reads any text: what is no link claims to be about nobody, and is looked for like one.
    pub fn read(text: &str) -> Self {
        let parts = text.split_at_checked(26);
        let about = parts.and_then(|(id, _)| {
            // As it is written in links, and in no other way.
            let bytes: [u8; 16] =
                BASE32_NOPAD.decode(id.to_ascii_uppercase().as_bytes()).ok()?.try_into().ok()?;
            (BASE32_NOPAD.encode(&bytes).to_ascii_lowercase() == id).then_some(bytes)
        });
        match (about, parts) {
            (Some(id), Some((_, proof))) => Self { id, proof: proof.to_owned() },
            _ => Self { id: [0; 16], proof: String::new() },
        }
    }
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut handle = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    handle.write_all(text.as_bytes())?;
    handle.sync_all()
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A random value of 256 bits in lower-case base32.
pub fn random_token() -> String {
    BASE32_NOPAD.encode(&random_bytes::<32>()).to_ascii_lowercase()
}

/// A new API token for a row with this identifier: `ek_<id>_<secret><check>`.
pub fn api_token(id: &[u8; 16]) -> String {
    let id = BASE32_NOPAD.encode(id).to_ascii_lowercase();
    let body = format!("ek_{id}_{}", random_token());
    let check = token_check(&body);
    format!("{body}{check}")
}

/// The identifier inside an API token; `None` when it is no token, or was mistyped.
pub fn api_token_id(text: &str) -> Option<[u8; 16]> {
    if !text.is_ascii() || text.len() != 3 + 26 + 1 + 52 + CHECK {
        return None;
    }
    let (body, check) = text.split_at(text.len() - CHECK);
    if !same(&token_check(body), check) {
        return None;
    }
    let (id, _) = body.strip_prefix("ek_")?.split_once('_')?;
    BASE32_NOPAD.decode(id.to_ascii_uppercase().as_bytes()).ok()?.try_into().ok()
}

/// Characters of the check at the end of an API token.
const CHECK: usize = 6;

fn token_check(body: &str) -> String {
    digest(body)[..CHECK].to_owned()
}

/// SHA-256 in hexadecimal: how a secret is stored.
pub fn digest(secret: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_ref()))
}

/// Under which key the answers behind a link lie in a cycle of anonymous mode: a hash keyed by the link's own secret. The
/// database holds only a digest of that secret, from which this cannot be told.
pub fn ballot_key(token: &str, cycle: &str) -> String {
    // A digest of a longer text is as good a key; a link's secret is shorter than a block and is taken as it is.
    let mut block = [0_u8; 64];
    let bytes = token.as_bytes();
    match block.get_mut(..bytes.len()) {
        Some(start) => start.copy_from_slice(bytes),
        None => block[..32].copy_from_slice(&Sha256::digest(bytes)),
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(b"ballot");
    mac.update(&[0]);
    mac.update(cycle.as_bytes());
    let bytes: [u8; 32] = mac.finalize().into_bytes().into();
    BASE32_NOPAD.encode(&bytes[..20]).to_ascii_lowercase()
}

/// A number by which a text is named where only numbers are taken: for locks.
pub fn number(text: &str) -> i64 {
    let bytes: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    bytes[..8].iter().fold(0, |all, byte| all << 8 | i64::from(*byte))
}

/// Comparison that takes the same time wherever two values differ.
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_needs_both_the_key_and_the_salt() {
        let (one, other) = (Key::generate(), Key::generate());
        assert_eq!(one.survey_token("salt"), one.survey_token("salt"));
        assert_ne!(one.survey_token("salt"), one.survey_token("tlas"));
        assert_ne!(one.survey_token("salt"), other.survey_token("salt"));
        assert_ne!(one.survey_token("salt"), one.login_token("salt"));
        assert_eq!(one.survey_token("salt").len(), 32);
    }

    #[test]
    fn the_link_to_a_persons_letters_is_for_that_person_address_and_year_and_this_key() {
        let (one, other) = (Key::generate(), Key::generate());
        let token = one.mail_token(&[7; 16], "ada@example.org", 2026);
        let made = |key: &Key, token: &str, address: &str, years: &[i32]| {
            key.made_mail_token(&LinkClaim::read(token), address, years)
        };
        assert_eq!(LinkClaim::read(&token).id, [7; 16]);
        for years in [[2026, 2027, 2028], [2024, 2025, 2026]] {
            assert!(made(&one, &token, "ada@example.org", &years));
        }
        assert!(!made(&one, &token, "ada@example.org", &[2027, 2028]), "too old");
        assert!(!made(&one, &token, "ada@example.com", &[2026]), "of another address");
        assert!(!made(&other, &token, "ada@example.org", &[2026]), "of another key");
        let foreign = format!("{}{}", &one.mail_token(&[8; 16], "ada@example.org", 2026)[..26], &token[26..]);
        for nonsense in
            [foreign.as_str(), &token[..26], "", "ä", &token.to_ascii_uppercase(), &format!("{token}a")]
        {
            assert!(!made(&one, nonsense, "ada@example.org", &[2026]), "{nonsense}");
        }
    }

    #[test]
    fn the_link_to_an_action_is_for_one_owner_and_address() {
        let key = Key::generate();
        let token = key.action_token(&[7; 16], &[8; 16], "ada@example.org");
        let link = LinkClaim::read(&token);
        assert_eq!(link.id, [7; 16]);
        assert!(key.made_action_token(&link, &[8; 16], "ada@example.org"));
        assert!(!key.made_action_token(&link, &[9; 16], "ada@example.org"), "of another owner");
        assert!(!key.made_action_token(&link, &[8; 16], "ada@example.com"), "of another address");
        assert!(!Key::generate().made_action_token(&link, &[8; 16], "ada@example.org"), "of another key");
        let letters = LinkClaim::read(&key.mail_token(&[7; 16], "ada@example.org", 2026));
        assert!(!key.made_action_token(&letters, &[8; 16], "ada@example.org"), "another kind of link");
    }

    #[test]
    fn the_key_of_an_anonymous_answer_needs_the_link_itself() {
        let (token, cycle) = (Key::generate().survey_token("salt"), "a cycle");
        let own = ballot_key(&token, cycle);
        assert_eq!((own.len(), &own), (32, &ballot_key(&token, cycle)));
        assert_ne!(own, ballot_key(&token, "another cycle"));
        // What the database holds of the link, as text and as the bytes that it stands for.
        let stored = digest(&token);
        let bytes: [u8; 32] = HEXLOWER.decode(stored.as_bytes()).unwrap().try_into().unwrap();
        assert_ne!(own, ballot_key(&stored, cycle));
        assert_ne!(own, Key(bytes).derive("ballot", cycle));
    }

    #[test]
    fn a_mistyped_token_is_told_from_a_token() {
        let text = api_token(&[7; 16]);
        assert_eq!(api_token_id(&text), Some([7; 16]));
        assert_eq!(api_token_id(&text[1..]), None);
        assert_eq!(api_token_id(&text.replace("ek_", "ek-")), None);
        let last = if text.ends_with('0') { "1" } else { "0" };
        assert_eq!(api_token_id(&format!("{}{last}", &text[..text.len() - 1])), None);
    }

    #[test]
    fn a_missing_key_is_made_only_for_an_empty_database() {
        let folder = std::env::temp_dir().join(format!("evenkeel-key-{}", random_token()));
        let file = folder.join("secret.key");
        assert!(matches!(Key::load(&file, false), Err(KeyError::Missing(_))));
        let made = Key::load(&file, true).unwrap();
        assert_eq!(Key::load(&file, false).unwrap().fingerprint(), made.fingerprint());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
