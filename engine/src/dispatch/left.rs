//! What would have served the doors that a fleet's vans leave out: [`crate::routing::why`] in the fleet's own terms.

use crate::fulfilment::{LeftEasing, LeftVerdict, LeftWay, VanLimit};
use crate::routing::why::{self, Easing, Limit, Verdict, Way};
use crate::routing::{Plan, Problem};
use crate::search::Budget;
use crate::units::Cents;

use super::vans::{MILLICENTS, VanDay};

impl VanDay {
    /// Proves what blocks the doors left out, by solving again within `budget`; `is_sound` is the verifier that judges each
    /// proof. Nothing is spent where none is left.
    pub fn prove(&mut self, is_sound: fn(&Problem, &Plan) -> bool, budget: &mut Budget) {
        let Some(dispatch) = &mut self.dispatch else { return };
        let vans = self.problem.vehicle_types()[0].count;
        let options = why::Options::judged_by(is_sound);
        // Doors left are in the order of the plan's, and no stop of a fleet's day is one of a pair.
        for (door, blocking) in dispatch.left.iter_mut().zip(why::blocking(&self.problem, &self.plan, &options, budget))
        {
            door.verdict = verdict(blocking.verdict);
            door.ways = blocking.ways.iter().map(|way| left_way(way, vans)).collect();
        }
    }
}

fn verdict(verdict: Verdict) -> LeftVerdict {
    match verdict {
        Verdict::Blocked => LeftVerdict::Blocked,
        Verdict::Fits => LeftVerdict::Fits,
        Verdict::NothingHelps => LeftVerdict::NothingHelps,
        Verdict::NotLookedAt => LeftVerdict::NotLookedAt,
    }
}

fn left_way(way: &Way, vans: u32) -> LeftWay {
    let van = Some(way.vehicle.1).filter(|&van| van < vans);
    LeftWay { easings: way.easings.iter().filter_map(left_easing).collect(), van, costs_more: cents(way.cost) }
}

/// `None` for limits that no fleet has.
fn left_easing(easing: &Easing) -> Option<LeftEasing> {
    let (limit, by) = match easing.limit {
        Limit::Vehicles { .. } => (VanLimit::Vans, easing.by),
        Limit::Reloads { .. } => (VanLimit::Trips, easing.by),
        Limit::Capacity { dimension: 0, .. } => (VanLimit::Parcels, easing.by),
        Limit::Capacity { .. } => (VanLimit::Weight, easing.by),
        Limit::ShiftStart { .. } => (VanLimit::Leaves, easing.by),
        Limit::ShiftEnd { .. } => (VanLimit::Returns, easing.by),
        Limit::WindowStart { .. } => (VanLimit::Opens, easing.by),
        Limit::WindowEnd { .. } => (VanLimit::Closes, easing.by),
        Limit::Prize { .. } => (VanLimit::Worth, cents(easing.by).get()),
        _ => return None,
    };
    Some(LeftEasing { limit, by })
}

/// Thousandths of a cent, rounded up.
fn cents(millicents: i64) -> Cents {
    Cents::new(-((-millicents).div_euclid(MILLICENTS)))
}
