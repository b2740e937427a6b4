//! Cobertura XML, as coverage.py, gcovr, coverlet and many others write it: `class filename` with its `line`s.
//!
//! A file may be split over several classes. Lines of methods repeat lines of their class, which changes nothing.

use super::{Fault, Format, Reading, Report, has_run, number};
use crate::code::xml::{self, Item};

pub(super) fn read(text: &str) -> Result<Report, Fault> {
    let mut reading = Reading::new(Format::Cobertura);
    let (mut file, mut source) = (String::new(), String::new());
    xml::walk(text, |path, item| {
        match (path.last().map(String::as_str), item) {
            (Some("class"), Item::Start(attributes)) => {
                file = attributes.expect("filename")?;
                reading.add_file(&file);
            }
            (Some("line"), Item::Start(attributes)) => {
                let line = number(&attributes.expect("number")?)?;
                reading.add_line(&file, line, has_run(&attributes.expect("hits")?)?)?;
            }
            (Some("source"), Item::Text(text)) => source += text,
            (Some("source"), Item::End) => reading.report.roots.push(std::mem::take(&mut source).trim().to_owned()),
            _ => {}
        }
        Ok(())
    })?;
    reading.report.roots.retain(|root| !root.is_empty());
    Ok(reading.report)
}
