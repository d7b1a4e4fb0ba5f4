//! Batches by annealing over tour lengths and due times.

use std::collections::HashMap;

use crate::search::{Annealing, Budget, Observer, Progress, Rng};

use super::floor::Floor;
use super::problem::{Batch, Loads, Options, Order, Plan, Policy, Problem, places_of};
use super::schedule::{Job, schedule};
use super::{block, seed, table};

/// Temperatures, in shares of the mean batch's length.
const START: f64 = 0.04;
/// As [`START`], at the end.
const END: f64 = 0.003;
/// What a unit of lateness weighs against a unit of time.
const LATE: i64 = 10;
/// Lengths remembered; the cache is emptied beyond.
const CACHED: usize = 1 << 18;

/// Batches and tours. One iteration of the budget is one move tried. Where due times cannot all be met, the plan says by how
/// much they are missed.
pub fn solve(problem: &Problem, options: &Options, budget: &mut Budget, observer: &mut dyn Observer) -> Plan {
    let mut search = Search::new(problem, options);
    search.anneal(budget, observer);
    let mut made: Vec<Vec<u32>> = std::mem::take(&mut search.best);
    made.retain(|orders| !orders.is_empty());
    made.iter_mut().for_each(|orders| orders.sort_unstable());
    let walks: Vec<(Vec<u32>, i64)> =
        made.iter().map(|orders| tour(&problem.floor, &search.words_of(orders), options.policy)).collect();
    let jobs: Vec<Job> = made.iter().zip(&walks).map(|(orders, (_, length))| job(problem, orders, *length)).collect();
    let (slots, lateness) = schedule(&jobs, &problem.crew);
    let parts = made.into_iter().zip(walks).zip(jobs.iter().zip(slots));
    let batches: Vec<Batch> = parts
        .map(|((orders, (tour, distance)), (job, (start, picker)))| Batch {
            orders,
            tour,
            distance,
            picker,
            start,
            duration: job.duration,
        })
        .collect();
    Plan {
        distance: batches.iter().map(|batch| batch.distance).sum(),
        time: batches.iter().map(|batch| batch.duration).sum(),
        lateness,
        batches,
        iterations: budget.spent(),
    }
}

/// The tour over words of places.
fn tour(floor: &Floor, words: &[u64], policy: Policy) -> (Vec<u32>, i64) {
    match floor {
        Floor::Block(layout) => block::tour(layout, words, policy),
        Floor::Table(distances) => {
            let stops: Vec<(u32, u64)> = words.iter().enumerate().map(|(n, &word)| (n as u32, word)).collect();
            table::tour(distances, &places_of(&stops).collect::<Vec<_>>())
        }
    }
}

/// Length of the tour over words of places.
pub(super) fn length_of(floor: &Floor, words: &[u64], policy: Policy) -> i64 {
    match (floor, policy) {
        (Floor::Block(layout), Policy::Exact) => block::exact_length(layout, words),
        _ => tour(floor, words, policy).1,
    }
}

/// What a batch is on the crew's clock.
fn job(problem: &Problem, orders: &[u32], length: i64) -> Job {
    let members = || orders.iter().map(|&n| &problem.orders[n as usize]);
    let handling: i64 = members().map(|order| order.handling).sum();
    Job {
        duration: if orders.is_empty() { 0 } else { problem.crew.setup + problem.crew.pace * length + handling },
        due: members().filter_map(|order| order.due).min(),
    }
}

struct Search<'a> {
    problem: &'a Problem,
    policy: Policy,
    rng: Rng,
    /// A random number an order: a batch's key is the exclusive or of its orders' numbers.
    keys: Vec<u64>,
    lengths: HashMap<u64, i64>,
    batches: Vec<Vec<u32>>,
    loads: Vec<Loads>,
    jobs: Vec<Job>,
    /// Whether any order is due by a time.
    timed: bool,
    total: i64,
    best: Vec<Vec<u32>>,
    least: i64,
}

