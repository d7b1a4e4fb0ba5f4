//! Doors that own vans leave for a later window, in words.

use engine::fulfilment::{DoorLeft, LeftEasing, LeftVerdict, LeftWay, VanLimit};
use engine::units::Cents;
use serde::Serialize;
use utoipa::ToSchema;

use crate::formats::blocking::seconds;

/// A door left for a later window, and what would have served it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DoorLeftBody {
    /// The shipment that stays at the dock; null for a return pickup.
    shipment: Option<String>,
    /// The return that is not collected.
    collects: Option<String>,
    /// `blocked`: each of the `ways` would have served it; `fits`: a longer search would have; `nothing_helps`: no route has a
    /// place for it; `not_looked_at`: more doors are left than are looked at.
    #[schema(value_type = String)]
    verdict: LeftVerdict,
    /// In a sentence.
    text: String,
    /// What would have to be otherwise: each way suffices, and is proved by a plan that keeps the routes of the other doors.
    ways: Vec<LeftWayBody>,
}

/// A way to serve a door.
#[derive(Debug, Serialize, ToSchema)]
struct LeftWayBody {
    /// In words.
    text: String,
    /// What must be eased, all of it.
    easings: Vec<LeftEasingBody>,
    /// The van that serves it then, from 1; null for one that the fleet has not got.
    van: Option<u32>,
    /// What the vans cost more then.
    costs_more_cents: i64,
}

/// A limit and by how much it must be eased.
#[derive(Debug, Serialize, ToSchema)]
struct LeftEasingBody {
    /// `vans`, `trips`, `parcels` or `weight` a van has room for, `leaves` and `returns` (the vans' shift), `opens` and `closes`
    /// (the window), `worth` (of collecting a return).
    #[schema(value_type = String)]
    limit: VanLimit,
    /// By how much: a count, grams, seconds, cents.
    by: i64,
}

/// A door left, described.
pub(super) fn door_left(left: &DoorLeft) -> DoorLeftBody {
    let ways: Vec<LeftWayBody> = left.ways.iter().map(way).collect();
    let text = match left.verdict {
        LeftVerdict::Blocked => {
            let ways: Vec<&str> = ways.iter().map(|way| way.text.as_str()).collect();
            format!("would have been served with {}", ways.join(", or with "))
        }
        LeftVerdict::Fits => "fits the vans' routes: a longer search would have found its place".to_owned(),
        LeftVerdict::NothingHelps => "no route has a place for it, even with every limit lifted".to_owned(),
        LeftVerdict::NotLookedAt => "too many doors are left to look at each".to_owned(),
    };
    DoorLeftBody {
        shipment: left.shipment.as_ref().map(ToString::to_string),
        collects: left.collects.as_ref().map(ToString::to_string),
        verdict: left.verdict,
        text,
        ways,
    }
}

fn way(way: &LeftWay) -> LeftWayBody {
    let is_new = way.easings.iter().any(|easing| easing.limit == VanLimit::Vans);
    let van = way.van.filter(|_| !is_new).map_or_else(|| "that van".to_owned(), |van| format!("van {}", van + 1));
    // A van that is to come is named before what is said of it.
    let (vans, others): (Vec<&LeftEasing>, _) = way.easings.iter().partition(|easing| easing.limit == VanLimit::Vans);
    let parts: Vec<String> = vans.into_iter().chain(others).map(|easing| phrase(easing, &van)).collect();
    let cost = match way.costs_more.get() {
        0 => "costs no more".to_owned(),
        more if more > 0 => format!("costs {} more", way.costs_more.to_text()),
        _ => format!("costs {} less", (-way.costs_more).to_text()),
    };
    LeftWayBody {
        text: format!("{} ({cost})", parts.join(" and ")),
        easings: way.easings.iter().map(|&LeftEasing { limit, by }| LeftEasingBody { limit, by }).collect(),
        van: way.van.map(|van| van + 1),
        costs_more_cents: way.costs_more.get(),
    }
}

fn phrase(easing: &LeftEasing, van: &str) -> String {
    let by = easing.by;
    let more = |one: &str| if by == 1 { format!("one more {one}") } else { format!("{by} more {one}s") };
    match easing.limit {
        VanLimit::Vans => more("van"),
        VanLimit::Trips => format!("{} of {van}", more("trip")),
        VanLimit::Parcels => format!("room for {} on {van}", more("parcel")),
        VanLimit::Weight => format!("{by} g more of load on {van}"),
        VanLimit::Leaves => format!("{van} leaving {} earlier", seconds(by)),
        VanLimit::Returns => format!("{van} coming back {} later", seconds(by)),
        VanLimit::Opens => format!("its window opening {} earlier", seconds(by)),
        VanLimit::Closes => format!("its window closing {} later", seconds(by)),
        VanLimit::Worth => format!("a pickup worth {} more", Cents::new(by).to_text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::ids::ShipmentId;

    #[test]
    fn ways_read_as_a_sentence() {
        let way = |easings: &[(VanLimit, i64)], van, more| LeftWay {
            easings: easings.iter().map(|&(limit, by)| LeftEasing { limit, by }).collect(),
            van,
            costs_more: Cents::new(more),
        };
        let left = DoorLeft {
            shipment: ShipmentId::new("s-1").ok(),
            collects: None,
            verdict: LeftVerdict::Blocked,
            ways: vec![
                way(&[(VanLimit::Returns, 90), (VanLimit::Vans, 1)], None, 9_122),
                way(&[(VanLimit::Parcels, 2), (VanLimit::Closes, 840)], Some(0), 122),
                way(&[(VanLimit::Trips, 1)], Some(1), -5),
            ],
        };
        assert_eq!(
            door_left(&left).text,
            "would have been served with one more van and that van coming back 1 min 30 s later (costs $91.22 more), or with room for 2 more parcels on van 1 and its \
             window closing 14 min later (costs $1.22 more), or with one more trip of van 2 (costs $0.05 less)"
        );
    }
}
