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

/// Letters from here on are mostly as wide as they are high.
const WIDE_FROM: char = '\u{1100}';

/// How a letter that the embedded font lacks is set: as a box of this width in ems. Marks that join or combine are not set at
/// all.
fn boxed(c: char) -> f64 {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        c if c.is_control() => 0.0,
        c if c.is_whitespace() => 0.3,
        c if c >= WIDE_FROM => 1.0,
        _ => 0.65,
    }
}

impl Face {
    /// How far the pen moves over a letter, in pixels.
    fn advance(self, size: f64, c: char) -> f64 {
        let font = self.font();
        match font.glyph_id(c) {
            missing if missing.0 == 0 => boxed(c) * size,
            id => f64::from(font.as_scaled(self.scale(size)).h_advance(id)),
        }
    }
}

/// Whether the embedded font has any letter of a name. Of one that it has none of, a bitmap would show nothing but boxes.
pub(crate) fn can_be_read(name: &str) -> bool {
    name.chars().any(|c| c.is_alphanumeric() && Face::Sans.font().glyph_id(c).0 != 0)
}

/// Width in pixels of `text` set at `size` in the embedded font.
fn exact_width(face: Face, size: f64, text: &str) -> f64 {
    text.chars().map(|c| face.advance(size, c)).sum()
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

/// `text`, or its beginning and its end with "…" between them where it is wider than `room` pixels.
pub(crate) fn fit_ends(face: Face, size: f64, text: &str, room: f64) -> String {
    let all: Vec<char> = text.chars().take(MOST_CHARACTERS).collect();
    let of = |kept: usize| -> String {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let (head, tail): (String, String) =
            (all[..head].iter().collect(), all[all.len() - tail..].iter().collect());
        format!("{}…{}", head.trim_end(), tail.trim_start())
    };
    let whole: String = all.iter().collect();
    if width(face, size, &whole) <= room {
        return whole;
    }
    let mut shorter = (1..all.len()).rev().map(of);
    shorter.find(|shown| width(face, size, shown) <= room).unwrap_or_default()
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
        let mut pen = 0.0_f64;
        for c in text.chars() {
            let id = font.glyph_id(c);
            let mut dots = Vec::new();
            if id.0 == 0 {
                frame(pen, self.size, c, |x, y| dots.push((x, y, 1.0)));
            } else if let Some(outline) =
                font.outline_glyph(id.with_scale_and_position(scale, point(narrow(pen), 0.0)))
            {
                let corner = outline.px_bounds().min;
                let (left, top) = (corner.x as i32, corner.y as i32);
                outline.draw(|x, y, cover| dots.push((left + x as i32, top + y as i32, cover)));
            }
            pen += self.face.advance(self.size, c);
            for (x, y, cover) in dots.into_iter().filter(|dot| dot.2 > 0.0) {
                let colour = self.color.mix(f64::from(cover.min(1.0)));
                if let Err(error) = draw(left + x, baseline + y, colour) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(Ok(()))
    }
}

/// The pixels of the box in place of a letter, from the pen and the base line.
#[expect(clippy::cast_possible_truncation, reason = "a letter is a few hundred pixels wide at most")]
fn frame(pen: f64, size: f64, c: char, mut dot: impl FnMut(i32, i32)) {
    let wide = boxed(c) * size;
    if c.is_whitespace() || wide <= 0.0 {
        return;
    }
    let line = (size * 0.07).max(1.0).round() as i32;
    let (left, right) = ((pen + size * 0.07).round() as i32, (pen + wide - size * 0.07).round() as i32);
    let (top, bottom) = (-(size * 0.7).round() as i32, 0);
    for y in top..bottom {
        for x in left..right {
            if x < left + line || x >= right - line || y < top + line || y >= bottom - line {
                dot(x, y);
            }
        }
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
    fn a_letter_that_the_font_lacks_is_a_box_and_keeps_its_place() {
        let ink = |text: &str| {
            let style = GlyphStyle {
                face: Face::Sans,
                size: 48.0,
                align: Align::Start,
                color: BackendColor { alpha: 1.0, rgb: (0, 0, 0) },
            };
            let mut dots = 0;
            let drawn = style.draw(text, (0, 0), |_, _, _| {
                dots += 1;
                Ok::<(), ()>(())
            });
            assert_eq!(drawn, Ok(Ok(())));
            dots
        };
        for c in ["М", "京", "Α"] {
            assert!(ink(c) > 100, "{c}");
            assert!(width(Face::Sans, 13.0, c) > 5.0, "{c}");
        }
        assert_eq!((ink(" \u{200d}\u{fe0f}"), ink("")), (0, 0));
        assert!(can_be_read("Ada 東京") && !can_be_read("Москва") && !can_be_read("東京"));
    }

    #[test]
    fn the_middle_of_a_long_text_is_left_out_where_its_ends_tell_it_apart() {
        let cut = fit_ends(Face::Sans, 11.0, "Review of spring 2021", 60.0);
        assert!(cut.starts_with("Re") && cut.contains('…') && cut.ends_with('1'), "{cut}");
        assert!(width(Face::Sans, 11.0, &cut) <= 60.0);
        assert_eq!(fit_ends(Face::Sans, 11.0, "2026-Q4", 60.0), "2026-Q4");
        assert_eq!(fit_ends(Face::Sans, 11.0, "2026-Q4", 1.0), "");
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
