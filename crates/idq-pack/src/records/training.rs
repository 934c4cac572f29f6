//! Learns from records of the whole dump what shapes they have, and which of their values stand in which columns.

use std::ops::Range;

use hashbrown::HashMap;
use idq_shape::{Instructions, Kinds, LOOKAHEAD, Passed, Roles, Shapes, Use};
use idq_snapshot::{LoadError, RowId, Snapshot};

use super::alternatives::{Makings, SeenValue, describe};
use super::cells::{ChunkCells, value_fields};
use super::encode::{Choices, makes_all};
use super::reference::{Cell, Cells, Reference};
use super::shapes::{PlaceDescription, RecordShapes, ShapesDescription};
use super::spelling::Style;
use idq_snapshot::SpillFile;

/// So many records are looked at, taken at equal distances, and no more bytes than this in all.
const SAMPLES: usize = 2_000;
const SAMPLES_BYTES: usize = 16 << 20;

/// Samples read between two releases of the spill file's pages.
const SAMPLES_A_RELEASE: usize = 32;

/// Longer records are not looked at.
const SAMPLE_BYTES: usize = 64 << 10;

/// So many values of a place are looked at, and of one record.
const VALUES: usize = 4_000;
const VALUES_OF_RECORD: usize = 4;

/// With so many records, what was seen in one of them alone is not worth describing.
const MANY: usize = 200;

/// The shapes are described in no more bytes than this, and in no more than one for so many bytes of records; in less
/// than `SMALL_DESCRIPTION` they always may.
const DESCRIPTION: usize = 256 << 10;
const RECORD_BYTES_A_BYTE: u64 = 10;
const SMALL_DESCRIPTION: usize = 32 << 10;

/// A place where values stand, whatever it means.
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

/// What was learned.
pub(super) struct Trained {
    /// The fields of the columns that are referred to.
    pub(super) fields: Vec<usize>,
    /// What finds the values of a record.
    pub(super) walks: Shapes<Places>,
    /// The place of each tag of the walks.
    pub(super) place_of: Vec<usize>,
    pub(super) shapes: RecordShapes,
    pub(super) description: ShapesDescription,
    /// What the values of each place can be.
    pub(super) choices: Vec<Choices>,
}

impl Trained {
    /// Learns from records at these rows; these records come with it.
    pub(super) fn of<'s>(
        snapshot: &Snapshot,
        rows: &[RowId],
        spill: Option<&'s SpillFile>,
    ) -> Result<(Self, Samples<'s>), LoadError> {
        let samples = Samples::read(snapshot, rows, spill)?;
        let fields = value_fields(snapshot.api());
        let mut walks = samples.walks();
        let listed: Vec<_> = samples
            .records()
            .map(|record| listed(&mut walks, record))
            .collect();
        let style = style(snapshot, &samples, &listed, &fields);
        let mut seen = Seen::default();
        samples.each(snapshot, &fields, |number, record, cells| {
            with_all(cells, |cells| {
                seen.add(record, &listed[number], &Makings::new(cells, style));
            });
        });
        let description = seen.describe(style, samples.description_bytes(rows.len()));
        let shapes = RecordShapes::try_from(description.clone());
        // What has just been described makes sense.
        debug_assert!(shapes.is_ok(), "{shapes:?}");
        let (shapes, description) = match shapes {
            Ok(shapes) => (shapes, description),
            Err(_) => Default::default(),
        };
        let choices = shapes.places.iter();
        let trained = Self {
            fields,
            walks,
            place_of: seen.place_of,
            choices: choices.map(|place| Choices::new(&place.values)).collect(),
            shapes,
            description,
        };
        Ok((trained, samples))
    }
}

/// Where a value of a record stands, with the tag of its place.
type Listed = (u32, Range<usize>);

/// Where the values of a record stand; none of a record whose shape is not known.
fn listed(walks: &mut Shapes<Places>, record: &[u8]) -> Vec<Listed> {
    let mut padded = record.to_vec();
    padded.resize(record.len() + LOOKAHEAD, 0);
    match walks.read(&padded, 0) {
        Some((found, _)) if found.end() == record.len() => found.listed_ranges().collect(),
        _ => Vec::new(),
    }
}

