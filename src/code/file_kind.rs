//! What is a file for, by where it lies and what it is called?
//!
//! In: a path, `/`-separated, relative to the repository's root. Out: a [`FileKind`]. Never opens the file: labels are
//! computed for files that are long gone.
//!
//! The rules in order, first match wins: vendored folder, lock file, manifest, generated name, documentation, test,
//! source extension, data extension, other. The room's card lists them.

use super::Language;
use serde::{Deserialize, Serialize};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Code that runs when the product runs.
    Source,
    /// Code that checks or measures the product: tests, benchmarks, fixtures.
    Test,
    /// Text for people.
    Docs,
    /// Names the dependencies or the build, written by people.
    Manifest,
    /// Pins the dependencies, written by a tool.
    Lock,
    /// Tables, settings, pictures, styles, markup.
    Data,
    /// Written by a tool from something else.
    Generated,
    /// Someone else's code kept in the repository.
    Vendored,
    /// Nothing the name says.
    Other,
}

/// What `path` is for.
pub fn file_kind(path: &str) -> FileKind {
    let written_name = path.rsplit('/').next().unwrap_or(path);
    let path = path.to_ascii_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let (stem, extension) = split_extension(name);
    if has_folder(folders, VENDORED_FOLDERS) {
        FileKind::Vendored
    } else if is_lock(name) {
        FileKind::Lock
    } else if is_manifest(name, extension) {
        FileKind::Manifest
    } else if is_generated(folders, name) {
        FileKind::Generated
    } else if is_docs(folders, stem, extension) {
        FileKind::Docs
    } else if is_test(folders, written_name, stem, extension) {
        FileKind::Test
    } else if is_code(name, extension) {
        FileKind::Source
    } else if DATA_EXTENSIONS.contains(&extension) {
        FileKind::Data
    } else {
        FileKind::Other
    }
}

/// Whether `path` is product code: [`FileKind::Source`], with a grammar here or not.
pub fn is_source(path: &str) -> bool {
    file_kind(path) == FileKind::Source
}

const VENDORED_FOLDERS: &[&str] = &[
    "vendor",
    "vendored",
    "_vendor",
    "node_modules",
    "bower_components",
    "third_party",
    "third-party",
    "thirdparty",
    "3rdparty",
    "external_libs",
    "site-packages",
    "pods",
    "godeps",
    ".yarn",
];

const GENERATED_FOLDERS: &[&str] = &["generated", "__generated__", "dist", "__pycache__", "__snapshots__", ".next"];

const DOCS_FOLDERS: &[&str] = &["docs", "doc", "documentation"];

const TEST_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "__mocks__",
    "spec",
    "specs",
    "e2e",
    "testdata",
    "test_data",
    "test-data",
    "fixtures",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "androidtest",
    "integrationtest",
    "integration-test",
    "cypress",
    "fuzz",
];

/// Ends of names that tools write; the whole name ends so.
const GENERATED_ENDINGS: &[&str] = &[
    ".min.js",
    ".min.css",
    ".bundle.js",
    ".js.map",
    ".css.map",
    ".pb.go",
    ".pb.gw.go",
    ".pb.cc",
    ".pb.h",
    "_pb2.py",
    "_pb2.pyi",
    "_pb2_grpc.py",
    "_pb.js",
    "_pb.d.ts",
    ".g.dart",
    ".freezed.dart",
    ".g.cs",
    ".designer.cs",
    ".generated.cs",
    ".generated.go",
    ".generated.ts",
    ".generated.js",
    ".generated.rs",
    ".gen.go",
    ".gen.ts",
    "_gen.go",
    "_generated.go",
    "_generated.rs",
    "_string.go",
    ".snap",
];

const LOCK_NAMES: &[&str] = &[
    "cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "poetry.lock",
    "pipfile.lock",
    "pdm.lock",
    "uv.lock",
    "pixi.lock",
    "conda-lock.yml",
    "go.sum",
    "go.work.sum",
    "gemfile.lock",
    "composer.lock",
    "gradle.lockfile",
    "buildscript-gradle.lockfile",
    "packages.lock.json",
    "mix.lock",
    "pubspec.lock",
    "podfile.lock",
    "package.resolved",
    "flake.lock",
    "conan.lock",
];

