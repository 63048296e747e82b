//! Sample data for the golden files and the gallery: every state a chart can be in.

#![expect(clippy::assigning_clones, reason = "a sample is changed once; reuse of its buffer is no gain")]

use evenkeel_charts::{
    Channel, GapAxis, GapBar, Keel, Multiples, Onset, PointState, Portfolio, PortfolioRow, PortfolioTile,
    SidePoint, Spark, TileRating, Trend, TrendPoint,
};

/// A figure of one side without an interval.
#[expect(clippy::unnecessary_wraps, reason = "a side's place in a check is optional")]
pub fn side(mean: f64, n: u32) -> Option<SidePoint> {
    Some(SidePoint { mean, n, interval: None })
}

/// The label of the quarter `index` quarters after the first of 2024.
fn quarter(index: usize) -> String {
    format!("{}-Q{}", 2024 + index.div_ceil(4), (index + 3) % 4 + 1)
}

/// A trend from the means of each side, eight people on side A and five on the others.
pub fn trend(title: &str, description: &str, sides: &[(&str, &[f64])]) -> Trend {
    let count = sides.first().map_or(0, |(_, means)| means.len());
    let points = (0..count)
        .map(|index| TrendPoint {
            period: quarter(index),
            state: PointState::Shown,
            total: Some(sides.iter().map(|(_, means)| means[index]).sum::<f64>() / sides.len() as f64),
            sides: sides
                .iter()
                .enumerate()
                .map(|(rank, (_, means))| side(means[index], if rank == 0 { 8 } else { 5 }))
                .collect(),
            break_before: None,
            watch: false,
            event: None,
        })
        .collect();
    Trend {
        title: title.to_owned(),
        description: description.to_owned(),
        sides: sides.iter().map(|(name, _)| (*name).to_owned()).collect(),
        points,
        green_from: 4.0,
        amber_from: 3.0,
        onsets: Vec::new(),
    }
}

/// An onset at a check, its label ending with the check's period.
pub fn onset(index: usize, channel: Channel, what: &str) -> Onset {
    Onset { index, channel, label: format!("{what} since {}", quarter(index)) }
}

/// Gives every figure an interval, wider where fewer answered.
pub fn with_intervals(mut trend: Trend) -> Trend {
    for figure in trend.points.iter_mut().flat_map(|point| &mut point.sides).flatten() {
        let half = 1.25 / f64::from(figure.n).sqrt();
        figure.interval = Some(((figure.mean - half).max(1.0), (figure.mean + half).min(5.0)));
    }
    trend
}

const A: &str = "Northmoor Systems";
const B: &str = "Brightwater Analytics";

/// Eight checks with an onset; both sides fall.
pub fn communication() -> Trend {
    let mut trend = trend(
        "Communication",
        "About 1.0 lower since 2025-Q4 on both sides. Seen again in three later checks.",
        &[(A, &[4.1, 4.2, 4.1, 4.2, 3.4, 3.3, 3.4, 3.3]), (B, &[4.0, 4.2, 4.0, 4.2, 3.2, 3.0, 2.8, 2.6])],
    );
    trend.onsets = vec![onset(4, Channel::Level, "lower")];
    with_intervals(trend)
}

/// The sides move apart.
pub fn resources() -> Trend {
    let mut trend = trend(
        "Resource commitment",
        "Sides moving apart: the gap grew by about 1.2. Northmoor has not changed.",
        &[(A, &[4.0, 3.9, 4.0, 3.9, 3.9, 3.8, 3.9, 3.8]), (B, &[3.9, 3.7, 3.8, 3.7, 2.8, 2.6, 2.4, 2.2])],
    );
    trend.onsets = vec![onset(4, Channel::Gap, "gap wider")];
    with_intervals(trend)
}

