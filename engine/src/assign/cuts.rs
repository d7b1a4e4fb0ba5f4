//! Cuts that the relaxation of stock lacks: whole orders in a slot of few units.
//!
//! A slot with 2 units and two orders of 2 and 1 that want it: the relaxation ships one and a half, a plan ships one.
//! Multiply the slot's row `sum q_o x_o <= S` by `k/d`, add `ceil(k q_o / d) - k q_o / d` times `x_o <= 1` for some orders
//! (the *raised*), round coefficients and right-hand side down:
//! `sum floor(k q_o / d) x_o + sum over raised x_o <= floor(k S / d + sum over raised (ceil(k q_o / d) - k q_o / d))`
//! holds for every plan (Chvatal 1973; with `k/d = 1/2` the zero-half cuts of Caprara and Fischetti 1996; covers, Balas
//! 1975, are among them). It charges an order for using the slot, so pricing an order stays as easy as without.
//!
//! The relaxation's solution is known only as what orders took in the last passes ([`Choices`]); per slot the raised orders
//! and `k/d` that it breaks most are found by dynamic programming over remainders modulo `d`. A cut is valid whatever the
//! sample was: a poor one costs time, not safety.

use std::sync::atomic::{AtomicU16, Ordering};

use rayon::prelude::*;

use super::lanes::NONE;
use super::plan::CutPrice;
use super::problem::Demand;

/// Largest denominator of a multiplier.
const MOST_PARTS: usize = 6;
/// A cut must be broken by this much.
const LEAST_VIOLATION: f32 = 0.05;
/// A slot with this many units unused is not scarce.
const MOST_UNUSED: f32 = 0.6;
/// Orders this near to 0 or 1 count as such.
const WHOLE: f32 = 0.04;
/// Undecided orders of a slot that are looked at.
const MOST_UNDECIDED: usize = 48;
/// No warehouse.
const NOWHERE: u16 = u16::MAX;

/// A cut on one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SlotCut {
    sku: u32,
    warehouse: u16,
    /// The multiplier `k/d`.
    multiplier: (u8, u8),
    /// Lines whose coefficient is rounded up, ascending.
    raised: Vec<u32>,
    /// The right-hand side.
    pub most: i64,
}

impl SlotCut {
    /// The slot's number.
    pub fn slot(&self, demand: &Demand) -> usize {
        demand.slot_at(self.sku, self.warehouse.into()).expect("a cut stands on a slot")
    }

    /// The multiplier of the slot's row.
    pub fn share(&self) -> f32 {
        f32::from(self.multiplier.0) / f32::from(self.multiplier.1)
    }

    /// A cut of an earlier run on this demand; `None` where it has no such slot.
    pub fn again(demand: &Demand, earlier: &CutPrice) -> Option<Self> {
        let (k, d) = (i64::from(earlier.multiplier.0), i64::from(earlier.multiplier.1));
        if k == 0 || k >= d || d > MOST_PARTS as i64 || earlier.sku as usize >= demand.skus() {
            return None;
        }
        let units = i64::from(demand.slots()[demand.slot_at(earlier.sku, earlier.warehouse)?].units);
        let rest = |line: u32| k * i64::from(demand.quantity(line as usize)) % d;
        let known = earlier.raised.iter().filter(|order| (**order as usize) < demand.orders());
        let line = |&order: &u32| demand.lines(order).find(|&line| demand.sku(line) == earlier.sku);
        let mut raised: Vec<u32> = known.filter_map(line).map(|line| line as u32).filter(|&l| rest(l) > 0).collect();
        raised.sort_unstable();
        raised.dedup();
        let most = (k * units + raised.iter().map(|&line| d - rest(line)).sum::<i64>()) / d;
        let (warehouse, multiplier) = (earlier.warehouse as u16, earlier.multiplier);
        Some(Self { sku: earlier.sku, warehouse, multiplier, raised, most })
    }

