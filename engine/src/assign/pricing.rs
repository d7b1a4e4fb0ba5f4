//! One order's best plan at given prices: subset dynamic programming over its parts.
//!
//! For each set of parts the cheapest warehouse that can ship it, then the cheapest partition of each set, then the best
//! set to ship: `min(whole backlog, min over sets (partition(set) - split + backlog of the rest))`. The first step looks at
//! all warehouses at once, in rows ([`super::lanes`]).

use super::lanes::{self, NONE};
use super::options::{Choice, Parcel, Priced, RowPrices, RowUse, ShipmentOptions, UNITS_PER_CENT};
use super::problem::{MAX_PARTS, Problem};

const MASKS: usize = 1 << MAX_PARTS;

/// A line whose price is asked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Which line of the order it is.
    pub nth: usize,
    /// Its index among the lines of all orders.
    pub line: usize,
    pub sku: u32,
    /// Units.
    pub need: i32,
}

/// What an order may use, and at which price.
pub(super) trait Terms {
    /// Whether the answer must be a real plan (one shipment per warehouse, rows with room) rather than a bound.
    const STRICT: bool;
    /// Writes by warehouse the price of the line's units, each with `unit` on top; [`NONE`] where there are too few.
    fn line(&self, line: Wanted, unit: &[i32], to: &mut [i32]);
    /// What a shipment with this much work costs above the rows' prices, at least 0; `None` when a row has no room.
    fn extra(&self, rows: &RowUse, work: i64) -> Option<i64>;
}

/// Reused memory; one per thread.
pub(super) struct Scratch<C> {
    context: C,
    lanes: usize,
    /// By mask, then lane: price of the parts' units.
    sum: Vec<i32>,
    /// A row in the making.
    spare: Vec<i32>,
    /// Lanes of `spare` known to be exact.
    settled: Vec<usize>,
    best: [i64; MASKS],
    who: [u16; MASKS],
    cover: [i64; MASKS],
    last: [u8; MASKS],
    /// The answer: warehouse and mask of each shipment.
    pub chosen: Vec<(u16, u8)>,
}

impl<C: Default> Scratch<C> {
    fn new(lanes: usize) -> Self {
        Self {
            context: C::default(),
            lanes,
            sum: vec![0; MASKS * lanes],
            spare: vec![0; lanes],
            settled: Vec::new(),
            best: [i64::from(NONE); MASKS],
            who: [0; MASKS],
            cover: [0; MASKS],
            last: [0; MASKS],
            chosen: Vec::with_capacity(MAX_PARTS),
        }
    }

    /// What the cheapest parcel of these parts of the order asked about last costs.
    pub fn least(&self, mask: usize) -> i64 {
        self.best[mask]
    }

    fn sum(&self, mask: usize) -> &[i32] {
        &self.sum[mask * self.lanes..(mask + 1) * self.lanes]
    }

    fn sum_mut(&mut self, mask: usize) -> &mut [i32] {
        &mut self.sum[mask * self.lanes..(mask + 1) * self.lanes]
    }
}

/// Memory for a pricer of `S`.
pub(super) type ScratchOf<'a, S> = Scratch<<<S as ShipmentOptions>::Priced<'a> as Priced>::Context>;

/// The evaluation of one order, compiled for each width of vectors and dispatched to the machine's.
struct Evaluation<'e, 'a, S: ShipmentOptions, T> {
    pricer: &'e Pricer<'a, S>,
    terms: &'e T,
    order: u32,
    scratch: &'e mut ScratchOf<'a, S>,
    /// Whether the units' prices are to be looked up first.
    gather: bool,
}

impl<S: ShipmentOptions, T: Terms> pulp::WithSimd for Evaluation<'_, '_, S, T> {
    type Output = i64;

    #[inline(always)]
    fn with_simd<V: pulp::Simd>(self, _: V) -> i64 {
        if self.gather {
            self.pricer.gather(self.terms, self.order, self.scratch);
        }
        self.pricer.best_plan(self.terms, self.order, self.scratch)
    }
}

