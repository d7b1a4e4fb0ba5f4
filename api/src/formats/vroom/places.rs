//! Where tasks and vehicles are: rows of a matrix, or points of the map.

use std::collections::BTreeMap;

use super::json::Reader;
use super::request::Request;
use super::tables::{Roads, Source};
use super::tasks::Task;

/// Where every vehicle is, and where travel between places is known from.
pub(super) struct Places<'r> {
    pub source: Source<'r>,
    /// `[longitude, latitude]` of each point, where the request has no matrices.
    pub points: Vec<[f64; 2]>,
    /// Start and end of each vehicle; anywhere where `None`.
    pub ends: Vec<[Option<usize>; 2]>,
}

impl<'r> Places<'r> {
    /// Finds the place of every task, and writes it down there, and of every vehicle.
    pub fn find(request: &'r Request, tasks: &mut [Task], roads: Roads<'r>, reader: &mut Reader) -> Self {
        alike(request, reader);
        if request.matrices.is_empty() && reader.is_read("", "matrices") {
            return on_the_map(request, tasks, roads, reader);
        }
        in_a_matrix(request, tasks, reader)
    }
}

/// All vehicles have the profile and the speed of the first that tells them.
fn alike(request: &Request, reader: &mut Reader) {
    let (mut profile, mut speed) = (None, None);
    for (n, vehicle) in request.vehicles.iter().enumerate() {
        let at = format!("/vehicles/{n}");
        if reader.is_read(&at, "profile") {
            let first = *profile.get_or_insert(&vehicle.profile);
            if vehicle.profile != *first {
                let rule = format!("must be `{first}` as of the first vehicle: one request has one profile");
                reader.fault(&at, "profile", &vehicle.profile, rule);
            }
        }
        if reader.is_read(&at, "speed_factor") {
            let first = *speed.get_or_insert(vehicle.speed_factor);
            if vehicle.speed_factor != first {
                let rule = format!("must be {first} as of the first vehicle: one request has one speed");
                reader.fault(&at, "speed_factor", vehicle.speed_factor, rule);
            }
        }
    }
}

/// The matrices of the vehicles' profile.
fn matrices<'r>(request: &'r Request, reader: &mut Reader) -> Source<'r> {
    let Some(first) = request.vehicles.first().filter(|_| reader.is_read("/vehicles/0", "profile")) else {
        return Source::Unknown;
    };
    let found = request.matrices.get(&first.profile);
    if found.is_none() {
        reader.fault("", "matrices", &first.profile, "must hold the vehicles' profile");
    }
    found.map_or(Source::Unknown, Source::Matrices)
}

fn in_a_matrix<'r>(request: &'r Request, tasks: &mut [Task], reader: &mut Reader) -> Places<'r> {
    let source = matrices(request, reader);
    let size = match (source, request.vehicles.first()) {
        (Source::Matrices(tables), Some(first)) => {
            reader.is_read(&format!("/matrices/{}", first.profile), "durations").then_some(tables.durations.len())
        }
        _ => None,
    };
    let mut row = |at: &str, field: &str, index: Option<i64>| {
        let (index, size) = (index?, size?);
        let row = usize::try_from(index).ok().filter(|&row| row < size);
        if row.is_none() {
            reader.fault(at, field, index, format!("must be a row of the matrix, below {size}"));
        }
        row
    };
    let ends = request.vehicles.iter().enumerate().map(|(n, vehicle)| {
        let at = format!("/vehicles/{n}");
        [row(&at, "start_index", vehicle.start_index), row(&at, "end_index", vehicle.end_index)]
    });
    let ends = ends.collect();
    for task in tasks.iter_mut() {
        task.point = row(&task.at, "location_index", task.visit.location_index);
    }
    for task in tasks.iter().filter(|task| task.visit.location_index.is_none()) {
        reader.fault(&task.at, "location_index", "", "is missing: the request has matrices");
    }
    for (n, vehicle) in request.vehicles.iter().enumerate() {
        if vehicle.start_index.is_none() && vehicle.end_index.is_none() {
            let rule = "is missing: with matrices a vehicle needs `start_index`, `end_index` or both";
            nowhere(n, ["start_index", "end_index"], rule, reader);
        }
    }
    Places { source, points: Vec::new(), ends }
}

fn on_the_map<'r>(request: &Request, tasks: &mut [Task], roads: Roads<'r>, reader: &mut Reader) -> Places<'r> {
    let mut points: Vec<[f64; 2]> = Vec::new();
    let mut known: BTreeMap<[u64; 2], usize> = BTreeMap::new();
    let mut point = |place: [f64; 2]| {
        *known.entry(place.map(f64::to_bits)).or_insert_with(|| {
            points.push(place);
            points.len() - 1
        })
    };
    let mut ends = Vec::with_capacity(request.vehicles.len());
    for (n, vehicle) in request.vehicles.iter().enumerate() {
        ends.push([vehicle.start.map(&mut point), vehicle.end.map(&mut point)]);
        if vehicle.start.is_none() && vehicle.end.is_none() {
            let rule = "is missing: without matrices a vehicle needs `start`, `end` or both";
            nowhere(n, ["start", "end"], rule, reader);
        }
    }
    for task in tasks {
        task.point = task.visit.location.map(&mut point);
        if task.point.is_none() {
            reader.fault(&task.at, "location", "", "is missing: the request has no matrices");
        }
    }
    Places { source: Source::Earth(roads), points, ends }
}

/// A vehicle that starts and ends anywhere, unless the document says where and is not understood.
fn nowhere(n: usize, [start, end]: [&str; 2], rule: &str, reader: &mut Reader) {
    let at = format!("/vehicles/{n}");
    if reader.is_read(&at, end) {
        reader.fault(&at, start, "", rule);
    }
}
