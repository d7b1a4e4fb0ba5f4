//! The network as it is, and the pulse of the day.

use std::sync::Arc;

use axum::extract::State;
use engine::calendar::civil::Time;
use engine::fulfilment::OrderStage;
use engine::model::{Condition, RateTable, RateUnit, RoundingMode, Surcharge, TariffIx, World};
use engine::units::{Cents, Grams};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::Path;
use super::plans::RunBody;
use super::problem::Problem;
use super::state::AppState;
use super::wire::{self, Level, instant};
use crate::app::AppError;
use crate::auth::actor::not_found;
use crate::data::charges::{charged_text, condition_text};

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(warehouses))
        .routes(routes!(carriers))
        .routes(routes!(postal_code))
        .routes(routes!(rate_cards))
        .routes(routes!(rate_card))
        .routes(routes!(pulse))
}

/// A warehouse.
#[derive(Debug, Serialize, ToSchema)]
struct WarehouseBody {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Its postal code.
    postal_code: String,
    /// Degrees north.
    lat: f64,
    /// Degrees east.
    lon: f64,
    /// Waves of a day.
    waves: Vec<WaveSlotBody>,
}

/// A wave of a day.
#[derive(Debug, Serialize, ToSchema)]
struct WaveSlotBody {
    /// Local time.
    #[schema(example = "10:00:00")]
    cut_off: String,
    /// Minutes from the cut-off to the dock.
    lead_min: i64,
    /// Units of work.
    work_capacity: i64,
}

/// A carrier.
#[derive(Debug, Serialize, ToSchema)]
struct CarrierBody {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Its services.
    services: Vec<ServiceBody>,
}

/// A service.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceBody {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// How fast.
    level: Level,
    /// Its rate card.
    rate_card: String,
    /// Parcels a day from the whole network.
    daily_capacity: u32,
    /// Share of parcels on schedule.
    on_time_percent: f64,
}

/// A rate card.
#[derive(Debug, Serialize, ToSchema)]
struct RateCardBody {
    /// Its id.
    id: String,
    /// Of which card it is a version.
    card: String,
    /// First local day of collection.
    valid_from: String,
    /// Its currency; null for the network's.
    currency: Option<String>,
    /// Cubic millimetres billed as one kilogram; null where volume is not billed.
    dim_mm3_per_kg: Option<i64>,
    /// What the rows count: `up_to` (a parcel up to each limit, in grams), or a price a `piece`, `hundredweight`, `kilogram` (from
    /// each limit on, in grams) or `litre` (in cubic millimetres).
    rows: &'static str,
    /// Limits of the rows.
    limits: Vec<i64>,
    /// Prices by row, then price column, in the smallest unit of its currency.
    prices_cents: Vec<Vec<i64>>,
    /// What each begun step beyond the last row adds; null where the card ends there.
    further: Option<FurtherBody>,
    /// Least base price of a parcel, and by price column for prices a unit.
    minimum_cents: i64,
    /// The same by price column; empty where the rows are weight steps.
    column_minimum_cents: Vec<i64>,
    /// Sides count in whole steps of this many micrometres, rounded up or to the nearest.
    side_step_um: i64,
    /// Whether sides are rounded to the nearest step.
    side_nearest: bool,
    /// Billable weights count in whole steps of this many micrograms.
    weight_step_ug: i64,
    /// Least billable weights: those whose condition holds.
    least_billable: Vec<LeastBody>,
    /// How amounts are rounded: `half_up`, `half_even`, `up` or `down`, to multiples of `round_to_cents`.
    rounding: &'static str,
    /// See `rounding`.
    round_to_cents: i64,
    /// Sets of charges that the base price belongs to.
    base_sets: Vec<String>,
    /// Rules that add a charge, in their order.
    rules: Vec<CardRuleBody>,
}

/// Steps beyond the last row.
#[derive(Debug, Serialize, ToSchema)]
struct FurtherBody {
    /// A step.
    step_g: i64,
    /// What it adds, by price column.
    prices_cents: Vec<i64>,
}

/// A least billable weight.
#[derive(Debug, Serialize, ToSchema)]
struct LeastBody {
    /// The weight.
    weight_g: i64,
    /// When it counts, as `surcharges.csv` has conditions; empty for always.
    when: String,
}