const MANIFEST_NAMES: &[&str] = &[
    "cargo.toml",
    "package.json",
    "pnpm-workspace.yaml",
    "bower.json",
    "deno.json",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "pipfile",
    "environment.yml",
    "environment.yaml",
    "tox.ini",
    "go.mod",
    "go.work",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
    "gradle.properties",
    "libs.versions.toml",
    "build.xml",
    "ivy.xml",
    "build.sbt",
    "gemfile",
    "composer.json",
    "mix.exs",
    "pubspec.yaml",
    "podfile",
    "package.swift",
    "cmakelists.txt",
    "meson.build",
    "meson_options.txt",
    "conanfile.txt",
    "conanfile.py",
    "vcpkg.json",
    "configure.ac",
    "makefile",
    "gnumakefile",
    "makefile.am",
    "build.bazel",
    "workspace.bazel",
    "module.bazel",
    "directory.build.props",
    "directory.packages.props",
    "packages.config",
];

/// Extensions of code that Hyperion has no grammar for but knows to be code.
const OTHER_CODE_EXTENSIONS: &[&str] = &[
    "rb", "cs", "php", "kt", "kts", "swift", "scala", "sh", "bash", "zsh", "fish", "ps1", "psm1", "pl", "pm", "lua",
    "r", "jl", "dart", "ex", "exs", "erl", "hrl", "hs", "lhs", "ml", "mli", "fs", "fsx", "fsi", "clj", "cljs", "cljc",
    "groovy", "m", "mm", "vb", "pas", "f", "f90", "f95", "for", "cob", "zig", "nim", "v", "sv", "vhd", "vhdl", "s",
    "asm", "cu", "cuh", "cl", "glsl", "hlsl", "metal", "wgsl", "sql", "vue", "svelte", "astro", "coffee", "elm",
    "proto", "thrift", "pyx", "pxd", "sol", "tcl", "d", "cr", "rkt", "scm", "lisp", "el", "vim", "awk", "l", "y", "ll",
    "yy", "bat", "cmd",
];

const DOCS_EXTENSIONS: &[&str] = &["md", "markdown", "mdx", "rst", "adoc", "asciidoc", "txt", "tex", "pod", "org"];

const DOCS_STEMS: &[&str] = &[
    "readme",
    "license",
    "licence",
    "copying",
    "notice",
    "authors",
    "contributors",
    "contributing",
    "maintainers",
    "changelog",
    "changes",
    "history",
    "news",
    "releasenotes",
    "release-notes",
    "security",
    "code_of_conduct",
    "thanks",
    "install",
    "todo",
    "codeowners",
];

const DATA_EXTENSIONS: &[&str] = &[
    "json",
    "json5",
    "jsonl",
    "yaml",
    "yml",
    "toml",
    "ini",
    "cfg",
    "conf",
    "properties",
    "env",
    "xml",
    "xsd",
    "xsl",
    "plist",
    "csv",
    "tsv",
    "parquet",
    "css",
    "scss",
    "sass",
    "less",
    "html",
    "htm",
    "svg",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "ico",
    "webp",
    "bmp",
    "pdf",
    "woff",
    "woff2",
    "ttf",
    "eot",
    "otf",
    "mp3",
    "mp4",
    "wav",
    "ogg",
    "zip",
    "gz",
    "tgz",
    "xz",
    "bz2",
    "jar",
    "bin",
    "dat",
    "db",
    "sqlite",
    "po",
    "pot",
    "mo",
    "pem",
    "crt",
    "key",
    "tf",
    "tfvars",
    "hcl",
    "graphql",
    "gql",
    "j2",
    "tmpl",
    "tpl",
    "ejs",
    "hbs",
    "pug",
    "jade",
    "mustache",
    "snap",
    "out",
    "log",
    "ipynb",
];

fn split_extension(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, extension),
        _ => (name, ""),
    }
}

fn has_folder(folders: &str, wanted: &[&str]) -> bool {
    folders.split('/').any(|folder| wanted.contains(&folder))
}

fn is_lock(name: &str) -> bool {
    LOCK_NAMES.contains(&name)
}

fn is_manifest(name: &str, extension: &str) -> bool {
    let is_requirements = extension == "txt" && (name.starts_with("requirements") || name.starts_with("constraints"));
    let is_project_file = matches!(extension, "csproj" | "fsproj" | "vbproj" | "sln" | "gemspec" | "podspec" | "cabal");
    MANIFEST_NAMES.contains(&name) || is_requirements || is_project_file
}

