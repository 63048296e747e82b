//! The laws of the drawings, tested on every sample and on bad input.

use evenkeel_charts::{
    Channel, ChartError, MOST_PANELS, MOST_POINTS, MOST_ROWS, Onset, PointState, SidePoint, Theme,
    TileRating, Trend,
};

#[expect(dead_code, reason = "the samples are shared with the golden files and the gallery")]
mod samples;

fn sentence(trend: &Trend) -> String {
    match trend.svg(false) {
        Err(ChartError::Input(sentence)) => sentence,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn the_same_data_give_the_same_bytes() {
    for (name, trend) in samples::trends() {
        assert_eq!(trend.svg(true), trend.clone().svg(true), "{name}");
    }
    let trend = samples::communication();
    assert_eq!(trend.png(Theme::Light), trend.png(Theme::Light));
    assert_ne!(trend.png(Theme::Light), trend.png(Theme::Dark));
}

#[test]
fn text_that_looks_like_markup_stays_text() {
    let nasty = "<script>alert('x')</script> & \"y\"";
    let mut trend = samples::reworded();
    trend.title = nasty.to_owned();
    trend.description = nasty.to_owned();
    trend.sides = vec![nasty.to_owned(), "]]>".to_owned()];
    trend.onsets = vec![Onset { index: 4, channel: Channel::Level, label: nasty.to_owned() }];
    trend.points[1].event = Some("<i>event</i>".to_owned());
    trend.points[0].period = "<b>".to_owned();
    trend.points[3].break_before = Some("<i>v2</i>".to_owned());
    for standalone in [false, true] {
        let svg = trend.svg(standalone).unwrap();
        assert!(
            !svg.contains("<script") && !svg.contains("<i>") && !svg.contains("<b>") && !svg.contains("]]>")
        );
        assert!(
            svg.contains(
                "<title>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;</title>"
            )
        );
    }
    assert!(trend.png(Theme::Light).is_ok());
}

#[test]
fn an_inline_chart_holds_no_style_no_script_and_no_id() {
    for (name, trend) in samples::trends() {
        let svg = trend.svg(false).unwrap();
        for word in ["<style", "style=", " id=", "url(", "<script", "href"] {
            assert!(!svg.contains(word), "{name} holds {word}");
        }
        assert!(svg.contains("role=\"img\"") && svg.contains("<title>") && svg.contains("<desc>"));
    }
    let file = samples::communication().svg(true).unwrap();
    assert_eq!(file.matches("<style>").count(), 1);
    assert!(file.contains("prefers-color-scheme:dark"));
}

#[test]
fn every_shape_has_a_class_and_a_light_colour() {
    let svg = samples::partnership().svg(true).unwrap();
    let shapes = ["<path", "<rect", "<circle", "<text"];
    let lines: Vec<&str> = svg.lines().filter(|line| shapes.iter().any(|s| line.starts_with(s))).collect();
    assert!(lines.len() > 100);
    for line in lines {
        assert!(line.contains(" class=\"c-"), "{line}");
        assert!(line.contains("=\"#"), "{line}");
    }
}

#[test]
fn a_suppressed_check_shows_neither_side_nor_its_people() {
    let mut trend = samples::communication();
    for point in &mut trend.points {
        point.state = PointState::TooFew;
        point.total = None;
        point.sides[0] = Some(SidePoint { mean: 1.7, n: 97, interval: Some((1.1, 2.3)) });
    }
    let svg = trend.svg(true).unwrap();
    assert!(!svg.contains("1.7<") && !svg.contains(">97<"));
    assert!(svg.contains("Not shown (too few answers)."));
    // Not even the length of the axis gives a hidden figure away.
    let mut other = trend.clone();
    other.points.iter_mut().for_each(|point| point.sides[0] = None);
    assert_eq!(svg, other.svg(true).unwrap());
    assert_eq!(trend.png(Theme::Light), other.png(Theme::Light));
}

#[test]
fn the_axis_reaches_down_to_one_only_when_a_value_needs_it() {
    let axis_shows_one = |svg: &str| svg.contains("x=\"16\" y=\"200\">1</text>");
    assert!(!axis_shows_one(&samples::communication().svg(false).unwrap()));
    assert!(axis_shows_one(&samples::four_sides().svg(false).unwrap()));
}

#[test]
fn numbers_off_the_scale_are_refused_with_a_sentence() {
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.9, 5.1, -3.0] {
        let mut trend = samples::communication();
        trend.points[2].sides[1] = samples::side(wrong, 5);
        let text = sentence(&trend);
        assert!(text.contains("Brightwater Analytics in check 2025-Q2") && text.contains("1 to 5"), "{text}");
        let mut trend = samples::communication();
        trend.points[0].total = Some(wrong);
        assert!(sentence(&trend).contains("total of check 2024-Q4"));
        let mut trend = samples::communication();
        trend.green_from = wrong;
        assert!(sentence(&trend).contains("threshold of green"));
    }
    for (_, mut spark) in samples::sparks() {
        spark.points.push(Some(f64::NAN));
        assert!(spark.svg(false).is_err());
    }
    for (_, mut keel) in samples::keels() {
        keel.right = Some(0.0);
        assert!(keel.png(Theme::Dark).is_err());
    }
    let mut bar = samples::gap_bar(&[("A", Some((3.0, 0.5)))], None);
    bar.sides[0].1.as_mut().unwrap().interval = Some((4.0, 2.0));
    assert!(bar.svg(false).unwrap_err().to_string().contains("the low end must come first"));
}

#[test]
fn shapes_of_data_that_cannot_be_drawn_are_refused() {
    assert!(samples::long(MOST_POINTS).svg(false).is_ok());
    assert!(sentence(&samples::long(MOST_POINTS + 1)).contains("at most 40"));
    let mut trend = samples::communication();
    trend.sides.clear();
    assert!(sentence(&trend).contains("one to four"));
    let mut trend = samples::communication();
    trend.points[1].sides.pop();
    assert!(sentence(&trend).contains("has 1 sides, the chart names 2"));
    let mut trend = samples::communication();
    trend.onsets[0].index = 8;
    assert!(sentence(&trend).contains("onset"));
    let mut trend = samples::lower_and_apart();
    trend.onsets.push(samples::onset(2, Channel::Gap, "wider"));
    assert!(sentence(&trend).contains("3 onsets; it takes at most 2"));
    let mut trend = samples::communication();
    trend.amber_from = trend.green_from;
    assert!(sentence(&trend).contains("amber must start lower"));
    let mut trend = samples::communication();
    trend.points[1].sides[0] = samples::side(3.0, 0);
    assert!(sentence(&trend).contains("rests on nobody"));
}

/// The text between two marks.
fn between<'a>(line: &'a str, before: &str, after: &str) -> &'a str {
    let rest = line.split_once(before).expect("the first mark is there").1;
    rest.split_once(after).expect("the second mark is there").0
}

