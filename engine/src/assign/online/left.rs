//! What a room still has to give, as one row of numbers.

use crate::assign::layout::{Layout, Supply};
use crate::assign::problem::Demand;
use crate::assign::room::Room;
use crate::assign::rows::Tier;

/// Units added to what each SKU has left, over its slots. Where a future asks for exactly what is left, any price between the
/// worth of the last unit and that of one more is dual; this takes the low end, which measured better.
const SLACK: f32 = 0.5;

/// Units by slot, with [`SLACK`].
fn slots(layout: &Layout, demand: &Demand, room: &Room) -> Vec<f32> {
    let mut units: Vec<f32> = layout.cells.iter().map(|&cell| room.stock[cell as usize] as f32).collect();
    for sku in (0..demand.skus() as u32).map(|sku| demand.slots_of(sku)) {
        let live = units[sku.clone()].iter().filter(|&&units| units > 0.0).count();
        units[sku].iter_mut().filter(|units| **units > 0.0).for_each(|units| *units += SLACK / live as f32);
    }
    units
}

/// What `room` still has for `ahead` orders.
pub(super) fn left(layout: &Layout, demand: &Demand, room: &Room, ahead: usize) -> Supply {
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
    let slots = slots(layout, demand, room);
    let allotted = room.allotments.iter().map(|row| &row.capacity);
    let rows = room.work.iter().chain(&room.pickup).chain(allotted).map(|&left| left as f32);
    let capacity = slots.into_iter().chain(rows).chain(carriers.iter().map(|_| ahead as f32 / 4.0)).collect();
    Supply { capacity, held: room.stock.clone(), carriers }
}
