//! Which addresses `mail.url` takes, and that no refusal repeats a password.

use super::*;

fn parse_default(url: &str) -> Result<Transport, TransportUrlError> {
    parse(url, &Options::default())
}

fn described(url: &str) -> String {
    parse_default(url).unwrap().describe()
}

#[test]
fn the_three_kinds_are_read() {
    assert_eq!(described("memory:"), "a list in memory");
    assert_eq!(described("file:///var/mail%20box"), "files in /var/mail box");
    for (url, description) in [
        ("smtp://mail.example.org", "relay mail.example.org:587 (STARTTLS)"),
        ("smtp://mail.example.org:465", "relay mail.example.org:465 (TLS)"),
        ("smtp://mail.example.org:465?tls=starttls", "relay mail.example.org:465 (STARTTLS)"),
        ("smtp://mail.example.org?tls=implicit", "relay mail.example.org:465 (TLS)"),
        ("smtp://127.0.0.1?tls=none", "relay 127.0.0.1:25 (no encryption)"),
        ("smtp://[::1]:2525/?tls=none", "relay ::1:2525 (no encryption)"),
        ("smtp://u:p@bücher.example:25", "relay xn--bcher-kva.example:25 (STARTTLS, signed in)"),
    ] {
        assert_eq!(described(url), description);
    }
}

#[test]
fn credentials_are_percent_decoded() {
    let url = Url::parse("smtp://post%40north.example:p%3A%2F%25%C3%A9+@relay.example").unwrap();
    assert_eq!(credentials(&url).unwrap(), Some(("post@north.example".to_owned(), "p:/%é+".to_owned())));
}

#[test]
fn refusals_name_the_part_and_never_the_password() {
    for (url, says) in [
        ("", "must start with smtp://"),
        ("ftp://u:hunter2@host", "must start with smtp://"),
        ("smtps://u:hunter2@host", "must start with smtp://"),
        ("memory:x", "write only memory:"),
        ("file:relative", "the directory"),
        ("file:///", "the directory"),
        ("file:///a?b", "the directory"),
        ("smtp:host", "the host"),
        ("smtp://", "the host"),
        ("smtp://u:hunter2@", "the "),
        ("smtp://u:hunter2@host:99999", "the address"),
        ("smtp://u:hunter2@host:0", "the port"),
        ("smtp://u:hunter2@ho st", "the "),
        ("smtp://u:hunter2@host/inbox", "what follows the host"),
        ("smtp://u:hunter2@host?tls=maybe", "none, starttls, implicit"),
        ("smtp://u:hunter2@host?tls=none&tls=none", "given twice"),
        ("smtp://u:hunter2@host?pool=4", "\"pool\" is not known"),
        ("smtp://u:hunter2@host?tls=none&ca_file=/x", "no meaning with tls=none"),
        ("smtp://u:hunter2@host?ca_file=/nowhere/ca.pem", "ca_file \"/nowhere/ca.pem\""),
        ("smtp://u@host", "there is a user but no password"),
        ("smtp://:hunter2@host", "there is a password but no user"),
        ("smtp://u:hunter2%0D%0A@host", "the password"),
        ("smtp://u:hunter2%zz@host", "the password"),
        ("smtp://u:hunter2%ff@host", "the password"),
    ] {
        let error = parse_default(url).expect_err(url).to_string();
        assert!(error.contains(says), "{url}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn the_scale_of_the_time_limits_is_checked() {
    for timeout_scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 101.0] {
        let options = Options { timeout_scale, ..Options::default() };
        let error = parse("smtp://host", &options).unwrap_err();
        assert!(matches!(error, TransportUrlError::Scale(_)), "{error}");
    }
}
