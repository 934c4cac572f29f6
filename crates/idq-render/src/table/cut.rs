use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

const ELLIPSIS: &str = "…";

/// Text that takes at most `limit` columns (at least 1) of a terminal: cut between two characters as a reader sees
/// them, and ended with `…`, where it is wider.
pub(super) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    // No character takes more columns than bytes, so most texts need no measuring.
    if text.len() <= limit || text.width() <= limit {
        return Cow::Borrowed(text);
    }
    let kept = bytes_that_fit(text.graphemes(true), limit);
    Cow::Owned(format!("{}{ELLIPSIS}", &text[..kept]))
}

/// As [`cut`], for a column's name. One with dots loses its start, not its end: `…created_at` and `…deleted_at`
/// would be the same `timestamp.…` otherwise.
pub(super) fn cut_name(name: &str, limit: usize) -> Cow<'_, str> {
    if name.width() <= limit || !name.contains('.') {
        return cut(name, limit);
    }
    let kept = bytes_that_fit(name.graphemes(true).rev(), limit);
    Cow::Owned(format!("{ELLIPSIS}{}", &name[name.len() - kept..]))
}

/// How many bytes fit beside an ellipsis.
fn bytes_that_fit<'a>(graphemes: impl Iterator<Item = &'a str>, limit: usize) -> usize {
    let room = limit.saturating_sub(ELLIPSIS.width());
    let mut taken = 0;
    graphemes
        .take_while(|grapheme| {
            taken += grapheme.width();
            taken <= room
        })
        .map(str::len)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters_as_a_reader_sees_them() {
        for (text, limit, expected) in [
            ("", 1, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("abcd", 1, "…"),
            ("Zoë", 3, "Zoë"),
            // A combining diaeresis stays with its letter.
            ("Zoe\u{308}", 3, "Zoe\u{308}"),
            ("Zoe\u{308}lle", 4, "Zoe\u{308}…"),
            // Each of these letters takes two columns.
            ("田中太郎", 8, "田中太郎"),
            ("田中太郎", 7, "田中太…"),
            ("田中太郎", 6, "田中…"),
            ("田中", 2, "…"),
            ("👋🏽👋🏽", 4, "👋🏽👋🏽"),
            ("👋🏽👋🏽", 3, "👋🏽…"),
        ] {
            assert_eq!(cut(text, limit), expected, "{text} in {limit}");
        }
    }

    #[test]
    fn names_keep_what_tells_them_apart() {
        for (name, limit, expected) in [
            ("state", 5, "state"),
            ("state", 4, "sta…"),
            ("timestamp.created_at", 20, "timestamp.created_at"),
            ("timestamp.created_at", 11, "…created_at"),
            ("profile.名前", 4, "…前"),
            ("a.b", 1, "…"),
        ] {
            assert_eq!(cut_name(name, limit), expected, "{name} in {limit}");
        }
    }
}
