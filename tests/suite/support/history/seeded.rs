//! What history lets a model find something?
//!
//! Twenty Python and Rust files over two years. Every feature rewrites one function of one file; in the four fragile
//! files most of those are followed within weeks by a fix of the very lines, in the others hardly any. So which file is
//! touched says how soon a fix comes, as in real projects, and SZZ finds the commit to blame. Made from a fixed seed:
//! the same object names every time. What is learned from it says nothing about real repositories.

use super::{BEGINNING, Commit, commit};
use std::collections::BTreeMap;

/// Features written in [`seeded`]. With their fixes and the other commits it makes about 600.
const N_FEATURES: u32 = 480;
/// Functions that a feature may rewrite, in every file.
const N_FUNCTIONS: u32 = 6;
/// Mean time between features: 1.5 days.
const STEP_SECONDS: i64 = 130_000;
const DAY_SECONDS: i64 = 86_400;

/// Files whose changes mostly need a fix.
pub const FRAGILE: [&str; 4] = ["engine/scheduler.py", "engine/cache.py", "core/src/lexer.rs", "core/src/wire.rs"];

/// Files whose changes hardly ever need a fix.
pub const STEADY: [&str; 16] = [
    "engine/__init__.py",
    "engine/colors.py",
    "engine/config.py",
    "engine/dates.py",
    "engine/labels.py",
    "engine/paths.py",
    "engine/report.py",
    "engine/units.py",
    "core/src/lib.rs",
    "core/src/ast.rs",
    "core/src/error.rs",
    "core/src/names.rs",
    "core/src/options.rs",
    "core/src/span.rs",
    "core/src/table.rs",
    "core/src/version.rs",
];

const PEOPLE: [&str; 5] = ["Mona", "Hubot", "Ada Byron", "Grace Hill", "Linus Berg"];

/// About 600 commits over 20 files in which fragile files keep needing fixes.
pub fn seeded() -> Vec<Commit> {
    let mut tree = Tree::default();
    plans().iter().filter_map(|plan| plan.commit(&mut tree)).collect()
}

/// A change on top of [`seeded`] that rewrites one function of `path`: `version` makes it differ from others.
pub fn rewrite_one_function(path: &str, version: u32) -> Commit {
    let mut tree = Tree::default();
    for plan in plans() {
        plan.commit(&mut tree);
    }
    tree.functions.insert((path.to_owned(), 2), Function { version: 10_000 + version, is_fixed: false });
    commit(format!("Rework step 2 of {path}")).write(path, tree.text(path))
}

fn plans() -> Vec<Plan> {
    let mut chance = Chance(0x5eed_cafe_f00d_0001);
    let mut planned = vec![Plan { at: BEGINNING, author: PEOPLE[0], what: What::Begin }];
    for step in 1..=N_FEATURES {
        plan_feature(&mut planned, &mut chance, step);
    }
    planned.sort_by_key(|plan| plan.at);
    planned
}

/// What is to happen when. Features and the fixes after them interleave, so contents are only known once sorted.
struct Plan {
    at: i64,
    author: &'static str,
    what: What,
}

