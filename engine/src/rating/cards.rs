//! Rate cards compiled into dense tables.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use crate::calendar::Day;
use crate::calendar::civil::Date;
use crate::index::Index;
use crate::model::{
    ChargeClass, Charged, Condition, Flag, Further, Measure, MerchantIx, RateTable, RateUnit, Rounding, RoundingMode,
    ServiceIx, ServiceKind, ShareOf, Surcharge, Tariff, TariffIx, World,
};

use super::NotCarried;
use super::condition::{Branches, Entry, Measured, hangs_on, is_of_peak, window};
use super::rising::{Along, rises};

/// The set of all charges, and that of the base price, as [`Tariff::sets`] numbers them.
const ALL: usize = 0;
const BASE: usize = 1;

/// A hundredweight: 100 lb, in grams.
const HUNDREDWEIGHT_G: i64 = 45_359;

/// The rate cards of a world, compiled.
#[derive(Debug)]
pub struct Cards {
    /// `[service * (merchants + 1) + merchant]`, the last for nobody's: a card.
    of: Vec<u32>,
    merchants: usize,
    /// Versions of each card by their first day.
    versions: Vec<Vec<(Date, TariffIx)>>,
    pub(super) compiled: Vec<Compiled>,
    pub(super) limits: Vec<Limits>,
    /// Of each service: first and last day, percent.
    ratios: Vec<Vec<(Date, Date, i64)>>,
    /// Days from which on a card, and a service's ratio, may be other than on the day before; by number, ascending.
    changes: Vec<Vec<i32>>,
    ratio_changes: Vec<Vec<i32>>,
    /// Limits of the second and of the shortest edge in any condition, ascending.
    edges: [Vec<i64>; 2],
    /// Rule and label of each bill's first charge.
    pub(super) base: [Arc<str>; 2],
}

/// Days on which a service asks the same for the same parcel in the same column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceSpan {
    /// Their numbers ([`Day::number`]).
    pub days: Range<i32>,
    /// In a further column it asks no less.
    pub rises: bool,
    /// For a larger parcel it asks no less: one that is no smaller, lighter or less worth, and hazardous, fragile or in its own packaging if
    /// the other is.
    pub grows: bool,
}

/// What a service takes at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub weight: i64,
    pub girth: i64,
    pub flies: bool,
    pub is_post: bool,
}

/// The rules that may apply from a day on, in their order.
#[derive(Debug)]
pub(super) struct InForce {
    from: Date,
    all: Vec<u16>,
    /// Those that may apply to a parcel that is above none of the limits: most rules are for large ones, and most parcels are not.
    of_small: Vec<u16>,
    limits: Vec<(Measure, i64)>,
}

impl InForce {
    /// Those that may apply to a parcel, by its measures.
    pub fn of(&self, measured: &Measured<'_>) -> &[u16] {
        let is_small = self.limits.iter().all(|(measure, limit)| measured.of(*measure) <= *limit);
        if is_small { &self.of_small } else { &self.all }
    }
}

/// A version of a card.
#[derive(Debug)]
pub(super) struct Compiled {
    /// Its name, as charges quote it.
    pub id: Arc<str>,
    pub side_step_um: i64,
    pub side_nearest: bool,
    /// Divisor, and the volume above which it counts.
    pub dim: Option<(i64, i64)>,
    pub weight_step_ug: i64,
    pub least: Vec<(Entry, i64)>,
    pub rates: Rates,
    pub minimum: i64,
    /// See [`PriceSpan::rises`] and [`PriceSpan::grows`].
    pub rises: bool,
    pub grows: bool,
    pub base_sets: u32,
    pub rules: Vec<Rule>,
    /// From each day on, until the next.
    in_force: Vec<InForce>,
    pub branches: Branches,
    pub rounding: Rounding,
    /// First day, and millionths of the network's smallest unit; empty in the network's own currency.
    pub exchange: Vec<(Date, i64)>,
    /// Rules that insure goods, and that collect cash at the door.
    pub insuring: Vec<u16>,
    pub collecting: Vec<u16>,
}

