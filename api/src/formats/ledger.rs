//! The cost-to-serve ledger as CSV: one line per charge, under a header that names the units.

use engine::cost_to_serve::{LedgerRow, Subject};
use engine::model::World;

/// The columns.
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

/// The rows as text; fails only where a writer into memory could.
pub fn csv(world: &World, rows: &[LedgerRow<'_>]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for row in rows {
        let service = &world.services[row.service];
        let (state, shipment, goods) = match row.subject {
            Subject::Planned => ("planned", String::new(), String::new()),
            Subject::Shipment(id) => ("released", id.to_string(), String::new()),
            Subject::Return(id) => ("return", String::new(), id.to_string()),
        };
        writer.write_record([
            row.order.to_string(),
            world.merchants[row.merchant].id.to_string(),
            state.to_owned(),
            shipment,
            goods,
            row.day.to_string(),
            world.warehouses[row.warehouse].id.to_string(),
            world.regions[row.region].code.clone(),
            service.id.to_string(),
            world.carriers[service.carrier].id.to_string(),
            row.kind.word().to_owned(),
            row.amount.get().to_string(),
        ])?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