    fn coefficient(&self, line: u32, need: i32) -> i32 {
        let (k, d) = (i32::from(self.multiplier.0), i32::from(self.multiplier.1));
        k * need / d + i32::from(self.raised.binary_search(&line).is_ok())
    }
}

/// Cuts with their prices in cents, for others to read.
pub(super) fn listed(demand: &Demand, priced: &[(&SlotCut, f64)]) -> Vec<CutPrice> {
    let order = |line: u32| demand.order_of(line as usize);
    let listed = |&(cut, cents): &(&SlotCut, f64)| CutPrice {
        sku: cut.sku,
        warehouse: cut.warehouse.into(),
        multiplier: cut.multiplier,
        raised: cut.raised.iter().map(|&line| order(line)).collect(),
        cents,
    };
    priced.iter().map(listed).collect()
}

/// What a line is charged where it uses the slot of a cut.
#[derive(Clone, Copy, Debug)]
struct Entry {
    lane: u16,
    amount: u16,
    cut: u32,
}

/// All cuts, and by line where they charge it.
#[derive(Clone, Debug, Default)]
pub(super) struct Cuts {
    pub all: Vec<SlotCut>,
    /// Where each line's entries start; empty without cuts.
    start: Vec<u32>,
    entries: Vec<Entry>,
}

impl Cuts {
    /// These cuts.
    pub fn new(demand: &Demand, by_sku: &LinesBySku, all: Vec<SlotCut>) -> Self {
        let mut charged: Vec<(u32, Entry)> = Vec::new();
        for (n, cut) in all.iter().enumerate() {
            let units = demand.slots()[cut.slot(demand)].units;
            for &line in by_sku.lines(cut.sku) {
                let need = demand.quantity(line as usize);
                let amount = cut.coefficient(line, need);
                if amount > 0 && need <= units {
                    let amount = u16::try_from(amount).unwrap_or(u16::MAX);
                    charged.push((line, Entry { lane: cut.warehouse, amount, cut: n as u32 }));
                }
            }
        }
        charged.sort_by_key(|&(line, entry)| (line, entry.cut));
        let mut start = vec![0_u32; demand.line_count() + 1];
        charged.iter().for_each(|&(line, _)| start[line as usize + 1] += 1);
        for line in 0..demand.line_count() {
            start[line + 1] += start[line];
        }
        Self { all, start, entries: charged.into_iter().map(|(_, entry)| entry).collect() }
    }

    fn of(&self, line: usize) -> &[Entry] {
        match self.start.get(line..line + 2) {
            Some(&[first, end]) => &self.entries[first as usize..end as usize],
            _ => &[],
        }
    }

    /// Adds to the line's price by lane what the cuts charge at these prices, times `weight / 256`.
    #[inline(always)]
    pub fn charge(&self, prices: &[i32], line: usize, weight: i32, to: &mut [i32]) {
        // What a cut is worth beyond this does not steer any more.
        const MOST: i64 = 1 << 27;
        for entry in self.of(line) {
            let lane = &mut to[usize::from(entry.lane)];
            let charge = i64::from(prices[entry.cut as usize]) * i64::from(entry.amount);
            let charge = if weight == 256 { charge } else { (charge.min(MOST) * i64::from(weight)) >> 8 };
            *lane = (i64::from(*lane) + charge).min(NONE.into()) as i32;
        }
    }

    /// What the line pays to the cuts at this warehouse.
    pub fn price_at(&self, prices: &[i32], line: usize, warehouse: u32) -> i64 {
        let here = self.of(line).iter().filter(|entry| u32::from(entry.lane) == warehouse);
        here.map(|entry| i64::from(prices[entry.cut as usize]) * i64::from(entry.amount)).sum()
    }

    /// Counts what the line uses of each cut at this warehouse.
    #[inline(always)]
    pub fn count(&self, line: usize, warehouse: u32, usage: &mut [i32]) {
        for entry in self.of(line).iter().filter(|entry| u32::from(entry.lane) == warehouse) {
            usage[entry.cut as usize] += i32::from(entry.amount);
        }
    }
}

