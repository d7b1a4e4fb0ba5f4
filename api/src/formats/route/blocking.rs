//! Names and units of a file, for what blocks its stops.

use super::{Instance, decimal};
use crate::formats::blocking::Naming;

impl Naming for Instance {
    fn time(&self, amount: i64) -> String {
        self.in_file(amount)
    }

    fn distance(&self, amount: i64) -> String {
        self.in_file(amount)
    }

    fn money(&self, amount: i64) -> String {
        decimal(self, amount)
    }

    fn price(&self, amount: i64) -> f64 {
        amount as f64 / self.cost_scale
    }

    /// By its number in the file, from 1.
    fn vehicle(&self, vehicle: (u32, u32)) -> String {
        match self.vehicle_id(vehicle) {
            Some(id) => format!("vehicle {id}"),
            None => "another vehicle".to_owned(),
        }
    }

    fn vehicle_id(&self, (vehicle_type, vehicle): (u32, u32)) -> Option<i64> {
        let numbers = self.vehicles.get(vehicle_type as usize)?;
        numbers.get(vehicle as usize).map(|&n| n as i64 + 1)
    }

    fn end(&self, stops: &[u32], stop: u32) -> String {
        if stops.len() == 1 { "it".to_owned() } else { format!("place {}", self.place(stop)) }
    }
}
