//! A log as a stream of server-sent events that a client can leave and resume without loss.
//!
//! The log numbers its entries 1, 2, 3, ..; a stream sends those after the client's last one in order, each with its number
//! as the event's id. Browsers send that id back as `Last-Event-ID`. Entries are read in pages when the client takes them,
//! so that a slow client holds one page and nothing more; one that is too far behind is sent away (410) to read the state
//! anew. The stream ends when the service goes down; the client then resumes elsewhere.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use futures_util::stream::{self, Stream};
use tokio::sync::watch;

use crate::app::AppError;
use crate::overload::{Class, Permit};
use crate::telemetry;

use super::lifecycle::Lifecycle;
use super::problem::Problem;
use super::state::AppState;

/// One entry of the log, as the client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// The event's name: `order.accepted`.
    pub name: String,
    /// The event as JSON on one line.
    pub json: String,
}

/// Entries after some number.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// Those that the client may see, ascending.
    pub entries: Vec<Entry>,
    /// The last number looked at, which may be that of an entry hidden from the client.
    pub through: u64,
}

/// How a stream reads the log.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Entries read at a time.
    pub page: usize,
    /// How far behind a client may be when it comes.
    pub catch_up: u64,
    /// How often a comment is sent where there is nothing else, so that proxies keep the line.
    pub keep_alive: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { page: 256, catch_up: 100_000, keep_alive: Duration::from_secs(15) }
    }
}

/// Where a client wants to go on: the header `Last-Event-ID`, or the query's `after`; `None` means from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumeAfter(pub Option<u64>);

impl FromRequestParts<AppState> for ResumeAfter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        if let Some(value) = parts.headers.get("last-event-id") {
            let number = value.to_str().ok().and_then(|text| text.parse().ok());
            let refusal = || Problem::new("bad-header", "`Last-Event-ID` must be the number of an event.");
            return number.map(|n| Self(Some(n))).ok_or_else(refusal);
        }
        let query = parts.uri.query().unwrap_or("");
        match query.split('&').find_map(|pair| pair.strip_prefix("after=")) {
            None => Ok(Self(None)),
            Some(text) => text.parse().map(|n| Self(Some(n))).map_err(|_| {
                AppError::Invalid(vec![Fault::new("query", "after", text, "must be the number of an event")]).into()
            }),
        }
    }
}

/// A stream of the log's entries after `resume`.
///
/// `newest` shows the log's last number and wakes the stream; `fetch(after, limit)` reads up to `limit` entries after a
/// number, hiding what the client may not see. A failing `fetch` ends the stream; the client resumes by itself.
pub fn respond<F, Answer>(
    state: &AppState,
    ResumeAfter(resume): ResumeAfter,
    newest: watch::Receiver<u64>,
    options: Options,
    fetch: F,
) -> Result<Response, Problem>
where
    F: Fn(u64, usize) -> Answer + Send + 'static,
    Answer: Future<Output = Result<Chunk, AppError>> + Send + 'static,
{
    let last = *newest.borrow();
    let after = resume.unwrap_or(last);
    if after > last || last - after > options.catch_up {
        return Err(Problem::new(
            "event-gap",
            format!("The stream can be resumed after {} up to {last}.", last.saturating_sub(options.catch_up)),
        ));
    }
    let permit = state.streams.enter(Class::Work).ok_or(AppError::Busy { retry_after_s: 5 })?;
    let open = OpenStream::new(permit);
    let events = follow(
        Follower { after, newest, page: options.page, fetch, waiting: VecDeque::new(), open },
        state.lifecycle.clone(),
    );
    let keep_alive = KeepAlive::new().interval(options.keep_alive).text("still here");
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}

/// Counts itself among the open streams.
struct OpenStream {
    _permit: Permit,
}

impl OpenStream {
    fn new(permit: Permit) -> Self {
        metrics::gauge!(telemetry::STREAMS).increment(1.0);
        Self { _permit: permit }
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        metrics::gauge!(telemetry::STREAMS).decrement(1.0);
    }
}

struct Follower<F> {
    after: u64,
    newest: watch::Receiver<u64>,
    page: usize,
    fetch: F,
    waiting: VecDeque<Entry>,
    /// Held until the client leaves.
    #[allow(dead_code, reason = "dropping it is its use")]
    open: OpenStream,
}

fn follow<F, Answer>(follower: Follower<F>, lifecycle: Lifecycle) -> impl Stream<Item = Result<Event, Infallible>>
where
    F: Fn(u64, usize) -> Answer + Send + 'static,
    Answer: Future<Output = Result<Chunk, AppError>> + Send + 'static,
{
    stream::unfold((follower, lifecycle), async |(mut follower, lifecycle)| {
        let next = tokio::select! {
            biased;
            () = lifecycle.draining() => None,
            next = follower.next() => next,
        };
        next.map(|entry| (Ok(event(&entry)), (follower, lifecycle)))
    })
}

impl<F, Answer> Follower<F>
where
    F: Fn(u64, usize) -> Answer + Send,
    Answer: Future<Output = Result<Chunk, AppError>> + Send + 'static,
{
    /// The next entry, once there is one; `None` when the log is gone or cannot be read.
    async fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.waiting.pop_front() {
                return Some(entry);
            }
            let after = self.after;
            self.newest.wait_for(|last| *last > after).await.ok()?;
            let chunk = (self.fetch)(after, self.page).await;
            let chunk = chunk
                .inspect_err(|error| tracing::warn!(%error, after, "an event stream ends: the log cannot be read"))
                .ok()?;
            // A log that shows a number before it can be read would keep us spinning.
            if chunk.through <= after {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            self.after = chunk.through.max(after);
            self.waiting.extend(chunk.entries);
        }
    }
}

fn event(entry: &Entry) -> Event {
    Event::default().id(entry.seq.to_string()).event(&entry.name).data(&entry.json)
}
