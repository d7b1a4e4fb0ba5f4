//! Construct, improve, finish.
//!
//! The first plan holds; from then on, where it pays, load above capacity and lateness are priced instead of forbidden
//! ([`Pricing`]), and only plans that hold are kept.

use super::extract::{self, Best, Contents};
use super::fleet::{self, Absences};
use super::local_search::LocalSearch;
use super::moves;
use super::neighbours::Neighbours;
use super::plan::Plan;
use super::problem::{NONE, Problem};
use super::recreate::Recreate;
use super::ruin::{Removal, Ruin};
use super::savings;
use super::state::{Pricing, State};
use super::together;
use std::sync::Arc;

use crate::search::{Annealing, Budget, Observer, Progress, Rng, Seed};

/// What to minimise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objective {
    /// Cost.
    #[default]
    Cost,
    /// The number of vehicles, then cost.
    VehiclesFirst,
}

/// How to search. The defaults suit problems of any size.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Root of all randomness.
    pub seed: Seed,
    /// What to minimise.
    pub objective: Objective,
    /// Groups of routes searched at the same time, where the plan is large enough; another number gives another plan.
    pub threads: usize,
    /// Strings taken out in an iteration.
    pub removal: Removal,
    /// Neighbours beside which a stop may be inserted.
    pub neighbours: usize,
    /// Chance that a place is overlooked in insertion.
    pub blink: f64,
    /// Share of iterations that end with local search, of those that change the plan; `None` lets the routes decide: it pays
    /// most where they are long and timed.
    pub local_search_share: Option<f64>,
    /// Neighbours that local search looks at.
    pub breadth: usize,
    /// Share of plans under search that should keep capacity, and of those that should keep time; 1 never leaves the plans
    /// that hold, `None` lets the problem decide: breaking limits for a price helps where windows or a limited or mixed
    /// fleet bind.
    pub feasible_share: Option<f64>,
    /// First and last temperature, in mean costs of a leg between two stops of the first plan.
    pub temperature: [f64; 2],
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: Seed::default(),
            objective: Objective::Cost,
            threads: 1,
            removal: Removal::default(),
            neighbours: 100,
            blink: 0.01,
            local_search_share: None,
            breadth: 15,
            feasible_share: None,
            temperature: [2.5, 0.05],
        }
    }
}

/// Share of the budget that goes to saving vehicles where they come first.
const FLEET_SHARE: f64 = 0.3;

/// Most of the budget that goes to filling vehicles where only the cost counts.
const FILLING_SHARE: f64 = 0.05;

/// Most stops of a plan that is annealed several times.
const SMALL: usize = 300;

/// How often a small plan is annealed.
const CYCLES: u32 = 4;

/// How often a step that saves vehicles starts where a stop waits.
const WAITING_SHARE: f64 = 0.9;

/// Plans routes until the budget is spent. One iteration is one ruin and recreate step.
pub fn solve(problem: &Problem, options: &Options, budget: &mut Budget, observer: &mut dyn Observer) -> Plan {
    let mut search = Search::new(problem, options);
    search.construct();
    let report = |phase, best: &Best, budget: &Budget, observer: &mut dyn Observer| {
        observer.progress(&Progress {
            phase,
            iterations: budget.spent(),
            fraction: budget.fraction(),
            cost: best.cost as f64,
            lower_bound: None,
        });
    };
    report("construct", &search.best, budget, observer);
    let least_vehicles = savings::least_vehicles(problem);
    if options.objective == Objective::VehiclesFirst {
        search.save_vehicles(FLEET_SHARE, 0, budget);
        report("vehicles", &search.best, budget, observer);
    } else if search.vehicles() > least_vehicles {
        // Routes that are there only because others are not full.
        search.save_vehicles(FILLING_SHARE, least_vehicles, budget);
        search.state.limit = problem.vehicle_types().iter().map(|kind| kind.count).collect();
        report("fill", &search.best, budget, observer);
    }
    let schedule = search.schedule();
    search.soften();
    let mut told = 0.0;
    let mut tell = |best: &Best, budget: &Budget| {
        if budget.fraction() >= told + 0.002 {
            told = budget.fraction();
            report("improve", best, budget, observer);
        }
    };
    let used = search.state.used.iter().sum::<u32>() as usize;
    let cycles = search.fitting_cycles();
    let (best, moves) = if together::is_worth_it(problem, used, options.threads) {
        together::improve(search, options.threads, &schedule, budget, tell)
    } else {
        while budget.tick() {
            if search.step(schedule.in_cycles(budget.fraction(), cycles)) {
                tell(&search.best, budget);
            }
        }
        let priced = search.state.priced();
        (search.best, priced)
    };
    report("done", &best, budget, observer);
    Plan { iterations: budget.spent(), moves, ..extract::plan(problem, &best) }
}

