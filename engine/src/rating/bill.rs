//! From a parcel to its bill.

use std::sync::Arc;

use crate::calendar::civil::Date;
use crate::index::Index as _;
use crate::model::{ChargeClass, MOST_GROUPS, MOST_SETS, Measure, NO_ZONE, ServiceIx, World};
use crate::units::{Cents, Grams, Millimetres};

use super::cards::{Amount, Cards, Compiled, Counts, Rates, Rule, share, units_at};
use super::condition::Measured;
use super::words;
use super::{Charge, NotCarried, ParcelFacts, Price};

/// No line is larger, whatever a card says: sums of all lines of a bill stay far from overflow.
const MOST: i64 = 1_000_000_000_000_000;

/// Which weight became the billable one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weighed {
    /// The actual.
    Actual,
    /// The volume's.
    ByVolume,
    /// A least one of the card.
    Least,
}

/// Hears of each line, and of a line that another one of its group replaces.
trait Lines {
    fn adds(&mut self, rule: usize, line: Line);
    fn drops(&mut self, rule: usize);
}

/// An amount, as charged, and as it stands in the card's own currency.
#[derive(Clone, Copy)]
struct Line {
    charged: i64,
    own: i64,
    /// What a share was taken of, in the card's currency.
    of: i64,
}

impl Lines for () {
    fn adds(&mut self, _: usize, _: Line) {}
    fn drops(&mut self, _: usize) {}
}

impl Lines for Vec<(usize, Line)> {
    fn adds(&mut self, rule: usize, line: Line) {
        self.push((rule, line));
    }
    fn drops(&mut self, rule: usize) {
        self.retain(|(other, _)| *other != rule);
    }
}

/// What is looked at of a service and its card.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Scope {
    /// Limits of weight, size and goods.
    limits: bool,
    /// Rules of the peak.
    peak: bool,
}

const IN_EARNEST: Scope = Scope { limits: true, peak: true };

/// What stands of an exclusive group.
#[derive(Clone, Copy)]
struct Standing {
    rule: usize,
    priority: u8,
    amount: i64,
    line: Line,
    sets: u32,
}

/// Sums of a bill so far.
struct Tally {
    charged: i64,
    sets: [i64; MOST_SETS],
    groups: [Option<Standing>; MOST_GROUPS],
}

impl Tally {
    fn add(&mut self, line: Line, sets: u32, sign: i64) {
        self.charged += sign * line.charged;
        let mut bits = sets;
        while bits != 0 {
            self.sets[bits.trailing_zeros() as usize] += sign * line.own;
            bits &= bits - 1;
        }
    }
}

/// A parcel on its way to a bill.
struct Billed {
    billable: i64,
    weighed: Weighed,
    base: Line,
    /// The rate before the minimum.
    rate: i64,
    total: i64,
}

impl Cards {
    /// Prices a parcel with all its lines; `column` is the 0-based price column of the pair of places
    /// ([`crate::network::Network::column`]).
    pub fn price(
        &self,
        world: &World,
        service: ServiceIx,
        column: u8,
        parcel: &ParcelFacts,
    ) -> Result<Price, NotCarried> {
        let mut lines: Vec<(usize, Line)> = Vec::new();
        let billed = self.bill(service, column, parcel, IN_EARNEST, &mut lines)?;
        let version = self.version(service, parcel.merchant, parcel.pickup)?;
        let (tariff, card) = (&world.tariffs[version], &self.compiled[version.usize()]);
        let mut measured = self.measured(service, column, parcel);
        measured.billable = billed.billable;
        let base = Charge {
            rule: Arc::clone(&self.base[0]),
            label: Arc::clone(&self.base[1]),
            class: ChargeClass::Transport,
            tariff: Arc::clone(&card.id),
            amount: Cents::new(billed.base.charged),
            inputs: words::base(tariff, &measured, billed.weighed, billed.rate)
                + &words::exchanged(tariff, billed.base.own, billed.base.charged),
        };
        let charge = |(n, line): (usize, Line)| {
            let (rule, compiled) = (&tariff.surcharges[n], &card.rules[n]);
            Charge {
                rule: Arc::clone(&compiled.rule),
                label: Arc::clone(&compiled.label),
                class: rule.class,
                tariff: Arc::clone(&card.id),
                amount: Cents::new(line.charged),
                inputs: words::inputs(world, tariff, rule, &measured, line.of)
                    + &words::exchanged(tariff, line.own, line.charged),
            }
        };
        lines.sort_by_key(|(rule, _)| *rule);
        let charges = std::iter::once(base).chain(lines.into_iter().map(charge)).collect();
        Ok(Price { billable: Grams::new(billed.billable), charges, total: Cents::new(billed.total) })
    }

