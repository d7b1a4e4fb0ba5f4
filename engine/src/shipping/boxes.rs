//! Lines into boxes: the catalogue's sizes and weights handed to the packing kernel.
//!
//! Lines are packed *plainly* ([`pack`]): into the fewest cartons, of the least outer volume. That is the smallest bill where a carton more
//! costs a base price more and a larger one never costs less. Where it need not be, other packings are looked at: all in another single
//! carton, that is cheaper itself or flatter, and, for a service at a time, what the kernel finds towards the service's own bill.

use std::cell::RefCell;

use crate::fulfilment::{LineQuantity, PlannedCarton, PlannedShipment};
use crate::index::Index as _;
use crate::model::{CartonIx, CartonType, MerchantIx, Sku, World};
use crate::packing::{self, Carton, CartonBill, Item, Objective, Options, Part, Problem, Rotations, Sets, Unpacked};
use crate::rating::Cards;
use crate::search::{Budget, Silent};
use crate::units::{Cents, CubicMillimetres, Grams, Millimetres, Size};

/// Repackings of a cart that needs several cartons.
const BOX_ITERATIONS: u64 = 12;

/// Repackings towards a bill: where it pays at all, to fill one carton less is often not the next step.
const BILL_ITERATIONS: u64 = 40;

/// One box, ready to be weighed and measured by a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boxed {
    /// The box type; `None` where a unit ships in its own packaging.
    pub carton: Option<CartonIx>,
    /// Outer size.
    pub size: Size,
    /// Weight with box.
    pub gross: Grams,
    /// Holds lithium cells.
    pub hazmat: bool,
    /// What is in it.
    pub lines: Vec<LineQuantity>,
}

/// A shipment's boxes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Whose they are, for cards of single merchants.
    pub merchant: Option<MerchantIx>,
    /// The boxes.
    pub boxes: Vec<Boxed>,
    /// What the cartons cost.
    pub carton_cost: Cents,
    /// Chosen for a bill: not what [`pack`] makes of the lines.
    pub by_bill: bool,
}

impl Packed {
    /// Parcels as they are, whatever is in them: outer sizes and weights.
    pub fn of_parcels(merchant: Option<MerchantIx>, parcels: &[(Size, Grams)]) -> Self {
        let boxed =
            |&(size, gross): &(Size, Grams)| Boxed { carton: None, size, gross, hazmat: false, lines: Vec::new() };
        Self { merchant, boxes: parcels.iter().map(boxed).collect(), ..Self::default() }
    }

    fn of(world: &World, lines: &[LineQuantity]) -> Self {
        Self { merchant: lines.first().map(|line| world.skus[line.sku].merchant), ..Self::default() }
    }

    /// How the cartons are filled, where a plan must say so.
    pub(super) fn planned(&self) -> Option<Box<[PlannedCarton]>> {
        let carton = |b: &Boxed| PlannedCarton { carton: b.carton, lines: b.lines.clone() };
        self.by_bill.then(|| self.boxes.iter().map(carton).collect())
    }

    fn put(&mut self, world: &World, carton: CartonIx, lines: Vec<LineQuantity>) {
        let goods = |line: &LineQuantity| world.skus[line.sku].weight * i64::from(line.quantity);
        self.carton_cost += world.cartons[carton].cost;
        self.boxes.push(Boxed {
            carton: Some(carton),
            size: world.cartons[carton].outer,
            gross: world.cartons[carton].tare + lines.iter().map(goods).sum(),
            hazmat: lines.iter().any(|line| world.skus[line.sku].hazmat),
            lines,
        });
    }

    /// Each unit is a parcel of its own.
    fn put_as_is(&mut self, world: &World, line: LineQuantity) {
        let sku = &world.skus[line.sku];
        let unit = Boxed {
            carton: None,
            size: sku.size,
            gross: sku.weight,
            hazmat: sku.hazmat,
            lines: vec![LineQuantity { quantity: 1, ..line }],
        };
        self.boxes.extend(std::iter::repeat_n(unit, line.quantity as usize));
    }
}

