//! What checkouts of shop platforms show: one way to ship a level.

use engine::model::ServiceLevel;
use engine::quote::{Answer, QuoteOption};

/// The best option of a level.
pub struct Offered<'a> {
    /// `standard`, `two_day`, `overnight`, `half_day`: the level to order.
    pub code: &'static str,
    /// What the buyer reads.
    pub name: &'static str,
    /// The option.
    pub option: &'a QuoteOption,
}

const LEVELS: [(ServiceLevel, &str, &str); 4] = [
    (ServiceLevel::Standard, "standard", "Standard"),
    (ServiceLevel::TwoDay, "two_day", "Two-day"),
    (ServiceLevel::Overnight, "overnight", "Overnight"),
    (ServiceLevel::HalfDay, "half_day", "Half-day"),
];

/// The option that an order of each level would take; one that is the best of several levels is named once.
pub fn offered(answer: &Answer) -> Vec<Offered<'_>> {
    let mut offered: Vec<Offered<'_>> = Vec::new();
    for (level, code, name) in LEVELS {
        let Some(option) = answer.best(level, None) else { continue };
        if !offered.iter().any(|other| std::ptr::eq(other.option, option)) {
            offered.push(Offered { code, name, option });
        }
    }
    offered
}

/// A sentence about the arrival, with the number of shipments where there are several.
pub fn described(arrives: String, option: &QuoteOption) -> String {
    match option.shipments.len() {
        0 | 1 => arrives,
        shipments => format!("{arrives}, in {shipments} shipments"),
    }
}
