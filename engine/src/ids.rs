//! Typed identifiers: the names that the world outside uses.
//!
//! An id is 1 to 64 characters out of letters, digits, `.`, `_`, `-` and `:`, so that it can stand in a URL, a file name
//! and a log line unescaped. Inside a solver things are dense indices instead ([`crate::index`]).

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text is no identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidId {
    /// The text refused.
    pub value: String,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no identifier: 1 to 64 letters, digits, `.`, `_`, `-` or `:` are allowed", self.value)
    }
}

impl std::error::Error for InvalidId {}

fn is_valid(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':'))
}

macro_rules! id_type {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier with this text, or why it is none.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                if is_valid(text) { Ok(Self(text.into())) } else { Err(InvalidId { value: text.to_owned() }) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.to_string()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id_type!(
    /// A tenant of the network.
    MerchantId,
    /// A stock keeping unit; unique within its merchant.
    SkuId,
    /// A place that holds stock and ships.
    WarehouseId,
    /// A transport company.
    CarrierId,
    /// A product of a carrier; unique over all carriers.
    ServiceId,
    /// What a carrier takes a day on a service or a lane.
    AllotmentId,
    /// A type of empty box.
    CartonId,
    /// A carrier's sorting hub.
    HubId,
    /// What a buyer bought.
    OrderId,
    /// A soft hold of stock.
    ReservationId,
    /// What leaves one warehouse for one consignee on one service.
    ShipmentId,
    /// One labelled box.
    ParcelId,
    /// Shipments released together to a floor.
    WaveId,
    /// The document of one picker's walk.
    PickListId,
    /// Shipments handed to a carrier at one pickup.
    DispatchId,
    /// Goods coming back.
    ReturnId,
    /// One execution of a planner.
    PlanRunId,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_refuse_what_cannot_stand_in_a_url() {
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert!(SkuId::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(SkuId::new("SKU-1.a:b_c").map(|id| id.to_string()).as_deref(), Ok("SKU-1.a:b_c"));
    }
}
