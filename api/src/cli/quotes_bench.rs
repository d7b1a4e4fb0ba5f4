//! `tidewater bench quotes`: quotes through HTTP, beside an endpoint that does nothing with bodies of the same size.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use axum::body::Bytes;
use axum::{Router, routing};
use engine::model::{Coverage, MerchantIx, PairChart, Parts, Pickup, RateTable, ServiceIx, ServiceZones, SkuIx, World};
use engine::network::great_circle;
use engine::search::Seed;
use engine::units::{Cents, Grams, Seconds};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::serve::one_time_keys;
use super::{Failure, service};
use crate::app::Budgets;
use crate::auth::{Actor, Binding, Role};
use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::data::{self, Loaded, RecordedOrder};
use crate::{http, web};

/// Arguments of `tidewater bench quotes`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Carts of three articles go to recorded addresses; every cart is another one, so that no answer is had from memory. Server\n\
                        and client have a thread each; the server's CPU time is read from Linux's /proc. The empty endpoint reads the same\n\
                        requests and answers with bodies of the quotes' mean size."
)]
pub struct Args {
    /// Folder that describes the network.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    world: PathBuf,
    /// Carts.
    #[arg(long, default_value_t = 60_000)]
    carts: usize,
    /// Connections of the client.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Enlarge the network: 30 services, a zone chart of all pairs of regions for each, rate cards of 150 rows.
    #[arg(long)]
    large: bool,
    /// Root of the carts' randomness.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Name of the server's threads.
const SERVED: &str = "served";
/// Clock ticks a second in /proc (USER_HZ).
const TICKS: f64 = 100.0;

/// Runs the command.
pub fn bench(args: &Args) -> Result<(), Failure> {
    let mut loaded = data::load(&args.world)?;
    if args.large {
        loaded.world = enlarged(&loaded.world)?;
    }
    let orders = data::load_orders(&args.world, &loaded.world)?;
    let middle = orders.get(orders.len() / 2).ok_or_else(|| anyhow!("the network has no recorded orders"))?;
    let clock = Clock::virtual_at(middle.arrival.at);
    let folder = std::env::temp_dir().join(format!("tidewater-bench-{}", std::process::id()));
    let server = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name(SERVED)
        .enable_all()
        .build()
        .context("starting the server's threads")?;
    let client = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("starting the client's thread")?;
    let carts = carts(&loaded.world, &orders, args);
    let (warehouses, services) = (loaded.world.warehouses.len(), loaded.world.services.len());
    let (address, key) = server.block_on(start(loaded, args, &folder, clock))?;
    let requests = requests("/v1/quotes", &key, &carts);
    let run = |address, requests: &Arc<Vec<Vec<u8>>>, pace| {
        measured(&client, address, Arc::clone(requests), args.connections, pace)
    };
    // The first requests warm caches and connections up.
    run(address, &Arc::new(requests[..requests.len().min(2_000)].to_vec()), None)?;
    let full = run(address, &requests, None)?;
    let half = full.rate / 2.0;
    let easy = run(address, &Arc::new(requests[..requests.len() / 2].to_vec()), Some(half))?;
    let empty = server.block_on(empty_endpoint(full.answer_bytes))?;
    let nothings = self::requests("/", &key, &carts);
    let nothing = run(empty, &nothings, None)?;
    let slow_nothing = run(empty, &nothings, Some(full.rate))?;
    let request_bytes = requests.iter().map(Vec::len).sum::<usize>() / requests.len().max(1);
    println!(
        "{} carts of 3 articles, {warehouses} warehouses, {services} services; requests of {request_bytes} bytes, answers of {} bytes on average",
        carts.len(),
        full.answer_bytes,
    );
    println!(
        "quotes: {:>8.0} a second, {:>6.1} us of CPU each: {:.0} a second and core",
        full.rate,
        full.cpu_us,
        1e6 / full.cpu_us
    );
    println!("empty:  {:>8.0} a second, {:>6.1} us of CPU each", nothing.rate, nothing.cpu_us);
    println!("empty at the quotes' pace: {:>6.1} us of CPU each", slow_nothing.cpu_us);
    println!(
        "beyond the empty endpoint: {:.1} us of CPU a quote; at the quotes' pace, where both wake their client for each answer, {:.1}",
        full.cpu_us - nothing.cpu_us,
        full.cpu_us - slow_nothing.cpu_us
    );
    println!("at {half:.0} a second: p50 {:.2} ms, p99 {:.2} ms", easy.p50_ms, easy.p99_ms);
    drop(server);
    std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    if full.refused > 0 {
        return Err(Failure::NoPlan(format!("{} requests were not answered with 200", full.refused)));
    }
    Ok(())
}

async fn start(loaded: Loaded, args: &Args, folder: &Path, clock: Clock) -> Result<(SocketAddr, String), Failure> {
    let mut config = Config::from_sources(&Sources { file: None, environment: Vec::new() })?;
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.data_dir = folder.to_path_buf();
    config.world_dir.clone_from(&args.world);
    config.limits.requests_per_second = 1_000_000;
    config.limits.burst = 1_000_000;
    let planner = Actor { name: "bench".to_owned(), role: Role::Planner, binding: Binding::Network };
    let (keys, ring) = one_time_keys(&[planner])?;
    let service = service::start_on(loaded, config, ring, clock, Seconds::hours(1), Budgets::default()).await?;
    let address = service.listener.local_addr().context("reading the address")?;
    let router = http::router(web::router(), service.state.clone());
    tokio::spawn(http::serve(service.listener, router, service.state, std::future::pending()));
    Ok((address, keys[0].clone()))
}

/// Services of the enlarged network, and rows of each of its rate cards.
const SERVICES: usize = 30;
const ROWS: i64 = 150;

/// The network with each carrier's services several times, all priced by explicit zone charts and long rate cards.
fn enlarged(world: &World) -> Result<World, Failure> {
    let mut parts = Parts::clone(world);
    let regions = parts.regions.len();
    let chart = parts.pair_charts.push(PairChart::new("all".to_owned(), regions));
    for from in world.regions.indices() {
        for to in world.regions.indices() {
            let distance = great_circle(world.regions[from].at, world.regions[to].at);
            parts.pair_charts[chart].set(from, to, world.zones().column(distance) + 1);
        }
    }
    let columns: Vec<u8> = (1..=world.zones().width() as u8).collect();
    for tariff in parts.tariffs.iter_mut() {
        if let RateTable::Steps { limits, prices, columns, .. } = &mut tariff.rates {
            lengthen(limits, prices, *columns);
        }
    }
    let collected = |ix: &ServiceIx| !matches!(world.services[*ix].coverage, Coverage::Fleet(_));
    let originals: Vec<ServiceIx> = world.services.indices().filter(collected).collect();
    if originals.is_empty() {
        return Err(anyhow!("--large needs a network with a service that is no own fleet's").into());
    }
    for n in 0..SERVICES.saturating_sub(world.services.len()) {
        let of = originals[n % originals.len()];
        let mut copy = world.services[of].clone();
        copy.id = format!("{}-{n}", copy.id).parse().map_err(|_| anyhow!("an id that cannot be made longer"))?;
        let ix = parts.services.push(copy);
        let pickups = world.pickups.iter().filter(|pickup| pickup.service == of);
        parts.pickups.extend(pickups.map(|pickup| Pickup { service: ix, ..pickup.clone() }));
    }
    for service in parts.services.iter_mut().filter(|service| !matches!(service.coverage, Coverage::Fleet(_))) {
        service.zones = Some(ServiceZones { chart, columns: columns.clone() });
    }
    Ok(World::new(parts)?)
}

/// The same prices in more rows.
fn lengthen(limits: &mut Vec<Grams>, prices: &mut Vec<Cents>, columns: usize) {
    let last = limits.last().map_or(0, |last| last.get());
    let mut finer: Vec<Grams> = (1..=ROWS).map(|n| Grams::new(last * n / ROWS)).chain(limits.iter().copied()).collect();
    finer.sort_unstable();
    finer.dedup();
    let row = |weight: &Grams| limits.partition_point(|limit| limit < weight) * columns;
    *prices = finer.iter().flat_map(|weight| prices[row(weight)..row(weight) + columns].to_vec()).collect();
    *limits = finer;
}

/// An endpoint that reads its request and answers with so many bytes.
async fn empty_endpoint(bytes: usize) -> anyhow::Result<SocketAddr> {
    let answer = "x".repeat(bytes);
    let app = Router::new().route("/", routing::post(move |_: Bytes| std::future::ready(answer.clone())));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listening")?;
    let address = listener.local_addr().context("reading the address")?;
    tokio::spawn(axum::serve(listener, app).into_future());
    Ok(address)
}

/// Bodies of quotes: three articles of a merchant to an address of its orders.
fn carts(world: &World, orders: &[RecordedOrder], args: &Args) -> Vec<String> {
    let mut rng = Seed(args.seed).child("carts", 0).rng();
    let mut goods: Vec<Vec<SkuIx>> = vec![Vec::new(); world.merchants.len()];
    world.skus.enumerate().for_each(|(ix, sku)| goods[sku.merchant.0 as usize].push(ix));
    let cart = |n: usize| {
        let order = &orders[n % orders.len()].arrival;
        let MerchantIx(merchant) = order.merchant;
        let own = &goods[merchant as usize];
        let mut lines: Vec<SkuIx> = Vec::with_capacity(3);
        while lines.len() < own.len().min(3) {
            let sku = own[rng.below(own.len())];
            if !lines.contains(&sku) {
                lines.push(sku);
            }
        }
        let lines: Vec<_> = lines.iter().map(|&sku| json!({"sku": world.skus[sku].id, "quantity": 1})).collect();
        json!({
            "merchant": world.merchants[order.merchant].id,
            "destination": {"postal_code": world.postals[order.postal].code, "residential": order.residential},
            "lines": lines,
        })
        .to_string()
    };
    (0..args.carts.max(4)).map(cart).collect()
}

/// Whole requests over HTTP/1.1.
fn requests(path: &str, key: &str, bodies: &[String]) -> Arc<Vec<Vec<u8>>> {
    let request = |body: &String| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    Arc::new(bodies.iter().map(request).collect())
}

/// What a run came to.
struct Measured {
    /// Answers a second.
    rate: f64,
    /// CPU time of the server an answer, in microseconds.
    cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Mean size of an answer's body.
    answer_bytes: usize,
    /// Answers other than 200.
    refused: usize,
}

/// Sends every request once over some connections, as fast as answers come or at a pace a second.
fn measured(
    client: &Runtime,
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
    pace: Option<f64>,
) -> anyhow::Result<Measured> {
    let (cpu, started) = (cpu_of(SERVED)?, Instant::now());
    let tasks: Vec<_> = (0..connections.max(1))
        .map(|first| client.spawn(converse(address, Arc::clone(&requests), first, connections.max(1), pace, started)))
        .collect();
    let (mut latencies, mut bytes, mut refused) = (Vec::with_capacity(requests.len()), 0, 0);
    for task in tasks {
        let (own, own_bytes, own_refused) = client.block_on(task).context("a connection's task")??;
        latencies.extend(own);
        bytes += own_bytes;
        refused += own_refused;
    }
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_of(SERVED)? - cpu);
    latencies.sort_unstable();
    let answers = latencies.len().max(1);
    let at = |share: f64| latencies.get((answers as f64 * share) as usize).map_or(0.0, |d| d.as_secs_f64() * 1e3);
    Ok(Measured {
        rate: answers as f64 / seconds,
        cpu_us: cpu * 1e6 / answers as f64,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        answer_bytes: bytes / answers,
        refused,
    })
}

