//! Go cover profiles: `mode: set`, then `package/file.go:line.column,line.column statements count` for each block.
//!
//! A line has run when any block on it has. Source: the Go toolchain, `cmd/cover` and `golang.org/x/tools/cover`.

use super::{Fault, Format, Reading, Report, has_run, number, shown};

pub(super) fn read(text: &str) -> Result<Report, Fault> {
    let mut reading = Reading::new(Format::GoCover);
    for (line, number) in text.lines().zip(1u64..) {
        // Profiles that were put together repeat the mode.
        if !line.trim().is_empty() && !line.starts_with("mode:") {
            read_block(&mut reading, line.trim()).map_err(|message| Fault::new(number, message))?;
        }
    }
    Ok(reading.report)
}

fn read_block(reading: &mut Reading, line: &str) -> Result<(), String> {
    let wrong = || format!("expected `file.go:line.column,line.column statements count`, got `{}`", shown(line));
    let (path, block) = line.rsplit_once(':').ok_or_else(wrong)?;
    let [place, n_statements, count] = block.split_whitespace().collect::<Vec<_>>()[..] else { return Err(wrong()) };
    let (start, end) = place.split_once(',').ok_or_else(wrong)?;
    let (start, end) = (line_number(start).ok_or_else(wrong)?, line_number(end).ok_or_else(wrong)?);
    let (has_run, n_statements) = (has_run(count)?, number(n_statements)?);
    if start > end {
        return Err(wrong());
    }
    reading.add_file(path);
    // A block without statements is an empty body: nothing in it can run.
    let lines = if n_statements == 0 { start..start } else { start..end.saturating_add(1) };
    lines.into_iter().try_for_each(|line| reading.add_line(path, line, has_run))
}

fn line_number(place: &str) -> Option<u32> {
    place.split_once('.')?.0.parse().ok()
}
