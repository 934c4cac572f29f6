//! Counts by keys: the number of matches by the values of fields, or by buckets of them.
//!
//! 1. [`bind_keys`] finds the fields of an [`idq_grammar::CountRequest`] and checks that buckets suit them.
//! 2. [`BoundQuery::count_by`] evaluates the query, and counts the rows of each chunk by small integers where the
//!    columns have them: the codes of a dictionary, days, and combinations of a few (`small_codes`). Each value is read
//!    once for each code. Other columns are encoded row by row, and counted in a table while it is small, else by
//!    hashing.
//! 3. Accumulators of chunks are merged in load order and arranged into [`Groups`].

mod accumulator;
mod arrange;
mod arrow;
mod calendar;
mod day_ranges;
mod documents;
mod encode;
mod groups;
mod id_ranges;
mod interner;
mod keys;
mod small_codes;
mod tally;

use idq_api::{Api, Kind};
use idq_snapshot::{ColumnError, ColumnView, Snapshot};
use rayon::prelude::*;

use crate::bound_query::BoundQuery;
use crate::caches::Caches;
use crate::evaluate::{Matches, evaluate_filter};
use crate::selection::Selection;
use crate::time::MICROS_PER_SECOND;
use accumulator::{Accumulator, CompiledCalendar, CompiledKey};
use day_ranges::DayRanges;
use keys::{BoundKey, KeyValues};

pub use groups::{
    Group, GroupValue, Groups, KeyColumn, LeftOut, Scale, TimelineUnit, ValueOrder, ValueType,
};
pub use keys::{BoundKeys, KeyErrorKind, KeyOptions, bind_keys, buckets_of_kind};

/// The seconds for which dates in documents have tables: 2000 to 2039. Their range is not known before they are read.
const DOCUMENT_SECONDS: (i64, i64) = (946_684_800, 2_208_988_799);

impl BoundQuery {
    /// Returns the number of matching records by the values of keys, independent of the requested page.
    ///
    /// # Errors
    /// A field of the query or of the keys has not been loaded, or a snapshot file is damaged.
    pub fn count_by(
        &self,
        keys: &BoundKeys,
        snapshot: &Snapshot,
        caches: &Caches,
    ) -> Result<Groups, ColumnError> {
        let columns = snapshot.columns_with(&keys.parts())?;
        let matches = evaluate_filter(&self.condition, snapshot, caches, &self.cancel)?;
        let compiled: Vec<CompiledKey<'_>> = keys
            .keys
            .iter()
            .map(|key| compile(key, keys, &columns, self.api()))
            .collect();
        let counts = accumulate(&compiled, &matches, &columns, || self.is_cancelled());
        Ok(arrange::arrange(counts, &compiled, keys))
    }
}

/// Prepares everything of a key that does not depend on the chunk.
fn compile<'k>(
    key: &'k BoundKey,
    keys: &BoundKeys,
    columns: &ColumnView<'_>,
    api: &Api,
) -> CompiledKey<'k> {
    let column = key.attribute.column();
    let is_document = api.column_kind(column) == Kind::Document;
    let days = || {
        let mut days = DayRanges::default();
        if is_document {
            days.add_seconds(DOCUMENT_SECONDS);
        } else {
            add_days(&mut days, columns, column);
        }
        days
    };
    let calendar = match key.values {
        // A field without instants has no calendar.
        KeyValues::Calendar(unit) => Some(days())
            .filter(|days| !days.is_empty())
            .map(|days| CompiledCalendar::new(unit, keys.time_zone, &days)),
        _ => None,
    };
    CompiledKey {
        key,
        is_document,
        calendar,
    }
}

/// Adds the days of the instants of a field.
fn add_days(days: &mut DayRanges, columns: &ColumnView<'_>, field: usize) {
    for column in columns.field(field) {
        let idq_columns::Column::Timestamp(column) = column else {
            continue;
        };
        if let Some(seconds) = column.bulk_seconds() {
            days.add_seconds(seconds);
        }
        for instant in column.outliers() {
            let second = instant.div_euclid(MICROS_PER_SECOND);
            days.add_seconds((second, second));
        }
    }
}

/// Counts the matches of all chunks in parallel, and merges the counts in the order of the chunks.
fn accumulate<'k>(
    keys: &'k [CompiledKey<'k>],
    matches: &Matches,
    columns: &ColumnView<'_>,
    is_cancelled: impl Fn() -> bool + Sync,
) -> Accumulator<'k> {
    let chunks = matches.chunks.len();
    // One task a thread, and some more that idle threads can take over: merging takes longer than an idle moment.
    let chunks_a_task = chunks.div_ceil(rayon::current_num_threads() * 2).max(1);
    let counts = (0..chunks)
        .into_par_iter()
        .with_min_len(chunks_a_task)
        .fold(
            || Accumulator::new(keys),
            |mut counts, chunk| {
                let rows = match &matches.chunks[chunk].selection {
                    Selection::None => return counts,
                    Selection::All => None,
                    Selection::Some(rows) => Some(rows),
                };
                if !is_cancelled() {
                    counts.add(columns.chunk(chunk), keys, rows);
                }
                counts
            },
        )
        .reduce_with(|counts, following| counts.merged(&following));
    counts.unwrap_or_else(|| Accumulator::new(keys))
}
