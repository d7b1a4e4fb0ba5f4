//! A set of orders with the capacity that is theirs to use; the whole problem is the largest.

use crate::search::Seed;

use super::options::{Choice, NO_ROW, ShipmentOptions};
use super::plan::Shipment;
use super::problem::Problem;
use super::room::{Room, Volume};
use super::rows::{AllotmentRow, Tier};

/// Plans of some orders and the capacity left to them.
#[derive(Clone, Debug)]
pub(super) struct Region {
    /// Global order indices, ascending.
    pub orders: Vec<u32>,
    /// Where each order's shipments start; an order has room for as many as it has parts.
    start: Vec<u32>,
    count: Vec<u8>,
    shipments: Vec<Shipment>,
    /// Where each order's lines start, and the stock row of each line.
    line_start: Vec<u32>,
    line_row: Vec<u32>,
    /// The SKU of each stock row.
    pub skus: Vec<u32>,
    pub room: Room,
}

/// How a round cuts the whole into parts: every SKU has a home, and so has every order by one of its SKUs. Where orders come
/// in groups, each group is cut by itself, and a SKU has a home in one of them.
pub(super) struct Cut {
    salt: u64,
    groups: usize,
    /// Partition of a group.
    each: usize,
}

impl Cut {
    /// `seed` says who meets whom.
    pub fn new(groups: usize, each: usize, seed: Seed) -> Self {
        Self { salt: seed.0, groups, each }
    }

    /// How many parts.
    pub fn parts(&self) -> usize {
        self.groups * self.each
    }

    fn is_home(&self, sku: u32, part: usize) -> bool {
        let group = mix(self.salt.rotate_left(17) ^ u64::from(sku)) % self.groups as u64;
        group as usize * self.each + self.within(sku) == part
    }

    /// The part of its group that the SKU is in.
    fn within(&self, sku: u32) -> usize {
        (mix(self.salt ^ u64::from(sku)) % self.each as u64) as usize
    }

    /// Which of these orders, given ascending, belong to each part, ascending; `group_of` knows the group of each.
    pub fn members<S: ShipmentOptions>(
        &self,
        problem: &Problem<S>,
        orders: impl ExactSizeIterator<Item = u32>,
        group_of: impl Fn(u32) -> usize,
    ) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::with_capacity(orders.len() / self.parts() * 5 / 4); self.parts()];
        for order in orders {
            let lines = problem.demand.lines(order);
            let line = lines.start + (mix(self.salt ^ u64::from(order) << 32) % lines.len() as u64) as usize;
            members[group_of(order) * self.each + self.within(problem.demand.sku(line))].push(order);
        }
        members
    }
}

impl Region {
    /// All orders and all capacity; no order ships yet.
    pub fn whole<S: ShipmentOptions>(problem: &Problem<S>) -> Self {
        let skus: Vec<u32> = (0..problem.demand.skus() as u32).collect();
        Self::empty(problem, (0..problem.demand.orders() as u32).collect(), skus.clone(), &skus, Room::full(problem))
    }

    /// These orders, which are distinct, and all capacity; no order ships yet.
    pub fn over<S: ShipmentOptions>(problem: &Problem<S>, orders: Vec<u32>) -> Self {
        let skus: Vec<u32> = (0..problem.demand.skus() as u32).collect();
        Self::empty(problem, orders, skus.clone(), &skus, Room::full(problem))
    }

    /// `row_of` is the stock row of each SKU.
    fn empty<S: ShipmentOptions>(
        problem: &Problem<S>,
        orders: Vec<u32>,
        skus: Vec<u32>,
        row_of: &[u32],
        room: Room,
    ) -> Self {
        let demand = &problem.demand;
        let (mut start, mut line_start) = (Vec::with_capacity(orders.len() + 1), Vec::with_capacity(orders.len() + 1));
        let mut line_row = Vec::with_capacity(orders.len() * 2);
        let mut total = 0;
        for &order in &orders {
            start.push(total);
            line_start.push(line_row.len() as u32);
            total += demand.parts(order) as u32;
            line_row.extend(demand.lines(order).map(|line| row_of[demand.sku(line) as usize]));
        }
        start.push(total);
        line_start.push(line_row.len() as u32);
        let none = NO_ROW;
        let choice = Choice {
            cents: 0,
            work_row: none,
            pickup_row: none,
            allotments: [none; 2],
            carrier: none,
            parcels: 0,
            tag: 0,
        };
        let blank = Shipment { order: 0, warehouse: 0, mask: 0, choice };
        let count = vec![0; orders.len()];
        Self { orders, start, count, shipments: vec![blank; total as usize], line_start, line_row, skus, room }
    }

