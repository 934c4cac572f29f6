//! Entity tags and conditional requests (RFC 9110 §8.8.3, §13.1.2).

use std::hash::{Hash, Hasher};

use axum::http::HeaderMap;
use data_encoding::HEXLOWER;
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use sha2::{Digest, Sha256};

/// Derives an entity tag from everything that determines a response: the snapshot's version, and the bound request.
///
/// The tag is weak, as one response is sent in several content encodings. Its hash is cryptographic: a client must not
/// be able to construct two requests with the same tag, one of whose responses would then be taken for the other's.
pub(crate) fn entity_tag(key: &(impl Hash + ?Sized)) -> Option<ETag> {
    let mut hasher = Sha256Hasher(Sha256::new());
    key.hash(&mut hasher);
    let digits = HEXLOWER.encode(&hasher.0.finalize()[..16]);
    // Quoted hexadecimal digits are always a valid tag.
    format!("W/\"{digits}\"").parse().ok()
}

/// Returns whether `If-None-Match` contains the tag: the client has the response already.
pub(crate) fn has_tag(headers: &HeaderMap, tag: &ETag) -> bool {
    if_none_match(headers).is_some_and(|known| !known.precondition_passes(tag) && !is_any(&known))
}

/// Returns whether `If-None-Match` is `*`: the client rejects any existing response.
pub(crate) fn has_any_tag(headers: &HeaderMap) -> bool {
    if_none_match(headers).is_some_and(|known| is_any(&known))
}

/// Returns whether the header is `*`.
fn is_any(known: &IfNoneMatch) -> bool {
    *known == IfNoneMatch::any()
}

/// Parses `If-None-Match`. A malformed header is ignored: the response is then sent in full.
fn if_none_match(headers: &HeaderMap) -> Option<IfNoneMatch> {
    headers.typed_get()
}

/// Feeds derived implementations of [`Hash`] to SHA-256. They are prefix-free (a text is followed by a delimiter, a
/// list preceded by its length), so two keys hash alike only if they are equal.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Unused: the whole digest is taken from the inner hash.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::IF_NONE_MATCH;

    use super::*;

    fn tag_text(tag: &ETag) -> String {
        let mut headers = HeaderMap::new();
        headers.typed_insert(tag.clone());
        headers["etag"].to_str().unwrap().to_owned()
    }

    #[test]
    fn entity_tag_in_if_none_match_is_compared_weakly() {
        let tag = entity_tag(&("a", "b")).unwrap();
        let weak = tag_text(&tag);
        assert!(weak.starts_with("W/\""));
        let strong = weak.trim_start_matches("W/").to_owned();
        let several = format!("\"x,y\", {weak}");
        for (known, expected) in [
            (&*weak, true),
            (&strong, true),
            (&several, true),
            ("*", false),
            ("\"x\"", false),
            ("", false),
            ("nonsense", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, known.parse().unwrap());
            assert_eq!(has_tag(&headers, &tag), expected, "{known}");
            assert_eq!(has_any_tag(&headers), known == "*");
        }
        assert!(!has_tag(&HeaderMap::new(), &tag));
        // Several headers are one list.
        let mut headers = HeaderMap::new();
        headers.append(IF_NONE_MATCH, "\"x\"".parse().unwrap());
        headers.append(IF_NONE_MATCH, weak.parse().unwrap());
        assert!(has_tag(&headers, &tag));
    }

    #[test]
    fn entity_tag_of_parts_divided_elsewhere_differs() {
        assert_ne!(entity_tag(&("ab", "c")), entity_tag(&("a", "bc")));
        assert_ne!(entity_tag(&["a", "b"][..]), entity_tag(&["ab"][..]));
    }
}
