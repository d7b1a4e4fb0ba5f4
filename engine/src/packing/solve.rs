//! Filling cartons: all in one if one holds all, else greedily, then again in shuffled orders.

use crate::search::{Budget, Observer, Progress, Rng};
use crate::units::Grams;

use super::problem::{
    Carton, Edges, Item, Objective, Options, PackedCarton, Placement, Plan, Problem, Rotations, Unpacked,
};
use super::spaces::{Room, Rule};

/// One unit, with its allowed ways to lie.
#[derive(Clone, Debug)]
struct Unit {
    item: usize,
    ways: Vec<Edges>,
    volume: i64,
    longest: i32,
    weight: Grams,
    fragile: bool,
}

/// A cost that orders plans: the objective, then the tie-break.
type Score = (i64, i64);

/// Packs everything that fits some carton; the rest is listed with its reason. One iteration of the budget is one shuffled
/// order tried.
pub fn solve(problem: &Problem, options: &Options, budget: &mut Budget, observer: &mut dyn Observer) -> Plan {
    let (units, unpacked) = units(problem);
    let mut packer = Packer { problem, options, room: Room::new([1; 3]), used: vec![0; problem.cartons.len()] };
    let mut best = packer.pack(sorted(units.clone(), by_volume));
    let mut score = packer.score(&best);
    let bound = least_cartons(problem, &units);
    if best.0.len() > 1 {
        for order in [by_longest as fn(&Unit) -> Key, by_weight] {
            packer.keep_better(sorted(units.clone(), order), &mut best, &mut score);
        }
        let mut rng = options.seed.rng();
        for _ in 0..options.tries {
            if best.0.len() <= bound && !matches!(options.objective, Objective::Volume | Objective::Bill(_))
                || !budget.tick()
            {
                break;
            }
            packer.keep_better(shuffled(&units, &mut rng), &mut best, &mut score);
        }
    }
    observer.progress(&Progress {
        phase: "pack",
        iterations: budget.spent(),
        fraction: budget.fraction(),
        cost: score.0 as f64,
        lower_bound: None,
    });
    let (cartons, left) = best;
    let mut plan = Plan { cartons, unpacked };
    left.iter().for_each(|unit| note(&mut plan.unpacked, unit.item, "no carton left"));
    plan
}

/// Fills one carton with as much volume as it holds: the container loading problem. One iteration of the budget is one
/// order tried.
pub fn fill_one(problem: &Problem, options: &Options, budget: &mut Budget, observer: &mut dyn Observer) -> Plan {
    let (units, mut unpacked) = units(problem);
    let carton = &problem.cartons[0];
    let mut room = Room::new([1; 3]);
    let mut rng = options.seed.rng();
    let mut best: (i64, Vec<Placement>) = (-1, Vec::new());
    let mut order = sorted(units.clone(), by_volume);
    while budget.tick() {
        for rule in [Rule::Lowest, Rule::Snuggest] {
            let placed = fill(&mut room, carton, &order, rule);
            let volume = placed.iter().map(|(n, _)| order[*n].volume).sum();
            if volume > best.0 {
                best = (volume, placed.into_iter().map(|(_, placement)| placement).collect());
                observer.progress(&Progress {
                    phase: "fill",
                    iterations: budget.spent(),
                    fraction: budget.fraction(),
                    cost: -(volume as f64),
                    lower_bound: None,
                });
            }
        }
        // Keep equal units together: blocks of them leave fewer gaps than a mixture.
        let mut rank: Vec<usize> = (0..problem.items.len()).collect();
        rng.shuffle(&mut rank);
        order = units.clone();
        order.sort_by_key(|unit| (unit.fragile, rank[unit.item]));
    }
    let gross = carton.tare + best.1.iter().map(|p| problem.items[p.item].weight).sum();
    let mut placed = vec![0; problem.items.len()];
    best.1.iter().for_each(|p| placed[p.item] += 1);
    for unit in &units {
        if placed[unit.item] > 0 {
            placed[unit.item] -= 1;
        } else {
            note(&mut unpacked, unit.item, "no carton left");
        }
    }
    Plan { cartons: vec![PackedCarton { carton: 0, placements: best.1, gross }], unpacked }
}

struct Packer<'a> {
    problem: &'a Problem,
    options: &'a Options<'a>,
    room: Room,
    used: Vec<u32>,
}

/// Cartons filled, units left.
type Packing = (Vec<PackedCarton>, Vec<Unit>);

