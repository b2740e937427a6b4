//! How is a line written so that GitHub shows it and does nothing else?
//!
//! In: a [`Line`]. Out: GitHub-flavoured Markdown. A stranger's text never pings, links, closes, counts as a table cell
//! or becomes HTML: it stands in code spans, or with every active character escaped. Never shortens our own words.

use super::hostile;
use super::span::{Line, Span};

/// Stands between a trigger and what it would trigger: `@` and a name, `#` and a number. Invisible when rendered.
const JOINER: char = '\u{200d}';

/// One line of Markdown.
pub(super) fn line(line: &Line) -> String {
    line.0.iter().map(span).collect()
}

fn span(span: &Span) -> String {
    match span {
        Span::Ours(words) => words.clone(),
        Span::Strong(words) => format!("**{words}**"),
        Span::Theirs(words) => prose(words),
        Span::Code(words) => code(&hostile::clean(words)),
        Span::Path(path) => code(&hostile::path(path)),
        Span::Commit { short, url: None } => code(short),
        Span::Commit { short, url: Some(url) } => format!("[{}]({url})", code(short)),
        Span::File { path, url: None } => code(&hostile::path(path)),
        Span::File { path, url: Some(url) } => format!("[{}]({url})", code(&hostile::path(path))),
    }
}

/// A table with aligned columns: `true` in `is_number` aligns a column to the right.
pub(super) fn table(head: &[&str], is_number: &[bool], rows: &[Vec<Line>]) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = is_number.iter().map(|&right| if right { "--:".to_owned() } else { ":--".to_owned() });
    let body = rows.iter().map(|cells| row(cells.iter().map(line).collect()));
    [row(head.iter().map(|&cell| cell.to_owned()).collect()), row(rule.collect())].into_iter().chain(body).collect()
}

/// A stranger's sentence. Pairs of backticks become code spans, everything else is escaped.
pub(super) fn prose(text: &str) -> String {
    let text = hostile::sentence(text, hostile::SENTENCE_CHARS);
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        // An odd number of backticks: nobody knows which belong together, so none does.
        return escape(&text);
    }
    let is_code = |index: usize, piece: &str| index % 2 == 1 && !piece.trim().is_empty();
    let render = |(index, piece): (usize, &&str)| if is_code(index, piece) { code(piece) } else { escape(piece) };
    pieces.iter().enumerate().map(render).collect()
}

