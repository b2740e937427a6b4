//! What do the labels of a linked issue say of the commit that refers to it?
//!
//! In: label names as projects write them (`bug`, `type: bug`, `kind/bug`, `C-bug`, `T: Defect :beetle:`). Out: a vote.
//! Never asks who set a label or when: whoever hands them in takes those known at the time in question.

/// Words of a label that say the issue is a defect.
const DEFECT: [&str; 11] =
    ["bug", "bugs", "bugfix", "defect", "regression", "crash", "crashes", "panic", "vulnerability", "broken", "fault"];

/// Words of a label that say it is something else.
const OTHER: [&str; 21] = [
    "enhancement",
    "enhancements",
    "feature",
    "features",
    "documentation",
    "docs",
    "question",
    "discussion",
    "chore",
    "refactor",
    "refactoring",
    "cleanup",
    "dependencies",
    "test",
    "tests",
    "testing",
    "ci",
    "typo",
    "support",
    "performance",
    "maintenance",
];

/// Words of a label that deny or defer: `not a bug`, `needs bug report`, `invalid`.
const DENIAL: [&str; 8] = ["not", "no", "needs", "need", "invalid", "wontfix", "duplicate", "unconfirmed"];

/// What the labels say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vote {
    /// A defect.
    Defect,
    /// Something else.
    Other,
}

/// What `labels` say, or `None` where they say nothing or both.
pub(super) fn vote(labels: &[&str]) -> Option<Vote> {
    let (mut defect, mut other) = (false, false);
    for label in labels {
        let lower = label.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        if words.iter().any(|word| DENIAL.contains(word)) {
            continue;
        }
        defect |= words.iter().any(|word| DEFECT.contains(word));
        other |= words.iter().any(|word| OTHER.contains(word));
    }
    match (defect, other) {
        (true, false) => Some(Vote::Defect),
        (false, true) => Some(Vote::Other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_understood_as_projects_write_them() {
        for label in ["bug", "type: bug", "kind/bug", "C-bug", "T: Defect :beetle:", "Regression"] {
            assert_eq!(vote(&["help wanted", label]), Some(Vote::Defect), "{label}");
        }
        for label in ["enhancement", "type/feature", "area: docs", "Documentation"] {
            assert_eq!(vote(&[label, "good first issue"]), Some(Vote::Other), "{label}");
        }
        for labels in [&[][..], &["debug"], &["not a bug"], &["needs bug report"], &["bug", "enhancement"]] {
            assert_eq!(vote(labels), None, "{labels:?}");
        }
    }
}
