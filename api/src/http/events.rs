//! The log on the wire: what happened, each caller its own part of it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use engine::fulfilment::Event;
use engine::ids::ShipmentId;
use engine::model::{MerchantIx, SkuIx, WarehouseIx, World};
use engine::stock::{StockEvent, StockLine};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events_stream::{self, Chunk, Entry, Options, ResumeAfter};
use super::extract::Caller;
use super::floor::{ShortBody, WaveBody, wave_body};
use super::handover::{DispatchBody, RouteBody, dispatch_body, route_body};
use super::orders::{OrderBody, ShipmentBody, order_body, shipment_body};
use super::plans::RunBody;
use super::problem::Problem;
use super::returns::{ReturnBody, ReturnedLine, return_body};
use super::state::AppState;
use super::wire::{self, Line, ParcelBody, PlannedBody, instant};
use crate::app::{App, AppError, Recorded};
use crate::auth::Binding;
use crate::auth::actor::not_found;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(events))
}

/// An event: its number in the log, when it was decided, its `type` and what belongs to that.
#[derive(Debug, Serialize, ToSchema)]
struct EventBody {
    /// Its number, which is also the stream's event id.
    seq: u64,
    /// When it was decided.
    at: String,
    #[serde(flatten)]
    what: What,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum What {
    /// Stock was received, lost, reserved, allocated, released, shipped or restocked.
    Stock { change: StockChange },
    /// An order was accepted, with its first plan.
    OrderAccepted { order: OrderBody },
    /// An order was withdrawn.
    OrderCancelled { order: String },
    /// The lines of an order that are not released yet were given another plan.
    Replanned { order: String, plan: Vec<PlannedBody> },
    /// Units that nobody can send were taken off an order.
    LinesDropped { order: String, lines: Vec<Line> },
    /// The assignment planner ran; its prices are at `/v1/price-board`.
    PlanRun { run: RunBody },
    /// Deliveries were looked at for how punctual services are; `/v1/punctuality` has what they teach.
    TrackRecorded { as_of: Option<String> },
    /// Shipments went to the floor. A shop sees its own, and not the wave.
    WaveReleased { wave: Option<WaveBody>, shipments: Vec<ShipmentBody> },
    /// A walk was done; what was missing is named.
    PickListConfirmed { pick_list: String, shorts: Vec<ShortBody> },
    /// A shipment stands packed at the dock.
    ShipmentPacked { shipment: String, parcels: Vec<ParcelBody> },
    /// A packed shipment goes by another service or collection.
    ShipmentRebooked { shipment: String, plan: PlannedBody },
    /// A carrier was offered a pickup.
    DispatchTendered { dispatch: DispatchBody },
    /// The carrier took shipments. A shop sees its own.
    DispatchAccepted { dispatch: String, shipments: Vec<String> },
    /// The carrier refused, or did not answer in time.
    DispatchRejected { dispatch: String, reason: String },
    /// Own vans under way go on by another plan; `shipments` were taken on. A shop sees its own of these, and no routes.
    DispatchReplanned { dispatch: String, shipments: Vec<String>, routes: Vec<RouteBody> },
    /// A shipment arrived.
    Delivered { shipment: String, delivered_at: String },
    /// A return was announced.
    ReturnOpened {
        #[serde(rename = "return")]
        goods: ReturnBody,
    },
    /// Goods came back and were graded.
    ReturnReceived {
        #[serde(rename = "return")]
        goods: String,
        lines: Vec<ReturnedLine>,
    },
}

/// A change of the stock.
#[derive(Debug, Serialize, ToSchema)]
struct StockChange {
    /// `received`, `lost`, `safety_set`, `reserved`, `reservation_released`, `allocated`, `allocation_released`, `shipped`,
    /// `restocked`.
    kind: &'static str,
    /// What, where, how many units.
    lines: Vec<StockLineBody>,
    /// The order it was for.
    order: Option<String>,
    /// The soft hold it belongs to.
    reservation: Option<String>,
    /// Why units are lost: `short_pick`, `scrap`, `adjustment`.
    reason: Option<String>,
}

/// Units of a SKU at a warehouse.
#[derive(Debug, Serialize, ToSchema)]
struct StockLineBody {
    /// Whose goods.
    merchant: String,
    /// Which.
    sku: String,
    /// Where.
    warehouse: String,
    /// Units.
    quantity: i64,
}

/// The stream of events (server-sent events), each as JSON on one line; a shop sees what concerns its own goods, orders and
/// returns. `Last-Event-ID` (or `after`) goes on after an event.
#[utoipa::path(get, path = "/v1/events", tag = "events", security(("key" = ["shop", "planner"])),
    params(("after" = Option<u64>, Query, description = "Go on after this event; from now on if left out")),
    responses((status = 200, body = EventBody, content_type = "text/event-stream")))]
