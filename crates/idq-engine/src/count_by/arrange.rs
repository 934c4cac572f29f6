//! Arrangement of counts into [`Groups`]: comparisons leave groups out, values are ordered, and the top ones are kept.

use std::cmp::Ordering;

use idq_grammar::format_timestamp;
use rayon::prelude::*;

use super::accumulator::{Accumulator, CompiledKey};
use super::documents::{DocumentEncoder, Tag, compare_spellings, id_of};
use super::encode::{EMPTY, FIRST_VALUE, KeyEncoder, MISSING, NULL, TextPart};
use super::groups::{Groups, KeyColumn, LeftOut, Scale, TimelineUnit, ValueOrder, ValueType};
use super::interner::TextArena;
use super::keys::{BoundKeys, KeyValues};

/// Arranges the counts of all chunks: the codes of the encoders, whose order is that of discovery, become positions in
/// the ordered values of their keys.
pub(super) fn arrange(
    counts: Accumulator<'_>,
    keys: &[CompiledKey<'_>],
    bound: &BoundKeys,
) -> Groups {
    let width = keys.len();
    // Codes of all groups one after another, `width` for each.
    let (mut codes, mut counts_of_groups) = counts.groups();
    // The total counts the groups that a comparison leaves out as well.
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
    // The values of each key are ordered by their totals over all groups that are left.
    let mut columns = Vec::with_capacity(width);
    let mut first_totals = Vec::new();
    for (position, (encoder, key)) in counts.encoders.into_iter().zip(keys).enumerate() {
        let mut totals = vec![0; encoder.code_count()];
        for (codes, &count) in codes.chunks_exact(width).zip(&counts_of_groups) {
            totals[codes[position] as usize] += count;
        }
        let (column, ranks) = key_column(encoder, key, &totals);
        // The codes of the encoder are replaced by positions in the column.
        for code in codes.iter_mut().skip(position).step_by(width) {
            *code = ranks[*code as usize];
        }
        // Only the first key is limited to its top values; those are chosen by its totals, in the order of the column.
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
    // The codes of null, missing and empty are after all values, so the top values never exclude them.
    let is_kept = kept_values(&first_totals, bound.top);
    let is_other = |codes: &[u32]| is_kept.get(codes[0] as usize) == Some(&false);
    let mut order: Vec<u32> = (0..counts_of_groups.len() as u32).collect();
    let codes_of = |group: u32| &codes[group as usize * width..][..width];
    // Groups of other values of the first key follow all groups that are kept. The codes of groups differ, so an
    // unstable sort has one result.
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

/// Returns for each value of the first key whether it is among the `top` most frequent ones; of equally frequent ones,
/// the earlier in the order of values is kept.
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
    /// Order of the values in the column.
    order: ValueOrder,
    /// Scale to which the values belong.
    scale: Scale,
    /// The text of each value in groups.
    texts: TextArena,
    /// The type of each value; empty if all are texts.
    types: Vec<ValueType>,
    /// The number of each value on the scale; empty without a scale.
    ids: Vec<Option<i64>>,
    /// Keys of the comparisons between values.
    sort_keys: SortKeys,
}

/// The keys by which the values of a key are ordered.
enum SortKeys {
    /// By text.
    Texts,
    /// By number; the canonical texts decide where numbers of extreme exponents compare as equal.
    Numbers(TextArena),
    /// By the number on the scale.
    Ids,
    /// By tag, and then as the tag says.
    Tagged(TextArena),
}

impl Values {
    /// Returns values of texts without a scale.
    fn texts(order: ValueOrder, texts: TextArena) -> Self {
        Self {
            order,
            scale: Scale::Open,
            texts,
            types: Vec::new(),
            ids: Vec::new(),
            sort_keys: SortKeys::Texts,
        }
    }

    /// Returns values of a scale, by their numbers.
    fn scaled(scale: Scale, ids: Vec<i64>, label: impl Fn(i64) -> String) -> Self {
        let texts = collect(ids.iter().map(|&id| label(id)));
        Self {
            scale,
            ids: ids.into_iter().map(Some).collect(),
            sort_keys: SortKeys::Ids,
            ..Self::texts(ValueOrder::Value, texts)
        }
    }

    /// Compares two values. Different values never compare as equal, so an unstable sort has one result.
    fn compare(&self, one: usize, other: usize) -> Ordering {
        let texts = [one, other].map(|value| self.texts.get(value));
        match &self.sort_keys {
            SortKeys::Texts => texts[0].cmp(texts[1]),
            SortKeys::Numbers(canonical) => {
                compare_spellings(texts).then_with(|| canonical.get(one).cmp(canonical.get(other)))
            }
            SortKeys::Ids => self.ids[one].cmp(&self.ids[other]),
            // A document may have values of different types: they are grouped by type, and compared within it.
            SortKeys::Tagged(tagged) => {
                let (tag, canonical) = Tag::split(tagged.get(one));
                let (other_tag, other_canonical) = Tag::split(tagged.get(other));
                let by_value = match tag {
                    Tag::Id => self.ids[one].cmp(&self.ids[other]),
                    Tag::Number => compare_spellings(texts),
                    _ => texts[0].cmp(texts[1]),
                };
                let by_tag = tag.cmp(&other_tag);
                by_tag
                    .then(by_value)
                    .then_with(|| canonical.cmp(other_canonical))
            }
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
    // The first codes stand for rows without a value.
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
    // The inverse permutation: from codes to positions.
    let mut ranks = vec![0; totals.len()];
    let mut texts = TextArena::default();
    for (rank, &value) in (0..).zip(&ordered) {
        ranks[FIRST_VALUE as usize + value] = rank;
        texts.push(values.texts.get(value));
    }
    let types = ordered.iter().filter_map(|&value| values.types.get(value));
    let ids = ordered.iter().filter_map(|&value| values.ids.get(value));
    let (types, ids) = (types.copied().collect(), ids.copied().collect());
    // Positions without a value follow those of values, in one order for all keys.
    let after = ordered.len() as u32;
    for (position, code) in (after..).zip([NULL, MISSING, EMPTY]) {
        ranks[code as usize] = position;
    }
    let column = KeyColumn {
        name: key.key.name.clone(),
        bucket: key.key.bucket.clone(),
        types,
        order: values.order,
        scale: values.scale,
        texts,
        ids,
    };
    (column, ranks)
}

/// Returns the values that an encoder has found, in the order of their codes.
fn values_of(encoder: KeyEncoder<'_>, key: &CompiledKey<'_>, totals: &[u64]) -> Values {
    match (encoder, &key.key.values) {
        (KeyEncoder::Texts(encoder), KeyValues::Texts(part)) => {
            let (texts, spellings) = encoder.into_values();
            // Numbers are equal by value and shown in one of their spellings.
            if *part == TextPart::Number {
                return Values {
                    types: vec![ValueType::Number; spellings.len()],
                    sort_keys: SortKeys::Numbers(texts),
                    ..Values::texts(ValueOrder::Count, spellings)
                };
            }
            Values::texts(order_of_part(*part), texts)
        }
        (KeyEncoder::Booleans, _) => Values {
            types: vec![ValueType::Boolean; 2],
            ..Values::texts(ValueOrder::Count, collect(["false", "true"]))
        },
        (KeyEncoder::Instants(ids), _) => {
            Values::scaled(Scale::Open, ids.keys().to_vec(), format_timestamp)
        }
        (KeyEncoder::DenseCalendar { calendar, ids, .. }, _) => {
            let unit = calendar.unit();
            Values::scaled(calendar_scale(unit), ids.ids().collect(), |id| {
                unit.label(id)
            })
        }
        (KeyEncoder::Calendar { calendar, ids }, _) => {
            let unit = calendar.unit();
            Values::scaled(calendar_scale(unit), ids.keys().to_vec(), |id| {
                unit.label(id)
            })
        }
        (KeyEncoder::Ages(_), KeyValues::Ages { labels, .. }) => {
            let last = labels.len() as i64 - 1;
            // The encoder's first code is the future, whose group is shown last.
            let ids = (0..=last).map(|code| if code == 0 { last } else { code - 1 });
            let has_future = totals
                .get(FIRST_VALUE as usize)
                .is_some_and(|count| *count > 0);
            let label = |id: i64| labels[((id + 1) % (last + 1)) as usize].clone();
            Values::scaled(age_scale(labels, has_future), ids.collect(), label)
        }
        (KeyEncoder::Documents(encoder), values) => document_values(encoder, values),
        // Presence has one value, beside null, missing and empty.
        _ => Values::texts(ValueOrder::Value, collect(["value"])),
    }
}

/// Returns the values of a path in documents.
fn document_values(encoder: DocumentEncoder<'_>, values: &KeyValues) -> Values {
    let (tagged, texts) = encoder.into_values();
    let tags = || tagged.iter().map(Tag::split);
    // Only values on a scale have a number there.
    let id = |(tag, canonical): (Tag, &str)| id_of(canonical).filter(|_| tag == Tag::Id);
    let ids: Vec<Option<i64>> = tags().map(id).collect();
    let (order, scale) = match values {
        KeyValues::Texts(part) => (order_of_part(*part), Scale::Open),
        KeyValues::Calendar(unit) => (ValueOrder::Value, calendar_scale(*unit)),
        KeyValues::Ages { labels, .. } => {
            let future = labels.len() as i64 - 1;
            // The group of the future is shown only if it has records.
            let scale = age_scale(labels, ids.contains(&Some(future)));
            (ValueOrder::Value, scale)
        }
        _ => (ValueOrder::Count, Scale::Open),
    };
    Values {
        scale,
        types: tags().map(|(tag, _)| tag.value_type()).collect(),
        ids,
        sort_keys: SortKeys::Tagged(tagged),
        ..Values::texts(order, texts)
    }
}

/// Returns the order of the values of a part of texts: prefixes in the order of texts, others by their counts.
fn order_of_part(part: TextPart) -> ValueOrder {
    match part {
        TextPart::Prefix(_) => ValueOrder::Value,
        _ => ValueOrder::Count,
    }
}

/// Returns the scale of age groups, whose first label is that of the future: it is shown last, if it has records.
fn age_scale(labels: &[String], has_future: bool) -> Scale {
    let mut shown = labels.to_vec();
    shown.rotate_left(1);
    shown.truncate(labels.len() - usize::from(!has_future));
    Scale::Closed(shown)
}

/// Returns the scale of a unit of the calendar.
fn calendar_scale(unit: super::calendar::CalendarUnit) -> Scale {
    match unit.cycle() {
        Some(ids) => Scale::Closed(ids.map(|id| unit.label(id)).collect()),
        None => Scale::Timeline(TimelineUnit(unit)),
    }
}

/// Collects texts in one arena, which has no allocation for each of them.
fn collect(texts: impl IntoIterator<Item = impl AsRef<str>>) -> TextArena {
    let mut arena = TextArena::default();
    for text in texts {
        arena.push(text.as_ref());
    }
    arena
}
