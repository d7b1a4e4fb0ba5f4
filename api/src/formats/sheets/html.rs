//! Drivers' sheets as one page of HTML that needs nothing else: a printed page a vehicle.

use std::fmt::Write;

use super::{Day, Kind, Sheet, Visit};

const STYLE: &str = "body{font:11pt/1.35 sans-serif;margin:1.5em}section{page-break-after:always}table{border-collapse:collapse;width:100%}\
    th,td{border:1px solid #999;padding:.25em .5em;text-align:left;vertical-align:top}thead{background:#eee;display:table-header-group}\
    tr{page-break-inside:avoid}tr.other td{background:#f6f6f6}td.done{width:4em}";

/// The day as a page; a section a vehicle.
pub fn html(day: &Day) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{0}</title><style>{STYLE}</style></head><body>\n",
        escaped(&day.title)
    );
    for sheet in &day.sheets {
        section(day, sheet, &mut page);
    }
    page.push_str("</body></html>\n");
    page
}

fn section(day: &Day, sheet: &Sheet, page: &mut String) {
    let units = &day.units;
    let stops = sheet.visits.iter().filter(|visit| visit.number > 0).count();
    let trips = sheet.visits.iter().map(|visit| visit.trip).max().unwrap_or(0);
    let _ = writeln!(
        page,
        "<section><h1>Vehicle {}</h1><p>{}: {stops} stops in {trips} trip(s), {} {}.</p>",
        escaped(&sheet.vehicle),
        escaped(&day.title),
        escaped(&sheet.distance),
        escaped(&units.distance)
    );
    let _ = writeln!(
        page,
        "<p>Visit the stops from top to bottom. Arrival and window are {}: service may not begin outside the window, wait if you are \
         early. Load is what is on board when you drive on, in {}.</p>",
        escaped(&units.moment),
        escaped(&units.load)
    );
    let _ = writeln!(
        page,
        "<table><thead><tr><th>Stop</th><th>Where</th><th>What</th><th>Arrival ({0})</th><th>Window ({0})</th><th>Wait ({1})</th>\
         <th>Service ({1})</th><th>Load after ({2})</th><th>Done</th></tr></thead><tbody>",
        escaped(&units.moment),
        escaped(&units.span),
        escaped(&units.load)
    );
    sheet.visits.iter().for_each(|visit| row(visit, page));
    page.push_str("</tbody></table></section>\n");
}

fn row(visit: &Visit, page: &mut String) {
    let is_stop = visit.kind == Kind::Stop;
    let first = if is_stop { visit.number.to_string() } else { visit.kind.word().to_owned() };
    let _ = write!(page, "<tr{}><td>{first}</td>", if is_stop { "" } else { " class=\"other\"" });
    let window = if is_stop && visit.window.is_empty() { "any time" } else { &visit.window };
    for cell in [&visit.name, &visit.task, &visit.arrival, window, &visit.wait, &visit.service, &visit.load] {
        let _ = write!(page, "<td>{}</td>", escaped(cell));
    }
    let _ = writeln!(page, "<td class=\"done\">{}</td></tr>", if visit.is_driven { "yes" } else { "" });
}

/// Text that is no markup.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
