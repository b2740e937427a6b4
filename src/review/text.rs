//! How does a terminal show the review?
//!
//! In: the same input and review, the terminal's width, and whether it has colours. Out: plain text: the check's
//! title, the comment, the annotations and the line notes. Never lets a stranger's text move the cursor: controls
//! are gone before a line is wrapped.

use super::findings::{self, Block, Findings, Section, Table};
use super::span::{Line, Span};
use super::types::{Conclusion, LineNote, Review, Verdict};
use super::view::View;
use super::{Input, hostile, verdict};
use crate::domain::Band;

/// Narrower terminals get lines of this width all the same.
const MIN_WIDTH: usize = 40;
/// Wider ones too: longer lines are hard to read.
const MAX_WIDTH: usize = 120;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Characters on a line.
    pub width: usize,
    /// Whether ANSI colours may be used.
    pub colour: bool,
}

/// The whole review as plain text.
pub fn render(input: &Input<'_>, review: &Review, style: Style) -> String {
    let view = View::new(input);
    let flags = verdict::flags(&view, input.policy);
    let findings = findings::find(input, &view, &flags, review.verdict, review.conclusion);
    let mut page = Page { out: String::new(), width: style.width.clamp(MIN_WIDTH, MAX_WIDTH), colour: style.colour };
    page.check(review);
    page.comment(&findings, review.verdict);
    page.places("Annotations in the check run", review.annotations.iter().map(|a| (&a.path, a.line, &a.title)));
    page.line_notes(&review.line_notes);
    page.footer(&findings);
    page.out
}

/// A report that is no review: a headline, what must be known first, and sections.
pub(super) fn report(headline: &str, lead: &[Line], sections: &[Section], style: Style) -> String {
    let mut page = Page { out: String::new(), width: style.width.clamp(MIN_WIDTH, MAX_WIDTH), colour: style.colour };
    page.heading(headline);
    lead.iter().for_each(|line| page.wrapped(&plain(line), "", ""));
    page.out.push('\n');
    sections.iter().for_each(|section| page.section(section));
    page.out
}

/// ANSI styles, named after what they say.
#[derive(Debug, Clone, Copy)]
enum Tone {
    Heading,
    Quiet,
    Good,
    Careful,
    Bad,
}

impl Tone {
    fn code(self) -> &'static str {
        match self {
            Tone::Heading => "1",
            Tone::Quiet => "2",
            Tone::Good => "1;32",
            Tone::Careful => "1;33",
            Tone::Bad => "1;31",
        }
    }

    fn of_band(band: Option<Band>) -> Self {
        match band {
            None | Some(Band::Normal) => Tone::Good,
            Some(Band::Watch | Band::ReinforcedMonitoring) => Tone::Careful,
            Some(Band::ImmediateAction) => Tone::Bad,
        }
    }

    fn of_conclusion(conclusion: Conclusion) -> Self {
        match conclusion {
            Conclusion::Success => Tone::Good,
            Conclusion::Neutral => Tone::Careful,
            Conclusion::Failure => Tone::Bad,
        }
    }
}

struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    fn check(&mut self, review: &Review) {
        let conclusion = match review.conclusion {
            Conclusion::Success => "success",
            Conclusion::Neutral => "neutral",
            Conclusion::Failure => "failure",
        };
        let mark = self.tint(conclusion, Tone::of_conclusion(review.conclusion));
        self.out.push_str(&format!("hyperion: {mark}\n"));
        self.wrapped(&hostile::clean(&review.title), "", "");
        self.out.push('\n');
    }

    fn comment(&mut self, findings: &Findings, verdict: Verdict) {
        let headline = &findings.headline;
        let tone = if verdict == Verdict::NotEnoughHistory { Tone::Careful } else { Tone::of_band(headline.band) };
        let words = self.tint(&headline.words, tone);
        self.out.push_str(&format!("{words}\n"));
        if let Some(frequency) = &headline.frequency {
            self.wrapped(frequency, "", "");
        }
        self.out.push('\n');
        self.paragraph(&findings.gate);
        findings.notice.iter().for_each(|notice| self.paragraph(notice));
        if let Some(reasons) = &findings.reasons {
            self.heading(&plain(&reasons.title));
            self.items(&reasons.items, "  - ");
        }
        if !findings.actions.is_empty() {
            self.heading("What would help");
            self.items(&findings.actions, "  [ ] ");
        }
        if let Some(riskiest) = &findings.riskiest {
            self.heading("Riskiest files");
            self.table(riskiest);
        }
        findings.sections.iter().for_each(|section| self.section(section));
    }

    fn section(&mut self, section: &Section) {
        self.heading(&section.title);
        for block in &section.blocks {
            match block {
                Block::Text(line) => self.wrapped(&plain(line), "  ", "  "),
                Block::Items(lines) => lines.iter().for_each(|line| self.wrapped(&plain(line), "  - ", "    ")),
                Block::Table(table) => self.rows(table),
                // Its lines stand in the table of affected files already.
                Block::Picture(_) => {}
            }
        }
        self.out.push('\n');
    }

    fn places<'a>(&mut self, title: &str, places: impl Iterator<Item = (&'a String, u32, &'a String)>) {
        let lines: Vec<_> = places
            .map(|(path, line, title)| format!("{}:{line}  {}", hostile::path(path), hostile::clean(title)))
            .collect();
        if lines.is_empty() {
            return;
        }
        self.heading(title);
        lines.iter().for_each(|line| self.wrapped(line, "  ", "    "));
        self.out.push('\n');
    }

    fn line_notes(&mut self, notes: &[LineNote]) {
        if notes.is_empty() {
            return;
        }
        self.heading("Line notes");
        for note in notes {
            self.wrapped(&format!("{}:{}", hostile::path(&note.path), note.line), "  ", "    ");
            self.wrapped(&without_markup(&note.body), "    ", "    ");
        }
        self.out.push('\n');
    }

    fn footer(&mut self, findings: &Findings) {
        let parts: Vec<_> = findings.footer.iter().map(plain).filter(|part| !part.starts_with("/hyperion")).collect();
        let width = self.width;
        for line in wrap(&parts.join(" · "), width) {
            let line = self.tint(&line, Tone::Quiet);
            self.out.push_str(&format!("{line}\n"));
        }
    }

    fn heading(&mut self, words: &str) {
        let words = self.tint(words, Tone::Heading);
        self.out.push_str(&format!("{words}\n"));
    }

    fn paragraph(&mut self, line: &Line) {
        self.wrapped(&plain(line), "", "");
        self.out.push('\n');
    }

    fn items(&mut self, lines: &[Line], bullet: &str) {
        let rest = " ".repeat(bullet.len());
        lines.iter().for_each(|line| self.wrapped(&plain(line), bullet, &rest));
        self.out.push('\n');
    }

    fn table(&mut self, table: &Table) {
        self.rows(table);
        self.out.push('\n');
    }

    /// The widest column of words gives way when a row is wider than the terminal.
    fn rows(&mut self, table: &Table) {
        let head: Vec<String> = table.head.iter().map(|&word| word.to_owned()).collect();
        let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(plain).collect()).collect();
        let n_columns = head.len();
        let width_of = |column: usize| {
            let cells = rows.iter().chain([&head]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..n_columns).map(width_of).collect();
        narrow(&mut widths, self.width.saturating_sub(2 + 2 * n_columns.saturating_sub(1)));
        for row in [&head].into_iter().chain(&rows) {
            let cell = |(column, text): (usize, &String)| fill(text, widths[column], table.is_number[column]);
            let cells: Vec<_> = row.iter().enumerate().take(n_columns).map(cell).collect();
            self.out.push_str(&format!("  {}\n", cells.join("  ").trim_end()));
        }
    }

    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        for (index, line) in wrap(text, self.width - rest.len()).iter().enumerate() {
            let indent = if index == 0 { first } else { rest };
            self.out.push_str(&format!("{indent}{line}\n"));
        }
    }

    fn tint(&self, words: &str, tone: Tone) -> String {
        if self.colour { format!("\u{1b}[{}m{words}\u{1b}[0m", tone.code()) } else { words.to_owned() }
    }
}

fn plain(line: &Line) -> String {
    let words = |span: &Span| match span {
        Span::Ours(words) | Span::Strong(words) => words.clone(),
        Span::Theirs(words) => hostile::sentence(words, hostile::SENTENCE_CHARS),
        Span::Code(words) | Span::Commit { short: words, .. } => hostile::clean(words),
        Span::Path(path) | Span::File { path, .. } => hostile::path(path),
    };
    line.0.iter().map(words).collect()
}

/// A line note's Markdown without the marks this room put there.
fn without_markup(body: &str) -> String {
    let body = body.replace("**", "").replace('\u{200d}', "");
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    hostile::clean(&out)
}

/// Lines of at most `width` characters; a longer word stands alone. A no-break space keeps its words together.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut n_chars = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if n_chars > 0 && n_chars + 1 + length > width {
            lines.push(String::new());
            n_chars = 0;
        }
        let line = lines.last_mut().expect("there is always a last line");
        if n_chars > 0 {
            line.push(' ');
            n_chars += 1;
        }
        line.push_str(word);
        n_chars += length;
    }
    lines
}

/// Takes from the widest column until all fit, but leaves each at least eight characters.
fn narrow(widths: &mut [usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 8 => *widest -= 1,
            _ => return,
        }
    }
}

fn fill(text: &str, width: usize, is_number: bool) -> String {
    let n_chars = text.chars().count();
    if n_chars > width {
        let head = width / 3;
        let tail = width - head - 1;
        return text.chars().take(head).chain(['…']).chain(text.chars().skip(n_chars - tail)).collect();
    }
    let space = " ".repeat(width - n_chars);
    if is_number { space + text } else { text.to_owned() + &space }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::scenarios;

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [72, 100, 120] {
            let scenario = scenarios::flagged();
            let text = render(&scenario.input(), &scenario.review(), Style { width, colour: false });
            for line in text.lines() {
                // A path is one word and stays whole.
                let n_words = line.split_whitespace().count();
                assert!(line.chars().count() <= width || n_words <= 2, "{width}: {line}");
            }
        }
    }

    #[test]
    fn hostile_text_cannot_steer_the_terminal() {
        let scenario = scenarios::hostile();
        let text = render(&scenario.input(), &scenario.review(), Style { width: 80, colour: false });
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
    }

    #[test]
    fn colours_come_only_when_asked_for() {
        let scenario = scenarios::flagged();
        let plain = render(&scenario.input(), &scenario.review(), Style { width: 80, colour: false });
        let colourful = render(&scenario.input(), &scenario.review(), Style { width: 80, colour: true });
        assert!(!plain.contains('\u{1b}') && colourful.contains("\u{1b}[1;31mImmediate action 0.83\u{1b}[0m"));
    }
}
