//! Learns from records of the whole dump which of their values stand in which columns, and what they have in common.

use std::ops::Range;

use hashbrown::HashMap;
use idq_load::{LoadError, Row, Snapshot};
use idq_shape::{Instructions, Kinds, LOOKAHEAD, Passed, Roles, Shapes, Use};

use super::FIRST_TEMPLATE;
use super::cells::{ChunkCells, value_fields};
use super::encode::Encoder;
use super::remainder::{Cell, Cells, INSTANT_LENGTH, Reference, fill};

/// So many records are looked at, taken at equal distances.
const SAMPLES: usize = 1_500;

/// Longer records are not.
const SAMPLE_BYTES: usize = 64 << 10;

/// A reference that makes fewer of the values of a place than one in so many is not worth trying.
const RARE: u32 = 20;

/// So many references are tried at a place.
const REFERENCES: usize = 3;

/// The fewest bytes of a text that is looked for at the end of others.
const MIN_END: usize = 6;

/// What goes into the holes of a template is not compressed, so it must be little.
const MAX_HOLE_BYTES: usize = 40;

/// A template is the remainder of one in so many records.
const RARE_TEMPLATE: usize = 100;

/// A place where scalars stand, whatever it means.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(u32);

impl Roles for Places {
    type Role = u32;

    fn root(&self) -> u32 {
        0
    }

    fn key(&mut self, _: u32, _: &str) -> u32 {
        self.0 += 1;
        self.0
    }

    fn element(&mut self, _: u32) -> u32 {
        self.0 += 1;
        self.0
    }

    fn scalar(&self, role: u32) -> Use {
        Use {
            slot: None,
            tag: Some(role),
            kinds: Kinds::ANY,
        }
    }

    fn passed(&self, _: u32) -> Passed {
        Passed::default()
    }

    fn empty(&self, _: u32) -> Option<u32> {
        None
    }
}

/// A reference to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct To {
    pub(super) reference: Reference,
    pub(super) column: u8,
}

/// What was learned.
pub(super) struct Trained {
    /// The fields of the columns that are referred to.
    pub(super) fields: Vec<usize>,
    pub(super) shapes: Shapes<Places>,
    /// For each place what to try there, the most frequent first.
    pub(super) references: Vec<Vec<To>>,
    pub(super) templates: Vec<Vec<u8>>,
    /// How each template is told in the file.
    pub(super) form_of: HashMap<Vec<u8>, u8>,
}

impl Trained {
    /// Learns from records at these rows; with it come their remainders.
    pub(super) fn of(snapshot: &Snapshot, rows: &[Row]) -> Result<(Self, Vec<Vec<u8>>), LoadError> {
        let fields = value_fields(snapshot.api());
        let samples = Samples::read(snapshot, rows)?;
        let mut shapes = Shapes::new(Places::default(), Instructions::default());
        let mut tallies: Vec<Tally> = Vec::new();
        samples.each(snapshot, &fields, |record, cells| {
            let mut padded = record.to_vec();
            padded.resize(record.len() + LOOKAHEAD, 0);
            if shapes.read(&padded, 0).is_none() {
                shapes.learn(record);
            }
            if let Some((found, _)) = shapes.read(&padded, 0) {
                let mut scratch = vec![Vec::new(); usize::from(cells.count())];
                let columns: Vec<Option<Cell<'_>>> = (0..)
                    .zip(&mut scratch)
                    .map(|(column, scratch)| cells.cell(column, scratch))
                    .collect();
                for (tag, range) in found.listed_ranges() {
                    let tag = tag as usize;
                    tallies.resize_with(tallies.len().max(tag + 1), Tally::default);
                    tallies[tag].add(&record[range], &columns);
                }
            }
        });
        let style = style(&tallies);
        let mut trained = Self {
            fields,
            shapes,
            references: tallies.iter().map(|tally| tally.best(style)).collect(),
            templates: Vec::new(),
            form_of: HashMap::new(),
        };
        let mut remainders = Vec::new();
        let mut counts: HashMap<Vec<u8>, (usize, usize)> = HashMap::new();
        let mut encoder = Encoder::new(&trained);
        samples.each(snapshot, &trained.fields, |record, cells| {
            let Some((template, holes)) = encoder.template(record, cells) else {
                remainders.push((Vec::new(), record.to_vec()));
                return;
            };
            let count = counts.entry_ref(template).or_default();
            count.0 += 1;
            count.1 += holes.len();
            let mut remainder = Vec::new();
            fill(template, holes, &mut remainder);
            remainders.push((template.to_vec(), remainder));
        });
        trained.templates = templates(counts, samples.0.len());
        let forms = FIRST_TEMPLATE..=u8::MAX;
        trained.form_of = trained.templates.iter().cloned().zip(forms).collect();
        // What stands in a template is not compressed.
        let others = remainders.into_iter();
        let others = others.filter(|(template, _)| !trained.form_of.contains_key(template));
        let others = others.map(|(_, remainder)| remainder).collect();
        Ok((trained, others))
    }

