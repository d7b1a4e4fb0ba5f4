//! The plan under search: routes with their sums, where each stop is, and the bank of stops that wait.
//!
//! Routes changed since [`State::begin`] are kept aside, so that a step is undone in time proportional to what it touched.

mod chain;
mod penalty;
mod route;

pub(crate) use chain::{Chain, Ink};
pub(crate) use penalty::{Allowance, Penalties, Pricing};
pub(crate) use route::{Measure, Route};

use std::cell::Cell;

use super::load::Load;
use super::problem::{NONE, Problem};
use super::running;
use super::spec::Running;

/// The plan under search.
pub(crate) struct State<'p> {
    pub problem: &'p Problem,
    pub routes: Vec<Route>,
    /// By place; depots' mean nothing.
    links: Vec<Link>,
    /// What breaking a limit costs; `None` where no limit may be broken.
    penalties: Option<Penalties>,
    /// Limits broken by all routes together.
    broken: Broken,
    /// Stops that this state serves or lets wait, as places; of others it knows nothing.
    pub own: Vec<u32>,
    /// Places not served, in no particular but a repeatable order.
    pub bank: Vec<u32>,
    /// Vehicles in use by type.
    pub used: Vec<u32>,
    /// Vehicles that may be used by type.
    pub limit: Vec<u32>,
    /// Cost of routes, windows used and absences.
    pub cost: i64,
    empty_slots: Vec<u32>,
    is_listed_empty: Vec<bool>,
    journal: Journal,
    ink: Ink,
    /// Moves and places priced so far.
    priced: Cell<u64>,
    spare_places: Vec<u32>,
    /// Routes changed since the best plan was kept.
    dirty: Vec<u32>,
    is_dirty: Vec<bool>,
}

/// Where a stop stands: all that most moves need to know of it, in one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// [`NONE`] in the bank.
    pub route: u32,
    /// Position in its route.
    pub position: u32,
    /// Places beside it.
    pub before: u32,
    pub after: u32,
    /// Distance from the place before.
    pub leg_in: i64,
    /// Distance to the place after.
    pub leg_out: i64,
}

impl Link {
    const BANKED: Self = Self { route: NONE, position: 0, before: NONE, after: NONE, leg_in: 0, leg_out: 0 };
}

/// Sums of what routes break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Load above capacity.
    pub excess: i64,
    /// Lateness.
    pub warp: i64,
}

/// What [`State::undo`] needs.
#[derive(Default)]
struct Journal {
    stamp: Vec<u64>,
    now: u64,
    saved: Vec<(u32, Route)>,
    spare: Vec<Route>,
    bank: Vec<u32>,
    cost: i64,
}

impl<'p> State<'p> {
    /// Nothing served yet but what running vehicles are locked to.
    pub fn new(problem: &'p Problem) -> Self {
        let bank: Vec<u32> = problem.stop_places().collect();
        let mut state = Self {
            problem,
            routes: Vec::new(),
            links: vec![Link::BANKED; problem.places()],
            penalties: None,
            broken: Broken::default(),
            cost: bank.iter().map(|&p| problem.absence[p as usize]).sum(),
            own: bank.clone(),
            bank,
            used: vec![0; problem.vehicle_types().len()],
            limit: problem.vehicle_types().iter().map(|t| t.count).collect(),
            empty_slots: Vec::new(),
            is_listed_empty: Vec::new(),
            journal: Journal { now: 1, ..Journal::default() },
            ink: Ink::default(),
            priced: Cell::new(0),
            spare_places: Vec::new(),
            dirty: Vec::new(),
            is_dirty: Vec::new(),
        };
        problem.running().iter().for_each(|vehicle| state.lock(vehicle));
        state
    }

