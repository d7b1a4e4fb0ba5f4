//! Boxes on their way to a place: what carriers see of them, and what each service asks for them, worked out once.

use std::cell::RefCell;

use crate::calendar::{Day, civil::Date};
use crate::fulfilment::LineQuantity;
use crate::model::{NO_ZONE, ServiceIx, WarehouseIx};
use crate::network::Network;
use crate::rating::{Cards, LiveAsk, LiveRates, NoLiveRate, NotCarried, ParcelFacts};
use crate::units::{Cents, Timestamp};

use super::boxes::Packed;
use super::ways::Destination;

/// Neighbouring days that are remembered.
const DAYS: usize = 2;

/// A price that was worked out, with the day it holds for.
type Known = Option<(Day, Result<Cents, NotCarried>)>;

/// A set of boxes to one destination. From wherever it leaves, a service asks the same within a price column and a day.
#[derive(Debug)]
pub struct Freight<'a> {
    network: &'a Network,
    to: Destination,
    /// The day of collection is left open.
    parcels: Vec<ParcelFacts>,
    /// `[service][column][day]`.
    known: RefCell<Vec<Known>>,
    /// What carriers have answered who are asked instead of their cards.
    live: Option<&'a LiveRates>,
}

impl<'a> Freight<'a> {
    /// These boxes to that place.
    pub fn new(network: &'a Network, packed: &Packed, to: Destination) -> Self {
        let known = RefCell::new(vec![None; network.world.services.len() * network.zones.width() * DAYS]);
        Self { network, to, parcels: parcels(network, packed, to), known, live: None }
    }

    /// The same, where some carriers were asked.
    #[must_use]
    pub fn with_live(self, live: Option<&'a LiveRates>) -> Self {
        Self { live, ..self }
    }

    /// What is asked of a carrier with live rates.
    pub fn ask(&self, service: ServiceIx, from: WarehouseIx) -> LiveAsk {
        LiveAsk {
            service,
            warehouse: from,
            postal: self.to.postal,
            residential: self.to.residential,
            parcels: LiveAsk::parcels_of(self.parcels.iter().map(|parcel| (parcel.size, parcel.gross))),
        }
    }

    /// What a carrier answered for all boxes; `None` where its card counts.
    pub fn live(&self, service: ServiceIx, from: WarehouseIx) -> Option<Result<Cents, NoLiveRate>> {
        let live = self.live.filter(|live| live.covers(service))?;
        Some(live.of(&self.ask(service, from)))
    }

    /// Where it goes.
    pub fn to(&self) -> Destination {
        self.to
    }

    /// What a service asks for all boxes, collected at a warehouse at an instant.
    pub fn total(&self, service: ServiceIx, from: WarehouseIx, pickup_at: Timestamp) -> Result<Cents, NotCarried> {
        self.total_on(service, from, self.network.timetable.clock(from).day(pickup_at))
    }

    /// As [`Freight::total`], on a local day of the warehouse.
    pub fn total_on(&self, service: ServiceIx, from: WarehouseIx, pickup: Day) -> Result<Cents, NotCarried> {
        let column = self.network.column(service, from, self.to.postal);
        if column == NO_ZONE {
            return Err(NotCarried::NoZone);
        }
        let cell = (service.0 as usize * self.network.zones.width() + usize::from(column)) * DAYS
            + pickup.number().rem_euclid(DAYS as i32) as usize;
        if let Some((_, total)) = self.known.borrow()[cell].filter(|(day, _)| *day == pickup) {
            return total;
        }
        let total = self.sum(Cards::total, service, column, pickup);
        self.known.borrow_mut()[cell] = Some((pickup, total));
        total
    }

    /// The same by another way to price a parcel: without limits, or without the peak.
    pub fn total_by(
        &self,
        price: Price,
        service: ServiceIx,
        from: WarehouseIx,
        pickup_at: Timestamp,
    ) -> Result<Cents, NotCarried> {
        let pickup = self.network.timetable.clock(from).day(pickup_at);
        self.sum(price, service, self.network.column(service, from, self.to.postal), pickup)
    }

