//! What happened in this repository, commit by commit?
//!
//! In: a repository, the log mined so far, and the tips to reach. Out: the log with every missing commit appended,
//! parents first. Work is spread over threads, each with its own handle; the result does not depend on their number.
//! Never rewrites what was mined before: indexes into the log stay valid.

use super::repository::{blob_id, commit_id, oid};
use super::{Error, Repository, line_diff};
use crate::domain::{Author, BlobId, ChangeKind, Commit, CommitId, FileChange, Hunk, Log, Skipped, Tag, Timestamp};
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A commit that touches more files than this is an import or a move of everything: it says nothing about bugs, and
/// its files are left out.
const MAX_FILES_A_COMMIT: usize = 2_000;

/// Bytes of a message that are kept: trailers and reasons fit, pasted logs do not.
const MAX_MESSAGE_BYTES: usize = 4_096;

/// Threads that read objects at the same time at most; object reading stops scaling beyond.
const MAX_THREADS: usize = 8;

/// Commits a thread takes at a time: small enough to spread large commits, large enough not to contend.
const COMMITS_A_TURN: usize = 32;

/// Similarity from which a deleted and an added file are one renamed file, as in git.
const RENAME_SIMILARITY_PERCENT: u16 = 50;

/// Pairs of deleted and added files compared at most in one commit, as in git's `diff.renameLimit`.
const RENAME_LIMIT: usize = 400;

/// What one run of [`mine`] did.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Mined {
    /// Commits appended to the log.
    pub n_new: usize,
    /// Commits that are still missing, beyond the limit.
    pub n_left: usize,
    /// Commits whose files were left out, with the limit they broke.
    pub skipped: Vec<Skipped>,
}

/// Appends to `log` every commit that is reachable from `tips` and not there yet, at most `limit` of them.
///
/// `now` bounds commit times: a commit dated in the future takes its earliest child's time, or `now`. `progress` is
/// told (done, all) from time to time, from any thread.
///
/// # Errors
/// [`Error::Read`] when a commit or tree that must exist cannot be read; the log is then unchanged.
pub fn mine(
    repository: &Repository,
    log: &mut Log,
    tips: &[CommitId],
    now: Timestamp,
    limit: Option<usize>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Mined, Error> {
    let known: FxHashMap<CommitId, u32> =
        log.commits.iter().enumerate().map(|(index, commit)| (commit.id, index as u32)).collect();
    let mut missing = missing_commits(repository, log, &known, tips)?;
    let n_left = missing.len().saturating_sub(limit.unwrap_or(usize::MAX));
    missing.truncate(missing.len() - n_left);
    let mut people = People::new(repository, log);
    let mut commits = read_commits(repository, &missing, known, &mut people)?;
    let raw = read_changes(repository, &missing, progress)?;

    let mut mined = Mined { n_new: missing.len(), n_left, skipped: Vec::new() };
    let mut paths = Paths::new(log);
    for (commit, changes) in commits.iter_mut().zip(raw) {
        match changes {
            Ok(changes) => commit.changes = changes.into_iter().map(|change| paths.intern(change)).collect(),
            Err(reason) => mined.skipped.push(Skipped::new(format!("commit {}", commit.id.short()), reason)),
        }
    }
    log.authors = people.authors;
    log.paths = paths.names;
    log.commits.append(&mut commits);
    straighten_times(log, missing.len(), now);
    log.tags = read_tags(repository, log);
    Ok(mined)
}

/// Ids in topological order, parents first.
fn missing_commits(
    repository: &Repository,
    log: &Log,
    known: &FxHashMap<CommitId, u32>,
    tips: &[CommitId],
) -> Result<Vec<CommitId>, Error> {
    let fail = |e| repository.read_error("walk the history", e);
    let wanted: Vec<CommitId> = tips.iter().copied().filter(|tip| !known.contains_key(tip)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut walk = repository.inner.revwalk().map_err(fail)?;
    walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::TIME | git2::Sort::REVERSE).map_err(fail)?;
    for tip in wanted {
        walk.push(oid(tip)).map_err(fail)?;
    }
    for head in heads(log) {
        // A head that is gone (rewritten and pruned) cannot hide anything; its commits stay in the log unused.
        let _ = walk.hide(oid(head));
    }
    walk.filter(|id| id.as_ref().map_or(true, |id| !known.contains_key(&commit_id(*id))))
        .map(|id| id.map(commit_id).map_err(fail))
        .collect()
}

/// Commits of the log that no other commit of the log descends from.
fn heads(log: &Log) -> Vec<CommitId> {
    let mut has_child = vec![false; log.commits.len()];
    for parent in log.commits.iter().flat_map(|commit| &commit.parents) {
        has_child[*parent as usize] = true;
    }
    log.commits.iter().zip(has_child).filter(|(_, has_child)| !has_child).map(|(commit, _)| commit.id).collect()
}

fn read_commits(
    repository: &Repository,
    ids: &[CommitId],
    mut index_of: FxHashMap<CommitId, u32>,
    people: &mut People,
) -> Result<Vec<Commit>, Error> {
    let n_known = index_of.len() as u32;
    index_of.extend(ids.iter().enumerate().map(|(position, id)| (*id, n_known + position as u32)));
    ids.iter()
        .map(|id| {
            let commit = repository.commit(*id)?;
            let authored = commit.author();
            let when = authored.when();
            Ok(Commit {
                id: *id,
                parents: commit.parent_ids().filter_map(|parent| index_of.get(&commit_id(parent)).copied()).collect(),
                author: people.index_of(&authored),
                authored_at: Timestamp(when.seconds()),
                utc_offset_minutes: when.offset_minutes().clamp(-1_440, 1_440) as i16,
                committed_at: Timestamp(commit.time().seconds()),
                message: cut_message(commit.message_bytes()),
                changes: Vec::new(),
            })
        })
        .collect()
}

fn cut_message(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_MESSAGE_BYTES)]).into_owned()
}

