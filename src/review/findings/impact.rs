//! How far is the change felt?
//!
//! In: ImpactAnalyzer's answer. Out: one section: what was measured and what the graph could not see, each dimension
//! with the facts behind it, components, affected files with the way to them, and a picture. Every list has a cap and
//! says how many more there are.

use super::sections::{MAX_ITEMS, more};
use super::{Block, Section, Table, without_stop};
use crate::models::answer::{AffectedComponent, ComponentImpact, GraphSummary, ImpactAnswer, Outcome};
use crate::review::Input;
use crate::review::span::{Line, capitalised, count, count_are};

/// Components that are named.
const MAX_COMPONENTS: usize = 5;
/// Steps of a dependency path that are written out; a longer one shows its ends.
const MAX_PATH_STEPS: usize = 5;
/// Names that are written out for the first step of a path.
const MAX_SYMBOLS: usize = 2;

/// The section on impact; the reason where the model abstained.
pub(super) fn section(input: &Input<'_>) -> Option<Section> {
    let answer = match input.impact {
        Outcome::Ready(answer) => answer,
        Outcome::NotEnoughHistory { missing } => {
            let text = Line::new().ours("What is missing: ").theirs(without_stop(missing)).ours(".");
            return Some(Section { title: "Impact: not enough history".to_owned(), blocks: vec![Block::Text(text)] });
        }
        Outcome::NotAvailable => return None,
    };
    let title = format!("Impact {:.1} of 10: {}", answer.overall_impact_score, dependents(answer.n_dependents));
    let mut blocks = vec![Block::Text(method(answer))];
    if !answer.dimensions.is_empty() {
        blocks.push(Block::Items(dimensions(answer)));
    }
    if !answer.affected_components.is_empty() {
        blocks.push(Block::Table(affected(&answer.affected_components)));
        blocks.extend(more(answer.affected_components.len(), MAX_ITEMS));
    }
    if answer.components.len() > 1 {
        blocks.push(Block::Table(components(&answer.components)));
        blocks.extend(more(answer.components.len(), MAX_COMPONENTS));
    }
    blocks.push(Block::Picture(answer.picture.clone()));
    Some(Section { title, blocks })
}

fn dependents(n: usize) -> String {
    match n {
        0 => "no other file depends on the changed ones".to_owned(),
        1 => "1 other file depends on the changed ones".to_owned(),
        n => format!("{n} other files depend on the changed ones"),
    }
}

fn method(answer: &ImpactAnswer) -> Line {
    let how = Line::new().ours("Method: ").theirs(&answer.method).ours(". ").ours(seen(&answer.graph));
    if answer.dimensions.is_empty() { how.ours(" Dimensions are not measured.") } else { how }
}

/// What the graph could see, and what it could not.
fn seen(graph: &GraphSummary) -> String {
    let mut sentences = Vec::new();
    if graph.n_files == 0 {
        sentences.push("No file is in a language whose imports can be read: this rests on co-change alone.".to_owned());
    } else {
        let (files, edges) = (count(graph.n_files, "file"), count(graph.n_edges, "import"));
        sentences.push(format!("The graph holds {files} and {edges} between them."));
    }
    if graph.n_unresolved_imports > 0 {
        let share = 100.0 * graph.n_unresolved_imports as f64 / graph.n_internal_imports.max(1) as f64;
        sentences.push(format!("{share:.1}% of the internal imports lead nowhere."));
    }
    if graph.n_left_out > 0 {
        sentences.push(format!("{} left out.", count_are(graph.n_left_out, "generated or vendored file")));
    }
    if graph.n_without_grammar > 0 && graph.n_files > 0 {
        let them = count_are(graph.n_without_grammar, "code file");
        sentences.push(format!("{them} in a language without a grammar here and known by co-change alone."));
    }
    sentences.join(" ")
}

fn dimensions(answer: &ImpactAnswer) -> Vec<Line> {
    answer.dimensions.iter().take(MAX_ITEMS).map(|(name, score)| dimension(answer, name, *score)).collect()
}

/// A dimension, and what it was found in.
fn dimension(answer: &ImpactAnswer, name: &str, score: f64) -> Line {
    let line = Line::new().theirs(capitalised(name)).ours(format!(" {score:.1}"));
    let facts = answer.dimension_evidence.get(name).into_iter().flatten().enumerate();
    facts.fold(line, |line, (at, fact)| line.ours(if at == 0 { ": " } else { "; " }).theirs(without_stop(fact)))
}

/// The last step of each path is the affected file.
fn affected(components: &[AffectedComponent]) -> Table {
    let row = |component: &AffectedComponent| {
        vec![
            dependency_path(component),
            Line::new().theirs(component.impact_type.replace('_', " ")),
            component_name(&component.component),
            Line::new().ours(format!("{:.1}", component.impact_score)),
            Line::new().theirs(&component.estimated_test_effort),
        ]
    };
    Table {
        head: vec!["From a changed file to an affected one", "By", "Component", "Impact", "Test effort"],
        is_number: vec![false, false, false, true, false],
        rows: components.iter().take(MAX_ITEMS).map(row).collect(),
    }
}

/// From the changed file to the affected one, both included, and the names by which the first step is made.
fn dependency_path(component: &AffectedComponent) -> Line {
    let steps = &component.dependency_path;
    let shown = if steps.len() > MAX_PATH_STEPS { &steps[..MAX_PATH_STEPS - 1] } else { steps };
    let Some((first, others)) = shown.split_first() else { return Line::new().path(&component.file) };
    let line = others.iter().fold(Line::new().path(first), |line, step| line.ours(" → ").path(step));
    let line = match steps.last() {
        Some(last) if steps.len() > shown.len() => line.ours(" → … → ").path(last),
        _ => line,
    };
    let names = component.symbols.first().map_or(&[][..], Vec::as_slice);
    let named = names.iter().take(MAX_SYMBOLS).enumerate();
    named.fold(line, |line, (at, name)| line.ours(if at == 0 { " by " } else { ", " }).path(name))
}

fn components(components: &[ComponentImpact]) -> Table {
    let row = |component: &ComponentImpact| {
        let own = if component.is_changed { " (changed)" } else { "" };
        vec![
            component_name(&component.component).ours(own),
            Line::new().ours(format!("{:.1}", component.impact_score)),
            Line::new().ours(component.n_files.to_string()),
            Line::new().path(&component.file),
        ]
    };
    Table {
        head: vec!["Component", "Impact", "Files", "Most in"],
        is_number: vec![false, true, true, false],
        rows: components.iter().take(MAX_COMPONENTS).map(row).collect(),
    }
}

/// Folder or package; files at the top belong to none.
fn component_name(name: &str) -> Line {
    if name.is_empty() { Line::new().ours("top") } else { Line::new().path(name) }
}
