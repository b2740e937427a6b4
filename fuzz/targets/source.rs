//! Does every text in every language give facts or a reason?
#![no_main]

use hyperion_fuzz::code;

/// One for each grammar; the first byte of the input chooses.
const PATHS: &[&str] = &[
    "a.rs", "a.py", "a.js", "a.ts", "a.tsx", "a.go", "a.java", "a.c", "a.cpp", "a.cs", "a.rb", "a.php", "a.kt",
];

libfuzzer_sys::fuzz_target!(|input: (u8, &[u8])| {
    let (choice, text) = input;
    let path = PATHS[usize::from(choice) % PATHS.len()];
    let n_lines = text.split(|byte| *byte == b'\n').count() as u32;
    if let Ok(facts) = code::read(path, text) {
        assert!(facts.functions.iter().all(|function| function.end_line <= n_lines));
    }
});
