//! How are many versions of files measured at the cost of what changed between them?
//!
//! In: versions one after another, neighbours in history best next to each other. Out: their [`Metrics`], exactly as
//! [`read`](super::read()) gives them for the text alone. The facts of an item are kept by its content and its place,
//! so that only items never seen are parsed; a text with errors is parsed whole. What is kept is bounded, and forgotten
//! whole when it is full.

use super::alone::{Alone, Frame};
use super::items::{Layout, Shape, layout};
use super::measure::{ItemFacts, Ties, Words, metrics};
use super::parse::{Work, parse};
use super::read::{as_text, check_limits, language_of, read_facts, read_in_one_piece};
use super::walk::{Links, Place, walk};
use super::{Language, Metrics};
use crate::domain::Skipped;
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes of items and their facts that are kept: a few thousand items, the whole life of the files that are being
/// measured, for each thread.
const MAX_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// Measures versions of files, and keeps what the next version is likely to share.
#[derive(Debug, Default)]
pub struct Versions {
    kept: HashMap<Box<[u8]>, Arc<ItemFacts>>,
    words: Words,
    n_kept_bytes: usize,
    /// Room for the key of an item.
    key: Vec<u8>,
}

/// What stands around the members of an item.
#[derive(Debug, Default, Clone)]
struct Around {
    owner: Option<Option<String>>,
    modules: Vec<String>,
}

/// Why a text is not measured item by item.
enum Refusal {
    /// The grammar does not fit all of it.
    Errors,
    /// An item breaks a limit.
    Limit,
}

impl From<String> for Refusal {
    fn from(_: String) -> Self {
        Refusal::Limit
    }
}

impl Versions {
    /// The numbers of the text of `path`.
    ///
    /// # Errors
    /// The path and the limit that was broken, as [`read`](super::read()) says it.
    pub fn measure(&mut self, path: &str, text: &[u8]) -> Result<Metrics, Skipped> {
        self.forget_if_full();
        self.metrics(path, text).map_err(|reason| Skipped::new(path, reason))
    }

    fn metrics(&mut self, path: &str, text: &[u8]) -> Result<Metrics, String> {
        let language = language_of(path)?;
        check_limits(text)?;
        let text = &as_text(text);
        let layout = layout(language, path, text);
        let items = match self.items(language, &layout, text) {
            Ok(items) => items,
            Err(Refusal::Errors) => return read_in_one_piece(language, path, text).map(|facts| facts.metrics),
            // Which limit is met first depends on the order of work.
            Err(Refusal::Limit) => return read_facts(path, text.as_bytes()).map(|facts| facts.metrics),
        };
        match Ties::of_items(language, &items) {
            Some(ties) => Ok(metrics(language, &items, &mut self.words, ties)),
            None => read_facts(path, text.as_bytes()).map(|facts| facts.metrics),
        }
    }

    fn items(&mut self, language: Language, layout: &Layout, text: &str) -> Result<Vec<Arc<ItemFacts>>, Refusal> {
        let mut items: Vec<Arc<ItemFacts>> = Vec::with_capacity(layout.items.len());
        let mut around: HashMap<usize, Around> = HashMap::new();
        let mut work = Work::default();
        for (at, item) in layout.items.iter().enumerate() {
            let outer = item.parent.and_then(|parent| around.get(&parent));
            let frame = Frame::of(layout, at);
            self.set_key(language, frame, outer, &text[item.start..item.end]);
            let facts = match self.kept.get(self.key.as_slice()) {
                Some(kept) => Arc::clone(kept),
                None => {
                    let lines = &layout.lines[item.first_line..item.end_line];
                    let mut facts = ItemFacts::of_lines(&text[item.start..item.end], lines);
                    if item.has_code {
                        let alone = Alone::new(item, frame, text);
                        facts = self.read_item(language, &alone, outer, facts)?;
                    }
                    self.keep(Arc::new(facts))
                }
            };
            work.add(facts.work, text.len())?;
            if facts.has_errors {
                return Err(Refusal::Errors);
            }
            if matches!(item.shape, Shape::Opens(_)) {
                around.insert(at, Around::inside(outer, &facts));
            }
            items.push(facts);
        }
        Ok(items)
    }

    fn read_item(
        &mut self,
        language: Language,
        alone: &Alone<'_>,
        outer: Option<&Around>,
        facts: ItemFacts,
    ) -> Result<ItemFacts, String> {
        let (tree, work) = parse(language, &alone.text)?;
        if tree.root_node().has_error() {
            return Ok(facts.with_errors(work));
        }
        let place = Place {
            start: alone.start,
            end: alone.end,
            owner: outer.and_then(|outer| outer.owner.as_ref().map(Option::as_deref)),
            modules: outer.map(|outer| outer.modules.iter().map(String::as_str).collect()).unwrap_or_default(),
            is_member: outer.is_some(),
            lines_before: 0,
            n_head_lines: alone.n_head_lines,
        };
        let mut links = Links::new(language);
        let found = walk(language, &tree, &alone.text, place, &mut links)?;
        Ok(facts.with_code(&found, work, &mut self.words).with_links(&links))
    }

    /// Everything the facts of an item depend on, one part after another with its length before it.
    fn set_key(&mut self, language: Language, frame: Frame, outer: Option<&Around>, text: &str) {
        let owner = outer.and_then(|outer| outer.owner.as_ref());
        let name = owner.and_then(Option::as_deref);
        let modules = outer.map_or(&[][..], |outer| &outer.modules);
        let parts = frame.head.into_iter().chain(frame.end).chain(name).chain(modules.iter().map(String::as_str));
        let key = &mut self.key;
        key.clear();
        key.extend([language as u8, u8::from(outer.is_some()), u8::from(owner.is_some()), u8::from(name.is_some())]);
        key.extend_from_slice(&modules.len().to_le_bytes());
        for part in parts {
            key.extend_from_slice(&part.len().to_le_bytes());
            key.extend_from_slice(part.as_bytes());
        }
        key.extend_from_slice(text.as_bytes());
    }

    fn keep(&mut self, facts: Arc<ItemFacts>) -> Arc<ItemFacts> {
        self.n_kept_bytes += self.key.len() + facts.n_bytes();
        self.kept.insert(self.key.as_slice().into(), Arc::clone(&facts));
        facts
    }

    fn forget_if_full(&mut self) {
        if self.n_kept_bytes + self.words.n_bytes() > MAX_KEPT_BYTES {
            *self = Versions::default();
        }
    }
}

impl Around {
    fn inside(outer: Option<&Around>, opener: &ItemFacts) -> Around {
        let mut around = outer.cloned().unwrap_or_default();
        if let Some(name) = &opener.opened_type {
            around.owner = Some(name.clone());
        }
        around.modules.extend(opener.opened_module.clone());
        around
    }
}
