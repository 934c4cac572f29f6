//! Learning of a valid record: splits it into the steps of the automaton, literals and the scalars between them.

use hashbrown::HashSet;
use idq_json::{Event, Reader, Scalar};

use crate::automaton::{KeyBit, LearnedStep};
use crate::captures::{Mark, MarkKind};
use crate::path_trie::{LearnError, RecordPath, RecordPaths};
use crate::resolver::{Capture, FieldResolver};

/// The maximum number of paths, because records whose keys are data would add paths without end.
const MAX_PATHS: usize = 1 << 12;

/// Splits a record into steps, and resolves the paths that are new.
pub(crate) fn split_record<R: FieldResolver>(
    record: &[u8],
    paths: &mut RecordPaths<R>,
    resolver: &mut R,
) -> Result<Vec<LearnedStep>, LearnError> {
    let mut learner = Learner {
        paths,
        resolver,
        open: Vec::new(),
        value_path: RecordPaths::<R>::ROOT,
        next: LearnedStep::default(),
        steps: Vec::new(),
    };
    let mut reader = Reader::new(record);
    // White space before a record belongs to the text between records.
    let mut literal_start = reader.next_start();
    while let Some(event) = reader.next_event().map_err(|_| LearnError::Unsupported)? {
        let span = reader.span();
        if learner.paths.len() > MAX_PATHS {
            return Err(LearnError::Unsupported);
        }
        if let Some(value) = learner.add_event(event)? {
            let literal = &record[literal_start..span.start];
            learner.next.literal.extend_from_slice(literal);
            match value {
                StepEnd::Scalar(Scalar::String(text)) => {
                    learner.next.escaped_prefix = escaped_prefix(text.raw().as_bytes());
                }
                StepEnd::Scalar(_) => {}
                StepEnd::Skipped => {
                    let depth = reader.depth();
                    while reader.depth() >= depth {
                        let event = reader.next_event().map_err(|_| LearnError::Unsupported)?;
                        event.ok_or(LearnError::Unsupported)?;
                    }
                }
            }
            learner.finish_step();
            literal_start = reader.span().end;
        }
        if reader.depth() == 0 {
            let literal = &record[literal_start..span.end];
            learner.next.literal.extend_from_slice(literal);
            break;
        }
    }
    let Learner {
        mut steps, next, ..
    } = learner;
    steps.push(next);
    Ok(steps)
}

/// The value that ends a step.
enum StepEnd<'a> {
    Scalar(Scalar<'a>),
    /// A container whose content is skipped.
    Skipped,
}

/// The state of a split.
struct Learner<'l, R: FieldResolver> {
    paths: &'l mut RecordPaths<R>,
    resolver: &'l mut R,
    /// The open containers, outermost first.
    open: Vec<OpenContainer>,
    /// The path of the next value.
    value_path: RecordPath,
    /// The current step, which started after the last scalar.
    next: LearnedStep,
    /// The finished steps.
    steps: Vec<LearnedStep>,
}

/// An open object or array.
struct OpenContainer {
    path: RecordPath,
    /// The last key; the next one must follow it in the object's order.
    last_key: Option<RecordPath>,
    /// The keys so far, to refuse a repeated one.
    keys: HashSet<String>,
    is_array: bool,
    is_empty: bool,
}

impl<R: FieldResolver> Learner<'_, R> {
    /// Adds an event to the current step. Returns the value that ends the step, if it starts with the event.
    fn add_event<'a>(&mut self, event: Event<'a>) -> Result<Option<StepEnd<'a>>, LearnError> {
        match event {
            Event::ObjectStart | Event::ArrayStart => {
                self.enter_element();
                if !self.open.is_empty() && self.capture().kinds.has_skipped() {
                    return Ok(Some(StepEnd::Skipped));
                }
                self.open.push(OpenContainer {
                    path: self.value_path,
                    last_key: None,
                    keys: HashSet::new(),
                    is_array: event == Event::ArrayStart,
                    is_empty: true,
                });
                Ok(None)
            }
            Event::ObjectEnd | Event::ArrayEnd => {
                let closed = self.open.pop().ok_or(LearnError::Unsupported)?;
                if closed.is_empty {
                    let field = self.paths.field(closed.path);
                    let kind = if closed.is_array {
                        MarkKind::EmptyArray
                    } else {
                        MarkKind::EmptyObject
                    };
                    let tag = self.resolver.resolve_empty(field);
                    self.next.marks.extend(tag.map(|tag| Mark { tag, kind }));
                }
                Ok(None)
            }
            Event::Key(key) => {
                let object = self.open.last_mut().ok_or(LearnError::Unsupported)?;
                let is_first = std::mem::take(&mut object.is_empty);
                let key = key.decode();
                // A repeated key is valid JSON, and its last value counts. The literals around an earlier value, which
                // may have a wrong type, must not accept that value in records without the repetition.
                if !object.keys.insert(key.to_string()) {
                    return Err(LearnError::Unsupported);
                }
                let path = self
                    .paths
                    .key(object.path, &key, object.last_key, self.resolver)?;
                object.last_key = Some(path);
                if let Some(object) = self.paths.unordered(object.path) {
                    let key = self.paths.index(path).try_into();
                    let key = key.map_err(|_| LearnError::Unsupported)?;
                    self.next.key_bits.push(KeyBit {
                        object,
                        is_first,
                        key,
                    });
                }
                self.value_path = path;
                self.add_presence(path);
                Ok(None)
            }
            Event::Scalar(scalar) => {
                self.enter_element();
                Ok(Some(StepEnd::Scalar(scalar)))
            }
        }
    }

    /// Moves to the path of the elements, if a value in an array starts.
    fn enter_element(&mut self) {
        if let Some(container) = self.open.last_mut()
            && container.is_array
        {
            container.is_empty = false;
            let array = container.path;
            self.value_path = self.paths.element(array, self.resolver);
            self.add_presence(self.value_path);
            let kind = MarkKind::Element;
            let tag = (self.resolver).resolve_element_start(self.paths.field(self.value_path));
            self.next.marks.extend(tag.map(|tag| Mark { tag, kind }));
        }
    }

    /// Adds the facts that the presence of a path implies.
    fn add_presence(&mut self, path: RecordPath) {
        let info = self.resolver.resolve_presence(self.paths.field(path));
        self.next.flags |= info.flags;
        self.next.unknown_keys.extend(info.unknown_key);
    }

    /// Returns the capture of the value at the current path.
    fn capture(&self) -> Capture {
        self.resolver
            .resolve_scalar(self.paths.field(self.value_path))
    }

    /// Ends the current step at a value.
    fn finish_step(&mut self) {
        self.next.target = Some((self.value_path, self.capture()));
        self.steps.push(std::mem::take(&mut self.next));
    }
}

/// The minimum length of an escaped prefix whose comparison is faster than its validation.
const MIN_ESCAPED_PREFIX_BYTES: usize = 3;

/// Returns the start of a string up to its last two-byte escape before any `\u` escape or byte beyond ASCII; `None` if
/// it is short.
fn escaped_prefix(raw: &[u8]) -> Option<Vec<u8>> {
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
    (end >= MIN_ESCAPED_PREFIX_BYTES).then(|| raw[..end].to_vec())
}
