//! EasyPost's API v2 for rates and times in transit, as its unmodified clients call it.
//!
//! Shipments are rated from the warehouse nearest to where they are sent from. What was asked is known again by its ids for as long as the
//! process lives and the shelf has room.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::calendar::civil::Date;
use engine::fault::Fault;
use engine::model::World;
use engine::quote::{ParcelRate, ParcelRates, Parcels};
use engine::units::{Grams, Size, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::{Caller, Path, Query};
use super::problem::Problem;
use super::quotes::off_thread;
use super::state::AppState;
use super::wire;
use crate::app::{App, AppError};
use crate::auth::Actor;
use crate::auth::actor::not_found;
use crate::formats::easypost::{self as format, Address, BLANK};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_shipment))
        .routes(routes!(show_shipment))
        .routes(routes!(rerate))
        .routes(routes!(smartrate))
        .routes(routes!(delivery_date))
        .routes(routes!(precision_shipping))
        .routes(routes!(show_rate))
        .routes(routes!(create_order))
        .routes(routes!(show_order))
        .routes(routes!(stateless))
        .routes(routes!(deliver_by))
        .routes(routes!(deliver_on))
}

/// Something that is known again by its ids.
#[derive(Debug)]
pub struct Kept {
    /// Whose request it was.
    owner: String,
    what: What,
}

#[derive(Debug)]
enum What {
    Shipment(Shipment),
    /// An order without its shipments, and their ids.
    Order(Value, Vec<String>),
}

#[derive(Debug)]
struct Shipment {
    object: Value,
    parcels: Parcels,
    /// Id, rate and object of each.
    rates: Vec<(String, ParcelRate, Value)>,
}

/// A chance that is good enough to recommend a day for shipping.
const ENOUGH: f64 = 0.9;

/// Places of both addresses, or every fault.
fn places(
    app: &App,
    actor: &Actor,
    from: &Address,
    to: &Address,
) -> Result<impl Fn(Vec<(Size, Grams)>) -> Parcels + use<>, AppError> {
    let mut faults = Vec::new();
    let mut place = |of: &Address, field: &str| {
        let known = wire::world(app).postal(&of.zip);
        if known.is_none() {
            let rule = "must be a postal code that the network serves";
            faults.push(Fault::new(format!("/{field}"), format!("{field}.zip"), &of.zip, rule));
        }
        known
    };
    let (Some(from), Some(to_place)) = (place(from, "from_address"), place(to, "to_address")) else {
        return Err(AppError::Invalid(faults));
    };
    let merchant = wire::own_merchant(app, actor);
    let residential = to.residential;
    Ok(move |parcels| Parcels { merchant, from, to: to_place, residential, parcels })
}

/// Why services have no rate, in EasyPost's words.
fn messages(world: &World, found: &ParcelRates) -> Vec<Value> {
    let told = |refused: &engine::shipping::Refused| {
        let product = &world.services[refused.service];
        json!({
            "carrier": world.carriers[product.carrier].name, "carrier_account_id": null, "type": "rate_error",
            "message": format!("{}: {}", product.id, refused.reason),
        })
    };
    found.refused.iter().map(told).collect()
}

/// A shipment rated anew, with what it is on the wire.
fn rated(app: &App, id: &str, order: Option<&str>, (shipment, parcels): (&format::Shipment, &Parcels)) -> Shipment {
    let (world, now) = (wire::world(app), app.clock().now());
    let found = app.parcel_rates(parcels, None, None);
    let rates = rate_objects(world, id, &found, now);
    let objects = rates.iter().map(|(_, _, object)| object.clone()).collect();
    let object = format::shipment_object(id, shipment, order, (objects, messages(world, &found)), now);
    Shipment { object, parcels: parcels.clone(), rates }
}

fn rate_objects(world: &World, id: &str, found: &ParcelRates, now: Timestamp) -> Vec<(String, ParcelRate, Value)> {
    let object = |rate: &ParcelRate| {
        let rate_id = format::new_id("rate");
        let object = format::rate(world, rate, now, Some((&rate_id, id)));
        (rate_id, rate.clone(), object)
    };
    found.rates.iter().map(object).collect()
}

fn keep(state: &AppState, owner: String, id: String, shipment: Shipment) {
    let ids: Vec<String> = shipment.rates.iter().map(|(id, ..)| id.clone()).chain([id]).collect();
    // Its rates stand in it twice.
    let bytes = 2 * shipment.object.to_string().len();
    state.easypost.keep(ids, bytes, Kept { owner, what: What::Shipment(shipment) });
}

