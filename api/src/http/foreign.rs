//! Errors in the words of services whose clients call us unchanged, instead of `application/problem+json`.

use serde_json::{Value, json};

use super::problem::ProblemBody;
use crate::formats::easypost::BLANK;

/// A problem in another form, with its status.
pub(super) type Form = fn(&ProblemBody) -> (u16, Value);

/// The form of errors that callers of a path expect; `None` for our own.
pub(super) fn form(path: &str) -> Option<Form> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
    if begins(&["/v2/", "/beta/"]) {
        return Some(easypost);
    }
    begins(&["/v1/proxy/"]).then_some(karrio as Form)
}

/// `{"error":{"code","message","errors":[{"field","message"}]}}`.
fn easypost(problem: &ProblemBody) -> (u16, Value) {
    let blank = problem.errors.iter().any(|error| error.rule == BLANK || error.rule == "is missing");
    let (code, message) = match problem.status {
        422 if blank => ("PARAMETER.REQUIRED", "Missing required parameter.".to_owned()),
        422 => ("PARAMETER.INVALID", "Invalid parameter.".to_owned()),
        401 => ("APIKEY.INACTIVE", problem.detail.clone()),
        403 => ("FORBIDDEN", problem.detail.clone()),
        404 => ("NOT_FOUND", "The requested resource could not be found.".to_owned()),
        429 => ("RATE_LIMITED", problem.detail.clone()),
        _ => ("REQUEST.FAILED", problem.detail.clone()),
    };
    let errors = problem.errors.iter().map(|error| json!({ "field": error.field, "message": error.rule }));
    (problem.status, json!({ "error": { "code": code, "message": message, "errors": errors.collect::<Vec<_>>() } }))
}

/// `{"errors":[{"code","message","details"}]}`; a body that breaks rules is a 400.
fn karrio(problem: &ProblemBody) -> (u16, Value) {
    let status = if problem.status == 422 { 400 } else { problem.status };
    let code = problem.kind.trim_start_matches("/problems/");
    if problem.errors.is_empty() {
        return (status, json!({ "errors": [{ "code": code, "message": problem.detail }] }));
    }
    let errors = problem.errors.iter().map(|error| {
        let details = json!({ "field": error.pointer.trim_start_matches('/').replace('/', "."), "value": error.value });
        json!({ "code": "validation", "message": error.rule, "details": details })
    });
    (status, json!({ "errors": errors.collect::<Vec<_>>() }))
}
