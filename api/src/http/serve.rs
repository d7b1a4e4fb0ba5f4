//! Listening, and going down without failing a request.

use std::future::Future;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::state::AppState;

/// Answers requests until `stop` ends, then goes down in order: `/ready` says no (`drain.notice_s`); connections are
/// refused; requests in work finish (`drain.limit_s` at most).
pub async fn serve(
    listener: TcpListener,
    router: Router,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let (notice, limit) = (state.config.drain_notice, state.config.drain_limit);
    let upkeep = [tokio::spawn(keep_metrics(state.clone())), tokio::spawn(reload_keys(state.clone()))];
    let lifecycle = state.lifecycle.clone();
    let closing = async move {
        stop.await;
        tracing::info!("going down: /ready says no, requests in work finish");
        lifecycle.drain();
        tokio::time::sleep(notice).await;
    };
    // Nagle's algorithm would hold back small answers for up to 40 ms.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
    });
    let server = axum::serve(listener, router).with_graceful_shutdown(closing).into_future();
    let deadline = async {
        state.lifecycle.draining().await;
        tokio::time::sleep(notice + limit).await;
    };
    let outcome = tokio::select! {
        ended = server => ended.context("serving"),
        () = deadline => Err(anyhow::anyhow!("requests were still in work {} s after connections were refused", limit.as_secs())),
    };
    upkeep.iter().for_each(tokio::task::JoinHandle::abort);
    outcome
}

/// Ends when the process is asked to: SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match heard("SIGTERM", SignalKind::terminate()) {
            Some(mut signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

/// Reads the keys again at every SIGHUP; a broken file is logged and leaves the keys in force.
#[cfg(unix)]
async fn reload_keys(state: AppState) {
    let Some(mut signal) = heard("SIGHUP", SignalKind::hangup()) else { return };
    while signal.recv().await.is_some() {
        match state.keys.reload() {
            Ok(keys) => tracing::info!(keys, "keys read again"),
            Err(faults) => faults.iter().for_each(|fault| tracing::error!(%fault, "the keys in force stay")),
        }
    }
}

/// Keys are read once where there are no signals.
#[cfg(not(unix))]
async fn reload_keys(_: AppState) {}

#[cfg(unix)]
fn heard(name: &str, kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|error| tracing::warn!(%error, name, "a signal cannot be heard")).ok()
}

/// Moves latencies into their buckets, which would otherwise pile up until someone reads `/metrics`.
async fn keep_metrics(state: AppState) {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tick.tick().await;
        state.metrics.run_upkeep();
    }
}
