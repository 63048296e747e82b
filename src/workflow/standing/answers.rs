//! What answers the open flags, and what they still need, for one viewer.
//!
//! Law: a flag that the viewer sees asks of them what they see of it; whether it is answered is told by
//! [`crate::domain::review`] alone. Pages, the REST interface and the monthly digest all ask here.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::super::review::{needs_of, today};
use crate::domain::flags::{FlagState, Severity};
use crate::domain::ids::{FlagId, SideId};
use crate::domain::review::{ActionState, Given, day};
use crate::store::access::Seat;
use crate::store::flags::Flag;

/// One flag's answer.
#[derive(Clone, Debug)]
struct Answer {
    needs: Option<String>,
    words: String,
}

/// The open flags of a partnership with what answers them.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<FlagId, Answer>);

impl Answers {
    /// For the flags that a viewer sees.
    pub fn new(flags: &[Flag], given: &BTreeMap<FlagId, Given>, seat: &Seat, now: DateTime<Utc>) -> Self {
        let today = today(&seat.partnership, now);
        let sides: Vec<SideId> = seat.sides.iter().map(|side| side.id).collect();
        let open = flags.iter().filter(|flag| flag.state != FlagState::Cleared);
        Self(
            open.map(|flag| {
                let needs = needs_of(flag, given, &seat.sides, today);
                let words = match (&needs, given.get(&flag.id)) {
                    (Some(needs), _) => format!("Needs {needs}"),
                    (None, Some(own)) => answered(flag.severity, own, &sides, today),
                    (None, None) => String::new(),
                };
                (flag.id, Answer { needs, words })
            })
            .collect(),
        )
    }

    /// What a flag still needs, to complete "needs …"; `None` where it has a valid answer or is cleared.
    pub fn needs(&self, id: FlagId) -> Option<&str> {
        self.0.get(&id)?.needs.as_deref()
    }

    /// Whether an open flag has a valid answer.
    pub fn is_answered(&self, id: FlagId) -> bool {
        self.0.get(&id).is_some_and(|own| own.needs.is_none())
    }

    /// "Needs a note and an action", "Action due 15 Jan 2027"; a dash for what is cleared.
    pub fn words(&self, id: FlagId) -> &str {
        self.0.get(&id).map_or("–", |own| own.words.as_str())
    }
}

/// What answers a flag that is answered.
fn answered(severity: Severity, given: &Given, sides: &[SideId], today: NaiveDate) -> String {
    if let Some(own) = given.consents.iter().rfind(|own| own.is_in_force(sides, today)) {
        return format!("Accepted until {}", day(own.until_on));
    }
    let due = given.promises.iter().filter(|own| own.state == ActionState::Open && !own.is_overdue(today));
    match (severity, due.map(|own| own.due_on).min()) {
        (Severity::Discuss, _) => "Discussed".to_owned(),
        (Severity::Act, Some(due_on)) => format!("Action due {}", day(due_on)),
        (Severity::Act, None) => "Action done".to_owned(),
    }
}
