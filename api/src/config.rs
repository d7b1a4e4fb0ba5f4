//! The service's settings: a TOML file, environment variables over it, defaults under it.
//!
//! Every setting is one row of `settings::SETTINGS`: its key, rule, default and meaning. The file's table and key give the key
//! (`[limits] body_bytes` is `limits.body_bytes`); the environment variable is the key in capitals behind `TIDEWATER_`
//! (`TIDEWATER_LIMITS_BODY_BYTES`). Whatever is wrong is reported at once, each fault with its place, value, rule and remedy.

mod roads;
mod settings;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use engine::fault::Fault;
use toml::de::{DeTable, DeValue};

pub use roads::{FORMS, RoadSettings, RoadSource, address};
use settings::{RESERVED, Rule, SETTINGS, Setting, setting};

/// The effective settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Folder of the service's own state.
    pub data_dir: PathBuf,
    /// Folder of the network's description.
    pub world_dir: PathBuf,
    /// File of API keys.
    pub keys_file: PathBuf,
    /// File of the secrets of Shopify apps.
    pub shopify_file: Option<PathBuf>,
    /// File of the secrets of Saleor webhooks.
    pub saleor_file: Option<PathBuf>,
    /// File of carriers that are asked for their rates.
    pub adapters_file: Option<PathBuf>,
    /// Root of all randomness.
    pub seed: u64,
    /// Filter of log lines.
    pub log: String,
    /// How often the planner looks at the backlog.
    pub planner_period: Duration,
    /// Percent of parcels that promises are meant to keep.
    pub promise_level_percent: u32,
    /// How long a quote's price is kept.
    pub quote_valid: Duration,
    /// Holds of a merchant at a time.
    pub quote_holds: usize,
    /// After the signal to stop: how long `/ready` says no before connections are refused.
    pub drain_notice: Duration,
    /// After that: how long requests in work may take.
    pub drain_limit: Duration,
    /// Where own vans' road times come from.
    pub roads: RoadSettings,
    /// What a caller may ask for.
    pub limits: Limits,
    /// How vehicles drive where a request has no matrices.
    pub driving: Driving,
}

/// Speed and detour of vehicles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Driving {
    /// Metres driven in an hour.
    pub metres_per_hour: u32,
    /// Road distance over great circle, in percent.
    pub circuity_percent: u32,
}

/// Bounds on requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one request's body.
    pub body_bytes: usize,
    /// Bytes of a bulk upload's body.
    pub bulk_bytes: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// Nesting of a JSON body.
    pub json_depth: usize,
    /// Elements of any one list in a JSON body.
    pub list_items: usize,
    /// Requests per second that a merchant (or other key holder) may make.
    pub requests_per_second: u32,
    /// Requests that may come at once before the rate counts.
    pub burst: u32,
    /// Requests in work at a time, all callers together.
    pub in_flight: usize,
    /// Percent of `in_flight` at which quotes are shed, so that orders still pass.
    pub quote_share_percent: u32,
    /// Event streams open at a time.
    pub event_streams: usize,
    /// Route searches at a time.
    pub route_searches: usize,
}

/// Where settings come from. All empty means the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources<'a> {
    /// The configuration file's name and text.
    pub file: Option<(&'a str, &'a str)>,
    /// Environment variables; those that do not begin with `TIDEWATER_` are ignored.
    pub environment: Vec<(String, String)>,
}

impl Config {
    /// The settings that `sources` give, or every fault in them.
    pub fn from_sources(sources: &Sources<'_>) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut values: BTreeMap<&'static str, String> = BTreeMap::new();
        if let Some((name, text)) = sources.file {
            read_file(name, text, &mut values, &mut faults);
        }
        read_environment(&sources.environment, &mut values, &mut faults);
        if faults.is_empty() { Ok(build(&values)) } else { Err(faults) }
    }

    /// The settings as a commented TOML file that [`Config::from_sources`] reads back to the same settings.
    pub fn to_toml(&self) -> String {
        let mut text = String::from("# Effective settings of Tidewater. Environment variables win over this file.\n");
        let mut table = "";
        for setting in SETTINGS {
            let (prefix, key) = setting.key.split_once('.').unwrap_or(("", setting.key));
            if prefix != table {
                table = prefix;
                let _ = write!(text, "\n[{prefix}]\n");
            }
            let value = setting.rule.literal(&(setting.show)(self));
            let default = setting.rule.literal(setting.default);
            let _ = write!(
                text,
                "\n# {}\n# {}; default {default}; environment {}\n{key} = {value}\n",
                setting.meaning,
                setting.rule.sentence(),
                setting.variable(),
            );
        }
        text
    }
}

impl Default for Config {
    fn default() -> Self {
        build(&BTreeMap::new())
    }
}

