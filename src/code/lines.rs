//! Which lines carry code?
//!
//! In: a path and its text. Out: for every line whether it holds tokens, words, a comment. Reads characters, not
//! grammar: one pass at some hundred megabytes a second, because it runs on every version of every fixed file.
//! Never allocates per line.
//!
//! Where the signs are ambiguous it follows the usual reading: an apostrophe in Rust is a lifetime unless a character
//! literal fits, a slash in JavaScript is a regular expression unless a value stands before it, a bare string at the
//! start of a Python statement is documentation.

use super::comment_syntax::{Backtick, CommentSyntax, Quotes};

/// What one line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LineKind {
    /// Anything but white space and comments.
    pub(super) has_token: bool,
    /// A token that is more than a bracket or a separator.
    pub(super) has_word: bool,
    /// Some part of a comment (or of a documentation string).
    pub(super) has_comment: bool,
}

/// For each line whether it carries code: not blank, not only comment, not only brackets and separators.
///
/// Lines end with a line feed, as git counts them; the text after the last one is a line if it is not empty.
/// Text that is not UTF-8 is read as it is; what looks binary has lines that carry code, which nobody should ask.
pub fn code_lines(path: &str, text: &[u8]) -> Vec<bool> {
    line_kinds(path, text).into_iter().map(|line| line.has_word).collect()
}

/// For each line whether it has anything but white space and comments.
pub fn token_lines(path: &str, text: &[u8]) -> Vec<bool> {
    line_kinds(path, text).into_iter().map(|line| line.has_token).collect()
}

/// What each line of `text` holds.
pub(super) fn line_kinds(path: &str, text: &[u8]) -> Vec<LineKind> {
    let mut scanner = Scanner::new(path, text);
    scanner.run();
    scanner.lines
}

/// What a run of characters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Word,
    Comment,
    Text,
    Sign,
}

/// Reads characters and marks what each line holds.
pub(super) struct Scanner<'t> {
    syntax: CommentSyntax,
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    pub(super) lines: Vec<LineKind>,
    /// Whether a comment may begin with a byte: most do not, and need no closer look.
    may_begin_comment: [bool; 256],
    /// Open round, square and curly brackets, for bare strings and templates.
    pub(super) depth: usize,
    /// Where the newest item begins; what stands before it is not looked at.
    start: usize,
    /// Depths at which a template literal waits for its `}`.
    templates: Vec<usize>,
    /// The newest byte that was code, to tell a regular expression from a division.
    last_code: u8,
    /// Where the newest run of word characters begins.
    last_word: usize,
}

impl<'t> Scanner<'t> {
    /// A reader of the text of `path`, at its first character that is neither byte order mark nor shebang.
    pub(super) fn new(path: &str, text: &'t [u8]) -> Self {
        let syntax = CommentSyntax::of_path(path);
        let mut may_begin_comment = [false; 256];
        for sign in syntax.line.iter().copied().chain(syntax.block.map(|(open, _)| open)) {
            may_begin_comment[usize::from(sign.as_bytes()[0])] = true;
        }
        let mut scanner = Self {
            syntax,
            text,
            at: 0,
            may_begin_comment,
            lines: Vec::with_capacity(text.len() / 32 + 1),
            depth: 0,
            start: 0,
            templates: Vec::new(),
            last_code: b'\n',
            last_word: 0,
        };
        if !text.is_empty() {
            scanner.lines.push(LineKind::default());
        }
        scanner.skip_byte_order_mark();
        scanner.skip_shebang();
        scanner
    }

    /// What stands before `start` is forgotten: the rest is read as if the text began there.
    pub(super) fn begin_at(&mut self, start: usize) {
        self.start = start;
        self.depth = 0;
        self.templates.clear();
        self.last_code = b'\n';
    }

