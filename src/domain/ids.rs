//! What names a repository, a commit and a blob?
//!
//! In: text from strangers. Out: checked names. Never normalises silently: what does not fit is an error.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A hexadecimal object name that is not 40 digits long, or not hexadecimal.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected 40 hexadecimal digits, got `{0}`")]
pub struct InvalidId(pub String);

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; 20]);

        impl $name {
            /// First seven hexadecimal digits, as people write it.
            pub fn short(&self) -> String {
                self.to_string()[..7].to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_hex(text).map(Self).ok_or_else(|| InvalidId(text.chars().take(60).collect()))
            }
        }

        // Hexadecimal where people read it (JSON), raw bytes where machines do.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
                } else {
                    <[u8; 20]>::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}

object_id! {
    /// The SHA-1 name of a commit.
    CommitId
}

object_id! {
    /// The SHA-1 name of a file's content.
    BlobId
}

fn parse_hex(text: &str) -> Option<[u8; 20]> {
    if text.len() != 40 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 20];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// `owner/name` as GitHub spells it, safe to put into a path or a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoName {
    owner: String,
    name: String,
}

/// A repository name with characters GitHub does not allow.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected a repository as `owner/name`, got `{0}`")]
pub struct InvalidRepoName(pub String);

impl RepoName {
    /// The user or organisation.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The repository without its owner.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for RepoName {
    type Err = InvalidRepoName;

    fn from_str(text: &str) -> Result<Self, InvalidRepoName> {
        let invalid = || InvalidRepoName(text.chars().take(200).collect());
        let (owner, name) = text.split_once('/').ok_or_else(invalid)?;
        if is_safe_segment(owner) && is_safe_segment(name) {
            Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
        } else {
            Err(invalid())
        }
    }
}

fn is_safe_segment(segment: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=100).contains(&segment.len()) && segment.chars().all(allowed) && segment != "." && segment != ".."
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl Serialize for RepoName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RepoName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_id_reads_back_as_it_was_written() {
        let text = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(text.parse::<CommitId>().unwrap().to_string(), text);
        assert!("0123".parse::<CommitId>().is_err());
        assert!("é".repeat(20).parse::<CommitId>().is_err());
    }

    #[test]
    fn a_repository_name_cannot_leave_its_folder() {
        assert!("octo/hello-world.rs".parse::<RepoName>().is_ok());
        for bad in ["octo", "../etc", "octo/..", "a/b/c", "a/", "/b", "a b/c"] {
            assert!(bad.parse::<RepoName>().is_err(), "{bad}");
        }
    }
}
