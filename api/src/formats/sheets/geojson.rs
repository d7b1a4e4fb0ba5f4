//! Routes as GeoJSON (RFC 7946): a line a vehicle, a point a visit; straight lines, not roads.
//!
//! GeoJSON means degrees. Coordinates of a plane are written all the same, since programs that draw planes read them, and the
//! collection says so in `coordinates`.

use serde_json::{Value, json};

use super::{Day, Sheet, Visit};

/// The day as a feature collection.
pub fn geojson(day: &Day) -> Value {
    let features: Vec<Value> = day.sheets.iter().flat_map(features).collect();
    json!({
        "type": "FeatureCollection",
        "title": day.title,
        "coordinates": day.ground.explained(),
        "units": {
            "arrival": day.units.moment, "window": day.units.moment, "wait": day.units.span, "service": day.units.span,
            "load": day.units.load, "distance": day.units.distance,
        },
        "features": features,
    })
}

fn features(sheet: &Sheet) -> Vec<Value> {
    let path: Vec<[f64; 2]> = sheet.visits.iter().filter_map(|visit| visit.at).collect();
    let line = if path.len() < 2 { Value::Null } else { json!({"type": "LineString", "coordinates": path}) };
    let stops = sheet.visits.iter().filter(|visit| visit.number > 0).count();
    let route = json!({
        "type": "Feature",
        "geometry": line,
        "properties": {"kind": "route", "vehicle": sheet.vehicle, "distance": sheet.distance, "stops": stops},
    });
    std::iter::once(route).chain(sheet.visits.iter().map(|visit| point(sheet, visit))).collect()
}

fn point(sheet: &Sheet, visit: &Visit) -> Value {
    json!({
        "type": "Feature",
        "geometry": visit.at.map(|at| json!({"type": "Point", "coordinates": at})),
        "properties": {
            "kind": visit.kind.word(), "vehicle": sheet.vehicle, "trip": visit.trip,
            "stop": (visit.number > 0).then_some(visit.number), "name": visit.name, "task": visit.task,
            "arrival": visit.arrival, "window": visit.window, "wait": visit.wait, "service": visit.service, "load": visit.load,
            "driven": visit.is_driven,
        },
    })
}
