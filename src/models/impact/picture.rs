//! What does the neighbourhood of a change look like?
//!
//! In: the changed files with their scores, the affected files and the tests that reach them. Out: a [`Picture`] of a
//! handful of files and the lines between them. Changed files come first; any other file is drawn only where a line
//! joins it to one that is there already.

use super::terrain::Terrain;
use crate::models::answer::{AffectedComponent, Picture, PictureEdge, PictureNode};
use std::collections::BTreeSet;

/// More files than these are not read from a picture.
const MAX_NODES: usize = 15;

/// Changed files, where others are there as well.
const MAX_CHANGED: usize = 6;

/// Tests.
const MAX_TESTS: usize = 3;

/// A habit weaker than this gets no line.
const MIN_HABIT: f32 = 0.2;

/// Draws the changed files by impact, then the most affected, tests last.
pub(super) fn picture(
    terrain: &Terrain<'_>,
    changed: &[(&str, f64)],
    affected: &[AffectedComponent],
    tests: &[String],
) -> Picture {
    let mut by_impact: Vec<&(&str, f64)> = changed.iter().collect();
    by_impact.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut drawing = Drawing { terrain, picture: Picture::default(), drawn: BTreeSet::new() };
    by_impact.iter().take(MAX_CHANGED).for_each(|(path, _)| drawing.draw(path, Role::Changed));
    let changed: BTreeSet<&str> = changed.iter().map(|(path, _)| *path).collect();
    let n_tests = tests.iter().filter(|path| !changed.contains(path.as_str())).count().min(MAX_TESTS);
    for component in affected.iter().filter(|component| !changed.contains(component.file.as_str())) {
        if drawing.picture.nodes.len() + n_tests < MAX_NODES {
            drawing.draw(&component.file, Role::Affected);
        }
    }
    let n_before = drawing.picture.nodes.len();
    for test in tests.iter().filter(|path| !changed.contains(path.as_str())) {
        if drawing.picture.nodes.len() < MAX_NODES.min(n_before + MAX_TESTS) {
            drawing.draw(test, Role::Test);
        }
    }
    drawing.picture
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Changed,
    Affected,
    Test,
}

struct Drawing<'a> {
    terrain: &'a Terrain<'a>,
    picture: Picture,
    drawn: BTreeSet<String>,
}

impl Drawing<'_> {
    /// Adds a file with its lines to those that are there; one without any line only where it is changed.
    fn draw(&mut self, path: &str, role: Role) {
        let place = self.picture.nodes.len();
        let nodes = self.picture.nodes.iter().enumerate();
        let edges: Vec<PictureEdge> =
            nodes.flat_map(|(other, node)| self.lines((other, node), (place, path))).collect();
        if (role != Role::Changed && edges.is_empty()) || !self.drawn.insert(path.to_owned()) {
            return;
        }
        self.picture.edges.extend(edges);
        let is_test = role == Role::Test || super::structural::is_test(path);
        self.picture.nodes.push(PictureNode { file: path.to_owned(), is_changed: role == Role::Changed, is_test });
    }

    /// The lines between a file that is there and a new one: imports either way, else a habit of a changed one.
    fn lines(&self, (other, node): (usize, &PictureNode), (place, path): (usize, &str)) -> Vec<PictureEdge> {
        let imports = |from: &str, to: &str| {
            let (from, to) = (self.terrain.imports.index_of(from), self.terrain.imports.index_of(to));
            from.zip(to).is_some_and(|(from, to)| self.terrain.has_import(from, to))
        };
        let edge = |from, to, kind: &str| PictureEdge { from, to, kind: kind.to_owned() };
        let mut lines = Vec::new();
        if imports(path, &node.file) {
            lines.push(edge(other, place, "imports"));
        }
        if imports(&node.file, path) {
            lines.push(edge(place, other, "imports"));
        }
        let partners = self.terrain.together.partners(&node.file).iter();
        let mut habits = partners.filter(|partner| partner.strength >= MIN_HABIT);
        if lines.is_empty() && node.is_changed && habits.any(|partner| partner.path == path) {
            lines.push(edge(other, place, "changes_together"));
        }
        lines
    }
}
