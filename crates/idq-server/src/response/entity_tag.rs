//! Entity tags and conditional requests (RFC 9110 §8.8.3, §13.1.2).

use std::hash::{Hash, Hasher};

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use crate::hexadecimal::to_hexadecimal;

/// The prefix of a weak tag.
const WEAK: &str = "W/";

/// A weak entity tag: the value of the header `ETag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntityTag(HeaderValue);

impl EntityTag {
    /// Returns the value of the header.
    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }

    /// Returns the tag in its quotes, without the prefix of weak tags: the text that a weak comparison compares.
    fn opaque_tag(&self) -> &[u8] {
        let value = self.0.as_bytes();
        value.strip_prefix(WEAK.as_bytes()).unwrap_or(value)
    }
}

/// Derives an entity tag from everything that determines a response: the snapshot's version, and the bound request.
///
/// The tag is weak, as one response is sent in several content encodings. Its hash is cryptographic: a client must not
/// be able to construct two requests with the same tag, one of whose responses would then be taken for the other's.
pub(crate) fn entity_tag(key: &(impl Hash + ?Sized)) -> Option<EntityTag> {
    let mut hasher = Sha256Hasher(Sha256::new());
    key.hash(&mut hasher);
    let digits = to_hexadecimal(&hasher.0.finalize()[..16]);
    // Quoted hexadecimal digits are always a valid header.
    let value = format!("{WEAK}\"{digits}\"").parse().ok()?;
    Some(EntityTag(value))
}

/// Returns whether `If-None-Match` contains the tag: the client has the response already. Of a malformed header, the
/// tags before the mistake count.
pub(crate) fn has_tag(headers: &HeaderMap, tag: &EntityTag) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter();
    values
        .flat_map(|value| OpaqueTags(value.as_bytes()))
        .any(|known| known == tag.opaque_tag())
}

/// Returns whether `If-None-Match` is `*`: the client rejects any existing response.
pub(crate) fn has_any_tag(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(IF_NONE_MATCH).iter();
    let is_any = values.next().is_some_and(|value| value == "*");
    is_any && values.next().is_none()
}

/// The tags of a list in their quotes, without the prefix of weak ones. No tag contains a quote; it may contain commas.
struct OpaqueTags<'h>(&'h [u8]);

impl<'h> Iterator for OpaqueTags<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        let is_separator = |byte: &u8| matches!(byte, b' ' | b'\t' | b',');
        let start = self.0.iter().position(|byte| !is_separator(byte))?;
        let rest = &self.0[start..];
        let rest = rest.strip_prefix(WEAK.as_bytes()).unwrap_or(rest);
        let text = rest.strip_prefix(b"\"")?;
        let length = text.iter().position(|&byte| byte == b'"')?;
        let (tag, rest) = rest.split_at(length + 2);
        self.0 = rest;
        Some(tag)
    }
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
    use super::*;

    fn tag_text(tag: &EntityTag) -> String {
        let value = tag.clone().into_header();
        value.to_str().unwrap().to_owned()
    }

    #[test]
    fn entity_tag_in_if_none_match_is_compared_weakly() {
        let tag = entity_tag(&("a", "b")).unwrap();
        let weak = tag_text(&tag);
        assert!(weak.starts_with("W/\""));
        let strong = weak.trim_start_matches("W/").to_owned();
        let several = format!("\"x,y\" ,\t{weak}");
        let within_quotes = format!("\"x,{}\"", strong.trim_matches('"'));
        let unquoted = strong.trim_matches('"').to_owned();
        for (known, expected) in [
            (&*weak, true),
            (&strong, true),
            (&several, true),
            ("*", false),
            ("\"x\"", false),
            (&within_quotes, false),
            (&unquoted, false),
            ("\"open", false),
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
