//! A handful of tags.

use arrayvec::ArrayVec;

use crate::tag::Tag;

/// The few tags that a layer sets at once, without an allocation; at most `N`.
// Places that are not taken are not written either: that is why the list is not one of our own.
#[derive(Default)]
pub(super) struct TagList<'t, const N: usize>(ArrayVec<Tag<'t>, N>);

impl<'t, const N: usize> TagList<'t, N> {
    #[inline]
    pub(super) fn push(&mut self, tag: Tag<'t>) {
        // Its users know how many they push.
        let _one_too_many = self.0.try_push(tag);
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[Tag<'t>] {
        self.0.as_slice()
    }
}
