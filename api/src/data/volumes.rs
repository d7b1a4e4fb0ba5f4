//! Volume surcharges: a file that a network may have.

use engine::model::{ServiceIx, VolumeStep, VolumeTiers};
use engine::units::Cents;

use super::rows::VolumeTierRow;
use super::world::Reader;

impl Reader<'_> {
    /// Reads the steps of each carrier or service and span of days.
    pub(super) fn volumes(&mut self) {
        let mut found: Vec<(VolumeTiers, Vec<String>)> = Vec::new();
        for (at, row) in self.tables.read_if_there::<VolumeTierRow>("volume_tiers.csv") {
            let carrier = self.names.carriers.seek(self.tables, &at, "carrier", &row.carrier);
            let service = self.only_service(&at, &row.service);
            let (Some(carrier), Some(service)) = (carrier, service) else { continue };
            let (first, last) = (row.first_day.0, row.last_day.0);
            let step = VolumeStep { from: row.from_parcels, surcharge: Cents::new(row.surcharge_cents) };
            let same = |tiers: &VolumeTiers| {
                (tiers.carrier, tiers.service, tiers.first, tiers.last) == (carrier, service, first, last)
            };
            match found.iter_mut().find(|(tiers, _)| same(tiers)) {
                Some((tiers, places)) => {
                    tiers.steps.push(step);
                    places.push(at);
                }
                None => found.push((VolumeTiers { carrier, service, first, last, steps: vec![step] }, vec![at])),
            }
        }
        let mut steps = 0;
        for (tiers, places) in found {
            let first = places.first().cloned().unwrap_or_default();
            self.parts.origins.note("volume tiers", self.parts.volume_tiers.len(), first);
            for place in places {
                self.parts.origins.note("volume step", steps, place);
                steps += 1;
            }
            self.parts.volume_tiers.push(tiers);
        }
    }

    /// No service where the cell is empty: all of the carrier's count. `None` where there is no such service.
    fn only_service(&mut self, at: &str, service: &str) -> Option<Option<ServiceIx>> {
        if service.is_empty() {
            return Some(None);
        }
        self.names.services.seek(self.tables, at, "service", service).map(Some)
    }
}
