//! The routing problem as the solver reads it: a sound [`Spec`] with what follows from it.

use super::load::{DIMENSIONS, Further, Loads, Totals};
use super::matrix::{Matrix, Row};
use super::segment::{LoadSegment, NO_LIMIT, TimeSegment};
use super::spec::{Depot, Pair, Running, Spec, Speed, Stop, VehicleType, Window};
use super::speeds;
use super::windows::Alternatives;
use crate::fault::Fault;

/// A sound problem with what the search derives from it once.
#[derive(Clone, Debug)]
pub struct Problem {
    spec: Spec,
    pub(super) features: Features,
    /// Time and load of each place as a visit; depots' windows are their own.
    pub(super) visits: Vec<TimeSegment>,
    /// Times at 100 percent, where the search's own are longer because speeds change.
    base_duration: Option<Matrix>,
    /// Distances from column to row, where they are not the same both ways.
    distance_back: Option<Matrix>,
    /// The first dimension, by place.
    pub(super) loads: Vec<LoadSegment>,
    /// The others, by place; empty where there are none.
    pub(super) further_loads: Vec<Further>,
    pub(super) totals: Totals,
    /// The other end (its first place) of a stop's pair by place, or [`NONE`].
    pub(super) partner: Vec<u32>,
    alternatives: Alternatives,
    second_end: Vec<bool>,
    /// Cost of leaving a stop out, by place.
    pub(super) absence: Vec<i64>,
    /// Types that differ in nothing but capacity, costs, `serves` and count have one shape.
    pub(super) shape: Vec<u32>,
    /// Least cost of a unit of distance.
    pub(super) cheapest_unit: i64,
}

/// Distances between one place and others.
#[derive(Clone, Copy)]
pub(super) struct Legs<'p> {
    out: Row<'p>,
    into: Row<'p>,
}

impl Legs<'_> {
    /// From the place to another.
    #[inline(always)]
    pub fn to(&self, other: u32) -> i64 {
        self.out.at(other)
    }

    /// From another place to it.
    #[inline(always)]
    pub fn from(&self, other: u32) -> i64 {
        self.into.at(other)
    }
}

/// No place, no route.
pub(super) const NONE: u32 = u32::MAX;

/// Which rules a problem uses, so that the search skips the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Features {
    pub timed: bool,
    /// Whether some vehicle costs something before it drives.
    pub fixed_priced: bool,
    pub duration_priced: bool,
    pub overtime_priced: bool,
    pub reloads: bool,
    pub paired: bool,
    pub sited: bool,
    pub mixed_fleet: bool,
    /// Whether a unit of distance costs more with some vehicles than with others.
    pub mixed_units: bool,
    pub linehauls_first: bool,
    pub pickups: bool,
    pub several_loads: bool,
    pub breaks: bool,
    /// Some stop may be visited at more than one place.
    pub several_places: bool,
}

impl Problem {
    /// Checks the spec and reports every fault: indices out of range, negative amounts, empty windows, matrices of a wrong
    /// size, and sizes whose sums would overflow; then running vehicles whose locked stops break a rule by themselves.
    pub fn new(spec: Spec) -> Result<Self, Vec<Fault>> {
        let faults = super::validate::faults(&spec);
        if !faults.is_empty() {
            return Err(faults);
        }
        let problem = Self::derived(spec);
        let faults = super::running::broken(&problem);
        if faults.is_empty() { Ok(problem) } else { Err(faults) }
    }

    /// What the problem was made of, to be changed and made into another one.
    pub fn spec(&self) -> Spec {
        let own: Vec<u32> = (0..(self.spec.depots.len() + self.spec.stops.len()) as u32).collect();
        let table = |table: &Matrix| if table.size() == own.len() { table.clone() } else { table.picked(&own) };
        Spec {
            depots: self.spec.depots.clone(),
            stops: self.spec.stops.clone(),
            pairs: self.spec.pairs.clone(),
            vehicle_types: self.spec.vehicle_types.clone(),
            running: self.spec.running.clone(),
            distance: table(&self.spec.distance),
            duration: self.base_duration.as_ref().or(self.spec.duration.as_ref()).map(table),
            speeds: self.spec.speeds.clone(),
            linehauls_first: self.spec.linehauls_first,
        }
    }

