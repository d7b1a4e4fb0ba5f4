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
    /// Metres an hour, where durations follow from distances: `duration = ceil(distance / pace)`.
    pub pace: Option<f64>,
}

impl Tables {
    /// The tables of a profile at a speed factor.
    pub fn given(matrices: &Matrices, speed_factor: f64) -> Self {
        let flat = |table: &Vec<Vec<i64>>| table.concat();
        let durations = matrices.durations.iter().flatten().map(|&seconds| slower(seconds, speed_factor));
        Self {
            size: matrices.durations.len(),
            durations: durations.collect(),
            distances: matrices.distances.as_ref().map(flat),
            costs: matrices.costs.as_ref().map(flat),
            pace: None,
        }
    }

    /// Tables between `[longitude, latitude]` points where a request has none. A road network would come in here.
    pub fn between(points: &[[f64; 2]], roads: Roads, speed_factor: f64) -> Self {
        let at = |[lon, lat]: [f64; 2]| Coordinates { lat, lon };
        let metres = |a: [f64; 2], b: [f64; 2]| great_circle(at(a), at(b)).get() * roads.circuity_percent / 100;
        let distances: Vec<i64> = points.iter().flat_map(|&a| points.iter().map(move |&b| metres(a, b))).collect();
        let pace = roads.metres_per_hour as f64 * speed_factor;
        let durations = distances.iter().map(|&metres| (metres as f64 * 3600.0 / pace).ceil() as i64).collect();
        Self { size: points.len(), durations, distances: Some(distances), costs: None, pace: Some(pace) }
    }

    /// An entry of a table; places that may be anywhere (`None`) are where the vehicle is.
    pub fn leg(&self, table: &[i64], from: Option<usize>, to: Option<usize>) -> i64 {
        from.zip(to).map_or(0, |(from, to)| table[from * self.size + to])
    }
}

fn slower(seconds: i64, speed_factor: f64) -> i64 {
    if speed_factor == 1.0 { seconds } else { (seconds as f64 / speed_factor).round() as i64 }
}
