//! What would this ordinary change look like, had it been an anomaly?
//!
//! In: a real change, and the habits at its moment. Out: the same change with something extraordinary done to its
//! files, its hour or its packages, observed the way every change is. How extraordinary is drawn from ranges written
//! here, whatever the model's thresholds are. `None` where the change or its repository gives no ground for it.

use crate::code::is_source;
use crate::code::manifests::{Dependency, Ecosystem, Origin};
use crate::domain::ChangeKind;
use crate::models::anomaly::change::{Change, File, LocalTime, Manifest};
use crate::models::anomaly::columns::Kind;
use crate::models::anomaly::forest::Chance;
use crate::models::anomaly::habits::{Habits, Observed};

/// Kinds of files that are brought in: programs, archives, keys, office documents, databases, scripts of another system.
const FOREIGN: [&str; 12] = ["exe", "dll", "so", "jar", "pem", "p12", "docx", "xlsx", "sqlite", "ps1", "vbs", "bin"];

/// Words a new package's name is made of.
const WORDS: [&str; 12] =
    ["fast", "stream", "color", "utils", "parse", "cache", "crypto", "config", "helper", "async", "proxy", "tiny"];

/// Turns a change into an anomaly of `kind`; names the sort of anomaly.
pub(super) fn plant(
    kind: Kind,
    habits: &Habits<'_>,
    change: &Change<'_>,
    chance: &mut Chance,
) -> Option<(&'static str, Observed)> {
    let observe = |change: &Change<'_>| habits.observe(change, true);
    Some(match kind {
        Kind::LargeCommit => (
            "code drop",
            observe(&Change { files: code_drop(&names(habits, chance, 20, 60), change, chance), ..change.clone() }),
        ),
        Kind::MassDeletion => ("files removed", observe(&Change { files: removal(habits, chance)?, ..change.clone() })),
        Kind::LateNightCoding => {
            ("at night", observe(&Change { written: Some(at_night(habits, change, chance)?), ..change.clone() }))
        }
        Kind::ComplexitySpike => {
            ("branches piled up", observe(&Change { files: tangle(change, chance)?, ..change.clone() }))
        }
        Kind::UnusualFilePattern if between(chance, 0, 1) == 0 => {
            let names: Vec<String> = (0..between(chance, 1, 5)).map(|at| foreign_name(habits, chance, at)).collect();
            ("foreign files", observe(&Change { files: foreign(&names, change), ..change.clone() }))
        }
        Kind::UnusualFilePattern => {
            let names = scattered_names(habits, chance)?;
            ("scattered files", observe(&Change { files: scattered(&names, chance), ..change.clone() }))
        }
        Kind::DependencyInjection => {
            let (sort, before, after, ecosystem) = injected(habits, chance)?;
            let path = manifest_path(ecosystem);
            let mut planted = change.clone();
            planted.files.push(file(path, ChangeKind::Modified, 1, u32::from(before.len() == after.len())));
            planted.manifests.push(Manifest { path, ecosystem, is_lock: false, before, after });
            (sort, observe(&planted))
        }
    })
}

/// Twenty to sixty new source files of 100 to 600 lines each, in one folder that holds some, beside what the change did.
fn code_drop<'a>(names: &'a [String], change: &Change<'a>, chance: &mut Chance) -> Vec<File<'a>> {
    let dropped = names.iter().map(|name| file(name, ChangeKind::Added, between(chance, 100, 600), 0));
    change.files.iter().cloned().chain(dropped).collect()
}

fn names(habits: &Habits<'_>, chance: &mut Chance, least: u32, most: u32) -> Vec<String> {
    let code: Vec<&str> = habits.known_files().into_iter().filter(|path| is_source(path)).collect();
    let like = pick(&code, chance).copied().unwrap_or("main.c");
    let folder = like.rsplit_once('/').map_or("", |(folder, _)| folder);
    let extension = like.rsplit_once('.').map_or("c", |(_, extension)| extension);
    (0..between(chance, least, most)).map(|at| format!("{folder}/dropped_{at}.{extension}")).collect()
}

