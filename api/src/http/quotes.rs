//! Quotes: of one cart, of many, without a full address, and of the way back.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use engine::fault::Fault;
use engine::ids::{ChannelId, MerchantId};
use engine::model::{MerchantIx, PostalIx};
use engine::rating::LiveRates;
use engine::shipping::Destination as To;
use engine::units::Seconds;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::Json;
use super::extract::Caller;
use super::guard;
use super::problem::{Problem, ProblemBody};
use super::quote_body::{QuoteBody, Signing, quote_body};
use super::state::AppState;
use super::wire::{self, Destination, Level, Line, Terms, instant};
use crate::app::{App, AppError, Cart, Estimate, InTime};
use crate::auth::{Actor, cart_digest};
use crate::telemetry;

/// The resource's routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(batch))
        .routes(routes!(estimate))
        .routes(routes!(way_back))
}

/// A cart and where it goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuoteRequest {
    /// Whose cart; needed only with a key that is not bound to a merchant.
    #[schema(value_type = Option<String>, example = "loomlark")]
    merchant: Option<MerchantId>,
    /// Where it is sold, as sourcing rules name it.
    #[schema(value_type = Option<String>, example = "web")]
    channel: Option<ChannelId>,
    /// Where it goes.
    destination: Destination,
    /// What is in it, each SKU once.
    lines: Vec<Line>,
    /// What is asked of the delivery.
    #[serde(default)]
    terms: Terms,
    /// Only options that arrive by then, RFC 3339; the others are told as `too_late`.
    #[schema(example = "2025-11-14T20:00:00-05:00")]
    deliver_by: Option<String>,
    /// With at least this chance, instead of by promise; needs `deliver_by`.
    #[schema(minimum = 1, maximum = 99.9, example = 95)]
    confidence_percent: Option<f64>,
}

/// A request whose names are all known.
struct Wanted {
    cart: Cart,
    in_time: Option<InTime>,
}

impl Wanted {
    fn to(&self) -> To {
        self.cart.to()
    }

    /// What carriers with live rates answer; `None` where there are none.
    async fn live(&self, app: &Arc<App>, state: &AppState) -> Result<Option<LiveRates>, Problem> {
        let adapters = state.adapters();
        if adapters.is_empty() {
            return Ok(None);
        }
        let (work, cart, services) = (Arc::clone(app), self.cart.clone(), adapters.services());
        let asks = off_thread(move || work.live_asks(&cart, &services)).await?;
        Ok(Some(adapters.ask(wire::world(app), asks).await))
    }

    /// The answer on the wire. Long for large carts.
    fn answer(self, app: &App, state: &AppState, live: Option<&LiveRates>) -> Result<QuoteBody, Problem> {
        let Cart { merchant, channel, lines, .. } = &self.cart;
        let digest = cart_digest(*merchant, channel.as_ref(), self.to(), lines);
        let by = self.in_time.map(|in_time| in_time.by);
        let signing = Signing::new(state.seal()?, digest, by, app.clock().now() + state.quote_valid());
        let to = self.to();
        let quoted = app.quote_by(&self.cart, self.in_time, live);
        if quoted.told_again {
            metrics::counter!(telemetry::QUOTES_TOLD_AGAIN).increment(1);
        }
        Ok(quote_body(app, &quoted, to, &signing))
    }

    /// Units, which decide how long it takes.
    fn units(&self) -> u64 {
        self.cart.lines.iter().map(|line| u64::from(line.quantity)).sum()
    }
}

