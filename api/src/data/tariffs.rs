//! Rate cards: their versions with rows and rules, cards of single merchants, currencies, carriers' volumes.

use engine::index::Index;
use engine::model::*;
use engine::units::{Cents, CubicMillimetres, Grams};

use super::charges::{charged, condition, least_billable, ppm};
use super::rows::*;
use super::world::Reader;

/// The set of charges that a tariff's `fuel_bp` is a share of.
const FUEL: &str = "fuel";

impl Reader<'_> {
    /// Reads the rate cards with their rows and rules; services are named by then.
    pub(super) fn tariffs(&mut self) {
        let mut fuels: Vec<i64> = Vec::new();
        for (at, row) in self.tables.read::<TariffRow>("tariffs.csv") {
            self.names.tariffs.push(&row.tariff);
            fuels.push(row.fuel_bp);
            let version = TariffIx::from_usize(self.parts.tariffs.len());
            self.parts.origins.note("tariff", version.usize(), at.clone());
            let card = row.card.clone().filter(|card| !card.is_empty()).unwrap_or_else(|| row.tariff.clone());
            match self.parts.cards.iter_mut().find(|own| own.id == card) {
                Some(own) => own.versions.push(version),
                None => {
                    self.parts.origins.note("card", self.parts.cards.len(), at.clone());
                    self.names.cards.push(&card);
                    self.parts.cards.push(Card { id: card, versions: vec![version] });
                }
            }
            let tariff = self.tariff(&at, row);
            self.parts.tariffs.push(tariff);
        }
        for (at, row) in self.tables.read::<RateRow>("rates.csv") {
            let tariff = self.names.tariffs.seek(self.tables, &at, "tariff", &row.tariff);
            let Some(tariff) = tariff else { continue };
            if let Err(rule) = add_rate(&mut self.parts.tariffs[tariff].rates, &row) {
                self.tables.parsed::<()>(Err(rule), &at, "row", row.row.word());
            }
        }
        for (at, row) in self.tables.read::<SurchargeRow>("surcharges.csv") {
            let tariff = self.names.tariffs.seek(self.tables, &at, "tariff", &row.tariff);
            let surcharge = self.surcharge(&at, row);
            if let (Some(tariff), Some(surcharge)) = (tariff, surcharge) {
                self.parts.tariffs[tariff].surcharges.push(surcharge);
            }
        }
        for (tariff, fuel_bp) in self.parts.tariffs.iter_mut().zip(fuels).filter(|(_, fuel_bp)| *fuel_bp > 0) {
            // Taxes and duties are charged on fuel too.
            let is_after = |rule: &Surcharge| matches!(rule.class, ChargeClass::Tax | ChargeClass::Duty);
            let place = tariff.surcharges.iter().position(is_after).unwrap_or(tariff.surcharges.len());
            tariff.surcharges.insert(place, fuel(fuel_bp));
        }
    }

    fn tariff(&mut self, at: &str, row: TariffRow) -> Tariff {
        let above = CubicMillimetres::new(row.dim_above_mm3.unwrap_or(0));
        let least = row.least_billable.unwrap_or_default();
        let services = &self.names.services;
        let parsed = least_billable(&least, &|id| services.known(id));
        let least = self.tables.parsed(parsed, at, "least_billable", &least).unwrap_or_default();
        let plain = Weighing::default();
        let mode = match row.rounding.unwrap_or(RoundingWord::HalfUp) {
            RoundingWord::HalfUp => RoundingMode::HalfUp,
            RoundingWord::HalfEven => RoundingMode::HalfEven,
            RoundingWord::Up => RoundingMode::Up,
            RoundingWord::Down => RoundingMode::Down,
        };
        let base_sets = row.base_sets.unwrap_or_else(|| FUEL.to_owned());
        Tariff {
            id: row.tariff,
            valid_from: row.valid_from.0,
            weighing: Weighing {
                side_step_um: row.side_step_um.unwrap_or(plain.side_step_um),
                side_nearest: row.side_rounding == Some(SideRounding::Nearest),
                dim: row.dim_mm3_per_kg.map(|mm3_per_kg| DimWeight { mm3_per_kg, above }),
                weight_step_ug: row.weight_step_ug.unwrap_or(plain.weight_step_ug),
                least,
            },
            rates: RateTable::Steps { limits: Vec::new(), prices: Vec::new(), columns: 0, further: None },
            minimum: Cents::new(row.minimum_cents),
            base_sets: words(&base_sets),
            surcharges: Vec::new(),
            rounding: Rounding { to: row.round_to_cents.unwrap_or(1), mode },
            currency: row.currency.filter(|currency| !currency.is_empty()),
        }
    }

    fn surcharge(&mut self, at: &str, row: SurchargeRow) -> Option<Surcharge> {
        let services = &self.names.services;
        let when = condition(&row.conditions, &|id| services.known(id));
        let when = self.tables.parsed(when, at, "conditions", &row.conditions);
        let charged = self.tables.parsed(charged(&row.amount_cents), at, "amount_cents", &row.amount_cents);
        let class = match row.class.unwrap_or(ClassWord::Surcharge) {
            ClassWord::Surcharge => ChargeClass::Surcharge,
            ClassWord::Fuel => ChargeClass::Fuel,
            ClassWord::Insurance => ChargeClass::Insurance,
            ClassWord::CashOnDelivery => ChargeClass::CashOnDelivery,
            ClassWord::Duty => ChargeClass::Duty,
            ClassWord::Tax => ChargeClass::Tax,
            ClassWord::Discount => ChargeClass::Discount,
        };
        Some(Surcharge {
            rule: row.rule,
            label: row.label,
            class,
            when: when?,
            charged: charged?,
            least: Cents::new(row.least_cents.unwrap_or(0)),
            most: row.most_cents.map(Cents::new),
            group: (!row.group.is_empty()).then_some(row.group),
            priority: row.priority.unwrap_or(0),
            sets: with_fuel(words(&row.sets.unwrap_or_default()), row.fuelled.0),
        })
    }

    /// Cards of single merchants, exchange rates and carriers' volumes: files that a network may do without.
    pub(super) fn terms(&mut self) {
        for (at, row) in self.tables.read_if_there::<ContractRow>("contracts.csv") {
            let merchant = self.names.merchants.find(self.tables, &at, "merchant", &row.merchant);
            let service = self.names.services.find(self.tables, &at, "service", &row.service);
            let card = self.names.cards.find(self.tables, &at, "card", &row.card);
            self.parts.origins.note("contract", self.parts.contracts.len(), at);
            self.parts.contracts.push(Contract { merchant, service, card });
        }
        for (at, row) in self.tables.read_if_there::<ExchangeRow>("exchange_rates.csv") {
            let rule =
                || "must be a number above 0 with up to six decimals: cents that the smallest unit is worth".to_owned();
            let ppm = self.tables.parsed(millionths(&row.rate).ok_or_else(rule), &at, "rate", &row.rate);
            self.parts.origins.note("exchange rate", self.parts.exchange.len(), at);
            let (currency, from) = (row.currency, row.valid_from.0);
            self.parts.exchange.push(Exchange { currency, from, ppm: ppm.unwrap_or(1_000_000) });
        }
        for (at, row) in self.tables.read_if_there::<VolumeRatioRow>("volume_ratios.csv") {
            let carrier = self.names.carriers.find(self.tables, &at, "carrier", &row.carrier);
            let services = &self.names.services;
            let service = (!row.service.is_empty()).then(|| services.find(self.tables, &at, "service", &row.service));
            self.parts.origins.note("volume ratio", self.parts.volume_ratios.len(), at);
            let (first, last) = (row.first_day.0, row.last_day.0);
            self.parts.volume_ratios.push(VolumeRatio { carrier, service, first, last, percent: row.percent });
        }
    }
}

