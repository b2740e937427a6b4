//! Is every format read, placed and refused as its tool means it?

use super::*;

const LCOV: &str = "TN:\nSF:/home/ci/app/src/a.js\nFN:1,main\nFNDA:1,main\nDA:1,3\nDA:2,0\nDA:4,1e+06,abc=\nBRDA:1,0,0,-\nLF:3\nLH:2\n\
                    end_of_record\nSF:src/b.js\nend_of_record\n";

const COBERTURA: &str = r#"<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage line-rate="0.5" version="7.4">
  <sources><source>/home/ci/app/src</source></sources>
  <packages><package name="."><classes>
    <class name="a.py" filename="pkg/a.py"><methods><method name="f"><lines><line number="3" hits="0"/></lines></method></methods>
      <lines><line number="1" hits="2"/><line number="3" hits="0"/></lines></class>
    <class name="a.py$Inner" filename="pkg/a.py"><lines><line number="9" hits="1"/></lines></class>
  </classes></package></packages>
</coverage>"#;

const JACOCO: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="app"><group name="core"><package name="org/x">
  <class name="org/x/A" sourcefilename="A.java"><method name="f" desc="()V" line="5"><counter type="LINE" missed="1" covered="1"/></method></class>
  <sourcefile name="A.java"><line nr="5" mi="0" ci="3" mb="0" cb="0"/><line nr="6" mi="2" ci="0" mb="0" cb="0"/></sourcefile>
</package></group></report>"#;

const GO: &str = "mode: set\nexample.com/m/pkg/a.go:3.20,5.2 2 1\nexample.com/m/pkg/a.go:5.2,7.3 1 0\nexample.com/m/pkg/a.go:9.1,9.2 0 0\n";

const COVERAGE_PY: &str = r#"{"meta": {"version": "7.4", "format": 2}, "files": {
  "src\\pkg\\a.py": {"executed_lines": [1, 2], "summary": {"percent_covered": 66.6}, "missing_lines": [7], "excluded_lines": [9]}
}, "totals": {}}"#;

/// `path covered/lines numbers`, one file a line.
fn check(text: &str, format: Format, known: &[&str], expected: &str) {
    let report = read(text.as_bytes()).unwrap();
    assert_eq!(report.format, format);
    let (files, unplaced) = resolve(&report, known);
    let mut found: String = files
        .iter()
        .map(|(path, lines)| {
            let covered: Vec<_> = lines.covered().map(|line| line.to_string()).collect();
            format!("{path} {}/{} {}\n", lines.n_covered(), lines.n_lines(), covered.join(","))
        })
        .collect();
    unplaced.iter().for_each(|path| found += &format!("{path} is nowhere\n"));
    assert_eq!(found, expected);
}

#[test]
fn every_format_gives_the_lines_that_ran() {
    check(LCOV, Format::Lcov, &["src/a.js", "src/b.js", "lib/a.js"], "src/a.js 2/3 1,4\nsrc/b.js 0/0 \n");
    check(COBERTURA, Format::Cobertura, &["src/pkg/a.py", "tests/pkg/a.py"], "src/pkg/a.py 2/3 1,9\n");
    check(JACOCO, Format::Jacoco, &["core/src/main/java/org/x/A.java"], "core/src/main/java/org/x/A.java 1/2 5\n");
    check(GO, Format::GoCover, &["pkg/a.go", "a.go"], "pkg/a.go 3/5 3,4,5\n");
    check(COVERAGE_PY, Format::CoveragePy, &["src/pkg/a.py"], "src/pkg/a.py 2/3 1,2\n");
}

#[test]
fn a_path_that_means_two_files_means_none() {
    let report = "SF:org/x/A.java\nDA:1,1\nend_of_record\n";
    let known = ["one/src/org/x/A.java", "two/src/org/x/A.java"];
    check(report, Format::Lcov, &known, "org/x/A.java is nowhere\n");
    check(report, Format::Lcov, &["org/x/A.java", "two/org/x/A.java"], "org/x/A.java 1/1 1\n");
    check(report, Format::Lcov, &["B.java"], "org/x/A.java is nowhere\n");
}

