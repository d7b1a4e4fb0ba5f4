//! Distances and price columns from every warehouse to every region, as dense tables.
//!
//! Services price by distance bands, or by zones of an explicit chart of which each column stands for one.

use crate::model::{Coordinates, NO_ZONE, RegionIx, ServiceIx, ServiceZones, Warehouse, WarehouseIx, World};
use crate::units::Metres;

use super::great_circle;

/// `[warehouse][region]` tables; a look-up is one multiplication, two additions and two loads.
#[derive(Debug)]
pub struct ZoneTable {
    regions: usize,
    /// Where in `columns` each service's table begins; services with the same zones share one.
    begins: Vec<usize>,
    columns: Vec<u8>,
    distances: Vec<Metres>,
}

impl ZoneTable {
    /// Measures all pairs of `world`.
    pub fn new(world: &World) -> Self {
        let from =
            |warehouse| world.regions.iter().map(move |region| great_circle(middle(world, warehouse), region.at));
        let distances: Vec<Metres> = world.warehouses.iter().flat_map(from).collect();
        let mut columns: Vec<u8> = distances.iter().map(|&distance| world.zones().column(distance)).collect();
        let mut tables: Vec<(Option<&ServiceZones>, usize)> = vec![(None, 0)];
        let mut begins = Vec::with_capacity(world.services.len());
        for service in world.services.iter() {
            let zones = service.zones.as_ref();
            let known = tables.iter().find(|(own, _)| *own == zones).map(|(_, begin)| *begin);
            begins.push(known.unwrap_or_else(|| {
                let begin = columns.len();
                columns.extend(zones.into_iter().flat_map(|zones| by_chart(world, zones)));
                tables.push((zones, begin));
                begin
            }));
        }
        Self { regions: world.regions.len(), begins, columns, distances }
    }

    /// 0-based price column; [`NO_ZONE`] where the service's chart does not connect the two.
    pub fn column(&self, service: ServiceIx, warehouse: WarehouseIx, region: RegionIx) -> u8 {
        self.columns[self.begins[service.0 as usize] + self.cell(warehouse, region)]
    }

    /// Great-circle distance between the middles of the warehouse's region and `region`, in metres.
    pub fn distance(&self, warehouse: WarehouseIx, region: RegionIx) -> Metres {
        self.distances[self.cell(warehouse, region)]
    }

    fn cell(&self, warehouse: WarehouseIx, region: RegionIx) -> usize {
        warehouse.0 as usize * self.regions + region.0 as usize
    }
}

/// Columns of every pair by an explicit chart.
fn by_chart<'a>(world: &'a World, zones: &'a ServiceZones) -> impl Iterator<Item = u8> + 'a {
    let chart = &world.pair_charts[zones.chart];
    let column = |zone: u8| zones.columns.iter().position(|own| *own == zone).map(|column| column as u8);
    let of_pair = move |from, to| chart.zone(from, to).and_then(column).unwrap_or(NO_ZONE);
    let from = world.warehouses.iter().map(|warehouse| warehouse.region);
    from.flat_map(move |from| world.regions.indices().map(move |to| of_pair(from, to)))
}

/// Carriers measure zones from region to region, not from the dock.
fn middle(world: &World, warehouse: &Warehouse) -> Coordinates {
    world.regions[warehouse.region].at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PairChart;
    use crate::model::fixture::{tiny_parts, tiny_world};
    use crate::network::{Network, NoService};

    #[test]
    fn columns_follow_the_distance_bands() {
        let world = tiny_world();
        let zones = ZoneTable::new(&world);
        let row = |warehouse| {
            world.regions.indices().map(|r| zones.column(ServiceIx(0), WarehouseIx(warehouse), r)).collect::<Vec<_>>()
        };
        // Newark, New York, Chicago (1,140 km), Denver (2,580), Phoenix (3,420), Los Angeles (3,930).
        assert_eq!(row(0), [0, 0, 1, 2, 2, 2]);
        // From Chicago Denver is 1,480 km, Phoenix 2,330, Los Angeles 2,800.
        assert_eq!(row(1), [1, 1, 0, 1, 2, 2]);
        // From Los Angeles Denver is 1,340 km, Phoenix 575.
        assert_eq!(row(2), [2, 2, 2, 1, 1, 0]);
        assert!((3_900_000..3_960_000).contains(&zones.distance(WarehouseIx(0), RegionIx(5)).get()));
        assert_eq!(zones.distance(WarehouseIx(0), RegionIx(0)), Metres::ZERO);
    }

    #[test]
    fn a_service_with_a_chart_of_its_own_prices_by_its_pairs() {
        let mut parts = tiny_parts();
        let mut chart = PairChart::new("swift".to_owned(), parts.regions.len());
        // Zones 2, 4 and 9 from Newark's region; nothing from Chicago's.
        for (to, zone) in [(0, 2), (1, 2), (2, 4), (5, 9)] {
            chart.set(RegionIx(0), RegionIx(to), zone);
        }
        chart.set(RegionIx(0), RegionIx(5), 4);
        assert_eq!(chart.zone(RegionIx(0), RegionIx(5)), Some(9), "the larger of two zones");
        let chart = parts.pair_charts.push(chart);
        parts.services[ServiceIx(0)].zones = Some(ServiceZones { chart, columns: vec![2, 4, 6] });
        let network = Network::new(World::new(parts).unwrap());
        let row = |service, warehouse: u32| {
            let regions = network.world.regions.indices();
            regions.map(|r| network.zones.column(ServiceIx(service), WarehouseIx(warehouse), r)).collect::<Vec<_>>()
        };
        // Zone 9 is none of the service's columns.
        assert_eq!(row(0, 0), [0, 0, 1, NO_ZONE, NO_ZONE, NO_ZONE]);
        assert_eq!(row(0, 1), [NO_ZONE; 6]);
        assert_eq!(row(1, 0), [0, 0, 1, 2, 2, 2]);
        let phoenix = network.world.postal("85003").unwrap();
        let chicago = network.world.postal("60601").unwrap();
        let serves = |postal| network.serves(ServiceIx(0), WarehouseIx(0), postal);
        assert_eq!((serves(chicago), serves(phoenix)), (Ok(()), Err(NoService::NoZone)));
    }

    #[test]
    fn a_chart_of_all_pairs_answers_each_exactly() {
        let regions = 930_u32;
        let zone = |from: u32, to: u32| ((from * 7_919 + to * 104_729) % 9) as u8 + 1;
        let mut chart = PairChart::new("all".to_owned(), regions as usize);
        let pairs = || (0..regions).flat_map(|from| (0..regions).map(move |to| (from, to)));
        pairs().filter(|(from, to)| (from + to) % 5 > 0).for_each(|(from, to)| {
            chart.set(RegionIx(from), RegionIx(to), zone(from, to));
        });
        for (from, to) in pairs() {
            let expected = ((from + to) % 5 > 0).then(|| zone(from, to));
            assert_eq!(chart.zone(RegionIx(from), RegionIx(to)), expected);
        }
    }
}
