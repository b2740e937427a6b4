//! What does one pass over the syntax tree of one item find?
//!
//! In: a tree, its text, and its [`Place`] in the file. Out: [`Found`]: functions with their complexity, classes,
//! Halstead counts; imports and names go to the [`Links`] that are handed in. One cursor, no recursion, and a limit on
//! depth: text made of brackets cannot overflow anything.

use super::Language;
use super::calls::call_site;
use super::complexity::{Level, Scope, Sequences};
use super::grammar::{self, Grammar, Kind, Role, text_of};
use super::halstead::Halstead;
use super::imports::Imports;
use super::inheritance::Class;
use super::names::Names;
use super::recursion;
use tree_sitter::{Node, Tree, TreeCursor};

/// Deepest tree that is walked. Generated sums of thousands of terms stay below; more is made to hurt.
const MAX_DEPTH: u32 = 20_000;

/// Longest name kept of a function or a type, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// Where an item stands in its file.
#[derive(Debug, Clone, Default)]
pub(super) struct Place<'t> {
    /// The bytes of the text that are the item; what stands around them is not counted.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The name of the type around it, if there is a type around it and it has a name.
    pub(super) owner: Option<Option<&'t str>>,
    /// The Rust modules written in place around it, from outside in.
    pub(super) modules: Vec<&'t str>,
    /// Whether something stands around it.
    pub(super) is_member: bool,
    /// Lines of the text before the item.
    pub(super) n_head_lines: usize,
    /// Lines of the file before the item.
    pub(super) lines_before: usize,
}

/// What the walk found in one item. Lines count within the item's text.
pub(super) struct Found<'t> {
    /// The code outside all functions.
    pub(super) outside: Scope,
    /// Functions in order of their first line.
    pub(super) functions: Vec<Scope>,
    pub(super) halstead: Halstead<'t>,
    pub(super) classes: Vec<Class<'t>>,
    /// The last type at the top of the item, as a name before those of its members; `None` for a type without one.
    pub(super) opened_type: Option<Option<&'t str>>,
    /// The last module at the top of the item.
    pub(super) opened_module: Option<&'t str>,
}

/// What ties a file to others.
pub(super) struct Links<'t> {
    pub(super) imports: Imports<'t>,
    pub(super) names: Names<'t>,
    pub(super) package: Option<String>,
}

impl<'t> Links<'t> {
    pub(super) fn new(language: Language) -> Self {
        Links { imports: Imports::new(language), names: Names::default(), package: None }
    }
}

/// Reads the whole tree of an item once.
///
/// # Errors
/// The reason, when the tree is deeper than [`MAX_DEPTH`].
pub(super) fn walk<'t>(
    language: Language,
    tree: &'t Tree,
    text: &'t str,
    place: Place<'t>,
    links: &mut Links<'t>,
) -> Result<Found<'t>, String> {
    links.imports.begin(text, &place.modules, place.lines_before as i64 - place.n_head_lines as i64);
    let mut walk = Walk::new(language, text, place, links);
    let mut cursor = tree.walk();
    loop {
        let is_leaf = !(walk.enter(&cursor) && cursor.goto_first_child());
        if !is_leaf {
            walk.depth += 1;
            if walk.depth > MAX_DEPTH {
                return Err(format!("is nested deeper than {MAX_DEPTH} levels"));
            }
            continue;
        }
        walk.leave();
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Ok(walk.finish());
            }
            walk.depth -= 1;
            walk.leave();
        }
    }
}

/// An open node that matters to what stands inside it.
struct Frame<'t> {
    depth: u32,
    role: Role,
    node: Node<'t>,
    /// The level around it, to return to.
    level: Level,
    /// Arms seen, for [`Role::Match`].
    n_cases: u32,
    /// Whether a run of logical operators begins with it.
    opens_sequence: bool,
    /// The cyclomatic number to return to, where what stands inside makes no decisions of its own.
    settled: Option<u32>,
}

struct Walk<'w, 't> {
    grammar: &'static Grammar,
    text: &'t str,
    place: Place<'t>,
    depth: u32,
    frames: Vec<Frame<'t>>,
    level: Level,
    /// The code outside all functions, then the open functions from outside in.
    scopes: Vec<Scope>,
    functions: Vec<Scope>,
    sequences: Sequences,
    /// The types around, from outside in; `None` for a function, whose own functions belong to no type.
    owners: Vec<Option<&'t str>>,
    halstead: Halstead<'t>,
    links: &'w mut Links<'t>,
    classes: Vec<Class<'t>>,
    opened_type: Option<Option<&'t str>>,
    opened_module: Option<&'t str>,
}