#[test]
fn a_bare_name_is_believed_where_the_other_files_lie_alike() {
    let report = "SF:/ci/app/main.py\nDA:1,1\nend_of_record\nSF:/ci/app/pkg/a.py\nDA:1,0\nend_of_record\n\
                  SF:/usr/lib/python3/typing.py\nDA:1,1\nend_of_record\n";
    let known = ["main.py", "pkg/a.py", "typing.py"];
    check(report, Format::Lcov, &known, "main.py 1/1 1\npkg/a.py 0/1 \n/usr/lib/python3/typing.py is nowhere\n");
}

#[test]
fn two_reports_of_one_file_are_one() {
    let lines = |text: &str| read(text.as_bytes()).unwrap().files.remove("a.js").unwrap();
    let mut unit = lines("SF:a.js\nDA:1,1\nDA:2,0\nend_of_record\n");
    unit.merge(&lines("SF:a.js\nDA:2,4\nDA:3,0\nend_of_record\n"));
    assert_eq!((unit.n_covered(), unit.n_lines()), (2, 3));
}

#[test]
fn what_makes_no_sense_is_named_with_its_line() {
    for (text, expected) in [
        ("hello", "line 1: expected LCOV, Cobertura, JaCoCo, a Go cover profile or coverage.py JSON, got `hello`"),
        ("", "line 1: expected LCOV"),
        ("<html/>", "line 1: expected LCOV"),
        ("<!-- <coverage> --><html/>", "line 1: expected LCOV"),
        ("TN:\nDA:1,1\n", "line 2: expected `SF:` before `DA:`"),
        ("SF:a\nDA:x,1\n", "line 2: expected a number, got `x`"),
        ("SF:a\nDA:0,1\n", "line 2: expected a line from 1 to 1000000, got 0"),
        ("SF:a\nDA:1,often\n", "line 2: expected a count, got `often`"),
        ("SF:a\nnot a record\n", "line 2: expected a record of LCOV, got `not a record`"),
        ("mode: set\na.go:1.1,2 1 1\n", "line 2: expected `file.go:line.column,line.column statements count`"),
        ("mode: set\na.go:9.1,2.1 1 1\n", "line 2: expected `file.go"),
        ("mode: set\na.go:1.1,4000000000.1 1 1\n", "line 2: expected a line from 1 to 1000000, got 1000001"),
        ("{\n\"files\": {\"a\": {}}}", "line 2: expected JSON of this format: missing field `executed_lines`"),
        ("{\"files\": {\"a\": {\"executed_lines\": [0], \"missing_lines\": []}}}", "line 1: `a`: expected a line"),
        ("<coverage>\n<class/>\n</coverage>", "line 2: expected an attribute `filename`"),
        (
            "<coverage>\n<class filename='a'>\n<line number='1' hits='x'/></class></coverage>",
            "line 3: expected a count",
        ),
        ("<report>\n<package name='&x;'/></report>", "line 2: expected attributes"),
        ("<report>\n<package name='a'>", "line 2: expected"),
    ] {
        let fault = read(text.as_bytes()).unwrap_err().to_string();
        assert!(fault.starts_with(expected), "{text:?}\n  expected {expected}\n  got      {fault}");
    }
    let large = vec![b' '; MAX_COVERAGE_BYTES + 1];
    assert!(read(&large).unwrap_err().message.starts_with("expected at most 67108864 bytes"));
}

#[test]
fn cut_and_mangled_reports_never_panic() {
    for text in [LCOV, COBERTURA, JACOCO, GO, COVERAGE_PY] {
        for cut in 0..text.len() {
            let mut bytes = text.as_bytes()[..cut].to_vec();
            let _ = read(&bytes);
            bytes.extend_from_slice(b"\xff<&:,\n");
            bytes.extend_from_slice(&text.as_bytes()[cut..]);
            let _ = read(&bytes).map(|report| resolve(&report, &["a.py"]));
        }
    }
}
