//! Configuration in layers: the embedded defaults, then a file, then `EVENKEEL__SECTION__KEY` from the environment.
//!
//! An unknown key is an error, a value out of range is an error, and each says where it stands and what would be right.
//! Only this module reads the environment.

mod check;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use check::SettingsError;

const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Everything that an administrator can set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where database, key file and lock live by default.
    pub data_dir: PathBuf,
    /// Database.
    pub database: Database,
    /// Web server.
    pub http: Http,
    /// About this instance.
    pub instance: Instance,
    /// Outgoing mail.
    pub mail: Mail,
    /// Secrets.
    pub secrets: Secrets,
    /// How long what is kept.
    pub retention: Retention,
    /// Ticks.
    pub schedule: Schedule,
    /// Logs.
    pub log: Log,
}

/// `database.*`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:///path/file.db` or `postgres://…`; empty: a file in `data_dir`.
    pub url: String,
}

/// `http.*`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Address and port.
    pub bind: String,
    /// Base of every link, and the origin of our own forms: as browsers write it, without a slash at the end.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Calls a minute that one API token may make.
    pub api_per_minute: std::num::NonZeroU32,
    /// Calls a minute that one address may make without a token.
    pub strangers_per_minute: std::num::NonZeroU32,
    /// Links a minute that lead nowhere and that one address may try.
    pub unknown_links_per_minute: std::num::NonZeroU32,
}

/// `instance.*`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Who runs this server.
    pub operator: String,
    /// Zone proposed for new people and partnerships.
    pub zone: String,
}

/// `mail.*`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Relay or folder.
    pub url: String,
    /// Sender address.
    pub from: String,
    /// Parallel connections, 1 to 4.
    pub connections: usize,
    /// Mails a minute at the most.
    pub per_minute: u32,
    /// Factor on all time-outs.
    pub timeout_scale: f64,
}

/// `secrets.*`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// The key file; empty: in `data_dir`.
    pub key_file: String,
}

/// `retention.*`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days after its end until a letter loses name, address and text.
    pub letters_days: u32,
    /// Months after the close until anonymous answers become sums.
    pub anonymous_answers_months: u32,
    /// Months after the close until comments are removed.
    pub comments_months: u32,
}

/// `schedule.*`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Seconds between two looks.
    pub tick_seconds: u32,
}

/// `log.*`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// Level or filter.
    pub level: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Settings {
    /// Reads all layers and checks every value.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let environment = config::Environment::with_prefix("EVENKEEL")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("http.trusted_proxies")
            .ignore_empty(true);
        Self::from_layers(file, environment)
    }

    fn from_layers(file: Option<&Path>, environment: config::Environment) -> Result<Self, SettingsError> {
        let mut layers =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(SettingsError::NoFile(file.display().to_string()));
            }
            layers = layers.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let mut read: Self = layers
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|e| SettingsError::Unreadable(e.to_string()))?;
        read.check()?;
        read.http.public_url = read.public_origin()?;
        Ok(read)
    }

    /// The database's address, with the default filled in.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite://{}", self.data_dir.join("evenkeel.db").display())
        } else {
            self.database.url.clone()
        }
    }

    /// The key file, with the default filled in.
    pub fn key_file(&self) -> PathBuf {
        if self.secrets.key_file.is_empty() {
            self.data_dir.join("secret.key")
        } else {
            PathBuf::from(&self.secrets.key_file)
        }
    }

    /// Whether people reach this server by https, so that cookies must be `Secure`.
    pub fn is_https(&self) -> bool {
        self.http.public_url.starts_with("https://")
    }

    /// A link to a page of this instance; `path` starts with `/`.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.http.public_url)
    }

    /// The defaults, for the demo and for tests, which then set what they need.
    pub fn defaults() -> Self {
        Self::from_layers(None, config::Environment::with_prefix("EVENKEEL_NOTHING")).unwrap_or_else(|e| {
            // The embedded file is part of the program; a test loads it.
            unreachable!("the embedded defaults are valid: {e}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> Result<Settings, SettingsError> {
        let file = std::env::temp_dir().join(format!("evenkeel-{}.toml", crate::secrets::random_token()));
        std::fs::write(&file, text).unwrap();
        let read = Settings::from_layers(Some(&file), config::Environment::with_prefix("EVENKEEL_NOTHING"));
        std::fs::remove_file(file).unwrap();
        read
    }

    #[test]
    fn the_embedded_defaults_are_valid() {
        assert_eq!(Settings::defaults().schedule.tick_seconds, 30);
    }

    #[test]
    fn a_file_goes_over_the_defaults() {
        let read = with_file("[mail]\nper_minute = 7\n").unwrap();
        assert_eq!((read.mail.per_minute, read.mail.connections), (7, 4));
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = with_file("[mail]\nper_minuet = 7\n").unwrap_err().to_string();
        assert!(error.contains("per_minuet"), "{error}");
    }

    #[test]
    fn plain_http_is_refused_for_a_public_host() {
        let error =
            with_file("[http]\npublic_url = \"http://health.example.com\"\n").unwrap_err().to_string();
        assert!(error.contains("http.public_url"), "{error}");
    }

    #[test]
    fn the_public_address_is_kept_as_browsers_write_it() {
        for (written, kept) in [
            ("http://LOCALHOST:1", "http://localhost:1"),
            ("https://health.example.com:443", "https://health.example.com"),
            ("HTTPS://Health.Example.com/", "https://health.example.com"),
            ("https://bücher.example:8443/", "https://xn--bcher-kva.example:8443"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            let read = with_file(&format!("[http]\npublic_url = \"{written}\"\n")).unwrap();
            assert_eq!(read.http.public_url, kept);
            assert_eq!(read.link("/login"), format!("{kept}/login"));
            assert_eq!(read.is_https(), kept.starts_with("https:"));
        }
    }

    #[test]
    fn a_public_address_with_more_than_a_host_is_refused() {
        for written in [
            "https://user@health.example.com",
            "https://:secret@health.example.com",
            "https://health.example.com?",
            "https://health.example.com/?a=b",
            "https://health.example.com/#top",
            "https://health.example.com/path",
            "ftp://health.example.com",
            "health.example.com",
        ] {
            let error = with_file(&format!("[http]\npublic_url = \"{written}\"\n")).unwrap_err().to_string();
            assert!(error.starts_with("http.public_url is"), "{error}");
        }
    }

    #[test]
    fn the_environment_goes_over_the_file() {
        let source =
            [("EVENKEEL__HTTP__TRUSTED_PROXIES", "10.0.0.1,10.0.0.2"), ("EVENKEEL__MAIL__PER_MINUTE", "5")];
        let environment = config::Environment::with_prefix("EVENKEEL")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("http.trusted_proxies")
            .source(Some(source.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()));
        let read = Settings::from_layers(None, environment).unwrap();
        assert_eq!((read.http.trusted_proxies.len(), read.mail.per_minute), (2, 5));
    }
}
