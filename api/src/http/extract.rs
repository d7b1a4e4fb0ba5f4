//! Extractors that answer problems: path, query, headers, the caller, pages. Bodies are in [`super::body`].

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use engine::fault::Fault;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppError;
use crate::auth::Actor;

use super::problem::Problem;
use super::state::AppState;

/// The caller, as the guard found it.
#[derive(Clone, Debug)]
pub struct Caller(pub Arc<Actor>);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let actor = parts.extensions.get::<Arc<Actor>>();
        actor.cloned().map(Self).ok_or_else(|| Problem::new("unauthenticated", "This operation needs an API key."))
    }
}

/// The path's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match <axum::extract::Path<T> as FromRequestParts<AppState>>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(path_problem(&rejection)),
        }
    }
}

fn path_problem(rejection: &PathRejection) -> Problem {
    let PathRejection::FailedToDeserializePathParams(error) = rejection else { return Problem::internal() };
    let fault = match error.kind() {
        ErrorKind::ParseErrorAtKey { key, value, expected_type } => {
            Fault::new("path", key.as_str(), value, format!("must be of type {expected_type}"))
        }
        ErrorKind::ParseErrorAtIndex { value, expected_type, .. } | ErrorKind::ParseError { value, expected_type } => {
            Fault::new("path", "", value, format!("must be of type {expected_type}"))
        }
        ErrorKind::DeserializeError { key, value, message } => Fault::new("path", key.as_str(), value, message.clone()),
        ErrorKind::InvalidUtf8InPathParam { key } => Fault::new("path", key.as_str(), "", "must be UTF-8"),
        ErrorKind::Message(message) => Fault::new("path", "", "", message.clone()),
        other => {
            tracing::error!(%other, "a handler's path parameters do not fit its route");
            return Problem::internal();
        }
    };
    AppError::Invalid(vec![fault]).into()
}

/// The query's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        parse_query(parts).map(Self)
    }
}

fn parse_query<T: DeserializeOwned>(parts: &Parts) -> Result<T, Problem> {
    let error = match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
        Ok(axum::extract::Query(value)) => return Ok(value),
        Err(rejection) => rejection.body_text(),
    };
    let text = error.strip_prefix("Failed to deserialize query string: ").unwrap_or(&error);
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let value_of = |name: &str| {
        let pairs = pairs.as_ref().ok()?;
        pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    };
    let fault = match text.split_once(": ").and_then(|(name, rule)| Some((name, value_of(name)?, rule))) {
        Some((name, value, rule)) => Fault::new("query", name, value, rule),
        None => Fault::new("query", "", "", text),
    };
    Err(AppError::Invalid(vec![fault]).into())
}

/// The header `Accept`, as text; empty where it is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept(String);

impl Accept {
    /// Whether it names a media type.
    pub fn names(&self, media: &str) -> bool {
        self.0.contains(media)
    }
}

impl<S: Sync> FromRequestParts<S> for Accept {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        Ok(Self(accept.unwrap_or("").to_owned()))
    }
}

/// The header `Idempotency-Key`: 1 to 255 visible ASCII characters. Extract `Option<IdempotencyKey>` where it may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

impl IdempotencyKey {
    /// The key in the headers, if there is one.
    pub fn find(headers: &axum::http::HeaderMap) -> Result<Option<Self>, Problem> {
        let mut values = headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(None) };
        let visible = value.as_bytes().iter().all(u8::is_ascii_graphic) && (1..=255).contains(&value.len());
        match (value.to_str(), visible, values.next()) {
            (Ok(text), true, None) => Ok(Some(Self(text.to_owned()))),
            _ => Err(Problem::new(
                "bad-header",
                "`Idempotency-Key` must be one value of 1 to 255 visible ASCII characters.",
            )),
        }
    }
}

impl FromRequestParts<AppState> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let missing = || Problem::new("bad-header", "This operation needs the header `Idempotency-Key`.");
        Self::find(&parts.headers)?.ok_or_else(missing)
    }
}

impl OptionalFromRequestParts<AppState> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Option<Self>, Problem> {
        Self::find(&parts.headers)
    }
}

/// Which part of a list to answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// How many items at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    #[serde(default = "Page::usual")]
    pub limit: usize,
    /// `next` of the page before.
    #[param(max_length = 256)]
    #[serde(default)]
    pub after: Option<String>,
}

impl Page {
    fn usual() -> usize {
        100
    }
}

impl FromRequestParts<AppState> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let page: Self = parse_query(parts)?;
        let mut faults = Vec::new();
        if !(1..=1000).contains(&page.limit) {
            faults.push(Fault::new("query", "limit", page.limit, "must be from 1 to 1000"));
        }
        if let Some(after) = page.after.as_ref().filter(|a| a.len() > 256 || !a.bytes().all(|b| b.is_ascii_graphic())) {
            faults.push(Fault::new("query", "after", after, "must be `next` of the page before"));
        }
        if faults.is_empty() { Ok(page) } else { Err(AppError::Invalid(faults).into()) }
    }
}

/// A part of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Send it as `after` for the next page; null at the end.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// The page out of up to `limit + 1` items, the last of which only shows that there are more. `cursor` names an item's place.
    pub fn new(mut items: Vec<T>, limit: usize, cursor: impl FnOnce(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}
