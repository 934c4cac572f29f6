//! Mistakes of a request that are found by binding it to an API, and their report.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use idq_api::{Api, Kind, MatchKind, ValueSyntax};
use idq_grammar::{
    DateError, ErrorKind, ExpressionErrorKind, Literal, Operator, Problem, Report, Span, Text,
    nearest, quote,
};

use crate::count_by::KeyErrorKind;

/// Greatest number of texts that one partial or search filter searches for.
///
/// A scan reads each byte once for any number of texts, but the automaton grows with them, and each request builds it.
pub(super) const MAX_SOUGHT_TEXTS: usize = 1_000;

/// Greatest total length of these texts.
pub(super) const MAX_SOUGHT_BYTES: usize = 64 << 10;

/// A mistake in one part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindError {
    /// Kind, with the found text.
    pub kind: BindErrorKind,
    /// Span; `None` for a part that was built in Rust.
    pub span: Option<Span>,
}

/// Kind of a mistake that binding finds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindErrorKind {
    /// No filter has this name.
    #[error("expected the name of a filter, found {}", quote(.found))]
    UnknownFilter {
        /// The name.
        found: String,
    },
    /// No sort key has this name.
    #[error("expected a sort key, found {}", quote(.found))]
    UnknownSort {
        /// The name.
        found: String,
    },
    /// The API has no such parameter.
    #[error("expected filter[…], where, sort, page or per_page, found {}", quote(.found))]
    UnknownParameter {
        /// Its name.
        found: String,
    },
    /// A path of an expression that the API does not document and no record has.
    #[error("expected the name of a field, found {}", quote(.found))]
    UnknownAttribute {
        /// The dotted path.
        found: String,
        /// Side of the operator.
        side: Side,
    },
    /// A path of an expression that leads into a field without members.
    #[error("expected a field with members, found {name}, a {kind}")]
    NoMembers {
        /// Name of the field.
        name: String,
        /// Its kind.
        kind: Kind,
    },
    /// A value of another kind than that of the attribute.
    #[error("expected {expected} for {name}, found {found}")]
    WrongOperand {
        /// Name of the attribute.
        name: String,
        /// Kind of value in words.
        expected: &'static str,
        /// The value.
        found: Literal,
    },
    /// An operator that does not suit the kind of the attribute.
    #[error("expected an attribute of texts for `{operator}`, found {name}, a {kind}")]
    WrongOperator {
        /// Name of the attribute.
        name: String,
        /// Its kind.
        kind: Kind,
        /// The operator.
        operator: Operator,
    },
    /// A comparison of an object or a document with a value.
    #[error("expected an attribute with a value, found {name}, an object")]
    OnlyPresence {
        /// Name of the attribute.
        name: String,
    },
    /// A comparison of two fields of different kinds.
    #[error(
        "expected two attributes of one kind, found {left}, a {left_kind}, and {right}, a {right_kind}"
    )]
    DifferentKinds {
        /// Name of the left-hand side.
        left: String,
        /// Its kind.
        left_kind: Kind,
        /// Name of the right-hand side.
        right: String,
        /// Its kind.
        right_kind: Kind,
    },
    /// An operator that takes no path on its right-hand side.
    #[error("expected a value in quotes for `{operator}`, found another attribute")]
    PathOperand {
        /// The operator.
        operator: Operator,
    },
    /// A comparison of two paths in the brackets of a value path.
    #[error("expected a value in brackets, found a path")]
    PathInValuePath,
    /// A filter of the API in the brackets of a value path.
    #[error("expected a test of an attribute in brackets, found filter[{name}]")]
    FilterInValuePath {
        /// Name of the filter.
        name: String,
    },
    /// A text of an expression that is not a date.
    #[error("{name}: {error}")]
    AttributeDate {
        /// Name of the field.
        name: String,
        /// Mistake in the date.
        error: DateError,
    },
    /// A regular expression that cannot be compiled.
    #[error(transparent)]
    Regex(ExpressionErrorKind),
    /// A filter is given twice.
    #[error("expected one filter[{name}], found another")]
    RepeatedFilter {
        /// Its name.
        name: String,
    },
    /// A parameter is given twice.
    #[error("expected one {name}, found another")]
    RepeatedParameter {
        /// Its name.
        name: &'static str,
    },
    /// A filter has no value.
    #[error("expected a value for filter[{name}], found none")]
    EmptyValue {
        /// The filter's name.
        name: String,
    },
    /// A filter that takes one value is given a list.
    #[error("expected one value for filter[{name}], found a list")]
    OneValue {
        /// Its name.
        name: String,
    },
    /// A filter has more texts than one scan searches for.
    #[error(
        "expected at most {MAX_SOUGHT_TEXTS} texts of {MAX_SOUGHT_BYTES} bytes in all for filter[{name}], found {texts} \
of {bytes} bytes (equal texts count once, and one that contains another does not count)"
    )]
    TooManyTexts {
        /// The filter's name.
        name: String,
        /// The number of texts, none of which contains another.
        texts: usize,
        /// Their bytes, folded.
        bytes: usize,
    },
    /// A sort key is empty.
    #[error("expected a sort key, found nothing")]
    EmptySort,
    /// A value is not one of a few words.
    #[error("expected {expected} for filter[{name}], found {}", quote(.found))]
    BadWord {
        /// The filter's name.
        name: String,
        /// The words.
        expected: &'static str,
        /// The value.
        found: String,
    },
    /// A value is not a date.
    #[error("filter[{name}]: {error}")]
    BadDate {
        /// The filter's name.
        name: String,
        /// Mistake in the date.
        error: DateError,
    },
    /// A page or a page size is not a positive number.
    #[error("expected a whole number from 1 for {name}, found {}", quote(.found))]
    BadNumber {
        /// The parameter.
        name: &'static str,
        /// The value.
        found: String,
    },
    /// The API's pages always have the same size.
    #[error("pages of {api} always have {per_page} records")]
    FixedPageSize {
        /// The API.
        api: String,
        /// Its page size.
        per_page: u64,
    },
    /// The URL is that of another API.
    #[error("the URL is for {url}, but the records are from {data}")]
    OtherApi {
        /// The URL's API.
        url: String,
        /// The records' API.
        data: String,
    },
    /// The URL is that of one identity.
    #[error("the URL is that of one identity, {}", quote(.id))]
    OneIdentity {
        /// Its id.
        id: String,
    },
    /// The URL is not the API's.
    #[error("expected a URL that ends in {expected}")]
    UnknownPath {
        /// The collection's path.
        expected: String,
    },
    /// A mistake in the syntax of a request that was parsed by the API's own reading and bound strictly.
    #[error(transparent)]
    Syntax(#[from] ErrorKind),
    /// A key of a count does not suit the API.
    #[error(transparent)]
    Key(#[from] KeyErrorKind),
}

/// Side of an operator in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The attribute that is tested.
    Left,
    /// The value, which may be another attribute.
    Right,
}

