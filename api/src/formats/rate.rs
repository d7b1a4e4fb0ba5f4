//! Parcels to be priced, and their bills, as CSV.

use engine::calendar::civil::Date;
use engine::fault::Fault;
use engine::model::{ServiceIx, WarehouseIx};
use engine::network::Network;
use engine::rating::{NotCarried, ParcelFacts, Price};
use engine::units::{Cents, Grams, Size};
use serde::Deserialize;

/// The longest edge and the largest weight and amount that a file may hold.
const LONGEST_MM: i64 = 20_000;
const LARGEST: i64 = 1_000_000_000;

/// A parcel with its service and where it leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// What the file calls it.
    pub name: String,
    /// The service asked.
    pub service: ServiceIx,
    /// Where it leaves.
    pub warehouse: WarehouseIx,
    /// The rest.
    pub facts: ParcelFacts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    parcel: String,
    service: String,
    warehouse: String,
    postal_code: String,
    length_mm: i64,
    width_mm: i64,
    height_mm: i64,
    weight_g: i64,
    pickup_date: String,
    merchant: Option<String>,
    residential: Option<u8>,
    po_box: Option<u8>,
    hazmat: Option<u8>,
    fragile: Option<u8>,
    own_packaging: Option<u8>,
    insured: Option<u8>,
    value_cents: Option<i64>,
    collect_cents: Option<i64>,
}

/// Reads parcels, or every fault.
pub fn read(network: &Network, name: &str, text: &str) -> Result<Vec<Parcel>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut parcels = Vec::new();
    for (line, row) in super::rows::<Row>(name, text, &mut faults) {
        let at = format!("{name}:{line}");
        parcels.extend(parcel(network, &at, row, &mut faults));
    }
    if faults.is_empty() { Ok(parcels) } else { Err(faults) }
}

fn parcel(network: &Network, at: &str, row: Row, faults: &mut Vec<Fault>) -> Option<Parcel> {
    let (world, before) = (&network.world, faults.len());
    let mut require = |holds: bool, field: &str, value: &str, rule: &str| {
        if !holds {
            faults.push(Fault::new(at, field, value, rule));
        }
    };
    let (service, warehouse) = (world.service(&row.service), world.warehouse(&row.warehouse));
    require(service.is_some(), "service", &row.service, "must be in services.csv");
    require(warehouse.is_some(), "warehouse", &row.warehouse, "must be in warehouses.csv");
    let postal = world.postal(&row.postal_code);
    require(postal.is_some(), "postal_code", &row.postal_code, "must be in postals.csv");
    let named = row.merchant.filter(|merchant| !merchant.is_empty());
    let merchant = named.as_deref().and_then(|id| world.merchant(id));
    let is_known = named.is_none() || merchant.is_some();
    require(is_known, "merchant", named.as_deref().unwrap_or_default(), "must be in merchants.csv");
    let edges = [("length_mm", row.length_mm), ("width_mm", row.width_mm), ("height_mm", row.height_mm)];
    for (field, edge) in edges {
        require((1..=LONGEST_MM).contains(&edge), field, &edge.to_string(), "must be from 1 to 20000");
    }
    let weight = row.weight_g;
    require((1..=LARGEST).contains(&weight), "weight_g", &weight.to_string(), "must be from 1 to 1000000000");
    let amounts = [("value_cents", row.value_cents), ("collect_cents", row.collect_cents)];
    for (field, amount) in amounts.into_iter().filter_map(|(field, amount)| Some((field, amount?))) {
        require((0..=LARGEST).contains(&amount), field, &amount.to_string(), "must be from 0 to 1000000000");
    }
    let flags = [
        ("residential", row.residential),
        ("po_box", row.po_box),
        ("hazmat", row.hazmat),
        ("fragile", row.fragile),
        ("own_packaging", row.own_packaging),
        ("insured", row.insured),
    ];
    for (field, flag) in flags.into_iter().filter_map(|(field, flag)| Some((field, flag?))) {
        require(flag <= 1, field, &flag.to_string(), "must be 0 or 1");
    }
    let pickup = row.pickup_date.parse::<Date>().ok();
    require(pickup.is_some(), "pickup_date", &row.pickup_date, "must be a date, YYYY-MM-DD");
    if faults.len() > before {
        return None;
    }
    let [residential, po_box, hazmat, fragile, own_packaging, insured] = flags.map(|(_, flag)| flag == Some(1));
    let [value, collect] = amounts.map(|(_, amount)| Cents::new(amount.unwrap_or(0)));
    let size = Size::new(row.length_mm, row.width_mm, row.height_mm);
    let facts = ParcelFacts {
        merchant,
        hazmat,
        fragile,
        own_packaging,
        residential,
        po_box,
        value,
        insured,
        collect,
        ..ParcelFacts::plain(size, Grams::new(weight), postal?, pickup?)
    };
    Some(Parcel { name: row.parcel, service: service?, warehouse: warehouse?, facts })
}

