//! EasyPost's API v2, as far as rates and times in transit go: what its clients send, and the objects that they read.
//!
//! Weights are in ounces and lengths in inches, money is text in dollars (numbers in SmartRate's answers). Addresses, customs and options
//! that decide nothing are told back as they came.

use engine::fault::Fault;
use engine::model::World;
use engine::quote::{PERCENTILES, ParcelRate};
use engine::units::{Cents, Grams, Size, Timestamp};
use serde_json::{Map, Value, json};

/// What is said of a field that is not there.
pub const BLANK: &str = "cannot be blank";

const GRAMS_AN_OUNCE: f64 = 28.349_523_125;
const MM_AN_INCH: f64 = 25.4;
/// A parcel of which no size is told is taken to be this long, wide and high.
const UNTOLD_MM: i64 = 25;
/// No parcel is longer or heavier.
const MOST_INCHES: f64 = 400.0;
const MOST_OUNCES: f64 = 200_000.0;

/// An address as it came, with what decides about rates.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// As it came.
    pub told: Map<String, Value>,
    /// Five digits.
    pub zip: String,
    /// A home, as far as one can tell.
    pub residential: bool,
}

/// A parcel as it came, in our units.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// As it came.
    pub told: Map<String, Value>,
    /// Outer size.
    pub size: Size,
    /// Weight.
    pub gross: Grams,
}

/// A shipment to be rated.
#[derive(Clone, Debug, PartialEq)]
pub struct Shipment {
    /// From there.
    pub from: Address,
    /// To there.
    pub to: Address,
    /// One parcel.
    pub parcel: Parcel,
    /// The rest of what was sent.
    pub told: Map<String, Value>,
}

/// An order: shipments of one parcel each between the same addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// From there.
    pub from: Address,
    /// To there.
    pub to: Address,
    /// Its parcels.
    pub parcels: Vec<Parcel>,
    /// The rest of what was sent.
    pub told: Map<String, Value>,
}

/// A number, also as text.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite())
}

fn is_blank(value: Option<&Value>) -> bool {
    value.is_none_or(|value| match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    })
}

/// The object under `field`, or a fault.
fn object<'v>(of: &'v Map<String, Value>, field: &str, faults: &mut Vec<Fault>) -> Option<&'v Map<String, Value>> {
    let value = of.get(field);
    let found = value.and_then(Value::as_object).filter(|found| !found.is_empty());
    if found.is_none() {
        let rule = if is_blank(value) { BLANK } else { "must be an object" };
        faults.push(Fault::new("", field, "", rule));
    }
    found
}

/// Five digits of a postal code of the United States.
pub fn zip(text: &str) -> Option<String> {
    let code = text.trim().split(['-', ' ']).next().unwrap_or("");
    (code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit())).then(|| code.to_owned())
}

/// Bytes of an object that is told back.
const MOST_TOLD: usize = 4_096;

/// Whether an object is short enough to be told back, or a fault.
fn is_short(told: &Map<String, Value>, field: &str, faults: &mut Vec<Fault>) -> bool {
    // The longest text in it decides nearly always; what is nested is weighed whole.
    let bytes = |value: &Value| value.as_str().map_or_else(|| value.to_string().len(), str::len);
    let bytes: usize = told.iter().map(|(name, value)| name.len() + bytes(value)).sum();
    if bytes > MOST_TOLD {
        faults.push(Fault::new(format!("/{field}"), field, bytes, format!("must have at most {MOST_TOLD} bytes")));
    }
    bytes <= MOST_TOLD
}

fn address(of: &Map<String, Value>, field: &str, faults: &mut Vec<Fault>) -> Option<Address> {
    let told = object(of, field, faults)?;
    if !is_short(told, field, faults) {
        return None;
    }
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or("");
    if told.contains_key("id") && !told.contains_key("zip") {
        faults.push(Fault::new(
            format!("/{field}"),
            field,
            text("id"),
            "must be given in full: addresses are not kept here",
        ));
        return None;
    }
    let country = text("country");
    if !(country.is_empty() || country.eq_ignore_ascii_case("US")) {
        faults.push(Fault::new(format!("/{field}"), format!("{field}.country"), country, "must be US"));
        return None;
    }
    let found = zip(text("zip"));
    if found.is_none() {
        let rule = if is_blank(told.get("zip")) { BLANK } else { "must be a postal code of five digits" };
        faults.push(Fault::new(format!("/{field}"), format!("{field}.zip"), text("zip"), rule));
    }
    let is_told = told.get("residential").and_then(Value::as_bool);
    let residential = is_told.unwrap_or_else(|| text("company").trim().is_empty());
    Some(Address { told: told.clone(), zip: found?, residential })
}

