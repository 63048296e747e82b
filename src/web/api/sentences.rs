//! What serde says of a body or a query, as sentences for people.
//!
//! Law: no name of ours shows through: no type, no variant, no backquote. What the domain says already is a sentence and
//! passes as it is. Called by [`call`](super::call) for everything that is read from outside.

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The sentence for an error of `serde_json`, without its place, which the path tells better.
pub fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let said = text.split(" at line ").next().unwrap_or(&text).trim();
    told(said).unwrap_or_else(|| sentence(said))
}

/// What is known of serde's own errors; `None` for a sentence of the domain.
fn told(said: &str) -> Option<String> {
    if let Some(rest) = said.strip_prefix("missing field ") {
        return Some(format!("The field {} is missing.", quoted(rest).first()?));
    }
    if let Some(rest) = said.strip_prefix("duplicate field ") {
        return Some(format!("The field {} is given twice.", quoted(rest).first()?));
    }
    if let Some((found, expected)) = said.strip_prefix("unknown field ").and_then(|rest| split(rest)) {
        let found = quoted(found).join("");
        return Some(match quoted(expected).as_slice() {
            [] => format!("There is no field {found} here; there is none at all."),
            fields => format!("There is no field {found} here; there are {}.", fields.join(", ")),
        });
    }
    if let Some((found, expected)) = said.strip_prefix("unknown variant ").and_then(|rest| split(rest)) {
        let words = quoted(expected).join(", ");
        return Some(format!("It must be one of {words}, and not {}.", short(&quoted(found).join(""))));
    }
    for wrong in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some((found, expected)) = said.strip_prefix(wrong).and_then(|rest| split(rest)) {
            return Some(match found_in_words(found) {
                Some(found) => format!("It must be {}, and not {found}.", expected_in_words(expected)),
                None => format!("It must be {}.", expected_in_words(expected)),
            });
        }
    }
    if said.starts_with("UUID parsing failed") {
        return Some(format!("It must be {IDENTIFIER}."));
    }
    let of_a_time = ["input", "premature end of input", "trailing input", "no possible date"];
    if of_a_time.iter().any(|own| said.starts_with(own)) {
        return Some(format!("It must be {MOMENT}, or {TIME} where only a time of the day is asked for."));
    }
    None
}

/// Reads a day. What is no day is told as one: in its text alone it cannot be known from a moment.
pub fn day<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    NaiveDate::deserialize(from).map_err(|error| {
        // Another type is told already, with what was found.
        if error.to_string().contains(", expected ") {
            error
        } else {
            D::Error::custom(format!("It must be {DAY}"))
        }
    })
}

/// The same where it may be left out or null.
pub fn day_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    #[derive(Deserialize)]
    struct Day(#[serde(deserialize_with = "day")] NaiveDate);

    Ok(Option::<Day>::deserialize(from)?.map(|own| own.0))
}

const MOMENT: &str = "a date and time such as 2026-11-07T08:00:00Z";
const DAY: &str = "a day such as 2026-11-07";
const TIME: &str = "a time such as 09:00:00";
const IDENTIFIER: &str = "an identifier: 36 characters in five groups";

fn split(rest: &str) -> Option<(&str, &str)> {
    rest.rsplit_once(", expected ").or_else(|| rest.rsplit_once(", there are no fields"))
}

/// The words between backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn expected_in_words(expected: &str) -> String {
    let first = expected.split(' ').next().unwrap_or_default();
    match (first, expected) {
        ("struct" | "map", _) | (_, "a map") => "an object".to_owned(),
        ("i8" | "i16" | "i32" | "i64" | "usize", _) => "a whole number".to_owned(),
        ("u8", _) => "a whole number from 0 to 255".to_owned(),
        ("u16" | "u32" | "u64", _) => "a whole number, 0 or more".to_owned(),
        ("f32" | "f64", _) => "a number".to_owned(),
        ("unit", _) => "null".to_owned(),
        (_, "a string" | "str" | "a borrowed string" | "string") => "a text".to_owned(),
        (_, "a boolean") => "true or false".to_owned(),
        (_, "a sequence") => "a list".to_owned(),
        ("enum" | "variant", _) | (_, "string or map") => {
            "one of the words that the document names".to_owned()
        }
        _ if expected.contains("RFC 3339") || expected.contains("date and time") => MOMENT.to_owned(),
        _ if expected.contains("date string") => DAY.to_owned(),
        _ if expected.contains("time string") || expected.contains("formatted time") => TIME.to_owned(),
        _ if expected.contains("UUID") => IDENTIFIER.to_owned(),
        _ if expected.starts_with("a ") || expected.starts_with("an ") => expected.replace('`', ""),
        _ => "what the document says".to_owned(),
    }
}

