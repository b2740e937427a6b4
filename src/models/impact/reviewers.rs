//! Who should look at this change?
//!
//! In: the past, the changed and affected files, and whom `CODEOWNERS` names. Out: at most three people, best first,
//! each with a reason. Knowledge of a file is each person's share of its commits, newer ones counting more; owners of
//! changed files stand first; who was busy of late stands further back; and where one person alone knows a file, a
//! second one who knows its neighbours takes the last place. Never names the change's author, a bot or a mail address.
//!
//! Sources: commits weighted by age after Zanjani, Kagdi and Bird, "Automatically Recommending Peer Reviewers in Modern
//! Code Review", 2016; load and spreading of knowledge after Mirsaeedi and Rigby, "Mitigating Turnover with Code Review
//! Recommendation", 2020.

use super::advice::quoted;
use super::same_file::SameFile;
use crate::domain::{Author, Commit};
use crate::history::Past;
use crate::models::answer::SuggestedReviewer;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// People who are suggested: more are asked by nobody.
const MAX_REVIEWERS: usize = 3;

/// Days in which a commit loses half of what it tells about who knows a file.
const HALF_LIFE_DAYS: f64 = 365.0;

/// Days that count as of late.
const RECENT_DAYS: f64 = 30.0;

/// What is taken from somebody who made all commits of late: half, so that who knows most still comes first where the
/// others know little.
const MAX_LOAD_DISCOUNT: f64 = 0.5;

/// A smaller share of what is known of the files is no reason to ask somebody.
const MIN_KNOWLEDGE: f64 = 0.05;

/// Share of a file's knowledge from which one person alone knows it …
const ALONE: f64 = 0.9;
/// … where the file has this many commits at least.
const MIN_COMMITS_ALONE: u32 = 3;

/// Files of a commit above which it says nothing about who knows them: a sweep.
const MAX_COMMIT_FILES: usize = 100;

/// Letters of a name that are shown.
const MAX_NAME_CHARS: usize = 60;

/// What a suggestion is made from.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Changed files by their paths before and after.
    pub changed: &'a [&'a str],
    /// Affected files and how much they are, 0 to 10.
    pub affected: &'a [(&'a str, f64)],
    /// Who made it; nobody is suggested for their own.
    pub author: Option<&'a Author>,
    /// Login of who asks for it, where that is known.
    pub author_login: Option<&'a str>,
    /// Whom `CODEOWNERS` names for the changed files, as written: `@login`, `@organisation/team` or a mail address.
    pub owners: &'a [String],
}

/// People who know the changed and affected files, best first. Equal ones in order of their names.
pub fn reviewers(past: &Past<'_>, change: &Change<'_>) -> Vec<SuggestedReviewer> {
    let known = Known::of(past, change);
    let mut candidates = known.candidates();
    let mut suggested = known.owners(&mut candidates);
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| known.name(a.who).cmp(&known.name(b.who))));
    let heirs = candidates.iter().filter(|one| one.knowledge >= MIN_KNOWLEDGE).map(|one| known.suggest(one, None));
    let n_free = MAX_REVIEWERS.saturating_sub(suggested.len());
    suggested.extend(heirs.take(n_free));
    if let Some(second) = known.second(&candidates).filter(|second| suggested.iter().all(|one| one.name != second.name))
    {
        suggested.truncate(MAX_REVIEWERS - 1);
        suggested.push(second);
    }
    suggested
}

/// Somebody who may be asked.
struct Candidate {
    who: u32,
    knowledge: f64,
    score: f64,
}

/// What the past says about who knows what.
struct Known<'a> {
    past: &'a Past<'a>,
    change: &'a Change<'a>,
    /// Of each file that was changed here: how it is weighed, and who knows how much of it.
    files: BTreeMap<&'a str, FileKnowledge>,
    /// The same of folders of changed files, without the changed files.
    neighbours: BTreeMap<&'a str, BTreeMap<u32, f64>>,
    /// Commits of late by person.
    recent: BTreeMap<u32, u32>,
}

#[derive(Default)]
struct FileKnowledge {
    /// 1 for a changed file, a tenth of its impact for an affected one.
    weight: f64,
    is_changed: bool,
    n_commits: u32,
    by_person: BTreeMap<u32, f64>,
}

impl FileKnowledge {
    /// The one person who knows nearly all of it.
    fn known_alone(&self) -> Option<u32> {
        let all: f64 = self.by_person.values().sum();
        self.by_person.iter().find(|(_, worth)| **worth >= ALONE * all).map(|(who, _)| *who)
    }
}

