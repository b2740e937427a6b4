//! Where does one item of a file end and the next begin?
//!
//! In: a language and a file's text. Out: [`Item`]s that follow each other without a gap: functions, methods, runs of
//! declarations, the heads and ends of types, lines of the preprocessor. Each is parsed and measured by itself, so that
//! a version of a file costs what changed in it.
//!
//! Where an item ends depends on its own text and on the first words after it, never on what stands before. Cuts are
//! careful: a text that is not laid out as people do stays in one piece. Languages without a rule here are one item.

use super::Language;
use super::lines::{LineKind, Piece, Scanner, is_word};

/// Types inside each other that are taken apart; deeper ones are read as one item.
const MAX_CONTAINERS: usize = 16;

/// Bytes of a run of short declarations above which the next one begins an item of its own.
const MAX_RUN_BYTES: usize = 2_048;

/// Columns a tab reaches, as the Python language counts indentation.
const TAB_COLUMNS: usize = 8;

/// One piece of a file, whole lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its lines in [`Layout::lines`].
    pub(super) first_line: usize,
    pub(super) end_line: usize,
    pub(super) shape: Shape,
    /// The item whose type it is a member of.
    pub(super) parent: Option<usize>,
    /// Whether it holds more than comments and white space.
    pub(super) has_code: bool,
    /// Column of its head, in Python.
    indent_of_head: usize,
}

/// What an item is to the ones around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Complete.
    Plain,
    /// The head of a type or module, up to its opening bracket; members follow.
    Opens(&'static Container),
    /// Ends with the closing bracket of its parent.
    Closes,
    /// `#if`, `#ifdef`, `#ifndef`.
    If,
    /// `#else`, `#elif`.
    Else,
    /// `#endif`.
    EndIf,
}

/// How a member is read alone: with a head and an end in place of its parent's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Container {
    pub(super) head: &'static str,
    pub(super) end: &'static str,
}

/// A text taken apart.
pub(super) struct Layout {
    pub(super) items: Vec<Item>,
    pub(super) lines: Vec<LineKind>,
}

/// The items of `text`, in order. `path` tells the signs of comments.
pub(super) fn layout(language: Language, path: &str, text: &str) -> Layout {
    Splitter::new(language, path, text).run()
}

/// `text` as one item.
pub(super) fn in_one_piece(language: Language, path: &str, text: &str) -> Layout {
    let splitter = Splitter::new(language, path, text);
    Splitter { rule: Rule::Whole, ..splitter }.run()
}

/// How the items of a language are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Not at all.
    Whole,
    /// By brackets, semicolons and the words that begin an item.
    Brackets,
    /// By indentation.
    Indentation,
}

/// How far the head of an item has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// Nothing but modifiers.
    Modifiers,
    /// `@` of an annotation, whose name follows.
    Annotation,
    /// The parameters of a C++ template, with their depth of `<`.
    Template(usize),
    /// `extern`, perhaps of a linkage.
    Extern,
    /// The name of a type or module follows.
    Of(&'static Container),
    /// No type and no module.
    Other,
}

struct Splitter<'t> {
    language: Language,
    rule: Rule,
    scanner: Scanner<'t>,
    items: Vec<Item>,
    /// Items that opened a type and have not been closed; with the indentation of the members.
    open: Vec<(usize, Option<usize>)>,

    // The item that is being read.
    start: usize,
    first_line: usize,
    shape: Shape,
    head: Head,
    has_code: bool,
    has_body: bool,
    /// Column of its first code.
    indent: usize,
    /// Whether its newest code ends a statement.
    is_complete: bool,
    /// Where the next item begins if this one is complete: place and line.
    next: Option<(usize, usize)>,
    /// Depths of brackets at the open `#if`s.
    branches: Vec<usize>,
    /// Line of its newest code.
    code_line: usize,
    /// Newest code: its last byte, and the word it is, if any.
    last: u8,
    last_word: (usize, usize),

    line_start: usize,
}

