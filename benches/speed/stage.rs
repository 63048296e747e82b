//! A stage: a data folder and a database in a known state, of which each round gets a copy of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// One state of the program's data.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Key, marks and, for SQLite, the database.
    pub folder: PathBuf,
    /// The PostgreSQL server and the database's name.
    pub postgres: Option<(String, String)>,
}

impl Stage {
    /// An empty one.
    pub fn empty(folder: PathBuf, server: Option<&str>) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let postgres = server.map(|server| (server.to_owned(), name_of(&folder)));
        if let Some((server, name)) = &postgres {
            psql(server, &format!("DROP DATABASE IF EXISTS {name}"))?;
            psql(server, &format!("CREATE DATABASE {name}"))?;
        }
        Ok(Self { folder, postgres })
    }

    /// A copy beside it; nothing may be at work on it.
    pub fn copy(&self, name: &str) -> Result<Self> {
        let folder = self.folder.with_file_name(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
            }
        }
        let postgres = self.postgres.as_ref().map(|(server, _)| (server.clone(), name_of(&folder)));
        if let (Some((server, new)), Some((_, old))) = (&postgres, &self.postgres) {
            psql(server, &format!("DROP DATABASE IF EXISTS {new} WITH (FORCE)"))?;
            psql(server, &format!("CREATE DATABASE {new} TEMPLATE {old}"))?;
            // The copy's own pages reach the disk now, and not while somebody measures.
            psql(server, "CHECKPOINT")?;
        }
        Ok(Self { folder, postgres })
    }

    /// Removes it.
    pub fn remove(self) -> Result<()> {
        std::fs::remove_dir_all(&self.folder)?;
        if let Some((server, name)) = &self.postgres {
            psql(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        }
        Ok(())
    }

    /// The database as the program's settings take it.
    pub fn url(&self) -> String {
        match &self.postgres {
            Some((server, name)) => with_database(server, name),
            None => format!("sqlite://{}", self.sqlite().display()),
        }
    }

    fn sqlite(&self) -> PathBuf {
        self.folder.join("evenkeel.db")
    }

    /// Runs one statement behind the program's back; gives the first cell as text.
    pub fn sql(&self, statement: &str) -> Result<String> {
        if self.postgres.is_some() {
            return psql(&self.url(), statement);
        }
        let conn = rusqlite::Connection::open(self.sqlite())?;
        conn.busy_timeout(std::time::Duration::from_secs(10))?;
        let mut statement = conn.prepare(statement)?;
        let mut rows = statement.query([])?;
        let cell = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        Ok(match rows.next()?.map(cell).transpose()? {
            Some(rusqlite::types::Value::Integer(number)) => number.to_string(),
            Some(rusqlite::types::Value::Text(text)) => text,
            _ => String::new(),
        })
    }

    /// The same as a whole number.
    pub fn count(&self, statement: &str) -> Result<usize> {
        let text = self.sql(statement)?;
        text.trim().parse().with_context(|| format!("{statement}: {text} is no number"))
    }

    /// Now, as the database's own functions say it in the form of its instants.
    pub fn now(&self) -> &'static str {
        if self.postgres.is_some() {
            "timezone('utc', clock_timestamp())"
        } else {
            "strftime('%F %R:%f', 'now')"
        }
    }
}

/// The name of a database for a folder.
fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().replace(['-', '.'], "_");
    format!("evenkeel_speed_{name}")
}

/// The address with another database in it.
fn with_database(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, None), |(a, o)| (a, Some(o)));
    let from = address.find("://").map_or(0, |at| at + 3);
    let end = address[from..].find('/').map_or(address.len(), |at| from + at);
    let options = options.map_or_else(String::new, |own| format!("?{own}"));
    format!("{}/{name}{options}", &address[..end])
}

fn psql(url: &str, statement: &str) -> Result<String> {
    let done = Command::new("psql")
        .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement])
        .stdin(Stdio::null())
        .output()
        .context("psql is needed to copy PostgreSQL databases")?;
    ensure!(done.status.success(), "{statement}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}
