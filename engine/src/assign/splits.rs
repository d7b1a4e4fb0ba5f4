//! Orders that may not be sent in any number of shipments: a hard limit, and prices by their number.
//!
//! The cheapest partition of an order's parts is then found for each number of shipments apart; orders without such terms
//! take the plain way in [`super::pricing`].

use crate::fault::Fault;

use super::lanes::NONE;
use super::options::UNITS_PER_CENT;
use super::problem::{MAX_CENTS, MAX_PARTS};

/// What an order's number of shipments is bound by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splits {
    /// Most shipments, at least 1; a plan of it never has more than [`MAX_PARTS`].
    pub most: usize,
    /// By number of shipments, 1 first: cents beside what they and the rows' `split_cents` cost. The first is 0.
    pub cents: [i64; MAX_PARTS],
}

impl Default for Splits {
    fn default() -> Self {
        Self { most: MAX_PARTS, cents: [0; MAX_PARTS] }
    }
}

impl Splits {
    /// Whether an order of so many parts is planned as if there were none.
    pub fn is_free(&self, parts: usize) -> bool {
        self.most >= parts && self.cents[..parts].iter().all(|&cents| cents == 0)
    }

    /// Cents of so many shipments.
    pub fn cents(&self, shipments: usize) -> i64 {
        shipments.checked_sub(1).map_or(0, |n| self.cents[n.min(MAX_PARTS - 1)])
    }

    /// Every violation, of order `order`.
    pub(super) fn faults(&self, order: usize) -> Vec<Fault> {
        let at = || format!("order {order}");
        let mut faults = Vec::new();
        if self.most == 0 {
            faults.push(Fault::new(at(), "splits.most", 0, "must be at least 1"));
        }
        if self.cents[0] != 0 {
            faults.push(Fault::new(at(), "splits.cents", self.cents[0], "must be 0 for one shipment"));
        }
        for cents in self.cents.iter().filter(|cents| !(0..=MAX_CENTS).contains(*cents)) {
            faults.push(Fault::new(at(), "splits.cents", cents, "must be between 0 and 26,843,544"));
        }
        faults
    }
}

const MASKS: usize = 1 << MAX_PARTS;

/// The cheapest ways to send sets of parts, by number of shipments. Values are tenths of a cent, a split included for each.
pub(super) struct Counted {
    splits: Splits,
    /// Shipments looked at, at most.
    most: usize,
    /// By number of shipments, then mask; 0 shipments hold nothing.
    cover: [[i64; MASKS]; MAX_PARTS + 1],
    /// The shipment of each such partition that holds its lowest part.
    last: [[u8; MASKS]; MAX_PARTS + 1],
}

/// A set of parts to send, and in how many shipments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub shipments: usize,
    pub mask: usize,
}

impl Counted {
    /// Nothing yet, for an order of so many parts.
    pub fn new(splits: Splits, parts: usize) -> Self {
        let mut cover = [[i64::from(NONE) * MAX_PARTS as i64; MASKS]; MAX_PARTS + 1];
        cover[0][0] = 0;
        Self { splits, most: splits.most.min(parts), cover, last: [[0; MASKS]; MAX_PARTS + 1] }
    }

    /// Partitions of every mask into shipments that cost `best`, each with `split` on top.
    pub fn partition(&mut self, best: &[i64; MASKS], masks: usize, split: i64) {
        for shipments in 1..=self.most {
            for mask in 1..masks {
                let low = mask & mask.wrapping_neg();
                let rest = mask ^ low;
                let mut sub = rest;
                loop {
                    let value = best[sub | low] + split + self.cover[shipments - 1][rest ^ sub];
                    if value < self.cover[shipments][mask] {
                        self.cover[shipments][mask] = value;
                        self.last[shipments][mask] = (sub | low) as u8;
                    }
                    if sub == 0 {
                        break;
                    }
                    sub = (sub - 1) & rest;
                }
            }
        }
    }