/// Prices orders at fixed row prices.
pub(super) struct Pricer<'a, S: ShipmentOptions + 'a> {
    pub problem: &'a Problem<S>,
    arch: pulp::Arch,
    priced: S::Priced<'a>,
    prices: RowPrices,
    split: i64,
}

impl<'a, S: ShipmentOptions> Pricer<'a, S> {
    pub fn new(problem: &'a Problem<S>, prices: RowPrices) -> Self {
        let priced = problem.source.priced(&problem.demand, &problem.rows, &prices);
        Self { problem, arch: pulp::Arch::new(), priced, prices, split: problem.rows.split_cents * UNITS_PER_CENT }
    }

    /// The row prices folded in.
    pub fn row_prices(&self) -> &RowPrices {
        &self.prices
    }

    pub fn scratch(&self) -> ScratchOf<'a, S> {
        Scratch::new(self.problem.demand.lanes())
    }

    /// Value in tenths of a cent of the order's best plan, which is left in `scratch.chosen`.
    pub fn order<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        self.priced.begin(order, &mut scratch.context);
        self.arch.dispatch(Evaluation { pricer: self, terms, order, scratch, gather: true })
    }

    /// After [`Self::order`]: the value of the best plan that does without what the chosen one takes where it takes it.
    pub fn otherwise<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        for n in 0..scratch.chosen.len() {
            let (warehouse, mask) = scratch.chosen[n];
            for part in (0..MAX_PARTS).filter(|part| mask >> part & 1 == 1) {
                scratch.sum_mut(1 << part)[usize::from(warehouse)] = NONE;
            }
        }
        self.arch.dispatch(Evaluation { pricer: self, terms, order, scratch, gather: false })
    }

    /// The rows that the cheapest option of a parcel of the order asked about last uses.
    pub fn rows(&self, parcel: Parcel, scratch: &ScratchOf<'a, S>) -> RowUse {
        self.priced.rows(&scratch.context, parcel.warehouse, parcel.mask)
    }

    /// The cheapest option with room.
    pub fn option<T: Terms>(&self, terms: &T, parcel: Parcel, scratch: &ScratchOf<'a, S>) -> Option<Choice> {
        let choice = self.priced.choice(&scratch.context, parcel.warehouse, parcel.mask);
        if !T::STRICT || self.extra(terms, parcel, &choice.rows()) == Some(0) {
            return Some(choice);
        }
        self.cheapest_open(terms, parcel).map(|(_, choice)| choice)
    }

    fn whole(&self, order: u32) -> i64 {
        self.problem.demand.whole_backlog(order) * UNITS_PER_CENT
    }

    /// Prices the units of each part.
    #[inline(always)]
    fn gather<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) {
        let demand = &self.problem.demand;
        let unit = self.priced.unit();
        let lines = demand.lines(order);
        let wanted = |nth: usize, line: usize| Wanted { nth, line, sku: demand.sku(line), need: demand.quantity(line) };
        if lines.len() == demand.parts(order) {
            for (nth, line) in lines.enumerate() {
                terms.line(wanted(nth, line), unit, scratch.sum_mut(1 << nth));
            }
            return;
        }
        for part in 0..demand.parts(order) {
            scratch.sum_mut(1 << part).fill(0);
        }
        let mut price = std::mem::take(&mut scratch.spare);
        for (nth, line) in lines.enumerate() {
            terms.line(wanted(nth, line), unit, &mut price);
            lanes::join(scratch.sum_mut(1 << demand.part(line)), &price);
        }
        scratch.spare = price;
    }

    #[inline(always)]
    fn best_plan<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        scratch.chosen.clear();
        let masks = 1_usize << self.problem.demand.parts(order);
        for mask in 1..masks {
            let row = self.priced.row(&mut scratch.context, mask as u8);
            let rest = mask & (mask - 1);
            let least = if rest == 0 {
                lanes::least_sum(&scratch.sum[mask * scratch.lanes..(mask + 1) * scratch.lanes], row)
            } else {
                let (below, from) = scratch.sum.split_at_mut(mask * scratch.lanes);
                let low = mask ^ rest;
                let of = |mask: usize| &below[mask * scratch.lanes..(mask + 1) * scratch.lanes];
                lanes::add_least(of(rest), of(low), row, &mut from[..scratch.lanes])
            };
            scratch.best[mask] = i64::from(least.min(NONE));
            if T::STRICT {
                if scratch.best[mask] > self.whole(order) {
                    // Whatever ships with it, waiting is cheaper.
                    scratch.best[mask] = NONE.into();
                } else {
                    lanes::add(&scratch.sum[mask * scratch.lanes..(mask + 1) * scratch.lanes], row, &mut scratch.spare);
                    self.settle(terms, order, mask, scratch);
                }
            }
        }
        if masks == 2 {
            return self.best_of_one::<T>(order, scratch);
        }
        self.partition(masks, scratch);
        let (value, shipped) = self.best_set(order, masks, scratch);
        self.collect::<T>(shipped, scratch);
        if T::STRICT && repeats(&scratch.chosen) { self.distinct(terms, order, scratch) } else { value }
    }

    fn best_of_one<T: Terms>(&self, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        let whole = self.whole(order);
        if scratch.best[1] > whole || scratch.best[1] >= NONE.into() {
            return whole;
        }
        let warehouse = if T::STRICT { scratch.who[1] } else { self.find(1, scratch) };
        scratch.chosen.push((warehouse, 1));
        scratch.best[1]
    }

    fn extra<T: Terms>(&self, terms: &T, parcel: Parcel, rows: &RowUse) -> Option<i64> {
        let units = self.problem.demand.units_in(parcel.order, parcel.mask);
        terms.extra(rows, self.problem.work_of(rows.work_row, units))
    }

    /// Makes the best value of `mask`, given by warehouse in `spare` as if every row had room, one of an option with room.
    fn settle<T: Terms>(&self, terms: &T, order: u32, mask: usize, scratch: &mut ScratchOf<'a, S>) {
        scratch.settled.clear();
        loop {
            let (value, lane) = lanes::least(&scratch.spare);
            if value >= NONE {
                scratch.best[mask] = NONE.into();
                return;
            }
            let parcel = Parcel { order, warehouse: lane as u32, mask: mask as u8 };
            let known = scratch.settled.contains(&lane);
            let open = || {
                self.extra(terms, parcel, &self.priced.rows(&scratch.context, parcel.warehouse, parcel.mask)) == Some(0)
            };
            if known || open() {
                (scratch.best[mask], scratch.who[mask]) = (value.into(), lane as u16);
                return;
            }
            scratch.spare[lane] = self.exact(terms, parcel, scratch.sum(mask)[lane]);
            scratch.settled.push(lane);
        }
    }

    /// Value of the parcel by its cheapest option with room, given the price of its units in stock and hands.
    fn exact<T: Terms>(&self, terms: &T, parcel: Parcel, units_price: i32) -> i32 {
        let units = self.problem.demand.units_in(parcel.order, parcel.mask);
        let hands = i64::from(self.priced.unit()[parcel.warehouse as usize]) * units;
        self.cheapest_open(terms, parcel)
            .map_or(NONE, |(value, _)| (i64::from(units_price) - hands + value).clamp(0, NONE.into()) as i32)
    }

    fn cheapest_open<T: Terms>(&self, terms: &T, parcel: Parcel) -> Option<(i64, Choice)> {
        let units = self.problem.demand.units_in(parcel.order, parcel.mask);
        let mut best: Option<(i64, Choice)> = None;
        self.problem.source.visit(&self.problem.demand, parcel, &mut |choice| {
            let work = self.problem.work_of(choice.work_row, units);
            let value = self.prices.reduced(&self.problem.rows, choice, work);
            if best.is_some_and(|(least, _)| value >= least) {
                return;
            }
            if let Some(extra) = terms.extra(&choice.rows(), work)
                && best.is_none_or(|(least, _)| value + extra < least)
            {
                best = Some((value + extra, *choice));
            }
        });
        best
    }

    fn partition(&self, masks: usize, scratch: &mut ScratchOf<'a, S>) {
        scratch.cover[0] = 0;
        for mask in 1..masks {
            let low = mask & mask.wrapping_neg();
            let rest = mask ^ low;
            let (mut least, mut last) = (i64::MAX, mask);
            let mut sub = rest;
            loop {
                let value = scratch.best[sub | low] + self.split + scratch.cover[rest ^ sub];
                if value < least {
                    (least, last) = (value, sub | low);
                }
                if sub == 0 {
                    break;
                }
                sub = (sub - 1) & rest;
            }
            scratch.cover[mask] = least;
            scratch.last[mask] = last as u8;
        }
    }

    /// Value of the best set of parts to ship, and the set.
    fn best_set(&self, order: u32, masks: usize, scratch: &ScratchOf<'a, S>) -> (i64, usize) {
        let demand = &self.problem.demand;
        let mut best = (self.whole(order), 0);
        let mut consider = |mask: usize, waiting: i64| {
            let value = scratch.cover[mask] - self.split + waiting;
            if value < best.0 || (value == best.0 && best.1 == 0) {
                best = (value, mask);
            }
        };
        consider(masks - 1, 0);
        if demand.may_ship_partially(order) {
            let mut waiting = [0_i64; MASKS];
            for line in demand.lines(order) {
                waiting[1 << demand.part(line)] += demand.line_backlog(line) * UNITS_PER_CENT;
            }
            for mask in 1..masks {
                let rest = mask & (mask - 1);
                waiting[mask] = waiting[rest] + waiting[mask ^ rest];
            }
            for mask in 1..masks - 1 {
                consider(mask, waiting[masks - 1 - mask]);
            }
        }
        best
    }

    /// The shipments of the best partition of `mask`.
    fn collect<T: Terms>(&self, mut mask: usize, scratch: &mut ScratchOf<'a, S>) {
        while mask != 0 {
            let part = scratch.last[mask];
            let warehouse = if T::STRICT { scratch.who[usize::from(part)] } else { self.find(part.into(), scratch) };
            scratch.chosen.push((warehouse, part));
            mask ^= usize::from(part);
        }
    }

    /// The warehouse behind the best value of `mask`.
    fn find(&self, mask: usize, scratch: &mut ScratchOf<'a, S>) -> u16 {
        let row = self.priced.row(&mut scratch.context, mask as u8);
        let sum = &scratch.sum[mask * scratch.lanes..(mask + 1) * scratch.lanes];
        lanes::lane_of(sum, row, scratch.best[mask] as i32) as u16
    }

    /// As the partition, but warehouse by warehouse, so that none ships twice. Rare: two parcels from one warehouse must be
    /// cheaper than one.
    fn distinct<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        let masks = 1_usize << self.problem.demand.parts(order);
        let none = i64::from(NONE);
        let mut cover = vec![none; masks];
        cover[0] = 0;
        let mut taken = Vec::new();
        for warehouse in 0..self.problem.demand.warehouses() {
            let mut best = vec![none; masks];
            for mask in 1..masks {
                let units = scratch.sum(mask)[warehouse];
                if units < NONE {
                    let parcel = Parcel { order, warehouse: warehouse as u32, mask: mask as u8 };
                    best[mask] = self.exact(terms, parcel, units).into();
                }
            }
            if best.iter().all(|&value| value >= none) {
                continue;
            }
            let (mut next, mut take) = (cover.clone(), vec![0_u8; masks]);
            for mask in 1..masks {
                for sub in (1..=mask).filter(|sub| sub & mask == *sub) {
                    let value = cover[mask ^ sub] + best[sub] + self.split;
                    if value < next[mask] {
                        (next[mask], take[mask]) = (value, sub as u8);
                    }
                }
            }
            cover = next;
            taken.push((warehouse as u16, take));
        }
        scratch.cover[..masks].copy_from_slice(&cover);
        let (value, mut mask) = self.best_set(order, masks, scratch);
        scratch.chosen.clear();
        for (warehouse, take) in taken.iter().rev() {
            if take[mask] != 0 {
                scratch.chosen.push((*warehouse, take[mask]));
                mask ^= usize::from(take[mask]);
            }
        }
        value
    }
}

fn repeats(chosen: &[(u16, u8)]) -> bool {
    chosen.iter().enumerate().any(|(n, a)| chosen[..n].iter().any(|b| a.0 == b.0))
}
