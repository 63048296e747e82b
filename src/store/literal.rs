//! Conditions that a statement says itself instead of binding them: `SQLite` takes a partial index only where its condition stands in
//! the text of the statement. Diesel's own literals are prepared anew each time; these are not.

/// A condition on one table, in the words of the index.
macro_rules! literal {
    ($(#[$meta:meta])* $name:ident on $table:path: $text:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, diesel::query_builder::QueryId, diesel::expression::ValidGrouping)]
        pub(super) struct $name;

        impl diesel::Expression for $name {
            type SqlType = diesel::sql_types::Bool;
        }

        impl diesel::expression::AppearsOnTable<$table> for $name {}

        impl<DB: diesel::backend::Backend> diesel::query_builder::QueryFragment<DB> for $name {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, DB>,
            ) -> diesel::QueryResult<()> {
                out.push_sql($text);
                Ok(())
            }
        }
    };
}

pub(super) use literal;
