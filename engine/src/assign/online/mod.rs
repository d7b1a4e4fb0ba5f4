//! Online kernel: orders come one at a time and each is decided at once and for good; what does this one get?
//!
//! **Policy.** An order gets the feasible plan of least `cents + shadow prices of the stock, work, pickups and carrier volume
//! that it takes` among what is left; waiting counts at its penalty, as in the batch problem. At zero prices this is the
//! myopic rule "cheapest plan now".
//!
//! **Prices** are re-made a few times over the stream ([`Desk::reprice`]). Several futures of as many orders as are still to
//! come are drawn from the forecast and the orders seen so far; for each the dual of the batch problem over what is left is
//! climbed a little way from the last prices ([`super::climb`]); the mean over futures counts. The dual of a single future knows
//! which order will ask for the last unit of a slow SKU; the mean says how likely anyone will (Talluri and van Ryzin 1999,
//! "A randomized linear programming method for computing network bid prices"; in fulfilment Acimovic and Graves 2015,
//! "Making better fulfillment decisions on the fly").
//!
//! **Do no harm.** Before prices are published the rest of the stream is played through on other futures, myopically and with
//! several shares of the prices (`trial`); they count by the share that did best, and not at all unless they beat the
//! myopic rule by more than chance. As soon as enough orders were seen, trials use those alone, so that a poor forecast is
//! found out. Where prices are myopic already, as in two-layer networks (Zhao, Wang and Xin 2025), the rule stands. Prices
//! older than [`OnlineOptions::most_age`] orders do not count either.
//!
//! **Determinism.** Seeds name futures; the plan does not depend on threads.

mod left;
#[cfg(test)]
mod tests;
mod trial;

use rayon::prelude::*;

use crate::search::Seed;

use super::climb::ascend;
use super::construct;
use super::dual::Prices;
use super::layout::{Layout, ranks};
use super::options::ShipmentOptions;
use super::plan::Plan;
use super::pricing::{Pricer, ScratchOf};
use super::problem::Problem;
use super::region::Region;
use super::room::in_units;
use super::solve;
use left::left;

/// Polyak factor of the first step from nothing, and from the prices of last time.
const FIRST_STEP: f64 = 0.6;
const NEXT_STEP: f64 = 0.2;

/// How prices are made.
#[derive(Clone, Debug)]
pub struct OnlineOptions {
    /// Root of all randomness.
    pub seed: Seed,
    /// How often prices are made over the stream, at equal distances from its start on; 0 is the myopic rule.
    pub resolves: usize,
    /// Futures whose prices are averaged.
    pub samples: usize,
    /// Price updates of the first making, on each future.
    pub first_passes: u64,
    /// Price updates of each later making, which starts from the last prices.
    pub passes: u64,
    /// Futures of each trial.
    pub trials: usize,
    /// After this many decisions prices are too old to count; `None`: four times the distance of two makings.
    pub most_age: Option<usize>,
}

impl Default for OnlineOptions {
    fn default() -> Self {
        Self { seed: Seed(0), resolves: 20, samples: 16, first_passes: 200, passes: 40, trials: 8, most_age: None }
    }
}

/// Serves orders in sequence at given prices.
struct Counter<'a, S: ShipmentOptions> {
    region: Region,
    prices: Prices,
    pricer: Pricer<'a, S>,
    scratch: ScratchOf<'a, S>,
    /// Orders served.
    served: usize,
    /// What the next parcel of each carrier costs, in cents, as the pricer has it.
    next_cents: Vec<i64>,
}

impl<'a, S: ShipmentOptions> Counter<'a, S> {
    fn new(problem: &'a Problem<S>, region: Region, prices: Prices) -> Self {
        let pricer = Pricer::new(problem, prices.rows.clone());
        let scratch = pricer.scratch();
        let mut counter = Self { region, prices, pricer, scratch, served: 0, next_cents: Vec::new() };
        counter.follow_volume();
        counter
    }

    fn serve_next(&mut self) {
        construct::insert(&self.pricer, &self.prices, &mut self.region, self.served, 256, &mut self.scratch);
        self.served += 1;
        self.follow_volume();
    }

    fn set_prices(&mut self, prices: Prices) {
        self.prices = prices;
        self.next_cents.clear();
        self.follow_volume();
    }

    /// Keeps the pricer at what the next parcel of each carrier costs, where that is above its shadow price: the cheapest
    /// option by price is then the cheapest in truth and need not be searched for.
    fn follow_volume(&mut self) {
        let volumes = &self.region.room.carriers;
        let same = volumes.iter().zip(&self.next_cents).all(|(volume, &cents)| volume.next_cents(1) == cents);
        if same && self.next_cents.len() == volumes.len() {
            return;
        }
        self.next_cents = volumes.iter().map(|volume| volume.next_cents(1)).collect();
        let mut rows = self.prices.rows.clone();
        for (price, &cents) in rows.carrier.iter_mut().zip(&self.next_cents) {
            *price = (*price).max(in_units(cents));
        }
        self.pricer = Pricer::new(self.pricer.problem, rows);
    }
}

/// Where orders are decided, one at a time.
pub struct Desk<'a, S: ShipmentOptions> {
    problem: &'a Problem<S>,
    options: OnlineOptions,
    counter: Counter<'a, S>,
    forecast: Vec<u32>,
    layout: Layout,
    /// By order, its place in the sequence in which futures are priced.
    rank: Vec<u32>,
    /// Mean prices over the futures, in tenths of a cent.
    mean: Vec<f32>,
    trust: f32,
    repriced: usize,
    repriced_at: usize,
}

