//! Which files did a commit change, and how much of each?
//!
//! In: the trees of a commit and its parents. Out: [`RawChange`]s: renames paired as git pairs them, lines counted as
//! git counts them. Regular files only: symbolic links and submodules are no text of this repository, so one that
//! becomes a file is added, and a file that becomes one is deleted.

use super::chains::{Counted, Pairs};
use super::objects::{MAX_BLOB_BYTES, ObjectName, Objects, Unread};
use super::renames;
use super::trees::{Difference, Side, Trees};
use crate::domain::{BlobId, ChangeKind, Hunk};
use rustc_hash::FxHashMap;

/// A commit that touches more files than this is an import or a move of everything: it says nothing about bugs, and
/// its files are left out.
const MAX_FILES_A_COMMIT: usize = 2_000;

/// A changed file whose path is not interned yet: threads share nothing.
#[derive(Debug, Clone)]
pub(super) struct RawChange {
    pub(super) path: Vec<u8>,
    /// The earlier path, for a rename only.
    pub(super) old_path: Option<Vec<u8>>,
    /// For an added file that equals one which the same commit changed: the path of that one.
    pub(super) copied_from: Option<Vec<u8>>,
    pub(super) parent: u8,
    pub(super) kind: ChangeKind,
    pub(super) old_blob: Option<BlobId>,
    pub(super) new_blob: Option<BlobId>,
}

/// Every changed file of a commit with the trees of its parents. For a merge only files that differ from every parent,
/// once for each parent and without renames.
///
/// # Errors
/// The reason why they were left out: a limit, or a tree that cannot be read.
pub(super) fn of_commit(
    trees: &mut Trees<'_>,
    objects: &Objects,
    parents: &[Option<ObjectName>],
    tree: ObjectName,
) -> Result<Vec<RawChange>, String> {
    let differences = trees.differences(parents, Some(tree)).map_err(|unread| unread.to_string())?;
    let n_changes = differences.len() * parents.len().max(1);
    let changes = match parents.len() {
        0 | 1 => of_one_parent(&differences, objects),
        n_parents => (0..n_parents).flat_map(|parent| of_merge(&differences, parent)).collect(),
    };
    if n_changes > MAX_FILES_A_COMMIT && changes.len() > MAX_FILES_A_COMMIT {
        return Err(format!("it changes {} files, the limit is {MAX_FILES_A_COMMIT}", changes.len()));
    }
    Ok(changes)
}

fn of_one_parent(differences: &[Difference], objects: &Objects) -> Vec<RawChange> {
    let sources = renames::sources(differences, objects);
    let mut is_source = vec![false; differences.len()];
    for source in sources.iter().flatten() {
        is_source[*source] = true;
    }
    let mut changes = Vec::with_capacity(differences.len());
    for (at, difference) in differences.iter().enumerate().filter(|(at, _)| !is_source[*at]) {
        let source = sources[at].map(|source| &differences[source]);
        let old = source.map_or(difference.old[0], |source| source.old[0]);
        let change = change(&difference.path, old, difference.new, 0);
        changes.extend(change.map(|change| renamed_from(change, source)));
    }
    find_copies(&mut changes);
    changes
}

fn renamed_from(change: RawChange, source: Option<&Difference>) -> RawChange {
    match source {
        Some(source) => RawChange { kind: ChangeKind::Renamed, old_path: Some(source.path.clone()), ..change },
        None => change,
    }
}

fn of_merge(differences: &[Difference], parent: usize) -> impl Iterator<Item = RawChange> {
    let number = u8::try_from(parent).unwrap_or(u8::MAX);
    differences.iter().filter_map(move |one| change(&one.path, one.old[parent], one.new, number))
}

/// `None` when no regular file is on either side.
fn change(path: &[u8], old: Option<Side>, new: Option<Side>, parent: u8) -> Option<RawChange> {
    let blob = |side: Option<Side>| side.filter(|side| side.is_regular()).map(|side| BlobId(side.name));
    let (old_blob, new_blob) = (blob(old), blob(new));
    let kind = match (old_blob, new_blob) {
        (None, None) => return None,
        (None, Some(_)) => ChangeKind::Added,
        (Some(_), None) => ChangeKind::Deleted,
        (Some(_), Some(_)) => ChangeKind::Modified,
    };
    Some(RawChange { path: path.to_owned(), old_path: None, copied_from: None, parent, kind, old_blob, new_blob })
}

/// An added file with the content another changed file had before is a copy of it.
fn find_copies(changes: &mut [RawChange]) {
    if !changes.iter().any(|change| change.kind == ChangeKind::Added) {
        return;
    }
    let mut was: FxHashMap<BlobId, Vec<u8>> = FxHashMap::default();
    for change in changes.iter() {
        if let Some(old) = change.old_blob {
            was.entry(old).or_insert_with(|| change.old_path.as_ref().unwrap_or(&change.path).clone());
        }
    }
    for change in changes.iter_mut().filter(|change| change.kind == ChangeKind::Added) {
        change.copied_from = change.new_blob.and_then(|blob| was.get(&blob)).cloned();
    }
}

/// The lines of one change.
pub(super) struct Lines {
    pub(super) hunks: Box<[Hunk]>,
    pub(super) is_counted: bool,
    /// Why it was not counted, where that is worth a word: binary files are not.
    pub(super) unread: Option<Unread>,
}

/// The lines of every change, in order. `progress` is told how many contents were compared.
pub(super) fn count_lines<'a>(
    changes: impl Iterator<Item = &'a RawChange> + Clone,
    handles: &mut [Objects],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Vec<Lines> {
    let mut pairs = Pairs::default();
    let name = |blob: Option<BlobId>| blob.map(|blob| blob.0);
    let pair_of: Vec<u32> =
        changes.map(|change| pairs.add(&change.path, (name(change.old_blob), name(change.new_blob)))).collect();
    let n_pairs = pairs.len();
    let counted = pairs.count(handles, &|done| progress(done, n_pairs));
    pair_of.into_iter().map(|pair| lines(&counted[pair as usize])).collect()
}

fn lines(counted: &Counted) -> Lines {
    match counted {
        Counted::Hunks(hunks) => Lines { hunks: hunks.clone(), is_counted: true, unread: None },
        Counted::Binary => Lines { hunks: Box::default(), is_counted: false, unread: None },
        Counted::Unread(why) => Lines { hunks: Box::default(), is_counted: false, unread: Some(*why) },
    }
}

/// What is said of a file whose lines were not counted.
pub(super) fn why_uncounted(why: Unread) -> String {
    match why {
        Unread::TooLarge => format!("it is larger than {} MiB: its lines were not read", MAX_BLOB_BYTES >> 20),
        Unread::Missing => "its content is missing: its lines were not read".to_owned(),
        Unread::Corrupt => "its content is corrupt: its lines were not read".to_owned(),
    }
}

/// Lines (added, deleted) by `hunks`.
pub(super) fn sum(hunks: &[Hunk]) -> (u32, u32) {
    hunks.iter().fold((0, 0), |(added, deleted), hunk| (added + hunk.new_lines, deleted + hunk.old_lines))
}
