//! Does every manifest say what its own tool would read in it?

use super::*;

/// One line a dependency: name, version, `dev`, and its source where that is not the registry.
fn check(path: &str, text: &str, expected: &str) {
    let found: String = read(path, text.as_bytes()).unwrap().iter().map(line).collect();
    let expected: String = expected.lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert_eq!(found, expected, "{path}");
}

fn line(dependency: &Dependency) -> String {
    let source = match &dependency.source {
        Origin::Registry => String::new(),
        Origin::Git(address) => format!(" git {address}"),
        Origin::Url(address) => format!(" url {address}"),
        Origin::Path(path) => format!(" path {path}"),
        Origin::Workspace => " workspace".to_owned(),
    };
    let version = if dependency.version.is_empty() { "*" } else { &dependency.version };
    format!("{} {version}{}{source}\n", dependency.name, if dependency.is_for_development { " dev" } else { "" })
}

#[test]
fn cargo_tables_of_every_kind_are_read() {
    check(
        "crates/a/Cargo.toml",
        "[package]\nname = 'a'\n[dependencies]\nserde = '1'\nold = { package = 'new', version = '2' }\nb = { path = '../b' }\n\
         shared.workspace = true\n[dev-dependencies]\nx = { git = 'https://x' }\n[target.'cfg(unix)'.dependencies]\nlibc = '0.2'\n\
         [workspace.dependencies]\nshared = '3'\n",
        "b * path ../b\nlibc 0.2\nnew 2\nserde 1\nshared * workspace\nshared 3\nx * dev git https://x",
    );
}

#[test]
fn package_json_tells_registry_git_path_and_workspace_apart() {
    check(
        "web/package.json",
        r#"{"name": "web", "dependencies": {"a": "^1", "@s/b": "workspace:*", "c": "github:u/c", "d": "file:../d", "e": "u/e",
            "f": "npm:@s/real@2.0", "g": "https://x/g.tgz"}, "devDependencies": {"h": "~1"}, "scripts": {"test": "x"}}"#,
        "@s/b workspace:* workspace\n@s/real 2.0\na ^1\nc * git github:u/c\nd * path ../d\ne * git u/e\ng * url https://x/g.tgz\nh ~1 dev",
    );
    check(
        "composer.json",
        r#"{"require": {"php": ">=8", "ext-json": "*", "A/B": "^1"}, "require-dev": {"c/d": "2"}}"#,
        "a/b ^1\nc/d 2 dev",
    );
}

#[test]
fn requirement_files_are_read_as_pip_reads_them() {
    check(
        "requirements-dev.txt",
        "# tools\n-r base.txt\n--index-url https://x\nFlask_Login>=1, <2 ; python_version > '3'  # why\nrequests[socks]==2.0 \\\n  --hash=sha256:aa\n\
         name @ git+https://x/y.git@v1#egg=z\n-e git+https://x/w.git#egg=w\n./local\nplain\n",
        "flask-login >=1,<2\nlocal * path ./local\nname * git git+https://x/y.git@v1\nplain *\nrequests ==2.0\nw * git git+https://x/w.git",
    );
}

#[test]
fn pyproject_is_read_in_all_its_dialects() {
    check(
        "pyproject.toml",
        "[build-system]\nrequires = ['hatchling>=1']\n[project]\ndependencies = ['a>=1', 'b; python_version<\"3\"']\n\
         [project.optional-dependencies]\nx = ['c[y]~=2']\n[dependency-groups]\ndev = ['d', {include-group = 'x'}]\n\
         [tool.uv]\ndev-dependencies = ['e']\n[tool.uv.sources]\na = {workspace = true}\n\
         [tool.poetry.dependencies]\npython = '^3'\nf = '^1'\ng = {git = 'https://g', branch = 'main'}\n\
         [tool.poetry.group.test.dependencies]\nh = '*'\n",
        "a >=1 workspace\nb *\nc ~=2\nd * dev\ne * dev\nf ^1\ng * git https://g\nh * dev\nhatchling >=1 dev",
    );
    check(
        "Pipfile",
        "[packages]\na = '*'\nb = {path = './b', editable = true}\n[dev-packages]\nc = '==1'\n",
        "a *\nb * path ./b\nc ==1 dev",
    );
    check(
        "setup.cfg",
        "[metadata]\nname = x\n[options]\ninstall_requires =\n    a>=1\n    # no\n    B.c\npython_requires = >=3\n[options.extras_require]\ny = d; e\n",
        "a >=1\nb-c *\nd *\ne *",
    );
}

#[test]
fn go_mod_leaves_out_what_the_tool_added() {
    check(
        "go.mod",
        "module example.com/m\n\ngo 1.22\nrequire example.com/a v1.0.0\nrequire (\n\texample.com/b v2.0.0 // indirect\n\texample.com/c/v3 v3.1.0 // why\n)\n\
         replace example.com/a => ../a\n",
        "example.com/a v1.0.0\nexample.com/c/v3 v3.1.0",
    );
}

