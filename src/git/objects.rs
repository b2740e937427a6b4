//! What does an object of this repository hold?
//!
//! In: the repository's object folder and twenty-byte names. Out: raw bytes of commits, trees and blobs. The only file
//! that knows gix: its object database alone is used, so no configuration, hook, filter, graft or replacement of the
//! repository is ever looked at. Never loads what is above its limit.

use gix::odb::store::init::Options;
use gix::odb::{Handle, pack};
use std::path::Path;

/// Name of an object of any kind.
pub(super) type ObjectName = [u8; 20];

/// Blobs above this are never loaded: lock files and generated lists of several MiB are still counted, as git counts them.
pub(super) const MAX_BLOB_BYTES: usize = 8 << 20;

/// Texts above this are not handed out to be parsed: 1 MiB is far above any file a person wrote line by line.
pub(super) const MAX_TEXT_BYTES: usize = 1 << 20;

/// Bytes one object may take while it is put together from its deltas: two copies of the largest tree or commit that is
/// read, and the deltas between.
const MAX_WORK_BYTES: usize = 64 << 20;

/// Objects kept for the deltas that build on them, in each handle.
const DELTA_CACHE_BYTES: usize = 48 << 20;

/// Packs and their indexes that may be open beyond those found at first: fetches add some while work goes on.
const MIN_PACKS: usize = 64;

/// What kind of object is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
}

/// Why an object was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Unread {
    /// It is not there: a shallow or partial clone, or a damaged one.
    Missing,
    /// It is there and cannot be understood.
    Corrupt,
    /// It is above its limit.
    TooLarge,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Corrupt => "corrupt",
            Self::TooLarge => "too large",
        })
    }
}

/// The objects of one repository. Not shared between threads: each takes [`another`](Objects::another) handle.
pub(super) struct Objects {
    handle: Handle,
}

impl Objects {
    /// Opens the folder that holds `pack` and loose objects. Alternates are followed as git follows them; one that is
    /// gone is left out.
    pub(super) fn open(folder: &Path) -> std::io::Result<Self> {
        let slots = gix::odb::store::init::Slots::AsNeededByDiskState { multiplier: 1.5, minimum: MIN_PACKS };
        let options = Options { slots, alloc_limit_bytes: Some(MAX_WORK_BYTES), ..Options::default() };
        let store = gix::odb::at_opts(folder, gix::hash::Kind::Sha1, None, options)?;
        let cache = || -> Box<gix::odb::cache::PackCache> {
            Box::new(pack::cache::lru::MemoryCappedHashmap::new(DELTA_CACHE_BYTES))
        };
        Ok(Self { handle: store.with_pack_cache(cache) })
    }

    /// A handle of its own on the same files, for another thread.
    pub(super) fn another(&self) -> Self {
        Self { handle: self.handle.clone() }
    }

    /// Replaces `buffer` with the content of `name`.
    pub(super) fn read(&self, name: &ObjectName, kind: Kind, buffer: &mut Vec<u8>) -> Result<(), Unread> {
        use gix::objs::Find as _;
        match self.handle.try_find(gix::oid::from_bytes_unchecked(name), buffer) {
            Ok(Some(found)) if found.kind != as_gix(kind) => Err(Unread::Corrupt),
            Ok(Some(found)) if kind == Kind::Blob && found.data.len() > MAX_BLOB_BYTES => Err(Unread::TooLarge),
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Unread::Missing),
            Err(_) => Err(self.fault(name)),
        }
    }

    /// How many differences the content of `name` is made from; `None` where it is not in a pack.
    pub(super) fn n_deltas(&self, name: &ObjectName) -> Option<u32> {
        use gix::odb::Header as _;
        self.handle.try_header(gix::oid::from_bytes_unchecked(name)).ok().flatten()?.num_deltas()
    }

    /// Only after a failure: the header costs a second look.
    fn fault(&self, name: &ObjectName) -> Unread {
        use gix::odb::Header as _;
        match self.handle.try_header(gix::oid::from_bytes_unchecked(name)) {
            Ok(Some(header)) if header.size() > MAX_BLOB_BYTES as u64 => Unread::TooLarge,
            _ => Unread::Corrupt,
        }
    }
}

fn as_gix(kind: Kind) -> gix::objs::Kind {
    match kind {
        Kind::Commit => gix::objs::Kind::Commit,
        Kind::Tree => gix::objs::Kind::Tree,
        Kind::Blob => gix::objs::Kind::Blob,
    }
}
