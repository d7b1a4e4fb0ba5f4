//! Prices, then a plan at those prices, then a better plan.

use rayon::prelude::*;

use crate::search::{Budget, Observer, Progress, Seed};

use super::construct::{self, Guide};
use super::dual::{Ascent, Prices};
use super::improve::{self, Aims, Round};
use super::options::ShipmentOptions;
use super::partition::{self, Partition};
use super::plan::{CostParts, Duals, Plan};
use super::pricing::Pricer;
use super::problem::Problem;
use super::region::{Cut, Region};
use super::rivals::Rivals;
use super::room::in_units;
use super::standing::{Anchors, Standing};

/// Regions improved at the same time; what rows have free is shared among them.
const REGIONS_AT_ONCE: usize = 16;
/// Where orders are planned in parts, this share of the improvement, the last, looks across them.
const REPAIR: f64 = 0.5;

/// Which orders the improvement looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookAt {
    /// All of them.
    All,
    /// Those that are new to the standing plan, and those that could make way for them.
    New,
}

/// How to search.
#[derive(Clone, Debug)]
pub struct Options {
    /// Root of all randomness.
    pub seed: Seed,
    /// Prices of an earlier, similar problem to start from. Missing entries count as 0.
    pub warm: Option<Duals>,
    /// An earlier plan to start from.
    pub standing: Option<Standing>,
    /// Which orders the improvement looks at.
    pub look_at: LookAt,
    /// Whether orders are planned in parts, and in which.
    pub partition: Option<Partition>,
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
            standing: None,
            look_at: LookAt::All,
            partition: None,
            passes: 400,
            bound_share: 0.5,
            region_orders: 6_000,
            rounds: 2_000,
            temperature: (100.0, 3.0),
        }
    }
}

impl Options {
    /// Annealing temperature in cents when this fraction of the improvement is done.
    fn temperature_at(&self, fraction: f64) -> f64 {
        let (hot, cold) = self.temperature;
        hot.max(1e-3) * (cold.max(1e-3) / hot.max(1e-3)).powf(fraction)
    }
}

/// Solves. One iteration of the budget is one price update, a look at every order, or the improvement of up to
/// [`REGIONS_AT_ONCE`] regions. The plan depends on problem, options and iterations alone, not on threads.
pub fn solve<S: ShipmentOptions>(
    problem: &Problem<S>,
    options: &Options,
    budget: &mut Budget,
    observer: &mut dyn Observer,
) -> Plan {
    match problem.source.side_by_side() {
        None => solve_as_numbered(problem, options, budget, observer),
        Some((sequence, source)) => {
            let neighbourly = problem.renumbered(&sequence, source);
            let mut new_of = vec![0_u32; sequence.len()];
            sequence.iter().enumerate().for_each(|(new, &old)| new_of[old as usize] = new as u32);
            let options = Options {
                standing: options.standing.as_ref().map(|standing| standing.renumbered(&new_of)),
                warm: options.warm.clone().map(|duals| duals.renumbered(&new_of)),
                partition: options.partition.as_ref().map(|parts| parts.renumbered(&sequence)),
                ..*options
            };
            let plan = solve_as_numbered(&neighbourly, &options, budget, observer);
            plan.renumbered(&problem.demand, &neighbourly.demand, &new_of)
        }
    }
}

fn solve_as_numbered<S: ShipmentOptions>(
    problem: &Problem<S>,
    options: &Options,
    budget: &mut Budget,
    observer: &mut dyn Observer,
) -> Plan {
    let (warm, share) = (options.warm.as_ref(), options.bound_share);
    let ascent = match &options.partition {
        Some(parts) => {
            let seed = options.seed.child("parts", 0);
            partition::agree(problem, parts, warm, (seed, options.passes, share), budget, observer)
        }
        None => {
            let mut ascent = Ascent::new(problem, warm);
            ascent.climb(options.passes, share, budget, observer);
            ascent
        }
    };
    let (lower_bound, passes, prices) = (ascent.lower_bound(), ascent.passes, ascent.into_prices());
    let pricer = Pricer::new(problem, prices.rows.clone());
    let anchors = Anchors::new(problem, options.standing.as_ref());
    let guide = Guide::new(&pricer, &prices, &anchors, options.look_at);
    let first = match &options.partition {
        Some(parts) => partition::construct(&pricer, &prices, parts, &guide, &anchors),
        None => construct::construct(&pricer, &prices, &guide, &anchors),
    };
    let cents = first.total_cents(problem);
    let moves_left = options.standing.as_ref().and_then(|standing| standing.most_moves).map_or(i64::MAX / 2, i64::from);
    let mut search = Search {
        pricer,
        look_at: options.look_at,
        prices,
        guide,
        anchors,
        moves_left,
        best: first.clone(),
        best_cents: cents,
        current: first,
    };
    search.run(options, lower_bound, budget, observer);
    let mut plan = finish(problem, &search.best);
    plan.lower_bound = lower_bound;
    plan.duals = search.prices.to_duals(&problem.demand);
    (plan.passes, plan.iterations) = (passes, budget.spent());
    plan
}

