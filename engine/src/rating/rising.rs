//! Whether a card asks no less in further columns, and no less for larger parcels.
//!
//! Where it does not, what a parcel costs in one column is what it costs at least in every further one, and need not be worked out there to
//! know that it is dearer; and what the smallest parcel costs is what any costs at least. What is looked at suffices for it: a card with a
//! discount that is a share of charges, or with an exclusive group of several priorities some of whose rules hang on the column, may rise
//! too, and is held not to.

use crate::model::{ChargeClass, Charged, Condition, Flag, Measure, RateTable, ShareOf, Surcharge, Tariff};
use crate::units::Cents;

/// Along what a price is to rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    /// The same parcel in further columns.
    Columns,
    /// Parcels to the same place that are no smaller, lighter or less worth, and hazardous, fragile or in their own packaging if the other is.
    Parcels,
}

/// Whether nothing is asked less for further along.
pub(super) fn rises(tariff: &Tariff, along: Along) -> bool {
    let card = Card { along, columns: columns(&tariff.rates) };
    let rules = &tariff.surcharges;
    card.rates_rise(&tariff.rates)
        && tariff.weighing.least.iter().all(|(when, _)| match along {
            Along::Columns => card.holds_alike(when),
            Along::Parcels => card.holds_further(when),
        })
        && rules.iter().all(|rule| card.rule_rises(rule))
        && rules.iter().all(|rule| rules.iter().all(|other| card.are_exclusive_alike(rule, other)))
}

fn columns(rates: &RateTable) -> usize {
    match rates {
        RateTable::Steps { columns, .. } => (*columns).max(1),
        RateTable::PerUnit { minimum, .. } => minimum.len().max(1),
    }
}

/// What its rules are looked at for.
struct Card {
    along: Along,
    columns: usize,
}

impl Card {
    fn rates_rise(&self, rates: &RateTable) -> bool {
        let (prices, others) = match rates {
            RateTable::Steps { prices, further, .. } => (prices, further.as_ref().map(|further| &further.prices)),
            RateTable::PerUnit { prices, minimum, .. } => (prices, Some(minimum)),
        };
        let positive = |prices: &Vec<Cents>| prices.iter().all(|price| *price >= Cents::ZERO);
        match self.along {
            Along::Columns => {
                prices.chunks(self.columns).all(<[Cents]>::is_sorted) && others.is_none_or(|others| others.is_sorted())
            }
            // A price a unit that falls from class to class may make more cost less.
            Along::Parcels => {
                let column = |column: usize| prices.iter().skip(column).step_by(self.columns);
                positive(prices) && others.is_none_or(positive) && (0..self.columns).all(|n| column(n).is_sorted())
            }
        }
    }

    fn rule_rises(&self, rule: &Surcharge) -> bool {
        let holds_alike = self.holds_alike(&rule.when);
        if rule.class == ChargeClass::Discount {
            return holds_alike && self.is_alike(&rule.charged);
        }
        self.amount_rises(&rule.charged) && (holds_alike || (self.holds_further(&rule.when) && is_charge(rule)))
    }

    fn amount_rises(&self, charged: &Charged) -> bool {
        match (charged, self.along) {
            (Charged::Fixed(_), _) | (Charged::PerUnit { .. }, Along::Columns) => true,
            (Charged::Table { rows, .. }, Along::Columns) => rows.iter().all(|(_, cells)| cells.is_sorted()),
            (Charged::Table { rows, .. }, Along::Parcels) => {
                rows.windows(2).all(|two| two[0].1.iter().zip(&two[1].1).all(|(upper, lower)| upper <= lower))
            }
            (Charged::PerUnit { each, .. }, Along::Parcels) => *each >= Cents::ZERO,
            (Charged::Share { ppm, .. }, _) => *ppm >= 0,
        }
    }

    /// The same amount all along.
    fn is_alike(&self, charged: &Charged) -> bool {
        match (charged, self.along) {
            (Charged::Fixed(_), _) | (Charged::PerUnit { .. }, Along::Columns) => true,
            (Charged::Table { rows, .. }, Along::Columns) => {
                rows.iter().all(|(_, cells)| cells.iter().all(|cell| *cell == cells[0]))
            }
            (Charged::Share { of, .. }, Along::Columns) => !matches!(of, ShareOf::Set(_)),
            (_, Along::Parcels) => false,
        }
    }

