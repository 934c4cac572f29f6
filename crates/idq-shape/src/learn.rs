//! A record to the steps of a walk.

use hashbrown::HashSet;
use idq_json::{Event, Reader, Scalar};

use crate::graph::{Learned, Tick};
use crate::paths::{Path, Paths, Refused};
use crate::roles::Roles;

/// Most places in all.
const MAX_PLACES: usize = 1 << 12;

/// The steps of a record, if a walk can follow them.
pub(crate) fn steps<R: Roles>(
    record: &[u8],
    paths: &mut Paths<R>,
    roles: &mut R,
) -> Result<Vec<Learned>, Refused> {
    let mut learner = Learner {
        paths,
        roles,
        open: Vec::new(),
        value: Paths::<R>::ROOT,
        next: Learned::nothing(),
        steps: Vec::new(),
    };
    let mut reader = Reader::new(record);
    // White space before a record is not part of it.
    let mut behind = reader.next_start();
    while let Some(event) = reader.next_event().map_err(|_| Refused::ForGood)? {
        let span = reader.span();
        if learner.paths.len() > MAX_PLACES {
            return Err(Refused::ForGood);
        }
        if learner.event(event)? {
            learner
                .next
                .literal
                .extend_from_slice(&record[behind..span.start]);
            if let Event::Scalar(Scalar::String(text)) = event {
                learner.next.prefix = prefix(text.raw().as_bytes());
            }
            learner.scalar();
            behind = span.end;
        }
        if reader.depth() == 0 {
            learner
                .next
                .literal
                .extend_from_slice(&record[behind..span.end]);
            break;
        }
    }
    let Learner {
        mut steps, next, ..
    } = learner;
    steps.push(next);
    Ok(steps)
}

struct Learner<'l, R: Roles> {
    paths: &'l mut Paths<R>,
    roles: &'l mut R,
    open: Vec<Container>,
    /// The place of the value that comes next.
    value: Path,
    /// What has been passed since the last scalar.
    next: Learned,
    steps: Vec<Learned>,
}

struct Container {
    path: Path,
    last_key: Option<Path>,
    keys: HashSet<String>,
    is_array: bool,
    is_empty: bool,
}

impl<R: Roles> Learner<'_, R> {
    /// Takes an event; whether it is a scalar.
    fn event(&mut self, event: Event<'_>) -> Result<bool, Refused> {
        match event {
            Event::ObjectStart | Event::ArrayStart => {
                self.enter_element();
                self.open.push(Container {
                    path: self.value,
                    last_key: None,
                    keys: HashSet::new(),
                    is_array: event == Event::ArrayStart,
                    is_empty: true,
                });
                Ok(false)
            }
            Event::ObjectEnd | Event::ArrayEnd => {
                let closed = self.open.pop().ok_or(Refused::ForGood)?;
                if closed.is_empty {
                    let role = self.paths.role(closed.path);
                    self.next.empty.extend(self.roles.empty(role));
                }
                Ok(false)
            }
            Event::Key(key) => {
                let container = self.open.last_mut().ok_or(Refused::ForGood)?;
                let first = std::mem::take(&mut container.is_empty);
                let key = key.decode();
                // Parts of a record with a repeated key, which other parsers may accept, are no parts of others.
                if !container.keys.insert(key.to_string()) {
                    return Err(Refused::ForGood);
                }
                let path = self
                    .paths
                    .key(container.path, &key, container.last_key, self.roles)?;
                container.last_key = Some(path);
                if let Some(slot) = self.paths.loose(container.path) {
                    let key = self.paths.index(path).try_into();
                    let key = key.map_err(|_| Refused::ForGood)?;
                    self.next.ticks.push(Tick { slot, first, key });
                }
                self.value = path;
                self.pass(path);
                Ok(false)
            }
            _ => {
                self.enter_element();
                Ok(true)
            }
        }
    }

    /// Goes on to the next element, if a value in an array starts.
    fn enter_element(&mut self) {
        if let Some(container) = self.open.last_mut()
            && container.is_array
        {
            container.is_empty = false;
            let of = container.path;
            self.value = self.paths.element(of, self.roles);
            self.pass(self.value);
        }
    }

    fn pass(&mut self, path: Path) {
        let passed = self.roles.passed(self.paths.role(path));
        self.next.marks |= passed.marks;
        self.next.notes.extend(passed.note);
    }

    fn scalar(&mut self) {
        let to = self.roles.scalar(self.paths.role(self.value));
        self.next.to = Some((self.value, to));
        self.steps
            .push(std::mem::replace(&mut self.next, Learned::nothing()));
    }
}

/// Shorter starts are not worth a comparison.
const MIN_PREFIX: usize = 3;

/// The start of a string up to the end of its last escape, if that is long and plain.
fn prefix(raw: &[u8]) -> Option<Vec<u8>> {
    let mut end = 0;
    let mut position = 0;
    while let Some(&byte) = raw.get(position) {
        let length = match (byte, raw.get(position + 1)) {
            (b'\\', Some(b'u')) => break,
            (b'\\', _) => 2,
            (..0x80, _) => 1,
            _ => break,
        };
        position += length;
        if length == 2 {
            end = position;
        }
    }
    (end >= MIN_PREFIX).then(|| raw[..end].to_vec())
}

impl Learned {
    fn nothing() -> Self {
        Self {
            literal: Vec::new(),
            to: None,
            prefix: None,
            marks: 0,
            empty: Vec::new(),
            notes: Vec::new(),
            ticks: Vec::new(),
        }
    }
}
