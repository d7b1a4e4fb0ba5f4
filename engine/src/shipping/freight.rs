//! Boxes on their way to a place: what carriers see of them, and what each service asks for them, worked out once.

use std::cell::RefCell;
use std::sync::Arc;

use crate::calendar::{Day, civil::Date};
use crate::fulfilment::{Destination, LineQuantity, Terms};
use crate::index::Index as _;
use crate::model::{CartonIx, NO_ZONE, ServiceIx, Sku, WarehouseIx};
use crate::network::Network;
use crate::packing::CartonBill;
use crate::rating::{Cards, LiveAsk, LiveRates, NoLiveRate, NotCarried, ParcelFacts, PriceSpan};
use crate::units::{Cents, Grams, Size, Timestamp};

use super::boxes::{self, Load, Packed};

/// What a service asks for a packing, by its number.
type Asked = Result<(Cents, usize), NotCarried>;

/// What was worked out for a service and a column, for the days of a span.
#[derive(Clone, Debug)]
struct Known {
    column: u8,
    span: PriceSpan,
    asked: Asked,
    /// The plain packing is carried: it goes where there is no room for more parcels, on the same collection.
    is_plain_carried: bool,
    /// The place of what else was worked out for the service, and one more; 0 for nothing.
    next: u32,
}

/// All that was worked out: of each service little.
#[derive(Debug)]
struct Memory {
    /// By service, as [`Known::next`] is.
    first: Vec<u32>,
    known: Vec<Known>,
}

impl Memory {
    /// What a service asks on a day, by column.
    fn of(&self, service: ServiceIx, day: Day) -> impl Iterator<Item = &Known> {
        let known = |place: u32| self.known.get((place as usize).wrapping_sub(1));
        let found = std::iter::successors(known(self.first[service.usize()]), move |one| known(one.next));
        found.filter(move |one| one.span.days.contains(&day.number()))
    }

    fn keep(&mut self, service: ServiceIx, known: Known) {
        let first = &mut self.first[service.usize()];
        self.known.push(Known { next: *first, ..known });
        *first = self.known.len() as u32;
    }
}

/// Goods to one destination, in boxes. From wherever they leave, a service asks the same within a price column and a
/// span of days ([`PriceSpan`]).
///
/// Goods of which only the lines are given are packed as the service's bill asks: plainly, or in another way that was looked at and costs
/// less, cartons included ([`super::boxes`]).
#[derive(Debug)]
pub struct Freight<'a> {
    network: &'a Network,
    to: Destination,
    /// What is to be packed; `None` where the boxes stand.
    load: Option<Load<'a>>,
    /// Ways to pack it, the plain one first.
    packings: RefCell<Vec<Packing>>,
    /// Those that any service may take: so many from the first.
    common: usize,
    /// Where there are units to part.
    parting: Option<Parting>,
    known: RefCell<Memory>,
    /// What carriers have answered who are asked instead of their cards.
    live: Option<&'a LiveRates>,
}

/// Boxes, and what carriers see of them; the day of collection is left open.
#[derive(Debug)]
struct Packing {
    packed: Arc<Packed>,
    parcels: Vec<ParcelFacts>,
}

/// What parting units into more cartons, or into as many other ones, is measured by: that rules charge small plain parcels no more than
/// others.
#[derive(Debug)]
struct Parting {
    /// A parcel as small as the smallest carton and as light as the lightest unit, which none is taken to cost less than; and one no less
    /// than the heaviest unit, which goes in one of them.
    least: [ParcelFacts; 2],
    /// What the cheapest carton costs.
    carton: Cents,
    /// Fewest cartons of a packing that is not known already.
    cartons: i64,
    /// By service, and by the first day of a span.
    services: RefCell<Vec<Vec<(i32, Sought)>>>,
}

/// What was found out for a service and a span, in the nearest column that it has to there.
#[derive(Clone, Copy, Debug, Default)]
struct Sought {
    /// What the least parcel costs; `None` where it is not carried.
    least: Option<Option<Cents>>,
    /// The packing towards its bill.
    packing: Option<usize>,
}

