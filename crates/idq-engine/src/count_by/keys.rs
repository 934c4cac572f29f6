//! Binding of the keys of a count to an API: fields are found, and buckets must suit their kinds.

use std::sync::Arc;

use idq_api::{Api, Field, Kind};
use idq_grammar::{
    Bucket, Clock, CountComparison, CountRequest, GroupKey, TimeZone, nearest, parse_date, quote,
};

use super::calendar::CalendarUnit;
use super::encode::TextPart;
use crate::bind::{BindError, BindErrorKind, BindErrors};

/// The options by which the keys of a count are bound.
#[derive(Debug, Clone, Copy)]
pub struct KeyOptions {
    /// The clock that ages are counted from.
    pub clock: Clock,
    /// The time zone of calendar buckets.
    pub time_zone: TimeZone,
}

/// The system's clock, and UTC.
impl Default for KeyOptions {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            time_zone: TimeZone::UTC,
        }
    }
}

/// The keys of a count, bound to one API.
#[derive(Debug, Clone)]
pub struct BoundKeys {
    pub(super) keys: Vec<BoundKey>,
    pub(super) having: Option<CountComparison>,
    pub(super) top: Option<u64>,
    pub(super) time_zone: TimeZone,
}

/// One bound key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct BoundKey {
    /// The name of the field in the API's spelling, with the bucket.
    pub(super) name: String,
    pub(super) field: usize,
    pub(super) bucket: Bucket,
    pub(super) values: KeyValues,
}

/// The values of a bound key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum KeyValues {
    /// Parts of texts.
    Texts(TextPart),
    /// False and true.
    Booleans,
    /// Instants.
    Instants,
    /// Buckets of the calendar.
    Calendar(CalendarUnit),
    /// Age groups.
    Ages {
        /// The instants at which the groups end, descending; the first is now.
        ends: Vec<i64>,
        /// The text of each group: of the future, and then by age.
        labels: Vec<String>,
    },
    /// Whether there is a value.
    Presence,
}

impl BoundKeys {
    /// Returns the fields of the keys, ascending: the columns that a count needs in addition to those of the query.
    pub fn fields(&self) -> Vec<usize> {
        let mut fields: Vec<usize> = self.keys.iter().map(|key| key.field).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Returns the names of the keys: `timestamp.created_at:month`.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str())
    }

    /// Returns whether the groups depend on the clock, so that the same count may have other groups later.
    pub fn is_time_dependent(&self) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|key| matches!(key.values, KeyValues::Ages { .. }))
    }
}

/// A mistake in a key that is found by binding it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyErrorKind {
    /// No key at all.
    #[error("expected a key, found none")]
    NoKeys,
    /// No field has this name.
    #[error("expected the name of a field, found {}", quote(found))]
    UnknownField {
        /// The name.
        found: String,
    },
    /// A path inside a document.
    #[error("expected a field, found the path {} inside a document", quote(found))]
    Path {
        /// The path.
        found: String,
    },
    /// A bucket that does not suit the field.
    #[error(
        "expected a bucket of a {kind} field for {}, found {bucket}",
        quote(field)
    )]
    UnsuitableBucket {
        /// The name of the field.
        field: String,
        /// The field's kind.
        kind: Kind,
        /// The bucket in quotes, or words for the value itself.
        bucket: String,
    },
    /// Ages that do not ascend.
    #[error(
        "expected ascending ages, found {} after {}",
        quote(found),
        quote(before)
    )]
    AgesNotAscending {
        /// The age.
        found: String,
        /// The age before it.
        before: String,
    },
    /// An age before the year 1.
    #[error(
        "expected an age within the years 0001 to 9999, found {}",
        quote(found)
    )]
    AgeTooLong {
        /// The age.
        found: String,
    },
}

/// The maximum number of near names that a help suggests.
const MAX_SUGGESTED_NAMES: usize = 3;

impl KeyErrorKind {
    /// Returns advice on what to write instead.
    pub(crate) fn help(&self, api: &Api) -> Option<String> {
        match self {
            Self::NoKeys => Some("name a field, such as `state`".to_owned()),
            Self::UnknownField { found } => {
                let near: Vec<String> = near_fields(found, api).into_iter().map(quote).collect();
                let list = "`idq fields` lists the fields";
                Some(if near.is_empty() {
                    list.to_owned()
                } else {
                    format!("did you mean {}? {list}", near.join(" or "))
                })
            }
            Self::UnsuitableBucket { field, kind, .. } => {
                let buckets = suitable_buckets(*kind).iter();
                let buckets: Vec<String> = buckets
                    .map(|name| format!("`{field}:{}`", Bucket::example(name)))
                    .collect();
                let value = if *kind == Kind::Document {
                    String::new()
                } else {
                    format!("`{field}`, ")
                };
                Some(format!("write {value}{}", buckets.join(", ")))
            }
            _ => None,
        }
    }
}

/// Returns the names of the fields nearest to a name: those with it as their last key first, because users omit parents.
fn near_fields<'a>(found: &str, api: &'a Api) -> Vec<&'a str> {
    let names = || api.fields.iter().map(|field| field.name.as_str());
    let last_key = |name: &&str| {
        let last = name.rsplit('.').next();
        last.is_some_and(|last| last.eq_ignore_ascii_case(found))
    };
    let same: Vec<&str> = names().filter(last_key).take(MAX_SUGGESTED_NAMES).collect();
    if same.is_empty() {
        nearest(found, names(), MAX_SUGGESTED_NAMES)
    } else {
        same
    }
}

