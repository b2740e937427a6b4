//! Which commits are missing from the log, and in which order do they come?
//!
//! In: the commits known so far and the tips to reach. Out: every missing commit, parents first, with its parents and a
//! possible time. Where the walk was cut off before makes no difference: of the commits whose parents are all there,
//! the oldest comes next (the smaller name, where times are equal), and times are decided from all missing commits.

use super::objects::{Kind, ObjectName, Objects};
use super::{Error, Repository, commit_text};
use crate::domain::{CommitId, Log, Skipped, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One missing commit.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    pub(super) id: CommitId,
    /// Those that are there.
    pub(super) parents: Vec<Parent>,
    /// One that should be there is not: what the commit changed cannot be known.
    pub(super) lacks_parent: bool,
    /// Never after `now` or a child, never before a parent.
    pub(super) committed_at: Timestamp,
}

/// A parent of a missing commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent {
    pub(super) id: CommitId,
    /// Index into the log, once all missing commits are appended in order.
    pub(super) place: u32,
    /// `None` for one that is in the log already.
    pub(super) tree: Option<ObjectName>,
}

/// What [`missing`] found.
pub(super) struct Walk {
    /// Parents first.
    pub(super) commits: Vec<Missing>,
    /// Commits that could not be read, and with them what lies before.
    pub(super) skipped: Vec<Skipped>,
}

/// A commit while its place is looked for.
struct Head {
    id: CommitId,
    tree: ObjectName,
    parents: Vec<CommitId>,
    committed_at: i64,
}

/// Every commit that `tips` reach and `known` lacks; `known` holds the place of each commit of `log`.
///
/// # Errors
/// [`Error::Read`] when a tip cannot be read.
pub(super) fn missing(
    repository: &Repository,
    log: &Log,
    known: &FxHashMap<CommitId, u32>,
    tips: &[CommitId],
    now: Timestamp,
) -> Result<Walk, Error> {
    let mut seen: FxHashSet<CommitId> = FxHashSet::default();
    let wanted: Vec<CommitId> =
        tips.iter().copied().filter(|tip| !known.contains_key(tip) && seen.insert(*tip)).collect();
    for tip in &wanted {
        read_head(&repository.objects, *tip, true, &mut Vec::new())
            .map_err(|reason| repository.lost(&format!("find commit {}", tip.short()), &reason))?;
    }
    if wanted.is_empty() {
        return Ok(Walk { commits: Vec::new(), skipped: Vec::new() });
    }
    let (mut heads, skipped) = read_heads(&repository.objects, known, wanted, &repository.shallow_edges());
    let place_of: FxHashMap<CommitId, u32> = heads.iter().zip(0..).map(|(head, place)| (head.id, place)).collect();
    let parents = within(&heads, &place_of);
    cap_times(&mut heads, &parents, now);
    Ok(Walk { commits: in_order(heads, &parents, log, known), skipped })
}

/// Every missing commit in no particular order.
fn read_heads(
    objects: &Objects,
    known: &FxHashMap<CommitId, u32>,
    mut waiting: Vec<CommitId>,
    edges: &FxHashSet<ObjectName>,
) -> (Vec<Head>, Vec<Skipped>) {
    let mut seen: FxHashSet<CommitId> = waiting.iter().copied().collect();
    let mut heads = Vec::new();
    let mut skipped = Vec::new();
    let mut buffer = Vec::new();
    while let Some(id) = waiting.pop() {
        let parents_are_here = !edges.contains(&id.0);
        match read_head(objects, id, parents_are_here, &mut buffer) {
            Ok(head) => {
                waiting.extend(head.parents.iter().filter(|id| !known.contains_key(*id) && seen.insert(**id)));
                heads.push(head);
            }
            Err(reason) => {
                let reason = format!("{reason}: it and what came before it were left out");
                skipped.push(Skipped::new(format!("commit {}", id.short()), reason));
            }
        }
    }
    let n_edges = heads.iter().filter(|head| edges.contains(&head.id.0)).count();
    if n_edges > 0 {
        let reason = format!("the clone is shallow: what came before {n_edges} commits is not here");
        skipped.push(Skipped::new("older history", reason));
    }
    (heads, skipped)
}

