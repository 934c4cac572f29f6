//! Takes a record apart: the way through its shape, and the texts that no column tells.

use hashbrown::HashMap;
use idq_shape::{LOOKAHEAD, Shapes};

use super::bits::BitWriter;
use super::reference::{Cell, Cells, INSTANT_LENGTH, Reference};
use super::shapes::{FIRST_OF_TEXT, HOLE, Part, RecordShapes};
use super::spelling::Style;
use super::training::{Places, Trained};

/// What the values of a place can be, ready to be looked for.
#[derive(Debug, Default)]
pub(super) struct Choices {
    /// With the number of each.
    references: Vec<(u32, ToColumn)>,
    texts: HashMap<Box<[u8]>, u32>,
    /// A hole between quotes, and one without.
    string: Option<u32>,
    any: Option<u32>,
}

/// A value that a column tells in part.
#[derive(Debug)]
struct ToColumn {
    reference: Reference,
    column: u8,
    /// What stands around it; none for a hole.
    before: Option<Box<[u8]>>,
    behind: Option<Box<[u8]>>,
}

impl Choices {
    /// Those of a place with these values.
    pub(super) fn new(values: &[Vec<Part>]) -> Self {
        let mut choices = Self::default();
        for (number, parts) in (0..).zip(values) {
            let reference = parts.iter().enumerate().find_map(|(at, part)| match part {
                Part::Column(reference, column) => Some((at, *reference, *column)),
                Part::Text(_) | Part::Hole => None,
            });
            match (reference, parts.as_slice()) {
                (Some((at, reference, column)), parts) => {
                    let to = ToColumn {
                        reference,
                        column,
                        before: side(&parts[..at]),
                        behind: side(&parts[at + 1..]),
                    };
                    choices.references.push((number, to));
                }
                (None, [Part::Hole]) => choices.any = Some(number),
                (None, [Part::Text(text)]) => {
                    choices.texts.insert(text.clone(), number);
                }
                (None, _) => choices.string = Some(number),
            }
        }
        choices
    }
}

/// The text on one side of a reference; none for a hole.
fn side(parts: &[Part]) -> Option<Box<[u8]>> {
    match parts {
        [] => Some(Box::default()),
        [Part::Text(text)] => Some(text.clone()),
        _ => None,
    }
}

/// Takes records apart.
pub(super) struct Encoder<'t> {
    trained: &'t Trained,
    /// A walk over a record needs room to write down what it finds.
    walks: Shapes<Places>,
    /// The record, with room behind it.
    padded: Vec<u8>,
    choices: BitWriter,
    texts: Vec<u8>,
    cell: Vec<u8>,
    scratch: Vec<u8>,
}

