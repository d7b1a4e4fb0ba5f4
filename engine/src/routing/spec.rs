//! What a caller fills in: depots, stops, vehicles and the tables between them. Integers of the caller's units throughout.

use super::load::Load;
use super::matrix::Matrix;
use super::segment::NO_LIMIT;

/// A span of time in which a visit may start, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First instant.
    pub early: i64,
    /// Last instant.
    pub late: i64,
}

impl Window {
    /// From `early` to `late`.
    pub const fn new(early: i64, late: i64) -> Self {
        Self { early, late }
    }

    /// Any time from 0 on.
    pub const ALWAYS: Self = Self { early: 0, late: NO_LIMIT };
}

/// A window that may be used for a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedWindow {
    /// When service may start.
    pub window: Window,
    /// What using it costs.
    pub price: i64,
}

/// Where vehicles start, reload and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depot {
    /// When vehicles may leave, reload and come back.
    pub window: Window,
}

/// A place to visit once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Load brought from the depot.
    pub delivery: Load,
    /// Load taken back to the depot.
    pub pickup: Load,
    /// Time spent there.
    pub service: i64,
    /// When service may start at no extra cost; a vehicle that comes earlier waits.
    pub window: Window,
    /// Other times, each for its price: a soft window is a free one with dearer ones beside it.
    pub other_windows: Vec<PricedWindow>,
    /// The trip that serves it leaves the depot (or starts to load there) no earlier.
    pub release: i64,
    /// What leaving it out costs; `None` where it must be served if at all possible.
    pub prize: Option<i64>,
    /// From 0 to 100: where not all stops that must be served can be, one left out counts as `10 + priority`.
    pub priority: u8,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            delivery: Load::default(),
            pickup: Load::default(),
            service: 0,
            window: Window::ALWAYS,
            other_windows: Vec::new(),
            release: 0,
            prize: None,
            priority: 0,
        }
    }
}

impl Stop {
    /// The latest beginning of its windows.
    pub(super) fn latest_start(&self) -> i64 {
        self.other_windows.iter().map(|other| other.window.early).fold(self.window.early, i64::max)
    }

    pub(super) fn dearest_window(&self) -> i64 {
        self.other_windows.iter().map(|other| other.price).max().unwrap_or(0)
    }
}

/// Goods that go from one stop to a later stop of the same trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Stop where the goods come on board.
    pub from: u32,
    /// Stop where they leave.
    pub to: u32,
    /// Load in between.
    pub amount: Load,
}

/// Time off, due on every route that departs no later than its window ends and returns after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// When it may begin.
    pub window: Window,
    /// How long it is.
    pub duration: i64,
}

/// Vehicles that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleType {
    /// How many there are.
    pub count: u32,
    /// Load that one can carry at any moment.
    pub capacity: Load,
    /// Depot where the day starts.
    pub start: u32,
    /// Depot where it ends.
    pub end: u32,
    /// First departure and last return.
    pub shift: Window,
    /// Cost of using one at all.
    pub fixed_cost: i64,
    /// Cost a unit of distance.
    pub unit_distance_cost: i64,
    /// Cost a unit of time between departure and return.
    pub unit_duration_cost: i64,
    /// Time between departure and return that is not overtime.
    pub regular_duration: i64,
    /// Cost a unit of overtime, on top of the unit's own.
    pub unit_overtime_cost: i64,
    /// Longest time between departure and return.
    pub max_duration: i64,
    /// Longest distance of the day.
    pub max_distance: i64,
    /// Most stops of the day.
    pub max_stops: u32,
    /// Depots at which it may reload between trips; empty means one trip a day.
    pub reload_depots: Vec<u32>,
    /// Most reloads a day.
    pub max_reloads: u32,
    /// Time that a reload takes, after the release of what is loaded.
    pub reload_duration: i64,
    /// Breaks, in order of their windows' ends; up to four.
    pub breaks: Vec<Break>,
    /// Stops it may serve (one flag a stop); `None` means all.
    pub serves: Option<Vec<bool>>,
}

impl Default for VehicleType {
    fn default() -> Self {
        Self {
            count: 1,
            capacity: Load::NO_LIMIT,
            start: 0,
            end: 0,
            shift: Window::ALWAYS,
            fixed_cost: 0,
            unit_distance_cost: 1,
            unit_duration_cost: 0,
            regular_duration: NO_LIMIT,
            unit_overtime_cost: 0,
            max_duration: NO_LIMIT,
            max_distance: NO_LIMIT,
            max_stops: u32::MAX,
            reload_depots: Vec::new(),
            max_reloads: 0,
            reload_duration: 0,
            breaks: Vec::new(),
            serves: None,
        }
    }
}

/// A vehicle on its way: its first trip starts with these stops, in this order, each in its first window. What it carries for
/// them counts from the depot on; that it cannot leave before now is its type's shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its type; the n-th running vehicle of a type is vehicle n of it.
    pub vehicle_type: u32,
    /// Stops that are driven or loaded already.
    pub stops: Vec<u32>,
}

/// How fast vehicles drive from some time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// First instant.
    pub from: i64,
    /// In percent of the speed behind the table of times, at least 1.
    pub percent: i64,
}

/// Everything about a problem, unchecked. Places are numbered depots first, then stops, in the order given here; matrices
/// are over places, `pairs` and `serves` over stops. The default has no places and no vehicles.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// Depots, at least one.
    pub depots: Vec<Depot>,
    /// Stops.
    pub stops: Vec<Stop>,
    /// Pickup and delivery pairs; a stop belongs to at most one.
    pub pairs: Vec<Pair>,
    /// Vehicles, at least one type.
    pub vehicle_types: Vec<VehicleType>,
    /// Vehicles that are on their way.
    pub running: Vec<Running>,
    /// Distance from place to place.
    pub distance: Matrix,
    /// Travel time from place to place; `None` means the distance is the time.
    pub duration: Option<Matrix>,
    /// Speeds by time of day, ascending from 0 on; empty means 100 percent always.
    pub speeds: Vec<Speed>,
    /// Within a trip all deliveries come before all pickups, and no trip has pickups only. A stop with both is a pickup.
    pub linehauls_first: bool,
}
