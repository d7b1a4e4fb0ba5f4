//! Guaranteed room as rows of an assignment problem.
//!
//! A capacity that is partly guaranteed ([`crate::fulfilment::State::load`]) becomes one row of what all share and, for each
//! merchant with a guarantee, a row of what is left of it. A shipment draws from one of them, so its options come in
//! variants that differ in their rows alone. That keeps every plan within `sum over m of max(0, x_m - g_m) <= C - sum of g`; it is
//! a little stricter, since a shipment cannot draw from both. One that stands and does (it was accepted on the last of the
//! guarantee and some shared room) gets a row of its own, of just what it holds.
//!
//! **Few rows.** Where the orders looked at could not overdraw what is shared even together, the capacity stays one row. A
//! merchant whose orders all fit its own row draws from that only; one without a guarantee, from the shared row only.

use std::collections::{BTreeMap, BTreeSet};

use crate::fulfilment::{BacklogOrder, Guaranteed, PlannedShipment};
use crate::model::{MerchantIx, World};
use crate::promise::{PickupRef, WaveRef};
use crate::units::Cents;

use super::NO_ROW;
use super::listing::Found;

/// Amounts of one capacity by merchant.
pub(super) type ByMerchant = BTreeMap<MerchantIx, i64>;

/// Whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Everybody's.
    All,
    /// A merchant's own.
    Of(MerchantIx),
    /// That of one shipment which stands across both.
    Standing,
}

impl Owner {
    /// The row's price, of the shared one and the merchants' own; what only one shipment can use has none.
    pub(super) fn price(self, shared: Cents, own: impl FnOnce(MerchantIx) -> Cents) -> Cents {
        match self {
            Self::All => shared,
            Self::Of(merchant) => own(merchant),
            Self::Standing => Cents::ZERO,
        }
    }
}

/// What there is of one capacity when nothing that is planned anew holds any of it.
pub(super) struct Room {
    /// What is free in all.
    pub free: i64,
    /// What is left of each guarantee that holds.
    pub own: ByMerchant,
}

impl Room {
    /// `free` and `guaranteed` as they are now; `held` is what is planned anew.
    pub(super) fn new(free: i64, guaranteed: &[Guaranteed], held: Option<&ByMerchant>) -> Self {
        let of = |merchant: MerchantIx| held.and_then(|held| held.get(&merchant)).copied().unwrap_or(0);
        let left = |share: &Guaranteed| (share.amount - share.used + of(share.merchant)).max(0);
        let own = guaranteed.iter().map(|share| (share.merchant, left(share)));
        let held: i64 = held.iter().flat_map(|held| held.values()).sum();
        Self { free: free + held, own: own.filter(|(_, left)| *left > 0).collect() }
    }
}

/// The most that orders could take of waves and collections, by merchant: each order its largest option.
#[derive(Default)]
pub(super) struct Most {
    pub work: BTreeMap<(WaveRef, MerchantIx), i64>,
    pub pickups: BTreeMap<(PickupRef, MerchantIx), i64>,
}

/// What these orders could take with the options found for each; nothing where nothing is guaranteed, as nobody asks then.
pub(super) fn most(world: &World, orders: &[BacklogOrder], found: &[Vec<Found>]) -> Most {
    let mut most = Most::default();
    if world.guarantees.is_empty() {
        return most;
    }
    for (order, found) in orders.iter().zip(found) {
        let mut work: Vec<_> = found.iter().map(|option| (option.planned.wave, option.planned.work)).collect();
        let room = |planned: &PlannedShipment| (PickupRef::from(planned), i64::from(planned.parcels));
        let mut pickups: Vec<_> = found.iter().map(|option| room(&option.planned)).collect();
        largest(&mut work).for_each(|(wave, amount)| *most.work.entry((wave, order.merchant)).or_default() += amount);
        largest(&mut pickups).for_each(|(at, amount)| *most.pickups.entry((at, order.merchant)).or_default() += amount);
    }
    most
}

