//! Plan runs and the price board.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::assign::Scope;
use engine::fault::Fault;
use engine::fulfilment::{PlanRun, PlannedShipment, State as Fulfilment};
use engine::ids::{OrderId, PlanRunId};
use engine::model::MerchantIx;
use engine::model::World;
use engine::network::Network;
use engine::promise::{PickupRef, VolumeRef, WaveRef};
use engine::shipping::ReturnCosts;
use engine::units::{Cents, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::Path;
use super::problem::Problem;
use super::state::AppState;
use super::wire::{self, PlannedBody, instant};
use crate::app::{AppError, PlanOrder};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(show))
        .routes(routes!(diff))
        .routes(routes!(commit))
        .routes(routes!(discard))
        .routes(routes!(board))
}

/// Wishes for a run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct RunRequest {
    /// Put it into force at once; otherwise it waits for review.
    commit: bool,
    /// Iterations of the search; the service's own number if left out.
    #[schema(minimum = 1, maximum = 100_000)]
    iterations: Option<u64>,
    /// Seed of the search; the service's own if left out.
    seed: Option<u64>,
    /// Which open orders to look at; what is due if left out.
    scope: Option<ScopeWish>,
    /// Move at most this many orders that an earlier run has planned; any number if left out.
    most_moves: Option<u32>,
    /// What moving such an order is held to cost, in cents: a plan that disturbs less is preferred to one that saves less than
    /// this. Not part of any cost told; the service's own if left out.
    #[schema(minimum = 0, maximum = 1_000_000)]
    move_cost_cents: Option<i64>,
}

/// Which open orders a run looks at.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ScopeWish {
    /// All of them.
    Whole,
    /// Those that came or fell behind since the run before, and orders that hold what these would like to have.
    Touched,
}

/// One execution of the assignment planner.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RunBody {
    /// Its id.
    id: String,
    /// When it ran.
    at: String,
    /// Its seed.
    seed: u64,
    /// Iterations made.
    iterations: u64,
    /// Open orders looked at.
    orders: u32,
    /// Whether these were all open orders; otherwise costs and bound are those of the orders looked at.
    whole: bool,
    /// Cost of the plans they had, promises broken priced in.
    cost_before_cents: i64,
    /// Cost of the plan found.
    cost_cents: i64,
    /// Of the cost before, what returns were expected to cost, for merchants whose goods go back to their source.
    expected_return_before_cents: i64,
    /// Of the cost found, the same; the rest is shipping, promises broken and splits.
    expected_return_cents: i64,
    /// No plan costs less than this.
    lower_bound_cents: i64,
    /// Difference of the two, in percent of the cost.
    gap_percent: f64,
    /// Orders that it moves.
    moved: u32,
    /// Orders left as they were because they had changed meanwhile.
    skipped: u32,
    /// In force.
    committed: bool,
}

impl From<ScopeWish> for Scope {
    fn from(wish: ScopeWish) -> Self {
        match wish {
            ScopeWish::Whole => Self::Whole,
            ScopeWish::Touched => Self::Touched,
        }
    }
}

/// An order that moves: its plan before and after.
type Change = (OrderId, Vec<PlannedShipment>, Vec<PlannedShipment>);

impl RunBody {
    pub(super) fn of(run: &PlanRun) -> Self {
        let gap = (run.cost - run.lower_bound).get() as f64 / run.cost.get().max(1) as f64;
        Self {
            id: run.id.to_string(),
            at: instant(run.at),
            seed: run.seed,
            iterations: run.iterations,
            orders: run.orders,
            whole: run.whole,
            cost_before_cents: run.cost_before.get(),
            cost_cents: run.cost.get(),
            expected_return_before_cents: run.returns_before.get(),
            expected_return_cents: run.returns.get(),
            lower_bound_cents: run.lower_bound.get(),
            gap_percent: 100.0 * gap.max(0.0),
            moved: run.moved,
            skipped: run.skipped,
            committed: run.committed,
        }
    }
}

/// What a proposal changes.
#[derive(Debug, Serialize, ToSchema)]
struct DiffBody {
    /// How many orders move.
    orders_moved: usize,
    /// What the moves save, in cents of carriers and hands; below zero where they cost more to keep promises.
    saved_cents: i64,
    /// What the moves save in expected returns, in cents; not part of `saved_cents`.
    expected_return_saved_cents: i64,
    /// How much earlier the moved orders arrive altogether, in minutes; below zero where they arrive later, within their promises.
    minutes_earlier: i64,
    /// Orders that break their promise now and keep it then, less those the other way round.
    promises_mended: i64,
    /// The orders that move.
    moved: Vec<MoveBody>,
}

