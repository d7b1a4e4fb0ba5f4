//! The empty maximal spaces of one carton while it is being filled.

use super::problem::Edges;

/// A box between two corners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub low: Edges,
    pub high: Edges,
}

impl Space {
    /// Its edge along an axis.
    pub fn edge(&self, axis: usize) -> i32 {
        self.high[axis] - self.low[axis]
    }

    fn overlaps(&self, other: &Self) -> bool {
        (0..3).all(|axis| self.low[axis] < other.high[axis] && other.low[axis] < self.high[axis])
    }

    fn contains(&self, other: &Self) -> bool {
        (0..3).all(|axis| self.low[axis] <= other.low[axis] && other.high[axis] <= self.high[axis])
    }
}

/// How to choose among the spaces that take a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Lowest top, then nearest the back and the left.
    Lowest,
    /// Least room left along the tightest axis.
    Snuggest,
    /// Nearest the left, then the back, then the floor: wall by wall.
    Leftmost,
    /// In the smallest space.
    Smallest,
}

/// Room left in a carton.
#[derive(Clone, Debug)]
pub struct Room {
    inner: Edges,
    /// Narrower spaces take nothing.
    least: Edges,
    /// Percent of a unit's base that must lie on the floor or on other units.
    support: u8,
    spaces: Vec<Space>,
    /// What lies in the carton, where support counts.
    taken: Vec<Space>,
    scratch: Vec<Space>,
}

impl Room {
    /// No carton yet.
    pub fn new(support: u8) -> Self {
        let none = [0; 3];
        Self { inner: none, least: none, support, spaces: Vec::new(), taken: Vec::new(), scratch: Vec::new() }
    }

    /// An empty carton for units that are nowhere narrower than `least`; keeps the memory.
    pub fn reset(&mut self, inner: Edges, least: Edges) {
        (self.inner, self.least) = (inner, least);
        self.taken.clear();
        self.spaces.clear();
        self.spaces.push(Space { low: [0; 3], high: inner });
    }

    /// The spaces; they overlap.
    pub fn spaces(&self) -> &[Space] {
        &self.spaces
    }

    /// Whether a space goes up to the lid.
    pub fn is_open(&self, space: &Space) -> bool {
        space.high[2] == self.inner[2]
    }

    /// Gives a space up.
    pub fn forget(&mut self, number: usize) {
        self.spaces.swap_remove(number);
    }

    /// The best corner and orientation for a unit that may lie as any of `ways`, or `None`. A fragile unit takes only spaces
    /// that reach the top.
    pub fn best(&self, ways: &[Edges], fragile: bool, rule: Rule) -> Option<(Edges, Edges)> {
        let mut best: Option<([i32; 4], Edges, Edges)> = None;
        for space in self.spaces.iter().filter(|space| !fragile || self.is_open(space)) {
            for &edges in ways {
                let left = [0, 1, 2].map(|axis| space.edge(axis) - edges[axis]);
                if left.iter().any(|&l| l < 0) {
                    continue;
                }
                let [x, y, z] = space.low;
                let score = match rule {
                    Rule::Lowest => [z + edges[2], y + edges[1], x + edges[0], left[0].min(left[1])],
                    Rule::Snuggest => [left[0].min(left[1]).min(left[2]), z, y, x],
                    Rule::Leftmost => [x + edges[0], y + edges[1], z + edges[2], left[1].min(left[2])],
                    Rule::Smallest => [left[0] + left[1] + left[2], z, y, x],
                };
                if best.is_none_or(|(least, ..)| score < least) && self.is_supported(space.low, edges) {
                    best = Some((score, space.low, edges));
                }
            }
        }
        best.map(|(_, at, edges)| (at, edges))
    }

    fn is_supported(&self, at: Edges, edges: Edges) -> bool {
        if self.support == 0 || at[2] == 0 {
            return true;
        }
        let below = self.taken.iter().filter(|unit| unit.high[2] == at[2]);
        let shared = |unit: &Space, axis: usize| {
            i64::from((unit.high[axis].min(at[axis] + edges[axis]) - unit.low[axis].max(at[axis])).max(0))
        };
        let area: i64 = below.map(|unit| shared(unit, 0) * shared(unit, 1)).sum();
        area * 100 >= i64::from(edges[0]) * i64::from(edges[1]) * i64::from(self.support)
    }

    /// Takes the unit's room away; of a fragile unit the room above it too.
    pub fn take(&mut self, at: Edges, edges: Edges, fragile: bool) {
        let mut unit = Space { low: at, high: [0, 1, 2].map(|axis| at[axis] + edges[axis]) };
        if self.support > 0 {
            self.taken.push(unit);
        }
        if fragile {
            unit.high[2] = self.inner[2];
        }
        self.scratch.clear();
        let mut kept = 0;
        for n in 0..self.spaces.len() {
            let space = self.spaces[n];
            if space.overlaps(&unit) {
                let wide = |slab: &Space| (0..3).all(|axis| slab.edge(axis) >= self.least[axis].max(1));
                self.scratch.extend(slabs(&space, &unit).filter(wide));
            } else {
                self.spaces[kept] = space;
                kept += 1;
            }
        }
        self.spaces.truncate(kept);
        for n in 0..self.scratch.len() {
            let slab = self.scratch[n];
            let inside = |other: &Space| other.contains(&slab);
            let earlier_twin = |m: usize, other: &Space| m != n && other.contains(&slab) && (*other != slab || m < n);
            let covered = self.spaces.iter().take(kept).any(inside)
                || self.scratch.iter().enumerate().any(|(m, other)| earlier_twin(m, other));
            if !covered {
                self.spaces.push(slab);
            }
        }
    }
}

/// The up to six parts of `space` beside, behind, above and below `unit`.
fn slabs(space: &Space, unit: &Space) -> impl Iterator<Item = Space> {
    let (space, unit) = (*space, *unit);
    (0..3).flat_map(move |axis| {
        let mut below = space;
        below.high[axis] = unit.low[axis];
        let mut above = space;
        above.low[axis] = unit.high[axis];
        [below, above]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_unit_leaves_three_slabs() {
        let mut room = Room::new(0);
        room.reset([10, 10, 10], [1, 1, 1]);
        room.take([0, 0, 0], [4, 5, 6], false);
        let mut lows: Vec<_> = room.spaces.iter().map(|space| space.low).collect();
        lows.sort_unstable();
        assert_eq!(lows, [[0, 0, 6], [0, 5, 0], [4, 0, 0]]);
    }

    #[test]
    fn nothing_goes_above_a_fragile_unit() {
        let mut room = Room::new(0);
        room.reset([10, 10, 10], [1, 1, 1]);
        room.take([0, 0, 0], [10, 10, 6], true);
        assert_eq!(room.best(&[[1, 1, 1]], false, Rule::Lowest), None);
    }
}