/// A rule of a rate card.
#[derive(Debug, Serialize, ToSchema)]
struct CardRuleBody {
    /// Its name.
    rule: String,
    /// Text of the charge line.
    label: String,
    /// `surcharge`, `fuel`, `insurance`, `cash_on_delivery`, `duty`, `tax` or `discount`.
    class: &'static str,
    /// When it applies, as `surcharges.csv` has it; empty for always.
    when: String,
    /// What it charges, as `surcharges.csv` has it.
    amount: String,
    /// At least this.
    least_cents: i64,
    /// At most this.
    most_cents: Option<i64>,
    /// Of the rules of one group only one is charged.
    group: Option<String>,
    /// The highest goes first within a group.
    priority: u8,
    /// Sets of charges that it belongs to.
    sets: Vec<String>,
}

/// Warehouses with their waves.
#[utoipa::path(get, path = "/v1/warehouses", tag = "network", security(("key" = ["shop", "warehouse", "carrier", "planner"])),
    responses((status = 200, body = Vec<WarehouseBody>)))]
async fn warehouses(State(state): State<AppState>) -> Result<Json<Vec<WarehouseBody>>, Problem> {
    let app = state.app()?;
    let bodies = wire::world(&app).warehouses.iter().map(|warehouse| WarehouseBody {
        id: warehouse.id.to_string(),
        name: warehouse.name.clone(),
        postal_code: warehouse.postal_code.clone(),
        lat: warehouse.at.lat,
        lon: warehouse.at.lon,
        waves: warehouse
            .waves
            .iter()
            .map(|slot| WaveSlotBody {
                cut_off: time(slot.cut_off),
                lead_min: slot.lead.get() / 60,
                work_capacity: slot.work_capacity,
            })
            .collect(),
    });
    Ok(Json(bodies.collect()))
}

/// A postal area.
#[derive(Debug, Serialize, ToSchema)]
struct PostalBody {
    /// Five digits.
    postal_code: String,
    /// Its main city.
    city: String,
    /// Two letters.
    state: String,
    /// Its middle.
    lat: f64,
    /// Its middle.
    lon: f64,
    /// The clock at its doors, an IANA name.
    #[schema(example = "America/New_York")]
    time_zone: String,
}

/// A postal area that the network serves.
#[utoipa::path(get, path = "/v1/postal-codes/{code}", tag = "network", security(("key" = ["shop", "warehouse", "carrier", "planner"])),
    params(("code" = String, Path)), responses((status = 200, body = PostalBody)))]
async fn postal_code(State(state): State<AppState>, Path(code): Path<String>) -> Result<Json<PostalBody>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    let postal = &world.postals[world.postal(&code).ok_or_else(|| not_found("postal code", &code))?];
    Ok(Json(PostalBody {
        postal_code: postal.code.clone(),
        city: postal.city.clone(),
        state: postal.state.clone(),
        lat: postal.at.lat,
        lon: postal.at.lon,
        time_zone: postal.zone_name.clone(),
    }))
}

fn time(time: Time) -> String {
    time.to_string()
}

/// Carriers with their services.
#[utoipa::path(get, path = "/v1/carriers", tag = "network", security(("key" = ["shop", "warehouse", "carrier", "planner"])),
    responses((status = 200, body = Vec<CarrierBody>)))]
async fn carriers(State(state): State<AppState>) -> Result<Json<Vec<CarrierBody>>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    let bodies = world.carriers.enumerate().map(|(ix, carrier)| CarrierBody {
        id: carrier.id.to_string(),
        name: carrier.name.clone(),
        services: world
            .services
            .iter()
            .filter(|service| service.carrier == ix)
            .map(|service| ServiceBody {
                id: service.id.to_string(),
                name: service.name.clone(),
                level: service.level.into(),
                rate_card: world.cards[service.card].id.clone(),
                daily_capacity: service.daily_capacity,
                on_time_percent: f64::from(service.on_time_bp) / 100.0,
            })
            .collect(),
    });
    Ok(Json(bodies.collect()))
}

/// Ids of the versions of all rate cards.
#[utoipa::path(get, path = "/v1/rate-cards", tag = "network", security(("key" = ["shop", "planner"])), responses((status = 200, body = Vec<String>)))]
async fn rate_cards(State(state): State<AppState>) -> Result<Json<Vec<String>>, Problem> {
    let app = state.app()?;
    Ok(Json(wire::world(&app).tariffs.iter().map(|tariff| tariff.id.clone()).collect()))
}

/// A version of a rate card.
#[utoipa::path(get, path = "/v1/rate-cards/{id}", tag = "network", security(("key" = ["shop", "planner"])), params(("id" = String, Path)),
    responses((status = 200, body = RateCardBody)))]