    /// Gives a running vehicle its route.
    fn lock(&mut self, vehicle: &Running) {
        let kind = &self.problem.vehicle_types()[vehicle.vehicle_type as usize];
        let Some(places) = running::places(self.problem, vehicle) else { return };
        self.cost -= places.iter().map(|&place| self.problem.absence[place as usize]).sum::<i64>();
        self.bank.retain(|&place| !places.iter().any(|&p| self.problem.first_place(p) == place));
        let r = self.empty_slot();
        self.prepare(r, vehicle.vehicle_type, [kind.start, kind.end]);
        self.routes[r as usize].locked = places.len();
        self.edit(r, |_, own| {
            own.splice(1..1, places);
        });
    }

    /// Where a stop stands.
    #[inline(always)]
    pub fn link(&self, place: u32) -> &Link {
        &self.links[place as usize]
    }

    /// The route that serves a stop; [`NONE`] in the bank.
    #[inline(always)]
    pub fn route_of(&self, place: u32) -> u32 {
        self.links[place as usize].route
    }

    /// Position of a served stop in its route.
    #[inline(always)]
    pub fn position(&self, place: u32) -> usize {
        self.links[place as usize].position as usize
    }

    /// The place as which a stop is served; the given one, which it waits as, if it is not.
    pub fn served_as(&self, first: u32) -> u32 {
        self.problem.alternatives(first).find(|&place| self.route_of(place) != NONE).unwrap_or(first)
    }

    /// Whether no limit is broken.
    pub fn holds(&self) -> bool {
        self.broken == Broken::default()
    }

    /// What the routes break.
    pub fn broken(&self) -> Broken {
        self.broken
    }

    /// Sets what breaking a limit costs from now on; `None` only while nothing is broken. Between steps.
    pub fn set_penalties(&mut self, penalties: Option<Penalties>) {
        debug_assert!(penalties.is_some() || self.holds(), "plans that break limits stay priced");
        self.penalties = penalties;
        for r in 0..self.routes.len() {
            if !self.routes[r].measure.holds() {
                let cost = self.price(self.routes[r].vehicle_type, &self.routes[r].measure);
                self.cost += cost - self.routes[r].cost;
                self.routes[r].cost = cost;
            }
        }
    }

    /// Cost of a route of this type, penalties included.
    #[inline]
    pub fn price(&self, vehicle_type: u32, measure: &Measure) -> i64 {
        self.problem.route_cost(vehicle_type, measure.distance, measure.duration) + self.penalty(measure)
    }

    /// What breaking limits costs.
    #[inline]
    pub fn penalty(&self, measure: &Measure) -> i64 {
        match &self.penalties {
            Some(penalties) if !measure.holds() => penalties.of(measure),
            _ => 0,
        }
    }

    /// Whether any route may pay for more than distance and time as they come: for broken limits or overtime.
    #[inline(always)]
    pub fn prices_breaches(&self) -> bool {
        self.penalties.is_some() || self.problem.features.overtime_priced
    }

    /// Whether two routes end at the same depot and a unit of distance costs the same on both.
    #[inline]
    pub fn are_alike(&self, a: u32, b: u32) -> bool {
        let problem = self.problem;
        if !problem.features.mixed_fleet {
            return true;
        }
        let [a, b] = [a, b].map(|r| &problem.vehicle_types()[self.routes[r as usize].vehicle_type as usize]);
        (a.end, a.unit_distance_cost) == (b.end, b.unit_distance_cost)
    }

    /// What a route pays for breaking limits and for overtime: what a change may save beside distance.
    #[inline]
    pub fn penalty_of(&self, r: u32) -> i64 {
        let Route { vehicle_type, measure, .. } = &self.routes[r as usize];
        let is_priced = self.problem.features.overtime_priced;
        let overtime = if is_priced { self.problem.overtime_cost(*vehicle_type, measure.duration) } else { 0 };
        overtime + self.penalty(measure)
    }

    /// What a route may break if that may cost so much at most.
    #[inline]
    pub fn allowance(&self, cost: i64) -> Allowance {
        self.penalties.map_or(Allowance::NONE, |penalties| penalties.allowance(cost))
    }

