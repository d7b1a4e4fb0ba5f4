//! Input and answer.

use crate::fault::Fault;
use crate::search::Seed;

use super::floor::Floor;

/// What a cart may hold, or an order weighs, in two dimensions (orders and units, say).
pub type Loads = [i64; 2];

/// An order: places to visit, what it weighs, and when it must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Places as words of bits: (word, bits), words ascending, no word empty.
    pub stops: Vec<(u32, u64)>,
    /// Its load.
    pub load: Loads,
    /// Time at the shelves.
    pub handling: i64,
    /// Its batch must be done by then, if by any time.
    pub due: Option<i64>,
}

impl Order {
    /// An order that is due whenever and takes no time at the shelves.
    pub fn new(places: impl IntoIterator<Item = u32>, load: Loads) -> Self {
        let mut places: Vec<u32> = places.into_iter().collect();
        places.sort_unstable();
        let mut stops: Vec<(u32, u64)> = Vec::new();
        for place in places {
            let bit = 1 << (place % 64);
            match stops.last_mut() {
                Some((word, bits)) if *word == place / 64 => *bits |= bit,
                _ => stops.push((place / 64, bit)),
            }
        }
        Self { stops, load, handling: 0, due: None }
    }
}

/// Who walks, and how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crew {
    /// Hands that walk at the same time.
    pub pickers: u32,
    /// Time to make a batch ready.
    pub setup: i64,
    /// Time to walk a unit of distance.
    pub pace: i64,
}

impl Crew {
    /// Where only distance counts: time is distance.
    pub const DISTANCE: Self = Self { pickers: 1, setup: 0, pace: 1 };
}

/// How pickers walk a block. Other floors have the shortest tour found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The shortest tour.
    #[default]
    Exact,
    /// Every aisle with a pick is traversed whole, the last one returned from where the count is odd.
    SShape,
    /// First and last aisle traversed, the others entered from both ends up to the largest gap.
    LargestGap,
}

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Root of all randomness.
    pub seed: Seed,
    /// How pickers walk.
    pub policy: Policy,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: Seed(0), policy: Policy::Exact }
    }
}

/// Orders to batch, checked.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(super) floor: Floor,
    pub(super) orders: Vec<Order>,
    pub(super) capacity: Loads,
    pub(super) crew: Crew,
}

impl Problem {
    /// The problem, or every fault.
    pub fn new(floor: Floor, orders: Vec<Order>, capacity: Loads, crew: Crew) -> Result<Self, Vec<Fault>> {
        let mut faults = floor.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        if crew.pickers == 0 || crew.setup < 0 || crew.pace < 0 {
            faults.push(Fault::new("crew", "", format!("{crew:?}"), "needs a picker, and times of 0 or more"));
        }
        for (n, order) in orders.iter().enumerate() {
            let at = format!("order {n}");
            let mut places = places_of(&order.stops);
            if order.stops.is_empty() || !places.all(|place| floor.has(place)) {
                faults.push(Fault::new(&at, "stops", order.stops.len(), "must be places of the floor, at least one"));
            }
            if order.stops.windows(2).any(|pair| pair[0].0 >= pair[1].0) || order.stops.iter().any(|stop| stop.1 == 0) {
                faults.push(Fault::new(&at, "stops", "", "words must ascend, each once, none empty"));
            }
            if order.handling < 0 {
                faults.push(Fault::new(&at, "handling", order.handling, "must be 0 or more"));
            }
            if (0..2).any(|k| order.load[k] < 0 || order.load[k] > capacity[k]) {
                faults.push(Fault::new(
                    &at,
                    "load",
                    format!("{:?}", order.load),
                    format!("must be within the cart's {capacity:?}"),
                ));
            }
        }
        if faults.is_empty() { Ok(Self { floor, orders, capacity, crew }) } else { Err(faults) }
    }

    /// The floor.
    pub fn floor(&self) -> &Floor {
        &self.floor
    }

    /// The orders.
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// What a cart holds.
    pub fn capacity(&self) -> Loads {
        self.capacity
    }

    /// Who walks.
    pub fn crew(&self) -> Crew {
        self.crew
    }
}

/// The places of words of bits, ascending.
pub fn places_of(stops: &[(u32, u64)]) -> impl Iterator<Item = u32> + '_ {
    stops
        .iter()
        .flat_map(|&(word, bits)| (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit))
}

/// Orders picked in one walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Orders, ascending.
    pub orders: Vec<u32>,
    /// Places in walk order.
    pub tour: Vec<u32>,
    /// Length of the walk, depot to depot.
    pub distance: i64,
    /// Whose it is.
    pub picker: u32,
    /// When it starts, on the crew's clock.
    pub start: i64,
    /// Time it takes: set-up, walk and shelves.
    pub duration: i64,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Batches; every order is in one.
    pub batches: Vec<Batch>,
    /// Sum of their lengths.
    pub distance: i64,
    /// Sum of their durations: what is minimised.
    pub time: i64,
    /// Sum over batches of the time by which they miss their orders' earliest due time.
    pub lateness: i64,
    /// Iterations made.
    pub iterations: u64,
}
