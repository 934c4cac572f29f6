//! Masking of records, and masked copies of snapshots.
//!
//! A record is read event by event, and written as it is but for the spans of the keys and scalars that change: order, white
//! space and spellings stay. A copy is a dump of such records, which is loaded as any other one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use idq::api::{Api, ApiRegistry};
use idq::columns::Decimal;
use idq::date::EpochUnit;
use idq::json::{Cell, Cells, EscapeDialect, Event, Reader, Scalar, Text};
use idq::{AttributePath, Columns, Engine, Loader, ReadOptions, RowId, Snapshot, Source};
use rayon::prelude::*;

use crate::dates::{calendar_date, shift_date, shift_dotnet, shift_epoch};
use crate::error::Error;
use crate::fields::{MaskedFields, Position, Treatment};
use crate::learned_values::{Collected, LearnedValues, decoded};
use crate::pseudonyms::Pseudonyms;

/// The number of records that one task masks.
const RECORDS_PER_TASK: usize = 1_024;

/// The number of values whose pseudonyms a thread keeps.
const RECENT_VALUES: usize = 1 << 14;

/// Masks the records of snapshots. It holds the masked names, the pseudonyms and the learned values.
#[derive(Debug)]
pub struct Masker {
    pseudonyms: Pseudonyms,
    names: Vec<String>,
    /// By the name of the API.
    fields: HashMap<String, MaskedFields>,
    values: LearnedValues,
}

/// The options of a masked copy.
#[derive(Debug, Clone)]
pub struct CopyOptions {
    /// The name of the copy as a source.
    pub name: String,
    /// The fields that become columns.
    pub columns: Columns,
    /// The options by which the records were read.
    pub read: ReadOptions,
}

impl Masker {
    /// Creates a masker of fields, objects and paths; [`AUTO`](crate::AUTO) stands for everything personal. Names are
    /// resolved for each API of which records are learned.
    pub fn new(pseudonyms: Pseudonyms, names: Vec<String>) -> Self {
        Self {
            pseudonyms,
            names,
            fields: HashMap::new(),
            values: LearnedValues::default(),
        }
    }

    /// Learns the masked values of all records of the snapshots of a command, so that they are found inside other texts. It
    /// comes before the first copy.
    ///
    /// # Errors
    /// A name that has no texts, a path that no record has, a record that cannot be read.
    pub fn learn(&mut self, snapshots: &[&Snapshot]) -> Result<(), Error> {
        let mut absent: Option<HashSet<String>> = None;
        for snapshot in snapshots {
            let absent_here = self.learn_one(snapshot)?;
            absent = Some(match absent {
                // A path may be one of another API.
                Some(absent) => absent.intersection(&absent_here).cloned().collect(),
                None => absent_here,
            });
        }
        match absent.and_then(|absent| absent.into_iter().min()) {
            Some(name) => Err(Error::NoValues(name)),
            None => Ok(()),
        }
    }

    /// Learns the masked values of a snapshot, and returns the names of paths at which it has none.
    fn learn_one(&mut self, snapshot: &Snapshot) -> Result<HashSet<String>, Error> {
        let api = snapshot.api();
        let fields = MaskedFields::new(api, &self.names)?;
        let own_words = own_words();
        let longest = own_words.iter().map(String::len).max().unwrap_or(0);
        let collected = Collected::default();
        let named_paths = fields.named_paths();
        let is_found: Vec<AtomicBool> = named_paths.iter().map(|_| AtomicBool::default()).collect();
        let add = |text: &str, position: Position| {
            if let Position::In(Treatment::Masked(Some(number))) = position
                && let Some(index) = named_paths.iter().position(|(_, of)| *of == number)
            {
                is_found[index].store(true, Ordering::Relaxed);
            }
            let is_own_word = text.len() <= longest && own_words.contains(&text.to_lowercase());
            // Many people share a date.
            if !is_own_word && calendar_date(text).is_none() {
                collected.add(text);
            }
        };
        let rows = all_rows(snapshot);
        snapshot.while_unchanged(|| {
            rows.par_chunks(RECORDS_PER_TASK).try_for_each(|rows| {
                let mut reader = snapshot.reader();
                snapshot.for_each_record(rows, &mut reader, |record| {
                    for_each_masked(record, &fields, add)
                })
            })
        })?;
        let absent = named_paths.iter().zip(&is_found);
        let absent = absent.filter(|(_, is_found)| !is_found.load(Ordering::Relaxed));
        let absent = absent.map(|((name, _), _)| name.clone()).collect();
        self.values.extend(collected);
        self.fields.insert(api.name.clone(), fields);
        Ok(absent)
    }

