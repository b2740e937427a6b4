//! How is this Hyperion set up, and how does a repository want to be reviewed?
//!
//! In: the environment, an optional TOML file, the data directory, and the text of `.github/hyperion.yml`. Out: checked
//! [`Settings`], the App's [`Credentials`] and a [`RepositoryConfig`]. The only room that reads the environment; never
//! prints a secret; never goes on with a value it did not understand.

mod credentials;
mod environment;
mod error;
mod globs;
mod repository;
mod settings;
mod table;
mod value;
mod yaml;

pub use crate::domain::Secret;
pub use credentials::Credentials;
pub use environment::Environment;
pub use error::Error;
pub use repository::{MAX_CONFIG_BYTES, Problem, REPOSITORY_CONFIG_PATH, RepositoryConfig, parse};
pub use settings::{GithubSettings, ProxySettings, Settings};
pub use table::{REPOSITORY_KEYS, RepositoryKey, SETTINGS, Setting};
