//! Everything into the best set of cartons: a first packing, then a few cartons at a time emptied and packed anew.

use crate::search::{Budget, Observer, Progress, Rng};
use crate::units::{Cents, Grams};

use super::fill::{Filler, Load, NEAR_TRIES};
use super::problem::{Carton, CartonBill, Objective, Options, PackedCarton, Plan, Problem, Unpacked};
use super::sets::Sets;
use super::spaces::Rule;
use super::units::{Kind, MEASURES, Sequence, by_volume, fits, pair_fits, shuffle, sort, units};

/// A cost that orders packings: units left, the objective, then the tie-break.
type Score = (usize, i64, i64);

/// Ways to choose the place of a unit, those that serve best first.
const RULES: [Rule; 4] = [Rule::Lowest, Rule::Snuggest, Rule::Leftmost, Rule::Smallest];

/// How many of them are tried where nothing is left to chance.
const FIRST: usize = 2;

/// Most cartons packed anew together.
const TOGETHER: usize = 4;

/// How often the least filled carton is among those packed anew.
const EMPTIEST: f64 = 0.5;

/// How often units are packed anew into cartons of one type, drawn at random.
const ONE_TYPE: f64 = 0.5;

/// How often, where fewer cartons are no end in itself, the first carton is offered but a part of the units.
const SPLIT: f64 = 0.5;

/// How often a packing as good by the objective, but less lopsided, is taken.
const LEVELLER: f64 = 0.02;

/// Packs everything that fits some carton; the rest is listed with its reason. One iteration of the budget packs a few cartons
/// anew.
pub fn solve(problem: &Problem, options: &Options, budget: &mut Budget, observer: &mut dyn Observer) -> Plan {
    let (kinds, units, unpacked) = units(&problem.items, &problem.cartons);
    let (alone, together): (Sequence, Sequence) = units.iter().partition(|&&unit| kinds[unit as usize].alone);
    let mut packer = Packer::new(problem, options, &kinds);
    let mut own = Packing::default();
    for unit in alone {
        match packer.one_for_all(&[unit], Manner::FIRST, 0) {
            Some(filled) => own.cartons.push(packer.taken(filled)),
            None => own.left.push(unit),
        }
    }
    let mut packing = packer.parted(&together, budget).unwrap_or_else(|| {
        let mut packing = packer.first(together);
        packer.improve(&mut packing, budget);
        packing
    });
    packing.cartons.extend(own.cartons);
    packing.left.extend(own.left);
    observer.progress(&Progress {
        phase: "pack",
        iterations: budget.spent(),
        fraction: budget.fraction(),
        cost: packer.score(&packing).1 as f64,
        lower_bound: None,
    });
    let packed = |filled: Filled| PackedCarton {
        carton: filled.carton,
        gross: filled.load.gross,
        placements: filled.load.placements,
    };
    let mut plan = Plan { cartons: packing.cartons.into_iter().map(packed).collect(), unpacked };
    packing.left.iter().for_each(|&unit| note(&mut plan.unpacked, unit as usize, "no carton left"));
    plan
}

pub(super) fn note(unpacked: &mut Vec<Unpacked>, item: usize, reason: &'static str) {
    match unpacked.iter_mut().find(|u| u.item == item && u.reason == reason) {
        Some(known) => known.quantity += 1,
        None => unpacked.push(Unpacked { item, quantity: 1, reason }),
    }
}

/// The bill of who minimises volume.
struct ByVolume<'a>(&'a [Carton]);

impl CartonBill for ByVolume<'_> {
    fn bill(&self, carton: usize, _: Grams) -> Cents {
        Cents::new(self.0[carton].outer.volume().get())
    }

    fn could_be_less(&self, _: usize, _: usize) -> bool {
        false
    }
}

/// A carton and what is in it.
#[derive(Clone, Debug)]
struct Filled {
    carton: usize,
    load: Load,
}

/// Cartons filled, units left.
#[derive(Clone, Debug, Default)]
struct Packing {
    cartons: Vec<Filled>,
    left: Sequence,
}

/// How a packing goes about it.
#[derive(Clone, Copy)]
struct Manner {
    /// Ways to choose the place of a unit; the best counts.
    rules: &'static [Rule],
    /// The type to fill, as long as it takes something.
    carton: Option<usize>,
    /// Offers the first carton but a part of the units.
    is_split: bool,
}

