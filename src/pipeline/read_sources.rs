//! What do these file versions say about themselves?
//!
//! In: blobs with their paths. Out: their facts, read on all cores; what was read before is not read again.

use crate::code::{self, FileFacts};
use crate::domain::{BlobId, Skipped};
use crate::git;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Versions a thread reads in a row.
const VERSIONS_A_TURN: usize = 32;

/// A version of a file, with the path that tells its language.
pub(super) type Version = (BlobId, String);

/// Reads every version in turn; one entry for each, in the same order.
///
/// # Errors
/// Only when the repository cannot be opened again for another thread; a version that cannot be read is an `Err`
/// entry saying why.
pub(super) fn read_sources(
    repository: &git::Repository,
    versions: &[Version],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Result<FileFacts, Skipped>>, git::Error> {
    let n_threads = super::n_threads().min(versions.len().max(1));
    let next = AtomicUsize::new(0);
    // Versions of one file follow each other: the parser then reads only what differs between them.
    let mut turns: Vec<usize> = (0..versions.len()).collect();
    turns.sort_by_key(|position| &versions[*position].1);
    let turns: Vec<&[usize]> = turns.chunks(VERSIONS_A_TURN).collect();
    let handles = (0..n_threads).map(|_| repository.reopen()).collect::<Result<Vec<_>, _>>()?;
    let mut read: Vec<(usize, Result<FileFacts, Skipped>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = handles
            .into_iter()
            .map(|handle| scope.spawn(|| read_turns(handle, versions, &turns, &next, progress)))
            .collect();
        workers.into_iter().flat_map(super::join).collect()
    });
    read.sort_unstable_by_key(|(position, _)| *position);
    Ok(read.into_iter().map(|(_, facts)| facts).collect())
}

fn read_turns(
    repository: git::Repository,
    versions: &[Version],
    turns: &[&[usize]],
    next: &AtomicUsize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Vec<(usize, Result<FileFacts, Skipped>)> {
    let mut read = Vec::new();
    loop {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        let Some(positions) = turns.get(turn) else { return read };
        for position in *positions {
            let (blob, path) = &versions[*position];
            let facts = match repository.text(*blob) {
                Some(text) => code::read(path, &text),
                None => Err(Skipped::new(path, "it is binary, missing or larger than 1 MiB")),
            };
            read.push((*position, facts));
        }
        progress(((turn + 1) * VERSIONS_A_TURN).min(versions.len()), versions.len());
    }
}
