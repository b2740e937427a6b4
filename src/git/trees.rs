//! Which files of a tree differ from its parents?
//!
//! In: the tree of a commit and the trees of its parents (none, one, or many). Out: the paths that differ from every
//! parent, in git's order, with mode and name of both sides. Subtrees that equal one of the parents' are never opened.

use super::objects::{Kind, ObjectName, Objects, Unread};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Folders inside folders; git itself stops at 4,096 bytes of path on most systems.
const MAX_DEPTH: usize = 256;

/// Bytes of trees that are kept, twice: what is used again moves from the older half to the newer.
const HALF_CACHE_BYTES: usize = 12 << 20;

/// One side of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Side {
    pub(super) mode: u32,
    pub(super) name: ObjectName,
}

impl Side {
    /// A file with content: no symbolic link, no submodule.
    pub(super) fn is_regular(self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    fn is_folder(self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

/// A path whose content or mode differs from that of every parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) path: Vec<u8>,
    /// In each parent, in their order; one `None` where there is no parent.
    pub(super) old: Vec<Option<Side>>,
    pub(super) new: Option<Side>,
}

/// Reads trees and keeps those that may be asked for again.
pub(super) struct Trees<'a> {
    objects: &'a Objects,
    newer: FxHashMap<ObjectName, Rc<[u8]>>,
    older: FxHashMap<ObjectName, Rc<[u8]>>,
    newer_bytes: usize,
    buffer: Vec<u8>,
}

/// A tree that could not be read: nothing is known of what is below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnreadTree {
    pub(super) folder: String,
    pub(super) why: Unread,
}

impl std::fmt::Display for UnreadTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "its folder `/{}` is {}", self.folder, self.why)
    }
}

impl<'a> Trees<'a> {
    pub(super) fn new(objects: &'a Objects) -> Self {
        Self { objects, newer: FxHashMap::default(), older: FxHashMap::default(), newer_bytes: 0, buffer: Vec::new() }
    }

    /// Everything in `new` that differs from each of `old`; without `old`, everything in `new`.
    pub(super) fn differences(
        &mut self,
        old: &[Option<ObjectName>],
        new: Option<ObjectName>,
    ) -> Result<Vec<Difference>, UnreadTree> {
        let old = if old.is_empty() { &[None] } else { old };
        let mut found = Vec::new();
        self.compare(old, new, &mut Vec::new(), 0, &mut found)?;
        Ok(found)
    }

    fn compare(
        &mut self,
        old: &[Option<ObjectName>],
        new: Option<ObjectName>,
        folder: &mut Vec<u8>,
        depth: usize,
        found: &mut Vec<Difference>,
    ) -> Result<(), UnreadTree> {
        if old.contains(&new) {
            return Ok(());
        }
        if depth > MAX_DEPTH {
            return Err(unread(folder, Unread::TooLarge));
        }
        let mut contents: Vec<Rc<[u8]>> = Vec::with_capacity(old.len() + 1);
        for tree in old.iter().chain([&new]) {
            contents.push(tree.map_or(Ok(Rc::default()), |tree| self.read(&tree)).map_err(|why| unread(folder, why))?);
        }
        let mut rows = Rows { sides: contents.iter().map(|content| Entries::new(content)).collect() };
        let mut sides = Vec::with_capacity(contents.len());
        while let Some(name) = rows.next(&mut sides).map_err(|why| unread(folder, why))? {
            let (new, old) = sides.split_last().expect("a row has one side for each tree, and the new tree is one");
            if old.contains(new) {
                continue;
            }
            let length = folder.len();
            folder.extend_from_slice(name);
            if sides.iter().flatten().any(|side| side.is_folder()) {
                folder.push(b'/');
                let names: Vec<_> = old.iter().map(|side| side.map(|side| side.name)).collect();
                self.compare(&names, new.map(|side| side.name), folder, depth + 1, found)?;
            } else {
                found.push(Difference { path: folder.clone(), old: old.to_vec(), new: *new });
            }
            folder.truncate(length);
        }
        Ok(())
    }

