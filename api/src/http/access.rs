//! Who may call which operation, and how early it is shed: read from the operations' own OpenAPI.
//!
//! An operation declares its roles by `security(("key" = ["shop", "planner"]))`, or `security(())` where anyone may call.
//! What the document says is thus what the guard enforces. Admins may call everything. An operation that declares nothing
//! is closed to all. `security(("signature" = []))` leaves it to the operation, which must check the signature of what it is sent. Operations tagged `quotes` are shed first.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::Value;

use crate::auth::Role;
use crate::overload::Class;

/// Name of the security scheme in the document.
pub const SCHEME: &str = "key";
/// Name of the scheme of operations that take signed requests.
pub const SIGNATURE: &str = "signature";
/// Tag of the operations that are shed first.
pub const SHED_FIRST_TAG: &str = "quotes";

/// The rules on one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Who may call it.
    pub callers: Callers,
    /// How early it is shed.
    pub class: Class,
}

/// Who may call an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Anyone, without a key.
    Anyone,
    /// Whoever signs: the operation checks.
    Signers,
    /// Keys of these roles.
    Roles(Vec<Role>),
    /// Nobody: the operation does not say.
    Nobody,
}

/// The rules on every operation: by path template, then by method.
#[derive(Clone, Debug, Default)]
pub struct AccessTable(BTreeMap<String, BTreeMap<String, Access>>);

impl AccessTable {
    /// The rules that an OpenAPI document holds.
    pub fn read(document: &Value) -> Self {
        let mut table: BTreeMap<String, BTreeMap<String, Access>> = BTreeMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                table.entry(path.clone()).or_default().insert(method.to_ascii_uppercase(), access_of(operation));
            }
        }
        Self(table)
    }

    /// The rules on a method of a path template; a `HEAD` follows its `GET`. `None` for a method that the path does not take.
    pub fn find(&self, method: &Method, path: &str) -> Option<&Access> {
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        self.0.get(path)?.get(method)
    }

    /// Whether any operation has this path template.
    pub fn has_path(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// Every operation with its rules: `("GET", "/orders/{id}")`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Access)> {
        self.0.iter().flat_map(|(path, methods)| {
            methods.iter().map(move |(method, access)| (method.as_str(), path.as_str(), access))
        })
    }
}

fn access_of(operation: &Value) -> Access {
    let tagged = operation["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == SHED_FIRST_TAG));
    let class = if tagged { Class::Quote } else { Class::Work };
    Access { callers: callers_of(&operation["security"]), class }
}

fn callers_of(security: &Value) -> Callers {
    let Some(requirements) = security.as_array().filter(|list| !list.is_empty()) else { return Callers::Nobody };
    if requirements.iter().any(|requirement| requirement.as_object().is_some_and(serde_json::Map::is_empty)) {
        return Callers::Anyone;
    }
    if requirements.iter().any(|requirement| requirement.get(SIGNATURE).is_some()) {
        return Callers::Signers;
    }
    let roles = requirements.iter().filter_map(|requirement| requirement[SCHEME].as_array()).flatten();
    let roles: Option<Vec<Role>> = roles.map(|role| role.as_str()?.parse().ok()).collect();
    match roles {
        Some(mut roles) if !roles.is_empty() => {
            if !roles.contains(&Role::Admin) {
                roles.push(Role::Admin);
            }
            Callers::Roles(roles)
        }
        _ => Callers::Nobody,
    }
}
