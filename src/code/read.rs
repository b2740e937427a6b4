//! What are the facts of one file?
//!
//! In: a path and its text, from strangers. Out: [`FileFacts`], or what was [`Skipped`] and why. Never executes
//! anything, never recurses, never takes longer than its limits allow.

use super::alone::{Alone, Frame};
use super::calls::Calls;
use super::complexity::Scope;
use super::items::{Item, Layout, Shape, in_one_piece, layout};
use super::measure::{ItemFacts, Ties, Words, metrics};
use super::parse::{Work, parse};
use super::walk::{Found, Links, Place, walk};
use super::{FileFacts, Function, Language};
use crate::domain::Skipped;
use std::borrow::Cow;
use std::collections::HashMap;
use tree_sitter::Tree;

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
    read_facts(path, text).map_err(|reason| Skipped::new(path, reason))
}

/// The innermost function around `line` (from 1), if any.
pub fn enclosing_function(facts: &FileFacts, line: u32) -> Option<&Function> {
    let around = |function: &&Function| (function.start_line..=function.end_line).contains(&line);
    facts.functions.iter().filter(around).min_by_key(|function| function.end_line - function.start_line)
}

/// [`read`] without the path in its error.
pub(super) fn read_facts(path: &str, text: &[u8]) -> Result<FileFacts, String> {
    let language = language_of(path)?;
    check_limits(text)?;
    let text = as_text(text);
    match read_items(language, &layout(language, path, &text), &text)? {
        Some(facts) => Ok(facts),
        None => read_in_one_piece(language, path, &text),
    }
}

/// The facts of a text as one item: what an error means to the text around it, only the whole text can tell.
pub(super) fn read_in_one_piece(language: Language, path: &str, text: &str) -> Result<FileFacts, String> {
    let layout = in_one_piece(language, path, text);
    let alone = alone(&layout, text);
    let trees = trees(language, &layout.items, &alone, text.len(), Errors::Kept)?.unwrap_or_default();
    facts(language, &layout, &alone, &trees, text)
}

/// The facts of a text that has been taken apart; `None` where the parser met something it could not place.
pub(super) fn read_items(language: Language, layout: &Layout, text: &str) -> Result<Option<FileFacts>, String> {
    let alone = alone(layout, text);
    match trees(language, &layout.items, &alone, text.len(), Errors::Refused)? {
        Some(trees) => facts(language, layout, &alone, &trees, text).map(Some),
        None => Ok(None),
    }
}

fn alone<'t>(layout: &Layout, text: &'t str) -> Vec<Alone<'t>> {
    (0..layout.items.len()).map(|at| Alone::new(&layout.items[at], Frame::of(layout, at), text)).collect()
}

fn facts(
    language: Language,
    layout: &Layout,
    alone: &[Alone<'_>],
    trees: &[Parsed],
    text: &str,
) -> Result<FileFacts, String> {
    let (mut items, mut words, mut links) = (Vec::new(), Words::default(), Links::new(language));
    let (mut functions, mut calls) = (Vec::new(), Calls::default());
    let mut around: HashMap<usize, Around<'_>> = HashMap::new();
    for (at, (item, tree)) in layout.items.iter().zip(trees).enumerate() {
        let written = &text[item.start..item.end];
        let mut facts = ItemFacts::of_lines(written, &layout.lines[item.first_line..item.end_line]);
        if let Some((tree, work)) = tree {
            let outer = item.parent.and_then(|parent| around.get(&parent));
            let found = walk(language, tree, &alone[at].text, place(item, &alone[at], outer), &mut links)?;
            facts = facts.with_code(&found, *work, &mut words);
            if matches!(item.shape, Shape::Opens(_)) {
                around.insert(at, Around::inside(outer, &found));
            }
            calls.take(None, &found.outside, &alone[at].text);
            for scope in found.functions {
                calls.take(Some(functions.len()), &scope, &alone[at].text);
                functions.push(function(scope, item.first_line));
            }
        }
        items.push(Box::new(facts));
    }
    let has_parse_errors = trees.iter().flatten().any(|(tree, _)| tree.root_node().has_error());
    let imports = links.imports.finish(&links.names);
    let (declared_types, mentioned_types) = links.names.finish();
    Ok(FileFacts {
        language,
        metrics: metrics(language, &items, &mut words, Ties::of_imports(&imports)),
        has_parse_errors,
        functions,
        imports,
        package: links.package,
        declared_types,
        mentioned_types,
        calls: calls.finish(),
    })
}

/// The tree of an item and what it took; nothing for one without code.
type Parsed = Option<(Tree, Work)>;

/// What to do with a tree that the grammar does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errors {
    Kept,
    Refused,
}

/// The tree of every item that holds code, and what it took; `None` as soon as one has errors that are refused.
fn trees(
    language: Language,
    items: &[Item],
    alone: &[Alone<'_>],
    n_bytes: usize,
    errors: Errors,
) -> Result<Option<Vec<Parsed>>, String> {
    let mut work = Work::default();
    let mut trees = Vec::with_capacity(items.len());
    for (item, alone) in items.iter().zip(alone) {
        let parsed = item.has_code.then(|| parse(language, &alone.text)).transpose()?;
        if let Some((tree, part)) = &parsed {
            work.add(*part, n_bytes)?;
            if errors == Errors::Refused && tree.root_node().has_error() {
                return Ok(None);
            }
        }
        trees.push(parsed);
    }
    Ok(Some(trees))
}

/// What stands around the members of an item.
#[derive(Default, Clone)]
struct Around<'t> {
    owner: Option<Option<&'t str>>,
    modules: Vec<&'t str>,
}

impl<'t> Around<'t> {
    fn inside(outer: Option<&Around<'t>>, opener: &Found<'t>) -> Around<'t> {
        let mut around = outer.cloned().unwrap_or_default();
        around.owner = opener.opened_type.or(around.owner);
        around.modules.extend(opener.opened_module);
        around
    }
}

fn place<'t>(item: &Item, alone: &Alone<'_>, outer: Option<&Around<'t>>) -> Place<'t> {
    Place {
        start: alone.start,
        end: alone.end,
        owner: outer.and_then(|outer| outer.owner),
        modules: outer.map(|outer| outer.modules.clone()).unwrap_or_default(),
        is_member: item.parent.is_some(),
        n_head_lines: alone.n_head_lines,
        lines_before: item.first_line,
    }
}

/// The grammar for `path`.
pub(super) fn language_of(path: &str) -> Result<Language, String> {
    Language::of_path(path).ok_or_else(|| "is in a language without a grammar here".to_owned())
}

/// # Errors
/// The limit that the text breaks.
pub(super) fn check_limits(text: &[u8]) -> Result<(), String> {
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

/// The text without its byte order mark, broken bytes replaced.
pub(super) fn as_text(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))
}

fn function(scope: Scope, lines_before: usize) -> Function {
    let lines_before = u32::try_from(lines_before).unwrap_or(u32::MAX);
    Function {
        name: scope.name,
        start_line: scope.start_line.saturating_add(lines_before),
        end_line: scope.end_line.saturating_add(lines_before),
        cyclomatic: scope.cyclomatic,
        cognitive: scope.cognitive,
        n_parameters: scope.n_parameters,
    }
}
