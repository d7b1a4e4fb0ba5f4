//! Faces of other services: EasyPost, Karrio and Saleor, asked as their clients ask and answered in their shapes.
//!
//! `shapes/faces.json` has for each call the status and the type of every field that the service itself answers with; null stands for any. The
//! unmodified clients are driven by `tests/clients/run`.

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::service::{Answer, Service, Who};
use crate::shop::{order, text};

/// Monday, midnight in Chicago.
const NOW: &str = "2025-11-10T06:00:00Z";

fn shapes() -> Value {
    serde_json::from_str(include_str!("shapes/faces.json")).expect("shapes")
}

/// Fields of `found` that are missing or of another type.
fn differences(shape: &Value, found: &Value, at: &str, differ: &mut Vec<String>) {
    match (shape, found) {
        // Null in either is any: what is not known is null there, what has no meaning here.
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(fields), Value::Object(have)) => {
            for (name, shape) in fields {
                match have.get(name) {
                    Some(value) => differences(shape, value, &format!("{at}.{name}"), differ),
                    None => differ.push(format!("{at}.{name} is missing")),
                }
            }
        }
        (Value::Array(shape), Value::Array(have)) => {
            for (n, value) in have.iter().enumerate() {
                if let Some(shape) = shape.first() {
                    differences(shape, value, &format!("{at}[{n}]"), differ);
                }
            }
        }
        (Value::String(kind), value) => {
            let is = match value {
                Value::String(_) => "string",
                Value::Number(_) => "number",
                Value::Bool(_) => "boolean",
                _ => "other",
            };
            if is != kind {
                differ.push(format!("{at} is {value}, a {kind} is expected"));
            }
        }
        (shape, value) => differ.push(format!("{at} is {value}, {shape} is expected")),
    }
}

/// The body of an answer that has the status and the shape of a call.
#[track_caller]
fn shaped(call: &str, answer: &Answer) -> Value {
    let shapes = shapes();
    let shape = &shapes[call];
    let status = u16::try_from(shape["status"].as_u64().expect("a status")).expect("a status");
    let body = answer.json(status);
    let mut differ = Vec::new();
    differences(&shape["answer"], &body, call, &mut differ);
    assert!(differ.is_empty(), "{differ:#?}\n{body}");
    body
}

fn address(zip: &str) -> Value {
    json!({ "name": "Ada Fern", "street1": "1 Main St", "street2": "Apt 2", "city": "Town", "state": "IL", "zip": zip,
        "country": "US", "email": "ada@example.com", "phone": "5555550100" })
}

fn parcel() -> Value {
    json!({ "length": 10, "width": 8, "height": 4, "weight": 15.4 })
}

fn shipment() -> Value {
    json!({ "shipment": {
        "from_address": address("10101"), "to_address": address("10208"), "parcel": parcel(), "reference": "123",
        "options": { "label_format": "PNG" },
        "customs_info": {
            "contents_explanation": "", "contents_type": "merchandise", "customs_certify": true, "customs_signer": "Ada Fern",
            "eel_pfc": "NOEEI 30.37(a)", "non_delivery_option": "return", "restriction_comments": null, "restriction_type": "none",
            "declaration": null,
            "customs_items": [{
                "description": "shirts", "quantity": 2, "weight": 11, "value": "23.25", "hs_tariff_number": "610910",
                "origin_country": "US", "code": null, "manufacturer": null, "currency": null, "eccn": null,
                "printed_commodity_identifier": null,
            }],
        },
    } })
}

