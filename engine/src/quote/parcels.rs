//! Rates of parcels as they are: for callers that pack themselves and name a place to send from.

use crate::calendar::Day;
use crate::calendar::civil::{Date, Time};
use crate::model::{MerchantIx, PostalIx, ServiceIx, WarehouseIx};
use crate::network::Network;
use crate::promise;
use crate::rating::{Cards, Charge};
use crate::shipping::{self, Destination, Freight, Packed, Refused, Way};
use crate::units::{Cents, Grams, Size, Timestamp};

use super::View;

/// Parcels and their way.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcels {
    /// Whose; decides about rate cards of single merchants.
    pub merchant: Option<MerchantIx>,
    /// From here; the warehouse nearest to it sends them.
    pub from: PostalIx,
    /// To there.
    pub to: PostalIx,
    /// To a home.
    pub residential: bool,
    /// Outer sizes and weights.
    pub parcels: Vec<(Size, Grams)>,
}

/// Percentiles of days in transit that are told.
pub const PERCENTILES: [u32; 7] = [50, 75, 85, 90, 95, 97, 99];

/// What a service asks for parcels, and when they arrive.
#[derive(Clone, Debug, PartialEq)]
pub struct ParcelRate {
    /// The service.
    pub service: ServiceIx,
    /// What the carrier asks.
    pub cost: Cents,
    /// The same without peak surcharges.
    pub list: Cents,
    /// What it is made of.
    pub charges: Vec<Charge>,
    /// Collected on this day of the warehouse.
    pub ships_on: Date,
    /// Arrives by then, as promised.
    pub delivers_by: Timestamp,
    /// The same as a day at the door.
    pub delivers_on: Date,
    /// Days from collection until so many percent ([`PERCENTILES`]) have arrived.
    pub days: [i64; 7],
    /// The day by which half have.
    pub expected_on: Date,
    /// The chance to have arrived by the end of the day asked for.
    pub chance: Option<f64>,
}

impl ParcelRate {
    /// Days from collection to the day promised.
    pub fn days_promised(&self) -> i32 {
        (Day::of(self.delivers_on).number() - Day::of(self.ships_on).number()).max(0)
    }
}

/// Rates of every service that takes the parcels, cheapest first, and why the others do not.
#[derive(Clone, Debug, PartialEq)]
pub struct ParcelRates {
    /// From this warehouse.
    pub warehouse: WarehouseIx,
    /// What can be had.
    pub rates: Vec<ParcelRate>,
    /// What cannot.
    pub refused: Vec<Refused>,
}

/// Days before a date wanted that are looked at for shipping.
const SHIP_DAYS: i32 = 21;

fn midnight() -> Time {
    Time::midnight()
}

/// The warehouse nearest to a place.
pub fn nearest_warehouse(network: &Network, place: PostalIx) -> WarehouseIx {
    let nearest = |warehouse: &WarehouseIx| (network.distance(*warehouse, place), *warehouse);
    network.world.warehouses.indices().min_by_key(nearest).unwrap_or(WarehouseIx(0))
}

/// Rates for parcels handed over at `now`, or on the morning of a later day; with the chances to arrive by the end of `by`, if that is
/// asked.
pub fn parcel_rates(
    view: &View,
    parcels: &Parcels,
    now: Timestamp,
    ship_on: Option<Date>,
    by: Option<Date>,
) -> ParcelRates {
    let (network, record) = (view.network, view.load.track_record());
    let warehouse = nearest_warehouse(network, parcels.from);
    let (dock, door) = (network.timetable.clock(warehouse), network.timetable.door_clock(parcels.to));
    let now = ship_on.map_or(now, |date| now.max(dock.instant(Day::of(date), midnight())));
    let to = Destination::new(parcels.to, parcels.residential);
    let packed = Packed::of_parcels(parcels.merchant, &parcels.parcels);
    let freight = Freight::of_boxes(network, packed, to);
    let (ways, refused) = shipping::ways(network, warehouse, &[], &freight, now, view.load);
    let rate = |way: Way| {
        let forecast = promise::forecast(network, way.service, to.postal, &way.promise, record);
        let ships = dock.day(way.promise.pickup_at);
        let arrived = |percent: u32| door.day(forecast.quantile(f64::from(percent) / 100.0));
        let listed = freight.plain_by(Cards::list_price, way.service, warehouse, way.promise.pickup_at);
        ParcelRate {
            service: way.service,
            cost: way.carrier_cost,
            list: listed.unwrap_or(way.carrier_cost),
            charges: shipping::charges(network, &way, warehouse, to),
            ships_on: ships.date(),
            delivers_by: way.promise.delivers_by,
            delivers_on: door.day(way.promise.delivers_by).date(),
            days: PERCENTILES.map(|percent| i64::from((arrived(percent).number() - ships.number()).max(0))),
            expected_on: arrived(50).date(),
            chance: by.map(|by| forecast.by(door.instant(Day::of(by).next(), midnight()))),
        }
    };
    let mut rates: Vec<ParcelRate> = ways.into_iter().map(rate).collect();
    rates.sort_by_key(|rate| (rate.cost, rate.delivers_by, rate.service));
    ParcelRates { warehouse, rates, refused }
}

/// By service, the latest day to ship on so that parcels arrive by the end of `by` with a chance of at least `enough`; where no day has
/// it, the one with the best chance.
pub fn ship_dates(view: &View, parcels: &Parcels, now: Timestamp, by: Date, enough: f64) -> Vec<ParcelRate> {
    let today = view.network.timetable.clock(nearest_warehouse(view.network, parcels.from)).day(now);
    let last = Day::of(by).max(today);
    let mut best: Vec<ParcelRate> = Vec::new();
    for back in 0..=SHIP_DAYS.min(last.number() - today.number()) {
        for rate in parcel_rates(view, parcels, now, Some(last.plus(-back).date()), Some(by)).rates {
            match best.iter_mut().find(|known| known.service == rate.service) {
                Some(known) if known.chance < Some(enough) && rate.chance > known.chance => *known = rate,
                Some(_) => {}
                None => best.push(rate),
            }
        }
    }
    best.sort_by_key(|rate| (rate.cost, rate.service));
    best
}
