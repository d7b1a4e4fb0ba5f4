//! Logs and metrics: how to switch them on, and the buckets that make p50 and p99 readable.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Requests answered, by `method`, `route` and `status`.
pub const REQUESTS: &str = "tidewater_http_requests_total";
/// Seconds from the request's head to the answer's head, by `method` and `route`.
pub const LATENCY: &str = "tidewater_http_request_seconds";
/// Requests in work.
pub const IN_FLIGHT: &str = "tidewater_http_in_flight";
/// Quotes that were told again without being worked out.
pub const QUOTES_TOLD_AGAIN: &str = "tidewater_quotes_told_again_total";
/// Questions to carriers for live rates that failed, by carrier.
pub const LIVE_RATES_FAILED: &str = "tidewater_live_rates_failed_total";
/// Requests refused before work, by `reason`.
pub const SHED: &str = "tidewater_http_shed_total";
/// Open event streams.
pub const STREAMS: &str = "tidewater_http_event_streams";

/// Upper bounds in seconds, about 1.5x apart where answers fall, so that a quantile read from them is off by a fifth at most.
const LATENCY_BUCKETS: [f64; 22] = [
    0.000_1, 0.000_2, 0.000_4, 0.000_7, 0.001, 0.001_5, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1,
    0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
];

/// The process's metrics; the first call installs the recorder.
///
/// There is one recorder in a process because the `metrics` macros write to a global one.
pub fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(install_metrics).clone()
}

/// Sends log lines to stderr, filtered by `filter` (`info`, `api=debug,warn`). Does nothing when logs are on already.
pub fn install_logging(filter: &str) {
    let filter = EnvFilter::builder().parse_lossy(filter);
    // A second subscriber is refused; the first one stays, which is what a test or an embedding program wants.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
}

fn install_metrics() -> PrometheusHandle {
    let builder = PrometheusBuilder::new();
    // The bounds are never empty, the only reason for a refusal.
    let recorder = match builder.set_buckets_for_metric(Matcher::Full(LATENCY.to_owned()), &LATENCY_BUCKETS) {
        Ok(builder) => builder.build_recorder(),
        Err(_) => PrometheusBuilder::new().build_recorder(),
    };
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("another metrics recorder is installed: /metrics stays empty");
    }
    metrics::describe_counter!(REQUESTS, "Requests answered");
    metrics::describe_histogram!(LATENCY, metrics::Unit::Seconds, "Time to the answer's head");
    metrics::describe_gauge!(IN_FLIGHT, "Requests in work");
    metrics::describe_counter!(QUOTES_TOLD_AGAIN, "Quotes told again without being worked out");
    metrics::describe_counter!(LIVE_RATES_FAILED, "Questions to carriers for live rates that failed");
    metrics::describe_counter!(SHED, "Requests refused before work");
    metrics::describe_gauge!(STREAMS, "Open event streams");
    handle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_fall_into_buckets() {
        let handle = metrics();
        metrics::histogram!(LATENCY, "route" => "/telemetry-test").record(0.004);
        let text = handle.render();
        assert!(
            text.contains("tidewater_http_request_seconds_bucket{route=\"/telemetry-test\",le=\"0.005\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("tidewater_http_request_seconds_bucket{route=\"/telemetry-test\",le=\"0.003\"} 0"),
            "{text}"
        );
    }
}
