//! What can be wrong with the set-up?

use std::path::PathBuf;

/// A setting, a file or a directory that cannot be used. Names the variable or field and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value that does not fit. Secrets leave out what they got.
    #[error("`{name}`: expected {expected}{}", but_got(.got))]
    Invalid {
        /// Variable or field as the user wrote it.
        name: String,
        /// What would have been right.
        expected: String,
        /// What was there.
        got: Option<String>,
    },
    /// A value and a file with the value.
    #[error("`{name}` and `{name_of_file}` are both set: keep one")]
    Twice {
        /// The variable with the value.
        name: String,
        /// The variable with the path.
        name_of_file: String,
    },
    /// A key of the settings file that nothing reads.
    #[error("`{key}` in `{path}` is not a setting: expected one of {expected}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The settings file.
        path: PathBuf,
        /// All keys there are.
        expected: String,
    },
    /// A settings file that is not TOML.
    #[error("could not read `{path}` as TOML, line {line}: {message}")]
    ParseFile {
        /// The settings file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A file that a setting names.
    #[error("could not read `{path}`, which `{name}` names")]
    ReadFile {
        /// The setting.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Some of the App's three credentials are set and some are not.
    #[error("`{missing}` is not set, but other credentials of the GitHub App are: set all of them or none")]
    MissingCredential {
        /// The variable.
        missing: &'static str,
    },
    /// The credentials file can be read by others.
    #[error("`{path}` can be read by others (mode {mode:o}): expected mode 600")]
    OpenCredentials {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The credentials file holds something else.
    #[error("could not understand the App credentials in `{path}`")]
    ParseCredentials {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The credentials file could not be read or written.
    #[error("could not {action} the App credentials in `{path}`")]
    Credentials {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// A value that does not fit and may be shown.
    pub(super) fn invalid(name: &str, expected: impl Into<String>, got: &str) -> Self {
        let got = got.chars().take(100).collect();
        Error::Invalid { name: name.to_owned(), expected: expected.into(), got: Some(got) }
    }

    /// A value that does not fit and must not be shown.
    pub(super) fn invalid_secret(name: &str, expected: impl Into<String>) -> Self {
        Error::Invalid { name: name.to_owned(), expected: expected.into(), got: None }
    }
}

fn but_got(got: &Option<String>) -> String {
    got.as_ref().map_or_else(String::new, |got| format!(", got `{got}`"))
}
