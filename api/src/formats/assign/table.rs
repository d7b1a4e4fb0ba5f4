//! Reads CSV tables with faults that name file, line and field.

use engine::fault::Fault;

/// After this many faults the rest is only counted.
const MOST_FAULTS: usize = 200;

/// Collects faults; keeps the first ones and counts the rest.
#[derive(Debug, Default)]
pub struct Faults {
    kept: Vec<Fault>,
    more: usize,
}

impl Faults {
    /// Adds one.
    pub fn add(&mut self, at: impl Into<String>, field: &str, value: impl std::fmt::Display, rule: &str) {
        if self.kept.len() < MOST_FAULTS {
            self.kept.push(Fault::new(at, field, value, rule));
        } else {
            self.more += 1;
        }
    }

    /// Adds many.
    pub fn extend(&mut self, faults: Vec<Fault>) {
        self.more += (self.kept.len() + faults.len()).saturating_sub(MOST_FAULTS);
        let room = MOST_FAULTS.saturating_sub(self.kept.len());
        self.kept.extend(faults.into_iter().take(room));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The faults, with a last line for those not kept.
    pub fn into_vec(mut self) -> Vec<Fault> {
        if self.more > 0 {
            self.kept.push(Fault::new("", "", self.more, "more faults of these kinds are not shown"));
        }
        self.kept
    }
}

/// One row: its line number and the wanted fields as whole numbers.
pub struct Row<'a> {
    /// `orders.csv:17`, made only where a fault is reported.
    file: &'a str,
    line: u64,
    /// Rows of the table before this one, faulty rows included.
    pub number: i64,
    /// The numbers, in the order of the columns asked for.
    pub values: &'a [i64],
}

impl Row<'_> {
    /// Where the row is.
    pub fn at(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Reads whole numbers from the columns named `wanted`, and hands each good row to `each`.
pub fn read_numbers(
    file: &str,
    text: &str,
    wanted: &[String],
    faults: &mut Faults,
    mut each: impl FnMut(&Row<'_>, &mut Faults),
) {
    let mut values = vec![0; wanted.len()];
    read(file, text, wanted, faults, |(line, number), fields, faults| {
        let mut good = true;
        for ((value, field), name) in values.iter_mut().zip(fields).zip(wanted) {
            match field.parse() {
                Ok(number) => *value = number,
                Err(_) => {
                    good = false;
                    faults.add(format!("{file}:{line}"), name, shown(field), "must be a whole number");
                }
            }
        }
        if good {
            each(&Row { file, line, number, values: &values }, faults);
        }
    });
}

/// Reads decimal numbers likewise.
pub fn read_decimals(file: &str, text: &str, wanted: &[String], faults: &mut Faults, mut each: impl FnMut(&[f64])) {
    let mut values = vec![0.0; wanted.len()];
    read(file, text, wanted, faults, |(line, _), fields, faults| {
        for ((value, field), name) in values.iter_mut().zip(fields).zip(wanted) {
            *value = field.parse().ok().filter(|x: &f64| x.is_finite()).unwrap_or_else(|| {
                faults.add(format!("{file}:{line}"), name, shown(field), "must be a number");
                0.0
            });
        }
        each(&values);
    });
}

/// A field as faults show it.
pub fn shown(field: &str) -> String {
    field.chars().take(40).collect()
}

/// Hands each row to `each`: its line and number, and the fields of the columns named `wanted`, as text.
pub fn read(
    file: &str,
    text: &str,
    wanted: &[String],
    faults: &mut Faults,
    mut each: impl FnMut((u64, i64), &[&str], &mut Faults),
) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return faults.add(file, "", error, "must be a CSV table with a header"),
    };
    let columns: Vec<Option<usize>> = wanted.iter().map(|name| header.iter().position(|h| h == name)).collect();
    for (name, _) in wanted.iter().zip(&columns).filter(|(_, column)| column.is_none()) {
        faults.add(format!("{file}:1"), name, "", "column is missing");
    }
    let Some(columns) = columns.into_iter().collect::<Option<Vec<usize>>>() else { return };
    let mut record = csv::StringRecord::new();
    for number in 0.. {
        match reader.read_record(&mut record) {
            Ok(false) => return,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                let fields: Option<Vec<&str>> = columns.iter().map(|&column| record.get(column)).collect();
                match fields {
                    Some(fields) => each((line, number), &fields, faults),
                    None => faults.add(format!("{file}:{line}"), "", record.len(), "row has too few fields"),
                }
            }
            Err(error) => return faults.add(file, "", error, "must be a readable CSV table"),
        }
    }
}
