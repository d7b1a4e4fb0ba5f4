//! When does a shipment leave, and when does it arrive?
//!
//! The chain, every link by the local clock and calendar of its place:
//!
//! - order -> the first wave whose cut-off is not past (its own instant still counts) and that has free work,
//! - -> packed at cut-off + lead -> the service's next collection with room at or after that, on a day with room under its allotments,
//! - -> hub nearest the warehouse -> line-haul -> sorted at the hub nearest the buyer,
//! - -> out for delivery that day if sorted by the hub's hour, else the next; a carrier's published working days bound the day
//!   from below. The later of timetable and publication is promised, so that neither a tight timetable nor an optimistic
//!   brochure is believed alone,
//! - -> delivered at the latest by the service's hour, on the first of its delivery days, by the clock at the door.
//!
//! A carrier without hubs is bound by its published days only. Own vans deliver in the first window with room that starts
//! late enough to load a van after the parcel stands packed; the promise is the window's end.
//!
//! The date is a schedule; [`forecast`] is the distribution around it, by what tracking events have taught ([`learn`], a
//! [`TrackRecord`]) or, as long as they have not, by the service's published share of parcels on schedule. Where fewer parcels
//! than wanted come in time now, the date promised allows some delivery days after the schedule, so that it stays true at the peak.
//! What is left of waves, collections and carriers' allotments is asked of a [`WaveLoad`], which also knows the track record;
//! stock and prices are not known here.

mod arrival;
mod chain;
mod delays;
mod departure;
mod forecast;
mod learning;
mod refs;
mod slots;
mod track_record;
mod volume;

#[cfg(test)]
mod forecast_tests;
#[cfg(test)]
mod tests;

pub use arrival::delivery;
pub use chain::{Need, NoPromise, Promise, Step, StepKind, earliest, first_wave, for_wave, from_dock, in_first_wave};
pub use departure::{cut_off, next_pickup, next_waves, pickup_capacity, windows};
pub use forecast::{Forecast, Quantiles, all_by, all_quantile, forecast};
pub use learning::{Tracked, learn};
pub use refs::{AllotmentRef, PickupRef, Unlimited, WaveLoad, WaveRef};
pub use track_record::{ServiceRecord, TrackRecord};
pub use volume::VolumeRef;