    fn run(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'\n' => self.end_line(),
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.at += 1,
                _ => self.read(self.kind(byte), byte),
            }
        }
    }

    fn skip_byte_order_mark(&mut self) {
        if self.text.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
    }

    /// The first line of a script names its interpreter: code in every language.
    fn skip_shebang(&mut self) {
        if self.text.starts_with(b"#!/") || self.text.starts_with(b"#! /") {
            self.mark_word();
            self.at = self.end_of_line();
        }
    }

    pub(super) fn end_line(&mut self) {
        self.at += 1;
        if self.at < self.text.len() {
            self.lines.push(LineKind::default());
        }
    }

    /// What begins here with `byte`.
    pub(super) fn kind(&self, byte: u8) -> Piece {
        if is_word(byte) {
            Piece::Word
        } else if self.may_begin_comment[usize::from(byte)]
            && (self.starts_block_comment() || self.starts_line_comment())
        {
            Piece::Comment
        } else if self.starts_string(byte) {
            Piece::Text
        } else {
            Piece::Sign
        }
    }

    /// Reads what begins here with `byte`, which is of that `kind`.
    pub(super) fn read(&mut self, kind: Piece, byte: u8) {
        match kind {
            Piece::Word => self.word(),
            Piece::Comment if self.starts_block_comment() => self.block_comment(),
            Piece::Comment => {
                self.line_mut().has_comment = true;
                self.at = self.end_of_line();
            }
            Piece::Text => self.string(byte),
            Piece::Sign => self.punctuation(byte),
        }
    }

    fn word(&mut self) {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|&byte| is_word(byte)) {
            self.at += 1;
        }
        if self.marked_string_after(start) {
            return;
        }
        self.last_word = start;
        self.mark_code();
    }

    fn punctuation(&mut self, byte: u8) {
        match byte {
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if byte == b'}' && self.templates.last() == Some(&self.depth) {
            self.templates.pop();
            self.at += 1;
            self.mark_word();
            return self.template();
        }
        let is_separator = matches!(byte, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b';' | b',' | b':' | b'.' | b'\\');
        let line = self.line_mut();
        line.has_token = true;
        line.has_word |= !is_separator;
        self.last_code = byte;
        self.at += 1;
    }

    // ---- comments ----

    fn starts_block_comment(&self) -> bool {
        self.syntax.block.is_some_and(|(open, _)| self.rest().starts_with(open.as_bytes()))
    }

    fn starts_line_comment(&self) -> bool {
        let is_sign = self.syntax.line.iter().any(|sign| self.rest().starts_with(sign.as_bytes()));
        is_sign && (!self.syntax.needs_space_before || self.at == 0 || self.text[self.at - 1].is_ascii_whitespace())
    }

    fn block_comment(&mut self) {
        let Some((open, close)) = self.syntax.block else { return };
        let (first_of_open, first_of_close) = (open.as_bytes()[0], close.as_bytes()[0]);
        let mut level = 0usize;
        while let Some(&byte) = self.text.get(self.at) {
            if byte != first_of_open && byte != first_of_close {
                self.inside_comment();
            } else if self.rest().starts_with(close.as_bytes()) && level > 0 {
                self.line_mut().has_comment = true;
                self.at += close.len();
                level = if self.syntax.is_block_nested { level - 1 } else { 0 };
                if level == 0 {
                    return;
                }
            } else if self.rest().starts_with(open.as_bytes()) && (level == 0 || self.syntax.is_block_nested) {
                self.line_mut().has_comment = true;
                self.at += open.len();
                level += 1;
            } else {
                self.inside_comment();
            }
        }
    }

    fn inside_comment(&mut self) {
        match self.text[self.at] {
            b'\n' => self.end_line(),
            byte => {
                self.line_mut().has_comment |= !byte.is_ascii_whitespace();
                self.at += 1;
            }
        }
    }

    // ---- strings ----

    fn starts_string(&self, byte: u8) -> bool {
        match byte {
            b'`' => self.syntax.backtick != Backtick::None,
            b'/' => self.syntax.has_regex && self.is_regex_place(),
            b'"' => self.syntax.quotes != Quotes::None,
            b'\'' => match self.syntax.quotes {
                Quotes::None => false,
                Quotes::Rust => self.is_character_literal(),
                // In `1'000'000` it separates digits.
                Quotes::Cpp => self.at == 0 || !self.text[self.at - 1].is_ascii_digit(),
                _ => true,
            },
            _ => false,
        }
    }

    fn string(&mut self, byte: u8) {
        let rest = self.rest();
        match (byte, self.syntax.quotes) {
            (b'`', _) if self.syntax.backtick == Backtick::Template => {
                self.at += 1;
                self.mark_word();
                self.template();
            }
            (b'`', _) => self.delimited(1, b"`", false, true),
            (b'/', _) => self.regex(),
            (_, Quotes::Python) => self.python_string(byte),
            (b'"', Quotes::TextBlock) if rest.starts_with(b"\"\"\"") => self.delimited(3, b"\"\"\"", true, true),
            (b'"', Quotes::Rust) => self.delimited(1, b"\"", true, true),
            _ => self.delimited(1, &[byte], true, false),
        }
    }

    /// Reads from the opening sign, `open_bytes` long, past `close`. Without `spans_lines` the end of the line ends it
    /// too, as an unterminated string does not swallow the file.
    fn delimited(&mut self, open_bytes: usize, close: &[u8], has_escapes: bool, spans_lines: bool) {
        self.mark_word();
        self.at += open_bytes;
        while let Some(&byte) = self.text.get(self.at) {
            if byte == b'\n' && !spans_lines {
                return;
            } else if byte == b'\n' {
                self.end_line();
            } else if byte == b'\\' && has_escapes {
                self.escape();
            } else if byte == close[0] && self.rest().starts_with(close) {
                self.mark_word();
                self.at += close.len();
                self.last_code = b'"';
                return;
            } else {
                self.inside_string(byte);
            }
        }
    }

    fn inside_string(&mut self, byte: u8) {
        if !byte.is_ascii_whitespace() {
            self.mark_word();
        }
        self.at += 1;
    }

    /// A backslash and the character after it. An escaped line end continues the string on the next line.
    fn escape(&mut self) {
        self.mark_word();
        self.at += 1;
        if self.rest().starts_with(b"\r\n") {
            self.at += 1;
        }
        match self.text.get(self.at) {
            Some(b'\n') => self.end_line(),
            Some(_) => self.at += 1,
            None => {}
        }
    }

    fn template(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'\n' => self.end_line(),
                b'\\' => self.escape(),
                b'`' => {
                    self.mark_word();
                    self.at += 1;
                    self.last_code = b'"';
                    return;
                }
                b'$' if self.rest().starts_with(b"${") => {
                    self.mark_word();
                    self.templates.push(self.depth);
                    self.depth += 1;
                    self.at += 2;
                    self.last_code = b'{';
                    return;
                }
                _ => self.inside_string(byte),
            }
        }
    }

    /// Strings with a mark that has just been read as a word: `r"…"`, `r#"…"#`, `br#"…"#` in Rust, `R"x(…)x"` in C++,
    /// `r"…"`, `f"…"`, `rb"…"` in Python.
    fn marked_string_after(&mut self, word_start: usize) -> bool {
        let word = &self.text[word_start..self.at];
        match self.syntax.quotes {
            Quotes::Python if word.len() <= 2 && word.iter().all(|byte| b"rbfutRBFUT".contains(byte)) => {
                match self.text.get(self.at) {
                    Some(&quote @ (b'"' | b'\'')) => self.python_string(quote),
                    _ => return false,
                }
                true
            }
            Quotes::Rust if matches!(word, b"r" | b"br" | b"cr") => self.rust_raw_string(),
            Quotes::Cpp if word.ends_with(b"R") && word.len() <= 3 && self.rest().starts_with(b"\"") => {
                self.cpp_raw_string()
            }
            _ => false,
        }
    }

    fn rust_raw_string(&mut self) -> bool {
        let n_hashes = self.rest().iter().take_while(|&&byte| byte == b'#').count();
        if self.text.get(self.at + n_hashes) != Some(&b'"') {
            return false;
        }
        let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', n_hashes)).collect();
        self.delimited(n_hashes + 1, &close, false, true);
        true
    }

    fn cpp_raw_string(&mut self) -> bool {
        // The standard allows 16 characters between the quotation mark and the bracket.
        let Some(n_mark) = self.rest()[1..].iter().take(17).position(|&byte| byte == b'(') else { return false };
        let close: Vec<u8> = [&b")"[..], &self.rest()[1..=n_mark], b"\""].concat();
        self.delimited(n_mark + 2, &close, false, true);
        true
    }

    /// A Python string; a bare one at the start of a statement is documentation and counts as a comment.
    fn python_string(&mut self, quote: u8) {
        let triple = [quote; 3];
        let is_triple = self.rest().starts_with(&triple);
        let first_line = self.lines.len() - 1;
        let is_bare = self.depth == 0 && !self.lines[first_line].has_token && !self.is_continued_line();
        let (open_bytes, close): (usize, &[u8]) = if is_triple { (3, &triple) } else { (1, &triple[..1]) };
        let before = self.lines[first_line];
        self.delimited(open_bytes, close, true, is_triple);
        if is_bare && self.rest_of_line_is_empty() {
            self.lines[first_line] = LineKind { has_comment: true, ..before };
            for line in &mut self.lines[first_line + 1..] {
                *line = LineKind { has_comment: line.has_word, ..LineKind::default() };
            }
        }
    }

    /// Whether the line before this one ends with a backslash.
    pub(super) fn is_continued_line(&self) -> bool {
        lines_before(&self.text[self.start..self.at]).ends_with(b"\\")
    }

    fn rest_of_line_is_empty(&self) -> bool {
        let rest = self.text[self.at..self.end_of_line()].trim_ascii();
        rest.is_empty() || rest.starts_with(b"#")
    }

    /// `'a'` and `'\n'` are characters, `'a` is a lifetime.
    fn is_character_literal(&self) -> bool {
        match self.rest() {
            [_, b'\\', ..] => true,
            [_, first, rest @ ..] => {
                let n_more = utf8_len(*first) - 1;
                rest.get(n_more) == Some(&b'\'')
            }
            _ => false,
        }
    }

    fn is_regex_place(&self) -> bool {
        match self.last_code {
            // `<` opens a closing tag of JSX, never a comparison with a pattern.
            b')' | b']' | b'}' | b'"' | b'<' => false,
            byte if is_word(byte) => {
                let start = self.last_word;
                let n = self.text[start..].iter().take_while(|&&byte| is_word(byte)).count();
                matches!(
                    &self.text[start..start + n],
                    b"return"
                        | b"typeof"
                        | b"case"
                        | b"in"
                        | b"of"
                        | b"do"
                        | b"else"
                        | b"void"
                        | b"delete"
                        | b"yield"
                        | b"await"
                        | b"instanceof"
                        | b"new"
                        | b"throw"
                )
            }
            _ => true,
        }
    }

    fn regex(&mut self) {
        self.mark_word();
        self.at += 1;
        let mut is_in_class = false;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'\n' => return,
                b'\\' if self.text.get(self.at + 1) != Some(&b'\n') => self.at += 1,
                b'[' => is_in_class = true,
                b']' => is_in_class = false,
                b'/' if !is_in_class => {
                    self.at += 1;
                    self.last_code = b'"';
                    return;
                }
                _ => {}
            }
            self.at = (self.at + 1).min(self.text.len());
        }
    }

    // ---- marks ----

    pub(super) fn rest(&self) -> &'t [u8] {
        &self.text[self.at..]
    }

    pub(super) fn end_of_line(&self) -> usize {
        let rest = self.rest();
        self.at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
    }

    fn line_mut(&mut self) -> &mut LineKind {
        self.lines.last_mut().expect("a line was opened before the first byte")
    }

    fn mark_word(&mut self) {
        let line = self.line_mut();
        line.has_token = true;
        line.has_word = true;
    }

    fn mark_code(&mut self) {
        self.mark_word();
        self.last_code = self.text[self.at - 1];
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn utf8_len(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

/// Everything before the newest line feed, without the carriage return before it.
fn lines_before(text: &[u8]) -> &[u8] {
    match text.iter().rposition(|&byte| byte == b'\n') {
        Some(at) => text[..at].strip_suffix(b"\r").unwrap_or(&text[..at]),
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `marked` has `+` before each line that should carry code and `-` before every other.
    fn check(path: &str, marked: &[&str]) {
        let lines: Vec<&str> = marked.iter().map(|line| &line[1..]).collect();
        let found = code_lines(path, (lines.join("\n") + "\n").as_bytes());
        for (number, line) in marked.iter().enumerate() {
            assert_eq!(found.get(number), Some(&line.starts_with('+')), "{path} line {}: `{line}`", number + 1);
        }
        assert_eq!(found.len(), lines.len(), "{path}");
    }

    #[test]
    fn comments_blank_lines_and_lone_brackets_carry_no_code() {
        check(
            "a.c",
            &["-// x", "+int a; // y", "-", "-{", "-};", "-/* one", "-   two */", "+a = 1; /* open", "-*/", "+b"],
        );
        check("a.java", &["-/** doc", "- * more", "- */", "+@Test", "-});", "+} else {"]);
        check("a.go", &["+x := `// not", "+/* a comment`", "-// this is"]);
    }

    #[test]
    fn signs_inside_strings_begin_no_comment() {
        check("a.c", &["+char *s = \"/*\";", "+int a = '\"'; /* c */", "+b();"]);
        check("a.js", &["+const u = 'http://x'; f();", "+const r = /[/*]\"/; g();", "+h();"]);
        check("a.rs", &["+let s = \"a", "+// still string", "+\";", "+let r = r#\"", "+/* \"x\" \"#;", "+f();"]);
        check("a.cpp", &["+auto s = R\"x(", "+// )\" text", "+)x\";", "-// c", "+int n = 1'000; f(); /* c", "-*/"]);
        check("a.py", &["+s = '#'", "+t = \"\"\"x", "+# not a comment", "+\"\"\"", "-# one"]);
    }

    #[test]
    fn python_documentation_is_a_comment_and_other_strings_are_not() {
        check("a.py", &["-\"\"\"Module.", "-", "-More.\"\"\"", "+def f():", "-    r'''Doc.'''", "+    return 1"]);
        check("a.py", &["+g(", "+    'a string',", "-)", "+x = \\", "+    'y'"]);
    }

    #[test]
    fn rust_lifetimes_are_not_strings_and_comments_nest() {
        check("a.rs", &["+fn f<'a>(x: &'a str) -> char { '\"' } // c", "-/* a /* b */", "-still */", "-/// doc"]);
        check("a.rs", &["+let c = '\\''; /* d", "-*/", "+let d = 'é'; /* d", "-*/"]);
    }

    #[test]
    fn templates_hold_code_and_code_holds_templates() {
        check("a.ts", &["+const a = `x ${f({b: `//${c}`})}", "+// text`;", "-// comment", "+d();"]);
    }

    #[test]
    fn languages_without_a_grammar_are_read_by_their_signs() {
        check("a.rb", &["-# c", "+x = 1 # d", "+puts \"#{x}\"", "+end"]);
        check("a.php", &["+<?php", "-# a", "-// b", "-/* c", "-*/", "+echo 1;"]);
        check("a.sh", &["+#!/bin/sh", "-# c", "+echo ${#x}"]);
        check("a.sql", &["--- c", "+select 1 -- d"]);
        check("a.unknown", &["+# anything", "-"]);
    }

    #[test]
    fn every_line_feed_ends_a_line_as_git_counts() {
        assert_eq!(code_lines("a.c", b"").len(), 0);
        assert_eq!(code_lines("a.c", b"a"), [true]);
        assert_eq!(code_lines("a.c", b"a\n"), [true]);
        assert_eq!(code_lines("a.c", b"\n\r\na"), [false, false, true]);
        assert_eq!(code_lines("a.c", b"\xef\xbb\xbf// x\r\n\xff"), [false, true]);
    }

    #[test]
    fn unfinished_text_ends_with_the_file() {
        let openings =
            ["\"", "'", "`", "/*", "r#\"", "R\"(", "\"\"\"", "`${", "'\\", "/[", "\\", "{-", "/\\\n", "f\"", "\\\r"];
        for path in ["a.rs", "a.py", "a.js", "a.cpp", "a.go", "a.java", "a.hs", "a.rb"] {
            for opening in openings {
                let text = format!("x\n{opening}");
                assert_eq!(
                    code_lines(path, text.as_bytes()).len(),
                    text.split_terminator('\n').count(),
                    "{path} {opening}"
                );
            }
        }
    }
}