impl Parting {
    fn new(network: &Network, load: &Load<'_>, plain: &Packed, to: Destination) -> Option<Self> {
        let extremes = load.extremes().filter(|_| load.units() > 1)?;
        let cartons = &network.world.cartons;
        let edge = |n: usize| cartons.iter().map(|carton| carton.outer.sorted()[n]).min().unwrap_or_default().get();
        let tare = cartons.iter().map(|carton| carton.tare).min().unwrap_or_default();
        let least = |sku: &Sku, within: bool| {
            let unit = sku.size.sorted().map(|side| if within { side.get() } else { 0 });
            let size = Size::new(edge(0).max(unit[0]), edge(1).max(unit[1]), edge(2).max(unit[2]));
            let parcel = ParcelFacts::plain(size, tare + sku.weight, to.postal, Date::ZERO);
            on_terms(ParcelFacts { merchant: plain.merchant, ..parcel }, to)
        };
        let filled = plain.boxes.iter().filter(|b| b.carton.is_some()).count() as i64;
        Some(Self {
            least: [least(extremes[0], false), least(extremes[1], true)],
            carton: cartons.iter().map(|carton| carton.cost).min().unwrap_or_default(),
            // Of single cartons the best is known.
            cartons: filled.max(2),
            services: RefCell::new(vec![Vec::new(); network.world.services.len()]),
        })
    }

    fn sought(&self, tier: &Tier) -> Sought {
        let services = self.services.borrow();
        let known = services[tier.service.usize()].iter().find(|(span, _)| *span == tier.span);
        known.map_or_else(Sought::default, |(_, sought)| *sought)
    }

    fn keep(&self, tier: &Tier, sought: Sought) {
        let all = &mut self.services.borrow_mut()[tier.service.usize()];
        all.retain(|(span, _)| *span != tier.span);
        all.push((tier.span, sought));
    }
}

impl Packing {
    fn new(network: &Network, packed: Packed, to: Destination) -> Self {
        Self { parcels: parcels(network, &packed, to), packed: Arc::new(packed) }
    }
}

impl<'a> Freight<'a> {
    /// These boxes to that place.
    pub fn of_boxes(network: &'a Network, packed: Packed, to: Destination) -> Self {
        Self::new(network, vec![Packing::new(network, packed, to)], to)
    }

    /// These lines to that place, to be packed.
    pub fn of_lines(network: &'a Network, lines: &[LineQuantity], to: Destination) -> Self {
        let load = Load::new(&network.world, lines);
        let plain = load.plainly();
        let others = load.in_another(&network.cards, &plain);
        let parting = Parting::new(network, &load, &plain, to);
        let packings = std::iter::once(plain).chain(others).map(|packed| Packing::new(network, packed, to));
        let packings = packings.collect();
        Self { load: Some(load), parting, ..Self::new(network, packings, to) }
    }

    fn new(network: &'a Network, packings: Vec<Packing>, to: Destination) -> Self {
        let first = vec![0; network.world.services.len()];
        let known = RefCell::new(Memory { first, known: Vec::new() });
        let (common, packings) = (packings.len(), RefCell::new(packings));
        Self { network, to, load: None, packings, common, parting: None, known, live: None }
    }

    /// The same, where some carriers were asked.
    #[must_use]
    pub fn with_live(self, live: Option<&'a LiveRates>) -> Self {
        Self { live, ..self }
    }

    /// What is asked of a carrier with live rates, for plain boxes.
    pub fn ask(&self, service: ServiceIx, from: WarehouseIx) -> LiveAsk {
        let packings = self.packings.borrow();
        LiveAsk {
            service,
            warehouse: from,
            postal: self.to.postal,
            residential: self.to.residential,
            parcels: LiveAsk::parcels_of(packings[0].parcels.iter().map(|parcel| (parcel.size, parcel.gross))),
        }
    }

    /// What a carrier answered for plain boxes; `None` where its card counts.
    pub fn live(&self, service: ServiceIx, from: WarehouseIx) -> Option<Result<Cents, NoLiveRate>> {
        let live = self.live.filter(|_| self.is_live(service))?;
        Some(live.of(&self.ask(service, from)))
    }

    /// Whether a carrier's answer counts, not its card.
    pub fn is_live(&self, service: ServiceIx) -> bool {
        // The carriers' protocol knows no terms, so where there are some the card counts.
        self.live.is_some_and(|live| live.covers(service)) && self.to.terms == Terms::PLAIN
    }