/// Fifteen to a hundred files of the repository with 50 to 400 lines each, and nothing else.
fn removal<'a>(habits: &Habits<'a>, chance: &mut Chance) -> Option<Vec<File<'a>>> {
    let known = habits.known_files();
    let n = (between(chance, 15, 100) as usize).min(known.len());
    let first = chance.below(known.len() - n + 1)?;
    let gone = known[first..first + n].iter();
    Some(gone.map(|path| file(path, ChangeKind::Deleted, 0, between(chance, 50, 400))).collect())
}

/// At a night hour at which the author wrote less than one in a hundred of their commits.
fn at_night(habits: &Habits<'_>, change: &Change<'_>, chance: &mut Chance) -> Option<LocalTime> {
    let written = change.written?;
    let hours = habits.hours_below(change.author?, 0.01)?;
    let at_night: Vec<u32> = hours.into_iter().filter(|hour| !(6..22).contains(hour)).collect();
    let moved = i64::from(*pick(&at_night, chance)?) - i64::from(written.hour());
    Some(LocalTime { at: crate::domain::Timestamp(written.at.0 + 3_600 * moved), ..written })
}

/// One of the changed source files gets 30 to 150 branches, and three lines for each.
fn tangle<'a>(change: &Change<'a>, chance: &mut Chance) -> Option<Vec<File<'a>>> {
    let mut files = change.files.clone();
    let readable: Vec<usize> = (0..files.len()).filter(|at| files[*at].complexity.is_some()).collect();
    let chosen = &mut files[*pick(&readable, chance)?];
    let rise = between(chance, 30, 150);
    chosen.complexity = chosen.complexity.map(|(before, _)| (before, before + rise));
    chosen.added += 3 * rise;
    Some(files)
}

fn foreign_name(habits: &Habits<'_>, chance: &mut Chance, at: u32) -> String {
    let folder = pick(&habits.settled_folders(), chance).copied().unwrap_or("");
    let extension = pick(&FOREIGN, chance).copied().unwrap_or("bin");
    format!("{folder}/tool_{at}.{extension}")
}

/// One to five files of kinds that source trees do not hold, beside what the change did.
fn foreign<'a>(names: &'a [String], change: &Change<'a>) -> Vec<File<'a>> {
    let brought = names.iter().map(|name| File { is_counted: false, ..file(name, ChangeKind::Added, 0, 0) });
    change.files.iter().cloned().chain(brought).collect()
}

/// Six to twelve folders of the repository drawn blindly.
fn scattered_names(habits: &Habits<'_>, chance: &mut Chance) -> Option<Vec<String>> {
    let mut folders = habits.settled_folders();
    let n = between(chance, 6, 12) as usize;
    if folders.len() < 2 * n {
        return None;
    }
    let mut drawn = Vec::new();
    for _ in 0..n {
        let folder = folders.swap_remove(chance.below(folders.len())?);
        drawn.push(format!("{folder}/main.c"));
    }
    Some(drawn)
}

/// A small edit in each.
fn scattered<'a>(names: &'a [String], chance: &mut Chance) -> Vec<File<'a>> {
    names.iter().map(|name| file(name, ChangeKind::Modified, between(chance, 1, 20), between(chance, 0, 10))).collect()
}

