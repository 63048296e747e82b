//! The colour tokens of the charts, each with its CSS class, its light and its dark value.
//!
//! Law: no other file names a colour. The page's style sheet and the charts share these tokens, so a chart
//! inside a page turns dark, or prints, with the page. Called by the painters and, for [`css`], by the page.

/// Which palette a PNG is drawn in. An SVG needs no choice: its style sheet decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Ink on a pale sheet.
    Light,
    /// Pale ink on a dark sheet.
    Dark,
}

/// One colour role. The number is the row in [`TOKENS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ink {
    BandRed,
    BandAmber,
    BandGreen,
    Gap,
    Rule,
    RuleStrong,
    Strong,
    Medium,
    Faint,
    Sheet,
    MarkGreen,
    MarkAmber,
    MarkRed,
    SideA,
    SideB,
    SideC,
    SideD,
    TileGreen,
    TileAmber,
    TileRed,
    TileNone,
    OnGreen,
    OnAmber,
    OnRed,
    OnNone,
}

struct Token {
    ink: Ink,
    class: &'static str,
    property: &'static str,
    light: u32,
    dark: u32,
}

const fn token(ink: Ink, class: &'static str, property: &'static str, light: u32, dark: u32) -> Token {
    Token { ink, class, property, light, dark }
}

/// Class stem, custom property of the page, light value, dark value.
const TOKENS: [Token; 25] = [
    token(Ink::BandRed, "c-band-r", "--band-r", 0x00F7_ECEB, 0x0026_1D25),
    token(Ink::BandAmber, "c-band-a", "--band-a", 0x00FB_F4E3, 0x0023_241F),
    token(Ink::BandGreen, "c-band-g", "--band-g", 0x00F1_F6F3, 0x0013_221F),
    token(Ink::Gap, "c-gap", "--ink", 0x0017_222D, 0x00EC_E8DE),
    token(Ink::Rule, "c-rule", "--rule", 0x00D3_D7D4, 0x002B_3843),
    token(Ink::RuleStrong, "c-rule2", "--rule-2", 0x00A9_B0AE, 0x004A_5965),
    token(Ink::Strong, "c-ink", "--ink", 0x0017_222D, 0x00EC_E8DE),
    token(Ink::Medium, "c-ink2", "--ink-2", 0x0046_525D, 0x00B9_BEBC),
    token(Ink::Faint, "c-ink3", "--ink-3", 0x005F_6A73, 0x0094_9E9F),
    token(Ink::Sheet, "c-sheet", "--sheet", 0x00FC_FCFA, 0x0011_1B24),
    token(Ink::MarkGreen, "c-mark-g", "--g-mark", 0x001E_7B5E, 0x006C_C5A1),
    token(Ink::MarkAmber, "c-mark-a", "--a-mark", 0x009A_5B00, 0x00E0_A63C),
    token(Ink::MarkRed, "c-mark-r", "--r-mark", 0x009E_2230, 0x00F2_948A),
    token(Ink::SideA, "c-side-a", "--side-a", 0x0016_426C, 0x0086_BEEC),
    token(Ink::SideB, "c-side-b", "--side-b", 0x00A0_3880, 0x00F0_A9DA),
    token(Ink::SideC, "c-side-c", "--side-c", 0x0011_696B, 0x007C_CFCB),
    token(Ink::SideD, "c-side-d", "--side-d", 0x006A_5A2B, 0x00D3_BF82),
    token(Ink::TileGreen, "c-tile-g", "--g-bg", 0x00E2_EDE7, 0x0016_332C),
    token(Ink::TileAmber, "c-tile-a", "--a-bg", 0x00F3_D188, 0x006B_4B0C),
    token(Ink::TileRed, "c-tile-r", "--r-bg", 0x009E_2230, 0x00F2_948A),
    token(Ink::TileNone, "c-tile-n", "--n-bg", 0x00E9_EBE9, 0x001D_2933),
    token(Ink::OnGreen, "c-on-g", "--g-fg", 0x0014_4C3B, 0x00A9_DBC6),
    token(Ink::OnAmber, "c-on-a", "--a-fg", 0x003D_2A00, 0x00FF_EFCF),
    token(Ink::OnRed, "c-on-r", "--r-fg", 0x00FF_FFFF, 0x002B_0608),
    token(Ink::OnNone, "c-on-n", "--n-fg", 0x004A_545C, 0x00AE_B8BA),
];

/// How strongly the gap covers what lies under it: light, dark, print.
const GAP_COVER: [&str; 3] = [".13", ".17", ".12"];

impl Ink {
    /// The colour of side 0 (A) to 3 (D).
    pub(crate) fn side(index: usize) -> Self {
        [Self::SideA, Self::SideB, Self::SideC, Self::SideD][index.min(3)]
    }

