//! Saleor's synchronous webhook `SHIPPING_LIST_METHODS_FOR_CHECKOUT`: a checkout in, shipping methods out.
//!
//! The checkout comes in Saleor's own form (a list of one checkout, names with underscores) or as an app's subscription asks for it
//! (`{"checkout": {..}}`, names in camel case); both are read.

use std::collections::BTreeMap;

use engine::model::PostalIx;
use engine::network::Network;
use engine::quote::Answer;
use engine::units::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::checkout::{Offered, described, offered};

/// What decides about shipping methods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkout {
    /// Its currency, if it is told.
    pub currency: Option<String>,
    /// The channel's slug.
    pub channel: Option<String>,
    /// Five digits of an address in the United States.
    pub zip: Option<String>,
    /// A home, as far as one can tell.
    pub residential: bool,
    /// SKU and units, each SKU once.
    pub lines: Vec<(String, i64)>,
}

/// A field by either of its names.
fn field<'v>(of: &'v Value, names: [&str; 2]) -> &'v Value {
    names.iter().map(|name| &of[*name]).find(|value| !value.is_null()).unwrap_or(&Value::Null)
}

fn text(of: &Value) -> Option<String> {
    of.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl Checkout {
    /// The checkout in a body; `None` where there is none.
    pub fn read(body: &Value) -> Option<Self> {
        let checkout = match body {
            Value::Array(list) => list.first()?,
            Value::Object(_) => body.get("checkout").or_else(|| body.get("event")?.get("checkout")).unwrap_or(body),
            _ => return None,
        };
        let lines = checkout["lines"].as_array()?;
        let address = field(checkout, ["shipping_address", "shippingAddress"]);
        // Ours writes `"US"`, a subscription `{"code": "US"}`.
        let country = text(&address["country"]).or_else(|| text(&address["country"]["code"]));
        let is_home = country.is_none_or(|country| country.eq_ignore_ascii_case("US"));
        let code = text(field(address, ["postal_code", "postalCode"]));
        let mut units: BTreeMap<String, i64> = BTreeMap::new();
        for line in lines {
            let variant = &line["variant"];
            let is_shipped = [line, variant].iter().all(|of| {
                field(of, ["is_shipping_required", "isShippingRequired"]) != &Value::Bool(false)
                    && field(of, ["requires_shipping", "requiresShipping"]) != &Value::Bool(false)
            });
            if is_shipped {
                let sku = text(&line["sku"]).or_else(|| text(&variant["sku"])).unwrap_or_default();
                let entry = units.entry(sku).or_default();
                *entry = i64::saturating_add(*entry, line["quantity"].as_i64().unwrap_or(0));
            }
        }
        let channel = &checkout["channel"];
        let money = field(checkout, ["total_price", "totalPrice"]);
        Some(Self {
            currency: text(&checkout["currency"])
                .or_else(|| text(field(channel, ["currency_code", "currencyCode"])))
                .or_else(|| text(&money["gross"]["currency"])),
            channel: text(&channel["slug"]),
            zip: code.filter(|_| is_home).and_then(|code| super::easypost::zip(&code)),
            residential: text(field(address, ["company_name", "companyName"])).is_none(),
            lines: units.into_iter().collect(),
        })
    }
}

/// A way to ship, as a checkout shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SaleorMethod)]
pub struct Method {
    /// The level to order.
    #[schema(example = "standard")]
    id: &'static str,
    /// What the buyer reads.
    #[schema(example = "Standard")]
    name: &'static str,
    /// In the checkout's currency.
    #[schema(example = "10.00")]
    amount: String,
    /// The network's; methods are given for checkouts of this currency only.
    #[schema(example = "USD")]
    currency: &'static str,
    /// Days until it arrives at the latest.
    maximum_delivery_days: i32,
    /// Days until it arrives with one chance of two.
    minimum_delivery_days: i32,
    /// What the buyer reads below it.
    description: String,
    /// Nothing.
    metadata: BTreeMap<String, String>,
}

/// The network's currency.
const CURRENCY: &str = "USD";

/// Whether a checkout is in a currency that methods can be given in.
pub fn is_in_our_currency(checkout: &Checkout) -> bool {
    checkout.currency.as_deref().is_none_or(|currency| currency.eq_ignore_ascii_case(CURRENCY))
}

/// The best option of each level; one that is the best of several levels is named once.
pub fn methods(network: &Network, postal: PostalIx, answer: &Answer, now: Timestamp) -> Vec<Method> {
    let door = network.timetable.door_clock(postal);
    let today = door.day(now);
    let days = |at: Timestamp| (door.day(at).number() - today.number()).max(0);
    let method = |offered: Offered<'_>| {
        let (by, half) = (offered.option.delivers_by, offered.option.forecast.p50);
        let arrives = format!("Arrives by {}", door.day(by).date().strftime("%A, %-d %B"));
        Method {
            id: offered.code,
            name: offered.name,
            amount: offered.option.price.to_decimal(),
            currency: CURRENCY,
            maximum_delivery_days: days(by),
            minimum_delivery_days: days(half).min(days(by)),
            description: described(arrives, offered.option),
            metadata: BTreeMap::new(),
        }
    };
    offered(answer).into_iter().map(method).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_of_a_checkout_say_the_same() {
        let own = json!([{
            "type": "Checkout", "currency": "USD", "channel": { "slug": "web", "currency_code": "USD" },
            "shipping_address": { "company_name": "", "postal_code": "10001-0001", "country": "US" },
            "lines": [{ "sku": "A", "quantity": 2, "variant_id": "x" }, { "sku": "B", "quantity": 1 }, { "sku": "A", "quantity": 1 }],
        }]);
        let subscribed = json!({ "checkout": {
            "channel": { "slug": "web", "currencyCode": "USD" },
            "shippingAddress": { "postalCode": "10001", "country": { "code": "US" } },
            "lines": [
                { "quantity": 3, "variant": { "sku": "A" } }, { "quantity": 1, "variant": { "sku": "B" } },
                { "quantity": 9, "requiresShipping": false, "variant": { "sku": "C" } },
            ],
        } });
        let read = Checkout::read(&own).unwrap();
        assert_eq!(read.lines, [("A".to_owned(), 3), ("B".to_owned(), 1)]);
        assert_eq!((read.zip.as_deref(), read.residential), (Some("10001"), true));
        assert_eq!(Checkout::read(&subscribed), Some(read));
    }

    #[test]
    fn what_cannot_be_shipped_to_has_no_zip() {
        let to = |address: Value| Checkout::read(&json!([{ "shipping_address": address, "lines": [] }])).unwrap().zip;
        assert_eq!(to(json!({ "postal_code": "K1M1M4", "country": "CA" })), None);
        assert_eq!(to(Value::Null), None);
        assert_eq!(Checkout::read(&json!(7)), None);
        assert_eq!(Checkout::read(&json!({ "checkout": {} })), None);
        let pounds = Checkout { currency: Some("GBP".to_owned()), ..Checkout::default() };
        assert!(!is_in_our_currency(&pounds) && is_in_our_currency(&Checkout::default()));
    }
}