    /// Where it goes.
    pub fn to(&self) -> Destination {
        self.to
    }

    /// What is to be packed; empty where the boxes stand.
    pub fn lines(&self) -> &[LineQuantity] {
        self.load.as_ref().map_or(&[], Load::lines)
    }

    /// The plain boxes, or those that stand.
    pub fn plain(&self) -> Arc<Packed> {
        Arc::clone(&self.packings.borrow()[0].packed)
    }

    /// What a service asks for the boxes that it takes, collected at a warehouse at an instant, and which these are.
    pub fn total(
        &self,
        service: ServiceIx,
        from: WarehouseIx,
        pickup_at: Timestamp,
    ) -> Result<(Cents, Arc<Packed>), NotCarried> {
        let (total, n) = self.total_on(service, from, self.network.timetable.clock(from).day(pickup_at))?;
        Ok((total, Arc::clone(&self.packings.borrow()[n].packed)))
    }

    /// What a service asks, collected on a local day of the warehouse.
    pub fn asked_on(&self, service: ServiceIx, from: WarehouseIx, pickup: Day) -> Result<Cents, NotCarried> {
        Ok(self.total_on(service, from, pickup)?.0)
    }

    /// What a service asks at least, cartons included, where that is known from what it asked before: the same in this column or, if its
    /// card rises, in a nearer one.
    pub fn floor(&self, service: ServiceIx, from: WarehouseIx, pickup: Day) -> Option<Cents> {
        let column = self.network.column(service, from, self.to.postal);
        let known = self.known.borrow();
        let tells = |known: &&Known| {
            // Parcels that were not looked for because the least parcel costs too much may be found in a further column where it costs less.
            let rises = || known.span.rises && (known.span.grows || self.parting.is_none());
            known.is_plain_carried && (known.column == column || (known.column < column && rises()))
        };
        let nearest = known.of(service, pickup).filter(tells).max_by_key(|known| known.column)?;
        let (total, n) = nearest.asked.ok().filter(|_| column != NO_ZONE)?;
        Some(total + self.cartons(n))
    }

    fn total_on(&self, service: ServiceIx, from: WarehouseIx, pickup: Day) -> Asked {
        let column = self.network.column(service, from, self.to.postal);
        if column == NO_ZONE {
            return Err(NotCarried::NoZone);
        }
        if let Some(known) = self.known.borrow().of(service, pickup).find(|known| known.column == column) {
            return known.asked;
        }
        let merchant = self.packings.borrow()[0].packed.merchant;
        let span = self.network.cards.span(service, merchant, pickup);
        let tier = Tier { service, column, pickup: pickup.date(), span: span.days.start };
        let plain = self.sum(Cards::total, &tier, 0);
        let asked = self.least(&tier, plain);
        let known = Known { column, span, asked, is_plain_carried: plain.is_ok(), next: 0 };
        self.known.borrow_mut().keep(service, known);
        asked
    }

    /// The same for plain boxes by another way to price a parcel: without limits, or without the peak.
    pub fn plain_by(
        &self,
        price: Price,
        service: ServiceIx,
        from: WarehouseIx,
        pickup_at: Timestamp,
    ) -> Result<Cents, NotCarried> {
        let pickup = self.network.timetable.clock(from).day(pickup_at).date();
        let column = self.network.column(service, from, self.to.postal);
        let tier = Tier { service, column, pickup, span: i32::MIN };
        self.sum(price, &tier, 0)
    }

    /// The least of all packings, cartons included; the plain one among equals.
    fn least(&self, tier: &Tier, plain: Result<Cents, NotCarried>) -> Asked {
        let plain = plain.map(|total| (total, 0));
        let of_common = (1..self.common).fold(plain, |best, n| self.cheaper(tier, best, n));
        let parting = self.load.as_ref().zip(self.parting.as_ref());
        match parting.filter(|(_, parting)| self.could_be_less(tier, parting, of_common)) {
            Some((load, parting)) => self.cheaper(tier, of_common, self.towards(tier, load, parting)),
            None => of_common,
        }
    }

