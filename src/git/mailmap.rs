//! Which person is meant by a name and a mail address?
//!
//! In: the text of a `.mailmap`. Out: for a name and an address as a commit holds them, those the project wants shown.
//! Letter case plays no part in finding an entry, and a later line wins over an earlier one, as in git.

use rustc_hash::FxHashMap;

/// Entries that are read at the most; the largest known file has some thousands.
const MAX_ENTRIES: usize = 100_000;

/// The entries of one `.mailmap`.
#[derive(Debug, Default)]
pub(super) struct Mailmap {
    /// By address, lowercase.
    by_email: FxHashMap<String, Wanted>,
    /// By name and address, lowercase: these come first.
    by_both: FxHashMap<(String, String), Wanted>,
}

/// What is to be shown; `None` leaves what the commit has.
#[derive(Debug, Default, Clone)]
struct Wanted {
    name: Option<String>,
    email: Option<String>,
}

impl Mailmap {
    /// Lines that say nothing are passed over.
    pub(super) fn parse(text: &str) -> Self {
        let mut map = Self::default();
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')).take(MAX_ENTRIES) {
            map.add(line);
        }
        map
    }

    /// `Name <address>`, `<shown> <committed>`, `Name <shown> <committed>` or `Name <shown> Name <committed>`.
    fn add(&mut self, line: &str) {
        let Some((name, first, rest)) = person(line) else { return };
        match person(rest) {
            None => self.put("", first, Wanted { name, email: None }),
            Some((committed_name, committed, _)) => {
                let wanted = Wanted { name, email: Some(first.to_owned()) };
                self.put(&committed_name.unwrap_or_default(), committed, wanted);
            }
        }
    }

    fn put(&mut self, name: &str, email: &str, wanted: Wanted) {
        let email = email.to_lowercase();
        let known = match name {
            "" => self.by_email.entry(email).or_default(),
            name => self.by_both.entry((name.to_lowercase(), email)).or_default(),
        };
        known.name = wanted.name.or(known.name.take());
        known.email = wanted.email.or(known.email.take());
    }

    /// The name and the address to show.
    pub(super) fn resolve<'a>(&'a self, name: &'a str, email: &'a str) -> (&'a str, &'a str) {
        let key = email.to_lowercase();
        let wanted = self.by_email.get(&key);
        let wanted = self.by_both.get(&(name.to_lowercase(), key)).or(wanted);
        let shown = |wanted: Option<&'a String>, own: &'a str| wanted.map_or(own, String::as_str);
        let (shown_name, shown_email) = (wanted.and_then(|w| w.name.as_ref()), wanted.and_then(|w| w.email.as_ref()));
        (shown(shown_name, name), shown(shown_email, email))
    }
}

/// `Name <address>` at the start of `text`, and what follows.
fn person(text: &str) -> Option<(Option<String>, &str, &str)> {
    let (name, rest) = text.split_once('<')?;
    let (email, rest) = rest.split_once('>')?;
    let name = name.trim();
    Some(((!name.is_empty()).then(|| name.to_owned()), email.trim(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_entry_is_understood() {
        let map = Mailmap::parse(
            "# a comment\nJoe Doe <joe@x>\n<jane@new> <jane@Old>\nKim Lee <kim@new> <kim@old>\n\
             Ann Bee <ann@new> root <root@host>\nnonsense\n<broken\nBob Cee <bob@new> Bob <root@host>\n",
        );
        for (name, email, expected) in [
            ("joe", "JOE@x", ("Joe Doe", "JOE@x")),
            ("Jane", "jane@old", ("Jane", "jane@new")),
            ("k", "kim@old", ("Kim Lee", "kim@new")),
            ("ROOT", "root@host", ("Ann Bee", "ann@new")),
            ("Bob", "root@host", ("Bob Cee", "bob@new")),
            ("other", "root@host", ("other", "root@host")),
            ("nobody", "no@where", ("nobody", "no@where")),
        ] {
            assert_eq!(map.resolve(name, email), expected);
        }
    }

    #[test]
    fn a_later_line_wins() {
        let map = Mailmap::parse("A <a@x>\nB <a@x>\n<b@x> <a@x>\n");
        assert_eq!(map.resolve("z", "a@x"), ("B", "b@x"));
    }
}
