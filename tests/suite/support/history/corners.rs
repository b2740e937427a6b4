//! Which histories go wrong most easily?
//!
//! One function a corner: each gives the commits of a branch, or of a change on top of [`tiny`].

use super::{Commit, commit};

/// Three commits over two files: too little to learn from.
pub fn tiny() -> Vec<Commit> {
    vec![
        commit("Add the parser").write("src/parser.py", PARSER),
        commit("Add the command line").by("Hubot").write("src/main.py", "from parser import parse\n\nparse('1 + 1')\n"),
        commit("Say how to use it").write("README.md", "# Calculator\n\n    python src/main.py\n"),
    ]
}

/// The only commit there is.
pub fn first_commit() -> Vec<Commit> {
    vec![commit("Begin").write("src/parser.py", PARSER)]
}

/// An edit in the middle of one file of [`tiny`].
pub fn small_edit() -> Vec<Commit> {
    vec![commit("Accept spaces").write("src/parser.py", PARSER.replace("text[0]", "text.strip()[0]"))]
}

/// A file moved with a changed line, and one moved as it is.
pub fn renames() -> Vec<Commit> {
    vec![
        commit("Move the sources").rename("src/parser.py", "calculator/parser.py").rename("README.md", "docs/index.md"),
        commit("Name the module").write("calculator/parser.py", PARSER.replace("def parse", "def parse_expression")),
    ]
}

/// A file removed and nothing else.
pub fn deletion() -> Vec<Commit> {
    vec![commit("Drop the command line").delete("src/main.py")]
}

/// An image beside a changed source file.
pub fn binary() -> Vec<Commit> {
    let image: Vec<u8> = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0, 255, 0, 1, 2, 3]].concat();
    vec![commit("Draw a logo").write("logo.png", image).write("src/parser.py", format!("# drawn\n{PARSER}"))]
}

/// A generated file far beyond what anyone reads: 60,000 lines, 3 MB.
pub fn huge_file() -> Vec<Commit> {
    let table: String = (0..60_000).map(|row| format!("    ({row}, 'a row of a generated table'),\n")).collect();
    vec![commit("Generate the table").write("src/table.py", format!("ROWS = [\n{table}]\n"))]
}

/// A path that is Latin-1 and not UTF-8 (`src/caf\xe9.py`), beside one with a quote, a space and a tab in it.
pub fn strange_paths() -> Vec<Commit> {
    vec![
        commit("Serve coffee")
            .write(b"src/caf\xe9.py", "def coffee():\n    return 1\n")
            .write("src/a \"quoted\"\tname.py", "def quoted():\n    return 2\n"),
    ]
}

/// A source file with bytes that are not UTF-8, and one with Windows line ends.
pub fn strange_contents() -> Vec<Commit> {
    vec![
        commit("Paste from elsewhere")
            .write("src/latin.py", b"# caf\xe9\ndef coffee():\n    return 'caf\xe9'\n")
            .write("src/windows.py", "def a():\r\n    return 1\r\n"),
    ]
}

/// A merge of `revision` whose own content keeps the parser and adds a line to it: the head of a change that took
/// the base branch in.
pub fn merge_of(revision: &str) -> Vec<Commit> {
    vec![commit("Merge the base branch").merging(revision).write("src/parser.py", format!("# merged\n{PARSER}"))]
}

/// `n` files in one commit.
pub fn many_files(n: usize) -> Vec<Commit> {
    let write =
        |commit: Commit, i| commit.write(format!("src/many/file_{i:05}.py"), format!("def f{i}():\n    return {i}\n"));
    vec![(0..n).fold(commit("Add many files"), write)]
}

/// A source file with functions, branches and a loop.
pub const PARSER: &str = "\
import re

NUMBER = re.compile(r'[0-9]+')


def parse(text):
    if not text:
        return None
    total = 0
    for part in text.split('+'):
        total += number(part)
    return total


def number(text):
    if text[0] == '-':
        return -number(text[1:])
    found = NUMBER.match(text)
    if found is None:
        raise ValueError(text)
    return int(found.group())
";
