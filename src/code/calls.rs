//! Which names does a function call?
//!
//! In: nodes that call, and the text around them. Out: the name called, and whether it was called on something. Never
//! says which function a name means: that takes the other files. Ruby's calls without arguments and receiver look like
//! variables and are passed over.

use super::complexity::Scope;
use super::facts::Call;
use super::grammar::text_of;
use super::{FileFacts, Language};
use std::collections::BTreeSet;
use tree_sitter::Node;

/// Calls kept of one file: hand-written files of 1 MiB have a fifth of it.
const MAX_CALLS: usize = 20_000;

/// Longest name kept, in bytes: people write a third of it.
const MAX_NAME_BYTES: usize = 100;

/// Generic arguments around a name that are taken off: nobody writes more than one pair.
const MAX_WRAPPERS: usize = 4;

/// Fields that hold what is called, the surest first.
const CALLEE_FIELDS: &[&str] = &["function", "method", "name", "constructor", "type"];

/// Fields that hold what it is called on, where that is no part of the callee.
const RECEIVER_FIELDS: &[&str] = &["object", "receiver"];

/// A name called, as a place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallSite {
    start: usize,
    end: usize,
    is_method: bool,
}

/// Whether nodes of `kind` call something.
pub(super) fn is_call(language: Language, kind: &str) -> bool {
    let kinds: &[&str] = match language {
        Language::Rust | Language::Go | Language::C | Language::Kotlin => &["call_expression"],
        Language::Cpp | Language::JavaScript | Language::TypeScript | Language::Tsx => {
            &["call_expression", "new_expression"]
        }
        Language::Python | Language::Ruby => &["call"],
        Language::Java => &["method_invocation", "object_creation_expression"],
        Language::CSharp => &["invocation_expression", "object_creation_expression"],
        Language::Php => &[
            "function_call_expression",
            "member_call_expression",
            "nullsafe_member_call_expression",
            "scoped_call_expression",
            "object_creation_expression",
        ],
    };
    kinds.contains(&kind)
}

/// What `call` calls; `None` where it has no name.
pub(super) fn call_site(call: Node<'_>, text: &str) -> Option<CallSite> {
    let named = CALLEE_FIELDS.iter().find_map(|field| call.child_by_field_name(field));
    let callee = unwrapped(named.or_else(|| call.named_child(0))?);
    let written = text_of(callee, text).trim_end();
    let name = written.trim_end_matches(is_of_name);
    let length = written.len() - name.len();
    if length == 0 || length > MAX_NAME_BYTES {
        return None;
    }
    let before = name.trim_end();
    let has_receiver = RECEIVER_FIELDS.iter().any(|field| call.child_by_field_name(field).is_some());
    let start = callee.start_byte() + name.len();
    Some(CallSite {
        start,
        end: start + length,
        is_method: has_receiver || before.ends_with('.') || before.ends_with("->"),
    })
}

/// A generic function without its arguments.
fn unwrapped(mut callee: Node<'_>) -> Node<'_> {
    for _ in 0..MAX_WRAPPERS {
        // C++ writes the arguments of `n::g<int>` inside the path.
        if !["generic_", "template_", "qualified_"].iter().any(|start| callee.kind().starts_with(start)) {
            break;
        }
        let inner = callee.child_by_field_name("function").or_else(|| callee.child_by_field_name("name"));
        let Some(inner) = inner.or_else(|| callee.named_child(0)) else { break };
        callee = inner;
    }
    callee
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '?' | '!')
}

/// Calls while they are collected, item by item.
#[derive(Debug, Default)]
pub(super) struct Calls<'t> {
    found: BTreeSet<(Option<u32>, &'t str, bool)>,
}

impl<'t> Calls<'t> {
    /// The calls of `scope`, which is function number `function` of its file, or the code outside all functions.
    pub(super) fn take(&mut self, function: Option<usize>, scope: &Scope, text: &'t str) {
        let function = function.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let sites = scope.calls.iter().filter_map(|site| Some((text.get(site.start..site.end)?, site.is_method)));
        for (name, is_method) in sites {
            if self.found.len() >= MAX_CALLS {
                return;
            }
            self.found.insert((function, name, is_method));
        }
    }

    /// Unique, by function and name.
    pub(super) fn finish(self) -> Vec<Call> {
        let call = |(function, name, is_method): (Option<u32>, &str, bool)| Call {
            function,
            name: name.to_owned(),
            is_method,
        };
        self.found.into_iter().map(call).collect()
    }
}

impl FileFacts {
    /// The calls written in function number `function`, or outside all of them for `None`.
    pub fn calls_of(&self, function: Option<u32>) -> &[Call] {
        let start = self.calls.partition_point(|call| call.function < function);
        let end = self.calls.partition_point(|call| call.function <= function);
        &self.calls[start..end]
    }
}
