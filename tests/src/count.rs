//! The oracle's counts by keys: a group for each record, one after another.

use std::cmp::{Ordering, Reverse};

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};
use chrono_tz::Tz;
use serde_json::Value;

use crate::date::{Now, document_instant, instant_of, interval_of};
use crate::fold::fold;
use crate::record::at;

/// A count: keys such as `("state", "")` or `("createdDate", "month")`, and its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The dotted name of each field, and its bucket; an empty one is the value itself.
    pub keys: Vec<(String, String)>,
    /// The number of values of the first key that are kept.
    pub top: Option<usize>,
    /// The least number of records of a group.
    pub at_least: u64,
    /// The clock of ages, in the time zone of the count.
    pub now: Now,
}

/// The answer to a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountAnswer {
    /// For each group the presence and the text of each key, and the number of records, in order.
    pub groups: Vec<(Vec<(String, String)>, u64)>,
    /// The number of records of values that were not kept.
    pub other: u64,
    /// The number of groups with too few records, and of their records.
    pub left_out: (u64, u64),
}

/// The key of a record.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    presence: &'static str,
    /// Equal for the records of one group.
    identity: String,
    /// The sort of a value: of a bucket, boolean, number, text, list, no date, object with values.
    rank: u8,
    /// The position in an order of its own.
    position: i64,
    number: f64,
    text: String,
    by_count: bool,
}

impl Key {
    /// Returns a key without a value.
    fn absent(presence: &'static str) -> Self {
        Self {
            presence,
            identity: String::new(),
            rank: 0,
            position: 0,
            number: 0.0,
            text: String::new(),
            by_count: false,
        }
    }

    /// Returns a key of a text.
    fn text(rank: u8, text: &str, by_count: bool) -> Self {
        Self {
            identity: format!("{rank}{text}"),
            rank,
            text: text.to_owned(),
            by_count,
            ..Self::absent("value")
        }
    }

    /// Returns a key of a bucket.
    fn bucket((position, text): (i64, String)) -> Self {
        Self {
            position,
            ..Self::text(0, &text, false)
        }
    }

    /// Returns a key of a number.
    fn number(value: &Value) -> Self {
        // Minus zero is zero.
        let number = value.as_f64().unwrap_or(f64::NAN) + 0.0;
        Self {
            identity: format!("2{number:?}"),
            number,
            ..Self::text(2, &value.to_string(), true)
        }
    }

    /// Returns whether two keys are one group.
    fn is_same(&self, other: &Self) -> bool {
        (self.presence, &self.identity) == (other.presence, &other.identity)
    }

    /// Compares two values.
    fn compare_values(&self, other: &Self) -> Ordering {
        self.rank
            .cmp(&other.rank)
            .then(self.position.cmp(&other.position))
            .then(
                self.number
                    .partial_cmp(&other.number)
                    .unwrap_or(Ordering::Equal),
            )
            .then_with(|| {
                if self.rank == 2 {
                    Ordering::Equal
                } else {
                    self.text.cmp(&other.text)
                }
            })
    }

    /// Compares two keys of one field, whose total numbers of records are known.
    fn compare(&self, total: u64, other: &Self, other_total: u64) -> Ordering {
        let rank = |key: &Self| {
            let mut order = ["value", "null", "missing", "empty"].iter();
            order.position(|name| *name == key.presence)
        };
        let by_count = if self.by_count && other.by_count && self.presence == "value" {
            other_total.cmp(&total)
        } else {
            Ordering::Equal
        };
        rank(self)
            .cmp(&rank(other))
            .then(by_count)
            .then_with(|| self.compare_values(other))
    }
}