impl<'w, 't> Walk<'w, 't> {
    fn new(language: Language, text: &'t str, place: Place<'t>, links: &'w mut Links<'t>) -> Self {
        let owners = place.owner.into_iter().collect();
        Walk {
            grammar: Grammar::of(language),
            text,
            place,
            depth: 0,
            frames: Vec::new(),
            level: Level::default(),
            scopes: vec![Scope::new(String::new(), 1, 1, 0)],
            functions: Vec::new(),
            sequences: Sequences::default(),
            owners,
            halstead: Halstead::default(),
            links,
            classes: Vec::new(),
            opened_type: None,
            opened_module: None,
        }
    }

    /// Whether nothing that matters stands around the node.
    fn is_at_top(&self) -> bool {
        self.frames.is_empty() && !self.place.is_member
    }

    /// Takes note of the node under the cursor; whether to look inside.
    fn enter(&mut self, cursor: &TreeCursor<'t>) -> bool {
        let node = cursor.node();
        // What was put around the item has been counted where it stands.
        if node.start_byte() < self.place.start || node.start_byte() >= self.place.end {
            return true;
        }
        let kind = self.grammar.kind(node);
        if kind.declares && self.is_at_top() {
            self.links.names.declare(self.grammar.language, node, self.text);
        }
        if kind.calls {
            let site = call_site(node, self.text);
            self.scope().calls.extend(site);
        }
        let parent = self.parent_role();
        if is_control(parent) {
            self.enter_part_of_control(parent, kind.role, cursor);
        }
        match kind.role {
            Role::Plain => {}
            Role::Comment => return false,
            Role::Import => {
                self.links.imports.read(node);
                return false;
            }
            Role::Package => {
                self.links.package = node.named_child(0).map(|name| shortened(text_of(name, self.text)));
                return false;
            }
            role => self.enter_role(role, parent, node, cursor),
        }
        self.count_leaf(kind, node);
        true
    }

    /// `condition` stands outside the body, `else` on its own costs one.
    fn enter_part_of_control(&mut self, parent: Role, role: Role, cursor: &TreeCursor<'t>) {
        let field = cursor.field_id().map(|id| id.get());
        if self.grammar.is_head(field) {
            let level = self.level.before(parent);
            match parent {
                // What is compiled is one decision, however many names it asks for.
                Role::Preprocessor | Role::PreprocessorElif => self.open_settled(Role::Head, cursor.node(), level),
                _ => self.open(Role::Head, cursor.node(), level),
            }
        }
        // Java and Go write the alternative without a node for `else`.
        let is_bare_else = parent == Role::If && self.grammar.is_bare_alternative(field, cursor.node());
        if is_bare_else && !matches!(role, Role::Else | Role::Elif) {
            self.scope().interrupt();
        }
    }

