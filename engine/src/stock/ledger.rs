//! The ledger itself.

use std::collections::BTreeMap;
use std::fmt;

use crate::ids::{OrderId, ReservationId};
use crate::model::{SkuIx, WarehouseIx};
use crate::units::Timestamp;

use super::event::{LostReason, StockEvent, StockLine};

/// Stock of one SKU at one warehouse, and all that ever came and went there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Physically there.
    pub on_hand: i64,
    /// Held softly.
    pub reserved: i64,
    /// Committed to orders.
    pub allocated: i64,
    /// Never sold.
    pub safety: i64,
    /// Came in, ever.
    pub received: i64,
    /// Came back and was put on the shelf, ever.
    pub restocked: i64,
    /// Left with carriers, ever.
    pub shipped: i64,
    /// Lost, ever.
    pub lost: i64,
}

impl Slot {
    /// Units that can still be promised; below zero only by the safety stock.
    pub fn available(&self) -> i64 {
        self.on_hand - self.reserved - self.allocated - self.safety
    }

    /// Whether nothing is promised that is not there, and all that came is accounted for.
    pub fn is_sound(&self) -> bool {
        self.reserved >= 0
            && self.allocated >= 0
            && self.on_hand >= self.reserved + self.allocated
            && self.received + self.restocked == self.on_hand + self.shipped + self.lost
    }
}

/// A soft hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// What it holds.
    pub lines: Vec<StockLine>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A line that cannot be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortStock {
    /// Which goods.
    pub sku: SkuIx,
    /// Where.
    pub warehouse: WarehouseIx,
    /// Units asked for, all lines of the command together.
    pub wanted: i64,
    /// Units there are.
    pub available: i64,
}

/// Why the ledger refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not enough: every short line.
    Short(Vec<ShortStock>),
    /// There is no such reservation, or it has expired.
    UnknownReservation(ReservationId),
    /// The id is in use.
    ReservationExists(ReservationId),
    /// The order holds less than the command takes from it.
    NotHeld(OrderId),
    /// The goods or the warehouse are not in the ledger, or a quantity is not positive.
    Invalid,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(lines) => {
                let text = |s: &ShortStock| {
                    format!(
                        "SKU {} at warehouse {}: {} wanted, {} available",
                        s.sku.0, s.warehouse.0, s.wanted, s.available
                    )
                };
                write!(f, "not enough stock: {}", lines.iter().map(text).collect::<Vec<_>>().join("; "))
            }
            Self::UnknownReservation(id) => write!(f, "there is no reservation `{id}`, or it has expired"),
            Self::ReservationExists(id) => write!(f, "there is a reservation `{id}` already"),
            Self::NotHeld(id) => write!(f, "order `{id}` does not hold that stock"),
            Self::Invalid => f.write_str("unknown goods or warehouse, or a quantity that is not positive"),
        }
    }
}

impl std::error::Error for Refusal {}

type Events = Result<Vec<StockEvent>, Refusal>;

/// All stock of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    warehouses: usize,
    slots: Vec<Slot>,
    reservations: BTreeMap<ReservationId, Reservation>,
    allocations: BTreeMap<OrderId, Vec<StockLine>>,
}

impl Ledger {
    /// Nothing anywhere.
    pub fn new(skus: usize, warehouses: usize) -> Self {
        Self {
            warehouses,
            slots: vec![Slot::default(); skus * warehouses],
            reservations: BTreeMap::new(),
            allocations: BTreeMap::new(),
        }
    }

    /// The slot of a SKU at a warehouse; an empty one where the ledger has none.
    pub fn slot(&self, sku: SkuIx, warehouse: WarehouseIx) -> Slot {
        self.cell(sku, warehouse).map(|cell| self.slots[cell]).unwrap_or_default()
    }

    /// Units that can be promised from a warehouse, never below zero.
    pub fn available(&self, sku: SkuIx, warehouse: WarehouseIx) -> i64 {
        self.slot(sku, warehouse).available().max(0)
    }

    /// Units that can be promised from all warehouses together.
    pub fn available_in_network(&self, sku: SkuIx) -> i64 {
        let first = sku.0 as usize * self.warehouses;
        self.slots.get(first..first + self.warehouses).into_iter().flatten().map(|slot| slot.available().max(0)).sum()
    }

    /// Every warehouse.
    pub fn warehouses(&self) -> impl Iterator<Item = WarehouseIx> + use<> {
        (0..self.warehouses as u32).map(WarehouseIx)
    }

