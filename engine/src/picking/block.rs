//! Tours over a block.

use super::floor::Layout;
use super::problem::Policy;

/// A walk: (aisle, cell) in order, and its length.
struct Walked {
    stops: Vec<(u32, u32)>,
    /// Depot to depot.
    length: i64,
}

/// The cells to visit: words of 64 cells, so many an aisle.
#[derive(Clone, Copy)]
struct Picks<'a> {
    layout: &'a Layout,
    words: &'a [u64],
}

impl<'a> Picks<'a> {
    fn aisle(&self, aisle: usize) -> &'a [u64] {
        let width = self.layout.words_per_aisle();
        &self.words[aisle * width..(aisle + 1) * width]
    }

    fn any(&self, aisle: usize) -> bool {
        self.aisle(aisle).iter().any(|&word| word != 0)
    }

    fn aisles(&self) -> usize {
        self.layout.aisles as usize
    }

    /// Aisles with a pick.
    fn busy(&self) -> Vec<usize> {
        (0..self.aisles()).filter(|&aisle| self.any(aisle)).collect()
    }

    /// The aisle's picks, front to back.
    fn cells(&self, aisle: usize) -> Vec<(u32, u32)> {
        cells(self.aisle(aisle)).map(|cell| (aisle as u32, cell)).collect()
    }

    /// First and last aisle that a tour may touch.
    fn span(&self) -> (usize, usize) {
        let depot = self.layout.depot_aisle as usize;
        let first = (0..self.aisles()).find(|&a| self.any(a)).unwrap_or(depot).min(depot);
        let last = (0..self.aisles()).rfind(|&a| self.any(a)).unwrap_or(depot).max(depot);
        (first, last)
    }
}

/// Cells of an aisle's words, ascending.
fn cells(words: &[u64]) -> impl Iterator<Item = u32> + '_ {
    words.iter().enumerate().flat_map(|(n, &word)| {
        std::iter::successors((word != 0).then_some(word), |&rest| Some(rest & (rest - 1)).filter(|&rest| rest != 0))
            .map(move |rest| 64 * n as u32 + rest.trailing_zeros())
    })
}

/// How the picks of one aisle are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Skip,
    Through,
    FromFront,
    FromBack,
    Gap,
    Twice,
}

/// Edges walked along the front and the back between two aisles.
const ACROSS: [(i64, i64); 5] = [(0, 0), (1, 1), (2, 0), (0, 2), (2, 2)];

/// Equivalence classes of partial tours: degrees at front and back (odd, even, zero) and components.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Odd, odd, one component.
    Odd,
    /// Even at the front only.
    Front,
    /// Even at the back only.
    Back,
    /// Even at both, one component.
    Joined,
    /// Even at both, two components.
    Apart,
    /// Nothing yet.
    Nothing,
    /// Complete: nothing may follow.
    Done,
}

const CLASSES: [Class; 7] =
    [Class::Odd, Class::Front, Class::Back, Class::Joined, Class::Apart, Class::Nothing, Class::Done];

impl Class {
    /// The class after an aisle is served (Ratliff and Rosenthal 1983, table 1).
    fn within(self, how: Within) -> Option<Self> {
        use Class::{Apart, Back, Done, Front, Joined, Nothing, Odd};
        match (self, how) {
            (same, Within::Skip) => Some(same),
            (Done, _) => None,
            (Odd, Within::Through) => Some(Joined),
            (_, Within::Through) => Some(Odd),
            (Odd, _) => Some(Odd),
            (_, Within::Twice) => Some(Joined),
            (Joined, _) => Some(Joined),
            (Apart, _) => Some(Apart),
            (Front | Nothing, Within::FromFront) => Some(Front),
            (Back | Nothing, Within::FromBack) => Some(Back),
            (Front, Within::FromBack) | (Back, Within::FromFront) | (Front | Back | Nothing, Within::Gap) => {
                Some(Apart)
            }
        }
    }

    /// The class after walking to the next aisle (table 2).
    fn across(self, (front, back): (i64, i64)) -> Option<Self> {
        use Class::{Apart, Back, Done, Front, Joined, Nothing, Odd};
        match (self, front, back) {
            (Odd, 1, 1) => Some(Odd),
            (Front | Joined, 2, 0) => Some(Front),
            (Back | Joined, 0, 2) => Some(Back),
            (Front | Back | Apart, 2, 2) => Some(Apart),
            (Joined, 2, 2) => Some(Joined),
            (Front | Back | Joined | Done, 0, 0) => Some(Done),
            (Nothing, 0, 0) => Some(Nothing),
            _ => None,
        }
    }
}

