//! Lines into boxes: the catalogue's sizes and weights handed to the packing kernel.

use crate::fulfilment::LineQuantity;
use crate::model::{CartonIx, World};
use crate::units::{Cents, Grams, Size};

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

/// Packs lines.
pub fn pack(world: &World, lines: &[LineQuantity]) -> Packed {
    let _ = (world, lines);
    Packed::default()
}
