//! Integer quantities with units.
//!
//! Money, weight, length, distance and time are never floats outside a kernel's inner loop. A quantity can be added,
//! subtracted, compared and multiplied by a count; every other operation is a named method that says how it rounds.
//! On the wire the unit stands in the field's name (`weight_g`, `price_cents`).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0);
            /// The largest amount; used as "no limit".
            pub const MAX: Self = Self(i64::MAX);

            /// The quantity of `amount` units.
            pub const fn new(amount: i64) -> Self {
                Self(amount)
            }

            /// The bare number of units.
            pub const fn get(self) -> i64 {
                self.0
            }

            /// `self - other`, but never below zero.
            pub fn saturating_sub(self, other: Self) -> Self {
                Self((self.0 - other.0).max(0))
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Mul<i64> for $name {
            type Output = Self;
            fn mul(self, count: i64) -> Self {
                Self(self.0 * count)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
                amounts.fold(Self::ZERO, Add::add)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{} ", $unit), self.0)
            }
        }
    };
}

quantity!(
    /// Mass in grams.
    Grams, "g"
);
quantity!(
    /// Length in millimetres.
    Millimetres, "mm"
);
quantity!(
    /// Distance in metres.
    Metres, "m"
);
quantity!(
    /// A span of time in seconds.
    Seconds, "s"
);
quantity!(
    /// Money in hundredths of the network's currency.
    Cents, "cents"
);
quantity!(
    /// Volume in cubic millimetres.
    CubicMillimetres, "mm3"
);

impl Seconds {
    /// A span of whole minutes.
    pub const fn minutes(n: i64) -> Self {
        Self(n * 60)
    }

    /// A span of whole hours.
    pub const fn hours(n: i64) -> Self {
        Self(n * 3600)
    }
}

impl Cents {
    /// `basis_points` hundredths of a percent of the amount, rounded half away from zero.
    pub fn basis_points(self, basis_points: i64) -> Self {
        let raw = i128::from(self.0) * i128::from(basis_points);
        let half = if raw < 0 { -5_000 } else { 5_000 };
        Self(i64::try_from((raw + half) / 10_000).unwrap_or(i64::MAX))
    }

    /// The amount as `12.34`.
    pub fn to_decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }

    /// The amount in a sentence: `$12.34`.
    pub fn to_text(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}${}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

/// A point in time: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Later than every real time.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant `seconds` after the epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn unix(self) -> i64 {
        self.0
    }
}

impl Add<Seconds> for Timestamp {
    type Output = Self;
    fn add(self, span: Seconds) -> Self {
        Self(self.0 + span.0)
    }
}

impl Sub<Seconds> for Timestamp {
    type Output = Self;
    fn sub(self, span: Seconds) -> Self {
        Self(self.0 - span.0)
    }
}

impl Sub for Timestamp {
    type Output = Seconds;
    fn sub(self, earlier: Self) -> Seconds {
        Seconds(self.0 - earlier.0)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(t) => write!(f, "{t}"),
            Err(_) => write!(f, "never"),
        }
    }
}

/// Outer or inner size of a box: three edges. Which edge is called length is the owner's business.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    /// First horizontal edge.
    pub length: Millimetres,
    /// Second horizontal edge.
    pub width: Millimetres,
    /// The upright edge.
    pub height: Millimetres,
}

impl Size {
    /// A size of `length` x `width` x `height` millimetres.
    pub const fn new(length: i64, width: i64, height: i64) -> Self {
        Self { length: Millimetres(length), width: Millimetres(width), height: Millimetres(height) }
    }

    /// Volume of the box.
    pub fn volume(self) -> CubicMillimetres {
        CubicMillimetres(self.length.0 * self.width.0 * self.height.0)
    }

    /// The edges, longest first.
    pub fn sorted(self) -> [Millimetres; 3] {
        let mut edges = [self.length, self.width, self.height];
        edges.sort_unstable_by(|a, b| b.cmp(a));
        edges
    }

    /// Length plus girth as carriers measure it: the longest edge plus twice the sum of the other two.
    pub fn length_plus_girth(self) -> Millimetres {
        let [longest, middle, shortest] = self.sorted();
        longest + (middle + shortest) * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basis_points_round_half_away_from_zero() {
        assert_eq!(Cents::new(1_000).basis_points(1_650), Cents::new(165));
        assert_eq!(Cents::new(10).basis_points(500), Cents::new(1)); // 0.5 -> 1
        assert_eq!(Cents::new(-10).basis_points(500), Cents::new(-1));
        assert_eq!(Cents::new(9).basis_points(500), Cents::ZERO); // 0.45 -> 0
    }

    #[test]
    fn girth_takes_the_longest_edge_once() {
        assert_eq!(Size::new(10, 40, 20).length_plus_girth(), Millimetres::new(40 + 2 * 30));
    }

    #[test]
    fn timestamps_print_in_utc() {
        assert_eq!(Timestamp::from_unix(0).to_string(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn money_prints_with_two_decimals() {
        assert_eq!(Cents::new(-5).to_decimal(), "-0.05");
        assert_eq!(Cents::new(1234).to_decimal(), "12.34");
        assert_eq!((Cents::new(-5).to_text(), Cents::new(1234).to_text()), ("-$0.05".to_owned(), "$12.34".to_owned()));
    }
}
