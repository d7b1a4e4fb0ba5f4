//! The life of an order as a state machine: decide -> events -> apply.
//!
//! Question: given all that has happened, may this happen next, and what does it change? Commands are `decide_*` methods of
//! [`State`]: they look, never change, and answer either the [`Event`]s that follow or a [`Refusal`] that says why not.
//! [`State::apply`] is the only place that changes anything, and it cannot fail. The service stores the events and replays
//! them; the simulator ([`crate::peak`]) drives the same commands on a virtual clock.
//!
//! ```text
//! order:     accepted -> (planned, again and again) -> released to waves -> shipped -> delivered
//!                     \-> cancelled (until the first release)
//! shipment:  released -> packed -> tendered -> dispatched -> delivered
//!                   \-> short (its missing lines return to the backlog)      \-> reopened (carrier refused)
//! pick list: open -> confirmed
//! dispatch:  tendered -> accepted -> (own vans: planned anew under way, again and again) | rejected
//! return:    open -> received (graded: restock, quarantine, scrap)
//! ```
//!
//! Stock and routing have one owner: every open line of an accepted order holds stock of one warehouse in the ledger, and a
//! plan that moves the line moves the hold in the same step. So nothing is ever oversold, whoever plans. In the same way no
//! command exceeds a carrier's allotment on a day.

mod allotted;
mod backlog;
mod event;
mod floor;
mod handover;
mod holds;
mod intake;
mod left;
mod load;
mod quota;
mod record;
mod rerouting;
mod returning;
mod state;
mod tracking;

pub use backlog::{BacklogOrder, PlanCommit};
pub use event::Event;
pub use floor::{PickedShort, WaveRelease};
pub use handover::TenderAnswer;
pub use intake::NewOrder;
pub use left::{DoorLeft, LeftEasing, LeftVerdict, LeftWay, VanLimit};
pub use load::{Guaranteed, Load, MerchantLoad};
pub use quota::DayCounts;
pub use record::{
    Destination, Dispatch, DispatchStage, LineQuantity, Order, OrderStage, Parcel, PickLine, PickList, PlanRun,
    PlannedCarton, PlannedShipment, Return, ReturnLine, ReturnStage, RoadsUsed, Shipment, ShipmentStage, ShortLine,
    Terms, VanRoute, VanStop, VanTrip, Wave,
};
pub use returning::{Grading, NewReturn};
pub use state::State;
pub use tracking::{Coverage, Share};

use std::fmt;

use crate::calendar::civil::Date;
use crate::ids::AllotmentId;
use crate::stock;

/// Why a command is refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// There is no such order, shipment, list, dispatch or return: kind and id.
    Unknown(&'static str, String),
    /// It exists, but not in a stage that allows this: what it is and what would be needed.
    WrongStage {
        /// What the command is about, as `order o-17`.
        subject: String,
        /// The stage it is in.
        is: String,
        /// The rule, as a sentence.
        rule: &'static str,
    },
    /// The ledger has not enough.
    Stock(stock::Refusal),
    /// A carrier's allotment has not enough room.
    Allotted {
        /// Which.
        allotment: AllotmentId,
        /// On which local day of collection.
        day: Date,
        /// Parcels that still fit.
        left: i64,
    },
    /// The signed quote was used by an order before.
    QuoteUsed,
    /// The command itself makes no sense: the rule, as a sentence with the value.
    Invalid(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(kind, id) => write!(f, "there is no {kind} `{id}`"),
            Self::WrongStage { subject, is, rule } => write!(f, "{subject} is {is}; {rule}"),
            Self::Stock(refusal) => write!(f, "{refusal}"),
            Self::Allotted { allotment, day, left } => {
                write!(f, "allotment {allotment} has room for {left} more parcel(s) on {day}")
            }
            Self::QuoteUsed => f.write_str("the quote was used by an order before"),
            Self::Invalid(rule) => f.write_str(rule),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<stock::Refusal> for Refusal {
    fn from(refusal: stock::Refusal) -> Self {
        Self::Stock(refusal)
    }
}
