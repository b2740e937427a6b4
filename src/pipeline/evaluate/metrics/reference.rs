//! What did another tool measure?
//!
//! In: the bytes of its report. Out: rows for functions, for files, or repeated parts, whatever it holds. Reads the
//! reports of lizard (`--csv`), radon (`cc -j`), complexipy (`--output-format json`), scc (`--by-file`, CSV or JSON),
//! cloc (`--by-file`, CSV or JSON) and jscpd (JSON) as they are, and any CSV or JSON table whose columns have names it
//! knows. Never guesses what an unknown column means.

use super::super::csv::records;
use serde_json::Value;

/// One function as the reference measured it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FunctionRow {
    pub(super) file: String,
    pub(super) name: String,
    pub(super) start_line: Option<u32>,
    pub(super) end_line: Option<u32>,
    pub(super) cyclomatic: Option<u32>,
    pub(super) cognitive: Option<u32>,
    /// Lines without blank ones and comments.
    pub(super) code_lines: Option<u32>,
}

/// One file as the reference measured it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FileRow {
    pub(super) file: String,
    pub(super) code_lines: u32,
    pub(super) comment_lines: Option<u32>,
}

/// Lines of one file that the reference calls repeated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RepeatedRow {
    pub(super) file: String,
    pub(super) start_line: u32,
    pub(super) end_line: u32,
}

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reference {
    /// The tool, as far as the form of the report tells.
    pub(super) tool: &'static str,
    pub(super) functions: Vec<FunctionRow>,
    pub(super) files: Vec<FileRow>,
    pub(super) repeated: Vec<RepeatedRow>,
}

/// Reads a report.
///
/// # Errors
/// What is wrong with it: neither CSV nor JSON of a known form, or a row with a number that is none.
pub(super) fn parse(report: &[u8]) -> Result<Reference, String> {
    let text = std::str::from_utf8(report).map_err(|error| format!("is not UTF-8: {error}"))?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let reference = if text.starts_with(['{', '[']) { json(text)? } else { table(text)? };
    if reference.functions.is_empty() && reference.files.is_empty() && reference.repeated.is_empty() {
        return Err("holds no function, file or repeated part".to_owned());
    }
    Ok(reference)
}

// ---- CSV ----

/// Names that columns go by, in lower case.
const FILE_COLUMNS: &[&str] = &["file", "path", "provider", "location", "filename"];
const NAME_COLUMNS: &[&str] = &["function", "function_name", "name", "method"];
const START_COLUMNS: &[&str] = &["start_line", "start", "line", "lineno"];
const END_COLUMNS: &[&str] = &["end_line", "end", "endline"];
const CYCLOMATIC_COLUMNS: &[&str] = &["cyclomatic", "ccn", "cyclomatic_complexity"];
const COGNITIVE_COLUMNS: &[&str] = &["cognitive", "cognitive_complexity"];
const CODE_COLUMNS: &[&str] = &["nloc", "code", "lines_of_code"];
const COMMENT_COLUMNS: &[&str] = &["comments", "comment", "comment_lines"];

/// The columns of `lizard --csv`, which writes no header.
const LIZARD_COLUMNS: &str = "nloc,ccn,token,param,length,place,file,function,long_name,start,end";

fn table(text: &str) -> Result<Reference, String> {
    let mut records = records(text).map(|record| record.cells);
    let first = records.next().unwrap_or_default();
    let is_lizard = first.len() == 11 && first[0].trim().parse::<u32>().is_ok();
    let header: Vec<String> = if is_lizard {
        LIZARD_COLUMNS.split(',').map(str::to_owned).collect()
    } else {
        first.iter().map(|name| name.trim().to_ascii_lowercase()).collect()
    };
    let columns = Columns::of(&header)?;
    let rows = is_lizard.then_some(first).into_iter().chain(records);
    let mut reference = Reference { tool: if is_lizard { "lizard" } else { "table" }, ..Reference::default() };
    for (at, row) in rows.enumerate().filter(|(_, row)| row.iter().any(|cell| !cell.trim().is_empty())) {
        columns.read(&row, &mut reference).map_err(|reason| format!("row {}: {reason}", at + 1))?;
    }
    Ok(reference)
}

/// Where each thing stands in a row.
struct Columns {
    file: usize,
    name: Option<usize>,
    start_line: Option<usize>,
    end_line: Option<usize>,
    cyclomatic: Option<usize>,
    cognitive: Option<usize>,
    code_lines: Option<usize>,
    comment_lines: Option<usize>,
}

impl Columns {
    fn of(header: &[String]) -> Result<Columns, String> {
        let find = |names: &[&str]| names.iter().find_map(|name| header.iter().position(|column| column == name));
        let file =
            find(FILE_COLUMNS).ok_or_else(|| format!("expected a column `file`, found `{}`", header.join(",")))?;
        Ok(Columns {
            file,
            name: find(NAME_COLUMNS),
            start_line: find(START_COLUMNS),
            end_line: find(END_COLUMNS),
            cyclomatic: find(CYCLOMATIC_COLUMNS),
            cognitive: find(COGNITIVE_COLUMNS),
            code_lines: find(CODE_COLUMNS),
            comment_lines: find(COMMENT_COLUMNS),
        })
    }

