//! What was seen last.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// A set that forgets its oldest item for a new one beyond a number of them.
pub(super) struct Latest<T> {
    items: HashSet<T>,
    ages: VecDeque<T>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            items: HashSet::new(),
            ages: VecDeque::new(),
        }
    }
}

impl<T: Copy + Eq + Hash> Latest<T> {
    pub(super) fn contains(&self, item: &T) -> bool {
        self.items.contains(item)
    }

    /// Adds an item, and keeps no more than that many.
    pub(super) fn insert(&mut self, item: T, most: usize) {
        if self.items.insert(item) {
            self.ages.push_back(item);
        }
        while self.ages.len() > most {
            if let Some(oldest) = self.ages.pop_front() {
                self.items.remove(&oldest);
            }
        }
    }
}
