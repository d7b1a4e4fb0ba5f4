//! Reads fields out of a JSON document and keeps every fault, so that one answer names them all.
//!
//! A value that cannot be read is replaced by a harmless one, and its place is kept: a rule that looks at several fields asks
//! [`Reader::is_read`] first, so that no fault is told that only follows from another.

use std::collections::BTreeSet;
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
    /// Pointers to what could not be read.
    unread: BTreeSet<String>,
}

/// An object and where it stands, as a JSON pointer.
pub(super) struct Object<'j> {
    pub at: String,
    /// None where something else stands there.
    fields: Option<&'j Map<String, Value>>,
}

impl<'j> Object<'j> {
    /// What stands under `key`; null is nothing.
    pub fn get(&self, key: &str) -> Option<&'j Value> {
        self.fields?.get(key).filter(|value| !value.is_null())
    }
}

impl Reader {
    /// A value that breaks a rule; passed over where it could not be read, which has been told.
    pub fn fault(&mut self, at: &str, field: &str, value: impl Display, rule: impl Into<String>) {
        if self.is_read(at, field) {
            self.faults.push(Fault::new(at, field, value, rule));
        }
    }

    /// A value that is missing or of no use: nothing more is told of it, nor of what is in it.
    pub fn unread(&mut self, at: &str, field: &str, value: impl Display, rule: impl Into<String>) {
        self.fault(at, field, value, rule);
        self.unread.insert(pointer(at, field));
    }

    /// Whether a place holds what the document says, as far as rules can know: neither it nor what it is part of is unread.
    pub fn is_read(&self, at: &str, field: &str) -> bool {
        let place = pointer(at, field);
        let around = place.match_indices('/').map(|(end, _)| &place[..end]);
        self.unread.is_empty() || !around.chain([place.as_str()]).any(|place| self.unread.contains(place))
    }

    /// The object that `value` must be; one without fields where it is none.
    pub fn object<'j>(&mut self, at: String, value: &'j Value) -> Object<'j> {
        let fields = value.as_object();
        if fields.is_none() {
            self.unread(&at, "", shortened(value), "must be an object");
        }
        Object { at, fields }
    }

    /// The object under `key`, if there is one.
    pub fn inner<'j>(&mut self, from: &Object<'j>, key: &str) -> Option<Object<'j>> {
        let value = from.get(key)?;
        Some(self.object(format!("{}/{key}", from.at), value))
    }

    /// The list under `key`; empty if left out.
    pub fn list<'j>(&mut self, from: &Object<'j>, key: &str) -> &'j [Value] {
        match from.get(key) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.unread(&from.at, key, shortened(other), "must be a list");
                &[]
            }
        }
    }

    /// The objects listed under `key`.
    pub fn objects<'j>(&mut self, from: &Object<'j>, key: &str) -> Vec<Object<'j>> {
        let items = self.list(from, key).iter().enumerate();
        items.map(|(n, item)| self.object(format!("{}/{key}/{n}", from.at), item)).collect()
    }

    /// The whole number under `key`, if it is given and in `range`.
    pub fn whole(&mut self, from: &Object, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = from.get(key)?;
        let number = value.as_i64().filter(|number| range.contains(number));
        if number.is_none() {
            let rule = format!("must be a whole number from {} to {}", range.start(), range.end());
            self.unread(&from.at, key, shortened(value), rule);
        }
        number
    }

    /// The whole number under `key`, which must be there.
    pub fn required(&mut self, from: &Object, key: &str) -> i64 {
        if from.get(key).is_none() {
            self.unread(&from.at, key, "", "is missing");
        }
        self.whole(from, key, 0..=i64::MAX).unwrap_or(0)
    }

    /// The amount of seconds, metres, goods or money under `key`, if it is given.
    pub fn amount(&mut self, from: &Object, key: &str) -> Option<i64> {
        self.whole(from, key, 0..=LARGEST)
    }

    /// The text under `key`.
    pub fn text(&mut self, from: &Object, key: &str) -> Option<String> {
        let value = from.get(key)?;
        if !value.is_string() {
            self.unread(&from.at, key, shortened(value), "must be a text");
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
            self.unread(at, &n.to_string(), shortened(value), rule);
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
                self.unread(at, field, shortened(value), rule);
                None
            }
        }
    }

    /// Windows, each after the one before; any time instead of one that cannot be read.
    pub fn windows(&mut self, from: &Object, key: &str) -> Vec<[i64; 2]> {
        let at = format!("{}/{key}", from.at);
        let mut ended = -1;
        let items = self.list(from, key).iter().enumerate();
        items
            .map(|(n, value)| {
                let Some([start, end]) = self.window(&at, &n.to_string(), value) else { return [0, LARGEST] };
                if start <= ended {
                    let rule = "must begin after the window before it has ended";
                    self.fault(&at, &n.to_string(), shortened(value), rule);
                }
                ended = end;
                [start, end]
            })
            .collect()
    }

    /// `[longitude, latitude]` in degrees.
    pub fn point(&mut self, from: &Object, key: &str) -> Option<[f64; 2]> {
        let value = from.get(key)?;
        let degrees: Option<Vec<f64>> = value.as_array().and_then(|pair| pair.iter().map(Value::as_f64).collect());
        match degrees.as_deref() {
            Some(&[lon, lat]) if lon.abs() <= 180.0 && lat.abs() <= 90.0 => Some([lon, lat]),
            _ => {
                let rule = "must be [longitude, latitude] in degrees, from -180 to 180 and from -90 to 90";
                self.unread(&from.at, key, shortened(value), rule);
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

/// Where a field of an object stands; the object itself without one.
fn pointer(at: &str, field: &str) -> String {
    if field.is_empty() { at.to_owned() } else { format!("{at}/{field}") }
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
