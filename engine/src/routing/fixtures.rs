//! Small problems drawn in numbers, for tests.

use super::load::Load;
use super::matrix::{Matrix, Plane, Rounding};
use super::plan::Plan;
use super::problem::Problem;
use super::solve::{Options, solve};
use super::spec::{Break, Depot, Pair, PricedWindow, Running, Spec, Speed, Stop, VehicleType, Window};
use super::state::State;
use crate::search::{Budget, Rng, Seed, Silent};

/// A depot at (0, 0) and stops at these points; five vehicles of one type that may reload twice.
pub(crate) fn plane(stops: &[[i32; 2]]) -> Problem {
    Problem::new(spec(stops)).unwrap()
}

/// A depot at 0 and stops at these places of a line.
pub(crate) fn line(stops: &[i32]) -> Problem {
    plane(&stops.iter().map(|&x| [x, 0]).collect::<Vec<_>>())
}

/// The same, to be changed before it is checked.
pub(crate) fn line_spec(stops: &[i32]) -> Spec {
    spec(&stops.iter().map(|&x| [x, 0]).collect::<Vec<_>>())
}

/// A plan that the verifier finds sound.
pub(crate) fn solved(problem: &Problem) -> Plan {
    let plan = solve(problem, &Options::default(), &mut Budget::iterations(100), &mut Silent);
    assert_eq!(crate::check::routing::check(problem, &plan), []);
    plan
}

/// The same with pairs `(from, to)` of amount 1.
pub(crate) fn line_with_pairs(stops: &[i32], pairs: &[(u32, u32)]) -> Problem {
    let mut spec = line_spec(stops);
    spec.pairs = pairs.iter().map(|&(from, to)| Pair { from, to, amount: 1.into() }).collect();
    Problem::new(spec).unwrap()
}

fn spec(stops: &[[i32; 2]]) -> Spec {
    let points = std::iter::once([0, 0]).chain(stops.iter().copied());
    let points = points.map(|[x, y]| [f64::from(x), f64::from(y)]).collect();
    Spec {
        depots: vec![Depot { window: Window::ALWAYS }],
        stops: vec![Stop::default(); stops.len()],
        pairs: vec![],
        vehicle_types: vec![VehicleType { count: 5, reload_depots: vec![0], max_reloads: 2, ..VehicleType::default() }],
        distance: Matrix::of_plane(Plane::new(points, 1.0, Rounding::Nearest)),
        ..Spec::default()
    }
}

/// A state with these routes of type 0 (places without the depots at both ends); all other stops wait.
pub(crate) fn state_of<'p>(problem: &'p Problem, routes: &[&[u32]]) -> State<'p> {
    let mut state = State::new(problem);
    for stops in routes {
        for &place in stops.iter().filter(|&&p| !problem.is_depot(p)) {
            let at = state.bank.iter().position(|&b| b == place).unwrap();
            state.unbank(at);
        }
        let r = super::moves::insertion::open_route(&mut state, 0);
        state.edit(r, |_, places| {
            places.splice(1..1, stops.iter().copied());
        });
    }
    state
}

/// Which rules a random problem has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub windows: bool,
    pub reloads: bool,
    pub pickups: bool,
    pub pairs: bool,
    pub linehauls_first: bool,
    pub fleet_mix: bool,
    pub prizes: bool,
    pub duration_priced: bool,
    pub several_loads: bool,
    pub several_windows: bool,
    pub few_stops: bool,
    pub priorities: bool,
    pub overtime: bool,
    pub running: bool,
    pub speeds: bool,
    pub breaks: bool,
}

impl Rules {
    /// Each rule with even odds; rules that exclude each other do not meet.
    pub fn draw(seed: u64) -> Self {
        let mut rng = Seed(seed).child("rules", 0).rng();
        let mut coin = || rng.chance(0.5);
        let pairs = coin() && coin();
        Self {
            windows: coin(),
            reloads: coin(),
            pickups: coin(),
            pairs,
            linehauls_first: coin() && coin() && !pairs,
            fleet_mix: coin(),
            prizes: coin() && coin(),
            duration_priced: coin() && coin(),
            several_loads: coin(),
            several_windows: coin(),
            few_stops: coin(),
            priorities: coin(),
            overtime: coin() && coin(),
            running: coin() && coin(),
            speeds: coin() && coin(),
            breaks: coin() && coin(),
        }
    }

    /// The same with nothing timed, nothing paired and one trip a route: what moves by distance and load alone need.
    pub fn without_time(self) -> Self {
        Self {
            windows: false,
            several_windows: false,
            reloads: false,
            pairs: false,
            linehauls_first: false,
            duration_priced: false,
            overtime: false,
            speeds: false,
            breaks: false,
            ..self
        }
    }
}

/// A random problem of `n` stops on a square of 1,000 by 1,000, the same for the same seed.
pub(crate) fn random(n: usize, rules: Rules, seed: u64) -> Problem {
    let mut rng = Seed(seed).child("problem", 0).rng();
    let depots = if rules.fleet_mix { 2 } else { 1 };
    let points = (0..depots + n).map(|_| [rng.range(0, 1000) as f64, rng.range(0, 1000) as f64]).collect();
    let stops = (0..n).map(|_| stop(&mut rng, rules)).collect();
    let pairs = if rules.pairs { pairs(&mut rng, rules, n) } else { vec![] };
    let spec = Spec {
        depots: vec![Depot { window: Window::ALWAYS }; depots],
        stops,
        pairs,
        vehicle_types: vehicle_types(&mut rng, rules, n),
        distance: Matrix::of_plane(Plane::new(points, 1.0, Rounding::Up)),
        speeds: if rules.speeds { speeds() } else { vec![] },
        linehauls_first: rules.linehauls_first,
        ..Spec::default()
    };
    Problem::new(if rules.running { with_running(&mut rng, spec, n) } else { spec }).unwrap()
}

