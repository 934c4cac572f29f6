use std::ops::Range;

use idq_api::ApiRegistry;
use idq_json::{ErrorKind, scan, work};

use crate::frames::{Expect, Frame, State, page_of};
use crate::page::{records_key_at_end, value_end};

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
pub(crate) const MAX_LEARNED: usize = 64;

impl Separator {
    /// Learns from a record, the gap between it and the record before, and the state in which it was reached.
    pub(crate) fn learn(gap: &[u8], record: &[u8], state: &State) -> Option<Self> {
        let mut start = record.iter().take(MAX_LEARNED);
        let head = start.position(|&byte| byte == b':')? + 1;
        Some(Self {
            pattern: [b"}", gap, &record[..head]].concat(),
            cut: 1 + gap.len(),
            state: state.clone(),
        })
    }

    fn head(&self) -> &[u8] {
        &self.pattern[self.cut..]
    }

    /// What stands between the last line break of the gap and the record, where there is a line break.
    fn indentation(&self) -> Option<&[u8]> {
        let gap = &self.pattern[1..self.cut];
        memchr::memrchr(b'\n', gap).map(|line_feed| &gap[line_feed + 1..])
    }
}

/// Where parsing goes on after a bad record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resume {
    pub(crate) position: usize,
    pub(crate) place: Place,
}

/// What stands at the place where parsing goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// What the container that was open expects next.
    Inside(Expect),
    /// A record of the array that a bracket too many has closed.
    BackIn(Frame),
    /// An item of whatever is around the page that was open.
    AroundPage,
    /// A value outside of any container.
    Outside,
}

/// What is known of the end of a bad stretch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    At(Resume),
    /// It does not end in these bytes.
    Nothing,
    /// The bytes to come decide.
    Undecided,
}

/// Whether a place is one to go on from.
enum Verdict {
    Yes(Place),
    No,
    Undecided,
}

/// How many records in a row must make sense before a place between brackets is believed. Objects in a profile can
/// look like records, but they stand in short arrays, and what follows such an array follows no array of records.
const CHAIN: usize = 8;

/// The known end of a bad stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadEnd {
    /// It ends here: its text is JSON all the same.
    Certain(usize),
    /// It is a record whose brackets may close before `scope`, but cannot be trusted.
    Brackets {
        /// The end of the bytes that the record may take.
        scope: usize,
    },
    /// Nothing.
    Unknown,
}

/// Where the brackets of a bad stretch close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brackets {
    /// Not in the bytes looked at so far.
    Open,
    /// Here, and what follows may follow a record.
    Close(usize),
    /// At a place where no record can end, or never.
    Useless,
}

/// The search for the end of a bad stretch.
///
/// What it finds depends on the stretch and on what follows, never on where the bytes at hand end: where that would
/// matter, the answer is [`Found::Undecided`].
pub(crate) struct Search<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) apis: &'a ApiRegistry,
    /// Where the bad stretch starts.
    pub(crate) start: usize,
    pub(crate) last: bool,
    pub(crate) frames: &'a [Frame],
    pub(crate) separator: Option<&'a Separator>,
    /// How much effort is left; without any, only the starts of lines are looked at.
    pub(crate) patience: usize,
    /// How many bytes were looked at in vain.
    pub(crate) effort: usize,
    /// Whether the bad stretch starts with a bracket that fills a line, once that was looked at.
    pub(crate) starts_with_lone_bracket: Option<bool>,
}

/// The first bytes in which the end of a bad stretch is looked for; then twice as many, as long as it takes. So the work is
/// in proportion to what is passed over, not to what is left of the input.
const FIRST_WINDOW: usize = 32;

