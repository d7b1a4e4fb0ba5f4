//! What the day came to: for the terminal and as a page.

use std::fmt::{self, Write};
use std::time::Duration;

use engine::calendar::civil::Date;
use engine::fulfilment::ShipmentStage;
use engine::peak::{self, Baseline, CurvePoint, PeakSurcharges, Report, Utilisation};
use engine::units::{Cents, Timestamp};

use super::replay::Outcome;
use crate::app::App;
use crate::formats::sheets::escaped;

/// The figures of a demo.
pub struct DemoReport {
    date: Date,
    day: Report,
    refused: Vec<(String, u64)>,
    /// Orders that both sides serve, what they cost here and by the rule.
    compared: (u64, Cents, Cents),
    late_by_carrier: u64,
    quotes: Latency,
    orders: Latency,
    seconds: f64,
    orders_per_second: f64,
    requests: u64,
    warehouses: Vec<(String, Utilisation)>,
    services: Vec<(String, Utilisation)>,
}

/// Percentiles of answer times.
struct Latency {
    p50: Duration,
    p99: Duration,
}

impl Latency {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            times.get(((times.len() as f64 - 1.0) * share).round().max(0.0) as usize).copied().unwrap_or_default()
        };
        Self { p50: at(0.5), p99: at(0.99) }
    }
}

fn peak_surcharges(peak: &PeakSurcharges) -> String {
    format!(
        "${} by date, ${} by volume; ${} less than by the cheapest list price",
        peak.dated.to_decimal(),
        peak.volume.to_decimal(),
        peak.avoided().to_decimal()
    )
}

impl DemoReport {
    /// Reads the figures off the service after the replay.
    pub fn new(app: &App, date: Date, outcome: Outcome, baseline: &Baseline, seconds: f64) -> Self {
        let world = &app.network().world;
        let now = app.clock().now();
        let refused_orders: u64 = outcome.refused.values().sum();
        // The day ends when the last order is on a floor; what follows is flat.
        let busy = outcome.curve.iter().rposition(|point| point.backlog > 0).unwrap_or(0);
        let curve = outcome.curve.iter().take(busy + 13).cloned().collect();
        let (day, compared, late_by_carrier) = app.read(|state| {
            let day = Report::of(app.network(), state, refused_orders, curve, now);
            let costs = peak::order_costs(world, state);
            let both = outcome.ids.iter().zip(&baseline.cost).filter_map(|(id, cost)| Some((id.as_ref()?, (*cost)?)));
            let compared = both.fold((0, Cents::ZERO, Cents::ZERO), |(n, ours, theirs), (id, cost)| {
                (n + 1, ours + costs.get(id).copied().unwrap_or_default(), theirs + cost)
            });
            // Late although everything here was in time: the carrier lost the day.
            let late = |s: &&engine::fulfilment::Shipment| {
                s.stage == ShipmentStage::Delivered
                    && s.delivered_at.is_some_and(|at| at > s.promised_by)
                    && s.plan.delivers_by <= s.promised_by
            };
            (day, compared, state.shipments().values().filter(late).count() as u64)
        });
        let placed = outcome.ids.len() as f64;
        Self {
            date,
            refused: outcome.refused.into_iter().collect(),
            compared,
            late_by_carrier,
            quotes: Latency::of(outcome.quote_latency),
            orders: Latency::of(outcome.order_latency),
            seconds,
            orders_per_second: placed / outcome.placing.as_secs_f64().max(0.001),
            requests: outcome.requests,
            warehouses: day
                .warehouses
                .iter()
                .map(|(ix, use_)| (format!("{} {}", world.warehouses[*ix].id, world.warehouses[*ix].name), *use_))
                .collect(),
            services: day.services.iter().map(|(ix, use_)| (world.services[*ix].name.clone(), *use_)).collect(),
            day,
        }
    }

    /// Name and value of each figure.
    fn figures(&self) -> Vec<(&'static str, String)> {
        let day = &self.day;
        let (count, ours, theirs) = self.compared;
        let each = |sum: Cents| Cents::new(sum.get() / i64::try_from(count.max(1)).unwrap_or(1)).to_decimal();
        let saved = 100.0 * (theirs - ours).get() as f64 / theirs.get().max(1) as f64;
        let refused: Vec<String> = self.refused.iter().map(|(code, n)| format!("{n} {code}")).collect();
        let on_time = 100.0 * (1.0 - day.late as f64 / day.shipments.max(1) as f64);
        vec![
            ("Orders accepted", day.accepted.to_string()),
            (
                "Orders refused",
                if refused.is_empty() { "0".to_owned() } else { format!("{} ({})", day.refused, refused.join(", ")) },
            ),
            ("Oversold", day.oversold.to_string()),
            ("Shipments", format!("{} ({} orders split)", day.shipments, day.split)),
            ("Delivered", day.delivered.to_string()),
            (
                "On time against promise",
                format!("{on_time:.2} % ({} late, {} of them by the carrier alone)", day.late, self.late_by_carrier),
            ),
            ("Cost an order", format!("${} on {count} orders", each(ours))),
            ("Nearest with stock, cheapest service", format!("${} on the same orders, capacity ignored", each(theirs))),
            ("Saved", format!("{saved:.1} %")),
            ("Peak surcharges", peak_surcharges(&day.peak)),
            ("Waves released", day.waves.to_string()),
            ("Plan runs", format!("{}, mean proven gap {:.2} %", day.plan_runs, day.mean_gap_percent)),
            ("Quote, p50 / p99", format!("{:.1} / {:.1} ms", ms(self.quotes.p50), ms(self.quotes.p99))),
            ("Order, p50 / p99", format!("{:.1} / {:.1} ms, durable", ms(self.orders.p50), ms(self.orders.p99))),
            ("Placed", format!("{:.0} orders/s, each quoted first", self.orders_per_second)),
            ("Replay", format!("{:.0} s, {} requests", self.seconds, self.requests)),
        ]
    }

