//! Why is a stop left out, and what would have to be otherwise? Answered by solving again.
//!
//! **Question.** A plan leaves stops out. With the plan's routes as they stand (no served stop leaves its vehicle or changes
//! its order), let `served(E)` be whether the stop finds a place once the limits in `E` are eased. For each stop:
//!
//! - `served({})` is tried first: what fits after all ([`Verdict::Fits`]) was only missed by the search, see [`super::resume`];
//!   an optional stop for which that costs more than its prize has the prize as its only limit.
//! - Every kind of limit is then lifted alone, and where that serves the stop, trimmed: each amount is made as small as it can
//!   be by bisection, which is sound because a larger amount never serves less. Answered are all kinds that do it by themselves.
//! - Where none does, all are lifted, and a deletion filter (Chinneck, *Feasibility and infeasibility in optimization*, 2008,
//!   ch. 6) with the same bisection leaves an irreducible set: less of any member does not serve. It need not be the smallest.
//!
//! A pair is one question: both ends join one trip, and limits of either end may be eased.
//!
//! **Proof.** Each way comes with its witness, the whole plan that serves the stop on the problem with these easings and
//! nothing else changed ([`eased`]); only those that [`Options::is_sound`] accepts are answered. That other routes might make
//! room by exchanging stops is no question here: [`super::resume`] looks for that first.
//!
//! **Effort.** One iteration of the budget is one solution of a part (a route and the stop), tens of microseconds. Stops beyond
//! [`Options::stops`] or the budget are [`Verdict::NotLookedAt`] and keep their static [`super::Reason`], which is proved from
//! the stop alone. A type's limit is eased for all of its vehicles; the witness tells which one needs it. Where speeds change
//! with the time of day, amounts are the least that the search's bounds can see.
//!
//! This module must not know units: they are the caller's, and so are the words.

mod limit;
mod part;
mod seat;
#[cfg(test)]
mod tests;

use super::contents;
use super::extract::{self, Best};
use super::plan::{Plan, Route};
use super::problem::{NONE, Problem};
use super::spec::Spec;
use crate::search::Budget;

use limit::{KINDS, Kind};
use part::{Part, Served};
use seat::Seat;

pub use limit::{Easing, Limit};

/// How much to look at, and who judges.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most stops (or pairs) looked at: required ones first, by priority.
    pub stops: usize,
    /// Most routes tried for a stop and kind of limit, those of the cheapest places.
    pub routes: usize,
    /// Whether a plan keeps every rule of a problem: the verifier, which this module may not name.
    pub is_sound: fn(&Problem, &Plan) -> bool,
}

impl Options {
    /// Fifty stops, three routes for each.
    pub fn judged_by(is_sound: fn(&Problem, &Plan) -> bool) -> Self {
        Self { stops: 50, routes: 3, is_sound }
    }
}

/// What is known of a stop left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Something blocks it, and each of the ways is proved to serve it.
    Blocked,
    /// It fits the plan as it stands: the search has missed it, or, where speeds change, does not see it.
    Fits,
    /// Even with every limit lifted no route has a place for it.
    NothingHelps,
    /// Beyond the number of stops or the budget.
    NotLookedAt,
}

/// What blocks a stop, or a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocking {
    /// The stop, or both ends of a pair in order.
    pub stops: Vec<u32>,
    /// What is known.
    pub verdict: Verdict,
    /// All kinds of limits that suffice alone, else one irreducible set of several; empty unless blocked.
    pub ways: Vec<Way>,
}

/// A way to serve a stop, proved.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// What must be eased, all of it: of one kind where that suffices.
    pub easings: Vec<Easing>,
    /// Type and number of the vehicle that serves it then; numbers are the plan's, a new vehicle comes last of its type.
    pub vehicle: (u32, u32),
    /// What the plan costs more then, prizes earned taken off; negative if it gets cheaper.
    pub cost: i64,
    /// The witness: a plan of the [`eased`] problem.
    pub plan: Plan,
}

/// The problem with some limits eased.
pub fn eased(problem: &Problem, easings: &[Easing]) -> Option<Problem> {
    let mut spec = problem.spec();
    easings.iter().for_each(|easing| easing.apply(&mut spec));
    Problem::new(spec).ok()
}

