//! A tree of seeds and the generator at its leaves.
//!
//! `seed.child("region", 17)` names the *part* of the work, never the moment or the thread, so that parallel parts draw the
//! same numbers in any order of execution. Generator: xoshiro256++ (Blackman and Vigna 2019, "Scrambled linear
//! pseudorandom number generators"), seeded by SplitMix64. Written here rather than taken from a crate because a plan must
//! stay the same across versions of dependencies.

/// Root or inner node of the tree of randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Seed(pub u64);

impl Seed {
    /// The seed of the part called `name` with number `number`.
    pub fn child(self, name: &str, number: u64) -> Self {
        // FNV-1a over the name, then two rounds of mixing: children of near numbers are unrelated.
        let hash =
            name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Self(mix(mix(self.0 ^ hash).wrapping_add(number)))
    }

    /// The generator that starts here.
    pub fn rng(self) -> Rng {
        let mut state = self.0;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            mix(state)
        };
        Rng { state: [next(), next(), next(), next()] }
    }
}

/// SplitMix64's output function.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A small, fast, repeatable random number generator (xoshiro256++). Not for secrets.
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let out = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// Uniform in `0..n`; `n` must be positive. Multiply-shift (Lemire 2019); its bias of at most n / 2^64 is below notice.
    pub fn below(&mut self, n: usize) -> usize {
        debug_assert!(n > 0, "there is nothing below zero");
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// Uniform in `low..high`.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low) as usize) as i64
    }

    /// Uniform in `[0, 1)` with 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A uniformly drawn element; `None` of an empty slice.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { Some(&items[self.below(items.len())]) }
    }

    /// Fisher-Yates shuffle.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_named_not_ordered() {
        let root = Seed(7);
        assert_eq!(root.child("region", 17), root.child("region", 17));
        assert_ne!(root.child("region", 17), root.child("region", 18));
        assert_ne!(root.child("region", 17), root.child("wave", 17));
    }

    #[test]
    fn below_covers_its_range_evenly() {
        let mut rng = Seed(1).rng();
        let mut count = [0_u32; 5];
        for _ in 0..50_000 {
            count[rng.below(5)] += 1;
        }
        assert!(count.iter().all(|&c| (9_500..10_500).contains(&c)), "{count:?}");
    }

    #[test]
    fn shuffle_keeps_every_element() {
        let mut items: Vec<u32> = (0..100).collect();
        Seed(3).rng().shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