    /// The report as a page of its own.
    pub fn to_html(&self) -> String {
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Tidewater: {date}</title><style>\
             body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}}\
             table{{border-collapse:collapse;width:100%}}td,th{{padding:.3rem .6rem;border-bottom:1px solid #d8dee8;text-align:left}}\
             td.n{{text-align:right}}svg{{width:100%;height:auto}}svg text{{font:11px system-ui,sans-serif;fill:#667085}}\
             .bar{{background:#eef2f7;border-radius:4px;height:14px}}.bar i{{display:block;height:14px;border-radius:4px;background:#2563eb}}\
             .bar i.tight{{background:#d97706}}</style>\
             <h1>A peak day: {date}</h1><p>Replayed through Tidewater's HTTP API on an accelerated clock. All merchants, places, carriers and \
             orders are invented; postal areas are real. The rule it is compared with sends each order from the nearest warehouse that has \
             the goods, by the cheapest service.</p><table>",
            date = self.date
        );
        for (name, value) in self.figures() {
            let _ = write!(page, "<tr><th>{name}<td>{value}</tr>");
        }
        page.push_str("</table><h2>Orders over time</h2>");
        page.push_str(&curve(&self.day.curve));
        page.push_str("<p><span style=\"color:#2563eb\">accepted</span> · <span style=\"color:#d97706\">backlog, not yet on a floor</span></p>");
        page.push_str("<h2>Work of the waves released, by warehouse</h2>");
        page.push_str(&bars(&self.warehouses, "units of work"));
        page.push_str("<h2>Parcels, by service, against its daily capacity on the days used</h2>");
        page.push_str(&bars(&self.services, "parcels"));
        page.push_str("</html>");
        page
    }
}

impl fmt::Display for DemoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The day of {}", self.date)?;
        for (name, value) in self.figures() {
            writeln!(f, "  {name:<38}{value}")?;
        }
        for (title, rows) in [("Work by warehouse", &self.warehouses), ("Parcels by service", &self.services)] {
            writeln!(f, "  {title}")?;
            for (name, use_) in rows.iter().filter(|(_, use_)| use_.capacity > 0) {
                writeln!(f, "    {name:<24}{:>7} of {:>7}  {:>5.1} %", use_.used, use_.capacity, share(use_))?;
            }
        }
        Ok(())
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn share(use_: &Utilisation) -> f64 {
    100.0 * use_.used as f64 / use_.capacity.max(1) as f64
}

fn bars(rows: &[(String, Utilisation)], unit: &str) -> String {
    let mut table = "<table>".to_owned();
    for (name, use_) in rows.iter().filter(|(_, use_)| use_.capacity > 0) {
        let tight = if share(use_) > 80.0 { " class=\"tight\"" } else { "" };
        let _ = write!(
            table,
            "<tr><td>{}<td style=\"width:40%\"><div class=\"bar\"><i{tight} style=\"width:{:.1}%\"></i></div>\
             <td class=\"n\">{:.1} %<td class=\"n\">{} of {} {unit}</tr>",
            escaped(name),
            share(use_).min(100.0),
            share(use_),
            use_.used,
            use_.capacity
        );
    }
    table.push_str("</table>");
    table
}

fn shown(at: Timestamp) -> String {
    at.to_string().replace('T', " ").replace('Z', " UTC")
}

fn curve(points: &[CurvePoint]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let top = points.iter().map(|p| p.accepted.max(p.backlog)).max().unwrap_or(1).max(1) as f64;
    let span = (last.at - first.at).get().max(1) as f64;
    let x = |p: &CurvePoint| 46.0 + 580.0 * (p.at - first.at).get() as f64 / span;
    let y = |n: u64| 196.0 - 180.0 * n as f64 / top;
    let line = |of: fn(&CurvePoint) -> u64, colour: &str| {
        let points: Vec<String> = points.iter().map(|p| format!("{:.1},{:.1}", x(p), y(of(p)))).collect();
        format!("<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", points.join(" "))
    };
    let mut svg = "<svg viewBox=\"0 0 640 220\">".to_owned();
    for n in [0.0, 0.5, 1.0] {
        let at = 196.0 - 180.0 * n;
        let _ = write!(
            svg,
            "<line x1=\"46\" x2=\"626\" y1=\"{at}\" y2=\"{at}\" stroke=\"#d8dee8\"/><text x=\"40\" y=\"{}\" text-anchor=\"end\">{:.0}</text>",
            at + 4.0,
            top * n
        );
    }
    let _ = write!(
        svg,
        "<text x=\"46\" y=\"214\">{}</text><text x=\"626\" y=\"214\" text-anchor=\"end\">{}</text>",
        shown(first.at),
        shown(last.at)
    );
    svg.push_str(&line(|p| p.accepted, "#2563eb"));
    svg.push_str(&line(|p| p.backlog, "#d97706"));
    svg.push_str("</svg>");
    svg
}
