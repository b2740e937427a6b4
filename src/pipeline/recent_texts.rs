//! What did this thread read a moment ago?
//!
//! In: a way to read contents. Out: the same contents; those read lately come from memory. Fixes follow each other through
//! the same versions of the same files, and taking a version out of a pack costs far more than a copy of it.
//! Two halves: when the younger is full it becomes the older, and what was not asked for again is forgotten.

use crate::domain::BlobId;
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// Bytes of one half; a thread holds two at the most.
const MAX_BYTES: usize = 24 << 20;

/// Reads contents, and remembers some.
pub(super) struct RecentTexts<Read> {
    read: Read,
    halves: RefCell<Halves>,
}

#[derive(Default)]
struct Halves {
    young: FxHashMap<BlobId, Option<Vec<u8>>>,
    old: FxHashMap<BlobId, Option<Vec<u8>>>,
    n_young_bytes: usize,
}

impl<Read: Fn(BlobId) -> Option<Vec<u8>>> RecentTexts<Read> {
    pub(super) fn new(read: Read) -> Self {
        Self { read, halves: RefCell::default() }
    }

    /// The content of `blob`; `None` where it cannot be read.
    pub(super) fn text(&self, blob: BlobId) -> Option<Vec<u8>> {
        if let Some(text) = self.halves.borrow().young.get(&blob) {
            return text.clone();
        }
        let mut halves = self.halves.borrow_mut();
        let text = halves.old.remove(&blob).unwrap_or_else(|| (self.read)(blob));
        halves.keep(blob, text.clone());
        text
    }
}

impl Halves {
    fn keep(&mut self, blob: BlobId, text: Option<Vec<u8>>) {
        self.n_young_bytes += text.as_ref().map_or(0, Vec::len);
        self.young.insert(blob, text);
        if self.n_young_bytes > MAX_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.n_young_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_content_asked_for_again_is_not_read_again_until_much_else_was_read() {
        let n_reads = Cell::new(0);
        let texts = RecentTexts::new(|blob: BlobId| {
            n_reads.set(n_reads.get() + 1);
            Some(vec![blob.0[0]; MAX_BYTES / 4])
        });
        for byte in [1, 1, 2, 1] {
            assert_eq!(texts.text(BlobId([byte; 20])).unwrap()[0], byte);
        }
        assert_eq!(n_reads.get(), 2);
        (3..20).for_each(|byte| drop(texts.text(BlobId([byte; 20]))));
        texts.text(BlobId([1; 20]));
        assert_eq!(n_reads.get(), 20);
    }
}
