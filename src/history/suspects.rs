//! Which commits may have introduced what this fix repairs, and what is known of each?
//!
//! In: a log, a fix of it, and the contents of the fixed files. Out: one [`Suspect`] for each earlier commit that wrote
//! the repaired lines or their surroundings, or that changed the place or the file lately. Says nothing about which
//! of them is guilty, and looks at nothing but the fix and what came before it.

use super::lines::{Change, LineHistory, Origin, ReadText};
use super::repair::{Name, Place, Repair, names_in, new_lines, split_lines, text_at};
use crate::code::{FileKind, file_kind};
use crate::domain::{FileChange, Log};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// A fix that touches more files is a sweep, not one repair: its lines name no culprit.
const MAX_FILES_A_FIX: usize = 20;

/// Changes of a file that are followed back for those that touched the repaired place.
const MAX_CHANGES_BACK: usize = 30;

/// The newest changes of a fixed file are suspects wherever they touched it: one culprit in six is found so.
const NEWEST_CHANGES: u32 = 12;

/// The newest changes that touched the place are suspects however old they are.
const NEWEST_TOUCHES: u32 = 3;

/// Files of a suspect whose names are read: a commit with more is not about one thing.
const MAX_FILES_READ: usize = 15;

/// A file to which a suspect added more is not read: its names are those of everything.
const MAX_LINES_READ: u32 = 3_000;

/// Commits whose names are remembered: some hundred names each, so 20 MB at the most in real histories.
const MAX_COMMITS_REMEMBERED: usize = 4_000;

/// What a fix repaired, all files together.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// Newest first.
    pub(super) suspects: Vec<Suspect>,
    pub(super) n_files: u32,
    pub(super) n_hunks: u32,
    /// Lines of code that were removed or changed.
    pub(super) n_removed: u32,
    pub(super) n_added: u32,
}

/// One earlier commit and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Suspect {
    /// Index into [`Log::commits`].
    pub(super) commit: u32,
    /// Traced lines it wrote, for each place.
    pub(super) n_repaired: u32,
    pub(super) n_above_addition: u32,
    pub(super) n_below_addition: u32,
    pub(super) n_above_change: u32,
    pub(super) n_below_change: u32,
    pub(super) n_near: u32,
    pub(super) n_in_function: u32,
    /// How recently it touched the repaired place, 1 is the newest of all who did; 0: it did not.
    pub(super) touch_rank: u32,
    /// Regions it changed there, and lines it removed there.
    pub(super) n_touches: u32,
    pub(super) n_touch_removed: u32,
    /// How recently it changed the file, 1 is the newest; 0: not lately.
    pub(super) file_rank: u32,
    /// Whether the fix brings a file back to what it was before this commit.
    pub(super) is_undone: bool,
    /// Shares in [0, 1]: names of the repaired lines, and of the added lines, that it wrote; and of all those names, with
    /// the rare among suspects counting more.
    pub(super) names_gone: f64,
    pub(super) names_come: f64,
    pub(super) names_rare: f64,
    /// What it wrote in each fixed file.
    pub(super) traces: Vec<Trace>,
}

/// Lines by which a commit is connected with a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trace {
    /// The file as the suspect named it, index into [`Log::paths`].
    pub(super) path: u32,
    /// The file as the fix's parent named it.
    pub(super) fixed_path: u32,
    /// Lines in the fix's parent, ascending.
    pub(super) lines: Vec<u32>,
    /// Whether these lines were themselves repaired, rather than stand near the repair.
    pub(super) is_repaired: bool,
}

impl Suspect {
    /// Whether it wrote a line at or beside the repair.
    pub(super) fn is_beside(&self) -> bool {
        self.n_above_addition + self.n_below_addition + self.n_above_change + self.n_below_change + self.n_near > 0
    }
}

/// Everyone who may be guilty of what `fix` repairs; nobody for a fix that is too large or repairs no code.
pub(super) fn scene(
    log: &Log,
    lines: &LineHistory<'_>,
    names: &mut WrittenNames,
    fix: u32,
    text: &ReadText<'_>,
) -> Scene {
    let files = traced_files(log, fix);
    if files.len() > MAX_FILES_A_FIX {
        return Scene::default();
    }
    look(log, lines, fix, &files, text).finish(log, names, text)
}