/// Centres and texts of the labels on the period row, from the SVG.
fn period_labels(svg: &str) -> Vec<(f64, String)> {
    svg.lines()
        .filter(|line| line.contains(" y=\"243\">"))
        .map(|line| {
            let x = between(line, " x=\"", "\"").parse().expect("a coordinate is a number");
            (x, between(line, ">", "<").to_owned())
        })
        .collect()
}

#[test]
fn period_labels_never_overlap_and_the_newest_is_always_there() {
    for count in 1..=MOST_POINTS {
        for period in ["2026-Q3", "September 2026", "Q3"] {
            let mut trend = samples::long(count);
            trend.points.iter_mut().for_each(|point| point.period = period.to_owned());
            trend.points[count - 1].period = format!("{period}*");
            let labels = period_labels(&trend.svg(false).unwrap());
            let newest = &labels.last().unwrap().1;
            assert!(newest.ends_with('*') && newest.starts_with(&period[..2]), "{newest}");
            // A wide guess of 0.55 em for each character.
            let longest = labels.iter().map(|(_, text)| text.chars().count()).max().unwrap();
            let wide = 0.55 * 11.0 * longest as f64;
            for pair in labels.windows(2) {
                assert!(pair[1].0 - pair[0].0 > wide, "{count} checks of {period}: {pair:?}");
            }
        }
    }
}

#[test]
fn every_state_can_be_drawn_as_a_picture_of_modest_size() {
    let states = ["trend-four-sides", "trend-provisional", "trend-40", "trend-all-suppressed", "trend-empty"];
    for (name, trend) in samples::trends().into_iter().filter(|(name, _)| states.contains(name)) {
        let bytes = trend.png(Theme::Light).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() < 100_000, "{name}: {} bytes", bytes.len());
    }
}

#[test]
fn small_multiples_name_the_panel_at_fault_and_take_none_at_all() {
    let mut multiples = samples::partnership();
    multiples.panels[2].points[0].sides.clear();
    let text = multiples.svg(false).unwrap_err().to_string();
    assert!(text.starts_with("Resource commitment: Check 2024-Q4 has 0 sides"), "{text}");
    multiples.panels = vec![samples::communication(); MOST_PANELS + 1];
    assert!(multiples.svg(false).unwrap_err().to_string().contains("at most 24"));
    multiples.panels.clear();
    assert!(multiples.svg(true).unwrap().contains("No indicator to draw."));
}

