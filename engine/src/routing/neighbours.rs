//! Who is near whom: what ruin follows and where insertion and local search look.
//!
//! Two lists a stop, nearest first: by distance (ruin), and by proximity in distance and time (insertion, moves). Proximity
//! as Vidal et al. (2013): distance + 0.2 x unavoidable waiting + unavoidable lateness, in the better direction. On points
//! above the dense size, candidates come from a grid, so that nothing is quadratic.

use super::matrix::{Matrix, Plane};
use super::problem::Problem;

/// Neighbour lists by place; a depot's are empty.
pub(crate) struct Neighbours {
    near: Lists,
    kin: Lists,
}

struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    fn of(&self, place: u32) -> &[u32] {
        &self.items[self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize]
    }
}

impl Neighbours {
    /// Lists of up to `near` stops by distance and `kin` by proximity.
    pub fn new(problem: &Problem, near: usize, kin: usize) -> Self {
        let grid = match problem.distance_matrix() {
            Matrix::Plane(plane) => Some(Grid::new(plane, problem.depots().len())),
            _ => None,
        };
        let mut lists = [Lists { starts: vec![0], items: vec![] }, Lists { starts: vec![0], items: vec![] }];
        let mut candidates = Vec::new();
        for place in 0..problem.places() as u32 {
            candidates.clear();
            if !problem.is_depot(place) {
                match &grid {
                    Some(grid) => grid.around(place, 2 * near.max(kin), &mut candidates),
                    None => candidates.extend(problem.depots().len() as u32..problem.places() as u32),
                }
                candidates.retain(|&c| c != place);
            }
            let distance = |c: u32| problem.distance(place, c).min(problem.distance(c, place)) * 10;
            append_nearest(&mut lists[0], &candidates, near, distance);
            append_nearest(&mut lists[1], &candidates, kin, |c| proximity(problem, place, c));
        }
        let [near, kin] = lists;
        Self { near, kin }
    }

    /// Stops near a stop by distance, nearest first.
    pub fn near(&self, place: u32) -> &[u32] {
        self.near.of(place)
    }

    /// Stops near it in distance and time.
    pub fn kin(&self, place: u32) -> &[u32] {
        self.kin.of(place)
    }
}

fn append_nearest(lists: &mut Lists, candidates: &[u32], k: usize, key: impl Fn(u32) -> i64) {
    let mut keyed: Vec<(i64, u32)> = candidates.iter().map(|&c| (key(c), c)).collect();
    if keyed.len() > k && k > 0 {
        keyed.select_nth_unstable(k - 1);
        keyed.truncate(k);
    }
    keyed.sort_unstable();
    lists.items.extend(keyed.iter().map(|&(_, c)| c));
    lists.starts.push(lists.items.len() as u32);
}

/// Ten times the proximity of two stops.
fn proximity(problem: &Problem, a: u32, b: u32) -> i64 {
    directed(problem, a, b).min(directed(problem, b, a))
}

fn directed(problem: &Problem, from: u32, to: u32) -> i64 {
    let distance = problem.distance(from, to);
    if !problem.features.timed {
        return 10 * distance;
    }
    let (a, b) = (&problem.visits[from as usize], &problem.visits[to as usize]);
    let travel = problem.travel(from, to);
    let wait = (b.early - a.late - a.duration - travel).max(0);
    let late = (a.early + a.duration + travel - b.late).max(0);
    10 * distance + 2 * wait + 10 * late
}

