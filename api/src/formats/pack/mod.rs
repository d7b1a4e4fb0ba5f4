//! Files of `tidewater pack`: cartons, orders and tariff as CSV, placements as CSV; [`academic`] instances as JSON lines.

pub mod academic;

use std::collections::BTreeMap;
use std::fmt::Write;

use engine::fault::Fault;
use engine::packing::{Carton, CartonBill, Item, PackedCarton, Problem, Rotations};
use engine::units::{Cents, Grams, Size};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Debug, Deserialize)]
struct CartonRow {
    reference: String,
    outer_w_mm: i64,
    outer_l_mm: i64,
    outer_d_mm: i64,
    empty_g: i64,
    inner_w_mm: i64,
    inner_l_mm: i64,
    inner_d_mm: i64,
    max_g: i64,
}

#[derive(Debug, Deserialize)]
struct OrderRow {
    order: String,
    qty: u32,
    item: String,
    w_mm: i64,
    l_mm: i64,
    d_mm: i64,
    weight_g: i64,
}

#[derive(Debug, Deserialize)]
struct TariffRow {
    max_weight_g: i64,
    price_cents: i64,
}

/// Prices of a carton by gross weight; the last row's for anything heavier, nothing where there is no row.
#[derive(Debug, Default)]
pub struct Tariff(Vec<TariffRow>);

impl Tariff {
    /// Reads the file; every fault at once.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let rows: Vec<(u64, TariffRow)> = rows(name, text, &mut faults);
        for (line, row) in &rows {
            if row.price_cents < 0 {
                faults.push(Fault::new(format!("{name}:{line}"), "price_cents", row.price_cents, "must be 0 or more"));
            }
        }
        for pair in rows.windows(2) {
            let ((_, before), (line, row)) = (&pair[0], &pair[1]);
            if row.max_weight_g <= before.max_weight_g {
                let rule = format!("must be above the row before, {}", before.max_weight_g);
                faults.push(Fault::new(format!("{name}:{line}"), "max_weight_g", row.max_weight_g, rule));
            }
        }
        if rows.is_empty() && faults.is_empty() {
            faults.push(Fault::new(name, "max_weight_g", "", "must have at least one row"));
        }
        if faults.is_empty() { Ok(Self(rows.into_iter().map(|(_, row)| row).collect())) } else { Err(faults) }
    }
}

impl CartonBill for Tariff {
    fn bill(&self, _: usize, gross: Grams) -> Cents {
        let row = self.0.iter().find(|row| gross.get() <= row.max_weight_g).or(self.0.last());
        Cents::new(row.map_or(0, |row| row.price_cents))
    }
}

/// Orders to pack, each a problem over the same cartons.
#[derive(Debug)]
pub struct PackFile {
    /// Names of the carton types.
    pub cartons: Vec<String>,
    /// Orders in the file's sequence: name, names of the items, problem.
    pub orders: Vec<(String, Vec<String>, Problem)>,
}