/// Lines by SKU.
pub(super) struct LinesBySku {
    start: Vec<u32>,
    lines: Vec<u32>,
}

impl LinesBySku {
    pub fn new(demand: &Demand) -> Self {
        let mut start = vec![0_u32; demand.skus() + 1];
        (0..demand.line_count()).for_each(|line| start[demand.sku(line) as usize + 1] += 1);
        for sku in 0..demand.skus() {
            start[sku + 1] += start[sku];
        }
        let (mut next, mut lines) = (start.clone(), vec![0; demand.line_count()]);
        for line in 0..demand.line_count() {
            let at = &mut next[demand.sku(line) as usize];
            lines[*at as usize] = line as u32;
            *at += 1;
        }
        Self { start, lines }
    }

    /// Lines of the SKU, ascending.
    pub fn lines(&self, sku: u32) -> &[u32] {
        &self.lines[self.start[sku as usize] as usize..self.start[sku as usize + 1] as usize]
    }
}

/// Where each line's warehouse was in the last passes.
pub(super) struct Choices {
    lines: usize,
    /// By pass, then line.
    taken: Vec<AtomicU16>,
    passes: usize,
    /// Passes noted so far; the next is written over the oldest.
    noted: usize,
}

impl Choices {
    /// Room for this many passes.
    pub fn new(lines: usize, passes: usize) -> Self {
        let taken = (0..lines * passes).map(|_| AtomicU16::new(NOWHERE)).collect();
        Self { lines, taken, passes, noted: 0 }
    }

    /// Notes where the order's lines ship from in the pass that is under way; each order is noted by one thread.
    pub fn note(&self, demand: &Demand, order: u32, chosen: &[(u16, u8)]) {
        let first = self.noted % self.passes * self.lines;
        for line in demand.lines(order) {
            let part = demand.part(line);
            let from = chosen.iter().find(|(_, mask)| mask >> part & 1 == 1);
            self.taken[first + line].store(from.map_or(NOWHERE, |&(warehouse, _)| warehouse), Ordering::Relaxed);
        }
    }

    /// The pass is over.
    pub fn turn(&mut self) {
        self.noted += 1;
    }

    /// Whether all rows are filled.
    pub fn is_full(&self) -> bool {
        self.noted >= self.passes
    }

    /// Starts again.
    pub fn clear(&mut self) {
        self.noted = 0;
    }

    fn of(&self, line: u32) -> impl Iterator<Item = u16> + '_ {
        let from = self.taken[line as usize..].iter().step_by(self.lines.max(1));
        from.map(|warehouse| warehouse.load(Ordering::Relaxed)).filter(|&warehouse| warehouse != NOWHERE)
    }
}

/// An order's line on a slot: how many units, and in which share of the passes it was there.
#[derive(Clone, Copy, Debug)]
struct Item {
    line: u32,
    need: i32,
    share: f32,
}

/// Cuts that the choices break, at most one a slot, none of `known`; `price` is by slot.
pub(super) fn broken(
    demand: &Demand,
    by_sku: &LinesBySku,
    choices: &Choices,
    price: &[f32],
    known: &Cuts,
) -> Vec<SlotCut> {
    let skus: Vec<u32> = (0..demand.skus() as u32)
        .filter(|&sku| {
            by_sku.lines(sku).iter().any(|&line| demand.quantity(line as usize) > 1)
                && demand.slots_of(sku).any(|slot| price[slot] > 0.0)
        })
        .collect();
    let found: Vec<SlotCut> = skus
        .par_iter()
        .flat_map_iter(|&sku| {
            let mut count = vec![0_u32; demand.warehouses()];
            let mut items: Vec<Vec<Item>> = vec![Vec::new(); demand.warehouses()];
            for &line in by_sku.lines(sku) {
                choices.of(line).for_each(|warehouse| count[usize::from(warehouse)] += 1);
                for (warehouse, count) in count.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
                    let share = *count as f32 / choices.passes as f32;
                    items[warehouse].push(Item { line, need: demand.quantity(line as usize), share });
                    *count = 0;
                }
            }
            let scarce = demand.slots_of(sku).filter(|&slot| price[slot] > 0.0);
            scarce
                .filter_map(|slot| {
                    let held = demand.slots()[slot];
                    let mine = &mut items[usize::from(held.warehouse)];
                    let (multiplier, raised, most) = most_broken(mine, held.units)?;
                    Some(SlotCut { sku, warehouse: held.warehouse, multiplier, raised, most })
                })
                .collect::<Vec<_>>()
        })
        .collect();
    found.into_iter().filter(|cut| !known.all.contains(cut)).collect()
}

