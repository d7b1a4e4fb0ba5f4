//! What a charge was computed from, for people.

use std::fmt::{self, Write as _};

use crate::model::{Charged, Condition, Flag, Measure, RateTable, ShareOf, Surcharge, Tariff, World};
use crate::units::{Cents, Grams, Millimetres};

use super::bill::Weighed;
use super::condition::{Measured, holds};

/// Currencies whose smallest unit is the whole one (ISO 4217).
const WITHOUT_DECIMALS: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
];

/// The facts behind the base price; `rate` is what the table says.
pub(super) fn base(tariff: &Tariff, measured: &Measured<'_>, weighed: Weighed, rate: i64) -> String {
    let (billable, gross) = (Grams::new(measured.billable), measured.parcel.gross);
    let by = match weighed {
        Weighed::Actual if measured.billable > gross.get() => "actual, rounded up",
        Weighed::Actual => "actual",
        Weighed::ByVolume => "by volume",
        Weighed::Least => "least billable",
    };
    let minimum = match rate < tariff.minimum.get() {
        true => format!(", minimum of {}", money(tariff, tariff.minimum.get())),
        false => String::new(),
    };
    let further = match &tariff.rates {
        RateTable::Steps { limits, further: Some(further), .. }
            if limits.last().is_some_and(|last| *last < billable) =>
        {
            format!(", in steps of {} beyond the last row", further.step)
        }
        _ => String::new(),
    };
    let column = u16::from(measured.column) + 1;
    format!("billable {billable} ({by}), actual {gross}, price column {column}{further}{minimum}")
}

/// Facts in one text, parted by semicolons.
struct Facts(String);

impl Facts {
    fn add(&mut self, fact: fmt::Arguments<'_>) {
        if !self.0.is_empty() {
            self.0.push_str("; ");
        }
        // A string takes all that is written to it.
        let _ = self.0.write_fmt(fact);
    }
}

/// The facts that made a rule apply and set its amount; `of` is what a share was taken of.
pub(super) fn inputs(world: &World, tariff: &Tariff, rule: &Surcharge, measured: &Measured<'_>, of: i64) -> String {
    let mut facts = Facts(String::with_capacity(64));
    tell(&mut facts, world, &rule.when, measured);
    match &rule.charged {
        Charged::Fixed(_) => {}
        Charged::Table { measure, .. } => facts.add(format_args!("{}", told(*measure, measured.of(*measure)))),
        Charged::PerUnit { measure, unit, above, .. } => {
            let above = if *above > 0 { format!(" above {}", amount(*measure, *above)) } else { String::new() };
            let measured = told(*measure, measured.of(*measure));
            facts.add(format_args!("{measured}, each begun {}{above}", amount(*measure, *unit)));
        }
        Charged::Share { ppm, of: share } => {
            let of = money(tariff, of);
            let (before, name) = match share {
                ShareOf::Set(name) if name == "fuel" || name == "all" || name == "base" => ("", ""),
                ShareOf::Set(name) => (", the charges of ", name.as_str()),
                ShareOf::Value => (", the value of the goods", ""),
                ShareOf::CashOnDelivery => (", the cash to collect", ""),
            };
            facts.add(format_args!("{} % of {of}{before}{name}", percent(*ppm)));
        }
    }
    if facts.0.is_empty() {
        facts.add(format_args!("every parcel"));
    }
    match (&rule.group, rule.priority) {
        (Some(group), 0) => facts.add(format_args!("dearest of the group {group}")),
        (Some(group), priority) => facts.add(format_args!("first of the group {group}, priority {priority}")),
        (None, _) => {}
    }
    facts.0
}

/// `; 12.30 CAD`, where a line was exchanged.
pub(super) fn exchanged(tariff: &Tariff, own: i64, charged: i64) -> String {
    match &tariff.currency {
        Some(_) => format!("; {} exchanged to {}", money(tariff, own), Cents::new(charged).to_text()),
        None => String::new(),
    }
}