    fn read(&self, row: &[String], reference: &mut Reference) -> Result<(), String> {
        let number = |column: Option<usize>| match column.and_then(|at| row.get(at)).map(|cell| cell.trim()) {
            None | Some("") => Ok(None),
            Some(cell) => cell.parse::<u32>().map(Some).map_err(|_| format!("expected a number, found `{cell}`")),
        };
        let file = row.get(self.file).cloned().unwrap_or_default();
        let code_lines = number(self.code_lines)?;
        if let Some(name) = self.name {
            reference.functions.push(FunctionRow {
                file,
                name: row.get(name).cloned().unwrap_or_default(),
                start_line: number(self.start_line)?,
                end_line: number(self.end_line)?,
                cyclomatic: number(self.cyclomatic)?,
                cognitive: number(self.cognitive)?,
                code_lines,
            });
        } else if let Some(code_lines) = code_lines {
            let comment_lines = number(self.comment_lines)?;
            reference.files.push(FileRow { file, code_lines, comment_lines });
        }
        Ok(())
    }
}

// ---- JSON ----

fn json(text: &str) -> Result<Reference, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match &document {
        Value::Object(members) if members.contains_key("duplicates") => Ok(jscpd(&members["duplicates"])),
        Value::Object(members) if members.contains_key("header") => Ok(cloc(members)),
        Value::Object(members) => Ok(radon(members)),
        Value::Array(items) if items.iter().any(|item| item.get("Files").is_some()) => Ok(scc(items)),
        Value::Array(items) => Ok(rows(items)),
        _ => Err("expected an object or a list".to_owned()),
    }
}

/// An object of files, each with its functions; classes hold nothing that is not listed beside them, closures do.
fn radon(files: &serde_json::Map<String, Value>) -> Reference {
    let mut reference = Reference { tool: "radon", ..Reference::default() };
    for (file, blocks) in files {
        for block in blocks.as_array().into_iter().flatten() {
            add_radon_block(file, block, &mut reference.functions);
        }
    }
    reference
}

fn add_radon_block(file: &str, block: &Value, functions: &mut Vec<FunctionRow>) {
    let mut open = vec![block];
    while let Some(block) = open.pop() {
        if block["type"] != "class" {
            functions.push(FunctionRow {
                file: file.to_owned(),
                name: text_of(block, &["name"]),
                start_line: number_of(block, &["lineno"]),
                end_line: number_of(block, &["endline"]),
                cyclomatic: number_of(block, &["complexity"]),
                ..FunctionRow::default()
            });
        }
        open.extend(block["closures"].as_array().into_iter().flatten());
    }
}

/// A list of objects whose members have the names of the columns above; complexipy's `complexity` is cognitive.
fn rows(items: &[Value]) -> Reference {
    let is_complexipy =
        items.iter().any(|item| item.get("function_name").is_some() && item.get("complexity").is_some());
    let mut reference = Reference { tool: if is_complexipy { "complexipy" } else { "table" }, ..Reference::default() };
    for item in items {
        let file = text_of(item, FILE_COLUMNS);
        let name = text_of(item, NAME_COLUMNS);
        let code_lines = number_of(item, CODE_COLUMNS);
        if name.is_empty() {
            let comment_lines = number_of(item, COMMENT_COLUMNS);
            reference.files.extend(code_lines.map(|code_lines| FileRow { file, code_lines, comment_lines }));
            continue;
        }
        let of_complexipy = is_complexipy.then(|| number_of(item, &["complexity"])).flatten();
        reference.functions.push(FunctionRow {
            file,
            name,
            start_line: number_of(item, START_COLUMNS),
            end_line: number_of(item, END_COLUMNS),
            cyclomatic: number_of(item, CYCLOMATIC_COLUMNS),
            cognitive: number_of(item, COGNITIVE_COLUMNS).or(of_complexipy),
            code_lines,
        });
    }
    reference
}

fn scc(languages: &[Value]) -> Reference {
    let files = languages.iter().flat_map(|language| language["Files"].as_array().into_iter().flatten());
    let files = files.filter_map(|file| file_row(text_of(file, &["Location"]), file, "Code", "Comment"));
    Reference { tool: "scc", files: files.collect(), ..Reference::default() }
}

fn cloc(members: &serde_json::Map<String, Value>) -> Reference {
    let files = members.iter().filter(|(name, _)| !matches!(name.as_str(), "header" | "SUM"));
    let files = files.filter_map(|(name, file)| file_row(name.clone(), file, "code", "comment"));
    Reference { tool: "cloc", files: files.collect(), ..Reference::default() }
}

fn file_row(file: String, numbers: &Value, code: &str, comment: &str) -> Option<FileRow> {
    let code_lines = number_of(numbers, &[code])?;
    Some(FileRow { file, code_lines, comment_lines: number_of(numbers, &[comment]) })
}

