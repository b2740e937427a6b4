//! What does the running App hold?
//!
//! One value, made at start and shared by every job: the database, GitHub, the mirrors and the engine.

use super::{Engine, Error, Place};
use crate::domain::{RepoName, Timestamp};
use crate::git::mirror::Mirrors;
use crate::github;
use crate::store::{Clock, Installation, InstallationState, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// Everything a job may need.
pub struct App {
    /// What we know and what is to be done.
    pub store: Store,
    /// GitHub, as this App.
    pub github: Arc<github::App>,
    /// Copies of repositories.
    pub mirrors: Mirrors,
    /// Reviews.
    pub engine: Engine,
    /// What time it is.
    pub clock: Clock,
    /// Where repositories are cloned from and linked to: `https://github.com`.
    pub web_url: String,
    /// A review that takes longer ends as neutral.
    pub review_deadline: Duration,
    /// One fetch or review at a time for a mirror.
    locks: KeyedLocks,
}

impl App {
    /// Puts the parts together; nothing is sent or started.
    pub fn new(
        store: Store,
        github: Arc<github::App>,
        mirrors: Mirrors,
        engine: Engine,
        clock: Clock,
        web_url: String,
        review_deadline: Duration,
    ) -> Self {
        Self { store, github, mirrors, engine, clock, web_url, review_deadline, locks: KeyedLocks::default() }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The installation, unless it was deleted or suspended: then nothing may be called for it.
    ///
    /// What the database says counts: another process may have heard that the installation is open again.
    pub(super) async fn installation(&self, id: u64) -> Result<Option<Arc<github::Installation>>, Error> {
        let state = self.store.installation(id).await?.map(|known| known.state);
        if matches!(state, Some(InstallationState::Suspended | InstallationState::Deleted)) {
            return Ok(None);
        }
        let installation = self.github.installation(id);
        if installation.is_closed() {
            installation.resume().await;
        }
        Ok(Some(installation))
    }

    /// The installation and the repository as they are now: it may have been renamed or moved while the work waited.
    /// `None` when the App may not act there any more.
    pub(super) async fn reach(&self, place: &Place) -> Result<Option<(Arc<github::Installation>, Place)>, Error> {
        let Some(known) = self.store.repository(place.repository_id).await? else { return Ok(None) };
        let Some(installation) = self.installation(known.installation_id).await? else { return Ok(None) };
        let place = Place { installation_id: known.installation_id, repository: known.name, ..*place };
        Ok(Some((installation, place)))
    }

    /// Writes down that GitHub does not let us act for an installation, so that no process asks again in vain.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_closed(&self, closed: &github::Error) -> Result<(), Error> {
        let (id, state) = match closed {
            github::Error::Gone { installation_id } => (*installation_id, InstallationState::Deleted),
            github::Error::Suspended { installation_id } => (*installation_id, InstallationState::Suspended),
            _ => return Ok(()),
        };
        if let Some(known) = self.store.installation(id).await? {
            let closed = Installation { state, updated_at: self.now(), ..known };
            self.store.save_installation(&closed).await?;
        }
        Ok(())
    }

    /// Waits until nobody else uses the mirror of `key`.
    pub(super) async fn lock_mirror(&self, key: &str) -> OwnedMutexGuard<()> {
        self.locks.lock(key).await
    }

    /// Where git fetches `repository` from.
    pub(super) fn clone_url(&self, repository: &RepoName) -> String {
        format!("{}/{repository}.git", self.web_url)
    }
}

/// Names the mirror, facts and models of a repository: GitHub's number, which survives renames.
pub fn repository_key(repository_id: u64) -> String {
    format!("github-{repository_id}")
}

/// A lock for each key.
#[derive(Default)]
struct KeyedLocks {
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl KeyedLocks {
    async fn lock(&self, key: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            // Locks nobody holds or waits for are dropped, so the map stays as small as the work under way.
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            locks.entry(key.to_owned()).or_default().clone()
        };
        lock.lock_owned().await
    }
}
