//! What can one do about this change?
//!
//! In: ImpactAnalyzer's answer with what it was made from. Out: the same answer with commands for its tests and how such
//! a choice fared in the past, people who could look at it, and the open pull requests it meets. Decides nothing: that
//! is the models' part.

use super::handed_in::Asked;
use super::reach::Graphs;
use crate::domain::Diff;
use crate::features::Said;
use crate::git;
use crate::history::Past;
use crate::models::answer::ImpactAnswer;
use crate::models::impact::{self, OpenPullRequest};
use rustc_hash::FxHashMap;

/// What an answer is advised from.
pub(super) struct Advising<'a> {
    pub(super) repository: &'a git::Repository,
    pub(super) tree: &'a [git::TreeFile],
    pub(super) past: &'a Past<'a>,
    pub(super) diff: &'a Diff,
    pub(super) graphs: &'a Graphs,
    /// Whom `CODEOWNERS` names.
    pub(super) said: &'a dyn Said,
    /// Whether facts about people may be known.
    pub(super) people: bool,
    /// Who asks on GitHub, and what else is open there.
    pub(super) asked: Option<&'a Asked>,
}

impl Advising<'_> {
    /// Fills in what to do.
    pub(super) fn advise(&self, answer: &mut ImpactAnswer) {
        self.tests(answer);
        if self.people {
            answer.reviewers = self.reviewers(answer);
        }
        if let Some(asked) = self.asked {
            let own = self.own(asked.number);
            let imports = &self.graphs.imports;
            answer.overlapping_pull_requests = impact::overlapping(imports, &own, &asked.others);
            answer.merge_order = impact::merge_order(imports, &own, &asked.others, &answer.overlapping_pull_requests);
        }
    }

    fn tests(&self, answer: &mut ImpactAnswer) {
        let blobs: FxHashMap<&str, _> = self.tree.iter().map(|file| (file.path.as_str(), file.blob)).collect();
        let text = |path: &str| {
            let bytes = self.repository.text(*blobs.get(path)?)?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let tree = impact::Tree { has: &|path| blobs.contains_key(path), text: &text };
        answer.test_commands = impact::test_commands(&answer.recommended_tests, tree);
        // The record is about such a choice: without one it would stand alone.
        if !answer.recommended_tests.is_empty() {
            answer.test_record = impact::test_record(self.past, &self.graphs.imports);
        }
    }

    fn reviewers(&self, answer: &ImpactAnswer) -> Vec<crate::models::answer::SuggestedReviewer> {
        let changed: Vec<&str> = self.paths().collect();
        let affected: Vec<(&str, f64)> =
            answer.affected_components.iter().map(|part| (part.file.as_str(), part.impact_score)).collect();
        let mut owners: Vec<String> = Vec::new();
        for owner in changed.iter().filter_map(|path| self.said.owners(path, self.past.as_of)).flatten() {
            if !owners.iter().any(|known| known == owner) {
                owners.push(owner.to_owned());
            }
        }
        let change = impact::Change {
            changed: &changed,
            affected: &affected,
            author: self.diff.author.as_ref(),
            author_login: self.asked.map(|asked| asked.author_login.as_str()).filter(|login| !login.is_empty()),
            owners: &owners,
        };
        impact::reviewers(self.past, &change)
    }

    /// This change as one among the open ones.
    fn own(&self, number: u64) -> OpenPullRequest {
        let n_lines = self.diff.files.iter().map(|file| u64::from(file.added) + u64::from(file.deleted)).sum();
        OpenPullRequest { number, title: String::new(), n_lines, files: self.paths().map(str::to_owned).collect() }
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        self.diff.files.iter().flat_map(|file| [Some(file.path.as_str()), file.old_path.as_deref()]).flatten()
    }
}