impl Manner {
    /// Thorough, without chance.
    const FIRST: Self = Self { rules: RULES.split_at(FIRST).0, carton: None, is_split: false };
}

struct Packer<'a> {
    problem: &'a Problem,
    options: &'a Options<'a>,
    kinds: &'a [Kind],
    filler: Filler,
    /// Carton types by outer volume.
    by_volume: Vec<usize>,
    /// Cartons in use, by type.
    used: Vec<u32>,
    rng: Rng,
}

impl<'a> Packer<'a> {
    fn new(problem: &'a Problem, options: &'a Options<'a>, kinds: &'a [Kind]) -> Self {
        let used = vec![0; problem.cartons.len()];
        let filler = Filler::new(kinds.len(), options.support);
        let by_volume = by_volume(&problem.cartons);
        Self { problem, options, kinds, filler, by_volume, used, rng: options.seed.rng() }
    }

    /// One carton for all, if there is one; else filled one by one, largest units first.
    fn first(&mut self, mut units: Sequence) -> Packing {
        if units.is_empty() {
            return Packing::default();
        }
        sort(&mut units, self.kinds, MEASURES[0]);
        if let Some(filled) = self.one_for_all(&units, Manner::FIRST, NEAR_TRIES) {
            return Packing { cartons: vec![self.taken(filled)], left: Vec::new() };
        }
        self.one_by_one(units, Manner::FIRST)
    }

    /// The best way to part a few units, where fewer cartons are no end in itself. A set of them counts as an iteration.
    fn parted(&mut self, units: &[u32], budget: &mut Budget) -> Option<Packing> {
        let by_volume = ByVolume(&self.problem.cartons);
        let bill = match self.options.objective {
            Objective::Cartons => return None,
            Objective::Volume => &by_volume,
            Objective::Bill(bill) => bill,
        };
        if units.len() > Sets::MOST {
            return None;
        }
        let mut sets = Sets::of(&self.problem.cartons, self.kinds.to_vec(), units.to_vec(), self.options)?;
        if !(0..sets.count()).all(|_| budget.tick()) {
            return None;
        }
        let mut packing = Packing::default();
        for part in sets.least(bill)? {
            let load = sets.load(&part)?;
            packing.cartons.push(self.taken(Filled { carton: part.carton, load }));
        }
        Some(packing)
    }

    /// Packs a few cartons anew, again and again.
    fn improve(&mut self, packing: &mut Packing, budget: &mut Budget) {
        let bound = self.least_cartons(packing);
        let counts_cartons = matches!(self.options.objective, Objective::Cartons);
        let mut stale = 0;
        loop {
            let cartons = packing.cartons.len();
            let is_best = packing.left.is_empty()
                && counts_cartons
                && (cartons <= 1 || cartons <= bound && self.problem.cartons.len() == 1);
            // What a few cartons can be packed into is soon known.
            let patience = 40 * (cartons as u64).pow(2);
            if is_best || cartons == 0 || stale > patience || !budget.tick() {
                return;
            }
            stale = if self.exchange(packing) { 0 } else { stale + 1 };
        }
    }

    /// Empties a few cartons and packs what was in them anew; whether that is better.
    fn exchange(&mut self, packing: &mut Packing) -> bool {
        let most = packing.cartons.len().min(TOGETHER);
        let least = if matches!(self.options.objective, Objective::Cartons) { most.min(2) } else { 1 };
        let count = least + self.rng.below(most - least + 1);
        let mut chosen: Vec<usize> = Vec::with_capacity(count);
        if self.rng.chance(EMPTIEST) {
            let share = |n: &usize| self.share(&packing.cartons[*n]);
            chosen.extend((0..packing.cartons.len()).min_by(|a, b| share(a).total_cmp(&share(b))));
        }
        while chosen.len() < count {
            let n = self.rng.below(packing.cartons.len());
            if !chosen.contains(&n) {
                chosen.push(n);
            }
        }
        chosen.sort_unstable_by(|a, b| b.cmp(a));
        let emptied: Vec<Filled> = chosen.iter().map(|&n| packing.cartons.swap_remove(n)).collect();
        let mut units = std::mem::take(&mut packing.left);
        let waiting = units.len();
        for filled in &emptied {
            self.used[filled.carton] -= 1;
            units.extend(filled.load.placements.iter().map(|unit| unit.item as u32));
        }
        let before = Packing { cartons: emptied, left: units[..waiting].to_vec() };
        shuffle(&mut units, self.kinds, &mut self.rng);
        let manner = self.draw_manner();
        let after = self.one_by_one(units, manner);
        let (old, new) = (self.score(&before), self.score(&after));
        let is_better = new < old;
        let lopsided = |packing: &Packing| packing.cartons.iter().map(|filled| self.share(filled).powi(2)).sum::<f64>();
        let take = is_better || new == old && (lopsided(&after) >= lopsided(&before) || self.rng.chance(LEVELLER));
        let (kept, dropped) = if take { (after, None) } else { (before, Some(after)) };
        if let Some(dropped) = dropped {
            dropped.cartons.iter().for_each(|filled| self.used[filled.carton] -= 1);
            kept.cartons.iter().for_each(|filled| self.used[filled.carton] += 1);
        }
        packing.cartons.extend(kept.cartons);
        packing.left = kept.left;
        is_better
    }

