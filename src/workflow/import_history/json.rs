//! The history document in JSON, read one partnership at a time.
//!
//! A list of partnerships, an object with `partnerships`, or one partnership. What is no JSON ends the reading with its
//! line; what is JSON and wrong is told by its path, and the next partnership is read.

use std::cell::Cell;
use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::partnership;
use super::raw::{Raw, plain};
use super::reading::{Broken, Defaults, Sink};
use crate::domain::history::Spot;
use crate::workflow::FieldError;

const LIST: &str = "partnerships";

/// Reads a whole document; each partnership goes to the sink when it is complete.
///
/// # Errors
/// What ends the reading: no JSON, no document of this kind, a broken file. What went to the sink before stands.
pub(super) fn read(mut from: impl BufRead, defaults: Defaults, sink: Sink<'_>) -> Result<(), Broken> {
    let begins = from.fill_buf().map_err(|error| Broken::Unreadable(error.to_string()))?;
    if begins.starts_with(b"\xEF\xBB\xBF") {
        from.consume(3);
    } else if matches!(begins, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..]) {
        return Err(Broken::Malformed("The document is UTF-16; save it as UTF-8.".to_owned()));
    }
    let mut reader = serde_json::Deserializer::from_reader(from);
    let (place, wrong) = (Cell::new(None), Cell::new(None));
    let mut into = Into { defaults, sink, place: &place, wrong: &wrong };
    let read = Document(&mut into).deserialize(&mut reader).and_then(|()| reader.end());
    match (read, wrong.take()) {
        (_, Some(wrong)) => Err(wrong),
        (Ok(()), None) => Ok(()),
        (Err(error), None) if error.is_io() => Err(Broken::Unreadable(error.to_string())),
        (Err(error), None) => {
            let within = place.get().map(|n: usize| format!(" (in partnership {} of the document)", n + 1));
            Err(Broken::Malformed(not_json(&error, &within.unwrap_or_default())))
        }
    }
}

/// What is wrong with the writing of a document, and where.
fn not_json(error: &serde_json::Error, within: &str) -> String {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() && (line, column) == (1, 0) {
        return "The document is empty.".to_owned();
    }
    if error.is_eof() {
        return format!("The document is not JSON{within}: it ends in line {line}, before it is complete.");
    }
    // The library says it in words of its own, with the place behind them.
    let told = error.to_string();
    let sentence =
        WRONG.iter().find(|(begins, _)| told.starts_with(begins)).map_or("this is not JSON", |own| own.1);
    format!("The document is not JSON{within}: {sentence}, at line {line}, column {column}.")
}

const WRONG: [(&str, &str); 14] = [
    ("expected `:`", "a colon is missing"),
    ("expected `,` or `]`", "a comma or the end of a list is missing"),
    ("expected `,` or `}`", "a comma or the end of an object is missing"),
    ("expected ident", "a word is misspelt; it is true, false or null"),
    ("expected value", "a value is missing"),
    ("key must be a string", "a name in quotation marks is missing"),
    ("trailing comma", "there is a comma too many"),
    ("trailing characters", "something follows after its end"),
    ("control character", "a text holds a line break or another control character"),
    ("invalid escape", "a text holds a backslash that begins nothing"),
    ("invalid number", "a number is not written as one"),
    ("number out of range", "a number is too large"),
    ("invalid unicode code point", "these characters are not UTF-8; save the document as UTF-8"),
    ("recursion limit exceeded", "it is nested too deeply"),
];

/// Where partnerships go.
struct Into<'a, 's> {
    defaults: Defaults,
    sink: Sink<'s>,
    /// Which partnership of a list is being read, from 0.
    place: &'a Cell<Option<usize>>,
    /// Why the reading ended, when it is not JSON that was wrong.
    wrong: &'a Cell<Option<Broken>>,
}

impl Into<'_, '_> {
    fn take<E: serde::de::Error>(&mut self, spot: Spot, raw: Raw) -> Result<(), E> {
        if (self.sink)(partnership::read(spot, raw, self.defaults)) {
            Ok(())
        } else {
            self.stop(Broken::Stopped)
        }
    }

    fn stop<E: serde::de::Error>(&self, why: Broken) -> Result<(), E> {
        self.wrong.set(Some(why));
        Err(E::custom("stopped"))
    }

    fn refuse<E: serde::de::Error>(&self, field: &str, sentence: &str) -> Result<(), E> {
        let (field, sentence) = (field.to_owned(), sentence.to_owned());
        self.stop(Broken::Fields(vec![FieldError { field, sentence }]))
    }
}

/// The whole document.
struct Document<'i, 'a, 's>(&'i mut Into<'a, 's>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

macro_rules! refuse_scalars {
    ($field:expr, $sentence:expr) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
            self.0.refuse($field, $sentence)
        }

        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
            self.0.refuse($field, $sentence)
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
            self.0.refuse($field, $sentence)
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
            self.0.refuse($field, $sentence)
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
            self.0.refuse($field, $sentence)
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
            self.0.refuse($field, $sentence)
        }
    };
}

impl<'de> Visitor<'de> for Document<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with partnerships, a list of them, or one")
    }

    refuse_scalars!(
        "document",
        "It must be an object with partnerships, a list of partnerships, or one partnership."
    );

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        Partnerships(self.0, "").visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut entries: Vec<(String, Raw)> = Vec::new();
        while let Some(key) = object.next_key::<String>()? {
            if key != LIST {
                entries.push((key, object.next_value()?));
                continue;
            }
            if let Some((other, _)) = entries.first() {
                return self.0.refuse(&plain(other), "A document with partnerships has no other field.");
            }
            object.next_value_seed(Partnerships(self.0, LIST))?;
            let Some(other) = object.next_key::<String>()? else { return Ok(()) };
            object.next_value::<IgnoredAny>()?;
            return self.0.refuse(&plain(&other), "A document with partnerships has no other field.");
        }
        self.0.take(Spot::Path(String::new()), Raw::Object(entries))
    }
}

/// A list of partnerships, and what its path begins with.
struct Partnerships<'i, 'a, 's>(&'i mut Into<'a, 's>, &'static str);

impl<'de> DeserializeSeed<'de> for Partnerships<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Partnerships<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of partnerships")
    }

    refuse_scalars!(LIST, "It must be a list of partnerships.");

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.0.refuse(LIST, "It must be a list of partnerships.")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for number in 0_usize.. {
            self.0.place.set(Some(number));
            let Some(raw) = list.next_element::<Raw>()? else { break };
            self.0.take(Spot::Path(format!("{}[{number}]", self.1)), raw)?;
        }
        self.0.place.set(None);
        Ok(())
    }
}
