//! A first plan by savings (G. Clarke and J. Wright 1964): every stop has a route of its own until routes are joined end to
//! end, those first whose joining saves most. Only neighbours are joined (as by L. Accorsi and D. Vigo 2021), so that
//! fifty thousand stops take a second.

use std::cmp::Reverse;

use super::extract::Contents;
use super::load::Loads;
use super::neighbours::Neighbours;
use super::problem::{NONE, Problem};

/// Neighbours that a stop may be joined to.
const BREADTH: usize = 60;

/// Whether routes may be joined in any order and turned round, so that savings are all there is to know.
pub(crate) fn suit(problem: &Problem) -> bool {
    let features = &problem.features;
    let is_plain = !features.timed
        && !features.reloads
        && !features.paired
        && !features.sited
        && !features.pickups
        && !features.mixed_fleet
        && !features.several_places;
    is_plain
        && problem.is_symmetric()
        && problem.running().is_empty()
        && problem.stops().iter().all(|stop| stop.prize.is_none())
}

/// Fewest vehicles of the only type that carry everything, as far as the first dimension tells; more than there are where
/// savings do not apply.
pub(crate) fn least_vehicles(problem: &Problem) -> u32 {
    let all: i64 = problem.loads.iter().map(|load| load.delivery).sum();
    let capacity = problem.vehicle_types().first().map_or(0, |kind| kind.capacity.first());
    if !suit(problem) || capacity == 0 {
        return u32::MAX;
    }
    u32::try_from((all + capacity - 1) / capacity).unwrap_or(u32::MAX)
}

/// Routes of type 0 for these stops, the fullest first.
pub(crate) fn routes(problem: &Problem, stops: &[u32], neighbours: &Neighbours) -> Contents {
    let mut joined = Joined::new(problem, stops);
    for (_, a, b) in savings(problem, stops, neighbours) {
        joined.join(a, b);
    }
    joined.contents(stops)
}

/// What joining two neighbours saves, largest first.
fn savings(problem: &Problem, stops: &[u32], neighbours: &Neighbours) -> Vec<(Reverse<i64>, u32, u32)> {
    let kind = &problem.vehicle_types()[0];
    let near = |a: u32| neighbours.near(a).iter().copied().take(BREADTH);
    let mut list = Vec::new();
    for &a in stops {
        for b in near(a).filter(|&b| a < b || !near(b).any(|of_b| of_b == a)) {
            let saving = problem.distance(a, kind.end) + problem.distance(kind.start, b) - problem.distance(a, b);
            list.push((Reverse(saving), a, b));
        }
    }
    list.sort_unstable();
    list
}

/// Routes under construction: paths whose ends may be joined.
struct Joined<'p> {
    problem: &'p Problem,
    /// Stops beside each place on its path.
    beside: Vec<[u32; 2]>,
    /// A place nearer to the one that stands for its path, or itself.
    towards: Vec<u32>,
    /// Sums of each path, at the place that stands for it.
    sums: Vec<Sums>,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    loads: Loads,
    distance: i64,
    stops: u32,
}

impl<'p> Joined<'p> {
    fn new(problem: &'p Problem, stops: &[u32]) -> Self {
        let kind = &problem.vehicle_types()[0];
        let mut sums = vec![Sums::default(); problem.places()];
        for &place in stops {
            let distance = problem.distance(kind.start, place) + problem.distance(place, kind.end);
            sums[place as usize] = Sums { loads: problem.loads_at(place), distance, stops: 1 };
        }
        let places = problem.places() as u32;
        Self { problem, beside: vec![[NONE; 2]; places as usize], towards: (0..places).collect(), sums }
    }

    /// The place that stands for a path.
    fn path(&mut self, mut place: u32) -> u32 {
        while self.towards[place as usize] != place {
            let next = self.towards[place as usize];
            self.towards[place as usize] = self.towards[next as usize];
            place = next;
        }
        place
    }

    /// Joins two paths at these ends, if they are ends and one vehicle can drive the whole.
    fn join(&mut self, a: u32, b: u32) {
        let has_room = |beside: &[u32; 2]| beside.contains(&NONE);
        if !has_room(&self.beside[a as usize]) || !has_room(&self.beside[b as usize]) {
            return;
        }
        let (path_a, path_b) = (self.path(a), self.path(b));
        if path_a == path_b {
            return;
        }
        let kind = &self.problem.vehicle_types()[0];
        let (one, other) = (&self.sums[path_a as usize], &self.sums[path_b as usize]);
        let between =
            self.problem.distance(a, b) - self.problem.distance(a, kind.end) - self.problem.distance(kind.start, b);
        let whole = Sums {
            loads: one.loads.merge(&other.loads),
            distance: one.distance + other.distance + between,
            stops: one.stops + other.stops,
        };
        let excess = self.problem.totals.excess(&kind.capacity, &whole.loads.first, whole.loads.further.as_ref());
        if excess > 0 || whole.distance > kind.max_distance || whole.stops > kind.max_stops {
            return;
        }
        for (place, other) in [(a, b), (b, a)] {
            if let Some(free) = self.beside[place as usize].iter_mut().find(|at| **at == NONE) {
                *free = other;
            }
        }
        let (low, high) = if one.stops < other.stops { (path_a, path_b) } else { (path_b, path_a) };
        self.towards[low as usize] = high;
        self.sums[high as usize] = whole;
    }

    fn contents(mut self, stops: &[u32]) -> Contents {
        let kind = &self.problem.vehicle_types()[0];
        let mut is_listed = vec![false; self.problem.places()];
        let mut routes = Vec::new();
        for &first in stops {
            if is_listed[first as usize] || !self.beside[first as usize].contains(&NONE) {
                continue;
            }
            let (mut places, mut before, mut place) = (vec![kind.start], NONE, first);
            while place != NONE {
                is_listed[place as usize] = true;
                places.push(place);
                let [one, other] = self.beside[place as usize];
                let next = if one == before { other } else { one };
                (before, place) = (place, next);
            }
            places.push(kind.end);
            let path = self.path(first);
            routes.push((Reverse(self.sums[path as usize].loads.first.peak), places));
        }
        routes.sort_by_key(|(fullness, _)| *fullness);
        routes.into_iter().map(|(_, places)| (0, places)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::line;
    use super::*;

    #[test]
    fn what_saves_most_is_joined_first() {
        // Alone: 20 + 40 + 60 = 120. Joining 20 and 30 saves 40, 10 to either 20.
        let problem = line(&[10, 20, 30]);
        let neighbours = Neighbours::new(&problem, 2, 2);
        let routes = routes(&problem, &[1, 2, 3], &neighbours);
        assert_eq!(routes, [(0, vec![0, 1, 2, 3, 0])]);
    }
}
