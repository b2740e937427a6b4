//! How does a language write comments and strings?
//!
//! In: a path. Out: the [`CommentSyntax`] of its extension, as far as telling code from comment needs it.

/// Where comments and strings begin and end in one family of languages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CommentSyntax {
    /// Begin a comment that lasts to the end of the line.
    pub(super) line: &'static [&'static str],
    /// Begin and end of a comment that may span lines.
    pub(super) block: Option<(&'static str, &'static str)>,
    /// Whether block comments nest.
    pub(super) is_block_nested: bool,
    /// A line comment must follow white space or begin the line (shells use the sign inside words too).
    pub(super) needs_space_before: bool,
    /// How `'` and `"` behave.
    pub(super) quotes: Quotes,
    /// What a back-tick begins.
    pub(super) backtick: Backtick,
    /// `/` may begin a regular expression.
    pub(super) has_regex: bool,
}

/// How quotation marks behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Quotes {
    /// Quotation marks mean nothing.
    #[default]
    None,
    /// `"` and `'` begin a string that ends on the same line; a backslash escapes.
    OneLine,
    /// As `OneLine`, and three of them begin one that may span lines. Bare ones are documentation (Python).
    Python,
    /// `"` may span lines, `'` is a character or a lifetime, `r#"` is raw (Rust).
    Rust,
    /// As `OneLine`, and `R"x(` is raw (C++).
    Cpp,
    /// As `OneLine`, and `"""` may span lines (Java, Kotlin, Scala, Swift).
    TextBlock,
}

/// What a back-tick begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Backtick {
    /// Nothing.
    #[default]
    None,
    /// A raw string over several lines (Go).
    Raw,
    /// A template with `${…}` inside (JavaScript).
    Template,
}

const C_FAMILY: CommentSyntax = CommentSyntax {
    line: &["//"],
    block: Some(("/*", "*/")),
    is_block_nested: false,
    needs_space_before: false,
    quotes: Quotes::OneLine,
    backtick: Backtick::None,
    has_regex: false,
};

const HASH_FAMILY: CommentSyntax = CommentSyntax {
    line: &["#"],
    block: None,
    is_block_nested: false,
    needs_space_before: true,
    quotes: Quotes::OneLine,
    backtick: Backtick::None,
    has_regex: false,
};

impl CommentSyntax {
    /// The syntax of `path` by its extension. Unknown extensions have no comments: every line with a word is code.
    pub(super) fn of_path(path: &str) -> CommentSyntax {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        match extension.as_str() {
            "rs" => CommentSyntax { quotes: Quotes::Rust, is_block_nested: true, ..C_FAMILY },
            "py" | "pyi" | "pyw" | "pyx" | "pxd" => {
                CommentSyntax { quotes: Quotes::Python, needs_space_before: false, ..HASH_FAMILY }
            }
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte" | "coffee" => {
                CommentSyntax { backtick: Backtick::Template, has_regex: true, ..C_FAMILY }
            }
            "go" => CommentSyntax { backtick: Backtick::Raw, ..C_FAMILY },
            "java" | "groovy" => CommentSyntax { quotes: Quotes::TextBlock, ..C_FAMILY },
            "kt" | "kts" | "scala" | "swift" | "dart" => {
                CommentSyntax { quotes: Quotes::TextBlock, is_block_nested: true, ..C_FAMILY }
            }
            "cc" | "cpp" | "cxx" | "c++" | "hh" | "hpp" | "hxx" | "h++" | "ipp" | "tpp" | "inl" | "h" | "cu"
            | "cuh" => CommentSyntax { quotes: Quotes::Cpp, ..C_FAMILY },
            "c" | "cs" | "m" | "mm" | "l" | "y" | "ll" | "yy" | "proto" | "thrift" | "zig" | "d" | "sol" | "glsl"
            | "hlsl" | "metal" | "wgsl" | "cl" | "sv" | "v" | "fs" | "fsx" | "fsi" | "gradle" | "css" | "scss"
            | "less" | "json5" | "s" => C_FAMILY,
            "php" => CommentSyntax { line: &["//", "#"], ..C_FAMILY },
            "sql" => CommentSyntax { line: &["--"], ..C_FAMILY },
            "lua" => CommentSyntax { line: &["--"], block: Some(("--[[", "]]")), ..C_FAMILY },
            "hs" | "lhs" | "elm" => CommentSyntax {
                line: &["--"],
                block: Some(("{-", "-}")),
                is_block_nested: true,
                quotes: Quotes::None,
                ..C_FAMILY
            },
            "ml" | "mli" => CommentSyntax {
                line: &[],
                block: Some(("(*", "*)")),
                is_block_nested: true,
                quotes: Quotes::None,
                ..C_FAMILY
            },
            "clj" | "cljs" | "cljc" | "lisp" | "el" | "scm" | "rkt" | "asm" => {
                CommentSyntax { line: &[";"], quotes: Quotes::None, ..HASH_FAMILY }
            }
            "erl" | "hrl" | "tex" => CommentSyntax { line: &["%"], quotes: Quotes::None, ..HASH_FAMILY },
            "vim" => CommentSyntax { line: &["\""], quotes: Quotes::None, ..HASH_FAMILY },
            "rb" | "sh" | "bash" | "zsh" | "fish" | "pl" | "pm" | "r" | "jl" | "ex" | "exs" | "cr" | "nim" | "tcl"
            | "awk" | "yml" | "yaml" | "toml" | "ini" | "cfg" | "conf" | "properties" | "tf" | "hcl" | "cmake"
            | "mk" | "graphql" | "gql" => HASH_FAMILY,
            "ps1" | "psm1" => CommentSyntax { block: Some(("<#", "#>")), ..HASH_FAMILY },
            "html" | "htm" | "xml" | "xsd" | "xsl" | "svg" | "md" => {
                CommentSyntax { block: Some(("<!--", "-->")), ..CommentSyntax::default() }
            }
            _ => CommentSyntax::default(),
        }
    }
}
