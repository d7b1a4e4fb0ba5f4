//! The quote again with constraints lifted; the fewest that must be.

use std::collections::BTreeMap;

use crate::fulfilment::PlannedShipment;
use crate::model::{ServiceLevel, WarehouseIx};
use crate::promise::{self, AllotmentRef, PickupRef};
use crate::quote::{self, NoChoice, QuoteOption, Wish};
use crate::shipping;
use crate::units::{Cents, Timestamp};

use super::candidates::Case;
use super::ease::Eased;
use super::{Blocked, Candidate, Constraint, Limits};

/// Parcels that a lifted collection or allotment takes: more than any order makes.
const ROOM_LIFTED: i64 = 1 << 40;
/// Other minimal sets that are told.
const ALTERNATIVES: usize = 8;

/// A constraint with how much more of it there shall be; the amount is 0 where it has none (a rule, a wish).
pub type Lift = (Constraint, i64);

/// What a quote leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// The shipments.
    pub plan: Vec<PlannedShipment>,
    /// The slowest level among them.
    pub level: ServiceLevel,
    /// What they cost.
    pub cost: Cents,
    /// Shadow prices of what they take, and what soft rules charge.
    pub steering: Cents,
    /// What their returns are expected to cost.
    pub expected_return: Cents,
    /// When the last one arrives.
    pub delivers_by: Timestamp,
}

/// How a quote ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Served as wished.
    Served(Served),
    /// Not.
    Refused(NoChoice),
}

impl Outcome {
    /// What is served.
    pub fn served(&self) -> Option<&Served> {
        match self {
            Self::Served(served) => Some(served),
            Self::Refused(_) => None,
        }
    }
}

/// One quote that was run again.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolve {
    /// What was lifted, by how much.
    pub lifted: Vec<Lift>,
    /// What came of it.
    pub outcome: Outcome,
}

/// A minimal set of constraints whose lifting makes it served.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocking {
    /// The set, with what each must have more of; empty where lifting everything does not help.
    pub set: Vec<Lift>,
    /// Whether every member is proven necessary, or that nothing helps: not where the re-solves ran out before.
    pub proven: bool,
    /// The proof: the whole set lifted, then the set without each member in turn.
    pub proof: Vec<Resolve>,
    /// Other minimal sets, the best first, each with what follows.
    pub alternatives: Vec<Resolve>,
}

/// Runs the quote again and again, each combination of lifts once.
pub(super) struct Solver<'a> {
    pub(super) case: &'a Case<'a>,
    limit: u32,
    pub(super) made: u32,
    seen: BTreeMap<(Vec<Lift>, ServiceLevel), Outcome>,
}

impl<'a> Solver<'a> {
    pub(super) fn new(case: &'a Case<'a>, limits: Limits) -> Self {
        Self { case, limit: limits.resolves, made: 0, seen: BTreeMap::new() }
    }

    /// Whether there is nothing left to spend.
    pub(super) fn is_spent(&self) -> bool {
        self.made >= self.limit
    }

    /// What the wish leads to with these lifts.
    pub(super) fn solve(&mut self, lifts: &[Lift]) -> Outcome {
        self.solve_for(self.case.wish, lifts)
    }

    /// What another wish leads to.
    pub(super) fn solve_for(&mut self, wish: Wish, lifts: &[Lift]) -> Outcome {
        let key = (lifts.to_vec(), wish.level);
        if let Some(known) = self.seen.get(&key) {
            return known.clone();
        }
        self.made += 1;
        let outcome = resolve(self.case, wish, lifts);
        self.seen.insert(key, outcome.clone());
        outcome
    }

    /// Whether it is served with all of `set` lifted as far as can be; `None` where nothing is left to spend.
    fn serves(&mut self, set: &[Constraint]) -> Option<bool> {
        let lifts: Vec<Lift> = set.iter().map(|&constraint| self.lift(constraint)).collect();
        let known = self.seen.contains_key(&(lifts.clone(), self.case.wish.level));
        (known || !self.is_spent()).then(|| self.solve(&lifts).served().is_some())
    }

