//! Which of the documented smells does a file have?
//!
//! In: the measured functions and numbers of one file. Out: how many smells, each function and each file rule counted
//! once. The thresholds are other people's defaults, so that nobody has to trust ours; the room's card lists them with
//! their sources.

use super::complexity::Scope;
use std::collections::HashMap;

/// Lines of a function above which it is long (Holzmann, "The Power of Ten", 2006, rule 4).
pub(super) const LONG_FUNCTION_LINES: u32 = 60;
/// Cyclomatic complexity above which a function is complex (McCabe, 1976; NIST 500-235, 1996).
pub(super) const COMPLEX_FUNCTION: u32 = 10;
/// Cognitive complexity above which a function is hard to follow (SonarQube rule S3776).
pub(super) const HARD_FUNCTION: u32 = 15;
/// Parameters above which there are many (Pylint, `max-args`).
pub(super) const MANY_PARAMETERS: u32 = 5;
/// Control structures inside each other above which nesting is deep (ESLint, `max-depth`).
pub(super) const DEEP_NESTING: u32 = 4;
/// Code lines above which a file is large (SonarQube rule S104).
pub(super) const LARGE_FILE_LINES: u32 = 750;
/// Methods above which a type is large (Pylint, `max-public-methods`, here of any visibility).
pub(super) const MANY_METHODS: usize = 20;
/// Other types and modules above which a file knows too many (SonarQube rule S1200).
pub(super) const MANY_IMPORTS: u32 = 20;
/// Share of repeated code lines above which a file copies itself.
pub(super) const MUCH_DUPLICATION: f32 = 0.1;

/// Numbers of the whole file that smells are judged by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FileNumbers {
    pub(super) lines_of_code: u32,
    pub(super) class_coupling: u32,
    pub(super) duplication_ratio: f32,
}

/// How many smells the file has.
pub(super) fn count_smells(functions: &[&Scope], file: FileNumbers) -> u32 {
    functions.iter().map(|function| function_smells(function)).sum::<u32>() + file_smells(functions, file)
}

fn function_smells(function: &Scope) -> u32 {
    let n_lines = function.end_line.saturating_sub(function.start_line) + 1;
    [
        n_lines > LONG_FUNCTION_LINES,
        function.cyclomatic > COMPLEX_FUNCTION,
        function.cognitive > HARD_FUNCTION,
        function.n_parameters > MANY_PARAMETERS,
        function.nesting_max > DEEP_NESTING,
    ]
    .map(u32::from)
    .iter()
    .sum()
}

fn file_smells(functions: &[&Scope], file: FileNumbers) -> u32 {
    let mut smells = [
        file.lines_of_code > LARGE_FILE_LINES,
        file.class_coupling > MANY_IMPORTS,
        file.duplication_ratio > MUCH_DUPLICATION,
    ]
    .map(u32::from)
    .iter()
    .sum::<u32>();
    smells += n_large_types(functions);
    smells
}

fn n_large_types(functions: &[&Scope]) -> u32 {
    let mut n_methods: HashMap<&str, usize> = HashMap::new();
    for function in functions {
        if let Some((owner, _)) = function.name.rsplit_once("::") {
            *n_methods.entry(owner).or_default() += 1;
        }
    }
    n_methods.values().filter(|&&count| count > MANY_METHODS).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str) -> Scope {
        Scope::new(name.to_owned(), 1, 5, 0)
    }

    #[test]
    fn a_function_smells_once_for_every_rule_it_breaks() {
        let at_the_limits = Scope {
            end_line: LONG_FUNCTION_LINES,
            cyclomatic: COMPLEX_FUNCTION,
            cognitive: HARD_FUNCTION,
            n_parameters: MANY_PARAMETERS,
            nesting_max: DEEP_NESTING,
            ..function("f")
        };
        let above = Scope {
            end_line: at_the_limits.end_line + 1,
            cyclomatic: COMPLEX_FUNCTION + 1,
            cognitive: HARD_FUNCTION + 1,
            n_parameters: MANY_PARAMETERS + 1,
            nesting_max: DEEP_NESTING + 1,
            ..function("g")
        };
        assert_eq!(count_smells(&[&at_the_limits], FileNumbers::default()), 0);
        assert_eq!(count_smells(&[&above], FileNumbers::default()), 5);
    }

    #[test]
    fn a_file_smells_for_its_size_its_imports_its_copies_and_its_large_types() {
        let methods: Vec<Scope> = (0..=MANY_METHODS).map(|n| function(&format!("Big::m{n}"))).collect();
        assert_eq!(count_smells(&methods.iter().collect::<Vec<_>>(), FileNumbers::default()), 1);
        let file = FileNumbers { lines_of_code: 751, class_coupling: 21, duplication_ratio: 0.11 };
        assert_eq!(count_smells(&[], file), 3);
    }
}
