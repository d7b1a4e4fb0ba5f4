//! A service on the tiny network, with a key for everybody and a clock moved by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::app::Budgets;
use api::auth::{Actor, Binding, Role};
use api::cli::serve::one_time_keys;
use api::cli::service::start;
use api::clock::Clock;
use api::config::{Config, Sources};
use api::jobs::Jobs;
use api::{http, web};
use engine::ids::{CarrierId, MerchantId, WarehouseId};
use engine::units::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

/// A folder under `data/`.
pub fn world(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(name)
}

/// An instant written in RFC 3339.
pub fn instant(text: &str) -> Timestamp {
    engine::calendar::parse_timestamp(text).unwrap_or_else(|rule| panic!("{text}: {rule}"))
}

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Nobody,
    Fernshop,
    Boltshop,
    North,
    East,
    Prairie,
    OwnVans,
    Planner,
    Admin,
}

impl Who {
    pub const ALL: [Self; 9] = [
        Self::Nobody,
        Self::Fernshop,
        Self::Boltshop,
        Self::North,
        Self::East,
        Self::Prairie,
        Self::OwnVans,
        Self::Planner,
        Self::Admin,
    ];

    /// The role of the key, if there is one.
    pub fn role(self) -> Option<&'static str> {
        match self {
            Self::Nobody => None,
            Self::Fernshop | Self::Boltshop => Some("shop"),
            Self::North | Self::East => Some("warehouse"),
            Self::Prairie | Self::OwnVans => Some("carrier"),
            Self::Planner => Some("planner"),
            Self::Admin => Some("admin"),
        }
    }

    fn actor(self) -> Option<Actor> {
        let shop = |id| (Role::Shop, Binding::Merchant(MerchantId::new(id).expect("an id")));
        let place = |id| (Role::Warehouse, Binding::Warehouse(WarehouseId::new(id).expect("an id")));
        let carrier = |id| (Role::Carrier, Binding::Carrier(CarrierId::new(id).expect("an id")));
        let (role, binding) = match self {
            Self::Nobody => return None,
            Self::Fernshop => shop("fernshop"),
            Self::Boltshop => shop("boltshop"),
            Self::North => place("NORTH"),
            Self::East => place("EAST"),
            Self::Prairie => carrier("prairie"),
            Self::OwnVans => carrier("own-vans"),
            Self::Planner => (Role::Planner, Binding::Network),
            Self::Admin => (Role::Admin, Binding::Network),
        };
        Some(Actor { name: format!("{self:?}"), role, binding })
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub text: String,
}

impl Answer {
    /// The body as JSON, of an answer with this status.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The code of a problem, of an answer with this status.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let body = self.json(status);
        assert_eq!(self.content_type, "application/problem+json");
        body["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned()
    }

    /// Pointer and field of each fault of a 422, as `/lines/0 sku`.
    #[track_caller]
    pub fn faults(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let body = self.json(422);
        let errors = body["errors"].as_array().expect("a list of errors");
        errors.iter().map(|error| text(&error["pointer"])).collect()
    }
}

/// The service.
pub struct Service {
    pub base: String,
    pub clock: Clock,
    pub client: reqwest::Client,
    jobs: Arc<Jobs>,
    keys: BTreeMap<Who, String>,
    _folder: TempDir,
}

impl Service {
    /// Starts a service on `data/tiny` whose clock stands at `now`.
    pub async fn at(now: &str) -> Self {
        Self::on(&world("tiny"), now).await
    }

    /// The same with sourcing rules: rows of `sourcing_rules.csv` below its header.
    pub async fn with_rules(now: &str, rows: &str) -> Self {
        let copy = tempfile::tempdir().expect("a folder");
        for file in std::fs::read_dir(world("tiny")).expect("the tiny network").flatten() {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("a copy");
        }
        let header = "rule,merchant,channel,kind,limit,scope,warehouses,skus,categories,price_cents,first_day,last_day";
        std::fs::write(copy.path().join("sourcing_rules.csv"), format!("{header}\n{rows}")).expect("rules");
        Self::on(copy.path(), now).await
    }

    /// The same whose own vans drive by this source of road times, as the setting `roads.source` names it.
    pub async fn with_roads(now: &str, source: &str) -> Self {
        let source = source.parse().expect("a source of road times");
        Self::start(&world("tiny"), now, |config| config.roads.source = source).await
    }

