//! What a packed carton costs: by a table of weights, or by a service's tariff in a network.

use engine::calendar::civil::Date;
use engine::fault::Fault;
use engine::model::{PostalIx, ServiceIx, World};
use engine::network::Network;
use engine::packing::{CartonBill, PackedCarton};
use engine::rating::ParcelFacts;
use engine::units::{Cents, Grams, Size};
use serde::Deserialize;

use super::{Cartons, MOST_CENTS};
use crate::formats::rows;

/// Stands in for the price of a carton that the service does not carry: dearer than any other way.
const NOT_CARRIED: Cents = Cents::new(1_000_000_000);

/// Price of a carton type at a weight, the carton's own cost included.
#[derive(Debug)]
pub struct Bill {
    cartons: Vec<(Size, Cents)>,
    prices: Prices,
}

#[derive(Debug)]
enum Prices {
    /// By gross weight; the last row's for anything heavier.
    Steps(Vec<Step>),
    Tariff(Box<Shipment>),
}

#[derive(Debug, Deserialize)]
struct Step {
    max_weight_g: i64,
    price_cents: i64,
}

#[derive(Debug)]
struct Shipment {
    network: Network,
    service: ServiceIx,
    column: u8,
    postal: PostalIx,
    residential: bool,
    pickup: Date,
}

/// Which tariff of a network, by names.
#[derive(Clone, Debug)]
pub struct Lane<'a> {
    /// The service.
    pub service: &'a str,
    /// The warehouse it leaves.
    pub from: &'a str,
    /// The postal code it goes to.
    pub to: &'a str,
    /// Goes to a home.
    pub residential: bool,
    /// Local day of the collection; the tariff's first where none is said.
    pub day: Option<Date>,
}

impl Bill {
    /// Prices by weight from a file; every fault at once.
    pub fn by_weight(cartons: &Cartons, name: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let steps: Vec<(u64, Step)> = rows(name, text, &mut faults);
        for (line, step) in &steps {
            if !(0..=MOST_CENTS).contains(&step.price_cents) {
                let rule = format!("must be 0 to {MOST_CENTS}");
                faults.push(Fault::new(format!("{name}:{line}"), "price_cents", step.price_cents, rule));
            }
        }
        for pair in steps.windows(2) {
            let ((_, before), (line, step)) = (&pair[0], &pair[1]);
            if step.max_weight_g <= before.max_weight_g {
                let rule = format!("must be above the row before, {}", before.max_weight_g);
                faults.push(Fault::new(format!("{name}:{line}"), "max_weight_g", step.max_weight_g, rule));
            }
        }
        if steps.is_empty() && faults.is_empty() {
            faults.push(Fault::new(name, "max_weight_g", "", "must have at least one row"));
        }
        let prices = Prices::Steps(steps.into_iter().map(|(_, step)| step).collect());
        if faults.is_empty() { Ok(Self::new(cartons, prices)) } else { Err(faults) }
    }

    /// Prices by the tariff of a service of this network; every unknown name at once.
    pub fn by_tariff(cartons: &Cartons, world: World, lane: &Lane<'_>) -> Result<Self, Vec<Fault>> {
        let (service, warehouse) = (world.service(lane.service), world.warehouse(lane.from));
        let postal = world.postal(lane.to);
        let (Some(service), Some(warehouse), Some(postal)) = (service, warehouse, postal) else {
            let named = [
                ("service", lane.service, service.is_some(), "must be in services.csv"),
                ("from", lane.from, warehouse.is_some(), "must be in warehouses.csv"),
                ("to", lane.to, postal.is_some(), "must be in postals.csv"),
            ];
            let unknown = named.into_iter().filter(|(_, _, is_known, _)| !is_known);
            return Err(unknown.map(|(field, value, _, rule)| Fault::new("tariff", field, value, rule)).collect());
        };
        let network = Network::new(world);
        let column = network.column(service, warehouse, postal);
        if let Err(reason) = network.serves(service, warehouse, postal) {
            return Err(vec![Fault::new("tariff", "service", lane.service, format!("must go there: {reason}"))]);
        }
        let world = &network.world;
        let first =
            world.cards[world.services[service].card].versions.iter().map(|&ix| world.tariffs[ix].valid_from).min();
        let pickup = lane.day.or(first).unwrap_or_default();
        let shipment = Shipment { network, service, column, postal, residential: lane.residential, pickup };
        Ok(Self::new(cartons, Prices::Tariff(Box::new(shipment))))
    }