#[tokio::test]
async fn an_easypost_client_gets_rates_and_times_in_transit() {
    let service = Service::at(NOW).await;
    let made = shaped("shipment", &service.post(Who::Fernshop, "/v2/shipments", &shipment()).await);
    let rates = made["rates"].as_array().expect("rates");
    assert!(rates.len() >= 2, "{made}");
    assert_eq!((&made["reference"], &made["options"]["label_format"]), (&json!("123"), &json!("PNG")));
    // Own vans do not go there, and say so.
    let messages = made["messages"].as_array().expect("messages");
    assert!(messages.iter().any(|message| text(&message["message"]).starts_with("north-halfday: ")), "{messages:?}");
    let path = format!("/v2/shipments/{}", text(&made["id"]));
    assert_eq!(service.get(Who::Fernshop, &path).await.json(200), made);
    let rate = shaped("rate", &service.get(Who::Fernshop, &format!("/v2/rates/{}", text(&rates[0]["id"]))).await);
    assert_eq!(rate, rates[0]);

    let smart = shaped("smartrate", &service.get(Who::Fernshop, &format!("{path}/smartrate")).await);
    for (smart, plain) in smart["result"].as_array().expect("rates").iter().zip(rates) {
        assert_eq!(format!("{:.2}", smart["rate"].as_f64().expect("a number")), text(&plain["rate"]));
        let days = |percent: u32| smart["time_in_transit"][format!("percentile_{percent}")].as_i64().expect("days");
        assert!(days(50) <= days(75) && days(75) <= days(90) && days(90) <= days(99) && days(99) > 0);
        // Published: 97 and 99 of a hundred come by the day promised.
        assert!(days(95) <= plain["delivery_days"].as_i64().expect("days"), "{smart} {plain}");
    }
    // Shipped on Friday, half have arrived after the weekend or on Saturday.
    let query = format!("{path}/smartrate/delivery_date?planned_ship_date=2025-11-14");
    let friday = shaped("delivery_date", &service.get(Who::Fernshop, &query).await);
    for rate in friday["rates"].as_array().expect("rates") {
        let transit = &rate["easypost_time_in_transit_data"];
        assert!(text(&transit["easypost_estimated_delivery_date"]) >= "2025-11-15", "{rate}");
        assert_eq!(transit["planned_ship_date"], "2025-11-14");
    }
    let query = format!("{path}/smartrate/precision_shipping?desired_delivery_date=2025-11-20");
    let wanted = shaped("precision_shipping", &service.get(Who::Fernshop, &query).await);
    for rate in wanted["rates"].as_array().expect("rates") {
        let transit = &rate["easypost_time_in_transit_data"];
        assert!(text(&transit["ship_on_date"]) < "2025-11-20", "{rate}");
        assert!(transit["delivery_date_confidence"].as_f64().expect("a chance") >= 0.9, "{rate}");
    }
    // What cannot arrive in time has the best chance there is.
    let query = format!("{path}/smartrate/precision_shipping?desired_delivery_date=2025-11-10");
    let late = service.get(Who::Fernshop, &query).await.json(200);
    assert!(late["rates"].as_array().expect("rates").iter().all(|rate| {
        let transit = &rate["easypost_time_in_transit_data"];
        transit["ship_on_date"] == "2025-11-10" && transit["delivery_date_confidence"].as_f64() < Some(0.5)
    }));

    let again = service.send(service.request(Who::Fernshop, &format!("POST {path}/rerate"))).await;
    let again = shaped("rerate", &again);
    assert_ne!(again["rates"][0]["id"], rates[0]["id"]);
    assert_eq!(again["rates"][0]["rate"], rates[0]["rate"]);
    assert_eq!(service.get(Who::Fernshop, &path).await.json(200)["rates"], again["rates"]);
    // A rate given before stays known.
    service.get(Who::Fernshop, &format!("/v2/rates/{}", text(&rates[0]["id"]))).await.json(200);
}

