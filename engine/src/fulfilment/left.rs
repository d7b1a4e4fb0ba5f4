//! Doors that own vans leave out of a window, with what would have served them.

use serde::{Deserialize, Serialize};

use crate::ids::{ReturnId, ShipmentId};
use crate::units::Cents;

/// A door left for a later window: its shipment stays at the dock, its return at the buyer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorLeft {
    /// What was to be delivered; `None` for a return pickup.
    pub shipment: Option<ShipmentId>,
    /// What was to be collected.
    pub collects: Option<ReturnId>,
    /// What is known of why.
    pub verdict: LeftVerdict,
    /// What would have to be otherwise, each proved by a plan that keeps the routes of the other doors; empty unless blocked.
    pub ways: Vec<LeftWay>,
}

/// What is known of a door left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftVerdict {
    /// Each of the ways would have served it.
    Blocked,
    /// It fits the plan: a longer search would have served it.
    Fits,
    /// Even with every limit lifted no route has a place for it.
    NothingHelps,
    /// More doors are left out than are looked at.
    NotLookedAt,
}

/// A way to serve a door left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftWay {
    /// What must be eased, all of it; of one kind where that suffices.
    pub easings: Vec<LeftEasing>,
    /// The van that serves it then, by its number within the fleet; `None` for one that the fleet has not got.
    pub van: Option<u32>,
    /// What the vans cost more then; negative if less.
    pub costs_more: Cents,
}

/// A limit of a fleet's window and by how much it would have to be eased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftEasing {
    /// Which.
    pub limit: VanLimit,
    /// By how much, in the limit's unit.
    pub by: i64,
}

/// What bounds a fleet's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VanLimit {
    /// Vans of the fleet.
    Vans,
    /// Trips a van and window.
    Trips,
    /// Parcels a van has room for.
    Parcels,
    /// Weight a van may carry, in grams.
    Weight,
    /// When vans may leave, in seconds earlier.
    Leaves,
    /// When vans must be back, in seconds later.
    Returns,
    /// When the door may be reached first, in seconds earlier.
    Opens,
    /// When the door may be reached last, in seconds later.
    Closes,
    /// What collecting a return is worth, in cents.
    Worth,
}
