//! Cost to serve: what did each shipment, planned shipment and return cost, exact to the cent, and who caused it?
//!
//! [`charges`] reads the state and answers one row per charge; [`sums`] adds the rows up by one of seven views. Every view
//! has the same total: the sum of carrier and handling charges of all shipments that are not void, of all planned ones, and of
//! all returns, plus every carrier's surcharge on each day's volume ([`crate::model::VolumeTiers`]). A rebooked shipment stands at what it finally costs, since its plan was replaced.
//!
//! Handling is told apart from cartons (and a return's transport from its handling) by the warehouse's rates; where the rates
//! no longer explain what was planned, the charge stays whole. Parcels of own vans stand at the fleet's tariff, as they were
//! planned, not at what the vans' routes came to.
//!
//! A day's volume surcharge is that of the whole day, by the collections and parcels that shipments were planned with; each
//! shipment of the day bears it in proportion to its parcels, whether it came first or last.
//!
//! What returns are *expected* to cost ([`crate::shipping::ReturnCosts`]) steers choices and is no charge: a return is charged
//! when it is announced.
//!
//! By SKU, a charge is shared among its lines in proportion to units, to the cent, by largest remainder: each line gets the
//! floor of its share, and the cents left over go to the largest remainders, ties to the earlier line.

mod volume;

pub use volume::{VolumeDay, Volumes};

use std::collections::BTreeMap;

use crate::calendar::civil::Date;
use crate::fulfilment::{LineQuantity, OrderStage, PlannedShipment, ShipmentStage, State};
use crate::ids::{OrderId, ReturnId, ShipmentId};
use crate::model::{MerchantIx, PostalIx, RegionIx, ServiceIx, SkuIx, WarehouseIx, World};
use crate::shipping;
use crate::units::Cents;

/// What a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChargeKind {
    /// The carrier's bill with all surcharges.
    Carrier,
    /// Hands; cartons too, where rates do not tell them apart.
    Handling,
    /// Boxes.
    Cartons,
    /// Its share of what the carrier asks for the day's volume.
    VolumeSurcharge,
    /// The way back; hands too, where rates do not tell them apart.
    ReturnTransport,
    /// Hands that receive a return.
    ReturnHandling,
}

impl ChargeKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Carrier,
        Self::Handling,
        Self::Cartons,
        Self::VolumeSurcharge,
        Self::ReturnTransport,
        Self::ReturnHandling,
    ];

    /// Its word in exports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Carrier => "carrier",
            Self::Handling => "handling",
            Self::Cartons => "cartons",
            Self::VolumeSurcharge => "volume_surcharge",
            Self::ReturnTransport => "return_transport",
            Self::ReturnHandling => "return_handling",
        }
    }
}

/// What a charge was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject<'a> {
    /// A shipment planned and not yet released.
    Planned,
    /// A released shipment.
    Shipment(&'a ShipmentId),
    /// Goods coming back.
    Return(&'a ReturnId),
}

/// One charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow<'a> {
    /// Of which order.
    pub order: &'a OrderId,
    /// Of which merchant.
    pub merchant: MerchantIx,
    /// For what.
    pub subject: Subject<'a>,
    /// The warehouse that sends or receives.
    pub warehouse: WarehouseIx,
    /// The service that carries.
    pub service: ServiceIx,
    /// The buyer's region: where a shipment goes, or a return comes from.
    pub region: RegionIx,
    /// The warehouse's local date: of the wave for a shipment, of the announcement for a return.
    pub day: Date,
    /// What kind of charge.
    pub kind: ChargeKind,
    /// How much.
    pub amount: Cents,
    /// Lines that share it: units in the shipment or the return.
    pub lines: Vec<LineQuantity>,
}

