//! Who may call what: every operation of the service's own document, tried by every role.

use serde_json::{Value, json};

use crate::service::{Service, Who};

#[tokio::test]
async fn every_operation_admits_exactly_the_roles_that_it_declares() {
    let service = Service::at("2025-11-10T06:00:00Z").await;
    let document = service.get(Who::Nobody, "/openapi.json").await.json(200);
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let security = operation["security"].as_array().unwrap_or_else(|| panic!("{method} {path} is undeclared"));
            let signed = security.iter().any(|entry| entry.get("signature").is_some());
            let open = security.iter().any(|entry| entry.as_object().is_some_and(serde_json::Map::is_empty));
            let roles: Vec<&str> = security
                .iter()
                .filter_map(|entry| entry["key"].as_array())
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let line = format!(
                "{} {}",
                method.to_ascii_uppercase(),
                path.replace("{id}", "nothing-1").replace("{quote}", "nothing-1").replace("{code}", "x")
            );
            for who in Who::ALL {
                let mut request = service.request(who, &line);
                if method == "post" {
                    // No operation takes this body, so that nothing is changed.
                    request = request.json(&json!({ "unknown": 1 }));
                }
                // A stream never ends: its head is enough.
                let status = request.send().await.expect("an answer").status().as_u16();
                let expected = match who.role() {
                    _ if open => "admitted",
                    _ if signed => "unknown",
                    None => "unknown",
                    Some("admin") => "admitted",
                    Some(role) if roles.contains(&role) => "admitted",
                    Some(_) => "forbidden",
                };
                let got = match status {
                    401 => "unknown",
                    403 => "forbidden",
                    500.. => "failed",
                    _ => "admitted",
                };
                assert_eq!(got, expected, "{line} as {who:?} was answered with {status}");
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "only {tried} cases");
    assert_eq!(service.get(Who::Planner, "/v1/orders").await.json(200)["items"], json!([]));
}

#[tokio::test]
async fn a_wrong_key_is_nobodys() {
    let service = Service::at("2025-11-10T06:00:00Z").await;
    for key in ["tw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "", "x y", "Bearer"] {
        let request = service.request(Who::Nobody, "GET /v1/stock").bearer_auth(key);
        assert_eq!(service.send(request).await.problem(401), "unauthenticated", "{key}");
    }
}
