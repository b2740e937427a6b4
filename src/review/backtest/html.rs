//! How does a browser show a backtest?
//!
//! In: what there is to say. Out: one page: headings, tables with captions, one drawing whose numbers stand in the table
//! beside it. Light or dark as the reader's system is. Every word that is not ours is escaped; the page allows
//! neither scripts nor anything from elsewhere.

use super::parts::{Figure, Parts};
use crate::models::backtest::{Bin, Report};
use crate::review::findings::{Block, Section, Table};
use crate::review::hostile;
use crate::review::picture_svg::picture_svg;
use crate::review::span::{Line, Span};

/// Side of the drawing, in its own units.
const SIDE: f64 = 220.0;

/// Space for the words at its edges.
const MARGIN: f64 = 34.0;

/// Radius of the largest dot.
const MAX_RADIUS: f64 = 11.0;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--quiet:#57606a;--line:#d0d7de;--mark:#0969da}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--quiet:#9198a1;--line:#3d444d;--mark:#58a6ff}}\
body{margin:0 auto;padding:1.5rem;max-width:60rem;color:var(--ink);background:var(--paper);\
font:1rem/1.5 system-ui,sans-serif}\
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin:2rem 0 .5rem}\
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
caption{text-align:left;color:var(--quiet);padding-bottom:.25rem}\
th,td{padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}\
.n{text-align:right}code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}\
li{margin:.35rem 0}footer{margin-top:2.5rem;color:var(--quiet);font-size:.9rem}\
svg{max-width:20rem;width:100%;height:auto}svg text{fill:var(--quiet);font-size:11px}\
.edge{fill:none;stroke:var(--line)}.even{stroke:var(--quiet);stroke-dasharray:4 4}.dot{fill:var(--mark);fill-opacity:.75}";

pub(super) fn page(parts: &Parts, report: &Report, hyperion_version: &str) -> String {
    let title = escaped(&parts.headline);
    let lead: String = parts.lead.iter().map(|it| format!("<p>{}</p>\n", line(it))).collect();
    let sections: String = parts
        .sections
        .iter()
        .map(|part| section(&part.section, part.figure.as_ref().map(|Figure::Reliability| reliability(report))))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{lead}{sections}</main>\n\
         <footer>{}</footer>\n</body>\n</html>\n",
        footer(report, hyperion_version)
    )
}

fn footer(report: &Report, hyperion_version: &str) -> String {
    let commit: String = report.as_of_commit.to_string().chars().take(12).collect();
    let (version, model) = (escaped(hyperion_version), escaped(report.model));
    format!("Hyperion {version}, model {model}, history up to <code>{commit}</code> of {}.", report.as_of)
}

fn section(section: &Section, figure: Option<String>) -> String {
    let title = escaped(&section.title);
    let blocks: String = section.blocks.iter().map(|it| block(it, &title)).collect();
    format!("<section>\n<h2>{title}</h2>\n{}{blocks}</section>\n", figure.unwrap_or_default())
}

fn block(block: &Block, title: &str) -> String {
    match block {
        Block::Text(text) => format!("<p>{}</p>\n", line(text)),
        Block::Items(items) => {
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", line(item))).collect();
            format!("<ul>\n{items}</ul>\n")
        }
        Block::Table(it) => table(it, title),
        Block::Picture(picture) => picture_svg(picture),
    }
}

/// The first cell of a row names it.
fn table(table: &Table, title: &str) -> String {
    let class = |column: usize| if table.is_number.get(column) == Some(&true) { " class=\"n\"" } else { "" };
    let head = |(column, word): (usize, &&str)| format!("<th scope=\"col\"{}>{}</th>", class(column), escaped(word));
    let head: String = table.head.iter().enumerate().map(head).collect();
    let cell = |(column, it): (usize, &Line)| match column {
        0 => format!("<th scope=\"row\"{}>{}</th>", class(column), line(it)),
        _ => format!("<td{}>{}</td>", class(column), line(it)),
    };
    let row = |cells: &Vec<Line>| format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>());
    let rows: String = table.rows.iter().map(row).collect();
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\">\n<table>\n<caption>{title}</caption>\n\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
}

/// Each step as a dot, larger the more was said in it; on the dashed line, what was said happened as often.
fn reliability(report: &Report) -> String {
    let bins: &[Bin] = report.backtest.ready().map_or(&[], |figures| &figures.calibration.bins);
    let most = bins.iter().map(|bin| bin.n).max().unwrap_or(1) as f64;
    let dot = |bin: &Bin| {
        let (x, y) = (MARGIN + SIDE * bin.said, SIDE * (1.0 - bin.n_happened as f64 / bin.n as f64) + 8.0);
        let radius = (MAX_RADIUS * (bin.n as f64 / most).sqrt()).max(2.0);
        format!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"/>\n")
    };
    let dots: String = bins.iter().map(dot).collect();
    let (width, height, bottom, right) = (SIDE + MARGIN + 12.0, SIDE + MARGIN + 8.0, SIDE + 8.0, SIDE + MARGIN);
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"What was said against what happened; the numbers \
         are in the table below\">\n<rect class=\"edge\" x=\"{MARGIN}\" y=\"8\" width=\"{SIDE}\" height=\"{SIDE}\"/>\n\
         <line class=\"even\" x1=\"{MARGIN}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"8\"/>\n{dots}\
         <text x=\"{MARGIN}\" y=\"{0}\">said 0%</text>\n<text x=\"{right}\" y=\"{0}\" text-anchor=\"end\">100%</text>\n\
         <text x=\"4\" y=\"18\">100%</text>\n<text x=\"4\" y=\"{bottom}\">0%</text>\n</svg>\n",
        bottom + 18.0
    )
}

fn line(line: &Line) -> String {
    line.0.iter().map(span).collect()
}

fn span(span: &Span) -> String {
    match span {
        Span::Ours(words) => escaped(words),
        Span::Strong(words) => format!("<strong>{}</strong>", escaped(words)),
        Span::Theirs(words) => format!("<bdi>{}</bdi>", escaped(&hostile::sentence(words, hostile::SENTENCE_CHARS))),
        Span::Code(words) | Span::Commit { short: words, .. } => {
            format!("<code>{}</code>", escaped(&hostile::clean(words)))
        }
        Span::Path(path) | Span::File { path, .. } => format!("<code>{}</code>", escaped(&hostile::path(path))),
    }
}

/// Text that a browser shows as it is, in elements and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