/// What blocks each stop that `plan`, a sound one, leaves out, in their order. Costs nothing where none is.
pub fn blocking(problem: &Problem, plan: &Plan, options: &Options, budget: &mut Budget) -> Vec<Blocking> {
    let mut found = questions(problem, plan);
    if found.is_empty() {
        return found;
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    let urgency = |stops: &[u32]| stops.iter().map(|&s| problem.stops()[s as usize].priority).max();
    let is_optional = |stops: &[u32]| !problem.is_required(problem.place(stops[0]));
    order.sort_by_key(|&n| (is_optional(&found[n].stops), std::cmp::Reverse(urgency(&found[n].stops)), n));
    order.truncate(options.stops);
    let search = Search { problem, spec: problem.spec(), plan, options };
    search.as_it_stands(&mut found, &mut order, budget);
    for &kind in KINDS.iter().rev() {
        search.with(&[kind], &mut found, &order, budget);
    }
    order.retain(|&n| found[n].ways.is_empty() && found[n].verdict != Verdict::Fits);
    search.with(&KINDS, &mut found, &order, budget);
    for &n in &order {
        if found[n].verdict == Verdict::NotLookedAt && !budget.is_exhausted() {
            found[n].verdict = Verdict::NothingHelps;
        }
    }
    found
}

/// Stops left out, pairs once.
fn questions(problem: &Problem, plan: &Plan) -> Vec<Blocking> {
    let pair = |stop: u32| problem.pairs().iter().find(|pair| pair.from == stop || pair.to == stop);
    let ends = |stop: u32| match pair(stop) {
        Some(pair) if stop == pair.from.min(pair.to) => Some(vec![pair.from, pair.to]),
        Some(_) => None,
        None => Some(vec![stop]),
    };
    let left = plan.unassigned.iter().filter_map(|left| ends(left.stop));
    left.map(|stops| Blocking { stops, verdict: Verdict::NotLookedAt, ways: Vec::new() }).collect()
}

struct Search<'a> {
    problem: &'a Problem,
    spec: Spec,
    plan: &'a Plan,
    options: &'a Options,
}

/// What it takes in one route.
struct Tried<'s> {
    seat: &'s Seat,
    part: Part,
    easings: Vec<Easing>,
    served: Served,
}

impl<'s> Tried<'s> {
    /// `None` if the kinds of limits do not suffice.
    fn of(seat: &'s Seat, part: Part, kinds: &[Kind], budget: &mut Budget) -> Option<Self> {
        let (easings, served) = part.trimmed(part.fully(kinds), budget)?;
        Some(Self { seat, part, easings, served })
    }

    /// The fewest limits first, then the least amount, then the least cost.
    fn rank(&self) -> (usize, i64, i64) {
        let by = self.easings.iter().map(|easing| easing.by).fold(0, i64::saturating_add);
        (self.easings.len(), by, self.served.delta)
    }
}