/// An aisle's picks, and whether the depot hangs at its front.
#[derive(Clone, Copy)]
struct Aisle<'a> {
    cells: &'a [u64],
    depot: bool,
}

impl Aisle<'_> {
    /// Lengths of serving the aisle each way of [`WITHIN`], or `None` where it cannot be.
    fn costs(&self, layout: &Layout) -> [Option<i64>; 6] {
        let whole = layout.length();
        let (through, twice) = (Some(whole), Some(2 * whole));
        let mut depths = cells(self.cells).map(|cell| layout.depth(cell));
        let Some(first) = depths.next() else {
            // The depot is a pick at depth 0: a front return of length 0, or anything that passes the front.
            let (skip, front) = if self.depot { (None, Some(0)) } else { (Some(0), None) };
            return [skip, through, front, None, None, twice];
        };
        // A gap parts two picks, or the depot from the first pick.
        let mut widest = if self.depot { first } else { 0 };
        let mut last = first;
        for depth in depths {
            widest = widest.max(depth - last);
            last = depth;
        }
        let back = if self.depot { twice } else { Some(2 * (whole - first)) };
        let gap = (self.depot || last > first).then_some(2 * (whole - widest));
        [None, through, Some(2 * last), back, gap, twice]
    }

    /// Depths between which nothing lies, the widest such gap between two picks (or the depot's front and the first pick).
    fn largest_gap(&self, layout: &Layout) -> Option<(i64, i64)> {
        let mut best: Option<(i64, i64)> = None;
        let mut low = self.depot.then_some(0);
        for depth in cells(self.cells).map(|cell| layout.depth(cell)) {
            if let Some(low) = low
                && best.is_none_or(|(a, b)| depth - low > b - a)
            {
                best = Some((low, depth));
            }
            low = Some(depth);
        }
        best
    }
}

const WITHIN: [Within; 6] =
    [Within::Skip, Within::Through, Within::FromFront, Within::FromBack, Within::Gap, Within::Twice];

/// Per aisle and class: least length, and the choices that lead there.
type Trail = Vec<[(i64, Option<(u8, Within, u8)>); 7]>;

/// The dynamic programme; `note` is given each improvement.
fn sweep(picks: Picks<'_>, mut note: impl FnMut(usize, usize, (u8, Within, u8))) -> [i64; 7] {
    const NEVER: i64 = i64::MAX / 4;
    let layout = picks.layout;
    let (first, last) = picks.span();
    let mut now = [NEVER; 7];
    now[Class::Nothing as usize] = 0;
    for aisle in first..=last {
        let own = Aisle { cells: picks.aisle(aisle), depot: aisle == layout.depot_aisle as usize };
        let costs = own.costs(layout);
        let mut next = [NEVER; 7];
        for from in CLASSES {
            let so_far = now[from as usize];
            if so_far >= NEVER {
                continue;
            }
            for (k, how) in WITHIN.into_iter().enumerate() {
                let (Some(cost), Some(served)) = (costs[k], from.within(how)) else { continue };
                if aisle == last {
                    offer(&mut next, served, so_far + cost, || note(aisle, served as usize, (from as u8, how, 0)));
                    continue;
                }
                for (n, &(front, back)) in ACROSS.iter().enumerate() {
                    if let Some(to) = served.across((front, back)) {
                        let total = so_far + cost + (front + back) * layout.aisle_pitch;
                        offer(&mut next, to, total, || note(aisle, to as usize, (from as u8, how, n as u8)));
                    }
                }
            }
        }
        now = next;
    }
    now
}

fn offer(next: &mut [i64; 7], to: Class, total: i64, note: impl FnOnce()) {
    if total < next[to as usize] {
        next[to as usize] = total;
        note();
    }
}

const ENDS: [Class; 4] = [Class::Front, Class::Back, Class::Joined, Class::Done];

/// Length of the shortest tour over the cells of `words`, depot to depot.
pub(super) fn exact_length(layout: &Layout, words: &[u64]) -> i64 {
    let ends = sweep(Picks { layout, words }, |_, _, _| {});
    ENDS.map(|class| ends[class as usize]).into_iter().min().unwrap_or(0) + 2 * layout.depot_distance
}

