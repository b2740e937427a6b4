//! How is this Hyperion set up, and how does a repository want to be reviewed?
//!
//! In: the environment, an optional TOML file, the data directory, and the texts of `.github/hyperion.yml` and
//! `CODEOWNERS`. Out: checked [`Settings`], the App's [`Credentials`], a [`RepositoryConfig`] and [`Codeowners`]. The only room that reads the environment; never
//! prints a secret; never goes on with a value it did not understand.

mod business;
mod codeowners;
mod components;
mod credentials;
mod environment;
mod error;
mod globs;
mod repository;
mod said;
mod settings;
mod table;
mod value;
mod yaml;

pub use crate::domain::Secret;
pub use business::Business;
pub use codeowners::{CODEOWNERS_PATHS, Codeowners};
pub use components::Components;
pub use credentials::Credentials;
pub use environment::Environment;
pub use error::Error;
pub use repository::{MAX_CONFIG_BYTES, Problem, REPOSITORY_CONFIG_PATH, RepositoryConfig, parse};
pub use said::{MAX_VERSIONS, SaidOverTime, Version};
pub use settings::{GithubSettings, ProxySettings, Settings};
pub use table::{REPOSITORY_KEYS, RepositoryKey, SETTINGS, Setting};
