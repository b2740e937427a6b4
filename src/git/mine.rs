//! What happened in this repository, commit by commit?
//!
//! In: a repository, the log mined so far, and the tips to reach. Out: the log with missing commits appended, parents
//! first, all of them or as many as asked for. First the trees are compared (cheap), then all changed files are
//! counted, path by path. Work is spread over threads, each with its own handle; neither their number nor where an
//! earlier run stopped changes the result. Never rewrites what was mined before: indexes into the log stay valid.

use super::changes::{self, RawChange};
use super::commit_text::{self, CommitText};
use super::objects::{Kind, ObjectName, Objects, Unread};
use super::people::People;
use super::spread::spread;
use super::trees::Trees;
use super::walk::{self, Missing};
use super::{Error, Repository};
use crate::domain::{Commit, CommitId, FileChange, Log, Skipped, Tag, Timestamp};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Bytes of a message that are kept: trailers and reasons fit, pasted logs do not.
const MAX_MESSAGE_BYTES: usize = 4_096;

/// Threads that read objects at the same time at most; object reading stops scaling beyond.
const MAX_THREADS: usize = 8;

/// Commits a thread takes at a time: small enough to spread large commits, large enough that trees read for one serve
/// the next.
const COMMITS_A_TURN: usize = 64;

/// Commits whose changes are held before their lines are counted: enough that most contents are read once, little
/// enough that memory does not grow with the history.
const COMMITS_A_SEGMENT: usize = 16_384;

/// Files named at the most because their lines could not be read; the rest is one number.
const MAX_UNREAD_NAMED: usize = 20;

/// What one run of [`mine`] did.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Mined {
    /// Commits appended to the log.
    pub n_new: usize,
    /// Commits that are still missing because of the limit.
    pub n_left: usize,
    /// What was left out: commits and files, with the limit they broke or the fault they have.
    pub skipped: Vec<Skipped>,
}

