//! Packed cartons as pictures: one page of HTML with an SVG a carton, which needs nothing else.

use std::fmt::Write;

use engine::packing::{Carton, Edges, PackedCarton, Placement};

use crate::formats::sheets::escaped;

const STYLE: &str = "body{font:11pt/1.35 sans-serif;margin:1.5em}figure{display:inline-block;margin:.5em;vertical-align:top}\
    figcaption{font-size:9pt;max-width:220px}svg{background:#f8f8f8}polygon{stroke:#333;stroke-width:.6;stroke-linejoin:round}\
    .carton{fill:none;stroke:#999;stroke-dasharray:3 2}";

/// Edge of a picture in pixels, and its margin.
const SIZE: f64 = 220.0;
const MARGIN: f64 = 8.0;

/// More units are painted in the sequence of their corners, which may hide one wrongly.
const SORTED: usize = 500;

/// A carton to draw.
pub struct Picture<'a> {
    /// What it belongs to.
    pub order: &'a str,
    /// Its number there, from 1.
    pub number: usize,
    /// Name of its type.
    pub name: &'a str,
    /// Its type.
    pub carton: &'a Carton,
    /// Names of the order's items.
    pub items: &'a [String],
    /// What is in it.
    pub packed: &'a PackedCarton,
}

/// The page; `left_out` cartons are not on it.
pub fn page(pictures: &[Picture<'_>], left_out: usize) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Packed cartons</title><style>{STYLE}</style></head>\
         <body><h1>Packed cartons</h1><p>The dashed lines are the inside of the carton, seen from the front, the right and above; \
         each item of an order has its own colour. Hold the pointer over a unit for its name, place and size in millimetres.{}</p>\n",
        if left_out > 0 { format!(" {left_out} more cartons are not drawn.") } else { String::new() }
    );
    pictures.iter().for_each(|picture| figure(picture, &mut page));
    page.push_str("</body></html>\n");
    page
}

fn figure(picture: &Picture<'_>, page: &mut String) {
    let Picture { order, number, name, carton, items, packed } = picture;
    let inner = [carton.inner.length, carton.inner.width, carton.inner.height].map(|edge| edge.get() as i32);
    let view = View::of(inner);
    let _ =
        write!(page, "<figure><svg width=\"{SIZE}\" height=\"{SIZE}\" role=\"img\" aria-label=\"Carton {number}\">");
    for unit in painted(&packed.placements) {
        let hue = (unit.item * 137) % 360;
        let [x, y, z] = unit.at;
        let [l, w, h] = unit.edges;
        let item = escaped(items.get(unit.item).map_or("", String::as_str));
        let _ = write!(page, "<g><title>{item} at {x}, {y}, {z}: {l} x {w} x {h} mm</title>");
        for (face, light) in view.faces(unit.at, unit.edges).into_iter().zip([72, 60, 48]) {
            let _ = write!(page, "<polygon points=\"{face}\" fill=\"hsl({hue} 55% {light}%)\"/>");
        }
        page.push_str("</g>");
    }
    for face in view.faces([0; 3], inner) {
        let _ = write!(page, "<polygon class=\"carton\" points=\"{face}\"/>");
    }
    let volume = packed.placements.iter().map(|unit| unit.edges.iter().map(|&edge| i64::from(edge)).product::<i64>());
    let share = 100.0 * volume.sum::<i64>() as f64 / carton.inner.volume().get().max(1) as f64;
    let _ = writeln!(
        page,
        "</svg><figcaption>{}, carton {number}: {}, {} units, {share:.1} % filled, {}</figcaption></figure>",
        escaped(order),
        escaped(name),
        packed.placements.len(),
        packed.gross
    );
}

/// Units from the hindmost on, so that each hides what it should.
fn painted(units: &[Placement]) -> Vec<&Placement> {
    let mut left: Vec<&Placement> = units.iter().collect();
    if left.len() > SORTED {
        left.sort_by_key(|unit| unit.at.iter().sum::<i32>());
        return left;
    }
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let hides = |n: usize| left.iter().any(|other| is_before(left[n], other));
        // Three units may hide each other in a ring; then any is first.
        let next = (0..left.len()).find(|&n| !hides(n)).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}