impl<'t> Splitter<'t> {
    fn new(language: Language, path: &str, text: &'t str) -> Self {
        Splitter {
            language,
            rule: rule(language),
            scanner: Scanner::new(path, text.as_bytes()),
            items: Vec::new(),
            open: Vec::new(),
            start: 0,
            first_line: 0,
            shape: Shape::Plain,
            head: Head::Modifiers,
            has_code: false,
            has_body: false,
            indent: 0,
            is_complete: false,
            next: None,
            branches: Vec::new(),
            code_line: 0,
            last: b'\n',
            last_word: (0, 0),
            line_start: 0,
        }
    }

    fn run(mut self) -> Layout {
        // The interpreter's line was passed over as code.
        self.has_code = self.scanner.lines.first().is_some_and(|line| line.has_token);
        while let Some(&byte) = self.scanner.text.get(self.scanner.at) {
            match byte {
                b'\n' => self.end_line(),
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.scanner.at += 1,
                _ => self.piece(byte),
            }
        }
        let end = (self.scanner.text.len(), self.scanner.lines.len());
        // What looks like a comment may be none to the grammar: text around PHP.
        self.has_code |= self.rule == Rule::Whole;
        if self.start < end.0 {
            self.cut(end);
        }
        Layout { items: self.items, lines: self.scanner.lines }
    }

    fn end_line(&mut self) {
        self.scanner.end_line();
        self.line_start = self.scanner.at;
        if self.has_code && self.next.is_none() && self.rule != Rule::Indentation {
            self.next = Some(self.here());
        }
        match self.shape {
            Shape::Opens(_) | Shape::Closes => self.cut(self.here()),
            _ => {}
        }
    }

    /// The beginning of the line that is being read: place and number.
    fn here(&self) -> (usize, usize) {
        let is_at_end = self.line_start == self.scanner.text.len();
        (self.line_start, self.scanner.lines.len() - usize::from(!is_at_end))
    }

    fn piece(&mut self, byte: u8) {
        let kind = self.scanner.kind(byte);
        let is_first = self.is_first_on_line();
        if kind == Piece::Comment {
            if is_first && self.rule == Rule::Indentation {
                self.before_python_comment();
            }
            return self.read(kind, byte);
        }
        match self.rule {
            Rule::Whole => {}
            Rule::Brackets if is_first && byte == b'#' && self.has_preprocessor() => return self.directive(),
            Rule::Brackets => self.before_code(kind, byte, is_first),
            Rule::Indentation => {
                if is_first && self.before_python_line() {
                    return;
                }
            }
        }
        self.code(kind, byte);
    }

    /// Reads one piece, and finds the line it ends on.
    fn read(&mut self, kind: Piece, byte: u8) {
        let n_lines = self.scanner.lines.len();
        self.scanner.read(kind, byte);
        if self.scanner.lines.len() > n_lines {
            let read = &self.scanner.text[self.line_start..self.scanner.at];
            let feed = read.iter().rposition(|&byte| byte == b'\n');
            self.line_start += feed.map_or(0, |at| at + 1);
        }
    }

    /// Reads one piece of code and takes note of what it means to the item.
    fn code(&mut self, kind: Piece, byte: u8) {
        let (at, depth) = (self.scanner.at, self.scanner.depth);
        if !self.has_code {
            self.indent = self.column();
        }
        self.has_code = true;
        self.next = None;
        self.read(kind, byte);
        self.code_line = self.scanner.lines.len();
        if self.rule == Rule::Brackets && depth == 0 {
            self.read_head(kind, byte, at);
        }
        self.has_body |= byte == b'}' && kind == Piece::Sign;
        self.is_complete = kind == Piece::Sign && matches!(byte, b'}' | b';') && self.scanner.depth == 0;
        self.last = if kind == Piece::Text { b'"' } else { self.scanner.text[self.scanner.at - 1] };
        self.last_word = if kind == Piece::Word { (at, self.scanner.at) } else { (0, 0) };
    }

