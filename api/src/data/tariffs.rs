//! Rate cards: their rows, rules and small languages for conditions and amounts.

use engine::calendar::civil::Date;
use engine::model::*;
use engine::units::{Cents, CubicMillimetres, Grams, Millimetres};

use super::rows::*;
use super::world::Reader;

impl Reader<'_> {
    /// Reads the rate cards with their rows and surcharges.
    pub(super) fn tariffs(&mut self) {
        let columns = self.parts.zone_chart.as_ref().map_or(0, ZoneChart::width);
        for (at, row) in self.tables.read::<TariffRow>("tariffs.csv") {
            self.names.tariffs.push(&row.tariff);
            self.parts.origins.note("tariff", self.parts.tariffs.len(), at);
            let above = CubicMillimetres::new(row.dim_above_mm3.unwrap_or(0));
            self.parts.tariffs.push(Tariff {
                id: row.tariff,
                valid_from: row.valid_from.0,
                dim_weight: row.dim_mm3_per_kg.map(|mm3_per_kg| DimWeight { mm3_per_kg, above }),
                rates: RateTable::Steps { limits: Vec::new(), prices: Vec::new(), columns },
                minimum: Cents::new(row.minimum_cents),
                fuel_bp: row.fuel_bp,
                surcharges: Vec::new(),
            });
        }
        for (at, row) in self.tables.read::<RateRow>("rates.csv") {
            let tariff = self.names.tariffs.seek(self.tables, &at, "tariff", &row.tariff);
            if let Some(tariff) = tariff {
                add_rate(&mut self.parts.tariffs[tariff].rates, &row, columns);
            }
        }
        for (at, row) in self.tables.read::<SurchargeRow>("surcharges.csv") {
            let tariff = self.names.tariffs.seek(self.tables, &at, "tariff", &row.tariff);
            let conditions: Result<Vec<Condition>, String> =
                row.conditions.split(';').map(str::trim).filter(|text| !text.is_empty()).map(condition).collect();
            let conditions = self.tables.parsed(conditions, &at, "conditions", &row.conditions);
            let charged = self.tables.parsed(charged(&row.amount_cents), &at, "amount_cents", &row.amount_cents);
            if let (Some(tariff), Some(conditions), Some(charged)) = (tariff, conditions, charged) {
                let group = (!row.group.is_empty()).then_some(row.group);
                let surcharge =
                    Surcharge { rule: row.rule, label: row.label, conditions, charged, group, fuelled: row.fuelled.0 };
                self.parts.tariffs[tariff].surcharges.push(surcharge);
            }
        }
    }
}

fn add_rate(rates: &mut RateTable, row: &RateRow, columns: usize) {
    let cells = [
        row.column_1_cents,
        row.column_2_cents,
        row.column_3_cents,
        row.column_4_cents,
        row.column_5_cents,
        row.column_6_cents,
        row.column_7_cents,
    ];
    let cells = cells.into_iter().take(columns.max(1)).map(Cents::new);
    let weight = Grams::new(row.weight_g);
    if row.row != RateKind::UpTo && matches!(rates, RateTable::Steps { .. }) {
        *rates = RateTable::PerHundredweight { minimum: Vec::new(), classes: Vec::new(), prices: Vec::new() };
    }
    match rates {
        RateTable::Steps { limits, prices, .. } => {
            limits.push(weight);
            prices.extend(cells);
        }
        RateTable::PerHundredweight { minimum, classes, prices } => {
            if row.row == RateKind::Minimum {
                *minimum = cells.collect();
            } else {
                classes.push(weight);
                prices.extend(cells);
            }
        }
    }
}

/// `residential`, `area=NAME`, `longest_mm>N`, `second_mm>N`, `girth_mm>N`, `volume_mm3>N`, `weight_g>N`, `dates=A..B`.
fn condition(text: &str) -> Result<Condition, String> {
    if text == "residential" {
        return Ok(Condition::Residential);
    }
    if let Some(name) = text.strip_prefix("area=") {
        return Ok(Condition::Area(name.to_owned()));
    }
    if let Some((first, last)) = text.strip_prefix("dates=").and_then(|range| range.split_once("..")) {
        let date = |text: &str| text.parse::<Date>().map_err(|_| format!("`{text}` is no date: write YYYY-MM-DD"));
        return Ok(Condition::Dates { first: date(first)?, last: date(last)? });
    }
    let unknown = || {
        format!(
            "`{text}` is no condition: use residential, area=NAME, dates=FIRST..LAST, or one of longest_mm, second_mm, girth_mm, \
             volume_mm3, weight_g followed by >NUMBER"
        )
    };
    let (what, limit) = text.split_once('>').ok_or_else(unknown)?;
    let limit = amount(limit).ok_or_else(unknown)?;
    match what.trim() {
        "longest_mm" => Ok(Condition::LongestOver(Millimetres::new(limit))),
        "second_mm" => Ok(Condition::SecondOver(Millimetres::new(limit))),
        "girth_mm" => Ok(Condition::GirthOver(Millimetres::new(limit))),
        "volume_mm3" => Ok(Condition::VolumeOver(CubicMillimetres::new(limit))),
        "weight_g" => Ok(Condition::WeightOver(Grams::new(limit))),
        _ => Err(unknown()),
    }
}

/// `N`, or `WEIGHT:N WEIGHT:N ..` with weights in grams.
fn charged(text: &str) -> Result<Charged, String> {
    let rule = || format!("`{text}` is no amount: write cents, or steps as GRAMS:CENTS with spaces between");
    if let Some(cents) = amount(text) {
        return Ok(Charged::Fixed(Cents::new(cents)));
    }
    let step = |step: &str| -> Result<(Grams, Cents), String> {
        let (weight, cents) = step.split_once(':').ok_or_else(rule)?;
        let (weight, cents) = amount(weight).zip(amount(cents)).ok_or_else(rule)?;
        Ok((Grams::new(weight), Cents::new(cents)))
    };
    text.split_whitespace().map(step).collect::<Result<Vec<_>, _>>().map(Charged::ByWeight)
}

/// A whole number that a file may hold.
fn amount(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|n| (0..=LARGEST).contains(n))
}