/// The largest amount of each key.
fn largest<K: Ord + Copy>(uses: &mut [(K, i64)]) -> impl Iterator<Item = (K, i64)> + '_ {
    uses.sort_unstable();
    uses.chunk_by(|a, b| a.0 == b.0).filter_map(|group| group.last().copied())
}

/// A shipment that stands: what it holds of one capacity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding<K> {
    pub key: K,
    pub merchant: MerchantIx,
    pub amount: i64,
}

/// The rows of one kind of capacity: first one for each in the order given, then merchants' own, then standing shipments'.
pub(super) struct SharedRows<K> {
    /// What each row is of, and whose.
    pub of: Vec<(K, Owner)>,
    /// What each has.
    pub capacity: Vec<i64>,
    shared: BTreeMap<K, u32>,
    own: BTreeMap<(K, MerchantIx), u32>,
    /// Merchants whose own row is all that they can need.
    own_only: BTreeSet<(K, MerchantIx)>,
}

impl<K: Ord + Copy> SharedRows<K> {
    /// The rows of these capacities, for orders that could take at most `demand` of each, by merchant.
    pub(super) fn new(rooms: impl Iterator<Item = (K, Room)>, demand: &BTreeMap<(K, MerchantIx), i64>) -> Self {
        let mut rows = Self {
            of: Vec::new(),
            capacity: Vec::new(),
            shared: BTreeMap::new(),
            own: BTreeMap::new(),
            own_only: BTreeSet::new(),
        };
        let mut own_rows = Vec::new();
        for (key, room) in rooms {
            let shared = room.free - room.own.values().sum::<i64>();
            let asked = demand.range((key, MerchantIx(0))..=(key, MerchantIx(u32::MAX)));
            let asked: Vec<(MerchantIx, i64)> = asked.map(|(&(_, merchant), &amount)| (merchant, amount)).collect();
            let own = |merchant: MerchantIx| room.own.get(&merchant).copied().unwrap_or(0);
            let above: i64 = asked.iter().map(|&(merchant, amount)| (amount - own(merchant)).max(0)).sum();
            let binds = !room.own.is_empty() && above > shared;
            rows.shared.insert(key, rows.of.len() as u32);
            rows.of.push((key, Owner::All));
            rows.capacity.push(if binds { shared } else { room.free }.max(0));
            let with_own = asked.into_iter().filter(|&(merchant, _)| binds && own(merchant) > 0);
            own_rows.extend(with_own.map(|(merchant, amount)| (key, merchant, own(merchant), amount)));
        }
        for (key, merchant, left, asked) in own_rows {
            rows.own.insert((key, merchant), rows.of.len() as u32);
            rows.own_only.extend((asked <= left).then_some((key, merchant)));
            rows.of.push((key, Owner::Of(merchant)));
            rows.capacity.push(left);
        }
        rows
    }

    /// The rows that an option of the merchant may draw from; [`NO_ROW`] for a capacity that has no row.
    pub(super) fn variants(&self, key: K, merchant: MerchantIx) -> Vec<u32> {
        let shared = std::iter::once(self.shared.get(&key).copied().unwrap_or(NO_ROW));
        match self.own.get(&(key, merchant)) {
            Some(&own) if self.own_only.contains(&(key, merchant)) => vec![own],
            Some(&own) => std::iter::once(own).chain(shared).collect(),
            None => shared.collect(),
        }
    }