    /// Returns a copy of records, masked, in this order.
    ///
    /// # Errors
    /// A record that cannot be read.
    pub fn copy(
        &self,
        snapshot: &Snapshot,
        rows: &[RowId],
        options: CopyOptions,
    ) -> Result<Engine, Error> {
        let api = snapshot.api();
        let epoch = options.read.dates.epoch;
        let parts: Result<Vec<Vec<u8>>, Error> = snapshot.while_unchanged(|| {
            rows.par_chunks(RECORDS_PER_TASK)
                .map_init(Recent::default, |recent, rows| {
                    let mut masked = Vec::new();
                    let mut reader = snapshot.reader();
                    snapshot.for_each_record(rows, &mut reader, |record| {
                        self.append_record(api, record, epoch, recent, &mut masked)?;
                        masked.push(b'\n');
                        Ok::<_, Error>(())
                    })?;
                    Ok(masked)
                })
                .collect()
        });
        let mut records = parts?.concat();
        if rows.is_empty() {
            // An empty list, because an empty file is an error.
            records.extend_from_slice(b"[]");
        }
        let source = Source::bytes(options.name, records);
        let read = ReadOptions {
            // The records of the copy have no wrappers.
            records_path: None,
            ..options.read
        };
        let loader = Loader::new(vec![source])
            .api(api)
            .columns(options.columns)
            .read_options(read);
        Ok(Engine::load(loader)?)
    }

    /// Returns a copy of all records of a snapshot, hidden ones included, so that its rows are those of the snapshot.
    ///
    /// # Errors
    /// As for [`copy`](Self::copy).
    pub fn copy_all(&self, snapshot: &Snapshot, options: CopyOptions) -> Result<Engine, Error> {
        self.copy(snapshot, &all_rows(snapshot), options)
    }

