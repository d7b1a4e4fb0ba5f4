//! What the state machine knows of each order, shipment, list, dispatch and return.
//!
//! Records are facts, written only by [`super::State::apply`]. Goods and places are dense indices of the world that the
//! events were made in; ids are what the outside calls things.

use serde::{Deserialize, Serialize};

use super::left::DoorLeft;
use crate::ids::{ChannelId, DispatchId, OrderId, ParcelId, PickListId, PlanRunId, ReturnId, ShipmentId, WaveId};
use crate::model::{CartonIx, FleetIx, MerchantIx, PostalIx, ServiceIx, ServiceLevel, SkuIx, WarehouseIx};
use crate::promise::{Quantiles, WaveRef};
use crate::units::{Cents, Grams, Metres, Millimetres, Seconds, Size, Timestamp};

/// Units of one SKU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineQuantity {
    /// Which goods.
    pub sku: SkuIx,
    /// How many units, at least 1.
    pub quantity: u32,
}

/// What is asked of a delivery beside bringing the goods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// It goes to a post-office box.
    pub po_box: bool,
    /// The goods are insured for their value.
    pub insured: bool,
    /// The goods are paid in cash at the door.
    pub cash_on_delivery: bool,
}

impl Terms {
    /// Nothing.
    pub const PLAIN: Self = Self { po_box: false, insured: false, cash_on_delivery: false };

    fn is_plain(&self) -> bool {
        *self == Self::PLAIN
    }
}

/// Where goods go, and on what terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The area.
    pub postal: PostalIx,
    /// A home.
    pub residential: bool,
    /// The terms.
    pub terms: Terms,
}

impl Destination {
    /// On plain terms.
    pub fn new(postal: PostalIx, residential: bool) -> Self {
        Self { postal, residential, terms: Terms::PLAIN }
    }
}

/// A shipment as planned: not live before its wave is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedShipment {
    /// From where; its lines hold stock there.
    pub warehouse: WarehouseIx,
    /// By which service.
    pub service: ServiceIx,
    /// In which wave.
    pub wave: WaveRef,
    /// The collection it is meant for.
    pub pickup_at: Timestamp,
    /// When it arrives by schedule.
    pub delivers_by: Timestamp,
    /// What it holds.
    pub lines: Vec<LineQuantity>,
    /// Parcels it makes.
    pub parcels: u32,
    /// Work it takes from the wave.
    pub work: i64,
    /// What the carrier charges.
    pub carrier_cost: Cents,
    /// Handling and cartons.
    pub handling_cost: Cents,
    /// How its cartons are filled, where its service's bill asks for another way than [`crate::shipping::pack`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cartons: Option<Box<[PlannedCarton]>>,
}

/// A carton to fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedCarton {
    /// The box type; `None` where a unit ships in its own packaging.
    pub carton: Option<CartonIx>,
    /// What goes into it.
    pub lines: Vec<LineQuantity>,
}

impl PlannedShipment {
    /// All it costs.
    pub fn cost(&self) -> Cents {
        self.carrier_cost + self.handling_cost
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Accepted, no line released yet.
    Accepted,
    /// Some or all lines are with a warehouse.
    Released,
    /// Every line is with a carrier.
    Shipped,
    /// Every line has arrived.
    Delivered,
    /// Withdrawn before release.
    Cancelled,
}

/// What a buyer bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The shop's own number for it.
    pub reference: Option<String>,
    /// Whose it is.
    pub merchant: MerchantIx,
    /// Where the shop sold it, if it says so; sourcing rules look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// On what terms.
    #[serde(default, skip_serializing_if = "Terms::is_plain")]
    pub terms: Terms,
    /// How fast the buyer wants it.
    pub level: ServiceLevel,
    /// All lines, as bought.
    pub lines: Vec<LineQuantity>,
    /// Units that proved missing everywhere and will not be sent.
    pub dropped: Vec<LineQuantity>,
    /// When it was accepted.
    pub placed_at: Timestamp,
    /// The promise given: arrives at the latest.
    pub promised_by: Timestamp,
    /// What the shop was quoted for shipping.
    pub quoted: Cents,
    /// When it was expected to have arrived with which chance, when it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Quantiles>,
    /// Number of the signed quote whose price it kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<u64>,
    /// Where it stands.
    pub stage: OrderStage,
    /// The current plan for the lines not yet released.
    pub plan: Vec<PlannedShipment>,
    /// What has been released.
    pub shipments: Vec<ShipmentId>,
}

