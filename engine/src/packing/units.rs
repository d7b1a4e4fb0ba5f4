//! Units to pack, by kind, and the sequences in which they are tried.

use crate::search::Rng;
use crate::units::Grams;

use super::problem::{Carton, Edges, Item, Rotations, Unpacked};

/// What the units of an item have in common. Kinds are numbered as items are.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub ways: Vec<Edges>,
    pub volume: i64,
    pub longest: i32,
    pub weight: Grams,
    pub fragile: bool,
    pub alone: bool,
}

/// The kind of each unit, in the sequence in which they are packed.
pub(super) type Sequence = Vec<u32>;

/// All kinds, the units that fit one of these cartons by themselves, and those that fit none.
pub(super) fn units(items: &[Item], cartons: &[Carton]) -> (Vec<Kind>, Sequence, Vec<Unpacked>) {
    let kinds: Vec<Kind> = items.iter().map(kind).collect();
    let (mut units, mut unpacked) = (Vec::new(), Vec::new());
    for (item, (what, kind)) in items.iter().zip(&kinds).enumerate() {
        let light = |carton: &Carton| carton.tare + what.weight <= carton.max_gross;
        let reason = if !cartons.iter().any(|carton| fits(kind, carton)) {
            "too large"
        } else if !cartons.iter().any(|carton| fits(kind, carton) && light(carton)) {
            "too heavy"
        } else {
            units.extend(std::iter::repeat_n(item as u32, what.quantity as usize));
            continue;
        };
        unpacked.push(Unpacked { item, quantity: what.quantity, reason });
    }
    (kinds, units, unpacked)
}

/// Carton types by outer volume.
pub(super) fn by_volume(cartons: &[Carton]) -> Vec<usize> {
    let mut types: Vec<usize> = (0..cartons.len()).collect();
    types.sort_by_key(|&n| (cartons[n].outer.volume(), n));
    types
}

/// Whether a unit goes into the empty carton, whatever it weighs.
pub(super) fn fits(kind: &Kind, carton: &Carton) -> bool {
    let inner = edges(carton.inner);
    kind.ways.iter().any(|way| (0..3).all(|axis| way[axis] <= inner[axis]))
}

/// Whether two units go into the empty carton together, whatever they weigh: they lie apart along some axis.
pub(super) fn pair_fits(a: &Kind, b: &Kind, carton: &Carton) -> bool {
    let inner = edges(carton.inner);
    let apart = |axis: usize| {
        // Of one above the other the lower is not fragile.
        if axis == 2 && a.fragile && b.fragile {
            return false;
        }
        let shortest = |kind: &Kind| {
            let lying = kind.ways.iter().filter(|way| (0..3).all(|axis| way[axis] <= inner[axis]));
            lying.map(|way| way[axis]).min()
        };
        shortest(a).zip(shortest(b)).is_some_and(|(a, b)| a + b <= inner[axis])
    };
    (0..3).any(apart)
}

fn kind(item: &Item) -> Kind {
    let ways = ways(item);
    let longest = ways.iter().flatten().copied().max().unwrap_or(0);
    let volume = item.size.volume().get();
    Kind { ways, volume, longest, weight: item.weight, fragile: item.fragile, alone: item.alone }
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

pub(super) fn edges(size: crate::units::Size) -> Edges {
    // `Problem::new` keeps edges below 100,000.
    [size.length.get() as i32, size.width.get() as i32, size.height.get() as i32]
}

/// A measure by which large units come first.
pub(super) type Measure = fn(&Kind) -> i64;

/// Measures that order units well, the best first.
pub(super) const MEASURES: [Measure; 4] = [
    |kind| kind.volume,
    |kind| i64::from(kind.longest),
    |kind| kind.ways.iter().map(|way| i64::from(way[0]) * i64::from(way[1])).max().unwrap_or(0),
    |kind| kind.weight.get(),
];

/// Largest first; fragile units last, so that they come to lie on top; equal units together.
pub(super) fn sort(units: &mut [u32], kinds: &[Kind], measure: Measure) {
    units.sort_by_cached_key(|&unit| {
        let kind = &kinds[unit as usize];
        (kind.fragile, -measure(kind), -kind.volume, unit)
    });
}

/// The same with each unit's measure shrunk or grown by up to a half at random.
pub(super) fn shuffle(units: &mut [u32], kinds: &[Kind], rng: &mut Rng) {
    let measure = MEASURES[rng.below(3)];
    units.sort_by_cached_key(|&unit| {
        let kind = &kinds[unit as usize];
        (kind.fragile, -((measure(kind) as f64 * (0.5 + rng.unit())) as i64), unit)
    });
}