    /// A constraint lifted as far as the request can ask for.
    pub(super) fn lift(&self, constraint: Constraint) -> Lift {
        let request = &self.case.request;
        let amount = match constraint {
            Constraint::Stock(sku, _) => {
                request.lines.iter().filter(|line| line.sku == sku).map(|line| i64::from(line.quantity)).sum()
            }
            Constraint::Work(wave) => {
                let left = self.case.view.load.free_work(&wave).min(0);
                shipping::work(&self.case.network().world, wave.warehouse, shipping::units(&request.lines)) - left
            }
            Constraint::Room(_) | Constraint::Allotment(_) => ROOM_LIFTED,
            _ => 0,
        };
        (constraint, amount)
    }

    /// How much more of a constraint a plan takes than there is; `None` for a row that it does not overdraw.
    pub(super) fn shortfall(&self, constraint: Constraint, plan: &[PlannedShipment]) -> Option<Lift> {
        let eased = Eased { view: &self.case.view, allowance: &self.case.own };
        let view = eased.view();
        let world = &self.case.network().world;
        let missing = match constraint {
            Constraint::Stock(sku, warehouse) => {
                let there = plan.iter().filter(|planned| planned.warehouse == warehouse);
                let lines = there.flat_map(|planned| &planned.lines).filter(|line| line.sku == sku);
                lines.map(|line| i64::from(line.quantity)).sum::<i64>() - view.ledger.available(sku, warehouse)
            }
            Constraint::Work(wave) => {
                let in_it = plan.iter().filter(|planned| planned.wave == wave);
                in_it.map(|planned| planned.work).sum::<i64>() - view.load.free_work(&wave)
            }
            Constraint::Room(pickup) => {
                let on_it = plan.iter().filter(|planned| PickupRef::from(*planned) == pickup);
                let parcels: i64 = on_it.map(|planned| i64::from(planned.parcels)).sum();
                parcels - view.load.free_pickup(&pickup, promise::pickup_capacity(world, &pickup))
            }
            Constraint::Allotment(of) => {
                let book = world.allotment_book();
                let under = |planned: &&PlannedShipment| {
                    let pickup = PickupRef::from(*planned);
                    AllotmentRef::of(book, pickup, self.case.request.postal).any(|other| other == of)
                };
                let parcels: i64 = plan.iter().filter(under).map(|planned| i64::from(planned.parcels)).sum();
                parcels - view.load.free_allotment(&of, of.capacity(book))
            }
            _ => return Some((constraint, 0)),
        };
        (missing > 0).then_some((constraint, missing))
    }
}

/// The quote on a view with these lifts.
fn resolve(case: &Case, mut wish: Wish, lifts: &[Lift]) -> Outcome {
    let (mut allowance, mut request) = (case.own.clone(), case.request.clone());
    for &(constraint, amount) in lifts {
        match constraint {
            Constraint::Stock(sku, warehouse) => allowance.more_stock(sku, warehouse, amount),
            Constraint::Work(wave) => allowance.more_work(wave, amount),
            Constraint::Room(pickup) => allowance.more_room(pickup, amount),
            Constraint::Allotment(of) => allowance.more_allotted(of, amount),
            Constraint::Excluded(_) => request.not_from = None,
            Constraint::Level => wish.level = ServiceLevel::Standard,
            Constraint::Date => wish.deliver_by = None,
            Constraint::Price => wish.max_price = None,
            Constraint::Service(service) => allowance.waive(service),
            Constraint::Rule(rule) => allowance.lift(rule),
        }
    }
    let eased = Eased { view: &case.view, allowance: &allowance };
    match quote::answer(&eased.view(), &request).choose(&wish) {
        Ok(option) => Outcome::Served(served(option)),
        Err(refused) => Outcome::Refused(refused),
    }
}

