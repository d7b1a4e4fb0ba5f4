//! Background jobs: the service's own hands. Each takes no input, looks at the durable state, does what is due, and is
//! harmless if run twice or at a bad moment. One run of a job at a time; a test or a demo runs them by [`Jobs::run_due`].
//!
//! | job | does | period |
//! |---|---|---|
//! | waves | releases waves whose cut-off has come | 1 min |
//! | planner | re-plans the backlog and publishes shadow prices | configured, 15 min |
//! | dispatch | gives up unanswered tenders, plans vans under way anew, tenders what is packed, plans vans | 5 min |
//! | learn | learns from deliveries how punctual services and docks are | 3 h |
//! | expiry | ends soft holds whose time has come | 1 min |
//! | curve | notes the day's figures | 5 min |

use std::sync::{Arc, Mutex};

use engine::units::{Seconds, Timestamp};

use crate::app::{App, AppError, PlanOrder};

/// A kind of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobKind {
    /// Releases waves. First, so that a plan never moves what is due.
    Waves,
    /// Plans the backlog.
    Planner,
    /// Tenders.
    Dispatch,
    /// Learns from deliveries.
    Learn,
    /// Ends holds.
    Expiry,
    /// Notes the day's figures.
    Curve,
}

/// How a job last went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobStatus {
    /// Which.
    pub kind: JobKind,
    /// How often it runs.
    pub period: Seconds,
    /// When it ran last.
    pub last_run: Option<Timestamp>,
    /// What went wrong then.
    pub last_error: Option<String>,
    /// Runs so far.
    pub runs: u64,
}

/// All jobs of the service.
pub struct Jobs {
    app: Arc<App>,
    status: Mutex<Vec<JobStatus>>,
    /// Held while jobs run, so that each runs once at a time.
    running: Mutex<()>,
}

impl Jobs {
    /// Jobs over `app`; the planner runs every `planner_period`.
    pub fn new(app: Arc<App>, planner_period: Seconds) -> Self {
        let job = |kind, period| JobStatus { kind, period, last_run: None, last_error: None, runs: 0 };
        let status = vec![
            job(JobKind::Waves, Seconds::minutes(1)),
            job(JobKind::Planner, planner_period),
            job(JobKind::Dispatch, Seconds::minutes(5)),
            job(JobKind::Learn, Seconds::hours(3)),
            job(JobKind::Expiry, Seconds::minutes(1)),
            job(JobKind::Curve, Seconds::minutes(5)),
        ];
        Self { app, status: Mutex::new(status), running: Mutex::new(()) }
    }

    /// Runs every job whose period has passed, in the order of [`JobKind`]. Blocks; call it from a thread that may.
    pub fn run_due(&self) {
        let now = self.app.clock().now();
        let _one_at_a_time = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due: Vec<JobKind> = self
            .status()
            .iter()
            .filter(|job| job.last_run.is_none_or(|last| last + job.period <= now))
            .map(|job| job.kind)
            .collect();
        for kind in due {
            let outcome = self.run_once(kind);
            if let Err(error) = &outcome {
                tracing::error!(job = ?kind, error = %error, "job failed; it runs again after its period");
            }
            let mut status = self.status.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(job) = status.iter_mut().find(|job| job.kind == kind) {
                job.last_run = Some(now);
                job.last_error = outcome.err().map(|error| error.to_string());
                job.runs += 1;
            }
        }
    }

    /// Runs one job now.
    pub fn run_once(&self, kind: JobKind) -> Result<(), AppError> {
        match kind {
            JobKind::Waves => self.app.release_due_waves().map(|_| ()),
            JobKind::Planner => match self.app.propose_plan(PlanOrder::default())? {
                Some(run) => self.app.commit_plan_blocking(&run.id).map(|_| ()),
                None => Ok(()),
            },
            JobKind::Dispatch => self.app.tender_due().map(|_| ()),
            JobKind::Learn => self.app.learn_promises(),
            JobKind::Expiry => self.app.expire_holds(),
            JobKind::Curve => {
                self.app.sample();
                Ok(())
            }
        }
    }

    /// How each job last went.
    pub fn status(&self) -> Vec<JobStatus> {
        self.status.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Runs jobs by the clock until `stop` says so. On a virtual clock, jobs run when somebody moves it; this loop then
    /// follows in real seconds.
    pub async fn run(self: Arc<Self>, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(std::time::Duration::from_secs(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let jobs = Arc::clone(&self);
            // A job that panicked is logged by the runtime; the next tick tries again.
            let _ = tokio::task::spawn_blocking(move || jobs.run_due()).await;
        }
    }
}
