//! Arrangement of counts into [`Groups`]: comparisons leave groups out, values are ordered, and the top ones are kept.

use std::cmp::Ordering;

use idq_grammar::format_timestamp;
use rayon::prelude::*;

use super::accumulator::{Accumulator, CompiledKey};
use super::encode::{EMPTY, FIRST_VALUE, KeyEncoder, MISSING, NULL, TextPart};
use super::groups::{Groups, KeyColumn, LeftOut, Scale, TimelineUnit, ValueOrder, ValueType};
use super::interner::TextArena;
use super::keys::{BoundKeys, KeyValues};
use super::number;

/// Arranges the counts of all chunks.
pub(super) fn arrange(
    counts: Accumulator<'_>,
    keys: &[CompiledKey<'_>],
    bound: &BoundKeys,
) -> Groups {
    let width = keys.len();
    let (mut codes, mut counts_of_groups) = counts.groups();
    let total = counts_of_groups.iter().sum();
    let mut left_out = LeftOut::default();
    if let Some(having) = bound.having {
        let mut kept_codes = Vec::new();
        let mut kept_counts = Vec::new();
        for (codes, &count) in codes.chunks_exact(width).zip(&counts_of_groups) {
            if having.holds_for(count) {
                kept_codes.extend_from_slice(codes);
                kept_counts.push(count);
            } else {
                left_out.groups += 1;
                left_out.records += count;
            }
        }
        (codes, counts_of_groups) = (kept_codes, kept_counts);
    }
    let mut columns = Vec::with_capacity(width);
    let mut first_totals = Vec::new();
    for (position, (encoder, key)) in counts.encoders.into_iter().zip(keys).enumerate() {
        let mut totals = vec![0; encoder.code_count()];
        for (codes, &count) in codes.chunks_exact(width).zip(&counts_of_groups) {
            totals[codes[position] as usize] += count;
        }
        let (column, ranks) = key_column(encoder, key, &totals);
        for code in codes.iter_mut().skip(position).step_by(width) {
            *code = ranks[*code as usize];
        }
        if position == 0 {
            first_totals = vec![0; column.value_count()];
            for (&rank, total) in ranks.iter().zip(&totals).skip(FIRST_VALUE as usize) {
                if *total > 0 {
                    first_totals[rank as usize] = *total;
                }
            }
        }
        columns.push(column);
    }
    let is_kept = kept_values(&first_totals, bound.top);
    let is_other = |codes: &[u32]| is_kept.get(codes[0] as usize) == Some(&false);
    let mut order: Vec<u32> = (0..counts_of_groups.len() as u32).collect();
    let codes_of = |group: u32| &codes[group as usize * width..][..width];
    // The codes of groups differ, so an unstable sort has one result.
    order.par_sort_unstable_by(|&one, &other| {
        let (one, other) = (codes_of(one), codes_of(other));
        is_other(one)
            .cmp(&is_other(other))
            .then_with(|| one.cmp(other))
    });
    let kept = order.partition_point(|&group| !is_other(codes_of(group)));
    Groups {
        codes: order
            .iter()
            .flat_map(|&group| codes_of(group))
            .copied()
            .collect(),
        counts: order
            .iter()
            .map(|&group| counts_of_groups[group as usize])
            .collect(),
        keys: columns,
        kept,
        total,
        having: bound.having,
        left_out,
    }
}

/// Returns for each value of the first key whether it is among the `top` most frequent ones.
fn kept_values(totals: &[u64], top: Option<u64>) -> Vec<bool> {
    let top = top.map_or(usize::MAX, |top| usize::try_from(top).unwrap_or(usize::MAX));
    if top >= totals.len() {
        return vec![true; totals.len()];
    }
    let mut by_count: Vec<usize> = (0..totals.len()).collect();
    by_count.sort_by_key(|&value| (std::cmp::Reverse(totals[value]), value));
    let mut is_kept = vec![false; totals.len()];
    for &value in &by_count[..top] {
        is_kept[value] = true;
    }
    is_kept
}

/// The values of a key before they are ordered.
struct Values {
    value_type: ValueType,
    order: ValueOrder,
    scale: Scale,
    /// The text of each value in groups.
    texts: TextArena,
    /// The order of values that is not that of their texts.
    sort_keys: SortKeys,
}

/// The keys by which the values of a key are ordered.
enum SortKeys {
    /// By text.
    Texts,
    /// By canonical text of numbers.
    Numbers(TextArena),
    /// By number.
    Ids(Vec<i64>),
}

impl Values {
    /// Compares two values.
    fn compare(&self, one: usize, other: usize) -> Ordering {
        match &self.sort_keys {
            SortKeys::Texts => self.texts.get(one).cmp(self.texts.get(other)),
            SortKeys::Numbers(texts) => number::compare(texts.get(one), texts.get(other)),
            SortKeys::Ids(ids) => ids[one].cmp(&ids[other]),
        }
    }
}

/// Orders the values of a key that occur; returns the column, and the position of each code in it.
fn key_column(
    encoder: KeyEncoder<'_>,
    key: &CompiledKey<'_>,
    totals: &[u64],
) -> (KeyColumn, Vec<u32>) {
    let values = values_of(encoder, key, totals);
    let count = |value: usize| totals[FIRST_VALUE as usize + value];
    let mut ordered: Vec<usize> = (0..values.texts.len())
        .filter(|&value| count(value) > 0)
        .collect();
    ordered.par_sort_unstable_by(|&one, &other| {
        let by_count = match values.order {
            ValueOrder::Count => count(other).cmp(&count(one)),
            ValueOrder::Value => Ordering::Equal,
        };
        by_count.then_with(|| values.compare(one, other))
    });
    let mut ranks = vec![0; totals.len()];
    let mut texts = TextArena::default();
    let mut ids = Vec::new();
    for (rank, &value) in (0..).zip(&ordered) {
        ranks[FIRST_VALUE as usize + value] = rank;
        texts.push(values.texts.get(value));
        if let SortKeys::Ids(all) = &values.sort_keys {
            ids.push(all[value]);
        }
    }
    let after = ordered.len() as u32;
    for (position, code) in (after..).zip([NULL, MISSING, EMPTY]) {
        ranks[code as usize] = position;
    }
    let column = KeyColumn {
        name: key.key.name.clone(),
        bucket: key.key.bucket.clone(),
        value_type: values.value_type,
        order: values.order,
        scale: values.scale,
        texts,
        ids,
    };
    (column, ranks)
}

/// Returns the values that an encoder has found, in the order of their codes.
fn values_of(encoder: KeyEncoder<'_>, key: &CompiledKey<'_>, totals: &[u64]) -> Values {
    let labelled = |ids: Vec<i64>, label: &dyn Fn(i64) -> String, scale| Values {
        value_type: ValueType::Text,
        order: ValueOrder::Value,
        scale,
        texts: collect(ids.iter().map(|&id| label(id))),
        sort_keys: SortKeys::Ids(ids),
    };
    match (encoder, &key.key.values) {
        (KeyEncoder::Texts(encoder), KeyValues::Texts(part)) => {
            let (texts, spellings) = encoder.into_values();
            let is_number = *part == TextPart::Number;
            let (value_type, texts, sort_keys) = if is_number {
                (ValueType::Number, spellings, SortKeys::Numbers(texts))
            } else {
                (ValueType::Text, texts, SortKeys::Texts)
            };
            let order = match part {
                TextPart::Prefix(_) => ValueOrder::Value,
                _ => ValueOrder::Count,
            };
            Values {
                value_type,
                order,
                scale: Scale::Open,
                texts,
                sort_keys,
            }
        }
        (KeyEncoder::Booleans, _) => Values {
            value_type: ValueType::Boolean,
            order: ValueOrder::Count,
            scale: Scale::Open,
            texts: collect(["false", "true"]),
            sort_keys: SortKeys::Texts,
        },
        (KeyEncoder::Instants(ids), _) => {
            labelled(ids.keys().to_vec(), &format_timestamp, Scale::Open)
        }
        (
            KeyEncoder::DenseCalendar {
                calendar,
                first,
                count,
            },
            _,
        ) => {
            let unit = calendar.unit();
            let ids = (first..first + i64::from(count)).collect();
            labelled(ids, &|id| unit.label(id), calendar_scale(unit))
        }
        (KeyEncoder::Calendar { calendar, ids }, _) => {
            let unit = calendar.unit();
            labelled(
                ids.keys().to_vec(),
                &|id| unit.label(id),
                calendar_scale(unit),
            )
        }
        (KeyEncoder::Ages(_), KeyValues::Ages { labels, .. }) => {
            // The future is the first code and the last group.
            let mut shown = labels.clone();
            shown.rotate_left(1);
            let last = labels.len() as i64 - 1;
            let ids = (0..=last)
                .map(|code| if code == 0 { last } else { code - 1 })
                .collect();
            let label = |id: i64| {
                usize::try_from(id).map_or_else(|_| String::new(), |id| shown[id].clone())
            };
            // A group for the future is shown only if it has records.
            let has_future = totals
                .get(FIRST_VALUE as usize)
                .is_some_and(|count| *count > 0);
            let count = shown.len() - usize::from(!has_future);
            labelled(ids, &label, Scale::Closed(shown[..count].to_vec()))
        }
        _ => labelled(vec![0], &|_| "value".to_owned(), Scale::Open),
    }
}

/// Returns the scale of a unit of the calendar.
fn calendar_scale(unit: super::calendar::CalendarUnit) -> Scale {
    match unit.cycle() {
        Some(ids) => Scale::Closed(ids.map(|id| unit.label(id)).collect()),
        None => Scale::Timeline(TimelineUnit(unit)),
    }
}

/// Collects texts.
fn collect(texts: impl IntoIterator<Item = impl AsRef<str>>) -> TextArena {
    let mut arena = TextArena::default();
    for text in texts {
        arena.push(text.as_ref());
    }
    arena
}