    /// Depots, in place order.
    pub fn depots(&self) -> &[Depot] {
        &self.spec.depots
    }

    /// Stops; stop `s` is place `depots + s`.
    pub fn stops(&self) -> &[Stop] {
        &self.spec.stops
    }

    /// Pickup and delivery pairs.
    pub fn pairs(&self) -> &[Pair] {
        &self.spec.pairs
    }

    /// Vehicle types.
    pub fn vehicle_types(&self) -> &[VehicleType] {
        &self.spec.vehicle_types
    }

    /// Vehicles that are on their way.
    pub fn running(&self) -> &[Running] {
        &self.spec.running
    }

    /// Whether deliveries precede pickups in each trip.
    pub fn linehauls_first(&self) -> bool {
        self.spec.linehauls_first
    }

    /// Number of places: depots, stops, and further windows of stops.
    pub(super) fn places(&self) -> usize {
        self.visits.len()
    }

    /// The places that stops wait as.
    pub(super) fn stop_places(&self) -> std::ops::Range<u32> {
        self.place(0)..self.place(self.spec.stops.len() as u32)
    }

    /// The place that the stop of this place waits as.
    #[inline]
    pub(super) fn first_place(&self, place: u32) -> u32 {
        self.alternatives.first(place)
    }

    /// The places of a stop, one a window; `first` is the one it waits as.
    #[inline]
    pub(super) fn alternatives(&self, first: u32) -> impl Iterator<Item = u32> + use<> {
        self.alternatives.all(first)
    }

    /// What the window of a place costs.
    #[inline]
    pub(super) fn window_price(&self, place: u32) -> i64 {
        self.alternatives.price(place)
    }

    /// Which of its stop's windows a place has.
    pub(super) fn window_of(&self, place: u32) -> u32 {
        self.alternatives.window(place)
    }

    /// The window that a place of a stop is of, uncut.
    pub(super) fn whole_window(&self, place: u32) -> Window {
        let stop = &self.spec.stops[self.stop_of(place) as usize];
        match self.window_of(place) as usize {
            0 => stop.window,
            n => stop.other_windows[n - 1].window,
        }
    }

    /// Stop of a place.
    pub(super) fn stop_of(&self, place: u32) -> u32 {
        self.alternatives.first(place) - self.spec.depots.len() as u32
    }

    /// The distance table, rows for further windows of stops at its end.
    pub fn distance_matrix(&self) -> &Matrix {
        &self.spec.distance
    }

    /// Distance between two places.
    #[inline]
    pub fn distance(&self, from: u32, to: u32) -> i64 {
        self.spec.distance.between(from, to)
    }

