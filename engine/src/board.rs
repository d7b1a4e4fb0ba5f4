//! The price board: what one more unit of a scarce capacity would save.
//!
//! The assignment planner publishes its duals here; quotes, promises and the next plan read them, so that demand is steered
//! away from what is scarce before it runs out. Prices are in cents per unit of the capacity: work of a wave, room of a
//! pickup, room under an allotment on a day, a parcel of a day whose volume has a surcharge, stock of a SKU at a warehouse; of work
//! and room the part that all share has a price, and what is guaranteed to a merchant one of its own. What is not listed is
//! free. Prices steer choices; a buyer never pays them.
//!
//! **Smoothing.** A plan's duals are one sample of what scarcity costs; [`PriceBoard::followed_by`] averages them exponentially, so
//! that demand is not sent to and fro. **Age.** Prices count in full for [`FRESH`], then fade, and are nothing at [`STALE`]: a board
//! that nobody renews must not steer (prices from an old or poor forecast can be worse than none; Acimovic and Graves 2015).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{MerchantIx, SkuIx, WarehouseIx};
use crate::promise::{AllotmentRef, PickupRef, VolumeRef, WaveRef};
use crate::units::{Cents, Seconds, Timestamp};

/// Prices no older than this count in full.
pub const FRESH: Seconds = Seconds::hours(2);
/// Prices of this age count nothing.
pub const STALE: Seconds = Seconds::hours(6);
/// Weight of the newest prices in the average, in basis points.
const NEWEST_BP: i64 = 6_000;
/// All of it, in basis points.
const WHOLE_BP: i64 = 10_000;

/// Shadow prices, and when they were found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriceBoard {
    /// When they were found; `None` while nothing was planned yet.
    pub as_of: Option<Timestamp>,
    /// A unit of work in a wave, of what all share.
    #[serde(with = "pairs")]
    pub work: BTreeMap<WaveRef, Cents>,
    /// Room for a parcel at a collection, of what all share.
    #[serde(with = "pairs")]
    pub pickup: BTreeMap<PickupRef, Cents>,
    /// Room for a parcel under an allotment on a day.
    #[serde(with = "pairs", default)]
    pub allotment: BTreeMap<AllotmentRef, Cents>,
    /// A unit of a merchant's own guaranteed work in a wave; what is not listed there is free.
    #[serde(default, with = "pairs")]
    pub own_work: BTreeMap<(WaveRef, MerchantIx), Cents>,
    /// Room for a parcel in a merchant's own share of a collection.
    #[serde(default, with = "pairs")]
    pub own_pickup: BTreeMap<(PickupRef, MerchantIx), Cents>,
    /// A parcel more of a day whose volume has a surcharge.
    #[serde(default, with = "pairs")]
    pub volume: BTreeMap<VolumeRef, Cents>,
    /// A unit of stock.
    #[serde(with = "pairs")]
    pub stock: BTreeMap<(SkuIx, WarehouseIx), Cents>,
}

