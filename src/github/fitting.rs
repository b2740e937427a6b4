//! How is a text kept within GitHub's limits?
//!
//! In: Markdown of any length. Out: the same, or its beginning and a note that it was cut. Limits count bytes, which is
//! stricter than GitHub's characters for any text and the same for plain English. Never cuts a character in two.

/// GitHub's limit for a check run's summary and (almost: it allows one more) a comment.
pub(super) const MAX_BODY_BYTES: usize = 65_535;
/// GitHub's limit for the title of a check run or an annotation.
pub(super) const MAX_TITLE_BYTES: usize = 255;
/// GitHub's limit for an annotation's message, 64 KiB.
pub(super) const MAX_MESSAGE_BYTES: usize = 64 * 1024;

const BODY_NOTE: &str = "\n\n*The rest is cut: GitHub shows no longer text.*";
const TITLE_NOTE: &str = "…";

/// A body that fits.
pub(super) fn body(text: &str) -> String {
    fit(text, MAX_BODY_BYTES, BODY_NOTE)
}

/// A title that fits, in one line.
pub(super) fn title(text: &str) -> String {
    fit(&text.split_whitespace().collect::<Vec<_>>().join(" "), MAX_TITLE_BYTES, TITLE_NOTE)
}

/// An annotation's message that fits.
pub(super) fn message(text: &str) -> String {
    fit(text, MAX_MESSAGE_BYTES, TITLE_NOTE)
}

/// A body that fits and holds its hidden marker, at the end where it was missing or would be cut off.
pub(super) fn marked(text: &str, marker: &str) -> String {
    if text.len() <= MAX_BODY_BYTES && text.contains(marker) {
        return text.to_owned();
    }
    let room = MAX_BODY_BYTES.saturating_sub(marker.len() + 2);
    format!("{}\n\n{marker}", fit(&text.replace(marker, ""), room, BODY_NOTE))
}

fn fit(text: &str, max_bytes: usize, note: &str) -> String {
    if text.len() <= max_bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max_bytes.saturating_sub(note.len()));
    format!("{}{note}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_within_the_limit_is_left_alone() {
        assert_eq!(body(&"a".repeat(MAX_BODY_BYTES)).len(), MAX_BODY_BYTES);
        assert_eq!(title("Risk 0.71\n in   2 files"), "Risk 0.71 in 2 files");
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        let cut = body(&"é".repeat(MAX_BODY_BYTES));
        assert!(cut.len() <= MAX_BODY_BYTES && cut.ends_with(BODY_NOTE));
        let cut = title(&"é".repeat(300));
        assert!(cut.len() <= MAX_TITLE_BYTES && cut.ends_with('…'));
    }

    #[test]
    fn a_marker_survives_the_cut() {
        let marker = "<!-- hyperion -->";
        assert_eq!(marked("text <!-- hyperion -->", marker), "text <!-- hyperion -->");
        assert_eq!(marked("text", marker), "text\n\n<!-- hyperion -->");
        let long = marked(&format!("{}{marker}", "a".repeat(70_000)), marker);
        assert!(long.len() <= MAX_BODY_BYTES && long.ends_with(marker));
        assert_eq!(long.matches(marker).count(), 1);
    }
}
