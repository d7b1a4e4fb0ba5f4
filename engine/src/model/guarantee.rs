//! Guaranteed shares: the part of a warehouse's waves, and of its collections, that a merchant can count on.
//!
//! A guarantee holds for what its row says and what no narrower row says otherwise: a row that names a warehouse is narrower
//! than one that does not, and at one warehouse, or at all, a row that names a service is narrower than one that does not.
//! What a merchant has not used of its share by `release` before the cut-off (or the collection) is free for all.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::Seconds;

use super::{MerchantIx, ServiceIx, WarehouseIx};

/// All of a capacity, in basis points.
pub const WHOLE_BP: u32 = 10_000;

/// A merchant's guaranteed share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarantee {
    /// Whose.
    pub merchant: MerchantIx,
    /// Where; everywhere if it names none.
    pub warehouse: Option<WarehouseIx>,
    /// At whose collections; at all services' if it names none. A guarantee of work names none.
    pub service: Option<ServiceIx>,
    /// Of each wave's work, in basis points; `None` says nothing about work.
    pub work_bp: Option<u32>,
    /// Of each collection's room, in basis points; `None` says nothing about collections.
    pub pickup_bp: Option<u32>,
    /// How long before the cut-off, or the collection, what is not used is free for all.
    pub release: Seconds,
}

/// A merchant's share of one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose.
    pub merchant: MerchantIx,
    /// How much of it, in basis points; above 0.
    pub bp: u32,
    /// How long before its end what is not used is free for all.
    pub release: Seconds,
}

impl Share {
    /// The share of `capacity`, rounded down, so that shares of no more than the whole never come to more than it.
    pub fn of(&self, capacity: i64) -> i64 {
        // A capacity is far below 2^63 / 10,000.
        capacity.max(0) * i64::from(self.bp) / i64::from(WHOLE_BP)
    }
}

/// Every capacity's shares, by merchant; what is not listed is free for all.
#[derive(Clone, Debug, Default)]
pub(super) struct Shares {
    work: BTreeMap<WarehouseIx, Vec<Share>>,
    pickups: BTreeMap<(WarehouseIx, ServiceIx), Vec<Share>>,
}

impl Shares {
    /// The shares that `guarantees` come to at these warehouses and services.
    pub(super) fn new(guarantees: &[Guarantee], warehouses: &[WarehouseIx], services: &[ServiceIx]) -> Self {
        let mut shares = Self::default();
        for &warehouse in warehouses {
            let of_work = resolved(guarantees, |row| row.service.is_none() && at(row, warehouse), |row| row.work_bp);
            shares.work.extend((!of_work.is_empty()).then(|| (warehouse, listed(&of_work))));
            for &service in services {
                let room = at_pickup(guarantees, warehouse, service);
                shares.pickups.extend((!room.is_empty()).then(|| ((warehouse, service), listed(&room))));
            }
        }
        shares
    }

    pub(super) fn work(&self, warehouse: WarehouseIx) -> &[Share] {
        self.work.get(&warehouse).map_or(&[], Vec::as_slice)
    }

    pub(super) fn pickups(&self, warehouse: WarehouseIx, service: ServiceIx) -> &[Share] {
        self.pickups.get(&(warehouse, service)).map_or(&[], Vec::as_slice)
    }
}

/// The row that counts for each merchant, with its basis points.
type Resolved<'a> = BTreeMap<MerchantIx, (usize, &'a Guarantee, u32)>;

fn at(row: &Guarantee, warehouse: WarehouseIx) -> bool {
    row.warehouse.is_none_or(|at| at == warehouse)
}

fn at_pickup(guarantees: &[Guarantee], warehouse: WarehouseIx, service: ServiceIx) -> Resolved<'_> {
    let meant = |row: &Guarantee| at(row, warehouse) && row.service.is_none_or(|by| by == service);
    resolved(guarantees, meant, |row| row.pickup_bp)
}

fn resolved(
    guarantees: &[Guarantee],
    meant: impl Fn(&Guarantee) -> bool,
    bp: impl Fn(&Guarantee) -> Option<u32>,
) -> Resolved<'_> {
    let narrow = |row: &Guarantee| (row.warehouse.is_some(), row.service.is_some());
    let mut found = Resolved::new();
    for (n, row) in guarantees.iter().enumerate().filter(|(_, row)| meant(row)) {
        let Some(bp) = bp(row) else { continue };
        let narrower = found.get(&row.merchant).is_none_or(|(_, known, _)| narrow(row) > narrow(known));
        if narrower {
            found.insert(row.merchant, (n, row, bp));
        }
    }
    found
}

