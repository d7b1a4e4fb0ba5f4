//! Jobs and ends of shipments alike: what a stop of the problem stands for.

use serde::Serialize;
use utoipa::ToSchema;

use super::request::{Request, ShipmentEnd};

/// What a step of a route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = VroomStepType)]
#[serde(rename_all = "lowercase")]
pub enum StepType {
    /// The vehicle leaves.
    Start,
    /// A job.
    Job,
    /// Goods of a shipment come on board.
    Pickup,
    /// Goods of a shipment leave.
    Delivery,
    /// Time off.
    Break,
    /// The vehicle is back.
    End,
}

/// A stop's task.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub kind: StepType,
    /// Where it stands in the request.
    pub at: String,
    pub end: ShipmentEnd,
    /// From the start to here; of a job only.
    pub delivery: Vec<i64>,
    /// From here to the end; of a job only.
    pub pickup: Vec<i64>,
    /// What a shipment moves.
    pub amount: Vec<i64>,
    pub skills: Vec<i64>,
    pub priority: i64,
    /// Its place among the points of the tables, once that is found.
    pub point: Option<usize>,
}

/// Every task: jobs, then each shipment's pickup and delivery.
pub(super) fn of(request: &Request) -> Vec<Task> {
    let jobs = request.jobs.iter().enumerate().map(|(n, job)| Task {
        kind: StepType::Job,
        at: format!("/jobs/{n}"),
        end: ShipmentEnd {
            id: job.id,
            description: job.description.clone(),
            location: job.location,
            location_index: job.location_index,
            setup: job.setup,
            service: job.service,
            time_windows: job.time_windows.clone(),
        },
        delivery: job.delivery.clone(),
        pickup: job.pickup.clone(),
        amount: Vec::new(),
        skills: job.skills.clone(),
        priority: job.priority,
        point: None,
    });
    let shipments = request.shipments.iter().enumerate().flat_map(|(n, shipment)| {
        let ends =
            [(StepType::Pickup, &shipment.pickup, "pickup"), (StepType::Delivery, &shipment.delivery, "delivery")];
        ends.map(|(kind, end, name)| Task {
            kind,
            at: format!("/shipments/{n}/{name}"),
            end: end.clone(),
            delivery: Vec::new(),
            pickup: Vec::new(),
            amount: shipment.amount.clone(),
            skills: shipment.skills.clone(),
            priority: shipment.priority,
            point: None,
        })
    });
    jobs.chain(shipments).collect()
}
