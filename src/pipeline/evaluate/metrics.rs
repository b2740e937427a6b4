//! Are functions, lines and copies measured as another tool measures them?
//!
//! In: a repository (its newest commit) or a folder, and the report of another tool. Out: how many of its functions are
//! found, how many have the same numbers, and the reason for every difference that has a known one. Functions are
//! matched by file, name and first line. Never runs the other tool, and never counts a difference as equal because its
//! reason is known: shares are given with and without.

mod functions;
mod reasons;
mod reference;
mod sources;

use super::{Error, read};
use crate::code;
use crate::pipeline::Progress;
use functions::{Matched, matched};
use reasons::{Fault, Reason, reason};
use reference::{FileRow, Reference, RepeatedRow, parse};
use serde::Serialize;
use sources::Sources;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// Examples kept of each kind of difference.
const MAX_EXAMPLES: usize = 5;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// The tool, as far as the form of its report tells.
    pub reference: String,
    /// Files of the reference that were read.
    pub n_files: usize,
    /// Files of the reference that are not there or cannot be read here, with the reason.
    pub skipped: Vec<String>,
    /// Functions of the reference in files that were read.
    pub n_reference: usize,
    /// Those that are a function here.
    pub n_matched: usize,
    /// Those that are a closure here, counted with the function around them on both sides.
    pub n_closures: usize,
    /// Those that are neither.
    pub n_unmatched: usize,
    /// Some of those.
    pub unmatched: Vec<Example>,
    /// Functions here that the reference does not have.
    pub n_ours_only: usize,
    /// Share of matched functions with the same cyclomatic number; `None` where the reference has none.
    pub equal_share: Option<f64>,
    /// The same, without functions whose difference is shown to be a mistake of the reference.
    pub equal_share_without_reference_mistakes: Option<f64>,
    /// Functions whose cyclomatic number differs, by reason.
    pub classes: Vec<Class>,
    /// The same for cognitive complexity.
    pub cognitive: Option<Cognitive>,
    /// Lines of code of functions beside the reference's.
    pub function_lines: Option<Lines>,
    /// Lines of code of files beside the reference's.
    pub file_lines: Option<Lines>,
    /// Lines with comments of files beside the reference's.
    pub file_comments: Option<Lines>,
    /// Repeated lines beside the reference's.
    pub repeated_lines: Option<Repeated>,
}

/// Cognitive complexity beside the reference's.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Cognitive {
    /// Functions with a number on both sides.
    pub n_matched: usize,
    /// Share with the same number.
    pub equal_share: f64,
    /// The same among functions that are not 0 on both sides.
    pub equal_share_of_nonzero: f64,
    /// Functions whose number differs, by reason.
    pub classes: Vec<Class>,
}

/// Differences with the same reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Class {
    /// The reason; several where it takes several to explain a difference.
    pub reason: String,
    /// Whether it is a mistake of the reference, another definition, or not known.
    pub fault: Fault,
    /// Functions it explains.
    pub n: usize,
    /// Some of them.
    pub examples: Vec<Example>,
}

/// One function.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Example {
    /// Its file.
    pub file: String,
    /// Its name.
    pub function: String,
    /// Its first line.
    pub line: u32,
    /// Its number in the reference.
    pub reference: Option<u32>,
    /// Its number here.
    pub ours: Option<u32>,
}

/// Line counts beside the reference's.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Lines {
    /// Functions or files with a count on both sides.
    pub n: usize,
    /// Share with the same count.
    pub equal_share: f64,
    /// All lines in the reference.
    pub reference: u64,
    /// All lines here.
    pub ours: u64,
    /// Those that differ most.
    pub largest: Vec<Example>,
}

/// Repeated lines beside the reference's.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Repeated {
    /// Lines with code that the reference calls repeated.
    pub n_reference: usize,
    /// Lines found to be repeated here.
    pub n_ours: usize,
    /// Share of ours that the reference has too.
    pub precision: f64,
    /// Share of the reference's that are found here.
    pub recall: f64,
    /// Share of all lines with code that are repeated, by ours.
    pub ratio: f32,
}