    fn new(cartons: &Cartons, prices: Prices) -> Self {
        let outer = cartons.types.iter().map(|carton| carton.outer);
        Self { cartons: outer.zip(cartons.costs.iter().copied()).collect(), prices }
    }

    /// Whether no weight is cheaper than a lower one, as carriers' tariffs have it.
    pub fn rises(&self) -> bool {
        match &self.prices {
            Prices::Steps(steps) => steps.is_sorted_by_key(|step| step.price_cents),
            Prices::Tariff(_) => true,
        }
    }

    /// What these cartons cost, and how many of them are not carried and not counted.
    pub fn sum<'a>(&self, cartons: impl Iterator<Item = &'a PackedCarton>) -> (Cents, usize) {
        let (mut sum, mut refused) = (Cents::ZERO, 0);
        for packed in cartons {
            match self.bill(packed.carton, packed.gross) {
                NOT_CARRIED => refused += 1,
                cents => sum += cents,
            }
        }
        (sum, refused)
    }
}

impl CartonBill for Bill {
    fn bill(&self, carton: usize, gross: Grams) -> Cents {
        let (size, cost) = self.cartons[carton];
        match &self.prices {
            Prices::Steps(steps) => {
                let step = steps.iter().find(|step| gross.get() <= step.max_weight_g).or(steps.last());
                Cents::new(step.map_or(0, |step| step.price_cents)) + cost
            }
            Prices::Tariff(shipment) => {
                let Shipment { network, service, column, postal, residential, pickup } = &**shipment;
                let parcel =
                    ParcelFacts { residential: *residential, ..ParcelFacts::plain(size, gross, *postal, *pickup) };
                network.cards.total(*service, *column, &parcel).map_or(NOT_CARRIED, |total| total + cost)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::model::fixture::tiny_world;

    use super::*;

    const CARTONS: &str = "reference,outer_w_mm,outer_l_mm,outer_d_mm,empty_g,inner_w_mm,inner_l_mm,inner_d_mm,max_g,cost_cents\n\
        A,100,100,100,50,100,100,100,90000,7\nB,1300,600,401,50,100,100,100,90000,0\n";

    fn cartons() -> Cartons {
        Cartons::read("boxes.csv", CARTONS).unwrap()
    }

    #[test]
    fn a_table_ascends_and_its_last_row_takes_what_is_heavier() {
        let bill = Bill::by_weight(&cartons(), "t.csv", "max_weight_g,price_cents\n500,100\n1000,150\n").unwrap();
        let cents = [400, 500, 501, 9000].map(|grams| bill.bill(0, Grams::new(grams)).get());
        assert_eq!(cents, [107, 107, 157, 157]);
        let faults = Bill::by_weight(&cartons(), "t.csv", "max_weight_g,price_cents\n500,-1\n400,2\n").unwrap_err();
        let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(text[0].starts_with("t.csv:2: price_cents = `-1`"), "{text:?}");
        assert!(text[1].starts_with("t.csv:3: max_weight_g = `400`"), "{text:?}");
    }

    #[test]
    fn a_tariff_bills_what_its_service_would() {
        let service = tiny_world().services[ServiceIx(0)].id.to_string();
        let lane = Lane { service: &service, from: "NYC", to: "07102", residential: false, day: None };
        let bill = Bill::by_tariff(&cartons(), tiny_world(), &lane).unwrap();
        // By hand: 800 and 16.5 % fuel, and the carton; the other is oversize: 6,000 + 11,000 and fuel.
        assert_eq!(bill.bill(0, Grams::new(400)), Cents::new(932 + 7));
        assert_eq!(bill.bill(1, Grams::new(3_000)), Cents::new(19_805));
        assert_eq!(bill.bill(0, Grams::new(68_001)), NOT_CARRIED);
        let lane = Lane { service: "x", from: "y", to: "z", residential: false, day: None };
        let faults = Bill::by_tariff(&cartons(), tiny_world(), &lane).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["service", "from", "to"]);
    }
}
