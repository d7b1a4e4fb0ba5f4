//! Karrio's proxy for rates: parcels in, the rates of every service out, charge by charge.

use engine::fault::Fault;
use engine::model::World;
use engine::quote::{ParcelRate, ParcelRates};
use engine::units::{Cents, Grams, Size};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What a client sends; fields that decide nothing are left alone.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = KarrioRequest)]
pub struct Request {
    /// From there.
    pub shipper: Address,
    /// To there.
    pub recipient: Address,
    /// What is sent: one shipment.
    pub parcels: Vec<Parcel>,
    /// Services asked for; all if left out or empty.
    #[serde(default)]
    pub services: Option<Vec<String>>,
    /// Carriers asked for; all if left out or empty.
    #[serde(default)]
    pub carrier_ids: Option<Vec<String>>,
}

/// An address.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = KarrioAddress)]
pub struct Address {
    /// Five digits, with or without four more.
    #[schema(example = "10001")]
    pub postal_code: Option<String>,
    /// ISO 3166 code of two letters.
    #[schema(example = "US")]
    pub country_code: Option<String>,
    /// A home; where it is left out, an address without a company.
    #[serde(default)]
    pub residential: Option<bool>,
    /// A business.
    #[serde(default)]
    pub company_name: Option<String>,
}

impl Address {
    /// A home, as far as one can tell.
    pub fn is_residential(&self) -> bool {
        self.residential.unwrap_or_else(|| self.company_name.as_deref().is_none_or(|name| name.trim().is_empty()))
    }

    /// The five digits, or a fault.
    pub fn zip(&self, place: &str, faults: &mut Vec<Fault>) -> Option<String> {
        let country = self.country_code.as_deref().unwrap_or("US");
        if !country.eq_ignore_ascii_case("US") {
            faults.push(Fault::new(place, "country_code", country, "must be US"));
            return None;
        }
        let code = self.postal_code.as_deref().unwrap_or("");
        let zip = super::easypost::zip(code);
        if zip.is_none() {
            faults.push(Fault::new(place, "postal_code", code, "must be a postal code of five digits"));
        }
        zip
    }
}

/// A parcel.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = KarrioParcel)]
pub struct Parcel {
    /// How heavy.
    pub weight: f64,
    /// `KG`, `LB`, `OZ` or `G`.
    pub weight_unit: Option<String>,
    /// Outer edges; a parcel without them counts as small.
    pub length: Option<f64>,
    /// The second.
    pub width: Option<f64>,
    /// The third.
    pub height: Option<f64>,
    /// `CM` or `IN`.
    pub dimension_unit: Option<String>,
}

/// Parcels of one shipment, at most.
const MOST_PARCELS: usize = 100;
/// A parcel of which no size is told is taken to be this long, wide and high.
const UNTOLD_MM: i64 = 25;
const MOST_MM: f64 = 10_000.0;
const MOST_GRAMS: f64 = 5_000_000.0;

impl Request {
    /// Outer sizes and weights.
    pub fn sizes(&self, faults: &mut Vec<Fault>) -> Vec<(Size, Grams)> {
        if !(1..=MOST_PARCELS).contains(&self.parcels.len()) {
            faults.push(Fault::new("", "parcels", self.parcels.len(), format!("must be 1 to {MOST_PARCELS}")));
        }
        self.parcels
            .iter()
            .enumerate()
            .filter_map(|(n, parcel)| parcel.size(&format!("/parcels/{n}"), faults))
            .collect()
    }

    /// Whether a service is asked for: by its id, and its carrier by id or name.
    pub fn asks_for(&self, world: &World, service: engine::model::ServiceIx) -> bool {
        let names = |wanted: &Option<Vec<String>>, known: &[&str]| {
            let wanted = wanted.as_deref().unwrap_or(&[]);
            wanted.is_empty() || wanted.iter().any(|name| known.iter().any(|known| known.eq_ignore_ascii_case(name)))
        };
        let product = &world.services[service];
        let carrier = &world.carriers[product.carrier];
        names(&self.services, &[product.id.as_str()])
            && names(&self.carrier_ids, &[carrier.id.as_str(), carrier.name.as_str()])
    }
}

impl Parcel {
    fn size(&self, place: &str, faults: &mut Vec<Fault>) -> Option<(Size, Grams)> {
        let before = faults.len();
        let unit = |field: &str, told: &Option<String>, usual: &str, known: &[(&str, f64)], faults: &mut Vec<Fault>| {
            let name = told.as_deref().unwrap_or(usual);
            let found = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, factor)| *factor);
            if found.is_none() {
                let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                faults.push(Fault::new(place, field, name, format!("must be {}", names.join(", "))));
            }
            found.unwrap_or(1.0)
        };
        let weights = [("KG", 1_000.0), ("LB", 453.592_37), ("OZ", 28.349_523_125), ("G", 1.0)];
        let grams = self.weight * unit("weight_unit", &self.weight_unit, "LB", &weights, faults);
        if !(grams > 0.0 && grams <= MOST_GRAMS) {
            faults.push(Fault::new(place, "weight", self.weight, "must be above 0, to 5,000 kg"));
        }
        let mm = unit("dimension_unit", &self.dimension_unit, "IN", &[("CM", 10.0), ("IN", 25.4)], faults);
        let mut edge = |field: &str, edge: Option<f64>| {
            let Some(told) = edge else { return UNTOLD_MM };
            if !(told > 0.0 && told * mm <= MOST_MM) {
                faults.push(Fault::new(place, field, told, "must be above 0, to 10 m"));
            }
            (told * mm).ceil() as i64
        };
        let edges = [edge("length", self.length), edge("width", self.width), edge("height", self.height)];
        (faults.len() == before).then(|| (Size::new(edges[0], edges[1], edges[2]), Grams::new(grams.ceil() as i64)))
    }
}

