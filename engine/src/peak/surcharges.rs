//! What a peak's surcharges came to, and what they would have been for a shop that chooses by list price.

use rayon::prelude::*;
use serde::Serialize;

use crate::cost_to_serve::Volumes;
use crate::fulfilment::{OrderStage, PlannedShipment, ShipmentStage, State};
use crate::network::Network;
use crate::promise::{self, Need, PickupRef, Unlimited};
use crate::shipping::{self, Destination};
use crate::units::{Cents, Timestamp};

/// Peak surcharges of all shipments, released or planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PeakSurcharges {
    /// Paid because of dates, fuel on it included.
    pub dated: Cents,
    /// Paid for volume.
    pub volume: Cents,
    /// What both would be if each shipment went, from the same warehouse and wave, by the service that is cheapest by list price
    /// (without either) of those that keep its promise.
    pub by_list_price: Cents,
}

impl PeakSurcharges {
    /// What was paid.
    pub fn paid(&self) -> Cents {
        self.dated + self.volume
    }

    /// What was not paid that a choice by list price would have.
    pub fn avoided(&self) -> Cents {
        self.by_list_price - self.paid()
    }

    /// Of the shipments in `state`.
    pub fn of(network: &Network, state: &State) -> Self {
        let released = state.shipments().values().filter(|shipment| shipment.stage != ShipmentStage::Void);
        let released = released.map(|s| Sent { plan: &s.plan, to: s.to(), by: s.promised_by });
        let open = state.orders().values().filter(|order| order.stage != OrderStage::Cancelled);
        let planned = open.flat_map(|order| {
            let to = order.to();
            order.plan.iter().map(move |plan| Sent { plan, to, by: order.promised_by })
        });
        let all: Vec<Sent> = released.chain(planned).collect();
        let seen: Vec<Seen> = all.par_iter().map(|sent| sent.seen(network)).collect();
        let (mut paid, mut by_list) = (Volumes::new(&network.world), Volumes::new(&network.world));
        let mut sums = Self::default();
        for (sent, seen) in all.iter().zip(&seen) {
            paid.count(&PickupRef::from(sent.plan), sent.plan.parcels, ());
            by_list.count(&seen.by_list, sent.plan.parcels, ());
            sums.dated += seen.dated;
            sums.by_list_price += seen.dated_by_list;
        }
        sums.volume = paid.total();
        sums.by_list_price += by_list.total();
        sums
    }
}

/// A shipment that is sent, or will be.
struct Sent<'a> {
    plan: &'a PlannedShipment,
    to: Destination,
    by: Timestamp,
}

/// What it pays because of dates, and the collection that a choice by list price would take, with what it would pay.
struct Seen {
    dated: Cents,
    by_list: PickupRef,
    dated_by_list: Cents,
}

impl Sent<'_> {
    fn seen(&self, network: &Network) -> Seen {
        let (plan, world) = (self.plan, &network.world);
        let packed = shipping::packed(world, plan, &plan.lines);
        let price = |pickup: &PickupRef| shipping::list_price(network, pickup, &packed, self.to);
        let own = PickupRef::from(plan);
        let dated = price(&own).map_or(Cents::ZERO, |(list, total)| total - list);
        let in_time = self.by.max(plan.delivers_by);
        let need = Need { work: 0, parcels: 1 };
        let pickup = |service| {
            network.serves(service, plan.warehouse, self.to.postal).ok()?;
            let promise = promise::for_wave(network, service, plan.wave, self.to.postal, need, &Unlimited).ok()?;
            let pickup = PickupRef { warehouse: plan.warehouse, service, at: promise.pickup_at };
            (promise.delivers_by <= in_time).then_some(pickup)
        };
        let offers = world.services.indices().filter_map(pickup);
        let priced = offers.filter_map(|pickup| price(&pickup).map(|(list, total)| (list, pickup, total - list)));
        let cheapest = priced.min_by_key(|(list, pickup, _)| (*list, pickup.service));
        let (by_list, dated_by_list) = cheapest.map_or((own, dated), |(_, pickup, dated)| (pickup, dated));
        Seen { dated, by_list, dated_by_list }
    }
}
