//! A CSV file of any length, record by record: nothing is held but the record at hand.
//!
//! The same laws as [`super::read`]. A record without quotation marks is cut at its separators; one with them, which may
//! run over several lines, goes through the csv crate.

use std::io::{BufRead, Read as _};

use super::{at_line, separator};
use crate::workflow::FieldError;

/// The longest record in bytes.
const MOST_BYTES: usize = 1 << 20;

/// The records of a file.
pub(in crate::workflow) struct Lines<R> {
    from: R,
    separator: Option<u8>,
    /// Lines read so far.
    line: u64,
    record: Vec<u8>,
}

/// One record: the line in which it begins, and its trimmed cells.
pub(in crate::workflow) struct Record<'a> {
    pub(in crate::workflow) line: u64,
    pub(in crate::workflow) cells: Vec<std::borrow::Cow<'a, str>>,
}

impl<R: BufRead> Lines<R> {
    /// The records of this file, the header first.
    pub(in crate::workflow) fn new(from: R) -> Self {
        Self { from, separator: None, line: 0, record: Vec::new() }
    }

    /// The next record that is not blank; `None` at the end of the file.
    ///
    /// # Errors
    /// What is wrong with it, at `line N`; what follows cannot be trusted then.
    pub(in crate::workflow) fn next(&mut self) -> Result<Option<Record<'_>>, FieldError> {
        loop {
            self.record.clear();
            let start = self.line + 1;
            if !self.line()? {
                return Ok(None);
            }
            let separator =
                *self.separator.get_or_insert_with(|| separator(&String::from_utf8_lossy(&self.record)));
            while is_open(&self.record, separator) {
                if !self.line()? {
                    return Err(wrong(start, "A quotation mark is opened here and never closed."));
                }
            }
            if self.record.iter().all(|byte| *byte == separator || byte.is_ascii_whitespace()) {
                // The header is the first line that says anything.
                self.separator = self.separator.filter(|_| !self.record.iter().all(u8::is_ascii_whitespace));
                continue;
            }
            return cells(&self.record, separator, start).map(|cells| Some(Record { line: start, cells }));
        }
    }

    /// Adds a line of the file to the record; `false` at its end.
    fn line(&mut self) -> Result<bool, FieldError> {
        let (number, before) = (self.line + 1, self.record.len());
        let room = MOST_BYTES.saturating_sub(before) as u64 + 1;
        let read = (&mut self.from).take(room).read_until(b'\n', &mut self.record);
        let read = read.map_err(|error| wrong(number, format!("The file cannot be read: {error}.")))?;
        if self.record.len() > MOST_BYTES {
            return Err(wrong(number, "This row is longer than a megabyte; is it a CSV file?"));
        }
        if number == 1 {
            if self.record.starts_with(&[0xFF, 0xFE]) || self.record.starts_with(&[0xFE, 0xFF]) {
                let sentence = "The file is UTF-16; save it as \"CSV UTF-8\".".to_owned();
                return Err(FieldError { field: "file".to_owned(), sentence });
            }
            if self.record.starts_with(b"\xEF\xBB\xBF") {
                self.record.drain(..3);
            }
        }
        if self.record[before.min(self.record.len())..].contains(&0) {
            return Err(wrong(number, "There is a NUL character here; save the file as \"CSV UTF-8\"."));
        }
        self.line = number;
        Ok(read > 0)
    }
}

fn wrong(line: u64, sentence: impl Into<String>) -> FieldError {
    FieldError { field: at_line(line), sentence: sentence.into() }
}

/// Whether a quotation mark that opens a cell has no partner yet.
fn is_open(record: &[u8], separator: u8) -> bool {
    if !record.contains(&b'"') {
        return false;
    }
    let (mut open, mut at_start) = (false, true);
    let mut bytes = record.iter().peekable();
    while let Some(byte) = bytes.next() {
        match (open, byte) {
            (true, b'"') if bytes.peek() == Some(&&b'"') => drop(bytes.next()),
            (true, b'"') => open = false,
            (false, b'"') if at_start => open = true,
            _ => {}
        }
        at_start = !open && *byte == separator;
    }
    open
}

fn cells(record: &[u8], separator: u8, line: u64) -> Result<Vec<std::borrow::Cow<'_, str>>, FieldError> {
    let text = std::str::from_utf8(record).map_err(|_| {
        wrong(line, "There are characters here that are not UTF-8; save the file as \"CSV UTF-8\".")
    })?;
    if !text.contains('"') {
        return Ok(text.split(char::from(separator)).map(|cell| cell.trim().into()).collect());
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator)
        .from_reader(record);
    match reader.records().next() {
        Some(Ok(cells)) => Ok(cells.iter().map(|cell| cell.to_owned().into()).collect()),
        Some(Err(error)) => Err(wrong(line, format!("This row cannot be read: {error}."))),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Result<Vec<(u64, Vec<String>)>, FieldError> {
        let mut lines = Lines::new(text);
        let mut found = Vec::new();
        while let Some(record) = lines.next()? {
            found.push((record.line, record.cells.iter().map(|cell| cell.clone().into_owned()).collect()));
        }
        Ok(found)
    }

    #[test]
    fn records_come_with_the_line_in_which_they_begin() {
        let text = "\u{FEFF}\r\na;b\r\n\r\n 1 ;\"two\nlines; \"\"quoted\"\"\"\r\n;\r\n3;4";
        let found = all(text.as_bytes()).unwrap();
        let row = |line, cells: [&str; 2]| (line, cells.map(str::to_owned).to_vec());
        assert_eq!(found, [row(2, ["a", "b"]), row(4, ["1", "two\nlines; \"quoted\""]), row(7, ["3", "4"])]);
    }

    #[test]
    fn every_error_has_its_line() {
        let endless = vec![b'x'; MOST_BYTES + 9];
        let cases: [(&[u8], &str); 5] = [
            (b"a,b\n1,\"x\n2,y\n", "line 2"),
            (b"a,b\n1,x\n2,\xE4\n", "line 3"),
            (b"a,b\n\n1,\0\n", "line 3"),
            (b"\xFF\xFEa\0", "file"),
            (&endless, "line 1"),
        ];
        for (text, place) in cases {
            assert_eq!(all(text).unwrap_err().field, place);
        }
    }
}
