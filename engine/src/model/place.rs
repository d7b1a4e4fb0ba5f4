//! Where things are: coordinates, postal areas, regions, zone charts.

use serde::{Deserialize, Serialize};

use crate::index_type;
use crate::units::Metres;

index_type!(
    /// A five-digit postal area.
    PostalIx
);
index_type!(
    /// A region: postal areas that share a tariff zone from every origin (in the US the first three digits).
    RegionIx
);

/// A point on the globe, degrees (WGS 84).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coordinates {
    /// Degrees north, -90 to 90.
    pub lat: f64,
    /// Degrees east, -180 to 180.
    pub lon: f64,
}

/// A postal area that a parcel can be sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct Postal {
    /// The code as printed on a label, leading zeros kept.
    pub code: String,
    /// Its middle.
    pub at: Coordinates,
    /// State or province.
    pub state: String,
    /// Main city.
    pub city: String,
    /// People who live there.
    pub population: u32,
    /// The region whose zones count.
    pub region: RegionIx,
    /// Name of its IANA time zone.
    pub zone_name: String,
}

/// A region of postal areas.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// The code, as the three first digits.
    pub code: String,
    /// Its population-weighted middle, from which zones are measured.
    pub at: Coordinates,
}

/// The price column of two places that a service's zones do not connect.
pub const NO_ZONE: u8 = u8::MAX;

index_type!(
    /// A zone chart by pairs of regions.
    ChartIx
);

/// A zone for each ordered pair of regions, as carriers publish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairChart {
    /// Its name.
    pub id: String,
    regions: usize,
    /// `[from][to]`; [`NO_ZONE`] where there is none.
    zones: Vec<u8>,
}

impl PairChart {
    /// A chart over so many regions that connects nothing yet.
    pub fn new(id: String, regions: usize) -> Self {
        Self { id, regions, zones: vec![NO_ZONE; regions * regions] }
    }

    /// Puts a pair into a zone. Published charts name some pairs twice, with exceptions for parts of a region: the largest
    /// zone counts, so that no quote is below what the carrier may bill.
    pub fn set(&mut self, from: RegionIx, to: RegionIx, zone: u8) {
        let cell = &mut self.zones[from.0 as usize * self.regions + to.0 as usize];
        *cell = if *cell == NO_ZONE { zone } else { zone.max(*cell) };
    }

    /// The zone of a pair: one multiplication, one addition and a load.
    pub fn zone(&self, from: RegionIx, to: RegionIx) -> Option<u8> {
        let zone = self.zones[from.0 as usize * self.regions + to.0 as usize];
        (zone != NO_ZONE).then_some(zone)
    }

    /// Regions that it was made for.
    pub fn regions(&self) -> usize {
        self.regions
    }
}

/// Tariff zones by distance bands: a distance belongs to the first band whose limit lies above it, less `offset`.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneChart {
    /// Taken off the great-circle distance before the bands are read.
    pub offset: Metres,
    /// Upper limits of the bands, ascending; the last band is open.
    pub limits: Vec<Metres>,
    /// For each band (`limits.len() + 1` of them) the price column it pays, 0-based.
    pub columns: Vec<u8>,
}

impl ZoneChart {
    /// The 0-based price column of a great-circle `distance`.
    pub fn column(&self, distance: Metres) -> u8 {
        let reduced = distance - self.offset;
        let band = self.limits.partition_point(|&limit| limit <= reduced);
        self.columns[band]
    }

    /// Number of price columns.
    pub fn width(&self) -> usize {
        self.columns.iter().max().map_or(0, |&column| usize::from(column) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_ends_below_its_limit() {
        let chart = ZoneChart {
            offset: Metres::new(10),
            limits: vec![Metres::new(100), Metres::new(200)],
            columns: vec![0, 0, 1],
        };
        assert_eq!([0, 109, 110, 209, 210, 9_999].map(|d| chart.column(Metres::new(d))), [0, 0, 0, 0, 1, 1]);
        assert_eq!(chart.width(), 2);
    }
}
