//! What callers of foreign faces ask for again by id: kept in memory, the oldest given up first, lost with the process.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Things by id.
#[derive(Debug)]
pub struct Shelf<T> {
    kept: Mutex<Kept<T>>,
    most_bytes: usize,
}

#[derive(Debug)]
struct Kept<T> {
    by_id: HashMap<String, Arc<T>>,
    /// Things with their ids and sizes, from the oldest on.
    order: VecDeque<(Vec<String>, usize, Arc<T>)>,
    bytes: usize,
}

impl<T> Shelf<T> {
    /// Room for so many bytes.
    pub fn new(most_bytes: usize) -> Self {
        Self { kept: Mutex::new(Kept { by_id: HashMap::new(), order: VecDeque::new(), bytes: 0 }), most_bytes }
    }

    /// Keeps something of about this size under all these ids.
    pub fn keep(&self, ids: impl IntoIterator<Item = String>, bytes: usize, thing: T) {
        let (ids, thing): (Vec<String>, _) = (ids.into_iter().collect(), Arc::new(thing));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for id in &ids {
            kept.by_id.insert(id.clone(), Arc::clone(&thing));
        }
        kept.bytes += bytes;
        kept.order.push_back((ids, bytes, thing));
        while kept.bytes > self.most_bytes {
            let Some((ids, bytes, oldest)) = kept.order.pop_front() else { break };
            kept.bytes -= bytes;
            for id in ids {
                // An id may have been kept again for something newer.
                if kept.by_id.get(&id).is_some_and(|thing| Arc::ptr_eq(thing, &oldest)) {
                    kept.by_id.remove(&id);
                }
            }
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
    fn the_oldest_goes_first_and_what_was_renewed_stays() {
        let shelf = Shelf::new(30);
        shelf.keep(["a".to_owned(), "b".to_owned()], 10, 1);
        shelf.keep(["a".to_owned()], 10, 2);
        shelf.keep(["c".to_owned()], 10, 3);
        let found = |ids: [&str; 3]| ids.map(|id| shelf.find(id).map(|thing| *thing));
        assert_eq!(found(["a", "b", "c"]), [Some(2), Some(1), Some(3)]);
        shelf.keep(["d".to_owned()], 10, 4);
        assert_eq!(found(["a", "b", "d"]), [Some(2), None, Some(4)]);
        shelf.keep(["e".to_owned()], 100, 5);
        assert_eq!(found(["a", "d", "e"]), [None, None, None], "larger than the shelf");
    }
}
