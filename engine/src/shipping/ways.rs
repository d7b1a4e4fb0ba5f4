//! Every service that takes a shipment, with its price and its date.

use std::fmt;

use crate::calendar;
use crate::fulfilment::LineQuantity;
use crate::model::{PostalIx, ServiceIx, ServiceLevel, WarehouseIx};
use crate::network::Network;
use crate::promise::{self, Need, NoPromise, PickupRef, Promise, WaveLoad, WaveRef};
use crate::rating::{Cards, Charge, NotCarried, ParcelFacts};
use crate::units::{Cents, Timestamp};

use super::boxes::Packed;

/// Where a shipment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The area.
    pub postal: PostalIx,
    /// A home.
    pub residential: bool,
}

/// One way to ship: a service with its price and its date.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The service.
    pub service: ServiceIx,
    /// How fast it is.
    pub level: ServiceLevel,
    /// Dates.
    pub promise: Promise,
    /// What the carrier charges, all parcels.
    pub carrier_cost: Cents,
    /// What hands and cartons cost.
    pub handling_cost: Cents,
    /// Work it takes from its wave.
    pub work: i64,
    /// Parcels.
    pub parcels: u32,
}

impl Way {
    /// The collection it goes with from this warehouse.
    pub fn pickup(&self, warehouse: WarehouseIx) -> PickupRef {
        PickupRef { warehouse, service: self.service, at: self.promise.pickup_at }
    }

    /// All it costs.
    pub fn cost(&self) -> Cents {
        self.carrier_cost + self.handling_cost
    }
}

/// A service that does not take the shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub service: ServiceIx,
    /// Why not.
    pub reason: NoWay,
}

/// Why a service does not take a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWay {
    /// No date.
    Promise(NoPromise),
    /// A parcel of it is not carried.
    Carrier(NotCarried),
}

impl fmt::Display for NoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Promise(reason) => write!(f, "{reason}"),
            Self::Carrier(reason) => write!(f, "{reason}"),
        }
    }
}

/// All ways from a warehouse for an order placed `now`, in the first wave and collection with room; and the services that
/// have none.
pub fn ways(
    network: &Network,
    warehouse: WarehouseIx,
    lines: &[LineQuantity],
    packed: &Packed,
    to: Destination,
    now: Timestamp,
    load: &dyn WaveLoad,
) -> (Vec<Way>, Vec<Refused>) {
    let need = need(network, warehouse, lines, packed);
    price_all(network, warehouse, lines, packed, to, load, |service| {
        promise::earliest(network, service, warehouse, to.postal, now, need, load)
    })
}

/// All ways with dates found before: for planners that price many shipments to one place.
pub fn ways_promised(
    network: &Network,
    warehouse: WarehouseIx,
    lines: &[LineQuantity],
    packed: &Packed,
    to: Destination,
    promises: &[(ServiceIx, Promise)],
) -> Vec<Way> {
    let shipment = Shipment::new(network, warehouse, lines, packed, to);
    promises.iter().filter_map(|(service, promise)| shipment.price(*service, *promise, Cards::total).ok()).collect()
}

/// One way with a date found before, or why the service does not carry it.
pub fn way_promised(
    network: &Network,
    warehouse: WarehouseIx,
    lines: &[LineQuantity],
    packed: &Packed,
    to: Destination,
    (service, promise): (ServiceIx, Promise),
) -> Result<Way, NoWay> {
    Shipment::new(network, warehouse, lines, packed, to).price(service, promise, Cards::total)
}

/// All ways for a shipment that stands packed at `packed_at`.
pub fn ways_packed(
    network: &Network,
    wave: WaveRef,
    lines: &[LineQuantity],
    packed: &Packed,
    to: Destination,
    packed_at: Timestamp,
    load: &dyn WaveLoad,
) -> (Vec<Way>, Vec<Refused>) {
    let need = need(network, wave.warehouse, lines, packed);
    price_all(network, wave.warehouse, lines, packed, to, load, |service| {
        promise::from_dock(network, service, wave, to.postal, packed_at, need, load)
    })
}

/// The bill of a way, parcel by parcel.
pub fn charges(network: &Network, way: &Way, warehouse: WarehouseIx, packed: &Packed, to: Destination) -> Vec<Charge> {
    let column = network.column(way.service, warehouse, to.postal);
    let facts = parcel_facts(network, warehouse, packed, to, way.promise.pickup_at);
    facts
        .filter_map(|parcel| network.cards.price(&network.world, way.service, column, &parcel).ok())
        .flat_map(|price| price.charges)
        .collect()
}

