//! An own fleet's vans under way get a better plan, if something has changed since they were planned.
//!
//! What is driven and loaded stays ([`super::rest`]). A plan is changed only for a reason: parcels packed since, returns
//! announced since or no longer to be collected, a van that is behind. Without one nothing is searched, so that a plan that
//! was good stays as it is. What is found replaces the running plan if it serves all that this one serves, and is cheaper by
//! a cent at least, doors that it leaves out and doors it reaches too late counted with what they are held to cost.

use crate::fulfilment::{Dispatch, DispatchStage, State};
use crate::ids::{ReturnId, ShipmentId};
use crate::network::Network;
use crate::roads::{RoadTimes, Unavailable};
use crate::routing::{self, Plan, Problem};
use crate::search::{Budget, Seed, Silent};
use crate::units::{Seconds, Timestamp};

use super::rest::{Lock, Rest, Tables, Task};
use super::vans::{LOADING, MILLICENTS};

/// A van that is behind by less keeps its plan; more is told in steps of this.
const BEHIND: Seconds = Seconds::minutes(5);

/// What has happened since a dispatch's vans were planned that may change their plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A shipment stands packed for the same window.
    Packed(ShipmentId),
    /// A return that the vans may collect was announced.
    Announced(ReturnId),
    /// A return that a van was to collect came back otherwise.
    Withdrawn(ReturnId),
    /// A van is behind.
    Behind {
        /// Its number within the fleet, from 0.
        van: u32,
        /// By how much, in whole steps of five minutes.
        by: Seconds,
    },
}

/// Why the plan of a dispatch can no longer change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// Its carrier drives its own way.
    NoVans,
    /// It is an offer, or was refused.
    NotAccepted(DispatchStage),
    /// Its delivery window has closed.
    Closed(Timestamp),
    /// Every door is reached, and there is none to add.
    Driven,
}

/// What planning again came to.
#[derive(Clone, Debug)]
pub enum Replan {
    /// Nothing has happened that may change the plan.
    Unchanged,
    /// The plan stands: nothing better was found.
    Kept(Vec<Change>, Option<Unavailable>),
    /// A better plan.
    Better(Box<Rerouted>),
}

/// A better plan of a dispatch, with what is needed to verify it ([`crate::check::routing`], [`crate::check::rerouting`]).
#[derive(Clone, Debug)]
pub struct Rerouted {
    /// The dispatch it was made from.
    pub was: Dispatch,
    /// The dispatch from now on.
    pub dispatch: Dispatch,
    /// The rest of the day as a problem.
    pub problem: Problem,
    /// Its solution.
    pub plan: Plan,
    /// Why it was planned again.
    pub changes: Vec<Change>,
    /// Why road times could not be had, if the plan does without.
    pub failure: Option<Unavailable>,
}

/// What may change a dispatch's plan at `now`, ascending; cheap, unlike the planning.
pub fn changes(network: &Network, state: &State, was: &Dispatch, now: Timestamp) -> Result<Vec<Change>, Fixed> {
    changed(&rest(network, state, was, now)?, state, was)
}

/// Plans the rest of a dispatch's day again at `now`, for what has changed since. `iterations` bounds the search; `roads` is
/// asked for distances and times, the fleet's great circles stand in.
pub fn replan(
    network: &Network,
    state: &State,
    was: &Dispatch,
    now: Timestamp,
    seed: Seed,
    iterations: u64,
    roads: Option<&dyn RoadTimes>,
) -> Result<Replan, Fixed> {
    let rest = rest(network, state, was, now)?;
    let changes = changed(&rest, state, was)?;
    if changes.is_empty() {
        return Ok(Replan::Unchanged);
    }
    let tables = rest.tables(roads);
    let failure = tables.travel.failure.clone();
    let seed = seed
        .child("replan", was.pickup_at.unix().unsigned_abs() ^ u64::from(was.service.0))
        .child("of", planned_at(was).unix().unsigned_abs());
    let Some((problem, plan)) = better(&rest, &tables, seed, iterations) else {
        return Ok(Replan::Kept(changes, failure));
    };
    let dispatch = rest.dispatch(&tables, &plan);
    Ok(Replan::Better(Box::new(Rerouted { was: was.clone(), dispatch, problem, plan, changes, failure })))
}

fn rest<'a>(network: &'a Network, state: &'a State, was: &'a Dispatch, now: Timestamp) -> Result<Rest<'a>, Fixed> {
    let fleet = was.routes.first().map(|route| &network.world.fleets[route.fleet]).ok_or(Fixed::NoVans)?;
    if was.stage != DispatchStage::Accepted {
        return Err(Fixed::NotAccepted(was.stage));
    }
    let closes = was.pickup_at + fleet.window;
    if closes <= now {
        return Err(Fixed::Closed(closes));
    }
    Rest::of(network, state, was, now).ok_or(Fixed::NoVans)
}

fn changed(rest: &Rest<'_>, state: &State, was: &Dispatch) -> Result<Vec<Change>, Fixed> {
    let since = planned_at(was);
    let mut changes: Vec<Change> = rest.withdrawn.iter().cloned().map(Change::Withdrawn).collect();
    if rest.tasks().next().is_none() && changes.is_empty() {
        return Err(Fixed::Driven);
    }
    changes.extend(rest.tasks().filter(|(_, is_planned)| !is_planned).filter_map(|(task, _)| match task {
        Task::Deliver(shipment) => {
            let is_later = state.shipments().get(&shipment.id)?.packed_at? > since;
            is_later.then(|| Change::Packed(shipment.id.clone()))
        }
        Task::Collect(goods) => (goods.opened_at > since).then(|| Change::Announced(goods.id.clone())),
    }));
    let steps = |by: Seconds| Seconds::new(by.get() / BEHIND.get() * BEHIND.get());
    let behind = rest.behind().map(|(van, by)| (van, steps(by))).filter(|(_, by)| *by > Seconds::ZERO);
    changes.extend(behind.map(|(van, by)| Change::Behind { van, by }));
    changes.sort();
    Ok(changes)
}

/// Dispatches of logs older than the field were planned as their vans were loaded.
fn planned_at(was: &Dispatch) -> Timestamp {
    was.planned_at.unwrap_or(was.pickup_at - LOADING)
}

/// A plan that is better than the running one; that itself, without the doors at which nothing is to be done any more, where
/// there are such and nothing better is found.
fn better(rest: &Rest<'_>, tables: &Tables, seed: Seed, iterations: u64) -> Option<(Problem, Plan)> {
    // Left free to, the search may deliver what is on board on a later trip of the same van; such a plan would carry it
    // through the depot, uncounted. Then the trip under way stays in its order.
    for lock in [Lock::Position, Lock::Trip] {
        let problem = rest.problem(tables, lock)?;
        let options = routing::Options { seed, ..routing::Options::default() };
        let plan = routing::solve(&problem, &options, &mut Budget::iterations(iterations), &mut Silent);
        if !rest.is_kept_by(&plan) {
            continue;
        }
        let running = rest.running_plan(tables, &problem);
        if plan.cost.total() + MILLICENTS <= running.cost.total() {
            return Some((problem, plan));
        }
        return (!rest.withdrawn.is_empty()).then_some((problem, running));
    }
    let problem = rest.problem(tables, Lock::Position).filter(|_| !rest.withdrawn.is_empty())?;
    let running = rest.running_plan(tables, &problem);
    Some((problem, running))
}
