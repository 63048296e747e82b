//! The monthly digest: where the partnerships of an organisation stand, for those who lead it.
//!
//! Law: it holds what the portfolio page shows the same reader and nothing more, no person's name, no comment. The picture
//! travels inside the letter, and what it shows stands in words as well. Every partnership that is named stands with the
//! address of its page: when everything of a partnership is deleted, the letters that spoke of it are found by that.

use askama::Template;

use super::{House, Line, Picture, Placeholder, Reader, Rendered, Tile};

/// The digest of one month for one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestLetter {
    /// Who leads.
    pub reader: Reader,
    /// The month ("November 2026").
    pub month: Line,
    /// Who needs the reader, one sentence with the number in it.
    pub headline: Line,
    /// What is even, and what all of it weighs: a sentence each.
    pub lead: Vec<Line>,
    /// The partnerships below as a heat map; none where it could not be drawn.
    pub picture: Option<Picture>,
    /// The partnerships that are listed, who needs the reader first.
    pub groups: Vec<DigestGroup>,
    /// How many more need something; empty where all are listed.
    pub more: Line,
    /// What recovered, what is late, what comes next.
    pub notes: Vec<DigestNotes>,
    /// The page of the portfolio; an ordinary page behind the sign-in.
    pub portfolio: Line,
    /// The organisations that the reader leads, as a list in words.
    pub leads: Line,
    /// The place of the link that ends these letters.
    pub letters: Placeholder,
}

/// Partnerships in the same need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestGroup {
    /// What they have in common ("Need you").
    pub title: Line,
    /// At least one.
    pub items: Vec<DigestItem>,
}

/// One partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestItem {
    /// Its name.
    pub partnership: Line,
    /// Its page; an ordinary page behind the sign-in.
    pub link: Line,
    /// Why it stands here.
    pub sentence: Line,
    /// What weighs and waits, a few words each.
    pub facts: Vec<Line>,
    /// Overall, then the indicators; empty before the first check.
    pub figures: Vec<DigestFigure>,
}

/// One figure of one partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestFigure {
    /// What is rated.
    pub name: Line,
    /// Rating and figure.
    pub tile: Tile,
}

/// Short news under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestNotes {
    /// The heading ("Recovered").
    pub title: Line,
    /// At least one.
    pub lines: Vec<DigestLine>,
}

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestLine {
    /// The partnership it is about; empty where it is about several.
    pub partnership: Line,
    /// Its page, or the portfolio's.
    pub link: Line,
    /// What is to be known.
    pub text: Line,
}

impl DigestFigure {
    /// "Communication ◆ 2.9", "Overall ○ Too few".
    fn words(&self) -> String {
        let figure = match (&self.tile.score, &self.tile.unrated) {
            (Some(score), _) => score.as_str(),
            (None, Some(why)) => why.as_str(),
            (None, None) => "–",
        };
        format!("{} {}\u{a0}{}", self.name, self.tile.tone.glyph(), figure)
    }
}

impl DigestItem {
    fn figures_line(&self) -> String {
        self.figures.iter().map(DigestFigure::words).collect::<Vec<_>>().join(" · ")
    }

    fn facts_line(&self) -> String {
        self.facts.iter().map(Line::as_str).collect::<Vec<_>>().join(" · ")
    }
}

impl DigestLetter {
    fn subject(&self) -> String {
        self.headline.cut(150).as_str().trim_end_matches('.').to_owned()
    }

    /// How many partnerships the picture shows.
    fn drawn(&self) -> usize {
        let drawn = |item: &&DigestItem| !item.figures.is_empty();
        self.groups.iter().flat_map(|group| &group.items).filter(drawn).count()
    }

    /// What stands in the place of the picture where it is not seen.
    fn alt(&self) -> String {
        let what = match self.drawn() {
            1 => "One partnership".to_owned(),
            n => format!("{n} partnerships"),
        };
        format!(
            "{what} as a heat map: a tile for each figure, a bar for the conflict debt. The same stands below in words."
        )
    }

    pub(super) fn render(&self, house: &House) -> Rendered {
        let (subject, alt) = (self.subject(), self.alt());
        let text = Text { house, mail: self, reader: &self.reader };
        let html = Html { house, mail: self, reader: &self.reader, subject: &subject, alt: &alt };
        let rendered = Rendered::from_templates(subject.clone(), &text, &html);
        Rendered { picture: self.picture.clone(), ..rendered }
    }
}

#[derive(Template)]
#[template(path = "mail_digest.txt", escape = "none")]
struct Text<'a> {
    house: &'a House,
    mail: &'a DigestLetter,
    reader: &'a Reader,
}

#[derive(Template)]
#[template(path = "mail_digest.html")]
struct Html<'a> {
    house: &'a House,
    mail: &'a DigestLetter,
    reader: &'a Reader,
    subject: &'a str,
    alt: &'a str,
}