    /// The colour with this number; numbers beyond the table give the first.
    pub(crate) fn from_number(number: u8) -> Self {
        TOKENS.get(usize::from(number)).map_or(Self::BandRed, |t| t.ink)
    }

    /// Tiles are drawn for letters, as pixels; no page needs to recolour them, and its sheet stays small.
    fn is_of_letters(self) -> bool {
        self as u8 >= Self::TileGreen as u8
    }

    fn token(self) -> &'static Token {
        &TOKENS[self as usize]
    }

    /// The class stem; `-f` (fill) or `-s` (stroke) is added by the writer.
    pub(crate) fn class(self) -> &'static str {
        self.token().class
    }

    /// `#RRGGBB` of the light theme.
    pub(crate) fn light_hex(self) -> String {
        format!("#{:06X}", self.token().light)
    }

    /// Red, green, blue and cover (0 to 1) in a theme.
    pub(crate) fn rgba(self, theme: Theme) -> (u8, u8, u8, f64) {
        let [_, r, g, b] = match theme {
            Theme::Light => self.token().light,
            Theme::Dark => self.token().dark,
        }
        .to_be_bytes();
        let cover = match (self, theme) {
            (Self::Gap, Theme::Light) => 0.13,
            (Self::Gap, Theme::Dark) => 0.17,
            _ => 1.0,
        };
        (r, g, b, cover)
    }

    /// Presentation attribute for a fill that is not opaque.
    pub(crate) fn cover_attribute(self) -> &'static str {
        if self == Self::Gap { " fill-opacity=\".13\"" } else { "" }
    }
}

/// The style sheet of the charts for a page that defines the custom properties `--paper --sheet --ink --ink-2
/// --ink-3 --rule --rule-2 --band-r --band-a --band-g --side-a --side-b --side-c --side-d --g-mark --a-mark
/// --r-mark`. Include it once per page; every chart drawn with `svg(false)` then follows the page.
pub fn css() -> String {
    let mut sheet = String::from(
        ".c-chart{font-variant-numeric:tabular-nums lining-nums;max-width:100%;height:auto}\n\
         .c-serif{font-family:var(--serif,\"Source Serif 4\",Georgia,serif)}\n",
    );
    sheet.push_str(&rules(|token| format!("var({})", token.property)));
    sheet.push_str(&cover_rules());
    sheet
}

/// The style sheet inside a stand-alone SVG file: the light values are attributes, so only dark is said.
pub(crate) fn standalone_css() -> String {
    format!(
        "@media screen and (prefers-color-scheme:dark){{\n{}}}\n{}",
        rules(|token| format!("#{:06X}", token.dark)),
        cover_rules()
    )
}

fn rules(value: impl Fn(&Token) -> String) -> String {
    TOKENS
        .iter()
        .filter(|token| !token.ink.is_of_letters())
        .map(|token| {
            let (class, value) = (token.class, value(token));
            let (fill, stroke) = (format!("fill:{value}"), format!("stroke:{value}"));
            match token.ink {
                Ink::BandRed | Ink::BandAmber | Ink::BandGreen | Ink::Gap => format!(".{class}{{{fill}}}\n"),
                Ink::Sheet => format!(".{class}-f{{{fill}}}\n.c-halo{{{stroke}}}\n"),
                // Rules are lines only, day shapes areas only.
                Ink::Rule | Ink::RuleStrong => format!(".{class}-s{{{stroke}}}\n"),
                Ink::MarkGreen | Ink::MarkAmber | Ink::MarkRed => format!(".{class}-f{{{fill}}}\n"),
                _ => format!(".{class}-f{{{fill}}}\n.{class}-s{{{stroke}}}\n"),
            }
        })
        .collect()
}

fn cover_rules() -> String {
    let [light, dark, print] = GAP_COVER;
    format!(
        ".c-gap{{fill-opacity:{light}}}\n\
         @media screen and (prefers-color-scheme:dark){{.c-gap{{fill-opacity:{dark}}}}}\n\
         @media print{{.c-gap{{fill-opacity:{print}}}}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_stands_in_its_own_row() {
        for (row, token) in TOKENS.iter().enumerate() {
            assert_eq!(token.ink as usize, row);
            assert_eq!(Ink::from_number(token.ink as u8), token.ink);
        }
    }

    #[test]
    fn the_page_sheet_names_no_colour_of_its_own() {
        let sheet = css();
        assert!(!sheet.contains('#'));
        assert!(sheet.contains(".c-side-b-s{stroke:var(--side-b)}"));
        assert!(sheet.contains(".c-band-r{fill:var(--band-r)}"));
        assert!(sheet.contains("@media print{.c-gap{fill-opacity:.12}}"));
    }

    #[test]
    fn the_file_sheet_gives_the_dark_values() {
        let sheet = standalone_css();
        assert!(sheet.contains("prefers-color-scheme:dark"));
        assert!(sheet.contains(".c-side-a-s{stroke:#86BEEC}"));
    }
}
