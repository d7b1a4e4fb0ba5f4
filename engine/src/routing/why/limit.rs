//! Limits that may stand in a stop's way, and how a spec changes if one of them is eased.

use crate::routing::segment::NO_LIMIT;
use crate::routing::spec::{Spec, Stop, VehicleType, Window};

/// Something that could be otherwise. Windows are numbered as in [`crate::routing::Trip`]: 0 for a stop's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Breaks of a type; eased, it has none.
    Breaks { vehicle_type: u32 },
    /// That deliveries come before pickups; eased, they need not.
    LinehaulsFirst,
    /// That a type may not serve a stop; eased, it may.
    Serves { vehicle_type: u32, stop: u32 },
    /// When a depot opens; earlier.
    DepotStart { depot: u32 },
    /// When a depot closes; later.
    DepotEnd { depot: u32 },
    /// When a stop's goods are ready; earlier.
    Release { stop: u32 },
    /// First departure of a type; earlier.
    ShiftStart { vehicle_type: u32 },
    /// Last return of a type; later.
    ShiftEnd { vehicle_type: u32 },
    /// When a stop's window opens; earlier.
    WindowStart { stop: u32, window: u32 },
    /// When a stop's window closes; later.
    WindowEnd { stop: u32, window: u32 },
    /// Longest day of a type; longer.
    Duration { vehicle_type: u32 },
    /// Longest distance of a type; longer.
    Distance { vehicle_type: u32 },
    /// Reloads a day of a type; more.
    Reloads { vehicle_type: u32 },
    /// Stops a day of a type; more.
    Stops { vehicle_type: u32 },
    /// Capacity of a type in one dimension; larger.
    Capacity { vehicle_type: u32, dimension: u32 },
    /// Vehicles of a type; more.
    Vehicles { vehicle_type: u32 },
    /// What leaving out an optional stop costs; more.
    Prize { stop: u32 },
}

/// A limit with how much more of it there shall be, in the problem's units; 1 where it has no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Easing {
    /// What is eased.
    pub limit: Limit,
    /// By how much, at least 1.
    pub by: i64,
}

/// Limits of the same kind are eased together, each as far as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Breaks,
    LinehaulsFirst,
    Serves,
    DepotStart,
    DepotEnd,
    Release,
    ShiftStart,
    ShiftEnd,
    WindowStart,
    WindowEnd,
    Duration,
    Distance,
    Reloads,
    Stops,
    Capacity,
    Vehicles,
}

/// Every kind; of several that must be eased together, the first are given up first.
pub(super) const KINDS: [Kind; 16] = [
    Kind::Breaks,
    Kind::LinehaulsFirst,
    Kind::Serves,
    Kind::DepotStart,
    Kind::DepotEnd,
    Kind::Release,
    Kind::ShiftStart,
    Kind::ShiftEnd,
    Kind::WindowStart,
    Kind::WindowEnd,
    Kind::Duration,
    Kind::Distance,
    Kind::Reloads,
    Kind::Stops,
    Kind::Capacity,
    Kind::Vehicles,
];

impl Kind {
    /// The limits of this kind that bear on serving the stops `ends` by a type, as far as they can be eased.
    pub fn limits(self, spec: &Spec, vehicle_type: u32, ends: &[u32]) -> Vec<Limit> {
        let kind = &spec.vehicle_types[vehicle_type as usize];
        let limits: Vec<Limit> = match self {
            Self::Breaks => vec![Limit::Breaks { vehicle_type }],
            Self::LinehaulsFirst => vec![Limit::LinehaulsFirst],
            Self::Serves => ends.iter().map(|&stop| Limit::Serves { vehicle_type, stop }).collect(),
            Self::DepotStart => depots(kind).map(|depot| Limit::DepotStart { depot }).collect(),
            Self::DepotEnd => depots(kind).map(|depot| Limit::DepotEnd { depot }).collect(),
            Self::Release => ends.iter().map(|&stop| Limit::Release { stop }).collect(),
            Self::ShiftStart => vec![Limit::ShiftStart { vehicle_type }],
            Self::ShiftEnd => vec![Limit::ShiftEnd { vehicle_type }],
            Self::WindowStart => {
                windows(spec, ends).map(|[stop, window]| Limit::WindowStart { stop, window }).collect()
            }
            Self::WindowEnd => windows(spec, ends).map(|[stop, window]| Limit::WindowEnd { stop, window }).collect(),
            Self::Duration => vec![Limit::Duration { vehicle_type }],
            Self::Distance => vec![Limit::Distance { vehicle_type }],
            Self::Reloads => vec![Limit::Reloads { vehicle_type }],
            Self::Stops => vec![Limit::Stops { vehicle_type }],
            Self::Capacity => moved(spec, ends).map(|dimension| Limit::Capacity { vehicle_type, dimension }).collect(),
            Self::Vehicles => vec![Limit::Vehicles { vehicle_type }],
        };
        limits.into_iter().filter(|limit| limit.most(spec) > 0).collect()
    }
}

/// Where a type's vehicles start, reload and end, each once.
fn depots(kind: &VehicleType) -> impl Iterator<Item = u32> {
    let mut depots: Vec<u32> = [kind.start, kind.end].into_iter().chain(kind.reload_depots.iter().copied()).collect();
    depots.sort_unstable();
    depots.dedup();
    depots.into_iter()
}

/// Stop and number of every window of these stops.
fn windows(spec: &Spec, ends: &[u32]) -> impl Iterator<Item = [u32; 2]> {
    ends.iter()
        .flat_map(|&stop| (0..=spec.stops[stop as usize].other_windows.len() as u32).map(move |window| [stop, window]))
}

