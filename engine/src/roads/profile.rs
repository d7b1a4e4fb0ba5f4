//! What a car may drive on and how fast, from a way's tags.
//!
//! Tags and their meaning are OpenStreetMap's (wiki.openstreetmap.org: Key:highway, Key:access, Key:oneway, Key:maxspeed);
//! speeds by class follow the car profile of OSRM: averages in free flow, not limits. Where a limit is signed, 80 % of it is
//! driven. Deliveries may drive where only destinations may. Left out: turn restrictions, conditional and time-dependent
//! tags, lanes, surfaces, limits of height and weight, tolls, ferries.

/// Speeds along a way and against it, in metres an hour; none where cars may not drive so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speeds {
    /// In the order of the way's nodes.
    pub forward: Option<u32>,
    /// Against it.
    pub backward: Option<u32>,
}

/// Highway classes with their speed in km/h.
const CLASSES: &[(&str, u32)] = &[
    ("motorway", 90),
    ("motorway_link", 45),
    ("trunk", 85),
    ("trunk_link", 40),
    ("primary", 65),
    ("primary_link", 30),
    ("secondary", 55),
    ("secondary_link", 25),
    ("tertiary", 40),
    ("tertiary_link", 20),
    ("unclassified", 25),
    ("residential", 25),
    ("living_street", 10),
    ("road", 25),
    ("service", 15),
];

/// Percent of a signed limit that is driven.
const OF_LIMIT: u32 = 80;
/// Metres in a mile, rounded.
const MILE: f64 = 1609.344;
/// Most that a car drives, in metres an hour.
const FASTEST: f64 = 140_000.0;
/// Least that counts as driving, in metres an hour.
const SLOWEST: f64 = 1_000.0;
/// Tags of access for cars, the most specific first.
const ACCESS: &[&str] = &["motorcar", "motor_vehicle", "vehicle", "access"];
/// What closes a way to cars that deliver.
const CLOSED: &[&str] =
    &["no", "private", "agricultural", "forestry", "emergency", "psv", "bus", "military", "use_sidepath"];
/// Barriers that no car passes unless tags of access say so.
const BARRIERS: &[&str] =
    &["bollard", "block", "jersey_barrier", "debris", "log", "cycle_barrier", "stile", "turnstile"];

/// Speeds on a way with the tags that `tag` looks up; none where no car may drive on it.
pub fn speeds<'t>(tag: impl Fn(&str) -> Option<&'t str>) -> Option<Speeds> {
    let class = tag("highway")?;
    let (_, class_speed) = CLASSES.iter().find(|(name, _)| *name == class)?;
    if tag("area") == Some("yes") || !is_open(&tag, true) {
        return None;
    }
    let limit = |key: &str| tag(key).and_then(limit);
    let driven = |own: &str| match limit(own).or_else(|| limit("maxspeed")) {
        Some(limit) => (limit * f64::from(OF_LIMIT) / 100.0).clamp(SLOWEST, FASTEST) as u32,
        None => class_speed * 1000,
    };
    let (along, against) = directions(class, &tag)?;
    Some(Speeds {
        forward: along.then(|| driven("maxspeed:forward")),
        backward: against.then(|| driven("maxspeed:backward")),
    })
}

/// Whether a node with these tags stops cars.
pub fn is_blocked<'t>(tag: impl Fn(&str) -> Option<&'t str>) -> bool {
    let passes = !tag("barrier").is_some_and(|barrier| BARRIERS.contains(&barrier));
    (tag("barrier").is_some() || tag("access").is_some()) && !is_open(&tag, passes)
}

fn is_open<'t>(tag: impl Fn(&str) -> Option<&'t str>, untagged: bool) -> bool {
    ACCESS.iter().find_map(|key| tag(key)).map_or(untagged, |access| !CLOSED.contains(&access))
}

/// Whether cars drive along the way and against it; none where that changes with the time of day.
fn directions<'t>(class: &str, tag: impl Fn(&str) -> Option<&'t str>) -> Option<(bool, bool)> {
    let implied = class == "motorway" || matches!(tag("junction"), Some("roundabout" | "circular"));
    match tag("oneway:motor_vehicle").or_else(|| tag("oneway")) {
        Some("yes" | "true" | "1") => Some((true, false)),
        Some("-1" | "reverse") => Some((false, true)),
        Some("reversible" | "alternating") => None,
        Some("no" | "false" | "0") => Some((true, true)),
        _ => Some((true, !implied)),
    }
}

/// A speed limit in metres an hour: `50`, `50 km/h`, `30 mph`, `walk`, or a country's zone as `DE:urban`.
fn limit(text: &str) -> Option<f64> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()));
    if let Ok(number) = number.parse::<f64>() {
        return match unit.trim() {
            "" | "km/h" | "kmh" | "kph" => Some(number * 1000.0),
            "mph" => Some(number * MILE),
            _ => None,
        }
        .filter(|limit| *limit > 0.0);
    }
    match text.rsplit(':').next()? {
        "walk" => Some(6_000.0),
        "living_street" => Some(15_000.0),
        "urban" => Some(50_000.0),
        "rural" => Some(90_000.0),
        "motorway" => Some(120_000.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `highway=primary oneway=yes` as speeds along and against, in metres an hour; 0 is none.
    fn check(tags: &str, expected: Option<(u32, u32)>) {
        let pairs: Vec<(&str, &str)> = tags.split_whitespace().filter_map(|tag| tag.split_once('=')).collect();
        let look = |key: &str| pairs.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let found = speeds(look).map(|s| (s.forward.unwrap_or(0), s.backward.unwrap_or(0)));
        assert_eq!(found, expected, "{tags}");
    }

    #[test]
    fn classes_directions_limits_and_access() {
        check("highway=residential", Some((25_000, 25_000)));
        check("highway=motorway", Some((90_000, 0)));
        check("highway=tertiary junction=roundabout", Some((40_000, 0)));
        check("highway=primary oneway=-1", Some((0, 65_000)));
        check("highway=primary oneway=reversible", None);
        check("highway=primary maxspeed=50", Some((40_000, 40_000)));
        // 30 * 1609.344 * 0.8 = 38,624.256
        check("highway=primary maxspeed=30mph", Some((38_624, 38_624)));
        check("highway=primary maxspeed=50 maxspeed:backward=30", Some((40_000, 24_000)));
        check("highway=primary maxspeed=DE:rural", Some((72_000, 72_000)));
        check("highway=primary maxspeed=none", Some((65_000, 65_000)));
        check("highway=primary maxspeed=0", Some((65_000, 65_000)));
        check("highway=primary maxspeed=900", Some((140_000, 140_000)));
        check("highway=footway", None);
        check("building=yes", None);
        check("highway=service access=private", None);
        check("highway=service access=private motorcar=yes", Some((15_000, 15_000)));
        check("highway=service access=destination", Some((15_000, 15_000)));
        check("highway=service area=yes", None);
        check("highway=residential oneway=yes oneway:motor_vehicle=no", Some((25_000, 25_000)));
    }

    #[test]
    fn barriers_stop_cars_unless_tags_say_otherwise() {
        let blocked = |tags: &[(&str, &'static str)]| {
            is_blocked(|key: &str| tags.iter().find(|(k, _)| *k == key).map(|(_, value)| *value))
        };
        assert!(blocked(&[("barrier", "bollard")]));
        assert!(blocked(&[("barrier", "gate"), ("access", "private")]));
        assert!(!blocked(&[("barrier", "gate")]));
        assert!(!blocked(&[("barrier", "bollard"), ("motor_vehicle", "yes")]));
        assert!(!blocked(&[("highway", "traffic_signals")]));
    }
}
