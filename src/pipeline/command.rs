//! Is this comment a command, and which?
//!
//! In: the text of a new comment. Out: the command on its first line. Only the first line counts, so a quoted command
//! (`> /hyperion …`) or one in the middle of a text does nothing.

/// What can be asked for in a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// Review the newest head again.
    Reanalyze,
    /// List the commands.
    Help,
    /// Something else that began with `/hyperion`.
    Unknown,
}

/// How a comment begins to be for us.
const PREFIX: &str = "/hyperion";

/// A first line longer than this is no command.
const MAX_LINE_BYTES: usize = 300;

/// What follows `/hyperion` on the first line of `comment`; `None` when it is not for us.
pub(super) fn command_text(comment: &str) -> Option<&str> {
    let line = comment.lines().next()?.trim_end();
    let rest = line.strip_prefix(PREFIX).filter(|_| line.len() <= MAX_LINE_BYTES)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

/// The command a text names.
pub(super) fn command(text: &str) -> Command {
    match text.split_whitespace().next() {
        Some("reanalyze") => Command::Reanalyze,
        Some("help") | None => Command::Help,
        Some(_) => Command::Unknown,
    }
}

/// The answer to `/hyperion help`.
pub(super) fn help_text() -> &'static str {
    "Commands, on the first line of a new comment on a pull request:\n\n\
     | command | what it does | who may |\n\
     | --- | --- | --- |\n\
     | `/hyperion reanalyze` | reviews the newest head again | the author, or people with write access |\n\
     | `/hyperion help` | shows this list | everyone |"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(comment: &str, expected: Option<Command>) {
        assert_eq!(command_text(comment).map(command), expected, "{comment:?}");
    }

    #[test]
    fn a_command_stands_at_the_start_of_the_first_line() {
        check("/hyperion reanalyze", Some(Command::Reanalyze));
        check("/hyperion  help  \r\nthanks", Some(Command::Help));
        check("/hyperion", Some(Command::Help));
        check("/hyperion dance", Some(Command::Unknown));
        check("> /hyperion reanalyze", None);
        check("please\n/hyperion reanalyze", None);
        check(" /hyperion reanalyze", None);
        check("/hyperionreanalyze", None);
        check("", None);
    }
}