/// A move: the two batches as they would be.
type Move = (usize, Vec<u32>, usize, Vec<u32>);

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, options: &Options) -> Self {
        let mut rng = options.seed.child("picking", 0).rng();
        let keys = problem.orders.iter().map(|_| rng.next_u64()).collect();
        let mut batches = seed::greedy(problem);
        // Room for one batch more than the first packing needs.
        batches.push(Vec::new());
        let loads = batches.iter().map(|batch| load_of(&problem.orders, batch)).collect();
        let mut search = Self {
            problem,
            policy: options.policy,
            rng,
            keys,
            lengths: HashMap::new(),
            best: batches.clone(),
            batches,
            loads,
            jobs: Vec::new(),
            timed: problem.orders.iter().any(|order| order.due.is_some()),
            total: 0,
            least: 0,
        };
        search.jobs = (0..search.batches.len()).map(|n| search.job(&search.batches[n].clone())).collect();
        search.total = search.cost();
        search.least = search.total;
        search
    }

    fn anneal(&mut self, budget: &mut Budget, observer: &mut dyn Observer) {
        if self.problem.orders.len() < 2 {
            return;
        }
        let mean = self.total as f64 / self.batches.len().max(1) as f64;
        let schedule = Annealing { start: START * mean, end: END * mean };
        let mut temperature = schedule.start;
        while budget.tick() {
            if budget.spent().is_multiple_of(64) {
                temperature = schedule.temperature(budget.fraction());
            }
            let Some((a, orders_a, b, orders_b)) = self.propose() else { continue };
            let before = (self.jobs[a], self.jobs[b]);
            (self.jobs[a], self.jobs[b]) = (self.job(&orders_a), self.job(&orders_b));
            let delta = if self.timed {
                self.cost() - self.total
            } else {
                self.jobs[a].duration + self.jobs[b].duration - before.0.duration - before.1.duration
            };
            if Annealing::accepts(delta as f64, temperature, &mut self.rng) {
                self.loads[a] = load_of(&self.problem.orders, &orders_a);
                self.loads[b] = load_of(&self.problem.orders, &orders_b);
                (self.batches[a], self.batches[b]) = (orders_a, orders_b);
                self.total += delta;
                if self.total < self.least {
                    self.least = self.total;
                    self.best.clone_from(&self.batches);
                    observer.progress(&Progress {
                        phase: "batch",
                        iterations: budget.spent(),
                        fraction: budget.fraction(),
                        cost: self.least as f64,
                        lower_bound: None,
                    });
                }
            } else {
                (self.jobs[a], self.jobs[b]) = before;
            }
        }
    }

    /// Time, and what lateness weighs.
    fn cost(&self) -> i64 {
        let late = if self.timed { schedule(&self.jobs, &self.problem.crew).1 } else { 0 };
        self.jobs.iter().map(|job| job.duration).sum::<i64>() + LATE * late
    }

    /// Moves an order to another batch (or a new one), or swaps one against one or two.
    fn propose(&mut self) -> Option<Move> {
        let a = self.random_batch()?;
        let out = self.rng.below(self.batches[a].len());
        let order = self.batches[a][out];
        let mut orders_a = self.batches[a].clone();
        orders_a.swap_remove(out);
        match self.rng.below(10) {
            0..4 => {
                let b = self.other_batch(a)?;
                let mut orders_b = self.batches[b].clone();
                orders_b.push(order);
                self.fits(&orders_b).then_some((a, orders_a, b, orders_b))
            }
            kind => {
                let b = self.other_batch(a).filter(|&b| !self.batches[b].is_empty())?;
                let mut orders_b = self.batches[b].clone();
                let back = if kind < 8 { 1 } else { 2.min(orders_b.len()) };
                for _ in 0..back {
                    let n = self.rng.below(orders_b.len());
                    orders_a.push(orders_b.swap_remove(n));
                }
                orders_b.push(order);
                (self.fits(&orders_a) && self.fits(&orders_b)).then_some((a, orders_a, b, orders_b))
            }
        }
    }

    fn random_batch(&mut self) -> Option<usize> {
        let n = self.rng.below(self.batches.len());
        (!self.batches[n].is_empty()).then_some(n)
    }

    /// Another batch; now and then an empty one, so that the number of batches can grow again.
    fn other_batch(&mut self, a: usize) -> Option<usize> {
        let b = self.rng.below(self.batches.len());
        (b != a).then_some(b)
    }

    fn fits(&self, orders: &[u32]) -> bool {
        let load = load_of(&self.problem.orders, orders);
        (0..2).all(|k| load[k] <= self.problem.capacity[k])
    }

    fn words_of(&self, orders: &[u32]) -> Vec<u64> {
        let mut words = vec![0; self.problem.floor.words()];
        for &order in orders {
            for &(word, bits) in &self.problem.orders[order as usize].stops {
                words[word as usize] |= bits;
            }
        }
        words
    }

    fn job(&mut self, orders: &[u32]) -> Job {
        let length = self.length(orders);
        job(self.problem, orders, length)
    }

    fn length(&mut self, orders: &[u32]) -> i64 {
        if orders.is_empty() {
            return 0;
        }
        let key = orders.iter().fold(0, |key, &order| key ^ self.keys[order as usize]);
        if let Some(&length) = self.lengths.get(&key) {
            return length;
        }
        let words = self.words_of(orders);
        let length = length_of(&self.problem.floor, &words, self.policy);
        if self.lengths.len() >= CACHED {
            self.lengths.clear();
        }
        self.lengths.insert(key, length);
        length
    }
}

