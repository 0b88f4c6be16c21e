//! A handful of tags.

use crate::tag::Tag;

/// The few tags that a layer sets at once, without an allocation; at most `N`.
pub(super) struct TagList<'t, const N: usize> {
    tags: [Tag<'t>; N],
    len: usize,
}

impl<const N: usize> Default for TagList<'_, N> {
    #[inline]
    fn default() -> Self {
        Self {
            tags: [Tag::new("", false); N],
            len: 0,
        }
    }
}

impl<'t, const N: usize> TagList<'t, N> {
    #[inline]
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