    fn enter_role(&mut self, role: Role, parent: Role, node: Node<'t>, cursor: &TreeCursor<'t>) {
        match role {
            Role::Function => self.enter_function(node, None),
            Role::Closure => self.enter_closure(parent, node),
            Role::Type => self.enter_type(node),
            Role::InlineModule => self.enter_module(node),
            Role::Binding => self.open(role, node, self.level),
            Role::If => self.enter_if(parent, node, cursor),
            Role::Elif => {
                self.scope().decide();
                self.scope().interrupt();
                self.open(role, node, self.level);
            }
            Role::Else => self.enter_else(parent, node),
            Role::Loop | Role::Catch => {
                self.scope().decide();
                self.enter_structure(role, node);
            }
            Role::Forever => self.enter_structure(Role::Loop, node),
            Role::Switch | Role::Match => self.enter_structure(role, node),
            Role::LetElse => {
                if node.child_by_field_name("alternative").is_some() {
                    self.scope().decide();
                    self.enter_structure(role, node);
                }
            }
            Role::Try => self.open(role, node, self.level),
            Role::Case => self.enter_case(node),
            Role::Ternary => {
                let level = self.level;
                self.scope().decide();
                self.scope().interrupt_nested(level);
                self.open(role, node, level.in_expression());
            }
            Role::Decision => self.scope().decide(),
            Role::Assert => {
                self.scope().decide();
                self.open_settled(role, node, self.level);
            }
            Role::Guarded => {
                if node.child_by_field_name("condition").is_some() {
                    self.scope().decide();
                }
            }
            Role::ComprehensionIf => {
                if !self.grammar.is_guard(cursor.field_id().map(|id| id.get())) {
                    self.scope().decide();
                }
            }
            Role::Preprocessor => self.enter_preprocessor(node),
            Role::PreprocessorElif => {
                if self.scopes.len() > 1 {
                    self.scope().decide();
                    self.scope().interrupt();
                }
                self.open(role, node, self.level);
            }
            Role::PreprocessorElse => {
                if self.scopes.len() > 1 {
                    self.scope().interrupt();
                }
            }
            Role::Call => self.enter_call(node),
            Role::Jump => {
                if grammar::has_label(self.grammar.language, node) {
                    self.scope().interrupt();
                }
            }
            Role::Goto => self.scope().interrupt(),
            Role::Binary => {
                if self.grammar.is_logical(node) {
                    self.enter_logical(parent, node);
                }
            }
            Role::Logical => self.enter_logical(parent, node),
            Role::Parenthesis => {
                if matches!(parent, Role::Logical | Role::Parenthesis) {
                    self.open(role, node, self.level);
                }
            }
            Role::And | Role::Or => {
                if parent == Role::Logical {
                    self.scope().decide();
                    if self.sequences.begins_run(role) {
                        self.scope().interrupt();
                    }
                }
            }
            Role::Export => self.links.imports.read(node),
            Role::ImportCall => {
                self.links.imports.read_call(node);
                self.enter_call(node);
            }
            Role::Path => {
                if parent != Role::Path {
                    self.read_path(node);
                }
                self.open(role, node, self.level);
            }
            Role::TypeParameter => {
                if let Some(name) = node.named_child(0) {
                    self.links.names.own(text_of(name, self.text));
                }
            }
            Role::Locals => {
                if self.scopes.len() > 1 || !self.grammar.kind(node).declares {
                    self.links.names.locals(node, self.text);
                }
            }
            Role::Qualified => self.links.names.qualify(node, self.text),
            Role::Name => {
                if self.may_mean_a_type(parent, node, cursor) {
                    self.links.names.mention(self.grammar.language, text_of(node, self.text));
                }
            }
            Role::Namespace => self.enter_namespace(node),
            Role::NamingCall => {
                self.links.names.mention_called(node, self.text);
                self.enter_call(node);
            }
            Role::OtherName => self.open(role, node, self.level),
            Role::Key => {
                if self.grammar.is_key(cursor.field_id().map(|id| id.get())) {
                    self.open(role, node, self.level);
                }
            }
            Role::Attribute => self.links.imports.read_attribute(node),
            Role::Plain | Role::Comment | Role::Import | Role::Package | Role::Head => {}
        }
    }

    /// A path counts as a whole; Rust makes imports of it.
    fn read_path(&mut self, path: Node<'t>) {
        if self.grammar.language == Language::Rust {
            self.links.imports.read_path(path);
        } else {
            self.links.names.mention_path(self.grammar.language, text_of(path, self.text));
        }
    }

    /// Of a path only the first name means something by itself.
    fn may_mean_a_type(&self, parent: Role, node: Node<'t>, cursor: &TreeCursor<'t>) -> bool {
        let begins = |frame: &Frame<'_>| frame.node.start_byte() == node.start_byte();
        match parent {
            Role::Key | Role::OtherName => false,
            Role::Path if !self.frames.last().is_some_and(begins) => false,
            _ => !self.grammar.is_other_name(cursor.field_id().map(|id| id.get())),
        }
    }

    fn enter_namespace(&mut self, node: Node<'t>) {
        let full_name = self.links.names.enter_namespace(self.grammar.language, node, self.text);
        self.links.package.get_or_insert_with(|| shortened(&full_name));
    }

    fn count_leaf(&mut self, kind: Kind, node: Node<'t>) {
        if node.child_count() == 0 && node.start_byte() < node.end_byte() {
            self.halstead.count(kind.token, node.kind_id(), text_of(node, self.text));
        }
    }

    // ---- scopes ----

