//! Names of parameters, as PHP reads them: a name and keys in brackets.

use std::ops::Range;

use super::Key;

/// Greatest number of keys in brackets of a name; PHP drops a parameter with more.
const MAX_KEYS: usize = 64;

/// Parses a decoded name of a parameter to its keys, outermost first, with their ranges in the name; `None` for a
/// parameter that PHP drops. A missing key numbers its entry after the others (`[]`).
///
/// Text after a bracket that no further one follows is ignored. A first bracket that is not closed is a part of the
/// name, with `_` in its place, and a later one is ignored with the text after it.
pub(crate) fn parse_path(name: &str) -> Option<Vec<(Option<Key>, Range<usize>)>> {
    let start = name.len() - name.trim_start_matches(' ').len();
    let bracket = name[start..].find('[').map(|length| start + length);
    let closes = |bracket: usize| name[bracket..].find(']').map(|length| bracket + length);
    let end = bracket.filter(|&bracket| closes(bracket).is_some());
    let end = end.unwrap_or(name.len());
    if end == start || bracket == Some(start) {
        return None;
    }
    // PHP made variables of the parameters once, and their names had none of these characters.
    let variable = name[start..end].replace([' ', '.', '['], "_");
    let mut path = vec![(Some(Key::new(&variable)), start..end)];
    let mut at = end;
    while name[at..].starts_with('[')
        && let Some(closed) = closes(at)
    {
        path.push((parse_key(&name[at + 1..closed]), at + 1..closed));
        at = closed + 1;
    }
    (path.len() <= 1 + MAX_KEYS).then_some(path)
}

/// Parses the text between brackets; `None` if it numbers its entry after the others.
fn parse_key(text: &str) -> Option<Key> {
    let is_empty = matches!(text, "" | " " | "\t" | "\n" | "\r" | "\u{b}" | "\u{c}");
    (!is_empty).then(|| Key::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_as_by_php() {
        for (name, expected) in [
            ("page", Some("page")),
            ("  page ", Some("page_")),
            ("utm.source x", Some("utm_source_x")),
            ("5", Some("#5")),
            ("", None),
            ("  ", None),
            ("[a]", None),
            ("filter[state]", Some("filter|state")),
            (" filter[state]", Some("filter|state")),
            ("filter[a.b c]", Some("filter|a.b c")),
            ("filter[state][]", Some("filter|state|*")),
            ("filter[state][ ]", Some("filter|state|*")),
            ("filter[state][  ]", Some("filter|state|  ")),
            ("filter[state][7]", Some("filter|state|#7")),
            ("filter[state][07]", Some("filter|state|07")),
            ("a[b][c][d]", Some("a|b|c|d")),
            ("a[b[c]]", Some("a|b[c")),
            ("a[b]c[d]", Some("a|b")),
            ("a[b", Some("a_b")),
            ("a[b][c", Some("a|b")),
            ("a]b", Some("a]b")),
        ] {
            let written = parse_path(name).map(|path| {
                let key = |(key, _): &(Option<Key>, Range<usize>)| match key {
                    None => "*".to_owned(),
                    Some(Key::Index(number)) => format!("#{number}"),
                    Some(key) => key.to_string(),
                };
                path.iter().map(key).collect::<Vec<_>>().join("|")
            });
            assert_eq!(written.as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn name_with_more_keys_than_php_reads_is_dropped() {
        let path = |keys: usize| parse_path(&format!("a{}", "[b]".repeat(keys)));
        assert_eq!(path(64).map(|path| path.len()), Some(65));
        assert_eq!(path(65), None);
    }
}