/// Authors after `.mailmap`, each once.
struct People {
    authors: Vec<Author>,
    index: FxHashMap<Author, u32>,
    mailmap: Option<git2::Mailmap>,
}

impl People {
    fn new(repository: &Repository, log: &Log) -> Self {
        let authors = log.authors.clone();
        let index = authors.iter().enumerate().map(|(index, author)| (author.clone(), index as u32)).collect();
        Self { authors, index, mailmap: repository.inner.mailmap().ok() }
    }

    fn index_of(&mut self, signature: &git2::Signature<'_>) -> u32 {
        let resolved = self.mailmap.as_ref().and_then(|map| map.resolve_signature(signature).ok());
        let author = author(resolved.as_ref().unwrap_or(signature));
        *self.index.entry(author).or_insert_with_key(|author| {
            self.authors.push(author.clone());
            self.authors.len() as u32 - 1
        })
    }
}

pub(super) fn author(signature: &git2::Signature<'_>) -> Author {
    Author {
        name: String::from_utf8_lossy(signature.name_bytes()).into_owned(),
        email: String::from_utf8_lossy(signature.email_bytes()).to_lowercase(),
    }
}

/// Paths, each once.
struct Paths {
    names: Vec<String>,
    index: FxHashMap<String, u32>,
}

impl Paths {
    fn new(log: &Log) -> Self {
        let index = log.paths.iter().enumerate().map(|(index, path)| (path.clone(), index as u32)).collect();
        Self { names: log.paths.clone(), index }
    }

    fn index_of(&mut self, path: String) -> u32 {
        if let Some(index) = self.index.get(&path) {
            return *index;
        }
        let index = self.names.len() as u32;
        self.names.push(path.clone());
        self.index.insert(path, index);
        index
    }

    fn intern(&mut self, raw: RawChange) -> FileChange {
        let (added, deleted) = count(&raw.hunks);
        FileChange {
            path: self.index_of(raw.path),
            old_path: raw.old_path.map(|path| self.index_of(path)),
            parent: raw.parent,
            kind: raw.kind,
            old_blob: raw.old_blob,
            new_blob: raw.new_blob,
            added,
            deleted,
            is_counted: raw.is_counted,
            hunks: raw.hunks,
        }
    }
}

/// Lines (added, deleted) by `hunks`.
pub(super) fn count(hunks: &[Hunk]) -> (u32, u32) {
    hunks.iter().fold((0, 0), |(added, deleted), hunk| (added + hunk.new_lines, deleted + hunk.old_lines))
}

/// A [`FileChange`] whose paths are not interned yet: threads share nothing.
pub(super) struct RawChange {
    pub(super) path: String,
    pub(super) old_path: Option<String>,
    pub(super) parent: u8,
    pub(super) kind: ChangeKind,
    pub(super) old_blob: Option<BlobId>,
    pub(super) new_blob: Option<BlobId>,
    pub(super) is_counted: bool,
    pub(super) hunks: Box<[Hunk]>,
}

