//! Which surcharges apply to a parcel, and what each adds.

use crate::model::{Charged, Condition, Surcharge, Tariff, World};
use crate::units::{Cents, CubicMillimetres, Grams, Millimetres};

use super::ParcelFacts;

/// A parcel with what conditions ask of its size, measured once.
pub(super) struct Measured<'a> {
    pub(super) parcel: &'a ParcelFacts,
    pub(super) girth: Millimetres,
    longest: Millimetres,
    second: Millimetres,
    volume: CubicMillimetres,
}

impl<'a> Measured<'a> {
    pub(super) fn new(parcel: &'a ParcelFacts) -> Self {
        let [longest, second, shortest] = parcel.size.sorted();
        let girth = longest + (second + shortest) * 2;
        Self { parcel, girth, longest, second, volume: parcel.size.volume() }
    }
}

/// Whether a surcharge is one of the peak: it holds in a window of dates.
pub(super) fn is_dated(surcharge: &Surcharge) -> bool {
    surcharge.conditions.iter().any(|condition| matches!(condition, Condition::Dates { .. }))
}

/// The surcharges that are counted and apply, in the tariff's order; of a group only the dearest (the first among equals).
pub(super) fn applying<'a>(
    world: &World,
    tariff: &'a Tariff,
    billable: Grams,
    measured: &Measured<'_>,
    counted: impl Fn(&Surcharge) -> bool,
) -> Vec<(&'a Surcharge, Cents)> {
    let mut applying: Vec<(&Surcharge, Cents)> = Vec::new();
    for surcharge in tariff.surcharges.iter().filter(|surcharge| counted(surcharge)) {
        if !surcharge.conditions.iter().all(|condition| is_met(world, condition, measured)) {
            continue;
        }
        let amount = amount(surcharge, billable);
        let rival = surcharge
            .group
            .as_ref()
            .and_then(|group| applying.iter().position(|(standing, _)| standing.group.as_ref() == Some(group)));
        match rival {
            Some(n) if amount <= applying[n].1 => {}
            Some(n) => {
                applying.remove(n);
                applying.push((surcharge, amount));
            }
            None => applying.push((surcharge, amount)),
        }
    }
    applying
}

fn is_met(world: &World, condition: &Condition, measured: &Measured<'_>) -> bool {
    let parcel = measured.parcel;
    match condition {
        Condition::Residential => parcel.residential,
        Condition::Area(name) => world.is_in_area(name, parcel.postal),
        Condition::LongestOver(limit) => measured.longest > *limit,
        Condition::SecondOver(limit) => measured.second > *limit,
        Condition::GirthOver(limit) => measured.girth > *limit,
        Condition::VolumeOver(limit) => measured.volume > *limit,
        Condition::WeightOver(limit) => parcel.gross > *limit,
        Condition::Dates { first, last } => (*first..=*last).contains(&parcel.pickup),
    }
}

fn amount(surcharge: &Surcharge, billable: Grams) -> Cents {
    match &surcharge.charged {
        Charged::Fixed(amount) => *amount,
        Charged::ByWeight(steps) => {
            let step = steps.iter().find(|(limit, _)| billable <= *limit).or(steps.last());
            step.map_or(Cents::ZERO, |(_, amount)| *amount)
        }
    }
}

/// The facts that made a surcharge apply and set its amount, for people.
pub(super) fn inputs(surcharge: &Surcharge, billable: Grams, measured: &Measured<'_>) -> String {
    let mut facts: Vec<String> = surcharge.conditions.iter().map(|condition| fact(condition, measured)).collect();
    if facts.is_empty() {
        facts.push("every parcel".to_owned());
    }
    if matches!(surcharge.charged, Charged::ByWeight(_)) {
        facts.push(format!("billable {billable}"));
    }
    facts.extend(surcharge.group.as_ref().map(|group| format!("dearest of the group {group}")));
    facts.join("; ")
}

fn fact(condition: &Condition, measured: &Measured<'_>) -> String {
    match condition {
        Condition::Residential => "residential address".to_owned(),
        Condition::Area(name) => format!("destination on the list {name}"),
        Condition::LongestOver(limit) => format!("longest edge {} over {limit}", measured.longest),
        Condition::SecondOver(limit) => format!("second edge {} over {limit}", measured.second),
        Condition::GirthOver(limit) => format!("length plus girth {} over {limit}", measured.girth),
        Condition::VolumeOver(limit) => format!("volume {} over {limit}", measured.volume),
        Condition::WeightOver(limit) => format!("weight {} over {limit}", measured.parcel.gross),
        Condition::Dates { first, last } => {
            format!("collected on {} ({first} to {last})", measured.parcel.pickup)
        }
    }
}