#[derive(Debug)]
pub(super) enum Rates {
    Steps { limits: Vec<i64>, prices: Vec<i64>, columns: usize, further: Option<(i64, Vec<i64>)> },
    PerUnit { counts: Counts, unit: i64, minimum: Vec<i64>, classes: Vec<i64>, prices: Vec<i64> },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Counts {
    Pieces,
    Weight,
    Volume,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub rule: Arc<str>,
    pub label: Arc<str>,
    pub when: Entry,
    pub amount: Amount,
    pub is_off: bool,
    pub least: i64,
    pub most: i64,
    pub group: Option<u8>,
    pub priority: u8,
    pub sets: u32,
    pub is_of_peak: bool,
}

#[derive(Debug)]
pub(super) enum Amount {
    Fixed(i64),
    /// `cells[row * columns + column]`, or one a row.
    Table {
        measure: Measure,
        limits: Vec<i64>,
        cells: Vec<i64>,
        columns: usize,
    },
    PerUnit {
        measure: Measure,
        unit: i64,
        above: i64,
        each: i64,
    },
    OfSet {
        ppm: i64,
        set: u8,
    },
    OfValue {
        ppm: i64,
    },
    OfCollected {
        ppm: i64,
    },
}

impl Cards {
    /// Compiles the cards of a validated world.
    pub fn new(world: &World) -> Self {
        let merchants = world.merchants.len();
        let own = |service: ServiceIx, merchant: usize| {
            let is_own = |contract: &&crate::model::Contract| {
                contract.service == service && contract.merchant.usize() == merchant
            };
            world.contracts.iter().find(is_own).map_or(world.services[service].card, |contract| contract.card).0
        };
        let version = |&tariff: &TariffIx| (world.tariffs[tariff].valid_from, tariff);
        let ascending = |versions: &[TariffIx]| {
            let mut versions: Vec<_> = versions.iter().map(version).collect();
            versions.sort_unstable();
            versions
        };
        let ratios = |service: ServiceIx| {
            let carrier = world.services[service].carrier;
            let counts = world
                .volume_ratios
                .iter()
                .filter(move |ratio| ratio.carrier == carrier && ratio.service.is_none_or(|only| only == service));
            counts.map(|ratio| (ratio.first, ratio.last, ratio.percent)).collect()
        };
        let ratios: Vec<Vec<(Date, Date, i64)>> = world.services.indices().map(ratios).collect();
        let span = |(first, last): (Date, Date)| [Day::of(first).number(), Day::of(last).next().number()];
        let of_ratios = |ratios: &Vec<(Date, Date, i64)>| {
            ratios.iter().flat_map(|(first, last, _)| span((*first, *last))).collect()
        };
        Self {
            of: world.services.indices().flat_map(|s| (0..=merchants).map(move |m| own(s, m))).collect(),
            merchants,
            versions: world.cards.iter().map(|card| ascending(&card.versions)).collect(),
            compiled: world.tariffs.iter().map(|tariff| Compiled::new(tariff, world)).collect(),
            limits: (world.services.iter())
                .map(|service| Limits {
                    weight: service.max_weight.get(),
                    girth: service.max_girth.get(),
                    flies: service.air,
                    is_post: service.kind == ServiceKind::Post,
                })
                .collect(),
            changes: world.cards.iter().map(|card| changes(world, &card.versions)).collect(),
            ratio_changes: ratios.iter().map(of_ratios).map(ascending_days).collect(),
            ratios,
            edges: [Measure::Second, Measure::Shortest].map(|edge| limits_of(world, edge)),
            base: ["base", "Transport"].map(Arc::from),
        }
    }

    /// How many limits of the second and of the shortest edge a parcel is over, whichever card they are of.
    pub fn edges_over(&self, second: i64, shortest: i64) -> [usize; 2] {
        let over = |limits: &Vec<i64>, edge: i64| limits.partition_point(|limit| *limit < edge);
        [over(&self.edges[0], second), over(&self.edges[1], shortest)]
    }

    /// The version that holds for a merchant's parcels of a service that are collected on a day.
    pub fn version(
        &self,
        service: ServiceIx,
        merchant: Option<MerchantIx>,
        pickup: Date,
    ) -> Result<TariffIx, NotCarried> {
        let versions = &self.versions[self.card(service, merchant)];
        match versions.partition_point(|(from, _)| *from <= pickup).checked_sub(1) {
            Some(n) => Ok(versions[n].1),
            None => Err(NotCarried::NotYet { from: versions.first().map_or(Date::MAX, |(from, _)| *from) }),
        }
    }