/// An order that moves.
#[derive(Debug, Serialize, ToSchema)]
struct MoveBody {
    /// Which.
    order: String,
    /// Its plan now.
    before: Vec<PlannedBody>,
    /// Its plan then.
    after: Vec<PlannedBody>,
    /// What it costs now.
    cost_before_cents: i64,
    /// What it costs then.
    cost_after_cents: i64,
    /// When its last parcel arrives now.
    delivers_before: Option<String>,
    /// When it arrives then.
    delivers_after: Option<String>,
    /// How much earlier that is, in minutes; below zero where it is later.
    minutes_earlier: i64,
}

/// Runs the assignment planner over the open orders.
#[utoipa::path(post, path = "/v1/plan-runs", tag = "plans", security(("key" = ["planner"])), request_body = RunRequest,
    responses((status = 201, body = RunBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn create(State(state): State<AppState>, Json(body): Json<RunRequest>) -> Result<Response, Problem> {
    let app = state.app()?;
    let mut faults = Vec::new();
    if let Some(n) = body.iterations.filter(|n| !(1..=100_000).contains(n)) {
        faults.push(Fault::new("", "iterations", n, "must be 1 to 100,000"));
    }
    if let Some(cents) = body.move_cost_cents.filter(|cents| !(0..=1_000_000).contains(cents)) {
        faults.push(Fault::new("", "move_cost_cents", cents, "must be 0 to 1,000,000"));
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults).into());
    }
    let wish = PlanOrder {
        commit: body.commit,
        iterations: body.iterations,
        seed: body.seed,
        scope: body.scope.map(Scope::from),
        most_moves: body.most_moves,
        move_cost: body.move_cost_cents.map(Cents::new),
    };
    let planner = Arc::clone(&app);
    let run = tokio::task::spawn_blocking(move || planner.propose_plan(wish))
        .await
        .map_err(|error| AppError::Internal(error.into()))??;
    let nothing = || {
        let detail = "No order is due to be planned: none is open, or none came or fell behind since the last run. \
                      `\"scope\": \"whole\"` looks at all open orders.";
        AppError::Conflict { code: "not-allowed", detail: detail.to_owned() }
    };
    let run = run.ok_or_else(nothing)?;
    let run = if body.commit { app.commit_plan(&run.id).await? } else { run };
    Ok((StatusCode::CREATED, Json(RunBody::of(&run))).into_response())
}

/// The last 100 runs, newest first.
#[utoipa::path(get, path = "/v1/plan-runs", tag = "plans", security(("key" = ["planner"])), responses((status = 200, body = Vec<RunBody>)))]
async fn list(State(state): State<AppState>) -> Result<Json<Vec<RunBody>>, Problem> {
    Ok(Json(state.app()?.plan_runs(100).iter().map(RunBody::of).collect()))
}

/// A run.
#[utoipa::path(get, path = "/v1/plan-runs/{id}", tag = "plans", security(("key" = ["planner"])), params(("id" = String, Path)),
    responses((status = 200, body = RunBody)))]
async fn show(State(state): State<AppState>, Path(id): Path<PlanRunId>) -> Result<Json<RunBody>, Problem> {
    Ok(Json(RunBody::of(&state.app()?.plan_run(&id)?)))
}

/// What a proposal would change, order by order.
#[utoipa::path(get, path = "/v1/plan-runs/{id}/diff", tag = "plans", security(("key" = ["planner"])), params(("id" = String, Path)),
    responses((status = 200, body = DiffBody)))]
async fn diff(State(state): State<AppState>, Path(id): Path<PlanRunId>) -> Result<Json<DiffBody>, Problem> {
    let app = state.app()?;
    let changes = app.plan_diff(&id)?;
    let now = app.clock().now();
    let returns_saved = app.read(|state| returns_saved(app.network(), state, &changes, now));
    Ok(Json(app.read(|state| diff_body(wire::world(&app), state, &changes, returns_saved))))
}

/// What expected returns cost less by these moves.
fn returns_saved(network: &Network, state: &Fulfilment, changes: &[Change], now: Timestamp) -> Cents {
    let lines = |plan: &[PlannedShipment]| plan.iter().flat_map(|planned| planned.lines.clone()).collect::<Vec<_>>();
    let all = changes.iter().flat_map(|(_, before, after)| [lines(before), lines(after)].concat());
    let returns = ReturnCosts::new(network, all, now);
    let expected = |id: &OrderId, plan: &[PlannedShipment]| -> Cents {
        let Some(order) = state.orders().get(id) else { return Cents::ZERO };
        let to = order.to();
        plan.iter().map(|planned| returns.shipment(planned.warehouse, &planned.lines, to)).sum()
    };
    changes.iter().map(|(id, before, after)| expected(id, before) - expected(id, after)).sum()
}