#[tokio::test]
async fn easypost_orders_stateless_rates_and_dates_between_zips() {
    let service = Service::at(NOW).await;
    let order = json!({ "order": {
        "from_address": address("10101"), "to_address": address("10208"),
        "shipments": [{ "parcel": { "weight": 10.2 } }, { "parcel": { "weight": 17.5 } }],
    } });
    let made = shaped("order", &service.post(Who::Fernshop, "/v2/orders", &order).await);
    let cents = |rate: &Value| (text(&rate["rate"]).parse::<f64>().expect("dollars") * 100.0).round() as i64;
    let of = |rates: &Value, service: &Value| {
        let rates = rates.as_array().expect("rates").iter();
        rates.filter(|rate| rate["service"] == *service).map(cents).sum::<i64>()
    };
    for rate in made["rates"].as_array().expect("rates") {
        let shipments = made["shipments"].as_array().expect("shipments").iter();
        let single: i64 = shipments.map(|shipment| of(&shipment["rates"], &rate["service"])).sum();
        assert_eq!(cents(rate), single, "{rate}");
    }
    service.get(Who::Fernshop, &format!("/v2/orders/{}", text(&made["id"]))).await.json(200);
    let one = format!("/v2/shipments/{}", text(&made["shipments"][0]["id"]));
    assert_eq!(service.get(Who::Fernshop, &one).await.json(200)["order_id"], made["id"]);

    let rates = shaped("stateless", &service.post(Who::Fernshop, "/beta/rates", &shipment()).await);
    assert!(rates["rates"][0]["id"].is_null());

    let by =
        json!({ "from_zip": "10101", "to_zip": "10208", "planned_ship_date": "2025-11-11", "carriers": ["prairie"] });
    let by = shaped("deliver_by", &service.post(Who::Fernshop, "/v2/smartrate/deliver_by", &by).await);
    assert_eq!(by["results"].as_array().map(Vec::len), Some(2), "{by}");
    let on =
        json!({ "from_zip": "10101", "to_zip": "10208", "desired_delivery_date": "2025-11-18", "carriers": ["USPS"] });
    let on = shaped("deliver_on", &service.post(Who::Fernshop, "/v2/smartrate/deliver_on", &on).await);
    assert_eq!((&on["results"], &on["carriers_without_tint_estimates"]), (&json!([]), &json!(["USPS"])));
}

#[tokio::test]
async fn easypost_errors_and_other_merchants_shipments() {
    let service = Service::at(NOW).await;
    let empty = shaped("error", &service.post(Who::Fernshop, "/v2/shipments", &json!({ "shipment": {} })).await);
    let expected = json!({ "error": {
        "code": "PARAMETER.REQUIRED", "message": "Missing required parameter.",
        "errors": [{ "field": "shipment", "message": "cannot be blank" }],
    } });
    assert_eq!(empty, expected);
    let mut wrong = shipment();
    wrong["shipment"]["to_address"]["zip"] = json!("00000");
    wrong["shipment"]["parcel"]["weight"] = json!(-1);
    let told = shaped("error", &service.post(Who::Fernshop, "/v2/shipments", &wrong).await);
    assert_eq!(told["error"]["errors"][0]["field"], "parcel.weight", "{told}");
    wrong["shipment"]["parcel"]["weight"] = json!(1);
    let told = shaped("error", &service.post(Who::Fernshop, "/v2/shipments", &wrong).await);
    assert_eq!(
        (&told["error"]["code"], &told["error"]["errors"][0]["field"]),
        (&json!("PARAMETER.INVALID"), &json!("to_address.zip"))
    );
    assert_eq!(
        service.post(Who::Nobody, "/v2/shipments", &shipment()).await.json(401)["error"]["code"],
        "APIKEY.INACTIVE"
    );
    let made = service.post(Who::Fernshop, "/v2/shipments", &shipment()).await.json(201);
    for path in ["", "/smartrate", "/smartrate/delivery_date?planned_ship_date=2025-11-14"] {
        let path = format!("/v2/shipments/{}{path}", text(&made["id"]));
        assert_eq!(service.get(Who::Boltshop, &path).await.json(404)["error"]["code"], "NOT_FOUND", "{path}");
    }
    let path = format!("/v2/shipments/{}/smartrate/delivery_date?planned_ship_date=soon", text(&made["id"]));
    assert_eq!(service.get(Who::Fernshop, &path).await.json(422)["error"]["errors"][0]["field"], "planned_ship_date");
    let by = json!({ "from_zip": "1", "planned_ship_date": "" });
    let told = service.post(Who::Fernshop, "/v2/smartrate/deliver_by", &by).await.json(422);
    assert_eq!(told["error"]["errors"].as_array().map(Vec::len), Some(3), "{told}");
}

