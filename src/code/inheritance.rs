//! How tall is the tallest family of classes in one file?
//!
//! In: classes with the names of their base types. Out: the most base types above one class, as far as this file's
//! text shows them. A base that is declared elsewhere counts as one level.

use std::collections::HashMap;

/// A class, and what it says it is made from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class<'t> {
    pub(super) name: &'t str,
    pub(super) bases: Vec<&'t str>,
}

/// The longest chain of base types above any of `classes`. Classes that inherit from themselves end the chain.
pub(super) fn inheritance_depth(classes: &[Class<'_>]) -> u32 {
    let by_name: HashMap<&str, usize> = classes.iter().enumerate().map(|(at, class)| (class.name, at)).collect();
    let mut depths: Vec<Option<u32>> = vec![None; classes.len()];
    let mut is_open = vec![false; classes.len()];
    for at in 0..classes.len() {
        settle(at, classes, &by_name, &mut depths, &mut is_open);
    }
    depths.into_iter().flatten().max().unwrap_or(0)
}

/// Fills `depths` for one class and all above it, without recursion: a chain can be as long as the file.
fn settle(
    start: usize,
    classes: &[Class<'_>],
    by_name: &HashMap<&str, usize>,
    depths: &mut [Option<u32>],
    is_open: &mut [bool],
) {
    let mut open = if depths[start].is_none() { vec![start] } else { Vec::new() };
    while let Some(&at) = open.last() {
        is_open[at] = true;
        let known_bases = || classes[at].bases.iter().filter_map(|base| by_name.get(base).copied());
        match known_bases().find(|&base| depths[base].is_none() && !is_open[base]) {
            Some(base) => open.push(base),
            None => {
                let above = known_bases().filter_map(|base| depths[base]).max();
                let has_bases = !classes[at].bases.is_empty();
                depths[at] = Some(if has_bases { above.unwrap_or(0) + 1 } else { 0 });
                open.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(classes: &[(&'static str, &[&'static str])], expected: u32) {
        let classes: Vec<Class<'_>> =
            classes.iter().map(|&(name, bases)| Class { name, bases: bases.to_vec() }).collect();
        assert_eq!(inheritance_depth(&classes), expected);
    }

    #[test]
    fn the_longest_chain_counts() {
        check(&[], 0);
        check(&[("A", &[])], 0);
        check(&[("A", &["Elsewhere"])], 1);
        check(&[("C", &["B", "X"]), ("B", &["A"]), ("A", &[]), ("D", &["C"])], 3);
    }

    #[test]
    fn a_class_above_itself_ends_the_chain() {
        check(&[("A", &["B"]), ("B", &["A"])], 2);
        check(&[("A", &["A"])], 1);
    }
}
