//! What blocks a stop left out, in words and as fields, for whoever names its vehicles and units.

use engine::routing::why::{Blocking, Easing, Limit, Verdict, Way};
use serde::Serialize;
use utoipa::ToSchema;

/// How a format's users call things and measure them. Amounts come in the problem's units.
pub trait Naming {
    /// A span of time: `14 min`.
    fn time(&self, amount: i64) -> String;
    /// A stretch of the day's distance, as the problem measures it: `3 km`.
    fn distance(&self, amount: i64) -> String;
    /// A cost: `12.50`.
    fn money(&self, amount: i64) -> String;
    /// A cost as a number.
    fn price(&self, amount: i64) -> f64;
    /// A vehicle by type and number: `vehicle 3`, or `another vehicle like vehicle 3` past the last.
    fn vehicle(&self, vehicle: (u32, u32)) -> String;
    /// The vehicle's id, unless it is a new one.
    fn vehicle_id(&self, vehicle: (u32, u32)) -> Option<i64>;
    /// A stop of a question: `it`, or an end of its pair: `its pickup`.
    fn end(&self, stops: &[u32], stop: u32) -> String;
}

/// What blocks a task, proved by solving again; Tidewater's addition.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = VroomBlocking)]
pub struct Told {
    /// What is known.
    pub verdict: VerdictTold,
    /// What would have to be otherwise: each way suffices, by one kind of limit where there is such a one, and is proved by a
    /// plan that keeps the routes of the other stops. Amounts are the least for this plan.
    pub ways: Vec<WayTold>,
}

/// What is known of a task left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = VroomBlockingVerdict)]
#[serde(rename_all = "snake_case")]
pub enum VerdictTold {
    /// Each of the `ways` serves it.
    Blocked,
    /// It fits the plan: a longer search would serve it.
    Fits,
    /// Even with every limit lifted no route has a place for it.
    NothingHelps,
    /// More tasks are left out than are looked at.
    NotLookedAt,
}

/// A way to serve a task.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = VroomBlockingWay)]
pub struct WayTold {
    /// In words.
    pub text: String,
    /// What must be eased, all of it.
    pub easings: Vec<EasingTold>,
    /// The vehicle that serves it then; none for one that is not there yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<i64>,
    /// What all routes cost more then.
    pub costs_more: f64,
}

/// A limit and by how much it must be eased.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = VroomBlockingEasing)]
pub struct EasingTold {
    /// `capacity`, `vehicles`, `max_tasks`, `reloads`, `max_distance`, `max_duration`, `window_end`, `window_start`, `shift_end`,
    /// `shift_start`, `release`, `depot_end`, `depot_start`, `skills`, `linehauls_first`, `breaks` or `prize`.
    pub limit: &'static str,
    /// By how much, in the problem's units: seconds, units of load, a count; 1 where it has no amount.
    pub by: i64,
    /// Which component of the amounts, from 0; of a capacity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<u32>,
    /// Which of the windows, from 0; of a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
}

impl Told {
    /// What is known of a stop.
    pub fn of(blocking: &Blocking, naming: &dyn Naming) -> Self {
        let verdict = match blocking.verdict {
            Verdict::Blocked => VerdictTold::Blocked,
            Verdict::Fits => VerdictTold::Fits,
            Verdict::NothingHelps => VerdictTold::NothingHelps,
            Verdict::NotLookedAt => VerdictTold::NotLookedAt,
        };
        let way = |way: &Way| WayTold {
            text: sentence(blocking, way, naming),
            easings: way.easings.iter().map(easing).collect(),
            vehicle: naming.vehicle_id(way.vehicle),
            costs_more: naming.price(way.cost),
        };
        Self { verdict, ways: blocking.ways.iter().map(way).collect() }
    }

    /// What follows a stop's reason: `it would be served with .., or with ..`.
    pub fn text(&self) -> String {
        match self.verdict {
            VerdictTold::Blocked => {
                let ways: Vec<&str> = self.ways.iter().map(|way| way.text.as_str()).collect();
                format!("it would be served with {}", ways.join(", or with "))
            }
            VerdictTold::Fits => "it fits the plan: search longer".to_owned(),
            VerdictTold::NothingHelps => {
                "even with every limit lifted no route has a place for it between its stops".to_owned()
            }
            VerdictTold::NotLookedAt => "too many are left out to solve again for it".to_owned(),
        }
    }
}