    /// Of two rules of a group the same one counts all along; or the dearer one does, or the one of higher priority, and it makes no difference
    /// to shares of sets which it is.
    fn are_exclusive_alike(&self, rule: &Surcharge, other: &Surcharge) -> bool {
        if rule.group.is_none() || rule.group != other.group {
            return true;
        }
        let both = |test: &dyn Fn(&Surcharge) -> bool| test(rule) && test(other);
        let hold_alike = both(&|rule| self.holds_alike(&rule.when));
        let ask_alike = both(&|rule| self.is_alike(&rule.charged));
        let are_like = rule.sets == other.sets && both(&|rule| rule.class != ChargeClass::Discount);
        (hold_alike && ask_alike) || (are_like && (hold_alike || rule.priority == other.priority))
    }

    /// Whether a condition does not hang on what is gone along.
    fn holds_alike(&self, when: &Condition) -> bool {
        let hangs = |part: &Condition| match self.along {
            Along::Columns => matches!(part, Condition::Columns(..)),
            Along::Parcels => match part {
                Condition::Over(measure, _) => *measure != Measure::VolumeRatio,
                Condition::Flag(flag) => matches!(flag, Flag::Hazmat | Flag::Fragile | Flag::OwnPackaging),
                _ => false,
            },
        };
        !when.has(&hangs)
    }

    /// Whether it holds further along if it holds somewhere.
    fn holds_further(&self, when: &Condition) -> bool {
        match when {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().all(|part| self.holds_further(part)),
            Condition::Columns(_, last) => self.along != Along::Columns || usize::from(*last) + 1 >= self.columns,
            Condition::Not(part) => self.holds_alike(part),
            _ => true,
        }
    }
}

