//! How long would it take to remove the smells of a file, and how does that compare with writing it anew?
//!
//! In: the smells of one file. Out: minutes, and their share of the minutes it takes to write the file.
//! Method: SQALE (Letouzey, "The SQALE Method for Evaluating Technical Debt", 2012): every finding has a remediation
//! function, constant or linear with an offset. The minutes are those SonarSource publishes for the same rules of
//! its Java analyser; `docs/code-smells.md` has the table. They rank files; nobody should bill by them.

use super::Metrics;
use super::smells::{Found, Smell};

/// Minutes it takes to write one line of code, as SonarQube assumes (`sonar.technicalDebt.developmentCost`).
pub const DEVELOPMENT_MINUTES_PER_LINE: f32 = 30.0;

/// Minutes to remove all of `smells`.
pub(super) fn remediation_minutes(smells: &[Found]) -> f32 {
    smells.iter().map(|found| minutes(*found)).sum()
}

/// Minutes to remove one smell.
fn minutes(found: Found) -> f32 {
    let excess = found.excess as f32;
    match found.smell {
        // S138, S107, S134, S104, S1448, S1200: constant.
        Smell::LongFunction | Smell::ManyParameters => 20.0,
        Smell::DeepNesting => 10.0,
        Smell::LargeFile | Smell::LargeType => 60.0,
        Smell::ManyImports => 120.0,
        // S1541 and S3776: an offset, and one minute for each point above the threshold.
        Smell::ComplexFunction => 10.0 + excess,
        Smell::HardFunction => 5.0 + excess,
        // Duplicated blocks: an offset of ten and ten for each block; one block is known of.
        Smell::Duplication => 20.0,
    }
}

impl Metrics {
    /// Minutes to remove the smells over minutes to write the code; `None` for a file without code.
    ///
    /// SonarQube rates up to 0.05 as A, to 0.1 B, to 0.2 C, to 0.5 D, and above E.
    pub fn technical_debt_ratio(&self) -> Option<f32> {
        let writing = DEVELOPMENT_MINUTES_PER_LINE * self.lines_of_code as f32;
        (self.lines_of_code > 0).then(|| self.debt_minutes / writing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(smell: Smell, excess: u32, expected: f32) {
        assert_eq!(remediation_minutes(&[Found { smell, excess }]), expected, "{smell:?}");
    }

    #[test]
    fn every_smell_has_its_minutes() {
        check(Smell::LongFunction, 40, 20.0);
        check(Smell::ComplexFunction, 4, 14.0);
        check(Smell::HardFunction, 4, 9.0);
        check(Smell::ManyParameters, 1, 20.0);
        check(Smell::DeepNesting, 1, 10.0);
        check(Smell::LargeFile, 1, 60.0);
        check(Smell::LargeType, 1, 60.0);
        check(Smell::ManyImports, 1, 120.0);
        check(Smell::Duplication, 1, 20.0);
    }

    #[test]
    fn minutes_add_up_and_are_divided_by_those_of_writing() {
        let smells = [Found { smell: Smell::HardFunction, excess: 1 }, Found { smell: Smell::LongFunction, excess: 9 }];
        let debt_minutes = remediation_minutes(&smells);
        assert_eq!(debt_minutes, 26.0);
        let metrics = Metrics { debt_minutes, lines_of_code: 100, ..Metrics::default() };
        assert_eq!(metrics.technical_debt_ratio(), Some(26.0 / 3000.0));
        assert_eq!(Metrics::default().technical_debt_ratio(), None);
    }
}
