//! Writes a scene as SVG: a plotters backend that gives every shape a class, and the document around it.
//!
//! Law: same scene, same bytes; every shape has a class *and* the light value as an attribute, so a page's
//! style sheet wins and a file without one still shows; every text is escaped; no ids, no inline styles.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters::drawing::IntoDrawingArea;
use plotters::style::RGBAColor;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::ChartError;
use crate::paint::{Target, paint};
use crate::scene::{Dash, Scene};
use crate::theme::{Ink, standalone_css};

/// Backend units per pixel: coordinates are written to a twentieth of a pixel.
const UNIT: f64 = 20.0;
const SANS: &str = "Roboto,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans Condensed',sans-serif";
const SERIF: &str = "'Source Serif 4',Georgia,serif";

/// The document around a drawing.
pub(crate) struct Document<'a> {
    /// Second class of the root, after `c-chart`.
    pub class: &'a str,
    pub title: &'a str,
    pub description: &'a str,
    /// A file of its own: with a namespace, fonts and a style sheet for dark.
    pub standalone: bool,
}

impl Document<'_> {
    /// The whole SVG text.
    pub(crate) fn write(&self, scene: &Scene) -> Result<String, ChartError> {
        let (w, h) = (number(scene.width), number(scene.height));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"c-chart {}\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
             height=\"{h}\" role=\"img\"",
            self.class
        );
        if self.standalone {
            put(&mut out, format_args!(" font-family=\"{SANS}\""));
        }
        put(&mut out, format_args!("><title>{}</title>", escape(self.title)));
        if !self.description.is_empty() {
            put(&mut out, format_args!("<desc>{}</desc>", escape(self.description)));
        }
        out.push('\n');
        if self.standalone {
            put(&mut out, format_args!("<style>\n{}</style>\n", standalone_css()));
            // A viewer may choose the dark colours on a white page: the file brings its own sheet.
            let sheet = Ink::Sheet.light_hex();
            put(
                &mut out,
                format_args!("<rect class=\"c-sheet-f\" fill=\"{sheet}\" width=\"{w}\" height=\"{h}\"/>\n"),
            );
        }
        let size = (units(scene.width), units(scene.height));
        {
            let area = Writer { out: &mut out, size, open: None }.into_drawing_area();
            paint(scene, &area, &Vector)?;
        }
        out.push_str("</svg>\n");
        Ok(out)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "drawing sizes are small and positive"
)]
fn units(px: f64) -> u32 {
    (px * UNIT).ceil() as u32
}

/// Hands roles instead of colours to the backend: red is the ink, green the dash, blue the rim.
struct Vector;

impl Target for Vector {
    fn unit(&self) -> f64 {
        UNIT
    }

    fn colour(&self, ink: Ink, dash: Dash, halo: bool) -> RGBAColor {
        RGBAColor(ink as u8, dash as u8, u8::from(halo), 1.0)
    }

    fn pixels(&self) -> bool {
        false
    }
}

/// The role that [`Vector`] packed into a colour.
struct Role {
    ink: Ink,
    dash: Dash,
    halo: bool,
}

impl Role {
    fn of(color: BackendColor) -> Self {
        let (ink, dash, halo) = color.rgb;
        Self { ink: Ink::from_number(ink), dash: Dash::from_number(dash), halo: halo == 1 }
    }

    fn fill(&self) -> String {
        let suffix = match self.ink {
            Ink::BandRed | Ink::BandAmber | Ink::BandGreen | Ink::Gap => "",
            _ => "-f",
        };
        let (class, hex) = (self.ink.class(), self.ink.light_hex());
        format!("class=\"{class}{suffix}\" fill=\"{hex}\"{}", self.ink.cover_attribute())
    }

    fn stroke(&self, width: u32) -> String {
        let (class, hex) = (self.ink.class(), self.ink.light_hex());
        let mut text = format!("class=\"{class}-s\" fill=\"none\" stroke=\"{hex}\"");
        put(&mut text, format_args!(" stroke-width=\"{}\"", number(f64::from(width) / UNIT)));
        if self.dash == Dash::Pale {
            put(&mut text, format_args!(" stroke-opacity=\"{}\"", number(self.dash.cover())));
        } else if self.dash == Dash::Solid {
            text.push_str(" stroke-linejoin=\"round\"");
        } else {
            let lengths: Vec<_> = self.dash.lengths().iter().map(|l| number(*l)).collect();
            put(&mut text, format_args!(" stroke-dasharray=\"{}\"", lengths.join(" ")));
        }
        text
    }
}

/// The plotters backend. Neighbouring paths of one style become one element.
struct Writer<'a> {
    out: &'a mut String,
    size: (u32, u32),
    /// Attributes and path data of the element being collected.
    open: Option<(String, String)>,
}

