//! A file of any length: read, decided and written at the same time, so that memory stays flat.

use std::io::{BufRead, BufReader, Read};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::plan::{self, Complaint, Frame, Imported, NoPlan, Plan};
use super::reading::{Broken, Defaults, Parsed, Seen};
use super::write::{self, Found};
use super::{Dropped, Form, MOST_ERRORS, Reach, read, review};
use crate::domain::history::PastReviews;
use crate::domain::instrument::Instrument;
use crate::store::history::Standing;
use crate::store::{Conn, StoreError, alone};
use crate::workflow::{Context, FieldError, Refusal, version_of};

/// Partnerships of one transaction.
const AT_ONCE: usize = 20;
/// Partnerships of the first one, so that writing begins before so many are decided.
const FIRST: usize = 3;
/// Partnerships that are read ahead.
const AHEAD: usize = 20;
/// So many transactions' worth of partnerships may be decided and not yet written.
const DECIDED: usize = 2;
const BUFFER: usize = 1 << 16;

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Partnerships that are settled.
    pub partnerships: usize,
    /// Answers that are written.
    pub answers: usize,
}

/// What became of a file.
#[derive(Debug, Default)]
pub struct Report {
    /// What was done, in the order of the file.
    pub done: Vec<Imported>,
    /// How many partnerships were left out.
    pub left_out: usize,
    /// Why, up to a hundred places.
    pub errors: Vec<FieldError>,
    /// Why the file was not read to its end.
    pub broken: Option<Broken>,
    /// What was read and not kept.
    pub dropped: Dropped,
}

impl Report {
    fn leave_out(&mut self, errors: impl IntoIterator<Item = FieldError>) {
        self.left_out += 1;
        let room = MOST_ERRORS.saturating_sub(self.errors.len());
        self.errors.extend(errors.into_iter().take(room));
    }

    fn progress(&self) -> Progress {
        Progress {
            partnerships: self.done.len() + self.left_out,
            answers: self.done.iter().map(|own| own.answers).sum(),
        }
    }
}

/// Which form a file has, told from how it begins; `named` is what its name says.
pub fn form_of(begins: &[u8], named: Form) -> Form {
    let text = begins.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(begins);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Form::Json,
        _ => named,
    }
}

