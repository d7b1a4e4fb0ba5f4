//! Planner: which shipping options can a shop offer for this cart?
//!
//! Sources are warehouses with the stock *now*: every one that holds the whole cart; where none does, pairs that hold it
//! together; where no pair does, a greedy cover that may split a line. Each part is packed, priced and promised
//! ([`crate::shipping`]). An option is a sourcing with a service for each part; its cost is what carriers and hands charge.
//! Options are ranked by cost plus the shadow prices of the capacity they take ([`crate::board`]), which steer but are never
//! paid, and what returns are expected to cost where the goods go back to their source ([`crate::shipping::ReturnCosts`]), and
//! only non-dominated ones stay: none is dearer (so steered), later, of a slower level and less likely to keep the time asked for than another.
//! Where the first wave with room has a price, later ones are offered beside it, and an order waits for one if that saves more than its
//! wait is held to cost ([`Answer::best`]). An option whose capacity is worth more than the goods is not admitted at all.
//! Sourcing rules ([`crate::sourcing`]) come first: hard ones leave warehouses, splits and waves out, and the answer names them
//! ([`Answer::ruled`]); what soft ones charge ranks like shadow prices.
//! For every service that could not be offered the answer says why. Nothing is written; the same view gives the same answer.

mod choice;
mod lasting;
mod options;
mod parcels;
mod ruled;
mod sourcing;
mod steering;
mod together;

#[cfg(test)]
mod tests;

pub use choice::{NoChoice, Wish};
pub use lasting::same_until;
pub use options::{
    Answer, Missing, NotOffered, QuoteOption, QuotedShipment, answer, asked_of_buyer, live_asks, options_of,
};
pub use parcels::{PERCENTILES, ParcelRate, ParcelRates, Parcels, nearest_warehouse, parcel_rates, ship_dates};
pub use ruled::{Ruled, binding};
pub use sourcing::{Part, Shortage, Sourcing, sourcings};
pub use steering::{Paid, Scarce, prices_paid};

use crate::board::PricesNow;
use crate::fulfilment::{Destination, LineQuantity, Terms};
use crate::ids::ChannelId;
use crate::model::{MerchantIx, PostalIx, WarehouseIx};
use crate::network::Network;
use crate::promise::WaveLoad;
use crate::stock::StockView;
use crate::units::Timestamp;

/// A cart and where it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Whose cart.
    pub merchant: MerchantIx,
    /// Where it is sold, if the shop says so.
    pub channel: Option<ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// What is in it, each SKU once.
    pub lines: Vec<LineQuantity>,
    /// Now.
    pub now: Timestamp,
    /// A warehouse that it must not come from, because its bay was found empty.
    pub not_from: Option<WarehouseIx>,
    /// Shipments of its order that are under way already.
    pub sent: usize,
    /// On what terms it goes.
    pub terms: Terms,
    /// A time that it is wanted by: the chance to arrive by then counts among options beside what is promised.
    pub by: Option<Timestamp>,
}

impl Request {
    /// Where it goes, and on what terms.
    pub fn to(&self) -> Destination {
        Destination { postal: self.postal, residential: self.residential, terms: self.terms }
    }
}

/// What a quote looks at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The network.
    pub network: &'a Network,
    /// Stock.
    pub ledger: &'a dyn StockView,
    /// Room in waves, collections and allotments.
    pub load: &'a dyn WaveLoad,
    /// Shadow prices, as they count now.
    pub board: PricesNow<'a>,
}
