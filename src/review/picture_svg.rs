//! How is the neighbourhood of a change drawn on a page?
//!
//! In: a [`Picture`]. Out: one SVG document: files in columns by their distance from the change, tests in the last one,
//! lines from what is used to who uses it. It has a title and a description for those who do not see it, no script, no
//! reference to anything outside, and colours for light and dark pages. Strangers' text is cleaned and escaped.

use super::hostile;
use super::picture::drawn;
use super::span::count;
use crate::models::answer::{Picture, PictureEdge, PictureNode};

/// A box, in pixels: wide enough for most paths at this size of letters.
const BOX_WIDTH: usize = 220;
const BOX_HEIGHT: usize = 32;
const GAP_X: usize = 70;
const GAP_Y: usize = 18;
const MARGIN: usize = 16;

/// Letters of a path that fit into a box; the whole path is in its title.
const LABEL_CHARS: usize = 30;

const STYLE: &str = "\
.file{fill:#f6f8fa;stroke:#57606a}.changed{fill:#ddf4ff;stroke:#0969da;stroke-width:2.5}\
.test{stroke-dasharray:none;rx:16px}text{fill:#1f2328;font:12px ui-monospace,SFMono-Regular,Menlo,monospace}\
.line{fill:none;stroke:#57606a;stroke-width:1.5}.habit{stroke-dasharray:4 4}.head{fill:#57606a}\
@media(prefers-color-scheme:dark){.file{fill:#161b22;stroke:#8b949e}.changed{fill:#0c2d6b;stroke:#58a6ff}\
text{fill:#e6edf3}.line{stroke:#8b949e}.head{fill:#8b949e}}";

/// The picture as one SVG document; empty of boxes where there is nothing to draw.
pub fn picture_svg(picture: &Picture) -> String {
    let (nodes, edges) = drawn(picture).unwrap_or_default();
    let places = places(nodes, &edges);
    let width = places.iter().map(|(x, _)| x + BOX_WIDTH).max().unwrap_or(0) + MARGIN;
    let height = places.iter().map(|(_, y)| y + BOX_HEIGHT).max().unwrap_or(0) + MARGIN;
    let lines: String = edges.iter().map(|edge| line(edge, &places)).collect();
    let boxes: String = nodes.iter().zip(&places).map(|(node, place)| file(node, *place)).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"hyperion-title hyperion-desc\">\n\
         <title id=\"hyperion-title\">Files around this change</title>\n<desc id=\"hyperion-desc\">{}</desc>\n\
         <style>{STYLE}</style>\n\
         <defs><marker id=\"hyperion-head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n{lines}{boxes}</svg>\n",
        description(nodes, &edges)
    )
}

/// The upper left corners of the boxes: a column for each step away from the changed files, tests in the last.
fn places(nodes: &[PictureNode], edges: &[&PictureEdge]) -> Vec<(usize, usize)> {
    let columns = columns(nodes, edges);
    let mut n_in_column = vec![0; columns.iter().max().map_or(0, |last| last + 1)];
    let place = |column: usize| {
        let row = n_in_column[column];
        n_in_column[column] += 1;
        (MARGIN + column * (BOX_WIDTH + GAP_X), MARGIN + row * (BOX_HEIGHT + GAP_Y))
    };
    columns.into_iter().map(place).collect()
}

fn columns(nodes: &[PictureNode], edges: &[&PictureEdge]) -> Vec<usize> {
    let is_start = |node: &PictureNode| node.is_changed;
    let mut steps: Vec<Option<usize>> = nodes.iter().map(|node| is_start(node).then_some(0)).collect();
    // Each round settles at least one file or is the last, so there are no more rounds than files.
    for step in 1..=nodes.len() {
        let near: Vec<bool> = steps.iter().map(Option::is_some).collect();
        for edge in edges {
            for (from, to) in [(edge.from, edge.to), (edge.to, edge.from)] {
                if near[from] && steps[to].is_none() {
                    steps[to] = Some(step);
                }
            }
        }
    }
    let distant = |step: &Option<usize>| step.unwrap_or(1);
    let is_last = |node: &PictureNode| node.is_test && !node.is_changed;
    let others = nodes.iter().zip(&steps).filter(|(node, _)| !is_last(node));
    let last = others.map(|(_, step)| distant(step)).max().map_or(0, |deepest| deepest + 1);
    nodes.iter().zip(&steps).map(|(node, step)| if is_last(node) { last } else { distant(step) }).collect()
}

fn file(node: &PictureNode, (x, y): (usize, usize)) -> String {
    let mut class = String::from("file");
    class.push_str(if node.is_changed { " changed" } else { "" });
    class.push_str(if node.is_test { " test" } else { "" });
    let path = hostile::path(&node.file);
    let (text_x, text_y) = (x + 10, y + BOX_HEIGHT / 2 + 4);
    format!(
        "<g><title>{}{}</title><rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" \
         rx=\"{}\"/><text x=\"{text_x}\" y=\"{text_y}\">{}</text></g>\n",
        escaped(&path),
        if node.is_changed { " (changed)" } else { "" },
        if node.is_test { BOX_HEIGHT / 2 } else { 4 },
        escaped(&shortened(&path)),
    )
}

