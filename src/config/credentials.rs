//! Which GitHub App are we?
//!
//! In: what the set-up page got from GitHub. Out: a file in the data directory that only its owner can read, and the
//! same credentials again at the next start. Never writes a secret where others may read it, not even for a moment.

use super::{Error, Secret};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Name of the file in the data directory.
const FILE_NAME: &str = "github-app.json";
/// Read and write for the owner alone.
const OWNER_ONLY: u32 = 0o600;
/// A key and two secrets are about 2 KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// What is needed to act as the App.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Number of the App.
    pub app_id: u64,
    /// Its private key in PEM.
    pub private_key: Secret,
    /// Secrets of its webhook, newest first.
    pub webhook_secrets: Vec<Secret>,
    /// Its name in URLs, where known.
    pub slug: Option<String>,
    /// Its page, where known.
    pub html_url: Option<String>,
}

/// What the file holds.
#[derive(Serialize, Deserialize)]
struct Stored {
    app_id: u64,
    private_key: String,
    webhook_secrets: Vec<String>,
    slug: Option<String>,
    html_url: Option<String>,
}

impl Credentials {
    /// What was stored; `None` before the set-up.
    ///
    /// # Errors
    /// When the file cannot be read, can be read by others, or holds something else.
    pub fn read(data_dir: &Path) -> Result<Option<Self>, Error> {
        let path = data_dir.join(FILE_NAME);
        let failed = |source| Error::Credentials { action: "read", path: path.clone(), source };
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::OpenCredentials { path, mode });
        }
        let mut text = String::new();
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(failed)?;
        let stored = serde_json::from_str(&text).map_err(|source| Error::ParseCredentials { path, source })?;
        Ok(Some(Self::from_stored(stored)))
    }

    /// Stores them, replacing what was there in one step. Returns the path of the file.
    ///
    /// # Errors
    /// When the data directory or the file cannot be written.
    pub fn write(&self, data_dir: &Path) -> Result<PathBuf, Error> {
        let path = data_dir.join(FILE_NAME);
        self.replace(data_dir, &path).map_err(|source| Error::Credentials {
            action: "write",
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }

    fn replace(&self, data_dir: &Path, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(data_dir)?;
        let beside = path.with_extension(format!("json.{}", std::process::id()));
        // Created with the final mode: there is no moment at which others could open it.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&beside)?;
        let written = serde_json::to_vec_pretty(&self.to_stored())
            .map_err(io::Error::from)
            .and_then(|bytes| file.write_all(&bytes))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            // The first error is the one to report.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    fn from_stored(stored: Stored) -> Self {
        Self {
            app_id: stored.app_id,
            private_key: Secret::from(stored.private_key),
            webhook_secrets: stored.webhook_secrets.into_iter().map(Secret::from).collect(),
            slug: stored.slug,
            html_url: stored.html_url,
        }
    }

    fn to_stored(&self) -> Stored {
        Stored {
            app_id: self.app_id,
            private_key: self.private_key.expose().to_owned(),
            webhook_secrets: self.webhook_secrets.iter().map(|secret| secret.expose().to_owned()).collect(),
            slug: self.slug.clone(),
            html_url: self.html_url.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            app_id: 7,
            private_key: Secret::from("-----BEGIN"),
            webhook_secrets: vec![Secret::from("new"), Secret::from("old")],
            slug: Some("hyperion-octo".into()),
            html_url: None,
        }
    }

    #[test]
    fn credentials_are_read_back_and_nobody_else_may() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        assert_eq!(Credentials::read(&data_dir).unwrap(), None);
        let path = credentials().write(&data_dir).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Credentials::read(&data_dir).unwrap(), Some(credentials()));
        let other = Credentials { app_id: 8, ..credentials() };
        other.write(&data_dir).unwrap();
        assert_eq!(Credentials::read(&data_dir).unwrap().unwrap().app_id, 8);
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = credentials().write(folder.path()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = Credentials::read(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("can be read by others (mode 644): expected mode 600"), "{error}");
    }

    #[test]
    fn a_broken_file_is_an_error_and_not_a_missing_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = credentials().write(folder.path()).unwrap();
        fs::write(&path, "{").unwrap();
        assert!(matches!(Credentials::read(folder.path()), Err(Error::ParseCredentials { .. })));
    }
}
