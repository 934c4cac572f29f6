//! Binding of the keys of a count to an API: fields are found, and buckets must suit their kinds.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use idq_api::{Api, Kind};
use idq_grammar::{
    AttributePath, Bucket, Clock, CountComparison, CountRequest, GroupKey, Text, TimeZone,
    parse_date, quote,
};
use idq_snapshot::{ColumnPart, Snapshot};

use super::calendar::CalendarUnit;
use super::encode::TextPart;
use crate::attribute::Attribute;
use crate::bind::{BindError, BindErrorKind, BindErrors, UndocumentedPath, resolve_attribute};
use crate::bound_query::{undocumented_members, unknown_attributes};

/// The options by which the keys of a count are bound.
#[derive(Debug, Clone, Copy)]
pub struct KeyOptions {
    /// The clock that ages are counted from. Its time zone is that of calendar buckets, and of the days of ages.
    pub clock: Clock,
}

/// The system's clock, in UTC.
impl Default for KeyOptions {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
        }
    }
}

/// The keys of a count, bound to one API.
#[derive(Debug, Clone)]
pub struct BoundKeys {
    /// API of the attributes.
    api: Arc<Api>,
    /// Texts of the request, to which spans refer.
    texts: Vec<Text>,
    /// The dotted paths that the API does not document, with their spans.
    undocumented: Vec<UndocumentedPath>,
    /// Keys, in the order of the request.
    pub(super) keys: Vec<BoundKey>,
    /// Comparison that leaves groups out by their counts.
    pub(super) having: Option<CountComparison>,
    /// Number of values of the first key that are kept.
    pub(super) top: Option<u64>,
    /// Time zone in which dates are put into buckets.
    pub(super) time_zone: TimeZone,
}

/// One bound key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct BoundKey {
    /// The name of the attribute in the API's spelling, with the bucket.
    pub(super) name: String,
    /// Attribute whose values are counted.
    pub(super) attribute: Attribute,
    /// The instants that mean never, and count as empty.
    pub(super) never: Vec<i64>,
    /// Bucket of the request.
    pub(super) bucket: Bucket,
    /// Values that the bucket has for an attribute of this kind.
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
        /// The time zone in which a day without a time, in a document, begins.
        time_zone: TimeZone,
    },
    /// Whether there is a value.
    Presence,
    /// The values of a document, of any JSON type.
    Scalars,
}

/// Hashes everything that determines the groups of a query: not the texts from which the keys were parsed.
impl Hash for BoundKeys {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.keys, self.having, self.top, self.time_zone).hash(state);
    }
}

impl BoundKeys {
    /// Returns the attributes of the keys.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = &Attribute> {
        self.keys.iter().map(|key| &key.attribute)
    }

    /// Returns the attributes whose values are counted, and not their presence alone.
    pub(crate) fn counted_values(&self) -> impl Iterator<Item = &Attribute> {
        let counted = self.keys.iter();
        let counted = counted.filter(|key| key.values != KeyValues::Presence);
        counted.map(|key| &key.attribute)
    }

    /// Checks that each path that the API does not document is in some record.
    ///
    /// # Errors
    /// Every path that no record has, with the nearest documented names.
    pub fn check_names(&self, snapshot: &Snapshot) -> Result<(), BindErrors> {
        let errors = unknown_attributes(&self.undocumented, snapshot);
        if errors.is_empty() {
            return Ok(());
        }
        let api = Arc::clone(&self.api);
        let errors = BindErrors::new(api, self.texts.clone(), errors);
        Err(errors.with_names(undocumented_members(snapshot)))
    }

    /// Returns the columns of the keys, ascending: those that a count needs in addition to those of the query.
    pub fn fields(&self) -> Vec<usize> {
        let mut fields: Vec<usize> = self.attributes().map(Attribute::column).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Returns the parts of the columns of the keys: those that a count needs in addition to those of the query.
    pub fn parts(&self) -> Vec<ColumnPart> {
        self.attributes().map(Attribute::part).collect()
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
    /// A bucket that does not suit the field.
    #[error("expected a bucket of {kind} for {}, found {bucket}", quote(field))]
    UnsuitableBucket {
        /// The name of the field.
        field: String,
        /// The kind of the field in words, with its article.
        kind: &'static str,
        /// The names of the buckets that suit the field; the empty one is the value itself.
        suitable: &'static [&'static str],
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

impl KeyErrorKind {
    /// Returns advice on what to write instead.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::NoKeys => Some("name a field, such as `state`".to_owned()),
            Self::UnsuitableBucket {
                field,
                kind,
                suitable,
                ..
            } => {
                let spellings = suitable.iter().map(|name| match *name {
                    "" => format!("`{field}`"),
                    name => format!("`{field}:{}`", Bucket::example(name)),
                });
                let spellings: Vec<String> = spellings.collect();
                let spellings = spellings.join(", ");
                Some(match *kind {
                    A_DOCUMENT => format!("write {spellings}, or a path such as `{field}.KEY`"),
                    _ => format!("write {spellings}"),
                })
            }
            _ => None,
        }
    }
}

/// The kind of a document in messages.
const A_DOCUMENT: &str = "a document";