/// Calls with the values of all columns.
fn with_all<T>(cells: &ChunkCells<'_>, visit: impl FnOnce(&[Option<Cell<'_>>]) -> T) -> T {
    let mut scratch = vec![Vec::new(); usize::from(cells.count())];
    let all = (0..).zip(&mut scratch);
    let all: Vec<_> = all
        .map(|(column, scratch)| cells.cell(column, scratch))
        .collect();
    visit(&all)
}

/// The style in which most texts are spelled of those that can be spelled in several.
fn style(
    snapshot: &Snapshot,
    samples: &Samples<'_>,
    listed: &[Vec<Listed>],
    fields: &[usize],
) -> Style {
    let mut hits = Style::ALL.map(|style| (0, style));
    let mut scratch = Vec::new();
    samples.each(snapshot, fields, |number, record, cells| {
        with_all(cells, |cells| {
            let told = cells.iter().flatten().copied();
            let is_odd = |text: &[u8]| !Style::ALL.iter().all(|style| style.is_plain(text));
            let odd: Vec<Cell<'_>> = told
                .filter(|cell| matches!(cell, Cell::Text(text) if is_odd(text)))
                .collect();
            if odd.is_empty() {
                return;
            }
            for (_, range) in &listed[number] {
                for (hits, style) in &mut hits {
                    let value = &record[range.clone()];
                    let makes = |cell: &Cell<'_>| {
                        makes_all(Reference::Value, *cell, *style, value, &mut scratch)
                    };
                    *hits += u32::from(odd.iter().any(makes));
                }
            }
        });
    });
    // Of several the first.
    let best = hits.into_iter().rev().max_by_key(|(hits, _)| *hits);
    best.map(|(_, style)| style).unwrap_or_default()
}

/// The places that were seen, in the order in which they were.
#[derive(Default)]
struct Seen {
    places: Vec<SeenPlace>,
    place_of: Vec<usize>,
    records: usize,
}

/// What was seen at a place.
#[derive(Default)]
struct SeenPlace {
    values: Vec<SeenValue>,
    /// The last record that was here, and how many of its values.
    record: usize,
    of_record: usize,
    /// What came behind the values, how often.
    next: HashMap<(String, Option<u32>), u32>,
}

/// Stands for no place in [`Seen::place_of`].
const NOWHERE: usize = usize::MAX;

impl Seen {
    fn add(&mut self, record: &[u8], listed: &[Listed], makings: &Makings<'_>) {
        let Ok(text) = std::str::from_utf8(record) else {
            return;
        };
        if listed.is_empty() {
            return;
        }
        self.records += 1;
        let mut place = 0;
        if self.places.is_empty() {
            self.places.push(SeenPlace::default());
        }
        let mut reached = 0;
        for (tag, range) in listed {
            let to = self.place(*tag as usize);
            self.places[place].add_next(&text[reached..range.start], Some(to));
            place = to;
            if self.places[place].takes_another(self.records) {
                let value = SeenValue::new(&text[range.clone()], makings);
                self.places[place].values.push(value);
            }
            reached = range.end;
        }
        self.places[place].add_next(&text[reached..], None);
    }

    /// Describes the places, in so many bytes at most: if need be without frequent texts, or not at all.
    fn describe(&self, style: Style, most: usize) -> ShapesDescription {
        let least = if self.records < MANY { 1 } else { 2 };
        for with_texts in [true, false] {
            let places = self.places.iter();
            let places: Vec<_> = places
                .map(|place| place.describe(least, with_texts))
                .collect();
            if places.iter().map(PlaceDescription::bytes).sum::<usize>() <= most {
                return ShapesDescription { style, places };
            }
        }
        ShapesDescription::default()
    }

    /// The place of a tag.
    fn place(&mut self, tag: usize) -> usize {
        if self.place_of.len() <= tag {
            self.place_of.resize(tag + 1, NOWHERE);
        }
        if self.place_of[tag] == NOWHERE {
            self.place_of[tag] = self.places.len();
            self.places.push(SeenPlace::default());
        }
        self.place_of[tag]
    }
}

impl SeenPlace {
    fn add_next(&mut self, text: &str, to: Option<usize>) {
        let next = (text.to_owned(), to.map(|to| to as u32));
        *self.next.entry(next).or_default() += 1;
    }

