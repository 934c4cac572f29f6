//! Learns the shapes of JSON records, and reads records of a known shape at the speed of memory.
//!
//! The records of a dump are written by one program: between two scalar values stands nearly always one of a few
//! literal texts, such as `","email":`. [`Shapes`] learns those texts, and what they lead to, from records that another
//! parser has accepted. From then on a record is read by comparing literals and by finding the ends of strings.
//!
//! * A walk accepts a record only if every byte of it is part of a literal that has stood at the same place of a valid
//!   record, or of a scalar that the walk has validated. What it accepts is therefore valid JSON without repeated keys.
//! * Whatever it does not know, it leaves to the other parser: `None` says nothing about the record.
//! * What the places of a record are, [`Roles`] says once for each place. The scalars of a [`Record`] then come in slots and in
//!   a list.

mod found;
mod graph;
mod lanes;
mod learn;
mod paths;
mod roles;
mod walk;

pub use found::{Kinds, Record, Value};
pub use lanes::Instructions;
pub use roles::{Passed, Roles, Use};

use found::Found;
use graph::Graph;
use lanes::Portable;
use paths::{Paths, Refused};

/// The shapes of the records seen so far.
#[derive(Debug, Clone)]
pub struct Shapes<R: Roles> {
    roles: R,
    paths: Paths<R>,
    graph: Graph,
    found: Found,
    instructions: Instructions,
    walks: u64,
    /// How many records were refused since one was learned.
    refused: u32,
}

/// A record with fewer bytes behind it is never read, familiar or not.
pub const LOOKAHEAD: usize = walk::WINDOW;

/// A record that lists as many scalars is never familiar.
pub const MAX_LISTED: usize = found::LISTED;

/// Roles can use the slots below this one.
pub const MAX_SLOTS: usize = found::SLOTS - 1;

/// One in so many walks counts the edges that it takes.
const COUNT_ONE_IN: u64 = 32;

/// After so many records in a row that could not be learned, no more are looked at.
const PATIENCE: u32 = 1_000;

impl<R: Roles> Shapes<R> {
    /// Without shapes.
    pub fn new(roles: R, instructions: Instructions) -> Self {
        Self {
            paths: Paths::new(&roles),
            roles,
            graph: Graph::new(),
            found: Found::new(),
            instructions,
            walks: 0,
            refused: 0,
        }
    }

    /// Reads the record that starts at `start`, if its shape is known and it is valid; with it come the roles. `None`
    /// says nothing about the record.
    #[inline]
    pub fn read<'b>(&mut self, bytes: &'b [u8], start: usize) -> Option<(Record<'_, 'b>, &R)> {
        let end = self.walk(bytes, start)?;
        Some((Record::new(&self.found, bytes, end), &self.roles))
    }

    #[inline]
    fn walk(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        self.walks += 1;
        // A few walks tell which edges are frequent.
        if self.walks.is_multiple_of(COUNT_ONE_IN) {
            return self.counting_walk(bytes, start);
        }
        let (graph, found) = (&self.graph, &mut self.found);
        #[cfg(target_arch = "x86_64")]
        if self.instructions == Instructions::Widest
            && let Some(lanes) = lanes::Avx2::detect()
        {
            #[expect(
                unsafe_code,
                reason = "a function compiled for AVX2 is called where it is detected"
            )]
            // SAFETY: `lanes` is the proof that the processor has the instructions.
            return unsafe { walk_with_avx2(lanes, graph, bytes, start, found) };
        }
        walk::walk::<_, false>(Portable, graph, bytes, start, found)
    }

    #[cold]
    fn counting_walk(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        let found = &mut self.found;
        let end = walk::walk::<_, true>(Portable, &self.graph, bytes, start, found)?;
        self.graph.count(&self.found.taken);
        // Often while little is known.
        if (self.walks / COUNT_ONE_IN).is_power_of_two() {
            self.graph.sort();
        }
        Some(end)
    }

    /// Learns the shape of a record that is valid JSON: an object with nothing around it. Whether anything was new.
    ///
    /// What is new is familiar from now on, unless the record has some key twice, or values that the roles refuse or
    /// list by the thousand. A record that is not valid is not learned.
    pub fn learn(&mut self, record: &[u8]) -> bool {
        if self.graph.is_full() || self.refused >= PATIENCE {
            return false;
        }
        let learned = loop {
            match learn::steps(record, &mut self.paths, &mut self.roles) {
                Ok(steps) => break self.graph.add(&steps),
                Err(Refused::ForGood) => break false,
                // Few objects can become loose.
                Err(Refused::Loosened) => self.graph.clear(),
            }
        };
        self.refused = if learned { 0 } else { self.refused + 1 };
        learned
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
fn walk_with_avx2(
    lanes: lanes::Avx2,
    graph: &Graph,
    bytes: &[u8],
    start: usize,
    found: &mut Found,
) -> Option<usize> {
    walk::walk::<_, false>(lanes, graph, bytes, start, found)
}
