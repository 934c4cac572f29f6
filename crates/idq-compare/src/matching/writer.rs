//! Groups of matched records as text: lines for programs, and paragraphs for people.

use std::borrow::Cow;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use idq::json::{Cell, Cells, Scalar, compact};
use idq::render::{
    CellStyle, Colour, FormulaPolicy, TaskDivision, append_csv_line, ordered_parallel,
    rows_per_task, text_cell, truncate,
};
use idq::{ColumnView, RecordReader, RowId, Snapshot, cells_of_names};

use super::batch::GroupBatch;
use super::{MatchGroup, MatchSide, Matching, Situation};
use crate::error::Error;
use crate::key::text_in;
use crate::writer::quoted;

/// The number of groups that one task writes, if no records are read.
const GROUPS_PER_TASK: usize = 8 * 1024;

/// A format of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchFormat {
    /// A paragraph for each group, for people: lines of at most `width` columns, if there is a limit.
    Text {
        /// The width of the terminal.
        width: Option<usize>,
        /// The use of colours.
        colour: Colour,
    },
    /// A JSON object a line for each group.
    Ndjson,
    /// A line for each pair of a linked group, and for each record of the others.
    Csv {
        /// The treatment of text that a spreadsheet would run as a formula.
        formulas: FormulaPolicy,
    },
}

/// A writer of groups in one format.
#[derive(Debug, Clone)]
pub struct MatchWriter {
    format: MatchFormat,
    /// The printed values: their sides, and their names there.
    columns: Vec<(MatchSide, String)>,
    /// The readers of the values of both sides.
    cells: [Cells; 2],
}

/// A record of a group.
pub(super) struct GroupRecord {
    pub(super) id: String,
    /// The printed values, as spelled in JSON; empty for a missing one.
    values: Vec<Vec<u8>>,
}

/// A line of the table of groups: a pair of a linked group, or a record of another one.
pub(super) struct Line<'g> {
    /// The left and the right record.
    pub(super) records: [Option<&'g GroupRecord>; 2],
    /// The printed values.
    pub(super) values: Vec<Cell<'g>>,
}

impl MatchWriter {
    /// Creates a writer that prints these values of the records beside their ids.
    pub fn new(format: MatchFormat, columns: Vec<(MatchSide, String)>) -> Self {
        let cells = MatchSide::ALL.map(|side| {
            let names = columns.iter().filter(|(of, _)| *of == side);
            cells_of_names(names.map(|(_, name)| name))
        });
        Self {
            format,
            columns,
            cells,
        }
    }

    /// Returns the text before the first group.
    pub fn header(&self) -> Vec<u8> {
        let MatchFormat::Csv { formulas } = self.format else {
            return Vec::new();
        };
        let columns = self.column_names();
        let names = ["group", "situation", "rule", "left", "right"];
        let names = names.into_iter().chain(columns.iter().map(String::as_str));
        let mut out = Vec::new();
        append_csv_line(names.map(text_cell), formulas, &mut out);
        out
    }

    /// Writes all groups of a matching, in parallel, and calls `consume` with the results in order.
    ///
    /// # Errors
    /// A record that cannot be read, because its source has changed or is damaged; the first error of `consume`.
    pub fn write(
        &self,
        matching: &Matching<'_>,
        consume: impl FnMut(Vec<u8>) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        self.write_first(matching, usize::MAX, consume)
    }

