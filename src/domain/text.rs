//! One way to write an enumeration down: as a stable snake-case word.
//!
//! The same word stands in the database, in the API and in frozen scorecards, so a variant may be renamed in
//! Rust but never in text. Used by every enumeration of the domain; callers outside see only the methods the
//! macro gives.

/// A stored word that names no variant of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{word}\" is not a {kind}; expected one of {expected}.")]
pub struct UnknownWord {
    /// What was being read, such as `mode`.
    pub kind: &'static str,
    /// The word that was found.
    pub word: String,
    /// The words that would have been understood, separated by commas.
    pub expected: String,
}

/// Gives an enumeration `ALL`, `as_str`, `Display`, `FromStr` and serde by its words.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident as $kind:literal { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word of this variant.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::text::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word).ok_or_else(|| {
                    $crate::domain::text::UnknownWord {
                        kind: $kind,
                        word: word.chars().take(60).collect(),
                        expected: [$($word),+].join(", "),
                    }
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(in crate::domain) use text_enum;

/// An instant in a sentence, to the minute: "2026-11-07 08:11 UTC". Pages that know their reader's zone say it there.
pub(in crate::domain) fn instant(at: &chrono::DateTime<chrono::Utc>) -> String {
    at.format("%F %H:%M UTC").to_string()
}

/// Characters that can make a text read differently from what it holds: bidirectional controls, line and
/// paragraph separators, the byte-order mark.
pub(in crate::domain) const fn is_deceptive(c: char) -> bool {
    matches!(
        c,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
    )
}
