//! Does every coverage file give a report or a fault with its place?
#![no_main]

use hyperion_fuzz::code::coverage;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    if let Ok(report) = coverage::read(text) {
        assert!(report.files.values().all(|lines| lines.n_covered() <= lines.n_lines()));
    }
});