    /// Writes the first groups of a matching, at most `count`, as [`write`](Self::write) does.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn write_first(
        &self,
        matching: &Matching<'_>,
        count: usize,
        mut consume: impl FnMut(Vec<u8>) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        let write = |number, group: &MatchGroup<'_>, sides: &_, written: &mut Vec<u8>| {
            self.append(number, group, sides, written)
        };
        self.for_each_task(matching, count, write, &mut consume)
    }

    /// Returns all groups as Arrow batches with their schema: a line for each pair of a linked group, and for each record of
    /// another one. The columns are `group` (its number), `situation`, `rule`, `left` and `right` (ids), and the printed
    /// values as texts under the names of their columns.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn to_batches(
        &self,
        matching: &Matching<'_>,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let names = self.column_names();
        let schema = GroupBatch::schema(&names);
        let mut batches = Vec::new();
        let append = |number, group: &MatchGroup<'_>, sides: &_, batch: &mut Option<GroupBatch>| {
            let batch = batch.get_or_insert_with(|| GroupBatch::new(names.len()));
            self.for_each_line(group, sides, |line| {
                batch.append(number, group, &line);
                Ok(())
            })
        };
        self.for_each_task(matching, usize::MAX, append, &mut |batch| {
            batches.extend(batch.map(|batch| batch.finish(&schema)).transpose()?);
            Ok(())
        })?;
        Ok((schema, batches))
    }

    /// Returns the names of the printed values: `left.status`.
    fn column_names(&self) -> Vec<String> {
        let columns = self.columns.iter();
        columns
            .map(|(side, name)| format!("{}.{name}", side.name()))
            .collect()
    }

    /// Reads the first groups, at most `count`, in parallel: `append` adds each to the result of its task, and `consume`
    /// takes the results in order.
    fn for_each_task<T: Default + Send>(
        &self,
        matching: &Matching<'_>,
        count: usize,
        append: impl Fn(u64, &MatchGroup<'_>, &[Vec<GroupRecord>; 2], &mut T) -> Result<(), Error>
        + Sync,
        consume: &mut (dyn FnMut(T) -> Result<(), Error> + Send),
    ) -> Result<(), Error> {
        let [left, right] = MatchSide::ALL.map(|side| matching.snapshot(side));
        let (left_ids, right_ids) = (Ids::new(left)?, Ids::new(right)?);
        let groups: Vec<(usize, MatchGroup<'_>)> =
            matching.groups().take(count).enumerate().collect();
        let write_task = |groups: &[(usize, MatchGroup<'_>)]| {
            let mut readers = [
                SideReader::new(left, &left_ids, &self.cells[0]),
                SideReader::new(right, &right_ids, &self.cells[1]),
            ];
            let mut written = T::default();
            for (number, group) in groups {
                let sides = [
                    self.records(MatchSide::Left, group.left, &mut readers[0])?,
                    self.records(MatchSide::Right, group.right, &mut readers[1])?,
                ];
                append(*number as u64 + 1, group, &sides, &mut written)?;
            }
            Ok(written)
        };
        let groups_per_task = if self.columns.is_empty() {
            GROUPS_PER_TASK
        } else {
            rows_per_task(left).min(rows_per_task(right))
        };
        let consume = |written: Vec<T>| written.into_iter().try_for_each(&mut *consume);
        left.while_unchanged(|| {
            right.while_unchanged(|| {
                ordered_parallel(
                    &groups,
                    TaskDivision::of_items(groups_per_task),
                    &|_| {},
                    write_task,
                    consume,
                )
            })
        })
    }

    /// Reads the printed values of some records of a side.
    fn records(
        &self,
        side: MatchSide,
        rows: &[RowId],
        reader: &mut SideReader<'_>,
    ) -> Result<Vec<GroupRecord>, Error> {
        let has_columns = self.columns.iter().any(|(of, _)| *of == side);
        rows.iter()
            .map(|&row| {
                Ok(GroupRecord {
                    id: reader.ids.id(reader.snapshot, row).into_owned(),
                    values: if has_columns {
                        reader.values(row)?
                    } else {
                        Vec::new()
                    },
                })
            })
            .collect()
    }

    /// Appends a group.
    fn append(
        &self,
        number: u64,
        group: &MatchGroup<'_>,
        sides: &[Vec<GroupRecord>; 2],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        match self.format {
            MatchFormat::Text { width, colour } => append_text(group, sides, width, colour, out),
            MatchFormat::Ndjson => {
                self.append_json(group, sides, out);
                Ok(())
            }
            MatchFormat::Csv { formulas } => self.append_csv(number, group, sides, formulas, out),
        }
    }

    /// Appends the object of a group.
    fn append_json(
        &self,
        group: &MatchGroup<'_>,
        sides: &[Vec<GroupRecord>; 2],
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(b"{\"situation\":");
        out.extend_from_slice(quoted(group.situation.name()).as_bytes());
        if let Some(rule) = group.rule {
            out.extend_from_slice(b",\"rule\":");
            out.extend_from_slice(quoted(&rule.to_string()).as_bytes());
        } else {
            let side = if group.left.is_empty() {
                "right"
            } else {
                "left"
            };
            out.extend_from_slice(format!(",\"side\":\"{side}\"").as_bytes());
        }
        for (side, records) in MatchSide::ALL.into_iter().zip(sides) {
            out.extend_from_slice(format!(",\"{}\":", side.name()).as_bytes());
            append_list(
                records.iter().map(|record| quoted(&record.id).into_bytes()),
                out,
            );
        }
        if !self.columns.is_empty() {
            out.extend_from_slice(b",\"values\":{");
            for (index, (side, name)) in self.columns.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                let key = quoted(&format!("{}.{name}", side.name()));
                out.extend_from_slice(key.as_bytes());
                out.push(b':');
                let position = self.position(index);
                let values = sides[*side as usize].iter().map(|record| {
                    let mut value = Vec::new();
                    match record.values[position].as_slice() {
                        [] => value.extend_from_slice(b"null"),
                        spelling => compact(spelling, &mut value),
                    }
                    value
                });
                append_list(values, out);
            }
            out.push(b'}');
        }
        out.extend_from_slice(b"}\n");
    }

    /// Returns the position of a column among those of its side.
    fn position(&self, index: usize) -> usize {
        let (side, _) = self.columns[index];
        let before = self.columns[..index].iter();
        before.filter(|(of, _)| *of == side).count()
    }

    /// Appends the lines of a group.
    fn append_csv(
        &self,
        number: u64,
        group: &MatchGroup<'_>,
        sides: &[Vec<GroupRecord>; 2],
        formulas: FormulaPolicy,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let rule = group.rule.map(ToString::to_string).unwrap_or_default();
        let number = number.to_string();
        self.for_each_line(group, sides, |line| {
            let mut cells = vec![
                Cell::Scalar(Scalar::Number(&number)),
                text_cell(group.situation.name()),
                text_cell(&rule),
            ];
            cells.extend(line.records.map(|record| match record {
                Some(record) => text_cell(&record.id),
                None => Cell::Missing,
            }));
            cells.extend(line.values);
            append_csv_line(cells, formulas, out);
            Ok(())
        })
    }

    /// Calls `call` with each line of the table of a group.
    fn for_each_line(
        &self,
        group: &MatchGroup<'_>,
        [left, right]: &[Vec<GroupRecord>; 2],
        mut call: impl FnMut(Line<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let lines = group.situation.lines(left, right);
        lines.into_iter().try_for_each(|records| {
            let mut values = Vec::with_capacity(self.columns.len());
            for (index, (side, _)) in self.columns.iter().enumerate() {
                let value =
                    records[*side as usize].map(|record| &record.values[self.position(index)]);
                values.push(match value {
                    Some(spelling) if !spelling.is_empty() => idq::json::valid_cell(spelling)?,
                    _ => Cell::Missing,
                });
            }
            call(Line { records, values })
        })
    }
}

/// Appends values as a list of JSON.
fn append_list(values: impl Iterator<Item = Vec<u8>>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&value);
    }
    out.push(b']');
}