/// Both channels, found since neighbouring checks: the labels need two rows.
pub fn lower_and_apart() -> Trend {
    let mut trend = resources();
    trend.title = "Conflict resolution".to_owned();
    trend.description = "Lower since 2025-Q4, and the gap is wider since 2026-Q1.".to_owned();
    trend.onsets = vec![onset(4, Channel::Level, "lower"), onset(5, Channel::Gap, "gap wider")];
    trend
}

/// The sides began anew, later other people answered.
pub fn new_start() -> Trend {
    let mut trend = trend(
        "Joint KPIs",
        "New start in 2025-Q3: compared only with checks since. Other people answer since 2026-Q1.",
        &[(A, &[3.1, 2.9, 3.2, 4.0, 4.1, 4.4, 4.5, 4.4]), (B, &[3.6, 3.4, 3.5, 3.9, 3.8, 4.2, 4.3, 4.3])],
    );
    trend.points[3].break_before = Some("new start".to_owned());
    trend.points[5].event = Some("other people".to_owned());
    with_intervals(trend)
}

/// Five years: a break, events, watches and both onsets.
pub fn five_years() -> Trend {
    let mut trend = with_intervals(long(20));
    trend.description = "Five years of quarters, with everything that can happen in them.".to_owned();
    trend.points[1].event = Some("other people".to_owned());
    trend.points[4].break_before = Some("new wording (v2)".to_owned());
    trend.points[7].break_before = Some("new start: other mode".to_owned());
    for watched in [2, 15, 18] {
        trend.points[watched].watch = true;
    }
    trend.onsets = vec![onset(12, Channel::Level, "lower"), onset(17, Channel::Gap, "gap wider")];
    trend
}

/// The newest check is on watch.
pub fn watched() -> Trend {
    let mut trend = trend(
        "Shared vision",
        "On watch. Lower by 0.4, which luck gives more often than once in 100 quarters.",
        &[(A, &[4.3, 4.4, 4.3, 4.3, 4.1, 4.1, 4.0, 4.0]), (B, &[4.2, 4.2, 4.0, 4.2, 4.0, 3.8, 3.8, 3.6])],
    );
    trend.points[7].watch = true;
    trend
}

/// One check may not be shown; its total may.
pub fn suppressed() -> Trend {
    let mut trend = trend(
        "Conflict resolution",
        "Stable. In 2025-Q2 the sides are not shown (too few answers); the tick is the total.",
        &[(A, &[3.6, 3.6, 3.6, 3.5, 3.6, 3.4, 3.5, 3.4]), (B, &[3.4, 3.6, 3.6, 3.4, 3.5, 3.2, 3.2, 3.2])],
    );
    trend.points[2].state = PointState::TooFew;
    trend
}

/// The wording changed.
pub fn reworded() -> Trend {
    let mut trend = trend(
        "Joint KPIs",
        "Stable. New wording from 2025-Q3: the lines break, and drift starts afresh there.",
        &[(A, &[4.4, 4.4, 4.3, 4.5, 4.4, 4.4, 4.5, 4.5]), (B, &[4.2, 4.3, 4.4, 4.2, 4.3, 4.4, 4.3, 4.4])],
    );
    trend.points[3].break_before = Some("new wording (v2)".to_owned());
    trend
}

/// Side B is silent in the fifth check and in the newest.
pub fn silent() -> Trend {
    let mut trend = watched();
    trend.title = "Overall".to_owned();
    trend.description =
        "Brightwater was silent in 2025-Q4 and 2026-Q3: no score and no gap there.".to_owned();
    for index in [4, 7] {
        trend.points[index].state = PointState::OneSided;
        trend.points[index].total = None;
        trend.points[index].sides[1] = None;
        trend.points[index].watch = false;
    }
    trend
}

/// Every check is suppressed; two have a total.
pub fn all_suppressed(with_total: bool) -> Trend {
    let mut trend = reworded();
    trend.description = "Not shown: each check had fewer than three answers on a side.".to_owned();
    for point in &mut trend.points {
        point.state = PointState::TooFew;
        point.break_before = None;
        point.total = point.total.filter(|_| with_total);
    }
    trend
}

