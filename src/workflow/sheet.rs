//! Reading a CSV file as people save it from spreadsheets: rows by the names of their columns, every error with its line.
//!
//! Law: nothing is guessed that could go wrong in silence. Unknown, missing and repeated columns, rows of another width,
//! an unclosed quotation mark and another encoding than UTF-8 are refused with the line. Called by the imports.

mod lines;

pub(super) use lines::Lines;

use super::set_up::Fields;
use super::{FieldError, Refusal};

/// The most rows of a file that comes by the interface or a page.
pub const MOST_ROWS: usize = 10_000;
/// The most errors that are told at once.
pub const MOST_ERRORS: usize = 100;

/// A column that a file may have.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the header, in lower case.
    pub name: &'static str,
    /// Whether a file without it is refused.
    pub required: bool,
}

/// A row of a file.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line in which it begins, counted from 1.
    pub line: u64,
    /// The trimmed cells in the order of the columns asked for; empty where the file lacks the column.
    cells: Vec<String>,
}

impl Row {
    /// The cell of a column, by its place among those asked for.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

fn refusal(field: &str, sentence: impl std::fmt::Display) -> Refusal {
    Refusal::field(field, sentence)
}

/// Cuts what was collected to [`MOST_ERRORS`].
pub(super) fn finish(fields: Fields) -> Result<(), Refusal> {
    match fields.finish() {
        Err(Refusal::Fields(mut found)) => {
            found.truncate(MOST_ERRORS);
            Err(Refusal::Fields(found))
        }
        other => other,
    }
}

/// The path of a place in a file.
pub(super) fn at_line(line: u64) -> String {
    format!("line {line}")
}

/// Reads a file with a header in any order; cells are separated by commas or semicolons.
///
/// # Errors
/// Fields `file` or `line N`, up to [`MOST_ERRORS`].
pub fn read(bytes: &[u8], columns: &[Column], most: usize) -> Result<Vec<Row>, Refusal> {
    let text = decode(bytes)?;
    if let Some(line) = unclosed_quote(text, delimiter(text)) {
        return Err(refusal(&at_line(line), "A quotation mark is opened here and never closed."));
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(Ok(header)) = records.next() else {
        let sentence = format!("The file is empty; its first line names the columns: {}.", list(columns));
        return Err(refusal("file", sentence));
    };
    let places = places(&header, columns)?;
    let (mut rows, mut fields) = (Vec::new(), Fields::default());
    for record in records {
        let record = record.map_err(|error| refusal("file", error))?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if rows.len() == most {
            return Err(refusal("file", format!("The file has more than {most} rows; split it.")));
        }
        let line = line_of(text, &record);
        if record.len() != header.len() {
            let sentence = format!("This row has {} cells, the header {}.", record.len(), header.len());
            fields.refuse(&at_line(line), sentence);
        }
        let cell = |place: &Option<usize>| place.and_then(|at| record.get(at)).unwrap_or_default().to_owned();
        rows.push(Row { line, cells: places.iter().map(cell).collect() });
    }
    finish(fields)?;
    if rows.is_empty() {
        return Err(refusal("file", "The file has a header but no row."));
    }
    Ok(rows)
}

/// The text of a file, without its byte-order mark.
fn decode(bytes: &[u8]) -> Result<&str, Refusal> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(refusal("file", "The file is UTF-16; save it as \"CSV UTF-8\"."));
    }
    let line = |before: &[u8]| at_line(before.split(|b| *b == b'\n').count() as u64);
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        let sentence = "There is a NUL character here; save the file as \"CSV UTF-8\".";
        return Err(refusal(&line(&bytes[..at]), sentence));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let sentence = "These characters are not UTF-8; save the file as \"CSV UTF-8\".";
        refusal(&line(&bytes[..error.valid_up_to()]), sentence)
    })
}

/// The separator of the first line.
fn delimiter(text: &str) -> u8 {
    separator(text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default())
}

/// The separator of a header.
fn separator(first: &str) -> u8 {
    let count = |mark| first.matches(mark).count();
    if count(';') > count(',') { b';' } else { b',' }
}

