//! `tidewater demo`: a peak day of the demo network through the real HTTP API, on an accelerated clock.

mod replay;
mod report;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use engine::calendar::civil::Date;
use engine::ids::{CarrierId, MerchantId, WarehouseId};
use engine::model::World;
use engine::peak;
use engine::units::{Seconds, Timestamp};

use super::Failure;
use super::serve::one_time_keys;
use super::service;
use crate::app::Budgets;
use crate::auth::{Actor, Binding, Role};
use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::data::{self, RecordedOrder};
use crate::{http, web};

use replay::{KeyChain, Replay};
use report::DemoReport;

/// Arguments of `tidewater demo`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Starts the service on loopback with a fresh data folder and replays the recorded orders of one day: shops ask for quotes and \
                        place orders, warehouses pull and confirm pick lists, carriers accept dispatches, vans drive, parcels arrive, all \
                        over HTTP. Ends with a report, and keeps serving so that you can look around.\n\nExample: cargo run --release -- demo --exit"
)]
pub struct Args {
    /// End after the report instead of serving on.
    #[arg(long)]
    exit: bool,
    /// Folder that describes the network.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    world: PathBuf,
    /// Local day whose orders are replayed.
    #[arg(long, default_value = "2025-11-11")]
    date: Date,
    /// Replay at most this many orders of the day.
    #[arg(long)]
    orders: Option<usize>,
    /// Address and port to listen on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Folder for the service's state; must not hold one yet. A new temporary folder if left out.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where to write the report; in the data folder if left out.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Root of all randomness.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Minutes of the day between two runs of the assignment planner.
    #[arg(long, default_value_t = 60)]
    plan_every_min: i64,
}

/// Runs the demo.
pub fn run(args: Args) -> Result<(), Failure> {
    let loaded = data::load(&args.world)?;
    let mut orders: Vec<RecordedOrder> = data::load_orders(&args.world, &loaded.world)?
        .into_iter()
        .filter(|order| order.local_date == args.date)
        .collect();
    orders.truncate(args.orders.unwrap_or(usize::MAX));
    let Some(first) = orders.first().map(|order| order.arrival.at) else {
        return Err(Failure::NoPlan(format!(
            "there are no recorded orders on {}; orders.csv lists the days there are",
            args.date
        )));
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(play(args, loaded, orders, first))
}

async fn play(args: Args, loaded: data::Loaded, orders: Vec<RecordedOrder>, first: Timestamp) -> Result<(), Failure> {
    let folder = args
        .data_dir
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("tidewater-demo-{}", std::process::id())));
    if folder.join("tidewater.db").exists() {
        return Err(Failure::Other(anyhow::anyhow!(
            "{} holds a state already; choose a new folder with --data-dir",
            folder.display()
        )));
    }
    let clock = Clock::virtual_at(first - Seconds::minutes(5));
    let (chain, keys) = key_chain(&loaded.world)?;
    let period = Seconds::minutes(args.plan_every_min.max(5));
    let service =
        service::start(config(&args, folder.clone())?, keys, clock.clone(), period, Budgets::default()).await?;
    let address = service.listener.local_addr().context("reading the address")?;
    println!("Tidewater serves on http://{address}/#key={}", chain.planner);
    println!("Replaying {} orders of {} through it.", orders.len(), args.date);
    let router = http::router(web::router(), service.state.clone());
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(http::serve(service.listener, router, service.state.clone(), async move {
        tokio::select! {
            _ = end => {}
            () = http::stop_signal() => {}
        }
    }));
    let started = Instant::now();
    let replay = Replay::new(
        format!("http://{address}"),
        chain,
        service.app.clone(),
        service.jobs.clone(),
        clock,
        engine::search::Seed(args.seed),
    );
    let outcome = replay.run(&orders).await?;
    let seconds = started.elapsed().as_secs_f64();
    let arrivals: Vec<_> = orders.iter().map(|order| order.arrival.clone()).collect();
    let network = service.app.network();
    let baseline = peak::nearest_with_stock(network, &loaded.stock, &arrivals);
    let report = DemoReport::new(&service.app, args.date, outcome, &baseline, seconds);
    println!("\n{report}");
    let page = report.to_html();
    let path = args.report.clone().unwrap_or_else(|| folder.join("report.html"));
    std::fs::write(&path, &page).with_context(|| format!("writing {}", path.display()))?;
    *service.state.report.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(page);
    println!("Report: {} and http://{address}/report", path.display());
    if args.exit {
        let _ = ended.send(());
    } else {
        println!("Still serving on http://{address}/ (time stands still). Ctrl-C ends it.");
    }
    server.await.context("serving")?.map_err(Failure::from)
}

fn config(args: &Args, folder: PathBuf) -> Result<Config, Failure> {
    let mut config = Config::from_sources(&Sources { file: None, environment: Vec::new() })?;
    config.listen = args.listen;
    config.data_dir = folder;
    config.world_dir.clone_from(&args.world);
    config.seed = args.seed;
    config.drain_notice = std::time::Duration::ZERO;
    // One client plays everybody: the shares that keep merchants apart would only slow it down.
    config.limits.requests_per_second = 1_000_000;
    config.limits.burst = 1_000_000;
    Ok(config)
}

/// A key for every shop, warehouse and carrier of the network, and one planner's.
fn key_chain(world: &World) -> anyhow::Result<(KeyChain, crate::auth::Keys)> {
    let actor = |role: Role, name: &str, binding| Actor { name: name.to_owned(), role, binding };
    let mut actors = vec![actor(Role::Planner, "demo planner", Binding::Network)];
    for merchant in world.merchants.iter() {
        actors.push(actor(Role::Shop, merchant.id.as_str(), Binding::Merchant(MerchantId::new(merchant.id.as_str())?)));
    }
    for warehouse in world.warehouses.iter() {
        actors.push(actor(
            Role::Warehouse,
            warehouse.id.as_str(),
            Binding::Warehouse(WarehouseId::new(warehouse.id.as_str())?),
        ));
    }
    for carrier in world.carriers.iter() {
        actors.push(actor(Role::Carrier, carrier.id.as_str(), Binding::Carrier(CarrierId::new(carrier.id.as_str())?)));
    }
    let (texts, keys) = one_time_keys(&actors)?;
    let mut chain = KeyChain { planner: texts[0].clone(), ..KeyChain::default() };
    for (actor, text) in actors.iter().zip(&texts).skip(1) {
        chain.by_name.insert((actor.role, actor.name.clone()), text.clone());
    }
    Ok((chain, keys))
}
