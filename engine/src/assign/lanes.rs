//! Rows of prices by warehouse, added and searched whole: one lane a warehouse, rows padded to full vectors.
//!
//! Plain loops over fixed-size chunks, which compilers turn into vector instructions. Prices are tenths of a cent in `i32`:
//! seven of at most [`NONE`] can be added.

/// The price of what cannot be had; everything at or above it counts as none.
pub const NONE: i32 = 1 << 28;

/// Lanes of a chunk.
const WIDTH: usize = 16;

/// The length of a row over this many warehouses.
pub(super) fn padded(warehouses: usize) -> usize {
    warehouses.next_multiple_of(WIDTH)
}

/// `out = a + b`; returns the least of `out + row`.
#[inline(always)]
pub(super) fn add_least(a: &[i32], b: &[i32], row: &[i32], out: &mut [i32]) -> i32 {
    let (a, b, row, out) = (
        a.as_chunks::<WIDTH>().0,
        b.as_chunks::<WIDTH>().0,
        row.as_chunks::<WIDTH>().0,
        out.as_chunks_mut::<WIDTH>().0,
    );
    let mut least = [i32::MAX; WIDTH];
    for (((a, b), row), out) in a.iter().zip(b).zip(row).zip(out) {
        for n in 0..WIDTH {
            out[n] = a[n] + b[n];
            least[n] = least[n].min(out[n] + row[n]);
        }
    }
    smallest(&least)
}

/// The least of `a + row`.
#[inline(always)]
pub(super) fn least_sum(a: &[i32], row: &[i32]) -> i32 {
    let mut least = [i32::MAX; WIDTH];
    for (a, row) in a.as_chunks::<WIDTH>().0.iter().zip(row.as_chunks::<WIDTH>().0) {
        for n in 0..WIDTH {
            least[n] = least[n].min(a[n] + row[n]);
        }
    }
    smallest(&least)
}

#[inline(always)]
fn smallest(lanes: &[i32; WIDTH]) -> i32 {
    lanes.iter().copied().min().unwrap_or(NONE)
}

/// The first lane where `a + row` is `value`, which it must be somewhere.
pub(super) fn lane_of(a: &[i32], row: &[i32], value: i32) -> usize {
    a.iter().zip(row).position(|(a, row)| a + row == value).expect("the value was found in these lanes")
}

/// The least value and its first lane.
#[inline(always)]
pub(super) fn least(row: &[i32]) -> (i32, usize) {
    let mut least = [i32::MAX; WIDTH];
    for row in row.as_chunks::<WIDTH>().0 {
        for n in 0..WIDTH {
            least[n] = least[n].min(row[n]);
        }
    }
    let value = smallest(&least);
    (value, row.iter().position(|&x| x == value).unwrap_or(0))
}

/// `to = a + b`.
#[inline(always)]
pub(super) fn add(a: &[i32], b: &[i32], to: &mut [i32]) {
    for ((a, b), to) in a.iter().zip(b).zip(to) {
        *to = a + b;
    }
}

/// `to += price` where both count; never above [`NONE`].
#[inline(always)]
pub(super) fn join(to: &mut [i32], price: &[i32]) {
    for (to, price) in to.iter_mut().zip(price) {
        *to = (*to + price).min(NONE);
    }
}

/// `need` units at `price + unit` each where `held` suffices, [`NONE`] elsewhere; `price` is [`NONE`] where nothing is held.
#[inline(always)]
pub(super) fn line_price<H: Copy + Into<i32>>(price: &[i32], unit: &[i32], held: &[H], need: i32, to: &mut [i32]) {
    if need == 1 {
        // Whoever has a price has a unit.
        for ((price, unit), to) in price.iter().zip(unit).zip(to) {
            *to = (price + unit).min(NONE);
        }
        return;
    }
    let most = NONE / need;
    for (((price, unit), held), to) in price.iter().zip(unit).zip(held).zip(to) {
        *to = if (*held).into() >= need { (price + unit).min(most) * need } else { NONE };
    }
}

/// As [`line_price`], with prices times `weight / 256`; `weight` at most 511.
#[inline(always)]
pub(super) fn weighted_line_price(price: &[i32], weight: i32, unit: &[i32], held: &[i32], need: i32, to: &mut [i32]) {
    // What a unit is worth beyond 2^22 tenths of a cent ($4,194) does not steer any more.
    const MOST: i32 = 1 << 22;
    let most = NONE / need;
    for (((price, unit), held), to) in price.iter().zip(unit).zip(held).zip(to) {
        let price = ((*price).min(MOST) * weight) >> 8;
        *to = if *held >= need { (price + unit).min(most) * need } else { NONE };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_whole_vectors() {
        assert_eq!([1, 16, 17].map(padded), [16, 16, 32]);
    }

    #[test]
    fn the_least_sum_is_found_in_its_lane() {
        let mut a = vec![NONE; 32];
        let mut row = vec![0; 32];
        (a[5], a[20], row[5]) = (7, 9, 3);
        let mut out = vec![0; 32];
        assert_eq!(add_least(&a, &[1; 32], &row, &mut out), 10);
        assert_eq!((out[5], out[20]), (8, 10));
        assert_eq!((least_sum(&a, &row), lane_of(&a, &row, 9), least(&a)), (9, 20, (7, 5)));
    }

    #[test]
    fn too_few_units_are_none_and_prices_never_pass_it() {
        let mut to = [0; 3];
        line_price(&[5, 5, NONE - 1], &[1, 1, 1], &[2_u16, 1, 9], 2, &mut to);
        assert_eq!(to, [12, NONE, NONE]);
        line_price(&[5, NONE, NONE], &[1, 1, 1], &[2_u16, 0, 0], 1, &mut to);
        assert_eq!(to, [6, NONE, NONE]);
        weighted_line_price(&[512, 512, NONE - 1], 128, &[1, 1, 1], &[2, 1, 9], 2, &mut to);
        assert_eq!(to, [514, NONE, 2 * ((1 << 21) + 1)]);
    }
}
