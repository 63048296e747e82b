//! Draws a scene as PNG: plotters' bitmap backend at four times the size, averaged down to two pixels per CSS
//! pixel, with the physical resolution noted, so that the picture is sharp in slides and letters.
//!
//! Law: same scene and theme, same bytes. Called by the charts.

use plotters::backend::BitMapBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::style::RGBAColor;

use crate::ChartError;
use crate::paint::{Target, paint};
use crate::scene::{Dash, Pt, Scene};
use crate::theme::{Ink, Theme};

/// Drawn sub-pixels per CSS pixel.
const DRAWN: u32 = 4;
/// Pixels of the picture per CSS pixel.
const SHOWN: u32 = 2;
/// Above this many sub-pixels the picture is given at single size with the same smoothing.
const LARGEST: u32 = 64_000_000;
/// 96 dots per inch in dots per metre: the resolution at which one pixel is one CSS pixel.
const DOTS_PER_METRE: u32 = 3780;

struct Bitmap {
    theme: Theme,
}

impl Target for Bitmap {
    fn unit(&self) -> f64 {
        f64::from(DRAWN)
    }

    fn colour(&self, ink: Ink, dash: Dash, _: bool) -> RGBAColor {
        let (r, g, b, cover) = ink.rgba(self.theme);
        RGBAColor(r, g, b, cover * dash.cover())
    }

    fn pixels(&self) -> bool {
        true
    }
}

/// The encoded picture. The scene is drawn on the sheet's colour.
pub(crate) fn encode(scene: &Scene, theme: Theme) -> Result<Vec<u8>, ChartError> {
    let (width, height) = (whole(scene.width), whole(scene.height));
    let drawn = (width * DRAWN, height * DRAWN);
    if u64::from(drawn.0) * u64::from(drawn.1) > u64::from(LARGEST) * 3 {
        return Err(ChartError::Drawing(format!("a picture of {width} by {height} pixels is too large")));
    }
    let mut backed = Scene::new(scene.width, scene.height);
    backed.rect((0.0, 0.0), (f64::from(width), f64::from(height)), Ink::Sheet);
    backed.place(scene.clone(), (0.0, 0.0) as Pt);
    let mut pixels = vec![0_u8; size(drawn.0) * size(drawn.1) * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, drawn).into_drawing_area();
        paint(&backed, &area, &Bitmap { theme })?;
    }
    let shown = if drawn.0 * drawn.1 > LARGEST { 1 } else { SHOWN };
    let factor = DRAWN / shown;
    let picture = shrink(&pixels, drawn, factor);
    pack(&picture, (width * shown, height * shown), shown).map_err(|e| ChartError::Drawing(e.to_string()))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "drawing sizes are small and positive"
)]
fn whole(px: f64) -> u32 {
    px.ceil() as u32
}

fn size(value: u32) -> usize {
    usize::try_from(value).expect("a picture's side fits the address space")
}

/// Averages squares of `factor` by `factor` pixels.
fn shrink(pixels: &[u8], (width, height): (u32, u32), factor: u32) -> Vec<u8> {
    let (row, step) = (size(width) * 3, size(factor));
    let (across, down) = (size(width / factor), size(height / factor));
    let share = u16::try_from(factor * factor).expect("a square of a few pixels");
    let mut out = Vec::with_capacity(across * down * 3);
    let mut sums = vec![0_u16; across * 3];
    for strip in pixels.chunks_exact(row * step).take(down) {
        sums.fill(0);
        for line in strip.chunks_exact(row) {
            for (square, sum) in line.chunks_exact(step * 3).zip(sums.chunks_exact_mut(3)) {
                for pixel in square.chunks_exact(3) {
                    sum[0] += u16::from(pixel[0]);
                    sum[1] += u16::from(pixel[1]);
                    sum[2] += u16::from(pixel[2]);
                }
            }
        }
        let mean = |sum: &u16| u8::try_from((sum + share / 2) / share).expect("a mean of bytes is a byte");
        out.extend(sums.iter().map(mean));
    }
    out
}

fn pack(picture: &[u8], (width, height): (u32, u32), shown: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat areas: rows pack smaller unfiltered.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: DOTS_PER_METRE * shown,
        yppu: DOTS_PER_METRE * shown,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_averages_squares() {
        let pixels = [0, 0, 0, 200, 100, 4, 0, 0, 0, 200, 100, 4];
        assert_eq!(shrink(&pixels, (2, 2), 2), vec![100, 50, 2]);
    }

    #[test]
    fn a_picture_has_two_pixels_per_unit_and_the_sheet_behind() {
        let bytes = encode(&Scene::new(30.0, 20.0), Theme::Dark).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (60, 40));
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(&pixels[..3], &[0x11, 0x1B, 0x24]);
    }
}