/// What is kept under an id, of the caller's own.
fn found(state: &AppState, actor: &Actor, kind: &'static str, id: &str) -> Result<Arc<Kept>, Problem> {
    let kept = state.easypost.find(id).filter(|kept| kept.owner == actor.share());
    kept.ok_or_else(|| not_found(kind, id).into())
}

impl Kept {
    fn shipment(&self, id: &str) -> Result<&Shipment, Problem> {
        match &self.what {
            What::Shipment(shipment) => Ok(shipment),
            What::Order(..) => Err(not_found("shipment", id).into()),
        }
    }
}

fn created(object: Value) -> Response {
    (StatusCode::CREATED, Json(object)).into_response()
}

/// Rates for a parcel (EasyPost): every service of the network from the warehouse nearest to `from_address`; `messages` tell why others
/// have none.
#[utoipa::path(post, path = "/v2/shipments", tag = "quotes", security(("key" = ["shop", "planner"])), request_body = Value,
    responses((status = 201, body = Value)))]
async fn create_shipment(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<Value>,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let shipment = format::shipment(&body).map_err(AppError::Invalid)?;
    let parcels =
        places(&app, &actor, &shipment.from, &shipment.to)?(vec![(shipment.parcel.size, shipment.parcel.gross)]);
    let id = format::new_id("shp");
    let rated = off_thread(move || rated(&app, &id, None, (&shipment, &parcels))).await?;
    let (object, id) = (rated.object.clone(), rated.object["id"].as_str().unwrap_or_default().to_owned());
    keep(&state, actor.share(), id, rated);
    Ok(created(object))
}

/// A shipment that was rated before (EasyPost).
#[utoipa::path(get, path = "/v2/shipments/{id}", tag = "quotes", security(("key" = ["shop", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = Value)))]
async fn show_shipment(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let kept = found(&state, &actor, "shipment", &id)?;
    Ok(Json(kept.shipment(&id)?.object.clone()))
}

/// New rates for a shipment (EasyPost).
#[utoipa::path(post, path = "/v2/shipments/{id}/rerate", tag = "quotes", security(("key" = ["shop", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = Value)))]
async fn rerate(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let app = state.app()?;
    let kept = found(&state, &actor, "shipment", &id)?;
    let Shipment { object, parcels, .. } = kept.shipment(&id)?;
    let (mut object, parcels) = (object.clone(), parcels.clone());
    let found = off_thread({
        let (app, parcels) = (Arc::clone(&app), parcels.clone());
        move || app.parcel_rates(&parcels, None, None)
    });
    let found = found.await?;
    let (world, now) = (wire::world(&app), app.clock().now());
    let rates = rate_objects(world, &id, &found, now);
    let objects: Vec<Value> = rates.iter().map(|(_, _, object)| object.clone()).collect();
    object["rates"] = json!(objects);
    object["messages"] = json!(messages(world, &found));
    object["updated_at"] = json!(now.to_string());
    keep(&state, actor.share(), id, Shipment { object, parcels, rates });
    Ok(Json(json!({ "rates": objects })))
}

/// The rates of a shipment with days in transit by percentile (EasyPost SmartRate).
#[utoipa::path(get, path = "/v2/shipments/{id}/smartrate", tag = "quotes", security(("key" = ["shop", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = Value)))]
async fn smartrate(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let kept = found(&state, &actor, "shipment", &id)?;
    let result = kept.shipment(&id)?.rates.iter().map(|(_, rate, object)| {
        let mut told = format::smart(object, rate);
        told["time_in_transit"] = format::percentiles(rate);
        told
    });
    Ok(Json(json!({ "result": result.collect::<Vec<_>>() })))
}

/// When it is to be shipped.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Planned {
    /// The day: `2025-03-08`.
    planned_ship_date: String,
}

/// When each rate of a shipment arrives if it is shipped on a day (EasyPost).
#[utoipa::path(get, path = "/v2/shipments/{id}/smartrate/delivery_date", tag = "quotes",
    security(("key" = ["shop", "planner"])), params(("id" = String, Path), Planned), responses((status = 200, body = Value)))]
async fn delivery_date(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(planned): Query<Planned>,
) -> Result<Json<Value>, Problem> {
    let app = state.app()?;
    let kept = found(&state, &actor, "shipment", &id)?;
    let shipment = kept.shipment(&id)?;
    let day = one_day(&app, "planned_ship_date", &planned.planned_ship_date)?;
    let parcels = shipment.parcels.clone();
    let then = off_thread(move || app.parcel_rates(&parcels, Some(day), None)).await?.rates;
    let of_rate = |(rate, object, then): (&ParcelRate, &Value, &ParcelRate)| {
        json!({
            "rate": format::smart(object, rate),
            "easypost_time_in_transit_data": {
                "days_in_transit": format::percentiles(then), "planned_ship_date": day.to_string(),
                "easypost_estimated_delivery_date": then.expected_on.to_string(),
            },
        })
    };
    Ok(Json(json!({ "rates": matched(shipment, &then).map(of_rate).collect::<Vec<_>>() })))
}

