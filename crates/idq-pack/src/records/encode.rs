//! Takes a record apart: what its columns tell, and the remainder.

use std::ops::Range;

use idq_shape::{LOOKAHEAD, Shapes};

use super::remainder::{Cells, HOLE, fill, has_references};
use super::training::{Places, To, Trained, fit};

/// How a record is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Whole,
    /// By its remainder.
    Remainder,
    /// By a template, and what goes into its holes.
    Template(u8),
}

/// Takes records apart.
///
/// It learns the shapes of the records that it sees: what it makes of a record depends on what it was given before.
pub(super) struct Encoder<'t> {
    trained: &'t Trained,
    shapes: Shapes<Places>,
    /// The record, with room behind it.
    padded: Vec<u8>,
    /// A template, and what goes into its holes, each text followed by a zero byte.
    template: Vec<u8>,
    holes: Vec<u8>,
    remainder: Vec<u8>,
    cell: Vec<u8>,
    scratch: Vec<u8>,
}

impl<'t> Encoder<'t> {
    pub(super) fn new(trained: &'t Trained) -> Self {
        Self {
            trained,
            shapes: trained.shapes.clone(),
            padded: Vec::new(),
            template: Vec::new(),
            holes: Vec::new(),
            remainder: Vec::new(),
            cell: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// What goes into the holes of the template, each text followed by a zero byte.
    pub(super) fn holes(&self) -> &[u8] {
        &self.holes
    }

    /// The record's text with references in it.
    pub(super) fn remainder(&self) -> &[u8] {
        &self.remainder
    }

    /// Takes a record apart, and says how it is stored best.
    pub(super) fn encode(&mut self, record: &[u8], cells: &impl Cells) -> Form {
        if self.trained.form_of.is_empty() {
            return match self.take_apart::<false>(record, cells) {
                true => Form::Remainder,
                false => Form::Whole,
            };
        }
        if !self.take_apart::<true>(record, cells) {
            return Form::Whole;
        }
        if let Some(form) = self.trained.form(&self.template, &self.holes) {
            return Form::Template(form);
        }
        self.remainder.clear();
        fill(&self.template, &self.holes, &mut self.remainder);
        Form::Remainder
    }

    /// The template of a record, and what goes into its holes, if it is of a shape that can be taken apart.
    pub(super) fn template(&mut self, record: &[u8], cells: &impl Cells) -> Option<(&[u8], &[u8])> {
        self.take_apart::<true>(record, cells)
            .then_some((&self.template, &self.holes))
    }

    /// Takes a record apart into a remainder, or a template and what goes into its holes; whether it is of a shape that
    /// can be.
    fn take_apart<const TEMPLATE: bool>(&mut self, record: &[u8], cells: &impl Cells) -> bool {
        self.padded.clear();
        self.padded.extend_from_slice(record);
        self.padded.resize(record.len() + LOOKAHEAD, 0);
        !has_references(record)
            && (self.split::<TEMPLATE>(record, cells)
                || self.shapes.learn(record) && self.split::<TEMPLATE>(record, cells))
    }

    fn split<const TEMPLATE: bool>(&mut self, record: &[u8], cells: &impl Cells) -> bool {
        let Some((found, _)) = self.shapes.read(&self.padded, 0) else {
            return false;
        };
        if found.end() != record.len() {
            return false;
        }
        let text = match TEMPLATE {
            true => &mut self.template,
            false => &mut self.remainder,
        };
        text.clear();
        self.holes.clear();
        let mut parts = Parts {
            record,
            copied: 0,
            text,
            holes: &mut self.holes,
        };
        for (place, range) in found.listed_ranges() {
            let references = self.trained.references.get(place as usize);
            let references = references.map_or(&[][..], |references| references);
            let value = &record[range.clone()];
            let made = references.iter().find_map(|to| {
                let cell = cells.cell(to.column, &mut self.cell)?;
                let made = fit(to.reference, cell, value, &mut self.scratch)?;
                Some((to, range.start + made.start..range.start + made.end))
            });
            match made {
                Some((to, made)) => {
                    if TEMPLATE && !is_quote(&record[range.start..made.start]) {
                        parts.hole(range.start..made.start);
                    }
                    parts.reference(made.clone(), *to);
                    if TEMPLATE && !is_quote(&record[made.end..range.end]) {
                        parts.hole(made.end..range.end);
                    }
                }
                None if TEMPLATE => parts.hole(range),
                None => {}
            }
        }
        parts.copy_to(record.len());
        true
    }
}

/// A record that is being taken apart, from its start on.
struct Parts<'r> {
    record: &'r [u8],
    copied: usize,
    text: &'r mut Vec<u8>,
    holes: &'r mut Vec<u8>,
}

impl Parts<'_> {
    #[inline]
    fn copy_to(&mut self, end: usize) {
        self.text.extend_from_slice(&self.record[self.copied..end]);
        self.copied = end;
    }