    fn draw_manner(&mut self) -> Manner {
        let (types, counts_cartons) = (self.used.len(), matches!(self.options.objective, Objective::Cartons));
        let rule = self.rng.below(RULES.len());
        Manner {
            rules: &RULES[rule..=rule],
            carton: (types > 1 && self.rng.chance(ONE_TYPE)).then(|| self.rng.below(types)),
            is_split: !counts_cartons && self.rng.chance(SPLIT),
        }
    }

    /// Packs units in this sequence, a carton at a time.
    fn one_by_one(&mut self, mut left: Sequence, manner: Manner) -> Packing {
        let mut cartons = Vec::new();
        while !left.is_empty() {
            let part = match manner.is_split && cartons.is_empty() && left.len() > 1 {
                true => 1 + self.rng.below(left.len() - 1),
                false => left.len(),
            };
            let whole = self.one_for_all(&left[..part], manner, 0);
            let Some(filled) = whole.or_else(|| self.fullest(&left[..part], manner)) else { break };
            remove(&mut left, &filled.load);
            cartons.push(self.taken(filled));
        }
        Packing { cartons, left }
    }

    fn taken(&mut self, mut filled: Filled) -> Filled {
        self.used[filled.carton] += 1;
        // There was room for every unit left.
        filled.load.placements.shrink_to_fit();
        filled
    }

    /// The cheapest carton that holds all units; where one nearly does, so many more sequences are tried.
    fn one_for_all(&mut self, units: &[u32], manner: Manner, tries: usize) -> Option<Filled> {
        let weight: Grams = units.iter().map(|&unit| self.kinds[unit as usize].weight).sum();
        let volume: i64 = units.iter().map(|&unit| self.kinds[unit as usize].volume).sum();
        let holds = |carton: &Carton| {
            carton.inner.volume().get() >= volume
                && carton.tare + weight <= carton.max_gross
                && units.iter().all(|&unit| fits(&self.kinds[unit as usize], carton))
        };
        let mut best: Option<(i64, Filled)> = None;
        for nth in 0..self.by_volume.len() {
            let n = self.by_volume[nth];
            let carton = &self.problem.cartons[n];
            let is_hopeless = best.as_ref().is_some_and(|(_, known)| !self.could_be_less(n, known.carton));
            if is_hopeless || !self.is_left(n) || !holds(carton) {
                continue;
            }
            let price = self.price(n, carton.tare + weight);
            if best.as_ref().is_some_and(|(least, _)| *least <= price) {
                continue;
            }
            if let Some(load) = self.holding(carton, units, manner, tries) {
                best = Some((price, Filled { carton: n, load }));
            }
        }
        best.map(|(_, filled)| filled)
    }

    /// Whether a carton type could count less than one of no larger volume.
    fn could_be_less(&self, carton: usize, than: usize) -> bool {
        match self.options.objective {
            Objective::Cartons | Objective::Volume => false,
            Objective::Bill(bill) => bill.could_be_less(carton, than),
        }
    }

