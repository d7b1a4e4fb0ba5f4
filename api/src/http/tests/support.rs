//! Operations that do nothing useful, callers, and a client that needs no socket.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use engine::fault::Fault;
use engine::ids::{CarrierId, MerchantId, WarehouseId};
use engine::units::Timestamp;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;
use tower::ServiceExt as _;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::{AppError, ShortLine};
use crate::auth::actor::not_found;
use crate::auth::{Actor, Binding, KeyEntry, KeyRing, KeyText, Keys, Role};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::body::{Bulk, Json, Keyed};
use crate::http::extract::{Caller, IdempotencyKey, Listed, Page, Path, Query};
use crate::http::{AppState, Problem, assemble};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    pub name: String,
    pub sizes: Vec<u32>,
}

#[derive(Debug, Deserialize)]
struct Filter {
    since: Option<u32>,
}

#[utoipa::path(post, path = "/things", tag = "things", security(("key" = ["shop"])), request_body = Thing, responses((status = 200)))]
async fn create(Keyed { intent, body }: Keyed<Thing>) -> String {
    let intent = intent.map(|i| format!("{} {}", i.key, i.digest[0]));
    format!("{} {:?} {intent:?}", body.name, body.sizes)
}

#[utoipa::path(get, path = "/things", tag = "things", security(("key" = ["shop"])), params(Page), responses((status = 200)))]
async fn list(page: Page, Query(filter): Query<Filter>) -> Json<Listed<usize>> {
    let first = page.after.and_then(|a| a.parse().ok()).unwrap_or(filter.since.unwrap_or(0) as usize);
    Json(Listed::new((first..first + page.limit + 1).collect(), page.limit, |last| (last + 1).to_string()))
}

#[utoipa::path(get, path = "/things/{merchant}", tag = "things", security(("key" = ["shop", "planner"])), responses((status = 200)))]
async fn show(Caller(actor): Caller, Path(merchant): Path<MerchantId>) -> Result<String, Problem> {
    if !actor.sees_merchant(merchant.as_str()) {
        return Err(not_found("thing", merchant).into());
    }
    Ok(merchant.to_string())
}

#[utoipa::path(get, path = "/numbers/{a}/{b}", tag = "things", security(()), responses((status = 200)))]
async fn numbers(Path((a, b)): Path<(u32, u8)>) -> String {
    format!("{a} {b}")
}

#[utoipa::path(put, path = "/keyed", tag = "things", security(()), responses((status = 200)))]
async fn keyed(IdempotencyKey(key): IdempotencyKey) -> String {
    key
}

#[utoipa::path(post, path = "/bulk", tag = "things", security(()), responses((status = 200)))]
async fn bulk(Bulk { media_type, bytes }: Bulk) -> String {
    format!("{media_type} {}", bytes.len())
}

#[utoipa::path(get, path = "/floor", tag = "things", security(("key" = ["warehouse"])), responses((status = 200)))]
async fn floor() {}

#[utoipa::path(get, path = "/lane", tag = "things", security(("key" = ["carrier"])), responses((status = 200)))]
async fn lane() {}

#[utoipa::path(get, path = "/undeclared", tag = "things", responses((status = 200)))]
async fn undeclared() {}

#[utoipa::path(get, path = "/misdeclared", tag = "things", security(("key" = ["boss"])), responses((status = 200)))]
async fn misdeclared() {}

/// Waits until the test lets it go.
#[utoipa::path(get, path = "/slow", tag = "things", security(("key" = ["shop"])), responses((status = 200)))]
async fn slow(State(state): State<AppState>) -> &'static str {
    state.clock.sleep_until(Timestamp::from_unix(10)).await;
    "done"
}

#[utoipa::path(get, path = "/quotes", tag = "quotes", security(("key" = ["shop"])), responses((status = 200)))]
async fn quote(State(state): State<AppState>) -> &'static str {
    state.clock.sleep_until(Timestamp::from_unix(10)).await;
    "priced"
}

#[utoipa::path(get, path = "/fails/{how}", tag = "things", security(()), responses((status = 200)))]
async fn fails(Path(how): Path<String>) -> Result<(), Problem> {
    let error = match how.as_str() {
        "invalid" => AppError::Invalid(vec![
            Fault::new("/lines/3", "quantity", 0, "must be at least 1"),
            Fault::new("/lines", "a/b~c", "x".repeat(500), "must be short"),
            Fault::new("orders.csv:17", "qty", "", "must be there"),
        ]),
        "not-found" => AppError::NotFound { kind: "order", id: "o1".to_owned() },
        "forbidden" => AppError::Forbidden("no".to_owned()),
        "conflict" => AppError::Conflict { code: "conflict", detail: "released".to_owned() },
        "out-of-stock" => {
            AppError::OutOfStock { lines: vec![ShortLine { sku: "s".to_owned(), wanted: 3, available: 1 }] }
        }
        "key-reused" => AppError::KeyReused,
        "busy" => AppError::Busy { retry_after_s: 7 },
        "rate-limited" => AppError::RateLimited { retry_after_s: 8 },
        "internal" => AppError::Internal(anyhow::anyhow!("the secret cause")),
        _ => panic!("the secret panic"),
    };
    Err(error.into())
}

fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(show))
        .routes(routes!(numbers))
        .routes(routes!(keyed))
        .routes(routes!(bulk))
        .routes(routes!(floor))
        .routes(routes!(lane))
        .routes(routes!(undeclared))
        .routes(routes!(misdeclared))
        .routes(routes!(slow))
        .routes(routes!(quote))
        .routes(routes!(fails))
        .route("/undocumented", axum::routing::get(|| async {}))
}

/// A service under test.
pub struct Service {
    pub router: Router,
    pub state: AppState,
    pub shop: KeyText,
    pub other_shop: KeyText,
    pub warehouse: KeyText,
    pub carrier: KeyText,
    pub planner: KeyText,
    pub admin: KeyText,
    pub suspended: KeyText,
}

impl Service {
    /// A service at second 0 of a virtual clock, with settings changed by `change`.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::and_pages(change, Router::new())
    }

    pub fn and_pages(change: impl FnOnce(&mut Config), pages: Router<AppState>) -> Self {
        let mut config =
            Config { drain_notice: Duration::ZERO, drain_limit: Duration::from_secs(5), ..Config::default() };
        change(&mut config);
        let mut ring = KeyRing::default();
        let mut issue = |role, binding, suspended: Option<&str>| {
            let (text, mut entry) = KeyEntry::issue(&Actor { name: format!("{role}"), role, binding }).unwrap();
            entry.suspended = suspended.map(str::to_owned);
            ring.add("test", &entry).unwrap();
            text
        };
        let merchant = |id| Binding::Merchant(MerchantId::new(id).unwrap());
        let shop = issue(Role::Shop, merchant("m1"), None);
        let other_shop = issue(Role::Shop, merchant("m2"), None);
        let warehouse = issue(Role::Warehouse, Binding::Warehouse(WarehouseId::new("w1").unwrap()), None);
        let carrier = issue(Role::Carrier, Binding::Carrier(CarrierId::new("c1").unwrap()), None);
        let planner = issue(Role::Planner, Binding::Network, None);
        let admin = issue(Role::Admin, Binding::Network, None);
        let suspended = issue(Role::Shop, merchant("m3"), Some("unpaid since May"));
        let state = AppState::new(config, Keys::fixed(ring), Clock::virtual_at(Timestamp::from_unix(0)));
        let router = assemble(operations(), pages, state.clone());
        Self { router, state, shop, other_shop, warehouse, carrier, planner, admin, suspended }
    }

    pub fn usual() -> Self {
        Self::with(|_| {})
    }

    /// The answer to a request made by the first line (`POST /things`), header lines (`name: value`) and a body.
    pub async fn send(&self, head: &str, body: impl Into<Body>) -> Answer {
        let response = self.router.clone().oneshot(request(head, body)).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let mut chunks = response.into_body().into_data_stream();
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            bytes.extend_from_slice(&chunk.unwrap());
        }
        Answer { status, headers, text: String::from_utf8(bytes).unwrap() }
    }

    /// The answer to a request of the holder of `key`.
    pub async fn as_key(&self, key: &KeyText, line: &str) -> Answer {
        self.send(&format!("{line}\nauthorization: Bearer {}", key.reveal()), "").await
    }

    /// The answer to a JSON body posted by a shop to `/things`.
    pub async fn post(&self, body: &str) -> Answer {
        let head =
            format!("POST /things\ncontent-type: application/json\nauthorization: Bearer {}", self.shop.reveal());
        self.send(&head, body.to_owned()).await
    }
}

pub fn request(head: &str, body: impl Into<Body>) -> Request<Body> {
    let mut lines = head.lines();
    let (method, uri) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method.parse::<Method>().unwrap()).uri(uri);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    request.body(body.into()).unwrap()
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is a well-formed problem and returns its status and code.
    #[track_caller]
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        assert!(body["title"].is_string() && body["detail"].is_string() && body["instance"].is_string(), "{body}");
        assert_eq!(body["request_id"], self.header("x-request-id"));
        assert_eq!(self.headers.get_all(header::CONTENT_TYPE).iter().count(), 1);
        let code = body["type"].as_str().unwrap().strip_prefix("/problems/").unwrap().to_owned();
        assert!(crate::http::catalogue::find(&code).is_some(), "{code} is not in the catalogue");
        (self.status.as_u16(), code)
    }
}

/// Lets other tasks run until `done`.
pub async fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("waited in vain");
}

/// A stop signal to be given by hand.
pub fn stop() -> (Arc<Notify>, impl Future<Output = ()> + Send + 'static) {
    let stop = Arc::new(Notify::new());
    let heard = Arc::clone(&stop);
    (stop, async move { heard.notified().await })
}
