//! Planner: which shipments are released together, to which pick lists?
//!
//! A wave's shipments are located on the floor ([`crate::model::FloorLayout::location`]) and handed to [`crate::picking`]:
//! batches within the cart's limits, tours exact for the one-block floor. Batches with the most urgent collection start
//! first, each on the picker who is free first (list scheduling by earliest due date, Jackson 1955). Everything a wave holds
//! is released, late or not: what cannot be done by the wave's end shows in its lists' times.

use crate::fulfilment::{
    LineQuantity, Order, Parcel, PickLine, PickList, PlannedShipment, Shipment, ShipmentStage, State, Wave, WaveRelease,
};
use crate::ids::{ParcelId, PickListId, ShipmentId};
use crate::model::{Handling, Warehouse, World};
use crate::network::Network;
use crate::picking::{self, Batch, Crew, Floor, Layout, Problem};
use crate::promise::{self, WaveRef};
use crate::search::{Budget, Seed, Silent};
use crate::shipping;
use crate::units::{Millimetres, Seconds, Timestamp};

/// How to plan a wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Root of all randomness.
    pub seed: Seed,
    /// Moves tried in batching.
    pub iterations: u64,
}

/// A wave ready for release, with what is needed to verify it ([`crate::check::picking`]).
#[derive(Clone, Debug)]
pub struct WavePlan {
    /// For the state to release.
    pub release: WaveRelease,
    /// The problem that was solved.
    pub problem: Problem,
    /// Its solution.
    pub plan: picking::Plan,
}

/// Plans a wave for release at `now`; `None` where nothing is planned in it.
pub fn plan(network: &Network, state: &State, wave: WaveRef, now: Timestamp, options: &Options) -> Option<WavePlan> {
    let world = &network.world;
    let warehouse = &world.warehouses[wave.warehouse];
    let members: Vec<(&Order, &PlannedShipment)> = state.planned_in(&wave).collect();
    if members.is_empty() {
        return None;
    }
    let orders = members.iter().map(|(_, planned)| located(warehouse, planned)).collect();
    let handling = &warehouse.handling;
    let capacity = [i64::from(handling.cart_shipments), i64::from(handling.cart_units)];
    let problem = Problem::new(Floor::Block(layout(warehouse)), orders, capacity, Crew::DISTANCE)
        .expect("a validated floor and cart, and loads cut to the cart");
    let solver =
        picking::Options { seed: options.seed.child("wave", wave_number(&wave)), ..picking::Options::default() };
    let plan = picking::solve(&problem, &solver, &mut Budget::iterations(options.iterations), &mut Silent);
    let release = release(network, &members, wave, now, &plan);
    Some(WavePlan { release, problem, plan })
}

/// A number that names the wave among all waves of the network.
fn wave_number(wave: &WaveRef) -> u64 {
    let day = i64::from(wave.date.year()) * 400 + i64::from(wave.date.day_of_year());
    (day.unsigned_abs() << 20) | (u64::from(wave.warehouse.0) << 8) | u64::from(wave.slot)
}

fn layout(warehouse: &Warehouse) -> Layout {
    let floor = &warehouse.layout;
    Layout {
        aisles: floor.aisles,
        cells: floor.bays,
        aisle_pitch: floor.aisle_pitch.get(),
        cell_pitch: floor.bay_pitch.get(),
        front_entry: floor.entry.get(),
        back_entry: floor.entry.get(),
        depot_aisle: 0,
        depot_distance: 0,
    }
}

/// A shipment's cells. One with more units than a cart holds fills a cart: its picker comes back with it.
fn located(warehouse: &Warehouse, planned: &PlannedShipment) -> picking::Order {
    let layout = layout(warehouse);
    let places = planned.lines.iter().map(|line| {
        let (aisle, bay) = warehouse.layout.location(line.sku.0);
        layout.place(aisle, bay)
    });
    let units = shipping::units(&planned.lines).min(i64::from(warehouse.handling.cart_units));
    picking::Order::new(places, [1, units])
}

