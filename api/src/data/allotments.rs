//! Allotments: what carriers take a day.

use std::collections::BTreeSet;

use engine::fault::Fault;
use engine::index::Index;
use engine::model::*;

use super::rows::AllotmentRow;
use super::table::Names;
use super::world::Reader;

impl Reader<'_> {
    /// Reads `allotments.csv`, which a network may do without.
    pub(super) fn allotments(&mut self) {
        for (at, row) in self.tables.read_if_there::<AllotmentRow>("allotments.csv") {
            let mut services = self.allotted_services(&at, &row);
            let warehouses = self.listed(&at, "warehouses", &row.warehouses, |names| &names.warehouses);
            let mut regions = self.listed(&at, "regions", &row.regions, |names| &names.regions);
            regions.extend(self.regions_of_states(&at, &row.states));
            if self.tables.is_at_fault(&at) {
                // With other things in place of those it names it would seem to crowd out good ones.
                services.clear();
            }
            let Some(id) = self.id(&at, "allotment", &row.allotment) else { continue };
            let (first_day, last_day) = (row.first_day.map(|day| day.0), row.last_day.map(|day| day.0));
            self.parts.origins.note("allotment", self.parts.allotments.len(), at);
            self.parts.allotments.push(Allotment {
                id,
                services,
                warehouses: warehouses.into_iter().collect(),
                regions: regions.into_iter().collect(),
                first_day,
                last_day,
                parcels: row.parcels,
            });
        }
    }

    /// The service named, or all of the carrier named.
    fn allotted_services(&mut self, at: &str, row: &AllotmentRow) -> Vec<ServiceIx> {
        match (row.carrier.as_str(), row.service.as_str()) {
            ("", service) if !service.is_empty() => {
                self.names.services.seek(self.tables, at, "service", service).into_iter().collect()
            }
            (carrier, "") if !carrier.is_empty() => {
                let carrier = self.names.carriers.seek(self.tables, at, "carrier", carrier);
                let services = self.parts.services.enumerate();
                services.filter(|(_, service)| Some(service.carrier) == carrier).map(|(ix, _)| ix).collect()
            }
            (carrier, _) => {
                let rule = "must name either a carrier, for all its services, or one service";
                self.tables.faults.push(Fault::new(at, "carrier, service", carrier, rule));
                Vec::new()
            }
        }
    }

    /// The things listed in a cell, with spaces between.
    fn listed<I: Index + Ord>(
        &mut self,
        at: &str,
        field: &str,
        cell: &str,
        names: impl Fn(&super::world::AllNames) -> &Names<I>,
    ) -> BTreeSet<I> {
        cell.split_whitespace().map(|name| names(&self.names).find(self.tables, at, field, name)).collect()
    }

    /// Every region with a postal area in one of the states listed.
    fn regions_of_states(&mut self, at: &str, cell: &str) -> BTreeSet<RegionIx> {
        let mut regions = BTreeSet::new();
        for state in cell.split_whitespace() {
            let mut of_state = self.parts.postals.iter().filter(|postal| postal.state == state).peekable();
            let known = of_state.peek().is_some();
            regions.extend(of_state.map(|postal| postal.region));
            if !known && self.tables.has("postals.csv") {
                self.tables.faults.push(Fault::new(at, "states", state, "must be the state of an area in postals.csv"));
            }
        }
        regions
    }
}
