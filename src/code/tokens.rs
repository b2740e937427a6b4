//! What are the words and signs of a text, without its comments and white space?
//!
//! In: a path, which tells how comments and strings are written, and a text. Out: [`Token`]s in order, each with its
//! line. No grammar: text that no parser can place still has words. A string is one token. Never fails; a string that
//! does not end, ends with its line, or with the text where its language lets it span lines.
//!
//! `lines` answers a smaller question at several times the speed and keeps no tokens; it runs on every version of
//! every file, this one on few.

use super::Language;
use super::comment_syntax::{Backtick, CommentSyntax, Quotes};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A name, a keyword or a number.
    Word,
    /// A string, a character or a regular expression, with its quotation marks.
    Literal,
    /// One sign; `&&` and `||` are one sign each.
    Sign,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: TokenKind,
    /// As it is written.
    pub text: &'t str,
    /// Where it begins, in bytes.
    pub start: usize,
    /// The line it begins in, from 1.
    pub line: u32,
    /// Whether it stands in a preprocessor line, with all its continuations.
    pub is_directive: bool,
}

/// The tokens of `text`.
pub fn tokens<'t>(path: &str, text: &'t str) -> Vec<Token<'t>> {
    let syntax = CommentSyntax::of_path(path);
    let has_directives = matches!(Language::of_path(path), Some(Language::C | Language::Cpp));
    let mut lexer =
        Lexer { syntax, text, at: 0, line: 1, line_start: 0, has_directives, directive_end: 0, tokens: Vec::new() };
    lexer.tokens.reserve(text.len() / 6);
    lexer.run();
    lexer.tokens
}

struct Lexer<'t> {
    syntax: CommentSyntax,
    text: &'t str,
    at: usize,
    line: u32,
    /// Where the newest line with nothing but white space so far begins; `usize::MAX` once it has a token.
    line_start: usize,
    has_directives: bool,
    directive_end: usize,
    tokens: Vec<Token<'t>>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                }
                byte if byte.is_ascii_whitespace() || byte == 0x0b => self.at += 1,
                _ => self.comment_or_token(byte),
            }
        }
    }

    fn comment_or_token(&mut self, byte: u8) {
        if let Some(bytes) = self.comment_bytes() {
            return self.skip(bytes);
        }
        if byte == b'#' && self.line_start != usize::MAX && self.has_directives {
            self.directive_end = self.at + logical_line_bytes(self.rest());
        }
        let (kind, bytes) = self.token_bytes(byte);
        self.tokens.push(Token {
            kind,
            text: &self.text[self.at..self.at + bytes],
            start: self.at,
            line: self.line,
            is_directive: self.at < self.directive_end,
        });
        self.line_start = usize::MAX;
        self.skip(bytes);
    }

    /// Goes on, counting the lines that are passed.
    fn skip(&mut self, bytes: usize) {
        let passed = &self.text.as_bytes()[self.at..self.at + bytes];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u32;
        self.at += bytes;
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    // ---- comments ----

    fn comment_bytes(&self) -> Option<usize> {
        let rest = self.rest();
        if let Some((open, close)) = self.syntax.block
            && rest.starts_with(open)
        {
            return Some(block_comment_bytes(rest, open, close, self.syntax.is_block_nested));
        }
        let before = self.text.as_bytes()[..self.at].last();
        let may_begin = !self.syntax.needs_space_before || before.is_none_or(u8::is_ascii_whitespace);
        let is_line_comment = may_begin && self.syntax.line.iter().any(|sign| rest.starts_with(sign));
        let is_interpreter = self.at == 0 && rest.starts_with("#!");
        (is_line_comment || is_interpreter).then(|| rest.find('\n').unwrap_or(rest.len()))
    }

    // ---- tokens ----

    fn token_bytes(&self, byte: u8) -> (TokenKind, usize) {
        let rest = self.rest();
        if let Some(bytes) = self.literal_bytes(byte) {
            return (TokenKind::Literal, bytes);
        }
        match byte {
            byte if is_word(byte) => (TokenKind::Word, rest.bytes().take_while(|byte| is_word(*byte)).count()),
            b'&' | b'|' if rest.as_bytes().get(1) == Some(&byte) => (TokenKind::Sign, 2),
            _ => (TokenKind::Sign, 1),
        }
    }

    fn literal_bytes(&self, byte: u8) -> Option<usize> {
        let rest = self.rest();
        match (byte, self.syntax.quotes) {
            (b'`', _) => match self.syntax.backtick {
                Backtick::None => None,
                Backtick::Raw => Some(quoted_bytes(rest, "`", false, true)),
                Backtick::Template => Some(template_bytes(rest)),
            },
            (b'/', _) if self.syntax.has_regex && self.is_regex_place() => Some(regex_bytes(rest)),
            (b'"' | b'\'', Quotes::None) => None,
            (b'"', Quotes::Python | Quotes::TextBlock) if rest.starts_with("\"\"\"") => {
                Some(quoted_bytes(rest, "\"\"\"", true, true))
            }
            (b'\'', Quotes::Python) if rest.starts_with("'''") => Some(quoted_bytes(rest, "'''", true, true)),
            (b'\'', Quotes::Rust) => character_bytes(rest),
            (b'\'', Quotes::Cpp) if self.follows_digit() => None,
            (b'"', Quotes::Rust) => Some(quoted_bytes(rest, "\"", true, true)),
            (b'r' | b'b' | b'c', Quotes::Rust) => rust_raw_bytes(rest),
            (b'R', Quotes::Cpp) => cpp_raw_bytes(rest),
            (b'"', _) => Some(quoted_bytes(rest, "\"", true, false)),
            (b'\'', _) => Some(quoted_bytes(rest, "'", true, false)),
            _ => None,
        }
    }

    /// In `1'000'000` the mark separates digits.
    fn follows_digit(&self) -> bool {
        self.text.as_bytes()[..self.at].last().is_some_and(u8::is_ascii_hexdigit)
    }

    /// A slash after a value divides; elsewhere it begins a pattern.
    fn is_regex_place(&self) -> bool {
        const BEFORE_A_PATTERN: &[&str] = &["return", "typeof", "case", "in", "of", "do", "else", "void", "throw"];
        self.tokens.last().is_none_or(|last| match last.kind {
            TokenKind::Word => BEFORE_A_PATTERN.contains(&last.text),
            TokenKind::Literal => false,
            // `<` opens a closing tag of JSX.
            TokenKind::Sign => !matches!(last.text, ")" | "]" | "}" | "<"),
        })
    }
}

