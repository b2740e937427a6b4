//! What surrounds a change, so that more than a score can be said of it?
//!
//! In: a repository, its past, its graphs, and the change. Out: which of its files belong together, which test usually
//! goes with them, how many functions it touches, and the spots of it to look at first. Reads contents; decides
//! nothing: that is the models' part.

use super::reach::Graphs;
use super::recent_texts::RecentTexts;
use crate::code::{self, FileKind};
use crate::domain::{BlobId, Diff, DiffFile, Timestamp};
use crate::git;
use crate::history::{LineHistory, Past};
use crate::models::answer::{LineAttention, TrackRecord};
use crate::models::attention::{self, ChangedFile, MAX_FILES, Reading, Scene, n_changed_functions};
use crate::store::Sources;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Files that change together in at least half of the changes of one of them belong together.
const MIN_HABIT: f32 = 0.5;

/// Pairs of changed files that belong together: one imports the other, or they usually change together.
pub(super) fn links(diff: &Diff, graphs: &Graphs) -> Vec<(String, String)> {
    let changed: FxHashSet<&str> = diff.files.iter().map(|file| file.path.as_str()).collect();
    let mut links = BTreeSet::new();
    for path in &changed {
        let imported = graphs.imports.index_of(path).into_iter().flat_map(|at| graphs.imports.imports(at));
        let imported = imported.map(|at| graphs.imports.file(at));
        let habits = graphs.together.partners(path).iter().filter(|partner| partner.strength >= MIN_HABIT);
        let others = imported.chain(habits.map(|partner| partner.path.as_str()));
        links
            .extend(others.filter(|other| changed.contains(other)).map(|other| ((*path).to_owned(), other.to_owned())));
    }
    links.into_iter().collect()
}

/// The test that changed together with one of the changed sources most often; `None` where none ever did.
pub(super) fn usual_test(diff: &Diff, graphs: &Graphs) -> Option<String> {
    let sources = diff.files.iter().filter(|file| code::is_source(&file.path));
    let partners = sources.flat_map(|file| graphs.together.partners(&file.path));
    let tests = partners.filter(|partner| code::file_kind(&partner.path) == FileKind::Test);
    let most = tests.max_by(|a, b| a.n_together.cmp(&b.n_together).then_with(|| b.path.cmp(&a.path)));
    most.map(|partner| partner.path.clone())
}

/// Functions the change touches; `None` where a changed source could not be read.
pub(super) fn n_functions(diff: &Diff, sources: &Sources) -> Option<usize> {
    let touched = changed_sources(diff).map(|(file, blob)| {
        let facts = sources.get(&blob)?.as_ref()?;
        let functions = &facts.functions;
        Some(n_changed_functions(&ChangedFile {
            path: &file.path,
            before: None,
            hunks: &file.hunks,
            text: "",
            functions,
        }))
    });
    touched.sum()
}

fn changed_sources(diff: &Diff) -> impl Iterator<Item = (&DiffFile, BlobId)> {
    let sources = diff.files.iter().filter(|file| code::is_source(&file.path));
    sources.filter_map(|file| Some((file, file.new_blob?)))
}

/// How often spots would have been right on this past; `None` where too little of it can be judged.
///
/// Reads and parses some hundred file versions: seconds of work, kept by the caller.
///
/// # Errors
/// When the repository cannot be opened again for another thread.
pub(super) fn track_record(repository: &git::Repository, past: &Past<'_>) -> Result<Option<TrackRecord>, git::Error> {
    let lessons = lessons(repository, past)?;
    Ok(attention::judge(&attention::WEIGHTS, &lessons).map(|rates| rates.record))
}

/// The bug-introducing changes of a past, spot by spot.
///
/// # Errors
/// As [`track_record`].
pub(super) fn lessons(repository: &git::Repository, past: &Past<'_>) -> Result<Vec<attention::Lesson>, git::Error> {
    let n_threads = super::n_threads();
    let handles = (0..n_threads).map(|_| repository.reopen()).collect::<Result<Vec<_>, _>>()?;
    let handles = Mutex::new(handles);
    let make_reader = || {
        let handle = handles.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let texts = RecentTexts::new(move |blob| handle.as_ref().and_then(|repository| repository.text(blob)));
        move |blob: BlobId| texts.text(blob)
    };
    let lines = LineHistory::new(past.log);
    Ok(attention::lessons(past, &lines, &Reading { make_reader: &make_reader, n_threads }))
}

/// The spots of the change to look at first, where `record` allows to show any.
pub(super) fn line_attention(
    repository: &git::Repository,
    past: &Past<'_>,
    (diff, at): (&Diff, Timestamp),
    sources: &Sources,
    record: Option<TrackRecord>,
) -> LineAttention {
    if let Some(silence) = attention::silence(record) {
        return silence;
    }
    let changed: Vec<(&DiffFile, BlobId)> = changed_sources(diff).filter(|(file, _)| file.added > 0).collect();
    if changed.len() > MAX_FILES {
        let why =
            format!("the change has {} source files, spots are chosen among {MAX_FILES} at the most", changed.len());
        return LineAttention { spots: Vec::new(), not_shown: Some(why), track_record: record };
    }
    let texts: Vec<String> = changed
        .iter()
        .map(|(_, blob)| {
            repository.text(*blob).map_or_else(String::new, |text| String::from_utf8_lossy(&text).into_owned())
        })
        .collect();
    let indexes = indexes(past, diff);
    let files: Vec<ChangedFile<'_>> = changed
        .iter()
        .zip(&texts)
        .map(|((file, blob), text)| ChangedFile {
            path: &file.path,
            before: path_before(file).and_then(|path| Some((*indexes.get(path)?, file.old_blob?))),
            hunks: &file.hunks,
            text,
            functions: sources.get(blob).and_then(Option::as_ref).map_or(&[], |facts| &facts.functions),
        })
        .collect();
    let lines = LineHistory::new(past.log);
    let before = past.order.iter().max().map_or(0, |newest| newest + 1);
    attention::attend(&Scene { log: past.log, lines: &lines, is_fix: &past.is_fix, before, at }, &files, record)
}

fn path_before(file: &DiffFile) -> Option<&str> {
    file.old_blob.map(|_| file.old_path.as_deref().unwrap_or(&file.path))
}

/// Where the log keeps the paths that the changed files had before.
fn indexes<'a>(past: &'a Past<'_>, diff: &Diff) -> FxHashMap<&'a str, u32> {
    let named: FxHashSet<&str> = diff.files.iter().filter_map(path_before).collect();
    let indexed = past.log.paths.iter().zip(0u32..);
    indexed.filter(|(path, _)| named.contains(path.as_str())).map(|(path, at)| (path.as_str(), at)).collect()
}
