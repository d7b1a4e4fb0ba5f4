//! Reads a request out of a document, with the faults of each field; what fields mean together is judged by
//! [`super::Routing::read`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json::{Object, Reader, shortened};
use super::request::{Break, Costs, Job, Matrices, Request, Shipment, Vehicle, Visit, Wishes};

/// Most tasks of a request; a shipment is two.
const MOST_TASKS: usize = 1_000;
/// Most vehicles of a request.
const MOST_VEHICLES: usize = 500;
/// Most rows of a matrix.
const MOST_ROWS: usize = 2_000;
/// Longest entry of a matrix, in seconds, metres or units of cost.
const LONGEST_LEG: i64 = u32::MAX as i64;

const NO_TYPES: &str =
    "is not supported: setup and service are the same for every vehicle; leave it out and use `setup` and `service`";

impl Request {
    /// What can be read of a document.
    pub(super) fn read(document: &Value, reader: &mut Reader) -> Self {
        let root = reader.object(String::new(), document);
        reader.request(&root)
    }
}

impl Reader {
    fn request(&mut self, root: &Object) -> Request {
        self.refuse(
            root,
            "matrix",
            "is not supported: send `matrices` with a profile, `{\"car\": {\"durations\": ..}}`",
        );
        let vehicles = self.objects(root, "vehicles").iter().map(|vehicle| self.vehicle(vehicle)).collect::<Vec<_>>();
        let jobs = self.objects(root, "jobs").iter().map(|job| self.job(job)).collect::<Vec<_>>();
        let shipments =
            self.objects(root, "shipments").iter().map(|shipment| self.shipment(shipment)).collect::<Vec<_>>();
        self.count("vehicles", vehicles.len(), MOST_VEHICLES);
        if self.is_read("", "shipments") {
            self.count("jobs", jobs.len() + 2 * shipments.len(), MOST_TASKS);
        }
        self.unique("/vehicles", "", vehicles.iter().map(|vehicle| vehicle.id));
        self.unique("/jobs", "", jobs.iter().map(|job| job.visit.id));
        self.unique("/shipments", "/pickup", shipments.iter().map(|shipment| shipment.pickup.id));
        self.unique("/shipments", "/delivery", shipments.iter().map(|shipment| shipment.delivery.id));
        Request { vehicles, jobs, shipments, matrices: self.matrices(root), options: self.wishes(root) }
    }

    fn count(&mut self, field: &str, found: usize, most: usize) {
        if found == 0 || found > most {
            let what = if field == "jobs" { "tasks (a shipment is two)" } else { field };
            self.fault("", field, found, format!("must be from 1 to {most} {what}"));
        }
    }

    fn unique(&mut self, at: &str, end: &str, ids: impl Iterator<Item = i64>) {
        let mut seen = BTreeSet::new();
        for (n, id) in ids.enumerate() {
            let at = format!("{at}/{n}{end}");
            if self.is_read(&at, "id") && !seen.insert(id) {
                self.fault(&at, "id", id, "must be unique; another one has it");
            }
        }
    }

    fn wishes(&mut self, root: &Object) -> Wishes {
        let mut wishes = Wishes::default();
        let Some(options) = self.inner(root, "options") else { return wishes };
        for key in ["c", "l", "t"] {
            self.refuse(&options, key, "is not supported: the service bounds its searches by itself; leave it out");
        }
        wishes.g = match options.get("g") {
            None => false,
            Some(Value::Bool(g)) => *g,
            Some(other) => {
                self.unread(&options.at, "g", shortened(other), "must be true or false");
                false
            }
        };
        wishes.x = self.whole(&options, "x", 0..=5).unwrap_or(wishes.x);
        wishes
    }

    fn vehicle(&mut self, from: &Object) -> Vehicle {
        Vehicle {
            id: self.required(from, "id"),
            profile: self.text(from, "profile").unwrap_or_else(|| "car".to_owned()),
            description: self.text(from, "description"),
            start: self.point(from, "start"),
            start_index: self.amount(from, "start_index"),
            end: self.point(from, "end"),
            end_index: self.amount(from, "end_index"),
            capacity: self.numbers(from, "capacity"),
            costs: self.costs(from),
            skills: self.numbers(from, "skills"),
            time_window: from.get("time_window").and_then(|value| self.window(&from.at, "time_window", value)),
            breaks: self.breaks(from),
            speed_factor: self.speed_factor(from),
            max_tasks: self.amount(from, "max_tasks"),
            max_travel_time: self.amount(from, "max_travel_time"),
            max_distance: self.amount(from, "max_distance"),
        }
    }

    fn costs(&mut self, from: &Object) -> Costs {
        let usual = Costs::default();
        let Some(costs) = self.inner(from, "costs") else { return usual };
        if costs.get("per_task_hour").is_some_and(|value| value.as_i64() != Some(0)) {
            self.refuse(&costs, "per_task_hour", "is not supported: only travel, distance and use are priced");
        }
        Costs {
            fixed: self.amount(&costs, "fixed").unwrap_or(usual.fixed),
            per_hour: self.amount(&costs, "per_hour").unwrap_or(usual.per_hour),
            per_km: self.amount(&costs, "per_km").unwrap_or(usual.per_km),
        }
    }

