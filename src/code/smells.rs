//! Which of the documented smells does a file have?
//!
//! In: the measured functions and numbers of one file. Out: the smells, each function and each file rule counted once,
//! with how far the limit is passed. The thresholds are other people's defaults, so that nobody has to trust ours;
//! `docs/code-smells.md` lists them with their sources. Never judges names, comments or taste.

use super::complexity::Scope;
use std::collections::HashMap;

/// One rule of the list. Each stands for one number and one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Smell {
    /// A function with more lines than one page shows.
    LongFunction,
    /// A function with many ways through.
    ComplexFunction,
    /// A function that is hard to follow.
    HardFunction,
    /// A function that takes many parameters.
    ManyParameters,
    /// Control structures inside each other.
    DeepNesting,
    /// A file with many lines of code.
    LargeFile,
    /// A type with many methods.
    LargeType,
    /// A file that knows many others.
    ManyImports,
    /// A file that repeats itself.
    Duplication,
}

/// A smell and by how much its threshold is passed, in the smell's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) smell: Smell,
    pub(super) excess: u32,
}

/// Numbers of the whole file that smells are judged by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FileNumbers {
    pub(super) lines_of_code: u32,
    pub(super) class_coupling: u32,
    pub(super) duplication_ratio: f32,
}

impl Smell {
    /// The largest number that does not smell. Duplication counts in hundredths of the file.
    pub(super) fn threshold(self) -> u32 {
        match self {
            // Holzmann, "The Power of Ten", 2006, rule 4.
            Smell::LongFunction => 60,
            // McCabe, 1976; NIST 500-235, 1996.
            Smell::ComplexFunction => 10,
            // SonarQube rule S3776.
            Smell::HardFunction => 15,
            // Pylint, `max-args`.
            Smell::ManyParameters => 5,
            // ESLint, `max-depth`.
            Smell::DeepNesting => 4,
            // SonarQube rule S104.
            Smell::LargeFile => 750,
            // Pylint, `max-public-methods`, here of any visibility.
            Smell::LargeType => 20,
            // SonarQube rule S1200.
            Smell::ManyImports => 20,
            // Ours.
            Smell::Duplication => 10,
        }
    }

    fn judge(self, value: u32) -> Option<Found> {
        let excess = value.saturating_sub(self.threshold());
        (excess > 0).then_some(Found { smell: self, excess })
    }
}

/// The smells of one file: those of its functions in their order, then those of its types and of the file itself.
pub(super) fn smells(functions: &[&Scope], file: FileNumbers) -> Vec<Found> {
    let of_functions = functions.iter().flat_map(|function| function_smells(function));
    let of_types = n_methods(functions).into_iter().filter_map(|n_methods| Smell::LargeType.judge(n_methods));
    of_functions.chain(of_types).chain(file_smells(file)).collect()
}

fn function_smells(function: &Scope) -> impl Iterator<Item = Found> + use<> {
    let n_lines = function.end_line.saturating_sub(function.start_line) + 1;
    [
        Smell::LongFunction.judge(n_lines),
        Smell::ComplexFunction.judge(function.cyclomatic),
        Smell::HardFunction.judge(function.cognitive),
        Smell::ManyParameters.judge(function.n_parameters),
        Smell::DeepNesting.judge(function.nesting_max),
    ]
    .into_iter()
    .flatten()
}

fn file_smells(file: FileNumbers) -> impl Iterator<Item = Found> {
    // Rounded up: a hair above the threshold is above it.
    let duplicated_percent = (file.duplication_ratio * 100.0).ceil() as u32;
    [
        Smell::LargeFile.judge(file.lines_of_code),
        Smell::ManyImports.judge(file.class_coupling),
        Smell::Duplication.judge(duplicated_percent),
    ]
    .into_iter()
    .flatten()
}

/// How many methods each type has, in the order of the types' names.
fn n_methods(functions: &[&Scope]) -> Vec<u32> {
    let mut by_owner: HashMap<&str, u32> = HashMap::new();
    for function in functions {
        if let Some((owner, _)) = function.name.rsplit_once("::") {
            *by_owner.entry(owner).or_default() += 1;
        }
    }
    let mut counts: Vec<(&str, u32)> = by_owner.into_iter().collect();
    counts.sort_unstable();
    counts.into_iter().map(|(_, count)| count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str) -> Scope {
        Scope::new(name.to_owned(), 1, 5, 0)
    }

    /// The smells of one function that differs from a harmless one by `change`.
    fn of_function(change: impl Fn(&mut Scope)) -> Vec<Found> {
        let mut function = function("f");
        change(&mut function);
        smells(&[&function], FileNumbers::default())
    }

    fn check(smell: Smell, of: impl Fn(u32) -> Vec<Found>) {
        assert_eq!(of(smell.threshold()), [], "{smell:?} at its threshold");
        assert_eq!(of(smell.threshold() + 3), [Found { smell, excess: 3 }], "{smell:?} above it");
    }

    #[test]
    fn a_function_smells_above_each_threshold_and_not_at_it() {
        check(Smell::LongFunction, |n| of_function(|f| f.end_line = n));
        check(Smell::ComplexFunction, |n| of_function(|f| f.cyclomatic = n));
        check(Smell::HardFunction, |n| of_function(|f| f.cognitive = n));
        check(Smell::ManyParameters, |n| of_function(|f| f.n_parameters = n));
        check(Smell::DeepNesting, |n| of_function(|f| f.nesting_max = n));
    }

    #[test]
    fn a_file_smells_above_each_threshold_and_not_at_it() {
        let of_file = |file| smells(&[], file);
        check(Smell::LargeFile, |n| of_file(FileNumbers { lines_of_code: n, ..FileNumbers::default() }));
        check(Smell::ManyImports, |n| of_file(FileNumbers { class_coupling: n, ..FileNumbers::default() }));
        check(Smell::Duplication, |n| {
            of_file(FileNumbers { duplication_ratio: n as f32 / 100.0, ..FileNumbers::default() })
        });
    }

    #[test]
    fn a_type_smells_for_its_many_methods_and_functions_outside_types_do_not() {
        let methods = |n: u32| (0..n).map(|n| function(&format!("Big::m{n}"))).collect::<Vec<_>>();
        check(Smell::LargeType, |n| smells(&methods(n).iter().collect::<Vec<_>>(), FileNumbers::default()));
        let free: Vec<Scope> = (0..30).map(|n| function(&format!("f{n}"))).collect();
        assert_eq!(smells(&free.iter().collect::<Vec<_>>(), FileNumbers::default()), []);
    }

    #[test]
    fn one_function_may_have_several_smells() {
        let found = of_function(|f| {
            f.end_line = 100;
            f.n_parameters = 9;
        });
        let names: Vec<Smell> = found.iter().map(|found| found.smell).collect();
        assert_eq!(names, [Smell::LongFunction, Smell::ManyParameters]);
    }
}
