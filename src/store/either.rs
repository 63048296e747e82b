//! What diesel cannot say for both databases through one connection type, said to each.

/// Asks the database behind the connection itself. Through the connection that is either, diesel puts the text of a question together
/// each time, to find what it prepared; so it is for questions that are asked by the thousand.
macro_rules! on_each {
    ($conn:expr, $inner:ident => $ask:expr) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite($inner) => $ask,
            $crate::store::conn::Conn::Postgres($inner) => $ask,
        }
    };
}

/// Inserts unless a row with the same key is there: `Ok(true)` when this call made the row.
macro_rules! insert_once {
    ($conn:expr, $table:expr, $row:expr) => {{
        let row = $row;
        let made = match $conn {
            $crate::store::conn::Conn::Sqlite(inner) => {
                diesel::insert_into($table).values(row).on_conflict_do_nothing().execute(inner)
            }
            $crate::store::conn::Conn::Postgres(inner) => {
                diesel::insert_into($table).values(row).on_conflict_do_nothing().execute(inner)
            }
        };
        made.map(|made| made == 1).map_err($crate::store::StoreError::from)
    }};
}

/// Inserts many rows, several of them a statement.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {
        $crate::store::either::on_each!($conn, inner => diesel::insert_into($table).values($rows).execute(inner))
    };
}

/// Holds the row with an identifier until the end of this transaction: whoever changes it meanwhile waits. It is not written for that.
macro_rules! hold_row {
    ($conn:expr, $table:ident, $id:expr) => {
        match $conn {
            // Whoever writes is alone there.
            $crate::store::conn::Conn::Sqlite(_) => Ok(()),
            $crate::store::conn::Conn::Postgres(inner) => {
                let row = $table::table.find($id.to_string()).select($table::id).for_no_key_update();
                row.get_result::<String>(inner).optional().map(drop).map_err($crate::store::StoreError::from)
            }
        }
    };
}

pub(super) use {hold_row, insert_once, insert_rows, on_each};