fn read_file(name: &str, text: &str, values: &mut BTreeMap<&'static str, String>, faults: &mut Vec<Fault>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let place = |offset: usize| format!("{name}:{}", 1 + text[..offset.min(text.len())].matches('\n').count());
    for error in errors {
        let at = place(error.span().map_or(0, |span| span.start));
        faults.push(Fault::new(at, "", "", format!("not TOML: {}", error.message().trim())));
    }
    for (key, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(inner) => {
                for (inner_key, inner_value) in inner {
                    let full = format!("{}.{}", key.get_ref(), inner_key.get_ref());
                    take(&place(inner_key.span().start), &full, inner_value.get_ref(), values, faults);
                }
            }
            plain => take(&place(key.span().start), key.get_ref(), plain, values, faults),
        }
    }
}

fn take(
    at: &str,
    key: &str,
    value: &DeValue<'_>,
    values: &mut BTreeMap<&'static str, String>,
    faults: &mut Vec<Fault>,
) {
    let Some(setting) = setting(key) else {
        return faults.push(Fault::new(at, key, "", unknown_key(key)));
    };
    let text = match (setting.rule, value) {
        (Rule::Integer { .. }, DeValue::Integer(number)) if number.radix() == 10 => Some(number.as_str().to_owned()),
        (Rule::Text | Rule::MaybeText | Rule::Address | Rule::Roads, DeValue::String(text)) => Some(text.to_string()),
        _ => None,
    };
    match text {
        Some(text) => accept(at, key, setting, text, values, faults),
        None => {
            let rule = format!("must be {}; it is a TOML {}", setting.rule.sentence(), value.type_str());
            faults.push(Fault::new(at, key, "", rule));
        }
    }
}

fn read_environment(
    environment: &[(String, String)],
    values: &mut BTreeMap<&'static str, String>,
    faults: &mut Vec<Fault>,
) {
    let mut ours: Vec<_> = environment.iter().filter(|(name, _)| name.starts_with("TIDEWATER_")).collect();
    ours.sort();
    for (name, value) in ours {
        if RESERVED.contains(&name.as_str()) {
            continue;
        }
        match SETTINGS.iter().find(|setting| setting.variable() == *name) {
            Some(setting) => accept("environment", name, setting, value.clone(), values, faults),
            None => {
                let rule = "no setting has this variable; unset it, or see `tidewater serve --print-config` for those there are";
                faults.push(Fault::new("environment", name.as_str(), value, rule));
            }
        }
    }
}

fn accept(
    at: &str,
    field: &str,
    setting: &'static Setting,
    text: String,
    values: &mut BTreeMap<&'static str, String>,
    faults: &mut Vec<Fault>,
) {
    if setting.rule.admits(&text) {
        values.insert(setting.key, text);
    } else {
        let rule = format!("must be {}; correct it, or remove it to use {}", setting.rule.sentence(), setting.default);
        faults.push(Fault::new(at, field, text, rule));
    }
}

fn unknown_key(key: &str) -> String {
    let nearest = SETTINGS.iter().map(|setting| (distance(key, setting.key), setting.key)).min();
    match nearest {
        Some((steps, near)) if steps <= 1 + near.len() / 4 => {
            format!("there is no such setting; did you mean `{near}`?")
        }
        _ => "there is no such setting; remove it, or see `tidewater serve --print-config` for those there are"
            .to_owned(),
    }
}