fn easing(easing: &Easing) -> EasingTold {
    let (limit, component, window) = match easing.limit {
        Limit::Breaks { .. } => ("breaks", None, None),
        Limit::LinehaulsFirst => ("linehauls_first", None, None),
        Limit::Serves { .. } => ("skills", None, None),
        Limit::DepotStart { .. } => ("depot_start", None, None),
        Limit::DepotEnd { .. } => ("depot_end", None, None),
        Limit::Release { .. } => ("release", None, None),
        Limit::ShiftStart { .. } => ("shift_start", None, None),
        Limit::ShiftEnd { .. } => ("shift_end", None, None),
        Limit::WindowStart { window, .. } => ("window_start", None, Some(window)),
        Limit::WindowEnd { window, .. } => ("window_end", None, Some(window)),
        Limit::Duration { .. } => ("max_duration", None, None),
        Limit::Distance { .. } => ("max_distance", None, None),
        Limit::Reloads { .. } => ("reloads", None, None),
        Limit::Stops { .. } => ("max_tasks", None, None),
        Limit::Capacity { dimension, .. } => ("capacity", Some(dimension), None),
        Limit::Vehicles { .. } => ("vehicles", None, None),
        Limit::Prize { .. } => ("prize", None, None),
    };
    EasingTold { limit, by: easing.by, component, window }
}

/// `2 more units of capacity on vehicle 3 and its window closing 14 min later (costs 120 more)`.
fn sentence(blocking: &Blocking, way: &Way, naming: &dyn Naming) -> String {
    let parts: Vec<String> = way.easings.iter().map(|one| phrase(one, blocking, way, naming)).collect();
    let cost = match way.cost {
        0 => "costs no more".to_owned(),
        more if more > 0 => format!("costs {} more", naming.money(more)),
        less => format!("costs {} less", naming.money(-less)),
    };
    format!("{} ({cost})", parts.join(" and "))
}

fn phrase(easing: &Easing, blocking: &Blocking, way: &Way, naming: &dyn Naming) -> String {
    let by = easing.by;
    let vehicle = naming.vehicle(way.vehicle);
    let end = |stop: u32| naming.end(&blocking.stops, stop);
    let window = |stop: u32, window: u32| match (end(stop).as_str(), window) {
        ("it", 0) => "its window".to_owned(),
        ("it", n) => format!("its window {}", n + 1),
        (end, 0) => format!("the window of {end}"),
        (end, n) => format!("window {} of {end}", n + 1),
    };
    match easing.limit {
        Limit::Breaks { .. } => format!("no break for {vehicle}"),
        Limit::LinehaulsFirst => "pickups before deliveries allowed".to_owned(),
        Limit::Serves { stop, .. } => format!("{vehicle} allowed to serve {}", end(stop)),
        Limit::DepotStart { depot } => format!("depot {depot} opening {} earlier", naming.time(by)),
        Limit::DepotEnd { depot } => format!("depot {depot} closing {} later", naming.time(by)),
        Limit::Release { stop } => format!("{} ready {} earlier", end(stop), naming.time(by)),
        Limit::ShiftStart { .. } => format!("{vehicle} leaving up to {} earlier", naming.time(by)),
        Limit::ShiftEnd { .. } => format!("{vehicle} returning up to {} later", naming.time(by)),
        Limit::WindowStart { stop, window: n } => format!("{} opening {} earlier", window(stop, n), naming.time(by)),
        Limit::WindowEnd { stop, window: n } => format!("{} closing {} later", window(stop, n), naming.time(by)),
        Limit::Duration { .. } => format!("{vehicle} on the road for {} longer", naming.time(by)),
        Limit::Distance { .. } => format!("{vehicle} allowed {} more of travel", naming.distance(by)),
        Limit::Reloads { .. } => format!("one more reload of {vehicle}"),
        Limit::Stops { .. } => format!("{by} more {} on {vehicle}", if by == 1 { "stop" } else { "stops" }),
        Limit::Capacity { dimension, .. } => {
            let unit = if by == 1 { "unit" } else { "units" };
            let of = if dimension == 0 { String::new() } else { format!(" in component {dimension}") };
            format!("{by} more {unit} of capacity{of} on {vehicle}")
        }
        Limit::Vehicles { .. } => vehicle,
        Limit::Prize { .. } => format!("a prize {} higher", naming.money(by)),
    }
}

/// Seconds as people say them: `45 s`, `14 min`, `1 h 30 min 5 s`.
pub fn seconds(amount: i64) -> String {
    let parts = [(amount / 3_600, "h"), (amount / 60 % 60, "min"), (amount % 60, "s")];
    let told: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if told.is_empty() { "0 s".to_owned() } else { told.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time() {
        assert_eq!([0, 45, 840, 5_405].map(seconds), ["0 s", "45 s", "14 min", "1 h 30 min 5 s"]);
    }
}