/// When it is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Desired {
    /// The day: `2025-03-08`.
    desired_delivery_date: String,
}

/// The latest day to ship on, for each rate of a shipment, so that it arrives by a day with a chance of nine in ten, or the day with the best
/// chance (EasyPost).
#[utoipa::path(get, path = "/v2/shipments/{id}/smartrate/precision_shipping", tag = "quotes",
    security(("key" = ["shop", "planner"])), params(("id" = String, Path), Desired), responses((status = 200, body = Value)))]
async fn precision_shipping(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(desired): Query<Desired>,
) -> Result<Json<Value>, Problem> {
    let app = state.app()?;
    let kept = found(&state, &actor, "shipment", &id)?;
    let shipment = kept.shipment(&id)?;
    let day = one_day(&app, "desired_delivery_date", &desired.desired_delivery_date)?;
    let parcels = shipment.parcels.clone();
    let then = off_thread(move || app.ship_dates(&parcels, day, ENOUGH)).await?;
    let of_rate = |(rate, object, then): (&ParcelRate, &Value, &ParcelRate)| {
        let mut transit = shipped(then);
        transit["desired_delivery_date"] = json!(day.to_string());
        json!({ "rate": format::smart(object, rate), "easypost_time_in_transit_data": transit })
    };
    Ok(Json(json!({ "rates": matched(shipment, &then).map(of_rate).collect::<Vec<_>>() })))
}

/// Each rate of a shipment with the one of the same service.
fn matched<'a>(
    shipment: &'a Shipment,
    then: &'a [ParcelRate],
) -> impl Iterator<Item = (&'a ParcelRate, &'a Value, &'a ParcelRate)> {
    shipment.rates.iter().filter_map(|(_, rate, object)| {
        let same = then.iter().find(|other| other.service == rate.service)?;
        Some((rate, object, same))
    })
}

/// A recommended day for shipping.
fn shipped(rate: &ParcelRate) -> Value {
    json!({
        "days_in_transit": format::percentiles(rate), "ship_on_date": rate.ships_on.to_string(),
        "delivery_date_confidence": (rate.chance.unwrap_or(0.0) * 100.0).round() / 100.0,
        "estimated_transit_days": rate.days[0],
    })
}

/// A rate by its id (EasyPost).
#[utoipa::path(get, path = "/v2/rates/{id}", tag = "quotes", security(("key" = ["shop", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = Value)))]
async fn show_rate(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let kept = found(&state, &actor, "rate", &id)?;
    let rate = kept.shipment(&id)?.rates.iter().find(|(known, ..)| *known == id);
    rate.map(|(_, _, object)| Json(object.clone())).ok_or_else(|| not_found("rate", &id).into())
}

/// Rates for several parcels between the same addresses (EasyPost): of each by itself, and of all together for services that take all.
#[utoipa::path(post, path = "/v2/orders", tag = "quotes", security(("key" = ["shop", "planner"])), request_body = Value,
    responses((status = 201, body = Value)))]
async fn create_order(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<Value>,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let order = format::order(&body).map_err(AppError::Invalid)?;
    let parcels = places(&app, &actor, &order.from, &order.to)?;
    let id = format::new_id("order");
    let order_id = id.clone();
    let made = off_thread(move || {
        let single = |parcel: &format::Parcel| {
            let shipment = format::Shipment {
                from: order.from.clone(),
                to: order.to.clone(),
                parcel: parcel.clone(),
                told: serde_json::Map::new(),
            };
            let parcels = parcels(vec![(parcel.size, parcel.gross)]);
            rated(&app, &format::new_id("shp"), Some(&order_id), (&shipment, &parcels))
        };
        let shipments: Vec<Shipment> = order.parcels.iter().map(single).collect();
        let together = parcels(order.parcels.iter().map(|parcel| (parcel.size, parcel.gross)).collect());
        let (world, now) = (wire::world(&app), app.clock().now());
        let found = app.parcel_rates(&together, None, None);
        // A rate of all together is told with the first of them, as EasyPost does.
        let first = shipments.first().map_or("", |shipment| shipment.object["id"].as_str().unwrap_or_default());
        let rates = rate_objects(world, first, &found, now).into_iter().map(|(_, _, object)| object).collect();
        let objects = shipments.iter().map(|shipment| shipment.object.clone()).collect();
        (format::order_object(&order_id, &order, objects, (rates, messages(world, &found)), now), shipments)
    });
    let (object, shipments) = made.await?;
    let mut ids = Vec::new();
    for shipment in shipments {
        let id = shipment.object["id"].as_str().unwrap_or_default().to_owned();
        ids.push(id.clone());
        keep(&state, actor.share(), id, shipment);
    }
    // Its shipments are kept already.
    let mut alone = object.clone();
    alone["shipments"] = Value::Null;
    let bytes = alone.to_string().len();
    state.easypost.keep([id], bytes, Kept { owner: actor.share(), what: What::Order(alone, ids) });
    Ok(created(object))
}

