//! How do the facts of a file's items add up to its numbers?
//!
//! In: what the walk found in each item, and what its lines hold. Out: [`ItemFacts`], which depend on the item's own
//! text and place alone, and the [`Metrics`] of the items that make a file. The sum does not depend on whether an item
//! was read now or for an earlier version.

use super::complexity::Scope;
use super::debt::remediation_minutes;
use super::duplication::{Print, duplication_ratio, print_of};
use super::halstead::{maintainability_index, volume};
use super::imports::{MAX_IMPORTS, import_pairs, path_and_name};
use super::inheritance::{Class, inheritance_depth};
use super::libraries::known_libraries;
use super::lines::LineKind;
use super::parse::Work;
use super::smells::{FileNumbers, smells};
use super::walk::{Found, Links};
use super::{Import, KnownLibraries, Language, Metrics};
use rustc_hash::FxHashMap;
use std::collections::{HashMap, HashSet};

/// What one item adds to the numbers of its file.
#[derive(Debug, Default)]
pub(super) struct ItemFacts {
    pub(super) n_lines: u32,
    n_code_lines: u32,
    n_comment_lines: u32,
    /// Of the lines that carry more than brackets.
    prints: Box<[Print]>,
    outside: Option<Scope>,
    /// Their lines count within the item.
    functions: Box<[Scope]>,
    n_words: u32,
    /// The different operators and operands.
    words: Box<[Word]>,
    classes: Box<[(String, Vec<String>)]>,
    n_imports: usize,
    /// Targets of imports with the names taken from them.
    pairs: Box<[(String, String)]>,
    /// Go: packages, by their name in this file, with the names taken from them.
    taken: Box<[(String, String)]>,
    /// The type that the members of this item belong to; `None` for a type without a name.
    pub(super) opened_type: Option<Option<String>>,
    pub(super) opened_module: Option<String>,
    pub(super) work: Work,
    /// Whether the parser met text it could not place.
    pub(super) has_errors: bool,
}

/// What a file takes from elsewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ties {
    class_coupling: u32,
    libraries: KnownLibraries,
}

/// A word of the text, by number.
type Word = u32;

/// Numbers for words, the same for the same word as long as this lives.
#[derive(Debug, Default)]
pub(super) struct Words {
    // The default hasher: names come from strangers, and a weaker one could be made to collide.
    operands: HashMap<Box<str>, Word>,
    operators: FxHashMap<u16, Word>,
    n_bytes: usize,
    /// When each word was last counted.
    counted_at: Vec<u32>,
    now: u32,
}

impl Words {
    /// Bytes of the words kept.
    pub(super) fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    fn operand(&mut self, written: &str) -> Word {
        if let Some(&word) = self.operands.get(written) {
            return word;
        }
        let word = self.new_word();
        self.n_bytes += written.len();
        self.operands.insert(written.into(), word);
        word
    }

    fn operator(&mut self, kind: u16) -> Word {
        if let Some(&word) = self.operators.get(&kind) {
            return word;
        }
        let word = self.new_word();
        self.operators.insert(kind, word);
        word
    }

    fn new_word(&mut self) -> Word {
        self.counted_at.push(0);
        Word::try_from(self.counted_at.len() - 1).unwrap_or(Word::MAX)
    }

    /// How many different words there are in all of `items`.
    fn n_different<'a>(&mut self, items: impl Iterator<Item = &'a ItemFacts>) -> usize {
        self.now += 1;
        let mut count = 0;
        for &word in items.flat_map(|item| &item.words) {
            let counted_at = &mut self.counted_at[word as usize];
            count += usize::from(*counted_at != self.now);
            *counted_at = self.now;
        }
        count
    }
}

impl ItemFacts {
    /// The facts of an item of `text` with these `lines`, all of it comments and white space.
    pub(super) fn of_lines(text: &str, lines: &[LineKind]) -> Self {
        let mut room = Vec::new();
        let code = text.lines().zip(lines).filter(|(_, line)| line.has_word);
        ItemFacts {
            n_lines: count(lines.len()),
            n_code_lines: count(lines.iter().filter(|line| line.has_token).count()),
            n_comment_lines: count(lines.iter().filter(|line| line.has_comment).count()),
            prints: code.map(|(line, _)| print_of(line, &mut room)).collect(),
            ..ItemFacts::default()
        }
    }

    /// Takes note that the grammar does not fit the item, and what it took to know.
    pub(super) fn with_errors(self, work: Work) -> Self {
        ItemFacts { work, has_errors: true, ..self }
    }

    /// Adds what the walk found in the item, and what that took.
    pub(super) fn with_code(self, found: &Found<'_>, work: Work, words: &mut Words) -> Self {
        let operators: Vec<Word> = found.halstead.operators().map(|kind| words.operator(kind)).collect();
        let operands = found.halstead.operands().map(|written| words.operand(written));
        let owned =
            |class: &Class<'_>| (class.name.to_owned(), class.bases.iter().map(|&base| base.to_owned()).collect());
        ItemFacts {
            outside: Some(found.outside.clone()),
            functions: found.functions.clone().into(),
            n_words: found.halstead.length(),
            words: operators.into_iter().chain(operands).collect(),
            classes: found.classes.iter().map(owned).collect(),
            opened_type: found.opened_type.map(|name| name.map(str::to_owned)),
            opened_module: found.opened_module.map(str::to_owned),
            work,
            ..self
        }
    }