fn read_head(objects: &Objects, id: CommitId, parents_are_here: bool, buffer: &mut Vec<u8>) -> Result<Head, String> {
    objects.read(&id.0, Kind::Commit, buffer).map_err(|why| format!("the commit is {why}"))?;
    let text = commit_text::parse(buffer).ok_or("the commit is corrupt")?;
    let parents = if parents_are_here { text.parents } else { Vec::new() };
    Ok(Head {
        id,
        tree: text.tree,
        parents: parents.into_iter().map(CommitId).collect(),
        committed_at: text.committed_at,
    })
}

/// For each head the places of those of its parents that are missing too.
fn within(heads: &[Head], place_of: &FxHashMap<CommitId, u32>) -> Vec<Vec<u32>> {
    heads.iter().map(|head| head.parents.iter().filter_map(|id| place_of.get(id).copied()).collect()).collect()
}

/// A commit dated after `now` takes the time of its earliest child, or `now`. Children are looked at first.
fn cap_times(heads: &mut [Head], parents: &[Vec<u32>], now: Timestamp) {
    let mut n_children = vec![0_u32; heads.len()];
    for parent in parents.iter().flatten() {
        n_children[*parent as usize] += 1;
    }
    let mut latest = vec![now.0; heads.len()];
    let mut ready: Vec<usize> = (0..heads.len()).filter(|at| n_children[*at] == 0).collect();
    while let Some(at) = ready.pop() {
        if heads[at].committed_at > now.0 {
            heads[at].committed_at = latest[at];
        }
        for parent in parents[at].iter().map(|parent| *parent as usize) {
            latest[parent] = latest[parent].min(heads[at].committed_at);
            n_children[parent] -= 1;
            if n_children[parent] == 0 {
                ready.push(parent);
            }
        }
    }
}

/// Oldest first among those whose parents are placed; none before its parents' time.
fn in_order(heads: Vec<Head>, parents: &[Vec<u32>], log: &Log, known: &FxHashMap<CommitId, u32>) -> Vec<Missing> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); heads.len()];
    for (at, parents) in parents.iter().enumerate() {
        parents.iter().for_each(|parent| children[*parent as usize].push(at));
    }
    let mut placed: FxHashMap<CommitId, (u32, ObjectName)> = FxHashMap::default();
    let mut n_waiting: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut time: Vec<Timestamp> = heads.iter().map(|head| after_known_parents(head, log, known)).collect();
    let key = |time: &[Timestamp], at: usize| Reverse((time[at], heads[at].id, at));
    let mut ready: BinaryHeap<_> = (0..heads.len()).filter(|at| n_waiting[*at] == 0).map(|at| key(&time, at)).collect();
    let mut ordered = Vec::with_capacity(heads.len());
    while let Some(Reverse((committed_at, id, at))) = ready.pop() {
        let parent = |id: &CommitId| match known.get(id) {
            Some(place) => Some(Parent { id: *id, place: *place, tree: None }),
            None => placed.get(id).map(|(place, tree)| Parent { id: *id, place: *place, tree: Some(*tree) }),
        };
        let head = &heads[at];
        let parents: Vec<Parent> = head.parents.iter().filter_map(parent).collect();
        let lacks_parent = parents.len() < head.parents.len();
        placed.insert(id, ((log.commits.len() + ordered.len()) as u32, head.tree));
        ordered.push(Missing { id, parents, lacks_parent, committed_at });
        for child in &children[at] {
            time[*child] = time[*child].max(committed_at);
            n_waiting[*child] -= 1;
            if n_waiting[*child] == 0 {
                ready.push(key(&time, *child));
            }
        }
    }
    ordered
}

fn after_known_parents(head: &Head, log: &Log, known: &FxHashMap<CommitId, u32>) -> Timestamp {
    let parents = head.parents.iter().filter_map(|parent| known.get(parent));
    let times = parents.map(|parent| log.commits[*parent as usize].committed_at);
    times.fold(Timestamp(head.committed_at), Timestamp::max)
}
