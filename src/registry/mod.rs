//! Which trained models are there?
//!
//! In: a repository, a model's name and version. Out: the bytes it was saved as, with what it was trained on. The
//! local registry keeps them as files in the data directory.

mod local;

pub use local::{Entry, Local, Refused, read_model_file};
