//! What does one source file say about itself?
//!
//! In: a path and its text. Out: [`FileFacts`]: metrics, functions, imports, and which lines carry code. Parsed with
//! tree-sitter, never executed; every reader has limits on size, depth and time, and says what it passed over.
//!
//! The walk through it: [`read()`] checks limits, `items` cuts the text into functions and the like, `parse` makes a
//! tree of each, `walk` goes over it once and asks `grammar` what each node means, `measure` adds the items up; `lines`
//! tells code from comment without a grammar. [`Versions`] does the same for many versions of a file, and keeps its
//! items. The card beside this file says how each number is defined.

mod alone;
mod calls;
mod clones;
#[cfg(test)]
mod cognitive_cases;
mod comment_syntax;
mod complexity;
pub mod coverage;
mod debt;
mod duplication;
mod facts;
mod fault;
mod file_kind;
mod grammar;
mod halstead;
mod imports;
mod inheritance;
mod items;
mod language;
mod libraries;
mod lines;
pub mod manifests;
mod measure;
mod names;
mod parse;
mod read;
mod recursion;
mod smells;
#[cfg(test)]
mod tests;
mod tokens;
#[cfg(test)]
mod version_tests;
mod versions;
mod walk;
mod xml;

pub use clones::{ClonePart, Clones, CodeClone, FileClones, clones};
pub use debt::DEVELOPMENT_MINUTES_PER_LINE;
pub use facts::{Call, FileFacts, Function, Import, Language, Metrics};
pub use fault::Fault;
pub use file_kind::{FileKind, file_kind, is_source};
pub use libraries::KnownLibraries;
pub use lines::{code_lines, token_lines};
pub use read::{MAX_FILE_BYTES, MAX_LINE_BYTES, enclosing_function, read};
pub use tokens::{Token, TokenKind, tokens};
pub use versions::Versions;
