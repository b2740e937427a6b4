//! Which grammar reads a file?
//!
//! In: a path. Out: a [`Language`], by extension alone. Never opens the file: `.h` is C, because nothing in its name
//! says otherwise and the C grammar reads the includes of both.

use super::Language;

impl Language {
    /// The grammar for `path` by its extension, ignoring case; `None` where there is none.
    pub fn of_path(path: &str) -> Option<Language> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        Some(match extension.to_ascii_lowercase().as_str() {
            "rs" => Language::Rust,
            "py" | "pyi" | "pyw" => Language::Python,
            "js" | "mjs" | "cjs" | "jsx" => Language::JavaScript,
            "ts" | "mts" | "cts" => Language::TypeScript,
            "tsx" => Language::Tsx,
            "go" => Language::Go,
            "java" => Language::Java,
            "c" | "h" => Language::C,
            "cc" | "cpp" | "cxx" | "c++" | "hh" | "hpp" | "hxx" | "h++" | "ipp" | "tpp" | "inl" => Language::Cpp,
            "cs" | "csx" => Language::CSharp,
            "rb" | "rake" | "gemspec" | "ru" => Language::Ruby,
            "php" | "phtml" | "php5" => Language::Php,
            "kt" | "kts" => Language::Kotlin,
            _ => return None,
        })
    }

    /// The name people write.
    pub fn name(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::Python => "Python",
            Language::JavaScript => "JavaScript",
            Language::TypeScript => "TypeScript",
            Language::Tsx => "TSX",
            Language::Go => "Go",
            Language::Java => "Java",
            Language::C => "C",
            Language::Cpp => "C++",
            Language::CSharp => "C#",
            Language::Ruby => "Ruby",
            Language::Php => "PHP",
            Language::Kotlin => "Kotlin",
        }
    }

    /// Whether classes of this language can have base types.
    pub(super) fn has_inheritance(self) -> bool {
        !matches!(self, Language::Rust | Language::Go | Language::C)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides_whatever_its_case() {
        for (path, language) in [
            ("src/lib.rs", Some(Language::Rust)),
            ("a/B.JAVA", Some(Language::Java)),
            ("ui/App.tsx", Some(Language::Tsx)),
            ("types.d.ts", Some(Language::TypeScript)),
            ("include/x.h", Some(Language::C)),
            ("src/x.hpp", Some(Language::Cpp)),
            ("Api/Program.cs", Some(Language::CSharp)),
            ("app/models/user.rb", Some(Language::Ruby)),
            ("src/Client.php", Some(Language::Php)),
            ("build.gradle.kts", Some(Language::Kotlin)),
            (".rs", None),
            ("Makefile", None),
            ("v1.2/README", None),
        ] {
            assert_eq!(Language::of_path(path), language, "{path}");
        }
    }
}
