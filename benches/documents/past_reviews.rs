//! Writes an invented history document of any size to standard output, to measure the import with:
//!
//! ```sh
//! cargo run --release --example past_reviews -- 1000 20 20 json > past.json
//! ```
//!
//! Numbers: partnerships, cycles of each, respondents of each (on two sides), and the form: `json` or `csv`. The same numbers
//! give the same document.

use std::io::{BufWriter, Write as _};

mod document;

use document::{Form, Size};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, usual: usize| arguments.get(at).and_then(|own| own.parse().ok()).unwrap_or(usual);
    let size = Size { partnerships: number(0, 1_000), cycles: number(1, 20), people: number(2, 20) };
    let form = if arguments.get(3).is_some_and(|form| form == "csv") { Form::Csv } else { Form::Json };
    let mut out = BufWriter::new(std::io::stdout().lock());
    document::write(&mut out, size, form)?;
    out.flush()
}
