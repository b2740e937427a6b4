//! How many ways lead through a function, and how hard are they to follow?
//!
//! In: control structures in the order of the text, with their nesting. Out: cyclomatic and cognitive complexity and
//! depth of nesting, for each function and for the code outside them.
//!
//! Cyclomatic: McCabe, "A Complexity Measure", 1976: one, plus one for every decision. Cognitive: Campbell, "Cognitive
//! Complexity: A new way of measuring understandability", SonarSource, 2018; of recursion only calls of itself are
//! seen. The room's card lists what counts in each language.

use super::calls::CallSite;
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
    /// Whether it stands inside another function, whose cognitive number then holds its own.
    pub(super) is_inner: bool,
    /// Breaks whose price depends on nesting.
    n_nested_breaks: u32,
    inner: Inner,
    calls_itself: bool,
    /// What it calls, in the order of the text.
    pub(super) calls: Vec<CallSite>,
}

/// What the functions inside one function add to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Inner {
    /// Cognitive complexity as if each stood alone.
    cognitive: u32,
    /// What their nesting inside the outer function adds to that.
    nesting: u32,
    n_nested_breaks: u32,
    decisions: u32,
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
        Self {
            name,
            start_line,
            end_line,
            n_parameters,
            cyclomatic: 1,
            cognitive: 0,
            nesting_max: 0,
            is_inner: false,
            n_nested_breaks: 0,
            inner: Inner::default(),
            calls_itself: false,
            calls: Vec::new(),
        }
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
        self.n_nested_breaks += 1;
    }

    /// A call of itself costs one, however many there are.
    pub(super) fn recurse(&mut self) {
        if !std::mem::replace(&mut self.calls_itself, true) {
            self.interrupt();
        }
    }

    /// Takes note of a finished function that stands inside this one, at `level`.
    pub(super) fn enclose(&mut self, inner: &mut Scope, level: Level) {
        inner.is_inner = true;
        self.inner.cognitive += inner.cognitive;
        self.inner.nesting += (level.cognitive + 1) * inner.n_nested_breaks;
        self.inner.n_nested_breaks += inner.n_nested_breaks;
        self.inner.decisions += inner.cyclomatic - 1 + inner.inner.decisions;
    }

    /// Adds the functions inside to the cognitive number, as Campbell does: one level deeper than the place where they
    /// stand, or as if they stood alone where this function does no more than wrap them.
    pub(super) fn take_in_inner_functions(&mut self, only_wraps: bool) {
        self.cognitive += self.inner.cognitive + if only_wraps { 0 } else { self.inner.nesting };
        self.n_nested_breaks += self.inner.n_nested_breaks;
    }

    /// Replaces what the tree said by the decisions counted in the words of its whole text.
    pub(super) fn count_by_words(&mut self, n_decisions: u32) {
        self.cyclomatic = 1 + n_decisions.saturating_sub(self.inner.decisions);
    }

    /// Whether nothing of its own breaks the straight flow.
    pub(super) fn is_straight(&self) -> bool {
        self.cognitive == 0
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