/// Two people a side, by name.
pub fn provisional() -> Trend {
    let mut trend = trend(
        "Shared vision",
        "Provisional: two people a side. Two checks so far; drift needs three.",
        &[("Ada", &[4.2, 3.7]), ("Ben", &[3.9, 4.1])],
    );
    for point in &mut trend.points {
        point.state = PointState::Provisional;
        point.sides.iter_mut().flatten().for_each(|figure| figure.n = 2);
    }
    trend
}

/// Four co-founders.
pub fn four_sides() -> Trend {
    let mut trend = trend(
        "Equity and roles",
        "Four sides. Chloé has rated lower than she herself did before since 2025-Q1.",
        &[
            ("Ada Łukasiewicz", &[4.4, 4.5, 4.4, 4.2, 4.3, 4.4]),
            ("Ben", &[4.1, 4.2, 4.2, 4.3, 4.2, 4.3]),
            ("Chloé", &[4.0, 3.6, 3.1, 2.4, 1.9, 1.4]),
            ("Dmitri", &[3.2, 3.4, 3.8, 4.0, 4.1, 4.2]),
        ],
    );
    trend.points[2].sides[1] = None;
    trend.onsets = vec![onset(3, Channel::Gap, "gap wider")];
    trend
}

/// Onsets so near to each other, at the right edge, that each label could lie on the other's line.
fn late_onsets() -> Trend {
    let mut trend = with_intervals(long(16));
    trend.onsets = vec![onset(11, Channel::Level, "lower"), onset(13, Channel::Gap, "gap reversed")];
    trend
}

/// Periods with names of their own.
fn named_periods() -> Trend {
    let mut trend = long(12);
    for (place, point) in trend.points.iter_mut().enumerate() {
        point.period = format!("Joint review of spring {}", 2015 + place);
    }
    trend
}

/// Four sides of five people each.
pub fn four_crowded() -> Trend {
    let mut trend = trend(
        "Shared vision",
        "Four sides close together, with intervals.",
        &[
            ("Ada", &[4.0, 4.1, 4.0, 3.9, 4.0, 4.1, 4.0, 4.0]),
            ("Ben", &[3.9, 4.0, 4.1, 4.0, 3.9, 3.9, 3.8, 3.9]),
            ("Chloé", &[4.1, 3.9, 3.8, 3.7, 3.6, 3.7, 3.6, 3.6]),
            ("Dmitri", &[3.8, 3.8, 3.9, 4.1, 4.1, 4.0, 4.1, 4.2]),
        ],
    );
    trend.points[6].watch = true;
    with_intervals(trend)
}

/// A trend of `count` checks that wander.
pub fn long(count: usize) -> Trend {
    let wave = |index: usize, phase: f64| 3.7 + 0.6 * (index as f64 / 3.0 + phase).sin();
    let a: Vec<f64> = (0..count).map(|index| wave(index, 0.0)).collect();
    let b: Vec<f64> = (0..count).map(|index| wave(index, 0.7) - 0.3).collect();
    let told = match count {
        0 => "No check has closed yet.".to_owned(),
        1 => "One check so far; the second gives a change.".to_owned(),
        2..=4 => format!("{count} checks so far."),
        _ => format!("{count} checks, of the 40 that a chart takes at most."),
    };
    let mut trend = trend("Overall", &told, &[(A, &a), (B, &b)]);
    if count > 12 {
        trend.points[9].state = PointState::TooFew;
        trend.points[10].state = PointState::TooFew;
        trend.points[3].sides[0].as_mut().expect("shown").n = 12;
    }
    trend
}