impl PriceBoard {
    /// The prices as they count at `now`.
    pub fn at(&self, now: Timestamp) -> PricesNow<'_> {
        PricesNow { board: self, weight_bp: self.weight_bp(now) }
    }

    /// Whether nothing has a price.
    pub fn is_free(&self) -> bool {
        let Self { as_of: _, work, pickup, allotment, own_work, own_pickup, volume, stock } = self;
        let shared = work.is_empty() && pickup.is_empty() && allotment.is_empty() && volume.is_empty();
        shared && own_work.is_empty() && own_pickup.is_empty() && stock.is_empty()
    }

    /// How much the prices count at `now`, in basis points.
    pub fn weight_bp(&self, now: Timestamp) -> i64 {
        let Some(as_of) = self.as_of else { return 0 };
        let left = (STALE - (now - as_of)).get().max(0);
        (WHOLE_BP * left / (STALE - FRESH).get()).min(WHOLE_BP)
    }

    /// The board after a plan found the prices of `newer`: an exponential average of what these still count and those. Where
    /// nothing counts any more, `newer` is taken as it is. `looked_at` says which capacities the plan knew; others keep what
    /// they still count.
    #[must_use]
    pub fn followed_by(&self, newer: &Self, looked_at: &impl LookedAt) -> Self {
        let Some(now) = newer.as_of else { return self.clone() };
        let old = self.weight_bp(now);
        let average = |old_price: Cents, new_price: Cents, known: bool| match (known, old) {
            (true, 0) => new_price,
            (true, _) => {
                let faded = old_price.get() * old / WHOLE_BP;
                Cents::new((faded * (WHOLE_BP - NEWEST_BP) + new_price.get() * NEWEST_BP) / WHOLE_BP)
            }
            (false, _) => Cents::new(old_price.get() * old / WHOLE_BP),
        };
        Self {
            as_of: Some(now),
            work: merged(&self.work, &newer.work, |wave, a, b| average(a, b, looked_at.work(wave))),
            pickup: merged(&self.pickup, &newer.pickup, |pickup, a, b| average(a, b, looked_at.pickup(pickup))),
            allotment: merged(&self.allotment, &newer.allotment, |of, a, b| average(a, b, looked_at.allotment(of))),
            own_work: merged(&self.own_work, &newer.own_work, |(wave, _), a, b| average(a, b, looked_at.work(wave))),
            own_pickup: merged(&self.own_pickup, &newer.own_pickup, |(pickup, _), a, b| {
                average(a, b, looked_at.pickup(pickup))
            }),
            volume: merged(&self.volume, &newer.volume, |day, a, b| average(a, b, looked_at.volume(day))),
            stock: merged(&self.stock, &newer.stock, |&(sku, w), a, b| average(a, b, looked_at.stock(sku, w))),
        }
    }
}

/// Which capacities a plan has prices for, zero included. What can no longer be used, such as a wave that is closed, should
/// count as known: its price then falls away.
pub trait LookedAt {
    /// A wave's work.
    fn work(&self, wave: &WaveRef) -> bool;
    /// A collection's room.
    fn pickup(&self, pickup: &PickupRef) -> bool;
    /// Room under an allotment.
    fn allotment(&self, allotment: &AllotmentRef) -> bool;
    /// A day's volume.
    fn volume(&self, day: &VolumeRef) -> bool;
    /// A SKU's stock at a warehouse.
    fn stock(&self, sku: SkuIx, warehouse: WarehouseIx) -> bool;
}

/// Both lists by key, without what has no price.
fn merged<K: Ord + Copy>(
    old: &BTreeMap<K, Cents>,
    new: &BTreeMap<K, Cents>,
    average: impl Fn(&K, Cents, Cents) -> Cents,
) -> BTreeMap<K, Cents> {
    let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(key)));
    let price = |map: &BTreeMap<K, Cents>, key: &K| map.get(key).copied().unwrap_or_default();
    keys.map(|key| (*key, average(key, price(old, key), price(new, key))))
        .filter(|(_, price)| *price > Cents::ZERO)
        .collect()
}

/// The board as it counts at an instant.
#[derive(Clone, Copy, Debug)]
pub struct PricesNow<'a> {
    board: &'a PriceBoard,
    weight_bp: i64,
}