/// Returns the names of the buckets that suit a kind of field.
fn suitable_buckets(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Text | Kind::Keyword => &["domain", "prefix", "fold", "presence"],
        Kind::Timestamp => &[
            "year", "quarter", "month", "week", "day", "weekday", "hour", "age", "presence",
        ],
        Kind::Boolean | Kind::Number | Kind::Document => &["presence"],
    }
}

/// Binds the keys of a count to an API.
///
/// # Errors
/// Every mistake in the keys, at once.
pub fn bind_keys(
    request: &CountRequest,
    api: &Arc<Api>,
    options: &KeyOptions,
) -> Result<BoundKeys, BindErrors> {
    let (mut keys, mut errors) = (Vec::new(), Vec::new());
    for key in request.keys() {
        match bind_key(key, api, options.clock) {
            Ok(key) => keys.push(key),
            Err(error) => errors.push(error),
        }
    }
    if request.keys().is_empty() {
        errors.push(BindError {
            kind: BindErrorKind::Key(KeyErrorKind::NoKeys),
            span: None,
        });
    }
    if !errors.is_empty() {
        return Err(BindErrors::new(
            Arc::clone(api),
            request.texts().to_vec(),
            errors,
        ));
    }
    Ok(BoundKeys {
        keys,
        having: request.having_comparison(),
        top: request.top_values(),
        time_zone: options.time_zone,
    })
}

/// Binds one key.
fn bind_key(key: &GroupKey, api: &Api, clock: Clock) -> Result<BoundKey, BindError> {
    let (name, bucket) = (&key.field.value, &key.bucket.value);
    let at_field = |kind| BindError {
        kind: BindErrorKind::Key(kind),
        span: key.field.span,
    };
    let at_bucket = |kind| BindError {
        kind: BindErrorKind::Key(kind),
        span: key
            .bucket
            .span
            .filter(|span| span.start < span.end)
            .or(key.field.span),
    };
    let Some(number) = find_field(name, api) else {
        let found = name.clone();
        return Err(at_field(if api.is_free_form(name) {
            KeyErrorKind::Path { found }
        } else {
            KeyErrorKind::UnknownField { found }
        }));
    };
    let field = &api.fields[number];
    let unsuitable = || {
        at_bucket(KeyErrorKind::UnsuitableBucket {
            field: field.name.clone(),
            kind: field.kind,
            bucket: match bucket {
                Bucket::Value => "none".to_owned(),
                bucket => quote(&bucket.to_string()),
            },
        })
    };
    let values = match bucket {
        Bucket::Age(ages) if field.kind == Kind::Timestamp => {
            bind_ages(ages, clock).map_err(at_bucket)?
        }
        bucket => key_values(field, bucket).ok_or_else(unsuitable)?,
    };
    let bound = GroupKey::new(field.name.clone(), bucket.clone());
    Ok(BoundKey {
        name: bound.to_string(),
        field: number,
        bucket: bucket.clone(),
        values,
    })
}

/// Returns the position of a field by its name: in the API's spelling, or else in any case.
fn find_field(name: &str, api: &Api) -> Option<usize> {
    api.field(name).or_else(|| {
        let mut fields = api.fields.iter();
        fields.position(|field| field.name.eq_ignore_ascii_case(name))
    })
}

/// Returns the values of a field in a bucket; `None` if the bucket does not suit the field's kind.
fn key_values(field: &Field, bucket: &Bucket) -> Option<KeyValues> {
    Some(match (field.kind, bucket) {
        (_, Bucket::Presence) => KeyValues::Presence,
        (Kind::Text | Kind::Keyword, bucket) => KeyValues::Texts(match bucket {
            Bucket::Value => TextPart::Whole,
            Bucket::Domain => TextPart::Domain,
            Bucket::Prefix(length) => TextPart::Prefix(*length),
            Bucket::Fold => TextPart::Fold,
            _ => return None,
        }),
        (Kind::Number, Bucket::Value) => KeyValues::Texts(TextPart::Number),
        (Kind::Boolean, Bucket::Value) => KeyValues::Booleans,
        (Kind::Timestamp, Bucket::Value) => KeyValues::Instants,
        (Kind::Timestamp, bucket) => KeyValues::Calendar(CalendarUnit::of(bucket)?),
        _ => return None,
    })
}

/// Resolves ages by the clock, and names the groups between them.
fn bind_ages(ages: &[String], clock: Clock) -> Result<KeyValues, KeyErrorKind> {
    let mut ends = vec![clock.micros()];
    let mut labels = vec!["future".to_owned()];
    let mut before = "0";
    for age in ages {
        let found = || age.clone();
        let end = parse_date(&format!("-{age}"), clock);
        let end = end.map_err(|_| KeyErrorKind::AgeTooLong { found: found() })?;
        if ends.last().is_some_and(|last| end.start >= *last) {
            let before = before.to_owned();
            let found = found();
            return Err(KeyErrorKind::AgesNotAscending { found, before });
        }
        ends.push(end.start);
        labels.push(age_label(before, age));
        before = age;
    }
    labels.push(format!("{before}+"));
    Ok(KeyValues::Ages { ends, labels })
}

/// Returns the text of the group between two ages: `0-30d`, `30-90d`, or `90d-1y` for different units.
fn age_label(from: &str, to: &str) -> String {
    let unit = |age: &str| {
        let unit = age.trim_start_matches(|digit: char| digit.is_ascii_digit());
        unit.to_ascii_lowercase()
    };
    if unit(from) == unit(to) {
        let number = from.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        return format!("{number}-{to}");
    }
    format!("{from}-{to}")
}