impl Search<'_> {
    /// Answers those that fit as the plan stands, and takes them off the `open` ones.
    fn as_it_stands(&self, found: &mut [Blocking], open: &mut Vec<usize>, budget: &mut Budget) {
        let Some((routes, order)) = contents::of_plan(self.problem, self.plan) else { return open.clear() };
        let state = seat::seated(self.problem, &routes);
        open.retain(|&n| {
            let one = &mut found[n];
            let seats = seat::all(&state, &self.places(self.problem, &one.stops), 1);
            let (Some(seat), true) = (seats.first(), budget.tick()) else { return true };
            if self.price(&one.stops).is_none_or(|prize| seat.delta < prize) {
                one.verdict = Verdict::Fits;
                return false;
            }
            let part = self.part(&one.stops, seat, &order);
            let way = part.served(&[]).and_then(|served| self.way(&one.stops, &part, &[], &served, seat, &order));
            one.ways.extend(way);
            one.verdict = if one.ways.is_empty() { Verdict::NotLookedAt } else { Verdict::Blocked };
            one.ways.is_empty()
        });
    }

    /// Adds the way for each open stop that some kinds of limits open together, if they do.
    fn with(&self, kinds: &[Kind], found: &mut [Blocking], open: &[usize], budget: &mut Budget) {
        let limits = self.limits(kinds, open.iter().map(|&n| &found[n].stops[..]));
        if limits.is_empty() || budget.is_exhausted() {
            return;
        }
        let mut spec = self.spec.clone();
        limits.iter().for_each(|&limit| Easing::fully(limit, &self.spec).apply(&mut spec));
        let Ok(lifted) = Problem::new(spec) else { return };
        let Some((routes, order)) = contents::of_plan(&lifted, self.plan) else { return };
        let state = seat::seated(&lifted, &routes);
        for &n in open {
            let stops = &found[n].stops;
            let seats = seat::all(&state, &self.places(&lifted, stops), self.options.routes);
            let tried = seats.iter().map(|seat| (seat, self.part(stops, seat, &order)));
            let mut tried: Vec<Tried> = tried.filter_map(|(seat, part)| Tried::of(seat, part, kinds, budget)).collect();
            tried.sort_by_key(Tried::rank);
            let way = tried
                .iter()
                .find_map(|Tried { seat, part, easings, served }| self.way(stops, part, easings, served, seat, &order));
            match way {
                _ if found[n].verdict == Verdict::Fits => {}
                Some(way) if way.easings.is_empty() => {
                    found[n].ways.clear();
                    found[n].verdict = Verdict::Fits;
                }
                Some(way) => {
                    found[n].ways.push(way);
                    found[n].verdict = Verdict::Blocked;
                }
                None => {}
            }
        }
    }

    /// Limits of some kinds that bear on any of these stops, each once.
    fn limits<'s>(&self, kinds: &[Kind], questions: impl Iterator<Item = &'s [u32]>) -> Vec<Limit> {
        let types = self.spec.vehicle_types.len() as u32;
        let mut limits = Vec::new();
        for stops in questions {
            for kind in kinds {
                limits.extend((0..types).flat_map(|t| kind.limits(&self.spec, t, stops)));
            }
        }
        limits.sort_unstable();
        limits.dedup();
        limits
    }

    fn places(&self, problem: &Problem, stops: &[u32]) -> Vec<u32> {
        stops.iter().map(|&stop| problem.place(stop)).collect()
    }

    /// What it costs to leave optional stops out; `None` for required ones.
    fn price(&self, stops: &[u32]) -> Option<i64> {
        stops.iter().map(|&stop| self.spec.stops[stop as usize].prize).sum()
    }

    fn part(&self, stops: &[u32], seat: &Seat, order: &[usize]) -> Part {
        let route = (seat.route != NONE).then(|| &self.plan.routes[order[seat.route as usize]]);
        let part = Part::of(&self.spec, route, seat.vehicle_type, stops);
        let used = self.plan.routes.iter().filter(|route| route.vehicle_type == seat.vehicle_type).count() as u64;
        let is_used_up = used >= u64::from(self.spec.vehicle_types[seat.vehicle_type as usize].count);
        if route.is_none() && is_used_up { part.used_up() } else { part }
    }

    /// The way with its witness, judged.
    fn way(
        &self,
        stops: &[u32],
        part: &Part,
        easings: &[Easing],
        served: &Served,
        seat: &Seat,
        order: &[usize],
    ) -> Option<Way> {
        let mut easings = part.in_whole(easings);
        if let Some(prize) = self.price(stops).filter(|&prize| served.delta >= prize) {
            easings.push(Easing { limit: Limit::Prize { stop: stops[0] }, by: served.delta - prize + 1 });
        }
        let problem = eased(self.problem, &easings)?;
        let mut plan = self.plan.clone();
        let trips = part.trips_in_whole(served);
        let stays = (seat.route != NONE).then(|| order[seat.route as usize]);
        match stays {
            Some(n) if plan.routes[n].vehicle_type == part.vehicle_type() => plan.routes[n].trips = trips,
            changed => {
                changed.map(|n| plan.routes.remove(n));
                let vehicle_type = part.vehicle_type();
                plan.routes.push(Route { vehicle_type, vehicle: NONE, trips, ..Route::default() });
            }
        }
        let plan = extract::plan(&problem, &Best::of(0, contents::of_plan(&problem, &plan)?.0));
        let serves = |route: &&Route| route.trips.iter().any(|trip| trip.stops.contains(&stops[0]));
        let vehicle = plan.routes.iter().find(serves).map(|route| (route.vehicle_type, route.vehicle))?;
        let cost = plan.cost.total() - self.plan.cost.total();
        if !(self.options.is_sound)(&problem, &plan) {
            return None;
        }
        self.drop_needless(&mut easings, &plan);
        Some(Way { easings, vehicle, cost, plan })
    }

    /// Where speeds change with the time of day, the search plans with bounds, and a plan may hold although they do not see it:
    /// easings go without which the witness is sound. Prizes, which forbid nothing, stay.
    fn drop_needless(&self, easings: &mut Vec<Easing>, witness: &Plan) {
        if self.spec.speeds.is_empty() {
            return;
        }
        for n in (0..easings.len()).rev() {
            let mut fewer = easings.clone();
            let easing = fewer.remove(n);
            let is_sound = |problem: Problem| (self.options.is_sound)(&problem, witness);
            if !matches!(easing.limit, Limit::Prize { .. }) && eased(self.problem, &fewer).is_some_and(is_sound) {
                *easings = fewer;
            }
        }
    }
}
