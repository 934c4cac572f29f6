//! Strings of any length, and containers that are validated without being captured.

use idq_json::{scan, work};

use crate::matcher::match_other_scalar;
use crate::simd::{SCAN_BYTES, Simd};

/// The maximum depth of a skipped container, itself included, and the number of bits of the stack of containers.
const MAX_SKIP_DEPTH: u32 = 64;

/// Returns the offset of the first byte at or after `from` that is a quote, a backslash or a control character. Adds the
/// bytes before it to `seen`.
#[inline(always)]
pub(crate) fn find_special<S: Simd>(
    simd: S,
    bytes: &[u8],
    from: usize,
    seen: &mut S::SeenBits,
) -> Option<usize> {
    let mut end = from;
    loop {
        let block = bytes.get(end..)?.first_chunk::<SCAN_BYTES>()?;
        let special = simd.first_special(block, seen);
        end += special;
        if special < SCAN_BYTES {
            return Some(end);
        }
    }
}

/// Returns the offset of the closing quote of a string. `special` is the offset of its first byte that is a quote, a
/// backslash or a control character.
#[inline(always)]
pub(crate) fn string_end<S: Simd>(
    simd: S,
    bytes: &[u8],
    mut special: usize,
    seen: &mut S::SeenBits,
) -> Option<usize> {
    loop {
        match bytes[special] {
            b'"' => return Some(special),
            b'\\' => {
                let end = scan::escape_end(bytes, special).ok()?;
                special = find_special(simd, bytes, end, seen)?;
            }
            _ => return None,
        }
    }
}

/// Validates the object or array that starts at `start`, whose keys may be repeated, and returns its end. Whether its
/// strings are UTF-8 is left to the caller, to whose `seen` their bytes are added.
///
/// # Errors
/// The offset up to which bytes were read. The container is not valid, is nested too deeply, or has fewer than
/// [`SCAN_BYTES`] bytes after it.
#[inline(always)]
pub(crate) fn skip_container<S: Simd>(
    simd: S,
    bytes: &[u8],
    start: usize,
    seen: &mut S::SeenBits,
) -> Result<usize, usize> {
    let mut position = start;
    let end = skip_values(simd, bytes, &mut position, seen);
    work::add(position - start);
    end.map(|()| position).ok_or(position)
}

/// Moves the position to the end of the container that starts there; `None` if it is not valid.
#[inline(always)]
fn skip_values<S: Simd>(
    simd: S,
    bytes: &[u8],
    position: &mut usize,
    seen: &mut S::SeenBits,
) -> Option<()> {
    // A bit for each open container, the innermost lowest: whether it is an object.
    let (mut kinds, mut depth) = (0_u64, 0);
    loop {
        *position = scan::skip_whitespace(bytes, *position);
        let chunk = bytes.get(*position..)?.first_chunk::<8>()?;
        match chunk[0] {
            b'"' => *position = skip_string(simd, bytes, *position, seen)?,
            open @ (b'{' | b'[') => {
                if depth == MAX_SKIP_DEPTH {
                    return None;
                }
                depth += 1;
                kinds = kinds << 1 | u64::from(open == b'{');
                *position = scan::skip_whitespace(bytes, *position + 1);
                if *bytes.get(*position)? != closing(kinds) {
                    if open == b'{' {
                        *position = skip_key(simd, bytes, *position, seen)?;
                    }
                    continue;
                }
            }
            _ => *position += match_other_scalar(bytes, *position, chunk)?.0,
        }
        // After a value, or before the end of an empty container.
        loop {
            *position = scan::skip_whitespace(bytes, *position);
            match *bytes.get(*position)? {
                b',' => {
                    *position += 1;
                    if kinds & 1 == 1 {
                        *position = skip_key(simd, bytes, *position, seen)?;
                    }
                    break;
                }
                byte if byte == closing(kinds) => {
                    *position += 1;
                    depth -= 1;
                    kinds >>= 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
                _ => return None,
            }
        }
    }
}

/// Validates a key and its colon, after any white space. Returns the offset after them.
#[inline(always)]
fn skip_key<S: Simd>(
    simd: S,
    bytes: &[u8],
    position: usize,
    seen: &mut S::SeenBits,
) -> Option<usize> {
    let start = scan::skip_whitespace(bytes, position);
    if *bytes.get(start)? != b'"' {
        return None;
    }
    let end = skip_string(simd, bytes, start, seen)?;
    let colon = scan::skip_whitespace(bytes, end);
    (*bytes.get(colon)? == b':').then_some(colon + 1)
}

/// Validates the string whose opening quote is at `start`. Returns the offset after it.
#[inline(always)]
fn skip_string<S: Simd>(
    simd: S,
    bytes: &[u8],
    start: usize,
    seen: &mut S::SeenBits,
) -> Option<usize> {
    let special = find_special(simd, bytes, start + 1, seen)?;
    string_end(simd, bytes, special, seen).map(|quote| quote + 1)
}

/// Returns the closing bracket of the innermost container.
#[inline(always)]
fn closing(kinds: u64) -> u8 {
    if kinds & 1 == 1 { b'}' } else { b']' }
}
