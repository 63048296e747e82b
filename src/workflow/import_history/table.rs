//! Past reviews as a long CSV file: one row for each answer, rows in any order.
//!
//! The file is held as small numbers until its end, because any row may belong to any partnership. An error of a row that
//! belongs to a partnership leaves out that partnership; one that may belong to any ends the reading.

use std::collections::HashMap;
use std::io::BufRead;

use super::raw::plain;
use super::reading::{Broken, Defaults, MOST_INDICATORS, Names, Sink, Wrongs, answered};
use crate::domain::answers::Answers;
use crate::domain::history::{PastCycle, PastResponse, PastReviews, Spot, clean_indicator, clean_label};
use crate::domain::mode::Mode;
use crate::domain::partnership::{check_sides, clean_name};
use crate::workflow::sheet::{self, Column, Lines};
use crate::workflow::{FieldError, Refusal};

const fn column(name: &'static str, required: bool) -> Column {
    Column { name, required }
}

const COLUMNS: [Column; 8] = [
    column("partnership", true),
    column("period", true),
    column("side", true),
    column("respondent", true),
    column("indicator", true),
    column("answer", false),
    column("rating", false),
    column("comment", false),
];
const NOTHING: u8 = 0;

/// One answer in small numbers.
#[derive(Clone, Copy)]
struct Cell {
    cycle: u32,
    line: u32,
    respondent: u32,
    side: u32,
    indicator: u16,
    /// 1 to 5; [`NOTHING`] for "don't know".
    answer: u8,
}

/// What was read besides answers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Remarks {
    /// How many comments there were. No mode shows comments, so none is kept.
    pub comments: u64,
}

/// Reads a whole file; then each partnership goes to the sink, in the order of their first rows.
///
/// # Errors
/// What ends the reading: nothing went to the sink then.
pub(super) fn read(from: impl BufRead, defaults: Defaults, sink: Sink<'_>) -> Result<Remarks, Broken> {
    let mut table = Table::default();
    table.fill(from)?;
    if !table.wrongs.is_empty() {
        return Err(Broken::Fields(table.wrongs.into_fields()));
    }
    let remarks = table.remarks;
    table.give(defaults, sink)?;
    Ok(remarks)
}

/// Texts with numbers, each text once.
#[derive(Default)]
struct Texts {
    all: Vec<Box<str>>,
    at: HashMap<Box<str>, u32>,
}

impl Texts {
    /// The number of a text; a new one is checked first.
    fn number<E: std::fmt::Display>(
        &mut self,
        cell: &str,
        check: impl FnOnce(&str) -> Result<(), E>,
    ) -> Result<u32, String> {
        if let Some(at) = self.at.get(cell) {
            return Ok(*at);
        }
        check(cell).map_err(|error| error.to_string())?;
        let at = u32::try_from(self.all.len()).map_err(|_| "The file has too many names.".to_owned())?;
        self.all.push(cell.into());
        self.at.insert(cell.into(), at);
        Ok(at)
    }

    fn text(&self, at: u32) -> &str {
        &self.all[at as usize]
    }
}

/// A cycle of the file.
struct Cycle {
    partnership: u32,
    period: u32,
    line: u32,
}

#[derive(Default)]
struct Table {
    partnerships: Texts,
    periods: Texts,
    sides: Texts,
    respondents: Texts,
    indicators: Texts,
    cycles: Vec<Cycle>,
    cycle_at: HashMap<(u32, u32), u32>,
    cells: Vec<Cell>,
    /// What is wrong with rows of which the partnership is known, by partnership.
    of: HashMap<u32, Wrongs>,
    wrongs: Wrongs,
    remarks: Remarks,
}