/// Dimensions in which these stops move anything.
fn moved(spec: &Spec, ends: &[u32]) -> impl Iterator<Item = u32> {
    let pairs = spec.pairs.iter().filter(|pair| ends.contains(&pair.from) || ends.contains(&pair.to));
    let amounts = pairs.map(|pair| pair.amount);
    let stops = ends.iter().map(|&stop| &spec.stops[stop as usize]);
    let loads: Vec<_> = amounts.chain(stops.flat_map(|stop| [stop.delivery, stop.pickup])).collect();
    (0..crate::routing::DIMENSIONS).filter(move |&d| loads.iter().any(|load| load.0[d] > 0)).map(|d| d as u32)
}

fn window(stop: &Stop, number: u32) -> Window {
    match number {
        0 => stop.window,
        n => stop.other_windows[n as usize - 1].window,
    }
}

fn window_mut(stop: &mut Stop, number: u32) -> &mut Window {
    match number {
        0 => &mut stop.window,
        n => &mut stop.other_windows[n as usize - 1].window,
    }
}

impl Limit {
    /// By how much it can be eased at most, at which it limits nothing; 0 where it does not now.
    pub fn most(self, spec: &Spec) -> i64 {
        let kind = |t: u32| &spec.vehicle_types[t as usize];
        let stop = |s: u32| &spec.stops[s as usize];
        match self {
            Self::Breaks { vehicle_type } => i64::from(!kind(vehicle_type).breaks.is_empty()),
            Self::LinehaulsFirst => i64::from(spec.linehauls_first),
            Self::Serves { vehicle_type, stop } => {
                i64::from(kind(vehicle_type).serves.as_ref().is_some_and(|serves| !serves[stop as usize]))
            }
            Self::DepotStart { depot } => spec.depots[depot as usize].window.early,
            Self::DepotEnd { depot } => NO_LIMIT - spec.depots[depot as usize].window.late,
            Self::Release { stop: s } => stop(s).release,
            Self::ShiftStart { vehicle_type } => kind(vehicle_type).shift.early,
            Self::ShiftEnd { vehicle_type } => NO_LIMIT - kind(vehicle_type).shift.late,
            Self::WindowStart { stop: s, window: n } => window(stop(s), n).early,
            Self::WindowEnd { stop: s, window: n } => NO_LIMIT - window(stop(s), n).late,
            Self::Duration { vehicle_type } => NO_LIMIT - kind(vehicle_type).max_duration,
            Self::Distance { vehicle_type } => NO_LIMIT - kind(vehicle_type).max_distance,
            Self::Reloads { vehicle_type } => {
                let kind = kind(vehicle_type);
                i64::from(!kind.reload_depots.is_empty() && kind.max_reloads < u32::MAX)
            }
            // A stop or the two of a pair.
            Self::Stops { vehicle_type } => i64::from(u32::MAX - kind(vehicle_type).max_stops).min(2),
            Self::Capacity { vehicle_type, dimension } => NO_LIMIT - kind(vehicle_type).capacity.0[dimension as usize],
            Self::Vehicles { .. } => 1,
            Self::Prize { stop: s } => stop(s).prize.map_or(0, |prize| NO_LIMIT - prize),
        }
    }
}

impl Easing {
    /// The limit as far as it goes.
    pub(super) fn fully(limit: Limit, spec: &Spec) -> Self {
        Self { limit, by: limit.most(spec) }
    }

    /// Changes a spec, unless by 0; indices must be the spec's own.
    pub fn apply(self, spec: &mut Spec) {
        let by = self.by;
        if by == 0 {
            return;
        }
        let count = u32::try_from(by).unwrap_or(u32::MAX);
        match self.limit {
            Limit::Breaks { vehicle_type } => spec.vehicle_types[vehicle_type as usize].breaks.clear(),
            Limit::LinehaulsFirst => spec.linehauls_first = false,
            Limit::Serves { vehicle_type, stop } => {
                if let Some(serves) = &mut spec.vehicle_types[vehicle_type as usize].serves {
                    serves[stop as usize] = true;
                }
            }
            Limit::DepotStart { depot } => spec.depots[depot as usize].window.early -= by,
            Limit::DepotEnd { depot } => spec.depots[depot as usize].window.late += by,
            Limit::Release { stop } => spec.stops[stop as usize].release -= by,
            Limit::ShiftStart { vehicle_type } => spec.vehicle_types[vehicle_type as usize].shift.early -= by,
            Limit::ShiftEnd { vehicle_type } => spec.vehicle_types[vehicle_type as usize].shift.late += by,
            Limit::WindowStart { stop, window } => window_mut(&mut spec.stops[stop as usize], window).early -= by,
            Limit::WindowEnd { stop, window } => window_mut(&mut spec.stops[stop as usize], window).late += by,
            Limit::Duration { vehicle_type } => spec.vehicle_types[vehicle_type as usize].max_duration += by,
            Limit::Distance { vehicle_type } => spec.vehicle_types[vehicle_type as usize].max_distance += by,
            Limit::Reloads { vehicle_type } => spec.vehicle_types[vehicle_type as usize].max_reloads += count,
            Limit::Stops { vehicle_type } => spec.vehicle_types[vehicle_type as usize].max_stops += count,
            Limit::Capacity { vehicle_type, dimension } => {
                spec.vehicle_types[vehicle_type as usize].capacity.0[dimension as usize] += by;
            }
            Limit::Vehicles { vehicle_type } => spec.vehicle_types[vehicle_type as usize].count += count,
            Limit::Prize { stop } => {
                let prize = &mut spec.stops[stop as usize].prize;
                *prize = prize.map(|prize| prize + by);
            }
        }
    }
}
