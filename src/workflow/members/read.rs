//! Members as written in a list or a file, checked entry by entry: everything that needs no other member and no lock.

use std::collections::HashMap;

use super::super::set_up::Fields;
use super::super::sheet::{self, Column, MOST_ROWS};
use super::super::{ActsFor, Refusal};
use super::{Entry, Place};
use crate::domain::cadence::parse_zone;
use crate::domain::ids::SideId;
use crate::domain::label::{clean_label, label_key};
use crate::domain::partnership::{EmailAddress, MemberRoles, Role, clean_name};
use crate::store::partnerships::Side;

/// What somebody known by a label does.
pub(in crate::workflow) const RESPONDENT: MemberRoles =
    MemberRoles { respondent: true, manager: false, sponsor: false, facilitator: false };

/// Why another role needs an address.
pub(in crate::workflow) const NEEDS_ADDRESS: &str = "Only a respondent of a side can go without an address; managers, sponsors and facilitators get mail and sign in.";

/// A member as written.
#[derive(Clone, Debug, Default)]
pub struct RawMember {
    /// The address; empty where a label is given.
    pub email: String,
    /// What a respondent is known by whose side hands out the link instead of giving an address.
    pub label: Option<String>,
    /// The name; needed only when nobody here has the address.
    pub name: Option<String>,
    /// The zone of a person who is added.
    pub zone: Option<String>,
    /// The side by name or identifier; none for a facilitator.
    pub side: Option<String>,
    /// The words of the roles.
    pub roles: Vec<String>,
    /// Name in another system.
    pub external_ref: Option<String>,
}

impl RawMember {
    /// In a file a name without an address is a label.
    #[must_use]
    pub fn labelled(mut self) -> Self {
        if self.email.trim().is_empty() {
            self.label = self.name.take();
        }
        self
    }
}

const COLUMNS: [Column; 6] = [
    Column { name: "email", required: true },
    Column { name: "name", required: false },
    Column { name: "side", required: true },
    Column { name: "roles", required: true },
    Column { name: "zone", required: false },
    Column { name: "external_ref", required: false },
];

/// The words of a cell with roles: separated by bars or commas.
pub(in crate::workflow) fn role_words(cell: &str) -> Vec<String> {
    cell.split(['|', ',']).map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect()
}

pub(in crate::workflow) fn filled(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// Reads a file of members.
///
/// # Errors
/// Fields `file` or `line N`.
pub fn from_csv(bytes: &[u8]) -> Result<Vec<(Place, RawMember)>, Refusal> {
    let rows = sheet::read(bytes, &COLUMNS, MOST_ROWS)?;
    let raw = |row: &sheet::Row| {
        RawMember {
            email: row.cell(0).to_owned(),
            name: filled(row.cell(1)),
            side: filled(row.cell(2)),
            roles: role_words(row.cell(3)),
            zone: filled(row.cell(4)),
            external_ref: filled(row.cell(5)),
            label: None,
        }
        .labelled()
    };
    Ok(rows.iter().map(|row| (Place::Line(row.line), raw(row))).collect())
}

/// Checks members as written against the sides of their partnership.
///
/// # Errors
/// Fields at their places, up to a hundred.
pub fn parse(
    sides: &[Side],
    acts_for: &ActsFor,
    raw: Vec<(Place, RawMember)>,
) -> Result<Vec<Entry>, Refusal> {
    if raw.len() > MOST_ROWS {
        return Err(Refusal::field("members", format!("A list has at most {MOST_ROWS} members.")));
    }
    let by_name: HashMap<String, SideId> = sides.iter().map(|s| (s.name.to_lowercase(), s.id)).collect();
    let (mut fields, mut seen, mut entries) = (Fields::default(), HashMap::new(), Vec::new());
    for (place, member) in raw {
        if fields.count() >= sheet::MOST_ERRORS {
            break;
        }
        let side = member.side.as_deref().map(|text| {
            let known = by_name.get(&text.trim().to_lowercase()).copied();
            known.or_else(|| sides.iter().map(|s| s.id).find(|id| id.to_string() == text.trim()))
        });
        if side == Some(None) {
            let names = sides.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
            fields.refuse(&place.path("side"), format!("There is no such side; the sides are {names}."));
        }
        let on_side = (side != Some(None)).then_some(side.is_some());
        let Some(mut entry) = entry(place, member, on_side, &mut fields) else { continue };
        entry.side = side.flatten();
        if let Some(side) = entry.side {
            entry.stand_on(&side.to_string());
        }
        if !acts_for.reaches(entry.side) && side != Some(None) {
            let sentence =
                "This token speaks for its own side only; leave out members of others and neutral ones.";
            fields.refuse(&place.path("side"), sentence);
        }
        if let Some(first) = seen.insert(entry.email.clone(), place) {
            let place_of_first = match first {
                Place::Entry(n) => format!("members[{n}]"),
                Place::Line(n) => sheet::at_line(n),
            };
            let sentence =
                format!("{} stands in {place_of_first} already; a person is a member once.", entry.kind());
            fields.refuse(&place.path(entry.field()), sentence);
        }
        entries.push(entry);
    }
    sheet::finish(fields)?;
    Ok(entries)
}

/// Checks one entry but for its side; what is wrong with it goes to `fields`. `on_side`: whether it stands on a side, if
/// that is known.
pub(in crate::workflow) fn entry(
    place: Place,
    member: RawMember,
    on_side: Option<bool>,
    fields: &mut Fields,
) -> Option<Entry> {
    let by_label = member.label.is_some();
    let mut optional = |field: &str, text: Option<String>, clean: fn(&str) -> Result<String, String>| {
        let text = text.filter(|text| !text.trim().is_empty());
        text.and_then(|text| fields.take(&place.path(field), clean(&text)))
    };
    let name = optional("name", member.name, |text| clean_name(text).map_err(|e| e.to_string()));
    let external_ref =
        optional("external_ref", member.external_ref, |text| clean_name(text).map_err(|e| e.to_string()));
    let zone = optional("zone", member.zone, |text| {
        parse_zone(text).map(|tz| tz.name().to_owned()).map_err(|e| e.to_string())
    });
    let (email, name) = match member.label {
        None => {
            (fields.take(&place.path("email"), EmailAddress::parse(&member.email)).map(|own| own.key()), name)
        }
        Some(_) if !member.email.trim().is_empty() => {
            fields.refuse(&place.path("label"), "Give an address or a label, not both.");
            (None, name)
        }
        Some(text) => {
            let label = fields.take(&place.path("label"), clean_label(&text));
            if name.is_some() && name != label {
                fields.refuse(&place.path("name"), "A label stands for the name; leave the name out.");
            }
            (label.as_ref().map(|own| label_key("", own)), label)
        }
    };
    let mut roles = Vec::new();
    for word in &member.roles {
        roles.extend(fields.take(&place.path("roles"), word.parse::<Role>()));
    }
    let known = roles.len() == member.roles.len();
    let roles = MemberRoles::of(&roles);
    if let (true, Some(on_side)) = (known, on_side) {
        fields.take(&place.path("roles"), roles.check(on_side));
        if by_label && roles != RESPONDENT {
            fields.refuse(&place.path(if on_side { "email" } else { "side" }), NEEDS_ADDRESS);
        }
    }
    Some(Entry { place, email: email?, name, zone, side: None, roles, external_ref })
}