/// One search: its plan, the best it has seen, and what its steps remember.
pub(super) struct Search<'p> {
    pub(super) options: &'p Options,
    neighbours: Arc<Neighbours>,
    pub(super) state: State<'p>,
    pub(super) best: Best,
    ruin: Ruin,
    recreate: Recreate,
    local: LocalSearch,
    touched: Vec<u32>,
    local_search_share: f64,
    pricing: Option<Pricing>,
    rng: Rng,
}

impl<'p> Search<'p> {
    pub(super) fn new(problem: &'p Problem, options: &'p Options) -> Self {
        // Lists of a hundred are a third of the memory of very large problems.
        let near = if problem.places() > 20_000 { 60 } else { 100 };
        let neighbours = Neighbours::new(problem, near, options.neighbours.min(near));
        let rng = options.seed.child("routing", 0).rng();
        let mut search = Self::bare(problem, options, Arc::new(neighbours), rng);
        search.state.bank.retain(|&place| extract::can_be_served(problem, place));
        search
    }

    fn bare(problem: &'p Problem, options: &'p Options, neighbours: Arc<Neighbours>, rng: Rng) -> Self {
        Self {
            options,
            neighbours,
            best: Best::default(),
            state: State::new(problem),
            ruin: Ruin::default(),
            recreate: Recreate::default(),
            local: LocalSearch::new(problem),
            touched: Vec::new(),
            local_search_share: 0.0,
            pricing: None,
            rng,
        }
    }

    /// A search of one of so many parts of the same problem that goes about it in the same way, with nothing to do yet.
    pub(super) fn sibling(&self, seed: Seed, parts: usize) -> Self {
        let mut other = Self::bare(self.state.problem, self.options, self.neighbours.clone(), seed.rng());
        other.local_search_share = self.local_search_share;
        other.pricing = self.pricing.as_ref().map(|pricing| pricing.of_part(parts));
        other.state.take_part(&[], Vec::new(), &vec![0; self.state.used.len()]);
        other.state.set_penalties(self.pricing.as_ref().map(Pricing::prices));
        other
    }

    /// Takes over a part of a plan as all there is to search.
    pub(super) fn take_part(&mut self, routes: &Contents, bank: Vec<u32>, spare: &[u32]) {
        self.state.take_part(routes, bank, spare);
        self.best.forget();
        if self.state.holds() {
            self.best.keep(&mut self.state);
        }
    }

    /// Takes over a part of a plan to go on with it; the temperatures that suit it.
    pub(super) fn go_on(&mut self, routes: &Contents, bank: Vec<u32>, spare: &[u32]) -> Annealing {
        self.take_part(routes, bank, spare);
        self.local_search_share = self.options.local_search_share.unwrap_or_else(|| self.fitting_share());
        self.schedule()
    }

