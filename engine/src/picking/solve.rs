//! Batches by annealing over exact tour lengths.

use std::collections::HashMap;

use crate::search::{Annealing, Budget, Observer, Progress, Rng};

use super::problem::{Batch, Loads, Options, Order, Plan, Policy, Problem};
use super::seed;
use super::tour::{exact_length, tour};

/// Temperatures, in shares of the mean batch's length.
const START: f64 = 0.04;
/// As [`START`], at the end.
const END: f64 = 0.003;
/// Lengths remembered; the cache is emptied beyond.
const CACHED: usize = 1 << 18;

/// Batches and tours. One iteration of the budget is one move tried.
pub fn solve(problem: &Problem, options: &Options, budget: &mut Budget, observer: &mut dyn Observer) -> Plan {
    let mut search = Search::new(problem, options);
    search.anneal(budget, observer);
    let batches: Vec<Batch> = search
        .best
        .iter()
        .filter(|orders| !orders.is_empty())
        .map(|orders| {
            let walk = tour(&problem.layout, &search.masks(orders), options.policy);
            let mut orders = orders.clone();
            orders.sort_unstable();
            Batch { orders, tour: walk.stops, distance: walk.length }
        })
        .collect();
    Plan { distance: batches.iter().map(|batch| batch.distance).sum(), batches, iterations: budget.spent() }
}

struct Search<'a> {
    problem: &'a Problem,
    policy: Policy,
    rng: Rng,
    /// A random word an order: a batch's key is the exclusive or of its orders' words.
    words: Vec<u64>,
    lengths: HashMap<u64, i64>,
    batches: Vec<Vec<u32>>,
    loads: Vec<Loads>,
    cost: Vec<i64>,
    total: i64,
    best: Vec<Vec<u32>>,
    least: i64,
}

/// A move: the two batches as they would be.
type Move = (usize, Vec<u32>, usize, Vec<u32>);

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, options: &Options) -> Self {
        let mut rng = options.seed.child("picking", 0).rng();
        let words = problem.orders.iter().map(|_| rng.next_u64()).collect();
        let batches = seed::greedy(problem);
        let loads = batches.iter().map(|batch| load_of(&problem.orders, batch)).collect();
        let mut search = Self {
            problem,
            policy: options.policy,
            rng,
            words,
            lengths: HashMap::new(),
            best: batches.clone(),
            batches,
            loads,
            cost: Vec::new(),
            total: 0,
            least: 0,
        };
        search.cost = (0..search.batches.len()).map(|n| search.length(&search.batches[n].clone())).collect();
        search.total = search.cost.iter().sum();
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
            let (cost_a, cost_b) = (self.length(&orders_a), self.length(&orders_b));
            let delta = cost_a + cost_b - self.cost[a] - self.cost[b];
            if Annealing::accepts(delta as f64, temperature, &mut self.rng) {
                self.loads[a] = load_of(&self.problem.orders, &orders_a);
                self.loads[b] = load_of(&self.problem.orders, &orders_b);
                (self.batches[a], self.batches[b]) = (orders_a, orders_b);
                (self.cost[a], self.cost[b]) = (cost_a, cost_b);
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
            }
        }
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

    fn masks(&self, orders: &[u32]) -> Vec<u64> {
        let mut masks = vec![0; self.problem.layout.aisles as usize];
        for &order in orders {
            for &(aisle, cells) in &self.problem.orders[order as usize].stops {
                masks[aisle as usize] |= cells;
            }
        }
        masks
    }

    fn length(&mut self, orders: &[u32]) -> i64 {
        if orders.is_empty() {
            return 0;
        }
        let key = orders.iter().fold(0, |key, &order| key ^ self.words[order as usize]);
        if let Some(&length) = self.lengths.get(&key) {
            return length;
        }
        let masks = self.masks(orders);
        let length = match self.policy {
            Policy::Exact => exact_length(&self.problem.layout, &masks),
            policy => tour(&self.problem.layout, &masks, policy).length,
        };
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
    use crate::picking::Layout;
    use crate::search::{Seed, Silent};

    fn random(seed: u64, orders: usize) -> Problem {
        let mut rng = Seed(seed).rng();
        let layout = Layout {
            aisles: 8,
            cells: 20,
            aisle_pitch: 50,
            cell_pitch: 10,
            front_entry: 15,
            back_entry: 15,
            depot_aisle: 0,
            depot_distance: 5,
        };
        let order = |rng: &mut Rng| {
            let mut masks = [0_u64; 8];
            let lines = 1 + rng.below(4);
            (0..lines).for_each(|_| masks[rng.below(8)] |= 1 << rng.below(20));
            let stops = (0..8).filter(|&a| masks[a as usize] != 0).map(|a| (a, masks[a as usize])).collect();
            Order { stops, load: [1, lines as i64] }
        };
        let orders = (0..orders).map(|_| order(&mut rng)).collect();
        Problem::new(layout, orders, [6, 12]).unwrap()
    }

    #[test]
    fn plans_pass_the_verifier_and_repeat() {
        for seed in 0..20 {
            let problem = random(seed, 5 + seed as usize * 3);
            let options = Options { seed: Seed(seed), ..Options::default() };
            let plan = solve(&problem, &options, &mut Budget::iterations(800), &mut Silent);
            assert_eq!(check(&problem, &plan), []);
            assert_eq!(plan, solve(&problem, &options, &mut Budget::iterations(800), &mut Silent));
        }
    }

    #[test]
    fn searching_longer_walks_less() {
        let problem = random(1, 60);
        let walk = |n| solve(&problem, &Options::default(), &mut Budget::iterations(n), &mut Silent).distance;
        assert!(walk(20_000) < walk(0), "{} {}", walk(20_000), walk(0));
    }
}
