//! From a request to the kernel's problem.
//!
//! Setup is service where a task has its place for itself. Where it shares it, setup is part of the legs that come from
//! elsewhere; its windows then begin later by the setup, so that whoever is there already is not served too early.

use std::collections::BTreeMap;

use engine::fault::Fault;
use engine::routing::{
    Break, DIMENSIONS, Depot, Load, Matrix, NO_LIMIT, Pair, PricedWindow, Problem, Spec, Stop, VehicleType, Window,
};
use serde_json::Value;

use super::json::Reader;
use super::places::Places;
use super::prices::Prices;
use super::request::{Request, Vehicle};
use super::tables::{Roads, RoadsUsed, Tables};
use super::tasks::{self, StepType, Task};

/// A request that can be planned.
pub struct Routing {
    /// The kernel's problem: stops are the tasks, jobs first.
    pub problem: Problem,
    pub(super) request: Request,
    pub(super) tasks: Vec<Task>,
    pub(super) tables: Tables,
    pub(super) prices: Prices,
    /// Points of the depots; anywhere where `None`.
    pub(super) depots: Vec<Option<usize>>,
    /// The vehicles of each type, by their numbers in the request.
    pub(super) vehicles: Vec<Vec<usize>>,
    /// Whether setup of a task is part of the legs to it.
    pub(super) shares: Vec<bool>,
    /// Components of amounts.
    pub(super) dimensions: usize,
}

impl Routing {
    /// The problem behind a document, or every fault: of its fields, and of what they mean together. Sums over the whole problem
    /// that are too large for the kernel are told of documents that are otherwise right.
    pub fn read(document: &Value, roads: Roads) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::default();
        let request = Request::read(document, &mut reader);
        let mut tasks = tasks::of(&request);
        let dimensions = dimensions(&request, &tasks, &mut reader);
        let places = Places::find(&request, &mut tasks, roads, &mut reader);
        let prices = Prices::of(&request, places.source, &mut reader);
        let vehicles = request.vehicles.iter().enumerate();
        let limits: Vec<Option<i64>> =
            vehicles.map(|(n, vehicle)| prices.limit(n, vehicle, places.source, &mut reader)).collect();
        let shares = shares(&request, &tasks, &places, &mut reader);
        if !reader.faults.is_empty() {
            return Err(reader.faults);
        }
        let tables = places.source.tables(&places.points, request.vehicles[0].speed_factor);
        let ends = &places.ends;
        let draft =
            Draft { request: &request, tasks: &tasks, ends, tables: &tables, prices, shares: &shares, dimensions };
        let (spec, depots, vehicles) = draft.spec(&limits);
        let problem = Problem::new(spec)?;
        Ok(Self { problem, request, tasks, tables, prices, depots, vehicles, shares, dimensions })
    }

    /// Where the figures are from, if not from the request.
    pub fn roads(&self) -> Option<&RoadsUsed> {
        self.tables.roads.as_ref()
    }

    /// How long to search, in iterations: more for more tasks and by the request's `x`, bounded for all.
    pub fn iterations(&self) -> u64 {
        let tasks = self.tasks.len() as u64;
        (LEAST_ITERATIONS + ITERATIONS_A_TASK * tasks).min(MOST_ITERATIONS) >> (5 - self.request.options.x)
    }
}

const LEAST_ITERATIONS: u64 = 2_000;
const ITERATIONS_A_TASK: u64 = 200;
const MOST_ITERATIONS: u64 = 100_000;

/// The length of all amounts, which is that of the first vehicle's capacity; those left out are 0.
fn dimensions(request: &Request, tasks: &[Task], reader: &mut Reader) -> usize {
    let first = request.vehicles.first().filter(|_| reader.is_read("/vehicles/0", "capacity"));
    let Some(size) = first.map(|vehicle| vehicle.capacity.len()) else { return 0 };
    if size > DIMENSIONS {
        reader.fault("/vehicles/0", "capacity", size, format!("must have at most {DIMENSIONS} components"));
    }
    let mut check = |at: &str, field: &str, amounts: &[i64]| {
        if !amounts.is_empty() && amounts.len() != size {
            let rule = format!("must have {size} components, as the first vehicle's capacity");
            reader.fault(at, field, format!("{} components", amounts.len()), rule);
        }
    };
    for (n, vehicle) in request.vehicles.iter().enumerate().skip(1) {
        check(&format!("/vehicles/{n}"), "capacity", &vehicle.capacity);
    }
    for task in tasks.iter().filter(|task| task.kind == StepType::Job) {
        check(&task.at, "delivery", &task.delivery);
        check(&task.at, "pickup", &task.pickup);
    }
    for (n, shipment) in request.shipments.iter().enumerate() {
        check(&format!("/shipments/{n}"), "amount", &shipment.amount);
    }
    size
}

