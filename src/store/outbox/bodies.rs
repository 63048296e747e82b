//! The texts of letters, beside the rows that change on a letter's way.
//!
//! Law: written once with the letter; afterwards only emptied, with everything else that tells to whom it went, or removed with it.

use diesel::prelude::*;

use crate::domain::ids::LetterId;
use crate::store::conn::Conn;
use crate::store::either::on_each;
use crate::store::error::StoreError;
use crate::store::schema::letter_body;

/// The texts of a letter.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letter_body)]
pub struct Body {
    /// Text part, secret links as placeholders.
    pub body_text: String,
    /// HTML part, secret links as placeholders.
    pub body_html: String,
}

/// Stores the texts of a new letter.
pub(super) fn insert(conn: &mut Conn, id: LetterId, text: &str, html: &str) -> Result<(), StoreError> {
    let texts = (
        letter_body::letter_id.eq(id.to_string()),
        letter_body::body_text.eq(text),
        letter_body::body_html.eq(html),
    );
    diesel::insert_into(letter_body::table).values(texts).execute(conn)?;
    Ok(())
}

/// The texts of a letter; `None` when the letter is gone.
pub fn find(conn: &mut Conn, id: LetterId) -> Result<Option<Body>, StoreError> {
    Ok(on_each!(conn, inner => {
        letter_body::table.find(id.to_string()).select(Body::as_select()).get_result(inner).optional()?
    }))
}

/// Takes the texts from letters.
pub(in crate::store) fn clear(conn: &mut Conn, ids: &[String]) -> Result<(), StoreError> {
    diesel::update(letter_body::table.filter(letter_body::letter_id.eq_any(ids)))
        .set((letter_body::body_text.eq(""), letter_body::body_html.eq("")))
        .execute(conn)?;
    Ok(())
}
