//! No packing is billed less: a bound that needs no geometry.
//!
//! Goods of volume `V` and weight `W` go in one carton, the cheapest that could hold them, or in two and more. For these let
//! `a`, `l`, `m >= 0` be such that no carton is billed less than `a + l x (its inside) + m x (what it may hold by weight)` at
//! any gross weight; then they are not billed less than `2a + lV + mW`. A grid of `l` and `m`, each with its largest `a`,
//! makes the bound: the dual of covering volume and weight by cartons. It holds where bills do not fall as weight rises.

use crate::units::{Cents, Grams};

use super::problem::{Carton, CartonBill, Problem};
use super::units::{Kind, fits, units};

/// Values of `l` and of `m`.
const GRID: i32 = 60;

/// Gross weights of a carton type that are looked at.
const WEIGHTS: i64 = 256;

/// Bounds for orders that are packed into the same cartons by the same bill.
pub struct Bounds<'a> {
    cartons: &'a [Carton],
    bill: &'a dyn CartonBill,
    cuts: Vec<Cut>,
}

impl std::fmt::Debug for Bounds<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bounds").field("cuts", &self.cuts.len()).finish_non_exhaustive()
    }
}

/// What no carton is billed less than: so many cents, and more for each cubic millimetre of its inside and each gram in it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    each: f64,
    volume: f64,
    weight: f64,
}

/// A carton at a weight: cents, inside, most grams in it.
struct Point {
    cents: f64,
    volume: f64,
    grams: f64,
}

impl<'a> Bounds<'a> {
    /// For these cartons, billed so.
    pub fn new(cartons: &'a [Carton], bill: &'a dyn CartonBill) -> Self {
        let points: Vec<Point> = cartons.iter().enumerate().flat_map(|(n, carton)| points(n, carton, bill)).collect();
        // A cut holds at every point, so it is no steeper than the flattest of them.
        let flattest = |measure: fn(&Point) -> f64| {
            points.iter().map(|point| point.cents / measure(point).max(1.0)).fold(f64::MAX, f64::min)
        };
        let (by_volume, by_weight) = (flattest(|point| point.volume), flattest(|point| point.grams));
        let value = |n: i32, most: f64| most * f64::from(n) / f64::from(GRID);
        let grid = (0..GRID).flat_map(|l| (0..GRID).map(move |m| (value(l, by_volume), value(m, by_weight))));
        let cut = |(volume, weight): (f64, f64)| {
            let left = points.iter().map(|point| point.cents - volume * point.volume - weight * point.grams);
            Cut { each: left.fold(f64::INFINITY, f64::min), volume, weight }
        };
        Self { cartons, bill, cuts: grid.map(cut).filter(|cut| cut.each >= 0.0).collect() }
    }

    /// What no packing of all units that fit some carton is billed less than.
    pub fn of(&self, problem: &Problem) -> Cents {
        let (kinds, units, _) = units(&problem.items, self.cartons);
        if units.is_empty() {
            return Cents::ZERO;
        }
        let sum = |measure: fn(&Kind) -> i64| -> i64 { units.iter().map(|&unit| measure(&kinds[unit as usize])).sum() };
        let (volume, weight) = (sum(|kind| kind.volume), sum(|kind| kind.weight.get()));
        let could_hold = |carton: &Carton| {
            carton.inner.volume().get() >= volume
                && carton.tare.get() + weight <= carton.max_gross.get()
                && units.iter().all(|&unit| fits(&kinds[unit as usize], carton))
        };
        let holding = self.cartons.iter().enumerate().filter(|(_, carton)| could_hold(carton));
        let in_one = holding.map(|(n, carton)| {
            let gross = Grams::new(carton.tare.get() + weight);
            self.bill.bill(n, gross).get() as f64
        });
        let in_more = |cut: &Cut| 2.0 * cut.each + cut.volume * volume as f64 + cut.weight * weight as f64;
        let in_more = match units.len() {
            1 => f64::INFINITY,
            _ => self.cuts.iter().map(in_more).fold(0.0, f64::max),
        };
        // Rounding errors of sums of a few terms are far below a cent.
        let least = in_one.fold(in_more, f64::min);
        Cents::new(if least.is_finite() { (least - 1e-6).ceil() as i64 } else { 0 })
    }
}

/// A carton type over its gross weights: each step is billed as at its beginning and holds as much as at its end.
fn points(n: usize, carton: &Carton, bill: &dyn CartonBill) -> impl Iterator<Item = Point> {
    let (tare, room) = (carton.tare.get(), (carton.max_gross - carton.tare).get());
    let (step, volume) = (room / WEIGHTS + 1, carton.inner.volume().get() as f64);
    (0..=room / step).map(move |at| Point {
        cents: bill.bill(n, Grams::new(tare + at * step)).get() as f64,
        volume,
        grams: ((at + 1) * step).min(room) as f64,
    })
}