impl<'a, S: ShipmentOptions> Desk<'a, S> {
    /// A desk with all stock and capacity, at zero prices. `arrivals` and `forecast` are orders of the problem: those that will
    /// come, each once, in sequence; and those that the future is thought to be like, where an order may stand several times.
    /// No arrival is looked at before its turn; only their number is known.
    pub fn new(problem: &'a Problem<S>, arrivals: Vec<u32>, forecast: Vec<u32>, options: OnlineOptions) -> Self {
        let layout = Layout::new(problem);
        let counter = Counter::new(problem, Region::over(problem, arrivals), Prices::zero(problem));
        let mean = vec![0.0; layout.len()];
        let rank = ranks(problem);
        Self { problem, options, counter, forecast, layout, rank, mean, trust: 0.0, repriced: 0, repriced_at: 0 }
    }

    fn orders(&self) -> usize {
        self.counter.region.orders.len()
    }

    /// Whether all orders are decided.
    pub fn is_over(&self) -> bool {
        self.counter.served == self.orders()
    }

    /// Whether [`Desk::reprice`] should be called before the next decision.
    pub fn is_due(&self) -> bool {
        let times = self.options.resolves;
        self.repriced < times && !self.is_over() && self.counter.served >= self.repriced * self.orders() / times
    }

    /// The share of the shadow prices that counts, 0 to 1.
    pub fn trust(&self) -> f32 {
        self.trust
    }

    /// Decides the next order, if there is one.
    pub fn decide(&mut self) {
        if self.is_over() {
            return;
        }
        let window = self.orders() / self.options.resolves.max(1);
        if self.trust > 0.0 && self.counter.served - self.repriced_at >= self.options.most_age.unwrap_or(4 * window) {
            self.trust = 0.0;
            self.counter.set_prices(Prices::zero(self.problem));
        }
        self.counter.serve_next();
    }

    /// Makes new prices for what is still to come, from what is left.
    pub fn reprice(&mut self) {
        self.repriced += 1;
        self.repriced_at = self.counter.served;
        let seed = self.options.seed.child("prices", self.repriced as u64);
        let bag: Vec<u32> = self.forecast.iter().chain(self.seen()).copied().collect();
        if bag.is_empty() || self.is_over() {
            return;
        }
        let (room, ahead) = (&self.counter.region.room, self.orders() - self.counter.served);
        let left = left(&self.layout, &self.problem.demand, room, ahead);
        let futures: Vec<Vec<u32>> = (0..self.options.samples).map(|n| self.future(&bag, seed, n)).collect();
        let (passes, first_step) =
            if self.repriced == 1 { (self.options.first_passes, FIRST_STEP) } else { (self.options.passes, NEXT_STEP) };
        let (problem, layout, rank, start) = (self.problem, &self.layout, &self.rank, &self.mean);
        let found: Vec<Vec<f32>> = futures
            .into_par_iter()
            .map(|mut future| {
                future.sort_unstable_by_key(|&order| rank[order as usize]);
                ascend(problem, layout, left.clone(), &future, start, passes, first_step)
            })
            .collect();
        self.mean = mean(&found, self.layout.len());
        self.publish(&bag, seed);
    }

    /// Puts up the prices by the share that trials recommend.
    fn publish(&mut self, bag: &[u32], seed: Seed) {
        let enough = self.seen().len() * 10 >= self.orders();
        let bag = if enough { self.seen() } else { bag };
        let futures: Vec<Vec<u32>> =
            (0..self.options.trials).map(|n| self.future(bag, seed.child("trial", 0), n)).collect();
        let shares = trial::SHARES.map(|share| self.prices(share));
        self.trust = trial::best_share(self.problem, &self.counter.region.room, &futures, &shares);
        self.counter.set_prices(self.prices(self.trust));
    }

    fn seen(&self) -> &[u32] {
        &self.counter.region.orders[..self.counter.served]
    }

    /// As many orders as are still to come, drawn from the bag.
    fn future(&self, bag: &[u32], seed: Seed, number: usize) -> Vec<u32> {
        let mut rng = seed.child("future", number as u64).rng();
        (self.counter.served..self.orders()).map(|_| bag[rng.below(bag.len())]).collect()
    }

    /// This share of the mean prices.
    fn prices(&self, share: f32) -> Prices {
        self.layout.prices(self.problem, |n| self.mean[n] * share)
    }

    /// Decides every order that is left, with prices made when they are due.
    pub fn serve_all(&mut self) {
        while !self.is_over() {
            if self.is_due() {
                self.reprice();
            }
            self.decide();
        }
    }

    /// What was decided so far. Orders not yet decided have no part in it, nor do those of the forecast.
    pub fn plan(&self) -> Plan {
        solve::finish(self.problem, &self.counter.region)
    }
}

fn mean(all: &[Vec<f32>], len: usize) -> Vec<f32> {
    let mut mean = vec![0.0_f32; len];
    for one in all {
        mean.iter_mut().zip(one).for_each(|(mean, price)| *mean += price);
    }
    mean.iter_mut().for_each(|mean| *mean /= all.len().max(1) as f32);
    mean
}