/// Packs lines plainly: units that ship alone, or that no carton takes, go in their own packaging; the rest into the fewest
/// cartons, of the least outer volume.
pub fn pack(world: &World, lines: &[LineQuantity]) -> Packed {
    Load::new(world, lines).plainly()
}

/// The boxes of a shipment that holds these lines of what was planned: as planned, unless some are missing.
pub fn packed(world: &World, planned: &PlannedShipment, lines: &[LineQuantity]) -> Packed {
    let Some(cartons) = planned.cartons.as_ref().filter(|_| planned.lines == lines) else { return pack(world, lines) };
    let mut packed = Packed { by_bill: true, ..Packed::of(world, lines) };
    for PlannedCarton { carton, lines } in cartons {
        match carton {
            Some(carton) => packed.put(world, *carton, lines.clone()),
            None => lines.iter().for_each(|line| packed.put_as_is(world, *line)),
        }
    }
    packed
}

/// Lines, parted by whether they go into cartons.
#[derive(Debug)]
pub(super) struct Load<'a> {
    world: &'a World,
    lines: Vec<LineQuantity>,
    alone: Vec<LineQuantity>,
    together: Vec<LineQuantity>,
    /// Of a few units that go into cartons.
    sets: Option<RefCell<Sets>>,
}

impl<'a> Load<'a> {
    pub fn new(world: &'a World, lines: &[LineQuantity]) -> Self {
        let (alone, together) = lines.iter().partition(|line| world.skus[line.sku].ships_alone);
        let mut load = Self { world, lines: lines.to_vec(), alone, together, sets: None };
        if (2..=Sets::MOST).contains(&(load.units() as usize)) {
            load.sets = Sets::new(&load.problem(world.cartons.indices())).map(RefCell::new);
        }
        load
    }

    /// All of them.
    pub fn lines(&self) -> &[LineQuantity] {
        &self.lines
    }

    /// See [`pack`].
    pub fn plainly(&self) -> Packed {
        match self.together.as_slice() {
            [] => self.packed(|_| {}),
            [line @ LineQuantity { quantity: 1, .. }] => {
                let carton = cartons_of_one(self.world, &self.world.skus[line.sku]).min();
                self.packed(|packed| match carton {
                    Some((_, carton)) => packed.put(self.world, carton, vec![*line]),
                    None => packed.put_as_is(self.world, *line),
                })
            }
            _ => match self.sets.as_ref().and_then(|sets| sets.borrow_mut().whole()) {
                Some(whole) => self.parted(&[whole]),
                None => self.solved(self.world.cartons.indices().collect(), Objective::Cartons, BOX_ITERATIONS),
            },
        }
    }

    /// Where the plain packing is one carton: the same in any other one that could cost less to send. All others that hold it are larger.
    pub fn in_another(&self, cards: &Cards, plain: &Packed) -> Vec<Packed> {
        let world = self.world;
        let mut cartons = plain.boxes.iter().filter_map(|b| b.carton);
        let (Some(chosen), None) = (cartons.next(), cartons.next()) else { return Vec::new() };
        if plain.boxes.len() != 1 + self.alone.iter().map(|line| line.quantity as usize).sum::<usize>() {
            return Vec::new();
        }
        let goods = |measure: fn(&Sku) -> i64| -> i64 {
            let of_line = |line: &LineQuantity| measure(&world.skus[line.sku]) * i64::from(line.quantity);
            self.together.iter().map(of_line).sum()
        };
        let (volume, weight) = (goods(|sku| sku.size.volume().get()), Grams::new(goods(|sku| sku.weight.get())));
        let is_worth_a_look = |(ix, carton): &(CartonIx, &CartonType)| {
            *ix != chosen
                && could_be_less(cards, carton, &world.cartons[chosen])
                && carton.inner.volume().get() >= volume
                && carton.tare + weight <= carton.max_gross
                && self.together.iter().all(|line| holds(carton, &world.skus[line.sku]))
        };
        let is_one_unit = matches!(self.together.as_slice(), [LineQuantity { quantity: 1, .. }]);
        let others = world.cartons.enumerate().filter(is_worth_a_look);
        let filled = others.filter_map(|(ix, _)| match &self.sets {
            _ if is_one_unit => Some(self.packed(|packed| packed.put(world, ix, self.together.clone()))),
            Some(sets) => {
                let whole = sets.borrow_mut().whole_in(ix.usize());
                whole.map(|whole| self.parted(&[whole]))
            }
            None => Some(self.solved(vec![ix], Objective::Cartons, 0)).filter(|p| p.boxes.len() == plain.boxes.len()),
        });
        filled.map(|packed| Packed { by_bill: true, ..packed }).collect()
    }