    /// Returns a text in which masked values are replaced, as they are written, and in percent-encoding.
    pub fn mask_within<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let masked = match self.values.find(text) {
            places if places.is_empty() => Cow::Borrowed(text),
            places => Cow::Owned(self.replace(text, places)),
        };
        if !masked.contains('%') {
            return masked;
        }
        match self.values.find_decoded(&masked) {
            places if places.is_empty() => masked,
            places => Cow::Owned(self.replace(&masked, places)),
        }
    }

    /// Puts pseudonyms at places of a text.
    fn replace(&self, text: &str, places: Vec<Range<usize>>) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for place in places {
            masked.push_str(&text[end..place.start]);
            let value = &text[place.clone()];
            let value = if value.contains('%') {
                decoded(value)
            } else {
                Cow::Borrowed(value)
            };
            masked.push_str(&self.pseudonyms.of_text(&value));
            end = place.end;
        }
        masked.push_str(&text[end..]);
        masked
    }

    /// Returns a value of a field or path of an API as the copies have it.
    pub fn mask_value<'t>(&self, api: &Api, name: &str, text: &'t str) -> Cow<'t, str> {
        let Some(fields) = self.fields.get(&api.name) else {
            return self.mask_within(text);
        };
        let keys = AttributePath::from(name).keys;
        let position = keys.iter().fold(MaskedFields::ROOT, |position, key| {
            fields.member(position, key)
        });
        if !position.is_masked() {
            return self.mask_within(text);
        }
        match text {
            "true" | "false" => Cow::Borrowed(text),
            _ if Decimal::parse(text.as_bytes()).is_some() => {
                Cow::Owned(self.pseudonyms.of_number(text))
            }
            _ => Cow::Owned(self.pseudonyms.of_text(text)),
        }
    }

    /// Returns an expression with pseudonyms in place of its texts, which may be personal values, and of numbers that are
    /// masked values. The words of the APIs, dates, and keys of paths in quotes are kept, unless such a key is data.
    pub fn mask_expression(&self, expression: &str) -> String {
        let own_words = own_words();
        let mut masked = String::with_capacity(expression.len());
        let mut rest = expression;
        while let Some(start) = rest.find('"') {
            let (before, quoted) = rest.split_at(start);
            masked.push_str(&self.mask_numbers(before));
            let (quoted, after) = quoted.split_at(end_of_string(quoted));
            let raw = quoted.strip_prefix('"').unwrap_or(quoted);
            let raw = raw.strip_suffix('"').unwrap_or(raw);
            let text = Text::from_raw(raw, raw.contains('\\')).decode();
            let is_key = after.starts_with(['.', ':', '[']) || before.ends_with('.');
            let is_kept = own_words.contains(&text.to_lowercase())
                || calendar_date(&text).is_some()
                || (is_key && !Pseudonyms::is_identifier(&text));
            if is_kept {
                masked.push_str(quoted);
            } else {
                let pseudonym = quote(EscapeDialect::Minimal, &self.pseudonyms.of_text(&text));
                masked.push_str(&String::from_utf8_lossy(&pseudonym));
            }
            rest = after;
        }
        masked.push_str(&self.mask_numbers(rest));
        masked
    }

    /// Returns a part of an expression without quotes, with pseudonyms in place of numbers that are masked values.
    fn mask_numbers(&self, part: &str) -> String {
        let is_separator =
            |character: char| character.is_whitespace() || "()[],".contains(character);
        let words = part.split_inclusive(is_separator);
        let masked = words.map(|word| {
            let number = word.trim_end_matches(is_separator);
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let is_value =
                is_number && self.values.find(number).first() == Some(&(0..number.len()));
            if is_value {
                format!(
                    "{}{}",
                    self.pseudonyms.of_number(number),
                    &word[number.len()..]
                )
            } else {
                word.to_owned()
            }
        });
        masked.collect()
    }

    /// Appends a record, masked.
    fn append_record(
        &self,
        api: &Api,
        record: &[u8],
        epoch: Option<EpochUnit>,
        recent: &mut Recent,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let fields = self.fields.get(&api.name).ok_or(Error::NotLearned)?;
        let shift = if self.pseudonyms.options.shift_dates {
            self.shift(api, record)?
        } else {
            None
        };
        let mut end = 0;
        walk(record, fields, |token, span, position| {
            let replacement = match token {
                Token::Key(key) => is_data(key, position)
                    .then(|| quote(api.dialect, recent.of_text(key, &self.pseudonyms))),
                Token::Scalar(scalar) => {
                    let value = Value { scalar, position };
                    self.scalar(api.dialect, value, shift, epoch, recent)
                }
            };
            if let Some(replacement) = replacement {
                out.extend_from_slice(&record[end..span.start]);
                out.extend_from_slice(&replacement);
                end = span.end;
            }
        })?;
        out.extend_from_slice(&record[end..]);
        Ok(())
    }

    /// Returns the spelling that replaces a scalar; `None` keeps it.
    fn scalar(
        &self,
        dialect: EscapeDialect,
        Value { scalar, position }: Value<'_>,
        shift: Option<i64>,
        epoch: Option<EpochUnit>,
        recent: &mut Recent,
    ) -> Option<Vec<u8>> {
        let treatment = match position {
            Position::In(treatment) => treatment,
            Position::Above(_) => Treatment::Kept,
        };
        match scalar {
            Scalar::Null | Scalar::Boolean(_) => None,
            Scalar::Number(spelling) => {
                let number = match treatment {
                    Treatment::Masked(_) => Some(self.pseudonyms.of_number(spelling)),
                    Treatment::Date => shift
                        .zip(epoch)
                        .and_then(|(days, unit)| shift_epoch(spelling, unit, days)),
                    Treatment::Kept => {
                        let is_value =
                            self.values.find(spelling).first() == Some(&(0..spelling.len()));
                        is_value.then(|| self.pseudonyms.of_number(spelling))
                    }
                };
                number.map(String::into_bytes)
            }
            Scalar::String(text) => {
                let text = text.decode();
                let shifted = match (treatment, shift) {
                    (Treatment::Masked(_), Some(days)) => {
                        shift_date(&text, days).or_else(|| shift_dotnet(&text, days))
                    }
                    (Treatment::Date, Some(days)) => shift_date(&text, days)
                        .or_else(|| shift_dotnet(&text, days))
                        .or_else(|| shift_epoch(text.trim(), epoch?, days)),
                    _ => None,
                };
                let masked = match (shifted, treatment) {
                    (Some(shifted), _) => Cow::Owned(shifted),
                    (None, Treatment::Masked(_)) => {
                        Cow::Borrowed(recent.of_text(&text, &self.pseudonyms))
                    }
                    (None, Treatment::Date) => Cow::Borrowed(&*text),
                    (None, Treatment::Kept) => self.mask_within(&text),
                };
                (masked != text).then(|| quote(dialect, &masked))
            }
        }
    }

    /// Returns the number of days by which the dates of a record are shifted, which its id decides.
    fn shift(&self, api: &Api, record: &[u8]) -> Result<Option<i64>, Error> {
        let id = Cells::new([&api.fields[api.id].name]);
        let cells = id.read_valid(record)?;
        Ok(cells.first().and_then(|cell| match cell.cell {
            Cell::Scalar(id) => Some(self.pseudonyms.shift_of(&id.to_text())),
            _ => None,
        }))
    }
}