    /// How it is told that a record is stored as this template and what goes into its holes, if it should be.
    pub(super) fn form(&self, template: &[u8], holes: &[u8]) -> Option<u8> {
        let form = self.form_of.get(template).copied();
        form.filter(|_| holes.len() <= MAX_HOLE_BYTES)
    }
}

/// The templates that are worth keeping, of those that were seen so often, with so many bytes in their holes.
fn templates(counts: HashMap<Vec<u8>, (usize, usize)>, samples: usize) -> Vec<Vec<u8>> {
    let frequent = samples.div_ceil(RARE_TEMPLATE).max(2);
    let mut templates: Vec<(usize, Vec<u8>)> = counts
        .into_iter()
        .filter(|(_, (count, bytes))| *count >= frequent && bytes / count <= MAX_HOLE_BYTES)
        .map(|(template, (count, _))| (count, template))
        .collect();
    templates.sort_unstable_by(|one, other| other.cmp(one));
    templates.truncate(usize::from(u8::MAX - FIRST_TEMPLATE));
    templates
        .into_iter()
        .map(|(_, template)| template)
        .collect()
}

/// Records, with where each stands.
struct Samples(Vec<(Row, Vec<u8>)>);

impl Samples {
    fn read(snapshot: &Snapshot, rows: &[Row]) -> Result<Self, LoadError> {
        let mut reader = snapshot.reader();
        let mut samples = Vec::new();
        for row in rows.iter().step_by(rows.len().div_ceil(SAMPLES).max(1)) {
            let record = snapshot.record(*row, &mut reader)?;
            if record.len() <= SAMPLE_BYTES {
                samples.push((*row, record.to_vec()));
            }
        }
        Ok(Self(samples))
    }