    fn cheaper(&self, tier: &Tier, best: Asked, n: usize) -> Asked {
        let Ok(total) = self.sum(Cards::total, tier, n) else { return best };
        match best {
            Ok((least, known)) if least + self.cartons(known) <= total + self.cartons(n) => best,
            _ => Ok((total, n)),
        }
    }

    /// Whether parcels that are not known yet could be less together.
    fn could_be_less(&self, tier: &Tier, parting: &Parting, known: Asked) -> bool {
        let price = |parcel: &ParcelFacts| {
            let parcel = ParcelFacts { pickup: tier.pickup, ..*parcel };
            self.network.cards.total(tier.service, tier.column, &parcel)
        };
        let packings = self.packings.borrow();
        let [least, heaviest] = &parting.least;
        let Some(nearest) = self.least_nearest(tier, parting) else { return false };
        if let Ok((total, n)) = known
            && (nearest + parting.carton) * parting.cartons >= total + packings[n].packed.carton_cost
        {
            // Nearly always, and soon seen.
            return false;
        }
        let Ok(least) = price(least) else { return false };
        let others = least * (parting.cartons - 1) + parting.carton * parting.cartons;
        let known = match known {
            Ok((total, n)) if others + least >= total + packings[n].packed.carton_cost => return false,
            Ok((_, n)) => {
                let filled = packings[n].parcels.iter().filter(|parcel| !parcel.own_packaging);
                let priced: Result<Cents, _> = filled.map(price).sum();
                priced.map(|total| total + packings[n].packed.carton_cost)
            }
            // More cartons may be carried where fewer are not.
            Err(NotCarried::TooHeavy { .. } | NotCarried::TooLarge { .. } | NotCarried::BeyondRates { .. }) => {
                return packings[0].parcels.iter().all(|parcel| !parcel.own_packaging || price(parcel).is_ok());
            }
            Err(_) => return false,
        };
        let (Ok(known), Ok(heaviest)) = (known, price(heaviest)) else { return false };
        others + heaviest < known
    }

    /// The packing towards the bill of a service, sought once a span: by the prices of the nearest column that it has to there, whichever it is
    /// asked for first.
    fn towards(&self, tier: &Tier, load: &Load<'_>, parting: &Parting) -> usize {
        let sought = parting.sought(tier);
        if let Some(found) = sought.packing {
            return found;
        }
        let template = ParcelFacts { pickup: tier.pickup, ..parting.least[0] };
        let packed = load.towards(&Bill { network: self.network, tier: &self.nearest(tier), template });
        let mut packings = self.packings.borrow_mut();
        let same = packings.iter().position(|known| known.packed.boxes == packed.boxes);
        let found = same.unwrap_or(packings.len());
        if same.is_none() {
            packings.push(Packing::new(self.network, packed, self.to));
        }
        parting.keep(tier, Sought { packing: Some(found), ..sought });
        found
    }

    /// What the least parcel costs in the nearest column of a service: no more than in others.
    fn least_nearest(&self, tier: &Tier, parting: &Parting) -> Option<Cents> {
        let sought = parting.sought(tier);
        sought.least.unwrap_or_else(|| {
            let parcel = ParcelFacts { pickup: tier.pickup, ..parting.least[0] };
            let least = self.network.cards.total(tier.service, self.nearest(tier).column, &parcel).ok();
            parting.keep(tier, Sought { least: Some(least), ..sought });
            least
        })
    }

    /// The same in the nearest column that the service has to there from any warehouse.
    fn nearest(&self, tier: &Tier) -> Tier {
        let warehouses = self.network.world.warehouses.indices();
        let columns = warehouses.map(|warehouse| self.network.column(tier.service, warehouse, self.to.postal));
        Tier { column: columns.filter(|column| *column != NO_ZONE).min().unwrap_or(tier.column), ..*tier }
    }

    fn cartons(&self, n: usize) -> Cents {
        self.packings.borrow()[n].packed.carton_cost
    }

    fn sum(&self, price: Price, tier: &Tier, n: usize) -> Result<Cents, NotCarried> {
        let (cards, pickup) = (&self.network.cards, tier.pickup);
        let parcels = &self.packings.borrow()[n].parcels;
        let priced =
            parcels.iter().map(|parcel| price(cards, tier.service, tier.column, &ParcelFacts { pickup, ..*parcel }));
        priced.sum()
    }
}

