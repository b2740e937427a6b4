//! A made-up repository with habits, and changes that break them one at a time.

use super::change::{Change, File, LocalTime, Manifest};
use super::columns::{Column, Kind};
use super::forest::{Chance, Cut, Forest, Growth};
use super::habits::{Habits, Observed};
use super::packages::Why;
use super::{Error, MODEL_VERSION, Model, Params, predict};
use crate::code::manifests::{Dependency, Ecosystem, read};
use crate::domain::{ChangeKind, CommitId, Timestamp};
use crate::models::answer::AnomalyAnswer;

const FILES: [&str; 8] = [
    "src/auth/login.py",
    "src/auth/token.py",
    "src/auth/user.py",
    "src/shop/cart.py",
    "src/shop/price.py",
    "src/shop/order.py",
    "docs/guide.md",
    "tests/test_cart.py",
];

/// Changes a day apart, by one author who works from nine to five, an hour east of Greenwich.
struct Village {
    habits: Habits<'static>,
    observed: Vec<Observed>,
    chance: Chance,
}

impl Village {
    fn of(n: usize) -> Self {
        let mut village = Self { habits: Habits::default(), observed: Vec::new(), chance: Chance::new(7) };
        village.habits.packages.know(Ecosystem::Python, dependencies("flask\nrequests\nsqlalchemy\n").iter());
        for day in 0..n {
            let change = village.ordinary(day as i64);
            village.observed.push(village.habits.observe(&change, true));
            village.habits.learn(&change);
        }
        village
    }

    fn ordinary(&mut self, day: i64) -> Change<'static> {
        let shop = self.chance.below(2) == Some(0);
        let of_part: &[&str] = if shop { &FILES[3..6] } else { &FILES[..3] };
        let n = 1 + self.chance.below(3).unwrap_or(0);
        let mut files: Vec<File<'static>> = of_part.iter().take(n).map(|path| self.edited(path)).collect();
        files.extend((self.chance.below(6) == Some(0)).then(|| self.edited(FILES[6])));
        let at = Timestamp(0).plus_days(day);
        let hour = 8 + self.chance.below(9).unwrap_or(0) as i64;
        let written = LocalTime { at: Timestamp(at.0 + hour * 3_600), utc_offset_minutes: 60 };
        Change { at, written: Some(written), author: Some(0), files, manifests: Vec::new() }
    }

    fn edited(&mut self, path: &'static str) -> File<'static> {
        let (added, deleted) = (self.chance.below(60).unwrap_or(0) as u32, self.chance.below(30).unwrap_or(0) as u32);
        let complexity = path.ends_with(".py").then(|| (20, 18 + self.chance.below(6).unwrap_or(0) as u32));
        File { complexity, ..file(path, ChangeKind::Modified, added, deleted) }
    }

    fn model(&self) -> Model {
        Model::fit(&self.observed, Timestamp(0).plus_days(self.observed.len() as i64), &Params::default()).unwrap()
    }

    fn ask(&self, change: &Change<'_>) -> AnomalyAnswer {
        predict(&self.model(), &self.habits.observe(change, true), CommitId([1; 20]), change.at)
    }
}

fn file(path: &str, kind: ChangeKind, added: u32, deleted: u32) -> File<'_> {
    File { path, old_path: None, kind, added, deleted, is_counted: true, complexity: None }
}

fn dependencies(text: &str) -> Vec<Dependency> {
    read("requirements.txt", text.as_bytes()).unwrap()
}

fn requirements(before: &str, after: &str) -> Manifest<'static> {
    let (before, after) = (dependencies(before), dependencies(after));
    Manifest { path: "requirements.txt", ecosystem: Ecosystem::Python, is_lock: false, before, after }
}

