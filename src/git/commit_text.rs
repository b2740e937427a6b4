//! What does a raw commit say?
//!
//! In: the bytes of a commit object. Out: its tree, parents, people, times, message and trailers. Reads what it can of
//! a broken header (an absent mail address, a nonsense date) and never fails but for a missing tree.

use super::objects::ObjectName;

/// A commit, borrowed from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommitText<'a> {
    pub(super) tree: ObjectName,
    pub(super) parents: Vec<ObjectName>,
    pub(super) author: Signature<'a>,
    /// Seconds since 1970.
    pub(super) committed_at: i64,
    /// Without leading line ends.
    pub(super) message: &'a [u8],
}

/// Who and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Signature<'a> {
    pub(super) name: &'a [u8],
    pub(super) email: &'a [u8],
    /// Seconds since 1970; 0 where it cannot be read.
    pub(super) seconds: i64,
    /// Minutes east of UTC; 0 where it cannot be read.
    pub(super) offset_minutes: i16,
}

/// People of one commit at the most: trailers of a squashed branch fit, a pasted log does not.
const MAX_CO_AUTHORS: usize = 32;

/// `None` when the bytes name no tree: then it is no commit.
pub(super) fn parse(bytes: &[u8]) -> Option<CommitText<'_>> {
    let (headers, message) = split_at_blank_line(bytes);
    let mut lines = headers.split(|byte| *byte == b'\n');
    let tree = object_name(lines.next()?.strip_prefix(b"tree ")?)?;
    let mut commit = CommitText { tree, parents: Vec::new(), author: Signature::default(), committed_at: 0, message };
    for line in lines {
        if let Some(parent) = line.strip_prefix(b"parent ").and_then(object_name) {
            commit.parents.push(parent);
        } else if let Some(author) = line.strip_prefix(b"author ") {
            commit.author = signature(author);
        } else if let Some(committer) = line.strip_prefix(b"committer ") {
            commit.committed_at = signature(committer).seconds;
            // What follows are signatures and encodings.
            break;
        }
    }
    Some(commit)
}

fn split_at_blank_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let message = &bytes[end..];
    let text_from = message.iter().position(|byte| *byte != b'\n').unwrap_or(message.len());
    (&bytes[..end], &message[text_from..])
}

fn object_name(hex: &[u8]) -> Option<ObjectName> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    if hex.len() != 40 {
        return None;
    }
    let mut name = ObjectName::default();
    for (byte, pair) in name.iter_mut().zip(hex.chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(name)
}

/// `Name <mail> 1577836800 +0100`, or as much of it as is there.
fn signature(text: &[u8]) -> Signature<'_> {
    let (person, rest) = match text.iter().rposition(|byte| *byte == b'>') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[][..]),
    };
    let (name, email) = name_and_email(person);
    let mut words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let seconds = words.next().and_then(integer).unwrap_or(0);
    let offset_minutes = words.next().and_then(integer).map_or(0, minutes);
    Signature { name, email, seconds, offset_minutes }
}

fn name_and_email(person: &[u8]) -> (&[u8], &[u8]) {
    match person.iter().position(|byte| *byte == b'<') {
        Some(start) => (person[..start].trim_ascii(), person[start + 1..].trim_ascii()),
        None => (person.trim_ascii(), &[]),
    }
}

fn integer(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// `+0130` is 90 minutes. No place is more than a day away.
fn minutes(hhmm: i64) -> i16 {
    (hhmm / 100 * 60 + hhmm % 100).clamp(-1_440, 1_440) as i16
}

/// Names and mail addresses of `Co-authored-by:` lines, in order.
pub(super) fn co_authors(message: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    const TRAILER: &[u8] = b"co-authored-by:";
    message
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split_at_checked(TRAILER.len()))
        .filter(|(key, _)| key.eq_ignore_ascii_case(TRAILER))
        .filter_map(|(_, value)| value.trim_ascii().strip_suffix(b">"))
        .map(name_and_email)
        .filter(|(_, email)| !email.is_empty())
        .take(MAX_CO_AUTHORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "tree 0102030405060708090a0b0c0d0e0f1011121314\n";

    fn check(headers_and_message: &str, expected: &str) {
        let bytes = format!("{TREE}{headers_and_message}");
        let commit = parse(bytes.as_bytes()).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let shown = format!(
            "{} parents, {}/{} at {} {:+}, {}: {}",
            commit.parents.len(),
            text(commit.author.name),
            text(commit.author.email),
            commit.author.seconds,
            commit.author.offset_minutes,
            commit.committed_at,
            text(commit.message).replace('\n', "|")
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_ordinary_commit_is_read_whole() {
        let parent = "parent 0102030405060708090a0b0c0d0e0f1011121314\n";
        check(
            &format!(
                "{parent}{parent}author A B <a@b.c> 12 -0130\ncommitter C <c> 13 +0000\ngpgsig x\n y\n\nfix\n\nb\n"
            ),
            "2 parents, A B/a@b.c at 12 -90, 13: fix||b|",
        );
    }

    #[test]
    fn broken_headers_give_what_they_hold() {
        check("author A\ncommitter C <c> 13 +0000\n\nm", "0 parents, A/ at 0 +0, 13: m");
        check("author <> 5 +9999\ncommitter C <c> x y\n\n\n\nm", "0 parents, / at 5 +1440, 0: m");
        check("author A <a <b> c> -7 +0000\n", "0 parents, A/a <b> c at -7 +0, 0: ");
        check("parent 12\n\n", "0 parents, / at 0 +0, 0: ");
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"tree 12\n"), None);
        assert_eq!(parse("tree éééééééééééééééééééé\n".as_bytes()), None);
    }

    #[test]
    fn co_authors_are_read_from_their_trailers() {
        let message = b"fix\n\nCo-authored-by: A B <a@b.c>\nco-authored-By: no address\nCO-AUTHORED-BY: <x@y> \n";
        let found: Vec<_> = co_authors(message).collect();
        assert_eq!(found, [(&b"A B"[..], &b"a@b.c"[..]), (b"", b"x@y")]);
    }
}
