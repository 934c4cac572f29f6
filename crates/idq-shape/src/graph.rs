//! What a walk follows: places, and the literal text that leads from one to the next.

use crate::found::Kinds;
use crate::lanes::HEAD;
use crate::paths::Path;
use crate::roles::Use;

/// Most edges in all; records that need more are unfamiliar for ever.
const MAX_EDGES: usize = 1 << 14;

/// Most edges from one place: they are tried one after another.
const MAX_EDGES_OF_PLACE: usize = 32;

/// The longest literal text.
const MAX_LITERAL: usize = 1 << 12;

/// The place behind the last literal of a record.
pub(crate) const END: u32 = u32::MAX;

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
    /// What is there; kept in step by [`Graph::add`].
    pub(crate) place: Place,
    /// Whether [`Extra`] has more to say.
    pub(crate) extra: bool,
    pub(crate) tick: Tick,
    pub(crate) marks: u64,
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

/// What few edges have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extra {
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
    pub(crate) first_edge: u32,
    pub(crate) edges: u32,
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
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) places: Vec<Place>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) extras: Vec<Extra>,
    /// For each place what its escaped strings start with, up to the last escape, as far as is known: URLs whose host and
    /// path are the same in every record, with each slash escaped.
    pub(crate) prefixes: Vec<Box<[u8]>>,
    /// The place of each path; [`END`] if it has none.
    place_of: Vec<u32>,
    trash: u32,
}

impl Graph {
    /// Without edges; scalars that nobody wants go to slot `trash`.
    pub(crate) fn new(trash: usize) -> Self {
        let start = Place {
            kinds: Kinds::ANY,
            slot: trash as u32,
            tag: 0,
            listed: false,
            first_edge: 0,
            edges: 0,
        };
        Self {
            places: vec![start],
            edges: Vec::new(),
            extras: Vec::new(),
            prefixes: vec![Box::default()],
            place_of: Vec::new(),
            trash: trash as u32,
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.trash as usize);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.edges.len() >= MAX_EDGES
    }

    /// Adds the steps of a record; false where one of them cannot be added.
    pub(crate) fn add(&mut self, steps: &[Learned]) -> bool {
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
        self.bring_edges_in_step();
        true
    }

    fn bring_edges_in_step(&mut self) {
        for edge in &mut self.edges {
            if edge.target != END {
                edge.place = self.places[edge.target as usize];
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
            self.places.push(Place {
                kinds: to.kinds,
                slot: to.slot.map_or(self.trash, |slot| slot as u32),
                tag: to.tag.unwrap_or_default(),
                listed: to.tag.is_some(),
                first_edge: self.edges.len() as u32,
                edges: 0,
            });
            self.prefixes.push(Box::default());
        }
        self.place_of[index]
    }

    fn edge(&mut self, from: u32, step: &Learned, target: u32) -> bool {
        let Place {
            first_edge, edges, ..
        } = self.places[from as usize];
        let range = first_edge as usize..(first_edge + edges) as usize;
        let head = step.literal.len().min(HEAD);
        let tail = &step.literal[head..];
        let starts_with = |index: usize| {
            let (edge, other) = (&self.edges[index], &self.extras[index].tail);
            let known = (edge.length as usize).min(HEAD);
            step.literal.starts_with(&edge.head[..known]) && tail.starts_with(other)
        };
        // Of two texts of which one starts with the other, the longer one is tried first.
        let prefix = range.clone().find(|&index| starts_with(index));
        let place = prefix.unwrap_or(range.end);
        if prefix.is_some_and(|index| self.edges[index].length as usize == step.literal.len()) {
            // The text tells where it leads.
            return true;
        }
        if self.is_full() || range.len() >= MAX_EDGES_OF_PLACE || step.literal.len() > MAX_LITERAL {
            return false;
        }
        let extra = Extra {
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
            extra: extra != Extra::default(),
            tick: step.ticks.first().copied().unwrap_or_default(),
            marks: step.marks,
        };
        edge.head[..head].copy_from_slice(&step.literal[..head]);
        self.edges.insert(place, edge);
        self.extras.insert(place, extra);
        self.places[from as usize].edges += 1;
        for (index, place) in self.places.iter_mut().enumerate() {
            if index != from as usize && place.first_edge as usize >= range.end {
                place.first_edge += 1;
            }
        }
        true
    }
}
