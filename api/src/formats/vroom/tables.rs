//! Travel between the places of a request: what its matrices say; where it has none, a provider of road times, or great circles.

use engine::model::Coordinates;
use engine::roads::{GreatCircle, Place, RoadTimes, filled};
use serde::Serialize;
use utoipa::ToSchema;

use super::request::Matrices;

/// How to drive where there are no matrices.
#[derive(Clone, Copy, Debug)]
pub struct Roads<'r> {
    /// Who is asked; nobody for great circles.
    pub times: Option<&'r dyn RoadTimes>,
    /// What stands in for what it does not know; at a `speed_factor` of 1.
    pub circles: GreatCircle,
}

/// Where the figures of a request without matrices are from; Tidewater's addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = VroomRoads)]
pub struct RoadsUsed {
    /// The source: `great-circle`, `osm FILE`, `osrm ADDRESS`, `valhalla ADDRESS`, `table FILE`.
    pub source: String,
    /// The configured source, if it could not be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
    /// Pairs of places that the source has no way for; their great circles count.
    pub pairs_by_great_circle: u64,
    /// Why the source could not be had; for the log.
    #[serde(skip)]
    #[schema(ignore)]
    pub failure: Option<String>,
}

/// Where travel between places is known from.
#[derive(Clone, Copy)]
pub(super) enum Source<'r> {
    /// The matrices of the vehicles' profile.
    Matrices(&'r Matrices),
    /// The earth, between its points.
    Earth(Roads<'r>),
    /// The request's matrices, which are not understood: a fault.
    Unknown,
}

impl Source<'_> {
    /// Whether there are distances, as far as is known.
    pub fn has_distances(self) -> bool {
        !matches!(self, Self::Matrices(Matrices { distances: None, .. }))
    }

    /// Whether legs have costs of their own.
    pub fn has_costs(self) -> bool {
        matches!(self, Self::Matrices(Matrices { costs: Some(_), .. }))
    }

    /// Metres an hour at a speed factor, where durations follow from distances: `duration = ceil(distance / pace)`. No
    /// provider of road times may be asked then, whether or not it answers.
    pub fn pace(self, speed_factor: f64) -> Option<f64> {
        match self {
            Self::Earth(Roads { times: None, circles }) => Some(circles.metres_per_hour as f64 * speed_factor),
            Self::Earth(_) | Self::Matrices(_) | Self::Unknown => None,
        }
    }

    /// The tables over `points`, or over the rows of the matrices.
    pub fn tables(self, points: &[[f64; 2]], speed_factor: f64) -> Tables {
        match self {
            Self::Matrices(matrices) => Tables::given(matrices, speed_factor),
            Self::Earth(roads) => Tables::between(points, roads, speed_factor),
            Self::Unknown => Tables::default(),
        }
    }
}

/// Tables over points, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tables {
    pub size: usize,
    /// Seconds.
    pub durations: Vec<i64>,
    /// Metres, where they are known.
    pub distances: Option<Vec<i64>>,
    /// Costs of legs, where they are given.
    pub costs: Option<Vec<i64>>,
    /// Where they are from, if not from the request.
    pub roads: Option<RoadsUsed>,
}

impl Tables {
    /// The tables of a profile at a speed factor.
    fn given(matrices: &Matrices, speed_factor: f64) -> Self {
        let flat = |table: &Vec<Vec<i64>>| table.concat();
        let durations = matrices.durations.iter().flatten().map(|&seconds| slower(seconds, speed_factor));
        Self {
            size: matrices.durations.len(),
            durations: durations.collect(),
            distances: matrices.distances.as_ref().map(flat),
            costs: matrices.costs.as_ref().map(flat),
            roads: None,
        }
    }

    /// Tables between `[longitude, latitude]` points where a request has none. Seconds of great circles follow from metres at
    /// the fleet's pace, rounded up, so that a limit on one bounds the other; those of a provider are slowed as a matrix's.
    fn between(points: &[[f64; 2]], roads: Roads, speed_factor: f64) -> Self {
        let at = |[lon, lat]: [f64; 2]| Coordinates { lat, lon };
        let place = |&[lon, lat]: &[f64; 2]| Place { name: format!("{lon},{lat}"), at: at([lon, lat]) };
        let places: Vec<Place> = points.iter().map(place).collect();
        let filled = filled(roads.times, roads.circles, &places);
        let is_by_circles = roads.times.is_none() || filled.failure.is_some();
        let pace = roads.circles.metres_per_hour as f64 * speed_factor;
        let cells = (0..points.len()).flat_map(|from| (0..points.len()).map(move |to| (from, to)));
        let drive = |(from, to)| filled.table.drive(from, to).unwrap_or_default();
        let distances: Vec<i64> = cells.clone().map(|cell| drive(cell).metres.get()).collect();
        let durations = if is_by_circles {
            distances.iter().map(|&metres| (metres as f64 * 3600.0 / pace).ceil() as i64).collect()
        } else {
            cells.map(|cell| slower(drive(cell).seconds.get(), speed_factor)).collect()
        };
        let (instead_of, failure) = filled.failure.map(|(source, why)| (source, why.to_string())).unzip();
        let roads = RoadsUsed {
            source: filled.source,
            instead_of,
            pairs_by_great_circle: filled.pairs_by_great_circle,
            failure,
        };
        Self { size: points.len(), durations, distances: Some(distances), costs: None, roads: Some(roads) }
    }

    /// An entry of a table; places that may be anywhere (`None`) are where the vehicle is.
    pub fn leg(&self, table: &[i64], from: Option<usize>, to: Option<usize>) -> i64 {
        from.zip(to).map_or(0, |(from, to)| table[from * self.size + to])
    }
}

fn slower(seconds: i64, speed_factor: f64) -> i64 {
    if speed_factor == 1.0 { seconds } else { (seconds as f64 / speed_factor).round() as i64 }
}