    /// The same with secrets of Shopify apps.
    pub async fn with_shopify(now: &str, secrets: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("shopify.toml");
        std::fs::write(&file, secrets).expect("secrets");
        Self::start(&world("tiny"), now, |config| config.shopify_file = Some(file)).await
    }

    /// The same with carriers that are asked for their rates.
    pub async fn with_adapters(now: &str, adapters: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("adapters.toml");
        std::fs::write(&file, adapters).expect("adapters");
        Self::start(&world("tiny"), now, |config| config.adapters_file = Some(file)).await
    }

    /// The same with secret keys of Saleor webhooks.
    pub async fn with_saleor(now: &str, secrets: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("saleor.toml");
        std::fs::write(&file, secrets).expect("secrets");
        Self::start(&world("tiny"), now, |config| config.saleor_file = Some(file)).await
    }

    /// Starts a service on a network that knows the tiny one's shops, warehouses and carriers.
    pub async fn on(network: &Path, now: &str) -> Self {
        Self::start(network, now, |_| {}).await
    }

    async fn start(network: &Path, now: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::from_sources(&Sources { file: None, environment: Vec::new() }).expect("settings");
        config.listen = ([127, 0, 0, 1], 0).into();
        config.data_dir = folder.path().to_owned();
        config.world_dir = network.to_owned();
        change(&mut config);
        let (actors, who): (Vec<Actor>, Vec<Who>) =
            Who::ALL.into_iter().filter_map(|who| Some((who.actor()?, who))).unzip();
        let (texts, ring) = one_time_keys(&actors).expect("keys");
        let clock = Clock::virtual_at(instant(now));
        let budgets = Budgets::default();
        let up = start(config, ring, clock.clone(), engine::units::Seconds::minutes(60), budgets).await;
        let up = up.unwrap_or_else(|failure| panic!("{failure:?}"));
        let base = format!("http://{}", up.listener.local_addr().expect("an address"));
        let router = http::router(web::router(), up.state.clone());
        tokio::spawn(http::serve(up.listener, router, up.state, std::future::pending()));
        let client = reqwest::Client::new();
        Self { base, clock, client, jobs: up.jobs, keys: who.into_iter().zip(texts).collect(), _folder: folder }
    }

    /// Moves the clock to `to` in steps of five minutes and runs what is due at each.
    pub async fn advance(&self, to: &str) {
        let to = instant(to);
        while self.clock.now() < to {
            let next = (self.clock.now() + engine::units::Seconds::minutes(5)).min(to);
            self.clock.set(next).expect("time goes forward");
            let jobs = Arc::clone(&self.jobs);
            tokio::task::spawn_blocking(move || jobs.run_due()).await.expect("jobs run");
            for job in self.jobs.status() {
                assert_eq!(job.last_error, None, "{:?}", job.kind);
            }
        }
    }

    /// A request of `who` to `METHOD /path`.
    pub fn request(&self, who: Who, line: &str) -> reqwest::RequestBuilder {
        let (method, path) = line.split_once(' ').expect("METHOD /path");
        let method = method.parse().expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.base));
        match self.keys.get(&who) {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.expect("an answer");
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
        let (status, content_type) = (answer.status().as_u16(), content_type.to_owned());
        Answer { status, content_type, text: answer.text().await.expect("a body") }
    }

    /// The answer to a request without a body.
    pub async fn get(&self, who: Who, path: &str) -> Answer {
        self.send(self.request(who, &format!("GET {path}"))).await
    }

    /// The answer to a JSON body.
    pub async fn post(&self, who: Who, path: &str, body: &Value) -> Answer {
        self.send(self.request(who, &format!("POST {path}")).json(body)).await
    }

    /// The answer to an order sent under an idempotency key.
    pub async fn order(&self, who: Who, key: &str, body: &Value) -> Answer {
        self.send(self.request(who, "POST /v1/orders").header("idempotency-key", key).json(body)).await
    }

    /// Stock of a SKU at a warehouse as `[on hand, allocated, available]`.
    pub async fn stock(&self, sku: &str, warehouse: &str) -> [i64; 3] {
        let path = format!("/v1/stock?sku={sku}&warehouse={warehouse}");
        let row = self.get(Who::Planner, &path).await.json(200)["items"][0].clone();
        ["on_hand", "allocated", "available"].map(|field| row[field].as_i64().unwrap_or(-1))
    }
}
