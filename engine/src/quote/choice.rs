//! Which option does an order take, and what stands in the way where it takes none?

use crate::model::ServiceLevel;
use crate::units::{Cents, Timestamp};

use super::{Answer, QuoteOption, Ruled, Shortage};

/// What an order asks for beside its goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How fast, at least.
    pub level: ServiceLevel,
    /// Only if the buyer is asked no more for shipping.
    pub max_price: Option<Cents>,
    /// Only if it arrives by then.
    pub deliver_by: Option<Timestamp>,
}

/// Why no option is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// The network cannot fill these lines.
    Short(Vec<Shortage>),
    /// Sourcing rules leave no way to send it.
    Ruled(Vec<Ruled>),
    /// No service keeps the level.
    Level,
    /// Every way to serve it takes capacity that is worth more than the goods.
    Outpriced,
    /// None arrives in time.
    Late {
        /// When the best one of the level arrives.
        earliest: Timestamp,
    },
    /// All in time are too dear.
    Dear {
        /// What is asked for the best of them.
        price: Cents,
        /// What may be asked.
        max: Cents,
    },
}

impl Answer {
    /// The option that an order with this wish takes.
    pub fn choose(&self, wish: &Wish) -> Result<&QuoteOption, NoChoice> {
        if !self.shortages.is_empty() {
            return Err(NoChoice::Short(self.shortages.clone()));
        }
        let any = self.best(wish.level, None).ok_or_else(|| match self {
            Self { outpriced: 1.., .. } => NoChoice::Outpriced,
            Self { options, ruled, .. } if options.is_empty() && !ruled.is_empty() => NoChoice::Ruled(ruled.clone()),
            _ => NoChoice::Level,
        })?;
        let late = NoChoice::Late { earliest: any.delivers_by };
        let in_time = self.best(wish.level, wish.deliver_by).ok_or(late)?;
        match wish.max_price {
            Some(max) if in_time.price > max => {
                let dear = NoChoice::Dear { price: in_time.price, max };
                self.best_within(wish.level, wish.deliver_by, Some(max)).ok_or(dear)
            }
            _ => Ok(in_time),
        }
    }
}