/// The pseudonyms of recent values: departments and titles are values of many people.
#[derive(Debug, Default)]
struct Recent(HashMap<Box<str>, Box<str>>);

impl Recent {
    /// Returns the pseudonym of a text.
    fn of_text(&mut self, text: &str, pseudonyms: &Pseudonyms) -> &str {
        if !self.0.contains_key(text) {
            if self.0.len() >= RECENT_VALUES {
                self.0.clear();
            }
            self.0.insert(text.into(), pseudonyms.of_text(text).into());
        }
        self.0.get(text).map_or("", |pseudonym| pseudonym)
    }
}

/// Returns all rows of a snapshot, hidden ones included.
fn all_rows(snapshot: &Snapshot) -> Vec<RowId> {
    // Rows are numbered in 32 bits.
    (0..snapshot.all_rows())
        .map(|row| RowId(row as u32))
        .collect()
}

/// Returns the words of the APIs, without capitals: values that their vendors document, which say nothing of a person
/// wherever they stand.
fn own_words() -> HashSet<String> {
    let fields = ApiRegistry::built_in().iter().flat_map(|api| &api.fields);
    let values = fields.flat_map(|field| &field.values);
    values.map(|value| value.to_lowercase()).collect()
}

/// A scalar at a position of a record.
struct Value<'t> {
    scalar: Scalar<'t>,
    position: Position,
}

