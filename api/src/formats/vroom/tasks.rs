//! Jobs and ends of shipments alike: what a stop of the problem stands for.

use serde::Serialize;
use utoipa::ToSchema;

use super::request::{Request, Visit};

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
    pub visit: Visit,
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
        visit: job.visit.clone(),
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
        ends.map(|(kind, visit, name)| Task {
            kind,
            at: format!("/shipments/{n}/{name}"),
            visit: visit.clone(),
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
