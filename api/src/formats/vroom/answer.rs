//! A plan as VROOM's solution.

use engine::routing::why::Blocking;
use engine::routing::{Plan, Reason, Route};
use serde::Serialize;
use utoipa::ToSchema;

use super::drive::Drive;
use super::problem::Routing;
use super::request::{Vehicle, Visit};
use super::tables::RoadsUsed;
use super::tasks::StepType;
use crate::formats::blocking::Told;

/// A solution in the format of VROOM 1.14. Times are seconds, distances metres.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = VroomSolution)]
pub struct Answer {
    /// 0: no error.
    pub code: u8,
    /// Sums over the routes.
    pub summary: Summary,
    /// Tasks left out, each with the reason.
    pub unassigned: Vec<Unassigned>,
    /// Routes, one for each vehicle used.
    pub routes: Vec<VehicleRoute>,
}

/// Sums over the routes.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = VroomSummary)]
pub struct Summary {
    /// Cost of all routes.
    pub cost: i64,
    /// Routes.
    pub routes: usize,
    /// Tasks left out.
    pub unassigned: usize,
    #[serde(flatten)]
    pub totals: Totals,
    /// Always empty: plans break no rule.
    #[schema(value_type = Vec<String>)]
    pub violations: [(); 0],
    /// Where distances and durations are from, if the request has no matrices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roads: Option<RoadsUsed>,
    /// What it took; not part of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computing_times: Option<ComputingTimes>,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = VroomComputingTimes)]
pub struct ComputingTimes {
    /// Reading and tables.
    pub loading: u64,
    /// Searching, with the check of the plan.
    pub solving: u64,
}

/// What a route or all of them come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = VroomTotals)]
pub struct Totals {
    /// Setup time.
    pub setup: i64,
    /// Service time.
    pub service: i64,
    /// Travel time.
    pub duration: i64,
    /// Waiting time.
    pub waiting_time: i64,
    /// Priorities of the tasks served.
    pub priority: i64,
    /// Distance, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<i64>,
    /// What is delivered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delivery: Vec<i64>,
    /// What is taken on board.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pickup: Vec<i64>,
    /// The same as `delivery`, for older clients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amount: Vec<i64>,
}

/// What comes back as it was in the request.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = VroomEcho)]
pub struct Echo {
    /// Of the task, break or vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of the task, or where the vehicle starts or ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<[f64; 2]>,
    /// The row of the matrix, as `location`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_index: Option<i64>,
}

/// A task left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = VroomUnassigned)]
pub struct Unassigned {
    /// Its id.
    pub id: i64,
    /// `job`, `pickup` or `delivery`.
    #[serde(rename = "type")]
    pub kind: StepType,
    #[serde(flatten)]
    pub echo: Echo,
    /// What stands in the way, and what would have to be otherwise; Tidewater's addition.
    pub reason: String,
    /// The same as fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocking: Option<Told>,
}

/// A vehicle's route.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = VroomRoute)]
pub struct VehicleRoute {
    /// The vehicle's id.
    pub vehicle: i64,
    /// As in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it costs.
    pub cost: i64,
    #[serde(flatten)]
    pub totals: Totals,
    /// From start to end.
    pub steps: Vec<Step>,
    /// Straight lines from step to step, as a polyline of five digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geometry: Option<String>,
    /// Always empty: plans break no rule.
    #[schema(value_type = Vec<String>)]
    pub violations: [(); 0],
}

/// A step of a route: arrival, then waiting, setup, service, then travel to the next step.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = VroomStep)]
pub struct Step {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: StepType,
    #[serde(flatten)]
    pub echo: Echo,
    /// Of the task or break.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Setup time; 0 where the vehicle was there already.
    pub setup: i64,
    /// Service time.
    pub service: i64,
    /// Waiting time upon arrival.
    pub waiting_time: i64,
    /// Load when the step is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Vec<i64>>,
    /// When it is reached; of the start: when it is left.
    pub arrival: i64,
    /// Travel time so far.
    pub duration: i64,
    /// Distance so far, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<i64>,
    /// Always empty: plans break no rule.
    #[schema(value_type = Vec<String>)]
    pub violations: [(); 0],
}

impl Echo {
    /// Of a task.
    pub(super) fn of(visit: &Visit) -> Self {
        let Visit { location, location_index, .. } = *visit;
        Self { description: visit.description.clone(), location, location_index }
    }
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.setup += other.setup;
        self.service += other.service;
        self.duration += other.duration;
        self.waiting_time += other.waiting_time;
        self.priority += other.priority;
        self.distance = self.distance.zip(other.distance).map(|(a, b)| a + b);
        add(&mut self.delivery, &other.delivery);
        add(&mut self.pickup, &other.pickup);
        self.amount.clone_from(&self.delivery);
    }
}

impl Routing {
    /// The plan with departures as late as they can be for the earliest returns; routes with breaks leave so already.
    pub fn settled(&self, mut plan: Plan) -> Plan {
        for route in plan.routes.iter_mut().filter(|route| route.pauses.is_empty()) {
            let opens = self.problem.vehicle_types()[route.vehicle_type as usize].shift.early;
            let earliest = Route { departs: opens, ..route.clone() };
            route.departs = self.drive(&earliest).returns() - route.duration;
        }
        plan
    }

