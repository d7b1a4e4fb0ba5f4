//! What callers of foreign faces ask for again by id: kept in memory, the oldest given up first, lost with the process.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Things by id.
#[derive(Debug)]
pub struct Shelf<T> {
    kept: Mutex<Kept<T>>,
    most: usize,
}

#[derive(Debug)]
struct Kept<T> {
    by_id: HashMap<String, Arc<T>>,
    /// Ids from the oldest on.
    order: VecDeque<String>,
}

impl<T> Shelf<T> {
    /// Room for so many.
    pub fn new(most: usize) -> Self {
        Self { kept: Mutex::new(Kept { by_id: HashMap::new(), order: VecDeque::new() }), most }
    }

    /// Keeps something under all these ids.
    pub fn keep(&self, ids: impl IntoIterator<Item = String>, thing: T) {
        let thing = Arc::new(thing);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            if kept.by_id.insert(id.clone(), Arc::clone(&thing)).is_none() {
                kept.order.push_back(id);
            }
        }
        while kept.by_id.len() > self.most {
            let Some(oldest) = kept.order.pop_front() else { break };
            kept.by_id.remove(&oldest);
        }
    }

    /// What is kept under an id.
    pub fn find(&self, id: &str) -> Option<Arc<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).by_id.get(id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first() {
        let shelf = Shelf::new(3);
        shelf.keep(["a".to_owned(), "b".to_owned()], 1);
        shelf.keep(["a".to_owned()], 2);
        shelf.keep(["c".to_owned(), "d".to_owned()], 3);
        let found = ["a", "b", "c", "d"].map(|id| shelf.find(id).map(|thing| *thing));
        assert_eq!(found, [None, Some(1), Some(3), Some(3)]);
    }
}
