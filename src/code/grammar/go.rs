//! Which Go node means what?

use super::{Role, Table, text_of};
use tree_sitter::Node;

pub(super) const TABLE: Table = Table {
    roles: &[
        ("comment", Role::Comment),
        ("function_declaration", Role::Function),
        ("method_declaration", Role::Function),
        ("func_literal", Role::Closure),
        ("if_statement", Role::If),
        ("for_statement", Role::Loop),
        ("expression_switch_statement", Role::Switch),
        ("type_switch_statement", Role::Switch),
        ("select_statement", Role::Switch),
        ("expression_case", Role::Case),
        ("type_case", Role::Case),
        ("communication_case", Role::Case),
        ("break_statement", Role::Jump),
        ("continue_statement", Role::Jump),
        ("goto_statement", Role::Goto),
        ("binary_expression", Role::Binary),
        ("parenthesized_expression", Role::Parenthesis),
        ("call_expression", Role::Call),
        ("import_declaration", Role::Import),
        ("package_clause", Role::Package),
        ("parameter_declaration", Role::Locals),
        ("variadic_parameter_declaration", Role::Locals),
        ("type_parameter_declaration", Role::Locals),
        ("short_var_declaration", Role::Locals),
        ("range_clause", Role::Locals),
        ("receive_statement", Role::Locals),
        ("var_spec", Role::Locals),
        ("const_spec", Role::Locals),
        ("selector_expression", Role::Qualified),
        ("qualified_type", Role::Qualified),
        ("literal_element", Role::Key),
        ("identifier", Role::Name),
        ("type_identifier", Role::Name),
    ],
    declarations: &["function_declaration", "type_spec", "type_alias", "const_spec", "var_spec"],
    ignored: &[],
};

/// The type a method belongs to: `T` of `(t *T[K])`.
pub(super) fn receiver_name<'t>(method: Node<'_>, text: &'t str) -> Option<&'t str> {
    let receiver = method.child_by_field_name("receiver")?.named_child(0)?.child_by_field_name("type")?;
    let name = text_of(receiver, text).trim_start_matches(['*', '(', ' ']);
    Some(name.split(['[', ')']).next().unwrap_or(name).trim())
}

/// How many parameters one declaration makes: `a, b int` is two, `int` is one.
pub(super) fn n_names(parameter: Node<'_>) -> usize {
    match parameter.kind() {
        "parameter_declaration" | "variadic_parameter_declaration" => {
            let mut cursor = parameter.walk();
            parameter.children_by_field_name("name", &mut cursor).count().max(1)
        }
        _ => 0,
    }
}
