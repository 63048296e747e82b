//! What is not kept for ever: once a night it is looked for what has outlived its time.
//!
//! Law: frozen scorecards never change, and the drift of later cycles comes out the same. Rows are removed in batches, each in
//! a short transaction of its own; a night that is cut short is gone on with at the next tick. The audit log gets one line
//! with counts, and none when there was nothing to remove. Called by [`crate::worker::Worker`].

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};

use super::{Context, Look, Refusal};
use crate::store::{Conn, StoreError, meta, remarks, retention};

/// The night of the last complete look.
const LAST: &str = "retention_looked_on";
/// Rows in one transaction.
const BATCH: i64 = 200;
/// A night begins at this hour, UTC.
const HOUR: i64 = 2;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Letters that lost name, address and text.
    pub letters: usize,
    /// Responses of anonymous cycles that became sums.
    pub answers: usize,
    /// The cycles of these.
    pub cycles: usize,
    /// Comments.
    pub comments: usize,
}

impl Removed {
    /// Counts in words, for the audit log; empty when there is nothing to tell.
    fn words(self) -> String {
        let count = |n: usize, one: &str, many: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        };
        let parts = [
            count(self.letters, "letter lost its address", "letters lost their addresses"),
            count(self.answers, "anonymous response became sums", "anonymous responses became sums"),
            count(self.comments, "comment removed", "comments removed"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Looks once a night. What is removed counts as nothing done: nobody waits for it.
pub async fn look(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let night = night(now);
    let last = ctx.store.read(|conn| meta::get(conn, LAST)).await?;
    if last.is_some_and(|last| last >= night.to_string()) {
        return Ok(Look::default());
    }
    let removed = remove(ctx, now).await?;
    let words = removed.words();
    if !words.is_empty() {
        let Removed { letters, answers, cycles, comments } = removed;
        tracing::info!(letters, answers, cycles, comments, "retention");
    }
    ctx.store
        .write_tx(move |conn| -> Result<(), Refusal> {
            if !words.is_empty() {
                meta::audit(conn, "retention", &words, "", now)?;
            }
            Ok(meta::set(conn, LAST, &night.to_string())?)
        })
        .await?;
    Ok(Look::default())
}

fn night(now: DateTime<Utc>) -> NaiveDate {
    (now - TimeDelta::hours(HOUR)).date_naive()
}

/// Removes everything that has outlived its time at an instant.
pub async fn remove(ctx: &Context, now: DateTime<Utc>) -> Result<Removed, Refusal> {
    let keep = &ctx.settings.retention;
    let mut removed = Removed::default();
    let letters = now - TimeDelta::days(i64::from(keep.letters_days));
    removed.letters = batches(ctx, move |conn| retention::strip_letters(conn, letters, BATCH)).await?;
    let own = ctx.store.read(retention::own_limits).await?;
    for (of, months) in limits(&own, keep.comments_months) {
        let before = months_before(now, months);
        removed.comments += batches(ctx, move |conn| remarks::remove_old(conn, before, of, BATCH)).await?;
    }
    for (of, months) in limits(&own, keep.anonymous_answers_months) {
        let before = months_before(now, months);
        for cycle in ctx.store.read(move |conn| retention::due_for_reduction(conn, before, of)).await? {
            removed.answers += ctx.store.write_tx(move |conn| retention::reduce_cycle(conn, cycle)).await?;
            removed.cycles += 1;
        }
    }
    Ok(removed)
}

/// The instance's limit for every cycle, and those that sides set themselves where they are shorter.
fn limits(own: &[i32], instance: u32) -> Vec<(Option<i32>, u32)> {
    let shorter = own.iter().filter_map(|months| Some((Some(*months), u32::try_from(*months).ok()?)));
    std::iter::once((None, instance)).chain(shorter.filter(|(_, months)| *months < instance)).collect()
}

fn months_before(now: DateTime<Utc>, months: u32) -> DateTime<Utc> {
    now.checked_sub_months(Months::new(months)).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// Repeats a piece of work until it has less to do than it may.
async fn batches<F>(ctx: &Context, work: F) -> Result<usize, Refusal>
where
    F: Fn(&mut Conn) -> Result<usize, StoreError> + Clone + Send + 'static,
{
    let mut all = 0;
    loop {
        let work = work.clone();
        let done = ctx.store.write_tx(move |conn| work(conn)).await?;
        all += done;
        if i64::try_from(done).is_ok_and(|done| done < BATCH) {
            return Ok(all);
        }
    }
}