    /// The days around this one on which a service asks a merchant the same.
    pub fn span(&self, service: ServiceIx, merchant: Option<MerchantIx>, day: Day) -> PriceSpan {
        let mut days = i32::MIN..i32::MAX;
        for changes in [&self.changes[self.card(service, merchant)], &self.ratio_changes[service.usize()]] {
            let (before, after) = changes.split_at(changes.partition_point(|from| *from <= day.number()));
            days.start = before.last().map_or(days.start, |from| days.start.max(*from));
            days.end = after.first().map_or(days.end, |from| days.end.min(*from));
        }
        let version = self.version(service, merchant, day.date()).ok();
        let (rises, grows) = version.map_or((false, false), |version| {
            let card = &self.compiled[version.usize()];
            (card.rises, card.grows)
        });
        PriceSpan { days, rises, grows }
    }

    fn card(&self, service: ServiceIx, merchant: Option<MerchantIx>) -> usize {
        let column = merchant.map_or(self.merchants, |merchant| merchant.usize());
        self.of[service.usize() * (self.merchants + 1) + column] as usize
    }

    /// The carrier's volume in percent of the usual one.
    pub(super) fn volume_ratio(&self, service: ServiceIx, pickup: Date) -> i64 {
        let told = self.ratios[service.usize()].iter().filter(|(first, last, _)| (*first..=*last).contains(&pickup));
        told.map(|(_, _, percent)| *percent).max().unwrap_or(100)
    }
}

impl Compiled {
    fn new(tariff: &Tariff, world: &World) -> Self {
        let names = SetNames(tariff.sets());
        let mut groups: Vec<&str> = tariff.surcharges.iter().filter_map(|rule| rule.group.as_deref()).collect();
        groups.sort_unstable();
        groups.dedup();
        let weighing = &tariff.weighing;
        let mut branches = Branches::default();
        let least = weighing.least.iter().map(|(when, g)| (branches.add(when, world), g.get())).collect();
        let rules = tariff.surcharges.iter();
        let rules = rules.map(|rule| Rule::new(rule, branches.add(&rule.when, world), &names, &groups)).collect();
        let mut exchange: Vec<(Date, i64)> = (world.exchange.iter())
            .filter(|rate| Some(&rate.currency) == tariff.currency.as_ref())
            .map(|rate| (rate.from, rate.ppm))
            .collect();
        exchange.sort_unstable();
        Self {
            id: tariff.id.as_str().into(),
            side_step_um: weighing.side_step_um,
            side_nearest: weighing.side_nearest,
            dim: weighing.dim.map(|dim| (dim.mm3_per_kg, dim.above.get())),
            weight_step_ug: weighing.weight_step_ug,
            least,
            rates: Rates::new(&tariff.rates),
            minimum: tariff.minimum.get(),
            rises: rises(tariff, Along::Columns),
            grows: rises(tariff, Along::Parcels),
            base_sets: names.bits(&tariff.base_sets) | 1 << ALL | 1 << BASE,
            rules,
            in_force: in_force(&tariff.surcharges),
            branches,
            rounding: tariff.rounding,
            exchange,
            insuring: offering(tariff, ChargeClass::Insurance, Flag::Insured),
            collecting: offering(tariff, ChargeClass::CashOnDelivery, Flag::CashOnDelivery),
        }
    }
}

/// The rules that price what a parcel may ask for: those of its class, and those that hold because it is asked.
fn offering(tariff: &Tariff, class: ChargeClass, flag: Flag) -> Vec<u16> {
    let offers = |rule: &Surcharge| rule.class == class || hangs_on(&rule.when, flag);
    tariff.surcharges.iter().enumerate().filter(|(_, rule)| offers(rule)).map(|(n, _)| n as u16).collect()
}

impl Compiled {
    /// Whether one of these rules may apply to what is collected on a day.
    pub fn has_in_force(&self, rules: &[u16], pickup: Date) -> bool {
        rules.iter().any(|rule| self.in_force(pickup).all.contains(rule))
    }

