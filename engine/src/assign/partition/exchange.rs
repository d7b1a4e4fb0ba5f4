//! Partition find prices by themselves, publish their mean, and divide capacity by what each would use.

use rayon::prelude::*;

use crate::assign::climb::Climb;
use crate::assign::layout::{Layout, Supply, ranks};
use crate::assign::opening;
use crate::assign::options::{ShipmentOptions, UNITS_PER_CENT};
use crate::assign::plan::Duals;
use crate::assign::problem::Problem;
use crate::assign::room::Room;
use crate::assign::rows::Tier;
use crate::search::Seed;

use super::Partition;

/// Looks at what a part would use, and how far prices are off in each, at most.
pub(super) const LOOKS: u64 = 6;
const OFF: f64 = 0.1;
/// Weight of the newest answer in what a part is thought to use.
const NEWEST: f32 = 0.5;
/// Share of an allowance that is kept when nothing of it would be used, so that it can come back.
const KEPT: f32 = 0.02;

pub(super) struct Exchange<'p, S: ShipmentOptions> {
    problem: &'p Problem<S>,
    layout: &'p Layout,
    parts: Vec<Part<'p, S>>,
    /// All there is, in the sequence of the layout.
    capacity: Vec<f32>,
    /// Published, in tenths of a cent.
    prices: Vec<f32>,
    /// Looks at every order so far.
    pub passes: u64,
}

/// One part, and what it knows of itself.
struct Part<'p, S> {
    /// Neighbours side by side.
    orders: Vec<u32>,
    climb: Climb<'p, S>,
    /// What it would use of everything, averaged over rounds.
    uses: Vec<f32>,
}

impl<'p, S: ShipmentOptions> Exchange<'p, S> {
    pub fn new(problem: &'p Problem<S>, layout: &'p Layout, parts: &Partition, warm: Option<&Duals>) -> Self {
        let whole = Room::full(problem);
        let rank = ranks(problem);
        let capacity = capacity(problem, layout, &whole);
        let prices = match warm {
            Some(duals) => known(layout, duals),
            None => opening_prices(problem, layout),
        };
        // A part's excess is a part of the whole's, so that its prices move as the whole's would.
        let scale: Vec<f32> = capacity.iter().map(|c| parts.count() as f32 / c.max(1.0)).collect();
        let part = |mut orders: Vec<u32>| {
            orders.sort_unstable_by_key(|&order| rank[order as usize]);
            let supply =
                Supply { capacity: Vec::new(), held: whole.stock.clone(), carriers: problem.rows.carriers.clone() };
            let uses = first_claim(problem, layout, &orders);
            Part { orders, climb: Climb::new(problem, layout, supply, scale.clone(), prices.clone()), uses }
        };
        let parts = parts.members(problem.demand.orders()).into_iter().map(part).collect();
        let mut exchange = Self { problem, layout, parts, capacity, prices, passes: 0 };
        exchange.allow();
        exchange
    }

    /// The published prices.
    pub fn duals(&self) -> Duals {
        self.layout.prices(self.problem, |n| self.prices[n]).to_duals(&self.problem.demand)
    }

    /// Makes allowances proportional to what parts would use.
    fn allow(&mut self) {
        let even = 1.0 / self.parts.len() as f32;
        let sums: Vec<f32> =
            (0..self.capacity.len()).map(|n| self.parts.iter().map(|part| part.uses[n]).sum()).collect();
        let first_carrier = self.layout.first[4];
        for part in &mut self.parts {
            let uses = &part.uses;
            let share = |n: usize| {
                let own = if sums[n] > 0.0 { uses[n] / sums[n] } else { even };
                KEPT * even + (1.0 - KEPT) * own
            };
            let supply = &mut part.climb.supply;
            supply.capacity = self.capacity.iter().enumerate().map(|(n, &capacity)| capacity * share(n)).collect();
            for (n, tiers) in self.problem.rows.carriers.iter().enumerate() {
                let share = f64::from(share(first_carrier + n));
                let width = |tier: &Tier| Tier { width: (tier.width as f64 * share) as i64, ..*tier };
                supply.carriers[n] = tiers.iter().map(width).collect();
            }
        }
    }

