//! Travel between places: a dense table, or points whose distances are computed when asked.

/// How a computed distance becomes an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest integer, halves to the even one.
    Nearest,
    /// Towards zero.
    Down,
    /// Away from zero, so that no sum of legs is shorter than the true one.
    Up,
}

/// Points of a plane with a Euclidean measure: `rounding(scale * |a - b|)`.
#[derive(Clone, Debug)]
pub struct Plane {
    points: Vec<[f64; 2]>,
    scale: f64,
    rounding: Rounding,
}

impl Plane {
    /// Points `[x, y]`, one a place, measured in `1 / scale` of their unit.
    pub fn new(points: Vec<[f64; 2]>, scale: f64, rounding: Rounding) -> Self {
        Self { points, scale, rounding }
    }

    /// The points, one a place.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    #[inline]
    fn between(&self, from: usize, to: usize) -> i64 {
        let ([ax, ay], [bx, by]) = (self.points[from], self.points[to]);
        let (dx, dy) = (ax - bx, ay - by);
        let length = (dx * dx + dy * dy).sqrt() * self.scale;
        match self.rounding {
            Rounding::Nearest => nearest(length),
            Rounding::Down => length as i64,
            // Products such as 0.3 * 10 land a hair above the integer they mean.
            Rounding::Up => {
                let length = length - 1e-7;
                let whole = length as i64;
                whole.saturating_add(i64::from((whole as f64) < length))
            }
        }
    }
}

/// The nearest integer, halves to the even one: what `round_ties_even` answers without a call on processors that have no
/// instruction for it. Above 2^52 every float is an integer.
#[inline]
fn nearest(length: f64) -> i64 {
    const WHOLE: f64 = (1_u64 << 52) as f64;
    if length < WHOLE { (length + WHOLE - WHOLE) as i64 } else { length as i64 }
}

/// Distances or durations between all places, from row to column; need not be symmetric.
#[derive(Clone, Debug)]
pub enum Matrix {
    /// A square table of 32-bit entries, row by row.
    Narrow(usize, Vec<i32>),
    /// A square table of 64-bit entries, row by row.
    Wide(usize, Vec<i64>),
    /// Computed on demand.
    Plane(Plane),
}

impl Default for Matrix {
    /// No places.
    fn default() -> Self {
        Self::dense(0, Vec::new())
    }
}

/// Above this many places a table costs more cache misses than computing costs square roots.
const DENSE_LIMIT: usize = 2_500;

impl Matrix {
    /// A table of `size * size` entries, row by row; entries missing at the end are zero. [`super::Problem::new`] judges
    /// the size.
    pub fn dense(size: usize, mut entries: Vec<i64>) -> Self {
        entries.resize(size * size, 0);
        if entries.iter().all(|&e| i32::try_from(e).is_ok()) {
            Self::Narrow(size, entries.into_iter().map(|e| e as i32).collect())
        } else {
            Self::Wide(size, entries)
        }
    }

    /// Distances between points: a table for up to 2,500 of them, computed on demand above.
    pub fn of_plane(plane: Plane) -> Self {
        let size = plane.points.len();
        if size > DENSE_LIMIT {
            return Self::Plane(plane);
        }
        let mut entries = Vec::with_capacity(size * size);
        for from in 0..size {
            entries.extend((0..size).map(|to| plane.between(from, to)));
        }
        Self::dense(size, entries)
    }

    /// Number of places.
    pub fn size(&self) -> usize {
        match self {
            Self::Narrow(size, _) | Self::Wide(size, _) => *size,
            Self::Plane(plane) => plane.points.len(),
        }
    }

    /// From place `from` to place `to`.
    #[inline(always)]
    pub fn between(&self, from: u32, to: u32) -> i64 {
        let (from, to) = (from as usize, to as usize);
        match self {
            Self::Narrow(size, entries) => i64::from(entries[from * size + to]),
            Self::Wide(size, entries) => entries[from * size + to],
            Self::Plane(plane) => plane.between(from, to),
        }
    }