/// Where the same parcel is asked the same for.
struct Tier {
    service: ServiceIx,
    column: u8,
    pickup: Date,
    /// The first day on which it is asked so.
    span: i32,
}

/// What a carton is billed at in a tier, its own cost included.
struct Bill<'a> {
    network: &'a Network,
    tier: &'a Tier,
    template: ParcelFacts,
}

/// Stands in for the price of a carton that the service does not carry: dearer than any other way.
const NOT_CARRIED: Cents = Cents::new(1_000_000_000);

impl CartonBill for Bill<'_> {
    fn bill(&self, carton: usize, gross: Grams) -> Cents {
        let carton = &self.network.world.cartons[CartonIx(carton as u32)];
        let parcel = ParcelFacts { size: carton.outer, gross, ..self.template };
        let total = self.network.cards.total(self.tier.service, self.tier.column, &parcel);
        total.map_or(NOT_CARRIED, |total| total + carton.cost)
    }

    fn could_be_less(&self, carton: usize, than: usize) -> bool {
        let [carton, than] = [carton, than].map(|n| &self.network.world.cartons[CartonIx(n as u32)]);
        boxes::could_be_less(&self.network.cards, carton, than)
    }
}

/// A way to price a parcel.
pub type Price = fn(&Cards, ServiceIx, u8, &ParcelFacts) -> Result<Cents, NotCarried>;

/// What carriers see of boxes; the day of collection is left open.
pub(super) fn parcels(network: &Network, packed: &Packed, to: Destination) -> Vec<ParcelFacts> {
    let world = &network.world;
    let parcel = |b: &super::boxes::Boxed| {
        let value = |line: &LineQuantity| world.skus[line.sku].price * i64::from(line.quantity);
        let facts = ParcelFacts {
            merchant: packed.merchant,
            hazmat: b.hazmat,
            fragile: b.lines.iter().any(|line| world.skus[line.sku].fragile),
            own_packaging: b.carton.is_none(),
            value: b.lines.iter().map(value).sum(),
            ..ParcelFacts::plain(b.size, b.gross, to.postal, Date::ZERO)
        };
        on_terms(facts, to)
    };
    packed.boxes.iter().map(parcel).collect()
}

