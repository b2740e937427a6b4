//! How does Hyperion speak with GitHub?
//!
//! In: webhook deliveries, and what the pipeline wants said. Out: checked [`Event`]s, and check runs, comments, reviews
//! and reactions that exist exactly once. A short walk: [`verify`] and [`parse_event`] at the door; [`App`] gives one
//! shared [`Installation`] for each account; its operations stand in a file each; below them `call` brings one request
//! to its end, `limits` says when it may go, `app_token` in whose name, `transport` carries it.
//!
//! Never decides what to say, never reads the environment, never logs a secret or a body, and never repeats a request
//! that may have taken effect without looking first. `docs/decisions/0003-github-client.md` says why it is built so.

mod app;
mod app_token;
mod call;
mod checks;
mod comments;
mod connector;
mod diff_lines;
mod error;
mod fitting;
mod installation;
mod lenient;
mod limits;
mod manifest;
mod merged;
mod moment;
mod open_pulls;
mod paging;
pub mod payload;
mod permissions;
mod pulls;
mod reactions;
mod reviews;
mod signature;
#[cfg(test)]
mod tests;
mod transport;

pub use crate::domain::Secret;
pub use app::{App, HookDelivery, Identity, InstallationInfo, Settings};
pub use app_token::Closed;
pub use checks::{CHECK_NAME, CheckRun, Completion};
pub use error::{BoxError, Error};
pub use installation::{Installation, Repository};
pub use limits::Pacing;
pub use manifest::{AppCredentials, EVENTS, ManifestRequest, PERMISSIONS, exchange_manifest_code, manifest, web_url};
pub use merged::MergedPullRequest;
pub use moment::{Clock, system_clock};
pub use open_pulls::{OpenPull, PullFile};
pub use payload::{CommentKind, Event, InvalidPayload, parse as parse_event};
pub use permissions::Permission;
pub use pulls::PullRequest;
pub use reactions::Reaction;
pub use signature::{SIGNATURE_HEADER, SignatureError, sign, verify};
pub use transport::{Connection, Proxy, Timeouts};
