//! `UPDATE`s that are prepared once for each connection.
//!
//! Diesel prepares every `UPDATE` anew, because the columns that it sets may differ from one run to the next. `SQLite` then reads the
//! statement, and the triggers that it sets off, each time, which costs several times as much as finding the row. Those that run
//! by the thousand are made here: the types of their parts, or else their text, are the key under which a connection keeps them.
//!
//! Law: what is set and what is asked for has the same text each time: no `IN (…)` of changing length, no SQL as a literal
//! (either is prepared anew again, which is slow, not wrong).

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::AppearsOnTable;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AsChangeset, AstPass, QueryFragment, QueryId};
use diesel::sql_types::BoolOrNullableBool;
use diesel::sqlite::Sqlite;

use super::conn::Conn;
use super::either::on_each;

/// An `UPDATE` of the rows that fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Update<T: QuerySource, W, S: AsChangeset> {
    table: T::FromClause,
    rows: W,
    changes: S::Changeset,
}

/// Changes the rows of a table that fit.
pub(super) fn update<T, W, S>(table: T, rows: W, changes: S) -> Update<T, W, S>
where
    T: QuerySource + Copy,
    W: Expression + AppearsOnTable<T>,
    W::SqlType: BoolOrNullableBool,
    S: AsChangeset<Target = T>,
{
    Update { table: table.from_clause(), rows, changes: changes.as_changeset() }
}

impl<T, W, S, DB> QueryFragment<DB> for Update<T, W, S>
where
    DB: Backend,
    T: QuerySource,
    T::FromClause: QueryFragment<DB>,
    W: QueryFragment<DB>,
    S: AsChangeset,
    S::Changeset: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.rows.walk_ast(out)
    }
}

/// A name for its text, where the types of its parts tell it; otherwise diesel goes by the text itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<T, W, S>(PhantomData<(T, W, S)>);

impl<T, W, S> QueryId for Update<T, W, S>
where
    T: QuerySource + QueryId,
    W: QueryId,
    S: AsChangeset + QueryId,
{
    type QueryId = Named<T::QueryId, W::QueryId, S::QueryId>;
    const HAS_STATIC_QUERY_ID: bool =
        T::HAS_STATIC_QUERY_ID && W::HAS_STATIC_QUERY_ID && S::HAS_STATIC_QUERY_ID;
}

impl<T: QuerySource, W, S: AsChangeset, C> RunQueryDsl<C> for Update<T, W, S> {}

impl<T: QuerySource, W, S: AsChangeset> Update<T, W, S>
where
    Self: QueryFragment<Sqlite> + QueryFragment<Pg> + QueryId,
{
    /// Changes the rows; gives how many there were. Each database is asked itself: [`super::either`] says why.
    pub(super) fn run(self, conn: &mut Conn) -> QueryResult<usize> {
        on_each!(conn, inner => self.execute(inner))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use diesel::connection::{InstrumentationEvent, SimpleConnection as _};
    use diesel::sqlite::SqliteConnection;

    use super::*;
    use crate::store::schema::meta;

    #[test]
    fn an_update_is_prepared_once_and_one_of_diesels_own_each_time() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch_execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)").unwrap();
        conn.batch_execute("INSERT INTO meta VALUES ('a', '0'), ('b', '0')").unwrap();
        let kept = Arc::new(Mutex::new(0));
        let count = Arc::clone(&kept);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::CacheQuery { sql, .. } = event {
                *count.lock().unwrap() += usize::from(sql.starts_with("UPDATE"));
            }
        });
        for value in ["1", "2"] {
            let row = meta::name.eq("a").and(meta::value.ne(value).or(meta::value.eq("x")));
            assert_eq!(update(meta::table, row, meta::value.eq(value)).execute(&mut conn), Ok(1));
            let row = meta::table.filter(meta::name.eq("a"));
            assert_eq!(diesel::update(row).set(meta::value.eq(value)).execute(&mut conn), Ok(1));
        }
        assert_eq!(*kept.lock().unwrap(), 1, "kept once and found again");
        let values: Vec<String> = meta::table.order(meta::name).select(meta::value).load(&mut conn).unwrap();
        assert_eq!(values, ["2", "0"], "no other row");
    }
}