fn parcel(told: &Map<String, Value>, place: &str, faults: &mut Vec<Fault>) -> Option<Parcel> {
    if !is_short(told, place.trim_start_matches('/'), faults) {
        return None;
    }
    let mut measured = |field: &str, most: f64, needed: bool| {
        let value = told.get(field);
        if is_blank(value) {
            if needed {
                faults.push(Fault::new(place, format!("parcel.{field}"), "", BLANK));
            }
            return None;
        }
        let found = value.and_then(number).filter(|number| *number > 0.0 && *number <= most);
        if found.is_none() {
            let shown = value.map(ToString::to_string).unwrap_or_default();
            faults.push(Fault::new(place, format!("parcel.{field}"), shown, format!("must be above 0, to {most}")));
        }
        found
    };
    let weight = measured("weight", MOST_OUNCES, true);
    let edges = ["length", "width", "height"].map(|field| measured(field, MOST_INCHES, false));
    let mm = |edge: Option<f64>| edge.map_or(UNTOLD_MM, |inches| (inches * MM_AN_INCH).ceil() as i64);
    let [length, width, height] = edges.map(mm);
    let gross = Grams::new((weight? * GRAMS_AN_OUNCE).ceil() as i64);
    Some(Parcel { told: told.clone(), size: Size::new(length, width, height), gross })
}

/// What stands under `name` in a body; what of it is told back must be short.
fn wrapped(body: &Value, name: &str) -> Result<Map<String, Value>, Vec<Fault>> {
    let found = body.get(name).and_then(Value::as_object).filter(|found| !found.is_empty());
    let found = found.cloned().ok_or_else(|| vec![Fault::new("", name, "", BLANK)])?;
    let mut faults = Vec::new();
    for field in ["options", "customs_info"] {
        found.get(field).and_then(Value::as_object).map(|told| is_short(told, field, &mut faults));
    }
    if let Some(reference) = found.get("reference").map(ToString::to_string).filter(|text| text.len() > 256) {
        faults.push(Fault::new("", "reference", reference.len(), "must have at most 254 bytes"));
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

/// The shipment in `{"shipment":{..}}`, or every fault.
pub fn shipment(body: &Value) -> Result<Shipment, Vec<Fault>> {
    let told = wrapped(body, "shipment")?;
    let mut faults = Vec::new();
    let (from, to) = (address(&told, "from_address", &mut faults), address(&told, "to_address", &mut faults));
    let parcel = object(&told, "parcel", &mut faults).cloned().and_then(|of| parcel(&of, "/parcel", &mut faults));
    match (from, to, parcel) {
        (Some(from), Some(to), Some(parcel)) if faults.is_empty() => Ok(Shipment { from, to, parcel, told }),
        _ => Err(faults),
    }
}

/// Shipments of one order, at most.
const MOST_SHIPMENTS: usize = 50;

/// The order in `{"order":{..}}`, or every fault.
pub fn order(body: &Value) -> Result<Order, Vec<Fault>> {
    let told = wrapped(body, "order")?;
    let mut faults = Vec::new();
    let (from, to) = (address(&told, "from_address", &mut faults), address(&told, "to_address", &mut faults));
    let shipments = told.get("shipments").and_then(Value::as_array).cloned().unwrap_or_default();
    if shipments.is_empty() || shipments.len() > MOST_SHIPMENTS {
        let rule = if shipments.is_empty() { BLANK.to_owned() } else { format!("may be {MOST_SHIPMENTS} at most") };
        faults.push(Fault::new("", "shipments", shipments.len(), rule));
    }
    let mut parcels = Vec::new();
    for (n, shipment) in shipments.iter().enumerate() {
        match shipment.get("parcel").and_then(Value::as_object) {
            Some(of) => parcels.extend(parcel(of, &format!("/shipments/{n}/parcel"), &mut faults)),
            None => faults.push(Fault::new(format!("/shipments/{n}"), "parcel", "", BLANK)),
        }
    }
    match (from, to) {
        (Some(from), Some(to)) if faults.is_empty() => Ok(Order { from, to, parcels, told }),
        _ => Err(faults),
    }
}

/// A new id: `shp_` and 32 hexadecimal digits.
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", uuid::Uuid::now_v7().simple())
}

/// An id that follows from a name: the account of a carrier.
fn id_of(prefix: &str, name: &str) -> String {
    format!("{prefix}_{}", &blake3::hash(name.as_bytes()).to_hex()[..32])
}

fn as_number(cents: Cents) -> f64 {
    cents.get() as f64 / 100.0
}

/// A rate object; without ids where nothing is kept.
pub fn rate(world: &World, rate: &ParcelRate, now: Timestamp, kept: Option<(&str, &str)>) -> Value {
    let service = &world.services[rate.service];
    let carrier = &world.carriers[service.carrier];
    let days = rate.days_promised();
    let mut told = json!({
        "object": "Rate", "mode": "production", "service": service.id.as_str(), "carrier": carrier.name,
        "rate": rate.cost.to_decimal(), "currency": "USD",
        "retail_rate": rate.list.max(rate.cost).to_decimal(), "retail_currency": "USD",
        "list_rate": rate.list.to_decimal(), "list_currency": "USD",
        "billing_type": "carrier", "delivery_days": days, "delivery_date": rate.delivers_by.to_string(),
        "delivery_date_guaranteed": false, "est_delivery_days": days,
        "carrier_account_id": id_of("ca", carrier.id.as_str()),
    });
    if let (Some((id, shipment)), Some(told)) = (kept, told.as_object_mut()) {
        told.insert("id".to_owned(), json!(id));
        told.insert("shipment_id".to_owned(), json!(shipment));
        told.insert("created_at".to_owned(), json!(now.to_string()));
        told.insert("updated_at".to_owned(), json!(now.to_string()));
    }
    told
}

/// Days in transit by percentile.
pub fn percentiles(rate: &ParcelRate) -> Value {
    let pairs = PERCENTILES.iter().zip(rate.days).map(|(percent, days)| (format!("percentile_{percent}"), json!(days)));
    Value::Object(pairs.collect())
}

/// A rate object with its money as numbers, as SmartRate tells it.
pub fn smart(told: &Value, rate: &ParcelRate) -> Value {
    let mut told = told.clone();
    if let Some(told) = told.as_object_mut() {
        told.remove("billing_type");
        told.insert("rate".to_owned(), json!(as_number(rate.cost)));
        told.insert("list_rate".to_owned(), json!(as_number(rate.list)));
        told.insert("retail_rate".to_owned(), json!(as_number(rate.list.max(rate.cost))));
    }
    told
}

/// An address object.
pub fn address_object(address: &Address, now: Timestamp) -> Value {
    let field = |name: &str| address.told.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "id": new_id("adr"), "object": "Address", "created_at": now.to_string(), "updated_at": now.to_string(),
        "name": field("name"), "company": field("company"), "street1": field("street1"), "street2": field("street2"),
        "city": field("city"), "state": field("state"), "zip": field("zip"),
        "country": address.told.get("country").cloned().unwrap_or_else(|| json!("US")),
        "phone": field("phone"), "email": field("email"), "mode": "production", "carrier_facility": null,
        "residential": field("residential"), "federal_tax_id": null, "state_tax_id": null, "verifications": {},
    })
}

