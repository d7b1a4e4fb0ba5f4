//! Conditions compiled to branches, and what they test.

use crate::calendar::civil::Date;
use crate::index::Index;
use crate::model::{Condition, Flag, Measure, ServiceIx, World};

use super::ParcelFacts;

/// Where a branch ends.
const HOLDS: u16 = u16::MAX;
const FAILS: u16 = u16::MAX - 1;

/// Conditions as short-circuit branches: tests, and where to go on if each is true or false.
#[derive(Clone, Debug, Default)]
pub(super) struct Branches {
    nodes: Vec<Node>,
    /// Bits by postal area, and services, that tests refer to.
    postals: Vec<Vec<u64>>,
    services: Vec<Vec<ServiceIx>>,
}

/// Where the branches of a condition begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry(u16);

#[derive(Clone, Copy, Debug)]
struct Node {
    test: Test,
    yes: u16,
    no: u16,
}

#[derive(Clone, Copy, Debug)]
enum Test {
    Flag(Flag),
    Service(u16),
    Columns(u8, u8),
    Postals(u16),
    Over(Measure, i64),
    Dates(Date, Date),
}

/// A parcel with what rules ask of it, measured once.
#[derive(Clone, Copy)]
pub(super) struct Measured<'a> {
    pub parcel: &'a ParcelFacts,
    pub service: ServiceIx,
    pub column: u8,
    longest: i64,
    second: i64,
    shortest: i64,
    pub girth: i64,
    volume: i64,
    /// 0 until it is known.
    pub billable: i64,
    pub volume_ratio: i64,
}

impl<'a> Measured<'a> {
    pub fn new(parcel: &'a ParcelFacts, service: ServiceIx, column: u8, volume_ratio: i64) -> Self {
        let [longest, second, shortest] = parcel.size.sorted().map(crate::units::Millimetres::get);
        let girth = longest + 2 * (second + shortest);
        let volume = parcel.size.volume().get();
        Self { parcel, service, column, longest, second, shortest, girth, volume, billable: 0, volume_ratio }
    }

    pub fn of(&self, measure: Measure) -> i64 {
        match measure {
            Measure::Longest => self.longest,
            Measure::Second => self.second,
            Measure::Shortest => self.shortest,
            Measure::Girth => self.girth,
            Measure::Volume => self.volume,
            Measure::Weight => self.parcel.gross.get(),
            Measure::Billable => self.billable,
            Measure::Value => self.parcel.value.get(),
            Measure::VolumeRatio => self.volume_ratio,
        }
    }

    pub fn has(&self, flag: Flag) -> bool {
        let parcel = self.parcel;
        match flag {
            Flag::Residential => parcel.residential,
            Flag::Hazmat => parcel.hazmat,
            Flag::Fragile => parcel.fragile,
            Flag::OwnPackaging => parcel.own_packaging,
            Flag::Insured => parcel.insured,
            Flag::CashOnDelivery => parcel.collect > crate::units::Cents::ZERO,
        }
    }
}

impl Branches {
    /// Appends a condition.
    pub fn add(&mut self, condition: &Condition, world: &World) -> Entry {
        Entry(self.emit(condition, HOLDS, FAILS, world))
    }

    /// Appends what goes on at `yes` if the condition holds and at `no` if not; answers where to begin.
    fn emit(&mut self, condition: &Condition, yes: u16, no: u16, world: &World) -> u16 {
        let test = match condition {
            Condition::All(parts) => {
                return parts.iter().rev().fold(yes, |next, part| self.emit(part, next, no, world));
            }
            Condition::Any(parts) => {
                return parts.iter().rev().fold(no, |next, part| self.emit(part, yes, next, world));
            }
            Condition::Not(part) => return self.emit(part, no, yes, world),
            Condition::Flag(flag) => Test::Flag(*flag),
            Condition::Service(services) => {
                self.services.push(services.clone());
                Test::Service((self.services.len() - 1) as u16)
            }
            Condition::Columns(first, last) => Test::Columns(*first, *last),
            Condition::Area(name) => self.postals(bits(world, |postal| world.is_in_area(name, postal))),
            Condition::Postals(ranges) => {
                self.postals(bits(world, |postal| is_listed(&world.postals[postal].code, ranges)))
            }
            Condition::Over(measure, limit) => Test::Over(*measure, *limit),
            Condition::Dates(first, last) => Test::Dates(*first, *last),
        };
        self.nodes.push(Node { test, yes, no });
        (self.nodes.len() - 1) as u16
    }

