//! The cost-to-serve ledger: charges as CSV or as JSON, one a line, and sums of charges as CSV; units stand in the names.

use engine::cost_to_serve::{Group, LedgerRow, Subject};
use engine::model::World;
use engine::units::Cents;
use serde::Serialize;

/// A charge as it is exported.
#[derive(Debug, Serialize)]
struct Charge<'a> {
    order: &'a str,
    merchant: &'a str,
    state: &'static str,
    shipment: Option<&'a str>,
    #[serde(rename = "return")]
    goods: Option<&'a str>,
    day: String,
    warehouse: &'a str,
    region: &'a str,
    service: &'a str,
    carrier: &'a str,
    kind: &'static str,
    amount_cents: i64,
}

/// The columns of a charge, which a list without charges has as well.
const HEADER: [&str; 12] = [
    "order",
    "merchant",
    "state",
    "shipment",
    "return",
    "day",
    "warehouse",
    "region",
    "service",
    "carrier",
    "kind",
    "amount_cents",
];

impl<'a> Charge<'a> {
    fn of(world: &'a World, row: &'a LedgerRow<'_>) -> Self {
        let service = &world.services[row.service];
        let (state, shipment, goods) = match row.subject {
            Subject::Planned => ("planned", None, None),
            Subject::Shipment(id) => ("released", Some(id.as_str()), None),
            Subject::Return(id) => ("return", None, Some(id.as_str())),
        };
        Self {
            order: row.order.as_str(),
            merchant: world.merchants[row.merchant].id.as_str(),
            state,
            shipment,
            goods,
            day: row.day.to_string(),
            warehouse: world.warehouses[row.warehouse].id.as_str(),
            region: &world.regions[row.region].code,
            service: service.id.as_str(),
            carrier: world.carriers[service.carrier].id.as_str(),
            kind: row.kind.word(),
            amount_cents: row.amount.get(),
        }
    }
}

/// The rows as CSV under a header; fails only where a writer into memory could.
pub fn csv(world: &World, rows: &[LedgerRow<'_>]) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(HEADER)?;
    rows.iter().try_for_each(|row| writer.serialize(Charge::of(world, row)))?;
    text(writer)
}

/// The rows as JSON objects, one a line, with the columns of [`csv`].
pub fn ndjson(world: &World, rows: &[LedgerRow<'_>]) -> Result<String, serde_json::Error> {
    let mut lines = String::new();
    for row in rows {
        lines.push_str(&serde_json::to_string(&Charge::of(world, row))?);
        lines.push('\n');
    }
    Ok(lines)
}

/// Sums by group as CSV, under the names of the group's parts.
pub fn sums_csv<'a>(
    world: &World,
    parts: &[&str],
    sums: impl Iterator<Item = (Group<'a>, Cents)>,
) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(parts.iter().copied().chain(["amount_cents"]))?;
    for (group, amount) in sums {
        writer.write_record(names(world, &group).into_iter().chain([amount.get().to_string()]))?;
    }
    text(writer)
}

/// What a group is called, part by part: a SKU after its merchant, a lane as warehouse and region.
pub fn names(world: &World, group: &Group<'_>) -> Vec<String> {
    match *group {
        Group::Order(id) => vec![id.to_string()],
        Group::Merchant(merchant) => vec![world.merchants[merchant].id.to_string()],
        Group::Sku(sku) => {
            let goods = &world.skus[sku];
            vec![world.merchants[goods.merchant].id.to_string(), goods.id.to_string()]
        }
        Group::Warehouse(warehouse) => vec![world.warehouses[warehouse].id.to_string()],
        Group::Service(service) => vec![world.services[service].id.to_string()],
        Group::Lane(warehouse, region) => {
            vec![world.warehouses[warehouse].id.to_string(), world.regions[region].code.clone()]
        }
        Group::Day(day) => vec![day.to_string()],
    }
}

fn text(writer: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