    /// Every slot that ever held something, by SKU and then warehouse.
    pub fn slots(&self) -> impl Iterator<Item = (SkuIx, WarehouseIx, &Slot)> {
        let warehouses = self.warehouses;
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| **slot != Slot::default())
            .map(move |(cell, slot)| (SkuIx((cell / warehouses) as u32), WarehouseIx((cell % warehouses) as u32), slot))
    }

    /// What an order holds.
    pub fn allocation(&self, order: &OrderId) -> &[StockLine] {
        self.allocations.get(order).map_or(&[], Vec::as_slice)
    }

    /// A soft hold.
    pub fn reservation(&self, id: &ReservationId) -> Option<&Reservation> {
        self.reservations.get(id)
    }

    /// Every soft hold.
    pub fn reservations(&self) -> &BTreeMap<ReservationId, Reservation> {
        &self.reservations
    }

    /// Units come in.
    pub fn decide_receive(&self, sku: SkuIx, warehouse: WarehouseIx, quantity: i64) -> Events {
        if quantity <= 0 || self.cell(sku, warehouse).is_none() {
            return Err(Refusal::Invalid);
        }
        Ok(vec![StockEvent::Received { sku, warehouse, quantity }])
    }

    /// A count found `delta` more or less. Units that are promised cannot be counted away: that is a short pick.
    pub fn decide_adjust(&self, sku: SkuIx, warehouse: WarehouseIx, delta: i64) -> Events {
        if delta >= 0 {
            return self.decide_receive(sku, warehouse, delta);
        }
        let lost = u32::try_from(-delta).map_err(|_| Refusal::Invalid)?;
        let slot = self.slot(sku, warehouse);
        let free = slot.on_hand - slot.reserved - slot.allocated;
        if i64::from(lost) > free {
            return Err(Refusal::Short(vec![ShortStock { sku, warehouse, wanted: i64::from(lost), available: free }]));
        }
        Ok(vec![StockEvent::Lost { sku, warehouse, quantity: lost, reason: LostReason::Adjustment, order: None }])
    }

    /// Sets units aside that must not be sold.
    pub fn decide_safety(&self, sku: SkuIx, warehouse: WarehouseIx, quantity: i64) -> Events {
        if quantity < 0 || self.cell(sku, warehouse).is_none() {
            return Err(Refusal::Invalid);
        }
        Ok(vec![StockEvent::SafetySet { sku, warehouse, quantity }])
    }

    /// Holds stock softly until `expires_at`.
    pub fn decide_reserve(&self, id: &ReservationId, lines: &[StockLine], expires_at: Timestamp) -> Events {
        if self.reservations.contains_key(id) {
            return Err(Refusal::ReservationExists(id.clone()));
        }
        self.require(lines, None)?;
        Ok(vec![StockEvent::Reserved { reservation: id.clone(), lines: lines.to_vec(), expires_at }])
    }

    /// Gives a soft hold up.
    pub fn decide_release_reservation(&self, id: &ReservationId) -> Events {
        self.reservations.get(id).ok_or_else(|| Refusal::UnknownReservation(id.clone()))?;
        Ok(vec![StockEvent::ReservationReleased { reservation: id.clone() }])
    }

    /// Ends every soft hold whose time has come.
    pub fn decide_expire(&self, now: Timestamp) -> Vec<StockEvent> {
        let over = self.reservations.iter().filter(|(_, reservation)| reservation.expires_at <= now);
        over.map(|(id, _)| StockEvent::ReservationReleased { reservation: id.clone() }).collect()
    }

    /// Commits stock to an order; a reservation given is used up, so that its units count as available to the order.
    pub fn decide_allocate(&self, order: &OrderId, lines: &[StockLine], reservation: Option<&ReservationId>) -> Events {
        let held = match reservation {
            Some(id) => Some(self.reservations.get(id).ok_or_else(|| Refusal::UnknownReservation(id.clone()))?),
            None => None,
        };
        self.require(lines, held.map(|held| held.lines.as_slice()))?;
        let released = reservation.map(|id| StockEvent::ReservationReleased { reservation: id.clone() });
        Ok(released
            .into_iter()
            .chain([StockEvent::Allocated { order: order.clone(), lines: lines.to_vec() }])
            .collect())
    }

    /// Frees stock that an order holds.
    pub fn decide_release_allocation(&self, order: &OrderId, lines: &[StockLine]) -> Events {
        self.require_held(order, lines)?;
        Ok(vec![StockEvent::AllocationReleased { order: order.clone(), lines: lines.to_vec() }])
    }

    /// Moves an order's hold from some slots to others, all or nothing.
    pub fn decide_reallocate(&self, order: &OrderId, from: &[StockLine], to: &[StockLine]) -> Events {
        self.require_held(order, from)?;
        self.require(to, Some(from))?;
        Ok(vec![
            StockEvent::AllocationReleased { order: order.clone(), lines: from.to_vec() },
            StockEvent::Allocated { order: order.clone(), lines: to.to_vec() },
        ])
    }

    /// Committed stock leaves.
    pub fn decide_ship(&self, order: &OrderId, lines: &[StockLine]) -> Events {
        self.require_held(order, lines)?;
        Ok(vec![StockEvent::Shipped { order: order.clone(), lines: lines.to_vec() }])
    }

    /// Units of an order's hold were not found.
    pub fn decide_short_pick(&self, order: &OrderId, sku: SkuIx, warehouse: WarehouseIx, missing: u32) -> Events {
        self.require_held(order, &[StockLine { sku, warehouse, quantity: missing }])?;
        let order = Some(order.clone());
        Ok(vec![StockEvent::Lost { sku, warehouse, quantity: missing, reason: LostReason::ShortPick, order }])
    }

    /// Returned units arrive: some go on the shelf, the rest never enters the stock. Units written off are received and lost
    /// in one step, so that the books show them.
    pub fn decide_take_back(&self, sku: SkuIx, warehouse: WarehouseIx, restock: u32, written_off: u32) -> Events {
        self.cell(sku, warehouse).ok_or(Refusal::Invalid)?;
        let mut events = Vec::new();
        if restock + written_off > 0 {
            events.push(StockEvent::Restocked { sku, warehouse, quantity: restock + written_off });
        }
        if written_off > 0 {
            events.push(StockEvent::Lost {
                sku,
                warehouse,
                quantity: written_off,
                reason: LostReason::Scrap,
                order: None,
            });
        }
        Ok(events)
    }

    /// Changes the ledger as the event says. Total: what was decided on this ledger always fits.
    pub fn apply(&mut self, event: &StockEvent) {
        match event {
            StockEvent::Received { sku, warehouse, quantity } => self.change(*sku, *warehouse, |slot| {
                slot.on_hand += quantity;
                slot.received += quantity;
            }),
            StockEvent::Lost { sku, warehouse, quantity, order, .. } => {
                let units = i64::from(*quantity);
                self.change(*sku, *warehouse, |slot| {
                    slot.on_hand -= units;
                    slot.lost += units;
                });
                if let Some(order) = order {
                    self.give_up(order, &[StockLine { sku: *sku, warehouse: *warehouse, quantity: *quantity }]);
                }
            }
            StockEvent::SafetySet { sku, warehouse, quantity } => {
                self.change(*sku, *warehouse, |slot| slot.safety = *quantity);
            }
            StockEvent::Reserved { reservation, lines, expires_at } => {
                lines.iter().for_each(|line| {
                    self.change(line.sku, line.warehouse, |slot| slot.reserved += i64::from(line.quantity));
                });
                self.reservations
                    .insert(reservation.clone(), Reservation { lines: lines.clone(), expires_at: *expires_at });
            }
            StockEvent::ReservationReleased { reservation } => {
                let held = self.reservations.remove(reservation).map(|held| held.lines).unwrap_or_default();
                held.iter().for_each(|line| {
                    self.change(line.sku, line.warehouse, |slot| slot.reserved -= i64::from(line.quantity));
                });
            }
            StockEvent::Allocated { order, lines } => {
                lines.iter().for_each(|line| {
                    self.change(line.sku, line.warehouse, |slot| slot.allocated += i64::from(line.quantity));
                });
                self.allocations.entry(order.clone()).or_default().extend_from_slice(lines);
            }
            StockEvent::AllocationReleased { order, lines } => self.give_up(order, lines),
            StockEvent::Shipped { order, lines } => {
                self.give_up(order, lines);
                for line in lines {
                    self.change(line.sku, line.warehouse, |slot| {
                        slot.on_hand -= i64::from(line.quantity);
                        slot.shipped += i64::from(line.quantity);
                    });
                }
            }
            StockEvent::Restocked { sku, warehouse, quantity } => self.change(*sku, *warehouse, |slot| {
                slot.on_hand += i64::from(*quantity);
                slot.restocked += i64::from(*quantity);
            }),
        }
    }

    fn cell(&self, sku: SkuIx, warehouse: WarehouseIx) -> Option<usize> {
        let cell = sku.0 as usize * self.warehouses + warehouse.0 as usize;
        ((warehouse.0 as usize) < self.warehouses && cell < self.slots.len()).then_some(cell)
    }

    fn change(&mut self, sku: SkuIx, warehouse: WarehouseIx, change: impl FnOnce(&mut Slot)) {
        if let Some(cell) = self.cell(sku, warehouse) {
            change(&mut self.slots[cell]);
        }
    }

    /// Takes lines off an order's allocation.
    fn give_up(&mut self, order: &OrderId, lines: &[StockLine]) {
        for line in lines {
            self.change(line.sku, line.warehouse, |slot| slot.allocated -= i64::from(line.quantity));
            let mut left = line.quantity;
            for held in self.allocations.get_mut(order).into_iter().flatten() {
                if (held.sku, held.warehouse) == (line.sku, line.warehouse) {
                    let taken = left.min(held.quantity);
                    held.quantity -= taken;
                    left -= taken;
                }
            }
        }
        if let Some(held) = self.allocations.get_mut(order) {
            held.retain(|line| line.quantity > 0);
            if held.is_empty() {
                self.allocations.remove(order);
            }
        }
    }

    /// Whether the lines are available, units in `returning` counted as free.
    fn require(&self, lines: &[StockLine], returning: Option<&[StockLine]>) -> Result<(), Refusal> {
        if lines.is_empty()
            || lines.iter().any(|line| line.quantity == 0 || self.cell(line.sku, line.warehouse).is_none())
        {
            return Err(Refusal::Invalid);
        }
        let wanted = added_up(lines);
        let returned = returning.map(added_up).unwrap_or_default();
        let short: Vec<_> = wanted
            .into_iter()
            .map(|((sku, warehouse), wanted)| {
                let back = returned.get(&(sku, warehouse)).copied().unwrap_or(0);
                ShortStock { sku, warehouse, wanted, available: (self.slot(sku, warehouse).available() + back).max(0) }
            })
            .filter(|line| line.wanted > line.available)
            .collect();
        if short.is_empty() { Ok(()) } else { Err(Refusal::Short(short)) }
    }

    fn require_held(&self, order: &OrderId, lines: &[StockLine]) -> Result<(), Refusal> {
        let held = added_up(self.allocation(order));
        let covered = |(slot, wanted): (&(SkuIx, WarehouseIx), &i64)| held.get(slot).is_some_and(|held| held >= wanted);
        if lines.iter().any(|line| line.quantity == 0) {
            return Err(Refusal::Invalid);
        }
        if added_up(lines).iter().all(covered) { Ok(()) } else { Err(Refusal::NotHeld(order.clone())) }
    }
}

