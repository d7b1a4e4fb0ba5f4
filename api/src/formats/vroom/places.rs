//! Where tasks and vehicles are: rows of a matrix, or points of the map.

use std::collections::BTreeMap;

use super::json::Reader;
use super::request::{Matrices, Request};
use super::tables::{Roads, Tables};
use super::tasks::Task;

/// Where every task and vehicle is, and travel between.
#[derive(Default)]
pub(super) struct Places {
    pub tables: Tables,
    /// Start and end of each vehicle; anywhere where `None`.
    pub ends: Vec<[Option<usize>; 2]>,
}

impl Places {
    /// Finds the place of every task, and writes it down there, and of every vehicle.
    pub fn find(request: &Request, tasks: &mut [Task], roads: Roads, reader: &mut Reader) -> Self {
        let Some(first) = request.vehicles.first() else { return Self::default() };
        for (n, vehicle) in request.vehicles.iter().enumerate() {
            let at = format!("/vehicles/{n}");
            if vehicle.profile != first.profile {
                let rule = format!("must be `{}` as of the first vehicle: one request has one profile", first.profile);
                reader.fault(&at, "profile", &vehicle.profile, rule);
            }
            if vehicle.speed_factor != first.speed_factor {
                let rule = format!("must be {} as of the first vehicle: one request has one speed", first.speed_factor);
                reader.fault(&at, "speed_factor", vehicle.speed_factor, rule);
            }
        }
        if request.matrices.is_empty() {
            return on_the_map(request, tasks, roads, reader);
        }
        match request.matrices.get(&first.profile) {
            Some(matrices) => in_a_matrix(request, matrices, tasks, reader),
            None => {
                reader.fault("", "matrices", &first.profile, "must hold the vehicles' profile");
                Self::default()
            }
        }
    }
}

fn in_a_matrix(request: &Request, matrices: &Matrices, tasks: &mut [Task], reader: &mut Reader) -> Places {
    let size = matrices.durations.len();
    let mut row = |at: &str, field: &str, index: Option<i64>| {
        let found = index.and_then(|index| usize::try_from(index).ok()).filter(|&row| row < size);
        if index.is_some() && found.is_none() {
            reader.fault(at, field, index.unwrap_or(0), format!("must be a row of the matrix, below {size}"));
        }
        found
    };
    let ends = request.vehicles.iter().enumerate().map(|(n, vehicle)| {
        let at = format!("/vehicles/{n}");
        [row(&at, "start_index", vehicle.start_index), row(&at, "end_index", vehicle.end_index)]
    });
    let ends = ends.collect();
    for task in tasks.iter_mut() {
        task.point = row(&task.at, "location_index", task.end.location_index).unwrap_or(0);
    }
    for task in tasks.iter().filter(|task| task.end.location_index.is_none()) {
        reader.fault(&task.at, "location_index", "", "is missing: the request has matrices");
    }
    for (n, vehicle) in request.vehicles.iter().enumerate() {
        if vehicle.start_index.is_none() && vehicle.end_index.is_none() {
            let rule = "is missing: with matrices a vehicle needs `start_index`, `end_index` or both";
            reader.fault(&format!("/vehicles/{n}"), "start_index", "", rule);
        }
    }
    Places { tables: Tables::given(matrices, request.vehicles[0].speed_factor), ends }
}

fn on_the_map(request: &Request, tasks: &mut [Task], roads: Roads, reader: &mut Reader) -> Places {
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
            reader.fault(&format!("/vehicles/{n}"), "start", "", rule);
        }
    }
    for task in tasks {
        match task.end.location {
            Some(place) => task.point = point(place),
            None => reader.fault(&task.at, "location", "", "is missing: the request has no matrices"),
        }
    }
    Places { tables: Tables::between(&points, roads, request.vehicles[0].speed_factor), ends }
}