/// Appends to `log` commits that are reachable from `tips` and not there yet: all, or the first `limit`.
///
/// Called again with the same `tips` and `now` it goes on where the log ends, and gives what one run would have given.
/// `now` bounds commit times: a commit dated in the future takes its earliest child's time, or `now`. `progress` is
/// told (done, all) from time to time, from any thread.
///
/// # Errors
/// [`Error::Read`] when a tip cannot be read; the log is then unchanged.
pub fn mine(
    repository: &Repository,
    log: &mut Log,
    tips: &[CommitId],
    now: Timestamp,
    limit: Option<usize>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Mined, Error> {
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    mine_on(n_threads, repository, log, tips, now, limit, progress)
}

pub(super) fn mine_on(
    n_threads: usize,
    repository: &Repository,
    log: &mut Log,
    tips: &[CommitId],
    now: Timestamp,
    limit: Option<usize>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Mined, Error> {
    let mut place_of: FxHashMap<CommitId, u32> =
        log.commits.iter().zip(0..).map(|(commit, at)| (commit.id, at)).collect();
    let walk = walk::missing(repository, log, &place_of, tips, now)?;
    let n_new = walk.commits.len().min(limit.unwrap_or(usize::MAX));
    let mut mined = Mined { n_new, n_left: walk.commits.len() - n_new, skipped: walk.skipped };
    if n_new > 0 {
        let mut writer = Writer::new(repository, log, tips);
        let mut handles: Vec<Objects> = (0..n_threads).map(|_| repository.objects.another()).collect();
        let mut done = 0;
        for segment in walk.commits[..n_new].chunks(COMMITS_A_SEGMENT) {
            let told = |counted: usize, all: usize| progress(done + segment.len() * counted / all.max(1), n_new);
            writer.append(segment, &mut handles, &told);
            done += segment.len();
            progress(done, n_new);
        }
        mined.skipped.extend(writer.finish());
    }
    let first = log.commits.len() - n_new;
    place_of.extend(log.commits[first..].iter().zip(first as u32..).map(|(commit, at)| (commit.id, at)));
    log.tags = read_tags(repository, log, &place_of);
    Ok(mined)
}

/// Turns what threads read into entries of the log.
struct Writer<'a> {
    log: &'a mut Log,
    people: People,
    paths: Paths,
    skipped: Vec<Skipped>,
    /// Files that could not be read, with how often.
    unread: BTreeMap<(String, Unread), usize>,
}

impl<'a> Writer<'a> {
    fn new(repository: &Repository, log: &'a mut Log, tips: &[CommitId]) -> Self {
        let people = People::new(repository, log, tips.first().copied());
        let paths = Paths::new(std::mem::take(&mut log.paths));
        Self { log, people, paths, skipped: Vec::new(), unread: BTreeMap::new() }
    }

    fn append(&mut self, segment: &[Missing], handles: &mut [Objects], progress: &(dyn Fn(usize, usize) + Sync)) {
        let turns: Vec<&[Missing]> = segment.chunks(COMMITS_A_TURN).collect();
        let read: Vec<Vec<Read>> = spread(handles, turns.len(), |objects| {
            let mut reader = Reader::new(objects);
            let turns = &turns;
            move |turn| turns[turn].iter().map(|missing| reader.read(missing)).collect()
        });
        let read: Vec<Read> = read.into_iter().flatten().collect();
        let all = read.iter().flat_map(|commit| commit.changes.iter().flatten());
        let mut lines = changes::count_lines(all, handles, progress).into_iter();
        for (missing, mut commit) in segment.iter().zip(read) {
            let changes = std::mem::replace(&mut commit.changes, Ok(Vec::new())).unwrap_or_else(|reason| {
                self.skipped.push(Skipped::new(format!("commit {}", missing.id.short()), reason));
                Vec::new()
            });
            let changes =
                changes.into_iter().zip(&mut lines).map(|(change, lines)| self.change(change, lines)).collect();
            let commit = self.commit(missing, commit, changes);
            self.log.commits.push(commit);
        }
    }

    fn commit(&mut self, missing: &Missing, read: Read, changes: Vec<FileChange>) -> Commit {
        let author = self.people.index_of(&read.author.0, &read.author.1);
        let mut co_authors: Vec<u32> =
            read.co_authors.iter().map(|(name, email)| self.people.index_of(name, email)).collect();
        co_authors.retain(|person| *person != author);
        Commit {
            id: missing.id,
            parents: missing.parents.iter().map(|parent| parent.place).collect(),
            author,
            co_authors: co_authors.into(),
            authored_at: Timestamp(read.authored_at),
            utc_offset_minutes: read.utc_offset_minutes,
            committed_at: missing.committed_at,
            message: read.message,
            changes,
        }
    }

    fn change(&mut self, raw: RawChange, lines: changes::Lines) -> FileChange {
        let (added, deleted) = changes::sum(&lines.hunks);
        let path = self.paths.index_of(&raw.path);
        if let Some(why) = lines.unread {
            *self.unread.entry((self.paths.names[path as usize].clone(), why)).or_default() += 1;
        }
        FileChange {
            path,
            old_path: raw.old_path.map(|path| self.paths.index_of(&path)),
            copied_from: raw.copied_from.map(|path| self.paths.index_of(&path)),
            parent: raw.parent,
            kind: raw.kind,
            old_blob: raw.old_blob,
            new_blob: raw.new_blob,
            added,
            deleted,
            is_counted: lines.is_counted,
            hunks: lines.hunks,
        }
    }

    fn finish(self) -> Vec<Skipped> {
        self.log.authors = self.people.into_authors();
        self.log.paths = self.paths.names;
        let mut skipped = self.skipped;
        let n_unnamed = self.unread.len().saturating_sub(MAX_UNREAD_NAMED);
        skipped.extend(self.unread.into_iter().take(MAX_UNREAD_NAMED).map(|((path, why), n_times)| {
            let reason = changes::why_uncounted(why);
            Skipped::new(path, if n_times > 1 { format!("{reason}, in {n_times} changes") } else { reason })
        }));
        if n_unnamed > 0 {
            skipped.push(Skipped::new(format!("{n_unnamed} more files"), "they could not be read"));
        }
        skipped
    }
}

/// Everything a thread finds out about one commit.
struct Read {
    author: (Vec<u8>, Vec<u8>),
    co_authors: Vec<(Vec<u8>, Vec<u8>)>,
    authored_at: i64,
    utc_offset_minutes: i16,
    message: String,
    changes: Result<Vec<RawChange>, String>,
}

struct Reader<'a> {
    objects: &'a Objects,
    trees: Trees<'a>,
    buffer: Vec<u8>,
}