impl<'a> Known<'a> {
    fn of(past: &'a Past<'_>, change: &'a Change<'_>) -> Self {
        let log = past.log;
        let mut same = SameFile::default();
        let commits: Vec<&Commit> = past.order.iter().filter_map(|at| log.commits.get(*at as usize)).collect();
        let changed_files: Vec<Vec<u32>> = commits.iter().map(|commit| same.take(commit)).collect();
        let mut weights: FxHashMap<&str, (f64, bool)> =
            change.affected.iter().map(|(path, impact)| (*path, (impact.clamp(0.0, 10.0) / 10.0, false))).collect();
        weights.extend(change.changed.iter().map(|path| (*path, (1.0, true))));
        let folders: BTreeSet<&str> = change.changed.iter().map(|path| folder(path)).collect();
        let mut known =
            Self { past, change, files: BTreeMap::new(), neighbours: BTreeMap::new(), recent: BTreeMap::new() };
        for (commit, files) in commits.into_iter().zip(changed_files) {
            let age_days = past.as_of.days_since(commit.authored_at).max(0.0);
            if age_days <= RECENT_DAYS && !commit.is_merge() {
                people(commit).for_each(|who| *known.recent.entry(who).or_default() += 1);
            }
            if commit.is_merge() || files.len() > MAX_COMMIT_FILES {
                continue;
            }
            let worth = (-age_days / HALF_LIFE_DAYS).exp2();
            for file in files {
                let path = log.paths[same.path(file) as usize].as_str();
                if same.at(same.path(file)) != Some(file) {
                    continue;
                }
                if let Some((weight, is_changed)) = weights.get(path) {
                    let knowledge = known.files.entry(path).or_default();
                    (knowledge.weight, knowledge.is_changed) = (*weight, *is_changed);
                    knowledge.n_commits += 1;
                    people(commit).for_each(|who| *knowledge.by_person.entry(who).or_default() += worth);
                }
                let folder = folder(path);
                if folders.contains(folder) && !weights.get(path).is_some_and(|(_, is_changed)| *is_changed) {
                    let beside = known.neighbours.entry(folder).or_default();
                    people(commit).for_each(|who| *beside.entry(who).or_default() += worth);
                }
            }
        }
        known
    }

    /// Everybody who knows something and may be asked.
    fn candidates(&self) -> Vec<Candidate> {
        let total: f64 = self.files.values().map(|file| file.weight).sum();
        let mut shares: BTreeMap<u32, f64> = self.recent.keys().map(|who| (*who, 0.0)).collect();
        for file in self.files.values() {
            let all: f64 = file.by_person.values().sum();
            for (who, worth) in file.by_person.iter().filter(|_| all > 0.0) {
                *shares.entry(*who).or_default() += file.weight * worth / all;
            }
        }
        let beside = self.neighbours.values().flat_map(BTreeMap::keys);
        beside.for_each(|who| _ = shares.entry(*who).or_default());
        let busiest: u32 = self.recent.values().sum();
        let shares = shares.into_iter().filter(|(who, _)| self.may_be_asked(*who));
        let candidate = |(who, share): (u32, f64)| {
            let knowledge = if total > 0.0 { share / total } else { 0.0 };
            let load = f64::from(self.n_recent(who)) / f64::from(busiest.max(1));
            Candidate { who, knowledge, score: knowledge * (1.0 - MAX_LOAD_DISCOUNT * load) }
        };
        shares.map(candidate).collect()
    }

    /// Owners in the order in which they are named, taken out of the candidates.
    fn owners(&self, candidates: &mut Vec<Candidate>) -> Vec<SuggestedReviewer> {
        let mut suggested: Vec<SuggestedReviewer> = Vec::new();
        for owner in self.change.owners {
            if suggested.len() == MAX_REVIEWERS {
                break;
            }
            let is_author = self.change.author.is_some_and(|author| is_owner(author, owner))
                || self.change.author_login.is_some_and(|login| Some(login) == owner.strip_prefix('@'));
            if is_author || is_bot(owner, "") {
                continue;
            }
            let person = candidates.iter().position(|one| is_owner(self.author(one.who), owner));
            match person.map(|place| candidates.remove(place)) {
                Some(one) => suggested.push(self.suggest(&one, Some(owner))),
                // A mail address that no commit bears is nobody who could be named.
                None if owner.starts_with('@') && suggested.iter().all(|one| one.name != *owner) => {
                    suggested.push(SuggestedReviewer {
                        name: owner.clone(),
                        is_owner: true,
                        reason: "named in CODEOWNERS for a changed file".to_owned(),
                        ..SuggestedReviewer::default()
                    });
                }
                None => {}
            }
        }
        suggested
    }

