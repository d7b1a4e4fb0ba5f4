//! Van routes of a dispatch: a map, a table, drivers' sheets.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::dispatch::Progress;
use engine::fulfilment::{Dispatch, DispatchStage, VanRoute, VanStop, VanTrip};
use engine::ids::DispatchId;
use engine::model::{Coordinates, Fleet, PostalIx, World};
use engine::units::Timestamp;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Paper;
use super::extract::{Accept, Caller, Path};
use super::handover::seen;
use super::problem::Problem;
use super::state::AppState;
use super::wire;
use crate::app::{App, AppError};
use crate::formats::sheets::{self, Day, Ground, Kind, Sheet, Units, Visit};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(show))
}

/// The vans' routes of a dispatch as GeoJSON, or by the `Accept` header CSV (`text/csv`) or drivers' sheets to print (`text/html`).
/// Empty where the carrier has no own vans.
#[utoipa::path(get, path = "/v1/dispatches/{id}/routes", tag = "dispatch", security(("key" = ["carrier", "warehouse", "planner"])),
    params(("id" = String, Path)),
    responses((status = 200, content((serde_json::Value = "application/geo+json"), (String = "text/csv"), (String = "text/html")))))]
async fn show(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<DispatchId>,
    accept: Accept,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let day = day(&app, &seen(&app, &actor, &id)?);
    Ok(if accept.names("text/csv") {
        let text = sheets::csv(&day).map_err(AppError::Internal)?;
        ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response()
    } else if accept.names("text/html") {
        Paper(sheets::html(&day)).into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/geo+json")], sheets::geojson(&day).to_string()).into_response()
    })
}

fn day(app: &App, dispatch: &Dispatch) -> Day {
    let world = wire::world(app);
    let depot = &world.warehouses[dispatch.warehouse];
    let sheets = dispatch
        .routes
        .iter()
        .map(|route| Drive { app, world, dispatch, fleet: &world.fleets[route.fleet] }.sheet(route));
    Day {
        title: format!("Vans of {} for {}, dispatch {}", depot.id, world.services[dispatch.service].id, dispatch.id),
        units: Units {
            moment: "local time of the depot".to_owned(),
            span: "s".to_owned(),
            load: "parcels".to_owned(),
            distance: "m".to_owned(),
        },
        ground: Ground::Earth,
        sheets: sheets.collect(),
    }
}

/// A fleet's vans under way.
struct Drive<'a> {
    app: &'a App,
    world: &'a World,
    dispatch: &'a Dispatch,
    fleet: &'a Fleet,
}

/// What is done at a door.
struct Door {
    postal: Option<PostalIx>,
    task: String,
    delivers: i64,
    collects: i64,
}

impl Drive<'_> {
    fn sheet(&self, route: &VanRoute) -> Sheet {
        let mut sheet = Sheet {
            vehicle: (route.van + 1).to_string(),
            distance: route.distance.get().to_string(),
            visits: Vec::new(),
        };
        let progress = self.app.read(|state| Progress::of(state, self.fleet, route, self.app.clock().now()));
        for (trip, driven) in (1..).zip(&route.trips) {
            self.trip(trip, driven, progress, &mut sheet);
        }
        if let Some(last) = route.trips.last() {
            let load = sheet.visits.last().map(|visit| visit.load.clone()).unwrap_or_default();
            sheet.visits.push(Visit { load, ..self.at_depot(Kind::Returns, route.trips.len(), last.returns) });
        }
        sheet
    }

    fn trip(&self, trip: usize, driven: &VanTrip, progress: Progress, sheet: &mut Sheet) {
        let doors: Vec<Door> = driven.stops.iter().map(|stop| self.door(stop)).collect();
        let mut load: i64 = doors.iter().map(|door| door.delivers).sum();
        sheet.visits.push(Visit { load: load.to_string(), ..self.at_depot(Kind::Departs, trip, driven.departs) });
        let is_accepted = self.dispatch.stage == DispatchStage::Accepted;
        let first = sheet.visits.iter().map(|visit| visit.number).max().unwrap_or(0) + 1;
        for (n, (stop, door)) in driven.stops.iter().zip(doors).enumerate() {
            load += door.collects - door.delivers;
            sheet.visits.push(Visit {
                kind: Kind::Stop,
                trip,
                number: first + n,
                name: door.postal.map_or_else(String::new, |postal| self.world.postals[postal].code.clone()),
                at: door.postal.map(|postal| degrees(self.world.postals[postal].at)),
                task: door.task,
                arrival: self.clock(stop.arrives),
                window: self.window(),
                // Vans leave no earlier than they need to, so `arrives` is when service begins.
                wait: "0".to_owned(),
                service: self.fleet.stop.get().to_string(),
                load: load.to_string(),
                is_driven: is_accepted && progress.is_reached(trip - 1, n),
            });
        }
    }

    fn door(&self, stop: &VanStop) -> Door {
        self.app.read(|state| {
            if let Some(id) = &stop.shipment {
                let shipment = state.shipments().get(id);
                let delivers = shipment.map_or(0, |shipment| shipment.parcels.len() as i64);
                let task = format!("deliver {id}: {delivers} parcel(s)");
                return Door { postal: shipment.map(|shipment| shipment.postal), task, delivers, collects: 0 };
            }
            let goods = stop.collects.as_ref().and_then(|id| state.returns().get(id));
            let order = goods.and_then(|goods| state.orders().get(&goods.order));
            let task = goods.map_or_else(String::new, |goods| format!("collect return {}: 1 parcel", goods.id));
            Door { postal: order.map(|order| order.postal), task, delivers: 0, collects: 1 }
        })
    }

    fn at_depot(&self, kind: Kind, trip: usize, at: Timestamp) -> Visit {
        let depot = &self.world.warehouses[self.dispatch.warehouse];
        let (name, arrival) = (format!("depot {}", depot.id), self.clock(at));
        Visit { kind, trip, name, at: Some(degrees(depot.at)), arrival, ..Visit::default() }
    }

    /// When doors may be reached.
    fn window(&self) -> String {
        let opens = self.dispatch.pickup_at;
        format!("{} to {}", self.clock(opens), self.clock(opens + self.fleet.window))
    }

    fn clock(&self, at: Timestamp) -> String {
        self.world.warehouses[self.dispatch.warehouse].calendar.local(at).to_string().replace('T', " ")
    }
}

fn degrees(at: Coordinates) -> [f64; 2] {
    [at.lon, at.lat]
}
