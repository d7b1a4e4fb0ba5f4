//! Warehouses: what they can do, when, and how their floor is laid out.

use crate::calendar::{Calendar, civil::Time};
use crate::ids::WarehouseId;
use crate::index_type;
use crate::units::{Cents, Millimetres, Seconds};

use super::{Coordinates, RegionIx};

index_type!(
    /// A warehouse.
    WarehouseIx
);

/// A place that holds stock and ships.
#[derive(Clone, Debug, PartialEq)]
pub struct Warehouse {
    /// Its id.
    pub id: WarehouseId,
    /// Its name, for people.
    pub name: String,
    /// Its postal code.
    pub postal_code: String,
    /// Where it stands.
    pub at: Coordinates,
    /// The region from which zones are measured.
    pub region: RegionIx,
    /// The days it works, by its own clock.
    pub calendar: Calendar,
    /// The waves of one working day, by cut-off, ascending.
    pub waves: Vec<WaveSlot>,
    /// What its work costs and how fast it is.
    pub handling: Handling,
    /// Where its goods lie.
    pub layout: FloorLayout,
}

/// One wave of a working day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaveSlot {
    /// Orders must be assigned by this local time.
    pub cut_off: Time,
    /// From the cut-off until every parcel stands packed at the dock.
    pub lead: Seconds,
    /// Work that fits: a shipment takes [`Handling::work_per_shipment`], a unit [`Handling::work_per_unit`].
    pub work_capacity: i64,
}

/// Cost and speed of a floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handling {
    /// Cost of one shipment.
    pub per_shipment: Cents,
    /// Cost of one unit picked and packed.
    pub per_unit: Cents,
    /// Work of one shipment beside its units.
    pub work_per_shipment: i64,
    /// Work of one unit.
    pub work_per_unit: i64,
    /// Pickers on the floor in a wave.
    pub pickers: u32,
    /// Time to take one unit from its place.
    pub seconds_per_unit: Seconds,
    /// Time to start and end one walk (cart, printing, hand-over).
    pub seconds_per_walk: Seconds,
    /// Shipments that fit on one cart.
    pub cart_shipments: u32,
    /// Units that fit on one cart.
    pub cart_units: u32,
}

/// A one-block floor of parallel aisles between a front and a back cross aisle; the depot is at the front of aisle 0.
/// Units of a SKU lie at the (aisle, bay) that [`FloorLayout::location`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FloorLayout {
    /// Parallel aisles.
    pub aisles: u32,
    /// Bays along an aisle, at most 64.
    pub bays: u32,
    /// Middle to middle of neighbouring aisles.
    pub aisle_pitch: Millimetres,
    /// Middle to middle of neighbouring bays.
    pub bay_pitch: Millimetres,
    /// From a cross aisle's middle to the first bay's middle.
    pub entry: Millimetres,
    /// Walking speed in millimetres a second.
    pub walk_mm_per_s: i64,
}

impl FloorLayout {
    /// Where SKU number `sku` lies: `(aisle, bay)`. Goods are slotted by a fixed hash, so that neighbours in the catalogue
    /// are spread over the floor as in random storage.
    pub fn location(&self, sku: u32) -> (u32, u32) {
        let hash = u64::from(sku).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
        let slot = hash % u64::from(self.aisles * self.bays);
        ((slot / u64::from(self.bays)) as u32, (slot % u64::from(self.bays)) as u32)
    }
}
