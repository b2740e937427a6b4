//! Does the network learn from the past alone, and rank what comes true?

use super::*;
use crate::features::fixture::History;
use rustc_hash::FxHashMap;

const FILES: [&str; 12] = [
    "src/core.rs",
    "src/schema.rs",
    "src/page.rs",
    "src/style.rs",
    "src/login.rs",
    "src/mail.rs",
    "src/cache.rs",
    "src/queue.rs",
    "tests/core_test.rs",
    "tests/page_test.rs",
    "src/odd.rs",
    "src/rare.rs",
];

/// Two pairs that go together, and company that changes from day to day.
fn history(n_days: usize) -> History {
    let start: Vec<String> = FILES.iter().map(|path| format!("+{path} 9/0")).collect();
    let mut history = History::read(&format!("0 ann | start | {}", start.join(", ")));
    for day in 1..=n_days {
        let [a, b] = if day % 2 == 0 { ["src/core.rs", "src/schema.rs"] } else { ["src/page.rs", "src/style.rs"] };
        let other = FILES[(day * 7) % FILES.len()];
        let third = if other == a || other == b { String::new() } else { format!(", {other} 1/1") };
        history.add(&format!("{day} ann | work on {} | {a} 1/1, {b} 2/1{third}", day % 5));
    }
    history
}

fn taught(history: &History, day: i64) -> Vec<Lesson> {
    lessons(&history.past_on(day), &|_| true, &|_| None)
}

#[test]
fn what_is_asked_about_a_commit_does_not_depend_on_what_came_later() {
    let (short, long) = (taught(&history(40), 40), taught(&history(80), 80));
    assert!(short.len() > 60);
    for (early, late) in short.iter().zip(&long) {
        assert_eq!((early.nth, early.path), (late.nth, late.path));
        assert_eq!(early.example.scene.evidence, late.example.scene.evidence);
        assert_eq!(early.example.scene.edges, late.example.scene.edges);
    }
}

#[test]
fn a_month_that_is_not_over_teaches_nothing_of_later_changes() {
    let lessons = taught(&history(80), 80);
    let newest = lessons.last().expect("lessons");
    assert!(newest.n_hits(0) > 0 && newest.n_hits(1) == 0);
    let oldest = &lessons[10];
    assert!(oldest.n_hits(1) > 0);
    assert_eq!(oldest.before(oldest.at + 86_400).n_hits(1), 0);
    assert_eq!(oldest.before(oldest.at + 86_400).n_hits(0), oldest.n_hits(0));
}

#[test]
fn a_trained_network_puts_the_usual_partner_first_and_survives_being_kept() {
    let lessons = taught(&history(120), 120);
    let (older, newest) = lessons.split_at(180);
    let network = Network::train(&[older]).expect("enough lessons");
    let kept = Network::from_bytes(&network.to_bytes().expect("plain data")).expect("the same version");
    assert_eq!(kept, network);
    let mean = |of: &dyn Fn(&Lesson) -> Option<Quality>| {
        let found: Vec<f64> = newest.iter().filter_map(of).map(|quality| quality.average_precision).collect();
        found.iter().sum::<f64>() / found.len() as f64
    };
    let by_network = mean(&|lesson| network.quality(lesson, 0));
    let by_popularity = mean(&|lesson| lesson.quality(0, |place| lesson.evidence(place, Evidence::Changes)));
    assert!(by_network > by_popularity + 0.1, "{by_network} against {by_popularity}");
}

#[test]
fn the_base_network_is_read_and_knows_a_pair_it_never_saw() {
    let base = Network::base().expect("the one that comes along");
    let history = history(120);
    let past = history.past_on(120);
    let change = History::read("120 ann | work on 3 | src/core.rs 3/1").diff_of(0);
    let changed = Changed::of(&change, true, &|_| None);
    let present = Present::new(&past, &|path| path != "src/odd.rs", &|_| None);
    let mut chances = present.chances(&base, &changed, "src/core.rs");
    chances.sort_by(|a, b| b.1.felt.total_cmp(&a.1.felt));
    assert_eq!(chances.first().map(|(path, _)| path.as_str()), Some("src/schema.rs"), "{chances:?}");
    assert!(chances.iter().all(|(path, _)| path != "src/odd.rs"), "a file that is not there");
    assert!(chances.iter().all(|(_, chance)| (0.0..=1.0).contains(&chance.felt)));
}

#[test]
fn another_version_and_broken_bytes_are_refused() {
    let other = postcard::to_stdvec(&("impact-0", 1u8)).expect("plain data");
    assert!(matches!(Network::from_bytes(&other), Err(Error::OtherVersion { .. })));
    let whole = Network::base().and_then(|base| base.to_bytes()).expect("the one that comes along");
    assert!(matches!(Network::from_bytes(&whole[..whole.len() / 2]), Err(Error::Store(_))));
}

#[test]
fn renamed_deleted_and_traded_files_keep_their_past() {
    let history = History::read(
        "0 ann | start | +a.rs 9/0, +b.rs 9/0, +c.rs 9/0
         1 ann | both | a.rs 1/0, b.rs 1/0
         2 ann | move | a.rs>d.rs 0/0, c.rs 1/0
         3 ann | again | d.rs 1/0, b.rs 1/0",
    );
    let lessons = taught(&history, 10);
    let last = lessons.iter().filter(|lesson| lesson.nth == 3).collect::<Vec<_>>();
    let past = history.past_on(10);
    let names: FxHashMap<u32, &str> = (0u32..).zip(past.log.paths.iter().map(String::as_str)).collect();
    let of_moved = last.iter().find(|lesson| names[&lesson.path] == "d.rs").expect("asked under its new name");
    let place = of_moved.paths.iter().position(|path| names[path] == "b.rs").expect("a candidate");
    assert!(of_moved.evidence(place, Evidence::Support) > 0.0 && of_moved.came_true(place, 0));
}
