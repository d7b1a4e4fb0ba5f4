//! What can be done with an open order: the options of its shipments, by warehouse, parts, wave and service.

use std::collections::BTreeMap;

use crate::fulfilment::{BacklogOrder, LineQuantity, PlannedShipment};
use crate::model::{ServiceIx, WarehouseIx};
use crate::network::Network;
use crate::promise::{self, Need, Promise, Unlimited, WaveRef};
use crate::shipping::{self, Expected, Freight, Way};

use super::backlog::{lateness, planned_cents};
use super::expected::Returns;
use super::ruled::Ruling;
use super::{Demand, Parcel};

/// Services kept for each wave of a shipment: the cheapest in time.
const SERVICES_A_WAVE: usize = 3;

/// An option found for an order, before rows and tags are numbered.
pub(super) struct Found {
    pub(super) parcel: Parcel,
    pub(super) cents: i64,
    /// What returns are expected to cost, in `cents`.
    pub(super) expected: i64,
    /// What soft sourcing rules charge.
    pub(super) levied: i64,
    pub(super) planned: PlannedShipment,
    /// It is what the order has.
    pub(super) stands: bool,
}

/// The options of one order.
pub(super) struct Enumeration<'a> {
    pub network: &'a Network,
    pub demand: &'a Demand,
    pub returns: &'a Returns<'a>,
    pub order: &'a BacklogOrder,
    pub ruling: &'a Ruling<'a>,
    pub number: u32,
    pub waves: &'a [Vec<WaveRef>],
}

impl Enumeration<'_> {
    pub fn options(&self) -> Vec<Found> {
        let mut goods: BTreeMap<u8, Freight<'_>> = BTreeMap::new();
        let mut found = Vec::new();
        for (warehouse, mask) in self.demand.candidates(self.number) {
            let promises = self.promises(WarehouseIx(warehouse));
            let returns = self.returns.by_line(self.order, WarehouseIx(warehouse));
            let first = self.demand.lines(self.number).start;
            for part in subsets(mask) {
                if !self.ruling.allows(WarehouseIx(warehouse), &self.lines(part)) {
                    continue;
                }
                let expected = self.demand.lines_in(self.number, part).map(|line| returns[line - first]);
                let freight = goods.entry(part).or_insert_with(|| self.freight(part));
                self.options_of(
                    Parcel { order: self.number, warehouse, mask: part },
                    freight,
                    &promises,
                    expected.sum::<Expected>().cents().get(),
                    &mut found,
                );
            }
        }
        self.order.plan.iter().for_each(|planned| self.keep(planned, &mut found));
        found
    }

    /// Makes sure that a shipment that the order has is among the options. One that holds part of a line's units is none that
    /// the problem knows.
    fn keep(&self, planned: &PlannedShipment, found: &mut Vec<Found>) {
        let lines = self.demand.lines(self.number);
        let first = lines.start;
        let held = |line: &usize| planned.lines.contains(&self.order.lines[line - first]);
        let mask = lines.filter(held).fold(0, |mask, line| mask | 1 << self.demand.part(line));
        if self.demand.lines_in(self.number, mask).filter(held).count() != planned.lines.len()
            || self.demand.lines_in(self.number, mask).count() != planned.lines.len()
        {
            return;
        }
        let parcel = Parcel { order: self.number, warehouse: planned.warehouse.0, mask };
        let same = |option: &&mut Found| {
            let other = &option.planned;
            option.parcel == parcel
                && (other.wave, other.service, other.pickup_at) == (planned.wave, planned.service, planned.pickup_at)
                && (other.parcels, &other.cartons) == (planned.parcels, &planned.cartons)
        };
        match found.iter_mut().find(same) {
            Some(option) => option.stands = true,
            None => {
                let expected = self.returns.planned(self.order, planned);
                let cents = planned_cents(self.order, planned) + expected;
                let levied = self.ruling.levied(planned);
                found.push(Found { parcel, cents, expected, levied, planned: planned.clone(), stands: true });
            }
        }
    }

    fn lines(&self, mask: u8) -> Vec<LineQuantity> {
        let first = self.demand.lines(self.number).start;
        self.demand.lines_in(self.number, mask).map(|line| self.order.lines[line - first]).collect()
    }

    fn freight(&self, mask: u8) -> Freight<'_> {
        let to = self.order.to();
        Freight::of_lines(self.network, &self.lines(mask), to)
    }

    /// Dates of every service in every wave; they do not depend on what is in the boxes.
    fn promises(&self, warehouse: WarehouseIx) -> Vec<(ServiceIx, Promise)> {
        let need = Need { work: 0, parcels: 1 };
        let waves = &self.waves[warehouse.0 as usize];
        let services = || {
            self.network
                .world
                .services
                .indices()
                .filter(|&s| self.network.serves(s, warehouse, self.order.postal).is_ok())
        };
        waves
            .iter()
            .filter(|wave| self.ruling.opens(wave))
            .flat_map(|&wave| services().map(move |service| (wave, service)))
            .filter_map(|(wave, service)| {
                promise::for_wave(self.network, service, wave, self.order.postal, need, &Unlimited)
                    .ok()
                    .map(|promise| (service, promise))
            })
            .collect()
    }

    /// For each wave the cheapest services in time, or the cheapest late one where none is.
    fn options_of(
        &self,
        parcel: Parcel,
        freight: &Freight<'_>,
        promises: &[(ServiceIx, Promise)],
        expected: i64,
        found: &mut Vec<Found>,
    ) {
        let warehouse = WarehouseIx(parcel.warehouse);
        let lines = freight.lines();
        let ways = shipping::ways_promised(self.network, warehouse, lines, freight, promises);
        let mut ways: Vec<(i64, Way)> = ways
            .into_iter()
            .map(|way| (way.cost().get() + lateness(self.order, way.promise.delivers_by), way))
            .collect();
        ways.sort_by_key(|(cents, way)| (way.promise.wave, *cents, way.service));
        let mut kept = 0;
        let mut wave = None;
        for (cents, way) in ways {
            if wave != Some(way.promise.wave) {
                (wave, kept) = (Some(way.promise.wave), 0);
            }
            let late = way.promise.delivers_by > self.order.promised_by;
            if kept < SERVICES_A_WAVE && !(late && kept > 0) {
                kept += 1;
                let planned = shipping::planned(&self.network.world, warehouse, lines, &way);
                let levied = self.ruling.levied(&planned);
                found.push(Found { parcel, cents: cents + expected, expected, levied, planned, stands: false });
            }
        }
    }
}

/// Every non-empty subset of a mask, ascending.
fn subsets(mask: u8) -> impl Iterator<Item = u8> {
    (1..=mask).filter(move |subset| subset & !mask == 0)
}