    /// A chain that starts as positions `0..=at` of a route.
    #[inline]
    pub fn head(&self, r: u32, at: usize, allowance: Allowance) -> Chain<'_> {
        let mut chain = Chain::head(self.problem, &self.routes[r as usize], at, &self.ink);
        chain.allow(allowance);
        chain
    }

    /// A chain of a new route.
    #[inline]
    pub fn fresh(&self, vehicle_type: u32, allowance: Allowance) -> Chain<'_> {
        let mut chain = Chain::start(self.problem, vehicle_type, &self.ink);
        chain.allow(allowance);
        chain
    }

    /// Counts a move or a place that is being priced.
    #[inline(always)]
    pub fn note_priced(&self) {
        self.priced.set(self.priced.get() + 1);
    }

    /// Moves and places priced so far.
    pub fn priced(&self) -> u64 {
        self.priced.get()
    }

    /// Starts a step that [`State::undo`] can take back.
    pub fn begin(&mut self) {
        let journal = &mut self.journal;
        journal.now += 1;
        journal.spare.extend(journal.saved.drain(..).map(|(_, route)| route));
        journal.bank.clone_from(&self.bank);
        journal.cost = self.cost;
    }

    /// Cost when the step began.
    pub fn cost_before(&self) -> i64 {
        self.journal.cost
    }

    /// Routes changed in this step, in order of their first change.
    pub fn touched(&self) -> impl Iterator<Item = u32> + '_ {
        self.journal.saved.iter().map(|&(r, _)| r)
    }

    /// Takes the step back.
    pub fn undo(&mut self) {
        let saved = std::mem::take(&mut self.journal.saved);
        for (r, _) in &saved {
            let places = std::mem::take(&mut self.routes[*r as usize].places);
            self.forget(&places);
            self.routes[*r as usize].places = places;
        }
        for (r, mut route) in saved {
            self.count(r, -1);
            std::mem::swap(&mut self.routes[r as usize], &mut route);
            self.count(r, 1);
            self.locate(r);
            self.list_if_empty(r);
            self.journal.spare.push(route);
        }
        self.bank.clone_from(&self.journal.bank);
        self.cost = self.journal.cost;
    }

    fn forget(&mut self, places: &[u32]) {
        for &place in places {
            self.links[place as usize].route = NONE;
        }
    }

    /// Vehicles of a type that are not in use.
    pub fn spare_vehicles(&self, vehicle_type: u32) -> u32 {
        self.limit[vehicle_type as usize].saturating_sub(self.used[vehicle_type as usize])
    }

    /// A route slot that is not in use.
    pub fn empty_slot(&mut self) -> u32 {
        while let Some(r) = self.empty_slots.pop() {
            self.is_listed_empty[r as usize] = false;
            if self.routes[r as usize].is_empty() {
                return r;
            }
        }
        self.add_slot();
        (self.routes.len() - 1) as u32
    }

    fn add_slot(&mut self) {
        self.routes.push(Route::default());
        self.is_listed_empty.push(false);
        self.is_dirty.push(false);
        self.journal.stamp.push(0);
    }

    fn list_if_empty(&mut self, r: u32) {
        if self.routes[r as usize].is_empty() && !self.is_listed_empty[r as usize] {
            self.is_listed_empty[r as usize] = true;
            self.empty_slots.push(r);
        }
    }

    fn save(&mut self, r: u32) {
        let journal = &mut self.journal;
        if journal.stamp[r as usize] != journal.now {
            journal.stamp[r as usize] = journal.now;
            let mut copy = journal.spare.pop().unwrap_or_default();
            copy.clone_from(&self.routes[r as usize]);
            journal.saved.push((r, copy));
        }
        if !self.is_dirty[r as usize] {
            self.is_dirty[r as usize] = true;
            self.dirty.push(r);
        }
    }

    /// Adds a route to (or takes it from) the sums over routes.
    fn count(&mut self, r: u32, by: i32) {
        let route = &self.routes[r as usize];
        if !route.is_empty() {
            let used = &mut self.used[route.vehicle_type as usize];
            *used = used.wrapping_add_signed(by);
            self.broken.excess += i64::from(by) * route.measure.excess;
            self.broken.warp += i64::from(by) * route.measure.warp;
        }
    }

    /// Changes a route by `edit`, which gets its type and its places; then puts everything right: reloads without a trip go,
    /// a route without a stop ends, sums, positions and cost follow. Stops that leave the route must find their place in
    /// another edit or in the bank.
    pub fn edit(&mut self, r: u32, edit: impl FnOnce(&mut u32, &mut Vec<u32>)) {
        self.save(r);
        self.count(r, -1);
        let problem = self.problem;
        let route = &mut self.routes[r as usize];
        self.cost -= route.cost + route.window_prices(problem);
        edit(&mut route.vehicle_type, &mut route.places);
        tidy(problem, &mut route.places);
        route.refresh(problem);
        let (vehicle_type, measure, is_empty) = (route.vehicle_type, route.measure, route.is_empty());
        let cost = if is_empty { 0 } else { self.price(vehicle_type, &measure) };
        self.routes[r as usize].cost = cost;
        self.cost += cost + self.routes[r as usize].window_prices(problem);
        self.count(r, 1);
        self.locate(r);
        self.list_if_empty(r);
    }

    /// Gives an empty slot its depots, so that the next edit has something to insert between.
    pub fn prepare(&mut self, r: u32, vehicle_type: u32, depots: [u32; 2]) {
        self.save(r);
        let route = &mut self.routes[r as usize];
        // Not in use until the edit: no vehicle is counted for it before, one after.
        self.used[vehicle_type as usize] += 1;
        route.vehicle_type = vehicle_type;
        route.places.extend(depots);
    }

    fn locate(&mut self, r: u32) {
        let route = &self.routes[r as usize];
        for at in 1..route.places.len().max(1) - 1 {
            let [before, place, after] = [route.places[at - 1], route.places[at], route.places[at + 1]];
            self.links[place as usize] = Link {
                route: r,
                position: at as u32,
                before,
                after,
                leg_in: route.run[at] - route.run[at - 1],
                leg_out: route.run[at + 1] - route.run[at],
            };
        }
    }

    /// Puts a stop that has left its route into the bank.
    pub fn bank(&mut self, place: u32) {
        self.links[place as usize].route = NONE;
        self.bank.push(self.problem.first_place(place));
        self.cost += self.problem.absence[place as usize];
    }

    /// Gives a route new contents as they are; the caller sees to it that every stop is once in a route or the bank.
    pub fn replace(&mut self, r: u32, vehicle_type: u32, places: &[u32]) {
        self.edit(r, |own, old| {
            *own = vehicle_type;
            old.clear();
            old.extend_from_slice(places);
        });
    }

    /// Takes over a part of a plan and forgets everything else: routes, who waits, vehicles that may be used besides.
    pub fn take_part(&mut self, routes: &[(u32, Vec<u32>)], bank: Vec<u32>, spare: &[u32]) {
        self.begin();
        for r in 0..self.routes.len() {
            let places = std::mem::take(&mut self.routes[r].places);
            self.forget(&places);
            self.routes[r].places = places;
        }
        self.own.clear();
        for (r, (vehicle_type, places)) in routes.iter().enumerate() {
            if r == self.routes.len() {
                self.add_slot();
            }
            self.replace(r as u32, *vehicle_type, places);
            let stops = places.iter().filter(|&&place| !self.problem.is_depot(place));
            self.own.extend(stops.map(|&place| self.problem.first_place(place)));
        }
        for r in routes.len()..self.routes.len() {
            self.replace(r as u32, 0, &[]);
        }
        self.own.extend_from_slice(&bank);
        self.refill_bank(bank);
        for (limit, (&used, &spare)) in self.limit.iter_mut().zip(self.used.iter().zip(spare)) {
            *limit = used + spare;
        }
        self.begin();
    }

    /// Sets who waits.
    pub fn refill_bank(&mut self, bank: Vec<u32>) {
        let absence = |places: &[u32]| places.iter().map(|&p| self.problem.absence[p as usize]).sum::<i64>();
        self.cost += absence(&bank) - absence(&self.bank);
        bank.iter().for_each(|&p| self.links[p as usize].route = NONE);
        self.bank = bank;
    }

    /// Takes those stops off a route that are in the bank already.
    pub fn drop_banked(&mut self, r: u32) {
        let mut places = std::mem::take(&mut self.spare_places);
        places.clear();
        let kept = |&p: &u32| self.problem.is_depot(p) || self.route_of(p) != NONE;
        places.extend(self.routes[r as usize].places.iter().copied().filter(kept));
        self.edit(r, |_, old| std::mem::swap(old, &mut places));
        self.spare_places = places;
    }

    /// Tells the bank that a stop has found a route.
    #[cfg(test)]
    pub fn unbank(&mut self, at: usize) {
        let place = self.bank.swap_remove(at);
        self.cost -= self.problem.absence[place as usize];
    }

    /// The routes changed since the last call.
    pub fn take_dirty(&mut self) -> Vec<u32> {
        for &r in &self.dirty {
            self.is_dirty[r as usize] = false;
        }
        std::mem::take(&mut self.dirty)
    }

    /// Gives a route the cheapest type of its shape.
    pub fn retype(&mut self, r: u32) {
        let route = &self.routes[r as usize];
        if route.is_empty() || route.locked > 0 || !self.problem.features.mixed_fleet {
            return;
        }
        let found = self.cheapest_type(r, &route.measure, |capacity| route.excess(self.problem, capacity));
        if let Some((vehicle_type, cost)) = found
            && cost < route.cost
        {
            self.edit(r, |t, _| *t = vehicle_type);
        }
    }

    /// The cheapest type of a route's shape, spare or its own, if it drives what `measure` says, and the cost; `excess` is
    /// the load above a capacity.
    pub fn cheapest_type(&self, r: u32, measure: &Measure, excess: impl Fn(&Load) -> i64) -> Option<(u32, i64)> {
        let problem = self.problem;
        let Route { vehicle_type: own, locked, .. } = self.routes[r as usize];
        let is_open = |t: u32| {
            t == own
                || locked == 0 && problem.shape[t as usize] == problem.shape[own as usize] && self.spare_vehicles(t) > 0
        };
        let mut best: Option<(u32, i64)> = None;
        for t in (0..problem.vehicle_types().len() as u32).filter(|&t| is_open(t)) {
            let excess = excess(&problem.vehicle_types()[t as usize].capacity);
            let cost = self.price(t, &Measure { excess, ..*measure });
            let is_better = best.is_none_or(|(_, least)| cost < least);
            if is_better && (excess == 0 || self.penalties.is_some()) && self.all_served_by(r, t) {
                best = Some((t, cost));
            }
        }
        best
    }

    fn all_served_by(&self, r: u32, vehicle_type: u32) -> bool {
        let problem = self.problem;
        !problem.features.sited
            || self.routes[r as usize].places.iter().all(|&p| problem.is_depot(p) || problem.may_serve(vehicle_type, p))
    }
}

/// Drops reloads that start no trip, and everything where no stop is left.
fn tidy(problem: &Problem, places: &mut Vec<u32>) {
    if places.iter().all(|&p| problem.is_depot(p)) {
        places.clear();
        return;
    }
    if problem.features.reloads {
        let mut at = 1;
        while at + 1 < places.len() {
            let starts_nothing = problem.is_depot(places[at]) && problem.is_depot(places[at + 1]);
            let ends_nothing = problem.is_depot(places[at]) && at == 1;
            if starts_nothing || ends_nothing {
                places.remove(at);
            } else {
                at += 1;
            }
        }
    }
}
