//! Streets from an OpenStreetMap extract (`.osm.pbf`), read with crate `osmpbf`.
//!
//! Two passes: nodes come before the ways that name them, and most are of no street, so the first pass takes the ways on
//! which cars may drive ([`engine::roads::profile`]) and the second the places of their nodes alone. Memory is that of the
//! streets, not of the file. Where an extract ends in the middle of a way, the way ends there too.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek};

use engine::fault::Fault;
use engine::model::Coordinates;
use engine::roads::profile::{Speeds, is_blocked, speeds};
use engine::roads::{Streets, Way};
use osmpbf::{Element, ElementReader};

/// A way of the file that cars drive on, by its nodes' ids.
struct Drawn {
    nodes: Vec<i64>,
    speeds: Speeds,
}

/// What is known of a node that a way names.
#[derive(Clone, Copy)]
struct Node {
    at: Option<Coordinates>,
    is_blocked: bool,
}

/// Reads the streets; `file` names it in faults.
pub fn read_osm(mut from: impl Read + Seek + Send, file: &str) -> Result<Streets, Vec<Fault>> {
    let unreadable = |error: &dyn std::fmt::Display| {
        vec![Fault::new(file, "", error, "must be an OpenStreetMap extract in the format .osm.pbf, and whole")]
    };
    let drawn = ways(&mut from).map_err(|error| unreadable(&error))?;
    from.rewind().map_err(|error| unreadable(&error))?;
    let nodes = nodes(&mut from, &drawn).map_err(|error| unreadable(&error))?;
    let streets = streets(&drawn, &nodes);
    if streets.ways.is_empty() {
        let rule = "must have ways that cars may drive on (tag highway), together with their nodes";
        return Err(vec![Fault::new(file, "ways", 0, rule)]);
    }
    Ok(streets)
}

fn ways(from: impl Read + Send) -> osmpbf::Result<Vec<Drawn>> {
    let mut ways = Vec::new();
    ElementReader::new(BufReader::new(from)).for_each(|element| {
        if let Element::Way(way) = element {
            let tag = |key: &str| way.tags().find(|(k, _)| *k == key).map(|(_, value)| value);
            if let Some(speeds) = speeds(tag) {
                ways.push(Drawn { nodes: way.refs().collect(), speeds });
            }
        }
    })?;
    Ok(ways)
}

fn nodes(from: impl Read + Send, ways: &[Drawn]) -> osmpbf::Result<HashMap<i64, Node>> {
    let unknown = Node { at: None, is_blocked: false };
    let mut nodes: HashMap<i64, Node> = ways.iter().flat_map(|way| way.nodes.iter()).map(|&id| (id, unknown)).collect();
    let mut put = |id: i64, lat: f64, lon: f64, is_blocked: bool| {
        if let Some(node) = nodes.get_mut(&id) {
            *node = Node { at: Some(Coordinates { lat, lon }), is_blocked };
        }
    };
    ElementReader::new(BufReader::new(from)).for_each(|element| match element {
        Element::DenseNode(node) => {
            let stops = is_blocked(|key: &str| node.tags().find(|(k, _)| *k == key).map(|(_, value)| value));
            put(node.id(), node.lat(), node.lon(), stops);
        }
        Element::Node(node) => {
            let stops = is_blocked(|key: &str| node.tags().find(|(k, _)| *k == key).map(|(_, value)| value));
            put(node.id(), node.lat(), node.lon(), stops);
        }
        Element::Way(_) | Element::Relation(_) => {}
    })?;
    Ok(nodes)
}

/// Ways by dense points, in the order in which ways name them; cut where a node is not in the file.
fn streets(drawn: &[Drawn], nodes: &HashMap<i64, Node>) -> Streets {
    let mut streets = Streets::default();
    let mut points: HashMap<i64, u32> = HashMap::with_capacity(nodes.len());
    for way in drawn {
        let mut run = Vec::with_capacity(way.nodes.len());
        for id in way.nodes.iter().map(Some).chain([None]) {
            let known = id.and_then(|id| nodes.get(id).and_then(|node| Some((id, node.at?, node.is_blocked))));
            match known {
                Some((id, at, is_blocked)) => run.push(*points.entry(*id).or_insert_with(|| {
                    let point = streets.points.len() as u32;
                    streets.points.push(at);
                    streets.blocked.extend(is_blocked.then_some(point));
                    point
                })),
                None => {
                    let points = std::mem::take(&mut run);
                    if points.len() > 1 {
                        let Speeds { forward, backward } = way.speeds;
                        streets.ways.push(Way { points, forward, backward });
                    }
                }
            }
        }
    }
    streets
}