/// Which tasks have a setup and do not have their place for themselves.
fn shares(request: &Request, tasks: &[Task], places: &Places, reader: &mut Reader) -> Vec<bool> {
    let mut uses: BTreeMap<usize, u32> = BTreeMap::new();
    let starts = places.ends.iter().filter_map(|ends| ends[0]);
    for point in tasks.iter().filter_map(|task| task.point).chain(starts) {
        *uses.entry(point).or_default() += 1;
    }
    let shares: Vec<bool> =
        tasks.iter().map(|task| task.visit.setup > 0 && task.point.is_some_and(|point| uses[&point] > 1)).collect();
    let has_breaks = request.vehicles.iter().any(|vehicle| !vehicle.breaks.is_empty());
    for task in tasks.iter().zip(&shares).filter(|(_, shares)| **shares).map(|(task, _)| task) {
        let setup = task.visit.setup;
        if has_breaks {
            let rule = "must be 0 where vehicles have breaks and other tasks or a start are at the same place";
            reader.fault(&task.at, "setup", setup, rule);
        }
        for (n, [start, end]) in task.visit.time_windows.iter().enumerate().filter(|(_, [a, b])| b - a < setup) {
            let rule = format!("must be no shorter than the setup ({setup} s): others are at the same place");
            reader.fault(&format!("{}/time_windows", task.at), &n.to_string(), format!("[{start}, {end}]"), rule);
        }
    }
    shares
}

struct Draft<'r> {
    request: &'r Request,
    tasks: &'r [Task],
    /// Start and end of each vehicle; anywhere where `None`.
    ends: &'r [[Option<usize>; 2]],
    tables: &'r Tables,
    prices: Prices,
    shares: &'r [bool],
    dimensions: usize,
}