    /// The total of [`Cards::price`], computed without its lines.
    pub fn total(&self, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Cents, NotCarried> {
        self.sum(service, column, parcel, IN_EARNEST)
    }

    /// The total as if the service had no limits of weight, size and goods: what its rate card would ask.
    pub fn total_waived(&self, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Cents, NotCarried> {
        self.sum(service, column, parcel, Scope { limits: false, ..IN_EARNEST })
    }

    /// The list price: [`Cards::total`] without rules that hang on dates or on the carrier's volume, as outside of every peak.
    pub fn list_price(&self, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Cents, NotCarried> {
        self.sum(service, column, parcel, Scope { peak: false, ..IN_EARNEST })
    }

    /// The weight that is billed.
    pub fn billable(&self, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Grams, NotCarried> {
        let card = &self.compiled[self.version(service, parcel.merchant, parcel.pickup)?.0 as usize];
        Ok(Grams::new(card.billable(&self.measured(service, column, parcel)).0))
    }

    fn sum(&self, service: ServiceIx, column: u8, parcel: &ParcelFacts, scope: Scope) -> Result<Cents, NotCarried> {
        self.bill(service, column, parcel, scope, &mut ()).map(|billed| Cents::new(billed.total))
    }

    fn measured<'a>(&self, service: ServiceIx, column: u8, parcel: &'a ParcelFacts) -> Measured<'a> {
        Measured::new(parcel, service, column, self.volume_ratio(service, parcel.pickup))
    }

    fn bill(
        &self,
        service: ServiceIx,
        column: u8,
        parcel: &ParcelFacts,
        scope: Scope,
        lines: &mut impl Lines,
    ) -> Result<Billed, NotCarried> {
        let mut measured = self.measured(service, column, parcel);
        if scope.limits {
            self.within_limits(&measured)?;
        }
        if column == NO_ZONE {
            return Err(NotCarried::NoZone);
        }
        let card = &self.compiled[self.version(service, parcel.merchant, parcel.pickup)?.0 as usize];
        if scope.limits && parcel.insured && !card.has_in_force(&card.insuring, parcel.pickup) {
            return Err(NotCarried::NotInsured);
        }
        if scope.limits && parcel.collect > Cents::ZERO && !card.has_in_force(&card.collecting, parcel.pickup) {
            return Err(NotCarried::NoCash);
        }
        let exchange = card.exchange_on(parcel.pickup);
        let (billable, weighed) = card.billable(&measured);
        measured.billable = billable;
        let rate = card.rates.of(&measured).ok_or(NotCarried::BeyondRates { billable: Grams::new(billable) })?;
        let line = |own: i64, of: i64| {
            let own = own.clamp(-MOST, MOST);
            Line { charged: card.exchanged(own, exchange).clamp(-MOST, MOST), own, of }
        };
        let base = line(rate.max(card.minimum), 0);
        let mut tally = Tally { charged: 0, sets: [0; MOST_SETS], groups: [None; MOST_GROUPS] };
        tally.add(base, card.base_sets, 1);
        for &n in card.in_force(parcel.pickup).of(&measured) {
            let (n, rule) = (usize::from(n), &card.rules[usize::from(n)]);
            if (rule.is_of_peak && !scope.peak) || !card.branches.hold(rule.when, &measured) {
                continue;
            }
            let (amount, of) = card.amount(rule, &measured, &tally, exchange);
            let amount = amount.clamp(rule.least.min(rule.most), rule.most);
            let line = line(if rule.is_off { -amount } else { amount }, of);
            if let Some(group) = rule.group {
                let own = Standing { rule: n, priority: rule.priority, amount, line, sets: rule.sets };
                match tally.groups[usize::from(group)] {
                    Some(other) if (other.priority, other.amount) >= (own.priority, own.amount) => continue,
                    Some(other) => {
                        tally.add(other.line, other.sets, -1);
                        lines.drops(other.rule);
                    }
                    None => {}
                }
                tally.groups[usize::from(group)] = Some(own);
            }
            tally.add(line, rule.sets, 1);
            lines.adds(n, line);
        }
        Ok(Billed { billable, weighed, base, rate, total: tally.charged })
    }

    /// What a service takes at all.
    fn within_limits(&self, measured: &Measured<'_>) -> Result<(), NotCarried> {
        let (limits, parcel) = (&self.limits[measured.service.0 as usize], measured.parcel);
        if parcel.gross.get() > limits.weight {
            return Err(NotCarried::TooHeavy { gross: parcel.gross, limit: Grams::new(limits.weight) });
        }
        if measured.girth > limits.girth {
            let [girth, limit] = [measured.girth, limits.girth].map(Millimetres::new);
            return Err(NotCarried::TooLarge { girth, limit });
        }
        if parcel.hazmat && limits.flies {
            return Err(NotCarried::Hazmat);
        }
        if parcel.po_box && !limits.is_post {
            return Err(NotCarried::PoBox);
        }
        Ok(())
    }
}

impl Compiled {
    fn billable(&self, measured: &Measured<'_>) -> (i64, Weighed) {
        let (mut grams, mut weighed) = (measured.parcel.gross.get(), Weighed::Actual);
        let volume = measured.parcel.size.volume().get();
        if let Some((mm3_per_kg, _)) = self.dim.filter(|(_, above)| volume > *above) {
            let by_volume = self.by_volume(measured, volume, mm3_per_kg);
            if by_volume > grams {
                (grams, weighed) = (by_volume, Weighed::ByVolume);
            }
        }
        for (when, least) in &self.least {
            if *least > grams && self.branches.hold(*when, measured) {
                (grams, weighed) = (*least, Weighed::Least);
            }
        }
        let grams = match self.weight_step_ug {
            1_000_000 => grams,
            step => {
                let steps = (i128::from(grams) * 1_000_000 + i128::from(step) - 1) / i128::from(step);
                let grams = (steps * i128::from(step) + 999_999) / 1_000_000;
                i64::try_from(grams).unwrap_or(i64::MAX)
            }
        };
        (grams, weighed)
    }

    /// Rounded up to a whole gram: a carrier never rounds down.
    fn by_volume(&self, measured: &Measured<'_>, volume: i64, mm3_per_kg: i64) -> i64 {
        const FAST: i64 = i64::MAX / 2_000;
        if self.side_step_um == 1_000 {
            if (0..FAST).contains(&volume) && mm3_per_kg < FAST {
                return (volume * 1_000 + mm3_per_kg - 1) / mm3_per_kg;
            }
            let grams = (i128::from(volume) * 1_000 + i128::from(mm3_per_kg) - 1) / i128::from(mm3_per_kg);
            return i64::try_from(grams).unwrap_or(i64::MAX);
        }
        let step = i128::from(self.side_step_um);
        let steps = |side: Millimetres| {
            let um = i128::from(side.get()) * 1_000;
            if self.side_nearest { ((2 * um + step) / (2 * step)).max(1) } else { (um + step - 1) / step }
        };
        let steps: i128 = measured.parcel.size.sorted().into_iter().map(steps).product();
        let (cube, divisor) = (steps.saturating_mul(step.pow(3)), i128::from(mm3_per_kg) * 1_000_000);
        i64::try_from(cube.saturating_add(divisor - 1) / divisor).unwrap_or(i64::MAX)
    }

    /// Millionths of the network's smallest unit on a day, where the card is in another currency.
    fn exchange_on(&self, pickup: Date) -> Option<i64> {
        let n = self.exchange.partition_point(|(from, _)| *from <= pickup);
        // A validated card has a rate from its first day on.
        self.exchange.get(n.saturating_sub(1)).map(|(_, ppm)| *ppm)
    }

    fn exchanged(&self, own: i64, exchange: Option<i64>) -> i64 {
        exchange.map_or(own, |ppm| share(own, ppm, self.rounding))
    }

    /// What a rule adds, and what a share is taken of.
    fn amount(&self, rule: &Rule, measured: &Measured<'_>, tally: &Tally, exchange: Option<i64>) -> (i64, i64) {
        let part = |of: i64, ppm: i64| (share(of, ppm, self.rounding), of);
        // Values are told in the network's currency.
        let own = |value: i64| exchange.map_or(value, |ppm| units_at(value, ppm, self.rounding));
        match &rule.amount {
            Amount::Fixed(cents) => (*cents, 0),
            Amount::Table { measure, limits, cells, columns } => {
                let row = limits.partition_point(|limit| *limit < measured.of(*measure)).min(limits.len() - 1);
                let column = if *columns == 1 { 0 } else { usize::from(measured.column) };
                (cells[row * columns + column], 0)
            }
            Amount::PerUnit { measure, unit, above, each } => {
                let units = ((measured.of(*measure) - above).max(0) + unit - 1) / unit;
                (units.saturating_mul(*each), 0)
            }
            Amount::OfSet { ppm, set } => part(tally.sets[usize::from(*set)].max(0), *ppm),
            Amount::OfValue { ppm } => part(own(measured.parcel.value.get()), *ppm),
            Amount::OfCollected { ppm } => part(own(measured.parcel.collect.get()), *ppm),
        }
    }
}

impl Rates {
    /// The rate of a parcel; `None` beyond the last weight step.
    fn of(&self, measured: &Measured<'_>) -> Option<i64> {
        let (column, billable) = (usize::from(measured.column), measured.billable);
        match self {
            Self::Steps { limits, prices, columns, further } => {
                let row = limits.partition_point(|&limit| limit < billable);
                if row < limits.len() {
                    return Some(prices[row * columns + column]);
                }
                let ((step, each), last) = (further.as_ref()?, limits.len() - 1);
                let steps = (billable - limits[last] + step - 1) / step;
                Some(prices[last * columns + column].saturating_add(steps.saturating_mul(each[column])))
            }
            Self::PerUnit { counts, unit, minimum, classes, prices } => {
                // Classes of pieces are by weight.
                let (amount, classed) = match counts {
                    Counts::Pieces => (1, billable),
                    Counts::Weight => (billable, billable),
                    Counts::Volume => (measured.of(Measure::Volume), measured.of(Measure::Volume)),
                };
                // Below the first class its price holds.
                let class = classes.partition_point(|&from| from <= classed).saturating_sub(1);
                let each = i128::from(prices[class * minimum.len() + column]);
                let cents = (i128::from(amount) * each + i128::from(*unit) - 1) / i128::from(*unit);
                Some(i64::try_from(cents).unwrap_or(i64::MAX).max(minimum[column]))
            }
        }
    }
}