impl Packer<'_> {
    fn keep_better(&mut self, order: Vec<Unit>, best: &mut Packing, score: &mut Score) {
        let other = self.pack(order);
        let theirs = self.score(&other);
        if (other.1.len(), theirs) < (best.1.len(), *score) {
            (*best, *score) = (other, theirs);
        }
    }

    /// Packs units in this order.
    fn pack(&mut self, mut left: Vec<Unit>) -> Packing {
        self.used.fill(0);
        let mut cartons = Vec::new();
        while !left.is_empty() {
            let filled = self.all_in_one(&left).or_else(|| self.fullest(&left));
            let Some((carton, placed)) = filled else { break };
            self.used[carton] += 1;
            let gross = self.problem.cartons[carton].tare + placed.iter().map(|(n, _)| left[*n].weight).sum();
            let mut taken = vec![false; left.len()];
            placed.iter().for_each(|(n, _)| taken[*n] = true);
            let placements = placed.into_iter().map(|(_, placement)| placement).collect();
            cartons.push(PackedCarton { carton, placements, gross });
            let mut gone = taken.iter();
            left.retain(|_| !gone.next().copied().unwrap_or(false));
        }
        (cartons, left)
    }

    /// The cheapest carton that holds all units.
    fn all_in_one(&mut self, units: &[Unit]) -> Option<(usize, Vec<(usize, Placement)>)> {
        let weight: Grams = units.iter().map(|unit| unit.weight).sum();
        let volume: i64 = units.iter().map(|unit| unit.volume).sum();
        let mut fitting: Vec<usize> = (0..self.problem.cartons.len())
            .filter(|&n| self.is_left(n))
            .filter(|&n| {
                let carton = &self.problem.cartons[n];
                carton.inner.volume().get() >= volume && carton.tare + weight <= carton.max_gross
            })
            .collect();
        fitting.sort_by_key(|&n| (self.price(n, self.problem.cartons[n].tare + weight), n));
        fitting.into_iter().find_map(|n| {
            let carton = &self.problem.cartons[n];
            [Rule::Lowest, Rule::Snuggest].into_iter().find_map(|rule| {
                let placed = fill(&mut self.room, carton, units, rule);
                (placed.len() == units.len()).then_some((n, placed))
            })
        })
    }

    /// The carton that takes the most volume; by the objectives that count volume or cents, the most volume for them.
    fn fullest(&mut self, units: &[Unit]) -> Option<(usize, Vec<(usize, Placement)>)> {
        let mut best: Option<(f64, usize, Vec<(usize, Placement)>)> = None;
        for n in 0..self.problem.cartons.len() {
            if !self.is_left(n) {
                continue;
            }
            let carton = &self.problem.cartons[n];
            for rule in [Rule::Lowest, Rule::Snuggest] {
                let placed = fill(&mut self.room, carton, units, rule);
                let volume: i64 = placed.iter().map(|(m, _)| units[*m].volume).sum();
                let gross = carton.tare + placed.iter().map(|(m, _)| units[*m].weight).sum();
                let worth = match self.options.objective {
                    Objective::Cartons => volume as f64,
                    Objective::Volume | Objective::Bill(_) => volume as f64 / self.price(n, gross).max(1) as f64,
                };
                if !placed.is_empty() && best.as_ref().is_none_or(|(most, ..)| worth > *most) {
                    best = Some((worth, n, placed));
                }
            }
        }
        best.map(|(_, n, placed)| (n, placed))
    }

    fn is_left(&self, carton: usize) -> bool {
        self.problem.cartons[carton].limit.is_none_or(|limit| self.used[carton] < limit)
    }

    /// What one carton counts in the objective.
    fn price(&self, carton: usize, gross: Grams) -> i64 {
        match self.options.objective {
            Objective::Cartons | Objective::Volume => self.problem.cartons[carton].outer.volume().get(),
            Objective::Bill(bill) => bill.bill(carton, gross).get(),
        }
    }

    fn score(&self, (cartons, _): &Packing) -> Score {
        let sum = cartons.iter().map(|packed| self.price(packed.carton, packed.gross)).sum();
        match self.options.objective {
            Objective::Cartons => (cartons.len() as i64, sum),
            Objective::Volume | Objective::Bill(_) => (sum, cartons.len() as i64),
        }
    }
}