impl Table {
    fn fill(&mut self, from: impl BufRead) -> Result<(), Broken> {
        let ends = |error: FieldError| Broken::Fields(vec![error]);
        let mut lines = Lines::new(from);
        let Some(header) = lines.next().map_err(ends)? else {
            let names: Vec<&str> = COLUMNS.iter().map(|own| own.name).collect();
            let sentence =
                format!("The file is empty; its first line names the columns: {}.", names.join(", "));
            return Err(ends(FieldError { field: "file".to_owned(), sentence }));
        };
        let width = header.cells.len();
        let places = sheet::places(header.cells.iter().map(AsRef::as_ref), &COLUMNS);
        let mut places = places.map_err(|refusal| match refusal {
            Refusal::Fields(fields) => Broken::Fields(fields),
            other => Broken::Malformed(other.to_string()),
        })?;
        if places[5].is_some() == places[6].is_some() {
            let sentence = "The answers stand in one column, called answer or rating.".to_owned();
            return Err(ends(FieldError { field: sheet::at_line(header.line), sentence }));
        }
        places[5] = places[5].or(places[6]);
        while let Some(row) = lines.next().map_err(ends)? {
            if row.cells.len() != width {
                let sentence = format!("This row has {} cells, the header {width}.", row.cells.len());
                self.wrongs.refuse(sheet::at_line(row.line), sentence);
                continue;
            }
            let cell =
                |column: usize| places[column].and_then(|at| row.cells.get(at)).map_or("", AsRef::as_ref);
            self.row(row.line, cell);
        }
        if self.cells.is_empty() && self.of.is_empty() && self.wrongs.is_empty() {
            let sentence = "The file has a header but no row.".to_owned();
            return Err(ends(FieldError { field: "file".to_owned(), sentence }));
        }
        Ok(())
    }

    fn row<'c>(&mut self, line: u64, cell: impl Fn(usize) -> &'c str) {
        let name = |text: &str| clean_name(text).map(drop);
        let label = |text: &str| clean_label(text).map(drop);
        let at = |column: usize| Spot::Line(line).at(COLUMNS[column].name);
        let Some(partnership) = self.wrongs.take(|| at(0), self.partnerships.number(cell(0), name)) else {
            return;
        };
        let short = u32::try_from(line).map_err(|_| "The file has too many lines.");
        let Some(line) = self.wrongs.take(|| at(0), short) else { return };
        self.remarks.comments += u64::from(!cell(7).is_empty());
        let read = (
            self.periods.number(cell(1), label),
            self.sides.number(cell(2), name),
            self.respondents.number(cell(3), label),
            self.indicators.number(cell(4), |text| clean_indicator(text).map(drop)).and_then(|own| {
                u16::try_from(own).map_err(|_| "The file has too many indicators.".to_owned())
            }),
            answer(cell(5)),
        );
        if let (Ok(period), Ok(side), Ok(respondent), Ok(indicator), Ok(answer)) = read {
            let cycle = self.cycle(partnership, period, line);
            return self.cells.push(Cell { cycle, line, respondent, side, indicator, answer });
        }
        let wrongs = self.of.entry(partnership).or_default();
        wrongs.take(|| at(1), read.0);
        wrongs.take(|| at(2), read.1);
        wrongs.take(|| at(3), read.2);
        wrongs.take(|| at(4), read.3);
        wrongs.take(|| at(5), read.4);
    }

    fn cycle(&mut self, partnership: u32, period: u32, line: u32) -> u32 {
        let next = u32::try_from(self.cycles.len()).unwrap_or(u32::MAX);
        let at = *self.cycle_at.entry((partnership, period)).or_insert(next);
        if at == next {
            self.cycles.push(Cycle { partnership, period, line });
        }
        at
    }

    fn give(mut self, defaults: Defaults, sink: Sink<'_>) -> Result<(), Broken> {
        let mut cells = std::mem::take(&mut self.cells);
        let of = |cell: &Cell| self.cycles[cell.cycle as usize].partnership;
        cells.sort_unstable_by_key(|cell| (of(cell), cell.line));
        let mut rest = cells.as_slice();
        for partnership in 0..self.partnerships.all.len() {
            let partnership = u32::try_from(partnership).unwrap_or(u32::MAX);
            let own = rest.partition_point(|cell| of(cell) == partnership);
            let (own, others) = rest.split_at(own);
            rest = others;
            let wrongs = self.of.remove(&partnership).unwrap_or_default();
            if !sink(Building::new(&self, defaults.mode, wrongs).partnership(partnership, own)) {
                return Err(Broken::Stopped);
            }
        }
        Ok(())
    }
}

/// An answer: 1 to 5, or nothing. `4.0` and `4,0` are 4: programs write it so wherever a column also holds nothing.
fn answer(cell: &str) -> Result<u8, String> {
    let whole =
        cell.split_once(['.', ',']).filter(|(_, rest)| !rest.is_empty() && rest.bytes().all(|b| b == b'0'));
    match whole.map_or(cell, |(whole, _)| whole).as_bytes() {
        [] if cell.is_empty() => Ok(NOTHING),
        [digit @ b'1'..=b'5'] => Ok(digit - b'0'),
        _ => Err(format!(
            "\"{}\" is not an answer: a whole number from 1 to 5, or nothing for \"don't know\".",
            plain(cell)
        )),
    }
}

