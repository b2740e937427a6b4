//! How many ways lead through a function, and how hard are they to follow?
//!
//! In: control structures in the order of the text, with their nesting. Out: cyclomatic and cognitive complexity and
//! depth of nesting, for each function and for the code outside them.
//!
//! Cyclomatic: McCabe, "A Complexity Measure", 1976: one, plus one for every decision. Cognitive: Campbell, "Cognitive
//! Complexity: A new way of measuring understandability", SonarSource, 2018; recursion is not counted. The room's card
//! lists what counts in each language.

use super::grammar::Role;

/// One function while it is being read, or the code outside all functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) name: String,
    /// From 1.
    pub(super) start_line: u32,
    /// Inclusive.
    pub(super) end_line: u32,
    pub(super) n_parameters: u32,
    pub(super) cyclomatic: u32,
    pub(super) cognitive: u32,
    pub(super) nesting_max: u32,
}

/// How deep the walk is inside one function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Level {
    /// Campbell's nesting: control structures and closures.
    pub(super) cognitive: u32,
    /// Control structures alone.
    pub(super) control: u32,
}

impl Scope {
    /// A function that has just begun. Its lines count from 1.
    pub(super) fn new(name: String, start_line: u32, end_line: u32, n_parameters: u32) -> Self {
        Self { name, start_line, end_line, n_parameters, cyclomatic: 1, cognitive: 0, nesting_max: 0 }
    }

    /// One more way through.
    pub(super) fn decide(&mut self) {
        self.cyclomatic += 1;
    }

    /// A break in the straight flow that costs the same however deep it stands: `else`, `goto`, a run of operators.
    pub(super) fn interrupt(&mut self) {
        self.cognitive += 1;
    }

    /// A break in the straight flow that costs more the deeper it stands.
    pub(super) fn interrupt_nested(&mut self, level: Level) {
        self.cognitive += 1 + level.cognitive;
    }

    /// Remembers how deep control structures stand.
    pub(super) fn reach(&mut self, level: Level) {
        self.nesting_max = self.nesting_max.max(level.control);
    }
}

impl Level {
    /// Inside a control structure.
    pub(super) fn in_structure(self) -> Level {
        Level { cognitive: self.cognitive + 1, control: self.control + 1 }
    }

    /// In the part of a control structure that is evaluated before its body, seen from inside the structure.
    pub(super) fn before(self, structure: Role) -> Level {
        let is_expression = structure == Role::Ternary;
        let control = if is_expression { self.control } else { self.control.saturating_sub(1) };
        Level { cognitive: self.cognitive.saturating_sub(1), control }
    }

    /// Inside something that nests for the reader but is no control structure: a closure, a ternary.
    pub(super) fn in_expression(self) -> Level {
        Level { cognitive: self.cognitive + 1, ..self }
    }
}

/// Runs of like operators: `a && b && c` is one, `a && b || c` is two.
///
/// An operator inside a call or a negation begins a run of its own, brackets do not.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    newest: Vec<Option<Role>>,
}

impl Sequences {
    /// A logical expression begins that continues no other.
    pub(super) fn open(&mut self) {
        self.newest.push(None);
    }

    /// It ends.
    pub(super) fn close(&mut self) {
        self.newest.pop();
    }

    /// Whether `operator` begins a new run.
    pub(super) fn begins_run(&mut self, operator: Role) -> bool {
        let Some(newest) = self.newest.last_mut() else { return false };
        newest.replace(operator) != Some(operator)
    }
}
