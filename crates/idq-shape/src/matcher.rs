//! The matcher: runs the automaton over a record, literal by literal, and validates the scalars between literals.

use idq_json::scan;

use crate::automaton::{ACCEPT, Automaton, DEAD, KeyBit};
use crate::captures::{
    CaptureBuffer, ESCAPED, FALSE, MAX_SPAN_BYTES, MAX_TAGGED, NULL, NUMBER, SLOTS, STRING, Span,
    TRUE,
};
use crate::path_trie::MAX_UNORDERED;
use crate::simd::{SCAN_BYTES, Simd};
use crate::skip::{find_special, string_end};

/// The number of bytes that a step may read without a bounds check: a short literal, and the start of the scalar after
/// it.
pub(crate) const WINDOW_BYTES: usize = 192;

/// Matches the record that starts at `start`. Returns the end of the record; `None` if it does not match.
///
/// Each byte is part of a literal that a valid record had at the same path, or of a scalar or a skipped container that is
/// validated here. A match with `PROFILE` also lists the transitions it takes. The last records before the end of the
/// bytes never match, because fewer than [`WINDOW_BYTES`] follow them.
///
/// The loop accumulates violations (a value of a kind that its node does not allow, a repeated key) as bits, which are
/// tested once after it, and lets indexes wrap where the result is discarded anyway: branches were slower there.
#[inline(always)]
pub(crate) fn match_record<S: Simd, const PROFILE: bool>(
    simd: S,
    automaton: &Automaton,
    bytes: &[u8],
    start: usize,
    captures: &mut CaptureBuffer,
) -> Option<usize> {
    captures.slots.fill(Span::default());
    captures.unknown_keys.clear();
    captures.transitions.clear();
    captures.skipped_bytes = 0;
    let mut tagged_count = 0;
    let mut flags = 0;
    let mut violations = 0;
    let mut seen_keys = SeenKeys::default();
    let mut seen = simd.no_bits();
    let mut position = start;
    let mut next_transition = automaton.nodes[0].first_transition as usize;
    loop {
        let mut window = bytes.get(position..)?.first_chunk::<WINDOW_BYTES>()?;
        // The last transition of a node matches any input, so the search ends within the node.
        let (index, transition) = loop {
            let transition = automaton.transitions.get(next_transition)?;
            if simd.prefixes_equal(first(window, 0), &transition.prefix, transition.mask) {
                break (next_transition, transition);
            }
            next_transition += 1;
        };
        position += transition.length as usize;
        let mut scalar_at = transition.length as usize & (WINDOW_BYTES / 3 - 1);
        if transition.is_plain {
            violations |= seen_keys.insert(&transition.key_bit);
        } else {
            if transition.target == DEAD {
                return None;
            }
            let cold = automaton.cold(transition);
            if !cold.suffix.is_empty() {
                let suffix = bytes.get(position - cold.suffix.len()..position)?;
                if *suffix != *cold.suffix {
                    position -= transition.length as usize;
                    next_transition += 1;
                    continue;
                }
            }
            violations |= seen_keys.insert(&transition.key_bit);
            for key in &cold.key_bits {
                violations |= seen_keys.insert(key);
            }
            captures.unknown_keys.extend_from_slice(&cold.unknown_keys);
            for mark in &cold.marks {
                let span = Span::of_mark(mark.kind);
                captures.tagged[tagged_count % MAX_TAGGED] = (mark.tag, span);
                tagged_count += 1;
            }
            if transition.target == ACCEPT {
                flags |= transition.flags;
                break;
            }
            // The literal may be longer than the window: the scalar gets a window of its own.
            window = bytes.get(position..)?.first_chunk::<WINDOW_BYTES>()?;
            scalar_at = 0;
        }
        flags |= transition.flags;
        if PROFILE {
            captures.transitions.push(index as u32);
        }
        let node = &transition.node;
        next_transition = node.first_transition as usize;
        let span;
        if window[scalar_at] == b'"' {
            let from = position + 1;
            let mut length = simd.first_special(first(window, scalar_at + 1), &mut seen);
            if length == SCAN_BYTES {
                length = find_special(simd, bytes, from + SCAN_BYTES, &mut seen)? - from;
            }
            if *bytes.get(from + length)? == b'"' {
                span = Span::new(from, length, STRING, 0);
            } else {
                let prefix = &automaton.escaped_prefixes[transition.target as usize];
                let special = from + length;
                length = match_escaped_string(simd, bytes, from, special, prefix, &mut seen)?;
                span = Span::new(from, length, STRING, ESCAPED);
            }
            position = from + length + 1;
            violations |= u64::from(node.kinds.missing(STRING));
        } else if node.kinds.has_skipped() && matches!(window[scalar_at], b'{' | b'[') {
            let skipped = simd.skip_container(bytes, position, &mut seen);
            captures.skipped_bytes += skipped.unwrap_or_else(|reached| reached) - position;
            position = skipped.ok()?;
            continue;
        } else {
            let (length, kind) = match_other_scalar(bytes, position, first(window, scalar_at))?;
            span = Span::new(position, length, kind, 0);
            position += length;
            violations |= u64::from(node.kinds.missing(kind));
        }
        if node.is_captured {
            captures.slots[node.slot as usize % SLOTS] = span;
            if node.is_tagged {
                captures.tagged[tagged_count % MAX_TAGGED] = (node.tag, span);
                tagged_count += 1;
            }
        }
    }
    // A longer record could have spans whose offset or length overflows.
    if position - start > MAX_SPAN_BYTES || position > u32::MAX as usize {
        return None;
    }
    // Literals were compared with those of a valid record.
    if !simd.is_ascii(seen) && simdutf8::basic::from_utf8(&bytes[start..position]).is_err() {
        return None;
    }
    captures.flags = flags;
    captures.tagged_count = tagged_count;
    (violations == 0 && tagged_count < MAX_TAGGED).then_some(position)
}