/// Counts the records at these positions by keys.
pub fn count(count: &Count, records: &[Value], positions: &[usize]) -> CountAnswer {
    let mut groups: Vec<(Vec<Key>, u64)> = Vec::new();
    for &position in positions {
        let key =
            |(field, bucket): &(String, String)| key_of(&records[position], field, bucket, count);
        let keys: Vec<Key> = count.keys.iter().map(key).collect();
        let is_same = |group: &&mut (Vec<Key>, u64)| {
            group
                .0
                .iter()
                .zip(&keys)
                .all(|(one, other)| one.is_same(other))
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.1 += 1,
            None => groups.push((keys, 1)),
        }
    }
    let (groups, small): (Vec<_>, Vec<_>) = groups
        .into_iter()
        .partition(|group| group.1 >= count.at_least);
    let totals: Vec<Vec<u64>> = groups
        .iter()
        .map(|(keys, _)| {
            let total = |position: usize| {
                let same = groups
                    .iter()
                    .filter(|group| group.0[position].is_same(&keys[position]));
                same.map(|group| group.1).sum()
            };
            (0..keys.len()).map(total).collect()
        })
        .collect();
    // The spelling of a number is that of its first record, in any group.
    let spelling = |position: usize, key: &Key| {
        let all = groups.iter().chain(&small).map(|group| &group.0[position]);
        let mut same = all.filter(|other| other.is_same(key));
        let first_group = same.next().map_or_else(String::new, |key| key.text.clone());
        positions
            .iter()
            .map(|&record| {
                let (field, bucket) = &count.keys[position];
                key_of(&records[record], field, bucket, count)
            })
            .find(|other| other.is_same(key))
            .map_or(first_group, |key| key.text)
    };
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|&one, &other| {
        (0..count.keys.len()).fold(Ordering::Equal, |order, key| {
            let (first, second) = (&groups[one].0[key], &groups[other].0[key]);
            order.then_with(|| first.compare(totals[one][key], second, totals[other][key]))
        })
    });
    let kept = kept_values(count, &groups, &totals, &order);
    let is_kept = |group: &usize| {
        let key = &groups[*group].0[0];
        key.presence != "value" || kept.iter().any(|kept| kept.is_same(key))
    };
    let described = |group: &usize| {
        let keys = groups[*group].0.iter().enumerate();
        let keys = keys.map(|(position, key)| (key.presence.to_owned(), spelling(position, key)));
        (keys.collect(), groups[*group].1)
    };
    CountAnswer {
        groups: order
            .iter()
            .filter(|group| is_kept(group))
            .map(described)
            .collect(),
        other: order
            .iter()
            .filter(|group| !is_kept(group))
            .map(|group| groups[*group].1)
            .sum(),
        left_out: (small.len() as u64, small.iter().map(|group| group.1).sum()),
    }
}

/// Returns the most frequent values of the first key.
fn kept_values(
    count: &Count,
    groups: &[(Vec<Key>, u64)],
    totals: &[Vec<u64>],
    order: &[usize],
) -> Vec<Key> {
    let mut values: Vec<(Key, u64)> = Vec::new();
    for &group in order {
        let key = &groups[group].0[0];
        if key.presence == "value" && !values.iter().any(|(other, _)| other.is_same(key)) {
            values.push((key.clone(), totals[group][0]));
        }
    }
    // Stable, so that equally frequent values keep the order of the key.
    values.sort_by_key(|(_, total)| Reverse(*total));
    values
        .into_iter()
        .take(count.top.unwrap_or(usize::MAX))
        .map(|(key, _)| key)
        .collect()
}

/// The documents of both APIs, whose keys are free.
const DOCUMENTS: [&str; 4] = [
    "profile",
    "included.directory_user.org",
    "included.directory_user.metadata",
    "unknown",
];

/// The fields in which year 1 and the epoch mean never.
const NEVER: [&str; 2] = ["timestamp.last_authenticated_at", "inactivatedDate"];

