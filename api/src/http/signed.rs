//! Bodies that shop platforms sign instead of carrying a key.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{FromRequestParts as _, Request};
use engine::ids::MerchantId;

use super::body;
use super::extract::Path;
use super::guard;
use super::problem::Problem;
use super::state::AppState;
use crate::auth::Secrets;
use crate::auth::secrets::Encoding;
use crate::config::Limits;

/// A platform that signs: HMAC-SHA256 over the raw body under a secret of the merchant's.
pub(super) struct Platform {
    /// Its name in the limits on callers.
    pub(super) name: &'static str,
    /// The header that has the signature.
    pub(super) header: &'static str,
    /// How it is written.
    pub(super) encoding: Encoding,
    /// The setting that names the file of secrets.
    pub(super) setting: &'static str,
}

/// Most bytes of a cart, and how long it may take to arrive: its sender is known only when it is here.
const MOST_BYTES: usize = 256 << 10;
const BODY_TIME: Duration = Duration::from_secs(5);

/// The body of a request to `/{platform}/{merchant}/..` whose signature holds, and the merchant.
pub(super) async fn verified(
    platform: &Platform,
    secrets: &Secrets,
    state: &AppState,
    request: Request,
) -> Result<(MerchantId, Bytes), Problem> {
    let (mut parts, body) = request.into_parts();
    body::require_json(&parts.headers)?;
    let Path(merchant) = Path::<String>::from_request_parts(&mut parts, state).await?;
    let signature = parts.headers.get(platform.header).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let unsigned = || platform.unsigned();
    // Nobody without a secret gets as far as sending a body.
    let signature = signature.filter(|_| secrets.knows(&merchant)).ok_or_else(unsigned)?;
    let limits = &state.config.limits;
    let limits = Limits { body_time: limits.body_time.min(BODY_TIME), ..limits.clone() };
    let request = Request::from_parts(parts, body);
    let bytes = body::collect(request, limits.body_bytes.min(MOST_BYTES), &limits).await?;
    let merchant = secrets.verified(&merchant, &signature, platform.encoding, &bytes).ok_or_else(unsigned)?;
    guard::take_share(state, &format!("{} {merchant}", platform.name), Instant::now())?;
    Ok((merchant.clone(), bytes))
}

impl Platform {
    fn unsigned(&self) -> Problem {
        let (header, encoding, setting) = (self.header, self.encoding.word(), self.setting);
        let detail = format!(
            "The request must be signed: `{header}`, the {encoding} HMAC-SHA256 of the body under the secret that the file of `{setting}` has for the merchant."
        );
        Problem::new("unauthenticated", detail)
    }
}
