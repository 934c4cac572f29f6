//! The record shapes of a dump: a deterministic automaton over learned literals, which reads records of a known shape.
//!
//! One program writes the records of a dump, so the text between two scalars is nearly always one of a few literals,
//! such as `","email":`. [`Shapes`] learns those literals from records that another parser has accepted, as the
//! transitions of the automaton. A record is then read by comparing literals and by scanning for the ends of strings,
//! both with SIMD instructions; a profile of sampled matches orders the transitions.
//!
//! In data-flow order:
//!
//! 1. A [`FieldResolver`] assigns a meaning to each path of the records, once: a [`Capture`] for its values, and a
//!    [`KeyInfo`] for its presence.
//! 2. [`Shapes::learn`] adds the shape of a valid record.
//! 3. [`Shapes::read`] matches a record of a known shape, and returns its [`Captures`].
//!
//! A match accepts a record only if every byte of it is part of a literal that a valid record had at the same path, or
//! of a scalar or a skipped container that the match has validated. An accepted record is therefore valid JSON, without
//! repeated keys outside skipped containers. A record that does not match may be valid or not, and goes to another
//! parser.
//!
//! ```
//! use idq_json::Scalar;
//! use idq_shape::{
//!     Capture, FieldResolver, KeyInfo, LOOKAHEAD_BYTES, ScalarKinds, Shapes, SimdLevel, Tagged,
//! };
//!
//! /// Captures the scalars of every key in the list, under tag 7.
//! struct AllKeys;
//!
//! impl FieldResolver for AllKeys {
//!     type FieldId = ();
//!     fn resolve_root(&self) {}
//!     fn resolve_key(&mut self, (): (), _key: &str) {}
//!     fn resolve_element(&mut self, (): ()) {}
//!     fn resolve_scalar(&self, (): ()) -> Capture {
//!         Capture { slot: None, tag: Some(7), kinds: ScalarKinds::ANY }
//!     }
//!     fn resolve_presence(&self, (): ()) -> KeyInfo {
//!         KeyInfo::default()
//!     }
//!     fn resolve_empty(&self, (): ()) -> Option<u32> {
//!         None
//!     }
//!     fn resolve_element_start(&self, (): ()) -> Option<u32> {
//!         None
//!     }
//! }
//!
//! let mut shapes = Shapes::new(AllKeys, SimdLevel::Native);
//! assert!(shapes.learn(br#"{"id":"a","size":1}"#));
//! let mut bytes = br#"{"id":"b","size":22}"#.to_vec();
//! bytes.resize(bytes.len() + LOOKAHEAD_BYTES, b'\n');
//! let (captures, _) = shapes.read(&bytes, 0).expect("a record of a known shape");
//! assert_eq!(captures.end(), 20);
//! assert_eq!(captures.tagged().last(), Some((7, Tagged::Scalar(Scalar::Number("22")))));
//! ```

mod automaton;
mod captures;
mod dispatch;
mod learn;
mod matcher;
mod path_trie;
mod resolver;
mod simd;
mod skip;

pub use captures::{Captures, ScalarKinds, Tagged};
pub use resolver::{Capture, FieldResolver, KeyInfo};
pub use simd::SimdLevel;

use automaton::Automaton;
use captures::CaptureBuffer;
use path_trie::{LearnError, RecordPaths};

/// The shapes of the learned records.
#[derive(Debug, Clone)]
pub struct Shapes<R: FieldResolver> {
    /// The caller's resolver.
    resolver: R,
    /// The paths of all learned records.
    paths: RecordPaths<R>,
    /// The literals of all learned records.
    automaton: Automaton,
    /// The captures of the latest match.
    captures: CaptureBuffer,
    /// The instructions of matches.
    simd_level: SimdLevel,
    /// The number of matches that were tried.
    matches: u64,
    /// The number of records in a row that added nothing to the automaton.
    failures: u32,
}

/// The number of bytes that must follow a record. A record with fewer bytes after it never matches.
pub const LOOKAHEAD_BYTES: usize = matcher::WINDOW_BYTES;

