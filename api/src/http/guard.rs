//! The door of every operation: shed, then ask for the key, the role and the caller's share; all before the body is read. Who signs
//! instead of carrying a key is known by the operation itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;

use crate::app::AppError;
use crate::auth::ring::Identity;
use crate::auth::{Actor, Role};
use crate::overload::{self, Permit};
use crate::telemetry;

use super::access::{Access, AccessTable, Callers};
use super::problem::Problem;
use super::state::AppState;

/// What the guard needs.
#[derive(Clone)]
pub struct Guard {
    state: AppState,
    table: Arc<AccessTable>,
}

impl Guard {
    /// A guard that enforces `table`.
    pub fn new(state: AppState, table: AccessTable) -> Self {
        Self { state, table: Arc::new(table) }
    }
}

/// The middleware around operations.
pub async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("", MatchedPath::as_str);
    let Some(access) = guard.table.find(request.method(), path) else {
        let refused_by_router = path.is_empty() || guard.table.has_path(path); // 404 or 405
        return if refused_by_router { next.run(request).await } else { closed().into_response() };
    };
    match guard.admit(access, request.headers()) {
        Ok((actor, _permit)) => {
            if let Some(actor) = actor {
                request.extensions_mut().insert(actor);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

impl Guard {
    fn admit(&self, access: &Access, headers: &HeaderMap) -> Result<(Option<Arc<Actor>>, Permit), Problem> {
        let permit = self.state.gate.enter(access.class).ok_or_else(shed)?;
        let roles = match &access.callers {
            Callers::Anyone | Callers::Signers => return Ok((None, permit)),
            Callers::Roles(roles) => roles,
            Callers::Nobody => return Err(closed()),
        };
        let actor = self.authenticate(headers)?;
        require_role(&actor, roles)?;
        take_share(&self.state, &actor.share(), Instant::now())?;
        Ok((Some(actor), permit))
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Actor>, Problem> {
        let Some(text) = key_text(headers) else {
            let detail = "Send an API key as `Authorization: Bearer tw_..`.";
            return Err(Problem::new("unauthenticated", detail).challenge("Bearer realm=\"tidewater\""));
        };
        match self.state.keys.identify(&text) {
            Identity::Known(actor) => Ok(actor),
            Identity::Suspended(reason) => Err(Problem::new("suspended", format!("The key is suspended: {reason}"))),
            Identity::Unknown => Err(Problem::new("unauthenticated", "The API key is unknown.")
                .challenge("Bearer realm=\"tidewater\", error=\"invalid_token\"")),
        }
    }
}

/// Takes one request off a caller's share.
pub(super) fn take_share(state: &AppState, share: &str, now: Instant) -> Result<(), Problem> {
    state.rates.take(share, now).map_err(|wait| {
        metrics::counter!(telemetry::SHED, "reason" => "rate").increment(1);
        Problem::from(AppError::RateLimited { retry_after_s: overload::jittered(wait) })
    })
}

fn shed() -> Problem {
    metrics::counter!(telemetry::SHED, "reason" => "busy").increment(1);
    AppError::Busy { retry_after_s: overload::jittered(Duration::from_secs(1)) }.into()
}

/// What does not say who may call it is open to nobody.
fn closed() -> Problem {
    Problem::new("forbidden", "This operation is closed.")
}

fn require_role(actor: &Actor, roles: &[Role]) -> Result<(), Problem> {
    if roles.contains(&actor.role) {
        return Ok(());
    }
    let allowed: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    Err(AppError::Forbidden(format!("A {} key may not do this; it takes {}.", actor.role, allowed.join(", "))).into())
}

/// The key's text: `Bearer KEY`; also `Token KEY` and `Basic` with the key as user, which clients of other services send.
fn key_text(headers: &HeaderMap) -> Option<String> {
    let (scheme, credentials) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        return Some(credentials.to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let bytes = base64::engine::general_purpose::STANDARD.decode(credentials).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        return Some(text.split_once(':').map_or(text.as_str(), |(user, _)| user).to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_in_three_schemes() {
        let check = |header: &str, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, header.parse().unwrap());
            assert_eq!(key_text(&headers).as_deref(), expected, "{header}");
        };
        check("Bearer tw_a", Some("tw_a"));
        check("bearer  tw_a ", Some("tw_a"));
        check("Token tw_a", Some("tw_a"));
        check("Basic dHdfYTo=", Some("tw_a"));
        check("Basic !", None);
        check("Digest x", None);
        check("tw_a", None);
    }
}
