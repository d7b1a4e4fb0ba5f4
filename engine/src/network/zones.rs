//! Distances and price columns from every warehouse to every region, as dense tables.

use crate::model::{Coordinates, RegionIx, Warehouse, WarehouseIx, World};
use crate::units::Metres;

use super::great_circle;

/// `[warehouse][region]` tables; a look-up is one multiplication, one addition and a load.
#[derive(Debug)]
pub struct ZoneTable {
    regions: usize,
    columns: Vec<u8>,
    distances: Vec<Metres>,
}

impl ZoneTable {
    /// Measures all pairs of `world`.
    pub fn new(world: &World) -> Self {
        let from =
            |warehouse| world.regions.iter().map(move |region| great_circle(middle(world, warehouse), region.at));
        let distances: Vec<Metres> = world.warehouses.iter().flat_map(from).collect();
        let columns = distances.iter().map(|&distance| world.zones().column(distance)).collect();
        Self { regions: world.regions.len(), columns, distances }
    }

    /// 0-based price column.
    pub fn column(&self, warehouse: WarehouseIx, region: RegionIx) -> u8 {
        self.columns[self.cell(warehouse, region)]
    }

    /// Great-circle distance between the middles of the warehouse's region and `region`, in metres.
    pub fn distance(&self, warehouse: WarehouseIx, region: RegionIx) -> Metres {
        self.distances[self.cell(warehouse, region)]
    }

    fn cell(&self, warehouse: WarehouseIx, region: RegionIx) -> usize {
        warehouse.0 as usize * self.regions + region.0 as usize
    }
}

/// Carriers measure zones from region to region, not from the dock.
fn middle(world: &World, warehouse: &Warehouse) -> Coordinates {
    world.regions[warehouse.region].at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::tiny_world;

    #[test]
    fn columns_follow_the_distance_bands() {
        let world = tiny_world();
        let zones = ZoneTable::new(&world);
        let row =
            |warehouse| world.regions.indices().map(|r| zones.column(WarehouseIx(warehouse), r)).collect::<Vec<_>>();
        // Newark, New York, Chicago (1,140 km), Denver (2,580), Phoenix (3,420), Los Angeles (3,930).
        assert_eq!(row(0), [0, 0, 1, 2, 2, 2]);
        // From Chicago Denver is 1,480 km, Phoenix 2,330, Los Angeles 2,800.
        assert_eq!(row(1), [1, 1, 0, 1, 2, 2]);
        // From Los Angeles Denver is 1,340 km, Phoenix 575.
        assert_eq!(row(2), [2, 2, 2, 1, 1, 0]);
        assert!((3_900_000..3_960_000).contains(&zones.distance(WarehouseIx(0), RegionIx(5)).get()));
        assert_eq!(zones.distance(WarehouseIx(0), RegionIx(0)), Metres::ZERO);
    }
}