    /// The rules that may apply to what is collected on a day.
    pub fn in_force(&self, pickup: Date) -> &InForce {
        // The first entry is of the first day of all.
        let n = self.in_force.partition_point(|rules| rules.from <= pickup);
        &self.in_force[n.saturating_sub(1)]
    }
}

/// The limits of a measure in the conditions of all cards, ascending.
fn limits_of(world: &World, measure: Measure) -> Vec<i64> {
    let limits = RefCell::new(Vec::new());
    let note = |part: &Condition| {
        if let Condition::Over(of, limit) = part
            && *of == measure
        {
            limits.borrow_mut().push(*limit);
        }
        false
    };
    for tariff in world.tariffs.iter() {
        conditions(tariff).for_each(|when| {
            when.has(&note);
        });
    }
    let mut limits = limits.into_inner();
    limits.sort_unstable();
    limits.dedup();
    limits
}

/// The days from which on a card with these versions may ask something else.
fn changes(world: &World, versions: &[TariffIx]) -> Vec<i32> {
    let days = RefCell::new(Vec::new());
    let from = |day: Day| days.borrow_mut().push(day.number());
    let note = |part: &Condition| {
        if let Condition::Dates(first, last) = part {
            from(Day::of(*first));
            from(Day::of(*last).next());
        }
        false
    };
    for tariff in versions.iter().map(|version| &world.tariffs[*version]) {
        from(Day::of(tariff.valid_from));
        conditions(tariff).for_each(|when| {
            when.has(&note);
        });
        let rates = world.exchange.iter().filter(|rate| Some(&rate.currency) == tariff.currency.as_ref());
        rates.for_each(|rate| from(Day::of(rate.from)));
    }
    ascending_days(days.into_inner())
}

fn ascending_days(mut days: Vec<i32>) -> Vec<i32> {
    days.sort_unstable();
    days.dedup();
    days
}

/// All conditions of a tariff.
fn conditions(tariff: &Tariff) -> impl Iterator<Item = &Condition> {
    let least = tariff.weighing.least.iter().map(|(when, _)| when);
    tariff.surcharges.iter().map(|rule| &rule.when).chain(least)
}

/// The rules that may apply from each day on: a rule of another season costs nothing.
fn in_force(rules: &[Surcharge]) -> Vec<InForce> {
    let windows: Vec<(Date, Date)> = rules.iter().map(|rule| window(&rule.when)).collect();
    let mut days = vec![Date::MIN];
    days.extend(windows.iter().flat_map(|(first, last)| [Some(*first), last.tomorrow().ok()]).flatten());
    days.sort_unstable();
    days.dedup();
    let of_day = |day: Date| {
        let open = windows.iter().enumerate().filter(|(_, (first, last))| (*first..=*last).contains(&day));
        let all: Vec<u16> = open.map(|(n, _)| n as u16).collect();
        let (mut of_small, mut limits) = (Vec::new(), Vec::<(Measure, i64)>::new());
        for &rule in &all {
            let Some((measure, limit)) = limit_of(&rules[usize::from(rule)].when) else {
                of_small.push(rule);
                continue;
            };
            match limits.iter_mut().find(|(known, _)| *known == measure) {
                Some((_, least)) => *least = limit.min(*least),
                None => limits.push((measure, limit)),
            }
        }
        InForce { from: day, all, of_small, limits }
    };
    days.into_iter().map(of_day).collect()
}

/// A measure that must be above a limit for a condition to hold.
fn limit_of(when: &Condition) -> Option<(Measure, i64)> {
    match when {
        Condition::Over(measure, limit) => Some((*measure, *limit)),
        Condition::All(parts) => parts.iter().find_map(limit_of),
        _ => None,
    }
}

/// Sets by name: the charges that any rule or the base names.
struct SetNames<'a>(Vec<&'a str>);

impl SetNames<'_> {
    fn number(&self, name: &str) -> u8 {
        self.0.iter().position(|own| *own == name).expect("a validated share is of a set that is named") as u8
    }

    fn bits(&self, names: &[String]) -> u32 {
        names.iter().map(|name| 1_u32 << self.number(name)).fold(0, |bits, bit| bits | bit)
    }
}

impl Rule {
    fn new(rule: &Surcharge, when: Entry, names: &SetNames<'_>, groups: &[&str]) -> Self {
        let amount = match &rule.charged {
            Charged::Fixed(cents) => Amount::Fixed(cents.get()),
            Charged::Table { measure, rows } => Amount::Table {
                measure: *measure,
                limits: rows.iter().map(|(limit, _)| *limit).collect(),
                cells: rows.iter().flat_map(|(_, cells)| cells.iter().map(|cents| cents.get())).collect(),
                columns: rows.first().map_or(1, |(_, cells)| cells.len()),
            },
            Charged::PerUnit { measure, unit, above, each } => {
                Amount::PerUnit { measure: *measure, unit: *unit, above: *above, each: each.get() }
            }
            Charged::Share { ppm, of: ShareOf::Set(name) } => Amount::OfSet { ppm: *ppm, set: names.number(name) },
            Charged::Share { ppm, of: ShareOf::Value } => Amount::OfValue { ppm: *ppm },
            Charged::Share { ppm, of: ShareOf::CashOnDelivery } => Amount::OfCollected { ppm: *ppm },
        };
        let group = rule.group.as_deref().and_then(|own| groups.iter().position(|group| *group == own));
        Self {
            rule: rule.rule.as_str().into(),
            label: rule.label.as_str().into(),
            when,
            amount,
            is_off: rule.class == ChargeClass::Discount,
            least: rule.least.get(),
            most: rule.most.map_or(i64::MAX, crate::units::Cents::get),
            group: group.map(|n| n as u8),
            priority: rule.priority,
            sets: names.bits(&rule.sets) | 1 << ALL,
            is_of_peak: is_of_peak(&rule.when),
        }
    }
}