/// The six panels of a partnership.
pub fn partnership() -> Multiples {
    let mut overall = communication();
    overall.title = "Overall".to_owned();
    overall.description = "About 0.5 lower since 2025-Q4 (90 %: −0.7 to −0.3).".to_owned();
    Multiples {
        title: "Northmoor Systems × Brightwater Analytics".to_owned(),
        description: "Quarterly health review, eight checks to 2026-Q3. Dots are means of a side, 1 to 5."
            .to_owned(),
        panels: vec![overall, communication(), resources(), watched(), suppressed(), new_start()],
    }
}

/// A dot plot from (name, mean, half width).
pub fn gap_bar(sides: &[(&str, Option<(f64, f64)>)], total: Option<f64>) -> GapBar {
    let figure = |(mean, half): (f64, f64)| SidePoint {
        mean,
        n: 5,
        interval: Some(((mean - half).max(1.0), (mean + half).min(5.0))),
    };
    GapBar {
        title: "Resource commitment".to_owned(),
        description: "Northmoor 3.8, Brightwater 2.2: a gap of 1.6.".to_owned(),
        sides: sides.iter().map(|(name, at)| ((*name).to_owned(), at.map(figure))).collect(),
        gap: None,
        total,
        green_from: 4.0,
        amber_from: 3.0,
    }
}

/// Dot plots by name.
pub fn gap_bars() -> Vec<(&'static str, GapBar)> {
    let two = |a: Option<(f64, f64)>, b: Option<(f64, f64)>| gap_bar(&[(A, a), (B, b)], Some(3.0));
    let mut four = gap_bar(
        &[("A", Some((4.2, 0.4))), ("B", Some((3.1, 0.5))), ("C", Some((1.4, 0.4))), ("D", Some((4.9, 0.3)))],
        None,
    );
    let mut three = four.clone();
    three.sides.truncate(3);
    four.title = "Four sides".to_owned();
    vec![
        ("gapbar-wide", two(Some((3.8, 0.5)), Some((2.2, 0.7)))),
        ("gapbar-near", two(Some((4.0, 0.4)), Some((3.6, 0.6)))),
        ("gapbar-ends", two(Some((5.0, 0.2)), Some((1.0, 0.6)))),
        ("gapbar-spread", two(Some((3.0, 2.0)), Some((3.6, 2.6)))),
        ("gapbar-silent", two(Some((3.8, 0.5)), None)),
        ("gapbar-total", two(None, None)),
        ("gapbar-three", three),
        ("gapbar-four", four),
        ("gapbar-none", gap_bar(&[(A, None), (B, None)], None)),
    ]
}

/// The scale over the dot plots.
pub fn gap_axis() -> GapAxis {
    GapAxis {
        title: "Scale from 1 to 5; amber from 3, green from 4".to_owned(),
        green_from: 4.0,
        amber_from: 3.0,
    }
}

/// Sparks by name.
pub fn sparks() -> Vec<(&'static str, Spark)> {
    let spark = |points: &[Option<f64>], onset| Spark {
        title: "Overall, recent checks".to_owned(),
        points: points.to_vec(),
        breaks: Vec::new(),
        onset,
        green_from: 4.0,
        amber_from: 3.0,
    };
    let falling: Vec<Option<f64>> = [4.1, 4.1, 4.0, 4.1, 3.7, 3.6, 3.6, 3.5].map(Some).to_vec();
    let long: Vec<Option<f64>> = (0..40).map(|i| Some(3.0 + (f64::from(i) / 4.0).sin() * 1.9)).collect();
    vec![
        ("spark-falling", spark(&falling, Some(4))),
        ("spark-one", spark(&[Some(4.2)], None)),
        ("spark-broken", spark(&[Some(4.2), None, Some(3.9), Some(3.8), None, None, Some(4.0), None], None)),
        ("spark-long", spark(&long, None)),
        ("spark-new-start", Spark { breaks: vec![4, 7], ..spark(&falling, None) }),
        ("spark-empty", spark(&[], None)),
    ]
}

