//! What whoever runs the server lives through: backups, restores, clocks that were set, full disks, refusals to start.

mod backup;
mod fork;
mod full;
mod memory;
mod refusals;
mod replicas;
mod restore;

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use evenkeel::store::sending::{self, Pause};

use crate::support::TestApp;

/// The column `line` of a query on a file.
pub fn lines(file: &Path, query: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        line: String,
    }
    let mut conn = SqliteConnection::establish(&file.display().to_string()).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
    let found: Vec<Line> = diesel::sql_query(query).load(&mut conn).unwrap();
    found.into_iter().map(|own| own.line).collect()
}

/// The pause that is in force.
pub async fn paused(app: &TestApp) -> Option<Pause> {
    app.ctx.store.read(sending::paused).await.unwrap()
}

/// An administrator lets letters leave again.
pub async fn resume(app: &TestApp) {
    let ended = evenkeel::workflow::sending::resume(&app.ctx, "test", app.now()).await.unwrap();
    assert!(ended.is_some(), "it was paused");
}
