//! Every kind of problem the service answers with: its code, status, cause and remedy.
//!
//! `/problems`, `api/PROBLEMS.md` and the responses themselves are made from this table. A new code is one entry here.

use std::fmt::Write;

/// A kind of problem.
#[derive(Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = ProblemKind)]
pub struct Kind {
    /// Stable name; the last part of the problem's `type`.
    #[schema(example = "out-of-stock")]
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The kind in a few words.
    pub title: &'static str,
    /// When it is answered.
    pub cause: &'static str,
    /// What the caller can do.
    pub remedy: &'static str,
}

/// Every kind, by status and code.
pub static KINDS: &[Kind] = &[
    Kind {
        code: "bad-header",
        status: 400,
        title: "A header is malformed",
        cause: "A header that the operation reads is missing or not in its form; `detail` names it.",
        remedy: "Correct the header. `Idempotency-Key` is 1 to 255 visible ASCII characters; `Last-Event-ID` is the number of an event.",
    },
    Kind {
        code: "malformed-json",
        status: 400,
        title: "The body is not JSON",
        cause: "The body ends too early or breaks JSON's grammar at the line and column in `detail`, or nests deeper than the service reads.",
        remedy: "Send well-formed JSON in UTF-8, nested no deeper than `limits.json_depth`.",
    },
    Kind {
        code: "unreadable-body",
        status: 400,
        title: "The body could not be read",
        cause: "The connection broke while the body was being sent.",
        remedy: "Send the request again, with the same idempotency key.",
    },
    Kind {
        code: "unauthenticated",
        status: 401,
        title: "No known API key or signature",
        cause: "The request has no `Authorization: Bearer tw_..` header, or the key is unknown; or it must be signed, and the signature is missing or not of this body and merchant.",
        remedy: "Send the key. If it is lost, have a new one made by `tidewater keys new`. Where requests are signed, compare the merchant in the path and the secret in the file of `shopify_file` or `saleor_file` with the app's.",
    },
    Kind {
        code: "forbidden",
        status: 403,
        title: "The key may not do this",
        cause: "The key's role does not include the operation; `detail` names the roles that do.",
        remedy: "Use a key of one of these roles.",
    },
    Kind {
        code: "suspended",
        status: 403,
        title: "The key is suspended",
        cause: "The operator suspended the key for the reason in `detail`.",
        remedy: "Settle the reason with the operator; the key works again without a change on your side.",
    },
    Kind {
        code: "not-found",
        status: 404,
        title: "Nothing there",
        cause: "There is no such path or object, or the object belongs to another merchant, warehouse or carrier.",
        remedy: "Check path and id against `/openapi.json` and your own records.",
    },
    Kind {
        code: "method-not-allowed",
        status: 405,
        title: "The path does not take this method",
        cause: "The path exists for other methods; the `Allow` header lists them.",
        remedy: "Use one of the methods listed.",
    },
    Kind {
        code: "slow-body",
        status: 408,
        title: "The body took too long",
        cause: "The body did not arrive within `limits.body_s`.",
        remedy: "Send smaller bodies, or over a better line, with the same idempotency key.",
    },
    Kind {
        code: "conflict",
        status: 409,
        title: "The object's state does not admit this",
        cause: "Something happened before that excludes the request; `detail` says what.",
        remedy: "Read the object again and decide anew.",
    },
    Kind {
        code: "no-option",
        status: 409,
        title: "No service can do this",
        cause: "The goods are there, but no service takes them at the speed asked for; `detail` says why for each.",
        remedy: "Ask for a slower level, or for a quote to see what can be had; `POST /v1/quotes/why` with the same body names what blocks it.",
    },
    Kind {
        code: "not-allowed",
        status: 409,
        title: "A rule of the business forbids it",
        cause: "The request is well-formed, but a rule stands against it; `detail` says which, with the value.",
        remedy: "Change what the rule names.",
    },
    Kind {
        code: "out-of-stock",
        status: 409,
        title: "Not enough stock",
        cause: "One or more lines ask for more than can be promised; `lines` names them with what is available.",
        remedy: "Order less or drop the lines; `POST /v1/quotes/why` with an order's body names where how much is missing.",
    },
    Kind {
        code: "quote-changed",
        status: 409,
        title: "Price or date have changed",
        cause: "The order was to be accepted only below a price or before a date, and no option keeps it now, or its signed quote has expired; `detail` says which.",
        remedy: "Ask for a new quote and show it to the buyer.",
    },
    Kind {
        code: "quote-used",
        status: 409,
        title: "The quote was used before",
        cause: "A signed quote is for one order, and another order has used it.",
        remedy: "Ask for a new quote. To send the same order again, use its own idempotency key.",
    },
    Kind {
        code: "wrong-stage",
        status: 409,
        title: "It is too early or too late for this",
        cause: "The object exists, but is in a stage that does not admit the request; `detail` names stage and rule.",
        remedy: "Read the object again; `detail` says what can be done instead.",
    },
    Kind {
        code: "event-gap",
        status: 410,
        title: "The stream cannot resume there",
        cause: "The event to resume after is too far back, or has not happened.",
        remedy: "Read the present state, then open the stream at the number in `detail`.",
    },
    Kind {
        code: "too-large",
        status: 413,
        title: "The body is too large",
        cause: "The body has more bytes than `limits.body_bytes`, or than `limits.bulk_bytes` for bulk uploads.",
        remedy: "Split the request.",
    },
    Kind {
        code: "unsupported-media-type",
        status: 415,
        title: "The body is not of a type that is read here",
        cause: "`Content-Type` is missing or another than the operation reads, or the body is compressed.",
        remedy: "Send `Content-Type: application/json` and a plain body, or what `/openapi.json` names for the operation.",
    },
    Kind {
        code: "invalid",
        status: 422,
        title: "The request breaks rules",
        cause: "The request can be read, but fields break rules; `errors` lists every one found with its place, value and rule.",
        remedy: "Correct the fields listed. Retrying unchanged gives the same answer.",
    },
    Kind {
        code: "key-reused",
        status: 422,
        title: "The idempotency key belongs to another request",
        cause: "The key was used before with another method, path or body.",
        remedy: "Use a new key for a new request; send a retry byte for byte as the first one.",
    },
    Kind {
        code: "rate-limited",
        status: 429,
        title: "More requests than your share",
        cause: "The key's merchant, warehouse or carrier sends faster than `limits.requests_per_second`.",
        remedy: "Wait `Retry-After` seconds; use the bulk operations.",
    },
    Kind {
        code: "internal",
        status: 500,
        title: "The service failed",
        cause: "A fault of the service. Its log has the cause under the `request_id`.",
        remedy: "Retry with the same idempotency key; if it stays, report the `request_id`.",
    },
    Kind {
        code: "busy",
        status: 503,
        title: "The service is busy",
        cause: "More requests are in work than the service answers in time, or a part that it needs is away. Nothing was done.",
        remedy: "Wait `Retry-After` seconds and retry with the same idempotency key.",
    },
    Kind {
        code: "not-ready",
        status: 503,
        title: "The service is starting or going down",
        cause: "`/ready` lists in `detail` what it waits for.",
        remedy: "Send requests to another node, or wait.",
    },
];

/// The kind with this code; `internal` where there is none, which a test over the source excludes.
pub fn kind(code: &str) -> &'static Kind {
    find(code).unwrap_or(&Kind {
        code: "internal",
        status: 500,
        title: "The service failed",
        cause: "A fault of the service.",
        remedy: "Report the `request_id`.",
    })
}

/// The kind with this code, if there is one.
pub fn find(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

/// The table as `api/PROBLEMS.md`.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Problems\n\nErrors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) `application/problem+json`. `type` is `/problems/<code>`.\n\
         This file is made from `api/src/http/catalogue.rs` by `UPDATE_GOLDEN=1 cargo test -p api golden`.\n\n\
         | code | status | title | cause | remedy |\n|---|---|---|---|---|\n",
    );
    for kind in KINDS {
        let _ =
            writeln!(text, "| `{}` | {} | {} | {} | {} |", kind.code, kind.status, kind.title, kind.cause, kind.remedy);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted_by_status() {
        let order: Vec<_> = KINDS.iter().map(|kind| (kind.status, kind.code)).collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.dedup_by_key(|(_, code)| *code);
        assert_eq!(order, sorted);
    }
}
