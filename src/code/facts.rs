//! What is known of a file once it has been read?

use super::KnownLibraries;
use serde::{Deserialize, Serialize};

/// A language with a grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Language {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Java,
    C,
    Cpp,
    CSharp,
    Ruby,
    Php,
    Kotlin,
}

/// Everything read from one version of one file. Depends on path and text alone, so it is cached by content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Which grammar read it.
    pub language: Language,
    /// Numbers for the whole file.
    pub metrics: Metrics,
    /// Functions and methods in order of their first line; closures belong to the function around them.
    pub functions: Vec<Function>,
    /// What it imports, as written.
    pub imports: Vec<Import>,
    /// Package or namespace it declares (Java, Kotlin and Go `package`, the first `namespace` of C# and PHP), if any.
    pub package: Option<String>,
    /// Names it declares at top level, sorted and unique: types (Java), everything (Go, Rust, Kotlin), types and
    /// functions with their namespace (`A.B.C` in C#, `A\B\C` in PHP), types with the ones around them (`A::B` in Ruby);
    /// empty elsewhere.
    pub declared_types: Vec<String>,
    /// Names it mentions that other files may declare, sorted and unique: types (Java, C#, Ruby, Kotlin, with the
    /// functions it calls), everything (Go, PHP); paths as written, `a.b.C`, where they may name a type; empty
    /// elsewhere.
    pub mentioned_types: Vec<String>,
    /// What its functions call, by name: unique, in order of function and name.
    pub calls: Vec<Call>,
    /// Whether the parser met text it could not place.
    pub has_parse_errors: bool,
}

/// Numbers of one file. Units are in the names; a metric that its language has no notion of is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Lines that carry code.
    pub lines_of_code: u32,
    /// Lines that carry a comment.
    pub comment_lines: u32,
    /// All lines.
    pub lines: u32,
    /// McCabe's number summed over functions, plus 1 for code outside them (McCabe, 1976).
    pub cyclomatic: u32,
    /// Cognitive complexity summed over functions (Campbell, SonarSource, 2018).
    pub cognitive: u32,
    /// Largest cyclomatic number of one function.
    pub cyclomatic_max: u32,
    /// Deepest nesting of control structures.
    pub nesting_max: u32,
    /// Mean lines of a function, from its first to its last line; `None` without functions.
    pub function_length_avg: Option<f32>,
    /// Halstead volume in bits (Halstead, 1977).
    pub halstead_volume: f32,
    /// Maintainability index, 0 to 100 (the rescaled form used by Visual Studio); `None` for an empty file.
    pub maintainability_index: Option<f32>,
    /// Distinct other types and modules the file names in its imports.
    pub class_coupling: u32,
    /// Most base types above one class within this file's text; `None` in languages without inheritance.
    pub inheritance_depth: Option<u32>,
    /// Smells by the list in `docs/code-smells.md`: long function, deep nesting, many parameters, complex function, ...
    pub code_smells: u32,
    /// Minutes it would take to remove them (SQALE; `docs/code-smells.md`).
    pub debt_minutes: f32,
    /// Share of code lines that stand in repeated blocks inside the file, 0 to 1.
    pub duplication_ratio: f32,
    /// Well-known libraries among the imports.
    pub libraries: KnownLibraries,
}

/// One function or method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its name, with the type it belongs to where the text says so: `Parser::next`.
    pub name: String,
    /// First line, from 1.
    pub start_line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// McCabe's number.
    pub cyclomatic: u32,
    /// Cognitive complexity.
    pub cognitive: u32,
    /// Parameters.
    pub n_parameters: u32,
}

/// A name that a function calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Call {
    /// The calling function's place in [`FileFacts::functions`], innermost; `None` for code outside functions.
    pub function: Option<u32>,
    /// The last part of what is called: `next` of `self.parser.next()`; the type's name where an object is made.
    pub name: String,
    /// Whether it is called on something: `x.next()`, `x->next()`.
    pub is_method: bool,
}

/// One import as the language writes it, to be resolved by `graph`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Import {
    /// The target in a plain normal form: Rust `crate::a::b` (`mod a` for a module declaration), Python `pkg.mod` or
    /// `..mod`, JavaScript `./x`, Go `example.com/m/pkg`, Java and Kotlin `a.b.C` or `a.b.*`, C `"dir/x.h"` with its
    /// quotes or angle brackets, C# `A.B.*`, PHP `A\B\C` or `"./x.php"`, Ruby `x/y` or `./x`.
    pub target: String,
    /// Names taken from the target (Python `from x import a, b`, Rust leaf names, Go `x.A`), for targets that may be
    /// modules; `*` for all of them.
    pub names: Vec<String>,
    /// Line, from 1.
    pub line: u32,
}
