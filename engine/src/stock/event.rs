//! What can happen to stock.

use serde::{Deserialize, Serialize};

use crate::ids::{OrderId, ReservationId};
use crate::model::{SkuIx, WarehouseIx};
use crate::units::Timestamp;

/// Units of a SKU at a warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StockLine {
    /// Which goods.
    pub sku: SkuIx,
    /// Where.
    pub warehouse: WarehouseIx,
    /// How many, at least 1.
    pub quantity: u32,
}

/// Why units are gone without being shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostReason {
    /// Not found where they should be.
    ShortPick,
    /// Thrown away.
    Scrap,
    /// Counted away.
    Adjustment,
}

/// A change of the ledger: a fact, self-contained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StockEvent {
    /// Units came in.
    Received {
        /// Which goods.
        sku: SkuIx,
        /// Where.
        warehouse: WarehouseIx,
        /// How many.
        quantity: i64,
    },
    /// Units are gone; with an order, they were allocated to it.
    Lost {
        /// Which goods.
        sku: SkuIx,
        /// Where.
        warehouse: WarehouseIx,
        /// How many.
        quantity: u32,
        /// Why.
        reason: LostReason,
        /// Whose allocation they were.
        order: Option<OrderId>,
    },
    /// Units that must not be sold were set.
    SafetySet {
        /// Which goods.
        sku: SkuIx,
        /// Where.
        warehouse: WarehouseIx,
        /// How many.
        quantity: i64,
    },
    /// A soft hold was made.
    Reserved {
        /// Its id.
        reservation: ReservationId,
        /// What it holds.
        lines: Vec<StockLine>,
        /// When it ends by itself.
        expires_at: Timestamp,
    },
    /// A soft hold ended: given up, expired, or used by an order.
    ReservationReleased {
        /// Its id.
        reservation: ReservationId,
    },
    /// Stock was committed to an order.
    Allocated {
        /// The order.
        order: OrderId,
        /// What.
        lines: Vec<StockLine>,
    },
    /// Stock committed to an order is free again.
    AllocationReleased {
        /// The order.
        order: OrderId,
        /// What.
        lines: Vec<StockLine>,
    },
    /// Committed stock left the warehouse.
    Shipped {
        /// The order.
        order: OrderId,
        /// What.
        lines: Vec<StockLine>,
    },
    /// Returned units went back on the shelf.
    Restocked {
        /// Which goods.
        sku: SkuIx,
        /// Where.
        warehouse: WarehouseIx,
        /// How many.
        quantity: u32,
    },
}
