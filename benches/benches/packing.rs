//! Speed of the packing kernel on generated goods: a hundred orders into cartons, and one container filled.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use engine::packing::{Carton, Item, Options, Problem, Rotations, fill_one, solve};
use engine::search::{Budget, Rng, Seed, Silent};
use engine::units::{Grams, Size};

fn item(rng: &mut Rng, [least, most]: [i64; 2], quantity: u32) -> Item {
    let mut edge = || rng.range(least, most);
    let size = Size::new(edge(), edge(), edge());
    Item { size, weight: Grams::new(200), quantity, rotations: Rotations::FREE, fragile: false, alone: false }
}

fn carton(edges: [i64; 3]) -> Carton {
    let size = Size::new(edges[0], edges[1], edges[2]);
    Carton { inner: size, outer: size, tare: Grams::new(200), max_gross: Grams::new(1_000_000), limit: None }
}

/// Orders of one to eight kinds, up to four units each.
fn orders() -> Vec<Problem> {
    let mut rng = Seed(0).child("bench", 0).rng();
    let cartons = [[230, 300, 240], [370, 375, 60], [230, 305, 520], [240, 270, 15]].map(carton);
    let mut order = || {
        let kinds = rng.range(1, 9);
        let items = (0..kinds).map(|_| item(&mut rng, [8, 220], 1)).collect::<Vec<_>>();
        let items = items.into_iter().map(|item| Item { quantity: rng.range(1, 5) as u32, ..item }).collect();
        Problem::new(items, cartons.to_vec()).expect("the generated order is sound")
    };
    (0..100).map(|_| order()).collect()
}

fn packing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("packing");
    group.sample_size(10);
    let orders = orders();
    for iterations in [4, 40] {
        group.bench_function(format!("hundred_orders/{iterations}"), |bencher| {
            bencher.iter(|| {
                for order in &orders {
                    let mut budget = Budget::iterations(iterations);
                    black_box(solve(order, &Options::default(), &mut budget, &mut Silent));
                }
            });
        });
    }
    let mut rng = Seed(1).child("bench", 0).rng();
    let items = (0..20).map(|_| item(&mut rng, [25, 120], 8)).collect();
    let container = Problem::new(items, vec![carton([587, 233, 220])]).expect("the generated goods are sound");
    group.bench_function("container", |bencher| {
        bencher.iter(|| {
            let mut budget = Budget::iterations(20);
            black_box(fill_one(&container, &mut budget, &mut Silent))
        });
    });
    group.finish();
}

criterion_group!(benches, packing);
criterion_main!(benches);
