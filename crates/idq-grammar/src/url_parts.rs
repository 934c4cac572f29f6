//! Splitting of a request text into target and query string.

use std::ops::Range;

use crate::spanned_str::trimmed_range;

/// Parts of a request text, as ranges of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UrlParts {
    /// URL or path before the query string.
    pub(crate) target: Option<Target>,
    /// Query string, without the `?`.
    pub(crate) query: Range<usize>,
}

/// URL or path of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Scheme, authority and path, as far as given.
    pub(crate) base: Range<usize>,
    /// Path alone.
    pub(crate) path: Range<usize>,
}

/// Splits a URL, a path with a query string, or a bare query string. White space at the ends is left out.
///
/// Only a URL and a path can have a fragment (`#…`), which is left out, because clients do not send it to a server. In
/// a bare query string `#` is text, because a value with a `#` is likelier there than a fragment.
pub(crate) fn split_url(text: &str) -> UrlParts {
    let Range { start, end } = trimmed_range(text);
    let request = &text[start..end];
    let Some(path) = path_start(request) else {
        let mark = usize::from(request.starts_with('?'));
        return UrlParts {
            target: None,
            query: start + mark..end,
        };
    };
    let end = start + request.find('#').unwrap_or(request.len());
    let (path_end, query) = match text[start..end].find('?') {
        Some(mark) => (start + mark, start + mark + 1..end),
        None => (end, end..end),
    };
    UrlParts {
        target: Some(Target {
            base: start..path_end,
            // A fragment or a query string may follow the authority directly.
            path: (start + path).min(path_end)..path_end,
        }),
        query,
    }
}

/// Returns the start of the path in a request that has one.
fn path_start(request: &str) -> Option<usize> {
    if request.starts_with('/') {
        return Some(0);
    }
    if let Some((scheme, rest)) = request.split_once("://")
        && is_scheme(scheme)
    {
        let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        return Some(scheme.len() + "://".len() + authority);
    }
    // `identities?page=2`: a question mark before every other delimiter of a query string ends a path.
    let mark = request.find(['?', '=', '&', '[', '%', '+'])?;
    (mark > 0 && request[mark..].starts_with('?')).then_some(0)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_texts_split_into_base_path_and_query() {
        // The text, its base, its path, its query.
        for (text, base, path, query) in [
            ("", None, None, ""),
            ("?", None, None, ""),
            ("a=b", None, None, "a=b"),
            (" ?a=b\n", None, None, "a=b"),
            ("a=b#c", None, None, "a=b#c"),
            ("?a=b?c", None, None, "a=b?c"),
            ("a=http://x/?y", None, None, "a=http://x/?y"),
            ("filter[a?]=b", None, None, "filter[a?]=b"),
            ("/x", Some("/x"), Some("/x"), ""),
            ("/x?a=b#c", Some("/x"), Some("/x"), "a=b"),
            ("x?a=b", Some("x"), Some("x"), "a=b"),
            ("x/y?a=b?c", Some("x/y"), Some("x/y"), "a=b?c"),
            (
                "https://h/x/y?a=b#c?d",
                Some("https://h/x/y"),
                Some("/x/y"),
                "a=b",
            ),
            ("https://h?a=b", Some("https://h"), Some(""), "a=b"),
            ("https://h#c", Some("https://h"), Some(""), ""),
            ("https://h/x", Some("https://h/x"), Some("/x"), ""),
            ("://", None, None, "://"),
        ] {
            let parts = split_url(text);
            let target = parts.target.as_ref();
            assert_eq!(target.map(|t| &text[t.base.clone()]), base, "{text:?}");
            assert_eq!(target.map(|t| &text[t.path.clone()]), path, "{text:?}");
            assert_eq!(&text[parts.query], query, "{text:?}");
        }
    }
}
