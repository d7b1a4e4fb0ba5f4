//! Every service that takes a shipment, with its price and its date.

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use crate::fulfilment::{Destination, LineQuantity};
use crate::model::{ChargeClass, ServiceIx, ServiceLevel, WarehouseIx};
use crate::network::Network;
use crate::promise::{self, Need, NoPromise, PickupRef, Promise, WaveLoad, WaveRef};
use crate::rating::{Cards, Charge, NoLiveRate, NotCarried, ParcelFacts};
use crate::units::{Cents, Timestamp};

use super::boxes::Packed;
use super::freight::{Freight, parcels};

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
    /// Its boxes, as its service is asked to carry them.
    pub packed: Arc<Packed>,
    /// The carrier was asked for its price.
    pub is_live: bool,
}

impl Way {
    /// The collection it goes with from this warehouse.
    pub fn pickup(&self, warehouse: WarehouseIx) -> PickupRef {
        PickupRef { warehouse, service: self.service, at: self.promise.pickup_at }
    }

    /// Parcels.
    pub fn parcels(&self) -> u32 {
        self.packed.boxes.len() as u32
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
    /// The carrier was asked for its rate, and there is none.
    Live(NoLiveRate),
}

impl fmt::Display for NoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Promise(reason) => write!(f, "{reason}"),
            Self::Carrier(reason) => write!(f, "{reason}"),
            Self::Live(reason) => write!(f, "{reason}"),
        }
    }
}

/// All ways from a warehouse for an order placed `now`, in the first wave and collection with room; and the services that
/// have none.
pub fn ways(
    network: &Network,
    warehouse: WarehouseIx,
    lines: &[LineQuantity],
    freight: &Freight<'_>,
    now: Timestamp,
    load: &dyn WaveLoad,
) -> (Vec<Way>, Vec<Refused>) {
    ways_unless(network, warehouse, lines, freight, now, load, |_, _, _| false)
}

/// The same without those that are not worth a look: `beaten` is told the service, its date, and what it costs at least, where that is known
/// before it is priced ([`Freight::floor`]).
pub fn ways_unless(
    network: &Network,
    warehouse: WarehouseIx,
    lines: &[LineQuantity],
    freight: &Freight<'_>,
    now: Timestamp,
    load: &dyn WaveLoad,
    beaten: impl Fn(ServiceIx, &Promise, Cents) -> bool,
) -> (Vec<Way>, Vec<Refused>) {
    let postal = freight.to().postal;
    let wave = OnceCell::new();
    let promise = |service, need: Need| {
        let wave = || *wave.get_or_init(|| promise::first_wave(network, warehouse, now, need.work, load));
        promise::in_first_wave(network, service, (warehouse, wave), postal, need, load)
    };
    price_all(&Shipment::new(network, warehouse, lines, freight), load, promise, beaten)
}

/// All ways with dates found before: for planners that price many shipments to one place. Where a service is cheapest with more parcels
/// than plainly, its way with plain ones is there too.
pub fn ways_promised(
    network: &Network,
    warehouse: WarehouseIx,
    lines: &[LineQuantity],
    freight: &Freight<'_>,
    promises: &[(ServiceIx, Promise)],
) -> Vec<Way> {
    let shipment = Shipment::new(network, warehouse, lines, freight);
    let mut ways = Vec::with_capacity(promises.len());
    for &(service, promise) in promises {
        let Ok(way) = shipment.price(service, promise, false) else { continue };
        if way.parcels() > shipment.parcels() {
            ways.extend(shipment.price_plain(service, promise));
        }
        ways.push(way);
    }
    ways
}

/// One way with a date found before, or why the service does not carry it. `promise` tells the date for more parcels than plainly.
pub fn way_promised(
    network: &Network,
    warehouse: WarehouseIx,
    lines: &[LineQuantity],
    freight: &Freight<'_>,
    (service, promised): (ServiceIx, Promise),
    promise: impl Fn(i64) -> Result<Promise, NoPromise>,
) -> Result<Way, NoWay> {
    let shipment = Shipment::new(network, warehouse, lines, freight);
    shipment.in_room(shipment.price(service, promised, false)?, promise)
}

/// All ways for a shipment that stands packed at `packed_at`.
pub fn ways_packed(
    network: &Network,
    wave: WaveRef,
    lines: &[LineQuantity],
    packed: Packed,
    to: Destination,
    packed_at: Timestamp,
    load: &dyn WaveLoad,
) -> (Vec<Way>, Vec<Refused>) {
    let freight = Freight::of_boxes(network, packed, to);
    let promise = |service, need| promise::from_dock(network, service, wave, to.postal, packed_at, need, load);
    price_all(&Shipment::new(network, wave.warehouse, lines, &freight), load, promise, |_, _, _| false)
}

/// The bill of a way, parcel by parcel.
pub fn charges(network: &Network, way: &Way, warehouse: WarehouseIx, to: Destination) -> Vec<Charge> {
    if way.is_live {
        let carrier = &network.world.carriers[network.world.services[way.service].carrier];
        return vec![Charge {
            rule: "live".into(),
            label: "Rate told by the carrier".into(),
            class: ChargeClass::Transport,
            tariff: format!("{} (live)", carrier.id).into(),
            amount: way.carrier_cost,
            inputs: format!("{} parcel(s), asked for this quote", way.parcels()),
        }];
    }
    let column = network.column(way.service, warehouse, to.postal);
    let pickup = network.timetable.clock(warehouse).day(way.promise.pickup_at).date();
    let facts = parcels(network, &way.packed, to).into_iter().map(|parcel| ParcelFacts { pickup, ..parcel });
    facts
        .filter_map(|parcel| network.cards.price(&network.world, way.service, column, &parcel).ok())
        .flat_map(|price| price.charges)
        .collect()
}