    /// Towards the smallest bill, whatever the number of cartons; [`Packed::by_bill`] is set.
    pub fn towards(&self, bill: &dyn CartonBill) -> Packed {
        let parts = self.sets.as_ref().and_then(|sets| sets.borrow_mut().least(bill));
        let packed = match parts {
            Some(parts) => self.parted(&parts),
            None => self.solved(self.world.cartons.indices().collect(), Objective::Bill(bill), BILL_ITERATIONS),
        };
        Packed { by_bill: true, ..packed }
    }

    /// Units that go into cartons.
    pub fn units(&self) -> u32 {
        self.together.iter().map(|line| line.quantity).sum()
    }

    /// Their lightest and their heaviest, if there are any.
    pub fn extremes(&self) -> Option<[&'a Sku; 2]> {
        let skus = || self.together.iter().map(|line| &self.world.skus[line.sku]);
        Some([skus().min_by_key(|sku| sku.weight)?, skus().max_by_key(|sku| sku.weight)?])
    }

    /// What ships alone, and what `put` puts beside it.
    fn packed(&self, put: impl FnOnce(&mut Packed)) -> Packed {
        let mut packed = Packed::of(self.world, &self.lines);
        self.alone.iter().for_each(|line| packed.put_as_is(self.world, *line));
        put(&mut packed);
        packed
    }

    /// By the kernel, into these cartons.
    fn solved(&self, types: Vec<CartonIx>, objective: Objective<'_>, iterations: u64) -> Packed {
        let (world, problem) = (self.world, self.problem(types.iter().copied()));
        let options = Options { objective, ..Options::default() };
        let plan = packing::solve(&problem, &options, &mut Budget::iterations(iterations), &mut Silent);
        self.packed(|packed| {
            for filled in &plan.cartons {
                packed.put(world, types[filled.carton], self.contents(filled.placements.iter().map(|unit| unit.item)));
            }
            self.left(packed, &plan.unpacked);
        })
    }

    /// In the cartons of the world, by the kernel's sets.
    fn parted(&self, parts: &[Part]) -> Packed {
        self.packed(|packed| {
            for part in parts {
                let contents = self.contents(part.items.iter().map(|item| *item as usize));
                packed.put(self.world, CartonIx(part.carton as u32), contents);
            }
            self.sets.iter().for_each(|sets| self.left(packed, sets.borrow().unpacked()));
        })
    }

    /// What fits no carton goes as it is.
    fn left(&self, packed: &mut Packed, unpacked: &[Unpacked]) {
        for left in unpacked {
            packed.put_as_is(self.world, LineQuantity { sku: self.together[left.item].sku, quantity: left.quantity });
        }
    }

    /// The lines of units that the kernel knows by their items.
    fn contents(&self, items: impl Iterator<Item = usize>) -> Vec<LineQuantity> {
        let mut contents: Vec<LineQuantity> = Vec::new();
        for item in items {
            let sku = self.together[item].sku;
            match contents.iter_mut().find(|line| line.sku == sku) {
                Some(line) => line.quantity += 1,
                None => contents.push(LineQuantity { sku, quantity: 1 }),
            }
        }
        contents
    }

    fn problem(&self, types: impl Iterator<Item = CartonIx>) -> Problem {
        let items = self.together.iter().map(|line| item(&self.world.skus[line.sku], line.quantity)).collect();
        let cartons = types.map(|ix| carton(&self.world.cartons[ix])).collect();
        Problem::new(items, cartons).expect("a validated world has sizes and weights that can be packed")
    }
}