fn served(option: &QuoteOption) -> Served {
    Served {
        plan: option.plan(),
        level: option.level,
        cost: option.cost,
        steering: option.steering + option.levied,
        expected_return: option.expected_return,
        delivers_by: option.delivers_by,
    }
}

/// Every constraint that some candidate runs into, sourcing rules that bind, and those of the wish; the ones that people can move most easily last,
/// since the deletion filter tries the first ones first.
pub(super) fn universe(case: &Case, candidates: &[Candidate]) -> Vec<Constraint> {
    let met = |blocked: &Blocked, candidate: &Candidate| match *blocked {
        Blocked::Stock { sku, warehouse, .. } => Some(Constraint::Stock(sku, warehouse)),
        Blocked::Work { wave, .. } | Blocked::WorkReserved { wave, .. } => Some(Constraint::Work(wave)),
        Blocked::Room { pickup, .. } | Blocked::RoomReserved { pickup, .. } => Some(Constraint::Room(pickup)),
        Blocked::Allotment { of, .. } => Some(Constraint::Allotment(of)),
        Blocked::Excluded { warehouse } => Some(Constraint::Excluded(warehouse)),
        Blocked::NotServed { rule } if rule.is_area() => candidate.services.first().copied().map(Constraint::Service),
        Blocked::NotCarried { rule } if rule.is_limit() => candidate.services.first().copied().map(Constraint::Service),
        _ => None,
    };
    let wish = &case.wish;
    let mut all: Vec<Constraint> = candidates
        .iter()
        .flat_map(|candidate| candidate.blocked.iter().filter_map(move |blocked| met(blocked, candidate)))
        .chain(quote::binding(&case.view, &case.request).rules().map(Constraint::Rule))
        .chain((wish.level > ServiceLevel::Standard).then_some(Constraint::Level))
        .chain(wish.deliver_by.map(|_| Constraint::Date))
        .chain(wish.max_price.map(|_| Constraint::Price))
        .collect();
    all.sort_by_key(|&constraint| (std::cmp::Reverse(effort(constraint)), constraint));
    all.dedup();
    all
}

/// How hard a constraint is to move: goods and hands first, then what was asked for, then the shop's rules, then a carrier's.
fn effort(constraint: Constraint) -> u32 {
    match constraint {
        Constraint::Stock(..) | Constraint::Work(_) | Constraint::Room(_) | Constraint::Allotment(_) => 1,
        Constraint::Level | Constraint::Date | Constraint::Price => 2,
        Constraint::Excluded(_) | Constraint::Rule(_) => 3,
        Constraint::Service(_) => 4,
    }
}

/// Where a constraint stands, if it stands somewhere.
fn place(constraint: Constraint) -> Option<WarehouseIx> {
    match constraint {
        Constraint::Stock(_, warehouse) | Constraint::Excluded(warehouse) => Some(warehouse),
        Constraint::Work(wave) => Some(wave.warehouse),
        Constraint::Room(pickup) => Some(pickup.warehouse),
        _ => None,
    }
}