/// The buckets of texts.
const OF_TEXTS: &[&str] = &["", "domain", "prefix", "fold", "presence"];
/// The buckets of dates.
const OF_DATES: &[&str] = &[
    "", "year", "quarter", "month", "week", "day", "weekday", "hour", "age", "presence",
];
/// The buckets of booleans and numbers.
const OF_SCALARS: &[&str] = &["", "presence"];
/// The buckets of objects.
const OF_OBJECTS: &[&str] = &["presence"];

/// Returns the names of the buckets that suit the values of a kind; the value itself has an empty one.
pub fn buckets_of_kind(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Text | Kind::Keyword => OF_TEXTS,
        Kind::Timestamp => OF_DATES,
        Kind::Boolean | Kind::Number => OF_SCALARS,
        Kind::Document => OF_OBJECTS,
    }
}

/// Returns the kind of an attribute in words, and the buckets that suit it.
fn suitable_buckets(attribute: &Attribute, api: &Api) -> (&'static str, &'static [&'static str]) {
    match attribute {
        Attribute::Object(_) => ("an object", OF_OBJECTS),
        Attribute::Path { .. } => ("a path", OF_TEXTS),
        Attribute::Field(field) => {
            let kind = api.fields[*field].kind;
            let name = match kind {
                Kind::Text | Kind::Keyword => "a text",
                Kind::Timestamp => "a date",
                Kind::Boolean => "a boolean",
                Kind::Number => "a number",
                Kind::Document => A_DOCUMENT,
            };
            (name, buckets_of_kind(kind))
        }
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
    let (mut keys, mut errors, mut undocumented) = (Vec::new(), Vec::new(), Vec::new());
    for key in request.keys() {
        let path = AttributePath {
            span: key.field.span,
            ..AttributePath::from(key.field.value.as_str())
        };
        match resolve_attribute(api, &path) {
            Ok(resolved) => {
                undocumented.extend(resolved.undocumented);
                match bind_key(key, resolved.attribute, api, options.clock) {
                    Ok(key) => keys.push(key),
                    Err(error) => errors.push(error),
                }
            }
            Err(found) => errors.extend(found),
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
        api: Arc::clone(api),
        texts: request.texts().to_vec(),
        undocumented,
        keys,
        having: request.having_comparison(),
        top: request.top_values(),
        time_zone: options.clock.time_zone(),
    })
}

/// Binds the bucket of a key to its attribute.
fn bind_key(
    key: &GroupKey,
    attribute: Attribute,
    api: &Api,
    clock: Clock,
) -> Result<BoundKey, BindError> {
    let bucket = &key.bucket.value;
    let name = attribute.name(api);
    let error = |kind| BindError {
        kind: BindErrorKind::Key(kind),
        span: key
            .bucket
            .span
            .filter(|span| span.start < span.end)
            .or(key.field.span),
    };
    let kind = match &attribute {
        Attribute::Field(field) => Some(api.fields[*field].kind),
        Attribute::Object(_) => Some(Kind::Document),
        Attribute::Path { .. } => None,
    };
    let values = match (kind, bucket) {
        (None | Some(Kind::Timestamp), Bucket::Age(ages)) => {
            bind_ages(ages, clock).map_err(error)?
        }
        (kind, bucket) => key_values(kind, bucket).ok_or_else(|| {
            let (kind, suitable) = suitable_buckets(&attribute, api);
            error(KeyErrorKind::UnsuitableBucket {
                field: name.clone(),
                kind,
                suitable,
                bucket: match bucket {
                    Bucket::Value => "none".to_owned(),
                    bucket => quote(&bucket.to_string()),
                },
            })
        })?,
    };
    Ok(BoundKey {
        never: match attribute {
            Attribute::Field(field) => api.fields[field].never.clone(),
            _ => Vec::new(),
        },
        name: GroupKey::new(name, bucket.clone()).to_string(),
        attribute,
        bucket: bucket.clone(),
        values,
    })
}

/// Returns the values of a kind of field in a bucket, without a kind those of a document; `None` if the bucket does not
/// suit the kind.
fn key_values(kind: Option<Kind>, bucket: &Bucket) -> Option<KeyValues> {
    Some(match (kind, bucket) {
        (_, Bucket::Presence) => KeyValues::Presence,
        (None, Bucket::Value) => KeyValues::Scalars,
        (Some(Kind::Text | Kind::Keyword), Bucket::Value) => KeyValues::Texts(TextPart::Whole),
        (Some(Kind::Number), Bucket::Value) => KeyValues::Texts(TextPart::Number),
        (Some(Kind::Boolean), Bucket::Value) => KeyValues::Booleans,
        (Some(Kind::Timestamp), Bucket::Value) => KeyValues::Instants,
        (None | Some(Kind::Text | Kind::Keyword), bucket) if text_part(bucket).is_some() => {
            KeyValues::Texts(text_part(bucket)?)
        }
        (None | Some(Kind::Timestamp), bucket) => KeyValues::Calendar(CalendarUnit::of(bucket)?),
        _ => return None,
    })
}

/// Returns the part of a text that a bucket groups by; `None` for a bucket of other values.
fn text_part(bucket: &Bucket) -> Option<TextPart> {
    match bucket {
        Bucket::Domain => Some(TextPart::Domain),
        Bucket::Prefix(length) => Some(TextPart::Prefix(*length)),
        Bucket::Fold => Some(TextPart::Fold),
        _ => None,
    }
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
    Ok(KeyValues::Ages {
        ends,
        labels,
        time_zone: clock.time_zone(),
    })
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