fn diff_body(world: &World, state: &Fulfilment, changes: &[Change], returns_saved: Cents) -> DiffBody {
    let moved: Vec<MoveBody> = changes.iter().map(|change| move_body(world, change)).collect();
    let breaks = |order: &OrderId, plan: &[PlannedShipment]| {
        let promised = state.orders().get(order).map(|order| order.promised_by);
        i64::from(promised.is_some_and(|by| arrival(plan).is_some_and(|at| at > by)))
    };
    DiffBody {
        orders_moved: moved.len(),
        saved_cents: moved.iter().map(|order| order.cost_before_cents - order.cost_after_cents).sum(),
        expected_return_saved_cents: returns_saved.get(),
        minutes_earlier: moved.iter().map(|order| order.minutes_earlier).sum(),
        promises_mended: changes.iter().map(|(id, before, after)| breaks(id, before) - breaks(id, after)).sum(),
        moved,
    }
}

fn move_body(world: &World, (order, before, after): &Change) -> MoveBody {
    let bodies = |plan: &[PlannedShipment]| plan.iter().map(|planned| PlannedBody::of(world, planned)).collect();
    let cost = |plan: &[PlannedShipment]| plan.iter().map(PlannedShipment::cost).sum::<Cents>().get();
    let (old, new) = (arrival(before), arrival(after));
    MoveBody {
        order: order.to_string(),
        before: bodies(before),
        after: bodies(after),
        cost_before_cents: cost(before),
        cost_after_cents: cost(after),
        delivers_before: old.map(instant),
        delivers_after: new.map(instant),
        minutes_earlier: old.zip(new).map_or(0, |(old, new)| (old - new).get() / 60),
    }
}

/// When the last shipment arrives.
fn arrival(plan: &[PlannedShipment]) -> Option<Timestamp> {
    plan.iter().map(|planned| planned.delivers_by).max()
}

/// Puts a proposal into force, as far as it still fits.
#[utoipa::path(post, path = "/v1/plan-runs/{id}/commit", tag = "plans", security(("key" = ["planner"])), params(("id" = String, Path)),
    responses((status = 200, body = RunBody)))]
async fn commit(State(state): State<AppState>, Path(id): Path<PlanRunId>) -> Result<Json<RunBody>, Problem> {
    Ok(Json(RunBody::of(&state.app()?.commit_plan(&id).await?)))
}

/// Drops a proposal: nothing changes. Answers the run that was dropped.
#[utoipa::path(post, path = "/v1/plan-runs/{id}/discard", tag = "plans", security(("key" = ["planner"])), params(("id" = String, Path)),
    responses((status = 200, body = RunBody)))]
async fn discard(State(state): State<AppState>, Path(id): Path<PlanRunId>) -> Result<Json<RunBody>, Problem> {
    Ok(Json(RunBody::of(&state.app()?.discard_plan(&id)?)))
}

/// Shadow prices: what one more unit of a scarce capacity would save.
#[derive(Debug, Serialize, ToSchema)]
struct BoardBody {
    /// When they were found; null before the first plan.
    as_of: Option<String>,
    /// How much they count now, in percent: all for two hours, nothing after six.
    weight_percent: f64,
    /// Work in waves.
    work: Vec<WorkPrice>,
    /// Room at collections.
    pickups: Vec<PickupPrice>,
    /// Room under allotments.
    allotments: Vec<AllotmentPrice>,
    /// Days on which a carrier charges for volume.
    volumes: Vec<VolumePrice>,
    /// Stock.
    stock: Vec<StockPrice>,
}

/// Price of a unit of work.
#[derive(Debug, Serialize, ToSchema)]
struct WorkPrice {
    /// In this wave.
    wave: String,
    /// Of what is guaranteed to this merchant; null for what all share.
    merchant: Option<String>,
    /// Cents a unit of work.
    cents_per_work: i64,
}

/// Price of room for a parcel.
#[derive(Debug, Serialize, ToSchema)]
struct PickupPrice {
    /// At this warehouse.
    warehouse: String,
    /// Of this service.
    service: String,
    /// Collected then.
    at: String,
    /// Of what is guaranteed to this merchant; null for what all share.
    merchant: Option<String>,
    /// Cents a parcel.
    cents_per_parcel: i64,
}