#[test]
fn a_text_without_end_does_not_break_the_drawing() {
    let mut trend = samples::communication();
    trend.title = "ever longer ".repeat(2000);
    trend.sides[0] = "A".repeat(5000);
    trend.points[7].period = "2026-Q3 ".repeat(300);
    trend.onsets[0].label = "drift ".repeat(300);
    trend.points[3].event = Some("event ".repeat(300));
    assert!(trend.svg(true).unwrap().contains('…'));
}

/// Both ends of every path of a side that is paler than its line: its whiskers, as (x, upper y, lower y).
fn whiskers(svg: &str, side: char) -> Vec<(f64, f64, f64)> {
    let class = format!("class=\"c-side-{side}-s\"");
    let paths = svg.lines().filter(|line| line.contains(&class) && line.contains("stroke-opacity"));
    let numbers = |text: &str| -> Vec<f64> {
        text.split([' ', 'L']).map(|number| number.parse().expect("a coordinate is a number")).collect()
    };
    paths
        .flat_map(|line| between(line, " d=\"M", "\"").split('M').map(numbers).collect::<Vec<_>>())
        .map(|ends| {
            assert!((ends[0] - ends[2]).abs() < 1e-9, "a whisker is upright");
            (ends[0], ends[1].min(ends[3]), ends[1].max(ends[3]))
        })
        .collect()
}

#[test]
fn whiskers_of_two_sides_stand_side_by_side_at_each_check() {
    for count in [1, 3, 8, 20, 40] {
        let mut trend = samples::long(count);
        trend.points.iter_mut().for_each(|point| point.state = PointState::Shown);
        for figure in trend.points.iter_mut().flat_map(|point| &mut point.sides).flatten() {
            figure.interval = Some((figure.mean - 0.5, figure.mean + 0.4));
        }
        let svg = trend.svg(false).unwrap();
        let (a, b) = (whiskers(&svg, 'a'), whiskers(&svg, 'b'));
        assert_eq!((a.len(), b.len()), (count, count));
        for (a, b) in a.iter().zip(&b) {
            assert!(b.0 - a.0 >= 1.5, "{count} checks: {a:?} covers {b:?}");
        }
        for pair in a.windows(2) {
            assert!(pair[1].0 - pair[0].0 > b[0].0 - a[0].0, "neighbouring checks keep apart");
        }
    }
}

#[test]
fn a_whisker_is_drawn_only_where_the_figure_carries_an_interval() {
    let mut trend = samples::communication();
    assert_eq!(whiskers(&trend.svg(false).unwrap(), 'b').len(), 8);
    trend.points[3].sides[1].as_mut().unwrap().interval = None;
    trend.points[4].state = PointState::TooFew;
    assert_eq!(whiskers(&trend.svg(false).unwrap(), 'b').len(), 6);
    assert!(!samples::watched().svg(false).unwrap().contains("stroke-opacity"));
    assert!(!samples::watched().svg(true).unwrap().contains("90 % interval"));
}

#[test]
fn the_axis_reaches_down_to_the_end_of_every_whisker() {
    let mut trend = samples::communication();
    trend.points[6].sides[1].as_mut().unwrap().interval = Some((1.2, 3.4));
    let svg = trend.svg(false).unwrap();
    assert!(svg.contains("x=\"16\" y=\"200\">1</text>"));
    assert!(whiskers(&svg, 'b').iter().all(|(_, _, low)| *low <= 196.0));
}

/// Left end, right end and baseline of the text that holds these words, by the wide guess of 0.6 em.
fn text_box(svg: &str, words: &str) -> (f64, f64, f64) {
    let line = svg.lines().find(|line| line.starts_with("<text") && line.contains(words)).expect(words);
    let number = |name: &str| between(line, name, "\"").parse::<f64>().expect("a coordinate is a number");
    let (x, y, wide) = (number(" x=\""), number(" y=\""), 0.6 * 11.0 * words.chars().count() as f64);
    if line.contains("text-anchor=\"middle\"") {
        (x - wide / 2.0, x + wide / 2.0, y)
    } else if line.contains("text-anchor=\"end\"") {
        (x - wide, x, y)
    } else {
        (x, x + wide, y)
    }
}

#[test]
fn two_onsets_are_both_drawn_and_their_labels_never_cover_each_other() {
    for first in 0..8 {
        for second in 0..8 {
            let mut trend = samples::resources();
            trend.onsets = vec![
                samples::onset(first, Channel::Level, "lower"),
                samples::onset(second, Channel::Gap, "gap wider"),
            ];
            let svg = trend.svg(false).unwrap();
            let dotted = svg.lines().filter(|line| line.contains("stroke-dasharray=\"1.5 3\"")).count();
            assert_eq!(dotted, if first == second { 1 } else { 2 }, "{first} and {second}");
            let (one, other) = (text_box(&svg, ">lower since"), text_box(&svg, ">gap wider since"));
            let apart = (one.2 - other.2).abs() >= 11.0 || one.1 <= other.0 || other.1 <= one.0;
            assert!(apart, "{first} and {second}: {one:?} {other:?}");
            assert!(one.0 >= 0.0 && other.0 >= 0.0);
        }
    }
}

