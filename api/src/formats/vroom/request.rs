//! A request as VROOM's API describes it; [`super::read`] reads it.

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// A routing problem in the format of VROOM 1.14. Times are seconds, distances metres, locations `[longitude, latitude]`.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(as = VroomRequest)]
pub struct Request {
    /// Vehicles, at least one and at most 500. All have one profile and one `speed_factor`.
    pub vehicles: Vec<Vehicle>,
    /// Places to visit once; with `shipments` at most 1,000 tasks.
    #[schema(required = false)]
    pub jobs: Vec<Job>,
    /// Goods that one vehicle takes from one place to another.
    #[schema(required = false)]
    pub shipments: Vec<Shipment>,
    /// Tables by profile; without any, legs are those of the configured source of road times, or great circles times the
    /// configured circuity at the configured speed.
    #[schema(required = false)]
    pub matrices: BTreeMap<String, Matrices>,
    /// `g` asks for geometries, `x` from 0 to 5 says how long to search.
    #[schema(required = false)]
    pub options: Wishes,
}

/// What is wanted besides routes.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = VroomOptions)]
pub struct Wishes {
    /// Whether routes get a `geometry`: straight lines from step to step, as an encoded polyline.
    #[schema(required = false)]
    pub g: bool,
    /// How long to search: each step takes twice as long as the one before.
    #[schema(required = false, minimum = 0, maximum = 5, default = 5)]
    pub x: i64,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { g: false, x: 5 }
    }
}

/// A vehicle.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(as = VroomVehicle)]
pub struct Vehicle {
    /// Unique among vehicles.
    pub id: i64,
    /// Which of the `matrices`.
    #[schema(required = false, default = "car")]
    pub profile: String,
    /// Comes back in its route.
    pub description: Option<String>,
    /// Where it starts; anywhere if neither it nor `start_index` is given.
    #[schema(example = json!([2.35044, 48.71764]))]
    pub start: Option<[f64; 2]>,
    /// Row of the matrix where it starts.
    pub start_index: Option<i64>,
    /// Where it ends; anywhere if neither it nor `end_index` is given.
    pub end: Option<[f64; 2]>,
    /// Row of the matrix where it ends.
    pub end_index: Option<i64>,
    /// What it holds, in up to four dimensions.
    #[schema(required = false)]
    pub capacity: Vec<i64>,
    /// What it costs.
    #[schema(required = false)]
    pub costs: Costs,
    /// What it can do.
    #[schema(required = false)]
    pub skills: Vec<i64>,
    /// First departure and last return.
    pub time_window: Option<[i64; 2]>,
    /// Time off, at most four.
    #[schema(required = false)]
    pub breaks: Vec<Break>,
    /// Speed in units of the table's, from 0.01 to 5.
    #[schema(required = false, default = 1.0)]
    pub speed_factor: f64,
    /// Most tasks of its route.
    pub max_tasks: Option<i64>,
    /// Longest travel time, where cost follows travel time or there are no matrices.
    pub max_travel_time: Option<i64>,
    /// Longest distance, where cost follows distance or legs are great circles.
    pub max_distance: Option<i64>,
}

/// A vehicle's costs, in whole units of the caller's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(as = VroomCosts)]
pub struct Costs {
    /// If it is used at all.
    #[schema(required = false, default = 0)]
    pub fixed: i64,
    /// An hour of travel.
    #[schema(required = false, default = 3600)]
    pub per_hour: i64,
    /// A kilometre.
    #[schema(required = false, default = 0)]
    pub per_km: i64,
}

impl Default for Costs {
    fn default() -> Self {
        Self { fixed: 0, per_hour: 3600, per_km: 0 }
    }
}

/// Time off, taken by a vehicle that is on the road when the window ends.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(as = VroomBreak)]
pub struct Break {
    /// Unique among the vehicle's breaks.
    pub id: i64,
    /// When it may begin: exactly one window.
    pub time_windows: Vec<[i64; 2]>,
    /// How long it is.
    #[schema(required = false)]
    pub service: i64,
    /// Comes back in its step.
    pub description: Option<String>,
}

/// A place to visit once.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(as = VroomJob)]
pub struct Job {
    #[serde(flatten)]
    pub visit: Visit,
    /// Brought from the start.
    #[schema(required = false)]
    pub delivery: Vec<i64>,
    /// Taken to the end.
    #[schema(required = false)]
    pub pickup: Vec<i64>,
    /// What its vehicle must be able to do.
    #[schema(required = false)]
    pub skills: Vec<i64>,
    /// From 0 to 100: the highest are served first.
    #[schema(required = false)]
    pub priority: i64,
}

/// Goods from one place to another.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(as = VroomShipment)]
pub struct Shipment {
    /// Where they come on board.
    pub pickup: Visit,
    /// Where they leave.
    pub delivery: Visit,
    /// What is on board in between.
    #[schema(required = false)]
    pub amount: Vec<i64>,
    /// What its vehicle must be able to do.
    #[schema(required = false)]
    pub skills: Vec<i64>,
    /// From 0 to 100: the highest are served first.
    #[schema(required = false)]
    pub priority: i64,
}

/// Where and when a job or an end of a shipment is served.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(as = VroomVisit)]
pub struct Visit {
    /// Unique among jobs, among pickups, or among deliveries.
    pub id: i64,
    /// Comes back in its step.
    pub description: Option<String>,
    /// Where; needed without matrices.
    pub location: Option<[f64; 2]>,
    /// Row of the matrix; needed with matrices.
    pub location_index: Option<i64>,
    /// Time before service, unless the vehicle is there already.
    #[schema(required = false)]
    pub setup: i64,
    /// Time there.
    #[schema(required = false)]
    pub service: i64,
    /// When it may begin; any time if left out.
    #[schema(required = false)]
    pub time_windows: Vec<[i64; 2]>,
}

/// Tables of one profile, from row to column.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(as = VroomMatrices)]
pub struct Matrices {
    /// Travel times.
    pub durations: Vec<Vec<i64>>,
    /// Distances.
    pub distances: Option<Vec<Vec<i64>>>,
    /// Costs of legs, instead of those that follow from `per_hour` and `per_km`.
    pub costs: Option<Vec<Vec<i64>>>,
}
