//! Masked copies of snapshots: dumps of masked records, which are loaded as any other ones.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use idq::api::{Api, ApiRegistry};
use idq::columns::Decimal;
use idq::{AttributePath, Columns, Engine, Loader, ReadOptions, RowId, Snapshot, Source};
use rayon::prelude::*;

use crate::dates::calendar_date;
use crate::error::Error;
use crate::fields::{MaskedFields, Position, Treatment};
use crate::learned_values::{Collected, LearnedValues, decoded};
use crate::pseudonyms::Pseudonyms;
use crate::record::{RecordMasker, for_each_masked};

/// The number of records that one task masks.
const RECORDS_PER_TASK: usize = 1_024;

/// Masks the records of snapshots. It holds the pseudonyms, the masked fields and the learned values.
#[derive(Debug)]
pub struct Masker {
    pub(crate) pseudonyms: Pseudonyms,
    /// By the name of the API.
    fields: HashMap<String, MaskedFields>,
    pub(crate) values: LearnedValues,
    pub(crate) own_words: HashSet<String>,
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
    /// Creates a masker of fields, objects and paths; [`AUTO`](crate::AUTO) stands for everything personal. It learns the
    /// masked values of all records of the snapshots of a command, so that they are found inside other texts.
    ///
    /// # Errors
    /// A name that has no texts, a path that no record has, a record that cannot be read.
    pub fn learn(
        pseudonyms: Pseudonyms,
        names: &[String],
        snapshots: &[&Snapshot],
    ) -> Result<Self, Error> {
        let own_words = own_words();
        let longest = own_words.iter().map(String::len).max().unwrap_or(0);
        let collected = Collected::default();
        let learn = |text: &str| {
            let is_own_word = text.len() <= longest && own_words.contains(&text.to_lowercase());
            // Many people share a date.
            if !is_own_word && calendar_date(text).is_none() {
                collected.add(text);
            }
        };
        let mut fields = HashMap::new();
        // A path may be one of another API, so it must be in the records of one snapshot alone.
        let mut absent: Option<HashSet<String>> = None;
        for snapshot in snapshots {
            let masked = MaskedFields::new(snapshot.api(), names)?;
            let absent_here = collect(snapshot, &masked, learn)?;
            fields.insert(snapshot.api().name.clone(), masked);
            absent = Some(match absent {
                Some(absent) => absent.intersection(&absent_here).cloned().collect(),
                None => absent_here,
            });
        }
        if let Some(name) = absent.and_then(|absent| absent.into_iter().min()) {
            return Err(Error::NoValues(name));
        }
        Ok(Self {
            pseudonyms,
            fields,
            values: LearnedValues::new(collected),
            own_words,
        })
    }

    /// Returns a copy of records, masked, in this order.
    ///
    /// # Errors
    /// A snapshot of an API of which no records were learned, a record that cannot be read.
    pub fn copy(
        &self,
        snapshot: &Snapshot,
        rows: &[RowId],
        options: CopyOptions,
    ) -> Result<Engine, Error> {
        let api = snapshot.api();
        let epoch = options.read.dates.epoch;
        let fields = self.fields.get(&api.name).ok_or(Error::NotLearned)?;
        let record_masker = || RecordMasker::new(self, api, fields, epoch);
        let parts: Result<Vec<Vec<u8>>, Error> = snapshot.while_unchanged(|| {
            rows.par_chunks(RECORDS_PER_TASK)
                .map_init(record_masker, |masker, rows| {
                    let mut masked = Vec::new();
                    let mut reader = snapshot.reader();
                    snapshot.for_each_record(rows, &mut reader, |record| {
                        masker.append(record, &mut masked)?;
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
}

/// Calls `visit` with the masked values of all records of a snapshot, and returns the named paths that none of them has.
fn collect(
    snapshot: &Snapshot,
    fields: &MaskedFields,
    visit: impl Fn(&str) + Sync,
) -> Result<HashSet<String>, Error> {
    let names = fields.named_paths();
    let is_found: Vec<AtomicBool> = names.iter().map(|_| AtomicBool::default()).collect();
    let rows = all_rows(snapshot);
    snapshot.while_unchanged(|| {
        rows.par_chunks(RECORDS_PER_TASK).try_for_each(|rows| {
            let mut reader = snapshot.reader();
            snapshot.for_each_record(rows, &mut reader, |record| {
                for_each_masked(record, fields, |text, position| {
                    if let Position::In(Treatment::Masked(Some(name))) = position {
                        is_found[name].store(true, Ordering::Relaxed);
                    }
                    visit(text);
                })
            })
        })
    })?;
    let names = names.iter().zip(&is_found);
    let absent = names.filter(|(_, is_found)| !is_found.load(Ordering::Relaxed));
    Ok(absent.map(|(name, _)| name.clone()).collect())
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::key::MaskKey;
    use crate::pseudonyms::PseudonymOptions;

    /// Returns a masker that has learned one record.
    pub(crate) fn masker(names: &[&str], record: &str) -> Masker {
        let engine = Engine::open([Source::bytes("record", record)]).unwrap();
        let key = MaskKey::parse(&"5a".repeat(32)).unwrap();
        let pseudonyms = Pseudonyms::new(&key, PseudonymOptions::default());
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        Masker::learn(pseudonyms, &names, &[engine.snapshot()]).unwrap()
    }

    pub(crate) const RECORD: &str = r#"{"id":"a","state":"active","email":"ada@x.example","profile":{"number":987654321,"photo":"https://x.example/a%20b"}}"#;

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
