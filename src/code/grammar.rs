//! What does each kind of node mean, whatever the language calls it?
//!
//! In: a language. Out: a [`Grammar`]: for every node kind of its tree-sitter grammar a [`Role`], and whether it
//! counts as an operator, an operand or neither. The walk knows roles only; the names of nodes stay in the files
//! below, one for each language.

mod c;
mod csharp;
mod go;
mod java;
pub(super) mod javascript;
mod kotlin;
mod php;
mod python;
mod ruby;
mod rust;

use super::Language;
use super::calls::is_call;
use super::parse::grammar_of;
use std::collections::HashMap;
use std::sync::OnceLock;
use tree_sitter::Node;

/// What a node is to the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Role {
    /// Nothing of interest but its children.
    #[default]
    Plain,
    /// Passed over.
    Comment,

    // Scopes.
    /// A function or method with a name of its own.
    Function,
    /// An anonymous function: part of the function around it.
    Closure,
    /// Something with methods: its name stands before theirs.
    Type,
    /// A Rust module written in place.
    InlineModule,
    /// Gives a name to the function on its right side (JavaScript).
    Binding,

    // Control flow.
    /// `if`.
    If,
    /// `elif` as a node of its own (Python).
    Elif,
    /// `else` as a node of its own.
    Else,
    /// A loop with a condition.
    Loop,
    /// A loop without one (Rust `loop`).
    Forever,
    /// `switch`: control may pass all cases by.
    Switch,
    /// `match`: one arm is always taken (Rust).
    Match,
    /// A `case` or an arm.
    Case,
    /// `try`.
    Try,
    /// `catch`, `except`.
    Catch,
    /// `a ? b : c`.
    Ternary,
    /// A declaration that may leave by its `else` (Rust).
    LetElse,
    /// One more way through, without a body: `assert`, `?` in Rust, a comprehension, a guard.
    Decision,
    /// A pattern that may carry a guard (Rust).
    Guarded,
    /// `if` of a comprehension (Python), or the guard of a case, which Python writes with the same node.
    ComprehensionIf,
    /// `#if` and `#ifdef`.
    Preprocessor,
    /// `#elif` and its kin.
    PreprocessorElif,
    /// `#else`.
    PreprocessorElse,
    /// An assertion: one decision, whatever its condition is made of (Python).
    Assert,
    /// A call, perhaps of the function it stands in.
    Call,
    /// `break` or `continue`, perhaps to a label.
    Jump,
    /// `goto`.
    Goto,

    // Expressions.
    /// A binary expression, perhaps of `&&` or `||`.
    Binary,
    /// A chain of `&&` or `||`.
    Logical,
    /// Round brackets around an expression.
    Parenthesis,
    /// The operator `&&`.
    And,
    /// The operator `||`.
    Or,

    // Names.
    /// An import; nothing inside it is walked.
    Import,
    /// An export that may name another file.
    Export,
    /// A call that may be `require` or `import`.
    ImportCall,
    /// A path of names: `a::b`, `a.b`, `a\b`.
    Path,
    /// `package`.
    Package,
    /// `namespace`: what stands in it, or after it, is declared there.
    Namespace,
    /// A call that may make an object of the type it names (Kotlin), or an attribute (C#).
    NamingCall,
    /// Holds names that can mean no type: a variable (PHP).
    OtherName,
    /// A type parameter, which hides a type of the same name.
    TypeParameter,
    /// Brings local names into being (Go).
    Locals,
    /// `package.Name` (Go).
    Qualified,
    /// A name that may be a type or a neighbour's declaration.
    Name,
    /// The key of a composite literal: a field more often than a name (Go).
    Key,
    /// An attribute (Rust).
    Attribute,
    /// A part of a control structure that is evaluated before its body. Given by field, never by kind.
    Head,
}

/// What a leaf is to Halstead's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Token {
    /// Closing brackets, separators, quotation marks.
    #[default]
    Ignored,
    /// Keywords, operators, opening brackets.
    Operator,
    /// Names and literals.
    Operand,
}

/// All that is known of one kind of node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kind {
    pub(super) role: Role,
    pub(super) token: Token,
    /// Declares a name that neighbouring files may use, when it stands at top level.
    pub(super) declares: bool,
    /// Calls something.
    pub(super) calls: bool,
}

/// What one language's file below says of its node kinds.
struct Table {
    /// Named nodes with a role.
    roles: &'static [(&'static str, Role)],
    /// Named nodes that declare a name at top level.
    declarations: &'static [&'static str],
    /// Named leaves that are neither operator nor operand.
    ignored: &'static [&'static str],
}

