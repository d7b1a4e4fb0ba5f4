//! Drives a planned route by the clock: its steps with arrivals, waits, loads and distances.

use engine::routing::{Pause, Route, Window};

use super::answer::{Echo, Step};
use super::problem::{Routing, breaks};
use super::request::Vehicle;
use super::tasks::StepType;

/// A vehicle under way.
pub(super) struct Drive<'r> {
    routing: &'r Routing,
    vehicle: &'r Vehicle,
    pub steps: Vec<Step>,
    /// Where it is among the points of the tables; anywhere where `None`.
    point: Option<usize>,
    /// The time, in seconds.
    now: i64,
    /// Seconds of travel so far.
    travelled: i64,
    /// Metres so far.
    metres: i64,
    /// What is on board, by dimension.
    load: Vec<i64>,
}

impl<'r> Drive<'r> {
    /// Drives a route that leaves when the plan says.
    pub fn along(routing: &'r Routing, vehicle: &'r Vehicle, route: &Route) -> Self {
        let kind = &routing.problem.vehicle_types()[route.vehicle_type as usize];
        let [start, end] = [kind.start, kind.end].map(|depot| routing.depots[depot as usize]);
        let trip = &route.trips[0];
        let mut drive = Self {
            routing,
            vehicle,
            steps: Vec::new(),
            point: start,
            now: route.departs,
            travelled: 0,
            metres: 0,
            load: vec![0; routing.dimensions],
        };
        trip.stops.iter().for_each(|&stop| drive.take(&routing.tasks[stop as usize].delivery, 1));
        drive.stand(StepType::Start, vehicle.start, vehicle.start_index);
        for (leg, (&stop, &window)) in (0..).zip(trip.stops.iter().zip(&trip.windows)) {
            let from = drive.point;
            drive.travel(routing.tasks[stop as usize].point, leg, &route.pauses);
            drive.serve(stop as usize, window, from);
        }
        drive.travel(end, trip.stops.len() as u32, &route.pauses);
        drive.stand(StepType::End, vehicle.end, vehicle.end_index);
        drive
    }

    /// When the vehicle is back.
    pub fn returns(&self) -> i64 {
        self.now
    }

    /// At the vehicle's start or end.
    fn stand(&mut self, kind: StepType, location: Option<[f64; 2]>, location_index: Option<i64>) {
        let here = self.here(kind);
        self.steps.push(Step { echo: Echo { description: None, location, location_index }, ..here });
    }

    /// A step of this moment, without time spent.
    fn here(&self, kind: StepType) -> Step {
        Step {
            kind,
            echo: Echo::default(),
            id: None,
            setup: 0,
            service: 0,
            waiting_time: 0,
            load: (self.routing.dimensions > 0).then(|| self.load.clone()),
            arrival: self.now,
            duration: self.travelled,
            distance: self.routing.tables.distances.as_ref().map(|_| self.metres),
            violations: [],
        }
    }

    /// To a point, with the breaks on the leg.
    fn travel(&mut self, to: Option<usize>, leg: u32, pauses: &[Pause]) {
        let tables = &self.routing.tables;
        let seconds = tables.leg(&tables.durations, self.point, to);
        let metres = tables.distances.as_ref().map_or(0, |distances| tables.leg(distances, self.point, to));
        let (left_at, started_at) = (self.metres, self.travelled);
        for pause in pauses.iter().filter(|pause| pause.leg == leg) {
            let driven = (pause.starts - self.now).min(seconds - (self.travelled - started_at));
            self.advance(driven);
            self.metres = left_at + metres * (self.travelled - started_at) / seconds.max(1);
            self.rest(pause);
        }
        self.advance(seconds - (self.travelled - started_at));
        self.metres = left_at + metres;
        self.point = to;
    }

    fn advance(&mut self, seconds: i64) {
        self.now += seconds;
        self.travelled += seconds;
    }

    fn rest(&mut self, pause: &Pause) {
        let Some((n, _)) = breaks(self.vehicle).into_iter().nth(pause.which as usize) else { return };
        let (rest, here) = (&self.vehicle.breaks[n], self.here(StepType::Break));
        self.steps.push(Step {
            id: Some(rest.id),
            echo: Echo { description: rest.description.clone(), ..Echo::default() },
            service: rest.service,
            waiting_time: pause.starts - self.now,
            ..here
        });
        self.now = pause.starts + rest.service;
    }

    /// Serves a task in the window of that number, having come from a point.
    fn serve(&mut self, stop: usize, window: u32, from: Option<usize>) {
        let (task, shares) = (&self.routing.tasks[stop], self.routing.shares[stop]);
        let setup = if shares && from == task.point { 0 } else { task.visit.setup };
        let begins = self.window(stop, window).early;
        // A shared place's windows are those of service, after setup.
        let starts = if shares { (self.now + setup).max(begins) - setup } else { self.now.max(begins) };
        let here = self.here(task.kind);
        self.take(&task.delivery, -1);
        self.take(&task.pickup, 1);
        self.take(&task.amount, if task.kind == StepType::Pickup { 1 } else { -1 });
        self.steps.push(Step {
            id: Some(task.visit.id),
            echo: Echo::of(&task.visit),
            setup,
            service: task.visit.service,
            waiting_time: starts - self.now,
            load: (self.routing.dimensions > 0).then(|| self.load.clone()),
            ..here
        });
        self.now = starts + setup + task.visit.service;
    }

    /// A stop's first window (0) or one of its others.
    fn window(&self, stop: usize, number: u32) -> Window {
        let stop = &self.routing.problem.stops()[stop];
        match number {
            0 => stop.window,
            n => stop.other_windows[n as usize - 1].window,
        }
    }

    fn take(&mut self, amounts: &[i64], sign: i64) {
        self.load.iter_mut().zip(amounts).for_each(|(load, amount)| *load += sign * amount);
    }
}
