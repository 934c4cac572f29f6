//! A deterministic finite automaton: a node for each path with scalars or skipped containers, and transitions labelled
//! with the literal text between two of them.
//!
//! A match takes the first transition of a node whose literal the input starts with. A literal that is a prefix of
//! another is tried after it. Otherwise the order is free, and a profile of sampled matches puts frequent transitions
//! first.
//!
//! The transitions of a node are contiguous, and each embeds a copy of its target node: a step of a match that takes
//! the first transition reads one or two cache lines. Insertions shift transitions, but are far rarer than matches.

use crate::MAX_SLOTS;
use crate::captures::{Mark, ScalarKinds};
use crate::path_trie::RecordPath;
use crate::resolver::Capture;
use crate::simd::PREFIX_BYTES;

/// The maximum number of transitions, because an insertion shifts others. Records that need more never match.
const MAX_TRANSITIONS: usize = 1 << 12;

/// The maximum number of transitions of one node, which are tried one after another.
const MAX_NODE_TRANSITIONS: usize = 32;

/// The maximum length of a literal.
const MAX_LITERAL_BYTES: usize = 1 << 12;

/// The weight of a profiled match in the mean length of searches: about the last sixteen of them count.
const SEARCH_LENGTH_WEIGHT: f32 = 1.0 / 16.0;

/// The target of a transition that ends the record: the accepting state.
pub(crate) const ACCEPT: u32 = u32::MAX;

/// The target of the last transition of each node, whose literal is empty: the dead state, in which the match fails.
pub(crate) const DEAD: u32 = u32::MAX - 1;

/// A transition: the parts that most steps of a match need.
#[derive(Debug, Clone)]
#[repr(align(32))]
pub(crate) struct Transition {
    /// The first bytes of the literal.
    pub(crate) prefix: [u8; PREFIX_BYTES],
    /// A bit for each byte of the prefix.
    pub(crate) mask: u32,
    /// The length of the literal in bytes.
    pub(crate) length: u32,
    /// The target node, [`ACCEPT`] or [`DEAD`].
    pub(crate) target: u32,
    /// A copy of the target node; [`Automaton::sync_inlined_nodes`] updates it after every change.
    pub(crate) node: Node,
    /// Whether the target is a node, the literal fits into the prefix, and the [`ColdTransition`] is empty.
    pub(crate) is_plain: bool,
    /// The first key of an unordered object in the literal.
    pub(crate) key_bit: KeyBit,
    /// The flags of the keys in the literal.
    pub(crate) flags: u64,
    /// The position of its cold parts in [`Automaton::cold_transitions`].
    cold_position: u32,
}

impl Transition {
    /// Creates the transition that ends the transitions of a node. Its empty literal matches any input.
    fn to_dead_state(node: Node) -> Self {
        Self {
            prefix: [0; PREFIX_BYTES],
            mask: 0,
            length: 0,
            target: DEAD,
            node,
            is_plain: false,
            key_bit: KeyBit::default(),
            flags: 0,
            cold_position: 0,
        }
    }
}

/// A key of an unordered object, as a bit of the object's set of seen keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct KeyBit {
    /// The number of the object, from 1; 0 for no key.
    pub(crate) object: u8,
    /// Whether the key is the first in its object, and starts a new set.
    pub(crate) is_first: bool,
    /// The position of the key among the object's known keys.
    pub(crate) key: u8,
}

/// The parts of a transition that few steps of a match need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ColdTransition {
    /// The number of times that profiled matches took it.
    count: u32,
    /// The rest of the literal, after the prefix.
    pub(crate) suffix: Box<[u8]>,
    /// The marks in the literal, in record order.
    pub(crate) marks: Box<[Mark]>,
    /// The numbers of the unknown keys in the literal.
    pub(crate) unknown_keys: Box<[u32]>,
    /// The key bits after the first.
    pub(crate) key_bits: Box<[KeyBit]>,
}

