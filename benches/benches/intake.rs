//! Orders a second, each on disk before it is acknowledged, as the event day's shops place them: through the use case, quote
//! and stock decision included.

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::app::{App, Budgets, IdempotencyKey, PlaceOrder};
use api::clock::Clock;
use api::store::Store;
use benches::Demo;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use engine::network::Network;
use engine::search::Seed;

/// Orders of one measurement, on a fresh store each.
const ORDERS: usize = 512;

fn durable_orders(c: &mut Criterion) {
    let demo = Demo::load();
    let network = Arc::new(Network::new(demo.network.world.clone()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = c.benchmark_group("intake");
    group.throughput(Throughput::Elements(ORDERS as u64)).sample_size(10);
    for at_once in [1, 16, 64] {
        group.bench_function(BenchmarkId::new("durable orders, at once", at_once), |b| {
            b.iter_custom(|rounds| (0..rounds).map(|_| runtime.block_on(place(&demo, &network, at_once))).sum());
        });
    }
    group.finish();
}

/// How long `ORDERS` orders take, `at_once` of them under way.
async fn place(demo: &Demo, network: &Arc<Network>, at_once: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), "bench", demo.stocked(1)).expect("a store");
    let clock = Clock::virtual_at(demo.orders[0].at);
    let app = Arc::new(App::new(Arc::clone(network), store, clock, Seed(0), Budgets::default()));
    let started = Instant::now();
    let clients: Vec<_> = (0..at_once)
        .map(|client| {
            let app = Arc::clone(&app);
            let own: Vec<_> = demo.orders[..ORDERS].iter().skip(client).step_by(at_once).cloned().collect();
            tokio::spawn(async move {
                for order in own {
                    let key = IdempotencyKey { scope: "bench".to_owned(), key: order.id.to_string(), content: [0; 32] };
                    let wish = PlaceOrder {
                        merchant: order.merchant,
                        channel: None,
                        reference: None,
                        postal: order.postal,
                        residential: order.residential,
                        terms: engine::fulfilment::Terms::PLAIN,
                        level: order.level,
                        lines: order.lines,
                        max_price: None,
                        deliver_by: None,
                        kept: None,
                    };
                    // A refusal is an answer too.
                    let _ = app.place_order(wish, key).await;
                }
            })
        })
        .collect();
    for client in clients {
        client.await.expect("a client ends");
    }
    started.elapsed()
}

criterion_group!(benches, durable_orders);
criterion_main!(benches);
