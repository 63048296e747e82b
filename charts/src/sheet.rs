//! What a picture needs when no page stands around it: margin, title, sentence and legend.

use crate::hatch::hatch;
use crate::markers::Marker;
use crate::model::{PointState, Trend, TrendPoint};
use crate::plot::{lone_total, shown};
use crate::scene::{Align, Dash, Label, Pt, Scene};
use crate::text::{Face, width, wrap};
use crate::theme::Ink;

/// Margin of a picture that stands alone.
pub(crate) const MARGIN: f64 = 20.0;
const LINE: f64 = 18.0;

/// A heading set at (0, 0): the title's lines, then the sentence's. Returns the height used.
pub(crate) fn heading(scene: &mut Scene, title: (&str, f64), sentence: &str, room: f64) -> f64 {
    let (title, size) = title;
    let mut y = 0.0;
    for line in wrap(Face::Serif, size, title, room, 3) {
        y += size * 1.2;
        let face = Face::Serif;
        let at = (0.0, y - size * 0.2);
        scene.text(Label { at, text: line, face, size, ink: Ink::Strong, align: Align::Start, halo: false });
    }
    for line in wrap(Face::Sans, 13.0, sentence, room, 6) {
        y += LINE;
        scene.text(caption((0.0, y - 3.0), line));
    }
    y
}

fn caption(at: Pt, text: String) -> Label {
    Label { at, text, face: Face::Sans, size: 13.0, ink: Ink::Medium, align: Align::Start, halo: false }
}

/// One sign of the legend.
enum Sign {
    Side(usize, String),
    Gap,
    Hidden,
    Total,
    Provisional,
    Whisker,
    Watch,
    Onset,
}

/// A legend set at (0, 0): the sides of the first trend, and of the other signs those that occur. Returns the
/// height used.
pub(crate) fn legend(scene: &mut Scene, trends: &[Trend], room: f64) -> f64 {
    let (mut x, mut y) = (0.0, LINE);
    for sign in signs(trends) {
        let text = sign.words();
        let sample = sign.sample_width();
        let wide = sample + 6.0 + width(Face::Sans, 13.0, &text);
        if x > 0.0 && x + wide > room {
            x = 0.0;
            y += LINE;
        }
        sign.draw(scene, (x, y - 7.5));
        let text = crate::text::fit(Face::Sans, 13.0, &text, room - sample - 6.0);
        scene.text(caption((x + sample + 6.0, y - 3.0), text));
        x += wide + 18.0;
    }
    y
}

fn signs(trends: &[Trend]) -> Vec<Sign> {
    let names = trends.iter().max_by_key(|trend| trend.sides.len()).map_or(&[][..], |trend| &trend.sides);
    let mut signs: Vec<Sign> =
        names.iter().enumerate().map(|(side, name)| Sign::Side(side, name.clone())).collect();
    let occur = Occur::of(trends);
    let rest = [
        (occur.gap, Sign::Gap),
        (occur.hidden, Sign::Hidden),
        (occur.total, Sign::Total),
        (occur.provisional, Sign::Provisional),
        (occur.whisker, Sign::Whisker),
        (occur.watch, Sign::Watch),
        // A single chart has the words beside the line.
        (trends.len() > 1 && occur.onset, Sign::Onset),
    ];
    signs.extend(rest.into_iter().filter(|(occurs, _)| *occurs).map(|(_, sign)| sign));
    signs
}

/// Which signs occur in some trends, for the legend of a picture or of a page.
#[expect(clippy::struct_excessive_bools, reason = "each is one sign")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occur {
    /// The area between the sides.
    pub gap: bool,
    /// A hatched column: not shown, too few answers.
    pub hidden: bool,
    /// The tick of all sides together, where the sides are not shown.
    pub total: bool,
    /// Hollow, dashed markers: under three people on a side.
    pub provisional: bool,
    /// Intervals.
    pub whisker: bool,
    /// Rings: on watch.
    pub watch: bool,
    /// Dotted lines: answers differ from there on.
    pub onset: bool,
}

impl Occur {
    /// The signs of these trends.
    pub fn of(trends: &[Trend]) -> Self {
        let any = |test: &dyn Fn(&TrendPoint) -> bool| trends.iter().flat_map(|t| &t.points).any(test);
        let figures = |p: &TrendPoint| (0..p.sides.len()).filter(|side| shown(p, *side).is_some()).count();
        let whiskers =
            |p: &TrendPoint| (0..p.sides.len()).any(|s| shown(p, s).is_some_and(|f| f.interval.is_some()));
        Self {
            gap: any(&|p| figures(p) > 1),
            hidden: any(&|p| p.state == PointState::TooFew),
            total: any(&|p| lone_total(p).is_some()),
            provisional: any(&|p| p.state == PointState::Provisional && figures(p) > 0),
            whisker: any(&whiskers),
            watch: any(&|p| p.watch),
            onset: trends.iter().any(|t| !t.onsets.is_empty()),
        }
    }
}

impl Sign {
    fn words(&self) -> String {
        match self {
            Self::Side(_, name) => name.as_str(),
            Self::Gap => "gap",
            Self::Hidden => "not shown (too few answers)",
            Self::Total => "all sides together",
            Self::Provisional => "provisional, under 3 people a side",
            Self::Watch => "on watch",
            Self::Whisker => "90 % interval",
            Self::Onset => "answers differ from here on",
        }
        .to_owned()
    }

    fn sample_width(&self) -> f64 {
        match self {
            Self::Side(..) => 30.0,
            Self::Onset | Self::Whisker => 3.0,
            _ => 18.0,
        }
    }

    /// `at` is the left end of the sample, level with the middle of the words.
    fn draw(&self, scene: &mut Scene, (x, y): Pt) {
        match self {
            Self::Side(side, _) => {
                scene.stroke(vec![(x, y), (x + 30.0, y)], Ink::side(*side), 2.0, Dash::side(*side));
                Marker { side: *side, scale: 1.0, provisional: false }.draw(scene, (x + 15.0, y));
            }
            Self::Gap => scene.rect((x, y - 5.0), (18.0, 10.0), Ink::Gap),
            Self::Hidden => {
                hatch(scene, (x, y - 5.0), (18.0, 10.0));
                let corners = [(x, y - 5.0), (x + 18.0, y - 5.0), (x + 18.0, y + 5.0), (x, y + 5.0)];
                scene.outline(corners.to_vec(), Ink::RuleStrong, 1.0, Dash::Solid);
            }
            Self::Total => scene.rule((x + 1.0, y), (x + 17.0, y), Ink::Strong, 2.5),
            Self::Provisional => {
                Marker { side: 0, scale: 1.0, provisional: true }.draw(scene, (x + 9.0, y));
            }
            Self::Watch => scene.ring((x + 9.0, y), 7.0, Ink::Strong, 1.5, Dash::Solid),
            Self::Whisker => {
                scene.stroke(vec![(x + 1.5, y - 8.0), (x + 1.5, y + 7.0)], Ink::SideA, 1.0, Dash::Pale);
            }
            Self::Onset => {
                scene.stroke(vec![(x + 1.5, y - 8.0), (x + 1.5, y + 7.0)], Ink::Strong, 1.25, Dash::Dotted);
            }
        }
    }
}

/// What was drawn at (0, 0), with a margin round it.
pub(crate) fn framed(content: Scene) -> Scene {
    let mut sheet = Scene::new(content.width + 2.0 * MARGIN, content.height + 2.0 * MARGIN);
    sheet.place(content, (MARGIN, MARGIN));
    sheet
}
