//! The file of partnerships: its columns, its rows gathered by partnership, and everything that needs no database.

use std::collections::HashMap;

use super::super::Refusal;
use super::super::members::{Entry, Place, RawMember, entry, filled, role_words};
use super::super::set_up::Fields;
use super::super::sheet::{self, Column, Row};
use crate::domain::cadence::{CadenceRule, Frequency, parse_zone};
use crate::domain::mode::Mode;
use crate::domain::partnership::{check_sides, clean_name};

/// A partnership as the file describes it.
#[derive(Clone, Debug)]
pub struct House {
    /// The line that names it first.
    pub line: u64,
    /// Its name.
    pub name: String,
    pub(super) zone: Option<String>,
    /// Name and organisation.
    pub(super) sides: Vec<(String, Option<String>)>,
    /// Members with the place of their side among the sides; none for a facilitator.
    pub(super) members: Vec<(Entry, Option<usize>)>,
    pub(super) cadence: Option<Wanted>,
    /// The line of each address.
    seen: HashMap<String, u64>,
}

/// A cadence as the file describes it.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub line: u64,
    pub instrument: Option<String>,
    pub frequency: Frequency,
    pub mode: Mode,
}

const fn column(name: &'static str, required: bool) -> Column {
    Column { name, required }
}

const COLUMNS: [Column; 10] = [
    column("partnership", true),
    column("zone", false),
    column("side", true),
    column("organisation", false),
    column("email", true),
    column("name", true),
    column("roles", true),
    column("instrument", false),
    column("frequency", false),
    column("mode", false),
];
const ZONE: usize = 1;
const SIDE: usize = 2;
const ORGANISATION: usize = 3;
const INSTRUMENT: usize = 7;
const FREQUENCY: usize = 8;
const MODE: usize = 9;

