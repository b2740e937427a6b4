//! What do many public repositories teach of how far changes are felt?
//!
//! In: a list of repositories with their commits, and the folder that holds them. Out: the base network as bytes. Learns
//! from the commits before the newest fifth of each repository, so that the newest fifth of every one of them can judge.

use super::engine::Engine;
use super::evaluate::{self, repository_place};
use super::facts::Progress;
use super::ingest::place::folder_key;
use super::train_base::{Listed, read_list};
use crate::domain::{BlobId, Timestamp};
use crate::git;
use crate::history::Past;
use crate::models::impact::network::{Lesson, Network, lessons};
use crate::store::History;
use std::fmt;
use std::path::Path;

/// Where the commits that teach lie in a repository's past, as shares of it.
pub(super) const TEACHING: (f64, f64) = (0.35, 0.8);

/// Commits of one repository that are asked about: a large one shall not outvote the others.
const MAX_COMMITS: usize = 300;

/// A network was trained.
#[derive(Debug)]
pub struct TrainedImpact {
    /// As the program carries it.
    pub bytes: Vec<u8>,
    /// What it learned from.
    pub report: Report,
}

/// What a network learned from.
#[derive(Debug)]
pub struct Report {
    /// Name and lessons of each repository.
    pub repositories: Vec<(String, usize)>,
}

/// Reads every repository of the list and trains one network on all of them.
///
/// # Errors
/// When the list or a repository cannot be read, or nothing can be learned.
pub fn train_impact(
    engine: &Engine,
    list: &Path,
    repositories: &Path,
    now: Timestamp,
    progress: &Progress<'_>,
) -> Result<TrainedImpact, evaluate::Error> {
    let list_of = read_list(list)?;
    let n = list_of.len();
    let mut taught: Vec<(String, Vec<Lesson>)> = Vec::new();
    for (nth, listed) in list_of.into_iter().enumerate() {
        progress(&format!("reading {}", listed.name), nth, n);
        let place = repository_place(repositories, &listed.name).ok_or_else(|| evaluate::Error::Reference {
            path: list.to_owned(),
            reason: format!("`{}` is not in `{}`", listed.name, repositories.display()),
        })?;
        let lessons = teach(engine, &place, &listed, now)?;
        taught.push((listed.name, lessons));
    }
    progress("learning from all of them", 0, 0);
    let all: Vec<&[Lesson]> = taught.iter().map(|(_, lessons)| lessons.as_slice()).collect();
    let bytes = Network::train(&all).and_then(|network| network.to_bytes())?;
    let repositories = taught.iter().map(|(name, lessons)| (name.clone(), lessons.len())).collect();
    Ok(TrainedImpact { bytes, report: Report { repositories } })
}

fn teach(engine: &Engine, place: &Path, listed: &Listed, now: Timestamp) -> Result<Vec<Lesson>, evaluate::Error> {
    let repository = git::Repository::open(place)?;
    let key = folder_key(repository.git_directory());
    let History { log, labels, .. } = engine.history(&repository, &key, listed.commit, now, &|_, _, _| {})?;
    let Some(past) = Past::new(&log, &labels, listed.commit) else { return Ok(Vec::new()) };
    let text = |blob: BlobId| repository.text(blob);
    let asked = telling(&past, TEACHING, MAX_COMMITS);
    Ok(lessons(&past, &|nth| asked.binary_search(&nth).is_ok(), &text))
}

/// Places in the past's order, between two shares of it, of at most `n` commits that change more than one file and are
/// no sweeps: evenly spread, oldest first.
pub(super) fn telling(past: &Past<'_>, (from, to): (f64, f64), n: usize) -> Vec<usize> {
    let place = |share: f64| (past.order.len() as f64 * share) as usize;
    let tells = |nth: &usize| {
        let commit = &past.log.commits[past.order[*nth] as usize];
        !commit.is_merge() && (2..=30).contains(&commit.changes.len())
    };
    let all: Vec<usize> = (place(from)..place(to)).filter(tells).collect();
    let n_kept = all.len().min(n);
    (0..n_kept).map(|nth| all[nth * all.len() / n_kept]).collect()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: usize = self.repositories.iter().map(|(_, n)| n).sum();
        writeln!(f, "{total} lessons of {} repositories:", self.repositories.len())?;
        self.repositories.iter().try_for_each(|(name, n)| writeln!(f, "  {n:5} {name}"))
    }
}
