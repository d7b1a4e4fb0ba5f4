//! First plan: orders enter by falling regret, each in its best way at dual prices among what is left.

use rayon::prelude::*;

use super::dual::{Prices, Relaxed};
use super::options::{Parcel, RowUse, ShipmentOptions};
use super::plan::Shipment;
use super::pricing::{Pricer, ScratchOf, Terms};
use super::region::Region;
use super::room::{Room, Steered};

/// What the dual prices say about each order.
pub(super) struct Guide {
    /// Value of the order's best plan at dual prices, in hundredths of a cent: no plan of it costs less.
    pub floor: Vec<i64>,
    /// Orders by falling regret: what it costs to do without the slots of the best plan.
    pub sequence: Vec<u32>,
}

/// Prices every order twice: as it likes, and without what it likes.
pub(super) fn guide<S: ShipmentOptions>(pricer: &Pricer<'_, S>, prices: &Prices) -> Guide {
    let demand = &pricer.problem.demand;
    let free = Relaxed { price: &prices.stock, units: demand.slots() };
    let valued: Vec<(i64, i64)> = (0..demand.orders() as u32)
        .into_par_iter()
        .with_min_len(1024)
        .map_init(
            || pricer.scratch(),
            |scratch, order| {
                let value = pricer.order(&free, order, scratch);
                let without = Without { free: &free, banned: wanted_slots(pricer, order, scratch) };
                (value, pricer.order(&without, order, scratch) - value)
            },
        )
        .collect();
    let mut sequence: Vec<u32> = (0..demand.orders() as u32).collect();
    sequence.sort_by_key(|&order| (std::cmp::Reverse(valued[order as usize].1), order));
    Guide { floor: valued.into_iter().map(|(value, _)| value).collect(), sequence }
}

fn wanted_slots<S: ShipmentOptions>(pricer: &Pricer<'_, S>, order: u32, scratch: &ScratchOf<'_, S>) -> Vec<usize> {
    let demand = &pricer.problem.demand;
    let lines = scratch.chosen.iter().flat_map(|&(w, mask)| demand.lines_in(order, mask).map(move |line| (w, line)));
    lines.filter_map(|(w, line)| demand.slot_at(demand.sku(line), w.into())).collect()
}

/// The relaxation's terms with some slots closed.
struct Without<'a> {
    free: &'a Relaxed<'a>,
    banned: Vec<usize>,
}

impl Terms for Without<'_> {
    const STRICT: bool = false;

    fn stock(&self, slot: usize, need: i32) -> Option<i64> {
        if self.banned.contains(&slot) { None } else { self.free.stock(slot, need) }
    }

    fn extra(&self, _: &RowUse, _: i64) -> Option<i64> {
        Some(0)
    }
}

/// A feasible plan of all orders.
pub(super) fn construct<S: ShipmentOptions>(pricer: &Pricer<'_, S>, prices: &Prices, guide: &Guide) -> Region {
    let problem = pricer.problem;
    let mut plan = Region::empty(problem, (0..problem.demand.orders() as u32).collect(), Room::full(problem));
    let mut scratch = pricer.scratch();
    for &order in &guide.sequence {
        insert(pricer, prices, &mut plan, order as usize, 256, &mut scratch);
    }
    plan
}

/// Gives an order without shipments its best plan among what is left, stock priced at `weight / 256` of the duals.
///
/// Shipments of one order that together overload a shared row are dropped again, the last first; a ship-complete order then
/// waits.
pub(super) fn insert<'a, S: ShipmentOptions>(
    pricer: &Pricer<'a, S>,
    prices: &Prices,
    region: &mut Region,
    local: usize,
    weight: i64,
    scratch: &mut ScratchOf<'a, S>,
) {
    let problem = pricer.problem;
    let order = region.orders[local];
    pricer.order(&Steered { room: &region.room, prices, weight }, order, scratch);
    for n in 0..scratch.chosen.len() {
        let (warehouse, mask) = scratch.chosen[n];
        let parcel = Parcel { order, warehouse: warehouse.into(), mask };
        let terms = Steered { room: &region.room, prices, weight };
        let choice = pricer.option(&terms, parcel, scratch);
        let shipment = choice.map(|choice| Shipment { order, warehouse: warehouse.into(), mask, choice });
        match shipment.filter(|shipment| n == 0 || region.room.fits(problem, shipment)) {
            Some(shipment) => region.add(problem, local, shipment),
            None if problem.demand.may_ship_partially(order) => {}
            None => {
                region.clear(problem, local);
                return;
            }
        }
    }
}
