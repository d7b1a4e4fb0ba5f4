//! Who sells what, and the boxes it travels in.

use serde::{Deserialize, Serialize};

use crate::ids::{CartonId, MerchantId, SkuId};
use crate::index_type;
use crate::units::{Cents, Grams, Size};

index_type!(
    /// A merchant.
    MerchantIx
);
index_type!(
    /// A category of goods.
    CategoryIx
);
index_type!(
    /// A stock keeping unit.
    SkuIx
);
index_type!(
    /// A carton type.
    CartonIx
);

/// A tenant: a shop whose stock and orders are isolated from the others'.
#[derive(Clone, Debug, PartialEq)]
pub struct Merchant {
    /// Its id.
    pub id: MerchantId,
    /// Its name, for people.
    pub name: String,
    /// Days after delivery in which a buyer may return without a reason.
    pub return_days: u32,
    /// Where its goods go back to.
    pub returns_to: ReturnsTo,
}

/// Where returned goods of a merchant go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnsTo {
    /// To the warehouse with the cheapest way back, wherever they came from.
    #[default]
    Cheapest,
    /// To the warehouse that sent them: stock is kept by site. Where no service takes them there, to the cheapest.
    Source,
}

/// A category of goods.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    /// Its name.
    pub name: String,
    /// Share of units that come back, in basis points (100 = 1 %).
    pub return_rate_bp: u32,
    /// Share of returned units that can be sold again, in basis points.
    pub restock_bp: u32,
}

/// A stock keeping unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Sku {
    /// Its id, unique within the merchant.
    pub id: SkuId,
    /// Who owns it.
    pub merchant: MerchantIx,
    /// What it is.
    pub category: CategoryIx,
    /// Outer size of one unit.
    pub size: Size,
    /// Weight of one unit.
    pub weight: Grams,
    /// What a buyer pays for one.
    pub price: Cents,
    /// Nothing may lie on it.
    pub fragile: bool,
    /// Holds lithium cells: no air service takes it.
    pub hazmat: bool,
    /// Ships in its own packaging, never with others in a carton.
    pub ships_alone: bool,
}

/// A type of empty box.
#[derive(Clone, Debug, PartialEq)]
pub struct CartonType {
    /// Its id.
    pub id: CartonId,
    /// Usable inside.
    pub inner: Size,
    /// Outside, which carriers measure.
    pub outer: Size,
    /// Weight empty.
    pub tare: Grams,
    /// Most it may weigh filled, itself included.
    pub max_gross: Grams,
    /// What one costs.
    pub cost: Cents,
}