/// The multiplier, raised lines and right-hand side of the cut that these shares break most.
fn most_broken(items: &mut [Item], units: i32) -> Option<((u8, u8), Vec<u32>, i64)> {
    fit(items, units);
    let used: f32 = items.iter().map(|item| item.share * item.need as f32).sum();
    let unused = units as f32 - used;
    let undecided = items.iter().filter(|item| item.share > 0.0 && item.share < 1.0).count();
    let largest = items.iter().filter(|item| item.share > 0.0).map(|item| item.need).max().unwrap_or(0);
    if unused > MOST_UNUSED || undecided == 0 || undecided > MOST_UNDECIDED || largest < 2 {
        return None;
    }
    let mut best: Option<(f32, (u8, u8), Vec<u32>, i64)> = None;
    for d in 2..=MOST_PARTS.min(largest as usize) {
        for k in (1..d).filter(|k| gcd(*k, d) == 1) {
            let Some((violation, raised, most)) = strongest(items, units, unused, k, d) else { continue };
            let coefficient = |item: &Item| {
                let raised = raised.binary_search(&item.line).is_ok();
                (k as i32 * item.need / d as i32 + i32::from(raised)) as f32
            };
            let there = items.iter().filter(|item| item.share > 0.0);
            let length = there.map(|item| coefficient(item).powi(2)).sum::<f32>().sqrt().max(1.0);
            let depth = violation / length;
            if violation > LEAST_VIOLATION && best.as_ref().is_none_or(|(least, ..)| depth > *least) {
                best = Some((depth, (k as u8, d as u8), raised, most));
            }
        }
    }
    best.map(|(_, multiplier, raised, most)| (multiplier, raised, most))
}

/// Rounds shares near 0 and 1, then takes the least shares away until the slot's units suffice: means over passes wander.
fn fit(items: &mut [Item], units: i32) {
    items.sort_unstable_by(|a, b| b.share.total_cmp(&a.share).then(a.line.cmp(&b.line)));
    let mut left = units as f32;
    for item in items {
        item.share = match item.share {
            share if share < WHOLE => 0.0,
            share if share > 1.0 - WHOLE => 1.0,
            share => share,
        };
        item.share = item.share.min(left / item.need as f32).max(0.0);
        left -= item.share * item.need as f32;
    }
}

