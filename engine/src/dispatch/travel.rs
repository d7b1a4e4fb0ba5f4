//! Distances and times between a fleet's depot and its doors.
//!
//! A provider of road times is asked where there is one. Where it fails, and for pairs that it has no way for, the fleet's
//! great circles stand in, and the record that goes into the plan says so.

use std::collections::BTreeMap;

use crate::fulfilment::RoadsUsed;
use crate::model::Fleet;
use crate::roads::{self, Filled, GreatCircle, Place, RoadTimes, Unavailable};
use crate::routing::Matrix;

/// Tables over places, and what they are from.
pub(super) struct Travel {
    pub metres: Matrix,
    pub seconds: Matrix,
    pub used: RoadsUsed,
    /// Why the provider was of no use, if it was of none.
    pub failure: Option<Unavailable>,
}

/// The tables between all of `places`, in their order; places that are the same are asked for once.
pub(super) fn travel(fleet: &Fleet, places: &[Place], provider: Option<&dyn RoadTimes>) -> Travel {
    let (distinct, of_place) = distinct(places);
    let circles = GreatCircle { circuity_percent: fleet.circuity_percent, metres_per_hour: fleet.metres_per_hour };
    let Filled { table, source, failure, pairs_by_great_circle } = roads::filled(provider, circles, &distinct);
    let (instead_of, failure) = failure.unzip();
    let used = RoadsUsed { instead_of, source, pairs_by_great_circle };
    let amounts = |amount: fn(crate::roads::Drive) -> i64| {
        let cells = of_place.iter().flat_map(|&from| of_place.iter().map(move |&to| (from, to)));
        let amounts = cells.map(|(from, to)| table.drive(from, to).map_or(0, amount)).collect();
        Matrix::dense(places.len(), amounts)
    };
    Travel { metres: amounts(|d| d.metres.get()), seconds: amounts(|d| d.seconds.get()), used, failure }
}

/// The different places in the order of their first, and which of them each place is.
fn distinct(places: &[Place]) -> (Vec<Place>, Vec<usize>) {
    let mut known = BTreeMap::new();
    let mut distinct = Vec::new();
    let of_place = places
        .iter()
        .map(|place| {
            *known.entry((&place.name, place.at.lat.to_bits(), place.at.lon.to_bits())).or_insert_with(|| {
                distinct.push(place.clone());
                distinct.len() - 1
            })
        })
        .collect();
    (distinct, of_place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::tiny_world;
    use crate::model::{Coordinates, FleetIx};
    use crate::roads::{Down, Drive, Listed, Table};

    fn places() -> Vec<Place> {
        let place = |name: &str, lat| Place { name: name.to_owned(), at: Coordinates { lat, lon: -74.0 } };
        vec![place("depot", 40.0), place("north", 40.01), place("north", 40.01), place("south", 39.99)]
    }

    /// Metres from row to column.
    fn check(
        roads: Option<&dyn RoadTimes>,
        expected: [[i64; 4]; 4],
        source: &str,
        instead_of: Option<&str>,
        pairs: u64,
    ) {
        let mut fleet = tiny_world().fleets[FleetIx(0)].clone();
        (fleet.circuity_percent, fleet.metres_per_hour) = (100, 3600);
        let travel = travel(&fleet, &places(), roads);
        let metres = [0, 1, 2, 3].map(|from| [0, 1, 2, 3].map(|to| travel.metres.between(from, to)));
        assert_eq!(metres, expected);
        assert_eq!(travel.seconds.between(0, 3), expected[0][3], "a metre a second");
        let used = RoadsUsed {
            source: source.to_owned(),
            instead_of: instead_of.map(str::to_owned),
            pairs_by_great_circle: pairs,
        };
        assert_eq!(travel.used, used);
        assert_eq!(travel.failure.is_some(), instead_of.is_some());
    }

    #[test]
    fn great_circles_stand_in_for_what_is_missing() {
        // A hundredth of a degree is 1,112 m.
        let circles = [[0, 1112, 1112, 1112], [1112, 0, 0, 2224], [1112, 0, 0, 2224], [1112, 2224, 2224, 0]];
        check(None, circles, "great-circle", None, 0);
        check(Some(&Down), circles, "great-circle", Some("osrm http://roads"), 0);
        let mut drives = Table::new(2);
        drives.set(0, 1, Some(Drive::new(1500, 100)));
        let listed = Listed::new("table drives.csv", ["depot", "north"].map(str::to_owned), drives);
        let mixed = [[0, 1500, 1500, 1112], [1112, 0, 0, 2224], [1112, 0, 0, 2224], [1112, 2224, 2224, 0]];
        // Of six pairs of three places one is listed.
        check(Some(&listed), mixed, "table drives.csv", None, 5);
    }
}
