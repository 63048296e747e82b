//! The result letter: what a closed round showed, for the managers of every side, also when all is green.
//!
//! One letter carries all results of one manager and one quarter hour. Law: it holds published figures only
//! (the caller passes what the frozen scorecard shows), no comments, no person's answers; what is not shown
//! is said in words, and "not shown (too few answers)" is never called "no data".

use askama::Template;

use super::words::count;
use super::{House, Line, Reader, Rendered, Tile, Tone};

/// The results of one quarter hour for one manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultLetter {
    /// The manager.
    pub reader: Reader,
    /// At least one result, the one that needs most in front.
    pub results: Vec<ResultItem>,
}

/// One closed round of one partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultItem {
    /// The partnership's name.
    pub partnership: Line,
    /// The period ("2026-Q3").
    pub period: Line,
    /// When it closed, in the reader's zone with the zone named.
    pub closed: Line,
    /// The finding, one sentence with the number in it.
    pub headline: Line,
    /// One to three sentences below it.
    pub lead: Vec<Line>,
    /// The overall tile, if a total is published.
    pub overall: Option<Tile>,
    /// The indicators, in the order in which they need attention.
    pub rows: Vec<ResultRow>,
    /// Who answered, in counts ("8 of 9 people at Northmoor, 5 of 7 at Brightwater.").
    pub response: Line,
    /// How many flags are open.
    pub open: u32,
    /// How many of them wait for an answer.
    pub flags: u32,
    /// The day by which the review is to be held, in the partnership's zone ("Mon 12 Oct 2026"); empty if there is none.
    pub review_due: Line,
    /// The page of the review; an ordinary page behind the sign-in. Empty where no flag waits.
    pub review: Line,
    /// The address of the result's page; an ordinary page behind the sign-in.
    pub link: Line,
    /// The side this manager manages, for the footer ("Northmoor").
    pub own_side: Line,
    /// Who sees what, in one sentence, from the mode.
    pub mode_sentence: Line,
    /// How much of the round is published to this reader.
    pub shown: Shown,
}

/// How much of a round its scorecard publishes to this reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// All sides and the gap.
    Sides,
    /// Only the total: a side has too few answers.
    TotalOnly,
    /// The reader's own side only, because these sides stayed silent.
    OwnSideOnly {
        /// The sides from which nobody answered.
        silent: Vec<Line>,
    },
    /// Counts only: too few answers altogether.
    CountsOnly,
    /// Counts only: nobody from the reader's own side answered.
    OwnSideSilent,
    /// Nobody answered.
    NoAnswers,
}

/// One indicator of one result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRow {
    /// The indicator's name.
    pub indicator: Line,
    /// Rating and figure.
    pub tile: Tile,
    /// Why it is rated so, one sentence.
    pub reason: Line,
    /// The instrument's action text for this rating; may be empty.
    pub action_required: Line,
    /// The sides' means, side A first; empty if they are not published.
    pub sides: Vec<SideMean>,
    /// The gap between the sides ("1.6"), if published.
    pub gap: Option<Line>,
}

/// One side's mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideMean {
    /// The side's name.
    pub name: Line,
    /// The mean as shown ("3.8").
    pub mean: Line,
    /// Where it lies on the scale from 1 to 5, as 0 to 100; more counts as 100.
    pub position: u8,
}

/// The gap bar of one row in pixels of a 200-pixel scale: before, bar, after.
struct Bar {
    before: u16,
    width: u16,
    after: u16,
}

impl ResultRow {
    fn bar(&self) -> Option<Bar> {
        let positions = self.sides.iter().map(|side| side.position.min(100));
        let (low, high) = (positions.clone().min()?, positions.max()?);
        // A gap of nothing keeps a mark of four pixels, so that the place on the scale is seen.
        let width = (u16::from(high - low) * 2).max(4);
        let before = (u16::from(low) * 2).min(200 - width);
        (self.sides.len() > 1).then_some(Bar { before, width, after: 200 - before - width })
    }
}

