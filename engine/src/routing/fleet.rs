//! Fewest vehicles first (Christiaens and Vanden Berghe 2020, fleet minimisation by absence counters).
//!
//! While everything is served, a route is taken apart and its vehicle's right to drive is withdrawn. The stops wait in the
//! bank; a step is taken if fewer wait, or if those that wait instead have been easier to place so far: each time a stop is
//! left waiting, its counter grows, so that the search learns to serve the stubborn ones first.

use super::problem::NONE;
use super::state::State;

/// How often each place was left waiting.
pub(crate) struct Absences {
    counter: Vec<u64>,
    sum_before: u64,
    waiting_before: usize,
}

impl Absences {
    /// Nothing has waited yet.
    pub fn new(state: &State) -> Self {
        Self { counter: vec![0; state.problem.places()], sum_before: 0, waiting_before: state.bank.len() }
    }

    fn sum(&self, bank: &[u32]) -> u64 {
        bank.iter().map(|&p| self.counter[p as usize]).sum()
    }

    /// Remembers where a step starts.
    pub fn begin(&mut self, state: &State) {
        self.sum_before = self.sum(&state.bank);
        self.waiting_before = state.bank.len();
    }

    /// Whether the step is worth taking for its waiting stops alone; `None` leaves it to the cost. Counts those that wait.
    pub fn judge(&mut self, state: &State) -> Option<bool> {
        let (waiting, sum) = (state.bank.len(), self.sum(&state.bank));
        for &place in &state.bank {
            self.counter[place as usize] += 1;
        }
        if waiting == 0 && self.waiting_before == 0 {
            return None;
        }
        if sum < self.sum_before || waiting == 0 {
            return Some(true);
        }
        if waiting > self.waiting_before { Some(false) } else { None }
    }

    /// The route whose stops were the easiest to place.
    pub fn easiest_route(&self, state: &State) -> u32 {
        let may_go = |r: &usize| !state.routes[*r].is_empty() && state.routes[*r].locked == 0;
        let stubborn = |r: usize| {
            let stops = state.routes[r].places.iter().filter(|&&p| !state.problem.is_depot(p));
            (stops.clone().map(|&p| self.counter[state.problem.first_place(p) as usize]).sum::<u64>(), stops.count())
        };
        (0..state.routes.len()).filter(may_go).min_by_key(|&r| (stubborn(r), r)).map_or(NONE, |r| r as u32)
    }
}

/// Takes a route apart and withdraws its vehicle.
pub(crate) fn withdraw(state: &mut State, r: u32) {
    let places = state.routes[r as usize].places.clone();
    for place in places.into_iter().filter(|&p| !state.problem.is_depot(p)) {
        state.bank(place);
    }
    state.drop_banked(r);
    // Vehicles that were never used go as well: the fleet is what drives now.
    for (limit, &used) in state.limit.iter_mut().zip(&state.used) {
        *limit = used;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::plane;
    use super::super::solve::{Objective, Options, solve};
    use crate::search::{Budget, Silent};

    #[test]
    fn one_vehicle_where_two_are_cheaper() {
        // Two stops left and right: two routes and one route are both 40 long; distance alone does not care, the fleet does.
        let problem = plane(&[[10, 0], [-10, 0], [10, 1], [-10, 1], [0, 10], [0, -10]]);
        let options = Options { objective: Objective::VehiclesFirst, ..Options::default() };
        let plan = solve(&problem, &options, &mut Budget::iterations(400), &mut Silent);
        assert_eq!((plan.routes.len(), plan.unassigned.len()), (1, 0));
    }
}
