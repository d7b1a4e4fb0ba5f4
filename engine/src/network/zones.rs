//! Distances and price columns from every warehouse to every region, as dense tables.

use crate::model::{RegionIx, WarehouseIx, World};
use crate::units::Metres;

use super::great_circle;

/// `[warehouse][region]` tables; a look-up is two additions and a load.
#[derive(Debug)]
pub struct ZoneTable {
    regions: usize,
    columns: Vec<u8>,
    distances: Vec<Metres>,
}

impl ZoneTable {
    /// Measures all pairs of `world`.
    pub fn new(world: &World) -> Self {
        let pairs = || {
            world.warehouses.iter().flat_map(|warehouse| world.regions.iter().map(move |region| (warehouse, region)))
        };
        let distances: Vec<Metres> =
            pairs().map(|(warehouse, region)| great_circle(middle(world, warehouse), region.at)).collect();
        let columns = distances.iter().map(|&distance| world.zones().column(distance)).collect();
        Self { regions: world.regions.len(), columns, distances }
    }

    /// 0-based price column.
    pub fn column(&self, warehouse: WarehouseIx, region: RegionIx) -> u8 {
        self.columns[self.cell(warehouse, region)]
    }

    /// Great-circle distance between the middles of the warehouse's region and `region`.
    pub fn distance(&self, warehouse: WarehouseIx, region: RegionIx) -> Metres {
        self.distances[self.cell(warehouse, region)]
    }

    fn cell(&self, warehouse: WarehouseIx, region: RegionIx) -> usize {
        warehouse.0 as usize * self.regions + region.0 as usize
    }
}

/// Carriers measure zones from region to region, not from the dock.
fn middle(world: &World, warehouse: &crate::model::Warehouse) -> crate::model::Coordinates {
    world.regions[warehouse.region].at
}
