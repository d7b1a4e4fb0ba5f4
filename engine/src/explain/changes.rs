//! What would make it cheaper or sooner: one thing changed at a time, each proved by a quote with exactly that change.

use crate::model::ServiceLevel;
use crate::quote::Wish;
use crate::units::{Cents, Seconds};

use super::resolve::{Served, Solver};
use super::{Change, Constraint, Lever, Standing};

/// Changes told for money, and as many for time.
const TOLD: usize = 4;
/// Single constraints whose lifting gains something against `than`; those that save most and those that are soonest.
pub(super) fn changes(solver: &mut Solver, universe: &[Constraint], than: &Served) -> Vec<Change> {
    let mut found = Vec::new();
    let is_ours = |c: &&Constraint| {
        use Constraint::{Allotment, Room, Rule, Stock, Work};
        matches!(c, Stock(..) | Work(_) | Room(_) | Allotment(_) | Rule(_))
    };
    for &constraint in universe.iter().filter(is_ours) {
        if solver.is_spent() {
            break;
        }
        let lifted = solver.lift(constraint);
        let outcome = solver.solve(&[lifted]);
        let Some(then) = outcome.served().filter(|then| gains(then, than)) else { continue };
        let Some(exact) = solver.shortfall(constraint, &then.plan) else { continue };
        let proved = solver.solve(&[exact]);
        if let Some(then) = proved.served().filter(|then| gains(then, than)) {
            found.push(change(Lever::More(exact.0, exact.1), then.clone(), Some(than)));
        }
    }
    let mut told = best(&found, |change| (change.saves, change.sooner));
    told.extend(best(&found, |change| change.sooner));
    told.sort_by_key(|change| (std::cmp::Reverse((change.saves, change.sooner)), change.lever));
    told.dedup_by_key(|change| change.lever);
    told
}

/// What other levels would lead to, where that is something else than `than`; for a cart only.
pub(super) fn other_levels(solver: &mut Solver, than: Option<&Served>) -> Vec<Change> {
    if solver.case.standing != Standing::Cart {
        return Vec::new();
    }
    let wish = solver.case.wish;
    let others = ServiceLevel::ALL.into_iter().filter(|level| *level != wish.level);
    let asked = others.filter_map(|level| {
        let outcome = solver.solve_for(Wish { level, ..wish }, &[]);
        let then = outcome.served()?.clone();
        than.is_none_or(|than| then.plan != than.plan).then(|| change(Lever::Ask(level), then, than))
    });
    asked.collect()
}

/// A change against what is taken, if something is.
pub(super) fn change(lever: Lever, then: Served, than: Option<&Served>) -> Change {
    let saves: Option<Cents> = than.map(|than| than.cost - then.cost);
    let sooner: Option<Seconds> = than.map(|than| than.delivers_by - then.delivers_by);
    Change { lever, saves, sooner, then }
}

fn gains(then: &Served, than: &Served) -> bool {
    then.cost < than.cost || then.delivers_by < than.delivers_by
}

fn best<K: Ord>(found: &[Change], key: impl Fn(&Change) -> K) -> Vec<Change> {
    let mut sorted: Vec<Change> = found.to_vec();
    sorted.sort_by_key(|change| (std::cmp::Reverse(key(change)), change.lever));
    sorted.truncate(TOLD);
    sorted
}