/// Compares the measures of the files under `path` with those in `reference`.
///
/// # Errors
/// When the report or the repository cannot be read, or the report has no form that is known.
pub fn evaluate(path: &Path, reference: &Path, progress: &Progress<'_>) -> Result<Report, Error> {
    let parsed = parse(&read(reference)?);
    let mut parsed = parsed.map_err(|reason| Error::Reference { path: reference.to_owned(), reason })?;
    let sources = Sources::open(path)?;
    let names =
        if parsed.repeated.is_empty() { parsed.file_names() } else { all_names(&mut parsed.repeated, &sources) };
    let mut files = Files::default();
    for (done, name) in names.iter().enumerate() {
        progress("reading files", done, names.len());
        files.read(name, &sources);
    }
    Ok(report(&parsed, files))
}

impl Reference {
    fn file_names(&self) -> BTreeSet<String> {
        let functions = self.functions.iter().map(|row| row.file.clone());
        functions.chain(self.files.iter().map(|row| row.file.clone())).collect()
    }
}

/// All sources: what is repeated depends on every file, whether the reference names it or not. The rows get the names
/// their files have here, so that no file is read twice.
fn all_names(rows: &mut [RepeatedRow], sources: &Sources) -> BTreeSet<String> {
    for row in rows {
        row.file = sources.path_of(&row.file).unwrap_or_else(|| row.file.clone());
    }
    sources.paths().into_iter().filter(|path| code::Language::of_path(path).is_some()).collect()
}

/// The files of a reference, by the names it has for them.
#[derive(Default)]
struct Files {
    texts: BTreeMap<String, String>,
    facts: HashMap<String, code::FileFacts>,
    skipped: Vec<String>,
}

impl Files {
    fn read(&mut self, name: &str, sources: &Sources) {
        let file = sources.path_of(name).and_then(|path| Some((sources.bytes(&path)?, path)));
        let Some((bytes, path)) = file else {
            self.skipped.push(format!("`{name}` is not there"));
            return;
        };
        match code::read(&path, &bytes) {
            Ok(facts) => {
                self.facts.insert(name.to_owned(), facts);
                self.texts.insert(name.to_owned(), String::from_utf8_lossy(&bytes).into_owned());
            }
            Err(skipped) => self.skipped.push(format!("`{}` {}", skipped.subject, skipped.reason)),
        }
    }

    /// The lines of a function, or all lines, that have anything but comments.
    fn code_lines(&self, file: &str) -> Vec<bool> {
        self.texts.get(file).map(|text| code::token_lines(file, text.as_bytes())).unwrap_or_default()
    }
}

fn report(reference: &Reference, files: Files) -> Report {
    let functions = matched(&reference.functions, &files.facts);
    let numbers = functions.pairs.iter().filter_map(|pair| Some((pair, pair.cyclomatic()?)));
    let cyclomatic = compared(numbers, reasons::Kind::Cyclomatic, reference.tool, &files);
    let numbers = functions.pairs.iter().filter_map(|pair| Some((pair, pair.cognitive()?)));
    let cognitive = compared(numbers, reasons::Kind::Cognitive, reference.tool, &files);
    let n_judged = cyclomatic.n - cyclomatic.n_mistakes();
    Report {
        reference: reference.tool.to_owned(),
        n_files: files.facts.len(),
        n_reference: functions.n_reference,
        n_matched: functions.pairs.len(),
        n_closures: functions.n_closures,
        n_unmatched: functions.unmatched.len(),
        unmatched: functions.unmatched.iter().take(MAX_EXAMPLES).cloned().collect(),
        n_ours_only: functions.n_ours_only,
        equal_share: (cyclomatic.n > 0).then(|| share(cyclomatic.n_equal(), cyclomatic.n)),
        equal_share_without_reference_mistakes: (n_judged > 0).then(|| share(cyclomatic.n_equal(), n_judged)),
        cognitive: (cognitive.n > 0).then(|| Cognitive {
            n_matched: cognitive.n,
            equal_share: share(cognitive.n_equal(), cognitive.n),
            equal_share_of_nonzero: share(cognitive.n_equal() - cognitive.n_zero, cognitive.n - cognitive.n_zero),
            classes: cognitive.classes,
        }),
        classes: cyclomatic.classes,
        function_lines: function_lines(&functions.pairs, &files),
        file_lines: file_lines(
            &reference.files,
            &files,
            |row| Some(row.code_lines),
            |facts| facts.metrics.lines_of_code,
        ),
        file_comments: file_lines(
            &reference.files,
            &files,
            |row| row.comment_lines,
            |facts| facts.metrics.comment_lines,
        ),
        repeated_lines: (!reference.repeated.is_empty()).then(|| repeated_lines(&reference.repeated, &files)),
        skipped: files.skipped,
    }
}

