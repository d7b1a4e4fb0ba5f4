//! The ledger of available-to-promise stock: decide, emit events, apply.
//!
//! For each SKU and warehouse (a *slot*): `available = on_hand - reserved - allocated - safety`. Reservations are soft holds
//! with an expiry (carts, quotes); allocations are hard commitments to order lines. Commands are `decide_*` methods that look
//! at the ledger and answer events or a [`Refusal`] that lists every short line; [`Ledger::apply`] is the only change.
//!
//! Invariants, for every slot after every event: `reserved, allocated, on_hand >= 0`; `on_hand >= reserved + allocated`, so
//! nothing is promised that is not there; `received + restocked = on_hand + shipped + lost`.

mod event;
mod ledger;
mod view;

pub use event::{LostReason, StockEvent, StockLine};
pub use ledger::{Ledger, Refusal, Reservation, ShortStock, Slot};
pub use view::{Freed, StockView};
