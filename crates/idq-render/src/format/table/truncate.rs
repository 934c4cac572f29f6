//! Truncation of text to a width on a terminal.
//!
//! Widths are those of Unicode Standard Annex 11: wide characters take two columns, combining marks none. Text is cut
//! between grapheme clusters (Annex 29), so that an accent or an emoji modifier is never separated from its base.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The mark of a truncated text, one column wide.
const ELLIPSIS: &str = "…";

/// Truncates text to at most `limit` columns (at least 1) of a terminal.
///
/// Wider text is cut between two grapheme clusters, the characters that a reader sees, and ends in `…`.
pub fn truncate(text: &str, limit: usize) -> Cow<'_, str> {
    // No character takes more columns than it has bytes, so short texts are not measured.
    if text.len() <= limit || text.width() <= limit {
        return Cow::Borrowed(text);
    }
    let kept = fitting_bytes(text.graphemes(true), limit);
    Cow::Owned(format!("{}{ELLIPSIS}", &text[..kept]))
}

/// Truncates the name of a column. A name with dots is cut at its start, because names with the same parent differ at
/// their ends: `…created_at` and `…deleted_at` would both be `timestamp.…` otherwise.
pub(crate) fn truncate_name(name: &str, limit: usize) -> Cow<'_, str> {
    if name.width() <= limit || !name.contains('.') {
        return truncate(name, limit);
    }
    let kept = fitting_bytes(name.graphemes(true).rev(), limit);
    Cow::Owned(format!("{ELLIPSIS}{}", &name[name.len() - kept..]))
}

/// Returns the number of bytes that fit into `limit` columns together with an ellipsis.
fn fitting_bytes<'a>(graphemes: impl Iterator<Item = &'a str>, limit: usize) -> usize {
    let available = limit.saturating_sub(ELLIPSIS.width());
    let mut taken = 0;
    graphemes
        .take_while(|grapheme| {
            taken += grapheme.width();
            taken <= available
        })
        .map(str::len)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_too_wide_is_cut_between_graphemes() {
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
            assert_eq!(truncate(text, limit), expected, "{text} in {limit}");
        }
    }

    #[test]
    fn name_with_dots_is_cut_at_its_start() {
        for (name, limit, expected) in [
            ("state", 5, "state"),
            ("state", 4, "sta…"),
            ("timestamp.created_at", 20, "timestamp.created_at"),
            ("timestamp.created_at", 11, "…created_at"),
            ("profile.名前", 4, "…前"),
            ("a.b", 1, "…"),
        ] {
            assert_eq!(truncate_name(name, limit), expected, "{name} in {limit}");
        }
    }
}
