//! How are the recommended tests run?
//!
//! In: their paths, and what the repository holds (which paths exist, and the text of a manifest). Out: one line a
//! runner to paste into a POSIX shell at the repository's root. File names come from strangers: every one is quoted,
//! none is taken for an option, and one with a control character is left out. A test whose runner is not known is in
//! no command. Never runs anything.

use crate::models::answer::TestCommand;
use std::collections::BTreeMap;

/// Bytes of a command, above which tests are left out of it: what people still paste with a look at it.
const MAX_COMMAND_BYTES: usize = 2_000;

/// What can be asked about the tree of the head.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    /// Whether a file stands at the path.
    pub has: &'a dyn Fn(&str) -> bool,
    /// Its text, asked for manifests alone.
    pub text: &'a dyn Fn(&str) -> Option<String>,
}

/// Commands that run `tests`, one a runner, in the order of the tests they begin with.
pub fn test_commands(tests: &[String], tree: Tree<'_>) -> Vec<TestCommand> {
    let mut plans: Vec<Plan> = Vec::new();
    let shown = tests.iter().filter(|path| !path.chars().any(char::is_control));
    for (at, test) in shown.filter_map(|test| at(test, tree)) {
        let place = plans.iter().position(|plan| plan.runner == at.runner()).unwrap_or_else(|| {
            plans.push(Plan { runner: at.runner(), n_tests: 0, parts: BTreeMap::new(), command: String::new() });
            plans.len() - 1
        });
        plans[place].take(at, test);
    }
    let command =
        |plan: Plan| TestCommand { runner: plan.runner.to_owned(), command: plan.command, n_tests: plan.n_tests };
    plans.into_iter().filter(|plan| plan.n_tests > 0).map(command).collect()
}

/// What runs a test, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Pytest,
    Rspec {
        has_bundle: bool,
    },
    Phpunit,
    Dotnet,
    /// A package of Node with its folder.
    Node {
        runner: &'static str,
        folder: String,
    },
    /// A Go module's folder.
    Go {
        folder: String,
    },
    /// A crate by name; tests in `tests/` and inside its sources are asked for in different ways.
    CargoTarget {
        package: String,
    },
    CargoModule {
        package: String,
        target: &'static str,
    },
    Maven {
        module: String,
    },
    Gradle {
        module: String,
        program: &'static str,
    },
}

impl At {
    fn runner(&self) -> &'static str {
        match self {
            At::Pytest => "pytest",
            At::Rspec { .. } => "rspec",
            At::Phpunit => "phpunit",
            At::Dotnet => "dotnet",
            At::Node { runner, .. } => runner,
            At::Go { .. } => "go",
            At::CargoTarget { .. } | At::CargoModule { .. } => "cargo",
            At::Maven { .. } => "maven",
            At::Gradle { .. } => "gradle",
        }
    }

    /// The command for tests that are named as this runner names them.
    fn command(&self, tests: &[String]) -> String {
        let each = |before: &str| tests.iter().map(|test| format!("{before}{}", quoted(test))).collect::<String>();
        match self {
            At::Pytest => format!("python -m pytest{}", each(" ")),
            At::Rspec { has_bundle: true } => format!("bundle exec rspec{}", each(" ")),
            At::Rspec { has_bundle: false } => format!("rspec{}", each(" ")),
            At::Phpunit => format!("vendor/bin/phpunit --filter {}", quoted(&tests.join("|"))),
            At::Dotnet => {
                let names: Vec<String> = tests.iter().map(|test| format!("FullyQualifiedName~{test}")).collect();
                format!("dotnet test --filter {}", quoted(&names.join("|")))
            }
            At::Node { runner, folder } => {
                let start = match *runner {
                    "vitest" => "npx vitest run",
                    "jest" => "npx jest",
                    "mocha" => "npx mocha",
                    _ => "node --test",
                };
                inside(folder, format!("{start}{}", each(" ")))
            }
            At::Go { folder } => inside(folder, format!("go test{}", each(" "))),
            At::CargoTarget { package } => format!("cargo test -p {}{}", quoted(package), each(" --test ")),
            At::CargoModule { package, target } => {
                format!("cargo test -p {} {target} --{}", quoted(package), each(" "))
            }
            At::Maven { module } if module.is_empty() => format!("mvn -Dtest={} test", tests.join(",")),
            At::Maven { module } => format!("mvn -pl {} -Dtest={} test", quoted(module), tests.join(",")),
            At::Gradle { module, program } => {
                let task = if module.is_empty() { "test".to_owned() } else { format!(":{module}:test") };
                format!("{program} {}{}", quoted(&task.replace('/', ":")), each(" --tests "))
            }
        }
    }
}

