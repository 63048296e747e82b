//! Taking a name and an address out of texts that others wrote: proposals, their answers, questions, comments, notes, actions
//! and acceptances of reviews, remembered calls, and the labels of past reviews.
//!
//! Law: only what stands in the partnerships of the person is touched, and only whole names and whole addresses: another
//! word that holds the same letters stays. Called by [`crate::workflow::erase_person`].

use diesel::prelude::*;
use serde_json::Value;

use super::conn::Conn;
use super::erasure::{NAME, new_label};
use super::error::StoreError;
use super::people::{Person, escape_like};
use super::reviews;
use super::schema::{
    cycle, idempotency, member, notice, person, proposal, proposal_answer, pseudonym, remark,
};
use crate::domain::ids::{PersonId, PseudonymId};

/// Puts another word in the place of a name and an address.
#[derive(Clone, Debug)]
pub(super) struct Unnamed<'a>([&'a str; 2]);

impl<'a> Unnamed<'a> {
    /// For a person as they are still known.
    pub fn of(who: &'a Person) -> Self {
        Self([&who.email, &who.name])
    }

    /// The text without them.
    pub fn clear(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, own| without(&text, own))
    }

    /// The same inside the values of a JSON text; its keys are ours.
    fn clear_json(&self, text: &str) -> String {
        let Ok(mut value) = serde_json::from_str::<Value>(text) else { return self.clear(text) };
        self.walk(&mut value);
        value.to_string()
    }

    fn walk(&self, value: &mut Value) {
        match value {
            Value::String(own) => *own = self.clear(own),
            Value::Array(all) => all.iter_mut().for_each(|own| self.walk(own)),
            Value::Object(all) => all.values_mut().for_each(|own| self.walk(own)),
            _ => {}
        }
    }
}

/// A text in which a word stands wherever the other stood as a whole.
fn without(text: &str, word: &str) -> String {
    if word.is_empty() {
        return text.to_owned();
    }
    let mut cleared = String::with_capacity(text.len());
    let mut done = 0;
    for (at, found) in text.match_indices(word) {
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let (before, behind) = (text[..at].chars().next_back(), text[at + found.len()..].chars().next());
        cleared.push_str(&text[done..at]);
        cleared.push_str(if inside(before) || inside(behind) { found } else { NAME });
        done = at + found.len();
    }
    cleared.push_str(&text[done..]);
    cleared
}

fn partnerships(conn: &mut Conn, id: PersonId) -> Result<Vec<String>, StoreError> {
    Ok(member::table
        .filter(member::person_id.eq(id.to_string()))
        .select(member::partnership_id)
        .distinct()
        .load(conn)?)
}

/// Everybody who takes or took part in a partnership of the person, and the administrators: whose letters may speak of them.
pub(super) fn colleagues(conn: &mut Conn, id: PersonId) -> Result<Vec<String>, StoreError> {
    let own = partnerships(conn, id)?;
    let administrators = person::table.filter(person::administrator.eq(true)).select(person::id);
    let mut found: Vec<String> = administrators.load(conn)?;
    let members =
        member::table.filter(member::partnership_id.eq_any(own)).select(member::person_id).distinct();
    found.extend(members.load::<String>(conn)?);
    Ok(found)
}

/// Takes name and address out of everything that others wrote.
pub fn clear_texts(conn: &mut Conn, who: &Person) -> Result<(), StoreError> {
    let own = partnerships(conn, who.id)?;
    let unnamed = Unnamed::of(who);
    clear_proposals(conn, &own, &unnamed)?;
    clear_questions(conn, who, &unnamed)?;
    reviews::clear_discussions(conn, &own, &unnamed)?;
    reviews::clear_actions(conn, &own, &unnamed)?;
    reviews::clear_acceptances(conn, &own, &unnamed)?;
    reviews::give_up_owner(conn, who.id)?;
    let remarks: Vec<(String, String)> = remark::table
        .inner_join(cycle::table.on(cycle::id.eq(remark::cycle_id)))
        .filter(cycle::partnership_id.eq_any(&own))
        .select((remark::id, remark::text))
        .load(conn)?;
    for (id, text) in remarks {
        let cleared = unnamed.clear(&text);
        if cleared != text {
            diesel::update(remark::table.find(id)).set(remark::text.eq(cleared)).execute(conn)?;
        }
    }
    let pattern = format!("%{}%", escape_like(&who.email));
    diesel::delete(idempotency::table.filter(idempotency::made.like(pattern).escape('\\'))).execute(conn)?;
    let labels: Vec<PseudonymId> = pseudonym::table
        .filter(pseudonym::partnership_id.eq_any(&own))
        .filter(pseudonym::label.eq(&who.email).or(pseudonym::label.eq(&who.name)))
        .select(pseudonym::id)
        .load(conn)?;
    for id in labels {
        diesel::update(pseudonym::table.find(id.to_string()))
            .set(pseudonym::label.eq(new_label()))
            .execute(conn)?;
    }
    Ok(())
}

