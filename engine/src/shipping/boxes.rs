//! Lines into boxes: the catalogue's sizes and weights handed to the packing kernel.

use crate::fulfilment::LineQuantity;
use crate::model::{CartonIx, CartonType, Sku, World};
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
    /// The boxes.
    pub boxes: Vec<Boxed>,
    /// What the cartons cost.
    pub carton_cost: Cents,
}

/// Packs lines: units that ship alone, or that no carton takes, go in their own packaging; the rest into the fewest cartons,
/// of the least outer volume.
pub fn pack(world: &World, lines: &[LineQuantity]) -> Packed {
    let mut packed = Packed::default();
    let (alone, together): (Vec<LineQuantity>, Vec<LineQuantity>) =
        lines.iter().partition(|line| world.skus[line.sku].ships_alone);
    alone.iter().for_each(|line| own_packaging(world, *line, &mut packed));
    if together.is_empty() {
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
        packed.carton_cost += world.cartons[ix].cost;
        packed.boxes.push(Boxed {
            carton: Some(ix),
            size: world.cartons[ix].outer,
            gross: filled.gross,
            hazmat: contents.iter().any(|line| world.skus[line.sku].hazmat),
            lines: contents,
        });
    }
    for left in &plan.unpacked {
        own_packaging(world, LineQuantity { sku: together[left.item].sku, quantity: left.quantity }, &mut packed);
    }
    packed
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
