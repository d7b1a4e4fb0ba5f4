//! What every handler can reach.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;

use crate::auth::Keys;
use crate::clock::Clock;
use crate::config::Config;
use crate::overload::{Gate, RateLimits};
use crate::telemetry;

use super::lifecycle::Lifecycle;

/// The parts that handlers use; clones share them.
#[derive(Clone)]
pub struct AppState {
    /// What time it is.
    pub clock: Clock,
    /// The settings.
    pub config: Arc<Config>,
    /// Who may call.
    pub keys: Keys,
    /// The process's metrics.
    pub metrics: PrometheusHandle,
    /// Whether the service is ready, or going down.
    pub lifecycle: Lifecycle,
    /// The bound on requests in work.
    pub gate: Gate,
    /// The bound on open event streams.
    pub streams: Gate,
    /// Each caller's share.
    pub rates: Arc<RateLimits>,
}

impl AppState {
    /// The state of a service with these settings, keys and clock.
    pub fn new(config: Config, keys: Keys, clock: Clock) -> Self {
        let limits = &config.limits;
        Self {
            clock,
            keys,
            metrics: telemetry::metrics(),
            lifecycle: Lifecycle::new(),
            gate: Gate::new(limits.in_flight, limits.quote_share_percent),
            streams: Gate::new(limits.event_streams, 100),
            rates: Arc::new(RateLimits::new(limits.requests_per_second, limits.burst)),
            config: Arc::new(config),
        }
    }
}