/// Every charge: by order its shipments, then what is planned; then volume surcharges, day by day; then the returns.
pub fn charges<'a>(world: &World, state: &'a State) -> Vec<LedgerRow<'a>> {
    let mut rows = Vec::new();
    let mut volumes = Volumes::new(world);
    for order in state.orders().values() {
        let region = region(world, order.postal);
        let sent = order.shipments.iter().filter_map(|id| state.shipments().get(id));
        for shipment in sent.filter(|shipment| shipment.stage != ShipmentStage::Void) {
            let subject = Subject::Shipment(&shipment.id);
            let row = outbound(&order.id, order.merchant, region, subject, &shipment.plan, &shipment.lines);
            volume::count(&mut volumes, &shipment.plan, &row);
            rows.extend(split_outbound(world, &shipment.plan, &row));
        }
        for planned in order.plan.iter().filter(|_| order.stage != OrderStage::Cancelled) {
            let row = outbound(&order.id, order.merchant, region, Subject::Planned, planned, &planned.lines);
            volume::count(&mut volumes, planned, &row);
            rows.extend(split_outbound(world, planned, &row));
        }
    }
    rows.extend(volume::rows(volumes));
    for goods in state.returns().values() {
        let Some(order) = state.orders().get(&goods.order) else { continue };
        let lines: Vec<_> =
            goods.lines.iter().map(|line| LineQuantity { sku: line.sku, quantity: line.quantity }).collect();
        let hands = shipping::handling(world, goods.warehouse, shipping::units(&lines));
        let row = LedgerRow {
            order: &goods.order,
            merchant: goods.merchant,
            subject: Subject::Return(&goods.id),
            warehouse: goods.warehouse,
            service: goods.service,
            region: region(world, order.postal),
            day: world.warehouses[goods.warehouse].calendar.date(goods.opened_at),
            kind: ChargeKind::ReturnTransport,
            amount: goods.cost,
            lines,
        };
        rows.extend(apart(&row, goods.cost, hands, ChargeKind::ReturnHandling, ChargeKind::ReturnTransport));
    }
    rows
}

fn region(world: &World, postal: PostalIx) -> RegionIx {
    world.postals[postal].region
}

fn outbound<'a>(
    order: &'a OrderId,
    merchant: MerchantIx,
    region: RegionIx,
    subject: Subject<'a>,
    plan: &PlannedShipment,
    lines: &[LineQuantity],
) -> LedgerRow<'a> {
    LedgerRow {
        order,
        merchant,
        subject,
        warehouse: plan.warehouse,
        service: plan.service,
        region,
        day: plan.wave.date,
        kind: ChargeKind::Carrier,
        amount: plan.carrier_cost,
        lines: lines.to_vec(),
    }
}

fn split_outbound<'a>(world: &World, plan: &PlannedShipment, carrier: &LedgerRow<'a>) -> Vec<LedgerRow<'a>> {
    let hands = shipping::handling(world, plan.warehouse, shipping::units(&plan.lines));
    let mut rows = vec![carrier.clone()];
    // What is left of handling after the hands is boxes; where the hands alone are dearer, the rates explain nothing.
    if hands <= plan.handling_cost {
        rows.extend(apart(carrier, plan.handling_cost, hands, ChargeKind::Handling, ChargeKind::Cartons));
    } else {
        rows.push(LedgerRow { kind: ChargeKind::Handling, amount: plan.handling_cost, ..carrier.clone() });
    }
    rows
}

/// `whole` as `part` and the rest; whole as the rest where `part` does not fit in it. No rows of nothing.
fn apart<'a>(
    like: &LedgerRow<'a>,
    whole: Cents,
    part: Cents,
    of_part: ChargeKind,
    of_rest: ChargeKind,
) -> Vec<LedgerRow<'a>> {
    let part = if part <= whole { part } else { Cents::ZERO };
    [(of_rest, whole - part), (of_part, part)]
        .into_iter()
        .filter(|&(_, amount)| amount != Cents::ZERO)
        .map(|(kind, amount)| LedgerRow { kind, amount, ..like.clone() })
        .collect()
}