async fn events(
    State(state): State<AppState>,
    Caller(actor): Caller,
    resume: ResumeAfter,
) -> Result<Response, Problem> {
    let app = state.app()?;
    let own = match &actor.binding {
        Binding::Merchant(id) => {
            Some(wire::world(&app).merchant(id.as_str()).ok_or_else(|| not_found("merchant", id))?)
        }
        _ => None,
    };
    let newest = app.newest_event();
    events_stream::respond(&state, resume, newest, Options::default(), move |after, limit| {
        let app = Arc::clone(&app);
        async move {
            let read = tokio::task::spawn_blocking(move || {
                let page = app.events_after(after, limit)?;
                let through = page.last().map_or(after, |recorded| recorded.seq);
                let entries = page.iter().filter_map(|recorded| entry(&app, own, recorded));
                Ok(Chunk { entries: entries.collect(), through })
            });
            read.await.map_err(|error| AppError::Internal(error.into()))?
        }
    })
}

fn entry(app: &App, own: Option<MerchantIx>, recorded: &Recorded<Event>) -> Option<Entry> {
    let of_caller = own.is_none_or(|own| recorded.merchant == Some(own.0));
    let what = seen(app, own, of_caller, &recorded.event)?;
    let body = EventBody { seq: recorded.seq, at: instant(recorded.at), what };
    let json = serde_json::to_string(&body).unwrap_or_default();
    Some(Entry { seq: recorded.seq, name: recorded.kind.clone(), json })
}

/// What of an event the caller may see, if anything. `own` is the merchant of a shop; `of_caller`, whether the event concerns
/// the caller alone.
fn seen(app: &App, own: Option<MerchantIx>, of_caller: bool, event: &Event) -> Option<What> {
    let world = wire::world(app);
    let owned = |merchant: MerchantIx| own.is_none_or(|own| own == merchant);
    let (network, id) = (own.is_none(), ToString::to_string);
    let what = match event {
        Event::Stock { change } => {
            let change = StockChange::of(world, change);
            let name = |own: MerchantIx| world.merchants[own].id.as_str();
            let seen = own.is_none_or(|own| change.lines.first().is_some_and(|line| line.merchant == name(own)));
            return seen.then_some(What::Stock { change });
        }
        Event::WaveReleased { wave, shipments, .. } => {
            let shipments = shipments.iter().filter(|shipment| owned(shipment.merchant));
            let shipments: Vec<_> = shipments.map(|shipment| shipment_body(app, shipment)).collect();
            let wave = network.then(|| wave_body(app, wave));
            return (network || !shipments.is_empty()).then_some(What::WaveReleased { wave, shipments });
        }
        Event::DispatchAccepted { dispatch, at } => {
            let shipments: Vec<String> = app.read(|state| {
                let all = state.dispatches().get(dispatch).into_iter().flat_map(|dispatch| &dispatch.shipments);
                // Those taken on later left later.
                let left = |shipment: &&ShipmentId| {
                    let shipment = state.shipments().get(*shipment);
                    shipment.is_some_and(|shipment| owned(shipment.merchant) && shipment.dispatched_at == Some(*at))
                };
                all.filter(left).map(id).collect()
            });
            let dispatch = dispatch.to_string();
            return (network || !shipments.is_empty()).then_some(What::DispatchAccepted { dispatch, shipments });
        }
        Event::DispatchReplanned { dispatch, taken_on, .. } => {
            let merchant_of = |id: &ShipmentId| app.read(|state| state.shipments().get(id).map(|s| s.merchant));
            let own_ones = taken_on.iter().filter(|id| merchant_of(id).is_some_and(owned));
            let shipments: Vec<String> = own_ones.map(id).collect();
            let routes = dispatch.routes.iter().filter(|_| network).map(route_body).collect();
            let dispatch = dispatch.id.to_string();
            return (network || !shipments.is_empty()).then_some(What::DispatchReplanned {
                dispatch,
                shipments,
                routes,
            });
        }
        Event::TrackRecorded { record } => {
            return network.then(|| What::TrackRecorded { as_of: record.as_of.map(instant) });
        }
        _ if !of_caller => return None,
        Event::OrderAccepted { order } => What::OrderAccepted { order: order_body(app, order) },
        Event::OrderCancelled { order } => What::OrderCancelled { order: order.to_string() },
        Event::Replanned { order, plan } => {
            let plan = plan.iter().map(|planned| PlannedBody::of(world, planned)).collect();
            What::Replanned { order: order.to_string(), plan }
        }
        Event::LinesDropped { order, lines } => {
            What::LinesDropped { order: order.to_string(), lines: wire::lines(world, lines) }
        }
        Event::PlanRun { run, .. } => What::PlanRun { run: RunBody::of(run) },
        Event::PickListConfirmed { pick_list, shorts, .. } => {
            let shorts = shorts.iter().map(|short| ShortBody::of(world, short)).collect();
            What::PickListConfirmed { pick_list: pick_list.to_string(), shorts }
        }
        Event::ShipmentPacked { shipment, parcels, .. } => {
            let parcels = parcels.iter().map(|parcel| ParcelBody::of(world, parcel)).collect();
            What::ShipmentPacked { shipment: shipment.to_string(), parcels }
        }
        Event::ShipmentRebooked { shipment, plan } => {
            What::ShipmentRebooked { shipment: shipment.to_string(), plan: PlannedBody::of(world, plan) }
        }
        Event::DispatchTendered { dispatch } => What::DispatchTendered { dispatch: dispatch_body(world, dispatch) },
        Event::DispatchRejected { dispatch, reason } => {
            What::DispatchRejected { dispatch: dispatch.to_string(), reason: reason.clone() }
        }
        Event::Delivered { shipment, at } => {
            What::Delivered { shipment: shipment.to_string(), delivered_at: instant(*at) }
        }
        Event::ReturnOpened { goods } => What::ReturnOpened { goods: return_body(app, goods) },
        Event::ReturnReceived { goods, lines, .. } => {
            let lines = lines.iter().map(|line| ReturnedLine::of(world, line)).collect();
            What::ReturnReceived { goods: goods.to_string(), lines }
        }
    };
    Some(what)
}

