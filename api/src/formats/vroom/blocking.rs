//! Names and units of a request, for what blocks its tasks.

use super::problem::Routing;
use super::tasks::StepType;
use crate::formats::blocking::{Naming, seconds};

impl Naming for Routing {
    fn time(&self, amount: i64) -> String {
        seconds(amount)
    }

    /// The measure that is limited is travel time or metres, by what is priced.
    fn distance(&self, amount: i64) -> String {
        if self.prices.is_time() { seconds(amount) } else { format!("{amount} m") }
    }

    fn money(&self, amount: i64) -> String {
        self.price(amount).to_string()
    }

    fn price(&self, amount: i64) -> f64 {
        let hundredths = (amount as f64 * 100.0 / self.prices.scale as f64).round();
        hundredths / 100.0
    }

    fn vehicle(&self, (vehicle_type, vehicle): (u32, u32)) -> String {
        match self.vehicle_id((vehicle_type, vehicle)) {
            Some(id) => format!("vehicle {id}"),
            None => {
                let first = self.vehicles[vehicle_type as usize][0];
                format!("another vehicle like vehicle {}", self.request.vehicles[first].id)
            }
        }
    }

    fn vehicle_id(&self, (vehicle_type, vehicle): (u32, u32)) -> Option<i64> {
        let numbers = &self.vehicles[vehicle_type as usize];
        numbers.get(vehicle as usize).map(|&n| self.request.vehicles[n].id)
    }

    fn end(&self, _: &[u32], stop: u32) -> String {
        match self.tasks[stop as usize].kind {
            StepType::Pickup => "its pickup".to_owned(),
            StepType::Delivery => "its delivery".to_owned(),
            _ => "it".to_owned(),
        }
    }
}
