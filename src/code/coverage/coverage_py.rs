//! coverage.py: `coverage json`, with `executed_lines` and `missing_lines` for each file.

use super::{Fault, Format, Reading, Report};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Document {
    files: BTreeMap<String, File>,
}

#[derive(Deserialize)]
struct File {
    executed_lines: Vec<u32>,
    missing_lines: Vec<u32>,
}

pub(super) fn read(text: &str) -> Result<Report, Fault> {
    let document: Document = serde_json::from_str(text).map_err(|error| Fault::of_json(&error))?;
    let mut reading = Reading::new(Format::CoveragePy);
    for (path, file) in &document.files {
        add(&mut reading, path, file).map_err(|message| Fault::new(1, format!("`{path}`: {message}")))?;
    }
    Ok(reading.report)
}

fn add(reading: &mut Reading, path: &str, file: &File) -> Result<(), String> {
    reading.add_file(path);
    file.executed_lines.iter().try_for_each(|line| reading.add_line(path, *line, true))?;
    file.missing_lines.iter().try_for_each(|line| reading.add_line(path, *line, false))
}
