//! Who answered: a member, by address or name in another system, or else a pseudonym.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::close::Respondent;
use crate::domain::history::PastReviews;
use crate::domain::ids::PseudonymId;
use crate::domain::label::label_of;
use crate::store::history::Standing;

/// The people of one document in one partnership.
pub(super) struct People<'a> {
    reviews: &'a PastReviews,
    known: HashMap<&'a str, Respondent>,
    /// Members known by a label, by it in lower case.
    labels: HashMap<&'a str, Respondent>,
    /// By the document's positions, as far as they were asked for.
    found: Vec<Option<Respondent>>,
    new: Vec<(PseudonymId, String)>,
    now: DateTime<Utc>,
}

impl<'a> People<'a> {
    pub(super) fn new(reviews: &'a PastReviews, standing: Option<&'a Standing>, now: DateTime<Utc>) -> Self {
        let (mut known, mut labels) = (HashMap::new(), HashMap::new());
        if let Some(standing) = standing {
            for (id, label) in &standing.pseudonyms {
                known.insert(label.as_str(), Respondent::Pseudonym(*id));
            }
            for (id, _, external) in &standing.members {
                let Some(external) = external.as_deref() else { continue };
                // A name that two members share says nothing.
                let only =
                    standing.members.iter().filter(|own| own.2.as_deref() == Some(external)).count() == 1;
                if only {
                    known.insert(external, Respondent::Member(*id));
                }
            }
            for (id, key, _) in &standing.members {
                let Some(label) = label_of(key) else { continue };
                // A label that two sides use says nothing.
                let only = standing.members.iter().filter(|own| label_of(&own.1) == Some(label)).count() == 1;
                if only {
                    labels.insert(label, Respondent::Member(*id));
                }
            }
            for (id, email, _) in &standing.members {
                known.insert(email.as_str(), Respondent::Member(*id));
            }
        }
        Self { reviews, known, labels, found: vec![None; reviews.people.len()], new: Vec::new(), now }
    }

    /// The one at this position of the document's people; a pseudonym is made for somebody unknown.
    pub(super) fn of(&mut self, person: usize) -> Respondent {
        if let Some(found) = self.found[person] {
            return found;
        }
        let label = &self.reviews.people[person];
        let known = self.known.get(label.as_str()).or_else(|| {
            // Addresses and labels are kept in lower case.
            let lower = label.to_lowercase();
            let kept = if label.contains('@') { &self.known } else { &self.labels };
            kept.get(lower.as_str())
        });
        let who = known.copied().unwrap_or_else(|| {
            let id = PseudonymId::mint(self.now);
            self.new.push((id, label.clone()));
            Respondent::Pseudonym(id)
        });
        self.found[person] = Some(who);
        who
    }

    /// The pseudonyms that were made.
    pub(super) fn into_new(self) -> Vec<(PseudonymId, String)> {
        self.new
    }
}
