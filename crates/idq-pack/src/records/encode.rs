//! Takes a record apart: what its columns tell, and the remainder.

use idq_shape::{LOOKAHEAD, Shapes};

use super::remainder::{Cells, HOLE, has_references};
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
    parts: Parts,
    scratch: Vec<u8>,
}

/// What a record was taken apart into.
#[derive(Default)]
struct Parts {
    remainder: Vec<u8>,
    template: Vec<u8>,
    holes: Vec<u8>,
}

impl<'t> Encoder<'t> {
    pub(super) fn new(trained: &'t Trained) -> Self {
        Self {
            trained,
            shapes: trained.shapes.clone(),
            padded: Vec::new(),
            parts: Parts::default(),
            scratch: Vec::new(),
        }
    }

    /// The record's text with references in it; the record itself where it could not be taken apart.
    pub(super) fn remainder(&self) -> &[u8] {
        &self.parts.remainder
    }

    /// The same, with a hole for each value that is no reference.
    pub(super) fn template(&self) -> &[u8] {
        &self.parts.template
    }

    /// What goes into the holes, each text followed by a zero byte.
    pub(super) fn holes(&self) -> &[u8] {
        &self.parts.holes
    }

    /// Takes a record apart, and says how it is stored best.
    pub(super) fn encode(&mut self, record: &[u8], cells: &impl Cells) -> Form {
        if !self.take_apart(record, cells) {
            return Form::Whole;
        }
        self.trained.form(&self.parts.template, &self.parts.holes)
    }

    /// Takes a record apart; whether it is of a shape that can be.
    pub(super) fn take_apart(&mut self, record: &[u8], cells: &impl Cells) -> bool {
        self.padded.clear();
        self.padded.extend_from_slice(record);
        self.padded.resize(record.len() + LOOKAHEAD, 0);
        if !has_references(record)
            && (self.split(record, cells) || self.shapes.learn(record) && self.split(record, cells))
        {
            return true;
        }
        self.parts.clear();
        self.parts.remainder.extend_from_slice(record);
        false
    }

    fn split(&mut self, record: &[u8], cells: &impl Cells) -> bool {
        let parts = &mut self.parts;
        parts.clear();
        let Some((found, _)) = self.shapes.read(&self.padded, 0) else {
            return false;
        };
        if found.end() != record.len() {
            return false;
        }
        let mut reached = 0;
        for (place, range) in found.listed_ranges() {
            parts.between(&record[reached..range.start]);
            reached = range.end;
            let value = &record[range];
            let references = self.trained.references.get(place as usize);
            let mut references = references.into_iter().flatten();
            let made = references.find_map(|to| {
                let cell = cells.cell(to.column)?;
                Some((to, fit(to.reference, &cell, value, &mut self.scratch)?))
            });
            match made {
                Some((to, made)) => {
                    parts.other(&value[..made.start]);
                    parts.reference(*to);
                    parts.other(&value[made.end..]);
                }
                None => parts.value(value),
            }
        }
        parts.between(&record[reached..]);
        true
    }
}

impl Parts {
    fn clear(&mut self) {
        self.remainder.clear();
        self.template.clear();
        self.holes.clear();
    }

    /// What stands between values.
    fn between(&mut self, text: &[u8]) {
        self.remainder.extend_from_slice(text);
        self.template.extend_from_slice(text);
    }

    fn value(&mut self, text: &[u8]) {
        self.remainder.extend_from_slice(text);
        self.template.push(HOLE);
        self.holes.extend_from_slice(text);
        self.holes.push(HOLE);
    }

    /// What stands in a value before or behind a reference.
    fn other(&mut self, text: &[u8]) {
        match text {
            b"" | b"\"" => self.between(text),
            _ => self.value(text),
        }
    }

    fn reference(&mut self, to: To) {
        self.between(&[to.reference as u8, to.column]);
    }
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
                    again.extend_from_slice(encoder.remainder());
                    0
                }
                Form::Remainder => {
                    put_together(encoder.remainder(), b"", &cells, &mut again).unwrap();
                    assert!(encoder.remainder().len() <= record.len());
                    1
                }
                Form::Template(form) => {
                    let template = &trained.templates[usize::from(form - 2)];
                    assert_eq!(template, encoder.template());
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