    fn sum(&self, price: Price, service: ServiceIx, column: u8, pickup: Day) -> Result<Cents, NotCarried> {
        let (cards, pickup) = (&self.network.cards, pickup.date());
        self.parcels.iter().map(|parcel| price(cards, service, column, &ParcelFacts { pickup, ..*parcel })).sum()
    }
}

/// A way to price a parcel.
pub type Price = fn(&Cards, ServiceIx, u8, &ParcelFacts) -> Result<Cents, NotCarried>;

/// What carriers see of boxes; the day of collection is left open.
pub(super) fn parcels(network: &Network, packed: &Packed, to: Destination) -> Vec<ParcelFacts> {
    let world = &network.world;
    let parcel = |b: &super::boxes::Boxed| {
        let value = |line: &LineQuantity| world.skus[line.sku].price * i64::from(line.quantity);
        ParcelFacts {
            merchant: packed.merchant,
            hazmat: b.hazmat,
            fragile: b.lines.iter().any(|line| world.skus[line.sku].fragile),
            own_packaging: b.carton.is_none(),
            residential: to.residential,
            value: b.lines.iter().map(value).sum(),
            ..ParcelFacts::plain(b.size, b.gross, to.postal, Date::ZERO)
        }
    };
    packed.boxes.iter().map(parcel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_timestamp;
    use crate::model::SkuIx;
    use crate::model::fixture::tiny_world;
    use crate::promise::PickupRef;
    use crate::shipping::{list_price, pack};

    #[test]
    fn a_window_of_dates_opens_and_closes_at_the_warehouses_midnight() {
        let network = Network::new(tiny_world());
        let packed = pack(&network.world, &[LineQuantity { sku: SkuIx(0), quantity: 1 }]);
        let to = Destination { postal: network.world.postal("10001").unwrap(), residential: true };
        // The ground service asks homes 45 more from 15 November to 31 December.
        let peak = |warehouse, at: &str| {
            let (service, at) = (ServiceIx(0), parse_timestamp(at).unwrap());
            let pickup = PickupRef { warehouse: WarehouseIx(warehouse), service, at };
            let (list, asked) = list_price(&network, &pickup, &packed, to).unwrap();
            (asked - list).get()
        };
        // New York's midnight, a second before it and on it; Los Angeles' three hours later.
        assert_eq!(["2025-11-15T04:59:59Z", "2025-11-15T05:00:00Z"].map(|at| peak(0, at)), [0, 45]);
        assert_eq!(["2026-01-01T04:59:59Z", "2026-01-01T05:00:00Z"].map(|at| peak(0, at)), [45, 0]);
        assert_eq!(["2025-11-15T07:59:59Z", "2025-11-15T08:00:00Z"].map(|at| peak(2, at)), [0, 45]);
    }

    #[test]
    fn what_is_remembered_is_what_is_asked() {
        let network = Network::new(tiny_world());
        let packed = pack(&network.world, &[LineQuantity { sku: SkuIx(1), quantity: 2 }]);
        let to = Destination { postal: network.world.postal("85087").unwrap(), residential: true };
        let freight = Freight::new(&network, &packed, to);
        let start = parse_timestamp("2025-11-10T15:00:00Z").unwrap();
        // Days that share a cell take turns in it.
        for day in [0, 7, 2, 1, 9, 0, 2, 7] {
            let at = start + crate::units::Seconds::hours(24 * day);
            for (service, from) in [(0, 0), (1, 0), (0, 1), (2, 2), (0, 0)] {
                let (service, from) = (ServiceIx(service), WarehouseIx(from));
                let known = freight.total(service, from, at);
                assert_eq!(known, Freight::new(&network, &packed, to).total(service, from, at));
                assert_eq!(known, freight.total_by(Cards::total, service, from, at));
            }
        }
    }
}
