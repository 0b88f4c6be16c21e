//! A handful of tags.

use crate::tag::Tag;

/// The few tags that a layer sets at once, without an allocation.
pub(super) struct TagList<'t> {
    tags: [Tag<'t>; 5],
    len: usize,
}

impl Default for TagList<'_> {
    fn default() -> Self {
        Self {
            tags: [Tag::new("", false); 5],
            len: 0,
        }
    }
}

impl<'t> TagList<'t> {
    pub(super) fn push(&mut self, tag: Tag<'t>) {
        if let Some(slot) = self.tags.get_mut(self.len) {
            *slot = tag;
            self.len += 1;
        }
    }

    pub(super) fn as_slice(&self) -> &[Tag<'t>] {
        self.tags.get(..self.len).unwrap_or(&[])
    }
}
