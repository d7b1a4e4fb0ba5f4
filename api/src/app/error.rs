//! Why a use case did not do what was asked. `http::problem` alone decides how each looks on the wire.

use engine::fault::Fault;

/// The ends of a use case other than success.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The request breaks rules; every fault found. `Fault::at` is a JSON pointer into the body, or `query`, `path`, `header`.
    #[error("{} fault(s) in the request", .0.len())]
    Invalid(Vec<Fault>),
    /// Nothing of this kind and id that the caller may see. An object of another tenant looks the same.
    #[error("no {kind} `{id}`")]
    NotFound {
        /// What was looked for, as a word: `order`.
        kind: &'static str,
        /// The id asked for.
        id: String,
    },
    /// The caller is known and may not do this; why.
    #[error("{0}")]
    Forbidden(String),
    /// The object is in a state that does not admit the request. `code` is a problem code of the catalogue.
    #[error("{detail}")]
    Conflict {
        /// A code of `http::catalogue`.
        code: &'static str,
        /// What stands in the way.
        detail: String,
    },
    /// There is not enough stock.
    #[error("{} line(s) short of stock", lines.len())]
    OutOfStock {
        /// The short lines.
        lines: Vec<ShortLine>,
    },
    /// The idempotency key was used before with another request.
    #[error("the idempotency key was used before with another request")]
    KeyReused,
    /// The service cannot do this now and will later.
    #[error("busy: try again in {retry_after_s} s")]
    Busy {
        /// When to try again, in seconds.
        retry_after_s: u64,
    },
    /// The caller asks for more than its share.
    #[error("too many requests: try again in {retry_after_s} s")]
    RateLimited {
        /// When to try again, in seconds.
        retry_after_s: u64,
    },
    /// A fault of the service. The caller learns nothing of it; the log gets it once.
    #[error("internal error")]
    Internal(#[from] anyhow::Error),
}

/// A line of an order that stock cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ShortLine {
    /// The stock keeping unit.
    pub sku: String,
    /// Units asked for.
    pub wanted: u64,
    /// Units that could be promised.
    pub available: u64,
}

impl From<Vec<Fault>> for AppError {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}