impl Reader<'_> {
    /// What merchants ask their buyers; a network without the file asks what shipping costs.
    pub(super) fn shop_prices(&mut self) {
        for (at, row) in self.tables.read_if_there::<ShopPriceRow>("shop_prices.csv") {
            let merchant = self.names.merchants.find(self.tables, &at, "merchant", &row.merchant);
            let channel = (!row.channel.is_empty()).then(|| self.id(&at, "channel", &row.channel)).flatten();
            let percent = if row.markup_percent.is_empty() { "0" } else { &row.markup_percent };
            let rule = || "must be a number of percent with up to four decimals".to_owned();
            let markup_ppm = self.tables.parsed(ppm(percent).ok_or_else(rule), &at, "markup_percent", percent);
            self.parts.origins.note("shop price", self.parts.shop_prices.len(), at);
            let cents = |cell: Option<i64>| Cents::new(cell.unwrap_or(0));
            self.parts.shop_prices.push(ShopPrice {
                id: row.rule,
                merchant,
                channel,
                level: row.level,
                markup_ppm: markup_ppm.unwrap_or(0),
                markup: cents(row.markup_cents),
                least: cents(row.least_cents),
                round_to: Cents::new(row.round_to_cents.unwrap_or(1)),
                free_from: row.free_from_cents.map(Cents::new),
                first: row.first_day.map(|day| day.0),
                last: row.last_day.map(|day| day.0),
            });
        }
    }
}