impl<'t> Encoder<'t> {
    pub(super) fn new(trained: &'t Trained) -> Self {
        Self {
            trained,
            walks: trained.walks.clone(),
            padded: Vec::new(),
            choices: BitWriter::default(),
            texts: Vec::new(),
            cell: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// The choices that lead through a record, and the texts in its holes, each followed by a zero byte; `None` if it is
    /// of no shape that is known.
    pub(super) fn take_apart(
        &mut self,
        record: &[u8],
        cells: &impl Cells,
    ) -> Option<(&[u8], &[u8])> {
        self.padded.clear();
        self.padded.extend_from_slice(record);
        self.padded.resize(record.len() + LOOKAHEAD, 0);
        self.choices.clear();
        self.texts.clear();
        if has_other_bytes(record) {
            return None;
        }
        let (found, _) = self.walks.read(&self.padded, 0)?;
        if found.end() != record.len() {
            return None;
        }
        let RecordShapes { style, places } = &self.trained.shapes;
        let mut place = places.first()?;
        let mut reached = 0;
        for (tag, range) in found.listed_ranges() {
            let to = *self.trained.place_of.get(tag as usize)?;
            let text = &record[reached..range.start];
            let next = (place.next.iter())
                .position(|(known, leads_to)| *leads_to == Some(to) && **known == *text)?;
            self.choices.put(next as u32, place.next_bits);
            place = places.get(to)?;
            let choices = self.trained.choices.get(to)?;
            let value = &record[range.clone()];
            reached = range.end;
            let made = choices.references.iter().find_map(|(number, to)| {
                let cell = cells.cell(to.column, &mut self.cell)?;
                let hole = to.hole(value, cell, *style, &mut self.scratch)?;
                Some((*number, hole))
            });
            let (number, text) = match made {
                Some(made) => made,
                None => match (choices.texts.get(value), choices.string, unquoted(value)) {
                    (Some(number), _, _) => (*number, None),
                    (None, Some(number), Some(string)) => (number, Some(string)),
                    (None, _, _) => (choices.any?, Some(value)),
                },
            };
            if let Some(text) = text {
                self.texts.extend_from_slice(text);
                self.texts.push(HOLE);
            }
            self.choices.put(number, place.value_bits);
        }
        let text = &record[reached..];
        let next = (place.next.iter())
            .position(|(known, leads_to)| leads_to.is_none() && **known == *text)?;
        self.choices.put(next as u32, place.next_bits);
        Some((self.choices.finish(), &self.texts))
    }
}

impl ToColumn {
    /// Whether it makes a value of a cell, and what has to go into its hole for that, if it has one.
    #[inline]
    fn hole<'v>(
        &self,
        value: &'v [u8],
        cell: Cell<'_>,
        style: Style,
        scratch: &mut Vec<u8>,
    ) -> Option<Option<&'v [u8]>> {
        if self.reference.is_whole() {
            return makes_all(self.reference, cell, style, value, scratch).then_some(None);
        }
        let rest = match &self.before {
            Some(before) => value.strip_prefix(&**before)?,
            None => value,
        };
        let rest = match &self.behind {
            Some(behind) => rest.strip_suffix(&**behind)?,
            None => rest,
        };
        let part = made(
            self.reference,
            cell,
            style,
            self.behind.as_deref(),
            rest,
            scratch,
        )?;
        match (&self.before, &self.behind) {
            (Some(_), Some(_)) => (rest == part).then_some(None),
            (Some(_), None) => Some(Some(rest.strip_prefix(part)?)),
            (None, _) => Some(Some(rest.strip_suffix(part)?)),
        }
    }
}

/// What a reference to a part of a value makes; `behind` is the text behind it, or `rest` holds it, behind what it makes.
fn made<'m>(
    reference: Reference,
    cell: Cell<'m>,
    style: Style,
    behind: Option<&[u8]>,
    rest: &[u8],
    scratch: &'m mut Vec<u8>,
) -> Option<&'m [u8]> {
    if let Cell::Text(text) = cell
        && let part = reference.part(text)?
    {
        // Nothing is spelled shorter.
        if part.len() > rest.len() {
            return None;
        }
        if style.is_plain(part) {
            return Some(part);
        }
    }
    let behind = match behind {
        Some(behind) => behind,
        None if matches!(cell, Cell::Instant(_)) => rest.get(reference.clock_length()..)?,
        None => b"",
    };
    scratch.clear();
    reference.spell(cell, style, behind, scratch)?;
    Some(scratch)
}

/// A byte of a text is spelled in so many at most: `\\u0000`.
const MOST_OF_A_BYTE: usize = 6;

/// Whether a reference to a whole value makes it of a cell.
#[inline]
pub(super) fn makes_all(
    reference: Reference,
    cell: Cell<'_>,
    style: Style,
    value: &[u8],
    scratch: &mut Vec<u8>,
) -> bool {
    match cell {
        Cell::Null => return value == b"null",
        Cell::Text(text) => {
            if let [b'"', string @ .., b'"'] = value
                && string == text
            {
                return style.is_plain(text);
            }
            // What is spelled otherwise has escapes, and is longer, though not by much. A long text is not spelled for
            // each of many short values.
            let most = text.len().saturating_mul(MOST_OF_A_BYTE);
            let is_length = (text.len()..=most).contains(&value.len().saturating_sub(2));
            if !is_length || !value.contains(&b'\\') {
                return false;
            }
        }
        Cell::Instant(_) if value.len() != INSTANT_LENGTH => return false,
        Cell::Instant(_) => {}
    }
    scratch.clear();
    reference.spell(cell, style, b"", scratch).is_some() && value == scratch
}