    /// All entries from one place.
    #[inline]
    pub(super) fn row(&self, from: u32) -> Row<'_> {
        let at = from as usize;
        match self {
            Self::Narrow(size, entries) => Row::Narrow(&entries[at * size..(at + 1) * size]),
            Self::Wide(size, entries) => Row::Wide(&entries[at * size..(at + 1) * size]),
            Self::Plane(plane) => Row::Plane(plane, at),
        }
    }

    /// The table over `places` of this one, in that order.
    pub(super) fn picked(&self, places: &[u32]) -> Self {
        if let Self::Plane(plane) = self {
            let points = places.iter().map(|&p| plane.points[p as usize]).collect();
            return Self::of_plane(Plane { points, ..plane.clone() });
        }
        let row = |from: u32| places.iter().map(move |&to| self.between(from, to));
        Self::dense(places.len(), places.iter().flat_map(|&from| row(from)).collect())
    }

    /// The table read from column to row, unless that is the same.
    pub(super) fn transposed(&self) -> Option<Self> {
        fn turned<T: Copy + PartialEq>(size: usize, entries: &[T]) -> Option<Vec<T>> {
            let at = |n: usize| entries[n % size * size + n / size];
            let is_symmetric = (0..entries.len()).all(|n| entries[n] == at(n));
            (!is_symmetric).then(|| (0..entries.len()).map(at).collect())
        }
        match self {
            Self::Narrow(size, entries) => turned(*size, entries).map(|e| Self::Narrow(*size, e)),
            Self::Wide(size, entries) => turned(*size, entries).map(|e| Self::Wide(*size, e)),
            Self::Plane(_) => None,
        }
    }

    /// The largest entry, or an upper bound of it.
    pub fn largest(&self) -> i64 {
        match self {
            Self::Narrow(_, entries) => entries.iter().copied().max().unwrap_or(0).into(),
            Self::Wide(_, entries) => entries.iter().copied().max().unwrap_or(0),
            Self::Plane(plane) => {
                let spread = |axis: usize| {
                    let at = |p: &[f64; 2]| p[axis];
                    let low = plane.points.iter().map(at).fold(f64::INFINITY, f64::min);
                    let high = plane.points.iter().map(at).fold(f64::NEG_INFINITY, f64::max);
                    (high - low).max(0.0)
                };
                (spread(0).hypot(spread(1)) * plane.scale).ceil() as i64
            }
        }
    }

    /// The smallest entry, or a lower bound of it.
    pub(super) fn smallest(&self) -> i64 {
        match self {
            Self::Narrow(_, entries) => entries.iter().copied().min().unwrap_or(0).into(),
            Self::Wide(_, entries) => entries.iter().copied().min().unwrap_or(0),
            Self::Plane(_) => 0,
        }
    }
}

/// Entries from one place; what a search asks many times in a row stays in the nearest cache.
#[derive(Clone, Copy)]
pub(super) enum Row<'m> {
    Narrow(&'m [i32]),
    Wide(&'m [i64]),
    Plane(&'m Plane, usize),
}

impl Row<'_> {
    #[inline(always)]
    pub fn at(&self, to: u32) -> i64 {
        match self {
            Self::Narrow(row) => i64::from(row[to as usize]),
            Self::Wide(row) => row[to as usize],
            Self::Plane(plane, from) => plane.between(*from, to as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_three_four_five_triangle_in_every_rounding() {
        let points = || vec![[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]];
        let table = |scale, rounding| Matrix::of_plane(Plane::new(points(), scale, rounding));
        assert_eq!(table(1.0, Rounding::Nearest).between(0, 1), 5);
        // sqrt 2 = 1.41421...
        assert_eq!(table(1.0, Rounding::Nearest).between(0, 2), 1);
        assert_eq!(table(10.0, Rounding::Down).between(0, 2), 14);
        assert_eq!(table(10.0, Rounding::Up).between(0, 2), 15);
        assert_eq!(table(1.0, Rounding::Up).between(0, 1), 5);
        assert_eq!(table(1.0, Rounding::Nearest).largest(), 5);
    }

    #[test]
    fn only_an_asymmetric_table_is_turned() {
        assert!(Matrix::dense(2, vec![0, 5, 5, 0]).transposed().is_none());
        let turned = Matrix::dense(2, vec![0, 5, 6, 0]).transposed().unwrap();
        assert_eq!((turned.between(0, 1), turned.row(1).at(0)), (6, 5));
    }

    #[test]
    fn halves_go_to_the_even_integer() {
        for length in [0.0, 0.3, 0.5, 1.5, 2.5, 2.500_001, 1e9 + 0.5, 7e15, 1e18] {
            assert_eq!(nearest(length), length.round_ties_even() as i64, "{length}");
        }
    }

    #[test]
    fn wide_entries_are_kept() {
        let table = Matrix::dense(2, vec![0, 1 << 40, 7, 0]);
        assert_eq!((table.between(0, 1), table.between(1, 0), table.size()), (1 << 40, 7, 2));
    }
}