    /// Each part by itself for some passes, then the mean of their prices, then new allowances.
    pub fn round(&mut self, passes: u64, factor: impl Fn(f64) -> f64 + Sync, seed: Seed) {
        self.parts.par_iter_mut().for_each(|part| part.climb.run(&part.orders, passes, &factor));
        let mean = |n: usize| {
            let own = |part: &Part<'_, S>| part.climb.supply.capacity[n];
            let sum: f32 = self.parts.iter().map(own).sum();
            let weighted: f32 = self.parts.iter().map(|part| part.climb.price[n] * own(part)).sum();
            if sum > 0.0 { weighted / sum } else { self.prices[n] }
        };
        self.prices = (0..self.prices.len()).map(mean).collect();
        self.look(seed);
        self.allow();
        for part in &mut self.parts {
            part.climb.price.clone_from(&self.prices);
        }
        self.passes += passes + LOOKS;
    }

    /// Asks what each part would use at about the published prices.
    fn look(&mut self, seed: Seed) {
        // First claims say little; the first answer replaces them.
        let newest = if self.passes == 0 { 1.0 } else { NEWEST };
        let looks: Vec<Vec<f32>> = (0..LOOKS)
            .map(|look| {
                let mut rng = seed.child("look", look).rng();
                self.prices.iter().map(|price| price * (1.0 + OFF * (2.0 * rng.unit() - 1.0)) as f32).collect()
            })
            .collect();
        self.parts.par_iter_mut().for_each(|part| {
            part.uses.iter_mut().for_each(|uses| *uses *= 1.0 - newest);
            for prices in &looks {
                part.climb.price.clone_from(prices);
                part.climb.price_all(&part.orders);
                let used = part.uses.iter_mut().zip(&part.climb.usage);
                used.for_each(|(uses, &used)| *uses += newest * used as f32 / LOOKS as f32);
            }
        });
    }
}

fn capacity<S: ShipmentOptions>(problem: &Problem<S>, layout: &Layout, whole: &Room) -> Vec<f32> {
    let slots = layout.cells.iter().map(|&cell| i64::from(whole.stock[cell as usize]));
    let rows = whole.work.iter().chain(&whole.pickup).copied();
    let allotted = whole.allotments.iter().map(|row| row.capacity);
    let parcels = problem.demand.orders() as i64;
    slots.chain(rows).chain(allotted).chain(whole.carriers.iter().map(|_| parcels)).map(|x| x as f32).collect()
}

fn known(layout: &Layout, duals: &Duals) -> Vec<f32> {
    let kinds = [&duals.stock, &duals.work, &duals.pickup, &duals.allotment, &duals.carrier];
    let of_kind = |(kind, prices): (usize, &Vec<f64>)| {
        let len = layout.first[kind + 1] - layout.first[kind];
        (0..len).map(|n| prices.get(n).map_or(0.0, |cents| (cents * UNITS_PER_CENT as f64) as f32)).collect::<Vec<_>>()
    };
    kinds.into_iter().enumerate().flat_map(of_kind).collect()
}

fn opening_prices<S: ShipmentOptions>(problem: &Problem<S>, layout: &Layout) -> Vec<f32> {
    let mut prices = vec![0.0; layout.len()];
    for (sku, price) in opening::prices(problem).into_iter().enumerate() {
        prices[problem.demand.slots_of(sku as u32)].fill(price as f32);
    }
    prices
}

/// Before prices are known: units of each SKU that the orders ask for, and of rows a share by orders.
fn first_claim<S: ShipmentOptions>(problem: &Problem<S>, layout: &Layout, orders: &[u32]) -> Vec<f32> {
    let demand = &problem.demand;
    let mut claim = vec![orders.len() as f32; layout.len()];
    claim[..layout.cells.len()].fill(0.0);
    for line in orders.iter().flat_map(|&order| demand.lines(order)) {
        claim[demand.slots_of(demand.sku(line))].iter_mut().for_each(|units| *units += demand.quantity(line) as f32);
    }
    claim
}