impl Order {
    /// Where it goes, and on what terms.
    pub fn to(&self) -> Destination {
        Destination { postal: self.postal, residential: self.residential, terms: self.terms }
    }
}

/// Where a shipment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentStage {
    /// On a pick list.
    Released,
    /// Picked, packed, at the dock.
    Packed,
    /// Offered to the carrier.
    Tendered,
    /// With the carrier.
    Dispatched,
    /// Arrived.
    Delivered,
    /// Nothing of it could be picked.
    Void,
}

/// One labelled box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Its serial shipping container code (GS1 SSCC-18).
    pub id: ParcelId,
    /// The box type; none where the goods ship in their own packaging.
    pub carton: Option<CartonIx>,
    /// Weight with box.
    pub gross: Grams,
    /// Outer size.
    pub size: Size,
}

/// What leaves one warehouse for one consignee on one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Its id.
    pub id: ShipmentId,
    /// Of which order.
    pub order: OrderId,
    /// Of which merchant.
    pub merchant: MerchantIx,
    /// The plan it was released on.
    pub plan: PlannedShipment,
    /// What is in it now; less than planned after a short pick.
    pub lines: Vec<LineQuantity>,
    /// Its boxes.
    pub parcels: Vec<Parcel>,
    /// Where it goes.
    pub postal: PostalIx,
    /// To a home.
    pub residential: bool,
    /// On what terms.
    #[serde(default, skip_serializing_if = "Terms::is_plain")]
    pub terms: Terms,
    /// What the buyer was promised.
    pub promised_by: Timestamp,
    /// The list it is picked on.
    pub pick_list: PickListId,
    /// Where it stands.
    pub stage: ShipmentStage,
    /// When it stood packed at the dock.
    pub packed_at: Option<Timestamp>,
    /// When the carrier took it.
    pub dispatched_at: Option<Timestamp>,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
}

impl Shipment {
    /// Where it goes, and on what terms.
    pub fn to(&self) -> Destination {
        Destination { postal: self.postal, residential: self.residential, terms: self.terms }
    }
}

/// Shipments released together to a floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// Its id.
    pub id: WaveId,
    /// Which slot of which day and warehouse.
    pub wave: WaveRef,
    /// When it was released.
    pub released_at: Timestamp,
    /// When everything must stand at the dock.
    pub due_at: Timestamp,
    /// The lists it became.
    pub pick_lists: Vec<PickListId>,
    /// Shipments in it.
    pub shipments: u32,
    /// Work it takes, of the slot's capacity.
    pub work: i64,
    /// What its pickers walk.
    pub distance: Millimetres,
}

/// One stop of a picker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickLine {
    /// Aisle, from 0 at the depot's end.
    pub aisle: u32,
    /// Bay along the aisle, from 0 at the front.
    pub bay: u32,
    /// What to take.
    pub sku: SkuIx,
    /// How many units.
    pub quantity: u32,
    /// For which shipment.
    pub shipment: ShipmentId,
}

/// Units that were not where they should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortLine {
    /// Of which shipment.
    pub shipment: ShipmentId,
    /// Which goods.
    pub sku: SkuIx,
    /// How many units are missing.
    pub missing: u32,
    /// Why, as the picker says.
    pub reason: String,
}

/// The document of one picker's walk, in walk order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickList {
    /// Its id.
    pub id: PickListId,
    /// Of which wave.
    pub wave: WaveId,
    /// Where.
    pub warehouse: WarehouseIx,
    /// Which of the wave's pickers walks it, from 0.
    pub picker: u32,
    /// When the plan starts it.
    pub starts_at: Timestamp,
    /// How long the plan thinks it takes.
    pub duration: Seconds,
    /// How far it walks.
    pub distance: Millimetres,
    /// Stops in walk order.
    pub lines: Vec<PickLine>,
    /// What was missing.
    pub shorts: Vec<ShortLine>,
    /// When it was confirmed; open until then.
    pub confirmed_at: Option<Timestamp>,
}

/// Where a dispatch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispatchStage {
    /// Offered, no answer yet.
    Tendered,
    /// The carrier takes it.
    Accepted,
    /// The carrier refused; its shipments were reopened.
    Rejected,
}

