//! Are tables read as they are meant, and is nothing newer than a judged row learned from?

use super::*;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A table of one project: every row a day later, a bug where many lines are added, and every ninth row otherwise.
fn table(project: &str, n: usize, first_day: usize, header: &str, is_turned: bool) -> String {
    let mut text = format!("{header}\n");
    for row in 0..n {
        let la = (row * 37) % 101;
        let bug = ((la > 60) != is_turned) != (row % 9 == 0);
        let ts = 1_400_000_000 + 86_400 * (first_day + row);
        for (nth, column) in header.split(',').enumerate() {
            let comma = if nth > 0 { "," } else { "" };
            let _ = match column {
                "project" => write!(text, "{comma}{project}"),
                "ts" => write!(text, "{comma}{ts}"),
                "bug" => write!(text, "{comma}{}", u8::from(bug)),
                "la" => write!(text, "{comma}{la}"),
                "split" => write!(text, "{comma}{}", if row < n * 4 / 5 { "train" } else { "test" }),
                "surprise" => write!(text, "{comma}\"x, y\""),
                _ => write!(text, "{comma}{}", (row * 7) % 11),
            };
        }
        text.push('\n');
    }
    text
}

const HEADER: &str = "project,ts,bug,ns,la,ld,fix,split";

/// A folder with tables.
fn folder(tables: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    tables.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).expect("a file"));
    folder
}

fn judged(path: PathBuf, teachers: Teachers) -> Report {
    evaluate(&path, teachers, &|_, _, _| {}).expect("a sound table")
}

fn refused(text: &str) -> String {
    let folder = folder(&[("t.csv", text.to_owned())]);
    let error =
        evaluate(&folder.path().join("t.csv"), Teachers::OwnAndOthers, &|_, _, _| {}).expect_err("must be refused");
    error.to_string()
}

#[test]
fn what_decides_the_outcome_is_learned_whatever_columns_surround_it() {
    for header in [HEADER, "surprise,bug,la,ts", "ts,bug,LA,nuc,sexp"] {
        let folder = folder(&[("one.csv", table("p", 600, 0, &header.to_ascii_lowercase(), false))]);
        let report = judged(folder.path().join("one.csv"), Teachers::OwnAndOthers);
        assert!(report.mean.auc > 0.8 && report.mean.brier < 0.15, "{header}: {report}");
        let name = if header == HEADER { "p" } else { "one" };
        assert_eq!((report.projects[name].n_train, report.projects[name].n_test), (480, 120));
        assert!(report.own_rows_only.is_none());
    }
}

#[test]
fn the_document_has_a_mean_and_every_project() {
    let folder = folder(&[
        ("a.csv", table("a", 400, 0, HEADER, false)),
        ("b.csv", table("b", 400, 10, HEADER, false)),
        ("notes.txt", "not a table".to_owned()),
    ]);
    let report = serde_json::to_value(judged(folder.path().to_owned(), Teachers::OwnAndOthers)).expect("plain data");
    for figures in
        [&report["mean"], &report["projects"]["a"], &report["projects"]["b"], &report["own_rows_only"]["mean"]]
    {
        for name in ["auc", "pr_auc", "f1", "brier", "ece", "c20", "r20", "popt", "train_cpu_seconds"] {
            assert!(figures[name].is_f64(), "{name} of {figures}");
        }
    }
}

