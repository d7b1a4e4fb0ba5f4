//! Scattered storage: an article lies in several places; from which is it taken?
//!
//! Annealing over the choice of places, each choice valued by the length of its tour (compare Weidinger 2018, "Picker routing
//! in rectangular mixed shelves warehouses").

use crate::search::{Annealing, Budget, Observer, Progress, Rng};

use super::floor::Floor;
use super::problem::{Options, Order};
use super::solve::length_of;

/// Temperatures, in shares of the first tour's length.
const START: f64 = 0.02;
/// As [`START`], at the end.
const END: f64 = 0.000_5;

/// What lies in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The place.
    pub place: u32,
    /// Units there, at least 1.
    pub quantity: i64,
}

/// Units of an article that are wanted, and where they can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Units wanted.
    pub quantity: i64,
    /// Places that hold the article; together they hold enough.
    pub places: Vec<Place>,
}

/// For each want, places that hold enough of it, so that one tour over all of them is short. One iteration of the budget is
/// one choice tried.
pub fn place(
    floor: &Floor,
    wants: &[Want],
    options: &Options,
    budget: &mut Budget,
    observer: &mut dyn Observer,
) -> Vec<Vec<u32>> {
    let mut rng = options.seed.child("scattered", 0).rng();
    let length = |chosen: &[Vec<u32>]| {
        let all = Order::new(chosen.iter().flatten().copied(), [0; 2]);
        let mut words = vec![0; floor.words()];
        all.stops.iter().for_each(|&(word, bits)| words[word as usize] |= bits);
        length_of(floor, &words, options.policy)
    };
    let mut chosen = nearest(wants, &length);
    let open: Vec<usize> = (0..wants.len()).filter(|&n| wants[n].places.len() > chosen[n].len()).collect();
    let mut now = length(&chosen);
    let (mut best, mut least) = (chosen.clone(), now);
    let schedule = Annealing { start: START * now as f64, end: END * now as f64 };
    while !open.is_empty() && budget.tick() {
        let n = open[rng.below(open.len())];
        let before = std::mem::replace(&mut chosen[n], some_places(&wants[n], &mut rng));
        let then = length(&chosen);
        if Annealing::accepts((then - now) as f64, schedule.temperature(budget.fraction()), &mut rng) {
            now = then;
        } else {
            chosen[n] = before;
        }
        if now < least {
            least = now;
            best.clone_from(&chosen);
            observer.progress(&Progress {
                phase: "place",
                iterations: budget.spent(),
                fraction: budget.fraction(),
                cost: least as f64,
                lower_bound: None,
            });
        }
    }
    best
}

/// Wants with the fewest places first, each from the places that lengthen the tour least.
fn nearest(wants: &[Want], length: &impl Fn(&[Vec<u32>]) -> i64) -> Vec<Vec<u32>> {
    let mut chosen: Vec<Vec<u32>> = vec![Vec::new(); wants.len()];
    let mut order: Vec<usize> = (0..wants.len()).collect();
    order.sort_by_key(|&n| (wants[n].places.len(), n));
    for n in order {
        let mut missing = wants[n].quantity;
        while missing > 0 {
            let free: Vec<Place> =
                wants[n].places.iter().copied().filter(|place| !chosen[n].contains(&place.place)).collect();
            let best = free.into_iter().min_by_key(|place| {
                chosen[n].push(place.place);
                let longer = length(&chosen);
                chosen[n].pop();
                (longer, place.place)
            });
            let Some(place) = best else { break };
            chosen[n].push(place.place);
            missing -= place.quantity;
        }
    }
    chosen
}

/// Places in random order until they hold enough.
fn some_places(want: &Want, rng: &mut Rng) -> Vec<u32> {
    let mut places = want.places.clone();
    rng.shuffle(&mut places);
    let mut missing = want.quantity;
    places
        .into_iter()
        .take_while(|place| {
            let needed = missing > 0;
            missing -= place.quantity;
            needed
        })
        .map(|place| place.place)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picking::Layout;
    use crate::search::Silent;

    #[test]
    fn articles_are_taken_where_the_others_lie() {
        let layout = Layout {
            aisles: 6,
            cells: 10,
            aisle_pitch: 5,
            cell_pitch: 1,
            front_entry: 1,
            back_entry: 1,
            depot_aisle: 0,
            depot_distance: 0,
        };
        let at = |aisle, cell, quantity| Place { place: layout.place(aisle, cell), quantity };
        let wants = [
            Want { quantity: 1, places: vec![at(5, 2, 1)] },
            Want { quantity: 2, places: vec![at(1, 9, 9), at(5, 1, 1), at(5, 0, 1)] },
        ];
        let chosen =
            place(&Floor::Block(layout), &wants, &Options::default(), &mut Budget::iterations(500), &mut Silent);
        let mut second = chosen[1].clone();
        second.sort_unstable();
        assert_eq!(second, [layout.place(5, 0), layout.place(5, 1)]);
    }
}
