//! Prices, then a plan at those prices, then a better plan.

use rayon::prelude::*;

use crate::search::{Budget, Observer, Progress, Seed};

use super::construct;
use super::dual::{Ascent, Prices};
use super::improve::{self, Round};
use super::options::ShipmentOptions;
use super::plan::{CostParts, Duals, Plan};
use super::pricing::Pricer;
use super::problem::Problem;
use super::region::Region;

/// Most regions; each holds an array over all slots.
const MOST_REGIONS: usize = 32;
/// Steps of a round, per order of the problem.
const STEPS_PER_ORDER: f64 = 0.3;

/// How to search.
#[derive(Clone, Debug)]
pub struct Options {
    /// Root of all randomness.
    pub seed: Seed,
    /// Prices of an earlier, similar problem to start from. Missing entries count as 0.
    pub warm: Option<Duals>,
    /// Most price updates.
    pub passes: u64,
    /// Share of the budget that price updates may take, 0 to 1.
    pub bound_share: f64,
    /// Orders of a region of the improvement, about; regions are improved at the same time.
    pub region_orders: usize,
    /// Most improvement rounds.
    pub rounds: u64,
    /// Annealing temperature of the first and the last round, in cents.
    pub temperature: (f64, f64),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: Seed(0),
            warm: None,
            passes: 400,
            bound_share: 0.5,
            region_orders: 6_000,
            rounds: 2_000,
            temperature: (100.0, 3.0),
        }
    }
}

/// Solves. One iteration of the budget is one price update or one round of improvement; both look at every order about once.
/// The plan depends on problem, options and iterations alone, not on threads.
pub fn solve<S: ShipmentOptions>(
    problem: &Problem<S>,
    options: &Options,
    budget: &mut Budget,
    observer: &mut dyn Observer,
) -> Plan {
    let mut ascent = Ascent::new(problem, options.warm.as_ref());
    ascent.climb(options.passes, options.bound_share, budget, observer);
    let (lower_bound, passes) = (ascent.lower_bound(), ascent.passes);
    let prices = ascent.into_prices();
    let pricer = Pricer::new(problem, prices.rows.clone());
    let guide = construct::guide(&pricer, &prices);
    let first = construct::construct(&pricer, &prices, &guide);
    let mut search = Search { pricer, prices, floor: guide.floor, best: first.clone(), current: first };
    search.run(options, lower_bound, budget, observer);
    let mut plan = finish(problem, &search.best);
    plan.lower_bound = lower_bound;
    plan.duals = search.prices.to_duals();
    (plan.passes, plan.iterations) = (passes, budget.spent());
    plan
}

struct Search<'a, S: ShipmentOptions> {
    pricer: Pricer<'a, S>,
    prices: Prices,
    floor: Vec<i64>,
    best: Region,
    current: Region,
}

impl<S: ShipmentOptions> Search<'_, S> {
    fn run(&mut self, options: &Options, lower_bound: i64, budget: &mut Budget, observer: &mut dyn Observer) {
        let problem = self.pricer.problem;
        let mut least = self.best.total_cents(problem);
        let start = budget.fraction();
        let mut round = 0;
        loop {
            let spent = (budget.fraction() - start) / (1.0 - start).max(1e-9);
            let fraction = spent.max(round as f64 / options.rounds.max(1) as f64);
            observer.progress(&Progress {
                phase: "improve",
                iterations: budget.spent(),
                fraction: budget.fraction().max(fraction),
                cost: least as f64,
                lower_bound: Some(lower_bound as f64),
            });
            if round >= options.rounds || least <= lower_bound || !budget.tick() {
                return;
            }
            self.current = self.round(options, round, fraction);
            let cents = self.current.total_cents(problem);
            if cents < least {
                least = cents;
                self.best = self.current.clone();
            }
            round += 1;
        }
    }

    /// One round: the plan cut into regions, each improved on its own.
    fn round(&self, options: &Options, round: u64, fraction: f64) -> Region {
        let problem = self.pricer.problem;
        let (hot, cold) = options.temperature;
        let temperature = hot.max(1e-3) * (cold.max(1e-3) / hot.max(1e-3)).powf(fraction);
        let seed = options.seed.child("round", round);
        let orders = problem.demand.orders();
        let parts = orders.div_ceil(options.region_orders.max(1)).clamp(1, MOST_REGIONS);
        let mut regions = self.current.split(problem, parts, seed);
        regions.par_iter_mut().enumerate().for_each(|(n, region)| {
            let steps = (region.orders.len() as f64 * STEPS_PER_ORDER).ceil() as usize;
            let settings = Round { prices: &self.prices, floor: &self.floor, steps, temperature };
            improve::improve(&self.pricer, &settings, region, &mut seed.child("region", n as u64).rng());
        });
        self.current.merge(problem, &regions)
    }
}

/// The plan's public form.
pub(super) fn finish<S: ShipmentOptions>(problem: &Problem<S>, region: &Region) -> Plan {
    let demand = &problem.demand;
    let mut plan = Plan {
        shipments: Vec::with_capacity(demand.orders()),
        backlog: Vec::new(),
        cost: CostParts { tiers: region.room.tier_cents(), ..CostParts::default() },
        lower_bound: 0,
        duals: Duals::default(),
        passes: 0,
        iterations: 0,
    };
    for local in 0..region.orders.len() {
        let (order, shipments) = (region.orders[local], region.shipments(local));
        let moved: i64 = shipments.iter().map(|shipment| shipment.choice.cents).sum();
        let splits = problem.rows.split_cents * (shipments.len() as i64 - 1).max(0);
        plan.cost.shipments += moved;
        plan.cost.splits += splits;
        plan.cost.backlog += region.cents(problem, local) - moved - splits;
        let shipped = shipments.iter().fold(0_u8, |mask, shipment| mask | shipment.mask);
        plan.backlog.extend(demand.lines_in(order, !shipped).map(|line| line as u32));
        let first = plan.shipments.len();
        plan.shipments.extend_from_slice(shipments);
        plan.shipments[first..].sort_by_key(|shipment| shipment.warehouse);
    }
    plan
}
