//! JSON as people write it into configuration files.
//!
//! In: JSON with comments and trailing commas. Out: its value, or `None` when it is broken beyond that or too large.

use super::MAX_MANIFEST_BYTES;
use serde_json::Value;

/// The value of `text`, as `tsconfig.json` may be written.
pub(super) fn parse(text: &str) -> Option<Value> {
    if text.len() > MAX_MANIFEST_BYTES {
        return None;
    }
    serde_json::from_str(text.trim_start_matches('\u{feff}')).ok().or_else(|| serde_json::from_str(&strict(text)).ok())
}

/// `text` without comments and without commas before closing brackets.
fn strict(text: &str) -> String {
    let mut strict = String::with_capacity(text.len());
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '/' if rest.starts_with("//") => {
                rest = rest.find('\n').map_or("", |end| &rest[end..]);
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest[2..].find("*/").map_or("", |end| &rest[2 + end + 2..]);
                continue;
            }
            _ => first.len_utf8(),
        };
        if matches!(first, '}' | ']') {
            let kept = strict.trim_end();
            let kept = kept.strip_suffix(',').unwrap_or(kept).len();
            strict.truncate(kept);
        }
        strict.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    strict
}

/// How long the string literal is that `text` begins with; all of it when it never ends.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_forgiven() {
        let text = "{ // one\n \"a\": [1, 2, /* two */ ],\n \"b\": \"// \\\" ,}\", }";
        assert_eq!(parse(text), serde_json::from_str("{\"a\":[1,2],\"b\":\"// \\\" ,}\"}").ok());
        assert_eq!(parse("[/*/ 1, */ 2]"), Some(serde_json::json!([2])));
        assert_eq!(parse("{ \"a\": "), None);
        assert_eq!(parse("\"never ends"), None);
    }
}