fn inside(folder: &str, command: String) -> String {
    if folder.is_empty() { command } else { format!("(cd {} && {command})", quoted(&as_argument(folder))) }
}

/// The command of one runner, while it grows.
struct Plan {
    runner: &'static str,
    n_tests: usize,
    parts: BTreeMap<At, Vec<String>>,
    command: String,
}

impl Plan {
    /// Adds a test unless the command would be too long with it.
    fn take(&mut self, at: At, test: String) {
        let mut parts = self.parts.clone();
        let tests = parts.entry(at).or_default();
        // Two files of one package, or one crate's test in several files, are one name.
        if !tests.contains(&test) {
            tests.push(test);
        }
        let commands: Vec<String> = parts.iter().map(|(at, tests)| at.command(tests)).collect();
        let command = commands.join(" && ");
        if command.len() <= MAX_COMMAND_BYTES {
            (self.parts, self.command, self.n_tests) = (parts, command, self.n_tests + 1);
        }
    }
}

/// What runs the test at `path`, and how that names it.
fn at(path: &str, tree: Tree<'_>) -> Option<(At, String)> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, extension) = name.rsplit_once('.')?;
    match extension {
        "py" => is_collected(stem).then(|| (At::Pytest, as_argument(path))),
        "rs" => cargo(path, tree),
        "go" => {
            let module = nearest(folder, "go.mod", tree)?;
            Some((At::Go { folder: module.clone() }, format!("./{}", below(folder, &module))))
        }
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" | "vue" | "svelte" => node(path, folder, tree),
        "java" | "kt" | "groovy" => jvm(path, folder, stem, tree),
        "rb" if stem.ends_with("_spec") => Some((At::Rspec { has_bundle: (tree.has)("Gemfile") }, as_argument(path))),
        "php" if (tree.has)("composer.json") && is_identifier(stem) => Some((At::Phpunit, stem.to_owned())),
        "cs" | "fs" | "vb" if is_identifier(stem) => Some((At::Dotnet, stem.to_owned())),
        _ => None,
    }
}

fn cargo(path: &str, tree: Tree<'_>) -> Option<(At, String)> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let home = nearest(folder, "Cargo.toml", tree)?;
    let manifest: toml::Table = (tree.text)(&joined(&home, "Cargo.toml"))?.parse().ok()?;
    let package = manifest.get("package")?.get("name")?.as_str().filter(|name| is_name(name))?.to_owned();
    let inside = below(path, &home);
    if let Some(target) = declared_target(&manifest, inside) {
        return Some((At::CargoTarget { package }, target));
    }
    if let Some(test) = inside.strip_prefix("tests/") {
        let name = match test.split_once('/') {
            None => test.strip_suffix(".rs")?,
            // A folder is one test where it has a beginning; other folders are modules of several.
            Some((name, _)) => {
                Some(name).filter(|name| (tree.has)(&joined(&home, &format!("tests/{name}/main.rs"))))?
            }
        };
        return is_name(name).then(|| (At::CargoTarget { package }, name.to_owned()));
    }
    let module = inside.strip_prefix("src/")?.strip_suffix(".rs")?;
    let module = module.strip_suffix("/mod").unwrap_or(module).replace('/', "::");
    let target = if (tree.has)(&joined(&home, "src/lib.rs")) { "--lib" } else { "--bins" };
    module.split("::").all(is_identifier).then_some((At::CargoModule { package, target }, module))
}

/// The name of the test target whose root, or whose root's folder, holds the file.
fn declared_target(manifest: &toml::Table, path: &str) -> Option<String> {
    let holds = |root: &str| {
        let folder = root.strip_suffix("/main.rs").filter(|folder| *folder != "tests");
        root == path || folder.is_some_and(|folder| path.starts_with(&format!("{folder}/")))
    };
    let targets = manifest.get("test")?.as_array()?.iter();
    let mut named = targets.filter_map(|target| Some((target.get("name")?.as_str()?, target.get("path")?.as_str()?)));
    named.find(|(name, root)| is_name(name) && holds(root)).map(|(name, _)| name.to_owned())
}

