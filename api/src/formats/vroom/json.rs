//! Reads fields out of a JSON document and keeps every fault, so that one answer names them all.

use std::fmt::Display;
use std::ops::RangeInclusive;

use engine::fault::Fault;
use serde_json::{Map, Value};

/// Whole numbers above this are no sensible seconds, metres, amounts or prices.
pub(super) const LARGEST: i64 = 1_000_000_000_000;

/// Collects faults while fields are read.
#[derive(Default)]
pub(super) struct Reader {
    pub faults: Vec<Fault>,
}

/// An object and where it stands, as a JSON pointer.
pub(super) struct Object<'j> {
    pub at: String,
    fields: &'j Map<String, Value>,
}

impl<'j> Object<'j> {
    /// What stands under `key`; null is nothing.
    pub fn get(&self, key: &str) -> Option<&'j Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }
}

impl Reader {
    pub fn fault(&mut self, at: &str, field: &str, value: impl Display, rule: impl Into<String>) {
        self.faults.push(Fault::new(at, field, value, rule));
    }

    pub fn object<'j>(&mut self, at: String, value: &'j Value) -> Option<Object<'j>> {
        match value {
            Value::Object(fields) => Some(Object { at, fields }),
            other => {
                self.fault(&at, "", shortened(other), "must be an object");
                None
            }
        }
    }

    /// The object under `key`, if there is one.
    pub fn inner<'j>(&mut self, from: &Object<'j>, key: &str) -> Option<Object<'j>> {
        let value = from.get(key)?;
        self.object(format!("{}/{key}", from.at), value)
    }

    /// The list under `key`; empty if left out.
    pub fn list<'j>(&mut self, from: &Object<'j>, key: &str) -> &'j [Value] {
        match from.get(key) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.fault(&from.at, key, shortened(other), "must be a list");
                &[]
            }
        }
    }

    /// The objects listed under `key`.
    pub fn objects<'j>(&mut self, from: &Object<'j>, key: &str) -> Vec<Object<'j>> {
        let items = self.list(from, key).iter().enumerate();
        items.filter_map(|(n, item)| self.object(format!("{}/{key}/{n}", from.at), item)).collect()
    }

    /// The whole number under `key`, if it is given and in `range`.
    pub fn whole(&mut self, from: &Object, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = from.get(key)?;
        let number = value.as_i64().filter(|number| range.contains(number));
        if number.is_none() {
            let rule = format!("must be a whole number from {} to {}", range.start(), range.end());
            self.fault(&from.at, key, shortened(value), rule);
        }
        number
    }

    /// The whole number under `key`, which must be there.
    pub fn required(&mut self, from: &Object, key: &str) -> i64 {
        if from.get(key).is_none() {
            self.fault(&from.at, key, "", "is missing");
        }
        self.whole(from, key, 0..=i64::MAX).unwrap_or(0)
    }

    /// An amount of seconds, metres, goods or money; `usual` if left out.
    pub fn amount(&mut self, from: &Object, key: &str, usual: i64) -> i64 {
        self.whole(from, key, 0..=LARGEST).unwrap_or(usual)
    }

    /// The text under `key`.
    pub fn text(&mut self, from: &Object, key: &str) -> Option<String> {
        let value = from.get(key)?;
        if !value.is_string() {
            self.fault(&from.at, key, shortened(value), "must be a text");
        }
        value.as_str().map(str::to_owned)
    }

    /// The list of whole numbers from 0 under `key`.
    pub fn numbers(&mut self, from: &Object, key: &str) -> Vec<i64> {
        let at = format!("{}/{key}", from.at);
        let items = self.list(from, key).iter().enumerate();
        items.map(|(n, item)| self.item(&at, n, item).unwrap_or(0)).collect()
    }

    fn item(&mut self, at: &str, n: usize, value: &Value) -> Option<i64> {
        let number = value.as_i64().filter(|number| (0..=LARGEST).contains(number));
        if number.is_none() {
            let rule = format!("must be a whole number from 0 to {LARGEST}");
            self.fault(at, &n.to_string(), shortened(value), rule);
        }
        number
    }

    /// `[start, end]`.
    pub fn window(&mut self, at: &str, field: &str, value: &Value) -> Option<[i64; 2]> {
        let ends: Option<Vec<i64>> = value.as_array().and_then(|ends| ends.iter().map(Value::as_i64).collect());
        match ends.as_deref() {
            Some(&[start, end]) if 0 <= start && start <= end && end <= LARGEST => Some([start, end]),
            _ => {
                let rule = format!("must be [start, end] in whole seconds with 0 <= start <= end <= {LARGEST}");
                self.fault(at, field, shortened(value), rule);
                None
            }
        }
    }

    /// Windows, each after the one before.
    pub fn windows(&mut self, from: &Object, key: &str) -> Vec<[i64; 2]> {
        let at = format!("{}/{key}", from.at);
        let mut windows: Vec<[i64; 2]> = Vec::new();
        for (n, value) in self.list(from, key).iter().enumerate() {
            let Some(window) = self.window(&at, &n.to_string(), value) else { continue };
            if windows.last().is_some_and(|before| before[1] >= window[0]) {
                self.fault(&at, &n.to_string(), shortened(value), "must begin after the window before it has ended");
            }
            windows.push(window);
        }
        windows
    }

    /// `[longitude, latitude]` in degrees.
    pub fn point(&mut self, from: &Object, key: &str) -> Option<[f64; 2]> {
        let value = from.get(key)?;
        let degrees: Option<Vec<f64>> = value.as_array().and_then(|pair| pair.iter().map(Value::as_f64).collect());
        match degrees.as_deref() {
            Some(&[lon, lat]) if lon.abs() <= 180.0 && lat.abs() <= 90.0 => Some([lon, lat]),
            _ => {
                let rule = "must be [longitude, latitude] in degrees, from -180 to 180 and from -90 to 90";
                self.fault(&from.at, key, shortened(value), rule);
                None
            }
        }
    }

    /// Refuses what VROOM reads and Tidewater does not model.
    pub fn refuse(&mut self, from: &Object, key: &str, rule: &str) {
        if let Some(value) = from.get(key) {
            self.fault(&from.at, key, shortened(value), rule);
        }
    }
}

/// A value as text of at most 60 characters.
pub(super) fn shortened(value: &Value) -> String {
    // Long lists are not printed whole only to be cut.
    let text = match value {
        Value::Array(items) if items.len() > 20 => format!("[list of {}]", items.len()),
        Value::Object(_) => "{..}".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
