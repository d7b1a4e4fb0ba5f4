//! Offers to carriers, and what happens when one is refused.

use std::collections::BTreeMap;

use crate::fulfilment::{Dispatch, DispatchStage, PlannedShipment, Shipment, State};
use crate::ids::DispatchId;
use crate::model::{Service, ServiceIx, ServiceKind, WarehouseIx};
use crate::network::Network;
use crate::promise::{self, AllotmentRef};
use crate::shipping::{self, Way};
use crate::units::{Cents, Grams, Seconds, Timestamp};

/// A carrier hears of a collection this long before it.
pub const NOTICE: Seconds = Seconds::minutes(30);

/// A carrier answers at the latest this long before the collection.
const ANSWER: Seconds = Seconds::minutes(10);

/// The offers to make now: one for each warehouse and service whose next collection is within [`NOTICE`]. Shipments that missed
/// the collection they were planned for wait for a day with room under their carrier's allotments.
pub fn tenders(network: &Network, state: &State, now: Timestamp) -> Vec<Dispatch> {
    let carried = |service: ServiceIx| network.world.services[service].kind != ServiceKind::OwnFleet;
    let mut late = Late::new(state);
    state
        .docked()
        .iter()
        .filter(|((_, service), _)| carried(*service))
        .filter_map(|(&(warehouse, service), waiting)| {
            let (pickup_at, room) = promise::next_pickup(network, warehouse, service, now)?;
            if pickup_at > now + NOTICE {
                return None;
            }
            let room = i64::from(room) - tendered(state, warehouse, service, pickup_at);
            let shipments = waiting.iter().filter_map(|id| state.shipments().get(id));
            let due: Vec<&Shipment> = shipments.filter(|s| s.plan.pickup_at <= pickup_at).collect();
            let mut offered = most_urgent(due, room);
            offered.retain(|shipment| late.takes(shipment, pickup_at));
            tender(state, warehouse, service, pickup_at, offered)
        })
        .collect()
}

/// What late shipments take of allotments in a run of offers.
pub(super) struct Late<'a> {
    state: &'a State,
    taken: BTreeMap<AllotmentRef, i64>,
}

impl<'a> Late<'a> {
    pub(super) fn new(state: &'a State) -> Self {
        Self { state, taken: BTreeMap::new() }
    }

    /// Whether the shipment may go with this collection; takes what it takes more than it has.
    pub(super) fn takes(&mut self, shipment: &Shipment, at: Timestamp) -> bool {
        let more = self.state.allotted_more(shipment, at);
        let taken = |of: &AllotmentRef| self.taken.get(of).copied().unwrap_or(0);
        let fits = more.iter().all(|(of, parcels)| taken(of) + parcels <= self.state.allotment_left(of));
        if fits {
            more.into_iter().for_each(|(of, parcels)| *self.taken.entry(of).or_default() += parcels);
        }
        fits
    }
}

/// Parcels offered for a collection already.
fn tendered(state: &State, warehouse: WarehouseIx, service: ServiceIx, pickup_at: Timestamp) -> i64 {
    let same = |d: &&Dispatch| (d.warehouse, d.service, d.pickup_at) == (warehouse, service, pickup_at);
    let offers = state.dispatches().values().filter(same).filter(|d| d.stage != DispatchStage::Rejected);
    offers.map(|d| i64::from(d.parcels)).sum()
}

/// The shipments that fit into `room` parcels, by promise and then by id.
fn most_urgent(mut due: Vec<&Shipment>, mut room: i64) -> Vec<&Shipment> {
    due.sort_by(|a, b| (a.promised_by, &a.id).cmp(&(b.promised_by, &b.id)));
    due.retain(|shipment| {
        let fits = shipment.parcels.len() as i64 <= room;
        if fits {
            room -= shipment.parcels.len() as i64;
        }
        fits
    });
    due
}

/// The offer of these shipments; `None` of none.
pub(super) fn tender(
    state: &State,
    warehouse: WarehouseIx,
    service: ServiceIx,
    pickup_at: Timestamp,
    shipments: Vec<&Shipment>,
) -> Option<Dispatch> {
    if shipments.is_empty() {
        return None;
    }
    let same = |d: &&Dispatch| (d.warehouse, d.service, d.pickup_at) == (warehouse, service, pickup_at);
    let earlier = state.dispatches().values().filter(same).count();
    let id = format!("d-{}-{}-{}-{}", pickup_at.unix(), warehouse.0, service.0, earlier + 1);
    Some(Dispatch {
        id: DispatchId::new(&id).expect("four numbers make an id"),
        warehouse,
        service,
        pickup_at,
        answer_by: pickup_at - ANSWER,
        parcels: shipments.iter().map(|s| s.parcels.len() as u32).sum(),
        gross: shipments.iter().flat_map(|s| s.parcels.iter()).map(|p| p.gross).sum::<Grams>(),
        carrier_cost: shipments.iter().map(|s| s.plan.carrier_cost).sum::<Cents>(),
        shipments: shipments.iter().map(|s| s.id.clone()).collect(),
        routes: Vec::new(),
        stage: DispatchStage::Tendered,
        reason: None,
        roads: None,
        planned_at: None,
        left: Vec::new(),
    })
}

/// Another way for a packed shipment: the cheapest that arrives as promised, else the earliest; `None` where no other
/// service takes it.
pub fn rebooking(
    network: &Network,
    state: &State,
    shipment: &Shipment,
    without: ServiceIx,
    now: Timestamp,
) -> Option<PlannedShipment> {
    let world = &network.world;
    let packed = shipping::packed(world, &shipment.plan, &shipment.lines);
    let to = shipment.to();
    let load = state.load(world).of(shipment.merchant, now);
    let (ways, _) = shipping::ways_packed(network, shipment.plan.wave, &shipment.lines, packed, to, now, &load);
    let collected = |service: &Service| service.kind != ServiceKind::OwnFleet;
    let others = || ways.iter().filter(|way| way.service != without && collected(&world.services[way.service]));
    let in_time = others().filter(|way| way.promise.delivers_by <= shipment.promised_by).min_by_key(|way| way.cost());
    let earliest = |ways: &mut dyn Iterator<Item = &'_ Way>| -> Option<Way> {
        ways.min_by_key(|way| (way.promise.delivers_by, way.cost())).cloned()
    };
    let way = in_time.cloned().or_else(|| earliest(&mut others()))?;
    Some(shipping::planned(world, shipment.plan.warehouse, &shipment.lines, &way))
}
