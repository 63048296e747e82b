//! The small pieces that several screens share: tiles, markers, glyphs, tables of figures. Laid out by the
//! macros in `templates/parts.html`.

use std::fmt;

use askama::filters::HtmlSafe;

/// Drawn markup that enters a page unescaped.
///
/// Only the charts crate makes it, and that escapes every text it draws. Nothing else may be wrapped in it.
#[derive(Debug, Clone, Default)]
pub struct Svg(String);

impl Svg {
    /// Wraps a drawing that the charts crate has returned.
    pub fn drawn(markup: String) -> Self {
        Self(markup)
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Svg {}

/// The colour of a rating. The word beside it is a text of its own, because a grey tile has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// High: a pale tile and a ball.
    Green,
    /// Medium: a lit tile and a cone.
    Amber,
    /// Low: the only saturated tile, and a diamond.
    Red,
    /// No rating: grey, and a ring.
    #[default]
    NotRated,
}

impl Tone {
    /// The letter used in class names: `g`, `a`, `r` or `n`.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Green => "g",
            Self::Amber => "a",
            Self::Red => "r",
            Self::NotRated => "n",
        }
    }

    /// The colour's name, said to screen readers beside the level word.
    pub fn colour(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::NotRated => "not rated",
        }
    }
}

/// One rated (or unrated) cell: figure, level word, change since the previous check.
#[derive(Debug, Clone, Default)]
pub struct Tile {
    /// The colour.
    pub tone: Tone,
    /// The score as published, such as `2.9`; an en dash where there is none.
    pub figure: String,
    /// High, Medium, Low; or No data, One side, Too few.
    pub word: String,
    /// The change since the previous check of the same instrument; `None` at the first one.
    pub change: Option<Change>,
    /// Draws the dashed inner frame: a rating from fewer than three people on a side.
    pub provisional: bool,
}

impl Tile {
    /// A tile of the given colour, without a change.
    pub fn rated(tone: Tone, figure: impl Into<String>, word: impl Into<String>) -> Self {
        Self { tone, figure: figure.into(), word: word.into(), ..Self::default() }
    }

    /// A grey tile with the reason as its word.
    pub fn unrated(word: impl Into<String>) -> Self {
        Self::rated(Tone::NotRated, "–", word)
    }

    /// The same tile with a change.
    #[must_use]
    pub fn with_change(mut self, arrow: Arrow, by: impl Into<String>) -> Self {
        self.change = Some(Change { arrow, by: by.into() });
        self
    }
}

/// A change since the previous check.
#[derive(Debug, Clone)]
pub struct Change {
    /// The direction.
    pub arrow: Arrow,
    /// The size without a sign, such as `0.2`; not shown where the arrow is level.
    pub by: String,
}

/// The direction of a change; below 0.1 it is level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrow {
    /// Higher than before.
    Up,
    /// Lower than before.
    Down,
    /// Unchanged.
    Level,
}

impl Arrow {
    /// The sign shown.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Up => "↑",
            Self::Down => "↓",
            Self::Level => "→",
        }
    }

    /// The words for a screen reader.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Level => "unchanged",
        }
    }
}

/// The marker of a side, the same in every table and chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// First side: a filled circle.
    A,
    /// Second side: a hollow diamond.
    B,
    /// Third side: a filled triangle.
    C,
    /// Fourth side: a hollow square.
    D,
}

impl Marker {
    /// The marker of the side at this place, counted from 0; the fourth for all later ones.
    pub fn at(place: usize) -> Self {
        match place {
            0 => Self::A,
            1 => Self::B,
            2 => Self::C,
            _ => Self::D,
        }
    }

    /// The letter used in class names.
    pub fn letter(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::D => "d",
        }
    }
}

/// The sign in front of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// A rating: the day shape of its colour.
    Rating(Tone),
    /// A gap: the tilted keel line.
    Gap,
    /// A drift: the step.
    Drift,
    /// Anything about who answered: the ring.
    Response,
}

/// A table of text cells, shown under a chart as "Figures as a table".
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// The column heads; the first names the rows.
    pub heads: Vec<String>,
    /// The rows, each as long as the heads.
    pub rows: Vec<Vec<String>>,
    /// Sentences under the table.
    pub notes: Vec<String>,
}

/// A text with an address.
#[derive(Debug, Clone)]
pub struct Link {
    /// The text shown.
    pub text: String,
    /// The address.
    pub href: String,
}

impl Link {
    /// A link.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// A term and what it says, for short lists of facts.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The term.
    pub term: String,
    /// What is said about it.
    pub text: String,
}

impl Fact {
    /// A fact.
    pub fn new(term: impl Into<String>, text: impl Into<String>) -> Self {
        Self { term: term.into(), text: text.into() }
    }
}

/// A side with a few words about it.
#[derive(Debug, Clone)]
pub struct SideNote {
    /// The side's marker.
    pub marker: Marker,
    /// The side's name.
    pub name: String,
    /// What is said, such as `8 of 9`.
    pub text: String,
    /// A warning word after it, such as `low`.
    pub warning: Option<String>,
}
