//! A set of orders with the capacity that is theirs to use; the whole problem is the largest.

use rayon::prelude::*;

use crate::search::Seed;

use super::options::ShipmentOptions;
use super::plan::Shipment;
use super::problem::Problem;
use super::room::{Room, Volume};
use super::rows::Tier;

/// Plans of some orders and the capacity left to them.
#[derive(Clone, Debug)]
pub(super) struct Region {
    /// Global order indices, ascending.
    pub orders: Vec<u32>,
    /// Where each order's shipments start; an order has room for as many as it has parts.
    start: Vec<u32>,
    count: Vec<u8>,
    shipments: Vec<Shipment>,
    pub room: Room,
}

impl Region {
    /// No order ships yet.
    pub fn empty<S: ShipmentOptions>(problem: &Problem<S>, orders: Vec<u32>, room: Room) -> Self {
        let mut start = Vec::with_capacity(orders.len() + 1);
        start.push(0);
        let mut total = 0;
        for &order in &orders {
            total += problem.demand.parts(order) as u32;
            start.push(total);
        }
        let choice = super::options::Choice { cents: 0, work_row: 0, pickup_row: 0, carrier: 0, parcels: 0, tag: 0 };
        let blank = Shipment { order: 0, warehouse: 0, mask: 0, choice };
        Self { count: vec![0; orders.len()], shipments: vec![blank; total as usize], orders, start, room }
    }

    /// Shipments of the local order.
    pub fn shipments(&self, local: usize) -> &[Shipment] {
        let first = self.start[local] as usize;
        &self.shipments[first..first + usize::from(self.count[local])]
    }

    /// Cents of the local order, tiers apart.
    pub fn cents<S: ShipmentOptions>(&self, problem: &Problem<S>, local: usize) -> i64 {
        order_cents(problem, self.orders[local], self.shipments(local))
    }

    /// Cents of all orders and of the tiers.
    pub fn total_cents<S: ShipmentOptions>(&self, problem: &Problem<S>) -> i64 {
        (0..self.orders.len()).map(|local| self.cents(problem, local)).sum::<i64>() + self.room.tier_cents()
    }

    /// Takes the order's shipments out of the plan and gives their capacity back.
    pub fn clear<S: ShipmentOptions>(&mut self, problem: &Problem<S>, local: usize) {
        let first = self.start[local] as usize;
        for shipment in &self.shipments[first..first + usize::from(self.count[local])] {
            self.room.give(problem, shipment);
        }
        self.count[local] = 0;
    }

    /// Adds a shipment; the caller knows that it fits.
    pub fn add<S: ShipmentOptions>(&mut self, problem: &Problem<S>, local: usize, shipment: Shipment) {
        self.room.take(problem, &shipment);
        self.put(local, shipment);
    }

    fn put(&mut self, local: usize, shipment: Shipment) {
        self.shipments[self.start[local] as usize + usize::from(self.count[local])] = shipment;
        self.count[local] += 1;
    }

    /// Cuts this region into `parts` that share no capacity: orders by one of their SKUs, free stock to the part of its SKU,
    /// free rows evenly. `seed` changes who meets whom.
    pub fn split<S: ShipmentOptions>(&self, problem: &Problem<S>, parts: usize, seed: Seed) -> Vec<Self> {
        let salt = seed.0;
        let home = |sku: u32| (mix(salt ^ u64::from(sku)) % parts as u64) as usize;
        let mut members = vec![Vec::new(); parts];
        for (local, &order) in self.orders.iter().enumerate() {
            let lines = problem.demand.lines(order);
            let line = lines.start + (mix(salt ^ u64::from(order) << 32) % lines.len() as u64) as usize;
            members[home(problem.demand.sku(line))].push(local as u32);
        }
        let rooms = self.share_rooms(problem, &members, &home, salt);
        let build = |(locals, room): (Vec<u32>, Room)| {
            let orders = locals.iter().map(|&local| self.orders[local as usize]).collect();
            let mut region = Self::empty(problem, orders, room);
            for (n, &local) in locals.iter().enumerate() {
                self.shipments(local as usize).iter().for_each(|&shipment| region.put(n, shipment));
            }
            region
        };
        members.into_par_iter().zip(rooms).map(build).collect()
    }