    fn read(&mut self, name: &ObjectName) -> Result<Rc<[u8]>, Unread> {
        if let Some(content) = self.newer.get(name) {
            return Ok(content.clone());
        }
        let content = match self.older.remove(name) {
            Some(content) => content,
            None => {
                self.objects.read(name, Kind::Tree, &mut self.buffer)?;
                Rc::from(self.buffer.as_slice())
            }
        };
        self.newer_bytes += content.len();
        if self.newer_bytes > HALF_CACHE_BYTES {
            self.older = std::mem::take(&mut self.newer);
            self.newer_bytes = content.len();
        }
        self.newer.insert(*name, content.clone());
        Ok(content)
    }
}

fn unread(folder: &[u8], why: Unread) -> UnreadTree {
    UnreadTree { folder: String::from_utf8_lossy(folder).into_owned(), why }
}

/// Walks several trees side by side.
struct Rows<'a> {
    sides: Vec<Entries<'a>>,
}

impl<'a> Rows<'a> {
    /// The next name in git's order, with what stands there in each tree.
    fn next(&mut self, sides: &mut Vec<Option<Side>>) -> Result<Option<&'a [u8]>, Unread> {
        let mut first: Option<(&'a [u8], bool)> = None;
        for entries in &mut self.sides {
            if let Some((name, side)) = entries.peek()? {
                let key = (name, side.is_folder());
                if first.is_none_or(|first| order(key, first).is_lt()) {
                    first = Some(key);
                }
            }
        }
        let Some(first) = first else { return Ok(None) };
        sides.clear();
        for entries in &mut self.sides {
            sides.push(entries.take_if(first));
        }
        Ok(Some(first.0))
    }
}

/// Git sorts a folder as if its name ended with a slash.
fn order(a: (&[u8], bool), b: (&[u8], bool)) -> std::cmp::Ordering {
    let shared = a.0.len().min(b.0.len());
    let next = |(name, is_folder): (&[u8], bool)| match name.get(shared) {
        Some(byte) => *byte,
        None if is_folder => b'/',
        None => 0,
    };
    a.0[..shared].cmp(&b.0[..shared]).then_with(|| next(a).cmp(&next(b))).then_with(|| a.0.len().cmp(&b.0.len()))
}

/// The entries of one tree, with the next one in hand.
struct Entries<'a> {
    rest: &'a [u8],
    head: Option<(&'a [u8], Side)>,
}

impl<'a> Entries<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Self { rest, head: None }
    }

    fn peek(&mut self) -> Result<Option<(&'a [u8], Side)>, Unread> {
        if self.head.is_none() && !self.rest.is_empty() {
            let (name, side, rest) = entry(self.rest).ok_or(Unread::Corrupt)?;
            self.head = Some((name, side));
            self.rest = rest;
        }
        Ok(self.head)
    }

    fn take_if(&mut self, (name, is_folder): (&[u8], bool)) -> Option<Side> {
        let is_it = self.head.is_some_and(|(head, side)| side.is_folder() == is_folder && head == name);
        if is_it { self.head.take().map(|(_, side)| side) } else { None }
    }
}

/// `mode name\0` and twenty bytes.
fn entry(bytes: &[u8]) -> Option<(&[u8], Side, &[u8])> {
    let mut mode = 0_u32;
    let mut at = 0;
    while *bytes.get(at)? != b' ' {
        mode = mode.checked_mul(8)?.checked_add(u32::from(bytes[at].checked_sub(b'0').filter(|digit| *digit < 8)?))?;
        at += 1;
    }
    let rest = &bytes[at + 1..];
    let end = rest.iter().position(|byte| *byte == 0)?;
    let name = rest.get(end + 1..end + 21)?.try_into().ok()?;
    Some((&rest[..end], Side { mode, name }, &rest[end + 21..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_sort_as_if_they_ended_with_a_slash() {
        let mut names = [("a0", false), ("a", true), ("a.b", false), ("a", false), ("a-", true)];
        names.sort_by(|a, b| order((a.0.as_bytes(), a.1), (b.0.as_bytes(), b.1)));
        assert_eq!(names, [("a", false), ("a-", true), ("a.b", false), ("a", true), ("a0", false)]);
    }

    #[test]
    fn a_broken_tree_is_an_error_and_no_panic() {
        for broken in [&b"100644"[..], b"100644 a", b"100644 a\x00123", b"1x0644 a\0", b"77777777777777 a\0", b" "] {
            assert!(Entries::new(broken).peek().is_err(), "{broken:?}");
        }
    }
}
