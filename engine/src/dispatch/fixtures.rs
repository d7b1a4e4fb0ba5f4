//! A town on a line, for tests: the depot of the tiny world's vans at 0, six doors to the north and six to the south, 1,112 m
//! and a minute apart. Windows open at 13:00 UTC and last four hours; a door takes three minutes, loading half an hour, a
//! van's day 90 dollars, a kilometre 55 cents. Times are minutes after the window opens.

use crate::calendar::civil::date;
use crate::calendar::parse_timestamp;
use crate::fulfilment::{
    Dispatch, DispatchStage, Event, LineQuantity, Order, OrderStage, Parcel, PlannedShipment, Return, ReturnLine,
    ReturnStage, Shipment, ShipmentStage, State, TenderAnswer, Wave,
};
use crate::ids::{OrderId, ParcelId, PickListId, ReturnId, ShipmentId, WaveId};
use crate::model::fixture::tiny_parts;
use crate::model::{Fleet, FleetIx, MerchantIx, PostalIx, ServiceLevel, SkuIx, World};
use crate::network::Network;
use crate::promise::WaveRef;
use crate::search::Seed;
use crate::stock::{StockEvent, StockLine};
use crate::units::{Cents, Grams, Millimetres, Seconds, Timestamp};

use super::{Fixed, Replan, replan, vans};

/// The town and what has happened there.
pub(crate) struct Town {
    pub network: Network,
    pub state: State,
    made: u32,
}

const GOODS: LineQuantity = LineQuantity { sku: SkuIx(0), quantity: 1 };

impl Town {
    /// The town with the fleet as `change` has it.
    pub fn new(change: impl FnOnce(&mut Fleet)) -> Self {
        let mut parts = tiny_parts();
        let fleet = &mut parts.fleets[FleetIx(0)];
        (fleet.circuity_percent, fleet.metres_per_hour) = (100, 66_720);
        change(fleet);
        let depot = parts.warehouses[parts.fleets[FleetIx(0)].warehouse].at;
        for (n, postal) in (0_i32..).zip(parts.postals.iter_mut()) {
            let steps = if n < 6 { n + 1 } else { 5 - n };
            postal.at = depot;
            postal.at.lat += 0.01 * f64::from(steps);
        }
        let network = Network::new(World::new(parts).expect("a valid world"));
        let mut state = State::new(&network.world);
        let (sku, warehouse) = (GOODS.sku, network.world.fleets[FleetIx(0)].warehouse);
        state.apply(&Event::Stock { change: StockEvent::Received { sku, warehouse, quantity: 1_000 } });
        Self { network, state, made: 0 }
    }

    pub fn fleet(&self) -> &Fleet {
        &self.network.world.fleets[FleetIx(0)]
    }

    fn door(door: i32) -> PostalIx {
        PostalIx(u32::try_from(if door > 0 { door - 1 } else { 5 - door }).expect("a door from -6 to 6"))
    }

    fn order(&mut self, id: &str, door: i32, shipments: Vec<ShipmentId>) {
        let order = Order {
            id: OrderId::new(id).expect("an id"),
            reference: None,
            merchant: MerchantIx(0),
            channel: None,
            postal: Self::door(door),
            residential: true,
            terms: crate::fulfilment::Terms::PLAIN,
            level: ServiceLevel::HalfDay,
            lines: vec![GOODS],
            dropped: Vec::new(),
            placed_at: minute(-600),
            promised_by: minute(240),
            quoted: Cents::ZERO,
            forecast: None,
            quote: None,
            stage: OrderStage::Released,
            plan: Vec::new(),
            shipments,
        };
        self.state.apply(&Event::OrderAccepted { order });
    }

    /// A parcel for a door (1 to 6 in the north, -1 to -6 in the south) stands packed; its shipment, named in order as `s-1`.
    pub fn pack(&mut self, door: i32, at: i64) -> ShipmentId {
        self.pack_promised(door, at, 240)
    }

    /// The same, promised for a minute.
    pub fn pack_promised(&mut self, door: i32, at: i64, promised: i64) -> ShipmentId {
        self.made += 1;
        let (n, fleet) = (self.made, self.fleet().clone());
        let (id, order) = (ShipmentId::new(&format!("s-{n}")).expect("an id"), format!("o-{n}"));
        self.order(&order, door, Vec::new());
        let order = OrderId::new(&order).expect("an id");
        let lines = vec![StockLine { sku: GOODS.sku, warehouse: fleet.warehouse, quantity: 1 }];
        self.state.apply(&Event::Stock { change: StockEvent::Allocated { order: order.clone(), lines } });
        let wave = WaveRef { warehouse: fleet.warehouse, date: date(2025, 11, 10), slot: n as u8 };
        let plan = PlannedShipment {
            warehouse: fleet.warehouse,
            service: fleet.service,
            wave,
            pickup_at: minute(0),
            delivers_by: minute(240),
            lines: vec![GOODS],
            parcels: 1,
            work: 1,
            carrier_cost: Cents::ZERO,
            handling_cost: Cents::ZERO,
            cartons: None,
        };
        let shipment = Shipment {
            id: id.clone(),
            order,
            merchant: MerchantIx(0),
            plan,
            lines: vec![GOODS],
            parcels: Vec::new(),
            postal: Self::door(door),
            residential: true,
            terms: crate::fulfilment::Terms::PLAIN,
            promised_by: minute(promised),
            pick_list: PickListId::new("list").expect("an id"),
            stage: ShipmentStage::Released,
            packed_at: None,
            dispatched_at: None,
            delivered_at: None,
        };
        let wave = Wave {
            id: WaveId::new(&format!("w-{n}")).expect("an id"),
            wave,
            released_at: minute(-300),
            due_at: minute(at),
            pick_lists: Vec::new(),
            shipments: 1,
            work: 1,
            distance: Millimetres::ZERO,
        };
        self.state.apply(&Event::WaveReleased { wave, shipments: vec![shipment], pick_lists: Vec::new() });
        let parcel = Parcel {
            id: ParcelId::new(&format!("{n:018}")).expect("an id"),
            carton: None,
            gross: Grams::new(1_000),
            size: crate::units::Size::default(),
        };
        self.state.apply(&Event::ShipmentPacked { shipment: id.clone(), parcels: vec![parcel], at: minute(at) });
        id
    }

