//! Tours over one batch.

use super::problem::{Layout, Policy};

/// A walk: cells in order, and its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tour {
    /// (aisle, cell) in walk order.
    pub stops: Vec<(u32, u32)>,
    /// Depot to depot.
    pub length: i64,
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

/// Depths of an aisle's picks, and whether the depot hangs at its front.
#[derive(Clone, Copy)]
struct Aisle {
    cells: u64,
    depot: bool,
}

impl Aisle {
    /// Length of serving the aisle this way, or `None` where it cannot be.
    fn cost(&self, layout: &Layout, how: Within) -> Option<i64> {
        let whole = layout.length();
        if self.cells == 0 {
            // The depot is a pick at depth 0: a front return of length 0, or anything that passes the front.
            return match how {
                Within::Skip if !self.depot => Some(0),
                Within::FromFront if self.depot => Some(0),
                Within::Through => Some(whole),
                Within::Twice => Some(2 * whole),
                _ => None,
            };
        }
        let first = self.cells.trailing_zeros();
        let last = 63 - self.cells.leading_zeros();
        match how {
            Within::Skip => None,
            Within::Through => Some(whole),
            Within::Twice => Some(2 * whole),
            Within::FromFront => Some(2 * layout.depth(last)),
            Within::FromBack if self.depot => Some(2 * whole),
            Within::FromBack => Some(2 * (whole - layout.depth(first))),
            Within::Gap => self.largest_gap(layout).map(|(low, high)| 2 * (whole - (high - low))),
        }
    }

