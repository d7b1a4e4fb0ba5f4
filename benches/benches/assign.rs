//! Assignment of 5,000 generated orders: one price update, one improvement round, a whole short run.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use engine::assign::{Backlog, DemandBuilder, Options, Problem, Rows, TableCost, TableInput, Tier, WorkRow, solve};
use engine::search::{Budget, Rng, Seed, Silent};

const WAREHOUSES: usize = 16;
const CARRIERS: usize = 3;
const ZONES: usize = 7;
const POUNDS: usize = 20;
const CLASSES: usize = 3;
const PLACES: usize = 200;

/// A peak-like instance: few popular SKUs, stock spread thin, tight work and pickups.
fn generate(orders: usize, seed: u64) -> Problem<TableCost> {
    let mut rng = Seed(seed).child("bench", orders as u64).rng();
    let skus = orders / 4;
    let popular = |rng: &mut Rng| ((skus as f64).powf(rng.unit()) as u32).min(skus as u32 - 1);
    let mut demand = DemandBuilder::new(WAREHOUSES, skus);
    let mut wanted = vec![0_u32; skus];
    for _ in 0..orders {
        let mut lines: Vec<(u32, u32)> =
            (0..1 + rng.below(3)).map(|_| (popular(&mut rng), 1 + rng.below(2) as u32)).collect();
        lines.sort_unstable();
        lines.dedup_by_key(|line| line.0);
        lines.iter().for_each(|line| wanted[line.0 as usize] += line.1);
        let whole = rng.range(3000, 9000);
        let each = vec![whole / lines.len() as i64; lines.len()];
        let backlog = if rng.chance(0.3) { Backlog::Whole(whole) } else { Backlog::Lines { whole, lines: &each } };
        demand.order(&lines, backlog);
    }
    for (sku, &units) in wanted.iter().enumerate() {
        for w in (0..WAREHOUSES).filter(|_| rng.chance(0.5)).collect::<Vec<_>>() {
            let share = (units as f64 * 2.4 * rng.unit() / WAREHOUSES as f64).ceil();
            demand.stock(sku as u32, w as u32, share as u32);
        }
    }
    let n = orders as i64;
    let tiers = vec![
        Tier { width: n / 3, surcharge: 0 },
        Tier { width: n / 6, surcharge: 45 },
        Tier { width: 10 * n, surcharge: 130 },
    ];
    let rows = Rows {
        work: (0..WAREHOUSES)
            .map(|_| WorkRow { capacity: rng.range(4 * n / 16, 8 * n / 16), per_shipment: 2, per_unit: 1 })
            .collect(),
        pickups: (0..WAREHOUSES * CARRIERS).map(|_| rng.range(n / 40, n / 16)).collect(),
        allotments: Vec::new(),
        carriers: vec![tiers; CARRIERS],
        split_cents: 150,
    };
    let demand = demand.build().expect("generated demand is right");
    Problem::new(demand, rows, tables(orders, skus, &mut rng)).expect("generated rows are right")
}

fn tables(orders: usize, skus: usize, rng: &mut Rng) -> TableCost {
    let rate = |n: usize| {
        let (class, carrier, zone, lb) =
            (n / (CARRIERS * ZONES * POUNDS), n / (ZONES * POUNDS) % CARRIERS, n / POUNDS % ZONES, n % POUNDS);
        // The tightest class reaches near zones only.
        (class > 0 || zone < 4)
            .then(|| ((800 + 60 * zone * (carrier + 1) + 40 * lb * (zone + 1) / 2) as i64, carrier as u32))
    };
    let zone: Vec<u8> = (0..PLACES * WAREHOUSES).map(|_| rng.below(ZONES) as u8).collect();
    TableCost::new(TableInput {
        warehouses: WAREHOUSES,
        carriers: CARRIERS,
        zones: ZONES,
        max_lb: POUNDS,
        place_of_order: (0..orders).map(|_| rng.below(PLACES) as u32).collect(),
        // The last order has the last class, so that the tables have all of them.
        class_of_order: (0..orders)
            .map(|n| if n + 1 == orders { CLASSES - 1 } else { rng.below(CLASSES) } as u8)
            .collect(),
        distance: zone.iter().map(|&z| u32::from(z)).collect(),
        zone,
        weight10: (0..skus).map(|_| 1 + rng.below(60) as u32).collect(),
        rates: (0..CLASSES * CARRIERS * ZONES * POUNDS).map(rate).collect(),
        handling_shipment: (0..WAREHOUSES).map(|_| rng.range(150, 290)).collect(),
        handling_unit: (0..WAREHOUSES).map(|_| rng.range(25, 60)).collect(),
    })
    .expect("generated tables are right")
}

fn assignment(c: &mut Criterion) {
    let problem = generate(5_000, 1);
    let mut group = c.benchmark_group("assign");
    group.sample_size(10);
    for (name, passes, rounds) in [("bound 20", 20, 0), ("construct", 0, 0), ("bound 20, improve 5", 20, 5)] {
        let options = Options { passes, rounds, bound_share: 1.0, ..Options::default() };
        group.bench_function(name, |b| {
            b.iter(|| black_box(solve(&problem, &options, &mut Budget::unlimited(), &mut Silent).cost.total()));
        });
    }
    group.finish();
}

criterion_group!(benches, assignment);
criterion_main!(benches);