#[test]
fn packed_and_plain_tables_are_read_alike() {
    use std::io::Write;
    let plain = folder(&[("p.csv", table("p", 400, 0, HEADER, false))]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(table("p", 400, 0, HEADER, false).as_bytes()).expect("memory");
    std::fs::write(plain.path().join("p2.csv.gz"), packed.finish().expect("memory")).expect("a file");
    let [a, b] = ["p.csv", "p2.csv.gz"].map(|name| judged(plain.path().join(name), Teachers::OwnAndOthers));
    assert_eq!((a.mean.auc, a.mean.brier), (b.mean.auc, b.mean.brier));
}

#[test]
fn rows_of_others_newer_than_the_first_judged_one_teach_nothing() {
    // `late` begins after everything `early` is judged by; were it learned from, it would turn the order around.
    let early = table("early", 400, 0, HEADER, false);
    let late = table("late", 4_000, 1_000, HEADER, true);
    let both = folder(&[("early.csv", early.clone()), ("late.csv", late)]);
    let report = judged(both.path().to_owned(), Teachers::OwnAndOthers);
    assert_eq!((report.projects["early"].n_others, report.projects["late"].n_others), (0, 320));
    assert!(report.projects["early"].figures.auc > 0.8, "{report}");
}

#[test]
fn a_project_left_out_is_judged_by_the_others_and_by_its_own_labels_where_they_are_given() {
    let folder = folder(&[
        ("a.csv", table("a", 500, 0, HEADER, false)),
        ("b.csv", table("b", 500, 0, HEADER, false)),
        ("c.csv", table("c", 500, 0, HEADER, false)),
    ]);
    let cold = judged(folder.path().to_owned(), Teachers::Others { n_own_labels: 0 });
    assert_eq!((cold.projects["a"].n_train, cold.projects["a"].n_others), (0, 800));
    assert!(cold.mean.auc > 0.8 && cold.own_rows_only.is_none(), "{cold}");
    let warm = judged(folder.path().to_owned(), Teachers::Others { n_own_labels: 300 });
    assert_eq!((warm.projects["a"].n_train, warm.projects["a"].n_others), (300, 800));
    assert!(warm.mean.ece < 0.15, "{warm}");
    let alone = evaluate(&folder.path().join("a.csv"), Teachers::Others { n_own_labels: 0 }, &|_, _, _| {});
    assert!(alone.expect_err("nobody to learn from").to_string().contains("expected at least two projects"));
}

#[test]
fn tables_that_make_no_sense_are_refused_with_the_place() {
    assert!(refused("").ends_with("it is empty"));
    assert!(refused("bug,ts,la\n").ends_with("expected a table with rows, found none"));
    assert!(refused("ts,la\n1,2\n").ends_with("expected a column `bug`, found `ts,la`"));
    assert!(refused("bug,la\n1,2\n").ends_with("expected a column `ts`, found `bug,la`"));
    assert!(refused("bug,ts,x\n1,2,3\n").contains("expected any of the columns `ns`, `nd`"));
    let said = |row: &str| refused(&format!("bug,ts,la,split\n1,1,,train\n{row}\n"));
    assert!(said("0,2,many,train").ends_with("line 3: expected a number in column `la`, found `many`"));
    assert!(said("0,2,1e99,train").ends_with("line 3: expected a number in column `la`, found `1e99`"));
    assert!(said("0,2,inf,train").ends_with("line 3: expected a number in column `la`, found `inf`"));
    assert!(said("2,2,1,train").ends_with("line 3: expected 0 or 1 in column `bug`, found `2`"));
    assert!(said("0,today,1,train").ends_with("line 3: expected unix seconds in column `ts`, found `today`"));
    assert!(said("0,2,1,dev").ends_with("line 3: expected `train` or `test` in column `split`, found `dev`"));
    assert!(said("0,2,1").ends_with("line 3: expected 4 cells, found 3"));
    assert!(said("0,2,1,train").ends_with("project `t`: no row to judge by: none is of `split` `test`"));
}

#[test]
fn projects_of_one_outcome_are_refused_with_their_numbers() {
    let sound = table("p", 400, 0, HEADER, false);
    let mut lines = sound.lines();
    let head = lines.next().expect("a header");
    let bugless: String = lines
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells[2] = "0";
            cells.join(",") + "\n"
        })
        .collect();
    let text = refused(&format!("{head}\n{bugless}"));
    assert!(text.contains("project `p`: 320 rows with 0 positives are too few"), "{text}");
}

#[test]
fn a_folder_without_tables_is_refused() {
    let folder = folder(&[("readme.md", String::new())]);
    let text = evaluate(folder.path(), Teachers::OwnAndOthers, &|_, _, _| {}).expect_err("no table").to_string();
    assert!(text.contains("expected 1 to 1000 files"), "{text}");
}