    fn share_rooms<S: ShipmentOptions>(
        &self,
        problem: &Problem<S>,
        members: &[Vec<u32>],
        home: &dyn Fn(u32) -> usize,
        salt: u64,
    ) -> Vec<Room> {
        let parts = members.len();
        let share = |left: &[i64], part: usize| -> Vec<i64> {
            let n = parts as i64;
            let extra = |row: usize| (row as u64 + salt + part as u64) % parts as u64;
            left.iter().enumerate().map(|(row, &x)| x / n + i64::from((extra(row) as i64) < x % n)).collect()
        };
        let mut parcels = vec![vec![0_i64; self.room.carriers.len()]; parts];
        for (part, locals) in members.iter().enumerate() {
            for shipment in locals.iter().flat_map(|&local| self.shipments(local as usize)) {
                if let Some(count) = parcels[part].get_mut(shipment.choice.carrier as usize) {
                    *count += i64::from(shipment.choice.parcels);
                }
            }
        }
        let mut rooms: Vec<Room> = (0..parts)
            .map(|part| Room {
                stock: vec![0; self.room.stock.len()],
                work: share(&self.room.work, part),
                pickup: share(&self.room.pickup, part),
                carriers: self.room.carriers.iter().zip(&parcels[part]).map(|(v, &own)| slice(v, own, parts)).collect(),
            })
            .collect();
        for sku in 0..problem.demand.skus() as u32 {
            let part = home(sku);
            let range = problem.demand.slots_of(sku);
            rooms[part].stock[range.clone()].copy_from_slice(&self.room.stock[range]);
        }
        rooms
    }

    /// The whole again, from its parts.
    pub fn merge<S: ShipmentOptions>(&self, problem: &Problem<S>, parts: &[Self]) -> Self {
        let mut whole = Self::empty(problem, self.orders.clone(), Room::full(problem));
        for part in parts {
            for (n, &order) in part.orders.iter().enumerate() {
                // The whole holds every order, so local and global indices agree.
                for &shipment in part.shipments(n) {
                    whole.add(problem, order as usize, shipment);
                }
            }
        }
        whole
    }
}

/// A part's own view of a carrier: its parcels fill the tiers as they do on the whole, and what is free is shared evenly.
/// As the surcharges are convex, the parts' surcharges never add up to less than the whole's.
fn slice(whole: &Volume, own: i64, parts: usize) -> Volume {
    let (mut left, mut filled, mut given) = (whole.parcels, 0, 0);
    let tiers = whole.tiers.iter().map(|tier| {
        let taken = left.min(tier.width);
        left -= taken;
        filled += taken;
        let upto = if whole.parcels == 0 {
            0
        } else {
            (i128::from(own) * i128::from(filled) / i128::from(whole.parcels)) as i64
        };
        let width = upto - given + (tier.width - taken) / parts as i64;
        given = upto;
        Tier { width, ..*tier }
    });
    Volume { tiers: tiers.collect(), parcels: own }
}

/// Cents of an order that ships like this, tiers apart.
pub(super) fn order_cents<S: ShipmentOptions>(problem: &Problem<S>, order: u32, shipments: &[Shipment]) -> i64 {
    let demand = &problem.demand;
    if shipments.is_empty() {
        return demand.whole_backlog(order);
    }
    let shipped = shipments.iter().fold(0_u8, |mask, shipment| mask | shipment.mask);
    let waiting: i64 = demand.lines_in(order, !shipped).map(|line| demand.line_backlog(line)).sum();
    let moved: i64 = shipments.iter().map(|shipment| shipment.choice.cents).sum();
    moved + problem.rows.split_cents * (shipments.len() as i64 - 1) + waiting
}

/// Local orders by SKU, in compressed rows over the SKUs that occur.
pub(super) struct BySku {
    start: Vec<u32>,
    locals: Vec<u32>,
}

impl BySku {
    pub fn new<S: ShipmentOptions>(problem: &Problem<S>, orders: &[u32]) -> Self {
        let demand = &problem.demand;
        let mut start = vec![0_u32; demand.skus() + 1];
        for line in orders.iter().flat_map(|&order| demand.lines(order)) {
            start[demand.sku(line) as usize + 1] += 1;
        }
        for sku in 0..demand.skus() {
            start[sku + 1] += start[sku];
        }
        let mut locals = vec![0; start[demand.skus()] as usize];
        let mut next = start.clone();
        for (local, &order) in orders.iter().enumerate() {
            for line in demand.lines(order) {
                let at = &mut next[demand.sku(line) as usize];
                locals[*at as usize] = local as u32;
                *at += 1;
            }
        }
        Self { start, locals }
    }

    /// Local orders with a line of the SKU.
    pub fn orders(&self, sku: u32) -> &[u32] {
        &self.locals[self.start[sku as usize] as usize..self.start[sku as usize + 1] as usize]
    }
}

/// SplitMix64's finisher, as a hash.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