/// What stands between the quotes of a string; `None` of another value.
pub(super) fn unquoted(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// Whether a text has bytes that would be taken for others; JSON has none.
fn has_other_bytes(text: &[u8]) -> bool {
    text.iter()
        .fold(false, |has, &byte| has | (byte < FIRST_OF_TEXT))
}

#[cfg(test)]
mod tests {
    use idq_generate::Generator;
    use idq_load::{Loader, Row, Source};

    use super::super::cells::ChunkCells;
    use super::*;

    /// Takes all records of a dump apart and puts them together again; how many could not be, and of the others how many
    /// bytes are left of a hundred.
    fn taken_apart(dump: &str) -> (usize, usize) {
        let snapshot = Loader::new(vec![Source::bytes("dump", dump)]);
        let snapshot = snapshot.block_size(10_000).load().unwrap();
        let rows: Vec<Row> = (0..snapshot.all_rows() as u32).map(Row).collect();
        let (trained, _) = Trained::of(&snapshot, &rows, None).unwrap();
        let mut reader = snapshot.reader();
        let mut encoder = Encoder::new(&trained);
        let (mut whole, mut bytes, mut left) = (0, 1, 0);
        for &at in &rows {
            let (chunk, row) = snapshot.locate(at);
            let mut cells = ChunkCells::new(&snapshot.chunks()[chunk], &trained.fields);
            cells.row = row;
            let record = snapshot.record(at, &mut reader).unwrap();
            let Some((choices, texts)) = encoder.take_apart(record, &cells) else {
                whole += 1;
                continue;
            };
            let mut again = Vec::new();
            let shapes = &trained.shapes;
            shapes
                .put_together(choices, texts, &cells, &mut again)
                .unwrap();
            assert_eq!(
                String::from_utf8_lossy(&again),
                String::from_utf8_lossy(record)
            );
            bytes += record.len();
            left += choices.len() + texts.len();
        }
        (whole, left * 100 / bytes)
    }

    fn dump(api: Generator, rows: u64) -> String {
        let mut bytes = Vec::new();
        for row in 0..rows {
            idq_generate::record(api, 3, row, &mut bytes);
            bytes.push(b'\n');
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_taken_apart_can_be_put_together() {
        for (api, most) in [
            (Generator::Provisionr, 12),
            (Generator::PermissionAssist, 3),
        ] {
            let (whole, left) = taken_apart(&dump(api, 2_000));
            assert!(whole < 40, "{api:?}: {whole}");
            assert!(left < most, "{api:?}: {left}");
        }
    }

    #[test]
    fn records_of_odd_shapes_stay_whole() {
        // A key twice is no shape that can be learned.
        let line = r#"{"id":"a","vendor_id":"1","state":"active","state":"active"}"#;
        assert_eq!(taken_apart(&format!("{line}\n").repeat(20)), (20, 0));
    }

    #[test]
    fn spellings_of_all_kinds_are_told_apart() {
        let mut dump = String::new();
        for row in 0..2_000 {
            let created = [
                "2023-05-19T07:00:00Z",
                "2023-05-19T07:00:00.000Z",
                "2023-05-19T07:00:00.123456Z",
                "2023-05-19T07:00:00.1234567+05:30",
                "2023-05-19t07:00:00z",
                "1969-12-31T23:59:59.9999999Z",
                "2016-12-31T23:59:60Z",
                "0000-01-01T00:30:00+01:00",
            ][row % 8];
            let name = [
                "A/B",
                r"A\/B",
                r"\u00e9 x",
                r"\u00E9 x",
                "é x",
                r#"\""#,
                r"\u0022 y",
                "& & z",
            ][row / 8 % 8];
            let email = ["a@b.example", "c@d.example", "é", "@"][row / 64 % 4];
            dump += &format!(
                r#"{{"id":"i{row}","vendor_id":"{row}","state":null,"email":"{email}","timestamp":{{"created_at":"{created}"}},"included":{{"directory_user":{{"full_name":"{name}","email":"x{email}"}}}},"profile":{{"a":"{name}","b":"smtp:{email}","c":"{created}","d":"{email}{row}","e":{row}}}}}"#
            );
            dump.push('\n');
        }
        let (whole, _) = taken_apart(&dump);
        assert_eq!(whole, 0);
    }
}