    /// Depths between which nothing lies, the widest such gap between two picks (or the depot's front and the first pick).
    fn largest_gap(&self, layout: &Layout) -> Option<(i64, i64)> {
        let mut best: Option<(i64, i64)> = None;
        let mut low = if self.depot { Some(0) } else { None };
        let mut rest = self.cells;
        while rest != 0 {
            let depth = layout.depth(rest.trailing_zeros());
            rest &= rest - 1;
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

/// First and last aisle that a tour may touch.
fn span(layout: &Layout, masks: &[u64]) -> (usize, usize) {
    let depot = layout.depot_aisle as usize;
    let first = masks.iter().position(|&m| m != 0).unwrap_or(depot).min(depot);
    let last = masks.iter().rposition(|&m| m != 0).unwrap_or(depot).max(depot);
    (first, last)
}

/// The dynamic programme; `note` is given each improvement.
fn sweep(layout: &Layout, masks: &[u64], mut note: impl FnMut(usize, usize, (u8, Within, u8))) -> [i64; 7] {
    const NEVER: i64 = i64::MAX / 4;
    let (first, last) = span(layout, masks);
    let mut now = [NEVER; 7];
    now[Class::Nothing as usize] = 0;
    for aisle in first..=last {
        let own = Aisle { cells: masks[aisle], depot: aisle == layout.depot_aisle as usize };
        let costs = WITHIN.map(|how| own.cost(layout, how));
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

/// Length of the shortest tour over the cells of `masks` (one per aisle), depot to depot.
pub fn exact_length(layout: &Layout, masks: &[u64]) -> i64 {
    let ends = sweep(layout, masks, |_, _, _| {});
    ENDS.map(|class| ends[class as usize]).into_iter().min().unwrap_or(0) + 2 * layout.depot_distance
}

/// The tour over the cells of `masks` by this policy.
pub fn tour(layout: &Layout, masks: &[u64], policy: Policy) -> Tour {
    match policy {
        Policy::Exact => exact(layout, masks),
        Policy::SShape => s_shape(layout, masks),
        Policy::LargestGap => largest_gap(layout, masks),
    }
}

fn exact(layout: &Layout, masks: &[u64]) -> Tour {
    let mut trail: Trail = vec![[(0, None); 7]; masks.len()];
    let ends = sweep(layout, masks, |aisle, class, choice| trail[aisle][class] = (0, Some(choice)));
    let (first, last) = span(layout, masks);
    let end = ENDS.into_iter().min_by_key(|class| ends[*class as usize]).unwrap_or(Class::Front);
    let mut walk = Walk::new(layout, masks);
    let mut class = end as usize;
    for aisle in (first..=last).rev() {
        let Some((from, how, across)) = trail[aisle][class].1 else { break };
        walk.serve(aisle, how);
        let (front, back) = ACROSS[usize::from(across)];
        (0..front).for_each(|_| walk.link(aisle, Side::Front));
        (0..back).for_each(|_| walk.link(aisle, Side::Back));
        class = usize::from(from);
    }
    Tour { stops: walk.euler(), length: ends[end as usize] + 2 * layout.depot_distance }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Front,
    Back,
}

/// The edges of a tour as a multigraph over the ends of aisles; its Euler circuit is the walk.
struct Walk<'a> {
    layout: &'a Layout,
    masks: &'a [u64],
    /// From, to, picks on the way from `from` to `to`.
    edges: Vec<(usize, usize, Vec<(u32, u32)>)>,
}

impl<'a> Walk<'a> {
    fn new(layout: &'a Layout, masks: &'a [u64]) -> Self {
        Self { layout, masks, edges: Vec::new() }
    }

    fn node(aisle: usize, side: Side) -> usize {
        2 * aisle + usize::from(side == Side::Back)
    }

    fn link(&mut self, aisle: usize, side: Side) {
        self.edges.push((Self::node(aisle, side), Self::node(aisle + 1, side), Vec::new()));
    }

    fn serve(&mut self, aisle: usize, how: Within) {
        let (front, back) = (Self::node(aisle, Side::Front), Self::node(aisle, Side::Back));
        let picks = cells_of(aisle, self.masks[aisle]);
        let own = Aisle { cells: self.masks[aisle], depot: aisle == self.layout.depot_aisle as usize };
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
                let (low, _) = own.largest_gap(self.layout).unwrap_or_default();
                let (near, far): (Vec<_>, Vec<_>) =
                    picks.into_iter().partition(|&(_, cell)| self.layout.depth(cell) <= low);
                self.edges.push((front, front, near));
                self.edges.push((back, back, far.into_iter().rev().collect()));
            }
        }
    }

    /// Hierholzer's algorithm from the depot; picks in the order in which their edges are walked.
    fn euler(self) -> Vec<(u32, u32)> {
        let mut at_node: Vec<Vec<usize>> = vec![Vec::new(); 2 * self.masks.len()];
        for (n, (from, to, _)) in self.edges.iter().enumerate() {
            at_node[*from].push(n);
            if to != from {
                at_node[*to].push(n);
            }
        }
        let mut used = vec![false; self.edges.len()];
        let mut path = vec![(Self::node(self.layout.depot_aisle as usize, Side::Front), None)];
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

fn cells_of(aisle: usize, mask: u64) -> Vec<(u32, u32)> {
    (0..64).filter(|cell| mask >> cell & 1 == 1).map(|cell| (aisle as u32, cell)).collect()
}

/// Every aisle with a pick whole, alternately up and down; an odd last one is entered and left from the front.
fn s_shape(layout: &Layout, masks: &[u64]) -> Tour {
    let busy: Vec<usize> = (0..masks.len()).filter(|&a| masks[a] != 0).collect();
    let (mut stops, mut length) = (Vec::new(), 2 * layout.depot_distance);
    let Some((&first, &last)) = busy.first().zip(busy.last()) else { return Tour { stops, length } };
    for (n, &aisle) in busy.iter().enumerate() {
        let mut picks = cells_of(aisle, masks[aisle]);
        let odd_one_out = n + 1 == busy.len() && n % 2 == 0;
        length += match picks.last() {
            Some(&(_, cell)) if odd_one_out => 2 * layout.depth(cell),
            _ => layout.length(),
        };
        if n % 2 == 1 {
            picks.reverse();
        }
        stops.extend(picks);
    }
    Tour { stops, length: length + between(layout, first, last) }
}

/// First and last aisle whole, the others from both ends up to their largest gap.
fn largest_gap(layout: &Layout, masks: &[u64]) -> Tour {
    let busy: Vec<usize> = (0..masks.len()).filter(|&a| masks[a] != 0).collect();
    let (Some((&first, &last)), true) = (busy.first().zip(busy.last()), busy.len() > 1) else {
        return s_shape(layout, masks);
    };
    let mut length = 2 * layout.depot_distance + 2 * layout.length() + between(layout, first, last);
    let mut stops = cells_of(first, masks[first]);
    let mut on_the_way_back = Vec::new();
    for &aisle in &busy[1..busy.len() - 1] {
        let (low, high) = gap_with_ends(layout, masks[aisle]);
        length += 2 * (layout.length() - (high - low));
        let (near, far): (Vec<_>, Vec<_>) =
            cells_of(aisle, masks[aisle]).into_iter().partition(|&(_, c)| layout.depth(c) <= low);
        stops.extend(far.into_iter().rev());
        on_the_way_back.push(near);
    }
    stops.extend(cells_of(last, masks[last]).into_iter().rev());
    stops.extend(on_the_way_back.into_iter().rev().flatten());
    Tour { stops, length }
}

/// The widest stretch without a pick, the cross aisles counting as ends.
fn gap_with_ends(layout: &Layout, mask: u64) -> (i64, i64) {
    let mut depths = vec![0];
    depths.extend(cells_of(0, mask).into_iter().map(|(_, cell)| layout.depth(cell)));
    depths.push(layout.length());
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
        let stops: Vec<(u32, i64)> =
            masks.iter().enumerate().flat_map(|(a, &m)| cells_of(a, m)).map(|(a, c)| (a, layout.depth(c))).collect();
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

    fn length_of(layout: &Layout, stops: &[(u32, u32)]) -> i64 {
        let depot = (layout.depot_aisle, 0);
        let mut at = depot;
        let mut length = 0;
        for &(aisle, cell) in stops {
            let next = (aisle, layout.depth(cell));
            length += walk(layout, at, next);
            at = next;
        }
        length + walk(layout, at, depot)
    }

    #[test]
    fn exact_tours_are_shortest_and_walk_what_they_say() {
        let mut rng = Seed(5).rng();
        for case in 0..600 {
            let aisles = 1 + rng.below(6) as u32;
            let layout = floor(aisles, 10, rng.below(aisles as usize) as u32);
            let mut masks = vec![0_u64; aisles as usize];
            for _ in 0..1 + rng.below(8) {
                masks[rng.below(aisles as usize)] |= 1 << rng.below(10);
            }
            let found = tour(&layout, &masks, Policy::Exact);
            assert_eq!(found.length, brute_force(&layout, &masks), "case {case}: {masks:?}");
            assert_eq!(found.length, exact_length(&layout, &masks));
            assert_eq!(length_of(&layout, &found.stops), found.length, "case {case}: {masks:?} {:?}", found.stops);
            let mut seen: Vec<_> = found.stops.clone();
            seen.sort_unstable();
            let all: Vec<_> = masks.iter().enumerate().flat_map(|(a, &m)| cells_of(a, m)).collect();
            assert_eq!(seen, all);
        }
    }

    #[test]
    fn policies_visit_everything_and_are_never_shorter() {
        let mut rng = Seed(6).rng();
        for _ in 0..300 {
            let layout = floor(6, 12, 0);
            let mut masks = vec![0_u64; 6];
            for _ in 0..1 + rng.below(10) {
                masks[rng.below(6)] |= 1 << rng.below(12);
            }
            for policy in [Policy::SShape, Policy::LargestGap] {
                let found = tour(&layout, &masks, policy);
                assert!(found.length >= exact_length(&layout, &masks), "{policy:?} {masks:?}");
                assert!(length_of(&layout, &found.stops) <= found.length, "{policy:?} {masks:?} {:?}", found.stops);
                assert_eq!(found.stops.len() as u32, masks.iter().map(|m| m.count_ones()).sum::<u32>());
            }
        }
    }

    #[test]
    fn one_pick_is_fetched_and_brought_back() {
        // Aisle 2, cell 3: depth 1 + 3 x 2 = 7, two aisles of 5 to the right: 2 x (7 + 10).
        assert_eq!(exact_length(&floor(4, 10, 0), &[0, 0, 1 << 3, 0]), 34);
    }
}
