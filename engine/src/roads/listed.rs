//! A table of drives that somebody gives, looked up by the places' names.

use std::collections::BTreeMap;

use super::{Drive, OffRoad, Place, RoadTimes, Table, Unavailable, Why};

/// Drives by the names of their ends.
#[derive(Clone, Debug)]
pub struct Listed {
    source: String,
    /// Place of each name in the table.
    places: BTreeMap<String, usize>,
    drives: Table,
}

impl Listed {
    /// The drives of `table` between places of these names, one a row; of equal names the last counts. `source` names the
    /// table in plans.
    pub fn new(source: impl Into<String>, names: impl IntoIterator<Item = String>, drives: Table) -> Self {
        let places = names.into_iter().take(drives.size()).enumerate().map(|(n, name)| (name, n)).collect();
        Self { source: source.into(), places, drives }
    }
}

impl RoadTimes for Listed {
    fn source(&self) -> String {
        self.source.clone()
    }

    fn table(&self, places: &[Place]) -> Result<Table, Unavailable> {
        let rows: Vec<Option<usize>> = places.iter().map(|place| self.places.get(&place.name).copied()).collect();
        let row = |from: &Option<usize>| -> Vec<Option<Drive>> {
            rows.iter().map(|to| self.drives.drive((*from)?, (*to)?)).collect()
        };
        let mut table = Table::of_rows(places.len(), rows.iter().map(row));
        for (place, _) in rows.iter().enumerate().filter(|(_, row)| row.is_none()) {
            table.set(place, place, Some(Drive::default()));
            table.off_road.push(OffRoad { place, why: Why::NotListed });
        }
        Ok(table)
    }
}
