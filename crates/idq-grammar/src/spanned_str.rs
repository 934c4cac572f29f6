//! Decoded strings whose parts have spans in the written text.

use std::ops::Range;

use crate::decode::{DecodeError, Decoded, decode};
use crate::error::Error;
use crate::text::{Span, Spanned, Text};

/// A decoded part of one text.
pub(crate) struct SpannedStr {
    text: usize,
    /// Offset of the raw part in its text.
    start: usize,
    decoded: Decoded,
}

impl SpannedStr {
    /// Creates the part `raw`, which starts at byte `start` of text number `text` and has no escapes.
    pub(crate) fn literal(text: usize, start: usize, raw: &str) -> Self {
        let decoded = Decoded::literal(raw);
        Self {
            text,
            start,
            decoded,
        }
    }

    /// Decodes the percent-encoded part `raw`, which starts at byte `start` of text number `text`; `None` if it is not
    /// UTF-8. Mistakes are added to `errors`; a bad escape is decoded literally.
    pub(crate) fn encoded(
        text: usize,
        start: usize,
        raw: &str,
        errors: &mut Vec<Error>,
    ) -> Option<Self> {
        let (decoded, found) = match decode(raw) {
            Ok((decoded, bad_escapes)) => (Some(decoded), bad_escapes),
            Err(found) => (None, found),
        };
        errors.extend(found.into_iter().map(|DecodeError { kind, range }| Error {
            kind,
            span: Some(Span {
                text,
                start: start + range.start,
                end: start + range.end,
            }),
        }));
        decoded.map(|decoded| Self {
            text,
            start,
            decoded,
        })
    }

    /// Returns the decoded text.
    pub(crate) fn as_str(&self) -> &str {
        &self.decoded.text
    }

    /// Returns the span of a range of the decoded text.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span {
            text: self.text,
            start: self.start + self.decoded.raw(range.start),
            end: self.start + self.decoded.raw(range.end),
        }
    }

    /// Returns a range of the decoded text with its span.
    pub(crate) fn spanned(&self, range: Range<usize>) -> Spanned<String> {
        Spanned::new(self.as_str()[range.clone()].to_owned(), self.span(range))
    }

    /// Returns the whole decoded text with its span.
    pub(crate) fn whole(&self) -> Spanned<String> {
        self.spanned(0..self.as_str().len())
    }
}

/// Splits a value of the query whose texts are `texts` at commas.
///
/// White space at the ends of the whole value is removed first; the parts are not trimmed, and may be empty. The result
/// has at least one part. The span of a part covers its raw bytes.
///
/// ```
/// use idq_grammar::{FilterValue, Query, split_list};
///
/// let query = Query::parse("filter[name]=Zo%C3%AB,+Al+")?;
/// let FilterValue::Text(value) = &query.filters()[0].value else { panic!("one text") };
/// let parts = split_list(query.texts(), value);
/// assert_eq!((parts[0].value.as_str(), parts[1].value.as_str()), ("Zoë", " Al"));
/// let span = parts[0].span.expect("it was written");
/// assert_eq!(&query.texts()[span.text].text[span.start..span.end], "Zo%C3%AB");
/// # Ok::<(), idq_grammar::Errors>(())
/// ```
pub fn split_list(texts: &[Text], value: &Spanned<String>) -> Vec<Spanned<String>> {
    let map = SpanMap::new(texts, value);
    let trimmed = trimmed_range(&value.value);
    let mut start = trimmed.start;
    value.value[trimmed]
        .split(',')
        .map(|part| {
            let end = start + part.len();
            let spanned = map.part(value, start..end);
            start = end + 1;
            spanned
        })
        .collect()
}

/// Returns a range of a value of the query whose texts are `texts`, with the span of its raw bytes.
pub(crate) fn part(
    texts: &[Text],
    value: &Spanned<String>,
    range: Range<usize>,
) -> Spanned<String> {
    SpanMap::new(texts, value).part(value, range)
}

/// Trims white space from both ends of a value of the query whose texts are `texts`, and narrows its span to match.
pub fn trim(texts: &[Text], value: &Spanned<String>) -> Spanned<String> {
    SpanMap::new(texts, value).part(value, trimmed_range(&value.value))
}

pub(crate) fn trimmed_range(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    // In a text of white space alone, trimming each end separately would give a range that ends before its start.
    if start == text.len() {
        return 0..0;
    }
    start..text.trim_end().len()
}

/// Map from the offsets of a value to spans.
enum SpanMap {
    /// The text, decoded again: values do not keep their map, because most are never split.
    Mapped(SpannedStr),
    /// The span of the whole value for each part, if the text does not decode to the value; `None` for a value from
    /// code.
    Whole(Option<Span>),
}

impl SpanMap {
    fn new(texts: &[Text], value: &Spanned<String>) -> Self {
        let mapped = value.span.and_then(|span| {
            let raw = texts.get(span.text)?.text.get(span.start..span.end)?;
            let mapped = if same_bytes(raw, &value.value) {
                SpannedStr::literal(span.text, span.start, &value.value)
            } else {
                SpannedStr::encoded(span.text, span.start, raw, &mut Vec::new())?
            };
            (mapped.as_str() == value.value).then_some(mapped)
        });
        mapped.map_or(Self::Whole(value.span), Self::Mapped)
    }

    fn part(&self, value: &Spanned<String>, range: Range<usize>) -> Spanned<String> {
        match self {
            Self::Mapped(mapped) => mapped.spanned(range),
            Self::Whole(span) => Spanned {
                value: value.value[range].to_owned(),
                span: *span,
            },
        }
    }
}

/// Returns whether `value` was written without escapes; a `+` may stand for a space.
fn same_bytes(raw: &str, value: &str) -> bool {
    raw.len() == value.len()
        && raw
            .bytes()
            .zip(value.bytes())
            .all(|(raw, value)| raw == value || (raw, value) == (b'+', b' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Origin;

    fn split(raw: &str, decoded: &str) -> Vec<(String, String)> {
        let texts = [Text::new(Origin::Request, raw)];
        let span = Span {
            text: 0,
            start: 0,
            end: raw.len(),
        };
        split_list(&texts, &Spanned::new(decoded.to_owned(), span))
            .into_iter()
            .map(|part| {
                let span = part.span.expect("written");
                (part.value, raw[span.start..span.end].to_owned())
            })
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|&(value, raw)| (value.to_owned(), raw.to_owned()))
            .collect()
    }

    #[test]
    fn parts_of_a_split_value_have_the_spans_of_their_raw_bytes() {
        for (raw, decoded, expected) in [
            ("", "", &[("", "")][..]),
            ("a", "a", &[("a", "a")]),
            (" a, b ", " a, b ", &[("a", "a"), (" b", " b")]),
            ("+a,+b+", " a, b ", &[("a", "a"), (" b", "+b")]),
            (
                "a,,b,",
                "a,,b,",
                &[("a", "a"), ("", ""), ("b", "b"), ("", "")],
            ),
            ("%20a%2C%C3%AB", " a,ë", &[("a", "a"), ("ë", "%C3%AB")]),
            ("   ", "   ", &[("", "")]),
            // Taken literally.
            ("50%,1+1", "50%,1+1", &[("50%", "50%"), ("1+1", "1+1")]),
        ] {
            assert_eq!(split(raw, decoded), pairs(expected), "{raw:?}");
        }
    }

    #[test]
    fn parts_of_a_value_that_differs_from_its_text_have_the_whole_span() {
        for raw in ["%41", "é3", "x"] {
            assert_eq!(split(raw, "x,y"), pairs(&[("x", raw), ("y", raw)]));
        }
    }
}