/// Stops by square cell.
struct Grid<'p> {
    points: &'p [[f64; 2]],
    low: [f64; 2],
    cell: f64,
    columns: usize,
    rows: usize,
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl<'p> Grid<'p> {
    fn new(plane: &'p Plane, depots: usize) -> Self {
        let points = plane.points();
        let bound =
            |axis: usize, pick: fn(f64, f64) -> f64, from: f64| points.iter().fold(from, |x, p| pick(x, p[axis]));
        let low = [bound(0, f64::min, f64::INFINITY), bound(1, f64::min, f64::INFINITY)];
        let high = [bound(0, f64::max, f64::NEG_INFINITY), bound(1, f64::max, f64::NEG_INFINITY)];
        let (width, height) = ((high[0] - low[0]).max(1e-9), (high[1] - low[1]).max(1e-9));
        // About four stops a cell, and never more than a few cells a stop however long and thin the map is.
        let cell = (width * height / points.len() as f64 * 4.0).sqrt().max(width.max(height) / points.len() as f64);
        let (columns, rows) = ((width / cell) as usize + 1, (height / cell) as usize + 1);
        let mut grid = Self { points, low, cell, columns, rows, starts: vec![0; columns * rows + 1], members: vec![] };
        grid.fill(depots);
        grid
    }

    fn fill(&mut self, depots: usize) {
        for place in depots..self.points.len() {
            let cell = self.cell_of(place);
            self.starts[cell.1 * self.columns + cell.0 + 1] += 1;
        }
        for n in 1..self.starts.len() {
            self.starts[n] += self.starts[n - 1];
        }
        let mut next = self.starts.clone();
        self.members = vec![0; self.points.len() - depots];
        for place in depots..self.points.len() {
            let (column, row) = self.cell_of(place);
            let slot = &mut next[row * self.columns + column];
            self.members[*slot as usize] = place as u32;
            *slot += 1;
        }
    }

    fn cell_of(&self, place: usize) -> (usize, usize) {
        let along = |axis: usize, count: usize| {
            (((self.points[place][axis] - self.low[axis]) / self.cell) as usize).min(count - 1)
        };
        (along(0, self.columns), along(1, self.rows))
    }

    /// At least `wanted` stops around a place if there are that many: rings of cells, and one ring more.
    fn around(&self, place: u32, wanted: usize, found: &mut Vec<u32>) {
        let (column, row) = self.cell_of(place as usize);
        let mut extra = 0;
        for ring in 0..self.columns.max(self.rows) {
            self.add_ring(column, row, ring, found);
            if found.len() > wanted {
                extra += 1;
                if extra > 1 {
                    return;
                }
            }
        }
    }

    fn add_ring(&self, column: usize, row: usize, ring: usize, found: &mut Vec<u32>) {
        let columns = column.saturating_sub(ring)..=(column + ring).min(self.columns - 1);
        for r in row.saturating_sub(ring)..=(row + ring).min(self.rows - 1) {
            let is_edge_row = r.abs_diff(row) == ring;
            for c in columns.clone() {
                if is_edge_row || c.abs_diff(column) == ring {
                    let cell = r * self.columns + c;
                    let members = self.starts[cell] as usize..self.starts[cell + 1] as usize;
                    found.extend_from_slice(&self.members[members]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::line;
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let problem = line(&[10, 50, 20, 90]);
        let lists = Neighbours::new(&problem, 2, 3);
        assert_eq!(lists.near(1), [3, 2]);
        assert_eq!(lists.kin(4), [2, 3, 1]);
        assert!(lists.near(0).is_empty());
    }

    #[test]
    fn the_grid_finds_what_a_full_look_finds() {
        let mut rng = crate::search::Seed(4).rng();
        let points: Vec<[f64; 2]> = (0..500).map(|_| [rng.unit() * 90.0, rng.unit() * 7.0]).collect();
        let plane = Plane::new(points.clone(), 1000.0, super::super::matrix::Rounding::Nearest);
        let grid = Grid::new(&plane, 1);
        for place in [1_usize, 77, 250] {
            let squared =
                |c: usize| (points[c][0] - points[place][0]).powi(2) + (points[c][1] - points[place][1]).powi(2);
            let mut all: Vec<usize> = (1..500).filter(|&c| c != place).collect();
            all.sort_by(|&a, &b| squared(a).total_cmp(&squared(b)));
            let mut found = Vec::new();
            grid.around(place as u32, 40, &mut found);
            assert!(all[..10].iter().all(|&c| found.contains(&(c as u32))), "{place}");
        }
    }
}