fn dollars(cents: Cents) -> f64 {
    cents.get() as f64 / 100.0
}

/// Unknown carriers that are told, at most.
const UNKNOWN_TOLD: usize = 20;

/// The answer with its status: 200, 207 where carriers asked for by name give no rate, 424 where nobody does.
pub fn answer(world: &World, request: &Request, found: &ParcelRates) -> (u16, Value) {
    let asked: Vec<&ParcelRate> = found.rates.iter().filter(|rate| request.asks_for(world, rate.service)).collect();
    let by_name = request.carrier_ids.as_ref().is_some_and(|ids| !ids.is_empty());
    let has_rate = |carrier| asked.iter().any(|rate| world.services[rate.service].carrier == carrier);
    let silent = found.refused.iter().filter(|refused| {
        request.asks_for(world, refused.service) && !has_rate(world.services[refused.service].carrier)
    });
    let messages: Vec<Value> = silent
        .filter(|_| by_name || asked.is_empty())
        .map(|refused| {
            let product = &world.services[refused.service];
            let carrier = &world.carriers[product.carrier];
            json!({
                "code": "no_rate", "message": refused.reason.to_string(), "carrier_name": carrier.id.as_str(),
                "carrier_id": carrier.id.as_str(), "details": { "service": product.id.as_str() },
            })
        })
        .collect();
    let ids = request.carrier_ids.as_deref().unwrap_or(&[]);
    let is_known = |id: &&String| {
        world
            .carriers
            .iter()
            .any(|carrier| carrier.id.as_str().eq_ignore_ascii_case(id) || carrier.name.eq_ignore_ascii_case(id))
    };
    let unknown: std::collections::BTreeSet<&String> = ids.iter().filter(|id| !is_known(id)).collect();
    let unknown = unknown.into_iter().take(UNKNOWN_TOLD).map(|id| {
        let message = "the network has no such carrier";
        json!({ "code": "unknown_carrier", "message": message, "carrier_name": id, "carrier_id": id, "details": {} })
    });
    let messages: Vec<Value> = messages.into_iter().chain(unknown).collect();
    let status = match (asked.is_empty(), messages.is_empty()) {
        (true, false) => 424,
        (false, false) => 207,
        (_, true) => 200,
    };
    let rates: Vec<Value> = asked.into_iter().map(|rate| rate_object(world, rate)).collect();
    (status, json!({ "messages": messages, "rates": rates }))
}

fn rate_object(world: &World, rate: &ParcelRate) -> Value {
    let product = &world.services[rate.service];
    let carrier = &world.carriers[product.carrier];
    let charge = |charge: &engine::rating::Charge| json!({ "name": charge.label, "amount": dollars(charge.amount), "currency": "USD", "id": charge.rule });
    json!({
        "id": super::easypost::new_id("rat"), "object_type": "rate", "carrier_name": carrier.id.as_str(),
        "carrier_id": carrier.id.as_str(), "currency": "USD", "service": product.id.as_str(),
        "total_charge": dollars(rate.cost), "transit_days": rate.days_promised(),
        "extra_charges": rate.charges.iter().map(charge).collect::<Vec<_>>(),
        "estimated_delivery": rate.delivers_on.to_string(),
        "meta": {
            "service_name": product.name, "shipping_charges": dollars(rate.cost), "shipping_currency": "USD",
            "ext": "tidewater", "carrier": carrier.id.as_str(), "rate_provider": "tidewater", "carrier_connection_id": carrier.id.as_str(),
        },
        "test_mode": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_told() {
        let parcel = |text: &str| serde_json::from_str::<Parcel>(text).unwrap();
        let size = |text: &str| {
            let mut faults = Vec::new();
            let size = parcel(text).size("/parcels/0", &mut faults);
            size.ok_or_else(|| faults.into_iter().map(|fault| fault.field).collect::<Vec<_>>())
        };
        let metric = r#"{"weight":1.2,"weight_unit":"KG","length":20,"width":15,"height":10.05,"dimension_unit":"cm"}"#;
        assert_eq!(size(metric), Ok((Size::new(200, 150, 101), Grams::new(1_200))));
        assert_eq!(size(r#"{"weight":16,"weight_unit":"OZ"}"#), Ok((Size::new(25, 25, 25), Grams::new(454))));
        assert_eq!(size(r#"{"weight":1,"length":1}"#), Ok((Size::new(26, 25, 25), Grams::new(454))));
        let wrong = r#"{"weight":0,"weight_unit":"stone","length":-1,"dimension_unit":"ell"}"#;
        assert_eq!(size(wrong).unwrap_err(), ["weight_unit", "weight", "dimension_unit", "length"]);
    }
}