/// Edit distance of Levenshtein (1965).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Settings out of values that their rules admit; a value that is not there is the default.
fn build(values: &BTreeMap<&'static str, String>) -> Config {
    let text = |key: &str| -> &str {
        values.get(key).map_or_else(|| setting(key).map_or("", |setting| setting.default), String::as_str)
    };
    let number = |key: &str| text(key).parse::<u64>().unwrap_or_default();
    let size = |key: &str| usize::try_from(number(key)).unwrap_or(usize::MAX);
    let small = |key: &str| u32::try_from(number(key)).unwrap_or(u32::MAX);
    let span = |key: &str| Duration::from_secs(number(key));
    Config {
        listen: text("listen").parse().unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 8080))),
        data_dir: text("data_dir").into(),
        world_dir: text("world_dir").into(),
        keys_file: text("keys_file").into(),
        shopify_file: Some(text("shopify_file")).filter(|file| !file.is_empty()).map(PathBuf::from),
        saleor_file: Some(text("saleor_file")).filter(|file| !file.is_empty()).map(PathBuf::from),
        adapters_file: Some(text("adapters_file")).filter(|file| !file.is_empty()).map(PathBuf::from),
        seed: number("seed"),
        log: text("log").to_owned(),
        planner_period: span("planner.period_s"),
        promise_level_percent: small("promise.level_percent"),
        quote_valid: span("quotes.valid_s"),
        quote_holds: size("quotes.holds"),
        drain_notice: span("drain.notice_s"),
        drain_limit: span("drain.limit_s"),
        roads: RoadSettings {
            source: text("roads.source").parse().unwrap_or(RoadSource::GreatCircle),
            snap_m: small("roads.snap_m"),
            timeout: span("roads.timeout_s"),
            attempts: small("roads.attempts"),
            block: size("roads.block"),
            cache_dir: Some(text("roads.cache_dir")).filter(|folder| !folder.is_empty()).map(PathBuf::from),
        },
        limits: Limits {
            body_bytes: size("limits.body_bytes"),
            bulk_bytes: size("limits.bulk_bytes"),
            body_time: span("limits.body_s"),
            json_depth: size("limits.json_depth"),
            list_items: size("limits.list_items"),
            requests_per_second: small("limits.requests_per_second"),
            burst: small("limits.burst"),
            in_flight: size("limits.in_flight"),
            quote_share_percent: small("limits.quote_share_percent"),
            event_streams: size("limits.event_streams"),
            route_searches: size("limits.route_searches"),
        },
        driving: Driving {
            metres_per_hour: small("driving.metres_per_hour"),
            circuity_percent: small("driving.circuity_percent"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::from_sources(&Sources { file: Some(("tidewater.toml", text)), environment })
            .map_err(|faults| faults.iter().map(Fault::to_string).collect())
    }

    #[test]
    fn every_default_keeps_its_own_rule() {
        for setting in SETTINGS {
            assert!(setting.rule.admits(setting.default), "{}", setting.key);
            assert_eq!((setting.show)(&Config::default()), setting.default, "{}", setting.key);
        }
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let text = "listen = \"0.0.0.0:1\"\nseed = 7\n[limits]\nburst = 9";
        let config =
            read(text, &[("TIDEWATER_LISTEN", "[::1]:2"), ("TIDEWATER_DATA_DIR", "/d"), ("HOME", "x")]).unwrap();
        assert_eq!(config.listen.to_string(), "[::1]:2");
        assert_eq!((config.seed, config.limits.burst, config.data_dir), (7, 9, PathBuf::from("/d")));
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let text = "lisen = \"x\"\nseed = \"7\"\nlisten = \"nowhere\"\n\n[limits]\nbody_bytes = 5\nzebra = true\n[limits.x]\ny = 1";
        let faults =
            read(text, &[("TIDEWATER_SEED", "-1"), ("TIDEWATER_SEEED", "1"), ("TIDEWATER_KEY", "k")]).unwrap_err();
        let expected = [
            "tidewater.toml:1: lisen: there is no such setting; did you mean `listen`?",
            "tidewater.toml:2: seed: must be a whole number from 0 to 9223372036854775807; it is a TOML string",
            "tidewater.toml:3: listen = `nowhere`: must be an IP address and a port, as \"127.0.0.1:8080\" or \"[::1]:8080\"; correct it, or remove it to use 127.0.0.1:8080",
            "tidewater.toml:6: limits.body_bytes = `5`: must be a whole number from 1024 to 1073741824; correct it, or remove it to use 1048576",
            "tidewater.toml:7: limits.zebra: there is no such setting; remove it, or see `tidewater serve --print-config` for those there are",
            "tidewater.toml:8: limits.x: there is no such setting; remove it, or see `tidewater serve --print-config` for those there are",
            "environment: TIDEWATER_SEED = `-1`: must be a whole number from 0 to 9223372036854775807; correct it, or remove it to use 0",
            "environment: TIDEWATER_SEEED = `1`: no setting has this variable; unset it, or see `tidewater serve --print-config` for those there are",
        ];
        let mut sorted = faults;
        sorted.sort();
        let mut expected = expected.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(sorted, expected);
    }

    #[test]
    fn text_that_is_no_toml_names_the_line() {
        let faults = read("seed = 1\nlisten = = 3\n", &[]).unwrap_err();
        assert!(faults[0].starts_with("tidewater.toml:2: not TOML: "), "{faults:?}");
    }

    #[test]
    fn printed_settings_read_back_the_same() {
        let config = read("data_dir = 'C:\\a \"b\"'\n[planner]\nperiod_s = 3\n[limits]\nburst = 77", &[]).unwrap();
        let text = config.to_toml();
        assert_eq!(read(&text, &[]).unwrap(), config, "{text}");
        assert!(text.contains("# Seconds between two looks of the planner at the backlog.\n# a whole number from 1 to 86400; default 30; environment TIDEWATER_PLANNER_PERIOD_S\nperiod_s = 3\n"), "{text}");
    }
}