    /// Whether a value of a record, told by its number, is looked at.
    fn takes_another(&mut self, record: usize) -> bool {
        if self.record != record {
            (self.record, self.of_record) = (record, 0);
        }
        self.of_record += 1;
        self.of_record <= VALUES_OF_RECORD && self.values.len() < VALUES
    }

    /// What was seen here so often at least.
    fn describe(&self, least: u32, with_texts: bool) -> PlaceDescription {
        let next = self.next.iter();
        let mut next: Vec<_> = next.filter(|(_, count)| **count >= least).collect();
        // The most frequent first, as they are looked at in order.
        next.sort_unstable_by_key(|(next, count)| (std::cmp::Reverse(**count), *next));
        PlaceDescription {
            values: match self.values.as_slice() {
                [] => Vec::new(),
                values => describe(values, with_texts),
            },
            next: next.into_iter().map(|(next, _)| next.clone()).collect(),
        }
    }
}

/// Records, with where each stands.
pub(super) struct Samples<'s> {
    samples: Vec<(RowId, Vec<u8>)>,
    /// Where columns and records are read from.
    spill: Option<&'s SpillFile>,
}

impl<'s> Samples<'s> {
    fn read(
        snapshot: &Snapshot,
        rows: &[RowId],
        spill: Option<&'s SpillFile>,
    ) -> Result<Self, LoadError> {
        let mut reader = snapshot.reader();
        let mut samples: Vec<(RowId, Vec<u8>)> = Vec::new();
        let mut bytes = 0;
        let mut step = rows.len().div_ceil(SAMPLES).max(1);
        let mut next = 0;
        while let Some(row) = rows.get(next) {
            next += step;
            let record = snapshot.record(*row, &mut reader)?;
            if record.len() > SAMPLE_BYTES {
                continue;
            }
            bytes += record.len();
            samples.push((*row, record.to_vec()));
            // The system maps much around each place that is read.
            if samples.len().is_multiple_of(SAMPLES_A_RELEASE) {
                spill.inspect(|spill| spill.release());
            }
            if bytes > SAMPLES_BYTES {
                // Every second one will do.
                let mut keep = false;
                samples.retain(|_| {
                    keep = !keep;
                    keep
                });
                bytes = samples.iter().map(|(_, record)| record.len()).sum();
                step *= 2;
            }
        }
        Ok(Self { samples, spill })
    }

    /// What finds the values of all of them.
    fn walks(&self) -> Shapes<Places> {
        let mut walks = Shapes::new(Places::default(), Instructions::default());
        // Some records make the shapes forget what they know, though not often: once more for those that were before.
        for _ in 0..2 {
            for record in self.records() {
                if listed(&mut walks, record).is_empty() {
                    walks.learn(record);
                }
            }
        }
        walks
    }

    /// In how many bytes the shapes of so many records may be described.
    fn description_bytes(&self, rows: usize) -> usize {
        let bytes = self.in_all(self.records().map(<[u8]>::len).sum(), rows);
        let most = usize::try_from(bytes / RECORD_BYTES_A_BYTE).unwrap_or(DESCRIPTION);
        most.clamp(SMALL_DESCRIPTION, DESCRIPTION)
    }

    /// How many bytes so many records have of what the samples have so many bytes of.
    pub(super) fn in_all(&self, bytes: usize, rows: usize) -> u64 {
        bytes as u64 * rows as u64 / self.samples.len().max(1) as u64
    }

    fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.samples.iter().map(|(_, record)| record.as_slice())
    }

    /// Calls with each record, its number, and its row of the columns.
    pub(super) fn each(
        &self,
        snapshot: &Snapshot,
        fields: &[usize],
        mut visit: impl FnMut(usize, &[u8], &ChunkCells<'_>),
    ) {
        for (number, (row, record)) in self.samples.iter().enumerate() {
            let (chunk, row) = snapshot.locate(*row);
            let mut cells = ChunkCells::new(&snapshot.chunks()[chunk], fields);
            cells.row = row;
            visit(number, record, &cells);
            if number.is_multiple_of(SAMPLES_A_RELEASE) {
                self.spill.inspect(|spill| spill.release());
            }
        }
    }
}