    /// As [`Self::partition`], with one more warehouse that may send one shipment; returns what it sends in each best plan, 0
    /// for nothing.
    pub fn with_warehouse(&mut self, best: &[i64], split: i64) -> [[u8; MASKS]; MAX_PARTS + 1] {
        let masks = best.len();
        let mut take = [[0_u8; MASKS]; MAX_PARTS + 1];
        // Falling, so that a number of shipments still reads the one below as it was before this warehouse.
        for shipments in (1..=self.most).rev() {
            for mask in 1..masks {
                let mut sub = mask;
                while sub != 0 {
                    let value = self.cover[shipments - 1][mask ^ sub] + best[sub] + split;
                    if value < self.cover[shipments][mask] {
                        (self.cover[shipments][mask], take[shipments][mask]) = (value, sub as u8);
                    }
                    sub = (sub - 1) & mask;
                }
            }
        }
        take
    }

    /// What a mask costs in so many shipments, the first split given back and the price of their number added.
    fn value(&self, sent: Sent, split: i64) -> i64 {
        let cents = self.splits.cents(sent.shipments) * UNITS_PER_CENT;
        self.cover[sent.shipments][sent.mask] - split + cents
    }

    /// The best number of shipments of a mask.
    pub fn best(&self, mask: usize, split: i64) -> (i64, Sent) {
        let all = (1..=self.most).map(|shipments| Sent { shipments, mask });
        let valued = all.map(|sent| (self.value(sent, split), sent));
        valued.min_by_key(|(value, sent)| (*value, sent.shipments)).expect("an order may be sent in one shipment")
    }

    /// The masks of the shipments, given [`Self::partition`].
    pub fn shipments(&self, mut sent: Sent) -> impl Iterator<Item = u8> + '_ {
        std::iter::from_fn(move || {
            if sent.mask == 0 {
                return None;
            }
            let part = self.last[sent.shipments][sent.mask];
            sent = Sent { shipments: sent.shipments - 1, mask: sent.mask ^ usize::from(part) };
            Some(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Seed;

    /// Every partition of `mask`, tried one by one: least value with the price of the number.
    fn tried(best: &[i64; MASKS], mask: usize, split: i64, splits: &Splits) -> i64 {
        fn go(best: &[i64; MASKS], mask: usize, split: i64, splits: &Splits, made: usize, sum: i64) -> i64 {
            if mask == 0 {
                return sum - split + splits.cents(made) * UNITS_PER_CENT;
            }
            if made == splits.most {
                return i64::MAX;
            }
            let low = mask & mask.wrapping_neg();
            let subs = (1..=mask).filter(|sub| sub & mask == *sub && sub & low != 0);
            let each = subs.map(|sub| go(best, mask ^ sub, split, splits, made + 1, sum + best[sub] + split));
            each.min().unwrap_or(i64::MAX)
        }
        go(best, mask, split, splits, 0, 0)
    }

    #[test]
    fn the_best_partition_of_each_number_is_found() {
        for seed in 0..60 {
            let mut rng = Seed(seed).rng();
            let parts = 2 + rng.below(MAX_PARTS - 1);
            let mut best = [0; MASKS];
            best.iter_mut().for_each(|value| *value = rng.range(10, 1_000));
            let price = rng.range(0, 40);
            let free = 1 + rng.below(3);
            let mut splits = Splits { most: 1 + rng.below(MAX_PARTS), ..Splits::default() };
            for n in 0..MAX_PARTS {
                splits.cents[n] = price * (n + 1).saturating_sub(free) as i64;
            }
            let mut counted = Counted::new(splits, parts);
            counted.partition(&best, 1 << parts, 15);
            for mask in 1..1 << parts {
                let (value, sent) = counted.best(mask, 15);
                assert_eq!(value, tried(&best, mask, 15, &splits), "seed {seed}, mask {mask:b}");
                let shipments: Vec<u8> = counted.shipments(sent).collect();
                assert_eq!(shipments.len(), sent.shipments);
                let sum: i64 = shipments.iter().map(|&part| best[usize::from(part)] + 15).sum();
                assert_eq!(sum - 15 + splits.cents(sent.shipments) * UNITS_PER_CENT, value);
                assert_eq!(shipments.iter().fold(0, |all, part| all ^ usize::from(*part)), mask);
            }
        }
    }
}
