//! LCOV: `SF:` names a file, `DA:line,count` a line of it, `end_of_record` its end.
//!
//! Other records (functions, branches, sums) are read over. Source: man page geninfo(1).

use super::{Fault, Format, Reading, Report, has_run, number, shown};

pub(super) fn read(text: &str) -> Result<Report, Fault> {
    let mut reading = Reading::new(Format::Lcov);
    let mut file: Option<&str> = None;
    for (line, number) in text.lines().zip(1u64..) {
        read_record(&mut reading, &mut file, line.trim()).map_err(|message| Fault::new(number, message))?;
    }
    Ok(reading.report)
}

fn read_record<'t>(reading: &mut Reading, file: &mut Option<&'t str>, line: &'t str) -> Result<(), String> {
    match line.split_once(':') {
        Some(("SF", path)) => {
            *file = Some(path);
            reading.add_file(path);
        }
        Some(("DA", data)) => {
            let path = file.ok_or("expected `SF:` before `DA:`")?;
            let (line, rest) =
                data.split_once(',').ok_or_else(|| format!("expected `DA:line,count`, got `{}`", shown(data)))?;
            let count = rest.split(',').next().unwrap_or(rest);
            reading.add_line(path, number(line)?, has_run(count)?)?;
        }
        None if line == "end_of_record" => *file = None,
        Some((record, _)) if is_record(record) => {}
        None if line.is_empty() || line.starts_with('#') => {}
        _ => return Err(format!("expected a record of LCOV, got `{}`", shown(line))),
    }
    Ok(())
}

fn is_record(name: &str) -> bool {
    (2..=6).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_uppercase())
}
