//! Loads: weight, volume, parcels or whatever else a vehicle has only so much room for.
//!
//! The first dimension is the one that is always looked at, in [`LoadSegment`]s beside the search's other sums. Further
//! dimensions lie apart and are touched only where a problem has any. Load above capacity is summed over dimensions, each
//! measured in units of the first by what all stops together move: `ceil(excess_d x total_0 / total_d)`.

use super::segment::{LoadSegment, NO_LIMIT};

/// Most dimensions of a load.
pub const DIMENSIONS: usize = 4;

/// An amount in each dimension; those that a problem does not use stay 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load(pub [i64; DIMENSIONS]);

impl Load {
    /// A capacity that nothing exceeds.
    pub const NO_LIMIT: Self = Self([NO_LIMIT; DIMENSIONS]);

    /// The first dimension.
    #[inline(always)]
    pub const fn first(&self) -> i64 {
        self.0[0]
    }

    /// Whether there is something in any dimension.
    pub fn is_some(&self) -> bool {
        self.0.iter().any(|&amount| amount > 0)
    }
}

/// An amount in the first dimension, 0 in the others (as a capacity: nothing fits that has any other dimension).
impl From<i64> for Load {
    fn from(first: i64) -> Self {
        let mut amounts = [0; DIMENSIONS];
        amounts[0] = first;
        Self(amounts)
    }
}

/// Segments of the dimensions after the first.
pub(crate) type Further = [LoadSegment; DIMENSIONS - 1];

/// A stretch, then the next one, in each further dimension.
pub(crate) fn merge_further(a: &Further, b: &Further) -> Further {
    std::array::from_fn(|d| a[d].merge(&b[d]))
}

/// All dimensions of one visit or stretch; no further ones where the problem has only one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Loads {
    pub first: LoadSegment,
    pub further: Option<Further>,
}

impl Loads {
    /// This stretch, then `next`.
    pub fn merge(&self, next: &Self) -> Self {
        let further = match (&self.further, &next.further) {
            (Some(a), Some(b)) => Some(merge_further(a, b)),
            (a, b) => a.or(*b),
        };
        Self { first: self.first.merge(&next.first), further }
    }
}

/// What all stops together move, by dimension: the rates at which dimensions are exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Totals(pub [i64; DIMENSIONS]);

impl Totals {
    /// Load above capacity, in units of the first dimension.
    #[inline]
    pub fn excess(&self, capacity: &Load, first: &LoadSegment, further: Option<&Further>) -> i64 {
        let above = (first.peak - capacity.first()).max(0);
        match further {
            None => above,
            Some(further) => above + self.further_excess(capacity, further),
        }
    }

    #[cold]
    fn further_excess(&self, capacity: &Load, further: &Further) -> i64 {
        let above = |d: usize| (further[d - 1].peak - capacity.0[d]).max(0);
        (1..DIMENSIONS).map(|d| if above(d) == 0 { 0 } else { self.in_first_units(d, above(d)) }).sum()
    }

    /// Rounded up, so that what does not fit never counts as nothing; no more than the first dimension's total.
    fn in_first_units(&self, d: usize, amount: i64) -> i64 {
        let [first, own] = [self.0[0].max(1), self.0[d].max(1)].map(i128::from);
        let scaled = (i128::from(amount) * first + own - 1) / own;
        i64::try_from(scaled).unwrap_or(NO_LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excess_is_summed_in_units_of_the_first_dimension() {
        // All stops move 100 kg and 10 parcels: a parcel counts as 10 kg.
        let totals = Totals([100, 10, 0, 0]);
        let capacity = Load([30, 2, 0, 0]);
        let kg = LoadSegment::stop(35, 0);
        let parcels = [LoadSegment::stop(4, 0), LoadSegment::default(), LoadSegment::default()];
        assert_eq!(totals.excess(&capacity, &kg, Some(&parcels)), 5 + 20);
        assert_eq!(totals.excess(&capacity, &kg, None), 5);
    }
}
