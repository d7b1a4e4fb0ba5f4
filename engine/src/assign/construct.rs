//! First plan: orders enter by falling regret, each in its best way at dual prices among what is left.

use rayon::prelude::*;

use super::dual::{Prices, Relaxed};
use super::options::{Parcel, ShipmentOptions};
use super::plan::Shipment;
use super::pricing::{Pricer, ScratchOf};
use super::region::Region;
use super::room::Steered;
use super::solve::LookAt;
use super::standing::Anchors;

/// Orders looked at by one task.
const CHUNK: usize = 2048;

/// What the dual prices say about each order.
pub(super) struct Guide {
    /// Value of the order's best plan at dual prices, in tenths of a cent: no plan of it costs less.
    pub floor: Vec<i64>,
    /// What it costs the order to do without what the best plan takes; 0 where nobody asks.
    pub regret: Vec<i64>,
    /// Orders by falling regret.
    pub sequence: Vec<u32>,
    wish_start: Vec<u32>,
    wishes: Vec<(u16, u8)>,
}

impl Guide {
    /// Prices every order as it likes, and without what it likes where that is asked for: where it has no standing plan, and
    /// everywhere if standing plans are to make way for new ones.
    pub fn new<S: ShipmentOptions>(
        pricer: &Pricer<'_, S>,
        prices: &Prices,
        anchors: &Anchors,
        look_at: LookAt,
    ) -> Self {
        let demand = &pricer.problem.demand;
        let orders = demand.orders();
        let free = Relaxed { prices, demand };
        let priced: Vec<(Vec<(i64, i64, u8)>, Vec<(u16, u8)>)> = (0..orders.div_ceil(CHUNK))
            .into_par_iter()
            .map_init(
                || pricer.scratch(),
                |scratch, chunk| {
                    let (mut values, mut wishes) = (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK));
                    for order in chunk * CHUNK..((chunk + 1) * CHUNK).min(orders) {
                        let value = pricer.order(&free, order as u32, scratch);
                        wishes.extend_from_slice(&scratch.chosen);
                        let count = scratch.chosen.len() as u8;
                        let asked = look_at == LookAt::New || anchors.of(order as u32).is_empty();
                        let regret = if asked { pricer.otherwise(&free, order as u32, scratch) - value } else { 0 };
                        values.push((value, regret, count));
                    }
                    (values, wishes)
                },
            )
            .collect();
        let values = || priced.iter().flat_map(|(values, _)| values);
        let regret: Vec<i64> = values().map(|&(_, regret, _)| regret).collect();
        let mut wish_start = vec![0_u32];
        values().for_each(|&(_, _, count)| wish_start.push(wish_start[wish_start.len() - 1] + u32::from(count)));
        let mut sequence: Vec<u32> = (0..orders as u32).collect();
        sequence.par_sort_unstable_by_key(|&order| (std::cmp::Reverse(regret[order as usize]), order));
        Self {
            floor: values().map(|&(value, ..)| value).collect(),
            regret,
            sequence,
            wish_start,
            wishes: priced.iter().flat_map(|(_, wishes)| wishes).copied().collect(),
        }
    }

    /// Warehouse and parts of each shipment of the order's best plan at dual prices.
    pub fn wish(&self, order: u32) -> &[(u16, u8)] {
        &self.wishes[self.wish_start[order as usize] as usize..self.wish_start[order as usize + 1] as usize]
    }
}

/// What stands and still fits, locked orders first.
pub(super) fn restored<S: ShipmentOptions>(pricer: &Pricer<'_, S>, anchors: &Anchors) -> Region {
    let mut plan = Region::whole(pricer.problem);
    for locked in [true, false] {
        for order in 0..plan.orders.len() as u32 {
            if anchors.is_locked(order) == locked {
                restore(pricer, &mut plan, order, anchors.of(order));
            }
        }
    }
    plan
}

/// A feasible plan of all orders: what stands and still fits; then the others.
pub(super) fn construct<S: ShipmentOptions>(
    pricer: &Pricer<'_, S>,
    prices: &Prices,
    guide: &Guide,
    anchors: &Anchors,
) -> Region {
    let mut plan = restored(pricer, anchors);
    let mut scratch = pricer.scratch();
    for &order in &guide.sequence {
        if plan.shipments(order as usize).is_empty() {
            insert(pricer, prices, &mut plan, order as usize, 256, &mut scratch);
        }
    }
    plan
}

/// Gives an order its standing shipments, all or none; none that leave a part of a ship-complete order behind, or are more than
/// it may have.
fn restore<S: ShipmentOptions>(pricer: &Pricer<'_, S>, plan: &mut Region, order: u32, standing: &[Shipment]) {
    let problem = pricer.problem;
    let shipped = standing.iter().fold(0, |mask, shipment| mask | u16::from(shipment.mask));
    if shipped != (1 << problem.demand.parts(order)) - 1 && !problem.demand.may_ship_partially(order) {
        return;
    }
    if problem.demand.splits(order).is_some_and(|splits| standing.len() > splits.most) {
        return;
    }
    if standing.iter().enumerate().any(|(n, a)| standing[..n].iter().any(|b| a.warehouse == b.warehouse)) {
        return;
    }
    for &shipment in standing {
        if !plan.fits(problem, order as usize, &shipment) {
            plan.clear(problem, order as usize);
            return;
        }
        plan.add(problem, order as usize, shipment);
    }
}

/// Gives an order without shipments its best plan among what is left, stock priced at `weight / 256` of the duals; returns its
/// value at these prices, in tenths of a cent.
///
/// Shipments of one order that together overload a shared row are dropped again, the last first; a ship-complete order then
/// waits, and so does one that would cost more than that.
pub(super) fn insert<'a, S: ShipmentOptions>(
    pricer: &Pricer<'a, S>,
    prices: &Prices,
    region: &mut Region,
    local: usize,
    weight: i32,
    scratch: &mut ScratchOf<'a, S>,
) -> i64 {
    let problem = pricer.problem;
    let (order, rows) = (region.orders[local], pricer.row_prices());
    let terms = Steered { room: &region.room, line_rows: region.line_rows(local), prices, rows, weight };
    let value = pricer.order(&terms, order, scratch);
    for n in 0..scratch.chosen.len() {
        let (warehouse, mask) = scratch.chosen[n];
        let parcel = Parcel { order, warehouse: warehouse.into(), mask };
        let terms = Steered { room: &region.room, line_rows: region.line_rows(local), prices, rows, weight };
        let choice = pricer.option(&terms, parcel, scratch);
        let shipment = choice.map(|choice| Shipment { order, warehouse: warehouse.into(), mask, choice });
        match shipment.filter(|shipment| n == 0 || region.fits(problem, local, shipment)) {
            Some(shipment) => region.add(problem, local, shipment),
            None if problem.demand.may_ship_partially(order) => {}
            None => {
                region.clear(problem, local);
                break;
            }
        }
    }
    // What is left of a plan that was cut may cost more than waiting does.
    if region.cents(problem, local) > problem.demand.whole_backlog(order) {
        region.clear(problem, local);
    }
    value
}
