//! Does a function call itself?
//!
//! In: a call and the function it stands in. Out: whether the call can only mean that function, by name, receiver and,
//! where names may be overloaded, number of arguments. Never follows a call into another function: a cycle of several
//! functions needs more than one file.

use super::Language;
use super::complexity::Scope;
use super::grammar::{receiver_variable, text_of};
use tree_sitter::Node;

/// Names a method has for what it belongs to.
const SELF_NAMES: &[&str] = &["self", "Self", "this", "cls"];

/// Whether `call` calls the function it stands in: `declaration` is its node, `scope` what is known of it.
pub(super) fn calls_itself(
    language: Language,
    call: Node<'_>,
    declaration: Node<'_>,
    scope: &Scope,
    text: &str,
) -> bool {
    let (owner, own_name) = scope.name.rsplit_once("::").map_or((None, scope.name.as_str()), |(o, n)| (Some(o), n));
    let Some((receiver, name)) = callee(call, text) else { return false };
    if name != own_name && !is_whole_name(receiver, name, own_name) {
        return false;
    }
    let means_own = match (owner, receiver) {
        (None, None) => true,
        (None, Some(_)) => own_name.contains('.') || is_self(receiver),
        (Some(_), None) => has_implicit_receiver(language),
        (Some(owner), Some(receiver)) => {
            is_self(Some(receiver))
                || receiver == owner
                || receiver_variable(language, declaration, text) == Some(receiver)
        }
    };
    means_own && (!has_overloads(language) || n_arguments(call) == Some(scope.n_parameters as usize))
}

/// What is called, and on what.
fn callee<'t>(call: Node<'_>, text: &'t str) -> Option<(Option<&'t str>, &'t str)> {
    // Java keeps both in fields of their own.
    if let Some(name) = call.child_by_field_name("name") {
        let receiver = call.child_by_field_name("object").map(|object| text_of(object, text));
        return Some((receiver, text_of(name, text)));
    }
    let written = text_of(call.child_by_field_name("function")?, text);
    let at = written.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    let Some(at) = at else { return Some((None, written)) };
    let (before, name) = written.split_at(at + 1);
    let receiver = ["::", "->", "?.", "."].iter().find_map(|sign| before.strip_suffix(sign))?;
    Some((Some(receiver), name))
}

/// `app.get = function () { app.get() }` has both parts in its name.
fn is_whole_name(receiver: Option<&str>, name: &str, own_name: &str) -> bool {
    let Some((own_receiver, own)) = own_name.rsplit_once('.') else { return false };
    receiver == Some(own_receiver) && name == own
}

fn is_self(receiver: Option<&str>) -> bool {
    receiver.is_some_and(|receiver| SELF_NAMES.contains(&receiver))
}

/// Whether a method is called by its bare name.
fn has_implicit_receiver(language: Language) -> bool {
    !matches!(
        language,
        Language::Rust | Language::Python | Language::Go | Language::JavaScript | Language::TypeScript | Language::Tsx
    )
}

/// Whether functions of one name differ by their parameters.
fn has_overloads(language: Language) -> bool {
    has_implicit_receiver(language) && language != Language::C
}

fn n_arguments(call: Node<'_>) -> Option<usize> {
    let arguments = call.child_by_field_name("arguments")?;
    let mut cursor = arguments.walk();
    Some(arguments.named_children(&mut cursor).filter(|argument| !argument.kind().ends_with("comment")).count())
}