/// A key or a scalar of a record.
enum Token<'t> {
    Key(&'t str),
    Scalar(Scalar<'t>),
}

/// Calls `visit` with each masked value of a record, and its position.
fn for_each_masked(
    record: &[u8],
    fields: &MaskedFields,
    visit: impl Fn(&str, Position),
) -> Result<(), Error> {
    walk(record, fields, |token, _, position| match token {
        Token::Scalar(scalar @ (Scalar::String(_) | Scalar::Number(_))) if position.is_masked() => {
            visit(&scalar.to_text(), position);
        }
        Token::Key(key) if is_data(key, position) => visit(key, position),
        Token::Scalar(_) | Token::Key(_) => {}
    })
}

/// Returns whether a key is a value rather than a name: an address or an id in a masked document.
fn is_data(key: &str, position: Position) -> bool {
    position.is_masked() && Pseudonyms::is_identifier(key)
}

/// Returns the end of a string of an expression, with its quotes.
fn end_of_string(quoted: &str) -> usize {
    let mut is_escaped = false;
    for (index, byte) in quoted.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    quoted.len()
}

/// Calls `visit` with each key and each scalar of a record, its bytes, and its position: for a key, that of its object.
fn walk(
    record: &[u8],
    fields: &MaskedFields,
    mut visit: impl FnMut(Token<'_>, Range<usize>, Position),
) -> Result<(), Error> {
    let mut reader = Reader::new(record);
    // The positions of the open containers, and that of the next value.
    let mut open: Vec<Position> = Vec::new();
    let mut next = MaskedFields::ROOT;
    while let Some(event) = reader.next_event()? {
        match event {
            Event::ObjectStart | Event::ArrayStart => open.push(next),
            Event::ObjectEnd | Event::ArrayEnd => {
                open.pop();
                next = open.last().copied().unwrap_or(MaskedFields::ROOT);
            }
            Event::Key(key) => {
                let object = open.last().copied().unwrap_or(MaskedFields::ROOT);
                // Without the colon, which belongs to the event.
                let start = reader.span().start;
                let span = start..start + key.raw().len() + 2;
                let key = key.decode();
                visit(Token::Key(&key), span, object);
                next = fields.member(object, &key);
            }
            Event::Scalar(scalar) => visit(Token::Scalar(scalar), reader.span(), next),
        }
    }
    Ok(())
}

/// Returns the spelling of a text in JSON.
fn quote(dialect: EscapeDialect, text: &str) -> Vec<u8> {
    let mut spelled = vec![b'"'];
    dialect.escape(text, &mut spelled);
    spelled.push(b'"');
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::MaskKey;
    use crate::pseudonyms::PseudonymOptions;

    /// Returns a masker that has learned one record.
    fn masker(names: &[&str], record: &str) -> Masker {
        let engine = Engine::open([Source::bytes("record", record)]).unwrap();
        let key = MaskKey::parse(&"5a".repeat(32)).unwrap();
        let pseudonyms = Pseudonyms::new(&key, PseudonymOptions::default());
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let mut masker = Masker::new(pseudonyms, names);
        masker.learn(&[engine.snapshot()]).unwrap();
        masker
    }

    const RECORD: &str = r#"{"id":"a","state":"active","email":"ada@x.example","profile":{"number":987654321,"photo":"https://x.example/a%20b"}}"#;

    #[test]
    fn texts_of_expressions_are_masked_and_names_are_not() {
        let masker = masker(&["auto"], RECORD);
        for kept in [
            r#"state eq "active" and type in ["Service Account"]"#,
            r#"timestamp.created_at ge "2026-01-01" and count.workspace_logs_record gt 7"#,
            r#"profile."a.b" pr"#,
            r#"not (email pr)"#,
        ] {
            assert_eq!(masker.mask_expression(kept), kept);
        }
        for (expression, hidden, start) in [
            (r#"email eq "bo@y.example""#, "bo@y", r#"email eq ""#),
            (
                r#"profile.name eq "Ann \"Q\" Lee" and email pr"#,
                "Ann",
                "profile.name eq ",
            ),
            (
                "profile.number eq 987654321",
                "987654321",
                "profile.number eq ",
            ),
            (r#"profile."ada@x.example" pr"#, "ada@x", "profile."),
        ] {
            let masked = masker.mask_expression(expression);
            assert!(
                masked.starts_with(start) && !masked.contains(hidden),
                "{masked}"
            );
        }
    }

    #[test]
    fn values_of_counts_are_masked_as_those_of_records() {
        let masker = masker(&["auto"], RECORD);
        let api = Api::provisionr();
        let value = |name: &str, text: &str| masker.mask_value(api, name, text).into_owned();
        assert_eq!(value("profile.flag", "true"), "true");
        assert_eq!(value("state", "active"), "active");
        assert_eq!(value("profile.number", "987654321").len(), 15);
        assert!(value("email", "ada@x.example").ends_with(".example"));
    }

    #[test]
    fn values_within_texts_are_masked_as_written_and_decoded() {
        let masker = masker(&["email", "profile.photo"], RECORD);
        for text in [
            "mailto:ADA@x.example",
            "/people?q=ada%40x.example&r=1",
            "see https://x.example/a%20b",
        ] {
            let masked = masker.mask_within(text);
            assert!(
                !masked.to_lowercase().contains("ada") && !masked.contains("a%20b"),
                "{masked}"
            );
        }
        assert_eq!(masker.mask_within("nobody"), "nobody");
    }
}
