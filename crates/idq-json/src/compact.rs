//! Removal of insignificant white space.

use crate::scan;

/// Appends a valid JSON value to `out` without the white space outside its strings; all other bytes stay as spelled.
///
/// ```
/// let mut out = Vec::new();
/// idq_json::compact(br#"{ "a b": [1.50, true] }"#, &mut out);
/// assert_eq!(out, br#"{"a b":[1.50,true]}"#);
/// ```
pub fn compact(value: &[u8], out: &mut Vec<u8>) {
    let mut position = 0;
    // The start of the bytes that are not appended yet: those between two pieces of white space are copied at once.
    let mut start = 0;
    while let Some(&byte) = value.get(position) {
        match byte {
            b'"' => {
                let quote = scan::string_close(value, position + 1);
                position = quote.map_or(value.len(), |quote| quote + 1);
            }
            b' ' | b'\n' | b'\r' | b'\t' => {
                out.extend_from_slice(&value[start..position]);
                position += 1;
                start = position;
            }
            _ => position += 1,
        }
    }
    out.extend_from_slice(&value[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_removed_between_tokens_and_kept_in_strings() {
        for (value, expected) in [
            ("", ""),
            (" ", ""),
            ("1", "1"),
            ("\t\"a b\" \r\n", "\"a b\""),
            ("{ \"a\" : [ 1 , 2 ] }", "{\"a\":[1,2]}"),
            (
                "[ \"\\\" \", \"\\\\\" , \" \" ]",
                "[\"\\\" \",\"\\\\\",\" \"]",
            ),
            // A string without an end is kept.
            ("[ \"a b", "[\"a b"),
            ("\"\\", "\"\\"),
        ] {
            let mut out = b"before".to_vec();
            compact(value.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("before{expected}"));
        }
    }
}