/// The first of these that the nearest `package.json` which names any of them names; farther ones are asked next.
fn node(path: &str, folder: &str, tree: Tree<'_>) -> Option<(At, String)> {
    let homes = upwards(folder).filter(|home| (tree.has)(&joined(home, "package.json")));
    let mut found = homes.filter_map(|home| {
        let manifest: serde_json::Value = serde_json::from_str(&(tree.text)(&joined(home, "package.json"))?).ok()?;
        let script = manifest["scripts"]["test"].as_str().unwrap_or_default();
        let is_used = |name: &&&str| {
            let is_declared = |field: &str| manifest[field].get(**name).is_some();
            is_declared("devDependencies") || is_declared("dependencies") || script.contains(**name)
        };
        let runner = ["vitest", "jest", "mocha"].iter().find(is_used).copied();
        Some((home, runner.or_else(|| script.contains("node --test").then_some("node"))?))
    });
    let (home, runner) = found.next()?;
    Some((At::Node { runner, folder: home.to_owned() }, as_argument(below(path, home))))
}

fn jvm(path: &str, folder: &str, class: &str, tree: Tree<'_>) -> Option<(At, String)> {
    if !is_identifier(class) {
        return None;
    }
    if let Some(module) = nearest(folder, "pom.xml", tree) {
        // Without a manifest at the root the module cannot be chosen from there.
        let has_root = module.is_empty() || (tree.has)("pom.xml");
        return has_root.then(|| (At::Maven { module }, class.to_owned()));
    }
    let is_build =
        |home: &&str| ["build.gradle", "build.gradle.kts"].iter().any(|name| (tree.has)(&joined(home, name)));
    let module = upwards(folder).find(is_build)?.to_owned();
    let program = if (tree.has)("gradlew") { "./gradlew" } else { "gradle" };
    let package = ["java", "kotlin", "groovy"].iter().find_map(|language| {
        let (_, package) = below(path, &module).split_once(&format!("/{language}/"))?;
        package.rsplit_once('/').map(|(package, _)| package.replace('/', "."))
    });
    let package = package.filter(|package| package.split('.').all(is_identifier));
    let class = package.map_or_else(|| format!("*{class}"), |package| format!("{package}.{class}"));
    Some((At::Gradle { module, program }, class))
}

/// The nearest folder from `folder` upwards that holds `name`.
fn nearest(folder: &str, name: &str, tree: Tree<'_>) -> Option<String> {
    upwards(folder).find(|home| (tree.has)(&joined(home, name))).map(str::to_owned)
}

/// The folder itself, then each that holds it, the root (an empty name) last.
fn upwards(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| match folder.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None => (!folder.is_empty()).then_some(""),
    })
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The path as seen from a folder that holds it.
fn below<'a>(path: &'a str, folder: &str) -> &'a str {
    path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/'))
}

/// A path that no program takes for an option.
fn as_argument(path: &str) -> String {
    if path.starts_with('-') { format!("./{path}") } else { path.to_owned() }
}