/// One partnership that is put together from its rows.
struct Building<'a> {
    table: &'a Table,
    mode: Mode,
    wrongs: Wrongs,
    sides: Names,
    indicators: Names,
    people: Names,
}

impl<'a> Building<'a> {
    fn new(table: &'a Table, mode: Mode, wrongs: Wrongs) -> Self {
        let (sides, indicators, people) = (Names::default(), Names::default(), Names::default());
        Self { table, mode, wrongs, sides, indicators, people }
    }

    fn partnership(mut self, partnership: u32, cells: &[Cell]) -> Result<PastReviews, Vec<FieldError>> {
        let mut cycles: Vec<(u32, PastCycle)> = Vec::new();
        let mut cycle_at: HashMap<u32, usize> = HashMap::new();
        let mut response_at: HashMap<(u32, u32, u32), usize> = HashMap::new();
        for cell in cells {
            let place = *cycle_at.entry(cell.cycle).or_insert_with(|| {
                cycles.push((cell.cycle, self.cycle(cell.cycle)));
                cycles.len() - 1
            });
            let responses = &mut cycles[place].1.responses;
            let who = (cell.cycle, cell.side, cell.respondent);
            let at = *response_at.entry(who).or_insert_with(|| {
                responses.push(self.response(cell));
                responses.len() - 1
            });
            self.answer(cell, &mut responses[at].answers);
        }
        let line = cells.first().map_or(1, |cell| u64::from(cell.line));
        let spot = Spot::Line(line);
        if self.wrongs.is_empty() || self.sides.len() > 1 {
            // A row that could not be read may have named the other side.
            self.wrongs.take(|| spot.at("side"), check_sides(self.sides.all()));
        }
        if self.indicators.len() > MOST_INDICATORS {
            self.wrongs.refuse(spot.at("indicator"), "A partnership has at most 200 indicators.");
        }
        if !self.wrongs.is_empty() {
            return Err(self.wrongs.into_fields());
        }
        let sides = self.sides.len();
        let people = if self.mode == Mode::Anonymous { Vec::new() } else { self.people.into_all() };
        let counted = |(_, mut cycle): (u32, PastCycle)| {
            cycle.invited = answered(&cycle.responses, sides);
            cycle
        };
        Ok(PastReviews {
            spot,
            partnership: clean(self.table.partnerships.text(partnership)),
            sides: self.sides.into_all(),
            indicators: self.indicators.into_all(),
            mode: self.mode,
            people,
            cycles: cycles.into_iter().map(counted).collect(),
        })
    }

    fn cycle(&self, cycle: u32) -> PastCycle {
        let cycle = &self.table.cycles[cycle as usize];
        PastCycle {
            spot: Spot::Line(u64::from(cycle.line)),
            period: clean(self.table.periods.text(cycle.period)),
            opened_at: None,
            closed_at: None,
            invited: Vec::new(),
            rebaseline: false,
            responses: Vec::new(),
        }
    }

    /// In anonymous mode nothing is kept of who it was.
    fn response(&mut self, cell: &Cell) -> PastResponse {
        let side = self.sides.position(self.table.sides.text(cell.side)).unwrap_or_default();
        let label = self.table.respondents.text(cell.respondent);
        let person = if self.mode == Mode::Anonymous { None } else { self.people.position(label) };
        PastResponse { side, person, answers: Answers::new() }
    }

    fn answer(&mut self, cell: &Cell, answers: &mut Answers) {
        let indicator = clean(self.table.indicators.text(u32::from(cell.indicator)));
        self.indicators.position(&indicator);
        let given = (cell.answer != NOTHING).then_some(cell.answer);
        if answers.insert(indicator, given).is_some() {
            let sentence = "An earlier row has this respondent's answer to this indicator.";
            self.wrongs.refuse(Spot::Line(u64::from(cell.line)).at("indicator"), sentence);
        }
    }
}

/// A text that was checked when it was read.
fn clean(text: &str) -> String {
    text.trim().to_owned()
}
