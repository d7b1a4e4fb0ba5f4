//! Files of `tidewater pack`: cartons and orders as CSV, placements as CSV.

use std::collections::BTreeMap;
use std::fmt::Write;

use engine::fault::Fault;
use engine::packing::{Carton, Item, PackedCarton, Problem, Rotations};
use engine::units::{Grams, Size};
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
}
