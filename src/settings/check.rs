//! What a value must be. Each refusal names the key, the value and the way out.

use super::Settings;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file that was named is not there.
    #[error("the configuration file {0} does not exist")]
    NoFile(String),
    /// A file or variable cannot be read, or names an unknown key.
    #[error("the configuration cannot be read: {0}")]
    Unreadable(String),
    /// A value is out of range.
    #[error("{key} is {value:?}: {must}")]
    Value {
        /// The key.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What would be right.
        must: String,
    },
}

fn refuse(
    key: &'static str,
    value: impl std::fmt::Display,
    must: impl Into<String>,
) -> Result<(), SettingsError> {
    let value = value.to_string();
    Err(SettingsError::Value { key, value, must: must.into() })
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        self.check_http()?;
        self.check_mail()?;
        if !(1..=3650).contains(&self.retention.letters_days) {
            return refuse("retention.letters_days", self.retention.letters_days, "it must be 1 to 3650");
        }
        if self.retention.anonymous_answers_months > 120 {
            return refuse(
                "retention.anonymous_answers_months",
                self.retention.anonymous_answers_months,
                "it must be 0 to 120",
            );
        }
        if !(1..=120).contains(&self.retention.comments_months) {
            return refuse(
                "retention.comments_months",
                self.retention.comments_months,
                "it must be 1 to 120",
            );
        }
        if !(1..=60).contains(&self.schedule.tick_seconds) {
            return refuse("schedule.tick_seconds", self.schedule.tick_seconds, "it must be 1 to 60");
        }
        if self.instance.zone.parse::<chrono_tz::Tz>().is_err() {
            return refuse(
                "instance.zone",
                &self.instance.zone,
                "it must be an IANA time zone such as Europe/Berlin",
            );
        }
        crate::store::Location::parse(&self.database_url())
            .map(drop)
            .or_else(|must| refuse("database.url", "…", must))
    }

    fn check_http(&self) -> Result<(), SettingsError> {
        if self.http.bind.parse::<std::net::SocketAddr>().is_err() {
            return refuse(
                "http.bind",
                &self.http.bind,
                "it must be an address and a port, such as 127.0.0.1:8080",
            );
        }
        self.public_origin().map(drop)
    }

    /// `http.public_url` as browsers write an origin: scheme and host in lower case, no default port, no slash.
    pub(super) fn public_origin(&self) -> Result<String, SettingsError> {
        let refused = |must: &str| SettingsError::Value {
            key: "http.public_url",
            value: self.http.public_url.clone(),
            must: must.to_owned(),
        };
        let form =
            "it must be the address that people type, such as https://health.example.com, without a path";
        let url = url::Url::parse(&self.http.public_url).map_err(|_| refused(form))?;
        let loopback = match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => return Err(refused(form)),
        };
        if url.path() != "/" {
            return Err(refused(form));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it must name no user and no password; people would see them in every link"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("it must end with the host or port; leave out what follows \"?\" or \"#\""));
        }
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                return Err(refused(
                    "plain http is only for loopback; put a proxy with TLS in front and write https://",
                ));
            }
            _ => return Err(refused(form)),
        }
        Ok(url.origin().ascii_serialization())
    }

    fn check_mail(&self) -> Result<(), SettingsError> {
        if let Err(error) = crate::domain::partnership::EmailAddress::parse(&self.mail.from) {
            return refuse("mail.from", &self.mail.from, error.to_string());
        }
        if !(1..=4).contains(&self.mail.connections) {
            return refuse("mail.connections", self.mail.connections, "it must be 1 to 4");
        }
        if !(1..=600_000).contains(&self.mail.per_minute) {
            return refuse("mail.per_minute", self.mail.per_minute, "it must be 1 to 600000");
        }
        if !(0.01..=10.0).contains(&self.mail.timeout_scale) {
            return refuse("mail.timeout_scale", self.mail.timeout_scale, "it must be 0.01 to 10");
        }
        Ok(())
    }
}
