//! What an earlier plan binds: shipments that stand, some of them locked, and what moving the others costs.

use super::options::ShipmentOptions;
use super::plan::Shipment;
use super::problem::Problem;

/// An earlier plan to start from. Orders that it does not ship are planned as if they were new.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Shipments by ascending order, in the numbers of the problem to solve. What does not fit any more (stock or room is
    /// gone) is planned anew.
    pub shipments: Vec<Shipment>,
    /// Orders that keep their shipments whatever it costs, such as those already released; ascending.
    pub locked: Vec<u32>,
    /// Orders that may move as if they had no shipments yet, as these were never planned together with others'; ascending.
    pub provisional: Vec<u32>,
    /// What moving one order is held to cost, in cents; not part of the plan's cost.
    pub move_cents: i64,
    /// Most orders that the search may move; `None` for any number.
    pub most_moves: Option<u32>,
}

impl Standing {
    /// Orders whose shipments differ from the standing ones. Orders that had none or provisional ones do not count.
    pub fn moved(&self, shipments: &[Shipment]) -> usize {
        let groups = |a: &Shipment, b: &Shipment| a.order == b.order;
        let mut new = shipments.chunk_by(groups).peekable();
        let mut moved = 0;
        for old in self.shipments.chunk_by(groups) {
            while new.peek().is_some_and(|own| own[0].order < old[0].order) {
                new.next();
            }
            let kept = new.peek().is_some_and(|own| own[0].order == old[0].order && same(own, old));
            moved += usize::from(!kept && self.provisional.binary_search(&old[0].order).is_err());
        }
        moved
    }

    /// The same in the numbers of a renumbered problem: order `old` is order `new_of[old]`.
    pub(super) fn renumbered(&self, new_of: &[u32]) -> Self {
        let number = |order: u32| new_of[order as usize];
        let mut shipments: Vec<Shipment> =
            self.shipments.iter().map(|&shipment| Shipment { order: number(shipment.order), ..shipment }).collect();
        shipments.sort_by_key(|shipment| shipment.order);
        let numbers = |orders: &[u32]| {
            let mut numbers: Vec<u32> = orders.iter().map(|&order| number(order)).collect();
            numbers.sort_unstable();
            numbers
        };
        let (locked, provisional) = (numbers(&self.locked), numbers(&self.provisional));
        Self { shipments, locked, provisional, ..*self }
    }
}

/// [`Standing`] by order.
pub(super) struct Anchors {
    start: Vec<u32>,
    shipments: Vec<Shipment>,
    locked: Vec<bool>,
    provisional: Vec<bool>,
    pub move_cents: i64,
}

impl Anchors {
    pub fn new<S: ShipmentOptions>(problem: &Problem<S>, standing: Option<&Standing>) -> Self {
        let orders = problem.demand.orders();
        let Some(standing) = standing else {
            let start = vec![0; orders + 1];
            let (locked, provisional) = (Vec::new(), Vec::new());
            return Self { start, shipments: Vec::new(), locked, provisional, move_cents: 0 };
        };
        let mut start = vec![0_u32; orders + 1];
        standing.shipments.iter().for_each(|shipment| start[shipment.order as usize + 1] += 1);
        for order in 0..orders {
            start[order + 1] += start[order];
        }
        let marked = |list: &[u32]| {
            let mut marked = vec![false; orders];
            list.iter().for_each(|&order| marked[order as usize] = true);
            marked
        };
        let (mut locked, provisional) = (marked(&standing.locked), marked(&standing.provisional));
        // One without shipments has none to keep: it is as new, and may be left out again if that is cheaper.
        locked.iter_mut().enumerate().for_each(|(order, is_locked)| *is_locked &= start[order] < start[order + 1]);
        Self { start, shipments: standing.shipments.clone(), locked, provisional, move_cents: standing.move_cents }
    }

    /// The order's standing shipments; none where it has no plan yet.
    pub fn of(&self, order: u32) -> &[Shipment] {
        &self.shipments[self.start[order as usize] as usize..self.start[order as usize + 1] as usize]
    }

    /// Whether the order is new to the plan.
    pub fn is_new(&self, order: u32) -> bool {
        self.of(order).is_empty() || self.provisional.get(order as usize).copied().unwrap_or(false)
    }

    /// Whether the order must stay as it is.
    pub fn is_locked(&self, order: u32) -> bool {
        self.locked.get(order as usize).copied().unwrap_or(false)
    }

    /// Whether an order that ships like this does so as it was planned to.
    pub fn stands(&self, order: u32, shipments: &[Shipment]) -> bool {
        !self.is_new(order) && same(shipments, self.of(order))
    }

    /// Whether an order that ships like this has moved.
    pub fn moved(&self, order: u32, shipments: &[Shipment]) -> bool {
        !self.is_new(order) && !same(shipments, self.of(order))
    }
}

/// Whether both are the same shipments, in any sequence, whatever rows they draw from.
fn same(a: &[Shipment], b: &[Shipment]) -> bool {
    let key = |s: &Shipment| (s.order, s.warehouse, s.mask, s.choice.tag, s.choice.cents);
    a.len() == b.len() && a.iter().all(|shipment| b.iter().any(|other| key(other) == key(shipment)))
}