impl Search<'_> {
    /// Finds the end of a bad record.
    ///
    /// Without an end that is certain, whichever comes first counts: the place where its brackets close, if what follows may
    /// follow a record, or a place where a record seems to start.
    pub(crate) fn resume(&mut self, end: BadEnd) -> Found {
        let after = |position| Resume {
            position,
            place: Place::Inside(Expect::SeparatorOrEnd),
        };
        let (mut brackets, scope) = match end {
            BadEnd::Certain(end) => return Found::At(after(end)),
            BadEnd::Brackets { scope } => (Brackets::Open, scope),
            BadEnd::Unknown => (Brackets::Useless, self.start),
        };
        let (mut from, mut window) = (self.start + 1, FIRST_WINDOW);
        loop {
            let mut limit = self.bytes.len().min(self.start + window);
            if brackets == Brackets::Open {
                let limit = limit.min(scope);
                brackets = match scan::container_end(&self.bytes[..limit], self.start) {
                    Err(reached) if reached == limit && limit < scope => Brackets::Open,
                    // Brackets are only counted: a record that ends with the wrong one has lost its own.
                    Ok(end) if self.bytes[end - 1] == b'}' => match self.may_follow(end) {
                        Verdict::Yes(_) => Brackets::Close(end),
                        Verdict::No => Brackets::Useless,
                        Verdict::Undecided => return Found::Undecided,
                    },
                    _ => Brackets::Useless,
                };
            }
            if let Brackets::Close(end) = brackets {
                limit = limit.min(end);
            }
            match self.next_start(from.min(limit)..limit) {
                Found::Nothing => {}
                found => return found,
            }
            match brackets {
                Brackets::Close(end) if end == limit => return Found::At(after(end)),
                _ if limit == self.bytes.len() => return Found::Nothing,
                _ => {}
            }
            (from, window) = (limit, window * 2);
        }
    }

    /// The first place in a range where parsing can go on.
    fn next_start(&mut self, range: Range<usize>) -> Found {
        let bytes = self.bytes;
        let in_page = matches!(self.frames.last(), Some(Frame::Page(_)));
        let (from, limit) = (range.start, range.end);
        let mut looked_at = from;
        for found in memchr::memchr3_iter(b'\n', b'{', b'[', &bytes[from..limit]) {
            let mut position = from + found;
            work::add(position - looked_at);
            looked_at = position;
            let verdict = match bytes[position] {
                b'\n' => {
                    let (first, verdict) = self.line(position);
                    position = first;
                    verdict
                }
                _ if self.effort >= self.patience => Verdict::No,
                b'[' if !in_page => Verdict::No,
                b'[' => match records_key_at_end(&bytes[self.start..position], self.apis) {
                    Some(key) => {
                        position = self.start + key;
                        Verdict::Yes(Place::Inside(Expect::Item))
                    }
                    None => Verdict::No,
                },
                _ => self.object(position),
            };
            match verdict {
                Verdict::Yes(place) => return Found::At(Resume { position, place }),
                Verdict::No => {}
                Verdict::Undecided => return Found::Undecided,
            }
        }
        work::add(limit - looked_at);
        Found::Nothing
    }

    /// What the bytes to come may say, where these have none.
    fn nothing_there(&self, at_the_end: Verdict) -> Verdict {
        if self.last {
            at_the_end
        } else {
            Verdict::Undecided
        }
    }

    /// What the separator says, if it was learned this deep in containers.
    fn separator(&self) -> Option<&Separator> {
        self.separator
            .filter(|separator| separator.state.frames.len() == self.frames.len())
    }

    /// Whether parsing can go on at the line behind this line feed, and where that line's first character is.
    fn line(&mut self, line_feed: usize) -> (usize, Verdict) {
        let rest = &self.bytes[line_feed + 1..];
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let indentation = rest.iter().take_while(blank).count();
        let first = line_feed + 1 + indentation;
        let Some(&byte) = self.bytes.get(first) else {
            return (first, self.nothing_there(Verdict::No));
        };
        if let Some((indentation, place)) = self.learned_line() {
            let known = &rest[..rest.len().min(indentation.len())];
            let record = line_feed + 1 + indentation.len();
            match self.bytes.get(record) {
                None if indentation.starts_with(known) => {
                    return (first, self.nothing_there(Verdict::No));
                }
                Some(b'{') if known == indentation => return (record, Verdict::Yes(place)),
                _ => {}
            }
        }
        let learned = self.separator().and_then(Separator::indentation);
        if self.frames.is_empty() {
            let outer = indentation <= learned.map_or(0, <[u8]>::len);
            let starts = match byte {
                b'{' | b'[' => true,
                b'}' | b']' | b',' | b':' | b'\r' | b'\n' => false,
                // Where a record fills a line, so does whatever else stands there.
                _ => !self.starts_with_lone_bracket(),
            };
            let yes = Verdict::Yes(Place::Inside(Expect::Item));
            return (first, if outer && starts { yes } else { Verdict::No });
        }
        if indentation > 0 || !matches!(byte, b'{' | b'[') {
            return (first, Verdict::No);
        }
        // Inside a record that is written without indentation, objects start lines as well.
        let before = self.bytes[self.start..line_feed].trim_ascii_end().last();
        if self.bytes[self.start] == b'{' && matches!(before, Some(b',' | b'[' | b':')) {
            return (first, Verdict::No);
        }
        // A line that starts with a bracket, in a dump whose records have none before them.
        let verdict = match byte {
            b'[' => Verdict::Yes(Place::Outside),
            _ if page_of(self.frames).is_some() => Verdict::Yes(Place::AroundPage),
            _ => Verdict::Yes(Place::Inside(Expect::Item)),
        };
        (first, verdict)
    }

    /// What lines start with that hold records of an array, and where such a record stands.
    ///
    /// The array is open or, where records stand one container deeper, was closed too early.
    fn learned_line(&self) -> Option<(&[u8], Place)> {
        let separator = self.separator?;
        let indentation = separator.indentation()?;
        let frames = &separator.state.frames[..];
        if frames.len() == self.frames.len() && !frames.is_empty() {
            Some((indentation, Place::Inside(Expect::Item)))
        } else if frames.len() == self.frames.len() + 1 {
            Some((indentation, Place::BackIn(*frames.last()?)))
        } else {
            None
        }
    }

    /// Whether the bad stretch is written over several lines.
    fn starts_with_lone_bracket(&mut self) -> bool {
        if let Some(known) = self.starts_with_lone_bracket {
            return known;
        }
        let rest = &self.bytes[self.start + 1..];
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r');
        let first = rest.iter().find(|byte| !blank(byte));
        let is_lone = matches!(self.bytes[self.start], b'{' | b'[') && matches!(first, Some(b'\n'));
        self.starts_with_lone_bracket = Some(is_lone);
        is_lone
    }

    /// Whether the object that starts here seems to be a record of an array.
    ///
    /// That is the array that is open or, where records stand one container deeper, one that was closed too early.
    fn object(&mut self, position: usize) -> Verdict {
        let (bytes, open) = (self.bytes, self.frames);
        let back_in_array = [Frame::Array(Expect::Item)];
        let (frames, separator) = match (open.last(), self.separator) {
            (Some(Frame::Array(_) | Frame::Records(_)), _) => (open, self.separator()),
            (_, Some(learned)) if learned.state.frames.len() == open.len() + 1 => {
                (&learned.state.frames[..], Some(learned))
            }
            (None, None) => (&back_in_array[..], None),
            _ => return Verdict::No,
        };
        let rest = &bytes[position..];
        match separator {
            // Its records start lines.
            Some(separator) if separator.indentation().is_some() => return Verdict::No,
            Some(separator) => {
                let head = separator.head();
                if !rest.starts_with(head) {
                    let cut = head.starts_with(rest);
                    return if cut {
                        self.nothing_there(Verdict::No)
                    } else {
                        Verdict::No
                    };
                }
            }
            None => match bytes.get(scan::skip_whitespace(bytes, position + 1)) {
                None => return self.nothing_there(Verdict::No),
                Some(b'"') => {}
                Some(_) => return Verdict::No,
            },
        }
        let before = bytes[self.start..position].trim_ascii_end();
        let first_of_page = || {
            let key = before
                .strip_suffix(b"[")
                .and_then(|key| records_key_at_end(key, self.apis));
            matches!(frames.last(), Some(Frame::Records(_))) && key.is_some()
        };
        if !before.ends_with(b",") && !first_of_page() {
            return Verdict::No;
        }
        match (self.chain(position, frames), frames.last()) {
            (Verdict::Yes(_), Some(&frame)) if frames.len() > open.len() => {
                Verdict::Yes(Place::BackIn(frame))
            }
            (verdict, _) => verdict,
        }
    }

    /// Whether the objects from here on make sense as records.
    fn chain(&mut self, start: usize, frames: &[Frame]) -> Verdict {
        let yes = || Verdict::Yes(Place::Inside(Expect::Item));
        let bytes = self.bytes;
        let mut position = start;
        for link in 0..CHAIN {
            // A broken record further on says nothing about the sound ones before it.
            let first = link == 0;
            let end = match value_end(&bytes[position..]) {
                Ok(end) => position + end,
                Err(error) => {
                    self.effort += error.offset;
                    let cut = error.kind == ErrorKind::UnexpectedEnd && !self.last;
                    return match first {
                        _ if cut => Verdict::Undecided,
                        true => Verdict::No,
                        false => yes(),
                    };
                }
            };
            self.effort += end - position;
            let after = scan::skip_whitespace(bytes, end);
            match bytes.get(after) {
                None => return self.nothing_there(yes()),
                Some(b',') => position = scan::skip_whitespace(bytes, after + 1),
                Some(b']') => return self.may_follow_array(after + 1, frames),
                Some(_) if first => return Verdict::No,
                Some(_) => return yes(),
            }
            match bytes.get(position) {
                None => return self.nothing_there(yes()),
                Some(b'{') => {}
                Some(_) if first => return Verdict::No,
                Some(_) => return yes(),
            }
        }
        yes()
    }

    /// Whether what stands at `position` can stand behind a record.
    fn may_follow(&self, position: usize) -> Verdict {
        let allowed: &[u8] = match self.frames.last() {
            None => b"{[",
            Some(Frame::Array(_) | Frame::Records(_)) => b",]",
            Some(Frame::Page(_)) => b",}",
        };
        self.one_of(position, allowed)
    }

    /// Whether the array that ends at `position` can be the records' one in these frames. An array inside a record is
    /// followed by that record's other parts; anything else says nothing.
    fn may_follow_array(&mut self, position: usize, frames: &[Frame]) -> Verdict {
        let bytes = self.bytes;
        let Some(page) = page_of(frames) else {
            return self.none_of(position, b",}]");
        };
        let next = scan::skip_whitespace(bytes, position);
        match bytes.get(next) {
            Some(b'}') if page == 0 => self.none_of(next + 1, b",}]"),
            Some(b'}') => self.one_of(next + 1, b",]"),
            Some(b',') => self.envelope_key(scan::skip_whitespace(bytes, next + 1)),
            _ => self.none_of(next, b"]"),
        }
    }

    fn envelope_key(&mut self, position: usize) -> Verdict {
        match self.bytes.get(position) {
            None => return self.nothing_there(Verdict::No),
            Some(b'"') => {}
            Some(_) => return Verdict::No,
        }
        let end = scan::string_end(self.bytes, position + 1);
        self.effort += match &end {
            Ok(end) => end.quote - position,
            Err(error) => error.offset - position,
        };
        match end {
            Ok(end) => {
                let key = std::str::from_utf8(&self.bytes[position + 1..end.quote]);
                if key.is_ok_and(|key| key == "links" || self.apis.is_envelope_key(key)) {
                    Verdict::Yes(Place::Inside(Expect::Item))
                } else {
                    Verdict::No
                }
            }
            Err(error) if error.kind == ErrorKind::UnexpectedEnd => self.nothing_there(Verdict::No),
            Err(_) => Verdict::No,
        }
    }

    /// Whether the next character is one of these, or none at all.
    fn one_of(&self, position: usize, allowed: &[u8]) -> Verdict {
        let yes = Verdict::Yes(Place::Inside(Expect::Item));
        match self.bytes.get(scan::skip_whitespace(self.bytes, position)) {
            None => self.nothing_there(yes),
            Some(byte) if allowed.contains(byte) => yes,
            Some(_) => Verdict::No,
        }
    }

    /// Whether the next character is none of these.
    fn none_of(&self, position: usize, forbidden: &[u8]) -> Verdict {
        let yes = Verdict::Yes(Place::Inside(Expect::Item));
        match self.bytes.get(scan::skip_whitespace(self.bytes, position)) {
            None => self.nothing_there(yes),
            Some(byte) if forbidden.contains(byte) => Verdict::No,
            Some(_) => yes,
        }
    }
}
