//! Do the rooms keep their one direction?
//!
//! In: the sources under `src`. Out: every path that runs against the direction, every pure room that reaches for the
//! outside, every file without its first words. Reads tokens, not lines: comments and texts may mention any room.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The one direction. Rooms on the same step do not see each other.
const STEPS: &[&[&str]] = &[
    &["domain"],
    &["code"],
    &["history"],
    &["graph"],
    &["features"],
    &["models"],
    &["review"],
    &["config"],
    &["git", "github", "registry", "store"],
    &["pipeline"],
    &["jobs"],
    &["http"],
    &["cli"],
];

/// The models that do not see each other; `meta_learner` sees them all.
const BASE_MODELS: &[&str] = &["risk", "anomaly", "bug_forecast", "impact"];

/// From `domain` to here nothing touches the disk, the network, the clock, the environment or chance.
const LAST_PURE_ROOM: &str = "review";

/// Modules of the standard library that reach outside.
const OUTSIDE_STD: &[&str] = &["env", "fs", "net", "os", "process"];

/// The only room that reads environment variables.
const ENVIRONMENT_ROOM: &str = "config";

/// What reads them.
const ENVIRONMENT_READERS: &[&str] = &["var", "var_os", "vars", "vars_os"];

/// Clocks, wherever they are taken from.
const CLOCKS: &[&str] = &["Instant", "SystemTime"];

/// Crates that reach outside, or bring chance or a runtime.
const OUTSIDE_CRATES: &[&str] = &[
    "axum",
    "fastrand",
    "getrandom",
    "git2",
    "hyper",
    "hyper_util",
    "octocrab",
    "rand",
    "reqwest",
    "sqlx",
    "tempfile",
    "tokio",
    "uuid",
];

#[test]
fn no_room_uses_a_later_one_and_pure_rooms_stay_pure() {
    let sources = sources();
    assert!(sources.len() > STEPS.len(), "the sources were found");
    let violations: Vec<_> = sources.iter().flat_map(|(path, text)| violations(path, text)).collect();
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn every_folder_is_a_room_and_every_room_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = fs::read_dir(root).unwrap().map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_dir());
    let found: BTreeSet<_> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    let expected: BTreeSet<_> = STEPS.iter().flat_map(|step| step.iter()).map(|&room| room.to_owned()).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_file_opens_with_its_question() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "files that do not open with `//! `: {silent:#?}");
}

#[test]
fn a_planted_violation_is_found() {
    for (path, text, expected) in [
        ("review/a.rs", "use crate::store::Store;", "src/review/a.rs:1: `review` uses `store`"),
        ("git/mod.rs", "\nuse crate::{domain::Log, github};", "src/git/mod.rs:2: `git` uses `github`"),
        ("code/a.rs", "fn f() { crate::history::past() }", "src/code/a.rs:1: `code` uses `history`"),
        ("code/mod.rs", "use super::graph::Edge;", "src/code/mod.rs:1: `code` uses `graph`"),
        ("code/a/b.rs", "use super::super::super::http;", "src/code/a/b.rs:1: `code` uses `http`"),
        ("code/a.rs", "mod inner { use super::super::super::cli; }", "src/code/a.rs:1: `code` uses `cli`"),
        ("code/a.rs", "#[cfg(test)] mod tests { use crate::git; }", "src/code/a.rs:1: `code` uses `git`"),
        ("code/a.rs", "use crate::*;", "src/code/a.rs:1: `code` uses the whole crate"),
        ("code/a.rs", "use crate as all;", "src/code/a.rs:1: `code` uses the whole crate"),
        ("code/a.rs", "use hyperion::cli;", "src/code/a.rs:1: `code` uses `hyperion`"),
        ("domain/a.rs", "use std::{fmt, fs::File};", "src/domain/a.rs:1: `domain` is pure and uses `std::fs`"),
        ("models/a.rs", "let t = std::time::Instant::now();", "src/models/a.rs:1: `models` is pure and uses `Instant`"),
        (
            "http/a.rs",
            "fn f() { std::env::var(\"X\") }",
            "src/http/a.rs:1: `http` reads the environment, which is for `config`",
        ),
        (
            "git/a.rs",
            "use std::env; fn f() { env::vars_os() }",
            "src/git/a.rs:1: `git` reads the environment, which is for `config`",
        ),
        ("cli/a.rs", "#[arg(long, env = \"X\")]", "src/cli/a.rs:1: `cli` reads the environment, which is for `config`"),
        ("graph/a.rs", "use tokio::sync::Mutex;", "src/graph/a.rs:1: `graph` is pure and uses `tokio`"),
        ("models/a.rs", "let x: f64 = rand::random();", "src/models/a.rs:1: `models` is pure and uses `rand`"),
        (
            "models/risk/a.rs",
            "use crate::models::impact::X;",
            "src/models/risk/a.rs:1: `models::risk` uses `models::impact`",
        ),
        (
            "models/risk/mod.rs",
            "use super::{answer, anomaly};",
            "src/models/risk/mod.rs:1: `models::risk` uses `models::anomaly`",
        ),
        ("models/impact.rs", "use super::risk::Row;", "src/models/impact.rs:1: `models::impact` uses `models::risk`"),
    ] {
        assert_eq!(violations(Path::new(path), text), [expected], "{text}");
    }
}