    /// Shipments of the local order.
    pub fn shipments(&self, local: usize) -> &[Shipment] {
        let first = self.start[local] as usize;
        &self.shipments[first..first + usize::from(self.count[local])]
    }

    /// Stock rows of the local order's lines.
    pub fn line_rows(&self, local: usize) -> &[u32] {
        &self.line_row[self.line_start[local] as usize..self.line_start[local + 1] as usize]
    }

    /// Units free of the local order's `nth` line at the warehouse.
    pub fn free<S: ShipmentOptions>(&self, problem: &Problem<S>, local: usize, nth: usize, warehouse: u32) -> i32 {
        self.room.stock[self.line_rows(local)[nth] as usize * problem.demand.lanes() + warehouse as usize]
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
        for n in first..first + usize::from(self.count[local]) {
            self.change(problem, local, self.shipments[n], -1);
        }
        self.count[local] = 0;
    }

    /// Adds a shipment; the caller knows that it fits.
    pub fn add<S: ShipmentOptions>(&mut self, problem: &Problem<S>, local: usize, shipment: Shipment) {
        self.change(problem, local, shipment, 1);
        self.put(local, shipment);
    }

    /// Whether stock and rows admit the shipment.
    pub fn fits<S: ShipmentOptions>(&self, problem: &Problem<S>, local: usize, shipment: &Shipment) -> bool {
        let demand = &problem.demand;
        let lines = demand.lines(shipment.order).enumerate();
        let mut units = 0;
        for (nth, line) in lines.filter(|(_, line)| shipment.mask >> demand.part(*line) & 1 == 1) {
            if self.free(problem, local, nth, shipment.warehouse) < demand.quantity(line) {
                return false;
            }
            units += i64::from(demand.quantity(line));
        }
        self.room.open(&shipment.choice.rows(), problem.work_of(shipment.choice.work_row, units))
    }

    fn change<S: ShipmentOptions>(&mut self, problem: &Problem<S>, local: usize, shipment: Shipment, sign: i32) {
        let demand = &problem.demand;
        let rows = self.line_start[local] as usize;
        let mut units = 0;
        for (nth, line) in demand.lines(shipment.order).enumerate() {
            if shipment.mask >> demand.part(line) & 1 == 1 {
                let need = demand.quantity(line);
                units += i64::from(need);
                let row = self.line_row[rows + nth] as usize;
                self.room.stock[row * demand.lanes() + shipment.warehouse as usize] -= sign * need;
            }
        }
        let work = problem.work_of(shipment.choice.work_row, units);
        self.room.change(&shipment.choice.rows(), work, sign.into());
    }

    fn put(&mut self, local: usize, shipment: Shipment) {
        self.shipments[self.start[local] as usize + usize::from(self.count[local])] = shipment;
        self.count[local] += 1;
    }

    /// The part of this whole with these members, with the shipments that they have, and the room that `room` gives it for
    /// its SKUs.
    pub fn part<S: ShipmentOptions>(
        &self,
        problem: &Problem<S>,
        members: &[u32],
        room: impl FnOnce(&[u32]) -> Room,
    ) -> Self {
        let demand = &problem.demand;
        let mut row_of = vec![u32::MAX; demand.skus()];
        let mut skus = Vec::new();
        for line in members.iter().flat_map(|&order| demand.lines(order)) {
            let sku = demand.sku(line);
            if row_of[sku as usize] == u32::MAX {
                row_of[sku as usize] = skus.len() as u32;
                skus.push(sku);
            }
        }
        let room = room(&skus);
        let mut region = Self::empty(problem, members.to_vec(), skus, &row_of, room);
        for (n, &order) in members.iter().enumerate() {
            self.shipments(order as usize).iter().for_each(|&shipment| region.put(n, shipment));
        }
        region
    }