impl PricesNow<'_> {
    /// How much the prices count, in basis points.
    pub fn weight_bp(&self) -> i64 {
        self.weight_bp
    }

    /// Price of a unit of work in `wave`.
    pub fn work(&self, wave: &WaveRef) -> Cents {
        self.faded(self.board.work.get(wave))
    }

    /// Price of room for one parcel at `pickup`.
    pub fn pickup(&self, pickup: &PickupRef) -> Cents {
        self.faded(self.board.pickup.get(pickup))
    }

    /// Price of room for one parcel under `allotment`.
    pub fn allotment(&self, allotment: &AllotmentRef) -> Cents {
        self.faded(self.board.allotment.get(allotment))
    }

    /// Price of a unit of `merchant`'s own work in `wave`.
    pub fn own_work(&self, wave: &WaveRef, merchant: MerchantIx) -> Cents {
        self.faded(self.board.own_work.get(&(*wave, merchant)))
    }

    /// Price of room for one parcel in `merchant`'s own share of `pickup`.
    pub fn own_pickup(&self, pickup: &PickupRef, merchant: MerchantIx) -> Cents {
        self.faded(self.board.own_pickup.get(&(*pickup, merchant)))
    }

    /// Price of a parcel more of a day's volume.
    pub fn volume(&self, day: &VolumeRef) -> Cents {
        self.faded(self.board.volume.get(day))
    }

    /// Price of a unit of `sku` at `warehouse`.
    pub fn stock(&self, sku: SkuIx, warehouse: WarehouseIx) -> Cents {
        self.faded(self.board.stock.get(&(sku, warehouse)))
    }

    fn faded(&self, price: Option<&Cents>) -> Cents {
        price.map_or(Cents::ZERO, |price| Cents::new(price.get() * self.weight_bp / WHOLE_BP))
    }
}

/// Maps as lists of pairs: JSON's keys are texts only.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map.iter())
    }

    pub fn deserialize<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<K, V>, D::Error> {
        Ok(Vec::<(K, V)>::deserialize(from)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows all stock and nothing else.
    struct Stock;

    impl LookedAt for Stock {
        fn work(&self, _: &WaveRef) -> bool {
            false
        }
        fn pickup(&self, _: &PickupRef) -> bool {
            false
        }
        fn volume(&self, _: &VolumeRef) -> bool {
            false
        }
        fn allotment(&self, _: &AllotmentRef) -> bool {
            false
        }
        fn stock(&self, _: SkuIx, _: WarehouseIx) -> bool {
            true
        }
    }

    const SLOT: (SkuIx, WarehouseIx) = (SkuIx(3), WarehouseIx(1));

    fn board(hour: i64, cents: i64) -> PriceBoard {
        let stock = BTreeMap::from([(SLOT, Cents::new(cents))]);
        PriceBoard { as_of: Some(Timestamp::default() + Seconds::hours(hour)), stock, ..PriceBoard::default() }
    }

    fn at(board: &PriceBoard, hour: i64) -> i64 {
        board.at(Timestamp::default() + Seconds::hours(hour)).stock(SLOT.0, SLOT.1).get()
    }

    #[test]
    fn prices_fade_with_age() {
        let board = board(0, 100);
        let seen: Vec<i64> = [0, 2, 3, 4, 6, 60].map(|hour| at(&board, hour)).to_vec();
        assert_eq!(seen, [100, 100, 75, 50, 0, 0]);
        assert_eq!(PriceBoard::default().weight_bp(Timestamp::default()), 0);
    }

    #[test]
    fn prices_follow_plans_smoothly() {
        // 0.4 x 100 + 0.6 x 200 = 160; after four hours the old price counts half: 0.4 x 50 + 0.6 x 200 = 140.
        assert_eq!(at(&board(0, 100).followed_by(&board(1, 200), &Stock), 1), 160);
        assert_eq!(at(&board(0, 100).followed_by(&board(4, 200), &Stock), 4), 140);
        // What is out of date takes no part; a price that a plan finds to be zero falls away.
        assert_eq!(at(&board(0, 100).followed_by(&board(7, 200), &Stock), 7), 200);
        let free = PriceBoard { stock: BTreeMap::new(), ..board(0, 0) };
        let mut falling = board(0, 100);
        for _ in 0..6 {
            falling = falling.followed_by(&free, &Stock);
        }
        assert!(falling.stock.is_empty(), "{falling:?}");
    }

    #[test]
    fn what_a_plan_did_not_look_at_keeps_its_price() {
        let wave = WaveRef { warehouse: WarehouseIx(0), date: jiff::civil::date(2025, 11, 11), slot: 0 };
        let old = PriceBoard { work: BTreeMap::from([(wave, Cents::new(40))]), ..board(0, 100) };
        let followed = old.followed_by(&board(3, 100), &Stock);
        assert_eq!(followed.work[&wave], Cents::new(30));
    }
}