/// The tour over the cells of `words` by this policy: places, and length depot to depot.
pub(super) fn tour(layout: &Layout, words: &[u64], policy: Policy) -> (Vec<u32>, i64) {
    let picks = Picks { layout, words };
    let walked = match policy {
        Policy::Exact => exact(picks),
        Policy::SShape => s_shape(picks),
        Policy::LargestGap => largest_gap(picks),
    };
    (walked.stops.into_iter().map(|(aisle, cell)| layout.place(aisle, cell)).collect(), walked.length)
}

fn exact(picks: Picks<'_>) -> Walked {
    let mut trail: Trail = vec![[(0, None); 7]; picks.aisles()];
    let ends = sweep(picks, |aisle, class, choice| trail[aisle][class] = (0, Some(choice)));
    let (first, last) = picks.span();
    let end = ENDS.into_iter().min_by_key(|class| ends[*class as usize]).unwrap_or(Class::Front);
    let mut walk = Walk { picks, edges: Vec::new() };
    let mut class = end as usize;
    for aisle in (first..=last).rev() {
        let Some((from, how, across)) = trail[aisle][class].1 else { break };
        walk.serve(aisle, how);
        let (front, back) = ACROSS[usize::from(across)];
        (0..front).for_each(|_| walk.link(aisle, Side::Front));
        (0..back).for_each(|_| walk.link(aisle, Side::Back));
        class = usize::from(from);
    }
    Walked { stops: walk.euler(), length: ends[end as usize] + 2 * picks.layout.depot_distance }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Front,
    Back,
}

/// The edges of a tour as a multigraph over the ends of aisles; its Euler circuit is the walk.
struct Walk<'a> {
    picks: Picks<'a>,
    /// From, to, picks on the way from `from` to `to`.
    edges: Vec<(usize, usize, Vec<(u32, u32)>)>,
}

impl Walk<'_> {
    fn node(aisle: usize, side: Side) -> usize {
        2 * aisle + usize::from(side == Side::Back)
    }

    fn link(&mut self, aisle: usize, side: Side) {
        self.edges.push((Self::node(aisle, side), Self::node(aisle + 1, side), Vec::new()));
    }

    fn serve(&mut self, aisle: usize, how: Within) {
        let (front, back) = (Self::node(aisle, Side::Front), Self::node(aisle, Side::Back));
        let layout = self.picks.layout;
        let picks = self.picks.cells(aisle);
        let own = Aisle { cells: self.picks.aisle(aisle), depot: aisle == layout.depot_aisle as usize };
        match how {
            Within::Skip => {}
            Within::Through => self.edges.push((front, back, picks)),
            Within::Twice => {
                self.edges.push((front, back, picks));
                self.edges.push((back, front, Vec::new()));
            }
            Within::FromFront => self.edges.push((front, front, picks)),
            Within::FromBack => self.edges.push((back, back, picks.into_iter().rev().collect())),
            Within::Gap => {
                let (low, _) = own.largest_gap(layout).unwrap_or_default();
                let (near, far): (Vec<_>, Vec<_>) = picks.into_iter().partition(|&(_, cell)| layout.depth(cell) <= low);
                self.edges.push((front, front, near));
                self.edges.push((back, back, far.into_iter().rev().collect()));
            }
        }
    }

    /// Hierholzer's algorithm from the depot; picks in the order in which their edges are walked.
    fn euler(self) -> Vec<(u32, u32)> {
        let mut at_node: Vec<Vec<usize>> = vec![Vec::new(); 2 * self.picks.aisles()];
        for (n, (from, to, _)) in self.edges.iter().enumerate() {
            at_node[*from].push(n);
            if to != from {
                at_node[*to].push(n);
            }
        }
        let mut used = vec![false; self.edges.len()];
        let mut path = vec![(Self::node(self.picks.layout.depot_aisle as usize, Side::Front), None)];
        let mut circuit: Vec<(usize, Option<usize>)> = Vec::new();
        while let Some(&(node, by)) = path.last() {
            while at_node[node].last().is_some_and(|&edge| used[edge]) {
                at_node[node].pop();
            }
            if let Some(edge) = at_node[node].pop() {
                used[edge] = true;
                let (from, to, _) = &self.edges[edge];
                path.push((if *from == node { *to } else { *from }, Some(edge)));
            } else {
                path.pop();
                circuit.push((node, by));
            }
        }
        circuit.reverse();
        let mut stops = Vec::new();
        for pair in circuit.windows(2) {
            let (node, (_, Some(edge))) = (pair[0].0, pair[1]) else { continue };
            let (from, _, picks) = &self.edges[edge];
            if *from == node {
                stops.extend(picks.iter().copied());
            } else {
                stops.extend(picks.iter().rev().copied());
            }
        }
        stops
    }
}

