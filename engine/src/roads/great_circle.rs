//! Roads as great circles times a factor, driven at one speed.

use crate::model::Coordinates;
use crate::network::great_circle;

use super::{Drive, Place, RoadTimes, Table, Unavailable};

/// `metres = great circle * circuity / 100`, `seconds = metres * 3600 / speed`, both rounded down.
///
/// Circuity is road distance over great circle: 1.2 to 1.4 over whole countries (Ballou, Rahardja and Sakai 2002, Selected
/// country circuity factors for road travel distance estimation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GreatCircle {
    /// Road distance over great circle, in percent; at least 1.
    pub circuity_percent: i64,
    /// Speed, in metres an hour; at least 1.
    pub metres_per_hour: i64,
}

impl GreatCircle {
    /// The drive between two points.
    pub fn drive(&self, from: Coordinates, to: Coordinates) -> Drive {
        let metres = great_circle(from, to).get() * self.circuity_percent / 100;
        Drive::new(metres, metres * 3600 / self.metres_per_hour)
    }
}

impl RoadTimes for GreatCircle {
    fn source(&self) -> String {
        "great-circle".to_owned()
    }

    fn table(&self, places: &[Place]) -> Result<Table, Unavailable> {
        let row = |from: &Place| places.iter().map(|to| Some(self.drive(from.at, to.at))).collect();
        Ok(Table::of_rows(places.len(), places.iter().map(row)))
    }
}