/// A path with scalars or skipped containers. Node 0 is the start of a record, and has neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    /// The kinds of values that the resolver allows.
    pub(crate) kinds: ScalarKinds,
    /// The slot of its scalars; [`MAX_SLOTS`] for none.
    pub(crate) slot: u32,
    /// The tag of its scalars, if `is_tagged`.
    pub(crate) tag: u32,
    /// Whether its scalars are added to the list of tagged scalars.
    pub(crate) is_tagged: bool,
    /// Whether its scalars are captured at all.
    pub(crate) is_captured: bool,
    /// The position of its first transition; the others follow it.
    pub(crate) first_transition: u32,
}

/// A literal of a learned record, and the scalar or skipped container after it.
#[derive(Debug, Default)]
pub(crate) struct LearnedStep {
    /// The bytes from the end of the last value to the start of the next.
    pub(crate) literal: Vec<u8>,
    /// The path of the value after the literal, and its capture; `None` at the end of the record.
    pub(crate) target: Option<(RecordPath, Capture)>,
    /// The start of the string after the literal, up to its last escape, if it has one.
    pub(crate) escaped_prefix: Option<Vec<u8>>,
    /// The flags of the keys in the literal.
    pub(crate) flags: u64,
    /// The marks in the literal, in record order.
    pub(crate) marks: Vec<Mark>,
    /// The numbers of the unknown keys in the literal.
    pub(crate) unknown_keys: Vec<u32>,
    /// The keys of unordered objects in the literal.
    pub(crate) key_bits: Vec<KeyBit>,
}

/// The nodes and transitions.
#[derive(Debug, Clone)]
pub(crate) struct Automaton {
    /// The nodes, the start first.
    pub(crate) nodes: Vec<Node>,
    /// For each node the number of its transitions, without the one to the dead state.
    transition_counts: Vec<u32>,
    /// The transitions, grouped by node.
    pub(crate) transitions: Vec<Transition>,
    /// The cold parts. The first is empty, and shared by all transitions to the dead state; the others are in the order
    /// in which they were added, so that an insertion shifts none.
    cold_transitions: Vec<ColdTransition>,
    /// For each node the likely start of its strings up to their last escape; empty if unknown. URLs, whose slashes
    /// some writers escape, have the same host and path in most records.
    pub(crate) escaped_prefixes: Vec<Box<[u8]>>,
    /// The node of each path; [`ACCEPT`] if it has none.
    path_nodes: Vec<u32>,
    /// The mean number of transitions that a step of recent profiled matches compared.
    pub(crate) search_length: f32,
}

impl Automaton {
    /// Creates an automaton that accepts nothing.
    pub(crate) fn new() -> Self {
        let start = Node {
            kinds: ScalarKinds::ANY,
            slot: MAX_SLOTS as u32,
            tag: 0,
            is_tagged: false,
            is_captured: false,
            first_transition: 0,
        };
        Self {
            nodes: vec![start],
            transition_counts: vec![0],
            transitions: vec![Transition::to_dead_state(start)],
            cold_transitions: vec![ColdTransition::default()],
            escaped_prefixes: vec![Box::default()],
            path_nodes: Vec::new(),
            search_length: 1.0,
        }
    }

    /// Removes all nodes and transitions.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// Returns whether no transition can be added.
    pub(crate) fn is_full(&self) -> bool {
        self.transitions.len() >= MAX_TRANSITIONS
    }

    /// Adds the steps of a record. Returns whether at least one was new and none exceeded a bound.
    pub(crate) fn add(&mut self, steps: &[LearnedStep]) -> bool {
        let before = self.transitions.len();
        let added = self.add_steps(steps);
        // Even if a step exceeds a bound, the steps before it have shifted transitions.
        self.sync_inlined_nodes();
        added && self.transitions.len() > before
    }