/// Cartons that hold a single unit, with their volumes: what the kernel answers, without asking it. Most carts are one unit, and so is most
/// that comes back.
fn cartons_of_one<'a>(world: &'a World, sku: &'a Sku) -> impl Iterator<Item = (CubicMillimetres, CartonIx)> + 'a {
    let fitting = world.cartons.enumerate().filter(|(_, carton)| {
        let is_light = carton.tare + sku.weight <= carton.max_gross;
        is_light && holds(carton, sku)
    });
    fitting.map(|(ix, carton)| (carton.outer.volume(), ix))
}

/// Whether a carton could cost less to send than one of no larger volume: it costs less itself, is lighter, shorter or of less girth, or its
/// other edges keep a limit of some card that the other one's do not.
pub(super) fn could_be_less(cards: &Cards, carton: &CartonType, than: &CartonType) -> bool {
    let measures = |carton: &CartonType| {
        let [longest, second, shortest] = carton.outer.sorted().map(Millimetres::get);
        let all = [carton.cost.get(), carton.tare.get(), longest, longest + 2 * (second + shortest)];
        (all, cards.edges_over(second, shortest))
    };
    let ((own, own_over), (other, other_over)) = (measures(carton), measures(than));
    own.iter().zip(other).any(|(own, other)| *own < other)
        || own_over.iter().zip(other_over).any(|(own, other)| *own < other)
}

/// Whether a unit goes into the empty carton, whatever it weighs.
fn holds(carton: &CartonType, sku: &Sku) -> bool {
    sku.size.sorted().iter().zip(carton.inner.sorted()).all(|(edge, inner)| *edge <= inner)
}

fn item(sku: &Sku, quantity: u32) -> Item {
    Item {
        size: sku.size,
        weight: sku.weight,
        quantity,
        rotations: Rotations::FREE,
        fragile: sku.fragile,
        alone: false,
    }
}

/// A carton type as the packing kernel sees it.
pub fn carton(carton: &CartonType) -> Carton {
    Carton { inner: carton.inner, outer: carton.outer, tare: carton.tare, max_gross: carton.max_gross, limit: None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::fixture::tiny_parts;
    use crate::model::{Condition, Measure, Parts, SkuIx, TariffIx};

    #[test]
    fn an_edge_counts_where_a_card_has_a_limit_for_it() {
        let mut parts = tiny_parts();
        let carton = |size: Size, parts: &Parts| CartonType { outer: size, ..parts.cartons[CartonIx(3)].clone() };
        // 8 and 105 litres, girth 2,620 and 2,700: only the second edge is less.
        let (flat, thick) = (carton(Size::new(1_000, 800, 10), &parts), carton(Size::new(1_000, 700, 150), &parts));
        assert!(!could_be_less(&Cards::new(&World::new(parts.clone()).unwrap()), &thick, &flat));
        let rule = &mut parts.tariffs[TariffIx(0)].surcharges[0];
        rule.when = Condition::All(vec![rule.when.clone(), Condition::Over(Measure::Second, 762)]);
        assert!(could_be_less(&Cards::new(&World::new(parts).unwrap()), &thick, &flat));
    }

    proptest! {
        #[test]
        fn one_unit_goes_where_the_kernel_would_put_it(
            edges in (1_i64..700, 1_i64..700, 1_i64..700), weight in 1_i64..40_000,
        ) {
            let mut parts = tiny_parts();
            let sku = &mut parts.skus[SkuIx(0)];
            (sku.size, sku.weight, sku.ships_alone) = (Size::new(edges.0, edges.1, edges.2), Grams::new(weight), false);
            let world = World::new(parts).unwrap();
            let cartons = world.cartons.iter().map(carton).collect();
            let problem = Problem::new(vec![item(&world.skus[SkuIx(0)], 1)], cartons).unwrap();
            let options = Options { objective: Objective::Cartons, ..Options::default() };
            let plan = packing::solve(&problem, &options, &mut Budget::iterations(BOX_ITERATIONS), &mut Silent);
            let kernels = plan.cartons.first().map(|filled| (CartonIx(filled.carton as u32), filled.gross));
            let packed = pack(&world, &[LineQuantity { sku: SkuIx(0), quantity: 1 }]);
            prop_assert_eq!(packed.boxes[0].carton.map(|ix| (ix, packed.boxes[0].gross)), kernels);
        }
    }
}
