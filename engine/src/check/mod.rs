//! Independent verifiers: they see problems and plans only and share no code with the solvers, so that they can prove a
//! plan wrong. Each recomputes cost and constraints from the problem's own data and returns every breach it finds.

pub mod assign;
pub mod packing;
pub mod picking;
pub mod rerouting;
pub mod routing;
pub mod shares;
pub mod sourcing;

use std::fmt;

use serde::Serialize;

/// A rule that a plan breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// The rule's name, stable and machine-readable: `capacity`, `time_window`, `stock`.
    pub rule: &'static str,
    /// Which part of the plan, and by how much.
    pub detail: String,
}

impl Breach {
    /// A breach of `rule`.
    pub fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}