/// Fuel as a rule: a share of the set of that name.
fn fuel(bp: i64) -> Surcharge {
    Surcharge {
        rule: FUEL.to_owned(),
        label: "Fuel".to_owned(),
        class: ChargeClass::Fuel,
        when: Condition::ALWAYS,
        charged: Charged::Share { ppm: bp * 100, of: ShareOf::Set(FUEL.to_owned()) },
        least: Cents::ZERO,
        most: None,
        group: None,
        priority: 0,
        sets: Vec::new(),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn with_fuel(mut sets: Vec<String>, is_fuelled: bool) -> Vec<String> {
    if is_fuelled && !sets.iter().any(|set| set == FUEL) {
        sets.push(FUEL.to_owned());
    }
    sets
}

/// A decimal number as millionths.
fn millionths(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    if decimals.len() > 6 || whole.len() > 6 || whole.is_empty() || !digits(decimals) || !digits(whole) {
        return None;
    }
    let ppm = whole.parse::<i64>().ok()? * 1_000_000 + format!("{decimals:0<6}").parse::<i64>().ok()?;
    (ppm > 0).then_some(ppm)
}

/// Adds a row; all rows of a tariff have as many prices as its first.
fn add_rate(rates: &mut RateTable, row: &RateRow) -> Result<(), String> {
    let more = [
        row.column_2_cents,
        row.column_3_cents,
        row.column_4_cents,
        row.column_5_cents,
        row.column_6_cents,
        row.column_7_cents,
        row.column_8_cents,
        row.column_9_cents,
        row.column_10_cents,
        row.column_11_cents,
        row.column_12_cents,
    ];
    let cells = std::iter::once(row.column_1_cents).chain(more.iter().map_while(|cell| *cell));
    let cells: Vec<Cents> = cells.map(Cents::new).collect();
    let unit = match row.row {
        RateKind::UpTo | RateKind::Further | RateKind::Minimum => None,
        RateKind::HundredweightFrom => Some(RateUnit::Hundredweight),
        RateKind::KilogramFrom => Some(RateUnit::Kilogram),
        RateKind::LitreFrom => Some(RateUnit::Litre),
        RateKind::Piece => Some(RateUnit::Piece),
    };
    let filled = more.iter().flatten().count() + 1;
    if filled != cells.len() {
        return Err("prices must fill the columns from the first on, without a gap".to_owned());
    }
    let width = match &*rates {
        RateTable::Steps { columns: 0, .. } => cells.len(),
        RateTable::Steps { columns, .. } => *columns,
        RateTable::PerUnit { minimum, .. } => minimum.len(),
    };
    if cells.len() != width {
        return Err(format!("a tariff's rows must have the same number of prices, as its first: {width}"));
    }
    let is_new = matches!(rates, RateTable::Steps { columns: 0, .. });
    if is_new && (unit.is_some() || row.row == RateKind::Minimum) {
        let (unit, minimum) = (unit.unwrap_or(RateUnit::Hundredweight), vec![Cents::ZERO; cells.len()]);
        *rates = RateTable::PerUnit { unit, minimum, classes: Vec::new(), prices: Vec::new() };
    }
    match (rates, unit) {
        (RateTable::Steps { limits, prices, columns, .. }, None) if row.row == RateKind::UpTo => {
            *columns = cells.len();
            limits.push(Grams::new(row.weight_g));
            prices.extend(cells);
        }
        (RateTable::Steps { further, columns, .. }, None) if row.row == RateKind::Further && further.is_none() => {
            *columns = cells.len();
            *further = Some(Further { step: Grams::new(row.weight_g), prices: cells });
        }
        (RateTable::PerUnit { minimum, .. }, None)
            if row.row == RateKind::Minimum && minimum.iter().all(|least| *least == Cents::ZERO) =>
        {
            *minimum = cells;
        }
        (RateTable::PerUnit { unit: own, classes, prices, .. }, Some(unit)) => {
            if classes.is_empty() {
                *own = unit;
            } else if *own != unit {
                return Err("a tariff must price one kind of unit only".to_owned());
            }
            classes.push(if unit == RateUnit::Litre { row.volume_mm3.unwrap_or(0) } else { row.weight_g });
            prices.extend(cells);
        }
        _ => return Err("a tariff must have rows of weight steps or of prices a unit, not both, and one further or minimum row at most".to_owned()),
    }
    Ok(())
}