/// Reads a file of partnerships with at most `most` rows.
///
/// # Errors
/// Fields `file` or `line N`, up to a hundred.
pub fn parse(bytes: &[u8], most: usize) -> Result<Vec<House>, Refusal> {
    let mut fields = Fields::default();
    let (mut houses, mut places): (Vec<House>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
    let rows = sheet::read(bytes, &COLUMNS, most)?;
    let mut cadences: Vec<CadenceCells> = Vec::new();
    for row in &rows {
        let path = format!("{}, partnership", sheet::at_line(row.line));
        let Some(name) = fields.take(&path, clean_name(row.cell(0))) else { continue };
        let place = *places.entry(name.to_lowercase()).or_insert(houses.len());
        if place == houses.len() {
            houses.push(House {
                line: row.line,
                name,
                zone: None,
                sides: Vec::new(),
                members: Vec::new(),
                cadence: None,
                seen: HashMap::new(),
            });
            cadences.push(CadenceCells::default());
        }
        houses[place].take(row, &mut fields);
        cadences[place].take(row, &mut fields);
    }
    for (house, cadence) in houses.iter_mut().zip(&cadences) {
        house.finish(cadence, &mut fields);
    }
    sheet::finish(fields)?;
    Ok(houses)
}

/// What the rows of a partnership say of its cadence, and each on which line first; any of them may say it.
#[derive(Default)]
struct CadenceCells {
    /// The first line that says anything of it.
    line: Option<u64>,
    instrument: Option<(u64, String)>,
    frequency: Option<(u64, String)>,
    mode: Option<(u64, String)>,
}

impl CadenceCells {
    /// Takes what a row says; a row that says something else than an earlier one is refused.
    fn take(&mut self, row: &Row, fields: &mut Fields) {
        let cells = [
            ("instrument", filled(row.cell(INSTRUMENT)), &mut self.instrument),
            ("frequency", filled(row.cell(FREQUENCY)).map(|word| word.to_lowercase()), &mut self.frequency),
            ("mode", filled(row.cell(MODE)).map(|word| word.to_lowercase()), &mut self.mode),
        ];
        for (name, said, known) in cells {
            let Some(said) = said else { continue };
            self.line.get_or_insert(row.line);
            match known {
                Some((line, before)) if *before != said => {
                    let sentence = format!("{} of this partnership says {before}.", sheet::at_line(*line));
                    fields.refuse(&Place::Line(row.line).path(name), capital(&sentence));
                }
                Some(_) => {}
                None => *known = Some((row.line, said)),
            }
        }
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl House {
    fn take(&mut self, row: &Row, fields: &mut Fields) {
        let path = |name: &str| Place::Line(row.line).path(name);
        if let Some(zone) = filled(row.cell(ZONE)) {
            let read = fields.take(&path("zone"), parse_zone(&zone)).map(|tz| tz.name().to_owned());
            match (&self.zone, read) {
                (Some(before), Some(now)) if *before != now => {
                    let sentence = format!("An earlier line of this partnership says {before}.");
                    fields.refuse(&path("zone"), sentence);
                }
                (None, now) => self.zone = now,
                _ => {}
            }
        }
        let side = self.side_of(row, fields);
        let member = RawMember {
            email: row.cell(4).to_owned(),
            name: filled(row.cell(5)),
            roles: role_words(row.cell(6)),
            ..RawMember::default()
        }
        .labelled();
        let Some(mut entry) = entry(Place::Line(row.line), member, Some(side.is_some()), fields) else {
            return;
        };
        if let Some(place) = side {
            // The side has no identifier yet.
            entry.stand_on(&place.to_string());
        }
        if let Some(first) = self.seen.insert(entry.email.clone(), row.line) {
            let sentence =
                format!("This person is in this partnership already, on {}.", sheet::at_line(first));
            return fields.refuse(&path("email"), sentence);
        }
        self.members.push((entry, side));
    }

    /// The place of a row's side, which is added when it is new; none for a row without a side.
    fn side_of(&mut self, row: &Row, fields: &mut Fields) -> Option<usize> {
        let path = |name: &str| Place::Line(row.line).path(name);
        let organisation = filled(row.cell(ORGANISATION));
        let organisation =
            organisation.and_then(|name| fields.take(&path("organisation"), clean_name(&name)));
        let typed = filled(row.cell(SIDE))?;
        let name = fields.take(&path("side"), clean_name(&typed))?;
        let same = |own: &(String, Option<String>)| own.0.to_lowercase() == name.to_lowercase();
        let Some(place) = self.sides.iter().position(same) else {
            self.sides.push((name, organisation));
            return Some(self.sides.len() - 1);
        };
        match (&self.sides[place].1, organisation) {
            (Some(before), Some(now)) if *before != now => {
                fields.refuse(&path("organisation"), format!("An earlier line gives this side to {before}."));
            }
            (None, now) => self.sides[place].1 = now,
            _ => {}
        }
        Some(place)
    }

    /// What can be said only when every row was seen.
    fn finish(&mut self, cadence: &CadenceCells, fields: &mut Fields) {
        let names: Vec<&str> = self.sides.iter().map(|(name, _)| name.as_str()).collect();
        fields.take(&Place::Line(self.line).path("side"), check_sides(&names));
        let Some(first) = cadence.line else { return };
        let path = |line: u64, name: &str| Place::Line(line).path(name);
        let usual = Some(Frequency::Quarterly);
        let frequency = cadence
            .frequency
            .as_ref()
            .map_or(usual, |(line, word)| fields.take(&path(*line, "frequency"), word.parse::<Frequency>()));
        let suggested = || Some(Mode::suggest(&self.invited()));
        let mode = cadence
            .mode
            .as_ref()
            .map_or_else(suggested, |(line, word)| fields.take(&path(*line, "mode"), word.parse::<Mode>()));
        if let (Some(frequency), Some(mode)) = (frequency, mode) {
            let (line, instrument) = match &cadence.instrument {
                Some((line, word)) => (*line, Some(word.clone())),
                None => (first, None),
            };
            self.cadence = Some(Wanted { line, instrument, frequency, mode });
        }
    }

    fn invited(&self) -> Vec<u32> {
        let on = |side: usize| {
            let here = self.members.iter().filter(|(own, at)| *at == Some(side) && own.roles.respondent);
            u32::try_from(here.count()).unwrap_or(u32::MAX)
        };
        (0..self.sides.len()).map(on).collect()
    }
}

impl Wanted {
    /// The usual rule of this frequency: it opens in the last month of its period.
    pub fn rule(&self) -> CadenceRule {
        CadenceRule {
            frequency: self.frequency,
            month_of_period: self.frequency.months(),
            ..CadenceRule::default()
        }
    }
}