    /// For the first changed file that one person alone knows: who knows most of the files beside it.
    fn second(&self, candidates: &[Candidate]) -> Option<SuggestedReviewer> {
        let changed = self.files.iter().filter(|(_, file)| file.is_changed && file.n_commits >= MIN_COMMITS_ALONE);
        let mut alone = changed.filter_map(|(path, file)| Some((*path, file.known_alone()?)));
        alone.find_map(|(path, who)| {
            let beside = self.neighbours.get(folder(path))?;
            let may = |other: &&u32| **other != who && candidates.iter().any(|one| one.who == **other);
            let worth = |who: &u32| beside.get(who).copied().unwrap_or_default();
            let best = beside
                .keys()
                .filter(may)
                .max_by(|a, b| worth(a).total_cmp(&worth(b)).then_with(|| self.name(**b).cmp(&self.name(**a))))?;
            let one = candidates.iter().find(|one| one.who == *best)?;
            let reason = format!("knows the files beside {}, which one other person alone knows so far", quoted(path));
            Some(SuggestedReviewer { reason, ..self.suggest(one, None) })
        })
    }

    fn suggest(&self, one: &Candidate, owner: Option<&str>) -> SuggestedReviewer {
        let n_files = self.files.values().filter(|file| file.by_person.contains_key(&one.who)).count();
        let knows = match n_files {
            0 => None,
            n => Some(format!("worked on {n} of the {} changed and affected files", self.files.len())),
        };
        let owns = owner.map(|_| "named in CODEOWNERS for a changed file".to_owned());
        SuggestedReviewer {
            name: self.name(one.who),
            knowledge: one.knowledge,
            n_recent: self.n_recent(one.who),
            is_owner: owner.is_some(),
            reason: [owns, knows].into_iter().flatten().collect::<Vec<_>>().join("; "),
        }
    }

    fn n_recent(&self, who: u32) -> u32 {
        self.recent.get(&who).copied().unwrap_or_default()
    }

    fn author(&self, who: u32) -> &'a Author {
        &self.past.log.authors[who as usize]
    }

    fn name(&self, who: u32) -> String {
        shown(self.author(who))
    }

    fn may_be_asked(&self, who: u32) -> bool {
        let person = self.author(who);
        let is_author = self.change.author.is_some_and(|author| is_same(author, person))
            || self.change.author_login.is_some_and(|login| is_owner(person, &format!("@{login}")));
        !is_author && !is_bot(&person.name, &person.email) && !self.name(who).is_empty()
    }
}

/// Author and co-authors.
fn people(commit: &Commit) -> impl Iterator<Item = u32> + '_ {
    std::iter::once(commit.author).chain(commit.co_authors.iter().copied().filter(|who| *who != commit.author))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether two entries of a log are one person: the same address, or the same full name.
fn is_same(a: &Author, b: &Author) -> bool {
    a.email == b.email || (a.name == b.name && a.name.contains(' '))
}

/// Whether `CODEOWNERS` means this person: by address, or by the login that GitHub's own addresses carry or that is the
/// name in the log.
fn is_owner(person: &Author, owner: &str) -> bool {
    let Some(login) = owner.strip_prefix('@') else { return person.email.eq_ignore_ascii_case(owner) };
    let hidden = person.email.strip_suffix("@users.noreply.github.com");
    let hidden = hidden.map(|local| local.split_once('+').map_or(local, |(_, login)| login));
    hidden.is_some_and(|hidden| hidden.eq_ignore_ascii_case(login)) || person.name.eq_ignore_ascii_case(login)
}

/// Programs that commit under a name of their own.
fn is_bot(name: &str, email: &str) -> bool {
    const NAMES: [&str; 8] = [
        "dependabot",
        "renovate",
        "github actions",
        "github-actions",
        "github",
        "pre-commit-ci",
        "web-flow",
        "greenkeeper",
    ];
    let name = name.trim_start_matches('@').to_lowercase();
    let is_named = NAMES.contains(&name.as_str());
    is_named || name.ends_with("[bot]") || name.ends_with("-bot") || name.ends_with(" bot") || email.contains("[bot]@")
}