async fn rate_card(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<RateCardBody>, Problem> {
    let app = state.app()?;
    let world = wire::world(&app);
    let found = world.tariffs.enumerate().find(|(_, tariff)| tariff.id == id).map(|(ix, _)| ix);
    Ok(Json(card_body(world, found.ok_or_else(|| not_found("rate card", &id))?)))
}

fn card_body(world: &World, ix: TariffIx) -> RateCardBody {
    let tariff = &world.tariffs[ix];
    let card = world.cards.iter().find(|card| card.versions.contains(&ix));
    let grams = |limits: &[Grams]| limits.iter().map(|limit| limit.get()).collect::<Vec<_>>();
    let (rows, limits, prices, columns) = match &tariff.rates {
        RateTable::Steps { limits, prices, columns, .. } => ("up_to", grams(limits), prices, *columns),
        RateTable::PerUnit { unit, minimum, classes, prices } => {
            let unit = match unit {
                RateUnit::Piece => "piece",
                RateUnit::Hundredweight => "hundredweight",
                RateUnit::Kilogram => "kilogram",
                RateUnit::Litre => "litre",
            };
            (unit, classes.clone(), prices, minimum.len())
        }
    };
    let rule = |rule: &Surcharge| CardRuleBody {
        rule: rule.rule.clone(),
        label: rule.label.clone(),
        class: rule.class.word(),
        when: condition_text(&rule.when, world),
        amount: charged_text(&rule.charged),
        least_cents: rule.least.get(),
        most_cents: rule.most.map(Cents::get),
        group: rule.group.clone(),
        priority: rule.priority,
        sets: rule.sets.clone(),
    };
    let cents = |amounts: &[Cents]| amounts.iter().map(|amount| amount.get()).collect::<Vec<_>>();
    let further = match &tariff.rates {
        RateTable::Steps { further: Some(further), .. } => {
            Some(FurtherBody { step_g: further.step.get(), prices_cents: cents(&further.prices) })
        }
        _ => None,
    };
    let minimum = match &tariff.rates {
        RateTable::PerUnit { minimum, .. } => cents(minimum),
        RateTable::Steps { .. } => Vec::new(),
    };
    let least =
        |(when, grams): &(Condition, Grams)| LeastBody { weight_g: grams.get(), when: condition_text(when, world) };
    let rounding = match tariff.rounding.mode {
        RoundingMode::HalfUp => "half_up",
        RoundingMode::HalfEven => "half_even",
        RoundingMode::Up => "up",
        RoundingMode::Down => "down",
    };
    RateCardBody {
        id: tariff.id.clone(),
        card: card.map_or_else(|| tariff.id.clone(), |card| card.id.clone()),
        valid_from: tariff.valid_from.to_string(),
        currency: tariff.currency.clone(),
        dim_mm3_per_kg: tariff.weighing.dim.map(|dim| dim.mm3_per_kg),
        rows,
        limits,
        prices_cents: prices.chunks(columns.max(1)).map(|row| row.iter().map(|price| price.get()).collect()).collect(),
        further,
        minimum_cents: tariff.minimum.get(),
        column_minimum_cents: minimum,
        side_step_um: tariff.weighing.side_step_um,
        side_nearest: tariff.weighing.side_nearest,
        weight_step_ug: tariff.weighing.weight_step_ug,
        least_billable: tariff.weighing.least.iter().map(least).collect(),
        rounding,
        round_to_cents: tariff.rounding.to,
        base_sets: tariff.base_sets.clone(),
        rules: tariff.surcharges.iter().map(rule).collect(),
    }
}

/// The day at a glance.
#[derive(Debug, Serialize, ToSchema)]
struct PulseBody {
    /// The service's time.
    now: String,
    /// Orders by stage.
    orders: Stages,
    /// Orders with lines not yet on a floor.
    backlog: u64,
    /// Shipments planned, or already due, after their promise, those not on a floor yet among them.
    late_risk: u64,
    /// The orders of these shipments, the latest first, twelve at most.
    late: Vec<PulseLate>,
    /// Warehouses with their next waves.
    warehouses: Vec<PulseWarehouse>,
    /// Parcels at docks by service.
    services: Vec<PulseService>,
    /// Orders over the day.
    curve: Vec<PulseSample>,
    /// The largest flows of dispatched parcels.
    lanes: Vec<PulseLane>,
    /// The last committed plan.
    last_run: Option<RunBody>,
}

/// Orders by stage.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Stages {
    accepted: u64,
    released: u64,
    shipped: u64,
    delivered: u64,
    cancelled: u64,
}

