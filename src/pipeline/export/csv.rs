//! How is the table written as comma-separated values?
//!
//! RFC 4180, UTF-8, one line feed a line. An unknown value is an empty field.

use super::schema::Schema;
use super::{Error, Line, Table};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

pub(super) struct CsvTable {
    path: PathBuf,
    out: BufWriter<File>,
}

impl CsvTable {
    pub(super) fn create(path: &Path, schema: &Schema) -> Result<Self, Error> {
        let file = File::create(path).map_err(|source| Error::Write { path: path.to_owned(), source })?;
        let mut table = Self { path: path.to_owned(), out: BufWriter::new(file) };
        let names: Vec<&str> = schema.columns().iter().map(|column| column.name).collect();
        table.write(&(names.join(",") + "\n"))?;
        Ok(table)
    }

    fn write(&mut self, text: &str) -> Result<(), Error> {
        let written = self.out.write_all(text.as_bytes());
        written.map_err(|source| Error::Write { path: self.path.clone(), source })
    }
}

impl Table for CsvTable {
    fn add(&mut self, lines: &[Line]) -> Result<(), Error> {
        lines.iter().try_for_each(|line| self.write(&text_of(line)))
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.out.flush().map_err(|source| Error::Write { path: self.path, source })
    }
}

fn text_of(line: &Line) -> String {
    let mut text = format!("{},{},{}", line.commit, quoted(&line.path), line.at);
    for value in line.values.values() {
        text.push(',');
        if value.is_finite() {
            // The shortest digits that read back as the same 32-bit number.
            let _ = write!(text, "{value}");
        }
    }
    for label in [line.file_label, line.change_label] {
        text.push(',');
        text.push_str(label.map_or("", |label| if label { "true" } else { "false" }));
    }
    text + "\n"
}

/// In quotation marks where the field would otherwise end too early.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CommitId, Timestamp};
    use crate::features::{CATALOGUE, Feature, Row};

    #[test]
    fn a_field_with_a_comma_is_quoted_and_an_unknown_one_is_empty() {
        let mut values = Row::unknown();
        values.set(Feature::CyclomaticComplexity, 0.1);
        let path = "a,\"b\".rs".to_owned();
        let line = Line {
            commit: CommitId([1; 20]),
            path,
            at: Timestamp(0),
            values,
            file_label: Some(true),
            change_label: None,
        };
        let commas = ",".repeat(CATALOGUE.len() - 1);
        let expected = format!("{},\"a,\"\"b\"\".rs\",1970-01-01T00:00:00Z,0.1{commas},true,\n", "01".repeat(20));
        assert_eq!(text_of(&line), expected);
    }
}