/// From the side of one box to the side of the other; within a column from edge to edge around it.
fn line(edge: &PictureEdge, places: &[(usize, usize)]) -> String {
    let ((from_x, from_y), (to_x, to_y)) = (places[edge.from], places[edge.to]);
    let middle = BOX_HEIGHT / 2;
    let (start, end) = match from_x.cmp(&to_x) {
        std::cmp::Ordering::Less => (from_x + BOX_WIDTH, to_x),
        std::cmp::Ordering::Greater => (from_x, to_x + BOX_WIDTH),
        std::cmp::Ordering::Equal => (from_x + BOX_WIDTH, to_x + BOX_WIDTH),
    };
    let bend = if from_x == to_x { start + GAP_X / 2 } else { (start + end) / 2 };
    let (from_y, to_y) = (from_y + middle, to_y + middle);
    let (class, head) = match edge.kind.as_str() {
        "imports" => ("line", " marker-end=\"url(#hyperion-head)\""),
        _ => ("line habit", ""),
    };
    format!("<path class=\"{class}\"{head} d=\"M{start} {from_y}C{bend} {from_y} {bend} {to_y} {end} {to_y}\"/>\n")
}

/// The picture in words.
fn description(nodes: &[PictureNode], edges: &[&PictureEdge]) -> String {
    let n_changed = nodes.iter().filter(|node| node.is_changed).count();
    let n_imports = edges.iter().filter(|edge| edge.kind == "imports").count();
    let name = |place: usize| hostile::path(&nodes[place].file);
    let said = |edge: &&PictureEdge| match edge.kind.as_str() {
        "imports" => format!("{} imports {}.", name(edge.to), name(edge.from)),
        _ => format!("{} usually changes with {}.", name(edge.to), name(edge.from)),
    };
    let sentences: Vec<String> = edges.iter().map(said).collect();
    let head = format!(
        "{}, {n_changed} of them changed; {} and {}.",
        count(nodes.len(), "file"),
        count(n_imports, "import"),
        count(edges.len() - n_imports, "usual companion")
    );
    escaped(&[head, sentences.join(" ")].join(" "))
}

/// The end of a path tells more than its beginning.
fn shortened(path: &str) -> String {
    let n_chars = path.chars().count();
    if n_chars <= LABEL_CHARS {
        return path.to_owned();
    }
    ['…'].into_iter().chain(path.chars().skip(n_chars - LABEL_CHARS + 1)).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not characters of XML, which a parser refuses.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(files: &[(&str, bool, bool)], edges: &[(usize, usize, &str)]) -> Picture {
        let node =
            |&(file, is_changed, is_test): &(&str, bool, bool)| PictureNode { file: file.into(), is_changed, is_test };
        let edge = |&(from, to, kind): &(usize, usize, &str)| PictureEdge { from, to, kind: kind.into() };
        Picture { nodes: files.iter().map(node).collect(), edges: edges.iter().map(edge).collect() }
    }

    #[test]
    fn files_stand_in_columns_by_distance_and_tests_last() {
        let files =
            [("a.rs", true, false), ("b.rs", false, false), ("c.rs", false, false), ("tests/a.rs", false, true)];
        let edges = [(0, 1, "imports"), (1, 2, "imports"), (0, 3, "changes_together")];
        let picture = picture(&files, &edges);
        let (nodes, edges) = drawn(&picture).expect("has lines");
        assert_eq!(columns(nodes, &edges), [0, 1, 2, 3]);
        let svg = picture_svg(&picture);
        assert!(svg.contains("b.rs imports a.rs. c.rs imports b.rs. tests/a.rs usually changes with a.rs."), "{svg}");
        assert!(svg.contains("4 files, 1 of them changed; 2 imports and 1 usual companion."));
    }

    #[test]
    fn a_hostile_path_is_text_and_nothing_else() {
        let attack = "</text><script>alert(1)</script>\"'&\u{1}\u{ffff}]]>";
        let svg = picture_svg(&picture(&[("a.rs", true, false), (attack, false, false)], &[(0, 1, "imports")]));
        let document = elements(&svg);
        assert!(!svg.contains("<script") && !svg.contains('\u{1}') && !svg.contains('\u{ffff}'));
        assert_eq!(
            document,
            [
                "svg", "title", "desc", "style", "defs", "marker", "path", "path", "g", "title", "rect", "text", "g",
                "title", "rect", "text"
            ]
        );
    }

    /// Names of the elements in order; every one that is opened is closed.
    fn elements(svg: &str) -> Vec<&str> {
        let tags: Vec<&str> = svg.split('<').skip(1).filter_map(|tag| tag.split('>').next()).collect();
        let opened = tags.iter().filter(|tag| !tag.starts_with('/'));
        let n_left_open = opened.clone().filter(|tag| !tag.ends_with('/')).count();
        assert_eq!(n_left_open, tags.iter().filter(|tag| tag.starts_with('/')).count(), "{svg}");
        opened.filter_map(|tag| tag.split([' ', '/']).next()).collect()
    }

    #[test]
    fn a_circle_and_an_empty_picture_are_drawn_without_complaint() {
        let files = [("a.rs", false, false), ("b.rs", false, false)];
        assert!(picture_svg(&picture(&files, &[(0, 1, "imports"), (1, 0, "imports")])).contains("b.rs"));
        assert!(picture_svg(&Picture::default()).ends_with("</svg>\n"));
    }
}
