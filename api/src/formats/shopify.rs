//! Shopify's carrier service: the cart that a checkout asks rates for, and the rates.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use engine::calendar::Calendar;
use engine::fault::Fault;
use engine::model::{PostalIx, World};
use engine::quote::Answer;
use engine::units::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checkout::{Offered, described, offered};

/// What a checkout sends; fields that decide nothing are left alone.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ShopifyRequest)]
pub struct Request {
    /// The cart.
    pub rate: Rate,
}

/// A cart and where it goes.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ShopifyRate)]
pub struct Rate {
    /// Where it goes.
    pub destination: Address,
    /// What is in it.
    pub items: Vec<Item>,
}

/// An address.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ShopifyAddress)]
pub struct Address {
    /// ISO 3166 code of two letters.
    #[schema(example = "US")]
    pub country: Option<String>,
    /// Five digits, with or without four more.
    #[schema(example = "10001-1234")]
    pub postal_code: Option<String>,
    /// A business, where there is one.
    pub company_name: Option<String>,
}

/// A line of the cart.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ShopifyItem)]
pub struct Item {
    /// The merchant's id of the goods; size and weight come from the catalogue.
    pub sku: Option<String>,
    /// Units.
    pub quantity: i64,
    /// False for what is not shipped.
    #[serde(default = "yes")]
    pub requires_shipping: bool,
}

fn yes() -> bool {
    true
}

impl Rate {
    /// The lines that ship, each SKU once.
    pub fn lines(&self) -> Lines {
        let mut lines = Lines::default();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (n, item) in self.items.iter().enumerate().filter(|(_, item)| item.requires_shipping) {
            let sku = item.sku.as_deref().unwrap_or_default();
            match known.entry(sku) {
                Entry::Occupied(at) => {
                    let quantity = &mut lines.pairs[*at.get()].1;
                    // A wrong quantity stays wrong.
                    *quantity = match (*quantity).min(item.quantity) {
                        wrong @ ..1 => wrong,
                        _ => quantity.saturating_add(item.quantity),
                    };
                }
                Entry::Vacant(at) => {
                    at.insert(lines.pairs.len());
                    lines.pairs.push((sku.to_owned(), item.quantity));
                    lines.items.push(n);
                }
            }
        }
        lines
    }
}

/// A cart's lines and where they stand in the request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// SKU and units of each.
    pub pairs: Vec<(String, i64)>,
    /// The first item of each.
    items: Vec<usize>,
}

impl Lines {
    /// A fault of `/lines/N` as one of the item that N stands for.
    pub fn place(&self, fault: Fault) -> Fault {
        let line = fault.at.strip_prefix("/lines/").and_then(|n| n.parse::<usize>().ok());
        match line.and_then(|n| self.items.get(n)) {
            Some(item) => Fault { at: format!("/rate/items/{item}"), ..fault },
            None => fault,
        }
    }
}

impl Address {
    /// The five digits, of an address that the network may know.
    pub fn zip(&self) -> Option<&str> {
        let country = self.country.as_deref().unwrap_or("US");
        let code = self.postal_code.as_deref()?.trim();
        if country.eq_ignore_ascii_case("US") { code.split(['-', ' ']).next() } else { None }
    }

    /// A home, as far as one can tell.
    pub fn is_residential(&self) -> bool {
        self.company_name.as_deref().is_none_or(|name| name.trim().is_empty())
    }
}

/// Rates for a checkout; none means that the cart cannot be shipped there.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ShopifyRates)]
pub struct Rates {
    rates: Vec<Offer>,
}

/// A rate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopifyOffer)]
struct Offer {
    /// What the buyer reads.
    #[schema(example = "Standard")]
    service_name: &'static str,
    /// `standard`, `two_day`, `overnight`, `half_day`: the level to order.
    #[schema(example = "standard")]
    service_code: &'static str,
    /// In cents, as a text.
    #[schema(example = "1295")]
    total_price: String,
    /// What the buyer reads below it.
    description: String,
    /// The network's.
    #[schema(example = "USD")]
    currency: &'static str,
    /// When the first shipment arrives at the latest, by the clock of the address.
    #[schema(example = "2025-11-14 20:00:00 -0500")]
    min_delivery_date: String,
    /// When the last one does.
    max_delivery_date: String,
}

impl Rates {
    /// The best option of each level; one that is the best of several levels is named once.
    pub fn of(world: &World, postal: PostalIx, answer: &Answer) -> Self {
        let offer = |Offered { code, name, option }: Offered<'_>| {
            let arrivals = option.shipments.iter().map(|shipment| shipment.planned.delivers_by);
            let first = arrivals.min().unwrap_or(option.delivers_by);
            let arrives = local(world, postal, option.delivers_by, "Arrives by %A, %-d %B, %H:%M");
            Offer {
                service_name: name,
                service_code: code,
                total_price: option.price.get().to_string(),
                description: described(arrives, option),
                currency: "USD",
                min_delivery_date: local(world, postal, first, "%Y-%m-%d %H:%M:%S %z"),
                max_delivery_date: local(world, postal, option.delivers_by, "%Y-%m-%d %H:%M:%S %z"),
            }
        };
        Self { rates: offered(answer).into_iter().map(offer).collect() }
    }
}

/// An instant by the clock of the postal area.
fn local(world: &World, postal: PostalIx, at: Timestamp, format: &str) -> String {
    let zone = Calendar::zone_named(&world.postals[postal].zone_name).unwrap_or(jiff::tz::TimeZone::UTC);
    let at = jiff::Timestamp::from_second(at.unix()).unwrap_or(jiff::Timestamp::MAX);
    at.to_zoned(zone).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Rate {
        serde_json::from_str::<Request>(text).unwrap().rate
    }

    #[test]
    fn lines_are_those_that_ship_added_up() {
        let rate = request(
            r#"{"rate":{"destination":{"country":"us","postal_code":" 10001-1234 ","company_name":null,"fax":null},
            "items":[{"sku":"A","quantity":1,"grams":5},{"sku":"B","quantity":2,"requires_shipping":false},
            {"sku":"A","quantity":2,"requires_shipping":true},{"sku":null,"quantity":1}],"currency":"USD"}}"#,
        );
        let lines = rate.lines();
        assert_eq!(lines.pairs, [("A".to_owned(), 3), (String::new(), 1)]);
        let placed = |at: &str| lines.place(Fault::new(at, "sku", "", "must be known")).at;
        assert_eq!(["/lines/1", "/lines/7", ""].map(placed), ["/rate/items/3", "/lines/7", ""]);
        assert_eq!((rate.destination.zip(), rate.destination.is_residential()), (Some("10001"), true));
    }

    #[test]
    fn other_countries_have_no_zip_code() {
        let to = |country: &str, code: &str, company: &str| {
            request(&format!(
                r#"{{"rate":{{"destination":{{"country":{country},"postal_code":{code},"company_name":{company}}},"items":[]}}}}"#
            ))
            .destination
        };
        assert_eq!(to("\"CA\"", "\"K1M1M4\"", "null").zip(), None);
        assert_eq!(to("null", "\"10001\"", "\"Acme\"").zip(), Some("10001"));
        assert_eq!(to("\"US\"", "null", "null").zip(), None);
        assert!(!to("\"US\"", "null", "\"Acme\"").is_residential() && to("\"US\"", "null", "\" \"").is_residential());
    }
}
