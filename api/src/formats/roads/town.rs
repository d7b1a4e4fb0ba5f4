//! A map made by hand for tests: `data/roads/town.osm.pbf`, byte by byte.
//!
//! ```text
//! D-----E              A to B  1,000 m, primary, one way: 65 km/h, 55.4 s
//! |     |              B-C     1,000 m, residential: 25 km/h, 144 s
//! A-->--B-----C        A-D-E-B 500, 1,000 and 500 m, tertiary, maxspeed 50: 40 km/h, 180 s
//!       |              B-H     500 m, a footway: not for cars
//!       H              F-G     500 m, residential, an island 5 km east of A
//! ```
//! A lies at latitude 0, longitude 0, in the sea, so that a metre is as many degrees in both directions.

/// Degrees of a metre, in the file's unit of a ten-millionth.
const UNITS_A_METRE: f64 = 1e7 / 111_195.08;

const STRINGS: [&str; 10] =
    ["", "highway", "primary", "residential", "tertiary", "footway", "oneway", "yes", "maxspeed", "50"];

/// Nodes 1 to 8, A to H: metres east and north of A.
const NODES: [(i64, i64); 8] =
    [(0, 0), (1000, 0), (2000, 0), (0, 500), (1000, 500), (5000, 0), (5500, 0), (1000, -500)];

/// Tags as places in [`STRINGS`], nodes.
const WAYS: [(&[(u8, u8)], &[i64]); 5] = [
    (&[(1, 2), (6, 7)], &[1, 2]),
    (&[(1, 3)], &[2, 3]),
    (&[(1, 4), (8, 9)], &[1, 4, 5, 2]),
    (&[(1, 5)], &[2, 8]),
    (&[(1, 3)], &[6, 7]),
];

/// The file.
pub fn bytes() -> Vec<u8> {
    let mut file = blob("OSMHeader", &[text(4, "OsmSchema-V0.6"), text(4, "DenseNodes")].concat());
    let strings: Vec<u8> = STRINGS.iter().flat_map(|string| text(1, string)).collect();
    let groups = [field(2, &field(2, &dense())), field(2, &ways())];
    file.extend(blob("OSMData", &[field(1, &strings), groups.concat()].concat()));
    file
}

fn dense() -> Vec<u8> {
    let units = |metres: i64| (metres as f64 * UNITS_A_METRE).round() as i64;
    let ids: Vec<i64> = (1..=NODES.len() as i64).collect();
    let lats: Vec<i64> = NODES.iter().map(|(_, north)| units(*north)).collect();
    let lons: Vec<i64> = NODES.iter().map(|(east, _)| units(*east)).collect();
    [field(1, &deltas(&ids)), field(8, &deltas(&lats)), field(9, &deltas(&lons))].concat()
}

fn ways() -> Vec<u8> {
    let way = |(n, (tags, nodes)): (usize, &(&[(u8, u8)], &[i64]))| {
        let keys: Vec<u8> = tags.iter().map(|(key, _)| *key).collect();
        let values: Vec<u8> = tags.iter().map(|(_, value)| *value).collect();
        let id = [vec![1 << 3], varint(n as u64 + 1)].concat();
        field(3, &[id, field(2, &keys), field(3, &values), field(8, &deltas(nodes))].concat())
    };
    WAYS.iter().enumerate().flat_map(way).collect()
}

/// A length, a header that names the kind, and the block as it is.
fn blob(kind: &str, block: &[u8]) -> Vec<u8> {
    let blob = field(1, block);
    let header = [text(1, kind), vec![3 << 3], varint(blob.len() as u64)].concat();
    [(header.len() as u32).to_be_bytes().to_vec(), header, blob].concat()
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![(number << 3) | 2], varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn text(number: u8, text: &str) -> Vec<u8> {
    field(number, text.as_bytes())
}

/// Each less the one before, signs folded in.
fn deltas(numbers: &[i64]) -> Vec<u8> {
    let before = [0].iter().chain(numbers);
    numbers
        .iter()
        .zip(before)
        .flat_map(|(n, before)| varint((((n - before) << 1) ^ ((n - before) >> 63)) as u64))
        .collect()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