    // ---- brackets ----

    /// Ends the item before this code, if it is complete and this begins another.
    fn before_code(&mut self, kind: Piece, byte: u8, is_first: bool) {
        if self.scanner.depth > 0 {
            // Where the preprocessor chooses between brackets, the closing one in the item's own column ends it.
            let is_end = is_first && byte == b'}' && self.has_preprocessor() && self.column() == self.indent;
            if is_end {
                self.scanner.depth = 1;
            }
            return;
        }
        if byte == b'}' && kind == Piece::Sign && !self.open.is_empty() {
            if is_first && self.has_code {
                self.cut(self.next.unwrap_or(self.here()));
            }
            self.shape = Shape::Closes;
        } else if is_first && self.has_code && self.column() == self.indent && self.begins_item(kind, byte) {
            self.cut(self.next.unwrap_or(self.here()));
        }
    }

    fn begins_item(&self, kind: Piece, byte: u8) -> bool {
        let word = if kind == Piece::Word { self.word_here() } else { b"" };
        // Decorators stand before what they decorate.
        let is_only_decorated = matches!(self.head, Head::Modifiers | Head::Annotation);
        if begins_always(self.language, word) && self.can_be_over() && !is_only_decorated {
            return true;
        }
        let may_begin = match byte {
            b'#' | b'@' | b'~' => true,
            _ => kind == Piece::Word && !continues(word),
        };
        self.is_complete && may_begin && !self.continues_run()
    }

    /// Whether an expression may end with the newest code.
    fn can_be_over(&self) -> bool {
        let word = &self.scanner.text[self.last_word.0..self.last_word.1];
        let ends = is_word(self.last) || matches!(self.last, b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b';');
        ends && !wants_more(word)
    }

    /// Whether the next line is one more short declaration, and nothing parts it from the ones before.
    fn continues_run(&self) -> bool {
        let text = self.scanner.text;
        let line = text[self.line_start..].split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii_end();
        let is_short = line.ends_with(b";") && !line.contains(&b'{') && !line.contains(&b'}');
        !self.has_body && !self.has_gap() && is_short && self.line_start - self.start < MAX_RUN_BYTES
    }

    /// Whether lines without code stand between the newest code and this line.
    fn has_gap(&self) -> bool {
        self.scanner.lines.len() > self.code_line + 1
    }

    /// Follows the head of an item to the bracket that may open a type.
    fn read_head(&mut self, kind: Piece, byte: u8, at: usize) {
        let text = self.scanner.text;
        self.head = match (self.head, kind) {
            (Head::Other, _) => return,
            (Head::Template(depth), Piece::Sign) => match byte {
                b'<' => Head::Template(depth + 1),
                b'>' if depth <= 1 => Head::Modifiers,
                b'>' => Head::Template(depth - 1),
                _ => return,
            },
            (Head::Template(_), _) => return,
            (Head::Annotation, Piece::Word) => Head::Modifiers,
            (Head::Modifiers, Piece::Word) => head_word(self.language, &text[at..self.scanner.at]),
            (Head::Modifiers, Piece::Sign) => match byte {
                b'@' | b'.' => Head::Annotation,
                b'#' | b'!' | b'(' | b'[' => Head::Modifiers,
                _ => Head::Other,
            },
            (Head::Extern, Piece::Text) => Head::Of(&LINKAGE),
            (Head::Of(container), Piece::Sign) => match byte {
                b'{' => {
                    let is_taken_apart = self.rest_of_line_is_empty() && self.open.len() < MAX_CONTAINERS;
                    if is_taken_apart {
                        self.shape = Shape::Opens(container);
                    }
                    Head::Other
                }
                b';' => Head::Other,
                b'(' | b'=' if self.has_preprocessor() => Head::Other,
                _ => return,
            },
            (Head::Of(_), _) => return,
            _ => Head::Other,
        };
    }