#[test]
fn what_is_allowed_is_not_reported() {
    for (path, text) in [
        ("review/a.rs", "use crate::{domain::{Log, Diff}, models::answer};"),
        ("review/a.rs", "// use crate::store;\n/* crate::http */ let s = \"crate::cli\"; let r = r#\"crate::cli\"#;"),
        ("review/a.rs", "/// See [`crate::store`].\nfn f<'a>(x: &'a str) -> char { '\\'' }"),
        ("review/findings/a.rs", "use super::super::Review; pub(in crate::review) fn f() {}"),
        ("cli/a.rs", "use crate::{domain, http, git, store}; use std::fs;"),
        ("cli/a.rs", "use std::env; fn f() { let env = std::env::temp_dir(); }"),
        ("config/environment.rs", "fn f() { std::env::vars_os() }"),
        ("store/a.rs", "#[cfg(test)] mod tests { fn f() { std::env::var(\"X\") } }"),
        ("models/meta_learner/mod.rs", "use super::{risk, impact};"),
        ("models/risk/mod.rs", "use super::answer::RiskAnswer; use crate::models::dataset;"),
        ("code/a.rs", "#[cfg(test)]\nmod tests { fn f() { std::fs::read(\"x\"); } }"),
        ("code/a.rs", "#[cfg(test)]\nmod tests;\nfn f() { let environment = env!(\"X\"); }"),
        ("code/tests.rs", "use std::fs;"),
        ("lib.rs", "pub mod cli;"),
        ("main.rs", "use hyperion::cli;"),
    ] {
        assert_eq!(violations(Path::new(path), text), Vec::<String>::new(), "{text}");
    }
}

/// Every source file with its path below `src`.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    sources.sort();
    sources
}

/// Everything in one file that runs against the rules, as sentences with its place.
fn violations(path: &Path, text: &str) -> Vec<String> {
    let module = module_of(path);
    let Some(room) = module.first() else { return Vec::new() };
    let file = Reading { room, is_test: is_test_file(&module), module: &module };
    let place = |line: u32| format!("src/{}:{line}: ", path.display());
    file.violations(&tokens(text)).into_iter().map(|(line, sentence)| place(line) + &sentence).collect()
}

/// `review/findings/mod.rs` is `[review, findings]`; `lib.rs` and `main.rs` are in no room.
fn module_of(path: &Path) -> Vec<String> {
    let text = path.with_extension("").to_string_lossy().replace('\\', "/");
    let mut parts: Vec<String> = text.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    if parts == ["lib"] || parts == ["main"] { Vec::new() } else { parts }
}