    fn each(
        &self,
        snapshot: &Snapshot,
        fields: &[usize],
        mut visit: impl FnMut(&[u8], &ChunkCells<'_>),
    ) {
        for (row, record) in &self.0 {
            let (chunk, row) = snapshot.locate(*row);
            let mut cells = ChunkCells::new(&snapshot.chunks()[chunk], fields);
            cells.row = row;
            visit(record, &cells);
        }
    }
}

/// What the values of a place could refer to.
#[derive(Default)]
struct Tally {
    /// Those that are not null.
    values: u32,
    hits: HashMap<To, u32>,
}

impl Tally {
    fn add(&mut self, value: &[u8], columns: &[Option<Cell<'_>>]) {
        if value == b"null" {
            return;
        }
        self.values += 1;
        for (column, cell) in (0..).zip(columns) {
            let Some(cell) = cell else { continue };
            for reference in references(value, *cell) {
                *self.hits.entry(To { reference, column }).or_default() += 1;
            }
        }
    }

    /// What to try, of the styles only this one.
    fn best(&self, style: Reference) -> Vec<To> {
        let of_style = |to: &To| to.reference.style().is_none() || to.reference == style;
        let frequent = (self.values / RARE).max(1);
        let hits = self.hits.iter();
        let mut best: Vec<(u32, To)> = hits
            .filter(|(to, hits)| of_style(to) && **hits >= frequent)
            .map(|(to, hits)| (*hits, *to))
            .collect();
        best.sort_unstable_by_key(|(hits, to)| (std::cmp::Reverse(*hits), *to));
        best.truncate(REFERENCES);
        best.into_iter().map(|(_, to)| to).collect()
    }
}

/// The style that makes most of the values.
fn style(tallies: &[Tally]) -> Reference {
    let hits = |style: Reference| -> u64 {
        let all = tallies.iter().flat_map(|tally| &tally.hits);
        let of_style = all.filter(|(to, _)| to.reference == style);
        of_style.map(|(_, hits)| u64::from(*hits)).sum()
    };
    // Of several the first.
    let styles = Reference::STYLES.into_iter().rev();
    styles
        .max_by_key(|style| hits(*style))
        .unwrap_or(Reference::Plain)
}

/// Every kind of reference by which a value that is not null could be made of a cell.
fn references(value: &[u8], cell: Cell<'_>) -> Vec<Reference> {
    let kinds: &[Reference] = match cell {
        Cell::Null => &[],
        Cell::Text(_) => &[
            Reference::Plain,
            Reference::Ascii,
            Reference::Slashes,
            Reference::Html,
            Reference::Text,
        ],
        Cell::Instant(_) => &[
            Reference::Instant,
            Reference::Microseconds,
            Reference::Seconds,
        ],
    };
    let mut scratch = Vec::new();
    let makes = kinds.iter().copied();
    let mut makes = makes.filter(|kind| fit(*kind, cell, value, &mut scratch).is_some());
    match cell {
        // Of these the most that can be left out.
        Cell::Instant(_) => makes.next().into_iter().collect(),
        _ => makes.collect(),
    }
}

/// Bytes of `null`.
const NULL_LENGTH: usize = 4;

/// Which part of a value a reference to a cell makes.
#[inline]
pub(super) fn fit(
    reference: Reference,
    cell: Cell<'_>,
    value: &[u8],
    scratch: &mut Vec<u8>,
) -> Option<Range<usize>> {
    scratch.clear();
    let end = value.len();
    match reference {
        Reference::Text => {
            let text = cell.text()?;
            let string = value
                .strip_prefix(b"\"")
                .and_then(|rest| rest.strip_suffix(b"\""));
            match string {
                Some(string) if text.len() >= MIN_END && string.len() > text.len() => {
                    let is_end = string.ends_with(text);
                    is_end.then(|| end - 1 - text.len()..end - 1)
                }
                // A number.
                None if text.len() > 2 && value == text => Some(0..end),
                _ => None,
            }
        }
        Reference::Seconds | Reference::Microseconds => {
            let string = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
            let length = reference.clock_length();
            let behind = string.get(length..)?;
            reference.spell(cell, behind, scratch)?;
            (string[..length] == **scratch).then(|| 1..1 + length)
        }
        Reference::Instant => {
            if !matches!(end, INSTANT_LENGTH | NULL_LENGTH) {
                return None;
            }
            reference.spell(cell, b"", scratch)?;
            (value == scratch).then_some(0..end)
        }
        Reference::Plain | Reference::Ascii | Reference::Slashes | Reference::Html => {
            let style = reference.style()?;
            let Some(text) = cell.text() else {
                return (matches!(cell, Cell::Null) && value == b"null").then_some(0..end);
            };
            if let [b'"', string @ .., b'"'] = value
                && string == text
            {
                return style.is_plain(text).then_some(0..end);
            }
            // What is spelled otherwise has escapes.
            value.contains(&b'\\').then_some(())?;
            reference.spell(cell, b"", scratch)?;
            (value == scratch).then_some(0..end)
        }
    }
}
