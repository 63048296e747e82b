//! JSON as it stands, before anybody asks what it means.
//!
//! Law: nothing is lost that must be refused: repeated keys are kept, and numbers that are not whole stay apart. `4.0` is
//! whole: programs write it so wherever a column also holds nothing. One partnership at a time is held like this.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Null,
    Bool(bool),
    Whole(i64),
    /// A number that is not whole, or too large to be one here.
    Other(f64),
    Text(String),
    List(Vec<Raw>),
    /// In the order of the document, repeated keys included.
    Object(Vec<(String, Raw)>),
}

impl Raw {
    /// The value as a sentence shows it, cut short.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(own) => own.to_string(),
            Self::Whole(own) => own.to_string(),
            Self::Other(own) => own.to_string(),
            Self::Text(own) => format!("\"{}\"", plain(own)),
            Self::List(_) => "A list".to_owned(),
            Self::Object(_) => "An object".to_owned(),
        }
    }
}

/// A text from outside as errors may show it.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Whole(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(i64::try_from(value).map_or(Raw::Other(value as f64), Raw::Whole))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        // Up to here every whole number has its own double.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
        let whole = (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64);
        Ok(whole.map_or(Raw::Other(value), Raw::Whole))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
        let mut all = Vec::new();
        while let Some(own) = list.next_element()? {
            all.push(own);
        }
        Ok(Raw::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Raw, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = object.next_entry()? {
            all.push(entry);
        }
        Ok(Raw::Object(all))
    }
}
