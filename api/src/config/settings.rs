//! The table of settings: one row each.

use std::net::SocketAddr;

use super::{Config, FORMS, RoadSource};

/// One setting.
pub(super) struct Setting {
    pub(super) key: &'static str,
    pub(super) rule: Rule,
    pub(super) default: &'static str,
    pub(super) meaning: &'static str,
    pub(super) show: fn(&Config) -> String,
}

/// What a setting's value must be.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    Address,
    Text,
    /// A text that may be empty.
    MaybeText,
    Roads,
    Integer {
        least: u64,
        most: u64,
    },
}

macro_rules! setting {
    ($key:literal, $rule:expr, $default:literal, $show:expr, $meaning:literal) => {
        Setting { key: $key, rule: $rule, default: $default, meaning: $meaning, show: $show }
    };
}

const fn between(least: u64, most: u64) -> Rule {
    Rule::Integer { least, most }
}

/// Top-level settings first: a TOML file cannot return to them after a table.
pub(super) const SETTINGS: &[Setting] = &[
    setting!(
        "listen",
        Rule::Address,
        "127.0.0.1:8080",
        |c| c.listen.to_string(),
        "Address and port to listen on; port 0 picks a free one."
    ),
    setting!(
        "data_dir",
        Rule::Text,
        "tidewater-data",
        |c| c.data_dir.display().to_string(),
        "Folder of the service's own state: orders, stock, plans."
    ),
    setting!(
        "world_dir",
        Rule::Text,
        "data/demo",
        |c| c.world_dir.display().to_string(),
        "Folder that describes the network: warehouses, carriers, rate cards."
    ),
    setting!(
        "keys_file",
        Rule::Text,
        "keys.toml",
        |c| c.keys_file.display().to_string(),
        "File of API keys (hashes only). Made by `tidewater keys new`."
    ),
    setting!(
        "shopify_file",
        Rule::MaybeText,
        "",
        |c| c.shopify_file.as_ref().map_or(String::new(), |file| file.display().to_string()),
        "File of the secrets of Shopify apps that ask for rates, a line `merchant = \"client secret\"` each (TOML); empty for none."
    ),
    setting!(
        "saleor_file",
        Rule::MaybeText,
        "",
        |c| c.saleor_file.as_ref().map_or(String::new(), |file| file.display().to_string()),
        "File of the secret keys of Saleor webhooks that ask for shipping methods, a line `merchant = \"secret key\"` each (TOML); empty for none."
    ),
    setting!(
        "adapters_file",
        Rule::MaybeText,
        "",
        |c| c.adapters_file.as_ref().map_or(String::new(), |file| file.display().to_string()),
        "File of carriers that are asked for their rates while a quote is made (TOML, `[[adapter]]`: carrier, url, authorization, timeout_ms); empty for none."
    ),
    setting!(
        "seed",
        between(0, i64::MAX as u64),
        "0",
        |c| c.seed.to_string(),
        "Root of all randomness; the same seed gives the same plans."
    ),
    setting!(
        "log",
        Rule::Text,
        "info",
        |c| c.log.clone(),
        "Filter of log lines: `error`, `warn`, `info`, `debug`, or per module as `warn,api=debug`."
    ),
    setting!(
        "planner.period_s",
        between(1, 86_400),
        "30",
        |c| c.planner_period.as_secs().to_string(),
        "Seconds between two looks of the planner at the backlog."
    ),
    setting!(
        "promise.level_percent",
        between(50, 99),
        "90",
        |c| c.promise_level_percent.to_string(),
        "Percent of parcels that promises are meant to keep: where fewer come in time by what tracking events teach, promises allow more days."
    ),
    setting!(
        "quotes.valid_s",
        between(60, 86_400),
        "900",
        |c| c.quote_valid.as_secs().to_string(),
        "Seconds for which a quote's price is kept and a hold lasts, or until its wave closes."
    ),
    setting!(
        "quotes.holds",
        between(0, 1_000_000),
        "1000",
        |c| c.quote_holds.to_string(),
        "Carts of one merchant whose stock may be held at a time."
    ),
    setting!(
        "roads.source",
        Rule::Roads,
        "great-circle",
        |c| c.roads.source.to_string(),
        "Where own vans' distances and times come from. great-circle: each fleet's circuity and speed (fleets.csv); what every other source falls back on."
    ),
    setting!(
        "roads.snap_m",
        between(1, 100_000),
        "1000",
        |c| c.roads.snap_m.to_string(),
        "Metres that the nearest road of a map (osm:) may be away from a place."
    ),
    setting!(
        "roads.timeout_s",
        between(1, 600),
        "10",
        |c| c.roads.timeout.as_secs().to_string(),
        "Seconds that one request to a service (osrm:, valhalla:) may take."
    ),
    setting!(
        "roads.attempts",
        between(1, 10),
        "3",
        |c| c.roads.attempts.to_string(),
        "Times that a request to a service is tried in all."
    ),
    setting!(
        "roads.block",
        between(1, 10_000),
        "50",
        |c| c.roads.block.to_string(),
        "Places from, and places to, in one request; OSRM's own limit is 100 in all, Valhalla's 2500 pairs."
    ),
    setting!(
        "roads.cache_dir",
        Rule::MaybeText,
        "",
        |c| c.roads.cache_dir.as_ref().map_or(String::new(), |folder| folder.display().to_string()),
        "Folder in which answers of a service are kept; empty for none. Delete its files for new figures."
    ),
    setting!(
        "drain.notice_s",
        between(0, 300),
        "2",
        |c| c.drain_notice.as_secs().to_string(),
        "Seconds between `/ready` saying no and connections being refused, for load balancers to notice."
    ),
    setting!(
        "drain.limit_s",
        between(1, 3_600),
        "30",
        |c| c.drain_limit.as_secs().to_string(),
        "Seconds that requests in work may take after that."
    ),
    setting!(
        "limits.body_bytes",
        between(1_024, 1 << 30),
        "1048576",
        |c| c.limits.body_bytes.to_string(),
        "Bytes of one request's body."
    ),
    setting!(
        "limits.bulk_bytes",
        between(1_024, 1 << 32),
        "67108864",
        |c| c.limits.bulk_bytes.to_string(),
        "Bytes of a bulk upload (CSV, NDJSON)."
    ),
    setting!(
        "limits.body_s",
        between(1, 600),
        "30",
        |c| c.limits.body_time.as_secs().to_string(),
        "Seconds that a body may take to arrive."
    ),
    setting!(
        "limits.json_depth",
        between(4, 100),
        "32",
        |c| c.limits.json_depth.to_string(),
        "Nesting of a JSON body."
    ),
    setting!(
        "limits.list_items",
        between(1, 1_000_000),
        "10000",
        |c| c.limits.list_items.to_string(),
        "Elements of any one list in a JSON body."
    ),
    setting!(
        "limits.requests_per_second",
        between(1, 1_000_000),
        "500",
        |c| c.limits.requests_per_second.to_string(),
        "Requests per second that one merchant (or other key holder) may make."
    ),
    setting!(
        "limits.burst",
        between(1, 1_000_000),
        "1000",
        |c| c.limits.burst.to_string(),
        "Requests that may come at once before the rate counts."
    ),
    setting!(
        "limits.in_flight",
        between(1, 100_000),
        "512",
        |c| c.limits.in_flight.to_string(),
        "Requests in work at a time, all callers together; more get 503."
    ),
    setting!(
        "limits.quote_share_percent",
        between(1, 100),
        "75",
        |c| c.limits.quote_share_percent.to_string(),
        "Percent of in_flight at which quotes are shed, so that orders still pass."
    ),
    setting!(
        "limits.event_streams",
        between(1, 100_000),
        "256",
        |c| c.limits.event_streams.to_string(),
        "Event streams open at a time; more get 503."
    ),
    setting!(
        "limits.route_searches",
        between(1, 1_000),
        "2",
        |c| c.limits.route_searches.to_string(),
        "Searches of `POST /vroom` at a time, each on a core; more get 503."
    ),
    setting!(
        "driving.metres_per_hour",
        between(1_000, 200_000),
        "40000",
        |c| c.driving.metres_per_hour.to_string(),
        "Speed of vehicles in `POST /vroom` where the request has no matrices."
    ),
    setting!(
        "driving.circuity_percent",
        between(100, 300),
        "130",
        |c| c.driving.circuity_percent.to_string(),
        "Road distance over great circle there, in percent."
    ),
];