    /// Whether nothing but white space or a comment follows on this line.
    fn rest_of_line_is_empty(&self) -> bool {
        let rest = &self.scanner.text[self.scanner.at..self.scanner.end_of_line()];
        let rest = rest.trim_ascii();
        rest.is_empty()
            || rest.starts_with(b"//") && self.rule == Rule::Brackets
            || rest.starts_with(b"#") && self.rule == Rule::Indentation
    }

    // ---- the preprocessor of C ----

    fn has_preprocessor(&self) -> bool {
        matches!(self.language, Language::C | Language::Cpp)
    }

    /// Reads a line of the preprocessor, which is an item of its own unless it stands inside another.
    fn directive(&mut self) {
        let shape = self.directive_shape();
        let is_between = self.scanner.depth == 0 && (!self.has_code || self.is_complete);
        if is_between && shape != Shape::Plain {
            if self.has_code {
                self.cut(self.next.unwrap_or(self.here()));
            }
            self.read_directive();
            self.shape = shape;
            let end = if self.scanner.at == self.scanner.text.len() {
                (self.scanner.at, self.scanner.lines.len())
            } else {
                self.scanner.end_line();
                self.line_start = self.scanner.at;
                self.here()
            };
            return self.cut(end);
        }
        let is_apart = self.has_body || self.has_gap() || self.line_start - self.start >= MAX_RUN_BYTES;
        if is_between && self.has_code && is_apart {
            self.cut(self.next.unwrap_or(self.here()));
        }
        let depth = self.scanner.depth;
        self.read_directive();
        self.scanner.depth = match shape {
            Shape::If => {
                self.branches.push(depth);
                depth
            }
            Shape::Else => self.branches.last().copied().unwrap_or(depth),
            Shape::EndIf => {
                self.branches.pop();
                depth
            }
            _ => depth,
        };
        // `#include` and `#define` between items are complete.
        self.is_complete = is_between;
    }

    fn directive_shape(&self) -> Shape {
        let rest = &self.scanner.rest()[1..];
        let name = rest.trim_ascii_start();
        let length = name.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        match &name[..length] {
            b"if" | b"ifdef" | b"ifndef" => Shape::If,
            b"else" | b"elif" | b"elifdef" | b"elifndef" => Shape::Else,
            b"endif" => Shape::EndIf,
            _ => Shape::Plain,
        }
    }