/// What was found; `None` where naming it helps nobody.
fn found_in_words(found: &str) -> Option<String> {
    let value = quoted(found).join("");
    match found.split(' ').next().unwrap_or_default() {
        "null" | "unit" => Some("null".to_owned()),
        "boolean" | "integer" | "floating" => Some(short(&value)),
        "string" => {
            let text = found.strip_prefix("string ").unwrap_or_default().trim_matches('"');
            Some(format!("the text \u{201c}{}\u{201d}", short(text)))
        }
        "sequence" => Some("a list".to_owned()),
        "map" => Some("an object".to_owned()),
        _ => None,
    }
}

/// At most sixty characters of what was sent.
fn short(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(60).chain(['…']).collect()
}

/// With a capital and one full stop.
fn sentence(said: &str) -> String {
    let mut letters = said.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let whole = format!("{first}{}", letters.as_str());
    if whole.ends_with(['.', '?', '!']) { whole } else { format!("{whole}.") }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    use serde::Deserialize;

    use super::super::call::read_json;
    use crate::domain::access_token::Scope;
    use crate::domain::ids::PersonId;
    use crate::domain::mode::Mode;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Wanted {
        text: String,
        number: i64,
        small: u32,
        yes: bool,
        list: Vec<String>,
        at: Option<DateTime<Utc>>,
        daily: Option<NaiveTime>,
        #[serde(deserialize_with = "super::day_if_any")]
        due_on: Option<NaiveDate>,
        word: Option<Word>,
        mode: Option<Mode>,
        scope: Option<Scope>,
        person: Option<PersonId>,
        inner: Option<Box<Needs>>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Needs {
        name: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        First,
        Second,
    }

    fn said(body: &str) -> String {
        read_json::<Wanted>(body.as_bytes()).expect_err(body).to_string()
    }

    #[test]
    fn errors_are_sentences_in_which_no_name_of_ours_shows() {
        let _ = (Word::First, Word::Second);
        let moment = "It must be a date and time such as 2026-11-07T08:00:00Z";
        for (body, sentence) in [
            ("[]", "It must be an object, and not a list."),
            ("7", "It must be an object, and not 7."),
            (r#"{"text": 7}"#, "It must be a text, and not 7."),
            (r#"{"text": null}"#, "It must be a text, and not null."),
            (r#"{"number": "7"}"#, "It must be a whole number, and not the text “7”."),
            (r#"{"number": 7.5}"#, "It must be a whole number, and not 7.5."),
            (r#"{"small": -1}"#, "It must be a whole number, 0 or more, and not -1."),
            (r#"{"yes": {}}"#, "It must be true or false, and not an object."),
            (r#"{"list": "a"}"#, "It must be a list, and not the text “a”."),
            (r#"{"word": "nope"}"#, "It must be one of first, second, and not nope."),
            (r#"{"inner": {}}"#, "The field name is missing."),
            (r#"{"yes": true, "yes": true}"#, "The field yes is given twice."),
            (
                r#"{"mode": "nope"}"#,
                "\"nope\" is not a mode; expected one of named, representative, confidential, anonymous.",
            ),
        ] {
            assert_eq!(said(body), sentence, "{body}");
        }
        assert!(said(r#"{"at": 7}"#).starts_with(moment), "{}", said(r#"{"at": 7}"#));
        assert!(said(r#"{"at": "+99999-13-01"}"#).starts_with(moment));
        assert!(said(r#"{"at": "2026-13-01T00:00:00Z"}"#).starts_with(moment));
        assert!(said(r#"{"daily": "9 am"}"#).contains("09:00:00"), "{}", said(r#"{"daily": "9 am"}"#));
        assert!(
            said(r#"{"colour": 1}"#).starts_with("There is no field colour here; there are text, number")
        );
        assert!(said(r#"{"scope": "nope"}"#).ends_with("tokens:write."), "{}", said(r#"{"scope": "nope"}"#));
        let identifier = "It must be an identifier: 36 characters in five groups.";
        assert_eq!(said(r#"{"person": "7"}"#), identifier);
        assert!(said(r#"{"person": 7}"#).starts_with(&identifier[..30]), "{}", said(r#"{"person": 7}"#));
        for body in [r#"{"due_on": "2026-02-30"}"#, r#"{"due_on": "soon"}"#, r#"{"due_on": ""}"#] {
            assert_eq!(said(body), "It must be a day such as 2026-11-07.", "{body}");
        }
        assert_eq!(said(r#"{"due_on": 7}"#), "It must be a day such as 2026-11-07, and not 7.");
        assert!(read_json::<Wanted>(br#"{"due_on": null}"#).is_ok_and(|own| own.due_on.is_none()));
        let long = said(&format!(r#"{{"number": "{}"}}"#, "x".repeat(5000)));
        assert!(long.chars().count() < 150, "{long}");
    }

    #[test]
    fn what_is_no_json_at_all_is_told_with_its_place() {
        let error = read_json::<Wanted>(b"{\"text\": ").unwrap_err().to_string();
        assert!(error.starts_with("The body is not JSON: ") && error.ends_with('.'), "{error}");
    }
}