/// Returns the key of a record.
fn key_of(record: &Value, field: &str, bucket: &str, count: &Count) -> Key {
    let is_path = DOCUMENTS.iter().any(|document| {
        field
            .strip_prefix(document)
            .is_some_and(|rest| rest.starts_with('.'))
    });
    let mut found = Found::default();
    let keys: Vec<&str> = field.split('.').collect();
    if is_path || DOCUMENTS.contains(&field) || field == "included.directory_user" {
        found.collect(record, &keys);
    } else {
        match at(record, field) {
            None => {}
            Some(Value::Null) => found.is_null = true,
            Some(value) => found.scalars.push(value),
        }
    }
    if NEVER.contains(&field) {
        let never = [Some(0), instant_of("0001-01-01T00:00:00Z")];
        let instant = found
            .scalars
            .first()
            .and_then(|value| value.as_str())
            .and_then(instant_of);
        if instant.is_some() && never.contains(&instant) {
            return Key::absent("empty");
        }
    }
    let mut values: Vec<Key> = found
        .scalars
        .iter()
        .map(|value| value_of(value, field, bucket, is_path, count))
        .collect();
    values.sort_by(Key::compare_values);
    values.dedup_by(|one, other| one.is_same(other));
    match (values.as_slice(), found) {
        ([value], _) => value.clone(),
        (
            [],
            Found {
                has_nested: true, ..
            },
        ) if bucket == "presence" => Key::text(3, "value", true),
        (
            [],
            Found {
                has_nested: true, ..
            },
        ) => Key::text(6, "{…}", values_by_count(bucket)),
        ([], Found { is_null: true, .. }) => Key::absent("null"),
        ([], Found { is_empty: true, .. }) => Key::absent("empty"),
        ([], _) => Key::absent("missing"),
        (several, _) => {
            let text = |key: &Key| match key.rank {
                1 | 2 => key.text.clone(),
                _ => Value::from(key.text.as_str()).to_string(),
            };
            let texts: Vec<String> = several.iter().map(text).collect();
            let identities: Vec<&str> = several.iter().map(|key| key.identity.as_str()).collect();
            Key {
                identity: format!("4{identities:?}"),
                ..Key::text(
                    4,
                    &format!("[{}]", texts.join(",")),
                    values_by_count(bucket),
                )
            }
        }
    }
}

/// Returns whether the values of a bucket are ordered by their numbers of records.
fn values_by_count(bucket: &str) -> bool {
    matches!(bucket, "" | "domain" | "fold" | "presence")
}

/// Everything at a path of a record.
#[derive(Default)]
struct Found<'r> {
    scalars: Vec<&'r Value>,
    is_null: bool,
    is_empty: bool,
    has_nested: bool,
}

impl<'r> Found<'r> {
    /// Collects the values at a path; an array stands for its elements.
    fn collect(&mut self, value: &'r Value, keys: &[&str]) {
        match (value, keys) {
            (Value::Array(items), []) if items.is_empty() => self.is_empty = true,
            (Value::Array(items), keys) => items.iter().for_each(|item| self.collect(item, keys)),
            (Value::Object(members), [key, rest @ ..]) => {
                if let Some(value) = members.get(*key) {
                    self.collect(value, rest);
                }
            }
            (Value::Object(_), []) if has_scalar(value) => self.has_nested = true,
            (Value::Object(_), []) => self.is_empty = true,
            (Value::Null, []) => self.is_null = true,
            (scalar, []) => self.scalars.push(scalar),
            (_, _) => {}
        }
    }
}

/// Returns whether a value contains a scalar other than null.
fn has_scalar(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_scalar),
        Value::Object(members) => members.values().any(has_scalar),
        Value::Null => false,
        _ => true,
    }
}