/// Does something to an ordinary change, and expects the words of exactly one anomaly of `kind`.
fn check(kind: Kind, change_it: impl FnOnce(&mut Change<'static>), words: &[&str]) {
    let mut village = Village::of(400);
    let mut change = village.ordinary(400);
    change_it(&mut change);
    let answer = village.ask(&change);
    let found: Vec<&str> = answer.anomalies_detected.iter().map(|anomaly| anomaly.kind.as_str()).collect();
    assert_eq!(found, [kind.name()], "{answer:?}");
    let anomaly = &answer.anomalies_detected[0];
    assert!(anomaly.score > 0.8 && anomaly.score <= 1.0 && (0.5..=1.0).contains(&anomaly.confidence), "{anomaly:?}");
    for words in words {
        assert!(anomaly.description.contains(words), "`{words}` is not in `{}`", anomaly.description);
    }
    assert!(!anomaly.impact_assessment.is_empty() && !anomaly.suggested_action.is_empty());
}

#[test]
fn a_change_of_thousands_of_lines_is_large() {
    check(
        Kind::LargeCommit,
        |change| change.files[0].added = 2_310,
        &["lines added and", "in one change", "of the 400 changes here"],
    );
}

#[test]
fn taking_much_away_is_a_mass_deletion() {
    let gone = || FILES[..3].iter().map(|path| file(path, ChangeKind::Deleted, 0, 300)).collect();
    check(Kind::MassDeletion, |change| change.files = gone(), &["3 files and 900 lines deleted, 0 lines added"]);
}

#[test]
fn a_file_that_becomes_far_more_complex_is_a_spike() {
    check(
        Kind::ComplexitySpike,
        |change| change.files[0].complexity = Some((42, 128)),
        &["goes from 42 to 128 in one change"],
    );
}

#[test]
fn an_hour_at_which_nobody_works_is_told_as_an_hour_and_not_as_a_person() {
    let at_three = |change: &mut Change<'static>| {
        let midnight = change.at.0 - change.at.0.rem_euclid(86_400);
        change.written = Some(LocalTime { at: Timestamp(midnight + 2 * 3_600 + 720), utc_offset_minutes: 60 });
    };
    check(Kind::LateNightCoding, at_three, &["written at 03:12 local time"]);
    let mut village = Village::of(400);
    let mut change = village.ordinary(400);
    at_three(&mut change);
    let text = format!("{:?}", village.ask(&change)).to_lowercase();
    assert!(!text.contains("author") && !text.contains("developer"), "{text}");
}

#[test]
fn a_program_among_sources_is_an_unusual_file() {
    let brought = || File { is_counted: false, ..file("src/auth/helper.exe", ChangeKind::Added, 0, 0) };
    check(
        Kind::UnusualFilePattern,
        |change| change.files.push(brought()),
        &["`src/auth/helper.exe` is a `exe` file, touched in 0 of 400 earlier changes"],
    );
}

#[test]
fn folders_that_never_change_together_are_an_unusual_pattern() {
    let together = |change: &mut Change<'static>| {
        let (auth, shop) = (FILES[0], FILES[3]);
        change.files = [auth, shop].map(|path| file(path, ChangeKind::Modified, 9, 1)).into();
    };
    check(Kind::UnusualFilePattern, together, &["`src/auth` and `src/shop` did so in 0 of"]);
}

#[test]
fn a_package_from_nowhere_is_an_injected_dependency() {
    let with = |after: &'static str| {
        move |change: &mut Change<'static>| change.manifests = vec![requirements("flask\nrequests\n", after)]
    };
    let kind = Kind::DependencyInjection;
    check(
        kind,
        with("flask\nrequests\nreqeusts\n"),
        &["`reqeusts`, new here, whose name is nearly that of `requests`"],
    );
    check(kind, with("flask\nrequests\nleft-pad\n"), &["asks for `left-pad`, which was never named here before"]);
    check(
        kind,
        with("flask\nrequests @ git+https://git.example.net/x/requests.git\n"),
        &["takes `requests` from `git.example.net/x/requests` where it came from `the registry` before"],
    );
}

#[test]
fn an_ordinary_change_shows_nothing_and_an_update_is_no_injection() {
    let mut village = Village::of(400);
    let model = village.model();
    let n_told = (400..800).filter(|day| {
        let change = village.ordinary(*day);
        !model.told(&village.habits.observe(&change, true)).is_empty()
    });
    assert!(n_told.count() <= 8, "at most 2% of ordinary changes may show an anomaly");
    let update = requirements("flask==2.0\nrequests\n", "flask==3.0\nrequests\n");
    assert!(village.habits.packages.findings(&[update], true).is_empty());
}

#[test]
fn a_lock_file_is_suspected_only_of_what_no_manifest_explains() {
    let village = Village::of(30);
    let locked =
        |before: &str, after: &str| Manifest { path: "poetry.lock", is_lock: true, ..requirements(before, after) };
    let why = |manifests: &[Manifest<'_>]| -> Vec<Why> {
        village.habits.packages.findings(manifests, true).into_iter().map(|finding| finding.why).collect()
    };
    let silent = locked("flask==2.0\n", "flask==2.0\nblinker==1.8\n");
    assert_eq!(why(std::slice::from_ref(&silent)), [Why::OnlyLocked]);
    assert_eq!(why(&[locked("flask==2.0\n", "flask==3.0\nblinker==1.8\n")]), []);
    let asked = requirements("flask\n", "flask>=2\n");
    assert_eq!(why(&[asked, silent]), []);
}

