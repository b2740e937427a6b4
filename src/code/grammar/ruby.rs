//! Which Ruby node means what?

use super::{Role, Table};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("comment", Role::Comment),
        ("method", Role::Function),
        ("singleton_method", Role::Function),
        ("lambda", Role::Closure),
        ("block", Role::Closure),
        ("do_block", Role::Closure),
        ("class", Role::Type),
        ("module", Role::Type),
        ("if", Role::If),
        ("unless", Role::If),
        ("if_modifier", Role::If),
        ("unless_modifier", Role::If),
        ("elsif", Role::Elif),
        ("else", Role::Else),
        ("while", Role::Loop),
        ("until", Role::Loop),
        ("for", Role::Loop),
        ("while_modifier", Role::Loop),
        ("until_modifier", Role::Loop),
        ("case", Role::Switch),
        ("case_match", Role::Switch),
        ("when", Role::Case),
        ("in_clause", Role::Case),
        ("if_guard", Role::Decision),
        ("unless_guard", Role::Decision),
        ("rescue", Role::Catch),
        ("rescue_modifier", Role::Catch),
        ("conditional", Role::Ternary),
        ("binary", Role::Binary),
        ("parenthesized_statements", Role::Parenthesis),
        ("call", Role::ImportCall),
        ("scope_resolution", Role::Path),
        ("constant", Role::Name),
    ],
    declarations: &[],
    ignored: &["uninterpreted", "heredoc_end"],
};

pub(super) fn bases(class: Node<'_>) -> Vec<Node<'_>> {
    class.child_by_field_name("superclass").and_then(|clause| clause.named_child(0)).into_iter().collect()
}