fn added_up(lines: &[StockLine]) -> BTreeMap<(SkuIx, WarehouseIx), i64> {
    let mut sum = BTreeMap::new();
    for line in lines {
        *sum.entry((line.sku, line.warehouse)).or_insert(0) += i64::from(line.quantity);
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SKUS: u32 = 3;
    const WAREHOUSES: u32 = 2;

    /// A command by numbers, as proptest draws it.
    #[derive(Clone, Copy, Debug)]
    struct Command {
        kind: u8,
        who: u8,
        sku: u32,
        warehouse: u32,
        quantity: u32,
    }

    fn commands() -> impl Strategy<Value = Vec<Command>> {
        let command = (0..12_u8, 0..4_u8, 0..SKUS, 0..WAREHOUSES, 0..6_u32)
            .prop_map(|(kind, who, sku, warehouse, quantity)| Command { kind, who, sku, warehouse, quantity });
        proptest::collection::vec(command, 1..120)
    }

    fn decide(ledger: &Ledger, c: Command) -> Events {
        let (sku, warehouse) = (SkuIx(c.sku), WarehouseIx(c.warehouse));
        let order = OrderId::new(&format!("o{}", c.who)).unwrap();
        let reservation = ReservationId::new(&format!("r{}", c.who)).unwrap();
        let line = StockLine { sku, warehouse, quantity: c.quantity };
        let other = StockLine { warehouse: WarehouseIx((c.warehouse + 1) % WAREHOUSES), ..line };
        match c.kind {
            0 | 1 => ledger.decide_receive(sku, warehouse, i64::from(c.quantity) * 3),
            2 => ledger.decide_adjust(sku, warehouse, -i64::from(c.quantity)),
            3 => ledger.decide_reserve(&reservation, &[line, other], Timestamp::from_unix(i64::from(c.quantity))),
            4 => ledger.decide_release_reservation(&reservation),
            5 => ledger.decide_allocate(&order, &[line], None),
            6 => ledger.decide_allocate(&order, &[line], Some(&reservation)),
            7 => ledger.decide_release_allocation(&order, &[line]),
            8 => ledger.decide_reallocate(&order, &[line], &[other]),
            9 => ledger.decide_ship(&order, &[line]),
            10 => ledger.decide_short_pick(&order, sku, warehouse, c.quantity),
            _ => ledger.decide_take_back(sku, warehouse, c.quantity, u32::from(c.who)),
        }
    }

    proptest! {
        #[test]
        fn stock_is_conserved_and_never_promised_twice(commands in commands()) {
            let mut ledger = Ledger::new(SKUS as usize, WAREHOUSES as usize);
            let mut log = Vec::new();
            for command in commands {
                for event in decide(&ledger, command).unwrap_or_default() {
                    ledger.apply(&event);
                    log.push(event);
                    prop_assert!(ledger.slots().all(|(_, _, slot)| slot.is_sound()), "{:?} after {:?}", ledger, log.last());
                }
                let held: i64 = ledger.allocations.values().flatten().map(|line| i64::from(line.quantity)).sum();
                prop_assert_eq!(held, ledger.slots().map(|(_, _, slot)| slot.allocated).sum::<i64>());
                let reserved: i64 = ledger.reservations.values().flat_map(|r| &r.lines).map(|l| i64::from(l.quantity)).sum();
                prop_assert_eq!(reserved, ledger.slots().map(|(_, _, slot)| slot.reserved).sum::<i64>());
            }
            let mut replayed = Ledger::new(SKUS as usize, WAREHOUSES as usize);
            log.iter().for_each(|event| replayed.apply(event));
            prop_assert_eq!(replayed, ledger);
        }
    }

    fn stocked(units: i64) -> Ledger {
        let mut ledger = Ledger::new(1, 1);
        ledger.apply(&StockEvent::Received { sku: SkuIx(0), warehouse: WarehouseIx(0), quantity: units });
        ledger
    }

    fn line(quantity: u32) -> StockLine {
        StockLine { sku: SkuIx(0), warehouse: WarehouseIx(0), quantity }
    }

    #[test]
    fn a_shortage_names_what_is_wanted_and_what_is_there() {
        let refused = stocked(3).decide_allocate(&OrderId::new("o").unwrap(), &[line(2), line(2)], None);
        let short = ShortStock { sku: SkuIx(0), warehouse: WarehouseIx(0), wanted: 4, available: 3 };
        assert_eq!(refused, Err(Refusal::Short(vec![short])));
    }

    #[test]
    fn an_expired_hold_frees_its_stock() {
        let mut ledger = stocked(3);
        let id = ReservationId::new("cart").unwrap();
        for event in ledger.decide_reserve(&id, &[line(3)], Timestamp::from_unix(100)).unwrap() {
            ledger.apply(&event);
        }
        assert_eq!(ledger.available(SkuIx(0), WarehouseIx(0)), 0);
        assert!(ledger.decide_expire(Timestamp::from_unix(99)).is_empty());
        for event in ledger.decide_expire(Timestamp::from_unix(100)) {
            ledger.apply(&event);
        }
        assert_eq!(ledger.available(SkuIx(0), WarehouseIx(0)), 3);
    }

    #[test]
    fn a_hold_counts_as_free_for_the_order_that_uses_it() {
        let mut ledger = stocked(3);
        let (id, order) = (ReservationId::new("cart").unwrap(), OrderId::new("o").unwrap());
        for event in ledger.decide_reserve(&id, &[line(3)], Timestamp::from_unix(100)).unwrap() {
            ledger.apply(&event);
        }
        assert!(ledger.decide_allocate(&order, &[line(3)], None).is_err());
        for event in ledger.decide_allocate(&order, &[line(3)], Some(&id)).unwrap() {
            ledger.apply(&event);
        }
        assert_eq!(
            ledger.slot(SkuIx(0), WarehouseIx(0)),
            Slot { on_hand: 3, allocated: 3, received: 3, ..Slot::default() }
        );
    }

    #[test]
    fn promised_units_cannot_be_counted_away() {
        let mut ledger = stocked(3);
        ledger.apply(&StockEvent::Allocated { order: OrderId::new("o").unwrap(), lines: vec![line(2)] });
        assert!(ledger.decide_adjust(SkuIx(0), WarehouseIx(0), -2).is_err());
        assert!(ledger.decide_adjust(SkuIx(0), WarehouseIx(0), -1).is_ok());
    }
}
