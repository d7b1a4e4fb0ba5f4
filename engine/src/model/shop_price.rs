//! What merchants ask their buyers for shipping, by what it costs them.

use crate::calendar::civil::Date;
use crate::ids::ChannelId;
use crate::units::Cents;

use super::{MerchantIx, ServiceLevel};

/// A rule of a merchant. Of those that fit an option the first counts; where none does, buyers are asked what shipping costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopPrice {
    /// Its name.
    pub id: String,
    /// Whose.
    pub merchant: MerchantIx,
    /// For carts of this channel only.
    pub channel: Option<ChannelId>,
    /// For options of this level only.
    pub level: Option<ServiceLevel>,
    /// Millionths of the cost put on top, rounded half up.
    pub markup_ppm: i64,
    /// And this.
    pub markup: Cents,
    /// At least this.
    pub least: Cents,
    /// Rounded up to whole multiples of this, at least a cent.
    pub round_to: Cents,
    /// Nothing is asked where the goods are worth at least this.
    pub free_from: Option<Cents>,
    /// First date at the buyer's door on which it holds.
    pub first: Option<Date>,
    /// Last one, included.
    pub last: Option<Date>,
}

/// A part of a price, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceLine {
    /// What it is for.
    pub label: String,
    /// How much; below zero where something is taken off.
    pub amount: Cents,
}

impl ShopPrice {
    /// Whether it is for such an option of such a cart on a date.
    pub fn fits(&self, merchant: MerchantIx, channel: Option<&ChannelId>, level: ServiceLevel, date: Date) -> bool {
        self.merchant == merchant
            && self.channel.as_ref().is_none_or(|own| Some(own) == channel)
            && self.level.is_none_or(|own| own == level)
            && self.first.is_none_or(|first| first <= date)
            && self.last.is_none_or(|last| date <= last)
    }

    /// The price of an option that costs `cost`, for goods worth `value`, with what it is made of on top of the cost.
    pub fn price(&self, cost: Cents, value: Cents) -> (Cents, Vec<PriceLine>) {
        let line = |label: String, amount: Cents| PriceLine { label, amount };
        if let Some(from) = self.free_from.filter(|from| value >= *from) {
            let label = format!("{}: free from {} of goods", self.id, from.to_text());
            return (Cents::ZERO, vec![line(label, -cost)]);
        }
        let mut lines = Vec::new();
        let mut price = cost;
        let share = (i128::from(cost.get()) * i128::from(self.markup_ppm) + 500_000).div_euclid(1_000_000);
        let markup = Cents::new(i64::try_from(share).unwrap_or(i64::MAX)) + self.markup;
        if markup != Cents::ZERO {
            price += markup;
            lines.push(line(format!("{}: mark-up", self.id), markup));
        }
        if price < self.least {
            lines.push(line(format!("{}: at least {}", self.id, self.least.to_text()), self.least - price));
            price = self.least;
        }
        let over = price.get().rem_euclid(self.round_to.get());
        if over > 0 {
            let up = Cents::new(self.round_to.get() - over);
            price += up;
            lines.push(line(format!("{}: rounded up to {}", self.id, self.round_to.to_text()), up));
        }
        (price, lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::civil::date;

    fn rule() -> ShopPrice {
        ShopPrice {
            id: "web".to_owned(),
            merchant: MerchantIx(0),
            channel: None,
            level: None,
            markup_ppm: 0,
            markup: Cents::ZERO,
            least: Cents::ZERO,
            round_to: Cents::new(1),
            free_from: None,
            first: None,
            last: None,
        }
    }

    fn asked(rule: &ShopPrice, cost: i64, value: i64) -> (i64, Vec<i64>) {
        let (price, lines) = rule.price(Cents::new(cost), Cents::new(value));
        let amounts: Vec<i64> = lines.iter().map(|line| line.amount.get()).collect();
        assert_eq!(cost + amounts.iter().sum::<i64>(), price.get(), "lines add up");
        (price.get(), amounts)
    }

    #[test]
    fn marks_up_bounds_and_rounds_worked_by_hand() {
        assert_eq!(asked(&rule(), 1_049, 0), (1_049, vec![]));
        // 12.5 % of 1,049 = 131.125, and 30: 161.
        let marked = ShopPrice { markup_ppm: 125_000, markup: Cents::new(30), ..rule() };
        assert_eq!(asked(&marked, 1_049, 0), (1_210, vec![161]));
        // 12.5 % of 4 is half a cent: up.
        assert_eq!(asked(&marked, 4, 0), (35, vec![31]));
        // To the next half dollar, exactly there not further.
        let round = ShopPrice { round_to: Cents::new(50), ..marked };
        assert_eq!(asked(&round, 1_049, 0), (1_250, vec![161, 40]));
        assert_eq!(
            asked(&ShopPrice { markup_ppm: 0, markup: Cents::ZERO, ..round.clone() }, 1_050, 0),
            (1_050, vec![])
        );
        let least = ShopPrice { least: Cents::new(499), ..round };
        assert_eq!(asked(&least, 100, 0), (500, vec![43, 356, 1]));
    }

    #[test]
    fn shipping_is_free_from_the_threshold_on() {
        let free = ShopPrice { markup: Cents::new(100), free_from: Some(Cents::new(5_000)), ..rule() };
        assert_eq!(asked(&free, 1_049, 4_999), (1_149, vec![100]));
        assert_eq!(asked(&free, 1_049, 5_000), (0, vec![-1_049]));
    }

    #[test]
    fn a_rule_is_for_its_merchant_channel_level_and_days() {
        let (day, other) = (date(2025, 11, 11), MerchantIx(1));
        let web: ChannelId = "web".parse().unwrap();
        let fits =
            |rule: &ShopPrice, channel: Option<&ChannelId>, level, date| rule.fits(MerchantIx(0), channel, level, date);
        assert!(fits(&rule(), None, ServiceLevel::Standard, day));
        assert!(!rule().fits(other, None, ServiceLevel::Standard, day));
        let own = ShopPrice { channel: Some(web.clone()), level: Some(ServiceLevel::TwoDay), ..rule() };
        assert!(fits(&own, Some(&web), ServiceLevel::TwoDay, day));
        assert!(!fits(&own, None, ServiceLevel::TwoDay, day));
        assert!(!fits(&own, Some(&web), ServiceLevel::Standard, day));
        let dated = ShopPrice { first: Some(day), last: Some(date(2025, 11, 12)), ..rule() };
        let on = |date| fits(&dated, None, ServiceLevel::Standard, date);
        assert_eq!([10, 11, 12, 13].map(|n| on(date(2025, 11, n))), [false, true, true, false]);
    }
}