/// All mistakes that binding finds in a query. Displays as a [`Report`], with near names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindErrors {
    api: Arc<Api>,
    texts: Vec<Text>,
    errors: Vec<BindError>,
    /// Names of the records, in addition to those of the API, among which near ones are suggested.
    names: BTreeSet<String>,
}

/// The names that the help for an unknown filter or sort key lists, besides the nearest ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedNames {
    /// All of the API, as its own error does.
    All,
    /// None: the help names the command that lists them.
    Nearest,
}

/// Greatest number of near names that a help suggests.
const MAX_SUGGESTED_NAMES: usize = 3;

/// Greatest length of an id that a message repeats.
const MAX_SHOWN_ID_BYTES: usize = 100;

impl BindErrors {
    pub(crate) fn new(api: Arc<Api>, texts: Vec<Text>, errors: Vec<BindError>) -> Self {
        Self {
            api,
            texts,
            errors,
            names: BTreeSet::new(),
        }
    }

    /// Adds names of the records, as an expression spells them: undocumented members and paths in documents. The
    /// nearest ones are suggested for an unknown name, like the names of the API.
    #[must_use]
    pub fn with_names(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.names.extend(names);
        self
    }

    /// Returns the mistakes in the order of the text.
    pub fn errors(&self) -> &[BindError] {
        &self.errors
    }

    /// Returns the texts with the mistakes.
    pub fn texts(&self) -> &[Text] {
        &self.texts
    }

    /// Returns the mistakes as problems of a report.
    pub fn problems(&self, listed: ListedNames) -> Vec<Problem> {
        let last = |unknown: fn(&BindErrorKind) -> bool| {
            self.errors.iter().rposition(|error| unknown(&error.kind))
        };
        let last_filter = last(|kind| matches!(kind, BindErrorKind::UnknownFilter { .. }));
        let last_sort = last(|kind| matches!(kind, BindErrorKind::UnknownSort { .. }));
        let problem = |(index, error): (usize, &BindError)| {
            // The allowed names are listed once, at the last unknown name of their kind.
            let is_last = [last_filter, last_sort].contains(&Some(index));
            Problem {
                span: error.span,
                message: error.kind.to_string(),
                help: self.help(&error.kind, is_last.then_some(listed)),
            }
        };
        self.errors.iter().enumerate().map(problem).collect()
    }