/// Files whose lines are traced: sources; in a fix without any, settings, scripts, and files that only their name
/// calls a test.
fn traced_files(log: &Log, fix: u32) -> Vec<&FileChange> {
    let changes = &log.commits[fix as usize].changes;
    let of_kind = |is_wanted: &dyn Fn(&str) -> bool| -> Vec<&FileChange> {
        let is_traced = |change: &&FileChange| change.old_blob.is_some() && is_wanted(&log.paths[change.path as usize]);
        changes.iter().filter(is_traced).collect()
    };
    let sources = of_kind(&|path| file_kind(path) == FileKind::Source);
    if sources.is_empty() { of_kind(&may_be_product) } else { sources }
}

fn may_be_product(path: &str) -> bool {
    match file_kind(path) {
        FileKind::Manifest | FileKind::Data | FileKind::Other => true,
        // `product/test_scheduling.py` may schedule tests; `tests/test_a.py` is one.
        FileKind::Test => {
            let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders).to_ascii_lowercase();
            !folders.contains("test")
        }
        _ => false,
    }
}

/// Suspects while files are read one after the other.
#[derive(Default)]
struct Looked {
    scene: Scene,
    found: FxHashMap<u32, Suspect>,
    names_gone: FxHashSet<Name>,
    names_come: FxHashSet<Name>,
}

fn look(log: &Log, lines: &LineHistory<'_>, fix: u32, files: &[&FileChange], text: &ReadText<'_>) -> Looked {
    let mut looked = Looked::default();
    looked.scene.n_files = files.len() as u32;
    for change in files {
        let (Some(old), Some(new)) = (change.old_blob.and_then(text), change.new_blob.map_or(Some(Vec::new()), text))
        else {
            continue;
        };
        let path = change.old_path.unwrap_or(change.path);
        let repair = Repair::new(&log.paths[path as usize], change, &old, &new);
        if let (Some(blob), false) = (change.old_blob, repair.is_empty()) {
            for origin in lines.origins(fix, path, blob, &repair.lines(), text) {
                looked.add_origin(path, origin, &repair);
            }
            looked.add_changes(
                path,
                change,
                &repair,
                &lines.changes_back(fix, path, blob, &repair.regions, MAX_CHANGES_BACK),
            );
            looked.add_repair(repair);
        }
    }
    looked
}

impl Looked {
    fn suspect(&mut self, commit: u32) -> &mut Suspect {
        self.found.entry(commit).or_insert_with(|| Suspect { commit, ..Suspect::default() })
    }

    fn add_origin(&mut self, fixed_path: u32, origin: Origin, repair: &Repair) {
        let suspect = self.suspect(origin.commit);
        for place in origin.lines.iter().flat_map(|line| &repair.places[line]) {
            *match place {
                Place::Repaired => &mut suspect.n_repaired,
                Place::AboveAddition => &mut suspect.n_above_addition,
                Place::BelowAddition => &mut suspect.n_below_addition,
                Place::AboveChange => &mut suspect.n_above_change,
                Place::BelowChange => &mut suspect.n_below_change,
                Place::Near => &mut suspect.n_near,
                Place::InFunction => &mut suspect.n_in_function,
            } += 1;
        }
        let is_repaired = |line: &u32| repair.places[line].contains(&Place::Repaired);
        let (repaired, beside): (Vec<u32>, Vec<u32>) = origin.lines.into_iter().partition(is_repaired);
        let is_repaired = !repaired.is_empty();
        let lines = if is_repaired { repaired } else { beside };
        suspect.traces.push(Trace { path: origin.path, fixed_path, lines, is_repaired });
    }

