//! The ticker. It is a hint only: what is due is decided by the database, so a missed or doubled tick does no harm.

use std::sync::Arc;
use std::time::Duration;

use tokio_cron_scheduler::{Job, JobScheduler};

use super::Worker;

/// Why ticking could not start.
#[derive(Debug, thiserror::Error)]
#[error("the scheduler could not start: {0}")]
pub struct SchedulerError(#[from] tokio_cron_scheduler::JobSchedulerError);

/// Ticks until it is stopped.
pub struct Scheduler(JobScheduler);

impl Scheduler {
    /// Nudges the worker every `seconds`.
    pub async fn start(worker: Arc<Worker>, seconds: u32) -> Result<Self, SchedulerError> {
        let scheduler = JobScheduler::new().await?;
        let every = Duration::from_secs(u64::from(seconds));
        scheduler.add(Job::new_repeated(every, move |_, _| worker.nudge())?).await?;
        scheduler.start().await?;
        Ok(Self(scheduler))
    }

    /// Ends the ticking.
    pub async fn stop(mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::warn!(%error, "the scheduler did not stop cleanly");
        }
    }
}