/// Tokens with a role, the same in every language.
const TOKEN_ROLES: &[(&str, Role)] = &[
    ("&&", Role::And),
    ("and", Role::And),
    ("||", Role::Or),
    ("or", Role::Or),
    ("??", Role::Decision),
    ("&&=", Role::Decision),
    ("||=", Role::Decision),
    ("??=", Role::Decision),
    ("?:", Role::Decision),
];

/// Tokens that Halstead's counts pass over, the same in every language.
const IGNORED_TOKENS: &[&str] = &[")", "]", "}", ";", ",", "\"", "'", "`", "\n", "\"\"\""];

/// Fields of control structures that are evaluated before, and not inside, the body.
const HEAD_FIELDS: &[&str] = &[
    "condition",
    "value",
    "subject",
    "initializer",
    "init",
    "update",
    "increment",
    "left",
    "right",
    "pattern",
    "declarator",
    "alias",
];

/// A language's node kinds by number.
pub(super) struct Grammar {
    pub(super) language: Language,
    kinds: Vec<Kind>,
    is_head: Vec<bool>,
    alternative: u16,
    guard: u16,
    key: u16,
    operator: u16,
    is_other_name: Vec<bool>,
}

impl Grammar {
    /// The grammar of `language`, made at its first use.
    pub(super) fn of(language: Language) -> &'static Grammar {
        static GRAMMARS: [OnceLock<Grammar>; 13] = [const { OnceLock::new() }; 13];
        GRAMMARS[language as usize].get_or_init(|| Grammar::new(language))
    }

    fn new(language: Language) -> Grammar {
        let raw = grammar_of(language);
        let table = table(language);
        let roles: HashMap<&str, Role> = table.roles.iter().copied().collect();
        let token_roles: HashMap<&str, Role> = TOKEN_ROLES.iter().copied().collect();
        let kind = |id: u16| {
            let Some(name) = raw.node_kind_for_id(id) else { return Kind::default() };
            if raw.node_kind_is_named(id) {
                Kind {
                    calls: is_call(language, name),
                    ..named_kind(name, &table, roles.get(name).copied().unwrap_or_default())
                }
            } else {
                let token = if IGNORED_TOKENS.contains(&name) { Token::Ignored } else { Token::Operator };
                Kind { role: token_roles.get(name).copied().unwrap_or_default(), token, ..Kind::default() }
            }
        };
        let n_kinds = u16::try_from(raw.node_kind_count()).unwrap_or(u16::MAX);
        let n_fields = u16::try_from(raw.field_count()).unwrap_or(u16::MAX - 1);
        let is_head_field = |id| raw.field_name_for_id(id).is_some_and(|name| HEAD_FIELDS.contains(&name));
        let is_other_name = |id| raw.field_name_for_id(id).is_some_and(|name| other_names(language).contains(&name));
        let field = |name: &str| raw.field_id_for_name(name).map_or(0, |id| id.get());
        Grammar {
            language,
            kinds: (0..n_kinds).map(kind).collect(),
            is_head: (0..=n_fields).map(is_head_field).collect(),
            alternative: field("alternative"),
            guard: field("guard"),
            key: field("key"),
            operator: field("operator"),
            is_other_name: (0..=n_fields).map(is_other_name).collect(),
        }
    }

    /// What `node` is. Errors of the parser are [`Role::Plain`].
    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        self.kinds.get(usize::from(node.kind_id())).copied().unwrap_or_default()
    }

    /// Whether `field` of a control structure is evaluated before its body.
    pub(super) fn is_head(&self, field: Option<u16>) -> bool {
        field.is_some_and(|id| self.is_head.get(usize::from(id)).copied().unwrap_or(false))
    }

    /// Whether `field` holds what runs when the condition fails.
    pub(super) fn is_alternative(&self, field: Option<u16>) -> bool {
        field == Some(self.alternative)
    }

    /// Whether `node`, in `field` of an `if`, runs when the condition fails.
    pub(super) fn is_bare_alternative(&self, field: Option<u16>, node: Node<'_>) -> bool {
        self.is_alternative(field) || (self.language == Language::Kotlin && kotlin::follows_else(node))
    }

    /// Whether a name in `field` is declared, a label or a member: it can mean no other file's type.
    pub(super) fn is_other_name(&self, field: Option<u16>) -> bool {
        field.is_some_and(|id| self.is_other_name.get(usize::from(id)).copied().unwrap_or(false))
    }

    /// Whether `field` holds the guard of a case.
    pub(super) fn is_guard(&self, field: Option<u16>) -> bool {
        field == Some(self.guard)
    }

    /// Whether `field` holds the key of a pair.
    pub(super) fn is_key(&self, field: Option<u16>) -> bool {
        field == Some(self.key)
    }

    /// Whether a binary expression joins two conditions.
    pub(super) fn is_logical(&self, binary: Node<'_>) -> bool {
        let operator = (self.operator != 0).then(|| binary.child_by_field_id(self.operator)).flatten();
        operator.is_some_and(|operator| matches!(self.kind(operator).role, Role::And | Role::Or))
    }
}

