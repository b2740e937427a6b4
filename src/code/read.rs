//! What are the facts of one file?
//!
//! In: a path and its text, from strangers. Out: [`FileFacts`], or what was [`Skipped`] and why. Never executes
//! anything, never recurses, never takes longer than its limits allow.

use super::debt::remediation_minutes;
use super::duplication::duplication_ratio;
use super::halstead::maintainability_index;
use super::inheritance::inheritance_depth;
use super::lines::{LineKind, line_kinds};
use super::parse::parse;
use super::smells::{FileNumbers, smells};
use super::walk::{Found, walk};
use super::{FileFacts, Function, Import, Language, Metrics};
use crate::domain::Skipped;
use std::borrow::Cow;

/// Largest file that is read. People do not write longer ones; generated tables do.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// Longest line of a file that is read: minified and generated text has longer ones, people do not write them.
pub const MAX_LINE_BYTES: usize = 10_000;

/// How much of the beginning is searched for a zero byte to tell binary files, as git does.
const BINARY_PROBE_BYTES: usize = 8_000;

/// Everything the text of `path` says about itself. Text that is not UTF-8 is read with its broken bytes replaced.
///
/// # Errors
/// The path and the limit that was broken: no grammar for it, too large, binary, lines too long, too deeply nested, or
/// too hard to parse.
pub fn read(path: &str, text: &[u8]) -> Result<FileFacts, Skipped> {
    facts(path, text).map_err(|reason| Skipped::new(path, reason))
}

/// The innermost function around `line` (from 1), if any.
pub fn enclosing_function(facts: &FileFacts, line: u32) -> Option<&Function> {
    let around = |function: &&Function| (function.start_line..=function.end_line).contains(&line);
    facts.functions.iter().filter(around).min_by_key(|function| function.end_line - function.start_line)
}

fn facts(path: &str, text: &[u8]) -> Result<FileFacts, String> {
    let language = Language::of_path(path).ok_or_else(|| "is in a language without a grammar here".to_owned())?;
    check_limits(text)?;
    let text = as_text(text);
    let tree = parse(language, &text)?;
    let found = walk(language, &tree, &text)?;
    let lines = line_kinds(path, text.as_bytes());
    Ok(FileFacts {
        language,
        metrics: metrics(language, &text, &lines, &found),
        has_parse_errors: tree.root_node().has_error(),
        functions: found.functions.into_iter().map(function).collect(),
        imports: found.imports,
        package: found.package,
        declared_types: found.declared,
        mentioned_types: found.mentioned,
    })
}

fn check_limits(text: &[u8]) -> Result<(), String> {
    if text.len() > MAX_FILE_BYTES {
        return Err(format!("is larger than {} KiB", MAX_FILE_BYTES / 1024));
    }
    if text[..text.len().min(BINARY_PROBE_BYTES)].contains(&0) {
        return Err("is binary".to_owned());
    }
    if text.split(|&byte| byte == b'\n').any(|line| line.len() > MAX_LINE_BYTES) {
        return Err(format!("has lines longer than {MAX_LINE_BYTES} bytes, as minified files do"));
    }
    Ok(())
}

fn as_text(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))
}

fn metrics(language: Language, text: &str, lines: &[LineKind], found: &Found<'_>) -> Metrics {
    let is_code: Vec<bool> = lines.iter().map(|line| line.has_word).collect();
    let lines_of_code = count(lines.iter().filter(|line| line.has_token).count());
    let functions = &found.functions;
    let scopes = || functions.iter().chain([&found.outside]);
    let cyclomatic = scopes().map(|scope| scope.cyclomatic).sum();
    let volume = found.halstead.volume();
    let numbers = FileNumbers {
        lines_of_code,
        class_coupling: class_coupling(&found.imports),
        duplication_ratio: duplication_ratio(text, &is_code),
    };
    let smells = smells(functions, numbers);
    Metrics {
        lines_of_code,
        comment_lines: count(lines.iter().filter(|line| line.has_comment).count()),
        lines: count(lines.len()),
        cyclomatic,
        cognitive: scopes().filter(|scope| !scope.is_inner).map(|scope| scope.cognitive).sum(),
        cyclomatic_max: functions.iter().map(|function| function.cyclomatic).max().unwrap_or(0),
        nesting_max: scopes().map(|scope| scope.nesting_max).max().unwrap_or(0),
        function_length_avg: mean_length(functions.iter().map(|function| function.end_line - function.start_line + 1)),
        halstead_volume: volume,
        maintainability_index: maintainability_index(volume, cyclomatic, lines_of_code),
        class_coupling: numbers.class_coupling,
        inheritance_depth: language.has_inheritance().then(|| inheritance_depth(&found.classes)),
        code_smells: count(smells.len()),
        debt_minutes: remediation_minutes(&smells),
        duplication_ratio: numbers.duplication_ratio,
    }
}

fn mean_length(lengths: impl ExactSizeIterator<Item = u32>) -> Option<f32> {
    let n_functions = lengths.len();
    (n_functions > 0).then(|| lengths.map(f64::from).sum::<f64>() as f32 / n_functions as f32)
}

/// Distinct things named in imports: each name taken, or the target itself where none is named.
fn class_coupling(imports: &[Import]) -> u32 {
    let mut named: Vec<(&str, &str)> = Vec::new();
    for import in imports.iter().filter(|import| !import.target.starts_with("mod ")) {
        if import.names.is_empty() {
            named.push((&import.target, ""));
        }
        named.extend(import.names.iter().map(|name| (import.target.as_str(), name.as_str())));
    }
    named.sort_unstable();
    named.dedup();
    count(named.len())
}

fn function(scope: super::complexity::Scope) -> Function {
    Function {
        name: scope.name,
        start_line: scope.start_line,
        end_line: scope.end_line,
        cyclomatic: scope.cyclomatic,
        cognitive: scope.cognitive,
        n_parameters: scope.n_parameters,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
