//! Lines into boxes: the catalogue's sizes and weights handed to the packing kernel.

use crate::fulfilment::LineQuantity;
use crate::model::{CartonIx, CartonType, MerchantIx, Sku, World};
use crate::packing::{self, Carton, Item, Objective, Options, Problem, Rotations};
use crate::search::{Budget, Silent};
use crate::units::{Cents, Grams, Size};

/// Repackings of a cart that needs several cartons.
const BOX_ITERATIONS: u64 = 12;

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
}

impl Packed {
    /// Parcels as they are, whatever is in them: outer sizes and weights.
    pub fn of_parcels(merchant: Option<MerchantIx>, parcels: &[(Size, Grams)]) -> Self {
        let boxed =
            |&(size, gross): &(Size, Grams)| Boxed { carton: None, size, gross, hazmat: false, lines: Vec::new() };
        Self { merchant, boxes: parcels.iter().map(boxed).collect(), carton_cost: Cents::ZERO }
    }
}

/// Packs lines: units that ship alone, or that no carton takes, go in their own packaging; the rest into the fewest cartons,
/// of the least outer volume.
pub fn pack(world: &World, lines: &[LineQuantity]) -> Packed {
    let merchant = lines.first().map(|line| world.skus[line.sku].merchant);
    let mut packed = Packed { merchant, ..Packed::default() };
    let (alone, together): (Vec<LineQuantity>, Vec<LineQuantity>) =
        lines.iter().partition(|line| world.skus[line.sku].ships_alone);
    alone.iter().for_each(|line| own_packaging(world, *line, &mut packed));
    if together.is_empty() {
        return packed;
    }
    if let [line @ LineQuantity { quantity: 1, .. }] = together.as_slice() {
        match carton_of_one(world, &world.skus[line.sku]) {
            Some(ix) => put(world, ix, world.cartons[ix].tare + world.skus[line.sku].weight, vec![*line], &mut packed),
            None => own_packaging(world, *line, &mut packed),
        }
        return packed;
    }
    let items = together.iter().map(|line| item(&world.skus[line.sku], line.quantity)).collect();
    let cartons = world.cartons.iter().map(carton).collect();
    let problem = Problem::new(items, cartons).expect("a validated world has sizes and weights that can be packed");
    let options = Options { objective: Objective::Cartons, ..Options::default() };
    let plan = packing::solve(&problem, &options, &mut Budget::iterations(BOX_ITERATIONS), &mut Silent);
    for filled in &plan.cartons {
        let ix = CartonIx(filled.carton as u32);
        let mut contents: Vec<LineQuantity> = Vec::new();
        for unit in &filled.placements {
            let sku = together[unit.item].sku;
            match contents.iter_mut().find(|line| line.sku == sku) {
                Some(line) => line.quantity += 1,
                None => contents.push(LineQuantity { sku, quantity: 1 }),
            }
        }
        put(world, ix, filled.gross, contents, &mut packed);
    }
    for left in &plan.unpacked {
        own_packaging(world, LineQuantity { sku: together[left.item].sku, quantity: left.quantity }, &mut packed);
    }
    packed
}

fn put(world: &World, carton: CartonIx, gross: Grams, lines: Vec<LineQuantity>, packed: &mut Packed) {
    packed.carton_cost += world.cartons[carton].cost;
    packed.boxes.push(Boxed {
        carton: Some(carton),
        size: world.cartons[carton].outer,
        gross,
        hazmat: lines.iter().any(|line| world.skus[line.sku].hazmat),
        lines,
    });
}

/// What the kernel answers for a single unit, without asking it: most carts are one, and so is most that comes back.
fn carton_of_one(world: &World, sku: &Sku) -> Option<CartonIx> {
    let edges = sku.size.sorted();
    let holds = |carton: &CartonType| {
        let is_light = carton.tare + sku.weight <= carton.max_gross;
        is_light && edges.iter().zip(carton.inner.sorted()).all(|(edge, inner)| *edge <= inner)
    };
    let fitting = world.cartons.enumerate().filter(|(_, carton)| holds(carton));
    fitting.min_by_key(|(ix, carton)| (carton.outer.volume(), *ix)).map(|(ix, _)| ix)
}

/// Each unit is a parcel of its own.
fn own_packaging(world: &World, line: LineQuantity, packed: &mut Packed) {
    let sku = &world.skus[line.sku];
    let unit = Boxed {
        carton: None,
        size: sku.size,
        gross: sku.weight,
        hazmat: sku.hazmat,
        lines: vec![LineQuantity { quantity: 1, ..line }],
    };
    packed.boxes.extend(std::iter::repeat_n(unit, line.quantity as usize));
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
    use crate::model::SkuIx;
    use crate::model::fixture::tiny_parts;

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
