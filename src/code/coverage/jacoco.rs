//! JaCoCo XML: `package name`, in it `sourcefile name`, in it `line nr` with missed (`mi`) and covered (`ci`)
//! instructions. A line has run when an instruction on it has.

use super::{Fault, Format, Reading, Report, number};
use crate::code::xml::{self, Item};

pub(super) fn read(text: &str) -> Result<Report, Fault> {
    let mut reading = Reading::new(Format::Jacoco);
    let (mut package, mut file) = (String::new(), String::new());
    xml::walk(text, |path, item| {
        match (path.last().map(String::as_str), item) {
            (Some("package"), Item::Start(attributes)) => package = attributes.expect("name")?,
            (Some("sourcefile"), Item::Start(attributes)) => {
                let name = attributes.expect("name")?;
                file = if package.is_empty() { name } else { format!("{package}/{name}") };
                reading.add_file(&file);
            }
            (Some("line"), Item::Start(attributes)) => {
                let has_run = number(&attributes.expect("ci")?)? > 0;
                reading.add_line(&file, number(&attributes.expect("nr")?)?, has_run)?;
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(reading.report)
}