enum What {
    Begin,
    Feature { path: &'static str, function: u32, version: u32 },
    Fix { path: &'static str, function: u32, version: u32 },
    Document { version: u32 },
}

fn plan_feature(planned: &mut Vec<Plan>, chance: &mut Chance, step: u32) {
    let at = BEGINNING + i64::from(step) * STEP_SECONDS + i64::from(chance.below(40_000));
    let author = PEOPLE[chance.below(5) as usize];
    let is_fragile = chance.below(100) < 30;
    let path = if is_fragile { FRAGILE[chance.below(4) as usize] } else { STEADY[chance.below(16) as usize] };
    let function = chance.below(N_FUNCTIONS);
    planned.push(Plan { at, author, what: What::Feature { path, function, version: step } });
    if chance.below(100) < if is_fragile { 70 } else { 4 } {
        let days = i64::from(2 + chance.below(16));
        let author = PEOPLE[chance.below(5) as usize];
        planned.push(Plan { at: at + days * DAY_SECONDS, author, what: What::Fix { path, function, version: step } });
    }
    if step.is_multiple_of(20) {
        planned.push(Plan { at: at + 7_200, author, what: What::Document { version: step } });
    }
}

impl Plan {
    /// `None` for a fix that an earlier one made needless.
    fn commit(&self, tree: &mut Tree) -> Option<Commit> {
        let made = match self.what {
            What::Begin => begin(tree),
            What::Feature { path, function, version } => {
                tree.functions.insert((path.to_owned(), function), Function { version, is_fixed: false });
                commit(format!("Teach {} step {function} about case {version}", stem(path)))
                    .write(path, tree.text(path))
            }
            What::Fix { path, function, version } => {
                tree.fix(path, function)?;
                commit(format!("Fix crash in {} step {function}\n\nFixes #{version}", stem(path)))
                    .write(path, tree.text(path))
            }
            What::Document { version } => {
                commit("Describe the latest cases").write("docs/cases.md", format!("# Cases\n\nUp to {version}.\n"))
            }
        };
        Some(made.by(self.author).at(self.at))
    }
}

fn begin(tree: &Tree) -> Commit {
    let begin = commit("Begin the engine").write("README.md", "# Engine\n\nSchedules and parses.\n");
    FRAGILE.iter().chain(&STEADY).fold(begin, |commit, path| commit.write(path, tree.text(path)))
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

/// The text of every file, as one function version each.
#[derive(Default)]
struct Tree {
    functions: BTreeMap<(String, u32), Function>,
}

#[derive(Clone, Copy, Default)]
struct Function {
    version: u32,
    is_fixed: bool,
}

impl Tree {
    /// Repairs a function as it stands: a later feature may have rewritten it since the fix was planned.
    fn fix(&mut self, path: &str, function: u32) -> Option<()> {
        let entry = self.functions.entry((path.to_owned(), function)).or_default();
        let was_fixed = std::mem::replace(&mut entry.is_fixed, true);
        (!was_fixed).then_some(())
    }

    fn text(&self, path: &str) -> String {
        let write = if path.ends_with(".rs") { rust_function } else { python_function };
        let functions = (0..N_FUNCTIONS).map(|i| {
            let function = self.functions.get(&(path.to_owned(), i)).copied().unwrap_or_default();
            write(i, function, FRAGILE.contains(&path))
        });
        format!("{}{}", header(path), functions.collect::<String>())
    }
}

fn header(path: &str) -> &'static str {
    match path {
        "engine/scheduler.py" | "engine/report.py" => "from engine import cache, config, dates\n\n\n",
        "engine/cache.py" => "from engine import config, paths\n\n\n",
        "core/src/lib.rs" => "pub mod ast;\npub mod error;\npub mod lexer;\npub mod span;\npub mod wire;\n\n",
        "core/src/lexer.rs" | "core/src/wire.rs" => "use crate::error::step_1;\nuse crate::span::step_0;\n\n",
        _ => "",
    }
}

fn python_function(i: u32, function: Function, is_long: bool) -> String {
    let Function { version, is_fixed } = function;
    let guard =
        if is_fixed { "if value is None or not items:\n        return 0" } else { "if value == 0:\n        return 1" };
    let branches: String = (0..if is_long { 5 } else { 1 })
        .map(|b| format!("        if item % {} == 0 and value > {b}:\n            total += item * {version}\n", b + 2))
        .collect();
    format!(
        "def step_{i}(value, items):\n    # case {version}\n    {guard}\n    total = {version}\n    for item in items:\n{branches}        total += item\n    return total\n\n\n"
    )
}

fn rust_function(i: u32, function: Function, is_long: bool) -> String {
    let Function { version, is_fixed } = function;
    let guard = if is_fixed {
        "if items.is_empty() || value < 0 {\n        return 0;"
    } else {
        "if value == 0 {\n        return 1;"
    };
    let branches: String = (0..if is_long { 5 } else { 1 })
        .map(|b| {
            format!(
                "        if item % {} == 0 && value > {b} {{\n            total += item * {version};\n        }}\n",
                b + 2
            )
        })
        .collect();
    format!(
        "pub fn step_{i}(value: i64, items: &[i64]) -> i64 {{\n    // case {version}\n    {guard}\n    }}\n    let mut total = {version};\n    for item in items {{\n{branches}        total += item;\n    }}\n    total\n}}\n\n"
    )
}

/// Seeded numbers (xorshift64), so that no history depends on luck.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 32) % u64::from(limit)) as u32
    }
}