    /// The plan as VROOM's solution, with what blocks the tasks that it leaves out.
    pub fn answer(&self, plan: &Plan, blocking: &[Blocking]) -> Answer {
        let routes: Vec<VehicleRoute> = plan.routes.iter().map(|route| self.route(route)).collect();
        let mut totals = self.no_totals();
        routes.iter().for_each(|route| totals.add(&route.totals));
        let unassigned: Vec<Unassigned> =
            plan.unassigned.iter().map(|left| self.left_out(left.stop, left.reason, blocking)).collect();
        let summary = Summary {
            cost: routes.iter().map(|route| route.cost).sum(),
            routes: routes.len(),
            unassigned: unassigned.len(),
            totals,
            violations: [],
            roads: self.roads().cloned(),
            computing_times: None,
        };
        Answer { code: 0, summary, unassigned, routes }
    }

    fn left_out(&self, stop: u32, reason: Reason, blocking: &[Blocking]) -> Unassigned {
        let task = &self.tasks[stop as usize];
        let reason = match reason {
            Reason::NoVehicleMayServe if !task.skills.is_empty() => {
                format!("{reason}: none has all of its skills {:?}", task.skills)
            }
            other => other.to_string(),
        };
        let found = blocking.iter().find(|found| found.stops.contains(&stop)).map(|found| Told::of(found, self));
        let reason = found.as_ref().map_or_else(|| reason.clone(), |found| format!("{reason}; {}", found.text()));
        Unassigned { id: task.visit.id, kind: task.kind, echo: Echo::of(&task.visit), reason, blocking: found }
    }

    /// The request's vehicle that drives a route.
    fn vehicle(&self, route: &Route) -> &Vehicle {
        &self.request.vehicles[self.vehicles[route.vehicle_type as usize][route.vehicle as usize]]
    }

    fn drive(&self, route: &Route) -> Drive<'_> {
        Drive::along(self, self.vehicle(route), route)
    }

    fn route(&self, route: &Route) -> VehicleRoute {
        let vehicle = self.vehicle(route);
        let kind = &self.problem.vehicle_types()[route.vehicle_type as usize];
        let cost = kind.fixed_cost + kind.unit_distance_cost * route.distance;
        let steps = self.drive(route).steps;
        VehicleRoute {
            vehicle: vehicle.id,
            description: vehicle.description.clone(),
            cost: (cost + self.prices.scale / 2) / self.prices.scale,
            totals: self.totals(route, &steps),
            geometry: self.request.options.g.then(|| polyline(&steps)),
            steps,
            violations: [],
        }
    }

    fn no_totals(&self) -> Totals {
        let none = vec![0; self.dimensions];
        Totals {
            distance: self.tables.distances.as_ref().map(|_| 0),
            delivery: none.clone(),
            pickup: none.clone(),
            amount: none,
            ..Totals::default()
        }
    }

    fn totals(&self, route: &Route, steps: &[Step]) -> Totals {
        let mut totals = self.no_totals();
        for step in steps {
            totals.setup += step.setup;
            totals.service += step.service;
            totals.waiting_time += step.waiting_time;
        }
        if let Some(end) = steps.last() {
            totals.duration = end.duration;
            totals.distance = end.distance;
        }
        for &stop in &route.trips[0].stops {
            let task = &self.tasks[stop as usize];
            totals.priority += task.priority;
            add(&mut totals.delivery, if task.kind == StepType::Delivery { &task.amount } else { &task.delivery });
            add(&mut totals.pickup, if task.kind == StepType::Pickup { &task.amount } else { &task.pickup });
        }
        totals.amount.clone_from(&totals.delivery);
        totals
    }
}

/// Adds amounts by component; those left out are 0.
fn add(sums: &mut [i64], amounts: &[i64]) {
    sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
}

/// The steps' locations as an encoded polyline: differences of hundred-thousandths of a degree, latitude first, in groups of
/// five bits.
fn polyline(steps: &[Step]) -> String {
    let mut text = String::new();
    let mut last = [0; 2];
    for [lon, lat] in steps.iter().filter_map(|step| step.echo.location) {
        let here = [lat, lon].map(|degrees| (degrees * 1e5).round() as i64);
        for (now, before) in here.into_iter().zip(last) {
            encode(now - before, &mut text);
        }
        last = here;
    }
    text
}

fn encode(difference: i64, text: &mut String) {
    let mut rest = ((difference << 1) ^ (difference >> 63)).unsigned_abs();
    loop {
        let (group, more) = ((rest & 31) as u8, rest > 31);
        text.push(char::from(group + if more { 32 } else { 0 } + 63));
        if !more {
            return;
        }
        rest >>= 5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_encoded_in_groups_of_five_bits() {
        // The example of the format's description: (38.5, -120.2), (40.7, -120.95), (43.252, -126.453).
        let mut text = String::new();
        for difference in [3_850_000, -12_020_000, 220_000, -75_000, 255_200, -550_300] {
            encode(difference, &mut text);
        }
        assert_eq!(text, "_p~iF~ps|U_ulLnnqC_mqNvxq`@");
    }
}