/// Imports a file, which has the form that its name says unless it begins like the other. A partnership that cannot be imported is left out, and the others are imported.
///
/// # Errors
/// When the database fails; what is in the report of `progress` by then stands.
pub async fn import_file(
    ctx: &Context,
    actor: &str,
    (file, named): (impl Read + Send + 'static, Form),
    defaults: Defaults,
    now: DateTime<Utc>,
    progress: impl FnMut(Progress),
) -> Result<Report, Refusal> {
    let (sender, parsed) = mpsc::channel::<Parsed>(AHEAD);
    let reader = tokio::task::spawn_blocking(move || {
        let mut file = BufReader::with_capacity(BUFFER, file);
        let begins = file.fill_buf().map_err(|error| Broken::Unreadable(error.to_string()))?;
        let form = form_of(begins, named);
        read(file, form, defaults, &mut |own| sender.blocking_send(own).is_ok())
    });
    let review = ctx.store.read(review).await?;
    let (jobs, decided) = mpsc::channel(DECIDED);
    let (decided, written) = tokio::join!(
        decide_all(ctx, parsed, jobs, &review, now),
        write_all(ctx, actor, decided, &review, now, progress)
    );
    let mut report = written?;
    decided?;
    match reader.await.map_err(|error| StoreError::Broken(format!("the reading stopped: {error}")))? {
        Ok(dropped) => report.dropped = dropped,
        Err(broken) => report.broken = Some(broken),
    }
    Ok(report)
}

/// Decides on everything that was read, some partnerships at a time.
async fn decide_all(
    ctx: &Context,
    mut parsed: mpsc::Receiver<Parsed>,
    jobs: mpsc::Sender<Vec<Decided>>,
    review: &Instrument,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let (mut seen, mut limit) = (Seen::default(), FIRST);
    loop {
        let (some, more) = gather(&mut parsed, &mut seen, limit).await;
        limit = AT_ONCE.min(limit * 2);
        let some = decide(ctx, some, review.clone(), now).await?;
        // Nobody takes them where writing failed.
        if jobs.send(some).await.is_err() || !more {
            return Ok(());
        }
    }
}

/// Writes everything that was decided.
async fn write_all(
    ctx: &Context,
    actor: &str,
    mut decided: mpsc::Receiver<Vec<Decided>>,
    review: &Instrument,
    now: DateTime<Utc>,
    mut progress: impl FnMut(Progress),
) -> Result<Report, Refusal> {
    let mut report = Report::default();
    while let Some(some) = decided.recv().await {
        for settled in carry_out(ctx, actor, some, review, now).await? {
            match settled {
                Ok(own) => report.done.push(own),
                Err(complaints) => report.leave_out(complaints.into_iter().map(|own| own.error)),
            }
        }
        progress(report.progress());
    }
    Ok(report)
}

/// Some partnerships, and whether there may be more.
async fn gather(parsed: &mut mpsc::Receiver<Parsed>, seen: &mut Seen, limit: usize) -> (Vec<Parsed>, bool) {
    let mut some = Vec::with_capacity(limit);
    while some.len() < limit {
        let Some(own) = parsed.recv().await else { return (some, false) };
        some.push(own.and_then(|own| seen.take(own)));
    }
    (some, true)
}

/// A partnership that is decided and scored, on what stood here then; or why it is left out.
type Decided = Result<Job, Vec<Complaint>>;

struct Job {
    reviews: PastReviews,
    version: Option<String>,
    plan: Plan,
}

async fn decide(
    ctx: &Context,
    some: Vec<Parsed>,
    review: Instrument,
    now: DateTime<Utc>,
) -> Result<Vec<Decided>, Refusal> {
    if some.is_empty() {
        return Ok(Vec::new());
    }
    let zone = ctx.settings.instance.zone.clone();
    ctx.store
        .read(move |conn| {
            let frame = Frame { review: &review, zone: &zone, now };
            some.into_iter().map(|own| decide_one(conn, own, &frame)).collect()
        })
        .await
}

fn decide_one(conn: &mut Conn, parsed: Parsed, frame: &Frame<'_>) -> Result<Decided, Refusal> {
    let reviews = match parsed {
        Ok(reviews) => reviews,
        Err(errors) => {
            return Ok(Err(errors.into_iter().map(|error| Complaint { error, conflict: false }).collect()));
        }
    };
    match look_and_plan(conn, &reviews, frame) {
        Ok((version, plan)) => Ok(Ok(Job { reviews, version, plan })),
        Err(NoPlan::Refused(complaints)) => Ok(Err(complaints)),
        Err(NoPlan::Store(error)) => Err(error.into()),
    }
}

fn look_and_plan(
    conn: &mut Conn,
    reviews: &PastReviews,
    frame: &Frame<'_>,
) -> Result<(Option<String>, Plan), NoPlan> {
    let standing = standing_of(write::standing(conn, reviews, Reach::Any, frame.review)?)?;
    let plan = plan::plan(reviews, standing.as_ref(), frame)?;
    Ok((standing.as_ref().map(version_of), plan))
}

fn standing_of(found: Found) -> Result<Option<Standing>, NoPlan> {
    match found {
        Found::Here(standing) => Ok(Some(*standing)),
        Found::Several(complaint) => Err(NoPlan::Refused(vec![complaint])),
        Found::Nothing | Found::OutOfReach => Ok(None),
    }
}

/// Writes what was decided, in one transaction; each partnership by itself.
async fn carry_out(
    ctx: &Context,
    actor: &str,
    jobs: Vec<Decided>,
    review: &Instrument,
    now: DateTime<Utc>,
) -> Result<Vec<Result<Imported, Vec<Complaint>>>, Refusal> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let (actor, review, zone) = (actor.to_owned(), review.clone(), ctx.settings.instance.zone.clone());
    ctx.store
        .decide(move |conn| {
            let frame = Frame { review: &review, zone: &zone, now };
            let mut settled = Vec::with_capacity(jobs.len());
            for job in jobs {
                settled.push(match job {
                    Ok(job) => write_one(conn, &actor, job, &frame)?,
                    Err(complaints) => Err(complaints),
                });
            }
            Ok(settled)
        })
        .await
}

/// Writes one partnership, whole or not at all; decides again when something has changed here meanwhile.
fn write_one(
    conn: &mut Conn,
    actor: &str,
    job: Job,
    frame: &Frame<'_>,
) -> Result<Result<Imported, Vec<Complaint>>, Refusal> {
    let field = job.reviews.spot.at("partnership");
    let written = alone(conn, |conn| {
        let standing = standing_of(write::held(conn, &job.reviews, Reach::Any, frame.review)?)?;
        let plan = if standing.as_ref().map(version_of) == job.version {
            job.plan
        } else {
            plan::plan(&job.reviews, standing.as_ref(), frame)?
        };
        write::write(conn, actor, &plan, frame.now)?;
        Ok(plan.outcome)
    });
    match written {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(NoPlan::Refused(complaints)) => Ok(Err(complaints)),
        Err(NoPlan::Store(StoreError::Conflict(_))) => {
            let sentence = "It was changed here at the same moment; import the file again.".to_owned();
            Ok(Err(vec![Complaint { error: FieldError { field, sentence }, conflict: true }]))
        }
        Err(NoPlan::Store(error)) => Err(error.into()),
    }
}