/// One number of all functions on both sides.
struct Compared {
    n: usize,
    /// Those that are 0 on both sides.
    n_zero: usize,
    /// Those that differ, by reason, the most frequent first.
    classes: Vec<Class>,
}

impl Compared {
    fn n_equal(&self) -> usize {
        self.n - self.classes.iter().map(|class| class.n).sum::<usize>()
    }

    fn n_mistakes(&self) -> usize {
        self.classes.iter().filter(|class| class.fault == Fault::Reference).map(|class| class.n).sum()
    }
}

/// Compares pairs of the reference's number and ours.
fn compared<'p>(
    numbers: impl Iterator<Item = (&'p Matched<'p>, (u32, u32))>,
    kind: reasons::Kind,
    tool: &str,
    files: &Files,
) -> Compared {
    let (mut n, mut n_zero, mut by_reason) = (0, 0, BTreeMap::<String, Class>::new());
    for (pair, (theirs, ours)) in numbers {
        n += 1;
        n_zero += usize::from((theirs, ours) == (0, 0));
        if theirs == ours {
            continue;
        }
        let text = files.texts.get(&pair.row.file).map_or("", String::as_str);
        let Reason { name, fault } = reason(kind, tool, pair, text, i64::from(ours) - i64::from(theirs));
        let class = by_reason.entry(name.clone()).or_insert(Class { reason: name, fault, ..Class::default() });
        class.n += 1;
        if class.examples.len() < MAX_EXAMPLES {
            class.examples.push(pair.example(Some(theirs), Some(ours)));
        }
    }
    let mut classes: Vec<Class> = by_reason.into_values().collect();
    classes.sort_by_key(|class| std::cmp::Reverse(class.n));
    Compared { n, n_zero, classes }
}