#[tokio::test]
async fn karrio_clients_get_rates_charge_by_charge() {
    let service = Service::at(NOW).await;
    let of = |zip: &str| json!({ "postal_code": zip, "city": "Town", "country_code": "US", "state_code": "IL", "address_line1": "a" });
    let parcel =
        json!({ "weight": 1.2, "weight_unit": "KG", "length": 20, "width": 15, "height": 10, "dimension_unit": "CM" });
    let mut body = json!({ "shipper": of("10101"), "recipient": of("10208"), "parcels": [parcel], "services": [], "options": {},
        "carrier_ids": ["prairie"] });
    let answer = shaped("karrio", &service.post(Who::Fernshop, "/v1/proxy/rates", &body).await);
    let rates = answer["rates"].as_array().expect("rates");
    assert_eq!(rates.len(), 2);
    for rate in rates {
        let charges = rate["extra_charges"].as_array().expect("charges");
        let sum: f64 = charges.iter().filter_map(|charge| charge["amount"].as_f64()).sum();
        assert!((sum - rate["total_charge"].as_f64().expect("dollars")).abs() < 0.001, "{rate}");
    }
    // Own vans do not go there: beside the others a message, alone no answer.
    body["carrier_ids"] = json!(["prairie", "own-vans"]);
    let partly = service.post(Who::Fernshop, "/v1/proxy/rates", &body).await.json(207);
    assert_eq!(
        (partly["messages"][0]["carrier_id"].clone(), partly["rates"].as_array().map(Vec::len)),
        (json!("own-vans"), Some(2))
    );
    body["carrier_ids"] = json!(["own-vans"]);
    assert_eq!(service.post(Who::Fernshop, "/v1/proxy/rates", &body).await.json(424)["rates"], json!([]));
    body["carrier_ids"] = json!([]);
    body["services"] = json!(["prairie-ground"]);
    assert_eq!(
        service.post(Who::Fernshop, "/v1/proxy/rates", &body).await.json(200)["rates"].as_array().map(Vec::len),
        Some(1)
    );
    body["parcels"][0]["weight_unit"] = json!("stone");
    body["recipient"]["postal_code"] = json!("99999");
    let told = service.post(Who::Fernshop, "/v1/proxy/rates", &body).await.json(400);
    let fields: Vec<&Value> =
        told["errors"].as_array().expect("errors").iter().map(|e| &e["details"]["field"]).collect();
    assert_eq!(fields, ["recipient.postal_code", "parcels.0.weight_unit"]);
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn saleor_checkouts_get_methods_that_can_be_ordered() {
    let service = Service::with_saleor(NOW, "fernshop = \"fernshop's webhook key\"").await;
    let ask = async |body: &Value, secret: &str| {
        let body = body.to_string();
        let request = service.request(Who::Nobody, "POST /saleor/fernshop/shipping-methods");
        let request =
            request.header("content-type", "application/json").header("Saleor-Signature", signature(secret, &body));
        service.send(request.body(body)).await
    };
    let secret = "fernshop's webhook key";
    let mut checkout = json!([{
        "type": "Checkout", "id": "Q2hlY2tvdXQ6MQ==", "currency": "USD", "channel": { "slug": "web", "currency_code": "USD" },
        "shipping_address": { "first_name": "Ada", "company_name": "", "postal_code": "10208", "country": "US" },
        "lines": [{ "sku": "SHIRT", "quantity": 2, "variant_id": "x" }],
    }]);
    let methods = shaped("saleor", &ask(&checkout, secret).await);
    let methods = methods.as_array().expect("methods");
    assert!(methods.len() >= 2, "{methods:?}");
    for method in methods {
        let days = |field: &str| method[field].as_i64().expect("days");
        assert!(0 < days("minimum_delivery_days") && days("minimum_delivery_days") <= days("maximum_delivery_days"));
        let cents = (text(&method["amount"]).parse::<f64>().expect("dollars") * 100.0).round() as i64;
        let mut wish = order("10208", text(&method["id"]), &json!([{ "sku": "SHIRT", "quantity": 2 }]));
        (wish["max_price_cents"], wish["channel"]) = (json!(cents), json!("web"));
        let placed = service.order(Who::Fernshop, text(&method["id"]), &wish).await.json(201);
        assert_eq!(placed["price_cents"], cents);
    }
    assert_eq!(ask(&checkout, "another secret key").await.problem(401), "unauthenticated");
    checkout[0]["currency"] = json!("EUR");
    assert_eq!(ask(&checkout, secret).await.json(200), json!([]));
    checkout[0]["currency"] = json!("USD");
    checkout[0]["shipping_address"] = Value::Null;
    assert_eq!(ask(&checkout, secret).await.json(200), json!([]));
    assert_eq!(ask(&json!({ "no": "checkout" }), secret).await.faults(), ["/checkout"]);
}
