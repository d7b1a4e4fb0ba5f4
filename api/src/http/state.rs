//! What every handler can reach.

use std::sync::{Arc, OnceLock, RwLock};

use engine::units::Seconds;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::app::App;
use crate::auth::{Keys, Seal, Secrets};
use crate::clock::Clock;
use crate::config::Config;
use crate::live::Adapters;
use crate::overload::{Gate, RateLimits};
use crate::telemetry;

use super::easypost;
use super::lifecycle::Lifecycle;
use super::problem::Problem;
use super::shelf::Shelf;

/// Bytes of what EasyPost's clients may ask for again: some ten thousand shipments.
const EASYPOST_KEPT: usize = 256 << 20;

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
    /// Secrets of Shopify apps.
    shopify: OnceLock<Secrets>,
    /// Secrets of Saleor webhooks.
    saleor: OnceLock<Secrets>,
    /// Who signs quotes.
    seal: OnceLock<Seal>,
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
    /// Carriers that are asked for their rates.
    adapters: OnceLock<Adapters>,
    /// Shipments and orders of EasyPost's face.
    pub(super) easypost: Shelf<easypost::Kept>,
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
            shopify: OnceLock::new(),
            saleor: OnceLock::new(),
            seal: OnceLock::new(),
            metrics: telemetry::metrics(),
            lifecycle: Lifecycle::new(),
            gate: Gate::new(limits.in_flight, limits.quote_share_percent),
            streams: Gate::new(limits.event_streams, 100),
            searches: Gate::new(limits.route_searches, 100),
            rates: RateLimits::new(limits.requests_per_second, limits.burst),
            adapters: OnceLock::new(),
            easypost: Shelf::new(EASYPOST_KEPT),
            config: Arc::new(config),
        }))
    }

    /// The same, with secrets of shop platforms; the first call counts.
    #[must_use]
    pub fn with_secrets(self, shopify: Secrets, saleor: Secrets) -> Self {
        let _ = self.0.shopify.set(shopify);
        let _ = self.0.saleor.set(saleor);
        self
    }

    /// The same, with the seal of its data folder; the first call counts.
    #[must_use]
    pub fn with_seal(self, seal: Seal) -> Self {
        let _ = self.0.seal.set(seal);
        self
    }

    /// The same, with carriers that are asked for their rates; the first call counts.
    #[must_use]
    pub fn with_adapters(self, adapters: Adapters) -> Self {
        let _ = self.0.adapters.set(adapters);
        self
    }

    /// Carriers that are asked for their rates.
    pub fn adapters(&self) -> &Adapters {
        self.0.adapters.get_or_init(Adapters::default)
    }

    /// Who signs quotes.
    pub fn seal(&self) -> Result<&Seal, Problem> {
        self.0.seal.get().ok_or_else(|| Problem::new("not-ready", "The key of quotes is being read.").retry_after(1))
    }

    /// How long a quote's price is kept.
    pub fn quote_valid(&self) -> Seconds {
        Seconds::new(i64::try_from(self.config.quote_valid.as_secs()).unwrap_or(i64::MAX))
    }

    /// Secrets of Shopify apps.
    pub fn shopify(&self) -> &Secrets {
        self.0.shopify.get_or_init(Secrets::default)
    }

    /// Secrets of Saleor webhooks.
    pub fn saleor(&self) -> &Secrets {
        self.0.saleor.get_or_init(Secrets::default)
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