    /// A return is announced at a door; named in order as `r-1`.
    pub fn announce(&mut self, door: i32, at: i64) -> ReturnId {
        self.made += 1;
        let order = format!("o-{}", self.made);
        self.order(&order, door, Vec::new());
        let fleet = self.fleet();
        let goods = Return {
            id: ReturnId::new(&format!("r-{}", self.made)).expect("an id"),
            order: OrderId::new(&order).expect("an id"),
            merchant: MerchantIx(0),
            lines: vec![ReturnLine { sku: GOODS.sku, quantity: 1, restocked: 0, quarantined: 0, scrapped: 0 }],
            reason: None,
            warehouse: fleet.warehouse,
            service: fleet.service,
            cost: Cents::ZERO,
            opened_at: minute(at),
            stage: ReturnStage::Open,
        };
        let id = goods.id.clone();
        self.state.apply(&Event::ReturnOpened { goods });
        id
    }

    /// A return came back by itself.
    pub fn receive(&mut self, id: &ReturnId, at: i64) {
        self.commit(&self.state.decide_receive(id, &[], minute(at)).expect("an open return"));
    }

    /// A driver tells a delivery.
    pub fn deliver(&mut self, id: &ShipmentId, at: i64) {
        self.commit(&self.state.decide_deliver(id, minute(at)).expect("a dispatched shipment"));
    }

    /// Plans the vans ten minutes before the window and lets them accept. Plans send vans out as late as they can; here each
    /// is at its first door as the window opens, so that there is time to change something.
    pub fn start(&mut self) -> Dispatch {
        let plan = vans(&self.network, &self.state, minute(-10), Seed(1), 500, None);
        let mut dispatch = plan.days[0].dispatch.clone().expect("a reachable door");
        for route in &mut dispatch.routes {
            let early = route.trips[0].stops[0].arrives - minute(0);
            for trip in &mut route.trips {
                (trip.departs, trip.returns) = (trip.departs - early, trip.returns - early);
                trip.stops.iter_mut().for_each(|stop| stop.arrives = stop.arrives - early);
            }
        }
        let id = dispatch.id.clone();
        self.commit(&self.state.decide_tender(dispatch).expect("packed"));
        self.commit(&self.state.decide_answer(&id, &TenderAnswer::Accept, minute(-5)).expect("tendered"));
        self.running()
    }

    /// The dispatch as it stands.
    pub fn running(&self) -> Dispatch {
        let mut accepted = self.state.dispatches().values().filter(|d| d.stage == DispatchStage::Accepted);
        accepted.next().expect("a dispatch under way").clone()
    }

    pub fn replan(&self, at: i64) -> Result<Replan, Fixed> {
        replan(&self.network, &self.state, &self.running(), minute(at), Seed(1), 500, None)
    }

    /// Plans again and puts what is better into force; the plan afterwards, drawn.
    pub fn replanned(&mut self, at: i64) -> String {
        if let Ok(Replan::Better(better)) = self.replan(at) {
            let events = self.state.decide_reroute(&better.was, better.dispatch, minute(at)).expect("a sound plan");
            self.commit(&events);
        }
        self.drawn()
    }

    pub fn commit(&mut self, events: &[Event]) {
        events.iter().for_each(|event| self.state.apply(event));
    }

    /// Vans and trips as `1: s-1@0 s-2@4 | s-3@40`: what is done when, in minutes.
    pub fn drawn(&self) -> String {
        let stop = |stop: &crate::fulfilment::VanStop| {
            let what = stop.shipment.as_ref().map(ToString::to_string);
            let what = what.or_else(|| stop.collects.as_ref().map(ToString::to_string)).unwrap_or_default();
            format!("{what}@{}", (stop.arrives - minute(0)).get() / 60)
        };
        let route = |route: &crate::fulfilment::VanRoute| {
            let trips = route.trips.iter().map(|trip| trip.stops.iter().map(stop).collect::<Vec<_>>().join(" "));
            format!("{}: {}", route.van, trips.collect::<Vec<_>>().join(" | "))
        };
        self.running().routes.iter().map(route).collect::<Vec<_>>().join("; ")
    }
}

/// So many minutes after the window opens.
pub(crate) fn minute(minutes: i64) -> Timestamp {
    parse_timestamp("2025-11-10T13:00:00Z").expect("RFC 3339") + Seconds::minutes(minutes)
}
