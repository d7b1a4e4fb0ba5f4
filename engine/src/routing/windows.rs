//! Stops with several windows, each with a price.
//!
//! Places are depots, then stops, then one more place for each further window of a stop: it lies at the stop and differs in
//! its window and what that costs. Of the places of a stop exactly one is visited, so segments, tables and moves need not
//! know of windows. A stop that waits does so as its first place; insertion tries them all, the moves keep the one chosen.
//! Where speeds change with the time of day, a window is cut into parts of one speed ([`super::speeds`]), a place each.

use super::matrix::Matrix;
use super::segment::TimeSegment;
use super::spec::{Spec, Stop, Window};
use super::speeds;

/// Which places stand for the same stop. Empty, and costing nothing, where every stop has one window.
#[derive(Clone, Debug, Default)]
pub(super) struct Alternatives {
    /// The first place of a place's stop; depots are their own.
    first: Vec<u32>,
    /// Where the further places of a first place start; one entry more than first places.
    further: Vec<u32>,
    /// What visiting a place costs.
    price: Vec<i64>,
    /// Which of its stop's windows a place is of.
    window: Vec<u32>,
}

impl Alternatives {
    pub fn of(spec: &Spec) -> Self {
        if spec.speeds.is_empty() && spec.stops.iter().all(|stop| stop.other_windows.is_empty()) {
            return Self::default();
        }
        let places = (spec.depots.len() + spec.stops.len()) as u32;
        let mut list = Self {
            first: (0..places).collect(),
            further: Vec::new(),
            price: vec![0; places as usize],
            window: vec![0; places as usize],
        };
        list.further.resize(spec.depots.len() + 1, places);
        for (place, stop) in (spec.depots.len() as u32..).zip(&spec.stops) {
            for opening in openings(spec, stop).skip(1) {
                list.first.push(place);
                list.price.push(opening.price);
                list.window.push(opening.window);
            }
            list.further.push(list.first.len() as u32);
        }
        list
    }

    /// The place that a stop waits as.
    #[inline]
    pub fn first(&self, place: u32) -> u32 {
        self.first.get(place as usize).copied().unwrap_or(place)
    }

    /// All places of the stop that `first` is the first place of.
    #[inline]
    pub fn all(&self, first: u32) -> impl Iterator<Item = u32> + use<> {
        let at = first as usize;
        let further = if self.further.is_empty() { 0..0 } else { self.further[at]..self.further[at + 1] };
        std::iter::once(first).chain(further)
    }

    /// Which of its stop's windows a place has.
    pub fn window(&self, place: u32) -> u32 {
        self.window.get(place as usize).copied().unwrap_or(0)
    }

    /// Whether any stop has more than one place.
    pub fn are_some(&self) -> bool {
        !self.first.is_empty()
    }

    /// The visits of all places but depots: first those of first places, then the further ones stop by stop.
    pub fn visits(&self, spec: &Spec) -> Vec<TimeSegment> {
        let visit = |stop: &Stop, opening: Opening| {
            TimeSegment::visit(stop.service, opening.span.early, opening.span.late, stop.release)
        };
        let of = |stop| openings(spec, stop).map(move |opening| visit(stop, opening));
        let first = spec.stops.iter().filter_map(|stop| of(stop).next());
        first.chain(spec.stops.iter().flat_map(|stop| of(stop).skip(1))).collect()
    }

    #[inline]
    pub fn price(&self, place: u32) -> i64 {
        self.price.get(place as usize).copied().unwrap_or(0)
    }

    /// Gives further places what their stop's first place has.
    pub fn spread<T: Clone>(&self, by_place: &mut Vec<T>) {
        for &first in self.first.get(by_place.len()..).unwrap_or(&[]) {
            by_place.push(by_place[first as usize].clone());
        }
    }

    /// The table with rows and columns for further places.
    pub fn spread_table(&self, table: Matrix) -> Matrix {
        if self.first.is_empty() { table } else { table.picked(&self.first) }
    }
}

/// A time when service may start at a stop, at one price and one speed.
struct Opening {
    span: Window,
    window: u32,
    price: i64,
}

/// A stop's openings: those of its own window first.
fn openings<'s>(spec: &'s Spec, stop: &'s Stop) -> impl Iterator<Item = Opening> + 's {
    let others = stop.other_windows.iter().map(|other| (other.window, other.price));
    std::iter::once((stop.window, 0)).chain(others).zip(0..).flat_map(|((span, price), window)| {
        let parts = if spec.speeds.is_empty() { vec![span] } else { speeds::parts(&spec.speeds, span, stop.service) };
        parts.into_iter().map(move |span| Opening { span, window, price })
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{line_spec, solved};
    use super::super::problem::Problem;
    use super::super::spec::{PricedWindow, Window};
    use super::*;

    /// Stops at 10, 20 and 30 of a line; the second has two more windows, the third one.
    fn spec() -> Spec {
        let mut spec = line_spec(&[10, 20, 30]);
        let other = |early, late, price| PricedWindow { window: Window::new(early, late), price };
        spec.stops[1].window = Window::new(0, 15);
        spec.stops[1].other_windows = vec![other(16, 25, 3), other(26, 99, 7)];
        spec.stops[2].other_windows = vec![other(50, 60, 1)];
        spec
    }

    #[test]
    fn further_places_follow_the_stops() {
        let list = Alternatives::of(&spec());
        assert_eq!(list.all(2).collect::<Vec<_>>(), [2, 4, 5]);
        assert_eq!(list.all(3).collect::<Vec<_>>(), [3, 6]);
        assert_eq!((list.first(5), list.window(5), list.price(5)), (2, 2, 7));
        assert_eq!((list.first(1), list.window(2), list.price(6)), (1, 0, 1));
        let mut names = vec!['D', 'a', 'b', 'c'];
        list.spread(&mut names);
        assert_eq!(names, ['D', 'a', 'b', 'c', 'b', 'b', 'c']);
    }

    #[test]
    fn the_cheapest_window_that_can_be_met_is_paid() {
        // 20 cannot be reached by 15; on the way out it is reached at 20, in the window that costs 3.
        let mut problem = spec();
        let plan = solved(&Problem::new(problem.clone()).unwrap());
        assert_eq!((plan.cost.distance, plan.cost.windows), (60, 3));
        assert_eq!(
            plan.routes[0].trips[0].windows[plan.routes[0].trips[0].stops.iter().position(|&s| s == 1).unwrap()],
            1
        );
        // At 60 that window is dearer than coming by on the way back, at 40, for 7.
        problem.stops[1].other_windows[0].price = 60;
        let plan = solved(&Problem::new(problem).unwrap());
        assert_eq!((plan.cost.distance, plan.cost.windows), (60, 7));
    }
}
