//! Providers with IO: files, and services as small servers in the test's own process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::model::Coordinates;
use engine::roads::{Drive, Place, RoadTimes};
use serde_json::{Value, json};

use super::*;

/// A service whose answer is `metres = 1000 * from + to` by the places' thousandths of a degree, and half as many seconds; what it
/// was asked, and how it fails.
#[derive(Default)]
struct Stub {
    asked: AtomicUsize,
    /// Rows and columns of each request that was answered.
    sizes: Mutex<Vec<(usize, usize)>>,
    /// Requests that fail first, and with what; 0 is a wait beyond any patience.
    failing: AtomicUsize,
    status: AtomicUsize,
}

impl Stub {
    async fn failure(&self) -> Option<Response> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let left = self.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            return None;
        }
        match self.status.load(Ordering::SeqCst) {
            0 => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                None
            }
            status => {
                let body = json!({"code": "InvalidQuery", "message": "not so", "error": "not so"}).to_string();
                Some((StatusCode::from_u16(status as u16).unwrap(), body).into_response())
            }
        }
    }

    fn fail(&self, times: usize, status: usize) {
        self.status.store(status, Ordering::SeqCst);
        self.failing.store(times, Ordering::SeqCst);
    }
}

/// Thousandths of a degree of latitude.
fn number(lat: f64) -> i64 {
    (lat * 1000.0).round() as i64
}

/// Metres between numbered places; there is no way to number 9.
fn metres(from: i64, to: i64) -> Option<i64> {
    (to != 9).then_some(1000 * from + to)
}

async fn osrm(
    State(stub): State<Arc<Stub>>,
    Path(places): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if let Some(failure) = stub.failure().await {
        return failure;
    }
    let of = |key: &str| query.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone()).unwrap();
    assert_eq!(of("annotations"), "duration,distance");
    let lats: Vec<i64> = places.split(';').map(|p| number(p.split_once(',').unwrap().1.parse().unwrap())).collect();
    let side = |key: &str| of(key).split(';').map(|n| lats[n.parse::<usize>().unwrap()]).collect::<Vec<i64>>();
    let (from, to) = (side("sources"), side("destinations"));
    stub.sizes.lock().unwrap().push((from.len(), to.len()));
    let table = |scale: f64| -> Value {
        let cell = |from: &i64, to: &i64| metres(*from, *to).map(|metres| metres as f64 * scale);
        from.iter().map(|from| to.iter().map(|to| cell(from, to)).collect::<Vec<_>>()).collect::<Vec<_>>().into()
    };
    json!({"code": "Ok", "distances": table(1.0), "durations": table(0.5)}).to_string().into_response()
}

async fn valhalla(State(stub): State<Arc<Stub>>, body: Bytes) -> Response {
    if let Some(failure) = stub.failure().await {
        return failure;
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&body["costing"], &body["units"]), (&json!("auto"), &json!("kilometers")));
    let side = |key: &str| -> Vec<i64> {
        body[key].as_array().unwrap().iter().map(|place| number(place["lat"].as_f64().unwrap())).collect()
    };
    let (from, to) = (side("sources"), side("targets"));
    stub.sizes.lock().unwrap().push((from.len(), to.len()));
    let cell = |from: i64, to: i64| match metres(from, to) {
        Some(metres) => json!({"distance": metres as f64 / 1000.0, "time": metres as f64 / 2.0}),
        None => json!({"distance": null, "time": null}),
    };
    let rows: Vec<Vec<Value>> = from.iter().map(|from| to.iter().map(|to| cell(*from, *to)).collect()).collect();
    json!({"sources_to_targets": rows, "units": "kilometers"}).to_string().into_response()
}

/// The stub behind an address; it ends with the test.
fn serve() -> (Arc<Stub>, String, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let stub = Arc::new(Stub::default());
    let router = Router::new()
        .route("/table/v1/driving/{places}", get(osrm))
        .route("/sources_to_targets", post(valhalla))
        .with_state(Arc::clone(&stub));
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move { axum::serve(listener, router).await });
    (stub, address, runtime)
}

fn places(numbers: impl IntoIterator<Item = i64>) -> Vec<Place> {
    let at = |n: i64| Coordinates { lat: n as f64 / 1000.0, lon: 0.5 };
    numbers.into_iter().map(|n| Place { name: n.to_string(), at: at(n) }).collect()
}

fn quick(block: usize) -> Limits {
    Limits { timeout: Duration::from_millis(300), attempts: 3, pause: Duration::from_millis(1), block }
}

fn is_right(remote: &Remote, numbers: &[i64]) {
    let table = remote.table(&places(numbers.iter().copied())).unwrap();
    for (n, from) in numbers.iter().enumerate() {
        for (m, to) in numbers.iter().enumerate() {
            let expected = if n == m { Some(0) } else { metres(*from, *to) };
            let drive = table.drive(n, m);
            assert_eq!(drive.map(|drive| drive.metres.get()), expected, "{from} {to}");
            // Halves are rounded away from zero.
            assert_eq!(drive.map(|drive| drive.seconds.get()), expected.map(|metres| (metres + 1) / 2), "{from} {to}");
        }
    }
}

#[test]
fn both_protocols_tell_drives_and_what_has_none() {
    let (stub, url, _runtime) = serve();
    for remote in [Remote::osrm(&url, quick(50), None), Remote::valhalla(&url, quick(50), None)] {
        is_right(&remote.unwrap(), &[1, 2, 9, 4]);
    }
    assert_eq!(*stub.sizes.lock().unwrap(), [(4, 4), (4, 4)]);
}

