//! Event streams: order, resumption, bounds, and their end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::support::{Service, request, until};
use crate::app::AppError;
use crate::http::events_stream::{Chunk, Entry, Options, ResumeAfter, respond};
use crate::http::{AppState, Problem};

/// A log of numbers whose every third entry is hidden from the client.
#[derive(Clone)]
struct Log {
    newest: watch::Sender<u64>,
    reads: Arc<Mutex<Vec<u64>>>,
}

impl Log {
    fn of(entries: u64) -> Self {
        Self { newest: watch::Sender::new(entries), reads: Arc::default() }
    }

    fn read(&self, after: u64, limit: usize) -> Result<Chunk, AppError> {
        self.reads.lock().unwrap().push(after);
        let through = (after + limit as u64).min(*self.newest.borrow());
        let entries = (after + 1..=through).filter(|n| n % 3 != 0);
        let entries = entries.map(|seq| Entry { seq, name: "thing.made".to_owned(), json: format!("{{\"n\":{seq}}}") });
        Ok(Chunk { entries: entries.collect(), through })
    }

    fn service(&self, change: impl FnOnce(&mut crate::config::Config)) -> Service {
        let log = self.clone();
        let handler = async move |State(state): State<AppState>, resume: ResumeAfter| -> Result<Response, Problem> {
            let (newest, options) = (log.newest.subscribe(), Options { page: 4, catch_up: 50, ..Options::default() });
            respond(&state, resume, newest, options, move |after, limit| std::future::ready(log.read(after, limit)))
        };
        Service::and_pages(change, Router::new().route("/events", get(handler)))
    }
}

struct Client {
    stream: axum::body::BodyDataStream,
}

impl Client {
    async fn open(service: &Service, head: &str) -> Result<Self, StatusCode> {
        let response = service.router.clone().oneshot(request(head, "")).await.unwrap();
        if !response.status().is_success() {
            return Err(response.status());
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self { stream: response.into_body().into_data_stream() })
    }

    /// The next event's text, or `None` at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        let next = tokio::time::timeout(Duration::from_secs(5), self.stream.next()).await.unwrap();
        next.map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
    }

    async fn ids(&mut self, count: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        for _ in 0..count {
            let text = self.next().await.unwrap();
            ids.push(text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().parse().unwrap());
        }
        ids
    }
}

#[tokio::test]
async fn a_client_resumes_where_it_left_and_then_follows() {
    let log = Log::of(10);
    let service = log.service(|_| {});
    let mut client = Client::open(&service, "GET /events\nlast-event-id: 3").await.unwrap();
    assert_eq!(client.ids(5).await, [4, 5, 7, 8, 10]);
    log.newest.send_replace(12);
    let text = client.next().await.unwrap();
    for line in ["id: 11", "event: thing.made", "data: {\"n\":11}"] {
        assert!(text.lines().any(|l| l == line), "{text}");
    }
    let mut again = Client::open(&service, "GET /events?x=1&after=8").await.unwrap();
    assert_eq!(again.ids(2).await, [10, 11]);
}

#[tokio::test]
async fn without_a_place_to_resume_the_stream_begins_now() {
    let log = Log::of(10);
    let service = log.service(|_| {});
    let mut client = Client::open(&service, "GET /events").await.unwrap();
    log.newest.send_replace(11);
    assert_eq!(client.ids(1).await, [11]);
}

#[tokio::test]
async fn pages_are_read_only_as_the_client_takes_them() {
    let log = Log::of(40);
    let service = log.service(|_| {});
    let mut client = Client::open(&service, "GET /events?after=0").await.unwrap();
    assert_eq!(client.ids(3).await, [1, 2, 4]);
    assert_eq!(*log.reads.lock().unwrap(), [0], "one page of four entries");
    assert_eq!(client.ids(1).await, [5]);
    assert_eq!(*log.reads.lock().unwrap(), [0, 4]);
}

#[tokio::test]
async fn a_client_too_far_behind_or_ahead_is_sent_away() {
    let service = Log::of(100).service(|_| {});
    assert!(Client::open(&service, "GET /events?after=50").await.is_ok());
    for head in ["GET /events?after=49", "GET /events?after=101"] {
        assert_eq!(service.send(head, "").await.problem(), (410, "event-gap".to_owned()), "{head}");
    }
    assert_eq!(service.send("GET /events?after=x", "").await.problem(), (422, "invalid".to_owned()));
    assert_eq!(service.send("GET /events\nlast-event-id: x", "").await.problem(), (400, "bad-header".to_owned()));
}

#[tokio::test]
async fn open_streams_are_bounded_and_give_their_place_back() {
    let service = Log::of(1).service(|config| config.limits.event_streams = 1);
    let first = Client::open(&service, "GET /events").await.unwrap();
    assert_eq!(service.send("GET /events", "").await.problem(), (503, "busy".to_owned()));
    drop(first);
    until(|| service.state.streams.in_work() == 0).await;
    assert!(Client::open(&service, "GET /events").await.is_ok());
}

#[tokio::test]
async fn streams_end_when_the_service_goes_down() {
    let service = Log::of(1).service(|_| {});
    let mut client = Client::open(&service, "GET /events").await.unwrap();
    service.state.lifecycle.drain();
    assert_eq!(client.next().await, None);
}
