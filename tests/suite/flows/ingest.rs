//! What does `hyperion ingest` leave behind, and what survives when it is killed, repeated or rewritten under its hands?

use crate::support::database::Database;
use crate::support::git;
use crate::support::github::GitHub;
use crate::support::history::{BEGINNING, Commit, FRAGILE, Onto, commit, import, rewrite_one_function, seeded};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use sqlx::{Connection as _, Row as _};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than a first segment takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A repository, and a data directory with a database for what is kept of it.
struct Bench {
    folder: TempDir,
    database: Database,
}

impl Bench {
    async fn with(commits: &[Commit]) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), database: Database::fresh().await };
        git::run(bench.folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "engine.git"]);
        if !commits.is_empty() {
            import(&bench.repository(), "main", Onto::Tip, commits);
        }
        bench
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("engine.git")
    }

    fn push(&self, branch: &str, onto: Onto<'_>, commits: &[Commit]) -> String {
        import(&self.repository(), branch, onto, commits)
    }

    fn command(&self, place: &str, arguments: &[&str]) -> Command {
        let mut command = self.hyperion();
        command.arg("ingest").arg(place).args(arguments);
        command
    }

    fn hyperion(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hyperion"));
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "TMPDIR"));
        command.env("HYPERION_DATA_DIR", self.data()).env("HYPERION_DATABASE_URL", self.database.url());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What an ingest of the repository said.
    fn ingest(&self, arguments: &[&str]) -> String {
        said(self.command(self.repository().to_str().unwrap(), arguments).output().unwrap())
    }

    /// Brings the rows up to date and gives the table as CSV.
    fn table(&self, arguments: &[&str]) -> String {
        let path = self.folder.path().join("table.csv");
        let fixed = ["--extract-features", "--format", "csv", "--output", path.to_str().unwrap()];
        self.ingest(&[&fixed, arguments].concat());
        fs::read_to_string(path).unwrap()
    }

    /// The table of another bench that sees the repository for the first time.
    async fn fresh_table(&self, arguments: &[&str]) -> String {
        let other = Self { folder: tempfile::tempdir().unwrap(), database: Database::fresh().await };
        git::run(
            other.folder.path(),
            &["clone", "--quiet", "--mirror", self.repository().to_str().unwrap(), "engine.git"],
        );
        other.table(arguments)
    }

    /// How many rows the database holds in tables of features.
    async fn n_stored(&self) -> i64 {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(self.database.url()).await.unwrap();
        let sql = "select (select count(*) from feature_rows) + (select count(*) from feature_sets) as n";
        sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get("n")
    }
}

