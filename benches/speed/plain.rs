//! Charts without a server: ours called directly, and plotters alone with a plain line chart of the same size and points.
//!
//! One thread, one after the other, as fast as it goes.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use evenkeel_charts::{PointState, SidePoint, Theme, Trend, TrendPoint};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use serde_json::Value;

use crate::house::items;

/// Charts a second.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Ours as a file of SVG.
    pub svg: f64,
    /// Ours as PNG.
    pub png: f64,
    /// plotters alone as SVG.
    pub plain_svg: f64,
    /// plotters alone as PNG.
    pub plain_png: f64,
}

/// The overall score over the scorecards of a partnership, as the interface lists them.
pub fn trend(page: &Value) -> Result<Trend> {
    let sides = ["A", "B"];
    let point = |card: &Value| -> Result<TrendPoint> {
        let overall = &card["overall"];
        let side = |name: &&str| {
            let own = &overall["sides"][name];
            let interval = own["interval"][0].as_f64().zip(own["interval"][1].as_f64());
            let n = u32::try_from(own["n"].as_u64()?).ok()?;
            Some(SidePoint { mean: own["mean"].as_f64()?, n, interval })
        };
        Ok(TrendPoint {
            period: card["period"].as_str().context("a scorecard has a period")?.to_owned(),
            state: PointState::Shown,
            total: overall["score"].as_f64(),
            sides: sides.iter().map(side).collect(),
            break_before: None,
            watch: false,
            event: None,
        })
    };
    Ok(Trend {
        title: "Overall".to_owned(),
        description: "The overall score of the last twelve checks.".to_owned(),
        sides: sides.map(str::to_owned).to_vec(),
        points: items(page)?.iter().map(point).collect::<Result<_>>()?,
        green_from: 4.0,
        amber_from: 3.0,
        onsets: Vec::new(),
    })
}

/// All four, each for so long.
pub fn rates(trend: &Trend, time: Duration) -> Result<Rates> {
    let picture = trend.png(Theme::Light)?;
    let size = size_of(&picture)?;
    // Text of the plain chart: the charts' own letters.
    let letters = include_bytes!("../../charts/assets/evenkeel-sans-400.ttf");
    register_font("sans-serif", FontStyle::Normal, letters)
        .map_err(|_| anyhow!("the letters are no font"))?;
    ensure!(plain_png(trend, size)?.starts_with(b"\x89PNG"), "the plain chart is a picture");
    Ok(Rates {
        svg: rate(time, || Ok(trend.svg(true)?.len()))?,
        png: rate(time, || Ok(trend.png(Theme::Light)?.len()))?,
        plain_svg: rate(time, || Ok(plain_svg(trend, (size.0 / 2, size.1 / 2))?.len()))?,
        plain_png: rate(time, || Ok(plain_png(trend, size)?.len()))?,
    })
}

fn rate(time: Duration, draw: impl Fn() -> Result<usize>) -> Result<f64> {
    let (begun, mut done) = (Instant::now(), 0_u32);
    while done == 0 || begun.elapsed() < time {
        black_box(draw()?);
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// Width and height in a PNG's head.
fn size_of(picture: &[u8]) -> Result<(u32, u32)> {
    let number = |from: usize| -> Result<u32> {
        let bytes = picture.get(from..from + 4).context("a picture has a head")?;
        Ok(u32::from_be_bytes(bytes.try_into()?))
    };
    Ok((number(16)?, number(20)?))
}

fn plain_svg(trend: &Trend, size: (u32, u32)) -> Result<String> {
    let mut text = String::new();
    plain(&SVGBackend::with_string(&mut text, size).into_drawing_area(), trend, 12)?;
    Ok(text)
}

fn plain_png(trend: &Trend, (width, height): (u32, u32)) -> Result<Vec<u8>> {
    let mut pixels = vec![0; width as usize * height as usize * 3];
    plain(&BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area(), trend, 24)?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// Axes, grid, two lines and a total, a legend and a heading.
fn plain<B: DrawingBackend>(area: &DrawingArea<B, Shift>, trend: &Trend, letters: u32) -> Result<()>
where
    B::ErrorType: 'static,
{
    area.fill(&WHITE)?;
    let last = trend.points.len().saturating_sub(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .caption(&trend.title, ("sans-serif", letters * 3 / 2))
        .x_label_area_size(2 * letters)
        .y_label_area_size(2 * letters)
        .build_cartesian_2d(0.0..last, 1.0..5.0)?;
    let period = |at: &f64| {
        let near = |own: &(usize, &TrendPoint)| (own.0 as f64 - at).abs() < 0.5;
        trend.points.iter().enumerate().find(near).map_or_else(String::new, |own| own.1.period.clone())
    };
    chart
        .configure_mesh()
        .x_labels(trend.points.len())
        .y_labels(5)
        .x_label_formatter(&period)
        .label_style(("sans-serif", letters))
        .draw()?;
    let total = trend.points.iter().map(|own| own.total).collect::<Vec<_>>();
    let mean =
        |side: usize| trend.points.iter().map(|own| own.sides[side].as_ref().map(|own| own.mean)).collect();
    let lines = [("total", total, BLACK), ("A", mean(0), BLUE), ("B", mean(1), RED)];
    for (name, values, colour) in lines {
        let points = values.into_iter().enumerate().filter_map(|(at, value)| Some((at as f64, value?)));
        chart
            .draw_series(LineSeries::new(points, colour))?
            .label(name)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], colour));
    }
    chart.configure_series_labels().border_style(BLACK).label_font(("sans-serif", letters)).draw()?;
    area.present()?;
    Ok(())
}