    /// Adds what the item alone imports.
    pub(super) fn with_links(self, links: &Links<'_>) -> Self {
        let owned = |(first, second): (&str, &str)| (first.to_owned(), second.to_owned());
        ItemFacts {
            n_imports: links.imports.len(),
            pairs: links.imports.pairs().map(owned).collect(),
            taken: links.names.taken().map(owned).collect(),
            ..self
        }
    }

    /// Roughly the bytes it takes.
    pub(super) fn n_bytes(&self) -> usize {
        let in_pairs: usize = self.pairs.iter().chain(&self.taken).map(|(a, b)| a.len() + b.len() + 48).sum();
        size_of::<Self>()
            + self.prints.len() * size_of::<Print>()
            + self.functions.iter().map(|function| size_of::<Scope>() + function.name.len()).sum::<usize>()
            + self.words.len() * size_of::<Word>()
            + in_pairs
    }
}

impl Ties {
    /// Those of a file whose imports are known.
    pub(super) fn of_imports(imports: &[Import]) -> Ties {
        let named: HashSet<(&str, &str)> = imports.iter().flat_map(import_pairs).collect();
        Ties {
            class_coupling: count(named.len()),
            libraries: known_libraries(imports.iter().map(|import| import.target.as_str())),
        }
    }

    /// Those of the file that is made of `items`; `None` where they import so much that a reader of the whole file would
    /// drop some of it.
    pub(super) fn of_items(language: Language, items: &[impl AsRef<ItemFacts>]) -> Option<Ties> {
        let items = || items.iter().map(AsRef::as_ref);
        if items().map(|item| item.n_imports).sum::<usize>() >= MAX_IMPORTS {
            return None;
        }
        let pairs = || items().flat_map(|item| &item.pairs).map(|(target, name)| (target.as_str(), name.as_str()));
        Some(if language == Language::Go {
            let paths = pairs().map(|(target, _)| path_and_name(target).0);
            Ties { class_coupling: go_coupling(items(), pairs()), libraries: known_libraries(paths) }
        } else {
            Ties {
                class_coupling: count(pairs().collect::<HashSet<_>>().len()),
                libraries: known_libraries(pairs().map(|(target, _)| target)),
            }
        })
    }
}

/// Go takes from a package what the file names with the package before it.
fn go_coupling<'a>(items: impl Iterator<Item = &'a ItemFacts>, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> u32 {
    let mut taken: HashMap<&str, Vec<&str>> = HashMap::new();
    for (package, name) in items.flat_map(|item| &item.taken) {
        taken.entry(package).or_default().push(name);
    }
    let mut named = HashSet::new();
    for (target, _) in pairs {
        let (path, local_name) = path_and_name(target);
        match taken.get(local_name) {
            Some(names) => named.extend(names.iter().map(|&name| (path, name))),
            None => {
                named.insert((path, ""));
            }
        }
    }
    count(named.len())
}

/// The numbers of the file that is made of `items`.
pub(super) fn metrics(language: Language, items: &[impl AsRef<ItemFacts>], words: &mut Words, ties: Ties) -> Metrics {
    let items = || items.iter().map(AsRef::as_ref);
    let sum = |number: fn(&ItemFacts) -> u32| items().map(number).fold(0, u32::saturating_add);
    let functions: Vec<&Scope> = items().flat_map(|item| &item.functions).collect();
    let outside = || items().filter_map(|item| item.outside.as_ref());
    let scopes = || functions.iter().copied().chain(outside());
    let prints: Vec<Print> = items().flat_map(|item| &item.prints).copied().collect();
    let lines_of_code = sum(|item| item.n_code_lines);
    // The code outside functions has one way through it, wherever it stands.
    let cyclomatic = scopes().map(|scope| scope.cyclomatic).sum::<u32>() + 1 - count(outside().count());
    let volume = volume(sum(|item| item.n_words), words.n_different(items()));
    let numbers = FileNumbers {
        lines_of_code,
        class_coupling: ties.class_coupling,
        duplication_ratio: duplication_ratio(&prints),
    };
    let smells = smells(&functions, numbers);
    Metrics {
        lines_of_code,
        comment_lines: sum(|item| item.n_comment_lines),
        lines: sum(|item| item.n_lines),
        cyclomatic,
        cognitive: scopes().filter(|scope| !scope.is_inner).map(|scope| scope.cognitive).sum(),
        cyclomatic_max: functions.iter().map(|function| function.cyclomatic).max().unwrap_or(0),
        nesting_max: scopes().map(|scope| scope.nesting_max).max().unwrap_or(0),
        function_length_avg: mean_length(functions.iter().map(|function| function.end_line - function.start_line + 1)),
        halstead_volume: volume,
        maintainability_index: maintainability_index(volume, cyclomatic, lines_of_code),
        class_coupling: numbers.class_coupling,
        inheritance_depth: language.has_inheritance().then(|| inheritance_depth(&classes(items()))),
        code_smells: count(smells.len()),
        debt_minutes: remediation_minutes(&smells),
        duplication_ratio: numbers.duplication_ratio,
        libraries: ties.libraries,
    }
}

fn classes<'a>(items: impl Iterator<Item = &'a ItemFacts>) -> Vec<Class<'a>> {
    let class =
        |(name, bases): &'a (String, Vec<String>)| Class { name, bases: bases.iter().map(String::as_str).collect() };
    items.flat_map(|item| &item.classes).map(class).collect()
}

fn mean_length(lengths: impl ExactSizeIterator<Item = u32>) -> Option<f32> {
    let n_functions = lengths.len();
    (n_functions > 0).then(|| lengths.map(f64::from).sum::<f64>() as f32 / n_functions as f32)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
