//! A plan of a file as driven routes, for drivers' sheets, tables and maps.
//!
//! Files have no units: figures are in the file's own, as its numbers were before rounding. Places are called by their node
//! numbers minus one, as in solutions.

use engine::routing::{DIMENSIONS, NO_LIMIT, Plan, Route, Stop, Window};

use super::Instance;
use crate::formats::sheets::{Day, Ground, Kind, Sheet, Units, Visit};

/// The plan's routes, each leaving as late as it can for its earliest return.
pub fn day(instance: &Instance, plan: &Plan, title: &str) -> Day {
    let own = |what: &str| format!("{what}, file's units");
    Day {
        title: title.to_owned(),
        units: Units { moment: own("time"), span: own("time"), load: own("load"), distance: own("distance") },
        ground: Ground::Plane,
        sheets: plan.routes.iter().map(|route| sheet(instance, route)).collect(),
    }
}

fn sheet(instance: &Instance, route: &Route) -> Sheet {
    let opens = instance.problem.vehicle_types()[route.vehicle_type as usize].shift.early;
    let departs = Drive::along(instance, route, opens).now - route.duration;
    let vehicle = instance.vehicles[route.vehicle_type as usize][route.vehicle as usize];
    Sheet {
        vehicle: (vehicle + 1).to_string(),
        distance: instance.in_file(route.distance),
        visits: Drive::along(instance, route, departs).visits,
    }
}

/// A vehicle under way.
struct Drive<'i> {
    instance: &'i Instance,
    visits: Vec<Visit>,
    place: u32,
    now: i64,
    load: [i64; DIMENSIONS],
    trip: usize,
    number: usize,
}

impl<'i> Drive<'i> {
    fn along(instance: &'i Instance, route: &Route, departs: i64) -> Self {
        let problem = &instance.problem;
        let kind = &problem.vehicle_types()[route.vehicle_type as usize];
        let mut drive = Self {
            instance,
            visits: Vec::new(),
            place: kind.start,
            now: departs,
            load: [0; DIMENSIONS],
            trip: 0,
            number: 0,
        };
        for trip in &route.trips {
            let stops = || trip.stops.iter().map(|&stop| &problem.stops()[stop as usize]);
            let reload = if drive.trip > 0 { kind.reload_duration } else { 0 };
            drive.travel(trip.depot);
            let opens = problem.depots()[trip.depot as usize].window.early;
            drive.now = stops().map(|stop| stop.release).fold(drive.now.max(opens), i64::max) + reload;
            drive.load = std::array::from_fn(|d| stops().map(|stop| stop.delivery.0[d]).sum());
            drive.trip += 1;
            drive.note(Kind::Departs);
            trip.stops.iter().zip(&trip.windows).for_each(|(&stop, &window)| drive.serve(stop, window));
        }
        drive.travel(kind.end);
        drive.now = drive.now.max(problem.depots()[kind.end as usize].window.early);
        drive.note(Kind::Returns);
        drive
    }

    fn travel(&mut self, to: u32) {
        self.now += self.instance.problem.duration(self.place, to);
        self.place = to;
    }

    fn serve(&mut self, stop: u32, used: u32) {
        let problem = &self.instance.problem;
        self.travel(problem.depots().len() as u32 + stop);
        let here = &problem.stops()[stop as usize];
        let window = window(here, used);
        let begins = self.now.max(window.early);
        let ends = |pair: &engine::routing::Pair, d: usize| {
            i64::from(pair.from == stop) * pair.amount.0[d] - i64::from(pair.to == stop) * pair.amount.0[d]
        };
        for (d, load) in self.load.iter_mut().enumerate() {
            *load +=
                here.pickup.0[d] - here.delivery.0[d] + problem.pairs().iter().map(|pair| ends(pair, d)).sum::<i64>();
        }
        self.number += 1;
        self.note(Kind::Stop);
        let (wait, service) = (self.instance.in_file(begins - self.now), self.instance.in_file(here.service));
        let window = told(self.instance, window);
        if let Some(visit) = self.visits.last_mut() {
            *visit = Visit { number: self.number, task: task(here), window, wait, service, ..std::mem::take(visit) };
        }
        self.now = begins + here.service;
    }

    fn note(&mut self, kind: Kind) {
        let node = self.instance.nodes[self.place as usize];
        self.visits.push(Visit {
            kind,
            trip: self.trip,
            name: format!("{} {node}", if kind == Kind::Stop { "place" } else { "depot" }),
            at: self.instance.points.get(node as usize).copied(),
            arrival: self.instance.in_file(self.now),
            load: self.load[0].to_string(),
            ..Visit::default()
        });
    }
}

fn task(stop: &Stop) -> String {
    match (stop.delivery.first(), stop.pickup.first()) {
        (0, 0) => "visit".to_owned(),
        (delivery, 0) => format!("deliver {delivery}"),
        (0, pickup) => format!("pick up {pickup}"),
        (delivery, pickup) => format!("deliver {delivery}, pick up {pickup}"),
    }
}

fn window(stop: &Stop, used: u32) -> Window {
    match used {
        0 => stop.window,
        n => stop.other_windows[n as usize - 1].window,
    }
}

/// A window in the file's units; empty where it is any time.
fn told(instance: &Instance, window: Window) -> String {
    match (window.early, window.late) {
        (0, NO_LIMIT..) => String::new(),
        (early, NO_LIMIT..) => format!("from {}", instance.in_file(early)),
        (early, late) => format!("{} to {}", instance.in_file(early), instance.in_file(late)),
    }
}