/// An order that was rated before (EasyPost).
#[utoipa::path(get, path = "/v2/orders/{id}", tag = "quotes", security(("key" = ["shop", "planner"])),
    params(("id" = String, Path)), responses((status = 200, body = Value)))]
async fn show_order(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    match &found(&state, &actor, "order", &id)?.what {
        What::Order(alone, ids) => {
            let shipments =
                ids.iter().filter_map(|id| Some(state.easypost.find(id)?.shipment(id).ok()?.object.clone()));
            let mut object = alone.clone();
            object["shipments"] = Value::Array(shipments.collect());
            Ok(Json(object))
        }
        What::Shipment(_) => Err(not_found("order", &id).into()),
    }
}

/// Rates without a shipment (EasyPost, outside of `/v2`): nothing is kept.
#[utoipa::path(post, path = "/beta/rates", tag = "quotes", security(("key" = ["shop", "planner"])), request_body = Value,
    responses((status = 200, body = Value)))]
async fn stateless(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let app = state.app()?;
    let shipment = format::shipment(&body).map_err(AppError::Invalid)?;
    let parcels =
        places(&app, &actor, &shipment.from, &shipment.to)?(vec![(shipment.parcel.size, shipment.parcel.gross)]);
    let work = Arc::clone(&app);
    let found = off_thread(move || work.parcel_rates(&parcels, None, None)).await?;
    let (world, now) = (wire::world(&app), app.clock().now());
    let rates: Vec<Value> = found.rates.iter().map(|rate| format::rate(world, rate, now, None)).collect();
    let plain = |told: &serde_json::Map<String, Value>, object: &str| {
        let mut told = told.clone();
        told.insert("object".to_owned(), json!(object));
        told
    };
    Ok(Json(json!({
        "from_address": plain(&shipment.from.told, "Address"), "to_address": plain(&shipment.to.told, "Address"),
        "rates": rates, "options": format::options(&shipment.told), "parcel": plain(&shipment.parcel.told, "Parcel"),
        "messages": messages(world, &found),
    })))
}

/// From where to where, and which carriers.
#[derive(Debug, Deserialize)]
struct Between {
    from_zip: Option<String>,
    to_zip: Option<String>,
    #[serde(default)]
    carriers: Option<Vec<String>>,
    #[serde(default)]
    saturday_delivery: bool,
    planned_ship_date: Option<String>,
    desired_delivery_date: Option<String>,
}

/// A parcel of which nothing is known: a pound.
const SOME_PARCEL: (Size, Grams) = (Size::new(250, 200, 100), Grams::new(454));

impl Between {
    fn read(body: Value) -> Result<Self, Problem> {
        serde_json::from_value(body)
            .map_err(|error| AppError::Invalid(vec![Fault::new("", "", "", error.to_string())]).into())
    }

    /// The parcels and the day named by `field`, or every fault.
    fn parcels(
        &self,
        app: &App,
        actor: &Actor,
        field: &str,
        day: Option<&String>,
    ) -> Result<(Parcels, Date), AppError> {
        let mut faults = Vec::new();
        let mut place = |field: &str, code: Option<&String>| {
            let code = code.map_or("", String::as_str);
            let known = format::zip(code).and_then(|zip| wire::world(app).postal(&zip));
            if known.is_none() {
                let rule = if code.is_empty() { BLANK } else { "must be a postal code that the network serves" };
                faults.push(Fault::new("", field, code, rule));
            }
            known
        };
        let (from, to) = (place("from_zip", self.from_zip.as_ref()), place("to_zip", self.to_zip.as_ref()));
        let text = day.map_or("", String::as_str);
        let day = match text {
            "" => Err(Fault::new("", field, "", BLANK)),
            _ => coming_day(app, "", field, text),
        };
        let day = day.map_err(|fault| faults.push(fault));
        let merchant = wire::own_merchant(app, actor);
        match (from, to, day) {
            (Some(from), Some(to), Ok(day)) => {
                Ok((Parcels { merchant, from, to, residential: true, parcels: vec![SOME_PARCEL] }, day))
            }
            _ => Err(AppError::Invalid(faults)),
        }
    }

