//! What SQLite itself can do on this disk: WAL, `synchronous = FULL`, prepared statements, one connection, no program around it.
//!
//! A row is a whole response, as small as it can be kept: look the link up, mark it, insert five ratings and a comment.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};

/// Links that there are to answer.
const LINKS: u32 = 100_000;

const SCHEMA: &str = "
    CREATE TABLE link (id INTEGER PRIMARY KEY, round INT NOT NULL, token TEXT NOT NULL UNIQUE, answered_at TEXT);
    CREATE TABLE response (id INTEGER PRIMARY KEY, link_id INT NOT NULL UNIQUE REFERENCES link (id),
        r1 INT, r2 INT, r3 INT, r4 INT, r5 INT, comment TEXT, saved_at TEXT NOT NULL);";

fn open(file: &Path) -> Result<Connection> {
    for ending in ["", "-wal", "-shm"] {
        let old = format!("{}{ending}", file.display());
        if Path::new(&old).exists() {
            std::fs::remove_file(old)?;
        }
    }
    let conn = Connection::open(file)?;
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    Ok(conn)
}

fn token(number: u32) -> String {
    format!("{:032x}", u64::from(number) * 7919)
}

/// Responses a second with so many in each commit.
pub fn responses(folder: &Path, batch: u32, time: Duration) -> Result<f64> {
    let conn = open(&folder.join("raw.db"))?;
    conn.execute_batch(SCHEMA)?;
    conn.execute_batch("BEGIN")?;
    {
        let mut add = conn.prepare("INSERT INTO link (id, round, token) VALUES (?1, ?2, ?3)")?;
        for number in 1..=LINKS {
            add.execute(params![number, number / 10, token(number)])?;
        }
    }
    conn.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);")?;
    let mut look = conn.prepare("SELECT id FROM link WHERE token = ?1 AND answered_at IS NULL")?;
    let mut mark = conn.prepare("UPDATE link SET answered_at = '2026-01-01 00:00:00' WHERE id = ?1")?;
    let mut add = conn.prepare(
        "INSERT INTO response (link_id, r1, r2, r3, r4, r5, comment, saved_at) \
         VALUES (?1, ?2, 3, 4, 5, 1, ?3, '2026-01-01 00:00:00')",
    )?;
    let (begun, mut done) = (Instant::now(), 0_u32);
    while begun.elapsed() < time && done + batch <= LINKS {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for number in done + 1..=done + batch {
            let id: i64 = look.query_row([token(number)], |row| row.get(0))?;
            mark.execute([id])?;
            add.execute(params![id, number % 5 + 1, super::data::COMMENT])?;
        }
        conn.execute_batch("COMMIT")?;
        done += batch;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// How often a second one quarter of so many partnerships of ten respondents is averaged and stored, in one commit each time.
pub fn quarters(folder: &Path, partnerships: usize, time: Duration) -> Result<f64> {
    let conn = open(&folder.join("raw-close.db"))?;
    conn.execute_batch(SCHEMA)?;
    conn.execute_batch(
        "CREATE TABLE round (id INTEGER PRIMARY KEY, partnership INT NOT NULL, quarter INT NOT NULL);
         CREATE INDEX round_quarter ON round (quarter);
         CREATE INDEX link_round ON link (round);
         CREATE TABLE scorecard (partnership INT, quarter INT, n INT, a1 REAL, a2 REAL, a3 REAL, a4 REAL, a5 REAL,
             PRIMARY KEY (partnership, quarter)) WITHOUT ROWID;
         BEGIN;",
    )?;
    {
        let mut round = conn.prepare("INSERT INTO round VALUES (?1, ?2, ?3)")?;
        let mut link = conn.prepare("INSERT INTO link VALUES (?1, ?2, ?3, '2026-01-01 00:00:00')")?;
        let mut add =
            conn.prepare("INSERT INTO response VALUES (?1, ?1, ?2, 3, 4, 5, ?3, ?4, '2026-01-01 00:00:00')")?;
        let (mut id, mut number) = (0_u32, 0_u32);
        for partnership in 0..u32::try_from(partnerships)? {
            for quarter in 1..=13 {
                id += 1;
                round.execute([id, partnership, quarter])?;
                for person in 0..10 {
                    number += 1;
                    link.execute(params![number, id, token(number)])?;
                    let (own, other) = (person % 5 + 1, (person + quarter) % 5 + 1);
                    add.execute(params![number, own, other, super::data::COMMENT])?;
                }
            }
        }
    }
    conn.execute_batch("COMMIT; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")?;
    let mut close = conn.prepare(
        "INSERT OR REPLACE INTO scorecard \
         SELECT c.partnership, c.quarter, count(*), avg(r1), avg(r2), avg(r3), avg(r4), avg(r5) \
         FROM round c JOIN link l ON l.round = c.id JOIN response r ON r.link_id = l.id \
         WHERE c.quarter = 13 GROUP BY c.partnership, c.quarter",
    )?;
    let (begun, mut done) = (Instant::now(), 0_u32);
    while done == 0 || begun.elapsed() < time {
        anyhow::ensure!(close.execute([])? == partnerships, "every partnership has a scorecard");
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// Synchronisations a second of a file into which 4 KiB were written: what a commit waits for.
pub fn synchronisations(folder: &Path, time: Duration) -> Result<f64> {
    use std::os::unix::fs::FileExt as _;
    let file = std::fs::File::create(folder.join("raw-sync"))?;
    let (begun, mut done) = (Instant::now(), 0_u32);
    while begun.elapsed() < time {
        file.write_all_at(&[b'x'; 4096], u64::from(done % 64) * 4096)?;
        file.sync_data()?;
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}
