//! What a walk follows: places, and the literal text that leads from one to the next.

use crate::MAX_SLOTS;
use crate::found::Kinds;
use crate::lanes::HEAD;
use crate::paths::Path;
use crate::roles::Use;

/// Most edges in all: adding one moves others. Records that need more are unfamiliar for ever.
const MAX_EDGES: usize = 1 << 12;

/// Most edges from one place: they are tried one after another.
const MAX_EDGES_OF_PLACE: usize = 32;

/// The longest literal text.
const MAX_LITERAL: usize = 1 << 12;

/// The place behind the last literal of a record.
pub(crate) const END: u32 = u32::MAX;

/// Where the last edge of each place leads, which any text matches: nothing is known of that text.
pub(crate) const UNKNOWN: u32 = u32::MAX - 1;

/// The literal text between two scalars, and where it leads: all that most steps of a walk need, side by side.
#[derive(Debug, Clone)]
#[repr(align(32))]
pub(crate) struct Edge {
    /// The first bytes of the text.
    pub(crate) head: [u8; HEAD],
    /// A bit for each of them.
    pub(crate) mask: u32,
    pub(crate) length: u32,
    pub(crate) target: u32,
    /// What is there: a copy, which [`Graph::add`] brings in step after every change.
    pub(crate) place: Place,
    /// Whether it leads to another place, its text fits into the head, and that is all there is to say.
    pub(crate) is_plain: bool,
    pub(crate) tick: Tick,
    pub(crate) marks: u64,
}

impl Edge {
    /// The one that ends the edges of a place.
    fn unknown(place: Place) -> Self {
        Self {
            head: [0; HEAD],
            mask: 0,
            length: 0,
            target: UNKNOWN,
            place,
            is_plain: false,
            tick: Tick::default(),
            marks: 0,
        }
    }
}

/// A key of a loose object that is passed; slot 0 is for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tick {
    pub(crate) slot: u8,
    /// Whether it is the first key of its object.
    pub(crate) first: bool,
    /// The position of the key in its object.
    pub(crate) key: u8,
}

/// What few steps of a walk need of an edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extra {
    /// How often counting walks have taken it.
    count: u32,
    /// The text behind the head.
    pub(crate) tail: Box<[u8]>,
    /// Tags of containers without members.
    pub(crate) empty: Box<[u32]>,
    pub(crate) notes: Box<[u32]>,
    /// The ticks behind the first one.
    pub(crate) ticks: Box<[Tick]>,
}

/// A place where a scalar stands; the first one is the start of a record, where none does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kinds: Kinds,
    /// The slot that takes its scalar.
    pub(crate) slot: u32,
    pub(crate) tag: u32,
    pub(crate) listed: bool,
    /// Whether anybody wants its scalars.
    pub(crate) is_used: bool,
    pub(crate) first_edge: u32,
}

/// What one step of a record was learned to be.
#[derive(Debug)]
pub(crate) struct Learned {
    pub(crate) literal: Vec<u8>,
    /// Where it leads, and what becomes of the scalar there; `None` at the end of the record.
    pub(crate) to: Option<(Path, Use)>,
    /// How the string there starts, up to its last escape, if it has any.
    pub(crate) prefix: Option<Vec<u8>>,
    pub(crate) marks: u64,
    pub(crate) empty: Vec<u32>,
    pub(crate) notes: Vec<u32>,
    pub(crate) ticks: Vec<Tick>,
}

/// Places and edges. The edges of a place lie side by side.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    pub(crate) places: Vec<Place>,
    /// For each place how many edges it has, the last one apart.
    edge_counts: Vec<u32>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) extras: Vec<Extra>,
    /// For each place what its escaped strings start with, up to the last escape, as far as is known: URLs whose host and
    /// path are the same in every record, with each slash escaped.
    pub(crate) prefixes: Vec<Box<[u8]>>,
    /// The place of each path; [`END`] if it has none.
    place_of: Vec<u32>,
}