fn said(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What was said by a command that could not do it.
fn refused(output: Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// The lines of a table by commit and path, with their cells by column.
fn cells(table: &str) -> BTreeMap<(String, String), BTreeMap<String, String>> {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let line = |line: &str| {
        let cells: BTreeMap<String, String> =
            names.iter().map(|name| (*name).to_owned()).zip(line.split(',').map(str::to_owned)).collect();
        ((cells["commit"].clone(), cells["path"].clone()), cells)
    };
    lines.map(line).collect()
}

/// A history long enough for several segments: one file of many is rewritten in every commit, some are fixes.
fn long(n_commits: u32) -> Vec<Commit> {
    let change = |n: u32| {
        let verb = if n % 7 == 3 { "Fix crash in" } else { "Extend" };
        let path = format!("src/part_{}.py", n % 40);
        commit(format!("{verb} part {}", n % 40))
            .write(&path, format!("def part(x):\n    if x > {n}:\n        return {n}\n"))
    };
    (0..n_commits).map(change).collect()
}

#[tokio::test]
async fn every_past_change_has_rows_and_both_formats_hold_the_same() {
    let bench = Bench::with(&seeded()).await;
    let table = bench.table(&[]);
    let csv = cells(&table);
    // Twenty files begin; then every feature and fix rewrites one, and what describes is no source.
    let n_changes = git::line(&bench.repository(), &["rev-list", "--count", "main", "--", "engine", "core"]);
    assert_eq!(csv.len(), 20 + n_changes.parse::<usize>().unwrap() - 1);
    let known = |column: &str, value: &str| csv.values().filter(|cells| cells[column] == value).count();
    for label in ["label_file_fixed", "label_change_blamed"] {
        assert!(known(label, "true") > 50 && known(label, "false") > 50 && known(label, "") > 0, "{label}");
    }

    let folder = bench.folder.path();
    let parquet = ["--update", "--extract-features", "--format", "parquet", "--output", folder.to_str().unwrap()];
    let text = bench.ingest(&parquet);
    let path = folder.join("engine-features.parquet");
    assert!(text.contains(&format!("written: {}", path.display())), "{text}");
    let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    let mut n_read = 0;
    for row in reader.get_row_iter(None).unwrap() {
        let row: BTreeMap<String, Field> = row.unwrap().into_columns().into_iter().collect();
        let shown = |name: &str| match &row[name] {
            Field::Null => String::new(),
            Field::Str(text) => text.clone(),
            Field::Float(value) => value.to_string(),
            Field::Bool(value) => value.to_string(),
            Field::TimestampMillis(at) => at.to_string(),
            other => panic!("{other:?}"),
        };
        let cells = &csv[&(shown("commit"), shown("path"))];
        for (name, value) in cells.iter().filter(|(name, _)| *name != "at") {
            assert_eq!(&shown(name), value, "{name}");
        }
        n_read += 1;
    }
    assert_eq!(n_read, csv.len());

    let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| metadata.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.clone());
    assert_eq!(value("unit.code_age").as_deref(), Some("days"));
    let in_parquet: serde_json::Value = serde_json::from_str(&value("hyperion.schema").unwrap()).unwrap();
    let beside = fs::read_to_string(folder.join("table.schema.json")).unwrap();
    assert_eq!(in_parquet, serde_json::from_str::<serde_json::Value>(&beside).unwrap());
    let columns = in_parquet["columns"].as_array().unwrap();
    let names: Vec<&str> = columns.iter().map(|column| column["name"].as_str().unwrap()).collect();
    assert_eq!(names, table.lines().next().unwrap().split(',').collect::<Vec<_>>());
    for column in columns {
        for key in ["unit", "definition", "as_of", "unknown_when"] {
            assert!(!column[key].as_str().unwrap().is_empty(), "{column}");
        }
    }
}

#[tokio::test]
async fn an_ingest_that_is_killed_goes_on_and_ends_the_same() {
    let bench = Bench::with(&long(4_300)).await;
    let expected = bench.fresh_table(&[]).await;
    let place = bench.repository();
    let kill_once = |is_time: &dyn Fn() -> bool| {
        let mut child = bench.command(place.to_str().unwrap(), &["--extract-features"]).spawn().unwrap();
        let started = Instant::now();
        while !is_time() && child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < PATIENCE, "the ingest saves nothing");
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap()
    };
    let has = |name: &str| {
        let folders = fs::read_dir(bench.data().join("facts")).into_iter().flatten().flatten();
        folders.map(|entry| entry.path()).any(|path| path.join(name).exists())
    };
    // Once while it reads commits, once while it measures files.
    let ended = kill_once(&|| has("log"));
    assert_eq!(ended.code(), None, "it was killed before it was done");
    kill_once(&|| has("metrics"));

    let text = bench.ingest(&["--extract-features"]);
    let n_read: usize = text.split(" read now").next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(n_read < 4_300 && text.contains("an interrupted ingest went on"), "{text}");
    assert_eq!(bench.table(&["--update"]), expected);
}

#[tokio::test]
async fn an_update_reads_only_what_is_new_and_gives_what_a_fresh_ingest_gives() {
    let bench = Bench::with(&seeded()).await;
    let before = cells(&bench.table(&[]));
    bench.push("main", Onto::Tip, &[rewrite_one_function(FRAGILE[0], 1)]);
    let text = bench.ingest(&["--update", "--extract-features"]);
    assert!(text.contains(" 1 read now (an update)") && text.contains(" 1 made now"), "{text}");
    let table = bench.table(&["--update"]);
    assert_eq!(table, bench.fresh_table(&[]).await);

    // What was known as of a commit does not change when more is known; only outcomes ripen.
    let after = cells(&table);
    assert_eq!(after.len(), before.len() + 1);
    for (key, mut old) in before {
        let mut new = after[&key].clone();
        for label in ["label_file_fixed", "label_change_blamed"] {
            let (then, now) = (old.remove(label).unwrap(), new.remove(label).unwrap());
            assert!(then.is_empty() || then == now, "{label} of {key:?} was {then} and is {now}");
        }
        assert_eq!(old, new);
    }
    let again = bench.ingest(&["--update", "--extract-features"]);
    assert!(again.contains(" 0 read now (an update)") && again.contains(" 0 made now"), "{again}");
    let anew = bench.ingest(&["--extract-features"]);
    assert!(anew.contains("all anew") && !anew.contains(" 0 read now"), "{anew}");
}

