//! Tours over a table of distances: cheapest insertion, then 2-opt and or-opt until neither helps (Croes 1958, Or 1976).

use super::floor::DistanceTable;

/// Longest chain that or-opt moves.
const CHAIN: usize = 3;

/// A short tour over `places`, and its length.
pub(super) fn tour(table: &DistanceTable, places: &[u32]) -> (Vec<u32>, i64) {
    let mut walk = insertion(table, places);
    while two_opt(table, &mut walk) || or_opt(table, &mut walk) {}
    let length = length(table, &walk);
    (walk, length)
}

/// Depot to depot.
fn length(table: &DistanceTable, walk: &[u32]) -> i64 {
    let (Some(&first), Some(&last)) = (walk.first(), walk.last()) else { return 0 };
    let inner: i64 = walk.windows(2).map(|pair| table.between(pair[0], pair[1])).sum();
    table.out(first) + inner + table.home(last)
}

/// From the place (or the depot) before position `at` to `next` (or the depot).
fn step(table: &DistanceTable, before: Option<u32>, next: Option<u32>) -> i64 {
    match (before, next) {
        (Some(a), Some(b)) => table.between(a, b),
        (None, Some(b)) => table.out(b),
        (Some(a), None) => table.home(a),
        (None, None) => 0,
    }
}

fn around(walk: &[u32], at: usize) -> (Option<u32>, Option<u32>) {
    (at.checked_sub(1).map(|k| walk[k]), walk.get(at).copied())
}

fn insertion(table: &DistanceTable, places: &[u32]) -> Vec<u32> {
    let mut walk: Vec<u32> = Vec::with_capacity(places.len());
    for &place in places {
        let cost = |at: usize| {
            let (before, next) = around(&walk, at);
            step(table, before, Some(place)) + step(table, Some(place), next) - step(table, before, next)
        };
        let at = (0..=walk.len()).min_by_key(|&at| cost(at)).unwrap_or(0);
        walk.insert(at, place);
    }
    walk
}

/// Reverses the best stretch, if that shortens the walk.
fn two_opt(table: &DistanceTable, walk: &mut [u32]) -> bool {
    let mut best = (0, 0, 0);
    for from in 0..walk.len() {
        let (before, first) = around(walk, from);
        for to in from + 1..walk.len() {
            let (last, after) = around(walk, to + 1);
            let delta = step(table, before, last) + step(table, first, after)
                - step(table, before, first)
                - step(table, last, after);
            best = best.min((delta, from, to));
        }
    }
    if best.0 < 0 {
        walk[best.1..=best.2].reverse();
    }
    best.0 < 0
}

/// Moves the best chain elsewhere, either way round, if that shortens the walk.
fn or_opt(table: &DistanceTable, walk: &mut Vec<u32>) -> bool {
    let mut best = (0, 0, 0, 0, false);
    for size in 1..=CHAIN.min(walk.len().saturating_sub(1)) {
        for from in 0..=walk.len() - size {
            let (before, first) = around(walk, from);
            let (last, after) = around(walk, from + size);
            let freed = step(table, before, first) + step(table, last, after) - step(table, before, after);
            for to in (0..=walk.len()).filter(|to| !(from..=from + size).contains(to)) {
                let (left, right) = around(walk, to);
                let closed = step(table, left, right);
                for turned in [false, true] {
                    let (head, tail) = if turned { (last, first) } else { (first, last) };
                    let delta = step(table, left, head) + step(table, tail, right) - closed - freed;
                    best = best.min((delta, size, from, to, turned));
                }
            }
        }
    }
    let (delta, size, from, to, turned) = best;
    if delta < 0 {
        let mut chain: Vec<u32> = walk.drain(from..from + size).collect();
        if turned {
            chain.reverse();
        }
        let at = if to > from { to - size } else { to };
        walk.splice(at..at, chain);
    }
    delta < 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Seed;

    /// All orders of up to seven places.
    fn shortest(table: &DistanceTable, done: &mut Vec<u32>, left: &mut Vec<u32>) -> i64 {
        if left.is_empty() {
            return length(table, done);
        }
        let mut best = i64::MAX;
        for n in 0..left.len() {
            let place = left.remove(n);
            done.push(place);
            best = best.min(shortest(table, done, left));
            done.pop();
            left.insert(n, place);
        }
        best
    }

    #[test]
    fn tours_visit_all_and_are_almost_always_shortest() {
        let mut rng = Seed(3).rng();
        let mut optimal = 0;
        for _ in 0..200 {
            let points: Vec<(i64, i64)> = (0..8).map(|_| (rng.range(0, 100), rng.range(0, 100))).collect();
            let far = |a: (i64, i64), b: (i64, i64)| (a.0 - b.0).abs() + (a.1 - b.1).abs();
            let between = points[1..].iter().flat_map(|&a| points[1..].iter().map(move |&b| far(a, b))).collect();
            let out: Vec<i64> = points[1..].iter().map(|&p| far(points[0], p)).collect();
            let table = DistanceTable::new(between, out.clone(), out);
            let (walk, found) = tour(&table, &[0, 1, 2, 3, 4, 5, 6]);
            let mut seen = walk.clone();
            seen.sort_unstable();
            assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6]);
            assert_eq!(length(&table, &walk), found);
            let least = shortest(&table, &mut Vec::new(), &mut vec![0, 1, 2, 3, 4, 5, 6]);
            assert!(found >= least && found <= least * 12 / 10, "{found} against {least}");
            optimal += u32::from(found == least);
        }
        assert!(optimal >= 170, "{optimal} of 200");
    }
}
