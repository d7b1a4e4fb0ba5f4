//! What every routing format is read into: the file's numbers, not yet rounded, one entry a node or a vehicle.

use engine::fault::Fault;
use engine::routing::{Depot, Load, Matrix, NO_LIMIT, Pair, Plane, Problem, Spec, Stop, VehicleType, Window};

use super::{Instance, Measure};
use crate::formats::roads::Drives;

/// A node of the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub point: [f64; 2],
    pub delivery: f64,
    pub pickup: f64,
    pub window: [f64; 2],
    pub service: f64,
    pub release: f64,
    pub prize: f64,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            point: [0.0; 2],
            delivery: 0.0,
            pickup: 0.0,
            window: [0.0, f64::INFINITY],
            service: 0.0,
            release: 0.0,
            prize: 0.0,
        }
    }
}

/// A vehicle of the file; depots are nodes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vehicle {
    pub capacity: f64,
    pub depot: u32,
    pub fixed_cost: f64,
    pub unit_distance_cost: f64,
    pub max_duration: f64,
    pub max_distance: f64,
    pub reload_depots: Vec<u32>,
    pub max_reloads: u32,
    /// Nodes that it may visit; all where `None`.
    pub allowed: Option<Vec<u32>>,
}

impl Default for Vehicle {
    fn default() -> Self {
        Self {
            capacity: f64::INFINITY,
            depot: 0,
            fixed_cost: 0.0,
            unit_distance_cost: 1.0,
            max_duration: f64::INFINITY,
            max_distance: f64::INFINITY,
            reload_depots: Vec::new(),
            max_reloads: u32::MAX,
            allowed: None,
        }
    }
}

/// Where distances come from.
#[derive(Clone, Debug)]
pub(super) enum Legs {
    /// The nodes' points.
    Points,
    /// A table, row by row.
    Table(Vec<f64>),
    /// Distances and durations apart, row by row.
    Drives(Vec<(f64, f64)>),
}

/// A file read.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub depots: usize,
    pub nodes: Vec<Node>,
    /// First node, second node, amount.
    pub pairs: Vec<(u32, u32, f64)>,
    pub vehicles: Vec<Vehicle>,
    pub numbered: bool,
    pub legs: Legs,
    pub linehauls_first: bool,
}

