//! The first plan of parts: in turns, each within its share of what is free.

use rayon::prelude::*;

use crate::assign::construct::{Guide, insert, restored};
use crate::assign::dual::Prices;
use crate::assign::layout::Layout;
use crate::assign::options::ShipmentOptions;
use crate::assign::pricing::Pricer;
use crate::assign::problem::Problem;
use crate::assign::region::{Region, slice};
use crate::assign::room::{Room, Steered};
use crate::assign::rows::AllotmentRow;
use crate::assign::standing::Anchors;

use super::Partition;

/// Turns in which orders enter, and further ones for those that did not get what they claimed.
const TURNS: usize = 24;
const LAST_TURNS: usize = 8;
/// An order that gets a plan worth this much less than what it claimed, in tenths of a cent, claims again in the next turn.
const PATIENCE: i64 = 100;

/// A feasible plan of all orders: what stands and still fits; then turn by turn the others.
pub(in crate::assign) fn construct<S: ShipmentOptions>(
    pricer: &Pricer<'_, S>,
    prices: &Prices,
    parts: &Partition,
    guide: &Guide,
    anchors: &Anchors,
) -> Region {
    let layout = Layout::new(pricer.problem);
    let mut whole = restored(pricer, anchors);
    let mut turns = guide.sequence.chunks(guide.sequence.len().div_ceil(TURNS).max(1));
    let mut again = vec![Vec::new(); parts.count()];
    for turn in 0..TURNS + LAST_TURNS {
        let mut entering = std::mem::replace(&mut again, vec![Vec::new(); parts.count()]);
        for &order in turns.next().unwrap_or_default() {
            if whole.shipments(order as usize).is_empty() {
                entering[parts.of(order)].push(order);
            }
        }
        let claims: Vec<Claims> = entering.par_iter().map(|orders| claims(pricer, prices, &whole, orders)).collect();
        let rooms = Rooms::new(&layout, &whole.room, &claims);
        let patience = if turn + 1 < TURNS + LAST_TURNS { PATIENCE } else { i64::MAX / 4 };
        let planned: Vec<(Region, Vec<u32>)> = entering
            .par_iter()
            .enumerate()
            .map(|(part, by_regret)| {
                let mut orders = by_regret.clone();
                orders.sort_unstable();
                let room = |skus: &[u32]| rooms.of(pricer.problem, &whole.room, part, skus);
                let region = whole.part(pricer.problem, &orders, room);
                plan_turn(pricer, prices, region, by_regret, &claims[part].values, patience)
            })
            .collect();
        for (part, (region, waiting)) in planned.into_iter().enumerate() {
            whole.take_over(pricer.problem, &region);
            again[part] = waiting;
        }
    }
    whole
}

/// Plans the orders of a part's turn; those that get less than they claimed, but for `patience`, are given back unplanned.
fn plan_turn<S: ShipmentOptions>(
    pricer: &Pricer<'_, S>,
    prices: &Prices,
    mut region: Region,
    by_regret: &[u32],
    claimed: &[i64],
    patience: i64,
) -> (Region, Vec<u32>) {
    let mut scratch = pricer.scratch();
    let mut waiting = Vec::new();
    for (&order, claimed) in by_regret.iter().zip(claimed) {
        let local = region.orders.binary_search(&order).expect("these are the same orders");
        if insert(pricer, prices, &mut region, local, 256, &mut scratch) > claimed + patience {
            region.clear(pricer.problem, local);
            waiting.push(order);
        }
    }
    (region, waiting)
}

/// What the orders of a part would like to have of what is free.
struct Claims {
    /// Units of each slot.
    slots: Vec<i32>,
    /// How many orders there are, as their claim on rows.
    rows: i64,
    /// By order, what it would cost at dual prices, in tenths of a cent.
    values: Vec<i64>,
}