impl Graph {
    /// Without anything known.
    pub(crate) fn new() -> Self {
        let start = Place {
            kinds: Kinds::ANY,
            slot: MAX_SLOTS as u32,
            tag: 0,
            listed: false,
            is_used: false,
            first_edge: 0,
        };
        Self {
            places: vec![start],
            edge_counts: vec![0],
            edges: vec![Edge::unknown(start)],
            extras: vec![Extra::default()],
            prefixes: vec![Box::default()],
            place_of: Vec::new(),
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    pub(crate) fn is_full(&self) -> bool {
        self.edges.len() >= MAX_EDGES
    }

    /// Adds the steps of a record; whether anything was new, and all of it could be added.
    pub(crate) fn add(&mut self, steps: &[Learned]) -> bool {
        let before = self.edges.len();
        let added = self.add_steps(steps);
        // What was added before a step that could not be has moved the others all the same.
        self.bring_edges_in_step();
        added && self.edges.len() > before
    }

    fn add_steps(&mut self, steps: &[Learned]) -> bool {
        let mut place = 0;
        for step in steps {
            let target = step.to.map_or(END, |(path, to)| self.place(path, to));
            if let Some(prefix) = &step.prefix {
                self.prefixes[target as usize] = prefix.as_slice().into();
            }
            if !self.edge(place, step, target) {
                return false;
            }
            place = target;
        }
        true
    }

    fn bring_edges_in_step(&mut self) {
        for edge in &mut self.edges {
            if edge.target < UNKNOWN {
                edge.place = self.places[edge.target as usize];
            }
        }
    }

    /// Counts the edges that a walk has taken.
    pub(crate) fn count(&mut self, taken: &[u32]) {
        for &edge in taken {
            if let Some(extra) = self.extras.get_mut(edge as usize) {
                extra.count = extra.count.saturating_add(1);
            }
        }
    }

    /// Puts the edges of each place in order, the most frequent first.
    pub(crate) fn sort(&mut self) {
        for (place, &count) in self.places.iter().zip(&self.edge_counts) {
            let range = place.first_edge as usize..(place.first_edge + count) as usize;
            let edges = self.edges[range.clone()].iter().cloned();
            let extras = self.extras[range.clone()].iter().cloned();
            let mut by_count: Vec<(Edge, Extra)> = edges.zip(extras).collect();
            by_count.sort_by_key(|(_, extra)| std::cmp::Reverse(extra.count));
            let mut sorted: Vec<(Edge, Extra)> = Vec::new();
            for (edge, extra) in by_count {
                let head = &edge.head[..HEAD.min(edge.length as usize)];
                let literal = [head, &extra.tail].concat();
                // As in `edge`, none may stand behind one that it starts with.
                let prefix = sorted
                    .iter()
                    .position(|(other, extra)| starts_with(&literal, other, extra));
                sorted.insert(prefix.unwrap_or(sorted.len()), (edge, extra));
            }
            for (index, (edge, extra)) in range.zip(sorted) {
                self.edges[index] = edge;
                self.extras[index] = extra;
            }
        }
    }

    fn place(&mut self, path: Path, to: Use) -> u32 {
        let index = path.0 as usize;
        if self.place_of.len() <= index {
            self.place_of.resize(index + 1, END);
        }
        if self.place_of[index] == END {
            self.place_of[index] = self.places.len() as u32;
            let place = Place {
                kinds: to.kinds,
                slot: to.slot.unwrap_or(MAX_SLOTS) as u32,
                tag: to.tag.unwrap_or_default(),
                listed: to.tag.is_some(),
                is_used: to.tag.is_some() || to.slot.is_some(),
                first_edge: self.edges.len() as u32,
            };
            self.places.push(place);
            self.edge_counts.push(0);
            self.edges.push(Edge::unknown(place));
            self.extras.push(Extra::default());
            self.prefixes.push(Box::default());
        }
        self.place_of[index]
    }

    fn edge(&mut self, from: u32, step: &Learned, target: u32) -> bool {
        let first_edge = self.places[from as usize].first_edge as usize;
        let range = first_edge..first_edge + self.edge_counts[from as usize] as usize;
        let head = step.literal.len().min(HEAD);
        let tail = &step.literal[head..];
        // Of two texts of which one starts with the other, the longer one is tried first.
        let prefix = range
            .clone()
            .find(|&index| starts_with(&step.literal, &self.edges[index], &self.extras[index]));
        let place = prefix.unwrap_or(range.end);
        if prefix.is_some_and(|index| self.edges[index].length as usize == step.literal.len()) {
            // The text tells where it leads.
            return true;
        }
        if self.is_full() || range.len() >= MAX_EDGES_OF_PLACE || step.literal.len() > MAX_LITERAL {
            return false;
        }
        let extra = Extra {
            count: 0,
            tail: tail.into(),
            empty: step.empty.as_slice().into(),
            notes: step.notes.as_slice().into(),
            ticks: step.ticks.get(1..).unwrap_or_default().into(),
        };
        let mut edge = Edge {
            head: [0; HEAD],
            mask: ((1u64 << head) - 1) as u32,
            length: step.literal.len() as u32,
            target,
            place: self.places[0],
            is_plain: target != END && extra == Extra::default(),
            tick: step.ticks.first().copied().unwrap_or_default(),
            marks: step.marks,
        };
        edge.head[..head].copy_from_slice(&step.literal[..head]);
        self.edges.insert(place, edge);
        self.extras.insert(place, extra);
        self.edge_counts[from as usize] += 1;
        for other in &mut self.places {
            if other.first_edge as usize > first_edge {
                other.first_edge += 1;
            }
        }
        true
    }
}

/// Whether a literal starts with the text of an edge.
fn starts_with(literal: &[u8], edge: &Edge, extra: &Extra) -> bool {
    let (head, tail) = literal.split_at(literal.len().min(HEAD));
    let known = (edge.length as usize).min(HEAD);
    head.starts_with(&edge.head[..known]) && tail.starts_with(&extra.tail)
}