/// Part of a name or a number.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Up to the end of the line, following backslashes at line ends.
fn logical_line_bytes(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
            break;
        }
    }
    end
}

fn block_comment_bytes(text: &str, open: &str, close: &str, is_nested: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = open.len();
    let mut level = 1;
    while at < bytes.len() {
        if bytes[at..].starts_with(close.as_bytes()) {
            at += close.len();
            level -= 1;
            if level == 0 {
                return at;
            }
        } else if is_nested && bytes[at..].starts_with(open.as_bytes()) {
            at += open.len();
            level += 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// A string between two marks.
fn quoted_bytes(text: &str, mark: &str, has_escapes: bool, spans_lines: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = mark.len();
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if has_escapes => at = after_char(text, at + 1),
            b'\n' if !spans_lines => return at,
            _ if bytes[at..].starts_with(mark.as_bytes()) => return at + mark.len(),
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Past the character that begins at `at`, or the end.
fn after_char(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(text.len(), |c| at + c.len_utf8())
}

/// A template with `${…}` inside, in which more templates may stand.
fn template_bytes(text: &str) -> usize {
    let bytes = text.as_bytes();
    // `None` inside a template, the number of open brackets inside its `${…}`.
    let mut open: Vec<Option<usize>> = vec![None];
    let mut at = 1;
    while at < bytes.len() && !open.is_empty() {
        match (open.last_mut(), bytes[at]) {
            (_, b'\\') => at += 1,
            (Some(None), b'`') => {
                open.pop();
            }
            (Some(None), b'$') if bytes.get(at + 1) == Some(&b'{') => {
                open.push(Some(0));
                at += 1;
            }
            (Some(Some(_)), b'`') => open.push(None),
            (Some(Some(depth)), b'{') => *depth += 1,
            (Some(Some(0)), b'}') => {
                open.pop();
            }
            (Some(Some(depth)), b'}') => *depth -= 1,
            _ => {}
        }
        at += 1;
    }
    text.ceil_char_boundary(at.min(bytes.len()))
}

fn regex_bytes(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut is_in_class = false;
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => return at,
            b'\\' if bytes.get(at + 1) != Some(&b'\n') => at += 1,
            b'[' => is_in_class = true,
            b']' => is_in_class = false,
            b'/' if !is_in_class => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// `'a'` and `'\n'` are characters, `'a` is a lifetime.
fn character_bytes(text: &str) -> Option<usize> {
    let first = after_char(text, 1);
    match text.as_bytes().get(1)? {
        b'\\' => Some(quoted_bytes(text, "'", true, false)),
        _ => (text.as_bytes().get(first) == Some(&b'\'')).then_some(first + 1),
    }
}

/// `r"…"`, `r#"…"#`, `br#"…"#`.
fn rust_raw_bytes(text: &str) -> Option<usize> {
    let marks = text.strip_prefix(['b', 'c']).unwrap_or(text).strip_prefix('r')?;
    let n_hashes = marks.bytes().take_while(|byte| *byte == b'#').count();
    marks[n_hashes..].strip_prefix('"')?;
    let body_at = text.len() - marks.len() + n_hashes + 1;
    let close = format!("\"{}", "#".repeat(n_hashes));
    Some(text[body_at..].find(&close).map_or(text.len(), |at| body_at + at + close.len()))
}

/// `R"x(…)x"`.
fn cpp_raw_bytes(text: &str) -> Option<usize> {
    // The standard allows 16 characters between the quotation mark and the bracket.
    let mark = text.strip_prefix("R\"")?;
    let n_mark = mark.bytes().take(17).position(|byte| byte == b'(')?;
    let close = format!("){}\"", &mark[..n_mark]);
    Some(text.find(&close).map_or(text.len(), |at| at + close.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let found: Vec<&str> = tokens(path, text).iter().map(|token| token.text).collect();
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn comments_and_white_space_are_no_tokens() {
        check("a.c", "a /* b\n c */ + // d\n d;", &["a", "+", "d", ";"]);
        check("a.py", "a # b\n'c # d'", &["a", "'c # d'"]);
        check("a.rs", "a /* b /* c */ d */ e", &["a", "e"]);
        check("a.sh", "#!/bin/sh\na#b # c", &["a", "#", "b"]);
    }

    #[test]
    fn a_string_is_one_token_however_it_is_written() {
        check("a.py", "f\"\"\"a\n\"b\" \"\"\" 'c\\'d'", &["f", "\"\"\"a\n\"b\" \"\"\"", "'c\\'d'"]);
        check("a.js", "`a ${b + `c}`} d` / e; /[/]\"/.f", &["`a ${b + `c}`} d`", "/", "e", ";", "/[/]\"/", ".", "f"]);
        check("a.rs", "r#\"a\"b\"# 'c' 'd \"e\nf\"", &["r#\"a\"b\"#", "'c'", "'", "d", "\"e\nf\""]);
        check("a.cpp", "R\"x(a\")\")x\" 1'000 L'a'", &["R\"x(a\")\")x\"", "1", "'", "000", "L", "'a'"]);
        check("a.go", "`a\\` + \"b\"", &["`a\\`", "+", "\"b\""]);
        check("A.java", "\"\"\"\n a \"b\" \"\"\" + 'c'", &["\"\"\"\n a \"b\" \"\"\"", "+", "'c'"]);
    }

    #[test]
    fn a_string_without_an_end_takes_no_more_than_its_line_or_the_text() {
        check("a.c", "\"a\nb", &["\"a", "b"]);
        check("a.js", "`${", &["`${"]);
        check("a.py", "'''é\\", &["'''é\\"]);
        check("a.js", "/é\\\nb", &["/é\\", "b"]);
    }

    #[test]
    fn lines_are_counted_and_directives_are_told_apart() {
        let found: Vec<(&str, u32, bool)> = tokens("a.h", "a;\n# if b && \\\n c /* \n */\nd # e")
            .iter()
            .map(|token| (token.text, token.line, token.is_directive))
            .collect();
        assert_eq!(
            found,
            [
                ("a", 1, false),
                (";", 1, false),
                ("#", 2, true),
                ("if", 2, true),
                ("b", 2, true),
                ("&&", 2, true),
                ("\\", 2, true),
                ("c", 3, true),
                ("d", 5, false),
                ("#", 5, false),
                ("e", 5, false)
            ]
        );
    }
}
