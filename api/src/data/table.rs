//! CSV files with typed rows and located faults.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, StringRecord};
use engine::fault::Fault;
use engine::index::Index;
use serde::de::DeserializeOwned;

/// A kind of row: its columns, and the cells that its types let through but no file may hold.
pub trait Row: DeserializeOwned {
    /// The columns that a header must have, in any order.
    const COLUMNS: &'static [&'static str];
    /// Columns that it may have as well.
    const OPTIONAL: &'static [&'static str];
    /// The rule that a number of the row breaks by its sheer size or sign, if one does.
    fn outsize(&self) -> Option<String>;
}

/// Parts of the world's rules about how things of several files fit together.
const RELATIONS: [&str; 7] = [
    "exist",
    "two hubs of one carrier",
    "at least one",
    "one price a row",
    "zone chart's columns",
    "come once for a warehouse",
    "come to 10,000",
];

/// Reads the tables of a folder and gathers every fault.
pub struct Tables {
    folder: PathBuf,
    pub faults: Vec<Fault>,
    /// Files that could not be read at all. What refers to them is not reported: it would bury the one fault that counts.
    unread: BTreeSet<String>,
}

impl Tables {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), faults: Vec::new(), unread: BTreeSet::new() }
    }

    /// The rows of a file with their places, `file:line`.
    ///
    /// Each bad cell is a fault. It is then read as in a good row of the file, so that the rest of its row, and what refers
    /// to the row, can be checked in the same pass; nothing read beside a fault is ever used.
    pub fn read<T: Row>(&mut self, file: &str) -> Vec<(String, T)> {
        let Some(sheet) = self.sheet::<T>(file) else {
            self.unread.insert(file.to_owned());
            return Vec::new();
        };
        let good = sheet.records.iter().map(|(_, record)| record).find(|record| sheet.parse::<T>(record).is_ok());
        let mut rows = Vec::with_capacity(sheet.records.len());
        for (line, record) in &sheet.records {
            let at = format!("{file}:{line}");
            match sheet.parse::<T>(record) {
                Ok(row) => rows.push((at, row)),
                Err(rule) => rows.extend(self.mend(&sheet, record, good, &at, rule).map(|row| (at, row))),
            }
        }
        rows
    }

    /// As [`Tables::read`], of a file that a network may do without.
    pub fn read_if_there<T: Row>(&mut self, file: &str) -> Vec<(String, T)> {
        if self.folder.join(file).exists() { self.read(file) } else { Vec::new() }
    }

    /// Whether a file could be read.
    pub fn has(&self, file: &str) -> bool {
        !self.unread.contains(file)
    }

    /// Whether a fault has been noted at a place.
    pub fn is_at_fault(&self, at: &str) -> bool {
        self.faults.iter().any(|fault| fault.at == at)
    }

    /// Adds the faults that the world found, but none that only follows from a missing file or an unknown name.
    pub fn add_world_faults(&mut self, faults: Vec<Fault>) {
        let known: BTreeSet<String> = self.faults.iter().map(|fault| fault.at.clone()).collect();
        let missing = !self.unread.is_empty();
        let follows = |fault: &Fault| {
            let relation = RELATIONS.iter().any(|part| fault.rule.contains(part));
            relation && (missing || known.contains(&fault.at))
        };
        self.faults.extend(faults.into_iter().filter(|fault| !follows(fault)));
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

    /// A file cut into cells; `None`, with its faults noted, where it is missing or its header is wrong.
    fn sheet<T: Row>(&mut self, file: &str) -> Option<Sheet> {
        let bytes = match std::fs::read(self.folder.join(file)) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.faults.push(Fault::new(file, "", "", format!("the file must be there and readable ({error})")));
                return None;
            }
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut lines = LineCounter { bytes, counted: 0, line: 1 };
        let mut headers: Option<StringRecord> = None;
        let mut records = Vec::new();
        let mut raw = ByteRecord::new();
        // Reading from memory, with any number of cells a row, cannot fail.
        while reader.read_byte_record(&mut raw).unwrap_or(false) {
            let line = lines.line_of(raw.position().map_or(0, csv::Position::byte));
            raw.trim();
            let Ok(record) = StringRecord::from_byte_record(raw.clone()) else {
                self.faults.push(Fault::new(format!("{file}:{line}"), "", "", "must be UTF-8 text"));
                continue;
            };
            match &headers {
                None => headers = Some(record),
                Some(names) if names.len() != record.len() => {
                    let rule = format!("must have {} cells, as the header has", names.len());
                    self.faults.push(Fault::new(format!("{file}:{line}"), "", format!("{} cells", record.len()), rule));
                    // The first cell of most files is the name that others refer to: keep it, leave the rest to `mend`.
                    records.push((line, StringRecord::from(vec![record.get(0).unwrap_or_default()])));
                }
                Some(_) => records.push((line, record)),
            }
        }
        let headers = headers.unwrap_or_default();
        let faults = self.faults.len();
        self.header::<T>(file, &headers);
        (self.faults.len() == faults).then_some(Sheet { headers, records })
    }

    fn header<T: Row>(&mut self, file: &str, headers: &StringRecord) {
        let at = format!("{file}:1");
        for column in T::COLUMNS.iter().filter(|column| headers.iter().all(|name| name != **column)) {
            self.faults.push(Fault::new(&at, *column, "", "the column is missing from the header"));
        }
        for (n, name) in headers.iter().enumerate() {
            if !T::COLUMNS.contains(&name) && !T::OPTIONAL.contains(&name) {
                let columns = [T::COLUMNS, T::OPTIONAL].concat().join(", ");
                let rule = format!("is no column of this file: use {columns}");
                self.faults.push(Fault::new(&at, "header", name, rule));
            } else if headers.iter().take(n).any(|earlier| earlier == name) {
                self.faults.push(Fault::new(&at, name, "", "the column must come once"));
            }
        }
    }

    /// Notes each bad cell of `record` and reads the row with those cells taken from `good`.
    fn mend<T: Row>(
        &mut self,
        sheet: &Sheet,
        record: &StringRecord,
        good: Option<&StringRecord>,
        at: &str,
        rule: String,
    ) -> Option<T> {
        let Some(good) = good else {
            // No row of the file can be read, so no cell can be tried alone. A wrong number of cells has been noted.
            if record.len() == sheet.headers.len() {
                self.faults.push(Fault::new(at, "", "", rule));
            }
            return None;
        };
        let mut mended = good.iter().map(str::to_owned).collect::<Vec<_>>();
        for (n, cell) in record.iter().enumerate() {
            let own = std::mem::replace(&mut mended[n], cell.to_owned());
            if let Err(rule) = sheet.parse::<T>(&StringRecord::from(mended.clone())) {
                self.faults.push(Fault::new(at, sheet.headers.get(n).unwrap_or_default(), cell, rule));
                mended[n] = own;
            }
        }
        sheet.parse(&StringRecord::from(mended)).ok()
    }
}