/// Shipments handed over at one pickup: manifest and tender in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// Its id.
    pub id: DispatchId,
    /// From where.
    pub warehouse: WarehouseIx,
    /// By which service.
    pub service: ServiceIx,
    /// When it is collected.
    pub pickup_at: Timestamp,
    /// When the carrier must have answered.
    pub answer_by: Timestamp,
    /// What is in it.
    pub shipments: Vec<ShipmentId>,
    /// Parcels in it.
    pub parcels: u32,
    /// Their weight.
    pub gross: Grams,
    /// What the carrier charges for them.
    pub carrier_cost: Cents,
    /// The vans' day, where it is an own fleet's.
    pub routes: Vec<VanRoute>,
    /// Where it stands.
    pub stage: DispatchStage,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Where the vans' distances and times come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roads: Option<RoadsUsed>,
    /// When the vans' day was planned, or last planned anew; unknown in logs older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_at: Option<Timestamp>,
    /// Doors that the vans leave for a later window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<DoorLeft>,
}

/// Where a plan's road times come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoadsUsed {
    /// The source: `great-circle`, `osm FILE`, `table FILE`, `osrm ADDRESS`, `valhalla ADDRESS`.
    pub source: String,
    /// The source that was configured and could not be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
    /// Pairs of places that the source has no way for; their great circles count.
    #[serde(default)]
    pub pairs_by_great_circle: u64,
}

/// A van's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VanRoute {
    /// The fleet.
    pub fleet: FleetIx,
    /// Number of the van within the fleet, from 0.
    pub van: u32,
    /// Its trips in order.
    pub trips: Vec<VanTrip>,
    /// What it drives.
    pub distance: Metres,
    /// What it costs.
    pub cost: Cents,
}

/// Depot to depot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VanTrip {
    /// Leaves the depot.
    pub departs: Timestamp,
    /// Is back.
    pub returns: Timestamp,
    /// Doors in order.
    pub stops: Vec<VanStop>,
}

/// One door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VanStop {
    /// What is delivered there; `None` for a return pickup.
    pub shipment: Option<ShipmentId>,
    /// What is collected there.
    pub collects: Option<ReturnId>,
    /// Arrival at the door.
    pub arrives: Timestamp,
}

/// Where a return stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnStage {
    /// Announced by the buyer.
    Open,
    /// Back at a warehouse and graded.
    Received,
}

/// One line of a return, as announced and as graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLine {
    /// Which goods.
    pub sku: SkuIx,
    /// Units announced.
    pub quantity: u32,
    /// Units that went back on the shelf.
    pub restocked: u32,
    /// Units set aside to be looked at.
    pub quarantined: u32,
    /// Units thrown away.
    pub scrapped: u32,
}

/// Goods coming back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Its id.
    pub id: ReturnId,
    /// From which order.
    pub order: OrderId,
    /// Of which merchant.
    pub merchant: MerchantIx,
    /// What.
    pub lines: Vec<ReturnLine>,
    /// Why, in the buyer's words; a no-reason return leaves it empty.
    pub reason: Option<String>,
    /// To which warehouse.
    pub warehouse: WarehouseIx,
    /// The service of the label; own vans collect at the door.
    pub service: ServiceIx,
    /// What the way back costs.
    pub cost: Cents,
    /// When it was announced.
    pub opened_at: Timestamp,
    /// Where it stands.
    pub stage: ReturnStage,
}

/// One execution of the assignment planner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRun {
    /// Its id.
    pub id: PlanRunId,
    /// The state it was planned on: events applied then.
    pub planned_on: u64,
    /// Virtual or real time of the run.
    pub at: Timestamp,
    /// Seed of the search.
    pub seed: u64,
    /// Iterations made.
    pub iterations: u64,
    /// Open orders looked at.
    pub orders: u32,
    /// Whether these were all open orders, or those touched since the run before and their rivals.
    #[serde(default = "whole")]
    pub whole: bool,
    /// Cost of the plans that they had before; prices of soft sourcing rules are in none of the three figures.
    pub cost_before: Cents,
    /// Cost of the plan found.
    pub cost: Cents,
    /// Proven lower bound of that cost; where soft rules bind, what the plan is proven to lie above the best at most, taken off its cost.
    pub lower_bound: Cents,
    /// Of the cost before, what returns were expected to cost, for merchants whose goods go back to their source.
    #[serde(default)]
    pub returns_before: Cents,
    /// Of the cost, the same.
    #[serde(default)]
    pub returns: Cents,
    /// Orders whose plan changed when it was committed.
    pub moved: u32,
    /// Orders left as they were because their stock or stage had changed meanwhile.
    pub skipped: u32,
    /// Whether it was committed.
    pub committed: bool,
}

/// Runs before there were partial ones looked at everything.
fn whole() -> bool {
    true
}
