//! The nearest road to a point.
//!
//! Segments lie in an R*-tree (crate `rstar`) in earth-centred coordinates, so that neither the poles nor the date line are
//! special; over a segment's length a chord is as good as the arc.

use geo::{Distance, Haversine};
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use crate::model::Coordinates;

/// Mean earth radius in metres, as crate `geo` has it.
const RADIUS: f64 = 6_371_008.8;

type Point = [f64; 3];

/// A straight part of a stretch.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub from: Point,
    pub to: Point,
    /// The stretch it is of.
    pub stretch: u32,
    /// Metres of the stretch before it.
    pub before: f64,
    /// Its metres.
    pub length: f64,
}

/// A point on a road.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Snap {
    /// The stretch.
    pub stretch: u32,
    /// Metres from the stretch's start.
    pub along: f64,
    /// Metres from the place asked for.
    pub away: f64,
}

/// All segments that places may be put on.
#[derive(Debug)]
pub(super) struct Snapper(RTree<Segment>);

/// A position on the sphere, in metres from the earth's middle.
pub(super) fn on_sphere(at: Coordinates) -> Point {
    let (lat, lon) = (at.lat.to_radians(), at.lon.to_radians());
    [RADIUS * lat.cos() * lon.cos(), RADIUS * lat.cos() * lon.sin(), RADIUS * lat.sin()]
}

/// Great-circle distance in metres, not rounded.
pub(super) fn distance(from: Coordinates, to: Coordinates) -> f64 {
    Haversine.distance(geo::Point::new(from.lon, from.lat), geo::Point::new(to.lon, to.lat))
}

impl Snapper {
    /// Over these segments.
    pub fn new(segments: Vec<Segment>) -> Self {
        Self(RTree::bulk_load(segments))
    }

    /// The nearest point on any segment, however far; of equally near ones that of the first stretch.
    pub fn nearest(&self, at: Coordinates) -> Option<Snap> {
        let point = on_sphere(at);
        let nearest = self.0.nearest_neighbors(&point).into_iter();
        let first = nearest.min_by(|a, b| a.stretch.cmp(&b.stretch).then(a.before.total_cmp(&b.before)))?;
        let share = first.share(&point);
        Some(Snap {
            stretch: first.stretch,
            along: first.before + share * first.length,
            away: first.distance_2(&point).sqrt(),
        })
    }
}

impl Segment {
    /// How far along the segment its nearest point to `point` lies, 0 to 1.
    fn share(&self, point: &Point) -> f64 {
        let along = minus(&self.to, &self.from);
        let square = dot(&along, &along);
        if square > 0.0 { (dot(&minus(point, &self.from), &along) / square).clamp(0.0, 1.0) } else { 0.0 }
    }
}

impl RTreeObject for Segment {
    type Envelope = AABB<Point>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.from, self.to)
    }
}

impl PointDistance for Segment {
    fn distance_2(&self, point: &Point) -> f64 {
        let (share, along) = (self.share(point), minus(&self.to, &self.from));
        let nearest = [0, 1, 2].map(|axis| self.from[axis] + share * along[axis]);
        let away = minus(point, &nearest);
        dot(&away, &away)
    }
}

fn minus(a: &Point, b: &Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: &Point, b: &Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
