//! Parts of one option that fall under one allotment: unlike waves and collections, it cuts across warehouses.

use std::collections::BTreeMap;

use crate::model::PostalIx;
use crate::promise::AllotmentRef;
use crate::shipping::Way;

use super::View;
use super::sourcing::Part;

/// What the parts chosen so far take of allotments.
pub(super) struct Together<'a> {
    view: &'a View<'a>,
    postal: PostalIx,
    taken: BTreeMap<AllotmentRef, i64>,
}

impl<'a> Together<'a> {
    pub fn new(view: &'a View<'a>, postal: PostalIx) -> Self {
        Self { view, postal, taken: BTreeMap::new() }
    }

    /// Whether a way that fits alone fits beside them.
    pub fn fits(&self, part: &Part, way: &Way) -> bool {
        let book = self.view.network.world.allotment_book();
        let left = |of: &AllotmentRef| self.view.load.free_allotment(of, of.capacity(book));
        self.allotments(part, way).all(|of| match self.taken.get(&of) {
            Some(taken) => left(&of) - taken >= i64::from(way.parcels()),
            None => true,
        })
    }

    /// Chooses it.
    pub fn take(&mut self, part: &Part, way: &Way) {
        let under: Vec<_> = self.allotments(part, way).collect();
        under.into_iter().for_each(|of| *self.taken.entry(of).or_default() += i64::from(way.parcels()));
    }

    fn allotments(&self, part: &Part, way: &Way) -> impl Iterator<Item = AllotmentRef> + use<'a> {
        AllotmentRef::of(self.view.network.world.allotment_book(), way.pickup(part.warehouse), self.postal)
    }
}