/// Lines between the first and last line the reference gives, without functions that hold others.
fn function_lines(pairs: &[Matched<'_>], files: &Files) -> Option<Lines> {
    let mut code_lines: HashMap<&str, Vec<bool>> = HashMap::new();
    let counts = pairs.iter().filter(|pair| !pair.has_inner_rows).filter_map(|pair| {
        let theirs = pair.row.code_lines?;
        let lines = code_lines.entry(&pair.row.file).or_insert_with(|| files.code_lines(&pair.row.file));
        let (start, end) = (pair.row.start_line?.max(1) as usize, pair.row.end_line? as usize);
        let span = start - 1..lines.len().min(end);
        let ours = lines.get(span)?.iter().filter(|has_code| **has_code).count() as u32;
        Some(pair.example(Some(theirs), Some(ours)))
    });
    lines(counts.collect())
}

fn file_lines(
    rows: &[FileRow],
    files: &Files,
    theirs: fn(&FileRow) -> Option<u32>,
    ours: fn(&code::FileFacts) -> u32,
) -> Option<Lines> {
    let counts = rows.iter().filter_map(|row| {
        let facts = files.facts.get(&row.file)?;
        Some(Example {
            file: row.file.clone(),
            reference: Some(theirs(row)?),
            ours: Some(ours(facts)),
            ..Example::default()
        })
    });
    lines(counts.collect())
}

fn lines(mut counts: Vec<Example>) -> Option<Lines> {
    let (theirs, ours) = (|one: &Example| one.reference.unwrap_or(0), |one: &Example| one.ours.unwrap_or(0));
    let n = counts.len();
    let n_equal = counts.iter().filter(|one| one.reference == one.ours).count();
    let sum = |of: &dyn Fn(&Example) -> u32| counts.iter().map(|one| u64::from(of(one))).sum();
    let (sum_theirs, sum_ours) = (sum(&theirs), sum(&ours));
    counts.sort_by_key(|one| std::cmp::Reverse(theirs(one).abs_diff(ours(one))));
    counts.truncate(MAX_EXAMPLES);
    counts.retain(|one| one.reference != one.ours);
    (n > 0).then(|| Lines { n, equal_share: share(n_equal, n), reference: sum_theirs, ours: sum_ours, largest: counts })
}

/// Compares repeated lines; lines without tokens count on neither side.
fn repeated_lines(rows: &[RepeatedRow], files: &Files) -> Repeated {
    let texts: Vec<(&str, &str)> = files.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let found = code::clones(&texts);
    let ours: BTreeSet<(&str, u32)> = texts
        .iter()
        .zip(&found.files)
        .flat_map(|((name, _), file)| file.duplicated.iter().map(|line| (*name, *line)))
        .collect();
    let code_lines: HashMap<&str, Vec<bool>> = texts.iter().map(|(name, _)| (*name, files.code_lines(name))).collect();
    let has_code = |name: &str, line: u32| {
        code_lines.get(name).and_then(|lines| lines.get(line as usize - 1)).copied().unwrap_or(false)
    };
    let theirs: BTreeSet<(&str, u32)> = rows
        .iter()
        .flat_map(|row| (row.start_line.max(1)..=row.end_line).map(|line| (row.file.as_str(), line)))
        .filter(|(name, line)| has_code(name, *line))
        .collect();
    let n_both = ours.intersection(&theirs).count();
    Repeated {
        n_reference: theirs.len(),
        n_ours: ours.len(),
        precision: share(n_both, ours.len()),
        recall: share(n_both, theirs.len()),
        ratio: found.ratio(),
    }
}

/// `part` of `whole`; 1 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

// ---- text for people ----

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "Reference: {}, {} files read, {} skipped", self.reference, self.n_files, self.skipped.len())?;
        for skipped in self.skipped.iter().take(MAX_EXAMPLES) {
            writeln!(f, "  {skipped}")?;
        }
        if self.n_reference > 0 {
            writeln!(
                f,
                "Functions: {} in the reference, {} matched, {} closures of those, {} unmatched; {} here only",
                self.n_reference, self.n_matched, self.n_closures, self.n_unmatched, self.n_ours_only
            )?;
            write_examples(f, &self.unmatched)?;
        }
        if let Some(equal) = self.equal_share {
            writeln!(f, "Cyclomatic: {} equal", percent(equal))?;
            if let Some(equal) = self.equal_share_without_reference_mistakes.filter(|one| *one != equal) {
                writeln!(f, "            {} equal without mistakes of the reference", percent(equal))?;
            }
            write_classes(f, &self.classes)?;
        }
        if let Some(cognitive) = &self.cognitive {
            let Cognitive { n_matched, equal_share, equal_share_of_nonzero, classes } = cognitive;
            let (all, nonzero) = (percent(*equal_share), percent(*equal_share_of_nonzero));
            writeln!(f, "Cognitive:  {all} equal of {n_matched} functions, {nonzero} of those that are not 0")?;
            write_classes(f, classes)?;
        }
        write_lines(f, "Lines of code of functions", self.function_lines.as_ref())?;
        write_lines(f, "Lines of code of files", self.file_lines.as_ref())?;
        write_lines(f, "Comment lines of files", self.file_comments.as_ref())?;
        if let Some(repeated) = &self.repeated_lines {
            let (precision, recall) = (percent(repeated.precision), percent(repeated.recall));
            writeln!(f, "Repeated lines: {} here, {} in the reference", repeated.n_ours, repeated.n_reference)?;
            writeln!(f, "  precision {precision}, recall {recall}")?;
        }
        Ok(())
    }
}

fn write_classes(f: &mut std::fmt::Formatter<'_>, classes: &[Class]) -> std::fmt::Result {
    for class in classes {
        writeln!(f, "  {:5}  {} ({})", class.n, class.reason, class.fault)?;
        write_examples(f, &class.examples)?;
    }
    Ok(())
}

fn write_lines(f: &mut std::fmt::Formatter<'_>, what: &str, lines: Option<&Lines>) -> std::fmt::Result {
    let Some(Lines { n, equal_share, reference, ours, largest }) = lines else { return Ok(()) };
    writeln!(f, "{what}: {} equal of {n}; {ours} here, {reference} in the reference", percent(*equal_share))?;
    write_examples(f, largest)
}

fn write_examples(f: &mut std::fmt::Formatter<'_>, examples: &[Example]) -> std::fmt::Result {
    let number = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
    for Example { file, function, line, reference, ours } in examples {
        let (ours, reference) = (number(*ours), number(*reference));
        writeln!(f, "         {file}:{line} {function}: {ours} here, {reference} in the reference")?;
    }
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

#[cfg(test)]
mod tests;