    /// Distances between a place and others, both ways.
    #[inline]
    pub(super) fn legs(&self, place: u32) -> Legs<'_> {
        let out = self.spec.distance.row(place);
        Legs { out, into: self.distance_back.as_ref().map_or(out, |back| back.row(place)) }
    }

    /// Whether distances are the same both ways.
    pub(super) fn is_symmetric(&self) -> bool {
        self.distance_back.is_none()
    }

    /// Travel time between two places at 100 percent of the speed.
    pub fn duration(&self, from: u32, to: u32) -> i64 {
        self.base_duration.as_ref().map_or_else(|| self.travel(from, to), |base| base.between(from, to))
    }

    /// Speeds by time of day; empty where they do not change.
    pub fn speeds(&self) -> &[Speed] {
        &self.spec.speeds
    }

    /// When a leg ends.
    pub(super) fn arrival(&self, from: u32, to: u32, departs: i64) -> i64 {
        speeds::arrival(&self.spec.speeds, self.duration(from, to), departs)
    }

    /// What breaks a route cannot be timed by segments for: its duration (0 where nothing depends on it) and lateness.
    pub(super) fn timed_with_breaks(&self, vehicle_type: u32, places: &[u32]) -> Option<[i64; 2]> {
        let t = &self.spec.vehicle_types[vehicle_type as usize];
        if t.breaks.is_empty() {
            return None;
        }
        let is_tight = t.unit_duration_cost > 0 || t.unit_overtime_cost > 0 || t.max_duration < NO_LIMIT;
        let drive = super::breaks::drive(self, vehicle_type, places, is_tight);
        let duration = if is_tight { drive.returns - drive.departs } else { 0 };
        Some([duration, drive.warp + (duration - t.max_duration).max(0)])
    }

    /// Travel time that the search plans with.
    #[inline]
    pub(super) fn travel(&self, from: u32, to: u32) -> i64 {
        self.spec.duration.as_ref().unwrap_or(&self.spec.distance).between(from, to)
    }

    /// Whether linehauls would not come first if `to` followed `from`.
    pub(super) fn breaks_order(&self, from: u32, to: u32) -> bool {
        if !self.features.linehauls_first || self.is_depot(to) {
            return false;
        }
        if self.is_depot(from) {
            return self.is_backhaul(to);
        }
        self.is_backhaul(from) && !self.is_backhaul(to)
    }

    pub(super) fn is_backhaul(&self, place: u32) -> bool {
        let further = self.further_loads.get(place as usize);
        self.loads[place as usize].pickup > 0 || further.is_some_and(|f| f.iter().any(|load| load.pickup > 0))
    }

    /// What a visit does to the load, in every dimension.
    pub(super) fn loads_at(&self, place: u32) -> Loads {
        Loads { first: self.loads[place as usize], further: self.further_loads.get(place as usize).copied() }
    }

    /// Whether a place is where a pair's goods leave.
    pub(super) fn is_second_end(&self, place: u32) -> bool {
        self.second_end[place as usize]
    }

    /// Whether a place is an end of a pair.
    #[inline]
    pub(super) fn is_paired(&self, place: u32) -> bool {
        self.features.paired && self.partner[place as usize] != NONE
    }

    /// Pairs that a visit begins, less those it ends.
    #[inline]
    pub(super) fn pair_step(&self, place: u32) -> i32 {
        match self.partner[place as usize] {
            NONE => 0,
            _ if self.is_second_end(place) => -1,
            _ => 1,
        }
    }

    #[inline]
    pub(super) fn is_depot(&self, place: u32) -> bool {
        (place as usize) < self.spec.depots.len()
    }

    /// Whether a vehicle of this type may serve the stop at this place.
    #[inline]
    pub(super) fn may_serve(&self, vehicle_type: u32, place: u32) -> bool {
        !self.features.sited
            || self.spec.vehicle_types[vehicle_type as usize]
                .serves
                .as_ref()
                .is_none_or(|serves| serves[self.stop_of(place) as usize])
    }

    /// Cost of a route of this type.
    #[inline]
    pub(super) fn route_cost(&self, vehicle_type: u32, distance: i64, duration: i64) -> i64 {
        let t = &self.spec.vehicle_types[vehicle_type as usize];
        t.fixed_cost
            + t.unit_distance_cost * distance
            + t.unit_duration_cost * duration
            + self.overtime_cost(vehicle_type, duration)
    }

    /// What a route of this type pays for overtime.
    #[inline]
    pub(super) fn overtime_cost(&self, vehicle_type: u32, duration: i64) -> i64 {
        let t = &self.spec.vehicle_types[vehicle_type as usize];
        t.unit_overtime_cost * (duration - t.regular_duration).max(0)
    }

    /// The segment of leaving the start depot, coming to the end depot, or reloading.
    pub(super) fn start_visit(&self, vehicle_type: u32) -> TimeSegment {
        let t = &self.spec.vehicle_types[vehicle_type as usize];
        self.depot_visit(t, t.start, 0)
    }

    pub(super) fn end_visit(&self, vehicle_type: u32) -> TimeSegment {
        let t = &self.spec.vehicle_types[vehicle_type as usize];
        self.depot_visit(t, t.end, 0)
    }

    pub(super) fn reload_visit(&self, vehicle_type: u32, depot: u32) -> TimeSegment {
        let t = &self.spec.vehicle_types[vehicle_type as usize];
        self.depot_visit(t, depot, t.reload_duration)
    }

    fn depot_visit(&self, t: &VehicleType, depot: u32, service: i64) -> TimeSegment {
        let window = self.spec.depots[depot as usize].window;
        TimeSegment::visit(service, window.early.max(t.shift.early), window.late.min(t.shift.late), 0)
    }

    /// Whether leaving a place (or its pair) out is a failure.
    pub(super) fn is_required(&self, place: u32) -> bool {
        let required = |p: u32| self.spec.stops[self.stop_of(p) as usize].prize.is_none();
        let partner = self.partner[place as usize];
        required(place) || (partner != NONE && required(partner))
    }

    /// Place of a stop.
    pub(super) fn place(&self, stop: u32) -> u32 {
        self.spec.depots.len() as u32 + stop
    }

    fn derived(mut spec: Spec) -> Self {
        let depots = spec.depots.len();
        let mut visits: Vec<TimeSegment> =
            spec.depots.iter().map(|d| TimeSegment::visit(0, d.window.early, d.window.late, 0)).collect();
        let alternatives = Alternatives::of(&spec);
        visits.extend(alternatives.visits(&spec));
        let places = depots + spec.stops.len();
        let mut partner = vec![NONE; places];
        let mut second_end = vec![false; places];
        for pair in &spec.pairs {
            let (from, to) = (depots + pair.from as usize, depots + pair.to as usize);
            (partner[from], partner[to]) = (to as u32, from as u32);
            second_end[to] = true;
        }
        let mut absence = absences(&spec);
        let features = Features { several_places: alternatives.are_some(), ..Features::of(&spec) };
        let totals = totals(&spec);
        let mut loads = loads(&spec, 0);
        let mut further_loads = if features.several_loads { further_loads(&spec) } else { Vec::new() };
        let shape = shapes(&spec.vehicle_types);
        alternatives.spread(&mut partner);
        alternatives.spread(&mut second_end);
        alternatives.spread(&mut absence);
        alternatives.spread(&mut loads);
        if features.several_loads {
            alternatives.spread(&mut further_loads);
        }
        spec.distance = alternatives.spread_table(spec.distance);
        spec.duration = spec.duration.map(|table| alternatives.spread_table(table));
        let mut base_duration = None;
        if !spec.speeds.is_empty() {
            let base = spec.duration.take().unwrap_or_else(|| spec.distance.clone());
            spec.duration = Some(speeds::longest(&spec.speeds, &base, &spans(&spec, &visits)));
            base_duration = Some(base);
        }
        let distance_back = spec.distance.transposed();
        let cheapest_unit = spec.vehicle_types.iter().map(|t| t.unit_distance_cost).min().unwrap_or(0);
        Self {
            spec,
            features,
            visits,
            base_duration,
            distance_back,
            loads,
            further_loads,
            totals,
            partner,
            alternatives,
            second_end,
            absence,
            shape,
            cheapest_unit,
        }
    }
}