    /// Returns whether a filter takes one value instead of a list.
    fn takes_one_value(&self, name: &str) -> bool {
        let rule = self.api.filter(name);
        rule.is_some_and(|rule| !rule.match_kind.value_syntax().is_list())
    }

    /// Returns the help for a mistake; `listed` are the names at its end, if it is the last one of its kind.
    fn help(&self, kind: &BindErrorKind, listed: Option<ListedNames>) -> Option<String> {
        match kind {
            BindErrorKind::UnknownFilter { found } => {
                let names = self.api.filters.iter().map(|rule| rule.name.as_str());
                let near = near_names(found, names.clone(), |name| format!("`filter[{name}]`"));
                self.with_listed(near, "filters", names, listed)
            }
            BindErrorKind::UnknownSort { found } => {
                let names = self.api.sorts.iter().map(|rule| rule.name.as_str());
                let near = near_names(found, names.clone(), |name| format!("`{name}`"));
                self.with_listed(near, "sort keys", names, listed)
            }
            BindErrorKind::UnknownAttribute {
                found,
                side: Side::Left,
            } => (self.filter_help(found)).or_else(|| self.nearest_attributes(found)),
            BindErrorKind::UnknownAttribute { found, .. } => {
                let text = quote(&Literal::Text(found.clone()).to_string());
                Some(format!("write a text in quotes: {text}"))
            }
            BindErrorKind::NoMembers { name, .. } => Some(format!("write {} alone", quote(name))),
            BindErrorKind::WrongOperand {
                expected: "a text" | "a text or a number",
                found: found @ (Literal::Number(_) | Literal::Boolean(_)),
                ..
            } => Some(format!(
                "write a text in quotes: {}",
                quote(&format!("\"{found}\""))
            )),
            BindErrorKind::WrongOperator { kind, .. } => Some(match kind {
                Kind::Boolean => "use `eq` or `ne`".to_owned(),
                _ => "use `eq`, `ne`, `gt`, `ge`, `lt` or `le`".to_owned(),
            }),
            BindErrorKind::OnlyPresence { name } => Some(format!(
                "test it by `pr` or `eq null`, or name a member of it: `{name}.…`"
            )),
            BindErrorKind::PathInValuePath => {
                Some("compare a path with a value in quotes".to_owned())
            }
            BindErrorKind::Regex(error) => error.help(),
            BindErrorKind::UnknownParameter { found } => {
                let filters = self
                    .api
                    .filters
                    .iter()
                    .map(|rule| rule.name.as_str())
                    .filter(|name| *name == found);
                let parameters = ["sort", "page", "per_page", "where", "filter"].into_iter();
                let near = nearest(found, filters.chain(parameters), 1);
                let near = near.first().map(|name| match self.api.filter(name) {
                    Some(_) => format!("did you mean `filter[{name}]`?"),
                    None => format!("did you mean `{name}`?"),
                });
                near.or_else(|| {
                    Some("the API's own reading (`--conformance api`) ignores it".to_owned())
                })
            }
            BindErrorKind::RepeatedFilter { name } if self.takes_one_value(name) => None,
            BindErrorKind::RepeatedFilter { name } => Some(format!(
                "write several values in one filter, `filter[{name}]=a,b`, or each in its own flag, `-f {name}=a -f {name}=b`"
            )),
            BindErrorKind::EmptyValue { name } => self.empty_value_help(name),
            BindErrorKind::TooManyTexts { .. } => {
                Some("split them over several requests, and combine the results".to_owned())
            }
            BindErrorKind::RepeatedParameter { name: "sort" } => {
                Some("several keys go in one parameter: `sort=a,-b`".to_owned())
            }
            BindErrorKind::AttributeDate { error, .. } | BindErrorKind::BadDate { error, .. } => {
                error.help()
            }
            BindErrorKind::Syntax(kind) => kind.help(),
            BindErrorKind::Key(kind) => kind.help(),
            BindErrorKind::OneIdentity { id } if id.len() <= MAX_SHOWN_ID_BYTES => {
                Some(format!("use `idq get --id {id}`"))
            }
            BindErrorKind::OneIdentity { .. } => Some("use `idq get --id`".to_owned()),
            BindErrorKind::OtherApi { .. } => Some(
                "give only the part after the `?`, if it is meant for these records".to_owned(),
            ),
            _ => None,
        }
    }
}

