//! When a shipment leaves and when it arrives.
//!
//! The chain, every link by the local clock and calendar of its place: order -> first wave whose cut-off is not past and that
//! has free work -> packed at cut-off plus lead -> the service's next collection with room -> line-haul to the hub nearest
//! the buyer -> the first delivery day for which it is sorted in time. A carrier's published working days bound it from
//! below: the later of timetable and publication is promised, so neither a tight timetable nor an optimistic brochure is
//! believed alone. Own vans deliver in the first window that starts after the parcel stands packed.
//!
//! Confidence is the service's published share of parcels on schedule, in basis points.

mod chain;
mod refs;

pub use chain::{
    Need, NoPromise, Promise, Step, StepKind, cut_off, delivery, earliest, for_wave, from_dock, next_pickup,
    next_waves, pickup_capacity, windows,
};
pub use refs::{PickupRef, Unlimited, WaveLoad, WaveRef};