    /// A test of a list of postal areas; equal lists are kept once.
    fn postals(&mut self, bits: Vec<u64>) -> Test {
        let known = self.postals.iter().position(|own| *own == bits).unwrap_or_else(|| {
            self.postals.push(bits);
            self.postals.len() - 1
        });
        Test::Postals(known as u16)
    }

    pub fn hold(&self, entry: Entry, measured: &Measured<'_>) -> bool {
        let mut at = entry.0;
        while let Some(node) = self.nodes.get(usize::from(at)) {
            at = if self.test(&node.test, measured) { node.yes } else { node.no };
        }
        at == HOLDS
    }

    fn test(&self, test: &Test, measured: &Measured<'_>) -> bool {
        match test {
            Test::Flag(flag) => measured.has(*flag),
            Test::Service(list) => self.services[usize::from(*list)].contains(&measured.service),
            Test::Columns(first, last) => (*first..=*last).contains(&measured.column),
            Test::Postals(list) => {
                let n = measured.parcel.postal.usize();
                self.postals[usize::from(*list)].get(n / 64).is_some_and(|word| word >> (n % 64) & 1 == 1)
            }
            Test::Over(measure, limit) => measured.of(*measure) > *limit,
            Test::Dates(first, last) => (*first..=*last).contains(&measured.parcel.pickup),
        }
    }
}

/// Whether a condition holds, once.
pub(super) fn holds(condition: &Condition, world: &World, measured: &Measured<'_>) -> bool {
    let mut branches = Branches::default();
    let entry = branches.add(condition, world);
    branches.hold(entry, measured)
}

/// The days outside of which a condition never holds.
pub(super) fn window(condition: &Condition) -> (Date, Date) {
    match condition {
        Condition::Dates(first, last) => (*first, *last),
        Condition::All(parts) => parts
            .iter()
            .map(window)
            .fold((Date::MIN, Date::MAX), |(first, last), own| (first.max(own.0), last.min(own.1))),
        _ => (Date::MIN, Date::MAX),
    }
}

fn bits(world: &World, is_in: impl Fn(crate::model::PostalIx) -> bool) -> Vec<u64> {
    let mut bits = vec![0; world.postals.len().div_ceil(64)];
    for postal in world.postals.indices().filter(|postal| is_in(*postal)) {
        bits[postal.usize() / 64] |= 1 << (postal.usize() % 64);
    }
    bits
}

/// Whether a code begins like one of a range.
pub(super) fn is_listed(code: &str, ranges: &[(String, String)]) -> bool {
    let begins = |text: &str| code.get(..text.len()).map(str::to_owned);
    ranges.iter().any(|(first, last)| begins(first).is_some_and(|own| (first..=last).contains(&&own)))
}

/// Whether a condition may hold because a flag is set.
pub(super) fn hangs_on(condition: &Condition, flag: Flag) -> bool {
    match condition {
        Condition::Flag(own) => *own == flag,
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| hangs_on(part, flag)),
        _ => false,
    }
}

/// Whether a condition hangs on dates or on the carrier's volume: a matter of the peak.
pub(super) fn is_of_peak(condition: &Condition) -> bool {
    let hangs = |part: &Condition| matches!(part, Condition::Dates(..) | Condition::Over(Measure::VolumeRatio, _));
    condition.has(&hangs)
}