/// Reads both files; every fault of both at once. Width, length, depth are x, y, z; with `keep_flat` the depth stays upright.
pub fn read(cartons: (&str, &str), orders: (&str, &str), keep_flat: bool) -> Result<PackFile, Vec<Fault>> {
    let mut faults = Vec::new();
    let carton_rows: Vec<(u64, CartonRow)> = rows(cartons.0, cartons.1, &mut faults);
    let order_rows: Vec<(u64, OrderRow)> = rows(orders.0, orders.1, &mut faults);
    let types: Vec<Carton> = carton_rows
        .iter()
        .map(|(_, row)| Carton {
            inner: Size::new(row.inner_w_mm, row.inner_l_mm, row.inner_d_mm),
            outer: Size::new(row.outer_w_mm, row.outer_l_mm, row.outer_d_mm),
            tare: Grams::new(row.empty_g),
            max_gross: Grams::new(row.max_g),
            limit: None,
        })
        .collect();
    if let Err(found) = Problem::new(Vec::new(), types.clone()) {
        faults.extend(found.into_iter().map(|fault| Fault { at: format!("{}: {}", cartons.0, fault.at), ..fault }));
    }
    let rotations = if keep_flat { Rotations::KEEP_FLAT } else { Rotations::FREE };
    let mut sequence: Vec<String> = Vec::new();
    let mut items: BTreeMap<String, (Vec<String>, Vec<Item>)> = BTreeMap::new();
    for (line, row) in order_rows {
        let item = Item {
            size: Size::new(row.w_mm, row.l_mm, row.d_mm),
            weight: Grams::new(row.weight_g),
            quantity: row.qty,
            rotations,
            fragile: false,
        };
        let one = Carton {
            inner: Size::new(1, 1, 1),
            outer: Size::new(1, 1, 1),
            tare: Grams::ZERO,
            max_gross: Grams::ZERO,
            limit: None,
        };
        if let Err(found) = Problem::new(vec![item], vec![one]) {
            faults.extend(found.into_iter().map(|fault| Fault { at: format!("{}:{line}", orders.0), ..fault }));
        }
        if row.qty == 0 {
            faults.push(Fault::new(format!("{}:{line}", orders.0), "qty", 0, "must be at least 1"));
        }
        let entry = items.entry(row.order.clone()).or_insert_with(|| {
            sequence.push(row.order.clone());
            Default::default()
        });
        entry.0.push(row.item);
        entry.1.push(item);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut file =
        PackFile { cartons: carton_rows.into_iter().map(|(_, row)| row.reference).collect(), orders: Vec::new() };
    for name in sequence {
        let Some((names, items)) = items.remove(&name) else { continue };
        file.orders.push((name, names, Problem::new(items, types.clone())?));
    }
    Ok(file)
}

fn rows<T: DeserializeOwned>(name: &str, text: &str, faults: &mut Vec<Fault>) -> Vec<(u64, T)> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut found = Vec::new();
    let mut rows = reader.deserialize::<T>();
    loop {
        let line = rows.reader().position().line();
        match rows.next() {
            None => return found,
            Some(Ok(row)) => found.push((line, row)),
            Some(Err(error)) => {
                faults.push(Fault::new(format!("{name}:{line}"), "", "", format!("cannot be read: {error}")));
            }
        }
    }
}

/// First line of the placements.
pub const HEADER: &str = "order,carton_no,carton,item,x_mm,y_mm,z_mm,dx_mm,dy_mm,dz_mm\n";

/// The placements of one order, one row a unit.
pub fn placements(order: &str, items: &[String], types: &[String], cartons: &[PackedCarton]) -> String {
    let mut text = String::new();
    for (n, carton) in cartons.iter().enumerate() {
        for unit in &carton.placements {
            let ([x, y, z], [dx, dy, dz]) = (unit.at, unit.edges);
            let _ = writeln!(
                text,
                "{order},{},{},{},{x},{y},{z},{dx},{dy},{dz}",
                n + 1,
                types[carton.carton],
                items[unit.item]
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARTONS: &str = "reference,outer_w_mm,outer_l_mm,outer_d_mm,empty_g,inner_w_mm,inner_l_mm,inner_d_mm,max_g\nA,110,110,110,50,100,100,100,900\n";

    #[test]
    fn every_fault_of_both_files_is_reported() {
        let orders = "order,qty,item,w_mm,l_mm,d_mm,weight_g\no1,1,i,0,5,5,1\no2,x,i,5,5,5,1\n";
        let faults = read(("boxes.csv", &CARTONS.replace("900", "9")), ("orders.csv", orders), false).unwrap_err();
        let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(text.len(), 3, "{text:?}");
        assert!(
            text[0].starts_with("orders.csv:3")
                && text[1].starts_with("boxes.csv")
                && text[2].starts_with("orders.csv:2"),
            "{text:?}"
        );
    }

    #[test]
    fn orders_keep_the_sequence_of_the_file() {
        let orders = "order,qty,item,w_mm,l_mm,d_mm,weight_g\nz,1,i,5,5,5,1\na,2,j,5,5,5,1\nz,1,k,5,5,5,1\n";
        let file = read(("boxes.csv", CARTONS), ("orders.csv", orders), false).unwrap();
        assert_eq!(
            file.orders.iter().map(|(name, items, _)| (name.as_str(), items.len())).collect::<Vec<_>>(),
            [("z", 2), ("a", 1)]
        );
    }

    #[test]
    fn a_tariff_ascends_and_its_last_row_takes_what_is_heavier() {
        let tariff = Tariff::read("t.csv", "max_weight_g,price_cents\n500,100\n1000,150\n").unwrap();
        let cents = [400, 500, 501, 9000].map(|grams| tariff.bill(0, Grams::new(grams)).get());
        assert_eq!(cents, [100, 100, 150, 150]);
        let faults = Tariff::read("t.csv", "max_weight_g,price_cents\n500,-1\n400,2\n").unwrap_err();
        let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(text[0].starts_with("t.csv:2: price_cents = `-1`"), "{text:?}");
        assert!(text[1].starts_with("t.csv:3: max_weight_g = `400`"), "{text:?}");
    }
}