/// Every aisle with a pick whole, alternately up and down; an odd last one is entered and left from the front.
fn s_shape(picks: Picks<'_>) -> Walked {
    let layout = picks.layout;
    let busy = picks.busy();
    let (mut stops, mut length) = (Vec::new(), 2 * layout.depot_distance);
    let Some((&first, &last)) = busy.first().zip(busy.last()) else { return Walked { stops, length } };
    for (n, &aisle) in busy.iter().enumerate() {
        let mut cells = picks.cells(aisle);
        let odd_one_out = n + 1 == busy.len() && n % 2 == 0;
        length += match cells.last() {
            Some(&(_, cell)) if odd_one_out => 2 * layout.depth(cell),
            _ => layout.length(),
        };
        if n % 2 == 1 {
            cells.reverse();
        }
        stops.extend(cells);
    }
    Walked { stops, length: length + between(layout, first, last) }
}

/// First and last aisle whole, the others from both ends up to their largest gap.
fn largest_gap(picks: Picks<'_>) -> Walked {
    let layout = picks.layout;
    let busy = picks.busy();
    let (Some((&first, &last)), true) = (busy.first().zip(busy.last()), busy.len() > 1) else {
        return s_shape(picks);
    };
    let mut length = 2 * layout.depot_distance + 2 * layout.length() + between(layout, first, last);
    let mut stops = picks.cells(first);
    // What is reached from the front is picked on the way from the depot to the first aisle, or from the last one home.
    let (mut on_the_way_out, mut on_the_way_home) = (Vec::new(), Vec::new());
    for &aisle in &busy[1..busy.len() - 1] {
        let (low, high) = gap_with_ends(picks, aisle);
        length += 2 * (layout.length() - (high - low));
        let (near, far): (Vec<_>, Vec<_>) = picks.cells(aisle).into_iter().partition(|&(_, c)| layout.depth(c) <= low);
        stops.extend(far.into_iter().rev());
        let way = if aisle < layout.depot_aisle as usize { &mut on_the_way_out } else { &mut on_the_way_home };
        way.push(near);
    }
    stops.extend(picks.cells(last).into_iter().rev());
    let out = on_the_way_out.into_iter().rev().flatten();
    let home = on_the_way_home.into_iter().rev().flatten();
    Walked { stops: out.chain(stops).chain(home).collect(), length }
}

/// The widest stretch without a pick, the cross aisles counting as ends.
fn gap_with_ends(picks: Picks<'_>, aisle: usize) -> (i64, i64) {
    let mut depths = vec![0];
    depths.extend(cells(picks.aisle(aisle)).map(|cell| picks.layout.depth(cell)));
    depths.push(picks.layout.length());
    depths.windows(2).map(|pair| (pair[0], pair[1])).rev().max_by_key(|(low, high)| high - low).unwrap_or_default()
}

