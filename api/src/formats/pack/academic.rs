//! Academic packing instances as JSON lines, and their answers.
//!
//! `{"id", "bin": [w, h, d], "items": [[w, h, d], ..]}` asks for the fewest bins, items as they stand (Martello, Pisinger and
//! Vigo 2000). `{"id", "container_lwh": [l, w, h], "items": [[l, w, h, quantity, l_up, w_up, h_up], ..]}` asks for the most
//! volume in one container, an edge upright where its flag is 1 (Bischoff and Ratcliff 1995).

use engine::fault::Fault;
use engine::packing::{Carton, Item, Plan, Problem, Rotations};
use engine::units::{Grams, Size};
use serde::{Deserialize, Serialize};

use super::bounded;

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Bins { id: String, bin: [i64; 3], items: Vec<[i64; 3]> },
    Container { id: String, container_lwh: [i64; 3], items: Vec<[i64; 7]> },
}

/// What an instance asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything in the fewest bins.
    FewestBins,
    /// The most volume in one container.
    MostVolume,
}

/// An instance.
#[derive(Debug)]
pub struct Instance {
    /// Its name.
    pub id: String,
    /// What it asks for.
    pub kind: Kind,
    /// The problem.
    pub problem: Problem,
}

/// Reads instances, one a line; every fault at once.
pub fn read(name: &str, text: &str) -> Result<Vec<Instance>, Vec<Fault>> {
    let (mut instances, mut faults) = (Vec::new(), Vec::new());
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at = format!("{name}:{}", n + 1);
        let found = match serde_json::from_str(line) {
            Ok(Line::Bins { id, bin, items }) => {
                let items = items.into_iter().map(|edges| item(edges, 1, Rotations::NONE)).collect();
                Problem::new(items, vec![carton(bin)]).map(|problem| Instance { id, kind: Kind::FewestBins, problem })
            }
            Ok(Line::Container { id, container_lwh, items }) => items
                .into_iter()
                .map(|[l, w, h, quantity, flags @ ..]| {
                    let upright = flags.map(|flag| flag == 1);
                    let quantity = u32::try_from(quantity)
                        .map_err(|_| vec![Fault::new(&at, "quantity", quantity, "must be 0 to 2^32 - 1")])?;
                    Ok(item([l, w, h], quantity, Rotations { upright, fixed: false }))
                })
                .collect::<Result<Vec<Item>, Vec<Fault>>>()
                .and_then(|items| Problem::new(items, vec![carton(container_lwh)]))
                .map(|problem| Instance { id, kind: Kind::MostVolume, problem }),
            Err(error) => {
                let rule = format!("must have id, items, and bin or container_lwh: {error}");
                Err(vec![Fault::new(&at, "line", "", rule)])
            }
        };
        let found = found.and_then(|instance| {
            let beyond = bounded(&at, &instance.problem);
            if beyond.is_empty() { Ok(instance) } else { Err(beyond) }
        });
        match found {
            Ok(instance) => instances.push(instance),
            Err(found) => faults.extend(found.into_iter().map(|fault| match fault.at == at {
                true => fault,
                false => Fault { at: format!("{at}: {}", fault.at), ..fault },
            })),
        }
    }
    if faults.is_empty() { Ok(instances) } else { Err(faults) }
}

fn item([l, w, h]: [i64; 3], quantity: u32, rotations: Rotations) -> Item {
    Item { size: Size::new(l, w, h), weight: Grams::ZERO, quantity, rotations, fragile: false, alone: false }
}

fn carton([l, w, h]: [i64; 3]) -> Carton {
    let size = Size::new(l, w, h);
    Carton { inner: size, outer: size, tare: Grams::ZERO, max_gross: Grams::new(1), limit: None }
}

/// An answer.
#[derive(Debug, Serialize)]
pub struct Answer<'a> {
    id: &'a str,
    /// Bins used.
    pub cartons: usize,
    /// Percent of their volume that is filled.
    pub utilisation_pct: f64,
    /// Bin from 1, item from 0, corner, edges.
    placements: Vec<[i64; 8]>,
}

impl<'a> Answer<'a> {
    /// The plan as it is written.
    pub fn new(instance: &'a Instance, plan: &Plan) -> Self {
        let mut placements = Vec::new();
        let mut volume = 0_i64;
        for (n, carton) in plan.cartons.iter().enumerate() {
            for unit in &carton.placements {
                let ([x, y, z], [dx, dy, dz]) = (unit.at.map(i64::from), unit.edges.map(i64::from));
                volume += dx * dy * dz;
                placements.push([n as i64 + 1, unit.item as i64, x, y, z, dx, dy, dz]);
            }
        }
        let whole = plan.outer_volume(&instance.problem).max(1);
        let utilisation_pct = 100.0 * volume as f64 / whole as f64;
        Self { id: &instance.id, cartons: plan.cartons.len(), utilisation_pct, placements }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read_and_faults_name_their_line() {
        let good = "{\"id\":\"a\",\"bin\":[9,9,9],\"items\":[[1,2,3]]}\n\
            {\"id\":\"b\",\"container_lwh\":[9,9,9],\"items\":[[1,2,3,4,0,1,1]]}\n";
        let read_back = read("i.jsonl", good).unwrap();
        assert_eq!((read_back[0].kind, read_back[1].kind), (Kind::FewestBins, Kind::MostVolume));
        assert_eq!(read_back[1].problem.items()[0].rotations, Rotations { upright: [false, true, true], fixed: false });
        let bad = "{\"id\":\"a\",\"bin\":[9,9,9],\"items\":[[1,0,3]]}\n{\"id\":\"b\"}\n";
        let faults: Vec<String> = read("i.jsonl", bad).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(
            faults.len() == 2 && faults[0].starts_with("i.jsonl:1") && faults[1].starts_with("i.jsonl:2"),
            "{faults:?}"
        );
    }
}