/// Places units in their order wherever they fit; returns number and place of those that did.
fn fill(room: &mut Room, carton: &Carton, units: &[Unit], rule: Rule) -> Vec<(usize, Placement)> {
    room.reset(edges(carton.inner));
    let mut gross = carton.tare;
    let mut placed = Vec::with_capacity(units.len());
    let mut failed: Option<usize> = None;
    for (n, unit) in units.iter().enumerate() {
        // An equal unit just did not fit: neither does this one.
        if failed == Some(unit.item) || gross + unit.weight > carton.max_gross {
            continue;
        }
        match room.best(&unit.ways, unit.fragile, rule) {
            Some((at, edges)) => {
                room.take(at, edges, unit.fragile);
                gross += unit.weight;
                placed.push((n, Placement { item: unit.item, at, edges }));
            }
            None => failed = Some(unit.item),
        }
    }
    placed
}

/// Units that fit some carton alone, and those that fit none.
fn units(problem: &Problem) -> (Vec<Unit>, Vec<Unpacked>) {
    let (mut units, mut unpacked) = (Vec::new(), Vec::new());
    for (item, what) in problem.items.iter().enumerate() {
        let ways = ways(what);
        let fits = |carton: &Carton| ways.iter().any(|way| (0..3).all(|axis| way[axis] <= edges(carton.inner)[axis]));
        let light = |carton: &Carton| carton.tare + what.weight <= carton.max_gross;
        let reason = if !problem.cartons.iter().any(fits) {
            Some("too large")
        } else if !problem.cartons.iter().any(|carton| fits(carton) && light(carton)) {
            Some("too heavy")
        } else {
            None
        };
        if let Some(reason) = reason {
            unpacked.push(Unpacked { item, quantity: what.quantity, reason });
            continue;
        }
        let longest = ways.iter().flatten().copied().max().unwrap_or(0);
        let unit =
            Unit { item, ways, volume: what.size.volume().get(), longest, weight: what.weight, fragile: what.fragile };
        units.extend(std::iter::repeat_n(unit, what.quantity as usize));
    }
    (units, unpacked)
}

/// The distinct ways in which an item may lie.
fn ways(item: &Item) -> Vec<Edges> {
    let [l, w, h] = edges(item.size);
    let Rotations { upright, fixed } = item.rotations;
    let lying = [([w, h], l), ([l, h], w), ([l, w], h)];
    let mut ways: Vec<Edges> = lying
        .into_iter()
        .zip(upright)
        .filter(|(_, allowed)| *allowed)
        .flat_map(|(([a, b], up), _)| [Some([a, b, up]), (!fixed).then_some([b, a, up])])
        .flatten()
        .collect();
    ways.sort_unstable();
    ways.dedup();
    ways
}

fn edges(size: crate::units::Size) -> Edges {
    // `Problem::new` keeps edges below 100,000.
    [size.length.get() as i32, size.width.get() as i32, size.height.get() as i32]
}

/// A bound: total volume over the largest carton, total weight over the strongest.
fn least_cartons(problem: &Problem, units: &[Unit]) -> usize {
    let room = problem.cartons.iter().map(|c| c.inner.volume().get()).max().unwrap_or(1).max(1);
    let load = problem.cartons.iter().map(|c| (c.max_gross - c.tare).get()).max().unwrap_or(1).max(1);
    let volume: i64 = units.iter().map(|unit| unit.volume).sum();
    let weight: i64 = units.iter().map(|unit| unit.weight.get()).sum();
    ((volume + room - 1) / room).max((weight + load - 1) / load) as usize
}

type Key = (bool, i64, i64);

fn by_volume(unit: &Unit) -> Key {
    (unit.fragile, -unit.volume, -i64::from(unit.longest))
}

fn by_longest(unit: &Unit) -> Key {
    (unit.fragile, -i64::from(unit.longest), -unit.volume)
}

fn by_weight(unit: &Unit) -> Key {
    (unit.fragile, -unit.weight.get(), -unit.volume)
}

/// Fragile units last, so that they come to lie on top; equal units together.
fn sorted(mut units: Vec<Unit>, key: fn(&Unit) -> Key) -> Vec<Unit> {
    units.sort_by_key(|unit| (key(unit), unit.item));
    units
}

/// By volume, each unit's shrunk or grown by up to a half at random.
fn shuffled(units: &[Unit], rng: &mut Rng) -> Vec<Unit> {
    let mut keyed: Vec<(bool, i64, Unit)> = units
        .iter()
        .map(|unit| (unit.fragile, -((unit.volume as f64 * (0.5 + rng.unit())) as i64), unit.clone()))
        .collect();
    keyed.sort_by_key(|(fragile, volume, unit)| (*fragile, *volume, unit.item));
    keyed.into_iter().map(|(_, _, unit)| unit).collect()
}

