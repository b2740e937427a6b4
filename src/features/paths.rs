//! What does a path alone say?
//!
//! Documented heuristics over the words of a path: a path is cut at everything that is not a letter or a digit and at
//! humps (`authToken` is `auth` and `token`), and its words are compared whole, so that `author` is not `auth`.
//! Never reads a file.

use crate::code::{self, FileKind};
use std::collections::BTreeSet;

/// Authentication, permissions, secrets, cryptography.
const SECURITY_WORDS: [&str; 37] = [
    "acl",
    "auth",
    "authentication",
    "authn",
    "authorization",
    "authz",
    "cert",
    "certificate",
    "certs",
    "cipher",
    "credential",
    "credentials",
    "crypto",
    "csrf",
    "decrypt",
    "encrypt",
    "encryption",
    "hmac",
    "jwt",
    "keyring",
    "login",
    "oauth",
    "oauth2",
    "oidc",
    "password",
    "passwords",
    "permission",
    "permissions",
    "policy",
    "sandbox",
    "secret",
    "secrets",
    "security",
    "session",
    "sessions",
    "signature",
    "tls",
];

/// Stored and personal data.
const DATA_WORDS: [&str; 31] = [
    "account",
    "accounts",
    "address",
    "backup",
    "billing",
    "card",
    "customer",
    "customers",
    "database",
    "db",
    "gdpr",
    "invoice",
    "invoices",
    "migration",
    "migrations",
    "models",
    "order",
    "orders",
    "patient",
    "payment",
    "payments",
    "person",
    "personal",
    "privacy",
    "profile",
    "profiles",
    "schema",
    "sql",
    "storage",
    "user",
    "users",
];

/// Things outside the repository.
const OUTSIDE_WORDS: [&str; 19] = [
    "adapter",
    "adapters",
    "api",
    "client",
    "clients",
    "connector",
    "connectors",
    "external",
    "ffi",
    "gateway",
    "integration",
    "integrations",
    "interop",
    "sdk",
    "thirdparty",
    "upstream",
    "vendor",
    "vendored",
    "webhook",
];

/// Whether the path speaks of authentication, permissions, secrets or cryptography.
pub fn is_security_sensitive(path: &str) -> bool {
    has_word(path, &SECURITY_WORDS)
}

/// Whether the path speaks of stored or personal data.
pub fn is_data_sensitive(path: &str) -> bool {
    has_word(path, &DATA_WORDS)
}

/// Whether the path speaks of something outside the repository.
pub(super) fn is_about_the_outside(path: &str) -> bool {
    has_word(path, &OUTSIDE_WORDS)
}

/// Measures of speed.
const BENCHMARK_WORDS: [&str; 6] = ["bench", "benches", "benchmark", "benchmarks", "microbench", "perftest"];

/// Whether the file measures speed.
pub fn is_benchmark(path: &str) -> bool {
    // Asked for every path of history: most are settled without taking their words apart.
    let is_likely = path.as_bytes().windows(4).any(|four| four.eq_ignore_ascii_case(b"benc") || four == b"perf");
    is_likely && has_word(path, &BENCHMARK_WORDS)
}

/// The folder a file stands in; empty at the top.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The first two folders of a path, fewer where there are fewer.
///
/// Two, because the first is so often only `src`, `crates` or `packages`.
pub fn subsystem(path: &str) -> &str {
    let directory = directory(path);
    directory.match_indices('/').nth(1).map_or(directory, |(end, _)| &directory[..end])
}

/// Whether models judge the file: code that runs when the product runs. Tests are not judged: every good fix changes
/// one, so a fix that touches a test says nothing against it.
pub(super) fn is_judged(path: &str) -> bool {
    code::is_source(path)
}

/// Whether the file is a test.
pub(super) fn is_test(path: &str) -> bool {
    code::file_kind(path) == FileKind::Test
}

fn has_word(path: &str, sorted_words: &[&str]) -> bool {
    words(path).iter().any(|word| sorted_words.binary_search(&word.as_str()).is_ok())
}

fn words(path: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for piece in path.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        words.insert(piece.to_ascii_lowercase());
        words.extend(humps(piece).map(str::to_ascii_lowercase));
    }
    words
}

fn humps(piece: &str) -> impl Iterator<Item = &str> {
    let bytes = piece.as_bytes();
    let is_start = |at: usize| at == 0 || (bytes[at].is_ascii_uppercase() && !bytes[at - 1].is_ascii_uppercase());
    let starts: Vec<usize> = (0..piece.len()).filter(|&at| is_start(at)).chain([piece.len()]).collect();
    (1..starts.len()).map(|nth| &piece[starts[nth - 1]..starts[nth]]).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_words() {
        assert!(is_security_sensitive("src/auth/mod.rs"));
        assert!(is_security_sensitive("lib/userLoginForm.ts"));
        assert!(!is_security_sensitive("src/author.rs"));
        assert!(is_data_sensitive("db/schema.rb"));
        assert!(!is_data_sensitive("src/userland.rs"));
        assert!(is_about_the_outside("vendor/zlib/inflate.c"));
        assert!(is_benchmark("benches/parse.rs") && is_benchmark("core/ParserBenchmark.java"));
        assert!(!is_benchmark("src/workbench.rs") && !is_benchmark("src/perform.rs"));
    }

    #[test]
    fn word_lists_are_sorted_so_that_they_can_be_searched() {
        for list in [&SECURITY_WORDS[..], &DATA_WORDS, &OUTSIDE_WORDS, &BENCHMARK_WORDS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn a_subsystem_is_the_first_two_folders() {
        let found = ["a.rs", "src/a.rs", "src/x/a.rs", "src/x/y/a.rs"].map(subsystem);
        assert_eq!(found, ["", "src", "src/x", "src/x"]);
        assert_eq!(directory("src/x/y/a.rs"), "src/x/y");
    }
}
