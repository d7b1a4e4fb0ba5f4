//! What travel costs, as one measure of legs: the kernel prices and limits one table.
//!
//! With `per_hour = k a` and `per_km = k b` of each vehicle, `a` and `b` the same for all, a leg costs `k` times
//! `a x seconds / 3600 + b x metres / 1000`; all in whole units by a scale.

use super::json::Reader;
use super::request::{Costs, Request, Vehicle};
use super::tables::{Source, Tables};

/// Most that the kernel takes as the cost of a vehicle, in its units.
const DEAREST: i64 = 1_000_000_000_000_000;

/// Which measure legs have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// Seconds.
    Time,
    /// Metres.
    Distance,
    /// A mixture of both, in lowest terms.
    Both { per_hour: i64, per_km: i64 },
    /// The costs that the matrices give.
    Given,
}

/// How legs are measured and priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    basis: Basis,
    /// How many of the kernel's units of cost make one of the request's.
    pub scale: i64,
}

impl Prices {
    /// The measure that prices every vehicle's legs.
    pub fn of(request: &Request, source: Source, reader: &mut Reader) -> Self {
        let (mut basis, mut first) = (None, 0);
        for (n, vehicle) in request.vehicles.iter().enumerate() {
            let at = format!("/vehicles/{n}/costs");
            if !["per_hour", "per_km"].iter().all(|field| reader.is_read(&at, field)) {
                continue;
            }
            let own = basis_of(vehicle.costs, source);
            if source.has_costs() && travel(vehicle.costs) != travel(Costs::default()) {
                let rule = "must leave `per_hour` and `per_km` out where the profile has a matrix of costs";
                reader.fault(&format!("/vehicles/{n}"), "costs", told(vehicle.costs), rule);
            } else if let (Some(own), Some(basis)) = (own, basis)
                && own != basis
            {
                let rule = format!("must have per_hour and per_km in the ratio of vehicle {first} of the request");
                reader.fault(&format!("/vehicles/{n}"), "costs", told(vehicle.costs), rule);
            } else if basis.is_none() && own.is_some() {
                (basis, first) = (own, n);
            }
            if vehicle.costs.per_km > 0 && !source.has_distances() {
                reader.fault(&at, "per_km", vehicle.costs.per_km, "needs distances in the matrices");
            }
        }
        let basis = basis.unwrap_or(Basis::Time);
        let scale = match basis {
            Basis::Time => 3_600,
            Basis::Distance => 1_000,
            Basis::Both { .. } => 3_600_000,
            Basis::Given => 1,
        };
        let most = DEAREST / scale;
        for (n, fixed) in request.vehicles.iter().map(|vehicle| vehicle.costs.fixed).enumerate() {
            if fixed > most {
                let rule = format!("must be at most {most}: use a coarser unit of money");
                reader.fault(&format!("/vehicles/{n}/costs"), "fixed", fixed, rule);
            }
        }
        Self { basis, scale }
    }

    /// The measure of every leg between points, in the tables' order.
    pub fn measure(&self, tables: &Tables) -> Vec<i64> {
        let distances = tables.distances.as_deref().unwrap_or(&tables.durations);
        match self.basis {
            Basis::Time => tables.durations.clone(),
            Basis::Distance => distances.to_vec(),
            Basis::Both { per_hour, per_km } => {
                let legs = tables.durations.iter().zip(distances);
                // What is too much for 64 bits is too much for the kernel, which says so.
                let price = |(&seconds, &metres): (&i64, &i64)| {
                    let time = (1_000 * per_hour).saturating_mul(seconds);
                    time.saturating_add((3_600 * per_km).saturating_mul(metres))
                };
                legs.map(price).collect()
            }
            Basis::Given => tables.costs.clone().unwrap_or_default(),
        }
    }

    /// Whether the measure of legs is time.
    pub fn is_time(&self) -> bool {
        self.basis == Basis::Time
    }

    /// What a unit of the measure costs a vehicle, in the kernel's units.
    pub fn unit(&self, costs: Costs) -> i64 {
        match self.basis {
            Basis::Time => costs.per_hour,
            Basis::Distance => costs.per_km,
            Basis::Both { .. } => gcd(costs.per_hour, costs.per_km),
            Basis::Given => 1,
        }
    }

    /// A vehicle's limits on travel time and distance as one on the measure; a fault where they are not.
    pub fn limit(&self, n: usize, vehicle: &Vehicle, source: Source, reader: &mut Reader) -> Option<i64> {
        let at = format!("/vehicles/{n}");
        let by_time = |seconds: i64| (self.basis == Basis::Time).then_some(seconds);
        let by_distance = |metres: i64| match (self.basis, source.pace(vehicle.speed_factor)) {
            (Basis::Distance, _) => Some(metres),
            // A leg lasts no less than its metres take, so that what keeps this keeps the metres.
            (Basis::Time, Some(pace)) => Some((metres as f64 * 3600.0 / pace).floor() as i64),
            _ => None,
        };
        let time = vehicle.max_travel_time.map(|seconds| (seconds, by_time(seconds)));
        let distance = vehicle.max_distance.map(|metres| (metres, by_distance(metres)));
        if let Some((seconds, None)) = time {
            let rule = "is supported where travel is priced per hour alone";
            reader.fault(&at, "max_travel_time", seconds, rule);
        }
        if let Some((metres, None)) = distance {
            let rule = "is supported where travel is priced per km alone, or per hour by great circles";
            reader.fault(&at, "max_distance", metres, rule);
        }
        time.and_then(|(_, limit)| limit).into_iter().chain(distance.and_then(|(_, limit)| limit)).min()
    }
}

fn travel(costs: Costs) -> [i64; 2] {
    [costs.per_hour, costs.per_km]
}

fn told(costs: Costs) -> String {
    format!("per_hour {}, per_km {}", costs.per_hour, costs.per_km)
}

/// `None` where travel is free, which is any measure times nothing.
fn basis_of(costs: Costs, source: Source) -> Option<Basis> {
    match (costs.per_hour, costs.per_km) {
        _ if source.has_costs() => Some(Basis::Given),
        (0, 0) => None,
        (_, 0) => Some(Basis::Time),
        (0, _) => Some(Basis::Distance),
        (hour, km) => Some(Basis::Both { per_hour: hour / gcd(hour, km), per_km: km / gcd(hour, km) }),
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