    /// Adds those who changed the file lately; `changes` are newest first.
    fn add_changes(&mut self, fixed_path: u32, fix: &FileChange, repair: &Repair, changes: &[Change<'_>]) {
        let mut n_touching = 0;
        for (file_rank, change) in (1..).zip(changes) {
            n_touching += u32::from(change.n_touches > 0);
            let touch_rank = if change.n_touches > 0 { n_touching } else { 0 };
            let is_known = self.found.contains_key(&change.commit);
            if !(is_known || file_rank <= NEWEST_CHANGES || (1..=NEWEST_TOUCHES).contains(&touch_rank)) {
                continue;
            }
            let suspect = self.suspect(change.commit);
            suspect.file_rank = nearer(suspect.file_rank, file_rank);
            suspect.touch_rank = nearer(suspect.touch_rank, touch_rank);
            suspect.n_touches += change.n_touches;
            suspect.n_touch_removed += change.n_removed;
            suspect.is_undone |= change.change.old_blob.is_some() && change.change.old_blob == fix.new_blob;
            if suspect.traces.iter().all(|trace| trace.fixed_path != fixed_path) {
                let mut lines: Vec<u32> = repair.regions.iter().cloned().flatten().collect();
                lines.dedup();
                let path = change.change.path;
                suspect.traces.push(Trace { path, fixed_path, lines, is_repaired: false });
            }
        }
    }

    fn add_repair(&mut self, repair: Repair) {
        self.scene.n_hunks += repair.regions.len() as u32;
        self.scene.n_removed += repair.n_removed;
        self.scene.n_added += repair.n_added;
        self.names_gone.extend(repair.names_gone);
        self.names_come.extend(repair.names_come);
    }

    /// Drops merges, which wrote nothing of their own, and compares names.
    fn finish(mut self, log: &Log, names: &mut WrittenNames, text: &ReadText<'_>) -> Scene {
        let mut suspects: Vec<Suspect> =
            self.found.into_values().filter(|suspect| !log.commits[suspect.commit as usize].is_merge()).collect();
        suspects.sort_unstable_by_key(|suspect| std::cmp::Reverse(suspect.commit));
        let written: Vec<Rc<FxHashSet<Name>>> =
            suspects.iter().map(|suspect| names.of(log, suspect.commit, text)).collect();
        let mut wanted: Vec<Name> = self.names_gone.union(&self.names_come).copied().collect();
        // Summed in one order, so that the last bits are the same in every run.
        wanted.sort_unstable();
        let n_writers = |name: &Name| written.iter().filter(|names| names.contains(name)).count();
        let weights: Vec<(Name, f64)> = wanted
            .into_iter()
            .map(|name| (name, n_writers(&name)))
            .filter(|(_, n)| *n > 0)
            .map(|(name, n)| (name, 1.0 / n as f64))
            .collect();
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        for (suspect, names) in suspects.iter_mut().zip(&written) {
            suspect.names_gone = share(self.names_gone.difference(&self.names_come), names);
            suspect.names_come = share(self.names_come.difference(&self.names_gone), names);
            let rare: f64 = weights.iter().filter(|(name, _)| names.contains(name)).map(|(_, weight)| weight).sum();
            suspect.names_rare = if all > 0.0 { rare / all } else { 0.0 };
        }
        self.scene.suspects = suspects;
        self.scene
    }
}

fn nearer(known: u32, rank: u32) -> u32 {
    if known == 0 || (rank > 0 && rank < known) { rank } else { known }
}

fn share<'a>(wanted: impl Iterator<Item = &'a Name>, names: &FxHashSet<Name>) -> f64 {
    let (n_wanted, n_shared) =
        wanted.fold((0, 0), |(n, shared), name| (n + 1, shared + u32::from(names.contains(name))));
    if n_wanted == 0 { 0.0 } else { f64::from(n_shared) / f64::from(n_wanted) }
}

/// The names each commit wrote, remembered: one commit is a suspect of many fixes.
#[derive(Debug, Default)]
pub(super) struct WrittenNames {
    known: FxHashMap<u32, Rc<FxHashSet<Name>>>,
}

impl WrittenNames {
    fn of(&mut self, log: &Log, commit: u32, text: &ReadText<'_>) -> Rc<FxHashSet<Name>> {
        if self.known.len() >= MAX_COMMITS_REMEMBERED {
            self.known.clear();
        }
        let names = self.known.entry(commit).or_insert_with(|| Rc::new(written_names(log, commit, text)));
        Rc::clone(names)
    }
}

/// Names in the lines that `commit` added to sources.
fn written_names(log: &Log, commit: u32, text: &ReadText<'_>) -> FxHashSet<Name> {
    let is_read = |change: &&FileChange| crate::code::is_source(&log.paths[change.path as usize]);
    let mut names = FxHashSet::default();
    for change in log.commits[commit as usize].changes.iter().filter(is_read).take(MAX_FILES_READ) {
        if change.added == 0 || change.added > MAX_LINES_READ {
            continue;
        }
        let Some(new) = change.new_blob.and_then(text) else { continue };
        let lines = split_lines(&new);
        for line in change.hunks.iter().flat_map(new_lines).filter_map(|number| text_at(&lines, number)) {
            names_in(line, &mut names);
        }
    }
    names
}