    fn holding(&mut self, carton: &Carton, units: &[u32], manner: Manner, tries: usize) -> Option<Load> {
        if tries == 0 {
            return manner.rules.iter().find_map(|&rule| self.filler.fill(self.kinds, carton, units, rule, true));
        }
        let of = |unit: u32| &self.kinds[unit as usize];
        let pairs = || units.iter().enumerate().flat_map(|(n, &a)| units[n + 1..].iter().map(move |&b| (a, b)));
        if units.len() <= Sets::MOST && !pairs().all(|(a, b)| pair_fits(of(a), of(b), carton)) {
            return None;
        }
        // A generator of its own, as in [`Sets`]: which cartons were tried before is no matter.
        self.filler.hold(self.kinds, carton, units, manner.rules, tries, &mut self.options.seed.rng())
    }

    /// The carton that takes the most volume, by the objectives that count volume or cents the most for them.
    fn fullest(&mut self, units: &[u32], manner: Manner) -> Option<Filled> {
        let mut best: Option<(f64, Filled)> = None;
        for carton in 0..self.used.len() {
            if !self.is_left(carton) || manner.carton.is_some_and(|drawn| drawn != carton) {
                continue;
            }
            for &rule in manner.rules {
                let Some(load) = self.filler.fill(self.kinds, &self.problem.cartons[carton], units, rule, false) else {
                    continue;
                };
                let worth = match self.options.objective {
                    Objective::Cartons => load.volume as f64,
                    Objective::Volume | Objective::Bill(_) => {
                        load.volume as f64 / self.price(carton, load.gross).max(1) as f64
                    }
                };
                if !load.placements.is_empty() && best.as_ref().is_none_or(|(most, _)| worth > *most) {
                    best = Some((worth, Filled { carton, load }));
                }
            }
        }
        match (best, manner.carton) {
            (None, Some(_)) => self.fullest(units, Manner { carton: None, ..manner }),
            (best, _) => best.map(|(_, filled)| filled),
        }
    }

    fn is_left(&self, carton: usize) -> bool {
        self.problem.cartons[carton].limit.is_none_or(|limit| self.used[carton] < limit)
    }

    /// Share of the inside that is filled.
    fn share(&self, filled: &Filled) -> f64 {
        filled.load.volume as f64 / self.problem.cartons[filled.carton].inner.volume().get() as f64
    }

    /// What one carton counts in the objective.
    fn price(&self, carton: usize, gross: Grams) -> i64 {
        match self.options.objective {
            Objective::Cartons | Objective::Volume => self.problem.cartons[carton].outer.volume().get(),
            Objective::Bill(bill) => bill.bill(carton, gross).get(),
        }
    }

    fn score(&self, packing: &Packing) -> Score {
        let cartons = packing.cartons.len() as i64;
        let sum = packing.cartons.iter().map(|filled| self.price(filled.carton, filled.load.gross)).sum();
        match self.options.objective {
            Objective::Cartons => (packing.left.len(), cartons, sum),
            Objective::Volume | Objective::Bill(_) => (packing.left.len(), sum, cartons),
        }
    }

    /// A bound: total volume over the largest carton, total weight over the strongest.
    fn least_cartons(&self, packing: &Packing) -> usize {
        let most = |measure: fn(&Carton) -> i64| self.problem.cartons.iter().map(measure).max().unwrap_or(1).max(1);
        let volume: i64 = packing.cartons.iter().map(|filled| filled.load.volume).sum();
        let weight = |filled: &Filled| (filled.load.gross - self.problem.cartons[filled.carton].tare).get();
        let weight: i64 = packing.cartons.iter().map(weight).sum();
        let (room, strength) = (most(|c| c.inner.volume().get()), most(|c| (c.max_gross - c.tare).get()));
        ((volume + room - 1) / room).max((weight + strength - 1) / strength) as usize
    }
}

/// Takes what is packed out of the sequence.
fn remove(units: &mut Sequence, load: &Load) {
    let mut packed: Vec<u32> = load.placements.iter().map(|unit| unit.item as u32).collect();
    packed.sort_unstable();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for unit in packed {
        match runs.last_mut() {
            Some((kind, count)) if *kind == unit => *count += 1,
            _ => runs.push((unit, 1)),
        }
    }
    units.retain(|unit| match runs.binary_search_by_key(unit, |(kind, _)| *kind) {
        Ok(n) if runs[n].1 > 0 => {
            runs[n].1 -= 1;
            false
        }
        _ => true,
    });
}