/// Along the cross aisles from the depot over `first` and `last` and home.
fn between(layout: &Layout, first: usize, last: usize) -> i64 {
    let depot = layout.depot_aisle as usize;
    2 * layout.aisle_pitch * (last.max(depot) - first.min(depot)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Seed;

    fn floor(aisles: u32, cells: u32, depot_aisle: u32) -> Layout {
        Layout {
            aisles,
            cells,
            aisle_pitch: 5,
            cell_pitch: 2,
            front_entry: 1,
            back_entry: 3,
            depot_aisle,
            depot_distance: 0,
        }
    }

    /// Walking distance between two places (aisle, depth).
    fn walk(layout: &Layout, a: (u32, i64), b: (u32, i64)) -> i64 {
        if a.0 == b.0 {
            return (a.1 - b.1).abs();
        }
        let over_front = a.1 + b.1;
        let over_back = 2 * layout.length() - a.1 - b.1;
        over_front.min(over_back) + i64::from(a.0.abs_diff(b.0)) * layout.aisle_pitch
    }

    /// Held and Karp's dynamic programme over all subsets: slow, and surely right.
    fn brute_force(layout: &Layout, masks: &[u64]) -> i64 {
        let stops: Vec<(u32, i64)> = all(layout, masks)
            .into_iter()
            .map(|place| layout.position(place))
            .map(|(a, c)| (a, layout.depth(c)))
            .collect();
        let depot = (layout.depot_aisle, 0);
        let n = stops.len();
        let mut best = vec![vec![i64::MAX / 4; n]; 1 << n];
        (0..n).for_each(|i| best[1 << i][i] = walk(layout, depot, stops[i]));
        for set in 1..1_usize << n {
            for last in (0..n).filter(|l| set >> l & 1 == 1) {
                for next in (0..n).filter(|x| set >> x & 1 == 0) {
                    let length = best[set][last] + walk(layout, stops[last], stops[next]);
                    let to = &mut best[set | 1 << next][next];
                    *to = (*to).min(length);
                }
            }
        }
        (0..n).map(|last| best[(1 << n) - 1][last] + walk(layout, stops[last], depot)).min().unwrap_or(0)
    }

    /// Every place of the words, ascending.
    fn all(layout: &Layout, words: &[u64]) -> Vec<u32> {
        let picks = Picks { layout, words };
        (0..picks.aisles()).flat_map(|a| picks.cells(a)).map(|(a, c)| layout.place(a, c)).collect()
    }

    fn length_of(layout: &Layout, stops: &[u32]) -> i64 {
        let depot = (layout.depot_aisle, 0);
        let mut at = depot;
        let mut length = 0;
        for &place in stops {
            let (aisle, cell) = layout.position(place);
            let next = (aisle, layout.depth(cell));
            length += walk(layout, at, next);
            at = next;
        }
        length + walk(layout, at, depot)
    }

    /// Up to `picks` picks on a random floor; aisles of more than 64 cells in every other case.
    fn random(case: usize, aisles: usize, picks: usize, rng: &mut crate::search::Rng) -> (Layout, Vec<u64>) {
        let cells = if case.is_multiple_of(2) { 10 } else { 150 };
        let layout = floor(aisles as u32, cells, rng.below(aisles) as u32);
        let mut words = vec![0_u64; aisles * layout.words_per_aisle()];
        for _ in 0..1 + rng.below(picks) {
            let place = layout.place(rng.below(aisles) as u32, rng.below(cells as usize) as u32);
            words[place as usize / 64] |= 1 << (place % 64);
        }
        (layout, words)
    }

    #[test]
    fn exact_tours_are_shortest_and_walk_what_they_say() {
        let mut rng = Seed(5).rng();
        for case in 0..600 {
            let aisles = 1 + rng.below(6);
            let (layout, words) = random(case, aisles, 8, &mut rng);
            let (stops, length) = tour(&layout, &words, Policy::Exact);
            assert_eq!(length, brute_force(&layout, &words), "case {case}: {words:?}");
            assert_eq!(length, exact_length(&layout, &words));
            assert_eq!(length_of(&layout, &stops), length, "case {case}: {words:?} {stops:?}");
            let mut seen = stops;
            seen.sort_unstable();
            assert_eq!(seen, all(&layout, &words));
        }
    }

    #[test]
    fn policies_visit_everything_and_are_never_shorter() {
        let mut rng = Seed(6).rng();
        for case in 0..300 {
            let (layout, words) = random(case, 6, 10, &mut rng);
            for policy in [Policy::SShape, Policy::LargestGap] {
                let (stops, length) = tour(&layout, &words, policy);
                assert!(length >= exact_length(&layout, &words), "{policy:?} {words:?}");
                assert!(length_of(&layout, &stops) <= length, "{policy:?} {words:?} {stops:?}");
                assert_eq!(stops.len(), all(&layout, &words).len());
            }
        }
    }

    #[test]
    fn one_pick_is_fetched_and_brought_back() {
        // Aisle 2, cell 3: depth 1 + 3 x 2 = 7, two aisles of 5 to the right: 2 x (7 + 10).
        assert_eq!(exact_length(&floor(4, 10, 0), &[0, 0, 1 << 3, 0]), 34);
    }
}