/// By how much the best choice of raised lines is broken at multiplier `k/d`.
///
/// The right-hand side loses its remainder modulo `d` in rounding, over `d`; the left-hand side loses, by line, what its own
/// rounding takes. The difference is the violation, so for each remainder the least loss is kept.
fn strongest(items: &[Item], units: i32, unused: f32, k: usize, d: usize) -> Option<(f32, Vec<u32>, i64)> {
    const NEVER: f32 = f32::INFINITY;
    let rest = |item: &Item| (k * item.need as usize) % d;
    let mut least = [NEVER; MOST_PARTS];
    let start = (k * units as usize) % d;
    // What lines that surely are or are not there do costs nothing.
    let sure: Vec<&Item> = items.iter().filter(|item| item.share >= 1.0 && rest(item) > 0).collect();
    let shift: usize = sure.iter().map(|item| d - rest(item)).sum();
    least[(start + shift) % d] = unused * k as f32 / d as f32;
    let open: Vec<&Item> = items.iter().filter(|item| item.share > 0.0 && item.share < 1.0 && rest(item) > 0).collect();
    let mut steps = Vec::with_capacity(open.len());
    for item in &open {
        let (below, above) = (rest(item) as f32 / d as f32, (d - rest(item)) as f32 / d as f32);
        let (mut next, mut raised) = ([NEVER; MOST_PARTS], [false; MOST_PARTS]);
        for remainder in 0..d {
            next[remainder] = least[remainder] + below * item.share;
        }
        for remainder in 0..d {
            let to = (remainder + d - rest(item)) % d;
            let loss = least[remainder] + above * (1.0 - item.share);
            if loss < next[to] {
                (next[to], raised[to]) = (loss, true);
            }
        }
        least = next;
        steps.push(raised);
    }
    let violation = |remainder: &usize| *remainder as f32 / d as f32 - least[*remainder];
    let best = (1..d).max_by(|a, b| violation(a).total_cmp(&violation(b)))?;
    if violation(&best) <= 0.0 {
        return None;
    }
    let mut raised: Vec<u32> = sure.iter().map(|item| item.line).collect();
    let mut added = shift;
    let mut remainder = best;
    for (item, up) in open.iter().zip(&steps).rev() {
        if up[remainder] {
            raised.push(item.line);
            added += d - rest(item);
            remainder = (remainder + rest(item)) % d;
        }
    }
    raised.sort_unstable();
    Some((violation(&best), raised, ((k * units as usize + added) / d) as i64))
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn items(needs_and_shares: &[(i32, f32)]) -> Vec<Item> {
        let of = |(line, &(need, share)): (usize, &(i32, f32))| Item { line: line as u32, need, share };
        needs_and_shares.iter().enumerate().map(of).collect()
    }

    #[test]
    fn two_orders_that_do_not_fit_together_exclude_each_other() {
        // Two units; an order of 2 is half there, an order of 1 is there: half of 2 x + y, rounded, is x + y <= 1.
        let (multiplier, raised, most) = most_broken(&mut items(&[(2, 0.5), (1, 1.0)]), 2).unwrap();
        assert_eq!((multiplier, raised, most), ((1, 2), vec![1], 1));
        // Three units: a third of 3 x + y.
        let (multiplier, raised, most) = most_broken(&mut items(&[(3, 0.66), (1, 1.0)]), 3).unwrap();
        assert_eq!((multiplier, raised, most), ((1, 3), vec![1], 1));
    }

    #[test]
    fn orders_of_one_unit_need_no_cut() {
        assert_eq!(most_broken(&mut items(&[(1, 0.5), (1, 0.5), (1, 1.0)]), 2), None);
        assert_eq!(most_broken(&mut items(&[(2, 1.0), (1, 1.0)]), 3), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_cut_holds_for_every_choice_that_the_stock_admits(
            given in prop::collection::vec((1_i32..8, 0.0_f32..1.0), 1..9),
            units in 1_i32..20,
        ) {
            let needs: Vec<i32> = given.iter().map(|&(need, _)| need).collect();
            if let Some((multiplier, raised, most)) = most_broken(&mut items(&given), units) {
                let cut = SlotCut { sku: 0, warehouse: 0, multiplier, raised, most };
                let weight = |line: usize| i64::from(cut.coefficient(line as u32, needs[line]));
                for set in 0_u32..1 << needs.len() {
                    let there = || (0..needs.len()).filter(|line| set >> line & 1 == 1);
                    if there().map(|line| needs[line]).sum::<i32>() <= units {
                        prop_assert!(there().map(weight).sum::<i64>() <= most, "{cut:?} cuts {set:b} off");
                    }
                }
            }
        }
    }
}