/// A long one and a short one.
fn breaks() -> Vec<Break> {
    let pause = |early, late, duration| Break { window: Window::new(early, late), duration };
    vec![pause(1_000, 1_800, 250), pause(2_500, 4_500, 80)]
}

/// Two rush hours.
fn speeds() -> Vec<Speed> {
    [(0, 100), (1_500, 45), (2_200, 110), (4_000, 60), (4_900, 130)]
        .map(|(from, percent)| Speed { from, percent })
        .to_vec()
}

/// With up to three vehicles on their way to whatever they can serve.
fn with_running(rng: &mut Rng, mut spec: Spec, n: usize) -> Spec {
    for _ in 0..20 {
        let mut longer = spec.clone();
        let stop = rng.below(n) as u32;
        match longer.running.last_mut() {
            Some(vehicle) if rng.chance(0.7) => vehicle.stops.push(stop),
            _ => longer.running.push(Running { vehicle_type: 0, stops: vec![stop] }),
        }
        if longer.running.len() <= 3 && Problem::new(longer.clone()).is_ok() {
            spec = longer;
        }
    }
    spec
}

fn stop(rng: &mut Rng, rules: Rules) -> Stop {
    let early = rng.range(0, 5_000);
    let is_pickup = rules.linehauls_first && rng.chance(0.3);
    let has_pickup = is_pickup || rules.pickups && !rules.linehauls_first;
    let pickup = if has_pickup { load(rng, rules, 1, 10) } else { Load::default() };
    Stop {
        delivery: if is_pickup { Load::default() } else { load(rng, rules, 1, 12) },
        pickup,
        service: rng.range(0, 30),
        window: if rules.windows { Window::new(early, early + rng.range(200, 2_500)) } else { Window::ALWAYS },
        other_windows: if rules.several_windows { other_windows(rng) } else { vec![] },
        release: if rules.windows && rng.chance(0.5) { rng.range(0, early + 1) } else { 0 },
        priority: if rules.priorities { rng.below(101) as u8 } else { 0 },
        prize: (rules.prizes && rng.chance(0.5)).then(|| rng.range(1, 800)),
    }
}

fn other_windows(rng: &mut Rng) -> Vec<PricedWindow> {
    let other = |rng: &mut Rng| {
        let early = rng.range(0, 5_000);
        PricedWindow { window: Window::new(early, early + rng.range(100, 2_000)), price: rng.range(0, 300) }
    };
    (0..rng.below(3)).map(|_| other(rng)).collect()
}

/// Some of the first dimension, and where there are several now and then some of the others.
fn load(rng: &mut Rng, rules: Rules, low: i64, high: i64) -> Load {
    let mut load = Load::from(rng.range(low, high));
    if rules.several_loads {
        load.0[1] = rng.range(0, 300);
        load.0[2] = i64::from(rng.chance(0.2));
    }
    load
}

fn pairs(rng: &mut Rng, rules: Rules, n: usize) -> Vec<Pair> {
    let mut stops: Vec<u32> = (0..n as u32).collect();
    rng.shuffle(&mut stops);
    stops
        .chunks_exact(2)
        .take(n / 3)
        .map(|ends| Pair { from: ends[0], to: ends[1], amount: load(rng, rules, 1, 10) })
        .collect()
}

fn vehicle_types(rng: &mut Rng, rules: Rules, n: usize) -> Vec<VehicleType> {
    let kinds = if rules.fleet_mix { 4 } else { 1 };
    let make = |kind: usize, rng: &mut Rng| {
        let depot = (kind % 2) as u32;
        VehicleType {
            count: 2 + rng.below(3) as u32,
            capacity: Load([40 + 20 * kind as i64, 1_000 + 500 * (kind as i64 % 3), 2, 0]),
            start: depot,
            end: depot,
            shift: if rules.windows { Window::new(0, 8_000) } else { Window::ALWAYS },
            fixed_cost: if rules.fleet_mix { rng.range(0, 300) } else { 0 },
            unit_distance_cost: 1 + (kind / 2) as i64,
            unit_duration_cost: i64::from(rules.duration_priced),
            max_stops: if rules.few_stops { 6 + rng.below(3) as u32 } else { u32::MAX },
            regular_duration: 3_000,
            unit_overtime_cost: if rules.overtime { 2 } else { 0 },
            max_distance: if rules.fleet_mix { 9_000 } else { super::segment::NO_LIMIT },
            max_duration: if rules.windows { 6_000 } else { super::segment::NO_LIMIT },
            reload_depots: if rules.reloads { vec![depot] } else { vec![] },
            max_reloads: 2,
            reload_duration: 20,
            breaks: if rules.breaks { breaks() } else { vec![] },
            serves: (rules.fleet_mix && kind == 3).then(|| (0..n).map(|_| rng.chance(0.7)).collect()),
        }
    };
    (0..kinds).map(|kind| make(kind, rng)).collect()
}