fn is_generated(folders: &str, name: &str) -> bool {
    has_folder(folders, GENERATED_FOLDERS) || GENERATED_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_docs(folders: &str, stem: &str, extension: &str) -> bool {
    DOCS_EXTENSIONS.contains(&extension)
        || (extension.is_empty() && DOCS_STEMS.contains(&stem))
        || has_folder(folders, DOCS_FOLDERS)
}

fn is_test(folders: &str, written_name: &str, stem: &str, extension: &str) -> bool {
    has_folder(folders, TEST_FOLDERS)
        || is_test_name(written_name, stem, extension)
        || folders_name_a_test_project(folders)
}

/// Names of test files by the habits of each language's test runner; `stem` and `extension` are lowercase.
fn is_test_name(written_name: &str, stem: &str, extension: &str) -> bool {
    match extension {
        "py" | "pyi" => stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "conftest" | "tests"),
        "go" => stem.ends_with("_test"),
        "rs" => matches!(stem, "tests" | "test") || stem.ends_with("_test") || stem.ends_with("_tests"),
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" => {
            [".test", ".spec", ".e2e", ".bench", ".stories", "-test", "-spec", "_test", "_spec"]
                .iter()
                .any(|ending| stem.ends_with(ending))
                || matches!(stem, "test" | "tests")
        }
        // `ATest` and `TestA` are tests, `Latest` and `Testament` are not: the capital letters tell.
        "java" | "kt" | "scala" | "groovy" | "cs" | "swift" | "php" => {
            let (name, _) = split_extension(written_name);
            ["Test", "Tests", "TestCase", "Spec", "TestBase", "IT"].iter().any(|ending| name.ends_with(ending))
                || name.strip_prefix("Test").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        }
        "rb" => stem.ends_with("_spec") || stem.ends_with("_test") || stem.starts_with("test_"),
        "c" | "cc" | "cpp" | "cxx" | "h" | "hpp" => {
            ["_test", "_tests", "_unittest", "-test"].iter().any(|ending| stem.ends_with(ending))
                || stem.starts_with("test_")
        }
        "ex" | "exs" | "dart" | "erl" | "zig" | "lua" => stem.ends_with("_test"),
        _ => extension == "feature",
    }
}

/// Folders such as `foo-tests` or `foo.tests`, as multi-module builds name their test projects.
fn folders_name_a_test_project(folders: &str) -> bool {
    folders.split('/').any(|folder| {
        ["-test", "-tests", "_test", "_tests", ".test", ".tests"].iter().any(|ending| folder.ends_with(ending))
    })
}

fn is_code(name: &str, extension: &str) -> bool {
    Language::of_path(name).is_some() || OTHER_CODE_EXTENSIONS.contains(&extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: FileKind, paths: &[&str]) {
        for path in paths {
            assert_eq!(file_kind(path), kind, "{path}");
        }
    }

    #[test]
    fn product_code_is_source_with_or_without_a_grammar() {
        check(
            FileKind::Source,
            &[
                "src/lib.rs",
                "flask/app.py",
                "lib/express.js",
                "src/main/java/org/A.java",
                "src/main/java/org/Latest.java",
                "gin.go",
                "redis/src/server.c",
                "app/models/user.rb",
                "Api/Program.cs",
                "contest.py",
                "src/attest.rs",
                "examples/hello/main.go",
                "scripts/release.sh",
            ],
        );
        assert!(is_source("a.kt") && !is_source("a.test.ts") && !is_source("README.md"));
    }

    #[test]
    fn tests_are_known_by_folder_or_by_name() {
        check(
            FileKind::Test,
            &[
                "tests/test_app.py",
                "pkg/conftest.py",
                "src/test/java/org/ATest.java",
                "org/AppTests.java",
                "gin_test.go",
                "lib/a.test.ts",
                "lib/a.spec.js",
                "spec/models/user_spec.rb",
                "benches/parse.rs",
                "src/parser/tests.rs",
                "__tests__/x.js",
                "core-tests/src/A.kt",
                "tests/data/input.json",
                "test/support/env.js",
            ],
        );
    }

    #[test]
    fn what_people_did_not_write_here_is_not_source() {
        check(FileKind::Vendored, &["vendor/github.com/x/y.go", "node_modules/a/index.js", "third_party/z/z.c"]);
        check(FileKind::Generated, &["web/app.min.js", "api/v1/a.pb.go", "proto/a_pb2.py", "dist/index.js"]);
        check(FileKind::Lock, &["Cargo.lock", "web/package-lock.json", "go.sum", "poetry.lock"]);
    }

    #[test]
    fn manifests_docs_and_data_are_told_apart() {
        check(
            FileKind::Manifest,
            &["Cargo.toml", "a/package.json", "requirements-dev.txt", "go.mod", "pom.xml", "b.csproj", "setup.py"],
        );
        check(FileKind::Docs, &["README.md", "docs/conf.py", "LICENSE", "CHANGES.rst", "notes.txt"]);
        check(FileKind::Data, &["a.json", "logo.png", ".github/workflows/ci.yml"]);
        check(FileKind::Other, &["Dockerfile", "bin/tool", ".gitignore"]);
    }
}