/// Never below zero.
fn is_charge(rule: &Surcharge) -> bool {
    let amount = match &rule.charged {
        Charged::Fixed(cents) => *cents >= Cents::ZERO,
        Charged::Table { rows, .. } => rows.iter().flat_map(|(_, cells)| cells).all(|cell| *cell >= Cents::ZERO),
        Charged::PerUnit { each, .. } => *each >= Cents::ZERO,
        Charged::Share { ppm, .. } => *ppm >= 0,
    };
    amount && rule.most.is_none_or(|most| most >= Cents::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::tiny_parts;
    use crate::model::{Further, RateUnit, TariffIx};
    use crate::units::Grams;

    /// The first card of the tiny world, changed.
    fn changed(along: Along, change: impl Fn(&mut Tariff)) -> bool {
        let mut tariff = tiny_parts().tariffs[TariffIx(0)].clone();
        change(&mut tariff);
        rises(&tariff, along)
    }

    fn rule(when: Condition, charged: Charged) -> Surcharge {
        Surcharge { when, charged, group: None, ..tiny_parts().tariffs[TariffIx(0)].surcharges[0].clone() }
    }

    fn cents(amounts: &[i64]) -> Vec<Cents> {
        amounts.iter().map(|cents| Cents::new(*cents)).collect()
    }

    fn fixed(amount: i64) -> Charged {
        Charged::Fixed(Cents::new(amount))
    }

    fn table(cells: &[i64]) -> Charged {
        Charged::Table { measure: Measure::Weight, rows: vec![(1_000, cents(cells))] }
    }

    #[test]
    fn a_base_price_that_falls_is_seen() {
        for along in [Along::Columns, Along::Parcels] {
            assert!(changed(along, |_| {}));
        }
        let steps = |prices: [i64; 4], further: [i64; 2]| {
            move |tariff: &mut Tariff| {
                tariff.rates = RateTable::Steps {
                    limits: [500, 1_000].map(Grams::new).to_vec(),
                    prices: cents(&prices),
                    columns: 2,
                    further: Some(Further { step: Grams::new(500), prices: cents(&further) }),
                };
            }
        };
        let both = |change: &dyn Fn(&mut Tariff)| [Along::Columns, Along::Parcels].map(|along| changed(along, change));
        // Rows of 500 g and 1 kg, two columns.
        assert_eq!(both(&steps([500, 600, 700, 800], [50, 60])), [true, true]);
        assert_eq!(both(&steps([500, 499, 700, 800], [50, 60])), [false, true]);
        assert_eq!(both(&steps([500, 600, 700, 800], [50, 40])), [false, true]);
        assert_eq!(both(&steps([500, 600, 499, 800], [50, 60])), [true, false]);
        let per_unit = |prices: [i64; 4], minimum: [i64; 2]| {
            move |tariff: &mut Tariff| {
                let (minimum, prices) = (cents(&minimum), cents(&prices));
                tariff.rates =
                    RateTable::PerUnit { unit: RateUnit::Hundredweight, minimum, classes: vec![0, 100_000], prices };
            }
        };
        // Freight: a hundredweight costs less from 100 kg on, so that 100 kg may cost less than 99.
        assert_eq!(both(&per_unit([3_000, 4_000, 3_000, 4_000], [9_000, 9_500])), [true, true]);
        assert_eq!(both(&per_unit([3_000, 4_000, 2_000, 3_000], [9_000, 9_500])), [true, false]);
        assert_eq!(both(&per_unit([3_000, 4_000, 3_000, 4_000], [9_500, 9_000])), [false, true]);
    }

    #[test]
    fn a_rule_that_asks_less_in_further_columns_is_seen() {
        let along = Along::Columns;
        let (near, far) = (Condition::Columns(0, 1), Condition::Columns(1, 2));
        let with = |rule: &Surcharge| changed(along, |tariff| tariff.surcharges.push(rule.clone()));
        assert!(!changed(along, |tariff| tariff.weighing.least.push((near.clone(), Grams::new(9_000)))));
        assert!(!with(&rule(near, fixed(100))));
        assert!(with(&rule(far.clone(), fixed(100))) && !with(&rule(far.clone(), fixed(-100))));
        assert!(!with(&rule(Condition::Not(Box::new(far)), fixed(100))));
        assert!(
            with(&rule(Condition::ALWAYS, table(&[1, 1, 2]))) && !with(&rule(Condition::ALWAYS, table(&[1, 3, 2])))
        );
        let discount = |charged| Surcharge { class: ChargeClass::Discount, ..rule(Condition::ALWAYS, charged) };
        let share = || Charged::Share { ppm: 100_000, of: ShareOf::Set("base".to_owned()) };
        assert!(with(&discount(fixed(100))) && !with(&discount(share())) && with(&rule(Condition::ALWAYS, share())));
    }

    #[test]
    fn a_rule_that_asks_less_for_larger_parcels_is_seen() {
        let along = Along::Parcels;
        let with = |rule: &Surcharge| changed(along, |tariff| tariff.surcharges.push(rule.clone()));
        let long = || Condition::Over(Measure::Longest, 200);
        assert!(with(&rule(long(), fixed(200))) && !with(&rule(long(), fixed(-200))));
        // A fee for small parcels.
        assert!(!with(&rule(Condition::Not(Box::new(long())), fixed(200))));
        assert!(!with(&rule(Condition::Not(Box::new(Condition::Flag(Flag::Fragile))), fixed(200))));
        assert!(with(&rule(Condition::Not(Box::new(Condition::Flag(Flag::Residential))), fixed(200))));
        let rows = |cells: [i64; 2]| Charged::Table {
            measure: Measure::Weight,
            rows: vec![(1_000, cents(&cells[..1])), (2_000, cents(&cells[1..]))],
        };
        assert!(with(&rule(Condition::ALWAYS, rows([40, 75]))) && !with(&rule(Condition::ALWAYS, rows([75, 40]))));
        assert!(!with(&Surcharge { class: ChargeClass::Discount, ..rule(Condition::ALWAYS, rows([40, 75])) }));
    }

    #[test]
    fn what_another_rule_of_its_group_replaces_is_seen() {
        let of_group = |charged, set: &str| Surcharge {
            group: Some("zone".to_owned()),
            sets: vec![set.to_owned()],
            ..rule(Condition::ALWAYS, charged)
        };
        let both = |one: &Surcharge, other: &Surcharge| {
            changed(Along::Columns, |tariff| tariff.surcharges.extend([one.clone(), other.clone()]))
        };
        // The dearer of a group takes the other's place, and with it goes what is asked of its set.
        let growing = of_group(table(&[100, 160, 170]), "fuelled");
        assert!(both(&of_group(fixed(150), "fuelled"), &growing) && !both(&of_group(fixed(150), "plain"), &growing));
        // A discount below zero, which adds, gives way to a charge that is less below zero, which takes off.
        let discount = Surcharge { class: ChargeClass::Discount, ..of_group(fixed(-100), "fuelled") };
        assert!(!both(&discount, &of_group(table(&[-200, -50, -50]), "fuelled")));
        // Of a higher priority and less.
        let far = Surcharge { when: Condition::Columns(1, 2), ..of_group(fixed(50), "fuelled") };
        assert!(both(&growing, &far) && !both(&growing, &Surcharge { priority: 1, ..far }));
    }
}