#[test]
fn poms_gradle_builds_and_catalogs_are_read() {
    check(
        "core/pom.xml",
        "<project xmlns='http://maven.apache.org/POM/4.0.0'><groupId>own</groupId><dependencyManagement><dependencies><dependency>\
         <groupId>g</groupId><artifactId>a</artifactId><version>${v}</version></dependency></dependencies></dependencyManagement>\
         <dependencies><dependency><groupId>g</groupId><artifactId>b</artifactId><scope>test</scope><exclusions><exclusion>\
         <groupId>no</groupId><artifactId>no</artifactId></exclusion></exclusions></dependency></dependencies>\
         <build><plugins><plugin><dependencies><dependency><groupId>no</groupId><artifactId>no</artifactId></dependency></dependencies>\
         </plugin></plugins></build></project>",
        "g:a ${v}\ng:b * dev",
    );
    check(
        "build.gradle.kts",
        "plugins { id(\"java\") }\ndependencies {\n  implementation(\"g:a:1.0\")\n  testImplementation(platform(\"g:bom:2\"))\n  api(project(\":core\"))\n  \
         implementation(libs.x)\n  debugImplementation 'g:b:3'\n  runtimeOnly group: 'g', name: 'c', version: '4'\n  kapt(kotlin(\"reflect\"))\n  \
         // implementation(\"g:no:1\")\n}\n",
        ":core * path :core\ng:a 1.0\ng:b 3\ng:bom 2 dev\ng:c 4\norg.jetbrains.kotlin:kotlin-reflect *",
    );
    check(
        "gradle/libs.versions.toml",
        "[versions]\nk = '1.9'\n[libraries]\na = 'g:a:1'\nb = { module = 'g:b', version.ref = 'k' }\nc = { group = 'g', name = 'c' }\n",
        "g:a 1\ng:b 1.9\ng:c *",
    );
}

#[test]
fn gems_and_projects_of_dot_net_are_read() {
    check(
        "Gemfile",
        "source 'https://rubygems.org'\ngem 'rails', '~> 7.0', '>= 7.0.1'\ngem \"x\", git: 'https://x' # why\ngroup :development, :test do\n  gem 'rspec'\nend\n\
         gem 'own', path: './own'\ngem name\n",
        "own * path ./own\nrails ~> 7.0, >= 7.0.1\nrspec * dev\nx * git https://x",
    );
    check(
        "a.gemspec",
        "Gem::Specification.new do |s|\n  s.add_dependency 'a', '>= 1'\n  s.add_development_dependency(\"b\")\nend\n",
        "a >= 1\nb * dev",
    );
    check(
        "src/App.csproj",
        "<Project><ItemGroup><PackageReference Include=\"A\" Version=\"1\"/><PackageReference Include='B'><Version>2</Version></PackageReference>\
         <PackageReference Update='no' Version='9'/><ProjectReference Include='..\\C\\C.csproj'/></ItemGroup></Project>",
        "..\\C\\C.csproj * path ..\\C\\C.csproj\nA 1\nB 2",
    );
    check(
        "packages.config",
        "<packages><package id='A' version='1' developmentDependency='true'/></packages>",
        "A 1 dev",
    );
}

#[test]
fn the_path_says_whether_dependencies_can_be_read() {
    for (path, expected) in [
        ("Cargo.toml", Declares::Readable),
        ("a/requirements-test.txt", Declares::Readable),
        ("App.csproj", Declares::Readable),
        ("setup.py", Declares::Unreadable),
        ("pubspec.yaml", Declares::Unreadable),
        ("Makefile", Declares::Nothing),
        ("Cargo.lock", Declares::Nothing),
        ("src/main.rs", Declares::Nothing),
        ("node_modules/a/package.json", Declares::Nothing),
    ] {
        assert_eq!(declares(path), expected, "{path}");
    }
}

#[test]
fn a_difference_names_what_came_what_went_and_what_changed() {
    let of = |text: &str| read("Cargo.toml", text.as_bytes()).unwrap();
    let found =
        difference(&of("[dependencies]\na = '1'\nb = '1'\nc = '1'"), &of("[dependencies]\nb = '2'\nc = '1'\nd = '1'"));
    let names = |list: &[Dependency]| list.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&found.added), names(&found.removed)), (vec!["d".to_owned()], vec!["a".to_owned()]));
    assert_eq!(
        found.changed.iter().map(|(old, new)| (old.version.as_str(), new.version.as_str())).collect::<Vec<_>>(),
        [("1", "2")]
    );
}

#[test]
fn a_broken_manifest_is_named_with_its_line() {
    for (path, text, expected) in [
        ("Cargo.toml", "[dependencies]\na = \n", "line 2: expected TOML"),
        ("package.json", "{\n\"dependencies\": {,}}", "line 2: expected JSON"),
        ("package.json", "[]", "line 1: expected JSON"),
        ("pom.xml", "<project>\n<a></b></project>", "line 2: expected XML"),
        ("go.mod", "module m\nrequire (\n\ta\n)", "line 3: expected a module and a version"),
        ("setup.py", "x", "line 1: expected a manifest of a known format"),
    ] {
        let fault = read(path, text.as_bytes()).unwrap_err().to_string();
        assert!(fault.starts_with(expected), "{path}: {fault}");
    }
    let deep = format!("{{\"a\": {}", "[".repeat(100_000));
    assert!(read("package.json", deep.as_bytes()).is_err());
    assert!(
        read("package.json", &vec![b' '; MAX_MANIFEST_BYTES + 1]).unwrap_err().message.starts_with("expected at most")
    );
}

#[test]
fn mangled_manifests_never_panic() {
    let names = [
        "Cargo.toml",
        "package.json",
        "requirements.txt",
        "setup.cfg",
        "go.mod",
        "pom.xml",
        "build.gradle",
        "Gemfile",
        "a.csproj",
    ];
    let pieces = [
        "gem 'é",
        "implementation('",
        "[",
        "]",
        "{\"dependencies\":{\"é\":\"",
        "\"}}",
        "<a b='",
        "'>",
        "require (",
        "é",
        "=",
        "\\\n",
        "#egg=",
    ];
    let mut state = 7u64;
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..6 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text += pieces[(state >> 33) as usize % pieces.len()];
        }
        names.iter().for_each(|name| drop(read(name, text.as_bytes())));
    }
}