/// List price of these boxes at a collection, without peak surcharges that hold on its date, and what the carrier charges;
/// `None` where it does not take them.
pub fn list_price(network: &Network, pickup: &PickupRef, packed: &Packed, to: Destination) -> Option<(Cents, Cents)> {
    let column = network.column(pickup.service, pickup.warehouse, to.postal);
    let sum = |price: Total| {
        let parcels = parcel_facts(network, pickup.warehouse, packed, to, pickup.at);
        parcels.map(|parcel| price(&network.cards, pickup.service, column, &parcel)).sum::<Result<Cents, _>>().ok()
    };
    Some((sum(Cards::list_price)?, sum(Cards::total)?))
}

fn need(network: &Network, warehouse: WarehouseIx, lines: &[LineQuantity], packed: &Packed) -> Need {
    Need { work: super::work(&network.world, warehouse, super::units(lines)), parcels: packed.boxes.len() as i64 }
}

fn price_all(
    network: &Network,
    warehouse: WarehouseIx,
    lines: &[LineQuantity],
    packed: &Packed,
    to: Destination,
    load: &dyn WaveLoad,
    promise: impl Fn(ServiceIx) -> Result<Promise, NoPromise>,
) -> (Vec<Way>, Vec<Refused>) {
    let shipment = Shipment::new(network, warehouse, lines, packed, to);
    let (mut ways, mut refused) = (Vec::new(), Vec::new());
    for service in network.world.services.indices() {
        let total = if load.waives(service) { Cards::total_waived } else { Cards::total };
        let way = promise(service).map_err(NoWay::Promise).and_then(|promise| shipment.price(service, promise, total));
        match way {
            Ok(way) => ways.push(way),
            Err(reason) => refused.push(Refused { service, reason }),
        }
    }
    (ways, refused)
}

/// [`Cards::total`], or the same without limits.
type Total = fn(&Cards, ServiceIx, u8, &ParcelFacts) -> Result<Cents, NotCarried>;

/// What all ways of a shipment share.
struct Shipment<'a> {
    network: &'a Network,
    warehouse: WarehouseIx,
    packed: &'a Packed,
    to: Destination,
    handling_cost: Cents,
    work: i64,
}

impl<'a> Shipment<'a> {
    fn new(
        network: &'a Network,
        warehouse: WarehouseIx,
        lines: &[LineQuantity],
        packed: &'a Packed,
        to: Destination,
    ) -> Self {
        let (world, units) = (&network.world, super::units(lines));
        let handling_cost = super::handling(world, warehouse, units) + packed.carton_cost;
        let work = super::work(world, warehouse, units);
        Self { network, warehouse, packed, to, handling_cost, work }
    }

    fn price(&self, service: ServiceIx, promise: Promise, total: Total) -> Result<Way, NoWay> {
        let (world, cards) = (&self.network.world, &self.network.cards);
        let column = self.network.column(service, self.warehouse, self.to.postal);
        let carrier_cost = parcel_facts(self.network, self.warehouse, self.packed, self.to, promise.pickup_at)
            .map(|parcel| total(cards, service, column, &parcel))
            .sum::<Result<Cents, _>>()
            .map_err(NoWay::Carrier)?;
        Ok(Way {
            service,
            level: world.services[service].level,
            promise,
            carrier_cost,
            handling_cost: self.handling_cost,
            work: self.work,
            parcels: self.packed.boxes.len() as u32,
        })
    }
}

pub(super) fn parcel_facts<'a>(
    network: &'a Network,
    warehouse: WarehouseIx,
    packed: &'a Packed,
    to: Destination,
    pickup_at: Timestamp,
) -> impl Iterator<Item = ParcelFacts> + 'a {
    let pickup = calendar::local(pickup_at, network.world.warehouses[warehouse].calendar.zone()).date();
    let world = &network.world;
    packed.boxes.iter().map(move |b| {
        let value = |line: &LineQuantity| world.skus[line.sku].price * i64::from(line.quantity);
        ParcelFacts {
            merchant: b.lines.first().map(|line| world.skus[line.sku].merchant),
            hazmat: b.hazmat,
            fragile: b.lines.iter().any(|line| world.skus[line.sku].fragile),
            own_packaging: b.carton.is_none(),
            residential: to.residential,
            value: b.lines.iter().map(value).sum(),
            ..ParcelFacts::plain(b.size, b.gross, to.postal, pickup)
        }
    })
}