/// The line of a quotation mark that opens a cell and has no partner.
fn unclosed_quote(text: &str, delimiter: u8) -> Option<u64> {
    let (mut line, mut opened, mut at_start) = (1_u64, None, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match (opened, byte) {
            (Some(_), b'"') if bytes.peek() == Some(&b'"') => drop(bytes.next()),
            (Some(_), b'"') => opened = None,
            (None, b'"') if at_start => opened = Some(line),
            _ => {}
        }
        at_start = opened.is_none() && (byte == delimiter || matches!(byte, b'\n' | b'\r'));
        line += u64::from(byte == b'\n');
    }
    opened
}

/// The line in which a record begins: the reader's position is before the blank lines that it skips.
fn line_of(text: &str, record: &csv::StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or_default();
    let blank = text.as_bytes().get(start..).unwrap_or_default().iter();
    let skipped = blank.take_while(|b| matches!(b, b'\n' | b'\r')).filter(|b| **b == b'\n').count();
    position.line() + skipped as u64
}

fn list(columns: &[Column]) -> String {
    columns.iter().map(|own| own.name).collect::<Vec<_>>().join(", ")
}

/// Where each of the columns stands in the header.
pub(super) fn places<'a>(
    header: impl IntoIterator<Item = &'a str>,
    columns: &[Column],
) -> Result<Vec<Option<usize>>, Refusal> {
    let names: Vec<String> = header.into_iter().map(str::to_lowercase).collect();
    if let [only] = names.as_slice()
        && only.contains('\t')
    {
        return Err(refusal(
            &at_line(1),
            "The columns are separated by tabs; save the file as CSV, with commas.",
        ));
    }
    let mut errors = Vec::new();
    let mut refuse = |sentence: String| errors.push(FieldError { field: at_line(1), sentence });
    for (place, name) in names.iter().enumerate() {
        if !columns.iter().any(|own| own.name == name) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            refuse(format!("There is no column \"{shown}\"; the columns are {}.", list(columns)));
        } else if names[..place].contains(name) {
            refuse(format!("The column {name} is there twice."));
        }
    }
    for own in columns.iter().filter(|own| own.required && !names.iter().any(|name| name == own.name)) {
        refuse(format!("The column {} is missing.", own.name));
    }
    errors.truncate(MOST_ERRORS);
    if !errors.is_empty() {
        return Err(Refusal::Fields(errors));
    }
    Ok(columns.iter().map(|own| names.iter().position(|name| name == own.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 2] =
        [Column { name: "email", required: true }, Column { name: "name", required: false }];

    fn at(text: &[u8]) -> (String, String) {
        match read(text, &COLUMNS, 3) {
            Err(Refusal::Fields(mut found)) => {
                let first = found.remove(0);
                (first.field, first.sentence)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_read_whatever_program_saved_it() {
        for text in [
            "email,name\na@b,Ada\n",
            "\u{FEFF}email;name\r\na@b;Ada\r\n",
            "Name , EMAIL\n\"Ada\", a@b\n\n\n,\n",
            "\"email\",\"name\"\n\"a@b\",\"Ada\"",
        ] {
            let rows = read(text.as_bytes(), &COLUMNS, 3).unwrap();
            assert_eq!((rows.len(), rows[0].cell(0), rows[0].cell(1)), (1, "a@b", "Ada"), "{text}");
        }
    }

    #[test]
    fn every_error_has_its_line() {
        let cases: [(&[u8], &str); 12] = [
            (b"email\tname\na@b\tAda\n", "line 1"),
            (b"", "file"),
            (b"email,name\n", "file"),
            (b"email,name\na@b,\"Ada\nb@c,Ben\n", "line 2"),
            (b"email,name\n\n\na@b,Ada,x\n", "line 4"),
            (b"email,name\n\"a\nb\",c\nx\n", "line 4"),
            (b"email,colour\na@b,red\n", "line 1"),
            (b"name\nAda\n", "line 1"),
            (b"email,email\na@b,c@d\n", "line 1"),
            (b"email,name\na@b,A\0da\n", "line 2"),
            (b"email,name\na@b,Ad\xE4\n", "line 2"),
            (b"\xFF\xFEe\0m\0", "file"),
        ];
        for (text, place) in cases {
            assert_eq!(at(text).0, place, "{}", String::from_utf8_lossy(text));
        }
        assert!(at(b"email\tname\na@b\tAda\n").1.contains("separated by tabs"));
        assert_eq!(at(b"email\na\nb\nc\nd\n").0, "file");
        assert_eq!(at(b"email,name\na@b,\"say \"\"hi\"\"\"\nx\n").0, "line 3");
    }
}
