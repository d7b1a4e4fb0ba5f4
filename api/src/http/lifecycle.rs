//! Whether the service can take requests: what it still waits for, and that it is going down.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

/// A handle on the service's life; clones share it.
#[derive(Clone, Debug)]
pub struct Lifecycle(Arc<watch::Sender<Phase>>);

#[derive(Clone, Debug, Default)]
struct Phase {
    /// What is waited for, by part: `store` -> `replaying the log`.
    waiting: BTreeMap<&'static str, String>,
    draining: bool,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Lifecycle {
    /// A service that waits for nothing.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::default())))
    }

    /// Notes that `part` is not ready, and why.
    pub fn wait_for(&self, part: &'static str, why: impl Into<String>) {
        self.0.send_modify(|phase| {
            phase.waiting.insert(part, why.into());
        });
    }

    /// Notes that `part` is ready.
    pub fn is_up(&self, part: &'static str) {
        self.0.send_modify(|phase| {
            phase.waiting.remove(part);
        });
    }

    /// Notes that the service is going down. There is no way back.
    pub fn drain(&self) {
        self.0.send_modify(|phase| phase.draining = true);
    }

    /// Why the service is not ready; empty when it is.
    pub fn reasons(&self) -> Vec<String> {
        let phase = self.0.borrow();
        let draining = phase.draining.then(|| "shutting down".to_owned());
        draining.into_iter().chain(phase.waiting.iter().map(|(part, why)| format!("{part}: {why}"))).collect()
    }

    /// Returns once the service is going down.
    pub async fn draining(&self) {
        // The sender lives in `self`, so the channel cannot close while we wait.
        let _ = self.0.subscribe().wait_for(|phase| phase.draining).await;
    }
}