#[test]
fn the_line_of_an_onset_never_runs_through_the_label_of_the_other() {
    for count in [3, 8, 16, 20, 40] {
        for first in 0..count {
            for second in (0..count).filter(|second| *second != first) {
                let mut trend = samples::long(count);
                trend.onsets = vec![
                    samples::onset(first, Channel::Level, "lower"),
                    samples::onset(second, Channel::Gap, "gap reversed"),
                ];
                let svg = trend.svg(false).unwrap();
                let lines: Vec<(f64, f64)> = svg
                    .lines()
                    .filter(|line| line.contains("stroke-dasharray=\"1.5 3\""))
                    .map(|line| {
                        let (x, y) = between(line, " d=\"M", "L").split_once(' ').unwrap();
                        (x.parse().unwrap(), y.parse().unwrap())
                    })
                    .collect();
                for words in [">lower since", ">gap reversed since"] {
                    let (left, right, base) = text_box(&svg, words);
                    for (x, top) in &lines {
                        // The box is drawn for wide letters; these are narrower.
                        let spare = 0.1 * (right - left);
                        let through = left + spare < *x && *x < right - spare && *top < base;
                        assert!(!through, "{count} checks, {first} and {second}: {words} at {x}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_break_stops_the_lines_and_an_event_does_not() {
    let paths = |trend: &Trend| {
        let svg = trend.svg(false).unwrap();
        let line =
            svg.lines().find(|line| line.contains("c-side-a-s") && line.contains("stroke-width=\"2\""));
        line.expect("side A has a line").matches('M').count()
    };
    let mut trend = samples::watched();
    assert_eq!(paths(&trend), 1);
    trend.points[4].event = Some("other people".to_owned());
    assert_eq!(paths(&trend), 1);
    assert!(trend.svg(false).unwrap().contains(">other people</text>"));
    trend.points[4].break_before = Some("new start".to_owned());
    assert_eq!(paths(&trend), 2);
    assert!(trend.svg(false).unwrap().contains(">new start</text>"));
}

#[test]
fn a_portfolio_refuses_rows_that_do_not_fit_its_columns() {
    let mut portfolio = samples::portfolio();
    portfolio.rows[1].tiles.pop();
    let text = portfolio.svg(false).unwrap_err().to_string();
    assert_eq!(text, "The row of Tarn & Hollis has 5 tiles for 6 columns.");
    let mut portfolio = samples::portfolio();
    portfolio.rows = vec![portfolio.rows[0].clone(); MOST_ROWS + 1];
    assert!(portfolio.png(Theme::Light).unwrap_err().to_string().contains("at most 40"));
    portfolio.rows.truncate(12);
    let bytes = portfolio.png(Theme::Light).unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() < 200_000, "{} bytes", bytes.len());
}

#[test]
fn a_rating_has_the_same_figure_and_another_shape_in_every_colour() {
    let portfolio = |rating| {
        let mut one = samples::portfolio();
        one.rows.truncate(1);
        one.rows[0].tiles.iter_mut().for_each(|tile| tile.rating = rating);
        one.svg(false).unwrap()
    };
    let all = [TileRating::Green, TileRating::Amber, TileRating::Red, TileRating::NotRated].map(portfolio);
    let bare = |svg: &String| {
        // Without colours and classes, shapes and figures are left.
        let words = svg.split(['<', '>']).map(|tag| {
            let kept = tag.split(' ').filter(|part| !part.contains("class=") && !part.contains('#'));
            kept.collect::<Vec<_>>().join(" ")
        });
        words.collect::<Vec<_>>().join("<")
    };
    for (place, one) in all.iter().enumerate() {
        assert!(one.contains(">3.4</text>"), "{one}");
        for other in &all[place + 1..] {
            assert_ne!(bare(one), bare(other));
        }
    }
}

#[test]
fn every_class_of_a_drawing_stands_in_the_sheet_of_the_page() {
    let sheet = evenkeel_charts::css();
    for (name, trend) in samples::trends() {
        let svg = trend.svg(true).unwrap();
        for class in svg.split("class=\"").skip(1).flat_map(|rest| rest.split('"').next().unwrap().split(' '))
        {
            let roots = ["c-chart", "c-trend"].contains(&class);
            assert!(roots || sheet.contains(&format!(".{class}{{")), "{name}: nothing is said of {class}");
        }
    }
}