/// List price of these boxes at a collection, without peak surcharges that hold on its date, and what the carrier charges;
/// `None` where it does not take them.
pub fn list_price(network: &Network, pickup: &PickupRef, packed: &Packed, to: Destination) -> Option<(Cents, Cents)> {
    let freight = Freight::of_boxes(network, packed.clone(), to);
    let PickupRef { warehouse, service, at } = *pickup;
    let list = freight.plain_by(Cards::list_price, service, warehouse, at).ok()?;
    Some((list, freight.total(service, warehouse, at).ok()?.0))
}

fn price_all(
    shipment: &Shipment<'_>,
    load: &dyn WaveLoad,
    promise: impl Fn(ServiceIx, Need) -> Result<Promise, NoPromise>,
    beaten: impl Fn(ServiceIx, &Promise, Cents) -> bool,
) -> (Vec<Way>, Vec<Refused>) {
    let (mut ways, mut refused) = (Vec::new(), Vec::new());
    let need = Need { work: shipment.work, parcels: i64::from(shipment.parcels()) };
    for service in shipment.network.world.services.indices() {
        let waived = load.waives(service);
        let way = promise(service, need).map_err(NoWay::Promise).and_then(|promised| {
            let floor = if waived { None } else { shipment.floor(service, &promised) };
            if floor.is_some_and(|floor| beaten(service, &promised, floor)) {
                return Ok(None);
            }
            let way = shipment.price(service, promised, waived)?;
            shipment.in_room(way, |parcels| promise(service, Need { parcels, ..need })).map(Some)
        });
        match way {
            Ok(way) => ways.extend(way),
            Err(reason) => refused.push(Refused { service, reason }),
        }
    }
    (ways, refused)
}

/// What all ways of a shipment share.
struct Shipment<'a> {
    network: &'a Network,
    warehouse: WarehouseIx,
    freight: &'a Freight<'a>,
    plain: Arc<Packed>,
    hands: Cents,
    work: i64,
}

impl<'a> Shipment<'a> {
    fn new(network: &'a Network, warehouse: WarehouseIx, lines: &[LineQuantity], freight: &'a Freight<'a>) -> Self {
        let (world, units) = (&network.world, super::units(lines));
        let (hands, work) = (super::handling(world, warehouse, units), super::work(world, warehouse, units));
        Self { network, warehouse, freight, plain: freight.plain(), hands, work }
    }

    /// `waived`: as if the service had no limits.
    fn price(&self, service: ServiceIx, promise: Promise, waived: bool) -> Result<Way, NoWay> {
        let (freight, warehouse, at) = (self.freight, self.warehouse, promise.pickup_at);
        if waived {
            let cost = freight.plain_by(Cards::total_waived, service, warehouse, at).map_err(NoWay::Carrier)?;
            return Ok(self.way(service, promise, (cost, Arc::clone(&self.plain)), false));
        }
        match freight.live(service, warehouse) {
            Some(told) => {
                // What the card does not carry, its carrier is not asked for.
                freight.plain_by(Cards::total, service, warehouse, at).map_err(NoWay::Carrier)?;
                let told = told.map_err(NoWay::Live)?;
                Ok(self.way(service, promise, (told, Arc::clone(&self.plain)), true))
            }
            None => {
                let by_card = freight.total(service, warehouse, at).map_err(NoWay::Carrier)?;
                Ok(self.way(service, promise, by_card, false))
            }
        }
    }

    /// What a way costs at least, where that is known before it is priced.
    fn floor(&self, service: ServiceIx, promise: &Promise) -> Option<Cents> {
        if self.freight.is_live(service) {
            return None;
        }
        let pickup = self.network.timetable.clock(self.warehouse).day(promise.pickup_at);
        Some(self.freight.floor(service, self.warehouse, pickup)? + self.hands)
    }

    /// The plain boxes.
    fn parcels(&self) -> u32 {
        self.plain.boxes.len() as u32
    }

    /// This way, if it has more parcels than plainly and they find room on the same collection; else the plain ones go, and where these are
    /// not carried, the parcels with whichever collection has room for them.
    fn in_room(&self, way: Way, promise: impl Fn(i64) -> Result<Promise, NoPromise>) -> Result<Way, NoWay> {
        if way.parcels() <= self.parcels() {
            return Ok(way);
        }
        match promise(i64::from(way.parcels())) {
            Ok(roomy) if roomy.pickup_at == way.promise.pickup_at => Ok(way),
            roomy => self.price_plain(way.service, way.promise).or_else(|_| {
                let later = self.price(way.service, roomy.map_err(NoWay::Promise)?, false)?;
                if later.parcels() <= way.parcels() { Ok(later) } else { Err(NoWay::Promise(NoPromise::NoPickup)) }
            }),
        }
    }

    fn price_plain(&self, service: ServiceIx, promise: Promise) -> Result<Way, NoWay> {
        let cost = self.freight.plain_by(Cards::total, service, self.warehouse, promise.pickup_at);
        Ok(self.way(service, promise, (cost.map_err(NoWay::Carrier)?, Arc::clone(&self.plain)), false))
    }

    fn way(
        &self,
        service: ServiceIx,
        promise: Promise,
        (carrier_cost, packed): (Cents, Arc<Packed>),
        is_live: bool,
    ) -> Way {
        Way {
            service,
            level: self.network.world.services[service].level,
            promise,
            carrier_cost,
            handling_cost: self.hands + packed.carton_cost,
            work: self.work,
            packed,
            is_live,
        }
    }
}
