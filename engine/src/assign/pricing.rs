//! One order's best plan at given prices: subset dynamic programming over its parts.
//!
//! For each set of parts the cheapest warehouse that can ship it, then the cheapest partition of each set, then the best
//! set to ship: `min(whole backlog, min over sets (partition(set) - split + backlog of the rest))`.

use super::options::{Choice, NO_OPTION, Parcel, Priced, RowPrices, RowUse, ShipmentOptions, UNITS_PER_CENT};
use super::problem::{MAX_PARTS, Problem};

const MASKS: usize = 1 << MAX_PARTS;

/// What an order may use, and at which price.
pub(super) trait Terms {
    /// Price in hundredths of a cent of `need` units from the slot; `None` when there are too few.
    fn stock(&self, slot: usize, need: i32) -> Option<i64>;
    /// What a shipment with this much work costs above the rows' prices, at least 0; `None` when a row has no room.
    fn extra(&self, rows: &RowUse, work: i64) -> Option<i64>;
    /// Whether the answer must be a real plan (one shipment per warehouse) rather than a bound.
    const STRICT: bool;
}

/// Reused memory; one per thread.
pub(super) struct Scratch<C> {
    context: C,
    /// Warehouses with something of the order.
    touched: Vec<u16>,
    /// By warehouse: parts available, their prices, and for grouped parts how many lines were seen.
    avail: Vec<u8>,
    price: Vec<[i64; MAX_PARTS]>,
    seen: Vec<[u16; MAX_PARTS]>,
    best: [i64; MASKS],
    who: [u16; MASKS],
    cover: [i64; MASKS],
    last: [u8; MASKS],
    /// The answer: warehouse and mask of each shipment.
    pub chosen: Vec<(u16, u8)>,
}

impl<C: Default> Scratch<C> {
    pub fn new(warehouses: usize) -> Self {
        Self {
            context: C::default(),
            touched: Vec::with_capacity(warehouses),
            avail: vec![0; warehouses],
            price: vec![[0; MAX_PARTS]; warehouses],
            seen: vec![[0; MAX_PARTS]; warehouses],
            best: [NO_OPTION; MASKS],
            who: [0; MASKS],
            cover: [0; MASKS],
            last: [0; MASKS],
            chosen: Vec::with_capacity(MAX_PARTS),
        }
    }
}

/// Memory for a pricer of `S`.
pub(super) type ScratchOf<'a, S> = Scratch<<<S as ShipmentOptions>::Priced<'a> as Priced>::Context>;

/// Prices orders at fixed row prices.
pub(super) struct Pricer<'a, S: ShipmentOptions + 'a> {
    pub problem: &'a Problem<S>,
    priced: S::Priced<'a>,
    prices: RowPrices,
    split: i64,
}

impl<'a, S: ShipmentOptions> Pricer<'a, S> {
    pub fn new(problem: &'a Problem<S>, prices: RowPrices) -> Self {
        let priced = problem.source.priced(&problem.demand, &problem.rows, &prices);
        Self { problem, priced, prices, split: problem.rows.split_cents * UNITS_PER_CENT }
    }