/// An order that breaks its promise by schedule, or has it behind it.
#[derive(Debug, Serialize, ToSchema)]
struct PulseLate {
    order: String,
    /// The shop's own number.
    reference: Option<String>,
    promised_by: String,
    /// When the last of it that is late arrives by schedule.
    delivers_by: String,
}

/// A warehouse's next waves.
#[derive(Debug, Serialize, ToSchema)]
struct PulseWarehouse {
    id: String,
    name: String,
    lat: f64,
    lon: f64,
    waves: Vec<PulseWave>,
}

/// How full a wave is, in units of work.
#[derive(Debug, Serialize, ToSchema)]
struct PulseWave {
    wave: String,
    cut_off_at: String,
    used: i64,
    capacity: i64,
}

/// Parcels waiting for a service.
#[derive(Debug, Serialize, ToSchema)]
struct PulseService {
    id: String,
    carrier: String,
    docked_parcels: u64,
}

/// Orders at one moment.
#[derive(Debug, Serialize, ToSchema)]
struct PulseSample {
    at: String,
    accepted: u64,
    backlog: u64,
    shipped: u64,
}

/// Parcels from a warehouse to a region.
#[derive(Debug, Serialize, ToSchema)]
struct PulseLane {
    from_lat: f64,
    from_lon: f64,
    to_lat: f64,
    to_lon: f64,
    parcels: u64,
    service: String,
}

/// The pulse of the network, for the operations page.
#[utoipa::path(get, path = "/v1/pulse", tag = "network", security(("key" = ["planner"])), responses((status = 200, body = PulseBody)))]
async fn pulse(State(state): State<AppState>) -> Result<Json<PulseBody>, Problem> {
    let app = state.app()?;
    let work = Arc::clone(&app);
    let pulse =
        tokio::task::spawn_blocking(move || work.pulse()).await.map_err(|error| AppError::Internal(error.into()))?;
    let world = wire::world(&app);
    let count = |stage| pulse.stages.get(&stage).copied().unwrap_or(0);
    let wave = |view: &crate::app::WaveLoadView| PulseWave {
        wave: view.wave.name(world),
        cut_off_at: instant(view.cut_off_at),
        used: view.used,
        capacity: view.capacity,
    };
    Ok(Json(PulseBody {
        now: instant(pulse.now),
        orders: Stages {
            accepted: count(OrderStage::Accepted),
            released: count(OrderStage::Released),
            shipped: count(OrderStage::Shipped),
            delivered: count(OrderStage::Delivered),
            cancelled: count(OrderStage::Cancelled),
        },
        backlog: pulse.backlog,
        late_risk: pulse.late_risk,
        late: pulse
            .late
            .iter()
            .map(|late| PulseLate {
                order: late.order.to_string(),
                reference: late.reference.clone(),
                promised_by: instant(late.promised_by),
                delivers_by: instant(late.delivers_by),
            })
            .collect(),
        warehouses: pulse
            .waves
            .iter()
            .map(|(ix, waves)| {
                let warehouse = &world.warehouses[*ix];
                let (id, name) = (warehouse.id.to_string(), warehouse.name.clone());
                PulseWarehouse {
                    id,
                    name,
                    lat: warehouse.at.lat,
                    lon: warehouse.at.lon,
                    waves: waves.iter().map(wave).collect(),
                }
            })
            .collect(),
        services: world
            .services
            .enumerate()
            .map(|(ix, service)| PulseService {
                id: service.id.to_string(),
                carrier: world.carriers[service.carrier].name.clone(),
                docked_parcels: pulse.docked.get(&ix).copied().unwrap_or(0),
            })
            .collect(),
        curve: pulse
            .curve
            .iter()
            .map(|s| PulseSample { at: instant(s.at), accepted: s.accepted, backlog: s.backlog, shipped: s.shipped })
            .collect(),
        lanes: pulse
            .flows
            .iter()
            .map(|flow| {
                let (from, to) = (world.warehouses[flow.warehouse].at, world.regions[flow.region].at);
                let service = world.services[flow.service].id.to_string();
                PulseLane {
                    from_lat: from.lat,
                    from_lon: from.lon,
                    to_lat: to.lat,
                    to_lon: to.lon,
                    parcels: flow.parcels,
                    service,
                }
            })
            .collect(),
        last_run: pulse.last_run.as_ref().map(RunBody::of),
    }))
}