fn named_kind(name: &str, table: &Table, role: Role) -> Kind {
    let is_ignored = role == Role::Comment || table.ignored.contains(&name);
    let token = if is_ignored { Token::Ignored } else { Token::Operand };
    Kind { role, token, declares: table.declarations.contains(&name), calls: false }
}

fn table(language: Language) -> Table {
    match language {
        Language::Rust => rust::TABLE,
        Language::Python => python::TABLE,
        Language::JavaScript | Language::TypeScript | Language::Tsx => javascript::TABLE,
        Language::Go => go::TABLE,
        Language::Java => java::TABLE,
        Language::C | Language::Cpp => c::TABLE,
        Language::CSharp => csharp::TABLE,
        Language::Ruby => ruby::TABLE,
        Language::Php => php::TABLE,
        Language::Kotlin => kotlin::TABLE,
    }
}

/// Fields whose names mean no other file's type, in languages whose names are told apart by field.
fn other_names(language: Language) -> &'static [&'static str] {
    match language {
        Language::CSharp => &["name", "function"],
        Language::Ruby | Language::Php | Language::Kotlin => &["name"],
        _ => &[],
    }
}

/// What runs in a function or stands in a type; `None` for a mere declaration.
pub(super) fn body(language: Language, declaration: Node<'_>) -> Option<Node<'_>> {
    match language {
        Language::Kotlin => kotlin::body(declaration),
        // `def a; end` has no node for its body, and is no mere declaration.
        Language::Ruby if declaration.kind().ends_with("method") => Some(declaration),
        _ => declaration.child_by_field_name("body"),
    }
}

/// The name a declaration gives.
pub(super) fn declared_name<'t>(language: Language, declaration: Node<'_>, text: &'t str) -> Option<&'t str> {
    match language {
        Language::Kotlin => kotlin::declared_name(declaration, text),
        _ => declaration.child_by_field_name("name").map(|name| text_of(name, text)),
    }
}

/// Whether this case is one more way through, in a language whose cases may all be passed by.
///
/// `default`, and Python's bare name or `_` without a guard, are the way that is there anyway.
pub(super) fn is_counted_case(language: Language, case: Node<'_>, text: &str) -> bool {
    match language {
        Language::Python => python::is_refutable_case(case, text),
        Language::Java => case.child(0).is_some_and(|word| word.kind() == "case"),
        Language::C | Language::Cpp => case.child_by_field_name("value").is_some(),
        Language::CSharp => csharp::is_counted_case(case),
        Language::Kotlin => case.child(0).is_some_and(|first| first.kind() != "else"),
        _ => true,
    }
}

/// Whether a function may stand directly inside another. Where it may not, one that seems to is a macro before `if`.
pub(super) fn has_inner_functions(language: Language) -> bool {
    !matches!(language, Language::C | Language::Cpp)
}

/// Decisions counted in the words of a function that the grammar could not place, in languages where macros and
/// preprocessor branches tear functions apart; `None` elsewhere.
pub(super) fn decisions_in_words(language: Language, function: &str) -> Option<u32> {
    matches!(language, Language::C | Language::Cpp).then(|| c::decisions_in_words(language, function))
}

/// Whether a function is only the wrapping of the functions inside it, so that they do not nest (Campbell's
/// "compensating usages").
///
/// Python: a decorator, of nothing but a function and its return. JavaScript: a function whose own statements are
/// straight, as those that stand for classes and modules are.
pub(super) fn only_wraps_functions(language: Language, function: Node<'_>, is_straight: bool) -> bool {
    match language {
        Language::Python => python::is_decorator(function),
        Language::JavaScript | Language::TypeScript | Language::Tsx => is_straight,
        _ => false,
    }
}

/// Whether a `break` or `continue` names where to go.
pub(super) fn has_label(language: Language, jump: Node<'_>) -> bool {
    jump.named_child(0).is_some_and(|target| match target.kind() {
        "label" | "statement_identifier" | "label_name" => true,
        "identifier" => language == Language::Java,
        _ => false,
    })
}

/// The name a function is declared with, as the text writes it; `None` for anonymous ones.
pub(super) fn function_name<'t>(language: Language, function: Node<'_>, text: &'t str) -> Option<&'t str> {
    match language {
        Language::C | Language::Cpp => c::declared_name(function, text),
        Language::Kotlin => kotlin::declared_name(function, text),
        _ => function.child_by_field_name("name").map(|name| text_of(name, text)),
    }
}

/// The type a function says it belongs to in its own head (a Go receiver).
pub(super) fn receiver_name<'t>(language: Language, function: Node<'_>, text: &'t str) -> Option<&'t str> {
    (language == Language::Go).then(|| go::receiver_name(function, text)).flatten()
}

/// What a method calls the value it belongs to, where that name is free (a Go receiver).
pub(super) fn receiver_variable<'t>(language: Language, function: Node<'_>, text: &'t str) -> Option<&'t str> {
    let receiver = (language == Language::Go).then(|| function.child_by_field_name("receiver")).flatten()?;
    Some(text_of(receiver.named_child(0)?.child_by_field_name("name")?, text))
}

/// How many parameters a function takes, without the receiver (`self`, `cls`, `this`).
pub(super) fn n_parameters(language: Language, function: Node<'_>, text: &str) -> u32 {
    if function.child_by_field_name("parameter").is_some() {
        return 1;
    }
    let Some(list) = parameter_list(language, function) else { return 0 };
    let mut cursor = list.walk();
    let parameters = list.named_children(&mut cursor);
    let count: usize = match language {
        Language::Python => parameters.enumerate().map(|(at, one)| python::is_parameter(at, one, text) as usize).sum(),
        Language::Go => parameters.map(go::n_names).sum(),
        Language::C | Language::Cpp => parameters.filter(|one| c::is_parameter(*one, text)).count(),
        Language::CSharp => parameters.filter(|one| one.kind() == "parameter").count() + csharp::n_params_arrays(list),
        Language::Kotlin => parameters.filter(|one| one.kind() == "parameter").count(),
        Language::Rust => parameters.filter(|one| rust::is_parameter(*one, text)).count(),
        _ => parameters.filter(|one| is_ordinary_parameter(*one, text)).count(),
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn parameter_list(language: Language, function: Node<'_>) -> Option<Node<'_>> {
    match language {
        Language::C | Language::Cpp => c::parameter_list(function),
        Language::Kotlin => kotlin::parameter_list(function),
        _ => function.child_by_field_name("parameters"),
    }
}

fn is_ordinary_parameter(parameter: Node<'_>, text: &str) -> bool {
    let is_this = parameter.child_by_field_name("pattern").is_some_and(|pattern| text_of(pattern, text) == "this");
    !is_this && !matches!(parameter.kind(), "comment" | "line_comment" | "block_comment" | "receiver_parameter")
}

/// The name of a type, without its parameters.
pub(super) fn type_name<'t>(declaration: Node<'_>, text: &'t str) -> Option<&'t str> {
    let name = declaration.child_by_field_name("name").or_else(|| declaration.child_by_field_name("type"))?;
    Some(plain_type_name(text_of(name, text)))
}

/// The base types a declaration names, without their parameters and packages.
pub(super) fn base_types<'t>(language: Language, declaration: Node<'_>, text: &'t str) -> Vec<&'t str> {
    let list = match language {
        Language::Python => python::bases(declaration),
        Language::JavaScript | Language::TypeScript | Language::Tsx => javascript::bases(declaration),
        Language::Java => java::bases(declaration),
        Language::Cpp => c::bases(declaration),
        Language::CSharp => csharp::bases(declaration),
        Language::Ruby => ruby::bases(declaration),
        Language::Php => php::bases(declaration),
        Language::Kotlin => kotlin::bases(declaration),
        Language::Rust | Language::Go | Language::C => Vec::new(),
    };
    list.into_iter().map(|base| plain_type_name(text_of(base, text))).filter(|name| *name != "object").collect()
}

/// `a.b.List<T>` and `ns::List<T>` are `List`.
fn plain_type_name(written: &str) -> &str {
    let head = written.split(['<', '[', '(']).next().unwrap_or(written).trim();
    head.rsplit(['.', ':', '\\']).next().unwrap_or(head).trim_start_matches(['&', '*']).trim()
}

/// What `node` covers; empty where a broken range would split a character.
pub(super) fn text_of<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or("")
}