struct Search<'a, S: ShipmentOptions> {
    pricer: Pricer<'a, S>,
    look_at: LookAt,
    prices: Prices,
    guide: Guide,
    anchors: Anchors,
    /// Orders that may still be moved away from their standing shipments.
    moves_left: i64,
    best: Region,
    best_cents: i64,
    current: Region,
}

impl<'a, S: ShipmentOptions> Search<'a, S> {
    fn run(&mut self, options: &Options, lower_bound: i64, budget: &mut Budget, observer: &mut dyn Observer) {
        let problem = self.pricer.problem;
        let start = budget.fraction();
        let rivals = (options.look_at == LookAt::New).then(|| Rivals::new(&problem.demand));
        // Orders and tiers apart: only the former change part by part.
        let mut cents = self.best_cents - self.current.room.tier_cents();
        for round in 0..options.rounds {
            let seed = options.seed.child("round", round);
            let orders = match &rivals {
                None => (0..problem.demand.orders() as u32).collect(),
                Some(rivals) => rivals.touched(problem, &self.aims(), &self.current, seed),
            };
            if orders.is_empty() {
                break;
            }
            let spent = (budget.fraction() - start) / (1.0 - start).max(1e-9);
            let apart = options.partition.as_ref().filter(|_| spent < 1.0 - REPAIR);
            let groups = apart.map_or(1, Partition::count);
            let cut = Cut::new(groups, regions(orders.len(), options.region_orders).div_ceil(groups), seed);
            let members = cut.members(problem, orders.iter().copied(), |o| apart.map_or(0, |parts| parts.of(o)));
            for (batch, several) in members.chunks(REGIONS_AT_ONCE).enumerate() {
                let spent = (budget.fraction() - start) / (1.0 - start).max(1e-9);
                let fraction = spent.max(round as f64 / options.rounds as f64);
                observer.progress(&Progress {
                    phase: "improve",
                    iterations: budget.spent(),
                    fraction: budget.fraction().max(fraction),
                    cost: self.best_cents as f64,
                    lower_bound: Some(lower_bound as f64),
                });
                if self.best_cents <= lower_bound || !budget.tick() {
                    return self.keep(cents);
                }
                let temperature = options.temperature_at(fraction);
                cents += self.improve(&cut, batch * REGIONS_AT_ONCE, several, temperature, seed);
            }
            self.keep(cents);
        }
    }

    fn aims(&self) -> Aims<'_> {
        Aims { prices: &self.prices, guide: &self.guide, anchors: &self.anchors, look_at: self.look_at }
    }

    /// Keeps the current plan if it is the best so far; `cents` are those of its orders.
    fn keep(&mut self, cents: i64) {
        let cents = cents + self.current.room.tier_cents();
        if cents < self.best_cents {
            self.best_cents = cents;
            self.best.clone_from(&self.current);
        }
    }

    /// The pricer with what the next parcel of each carrier costs in the current plan, where that is above its dual price: the
    /// cheapest option by price is then nearly always the cheapest in truth, and need not be searched for.
    fn pricer_at_volume(&self) -> Pricer<'a, S> {
        let mut rows = self.prices.rows.clone();
        for (price, volume) in rows.carrier.iter_mut().zip(&self.current.room.carriers) {
            *price = (*price).max(in_units(volume.next_cents(1)));
        }
        Pricer::new(self.pricer.problem, rows)
    }

    /// Improves some parts of the plan, each on its own; returns by how many cents, tiers apart.
    fn improve(&mut self, cut: &Cut, first: usize, members: &[Vec<u32>], temperature: f64, seed: Seed) -> i64 {
        let problem = self.pricer.problem;
        let pricer = self.pricer_at_volume();
        let improved: Vec<(Region, i64)> = members
            .par_iter()
            .enumerate()
            .map(|(n, members)| {
                let part = first + n;
                let mut region = self.current.extract(problem, cut, part, members, REGIONS_AT_ONCE.min(cut.parts()));
                let most_moves = self.moves_left / REGIONS_AT_ONCE as i64;
                let round = Round { pricer: &pricer, aims: self.aims(), most_moves, temperature };
                let mut rng = seed.child("region", part as u64).rng();
                let moved = improve::improve(&round, &mut region, &mut rng);
                (region, moved)
            })
            .collect();
        self.moves_left -= improved.iter().map(|(_, moved)| moved).sum::<i64>();
        improved.iter().map(|(region, _)| self.current.take_over(problem, region)).sum()
    }
}

/// How many regions are cut; full sets of [`REGIONS_AT_ONCE`] where there are more than one set, so that no thread waits.
fn regions(orders: usize, region_orders: usize) -> usize {
    let parts = orders.div_ceil(region_orders.max(1)).max(1);
    if parts <= REGIONS_AT_ONCE { parts } else { (parts + REGIONS_AT_ONCE / 2) / REGIONS_AT_ONCE * REGIONS_AT_ONCE }
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