/// Whether one unit is nearer the eye than another that it may hide: nearer along an axis, and along none the other way.
fn is_before(one: &Placement, other: &Placement) -> bool {
    let ends = |unit: &Placement, axis: usize| unit.at[axis] + unit.edges[axis];
    (0..3).any(|axis| ends(other, axis) <= one.at[axis]) && (0..3).all(|axis| ends(one, axis) > other.at[axis])
}

/// Isometric projection of a carton onto its picture.
struct View {
    scale: f64,
    /// Where the corner at the origin comes to lie.
    origin: [f64; 2],
}

impl View {
    /// Cosine and sine of the angle at which lying edges rise.
    const SLOPE: [f64; 2] = [0.866, 0.5];

    fn of(inner: Edges) -> Self {
        let [x, y, z] = inner.map(f64::from);
        let [cos, sin] = Self::SLOPE;
        let scale = (SIZE - 2.0 * MARGIN) / ((x + y) * cos).max((x + y) * sin + z);
        Self { scale, origin: [MARGIN + y * cos * scale, MARGIN + z * scale] }
    }

    fn point(&self, [x, y, z]: Edges) -> String {
        let ([x, y, z], [cos, sin]) = ([x, y, z].map(f64::from), Self::SLOPE);
        let across = self.origin[0] + (x - y) * cos * self.scale;
        let down = self.origin[1] + ((x + y) * sin - z) * self.scale;
        format!("{across:.1},{down:.1}")
    }

    /// Corners of the three faces that are seen: top, and those towards the ends of x and y.
    fn faces(&self, [x, y, z]: Edges, [l, w, h]: Edges) -> [String; 3] {
        let (right, front, top) = (x + l, y + w, z + h);
        let face = |corners: [Edges; 4]| corners.map(|corner| self.point(corner)).join(" ");
        [
            face([[x, y, top], [right, y, top], [right, front, top], [x, front, top]]),
            face([[right, y, z], [right, front, z], [right, front, top], [right, y, top]]),
            face([[x, front, z], [right, front, z], [right, front, top], [x, front, top]]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use engine::units::{Grams, Size};

    use super::*;

    fn unit(item: usize, at: Edges, edges: Edges) -> Placement {
        Placement { item, at, edges }
    }

    #[test]
    fn what_is_behind_is_painted_first() {
        let units = [unit(0, [5, 0, 0], [5, 5, 5]), unit(1, [0, 0, 5], [5, 5, 5]), unit(2, [0, 0, 0], [5, 5, 5])];
        let order: Vec<usize> = painted(&units).iter().map(|unit| unit.item).collect();
        assert_eq!(order.iter().position(|&item| item == 2), Some(0), "{order:?}");
    }

    #[test]
    fn a_page_shows_every_unit_inside_its_picture() {
        let size = Size::new(10, 20, 30);
        let carton = Carton { inner: size, outer: size, tare: Grams::ZERO, max_gross: Grams::new(9), limit: None };
        let placements = vec![unit(0, [0, 0, 0], [10, 20, 10]), unit(1, [0, 0, 10], [10, 20, 20])];
        let packed = PackedCarton { carton: 0, placements, gross: Grams::ZERO };
        let items = ["a<b".to_owned(), "c".to_owned()];
        let picture = Picture { order: "o", number: 1, name: "A", carton: &carton, items: &items, packed: &packed };
        let page = page(&[picture], 2);
        assert_eq!(page.matches("<polygon").count(), 3 * 2 + 3);
        assert!(page.contains("a&lt;b at 0, 0, 0: 10 x 20 x 10 mm") && page.contains("100.0 % filled"), "{page}");
        assert!(page.contains("2 more cartons are not drawn"));
        let points = page.split("points=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let numbers = points.flat_map(|points| points.split([' ', ',']).filter_map(|n| n.parse::<f64>().ok()));
        assert!(numbers.into_iter().all(|n| (0.0..=SIZE).contains(&n)), "{page}");
    }
}