/// Files that `#[cfg(test)] mod …;` brings in are named after what they hold.
fn is_test_file(module: &[String]) -> bool {
    module.iter().any(|part| part == "tests" || part == "scenarios" || part.starts_with("test_"))
}

struct Reading<'a> {
    room: &'a str,
    is_test: bool,
    module: &'a [String],
}

/// A module written inside the file: how deep its braces are, and whether it is compiled for tests alone.
struct Inner {
    depth: usize,
    is_test: bool,
}

impl Reading<'_> {
    fn violations(&self, tokens: &[Token]) -> Vec<(u32, String)> {
        let mut found = Vec::new();
        let mut inner: Vec<Inner> = Vec::new();
        let mut depth = 0;
        let mut index = 0;
        while index < tokens.len() {
            match &tokens[index].kind {
                Kind::Punct('{') => depth += 1,
                Kind::Punct('}') => {
                    depth -= 1;
                    inner.pop_if(|module| module.depth > depth);
                }
                Kind::Word(word) if word == "mod" && opens_module(&tokens[index..]) => {
                    inner.push(Inner { depth: depth + 1, is_test: follows_cfg_test(&tokens[..index]) });
                }
                // The argument parser reads the environment where an attribute says `env = "…"`.
                Kind::Word(word) if word == "env" && is_in_attribute(&tokens[..index]) => {
                    let path = ["env".to_owned(), "var".to_owned()];
                    let said = self.judge(&path, inner.len(), self.is_test);
                    found.extend(said.map(|sentence| (tokens[index].line, sentence)));
                }
                Kind::Word(_) if !continues_path(&tokens[..index]) => {
                    let (paths, end) = paths_from(tokens, index);
                    let is_test = self.is_test || inner.iter().any(|module| module.is_test);
                    for path in paths {
                        let said = self.judge(&path, inner.len(), is_test);
                        found.extend(said.map(|sentence| (tokens[index].line, sentence)));
                    }
                    // Braces of a use group are inside the path.
                    index = end;
                    continue;
                }
                _ => {}
            }
            index += 1;
        }
        found
    }

    /// What is wrong with one path, if anything.
    fn judge(&self, path: &[String], n_inner: usize, is_test: bool) -> Option<String> {
        let first = path.first()?.as_str();
        match first {
            "crate" => self.judge_absolute(&path[1..]),
            "super" => {
                let n_up = path.iter().take_while(|part| *part == "super").count();
                let n_kept = (self.module.len() + n_inner).checked_sub(n_up)?;
                // Inner modules have no name here: whatever stays inside the file stays inside the room.
                let kept = self.module.get(..n_kept)?;
                let absolute: Vec<String> = kept.iter().chain(&path[n_up..]).cloned().collect();
                self.judge_absolute(&absolute)
            }
            "hyperion" if path.len() > 1 => Some(format!("`{}` uses `hyperion`", self.room)),
            _ if is_test => None,
            _ if reads_environment(path) && self.room != ENVIRONMENT_ROOM => {
                Some(format!("`{}` reads the environment, which is for `{ENVIRONMENT_ROOM}`", self.room))
            }
            _ if !is_pure(self.room) => None,
            _ => outside(path).map(|what| format!("`{}` is pure and uses `{what}`", self.room)),
        }
    }

    fn judge_absolute(&self, path: &[String]) -> Option<String> {
        let used = match path.first().map(String::as_str) {
            None | Some("*" | "as") => return Some(format!("`{}` uses the whole crate", self.room)),
            Some(used) => used,
        };
        let (own_step, used_step) = (step(self.room)?, step(used)?);
        if used != self.room && used_step >= own_step {
            return Some(format!("`{}` uses `{used}`", self.room));
        }
        let (own_model, used_model) = (self.module.get(1)?, path.get(1)?);
        let both_base = [own_model, used_model].iter().all(|model| BASE_MODELS.contains(&model.as_str()));
        let is_forbidden = self.room == "models" && used == "models" && both_base && own_model != used_model;
        is_forbidden.then(|| format!("`models::{own_model}` uses `models::{used_model}`"))
    }
}