    fn enter_function(&mut self, node: Node<'t>, given_name: Option<&'t str>) {
        let language = self.grammar.language;
        // A declaration without a body has no ways through it.
        let has_body = grammar::body(language, node).is_some();
        let is_directly_inside = self.owners.last() == Some(&None);
        if !has_body || is_directly_inside && !grammar::has_inner_functions(language) {
            return;
        }
        let own_name = grammar::function_name(language, node, self.text);
        let name = own_name.or(given_name).unwrap_or("(anonymous)");
        if language == Language::Kotlin {
            // A member called by its bare name is no function of another file.
            self.links.names.own(name);
        }
        let receiver = grammar::receiver_name(language, node, self.text);
        let owner = receiver.or_else(|| self.owners.last().copied().flatten());
        let n_parameters = grammar::n_parameters(language, node, self.text);
        let (start_line, end_line) = lines_of(node, self.place.n_head_lines);
        let full_name =
            owner.map_or_else(|| shortened(name), |owner| format!("{}::{}", shortened(owner), shortened(name)));
        self.scopes.push(Scope::new(full_name, start_line, end_line, n_parameters));
        self.owners.push(None);
        self.open(Role::Function, node, Level::default());
    }

    /// A closure with a name is a function; one without belongs to the function around it; one around which there is
    /// none is a function if it has statements.
    fn enter_closure(&mut self, parent: Role, node: Node<'t>) {
        let binding = self.frames.last().filter(|_| parent == Role::Binding);
        let bound_name = binding.and_then(|frame| grammar::javascript::bound_name(frame.node));
        if let Some(name) = bound_name {
            return self.enter_function(node, Some(text_of(name, self.text)));
        }
        let has_statements = || node.child_by_field_name("body").is_some_and(|body| body.kind().ends_with("block"));
        if self.scopes.len() == 1 && has_statements() {
            return self.enter_function(node, None);
        }
        self.open(Role::Closure, node, self.level.in_expression());
    }

    fn enter_type(&mut self, node: Node<'t>) {
        if grammar::body(self.grammar.language, node).is_none() {
            return;
        }
        let name = grammar::type_name(node, self.text);
        if self.grammar.language == Language::Ruby {
            let around: Vec<&str> = self.owners.iter().copied().flatten().collect();
            self.links.names.declare_nested(&around, node, self.text);
        }
        if let Some(name) = name {
            self.links.names.own(name);
            let bases = grammar::base_types(self.grammar.language, node, self.text);
            if self.is_at_top() {
                self.links.names.mention_bases(&bases);
            }
            self.classes.push(Class { name, bases });
        }
        if self.frames.is_empty() {
            self.opened_type = Some(name);
        }
        self.owners.push(name);
        self.open(Role::Type, node, self.level);
    }

    fn enter_module(&mut self, node: Node<'t>) {
        let has_body = node.child_by_field_name("body").is_some();
        self.links.imports.read_module(node);
        if has_body {
            if self.frames.is_empty() {
                self.opened_module = node.child_by_field_name("name").map(|name| text_of(name, self.text));
            }
            self.links.imports.enter_module(node);
            self.open(Role::InlineModule, node, self.level);
        }
    }

    // ---- control flow ----

    fn enter_structure(&mut self, role: Role, node: Node<'t>) {
        let level = self.level;
        self.scope().interrupt_nested(level);
        let inside = level.in_structure();
        self.scope().reach(inside);
        self.open(role, node, inside);
    }

    fn enter_if(&mut self, parent: Role, node: Node<'t>, cursor: &TreeCursor<'t>) {
        self.scope().decide();
        let field = cursor.field_id().map(|id| id.get());
        let continues_if =
            parent == Role::Else || (parent == Role::If && self.grammar.is_bare_alternative(field, node));
        // The price of `else if` was paid by its `else`.
        if continues_if {
            self.open(Role::If, node, self.level);
        } else {
            self.enter_structure(Role::If, node);
        }
    }

    fn enter_else(&mut self, parent: Role, node: Node<'t>) {
        let is_of_loop = parent == Role::Loop;
        if is_of_loop || parent == Role::Try {
            self.scope().decide();
        }
        if is_of_loop || matches!(parent, Role::If | Role::Elif) {
            self.scope().interrupt();
        }
        self.open(Role::Else, node, self.level);
    }

    fn enter_case(&mut self, node: Node<'t>) {
        let is_first_arm = match self.frames.last_mut() {
            Some(frame) if frame.role == Role::Match => {
                frame.n_cases += 1;
                frame.n_cases == 1
            }
            _ => false,
        };
        // Of the arms of a `match` one is always taken.
        if !is_first_arm && grammar::is_counted_case(self.grammar.language, node, self.text) {
            self.scope().decide();
        }
    }