fn clear_proposals(conn: &mut Conn, own: &[String], unnamed: &Unnamed<'_>) -> Result<(), StoreError> {
    let proposals: Vec<(String, String, String)> = proposal::table
        .filter(proposal::partnership_id.eq_any(own))
        .select((proposal::id, proposal::content, proposal::reason))
        .load(conn)?;
    for (id, content, reason) in &proposals {
        // Written anew only where something changes: whether a proposal still fits is told from its text.
        let cleared =
            if unnamed.clear(content) == *content { content.clone() } else { unnamed.clear_json(content) };
        let why = unnamed.clear(reason);
        if (&cleared, &why) != (content, reason) {
            diesel::update(proposal::table.find(id))
                .set((proposal::content.eq(cleared), proposal::reason.eq(why)))
                .execute(conn)?;
        }
    }
    let ids: Vec<&String> = proposals.iter().map(|(id, ..)| id).collect();
    let answers: Vec<(String, String, String)> = proposal_answer::table
        .filter(proposal_answer::proposal_id.eq_any(ids))
        .select((proposal_answer::proposal_id, proposal_answer::side_id, proposal_answer::reason))
        .load(conn)?;
    for (id, side, reason) in answers {
        let cleared = unnamed.clear(&reason);
        if cleared != reason {
            diesel::update(proposal_answer::table.find((id, side)))
                .set(proposal_answer::reason.eq(cleared))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Questions about proposals carry the address to which an answer goes: one that waits still is not sent.
fn clear_questions(conn: &mut Conn, who: &Person, unnamed: &Unnamed<'_>) -> Result<(), StoreError> {
    let pattern = |text: &str| format!("%{}%", escape_like(text));
    let asked: Vec<(String, String)> = notice::table
        .filter(notice::kind.eq("question"))
        .filter(
            notice::reference
                .like(pattern(&who.email))
                .escape('\\')
                .or(notice::reference.like(pattern(&who.name)).escape('\\'))
                .or(notice::reference.like(pattern(&who.id.to_string())).escape('\\')),
        )
        .select((notice::id, notice::reference))
        .load(conn)?;
    for (id, reference) in asked {
        let row = notice::table.filter(notice::id.eq(id));
        diesel::update(row.clone())
            .set(notice::reference.eq(unnamed.clear_json(&reference)))
            .execute(conn)?;
        diesel::update(row.filter(notice::state.eq("waiting")))
            .set(notice::state.eq("dropped"))
            .execute(conn)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_and_addresses_are_taken_out() {
        let clear = |text: &str| Unnamed(["al@example.org", "al"]).clear(text);
        for (text, cleared) in [
            ("We finally shall also almost call it done", "We finally shall also almost call it done"),
            ("Ask al, or al@example.org.", "Ask erased, or erased."),
            ("halal@example.org al", "halal@example.org erased"),
            ("(al) \u{201c}al\u{201d}", "(erased) \u{201c}erased\u{201d}"),
            ("", ""),
        ] {
            assert_eq!(clear(text), cleared);
        }
    }

    #[test]
    fn the_keys_of_a_stored_proposal_stay() {
        let cleared = Unnamed(["an@example.org", "standing"]).clear_json(r#"{"standing":"standing","n":1}"#);
        assert_eq!(cleared, r#"{"n":1,"standing":"erased"}"#);
    }
}
