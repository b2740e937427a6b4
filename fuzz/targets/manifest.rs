//! Does every manifest give dependencies or a fault?
#![no_main]

use hyperion_fuzz::code::manifests;

/// One for each reader; the first byte of the input chooses.
const PATHS: &[&str] = &[
    "Cargo.toml", "package.json", "requirements.txt", "pyproject.toml", "go.mod", "pom.xml", "build.gradle", "Gemfile",
    "composer.json", "a.csproj", "Pipfile", "build.gradle.kts",
];

libfuzzer_sys::fuzz_target!(|input: (u8, &[u8])| {
    let (choice, text) = input;
    let path = PATHS[usize::from(choice) % PATHS.len()];
    let _ = manifests::read(path, text);
});