fn jscpd(duplicates: &Value) -> Reference {
    let sides = duplicates.as_array().into_iter().flatten().flat_map(|one| [&one["firstFile"], &one["secondFile"]]);
    let repeated = sides.filter_map(|side| {
        let (start_line, end_line) = (number_of(side, &["start"])?, number_of(side, &["end"])?);
        Some(RepeatedRow { file: text_of(side, &["name"]), start_line, end_line })
    });
    Reference { tool: "jscpd", repeated: repeated.collect(), ..Reference::default() }
}

fn text_of(object: &Value, names: &[&str]) -> String {
    names.iter().find_map(|name| object[*name].as_str()).unwrap_or_default().to_owned()
}

fn number_of(object: &Value, names: &[&str]) -> Option<u32> {
    let number = names.iter().find_map(|name| object[*name].as_u64())?;
    u32::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, numbers: [Option<u32>; 5]) -> FunctionRow {
        let [start_line, end_line, cyclomatic, cognitive, code_lines] = numbers;
        FunctionRow {
            file: "a.c".to_owned(),
            name: name.to_owned(),
            start_line,
            end_line,
            cyclomatic,
            cognitive,
            code_lines,
        }
    }

    #[test]
    fn lizard_and_tables_with_a_header_are_read() {
        let lizard = b"13,3,59,2,15,\"f@6-20@a.c\",\"a.c\",\"f\",\"f( a , b)\",6,20\n";
        let expected = function("f", [Some(6), Some(20), Some(3), None, Some(13)]);
        assert_eq!(
            parse(lizard).unwrap(),
            Reference { tool: "lizard", functions: vec![expected], ..Reference::default() }
        );
        let table = b"\xef\xbb\xbffile,function,start_line,cyclomatic,cognitive\r\na.c,\"say \"\"f\"\"\",6,3,\r\n\r\n";
        let expected = function("say \"f\"", [Some(6), None, Some(3), None, None]);
        assert_eq!(parse(table).unwrap().functions, [expected]);
        let files = parse(b"Language,Provider,Filename,Lines,Code,Comments\nC,src/a.c,a.c,9,5,2\n").unwrap().files;
        assert_eq!(files, [FileRow { file: "src/a.c".to_owned(), code_lines: 5, comment_lines: Some(2) }]);
    }

    #[test]
    fn the_reports_of_radon_and_complexipy_are_read() {
        let radon = br#"{"a.c": [{"type": "class", "name": "C", "lineno": 1, "complexity": 3},
            {"type": "method", "name": "m", "lineno": 2, "endline": 5, "complexity": 2, "closures":
            [{"type": "function", "name": "g", "lineno": 3, "endline": 4, "complexity": 1, "closures": []}]}],
            "b.c": {"error": "invalid syntax"}}"#;
        let expected = [
            function("m", [Some(2), Some(5), Some(2), None, None]),
            function("g", [Some(3), Some(4), Some(1), None, None]),
        ];
        assert_eq!(parse(radon).unwrap().functions, expected);
        let complexipy = br#"[{"complexity": 4, "file_name": "a.c", "function_name": "C::m", "path": "a.c"}]"#;
        assert_eq!(parse(complexipy).unwrap().functions, [function("C::m", [None, None, None, Some(4), None])]);
    }

    #[test]
    fn line_counters_and_clone_detectors_are_read() {
        let cloc =
            br#"{"header": {}, "a.c": {"blank": 1, "comment": 2, "code": 5, "language": "C"}, "SUM": {"code": 5}}"#;
        let expected = FileRow { file: "a.c".to_owned(), code_lines: 5, comment_lines: Some(2) };
        assert_eq!(parse(cloc).unwrap().files, std::slice::from_ref(&expected));
        let scc = br#"[{"Name": "C", "Files": [{"Location": "a.c", "Code": 5, "Comment": 2}]}]"#;
        assert_eq!(parse(scc).unwrap().files, [expected]);
        let jscpd = br#"{"duplicates": [{"firstFile": {"name": "a.c", "start": 1, "end": 9},
            "secondFile": {"name": "b.c", "start": 2, "end": 10}}]}"#;
        let rows = parse(jscpd).unwrap().repeated;
        assert_eq!(rows.iter().map(|row| (row.start_line, row.end_line)).collect::<Vec<_>>(), [(1, 9), (2, 10)]);
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        for (report, reason) in [
            (&b"a,b\n1,2\n"[..], "expected a column `file`, found `a,b`"),
            (b"file,function,start_line\na.c,f,six\n", "row 1: expected a number, found `six`"),
            (b"{\"a\": ", "EOF"),
            (b"[]", "holds no function"),
            (b"\xff\xfe", "is not UTF-8"),
            (b"", "expected a column `file`"),
        ] {
            let found = parse(report).unwrap_err();
            assert!(found.contains(reason), "{found}");
        }
    }
}