fn claims<S: ShipmentOptions>(pricer: &Pricer<'_, S>, prices: &Prices, whole: &Region, orders: &[u32]) -> Claims {
    let demand = &pricer.problem.demand;
    let mut slots = vec![0; demand.slots().len()];
    let mut scratch = pricer.scratch();
    let mut claim = |&order: &u32| {
        let (room, line_rows) = (&whole.room, whole.line_rows(order as usize));
        let terms = Steered { room, line_rows, prices, rows: pricer.row_prices(), weight: 256 };
        let value = pricer.order(&terms, order, &mut scratch);
        for &(warehouse, mask) in &scratch.chosen {
            for line in demand.lines_in(order, mask) {
                if let Some(slot) = demand.slot_at(demand.sku(line), warehouse.into()) {
                    slots[slot] += demand.quantity(line);
                }
            }
        }
        value
    };
    let values = orders.iter().map(&mut claim).collect();
    Claims { slots, rows: orders.len() as i64, values }
}

/// Whole units of what is free, by part.
struct Rooms {
    slots: Vec<Vec<i32>>,
    work: Vec<Vec<i64>>,
    pickup: Vec<Vec<i64>>,
    allotments: Vec<Vec<i64>>,
}

impl Rooms {
    fn new(layout: &Layout, free: &Room, claims: &[Claims]) -> Self {
        let mut slots = vec![vec![0; layout.cells.len()]; claims.len()];
        for (slot, &cell) in layout.cells.iter().enumerate() {
            let units = i64::from(free.stock[cell as usize]);
            let own = |part: usize| i64::from(claims[part].slots[slot]);
            divide(units, claims.len(), slot, own, |part, units| slots[part][slot] = units as i32);
        }
        let by_orders = |free: &[i64]| {
            let mut of_part = vec![vec![0; free.len()]; claims.len()];
            for (row, &units) in free.iter().enumerate() {
                divide(units, claims.len(), row, |part| claims[part].rows, |part, units| of_part[part][row] = units);
            }
            of_part
        };
        let allotted: Vec<i64> = free.allotments.iter().map(|row| row.capacity).collect();
        Self { slots, work: by_orders(&free.work), pickup: by_orders(&free.pickup), allotments: by_orders(&allotted) }
    }

    fn of<S: ShipmentOptions>(&self, problem: &Problem<S>, free: &Room, part: usize, skus: &[u32]) -> Room {
        let demand = &problem.demand;
        let mut stock = vec![0; skus.len() * demand.lanes()];
        for (row, &sku) in stock.chunks_mut(demand.lanes()).zip(skus) {
            for slot in demand.slots_of(sku) {
                row[usize::from(demand.slots()[slot].warehouse)] = self.slots[part][slot];
            }
        }
        let allotments = free.allotments.iter().zip(&self.allotments[part]);
        Room {
            stock,
            work: self.work[part].clone(),
            pickup: self.pickup[part].clone(),
            allotments: allotments.map(|(row, &capacity)| AllotmentRow { capacity, ..*row }).collect(),
            carriers: free.carriers.iter().map(|volume| slice(volume, 0, self.slots.len())).collect(),
        }
    }
}

/// Whole units in proportion to claims, rounded down; the rest one by one to those with the largest remainders. What nobody
/// claims goes to one part after the other by `turn`.
fn divide(units: i64, parts: usize, turn: usize, claim: impl Fn(usize) -> i64, mut give: impl FnMut(usize, i64)) {
    let units = units.max(0);
    let sum: i64 = (0..parts).map(&claim).sum();
    if sum == 0 {
        return give(turn % parts, units);
    }
    let exact = |part: usize| i128::from(units) * i128::from(claim(part));
    let floor = |part: usize| (exact(part) / i128::from(sum)) as i64;
    let rest = |part: usize| exact(part) % i128::from(sum);
    let left = units - (0..parts).map(floor).sum::<i64>();
    let before = |part: usize| (0..parts).filter(|&other| (rest(other), part) > (rest(part), other)).count() as i64;
    (0..parts).for_each(|part| give(part, floor(part) + i64::from(left > 0 && before(part) < left)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_divided_whole() {
        let check = |units: i64, claims: &[i64], expected: &[i64]| {
            let mut given = vec![0; claims.len()];
            divide(units, claims.len(), 4, |part| claims[part], |part, units| given[part] = units);
            assert_eq!(given, expected, "{units} among {claims:?}");
        };
        check(10, &[1, 1, 1], &[4, 3, 3]);
        check(1, &[2, 7], &[0, 1]);
        check(3, &[0, 0, 0], &[0, 3, 0]);
        check(0, &[1, 2], &[0, 0]);
        check(7, &[0, 5], &[0, 7]);
    }
}
