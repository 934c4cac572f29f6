//! The walk: literal, scalar, literal, scalar, to the end of the record.

use idq_json::scan;

use crate::found::{
    ESCAPED, FALSE, Found, LISTED, MAX_LENGTH, NULL, NUMBER, SLOTS, STRING, Scalar, TRUE,
};
use crate::graph::{END, Graph, Tick, UNKNOWN};
use crate::lanes::{Lanes, STEP};
use crate::paths::MAX_LOOSE;

/// Bytes that a step may look at without asking how many there are: a literal and the start of the scalar behind it.
pub(crate) const WINDOW: usize = 192;

/// Walks over the record that starts at `start`. The end of the record, or `None` if it is not familiar.
///
/// Each byte is either part of a literal that stood at the same place of a valid record, or of a scalar that is
/// validated here. A counting walk also notes which edges it takes. The last records before the end of the bytes are
/// never familiar: see [`WINDOW`].
#[inline(always)]
pub(crate) fn walk<L: Lanes, const COUNTING: bool>(
    lanes: L,
    graph: &Graph,
    bytes: &[u8],
    start: usize,
    found: &mut Found,
) -> Option<usize> {
    found.slots.fill(Scalar::default());
    found.notes.clear();
    found.taken.clear();
    let mut count = 0;
    let mut marks = 0;
    let mut wrong = 0;
    let mut ticks = Ticks::default();
    let mut position = start;
    let mut next_edge = graph.places[0].first_edge as usize;
    loop {
        let mut window = bytes.get(position..)?.first_chunk::<WINDOW>()?;
        let (index, edge) = loop {
            let edge = graph.edges.get(next_edge)?;
            if lanes.same(first(window, 0), &edge.head, edge.mask) {
                break (next_edge, edge);
            }
            next_edge += 1;
        };
        position += edge.length as usize;
        let mut at = edge.length as usize & (WINDOW / 3 - 1);
        if edge.is_plain {
            ticks.tick(edge.tick);
        } else {
            if edge.target == UNKNOWN {
                return None;
            }
            let extra = &graph.extras[index];
            if !extra.tail.is_empty() {
                let tail = bytes.get(position - extra.tail.len()..position)?;
                if *tail != *extra.tail {
                    position -= edge.length as usize;
                    next_edge += 1;
                    continue;
                }
            }
            ticks.tick(edge.tick);
            extra.ticks.iter().for_each(|&tick| ticks.tick(tick));
            found.notes.extend_from_slice(&extra.notes);
            for &tag in &extra.empty {
                found.listed[count % LISTED] = (tag, Scalar::new(position, 0, NULL, 0));
                count += 1;
            }
            if edge.target == END {
                marks |= edge.marks;
                break;
            }
            window = bytes.get(position..)?.first_chunk::<WINDOW>()?;
            at = 0;
        }
        marks |= edge.marks;
        if COUNTING {
            found.taken.push(index as u32);
        }
        let place = &edge.place;
        next_edge = place.first_edge as usize;
        let scalar;
        if window[at] == b'"' {
            let from = position + 1;
            let mut length = lanes.first_special(first(window, at + 1));
            if length == STEP {
                length = plain_end(lanes, bytes, from + STEP)? - from;
            }
            if *bytes.get(from + length)? == b'"' {
                scalar = Scalar::new(from, length, STRING, 0);
            } else {
                let prefix = &graph.prefixes[edge.target as usize];
                let flags;
                (length, flags) = unusual_string(lanes, bytes, from, from + length, prefix)?;
                scalar = Scalar::new(from, length, STRING, flags);
            }
            position = from + length + 1;
            wrong |= place.kinds.lacks(STRING);
        } else {
            let (length, kind) = other_scalar(bytes, position, first(window, at))?;
            scalar = Scalar::new(position, length, kind, 0);
            position += length;
            wrong |= place.kinds.lacks(kind);
        }
        if place.is_used {
            found.slots[place.slot as usize % SLOTS] = scalar;
            found.listed[count % LISTED] = (place.tag, scalar);
            count += usize::from(place.listed);
        }
    }
    // No length may run into its kind, and no place out of its number.
    if position - start > MAX_LENGTH || position > u32::MAX as usize {
        return None;
    }
    found.marks = marks;
    found.count = count;
    (wrong == 0 && ticks.repeated == 0 && count < LISTED).then_some(position)
}