    /// The row that each of these standing shipments draws from. Those that fit their merchant's own row do; where what is
    /// shared does not suffice for the others although they stand, one of each merchant is given a row of its own, out of what is
    /// left of the merchant's and the rest of what is shared.
    pub(super) fn place(&mut self, standing: impl Iterator<Item = Holding<K>>) -> Vec<u32> {
        let standing: Vec<Holding<K>> = standing.collect();
        let mut left = self.capacity.clone();
        let mut placed: Vec<u32> = Vec::with_capacity(standing.len());
        for held in &standing {
            let own = self.own.get(&(held.key, held.merchant)).copied();
            let row = own.filter(|&row| left[row as usize] >= held.amount).or(self.shared.get(&held.key).copied());
            if let Some(row) = row {
                left[row as usize] -= held.amount;
            }
            placed.push(row.unwrap_or(NO_ROW));
        }
        for (n, held) in standing.iter().enumerate() {
            let (Some(&own), Some(&shared)) = (self.own.get(&(held.key, held.merchant)), self.shared.get(&held.key))
            else {
                continue;
            };
            let (own, shared) = (own as usize, shared as usize);
            let straddles = placed[n] == shared as u32 && left[shared] < 0 && left[own] > 0;
            if straddles {
                let from_own = left[own].min(held.amount);
                self.capacity[own] -= from_own;
                self.capacity[shared] = (self.capacity[shared] - (held.amount - from_own)).max(0);
                left[own] -= from_own;
                left[shared] += from_own;
                placed[n] = self.of.len() as u32;
                self.of.push((held.key, Owner::Standing));
                self.capacity.push(held.amount);
            }
        }
        placed
    }

    /// The rows as the problem takes them.
    pub(super) fn rows<R>(&self, row: impl Fn(&K, i64) -> R) -> Vec<R> {
        self.of.iter().zip(&self.capacity).map(|((key, _), &capacity)| row(key, capacity)).collect()
    }

    /// Of prices by row those of merchants' own.
    pub(super) fn own_prices<'a>(&'a self, prices: &'a [f64]) -> impl Iterator<Item = ((K, MerchantIx), &'a f64)> {
        self.own.iter().map(|(&key, &row)| (key, &prices[row as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FERN: MerchantIx = MerchantIx(0);
    const BOLT: MerchantIx = MerchantIx(1);

    /// One capacity of 20 of which FERN has 8.
    fn rows(fern: i64, bolt: i64) -> SharedRows<u8> {
        let room = Room { free: 20, own: BTreeMap::from([(FERN, 8)]) };
        SharedRows::new([(7, room)].into_iter(), &BTreeMap::from([((7, FERN), fern), ((7, BOLT), bolt)]))
    }

    #[test]
    fn rows_are_split_only_where_the_guarantee_binds() {
        let free = rows(9, 11);
        assert_eq!((free.capacity.as_slice(), free.of.len()), ([20].as_slice(), 1));
        assert_eq!((free.variants(7, FERN), free.variants(7, BOLT)), (vec![0], vec![0]));
        // BOLT alone could take what FERN is guaranteed; FERN cannot need more than that.
        let own = rows(8, 13);
        assert_eq!(own.capacity, [12, 8]);
        assert_eq!((own.variants(7, FERN), own.variants(7, BOLT)), (vec![1], vec![0]));
        let both = rows(9, 13);
        assert_eq!((both.variants(7, FERN), both.variants(7, BOLT)), (vec![1, 0], vec![0]));
        assert_eq!(both.variants(1, FERN), [NO_ROW]);
    }

    #[test]
    fn what_stands_across_both_rows_keeps_its_place() {
        let held = |merchant, amount| Holding { key: 7, merchant, amount };
        let mut easy = rows(30, 30);
        assert_eq!(easy.place([held(FERN, 3), held(BOLT, 9), held(FERN, 5)].into_iter()), [1, 0, 1]);
        // FERN's 3 + 3 fit the 8 of its own, the third 3 takes the last 2 of them and 1 that is shared; BOLT has 11.
        let mut tight = rows(30, 30);
        let placed = tight.place([held(FERN, 3), held(FERN, 3), held(FERN, 3), held(BOLT, 11)].into_iter());
        assert_eq!(placed, [1, 1, 2, 0]);
        assert_eq!(tight.capacity, [11, 6, 3]);
        assert_eq!(tight.of[2], (7, Owner::Standing));
    }
}
