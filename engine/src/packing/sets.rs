//! Every set of a few units: which cartons hold it, found out once for any number of bills.

use crate::search::Seed;
use crate::units::{Cents, Grams};

use super::fill::{Filler, Load, NEAR_TRIES};
use super::problem::{Carton, CartonBill, Options, Problem, Unpacked};
use super::spaces::Rule;
use super::units::{Kind, MEASURES, Sequence, by_volume, fits, pair_fits, sort, units};

/// Ways to choose the place of a unit; the carton holds a set if one of them finds a place for each.
const RULES: [Rule; 2] = [Rule::Lowest, Rule::Snuggest];

/// A set of units, a bit each.
type Set = usize;

/// The sets of so few units that each can be looked at. The answers to a question are the same in whatever sequence questions are asked.
#[derive(Debug)]
pub struct Sets {
    cartons: Vec<Carton>,
    kinds: Vec<Kind>,
    units: Sequence,
    unpacked: Vec<Unpacked>,
    /// Carton types by outer volume.
    by_volume: Vec<usize>,
    /// `[set][carton]`.
    held: Vec<Held>,
    filler: Filler,
    seed: Seed,
}

/// What is known of whether a carton holds a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Unasked,
    /// By volume, weight and edges, one by one and in pairs.
    Perhaps,
    Yes,
    No,
}

/// Units that go into a carton together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The type of the carton.
    pub carton: usize,
    /// The item of each unit.
    pub items: Vec<u32>,
}

impl Sets {
    /// Most units of which every set is looked at.
    pub const MOST: usize = 5;

    /// The sets of all units of a problem that fit some carton; `None` where there are more than [`Self::MOST`], or fewer than two, where
    /// one needs a carton of its own or cartons are limited.
    pub fn new(problem: &Problem) -> Option<Self> {
        let (kinds, units, unpacked) = units(&problem.items, &problem.cartons);
        let is_plain = !kinds.iter().any(|kind| kind.alone);
        let sets = Self::of(&problem.cartons, kinds, units, &Options::default()).filter(|_| is_plain)?;
        Some(Self { unpacked, ..sets })
    }

    /// The sets of these units.
    pub(super) fn of(cartons: &[Carton], kinds: Vec<Kind>, mut units: Sequence, options: &Options<'_>) -> Option<Self> {
        if !(2..=Self::MOST).contains(&units.len()) || cartons.iter().any(|carton| carton.limit.is_some()) {
            return None;
        }
        sort(&mut units, &kinds, MEASURES[0]);
        Some(Self {
            cartons: cartons.to_vec(),
            unpacked: Vec::new(),
            by_volume: by_volume(cartons),
            held: vec![Held::Unasked; cartons.len() << units.len()],
            filler: Filler::new(kinds.len(), options.support),
            seed: options.seed,
            kinds,
            units,
        })
    }

    /// What fits no carton.
    pub fn unpacked(&self) -> &[Unpacked] {
        &self.unpacked
    }

    /// How many sets there are.
    pub fn count(&self) -> usize {
        self.all()
    }

    /// All units in the carton of the least outer volume that holds them.
    pub fn whole(&mut self) -> Option<Part> {
        let all = self.all();
        let carton = (0..self.by_volume.len()).find(|&nth| self.holds(all, self.by_volume[nth]));
        carton.map(|nth| self.part(all, self.by_volume[nth]))
    }

    /// All units in that carton, if it holds them.
    pub fn whole_in(&mut self, carton: usize) -> Option<Part> {
        let all = self.all();
        self.holds(all, carton).then(|| self.part(all, carton))
    }