type Written = Result<(), DrawingErrorKind<Infallible>>;

impl Writer<'_> {
    fn collect(&mut self, attributes: String, points: impl IntoIterator<Item = BackendCoord>, close: bool) {
        let mut data = String::new();
        let points: Vec<_> = points.into_iter().collect();
        let closed = close || (points.len() > 3 && points.first() == points.last());
        let shown = if closed && !close { &points[..points.len() - 1] } else { &points[..] };
        for (index, (x, y)) in shown.iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            put(&mut data, format_args!("{letter}{} {}", place(*x), place(*y)));
        }
        if closed {
            data.push('Z');
        }
        match &mut self.open {
            Some((same, path)) if *same == attributes => path.push_str(&data),
            _ => {
                self.flush();
                self.open = Some((attributes, data));
            }
        }
    }

    fn flush(&mut self) {
        if let Some((attributes, data)) = self.open.take() {
            put(self.out, format_args!("<path {attributes} d=\"{data}\"/>\n"));
        }
    }

    fn element(&mut self, text: std::fmt::Arguments<'_>) {
        self.flush();
        put(self.out, text);
    }
}

impl DrawingBackend for Writer<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Written {
        Ok(())
    }

    fn present(&mut self) -> Written {
        self.flush();
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Written {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Written {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Written {
        let role = Role::of(style.color());
        let paint = if fill { role.fill() } else { role.stroke(style.stroke_width()) };
        let (x, y, w, h) = (place(left), place(top), place(right - left), place(bottom - top));
        self.element(format_args!("<rect {paint} x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>\n"));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Written {
        self.collect(Role::of(style.color()).stroke(style.stroke_width()), path, false);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Written {
        let role = Role::of(style.color());
        let paint = if fill { role.fill() } else { role.stroke(style.stroke_width()) };
        let radius = number(f64::from(radius) / UNIT);
        self.element(format_args!(
            "<circle {paint} cx=\"{}\" cy=\"{}\" r=\"{radius}\"/>\n",
            place(x),
            place(y)
        ));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Written {
        self.collect(Role::of(style.color()).fill(), corners, true);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Written {
        let role = Role::of(style.color());
        let (class, hex) = (role.ink.class(), role.ink.light_hex());
        let (face_class, face) = match style.family().as_str() {
            "serif" => (" c-serif", format!(" font-family=\"{SERIF}\" font-weight=\"600\"")),
            "sans-bold" => ("", " font-weight=\"600\"".to_owned()),
            _ => ("", String::new()),
        };
        let (halo_class, halo) = if role.halo {
            let sheet = Ink::Sheet.light_hex();
            let rim = format!(
                " stroke=\"{sheet}\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\""
            );
            (" c-halo", rim)
        } else {
            ("", String::new())
        };
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        self.element(format_args!(
            "<text class=\"{class}-f{face_class}{halo_class}\" fill=\"{hex}\"{halo}{face} font-size=\"{}\"{anchor} \
             x=\"{}\" y=\"{}\">{}</text>\n",
            number(style.size() / UNIT),
            place(x),
            place(y),
            escape(text)
        ));
        Ok(())
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a String cannot fail");
}

fn place(units: i32) -> String {
    number(f64::from(units) / UNIT)
}

/// At most two decimals, no trailing zeros, no minus zero.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text as XML: the five special characters escaped, characters that XML 1.0 forbids replaced by U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    #[test]
    fn markup_and_forbidden_characters_are_escaped() {
        assert_eq!(escape("<script>a&\"b'\u{1}\n"), "&lt;script&gt;a&amp;&quot;b&#39;\u{fffd} ");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(12.50), "12.5");
        assert_eq!(number(300.0), "300");
        assert_eq!(number(-0.001), "0");
    }

    #[test]
    fn neighbouring_paths_of_one_style_become_one_element() {
        let mut scene = Scene::new(10.0, 10.0);
        scene.rule((0.0, 0.0), (5.0, 5.0), Ink::Rule, 1.0);
        scene.rule((1.0, 0.0), (6.0, 5.0), Ink::Rule, 1.0);
        scene.rule((1.0, 0.0), (6.0, 5.0), Ink::Strong, 1.0);
        let document = Document { class: "c-test", title: "T", description: "", standalone: false };
        let text = document.write(&scene).unwrap();
        assert_eq!(text.matches("<path").count(), 2);
        assert!(text.contains("d=\"M0 0L5 5M1 0L6 5\""));
    }

    #[test]
    fn light_attribute_and_palette_agree() {
        let (r, g, b, _) = Ink::SideA.rgba(Theme::Light);
        assert_eq!(Ink::SideA.light_hex(), format!("#{r:02X}{g:02X}{b:02X}"));
    }
}
