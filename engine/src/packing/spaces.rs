//! The empty maximal spaces of one carton while it is being filled.

use super::problem::Edges;

/// A box between two corners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub low: Edges,
    pub high: Edges,
}

impl Space {
    fn edge(&self, axis: usize) -> i32 {
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
}

/// Room left in a carton.
#[derive(Clone, Debug)]
pub struct Room {
    top: i32,
    spaces: Vec<Space>,
    scratch: Vec<Space>,
}

impl Room {
    /// An empty carton.
    pub fn new(inner: Edges) -> Self {
        Self { top: inner[2], spaces: vec![Space { low: [0; 3], high: inner }], scratch: Vec::new() }
    }

    /// Empties it again, keeping its memory.
    pub fn reset(&mut self, inner: Edges) {
        self.top = inner[2];
        self.spaces.clear();
        self.spaces.push(Space { low: [0; 3], high: inner });
    }

    /// The best corner and orientation for a unit that may lie as any of `ways`, or `None`. A fragile unit takes only spaces
    /// that reach the top.
    pub fn best(&self, ways: &[Edges], fragile: bool, rule: Rule) -> Option<(Edges, Edges)> {
        let mut best: Option<([i32; 4], Edges, Edges)> = None;
        for space in self.spaces.iter().filter(|space| !fragile || space.high[2] == self.top) {
            for &edges in ways {
                let left = [0, 1, 2].map(|axis| space.edge(axis) - edges[axis]);
                if left.iter().any(|&l| l < 0) {
                    continue;
                }
                let [x, y, z] = space.low;
                let score = match rule {
                    Rule::Lowest => [z + edges[2], y + edges[1], x + edges[0], left[0].min(left[1])],
                    Rule::Snuggest => [left[0].min(left[1]).min(left[2]), z, y, x],
                };
                if best.is_none_or(|(least, ..)| score < least) {
                    best = Some((score, space.low, edges));
                }
            }
        }
        best.map(|(_, at, edges)| (at, edges))
    }

    /// Takes the unit's room away; of a fragile unit the room above it too.
    pub fn take(&mut self, at: Edges, edges: Edges, fragile: bool) {
        let mut high = [at[0] + edges[0], at[1] + edges[1], at[2] + edges[2]];
        if fragile {
            high[2] = self.top;
        }
        let unit = Space { low: at, high };
        self.scratch.clear();
        let mut kept = 0;
        for n in 0..self.spaces.len() {
            let space = self.spaces[n];
            if space.overlaps(&unit) {
                self.scratch.extend(slabs(&space, &unit));
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
        [below, above].into_iter().filter(move |slab| slab.edge(axis) > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_unit_leaves_three_slabs() {
        let mut room = Room::new([10, 10, 10]);
        room.take([0, 0, 0], [4, 5, 6], false);
        let mut lows: Vec<_> = room.spaces.iter().map(|space| space.low).collect();
        lows.sort_unstable();
        assert_eq!(lows, [[0, 0, 6], [0, 5, 0], [4, 0, 0]]);
    }

    #[test]
    fn nothing_goes_above_a_fragile_unit() {
        let mut room = Room::new([10, 10, 10]);
        room.take([0, 0, 0], [10, 10, 6], true);
        assert_eq!(room.best(&[[1, 1, 1]], false, Rule::Lowest), None);
    }
}