/// The name as it may be shown: one line, of a length, and without the host of a mail address.
fn shown(person: &Author) -> String {
    let one_line = person.name.split(|letter: char| letter.is_control() || letter.is_whitespace());
    let words = one_line.filter(|word| !word.is_empty()).map(|word| word.split('@').next().unwrap_or_default());
    words.collect::<Vec<_>>().join(" ").trim().chars().take(MAX_NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::fixture::History;

    fn suggest(history: &History, day: i64, changed: &[&str], author: &str, owners: &[&str]) -> Vec<SuggestedReviewer> {
        let past = history.past_on(day);
        let author = past.log.authors.iter().find(|one| one.name == author);
        let owners: Vec<String> = owners.iter().map(|owner| (*owner).to_owned()).collect();
        reviewers(&past, &Change { changed, affected: &[], author, author_login: None, owners: &owners })
    }

    fn names(suggested: &[SuggestedReviewer]) -> Vec<&str> {
        suggested.iter().map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn who_changed_the_file_lately_stands_before_who_wrote_it_long_ago() {
        let mut history = History::read("0 ann | start | +src/a.rs 9/0");
        history.add("1 ann | on | src/a.rs 1/0");
        history.add("900 bob | on | src/a.rs 1/0");
        history.add("901 bob | on | src/a.rs 1/0");
        let suggested = suggest(&history, 1000, &["src/a.rs"], "cyd", &[]);
        assert_eq!(names(&suggested), ["bob", "ann"]);
        assert!(suggested[0].knowledge > 0.8 && suggested[0].reason.contains("worked on 1 of the 1"));
    }

    #[test]
    fn nobody_is_asked_about_their_own_change_and_no_bot_is() {
        let mut history = History::read("0 ann | start | +src/a.rs 9/0");
        history.add("1 dependabot[bot] | on | src/a.rs 1/0");
        history.add("2 bob | on | src/a.rs 1/0");
        assert_eq!(names(&suggest(&history, 9, &["src/a.rs"], "ann", &[])), ["bob"]);
    }

    #[test]
    fn a_renamed_file_is_known_to_those_who_knew_it_before() {
        let mut history = History::read("0 ann | start | +src/a.rs 9/0");
        history.add("1 bob | move | src/a.rs>src/b.rs 1/0");
        assert_eq!(names(&suggest(&history, 9, &["src/b.rs"], "cyd", &[])), ["bob", "ann"]);
    }

    #[test]
    fn owners_of_changed_files_stand_first() {
        let mut history = History::read("0 ann | start | +src/a.rs 9/0");
        history.add("1 bob | on | src/a.rs 1/0");
        let owners = ["@octo/core", "@bob", "who@example.org"];
        let suggested = suggest(&history, 9, &["src/a.rs"], "cyd", &owners);
        assert_eq!(names(&suggested), ["@octo/core", "bob", "ann"]);
        assert_eq!(suggested.iter().map(|one| one.is_owner).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn among_equals_the_one_who_was_less_busy_is_asked_first() {
        let mut history = History::read("0 ann | start | +src/a.rs 9/0, +docs/x.md 1/0");
        history.add("0 bob | on | src/a.rs 1/0");
        for day in 90..100 {
            history.add(&format!("{day} ann | on | docs/x.md 1/0"));
        }
        let suggested = suggest(&history, 100, &["src/a.rs"], "cyd", &[]);
        assert_eq!(names(&suggested), ["bob", "ann"]);
        assert_eq!(suggested[1].n_recent, 10);
    }

    #[test]
    fn where_one_person_alone_knows_a_file_a_second_is_named_who_knows_its_neighbours() {
        let mut history = History::read("0 ann | start | +src/a.rs 9/0");
        history.add("1 ann | on | src/a.rs 1/0");
        history.add("2 ann | on | src/a.rs 1/0");
        history.add("3 bob | beside | +src/b.rs 9/0");
        let suggested = suggest(&history, 9, &["src/a.rs"], "cyd", &[]);
        assert_eq!(names(&suggested), ["ann", "bob"]);
        assert_eq!(suggested[1].reason, "knows the files beside `src/a.rs`, which one other person alone knows so far");
    }

    #[test]
    fn a_mail_address_is_never_shown() {
        let person = Author { name: "ann@example.org\n@team".to_owned(), email: "ann@example.org".to_owned() };
        assert_eq!(shown(&person), "ann");
        assert!(is_owner(&person, "ANN@example.org") && !is_owner(&person, "@ann@example.org"));
    }
}
