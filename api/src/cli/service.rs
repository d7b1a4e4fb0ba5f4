//! Starting the service: what `serve` and `demo` share.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use engine::fault::Fault;
use engine::fulfilment::{Event, State};
use engine::model::World;
use engine::network::Network;
use engine::search::Seed;
use engine::stock::StockEvent;
use engine::units::Seconds;
use tokio::net::TcpListener;

use super::Failure;
use crate::app::{App, Budgets};
use crate::auth::{Keys, Seal, Secrets};
use crate::clock::Clock;
use crate::config::Config;
use crate::data::{self, Loaded};
use crate::http::{self, AppState};
use crate::jobs::Jobs;
use crate::live::Adapters;
use crate::roads;
use crate::store::{Decision, Store};
use crate::web;

/// A service that is up.
pub struct Service {
    /// Its use cases.
    pub app: Arc<App>,
    /// Its jobs.
    pub jobs: Arc<Jobs>,
    /// Its face's state.
    pub state: AppState,
    /// Where it listens.
    pub listener: TcpListener,
}

/// Names a network by its contents, so that a data folder is never read with another one's indices.
pub fn fingerprint(network: &Network) -> String {
    let world = &network.world;
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(text.as_bytes());
        hasher.update(b"\n");
    };
    world.merchants.iter().for_each(|m| add(m.id.as_str()));
    world.skus.iter().for_each(|s| add(s.id.as_str()));
    world.warehouses.iter().for_each(|w| add(w.id.as_str()));
    world.services.iter().for_each(|s| add(s.id.as_str()));
    world.postals.iter().for_each(|p| add(&p.code));
    format!("network-{}", &hasher.finalize().to_hex()[..16])
}

/// Loads the network, opens the store (a new one gets the network's opening stock) and binds the address.
pub async fn start(
    config: Config,
    keys: Keys,
    clock: Clock,
    planner_period: Seconds,
    budgets: Budgets,
) -> Result<Service, Failure> {
    let loaded = data::load(&config.world_dir)?;
    start_on(loaded, config, keys, clock, planner_period, budgets).await
}

/// The same on a network that is loaded.
pub async fn start_on(
    Loaded { world, stock }: Loaded,
    config: Config,
    keys: Keys,
    clock: Clock,
    planner_period: Seconds,
    budgets: Budgets,
) -> Result<Service, Failure> {
    let road_settings = config.roads.clone();
    let roads = tokio::task::spawn_blocking(move || roads::open(&road_settings))
        .await
        .map_err(anyhow::Error::from)?
        .map_err(Failure::BadInput)?;
    let shopify = secrets(&world, "shopify_file", config.shopify_file.as_deref())?;
    let saleor = secrets(&world, "saleor_file", config.saleor_file.as_deref())?;
    let adapters = Adapters::load(config.adapters_file.as_deref(), &world)?;
    let network = Arc::new(Network::new(world));
    let store = open_store(&config.data_dir, &network)?;
    if store.last_seq() == 0 {
        let received =
            stock.into_iter().map(|(sku, warehouse, quantity)| StockEvent::Received { sku, warehouse, quantity });
        let events: Vec<Event> = received.map(|change| Event::Stock { change }).collect();
        let opening = store
            .submit(clock.now(), None, move |_: &State| {
                Ok::<_, std::convert::Infallible>(Decision { events, reply: () })
            })
            .await;
        opening.map_err(|error| anyhow::anyhow!("{error}")).context("booking the opening stock")?;
    }
    let listen = config.listen;
    let level_bp = u16::try_from(config.promise_level_percent * 100).unwrap_or(u16::MAX);
    let app = App::new(network, store, clock.clone(), Seed(config.seed), budgets);
    let app = Arc::new(app.with_roads(roads).with_promise_level(level_bp));
    let jobs = Arc::new(Jobs::new(Arc::clone(&app), planner_period));
    let seal = Seal::of_folder(&config.data_dir)?;
    let state =
        AppState::new(config, keys, clock).with_secrets(shopify, saleor).with_seal(seal).with_adapters(adapters);
    state.connect(Arc::clone(&app));
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("listening on {listen}; choose another address with --listen, or stop the program that uses it")
    })?;
    Ok(Service { app, jobs, state, listener })
}

/// The secrets of a file that a setting names; every merchant there that the network does not know is a fault.
fn secrets(world: &World, setting: &str, file: Option<&Path>) -> Result<Secrets, Vec<Fault>> {
    let secrets = Secrets::load(setting, file)?;
    let rule = "must be a merchant of the network";
    let unknown = secrets.merchants().filter(|id| world.merchant(id.as_str()).is_none());
    let faults: Vec<Fault> = unknown.map(|id| Fault::new(setting, "merchant", id, rule)).collect();
    if faults.is_empty() { Ok(secrets) } else { Err(faults) }
}

/// Opens the store of a data folder.
pub fn open_store(folder: &Path, network: &Network) -> anyhow::Result<Store<State>> {
    Store::open(folder, &fingerprint(network), State::new(&network.world))
        .with_context(|| format!("opening {}", folder.display()))
}

impl Service {
    /// Answers requests and runs jobs until asked to stop.
    pub async fn serve(self) -> anyhow::Result<()> {
        let (stopping, stop) = tokio::sync::watch::channel(false);
        let jobs = tokio::spawn(Arc::clone(&self.jobs).run(stop));
        let router = http::router(web::router(), self.state.clone());
        let outcome = http::serve(self.listener, router, self.state, http::stop_signal()).await;
        stopping.send_replace(true);
        // The last job run ends before the store closes.
        let _ = jobs.await;
        outcome
    }
}
