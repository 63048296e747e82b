//! How many answers a second come in: past reviews through the whole workflow into SQLite, scores, drift and flags included.
//!
//! `cargo bench --bench import`

use std::io::Cursor;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput};
use evenkeel::domain::mode::Mode;
use evenkeel::settings::Settings;
use evenkeel::workflow::import_history::{self as reading, Defaults, import_file};
use tokio::runtime::Runtime;

#[path = "documents/document.rs"]
mod document;

use document::{Form, Size};

const SIZE: Size = Size { partnerships: 50, cycles: 20, people: 20 };
const INDICATORS: usize = 5;

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("import");
    let answers = SIZE.partnerships * SIZE.cycles * SIZE.people * INDICATORS;
    group.throughput(Throughput::Elements(answers as u64));
    group.sampling_mode(SamplingMode::Flat).sample_size(10).measurement_time(Duration::from_secs(20));
    let kinds = [("JSON", Form::Json, reading::Form::Json), ("CSV", Form::Csv, reading::Form::Csv)];
    for (name, form, read_as) in kinds {
        let mut text = Vec::new();
        document::write(&mut text, SIZE, form).expect("memory takes it");
        group.bench_function(name, |bench| {
            bench.iter_custom(|times| {
                (0..times)
                    .map(|_| runtime.block_on(import((text.clone(), read_as), answers)))
                    .sum::<Duration>()
            });
        });
    }
    group.finish();
    criterion.final_summary();
}

/// Imports into a new database; only the import is timed.
async fn import((text, form): (Vec<u8>, reading::Form), answers: usize) -> Duration {
    let folder = Folder::new();
    let settings = Settings { data_dir: folder.0.clone(), ..Settings::defaults() };
    let ctx = evenkeel::app::open(settings).await.expect("a new database");
    let now = chrono::DateTime::from_timestamp(1_796_112_000, 0).expect("an instant");
    let defaults = Defaults { mode: Mode::Confidential };
    let begun = Instant::now();
    let report = import_file(&ctx, "bench", (Cursor::new(text), form), defaults, now, |_| {}).await;
    let took = begun.elapsed();
    let report = report.expect("the database works");
    assert!(report.errors.is_empty() && report.broken.is_none(), "{report:?}");
    assert_eq!(report.done.iter().map(|own| own.answers).sum::<usize>(), answers);
    took
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("evenkeel-import-{}", evenkeel::secrets::random_token());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it lies among the system's temporary files.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