/// A parcel object.
pub fn parcel_object(parcel: &Parcel, now: Timestamp) -> Value {
    let measured = |name: &str| parcel.told.get(name).and_then(number).map_or(Value::Null, |number| json!(number));
    json!({
        "id": new_id("prcl"), "object": "Parcel", "created_at": now.to_string(), "updated_at": now.to_string(),
        "length": measured("length"), "width": measured("width"), "height": measured("height"),
        "predefined_package": parcel.told.get("predefined_package").cloned().unwrap_or(Value::Null),
        "weight": measured("weight"), "mode": "production",
    })
}

/// Options with what is always among them.
pub fn options(told: &Map<String, Value>) -> Value {
    let mut options = told.get("options").and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, value) in
        [("currency", json!("USD")), ("payment", json!({ "type": "SENDER" })), ("date_advance", json!(0))]
    {
        options.entry(name).or_insert(value);
    }
    Value::Object(options)
}

/// Customs as they came, with the ids that such objects have.
fn customs(told: &Map<String, Value>, now: Timestamp) -> Value {
    let Some(mut info) = told.get("customs_info").and_then(Value::as_object).cloned() else { return Value::Null };
    let made = |of: &mut Map<String, Value>, object: &str, prefix: &str| {
        for (name, value) in [
            ("id", json!(new_id(prefix))),
            ("object", json!(object)),
            ("created_at", json!(now.to_string())),
            ("updated_at", json!(now.to_string())),
            ("mode", json!("production")),
        ] {
            of.entry(name).or_insert(value);
        }
    };
    made(&mut info, "CustomsInfo", "cstinfo");
    for name in ["restriction_comments", "declaration"] {
        info.entry(name).or_insert(Value::Null);
    }
    for item in info.get_mut("customs_items").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(item) = item.as_object_mut() {
            made(item, "CustomsItem", "cstitem");
            for name in ["code", "manufacturer", "currency", "eccn", "printed_commodity_identifier"] {
                item.entry(name).or_insert(Value::Null);
            }
            // Values are told back as text, like other money.
            if let Some(value) = item.get("value").and_then(Value::as_f64) {
                item.insert("value".to_owned(), json!(format!("{value:.2}")));
            }
        }
    }
    Value::Object(info)
}