/// Returns bytes of a window from an index in its first two thirds, without a bounds check that can fail.
#[inline(always)]
fn first<const COUNT: usize>(window: &[u8; WINDOW_BYTES], from: usize) -> &[u8; COUNT] {
    const { assert!(COUNT <= SCAN_BYTES && SCAN_BYTES <= WINDOW_BYTES / 3) };
    match window.get(from..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => bytes,
        // Unreachable: the callers' indexes are masked.
        None => &[0; COUNT],
    }
}

/// Returns the length and the kind of a scalar that is not a string; `chunk` is its first bytes.
#[inline(always)]
pub(crate) fn match_other_scalar(
    bytes: &[u8],
    start: usize,
    chunk: &[u8; 8],
) -> Option<(usize, u32)> {
    if chunk[..4] == *b"null" {
        return Some((4, NULL));
    }
    // A byte that may not follow a number fails the comparison with the next literal.
    if let Some(digits) = scan::short_number(chunk) {
        return Some((digits, NUMBER));
    }
    if chunk[..4] == *b"true" {
        return Some((4, TRUE));
    }
    if chunk[..5] == *b"false" {
        return Some((5, FALSE));
    }
    if !matches!(chunk[0], b'-' | b'0'..=b'9') {
        return None;
    }
    let end = scan::number_end(bytes, start).ok()?;
    Some((end - start, NUMBER))
}

/// The keys of unordered objects that the record has so far, as a bit set for each object.
#[derive(Default)]
struct SeenKeys {
    /// For each object, by its number, a bit for each of its first 256 keys.
    sets: [[u64; 4]; MAX_UNORDERED + 1],
}

impl SeenKeys {
    /// Inserts a key; `key.object` is 0 for no key. Returns the bit of the key if it was inserted before, otherwise 0.
    #[inline(always)]
    fn insert(&mut self, key: &KeyBit) -> u64 {
        if key.object == 0 {
            return 0;
        }
        let set = &mut self.sets[usize::from(key.object) % (MAX_UNORDERED + 1)];
        if key.is_first {
            // A new object at the same path, as in an array.
            *set = [0; 4];
        }
        let (word, bit) = (usize::from(key.key / 64), 1 << (key.key % 64));
        let repeated = set[word] & bit;
        set[word] |= bit;
        repeated
    }
}

/// Returns the length of a string with escapes. `special` is the offset of its first backslash or control character,
/// `prefix` a valid start that strings of this path are likely to have.
#[inline(always)]
fn match_escaped_string<S: Simd>(
    simd: S,
    bytes: &[u8],
    start: usize,
    mut special: usize,
    prefix: &[u8],
    seen: &mut S::SeenBits,
) -> Option<usize> {
    // An equal prefix was validated when it was learned.
    if !prefix.is_empty() && bytes.get(start..)?.starts_with(prefix) {
        special = find_special(simd, bytes, start + prefix.len(), seen)?;
    }
    let quote = string_end(simd, bytes, special, seen)?;
    Some(quote - start)
}
