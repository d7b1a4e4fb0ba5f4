//! The price of a parcel: rate cards, dimensional weight, surcharges.
//!
//! price = max(rate(billable weight, column), minimum) + surcharges + fuel, in cents, where
//! billable weight = max(actual, volume / divisor) if the tariff bills by volume. Surcharges apply when all their conditions
//! hold; of an exclusive group only the dearest. Fuel is a share of the base and of the surcharges that say so, rounded half
//! up once. Every line names its rule, its tariff and what it was computed from. [`total`] is the same sum without the lines.

use std::fmt;

use crate::calendar::civil::Date;
use crate::model::{Charged, Condition, PostalIx, RateTable, Service, ServiceIx, Surcharge, Tariff, World};
use crate::units::{Cents, Grams, Millimetres, Size};

/// What a carrier sees of a parcel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParcelFacts {
    /// Outer size.
    pub size: Size,
    /// Weight with box.
    pub gross: Grams,
    /// Holds lithium cells.
    pub hazmat: bool,
    /// Goes to a home.
    pub residential: bool,
    /// Goes there.
    pub postal: PostalIx,
    /// Local date of the collection.
    pub pickup: Date,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The rule within the tariff: `base`, `residential`, `fuel`.
    pub rule: String,
    /// Text for people.
    pub label: String,
    /// The tariff it stands in.
    pub tariff: String,
    /// How much.
    pub amount: Cents,
    /// What it was computed from, for people.
    pub inputs: String,
}

/// A priced parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The weight that was billed.
    pub billable: Grams,
    /// The lines.
    pub charges: Vec<Charge>,
    /// Their sum.
    pub total: Cents,
}

/// Why a service does not take a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCarried {
    /// Heavier than the service takes.
    TooHeavy {
        /// The parcel.
        gross: Grams,
        /// The limit.
        limit: Grams,
    },
    /// Longer and thicker than the service takes.
    TooLarge {
        /// Length plus girth of the parcel.
        girth: Millimetres,
        /// The limit.
        limit: Millimetres,
    },
    /// Lithium cells do not fly.
    Hazmat,
    /// Heavier than the last step of the rate card.
    BeyondRates {
        /// The billable weight.
        billable: Grams,
    },
}

impl fmt::Display for NotCarried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooHeavy { gross, limit } => write!(f, "a parcel of {gross} is above its limit of {limit}"),
            Self::TooLarge { girth, limit } => write!(f, "length plus girth of {girth} is above its limit of {limit}"),
            Self::Hazmat => f.write_str("goods with lithium cells do not fly"),
            Self::BeyondRates { billable } => write!(f, "its rate card ends below {billable}"),
        }
    }
}

/// A hundredweight: 100 lb.
const HUNDREDWEIGHT_G: i64 = 45_359;

