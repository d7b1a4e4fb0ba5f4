//! Carriers: their services, pickups, hubs, lanes, and own vans.

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Weekdays, civil::Time};
use crate::ids::{CarrierId, HubId, ServiceId};
use crate::index_type;
use crate::units::{Cents, Grams, Metres, Millimetres, Seconds};

use super::{CardIx, ChartIx, Coordinates, RegionIx, WarehouseIx};

index_type!(
    /// A transport company.
    CarrierIx
);
index_type!(
    /// A service of a carrier.
    ServiceIx
);
index_type!(
    /// A carrier's hub.
    HubIx
);
index_type!(
    /// An own fleet.
    FleetIx
);

/// A transport company.
#[derive(Clone, Debug, PartialEq)]
pub struct Carrier {
    /// Its id.
    pub id: CarrierId,
    /// Its name, for people.
    pub name: String,
}

/// How fast a buyer wants it: what a service offers and an order asks. Ordered from slow to fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceLevel {
    /// Ground parcel, post, freight: the day follows from the distance.
    Standard,
    /// The second working day.
    TwoDay,
    /// The next working day.
    Overnight,
    /// Within half a day by own vans.
    HalfDay,
}

impl ServiceLevel {
    /// Every level, from slow to fast.
    pub const ALL: [Self; 4] = [Self::Standard, Self::TwoDay, Self::Overnight, Self::HalfDay];
}

/// What kind of transport a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// A parcel network.
    Parcel,
    /// The post: delivers to post-office boxes too.
    Post,
    /// Less than truckload: priced by hundredweight, delivered on pallets.
    Freight,
    /// Own vans from a warehouse.
    OwnFleet,
}

/// Where a service delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Everywhere in the world's postal areas.
    Everywhere,
    /// These regions only, ascending.
    Regions(Vec<RegionIx>),
    /// Within reach of the fleet's depot.
    Fleet(FleetIx),
}

/// A product of a carrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its id, unique over all carriers.
    pub id: ServiceId,
    /// Who runs it.
    pub carrier: CarrierIx,
    /// Its name, for people.
    pub name: String,
    /// How fast it is.
    pub level: ServiceLevel,
    /// What kind of transport.
    pub kind: ServiceKind,
    /// What it costs, but for merchants with a card of their own.
    pub card: CardIx,
    /// Its own zones, where it does not price by distance ([`super::ZoneChart`]).
    pub zones: Option<ServiceZones>,
    /// Flies: takes no lithium cells.
    pub air: bool,
    /// Heaviest parcel.
    pub max_weight: Grams,
    /// Longest length plus girth of a parcel; [`Millimetres::MAX`] where there is no limit.
    pub max_girth: Millimetres,
    /// Where it delivers.
    pub coverage: Coverage,
    /// Published working days from pickup to delivery, by price column.
    pub days_by_column: Vec<u32>,
    /// Days on which it collects and moves parcels.
    pub work_days: Weekdays,
    /// Days on which it delivers.
    pub delivery_days: Weekdays,
    /// Latest local time of a delivery.
    pub delivers_until: Time,
    /// Parcels a day that it takes from the whole network.
    pub daily_capacity: u32,
    /// Share of parcels that arrive when its published schedule says, in basis points.
    pub on_time_bp: u32,
}

/// Zones from an explicit chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceZones {
    /// The chart.
    pub chart: ChartIx,
    /// The zone that each price column stands for; pairs of places in other zones are not served.
    pub columns: Vec<u8>,
}

/// A regular collection of a service at a warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pickup {
    /// Where.
    pub warehouse: WarehouseIx,
    /// For which service.
    pub service: ServiceIx,
    /// Local time on the service's working days.
    pub at: Time,
    /// Parcels it has room for.
    pub capacity: u32,
}

/// A sorting hub of a carrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Hub {
    /// Its id.
    pub id: HubId,
    /// Whose it is.
    pub carrier: CarrierIx,
    /// Where it stands.
    pub at: Coordinates,
    /// Its clock; works every day.
    pub calendar: Calendar,
    /// From arrival to being ready to leave again.
    pub sort: Seconds,
    /// A parcel sorted by this local time goes out for delivery on the same day.
    pub out_for_delivery: Time,
}

/// A line-haul connection between two hubs of one carrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// From this hub.
    pub from: HubIx,
    /// To that hub.
    pub to: HubIx,
    /// By air: only services that fly use it, and they use nothing else.
    pub air: bool,
    /// Local departure times at `from`, ascending.
    pub departures: Vec<Time>,
    /// Days on which it leaves.
    pub days: Weekdays,
    /// Time under way.
    pub duration: Seconds,
}

/// Own vans at a warehouse.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Where they load.
    pub warehouse: WarehouseIx,
    /// The service they run.
    pub service: ServiceIx,
    /// Delivers as far as this, great circle.
    pub radius: Metres,
    /// Number of vans.
    pub vans: u32,
    /// Parcels on one trip.
    pub van_parcels: u32,
    /// Weight on one trip.
    pub van_weight: Grams,
    /// Trips of one van in a day, at most.
    pub trips: u32,
    /// Time to load for another trip.
    pub reload: Seconds,
    /// Local start of the shift.
    pub shift_start: Time,
    /// Local end of the shift.
    pub shift_end: Time,
    /// Length of a delivery window; windows follow each other from the shift's start.
    pub window: Seconds,
    /// Time at a door.
    pub stop: Seconds,
    /// Metres driven in an hour.
    pub metres_per_hour: i64,
    /// Road distance over great circle, in percent (130 = 1.3).
    pub circuity_percent: i64,
    /// Cost of a kilometre.
    pub per_km: Cents,
    /// Cost of a van that leaves the depot.
    pub per_van_day: Cents,
}