impl Draft<'_> {
    fn spec(&self, limits: &[Option<i64>]) -> (Spec, Vec<Option<usize>>, Vec<Vec<usize>>) {
        let mut depots: Vec<Option<usize>> = self.ends.iter().flatten().copied().collect();
        depots.sort_unstable();
        depots.dedup();
        let (types, vehicles) = self.types(&depots, limits);
        let points: Vec<Option<usize>> =
            depots.iter().copied().chain(self.tasks.iter().map(|task| task.point)).collect();
        let jobs = self.request.jobs.len() as u32;
        let pairs = (0..).zip(&self.request.shipments).map(|(n, shipment)| Pair {
            from: jobs + 2 * n,
            to: jobs + 2 * n + 1,
            amount: self.load(&shipment.amount),
        });
        let spec = Spec {
            depots: depots.iter().map(|_| Depot { window: Window::ALWAYS }).collect(),
            stops: self.tasks.iter().zip(self.shares).map(|(task, &shares)| self.stop(task, shares)).collect(),
            pairs: pairs.collect(),
            vehicle_types: types,
            distance: self.measures(&points),
            duration: Some(self.durations(&points)),
            ..Spec::default()
        };
        (spec, depots, vehicles)
    }

    /// Vehicles that are alike, with their numbers.
    fn types(&self, depots: &[Option<usize>], limits: &[Option<i64>]) -> (Vec<VehicleType>, Vec<Vec<usize>>) {
        let (mut types, mut numbers): (Vec<VehicleType>, Vec<Vec<usize>>) = Default::default();
        for (n, vehicle) in self.request.vehicles.iter().enumerate() {
            let kind = self.vehicle_type(n, vehicle, depots, limits[n]);
            match types.iter().position(|other| *other == kind) {
                Some(at) => numbers[at].push(n),
                None => {
                    types.push(kind);
                    numbers.push(vec![n]);
                }
            }
        }
        for (kind, numbers) in types.iter_mut().zip(&numbers) {
            kind.count *= numbers.len() as u32;
        }
        (types, numbers)
    }

    fn vehicle_type(&self, n: usize, vehicle: &Vehicle, depots: &[Option<usize>], limit: Option<i64>) -> VehicleType {
        let depot = |point: Option<usize>| depots.binary_search(&point).map_or(0, |at| at as u32);
        let [start, end] = self.ends[n].map(depot);
        let max_tasks = vehicle.max_tasks.map(|most| u32::try_from(most).unwrap_or(u32::MAX));
        VehicleType {
            // A vehicle that may do nothing is none.
            count: u32::from(max_tasks != Some(0)),
            capacity: if self.dimensions == 0 { Load::NO_LIMIT } else { self.load(&vehicle.capacity) },
            start,
            end,
            shift: vehicle.time_window.map_or(Window::ALWAYS, |[early, late]| Window::new(early, late)),
            fixed_cost: vehicle.costs.fixed * self.prices.scale,
            unit_distance_cost: self.prices.unit(vehicle.costs),
            max_distance: limit.unwrap_or(NO_LIMIT),
            max_stops: max_tasks.unwrap_or(u32::MAX).max(1),
            breaks: breaks(vehicle).into_iter().map(|(_, rest)| rest).collect(),
            serves: self.serves(vehicle),
            ..VehicleType::default()
        }
    }

    /// A vehicle serves what asks for no skill that it lacks.
    fn serves(&self, vehicle: &Vehicle) -> Option<Vec<bool>> {
        let has = |task: &Task| task.skills.iter().all(|skill| vehicle.skills.contains(skill));
        let serves: Vec<bool> = self.tasks.iter().map(has).collect();
        (!serves.iter().all(|&serves| serves)).then_some(serves)
    }

    fn load(&self, amounts: &[i64]) -> Load {
        let mut load = Load::default();
        load.0.iter_mut().zip(amounts).for_each(|(slot, &amount)| *slot = amount);
        load
    }

    fn stop(&self, task: &Task, shares: bool) -> Stop {
        let setup = task.visit.setup;
        let (service, later) = if shares { (task.visit.service, setup) } else { (setup + task.visit.service, 0) };
        let mut windows = task.visit.time_windows.iter().map(|&[early, late]| Window::new(early + later, late));
        Stop {
            delivery: self.load(&task.delivery),
            pickup: self.load(&task.pickup),
            service,
            window: windows.next().unwrap_or(Window::ALWAYS),
            other_windows: windows.map(|window| PricedWindow { window, price: 0 }).collect(),
            priority: u8::try_from(task.priority).unwrap_or(100),
            ..Stop::default()
        }
    }

    fn measures(&self, points: &[Option<usize>]) -> Matrix {
        let (tables, measure) = (self.tables, self.prices.measure(self.tables));
        let legs = points.iter().flat_map(|&from| points.iter().map(move |&to| (from, to)));
        Matrix::dense(points.len(), legs.map(|(from, to)| tables.leg(&measure, from, to)).collect())
    }

    /// Travel, and setup where it hangs on where the vehicle comes from.
    fn durations(&self, points: &[Option<usize>]) -> Matrix {
        let tables = self.tables;
        let depots = points.len() - self.tasks.len();
        let setup = |from: Option<usize>, place: usize| match place.checked_sub(depots) {
            Some(stop) if self.shares[stop] && from != points[place] => self.tasks[stop].visit.setup,
            _ => 0,
        };
        let row = |from: Option<usize>| {
            let to = (0..points.len()).map(move |place| (place, points[place]));
            to.map(move |(place, to)| tables.leg(&tables.durations, from, to) + setup(from, place)).collect::<Vec<_>>()
        };
        Matrix::dense(points.len(), points.iter().flat_map(|&from| row(from)).collect())
    }
}

/// A vehicle's breaks by the ends of their windows, as the kernel wants them, with their places in the request.
pub(super) fn breaks(vehicle: &Vehicle) -> Vec<(usize, Break)> {
    let rest = |(n, rest): (usize, &super::request::Break)| {
        let window = rest.time_windows.first().map(|&[early, late]| Window::new(early, late));
        (n, Break { window: window.unwrap_or(Window::ALWAYS), duration: rest.service })
    };
    let mut breaks: Vec<(usize, Break)> = vehicle.breaks.iter().enumerate().map(rest).collect();
    breaks.sort_by_key(|(_, rest)| (rest.window.late, rest.window.early));
    breaks
}