/// The sum of all rows.
pub fn total(rows: &[LedgerRow<'_>]) -> Cents {
    rows.iter().map(|row| row.amount).sum()
}

/// A view of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The order.
    Order,
    /// The merchant.
    Merchant,
    /// The SKU, by units.
    Sku,
    /// The warehouse.
    Warehouse,
    /// The service.
    Service,
    /// Warehouse and buyer's region.
    Lane,
    /// The warehouse's local date.
    Day,
}

/// Whose costs are added up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group<'a> {
    /// An order.
    Order(&'a OrderId),
    /// A merchant.
    Merchant(MerchantIx),
    /// A SKU.
    Sku(SkuIx),
    /// A warehouse.
    Warehouse(WarehouseIx),
    /// A service.
    Service(ServiceIx),
    /// A warehouse and a buyer's region.
    Lane(WarehouseIx, RegionIx),
    /// A day.
    Day(Date),
}

/// Sums of the rows by a view, in the order of their groups. They add up to [`total`]. A charge without units, which no
/// event makes, would be in no SKU.
pub fn sums<'a>(rows: &[LedgerRow<'a>], by: By) -> BTreeMap<Group<'a>, Cents> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let group = match by {
            By::Order => Group::Order(row.order),
            By::Merchant => Group::Merchant(row.merchant),
            By::Warehouse => Group::Warehouse(row.warehouse),
            By::Service => Group::Service(row.service),
            By::Lane => Group::Lane(row.warehouse, row.region),
            By::Day => Group::Day(row.day),
            By::Sku => {
                let units: Vec<i64> = row.lines.iter().map(|line| i64::from(line.quantity)).collect();
                for (line, share) in row.lines.iter().zip(shares(row.amount, &units)) {
                    *sums.entry(Group::Sku(line.sku)).or_insert(Cents::ZERO) += share;
                }
                continue;
            }
        };
        *sums.entry(group).or_insert(Cents::ZERO) += row.amount;
    }
    sums
}

/// `amount` in proportion to `weights` (not negative), to the cent, by largest remainder; ties go to the earlier. All are
/// zero where no weight is positive.
pub fn shares(amount: Cents, weights: &[i64]) -> Vec<Cents> {
    let sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
    if sum <= 0 {
        return vec![Cents::ZERO; weights.len()];
    }
    let exact = |w: i64| i128::from(amount.get()) * i128::from(w);
    // A floor of a part of an i64 fits an i64.
    let mut cents: Vec<i64> = weights.iter().map(|&w| exact(w).div_euclid(sum) as i64).collect();
    let left = amount.get() - cents.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&n| (std::cmp::Reverse(exact(weights[n]).rem_euclid(sum)), n));
    order.iter().take(left.max(0) as usize).for_each(|&n| cents[n] += 1);
    cents.into_iter().map(Cents::new).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cents_left_over_go_to_the_largest_remainders() {
        let check = |amount, weights: &[i64], expected: &[i64]| {
            let got: Vec<i64> = shares(Cents::new(amount), weights).iter().map(|c| c.get()).collect();
            assert_eq!(got, expected, "{amount} over {weights:?}");
        };
        check(100, &[1, 1, 1], &[34, 33, 33]);
        // 10 x 1/6 = 1.67, x 2/6 = 3.33, x 3/6 = 5: the cent goes to the first.
        check(10, &[1, 2, 3], &[2, 3, 5]);
        check(1, &[1, 3], &[0, 1]);
        check(7, &[0, 5], &[0, 7]);
        check(7, &[0], &[0]);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_are_within_a_cent(
            amount in -1_000_000_i64..1_000_000,
            weights in prop::collection::vec(0_i64..1_000, 1..9),
        ) {
            let sum: i64 = weights.iter().sum();
            prop_assume!(sum > 0);
            let shares = shares(Cents::new(amount), &weights);
            prop_assert_eq!(shares.iter().copied().sum::<Cents>(), Cents::new(amount));
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!((share.get() * sum - amount * weight).abs() < sum);
            }
        }
    }
}
