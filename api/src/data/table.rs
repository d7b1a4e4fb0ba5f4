//! CSV files with typed rows and located faults.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use engine::fault::Fault;
use engine::index::Index;
use serde::de::DeserializeOwned;

/// Reads the tables of a folder and gathers every fault.
pub struct Tables {
    folder: PathBuf,
    pub faults: Vec<Fault>,
}

impl Tables {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), faults: Vec::new() }
    }

    /// The rows of a file with their places, `file:line`. Rows that cannot be read are faults and left out.
    pub fn read<T: DeserializeOwned>(&mut self, file: &str) -> Vec<(String, T)> {
        let path = self.folder.join(file);
        let mut reader = match csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(&path) {
            Ok(reader) => reader,
            Err(error) => {
                let place = path.display().to_string();
                self.faults.push(Fault::new(place, "", "", format!("the file must be there and readable ({error})")));
                return Vec::new();
            }
        };
        let headers = reader.headers().cloned().unwrap_or_default();
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        loop {
            let line = reader.position().line();
            let at = || format!("{file}:{line}");
            match reader.read_record(&mut record) {
                Ok(false) => return rows,
                Ok(true) => match record.deserialize::<T>(Some(&headers)) {
                    Ok(row) => rows.push((at(), row)),
                    Err(error) => self.faults.push(cell_fault(at(), &headers, &record, &error)),
                },
                Err(error) => {
                    self.faults.push(Fault::new(at(), "", "", format!("cannot be read: {error}")));
                    if error.is_io_error() {
                        return rows;
                    }
                }
            }
        }
    }

    /// Passes a looked-up thing on, or notes that the name is unknown.
    pub fn known<T>(&mut self, found: Option<T>, at: &str, field: &str, value: &str, rule: &str) -> Option<T> {
        if found.is_none() {
            self.faults.push(Fault::new(at, field, value, rule));
        }
        found
    }

    /// Passes a parsed value on, or notes why it is none.
    pub fn parsed<T>(&mut self, outcome: Result<T, String>, at: &str, field: &str, value: &str) -> Option<T> {
        outcome.map_err(|rule| self.faults.push(Fault::new(at, field, value, rule))).ok()
    }

    /// `good`, if nothing was wrong.
    pub fn end<T>(self, good: T) -> Result<T, Vec<Fault>> {
        if self.faults.is_empty() { Ok(good) } else { Err(self.faults) }
    }
}

fn cell_fault(at: String, headers: &csv::StringRecord, record: &csv::StringRecord, error: &csv::Error) -> Fault {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
        return Fault::new(at, "", "", format!("cannot be read: {error}"));
    };
    let rule = err.kind().to_string();
    // Our own cell types quote the text they refuse; the csv crate does not say which cell that was.
    let quoted = || rule.split('`').nth(1).and_then(|text| record.iter().position(|cell| cell == text));
    let column = err.field().and_then(|n| usize::try_from(n).ok()).or_else(quoted);
    let field = column.and_then(|n| headers.get(n)).unwrap_or_default();
    let value = column.and_then(|n| record.get(n)).unwrap_or_default();
    Fault::new(at, field, value, rule.clone())
}

/// An id of any kind, or `None` where the text is none.
pub fn key<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// Names to indices, in the order in which rows are pushed.
pub struct Names<I> {
    index: HashMap<String, I>,
    next: usize,
    rule: &'static str,
}

impl<I: Index> Names<I> {
    /// No names yet; `rule` says where they must stand.
    pub fn new(rule: &'static str) -> Self {
        Self { index: HashMap::new(), next: 0, rule }
    }

    /// The next index for `name`; the first keeps a name that comes twice (the world reports the second).
    pub fn push(&mut self, name: &str) {
        let ix = I::from_usize(self.next);
        self.next += 1;
        self.index.entry(name.to_owned()).or_insert(ix);
    }

    /// The index of `name`; an unknown name is a fault and answers the first index, so that reading can go on.
    pub fn find(&self, tables: &mut Tables, at: &str, field: &str, name: &str) -> I {
        let found = self.index.get(name).copied();
        tables.known(found, at, field, name, self.rule).unwrap_or(I::from_usize(0))
    }
}
