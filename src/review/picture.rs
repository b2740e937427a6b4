//! How is the neighbourhood of a change drawn in a comment?
//!
//! In: a [`Picture`]. Out: a mermaid flow chart in a fenced block of Markdown. Paths come from strangers: in a label
//! every character that is not a letter, a digit or one of a few harmless signs is written as an entity, so that none
//! ends the label, the line or the block. Never holds a link, a style of theirs or a directive.

use super::hostile;
use crate::models::answer::{Picture, PictureEdge, PictureNode};

/// Nodes and edges that are drawn at most, whatever comes in.
pub(super) const MAX_NODES: usize = 15;
/// Two lines between any two of the nodes.
pub(super) const MAX_EDGES: usize = MAX_NODES * (MAX_NODES - 1);

/// The picture as mermaid; `None` where no line joins anything.
pub(super) fn mermaid(picture: &Picture) -> Option<String> {
    let (nodes, edges) = drawn(picture)?;
    let mut out = String::from("```mermaid\nflowchart LR\n");
    for (place, node) in nodes.iter().enumerate() {
        let class = if node.is_changed { ":::changed" } else { "" };
        let (open, close) = if node.is_test { ("([", "])") } else { ("[", "]") };
        out.push_str(&format!("  n{place}{open}\"{}\"{close}{class}\n", label(&node.file)));
    }
    for edge in edges {
        let arrow = if edge.kind == "imports" { "-->" } else { "-.-" };
        out.push_str(&format!("  n{} {arrow} n{}\n", edge.from, edge.to));
    }
    out.push_str("  classDef changed stroke-width:3px\n```\n\n");
    Some(out)
}

/// Nodes and edges that can be drawn: edges that lead nowhere are passed over. `None` without edges.
pub(super) fn drawn(picture: &Picture) -> Option<(&[PictureNode], Vec<&PictureEdge>)> {
    let nodes = &picture.nodes[..picture.nodes.len().min(MAX_NODES)];
    let is_drawn = |edge: &&PictureEdge| edge.from < nodes.len() && edge.to < nodes.len() && edge.from != edge.to;
    let edges: Vec<&PictureEdge> = picture.edges.iter().filter(is_drawn).take(MAX_EDGES).collect();
    (!edges.is_empty()).then_some((nodes, edges))
}

fn label(path: &str) -> String {
    let mut label = String::new();
    for letter in hostile::path(path).chars() {
        match letter {
            letter if letter.is_alphanumeric() || matches!(letter, '/' | '.' | '-' | '_' | ' ' | '…') => {
                label.push(letter)
            }
            // Mermaid's entities: a number sign, the character's number, a semicolon.
            letter => label.push_str(&format!("#{};", u32::from(letter))),
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(files: &[&str]) -> Picture {
        let node = |(place, file): (usize, &&str)| PictureNode {
            file: (*file).to_owned(),
            is_changed: place == 0,
            is_test: file.contains("test"),
        };
        let edge = |to| PictureEdge { from: 0, to, kind: "imports".to_owned() };
        Picture { nodes: files.iter().enumerate().map(node).collect(), edges: (1..files.len()).map(edge).collect() }
    }

    #[test]
    fn changed_files_tests_and_lines_can_be_told_apart() {
        let mut picture = picture(&["src/a.rs", "src/b.rs", "tests/a.rs"]);
        picture.edges[0].kind = "changes_together".to_owned();
        let expected = "```mermaid\nflowchart LR\n  n0[\"src/a.rs\"]:::changed\n  n1[\"src/b.rs\"]\n  n2([\"tests/a.rs\"])\n  \
                        n0 -.- n1\n  n0 --> n2\n  classDef changed stroke-width:3px\n```\n\n";
        assert_eq!(mermaid(&picture).as_deref(), Some(expected));
    }

    #[test]
    fn a_hostile_path_stays_inside_its_label() {
        let attacks = [
            "a\"]; click n0 \"javascript:alert(1)\"",
            "```\n# heading\n@octocat",
            "%%{init: {'theme':'x'}}%%",
            "end\nsubgraph x",
            "<img src=x onerror=y>",
            "<!-- hyperion:summary -->",
            "`bold` **x** #quot; &quot;",
            "\u{202e}gnp.exe\u{2028}x",
        ];
        for attack in attacks {
            let text = mermaid(&picture(&["a.rs", attack])).expect("has a line");
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), 8, "{text}");
            let inside = lines[3].strip_prefix("  n1[\"").and_then(|rest| rest.strip_suffix("\"]")).expect("a label");
            assert!(!inside.contains(['"', '`', '<', '>', '[', ']', '(', '{', '%', '&', '@', ':', '*']), "{inside}");
        }
    }

    #[test]
    fn edges_that_lead_nowhere_are_passed_over() {
        let mut broken = picture(&["a.rs", "b.rs"]);
        broken.edges = vec![PictureEdge { from: 7, to: 0, kind: "imports".to_owned() }];
        assert_eq!(mermaid(&broken), None);
        assert_eq!(mermaid(&Picture::default()), None);
        let many: Vec<String> = (0..500).map(|n| format!("{n}{}", "\"".repeat(2_000))).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(mermaid(&picture(&many)).is_some_and(|text| text.len() < 10_000));
    }
}