impl Rates {
    fn new(rates: &RateTable) -> Self {
        let cents = |amounts: &[crate::units::Cents]| amounts.iter().map(|cents| cents.get()).collect::<Vec<_>>();
        match rates {
            RateTable::Steps { limits, prices, columns, further } => Self::Steps {
                limits: limits.iter().map(|limit| limit.get()).collect(),
                prices: cents(prices),
                columns: *columns,
                further: further.as_ref().map(|Further { step, prices }| (step.get(), cents(prices))),
            },
            RateTable::PerUnit { unit, minimum, classes, prices } => {
                let (counts, size) = match unit {
                    RateUnit::Piece => (Counts::Pieces, 1),
                    RateUnit::Hundredweight => (Counts::Weight, HUNDREDWEIGHT_G),
                    RateUnit::Kilogram => (Counts::Weight, 1_000),
                    RateUnit::Litre => (Counts::Volume, 1_000_000),
                };
                let (minimum, prices) = (cents(minimum), cents(prices));
                Self::PerUnit { counts, unit: size, minimum, classes: classes.clone(), prices }
            }
        }
    }
}

/// A part of an amount in millionths, rounded.
pub(super) fn share(amount: i64, ppm: i64, rounding: Rounding) -> i64 {
    // Nearly always; a division of 128 bits takes several times as long.
    if let (1, RoundingMode::HalfUp, Some(product @ 0..)) = (rounding.to, rounding.mode, amount.checked_mul(ppm)) {
        return product / 1_000_000 + i64::from(product % 1_000_000 >= 500_000);
    }
    rounded(i128::from(amount) * i128::from(ppm), 1_000_000, rounding)
}

/// What an amount is at so many millionths of it a unit, rounded.
pub(super) fn units_at(amount: i64, ppm: i64, rounding: Rounding) -> i64 {
    rounded(i128::from(amount) * 1_000_000, i128::from(ppm), rounding)
}

/// `numerator / denominator` rounded to multiples of `rounding.to`; below zero as above it, mirrored.
fn rounded(numerator: i128, denominator: i128, rounding: Rounding) -> i64 {
    let Rounding { to, mode } = rounding;
    let step = denominator * i128::from(to);
    let (whole, rest) =
        (numerator.unsigned_abs() / step.unsigned_abs(), numerator.unsigned_abs() % step.unsigned_abs());
    let (twice, step) = (2 * rest, step.unsigned_abs());
    let more = match mode {
        RoundingMode::HalfUp => twice >= step,
        RoundingMode::HalfEven => twice > step || (twice == step && whole % 2 == 1),
        RoundingMode::Up => rest > 0,
        RoundingMode::Down => false,
    };
    let steps = i128::try_from(whole).unwrap_or(i128::MAX - 1) + i128::from(more);
    let amount = steps.saturating_mul(i128::from(to)) * numerator.signum();
    i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod rounding_tests {
    use super::*;

    #[test]
    fn each_way_of_rounding_by_hand() {
        let all = |numerator: i128, to| {
            [RoundingMode::HalfUp, RoundingMode::HalfEven, RoundingMode::Up, RoundingMode::Down]
                .map(|mode| rounded(numerator, 10, Rounding { to, mode }))
        };
        assert_eq!(all(24, 1), [2, 2, 3, 2]);
        assert_eq!(all(25, 1), [3, 2, 3, 2]);
        assert_eq!(all(35, 1), [4, 4, 4, 3]);
        assert_eq!(all(-25, 1), [-3, -2, -3, -2]);
        assert_eq!(all(20, 1), [2, 2, 2, 2]);
        // To five: 12.5 lies half-way between 10 and 15; 10 is two fives.
        assert_eq!(all(125, 5), [15, 10, 15, 10]);
        assert_eq!(all(175, 5), [20, 20, 20, 15]);
        assert_eq!(all(120, 5), [10, 10, 15, 10]);
    }
}
