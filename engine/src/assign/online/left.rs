//! What is left to give, as one row of numbers: slots, work rows, pickup rows, allotment rows, carriers.

use crate::assign::options::ShipmentOptions;
use crate::assign::problem::Problem;
use crate::assign::room::Room;
use crate::assign::rows::Tier;

/// Units added to what each SKU has left, over its slots. Where a future asks for exactly what is left, any price between the
/// worth of the last unit and that of one more is dual; this takes the low end, which measured better.
const SLACK: f32 = 0.5;

/// Where everything stands in the row.
pub(super) struct Layout {
    /// Where each kind begins, and the end.
    pub first: [usize; 6],
    /// By slot, where its SKU and warehouse stand in rows by SKU, then lane.
    pub cells: Vec<u32>,
    /// Where each SKU's slots begin, and the end.
    slots_of: Vec<u32>,
    /// By order, its place in the sequence in which what orders share stays at hand.
    rank: Vec<u32>,
}

/// What is left now.
pub(super) struct Left {
    /// Slots, work rows, pickup rows, allotment rows; then a scale for each carrier.
    pub capacity: Vec<f32>,
    /// Units by SKU, then lane.
    pub held: Vec<i32>,
    /// By carrier the tiers from the parcels so far on, cut where no future can reach.
    pub carriers: Vec<Vec<Tier>>,
}

impl Layout {
    pub fn new<S: ShipmentOptions>(problem: &Problem<S>) -> Self {
        let demand = &problem.demand;
        let cells: Vec<u32> = (0..demand.skus() as u32)
            .flat_map(|sku| {
                let held = &demand.slots()[demand.slots_of(sku)];
                held.iter().map(move |slot| sku * demand.lanes() as u32 + u32::from(slot.warehouse))
            })
            .collect();
        let work = cells.len() + problem.rows.work.len();
        let pickup = work + problem.rows.pickups.len();
        let allotment = pickup + problem.rows.allotments.len();
        let first = [0, cells.len(), work, pickup, allotment, allotment + problem.rows.carriers.len()];
        let mut rank: Vec<u32> = (0..demand.orders() as u32).collect();
        if let Some((sequence, _)) = problem.source.side_by_side() {
            sequence.iter().enumerate().for_each(|(n, &order)| rank[order as usize] = n as u32);
        }
        let mut slots_of: Vec<u32> = (0..demand.skus() as u32).map(|sku| demand.slots_of(sku).start as u32).collect();
        slots_of.push(cells.len() as u32);
        Self { first, cells, slots_of, rank }
    }

    pub fn len(&self) -> usize {
        self.first[5]
    }

    pub fn put_side_by_side(&self, orders: &mut [u32]) {
        orders.sort_unstable_by_key(|&order| self.rank[order as usize]);
    }

    /// Units by slot, with [`SLACK`].
    fn slots(&self, room: &Room) -> Vec<f32> {
        let mut units: Vec<f32> = self.cells.iter().map(|&cell| room.stock[cell as usize] as f32).collect();
        for sku in self.slots_of.windows(2).map(|pair| pair[0] as usize..pair[1] as usize) {
            let live = units[sku.clone()].iter().filter(|&&units| units > 0.0).count();
            units[sku].iter_mut().filter(|units| **units > 0.0).for_each(|units| *units += SLACK / live as f32);
        }
        units
    }

    /// What `room` still has for `ahead` orders.
    pub fn left(&self, room: &Room, ahead: usize) -> Left {
        let most = 16 * ahead as i64;
        let carriers: Vec<Vec<Tier>> = room
            .carriers
            .iter()
            .map(|volume| {
                let (mut past, mut reach) = (volume.parcels, most);
                let rest = |tier: &Tier| {
                    let gone = past.min(tier.width);
                    past -= gone;
                    let width = (tier.width - gone).min(reach);
                    reach -= width;
                    Tier { width, ..*tier }
                };
                volume.tiers.iter().map(rest).collect()
            })
            .collect();
        let slots = self.slots(room);
        let allotted = room.allotments.iter().map(|row| &row.capacity);
        let rows = room.work.iter().chain(&room.pickup).chain(allotted).map(|&left| left as f32);
        let capacity = slots.into_iter().chain(rows).chain(carriers.iter().map(|_| ahead as f32 / 4.0)).collect();
        Left { capacity, held: room.stock.clone(), carriers }
    }
}
