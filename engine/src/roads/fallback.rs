//! A provider's table, with great circles where it has nothing.

use super::{GreatCircle, Place, RoadTimes, Table, Unavailable};

/// Drives between all places, and what they are from.
#[derive(Clone, Debug)]
pub struct Filled {
    /// Without gaps.
    pub table: Table,
    /// Where it is from.
    pub source: String,
    /// The provider that was asked in vain, and why.
    pub failure: Option<(String, Unavailable)>,
    /// Pairs that the source has no way for; their great circles stand in.
    pub pairs_by_great_circle: u64,
}

/// Asks `roads`, if there are any, for the drives between `places`; `circles` stand in where it fails and for pairs without a
/// way.
pub fn filled(roads: Option<&dyn RoadTimes>, circles: GreatCircle, places: &[Place]) -> Filled {
    let (mut table, source, failure) = match roads.map(|roads| (asked(roads, places), roads.source())) {
        Some((Ok(table), source)) => (table, source, None),
        Some((Err(why), source)) => (Table::new(places.len()), circles.source(), Some((source, why))),
        None => (Table::new(places.len()), circles.source(), None),
    };
    let is_by_circles = source == circles.source();
    let gaps = table.fill(|from, to| circles.drive(places[from].at, places[to].at)) as u64;
    Filled { table, source, failure, pairs_by_great_circle: if is_by_circles { 0 } else { gaps } }
}

fn asked(roads: &dyn RoadTimes, places: &[Place]) -> Result<Table, Unavailable> {
    let table = roads.table(places)?;
    if table.size() == places.len() {
        Ok(table)
    } else {
        Err(Unavailable(format!("{} answers for {} places of {}", roads.source(), table.size(), places.len())))
    }
}

/// A provider that never answers, for tests.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Down;

#[cfg(test)]
impl RoadTimes for Down {
    fn source(&self) -> String {
        "osrm http://roads".to_owned()
    }

    fn table(&self, _: &[Place]) -> Result<Table, Unavailable> {
        Err(Unavailable("no answer".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Coordinates;
    use crate::roads::{Drive, Listed};

    const CIRCLES: GreatCircle = GreatCircle { circuity_percent: 100, metres_per_hour: 3_600 };

    fn places() -> Vec<Place> {
        // A degree of latitude is 111.2 km.
        let place = |(name, lat): (&str, f64)| Place { name: name.to_owned(), at: Coordinates { lat, lon: 0.0 } };
        [("a", 0.0), ("b", 1.0), ("c", 2.0)].map(place).to_vec()
    }

    #[test]
    fn gaps_are_filled_and_counted() {
        let known = Table::of_rows(2, [vec![None, Some(Drive::new(7, 8))], vec![None, None]]);
        let listed = Listed::new("table x", ["a", "b"].map(str::to_owned), known);
        let filled = filled(Some(&listed), CIRCLES, &places());
        assert_eq!((filled.source.as_str(), filled.failure.is_none()), ("table x", true));
        assert_eq!(filled.table.drive(0, 1), Some(Drive::new(7, 8)));
        let back = filled.table.drive(1, 0).unwrap();
        assert_eq!((back.metres.get() / 100, back.seconds.get()), (1_111, back.metres.get()));
        // From b to a, and both ways between c and the others; a and b stand where they are.
        assert_eq!(filled.pairs_by_great_circle, 1 + 4 + 2);
    }

    #[test]
    fn a_source_that_fails_is_told() {
        let filled = filled(Some(&Down), CIRCLES, &places());
        let expected = ("osrm http://roads".to_owned(), Unavailable("no answer".to_owned()));
        assert_eq!((filled.source.as_str(), filled.failure), ("great-circle", Some(expected)));
        assert_eq!(filled.pairs_by_great_circle, 0);
    }
}
