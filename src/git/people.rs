//! Who wrote it, whatever name they used?
//!
//! In: names and mail addresses as commits hold them, and the `.mailmap` of the newest commit. Out: one index for each
//! person, mail addresses in lowercase. No `.mailmap` but the committed one is read.

use super::Repository;
use super::mailmap::Mailmap;
use crate::domain::{Author, CommitId, Log};
use rustc_hash::FxHashMap;

/// The people of a log, each once.
pub(super) struct People {
    authors: Vec<Author>,
    index: FxHashMap<Author, u32>,
    /// What was looked up before, by the words of the commit: name, line end, mail address.
    seen: FxHashMap<Vec<u8>, u32>,
    mailmap: Mailmap,
}

impl People {
    /// Those of `log`, with the `.mailmap` of `tip`.
    pub(super) fn new(repository: &Repository, log: &Log, tip: Option<CommitId>) -> Self {
        let authors = log.authors.clone();
        let index = authors.iter().zip(0..).map(|(author, index)| (author.clone(), index)).collect();
        Self {
            authors,
            index,
            seen: FxHashMap::default(),
            mailmap: tip.map_or_else(Mailmap::default, |tip| mailmap(repository, tip)),
        }
    }

    pub(super) fn index_of(&mut self, name: &[u8], email: &[u8]) -> u32 {
        let words = [name, b"\n", email].concat();
        if let Some(index) = self.seen.get(&words) {
            return *index;
        }
        let author = author(&self.mailmap, name, email);
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

/// The `.mailmap` committed at `tip`; without one that can be read, everyone is who they say.
pub(super) fn mailmap(repository: &Repository, tip: CommitId) -> Mailmap {
    let content = repository.file_at(tip, ".mailmap").ok().flatten();
    content.map_or_else(Mailmap::default, |content| Mailmap::parse(&String::from_utf8_lossy(&content)))
}

/// The person behind a name and a mail address.
pub(super) fn author(mailmap: &Mailmap, name: &[u8], email: &[u8]) -> Author {
    let (name, email) = (String::from_utf8_lossy(name), String::from_utf8_lossy(email));
    let (name, email) = mailmap.resolve(&name, &email);
    Author { name: name.to_owned(), email: email.to_lowercase() }
}