fn wanted(app: &App, actor: &Actor, body: QuoteRequest) -> Result<Wanted, AppError> {
    let merchant = actor.merchant(body.merchant.as_ref())?;
    let mut faults = Vec::new();
    let merchant = app.find_merchant("", merchant.as_str(), &mut faults);
    let postal = app.find_postal("/destination", &body.destination.postal_code, &mut faults);
    let lines = merchant.map(|merchant| app.find_lines(merchant, &wire::pairs(&body.lines), &mut faults));
    let by = wire::parse_instant("", "deliver_by", body.deliver_by.as_ref(), &mut faults);
    if let Some(percent) = body.confidence_percent {
        if !(1.0..=99.9).contains(&percent) {
            faults.push(Fault::new("", "confidence_percent", percent, "must be 1 to 99.9"));
        }
        if body.deliver_by.is_none() {
            faults.push(Fault::new("", "confidence_percent", percent, "needs a `deliver_by` that it is the chance of"));
        }
    }
    let (Some(merchant), Some(postal), Some(lines), true) = (merchant, postal, lines, faults.is_empty()) else {
        return Err(AppError::Invalid(faults));
    };
    let (residential, terms) = (body.destination.residential, body.terms.at(body.destination.po_box));
    let cart = Cart { merchant, channel: body.channel, postal, residential, terms, lines, shown_for: Seconds::ZERO };
    let in_time = by.map(|by| InTime { by, chance: body.confidence_percent.map(|percent| percent / 100.0) });
    Ok(Wanted { cart, in_time })
}

/// Units of a cart that is priced where its request is read: about a tenth of a millisecond.
const SMALL_CART: u64 = 4;

/// Prices and dates for a cart, each with its distribution and a signed quote that an order can name to keep both; nothing is
/// reserved (`POST /v1/holds` does). With `deliver_by`, only what arrives by then.
#[utoipa::path(post, path = "/v1/quotes", tag = "quotes", security(("key" = ["shop", "planner"])),
    request_body = QuoteRequest, responses((status = 200, body = QuoteBody)))]
async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<QuoteRequest>,
) -> Result<Json<QuoteBody>, Problem> {
    let app = state.app()?;
    let wanted = wanted(&app, &actor, body)?;
    // A small cart is priced in less time than it takes to hand it to another thread; packing a large one is work for a core,
    // not for the threads that move bytes.
    let live = wanted.live(&app, &state).await?;
    if wanted.units() <= SMALL_CART {
        return wanted.answer(&app, &state, live.as_ref()).map(Json);
    }
    off_thread(move || wanted.answer(&app, &state, live.as_ref())).await?.map(Json)
}

/// Carts of one batch, at most.
const MOST_QUOTES: usize = 200;

/// Several carts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchRequest {
    /// Each as for `POST /v1/quotes`; 1 to 200.
    quotes: Vec<QuoteRequest>,
}

/// The answers to several carts, in their order.
#[derive(Debug, Serialize, ToSchema)]
struct BatchBody {
    /// One a cart.
    answers: Vec<BatchAnswer>,
}

/// A quote, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
struct BatchAnswer {
    /// The HTTP status that the cart alone would have got.
    #[schema(example = 200)]
    status: u16,
    /// The quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<QuoteBody>,
    /// What is wrong with the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemBody>,
}

/// Quotes for several carts; what is wrong with one does not touch the others.
#[utoipa::path(post, path = "/v1/quotes/batch", tag = "quotes", security(("key" = ["shop", "planner"])),
    request_body = BatchRequest, responses((status = 200, body = BatchBody)))]
async fn batch(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<BatchRequest>,
) -> Result<Json<BatchBody>, Problem> {
    let app = state.app()?;
    let count = body.quotes.len();
    if !(1..=MOST_QUOTES).contains(&count) {
        let rule = format!("must hold 1 to {MOST_QUOTES} carts");
        return Err(AppError::Invalid(vec![Fault::new("", "quotes", count, rule)]).into());
    }
    // A batch is as many requests as it has carts.
    for _ in 1..count {
        guard::take_share(&state, &actor.share(), Instant::now())?;
    }
    let carts = body.quotes.into_iter().map(|cart| {
        let (app, state, actor) = (&app, &state, &actor);
        async move {
            let wanted = wanted(app, actor, cart)?;
            let live = wanted.live(app, state).await?;
            Ok::<_, Problem>((wanted, live))
        }
    });
    let carts = join_all(carts).await;
    let answers = move || {
        let answer = |cart: Result<(Wanted, Option<LiveRates>), Problem>| match cart
            .and_then(|(wanted, live)| wanted.answer(&app, &state, live.as_ref()))
        {
            Ok(quote) => BatchAnswer { status: 200, quote: Some(quote), problem: None },
            Err(problem) => {
                let problem = problem.body(None, None);
                BatchAnswer { status: problem.status, quote: None, problem: Some(problem) }
            }
        };
        carts.into_iter().map(answer).collect()
    };
    Ok(Json(BatchBody { answers: off_thread(answers).await? }))
}