fn release(
    network: &Network,
    members: &[(&Order, &PlannedShipment)],
    wave: WaveRef,
    now: Timestamp,
    plan: &picking::Plan,
) -> WaveRelease {
    let world = &network.world;
    let warehouse = &world.warehouses[wave.warehouse];
    let id = wave.id(world);
    let mut batches: Vec<&Batch> = plan.batches.iter().collect();
    let urgency = |batch: &Batch| batch.orders.iter().map(|&n| members[n as usize].1.pickup_at).min();
    batches.sort_by_key(|batch| (urgency(batch), batch.orders.first().copied()));
    let mut shipments: Vec<Option<Shipment>> = vec![None; members.len()];
    let mut free_at = vec![now; warehouse.handling.pickers as usize];
    let mut pick_lists = Vec::with_capacity(batches.len());
    let mut numbers = ShipmentNumbers::default();
    for (n, batch) in batches.into_iter().enumerate() {
        let list = PickListId::new(&format!("pl-{id}-{:03}", n + 1)).expect("a wave's id and a number make an id");
        for &member in &batch.orders {
            let (order, planned) = members[member as usize];
            shipments[member as usize] = Some(shipment(order, planned, numbers.next(order), &list));
        }
        let lines = pick_lines(warehouse, batch, members, &shipments);
        let units: u32 = lines.iter().map(|line| line.quantity).sum();
        let duration = duration(&warehouse.handling, warehouse.layout.walk_mm_per_s, batch.distance, units);
        let picker = (0..free_at.len()).min_by_key(|&p| (free_at[p], p)).unwrap_or(0);
        let starts_at = free_at[picker];
        free_at[picker] = starts_at + duration;
        pick_lists.push(PickList {
            id: list,
            wave: id.clone(),
            warehouse: wave.warehouse,
            picker: picker as u32,
            starts_at,
            duration,
            distance: Millimetres::new(batch.distance),
            lines,
            shorts: Vec::new(),
            confirmed_at: None,
        });
    }
    let slot = &warehouse.waves[usize::from(wave.slot)];
    let wave = Wave {
        id,
        wave,
        released_at: now,
        due_at: promise::cut_off(network, &wave) + slot.lead,
        pick_lists: pick_lists.iter().map(|list| list.id.clone()).collect(),
        shipments: members.len() as u32,
        work: members.iter().map(|(_, planned)| planned.work).sum(),
        distance: Millimetres::new(plan.distance),
    };
    WaveRelease { wave, shipments: shipments.into_iter().flatten().collect(), pick_lists }
}

/// Numbers the shipments of each order on.
#[derive(Default)]
struct ShipmentNumbers(std::collections::BTreeMap<crate::ids::OrderId, usize>);

impl ShipmentNumbers {
    fn next(&mut self, order: &Order) -> usize {
        let number = self.0.entry(order.id.clone()).or_insert(order.shipments.len());
        *number += 1;
        *number
    }
}

fn shipment(order: &Order, planned: &PlannedShipment, number: usize, list: &PickListId) -> Shipment {
    Shipment {
        // An order's id leaves room: longer ones are cut at the front, where ids of one maker are alike.
        id: shipment_id(order.id.as_str(), number),
        order: order.id.clone(),
        merchant: order.merchant,
        plan: planned.clone(),
        lines: planned.lines.clone(),
        parcels: Vec::new(),
        postal: order.postal,
        residential: order.residential,
        terms: order.terms,
        promised_by: order.promised_by,
        pick_list: list.clone(),
        stage: ShipmentStage::Released,
        packed_at: None,
        dispatched_at: None,
        delivered_at: None,
    }
}

fn shipment_id(order: &str, number: usize) -> ShipmentId {
    let text = format!("{order}-{number}");
    ShipmentId::new(&text[text.len().saturating_sub(64)..]).expect("an order's id and a number make an id")
}

/// The batch's stops in walk order, one line a shipment and SKU.
fn pick_lines(
    warehouse: &Warehouse,
    batch: &Batch,
    members: &[(&Order, &PlannedShipment)],
    shipments: &[Option<Shipment>],
) -> Vec<PickLine> {
    let mut lines = Vec::new();
    let layout = layout(warehouse);
    for (aisle, bay) in batch.tour.iter().map(|&place| layout.position(place)) {
        for &member in &batch.orders {
            let Some(shipment) = &shipments[member as usize] else { continue };
            let here = members[member as usize]
                .1
                .lines
                .iter()
                .filter(|line| warehouse.layout.location(line.sku.0) == (aisle, bay));
            lines.extend(here.map(|line| PickLine {
                aisle,
                bay,
                sku: line.sku,
                quantity: line.quantity,
                shipment: shipment.id.clone(),
            }));
        }
    }
    lines
}

fn duration(handling: &Handling, walk_mm_per_s: i64, distance_mm: i64, units: u32) -> Seconds {
    handling.seconds_per_walk + Seconds::new(distance_mm / walk_mm_per_s) + handling.seconds_per_unit * i64::from(units)
}

/// The labelled boxes of what is left of a planned shipment; labels count on from `serial`.
pub fn parcels(world: &World, planned: &PlannedShipment, lines: &[LineQuantity], serial: u64) -> Vec<Parcel> {
    let packed = shipping::packed(world, planned, lines);
    let labelled = packed.boxes.into_iter().zip(serial..);
    labelled.map(|(b, serial)| Parcel { id: sscc(serial), carton: b.carton, gross: b.gross, size: b.size }).collect()
}

/// A serial shipping container code (GS1 General Specifications, SSCC-18): extension digit 0, an example company prefix, a
/// serial reference, the modulo-10 check digit.
fn sscc(serial: u64) -> ParcelId {
    const COMPANY: &str = "0614141";
    let body = format!("0{COMPANY}{:09}", serial % 1_000_000_000);
    let sum: u32 =
        body.bytes().rev().enumerate().map(|(n, digit)| u32::from(digit - b'0') * if n % 2 == 0 { 3 } else { 1 }).sum();
    let check = (10 - sum % 10) % 10;
    ParcelId::new(&format!("{body}{check}")).expect("eighteen digits make an id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_carry_the_gs1_check_digit() {
        // 3 x (odd places from the right) + even places: worked by hand for 0 0614141 123456789 -> sum 112, check 8.
        assert_eq!(sscc(123_456_789).as_str(), "006141411234567890");
    }
}