    /// Parcels of these orders by carrier.
    fn parcels(&self, members: &[u32]) -> Vec<i64> {
        let mut parcels = vec![0_i64; self.room.carriers.len()];
        for shipment in members.iter().flat_map(|&order| self.shipments(order as usize)) {
            if let Some(count) = parcels.get_mut(shipment.choice.carrier as usize) {
                *count += i64::from(shipment.choice.parcels);
            }
        }
        parcels
    }

    /// The part of this whole with these members, one of `sharers` that are improved at the same time and share no capacity:
    /// free stock goes to the part of its SKU, free rows evenly.
    pub fn extract<S: ShipmentOptions>(
        &self,
        problem: &Problem<S>,
        cut: &Cut,
        part: usize,
        members: &[u32],
        sharers: usize,
    ) -> Self {
        let lanes = problem.demand.lanes();
        let share = |left: &[i64]| -> Vec<i64> {
            let n = sharers as i64;
            let first = |row: usize| (row as u64 + cut.salt + part as u64) % sharers as u64;
            left.iter().enumerate().map(|(row, &x)| x / n + i64::from((first(row) as i64) < x % n)).collect()
        };
        let parcels = self.parcels(members);
        let allotted: Vec<i64> = self.room.allotments.iter().map(|row| row.capacity).collect();
        let allotments = self.room.allotments.iter().zip(share(&allotted));
        self.part(problem, members, |skus| {
            let mut stock = Vec::with_capacity(skus.len() * lanes);
            for &sku in skus {
                if cut.is_home(sku, part) {
                    stock.extend_from_slice(&self.room.stock[sku as usize * lanes..(sku as usize + 1) * lanes]);
                } else {
                    stock.resize(stock.len() + lanes, 0);
                }
            }
            Room {
                stock,
                work: share(&self.room.work),
                pickup: share(&self.room.pickup),
                allotments: allotments.map(|(row, capacity)| AllotmentRow { capacity, ..*row }).collect(),
                carriers: self.room.carriers.iter().zip(parcels).map(|(v, own)| slice(v, own, sharers)).collect(),
            }
        })
    }

    /// Takes over what `part`, extracted from this whole, changed; returns by how many cents, tiers apart.
    pub fn take_over<S: ShipmentOptions>(&mut self, problem: &Problem<S>, part: &Self) -> i64 {
        let mut delta = 0;
        for (n, &order) in part.orders.iter().enumerate() {
            let order = order as usize;
            if part.shipments(n) != self.shipments(order) {
                delta -= self.cents(problem, order);
                self.clear(problem, order);
                for &shipment in part.shipments(n) {
                    self.add(problem, order, shipment);
                }
                delta += self.cents(problem, order);
            }
        }
        delta
    }
}

/// A part's own view of a carrier: its parcels fill the tiers as they do on the whole, and what is free is shared evenly.
/// As the surcharges are convex, the parts' surcharges never add up to less than the whole's.
pub(super) fn slice(whole: &Volume, own: i64, parts: usize) -> Volume {
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
    let moved: i64 = shipments.iter().map(|shipment| shipment.choice.cents).sum();
    let all = (1_u16 << demand.parts(order)) - 1;
    let waiting: i64 = if u16::from(shipped) == all {
        0
    } else {
        demand.lines_in(order, !shipped).map(|line| demand.line_backlog(line)).sum()
    };
    moved + problem.rows.split_cents * (shipments.len() as i64 - 1) + waiting
}

/// Local orders by stock row.
pub(super) struct ByRow {
    start: Vec<u32>,
    locals: Vec<u32>,
}

impl ByRow {
    pub fn new(region: &Region) -> Self {
        let rows = region.skus.len();
        let mut start = vec![0_u32; rows + 1];
        for &row in &region.line_row {
            start[row as usize + 1] += 1;
        }
        for row in 0..rows {
            start[row + 1] += start[row];
        }
        let mut locals = vec![0; region.line_row.len()];
        let mut next = start.clone();
        for local in 0..region.orders.len() {
            for &row in region.line_rows(local) {
                let at = &mut next[row as usize];
                locals[*at as usize] = local as u32;
                *at += 1;
            }
        }
        Self { start, locals }
    }

    /// Local orders with a line of the row's SKU.
    pub fn orders(&self, row: u32) -> &[u32] {
        &self.locals[self.start[row as usize] as usize..self.start[row as usize + 1] as usize]
    }
}

/// SplitMix64's finisher, as a hash.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
