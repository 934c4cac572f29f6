//! Shortening and wrapping of texts to a width.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::font::width;

/// The mark of a shortened text.
const ELLIPSIS: &str = "…";

/// The greatest number of graphemes of which a text is measured: the width of more of them exceeds any picture.
const MAX_MEASURED: usize = 2_000;

/// The part of a text that an ellipsis replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shortening {
    /// The middle: labels of one list often differ in their ends.
    Middle,
    /// The end: sentences are read from their start.
    End,
}

/// Shortens a text to a width in pixels, between graphemes.
pub(crate) fn fit(text: &str, size: f64, limit: f64, shortening: Shortening) -> Cow<'_, str> {
    if text.len() <= MAX_MEASURED && width(text, size) <= limit {
        return Cow::Borrowed(text);
    }
    let available = limit - width(ELLIPSIS, size);
    let head_share = match shortening {
        Shortening::Middle => 0.6,
        Shortening::End => 1.0,
    };
    let head: Vec<&str> = text.graphemes(true).take(MAX_MEASURED).collect();
    let (head, head_width) = fitting(head.into_iter(), size, available * head_share);
    let rest = &text[head..];
    if rest.is_empty() {
        return Cow::Borrowed(text);
    }
    let tail = match shortening {
        Shortening::Middle => {
            let tail = rest.graphemes(true).rev().take(MAX_MEASURED);
            fitting(tail, size, available - head_width).0
        }
        Shortening::End => 0,
    };
    let (head, tail) = (&text[..head], &text[text.len() - tail..]);
    // A blank beside the ellipsis says nothing.
    Cow::Owned(format!(
        "{}{ELLIPSIS}{}",
        head.trim_end(),
        tail.trim_start()
    ))
}

/// Returns the number of bytes of the graphemes that fit, and their width.
fn fitting<'a>(graphemes: impl Iterator<Item = &'a str>, size: f64, limit: f64) -> (usize, f64) {
    let (mut bytes, mut taken) = (0, 0.0);
    for grapheme in graphemes {
        let next = taken + width(grapheme, size);
        if next > limit {
            break;
        }
        taken = next;
        bytes += grapheme.len();
    }
    (bytes, taken)
}

/// Wraps a text at blanks into at most `max_lines` lines of a width in pixels; the last one is shortened.
pub(crate) fn wrap(text: &str, size: f64, limit: f64, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 >= max_lines {
            lines.push(fit(rest, size, limit, Shortening::End).into_owned());
            break;
        }
        let (fitting_bytes, _) = fitting(rest.graphemes(true).take(MAX_MEASURED), size, limit);
        let mut cut = fitting_bytes;
        if cut < rest.len()
            && let Some(blank) = rest[..cut].rfind(' ').filter(|&blank| blank > 0)
        {
            cut = blank;
        }
        // A line narrower than one grapheme still takes one, so that the loop ends.
        if cut == 0 {
            cut = rest.graphemes(true).next().map_or(rest.len(), str::len);
        }
        lines.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_too_wide_keeps_its_ends_or_its_start() {
        let text = "Department of Research, Division 12";
        let limit = 150.0;
        for (shortening, expected) in [
            (Shortening::Middle, "Departmen…sion 12"),
            (Shortening::End, "Department of Res…"),
        ] {
            let shortened = fit(text, 14.0, limit, shortening);
            assert_eq!(shortened, expected);
            assert!(width(&shortened, 14.0) <= limit);
        }
        assert_eq!(fit(text, 14.0, 1_000.0, Shortening::End), text);
        assert_eq!(fit(text, 14.0, 0.0, Shortening::Middle), "…");
    }

    #[test]
    fn text_is_cut_between_graphemes() {
        let text = "e\u{301}".repeat(40);
        let shortened = fit(&text, 14.0, 100.0, Shortening::Middle);
        let halves: Vec<&str> = shortened.split(ELLIPSIS).collect();
        assert_eq!(halves.len(), 2);
        assert!(
            halves
                .iter()
                .all(|half| half.starts_with('e') && half.ends_with('\u{301}')),
            "{shortened}"
        );
    }

    #[test]
    fn sentence_is_wrapped_at_blanks_and_shortened_at_the_last_line() {
        insta::assert_debug_snapshot!(wrap("where state eq active and email co example", 14.0, 140.0, 2), @r#"
        [
            "where state eq",
            "active and email…",
        ]
        "#);
        assert_eq!(wrap("one line", 14.0, 1_000.0, 2), ["one line"]);
        assert_eq!(wrap("", 14.0, 1_000.0, 2), Vec::<String>::new());
    }
}