/// A shipment object.
pub fn shipment_object(
    id: &str,
    shipment: &Shipment,
    order: Option<&str>,
    (rates, messages): (Vec<Value>, Vec<Value>),
    now: Timestamp,
) -> Value {
    let told = |name: &str| shipment.told.get(name).cloned().unwrap_or(Value::Null);
    let (from, to) = (address_object(&shipment.from, now), address_object(&shipment.to, now));
    json!({
        "id": id, "object": "Shipment", "created_at": now.to_string(), "updated_at": now.to_string(), "is_return": false,
        "messages": messages, "mode": "production", "options": options(&shipment.told), "reference": told("reference"),
        "status": "unknown", "tracking_code": null, "batch_id": null, "batch_status": null, "batch_message": null,
        "customs_info": customs(&shipment.told, now), "from_address": from, "to_address": to, "return_address": from,
        "buyer_address": to, "insurance": null, "order_id": order, "parcel": parcel_object(&shipment.parcel, now),
        "postage_label": null, "rates": rates, "refund_status": null, "scan_form": null, "selected_rate": null,
        "tracker": null, "usps_zone": null, "forms": [], "fees": [],
    })
}

/// An order object.
pub fn order_object(
    id: &str,
    order: &Order,
    shipments: Vec<Value>,
    (rates, messages): (Vec<Value>, Vec<Value>),
    now: Timestamp,
) -> Value {
    let (from, to) = (address_object(&order.from, now), address_object(&order.to, now));
    json!({
        "id": id, "object": "Order", "mode": "production", "is_return": false,
        "reference": order.told.get("reference").cloned().unwrap_or_else(|| json!("")),
        "options": options(&order.told), "messages": messages, "created_at": now.to_string(), "updated_at": now.to_string(),
        "customs_info": customs(&order.told, now), "from_address": from, "to_address": to, "buyer_address": to,
        "return_address": from, "shipments": shipments, "rates": rates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(body: &Value) -> Vec<String> {
        let found = shipment(body).map(|_| ()).unwrap_err();
        found.iter().map(|fault| format!("{}: {}", fault.field, fault.rule)).collect()
    }

    fn whole() -> Value {
        json!({ "shipment": {
            "from_address": { "zip": "94107", "country": "US" }, "to_address": { "zip": "90277-1234", "company": "Acme" },
            "parcel": { "length": 10, "width": "8", "height": 4, "weight": 15.4 },
        } })
    }

    #[test]
    fn a_shipment_is_read_in_ounces_and_inches() {
        let read = shipment(&whole()).unwrap();
        assert_eq!((read.to.zip.as_str(), read.to.residential, read.from.residential), ("90277", false, true));
        assert_eq!((read.parcel.size, read.parcel.gross), (Size::new(254, 204, 102), Grams::new(437)));
        let mut light = whole();
        light["shipment"]["parcel"] = json!({ "weight": 10.2 });
        assert_eq!(shipment(&light).unwrap().parcel.size, Size::new(25, 25, 25));
    }

    #[test]
    fn what_is_wrong_is_told_at_once() {
        assert_eq!(faults(&json!({ "shipment": {} })), ["shipment: cannot be blank"]);
        assert_eq!(faults(&json!({})), ["shipment: cannot be blank"]);
        let mut body = whole();
        body["shipment"]["from_address"] = json!({ "id": "adr_1" });
        body["shipment"]["to_address"]["zip"] = json!("9027");
        body["shipment"]["parcel"] = json!({ "length": -1, "weight": "" });
        let expected = [
            "from_address: must be given in full: addresses are not kept here",
            "to_address.zip: must be a postal code of five digits",
            "parcel.weight: cannot be blank",
            "parcel.length: must be above 0, to 400",
        ];
        assert_eq!(faults(&body), expected);
        body["shipment"]["to_address"] = json!({ "zip": "K1M1M4", "country": "CA" });
        assert_eq!(faults(&body)[1], "to_address.country: must be US");
    }

    #[test]
    fn orders_have_parcels_of_their_own() {
        let body = json!({ "order": {
            "from_address": { "zip": "94107" }, "to_address": { "zip": "90277" },
            "shipments": [{ "parcel": { "weight": 10.2 } }, { "parcel": { "weight": 17.5 } }],
        } });
        assert_eq!(order(&body).unwrap().parcels.len(), 2);
        let bad = json!({ "order": { "from_address": { "zip": "94107" }, "shipments": [{}] } });
        let found: Vec<String> = order(&bad).unwrap_err().into_iter().map(|fault| fault.field).collect();
        assert_eq!(found, ["to_address", "parcel"]);
    }
}