    pub fn scratch(&self) -> ScratchOf<'a, S> {
        Scratch::new(self.problem.demand.warehouses())
    }

    /// Value in hundredths of a cent of the order's best plan, which is left in `scratch.chosen`.
    pub fn order<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        self.priced.begin(order, &mut scratch.context);
        scratch.chosen.clear();
        let lines = self.problem.demand.lines(order);
        if lines.len() == 1 { self.single(terms, order, scratch) } else { self.several(terms, order, scratch) }
    }

    /// Price and choice of the cheapest option with room.
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

    fn single<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        let demand = &self.problem.demand;
        let line = demand.lines(order).start;
        let need = demand.quantity(line);
        let mut best = (self.whole(order), None);
        let range = demand.slots_of(demand.sku(line));
        for (slot, held) in range.clone().zip(&demand.slots()[range]) {
            let Some(price) = terms.stock(slot, need) else { continue };
            let warehouse = u32::from(held.warehouse);
            let value = price + self.priced.cheapest(&scratch.context, warehouse, 1);
            if value > best.0 || (value == best.0 && best.1.is_some()) {
                continue;
            }
            let value = price + self.with_room(terms, Parcel { order, warehouse, mask: 1 }, value - price, scratch);
            if value < best.0 || (value == best.0 && best.1.is_none()) {
                best = (value, Some(held.warehouse));
            }
        }
        scratch.chosen.extend(best.1.map(|warehouse| (warehouse, 1)));
        best.0
    }

    fn extra<T: Terms>(&self, terms: &T, parcel: Parcel, rows: &RowUse) -> Option<i64> {
        let units = self.problem.demand.units_in(parcel.order, parcel.mask);
        terms.extra(rows, self.problem.work_of(rows.work_row, units))
    }

    /// The cheapest value among options with room, given the cheapest of all.
    fn with_room<T: Terms>(&self, terms: &T, parcel: Parcel, value: i64, scratch: &ScratchOf<'a, S>) -> i64 {
        if !T::STRICT || value >= NO_OPTION {
            return value;
        }
        if self.extra(terms, parcel, &self.priced.rows(&scratch.context, parcel.warehouse, parcel.mask)) == Some(0) {
            return value;
        }
        self.cheapest_open(terms, parcel).map_or(NO_OPTION, |(value, _)| value)
    }

    fn cheapest_open<T: Terms>(&self, terms: &T, parcel: Parcel) -> Option<(i64, Choice)> {
        let units = self.problem.demand.units_in(parcel.order, parcel.mask);
        let mut best: Option<(i64, Choice)> = None;
        self.problem.source.visit(&self.problem.demand, parcel, &mut |choice| {
            let work = self.problem.work_of(choice.work_row, units);
            let value = self.prices.reduced(choice, work);
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

    fn several<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        let masks = 1_usize << self.problem.demand.parts(order);
        self.gather(terms, order, scratch);
        scratch.best[..masks].fill(NO_OPTION);
        for n in 0..scratch.touched.len() {
            self.price_warehouse(terms, order, scratch.touched[n], scratch);
        }
        self.partition(masks, scratch);
        let (value, shipped) = self.best_set(order, masks, scratch);
        collect(shipped, scratch);
        let value = if T::STRICT && repeats(&scratch.chosen) { self.distinct(terms, order, scratch) } else { value };
        for n in 0..scratch.touched.len() {
            scratch.avail[usize::from(scratch.touched[n])] = 0;
        }
        scratch.touched.clear();
        value
    }

    /// Finds which parts each warehouse could ship, and the price of their stock.
    fn gather<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) {
        let demand = &self.problem.demand;
        let lines = demand.lines(order);
        let mut lines_of = [0_u16; MAX_PARTS];
        lines.clone().for_each(|line| lines_of[usize::from(demand.part(line))] += 1);
        for line in lines {
            let (part, need) = (usize::from(demand.part(line)), demand.quantity(line));
            let range = demand.slots_of(demand.sku(line));
            for (slot, held) in range.clone().zip(&demand.slots()[range]) {
                let Some(price) = terms.stock(slot, need) else { continue };
                let w = usize::from(held.warehouse);
                if scratch.avail[w] == 0 {
                    // Bit 7 says "touched"; masks use the lower six.
                    scratch.avail[w] = 0x80;
                    scratch.touched.push(held.warehouse);
                    scratch.price[w] = [0; MAX_PARTS];
                    scratch.seen[w] = [0; MAX_PARTS];
                }
                scratch.price[w][part] += price;
                scratch.seen[w][part] += 1;
                if scratch.seen[w][part] == lines_of[part] {
                    scratch.avail[w] |= 1 << part;
                }
            }
        }
    }

    fn price_warehouse<T: Terms>(&self, terms: &T, order: u32, w: u16, scratch: &mut ScratchOf<'a, S>) {
        let avail = usize::from(scratch.avail[usize::from(w)] & 0x7f);
        let mut stock = [0_i64; MASKS];
        for mask in 1..=avail {
            if mask & avail != mask {
                continue;
            }
            let rest = mask & (mask - 1);
            stock[mask] = stock[rest] + scratch.price[usize::from(w)][mask.trailing_zeros() as usize];
            let value = stock[mask] + self.priced.cheapest(&scratch.context, w.into(), mask as u8);
            if value >= scratch.best[mask] {
                continue;
            }
            let parcel = Parcel { order, warehouse: w.into(), mask: mask as u8 };
            let value = stock[mask] + self.with_room(terms, parcel, value - stock[mask], scratch);
            if value < scratch.best[mask] {
                scratch.best[mask] = value;
                scratch.who[mask] = w;
            }
        }
    }

    fn partition(&self, masks: usize, scratch: &mut ScratchOf<'a, S>) {
        scratch.cover[0] = 0;
        for mask in 1..masks {
            let low = mask & mask.wrapping_neg();
            let rest = mask ^ low;
            let (mut least, mut last) = (NO_OPTION * 8, mask);
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
            let mut waiting = [0_i64; MAX_PARTS];
            demand.lines(order).for_each(|line| waiting[usize::from(demand.part(line))] += demand.line_backlog(line));
            for mask in 1..masks - 1 {
                let left = (0..MAX_PARTS).filter(|part| mask >> part & 1 == 0);
                consider(mask, left.map(|part| waiting[part]).sum::<i64>() * UNITS_PER_CENT);
            }
        }
        best
    }

    /// As the partition, but warehouse by warehouse, so that none ships twice. Rare: two parcels from one warehouse must be
    /// cheaper than one.
    fn distinct<T: Terms>(&self, terms: &T, order: u32, scratch: &mut ScratchOf<'a, S>) -> i64 {
        let masks = 1_usize << self.problem.demand.parts(order);
        let mut cover = vec![NO_OPTION; masks];
        cover[0] = 0;
        let mut taken = Vec::with_capacity(scratch.touched.len());
        for n in 0..scratch.touched.len() {
            let w = scratch.touched[n];
            scratch.best[..masks].fill(NO_OPTION);
            self.price_warehouse(terms, order, w, scratch);
            let (mut next, mut take) = (cover.clone(), vec![0_u8; masks]);
            for mask in 1..masks {
                for sub in (1..=mask).filter(|sub| sub & mask == *sub) {
                    let value = cover[mask ^ sub] + scratch.best[sub] + self.split;
                    if value < next[mask] {
                        (next[mask], take[mask]) = (value, sub as u8);
                    }
                }
            }
            cover = next;
            taken.push(take);
        }
        scratch.cover[..masks].copy_from_slice(&cover);
        let (value, mut mask) = self.best_set(order, masks, scratch);
        scratch.chosen.clear();
        for (n, take) in taken.iter().enumerate().rev() {
            if take[mask] != 0 {
                scratch.chosen.push((scratch.touched[n], take[mask]));
                mask ^= usize::from(take[mask]);
            }
        }
        value
    }
}

fn collect<C>(mut mask: usize, scratch: &mut Scratch<C>) {
    while mask != 0 {
        let part = scratch.last[mask];
        scratch.chosen.push((scratch.who[usize::from(part)], part));
        mask ^= usize::from(part);
    }
}

fn repeats(chosen: &[(u16, u8)]) -> bool {
    chosen.iter().enumerate().any(|(n, a)| chosen[..n].iter().any(|b| a.0 == b.0))
}
