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
    while position < value.len() {
        match value[position] {
            b' ' | b'\n' | b'\r' | b'\t' => position += 1,
            b'"' => {
                let end =
                    scan::string_end(value, position + 1).map_or(value.len(), |end| end.quote + 1);
                out.extend_from_slice(&value[position..end]);
                position = end;
            }
            byte => {
                out.push(byte);
                position += 1;
            }
        }
    }
}