    /// The results for carriers asked for by name or id, and the names that nobody has.
    fn answer(
        &self,
        world: &World,
        rates: &[ParcelRate],
        transit: impl Fn(&ParcelRate) -> Value,
    ) -> (Vec<Value>, Value) {
        let names = self.carriers.as_deref().unwrap_or(&[]);
        let is = |name: &String, carrier: engine::model::CarrierIx| {
            let known = &world.carriers[carrier];
            name.eq_ignore_ascii_case(&known.name) || name.eq_ignore_ascii_case(known.id.as_str())
        };
        let asked = |rate: &&ParcelRate| {
            names.is_empty() || names.iter().any(|name| is(name, world.services[rate.service].carrier))
        };
        let result = |rate: &ParcelRate| {
            let product = &world.services[rate.service];
            json!({
                "carrier": world.carriers[product.carrier].name, "service": product.id.as_str(),
                "easypost_time_in_transit_data": transit(rate),
            })
        };
        let results = rates.iter().filter(asked).map(result).collect();
        let unknown: Vec<&String> =
            names.iter().filter(|name| !world.carriers.indices().any(|carrier| is(name, carrier))).collect();
        (results, if unknown.is_empty() { Value::Null } else { json!(unknown) })
    }
}

/// When a parcel shipped on a day arrives between two postal codes (EasyPost).
#[utoipa::path(post, path = "/v2/smartrate/deliver_by", tag = "quotes", security(("key" = ["shop", "planner"])),
    request_body = Value, responses((status = 200, body = Value)))]
async fn deliver_by(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let app = state.app()?;
    let between = Between::read(body)?;
    let day = between.planned_ship_date.as_ref();
    let (parcels, day) = between.parcels(&app, &actor, "planned_ship_date", day)?;
    let work = Arc::clone(&app);
    let rates = off_thread(move || work.parcel_rates(&parcels, Some(day), None)).await?.rates;
    let transit = |rate: &ParcelRate| {
        json!({
            "days_in_transit": format::percentiles(rate),
            "easypost_estimated_delivery_date": rate.expected_on.to_string(),
        })
    };
    let (results, unknown) = between.answer(wire::world(&app), &rates, transit);
    Ok(Json(json!({
        "carriers_without_tint_estimates": unknown, "from_zip": between.from_zip, "planned_ship_date": day.to_string(),
        "results": results, "saturday_delivery": between.saturday_delivery, "to_zip": between.to_zip,
    })))
}

/// When to ship so that a parcel arrives between two postal codes by a day (EasyPost).
#[utoipa::path(post, path = "/v2/smartrate/deliver_on", tag = "quotes", security(("key" = ["shop", "planner"])),
    request_body = Value, responses((status = 200, body = Value)))]
async fn deliver_on(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let app = state.app()?;
    let between = Between::read(body)?;
    let day = between.desired_delivery_date.as_ref();
    let (parcels, day) = between.parcels(&app, &actor, "desired_delivery_date", day)?;
    let work = Arc::clone(&app);
    let rates = off_thread(move || work.ship_dates(&parcels, day, ENOUGH)).await?;
    let (results, unknown) = between.answer(wire::world(&app), &rates, shipped);
    Ok(Json(json!({
        "carriers_without_tint_estimates": unknown, "desired_delivery_date": day.to_string(), "from_zip": between.from_zip,
        "results": results, "saturday_delivery": between.saturday_delivery, "to_zip": between.to_zip,
    })))
}

/// Days ahead that can be asked for.
const DAYS_AHEAD: i32 = 366;

/// A day in a query.
fn one_day(app: &App, field: &str, text: &str) -> Result<Date, AppError> {
    coming_day(app, "query", field, text).map_err(|fault| AppError::Invalid(vec![fault]))
}

/// A day from today on; wherever on earth it is today.
fn coming_day(app: &App, at: &str, field: &str, text: &str) -> Result<Date, Fault> {
    let today = engine::calendar::Day::of(engine::calendar::utc_date(app.clock().now()));
    let (first, last) = (today.plus(-1).date(), today.plus(DAYS_AHEAD).date());
    let day = text.parse().ok().filter(|day| (first..=last).contains(day));
    day.ok_or_else(|| Fault::new(at, field, text, "must be a day from today on, within a year, as 2025-03-08"))
}