type RawChanges = Result<Vec<RawChange>, String>;

fn read_changes(
    repository: &Repository,
    ids: &[CommitId],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<RawChanges>, Error> {
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let next = AtomicUsize::new(0);
    let handles: Vec<Repository> = (0..n_threads).map(|_| repository.reopen()).collect::<Result<_, _>>()?;
    let parts: Vec<Result<Vec<(usize, RawChanges)>, Error>> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            handles.into_iter().map(|handle| scope.spawn(|| read_turns(handle, ids, &next, progress))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut changes: Vec<Option<RawChanges>> = (0..ids.len()).map(|_| None).collect();
    for part in parts {
        for (position, read) in part? {
            changes[position] = Some(read);
        }
    }
    Ok(changes.into_iter().map(|read| read.unwrap_or_else(|| Ok(Vec::new()))).collect())
}

fn read_turns(
    repository: Repository,
    ids: &[CommitId],
    next: &AtomicUsize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<(usize, RawChanges)>, Error> {
    let mut read = Vec::new();
    loop {
        let from = next.fetch_add(COMMITS_A_TURN, Ordering::Relaxed);
        if from >= ids.len() {
            return Ok(read);
        }
        let to = (from + COMMITS_A_TURN).min(ids.len());
        for (position, id) in (from..to).zip(&ids[from..to]) {
            read.push((position, changes_of(&repository, *id)?));
        }
        progress(to, ids.len());
    }
}

fn changes_of(repository: &Repository, id: CommitId) -> Result<RawChanges, Error> {
    let commit = repository.commit(id)?;
    let fail = |e| repository.read_error(&format!("read the tree of {}", id.short()), e);
    let Ok(tree) = commit.tree() else { return Ok(Err("its tree is missing".to_owned())) };
    if commit.parent_count() < 2 {
        let parent = commit.parents().next().map(|parent| parent.tree()).transpose().map_err(fail)?;
        return changes_between(repository, parent.as_ref(), Some(&tree), true).map_err(fail);
    }
    let mut against_each = Vec::new();
    for parent in commit.parents() {
        let parent_tree = parent.tree().map_err(fail)?;
        let changed = deltas(repository, Some(&parent_tree), Some(&tree), false).map_err(fail)?;
        against_each.push(changed);
        if against_each.last().is_some_and(Vec::is_empty) {
            return Ok(Ok(Vec::new()));
        }
    }
    Ok(Ok(changed_against_all(repository, against_each)))
}

/// Keeps the files that differ from every parent: only there did the merge itself write something.
fn changed_against_all(repository: &Repository, against_each: Vec<Vec<RawChange>>) -> Vec<RawChange> {
    let n_parents = against_each.len();
    let mut n_against: FxHashMap<String, usize> = FxHashMap::default();
    for change in against_each.iter().flatten() {
        *n_against.entry(change.path.clone()).or_default() += 1;
    }
    let mut kept = Vec::new();
    for (parent, changes) in against_each.into_iter().enumerate() {
        for mut change in changes.into_iter().filter(|change| n_against[&change.path] == n_parents) {
            change.parent = parent.min(usize::from(u8::MAX)) as u8;
            count_lines(repository, &mut change);
            kept.push(change);
        }
    }
    kept.truncate(MAX_FILES_A_COMMIT);
    kept
}

/// Every changed file between two trees with its line hunks; `Err` names the limit that was broken.
pub(super) fn changes_between(
    repository: &Repository,
    old: Option<&git2::Tree<'_>>,
    new: Option<&git2::Tree<'_>>,
    renames: bool,
) -> Result<RawChanges, git2::Error> {
    let mut changes = deltas(repository, old, new, renames)?;
    if changes.len() > MAX_FILES_A_COMMIT {
        return Ok(Err(format!("it changes {} files, the limit is {MAX_FILES_A_COMMIT}", changes.len())));
    }
    changes.iter_mut().for_each(|change| count_lines(repository, change));
    Ok(Ok(changes))
}

fn deltas(
    repository: &Repository,
    old: Option<&git2::Tree<'_>>,
    new: Option<&git2::Tree<'_>>,
    renames: bool,
) -> Result<Vec<RawChange>, git2::Error> {
    let mut options = git2::DiffOptions::new();
    options.ignore_submodules(true).skip_binary_check(true).context_lines(0);
    let mut diff = repository.inner.diff_tree_to_tree(old, new, Some(&mut options))?;
    if renames && may_hold_renames(&diff) {
        let mut find = git2::DiffFindOptions::new();
        find.renames(true).rename_threshold(RENAME_SIMILARITY_PERCENT).rename_limit(RENAME_LIMIT);
        diff.find_similar(Some(&mut find))?;
    }
    Ok(diff.deltas().filter_map(|delta| raw_change(&delta)).collect())
}

/// A rename needs a file that went and one that came; most commits have no such pair and skip the search.
fn may_hold_renames(diff: &git2::Diff<'_>) -> bool {
    let has = |status| diff.deltas().any(|delta| delta.status() == status);
    diff.deltas().len() <= MAX_FILES_A_COMMIT && has(git2::Delta::Added) && has(git2::Delta::Deleted)
}

fn raw_change(delta: &git2::DiffDelta<'_>) -> Option<RawChange> {
    let kind = match delta.status() {
        git2::Delta::Added | git2::Delta::Copied => ChangeKind::Added,
        git2::Delta::Deleted => ChangeKind::Deleted,
        git2::Delta::Modified => ChangeKind::Modified,
        git2::Delta::Renamed => ChangeKind::Renamed,
        _ => return None,
    };
    let (old, new) = (delta.old_file(), delta.new_file());
    let side = if kind == ChangeKind::Deleted { &old } else { &new };
    is_regular(side.mode()).then(|| RawChange {
        path: path_of(side),
        old_path: (kind == ChangeKind::Renamed).then(|| path_of(&old)),
        parent: 0,
        kind,
        old_blob: (kind != ChangeKind::Added && is_regular(old.mode())).then(|| blob_id(old.id())),
        new_blob: (kind != ChangeKind::Deleted).then(|| blob_id(new.id())),
        is_counted: false,
        hunks: Box::default(),
    })
}

fn is_regular(mode: git2::FileMode) -> bool {
    matches!(mode, git2::FileMode::Blob | git2::FileMode::BlobExecutable | git2::FileMode::BlobGroupWritable)
}

fn path_of(file: &git2::DiffFile<'_>) -> String {
    file.path_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}

/// Fills in the hunks, unless a side is binary, too large or missing.
fn count_lines(repository: &Repository, change: &mut RawChange) {
    if change.old_blob == change.new_blob {
        change.is_counted = true;
        return;
    }
    let side = |blob: Option<BlobId>| blob.map_or(Some(Vec::new()), |blob| repository.text(blob));
    if let (Some(old), Some(new)) = (side(change.old_blob), side(change.new_blob)) {
        change.hunks = line_diff::hunks(&old, &new).into_boxed_slice();
        change.is_counted = true;
    }
}

/// Makes the newest `n_new` times possible: none after `now` or a child, none before a parent.
fn straighten_times(log: &mut Log, n_new: usize, now: Timestamp) {
    let first = log.commits.len() - n_new;
    let mut earliest_child = vec![now; n_new];
    for index in (first..log.commits.len()).rev() {
        let latest = earliest_child[index - first];
        let commit = &mut log.commits[index];
        if commit.committed_at > now {
            commit.committed_at = latest;
        }
        let time = commit.committed_at;
        for parent in commit.parents.iter().filter(|parent| **parent as usize >= first) {
            let child = &mut earliest_child[*parent as usize - first];
            *child = (*child).min(time);
        }
    }
    for index in first..log.commits.len() {
        let newest_parent = log.commits[index].parents.iter().map(|p| log.commits[*p as usize].committed_at).max();
        let commit = &mut log.commits[index];
        commit.committed_at = commit.committed_at.max(newest_parent.unwrap_or(commit.committed_at));
    }
}

fn read_tags(repository: &Repository, log: &Log) -> Vec<Tag> {
    let index: FxHashMap<CommitId, u32> = log.commits.iter().enumerate().map(|(i, c)| (c.id, i as u32)).collect();
    let mut tags = Vec::new();
    let Ok(references) = repository.inner.references_glob("refs/tags/*") else { return tags };
    for reference in references.flatten() {
        let commit = reference.peel_to_commit().ok().and_then(|commit| index.get(&commit_id(commit.id())).copied());
        if let (Some(commit), Ok(name)) = (commit, reference.shorthand()) {
            tags.push(Tag { name: name.to_owned(), commit });
        }
    }
    tags.sort_by(|a, b| {
        let at = |tag: &Tag| log.commits[tag.commit as usize].committed_at;
        (at(a), &a.name).cmp(&(at(b), &b.name))
    });
    tags
}
