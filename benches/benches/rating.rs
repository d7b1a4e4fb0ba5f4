//! What a quote asks thousands of times: zone look-up, price, total, date; on the tiny world, and on one of 15 warehouses.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use engine::calendar::civil::date;
use engine::model::fixture::{tiny_parts, tiny_world};
use engine::model::{Parts, PostalIx, ServiceIx, WarehouseIx, World};
use engine::network::Network;
use engine::promise::{self, Need, Unlimited};
use engine::rating::ParcelFacts;
use engine::units::{Grams, Seconds, Size, Timestamp};

const ONE: Need = Need { work: 3, parcels: 1 };
/// Monday 2025-11-10, 10:00 in New York.
const NOW: Timestamp = Timestamp::from_unix(1_762_786_800);

/// Each warehouse of the tiny world five times, with its collections.
fn fifteen_warehouses() -> Parts {
    let mut parts = tiny_parts();
    let (warehouses, pickups) = (parts.warehouses.clone(), parts.pickups.clone());
    for copy in 1..5_u32 {
        for warehouse in warehouses.iter() {
            let mut other = warehouse.clone();
            other.id = format!("{}{copy}", warehouse.id).parse().expect("a valid id");
            parts.warehouses.push(other);
        }
        parts.pickups.extend(pickups.iter().cloned().map(|mut pickup| {
            pickup.warehouse = WarehouseIx(pickup.warehouse.0 + 3 * copy);
            pickup
        }));
    }
    parts
}

fn parcel() -> ParcelFacts {
    let (size, gross) = (Size::new(1_300, 600, 401), Grams::new(3_000));
    ParcelFacts { residential: true, ..ParcelFacts::plain(size, gross, PostalIx(9), date(2025, 12, 1)) }
}

fn prices(c: &mut Criterion) {
    let network = Network::new(tiny_world());
    let (world, cards, parcel) = (&network.world, &network.cards, parcel());
    c.bench_function("rating/zone look-up", |b| {
        b.iter(|| network.column(ServiceIx(0), black_box(WarehouseIx(1)), black_box(PostalIx(9))));
    });
    c.bench_function("rating/total, 7 surcharges", |b| {
        b.iter(|| cards.total(ServiceIx(0), 2, black_box(&parcel)));
    });
    c.bench_function("rating/price, 7 surcharges", |b| {
        b.iter(|| cards.price(world, ServiceIx(0), 2, black_box(&parcel)));
    });
}

fn promises(c: &mut Criterion) {
    let network = Network::new(tiny_world());
    let ask = |network: &Network, service, now| {
        promise::earliest(network, ServiceIx(service), WarehouseIx(0), black_box(PostalIx(4)), now, ONE, &Unlimited)
    };
    for (name, service) in [("ground with hubs", 0), ("post without hubs", 2)] {
        c.bench_function(&format!("promise/{name}, cached"), |b| b.iter(|| ask(&network, service, black_box(NOW))));
    }
    c.bench_function("promise/line-haul search", |b| {
        let (from, to) = network.hubs(ServiceIx(0), WarehouseIx(0), PostalIx(11)).expect("the carrier has hubs");
        let mut ready = NOW;
        b.iter(|| {
            ready = ready + Seconds::new(1);
            network.line_haul.earliest_arrival(from.hub, to, ready, false)
        });
    });
    let large = Network::new(World::new(fifteen_warehouses()).expect("copies keep every rule"));
    c.bench_function("promise/15 warehouses x 5 services", |b| {
        b.iter(|| {
            let pairs =
                large.world.warehouses.indices().flat_map(|w| large.world.services.indices().map(move |s| (s, w)));
            pairs
                .filter(|&(s, w)| promise::earliest(&large, s, w, PostalIx(4), black_box(NOW), ONE, &Unlimited).is_ok())
                .count()
        });
    });
    c.bench_function("network/new, tiny", |b| b.iter(|| Network::new(tiny_world())));
}

criterion_group!(benches, prices, promises);
criterion_main!(benches);