/// Returns the key of a scalar.
fn value_of(value: &Value, field: &str, bucket: &str, is_path: bool, count: &Count) -> Key {
    let is_date = field.ends_with("_at") || field.ends_with("Date");
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if bucket == "presence" {
        return Key::text(3, "value", true);
    }
    if let Some(length) = bucket.strip_prefix("prefix(") {
        let length: usize = length.trim_end_matches(')').parse().unwrap_or_default();
        let prefix: String = text.chars().take(length).collect();
        return Key::text(3, &prefix, false);
    }
    match (bucket, value) {
        ("", Value::Number(_)) => return Key::number(value),
        ("", Value::Bool(_)) => return Key::text(1, &text, true),
        ("", _) if !is_date => return Key::text(3, &text, true),
        ("fold", _) => return Key::text(3, &fold(&text), true),
        ("domain", _) => {
            let domain = text.rsplit_once('@').map_or("", |(_, domain)| domain);
            return Key::text(3, &fold(domain), true);
        }
        _ => {}
    }
    let is_age = bucket.starts_with("age(");
    // The calendar has a day without a time under that day, and its age counts from its start in the zone.
    let zone = match (is_path && text.trim().len() == 10, is_age) {
        (true, false) => Tz::UTC,
        _ => count.now.timezone(),
    };
    let instant = match (is_path, value) {
        (true, Value::String(text)) => document_instant(text.trim(), zone),
        (true, _) => None,
        (false, _) => instant_of(&text),
    };
    let Some(instant) = instant else {
        return Key::text(5, "(no date)", false);
    };
    Key::bucket(match bucket.strip_prefix("age(") {
        Some(ages) => age_group(instant, ages.trim_end_matches(')'), count.now),
        None => date_group(instant, bucket, zone),
    })
}

/// Returns the age group of an instant.
fn age_group(instant: i64, ages: &str, now: Now) -> (i64, String) {
    let ages: Vec<&str> = ages.split(',').collect();
    if instant > now.timestamp_micros() {
        return (i64::MAX, "future".to_owned());
    }
    let end_of =
        |age: &str| interval_of(&format!("-{age}"), now).map_or(i64::MIN, |interval| interval.0);
    let reached = ages.iter().filter(|age| instant <= end_of(age)).count();
    let text = match (
        reached.checked_sub(1).map(|before| ages[before]),
        ages.get(reached),
    ) {
        (None, Some(age)) => format!("0-{age}"),
        (Some(before), None) => format!("{before}+"),
        (Some(before), Some(age)) => {
            let unit = |age: &str| age.trim_start_matches(char::is_numeric).to_owned();
            let before = if unit(before) == unit(age) {
                before.trim_end_matches(char::is_alphabetic)
            } else {
                before
            };
            format!("{before}-{age}")
        }
        (None, None) => String::new(),
    };
    (reached as i64, text)
}

/// Returns the calendar bucket of an instant: its position in order, and its text.
fn date_group(instant: i64, bucket: &str, zone: Tz) -> (i64, String) {
    let utc = DateTime::from_timestamp_micros(instant).unwrap_or_default();
    let local: NaiveDateTime = utc.with_timezone(&zone).naive_local();
    let (year, month) = (i64::from(local.year()), i64::from(local.month()));
    let days = i64::from(local.num_days_from_ce());
    match bucket {
        "year" => (year, format!("{year:04}")),
        "quarter" => {
            let quarter = (month + 2) / 3;
            (year * 10 + quarter, format!("{year:04}-Q{quarter}"))
        }
        "month" => (year * 100 + month, format!("{year:04}-{month:02}")),
        "week" => {
            let week = local.iso_week();
            let (year, number) = (week.year(), week.week());
            (
                i64::from(year) * 100 + i64::from(number),
                format!("{year:04}-W{number:02}"),
            )
        }
        "day" => (days, local.date().to_string()),
        "weekday" => (
            local.weekday().num_days_from_monday().into(),
            local.format("%A").to_string(),
        ),
        "hour" => (local.hour().into(), local.format("%H").to_string()),
        _ => (instant, utc.to_rfc3339_opts(format_of(instant), true)),
    }
}

/// Returns the precision of a timestamp's text: microseconds only where there are some.
fn format_of(instant: i64) -> chrono::SecondsFormat {
    if instant.rem_euclid(1_000_000) == 0 {
        chrono::SecondsFormat::Secs
    } else {
        chrono::SecondsFormat::Micros
    }
}
