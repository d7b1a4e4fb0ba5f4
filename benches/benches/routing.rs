//! Speed of the routing kernel on generated problems: set-up and a fixed number of ruin and recreate steps.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use engine::routing::{Depot, Matrix, Options, Plane, Problem, Rounding, Spec, Stop, VehicleType, Window, solve};
use engine::search::{Budget, Seed, Silent};
use std::hint::black_box;

/// `n` stops on a square of 1,000 by 1,000 around the depot; with windows and two reloads where trips are benched.
fn problem(n: usize, kind: Kind) -> Problem {
    let mut rng = Seed(n as u64).child("bench", 0).rng();
    let mut points = vec![[500.0, 500.0]];
    points.extend((0..n).map(|_| [rng.unit() * 1000.0, rng.unit() * 1000.0]));
    let mut stop = || {
        let early = rng.range(0, 8_000);
        let window = if kind == Kind::Trips { Window::new(early, early + 3_000) } else { Window::ALWAYS };
        Stop { delivery: rng.range(1, 20).into(), service: 60, window, ..Stop::default() }
    };
    let stops = (0..n).map(|_| stop()).collect();
    let (reload_depots, max_reloads) = if kind == Kind::Trips { (vec![0], 2) } else { (vec![], 0) };
    Problem::new(Spec {
        depots: vec![Depot { window: Window::ALWAYS }],
        stops,
        pairs: vec![],
        vehicle_types: vec![VehicleType {
            count: n as u32,
            capacity: 150.into(),
            reload_depots,
            max_reloads,
            ..VehicleType::default()
        }],
        distance: Matrix::of_plane(Plane::new(points, 1.0, Rounding::Up)),
        ..Spec::default()
    })
    .expect("the generated problem is sound")
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Capacity,
    Trips,
}

fn thousand_steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("routing");
    group.sample_size(10);
    for (n, kind) in [(200, Kind::Capacity), (200, Kind::Trips), (1_000, Kind::Capacity), (1_000, Kind::Trips)] {
        let problem = problem(n, kind);
        group.bench_with_input(BenchmarkId::new(format!("{kind:?}"), n), &problem, |bencher, problem| {
            bencher.iter(|| {
                let mut budget = Budget::iterations(1_000);
                black_box(solve(problem, &Options::default(), &mut budget, &mut Silent))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, thousand_steps);
criterion_main!(benches);