/// The smallest minimal set found, with its proof and the others.
pub(super) fn blocking(solver: &mut Solver, universe: &[Constraint]) -> Blocking {
    let mut sets: Vec<Vec<Constraint>> = Vec::new();
    for &constraint in universe {
        // Some is kept for the filter: singles are a hope, a minimal set is the promise.
        if solver.made <= solver.limit / 2 && solver.serves(&[constraint]) == Some(true) {
            sets.push(vec![constraint]);
        }
    }
    if sets.is_empty() {
        for from in starts(universe) {
            if let Some(set) = shrink(solver, from).filter(|set| !sets.contains(set)) {
                sets.push(set);
            }
        }
    }
    let mut found: Vec<Resolve> = sets.into_iter().map(|set| exact(solver, &set)).collect();
    let cost = |resolve: &Resolve| {
        resolve.outcome.served().map_or(Cents::MAX, |served| served.cost + served.steering + served.expected_return)
    };
    found.sort_by_key(|resolve| {
        let hard: u32 = resolve.lifted.iter().map(|(constraint, _)| effort(*constraint)).sum();
        (resolve.lifted.len(), hard, cost(resolve), resolve.lifted.clone())
    });
    if found.is_empty() {
        let all: Vec<Lift> = universe.iter().map(|&constraint| solver.lift(constraint)).collect();
        let outcome = solver.solve(&all);
        let proven = outcome.served().is_none();
        let proof = vec![Resolve { lifted: all, outcome }];
        return Blocking { set: Vec::new(), proven, proof, alternatives: Vec::new() };
    }
    let best = found.remove(0);
    found.truncate(ALTERNATIVES);
    let set = best.lifted.clone();
    let (mut proof, mut proven) = (vec![best], true);
    for (member, _) in &set {
        let rest: Vec<Lift> =
            set.iter().filter(|(other, _)| other != member).map(|&(other, _)| solver.lift(other)).collect();
        let outcome = solver.solve(&rest);
        proven &= outcome.served().is_none();
        proof.push(Resolve { lifted: rest, outcome });
    }
    Blocking { set, proven, proof, alternatives: found }
}

/// What the filter starts from: the constraints of one warehouse with those of no place, warehouse by warehouse; then all.
fn starts(universe: &[Constraint]) -> Vec<Vec<Constraint>> {
    let mut places: Vec<WarehouseIx> = universe.iter().filter_map(|&constraint| place(constraint)).collect();
    places.sort_unstable();
    places.dedup();
    let of = |at: WarehouseIx| {
        universe.iter().copied().filter(move |&constraint| place(constraint).is_none_or(|place| place == at)).collect()
    };
    places.into_iter().map(of).chain([universe.to_vec()]).collect()
}

/// Takes members out as long as what is left suffices; `None` where not even the whole start does, or nothing is left to
/// spend on finding out.
fn shrink(solver: &mut Solver, mut set: Vec<Constraint>) -> Option<Vec<Constraint>> {
    if solver.serves(&set) != Some(true) {
        return None;
    }
    loop {
        let before = set.len();
        for member in set.clone() {
            let rest: Vec<Constraint> = set.iter().copied().filter(|&other| other != member).collect();
            if solver.serves(&rest)? {
                set = rest;
            }
        }
        if set.len() == before {
            return Some(set);
        }
    }
}

/// A sufficient set with the least amounts that serve, each proved by a quote with exactly these.
fn exact(solver: &mut Solver, set: &[Constraint]) -> Resolve {
    let mut lifted: Vec<Lift> = set.iter().map(|&constraint| solver.lift(constraint)).collect();
    let outcome = solver.solve(&lifted);
    let plan = outcome.served().map(|served| served.plan.clone()).unwrap_or_default();
    let needed: Option<Vec<Lift>> = set.iter().map(|&constraint| solver.shortfall(constraint, &plan)).collect();
    if let Some(needed) = needed.filter(|needed| solver.solve(needed).served().is_some()) {
        lifted = needed;
    }
    for n in 0..lifted.len() {
        least(solver, &mut lifted, n);
    }
    let outcome = solver.solve(&lifted);
    Resolve { lifted, outcome }
}

/// Halves in on the least amount of lift `n` that still serves; none at all does not, since the set is minimal.
fn least(solver: &mut Solver, lifted: &mut [Lift], n: usize) {
    let mut refused = 0;
    while lifted[n].1 - refused > 1 && !solver.is_spent() {
        let serving = lifted[n].1;
        lifted[n].1 = refused + (serving - refused) / 2;
        if solver.solve(lifted).served().is_none() {
            refused = lifted[n].1;
            lifted[n].1 = serving;
        }
    }
}
