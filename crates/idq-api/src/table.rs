use std::fmt;

/// One identity API.
///
/// Fields are named by their position in [`fields`](Self::fields) everywhere else.
pub struct Api {
    /// The name used on the command line: `provisionr`.
    pub name: &'static str,
    /// The name that people read.
    pub title: &'static str,
    /// The path of the collection's URL.
    pub collection_path: &'static str,
    /// Every field that the API documents, in the order in which its records have them.
    pub fields: &'static [Field],
    /// Every filter, the API's own first.
    pub filters: &'static [FilterRule],
    /// Every sort key.
    pub sorts: &'static [SortRule],
    /// The order without a `sort` parameter, before load order: fields, all ascending.
    pub default_order: &'static [usize],
    /// How results are cut into pages.
    pub pages: PageRules,
    /// What a page looks like.
    pub envelope: Envelope,
    /// The field that identifies a record.
    pub id: usize,
    /// The field that says when a record last changed.
    pub updated: usize,
    /// The field whose values are counted in an overview.
    pub state: usize,
    /// The field that holds the record's own URL.
    pub self_link: Option<usize>,
    /// The fields shown in a table when nobody names any.
    pub table_columns: &'static [usize],
}

impl Api {
    /// The position of the field of this dotted name.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The filter of this name (without `filter[…]`).
    pub fn filter(&self, name: &str) -> Option<&'static FilterRule> {
        self.filters.iter().find(|rule| rule.name == name)
    }

    /// The filter that leaves deleted records out, where the API has one.
    pub fn trashed_filter(&self) -> Option<&'static FilterRule> {
        let mut filters = self.filters.iter();
        filters.find(|rule| rule.matching == Match::Trashed)
    }

    /// The sort key of this name (without `-`).
    pub fn sort(&self, name: &str) -> Option<&'static SortRule> {
        self.sorts.iter().find(|rule| rule.name == name)
    }

    /// Every field that some filter, sort or default order looks at, in table order.
    pub fn queried_fields(&self) -> Vec<usize> {
        let mut fields: Vec<usize> = self.filters.iter().flat_map(FilterRule::fields).collect();
        fields.extend(self.sorts.iter().map(|rule| rule.field));
        fields.extend(self.default_order);
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Whether the place of this dotted name lies inside a free-form object, where any key may occur.
    pub fn is_free_form(&self, name: &str) -> bool {
        self.fields.iter().any(|field| {
            let below = name
                .strip_prefix(field.name)
                .and_then(|rest| rest.strip_prefix('.'));
            field.kind == Kind::Document && below.is_some()
        })
    }
}

/// The name alone: an error that holds a table should not print all of it.
impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// APIs are the same when they are the same table.
impl PartialEq for Api {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Api {}

/// A place in a record.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its dotted name: the keys that lead to it.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// How its values compare when sorted.
    pub collation: Collation,
    /// One line about it.
    pub about: &'static str,
}

/// What a field holds; any field but the id may be null or missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string, mostly a different one in each record.
    Text,
    /// A string out of a few that recur: a state, a department.
    Keyword,
    /// A string that is an RFC 3339 date-time.
    Timestamp,
    /// `true` or `false`.
    Boolean,
    /// A number of any size and precision, kept as it is spelled.
    Number,
    /// Any JSON value, mostly an object with keys of its own.
    Document,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Keyword => "keyword",
            Self::Timestamp => "date-time",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Document => "document",
        })
    }
}

/// How the texts of a field compare when sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collation {
    /// By their UTF-8 bytes.
    Bytes,
    /// By the UTF-8 bytes of their lowercased form.
    Lowercase,
}

/// Whether the vendor documents a parameter or this project adds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The vendor's API has it.
    Documented,
    /// Only `idq` has it; the vendor's API would refuse it.
    Extension,
}