/// A connection that sends every n-th request, the next when the last is answered, and at a pace no sooner than it is due: then
/// its latency counts from that moment.
async fn converse(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    first: usize,
    step: usize,
    pace: Option<f64>,
    started: Instant,
) -> anyhow::Result<(Vec<Duration>, usize, usize)> {
    let mut stream = TcpStream::connect(address).await.context("connecting")?;
    stream.set_nodelay(true).context("an option of the connection")?;
    let (mut latencies, mut bytes, mut refused) = (Vec::new(), 0, 0);
    let mut buffer = Vec::with_capacity(1 << 16);
    for n in (first..requests.len()).step_by(step) {
        let mut due = Instant::now();
        if let Some(pace) = pace {
            due = started + Duration::from_secs_f64(n as f64 / pace);
            tokio::time::sleep_until(due.into()).await;
        }
        stream.write_all(&requests[n]).await.context("sending")?;
        let (is_fine, body) = answer(&mut stream, &mut buffer).await?;
        latencies.push(due.elapsed());
        bytes += body;
        refused += usize::from(!is_fine);
    }
    Ok((latencies, bytes, refused))
}

/// Reads an answer with a length; whether it is a 200, and the size of its body.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<(bool, usize)> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.context("reading")? == 0 {
            bail!("the server closed the connection");
        }
        let Some(end) = buffer.windows(4).position(|at| at == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize =
            length.and_then(|n| n.trim().parse().ok()).ok_or_else(|| anyhow!("an answer without length"))?;
        while buffer.len() < end + 4 + length {
            if stream.read_buf(buffer).await.context("reading")? == 0 {
                bail!("the server closed the connection");
            }
        }
        return Ok((head.starts_with("http/1.1 200"), length));
    }
}

/// CPU seconds of this process's threads of a name.
fn cpu_of(name: &str) -> anyhow::Result<f64> {
    let mut ticks = 0.0;
    for thread in std::fs::read_dir("/proc/self/task").context("CPU times are read from Linux's /proc")? {
        let folder = thread?.path();
        let own = std::fs::read_to_string(folder.join("comm")).unwrap_or_default();
        if own.trim() != name {
            continue;
        }
        let stat = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
        // After the name in brackets: state is the first field, user and system time the twelfth and thirteenth.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let field = |n: usize| fields.get(n).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        ticks += field(11) + field(12);
    }
    Ok(ticks / TICKS)
}
