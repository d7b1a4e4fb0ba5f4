//! Causes made by hand on the tiny world, each with the answer that it must lead to; and blocking sets proved again here.
//!
//! Monday 2025-11-10, 07:00 in New York. Ground from `NYC` costs a buyer in New York 800 for the smallest parcel (its minimum)
//! and 16.5 % of fuel; hands are 200 a shipment and 50 a unit, cartons 30 to 190.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::ease::{Allowance, Eased};
use super::*;
use crate::board::PriceBoard;
use crate::calendar::parse_timestamp;
use crate::fulfilment::{Event, LineQuantity, NewOrder};
use crate::ids::OrderId;
use crate::model::MerchantIx;
use crate::model::fixture::tiny_world;
use crate::network::Network;
use crate::promise::WaveLoad;
use crate::quote::{self, Scarce};
use crate::stock::{Ledger, StockEvent};

/// A network with stock, and with what is left of some waves and collections; the rest is empty.
struct Scene {
    network: Network,
    ledger: Ledger,
    board: PriceBoard,
    waves: BTreeMap<String, i64>,
    rooms: BTreeMap<(String, String), i64>,
}

impl WaveLoad for Scene {
    fn free_work(&self, wave: &WaveRef) -> i64 {
        self.waves.get(wave.id(&self.network.world).as_str()).copied().unwrap_or(500)
    }

    fn free_pickup(&self, pickup: &PickupRef, capacity: i64) -> i64 {
        let world = &self.network.world;
        let key = (world.services[pickup.service].id.to_string(), pickup.at.to_string());
        self.rooms.get(&key).copied().unwrap_or(capacity)
    }
}

impl Scene {
    /// `mug NYC 5; mug CHI 2`.
    fn new(stock: &str) -> Self {
        let network = Network::new(tiny_world());
        let world = &network.world;
        let mut ledger = Ledger::new(world.skus.len(), world.warehouses.len());
        for row in stock.split("; ") {
            let words: Vec<&str> = row.split(' ').collect();
            let (sku, warehouse) = (sku(world, words[0]), world.warehouse(words[1]).unwrap());
            ledger.apply(&StockEvent::Received { sku, warehouse, quantity: words[2].parse().unwrap() });
        }
        let (waves, rooms) = (BTreeMap::new(), BTreeMap::new());
        Self { network, ledger, board: PriceBoard::default(), waves, rooms }
    }

    fn wave(mut self, wave: &str, left: i64) -> Self {
        self.waves.insert(wave.to_owned(), left);
        self
    }

    fn room(mut self, service: &str, at: &str, left: i64) -> Self {
        self.rooms.insert((service.to_owned(), at.to_owned()), left);
        self
    }

    fn view(&self) -> View<'_> {
        View { network: &self.network, ledger: &self.ledger, load: self, board: &self.board }
    }

    /// `3 mug, 1 vase > 10001`.
    fn request(&self, cart: &str) -> Request {
        let world = &self.network.world;
        let (lines, postal) = cart.split_once(" > ").unwrap();
        let line = |text: &str| {
            let (quantity, id) = text.split_once(' ').unwrap();
            LineQuantity { sku: sku(world, id), quantity: quantity.parse().unwrap() }
        };
        let lines: Vec<LineQuantity> = lines.split(", ").map(line).collect();
        Request {
            merchant: world.skus[lines[0].sku].merchant,
            postal: world.postal(postal).unwrap(),
            residential: true,
            lines,
            now: at("2025-11-10T12:00:00Z"),
            not_from: None,
        }
    }

    fn cart(&self, cart: &str, wish: &Wish) -> Explanation {
        super::cart(&self.view(), &self.request(cart), wish, Limits::default())
    }
}

fn sku(world: &crate::model::World, id: &str) -> SkuIx {
    world.skus.enumerate().find(|(_, sku)| sku.id.as_str() == id).unwrap().0
}

fn at(text: &str) -> Timestamp {
    parse_timestamp(text).unwrap()
}

const ANY: Wish = Wish { level: ServiceLevel::Standard, max_price: None, deliver_by: None };

#[test]
fn print() {
    let scene = Scene::new("mug NYC 1; mug LAX 5").wave("LAX-2025-11-10-1", 2);
    let e = scene.cart("3 mug > 10001", &ANY);
    let w = Words::new(&scene.network, scene.request("3 mug > 10001").postal);
    for c in &e.candidates {
        println!("{} {:?} {:?} {:?}", w.candidate(c), c.chosen, c.offer.as_ref().map(|o| (o.total(), o.delivers_by)), c.blocked.iter().map(|b| w.blocked(b)).collect::<Vec<_>>());
    }
    for r in &e.replies { println!("{:?}: {}", r.question, r.text); }
    println!("{:#?} {}", e.changes.iter().map(|c| w.change(c)).collect::<Vec<_>>(), e.resolves);
    let by = Wish { deliver_by: Some(at("2025-11-11T12:00:00Z")), max_price: Some(Cents::new(500)), ..ANY };
    let e = scene.cart("3 mug, 1 vase > 10001", &by);
    for r in &e.replies { println!("{:?}: {}", r.question, r.text); }
    println!("{:?}", e.blocking.unwrap().proof.iter().map(|c| (w.lifts(&c.lifted), w.outcome(&c.outcome))).collect::<Vec<_>>());
}