/// Prices a parcel with all its lines; `column` is the 0-based price column of the pair of places.
pub fn price(world: &World, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Price, NotCarried> {
    let service = &world.services[service];
    let tariff = &world.tariffs[service.tariff];
    let (billable, base) = base(service, tariff, column, parcel)?;
    let charge = |rule: &str, label: &str, amount: Cents, inputs: String| Charge {
        rule: rule.to_owned(),
        label: label.to_owned(),
        tariff: tariff.id.clone(),
        amount,
        inputs,
    };
    let from = format!("billable {billable}, actual {}, price column {}", parcel.gross, column + 1);
    let mut charges = vec![charge("base", "Transport", base, from)];
    let mut fuelled = base;
    for surcharge in applying(world, tariff, billable, parcel) {
        let amount = amount(surcharge, billable);
        if surcharge.fuelled {
            fuelled += amount;
        }
        charges.push(charge(&surcharge.rule, &surcharge.label, amount, facts(surcharge, parcel)));
    }
    if tariff.fuel_bp > 0 {
        let inputs = format!("{}.{:02} % of {}", tariff.fuel_bp / 100, tariff.fuel_bp % 100, fuelled.to_decimal());
        charges.push(charge("fuel", "Fuel", fuelled.basis_points(tariff.fuel_bp), inputs));
    }
    let total = charges.iter().map(|charge| charge.amount).sum();
    Ok(Price { billable, charges, total })
}

/// The total of [`price`], computed without its lines.
pub fn total(world: &World, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Cents, NotCarried> {
    let service = &world.services[service];
    let tariff = &world.tariffs[service.tariff];
    let (billable, base) = base(service, tariff, column, parcel)?;
    let (mut sum, mut fuelled) = (base, base);
    for surcharge in applying(world, tariff, billable, parcel) {
        let amount = amount(surcharge, billable);
        sum += amount;
        if surcharge.fuelled {
            fuelled += amount;
        }
    }
    Ok(sum + fuelled.basis_points(tariff.fuel_bp))
}

/// Weight that is billed.
pub fn billable(tariff: &Tariff, parcel: &ParcelFacts) -> Grams {
    let Some(dim) = tariff.dim_weight.filter(|dim| parcel.size.volume() > dim.above) else { return parcel.gross };
    // Rounded up to a whole gram: a carrier never rounds down.
    let by_volume =
        (i128::from(parcel.size.volume().get()) * 1000 + i128::from(dim.mm3_per_kg) - 1) / i128::from(dim.mm3_per_kg);
    parcel.gross.max(Grams::new(i64::try_from(by_volume).unwrap_or(i64::MAX)))
}

fn base(service: &Service, tariff: &Tariff, column: u8, parcel: &ParcelFacts) -> Result<(Grams, Cents), NotCarried> {
    if parcel.gross > service.max_weight {
        return Err(NotCarried::TooHeavy { gross: parcel.gross, limit: service.max_weight });
    }
    let girth = parcel.size.length_plus_girth();
    if girth > service.max_girth {
        return Err(NotCarried::TooLarge { girth, limit: service.max_girth });
    }
    if parcel.hazmat && service.air {
        return Err(NotCarried::Hazmat);
    }
    let billable = billable(tariff, parcel);
    let rate = rate(&tariff.rates, usize::from(column), billable).ok_or(NotCarried::BeyondRates { billable })?;
    Ok((billable, rate.max(tariff.minimum)))
}

fn rate(rates: &RateTable, column: usize, billable: Grams) -> Option<Cents> {
    match rates {
        RateTable::Steps { limits, prices, columns } => {
            let row = limits.partition_point(|&limit| limit < billable);
            (row < limits.len()).then(|| prices[row * columns + column])
        }
        RateTable::PerHundredweight { minimum, classes, prices } => {
            let class = classes.partition_point(|&from| from <= billable).saturating_sub(1);
            let per_hundredweight = prices[class * minimum.len() + column].get();
            // Rounded up to a whole cent.
            let cents = (billable.get() * per_hundredweight + HUNDREDWEIGHT_G - 1) / HUNDREDWEIGHT_G;
            Some(Cents::new(cents).max(minimum[column]))
        }
    }
}

/// The surcharges that apply, in the tariff's order; of a group only the dearest (the first among equals).
fn applying<'a>(
    world: &'a World,
    tariff: &'a Tariff,
    billable: Grams,
    parcel: &'a ParcelFacts,
) -> impl Iterator<Item = &'a Surcharge> {
    let holds =
        move |surcharge: &Surcharge| surcharge.conditions.iter().all(|condition| is_met(world, condition, parcel));
    tariff.surcharges.iter().enumerate().filter(move |(_, surcharge)| holds(surcharge)).filter_map(
        move |(n, surcharge)| {
            let Some(group) = &surcharge.group else { return Some(surcharge) };
            let own = amount(surcharge, billable);
            let beaten = tariff.surcharges.iter().enumerate().any(|(m, rival)| {
                let theirs = amount(rival, billable);
                m != n
                    && rival.group.as_ref() == Some(group)
                    && (theirs > own || theirs == own && m < n)
                    && holds(rival)
            });
            (!beaten).then_some(surcharge)
        },
    )
}

fn is_met(world: &World, condition: &Condition, parcel: &ParcelFacts) -> bool {
    let [longest, second, _] = parcel.size.sorted();
    match condition {
        Condition::Residential => parcel.residential,
        Condition::Area(name) => world.is_in_area(name, parcel.postal),
        Condition::LongestOver(limit) => longest > *limit,
        Condition::SecondOver(limit) => second > *limit,
        Condition::GirthOver(limit) => parcel.size.length_plus_girth() > *limit,
        Condition::VolumeOver(limit) => parcel.size.volume() > *limit,
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

/// The facts that made a surcharge apply, for people.
fn facts(surcharge: &Surcharge, parcel: &ParcelFacts) -> String {
    let [longest, second, _] = parcel.size.sorted();
    let fact = |condition: &Condition| match condition {
        Condition::Residential => "residential address".to_owned(),
        Condition::Area(name) => format!("destination on the list {name}"),
        Condition::LongestOver(limit) => format!("longest edge {longest} over {limit}"),
        Condition::SecondOver(limit) => format!("second edge {second} over {limit}"),
        Condition::GirthOver(limit) => format!("length plus girth {} over {limit}", parcel.size.length_plus_girth()),
        Condition::VolumeOver(limit) => format!("volume {} over {limit}", parcel.size.volume()),
        Condition::WeightOver(limit) => format!("weight {} over {limit}", parcel.gross),
        Condition::Dates { first, last } => format!("collected on {} ({first} to {last})", parcel.pickup),
    };
    if surcharge.conditions.is_empty() {
        return "every parcel".to_owned();
    }
    surcharge.conditions.iter().map(fact).collect::<Vec<_>>().join("; ")
}