/// A file's cells, with the line of each row.
struct Sheet {
    headers: StringRecord,
    records: Vec<(u64, StringRecord)>,
}

impl Sheet {
    fn parse<T: Row>(&self, record: &StringRecord) -> Result<T, String> {
        // A row with a wrong number of cells has been cut to its first and is never whole.
        if record.len() != self.headers.len() {
            return Err("must have as many cells as the header".to_owned());
        }
        let row: T = record.deserialize(Some(&self.headers)).map_err(|error| rule_of(&error))?;
        row.outsize().map_or(Ok(row), Err)
    }
}

fn rule_of(error: &csv::Error) -> String {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else { return error.to_string() };
    match err.kind() {
        csv::DeserializeErrorKind::ParseInt(why) => format!("must be a whole number in range ({why})"),
        csv::DeserializeErrorKind::ParseFloat(why) => format!("must be a number ({why})"),
        other => other.to_string(),
    }
}

/// Lines of rows. The csv crate counts from where a row's reading starts, before blank lines and the second half of a CR LF.
struct LineCounter<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u64,
}

impl LineCounter<'_> {
    fn line_of(&mut self, byte: u64) -> u64 {
        let from = usize::try_from(byte).unwrap_or(usize::MAX).min(self.bytes.len());
        let start = from + self.bytes[from..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let start = start.max(self.counted);
        self.line += self.bytes[self.counted..start].iter().filter(|&&b| b == b'\n').count() as u64;
        self.counted = start;
        self.line
    }
}

/// An id of any kind, or `None` where the text is none.
pub fn key<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// Names to indices, in the order in which rows are pushed.
pub struct Names<I> {
    index: HashMap<String, I>,
    next: usize,
    file: &'static str,
}

impl<I: Index> Names<I> {
    /// No names yet; they stand in `file`.
    pub fn new(file: &'static str) -> Self {
        Self { index: HashMap::new(), next: 0, file }
    }

    /// The next index for `name`; the first keeps a name that comes twice (the world reports the second).
    pub fn push(&mut self, name: &str) {
        let ix = I::from_usize(self.next);
        self.next += 1;
        self.index.entry(name.to_owned()).or_insert(ix);
    }

    /// The index of `name`, if it has come.
    pub fn known(&self, name: &str) -> Option<I> {
        self.index.get(name).copied()
    }

    /// The index of `name`, or `None` and a fault, unless the names' file could not be read.
    pub fn seek(&self, tables: &mut Tables, at: &str, field: &str, name: &str) -> Option<I> {
        let found = self.known(name);
        if found.is_none() && !tables.has(self.file) {
            return None;
        }
        tables.known(found, at, field, name, &format!("must be in {}", self.file))
    }

    /// As [`Names::seek`], but answers the first index for an unknown name, so that reading can go on.
    pub fn find(&self, tables: &mut Tables, at: &str, field: &str, name: &str) -> I {
        self.seek(tables, at, field, name).unwrap_or(I::from_usize(0))
    }
}
