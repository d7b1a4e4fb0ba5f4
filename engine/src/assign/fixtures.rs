//! Random small problems with listed options, for tests.

use crate::search::{Rng, Seed};

use super::*;

/// A random problem of up to `orders` orders; every rule occurs: splits, ship-complete, shared rows, allotments, tiers, several
/// parcels.
pub(super) fn random(seed: u64, orders: usize, longest: usize) -> Problem<ExplicitCost> {
    let mut rng = Seed(seed).child("assign", 0).rng();
    let (warehouses, skus) = (2 + rng.below(3), 2 + rng.below(4).max(longest));
    let mut demand = DemandBuilder::new(warehouses, skus);
    for sku in 0..skus as u32 {
        for w in 0..warehouses as u32 {
            demand.stock(sku, w, rng.below(orders.div_ceil(3) + 1) as u32);
        }
    }
    for _ in 0..1 + rng.below(orders) {
        add_order(&mut demand, skus, longest, &mut rng);
    }
    let demand = demand.build().unwrap();
    let rows = random_rows(warehouses, orders as i64, &mut rng);
    let source = random_options(&demand, &mut rng);
    Problem::new(demand, rows, source).unwrap()
}

fn add_order(demand: &mut DemandBuilder, skus: usize, longest: usize, rng: &mut Rng) {
    let mut all: Vec<u32> = (0..skus as u32).collect();
    rng.shuffle(&mut all);
    let lines: Vec<(u32, u32)> =
        all[..1 + rng.below(longest)].iter().map(|&sku| (sku, 1 + rng.below(2) as u32)).collect();
    let whole = rng.range(500, 6000);
    if rng.chance(0.4) {
        demand.order(&lines, Backlog::Whole(whole));
    } else {
        let each: Vec<i64> = lines.iter().map(|_| rng.range(100, 3000)).collect();
        demand.order(&lines, Backlog::Lines { whole, lines: &each });
    }
}

fn random_rows(warehouses: usize, orders: i64, rng: &mut Rng) -> Rows {
    let work = |rng: &mut Rng| WorkRow { capacity: rng.range(2, 6 * orders + 3), per_shipment: 2, per_unit: 1 };
    Rows {
        work: (0..warehouses).map(|_| work(rng)).collect(),
        pickups: (0..2 * warehouses).map(|_| rng.range(0, orders + 2)).collect(),
        allotments: (0..3)
            .map(|n| AllotmentRow {
                capacity: rng.range(0, orders + 2),
                counts: if n == 0 { Counts::Shipments } else { Counts::Parcels },
            })
            .collect(),
        carriers: (0..2)
            .map(|_| {
                let width = |rng: &mut Rng| rng.range(0, orders + 1);
                let (a, b) = (width(rng), width(rng));
                let tier = |width, surcharge| Tier { width, surcharge };
                vec![tier(a, 0), tier(b, 45), tier(1_000_000_000, 290)]
            })
            .collect(),
        split_cents: 150,
    }
}

/// None, one or two of three.
fn random_allotments(rng: &mut Rng) -> [u32; 2] {
    let first = rng.below(3) as u32;
    match rng.below(4) {
        0 => [NO_ROW; 2],
        1 => [first, NO_ROW],
        2 => [NO_ROW, first],
        _ => [first, (first + 1) % 3],
    }
}

fn random_options(demand: &Demand, rng: &mut Rng) -> ExplicitCost {
    let (orders, warehouses) = (demand.orders(), demand.warehouses());
    let distance = (0..orders * warehouses).map(|_| rng.below(100) as u32).collect();
    let mut options = ExplicitBuilder::new(warehouses, (0..orders as u32).collect(), distance);
    for order in 0..orders as u32 {
        for (warehouse, mask) in demand.candidates(order) {
            for mask in (1..=mask).filter(|m| m & mask == *m) {
                for carrier in (0..2_u32).filter(|_| rng.chance(0.8)).collect::<Vec<_>>() {
                    let choice = Choice {
                        cents: rng.range(300, 1500) + 200 * i64::from(mask.count_ones()),
                        work_row: if rng.chance(0.9) { warehouse } else { NO_ROW },
                        pickup_row: if rng.chance(0.9) {
                            warehouse * 2 + carrier
                        } else {
                            rng.below(2 * warehouses) as u32
                        },
                        allotments: random_allotments(rng),
                        carrier: if rng.chance(0.9) { carrier } else { NO_ROW },
                        parcels: 1 + rng.below(2) as u32,
                        tag: carrier,
                    };
                    options.option(Parcel { order, warehouse, mask }, choice);
                }
            }
        }
    }
    options.build()
}