#[tokio::test]
async fn a_merged_branch_with_older_commits_gives_what_a_fresh_ingest_gives() {
    let bench = Bench::with(&seeded()).await;
    bench.table(&[]);
    let late = BEGINNING + 700 * 86_400;
    let older =
        commit("Extend the cache").at(late).write("engine/cache.py", "def step_0(value, items):\n    return 1\n");
    let topic = bench.push("topic", Onto::Revision("main~40"), &[older]);
    let merge = commit("Merge topic").at(late + 60 * 86_400).merging(topic);
    bench.push("main", Onto::Tip, &[merge.write("engine/cache.py", "def step_0(value, items):\n    return 1\n")]);
    let text = bench.ingest(&["--update", "--extract-features"]);
    assert!(text.contains(" 2 read now"), "{text}");
    assert_eq!(bench.table(&["--update"]), bench.fresh_table(&[]).await);
}

#[tokio::test]
async fn a_late_tag_on_an_old_commit_makes_the_rows_after_it_anew() {
    let bench = Bench::with(&seeded()).await;
    bench.table(&[]);
    git::run(&bench.repository(), &["tag", "v1.0", "main~30"]);
    let text = bench.ingest(&["--update", "--extract-features"]);
    assert!(text.contains("because commits before theirs came, went or were tagged"), "{text}");
    assert_eq!(bench.table(&["--update"]), bench.fresh_table(&[]).await);
}

#[tokio::test]
async fn rewritten_history_is_noticed_and_what_it_dropped_is_gone() {
    let bench = Bench::with(&seeded()).await;
    let before = cells(&bench.table(&[]));
    let dropped = git::line(&bench.repository(), &["rev-parse", "main"]);
    bench.push("main", Onto::Revision("main~5"), &[rewrite_one_function(FRAGILE[1], 3)]);
    let table = bench.table(&["--update"]);
    assert!(before.keys().any(|(commit, _)| *commit == dropped) && !table.contains(&dropped));
    // A fresh clone does not even see the dropped commits.
    assert_eq!(table, bench.fresh_table(&[]).await);

    bench.push("main", Onto::Revision("main~2"), &[rewrite_one_function(FRAGILE[1], 4)]);
    let text = bench.ingest(&["--update"]);
    assert!(text.contains("no longer holds 2 commits"), "{text}");
}

#[tokio::test]
async fn without_people_no_column_tells_of_them_and_rows_are_never_mixed() {
    let bench = Bench::with(&seeded()).await;
    let with = bench.table(&[]);
    bench.push("main", Onto::Tip, &[rewrite_one_function(FRAGILE[0], 1)]);
    let text = bench.ingest(&["--update", "--extract-features", "--people", "off"]);
    assert!(text.contains("made from other things") && text.contains("people on"), "{text}");
    let without = bench.table(&["--update", "--people", "off"]);
    let schema = fs::read_to_string(bench.folder.path().join("table.schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let about_people = schema["columns"].as_array().unwrap().iter().filter(|column| column["is_about_people"] == true);
    let about_people: Vec<&str> = about_people.map(|column| column["name"].as_str().unwrap()).collect();
    assert!(about_people.len() > 4, "{about_people:?}");
    let n_known = |table: &str, name: &str| cells(table).values().filter(|cells| !cells[name].is_empty()).count();
    for name in &about_people {
        assert_eq!(n_known(&without, name), 0, "{name}");
    }
    assert!(about_people.iter().any(|name| n_known(&with, name) > 0));

    // What the repository says counts where the caller says nothing.
    bench.push("main", Onto::Tip, &[commit("No people").write(".github/hyperion.yml", "people: off\n")]);
    assert!(!bench.ingest(&["--update", "--extract-features"]).contains("made from other things"));
}

#[tokio::test]
async fn forgetting_a_repository_leaves_nothing() {
    let bench = Bench::with(&seeded()).await;
    bench.ingest(&["--extract-features"]);
    // A review keeps a model.
    said(bench.hyperion().arg("review").arg(bench.repository()).output().unwrap());
    assert!(bench.n_stored().await > 400);
    assert!(bench.ingest(&["--forget"]).contains("nothing is kept any more"));
    assert_eq!(bench.n_stored().await, 0);
    let mut left = Vec::new();
    files_below(&bench.data(), &mut left);
    left.retain(|path| !path.file_name().unwrap().to_string_lossy().contains("hyperion."));
    assert_eq!(left, Vec::<PathBuf>::new());
    let text = bench.ingest(&["--update", "--extract-features"]);
    assert!(!text.contains(" 0 read now"), "{text}");
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files_below(&path, found),
            path => found.push(path),
        }
    }
}