    /// Adds the steps before the first one that exceeds a bound. Returns whether none does.
    fn add_steps(&mut self, steps: &[LearnedStep]) -> bool {
        let mut node = 0;
        for step in steps {
            let target = (step.target).map_or(ACCEPT, |(path, capture)| self.node(path, capture));
            if let Some(prefix) = &step.escaped_prefix {
                self.escaped_prefixes[target as usize] = prefix.as_slice().into();
            }
            if !self.add_transition(node, step, target) {
                return false;
            }
            node = target;
        }
        true
    }

    /// Copies each node into the transitions that lead to it.
    fn sync_inlined_nodes(&mut self) {
        for transition in &mut self.transitions {
            if transition.target < DEAD {
                transition.node = self.nodes[transition.target as usize];
            }
        }
    }

    /// Adds the transitions of a profiled match to their counts, and their searches to the mean length.
    pub(crate) fn count(&mut self, taken: &[u32]) {
        let (mut compared, mut node) = (0, 0);
        for &index in taken {
            let transition = &self.transitions[index as usize];
            let cold = &mut self.cold_transitions[transition.cold_position as usize];
            cold.count = cold.count.saturating_add(1);
            compared += (index + 1 - self.nodes[node].first_transition) as usize;
            node = transition.target as usize;
        }
        let mean = compared as f32 / taken.len().max(1) as f32;
        self.search_length += (mean - self.search_length) * SEARCH_LENGTH_WEIGHT;
    }

    /// Sorts the transitions of each node by the profile, the most frequent first.
    pub(crate) fn sort_by_profile(&mut self) {
        for (node, &count) in self.nodes.iter().zip(&self.transition_counts) {
            let range = node.first_transition as usize..(node.first_transition + count) as usize;
            let mut by_count = self.transitions[range.clone()].to_vec();
            by_count.sort_by_key(|transition| std::cmp::Reverse(self.cold(transition).count));
            let mut sorted: Vec<Transition> = Vec::new();
            for transition in by_count {
                let prefix = &transition.prefix[..PREFIX_BYTES.min(transition.length as usize)];
                let literal = [prefix, &self.cold(&transition).suffix].concat();
                // As in `add_transition`, a literal must come before its own prefixes, whatever the counts.
                let shorter = sorted
                    .iter()
                    .position(|other| self.starts_with(&literal, other));
                sorted.insert(shorter.unwrap_or(sorted.len()), transition);
            }
            self.transitions[range].clone_from_slice(&sorted);
        }
    }

    /// Returns the cold parts of a transition.
    #[inline(always)]
    pub(crate) fn cold(&self, transition: &Transition) -> &ColdTransition {
        &self.cold_transitions[transition.cold_position as usize]
    }

    /// Returns whether a literal starts with the literal of a transition.
    fn starts_with(&self, literal: &[u8], transition: &Transition) -> bool {
        let (prefix, suffix) = literal.split_at(literal.len().min(PREFIX_BYTES));
        let known = (transition.length as usize).min(PREFIX_BYTES);
        prefix.starts_with(&transition.prefix[..known])
            && suffix.starts_with(&self.cold(transition).suffix)
    }

    /// Returns the node of a path, which is added if it is new.
    fn node(&mut self, path: RecordPath, capture: Capture) -> u32 {
        let index = path.0 as usize;
        if self.path_nodes.len() <= index {
            self.path_nodes.resize(index + 1, ACCEPT);
        }
        if self.path_nodes[index] == ACCEPT {
            self.path_nodes[index] = self.nodes.len() as u32;
            let node = Node {
                kinds: capture.kinds,
                slot: capture.slot.unwrap_or(MAX_SLOTS) as u32,
                tag: capture.tag.unwrap_or_default(),
                is_tagged: capture.tag.is_some(),
                is_captured: capture.tag.is_some() || capture.slot.is_some(),
                first_transition: self.transitions.len() as u32,
            };
            self.nodes.push(node);
            self.transition_counts.push(0);
            self.transitions.push(Transition::to_dead_state(node));
            self.escaped_prefixes.push(Box::default());
        }
        self.path_nodes[index]
    }