impl<'a> Reader<'a> {
    fn new(objects: &'a Objects) -> Self {
        Self { objects, trees: Trees::new(objects), buffer: Vec::new() }
    }

    fn read(&mut self, missing: &Missing) -> Read {
        let mut bytes = std::mem::take(&mut self.buffer);
        let read = self.objects.read(&missing.id.0, Kind::Commit, &mut bytes);
        let read = match read.ok().and_then(|()| commit_text::parse(&bytes)) {
            Some(text) => self.read_text(missing, &text),
            // It was read a moment ago, when its place was found.
            None => Read::nothing("the commit is gone"),
        };
        self.buffer = bytes;
        read
    }

    fn read_text(&mut self, missing: &Missing, text: &CommitText<'_>) -> Read {
        let message = &text.message[..text.message.len().min(MAX_MESSAGE_BYTES)];
        let owned = |(name, email): (&[u8], &[u8])| (name.to_owned(), email.to_owned());
        Read {
            author: owned((text.author.name, text.author.email)),
            co_authors: commit_text::co_authors(text.message).map(owned).collect(),
            authored_at: text.author.seconds,
            utc_offset_minutes: text.author.offset_minutes,
            message: String::from_utf8_lossy(message).into_owned(),
            changes: self.changes(missing, text.tree),
        }
    }

    fn changes(&mut self, missing: &Missing, tree: ObjectName) -> Result<Vec<RawChange>, String> {
        if missing.lacks_parent {
            return Err("a parent of it is missing: what it changed cannot be known".to_owned());
        }
        let mut trees = Vec::with_capacity(missing.parents.len());
        for parent in &missing.parents {
            trees.push(Some(parent.tree.map_or_else(|| self.tree_of(parent.id), Ok)?));
        }
        changes::of_commit(&mut self.trees, self.objects, &trees, tree)
    }

    fn tree_of(&self, parent: CommitId) -> Result<ObjectName, String> {
        let mut bytes = Vec::new();
        let read = self.objects.read(&parent.0, Kind::Commit, &mut bytes);
        let tree = read.and_then(|()| commit_text::parse(&bytes).map(|text| text.tree).ok_or(Unread::Corrupt));
        tree.map_err(|why| format!("its parent {} is {why}", parent.short()))
    }
}

impl Read {
    fn nothing(reason: &str) -> Self {
        let nobody = (Vec::new(), Vec::new());
        Self {
            author: nobody,
            co_authors: Vec::new(),
            authored_at: 0,
            utc_offset_minutes: 0,
            message: String::new(),
            changes: Err(reason.to_owned()),
        }
    }
}

/// Paths, each once.
struct Paths {
    names: Vec<String>,
    index: FxHashMap<String, u32>,
}

impl Paths {
    fn new(names: Vec<String>) -> Self {
        let index = names.iter().cloned().zip(0..).collect();
        Self { names, index }
    }

    /// Bytes that are not UTF-8 are replaced.
    fn index_of(&mut self, path: &[u8]) -> u32 {
        let path = String::from_utf8_lossy(path);
        if let Some(index) = self.index.get(path.as_ref()) {
            return *index;
        }
        let index = self.names.len() as u32;
        self.names.push(path.clone().into_owned());
        self.index.insert(path.into_owned(), index);
        index
    }
}

fn read_tags(repository: &Repository, log: &Log, place_of: &FxHashMap<CommitId, u32>) -> Vec<Tag> {
    let mut tags: Vec<Tag> = repository
        .tags()
        .into_iter()
        .filter_map(|(name, commit)| place_of.get(&commit).map(|commit| Tag { name, commit: *commit }))
        .collect();
    tags.sort_by(|a, b| {
        let at = |tag: &Tag| log.commits[tag.commit as usize].committed_at;
        (at(a), &a.name).cmp(&(at(b), &b.name))
    });
    tags
}