    #[inline]
    fn reference(&mut self, made: Range<usize>, to: To) {
        self.copy_to(made.start);
        self.text
            .extend_from_slice(&[to.reference as u8, to.column]);
        self.copied = made.end;
    }

    #[inline]
    fn hole(&mut self, value: Range<usize>) {
        self.copy_to(value.start);
        self.text.push(HOLE);
        self.holes.extend_from_slice(&self.record[value.clone()]);
        self.holes.push(HOLE);
        self.copied = value.end;
    }
}

/// Whether this is all that there is of a value before or behind a reference, in every record.
fn is_quote(text: &[u8]) -> bool {
    matches!(text, b"" | b"\"")
}

#[cfg(test)]
mod tests {
    use idq_generate::Api;
    use idq_load::{Loader, Row, Source};

    use super::super::cells::ChunkCells;
    use super::super::remainder::put_together;
    use super::*;

    /// Takes all records of a dump apart, and says how often each form was chosen.
    fn forms(dump: &str) -> [usize; 3] {
        let snapshot = Loader::new(vec![Source::bytes("dump", dump)]);
        let snapshot = snapshot.block_size(10_000).load().unwrap();
        let rows: Vec<Row> = (0..snapshot.all_rows() as u32).map(Row).collect();
        let (trained, _) = Trained::of(&snapshot, &rows).unwrap();
        let mut reader = snapshot.reader();
        let mut encoder = Encoder::new(&trained);
        let mut counts = [0; 3];
        for &at in &rows {
            let (chunk, row) = snapshot.locate(at);
            let mut cells = ChunkCells::new(&snapshot.chunks()[chunk], &trained.fields);
            cells.row = row;
            let record = snapshot.record(at, &mut reader).unwrap();
            let mut again = Vec::new();
            let form = match encoder.encode(record, &cells) {
                Form::Whole => {
                    again.extend_from_slice(record);
                    0
                }
                Form::Remainder => {
                    put_together(encoder.remainder(), b"", &cells, &mut again).unwrap();
                    assert!(encoder.remainder().len() <= record.len());
                    1
                }
                Form::Template(form) => {
                    let template = &trained.templates[usize::from(form - 2)];
                    put_together(template, encoder.holes(), &cells, &mut again).unwrap();
                    2
                }
            };
            assert_eq!(
                String::from_utf8_lossy(&again),
                String::from_utf8_lossy(record)
            );
            counts[form] += 1;
        }
        counts
    }

    fn dump(api: Api, rows: u64) -> String {
        let mut bytes = Vec::new();
        for row in 0..rows {
            idq_generate::record(api, 3, row, &mut bytes);
            bytes.push(b'\n');
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_taken_apart_can_be_put_together() {
        let [whole, remainders, templates] = forms(&dump(Api::PermissionAssist, 2_000));
        assert_eq!(whole, 0);
        assert!(templates > 50 * remainders, "{templates} {remainders}");
        let [whole, remainders, _] = forms(&dump(Api::Provisionr, 2_000));
        assert!(remainders > 50 * whole, "{remainders} {whole}");
    }

    #[test]
    fn records_of_odd_shapes_stay_whole() {
        // A key twice is no shape that can be learned.
        let line = r#"{"id":"a","vendor_id":"1","state":"active","state":"active"}"#;
        assert_eq!(forms(&format!("{line}\n").repeat(20)), [20, 0, 0]);
    }

    #[test]
    fn spellings_of_all_kinds_are_told_apart() {
        let mut dump = String::new();
        for row in 0..300 {
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
                "A/B", r"A\/B", r"\u00e9", r"\u00E9", "é", r#"\""#, r"\u0022", "&",
            ][row / 8 % 8];
            let email = ["a@b.example", "c@d.example"][row % 2];
            dump += &format!(
                r#"{{"id":"i{row}","vendor_id":"{row}","state":null,"email":"{email}","timestamp":{{"created_at":"{created}"}},"included":{{"directory_user":{{"full_name":"{name}","email":"x{email}"}}}},"profile":{{"a":"{name}","b":"smtp:{email}","c":"{created}"}}}}"#
            );
            dump.push('\n');
        }
        let [whole, remainders, templates] = forms(&dump);
        assert_eq!((whole, remainders + templates), (0, 300));
    }
}