impl StockChange {
    fn of(world: &World, change: &StockEvent) -> Self {
        let line = |sku: SkuIx, warehouse: WarehouseIx, quantity: i64| {
            let goods = &world.skus[sku];
            StockLineBody {
                merchant: world.merchants[goods.merchant].id.to_string(),
                sku: goods.id.to_string(),
                warehouse: world.warehouses[warehouse].id.to_string(),
                quantity,
            }
        };
        let all = |lines: &[StockLine]| {
            lines.iter().map(|each| line(each.sku, each.warehouse, i64::from(each.quantity))).collect()
        };
        let plain = |kind, lines| Self { kind, lines, order: None, reservation: None, reason: None };
        match change {
            StockEvent::Received { sku, warehouse, quantity } => {
                plain("received", vec![line(*sku, *warehouse, *quantity)])
            }
            StockEvent::Lost { sku, warehouse, quantity, reason, order } => Self {
                order: order.as_ref().map(ToString::to_string),
                reason: Some(wire::stage(reason)),
                ..plain("lost", vec![line(*sku, *warehouse, i64::from(*quantity))])
            },
            StockEvent::SafetySet { sku, warehouse, quantity } => {
                plain("safety_set", vec![line(*sku, *warehouse, *quantity)])
            }
            StockEvent::Reserved { reservation, lines, .. } => {
                Self { reservation: Some(reservation.to_string()), ..plain("reserved", all(lines)) }
            }
            StockEvent::ReservationReleased { reservation } => {
                Self { reservation: Some(reservation.to_string()), ..plain("reservation_released", Vec::new()) }
            }
            StockEvent::Allocated { order, lines } => {
                Self { order: Some(order.to_string()), ..plain("allocated", all(lines)) }
            }
            StockEvent::AllocationReleased { order, lines } => {
                Self { order: Some(order.to_string()), ..plain("allocation_released", all(lines)) }
            }
            StockEvent::Shipped { order, lines } => {
                Self { order: Some(order.to_string()), ..plain("shipped", all(lines)) }
            }
            StockEvent::Restocked { sku, warehouse, quantity } => {
                plain("restocked", vec![line(*sku, *warehouse, i64::from(*quantity))])
            }
        }
    }
}