/// The number of slots that a [`Capture`] may use.
pub const MAX_SLOTS: usize = captures::SLOTS - 1;

/// The interval, in matches, at which one is profiled.
const PROFILE_INTERVAL: u64 = 32;

/// The number of records in a row that added nothing to the automaton, after which learning ends: the dump has no
/// further shapes.
const MAX_LEARN_FAILURES: u32 = 1_000;

impl<R: FieldResolver> Shapes<R> {
    /// Creates an automaton without shapes.
    pub fn new(resolver: R, simd_level: SimdLevel) -> Self {
        Self {
            paths: RecordPaths::new(&resolver),
            resolver,
            automaton: Automaton::new(),
            captures: CaptureBuffer::new(),
            simd_level,
            matches: 0,
            failures: 0,
        }
    }

    /// Returns the resolver.
    pub fn resolver(&self) -> &R {
        &self.resolver
    }

    /// Changes the resolver, and forgets all learned shapes, whose paths it resolved before.
    pub fn relearn(&mut self, change: impl FnOnce(&mut R)) {
        change(&mut self.resolver);
        self.paths = RecordPaths::new(&self.resolver);
        self.automaton.clear();
        self.matches = 0;
        self.failures = 0;
    }

    /// Returns the number of bytes of [skipped](ScalarKinds::SKIPPED) containers that the last [`read`](Self::read) has
    /// read. They can reach beyond a record that lacks a bracket, so a caller that bounds its work counts them.
    pub fn skipped_bytes(&self) -> usize {
        self.captures.skipped_bytes
    }

    /// Reads the record that starts at `start`. Returns its captures and the resolver; `None` if its shape is unknown
    /// or it is not valid.
    #[inline]
    pub fn read<'b>(&mut self, bytes: &'b [u8], start: usize) -> Option<(Captures<'_, 'b>, &R)> {
        let end = self.match_record(bytes, start)?;
        Some((Captures::new(&self.captures, bytes, end), &self.resolver))
    }

    /// Matches a record; every [`PROFILE_INTERVAL`]th match is profiled.
    #[inline]
    fn match_record(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        self.matches += 1;
        if self.matches.is_multiple_of(PROFILE_INTERVAL) {
            return self.match_with_profile(bytes, start);
        }
        dispatch::match_with::<false>(
            self.simd_level,
            &self.automaton,
            bytes,
            start,
            &mut self.captures,
        )
    }

    /// Matches a record, counts its transitions, and sorts transitions by their counts.
    #[cold]
    fn match_with_profile(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        let (automaton, captures) = (&self.automaton, &mut self.captures);
        let end = dispatch::match_with::<true>(self.simd_level, automaton, bytes, start, captures)?;
        self.automaton.count(&self.captures.transitions);
        // Sorts become exponentially rarer: the order is soon stable, and a sort costs more than a match.
        if (self.matches / PROFILE_INTERVAL).is_power_of_two() {
            self.automaton.sort_by_profile();
        }
        Some(end)
    }

    /// Returns the mean number of transitions that a step of recent matches compared: 1 if each was the first that was
    /// tried, and many if each record has its keys in another order.
    #[inline]
    pub fn search_length(&self) -> f32 {
        self.automaton.search_length
    }

    /// Learns the shape of a record, which must be a JSON object without other text around it. Returns whether a part
    /// of the shape was new.
    ///
    /// A record is not learned if it is not valid, has a repeated key, or exceeds the maximum number of paths or
    /// transitions or the maximum length of a literal.
    pub fn learn(&mut self, record: &[u8]) -> bool {
        if self.automaton.is_full() || self.failures >= MAX_LEARN_FAILURES {
            return false;
        }
        let is_learned = loop {
            match learn::split_record(record, &mut self.paths, &mut self.resolver) {
                Ok(steps) => break self.automaton.add(&steps),
                Err(LearnError::Unsupported) => break false,
                // The loop ends: the number of unordered objects is bounded.
                Err(LearnError::NeedsReorder) => self.automaton.clear(),
            }
        };
        self.failures = if is_learned { 0 } else { self.failures + 1 };
        is_learned
    }
}