/// A cart whose address is not known yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EstimateRequest {
    /// Whose cart; needed only with a key that is not bound to a merchant.
    #[schema(value_type = Option<String>)]
    merchant: Option<MerchantId>,
    /// Where it is sold.
    #[schema(value_type = Option<String>)]
    channel: Option<ChannelId>,
    /// What is known of where it goes.
    destination: PartOfAddress,
    /// What is in it, each SKU once.
    lines: Vec<Line>,
    /// What is asked of the delivery.
    #[serde(default)]
    terms: Terms,
}

/// What is known of an address.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct PartOfAddress {
    /// The first digits of the postal code; none for anywhere.
    #[schema(example = "100", max_length = 5)]
    postal_prefix: String,
    /// Two letters.
    #[schema(example = "NY")]
    state: Option<String>,
    /// A home; true if left out.
    residential: Option<bool>,
    /// A post-office box.
    po_box: bool,
}

/// What a cart would cost and how long it would take.
#[derive(Debug, Serialize, ToSchema)]
struct EstimateBody {
    /// Postal areas that the address may mean.
    areas: usize,
    /// Those that were quoted for, evenly by their people.
    looked_at: usize,
    /// By level; levels that are to be had nowhere are left out.
    levels: Vec<LevelBody>,
}

/// A level over postal areas.
#[derive(Debug, Serialize, ToSchema)]
struct LevelBody {
    /// How fast.
    level: Level,
    /// Areas of those looked at in which it is to be had.
    areas: usize,
    /// Least that a buyer is asked.
    from_cents: i64,
    /// Most.
    to_cents: i64,
    /// Earliest that it arrives by.
    earliest: String,
    /// Latest.
    latest: String,
}

impl EstimateBody {
    fn of(Estimate { areas, looked_at, levels }: &Estimate) -> Self {
        let level = |of: &crate::app::LevelEstimate| LevelBody {
            level: of.level.into(),
            areas: of.areas,
            from_cents: of.price.0.get(),
            to_cents: of.price.1.get(),
            earliest: instant(of.delivers_by.0),
            latest: instant(of.delivers_by.1),
        };
        Self { areas: *areas, looked_at: *looked_at, levels: levels.iter().map(level).collect() }
    }
}

/// What a cart would cost before the buyer has given an address: the range of prices and dates over the postal areas that what is known may
/// mean.
#[utoipa::path(post, path = "/v1/quotes/estimate", tag = "quotes", security(("key" = ["shop", "planner"])),
    request_body = EstimateRequest, responses((status = 200, body = EstimateBody)))]
async fn estimate(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<EstimateRequest>,
) -> Result<Json<EstimateBody>, Problem> {
    let app = state.app()?;
    let PartOfAddress { postal_prefix, state: of_state, residential, po_box } = &body.destination;
    let (merchant, lines, mut faults) = goods(&app, &actor, body.merchant.as_ref(), &body.lines)?;
    let postals = wire::world(&app).postals.enumerate();
    let suits = |of: &engine::model::Postal| {
        of.code.starts_with(postal_prefix) && of_state.as_ref().is_none_or(|state| of.state.eq_ignore_ascii_case(state))
    };
    let areas: Vec<PostalIx> = postals.filter(|(_, postal)| suits(postal)).map(|(ix, _)| ix).collect();
    if areas.is_empty() {
        let rule = "must begin a postal code that the network serves, in the state if one is given";
        faults.push(Fault::new("/destination", "postal_prefix", postal_prefix, rule));
    }
    let (Some(merchant), Some(lines), [first, ..], true) = (merchant, lines, areas.as_slice(), faults.is_empty())
    else {
        return Err(AppError::Invalid(faults).into());
    };
    let (postal, residential, terms) = (*first, residential.unwrap_or(true), body.terms.at(*po_box));
    let cart = Cart { merchant, channel: body.channel, postal, residential, terms, lines, shown_for: Seconds::ZERO };
    Ok(Json(off_thread(move || EstimateBody::of(&app.estimate(&cart, &areas))).await?))
}