fn money(tariff: &Tariff, amount: i64) -> String {
    match &tariff.currency {
        Some(currency) if WITHOUT_DECIMALS.contains(&currency.as_str()) => format!("{amount} {currency}"),
        Some(currency) => format!("{} {currency}", Cents::new(amount).to_decimal()),
        None => Cents::new(amount).to_text(),
    }
}

/// The part of a condition that made it hold; nothing of one that always does.
fn tell(facts: &mut Facts, world: &World, condition: &Condition, measured: &Measured<'_>) {
    let (parcel, column) = (measured.parcel, u16::from(measured.column) + 1);
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| tell(facts, world, part, measured)),
        Condition::Any(parts) => {
            let held = parts.iter().find(|part| holds(part, world, measured));
            held.into_iter().for_each(|part| tell(facts, world, part, measured));
        }
        Condition::Not(part) => match &**part {
            Condition::Flag(flag) => facts.add(format_args!("no {}", flag_text(*flag))),
            Condition::Over(measure, limit) => {
                let told = told(*measure, measured.of(*measure));
                facts.add(format_args!("{told} not over {}", amount(*measure, *limit)));
            }
            Condition::Area(name) => facts.add(format_args!("destination not on the list {name}")),
            Condition::Dates(first, last) => {
                facts.add(format_args!("collected on {}, not in {first} to {last}", parcel.pickup));
            }
            Condition::Columns(..) | Condition::Postals(_) | Condition::Service(_) => {
                tell(facts, world, part, measured);
            }
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => {
                facts.add(format_args!("none of what it excepts"));
            }
        },
        Condition::Flag(flag) => facts.add(format_args!("{}", flag_text(*flag))),
        Condition::Service(_) => facts.add(format_args!("service {}", world.services[measured.service].id)),
        Condition::Columns(..) => facts.add(format_args!("price column {column}")),
        Condition::Area(name) => facts.add(format_args!("destination on the list {name}")),
        Condition::Postals(_) => facts.add(format_args!("destination {}", world.postals[parcel.postal].code)),
        Condition::Over(measure, limit) => {
            facts.add(format_args!("{} over {}", told(*measure, measured.of(*measure)), amount(*measure, *limit)));
        }
        Condition::Dates(first, last) => {
            facts.add(format_args!("collected on {} ({first} to {last})", parcel.pickup));
        }
    }
}

fn flag_text(flag: Flag) -> &'static str {
    match flag {
        Flag::Residential => "residential address",
        Flag::Hazmat => "lithium cells",
        Flag::Fragile => "fragile goods",
        Flag::OwnPackaging => "own packaging",
        Flag::Insured => "insured",
        Flag::CashOnDelivery => "cash on delivery",
    }
}

/// `longest edge 1,300 mm`.
fn told(measure: Measure, value: i64) -> String {
    let what = match measure {
        Measure::Longest => "longest edge",
        Measure::Second => "second edge",
        Measure::Shortest => "shortest edge",
        Measure::Girth => "length plus girth",
        Measure::Volume => "volume",
        Measure::Weight => "weight",
        Measure::Billable => "billable",
        Measure::Value => "value",
        Measure::VolumeRatio => "carrier's volume",
    };
    format!("{what} {}", amount(measure, value))
}

fn amount(measure: Measure, value: i64) -> String {
    match measure {
        Measure::Longest | Measure::Second | Measure::Shortest | Measure::Girth => Millimetres::new(value).to_string(),
        Measure::Volume => crate::units::CubicMillimetres::new(value).to_string(),
        Measure::Weight | Measure::Billable => Grams::new(value).to_string(),
        Measure::Value => Cents::new(value).to_text(),
        Measure::VolumeRatio => format!("{value} %"),
    }
}

/// Millionths as percent, two decimals at least.
fn percent(ppm: i64) -> String {
    let (whole, mut rest) = (ppm / 10_000, format!("{:04}", ppm % 10_000));
    while rest.len() > 2 && rest.ends_with('0') {
        rest.pop();
    }
    format!("{whole}.{rest}")
}