impl ResultItem {
    /// The rows that get a full entry.
    fn pressing(&self) -> impl Iterator<Item = &ResultRow> {
        self.rows.iter().filter(|row| row.tile.tone != Tone::Green)
    }

    /// The rows that are listed briefly.
    fn steady(&self) -> impl Iterator<Item = &ResultRow> {
        self.rows.iter().filter(|row| row.tile.tone == Tone::Green)
    }

    fn has_steady(&self) -> bool {
        self.steady().next().is_some()
    }

    /// What is not shown and why, if something is not.
    fn withheld(&self) -> Option<String> {
        Some(match &self.shown {
            Shown::Sides => return None,
            Shown::TotalOnly => {
                "The sides are not shown (too few answers). What is published is the total of all \
                 sides, without a gap and without a change over time."
                    .to_owned()
            }
            Shown::OwnSideOnly { silent } if silent.is_empty() => {
                "Our view only: nobody else was asked. The figures are your side’s own, and there is no gap to show.".to_owned()
            }
            Shown::OwnSideOnly { silent } => {
                let names: Vec<_> = silent.iter().map(Line::as_str).collect();
                let names = names.join(" or ");
                format!(
                    "Nobody from {names} answered. The figures are your side’s own, and there is no gap to show."
                )
            }
            Shown::CountsOnly => {
                "Not shown (too few answers). For this check only the counts are published.".to_owned()
            }
            Shown::OwnSideSilent => {
                "Nobody from your side answered, so your side sees the counts only.".to_owned()
            }
            Shown::NoAnswers => "Nobody answered, so there is nothing to show.".to_owned(),
        })
    }

    /// What the flags ask for.
    fn flags_sentence(&self) -> String {
        match self.flags {
            0 if self.open == 0 => "No flag is open.".to_owned(),
            0 => "Every open flag has its answer.".to_owned(),
            1 => "One flag waits for an answer; the review cannot close before it has one.".to_owned(),
            n => format!("{n} flags wait for an answer; the review cannot close before each has one."),
        }
    }
}

impl ResultLetter {
    fn subject(&self) -> String {
        let tones = tally(&self.results.iter().flat_map(|item| &item.rows));
        match self.results.as_slice() {
            [one] if tones.is_empty() => {
                format!("{}, {}: {}", one.partnership.cut(80), one.period, one.headline.cut(80))
            }
            [one] => format!("{}, {}: {tones}", one.partnership.cut(80), one.period),
            many => {
                let results = count(u32::try_from(many.len()).unwrap_or(u32::MAX), "partnership result");
                if tones.is_empty() { results } else { format!("{results}: {tones}") }
            }
        }
    }

    pub(super) fn render(&self, house: &House) -> Rendered {
        let subject = self.subject();
        let sides: Vec<_> = self.results.iter().map(|item| (&item.own_side, &item.partnership)).collect();
        let text = Text { house, reader: &self.reader, results: &self.results, sides: &sides };
        let html =
            Html { house, reader: &self.reader, subject: &subject, results: &self.results, sides: &sides };
        Rendered::from_templates(subject.clone(), &text, &html)
    }
}

/// "2 red, 1 amber, 2 green"; empty without rated or unrated rows.
fn tally<'a>(rows: &(impl Iterator<Item = &'a ResultRow> + Clone)) -> String {
    let words =
        [(Tone::Red, "red"), (Tone::Amber, "amber"), (Tone::Green, "green"), (Tone::Grey, "not rated")];
    let of = |tone| rows.clone().filter(|row| row.tile.tone == tone).count();
    let counts = words.into_iter().map(|(tone, word)| (of(tone), word)).filter(|(n, _)| *n > 0);
    counts.map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "mail_result.txt", escape = "none")]
struct Text<'a> {
    house: &'a House,
    reader: &'a Reader,
    results: &'a [ResultItem],
    sides: &'a [(&'a Line, &'a Line)],
}

#[derive(Template)]
#[template(path = "mail_result.html")]
struct Html<'a> {
    house: &'a House,
    reader: &'a Reader,
    subject: &'a str,
    results: &'a [ResultItem],
    sides: &'a [(&'a Line, &'a Line)],
}