fn load_of(orders: &[Order], batch: &[u32]) -> Loads {
    batch.iter().fold([0; 2], |sum, &n| {
        let load = orders[n as usize].load;
        [sum[0] + load[0], sum[1] + load[1]]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::picking::check;
    use crate::picking::{Crew, DistanceTable, Layout};
    use crate::search::{Seed, Silent};

    fn block() -> Floor {
        Floor::Block(Layout {
            aisles: 8,
            cells: 20,
            aisle_pitch: 50,
            cell_pitch: 10,
            front_entry: 15,
            back_entry: 15,
            depot_aisle: 0,
            depot_distance: 5,
        })
    }

    /// Places on a line, the depot at its start.
    fn line() -> Floor {
        let places = || 0..160_i64;
        let between = places().flat_map(|a| places().map(move |b| (a - b).abs())).collect();
        Floor::Table(DistanceTable::new(between, places().collect(), places().collect()))
    }

    fn random(seed: u64, orders: usize, floor: Floor, crew: Crew) -> Problem {
        let mut rng = Seed(seed).rng();
        let places: Vec<u32> = (0..8 * 64).filter(|&place| floor.has(place)).collect();
        let order = |rng: &mut Rng| {
            let lines = 1 + rng.below(4);
            let stops: Vec<u32> = (0..lines).map(|_| places[rng.below(places.len())]).collect();
            let due = (crew.pickers > 1).then(|| rng.range(2_000, 8_000));
            Order { due, handling: lines as i64, ..Order::new(stops, [1, lines as i64]) }
        };
        let orders = (0..orders).map(|_| order(&mut rng)).collect();
        Problem::new(floor, orders, [6, 12], crew).unwrap()
    }

    #[test]
    fn plans_pass_the_verifier_and_repeat() {
        let timed = Crew { pickers: 3, setup: 40, pace: 2 };
        for seed in 0..20 {
            for (floor, crew) in
                [(block(), Crew::DISTANCE), (block(), timed), (line(), Crew::DISTANCE), (line(), timed)]
            {
                let problem = random(seed, 5 + seed as usize * 3, floor, crew);
                let options = Options { seed: Seed(seed), ..Options::default() };
                let plan = solve(&problem, &options, &mut Budget::iterations(800), &mut Silent);
                assert_eq!(check(&problem, &plan), []);
                assert_eq!(plan, solve(&problem, &options, &mut Budget::iterations(800), &mut Silent));
            }
        }
    }

    #[test]
    fn searching_longer_takes_less_time() {
        let problem = random(1, 60, block(), Crew::DISTANCE);
        let walk = |n| solve(&problem, &Options::default(), &mut Budget::iterations(n), &mut Silent).time;
        assert!(walk(20_000) < walk(0), "{} {}", walk(20_000), walk(0));
    }

    #[test]
    fn what_is_due_is_done_in_time_where_it_can_be() {
        // Two places far apart, each order due after one walk: a batch of both would be late.
        let mut orders = vec![Order::new([10], [1, 1]), Order::new([150], [1, 1])];
        (orders[0].due, orders[1].due) = (Some(20), Some(320));
        let problem = Problem::new(line(), orders, [9, 9], Crew::DISTANCE).unwrap();
        let plan = solve(&problem, &Options::default(), &mut Budget::iterations(2_000), &mut Silent);
        assert_eq!((plan.batches.len(), plan.lateness, plan.distance), (2, 0, 320));
    }
}