    fn construct(&mut self) {
        self.join_by_savings();
        self.state.begin();
        self.recreate.insert_all(&mut self.state, &self.neighbours, self.options, &mut self.rng);
        let depots = self.state.problem.depots().len() as u32;
        let all: Vec<u32> = (depots..self.state.problem.places() as u32).collect();
        self.local.improve(&mut self.state, &self.neighbours, &all, self.options.breadth);
        self.best.keep(&mut self.state);
        self.local_search_share = self.options.local_search_share.unwrap_or_else(|| self.fitting_share());
    }

    /// Starts from routes by savings where they apply; stops beyond the fleet's size wait.
    fn join_by_savings(&mut self) {
        let problem = self.state.problem;
        if !savings::suit(problem) {
            return;
        }
        let mut routes = savings::routes(problem, &self.state.bank, &self.neighbours);
        let fleet = problem.vehicle_types()[0].count;
        let beyond = routes.split_off(routes.len().min(fleet as usize));
        let waiting = beyond.into_iter().flat_map(|(_, places)| places).filter(|&place| !problem.is_depot(place));
        let spare = fleet - routes.len() as u32;
        self.state.take_part(&routes, waiting.collect(), &[spare]);
    }

    fn fitting_feasible_share(&self) -> f64 {
        let problem = self.state.problem;
        let features = problem.features;
        let is_limited = problem.vehicle_types().iter().zip(&self.state.used).any(|(t, &used)| t.count <= used);
        let is_worth_it = features.timed || features.mixed_fleet || is_limited;
        // Reloads and pairs have so many places to look at that those that do not hold are better not priced.
        if is_worth_it && !features.reloads && !features.paired { 0.3 } else { 1.0 }
    }

    /// 6 in 10 where nothing is timed; else half, and all of them from forty stops a route on.
    fn fitting_share(&self) -> f64 {
        let served = self.state.problem.stops().len() - self.state.bank.len();
        let routes = self.state.used.iter().sum::<u32>().max(1);
        let length = served as f64 / f64::from(routes);
        if self.state.problem.features.timed { (length / 40.0).clamp(0.5, 1.0) } else { 0.6 }
    }

    /// Temperatures in mean costs of a leg between two stops.
    fn schedule(&self) -> Annealing {
        let leg = self.mean_inner_leg();
        let [start, end] = self.options.temperature;
        Annealing { start: start * leg, end: end * leg }
    }

    /// Mean cost of a leg between two stops: ways from and to the depots say nothing of what a step may change.
    fn mean_inner_leg(&self) -> f64 {
        let problem = self.state.problem;
        let (mut cost, mut legs) = (0, 0);
        for route in self.state.routes.iter().filter(|r| r.places.len() > 3) {
            let last = route.places.len() - 1;
            let ways = route.run[1] + route.run[last] - route.run[last - 1];
            let unit = problem.vehicle_types()[route.vehicle_type as usize].unit_distance_cost;
            cost += route.cost - problem.route_cost(route.vehicle_type, 0, 0) - unit * ways;
            legs += last - 2;
        }
        if legs > 0 { (cost as f64 / legs as f64).max(1e-6) } else { self.mean_leg()[0] }
    }

    /// Mean cost and duration of a leg.
    fn mean_leg(&self) -> [f64; 2] {
        let problem = self.state.problem;
        let (mut cost, mut time, mut legs) = (0, 0, 0);
        for route in self.state.routes.iter().filter(|r| !r.is_empty()) {
            cost += route.cost - problem.route_cost(route.vehicle_type, 0, 0);
            time += route.measure.duration;
            legs += route.places.len() - 1;
        }
        [cost, time].map(|sum| (sum as f64 / legs.max(1) as f64).max(1e-6))
    }

    /// How often to anneal: a small plan freezes so fast that it is worth another try.
    fn fitting_cycles(&self) -> u32 {
        if self.state.problem.stops().len() <= SMALL { CYCLES } else { 1 }
    }

