use idq_json::scan;
use memchr::memmem;

use crate::frames::{Expect, Frame, State};

/// What stands between two records of a dump, learned from the first two neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Separator {
    /// The end of a record, the gap, and the start of the next record up to its first colon.
    pub(crate) pattern: Vec<u8>,
    /// Where in the pattern the next record starts.
    pub(crate) cut: usize,
    /// The state in which the next record is reached.
    pub(crate) state: State,
}

/// Gaps and first keys are short; longer ones are not worth learning.
const MAX_LEARNED: usize = 64;

impl Separator {
    /// Learns from a record that ends at `end` and the next one, which starts at `start`.
    pub(crate) fn learn(bytes: &[u8], end: usize, start: usize, state: &State) -> Option<Self> {
        let head = bytes[start..]
            .iter()
            .take(MAX_LEARNED)
            .position(|&byte| byte == b':')?
            + 1;
        if start - end > MAX_LEARNED {
            return None;
        }
        Some(Self {
            pattern: bytes[end - 1..start + head].to_vec(),
            cut: start - end + 1,
            state: state.clone(),
        })
    }

    fn gap(&self) -> &[u8] {
        &self.pattern[1..self.cut]
    }
}

/// Where parsing goes on after a bad record, and what is expected there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resume {
    pub(crate) position: usize,
    pub(crate) expect: Expect,
}

/// Finds the end of a bad record that starts at `start`.
///
/// `end` is where its brackets close, and `sound` says that its text is JSON all the same. Otherwise brackets cannot
/// be trusted: a dump with line breaks between records goes on at the next line that starts as records do.
pub(crate) fn resume(
    bytes: &[u8],
    start: usize,
    end: Option<usize>,
    sound: bool,
    state: &State,
    separator: Option<&Separator>,
) -> Option<Resume> {
    let closed = end
        .filter(|&end| sound || may_follow(bytes, end, state))
        .map(|position| Resume {
            position,
            expect: Expect::SeparatorOrEnd,
        });
    if sound && closed.is_some() {
        return closed;
    }
    let separator =
        separator.filter(|separator| separator.state.frames.len() == state.frames.len());
    let (pattern, record) = match separator {
        // A line break, and the same indentation: no record inside a record stands there.
        Some(separator) if separator.gap().contains(&b'\n') => {
            ([separator.gap(), b"{"].concat(), separator.gap().len())
        }
        Some(separator) => (separator.pattern[1..].to_vec(), separator.gap().len()),
        None if state.frames.is_empty() => (b"\n{".to_vec(), 1),
        None => return closed,
    };
    let next = memmem::find(&bytes[(start + 1).min(bytes.len())..], &pattern).map(|found| Resume {
        position: start + 1 + found + record,
        expect: Expect::Item,
    });
    match (closed, next) {
        (Some(closed), Some(next))
            if pattern.contains(&b'\n') && next.position < closed.position =>
        {
            Some(next)
        }
        (Some(closed), _) => Some(closed),
        (None, next) => next,
    }
}

/// Whether what stands at `end` can stand behind a record.
fn may_follow(bytes: &[u8], end: usize, state: &State) -> bool {
    let next = bytes.get(scan::skip_whitespace(bytes, end));
    match state.frames.last() {
        None => matches!(next, None | Some(b'{' | b'[')),
        Some(Frame::Array(_) | Frame::Records(_)) => matches!(next, None | Some(b',' | b']')),
        Some(Frame::Page(_)) => matches!(next, None | Some(b',' | b'}')),
    }
}
