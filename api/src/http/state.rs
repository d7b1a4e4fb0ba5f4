//! What every handler can reach.

use std::sync::{Arc, OnceLock, RwLock};

use metrics_exporter_prometheus::PrometheusHandle;

use crate::app::App;
use crate::auth::{Keys, Secrets};
use crate::clock::Clock;
use crate::config::Config;
use crate::overload::{Gate, RateLimits};
use crate::telemetry;

use super::lifecycle::Lifecycle;
use super::problem::Problem;

/// The parts that handlers use; clones share them.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// What clones of a state share.
pub struct Parts {
    /// The use cases, once the store is open.
    app: OnceLock<Arc<App>>,
    /// The report of the last demo, as HTML.
    pub report: RwLock<Option<String>>,
    /// What time it is.
    pub clock: Clock,
    /// The settings.
    pub config: Arc<Config>,
    /// Who may call.
    pub keys: Keys,
    /// Who may send signed requests.
    secrets: OnceLock<Secrets>,
    /// The process's metrics.
    pub metrics: PrometheusHandle,
    /// Whether the service is ready, or going down.
    pub lifecycle: Lifecycle,
    /// The bound on requests in work.
    pub gate: Gate,
    /// The bound on open event streams.
    pub streams: Gate,
    /// The bound on route searches.
    pub searches: Gate,
    /// Each caller's share.
    pub rates: RateLimits,
}

impl std::ops::Deref for AppState {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl AppState {
    /// The state of a service with these settings, keys and clock.
    pub fn new(config: Config, keys: Keys, clock: Clock) -> Self {
        let limits = &config.limits;
        Self(Arc::new(Parts {
            app: OnceLock::new(),
            report: RwLock::default(),
            clock,
            keys,
            secrets: OnceLock::new(),
            metrics: telemetry::metrics(),
            lifecycle: Lifecycle::new(),
            gate: Gate::new(limits.in_flight, limits.quote_share_percent),
            streams: Gate::new(limits.event_streams, 100),
            searches: Gate::new(limits.route_searches, 100),
            rates: RateLimits::new(limits.requests_per_second, limits.burst),
            config: Arc::new(config),
        }))
    }

    /// The same, with secrets of shop platforms; the first call counts.
    #[must_use]
    pub fn with_secrets(self, secrets: Secrets) -> Self {
        let _ = self.0.secrets.set(secrets);
        self
    }

    /// Who may send signed requests.
    pub fn secrets(&self) -> &Secrets {
        self.0.secrets.get_or_init(Secrets::default)
    }

    /// Connects the use cases; the first call counts.
    pub fn connect(&self, app: Arc<App>) {
        // A second store under one service is a mistake of the caller's that changes nothing.
        let _ = self.app.set(app);
    }

    /// The use cases, or a problem that says the service is still starting.
    pub fn app(&self) -> Result<Arc<App>, Problem> {
        self.app.get().cloned().ok_or_else(|| Problem::new("not-ready", "The store is being opened.").retry_after(1))
    }
}
