//! What is known of a change as a whole?
//!
//! In: the change and the text of its judged files. Out: the values every file row of the change shares. The measures of
//! size, diffusion, history and experience are those of Kamei et al., "A Large-Scale Empirical Study of Just-in-Time
//! Quality Assurance", 2013.

use super::shares::{mean, relative_entropy};
use super::{Code, Scene, flag};
use crate::code::manifests::{self, Declares};
use crate::domain::BlobId;
use crate::features::catalogue::Feature;
use crate::features::change::{Author, Touched};
use crate::features::moment::{FileHistory, subsystems};
use crate::features::paths::{directory, is_test};
use crate::features::row::Row;
use std::collections::BTreeSet;

/// Days in which the repository's commits are its speed.
const VELOCITY_DAYS: i64 = 30;

impl Scene<'_> {
    pub(super) fn measure_change(&self, row: &mut Row, judged: &[(usize, Code)]) {
        self.measure_size(row);
        self.measure_spread(row);
        self.measure_author(row);
        self.measure_touched_files(row, judged);
        self.measure_time(row);
        row.set(Feature::IsFix, flag(self.change.is_fix));
        row.set(Feature::NNewDependencies, self.n_new_dependencies());
        row.set(Feature::NCodeOwners, self.n_code_owners());
    }

    fn measure_time(&self, row: &mut Row) {
        let configured = self.inputs.said.sprint(self.now);
        let sprint = configured.or_else(|| self.moment.releases.rhythm().map(|rhythm| rhythm.sprint));
        row.set(Feature::SprintPhase, sprint.and_then(|sprint| sprint.phase(self.now)));
        row.set(Feature::TeamVelocity, self.moment.n_commits_since(self.now, VELOCITY_DAYS) as f64);
        row.set(Feature::SeasonalPatterns, self.moment.year.weekday_fix_ratio(self.now));
        row.set(Feature::ReleaseProximity, self.moment.released_at.map(|at| self.now.days_since(at)));
    }

    fn measure_size(&self, row: &mut Row) {
        let files = &self.change.files;
        row.set(Feature::LinesAdded, files.iter().map(|touched| f64::from(touched.added)).sum::<f64>());
        row.set(Feature::LinesDeleted, files.iter().map(|touched| f64::from(touched.deleted)).sum::<f64>());
        row.set(Feature::NFiles, files.len() as f64);
    }

    fn measure_spread(&self, row: &mut Row) {
        let files = &self.change.files;
        let directories: BTreeSet<&str> = files.iter().map(|touched| directory(touched.path)).collect();
        row.set(Feature::NDirectories, directories.len() as f64);
        row.set(Feature::NSubsystems, subsystems(self.change).len() as f64);
        let n_lines: f64 = files.iter().map(Touched::churn).sum();
        if n_lines > 0.0 {
            let shares: Vec<f64> = files.iter().map(|touched| touched.churn() / n_lines).collect();
            row.set(Feature::Entropy, relative_entropy(&shares));
            let n_test_lines: f64 = files.iter().filter(|touched| is_test(touched.path)).map(Touched::churn).sum();
            row.set(Feature::TestLinesRatio, n_test_lines / n_lines);
        }
    }

    fn measure_author(&self, row: &mut Row) {
        let history = match self.change.author {
            Author::Unknown => return,
            Author::Newcomer => None,
            Author::Known(author) => self.moment.author(author),
        };
        let subsystems = subsystems(self.change);
        let n_commits_there =
            |subsystem: &&str| history.map_or(0.0, |history| f64::from(history.n_commits_to(subsystem)));
        row.set(Feature::AuthorExperience, history.map_or(0.0, |history| history.n_commits() as f64));
        row.set(Feature::AuthorExperienceRecent, history.map_or(0.0, |history| history.recent_experience(self.now)));
        row.set(Feature::AuthorExperienceSubsystem, mean(subsystems.iter().map(n_commits_there)));
    }

    fn measure_touched_files(&self, row: &mut Row, judged: &[(usize, Code)]) {
        let histories = || judged.iter().map(|(place, _)| self.moment.history_of(&self.change.files[*place]));
        let known = || histories().flatten();
        let last_change = |history: &FileHistory| Some(self.now.days_since(history.touches.last()?.at));
        row.set(Feature::MeanAge, mean(known().filter_map(last_change)));
        let n_touches = |history: Option<&FileHistory>| history.map_or(0.0, |history| history.touches.len() as f64);
        row.set(Feature::EarlierChanges, mean(histories().map(n_touches)));
        let last_commits: BTreeSet<u32> = known().filter_map(|history| Some(history.touches.last()?.commit)).collect();
        row.set(Feature::NUniqueChanges, last_commits.len() as f64);
        let developers: BTreeSet<u32> =
            known().flat_map(|history| &history.by_author).map(|(author, _)| *author).collect();
        row.set(Feature::NDevelopers, developers.len() as f64);
        let lines = judged.iter().filter_map(|(_, code)| code.before.as_ref()).map(|before| f64::from(before.lines));
        row.set(Feature::LinesBefore, mean(lines));
        let deltas = || judged.iter().filter_map(|(_, code)| code.complexity_delta());
        row.set(Feature::ComplexityDelta, deltas().next().map(|_| deltas().sum()));
    }

    /// Names that a manifest declares after the change and that none of the changed manifests declared before: what only
    /// moves from one to another is not new.
    fn n_new_dependencies(&self) -> Option<f64> {
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        for touched in &self.change.files {
            match manifests::declares(touched.path) {
                Declares::Nothing => {}
                Declares::Unreadable => return None,
                Declares::Readable => {
                    before.extend(self.declared(touched.old_blob)?);
                    after.extend(self.declared(touched.new_blob)?);
                }
            }
        }
        Some(after.difference(&before).count() as f64)
    }

    /// What a manifest takes from outside the repository; nothing where there is no manifest.
    fn declared(&self, blob: Option<BlobId>) -> Option<impl Iterator<Item = &str>> {
        let dependencies = match blob {
            Some(blob) => self.inputs.dependencies.get(&blob)?.as_slice(),
            None => &[],
        };
        let outside = dependencies.iter().filter(|dependency| dependency.is_from_outside());
        Some(outside.map(|dependency| dependency.name.as_str()))
    }

    fn n_code_owners(&self) -> Option<f64> {
        let paths = self.change.files.iter().map(|touched| touched.path);
        let owners: Vec<Vec<&str>> =
            paths.map(|path| self.inputs.said.owners(path, self.now)).collect::<Option<_>>()?;
        Some(owners.into_iter().flatten().collect::<BTreeSet<&str>>().len() as f64)
    }
}
