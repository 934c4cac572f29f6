//! Entity tags: what a client has already need not be sent again.

use axum::http::HeaderMap;
use axum::http::header::IF_NONE_MATCH;
use sha2::{Digest, Sha256};

use crate::hex::hex;

/// The tag of an answer that follows from these texts.
///
/// It is weak, as the same answer is sent in several encodings.
pub(crate) fn tag(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    format!("W/\"{}\"", hex(&hash.finalize()[..16]))
}

/// Whether the client has the answer with this tag already.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    // Only the part in quotes counts when tags are compared weakly.
    fn opaque(tag: &str) -> &str {
        tag.strip_prefix("W/").unwrap_or(tag)
    }
    known(headers).any(|known| opaque(known) == opaque(tag))
}

/// Whether the client wants nothing of what is there: `*` stands for whatever that is.
pub(crate) fn takes_any(headers: &HeaderMap) -> bool {
    known(headers).any(|known| known == "*")
}

fn known(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        // Tags of ours have no commas.
        .flat_map(|value| value.split(',').map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let tag = tag(&["a", "b"]);
        let strong = tag.trim_start_matches("W/").to_owned();
        let several = format!("\"x\", {tag}");
        for (known, expected) in [
            (tag.as_str(), true),
            (&strong, true),
            (&several, true),
            ("*", false),
            ("\"x\"", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, known.parse().unwrap());
            assert_eq!(is_known(&headers, &tag), expected, "{known}");
            assert_eq!(takes_any(&headers), known == "*");
        }
        assert!(!is_known(&HeaderMap::new(), &tag));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(tag(&["ab", "c"]), tag(&["a", "bc"]));
    }
}