/// Variables that begin with `TIDEWATER_` and are no settings.
pub(super) const RESERVED: &[&str] = &["TIDEWATER_CONFIG", "TIDEWATER_KEY", "TIDEWATER_URL"];

impl Setting {
    /// The environment variable.
    pub(super) fn variable(&self) -> String {
        format!("TIDEWATER_{}", self.key.replace('.', "_").to_uppercase())
    }
}

impl Rule {
    /// The rule as a sentence that says what to write.
    pub(super) fn sentence(self) -> String {
        match self {
            Self::Address => "an IP address and a port, as \"127.0.0.1:8080\" or \"[::1]:8080\"".to_owned(),
            Self::Text => "a text that is not empty".to_owned(),
            Self::MaybeText => "a text, or empty for none".to_owned(),
            Self::Roads => FORMS.to_owned(),
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
        }
    }

    /// Whether `text` is such a value.
    pub(super) fn admits(self, text: &str) -> bool {
        match self {
            Self::Address => text.parse::<SocketAddr>().is_ok(),
            Self::Text => !text.trim().is_empty() && !text.contains('\0'),
            Self::MaybeText => !text.contains('\0'),
            Self::Roads => text.parse::<RoadSource>().is_ok(),
            Self::Integer { least, most } => text.parse().is_ok_and(|n: u64| (least..=most).contains(&n)),
        }
    }

    /// `text` as TOML.
    pub(super) fn literal(self, text: &str) -> String {
        match self {
            Self::Integer { .. } => text.to_owned(),
            Self::Address | Self::Text | Self::MaybeText | Self::Roads => toml::Value::from(text).to_string(),
        }
    }
}

/// The setting with this key.
pub(super) fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}
