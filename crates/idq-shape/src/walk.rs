//! The walk: literal, scalar, literal, scalar, to the end of the record.

use idq_json::scan;

use crate::found::{ESCAPED, FALSE, Found, MAX_LENGTH, NULL, NUMBER, STRING, Scalar, TRUE};
use crate::graph::{END, Edge, Graph, Tick};
use crate::lanes::{HEAD, Lanes, STEP};
use crate::paths::MAX_LOOSE;

/// Walks over the record that starts at `start`. The end of the record, or `None` if it is not familiar.
///
/// Each byte is either part of a literal that stood at the same place of a valid record, or of a scalar that is
/// validated here.
#[inline(always)]
pub(crate) fn walk<L: Lanes>(
    lanes: L,
    graph: &Graph,
    bytes: &[u8],
    start: usize,
    found: &mut Found,
) -> Option<usize> {
    found.slots.fill(Scalar::default());
    found.listed.clear();
    found.notes.clear();
    let mut marks = 0;
    let mut wrong = 0;
    let mut ticks = Ticks::default();
    let mut position = start;
    let mut place = graph.places[0];
    loop {
        let (index, edge) =
            next_edge(lanes, graph, place.first_edge, place.edges, bytes, position)?;
        position += edge.length as usize;
        marks |= edge.marks;
        ticks.tick(edge.tick);
        if edge.extra {
            let extra = &graph.extras[index];
            found.notes.extend_from_slice(&extra.notes);
            let empty = |&tag: &u32| (tag, Scalar::new(position, 0, NULL, 0));
            found.listed.extend(extra.empty.iter().map(empty));
            extra.ticks.iter().for_each(|&tick| ticks.tick(tick));
        }
        if edge.target == END {
            break;
        }
        place = edge.place;
        let scalar = scalar(lanes, graph, edge, bytes, &mut position)?;
        wrong |= place.kinds.lacks(scalar.kind);
        let scalar = scalar.scalar;
        found.slots[place.slot as usize] = scalar;
        if place.listed {
            found.listed.push((place.tag, scalar));
        }
    }
    found.marks = marks;
    (wrong == 0 && ticks.repeated == 0).then_some(position)
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

/// The edge whose text stands at a position.
#[inline(always)]
fn next_edge<'g, L: Lanes>(
    lanes: L,
    graph: &'g Graph,
    first: u32,
    count: u32,
    bytes: &[u8],
    position: usize,
) -> Option<(usize, &'g Edge)> {
    let head = bytes.get(position..)?.first_chunk::<HEAD>()?;
    let first = first as usize;
    let edges = graph.edges.get(first..first + count as usize)?;
    for (index, edge) in edges.iter().enumerate() {
        if lanes.same(head, &edge.head, edge.mask) {
            if edge.length as usize > HEAD {
                let tail = bytes.get(position + HEAD..position + edge.length as usize)?;
                if *tail != *graph.extras[first + index].tail {
                    continue;
                }
            }
            return Some((first + index, edge));
        }
    }
    None
}

struct Read {
    scalar: Scalar,
    kind: u32,
}

/// Reads the scalar at a position, and goes behind it.
#[inline(always)]
fn scalar<L: Lanes>(
    lanes: L,
    graph: &Graph,
    edge: &Edge,
    bytes: &[u8],
    position: &mut usize,
) -> Option<Read> {
    let start = *position;
    let read = |start: usize, end: usize, kind: u32, flags: u32| Read {
        scalar: Scalar::new(start, end - start, kind, flags),
        kind,
    };
    let word = |text: &[u8], kind: u32| {
        let end = start + text.len();
        (bytes.get(start..end)? == text).then(|| read(start, end, kind, 0))
    };
    let found = match *bytes.get(start)? {
        b'"' => {
            let from = start + 1;
            let end = plain_end(lanes, bytes, from)?;
            let found = if bytes[end] == b'"' {
                read(from, end, STRING, 0)
            } else {
                let prefix = &graph.prefixes[edge.target as usize];
                let (end, flags) = unusual_string(lanes, bytes, from, end, prefix)?;
                read(from, end, STRING, flags)
            };
            let end = found.scalar.range().end;
            // The length must not run into the kind.
            if end - from > MAX_LENGTH {
                return None;
            }
            *position = end + 1;
            return Some(found);
        }
        b'n' => word(b"null", NULL),
        b't' => word(b"true", TRUE),
        b'f' => word(b"false", FALSE),
        b'-' | b'0'..=b'9' => {
            let end = match short_number_end(bytes, start) {
                Some(end) => end,
                None => scan::number_end(bytes, start).ok()?,
            };
            if end - start > MAX_LENGTH {
                return None;
            }
            Some(read(start, end, NUMBER, 0))
        }
        _ => None,
    }?;
    *position = found.scalar.range().end;
    Some(found)
}

/// The end of a whole number of less than eight digits.
#[inline(always)]
fn short_number_end(bytes: &[u8], start: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let chunk = bytes.get(start..)?.first_chunk::<8>()?;
    let values = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(b'0'));
    // The high bit of whatever is no digit; the lowest is exact.
    let others = (values.wrapping_add(ONES * (0x80 - 10)) | values) & (ONES * 0x80);
    let digits = others.trailing_zeros() as usize / 8;
    let is_whole = (1..8).contains(&digits)
        && !(chunk[0] == b'0' && digits > 1)
        && !matches!(chunk[digits], b'.' | b'e' | b'E');
    // What cannot follow a number is no literal either.
    is_whole.then_some(start + digits)
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

/// The end of a string with escapes or with characters beyond ASCII, and its flags; it is plain up to `special`.
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
            return Some((end, ESCAPED));
        }
    }
    any_string(bytes, special)
}

#[inline(never)]
fn any_string(bytes: &[u8], start: usize) -> Option<(usize, u32)> {
    let end = scan::string_end(bytes, start).ok()?;
    let flags = if end.escaped { ESCAPED } else { 0 };
    Some((end.quote, flags))
}