impl Draft {
    /// Has vehicles drive as `drives` says, whose places are named by their numbers in solutions; faults name `file`.
    pub fn drive_by(&mut self, drives: &Drives, file: &str) -> Result<(), Vec<Fault>> {
        let listed = |place: usize| drives.names.iter().position(|name| *name == place.to_string());
        let rows: Vec<Option<usize>> = (0..self.nodes.len()).map(listed).collect();
        let missing = rows.iter().enumerate().filter(|(_, row)| row.is_none());
        let unlisted = |(place, _)| {
            let rule = "must be in the table: places are named by their numbers in solutions, from 0, depots first";
            Fault::new(file, "place", place, rule)
        };
        let mut faults: Vec<Fault> = missing.map(unlisted).collect();
        let rows: Vec<usize> = rows.into_iter().flatten().collect();
        let mut legs = Vec::with_capacity(rows.len() * rows.len());
        for (&from, &to) in rows.iter().flat_map(|from| rows.iter().map(move |to| (from, to))) {
            match drives.table.drive(from, to) {
                Some(drive) => legs.push((drive.metres.get() as f64, drive.seconds.get() as f64)),
                None => {
                    let pair = format!("from {} to {}", drives.names[from], drives.names[to]);
                    faults.push(Fault::new(
                        format!("{file}: {pair}"),
                        "",
                        "",
                        "must have a drive: every place is reached from every other",
                    ));
                }
            }
        }
        self.legs = Legs::Drives(legs);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Rounds everything and builds the problem.
    pub fn into_instance(self, file: &str, measure: Measure) -> Result<Instance, Vec<Fault>> {
        let (types, vehicles) = self.types();
        let whole = Whole { measure, whole_table: self.is_whole_table() };
        let in_file = |mut faults: Vec<Fault>| {
            faults.iter_mut().for_each(|fault| fault.at = format!("{file}: {}", fault.at));
            faults
        };
        let spec = self.spec(&types, whole);
        let points = match self.legs {
            Legs::Points => self.nodes.iter().map(|node| node.point).collect(),
            Legs::Table(_) | Legs::Drives(_) => Vec::new(),
        };
        let problem = Problem::new(spec).map_err(in_file)?;
        Ok(Instance {
            problem,
            vehicles,
            numbered: self.numbered,
            measure,
            cost_scale: if measure == Measure::None { whole.scale() } else { 1.0 },
            nodes: (0..self.nodes.len() as u32).collect(),
            scale: whole.scale(),
            points,
        })
    }

    /// A table of whole numbers stays as it is where nothing is to be rounded.
    fn is_whole_table(&self) -> bool {
        matches!(&self.legs, Legs::Table(entries) if entries.iter().all(|e| e.fract() == 0.0))
    }

    /// Vehicles that are alike, with their numbers in the file.
    fn types(&self) -> (Vec<Vehicle>, Vec<Vec<usize>>) {
        let mut types: Vec<Vehicle> = Vec::new();
        let mut numbers: Vec<Vec<usize>> = Vec::new();
        for (n, vehicle) in self.vehicles.iter().enumerate() {
            match types.iter().rposition(|t| t == vehicle) {
                Some(at) => numbers[at].push(n),
                None => {
                    types.push(vehicle.clone());
                    numbers.push(vec![n]);
                }
            }
        }
        (types, numbers)
    }

    fn spec(&self, types: &[Vehicle], whole: Whole) -> Spec {
        let (depots, stops) = self.nodes.split_at(self.depots);
        let table = |amounts: &mut dyn Iterator<Item = f64>| {
            Matrix::dense(self.nodes.len(), amounts.map(|amount| whole.amount(amount)).collect())
        };
        let (distance, duration) = match &self.legs {
            Legs::Drives(drives) => {
                let durations = table(&mut drives.iter().map(|drive| drive.1));
                (table(&mut drives.iter().map(|drive| drive.0)), Some(durations))
            }
            Legs::Table(entries) => (table(&mut entries.iter().copied()), None),
            Legs::Points => {
                let points = self.nodes.iter().map(|n| n.point).collect();
                (Matrix::of_plane(Plane::new(points, whole.scale(), whole.measure.rounding())), None)
            }
        };
        let count = |t: &Vehicle| self.vehicles.iter().filter(|v| *v == t).count() as u32;
        Spec {
            depots: depots.iter().map(|d| Depot { window: whole.window(d.window) }).collect(),
            stops: stops.iter().map(|s| stop(s, whole)).collect(),
            pairs: self.pairs.iter().map(|&(from, to, amount)| self.pair(from, to, amount)).collect(),
            vehicle_types: types.iter().map(|t| self.vehicle_type(t, count(t), whole)).collect(),
            distance,
            duration,
            linehauls_first: self.linehauls_first,
            ..Spec::default()
        }
    }

    fn pair(&self, from: u32, to: u32, amount: f64) -> Pair {
        let stop = |node: u32| node - self.depots as u32;
        Pair { from: stop(from), to: stop(to), amount: load(amount) }
    }

    fn vehicle_type(&self, vehicle: &Vehicle, count: u32, whole: Whole) -> VehicleType {
        let serves = vehicle.allowed.as_ref().map(|allowed| {
            let mut serves = vec![false; self.nodes.len()];
            allowed.iter().for_each(|&node| serves[node as usize] = true);
            serves.split_off(self.depots)
        });
        VehicleType {
            count,
            capacity: load(vehicle.capacity),
            start: vehicle.depot,
            end: vehicle.depot,
            shift: Window::ALWAYS,
            fixed_cost: whole.amount(vehicle.fixed_cost),
            unit_distance_cost: vehicle.unit_distance_cost as i64,
            unit_duration_cost: 0,
            max_duration: whole.amount(vehicle.max_duration),
            max_distance: whole.amount(vehicle.max_distance),
            reload_depots: vehicle.reload_depots.clone(),
            max_reloads: vehicle.max_reloads,
            reload_duration: 0,
            serves,
            ..VehicleType::default()
        }
    }
}

fn stop(node: &Node, whole: Whole) -> Stop {
    Stop {
        delivery: load(node.delivery),
        pickup: load(node.pickup),
        service: whole.amount(node.service),
        window: whole.window(node.window),
        release: whole.amount(node.release),
        prize: (node.prize > 0.0).then(|| whole.amount(node.prize)),
        ..Stop::default()
    }
}

/// Loads are whole numbers in every file; no measure changes what fits.
fn load(amount: f64) -> Load {
    if amount.is_finite() { Load::from(amount.round() as i64) } else { Load::NO_LIMIT }
}

/// Turns the file's numbers into integers.
#[derive(Clone, Copy)]
struct Whole {
    measure: Measure,
    whole_table: bool,
}

impl Whole {
    fn scale(self) -> f64 {
        if self.measure == Measure::None && self.whole_table { 1.0 } else { self.measure.scale() }
    }

    fn amount(self, value: f64) -> i64 {
        let measured =
            if self.measure == Measure::None { (value * self.scale()).round() } else { self.measure.apply(value) };
        if measured.is_finite() && measured.abs() < NO_LIMIT as f64 { measured as i64 } else { NO_LIMIT }
    }

    fn window(self, [early, late]: [f64; 2]) -> Window {
        Window::new(self.amount(early), self.amount(late))
    }
}
