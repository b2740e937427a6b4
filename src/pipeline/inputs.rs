//! What is known of a repository beside its commits and its source text?
//!
//! In: an open repository and a past. Out: what its owners had said at each moment, read from the versions of
//! `.github/hyperion.yml` and `CODEOWNERS` in that past, and what its manifests declare. A version or manifest that
//! cannot be read says nothing. Never reads a version newer than the past.

use crate::code::manifests;
use crate::config::{CODEOWNERS_PATHS, MAX_VERSIONS, REPOSITORY_CONFIG_PATH, SaidOverTime, Version};
use crate::domain::{BlobId, Timestamp};
use crate::features::Dependencies;
use crate::git;
use crate::history::Past;

/// What the owners had said at each moment of the past.
pub(super) fn said(repository: &git::Repository, past: &Past<'_>) -> SaidOverTime {
    let text = |blob: BlobId| repository.text(blob).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let versions = |paths: &[&str]| -> Vec<Version> {
        let contents = contents_over_time(past, paths);
        let read = |(at, blob): (Timestamp, Option<BlobId>)| Version { at, text: blob.and_then(text) };
        // Only the newest are kept: reading the others would be in vain.
        let n_passed_over = contents.len().saturating_sub(MAX_VERSIONS);
        contents.into_iter().skip(n_passed_over).map(read).collect()
    };
    SaidOverTime::new(versions(&[REPOSITORY_CONFIG_PATH]), versions(&CODEOWNERS_PATHS))
}

/// Whenever it changed: the content of the first of `paths` that was there.
fn contents_over_time(past: &Past<'_>, paths: &[&str]) -> Vec<(Timestamp, Option<BlobId>)> {
    let index_of = |path: &&str| past.log.paths.iter().position(|known| known == path).map(|index| index as u32);
    let places: Vec<u32> = paths.iter().filter_map(index_of).collect();
    let place_of = |path: u32| places.iter().position(|place| *place == path);
    let mut contents: Vec<Option<BlobId>> = vec![None; places.len()];
    let mut versions: Vec<(Timestamp, Option<BlobId>)> = Vec::new();
    let mut now = Timestamp(i64::MIN);
    // Most repositories have no such file: their history need not be walked.
    let order = if places.is_empty() { &[][..] } else { &past.order };
    for commit in order.iter().map(|commit| &past.log.commits[*commit as usize]) {
        now = now.max(commit.committed_at);
        for change in &commit.changes {
            if let Some(place) = change.old_path.and_then(place_of) {
                contents[place] = None;
            }
            if let Some(place) = place_of(change.path) {
                contents[place] = change.new_blob;
            }
        }
        let held = contents.iter().flatten().next().copied();
        if held != versions.last().and_then(|(_, content)| *content) {
            versions.push((now, held));
        }
    }
    versions
}

/// What manifests declare, by content; those that cannot be read are left out, and so remain unknown.
pub(super) fn dependencies(repository: &git::Repository, manifests: &[(BlobId, String)]) -> Dependencies {
    let read = |(blob, path): &(BlobId, String)| Some((*blob, manifests::read(path, &repository.text(*blob)?).ok()?));
    manifests.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ChangeKind, Commit, CommitId, FileChange, Log};

    /// A path index, an earlier path index for a rename, and the content after it.
    type Touched = (u32, Option<u32>, Option<u8>);

    /// One commit a second.
    fn log(paths: &[&str], commits: &[&[Touched]]) -> Log {
        let change = |&(path, old_path, content): &Touched| FileChange {
            path,
            old_path,
            copied_from: None,
            parent: 0,
            kind: ChangeKind::Modified,
            old_blob: None,
            new_blob: content.map(|byte| BlobId([byte; 20])),
            added: 0,
            deleted: 0,
            is_counted: true,
            hunks: Box::new([]),
        };
        let commit = |(second, changes): (usize, &&[Touched])| Commit {
            id: CommitId([second as u8; 20]),
            parents: Vec::new(),
            author: 0,
            co_authors: Box::default(),
            authored_at: Timestamp(0),
            utc_offset_minutes: 0,
            committed_at: Timestamp(second as i64),
            message: String::new(),
            changes: changes.iter().map(change).collect(),
        };
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Log { commits: commits.iter().enumerate().map(commit).collect(), paths, ..Log::default() }
    }

    fn versions(log: &Log, paths: &[&str]) -> Vec<(i64, Option<u8>)> {
        let order = (0..log.commits.len() as u32).collect();
        let past = Past { order, ..Past::empty(log, CommitId::default(), Timestamp(0)) };
        let found = contents_over_time(&past, paths);
        found.into_iter().map(|(at, blob)| (at.0, blob.map(|blob| blob.0[0]))).collect()
    }

    #[test]
    fn the_first_place_that_holds_a_file_counts_at_each_moment() {
        let log = log(
            &["CODEOWNERS", "src/a", ".github/CODEOWNERS", "old"],
            &[
                &[(0, None, Some(1))],
                &[(1, None, Some(9))],
                &[(2, None, Some(2))],
                &[(0, None, Some(3))],
                &[(2, None, None)],
                &[(3, Some(0), Some(3))],
            ],
        );
        let found = versions(&log, &[".github/CODEOWNERS", "CODEOWNERS"]);
        assert_eq!(found, [(0, Some(1)), (2, Some(2)), (4, Some(3)), (5, None)]);
        assert_eq!(versions(&log, &["docs/CODEOWNERS"]), []);
    }
}
