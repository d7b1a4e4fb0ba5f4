//! Where shipment prices come from: the face between the solver and a cost source.

use crate::fault::Fault;

use super::problem::Demand;
use super::rows::Rows;

/// Prices inside the solver are whole tenths of a cent.
pub const UNITS_PER_CENT: i64 = 10;
/// "No such row" in a [`Choice`]: the option uses no capacity of that kind.
pub const NO_ROW: u32 = u32::MAX;

/// What a shipment would contain: parts of one order, from one warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Dense order index.
    pub order: u32,
    /// Dense warehouse index.
    pub warehouse: u32,
    /// Bit `p` set: part `p` of the order is in it. Not zero.
    pub mask: u8,
}

/// One way to ship a [`Parcel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Price of the shipment in cents, handling included, split and tier surcharges not; at least 0.
    pub cents: i64,
    /// The work row that it loads, or [`NO_ROW`].
    pub work_row: u32,
    /// The pickup row that its parcels load, or [`NO_ROW`].
    pub pickup_row: u32,
    /// The allotment rows that it loads, distinct; [`NO_ROW`] where none.
    pub allotments: [u32; 2],
    /// The tiered carrier whose volume its parcels count towards, or [`NO_ROW`].
    pub carrier: u32,
    /// Labelled boxes.
    pub parcels: u32,
    /// The caller's own name of the option (carrier service, wave); carried through to the plan. Options of one parcel that have
    /// the same name and cents are the same to the caller and differ in rows at most: from one to the other nothing moves.
    pub tag: u32,
}

/// The rows that a choice loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowUse {
    /// As in [`Choice`].
    pub work_row: u32,
    /// As in [`Choice`].
    pub pickup_row: u32,
    /// As in [`Choice`].
    pub allotments: [u32; 2],
    /// As in [`Choice`].
    pub carrier: u32,
    /// As in [`Choice`].
    pub parcels: u32,
}

impl Choice {
    /// The rows alone.
    pub fn rows(&self) -> RowUse {
        RowUse {
            work_row: self.work_row,
            pickup_row: self.pickup_row,
            allotments: self.allotments,
            carrier: self.carrier,
            parcels: self.parcels,
        }
    }
}

impl RowUse {
    /// The allotment rows that there are.
    pub(super) fn allotments(self) -> impl Iterator<Item = usize> {
        self.allotments.into_iter().filter(|&row| row != NO_ROW).map(|row| row as usize)
    }
}

/// Prices of the capacity rows in tenths of a cent; all at least 0.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RowPrices {
    /// Per unit of work, by work row.
    pub work: Vec<i64>,
    /// Per parcel, by pickup row.
    pub pickup: Vec<i64>,
    /// Per parcel or shipment, by allotment row.
    pub allotment: Vec<i64>,
    /// Per parcel, by tiered carrier.
    pub carrier: Vec<i64>,
}

impl RowPrices {
    /// The choice's cents plus what it takes from these rows, in tenths of a cent; `work` units of work.
    pub fn reduced(&self, rows: &Rows, choice: &Choice, work: i64) -> i64 {
        let parcels = i64::from(choice.parcels);
        let at = |prices: &[i64], row: u32| if row == NO_ROW { 0 } else { prices[row as usize] };
        let allotted = choice.rows().allotments();
        let allotments: i64 = allotted.map(|row| self.allotment[row] * rows.allotments[row].load(choice.parcels)).sum();
        choice.cents * UNITS_PER_CENT
            + allotments
            + at(&self.work, choice.work_row) * work
            + (at(&self.pickup, choice.pickup_row) + at(&self.carrier, choice.carrier)) * parcels
    }
}

/// A source of shipment options. Implementations must be pure: the same question, the same answer.
pub trait ShipmentOptions: Sync {
    /// The source with row prices folded in, for fast "cheapest" questions.
    type Priced<'a>: Priced
    where
        Self: 'a;

    /// Every fault of the source with respect to this demand and these rows (rows out of range, wrong lengths).
    fn faults(&self, demand: &Demand, rows: &Rows) -> Vec<Fault>;

    /// Folds row prices in.
    fn priced<'a>(&'a self, demand: &'a Demand, rows: &'a Rows, prices: &RowPrices) -> Self::Priced<'a>;

    /// Shows every option of the parcel, in a fixed order. Stock is not the source's concern.
    fn visit(&self, demand: &Demand, parcel: Parcel, show: &mut dyn FnMut(&Choice));

    /// The sequence of orders in which what they share stays at hand, and the same source for orders renumbered so: new
    /// order `n` is old order `sequence[n]`. `None` where any sequence will do.
    fn side_by_side(&self) -> Option<(Vec<u32>, Self)>
    where
        Self: Sized,
    {
        None
    }

    /// How far the warehouse is from the order's destination, on any scale; for the nearest-with-stock baseline.
    fn distance(&self, order: u32, warehouse: u32) -> u32;

    /// No option of any parcel has more parcels than this.
    fn max_parcels(&self) -> u32;
}

/// A cost source at fixed row prices. Prices by warehouse stand in rows of one lane a warehouse, padded with [`NONE`](super::NONE).
pub trait Priced: Sync {
    /// What is computed once per order, or once for neighbours in [`ShipmentOptions::side_by_side`].
    type Context: Default + Send;

    /// By warehouse, what one unit of anything costs in hands and work rows, in tenths of a cent.
    fn unit(&self) -> &[i32];

    /// Prepares the context for questions about this order.
    fn begin(&self, order: u32, context: &mut Self::Context);

    /// By warehouse, cents plus row prices of the parcel's cheapest option without [`Priced::unit`], in tenths of a cent;
    /// [`NONE`](super::NONE) where there is none or it costs more than that.
    fn row<'c>(&self, context: &'c mut Self::Context, mask: u8) -> &'c [i32];

    /// The option behind [`Priced::row`]; call only where there is one.
    fn choice(&self, context: &Self::Context, warehouse: u32, mask: u8) -> Choice;

    /// The rows of [`Priced::choice`], cheaper to answer.
    fn rows(&self, context: &Self::Context, warehouse: u32, mask: u8) -> RowUse {
        self.choice(context, warehouse, mask).rows()
    }
}
