//! [`Api`]: the description of one identity API as owned data.

use std::fmt;
use std::sync::Arc;

use idq_json::EscapeDialect;

use crate::envelope::Envelope;
use crate::error_style::ErrorStyle;
use crate::field::{Field, Kind};
use crate::filter::{FilterRule, MatchKind};
use crate::page_rules::PageRules;
use crate::registry::ApiRegistry;
use crate::sort::SortRule;

/// One identity API: its fields, filters, sort keys, page rules, and the dialect of its answers.
///
/// `F` is the type of a reference to a field. In a description ([`ApiDescription`]) it is a dotted name; in an `Api` it
/// is the position in [`fields`](Self::fields), which every other crate uses as the number of the field's column.
/// [`Api::new`] resolves the names.
#[derive(Clone, PartialEq, Eq)]
pub struct Api<F = usize> {
    /// Name on the command line and in snapshot files: `provisionr`.
    pub name: String,
    /// Name in texts for people.
    pub title: String,
    /// Path of the collection's URL, with the leading slash.
    pub collection_path: String,
    /// Documented fields, in the order of a record's keys.
    pub fields: Vec<Field>,
    /// Dotted names of the objects that contain fields, in the order of their first fields. [`Api::new`] derives them;
    /// a description leaves them empty.
    pub objects: Vec<String>,
    /// Filters, documented ones first.
    pub filters: Vec<FilterRule<F>>,
    /// Sort keys.
    pub sorts: Vec<SortRule<F>>,
    /// Order without a `sort` parameter, most significant field first, all ascending; ties keep load order.
    pub default_order: Vec<F>,
    /// Page size, and leniency of page numbers.
    pub pages: PageRules,
    /// JSON object around the records of a page.
    pub envelope: Envelope,
    /// Statuses, texts and JSON object of an error.
    pub errors: ErrorStyle,
    /// Escapes in the strings of the vendor's JSON.
    pub dialect: EscapeDialect,
    /// Name of the `Generator` of synthetic records (crate `idq-generate`); `None` without one.
    pub generator: Option<String>,
    /// Field that identifies a record.
    pub id: F,
    /// Field with the time of a record's last change.
    pub updated: F,
    /// Field with the state that overviews count by.
    pub state: F,
    /// Field with the record's own URL.
    pub self_link: Option<F>,
    /// Free-form document at the top of a record that the vendor shows only to clients with a permission of their own.
    /// A server can be told to hide it.
    pub profile: Option<F>,
    /// Default columns of the table output.
    pub table_columns: Vec<F>,
    /// Dotted names of fields, and of objects that contain fields, that change although the identity does not, such as
    /// counters. Comparisons leave them out by default.
    pub volatile: Vec<String>,
}

/// Name of the column of undocumented members. No key of a record can be mistaken for it, because the keys of dotted
/// names have no colon.
const UNDOCUMENTED: &str = "idq:undocumented";

/// An API whose fields are referred to by their dotted names, as a person or a file describes it.
pub type ApiDescription = Api<String>;

impl Api {
    /// Returns Provisionr's directory identities API.
    pub fn provisionr() -> &'static Arc<Self> {
        ApiRegistry::built_in_named("provisionr")
    }

    /// Returns Permission Assist's identities API.
    pub fn permission_assist() -> &'static Arc<Self> {
        ApiRegistry::built_in_named("permission-assist")
    }

    /// Returns the position of the field of a dotted name.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Returns the number of columns: one for each field, then one for the presence of each object, then one for the
    /// undocumented members of records. The column of a field has the field's position.
    pub fn column_count(&self) -> usize {
        self.fields.len() + self.objects.len() + 1
    }

    /// Returns the column with the presence of an object: whether it has a value.
    pub fn object_column(&self, name: &str) -> Option<usize> {
        let object = self.objects.iter().position(|object| object == name)?;
        Some(self.fields.len() + object)
    }

    /// Returns the column with the members that the API does not document, as one document for each record.
    pub fn undocumented_column(&self) -> usize {
        self.fields.len() + self.objects.len()
    }

    /// Returns the name of a column: that of its field or object.
    pub fn column_name(&self, column: usize) -> &str {
        let object = || self.objects.get(column.wrapping_sub(self.fields.len()));
        match self.fields.get(column) {
            Some(field) => &field.name,
            None => object().map_or(UNDOCUMENTED, String::as_str),
        }
    }

    /// Returns the kind of a column: the presence of an object is a boolean, and undocumented members are a document.
    pub fn column_kind(&self, column: usize) -> Kind {
        match self.fields.get(column) {
            Some(field) => field.kind,
            None if column < self.undocumented_column() => Kind::Boolean,
            None => Kind::Document,
        }
    }

    /// Returns the filter of a name (without `filter[…]`).
    pub fn filter(&self, name: &str) -> Option<&FilterRule> {
        self.filter_position(name).map(|rule| &self.filters[rule])
    }

    /// Returns the position of the filter of a name in [`filters`](Self::filters).
    pub fn filter_position(&self, name: &str) -> Option<usize> {
        self.filters.iter().position(|rule| rule.name == name)
    }

    /// Returns the position of the filter that excludes deleted records by default; `None` if the API has none.
    pub fn trashed_filter(&self) -> Option<usize> {
        let mut filters = self.filters.iter();
        filters.position(|rule| rule.match_kind == MatchKind::Trashed)
    }

    /// Returns the sort key of a name (without `-`).
    pub fn sort(&self, name: &str) -> Option<&SortRule> {
        self.sorts.iter().find(|rule| rule.name == name)
    }

    /// Returns the fields that some filter, some sort key or the default order reads, ascending.
    pub fn queried_fields(&self) -> Vec<usize> {
        let mut fields: Vec<usize> = self.filters.iter().flat_map(FilterRule::fields).collect();
        fields.extend(self.sorts.iter().map(|rule| rule.field));
        fields.extend(&self.default_order);
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Describes a filter in one sentence without its full stop, for generated documentation.
    pub fn describe_filter(&self, rule: &FilterRule) -> String {
        let name = |field: usize| self.fields[field].name.as_str();
        rule.match_kind.describe(name(rule.field), name)
    }

    /// Returns whether a dotted name is a path inside a free-form object, where any key may occur.
    pub fn is_free_form(&self, name: &str) -> bool {
        self.fields.iter().any(|field| {
            let below = name
                .strip_prefix(&field.name)
                .and_then(|rest| rest.strip_prefix('.'));
            field.kind == Kind::Document && below.is_some()
        })
    }

    /// Returns whether a key occurs at the top level of the API's records.
    pub fn has_top_level_key(&self, key: &str) -> bool {
        // Called for each key of long records, so that no name is split.
        let is_key_of = |name: &str| {
            let below = name.strip_prefix(key);
            below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
        };
        !key.contains('.') && self.fields.iter().any(|field| is_key_of(&field.name))
    }
}

/// Prints the name alone: a whole description would clutter the error that contains it.
impl<F> fmt::Debug for Api<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