fn listed(found: &Resolved) -> Vec<Share> {
    let share = |(&merchant, &(_, row, bp)): (&MerchantIx, &(usize, &Guarantee, u32))| Share {
        merchant,
        bp,
        release: row.release,
    };
    found.iter().map(share).filter(|share| share.bp > 0).collect()
}

/// Where guarantees together come to more than the whole: the number of the last row that counts there, the column, and the
/// sum in basis points. What the same rows come to at several places is told once.
pub(super) fn overdrawn(
    guarantees: &[Guarantee],
    warehouses: &[WarehouseIx],
    services: &[ServiceIx],
) -> Vec<(usize, &'static str, u64)> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    let mut look = |column: &'static str, rows: &Resolved| {
        let sum: u64 = rows.values().map(|&(_, _, bp)| u64::from(bp)).sum();
        let mut numbers: Vec<usize> = rows.values().map(|&(n, _, _)| n).collect();
        numbers.sort_unstable();
        let last = numbers.last().copied().unwrap_or(0);
        if sum > u64::from(WHOLE_BP) && told.insert((column, numbers)) {
            found.push((last, column, sum));
        }
    };
    for &warehouse in warehouses {
        let of_work = resolved(guarantees, |row| row.service.is_none() && at(row, warehouse), |row| row.work_bp);
        look("work_bp", &of_work);
        services.iter().for_each(|&service| look("pickup_bp", &at_pickup(guarantees, warehouse, service)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [WarehouseIx; 2] = [WarehouseIx(0), WarehouseIx(1)];
    const SERVICES: [ServiceIx; 2] = [ServiceIx(0), ServiceIx(1)];

    /// `merchant warehouse service work pickup release`, `-` for an empty cell.
    fn rows(text: &str) -> Vec<Guarantee> {
        let row = |line: &str| {
            let cells: Vec<Option<u32>> = line.split_whitespace().map(|cell| cell.parse().ok()).collect();
            Guarantee {
                merchant: MerchantIx(cells[0].unwrap()),
                warehouse: cells[1].map(WarehouseIx),
                service: cells[2].map(ServiceIx),
                work_bp: cells[3],
                pickup_bp: cells[4],
                release: Seconds::minutes(cells[5].unwrap().into()),
            }
        };
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(row).collect()
    }

    fn told(shares: &[Share]) -> Vec<(u32, u32, i64)> {
        shares.iter().map(|share| (share.merchant.0, share.bp, share.release.get() / 60)).collect()
    }

    #[test]
    fn the_narrowest_row_counts_and_an_empty_cell_says_nothing() {
        let shares = Shares::new(
            &rows(
                "0 - - 3000 2000 60
                 0 1 - 5000 -    30
                 0 - 1 -    100  90
                 1 1 - -    4000 60
                 1 1 1 -    0    60",
            ),
            &PLACES,
            &SERVICES,
        );
        assert_eq!(told(shares.work(PLACES[0])), [(0, 3000, 60)]);
        assert_eq!(told(shares.work(PLACES[1])), [(0, 5000, 30)]);
        assert_eq!(told(shares.pickups(PLACES[0], SERVICES[0])), [(0, 2000, 60)]);
        assert_eq!(told(shares.pickups(PLACES[0], SERVICES[1])), [(0, 100, 90)]);
        // The row of warehouse 1 says nothing about collections, so the wider ones hold there too.
        assert_eq!(told(shares.pickups(PLACES[1], SERVICES[0])), [(0, 2000, 60), (1, 4000, 60)]);
        assert_eq!(told(shares.pickups(PLACES[1], SERVICES[1])), [(0, 100, 90)]);
        assert_eq!(Share { merchant: MerchantIx(0), bp: 3333, release: Seconds::ZERO }.of(10), 3);
    }

    #[test]
    fn what_comes_to_more_than_the_whole_is_told_once_for_each_set_of_rows() {
        let guarantees = rows(
            "0 - - 6000 5000 60
             1 - - 4000 5000 60
             2 1 - 1    -    60
             2 - 0 -    1    60",
        );
        assert_eq!(overdrawn(&guarantees, &PLACES, &SERVICES), [(3, "pickup_bp", 10_001), (2, "work_bp", 10_001)]);
        assert_eq!(overdrawn(&guarantees[..2], &PLACES, &SERVICES), []);
    }
}
