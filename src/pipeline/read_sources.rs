//! What do these file versions say about themselves?
//!
//! In: blobs with their paths. Out: their facts or their metrics, read on all cores. Versions of one file are read one
//! after another by one thread, in the order they are given: neighbours share most of their text. Never keeps a text.

use crate::code::{self, FileFacts, Metrics};
use crate::domain::{BlobId, Skipped};
use crate::git;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Versions a thread takes in a row at least.
const MIN_VERSIONS_A_TURN: usize = 32;

/// Versions of one file that a thread takes in a row at most: enough to read the first one whole, few enough that no
/// thread is left alone with a long history.
const MAX_VERSIONS_A_TURN: usize = 512;

/// A version of a file, with the path that tells its language.
pub(super) type Version = (BlobId, String);

/// Reads every version whole; one entry for each, in the same order.
///
/// # Errors
/// Only when the repository cannot be opened again for another thread; a version that cannot be read is an `Err`
/// entry saying why.
pub(super) fn read_sources(
    repository: &git::Repository,
    versions: &[Version],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Result<FileFacts, Skipped>>, git::Error> {
    read_all(repository, versions, progress, &|| code::read)
}

/// Measures every version, at the cost of what differs from the ones before; one entry for each, in the same order.
///
/// # Errors
/// As [`read_sources`].
pub(super) fn measure_versions(
    repository: &git::Repository,
    versions: &[Version],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Result<Metrics, Skipped>>, git::Error> {
    read_all(repository, versions, progress, &|| {
        let mut known = code::Versions::default();
        move |path: &str, text: &[u8]| known.measure(path, text)
    })
}

/// Gives every version to a reader; `make_reader` makes one for each thread.
fn read_all<T: Send, R: FnMut(&str, &[u8]) -> Result<T, Skipped>>(
    repository: &git::Repository,
    versions: &[Version],
    progress: &(dyn Fn(usize, usize) + Sync),
    make_reader: &(dyn Fn() -> R + Sync),
) -> Result<Vec<Result<T, Skipped>>, git::Error> {
    let n_threads = super::n_threads().min(versions.len().max(1));
    let (next, n_done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut order: Vec<usize> = (0..versions.len()).collect();
    order.sort_by_key(|position| &versions[*position].1);
    let turns = turns(&order, versions);
    let read_turns = |handle: git::Repository| {
        let mut reader = make_reader();
        let mut read = Vec::new();
        while let Some(turn) = turns.get(next.fetch_add(1, Ordering::Relaxed)) {
            read.extend(turn.iter().map(|position| (*position, read_one(&handle, &versions[*position], &mut reader))));
            progress(n_done.fetch_add(turn.len(), Ordering::Relaxed) + turn.len(), versions.len());
        }
        read
    };
    let handles = (0..n_threads).map(|_| repository.reopen()).collect::<Result<Vec<_>, _>>()?;
    let mut read: Vec<(usize, Result<T, Skipped>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = handles.into_iter().map(|handle| scope.spawn(|| read_turns(handle))).collect();
        workers.into_iter().flat_map(super::join).collect()
    });
    read.sort_unstable_by_key(|(position, _)| *position);
    Ok(read.into_iter().map(|(_, read)| read).collect())
}

fn read_one<T>(
    repository: &git::Repository,
    (blob, path): &Version,
    reader: &mut impl FnMut(&str, &[u8]) -> Result<T, Skipped>,
) -> Result<T, Skipped> {
    match repository.text(*blob) {
        Some(text) => reader(path, &text),
        None => Err(Skipped::new(path, "it is binary, missing or larger than 1 MiB")),
    }
}

/// Cuts `order`, which is sorted by path, where paths change, and a long history into several turns.
fn turns<'o>(order: &'o [usize], versions: &[Version]) -> Vec<&'o [usize]> {
    let mut turns = Vec::new();
    let mut start = 0;
    for at in 1..=order.len() {
        let n_versions = at - start;
        let changes_path = at == order.len() || versions[order[at]].1 != versions[order[at - 1]].1;
        if changes_path && n_versions >= MIN_VERSIONS_A_TURN || n_versions >= MAX_VERSIONS_A_TURN || at == order.len() {
            turns.push(&order[start..at]);
            start = at;
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_one_turn_and_long_histories_are_shared_out() {
        let path = |name: &str, n| std::iter::repeat_n((BlobId([0; 20]), name.to_owned()), n);
        let versions: Vec<Version> = path("a", 5).chain(path("b", 1_300)).chain(path("c", 40)).collect();
        let order: Vec<usize> = (0..versions.len()).collect();
        let turns = turns(&order, &versions);
        assert_eq!(turns.concat(), order);
        assert_eq!(turns.iter().map(|turn| turn.len()).collect::<Vec<_>>(), [512, 512, 281, 40]);
        assert!(super::turns(&[], &[]).is_empty());
    }
}