type Injected = (&'static str, Vec<Dependency>, Vec<Dependency>, Ecosystem);

/// A package named like one that is here, one from elsewhere, one that is here and now comes from elsewhere, or one that
/// was never seen: each as often.
fn injected(habits: &Habits<'_>, chance: &mut Chance) -> Option<Injected> {
    let (ecosystem, before) = declared(habits, chance)?;
    let known = pick(&before, chance)?.clone();
    let word = |chance: &mut Chance| pick(&WORDS, chance).copied().unwrap_or("tiny");
    let prefix = known.name.rsplit_once(['/', ':']).map_or(String::new(), |(owner, _)| format!("{owner}x/"));
    let unseen = format!("{prefix}{}-{}-{}", word(chance), word(chance), between(chance, 2, 99));
    let elsewhere =
        Origin::Git(format!("https://git.example.net/{}/{}.git", word(chance), known.name.replace([':', '/'], "-")));
    let new = |name: String, source: Origin| Dependency { name, source, ..known.clone() };
    let (sort, added) = match between(chance, 0, 3) {
        0 => ("package named like another", new(misspelt(&known.name, chance)?, Origin::Registry)),
        1 => ("package from elsewhere", new(unseen, elsewhere)),
        2 => ("package moved", new(known.name.clone(), elsewhere)),
        _ => ("package never seen", new(unseen, Origin::Registry)),
    };
    let mut after = before.clone();
    after.retain(|dependency| dependency.name != added.name);
    after.push(added);
    Some((sort, before, after, ecosystem))
}

/// What a manifest of this repository may declare: up to thirty of the names of an ecosystem that is used here.
fn declared(habits: &Habits<'_>, chance: &mut Chance) -> Option<(Ecosystem, Vec<Dependency>)> {
    let ecosystems = [
        Ecosystem::Cargo,
        Ecosystem::Npm,
        Ecosystem::Python,
        Ecosystem::Go,
        Ecosystem::Maven,
        Ecosystem::Ruby,
        Ecosystem::Composer,
        Ecosystem::NuGet,
    ];
    let used: Vec<Ecosystem> =
        ecosystems.into_iter().filter(|ecosystem| habits.packages.names(*ecosystem).next().is_some()).collect();
    let ecosystem = *pick(&used, chance)?;
    let mut names: Vec<&str> = habits.packages.names(ecosystem).collect();
    let mut declared = Vec::new();
    while declared.len() < 30 && !names.is_empty() {
        let name = names.swap_remove(chance.below(names.len())?).to_owned();
        let version = "1.0.0".to_owned();
        declared.push(Dependency { name, version, source: Origin::Registry, is_for_development: false });
    }
    Some((ecosystem, declared))
}

/// One slip in the part of a name that says whose it is: a letter lost, doubled, changed or swapped with the next.
fn misspelt(name: &str, chance: &mut Chance) -> Option<String> {
    let part = name.rsplit_once(['/', ':']).map_or(name, |(owner, _)| owner);
    let places: Vec<usize> =
        part.char_indices().skip(1).filter(|(_, letter)| letter.is_ascii_lowercase()).map(|(at, _)| at).collect();
    let at = *pick(&places, chance)?;
    let mut bytes = name.as_bytes().to_vec();
    match between(chance, 0, 3) {
        0 => drop(bytes.remove(at)),
        1 => bytes.insert(at, bytes[at]),
        2 => bytes[at] = if bytes[at] == b'e' { b'a' } else { b'e' },
        _ => bytes.swap(at - 1, at),
    }
    String::from_utf8(bytes).ok().filter(|misspelt| misspelt != name)
}

fn manifest_path(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Cargo => "Cargo.toml",
        Ecosystem::Npm => "package.json",
        Ecosystem::Python => "requirements.txt",
        Ecosystem::Go => "go.mod",
        Ecosystem::Maven => "pom.xml",
        Ecosystem::Ruby => "Gemfile",
        Ecosystem::Composer => "composer.json",
        Ecosystem::NuGet => "Directory.Packages.props",
    }
}

fn file(path: &str, kind: ChangeKind, added: u32, deleted: u32) -> File<'_> {
    File { path, old_path: None, kind, added, deleted, is_counted: true, complexity: None }
}

/// From `least` to `most`, both included.
fn between(chance: &mut Chance, least: u32, most: u32) -> u32 {
    least + chance.below((most - least) as usize + 1).unwrap_or(0) as u32
}

fn pick<'a, T>(items: &'a [T], chance: &mut Chance) -> Option<&'a T> {
    items.get(chance.below(items.len())?)
}
