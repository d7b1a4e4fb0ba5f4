//! Travel between the places of a request: what its matrices say, or great circles where it has none.

use engine::model::Coordinates;
use engine::network::great_circle;

use super::request::Matrices;

/// How to drive where there are no matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roads {
    /// Speed at a `speed_factor` of 1.
    pub metres_per_hour: i64,
    /// Road distance over great circle, in percent.
    pub circuity_percent: i64,
}

/// Where travel between places is known from.
#[derive(Clone, Copy)]
pub(super) enum Source<'r> {
    /// The matrices of the vehicles' profile.
    Matrices(&'r Matrices),
    /// Great circles.
    Earth(Roads),
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

    /// Metres an hour at a speed factor, where durations follow from distances: `duration = ceil(distance / pace)`.
    pub fn pace(self, speed_factor: f64) -> Option<f64> {
        match self {
            Self::Earth(roads) => Some(roads.metres_per_hour as f64 * speed_factor),
            Self::Matrices(_) | Self::Unknown => None,
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
        }
    }

    /// Tables between `[longitude, latitude]` points where a request has none. A road network would come in here.
    fn between(points: &[[f64; 2]], roads: Roads, speed_factor: f64) -> Self {
        let at = |[lon, lat]: [f64; 2]| Coordinates { lat, lon };
        let metres = |a: [f64; 2], b: [f64; 2]| great_circle(at(a), at(b)).get() * roads.circuity_percent / 100;
        let distances: Vec<i64> = points.iter().flat_map(|&a| points.iter().map(move |&b| metres(a, b))).collect();
        let pace = roads.metres_per_hour as f64 * speed_factor;
        let durations = distances.iter().map(|&metres| (metres as f64 * 3600.0 / pace).ceil() as i64).collect();
        Self { size: points.len(), durations, distances: Some(distances), costs: None }
    }

    /// An entry of a table; places that may be anywhere (`None`) are where the vehicle is.
    pub fn leg(&self, table: &[i64], from: Option<usize>, to: Option<usize>) -> i64 {
        from.zip(to).map_or(0, |(from, to)| table[from * self.size + to])
    }
}

fn slower(seconds: i64, speed_factor: f64) -> i64 {
    if speed_factor == 1.0 { seconds } else { (seconds as f64 / speed_factor).round() as i64 }
}
