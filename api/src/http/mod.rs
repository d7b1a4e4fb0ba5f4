//! HTTP: routes, extractors, problems, and what stands around them.
//!
//! A request passes, outermost first: [`observe`] (id, log, metrics, headers) -> panics caught -> [`guard`] (shed, key, role,
//! share) -> extractors -> a handler of four lines -> one use case. Handlers answer `Result<_, Problem>`; [`problem`] is the
//! only map from errors to HTTP.
//!
//! # A new resource
//! 1. `http/orders.rs` with handlers under `#[utoipa::path(post, path = "/orders", tag = "orders", security(("key" = ["shop"])), ..)]`
//!    and `pub fn router() -> OpenApiRouter<AppState> { OpenApiRouter::new().routes(routes!(create)) }`.
//! 2. `.merge(orders::router())` in [`resources`].
//! 3. `UPDATE_GOLDEN=1 cargo test -p api golden` renews `api/openapi.json`.
//!
//! Roles are in `security(..)`, which the guard enforces; the answers that every operation can give are added to the document.

pub mod access;
mod allotments;
pub mod body;
pub mod catalogue;
mod costs;
pub mod docs;
mod doors_left;
mod easypost;
mod events;
pub mod events_stream;
pub mod extract;
mod floor;
mod foreign;
pub mod guard;
mod handover;
mod holds;
mod karrio;
pub mod lifecycle;
pub mod observe;
pub mod openapi;
pub mod ops;
mod orders;
mod overview;
mod plans;
pub mod problem;
pub mod problems;
mod punctuality;
mod quote_body;
mod quotes;
mod returns;
mod saleor;
pub mod serve;
mod shelf;
mod shopify;
mod signed;
pub mod state;
mod stock;
mod van_routes;
mod vroom;
mod why;
mod why_body;
mod wire;

#[cfg(test)]
mod tests;

use axum::response::{IntoResponse, Response};
use axum::{Router, middleware, routing};
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

pub use problem::Problem;
pub use serve::{serve, stop_signal};
pub use state::AppState;

/// The whole service, with `pages` beside the operations.
pub fn router(pages: Router<AppState>, state: AppState) -> Router {
    assemble(resources(), pages, state)
}

/// The OpenAPI document of the whole service.
pub fn document() -> Value {
    openapi::complete(parts(resources()).document.as_ref())
}

/// The guarded operations: one router per resource.
fn resources() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(quotes::router())
        .merge(holds::router())
        .merge(orders::router())
        .merge(stock::router())
        .merge(plans::router())
        .merge(floor::router())
        .merge(handover::router())
        .merge(van_routes::router())
        .merge(returns::router())
        .merge(overview::router())
        .merge(allotments::router())
        .merge(punctuality::router())
        .merge(events::router())
        .merge(why::router())
        .merge(costs::router())
        .merge(vroom::router())
        .merge(shopify::router())
        .merge(saleor::router())
        .merge(easypost::router())
        .merge(karrio::router())
}

/// A service of guarded `operations` and unguarded `pages`, with everything that stands around them.
pub fn assemble(operations: OpenApiRouter<AppState>, pages: Router<AppState>, state: AppState) -> Router {
    let Parts { guarded, open, document } = parts(operations);
    let document = openapi::complete(&document);
    let guard = guard::Guard::new(state.clone(), access::AccessTable::read(&document));
    let described = openapi::handler(&document);
    guarded
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .merge(open)
        .merge(docs::router())
        .merge(pages)
        .route("/openapi.json", routing::get(move || std::future::ready(described.clone())))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(CatchPanicLayer::custom(|_| -> Response { panicked() }))
        .layer(middleware::from_fn_with_state(state.clone(), observe::observe))
        .layer(CompressionLayer::new())
        .with_state(state)
}

struct Parts {
    guarded: Router<AppState>,
    open: Router<AppState>,
    document: Box<utoipa::openapi::OpenApi>,
}

/// Operations apart from their document, which covers the open ones as well.
fn parts(operations: OpenApiRouter<AppState>) -> Parts {
    let (guarded, operations) = operations.split_for_parts();
    let (open, open_document) = ops::router().merge(problems::router()).split_for_parts();
    let mut document = openapi::Base::openapi();
    document.merge(operations);
    document.merge(open_document);
    Parts { guarded, open, document: Box::new(document) }
}

async fn no_route(accept: extract::Accept) -> Response {
    if accept.names("text/html") {
        return problems::nothing_there().into_response();
    }
    Problem::new("not-found", "There is no such path; `/openapi.json` lists those there are.").into_response()
}

async fn no_method() -> Problem {
    Problem::new("method-not-allowed", "The path does not take this method; the `Allow` header lists those it takes.")
}

/// The panic itself has been reported by the panic hook.
fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Problem::internal().into_response()
}