/// Some of the first bytes of a window, from one of its first two thirds on.
#[inline(always)]
fn first<const COUNT: usize>(window: &[u8; WINDOW], from: usize) -> &[u8; COUNT] {
    const { assert!(COUNT <= STEP && STEP <= WINDOW / 3) };
    match window.get(from..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => bytes,
        // No place is that far.
        None => &[0; COUNT],
    }
}

/// The length and the kind of a scalar that is no string; `chunk` is its first bytes.
#[inline(always)]
fn other_scalar(bytes: &[u8], start: usize, chunk: &[u8; 8]) -> Option<(usize, u32)> {
    if chunk[..4] == *b"null" {
        return Some((4, NULL));
    }
    if let Some(digits) = short_number(chunk) {
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

/// The keys of loose objects that have been passed, a bit for each.
#[derive(Default)]
struct Ticks {
    passed: [[u64; 4]; MAX_LOOSE + 1],
    repeated: u64,
}

impl Ticks {
    #[inline(always)]
    fn tick(&mut self, tick: Tick) {
        if tick.slot == 0 {
            return;
        }
        let passed = &mut self.passed[usize::from(tick.slot) % (MAX_LOOSE + 1)];
        if tick.first {
            *passed = [0; 4];
        }
        let (word, bit) = (usize::from(tick.key / 64), 1 << (tick.key % 64));
        self.repeated |= passed[word] & bit;
        passed[word] |= bit;
    }
}

/// The length of a whole number of less than eight digits, which these bytes start with.
#[inline(always)]
fn short_number(chunk: &[u8; 8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let values = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(b'0'));
    // The high bit of whatever is no digit; the lowest is exact.
    let others = (values.wrapping_add(ONES * (0x80 - 10)) | values) & (ONES * 0x80);
    let digits = others.trailing_zeros() as usize / 8;
    let is_whole = (1..8).contains(&digits)
        && !(chunk[0] == b'0' && digits > 1)
        && !matches!(chunk[digits], b'.' | b'e' | b'E');
    // What else cannot follow a number is no literal either.
    is_whole.then_some(digits)
}

/// The first byte from a position on that is a quote, a backslash, a control character or not ASCII.
#[inline(always)]
fn plain_end<L: Lanes>(lanes: L, bytes: &[u8], from: usize) -> Option<usize> {
    let mut end = from;
    loop {
        let block = bytes.get(end..)?.first_chunk::<STEP>()?;
        let special = lanes.first_special(block);
        end += special;
        if special < STEP {
            return Some(end);
        }
    }
}

/// The length of a string with escapes or with characters beyond ASCII, and its flags; it is plain up to `special`.
#[inline(always)]
fn unusual_string<L: Lanes>(
    lanes: L,
    bytes: &[u8],
    start: usize,
    special: usize,
    prefix: &[u8],
) -> Option<(usize, u32)> {
    // What was validated once need not be again.
    if !prefix.is_empty() && bytes.get(start..)?.starts_with(prefix) {
        let end = plain_end(lanes, bytes, start + prefix.len())?;
        if bytes[end] == b'"' {
            return Some((end - start, ESCAPED));
        }
    }
    let (end, flags) = any_string(bytes, special)?;
    Some((end - start, flags))
}

#[inline(never)]
fn any_string(bytes: &[u8], start: usize) -> Option<(usize, u32)> {
    let end = scan::string_end(bytes, start).ok()?;
    let flags = if end.escaped { ESCAPED } else { 0 };
    Some((end.quote, flags))
}