/// A `filter[name]=value` parameter.
#[derive(Debug)]
pub struct FilterRule {
    /// The name between the brackets.
    pub name: &'static str,
    /// The field that it looks at.
    pub field: usize,
    /// How it looks at it.
    pub matching: Match,
    /// Whose filter it is.
    pub standing: Standing,
}

impl FilterRule {
    /// Every field that the filter looks at.
    pub fn fields(&self) -> impl Iterator<Item = usize> + use<> {
        let other = match self.matching {
            Match::SetUnless { other, .. } => Some(other),
            _ => None,
        };
        std::iter::once(self.field).chain(other)
    }
}

/// How a filter matches a record. A null or missing field matches none of the first five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The text is one of the listed ones, byte for byte.
    Exact,
    /// The lowercased text contains one of the listed ones, lowercased.
    Partial,
    /// Some key or scalar value of the document, at any depth, contains one of the listed texts.
    Search,
    /// The time is at or before the end of the interval that the value names.
    Before,
    /// The time is at or after the start of the interval that the value names.
    After,
    /// `without` (the default): the field is not set; `only`: it is set; `with`: either.
    Trashed,
    /// `true`: the field is set and the other field is not `value`; `false`: every other record.
    SetUnless {
        /// The other field.
        other: usize,
        /// The text that makes the difference.
        value: &'static str,
    },
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Partial => "partial",
            Self::Search => "search",
            Self::Before => "at or before",
            Self::After => "at or after",
            Self::Trashed => "without|with|only",
            Self::SetUnless { .. } => "true|false",
        })
    }
}

/// A key of the `sort` parameter.
#[derive(Debug)]
pub struct SortRule {
    /// The key.
    pub name: &'static str,
    /// The field that it sorts by.
    pub field: usize,
    /// Whose sort it is.
    pub standing: Standing,
}

/// How results are cut into pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRules {
    /// Records on a page.
    pub per_page: u64,
    /// Whether a request may ask for another number.
    pub per_page_can_change: bool,
}

/// What a page looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// Laravel's length-aware paginator: `current_page`, `data`, page links, `total`.
    Paginator,
    /// `items`, `totalCount`, `page`, `pageSize`, `totalPages`.
    Counted,
}

impl Envelope {
    /// The key of the array of records.
    pub fn records_key(self) -> &'static str {
        match self {
            Self::Paginator => "data",
            Self::Counted => "items",
        }
    }

    /// The other keys, any of which tells a page from a record that happens to have the records' key.
    pub fn other_keys(self) -> &'static [&'static str] {
        match self {
            Self::Paginator => &[
                "current_page",
                "first_page_url",
                "from",
                "last_page",
                "last_page_url",
                "links",
                "next_page_url",
                "path",
                "per_page",
                "prev_page_url",
                "to",
                "total",
                "meta",
            ],
            Self::Counted => &["totalCount", "page", "pageSize", "totalPages"],
        }
    }
}

/// A row of a table of fields.
pub(crate) const fn described(
    name: &'static str,
    kind: Kind,
    collation: Collation,
    about: &'static str,
) -> Field {
    Field {
        name,
        kind,
        collation,
        about,
    }
}

/// A row of a table of filters.
pub(crate) const fn filter(
    name: &'static str,
    field: usize,
    matching: Match,
    standing: Standing,
) -> FilterRule {
    FilterRule {
        name,
        field,
        matching,
        standing,
    }
}

/// A row of a table of sort keys.
pub(crate) const fn sort(name: &'static str, field: usize, standing: Standing) -> SortRule {
    SortRule {
        name,
        field,
        standing,
    }
}

/// The position of the field of this name in a table; a table that names no such field does not compile.
pub(crate) const fn position(fields: &[Field], name: &str) -> usize {
    let mut index = 0;
    while index < fields.len() {
        if equal(fields[index].name.as_bytes(), name.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("the table has no field of this name")
}

const fn equal(left: &[u8], right: &[u8]) -> bool {
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}
