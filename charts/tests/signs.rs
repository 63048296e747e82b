//! What the signs and names in the drawings say, and that no others are promised.

use evenkeel_charts::{Occur, PointState, Theme, Trend};

#[expect(dead_code, reason = "the samples are shared with the golden files and the gallery")]
mod samples;

fn between<'a>(line: &'a str, before: &str, after: &str) -> &'a str {
    let rest = line.split_once(before).expect("the first mark is there").1;
    rest.split_once(after).expect("the second mark is there").0
}

#[test]
fn a_watch_is_a_ring_round_every_figure_that_is_drawn() {
    let rings = |trend: &Trend| {
        let svg = trend.svg(false).unwrap();
        let ring = |line: &&str| line.starts_with("<circle") && line.contains("c-ink-s");
        let mut heights: Vec<String> =
            svg.lines().filter(ring).map(|line| between(line, " cy=\"", "\"").to_owned()).collect();
        heights.sort();
        heights
    };
    let mut trend = samples::watched();
    assert_eq!(rings(&trend).len(), 2);
    trend.points[7].state = PointState::TooFew;
    assert_eq!(rings(&trend).len(), 1, "round the total");
    trend.points[7].total = None;
    assert!(rings(&trend).is_empty());
}

#[test]
fn long_names_of_periods_are_shortened_and_as_many_stand_there_as_of_quarters() {
    let labels = |name: &str| {
        let mut trend = samples::long(12);
        for (place, point) in trend.points.iter_mut().enumerate() {
            point.period = format!("{name}{}", 2015 + place);
        }
        let svg = trend.svg(false).unwrap();
        svg.lines().filter(|line| line.ends_with("</text>") && line.contains(">Joi")).count()
            + svg.lines().filter(|line| line.contains(">Q1-20")).count()
    };
    assert!(labels("Q1-") > 3);
    assert_eq!(labels("Joint review of spring "), labels("Q1-"));
}

#[test]
fn a_picture_names_the_signs_that_are_in_it_and_no_others() {
    let none = Occur::default();
    assert_eq!(Occur::of(&[]), none);
    let seen = Occur::of(&[samples::suppressed()]);
    assert_eq!(seen, Occur { gap: true, hidden: true, total: true, ..none });
    assert!(Occur::of(&[samples::suppressed(), samples::watched()]).watch);
    assert!(Occur::of(&[samples::communication()]).onset);
}

#[test]
fn a_side_of_whose_name_the_font_has_no_letter_is_named_by_its_place_in_a_bitmap() {
    let named = |names: [&str; 2]| {
        let mut trend = samples::communication();
        trend.sides = names.map(str::to_owned).to_vec();
        trend.png(Theme::Light).unwrap()
    };
    assert_eq!(named(["Москва 東京", "Αθήνα"]), named(["side A", "side B"]));
    assert_ne!(named(["Ada 東京", "B"]), named(["Ada ", "B"]), "a letter is a box");
}
