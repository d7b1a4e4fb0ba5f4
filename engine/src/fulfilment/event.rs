//! What can have happened. Events are facts: self-contained, stored, replayed, never edited.

use serde::{Deserialize, Serialize};

use crate::board::PriceBoard;
use crate::ids::{DispatchId, OrderId, PickListId, ReturnId, ShipmentId};
use crate::promise::TrackRecord;
use crate::stock::StockEvent;
use crate::units::Timestamp;

use super::record::{
    Dispatch, LineQuantity, Order, Parcel, PickList, PlanRun, PlannedShipment, Return, ReturnLine, Shipment, ShortLine,
    Wave,
};

/// A change of the state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The ledger changed.
    Stock {
        /// How.
        change: StockEvent,
    },
    /// An order was accepted, with its first plan.
    OrderAccepted {
        /// The order.
        order: Order,
    },
    /// An order was withdrawn.
    OrderCancelled {
        /// Which.
        order: OrderId,
    },
    /// An order's open lines were given another plan.
    Replanned {
        /// Which order.
        order: OrderId,
        /// The new plan of all its open lines.
        plan: Vec<PlannedShipment>,
    },
    /// Units that nobody can send any more were taken off an order.
    LinesDropped {
        /// Which order.
        order: OrderId,
        /// What it will not get.
        lines: Vec<LineQuantity>,
    },
    /// The assignment planner ran.
    PlanRun {
        /// What it did.
        run: PlanRun,
        /// The prices it found; empty for a run that was only looked at.
        board: PriceBoard,
    },
    /// Deliveries were looked at for how punctual services and docks are.
    TrackRecorded {
        /// What they teach.
        record: TrackRecord,
    },
    /// A wave went to the floor.
    WaveReleased {
        /// The wave.
        wave: Wave,
        /// Its shipments.
        shipments: Vec<Shipment>,
        /// Its lists.
        pick_lists: Vec<PickList>,
    },
    /// A walk was done; what was missing is named.
    PickListConfirmed {
        /// Which list.
        pick_list: PickListId,
        /// When.
        at: Timestamp,
        /// What was missing.
        shorts: Vec<ShortLine>,
    },
    /// A shipment stands packed at the dock.
    ShipmentPacked {
        /// Which.
        shipment: ShipmentId,
        /// Its boxes.
        parcels: Vec<Parcel>,
        /// When.
        at: Timestamp,
    },
    /// A packed shipment was moved to another service or collection, because its carrier refused or it missed its pickup.
    ShipmentRebooked {
        /// Which.
        shipment: ShipmentId,
        /// Its plan from now on.
        plan: PlannedShipment,
    },
    /// A carrier was offered a pickup.
    DispatchTendered {
        /// The offer.
        dispatch: Dispatch,
    },
    /// The carrier took it.
    DispatchAccepted {
        /// Which.
        dispatch: DispatchId,
        /// When.
        at: Timestamp,
    },
    /// The carrier refused it, or did not answer in time.
    DispatchRejected {
        /// Which.
        dispatch: DispatchId,
        /// Why.
        reason: String,
    },
    /// The vans of an accepted dispatch go on by another plan.
    DispatchReplanned {
        /// The dispatch from now on.
        dispatch: Dispatch,
        /// Its shipments that were not in it before.
        taken_on: Vec<ShipmentId>,
        /// When.
        at: Timestamp,
    },
    /// A shipment arrived.
    Delivered {
        /// Which.
        shipment: ShipmentId,
        /// When.
        at: Timestamp,
    },
    /// A buyer announced a return.
    ReturnOpened {
        /// The return.
        goods: Return,
    },
    /// Goods came back and were graded.
    ReturnReceived {
        /// Which return.
        goods: ReturnId,
        /// The lines as graded.
        lines: Vec<ReturnLine>,
        /// When.
        at: Timestamp,
    },
}

impl Event {
    /// Kind of the event, as in its JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stock { .. } => "stock",
            Self::OrderAccepted { .. } => "order_accepted",
            Self::OrderCancelled { .. } => "order_cancelled",
            Self::Replanned { .. } => "replanned",
            Self::LinesDropped { .. } => "lines_dropped",
            Self::PlanRun { .. } => "plan_run",
            Self::TrackRecorded { .. } => "track_recorded",
            Self::WaveReleased { .. } => "wave_released",
            Self::PickListConfirmed { .. } => "pick_list_confirmed",
            Self::ShipmentPacked { .. } => "shipment_packed",
            Self::ShipmentRebooked { .. } => "shipment_rebooked",
            Self::DispatchTendered { .. } => "dispatch_tendered",
            Self::DispatchAccepted { .. } => "dispatch_accepted",
            Self::DispatchRejected { .. } => "dispatch_rejected",
            Self::DispatchReplanned { .. } => "dispatch_replanned",
            Self::Delivered { .. } => "delivered",
            Self::ReturnOpened { .. } => "return_opened",
            Self::ReturnReceived { .. } => "return_received",
        }
    }
}
