//! The event day of the demo network: quotes of its carts, boxes for them, the backlog's plan, the largest wave's walks.

use std::hint::black_box;

use benches::Demo;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::assign::{BacklogOptions, plan_backlog};
use engine::ids::PlanRunId;
use engine::search::{Budget, Seed, Silent};
use engine::{shipping, wave};

/// Carts a measurement goes through.
const CARTS: usize = 256;
/// Orders in the backlog: those of the midnight spike and the small hours.
const BACKLOG: usize = 2_000;

fn quotes(c: &mut Criterion) {
    let demo = Demo::load();
    let state = demo.backlog(BACKLOG);
    let now = demo.orders[BACKLOG].at;
    let later = demo.orders[BACKLOG..].iter().take(CARTS);
    let requests: Vec<_> = later.map(|order| demo.request(order, now)).collect();
    let mut group = c.benchmark_group("quote");
    group.throughput(Throughput::Elements(CARTS as u64)).sample_size(20);
    group.bench_function("carts of the event day", |b| {
        b.iter(|| requests.iter().map(|request| demo.quote(&state, request).options.len()).sum::<usize>());
    });
    group.finish();
}

fn boxes(c: &mut Criterion) {
    let demo = Demo::load();
    let mut group = c.benchmark_group("pack");
    group.throughput(Throughput::Elements(CARTS as u64)).sample_size(20);
    let carts: Vec<_> = demo.orders.iter().take(CARTS).map(|order| &order.lines).collect();
    group.bench_function("carts of the event day", |b| {
        b.iter(|| carts.iter().map(|lines| shipping::pack(&demo.network.world, lines).boxes.len()).sum::<usize>());
    });
    group.finish();
}

fn plans(c: &mut Criterion) {
    let demo = Demo::load();
    let state = demo.backlog(BACKLOG);
    let now = demo.orders[BACKLOG].at;
    let mut group = c.benchmark_group("assign");
    group.throughput(Throughput::Elements(state.open_orders().len() as u64)).sample_size(10);
    group.bench_function("backlog of the event day, 20 iterations", |b| {
        b.iter(|| {
            let id = PlanRunId::new("run-1").expect("an id");
            let (options, mut budget) = (BacklogOptions::default(), Budget::iterations(20));
            let plan = plan_backlog(&demo.network, &state, now, id, &options, &mut budget, &mut Silent);
            black_box(plan.map(|plan| plan.commit.run.cost))
        });
    });
    group.finish();
}

fn waves(c: &mut Criterion) {
    let demo = Demo::load();
    let state = demo.backlog(BACKLOG);
    let now = demo.orders[BACKLOG].at;
    let largest = *state.work().iter().max_by_key(|(_, work)| **work).expect("work is planned").0;
    let shipments = state.planned_in(&largest).count() as u64;
    let mut group = c.benchmark_group("pick");
    group.throughput(Throughput::Elements(shipments)).sample_size(10);
    for iterations in [0, 5_000] {
        let options = wave::Options { seed: Seed(1), iterations };
        group.bench_function(format!("largest wave of the event day, {iterations} moves"), |b| {
            b.iter(|| black_box(wave::plan(&demo.network, &state, largest, now, &options)));
        });
    }
    group.finish();
}

criterion_group!(benches, quotes, boxes, plans, waves);
criterion_main!(benches);