    /// Reads to the end of the line, and over line ends that are escaped or stand in a comment.
    fn read_directive(&mut self) {
        if !self.has_code {
            self.indent = self.column();
        }
        self.has_code = true;
        self.next = None;
        self.head = Head::Other;
        while let Some(&byte) = self.scanner.text.get(self.scanner.at) {
            match byte {
                b'\n' if !ends_escaped(&self.scanner.text[self.line_start..self.scanner.at]) => break,
                b'\n' => {
                    self.scanner.end_line();
                    self.line_start = self.scanner.at;
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.scanner.at += 1,
                _ => self.read(self.scanner.kind(byte), byte),
            }
        }
        self.code_line = self.scanner.lines.len();
    }

    // ---- indentation ----

    /// A comment that is indented no more than the item stands before the next one.
    fn before_python_comment(&mut self) {
        let level = self.open.last().and_then(|(_, indent)| *indent).unwrap_or(0);
        let is_outside = self.scanner.depth == 0 && self.python_column() <= level;
        if self.has_code && self.next.is_none() && is_outside {
            self.next = Some(self.here());
        }
    }

    /// Ends what this line does not belong to; whether the line was read as the head of a class.
    fn before_python_line(&mut self) -> bool {
        if self.scanner.depth > 0 || self.scanner.is_continued_line() {
            return false;
        }
        let column = self.python_column();
        let end = self.next.unwrap_or(self.here());
        while let Some(&(opener, indent)) = self.open.last() {
            let head_indent = self.items[opener].indent_of_head;
            let has_ended = indent.map_or(column <= head_indent, |indent| column < indent);
            if !has_ended {
                break;
            }
            if self.start < end.0 {
                self.cut(end);
            }
            self.open.pop();
        }
        if let Some((_, indent)) = self.open.last_mut() {
            indent.get_or_insert(column);
        }
        let level = self.open.last().and_then(|(_, indent)| *indent).unwrap_or(0);
        column == level && self.before_python_statement(end)
    }

    fn before_python_statement(&mut self, end: (usize, usize)) -> bool {
        let word = self.word_here();
        let begins = matches!(word, b"def" | b"class" | b"async") || self.scanner.rest().starts_with(b"@");
        let is_decorated = self.head == Head::Annotation;
        let is_over = self.has_body || begins || self.has_gap() || self.line_start - self.start >= MAX_RUN_BYTES;
        if self.has_code && is_over && !is_decorated && !continues_python(word) {
            self.cut(end);
        }
        match word {
            b"def" | b"async" => {
                self.has_body = true;
                self.head = Head::Other;
            }
            b"class" => {
                self.has_body = true;
                self.head = Head::Other;
                self.read_python_class();
                return true;
            }
            _ if self.scanner.rest().starts_with(b"@") => self.head = Head::Annotation,
            _ => {}
        }
        false
    }

    /// Reads the head of a class to its colon; it opens a type if its members stand on lines of their own.
    fn read_python_class(&mut self) {
        let indent = self.python_column();
        while let Some(&byte) = self.scanner.text.get(self.scanner.at) {
            match byte {
                b'\n' if self.scanner.depth == 0 => return,
                b'\n' => {
                    self.scanner.end_line();
                    self.line_start = self.scanner.at;
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.scanner.at += 1,
                _ => {
                    let kind = self.scanner.kind(byte);
                    let is_colon = byte == b':' && self.scanner.depth == 0;
                    if kind == Piece::Comment {
                        self.read(kind, byte);
                    } else {
                        self.code(kind, byte);
                    }
                    if is_colon {
                        break;
                    }
                }
            }
        }
        if self.rest_of_line_is_empty() && self.open.len() < MAX_CONTAINERS {
            self.shape = Shape::Opens(&PYTHON_CLASS);
            self.indent = indent;
        }
    }

    /// Column as Python counts it.
    fn python_column(&self) -> usize {
        let before = &self.scanner.text[self.line_start..self.scanner.at];
        before.iter().fold(0, |column, byte| match byte {
            b' ' => column + 1,
            b'\t' => column + TAB_COLUMNS,
            _ => 0,
        })
    }

    // ---- items ----

    /// Ends the item at a place and a line, and begins the next one there.
    fn cut(&mut self, (end, end_line): (usize, usize)) {
        let parent = self.open.last().map(|(opener, _)| *opener);
        let (start, first_line, shape, has_code) = (self.start, self.first_line, self.shape, self.has_code);
        self.items.push(Item {
            start,
            end,
            first_line,
            end_line,
            shape,
            parent,
            has_code,
            indent_of_head: self.indent,
        });
        match shape {
            Shape::Opens(_) => self.open.push((self.items.len() - 1, None)),
            Shape::Closes => {
                self.open.pop();
            }
            _ => {}
        }
        self.start = end;
        self.first_line = end_line;
        self.shape = Shape::Plain;
        self.head = Head::Modifiers;
        self.has_code = false;
        self.has_body = false;
        self.is_complete = false;
        self.next = None;
        self.branches.clear();
        self.scanner.begin_at(end);
    }

    // ---- where the scanner stands ----

    fn is_first_on_line(&self) -> bool {
        self.scanner.text[self.line_start..self.scanner.at].iter().all(u8::is_ascii_whitespace)
    }

    /// Bytes before this one on its line.
    fn column(&self) -> usize {
        self.scanner.at - self.line_start
    }

    fn word_here(&self) -> &'t [u8] {
        let rest = self.scanner.rest();
        &rest[..rest.iter().take_while(|&&byte| is_word(byte)).count()]
    }
}

/// Whether a line of the preprocessor goes on after its end.
fn ends_escaped(line: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\")
}

fn rule(language: Language) -> Rule {
    let has_brackets = matches!(
        language,
        Language::Rust
            | Language::JavaScript
            | Language::TypeScript
            | Language::Tsx
            | Language::Go
            | Language::Java
            | Language::C
            | Language::Cpp
    );
    match language {
        Language::Python => Rule::Indentation,
        _ if has_brackets => Rule::Brackets,
        _ => Rule::Whole,
    }
}

const CLASS: Container = Container { head: "class A{", end: "}" };
const INTERFACE: Container = Container { head: "interface A{", end: "}" };
const RECORD: Container = Container { head: "record A(){", end: "}" };
const STRUCT: Container = Container { head: "struct A{", end: "};" };
const NAMESPACE: Container = Container { head: "namespace A{", end: "}" };
const LINKAGE: Container = Container { head: "extern \"C\"{", end: "}" };
const IMPL: Container = Container { head: "impl A{", end: "}" };
const TRAIT: Container = Container { head: "trait A{", end: "}" };
const MODULE: Container = Container { head: "mod a{", end: "}" };
const PYTHON_CLASS: Container = Container { head: "class A:\n", end: "" };

/// What the next word in the head of an item makes of it.
fn head_word(language: Language, word: &[u8]) -> Head {
    match (language, word) {
        (Language::Rust, b"impl") => Head::Of(&IMPL),
        (Language::Rust, b"trait") => Head::Of(&TRAIT),
        (Language::Rust, b"mod") => Head::Of(&MODULE),
        (Language::Rust, b"pub" | b"unsafe" | b"default" | b"auto") => Head::Modifiers,
        (Language::Java, b"class") => Head::Of(&CLASS),
        (Language::Java, b"interface") => Head::Of(&INTERFACE),
        (Language::Java, b"record") => Head::Of(&RECORD),
        (
            Language::Java,
            b"public" | b"protected" | b"private" | b"static" | b"final" | b"abstract" | b"sealed" | b"strictfp",
        ) => Head::Modifiers,
        (Language::JavaScript | Language::TypeScript | Language::Tsx, b"class") => Head::Of(&CLASS),
        (
            Language::JavaScript | Language::TypeScript | Language::Tsx,
            b"export" | b"default" | b"abstract" | b"declare",
        ) => Head::Modifiers,
        (Language::Cpp, b"class" | b"struct") => Head::Of(&STRUCT),
        (Language::Cpp, b"namespace") => Head::Of(&NAMESPACE),
        (Language::Cpp, b"inline") => Head::Modifiers,
        (Language::Cpp, b"template") => Head::Template(0),
        (Language::C | Language::Cpp, b"extern") => Head::Extern,
        _ => Head::Other,
    }
}

/// Words that never stand at the beginning of a line inside an expression that could be over.
fn begins_always(language: Language, word: &[u8]) -> bool {
    match language {
        Language::Go => matches!(word, b"func" | b"type" | b"var" | b"const" | b"import"),
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            matches!(word, b"function" | b"class" | b"const" | b"let" | b"var" | b"import" | b"export" | b"module")
        }
        _ => false,
    }
}