    /// Inside a function `#if` is a way through and nests like `if` does; around functions it is neither.
    fn enter_preprocessor(&mut self, node: Node<'t>) {
        let level = self.level;
        if self.scopes.len() > 1 {
            self.scope().decide();
            self.scope().interrupt_nested(level);
            self.open(Role::Preprocessor, node, level.in_expression());
        } else {
            self.open(Role::Preprocessor, node, level);
        }
    }

    fn enter_call(&mut self, call: Node<'t>) {
        let function = self.frames.iter().rfind(|frame| frame.role == Role::Function).map(|frame| frame.node);
        let (Some(function), Some(scope)) = (function, self.scopes.last_mut()) else { return };
        if recursion::calls_itself(self.grammar.language, call, function, scope, self.text) {
            scope.recurse();
        }
    }

    fn enter_logical(&mut self, parent: Role, node: Node<'t>) {
        let continues = matches!(parent, Role::Logical | Role::Parenthesis);
        if !continues {
            self.sequences.open();
        }
        self.open(Role::Logical, node, self.level);
        if let Some(frame) = self.frames.last_mut() {
            frame.opens_sequence = !continues;
        }
    }

    // ---- frames ----

    /// The role of the node directly above, when it has a frame.
    fn parent_role(&self) -> Role {
        match self.frames.last() {
            Some(frame) if frame.depth + 1 == self.depth => frame.role,
            _ => Role::Plain,
        }
    }

    fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("the scope outside all functions is never closed")
    }

    fn open(&mut self, role: Role, node: Node<'t>, inside: Level) {
        let level = std::mem::replace(&mut self.level, inside);
        let depth = self.depth;
        self.frames.push(Frame { depth, role, node, level, n_cases: 0, opens_sequence: false, settled: None });
    }

    fn open_settled(&mut self, role: Role, node: Node<'t>, inside: Level) {
        let cyclomatic = self.scope().cyclomatic;
        self.open(role, node, inside);
        if let Some(frame) = self.frames.last_mut() {
            frame.settled = Some(cyclomatic);
        }
    }

    fn leave_function(&mut self, node: Node<'t>) {
        self.owners.pop();
        let Some(mut function) = self.scopes.pop() else { return };
        let language = self.grammar.language;
        if node.has_error()
            && let Some(n_decisions) = grammar::decisions_in_words(language, text_of(node, self.text))
        {
            function.count_by_words(n_decisions);
        }
        let only_wraps = grammar::only_wraps_functions(language, node, function.is_straight());
        function.take_in_inner_functions(only_wraps);
        if self.scopes.len() > 1 {
            let level = self.level;
            self.scope().enclose(&mut function, level);
        }
        self.functions.push(function);
    }

    /// Closes every frame of the node that is being left.
    fn leave(&mut self) {
        while let Some(frame) = self.frames.pop_if(|frame| frame.depth == self.depth) {
            self.level = frame.level;
            if let Some(settled) = frame.settled {
                self.scope().cyclomatic = settled;
            }
            match frame.role {
                Role::Function => self.leave_function(frame.node),
                Role::Type => {
                    self.owners.pop();
                }
                Role::InlineModule => self.links.imports.leave_module(),
                _ if frame.opens_sequence => self.sequences.close(),
                _ => {}
            }
        }
    }

    fn finish(mut self) -> Found<'t> {
        self.functions.sort_by_key(|function| (function.start_line, std::cmp::Reverse(function.end_line)));
        Found {
            outside: self.scopes.swap_remove(0),
            functions: self.functions,
            halstead: self.halstead,
            classes: self.classes,
            opened_type: self.opened_type,
            opened_module: self.opened_module,
        }
    }
}

fn is_control(role: Role) -> bool {
    matches!(
        role,
        Role::If
            | Role::Elif
            | Role::Loop
            | Role::Switch
            | Role::Match
            | Role::Ternary
            | Role::LetElse
            | Role::Preprocessor
            | Role::PreprocessorElif
    )
}

/// First and last line of a node within its item.
fn lines_of(node: Node<'_>, n_head_lines: usize) -> (u32, u32) {
    let line = |row: usize| u32::try_from(row.saturating_sub(n_head_lines) + 1).unwrap_or(u32::MAX);
    let end = node.end_position();
    // A node that ends with the line feed does not reach into the next line.
    let end_row = if end.column == 0 { end.row.saturating_sub(1) } else { end.row };
    (line(node.start_position().row), line(end_row.max(node.start_position().row)))
}

fn shortened(name: &str) -> String {
    let end = name.floor_char_boundary(MAX_NAME_BYTES.min(name.len()));
    name[..end].to_owned()
}
