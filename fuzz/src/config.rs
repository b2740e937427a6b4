//! Which files read what a repository says of itself?

#[path = "../../src/config/business.rs"]
mod business;
#[path = "../../src/config/codeowners.rs"]
pub mod codeowners;
#[path = "../../src/config/components.rs"]
mod components;
#[path = "../../src/config/globs.rs"]
mod globs;
#[path = "../../src/config/repository.rs"]
mod repository;
#[path = "../../src/config/table.rs"]
mod table;
#[path = "../../src/config/yaml.rs"]
mod yaml;
pub use repository::*;