/// Appends the paragraph of a group: a line with its situation, and one for each record.
fn append_text(
    group: &MatchGroup<'_>,
    sides: &[Vec<GroupRecord>; 2],
    width: Option<usize>,
    colour: Colour,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let style = match group.situation {
        Situation::Linked => CellStyle::Green,
        Situation::Disputed => CellStyle::Bold,
        Situation::Unmatched => CellStyle::Red,
    };
    let head = match group.rule {
        Some(rule) => format!("{} by {rule}", group.situation.name()),
        None => group.situation.name().to_owned(),
    };
    append_line(&idq::escape(&head), style, width, colour, out);
    for (side, records) in MatchSide::ALL.into_iter().zip(sides) {
        for record in records {
            let mut parts = vec![Cow::Borrowed(record.id.as_str())];
            for spelling in record.values.iter().filter(|value| !value.is_empty()) {
                match idq::json::valid_cell(spelling)? {
                    Cell::Scalar(Scalar::Null) | Cell::Missing => {}
                    Cell::Scalar(scalar) => parts.push(Cow::Owned(scalar.to_text().into_owned())),
                    Cell::Container(_) => parts.push(String::from_utf8_lossy(spelling)),
                }
            }
            parts.retain(|part| !part.is_empty());
            let line = format!("  {:5}  {}", side.name(), parts.join("  "));
            let line = idq::escape_lines(&line).replace('\n', " ");
            append_line(&line, CellStyle::Normal, width, colour, out);
        }
    }
    Ok(())
}

/// Appends a line in a style, cut to a width.
fn append_line(
    line: &str,
    style: CellStyle,
    width: Option<usize>,
    colour: Colour,
    out: &mut Vec<u8>,
) {
    let line = match width {
        Some(width) => truncate(line, width),
        None => Cow::Borrowed(line),
    };
    let (start, end) = colour.sequences(style);
    out.extend_from_slice(format!("{start}{line}{end}\n").as_bytes());
}

/// The ids of a snapshot.
struct Ids<'s> {
    columns: ColumnView<'s>,
    id: usize,
}

impl<'s> Ids<'s> {
    fn new(snapshot: &'s Snapshot) -> Result<Self, Error> {
        let id = snapshot.api().id;
        Ok(Self {
            columns: snapshot.columns(&[id])?,
            id,
        })
    }

    /// Returns the id of a row.
    fn id(&self, snapshot: &Snapshot, row: RowId) -> Cow<'_, str> {
        let (chunk, row) = snapshot.locate(row);
        text_in(self.columns.column(chunk, self.id), row).unwrap_or_default()
    }
}

/// The reader of the records of a side.
struct SideReader<'s> {
    snapshot: &'s Snapshot,
    ids: &'s Ids<'s>,
    cells: &'s Cells,
    reader: RecordReader<'s>,
}

impl<'s> SideReader<'s> {
    fn new(snapshot: &'s Snapshot, ids: &'s Ids<'s>, cells: &'s Cells) -> Self {
        Self {
            snapshot,
            ids,
            cells,
            reader: snapshot.reader(),
        }
    }

    /// Reads the printed values of a record, as spelled.
    fn values(&mut self, row: RowId) -> Result<Vec<Vec<u8>>, Error> {
        let record = self.snapshot.record(row, &mut self.reader)?;
        let cells = self.cells.read_valid(record)?;
        Ok(cells.iter().map(|cell| cell.spelling.to_vec()).collect())
    }
}