/// Words after which something must follow, on the next line if not on this one.
fn wants_more(word: &[u8]) -> bool {
    matches!(
        word,
        b"export"
            | b"default"
            | b"async"
            | b"declare"
            | b"abstract"
            | b"return"
            | b"typeof"
            | b"new"
            | b"extends"
            | b"implements"
            | b"else"
            | b"do"
            | b"in"
            | b"of"
            | b"instanceof"
            | b"await"
            | b"yield"
            | b"void"
            | b"delete"
            | b"throw"
            | b"case"
            | b"from"
            | b"import"
            | b"type"
            | b"as"
            | b"satisfies"
            | b"static"
            | b"get"
            | b"set"
    )
}

/// Words that go on with the statement before them.
fn continues(word: &[u8]) -> bool {
    matches!(
        word,
        b"else"
            | b"catch"
            | b"finally"
            | b"while"
            | b"where"
            | b"as"
            | b"in"
            | b"instanceof"
            | b"satisfies"
            | b"from"
            | b"extends"
            | b"implements"
            | b"throws"
            | b"permits"
    )
}

fn continues_python(word: &[u8]) -> bool {
    matches!(word, b"else" | b"elif" | b"except" | b"finally")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of the items, `>` before those that open a type, `<` before those that close one.
    fn check(path: &str, expected: &[&str]) {
        let text: String = expected.iter().map(|item| item.trim_start_matches(['>', '<'])).collect();
        let language = Language::of_path(path).unwrap();
        let layout = layout(language, path, &text);
        let sign = |item: &Item| match item.shape {
            Shape::Opens(_) => ">",
            Shape::Closes => "<",
            _ => "",
        };
        let found: Vec<String> =
            layout.items.iter().map(|item| format!("{}{}", sign(item), &text[item.start..item.end])).collect();
        assert_eq!(found, expected, "{path}");
        let n_lines: usize = layout.items.iter().map(|item| item.end_line - item.first_line).sum();
        assert_eq!(n_lines, text.lines().count(), "{path}");
    }

    #[test]
    fn functions_and_members_are_items_and_comments_go_with_what_follows() {
        check("a.rs", &["use a;\nuse b;\n", "\n// doc\nfn f() {\n}\n", "#[x]\nfn g() {}\n"]);
        check("a.rs", &[">impl A {\n", "    fn f() {\n    }\n", "\n    fn g() {}\n", "<}\n", "fn h() {}\n"]);
        check(
            "A.java",
            &["import a.B;\n", ">@X(1)\nclass A<T> {\n", "  int a;\n  int b;\n", "  void f() {}\n", "<}\n"],
        );
        check("a.js", &["const a = 1\n", "function f () {\n}\n", ">class A extends B {\n", "  f () {}\n", "<}\n"]);
        check("a.go", &["package p\n", "type A struct {\n}\n", "func f() {\n}\n"]);
        check("a.cpp", &[">namespace n {\n", "struct A *f() {\n}\n", ">struct A {\n", "  A() {}\n", "<};\n", "<}\n"]);
    }

    #[test]
    fn python_is_cut_at_its_indentation() {
        check(
            "a.py",
            &[
                "import a\nif a:\n    pass\nelse:\n    pass\n",
                "# doc\n@x\ndef f():\n    y\n    # of f\n\n",
                ">class A(\n    B,\n):\n",
                "    x = 1\n",
                "    def f(self): \"\"\"\nno item\n\"\"\"\n\n",
                "z = 1\n",
            ],
        );
    }

    #[test]
    fn the_preprocessor_stands_between_items_and_not_inside() {
        check("a.h", &["#ifndef A\n", "#include <a>\n#define B {\n", "int f(void) {\n}\n", "#endif\n"]);
        check("a.c", &["int f(void) {\n#if A\n  if (a) {\n#else\n  if (b) {\n#endif\n  }\n}\n", "int g(void) {\n}\n"]);
    }

    #[test]
    fn what_may_go_on_is_not_cut() {
        check("a.js", &["const f = async\nfunction g () {}\n"]);
        check("a.ts", &["type A = {\n} | B\n"]);
        check("a.ts", &[">@A({})\nexport class B {\n", "<}\n"]);
        check("a.js", &["if (a) {\n}\nelse {\n}\n", "foo()\n"]);
        check("a.rs", &["fn f() {\n} fn g() {\n}\n"]);
        check("a.java", &["class A { int a; }\n"]);
        check("a.go", &["var f =\nfunc() {\n}\n"]);
    }
}
