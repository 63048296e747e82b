//! `evenkeel migrate-data`

use super::{Failure, check, code};
use crate::app;
use crate::clock::real_now;
use crate::settings::Settings;
use crate::store::Location;
use crate::store::transfer::NotMoved;
use crate::workflow::migrate_data::migrate_data;

impl From<NotMoved> for Failure {
    fn from(error: NotMoved) -> Self {
        match error {
            NotMoved::Store(error) => error.into(),
            NotMoved::NotEmpty(_) => Self::new(code::CANNOT_CREATE, error.to_string()),
            NotMoved::Differs { .. } => Self::new(code::SOFTWARE, error.to_string()),
        }
    }
}

pub(super) async fn run(mut settings: Settings, from: String, to: String) -> Result<(), Failure> {
    let usage = |sentence: String| Failure::new(code::USAGE, sentence);
    let source = Location::parse(&from).map_err(|e| usage(e.replace("database.url", "--from")))?;
    let destination = Location::parse(&to).map_err(|e| usage(e.replace("database.url", "--to")))?;
    let (Location::Sqlite(file), Location::Postgres(_)) = (&source, &destination) else {
        return Err(usage("--from names a SQLite database and --to a PostgreSQL database".to_owned()));
    };
    if !file.is_file() {
        return Err(Failure::new(code::NO_INPUT, format!("there is no database {}", file.display())));
    }
    settings.database.url.clone_from(&from);
    let lock = app::lock(&settings)?;
    let moved = migrate_data(source, destination, real_now()).await?;
    drop(lock);
    println!("{:<20} {:>12}  checksum, the same on both sides", "table", "rows");
    for own in &moved {
        println!("{:<20} {:>12}  {}", own.table, own.rows, &own.checksum[..16]);
    }
    let rows: u64 = moved.iter().map(|own| own.rows).sum();
    println!(
        "{rows} rows in {} tables are now in {}. Set database.url to it and keep the key file: links and sessions depend on \
         it. The old database stays as it is and sends no letter any more.",
        moved.len(),
        check::without_password(&to)
    );
    Ok(())
}