#[test]
fn people_off_means_that_nothing_about_hours_is_known() {
    let mut village = Village::of(400);
    let mut change = village.ordinary(400);
    change.written = Some(LocalTime { at: Timestamp(2 * 3_600), utc_offset_minutes: 60 });
    let observed = village.habits.observe(&change, false);
    assert!(observed.values[Column::HourRarity as usize].is_nan() && observed.facts.hour.is_none());
    assert!(village.model().of_kind(Kind::LateNightCoding, &observed).is_none());
}

#[test]
fn a_stranger_cannot_write_markup_with_the_name_of_a_package() {
    let mut village = Village::of(400);
    let mut change = village.ordinary(400);
    let mut manifest = requirements("flask\n", "flask\nx\n");
    manifest.after[1].name = "`@octocat`<b>\u{1b}[31m\n# heading".repeat(20);
    change.manifests = vec![manifest];
    let answer = village.ask(&change);
    let description = &answer.anomalies_detected[0].description;
    assert_eq!(description.matches('`').count() % 2, 0);
    assert!(!description.contains(['\u{1b}', '\n']) && description.len() < 400, "{description}");
}

#[test]
fn the_same_changes_give_the_same_bytes_and_the_bytes_the_same_answer() {
    let mut village = Village::of(300);
    let bytes = village.model().to_bytes().unwrap();
    assert_eq!(bytes, village.model().to_bytes().unwrap());
    let read = Model::from_bytes(&bytes).unwrap();
    let change = village.ordinary(300);
    let observed = village.habits.observe(&change, true);
    assert_eq!(read.whole(&observed), village.model().whole(&observed));
}

#[test]
fn a_model_of_another_version_or_a_torn_one_is_refused() {
    let village = Village::of(60);
    let bytes = village.model().to_bytes().unwrap();
    assert!(Model::from_bytes(&bytes[..bytes.len() / 2]).is_err() && Model::from_bytes(&[]).is_err());
    let other = postcard::to_stdvec(&("anomaly-0", 1u8)).unwrap();
    let error = Model::from_bytes(&other).unwrap_err();
    assert!(matches!(&error, Error::OtherVersion { found } if found == "anomaly-0"));
    assert!(error.to_string().contains(MODEL_VERSION), "{error}");
}

#[test]
fn nothing_known_nothing_different_or_one_change_alone_still_gives_numbers() {
    let unknown = Observed { values: vec![f32::NAN; Column::COUNT], facts: Default::default() };
    let constant = Observed { values: vec![1.0; Column::COUNT], facts: Default::default() };
    let wild = Observed { values: vec![f32::INFINITY; Column::COUNT], facts: Default::default() };
    for fitted in [vec![unknown.clone(); 50], vec![constant.clone(); 50], vec![constant.clone()]] {
        let model = Model::fit(&fitted, Timestamp(0), &Params::default()).unwrap();
        for change in [&unknown, &constant, &wild] {
            let found = model.whole(change);
            assert!((0.0..=1.0).contains(&found.isolation) && (-1.0..=1.0).contains(&found.score()), "{found:?}");
            assert!((0.0..=1.0).contains(&found.confidence()) && model.told(change).is_empty(), "{found:?}");
        }
    }
    assert!(matches!(Model::fit(&[], Timestamp(0), &Params::default()), Err(Error::NoChanges)));
}

#[test]
fn a_lone_row_is_set_apart_by_the_column_in_which_it_is_alone() {
    for cut in [Cut::OneColumn, Cut::AllColumns] {
        let mut chance = Chance::new(3);
        let mut rows: Vec<Vec<f32>> = (0..500).map(|_| (0..3).map(|_| chance.unit() as f32).collect()).collect();
        rows.push(vec![0.5, 9.0, 0.5]);
        let growth = Growth { n_trees: 100, sample_size: 256, cut, headroom: 0.0, seed: 1 };
        let forest = Forest::grow(&rows, 3, growth).unwrap();
        let lone = forest.score(&rows[500]);
        assert!(rows[..500].iter().all(|row| forest.score(row) < lone), "{cut:?}");
        let shares = forest.shares(&rows[500]);
        assert!(shares[1] > shares[0] && shares[1] > shares[2], "{cut:?} {shares:?}");
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(forest, Forest::grow(&rows, 3, growth).unwrap());
    }
}

#[test]
fn the_base_model_answers_for_a_repository_without_a_past() {
    let base = Model::base().unwrap();
    let village = Village::of(5);
    let calm = base.told(&village.observed[4]);
    assert!(calm.is_empty(), "{calm:?}");
    let mut change = Village::of(5).ordinary(5);
    change.files[0].added = 60_000;
    let answer = predict(&base, &village.habits.observe(&change, true), CommitId([1; 20]), change.at);
    assert_eq!(answer.anomalies_detected[0].kind, "large_commit");
    assert_eq!(answer.model.mix, "100% base");
}
