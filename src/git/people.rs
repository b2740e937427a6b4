//! Who wrote it, whatever name they used?
//!
//! In: names and mail addresses as commits hold them, and the `.mailmap` of the newest commit. Out: one index for each
//! person, mail addresses in lowercase. No `.mailmap` but the committed one is read.

use super::Repository;
use crate::domain::{Author, CommitId, Log};
use rustc_hash::FxHashMap;

/// The people of a log, each once.
pub(super) struct People {
    authors: Vec<Author>,
    index: FxHashMap<Author, u32>,
    /// What was looked up before, by the words of the commit: name, line end, mail address.
    seen: FxHashMap<Vec<u8>, u32>,
    mailmap: Option<git2::Mailmap>,
}

impl People {
    /// Those of `log`, with the `.mailmap` of `tip`.
    pub(super) fn new(repository: &Repository, log: &Log, tip: Option<CommitId>) -> Self {
        let authors = log.authors.clone();
        let index = authors.iter().zip(0..).map(|(author, index)| (author.clone(), index)).collect();
        Self { authors, index, seen: FxHashMap::default(), mailmap: tip.and_then(|tip| mailmap(repository, tip)) }
    }

    pub(super) fn index_of(&mut self, name: &[u8], email: &[u8]) -> u32 {
        let words = [name, b"\n", email].concat();
        if let Some(index) = self.seen.get(&words) {
            return *index;
        }
        let author = author(self.mailmap.as_ref(), name, email);
        let index = *self.index.entry(author).or_insert_with_key(|author| {
            self.authors.push(author.clone());
            self.authors.len() as u32 - 1
        });
        self.seen.insert(words, index);
        index
    }

    pub(super) fn into_authors(self) -> Vec<Author> {
        self.authors
    }
}

/// The `.mailmap` committed at `tip`, if there is one that can be read.
pub(super) fn mailmap(repository: &Repository, tip: CommitId) -> Option<git2::Mailmap> {
    let content = repository.file_at(tip, ".mailmap").ok().flatten()?;
    git2::Mailmap::from_buffer(&String::from_utf8_lossy(&content)).ok()
}

/// The person behind a name and a mail address.
pub(super) fn author(mailmap: Option<&git2::Mailmap>, name: &[u8], email: &[u8]) -> Author {
    let (name, email) = (String::from_utf8_lossy(name), String::from_utf8_lossy(email));
    let resolved = mailmap.and_then(|map| {
        let signature = git2::Signature::new(&name, &email, &git2::Time::new(0, 0)).ok()?;
        let resolved = map.resolve_signature(&signature).ok()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((text(resolved.name_bytes()), text(resolved.email_bytes())))
    });
    let (name, email) = resolved.unwrap_or_else(|| (name.into_owned(), email.into_owned()));
    Author { name, email: email.to_lowercase() }
}