/// Keels by name.
pub fn keels() -> Vec<(&'static str, Keel)> {
    let keel = |left, right| Keel { title: "Widest gap".to_owned(), left, right };
    vec![
        ("keel-tilted", keel(Some(3.8), Some(2.2))),
        ("keel-even", keel(Some(4.1), Some(4.0))),
        ("keel-other", keel(Some(2.9), Some(4.2))),
        ("keel-silent", keel(Some(3.8), None)),
        ("keel-none", keel(None, None)),
    ]
}

/// A portfolio of six partnerships, with everything that a tile can be.
pub fn portfolio() -> Portfolio {
    use TileRating::{Amber, Green, NotRated, Red};
    let tile = |(rating, figure): (TileRating, &str)| PortfolioTile {
        rating,
        figure: (!figure.is_empty()).then(|| figure.to_owned()),
        provisional: false,
    };
    let row = |name: &str, debt, tiles: [(TileRating, &str); 6]| PortfolioRow {
        name: name.to_owned(),
        tiles: tiles.map(tile).to_vec(),
        debt,
    };
    let mut rows = vec![
        row(
            "Northmoor × Brightwater Analytics",
            14,
            [(Amber, "3.4"), (Amber, "3.8"), (Red, "2.9"), (Red, "3.0"), (Amber, "3.3"), (Green, "4.1")],
        ),
        row(
            "Tarn & Hollis",
            6,
            [(Red, "2.7"), (Red, "2.4"), (Amber, "3.1"), (Red, "2.6"), (Red, "2.8"), (Amber, "3.2")],
        ),
        row("Kestrel Freight × Oriel", 3, [(NotRated, ""); 6]),
        row(
            "Verein für angewandte Partnerschaftsforschung × Łódź Instytut",
            1,
            [(Amber, "3.9"), (Green, "4.0"), (Green, "4.2"), (NotRated, ""), (Amber, "3.5"), (Green, "4.4")],
        ),
        row(
            "Halden × Pryce",
            0,
            [(Green, "4.3"), (Green, "4.1"), (Green, "4.5"), (Green, "4.2"), (Green, "4.4"), (Green, "4.3")],
        ),
        row(
            "Maren, Ito and Silva",
            0,
            [(Green, "4.1"), (Green, "4.0"), (Green, "4.0"), (Amber, "3.9"), (Green, "4.2"), (Green, "4.4")],
        ),
    ];
    rows[5].tiles[3].provisional = true;
    Portfolio {
        title: "Six partnerships".to_owned(),
        description: "Overall score and indicators by rating, and conflict debt.".to_owned(),
        columns: ["Overall", "Vision", "Commun.", "Resources", "Conflict", "KPIs"]
            .map(str::to_owned)
            .to_vec(),
        rows,
    }
}

/// Trends by name.
pub fn trends() -> Vec<(&'static str, Trend)> {
    let mut none = long(0);
    none.description = "Nothing yet.".to_owned();
    let mut single_side = long(6);
    single_side.sides.truncate(1);
    single_side.points.iter_mut().for_each(|point| point.sides.truncate(1));
    vec![
        ("trend-drift", communication()),
        ("trend-apart", resources()),
        ("trend-watch", watched()),
        ("trend-suppressed", suppressed()),
        ("trend-reworded", reworded()),
        ("trend-silent", silent()),
        ("trend-provisional", provisional()),
        ("trend-four-sides", four_sides()),
        ("trend-one-side", single_side),
        ("trend-1", with_intervals(long(1))),
        ("trend-3", with_intervals(long(3))),
        ("trend-20", long(20)),
        ("trend-40", with_intervals(long(40))),
        ("trend-lower-and-apart", lower_and_apart()),
        ("trend-new-start", new_start()),
        ("trend-five-years", five_years()),
        ("trend-four-crowded", four_crowded()),
        ("trend-all-suppressed", all_suppressed(false)),
        ("trend-all-suppressed-total", all_suppressed(true)),
        ("trend-late-onsets", late_onsets()),
        ("trend-named-periods", named_periods()),
        ("trend-empty", none),
    ]
}
