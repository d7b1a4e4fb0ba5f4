//! Routes as one table, a row a visit; units stand in a column of their own.

use super::{Day, Sheet, Visit};

const COLUMNS: [&str; 18] = [
    "vehicle",
    "trip",
    "stop",
    "kind",
    "name",
    "task",
    "x",
    "y",
    "coordinates",
    "arrival",
    "window",
    "wait",
    "service",
    "load",
    "moment_unit",
    "span_unit",
    "load_unit",
    "driven",
];

/// The day as CSV.
pub fn csv(day: &Day) -> anyhow::Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for sheet in &day.sheets {
        for visit in &sheet.visits {
            writer.write_record(row(day, sheet, visit))?;
        }
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|error| error.into_error())?)?)
}

fn row(day: &Day, sheet: &Sheet, visit: &Visit) -> [String; 18] {
    let [x, y] = visit.at.map_or_else(Default::default, |at| at.map(|number| number.to_string()));
    let number = if visit.number == 0 { String::new() } else { visit.number.to_string() };
    [
        sheet.vehicle.clone(),
        visit.trip.to_string(),
        number,
        visit.kind.word().to_owned(),
        visit.name.clone(),
        visit.task.clone(),
        x,
        y,
        day.ground.word().to_owned(),
        visit.arrival.clone(),
        visit.window.clone(),
        visit.wait.clone(),
        visit.service.clone(),
        visit.load.clone(),
        day.units.moment.clone(),
        day.units.span.clone(),
        day.units.load.clone(),
        if visit.is_driven { "yes".to_owned() } else { String::new() },
    ]
}
