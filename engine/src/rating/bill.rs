//! From a parcel to its bill.

use crate::model::{RateTable, Service, ServiceIx, Surcharge, Tariff, World};
use crate::units::{Cents, Grams};

use super::rules::{self, Measured};
use super::{Charge, NotCarried, ParcelFacts, Price};

/// A hundredweight: 100 lb, in grams.
const HUNDREDWEIGHT_G: i64 = 45_359;

/// Prices a parcel with all its lines; `column` is the 0-based price column of the pair of places
/// ([`crate::network::Network::column`]).
pub fn price(world: &World, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Price, NotCarried> {
    let service = &world.services[service];
    let tariff = &world.tariffs[service.tariff];
    let measured = Measured::new(parcel);
    within_limits(service, &measured)?;
    let (billable, base) = base(tariff, column, &measured)?;
    let charge = |rule: &str, label: &str, amount: Cents, inputs: String| Charge {
        rule: rule.to_owned(),
        label: label.to_owned(),
        tariff: tariff.id.clone(),
        amount,
        inputs,
    };
    let mut charges = vec![charge("base", "Transport", base, base_inputs(tariff, billable, column, parcel))];
    let mut fuelled = base;
    for (surcharge, amount) in rules::applying(world, tariff, billable, &measured, |_| true) {
        if surcharge.fuelled {
            fuelled += amount;
        }
        let inputs = rules::inputs(surcharge, billable, &measured);
        charges.push(charge(&surcharge.rule, &surcharge.label, amount, inputs));
    }
    if tariff.fuel_bp > 0 {
        let inputs = format!("{}.{:02} % of {}", tariff.fuel_bp / 100, tariff.fuel_bp % 100, fuelled.to_text());
        charges.push(charge("fuel", "Fuel", fuelled.basis_points(tariff.fuel_bp), inputs));
    }
    let total = charges.iter().map(|charge| charge.amount).sum();
    Ok(Price { billable, charges, total })
}

/// The total of [`price`], computed without its lines.
pub fn total(world: &World, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Cents, NotCarried> {
    within_limits(&world.services[service], &Measured::new(parcel))?;
    total_waived(world, service, column, parcel)
}

/// The total as if the service had no limits of weight, size and goods: what its rate card would ask.
pub fn total_waived(world: &World, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Cents, NotCarried> {
    sum(world, service, column, parcel, |_| true)
}

/// The list price: [`total`] without surcharges that hold in a window of dates, as on a day outside of every peak.
pub fn list_price(world: &World, service: ServiceIx, column: u8, parcel: &ParcelFacts) -> Result<Cents, NotCarried> {
    within_limits(&world.services[service], &Measured::new(parcel))?;
    sum(world, service, column, parcel, |surcharge| !rules::is_dated(surcharge))
}

fn sum(
    world: &World,
    service: ServiceIx,
    column: u8,
    parcel: &ParcelFacts,
    counted: impl Fn(&Surcharge) -> bool,
) -> Result<Cents, NotCarried> {
    let tariff = &world.tariffs[world.services[service].tariff];
    let measured = Measured::new(parcel);
    let (billable, base) = base(tariff, column, &measured)?;
    let (mut sum, mut fuelled) = (base, base);
    for (surcharge, amount) in rules::applying(world, tariff, billable, &measured, counted) {
        sum += amount;
        if surcharge.fuelled {
            fuelled += amount;
        }
    }
    Ok(sum + fuelled.basis_points(tariff.fuel_bp))
}

/// The weight that is billed.
pub fn billable(tariff: &Tariff, parcel: &ParcelFacts) -> Grams {
    let volume = parcel.size.volume();
    let Some(dim) = tariff.dim_weight.filter(|dim| volume > dim.above) else { return parcel.gross };
    // Rounded up to a whole gram: a carrier never rounds down.
    let by_volume = (i128::from(volume.get()) * 1_000 + i128::from(dim.mm3_per_kg) - 1) / i128::from(dim.mm3_per_kg);
    parcel.gross.max(Grams::new(i64::try_from(by_volume).unwrap_or(i64::MAX)))
}

/// What a service takes at all.
fn within_limits(service: &Service, measured: &Measured<'_>) -> Result<(), NotCarried> {
    let parcel = measured.parcel;
    if parcel.gross > service.max_weight {
        return Err(NotCarried::TooHeavy { gross: parcel.gross, limit: service.max_weight });
    }
    if measured.girth > service.max_girth {
        return Err(NotCarried::TooLarge { girth: measured.girth, limit: service.max_girth });
    }
    if parcel.hazmat && service.air {
        return Err(NotCarried::Hazmat);
    }
    Ok(())
}

/// Billable weight and base price.
fn base(tariff: &Tariff, column: u8, measured: &Measured<'_>) -> Result<(Grams, Cents), NotCarried> {
    let parcel = measured.parcel;
    let billable = billable(tariff, parcel);
    let rate = rate(&tariff.rates, usize::from(column), billable).ok_or(NotCarried::BeyondRates { billable })?;
    Ok((billable, rate.max(tariff.minimum)))
}

/// The rate of a billable weight; `None` beyond the last weight step.
fn rate(rates: &RateTable, column: usize, billable: Grams) -> Option<Cents> {
    match rates {
        RateTable::Steps { limits, prices, columns } => {
            let row = limits.partition_point(|&limit| limit < billable);
            (row < limits.len()).then(|| prices[row * columns + column])
        }
        RateTable::PerHundredweight { minimum, classes, prices } => {
            // Below the first class its price holds.
            let class = classes.partition_point(|&from| from <= billable).saturating_sub(1);
            let each = i128::from(prices[class * minimum.len() + column].get());
            let hundredweight = i128::from(HUNDREDWEIGHT_G);
            let cents = (i128::from(billable.get()) * each + hundredweight - 1) / hundredweight;
            Some(Cents::new(i64::try_from(cents).unwrap_or(i64::MAX)).max(minimum[column]))
        }
    }
}

fn base_inputs(tariff: &Tariff, billable: Grams, column: u8, parcel: &ParcelFacts) -> String {
    let by = if billable > parcel.gross { "by volume" } else { "actual" };
    let minimum = match rate(&tariff.rates, usize::from(column), billable) {
        Some(rate) if rate < tariff.minimum => format!(", minimum of {}", tariff.minimum.to_text()),
        _ => String::new(),
    };
    format!("billable {billable} ({by}), actual {}, price column {}{minimum}", parcel.gross, u16::from(column) + 1)
}