impl Features {
    fn of(spec: &Spec) -> Self {
        let types = &spec.vehicle_types;
        let limited = |t: &VehicleType| t.shift.late < NO_LIMIT || t.max_duration < NO_LIMIT || t.shift.early > 0;
        let overtime_priced = types.iter().any(|t| t.unit_overtime_cost > 0);
        let duration_priced = types.iter().any(|t| t.unit_duration_cost > 0);
        Self {
            timed: duration_priced
                || overtime_priced
                || types.iter().any(|t| !t.breaks.is_empty())
                || !spec.speeds.is_empty()
                || types.iter().any(limited)
                || spec.depots.iter().any(|d| d.window != Window::ALWAYS)
                || spec
                    .stops
                    .iter()
                    .any(|s| s.window != Window::ALWAYS || !s.other_windows.is_empty() || s.release > 0),
            fixed_priced: types.iter().any(|t| t.fixed_cost > 0),
            duration_priced,
            overtime_priced,
            reloads: types.iter().any(|t| t.max_reloads > 0 && !t.reload_depots.is_empty()),
            paired: !spec.pairs.is_empty(),
            sited: types.iter().any(|t| t.serves.is_some()),
            mixed_fleet: types.len() > 1,
            mixed_units: types.iter().any(|t| t.unit_distance_cost != types[0].unit_distance_cost),
            linehauls_first: spec.linehauls_first,
            pickups: spec.stops.iter().any(|s| s.pickup.is_some()),
            several_places: false,
            breaks: types.iter().any(|t| !t.breaks.is_empty()),
            several_loads: totals(spec).0[1..].iter().any(|&total| total > 0),
        }
    }
}