/// One word for a POSIX shell: as it is where every letter is harmless, else between single quotes.
fn quoted(word: &str) -> String {
    let is_harmless = |letter: char| letter.is_ascii_alphanumeric() || "_-./:,@%+=".contains(letter);
    if !word.is_empty() && word.chars().all(is_harmless) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A word of letters, digits and underscores: it means nothing else to a runner's own filter language.
fn is_identifier(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// The same, and hyphens inside.
fn is_name(word: &str) -> bool {
    !word.starts_with('-') && word.chars().all(|letter| letter == '-' || is_identifier(letter.encode_utf8(&mut [0; 4])))
}

/// Whether pytest would look into a file of this name unasked: `test_*` or `*_test`. Others in a folder of tests support them.
fn is_collected(stem: &str) -> bool {
    stem.starts_with("test_") || stem.ends_with("_test") || stem == "tests"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `files` are paths, those of manifests with their text.
    fn commands(files: &[(&str, &str)], tests: &[&str]) -> Vec<(String, usize)> {
        let has = |path: &str| files.iter().any(|(name, _)| *name == path);
        let text = |path: &str| files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        let tests: Vec<String> = tests.iter().map(|test| (*test).to_owned()).collect();
        let tree = Tree { has: &has, text: &text };
        test_commands(&tests, tree).into_iter().map(|made| (made.command, made.n_tests)).collect()
    }

    fn check(files: &[(&str, &str)], tests: &[&str], expected: &[&str]) {
        let made: Vec<String> = commands(files, tests).into_iter().map(|(command, _)| command).collect();
        assert_eq!(made, expected);
    }

    #[test]
    fn python_tests_are_one_call_of_pytest() {
        check(&[], &["tests/test_a.py", "tests/test_b.py"], &["python -m pytest tests/test_a.py tests/test_b.py"]);
    }

    #[test]
    fn a_crate_runs_its_test_targets_and_the_modules_of_its_sources() {
        let files = [
            ("Cargo.toml", "[workspace]\n"),
            (
                "core/Cargo.toml",
                "[package]\nname = \"my-core\"\n[[test]]\nname = \"all\"\npath = \"tests/every/main.rs\"\n",
            ),
            ("core/src/lib.rs", ""),
            ("core/tests/suite/main.rs", ""),
        ];
        let tests =
            ["core/tests/parse.rs", "core/src/net/tests.rs", "core/tests/suite/door.rs", "core/tests/every/x.rs"];
        let expected =
            "cargo test -p my-core --test parse --test suite --test all && cargo test -p my-core --lib -- net::tests";
        check(&files, &tests, &[expected]);
        check(&files, &["core/tests/common/helper.rs", "elsewhere/tests/a.rs"], &[]);
    }

    #[test]
    fn go_tests_run_by_package_from_their_module() {
        let tests = ["a/x_test.go", "a/y_test.go", "root_test.go", "tool/cmd/z_test.go"];
        let files = [("go.mod", ""), ("tool/go.mod", "")];
        assert_eq!(commands(&files, &tests), [("go test ./a ./ && (cd tool && go test ./cmd)".to_owned(), 4)]);
    }

    #[test]
    fn the_nearest_package_that_names_a_runner_decides() {
        let files = [
            ("package.json", r#"{"devDependencies": {"jest": "1"}, "scripts": {"test": "jest"}}"#),
            ("web/package.json", r#"{"devDependencies": {"vitest": "1"}}"#),
            ("web/part/package.json", r#"{"name": "part"}"#),
            ("old/package.json", r#"{"scripts": {"test": "node --test"}}"#),
            ("broken/package.json", "{"),
        ];
        let tests = ["web/part/a.test.ts", "lib/b.test.js", "old/c.test.mjs", "broken/d.test.js"];
        let expected = [
            "(cd web && npx vitest run part/a.test.ts)",
            "npx jest lib/b.test.js broken/d.test.js",
            "(cd old && node --test c.test.mjs)",
        ];
        check(&files, &tests, &expected);
        check(&[], &["lib/b.test.js"], &[]);
    }

    #[test]
    fn junit_tests_run_in_their_module() {
        let tests = ["core/src/test/java/org/x/ATest.java", "core/src/test/java/org/x/BTest.java"];
        check(&[("pom.xml", ""), ("core/pom.xml", "")], &tests, &["mvn -pl core -Dtest=ATest,BTest test"]);
        let gradle = [("core/build.gradle.kts", ""), ("gradlew", "")];
        check(&gradle, &tests[..1], &["./gradlew :core:test --tests org.x.ATest"]);
    }

    #[test]
    fn other_runners_are_known_by_their_files() {
        check(&[("Gemfile", "")], &["spec/a_spec.rb"], &["bundle exec rspec spec/a_spec.rb"]);
        check(
            &[("composer.json", "")],
            &["tests/ATest.php", "tests/BTest.php"],
            &["vendor/bin/phpunit --filter 'ATest|BTest'"],
        );
        check(&[], &["Tests/ATests.cs"], &["dotnet test --filter 'FullyQualifiedName~ATests'"]);
    }

    #[test]
    fn a_hostile_name_stays_one_word_and_no_option() {
        check(
            &[],
            &["a b/test_$(touch x);'y'.py", "-rf_test.py"],
            &[r"python -m pytest 'a b/test_$(touch x);'\''y'\''.py' ./-rf_test.py"],
        );
        check(&[], &["tests/test_a\nrm -rf ~.py"], &[]);
        check(&[("pom.xml", "")], &["src/test/java/A;id.java"], &[]);
        let manifest = "[package]\nname = \"a; id\"\n";
        check(&[("Cargo.toml", manifest)], &["tests/a.rs"], &[]);
    }

    #[test]
    fn a_command_stays_short_and_counts_what_it_runs() {
        let tests: Vec<String> = (0..20).map(|nth| format!("tests/test_{}_{nth}.py", "x".repeat(300))).collect();
        let tests: Vec<&str> = tests.iter().map(String::as_str).collect();
        let made = commands(&[], &tests);
        assert!(made[0].0.len() <= MAX_COMMAND_BYTES && made[0].1 == 6, "{made:?}");
    }
}
