//! Planning in parts: orders are divided, by region or otherwise, every part plans for itself, and what they share is priced
//! in rounds.
//!
//! **Prices.** Of every capacity a part has an allowance. In a round each part finds the prices at which it would use its own
//! (`climb`); the mean over the parts, by allowance, is published; each part answers with what it would use at the published
//! prices; and allowances become proportional to that. What a part needs more than others so moves to it, and prices agree
//! in the end. Demand at one price is all or nothing where orders are few, so it is the mean over prices that are off by some
//! percent, the same ones for all parts. (Walras' tatonnement; as resource and price direction together it is a mean value
//! cross decomposition: Holmberg 1992, "Linear mean value cross decomposition".)
//!
//! Once they nearly agree, the parts answer look by look at common prices, which [`super::dual`] moves, cuts included.
//!
//! **Plan.** Orders enter by falling regret, in turns: in each, what is free is divided by what the parts' orders of the turn
//! would like to have, and every part plans its own ([`plan`]). Then parts improve, with what is free going round; last, a repair
//! looks across them.
//!
//! All parts run in this process; between them pass prices, usage, claims and what is free.

mod exchange;
mod plan;

use rayon::prelude::*;

use crate::search::{Budget, Observer, Progress, Seed};

use super::climb::last_step;
use super::dual::Ascent;
use super::layout::Layout;
use super::options::ShipmentOptions;
use super::plan::Duals;
use super::problem::Problem;
use exchange::{Exchange, LOOKS};
pub(super) use plan::construct;

/// Polyak factor of the first step.
const FIRST_STEP: f64 = 0.6;
/// Share of the price updates that parts make by themselves.
const APART: f64 = 0.5;

/// How orders are divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    part_of: Vec<u32>,
    count: usize,
    /// Exchanges of prices and allowances.
    pub rounds: u64,
}

impl Partition {
    /// `part_of` names the part of each order, from 0; of orders that it does not reach, part 0.
    pub fn new(part_of: Vec<u32>, rounds: u64) -> Self {
        let count = part_of.iter().max().map_or(1, |&last| last as usize + 1);
        Self { part_of, count, rounds }
    }

    /// About as many orders in each of `count` parts, those with the same nearest warehouse together.
    pub fn by_region<S: ShipmentOptions>(problem: &Problem<S>, count: usize, rounds: u64) -> Self {
        let warehouses = problem.demand.warehouses();
        let nearest = |order: u32| {
            (0..warehouses as u32).min_by_key(|&w| (problem.source.distance(order, w), w)).unwrap_or(0) as usize
        };
        let home: Vec<usize> = (0..problem.demand.orders() as u32).into_par_iter().map(nearest).collect();
        let mut orders = vec![0_usize; warehouses];
        home.iter().for_each(|&warehouse| orders[warehouse] += 1);
        let mut largest_first: Vec<usize> = (0..warehouses).collect();
        largest_first.sort_by_key(|&warehouse| (std::cmp::Reverse(orders[warehouse]), warehouse));
        let mut filled = vec![0_usize; count.max(1)];
        let mut part = vec![0_u32; warehouses];
        for warehouse in largest_first {
            let emptiest = (0..filled.len()).min_by_key(|&part| (filled[part], part)).unwrap_or(0);
            filled[emptiest] += orders[warehouse];
            part[warehouse] = emptiest as u32;
        }
        Self { part_of: home.into_iter().map(|warehouse| part[warehouse]).collect(), count: count.max(1), rounds }
    }

    /// How many parts.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The part of an order.
    pub fn of(&self, order: u32) -> usize {
        self.part_of.get(order as usize).map_or(0, |&part| part as usize)
    }

    /// The same in the numbers of a renumbered problem: new order `n` is old order `sequence[n]`.
    pub(super) fn renumbered(&self, sequence: &[u32]) -> Self {
        let part_of = sequence.iter().map(|&order| self.of(order) as u32).collect();
        Self { part_of, ..*self }
    }

    /// The orders of each part, ascending.
    fn members(&self, orders: usize) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.count];
        (0..orders as u32).for_each(|order| members[self.of(order)].push(order));
        members
    }
}

/// An ascent that has come as far as `passes` looks at every order, or this share of the budget, allow.
pub(super) fn agree<'p, S: ShipmentOptions>(
    problem: &'p Problem<S>,
    parts: &Partition,
    warm: Option<&Duals>,
    (seed, passes, share): (Seed, u64, f64),
    budget: &mut Budget,
    observer: &mut dyn Observer,
) -> Ascent<'p, S> {
    let layout = Layout::new(problem);
    let mut exchange = Exchange::new(problem, &layout, parts, warm);
    let (passes_apart, share_apart) = (passes as f64 * APART, share * APART);
    for round in 0..parts.rounds {
        if !budget.spend(0) {
            break;
        }
        let left = (parts.rounds - round) as f64;
        let spent = budget.fraction();
        // Where time is the limit, rounds share what is left of it.
        let affordable = match exchange.passes {
            0 => passes_apart / left,
            done => (share_apart - spent) / left / (spent / done as f64).max(1e-9),
        };
        let passes = (passes_apart / parts.rounds as f64).min(affordable).max(0.0) as u64;
        let passes = passes.saturating_sub(LOOKS);
        if passes == 0 || !budget.spend(passes + LOOKS) {
            break;
        }
        let last = last_step((passes_apart as u64).max(1));
        let factor = |done: f64| {
            let done = (round as f64 + done) / parts.rounds as f64;
            FIRST_STEP * (last / FIRST_STEP).powf(done)
        };
        exchange.round(passes, factor, seed.child("round", round));
        observer.progress(&Progress {
            phase: "exchange",
            iterations: budget.spent(),
            fraction: budget.fraction().max(share_apart * (round + 1) as f64 / parts.rounds as f64),
            cost: f64::INFINITY,
            lower_bound: None,
        });
    }
    let mut ascent = Ascent::new(problem, Some(&exchange.duals()));
    ascent.climb(passes.saturating_sub(exchange.passes).max(1), share, budget, observer);
    ascent.passes += exchange.passes;
    ascent
}
