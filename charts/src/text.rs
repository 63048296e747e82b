//! The embedded fonts: measuring text for the layout and setting it in pixels.
//!
//! plotters' own embedded-font path drops each glyph's left bearing, which makes small text uneven, so the
//! bitmap text goes through a text style of our own. Called by the layouts ([`width`], [`fit`], [`wrap`]) and by the painter ([`GlyphStyle`]).

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendTextStyle, FontFamily};

use crate::scene::Align;

/// The typefaces of the charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Labels.
    Sans,
    /// Labels that must be seen first.
    SansBold,
    /// Figures and titles.
    Serif,
}

/// No line of a chart shows more characters than this; the rest of a very long text is not even measured.
const MOST_CHARACTERS: usize = 600;
/// A reader's system font may be wider than the embedded one; layouts reserve this much more.
const RESERVE: f64 = 1.12;

impl Face {
    fn font(self) -> &'static FontRef<'static> {
        static FONTS: OnceLock<[FontRef<'static>; 3]> = OnceLock::new();
        let fonts = FONTS.get_or_init(|| {
            [
                load(include_bytes!("../assets/evenkeel-sans-400.ttf")),
                load(include_bytes!("../assets/evenkeel-sans-600.ttf")),
                load(include_bytes!("../assets/evenkeel-serif-600.ttf")),
            ]
        });
        &fonts[self as usize]
    }

    /// The name the painters pass on.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sans => "sans",
            Self::SansBold => "sans-bold",
            Self::Serif => "serif",
        }
    }

    /// Scale at which one em is `size` pixels.
    fn scale(self, size: f64) -> PxScale {
        let font = self.font();
        let em = font.units_per_em().unwrap_or(1000.0);
        PxScale::from(narrow(size) * font.height_unscaled() / em)
    }
}

fn load(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the embedded font is part of the build and parses")
}

#[expect(clippy::cast_possible_truncation, reason = "font sizes are small; f32 is what the rasteriser takes")]
fn narrow(size: f64) -> f32 {
    size as f32
}

/// Width in pixels of `text` set at `size` in the embedded font.
fn exact_width(face: Face, size: f64, text: &str) -> f64 {
    let font = face.font().as_scaled(face.scale(size));
    text.chars().map(|c| f64::from(font.h_advance(font.glyph_id(c)))).sum()
}

/// Width in pixels that a layout should reserve for `text`.
pub(crate) fn width(face: Face, size: f64, text: &str) -> f64 {
    exact_width(face, size, text) * RESERVE
}

/// `text`, or its beginning and "…" where it is wider than `room` pixels.
pub(crate) fn fit(face: Face, size: f64, text: &str, room: f64) -> String {
    let mut kept: String = text.chars().take(MOST_CHARACTERS).collect();
    if width(face, size, &kept) <= room {
        return kept;
    }
    while kept.pop().is_some() {
        let shown = format!("{}…", kept.trim_end());
        if width(face, size, &shown) <= room {
            return shown;
        }
    }
    String::new()
}

/// `text` broken at spaces into lines of at most `room` pixels; at most `most` lines, the last one cut with "…".
pub(crate) fn wrap(face: Face, size: f64, text: &str, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let text: String = text.chars().take(MOST_CHARACTERS).collect();
    for word in text.split_whitespace() {
        let joined = lines.last().map(|line| format!("{line} {word}"));
        let full = lines.len() == most;
        match joined {
            Some(joined) if full || width(face, size, &joined) <= room => {
                *lines.last_mut().expect("a line was just read") = joined;
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| fit(face, size, line, room)).collect()
}

/// How plotters sets a text on a bitmap: the point is on the baseline.
pub(crate) struct GlyphStyle {
    pub face: Face,
    /// Pixels per em on the target.
    pub size: f64,
    pub align: Align,
    pub color: BackendColor,
}

/// Setting text from an embedded font cannot fail.
pub(crate) type NoFontError = std::convert::Infallible;

impl BackendTextStyle for GlyphStyle {
    type FontError = NoFontError;

    fn color(&self) -> BackendColor {
        self.color
    }

    fn size(&self) -> f64 {
        self.size
    }

    fn anchor(&self) -> Pos {
        let h_pos = match self.align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        Pos::new(h_pos, VPos::Top)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(self.face.name())
    }

    #[expect(clippy::cast_possible_truncation, reason = "a label is a few thousand pixels wide at most")]
    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), NoFontError> {
        let width = exact_width(self.face, self.size, text).round() as i32;
        Ok(((0, 0), (width, self.size.round() as i32)))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "glyph boxes are a few hundred pixels wide at most"
    )]
    fn draw<E, DrawFunc: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        (left, baseline): BackendCoord,
        mut draw: DrawFunc,
    ) -> Result<Result<(), E>, NoFontError> {
        let scale = self.face.scale(self.size);
        let font = self.face.font();
        let mut pen = 0.0_f32;
        for c in text.chars() {
            let id = font.glyph_id(c);
            let glyph = id.with_scale_and_position(scale, point(pen, 0.0));
            pen += font.as_scaled(scale).h_advance(id);
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            let mut dots = Vec::new();
            outline.draw(|x, y, cover| dots.push((x as i32, y as i32, cover)));
            for (x, y, cover) in dots.into_iter().filter(|dot| dot.2 > 0.0) {
                let place = (left + corner.x as i32 + x, baseline + corner.y as i32 + y);
                if let Err(error) = draw(place.0, place.1, self.color.mix(f64::from(cover.min(1.0)))) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_hold_the_letters_of_european_names() {
        for face in [Face::Sans, Face::SansBold, Face::Serif] {
            for c in "Łódź Ærø Çağlar ßőșț – … − × “”".chars().filter(|c| *c != ' ') {
                assert_ne!(face.font().glyph_id(c).0, 0, "{c} is missing in {face:?}");
            }
        }
    }

    #[test]
    fn a_text_that_is_too_wide_is_cut_with_an_ellipsis() {
        let cut = fit(Face::Sans, 12.0, "Northmoor Systems International Holding", 100.0);
        assert!(cut.ends_with('…') && width(Face::Sans, 12.0, &cut) <= 100.0);
        assert_eq!(fit(Face::Sans, 12.0, "Short", 100.0), "Short");
        assert_eq!(fit(Face::Sans, 12.0, "Short", 1.0), "");
    }

    #[test]
    fn wrapped_lines_keep_every_word_and_fit() {
        let text = "About 0.5 lower since 2025-Q4, after allowing for who answered.";
        let lines = wrap(Face::Sans, 13.0, text, 160.0, 9);
        assert_eq!(lines.join(" "), text);
        assert!(lines.iter().all(|line| width(Face::Sans, 13.0, line) <= 160.0));
        assert_eq!(wrap(Face::Sans, 13.0, text, 160.0, 2).len(), 2);
        assert!(wrap(Face::Sans, 13.0, "", 160.0, 2).is_empty());
    }
}
