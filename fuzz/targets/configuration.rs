//! Does every `.github/hyperion.yml` give settings or a problem with its place?
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(problem) = hyperion_fuzz::config::parse(text) {
        assert!(!problem.to_string().is_empty());
    }
});