/// The same parcel on the terms of its destination.
fn on_terms(facts: ParcelFacts, to: Destination) -> ParcelFacts {
    let Destination { residential, terms, .. } = to;
    // Goods that are worth nothing are still to be collected for.
    let collect = if terms.cash_on_delivery { facts.value.max(Cents::new(1)) } else { Cents::ZERO };
    ParcelFacts { residential, po_box: terms.po_box, insured: terms.insured, collect, ..facts }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::parse_timestamp;
    use crate::model::fixture::{tiny_parts, tiny_world};
    use crate::model::{CartonType, SkuIx, World};
    use crate::promise::{PickupRef, WaveLoad};
    use crate::shipping::{self, list_price, pack};

    #[test]
    fn a_window_of_dates_opens_and_closes_at_the_warehouses_midnight() {
        let network = Network::new(tiny_world());
        let packed = pack(&network.world, &[LineQuantity { sku: SkuIx(0), quantity: 1 }]);
        let to = Destination::new(network.world.postal("10001").unwrap(), true);
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
        let to = Destination::new(network.world.postal("85087").unwrap(), true);
        let freight = Freight::of_boxes(&network, packed.clone(), to);
        let start = parse_timestamp("2025-11-10T15:00:00Z").unwrap();
        // Days of several spans, to and fro.
        for day in [0, 7, 2, 1, 9, 0, 2, 7] {
            let at = start + crate::units::Seconds::hours(24 * day);
            for (service, from) in [(0, 0), (1, 0), (0, 1), (2, 2), (0, 0)] {
                let (service, from) = (ServiceIx(service), WarehouseIx(from));
                let known = freight.total(service, from, at);
                assert_eq!(known, Freight::of_boxes(&network, packed.clone(), to).total(service, from, at));
                assert_eq!(known.map(|(total, _)| total), freight.plain_by(Cards::total, service, from, at));
            }
        }
    }

    /// From `NYC` to Newark, collected on a Tuesday before the post's peak.
    fn asked(freight: &Freight<'_>, service: u32) -> (i64, Arc<Packed>) {
        let at = parse_timestamp("2025-09-02T15:00:00Z").unwrap();
        let (total, packed) = freight.total(ServiceIx(service), WarehouseIx(0), at).unwrap();
        ((total + packed.carton_cost).get(), packed)
    }

    fn newark<'n>(network: &'n Network, lines: &[LineQuantity]) -> Freight<'n> {
        let to = Destination::new(network.world.postal("07102").unwrap(), false);
        Freight::of_lines(network, lines, to)
    }

    fn names(network: &Network, packed: &Packed) -> Vec<(String, i64)> {
        let name =
            |b: &crate::shipping::Boxed| (network.world.cartons[b.carton.unwrap()].id.to_string(), b.gross.get());
        let mut names: Vec<_> = packed.boxes.iter().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_service_that_does_not_bill_volume_gets_the_cheaper_carton() {
        let mut parts = tiny_parts();
        let mailer = CartonType {
            id: "F".parse().unwrap(),
            inner: Size::new(400, 300, 30),
            outer: Size::new(406, 306, 36),
            tare: Grams::new(60),
            cost: Cents::new(10),
            ..parts.cartons[CartonIx(0)].clone()
        };
        parts.cartons.push(mailer);
        let network = Network::new(World::new(parts).unwrap());
        // 90 g of cable. Box S is the smallest: 3.4 litres, 680 g by volume; the mailer has 4.5 litres, 895 g by volume, and costs 20 less.
        let freight = newark(&network, &[LineQuantity { sku: SkuIx(3), quantity: 1 }]);
        // Ground bills the volume, but both are below a kilogram: 800 and 16.5 % fuel. The post does not: up to 500 g is 450.
        assert_eq!(names(&network, &freight.plain()), [("S".to_owned(), 190)]);
        assert_eq!(asked(&freight, 0).0, 932 + 10);
        assert_eq!(asked(&freight, 2).0, 450 + 10);
        // Of two cables the mailer's weight by volume is the same; of 9 kg the mailer takes none.
        let two = newark(&network, &[LineQuantity { sku: SkuIx(3), quantity: 2 }]);
        let (total, packed) = asked(&two, 2);
        assert_eq!((total, names(&network, &packed), packed.by_bill), (460, vec![("F".to_owned(), 240)], true));
    }

    #[test]
    fn units_are_parted_where_the_bill_is_less_for_more_parcels() {
        let network = Network::new(tiny_world());
        let mugs = [LineQuantity { sku: SkuIx(0), quantity: 5 }];
        let freight = newark(&network, &mugs);
        // Plainly, five mugs of 400 g go in box M, 2,200 g: the post asks 1,900 above 2 kg. One in box S, 500 g, is 450, four in M, 1,800 g,
        // are 800, and the boxes 30 and 60.
        let (total, packed) = asked(&freight, 2);
        assert_eq!((total, names(&network, &packed)), (1_340, vec![("M".to_owned(), 1_800), ("S".to_owned(), 500)]));
        // On the ground two parcels would be 932 each; one of 2,200 g, or 3,000 by volume, is 1,165.
        let (total, packed) = asked(&freight, 0);
        assert_eq!((total, names(&network, &packed), packed.by_bill), (1_225, vec![("M".to_owned(), 2_200)], false));
    }

    #[test]
    fn more_parcels_go_only_where_there_is_room_for_them() {
        struct RoomForOne;
        impl WaveLoad for RoomForOne {
            fn free_work(&self, _: &crate::promise::WaveRef) -> i64 {
                1_000
            }
            fn free_pickup(&self, _: &PickupRef, _: i64) -> i64 {
                1
            }
        }
        let network = Network::new(tiny_world());
        let mugs = [LineQuantity { sku: SkuIx(0), quantity: 5 }];
        let now = parse_timestamp("2025-09-02T12:00:00Z").unwrap();
        let by_post = |load: &dyn WaveLoad| {
            let (ways, _) = shipping::ways(&network, WarehouseIx(0), &mugs, &newark(&network, &mugs), now, load);
            ways.into_iter().find(|way| way.service == ServiceIx(2)).unwrap()
        };
        let (free, full) = (by_post(&crate::promise::Unlimited), by_post(&RoomForOne));
        assert_eq!((free.parcels(), full.parcels(), full.carrier_cost), (2, 1, Cents::new(1_900)));
        // What is planned says how it is packed, and keeps saying so.
        let planned = shipping::planned(&network.world, WarehouseIx(0), &mugs, &free);
        assert_eq!(crate::check::packing::check_planned(&network.world, &planned), []);
        assert_eq!((planned.parcels, shipping::packed(&network.world, &planned, &mugs)), (2, (*free.packed).clone()));
        // The verifier sees each thing that could be wrong with it.
        let spoilt = |spoil: &dyn Fn(&mut crate::fulfilment::PlannedShipment)| {
            let mut spoilt = planned.clone();
            spoil(&mut spoilt);
            let breaches = crate::check::packing::check_planned(&network.world, &spoilt);
            breaches.iter().map(|breach| breach.rule).collect::<Vec<_>>()
        };
        let fill = |carton: u32, units: u32| {
            move |planned: &mut crate::fulfilment::PlannedShipment| {
                let cartons = planned.cartons.as_mut().unwrap();
                let first = cartons.iter_mut().find(|filled| filled.carton == Some(CartonIx(0))).unwrap();
                first.carton = Some(CartonIx(carton));
                first.lines[0].quantity = units;
            }
        };
        assert_eq!(spoilt(&|planned| planned.parcels = 3), ["parcels"]);
        assert_eq!(spoilt(&fill(0, 2)), ["contents"]);
        // Three mugs are 3.6 litres, a box S holds 3; thirty of 400 g are above the 12 kg of a box M, and 36 litres in its 15.
        assert_eq!(spoilt(&fill(0, 3)), ["inside", "contents"]);
        assert_eq!(spoilt(&fill(1, 30)), ["inside", "weight", "contents"]);
        // A mug short, what is left is packed plainly.
        let four = [LineQuantity { sku: SkuIx(0), quantity: 4 }];
        assert_eq!(shipping::packed(&network.world, &planned, &four), pack(&network.world, &four));
        let read = serde_json::from_str(&serde_json::to_string(&planned).unwrap());
        assert_eq!(read.ok(), Some(planned));
    }

    proptest! {
        #[test]
        fn no_service_asks_more_than_for_plain_boxes(quantities in (0_u32..4, 0_u32..3, 0_u32..2), to in 0_usize..12) {
            let network = Network::new(tiny_world());
            let (mugs, vases, tents) = quantities;
            let lines: Vec<LineQuantity> = [mugs, vases, tents].into_iter().enumerate()
                .filter(|(_, quantity)| *quantity > 0)
                .map(|(n, quantity)| LineQuantity { sku: SkuIx(n as u32), quantity: quantity * 3 })
                .collect();
            prop_assume!(!lines.is_empty());
            let postal = network.world.postals.indices().nth(to).unwrap();
            let to = Destination::new(postal, true);
            let (open, plain) = (Freight::of_lines(&network, &lines, to), pack(&network.world, &lines));
            let plain = Freight::of_boxes(&network, plain, to);
            let now = parse_timestamp("2025-11-10T12:00:00Z").unwrap();
            for warehouse in network.world.warehouses.indices() {
                let ways = |freight: &Freight<'_>| {
                    shipping::ways(&network, warehouse, &lines, freight, now, &crate::promise::Unlimited).0
                };
                // What is known of nearer columns is no more than what is asked.
                let clock = network.timetable.clock(warehouse);
                for service in network.world.services.indices() {
                    let floor = open.floor(service, warehouse, clock.day(now));
                    if let (Some(floor), Ok((total, packed))) = (floor, open.total(service, warehouse, now)) {
                        prop_assert!(floor <= total + packed.carton_cost);
                    }
                }
                let found = ways(&open);
                for one in ways(&plain) {
                    let chosen = found.iter().find(|way| way.service == one.service);
                    prop_assert!(chosen.is_some_and(|way| way.cost() <= one.cost()));
                }
                for way in found {
                    let planned = shipping::planned(&network.world, warehouse, &lines, &way);
                    prop_assert_eq!(crate::check::packing::check_planned(&network.world, &planned), []);
                }
            }
        }
    }
}