#[test]
fn large_tables_are_asked_in_blocks_and_only_once() {
    let (stub, url, _runtime) = serve();
    let remote = Remote::osrm(&url, quick(2), None).unwrap();
    is_right(&remote, &[1, 2, 3, 4, 5]);
    let mut sizes = std::mem::take(&mut *stub.sizes.lock().unwrap());
    sizes.sort_unstable();
    // Two, two and one. The last place's drive to itself is not asked for.
    assert_eq!(sizes, [(1, 2), (1, 2), (2, 1), (2, 1), (2, 2), (2, 2), (2, 2), (2, 2)]);
    is_right(&remote, &[5, 2, 1]);
    assert!(stub.sizes.lock().unwrap().is_empty(), "all of it is known");
    is_right(&remote, &[1, 7]);
    assert_eq!(*stub.sizes.lock().unwrap(), [(2, 2)], "7 to 1 and 1 to 7");
}

#[test]
fn answers_outlive_the_process_in_a_folder() {
    let (stub, url, _runtime) = serve();
    let folder = tempfile::tempdir().unwrap();
    is_right(&Remote::osrm(&url, quick(50), Some(folder.path())).unwrap(), &[1, 2, 9]);
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("1000,500000,2000,500000,1002,501\n") && text.contains("1000,500000,9000,500000,,\n"),
        "{text}"
    );
    // Writes that were cut short, the second within a drive's seconds: they are taken away.
    for cut in ["1000,500000,30", "1000,500000,2000,500000,1002,50"] {
        std::fs::write(&file, format!("{text}{cut}")).unwrap();
        is_right(&Remote::osrm(&url, quick(50), Some(folder.path())).unwrap(), &[2, 9, 1]);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
    assert_eq!(stub.asked.load(Ordering::SeqCst), 1);
    is_right(&Remote::valhalla(&url, quick(50), Some(folder.path())).unwrap(), &[1, 2]);
    assert_eq!(stub.asked.load(Ordering::SeqCst), 2, "another service's answers are its own");
}

#[test]
fn failures_that_may_pass_are_tried_again() {
    let (stub, url, _runtime) = serve();
    for (asked, status) in [(3, 503), (6, 429), (9, 0)] {
        stub.fail(2, status);
        is_right(&Remote::osrm(&url, quick(50), None).unwrap(), &[1, 2]);
        assert_eq!(stub.asked.load(Ordering::SeqCst), asked, "twice in vain");
    }
}

#[test]
fn failures_that_stay_are_told() {
    let (stub, url, _runtime) = serve();
    let why = |remote: Result<Remote, Fault>| remote.unwrap().table(&places([1, 2])).unwrap_err().0;
    stub.fail(9, 500);
    let answer = why(Remote::osrm(&url, quick(50), None));
    assert_eq!(answer, format!("osrm {url} answers 500 Internal Server Error, 3 times"));
    stub.fail(9, 400);
    assert_eq!(why(Remote::osrm(&url, quick(50), None)), format!("osrm {url} answers InvalidQuery: not so"));
    assert_eq!(why(Remote::valhalla(&url, quick(50), None)), format!("valhalla {url} answers: not so"));
    assert_eq!(stub.asked.load(Ordering::SeqCst), 3 + 1 + 1, "what is refused is not asked again");
    stub.fail(9, 0);
    assert!(why(Remote::osrm(&url, quick(50), None)).ends_with("no answer within 0.3 s, 3 times"));
    let nobody = why(Remote::osrm("http://127.0.0.1:1", quick(50), None));
    assert!(nobody.starts_with("osrm http://127.0.0.1:1 cannot be reached ("), "{nobody}");
}

#[test]
fn a_service_that_talks_nonsense_is_refused() {
    let replies: [(&[u8], &str); 4] = [
        (b"<html>", "answers no OSRM table"),
        (br#"{"code":"NoTable","message":"none"}"#, "answers NoTable: none"),
        (br#"{"code":"Ok","durations":[[0]]}"#, "answers without distances"),
        (br#"{"code":"Ok","durations":[["x"]],"distances":[[0]]}"#, "answers no OSRM table"),
    ];
    for (body, expected) in replies {
        let why = super::osrm::drives(body).unwrap_err();
        assert!(why.starts_with(expected), "{why}");
    }
    let rows = super::osrm::drives(br#"{"code":"Ok","durations":[[1.4,null]],"distances":[[2.6,null]]}"#).unwrap();
    assert_eq!(rows, [[Some(Drive::new(3, 1)), None]]);
    assert!(super::valhalla::drives(b"[]").unwrap_err().starts_with("answers no Valhalla matrix"));
}

#[test]
fn sources_are_opened_by_their_settings() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/roads");
    let open = |source: &str| {
        let roads = crate::config::Config::default().roads;
        super::open(&RoadSettings { source: source.parse().unwrap(), ..roads })
    };
    assert!(open("great-circle").unwrap().is_none());
    let town = format!("{data}/town.osm.pbf");
    assert_eq!(open(&format!("osm:{town}")).unwrap().unwrap().source(), format!("osm {town}"));
    assert_eq!(open("osrm:http://127.0.0.1:5000/").unwrap().unwrap().source(), "osrm http://127.0.0.1:5000");
    let missing = open("table:nowhere.csv").unwrap_err();
    assert!(missing[0].to_string().starts_with("nowhere.csv: the file must be there and readable ("));
    for wrong in ["osm:", "osrm:https://x", "osrm:http://me@x", "valhalla:x", "osrm:http://x/?q=1", "oracle"] {
        assert!(wrong.parse::<RoadSource>().is_err(), "{wrong}");
    }
}