#[tokio::test]
async fn a_public_address_is_cloned_and_kept_up_to_date() {
    let github = GitHub::start();
    github.create_repository("octo/engine", &seeded());
    let bench = Bench::with(&[]).await;
    let url = github.clone_url("octo/engine");
    let ingest = |arguments: &[&str]| said(bench.command(&url, arguments).output().unwrap());
    let text = ingest(&["--extract-features"]);
    assert!(text.starts_with("engine: ") && !text.contains(" 0 made now"), "{text}");
    github.push("octo/engine", "main", &[rewrite_one_function(FRAGILE[0], 1)]);
    let text = ingest(&["--extract-features", "--update"]);
    assert!(text.contains(" 1 read now (an update)"), "{text}");
    ingest(&["--forget"]);
    assert_eq!(fs::read_dir(bench.data().join("mirrors")).unwrap().count(), 0);
    assert_eq!(bench.n_stored().await, 0);
}

#[tokio::test]
async fn what_is_no_repository_is_refused_with_the_reason() {
    let bench = Bench::with(&[]).await;
    let refuse = |place: &str| refused(bench.command(place, &[]).output().unwrap());
    let empty = refuse(bench.repository().to_str().unwrap());
    assert!(empty.contains("has no commit yet"), "{empty}");
    let sha256 = bench.folder.path().join("sha256");
    git::run(bench.folder.path(), &["init", "--quiet", "--object-format=sha256", "sha256"]);
    let sha256 = refuse(sha256.to_str().unwrap());
    assert!(sha256.contains("SHA-256"), "{sha256}");
    let nothing = refuse("/nowhere");
    assert!(nothing.contains("no git repository at `/nowhere`"), "{nothing}");
    for place in ["ssh://git@example.com/a/b", "git@example.com:a/b", "http://example.com/a", "ext::sh -c id"] {
        let said = refuse(place);
        assert!(said.contains("expected a folder"), "{place}: {said}");
    }
    assert_eq!(bench.n_stored().await, 0);
}

#[tokio::test]
async fn a_shallow_clone_is_read_as_far_as_it_goes() {
    let bench = Bench::with(&seeded()).await;
    let shallow = bench.folder.path().join("shallow");
    let from = format!("file://{}", bench.repository().display());
    git::run(bench.folder.path(), &["clone", "--quiet", "--bare", "--depth=50", &from, "shallow"]);
    let output = bench.command(&format!("file://{}", shallow.display()), &["--extract-features"]).output().unwrap();
    let text = said(output);
    assert!(text.contains(": 50 commits from"), "{text}");
}

#[tokio::test]
async fn a_coverage_file_is_known_from_its_commit_on_and_not_before() {
    let bench = Bench::with(&long(60)).await;
    let report = bench.folder.path().join("lcov.info");
    fs::write(
        &report,
        "SF:/build/src/part_19.py\nDA:1,1\nDA:2,0\nDA:3,1\nDA:4,1\nend_of_record\nSF:gone.py\nend_of_record\n",
    )
    .unwrap();
    let text = bench.ingest(&["--extract-features", "--coverage", report.to_str().unwrap()]);
    assert!(text.contains("meant by `gone.py`"), "{text}");
    let table = cells(&bench.table(&["--update"]));
    let known: Vec<&str> =
        table.values().map(|cells| cells["test_coverage_ratio"].as_str()).filter(|value| !value.is_empty()).collect();
    assert_eq!(known, ["0.75"], "only the newest commit, which changes part 19, is as young as the report");

    fs::write(&report, "SF:a.py\nDA:one,1\nend_of_record\n").unwrap();
    let error = refused(
        bench
            .command(bench.repository().to_str().unwrap(), &["--coverage", report.to_str().unwrap()])
            .output()
            .unwrap(),
    );
    assert!(error.contains("lcov.info") && error.contains("line 2"), "{error}");
}