/// Price of room for a parcel under an allotment.
#[derive(Debug, Serialize, ToSchema)]
struct AllotmentPrice {
    /// Under this allotment.
    allotment: String,
    /// On this local day of collection.
    day: String,
    /// Cents a parcel.
    cents_per_parcel: i64,
}

/// Price of a parcel more of a day's volume. A quote counts at least what the next parcel pays.
#[derive(Debug, Serialize, ToSchema)]
struct VolumePrice {
    /// Of this carrier.
    carrier: String,
    /// Of this service of it alone; null where all its services count.
    service: Option<String>,
    /// Collected on this date by the clock of each warehouse.
    date: String,
    /// Parcels planned and released.
    parcels: i64,
    /// What the carrier asks for the next one.
    next_parcel_cents: i64,
    /// Cents a parcel, by the last plans.
    cents_per_parcel: i64,
}

/// Days that have a price, or where the next parcel pays.
fn volume_prices(world: &World, state: &Fulfilment) -> Vec<VolumePrice> {
    let days = state.volume_days(world);
    let all: BTreeSet<VolumeRef> = days.into_iter().chain(state.board().volume.keys().copied()).collect();
    let price = |day: VolumeRef| {
        let tiers = day.tiers(world)?;
        let parcels = day.parcels(world, |service, date| state.parcels_on(service, date));
        let (next, price) = (tiers.next(parcels), state.board().volume.get(&day).copied().unwrap_or_default());
        (next > Cents::ZERO || price > Cents::ZERO).then(|| VolumePrice {
            carrier: world.carriers[day.carrier].id.to_string(),
            service: day.service.map(|service| world.services[service].id.to_string()),
            date: day.date.to_string(),
            parcels,
            next_parcel_cents: next.get(),
            cents_per_parcel: price.get(),
        })
    };
    all.into_iter().filter_map(price).collect()
}

/// Price of a unit of stock.
#[derive(Debug, Serialize, ToSchema)]
struct StockPrice {
    /// Of these goods.
    sku: String,
    /// At this warehouse.
    warehouse: String,
    /// Cents a unit.
    cents_per_unit: i64,
}

/// The price board that quotes and plans read; what is not listed is free.
#[utoipa::path(get, path = "/v1/price-board", tag = "plans", security(("key" = ["planner"])), responses((status = 200, body = BoardBody)))]
async fn board(State(state): State<AppState>) -> Result<Json<BoardBody>, Problem> {
    let app = state.app()?;
    let (world, now) = (wire::world(&app), app.clock().now());
    let work_price = |wave: &WaveRef, merchant: Option<MerchantIx>, price: &Cents| WorkPrice {
        wave: wave.name(world),
        merchant: merchant.map(|merchant| world.merchants[merchant].id.to_string()),
        cents_per_work: price.get(),
    };
    let pickup_price = |pickup: &PickupRef, merchant: Option<MerchantIx>, price: &Cents| PickupPrice {
        warehouse: world.warehouses[pickup.warehouse].id.to_string(),
        service: world.services[pickup.service].id.to_string(),
        at: instant(pickup.at),
        merchant: merchant.map(|merchant| world.merchants[merchant].id.to_string()),
        cents_per_parcel: price.get(),
    };
    Ok(Json(app.read(|state| {
        let board = state.board();
        let own_work = board.own_work.iter().map(|((wave, merchant), price)| work_price(wave, Some(*merchant), price));
        let own_room =
            board.own_pickup.iter().map(|((pickup, merchant), price)| pickup_price(pickup, Some(*merchant), price));
        BoardBody {
            as_of: board.as_of.map(instant),
            weight_percent: board.weight_bp(now) as f64 / 100.0,
            work: board.work.iter().map(|(wave, price)| work_price(wave, None, price)).chain(own_work).collect(),
            pickups: board
                .pickup
                .iter()
                .map(|(pickup, price)| pickup_price(pickup, None, price))
                .chain(own_room)
                .collect(),
            allotments: board
                .allotment
                .iter()
                .filter_map(|(of, price)| {
                    let allotment = world.allotments.get(of.allotment)?;
                    let (allotment, day) = (allotment.id.to_string(), of.day.to_string());
                    Some(AllotmentPrice { allotment, day, cents_per_parcel: price.get() })
                })
                .collect(),
            volumes: volume_prices(world, state),
            stock: board
                .stock
                .iter()
                .map(|((sku, warehouse), price)| StockPrice {
                    sku: world.skus[*sku].id.to_string(),
                    warehouse: world.warehouses[*warehouse].id.to_string(),
                    cents_per_unit: price.get(),
                })
                .collect(),
        }
    })))
}