fn step(room: &str) -> Option<usize> {
    STEPS.iter().position(|step| step.contains(&room))
}

fn is_pure(room: &str) -> bool {
    step(room) <= step(LAST_PURE_ROOM)
}

fn reads_environment(path: &[String]) -> bool {
    let is_reader = |part: &String| ENVIRONMENT_READERS.contains(&part.as_str());
    path.iter().any(|part| part == "env") && path.iter().any(is_reader)
}

/// What a pure room must not touch, where the path touches it.
fn outside(path: &[String]) -> Option<String> {
    let is_std = path[0] == "std";
    match path.get(1) {
        Some(module) if is_std && OUTSIDE_STD.contains(&module.as_str()) => return Some(format!("std::{module}")),
        Some(_) if OUTSIDE_CRATES.contains(&path[0].as_str()) => return Some(path[0].clone()),
        _ => {}
    }
    path.iter().find(|part| CLOCKS.contains(&part.as_str())).cloned()
}

/// `mod name {`.
fn opens_module(tokens: &[Token]) -> bool {
    matches!(tokens, [_, Token { kind: Kind::Word(_), .. }, Token { kind: Kind::Punct('{'), .. }, ..])
}

/// Whether the item that begins after these tokens carries `#[cfg(test)]`.
fn follows_cfg_test(before: &[Token]) -> bool {
    let texts: Vec<String> = before.iter().rev().take(24).map(|token| token.kind.text()).collect();
    let nearest: Vec<&str> = texts.iter().map(String::as_str).take_while(|&text| text != ";" && text != "}").collect();
    nearest.windows(4).any(|window| window == [")", "test", "(", "cfg"])
}

/// Whether the next word stands in `#[arg(…)]`.
fn is_in_attribute(before: &[Token]) -> bool {
    let texts: Vec<String> = before.iter().rev().take(60).map(|token| token.kind.text()).collect();
    let nearest: Vec<&str> = texts.iter().map(String::as_str).take_while(|&text| text != "]").collect();
    nearest.windows(4).any(|window| window == ["(", "arg", "[", "#"])
}

/// Whether the next word belongs to a path that has begun already, or names a field or a macro's variable.
fn continues_path(before: &[Token]) -> bool {
    let ends_with = |mark: &str| {
        let last: Vec<_> = before.iter().rev().take(mark.len()).map(|token| token.kind.text()).collect();
        last.len() == mark.len() && last.concat() == mark
    };
    ends_with("::") || ends_with(".")
}

/// All paths that begin with the word at `start`, groups expanded, and the index after them.
fn paths_from(tokens: &[Token], start: usize) -> (Vec<Vec<String>>, usize) {
    let mut path = vec![tokens[start].kind.text()];
    let mut index = start + 1;
    loop {
        let is_step = matches!(
            tokens.get(index..index + 2),
            Some([Token { kind: Kind::Punct(':'), .. }, Token { kind: Kind::Punct(':'), .. }])
        );
        if !is_step {
            break;
        }
        match tokens.get(index + 2).map(|token| &token.kind) {
            Some(Kind::Word(word)) => path.push(word.clone()),
            Some(Kind::Punct('*')) => path.push("*".to_owned()),
            Some(Kind::Punct('{')) => return group(tokens, index + 3, &path),
            _ => break,
        }
        index += 3;
    }
    if path == ["crate"] && matches!(tokens.get(index).map(|token| &token.kind), Some(Kind::Word(word)) if word == "as")
    {
        path.push("as".to_owned());
    }
    let is_bare_crate = path == ["crate"];
    // `pub(crate)` is a visibility and no path.
    (if is_bare_crate { vec![] } else { vec![path] }, index)
}

