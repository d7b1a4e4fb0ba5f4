//! Streets as a map draws them: lines over points.

use crate::model::Coordinates;

/// A line of points that cars drive along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its points in order, by index; at least two.
    pub points: Vec<u32>,
    /// Speed in that order, in metres an hour; none where cars may not.
    pub forward: Option<u32>,
    /// Speed against it, as `forward`.
    pub backward: Option<u32>,
}

/// All of a map's streets for cars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Streets {
    /// Where each point is.
    pub points: Vec<Coordinates>,
    /// The lines; those that share a point meet there.
    pub ways: Vec<Way>,
    /// Points that stop cars, ascending: lines end there from either side.
    pub blocked: Vec<u32>,
}

/// A part of a way between two junctions, with the points in between.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// Junction it starts at.
    pub from: u32,
    /// Junction it ends at.
    pub to: u32,
    /// Speed from start to end, in metres an hour.
    pub forward: Option<u32>,
    /// Speed from end to start, as `forward`.
    pub backward: Option<u32>,
    /// The points, first and last among them, as indices of [`Streets::points`].
    pub points: Vec<u32>,
}

impl Streets {
    /// The stretches, and how many junctions they join. A junction is where ways end or meet, or where cars are stopped; of
    /// these each side has its own.
    pub(super) fn stretches(&self) -> (Vec<Stretch>, usize) {
        let mut junctions = Junctions { of_point: vec![u32::MAX; self.points.len()], count: 0 };
        let is_junction = self.junctions();
        let is_blocked = |point: u32| self.blocked.binary_search(&point).is_ok();
        let mut stretches = Vec::with_capacity(self.ways.len());
        for way in self.ways.iter().filter(|way| way.points.len() > 1) {
            let mut start = 0;
            let mut from = junctions.at(way.points[0], is_blocked(way.points[0]));
            for end in 1..way.points.len() {
                let point = way.points[end];
                if !is_junction[point as usize] {
                    continue;
                }
                let to = junctions.at(point, is_blocked(point));
                let points = way.points[start..=end].to_vec();
                stretches.push(Stretch { from, to, forward: way.forward, backward: way.backward, points });
                start = end;
                from = if is_blocked(point) { junctions.at(point, true) } else { to };
            }
        }
        (stretches, junctions.count as usize)
    }

    /// Whether each point is a junction.
    fn junctions(&self) -> Vec<bool> {
        let mut uses = vec![0_u8; self.points.len()];
        for way in &self.ways {
            way.points.iter().for_each(|&point| uses[point as usize] = uses[point as usize].saturating_add(1));
            let ends = [way.points.first(), way.points.last()];
            ends.into_iter().flatten().for_each(|&end| uses[end as usize] = 2);
        }
        self.blocked.iter().for_each(|&point| uses[point as usize] = 2);
        uses.iter().map(|&uses| uses > 1).collect()
    }
}

/// Numbers junctions as they are met.
struct Junctions {
    of_point: Vec<u32>,
    count: u32,
}

impl Junctions {
    fn at(&mut self, point: u32, is_blocked: bool) -> u32 {
        let known = &mut self.of_point[point as usize];
        if *known == u32::MAX || is_blocked {
            *known = self.count;
            self.count += 1;
        }
        *known
    }
}