/// Clean text as code. In code GitHub expands neither mentions nor references, links, emoji or HTML.
///
/// Backticks, pipes and backslashes would end the span or the table cell; text with any of them is written as an HTML
/// element in which each character that could be active is an entity.
fn code(text: &str) -> String {
    let breaks_out = |c: char| matches!(c, '`' | '|' | '\\');
    // A comment's opening is harmless in code, but the program looks for its own marker in the raw text.
    if text.trim().is_empty() || text.contains(breaks_out) || text.contains("<!--") {
        format!("<code>{}</code>", entities(text))
    } else {
        format!("`{text}`")
    }
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // GitHub finds mail addresses after it has decoded entities: the joiner keeps them apart.
            '@' => out.extend(['@', JOINER]),
            '/' | '-' => out.push(c),
            c if c.is_ascii_punctuation() || c == ' ' => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Clean text as words: no mark-up, no mention, no reference, no link.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '@' => out.extend(['@', JOINER]),
            '#' => out.extend(['\\', '#', JOINER]),
            ':' if chars.peek() == Some(&'/') => out.extend([':', JOINER]),
            '-' if ends_with_word(&out, "gh") => out.extend(['-', JOINER]),
            '.' if ends_with_word(&out, "www") => out.extend(['.', JOINER]),
            // GitHub's own advice for a dollar sign that must not start a formula.
            '$' => out.push_str("<span>$</span>"),
            '.' | ')' if !out.is_empty() && out.bytes().all(|b| b.is_ascii_digit()) => out.extend(['\\', c]),
            '-' | '+' | '=' if out.trim().is_empty() => out.extend(['\\', c]),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '!' | '|' | '~' | '&' | '"' => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
    }
    out
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.get(text.len().saturating_sub(word.len())..).is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// `path` for a URL: every byte that is not unreserved (RFC 3986) is percent-encoded, slashes stay.
pub(super) fn url_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text somebody could put into a path or a commit message, and what it must not do.
    const ATTACKS: &[&str] = &[
        "@octocat",
        "mail me@example.com",
        "fixes #1 and octo/hello#2 and GH-3",
        "https://evil.example/x and www.evil.example and ftp://evil.example",
        "[click](https://evil.example) ![img](https://evil.example/p.png)",
        "[ref]: https://evil.example",
        "<script>alert(1)</script><img src=x onerror=y>",
        "</details><!-- hyperion:summary -->",
        "<!-- comment",
        "a|b|c\\|d",
        "`; @octocat `",
        "a`@octocat",
        "``` \n# heading\n```",
        "**bold** _em_ ~~gone~~ $x^2$ &lt;b&gt; &#64;octocat",
        "# heading",
        "1. list",
        "- [ ] task",
        "> quote",
        "\u{202e}gnp.exe \u{200b}@\u{200b}octocat \u{1b}[31m",
        "line one\nline two\r\n\r\n| a | b |",
        "\\@octocat \\`@octocat\\`",
    ];

    #[test]
    fn no_attack_leaves_its_place() {
        for attack in ATTACKS {
            for markdown in [prose(attack), span(&Span::Path((*attack).to_owned()))] {
                check(attack, &markdown);
            }
        }
    }

    /// What GitHub would act on once code is taken out: the check reads Markdown the way the renderer does, roughly.
    fn check(attack: &str, markdown: &str) {
        assert!(!markdown.contains(['\n', '\r', '\u{1b}', '\u{202e}']), "{attack:?} keeps controls: {markdown:?}");
        let outside = without_code(markdown);
        let active = outside.replace("<span>$</span>", "");
        for (at, c) in active.char_indices() {
            let before = active[..at].chars().next_back();
            let after = active[at + c.len_utf8()..].chars().next();
            let is_escaped = before == Some('\\');
            let is_active = match c {
                '@' => after.is_some_and(char::is_alphanumeric),
                '#' => after.is_some_and(char::is_alphanumeric) || at == 0,
                ':' => after == Some('/'),
                '-' => after.is_some_and(|c| c.is_ascii_digit()) && active[..at].to_lowercase().ends_with("gh"),
                '.' => after.is_some_and(char::is_alphanumeric) && active[..at].to_lowercase().ends_with("www"),
                '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' | '!' => !is_escaped,
                _ => false,
            };
            assert!(!is_active, "{attack:?} stays active at {at} ({c}): {markdown:?}");
        }
    }

    fn without_code(markdown: &str) -> String {
        let mut outside = String::new();
        let mut rest = markdown;
        while let Some(start) = rest.find("<code>").filter(|&at| unescaped_backtick(rest).is_none_or(|tick| at < tick))
        {
            let length = rest[start..].find("</code>").expect("an opened element is closed");
            let inside = &rest[start + "<code>".len()..start + length];
            assert!(!inside.contains(['`', '<', '>', '|', '\\', '[', ']', '*', '_', '.', ':']), "{inside:?}");
            assert!(inside.split('@').skip(1).all(|after| after.starts_with(JOINER)), "{inside:?}");
            outside.push_str(&rest[..start]);
            rest = &rest[start + length + "</code>".len()..];
        }
        match unescaped_backtick(rest) {
            Some(start) => {
                let length = rest[start + 1..].find('`').expect("an opened span is closed");
                outside + &rest[..start] + &without_code(&rest[start + length + 2..])
            }
            None => outside + rest,
        }
    }

    fn unescaped_backtick(text: &str) -> Option<usize> {
        text.char_indices().find(|&(at, c)| c == '`' && !text[..at].ends_with('\\')).map(|(at, _)| at)
    }

    #[test]
    fn ordinary_words_stay_readable() {
        assert_eq!(
            prose("Three of the last four changes to `src/a_b.rs` were repaired (92% of files: less)."),
            "Three of the last four changes to `src/a_b.rs` were repaired (92% of files: less)."
        );
        assert_eq!(code("src/a_b.rs"), "`src/a_b.rs`");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
    }

    #[test]
    fn a_link_cannot_be_left_early() {
        assert_eq!(url_path("a b/(c)?#[d]\".rs"), "a%20b/%28c%29%3F%23%5Bd%5D%22.rs");
    }

    #[test]
    fn a_table_row_has_as_many_cells_as_its_head() {
        let rows = vec![vec![Line::new().path("a|b`c\\"), Line::new().ours("0.70")]];
        let text = table(&["File", "Risk"], &[false, true], &rows);
        for row in text.lines() {
            assert_eq!(row.matches('|').count(), 3, "{row}");
        }
    }
}
