//! Dense indices: the names that solvers use.
//!
//! Outside, things have typed string ids ([`crate::ids`]); inside a solver they are consecutive `u32`s, one type per kind,
//! so that a warehouse's number can never be used where a carrier's is meant, and strings and hash maps never enter a loop.

use std::marker::PhantomData;
use std::ops;

/// A dense `u32` index of one kind of thing.
pub trait Index: Copy + Eq + Ord + std::hash::Hash + std::fmt::Debug {
    /// The index with number `n`. Panics above `u32::MAX`: a solver never holds that many.
    fn from_usize(n: usize) -> Self;
    /// The number, for use in a slice.
    fn usize(self) -> usize;
}

/// Declares a dense index type.
#[macro_export]
macro_rules! index_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $crate::index::Index for $name {
            fn from_usize(n: usize) -> Self {
                Self(u32::try_from(n).expect("a dense index fits in 32 bits"))
            }
            fn usize(self) -> usize {
                self.0 as usize
            }
        }
    };
}

/// A vector that only the matching index type can address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexVec<I, T> {
    items: Vec<T>,
    kind: PhantomData<fn(I)>,
}

impl<I, T> Default for IndexVec<I, T> {
    fn default() -> Self {
        Self { items: Vec::new(), kind: PhantomData }
    }
}

impl<I: Index, T> IndexVec<I, T> {
    /// An empty vector.
    pub fn new() -> Self {
        Self::default()
    }

    /// `len` clones of `value`.
    pub fn filled(value: T, len: usize) -> Self
    where
        T: Clone,
    {
        Self::from(vec![value; len])
    }

    /// Appends and returns the new element's index.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::from_usize(self.items.len() - 1)
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The element, or `None` past the end.
    pub fn get(&self, index: I) -> Option<&T> {
        self.items.get(index.usize())
    }

    /// Every index, ascending.
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        (0..self.items.len()).map(I::from_usize)
    }

    /// Elements in index order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// Elements in index order, mutable.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// Pairs of index and element, ascending.
    pub fn enumerate(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator {
        self.items.iter().enumerate().map(|(n, item)| (I::from_usize(n), item))
    }

    /// The elements as a slice.
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }
}

impl<I, T> From<Vec<T>> for IndexVec<I, T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, kind: PhantomData }
    }
}

impl<I, T> FromIterator<T> for IndexVec<I, T> {
    fn from_iter<S: IntoIterator<Item = T>>(items: S) -> Self {
        Self::from(items.into_iter().collect::<Vec<_>>())
    }
}

impl<I: Index, T> ops::Index<I> for IndexVec<I, T> {
    type Output = T;
    fn index(&self, index: I) -> &T {
        &self.items[index.usize()]
    }
}

impl<I: Index, T> ops::IndexMut<I> for IndexVec<I, T> {
    fn index_mut(&mut self, index: I) -> &mut T {
        &mut self.items[index.usize()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    index_type!(Letter);

    #[test]
    fn push_gives_consecutive_indices() {
        let mut letters: IndexVec<Letter, char> = IndexVec::new();
        let a = letters.push('a');
        let b = letters.push('b');
        assert_eq!((a, b), (Letter(0), Letter(1)));
        assert_eq!(letters[b], 'b');
        assert_eq!(letters.indices().collect::<Vec<_>>(), [a, b]);
        assert_eq!(letters.get(Letter(2)), None);
    }
}