impl BindErrors {
    /// Returns a help followed by all `names` of a kind, or by the command that lists them.
    fn with_listed<'a>(
        &self,
        help: Option<String>,
        noun: &str,
        names: impl Iterator<Item = &'a str>,
        listed: Option<ListedNames>,
    ) -> Option<String> {
        let listed = listed.map(|listed| match listed {
            ListedNames::All => {
                let names: Vec<&str> = names.collect();
                format!("the {noun} are {}", names.join(", "))
            }
            ListedNames::Nearest => {
                format!("`idq fields --api {}` lists the {noun}", self.api.name)
            }
        });
        let parts: Vec<String> = help.into_iter().chain(listed).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// Returns a help for the name of a filter in the place of an attribute; `None` for any other name.
    fn filter_help(&self, found: &str) -> Option<String> {
        let position = self.api.filter_position(found)?;
        let field = &self.api.fields[self.api.filters[position].field].name;
        let value = if Some(position) == self.api.trashed_filter() {
            "only"
        } else {
            "VALUE"
        };
        Some(format!(
            "`{found}` is a filter, given beside expressions: `-f {found}={value}`; its field is `{field}`"
        ))
    }

    /// Returns a help for a filter without a value, which was perhaps to select the records without one.
    fn empty_value_help(&self, name: &str) -> Option<String> {
        let rule = self.api.filter(name)?;
        let field = &self.api.fields[rule.field].name;
        let absent = format!(
            "the expression `{field} eq null` (`-w`, `where=`) has the records without a value"
        );
        match (&rule.match_kind, rule.match_kind.value_syntax()) {
            (MatchKind::Exact, _) => Some(format!(
                "{absent}, and `{field} eq \"\"` those with the empty text"
            )),
            (MatchKind::Partial | MatchKind::Search, _) | (_, ValueSyntax::Date) => Some(absent),
            _ => None,
        }
    }

    /// Returns a help with the names that are nearest to the name of an attribute: those of the API, and those of the
    /// records.
    fn nearest_attributes(&self, found: &str) -> Option<String> {
        let fields = self.api.fields.iter().map(|field| field.name.as_str());
        let names = fields.chain(self.api.objects.iter().map(String::as_str));
        let names = names.chain(self.names.iter().map(String::as_str));
        // Users often omit the parents of a field, so fields whose last key is the name come first.
        let last_key = |name: &str| name.rsplit('.').next().unwrap_or_default().to_lowercase();
        let wanted = last_key(found);
        let same_last_key: Vec<&str> = names
            .clone()
            .filter(|name| last_key(name) == wanted)
            .collect();
        // A misspelt parent: `profil.manager.id` is nearer to `profile.manager.id` than to other ids. Without a parent, the
        // fields of the API precede other names of the records.
        let near = if found.contains('.') {
            nearest(found, same_last_key.iter().copied(), MAX_SUGGESTED_NAMES)
        } else {
            Vec::new()
        };
        let near = if !near.is_empty() {
            near
        } else if same_last_key.is_empty() {
            nearest(found, names.clone(), MAX_SUGGESTED_NAMES)
        } else {
            same_last_key
                .into_iter()
                .take(MAX_SUGGESTED_NAMES)
                .collect()
        };
        // A misspelt last key of a name whose parents are omitted.
        let near = if near.is_empty() {
            let keys: Vec<String> = names.clone().map(last_key).collect();
            let nearest = nearest(
                &wanted,
                keys.iter().map(String::as_str),
                MAX_SUGGESTED_NAMES,
            );
            let is_near = |name: &&str| nearest.contains(&last_key(name).as_str());
            names.filter(is_near).take(MAX_SUGGESTED_NAMES).collect()
        } else {
            near
        };
        if near.is_empty() {
            return Some(
                "`idq fields` lists the fields, `idq info FILE --paths` the other names of the records"
                    .to_owned(),
            );
        }
        let near: Vec<String> = near.into_iter().map(quote).collect();
        Some(format!("did you mean {}?", near.join(" or ")))
    }
}

/// Returns a help with the names that are nearest to `found`.
fn near_names<'a>(
    found: &str,
    names: impl Iterator<Item = &'a str>,
    spell: impl Fn(&str) -> String,
) -> Option<String> {
    let near = nearest(found, names, MAX_SUGGESTED_NAMES);
    let near: Vec<String> = near.into_iter().map(spell).collect();
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

impl fmt::Display for BindErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Report::new(&self.texts, &self.problems(ListedNames::All)).fmt(f)
    }
}

impl std::error::Error for BindErrors {}