    fn speed_factor(&mut self, from: &Object) -> f64 {
        let Some(value) = from.get("speed_factor") else { return 1.0 };
        let factor = value.as_f64().filter(|factor| 0.01 <= *factor && *factor <= 5.0);
        if factor.is_none() {
            self.unread(&from.at, "speed_factor", shortened(value), "must be a number from 0.01 to 5");
        }
        factor.unwrap_or(1.0)
    }

    fn breaks(&mut self, from: &Object) -> Vec<Break> {
        let listed = self.objects(from, "breaks");
        if listed.len() > 4 {
            self.fault(&from.at, "breaks", listed.len(), "must be at most 4");
        }
        let breaks: Vec<Break> = listed.iter().map(|rest| self.one_break(rest)).collect();
        self.unique(&format!("{}/breaks", from.at), "", breaks.iter().map(|rest| rest.id));
        breaks
    }

    fn one_break(&mut self, from: &Object) -> Break {
        self.refuse(from, "max_load", "is not supported: a break does not look at the load");
        let listed = self.list(from, "time_windows").len();
        if listed != 1 {
            let rule = "must hold exactly one window: breaks with several, or with none, are not supported";
            self.fault(&from.at, "time_windows", format!("{listed} windows"), rule);
        }
        Break {
            id: self.required(from, "id"),
            time_windows: self.windows(from, "time_windows"),
            service: self.amount(from, "service").unwrap_or(0),
            description: self.text(from, "description"),
        }
    }

    fn job(&mut self, from: &Object) -> Job {
        self.refuse(from, "amount", "is not supported: send it as `delivery`");
        Job {
            visit: self.visit(from),
            delivery: self.numbers(from, "delivery"),
            pickup: self.numbers(from, "pickup"),
            skills: self.numbers(from, "skills"),
            priority: self.priority(from),
        }
    }

    fn shipment(&mut self, from: &Object) -> Shipment {
        let [pickup, delivery] = ["pickup", "delivery"].map(|key| {
            let Some(visit) = self.inner(from, key) else {
                self.unread(&from.at, key, "", "is missing");
                return Visit::default();
            };
            self.visit(&visit)
        });
        Shipment {
            pickup,
            delivery,
            amount: self.numbers(from, "amount"),
            skills: self.numbers(from, "skills"),
            priority: self.priority(from),
        }
    }

    fn priority(&mut self, from: &Object) -> i64 {
        self.whole(from, "priority", 0..=100).unwrap_or(0)
    }

    fn visit(&mut self, from: &Object) -> Visit {
        self.refuse(from, "setup_per_type", NO_TYPES);
        self.refuse(from, "service_per_type", NO_TYPES);
        Visit {
            id: self.required(from, "id"),
            description: self.text(from, "description"),
            location: self.point(from, "location"),
            location_index: self.amount(from, "location_index"),
            setup: self.amount(from, "setup").unwrap_or(0),
            service: self.amount(from, "service").unwrap_or(0),
            time_windows: self.windows(from, "time_windows"),
        }
    }

    fn matrices(&mut self, root: &Object) -> BTreeMap<String, Matrices> {
        let Some(by_profile) = root.get("matrices").and_then(Value::as_object) else {
            if let Some(value) = root.get("matrices") {
                self.unread("", "matrices", shortened(value), "must be an object with tables by profile");
            }
            return BTreeMap::new();
        };
        let mut matrices = BTreeMap::new();
        for (profile, value) in by_profile {
            let tables = self.object(format!("/matrices/{profile}"), value);
            if tables.get("durations").is_none() {
                self.unread(&tables.at, "durations", "", "is missing");
            }
            let durations = self.matrix(&tables, "durations").unwrap_or_default();
            let is_sized = self.is_read(&tables.at, "durations");
            let [distances, costs] = ["distances", "costs"].map(|key| {
                let table = self.matrix(&tables, key)?;
                if is_sized && table.len() != durations.len() {
                    self.fault(
                        &tables.at,
                        key,
                        table.len(),
                        format!("must have {} rows, as durations", durations.len()),
                    );
                }
                Some(table)
            });
            matrices.insert(profile.clone(), Matrices { durations, distances, costs });
        }
        matrices
    }

    fn matrix(&mut self, from: &Object, key: &str) -> Option<Vec<Vec<i64>>> {
        from.get(key)?;
        let rows = self.list(from, key);
        if rows.is_empty() || rows.len() > MOST_ROWS {
            self.unread(&from.at, key, rows.len(), format!("must have 1 to {MOST_ROWS} rows"));
            return Some(Vec::new());
        }
        let row = |value: &Value| -> Option<Vec<i64>> {
            let entries = value.as_array().filter(|entries| entries.len() == rows.len())?;
            entries.iter().map(|entry| entry.as_i64().filter(|entry| (0..=LONGEST_LEG).contains(entry))).collect()
        };
        let mut table = Vec::with_capacity(rows.len());
        for (n, value) in rows.iter().enumerate() {
            if let Some(row) = row(value) {
                table.push(row);
            } else {
                let rule = format!("must be a row of {} whole numbers from 0 to {LONGEST_LEG}", rows.len());
                self.unread(&format!("{}/{key}", from.at), &n.to_string(), shortened(value), rule);
                table.push(vec![0; rows.len()]);
            }
        }
        Some(table)
    }
}