/// The bill of a parcel; why there is none.
pub fn price(network: &Network, parcel: &Parcel) -> Result<Price, String> {
    let Parcel { service, warehouse, facts, .. } = parcel;
    let column = network.column(*service, *warehouse, facts.postal);
    let reason = |why: NotCarried| why.to_string();
    network.serves(*service, *warehouse, facts.postal).map_err(|why| why.to_string())?;
    network.cards.price(&network.world, *service, column, facts).map_err(reason)
}

/// Bills: a row a charge, and one `total`; one `not_carried` with the reason in `inputs` where there is none.
pub fn write(to: &mut dyn std::io::Write, bills: &[(&Parcel, Result<Price, String>)]) -> Result<(), csv::Error> {
    let mut rows = csv::Writer::from_writer(to);
    rows.write_record(["parcel", "rule", "class", "label", "tariff", "amount_cents", "billable_g", "inputs"])?;
    for (parcel, bill) in bills {
        match bill {
            Ok(price) => {
                let billable = price.billable.get().to_string();
                for charge in &price.charges {
                    let amount = charge.amount.get().to_string();
                    let (class, inputs) = (charge.class.word(), charge.inputs.as_str());
                    let cells = [&charge.rule, class, &charge.label, &charge.tariff, &amount, &billable, inputs];
                    rows.write_record(std::iter::once(parcel.name.as_str()).chain(cells))?;
                }
                let total = price.total.get().to_string();
                rows.write_record([&parcel.name, "total", "", "Total", "", &total, &billable, ""])?;
            }
            Err(why) => {
                rows.write_record([&parcel.name, "not_carried", "", "Not carried", "", "", "", why.as_str()])?;
            }
        }
    }
    rows.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::model::fixture::tiny_world;

    const HEADER: &str =
        "parcel,service,warehouse,postal_code,length_mm,width_mm,height_mm,weight_g,pickup_date,residential,merchant\n";

    #[test]
    fn a_parcel_is_billed_line_by_line_or_refused_with_its_reason() {
        let network = Network::new(tiny_world());
        let text = format!(
            "{HEADER}a,ground,NYC,07102,100,100,100,3000,2025-12-01,1,\nb,overnight,NYC,07102,100,100,100,20001,2025-06-02,,acme\n"
        );
        let parcels = read(&network, "p.csv", &text).unwrap();
        let bills: Vec<_> = parcels.iter().map(|parcel| (parcel, price(&network, parcel))).collect();
        let mut out = Vec::new();
        write(&mut out, &bills).unwrap();
        let out = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 1 + 5 + 1);
        assert!(lines[1].starts_with("a,base,transport,Transport,ground-2025,1000,3000,"), "{out}");
        assert!(lines[5].starts_with("a,total,,Total,,1793,3000,"), "{out}");
        assert!(lines[6].starts_with("b,not_carried,,Not carried,,,,its rate card ends below"), "{out}");
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let network = Network::new(tiny_world());
        let text = format!(
            "{HEADER}a,air,NYC,1,0,100,100,3000,soon,2,\nb,ground,NYC,07102,100,100,100,-1,2025-12-01,1,nobody\n"
        );
        let faults = read(&network, "p.csv", &text).unwrap_err();
        let told: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.at, fault.field)).collect();
        let expected = [
            "p.csv:2 service",
            "p.csv:2 postal_code",
            "p.csv:2 length_mm",
            "p.csv:2 residential",
            "p.csv:2 pickup_date",
        ];
        assert_eq!(told[..5], expected);
        assert_eq!(told[5..], ["p.csv:3 merchant", "p.csv:3 weight_g"]);
    }
}
