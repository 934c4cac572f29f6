//! Filters: the parameters `filter[name]=value`, and the kinds of match behind them.
//!
//! A kind of match has a name, a syntax of values, a description, and the kinds of field that it suits. Binder, help
//! texts and the description of the server read these; the engine maps a kind to its predicate in one place,
//! `idq-engine/src/predicates/mod.rs`.

use std::fmt;

use crate::field::Kind;

/// Vendor or project that defines a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Documented by the vendor.
    Documented,
    /// An extension of `idq`, which the vendor's API refuses.
    Extension,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::Extension => "extension",
        })
    }
}

/// A parameter `filter[name]=value`; `F` refers to a field, as in [`Api`](crate::Api).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterRule<F = usize> {
    /// Name between the brackets.
    pub name: String,
    /// Field that is tested.
    pub field: F,
    /// Kind of match.
    pub match_kind: MatchKind<F>,
    /// Vendor or project that defines the filter.
    pub provenance: Provenance,
}

impl FilterRule {
    /// Returns every field that the filter reads.
    pub fn fields(&self) -> impl Iterator<Item = usize> + use<> {
        let other = match self.match_kind {
            MatchKind::PresentUnlessEquals { other, .. } => Some(other),
            _ => None,
        };
        std::iter::once(self.field).chain(other)
    }
}

/// Kind of match between a filter's value and a field. A null or missing field satisfies none but `Trashed` and
/// `PresentUnlessEquals`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchKind<F = usize> {
    /// The text equals one of the listed texts, byte for byte.
    Exact,
    /// The lowercased text contains one of the listed texts, lowercased.
    Partial,
    /// A key or scalar value of the document, at any depth, contains one of the listed texts, lowercased.
    Search,
    /// The instant is at or before the end of the interval that the value names.
    Before,
    /// The instant is at or after the start of the interval that the value names.
    After,
    /// `without` (the default): the field has no value; `only`: it has one; `with`: either.
    Trashed,
    /// `true`: the field has a value and the other field does not equal `value`; `false`: every other record.
    PresentUnlessEquals {
        /// The other field.
        other: F,
        /// Text of the other field that excludes a record.
        value: String,
    },
}

/// Syntax of a filter's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueSyntax {
    /// Texts between commas, empty ones included.
    Texts,
    /// Texts between commas to search for; empty ones are dropped, as every text contains them.
    SearchTexts,
    /// A date, an instant or an age.
    Date,
    /// `without`, `with` or `only`.
    Trashed,
    /// `true` or `false`, also `1` or `0`.
    Flag,
}

impl ValueSyntax {
    /// Returns whether a value is a list.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::SearchTexts)
    }
}

/// A test of fields, which the value `true` of a flag means; `false` means its negation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldTest<'a> {
    /// The field has a value.
    Present(usize),
    /// The field equals a text.
    Equals(usize, &'a str),
    /// Both tests hold.
    Both(Box<(FieldTest<'a>, FieldTest<'a>)>),
    /// The test does not hold.
    Not(Box<FieldTest<'a>>),
}

impl<F> MatchKind<F> {
    /// Returns the syntax of the filter's values.
    pub fn value_syntax(&self) -> ValueSyntax {
        match self {
            Self::Exact => ValueSyntax::Texts,
            Self::Partial | Self::Search => ValueSyntax::SearchTexts,
            Self::Before | Self::After => ValueSyntax::Date,
            Self::Trashed => ValueSyntax::Trashed,
            Self::PresentUnlessEquals { .. } => ValueSyntax::Flag,
        }
    }

    /// Returns whether the kind of match suits the rule's own field.
    pub(crate) fn suits(&self, kind: Kind) -> bool {
        match self {
            Self::Exact | Self::Partial => matches!(kind, Kind::Text | Kind::Keyword),
            Self::Search => kind == Kind::Document,
            Self::Before | Self::After | Self::Trashed => kind == Kind::Timestamp,
            Self::PresentUnlessEquals { .. } => true,
        }
    }

    /// Describes the match on a field in one sentence, given the names of fields.
    pub(crate) fn describe<'n>(&self, field: &str, name: impl Fn(F) -> &'n str) -> String
    where
        F: Copy,
    {
        match self {
            Self::Exact => format!("{field} is this text, or one of several separated by commas"),
            Self::Partial => {
                format!(
                    "{field} contains this text in any case, or one of several separated by commas"
                )
            }
            Self::Search => format!(
                "Some key or value of {field} contains this text, or one of several separated by commas"
            ),
            Self::Before => {
                format!("{field} is at or before the end of this date, instant or age")
            }
            Self::After => format!("{field} is at or after the start of this date, instant or age"),
            Self::Trashed => "Deleted records: excluded, included, or exclusively".to_owned(),
            Self::PresentUnlessEquals { other, value } => {
                format!(
                    "Whether {field} has a value while {} is not {value}",
                    name(*other)
                )
            }
        }
    }

    /// Replaces the references to fields.
    pub(crate) fn map<G>(&self, resolve: impl FnOnce(&F) -> G) -> MatchKind<G> {
        match self {
            Self::Exact => MatchKind::Exact,
            Self::Partial => MatchKind::Partial,
            Self::Search => MatchKind::Search,
            Self::Before => MatchKind::Before,
            Self::After => MatchKind::After,
            Self::Trashed => MatchKind::Trashed,
            Self::PresentUnlessEquals { other, value } => MatchKind::PresentUnlessEquals {
                other: resolve(other),
                value: value.clone(),
            },
        }
    }
}

impl MatchKind {
    /// Returns the test that `true` means in a filter on `field`; `None` for a kind whose values are not flags.
    pub fn flag_test(&self, field: usize) -> Option<FieldTest<'_>> {
        match self {
            Self::PresentUnlessEquals { other, value } => Some(FieldTest::Both(Box::new((
                FieldTest::Present(field),
                FieldTest::Not(Box::new(FieldTest::Equals(*other, value))),
            )))),
            Self::Exact
            | Self::Partial
            | Self::Search
            | Self::Before
            | Self::After
            | Self::Trashed => None,
        }
    }
}

impl<F> fmt::Display for MatchKind<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Partial => "partial",
            Self::Search => "search",
            Self::Before => "at or before",
            Self::After => "at or after",
            Self::Trashed => "without|with|only",
            Self::PresentUnlessEquals { .. } => "true|false",
        })
    }
}

/// Creates a filter that the vendor documents, as a row of a description.
pub(crate) fn documented_filter(
    name: &str,
    field: &str,
    match_kind: MatchKind<String>,
) -> FilterRule<String> {
    FilterRule {
        name: name.to_owned(),
        field: field.to_owned(),
        match_kind,
        provenance: Provenance::Documented,
    }
}

/// Creates a filter that the vendor does not have, as a row of a description.
pub(crate) fn extension_filter(
    name: &str,
    field: &str,
    match_kind: MatchKind<String>,
) -> FilterRule<String> {
    FilterRule {
        provenance: Provenance::Extension,
        ..documented_filter(name, field, match_kind)
    }
}