    /// Adds a transition, unless it exists. Returns false if a bound is exceeded.
    fn add_transition(&mut self, from: u32, step: &LearnedStep, target: u32) -> bool {
        let first = self.nodes[from as usize].first_transition as usize;
        let range = first..first + self.transition_counts[from as usize] as usize;
        let prefix_length = step.literal.len().min(PREFIX_BYTES);
        let suffix = &step.literal[prefix_length..];
        // The longer of two literals is tried first, if it starts with the other.
        let shorter = range
            .clone()
            .find(|&index| self.starts_with(&step.literal, &self.transitions[index]));
        let position = shorter.unwrap_or(range.end);
        if shorter
            .is_some_and(|index| self.transitions[index].length as usize == step.literal.len())
        {
            // A literal contains its keys, so an equal literal leads to the same node.
            return true;
        }
        if self.is_full()
            || range.len() >= MAX_NODE_TRANSITIONS
            || step.literal.len() > MAX_LITERAL_BYTES
        {
            return false;
        }
        let cold = ColdTransition {
            count: 0,
            suffix: suffix.into(),
            marks: step.marks.as_slice().into(),
            unknown_keys: step.unknown_keys.as_slice().into(),
            key_bits: step.key_bits.get(1..).unwrap_or_default().into(),
        };
        let mut transition = Transition {
            prefix: [0; PREFIX_BYTES],
            mask: ((1u64 << prefix_length) - 1) as u32,
            length: step.literal.len() as u32,
            target,
            node: self.nodes[0],
            is_plain: target != ACCEPT && cold == ColdTransition::default(),
            key_bit: step.key_bits.first().copied().unwrap_or_default(),
            flags: step.flags,
            cold_position: self.cold_transitions.len() as u32,
        };
        transition.prefix[..prefix_length].copy_from_slice(&step.literal[..prefix_length]);
        self.transitions.insert(position, transition);
        self.cold_transitions.push(cold);
        self.transition_counts[from as usize] += 1;
        for other in &mut self.nodes {
            if other.first_transition as usize > first {
                other.first_transition += 1;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a step from the last value, after a literal, to a value of a path; to the end of the record without one.
    fn step(literal: &str, path: Option<u32>) -> LearnedStep {
        let capture = Capture {
            slot: None,
            tag: None,
            kinds: ScalarKinds::ANY,
        };
        LearnedStep {
            literal: literal.as_bytes().to_vec(),
            target: path.map(|path| (RecordPath(path), capture)),
            ..LearnedStep::default()
        }
    }

    /// Returns the literals of the transitions of the start, in their order.
    fn first_literals(automaton: &Automaton) -> Vec<&[u8]> {
        let count = automaton.transition_counts[0] as usize;
        let transitions = automaton.transitions[..count].iter();
        transitions
            .map(|transition| &transition.prefix[..transition.length as usize])
            .collect()
    }

    #[test]
    fn counts_of_a_transition_stay_with_it_while_others_are_added_and_sorted() {
        let mut automaton = Automaton::new();
        for (path, literal) in [(1, "{a"), (2, "{b"), (3, "{c")] {
            assert!(automaton.add(&[step(literal, Some(path)), step("}", None)]));
        }
        automaton.count(&[2]);
        // Shifts the transitions of the later nodes.
        assert!(automaton.add(&[step("{d", Some(4)), step("}", None)]));
        automaton.count(&[2]);
        automaton.count(&[1]);
        automaton.sort_by_profile();
        assert_eq!(first_literals(&automaton), [b"{c", b"{b", b"{a", b"{d"]);
        // Searches that compare one transition take the mean length back to 1.
        assert!(automaton.search_length > 1.1);
        (0..100).for_each(|_| automaton.count(&[0]));
        assert!(automaton.search_length < 1.01);
    }
}