    /// The best way to part the units by a bill, if there is one: the price of every set of them in one carton, then of the whole by its cheapest first set
    /// and the rest (dynamic programming over sets).
    pub fn least(&mut self, bill: &dyn CartonBill) -> Option<Vec<Part>> {
        let all = self.all();
        let mut together: [Option<(Cents, usize)>; 1 << Self::MOST] = [None; 1 << Self::MOST];
        // Of each set the price and the cartons, and the set that goes with its first unit.
        let mut best: [Option<(Cents, u32, Set)>; 1 << Self::MOST] = [None; 1 << Self::MOST];
        best[0] = Some((Cents::ZERO, 0, 0));
        for set in 1..=all {
            together[set] = self.cheapest(set, bill);
            let first = set & set.wrapping_neg();
            let subsets = std::iter::successors(Some(set), |part| Some(part.checked_sub(1)? & set));
            let ways = subsets.take_while(|part| *part > 0).filter(|part| part & first != 0).filter_map(|part| {
                let ((price, _), (rest, cartons, _)) = (together[part]?, best[set & !part]?);
                Some((price + rest, cartons + 1, part))
            });
            best[set] = ways.min();
        }
        let (mut parts, mut left) = (Vec::new(), all);
        while left > 0 {
            let (_, _, set) = best[left]?;
            let (_, carton) = together[set]?;
            parts.push(self.part(set, carton));
            left &= !set;
        }
        Some(parts)
    }

    /// Where the units of a part lie.
    pub(super) fn load(&mut self, part: &Part) -> Option<Load> {
        self.filled(part.carton, &part.items)
    }

    /// Price and type of the cheapest carton that holds a set.
    fn cheapest(&mut self, set: Set, bill: &dyn CartonBill) -> Option<(Cents, usize)> {
        let weight = self.weight(set);
        let mut best: Option<(Cents, usize)> = None;
        for nth in 0..self.by_volume.len() {
            let n = self.by_volume[nth];
            let is_hopeless = best.is_some_and(|(_, known)| !bill.could_be_less(n, known));
            if is_hopeless || self.could_hold(set, n) == Held::No {
                continue;
            }
            let price = bill.bill(n, self.cartons[n].tare + weight);
            if best.is_none_or(|(least, _)| price < least) && self.holds(set, n) {
                best = Some((price, n));
            }
        }
        best
    }

    fn holds(&mut self, set: Set, carton: usize) -> bool {
        let could = self.could_hold(set, carton);
        if could != Held::Perhaps {
            return could == Held::Yes;
        }
        let members = self.members(set);
        let holds = self.filled(carton, &members).is_some();
        let cell = self.cell(set, carton);
        self.held[cell] = if holds { Held::Yes } else { Held::No };
        holds
    }

    /// What is known without trying.
    fn could_hold(&mut self, set: Set, carton: usize) -> Held {
        let cell = self.cell(set, carton);
        if self.held[cell] != Held::Unasked {
            return self.held[cell];
        }
        let (weight, members, inside) = (self.weight(set), self.members(set), &self.cartons[carton]);
        let of = |unit: u32| &self.kinds[unit as usize];
        let mut pairs = members.iter().enumerate().flat_map(|(n, &a)| members[n + 1..].iter().map(move |&b| (a, b)));
        let could = inside.tare + weight <= inside.max_gross
            && members.iter().map(|&unit| of(unit).volume).sum::<i64>() <= inside.inner.volume().get()
            && members.iter().all(|&unit| fits(of(unit), inside))
            && pairs.all(|(a, b)| pair_fits(of(a), of(b), inside));
        self.held[cell] = if could { Held::Perhaps } else { Held::No };
        self.held[cell]
    }

    fn filled(&mut self, carton: usize, members: &[u32]) -> Option<Load> {
        // A generator of its own for every question: what was asked before is no matter.
        let (carton, rng) = (&self.cartons[carton], &mut self.seed.rng());
        self.filler.hold(&self.kinds, carton, members, &RULES, NEAR_TRIES, rng)
    }

    fn part(&self, set: Set, carton: usize) -> Part {
        Part { carton, items: self.members(set) }
    }

    fn members(&self, set: Set) -> Sequence {
        (0..self.units.len()).filter(|n| set >> n & 1 == 1).map(|n| self.units[n]).collect()
    }

    fn weight(&self, set: Set) -> Grams {
        let members = self.units.iter().enumerate().filter(|(n, _)| set >> n & 1 == 1);
        members.map(|(_, &unit)| self.kinds[unit as usize].weight).sum()
    }

    fn all(&self) -> Set {
        (1 << self.units.len()) - 1
    }

    fn cell(&self, set: Set, carton: usize) -> usize {
        set * self.cartons.len() + carton
    }
}
