//! A rating as the letters show it: colour, word, shape and tile, never the colour alone.
//!
//! Used by the result letter's data and by its templates. The colours are the light edition's; the dark one
//! is in the style sheet of `mail_layout.html`, by the class names given here.

use super::Line;

/// A rating's colour, with the word and the shape that always go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// High.
    Green,
    /// Medium.
    Amber,
    /// Low.
    Red,
    /// Not rated.
    Grey,
}

/// A rating and its figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// The rating.
    pub tone: Tone,
    /// The figure as shown ("3.4"); `None` shows a dash.
    pub score: Option<Line>,
    /// What stands in place of the rating word where there is none ("Too few", "No data", "One side").
    pub unrated: Option<Line>,
}

impl Tone {
    /// The letter in the style sheet's class names.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Green => "g",
            Self::Amber => "a",
            Self::Red => "r",
            Self::Grey => "n",
        }
    }

    /// The colour's name.
    #[must_use]
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Green => "Green",
            Self::Amber => "Amber",
            Self::Red => "Red",
            Self::Grey => "Grey",
        }
    }

    /// The rating's name, as the instrument's texts use it.
    #[must_use]
    pub const fn rating(self) -> &'static str {
        match self {
            Self::Green => "High",
            Self::Amber => "Medium",
            Self::Red => "Low",
            Self::Grey => "Not rated",
        }
    }

    /// The day shape: ball, cone, diamond, ring.
    #[must_use]
    pub const fn glyph(self) -> &'static str {
        match self {
            Self::Green => "●",
            Self::Amber => "▲",
            Self::Red => "◆",
            Self::Grey => "○",
        }
    }

    /// Text and ground of the tile in the light edition.
    pub(super) const fn style(self) -> &'static str {
        match self {
            Self::Green => "background-color:#E2EDE7;color:#144C3B;",
            Self::Amber => "background-color:#F3D188;color:#3D2A00;",
            Self::Red => "background-color:#9E2230;color:#FFFFFF;",
            Self::Grey => "background-color:#E9EBE9;color:#4A545C;",
        }
    }
}

impl Tile {
    pub(super) fn figure(&self) -> &str {
        self.score.as_ref().map_or("–", Line::as_str)
    }

    /// The word below the figure: the colour, or what stands in its place.
    pub(super) fn word(&self) -> &str {
        self.unrated.as_ref().map_or(self.tone.colour(), Line::as_str)
    }

    /// The whole tile in words, as the text part says it: "3.0, Low (red)".
    pub(super) fn sentence(&self) -> String {
        match (&self.unrated, self.tone) {
            (Some(word), tone) if self.score.is_none() => {
                format!("{} ({word})", tone.rating().to_lowercase())
            }
            (Some(word), tone) => format!("{}, {} ({word})", self.figure(), tone.rating().to_lowercase()),
            (None, Tone::Grey) => format!("{}, not rated", self.figure()),
            (None, tone) => {
                format!("{}, {} ({})", self.figure(), tone.rating(), tone.colour().to_lowercase())
            }
        }
    }
}
