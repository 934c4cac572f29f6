//! The oracle's counts by keys: a group for each record, one after another.

use std::cmp::{Ordering, Reverse};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Offset, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use crate::date::{instant_of, interval_of};
use crate::fold::fold;
use crate::record::at;

/// A count: keys such as `("state", "")` or `("createdDate", "month")`, and its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The dotted name of each field, and its bucket; an empty one is the value itself.
    pub keys: Vec<(String, String)>,
    /// The time zone: an IANA name, or an offset such as `+02:00`.
    pub zone: String,
    /// The number of values of the first key that are kept.
    pub top: Option<usize>,
    /// The least number of records of a group.
    pub at_least: u64,
    /// The clock of ages.
    pub now: DateTime<Utc>,
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

/// The key of a record: the presence, the order among values, and the text.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    presence: &'static str,
    /// The position in an order of its own; 0 where the text or the number decides.
    position: i64,
    number: f64,
    text: String,
    by_count: bool,
}

impl Key {
    /// Returns whether two keys are one group.
    fn is_same(&self, other: &Self) -> bool {
        let is_number = !self.number.is_nan() && !other.number.is_nan();
        self.presence == other.presence
            && if is_number {
                self.number == other.number
            } else {
                self.text == other.text
            }
    }

    /// Compares two keys of one field, whose total numbers of records are known.
    fn compare(&self, total: u64, other: &Self, other_total: u64) -> Ordering {
        let rank = |key: &Self| {
            ["value", "null", "missing"]
                .iter()
                .position(|name| *name == key.presence)
        };
        let by_count = if self.by_count {
            Reverse(total).cmp(&Reverse(other_total))
        } else {
            Ordering::Equal
        };
        let by_number = self
            .number
            .partial_cmp(&other.number)
            .unwrap_or(Ordering::Equal);
        rank(self)
            .cmp(&rank(other))
            .then(if self.presence == "value" {
                by_count
            } else {
                Ordering::Equal
            })
            .then(self.position.cmp(&other.position))
            .then(by_number)
            .then_with(|| {
                if self.number.is_nan() {
                    self.text.cmp(&other.text)
                } else {
                    Ordering::Equal
                }
            })
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

/// Returns the key of a record.
fn key_of(record: &Value, field: &str, bucket: &str, count: &Count) -> Key {
    let key = |presence, position, text: String| Key {
        presence,
        position,
        number: f64::NAN,
        text,
        by_count: false,
    };
    let value = match at(record, field) {
        None => return key("missing", 0, String::new()),
        Some(Value::Null) => return key("null", 0, String::new()),
        Some(value) => value,
    };
    if bucket == "presence" {
        return key("value", 0, "value".to_owned());
    }
    let by_count = |text: String, number: f64| Key {
        number,
        by_count: true,
        ..key("value", 0, text)
    };
    let Value::String(text) = value else {
        return by_count(value.to_string(), value.as_f64().unwrap_or(f64::NAN));
    };
    if let Some(length) = bucket.strip_prefix("prefix(") {
        let length: usize = length.trim_end_matches(')').parse().unwrap_or_default();
        return key("value", 0, text.chars().take(length).collect());
    }
    match bucket {
        "" if !field.ends_with("_at") && !field.ends_with("Date") => {
            return by_count(text.clone(), f64::NAN);
        }
        "fold" => return by_count(fold(text), f64::NAN),
        "domain" => {
            let domain = text.rsplit_once('@').map_or("", |(_, domain)| domain);
            return by_count(fold(domain), f64::NAN);
        }
        _ => {}
    }
    let instant = instant_of(text).unwrap_or_default();
    let (position, text) = match bucket.strip_prefix("age(") {
        Some(ages) => age_group(instant, ages.trim_end_matches(')'), count.now),
        None => date_group(instant, bucket, &count.zone),
    };
    key("value", position, text)
}

/// Returns the age group of an instant.
fn age_group(instant: i64, ages: &str, now: DateTime<Utc>) -> (i64, String) {
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
fn date_group(instant: i64, bucket: &str, zone: &str) -> (i64, String) {
    let utc = DateTime::from_timestamp_micros(instant).unwrap_or_default();
    let local: NaiveDateTime = match zone.parse::<Tz>() {
        Ok(zone) => utc.with_timezone(&zone).naive_local(),
        Err(_) => {
            let offset: FixedOffset = zone.parse().unwrap_or_else(|_| Utc.fix());
            utc.with_timezone(&offset).naive_local()
        }
    };
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
