//! What is wrong with an input: one type for files, requests and problems alike.
//!
//! Whoever validates collects *all* faults before answering, and each names the place, the field, the value and the rule.

use std::fmt;

use serde::Serialize;

/// One fault of an input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// Where: `orders.csv:17`, `/lines/3`, `vehicle 2`.
    pub at: String,
    /// The field or column; empty where the place as a whole is at fault.
    pub field: String,
    /// The value found, as text.
    pub value: String,
    /// The rule that it breaks, as a sentence that says what would be right.
    pub rule: String,
}

impl Fault {
    /// A fault of `field` at `at`.
    pub fn new(
        at: impl Into<String>,
        field: impl Into<String>,
        value: impl fmt::Display,
        rule: impl Into<String>,
    ) -> Self {
        Self { at: at.into(), field: field.into(), value: value.to_string(), rule: rule.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        if !self.value.is_empty() {
            write!(f, " = `{}`", self.value)?;
        }
        write!(f, ": {}", self.rule)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_place_field_value_and_rule() {
        let fault = Fault::new("orders.csv:17", "qty", -2, "must be at least 1");
        assert_eq!(fault.to_string(), "orders.csv:17: qty = `-2`: must be at least 1");
    }
}
