//! Zone charts by pairs of regions.

use engine::fault::Fault;
use engine::model::{ChartIx, NO_ZONE, PairChart, RegionIx, ServiceZones};

use super::rows::ZonePairRow;
use super::world::Reader;

/// The file of all charts.
const FILE: &str = "zone_pairs.csv";

/// Each takes a byte a pair of regions.
const MOST_CHARTS: usize = 64;

impl Reader<'_> {
    /// Reads the charts; a network without the file prices by distance alone. Regions that the network has not are passed over:
    /// a carrier's chart is of its whole country.
    pub(super) fn zone_pairs(&mut self) {
        let regions = self.parts.regions.len();
        for (at, row) in self.tables.read_if_there::<ZonePairRow>(FILE) {
            let chart = match self.names.charts.known(&row.chart) {
                Some(chart) => chart,
                None if self.parts.pair_charts.len() == MOST_CHARTS => {
                    let rule = format!("there may be {MOST_CHARTS} charts at most");
                    self.tables.faults.push(Fault::new(&at, "chart", &row.chart, rule));
                    break;
                }
                None => {
                    self.names.charts.push(&row.chart);
                    self.parts.origins.note("zone chart", self.parts.pair_charts.len(), at.clone());
                    self.parts.pair_charts.push(PairChart::new(row.chart.clone(), regions))
                }
            };
            for (field, cell) in [("origin", &row.origin), ("destination", &row.destination)] {
                let is_range = |(first, last): (&str, &str)| first.len() == last.len() && first <= last;
                if cell.is_empty() || !cell.split_once("..").is_none_or(is_range) {
                    let rule = "must be a region, or FIRST..LAST from the lower to the higher one, both of one length";
                    self.tables.faults.push(Fault::new(&at, field, cell, rule));
                }
            }
            let (from, to) = (self.regions_in(&row.origin), self.regions_in(&row.destination));
            if row.zone == NO_ZONE {
                self.tables.faults.push(Fault::new(&at, "zone", row.zone, "must be below 255"));
            }
            for (&from, &to) in from.iter().flat_map(|from| to.iter().map(move |to| (from, to))) {
                self.parts.pair_charts[chart].set(from, to, row.zone);
            }
        }
    }

    /// Regions of a cell: a code, or a range `FIRST..LAST`.
    fn regions_in(&self, cell: &str) -> Vec<RegionIx> {
        match cell.split_once("..") {
            None => self.names.regions.known(cell).into_iter().collect(),
            Some((first, last)) => {
                let is_in = |code: &str| code.len() == first.len() && (first..=last).contains(&code);
                self.parts.regions.enumerate().filter(|(_, region)| is_in(&region.code)).map(|(ix, _)| ix).collect()
            }
        }
    }

    /// The zones of a service from its cells `zone_chart` and `zones`; `None` where it prices by distance.
    pub(super) fn service_zones(&mut self, at: &str, chart: &str, zones: &str) -> Option<ServiceZones> {
        if chart.is_empty() {
            if !zones.is_empty() {
                self.tables.faults.push(Fault::new(at, "zones", zones, "needs a zone_chart"));
            }
            return None;
        }
        let chart: ChartIx = self.names.charts.find(self.tables, at, "zone_chart", chart);
        let columns: Result<Vec<u8>, String> = zones
            .split_whitespace()
            .map(|zone| {
                zone.parse().map_err(|_| "must be zone numbers, one a price column, with spaces between".to_owned())
            })
            .collect();
        Some(ServiceZones { chart, columns: self.tables.parsed(columns, at, "zones", zones).unwrap_or_default() })
    }
}