fn note(unpacked: &mut Vec<Unpacked>, item: usize, reason: &'static str) {
    match unpacked.iter_mut().find(|u| u.item == item && u.reason == reason) {
        Some(known) => known.quantity += 1,
        None => unpacked.push(Unpacked { item, quantity: 1, reason }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check::packing::check;
    use crate::search::Silent;
    use crate::units::Size;

    fn item(size: [i64; 3], weight: i64, quantity: u32) -> Item {
        let size = Size::new(size[0], size[1], size[2]);
        Item { size, weight: Grams::new(weight), quantity, rotations: Rotations::FREE, fragile: false }
    }

    fn carton(edge: [i64; 3], max: i64) -> Carton {
        let inner = Size::new(edge[0], edge[1], edge[2]);
        let outer = Size::new(edge[0] + 4, edge[1] + 4, edge[2] + 4);
        Carton { inner, outer, tare: Grams::new(100), max_gross: Grams::new(max), limit: None }
    }

    fn run(items: Vec<Item>, cartons: Vec<Carton>) -> (Problem, Plan) {
        let problem = Problem::new(items, cartons).unwrap();
        let plan = solve(&problem, &Options::default(), &mut Budget::unlimited(), &mut Silent);
        assert_eq!(check(&problem, &plan), []);
        (problem, plan)
    }

    #[test]
    fn eight_cubes_fill_a_box_and_the_ninth_opens_another() {
        let boxes = || vec![carton([200, 200, 200], 100_000)];
        assert_eq!(run(vec![item([100, 100, 100], 10, 8)], boxes()).1.cartons.len(), 1);
        assert_eq!(run(vec![item([100, 100, 100], 10, 9)], boxes()).1.cartons.len(), 2);
    }

    #[test]
    fn the_smallest_box_that_holds_all_is_taken() {
        let plan =
            run(vec![item([90, 40, 30], 10, 2)], vec![carton([300, 300, 300], 9_000), carton([100, 90, 40], 9_000)]).1;
        assert_eq!(plan.cartons.iter().map(|c| c.carton).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn weight_splits_what_volume_would_not() {
        let plan = run(vec![item([50, 50, 50], 600, 3)], vec![carton([300, 300, 300], 1_400)]).1;
        assert_eq!(plan.cartons.len(), 2); // 100 g box + 2 x 600 g is within 1,400 g, a third is not
    }

    #[test]
    fn what_fits_nowhere_is_named() {
        let plan =
            run(vec![item([500, 10, 10], 5, 2), item([10, 10, 10], 5_000, 1)], vec![carton([300, 300, 300], 1_400)]).1;
        let reasons: Vec<_> = plan.unpacked.iter().map(|u| (u.item, u.quantity, u.reason)).collect();
        assert_eq!(reasons, [(0, 2, "too large"), (1, 1, "too heavy")]);
    }

    fn items() -> impl Strategy<Value = Vec<Item>> {
        let one = (5..160_i64, 5..160_i64, 5..160_i64, 0..900_i64, 1..4_u32, 0..3_u8, prop::bool::weighted(0.2))
            .prop_map(|(l, w, h, weight, quantity, rotations, fragile)| Item {
                rotations: [Rotations::FREE, Rotations::KEEP_FLAT, Rotations::NONE][usize::from(rotations)],
                fragile,
                ..item([l, w, h], weight, quantity)
            });
        proptest::collection::vec(one, 1..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn every_packing_passes_the_verifier(items in items(), seed in 0..1000_u64, volume in any::<bool>()) {
            let cartons = vec![carton([150, 120, 100], 2_000), carton([220, 180, 140], 3_000), carton([90, 80, 60], 1_500)];
            let problem = Problem::new(items, cartons).unwrap();
            let objective = if volume { Objective::Volume } else { Objective::Cartons };
            let options = Options { seed: crate::search::Seed(seed), objective, ..Options::default() };
            let plan = solve(&problem, &options, &mut Budget::unlimited(), &mut Silent);
            prop_assert_eq!(check(&problem, &plan), []);
            prop_assert_eq!(&plan, &solve(&problem, &options, &mut Budget::unlimited(), &mut Silent));
        }
    }
}
