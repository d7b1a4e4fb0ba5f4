//! What a simple order system does; the yardsticks of the solver.

use super::options::{Choice, Parcel, ShipmentOptions};
use super::plan::{Plan, Shipment};
use super::pricing::Pricer;
use super::problem::Problem;
use super::region::Region;
use super::{construct, dual::Prices, solve};

/// Orders in sequence; each takes its cheapest plan among what is left, blind to what comes after.
pub fn cheapest_first<S: ShipmentOptions>(problem: &Problem<S>) -> Plan {
    let prices = Prices::zero(problem);
    let pricer = Pricer::new(problem, prices.rows.clone());
    let mut region = Region::whole(problem);
    let mut scratch = pricer.scratch();
    for local in 0..region.orders.len() {
        construct::insert(&pricer, &prices, &mut region, local, 256, &mut scratch);
    }
    solve::finish(problem, &region)
}

/// Orders in sequence; each ships whole from the nearest warehouse that has everything, else part by part from the nearest
/// that has most of what remains, always by the cheapest option. What costs more than waiting still ships.
pub fn nearest_with_stock<S: ShipmentOptions>(problem: &Problem<S>) -> Plan {
    let mut region = Region::whole(problem);
    for local in 0..region.orders.len() {
        let order = region.orders[local];
        let mut near: Vec<u32> = problem.demand.candidates(order).into_iter().map(|(w, _)| w).collect();
        near.sort_by_key(|&w| (problem.source.distance(order, w), w));
        let whole = ((1_u16 << problem.demand.parts(order)) - 1) as u8;
        let mut left = whole;
        let most = problem.demand.splits(order).map_or(usize::MAX, |splits| splits.most);
        while left != 0 && region.shipments(local).len() < most {
            let Some(shipment) = next_shipment(problem, &region, local, &near, left) else { break };
            left ^= shipment.mask;
            near.retain(|&w| w != shipment.warehouse);
            region.add(problem, local, shipment);
        }
        if left != 0 && !problem.demand.may_ship_partially(order) {
            region.clear(problem, local);
        }
    }
    solve::finish(problem, &region)
}

/// The largest shippable subset of `left`; of equals, from the nearest warehouse.
fn next_shipment<S: ShipmentOptions>(
    problem: &Problem<S>,
    region: &Region,
    local: usize,
    near: &[u32],
    left: u8,
) -> Option<Shipment> {
    let mut best: Option<Shipment> = None;
    let order = region.orders[local];
    for &warehouse in near {
        let mask = stocked(problem, region, local, Parcel { order, warehouse, mask: left });
        if mask.count_ones() <= best.map_or(0, |shipment| shipment.mask.count_ones()) {
            continue;
        }
        let parcel = Parcel { order, warehouse, mask };
        if let Some(choice) = cheapest(problem, region, parcel) {
            best = Some(Shipment { order, warehouse, mask, choice });
        }
    }
    best
}

/// The parts of the parcel that the warehouse still has.
fn stocked<S: ShipmentOptions>(problem: &Problem<S>, region: &Region, local: usize, parcel: Parcel) -> u8 {
    let demand = &problem.demand;
    demand.lines(parcel.order).enumerate().fold(parcel.mask, |mask, (nth, line)| {
        let held = region.free(problem, local, nth, parcel.warehouse) >= demand.quantity(line);
        if held { mask } else { mask & !(1 << demand.part(line)) }
    })
}

fn cheapest<S: ShipmentOptions>(problem: &Problem<S>, region: &Region, parcel: Parcel) -> Option<Choice> {
    if parcel.mask == 0 {
        return None;
    }
    let units = problem.demand.units_in(parcel.order, parcel.mask);
    let mut best: Option<Choice> = None;
    problem.source.visit(&problem.demand, parcel, &mut |choice| {
        let open = region.room.open(&choice.rows(), problem.work_of(choice.work_row, units));
        if open && best.is_none_or(|least| choice.cents < least.cents) {
            best = Some(*choice);
        }
    });
    best
}