    /// Lets the search break limits for a price from now on.
    fn soften(&mut self) {
        let target = self.options.feasible_share.unwrap_or_else(|| self.fitting_feasible_share());
        if target >= 1.0 {
            return;
        }
        let problem = self.state.problem;
        let [leg, time] = self.mean_leg();
        let load: i64 = problem.loads.iter().map(|load| load.peak).sum();
        let pricing = Pricing::new(leg, load as f64 / problem.stops().len().max(1) as f64, time, target);
        self.state.set_penalties(Some(pricing.prices()));
        self.pricing = Some(pricing);
    }

    /// Vehicles in use.
    fn vehicles(&self) -> u32 {
        self.state.used.iter().sum()
    }

    /// Withdraws vehicles one by one for a share of the budget or until so few are left, then goes on from the smallest fleet
    /// that serves as much as the first plan did.
    fn save_vehicles(&mut self, share: f64, least: u32, budget: &mut Budget) {
        let temperatures = self.schedule();
        let mut absences = Absences::new(&self.state);
        let least_waiting = self.state.bank.len();
        let from = budget.fraction();
        while budget.fraction() < from + share && budget.tick() {
            if self.state.bank.len() <= least_waiting {
                self.best.keep(&mut self.state);
                let r = absences.easiest_route(&self.state);
                if r == NONE || self.vehicles() <= least {
                    break;
                }
                self.state.begin();
                fleet::withdraw(&mut self.state, r);
            }
            absences.begin(&self.state);
            let temperature = temperatures.temperature((budget.fraction() - from) / share);
            let places = if self.rng.chance(WAITING_SHARE) { &self.state.bank } else { &self.state.own };
            let Some(&seed) = self.rng.pick(places) else { break };
            self.change(seed);
            let delta = (self.state.cost - self.state.cost_before()) as f64;
            let take = absences.judge(&self.state);
            if !take.unwrap_or_else(|| Annealing::accepts(delta, temperature, &mut self.rng)) {
                self.state.undo();
            }
        }
        self.best.restore(&mut self.state);
    }

    /// One ruin and recreate step; whether it found a new best plan.
    pub(super) fn step(&mut self, temperature: f64) -> bool {
        let Some(&seed) = self.rng.pick(&self.state.own) else { return false };
        self.change(seed);
        let state = &mut self.state;
        let delta = (state.cost - state.cost_before()) as f64;
        let is_taken = Annealing::accepts(delta, temperature, &mut self.rng);
        if !is_taken {
            state.undo();
        }
        let is_best = is_taken && state.cost < self.best.cost && state.holds();
        if is_best {
            self.best.keep(state);
        }
        if let Some(pricing) = &mut self.pricing
            && pricing.note(state.broken())
        {
            state.set_penalties(Some(pricing.prices()));
        }
        is_best
    }

    /// Ruins around a stop, recreates and now and then improves.
    fn change(&mut self, seed: u32) {
        self.state.begin();
        self.ruin.remove(&mut self.state, &self.neighbours, &self.options.removal, seed, &mut self.rng);
        self.adapt_vehicles();
        self.recreate.insert_all(&mut self.state, &self.neighbours, self.options, &mut self.rng);
        // Where recreate has rebuilt what was there, local search has been.
        let is_new = self.state.cost != self.state.cost_before();
        if is_new && self.rng.chance(self.local_search_share) {
            self.local.improve(&mut self.state, &self.neighbours, &self.ruin.removed, self.options.breadth);
        }
        self.adapt_vehicles();
    }

    /// Drops reloads and takes the cheapest vehicles on the routes touched.
    fn adapt_vehicles(&mut self) {
        let features = self.state.problem.features;
        if !features.mixed_fleet && !features.reloads {
            return;
        }
        self.touched.clear();
        self.touched.extend(self.state.touched());
        for &r in &self.touched {
            if features.reloads {
                moves::improve_reloads(&mut self.state, r);
            }
            self.state.retype(r);
        }
    }
}