fn group(tokens: &[Token], start: usize, prefix: &[String]) -> (Vec<Vec<String>>, usize) {
    let mut paths = Vec::new();
    let mut index = start;
    while let Some(token) = tokens.get(index) {
        match &token.kind {
            Kind::Punct('}') => return (paths, index + 1),
            Kind::Word(word) if word == "as" => index += 2,
            Kind::Word(_) => {
                let (inner, end) = paths_from(tokens, index);
                let with_prefix = |path: Vec<String>| {
                    let path = path.into_iter().filter(|part| part != "self");
                    prefix.iter().cloned().chain(path).collect()
                };
                paths.extend(inner.into_iter().map(with_prefix));
                index = end;
            }
            Kind::Punct('*') => {
                paths.push(prefix.iter().cloned().chain(["*".to_owned()]).collect());
                index += 1;
            }
            Kind::Punct(_) => index += 1,
        }
    }
    (paths, index)
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    line: u32,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Word(String),
    Punct(char),
}

impl Kind {
    fn text(&self) -> String {
        match self {
            Kind::Word(word) => word.clone(),
            Kind::Punct(c) => c.to_string(),
        }
    }
}

/// Words and punctuation of a source text; comments, texts and characters are left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < chars.len() {
        let end = match chars[index] {
            '/' if chars.get(index + 1) == Some(&'/') => find(&chars, index, |rest| rest[0] == '\n'),
            '/' if chars.get(index + 1) == Some(&'*') => block_comment(&chars, index),
            '"' => quoted(&chars, index),
            'r' if is_raw_text(&chars, index) => raw_text(&chars, index),
            '\'' => character_or_lifetime(&chars, index),
            c if c.is_alphabetic() || c == '_' => {
                let end = find(&chars, index, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'));
                tokens.push(Token { line, kind: Kind::Word(chars[index..end].iter().collect()) });
                end
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token { line, kind: Kind::Punct(c) });
                }
                index + 1
            }
        };
        line += chars[index..end.min(chars.len())].iter().filter(|&&c| c == '\n').count() as u32;
        index = end;
    }
    tokens
}

/// The first index from `start` on at which the rest satisfies `is_end`, or the end of the text.
fn find(chars: &[char], start: usize, is_end: impl Fn(&[char]) -> bool) -> usize {
    (start..chars.len()).find(|&index| is_end(&chars[index..])).unwrap_or(chars.len())
}

fn block_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut index = start;
    while index < chars.len() {
        match chars[index..] {
            ['/', '*', ..] => (depth, index) = (depth + 1, index + 2),
            ['*', '/', ..] if depth == 1 => return index + 2,
            ['*', '/', ..] => (depth, index) = (depth - 1, index + 2),
            _ => index += 1,
        }
    }
    index
}

fn quoted(chars: &[char], start: usize) -> usize {
    let mut index = start + 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

/// `r"…"` and `r#"…"#`, but not a word that ends in `r` and not `r#name`.
fn is_raw_text(chars: &[char], index: usize) -> bool {
    let is_word_before = index > 0 && (chars[index - 1].is_alphanumeric() || chars[index - 1] == '_');
    let is_byte_text = index > 0 && chars[index - 1] == 'b';
    let after = find(chars, index + 1, |rest| rest[0] != '#');
    (!is_word_before || is_byte_text) && chars.get(after) == Some(&'"')
}

fn raw_text(chars: &[char], start: usize) -> usize {
    let open = find(chars, start + 1, |rest| rest[0] == '"');
    let n_marks = open - start - 1;
    let is_end =
        |rest: &[char]| rest[0] == '"' && rest[1..].iter().take(n_marks).filter(|&&c| c == '#').count() == n_marks;
    find(chars, open + 1, is_end) + 1 + n_marks
}

fn character_or_lifetime(chars: &[char], start: usize) -> usize {
    match chars[start + 1..] {
        ['\\', ..] => find(chars, start + 3, |rest| rest[0] == '\'') + 1,
        [_, '\'', ..] => start + 3,
        _ => start + 1,
    }
}