/// What every place does to the load in one dimension; a second end hands over first, a first end takes on last.
fn loads(spec: &Spec, dimension: usize) -> Vec<LoadSegment> {
    let depots = spec.depots.len();
    let mut loads = vec![LoadSegment::default(); depots];
    loads.extend(spec.stops.iter().map(|s| LoadSegment::stop(s.delivery.0[dimension], s.pickup.0[dimension])));
    for pair in &spec.pairs {
        let (from, to) = (depots + pair.from as usize, depots + pair.to as usize);
        let amount = pair.amount.0[dimension];
        loads[from] = loads[from].merge(&LoadSegment::collect(amount));
        loads[to] = LoadSegment::hand_over(amount).merge(&loads[to]);
    }
    loads
}

fn further_loads(spec: &Spec) -> Vec<Further> {
    let by_dimension: [Vec<LoadSegment>; DIMENSIONS - 1] = std::array::from_fn(|d| loads(spec, d + 1));
    (0..by_dimension[0].len()).map(|place| std::array::from_fn(|d| by_dimension[d][place])).collect()
}

fn totals(spec: &Spec) -> Totals {
    let of_stops = |d: usize| spec.stops.iter().map(|s| s.delivery.0[d] + s.pickup.0[d]).sum::<i64>();
    let of_pairs = |d: usize| spec.pairs.iter().map(|p| p.amount.0[d]).sum::<i64>();
    let mut totals: [i64; DIMENSIONS] = std::array::from_fn(|d| of_stops(d) + of_pairs(d));
    // Where the first dimension is hardly used, a unit a stop keeps the rates sensible.
    totals[0] = totals[0].max(spec.stops.len() as i64);
    Totals(totals)
}

/// When service may start at each place, and when vehicles may leave it.
fn spans(spec: &Spec, visits: &[TimeSegment]) -> Vec<[Window; 2]> {
    let reload = spec.vehicle_types.iter().map(|t| t.reload_duration).max().unwrap_or(0);
    let span = |(place, visit): (usize, &TimeSegment)| {
        let service = if place < spec.depots.len() { 0..=reload } else { visit.duration..=visit.duration };
        let leaves = Window::new(visit.early + service.start(), visit.late + service.end());
        [Window::new(visit.early, visit.late), leaves]
    };
    visits.iter().enumerate().map(span).collect()
}

/// Leaving out a required stop costs more than any way to serve it.
fn absences(spec: &Spec) -> Vec<i64> {
    let leg = spec.distance.largest();
    let waiting = spec.stops.iter().map(|s| s.latest_start().max(s.release) + s.service).max().unwrap_or(0);
    let window = spec.stops.iter().map(Stop::dearest_window).max().unwrap_or(0);
    let slowest = spec.speeds.iter().map(|speed| speed.percent).min().unwrap_or(100).min(100);
    let time = spec.duration.as_ref().map_or(leg, Matrix::largest) * 100 / slowest + waiting;
    let serving = spec
        .vehicle_types
        .iter()
        .map(|t| t.fixed_cost + 4 * (t.unit_distance_cost * leg + (t.unit_duration_cost + t.unit_overtime_cost) * time))
        .max()
        .unwrap_or(0);
    let required = |s: &Stop| (10 + i64::from(s.priority)) * (serving + window + 1);
    let of_stops = spec.stops.iter().map(|s| s.prize.unwrap_or_else(|| required(s)));
    std::iter::repeat_n(0, spec.depots.len()).chain(of_stops).collect()
}

fn shapes(types: &[VehicleType]) -> Vec<u32> {
    let same = |a: &VehicleType, b: &VehicleType| {
        (a.start, a.end, a.shift, a.max_reloads, a.reload_duration)
            == (b.start, b.end, b.shift, b.max_reloads, b.reload_duration)
            && a.reload_depots == b.reload_depots
            && a.breaks == b.breaks
            && (a.max_duration, a.max_distance, a.max_stops) == (b.max_duration, b.max_distance, b.max_stops)
    };
    types.iter().map(|t| types.iter().position(|first| same(first, t)).unwrap_or(0) as u32).collect()
}