/// Goods that a buyer may send back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnQuoteRequest {
    /// Whose goods; needed only with a key that is not bound to a merchant.
    #[schema(value_type = Option<String>)]
    merchant: Option<MerchantId>,
    /// Where the buyer is; goods from a post-office box are handed in nearby.
    origin: Destination,
    /// What comes back, each SKU once.
    lines: Vec<Line>,
}

/// The cheapest way back.
#[derive(Debug, Serialize, ToSchema)]
struct ReturnQuoteBody {
    /// To which warehouse.
    warehouse: String,
    /// By which service; own vans collect at the door.
    service: String,
    /// What it costs, hands included.
    cost_cents: i64,
}

/// Units of a return that is quoted, at most: unlike a cart's, no stock bounds them, and all are packed.
const MOST_RETURNED: u64 = 500;

/// What sending goods back would cost, before anything is sent: the cheapest way to any warehouse. A return that is announced for an order
/// (`POST /v1/returns`) goes to the warehouse that sent it where the merchant wants that.
#[utoipa::path(post, path = "/v1/quotes/returns", tag = "quotes", security(("key" = ["shop", "planner"])),
    request_body = ReturnQuoteRequest,
    responses((status = 200, body = ReturnQuoteBody), (status = 409, response = super::openapi::ProblemResponse)))]
async fn way_back(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Json(body): Json<ReturnQuoteRequest>,
) -> Result<Json<ReturnQuoteBody>, Problem> {
    let app = state.app()?;
    let (_, lines, mut faults) = goods(&app, &actor, body.merchant.as_ref(), &body.lines)?;
    let postal = app.find_postal("/origin", &body.origin.postal_code, &mut faults);
    let units: u64 = lines.iter().flatten().map(|line| u64::from(line.quantity)).sum();
    if units > MOST_RETURNED {
        faults.push(Fault::new("", "lines", units, format!("must hold at most {MOST_RETURNED} units together")));
    }
    let (Some(postal), Some(lines), true) = (postal, lines, faults.is_empty()) else {
        return Err(AppError::Invalid(faults).into());
    };
    let from = To::new(postal, body.origin.residential);
    let found = off_thread(move || {
        let back = app.quote_return(from, &lines)?;
        let world = wire::world(&app);
        Ok(ReturnQuoteBody {
            warehouse: world.warehouses[back.warehouse].id.to_string(),
            service: world.services[back.service].id.to_string(),
            cost_cents: back.cost.get(),
        })
    });
    let found: Result<_, engine::returns::NoWayBack> = found.await?;
    found.map(Json).map_err(|why| AppError::Conflict { code: "no-option", detail: why.to_string() }.into())
}

type Goods = (Option<MerchantIx>, Option<Vec<engine::fulfilment::LineQuantity>>, Vec<Fault>);

/// A merchant and its goods, with what is wrong with them.
fn goods(app: &App, actor: &Actor, merchant: Option<&MerchantId>, lines: &[Line]) -> Result<Goods, AppError> {
    let mut faults = Vec::new();
    let merchant = app.find_merchant("", actor.merchant(merchant)?.as_str(), &mut faults);
    let lines = merchant.map(|merchant| app.find_lines(merchant, &wire::pairs(lines), &mut faults));
    Ok((merchant, lines, faults))
}

/// Work for a core, off the threads that move bytes.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.into()).into())
}
