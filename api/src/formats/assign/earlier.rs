//! Reads what an earlier run of `tidewater assign` wrote: its plan, to start from, and the prices of its report.

use engine::assign::{Choice, CutPrice, Duals, Parcel, Shipment, ShipmentOptions};
use engine::fault::Fault;
use serde::Deserialize;

use super::Instance;
use super::table::Faults;

#[derive(Deserialize)]
struct Row {
    order: u32,
    wh: u32,
    carrier: u32,
    level: u32,
    skus: String,
}

/// Shipments of `order,wh,carrier,level,skus` rows, by ascending order, as shipments of this instance. Every fault at once.
///
/// A shipment that the instance has no option for any more is left out.
pub fn read_plan(instance: &Instance, file: &str, text: &str) -> Result<Vec<Shipment>, Vec<Fault>> {
    let mut faults = Faults::default();
    let mut shipments = Vec::new();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for (n, row) in reader.deserialize::<Row>().enumerate() {
        let at = || format!("{file}:{}", n + 2);
        match row {
            Err(error) => faults.add(at(), "", "", &format!("must be order,wh,carrier,level,skus: {error}")),
            Ok(row) => match shipment(instance, &row) {
                Ok(found) => shipments.extend(found),
                Err((field, value, rule)) => faults.add(at(), field, value, rule),
            },
        }
    }
    shipments.sort_by_key(|shipment| (shipment.order, shipment.warehouse));
    for pair in shipments.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        if a.order == b.order && (a.warehouse == b.warehouse || a.mask & b.mask != 0) {
            faults.add(file, "order", a.order, "must ship each line once, and once from a warehouse");
        }
    }
    if faults.is_empty() { Ok(shipments) } else { Err(faults.into_vec()) }
}

fn shipment(instance: &Instance, row: &Row) -> Result<Option<Shipment>, (&'static str, String, &'static str)> {
    let demand = instance.problem.demand();
    if row.order as usize >= demand.orders() {
        return Err(("order", row.order.to_string(), "must be a row of orders.csv"));
    }
    if row.wh as usize >= demand.warehouses() {
        return Err(("wh", row.wh.to_string(), "must be a row of warehouses.csv"));
    }
    let mut mask = 0_u8;
    for sku in row.skus.split(';') {
        let line = demand.lines(row.order).find(|&line| sku.parse() == Ok(demand.sku(line)));
        match line {
            Some(line) => mask |= 1 << demand.part(line),
            None => return Err(("skus", sku.to_owned(), "must be SKUs of the order's lines")),
        }
    }
    let parcel = Parcel { order: row.order, warehouse: row.wh, mask };
    let tag = row.carrier * instance.levels + row.level;
    let mut choice: Option<Choice> = None;
    instance.problem.source().visit(demand, parcel, &mut |option| {
        if option.tag == tag {
            choice = Some(*option);
        }
    });
    Ok(choice.map(|choice| Shipment { order: row.order, warehouse: row.wh, mask, choice }))
}

#[derive(Deserialize)]
struct Report {
    duals: Listed,
}

#[derive(Deserialize)]
struct Listed {
    stock: Vec<(u32, u32, f64)>,
    work: Vec<f64>,
    pickup: Vec<Vec<f64>>,
    tier: Vec<f64>,
    #[serde(default)]
    cuts: Vec<(u32, u32, u8, u8, f64, Vec<u32>)>,
}

/// The prices of a report. Slots that the instance does not have are left out; slots that the report does not name cost 0.
pub fn read_prices(instance: &Instance, file: &str, text: &str) -> Result<Duals, Vec<Fault>> {
    let report: Report = serde_json::from_str(text).map_err(|error| {
        let rule = format!("must be a report of `tidewater assign --json`: {error}");
        vec![Fault::new(format!("{file}:{}", error.line()), "duals", "", rule)]
    })?;
    let demand = instance.problem.demand();
    let mut stock = vec![0.0; demand.slots().len()];
    for (sku, warehouse, cents) in report.duals.stock {
        if (sku as usize) < demand.skus()
            && let Some(slot) = demand.slot_at(sku, warehouse)
        {
            stock[slot] = cents;
        }
    }
    let cut = |(sku, warehouse, k, d, cents, raised)| CutPrice { sku, warehouse, multiplier: (k, d), raised, cents };
    Ok(Duals {
        stock,
        work: report.duals.work,
        pickup: report.duals.pickup.concat(),
        allotment: Vec::new(),
        carrier: report.duals.tier,
        cuts: report.duals.cuts.into_iter().map(cut).collect(),
    })
}
